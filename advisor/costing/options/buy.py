"""Buy: own the nodes, in colocation or on premises, new or used, paid from cash."""

from advisor.costing.case import Case
from advisor.costing.option import Option
from advisor.costing.options.ownership import and_hosted, owned_cluster, ownership_option
from advisor.costing.options.ownership_costs import add_operation, add_purchase, exit_of

_NAMES = "buying", "buy"
_USED_NAMES = "buying used", "buy used"


def owned(case: Case) -> Option:
    """Buy the peak and host it, in the order of events: order, take delivery, run, sell.

    Before delivery and for what fails, rent on demand; sublet idle hours; sell when the plan ends or changes.
    Infeasible without a price, or when the hardware arrives after the plan has ended.

    Source: docs/model.md#buy-and-colocate
    """
    cluster = owned_cluster(case)
    writer = cluster.writer()
    add_purchase(writer, cluster)
    add_operation(writer, cluster)
    return ownership_option("buy", and_hosted(_NAMES, case), cluster, writer, exit_of(cluster), owned)


def owned_used(case: Case) -> Option | None:
    """Buy used nodes and host them, in the same order of events; None where nobody has a price.

    Infeasible for more nodes than are sold used, and for a plan that outlasts them.

    Source: docs/model.md#buy-used
    """
    cluster = owned_cluster(case, used=True)
    if cluster.hardware.node_usd is None:
        return None
    writer = cluster.writer()
    add_purchase(writer, cluster)
    add_operation(writer, cluster)
    return ownership_option("buy-used", and_hosted(_USED_NAMES, case), cluster, writer, exit_of(cluster), owned_used)
