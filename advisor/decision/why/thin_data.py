"""Warnings of what the book knows little about: used nodes, and the GPUs that the answer is about."""

from advisor.decision.cost_options import Costing
from advisor.decision.ranking import Verdict
from advisor.formatting import listed, usd
from advisor.market.assumptions import Tier
from advisor.market.price_book import Gpu

_PRICES = {"marketplace": "marketplace_usd_per_gpu_hour", "node": "node_usd"}


def thin_data(costing: Costing) -> list[str]:
    """What is little known of used nodes, of the work's GPU, and of the other GPUs that the answer is about."""
    return [
        *_used_nodes(costing.verdict, costing.gpu),
        *_of_gpu(costing.gpu, costing.case.tier),
        *_of_others(costing),
    ]


def _used_nodes(verdict: Verdict, gpu: Gpu) -> list[str]:
    """How little the price of used nodes is known by, where they are the pick or its rival."""
    near = {option.id for option in (verdict.pick, verdict.rival) if option is not None}
    modules = gpu.figures.get("used_node_usd")
    if "buy-used" not in near or modules is None:
        return []
    sales = "your own figure" if modules.own else f"{modules.n} sales in {modules.date}"
    return [
        f"Used nodes: modules priced from {sales}, {usd(modules.low)} to {usd(modules.high)} a node; "
        "chassis, life and failures are estimates."
    ]


def _of_gpu(gpu: Gpu, tier: Tier) -> list[str]:
    """Of the work's GPU: prices that are missing, and what is thin."""
    missing = [kind for kind, name in _PRICES.items() if name not in gpu.figures]
    lines = [f"The price book has no {listed(missing)} price for the {gpu.label}."] if missing else []
    if not gpu.term_discounts[tier]:
        lines.append(f"The price book has no price of the {gpu.label} for a term: reserving needs an offer.")
    return [*lines, *([gpu.thin] if gpu.thin else [])]


def _of_others(costing: Costing) -> list[str]:
    """Of the other GPUs that the answer is about: those of the pick and its rival, and of what is in hand."""
    verdict, held = costing.verdict, costing.commitments
    near = [one.cost.case.assumptions.gpu.id for one in (verdict.pick, verdict.rival) if one is not None]
    in_hand = [] if held is None else [gpu for gpu in held.by_gpu if gpu is not None]
    others = dict.fromkeys(gpu for gpu in (*near, *in_hand) if gpu != costing.gpu.id)
    return [thin for gpu in others if (thin := costing.book.gpus[gpu].thin)]
