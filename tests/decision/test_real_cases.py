"""Public cases of people who decide about compute: each gives its right answer, or is refused for a true reason."""

import json
import tomllib
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from advisor.decision.advise import Advice, advise
from advisor.errors import InputError
from advisor.finance.loans import loan_apr
from advisor.market.book_file import with_own_gpu
from advisor.market.catalogs.parse import parse
from advisor.market.catalogs.plausibility import odd_prices, without_odd
from advisor.market.price_book import built_in_book
from advisor.profiles.offers.terms import offers_of
from advisor.profiles.validation import parse_profile
from tests.support.folders import CASES
from tests.support.present import present
from tests.support.processes import run_here

REAL: dict[str, list[dict[str, Any]]] = tomllib.loads((CASES / "real_cases.toml").read_text("utf-8"))
DAY = date(2026, 11, 20)
pytestmark = pytest.mark.usefixtures("prices_that_stay")


def cost_in(advice: Advice, option: str) -> Any:
    return next(one.cost for one in advice.verdict.ranked if one.id == option)


def ratio(advice: Advice, option: str) -> float:
    """The utilization at which the rates of a term and of on demand cost the same."""
    return next(term.rate_ratio for term in advice.break_evens.terms if term.option == option)


def paid_months(advice: Advice, option: str) -> float | None:
    """When on demand would have cost as much as all of a term, at the plan's own use."""
    return next(term.paid_months for term in advice.break_evens.terms if term.option == option)


def payback(advice: Advice, _: str) -> float:
    found = present(advice.break_evens.payback)
    return present(found.months)


def crossing(advice: Advice, options: str) -> float:
    """The month in which the costs paid so far of two options cross."""
    pair = set(options.split())
    return next(one.month for one in advice.break_evens.crossings if {one.cheaper_before, one.cheaper_after} == pair)


def per_year(advice: Advice, option: str) -> float:
    return float(cost_in(advice, option).undiscounted_usd) / (advice.costing.demand.months / 12)


def before_resale(advice: Advice, option: str) -> float:
    """What an option costs if its hardware brings nothing in the end."""
    cost = cost_in(advice, option)
    return float(cost.expected_usd - cost.components["hardware_resale"])


def months_beyond(advice: Advice, _: str) -> float:
    """For how long the pick commits after the plan has ended."""
    pick = present(advice.verdict.pick)
    return max(0, (pick.cost.option.term_months or 0) - advice.costing.demand.months)


def in_hand(advice: Advice, disposition: str) -> object:
    """What is done with the hardware in hand, or what the whole costs when another thing is done."""
    held = present(advice.costing.commitments)
    return dict(held.usd)[disposition,] if disposition else held.dispositions[0]  # type: ignore[index] # a literal


def apr(advice: Advice, _: str) -> float:
    """What the lender of the offer earns a year."""
    (offer,) = offers_of(advice.profile.quote, advice.costing.case.assumptions.rental)
    return loan_apr(float(offer.payments_usd_per_node or 0) / offer.node_price, offer.months or 1)


FIGURES: dict[str, Callable[[Advice, str], object]] = {
    "months beyond the plan": months_beyond,
    "usd in hand": in_hand,
    "in hand": in_hand,
    "questioned": lambda advice, _: len(advice.verdict.questioned),
    "usd before resale": before_resale,
    "pick class": lambda advice, _: advice.verdict.pick and advice.verdict.pick.action,
    "pick": lambda advice, _: advice.verdict.pick and advice.verdict.pick.id,
    "ratio": ratio,
    "payback months": payback,
    "paid months": paid_months,
    "crossing": crossing,
    "apr": apr,
    "credits": lambda advice, option: -cost_in(advice, option).components.get("credits", 0.0),
    "usd per year": per_year,
    "usd per busy hour": lambda advice, option: cost_in(advice, option).usd_per_used_gpu_hour,
    "usd": lambda advice, option: cost_in(advice, option).expected_usd,
    "GPU bill": lambda advice, option: cost_in(advice, option).components["rent"],
    "committed": lambda advice, option: cost_in(advice, option).components["committed"],
    "busy hours": lambda advice, _: float(advice.costing.demand.alive.used_gpu_hours.sum()),
    "busy share": lambda advice, _: advice.costing.demand.busy_share,
    "billed hours": lambda advice, option: float(cost_in(advice, option).demand.alive.billed_gpu_hours.sum()),
}


def figure_of(advice: Advice, name: str) -> object:
    """One figure by its name in the file: what it is, then of which option."""
    what = next(what for what in FIGURES if name.startswith(what))
    return FIGURES[what](advice, name.removeprefix(what).strip())


def test_everybody_gets_an_answer() -> None:
    """Whatever is refused of a case as it stands, the same person gets an answer in another way or unit."""
    people = {str(case["id"]).partition(":")[0] for cases in REAL.values() for case in cases}
    answered = {str(case["id"]).partition(":")[0] for cases in REAL.values() for case in cases if "refused" not in case}
    assert answered == people
    assert len(people) >= 24


@pytest.mark.parametrize("case", REAL["case"], ids=lambda case: str(case["id"]))
def test_a_case_gives_its_right_answer_or_is_refused_for_a_true_reason(case: dict[str, Any]) -> None:
    book, raw = built_in_book(), {"name": case["id"][:60], **case["profile"]}
    for name, figures in case.get("gpu", {}).items():
        book = with_own_gpu(name, figures, book, "a test")
    if "refused" in case:
        with pytest.raises(InputError) as error:
            parse_profile(raw, book)
        assert case["refused"] in str(error.value)
        return
    advice = advise(parse_profile(raw, book), book, paths=100)
    for name, right in case["expected"].items():
        found = figure_of(advice, name)
        assert found == (right if isinstance(right, str) else pytest.approx(right, rel=case["rel"])), name


@pytest.mark.parametrize("case", REAL["catalog"], ids=lambda case: str(case["id"]))
def test_the_prices_of_a_catalog_are_read_as_they_are_meant(case: dict[str, Any]) -> None:
    book = built_in_book()
    found = parse(case["text"].lstrip(), case["provider"], DAY, "a file", book)
    believed: dict[str, list[float]] = {}
    for offer in without_odd(found, book).offers:
        if not offer.spot:
            believed.setdefault(offer.gpu, []).append(offer.usd_per_gpu_hour)
    assert believed == {gpu: pytest.approx(usd) for gpu, usd in case["prices"].items()}
    assert len(list(odd_prices(found, book))) == case["odd"]


@pytest.mark.parametrize("case", REAL["command"], ids=lambda case: str(case["id"]))
def test_a_command_prints_the_right_answer(case: dict[str, Any], tmp_path: Path) -> None:
    own = tmp_path / "book.toml"
    tables = (
        f"[{name}]\n" + "\n".join(f"{key} = {value}" for key, value in table.items())
        for name, table in case["book"].items()
    )
    own.write_text("\n".join(tables), encoding="utf-8")
    done = run_here([*case["words"], *(["--book", str(own)] if case["book"] else []), "--json"])
    if "refused" in case:
        assert done.code in (1, 2)
        assert case["refused"] in done.err
        return
    found = json.loads(done.out)
    for path, right in case["expected"].items():
        value: Any = found
        for part in path.split("."):
            value = value[int(part)] if part.isdigit() else value[part]
        assert value == pytest.approx(right, rel=case["rel"]), path
