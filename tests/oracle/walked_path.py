"""One option on one course of events, month by month from its lines: the reference for the engine's fast sums."""

import math
from collections.abc import Iterator

from advisor.costing.case import Case
from advisor.costing.cost_table import Basis, CostTable
from advisor.costing.rates import Timing
from advisor.costing.valuation import OptionCost


def present_factor(case: Case, timing: Timing, month: int) -> float:
    """What a dollar due in a month is worth today: mid-month, in advance, or to a lender."""
    if timing == Timing.TO_LENDER:
        return float((1 + case.assumptions.debt.cost_of_debt_per_year / 12) ** -month)
    years = (month + 0.5 * (timing == Timing.MID_MONTH)) / 12
    return float((1 + case.assumptions.money.discount_rate) ** -years)


def walked_flows(
    table: CostTable, tau: int, rents: list[float], resale: list[float]
) -> list[tuple[int, Timing, float]]:
    """(month, timing, USD) of every payment when the plan changes in month tau; one plan, with the tables beside it."""
    flows = [flow for one in table.beside for flow in walked_flows(one, tau, rents, resale)]
    surcharge = sum(share for _, share in table.surcharges)
    for line, component in enumerate(table.components):
        weight = 1 + surcharge * (component in ("rent", "committed"))
        for month in range(table.months):
            active, winding_down, exited, on_change = table.coefficients[line, :, month].tolist()
            if tau > month:
                amount = active
            elif tau > int(table.gone_by[month]):
                amount = winding_down
            else:
                amount = exited
            if tau == month:
                amount += on_change
            basis = int(table.basis[line])
            if basis == Basis.SPOT:
                amount *= rents[month]
            elif basis == Basis.SIGNED:
                amount *= rents[int(table.signed_in[month])]
            flows.append((month, Timing(table.timing[line]), weight * amount))
    if table.exit is not None:
        month = int(table.exit.month[tau - 1])
        sold = float(table.exit.sold[tau - 1]) * float(table.exit.hardware_usd) * resale[month]
        flows.append((month, Timing.IN_ADVANCE, float(table.exit.owed_usd[tau - 1]) - sold))
        flows.append((month, Timing.TO_LENDER, float(table.exit.debt_owed_usd[tau - 1])))
    return flows


def tables_taken(cost: OptionCost, tau: int, rents: list[float]) -> Iterator[CostTable]:
    """The table that is chosen on this course of events, and what the rights add that are used: rents are compared and
    the cuts looked through."""
    choice, policy = cost.option.choice, cost.policy
    if choice is None or policy is None:
        yield cost.option.table
    else:
        moved = math.log(rents[choice.month] / rents[0])
        yield choice.tables[int(policy.picks[sum(moved > cut for cut in policy.cuts.tolist())])]
    for right, use in cost.rights:
        row = tau - 1 if right.now.size > 1 else 0
        moved = math.log(rents[int(right.now[row])] / rents[int(right.since[row])])
        if bool(use.first[row]) ^ (sum(moved > cut for cut in use.cuts[row].tolist()) % 2 == 1):
            yield right.table


def walked_usd(cost: OptionCost, tau: int, rents: list[float], resale: list[float]) -> float:
    """The net present cost of an option on one course of events, USD; without taxes."""
    flows = [flow for table in tables_taken(cost, tau, rents) for flow in walked_flows(table, tau, rents, resale)]
    return math.fsum(usd * present_factor(cost.case, timing, month) for month, timing, usd in flows)
