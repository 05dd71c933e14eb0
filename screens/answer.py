"""An answer of the engine as the screens hold it: immutable, and compared by identity."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from advisor.decision.advise import Advice
    from advisor.decision.joint.joint_advice import JointAdvice
    from advisor.profiles.form.form_field import FormField
    from advisor.profiles.schema import Profile
    from advisor.reports.joint.joint_view import JointView
    from advisor.reports.market_view import MarketView
    from advisor.reports.offers.view import OfferView
    from advisor.reports.track_record_view import RecordView, SavedView
    from advisor.reports.view_models import DeeperView, MapView, Plot, VerdictView


@dataclass(frozen=True, eq=False, repr=False)  # Textual writes out what it logs: all arrays, 0.3 s a time
class AnswerView:
    """What the verdict screen shows of an answer: plain values, which may come from another process. deeper: what takes
    a moment longer to compute, None until it is there; together: the plan on several GPUs, one of which the view is
    about; None where there is one GPU."""

    view: "VerdictView"
    fields: "tuple[FormField, ...]"
    deeper: "DeeperView | None" = None
    together: "JointView | None" = None

    @property
    def which_gpu(self) -> str:
        """`H100 SXM, 1 of 2`: the GPU that the view is about, where there are several."""
        plan = self.together
        return "" if plan is None else f"{plan.rows[plan.chosen].gpu}, {plan.chosen + 1} of {len(plan.sentences)}"

    def lacks(self, parts: tuple[str, ...]) -> tuple[str, ...]:
        """Which of these parts are not there yet."""
        return tuple(part for part in parts if getattr(self, part, None) is None)


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Answer(AnswerView):
    """One finished answer, with everything behind it. joint: for all GPUs of the profile; advice: for the one that the
    view is about. What takes longer is computed when a screen needs it, and None
    until it is there: deeper, use (the curves over utilization), map, market (of the GPU and tier that is viewed),
    offers (the profile's, evaluated), record, saved (verdicts)."""

    profile: "Profile"
    joint: "JointAdvice"
    advice: "Advice"
    questions: "tuple[FormField, ...]"
    use: "Plot | None" = None
    map: "MapView | None" = None
    market: "MarketView | None" = None
    offers: "tuple[OfferView, ...] | None" = None
    record: "RecordView | None" = None
    saved: "SavedView | None" = None

    def with_preloaded(self, preloaded: AnswerView | None) -> "Answer":
        """The same answer with the deeper part of a preloaded one, if that is of the same verdict."""
        if preloaded is None or (preloaded.view, preloaded.fields) != (self.view, self.fields):
            return self
        return replace(self, deeper=self.deeper or preloaded.deeper)

    def without(self, *parts: str) -> "Answer":
        """The same answer, with these parts still to be computed."""
        missing: dict[str, Any] = dict.fromkeys(parts)
        return replace(self, **missing)
