"""Every option that makes sense for a demand, the infeasible ones with the reason why not."""

from collections.abc import Iterable, Iterator

from advisor.costing.case import Case
from advisor.costing.option import Option, constraint
from advisor.costing.options.buy import owned, owned_used
from advisor.costing.options.combined.hybrid import hybrids
from advisor.costing.options.combined.rent_then_decide import rent_then_decide
from advisor.costing.options.combined.side_by_side import side_by_side
from advisor.costing.options.hosted_api import hosted_api
from advisor.costing.options.lease import leased
from advisor.costing.options.loan import bought_on_credit
from advisor.costing.options.marketplace import marketplace
from advisor.costing.options.offered import offered_options
from advisor.costing.options.on_demand import on_demand
from advisor.costing.options.reserved import every_reservation
from advisor.costing.options.serverless import serverless
from advisor.costing.options.spot_replicas import spot_replicas
from advisor.costing.options.taxes import after_tax
from advisor.costing.valuation import OptionCost, cost_of
from advisor.market.forecast.forecast import Forecast
from advisor.values.quick_dataclass import replace


def cost_menu(case: Case, forecast: Forecast) -> list[OptionCost]:
    """What every option of one plan is expected to cost: those that need no search, to rent and decide later, and a
    base with its peaks rented."""
    combined = with_case_rules(case, (*rent_then_decide(case), *hybrids(case, forecast)))
    return [cost_of(option, case, forecast) for option in (*plain_options(case), *combined)]


def plain_options(case: Case) -> Iterator[Option]:
    """The options that need no search, for one plan or for many: one at a time, as all their tables are large."""
    for option in bare_options(case):
        yield from with_case_rules(case, (option,))


def bare_options(case: Case) -> Iterator[Option]:
    """The options of `plain_options`, before taxes and the company's rule."""
    yield from _offered(make(case) for make in (hosted_api, on_demand, marketplace, serverless, spot_replicas))
    yield from every_reservation(case)
    yield from _offered(make(case) for make in (owned, owned_used, bought_on_credit, leased))
    yield from offered_options(case)
    yield from side_by_side(case)


def _offered(options: Iterable[Option | None]) -> Iterator[Option]:
    return (option for option in options if option is not None)


def with_case_rules(case: Case, options: tuple[Option, ...]) -> tuple[Option, ...]:
    """The options after taxes, with the company's rule against renting, if there is one, as the first constraint.

    An owned base whose peaks are rented breaks the rule too.
    """
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
    """The option after taxes, in this case and in any other it is remade in."""
    make = option.remake

    def remake(other: Case) -> Option | None:
        made = make(other) if make else None
        return None if made is None else after_tax(made, other)

    return replace(after_tax(option, case), remake=remake)
