"""Buy: own the nodes, in colocation or on premises, new or used, paid from cash."""

from collections.abc import Callable

from advisor.costing.case import Case
from advisor.costing.option import Option
from advisor.costing.options.ownership import OwnedCluster, owned_cluster, ownership_option, with_place
from advisor.costing.options.ownership_costs import exit_of, operation, purchase
from advisor.values.kept import kept

_NAMES = "buying", "buy"
_USED_NAMES = "buying used", "buy used"


@kept(maxsize=8)  # costed, and then its payback
def owned(case: Case) -> Option:
    """Buy the peak and host it, in the order of events: order, take delivery, run, sell.

    Before delivery and for what fails, rent on demand; sublet idle hours; sell when the plan ends or changes.
    Infeasible without a price, or when the hardware arrives after the plan has ended.

    Source: docs/model.md#buy-and-colocate
    """
    return _bought("buy", _NAMES, owned_cluster(case), owned)


def owned_used(case: Case) -> Option | None:
    """Buy used nodes and host them, in the same order of events; None without a price.

    Infeasible for more nodes than are sold used, and for a plan that outlasts them.

    Source: docs/model.md#buy-used
    """
    cluster = owned_cluster(case, used=True)
    if cluster.hardware.node_usd is None:
        return None
    return _bought("buy-used", _USED_NAMES, cluster, owned_used)


def _bought(
    option_id: str, names: tuple[str, str], cluster: OwnedCluster, remake: Callable[[Case], Option | None]
) -> Option:
    writer = cluster.writer()
    writer.extend(purchase(cluster))
    writer.extend(operation(cluster))
    return ownership_option(option_id, with_place(names, cluster.case), cluster, writer, exit_of(cluster), remake)
