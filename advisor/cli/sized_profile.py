"""What `gpu-advisor size` makes of a size: its price, a cluster by its petaFLOP/s, and a profile with the workload."""

from argparse import ArgumentParser, Namespace
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from advisor.cli.argument_types import number
from advisor.cli.output_file import add_write_arguments, write_profile
from advisor.cli.parser import Request, Tell
from advisor.errors import InputError
from advisor.formatting import one_line, plural, usd, usd_rate
from advisor.profiles.limits import MAX_NODES

if TYPE_CHECKING:
    from advisor.market.price_book import Gpu, PriceBook
    from advisor.profiles.sizing import Model, Size

_MOST_PFLOPS = 1e9
_MONTHS = 12.0  # of a plan whose work has no end of its own


def add_cluster_arguments(parser: ArgumentParser) -> None:
    """Add what a cluster by its petaFLOP/s and a written profile need."""
    pflops, headroom = number(0, _MOST_PFLOPS), number(0, 10)
    parser.add_argument(
        "--pflops", type=pflops, metavar="N", help="in place of a model: petaFLOP/s of dense peak performance"
    )
    parser.add_argument("--headroom", type=headroom, default=0.0, metavar="SHARE", help="to add to --pflops (0)")
    add_write_arguments(parser)


def list_price(gpu: "Gpu") -> float:
    """The list price of a GPU-hour on demand, USD."""
    return float(gpu.figures["neocloud_usd_per_gpu_hour"].value)


def priced(size: "Size", gpu: "Gpu") -> str:
    """What the hours cost on demand, with the range of the hours."""
    rate = list_price(gpu)
    low, high = size.gpu_hours_low * rate, size.gpu_hours_high * rate
    spread = f" ({usd(low)} to {usd(high)})" if low < high else ""
    return f"{usd(size.gpu_hours * rate)}{spread} on demand at {usd_rate(rate)} per GPU-hour, before idle time"


def answer_by_flops(request: Request, gpu: "Gpu", book: "PriceBook", tell: Tell) -> str:
    """The GPUs and nodes of a cluster that is given by its petaFLOP/s. Raises InputError."""
    from math import ceil

    from advisor.market.provenance import of_figure
    from advisor.market.throughput.roofline import peak_of
    from advisor.profiles.sizing import gpus_for_flops

    options, assumptions = request.options, book.assumptions(gpu.id)
    if options.params is not None or options.tokens is not None:
        raise InputError("--pflops", "a model as well", "--pflops, or --params and --tokens")
    peak = peak_of(assumptions.gpu, "--gpu")
    gpus = gpus_for_flops(options.pflops * 1e15, options.headroom, peak)
    nodes = ceil(gpus / float(assumptions.rental.gpus_per_node) - 1e-9)
    if not 1 <= nodes <= MAX_NODES:
        raise InputError("--pflops", f"{options.pflops:g}, {nodes:,} nodes", f"what 1 to {MAX_NODES:,} nodes have")
    if options.write is not None:
        months = options.months or _MONTHS
        pflops = options.pflops * (1 + options.headroom)
        work = {"kind": options.kind, "gpu": gpu.id, "pflops": pflops, "months": months}
        write_workload(work, options, book, tell)
    monthly = gpus * float(assumptions.rental.hours_per_month) * list_price(gpu)
    path = f"{gpu.id}.peak_flops_per_second"
    figure = of_figure(path, book.figure(path), book, date.today())
    if request.as_json:
        from advisor.reports.json_models.profiles import ClusterReport
        from advisor.reports.json_models.provenance import FigureJson

        return ClusterReport(
            gpu=gpu.id,
            pflops=options.pflops,
            headroom_share=options.headroom,
            peak_flops_per_second=peak,
            gpus=gpus,
            nodes=nodes,
            usd_per_month_on_demand=round(monthly, 2),
            figures=(FigureJson.model_validate(figure),),
        ).to_json()
    return _cluster_text(options, gpu, peak, (gpus, nodes), monthly)


def _cluster_text(options: Namespace, gpu: "Gpu", peak: float, size: tuple[int, int], monthly_usd: float) -> str:
    """The cluster in words. size: its GPUs and nodes."""
    more = f" and {options.headroom:.0%} more" if options.headroom else ""
    return (
        f"{options.pflops:,g} petaFLOP/s{more}, {gpu.label} of {peak / 1e12:,.0f} teraFLOP/s each (dense; rates with "
        f"sparsity are twice that)\n\n  {size[0]:,} {plural('GPU', size[0])}, {size[1]:,} {plural('node', size[1])}\n"
        f"  {usd(monthly_usd)} a month on demand at {usd_rate(list_price(gpu))} per GPU-hour\n"
    )


def workload_of(
    model: "Model", size: "Size", options: Namespace, gpu: "Gpu", hours_per_month: float
) -> Mapping[str, Any]:
    """The workload that a size stands for: the service, or the training within the months that were asked for, else the
    plan on the nodes that were. Raises InputError where none was."""
    if options.nodes is None and model.work == "serve":
        service = _service(model, 24 / hours_per_month)
        return {"kind": options.kind, "gpu": gpu.id, "months": _MONTHS, "serving": service}
    if options.nodes is None and options.months is not None:
        return {"kind": options.kind, "gpu": gpu.id, "months": options.months, "training": _training(model, options)}
    if options.nodes is None:
        raise InputError("--write", "a size without a plan", "also --nodes or --months")
    plan = next(one for one in size.plans if one.nodes == options.nodes)
    work = {"kind": options.kind, "gpu": gpu.id, "nodes": plan.nodes}
    if size.least_nodes > 1 and options.kind != "pre-train":
        work["job_nodes"] = size.least_nodes
    if plan.months is None:
        return {**work, "months": _MONTHS, "busy": round(min(1.0, plan.busy), 4)}
    return {**work, "months": round(max(0.1, plan.months), 3), "busy": model.busy}


def _service(model: "Model", months_a_day: float) -> Mapping[str, Any]:
    """The fields of a service that were given; APIs of open models of its size serve as well, as `size` prices them."""
    request, limits = model.request, model.limits
    given = {
        "active_parameters": model.active,
        "tokens_in": request and request.tokens_in,
        "tokens_out": request and request.tokens_out,
        "first_token_seconds": limits and limits.first_token_seconds,
        "next_token_seconds": limits and limits.next_token_seconds,
        "output_tokens_per_second": model.measured,
    }
    service = {"parameters": model.parameters, "precision": model.precision, "good_enough": "same-size"}
    daily = {"tokens_per_day": float(f"{model.tokens * months_a_day:.6g}")}
    return service | daily | {name: value for name, value in given.items() if value is not None}


def _training(model: "Model", options: Namespace) -> Mapping[str, Any]:
    """The fields of a training that were given."""
    given = {"active_parameters": model.active, "adapters": options.lora or None, "busy": options.busy}
    return {"parameters": model.parameters, "tokens": model.tokens} | {
        name: value for name, value in given.items() if value is not None
    }


def write_workload(workload: Mapping[str, Any], options: Namespace, book: "PriceBook", tell: Tell) -> None:
    """Write a profile with one workload to the file that was asked for. Raises InputError, SaveError."""
    from advisor.profiles.validation import parse_profile

    path = Path(options.write)
    name = one_line(path.stem)[:120] or "sized"
    write_profile(parse_profile({"name": name, "workload": [dict(workload)]}, book), path, over=options.force)
    tell(f"written to {path}")
