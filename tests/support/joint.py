"""Answers for one GPU as what reports are made of."""

from advisor.decision.advise import Advice
from advisor.decision.joint.joint_advice import JointAdvice
from advisor.decision.joint.joint_choice import choose_jointly


def as_joint(advice: Advice) -> JointAdvice:
    """The plan of the one GPU of an answer."""
    return JointAdvice(advice.profile, (advice,), choose_jointly([advice.verdict], advice.profile.company), None)
