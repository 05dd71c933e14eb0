"""Services walked hour by hour from their tokens: load, replicas, cold starts, interruptions and what goes to the API;
the cost tables agree on random services."""

import math
from dataclasses import dataclass
from random import Random
from statistics import NormalDist
from typing import Any

import numpy as np
import pytest

from advisor.array_types import of_one
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
PER_NODE = 8
RATES = {"Llama-3-70B": 848.08, "Qwen3-32B": 1127.11}  # written by an H100 in FP8, 3,000 tokens in and 1,000 out
REPLICAS = {"Llama-3-70B": 2, "Qwen3-32B": 1}  # GPUs: 70.6 and 32.8 GB in 60 usable ones each
PRICES = {"Llama-3-70B": (0.80, 0.80), "Qwen3-32B": (0.30, 0.30)}


@dataclass
class Paid:
    """What a walk paid, expected and discounted, USD."""

    api: float = 0.0
    rented: float = 0.0
    serverless: float = 0.0
    spot: float = 0.0
    overflow: float = 0.0


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


def loads_of_a_month(random: Random) -> list[float]:
    """The load of each hour as a multiple of the mean; which hours are busy changes no bill."""
    weights = [random.random() for _ in range(HOURS)]
    return [weight * HOURS / sum(weights) for weight in weights]


def walk(work: dict[str, Any], case: Case, rents: list[float], base: float, random: Random) -> Paid:
    """Every hour of every month: the tokens that come, the GPUs that work on them, and who is paid for it."""
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
        loads = loads_of_a_month(random)
        unchanged = (1 - work["plan_change_per_month"]) ** t
        for chance, left in ((unchanged, 1.0), (1 - unchanged, work["residual_share"])):
            worth = chance * active / (1 + case.assumptions.money.discount_rate) ** ((t + 0.5) / 12)
            share, need = base_share(work, wanted[t]), left * wanted[t]
            there = in_replicas(left * in_replicas(wanted[t], unit), unit)
            steady = in_replicas(left * in_replicas(share * wanted[t], unit), unit)
            of_steady, of_others = shares(share, need, busy, there, steady)
            held = min(base * PER_NODE, there)
            of_base = min(steady, held) * of_steady + max(held - steady, 0.0) * of_others
            for load in loads:
                done = (steady * of_steady + (there - steady) * of_others) * load
                paid.api += worth * done * tokens_per_hour * usd_per_token
                paid.overflow += worth * (done - of_base * load) * tokens_per_hour * usd_per_token
                kept = steady + (there - steady) * of_others * load  # the others run while there is work
                paid.rented += worth * kept * rents[t] * surcharge
                paid.spot += worth * kept * spot_rate(case, cycle) * rents[t] * surcharge
            hours = (steady * of_steady + (there - steady) * of_others) * HOURS
            started = min(hours / (1 - rental.serverless_idle_share), there * HOURS)  # cold starts and waiting
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
    """The share of the GPUs of a month that stay up: as given, else half of them and the least replicas, in the hours
    of service."""
    if work["base_share"] is not None:
        return float(work["base_share"])
    serving = work["serving"]
    least = serving["replicas"] * REPLICAS[serving["model"]]
    usual = BOOK.figure("plan.base_inference_share").value
    return float(max(usual, least / wanted) * serving["hours_per_day"] / 24)


def shares(base: float, wanted: float, busy: float, there: float, steady: float) -> tuple[float, float]:
    """How much of its time a steady GPU and one of the others work: the steady ones up to 80 %, as far as the mean of
    all that are wanted allows, and those that rounding adds as the others."""
    by_base = min(max(base * 0.8, busy - (1 - base)), busy, base)
    others = (busy - by_base) * wanted / (there - base * wanted) if there > base * wanted + 1e-9 else 0.0
    of_steady = (by_base * wanted + (steady - base * wanted) * others) / steady if steady else 0.0
    return of_steady, others


def assert_same(paid: float, option: Option | None, profile: Profile, case: Case) -> None:
    assert option is not None
    found = float(expected_usd(option, case, forecast_for(case, profile)))
    assert found == pytest.approx(paid, rel=1e-6, abs=1e-3), option.id


@quick_and_long
@pytest.mark.parametrize("part", range(PARTS))
def test_services_agree_with_a_walk_of_every_hour(part: int) -> None:
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
        paid = walk(work, case, rents, base, random)
        assert_same(paid.api, hosted_api(case), profile, case)
        assert_same(paid.rented, on_demand(case), profile, case)
        if work["mode"] == "always-on":
            assert_same(paid.spot, spot_replicas(case), profile, case)
        else:
            assert_same(paid.serverless, serverless(case), profile, case)
        split = Split(case, np.asarray(base), "api")
        assert_same(paid.overflow, split.peaks, profile, case)
