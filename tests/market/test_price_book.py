"""The price book: every figure can be traced, and the user's own figures replace it."""

import math
import re
import tomllib
from dataclasses import fields
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from advisor.decision.cost_options import cost_options
from advisor.errors import InputError
from advisor.market import price_book
from advisor.market.assumptions import SECTION_TYPES
from advisor.market.book_file import read_overrides
from advisor.market.data_files import data_table
from advisor.market.price_book import PriceBook
from advisor.market.throughput.measurements import rows
from advisor.profiles.validation import parse_profile
from tests.support.profile_builder import BOOK, CLUSTER, a_profile, numbers_of

DATE = re.compile(r"20\d\d(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?")
FIGURES = dict(BOOK.figures())


def test_there_are_figures_to_check() -> None:
    assert len(FIGURES) > 150


@pytest.mark.parametrize("path", FIGURES)
def test_a_figure_can_be_traced(path: str) -> None:
    figure = FIGURES[path]
    assert figure.source in BOOK.sources
    assert figure.low <= figure.value <= figure.high
    assert math.isfinite(figure.low)
    assert math.isfinite(figure.high)
    assert figure.unit.strip()
    assert figure.label.strip()
    least, most = figure.bounds
    assert least <= figure.low <= figure.high <= most
    assert DATE.fullmatch(figure.date)
    assert figure.n >= 0
    assert figure.is_thin == (figure.thin or (figure.role == "input" and figure.n < 3))


def test_a_figure_is_the_same_thing_for_every_gpu() -> None:
    for gpu in BOOK.gpus.values():
        for name in gpu.figures:
            mine, first = BOOK.figure(f"{gpu.id}.{name}"), BOOK.gpu_figure(name)
            assert (mine.label, mine.unit, mine.bounds, mine.role) == (
                first.label,
                first.unit,
                first.bounds,
                first.role,
            )


TAMPERED: dict[str, tuple[str, str, str]] = {
    "a row without a field": ("terms", "rental", r"\[rental\] has a row new that is not a field of Rental"),
    "a section without a type": ("terms", "unheard", r"\[sections\] has a row unheard"),
    "a figure of GPUs without a field": (
        "gpus",
        "figure",
        r"\[figure\] has a row new that is not a field of GpuPrices",
    ),
    "a figure of one GPU without a field": ("gpus", "H100-SXM", r"\[H100-SXM\] has a row new that is not a field"),
}


@pytest.mark.parametrize("case", TAMPERED)
def test_a_book_that_does_not_fit_its_types_says_where(case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    file, table, message = TAMPERED[case]
    read = data_table

    def tampered(name: str) -> dict[str, Any]:
        raw = read(name)
        if name == file:
            raw.setdefault(table, {})["new"] = {"label": "new", "value": 1}
        return raw

    monkeypatch.setattr(price_book, "data_table", tampered)
    with pytest.raises(ValueError, match=message):
        price_book.built_in_book.__wrapped__()


def test_a_book_without_a_row_names_the_field(monkeypatch: pytest.MonkeyPatch) -> None:
    read = data_table

    def without(name: str) -> dict[str, Any]:
        raw = read(name)
        if name == "ownership":
            del raw["facility"]["pue"]
        return raw

    monkeypatch.setattr(price_book, "data_table", without)
    with pytest.raises(ValueError, match=r"\[facility\] has no row pue, a field of Facility"):
        price_book.built_in_book.__wrapped__()


def test_a_discount_of_the_whole_price_is_refused() -> None:
    with pytest.raises(InputError, match=r"from -1 to 0\.99"):
        BOOK.with_gpu_figures("H100-SXM", {"neocloud_term_discount.12": 1.0}, "mine")


@pytest.mark.parametrize("key", BOOK.sources)
def test_a_source_says_where_it_is_and_is_cited(key: str) -> None:
    source = BOOK.sources[key]
    assert source.title
    assert source.where
    assert source.kind in {
        "posted", "executed", "filing", "survey", "sheet", "estimate", "vendor", "judgement", "convention",
    }  # fmt: skip
    cited = {figure.source for figure in FIGURES.values()} | {scenario.source for scenario in BOOK.scenarios.values()}
    assert key in cited | {row.source for row in rows()}


def test_a_judgement_claims_no_observations() -> None:
    claimed = {path for path, figure in FIGURES.items() if figure.source == "judgement" and figure.n > 1}
    assert not claimed


@pytest.mark.parametrize("section", SECTION_TYPES)
def test_a_section_matches_its_dataclass(section: str) -> None:
    """Each figure, read straight from the files, arrives in the field of its own name."""
    data = files("advisor.market") / "data"
    raw: dict[str, Any] = {}
    for file in ("terms", "ownership"):
        raw |= tomllib.loads((data / f"{file}.toml").read_text(encoding="utf-8"))
    typed = getattr(BOOK.assumptions("H100-SXM"), section)
    assert {field.name for field in fields(SECTION_TYPES[section])} == set(raw[section])
    assert {name: getattr(typed, name) for name in raw[section]} == {
        name: figure["value"] for name, figure in raw[section].items()
    }


RENT_ONLY = {gpu.id for gpu in BOOK.gpus.values() if gpu.value("node_usd") is None}
TO_BUY = set(BOOK.gpus) - RENT_ONLY


def test_the_gpus_are_there_under_all_their_names() -> None:
    for gpu in BOOK.gpus.values():
        for name in (gpu.id, gpu.id.lower(), f" {gpu.id} ", *gpu.aliases):
            assert BOOK.gpu(name) is gpu
    aliases = [alias.lower() for gpu in BOOK.gpus.values() for alias in (gpu.id, *gpu.aliases)]
    assert len(aliases) == len(set(aliases)), "one name means one GPU"


def test_an_unknown_gpu_is_met_with_the_nearest_names() -> None:
    with pytest.raises(InputError, match=r"'H10'.*did you mean .*H100"):
        BOOK.gpu("H10")


@pytest.mark.parametrize("gpu", BOOK.gpus)
def test_longer_terms_are_cheaper_by_the_list(gpu: str) -> None:
    """Of every term and in both markets; neighbors may tie."""
    for discounts in BOOK.gpus[gpu].term_discounts.values():
        values = [discounts[months].value for months in sorted(discounts)]
        assert values == sorted(values)


@pytest.mark.parametrize("gpu", [*sorted(TO_BUY), "MI300X"])
def test_a_gpu_with_full_advice_has_prices_for_terms(gpu: str) -> None:
    """Of every usual length; nobody posts three years of the RTX PRO 6000."""
    missing = {36} if gpu == "RTX-PRO-6000" else set()
    assert set(BOOK.gpus[gpu].term_discounts["neocloud"]) == {1, 3, 6, 12, 24, 36} - missing


@pytest.mark.parametrize("gpu", BOOK.gpus)
def test_no_rent_is_newer_than_the_day_on_which_prices_were_read(gpu: str) -> None:
    day, known = BOOK.read_on.isoformat(), BOOK.gpus[gpu]
    dates = {name: figure.date for name, figure in known.figures.items() if name.endswith("usd_per_gpu_hour")}
    dates |= {f"{tier}.{term}": row.date for tier, rows in known.term_discounts.items() for term, row in rows.items()}
    assert {name: date for name, date in dates.items() if date > day[: len(date)]} == {}, "raise read_on in gpus.toml"


def test_mi300x_says_that_it_is_thin() -> None:
    mi300x = BOOK.gpus["MI300X"]
    assert "four providers" in mi300x.thin
    assert "borrowed" in mi300x.thin
    assert mi300x.value("node_usd") is None
    assert mi300x.value("marketplace_usd_per_gpu_hour") is None
    borrowed = [mi300x.figures["sublet_discount_share"], *mi300x.term_discounts["neocloud"].values()]
    assert all(figure.n == 0 and figure.is_thin and "borrowed" in figure.note for figure in borrowed)


def test_gpus_with_thin_data_say_so() -> None:
    """All that cannot be bought, and those whose node is priced from parts or listings."""
    assert {gpu.id for gpu in BOOK.gpus.values() if not gpu.thin} == {"H100-SXM", "H200-SXM", "B200-SXM"}
    assert all("thin" in BOOK.gpus[gpu].thin for gpu in RENT_ONLY)


@pytest.mark.parametrize("gpu", BOOK.gpus)
def test_a_figure_without_an_observation_has_a_note(gpu: str) -> None:
    assert all(figure.note for figure in BOOK.gpus[gpu].figures.values() if figure.n == 0)


@pytest.mark.parametrize("kind", ["fine-tune", "pre-train", "inference"])
@pytest.mark.parametrize("nodes", [1, 16])
@pytest.mark.parametrize("gpu", BOOK.gpus)
def test_every_gpu_gives_an_answer(gpu: str, nodes: int, kind: str) -> None:
    """With finite costs; without a price of a node buying is out, and says so."""
    costs = {
        cost.option.id: cost for cost in cost_options(a_profile({"gpu": gpu, "nodes": nodes, "kind": kind}), BOOK).costs
    }
    barred = [one for one in costs["buy"].option.constraints if "price for a node" in one.why and one.holds.all()]
    assert bool(barred) is (gpu in RENT_ONLY)
    assert math.isfinite(costs["on-demand"].expected_usd)
    assert costs["on-demand"].expected_usd > 0


def test_an_overlay_beats_the_book_and_leaves_it_alone() -> None:
    before = BOOK.figure("facility.pue")
    mine = BOOK.overlaid({"facility": {"pue": 1.15}}, "my meter")
    figure = mine.figure("facility.pue")
    assert (figure.value, figure.source, figure.unit, figure.own) == (1.15, "my meter", before.unit, True)
    assert (figure.n, figure.date) == (0, ""), "sample and date were those of the book's value"
    assert mine.assumptions("H100-SXM").facility.pue == 1.15
    assert BOOK.figure("facility.pue") == before
    rest = {path: figure for path, figure in mine.figures() if path != "facility.pue"}
    assert rest == {path: figure for path, figure in FIGURES.items() if path != "facility.pue"}


def test_a_gpu_overlay_reaches_prices_and_terms() -> None:
    mine = BOOK.with_gpu_figures("H100-SXM", {"node_usd": 250_000, "neocloud_term_discount.12": 0.3}, "my quote")
    prices = mine.assumptions("H100-SXM")
    assert prices.gpu.node_usd == 250_000
    assert prices.gpu.term_discounts["neocloud"][12] == 0.3
    assert BOOK.assumptions("H100-SXM").gpu.node_usd == 300_000
    assert vars(mine.assumptions("H200-SXM")) == vars(BOOK.assumptions("H200-SXM"))


def test_an_overlay_gives_a_term_that_only_other_gpus_have() -> None:
    mine = BOOK.with_gpu_figures("L4", {"neocloud_term_discount.12": 0.1}, "a quote")
    assert mine.assumptions("L4").gpu.term_discounts["neocloud"] == {12: 0.1}
    assert mine.figure("L4.neocloud_term_discount.12").label == "discount for 12 months"


def test_an_overlay_gives_mi300x_the_price_nobody_publishes() -> None:
    mine = BOOK.with_gpu_figures("MI300X", {"node_usd": 200_000}, "a quote")
    assert mine.assumptions("MI300X").gpu.node_usd == 200_000
    assert mine.figure("MI300X.node_usd").unit == "USD/node"


OUT_OF_BOUNDS = [
    ("facility", "pue", 0.9, "from 1 to 10"),
    ("facility", "availability_share", 1.01, "from 0 to 1"),
    ("facility", "availability_share", -0.01, "from 0 to 1"),
    ("facility", "electricity_usd_per_kwh", -0.01, "from 0 to 1,000,000,000"),
    ("facility", "exit_months", 2.5, "whole"),
    ("rental", "sublet_fee_share", 1.5, "from 0 to 1"),
    ("rental", "minimum_term_from_64_nodes_months", 1.5, "whole"),
    ("forecast", "decline_shift_per_year", 3.0, "from -2 to 2"),
    ("facility", "pue", math.nan, "a number"),
    ("facility", "pue", math.inf, "a number"),
]


@pytest.mark.parametrize(("section", "name", "value", "allowed"), OUT_OF_BOUNDS)
def test_an_overlay_out_of_bounds_names_key_and_bounds(section: str, name: str, value: float, allowed: str) -> None:
    with pytest.raises(InputError) as caught:
        BOOK.overlaid({section: {name: value}}, "mine")
    error = caught.value
    assert name in error.where
    assert f"{value:g}" in error.found
    assert allowed in error.allowed
    assert BOOK.figure(f"{section}.{name}").unit in error.allowed


@pytest.mark.parametrize("value", ["1.2", True, [1.2], {"value": 1.2}, None])
def test_an_overlay_that_is_no_number_names_the_key(value: Any) -> None:
    with pytest.raises(InputError, match=r"facility, pue.*found .*a number"):
        BOOK.overlaid({"facility": {"pue": value}}, "mine")


def test_an_unknown_figure_is_met_with_the_nearest_key() -> None:
    with pytest.raises(InputError, match=r"elektricity_usd_per_kwh.*did you mean electricity_usd_per_kwh"):
        BOOK.overlaid({"facility": {"elektricity_usd_per_kwh": 0.1}}, "mine")
    with pytest.raises(InputError, match=r"facilty.*did you mean facility"):
        BOOK.overlaid({"facilty": {"pue": 1.2}}, "mine")
    with pytest.raises(InputError, match=r"node_us\b.*did you mean node_usd"):
        BOOK.with_gpu_figures("H100-SXM", {"node_us": 1.0}, "mine")
    with pytest.raises(InputError, match=r"neocloud_term_discount\.13"):
        BOOK.with_gpu_figures("H100-SXM", {"neocloud_term_discount.13": 0.1}, "mine")


def written(folder: Path, text: str) -> Path:
    path = folder / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_book_file_beats_the_book_and_changes_the_answer(tmp_path: Path) -> None:
    """The list price of 12 months is (1 - 20 %) of on demand less 3.6 % for 64 nodes (1.2 % for each of the three
    doublings from 8 nodes); nothing for the usual prepayment. With the file it is (1 - 50 %) less the same."""
    path = written(
        tmp_path,
        "[facility]\npue = 1.1\nelectricity_usd_per_kwh = 0.05\n"
        "[gpu.H100-SXM]\nnode_usd = 250_000\n"
        "[gpu.H100-SXM.neocloud_term_discount]\n12 = 0.5\n",
    )
    mine = read_overrides(path, BOOK)
    figures = mine.assumptions("H100-SXM")
    assert (figures.facility.pue, figures.facility.electricity_usd_per_kwh) == (1.1, 0.05)
    assert figures.gpu.node_usd == 250_000
    assert "mine.toml" in mine.figure("facility.pue").source
    for book, discount in ((BOOK, 0.2), (mine, 0.5)):
        costs = {cost.option.id: cost for cost in cost_options(a_profile(), book).costs}
        assert costs["reserved-12m"].option.rate_share == pytest.approx((1 - discount) * (1 - 3 * 0.012))


def expected_costs(book: PriceBook) -> dict[str, float]:
    return {cost.option.id: cost.expected_usd for cost in cost_options(a_profile(), book).costs}


def test_a_node_of_ones_own_price_changes_what_owning_costs_and_nothing_that_is_rented(tmp_path: Path) -> None:
    mine = read_overrides(written(tmp_path, "[gpu.H100-SXM]\nnode_usd = 250_000\n"), BOOK)
    before, after = expected_costs(BOOK), expected_costs(mine)
    assert after["buy"] < before["buy"]
    rented = [option for option in before if option == "on-demand" or option.startswith("reserved")]
    assert len(rented) > 5
    assert {option: after[option] for option in rented} == {option: before[option] for option in rented}


def test_a_deeper_discount_on_terms_tells_of_falling_rents(tmp_path: Path) -> None:
    """Who sells a year at half price expects rents to fall: the market's expert reads it so, and renting gets cheaper
    by the hour too."""
    path = written(tmp_path, "[gpu.H100-SXM.neocloud_term_discount]\n12 = 0.5\n")
    before, after = expected_costs(BOOK), expected_costs(read_overrides(path, BOOK))
    assert after["on-demand"] < before["on-demand"]
    assert after["reserved-12m"] < before["reserved-12m"]


def test_a_book_file_may_use_another_name_of_the_gpu(tmp_path: Path) -> None:
    mine = read_overrides(written(tmp_path, "[gpu.h100]\nlead_months = 3\n"), BOOK)
    assert mine.assumptions("H100-SXM").gpu.lead_months == 3


def test_an_empty_book_file_changes_nothing(tmp_path: Path) -> None:
    assert read_overrides(written(tmp_path, ""), BOOK) == BOOK


def test_the_profile_beats_the_book_file_which_beats_the_book(tmp_path: Path) -> None:
    mine = read_overrides(written(tmp_path, "[facility]\npue = 1.3\nexit_months = 4\n"), BOOK)
    raw = {"name": "x", "workload": [CLUSTER], "facility": {"pue": 1.2}}
    figures = numbers_of(parse_profile(raw, mine), mine)
    assert (figures.facility.pue, figures.facility.exit_months) == (1.2, 4)
    assert figures.facility.deposit_share == BOOK.figure("facility.deposit_share").value


MALFORMED: dict[str, tuple[str | bytes, list[str]]] = {
    "broken TOML": ("[facility\npue = 1", ["broken TOML"]),
    "not UTF-8": (b"pue = '\xff'", ["not UTF-8"]),
    "a word for a number": ("[facility]\npue = 'low'", ["facility, pue", "'low'", "from 1 to 10"]),
    "a truth for a number": ("[facility]\npue = true", ["facility, pue", "True"]),
    "nan": ("[facility]\npue = nan", ["facility, pue", "nan"]),
    "inf": ("[facility]\nelectricity_usd_per_kwh = inf", ["electricity_usd_per_kwh", "inf"]),
    "out of bounds": ("[facility]\ndeposit_share = 2", ["deposit_share", "from 0 to 1"]),
    "unknown section": ("[facilitys]\npue = 1.2", ["facilitys", "did you mean facility"]),
    "unknown key": ("[facility]\npeu = 1.2", ["facility, peu", "did you mean pue"]),
    "a number for a table": ("facility = 3", ["facility", "a table of figures"]),
    "unknown GPU": ("[gpu.H900]\nnode_usd = 1", ["'H900'", "did you mean"]),
    "unknown figure of a GPU": ("[gpu.H100-SXM]\nnode_us = 1", ["node_us", "did you mean node_usd"]),
    "unknown term": ("[gpu.H100-SXM.neocloud_term_discount]\n13 = 0.1", ["neocloud_term_discount.13"]),
    "a GPU that is not a table": ("[gpu]\nH100-SXM = 3", ["H100-SXM", "a table of figures"]),
    "gpu that is not a table": ("gpu = 5", ["gpu", "a table"]),
    "a list of GPUs": ("[[gpu]]\nnode_usd = 1", ["gpu", "a table"]),
    "nested too deeply": ("a = " + "[" * 5000, ["nested"]),
    "a number of 5,000 digits": ("[facility]\npue = " + "1" * 5000, ["mine.toml"]),
    "a number of 400 digits": ("[facility]\npue = " + "1" * 400, ["facility, pue"]),
    "huge": (b"# padding\n" * 200_000, ["2,000,000 bytes", "at most"]),
}


@pytest.mark.parametrize("case", MALFORMED)
def test_a_malformed_book_file_is_one_clear_error(case: str, tmp_path: Path) -> None:
    content, expected = MALFORMED[case]
    path = tmp_path / "mine.toml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(InputError) as caught:
        read_overrides(path, BOOK)
    message = str(caught.value)
    assert str(path) in message
    assert "\n" not in message
    assert len(message) < 1000
    for words in expected:
        assert words in message


def test_a_book_that_is_not_there_or_is_a_folder_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nowhere\.toml.*[Nn]o such file"):
        read_overrides(tmp_path / "nowhere.toml", BOOK)
    with pytest.raises(InputError, match=r"directory"):
        read_overrides(tmp_path, BOOK)
