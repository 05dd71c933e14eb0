"""Random profiles of every kind, for the comparison of the engine with the slow loop."""

import math
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st

from advisor.market.price_book import PriceBook, built_in_book
from advisor.profiles.amount_of_work import with_amount
from advisor.profiles.limits import MAX_NODES, MAX_PLAN_MONTHS
from advisor.profiles.schema import Profile
from advisor.profiles.validation import parse_profile
from tests.support.profile_builder import tiers_of

BOOK = built_in_book()


shares = st.floats(0, 1)


def sometimes(values: dict[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[dict[str, Any]]:
    """None of the fields, or a random choice of them."""
    return st.booleans().flatmap(lambda own: st.fixed_dictionaries({}, optional=values if own else {}))


@st.composite
def workloads(draw: st.DrawFn, gpu: str) -> dict[str, Any]:
    """One workload of any kind, short or long, small or large, growing, shrinking or steady."""
    kind = draw(st.sampled_from(["fine-tune", "pre-train", "inference"]))
    start = draw(st.just(0) | st.integers(0, 12) | st.integers(0, MAX_PLAN_MONTHS - 1))
    room = MAX_PLAN_MONTHS - start
    months = draw(st.integers(1, min(room, 24)) | st.floats(0.1, min(room, 12.0)) | st.floats(0.1, room))
    nodes = draw(st.integers(1, 8) | st.integers(1, 300) | st.integers(1, 6000))
    steps = max(1, math.ceil(months) - 1)
    most = min(0.5, (MAX_NODES / nodes) ** (1 / steps) - 1 - 1e-9)
    growth = draw(st.just(0.0) | st.floats(-0.05, min(0.05, most)) | st.floats(-0.5, most))
    own = {
        "busy": st.floats(0.01, 1),
        "plan_change_per_month": st.just(0.0) | st.floats(0, 0.5),
        "residual_share": shares,
        "job_nodes": st.integers(1, 8) | st.integers(1, 300),
    }
    modes = st.sampled_from(["always-on", "scale-to-zero", "office-hours"])
    base = {"base_share": shares, "base_busy": st.floats(0.01, 1), "mode": modes} if kind == "inference" else {}
    if draw(st.booleans()):
        base = {"mode": st.just("batch")}
    fixed = {
        "kind": kind,
        "gpu": gpu,
        "months": months,
        "start_month": start,
        "growth_per_month": growth,
    }
    table = with_amount(fixed | draw(st.fixed_dictionaries({}, optional=own | base)), draw(amounts(nodes)))
    if table.get("mode") == "office-hours":  # GPU-hours and runs on `amounts` fit into no fewer hours
        in_hours = {"gpu_hours_per_month", "runs_per_week"} & table.keys()
        table |= {"hours_per_week": draw(st.floats(110, 168))} if in_hours else draw(sometimes_hours())
    return table


def sometimes_hours() -> st.SearchStrategy[dict[str, Any]]:
    """The office hours of the book, or others."""
    return sometimes({"hours_per_week": st.floats(1, 168)})


@st.composite
def load_curves(draw: st.DrawFn, most_gpus: int) -> list[tuple[int, float]]:
    """Steps of a load curve, up to some GPUs."""
    tops = sorted(draw(st.sets(st.integers(1, max(1, most_gpus)), min_size=1, max_size=5)))
    shares = draw(st.lists(st.floats(0.01, 1), min_size=len(tops), max_size=len(tops)))
    return list(zip(tops, sorted(shares, reverse=True), strict=True))


@st.composite
def amounts(draw: st.DrawFn, most_nodes: int) -> dict[str, Any]:
    """The amount of work in any of the ways to give it, never more than some nodes."""
    if draw(st.booleans()):
        return {"nodes": most_nodes}
    gpus = draw(st.integers(1, min(40, most_nodes)) | st.integers(1, most_nodes))
    sizes = st.lists(st.integers(1, most_nodes), min_size=1, max_size=6)
    busy = draw(st.floats(0.01, 0.6))
    return draw(
        st.sampled_from(
            [
                {"gpus": gpus},
                {"gpus": gpus, "gpu_hours_per_month": busy * gpus * 730},
                {"gpus": gpus, "runs_per_week": 1.5, "hours_per_run": busy * 100},
                {"gpus_by_month": draw(sizes)},
                {"nodes_by_month": draw(sizes)},
                {"load": draw(load_curves(most_nodes))},
                {"pflops": gpus * 0.1},
            ]
        )
    )


def clauses(months: int) -> st.SearchStrategy[dict[str, Any]]:
    """At times some clauses of a contract."""
    small: dict[str, st.SearchStrategy[Any]] = {
        "termination_fee_share": shares,
        "notice_months": st.integers(0, months),
        "indexed": shares,
        "least_use_share": shares,
        "sla_credit_share": shares,
        "delay_credit_share_per_month": shares,
    }
    if months > 2:
        small["free_months"] = st.integers(0, months - 1)
        small["step_down"] = st.just([(1, 0.1)]) | st.just([(1, 0.2), (2, 0.4)])
    some = sometimes({name: st.none() | strategy for name, strategy in small.items()})
    return some.map(_that_may_stand_together)


def _that_may_stand_together(clauses: dict[str, Any]) -> dict[str, Any]:
    """Clauses without those that say nothing, and without a notice where all that is left is due."""
    found = {name: value for name, value in clauses.items() if value is not None}
    if found.get("termination_fee_share") == 1:
        found.pop("notice_months", None)
    return found


@st.composite
def quotes(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Offers the user may hold: at most one of each kind and term."""
    found: list[dict[str, Any]] = []
    rates = st.floats(0.5, 15)
    if draw(st.booleans()):
        found.append({"option": "on-demand", "usd_per_gpu_hour": draw(rates)})
    for months in draw(st.lists(st.sampled_from([1, 2, 5, 6, 12, 18, 36]), max_size=2, unique=True)):
        prepaid = draw(sometimes({"prepaid": shares}))
        prepaid |= draw(sometimes({"may_sublet": st.booleans()})) | draw(clauses(months))
        if prepaid.get("prepaid"):
            prepaid |= draw(sometimes({"refund_share": shares}))
        found.append(
            {"option": "reserved", "months": months, "usd_per_gpu_hour": draw(rates), "from": f"S{months}", **prepaid}
        )
    if draw(st.booleans()):
        found.append({"option": "buy", "usd_per_node": draw(st.floats(50_000, 700_000))})
    if draw(st.booleans()):
        found.append({"option": "buy-used", "usd_per_node": draw(st.floats(20_000, 400_000))})
    return found


rental_figures = {
    "release_doublings": st.floats(1, 8),
    "cluster_premium_per_doubling": st.floats(0, 0.03),
    "storage_egress_usd_per_node_month": st.floats(0, 928),
    "support_share": st.floats(0, 0.05),
    "goodput_loss_share": st.floats(0, 0.05),
    "setup_usd_per_node": st.floats(0, 6400),
    "setup_from_nodes": st.integers(1, 16),
    "volume_discount_from_nodes": st.integers(1, 16),
    "volume_discount_per_doubling": st.floats(0, 0.03),
    "idle_fill_share": shares,
    "freed_fill_share": shares,
    "sublet_fee_share": shares,
    "prepaid_share": shares,
    "prepay_bonus_from_share": st.floats(0, 0.9),
    "prepay_bonus_per_year": st.floats(0, 0.3),
    "sublet_loss_per_doubling": st.floats(0, 0.2),
    "months_to_let": st.integers(0, 5),
    "sublet_right_neocloud": shares,
    "sublet_right_hyperscaler": shares,
    "provider_default_per_month": st.floats(0, 0.05),
    "termination_fee_share": shares,
    "wait_months": st.integers(1, 12),
    "growth_step_months": st.integers(1, 12),
    "on_demand_max_nodes": st.integers(1, 128),
    "minimum_term_from_64_nodes_months": st.integers(1, 12),
    "minimum_term_from_128_nodes_months": st.integers(1, 12),
    "minimum_term_from_256_nodes_months": st.integers(1, 24),
    "marketplace_interruptions_per_node_hour": st.floats(0, 0.05),
}


facility_figures = {
    "exit_months": st.integers(0, 6),
    "colocation_min_months": st.integers(0, 36),
    "colocation_exit_share": shares,
    "deposit_share": shares,
    "availability_share": st.floats(0.5, 1),
    "selling_cost_share": shares,
    "pue": st.floats(1, 2),
    "idle_power_share": shares,
    "electricity_usd_per_kwh": st.floats(0, 0.5),
    "maintenance_share_per_year": st.floats(0, 0.1),
    "insurance_share_per_year": st.floats(0, 0.02),
    "staff_fixed_fte": st.floats(0, 4),
    "failure_share_per_gpu_year": st.floats(0, 0.1),
    "used_lead_months": st.integers(0, 6),
    "used_failure_share_per_gpu_year": st.floats(0, 0.2),
    "used_maintenance_share_per_year": st.floats(0, 0.2),
}


gpu_figures = {
    "lead_months": st.integers(0, 12),
    "node_usd": st.floats(50_000, 600_000),
    "sublet_discount_share": st.floats(0, 0.99),
}


forecast_figures = {
    "decline_shift_per_year": st.floats(-0.3, 0.5),
    "decline_sd_per_year": st.floats(0, 0.2),
    "level_sd": st.floats(0, 0.2),
    "reversion_per_year": st.floats(0.3, 3),
    "volatility_per_sqrt_year": st.floats(0.02, 0.6),  # certain price processes have their own tests
    "resale_rent_elasticity": st.floats(0.5, 1.2),
    "resale_ageing_per_year": st.floats(0, 0.5),
}


company_figures = {
    "stage": st.sampled_from(["seed", "series-a", "series-b", "later"]),
    "discount_rate": st.just(0.0) | st.floats(0, 0.4),
    "hosting": st.just("on-premises"),
    "rental_forbidden_because": st.just("data must stay here"),
}


tax_figures = {
    "tax_rate": st.floats(0.01, 0.5),
    "taxable_from_month": st.just(0) | st.integers(0, 40),
    "depreciation": st.sampled_from(["straight-line", "macrs", "bonus"]),
}


debt_figures = {
    "cost_of_debt_per_year": st.floats(0, 0.2),
    "loan_apr": st.just(0.0) | st.floats(0.01, 0.3),
    "loan_to_value_share": shares,
    "loan_months": st.integers(1, 36),
    "loan_fee_share": st.floats(0, 0.05),
    "lease_apr": st.just(0.0) | st.floats(0.01, 0.3),
    "lease_months": st.integers(1, 36),
    "lease_residual_share": shares,
    "lease_exit_share": shares,
    "lease_financed_share": st.just(1.0) | st.floats(0.5, 1.3),
}


any_gpu = st.sampled_from(sorted(BOOK.gpus))


@st.composite
def commitments(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Commitments that the user may already have."""
    contract = st.fixed_dictionaries(
        {
            "nodes": st.integers(1, 8) | st.integers(1, 300),
            "months_left": st.integers(1, 24) | st.integers(1, MAX_PLAN_MONTHS),
            "usd_per_gpu_hour": st.floats(0, 10),
        },
        optional={
            "termination_fee_share": shares,
            "may_be_resold": st.booleans(),
            "notice_months": st.just(1),
            "refund_usd": st.floats(0, 1e6),
            "gpu": any_gpu,
        },
    )
    found: list[dict[str, Any]] = draw(st.just([]) | st.just([]) | st.lists(contract, min_size=1, max_size=2))
    return found


@st.composite
def hardware(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Hardware that the user may already own."""
    one = st.fixed_dictionaries(
        {"nodes": st.integers(1, 8) | st.integers(1, 300), "sells_for_usd_per_node": st.floats(0, 400_000)},
        optional={
            "hosting_paid": st.booleans(),
            "may_be_let": st.booleans(),
            "bought": st.dates(BOOK.read_on - timedelta(2000), BOOK.read_on),
            "gpu": any_gpu,
        },
    )
    found: list[dict[str, Any]] = draw(st.just([]) | st.just([]) | st.lists(one, min_size=1, max_size=2))
    return found


@st.composite
def profiles(draw: st.DrawFn) -> Profile:
    """A user's question with one to three workloads of one GPU, some own figures, some quotes and contracts."""
    gpu = draw(st.sampled_from(sorted(BOOK.gpus)))
    others = st.lists(st.sampled_from(sorted(BOOK.gpus)), min_size=1, max_size=2)
    raw = {
        "name": "random",
        "workload": draw(st.lists(workloads(gpu), min_size=1, max_size=3)),
        "company": {**draw(sometimes(company_figures)), **draw(sometimes(tax_figures))},
        "market": {
            "tier": draw(st.sampled_from(["neocloud", *tiers_of(gpu)])),
            "other_gpus": draw(st.just([]) | st.just([]) | others),
            **draw(sometimes({"rents_change_per_year": st.floats(-0.6, 0.5)})),
        },
        "rental": draw(sometimes(rental_figures)),
        "facility": draw(sometimes(facility_figures)),
        "forecast": draw(sometimes(forecast_figures)),
        "gpu": draw(sometimes(gpu_figures)),
        "quote": draw(quotes()),
        "commitment": draw(commitments()),
        "owned": draw(hardware()),
    }
    return parse_profile(raw, BOOK)


def debts() -> st.SearchStrategy[dict[str, float]]:
    """At times other terms of debt than the book's."""
    return sometimes(debt_figures)


def book_with(debt: dict[str, float]) -> PriceBook:
    """The book with these terms of debt."""
    return BOOK.overlaid({"debt": debt}, "a test") if debt else BOOK


def work(**own: Any) -> dict[str, Any]:
    """A small workload, with some fields of its own."""
    return {"kind": "fine-tune", "nodes": 7, "months": 14.5, "residual_share": 0.4, **own}


def contract(**own: Any) -> dict[str, Any]:
    """A commitment, with some fields of its own."""
    return {"nodes": 3, "months_left": 9, "usd_per_gpu_hour": 2.0, **own}


@st.composite
def with_peaks(draw: st.DrawFn) -> Profile:
    """Short work of which a part is steady, at times beside a job that needs one fabric."""
    months = draw(st.integers(3, 12))
    serving = {
        "kind": "inference",
        "nodes": draw(st.integers(2, 12) | st.integers(2, 200)),
        "months": months,
        "base_share": draw(shares),
        "growth_per_month": draw(st.floats(-0.1, 0.1)),
    }
    job = {"kind": "pre-train", "nodes": draw(st.integers(1, 60)), "months": draw(st.integers(1, months))}
    tax = draw(sometimes(tax_figures))
    quote = {"option": "reserved", "months": 6, "usd_per_gpu_hour": draw(st.floats(0.5, 5))}
    return parse_profile(
        {
            "name": "peaks",
            "workload": [serving, job] if draw(st.booleans()) else [serving],
            "company": tax,
            "quote": [quote] if draw(st.booleans()) else [],
        },
        BOOK,
    )
