"""Every option that makes sense for a demand, the infeasible ones with the reason why not."""

from dataclasses import replace

from advisor.options.marketplace import marketplace
from advisor.options.on_demand import on_demand
from advisor.options.owned import owned
from advisor.options.reserved import TERMS_MONTHS, reserved
from advisor.options.table import Case, Option


def menu(case: Case) -> tuple[Option, ...]:
    """All options for one case, rented ones barred where a rule of the founder's forbids renting."""
    quoted = {quote.months for quote in case.quotes if quote.months is not None}
    terms = (reserved(case, months) for months in sorted({*TERMS_MONTHS, *quoted}))
    options = (on_demand(case), marketplace(case), *(option for option in terms if option), owned(case))
    if case.rental_forbidden_because is None:
        return options
    rule = f"your rule forbids renting: {case.rental_forbidden_because}"
    return tuple(
        option if option.action == "buy" else replace(option, obstacles=(rule, *option.obstacles)) for option in options
    )
