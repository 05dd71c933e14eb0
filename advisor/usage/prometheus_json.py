"""The answer of Prometheus to `query_range`, read sample by sample: one line of gigabytes takes no more memory."""

import json
import re
from collections.abc import Callable, Iterator

from advisor.usage.cells import number_in
from advisor.usage.columns import UTILIZATION, plain
from advisor.usage.sample_rows import OTHER_METRIC, device_of, scale_of
from advisor.usage.tally import FileCounts, Tally

_NEXT = re.compile(r'"(metric|values|value)"\s*:\s*(?=[\[{])')
_PAIR = re.compile(r'\s*\[\s*([^\[\],"]{1,40}),\s*"([^"\\]{0,40})"\s*\]\s*([,\]])')
_NEXT_SAMPLE = re.compile(r",\s*(?=\[\s*\d)|(?=\]\s*\})")  # or, empty, the end of the list
_LONGEST = 1 << 20  # characters of the labels of one series
_ENOUGH = 400  # characters in which a sample must end
Report = Callable[[int, str], None]


class _Text:
    """Text that comes in pieces: `at` is the place reached, and what lies before it is dropped."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces, self.text, self.at, self.line, self.ended = pieces, "", 0, 1, False

    def more(self) -> bool:
        """Add a piece; whether there was one."""
        piece = next(self._pieces, None)
        if piece is None:
            self.ended = True
            return False
        self.line += self.text.count("\n", 0, self.at)
        self.text, self.at = self.text[self.at :] + piece.decode("utf-8", "replace"), 0
        return True

    @property
    def line_here(self) -> int:
        return self.line + self.text.count("\n", 0, self.at)


def read_answer(
    pieces: Iterator[bytes], tally: Tally, counts: FileCounts, report: Report, step: Callable[[], None]
) -> None:
    """Count every sample of a file.

    Args:
        pieces: its content.
        tally: the sums.
        counts: what was read of the file.
        report: of what cannot be read.
        step: called now and then, for a progress bar.
    """
    text, labels = _Text(pieces), dict[str, str]()
    while text.more():
        step()
        while (found := _NEXT.search(text.text, text.at)) is not None:
            text.at = found.end()
            if found[1] == "metric":
                labels = _labels(text, report)
            elif found[1] == "values":
                _samples(text, labels, tally, counts, report, step)
            else:
                report(text.line_here, "a single point in time; query_range returns many")
        text.at = max(text.at, len(text.text) - 20)  # a name may go on in the next piece


def _labels(text: _Text, report: Report) -> dict[str, str]:
    """The labels of a series, which begin here; none where they cannot be read."""
    while True:
        try:
            found, end = json.JSONDecoder().raw_decode(text.text, text.at)
        except (ValueError, RecursionError):
            if len(text.text) - text.at < _LONGEST and text.more():
                continue
            report(text.line_here, "labels that cannot be read")
            return {}
        text.at = end
        return {name: str(value) for name, value in found.items()}


def _samples(
    text: _Text, labels: dict[str, str], tally: Tally, counts: FileCounts, report: Report, step: Callable[[], None]
) -> None:
    """Every sample of a series, whose list begins here."""
    name = labels.get("__name__", "")
    other = bool(name) and plain(name) not in UTILIZATION
    scale, (model, device) = scale_of(name), device_of(labels, counts.path)
    text.at += 1
    while True:
        pair = _PAIR.match(text.text, text.at)
        if pair is None:
            if len(text.text) - text.at < _ENOUGH and text.more():
                step()
                continue
            if text.text[text.at :].lstrip()[:1] == "]":
                return
            if not _skip_broken(text, counts, report):
                return
            continue
        text.at = pair.end()
        counts.rows += 1
        if other:
            counts.left_out[OTHER_METRIC] += 1
        else:
            _count(pair, scale, model, device, tally, counts, text, report)
        if pair[3] == "]":
            return


def _count(
    pair: re.Match[str], scale: float, model: str, device: str, tally: Tally, counts: FileCounts, text: _Text,
    report: Report,
) -> None:  # fmt: skip
    try:
        share = number_in(pair[2], "utilization") / scale
        tally.sample(model, device, tally.clock.seconds(pair[1].strip()), share)
        counts.used += 1
    except ValueError as error:
        report(text.line_here, str(error))


def _skip_broken(text: _Text, counts: FileCounts, report: Report) -> bool:
    """Go on at the next sample behind a broken one; False where the list or the file ends."""
    counts.rows += 1
    report(text.line_here, "a sample that is not a pair of a time and a value")
    while (after := _NEXT_SAMPLE.search(text.text, text.at)) is None:
        text.at = max(text.at, len(text.text) - _ENOUGH)
        if not text.more():
            return False
    text.at = after.end()
    return bool(after[0])
