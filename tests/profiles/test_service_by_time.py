"""A service whose requests each take a GPU some seconds, such as images: by hand, as a service in tokens of the
same load, as text in the form, and with one line for what is wrong."""

from typing import Any

import pytest

from advisor.costing.options.hosted_api import hosted_api, usd_per_gpu_hour
from advisor.costing.valuation import OptionCost
from advisor.decision.advise import Advice, advise
from advisor.decision.cost_options import Costing, cost_options
from advisor.decision.decision_map import decision_map
from advisor.decision.flips.moved_inputs import moved_inputs
from advisor.decision.plans.serving_answer import serving_answer, unit_cost
from advisor.errors import InputError
from advisor.profiles.amount_of_work import conversion
from advisor.profiles.form.edited_profile import nudged, with_text
from advisor.profiles.form.form_fields import form_fields
from advisor.profiles.schema import Profile
from advisor.profiles.serving.need import load_of_service
from advisor.profiles.validation import parse_profile
from advisor.reports.assumptions_view import assumptions
from advisor.reports.board_memo import RunOptions, memo
from advisor.reports.formats.markdown import markdown
from advisor.reports.formats.text import text_report
from tests.support.app_driver import TODAY
from tests.support.json_contracts import advise_json
from tests.support.present import present
from tests.support.profile_builder import BOOK

NODES = ("workload", 0, "nodes")
IMAGES = {"requests_per_day": 200_000, "gpu_seconds_per_request": 6.0, "peak_to_mean": 3.0}


def a_service(serving: dict[str, Any], **more: Any) -> Profile:
    table = {"kind": "inference", "gpu": "L40S", "months": 12, "growth_per_month": 0.05, "serving": serving}
    return parse_profile({"schema": 1, "name": "images", "workload": [table], **more}, BOOK)


def a_steady_service(serving: dict[str, Any], **work: Any) -> Profile:
    table = {"kind": "inference", "gpu": "L40S", "months": 12, **work, "serving": serving}
    return parse_profile({"schema": 1, "name": "images", "workload": [table]}, BOOK)


def as_text(advice: Advice) -> str:
    """The text report in one line."""
    return " ".join(text_report(advice, TODAY).split())


def picked(profile: Profile) -> tuple[OptionCost, Costing]:
    costing = cost_options(profile, BOOK)
    return present(costing.verdict.pick).cost, costing


def test_requests_and_their_gpu_time_become_gpus_by_hand() -> None:
    """200,000 requests of 6 s are 13.89 GPUs that never rest, 41.67 at three times that."""
    profile = a_service(IMAGES)
    load = load_of_service(present(profile.service), BOOK.assumptions("L40S"))
    assert load.mean_gpus == pytest.approx(200_000 * 6 / 86_400)
    assert load.peak_gpus == pytest.approx(41.667, abs=0.001)
    told = "200,000 requests a day take 42 replicas at the peak, 5.25 nodes, 33% busy at the start"
    assert conversion(profile.workload[0], BOOK) == told


def test_gpus_that_work_on_a_request_together_are_rented_together() -> None:
    """A request that keeps 2 GPUs at work for 6 s takes 12 GPU-seconds: twice the GPUs, in pairs."""
    profile = a_service({**IMAGES, "gpus_per_replica": 2, "replicas": 3})
    load = load_of_service(present(profile.service), BOOK.assumptions("L40S"))
    assert (load.gpus_per_replica, load.least_gpus) == (2, 6)
    assert load.mean_gpus == pytest.approx(200_000 * 12 / 86_400)
    cost, costing = picked(profile)
    alone, costing_alone = picked(a_service({**IMAGES, "gpu_seconds_per_request": 12.0}))
    assert unit_cost(profile, cost, costing)[0] == unit_cost(profile, alone, costing_alone)[0] == "$"


def test_a_thousand_requests_cost_what_their_gpu_time_costs() -> None:
    """6,000 s are 1.667 hours of work of a GPU at the cost of a busy hour."""
    profile = a_service(IMAGES)
    cost, costing = picked(profile)
    usd = float(unit_cost(profile, cost, costing).split()[0].lstrip("$"))
    assert usd == pytest.approx(present(cost.usd_per_used_gpu_hour) * 6000 / 3600, abs=0.005)
    assert unit_cost(profile, cost, costing).endswith("per 1,000 requests")


def test_the_same_load_in_tokens_costs_the_same() -> None:
    """A GPU that writes 500 tokens a second and reads as many does 6 s of work for a request of 6,000 tokens."""
    tokens = {"parameters": 8e9, "tokens_in": 3000, "tokens_out": 3000, "output_tokens_per_second": 500.0}
    ours = cost_options(a_service(IMAGES), BOOK)
    seconds = {"requests_per_day": 200_000, "peak_to_mean": 3.0, "gpus_per_replica": 1}
    theirs = cost_options(a_service({**tokens, **seconds}), BOOK)
    by_id = {option.id: option.cost.expected_usd for option in theirs.verdict.ranked}
    for option in ours.verdict.ranked:
        assert option.cost.expected_usd == pytest.approx(by_id[option.id], rel=1e-9), option.id


def test_what_is_counted_is_said_in_the_users_word() -> None:
    """1.2 million images a day of 1 s are as much work as 200,000 requests of 6 s, and a sixth of their price each."""
    profile = a_service({**IMAGES, "requests_per_day": 1.2e6, "gpu_seconds_per_request": 1.0, "counted": "images"})
    assert conversion(profile.workload[0], BOOK).startswith("1.2M images a day take 42 replicas")
    (cost, costing), (other, costing_other) = picked(profile), picked(a_service(IMAGES))
    usd, _, unit = unit_cost(profile, cost, costing).partition(" ")
    per_request = float(unit_cost(a_service(IMAGES), other, costing_other).split()[0].lstrip("$"))
    assert unit == "per 1,000 images"
    assert float(usd.lstrip("$")) == pytest.approx(per_request / 6, abs=0.006)


def test_a_price_of_a_thousandth_of_a_cent_is_not_zero() -> None:
    """5 ms of a GPU at the cost of a busy hour, a million times; it was $0.00 per 1,000."""
    profile = a_service({"requests_per_day": 100e6, "gpu_seconds_per_request": 0.005, "counted": "documents"})
    cost, costing = picked(profile)
    usd, _, unit = unit_cost(profile, cost, costing).partition(" ")
    assert unit == "per million documents"
    assert float(usd.lstrip("$")) == pytest.approx(present(cost.usd_per_used_gpu_hour) * 5000 / 3600, abs=0.005)


def test_a_model_in_tokens_counts_nothing_else() -> None:
    for name, value in (("counted", "images"), ("api_usd_per_request", 0.004)):
        with pytest.raises(InputError, match=f"{name} without gpu_seconds_per_request"):
            a_service({"parameters": 8e9, "tokens_per_day": 1e9, name: value})


API = {**IMAGES, "counted": "images", "api_usd_per_request": 0.004, "good_enough": "Acme"}


def test_an_api_with_a_price_of_a_request_is_compared() -> None:
    """20,000 images of $0.004 are $80 a day, 365 / 12 days a month; a GPU makes 600 in an hour, $2.40."""
    profile = a_service({**API, "requests_per_day": 20_000})
    cost, costing = picked(profile)
    api = present(costing.case.api)
    assert api.name == "Acme"
    assert usd_per_gpu_hour(api, costing.case.assumptions.api) == pytest.approx(2.40)
    option = present(hosted_api(costing.case))
    assert option.table.coefficients[0, 0, 0] == pytest.approx(80 * 365 / 12)
    assert cost.option.id == "api"
    assert unit_cost(profile, cost, costing) == "$4.00 per 1,000 images"


def test_the_reasons_for_the_api_speak_of_requests() -> None:
    advice = advise(a_service({**API, "requests_per_day": 20_000}), BOOK)
    why, rival, *_ = advice.reasons.sentences
    assert why == "You pay for requests, not for GPUs that are 67% idle."
    assert rival.startswith("Renting spot replicas costs")
    assert "API requests" in {step.group for step in advice.reasons.waterfall}


def test_where_requests_are_many_gpus_of_ones_own_replace_the_api() -> None:
    """At a hundred times as many a busy hour costs less than the $2.40 of the API."""
    cost, costing = picked(a_service({**API, "requests_per_day": 2_000_000}))
    assert cost.option.action != "api"
    assert present(cost.usd_per_used_gpu_hour) < 2.40
    found = decision_map(a_service(API), costing)
    assert {row[0].option.action for row in found.cells if row[0].option is not None} >= {"api"}


def test_the_api_of_requests_has_no_price_of_tokens() -> None:
    names = {one.id for one in assumptions(advise(a_service(API), BOOK))}
    assert {"workload.1.serving.api_usd_per_request", "api.price_change_per_year"} <= names
    assert not {name for name in names if "mtok" in name}
    costing = cost_options(a_service(API), BOOK)
    moved = {str(one.id) for one in moved_inputs(a_service(API), costing.book, costing.case)}
    assert "api.price_change_per_year" in moved
    assert not {name for name in moved if "mtok" in name}


def test_on_another_gpu_it_takes_the_time_that_its_throughput_says() -> None:
    """The cost of a thousand requests is that of the same requests, also where another GPU does them."""
    profile = a_service(IMAGES, market={"other_gpus": ["H100-SXM"]})
    costing = cost_options(profile, BOOK)
    other = next(one.cost for one in costing.verdict.ranked if one.cost.case.assumptions.gpu.id == "H100-SXM")
    work = other.case.whole_demand.expected_used_gpu_hours / costing.case.whole_demand.expected_used_gpu_hours
    expected = present(other.usd_per_used_gpu_hour) * float(work) * 6000 / 3600
    assert float(unit_cost(profile, other, costing).split()[0].lstrip("$")) == pytest.approx(expected, abs=0.005)


def test_nothing_is_assumed_of_its_tokens() -> None:
    names = {one.id for one in assumptions(advise(a_service(IMAGES), BOOK))}
    assert "workload.1.serving.gpu_seconds_per_request" in names
    assert not {name for name in names if "token" in name or "cached" in name or "precision" in name}


def test_the_map_has_requests_a_day_across() -> None:
    profile = a_service(IMAGES)
    found = decision_map(profile, cost_options(profile, BOOK))
    assert found.volumes[found.own[1]] == pytest.approx(200_000)
    assert (found.volumes[0], found.volumes[-1]) == pytest.approx((2_000, 20e6))


@pytest.mark.parametrize(
    ("typed", "requests", "seconds", "gpus", "shown"),
    [
        ("50k images/day 4 s", 50_000, 4, None, "50k images/day 4 s"),
        ("50k images/day 4 s or $0.004 each", 50_000, 4, None, "50k images/day 4 s or $0.004 each"),
        ("3000 audio hours/day 40x vs $0.36", 3000, 90, None, "3000 audio hours/day 90 s or $0.36 each"),
        ("1.5M requests a day of 0.2 GPU-seconds", 1.5e6, 0.2, None, "1.5M requests/day 0.2 s"),
        ("800 videos a day at 3 minutes on 2 gpus", 800, 180, 2, "800 videos/day 180 s on 2 gpus"),
        ("200,000 product pictures per day, 6 seconds each", 200_000, 6, None, "200k product pictures/day 6 s"),
        ("2 calls/s 5 ms", 172_800, 0.005, None, "172800 calls/day 0.005 s"),
        ("73M documents a year 1 s", 200_000, 1, None, "200k documents/day 1 s"),
        # an hour of audio at 40 times its speed is 90 s of a GPU
        ("3,000 hours of audio a day at 40x real time", 3000, 90, None, "3000 audio hours/day 90 s"),
        ("900 audio minutes/hour 60x", 21_600, 1, None, "21600 audio minutes/day 1 s"),
    ],
)
def test_the_form_takes_requests_and_their_time(
    typed: str, requests: float, seconds: float, gpus: int | None, shown: str
) -> None:
    """In place of a service in tokens, of which the peak stays; what is shown may be typed again."""
    before = a_service({"parameters": 8e9, "precision": "fp8", "tokens_per_day": 1e9, "peak_to_mean": 4.0})
    profile = with_text(before, NODES, typed, BOOK)
    service = present(profile.service)
    assert (service.requests_per_day, service.gpu_seconds_per_request) == (requests, seconds)
    assert (service.gpus_per_replica, service.peak_to_mean, service.parameters) == (gpus, 4.0, None)
    field = next(field for field in form_fields(profile, BOOK) if field.path == NODES)
    assert (field.label, field.shown) == ("Amount", shown)
    assert with_text(profile, NODES, field.shown, BOOK) == profile
    more = present(nudged(profile, NODES, 1, BOOK).service)
    assert present(more.requests_per_day) > requests


@pytest.mark.parametrize(
    ("serving", "told"),
    [
        ({"model": "Llama-3-70B"}, "model with gpu_seconds_per_request; allowed: one of the two"),
        ({"precision": "fp8"}, "precision with gpu_seconds_per_request; allowed: one of the two"),
        ({"api_output_usd": 1.0}, "api_output_usd with gpu_seconds_per_request; allowed: one of the two"),
        ({"requests_per_day": None}, "gpu_seconds_per_request alone; allowed: also requests_per_day"),
        ({"good_enough": "Acme"}, "good_enough with gpu_seconds_per_request; allowed: also api_usd_per_request"),
        ({"gpu_seconds_per_request": 0.0}, "allowed: a number more than 0"),
        ({"counted": "Bilder & Texte"}, "allowed: one or two words in small letters, such as images or audio hours"),
        ({"counted": "tokens"}, "allowed: one or two words in small letters, such as images or audio hours"),
    ],
)
def test_what_contradicts_it_gets_one_line(serving: dict[str, Any], told: str) -> None:
    given = {name: value for name, value in {**IMAGES, **serving}.items() if value is not None}
    with pytest.raises(InputError) as error:
        a_service(given)
    assert told in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("typed", "daily"),
    [
        ("70B 14.6B tokens a month", {"tokens_per_day": 480e6}),
        ("70B 5 requests per second", {"requests_per_day": 432_000}),
        ("70B 7k calls/week", {"requests_per_day": 1000}),
    ],
)
def test_tokens_and_requests_of_another_period_are_those_of_a_day(typed: str, daily: dict[str, float]) -> None:
    service = present(with_text(a_service(IMAGES), NODES, typed, BOOK).service)
    assert {name: getattr(service, name) for name in daily} == pytest.approx(daily)


@pytest.mark.parametrize(
    "typed", ["70B 20k users a month", "20k users a month 4 s", "$40k a month", "2B tokens/day 4 s"]
)
def test_users_of_a_month_and_dollars_are_refused_with_what_is_allowed(typed: str) -> None:
    with pytest.raises(InputError, match=r"allowed: nodes.*of a bill its tokens a month"):
        with_text(a_service(IMAGES), NODES, typed, BOOK)


@pytest.mark.parametrize(
    ("bill", "usd"),
    [("$0.004 each", 0.004), ("$40k a month", 40_000 * 12 / 365 / 200_000), ("$1,500 / week", 1_500 / 7 / 200_000)],
)
def test_the_bill_of_an_api_is_its_price_of_a_request(bill: str, usd: float) -> None:
    """$40k of a month of 365 / 12 days is $1,315 a day for 200,000 images."""
    service = present(with_text(a_service(IMAGES), NODES, f"200k images/day 6 s or {bill}", BOOK).service)
    assert service.api_usd_per_request == pytest.approx(usd)


def test_an_api_that_costs_nothing_is_refused_in_one_line() -> None:
    with pytest.raises(InputError):
        with_text(a_service(IMAGES), NODES, "200k images/day 6 s or $0 each", BOOK)


def test_from_how_many_images_a_day_own_gpus_cost_less_than_the_api() -> None:
    """An hour of a GPU serves 600 images of 6 s, $2.40 at $0.004 each: an hour at $1.54 pays from 64 % use. The API is
    the cheapest at a fifth fewer images a day than are told, and not at a fifth more."""
    priced = {**IMAGES, "counted": "images", "api_usd_per_request": 0.004}
    profile = a_steady_service(priced)
    found = present(serving_answer(profile, cost_options(profile, BOOK)))
    assert found.leaves_at
    assert found.many_of_them == "1,000 images"
    assert found.api_usd == pytest.approx(4.0)
    list_price = BOOK.gpu("L40S").figures["neocloud_usd_per_gpu_hour"].value
    use = {one.option: one for one in found.use}["on-demand"]
    assert use.share == use.low == use.high == pytest.approx(list_price / 2.40)
    assert {one.option: one.plan_usd for one in found.costs}["api"] == pytest.approx(4.0)
    for times, is_api in ((0.8, True), (1.2, False)):
        moved = a_steady_service({**priced, "requests_per_day": found.leaves_at * times})
        costs = {option.id: option.cost.expected_usd for option in cost_options(moved, BOOK).verdict.competitors}
        assert (costs["api"] == min(costs.values())) == is_api


def test_the_month_in_which_the_api_is_left_counts_from_now() -> None:
    """10,000 images a day that double each month are 40,000 in the third month of the work, which starts in 4 months:
    the seventh from now."""
    priced = {**IMAGES, "counted": "images", "api_usd_per_request": 0.004, "requests_per_day": 10_000}
    months = []
    for start in (0, 4):
        profile = a_steady_service(priced, growth_per_month=0.5, start_month=start)
        found = present(serving_answer(profile, cost_options(profile, BOOK)))
        assert 15_000 < present(found.leaves_at) <= 33_750  # of the second to the fourth month
        months.append(found.month)
    assert months[0] is not None
    assert months[1] == months[0] + 4


def test_the_volume_is_in_the_reports_in_the_users_word() -> None:
    """In the text, the memo and the JSON; without a price of an API the text says what is missing."""
    advice = advise(a_service({**IMAGES, "counted": "images", "api_usd_per_request": 0.004}), BOOK, 200)
    answer = "200,000 images a day are above the 31,000 at which the API stops being the cheapest."
    told = as_text(advice)
    assert f"In images {answer}" in told
    assert "1,000 images cost" in told
    assert answer in markdown(memo(advice, RunOptions(TODAY, 200, 0)))
    requests = advise_json(advice, None, TODAY)["requests"]
    assert requests["break_even_requests_per_day"] == pytest.approx(31_000, rel=0.02)
    assert requests["api_usd_per_request"] == pytest.approx(0.004)
    without = as_text(advise(a_service(IMAGES), BOOK, 200))
    assert (
        "200,000 requests a day. No price of an API is given (`api_usd_per_request`), so none is compared." in without
    )


def test_where_another_way_always_costs_less_no_volume_is_told() -> None:
    """A serverless GPU costs nothing while it waits: at $1 an image it is cheaper than the API from the first image
    on, of which no volume was told to make GPUs of one's own cheaper."""
    priced = {**IMAGES, "counted": "images", "api_usd_per_request": 1.0}
    profile = a_steady_service(priced, mode="scale-to-zero")
    found = present(serving_answer(profile, cost_options(profile, BOOK)))
    assert found.leaves_at == 0
    assert "At any volume another way costs less than the API." in as_text(advise(profile, BOOK, 200))
