"""The three experts: each against a slow independent computation, and a mixture that never sees the future."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.array_types import of_one
from advisor.errors import InputError
from advisor.finance.irr import rates_of_return
from advisor.market.assumptions import Assumptions, ExpertFigures, ForecastFigures
from advisor.market.forecast.expert_weights import expert_mixture, uncertainty_of
from advisor.market.forecast.experts import cost_anchor, market_neutral, shrunk_trend
from advisor.market.forecast.forecast import expected_forecast, forecast_of
from advisor.market.forecast.posted_terms import quoted_terms
from advisor.market.forecast.price_process import PriceProcess
from advisor.market.owner_economics import OwnerCosts, owner_costs, owner_flows_usd, owner_price
from advisor.market.price_history import CONSTANT_MIX, History, Series, built_in_history
from tests.support.present import present
from tests.support.profile_builder import BOOK

A = BOOK.assumptions("H100-SXM")
FORECAST, FIGURES = A.forecast, A.experts
UNCERTAINTY = uncertainty_of(A)
SPEED, VOLATILITY = float(FORECAST.reversion_per_year), float(FORECAST.volatility_per_sqrt_year)
SPOT = of_one(A.gpu.neocloud_usd_per_gpu_hour)
BOOK_QUOTES = tuple((months, SPOT * (1 - of_one(share))) for months, share in A.gpu.term_discounts["neocloud"].items())
Quotes = Sequence[tuple[int, float]]
HISTORY = built_in_history()
PAST = ["2023-12", "2024-06", "2025-03", "2026-01", "2026-08"]


def neutral_of(spot: float, quotes: Quotes, figures: ExpertFigures = FIGURES) -> PriceProcess:
    """The market-neutral expert of one day, by prices in USD per GPU-hour."""
    terms = quoted_terms([(months, usd / spot) for months, usd in quotes], figures.quote_noise)
    return market_neutral(terms, UNCERTAINTY, figures).latest


def trend_of(log_prices: Sequence[tuple[int, float]]) -> PriceProcess:
    """The trend of the day after some months with prices."""
    months, logs = np.array([month for month, _ in log_prices], dtype=np.int64), np.array([x for _, x in log_prices])
    return shrunk_trend(months, logs, np.array([months.size]), UNCERTAINTY, FIGURES).latest


def anchor_of(spot: float, costs: OwnerCosts | None, assumptions: Assumptions = A) -> PriceProcess:
    """The cost anchor of one day."""
    return cost_anchor(np.log([spot]), costs, uncertainty_of(assumptions), assumptions.experts).latest


def numbers_of(expert: PriceProcess) -> tuple[float, float, float, float]:
    """Level, decline and the standard deviations of both."""
    return (
        float(expert.level_log),
        float(expert.decline_per_year),
        float(expert.level_sd),
        float(expert.decline_sd_per_year),
    )


def slow_expectation(level: float, decline: float, level_sd: float, decline_sd: float, months: int) -> float:
    """E[S_t]/S_0 month by month: the AR(1) recursion for mean and variance, not the closed form."""
    phi = math.exp(-SPEED / 12)
    step = VOLATILITY**2 * (1 - math.exp(-SPEED / 6)) / (2 * SPEED)
    away, variance, share = -level, 0.0, 1.0
    for _ in range(months):
        away, variance, share = phi * away, phi**2 * variance + step, phi * share
    variance += level_sd**2 * (1 - share) ** 2 + (decline_sd * months / 12) ** 2
    return math.exp(level - decline * months / 12 + away + variance / 2)


def misfit(at: tuple[float, float, float], quotes: Quotes, spot: float) -> float:
    """Minus twice the log posterior of (level, decline, commitment discount), from the definition."""
    level, decline, discount = at
    total = float(
        (level / FIGURES.level_prior_sd) ** 2
        + ((decline - FIGURES.decline_prior_per_year) / FIGURES.decline_prior_sd_per_year) ** 2
        + ((discount - FIGURES.commitment_discount_prior) / FIGURES.commitment_discount_prior_sd) ** 2
    )
    path = [
        slow_expectation(level, decline, float(FORECAST.level_sd), float(FORECAST.decline_sd_per_year), month)
        for month in range(max(months for months, _ in quotes))
    ]
    for months, usd in quotes:
        rate = spot * sum(path[:months]) / months * (1 - discount)
        total += (math.log(rate / usd) / float(FIGURES.quote_noise)) ** 2
    return total


def discount_in(expert: PriceProcess) -> float:
    """The commitment discount that the note of a market-neutral expert states, to a percent."""
    return float(expert.note.rpartition(" ")[2].rstrip("%")) / 100


@pytest.mark.parametrize("months", [1, 6, 12, 36, 96])
@pytest.mark.parametrize("level", [-0.3, 0.0, 0.2])
def test_expected_rents_follow_the_recursion(months: int, level: float) -> None:
    expert = replace(UNCERTAINTY, level_sd=0.12, decline_sd_per_year=0.1).view("trend", level, 0.2, "")
    multiple = expert.component(1.0).mean_multiple
    assert multiple[0] == pytest.approx(1.0)
    assert multiple[months] == pytest.approx(slow_expectation(level, 0.2, 0.12, 0.1, months), rel=1e-12)


@pytest.mark.parametrize(
    "quotes",
    [BOOK_QUOTES, ((12, 2.2),), ((3, 4.85), (36, 1.9)), ((1, 6.16), (12, 3.0), (36, 2.0))],
    ids=["book", "one", "inverted", "shortage"],
)
def test_market_neutral_finds_the_best_fit(quotes: Quotes) -> None:
    """Against a pattern search over the three unknowns that knows nothing of slopes."""
    at, reach = (0.0, 0.15, 0.12), 0.1
    best = misfit(at, quotes, SPOT)
    while reach > 1e-7:
        moves = [
            (at[0] + reach * a, at[1] + reach * b, at[2] + reach * c)
            for a in (-1, 0, 1)
            for b in (-1, 0, 1)
            for c in (-1, 0, 1)
        ]
        found = min(moves, key=lambda move: misfit(move, quotes, SPOT))
        if misfit(found, quotes, SPOT) < best:
            at, best = found, misfit(found, quotes, SPOT)
        else:
            reach /= 2
    expert = neutral_of(SPOT, quotes)
    assert (expert.level_log, expert.decline_per_year) == pytest.approx(at[:2], abs=2e-5)
    assert discount_in(expert) == pytest.approx(at[2], abs=0.006)


@settings(deadline=None, derandomize=True, max_examples=30)
@given(
    st.floats(-0.2, 0.2),
    st.floats(-0.1, 0.4),
    st.floats(0.0, 0.25),
    st.sets(st.sampled_from([1, 3, 6, 12, 24, 36]), min_size=4),
)
def test_exact_quotes_give_back_what_made_them(level: float, decline: float, discount: float, terms: set[int]) -> None:
    """With next to no noise and wide priors, quotes made from a price process are priced by the fit again."""
    sure = replace(FIGURES, quote_noise=0.001, level_prior_sd=2.0, decline_prior_sd_per_year=2.0,
                   commitment_discount_prior_sd=1.0)  # fmt: skip
    maker = UNCERTAINTY.view("market-neutral", level, decline, "")
    path = 3.0 * maker.component(1.0).mean_multiple[:36]
    quotes = [(months, float(path[:months].mean()) * (1 - discount)) for months in terms]
    expert = neutral_of(3.0, quotes, sure)
    assert expert.level_log == pytest.approx(level, abs=0.02)
    assert expert.decline_per_year == pytest.approx(decline, abs=0.02)


def test_more_expensive_long_terms_mean_a_slower_fall() -> None:
    falls = [numbers_of(neutral_of(SPOT, [*BOOK_QUOTES[:-1], (36, usd)]))[1] for usd in (1.8, 2.4, 3.0, 3.6)]
    assert falls == sorted(falls, reverse=True)
    assert falls[0] > falls[-1] + 0.1


def test_without_quotes_the_priors_speak() -> None:
    expert = neutral_of(SPOT, ())
    assert (expert.level_log, expert.decline_per_year) == (0.0, FIGURES.decline_prior_per_year)
    assert "prior" in expert.note


@pytest.mark.parametrize("quote", [(0, 2.0), (12, 0.0), (12, math.nan)])
def test_a_quote_that_is_none_is_refused(quote: tuple[int, float]) -> None:
    with pytest.raises(ValueError, match="above zero"):
        quoted_terms([quote], FIGURES.quote_noise)


def test_the_trend_is_the_ridge_slope() -> None:
    """The same slope from least squares on the data and the prior's months, each about its own mean."""
    logs = [(month, 1.2 - 0.3 * month / 12 + 0.05 * math.sin(month)) for month in (0, 1, 2, 4, 5, 9, 14, 15)]
    prior, slope_of_prior = int(FIGURES.trend_prior_months), -float(FIGURES.trend_prior_decline_per_year)
    rows, wanted = [], []
    for group in (logs, [(month, slope_of_prior * month / 12) for month in range(prior)]):
        middle = sum(month for month, _ in group) / len(group)
        height = sum(log for _, log in group) / len(group)
        rows += [(month - middle) / 12 for month, _ in group]
        wanted += [log - height for _, log in group]
    slope = np.linalg.lstsq(np.array(rows)[:, None], np.array(wanted), rcond=None)[0][0]
    expert = trend_of(logs)
    assert expert.decline_per_year == pytest.approx(-float(slope), rel=1e-10)
    assert expert.level_log == 0


def test_the_trend_starts_at_its_prior_and_ends_at_the_data() -> None:
    assert trend_of(()).decline_per_year == FIGURES.trend_prior_decline_per_year
    assert trend_of([(5, 1.0)]).decline_per_year == FIGURES.trend_prior_decline_per_year
    rising = [trend_of([(m, 0.2 * m / 12) for m in range(n)]) for n in (2, 12, 36, 600)]
    declines = [numbers_of(expert)[1] for expert in rising]
    assert declines == sorted(declines, reverse=True)
    assert declines[2] == pytest.approx((0.25 - 0.2) / 2), "as many months as the prior weigh as much"
    assert declines[3] == pytest.approx(-0.2, abs=1e-3)
    sds = [numbers_of(expert)[3] for expert in rising]
    assert sds == sorted(sds, reverse=True)


@pytest.mark.parametrize("gpu", ["H100-SXM", "H200-SXM", "B200-SXM", "A100-80-SXM"])
def test_at_the_anchor_a_new_owner_earns_the_asked_return(gpu: str) -> None:
    """The true monthly internal rate of return of the flows, found by scanning."""
    assumptions = BOOK.assumptions(gpu)
    costs = present(owner_costs(gpu, assumptions.experts))
    usd = float(owner_price(costs, assumptions.experts))
    monthly = present(rates_of_return(owner_flows_usd(usd, costs, assumptions.experts).tolist()).unique)
    assert (1 + monthly) ** 12 - 1 == pytest.approx(assumptions.experts.owner_return_per_year, abs=1e-9)
    spot = of_one(assumptions.gpu.neocloud_usd_per_gpu_hour)
    expert = anchor_of(spot, costs, assumptions)
    assert spot * math.exp(expert.level_log) == pytest.approx(usd)


def test_an_owner_of_an_h100_node_pays_these_parts() -> None:
    """Rebuilt by hand: $300k node, 15.1 fabric, 10 storage, 5 set-up; 10.2 kW at $200 and 8.66 c, PUE 1.25, 87 % load;
    upkeep 2 + 0.5 + 4 % of the node; 0.05 of a $200k salary."""
    costs = present(owner_costs("H100-SXM", FIGURES))
    assert costs.capex_usd == pytest.approx(330_100)
    power = 10.2 * 1.25 * (0.35 + 0.65 * 0.8) * 8760 * 0.0866
    assert costs.running_usd_per_year == pytest.approx(10.2 * 200 * 12 + power + 0.065 * 300_000 + 10_000)
    assert costs.gpu_hours_per_month == pytest.approx(730 * 8 * 0.8)


def test_costs_move_the_anchor_the_right_way() -> None:
    costs = OwnerCosts(330_000, 60_000, 4_672)
    base = owner_price(costs, FIGURES)
    assert owner_price(replace(costs, capex_usd=400_000), FIGURES) > base
    assert owner_price(replace(costs, running_usd_per_year=70_000), FIGURES) > base
    assert owner_price(replace(costs, gpu_hours_per_month=5_000), FIGURES) < base
    assert owner_price(costs, replace(FIGURES, owner_return_per_year=0.25)) > base
    assert owner_price(costs, replace(FIGURES, owner_life_years=4)) > base
    assert owner_price(costs, replace(FIGURES, owner_residual_share=0.2)) < base
    assert owner_price(costs, replace(FIGURES, cost_decline_per_year=0.3)) > base, "a faster fall is paid up front"


def test_the_fall_of_costs_is_that_of_the_books_own_nodes() -> None:
    """Node price by dense BF16 throughput, H100 (general availability 2022-10) to B200 (2024-12)."""
    h100, b200 = A.gpu, BOOK.assumptions("B200-SXM").gpu
    before, after = (math.log((gpu.node_usd or 0) / (gpu.peak_flops_per_second or 1)) for gpu in (h100, b200))
    fall = before - after
    assert FIGURES.cost_decline_per_year == pytest.approx(fall / (26 / 12), abs=0.005)


def spoilt(history: History, after: str, change: float, drop: bool = False) -> History:
    """The history with every price after a month multiplied, or gone."""

    def of(series: Series) -> Series:
        if drop:
            return series.until(after)
        values = tuple(
            value * (change if month > after else 1.0)
            for month, value in zip(series.months, series.values, strict=True)
        )
        return replace(series, values=values)

    by_gpu: Mapping[str, Mapping[str, Series]] = {
        gpu: {name: of(series) for name, series in named.items()} for gpu, named in history.by_gpu.items()
    }
    kept = {gpu: {name: s for name, s in named.items() if s.months} for gpu, named in by_gpu.items()}
    return History({gpu: named for gpu, named in kept.items() if named}, history.methods, history.constant_mix_from)


@pytest.mark.parametrize("as_of", PAST)
@pytest.mark.parametrize("gpu", BOOK.gpus)
def test_the_mixture_of_a_month_never_sees_later_ones(gpu: str, as_of: str) -> None:
    assumptions = BOOK.assumptions(gpu)
    mixture = expert_mixture(assumptions, as_of)
    assert expert_mixture(assumptions, as_of, history=spoilt(HISTORY, as_of, 3.0)) == mixture
    assert expert_mixture(assumptions, as_of, history=spoilt(HISTORY, as_of, 1.0, drop=True)) == mixture


@pytest.mark.parametrize("as_of", PAST)
def test_the_mixture_does_see_its_own_month(as_of: str) -> None:
    """The other half: prices changed from two months before on do change the experts, so the cut is where it says."""
    before = HISTORY.series("H100-SXM", CONSTANT_MIX).until(as_of).months[-3]
    assert expert_mixture(A, as_of, history=spoilt(HISTORY, before, 1.5)) != expert_mixture(A, as_of)


@pytest.mark.parametrize("as_of", [None, *PAST])
@pytest.mark.parametrize("gpu", BOOK.gpus)
def test_weights_sum_to_one_and_rule_nobody_out(gpu: str, as_of: str | None) -> None:
    mixture = expert_mixture(BOOK.assumptions(gpu), as_of)
    assert [expert.name for expert, _ in mixture] == ["market-neutral", "trend", "cost-anchor"]
    weights = [weight for _, weight in mixture]
    assert sum(weights) == pytest.approx(1.0)
    assert min(weights) >= FIGURES.weight_floor
    rents = forecast_of(2.0, FORECAST, mixture).usd_per_gpu_hour
    each = [2.0 * process.component(1.0).mean_multiple for process, _ in mixture]
    assert rents[0] == pytest.approx(2.0)
    assert (np.min(each, axis=0) <= rents + 1e-12).all()
    assert (rents <= np.max(each, axis=0) + 1e-12).all()


@pytest.mark.parametrize("gpu", BOOK.gpus)
def test_the_forecast_of_a_gpu_is_the_mixture_of_its_experts(gpu: str) -> None:
    """Month by month by the recursion; the user's shift moves every expert's decline."""
    assumptions = BOOK.assumptions(gpu)
    spot = assumptions.gpu.neocloud_usd_per_gpu_hour
    mixture = [(numbers_of(expert), float(weight)) for expert, weight in expert_mixture(assumptions)]
    faster = replace(assumptions, forecast=replace(assumptions.forecast, decline_shift_per_year=0.1))
    for figures, shift in ((assumptions, 0.0), (faster, 0.1)):
        rents = expected_forecast(figures).usd_per_gpu_hour
        for months in (0, 7, 24, 60):
            wanted = sum(
                weight * slow_expectation(level, decline + shift, level_sd, decline_sd, months)
                for (level, decline, level_sd, decline_sd), weight in mixture
            )
            assert rents[months] == pytest.approx(spot * wanted, rel=1e-9)


def made_up(logs: Mapping[str, float]) -> History:
    """A history of one constant-mix series of the H100 alone."""
    count = len(logs)
    values = tuple(math.exp(log) for log in logs.values())
    none = (None,) * count
    series = Series("H100-SXM", CONSTANT_MIX, "fixed_effects", tuple(logs), values, (5,) * count, none, none)
    return History({"H100-SXM": {CONSTANT_MIX: series}}, HISTORY.methods, "2000-01")


def test_the_weights_are_the_tempered_scores() -> None:
    """Twelve months by hand: six windows, each expert's Gaussian density of what came six months later."""
    months = [f"2024-{month:02d}" for month in range(1, 13)]
    logs = {month: 1.3 - 0.4 * i / 12 + 0.03 * (-1) ** i for i, month in enumerate(months)}
    numbers = list(enumerate(logs.values()))
    scores = []
    experts: tuple[Callable[[int], PriceProcess], ...] = (
        lambda i: neutral_of(1.0, ()),
        lambda i: trend_of(numbers[: i + 1]),
        lambda i: anchor_of(math.exp(numbers[i][1]), owner_costs("H100-SXM", FIGURES)),
    )
    for expert_at in experts:
        score = 0.0
        for i in range(6):
            level, decline, level_sd, decline_sd = numbers_of(expert_at(i))
            half_year = math.exp(-SPEED / 2)
            mean = level * (1 - half_year) - decline / 2
            variance = (
                VOLATILITY**2 * (1 - half_year**2) / (2 * SPEED)
                + level_sd**2 * (1 - half_year) ** 2
                + (decline_sd / 2) ** 2
                + float(FIGURES.quote_noise) ** 2
            )
            gap = numbers[i + 6][1] - numbers[i][1] - mean
            score -= gap**2 / (2 * variance) + math.log(2 * math.pi * variance) / 2
        scores.append(score)
    odds = [math.exp(FIGURES.score_temper * score) for score in scores]
    floor = FIGURES.weight_floor
    wanted = [floor + (1 - 3 * floor) * share / sum(odds) for share in odds]
    assert [weight for _, weight in expert_mixture(A, history=made_up(logs))] == pytest.approx(wanted, rel=1e-9)


def test_a_long_decline_raises_the_weight_of_the_trend_and_the_floor_holds() -> None:
    months = [f"{year}-{month:02d}" for year in range(2015, 2027) for month in range(1, 13)]
    falling = {month: 3.0 - 0.5 * i / 12 for i, month in enumerate(months)}
    weights = {expert.name: weight for expert, weight in expert_mixture(A, history=made_up(falling))}
    assert weights["trend"] > 0.9
    assert weights["cost-anchor"] == pytest.approx(FIGURES.weight_floor, abs=1e-3)


def test_past_quotes_are_the_posted_terms_or_the_pooled_price_or_the_prior() -> None:
    notes = {as_of: expert_mixture(A, as_of)[0][0].note for as_of in ("2026-08", "2025-03", "2023-01")}
    assert "1, 3, 6, 12, 24, 36 months" in notes["2026-08"]
    assert "reserved_pooled_gix of 2025-03" in notes["2025-03"]
    assert "prior alone" in notes["2023-01"]


def test_a_gpu_without_history_borrows_and_says_so() -> None:
    mixture = expert_mixture(BOOK.assumptions("MI300X"))
    assert all("borrowed from H100-SXM" in expert.note for expert, _ in mixture)
    assert "no node price" in mixture[2][0].note
    assert mixture[1][0].decline_per_year == pytest.approx(expert_mixture(A)[1][0].decline_per_year), (
        "the H100's returns"
    )
    assert not any("borrowed" in expert.note for expert, _ in expert_mixture(A))
    assert any("borrowed" in expert.note for expert, _ in expert_mixture(BOOK.assumptions("B200-SXM"), "2025-06"))


def test_other_terms_of_today_change_the_market_neutral_expert_alone() -> None:
    no_discounts = {**A.gpu.term_discounts, "neocloud": {12: 0.0, 36: 0.0}}
    flat = expert_mixture(replace(A, gpu=replace(A.gpu, term_discounts=no_discounts)))
    assert flat[0][0].decline_per_year < expert_mixture(A)[0][0].decline_per_year
    assert flat[1:] == expert_mixture(A)[1:], "the other experts and the weights do not look at quotes of today"


def test_a_month_that_is_none_is_refused() -> None:
    with pytest.raises(InputError, match="2026-1"):
        expert_mixture(A, "2026-1")


EXTREMES = [
    (section, field.name, bound)
    for section, kind in (("experts", ExpertFigures), ("forecast", ForecastFigures))
    for field in fields(kind)
    for bound in (0, 1)
]


@pytest.mark.parametrize(("section", "name", "bound"), EXTREMES)
def test_every_figure_may_stand_at_its_bound(section: str, name: str, bound: int) -> None:
    value = BOOK.sections[section][name].bounds[bound]
    assumptions = BOOK.overlaid({section: {name: value}}, "a bound").assumptions("H100-SXM")
    mixture = expert_mixture(assumptions)
    assert all(math.isfinite(expert.level_log) and math.isfinite(expert.decline_per_year) for expert, _ in mixture)
    assert sum(weight for _, weight in mixture) == pytest.approx(1.0)
    assert np.isfinite(expected_forecast(assumptions).usd_per_gpu_hour).all()


def test_a_borrower_takes_returns_and_not_a_price_level() -> None:
    """At twice the price the scores are the same: only how the lender's rents moved counts."""
    more_expensive = BOOK.with_gpu_figures("MI300X", {"neocloud_usd_per_gpu_hour": 5.18}, "twice")
    weights = [weight for _, weight in expert_mixture(more_expensive.assumptions("MI300X"))]
    assert weights == pytest.approx([weight for _, weight in expert_mixture(BOOK.assumptions("MI300X"))], rel=1e-9)


def test_a_users_own_discount_moves_no_market() -> None:
    """A discounted node and cheap power are the user's own; what other owners must charge stays."""
    mine = BOOK.with_gpu_figures("H100-SXM", {"node_usd": 150_000}, "my quote").overlaid(
        {"facility": {"electricity_usd_per_kwh": 0.03}}, "my meter"
    )
    assert expert_mixture(mine.assumptions("H100-SXM")) == expert_mixture(A)
    asked = BOOK.overlaid({"experts": {"owner_return_per_year": 0.25}}, "my view").assumptions("H100-SXM")
    assert expert_mixture(asked)[2][0].level_log > expert_mixture(A)[2][0].level_log
