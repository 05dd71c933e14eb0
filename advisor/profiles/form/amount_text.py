"""The amount of work as one line of a form: `64`, `12 gpus`, `4000 gpu-h`, `38 runs 0.29 h 4 gpus`, `8 8 16 32`.

`typed_amount` reads it again.
"""

from advisor.formatting import plural, short_count
from advisor.profiles.schema import Kind, Workload

_DECIMALS = 6
_OF_JOBS = "38 runs 0.29 h 4 gpus, 8 8 16 by month, 7B 1T trained"
_OF_SERVICES = "70B 400M tokens/day, 70B 20k users, 50k images/day 4 s"


def amount_examples(kind: Kind) -> str:
    """What may be typed in place of nodes for a kind of work."""
    return f"12 gpus, 4000 gpu-h, {_OF_SERVICES if kind == 'inference' else _OF_JOBS}"


def amount_text(workload: Workload) -> str:
    """Return the amount of work as it may be typed."""
    match workload.way:
        case "gpus":
            weeks = "" if workload.weeks_per_year is None else f" {_plain(workload.weeks_per_year)} weeks a year"
            text = f"{workload.gpus} {plural('gpu', workload.gpus or 0)}{weeks}"
        case "gpu_hours_per_month":
            most = "" if workload.gpus is None else f" {workload.gpus} gpus"
            text = f"{_plain(workload.gpu_hours_per_month)} gpu-h{most}"
        case "runs_per_week":
            hours = _plain(workload.hours_per_run)
            text = f"{_plain(workload.runs_per_week)} runs {hours} h {workload.gpus} gpus"
        case "nodes_by_month":
            text = _listed(workload.nodes_by_month)
        case "gpus_by_month":
            text = f"{_listed(workload.gpus_by_month)} gpus"
        case "load":
            text = " ".join(f"{gpus} gpus {_plain(100 * share)}%" for gpus, share in workload.load)
        case "serving":
            text = _service(workload)
        case "pflops":
            text = f"{_plain(workload.pflops)} pflops"
        case "training":
            text = _training(workload)
        case _:
            text = f"{workload.nodes:,}" if (workload.nodes or 0) >= 10_000 else f"{workload.nodes}"
    return text


def work_text(workload: Workload) -> str:
    """The amount of work, of which GPU, and for how long: `128 gpus · H100-SXM · 24 months`."""
    amount, nodes = amount_text(workload), workload.nodes
    unit = f" {plural('node', nodes)}" if nodes is not None and workload.way == "nodes" else ""
    return f"{amount}{unit} · {workload.gpu} · {workload.months:g} {plural('month', workload.months)}"


def _training(workload: Workload) -> str:
    """Parameters, those used for a token where they are fewer, and tokens, or the operations: `70B 2T 45% mfu`."""
    training = workload.training
    if training is None:
        return ""
    if training.flops is not None:
        return f"{training.flops:g} flops"
    amounts = (training.parameters, training.active_parameters, training.tokens)
    share = [] if training.share_of_peak is None else [f"{_plain(100 * training.share_of_peak)}% mfu"]
    words = [*(_scaled(one) for one in amounts if one is not None), *(["lora"] if training.adapters else []), *share]
    return " ".join(words)


def _service(workload: Workload) -> str:
    """The tokens or requests of a day and the model, or the GPU time of a request: `400M tokens/day 70B`,
    `50k images/day 4 s`."""
    serving = workload.serving
    if serving is None:
        return ""
    requests, each = serving.requests_per_day or 0.0, serving.requests_per_user_day
    users = _scaled(round(requests / each, _DECIMALS)) if each else ""
    if serving.gpu_seconds_per_request is not None:
        together = "" if serving.gpus_per_replica is None else f" on {serving.gpus_per_replica} gpus"
        price = serving.api_usd_per_request
        api = "" if price is None else f" or ${_plain(price)} each"
        seconds = _plain(serving.gpu_seconds_per_request)
        return (
            f"{users or _scaled(requests)} {'users' if users else serving.volume_unit}/day {seconds} s{together}{api}"
        )
    model = serving.model or _scaled(serving.parameters or 0.0)
    if users:
        return f"{model} {users} users"
    amount = serving.tokens_per_day or requests
    return f"{_scaled(amount)} {'tokens' if serving.tokens_per_day else 'requests'}/day {model}"


def _scaled(amount: float) -> str:
    """7e9 as 7B, 74000 as 74k."""
    thousands = amount / 1000
    if 10 <= thousands < 1000 and thousands.is_integer():
        return f"{thousands:g}k"
    return short_count(amount).replace(",", "")


def _plain(number: float | None) -> str:
    return f"{number or 0:.{_DECIMALS}f}".rstrip("0").rstrip(".")


def _listed(by_month: tuple[int, ...]) -> str:
    return " ".join(str(number) for number in by_month)
