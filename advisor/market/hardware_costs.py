"""What servers cost to buy and to power: capex by part, network fabric by cluster size, electricity."""

import numpy as np

from advisor.array_types import Amount, Floats, Months
from advisor.market.assumptions import Facility
from advisor.values.quick_dataclass import dataclass


@dataclass(frozen=True)
class Capex:
    """What a cluster costs to buy, USD, by part."""

    hardware_usd: Amount
    fabric_usd: Amount
    storage_usd: Amount
    installation_usd: Amount

    @property
    def total_usd(self) -> Amount:
        """The sum of the parts."""
        return self.hardware_usd + self.fabric_usd + self.storage_usd + self.installation_usd


def cluster_capex(
    nodes: Amount, node_usd: Amount, discount_share: Amount, cluster_fabric_usd: Amount, facility: Facility
) -> Capex:
    """The capex of a cluster: discounted nodes, fabric, storage and installation.

    Args:
        nodes: number of nodes.
        node_usd: price of a node before the discount, USD.
        discount_share: volume discount on the nodes, 0 to 1.
        cluster_fabric_usd: price of the whole fabric, USD: see `fabric_usd`.
        facility: prices of storage and installation by node.

    Source: docs/model.md#buy-and-colocate
    """
    return Capex(
        hardware_usd=nodes * node_usd * (1 - discount_share),
        fabric_usd=cluster_fabric_usd,
        storage_usd=nodes * facility.storage_usd_per_node,
        installation_usd=nodes * facility.setup_usd_per_node,
    )


def fabric_layers(nodes: Amount, facility: Facility) -> int | Months:
    """The number of switch layers of a cluster: 0 up to 2 nodes of 8, 1 up to 64, 2 up to 2,048, else 3. A node alone
    needs no switch, however large it is."""
    limits = (np.maximum(facility.max_nodes_no_layer, 1.0), facility.max_nodes_one_layer, facility.max_nodes_two_layers)
    no, one, two = (1 * (nodes > most) for most in limits)
    return no + one + two


def fabric_usd(nodes: Amount, gpus_per_node: Amount, facility: Facility) -> Amount:
    """Switches, cables and optics of a cluster, USD.

    fabric = ceil(switches per 64 nodes x N / 64) x switch price + N x GPUs per node x cable price, both rates by the
    number of switch layers.

    Source: docs/model.md#buy-and-colocate; rules fitted to the rows of the August 2024 capex sheet behind the 2024
    latent.space article.
    """
    f, layers = facility, fabric_layers(nodes, facility)
    switches = (0.0, f.switches_per_64_nodes_one_layer, f.switches_per_64_nodes_two_layers)
    cables = (f.cable_usd_per_gpu_no_layer, f.cable_usd_per_gpu_one_layer, f.cable_usd_per_gpu_two_layers)
    rate = _at_layers(layers, (*switches, f.switches_per_64_nodes_three_layers))
    cable = _at_layers(layers, (*cables, f.cable_usd_per_gpu_three_layers))
    return np.ceil(rate * nodes / 64) * f.switch_usd + nodes * gpus_per_node * cable


def _at_layers(layers: int | Months, figures: tuple[Amount, ...]) -> Amount:
    """The figure of the number of layers."""
    return (
        np.choose(layers, [np.asarray(figure) for figure in figures])
        if isinstance(layers, np.ndarray)
        else figures[layers]
    )


def electricity_usd(
    kw: Amount, pue: Amount, usd_per_kwh: Amount, hours: Amount, load_share: Amount, idle_power_share: Amount
) -> Floats:
    """The energy bill of servers over some hours: kW x PUE x h x $/kWh x (idle + (1 - idle) x load), USD.

    Args:
        kw: power at full load (...).
        pue: power usage effectiveness of the site, at least 1.
        usd_per_kwh: price of energy.
        hours: length of the period.
        load_share: how busy the servers are, 0 to 1 (...).
        idle_power_share: power of an idle server as a share of full load.

    Source: docs/model.md#buy-and-colocate
    """
    return np.asarray(kw * pue * hours * usd_per_kwh * (idle_power_share + (1 - idle_power_share) * load_share))
