"""The hosted API: by hand, only where it serves as well, many points at once, and for the peaks above a base."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from advisor.costing.build_case import case_of
from advisor.costing.case import Case
from advisor.costing.options.all_options import plain_options
from advisor.costing.options.combined.hybrid import Split, hybrids, tried_bases
from advisor.costing.options.hosted_api import hosted_api, usd_per_gpu_hour
from advisor.costing.valuation import expected_usd
from advisor.decision.cost_options import cost_options, forecast_for
from advisor.decision.sampled_costs import SampledCosts
from advisor.errors import InputError
from advisor.market.forecast.token_paths import sample_token_prices
from advisor.profiles.schema import Profile
from advisor.profiles.validation import own_book, parse_profile
from tests.support.present import present
from tests.support.profile_builder import BOOK

LLAMA = {"model": "Llama-3-70B", "precision": "fp8", "tokens_in": 3000, "tokens_out": 1000, "tokens_per_day": 100e6}


def a_service(serving: dict[str, Any], **workload: Any) -> Profile:
    table = {"kind": "inference", "gpu": "H100-SXM", "months": 12, "plan_change_per_month": 0.0}
    whole = {**table, **workload, "serving": {**LLAMA, **serving}}
    return parse_profile({"schema": 1, "name": "service", "workload": [whole]}, BOOK)


def question(profile: Profile) -> Case:
    return case_of(profile, own_book(profile, BOOK))


def test_the_bill_by_hand() -> None:
    """100M tokens a day at $0.80 a million are $80 a day, 365 / 12 days a month; a GPU serves 3,392.3 tokens a second,
    $9.77 an hour."""
    case = question(a_service({}))
    option = present(hosted_api(case))
    assert usd_per_gpu_hour(present(case.api), case.assumptions.api) == pytest.approx(848.08 * 4 * 3600 * 0.80 / 1e6)
    assert option.table.coefficients[0, 0] == pytest.approx(np.full(12, 80 * 730 / 24))
    assert (option.action, option.option_class, option.simplicity[0]) == ("api", "api", 1)


def test_cached_and_batch_tokens_cost_less_and_prices_may_move() -> None:
    """Half of the 75M tokens read come from the cache at a tenth: 100 - 0.45 x 75 = 66.25M at $0.80. A batch is half.
    Prices that fall by 0.6 a year in logarithms are exp(-0.6 x 11 / 12) of today's in the last month."""
    cached = present(hosted_api(question(a_service({"cached_share": 0.5}))))
    assert cached.table.coefficients[0, 0, 0] == pytest.approx(66.25 * 0.80 * 730 / 24)
    batch = present(hosted_api(question(a_service({"latency": "batch"}))))
    assert batch.table.coefficients[0, 0, 0] == pytest.approx(40 * 730 / 24)
    case = question(a_service({}))
    api = replace(case.assumptions.api, price_change_per_year=-0.6)
    falling = present(hosted_api(case.with_assumptions(replace(case.assumptions, api=api))))
    assert falling.table.coefficients[0, 0, -1] == pytest.approx(80 * 730 / 24 * np.exp(-0.55))


@pytest.mark.parametrize(
    ("serving", "price"),
    [
        ({}, 0.80),  # the same open model
        ({"model": None, "parameters": 70e9}, None),  # nobody said what serves as well
        ({"model": None, "parameters": 70e9, "good_enough": "same-size"}, 0.80),
        ({"good_enough": "gpt-oss-20b"}, 0.15),
        ({"good_enough": "Frontier 5", "api_input_usd": 3.0, "api_output_usd": 15.0}, 15.0),
        ({"api_input_usd": 0.2, "api_output_usd": 0.3}, 0.3),  # an offer for the same model
    ],
)
def test_only_what_serves_as_well_is_compared(serving: dict[str, Any], price: float | None) -> None:
    profile = a_service(serving)
    book, case = own_book(profile, BOOK), question(profile)
    assert (hosted_api(case) is None) == (price is None)
    if price is not None:
        figure = book.figure("api.output_usd_per_mtok")
        assert figure.value == price
        assert figure.own == ("api_output_usd" in serving)
        assert figure.low <= figure.value <= figure.high or figure.own
        assert figure.n > 0 or figure.own


@pytest.mark.parametrize(
    ("serving", "price"),
    [({}, 5.0), ({"api_input_usd": 2.0, "api_output_usd": 3.0}, 2.0)],
)
def test_prices_of_a_profile_stand_before_those_of_a_book_and_these_before_the_posted(
    serving: dict[str, Any], price: float
) -> None:
    book = BOOK.overlaid({"api": {"input_usd_per_mtok": 5.0, "output_usd_per_mtok": 5.0}}, "a book")
    assert own_book(a_service(serving), book).figure("api.input_usd_per_mtok").value == price


def test_an_api_without_a_price_is_one_line() -> None:
    with pytest.raises(InputError, match="good_enough: found 'Qwen3-8B', for which no price is posted"):
        a_service({"good_enough": "Qwen3-8B"})
    with pytest.raises(InputError, match="good_enough: found a size for which no open model's API is priced"):
        a_service({"model": None, "parameters": 3e12, "good_enough": "same-size"})


@pytest.mark.parametrize("name", ["input_usd_per_mtok", "output_usd_per_mtok", "price_change_per_year"])
def test_many_points_are_one_point_at_a_time(name: str) -> None:
    """Prices and their change at three points, of a plan of 12 months with peaks by the API on a base of one node."""
    profile = a_service({"tokens_per_day": 3e9}, growth_per_month=0.05)
    case = question(profile)
    forecast = forecast_for(case, profile)
    make = next(one.make for one in tried_bases(case, forecast, np.array([1.0])) if one.kind == "reserve-api")

    def costs(of: Case) -> list[Any]:
        base = Split(of, np.asarray(1.0), "api").with_base(make)
        return [expected_usd(option, of, forecast) for option in (*plain_options(of), base)]

    values = np.array([[0.1], [0.4], [0.9]])
    figures = replace(case.assumptions, api=replace(case.assumptions.api, **{name: values}))
    together = costs(case.with_assumptions(figures))
    for point, value in enumerate(values[:, 0].tolist()):
        one = replace(case.assumptions, api=replace(case.assumptions.api, **{name: value}))
        alone = costs(case.with_assumptions(one))
        assert [float(usd[point]) for usd in together] == pytest.approx([float(usd) for usd in alone], rel=1e-9)


def test_a_base_with_its_peaks_by_the_api_serves_the_same_tokens() -> None:
    """What the base does not work is bought: dollars by the API are its share of the work."""
    case = question(a_service({"tokens_per_day": 3e9}))
    split = Split(case, np.asarray(1.0), "api")
    work = case.demand.alive.used_gpu_hours.sum()
    rest = split.peaks.table.coefficients[0, 0].sum() / usd_per_gpu_hour(case.api, case.assumptions.api)  # type: ignore[arg-type]  # there is one
    assert rest + split.base.demand.alive.used_gpu_hours.sum() == pytest.approx(work)
    found = hybrids(case, forecast_for(case, a_service({})))
    assert [option.id for option in found] == ["hybrid-reserve", "hybrid-buy", "hybrid-reserve-api", "hybrid-buy-api"]


def test_little_goes_to_the_api_and_much_to_gpus() -> None:
    """At 5M tokens a day the API costs a hundredth of two idle replicas; at 3B a day GPUs cost less than tokens."""
    picks = {}
    for tokens in (5e6, 3e9):
        pick = present(cost_options(a_service({"tokens_per_day": tokens, "peak_to_mean": 1.2}), BOOK).verdict.pick)
        picks[tokens] = pick.action
    assert picks[5e6] == "api"
    assert picks[3e9] != "api"


@pytest.mark.parametrize("company", [{}, {"tax_rate": 0.25}])
def test_sampled_api_prices_move_what_pays_them_alone(company: dict[str, float]) -> None:
    """By hand: on a path whose plan holds, the bill of each month is that much off; taxes follow the bill. With no
    scatter every path costs what is expected."""
    service = a_service({})
    profile = service.model_copy(update={"company": service.company.model_copy(update=company)})
    costing = cost_options(profile, own_book(profile, BOOK))
    by_id = {cost.option.id: cost for cost in costing.costs}
    moving = [by_id["api"], by_id["on-demand"]]
    api = replace(costing.case.assumptions.api, price_sd_per_sqrt_year=0.0)
    certain = replace(costing.case, assumptions=replace(costing.case.assumptions, api=api))
    still = [replace(cost, case=certain) for cost in moving]
    moved, fixed = (SampledCosts(costs, costing.forecast, 2_000, 3).costs_by_path() for costs in (moving, still))
    assert moved[1] == pytest.approx(fixed[1], rel=1e-12)
    assert fixed[0] == pytest.approx(float(by_id["api"].expected_usd), rel=1e-9)
    months, rates = by_id["api"].option.table.months, costing.case.rates
    sd = float(costing.case.assumptions.api.price_sd_per_sqrt_year)
    multiples = sample_token_prices(sd, 2_000, months + 1, 3)[:, :months]
    table = by_id["api"].option.table
    paid = (table.coefficients[:, 0] * table.discounts(rates)).sum(axis=0)
    assert moved[0] == pytest.approx(multiples @ paid, rel=1e-6)
    assert moved[0].mean() == pytest.approx(fixed[0, 0], rel=1e-6)
    by_rents = SampledCosts(moving, costing.forecast, 2_000, 3).costs_by_rents()
    assert by_rents == pytest.approx(moved, rel=1e-9)  # the plan cannot change
