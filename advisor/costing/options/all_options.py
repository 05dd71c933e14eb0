"""Every option that makes sense for a demand, the infeasible ones with the reason why not."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

from advisor.array_types import Floats
from advisor.costing.case import Case
from advisor.costing.demand import Demand
from advisor.costing.option import Option, constraint
from advisor.costing.options.buy import owned
from advisor.costing.options.hybrid import Cost, hybrids
from advisor.costing.options.loan_and_lease import bought_on_credit, leased
from advisor.costing.options.marketplace import marketplace
from advisor.costing.options.on_demand import on_demand
from advisor.costing.options.rent_then_decide import staged
from advisor.costing.options.reserved import reserved
from advisor.costing.options.taxes import after_tax
from advisor.market.terms import PREPAID_TERMS_MONTHS, TERMS_MONTHS


def built_on(case: Case, cost: Cost) -> tuple[Option, ...]:
    """The options made of others: to wait and decide later, and a base with its peaks rented. `cost`: what an option is
    expected to cost, for the search of the base."""

    def after_taxes(option: Option, demand: Demand) -> Floats:
        return cost(after_tax(option, case), demand)

    return _settled(case, (*staged(case), *hybrids(case, after_taxes)))


def plain_menu(case: Case) -> tuple[Option, ...]:
    """The options that need no search; for one plan or for many at once."""
    return tuple(plain_options(case))


def plain_options(case: Case) -> Iterator[Option]:
    """The same one after the other, for who needs no two of their tables at once."""
    quoted = {quote.months for quote in case.quotes if quote.months is not None}
    makers: list[Callable[[], Option | None]] = [lambda: on_demand(case), lambda: marketplace(case)]
    makers += [partial(reserved, case, months) for months in sorted({*TERMS_MONTHS, *quoted})]
    makers += [partial(reserved, case, months, prepaid=True) for months in PREPAID_TERMS_MONTHS]
    makers += [lambda: owned(case), lambda: bought_on_credit(case), lambda: leased(case)]
    for make in makers:
        option = make()
        if option is not None:
            yield from _settled(case, (option,))


def _settled(case: Case, options: tuple[Option, ...]) -> tuple[Option, ...]:
    """After taxes, and with the founder's rule, if there is one, in front of all other barriers: a base that is owned
    with its peaks rented breaks it too."""
    taxed = tuple(_taxed(option, case) for option in options)
    if case.rental_forbidden_because is None:
        return taxed
    rule = constraint(True, f"your rule forbids renting: {case.rental_forbidden_because}")
    return tuple(
        option
        if option.action == "buy" and not option.rents_peaks
        else replace(option, constraints=(rule, *option.constraints))
        for option in taxed
    )


def _taxed(option: Option, case: Case) -> Option:
    """The option after taxes, in this case and in any other it is made for again."""
    make = option.remake

    def remake(other: Case) -> Option | None:
        made = make(other) if make else None
        return None if made is None else after_tax(made, other)

    return replace(after_tax(option, case), remake=remake)
