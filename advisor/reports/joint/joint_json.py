"""JointAdvice -> the JSON of `advise`: the fields of one GPU, and what is taken on all."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from advisor.decision.joint.joint_advice import JointAdvice
from advisor.reports.formats.json_report import verdict_fields
from advisor.reports.joint.joint_view import joint_view
from advisor.reports.json_models.advise import VerdictFields
from advisor.reports.json_models.advise_report import AdviseReport, GroupJson, SeveralGpusJson


def joint_advise_report(joint: JointAdvice, path: Path | None, today: date) -> AdviseReport:
    """Return the JSON of `advise`; with several GPUs the fields are of the costliest, beside `several_gpus`.

    Args:
        joint: The answer.
        path: The profile's file, None for a sample.
        today: Ages count from it.
    """
    answers = [verdict_fields(part, path, today) for part in joint.parts]
    several = None if joint.is_of_one_gpu else _several(joint, answers)
    return AdviseReport(**dict(answers[joint.costliest]), several_gpus=several)


def _several(joint: JointAdvice, answers: Sequence[VerdictFields]) -> SeveralGpusJson:
    choice, spread, cash, runway = joint.choice, joint.spread, joint.choice.cash, joint.runway
    view = joint_view(joint)
    return SeveralGpusJson(
        groups=tuple(_group(joint, at, view.sentences[at], answer) for at, answer in enumerate(answers)),
        expected_usd=choice.expected_usd,
        p5_usd=None if spread is None else spread.p5_usd,
        p95_usd=None if spread is None else spread.p95_usd,
        cvar95_usd=None if spread is None else spread.cvar95_usd,
        upfront_usd=None if cash is None else cash.upfront_usd,
        peak_outlay_usd=None if cash is None else cash.peak_outlay_usd,
        picks_need_usd=choice.picks_need_usd,
        have_usd=choice.have_usd,
        short_usd=choice.short_usd,
        extra_usd=choice.extra_usd,
        cash=view.cash,
        runway_without_months=runway.without_months if runway else None,
        runway_with_months=runway.with_months if runway else None,
        runway_safe_months=runway.safe_months if runway else None,
    )


def _group(joint: JointAdvice, at: int, sentence: str, answer: VerdictFields) -> GroupJson:
    part, taken, pick = joint.parts[at], joint.choice.choices[at], joint.choice.picks[at]
    mine = [
        place
        for place, workload in enumerate(joint.profile.workload, start=1)
        if part.book.gpu(workload.gpu).id == part.gpu.id
    ]
    spread = None if taken is None else part.risk.spreads[taken.id]
    return GroupJson(
        gpu=part.gpu.id,
        workloads=tuple(mine),
        sentence=sentence,
        action=None if taken is None else taken.action,
        option=None if taken is None else taken.id,
        pick=None if pick is None else pick.id,
        expected_usd=None if taken is None else taken.cost.expected_usd,
        p5_usd=None if spread is None else spread.p5_usd,
        p95_usd=None if spread is None else spread.p95_usd,
        upfront_usd=None if taken is None else taken.cost.upfront_usd,
        peak_outlay_usd=None if taken is None else taken.cost.peak_outlay_usd,
        answer=answer,
    )
