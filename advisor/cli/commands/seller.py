"""`gpu-advisor seller`: an owner's return by price, utilization and rent path, and the 2024 latent.space article's."""

from argparse import ArgumentParser
from datetime import date
from textwrap import wrap
from typing import TYPE_CHECKING

from advisor.cli.argument_types import number
from advisor.cli.parser import Request, Tell, load_book
from advisor.values.quick_dataclass import replace

if TYPE_CHECKING:
    from advisor.market.assumptions import Assumptions
    from advisor.market.price_book import PriceBook
    from advisor.offers.seller_return import Owner, SellerRow

_WIDTH = 79
_CORRECTION = (
    "Correction: the source calls its measure an IRR. It is (net cash / outlay)^(1/years) - 1, which counts a dollar "
    "of year five like one of month one. The true return of the same flows is higher."
)


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("--gpu", default="H100-SXM", metavar="GPU", help="the GPU, by the book's name (H100-SXM)")
    parser.add_argument(
        "--price",
        type=number(0.01, 1000, "a rate"),
        action="append",
        metavar="USD",
        help="rent per GPU-hour in the first year; repeatable",
    )
    parser.add_argument(
        "--utilization",
        type=number(0, 1, "a share", above=True),
        action="append",
        metavar="SHARE",
        help="share of the hours that is sold, 0 to 1; repeatable (the book's)",
    )


def answer(request: Request, tell: Tell) -> str:
    """The table, as text or JSON. Raises InputError."""
    from advisor.array_types import of_one
    from advisor.offers.seller_return import article_owner, efficient_owner, seller_table

    book = load_book(request)
    gpu = book.gpu(request.options.gpu, "--gpu")
    assumptions = book.assumptions(gpu.id)
    if warning := book.age_warning(date.today()):
        tell(warning)
    used, given = book.figure("experts.owner_utilisation_share"), request.options.utilization
    usual = {used.value, 1.0} if used.own else {used.low, used.value, used.high, 1.0}
    shares = sorted(set(given)) if given else sorted(usual)
    figures = assumptions.experts
    if given:
        figures = replace(figures, owner_utilisation_share=given[0])
    if book.figure("facility.pue").own and not book.figure("experts.owner_pue").own:
        figures = replace(figures, owner_pue=assumptions.facility.pue)
    assumptions = replace(assumptions, experts=figures)
    owner = efficient_owner(gpu.id, assumptions.experts, own=assumptions)
    prices = request.options.price or _usual_prices(assumptions, owner)
    rows = seller_table(assumptions, dict(book.scenarios), prices, shares)
    article = article_owner(assumptions.evidence, of_one(assumptions.rental.hours_per_month))
    if request.as_json:
        return _json(gpu.id, rows, owner, article, assumptions)
    lines = [f"What an owner of {gpu.label} earns by renting them out", ""]
    lines += _table_lines(rows, prices, owner, assumptions) if owner else [f"no price of a {gpu.label} node is known"]
    return "\n".join([*lines, "", *_article_lines(article, assumptions, book)]) + "\n"


def _usual_prices(assumptions: "Assumptions", owner: "Owner | None") -> list[float]:
    """The rents of the 2024 latent.space article, the posted one-year price, today's list, an owner's asking price."""
    from advisor.array_types import of_one

    evidence, gpu = assumptions.evidence, assumptions.gpu
    listed = of_one(gpu.neocloud_usd_per_gpu_hour)
    prices = {
        evidence.article_low_usd_per_gpu_hour,
        evidence.article_middle_usd_per_gpu_hour,
        evidence.article_high_usd_per_gpu_hour,
        listed,
        listed * (1 - of_one(gpu.term_discounts["neocloud"].get(12, 0.0))),
    }
    if owner is not None:
        prices.add(owner.rent_for(float(assumptions.experts.owner_return_per_year)))
    return sorted(round(price, 2) for price in prices)


def _article_points(article: "Owner", assumptions: "Assumptions") -> list[tuple[float, float, float | None]]:
    """Rent, annualized multiple and true return of the 2024 latent.space article's three points."""
    evidence = assumptions.evidence
    rents = (
        evidence.article_high_usd_per_gpu_hour,
        evidence.article_middle_usd_per_gpu_hour,
        evidence.article_low_usd_per_gpu_hour,
    )
    return [(rent, article.annualised_multiple(rent), article.irr_per_year(rent)) for rent in rents]


def _table_lines(
    rows: "tuple[SellerRow, ...]", prices: list[float], owner: "Owner", assumptions: "Assumptions"
) -> list[str]:
    from advisor.formatting import percent, usd, usd_rate

    figures = assumptions.experts
    target, costs = float(figures.owner_return_per_year), owner.costs
    capex_usd, running_usd = float(costs.capex_usd), float(costs.running_usd_per_year)
    about = (
        f"A node costs {usd(capex_usd)} at once and {usd(running_usd)} a year to run, is rented for {owner.years:g} "
        f"years and then sold for {percent(owner.residual_share)} of what it cost. It earns {percent(target)} from "
        f"{usd_rate(owner.rent_for(target))} per GPU-hour, with {percent(float(figures.owner_utilisation_share))} of "
        f"its hours sold and rents falling with costs; running alone takes "
        f"{usd_rate(owner.cash_floor_usd_per_gpu_hour)}. Below: revenue, then the true return a year (IRR), by the "
        "rent of the first year; - where there is none."
    )
    lines = wrap(about, _WIDTH)
    lines += ["", f"  {'revenue a year, per node':<24}" + "".join(f"{usd_rate(price):>9}" for price in prices)]
    for share in dict.fromkeys(row.utilisation_share for row in rows):
        sold = {row.usd_per_gpu_hour: row.revenue_usd_per_year for row in rows if row.utilisation_share == share}
        shown = "".join(f"{f'${sold[price]:,.0f}':>9}" for price in prices)
        lines.append(f"    {percent(share) + ' of hours sold':<22}{shown}")
    for path in dict.fromkeys(row.rents for row in rows):
        lines += ["", f"  {path:<24}" + "".join(f"{usd_rate(price):>9}" for price in prices)]
        for share in dict.fromkeys(row.utilisation_share for row in rows):
            cells = [row.irr_per_year for row in rows if (row.rents, row.utilisation_share) == (path, share)]
            shown = "".join(f"{'-' if cell is None else percent(cell, 1):>9}" for cell in cells)
            lines.append(f"    {percent(share) + ' of hours sold':<22}{shown}")
    return lines


def _article_lines(article: "Owner", assumptions: "Assumptions", book: "PriceBook") -> list[str]:
    from advisor.formatting import percent, usd, usd_rate

    evidence = assumptions.evidence
    about = (
        f"The three rents of {book.sources['cheah_article'].title}, as it meant them: "
        f"{usd(evidence.article_capex_usd_per_gpu)} a GPU, {usd(evidence.article_running_usd_per_gpu_year)} a year to "
        f"run, every hour sold, rents falling in a line to half in {evidence.article_life_years:g} years, no resale."
    )
    lines = [
        *wrap(about, _WIDTH),
        "",
        f"  {'first rent':<12}{'annualized multiple':>20}{'true return (IRR)':>20}",
    ]
    for rent, multiple, irr in _article_points(article, assumptions):
        shown = "-" if irr is None else percent(irr, 1)
        lines.append(f"  {usd_rate(rent):<12}{percent(multiple, 1):>20}{shown:>20}")
    return [
        *lines,
        "",
        *wrap(_CORRECTION, _WIDTH),
    ]


def _json(
    gpu: str, rows: "tuple[SellerRow, ...]", owner: "Owner | None", article: "Owner", assumptions: "Assumptions"
) -> str:
    from advisor.reports.json_models import offers as models

    target = float(assumptions.experts.owner_return_per_year)
    return models.SellerReport(
        gpu=gpu,
        node=None if owner is None else models.NodeCostsJson.model_validate(owner.costs),
        target_return_per_year=target,
        target_usd_per_gpu_hour=None if owner is None else owner.rent_for(target),
        cash_floor_usd_per_gpu_hour=None if owner is None else owner.cash_floor_usd_per_gpu_hour,
        rows=tuple(models.SellerRowJson.model_validate(row) for row in rows),
        latent_space_2024=tuple(
            models.ArticlePointJson(usd_per_gpu_hour=rent, annualised_multiple=multiple, irr_per_year=irr)
            for rent, multiple, irr in _article_points(article, assumptions)
        ),
    ).to_json()
