"""A pick that leads only by subletting or resale says so, is not called certain, and names what is best without."""

import pytest

from advisor.decision.confidence import confidence
from advisor.decision.cost_options import cost_options
from advisor.profiles.schema import Profile
from tests.support.present import present
from tests.support.profile_builder import BOOK, a_profile, sample, with_quote

OFFER = {"option": "reserved", "months": 36, "usd_per_gpu_hour": 1.30, "may_sublet": True}


def on_subletting() -> Profile:
    """Two years of work beside a cheap offer for three, which may be sublet."""
    return with_quote(a_profile({"kind": "fine-tune", "nodes": 2, "months": 24}), **OFFER)


def on_resale(months: int = 36) -> Profile:
    """Rents are expected to rise, so that buying pays by what the hardware is sold for."""
    return a_profile({"months": months, "busy": 0.95}, market={"rents_change_per_year": 0.1})


@pytest.mark.parametrize(("profile", "kind"), [(on_subletting(), "subletting"), (on_resale(), "resale")])
def test_a_lead_that_depends_on_it_is_a_bet(profile: Profile, kind: str) -> None:
    costing = cost_options(profile, BOOK)
    bet, verdict = present(costing.bet), costing.verdict
    assert kind in bet.kinds
    assert bet.without != present(verdict.pick).id
    assert bet.without_usd < bet.pick_usd
    assert bet.pick_usd >= present(verdict.pick).cost.expected_usd + bet.credit_usd - 1e-6
    assert bet.sentence in verdict.questioned
    earned = confidence(verdict.gap_share, verdict.close_call, bool(verdict.questioned))
    assert earned is None or earned.word != "high"


def test_without_such_income_the_named_option_is_the_pick() -> None:
    """The same offer, which may not be sublet: what was named is advised."""
    bet = cost_options(on_subletting(), BOOK).bet
    forbidden = a_profile({"kind": "fine-tune", "nodes": 2, "months": 24})
    verdict = cost_options(with_quote(forbidden, **{**OFFER, "may_sublet": False}), BOOK).verdict
    assert bet is not None
    assert present(verdict.pick).id == bet.without


def test_a_lead_of_its_own_is_no_bet() -> None:
    assert cost_options(sample("cluster-64"), BOOK).bet is None


def test_hardware_that_would_else_be_leased_is_no_bet() -> None:
    """Four years: what is not bought to be sold again is leased, which is of the same class."""
    costing = cost_options(on_resale(months=48), BOOK)
    without = {
        one.id: one.preference_usd - one.cost.components.get("hardware_resale", 0.0)
        for one in costing.verdict.ranked
        if one.feasible
    }
    assert (present(costing.verdict.pick).id, min(without, key=lambda name: without[name])) == ("buy", "lease")
    assert costing.bet is None
