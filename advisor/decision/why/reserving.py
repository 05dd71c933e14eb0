"""Why a reserved term is the pick: its rate beside on demand, and from which utilization it pays."""

from advisor.costing.case import Case
from advisor.costing.options.hourly_rental import no_on_demand_market
from advisor.decision.break_even import CHEAPER_AT_ANY_USE, TermBreakEven
from advisor.decision.utilization_curve import billed_and_used_shares
from advisor.formatting import percent


def why_term(case: Case, term: TermBreakEven) -> str:
    """What a reserved term has over on demand, as a sentence."""
    if barred := no_on_demand_market(case):
        return f"There is {barred}; of what can be signed, the {term.label} costs least."
    if term.busy_share is not None:
        busy = case.whole_demand.busy_share
        relation = "above" if busy >= term.busy_share else "below"
        return (
            f"Your utilization of {percent(busy)} is {relation} the break-even of {percent(term.busy_share)}: "
            f"this term beats on demand {term.pays} it."
        )
    change, costs_less = ("less", True) if term.rate_ratio < 1 else ("more", False)
    cheaper = term.reason == CHEAPER_AT_ANY_USE
    despite = f". With all other costs counted, it {'is ' if cheaper else ''}{term.reason}"
    return (
        f"Reserving costs {percent(abs(1 - term.rate_ratio))} {change} an hour than on demand at this size, all "
        f"discounts and premiums counted{f': {term.reason}' if costs_less == cheaper else despite}"
        f"{_idle_too(case) if cheaper else ''}."
    )


def _idle_too(case: Case) -> str:
    """Why a term is cheaper at any use, where the work is not always busy: on demand bills its idle hours too."""
    billed, used = billed_and_used_shares(case.whole_demand)
    return ", since on demand bills idle hours as well" if round(100 * used) < round(100 * billed) else ""
