"""Memo -> Markdown (CommonMark with tables). Text is data: every character that would be markup is escaped."""

import re
from collections.abc import Iterable, Iterator

from advisor.formatting import one_line
from advisor.reports.document import Block, Facts, Grid, Listing, Memo, Picture, Points, Prose, Section

_MARKUP = re.compile(r"[\\`*\[<#|~]|(?<![^\W_])_|_(?![^\W_])|&(?=[#A-Za-z])|(?<=www)\.|:(?=//)", re.IGNORECASE)
_BLOCK_START = re.compile(r"^(?:([-+=>])|(\d+)(?=[.)](?:\s|$)))")


def markdown(memo: Memo) -> str:
    """Return the memo as Markdown. Pictures are left out: their tables have the same figures."""
    return "\n".join(_lines(memo)).rstrip() + "\n"


def escaped(text: str) -> str:
    """Escape text so that Markdown shows it literally within a line."""
    return _MARKUP.sub(lambda found: "\\" + found[0], " ".join(one_line(text).split()))


def _at_start(text: str) -> str:
    """Escape text that starts a line, so that it does not become a list, a heading or a quotation."""
    return _BLOCK_START.sub(lambda found: "\\" + found[1] if found[1] else found[2] + "\\", escaped(text))


def _lines(memo: Memo) -> Iterator[str]:
    yield from (f"# {escaped(memo.title)}", "", _at_start(memo.subtitle), "")
    if memo.headline:
        yield from (f"**{escaped(memo.headline)}**", "")
    yield from _block(Points(memo.summary))
    for section in (*memo.first_page, *memo.sections):
        yield from _section(section, "##")
    if memo.appendix:
        yield from ("## Appendix", "")
    for section in memo.appendix:
        yield from _section(section, "###")


def _section(section: Section, mark: str) -> Iterator[str]:
    yield from (f"{mark} {escaped(section.title)}", "")
    for block in section.blocks:
        yield from _block(block)


def _block(block: Block) -> Iterator[str]:
    """The lines of a block, followed by a blank line."""
    match block:
        case Prose(text):
            yield from (_at_start(text), "")
        case Points(items, numbered) if items:
            yield from (f"{f'{at}.' if numbered else '-'} {_at_start(item)}" for at, item in enumerate(items, 1))
            yield ""
        case Facts(rows):
            yield from (f"- **{escaped(name)}**: {escaped(said)}" for name, said in rows)
            yield ""
        case (Grid() as grid) | Picture(table=Grid() as grid):
            yield from _table(grid)
        case Listing(text):
            lines = [one_line(line) for line in text.splitlines()]
            fence = "`" * max(3, 1 + max((len(run) for line in lines for run in re.findall("`+", line)), default=0))
            yield from (fence, *lines, fence, "")


def _table(grid: Grid) -> Iterator[str]:
    if grid.caption:
        yield from (f"{_at_start(grid.caption)}:", "")
    yield _row(map(escaped, grid.head))
    yield _row("--:" if at in grid.right else "---" for at in range(len(grid.head)))
    for at, cells in enumerate(grid.rows):
        shown = map(escaped, cells)
        yield _row((f"**{cell}**" if cell else "" for cell in shown) if at in grid.strong else shown)
    yield ""


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
