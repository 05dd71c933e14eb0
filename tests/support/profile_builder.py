"""Profiles for tests, made the way the program makes them: from raw tables through the door that checks them."""

import math
from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

from advisor.costing.valuation import OptionCost
from advisor.decision.advise import Advice
from advisor.decision.cost_options import Costing, cost_options
from advisor.decision.joint.joint_advice import JointAdvice
from advisor.decision.joint.joint_choice import choose_jointly
from advisor.decision.ranking import RankedOption, Verdict
from advisor.market.assumptions import Assumptions
from advisor.market.price_book import PriceBook, built_in_book
from advisor.profiles.limits import MAX_NODES, MAX_PLAN_MONTHS
from advisor.profiles.schema import Profile
from advisor.profiles.store import load_profile, sample_entries
from advisor.profiles.validation import parse_profile
from tests.support.present import present

BOOK = built_in_book()
ALL_SAMPLES = {entry.name: entry.path for entry in sample_entries()}
# One GPU each: what costs time is tried on these.
PLANS = ("lora-one-node", "fine-tune-cycle", "pre-train-16", "cluster-64", "inference-8", "frontier-lab-1000")
SAMPLES = {name: ALL_SAMPLES[name] for name in PLANS}

CLUSTER = {"kind": "pre-train", "gpu": "H100-SXM", "nodes": 64, "months": 24, "busy": 0.85}


def a_profile(workload: Mapping[str, Any] | None = None, **rest: Any) -> Profile:
    """A checked profile: the 64-node cluster with the fields of `workload` changed, and further tables in `rest`."""
    return parse_profile({"name": "a test", "workload": [{**CLUSTER, **(workload or {})}]} | rest, BOOK)


def numbers_of(profile: Profile, book: PriceBook = BOOK) -> Assumptions:
    """Every number that a decision on a profile depends on."""
    return cost_options(profile, book).case.assumptions


def two_workloads() -> Profile:
    """A large job, and a smaller one that starts later and ends earlier."""
    raw = {
        "schema": 1,
        "name": "Two",
        "workload": [
            {"kind": "pre-train", "nodes": 30, "months": 12},
            {"kind": "fine-tune", "nodes": 10, "months": 6, "start_month": 3},
        ],
    }
    return parse_profile(raw, BOOK)


def sample(name: str) -> Profile:
    """A profile that ships with the program."""
    return load_profile(ALL_SAMPLES[name], BOOK)


def changed(profile: Profile, **tables: Any) -> Profile:
    """The profile with whole top-level tables replaced, checked again."""
    raw = profile.model_dump(by_alias=True, exclude_none=True)
    return parse_profile({**raw, **tables}, BOOK)


def with_months(profile: Profile, months: float) -> Profile:
    """The profile with all workloads stretched so that the longest lasts `months` months."""
    raw = profile.model_dump(by_alias=True, exclude_none=True)
    longest = max(workload["months"] for workload in raw["workload"])
    stretched = [{**workload, "months": workload["months"] * months / longest} for workload in raw["workload"]]
    return parse_profile({**raw, "workload": stretched}, BOOK)


def with_quote(profile: Profile, **offer: Any) -> Profile:
    """The profile with one offer in hand, in place of another of the same kind and term."""
    raw = profile.model_dump(by_alias=True, exclude_none=True)
    kind = (offer["option"], offer.get("months"))
    others = [quote for quote in raw["quote"] if (quote["option"], quote.get("months")) != kind]
    return parse_profile({**raw, "quote": [*others, offer]}, BOOK)


def costed(profile: Profile) -> Costing:
    """What every option costs by the built-in book."""
    return cost_options(profile, BOOK)


def costs_by_id(profile: Profile) -> dict[str, OptionCost]:
    """The cost of every option of a profile."""
    return {cost.option.id: cost for cost in costed(profile).costs}


def best_usd(costing: Costing) -> float:
    """What the pick is expected to cost."""
    return present(costing.verdict.pick).cost.expected_usd


def by_disposition(costing: Costing) -> dict[tuple[str, ...], float | None]:
    """What the best way costs with each combination of what is done with what is in hand."""
    return {tuple(dispositions): usd for dispositions, usd in present(costing.commitments).usd}


def option_of(verdict: Verdict, option_id: str) -> RankedOption:
    """One ranked option by its id."""
    return next(option for option in verdict.ranked if option.id == option_id)


shares = st.floats(0, 1)


@st.composite
def raw_workloads(draw: st.DrawFn, gpu: str, most_nodes: int = 2000) -> dict[str, Any]:
    """A valid workload table of any kind, with some fields left to the book."""
    kind = draw(st.sampled_from(["fine-tune", "pre-train", "inference"]))
    start = draw(st.just(0) | st.integers(0, 24))
    months = draw(st.integers(1, 36) | st.floats(0.1, 36))
    nodes = draw(st.integers(1, 16) | st.integers(1, most_nodes))
    steps = max(1, math.ceil(months) - 1)
    most = min(0.2, (MAX_NODES / (2 * nodes)) ** (1 / steps) - 1 - 1e-9)
    optional: dict[str, st.SearchStrategy[Any]] = {
        "busy": st.floats(0.05, 1),
        "growth_per_month": st.floats(-0.2, most),
        "start_month": st.just(start),
        "plan_change_per_month": st.floats(0, 0.2),
        "residual_share": st.just(0.0) | st.floats(1e-6, 1),  # less is rounded to nothing
        "always_on": st.booleans(),
    }
    if kind == "inference":
        modes = st.sampled_from(["always-on", "scale-to-zero", "office-hours"])
        optional |= {"base_share": shares, "base_busy": st.floats(0.05, 1), "mode": modes}
    assert start + months <= MAX_PLAN_MONTHS
    fixed = {"kind": kind, "gpu": gpu, "nodes": nodes, "months": months}
    return fixed | draw(st.fixed_dictionaries({}, optional=optional))


def tiers_of(gpu: str) -> list[str]:
    """The tiers in which the book has a price of a GPU."""
    listed = BOOK.gpus[gpu].value("hyperscaler_usd_per_gpu_hour") is not None
    return ["neocloud", *(["hyperscaler"] if listed else [])]


@st.composite
def raw_profiles(
    draw: st.DrawFn, workloads: int = 3, tier: str | None = None, book: PriceBook = BOOK
) -> dict[str, Any]:
    """A valid profile table without figures of its own: one GPU of a book, a few workloads, a company."""
    gpu = draw(st.sampled_from(sorted(gpu for gpu in book.gpus if tier is None or tier in tiers_of(gpu))))
    company = {
        "stage": st.sampled_from(["seed", "series-a", "series-b", "later"]),
        "discount_rate": st.floats(0, 0.4),
        "burn_usd_per_month": st.floats(0, 1e7),
    }
    market: dict[str, st.SearchStrategy[Any]] = {"rents_change_per_year": st.floats(-0.6, 0.5)}
    tiers = st.sampled_from(tiers_of(gpu)) if tier is None else st.just(tier)
    return {
        "name": "random",
        "workload": draw(st.lists(raw_workloads(gpu), min_size=1, max_size=workloads)),
        "company": draw(st.fixed_dictionaries({}, optional=company)),
        "market": draw(st.fixed_dictionaries({"tier": tiers}, optional=market)),
    }


def profiles(workloads: int = 3, tier: str | None = None) -> st.SearchStrategy[Profile]:
    """Random valid profiles without figures of their own."""
    return raw_profiles(workloads, tier).map(lambda raw: parse_profile(raw, BOOK))


def as_joint(advice: Advice) -> JointAdvice:
    """The plan of the one GPU of an answer."""
    return JointAdvice(advice.profile, (advice,), choose_jointly([advice.verdict], advice.profile.company), None)
