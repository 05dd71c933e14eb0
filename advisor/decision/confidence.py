"""Confidence in a verdict, from the track record that ships with the program, and notes that reconcile it with the
sampled futures (docs/model.md#confidence)."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Literal

from advisor.array_types import of_one
from advisor.costing.option import OptionClass
from advisor.decision.ranking import RankedOption, Verdict
from advisor.decision.risk import Risk
from advisor.formatting import capitalized, fine_percent, percent, usd
from advisor.market.data_files import SHIPPED, data_table
from advisor.values.quick_dataclass import dataclass, replace

CLASS_WORDS: Mapping[OptionClass, str] = {
    "api": "a hosted API",
    "rent": "renting",
    "reserve_short": "reserving for less than 12 months",
    "reserve_long": "reserving for 12 months or more",
    "buy": "buying",
}
_FAR_APART = 0.25  # the right share and the share of sampled futures: from here on the difference is explained
Word = Literal["high", "medium", "too close to call"]


@dataclass(frozen=True)
class Earned:
    """One line of the calibration table: how certain verdicts with a gap in one range are.

    Attributes:
        word: The level.
        from_gap: Smallest gap, as a share.
        right_share: How often they named the class that turned out cheapest, on the synthetic markets used for
            calibration; the figure that is shown.
        base_share: How often the commonest class for plans of their size would have been right in the same cases.
        mean_regret: What their picks cost more than the best option in hindsight there, as a share, on average: the
            price of a wrong class or term.
        p95_regret: The same in the worst one case of twenty.
        n: How many verdicts that is counted on.
        held_out_share: The same on synthetic markets that were held out.
        held_out_n: Verdicts on them.
        real_share: The same on past rents.
        real_n: Verdicts on them.
        to_gap: Gap below which they lie; None for the last line.
    """

    word: Word
    from_gap: float
    right_share: float
    base_share: float
    mean_regret: float
    p95_regret: float
    n: int
    held_out_share: float
    held_out_n: int
    real_share: float
    real_n: int
    to_gap: float | None = None


@dataclass(frozen=True)
class Record:
    """The track record of this version.

    Attributes:
        date: When it was computed.
        commands: What repeats it.
        earned: The calibration table, smallest gap first.
        real: Results on past rents.
        synthetic: Results on synthetic markets.
        limits: What it cannot show.
        tried: What was tried on the way.
    """

    date: str
    commands: Mapping[str, str]
    earned: tuple[Earned, ...]
    real: Mapping[str, Any]
    synthetic: Mapping[str, Any]
    limits: tuple[str, ...]
    tried: tuple[str, ...]


@cache
def shipped_record() -> Record:
    """The record in `market/data/record.toml`."""
    raw = data_table("record", SHIPPED)
    return Record(
        raw["date"],
        raw["commands"],
        tuple(Earned(**line) for line in raw["earned"]),
        raw["real"],
        raw["synthetic"],
        tuple(raw["limits"]),
        tuple(raw["tried"]),
    )


def confidence_in(verdict: Verdict) -> Earned | None:
    """The confidence in a verdict, by its gap when cash is not a constraint; None without a pick or another class."""
    if verdict.pick is None:
        return None
    return confidence(verdict.market_gap_share, verdict.close_call, bool(verdict.questioned))


def confidence(gap_share: float | None, close_call: bool, questioned: bool = False) -> Earned | None:
    """The confidence in a verdict with this gap to its rival, by the shipped table; None without a rival. A questioned
    figure behind the verdict lowers it by one level. gap_share: extra expected cost of the rival, as a share."""
    if gap_share is None:
        return None
    earned = shipped_record().earned
    at = next((at for at, one in enumerate(earned) if one.to_gap is None or gap_share < one.to_gap), -1)
    line = earned[at]
    if questioned:
        line = next((one for one in reversed(earned[:at]) if one.word != line.word), line)
    return replace(line, word="too close to call") if close_call else line


def notes_on(verdict: Verdict, risk: Risk) -> tuple[str, ...]:
    """Sentences without which two figures of an answer would seem to contradict each other.

    Returns:
        What cash rules out; what such verdicts cost in hindsight; why confidence and sampled futures differ; why the
        expected cost lies outside its band; and what paying early would save. Those that apply.
    """
    pick = verdict.pick
    if pick is None:
        return ()
    return (
        *_on_cash(verdict, pick),
        *_on_the_record(verdict, pick, risk),
        *_on_the_band(pick, risk),
        *_on_paying_early(verdict, pick),
    )


def _on_the_record(verdict: Verdict, pick: RankedOption, risk: Risk) -> Iterator[str]:
    earned = confidence_in(verdict)
    if earned is None:
        return
    yield (
        f"Picks with such a lead cost {fine_percent(earned.mean_regret)} more than the best option in hindsight on "
        f"average, and {percent(earned.p95_regret)} in the worst 1 of 20 cases: the price of a wrong class or term."
    )
    share = risk.class_best[pick.option_class]
    if verdict.rival_is_cheaper:
        yield (
            f"{capitalized(CLASS_WORDS[pick.option_class])} is cheapest, or within the half percent that counts as "
            f"equal, in {percent(risk.pick_equal)} of this plan's own futures."
        )
    elif abs(share - earned.right_share) > _FAR_APART:
        why = (
            "the lead is small, but depends little on how rents and the plan turn out"
            if share > earned.right_share
            else "the lead is an average over futures that differ widely"
        )
        yield (
            f"The record says right {percent(earned.right_share)} for a lead of this size; of this plan's own futures "
            f"{CLASS_WORDS[pick.option_class]} is cheapest in {percent(share)}: {why}."
        )


def _on_the_band(pick: RankedOption, risk: Risk) -> Iterator[str]:
    mean, spread = pick.cost.expected_usd, risk.spreads[pick.id]
    if usd(spread.p5_usd) == usd(spread.p95_usd) or spread.p5_usd <= mean <= spread.p95_usd:
        return
    side, extreme = ("below", "less") if mean < spread.p5_usd else ("above", "more")
    yield f"The expected cost lies {side} the range of 9 in 10 cases: a few of the others cost far {extreme}."


def _on_paying_early(verdict: Verdict, pick: RankedOption) -> Iterator[str]:
    if pick.cost.option.prepaid_base is not None:
        yield from _on_prepaying(verdict, pick)
        return
    twin = next((option for option in verdict.ranked if option.folded_under == pick.id), None)
    if twin is None:
        return
    saved = pick.cost.expected_usd - twin.cost.expected_usd
    if saved > 0:
        share, paid = fine_percent(saved / abs(pick.cost.expected_usd)), usd(twin.cost.upfront_usd)
        yield (
            f"Prepaying the term would save only {usd(saved)} ({share}); the {paid} due on day one would be lost if "
            "the provider fails."
        )


def _on_prepaying(verdict: Verdict, pick: RankedOption) -> Iterator[str]:
    """Why the pick is paid in advance where cash rules out paying by month, and what that puts at stake."""
    cost, base = pick.cost, pick.cost.option.prepaid_base
    monthly = next((one for one in verdict.ranked if one.id == base), None)
    term, failing = cost.option.term_months or 1, of_one(cost.case.assumptions.rental.provider_default_per_month)
    if monthly is not None and not monthly.feasible:
        yield f"The term cannot be paid by month: {monthly.infeasible_because[0]}. Prepaying costs less."
    yield (
        f"The {usd(cost.upfront_usd)} due on day one is lost in part if the provider fails, in "
        f"{fine_percent(1 - (1 - failing) ** term)} of cases over the term; the check of cash leaves that out."
    )


def _on_cash(verdict: Verdict, pick: RankedOption) -> Iterator[str]:
    other = verdict.without_cash_limit
    if other is not None:
        less = pick.cost.expected_usd - other.cost.expected_usd
        yield (
            f"Your cash rules out {other.cost.option.subject}, which would cost {usd(abs(less))} "
            f"{'less' if less >= 0 else 'more'}; the confidence is that of the market, cash aside."
        )
    elif (rival := verdict.market_rival) is not None and not rival.feasible and verdict.market_gap_share is not None:
        label, more = rival.cost.option.subject, fine_percent(verdict.market_gap_share)
        yield f"Cash aside, {label} would cost only {more} more: the confidence is that of this lead."
