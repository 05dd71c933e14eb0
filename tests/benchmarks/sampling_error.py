"""The sampling error of an answer: how far its figures vary between seeds, with even points and with independent draws.

`python -m tests.benchmarks.sampling_error [SEEDS]`."""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as the program does

import sys
from collections.abc import Callable

import numpy as np

from advisor.array_types import Floats
from advisor.decision.cost_options import Costing, cost_options
from advisor.decision.risk import risk_of
from advisor.decision.sampled_costs import SampledCosts
from advisor.market.forecast import simulation
from advisor.market.forecast.default_paths import DEFAULT_PATHS
from advisor.market.forecast.sobol import sobol_points
from advisor.market.price_book import built_in_book
from advisor.profiles.store import load_profile, sample_entries
from advisor.values.kept import forget

SEEDS, SAMPLES, PATHS_BEFORE = 50, ("fine-tune-cycle", "cluster-64", "inference-8"), 10_000
Points = Callable[[int, int, int], Floats]


def independent_points(seed: int, dimensions: int, count: int) -> Floats:
    """What the paths were drawn from before Sobol points: independent draws. (dimensions, count)"""
    return np.random.default_rng(seed).random((dimensions, count))


def figures(costing: Costing, paths: int, seed: int) -> list[float]:
    """Gap between pick and runner-up, and the ends of the pick's band, in percent of its expected cost; and on how many
    percent of the paths the pick is the cheapest."""
    verdict = costing.verdict
    pick, rival = verdict.pick, verdict.rival
    assert pick is not None
    assert rival is not None
    risk = risk_of(verdict, costing.forecasts, paths, seed)
    means = SampledCosts([pick.cost, rival.cost], costing.forecast, paths, seed).costs_by_path().mean(axis=1)
    spread, whole = risk.spreads[pick.id], pick.cost.expected_usd
    in_usd = (float(means[1] - means[0]), spread.p5_usd, spread.p95_usd)
    return [*(100 * usd / whole for usd in in_usd), 100 * spread.probability_best]


def error(costing: Costing, points: Points, paths: int, seeds: int) -> Floats:
    """Standard deviation of each figure over the seeds."""
    setattr(simulation, "sobol_points", points)  # noqa: B010 - the rule is not a parameter of the engine
    forget()
    return np.asarray(np.std([figures(costing, paths, seed) for seed in range(seeds)], axis=0, ddof=1))


def main() -> None:
    """Measure and print."""
    seeds, book = int(sys.argv[1]) if len(sys.argv) > 1 else SEEDS, built_in_book()
    entries = {entry.name: entry.path for entry in sample_entries()}
    print("| sample | paths | gap | 5 % | 95 % | pick cheapest |\n|---|---|--:|--:|--:|--:|")
    for name in SAMPLES:
        costing = cost_options(load_profile(entries[name], book), book)
        for words, points, paths in (
            ("independent", independent_points, PATHS_BEFORE),
            ("even", sobol_points, DEFAULT_PATHS),
        ):
            cells = " | ".join(f"{one:.3f}" for one in error(costing, points, paths, seeds))
            print(f"| {name} | {paths:,} {words} | {cells} |", flush=True)


if __name__ == "__main__":
    main()
