"""`gpu-advisor size`: the GPUs, nodes and days that a model needs, and the inputs they depend on."""

from argparse import ArgumentTypeError, Namespace
from datetime import date
from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING

from advisor.cli.argument_types import length, number, whole_number
from advisor.cli.parser import Parser, Request, Tell, load_book
from advisor.cli.sized_profile import (
    add_cluster_arguments,
    answer_by_flops,
    list_price,
    priced,
    workload_of,
    write_workload,
)
from advisor.errors import InputError
from advisor.formatting import figure_range, figure_text, one_line, plural, short_count, usd
from advisor.profiles.limits import MAX_NODES, MAX_PLAN_MONTHS

if TYPE_CHECKING:
    from advisor.market.price_book import Gpu, PriceBook
    from advisor.market.provenance import Provenance
    from advisor.profiles.serving.monthly_bills import MonthlyBills
    from advisor.profiles.sizing import Model, ModelWork, ServingSize, Size

KINDS = ("pre-train", "fine-tune", "inference")
PRECISIONS = ("bf16", "fp8", "fp4")
_ONLY_SERVING = ("tokens_in", "tokens_out", "first_token", "next_token", "measured", "measured_gpus")
_LEAST_PARAMETERS, _MOST_PARAMETERS, _MOST_TOKENS = 1e6, 1e15, 1e18  # who types 70 means 70B


def add_arguments(parser: Parser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("--params", type=_parameters, metavar="N", help="parameters: 7e9, 7B, 405B")
    parser.add_argument(
        "--tokens",
        type=_tokens,
        metavar="N",
        help="tokens trained on, over all epochs: 1e12, 1T; for inference those of a month, input and output",
    )
    parser.add_argument("--gpu", default="H100-SXM", metavar="GPU", help="the GPU, by the book's name (H100-SXM)")
    parser.add_argument("--kind", choices=KINDS, default="pre-train", help="the kind of work (pre-train)")
    parser.add_argument("--lora", action="store_true", help="fine-tune small adapters, with the weights frozen")
    busy, months = number(0, 1, above=True), length(0, MAX_PLAN_MONTHS)
    nodes = whole_number(1, MAX_NODES, "a whole number of nodes")
    parser.add_argument("--busy", type=busy, metavar="SHARE", help="utilization of the GPUs, 0 to 1 (the book's)")
    parser.add_argument("--nodes", type=nodes, metavar="N", help="also how long N nodes take")
    parser.add_argument("--months", type=months, metavar="N", help="also how many nodes finish in N months")
    parser.add_argument("--active", type=_parameters, metavar="N", help="parameters used for a token (all of them)")
    add_cluster_arguments(parser)
    _add_serving_arguments(parser)


def _add_serving_arguments(parser: Parser) -> None:
    serving = parser.adder_under("for --kind inference")
    seconds, gpus = number(0, 3600, above=True), whole_number(1, 1024, "a whole number of GPUs")
    serving("--precision", choices=PRECISIONS, default="bf16", help="of the weights (bf16)")
    serving("--tokens-in", type=_tokens, metavar="N", help="tokens read in a request (the book's)")
    serving("--tokens-out", type=_tokens, metavar="N", help="tokens written in a request (the book's)")
    serving(
        "--first-token",
        type=seconds,
        metavar="S",
        help="seconds to the first token, of 99 in 100 requests (the book's)",
    )
    serving("--next-token", type=seconds, metavar="S", help="seconds to each further token (the book's)")
    serving(
        "--measured",
        metavar="N|FILE",
        help="your own measurement: tokens written a second by one GPU at full load, the result of `vllm bench serve`, "
        "or a table of aiconfigurator",
    )
    serving("--measured-gpus", type=gpus, metavar="N", help="GPUs behind the result of `vllm bench serve` (1)")


def _amount(text: str, least: float, most: float, what: str) -> float:
    from advisor.profiles.form.typed_number import without_commas
    from advisor.profiles.model_text import parse_amount

    try:
        amount = parse_amount(without_commas(text))
    except ValueError:
        amount = 0.0
    if not least <= amount <= most:
        bounds = f"from {least:g} to {most:g}" if least > 1 else f"up to {most:g}"
        raise ArgumentTypeError(f"{text[:40]!r} is not a number of {what} such as 7e9 or 7B, {bounds}")
    return amount


def _parameters(text: str) -> float:
    return _amount(text, _LEAST_PARAMETERS, _MOST_PARAMETERS, "parameters")


def _tokens(text: str) -> float:
    return _amount(text, 1, _MOST_TOKENS, "tokens")


def answer(request: Request, tell: Tell) -> str:
    """The size, as text or JSON. Raises InputError."""
    from advisor.market.provenance import of_figure
    from advisor.profiles.serving.monthly_bills import monthly_bills
    from advisor.profiles.sizing import size_of_model

    options, book = request.options, load_book(request)
    gpu = book.gpu(options.gpu, "--gpu")
    if options.pflops is not None:
        return answer_by_flops(request, gpu, book, tell)
    if options.params is None or options.tokens is None:
        raise InputError("size", "no work", "--params and --tokens, or --pflops")
    model = _model(options, gpu, book)
    if options.months is not None and model.work == "serve":
        raise InputError("--months", "a length with --kind inference", "--nodes: serving does not end")
    size = size_of_model(model, book, gpu.id, options.months, options.nodes)
    figures = [of_figure(path, book.figure(path), book, date.today()) for path in _depends_on(size, options)]
    if options.write is not None:
        hours = float(book.assumptions(gpu.id).rental.hours_per_month)
        write_workload(workload_of(model, size, options, gpu, hours), options, book, tell)
    bills = None if size.serving is None else monthly_bills(model, size.serving, list_price(gpu), book)
    if request.as_json:
        from advisor.reports.formats.size_json import size_json

        usd = size.gpu_hours * list_price(gpu)
        return size_json(model, size, gpu.id, usd, bills, figures, options.kind, lora=options.lora)
    return (
        "\n".join(map(one_line, _lines(model, size, gpu, bills, figures, asked_nodes=options.nodes is not None))) + "\n"
    )


def _model(options: Namespace, gpu: "Gpu", book: "PriceBook") -> "Model":
    from advisor.market.throughput.measurements import TokenLimits
    from advisor.market.throughput.roofline import Request as Tokens
    from advisor.profiles.sizing import Model

    if options.lora and options.kind != "fine-tune":
        raise InputError("--lora", f"--kind {options.kind}", "only with --kind fine-tune")
    work: ModelWork = "serve" if options.kind == "inference" else "adapt" if options.lora else "train"
    busy = options.busy if options.busy is not None else book.figure(_busy_path(options)).value
    if options.active is not None and options.active > options.params:
        raise InputError(
            "--active", f"{short_count(options.active)} parameters", f"at most --params, {short_count(options.params)}"
        )
    if work != "serve":
        _refuse_serving_options(options)
        return Model(work, options.params, options.tokens, busy, options.active)
    tokens = _tokens_of_request(options, book)
    measured, tokens = _measurement(options, gpu, tokens)
    request, limits = None if tokens is None else Tokens(*tokens), None
    if options.first_token is not None or options.next_token is not None:
        limits = TokenLimits(options.first_token, options.next_token, own=True)
    return Model(
        work, options.params, options.tokens, busy, options.active, options.precision, request, measured, limits
    )


def _refuse_serving_options(options: Namespace) -> None:
    for name in _ONLY_SERVING:
        if getattr(options, name) is not None:
            raise InputError(f"--{name.replace('_', '-')}", f"--kind {options.kind}", "only with --kind inference")
    if options.precision != PRECISIONS[0]:
        raise InputError("--precision", f"--kind {options.kind}", "only with --kind inference")


def _tokens_of_request(options: Namespace, book: "PriceBook") -> tuple[float, float] | None:
    """The tokens read and written in a request; None where neither was given."""
    if options.tokens_in is None and options.tokens_out is None:
        return None
    given = {"in": options.tokens_in, "out": options.tokens_out}
    read, written = (book.figure(f"sizing.serving_tokens_{way}").value if n is None else n for way, n in given.items())
    return read, written


def _measurement(
    options: Namespace, gpu: "Gpu", tokens: tuple[float, float] | None
) -> tuple[float | None, tuple[float, float] | None]:
    """The user's own throughput of one GPU, and the tokens of a request, which a file knows too."""
    from advisor.market.throughput.measurement_file import read_measurement

    if options.measured is None:
        if options.measured_gpus is not None:
            raise InputError("--measured-gpus", "no --measured", "only with --measured FILE")
        return None, tokens
    try:
        return number(0, 1e9, above=True)(options.measured), tokens
    except ArgumentTypeError:
        found = read_measurement(Path(options.measured), gpu.id, options.measured_gpus or 1)
    if tokens is not None and tokens != (found.tokens_in, found.tokens_out):
        asked = f"{tokens[0]:g} tokens in and {tokens[1]:g} out"
        raise InputError(options.measured, f"{found.tokens_in:g} in and {found.tokens_out:g} out", asked)
    return found.output_tokens_per_second, (found.tokens_in, found.tokens_out)


def _busy_path(options: Namespace) -> str:
    return f"plan.busy_{options.kind.replace('-', '_')}_share"


def _depends_on(size: "Size", options: Namespace) -> list[str]:
    return [*size.depends_on, *([] if options.busy is not None else [_busy_path(options)])]


def _lines(
    model: "Model",
    size: "Size",
    gpu: "Gpu",
    bills: "MonthlyBills | None",
    figures: "list[Provenance]",
    *,
    asked_nodes: bool,
) -> list[str]:
    """asked_nodes: whether a number of nodes was asked about; else a service within one is told in GPUs alone."""
    verb = {"train": "Train", "adapt": "Fine-tune adapters of", "serve": "Serve"}[model.work]
    per = " a month" if model.work == "serve" else ""
    hours = f"{size.gpu_hours:,.0f} GPU-hours{per}"
    if size.gpu_hours_low < size.gpu_hours_high:
        why = "the share of peak FLOP/s reached" if size.serving is None else _range_from(model)
        hours += f", {size.gpu_hours_low:,.0f} to {size.gpu_hours_high:,.0f} by {why}"
    each = "GPU" if size.gpus == 1 else "GPUs"
    nodes = "node" if size.least_nodes == 1 else "nodes"
    return [
        f"{verb} {short_count(model.parameters)} parameters on {short_count(model.tokens)} tokens{per}, {gpu.label}",
        "",
        f"  {hours}",
        f"  {priced(size, gpu)}",
        f"  {size.memory_gb:,.0f} GB and working memory: at least {size.gpus:,} {each}, {size.least_nodes:,} {nodes}",
        *([] if size.serving is None else _serving_lines(model, size.serving)),
        *([] if bills is None else [_bills_line(bills)]),
        *(_plan_lines(model, size) if bills is None or asked_nodes or size.needed_nodes != 1 else []),
        "",
        "Depends on (`gpu-advisor market --figure ID` shows the source)",
        *(line for figure in figures for line in _figure_lines(figure)),
    ]


def _bills_line(bills: "MonthlyBills") -> str:
    api = "" if bills.api_usd is None else f"; as a hosted API: {usd(bills.api_usd)} a month"
    return f"  up in all hours: {usd(bills.always_up_usd)} a month on demand{api}"


def _range_from(model: "Model") -> str:
    return "throughput" if model.request else "throughput and tokens a request"


def _serving_lines(model: "Model", serving: "ServingSize") -> list[str]:
    """Replicas, their utilization, and where the throughput is from."""
    replica, found, request = serving.replica_gpus, serving.throughput, serving.request
    gpus = serving.replicas * replica
    spread = f" ({found.low:,.0f} to {found.high:,.0f})" if found.low < found.high else ""
    shape = f"{request.tokens_in:,.0f} tokens in, {request.tokens_out:,.0f} out"
    if found.own:
        source = "your own measurement"
    else:
        near = found.rows[0]
        row = f"{near.model_name} {near.model.precision.upper()} on {near.gpu}"
        tokens = f"{near.request.tokens_in:,.0f} in, {near.request.tokens_out:,.0f} out"
        source = (
            f"{near.kind}: {row}" if found.measured else f"between {len(found.rows)} rows, the nearest {row}, {tokens}"
        )
    return [
        f"  {serving.gpus_at_full_load:,.1f} GPUs at full load; {gpus:,} for {serving.replicas:,} "
        f"{plural('replica', serving.replicas)} of {replica}, {serving.busy:.0%} busy, "
        f"{serving.peak_busy:.0%} at the peak",
        *wrap(
            f"{found.output_tokens_per_second:,.0f} tokens a second{spread} written by each GPU at full load, {shape}, "
            f"{model.precision.upper()}; {source}; {found.latency}",
            77, initial_indent="  ", subsequent_indent="    ",
        ),
    ]  # fmt: skip


def _plan_lines(model: "Model", size: "Size") -> list[str]:
    serving = model.work == "serve"
    head = f"{'busy':>9}" if serving else f"{'days':>9}{'months':>9}   busy {model.busy:.0%} of the time"
    lines = ["", f"  {'nodes':>7}{'GPUs':>9}{head}"]
    for plan in size.plans:
        mark = ">" if plan.nodes == size.needed_nodes else " "
        too_few = "  too few" if plan.busy > 1 else ""
        months = "" if plan.months is None else f"{plan.months:.{1 if plan.months >= 1 else 2}f}"
        cells = f"{plan.busy:>9.0%}{too_few}" if serving else f"{plan.days:>9,.1f}{months:>9}"
        lines.append(f" {mark}{plan.nodes:>7,} {plan.gpus:>8,}{cells}")
    return lines


def _figure_lines(figure: "Provenance") -> list[str]:
    assert figure.value is not None
    value = figure_text(figure.value, figure.unit)
    spread = "" if figure.own else figure_range(figure.low, figure.high, figure.unit)
    n = "your own" if figure.own else f"n = {figure.n}{', thin' if figure.thin else ''}"
    details = "; ".join(part for part in (figure.date, figure.title, figure.note) if part and not figure.own)
    return [
        f"  {figure.id}: {', '.join(part for part in (value, spread, n) if part)}",
        *wrap(details, 75, initial_indent="      ", subsequent_indent="      "),
    ]
