"""Reads files of usage, each in its own format, into one tally."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from advisor.errors import InputError
from advisor.files.line_stream import LineStream, lines_of, open_stream
from advisor.formatting import cut, one_line
from advisor.market.price_book import PriceBook
from advisor.usage.bill_rows import cur_reader, focus_reader
from advisor.usage.cells import Cells, Reader
from advisor.usage.clock import Clock
from advisor.usage.columns import FORMATS, Format, places_of, plain, recognized
from advisor.usage.job_rows import consumption_reader, slurm_reader, workloads_reader
from advisor.usage.prometheus_json import read_answer
from advisor.usage.sample_rows import dcgm_reader, grafana_reader, is_grafana, smi_reader
from advisor.usage.table_rows import Table, table_of
from advisor.usage.tally import FileCounts, Tally, whole_span
from advisor.values.quick_dataclass import dataclass

Progress = Callable[[int, int], None]  # megabytes read, of all
_WHAT = "a file of usage: " + ", ".join(one.label for one in FORMATS) + ", or a Prometheus answer to query_range"
_OTHER_FILES = {b"PAR1": "a Parquet file", b"PK\x03\x04": "a zip file", b"%PDF": "a PDF file"}
_MEGABYTE = 1 << 20
_STEPS = 1 << 13  # rows between two looks at the progress
PROMETHEUS, GRAFANA = "Prometheus query_range", "Grafana table"


@dataclass(frozen=True)
class Window:
    """Which part of the rows counts, in seconds since 1970. named: whether both ends were asked for."""

    since: float
    until: float
    named: bool = False


def everything() -> Window:
    """The window in which every row counts."""
    return Window(*whole_span())


def read_usage(
    paths: Sequence[Path], book: PriceBook, clock: Clock, window: Window, progress: Progress | None = None
) -> tuple[Tally, tuple[FileCounts, ...]]:
    """Read all files, in memory that does not grow with them.

    Args:
        paths: the files; plain text or gzip.
        book: names the GPUs.
        clock: reads the times.
        window: what counts.
        progress: called with the megabytes read and their total; None for no progress.

    Returns:
        The sums, and what was read of each file.

    Raises:
        InputError: for a file that cannot be opened, or is in no known format.
    """
    tally = Tally(book, clock, window.since, window.until)
    sizes = [path.stat().st_size if path.is_file() else 0 for path in paths]
    total, before, files = max(1, sum(sizes) // _MEGABYTE), 0, []
    for path, size in zip(paths, sizes, strict=True):
        with open_stream(path, _WHAT) as stream:

            def step(stream: LineStream = stream, before: int = before) -> None:
                if progress:
                    progress(min(total, (before + stream.position) // _MEGABYTE), total)

            try:
                files.append(_read_file(stream, tally, window, step))
            finally:
                if progress:
                    progress(total, total)  # removes the bar
        before += size
    tally.close()
    return tally, tuple(files)


def _read_file(stream: LineStream, tally: Tally, window: Window, step: Callable[[], None]) -> FileCounts:
    name = str(stream.path)
    counts = FileCounts(name, "")

    def report(line: int, reason: str) -> None:
        counts.broken += 1
        tally.faults.add(name, line, reason)

    pieces = stream.pieces()
    first = next(pieces, b"")
    if first.startswith(tuple(_OTHER_FILES)):
        raise InputError(name, _found(first, stream), _WHAT)
    if first.lstrip()[:1] in (b"{", b"["):
        _read_json(first, pieces, tally, counts, report, step)
    else:
        table = table_of(lines_of(_with_first(first, pieces)), _is_header)
        if table is None:
            raise InputError(name, _found(first, stream), _WHAT)
        _read_table(table, tally, counts, window, report, step)
    if stream.damage:
        report(counts.rows + 1, stream.damage)
    return counts


def _is_header(cells: list[str]) -> bool:
    return recognized(cells)[0] is not None or is_grafana(cells)


def _with_first(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


def _found(first: bytes, stream: LineStream) -> str:
    if stream.damage:
        return stream.damage
    if not first.strip():
        return "an empty file"
    for beginning, kind in _OTHER_FILES.items():
        if first.startswith(beginning):
            return kind
    text = first.split(b"\n")[0].decode("utf-8", "replace")
    return f"no table that begins with {cut(one_line(text), 60)!r}"


def _read_json(
    first: bytes,
    pieces: Iterator[bytes],
    tally: Tally,
    counts: FileCounts,
    report: Callable[[int, str], None],
    step: Callable[[], None],
) -> None:
    counts.format = PROMETHEUS
    if b'"metric"' not in first and b'"result"' not in first:
        raise InputError(counts.path, "JSON of another kind", "the answer of Prometheus to query_range")
    read_answer(_with_first(first, pieces), tally, counts, report, step)
    if not counts.rows:
        raise InputError(counts.path, "no samples", "the answer of Prometheus to query_range, with values")


def _read_table(
    table: Table,
    tally: Tally,
    counts: FileCounts,
    window: Window,
    report: Callable[[int, str], None],
    step: Callable[[], None],
) -> None:
    counts.format, read = _reader_of(table.header, tally, counts.path, window)
    for number, row in table.rows(report):
        counts.rows += 1
        if not counts.rows % _STEPS:
            step()
        try:
            left_out = read(row)
        except ValueError as error:
            report(number, str(error))
            continue
        if left_out:
            counts.left_out[left_out] += 1
        else:
            counts.used += 1


def _reader_of(header: list[str], tally: Tally, file: str, window: Window) -> tuple[str, Reader]:
    """How the rows of a table are read, and the format's name. Raises InputError for an unknown one."""
    found, missing = recognized(header)
    if found is None:
        if is_grafana(header):
            return GRAFANA, grafana_reader(header, tally, file)
        names = ", ".join(cut(one_line(name), 30) for name in header[:6])
        raise InputError(file, f"a table with the columns {names}", _WHAT)
    if missing:
        names = ", ".join(found.columns[role][0] for role in missing)
        raise InputError(file, f"{found.label} without {names}", found.how)
    return found.label, _reader(found, header, tally, file, window)


def _reader(found: Format, header: list[str], tally: Tally, file: str, window: Window) -> Reader:
    cells = Cells(places_of(found, header))
    if found.id == "runai-consumption":
        if not cells.has("day") and not window.named:
            raise InputError(file, "a consumption report without dates", "--from and --to, its period")
        return consumption_reader(cells, tally, (window.since, window.until) if window.named else None)
    if found.id == "nvidia-smi":
        return smi_reader(cells, tally, file)
    if found.id == "dcgm":
        names = {plain(name) for name in header}
        return dcgm_reader(cells, tally, file, next(name for name in found.columns["share"] if name in names))
    readers = {"slurm": slurm_reader, "runai-workloads": workloads_reader, "focus": focus_reader, "cur": cur_reader}
    return readers[found.id](cells, tally)
