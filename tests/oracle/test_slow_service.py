"""Services walked replica by replica from their tokens: load, hours up, cold starts, interruptions and what goes to the
API; the cost tables agree on random services."""

import math
from dataclasses import dataclass
from random import Random
from statistics import NormalDist
from typing import Any

import numpy as np
import pytest

from advisor.array_types import Floats, of_one
from advisor.costing.build_case import case_of
from advisor.costing.case import Case
from advisor.costing.option import Option
from advisor.costing.options.combined.hybrid import Split
from advisor.costing.options.hosted_api import hosted_api
from advisor.costing.options.on_demand import on_demand
from advisor.costing.options.serverless import serverless
from advisor.costing.options.spot_replicas import spot_replicas
from advisor.costing.valuation import expected_usd
from advisor.decision.cost_options import forecast_for
from advisor.errors import InputError
from advisor.profiles.schema import Profile
from advisor.profiles.validation import own_book, parse_profile
from tests.support.long_runs import examples, quick_and_long
from tests.support.profile_builder import BOOK

PARTS = 4  # to be spread over the cores
SERVICES = examples(2, 50)  # in each part
HOURS = 730
GROUPS = 8  # of replicas above those that stay up
INSTANTS = 20_000  # of the hours of service, in which the load is taken
PER_NODE = 8
RATES = {"Llama-3-70B": 848.08, "Qwen3-32B": 1127.11}  # written by an H100 in FP8, 3,000 tokens in and 1,000 out
REPLICAS = {"Llama-3-70B": 2, "Qwen3-32B": 1}  # GPUs: 70.6 and 32.8 GB in 60 usable ones each
PRICES = {"Llama-3-70B": (0.80, 0.80), "Qwen3-32B": (0.30, 0.30)}


@dataclass
class Paid:
    """What a walk paid, expected and discounted, USD; most_above: the most replicas above those that stay up."""

    api: float = 0.0
    rented: float = 0.0
    serverless: float = 0.0
    spot: float = 0.0
    overflow: float = 0.0
    most_above: float = 0.0


def a_random_service(random: Random) -> dict[str, Any]:
    model = random.choice(list(RATES))
    return {
        "kind": "inference",
        "gpu": "H100-SXM",
        "months": random.choice([3, 7.5, 12, 24, 36]),
        "growth_per_month": random.choice([0.0, 0.1, -0.05]),
        "plan_change_per_month": random.choice([0.0, 0.03]),
        "residual_share": random.choice([0.0, 0.2]),
        "mode": random.choice(["scale-to-zero", "always-on"]),
        "base_share": random.choice([None, 0.0, 0.3, 0.6]),
        "serving": {
            "model": model,
            "precision": "fp8",
            "tokens_in": 3000,
            "tokens_out": 1000,
            "tokens_per_day": float(10 ** random.uniform(7, 10.5)),
            "peak_to_mean": random.uniform(1, 4),
            "hours_per_day": random.choice([24.0, 12.0]),
            "replicas": random.choice([1, 2, 5]),
        },
    }


def walk(work: dict[str, Any], case: Case, rents: list[float], base: float) -> Paid:
    """Every replica in every month: the GPUs that work, the hours in which they are up, and who is paid for it."""
    serving, rental, paid = work["serving"], case.assumptions.rental, Paid()
    unit = REPLICAS[serving["model"]]
    tokens_per_hour = RATES[serving["model"]] * 4 * 3600
    usd_per_token = (0.75 * PRICES[serving["model"]][0] + 0.25 * PRICES[serving["model"]][1]) / 1e6
    surcharge = 1 + rental.support_share + rental.goodput_loss_share
    gpus = case.assumptions.gpu
    cycle = of_one(1 / rental.marketplace_interruptions_per_node_hour + rental.spot_outage_hours)  # hours on and away
    spot_price = (gpus.marketplace_usd_per_gpu_hour or 0.0) / gpus.neocloud_usd_per_gpu_hour
    deviations = NormalDist().inv_cdf(1 - of_one(rental.spot_short_share))
    months = math.ceil(work["months"])
    first = serving["tokens_per_day"] / 24 / tokens_per_hour
    peak = first * 24 / serving["hours_per_day"] * serving["peak_to_mean"]
    wanted = [max(peak * (1 + work["growth_per_month"]) ** t, serving["replicas"] * unit) for t in range(months)]
    work_of = [first * (1 + work["growth_per_month"]) ** t for t in range(months)]
    busy = sum(work_of) / sum(wanted)  # one utilization for the plan
    for t in range(months):
        active = min(1.0, work["months"] - t)
        unchanged = (1 - work["plan_change_per_month"]) ** t
        for chance, left in ((unchanged, 1.0), (1 - unchanged, work["residual_share"])):
            worth = chance * active / (1 + case.assumptions.money.discount_rate) ** ((t + 0.5) / 12)
            there = in_replicas(left * in_replicas(wanted[t], unit), unit)
            kept = in_replicas(left * in_replicas(base_share(work, wanted[t]) * wanted[t], unit), unit)
            paid.most_above = max(paid.most_above, (there - kept) / unit)
            service = Service(wanted[t], busy, serving["hours_per_day"] / 24, left)
            held = min(base * PER_NODE, there)
            usd_per_gpu = worth * HOURS * tokens_per_hour * usd_per_token
            paid.api += service.mean * usd_per_gpu
            paid.overflow += service.worked(held, math.inf) * usd_per_gpu
            up = max(kept * kept_share(work), service.worked(0.0, kept)) + service.up_above(kept, unit)
            paid.rented += worth * up * HOURS * rents[t] * surcharge
            paid.spot += worth * up * HOURS * spot_rate(case, cycle) * rents[t] * surcharge
            started = min(
                service.mean * HOURS / (1 - rental.serverless_idle_share), there * HOURS
            )  # cold starts and waiting
            price = (gpus.serverless_usd_per_gpu_hour or 0.0) / gpus.neocloud_usd_per_gpu_hour
            storage = worth * there / PER_NODE * rental.storage_egress_usd_per_node_month
            paid.serverless += worth * started * rents[t] * price * surcharge + storage
            paid.rented += storage
            loading = (
                there / unit * rental.marketplace_restart_hours / cycle
            )  # replicas at any time, after an interruption
            spares = math.ceil(loading + deviations * math.sqrt(loading))
            paid.spot += worth * spares * unit * HOURS * rents[t] * spot_price * surcharge + storage
    return paid


def in_replicas(gpus: float, unit: int) -> float:
    """GPUs in whole replicas of some."""
    return math.ceil(gpus / unit - 1e-9) * unit


def spot_rate(case: Case, cycle: float) -> float:
    """What an hour of a replica costs as a multiple of the list price: on spot, then on demand, with two starts."""
    rental, gpu = case.assumptions.rental, case.assumptions.gpu
    away, start = of_one(rental.spot_outage_hours), of_one(rental.marketplace_restart_hours)
    spot = of_one(gpu.marketplace_usd_per_gpu_hour or 0.0) / of_one(gpu.neocloud_usd_per_gpu_hour)
    return ((cycle - away + start) * spot + (away + start) * 1.0) / cycle


def base_share(work: dict[str, Any], wanted: float) -> float:
    """The share of the GPUs of a month that stay up: as given, else half of them and the least replicas."""
    if work["base_share"] is not None:
        return float(work["base_share"])
    serving = work["serving"]
    usual = BOOK.figure("plan.base_inference_share").value
    return float(max(usual, serving["replicas"] * REPLICAS[serving["model"]] / wanted))


def kept_share(work: dict[str, Any]) -> float:
    """The share of the time in which those stay up: all of it as given, else the hours of service."""
    return 1.0 if work["base_share"] is not None else float(work["serving"]["hours_per_day"]) / 24


@dataclass
class Service:
    """A service whose load falls from its peak to nothing through its hours. peak: GPUs; busy: the mean as a share of
    it; hours: share of the day with requests; left: share of the load that a change of plan leaves."""

    peak: float
    busy: float
    hours: float
    left: float

    @property
    def mean(self) -> float:
        """GPUs at work, over all hours."""
        return self.left * self.busy * self.peak

    def load(self, time: Floats) -> Floats:
        """GPUs at work after a share of the hours of service, the busiest first."""
        mean = self.busy / max(self.hours, self.busy)
        return np.asarray(self.left * self.peak * (1 - time) ** (1 / mean - 1))

    def worked(self, low: float, high: float) -> float:
        """Mean GPUs at work between two heights, over all hours."""
        loads = self.load((np.arange(INSTANTS) + 0.5) / INSTANTS)
        return max(self.hours, self.busy) * float(np.mean(np.clip(loads, low, high) - low))

    def up_above(self, kept: float, unit: int) -> float:
        """Mean GPUs of the replicas above some that are up, one by one: each while the load exceeds those below it."""
        heights = np.arange(kept, self.left * self.peak - 1e-9, unit)
        low, high = np.zeros(heights.shape), np.ones(heights.shape)
        for _ in range(50):
            middle = (low + high) / 2
            busier = self.load(middle) > heights
            low, high = np.where(busier, middle, low), np.where(busier, high, middle)
        always = np.where(heights == 0, 1.0, low)  # the lowest is up for any load, however small
        return unit * max(self.hours, self.busy) * float(always.sum())


def cost_of(option: Option | None, profile: Profile, case: Case) -> float:
    """The expected cost of an option, USD."""
    assert option is not None
    return float(expected_usd(option, case, forecast_for(case, profile)))


@quick_and_long
@pytest.mark.parametrize("part", range(PARTS))
def test_services_agree_with_a_walk_of_every_replica(part: int) -> None:
    random, tried = Random(part), 0
    while tried < SERVICES:
        work = a_random_service(random)
        try:
            given = {name: value for name, value in work.items() if value is not None}
            profile = parse_profile({"schema": 1, "name": "service", "workload": [given]}, BOOK)
        except InputError:
            continue  # too large
        tried += 1
        case = case_of(profile, own_book(profile, BOOK))
        rents = forecast_for(case, profile).usd_per_gpu_hour.tolist()
        base = float(random.choice([1, 2, 10]))
        paid = walk(work, case, rents, base)
        assert cost_of(hosted_api(case), profile, case) == pytest.approx(paid.api, rel=1e-6, abs=1e-3)
        # Up to eight replicas are started one by one; more are taken in groups, and what a change of plan leaves is
        # rounded up together.
        one_by_one = paid.most_above <= GROUPS and not work["residual_share"]
        hourly = 1e-6 if one_by_one else 0.005
        assert cost_of(on_demand(case), profile, case) == pytest.approx(paid.rented, rel=hourly, abs=1e-3)
        if work["mode"] == "always-on":
            assert cost_of(spot_replicas(case), profile, case) == pytest.approx(paid.spot, rel=hourly, abs=1e-3)
        else:
            assert cost_of(serverless(case), profile, case) == pytest.approx(paid.serverless, rel=1e-6, abs=1e-3)
        overflow = cost_of(Split(case, np.asarray(base), "api").peaks, profile, case)
        assert overflow == pytest.approx(paid.overflow, rel=0.03, abs=0.01 * paid.api)
