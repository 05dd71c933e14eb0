"""What recording every read of the assumptions would cost, and how far the recorded inputs are from the declared ones.

The measurement behind `docs/decisions/0004-lineage-by-hand.md`. `python -m tests.benchmarks.recorded_lineage`.
"""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as the program does

import dataclasses
import time
from collections.abc import Callable
from typing import Any

from advisor.costing.line_writer import LineWriter
from advisor.decision.cost_options import cost_options
from advisor.market.assumptions import SECTION_TYPES, GpuPrices
from advisor.market.price_book import built_in_book
from advisor.profiles.store import load_profile, sample_entries
from advisor.values.kept import forget


def field_names(kind: Any) -> frozenset[str]:
    """The figures of a section of the assumptions."""
    return frozenset(field.name for field in dataclasses.fields(kind))


RUNS, ROUNDS = 100, 6
SECTIONS = {**SECTION_TYPES, "gpu": GpuPrices}
FIGURES = {f"{section}.{name}" for section, kind in SECTIONS.items() for name in field_names(kind)}
BOOK = built_in_book()
PROFILE = next(load_profile(entry.path, BOOK) for entry in sample_entries() if entry.name == "cluster-64")


def record_into(reads: set[str]) -> Callable[[], None]:
    """Record the id of every figure that is read, as an attribute hook on the sections; returns what undoes it."""
    for section, kind in SECTIONS.items():
        names = field_names(kind)

        def read(self: Any, name: str, section: str = section, names: frozenset[str] = names) -> Any:
            if name in names:
                reads.add(f"{section}.{name}")
            return object.__getattribute__(self, name)

        type.__setattr__(kind, "__getattribute__", read)

    def undo() -> None:
        for kind in SECTIONS.values():
            type.__delattr__(kind, "__getattribute__")

    return undo


def fastest_ms() -> float:
    """The fastest of many expected answers, processor time."""
    found = []
    for _ in range(RUNS):
        began = time.process_time()
        cost_options(PROFILE, BOOK)
        found.append(time.process_time() - began)
    return 1e3 * min(found)


def declared_and_recorded(reads: set[str]) -> list[tuple[set[str], set[str], set[str]]]:
    """For each line the book's figures it declares, those read since the line before it, and all read so far."""
    lines: list[tuple[set[str], set[str], set[str]]] = []
    add, so_far = LineWriter.add, set[str]()

    def watched(self: LineWriter, component: str, *args: Any, depends_on: tuple[str, ...], **more: Any) -> None:
        ids = {name.replace(PROFILE.workload[0].gpu, "gpu").split("_term_discount")[0] for name in depends_on}
        so_far.update(reads)
        lines.append(({name for name in ids if name in FIGURES}, set(reads), set(so_far)))
        reads.clear()
        add(self, component, *args, depends_on=depends_on, **more)

    LineWriter.add = watched  # type: ignore[method-assign]  # only while one answer is watched
    forget()
    reads.clear()
    cost_options(PROFILE, BOOK)
    LineWriter.add = add  # type: ignore[method-assign]
    return lines


def main() -> None:
    """Print both times and the differences."""
    plain, recorded, reads = [], [], set[str]()
    for _ in range(ROUNDS):
        plain.append(fastest_ms())
        undo = record_into(reads)
        recorded.append(fastest_ms())
        undo()
    undo = record_into(reads)
    lines = declared_and_recorded(reads)
    undo()
    without, with_ = min(plain), min(recorded)
    print(f"expected answer: {without:.2f} ms, with recorded reads {with_:.2f} ms ({with_ / without - 1:+.1%})")
    for what, at in (("since the line before", 1), ("since the answer began", 2)):
        lacking = sum(not line[0] <= line[at] for line in lines)
        others = sum(not line[at] <= line[0] for line in lines)
        same = sum(line[0] == line[at] for line in lines)
        print(
            f"reads {what}: of {len(lines)} lines {lacking} lack a declared input, {others} have others, {same} agree"
        )


if __name__ == "__main__":
    main()
