"""Rows of samples: logs of nvidia-smi, tables of DCGM metrics, and Grafana's tables with a column for each GPU."""

import re
from collections.abc import Mapping, Sequence

from advisor.usage.cells import Cells, Reader, Row, number_in
from advisor.usage.columns import DEVICE_LABELS, UTILIZATION, plain
from advisor.usage.tally import Tally

_SERIES = re.compile(r"\s*([A-Za-z_:][\w:]*)?\s*(?:\{(.*)\})?\s*", re.S)
_LABEL = re.compile(r'(\w+)\s*=\s*"((?:[^"\\]|\\.)*)"')
_GPU_COLUMN = re.compile(r"gpu[ _-]?\d+", re.I)
_UUID = re.compile(r"(?:GPU|MIG)-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.I)
_PERCENT = 100.0
OTHER_METRIC, EMPTY = "other metrics", "empty cells"


def smi_reader(cells: Cells, tally: Tally, file: str) -> Reader:
    """Reads a log of nvidia-smi. file: tells GPUs of different machines apart where they have no UUID."""
    seconds, pick = tally.clock.in_order(), cells.picker("time", "share", "device", "index", "model")

    def read(row: Row) -> str:
        time_text, share_text, device, index, model = pick(row)
        time, share = seconds(time_text), number_in(share_text, "utilization") / _PERCENT
        tally.sample(model, device or f"{file}|{index}", time, share)
        return ""

    return read


def dcgm_reader(cells: Cells, tally: Tally, file: str, share_name: str) -> Reader:
    """Reads a table of DCGM metrics, a row for each GPU and time. share_name: the column of utilization; where it is
    `value`, another column may name the metric."""
    seconds = tally.clock.in_order()
    pick = cells.picker("metric", "share", "device", "host", "index", "part", "time", "model")
    named, own_scale = share_name == "value" and cells.has("metric"), scale_of(share_name)

    def read(row: Row) -> str:
        metric, share_text, device, host, index, part, time_text, model = pick(row)
        scale = UTILIZATION.get(plain(metric)) if named else own_scale
        if scale is None:
            return OTHER_METRIC
        share, time = number_in(share_text, "utilization") / scale, seconds(time_text)
        tally.sample(model, f"{device or f'{file}|{host}|{index}'}|{part}", time, share)
        return ""

    return read


def device_of(labels: Mapping[str, str], file: str) -> tuple[str, str]:
    """The model and a name of its own for the GPU that a Prometheus series is about."""
    by_name = {name.lower(): value for name, value in labels.items()}

    def label(role: str) -> str:
        return next((by_name[name] for name in DEVICE_LABELS[role] if by_name.get(name)), "")

    own = label("device") or f"{file}|{label('host')}|{label('index')}"
    return label("model"), f"{own}|{label('part')}"


def scale_of(metric: str) -> float:
    """What a metric's values are a share of; per cent for an expression without a name."""
    return UTILIZATION.get(plain(metric), _PERCENT)


def is_grafana(header: Sequence[str]) -> bool:
    """Whether a table has the time first and then columns of GPUs."""
    return plain(header[0]) in ("time", "timestamp") and any(_series_of(name, "") for name in header[1:])


def grafana_reader(header: Sequence[str], tally: Tally, file: str) -> Reader:
    """Reads a table with the time first and a column for each GPU."""
    columns = [_series_of(name, file) for name in header[1:]]

    seconds = tally.clock.in_order()

    def read(row: Row) -> str:
        time, found = seconds(row[0]), False
        for text, column in zip(row[1:], columns, strict=True):
            if column is not None and text.strip() not in ("", "null", "NaN"):
                model, device, scale = column
                tally.sample(model, device, time, number_in(text.strip(), "utilization") / scale)
                found = True
        return "" if found else EMPTY

    return read


def _series_of(name: str, file: str) -> tuple[str, str, float] | None:
    """The model, the device and the scale of a column; None for one that is about no GPU."""
    match, own = _SERIES.fullmatch(name), name.strip()
    metric, text = match.groups() if match else (None, None)
    labels = {"uuid": own} if _UUID.fullmatch(own) else dict(_LABEL.findall(text or ""))
    if metric is not None and plain(metric) not in UTILIZATION and not _GPU_COLUMN.fullmatch(own):
        return None
    if not labels and not _GPU_COLUMN.fullmatch(own):
        return None
    model, device = device_of(labels, file) if labels else ("", f"{file}|{own}")
    return model, device, scale_of(metric or "")
