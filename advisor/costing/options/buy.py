"""Owned: buy the nodes and colocate them, paid from cash (model section 2.4)."""

from advisor.costing.case import Case
from advisor.costing.option import Option
from advisor.costing.options.ownership import (
    add_operation,
    add_purchase,
    barriers_to_owning,
    estate_of,
    exit_of,
    node_price_usd,
)


def owned(case: Case) -> Option:
    """Buy the peak and colocate it; rent until delivery and what fails, sublet idle hours, sell at the end.

    Infeasible without a price, or when the hardware arrives after the plan has ended.
    """
    estate = estate_of(case)
    writer = estate.writer()
    add_purchase(writer, estate)
    add_operation(writer, estate)
    return Option(
        id="buy",
        action="buy",
        label="buy and colocate",
        table=writer.table(case.assumptions.rental, estate.gone_by, exit_=exit_of(estate)),
        barriers=barriers_to_owning(case, estate.timing),
        priced=node_price_usd(case) is not None,
        remake=owned,
    )
