"""Why the pick and not another offer in hand (docs/model.md#reasons)."""

from collections.abc import Iterator

from advisor.costing.components import COMPONENTS
from advisor.decision.ranking import RankedOption, Verdict
from advisor.formatting import capitalized, fine_percent, usd
from advisor.profiles.offers.terms import offers_of
from advisor.profiles.schema import Profile

# One bill, however it is paid.
_GPU_BILL = ("rent", "tokens", "requests", "credits", "committed", "held", "idle_resale")


def why_not_other_offer(pick: RankedOption, verdict: Verdict, profile: Profile) -> Iterator[str]:
    """What the best of the other offers costs more, and the largest part of that; none where it is the rival."""
    offers = {offer.id for offer in offers_of(profile.quote, pick.cost.case.assumptions.rental)} - {pick.id}
    other = next((option for option in verdict.ranked if option.id in offers and option.feasible), None)
    if other is None or other is verdict.rival:
        return
    difference = other.cost.expected_usd - pick.cost.expected_usd
    mine, theirs = pick.cost.components, other.cost.components
    more: dict[str, float] = {}
    for name, component in COMPONENTS.items():
        label = "the GPU bill" if name in _GPU_BILL else component.label
        more[label] = more.get(label, 0.0) + theirs.get(name, 0.0) - mine.get(name, 0.0)
    largest = max(more, key=lambda label: more[label])
    if difference > 0:
        yield (
            f"{capitalized(other.cost.option.subject)} costs {usd(difference)} "
            f"({fine_percent(difference / abs(pick.cost.expected_usd))}) more; the largest difference: "
            f"{largest} (+{usd(more[largest])})."
        )
