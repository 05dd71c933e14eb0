"""Owned: buy the nodes and colocate them, paid from cash (model section 2.4)."""

from advisor.costing.case import Case
from advisor.costing.option import Option
from advisor.costing.options.ownership import (
    add_operation,
    add_purchase,
    constraints_on_owning,
    exit_of,
    node_price_usd,
    owned_cluster,
)


def owned(case: Case) -> Option:
    """Buy the peak and colocate it; rent until delivery and what fails, sublet idle hours, sell at the end.

    Infeasible without a price, or when the hardware arrives after the plan has ended.
    """
    cluster = owned_cluster(case)
    writer = cluster.writer()
    add_purchase(writer, cluster)
    add_operation(writer, cluster)
    return Option(
        id="buy",
        action="buy",
        label="buy and colocate",
        table=writer.table(case.assumptions.rental, cluster.gone_by, exit_=exit_of(cluster)),
        constraints=constraints_on_owning(case, cluster.timing),
        priced=node_price_usd(case) is not None,
        remake=owned,
    )
