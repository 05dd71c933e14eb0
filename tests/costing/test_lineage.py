"""Every component names the inputs it depends on: moving one moves the components that name it, and no others."""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import pytest

from advisor.costing.lineage import component_inputs, leaves
from advisor.decision.cost_options import Costing, cost_options
from advisor.market.figures import Figure
from advisor.market.price_book import PriceBook
from advisor.profiles.offers.quote import offer_ids
from advisor.profiles.schema import Profile
from tests.support.long_runs import every, quick_and_long
from tests.support.profile_builder import BOOK, a_profile, changed, sample, with_quote

Components = Mapping[tuple[str, str], float]
PROFILES = {
    "as it ships": lambda: sample("cluster-64"),
    "with an offer to reserve and one for a node": lambda: with_quote(
        with_quote(sample("cluster-64"), option="reserved", months=12, usd_per_gpu_hour=2.45),
        option="buy",
        usd_per_node=280_000,
    ),
    "with offers of hardware for payments": lambda: changed(
        sample("cluster-64"),
        quote=[
            {"months": 36, "usd_per_node": 290_000, "nodes": 64, "from": "A", **offer}
            for offer in (
                {"option": "lease", "payments": 600_000, "residual_share": 0.1},
                {"option": "loan", "payments": 620_000},
                {"option": "hosted", "payments": 128_000},
                {"option": "sale-leaseback", "payments": 600_000},
                {"option": "buy", "months": None, "nodes": None, "from": "B"},
                {"option": "buy", "months": None, "nodes": None, "usd_per_node": 300_000, "from": "B"},
            )
        ],
    ),
    "paying taxes": lambda: changed(
        sample("cluster-64"), company={"stage": "series-b", "tax_rate": 0.21, "taxable_from_month": 6}
    ),
}
RULES = {  # limits that move nothing unless they are crossed
    "facility.max_nodes_no_layer",
    "facility.max_nodes_two_layers",
    "rental.setup_from_nodes",
    "rental.on_demand_max_nodes",
    "rental.minimum_term_from_64_nodes_months",
    "rental.minimum_term_from_128_nodes_months",
    "rental.minimum_term_from_256_nodes_months",
    "forecast.resale_floor_share",
    "forecast.resale_cap_share",
    "debt.loan_months",
    "rental.termination_fee_share",  # of a contract that may be left, which some never are
}


def may_stay(option: str, component: str) -> bool:
    """Components that need not move with all they name: what is decided later names all that the decision weighs, and
    taxes all that is deducted; a month's block is over before the plan can change in it; a loan that costs what debt
    costs is worth its fee, however long it lasts; and what a lessor of the nodes does not pay for is the rest."""
    return (
        option.startswith("rent-")
        or component == "tax"
        or (option, component) in (("reserved-1m", "idle_resale"), ("buy-loan", "loan"), ("lease-a", "hardware"))
    )


def components(costing: Costing) -> Components:
    """What each component of each option comes to."""
    return {(cost.option.id, name): usd for cost in costing.costs for name, usd in cost.components.items()}


def named(profile: Profile) -> dict[tuple[str, str], set[str]]:
    """The inputs that each component names, down to the figures that rents are expected from."""
    costing = cost_options(profile, BOOK)
    return {
        (cost.option.id, name): set(map(str, leaves(inputs, profile, costing.book)))
        for cost in costing.costs
        for name, inputs in component_inputs(cost, profile, costing.book).items()
    }


def other_values(figure: Figure) -> Iterator[float]:
    """Values worth trying in a figure's place: a little more, both ends of its range, twice as much, the least."""
    least, most = figure.bounds
    whole = figure.is_whole
    tried = (
        figure.value + 1 if whole else figure.value * 1.01 + 1e-4,
        figure.low,
        figure.high,
        2 * figure.value,
        least,
    )
    yield from {value for value in tried if value != figure.value and least <= value <= most}


def with_figure(path: str, value: float) -> PriceBook:
    """The book with one figure changed, as a book: the user's own would be named as theirs."""
    section, _, name = path.partition(".")
    if section in BOOK.gpus:
        return BOOK.with_gpu_figures(section, {name: value}, "a test")
    return BOOK.overlaid({section: {name: value}}, "a test")


def other_profiles(profile: Profile) -> Iterator[tuple[str, Profile]]:
    """The user's own answers, each moved."""
    raw: dict[str, Any] = profile.model_dump(by_alias=True, exclude_none=True)
    work = raw["workload"][0]
    for name, *values in ("nodes", 60), ("months", 23, 48), ("busy", 0.8), ("plan_change_per_month", 0.02):
        for value in values:
            yield f"profile.workload.1.{name}", changed(profile, workload=[{**work, name: value}])
    for name, quote in zip(offer_ids(profile.quote), raw["quote"], strict=True):
        for key in {"usd_per_node", "usd_per_gpu_hour", "payments"} & quote.keys():
            raised = [{**one, key: one[key] * 1.02} if one is quote else one for one in raw["quote"]]
            yield f"profile.quote.{name}", changed(profile, quote=raised)
    if raw["company"].get("tax_rate"):
        company = raw["company"]
        yield "profile.company.tax_rate", changed(profile, company={**company, "tax_rate": 0.3})
        yield "profile.company.taxable_from_month", changed(profile, company={**company, "taxable_from_month": 12})
        yield "profile.company.depreciation", changed(profile, company={**company, "depreciation": "bonus"})


def moved(base: Components, now: Components) -> set[tuple[str, str]]:
    """The components that are another amount now."""
    return {key for key, usd in base.items() if key in now and abs(now[key] - usd) > 1e-7 * max(1.0, abs(usd))}


@quick_and_long
@pytest.mark.parametrize("which", PROFILES)
def test_a_component_moves_with_the_inputs_it_names_and_with_no_others(which: str) -> None:
    """Every figure for one of the profiles, and all that is a profile's own."""
    profile = PROFILES[which]()
    base, depends_on = components(cost_options(profile, BOOK)), named(profile)
    trials: dict[str, list[Any]] = {}
    step = every(len(PROFILES))
    for path, figure in [*BOOK.figures()][[*PROFILES].index(which) % step :: step]:
        if path.split(".")[0] in (profile.workload[0].gpu, *BOOK.sections):
            trials[path] = [partial(cost_options, profile, with_figure(path, value)) for value in other_values(figure)]
    for path, other in other_profiles(profile):
        trials.setdefault(path, []).append(partial(cost_options, other, BOOK))
    loose, silent = {}, {}
    for path, answers in trials.items():
        names, seen = {key for key in base if path in depends_on.get(key, ())}, set[tuple[str, str]]()
        must = {key for key in names if base[key] and path not in RULES and not may_stay(*key)}
        for answer in answers:
            seen |= moved(base, components(answer()))
            if must <= seen:
                break
        loose[path] = sorted(key for key in seen - names if base[key])
        silent[path] = sorted(must - seen)
    assert {path: keys for path, keys in loose.items() if keys} == {}, "moves what does not name it"
    assert {path: keys for path, keys in silent.items() if keys} == {}, "named, but moves nothing"


def test_credits_are_named_by_their_place_in_the_profile() -> None:
    """Those that are named second expire first, and pay for all of one node's month."""
    profile = changed(
        sample("lora-one-node"), credit=[{"usd": 1e6, "expires_month": 24}, {"usd": 9e6, "expires_month": 12}]
    )
    found = component_inputs(
        next(cost for cost in cost_options(profile, BOOK).costs if cost.option.id == "on-demand"), profile, BOOK
    )
    named = [one for one in map(str, found["credits"]) if "credit" in one]
    assert named == ["profile.credit.2"]


def test_what_is_in_hand_is_named_by_the_rent_of_what_it_leaves() -> None:
    """A contract for two nodes leaves two to rent. The rent named the throughputs, not the contract."""
    contract = {"gpu": "H200-SXM", "nodes": 2, "months_left": 9, "usd_per_gpu_hour": 1.0}
    for gpu in ("H100-SXM", "H200-SXM"):
        profile = a_profile({"kind": "fine-tune", "nodes": 4, "months": 12}, commitment=[{**contract, "gpu": gpu}])
        assert "profile.commitment.1" in named(profile)["on-demand", "rent"]
    free = a_profile({"kind": "fine-tune", "nodes": 4, "months": 12})
    assert "profile.commitment.1" not in named(free)["on-demand", "rent"]
