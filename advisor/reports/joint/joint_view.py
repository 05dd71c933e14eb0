"""A plan on several GPUs as sentences and a table, shared by commands, reports and screens."""

from collections.abc import Iterator, Sequence

from advisor.costing.option import Action
from advisor.decision.advise import Advice
from advisor.decision.cost_options import Costing
from advisor.decision.joint.joint_advice import JointAdvice
from advisor.decision.joint.joint_choice import JointChoice
from advisor.decision.ranking import RankedOption
from advisor.formatting import listed, percent, usd, usd_band
from advisor.reports.verdict_view import confidence_text, headline, profile_line, verdict_text, what_to_do
from advisor.values.quick_dataclass import dataclass

_NOTHING_FITS = "NOTHING FITS together"
TABLE_HEAD = ("GPU", "What to do", "Cost", "9 in 10 cases", "Day one", "Most paid out")


@dataclass(frozen=True)
class JointRow:
    """What is taken for the workloads on one GPU. action: None where nothing is feasible."""

    gpu: str
    action: Action | None
    option: str
    cost: str
    band: str
    day_one: str
    most_paid: str


@dataclass(frozen=True)
class JointView:
    """A plan on several GPUs.

    Attributes:
        verdict: That nothing fits where no combination is paid for; else empty.
        headlines: What to do, one for each GPU.
        sentences: The same with how sure that is.
        rows: The same as a table, a last row for all.
        total: What all of it costs.
        cash: Whether the cash pays for all of it, and the runway.
        chosen: The GPU that the other views are about.
    """

    verdict: str
    headlines: tuple[str, ...]
    sentences: tuple[str, ...]
    rows: tuple[JointRow, ...]
    total: str
    cash: tuple[str, ...]
    chosen: int

    @property
    def table_title(self) -> str:
        """What the table shows."""
        return f"What {'would be' if self.verdict else 'is'} taken on each GPU"


def joint_view(joint: JointAdvice, chosen: int | None = None) -> JointView:
    """The plan in words. chosen: the place of the part that other views are about; None for the costliest."""
    short = joint.choice.short_usd
    return JointView(
        verdict=f"{_NOTHING_FITS}: cash is {usd(short)} short" if short else "",
        headlines=tuple(_headline(joint, at) for at in range(len(joint.parts))),
        sentences=tuple(_sentence(joint, at) for at in range(len(joint.parts))),
        rows=tuple(_rows(joint)),
        total=_total(joint),
        cash=tuple(_cash(joint)),
        chosen=joint.costliest if chosen is None else chosen,
    )


def joint_text(costings: Sequence[Costing], choice: JointChoice) -> str:
    """The verdict in short, for a list: `RESERVE H100 SXM + A100, RENT L40S`; of one GPU as `verdict_text`."""
    if len(costings) == 1:
        return verdict_text(costings[0].verdict)
    if choice.short_usd:
        return _NOTHING_FITS
    found: dict[str, list[str]] = {}
    for costing, one in zip(costings, choice.choices, strict=True):
        found.setdefault(one.action.upper() if one else "NOTHING for", []).append(costing.gpu.label)
    return ", ".join(f"{what} {' + '.join(gpus)}" for what, gpus in found.items())


def part_lines(joint: JointAdvice) -> tuple[str, ...]:
    """What is needed of each GPU."""
    return tuple(f"{part.gpu.label}: {profile_line(part)}" for part in joint.parts)


def _sentence(joint: JointAdvice, at: int) -> str:
    """What to do on one GPU, and how sure that is."""
    sure = _sure(joint, at)
    return _headline(joint, at) + (f" · {sure}" if sure else "")


def how_sure(joint: JointAdvice) -> tuple[str, ...]:
    """How sure it is what to do on each GPU, as a line each; none where the pick is not what is taken."""
    lines = ((part.gpu.label, _sure(joint, at)) for at, part in enumerate(joint.parts))
    return tuple(f"{label}: {sure}" for label, sure in lines if sure)


def _sure(joint: JointAdvice, at: int) -> str:
    return "" if at in joint.choice.changed else confidence_text(joint.parts[at].verdict)


def _headline(joint: JointAdvice, at: int) -> str:
    part, taken = joint.parts[at], joint.choice.choices[at]
    name = f"{part.gpu.label} alone" if joint.choice.short_usd else part.gpu.label
    if taken is None or at not in joint.choice.changed:
        return f"{name}: {headline(part)}"
    pick = joint.choice.picks[at]
    instead = "" if pick is None else f", since the cash does not pay for {pick.cost.option.subject} beside the rest"
    return f"{name}: {what_to_do(taken)}{instead}"


def _rows(joint: JointAdvice) -> Iterator[JointRow]:
    for part, taken in zip(joint.parts, joint.choice.choices, strict=True):
        yield _row(part, taken)
    choice, spread = joint.choice, joint.spread
    if choice.cash is not None and spread is not None:
        band = usd_band(spread.p5_usd, spread.p95_usd)
        day_one, most = usd(choice.cash.upfront_usd), usd(choice.cash.peak_outlay_usd)
        yield JointRow("In all", None, "", usd(choice.expected_usd), band, day_one, most)


def _row(part: Advice, taken: RankedOption | None) -> JointRow:
    if taken is None:
        return JointRow(part.gpu.label, None, "nothing fits", "-", "-", "-", "-")
    spread, cost = part.risk.spreads[taken.id], taken.cost
    return JointRow(
        part.gpu.label,
        taken.action,
        cost.option.label,
        usd(cost.expected_usd),
        usd_band(spread.p5_usd, spread.p95_usd),
        usd(cost.upfront_usd),
        usd(cost.peak_outlay_usd),
    )


def _total(joint: JointAdvice) -> str:
    choice, spread = joint.choice, joint.spread
    if choice.cash is None or spread is None:
        return "Nothing fits on any GPU as it stands"
    parts = [
        f"In all {usd(choice.expected_usd)} expected (present value)",
        f"9 in 10 cases {usd_band(spread.p5_usd, spread.p95_usd)}",
        f"{usd(choice.cash.upfront_usd)} on day one",
        f"up to {usd(choice.cash.peak_outlay_usd)} of your cash in {percent(choice.cash.safety_share)} of cases",
    ]
    if joint.profile.company.cash_usd is None:
        parts.append("cash not checked")
    missing = [part.gpu.label for part, one in zip(joint.parts, choice.choices, strict=True) if one is None]
    return " · ".join(parts) + (f" · without {listed(missing)}, for which nothing fits" if missing else "")


def _cash(joint: JointAdvice) -> Iterator[str]:
    """Whether cash pays for all of it, what pays instead, and the runway."""
    choice, company, runway = joint.choice, joint.profile.company, joint.runway
    if choice.cash is None or choice.have_usd is None or choice.picks_need_usd is None:
        return
    burn = " with your burn" if company.burn_usd_per_month else ""
    needs = f"{usd(choice.picks_need_usd)} of cash{burn}, you have {usd(choice.have_usd)}"
    if choice.changed:
        yield f"The best of each GPU alone would take {needs}; {_instead(joint)} pays for all"
    elif choice.short_usd:
        short = f"{usd(choice.short_usd)} short, and no combination of options is paid for"
        yield f"Together they take {needs}: {short}"
    else:
        yield f"Together they take {needs}"
    if runway is not None:
        yield f"Runway {runway.words}, {runway.safe_months:.0f} months in 95% of cases"


def _instead(joint: JointAdvice) -> str:
    """`the 12-month reservation in place of buying for H100 SXM (costs $0.3M more)`."""
    choice, each = joint.choice, []
    for at in choice.changed:
        taken, pick = choice.choices[at], choice.picks[at]
        if taken is not None and pick is not None:
            swap = f"{taken.cost.option.subject} in place of {pick.cost.option.subject}"
            each.append(f"{swap} for {joint.parts[at].gpu.label}")
    extra = choice.extra_usd
    return f"{listed(each)} (costs {usd(abs(extra))} {'more' if extra >= 0 else 'less'})"
