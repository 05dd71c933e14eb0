"""Sentences on the size of a workload: how many nodes it is, and whether that is usual for what it does."""

from collections.abc import Iterator

from advisor.array_types import of_one
from advisor.formatting import plural
from advisor.market.assumptions import Assumptions
from advisor.market.price_book import PriceBook
from advisor.profiles.amount_of_work import conversion, size_of
from advisor.profiles.schema import Workload

_KEPT = (
    ", on demand also for most of the time between its hours of work. Of bursts type their GPUs and weeks: 256 gpus 3 "
    "weeks a quarter"
)


def size_note(workload: Workload, book: PriceBook) -> str:
    """What a workload was converted to, and in which unit it is rented; empty for one in nodes."""
    converted = conversion(workload, book)
    return converted and f"{converted}. {_rented_unit(workload, book.assumptions_for(workload.gpu))}"


def unusual_size(workload: Workload, book: PriceBook) -> Iterator[str]:
    """Whether a workload has more or fewer nodes than is usual for what it does."""
    figures = book.assumptions_for(workload.gpu)
    plan, number = figures.plan, float(size_of(workload, figures).nodes)
    most = max(1.0, float(plan.fine_tune_max_nodes))
    nodes = f"{number:,.6g} {plural('node', number)}"
    if workload.kind == "fine-tune" and number > most:
        if workload.job_nodes is None:
            yield (
                f"{nodes} for fine-tuning are costed as separate jobs of one node each. If one job needs more, "
                "enter the nodes of a job."
            )
        elif workload.job_nodes > most:
            yield (
                f"{workload.job_nodes:,} nodes for one fine-tune: one is usual, {most:.0f} is "
                "the most that is reported. Check the model size, or choose pre-training."
            )
    if workload.kind == "pre-train" and number < plan.pre_train_min_nodes:
        yield (
            f"{nodes} for pre-training: {plan.pre_train_min_nodes:.0f} nodes or more are usual. "
            "Consider fine-tuning an existing model, or more nodes for a shorter time."
        )


def _rented_unit(workload: Workload, figures: Assumptions) -> str:
    """In which unit the work is rented: GPUs, one or some together, unless one job takes several nodes."""
    size = size_of(workload, figures)
    job = workload.job_nodes or (
        float(size.nodes) * max((*map(of_one, size.ramp), 1.0)) if workload.kind == "pre-train" else 1
    )
    if job > 1:
        kept = workload.way in ("gpu_hours_per_month", "runs_per_week") and workload.weeks_per_year is None
        weeks = workload.weeks_per_year
        alone = "" if weeks is None else f", on demand in {weeks:.3g} weeks a year alone"
        return f"One job takes several nodes, so whole nodes are rented{_KEPT if kept else alone}."
    if workload.serving is not None:
        return "Whole replicas are rented, hardware is bought in whole nodes."
    least = figures.gpu.least_rented_gpus
    together = "one by one" if least is None else f"in groups of {float(least):.0f}"
    return f"GPUs are rented {together}, hardware is bought in whole nodes."
