"""What an answer of the engine costs, warm and in one process, and how that grows.

`python -m tests.benchmarks.engine`."""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as the program does

import statistics
import time
from collections.abc import Callable, Sequence

from advisor.costing.valuation import OptionCost
from advisor.decision.advise import advise
from advisor.decision.break_even import break_evens
from advisor.decision.cost_options import Costing, cost_options
from advisor.decision.decision_map import decision_map
from advisor.decision.sampled_costs import SampledCosts
from advisor.decision.sensitivity import sensitivity
from advisor.market.forecast.default_paths import DEFAULT_PATHS
from advisor.market.price_book import built_in_book
from advisor.profiles.schema import Profile
from advisor.profiles.store import load_profile, sample_entries
from advisor.profiles.validation import parse_profile
from tests.support.profile_builder import PLANS

RUNS = 15
BOOK = built_in_book()
SAMPLES = {entry.name: load_profile(entry.path, BOOK) for entry in sample_entries() if entry.name in PLANS}


def call_ms(call: Callable[[], object], runs: int = RUNS) -> float:
    """The median of several calls in this process, warm."""
    call()
    times = []
    for _ in range(runs):
        began = time.perf_counter()
        call()
        times.append((time.perf_counter() - began) * 1e3)
    return statistics.median(times)


def changes(profile: Profile, costing: Costing) -> object:
    """Flips, tornado and every break-even."""
    evens = break_evens(profile, costing)
    found = sensitivity(profile, costing, evens.menu)
    return evens, found


def answers() -> list[str]:
    """A row a sample: expected cost of all options, the full answer, flips with break-evens, and the decision map."""
    rows = [
        "| sample | options | expected cost | full answer | flips and break-evens | map |",
        "|---|--:|--:|--:|--:|--:|",
    ]
    for name, profile in SAMPLES.items():
        costing = cost_options(profile, BOOK)
        times = (
            call_ms(lambda: cost_options(profile, BOOK)),  # noqa: B023 - called at once
            call_ms(lambda: advise(profile, BOOK)),  # noqa: B023 - called at once
            call_ms(lambda: changes(profile, costing), 5),  # noqa: B023 - called at once
            call_ms(lambda: decision_map(profile, costing), 3),  # noqa: B023
        )
        cells = " | ".join(f"{ms:.1f} ms" for ms in times)
        rows.append(f"| {name} | {len(costing.costs)} | {cells} |")
    return rows


def with_months(months: int) -> Profile:
    """The 64-node sample with another length."""
    raw = SAMPLES["cluster-64"].model_dump(by_alias=True, exclude_none=True)
    raw["workload"] = [{**raw["workload"][0], "months": months}]
    return parse_profile(raw, BOOK)


def growth() -> list[str]:
    """How the sampled part grows with paths, months and options; the last column is the time of one unit."""
    rows = ["| grows with | size | ms | µs a unit |", "|---|--:|--:|--:|"]
    costing = cost_options(SAMPLES["cluster-64"], BOOK)

    def row(what: str, size: int, ms: float) -> None:
        rows.append(f"| {what} | {size:,} | {ms:.1f} | {1e3 * ms / size:.2f} |")

    def sampled_ms(costs: Sequence[OptionCost], paths: int) -> float:
        return call_ms(lambda: SampledCosts(costs, costs[0].forecast, paths, 0).costs_by_path(), 5)

    for paths in (3_000, DEFAULT_PATHS, 12_000, 24_000, 48_000):
        row("paths", paths, sampled_ms(costing.costs, paths))
    for months in (12, 24, 36, 48, 60):
        row("months", months, sampled_ms(cost_options(with_months(months), BOOK).costs, DEFAULT_PATHS))
    plain = [cost for cost in costing.costs if cost.option.choice is None]
    for options in (3, 6, 12):
        row("options", options, sampled_ms(plain[:options], DEFAULT_PATHS))
    return rows


def main() -> None:
    """Measure and print."""
    print("\n".join([*answers(), "", *growth()]))


if __name__ == "__main__":
    main()
