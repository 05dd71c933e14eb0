"""A comparison as columns: the same questions answered for each profile or variant."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from advisor.costing.option import Action
from advisor.decision.advise import Advice
from advisor.decision.joint.joint_advice import JointAdvice
from advisor.decision.price_break_even import PricePoint
from advisor.formatting import listed, signed_percent, usd, usd_band, usd_rate
from advisor.profiles.form.form_field import FormField
from advisor.reports.joint.joint_view import joint_text, part_lines
from advisor.reports.verdict_view import profile_line, verdict_text
from advisor.values.quick_dataclass import dataclass

_MOST_DIFFERENCES = 3
_NONE = "-"
_PRESENT, _DAY_ONE, _MOST_PAID, _PER_HOUR = "Present value", "Due on day one", "Most paid out", "Per busy GPU-h"


@dataclass(frozen=True)
class CompareColumn:
    """One profile or variant: its name, the class of its pick, on several GPUs of the costliest, and (question, answer)
    in the same order for all. least: the questions whose amount is the least of all columns."""

    name: str
    action: Action | None
    rows: tuple[tuple[str, str], ...]
    is_baseline: bool = False
    least: frozenset[str] = frozenset()


Answered = tuple[JointAdvice, Sequence[FormField]]  # an answer and the values it is for


def compare_columns(
    answered: Sequence[Answered], names: Sequence[str] = (), baseline: int = 0
) -> tuple[CompareColumn, ...]:
    """A column for each profile or variant, with what differs in it from the baseline; the least amount of a row is
    marked.

    Args:
        answered: The open profile, then the others.
        names: What each is called; empty for `now`, for the number of a variant, or for the name of another profile.
        baseline: Which of them the others are compared with.
    """
    amounts = [_amounts(joint) for joint, _ in answered]
    given = [*names, *[""] * (len(answered) - len(names))]
    columns, variants, own = [], 0, answered[0][0].profile.name
    for at, ((joint, fields), given_name) in enumerate(zip(answered, given, strict=True)):
        name = given_name or (joint.profile.name if at else "now")
        if at and name == own and not given_name:
            variants += 1
            name = f"variant {variants}"
        least = _least(amounts[at], amounts)
        marks = _marks(amounts[at], amounts[baseline], least)
        differs = "the baseline" if at == baseline else difference_text(answered[baseline][1], fields) or "nothing"
        columns.append(_column(joint, name, differs, marks, is_baseline=at == baseline, least=least))
    return tuple(columns)


def _column(
    joint: JointAdvice, name: str, differs: str, marks: Mapping[str, str], *, is_baseline: bool, least: frozenset[str]
) -> CompareColumn:
    pick = joint.choice.choices[joint.costliest]
    rows = _rows(joint.parts[0]) if joint.is_of_one_gpu else _rows_of_several(joint)
    marked = [(question, answer + marks.get(question, "")) for question, answer in rows]
    answers = (("What differs", differs), *marked)
    return CompareColumn(name, pick.action if pick else None, answers, is_baseline, least)


def _amounts(joint: JointAdvice) -> dict[str, float]:
    """The amounts of a column for which less is better, by question, USD; empty where nothing was picked."""
    choice = joint.choice
    costs = [one.cost for one in choice.choices if one]
    if not costs or choice.short_usd:
        return {}
    paid = choice.cash or costs[0]  # one GPU's own answer has its cash
    found = {_PRESENT: choice.expected_usd, _DAY_ONE: paid.upfront_usd, _MOST_PAID: paid.peak_outlay_usd}
    hourly = costs[0].usd_per_used_gpu_hour if joint.is_of_one_gpu else None
    return found if hourly is None else {**found, _PER_HOUR: hourly}


def _least(own: Mapping[str, float], columns: Sequence[Mapping[str, float]]) -> frozenset[str]:
    """The questions whose amount is the least of all columns, where they differ."""
    all_of = {question: [column[question] for column in columns if question in column] for question in own}
    return frozenset(question for question, amounts in all_of.items() if own[question] == min(amounts) < max(amounts))


def _marks(own: Mapping[str, float], baseline: Mapping[str, float], least: frozenset[str]) -> dict[str, str]:
    """What is said behind each amount: how far the present value is from the baseline's, and which is least."""
    marks = dict.fromkeys(least, ", least")
    if baseline.get(_PRESENT) and _PRESENT in own and own is not baseline:
        more = (own[_PRESENT] - baseline[_PRESENT]) / abs(baseline[_PRESENT])  # it is below zero where hardware is sold
        marks[_PRESENT] = f", {signed_percent(more)}{marks.get(_PRESENT, '')}"
    return marks


def _rows(advice: Advice) -> Iterator[tuple[str, str]]:
    verdict, evens, pick = advice.verdict, advice.break_evens, advice.verdict.pick
    yield "Verdict", verdict_text(verdict)
    yield "Plan", profile_line(advice)
    cost = None if pick is None else pick.cost
    spread = None if pick is None else advice.risk.spreads[pick.id]
    yield _PRESENT, _NONE if cost is None else usd(cost.expected_usd)
    yield "9 in 10 cases", _NONE if spread is None else usd_band(spread.p5_usd, spread.p95_usd)
    yield _DAY_ONE, _NONE if cost is None else usd(cost.upfront_usd)
    yield _MOST_PAID, _NONE if cost is None else usd(cost.peak_outlay_usd)
    hourly = None if cost is None else cost.usd_per_used_gpu_hour
    yield _PER_HOUR, _NONE if hourly is None else usd_rate(hourly)
    rival, gap = verdict.rival, _NONE
    if rival is not None and cost is not None:
        more = rival.cost.expected_usd - cost.expected_usd
        gap = f"{rival.cost.option.label}, {'+' if more >= 0 else ''}{usd(more)}"
    elif pick is None and verdict.without_cash_limit is not None:
        gap = f"with more cash: {verdict.without_cash_limit.cost.option.label}"
    yield "Next best", gap
    yield "Rent below", _NONE if pick is None else _price(evens.tipping, evens.payable_rate_usd, usd_rate)
    yield "Buy: node under", _NONE if pick is None else _price(evens.node_price, evens.payable_node_usd, usd)
    runway = advice.runway
    yield "Runway", _NONE if runway is None else runway.words


def _rows_of_several(joint: JointAdvice) -> Iterator[tuple[str, str]]:
    """The same questions about a plan on several GPUs: of all together, or by GPU; the others have no answer."""
    choice, cash, spread, runway = joint.choice, joint.choice.cash, joint.spread, joint.runway
    pairs = zip(joint.parts, choice.choices, strict=True)
    taken = [(part.gpu.label, one.cost) for part, one in pairs if one and not choice.short_usd]
    cash, spread, runway = (cash, spread, runway) if taken else (None, None, None)
    hourly = [(gpu, cost.usd_per_used_gpu_hour) for gpu, cost in taken]
    yield "Verdict", joint_text([part.costing for part in joint.parts], choice)
    yield "Plan", "; ".join(part_lines(joint))
    yield _PRESENT, usd(choice.expected_usd) if taken else _NONE
    yield "9 in 10 cases", _NONE if spread is None else usd_band(spread.p5_usd, spread.p95_usd)
    yield _DAY_ONE, _NONE if cash is None else usd(cash.upfront_usd)
    yield _MOST_PAID, _NONE if cash is None else usd(cash.peak_outlay_usd)
    yield _PER_HOUR, listed([f"{usd_rate(rate)} {gpu}" for gpu, rate in hourly if rate is not None]) or _NONE
    yield from ((question, _NONE) for question in ("Next best", "Rent below", "Buy: node under"))
    yield "Runway", _NONE if runway is None else runway.words


def _price(point: PricePoint, most_usd: float | None, text: Callable[[float], str]) -> str:
    """A price up to which cash pays for it, with the one by cost where that is another, as in the figures."""
    paid = point.paid(most_usd)
    shown = paid.reason or _NONE if paid.usd is None else text(paid.usd)
    return shown if point.usd is None or shown == text(point.usd) else f"{shown}; by cost {text(point.usd)}"


def difference_text(own: Sequence[FormField], other: Sequence[FormField]) -> str:
    """`Months 30 and Busy 70%`: what another profile has in place of the open one's values."""
    mine = {field.path: field.shown for field in own}
    found = [_field_text(field) for field in other if mine.get(field.path, "") != field.shown]
    more = len(found) - _MOST_DIFFERENCES
    return listed([*found[:_MOST_DIFFERENCES], f"{more} more"] if more > 0 else found) if found else ""


def _field_text(field: FormField) -> str:
    """Label, value and unit; the number of a workload, with which a label may end, is apart from the value."""
    value, unit = field.words
    return f"{field.label}{':' if field.label[-1:].isdigit() else ''} {value or 'none'}{unit}"
