"""The chance that on-demand hours are sold out, and what is insured by an option that does not rely on them.

Source: docs/model.md#capacity
"""

from advisor.array_types import of_one
from advisor.decision.ranking import RankedOption, Verdict
from advisor.values.quick_dataclass import dataclass


@dataclass(frozen=True)
class Capacity:
    """What relying on on-demand hours puts at stake.

    Attributes:
        gpu: Id of the GPU that is rented.
        hourly: Id of the pick if it relies on on-demand hours, else of the cheapest feasible option that does.
        assured: Id of the pick if it does not, else of the cheapest feasible option that does not.
        turned_away_share: The chance that a seller cannot deliver.
        saves_usd: What the first costs less than the second; negative where it costs more.
    """

    gpu: str
    hourly: str
    assured: str
    turned_away_share: float
    saves_usd: float

    @property
    def insured_usd(self) -> float:
        """The part of the saving that is expected to be lost, which a reservation or a purchase insures."""
        return self.turned_away_share * max(0.0, self.saves_usd)


def capacity_of(verdict: Verdict) -> Capacity | None:
    """What is at stake if the work relies on on-demand hours; None if the market's capacity is not known, or if only
    one of the two kinds of options is feasible."""
    offered = (one for one in verdict.ranked if one.feasible and one.folded_under is None)
    feasible = sorted(offered, key=lambda one: one.cost.expected_usd)
    ordered = [verdict.pick, *feasible] if verdict.pick is not None else feasible
    hourly = next(filter(_relies_on_hours, ordered), None)
    assured = next((one for one in ordered if not _relies_on_hours(one)), None)
    if hourly is None or assured is None or hourly.cost.case.tier != "neocloud":
        return None
    gpu = hourly.cost.case.assumptions.gpu
    if gpu.neocloud_available_share is None:
        return None
    away = 1.0 - of_one(gpu.neocloud_available_share)
    return Capacity(gpu.id, hourly.id, assured.id, away, assured.cost.expected_usd - hourly.cost.expected_usd)


def _relies_on_hours(option: RankedOption) -> bool:
    """Whether all of the work, its peaks or a good part of what is done until delivery is rented by the hour."""
    cost, of = option.cost, option.cost.option
    small = of_one(cost.case.assumptions.money.small_difference_share) * cost.expected_usd
    until_delivery = of.action == "buy" and cost.by_group()["rent"] > small
    return of.action == "rent" or until_delivery or (of.rents_peaks and "rent" in of.table.components)
