"""Advice -> one flat row of figures for sweeps and comparisons, named and rounded as in `advise --json`."""

from collections.abc import Iterator, Sequence

from advisor.costing.option import Action
from advisor.decision.advise import Advice
from advisor.decision.cash.runway import Runway, runway_of
from advisor.decision.confidence import confidence_in
from advisor.decision.joint.joint_advice import JointAdvice, advise_jointly, cost_jointly
from advisor.decision.joint.joint_choice import JointChoice
from advisor.decision.plans.costings import plan_costings
from advisor.decision.plans.expected import cheapest_usd, expected_verdicts, why_nothing_fits
from advisor.decision.price_break_even import PricePoint
from advisor.decision.ranking import RankedOption, Verdict
from advisor.decision.risk import Spread, spreads_of_picks
from advisor.market.price_book import PriceBook
from advisor.profiles.gpu_groups import groups_of
from advisor.profiles.schema import Profile

Cell = str | float | bool | None

EXPECTED_FIELDS = (
    "action",
    "option",
    "close_call",
    "rival",
    "gap_share",
    "expected_usd",
    "api_usd",
    "rent_usd",
    "reserve_usd",
    "buy_usd",
    "without_cash_limit",
    "nothing_fits",
)
FIELDS = (
    *EXPECTED_FIELDS,
    "confidence",
    "p5_usd",
    "p95_usd",
    "cvar95_usd",
    "probability_best",
    "upfront_usd",
    "peak_outlay_usd",
    "usd_per_used_gpu_hour",
    "break_even_usd_per_gpu_hour",
    "node_usd",
    "runway_with_months",
    "runway_safe_months",
)


_CLASSES: tuple[Action, ...] = ("rent", "reserve", "buy")
Row = dict[str, Cell]


def row_of(joint: JointAdvice) -> Row:
    """Return the verdict, cost and risk of the pick, the cheapest cost of each class, and the break-even prices.

    Costs are net present costs in USD; the keys are `FIELDS`; None where there is no value. With several GPUs costs are
    of all together, and what holds for one GPU alone, such as break-even prices, is None.
    """
    return _advice_row(joint.parts[0]) if joint.is_of_one_gpu else _joint_row(joint)


def _advice_row(advice: Advice) -> Row:
    evens = advice.break_evens
    pick = advice.verdict.pick
    spread = None if pick is None else advice.risk.spreads[pick.id]
    return _row(advice.verdict, spread, evens.tipping, evens.node_price, advice.runway)


def rows_of(profiles: Sequence[Profile], book: PriceBook, paths: int, seed: int) -> list[Row]:
    """Return the same as `row_of` for each profile, without computing a whole Advice.

    Args:
        profiles: the profiles, checked with this book.
        book: the price book.
        paths: how many price paths are simulated.
        seed: the seed of the simulation.
    """
    several, alone = _places(profiles, book)
    rows = {at: _joint_row(advise_jointly(profiles[at], book, paths, seed)) for at in several}
    rows |= zip(alone, _rows_of_one_gpu([profiles[at] for at in alone], book, paths, seed), strict=True)
    return [rows[place] for place in range(len(profiles))]


def _places(profiles: Sequence[Profile], book: PriceBook) -> tuple[list[int], list[int]]:
    """Where the profiles on several GPUs are, which are decided one by one, and where those on one GPU are."""
    places: tuple[list[int], list[int]] = [], []
    for at, profile in enumerate(profiles):
        places[len(groups_of(profile, book)) == 1].append(at)
    return places


def _rows_of_one_gpu(profiles: Sequence[Profile], book: PriceBook, paths: int, seed: int) -> Iterator[Row]:
    found = plan_costings(profiles, book)
    spreads = spreads_of_picks([one.costing for one in found], paths, seed)
    for profile, one, spread in zip(profiles, found, spreads, strict=True):
        verdict = one.costing.verdict
        yield _row(verdict, spread, one.tipping, one.node, runway_of(profile.company, verdict))


def expected_rows(profiles: Sequence[Profile], book: PriceBook) -> list[Row]:
    """Return the part of each row that needs no simulation: the keys are `EXPECTED_FIELDS`. Arguments as `rows_of`."""
    several, alone = _places(profiles, book)
    rows = {at: _joint_expected(*_costed(profiles[at], book)) for at in several}
    verdicts = expected_verdicts([profiles[at] for at in alone], book)
    rows |= {
        at: {name: _rounded(name, getattr(verdict, name)) for name in EXPECTED_FIELDS}
        for at, verdict in zip(alone, verdicts, strict=True)
    }
    return [rows[place] for place in range(len(profiles))]


def _costed(profile: Profile, book: PriceBook) -> tuple[list[Verdict], JointChoice]:
    costings, choice = cost_jointly(profile, book)
    return [costing.verdict for costing in costings], choice


def _joint_expected(verdicts: Sequence[Verdict], choice: JointChoice) -> Row:
    """What is taken on all GPUs: `reserved-12m + on-demand`. The class is that of all of them, if it is one."""
    actions = {one.action if one and choice.fits else None for one in choice.choices}
    cheapest = {action: [cheapest_usd(one, action) for one in verdicts] for action in _CLASSES}
    return {
        **dict.fromkeys(EXPECTED_FIELDS),
        "action": actions.pop() if len(actions) == 1 else None,
        "option": _joined(choice.choices) if choice.fits else None,
        "close_call": choice.fits and any(verdict.close_call for verdict in verdicts),
        "expected_usd": round(choice.expected_usd, 2) if choice.fits else None,
        **{
            f"{action}_usd": None if None in each else round(sum(usd for usd in each if usd is not None), 2)
            for action, each in cheapest.items()
        },
        "without_cash_limit": _joined(choice.picks) if choice.short_usd or choice.changed else None,
        "nothing_fits": _why_not_all(choice),
    }


def _joined(taken: Sequence[RankedOption | None]) -> str | None:
    """The options of all GPUs; None where one has none."""
    ids = [one.id for one in taken if one is not None]
    return " + ".join(ids) if len(ids) == len(taken) else None


def _why_not_all(choice: JointChoice) -> str | None:
    """Why there is no verdict on all GPUs; None where there is one."""
    if choice.fits:
        return None
    return "cash pays for no combination of options" if choice.complete else "nothing fits on one of the GPUs"


def _joint_row(joint: JointAdvice) -> Row:
    spread, cash, runway = joint.spread, joint.choice.cash, joint.runway if joint.choice.fits else None
    row: Row = {
        **dict.fromkeys(FIELDS),
        **_joint_expected([part.verdict for part in joint.parts], joint.choice),
        "runway_with_months": runway.with_months if runway else None,
        "runway_safe_months": runway.safe_months if runway else None,
    }
    if spread is None or cash is None or not joint.choice.fits:
        return row
    return row | {
        "p5_usd": round(spread.p5_usd, 2),
        "p95_usd": round(spread.p95_usd, 2),
        "cvar95_usd": round(spread.cvar95_usd, 2),
        "upfront_usd": round(cash.upfront_usd, 2),
        "peak_outlay_usd": round(cash.peak_outlay_usd, 2),
    }


def _rounded(name: str, cell: Cell) -> Cell:
    return round(cell, 2) if isinstance(cell, float) and name.endswith("_usd") else cell


def _row(verdict: Verdict, spread: Spread | None, tipping: PricePoint, node: PricePoint, runway: Runway | None) -> Row:
    earned = confidence_in(verdict)
    row: Row = {
        **dict.fromkeys(FIELDS),
        "close_call": verdict.close_call,
        "confidence": None if earned is None else earned.word,
        "rival": verdict.rival.id if verdict.rival else None,
        "gap_share": verdict.gap_share,
        "api_usd": _cheapest(verdict, "api"),
        "rent_usd": _cheapest(verdict, "rent"),
        "reserve_usd": _cheapest(verdict, "reserve"),
        "buy_usd": _cheapest(verdict, "buy"),
        "without_cash_limit": verdict.without_cash_limit.id if verdict.without_cash_limit else None,
        "nothing_fits": why_nothing_fits(verdict.pick, verdict.without_cash_limit),
        "break_even_usd_per_gpu_hour": tipping.usd,
        "node_usd": node.usd,
        "runway_with_months": runway.with_months if runway else None,
        "runway_safe_months": runway.safe_months if runway else None,
    }
    return row | ({} if verdict.pick is None or spread is None else _of_pick(verdict.pick, spread))


def _of_pick(pick: RankedOption, spread: Spread) -> Row:
    cost, hourly = pick.cost, pick.cost.usd_per_used_gpu_hour
    return {
        "action": pick.action,
        "option": pick.id,
        "expected_usd": round(cost.expected_usd, 2),
        "p5_usd": round(spread.p5_usd, 2),
        "p95_usd": round(spread.p95_usd, 2),
        "cvar95_usd": round(spread.cvar95_usd, 2),
        "probability_best": spread.probability_best,
        "upfront_usd": round(cost.upfront_usd, 2),
        "peak_outlay_usd": round(cost.peak_outlay_usd, 2),
        "usd_per_used_gpu_hour": None if hourly is None else round(hourly, 4),
    }


def _cheapest(verdict: Verdict, action: Action) -> float | None:
    usd = cheapest_usd(verdict, action)
    return None if usd is None else round(usd, 2)
