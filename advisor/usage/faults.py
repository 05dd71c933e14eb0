"""Rows that could not be read: counted by what is wrong, and the first of them named."""

from collections import Counter

from advisor.values.quick_dataclass import dataclass

NAMED = 5  # rows of a run that are named


@dataclass(frozen=True)
class Fault:
    """One row that could not be read. file: its name; line: counted from 1."""

    file: str
    line: int
    reason: str


class Faults:
    """All rows of a run that could not be read. counts: by reason; named: the first few."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.named: list[Fault] = []

    def add(self, file: str, line: int, reason: str) -> None:
        """Count a row, and name it if it is among the first."""
        self.counts[reason] += 1
        if len(self.named) < NAMED:
            self.named.append(Fault(file, line, reason))

    @property
    def total(self) -> int:
        """How many there are."""
        return self.counts.total()
