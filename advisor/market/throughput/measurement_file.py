"""The user's own measurements of serving: the JSON of `vllm bench serve`, and the tables of NVIDIA aiconfigurator."""

import csv
import json
import math
from collections.abc import Mapping
from io import StringIO
from pathlib import Path
from typing import Any

from advisor.errors import InputError
from advisor.files.atomic import read_file
from advisor.files.toml_document import decoded
from advisor.market.gpu_names import name_parts
from advisor.values.quick_dataclass import dataclass

_WHAT = "the JSON of `vllm bench serve --save-result`, or a table (CSV) of aiconfigurator"
_VLLM = ("completed", "total_input_tokens", "total_output_tokens", "output_throughput")
_TABLE = ("isl", "osl", "tokens/s/gpu")
_SYSTEMS = ("system", "(d)system")  # the column of the GPU, in tables of one and of separate workers


@dataclass(frozen=True)
class OwnMeasurement:
    """What one GPU served: tokens read and written in a request, and tokens written in a second."""

    tokens_in: float
    tokens_out: float
    output_tokens_per_second: float


def read_measurement(path: Path, gpu: str, gpus: int) -> OwnMeasurement:
    """The measurement in a file.

    Args:
        path: of the file.
        gpu: id of the GPU, which must be that of a table.
        gpus: GPUs behind the result of `vllm bench serve`, which does not say; a table says it per GPU.

    Raises:
        InputError: The file is neither, has no measurement, or one of another GPU.
    """
    text = decoded(read_file(path, _WHAT), path, _WHAT)
    return _of_vllm(text, path, gpus) if text.lstrip().startswith("{") else _of_table(text, path, gpu)


def _of_vllm(text: str, path: Path, gpus: int) -> OwnMeasurement:
    try:
        raw = json.loads(text)
    except (ValueError, RecursionError):
        raise InputError(str(path), "broken JSON", _WHAT) from None
    completed, read, written, rate = (_number(raw, name, path) for name in _VLLM)
    return OwnMeasurement(read / completed, written / completed, rate / gpus)


def _of_table(text: str, path: Path, gpu: str) -> OwnMeasurement:
    """The best row of the GPU: tables are sorted by throughput, and may hold several."""
    try:
        table = list(csv.DictReader(StringIO(text)))
    except csv.Error:
        table = []
    if not table or any(name not in table[0] for name in _TABLE):
        raise InputError(str(path), f"no columns {', '.join(_TABLE)}", _WHAT)
    found = [(_system(row), row) for row in table]
    mine = [row for system, row in found if not system or _alike(system, gpu)]
    if not mine:
        raise InputError(str(path), f"the GPU {found[0][0][:40]!r}", f"rows of {gpu}")
    best = max(mine, key=lambda row: _number(row, "tokens/s/gpu", path))
    read, written, rate = (_number(best, name, path) for name in _TABLE)
    return OwnMeasurement(read, written, rate)


def _system(row: Mapping[str, Any]) -> str:
    return next((str(row[name]) for name in _SYSTEMS if row.get(name)), "")


def _alike(system: str, gpu: str) -> bool:
    """Whether `h100_sxm` is the GPU `H100-SXM`; `gb200` is the `GB200-NVL72`, the only one of that name."""
    mine, theirs = name_parts(gpu), name_parts(system)
    return theirs <= mine or mine <= theirs


def _number(raw: Any, name: str, path: Path) -> float:
    value = raw.get(name) if isinstance(raw, Mapping) else None
    try:
        number = math.nan if isinstance(value, bool) or value is None else float(value)
    except (TypeError, ValueError):
        number = math.nan
    if not 0 < number < math.inf:
        raise InputError(f"{path}: {name}", "nothing" if value is None else repr(value)[:40], "a number above 0")
    return number
