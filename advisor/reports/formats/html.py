"""Memo -> one self-contained HTML file: style and pictures inside, nothing is fetched and no script runs."""

from collections.abc import Iterator
from functools import cache
from html import escape
from itertools import count, groupby
from pathlib import Path

from advisor.formatting import one_line
from advisor.reports.document import Block, Facts, Grid, Listing, Memo, Picture, Points, Prose, Section
from advisor.reports.formats.svg import svg

_NOTHING_IS_FETCHED = "default-src 'none'; style-src 'unsafe-inline'"
_STRONG = ' class="strong"'
_MOST_COLUMNS_ON_A_PHONE = 3  # wider tables have a line for each cell there, with the heading of its column


def page(memo: Memo) -> str:
    """Return the memo as HTML for a browser, in a light or dark theme, or for print."""
    return "\n".join(_lines(memo)) + "\n"


def escaped(text: str) -> str:
    """Escape text so that HTML shows it literally, in an element or an attribute."""
    return escape(one_line(text))


@cache
def _style() -> str:
    return Path(__file__).with_name("html.css").read_text(encoding="utf-8").strip()


def _lines(memo: Memo) -> Iterator[str]:
    numbers = count(1)
    yield from (
        "<!DOCTYPE html>",
        '<html lang="en">',
        "<head>",
        '<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{_NOTHING_IS_FETCHED}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="color-scheme" content="light dark">',
        f"<title>{escaped(f'{memo.title}: {memo.headline}' if memo.headline else memo.title)}</title>",
        f"<style>\n{_style()}\n</style>",
        "</head>",
        "<body>",
        "<header>",
        f"<h1>{escaped(memo.title)}</h1>",
        f'<p class="muted">{escaped(memo.subtitle)}</p>',
        "</header>",
        "<main>",
    )
    yield from _verdict(memo)
    if memo.first_page:
        yield '<div class="first">'
        yield from _sections(memo.first_page, numbers)
        yield "</div>"
    yield from _sections(memo.sections, numbers)
    if memo.appendix:
        yield '<div class="appendix">\n<h1>Appendix</h1>'
        yield from _sections(memo.appendix, numbers)
        yield "</div>"
    yield "</main>\n</body>\n</html>"


def _verdict(memo: Memo) -> Iterator[str]:
    if memo.headline:
        yield f'<section class="verdict {memo.action or ""}">'
        yield f"<h2>{escaped(memo.headline)}</h2>"
        yield from (f"<p>{escaped(line)}</p>" for line in memo.summary)
        yield "</section>"


def _sections(sections: tuple[Section, ...], numbers: "count[int]") -> Iterator[str]:
    """Wide sections across the page, the others in columns where the page is wide enough."""
    for wide, group in groupby(sections, lambda section: section.wide):
        yield f'<div class="{"wide" if wide else "columns"}">'
        for section in group:
            yield f"<section>\n<h2>{escaped(section.title)}</h2>"
            for block in section.blocks:
                yield from _block(block, numbers)
            yield "</section>"
        yield "</div>"


def _block(block: Block, numbers: "count[int]") -> Iterator[str]:
    match block:
        case Prose(text):
            yield f"<p>{escaped(text)}</p>"
        case Points(items, numbered) if items:
            mark = "ol" if numbered else "ul"
            yield f"<{mark}>"
            yield from (f"<li>{escaped(item)}</li>" for item in items)
            yield f"</{mark}>"
        case Facts(rows):
            yield "<dl>"
            yield from (f"<dt>{escaped(name)}</dt><dd>{escaped(said)}</dd>" for name, said in rows)
            yield "</dl>"
        case Grid():
            yield from _table(block)
        case Picture(title):
            yield f"<figure>\n<figcaption>{escaped(title)}</figcaption>\n{svg(block, next(numbers))}\n</figure>"
        case Listing(text):
            yield f"<pre>{chr(10).join(escaped(line) for line in text.splitlines())}</pre>"


def _table(grid: Grid) -> Iterator[str]:
    stacks = ' class="stacks"' if len(grid.head) > _MOST_COLUMNS_ON_A_PHONE else ""
    yield f'<div class="scroll"><table{stacks}>'
    if grid.caption:
        yield f"<caption>{escaped(grid.caption)}</caption>"
    yield f"<thead>{_row(grid, grid.head, 'th')}</thead>"
    yield "<tbody>"
    yield from (_row(grid, cells, "td", strong=at in grid.strong) for at, cells in enumerate(grid.rows))
    yield "</tbody>\n</table></div>"


def _row(grid: Grid, cells: tuple[str, ...], mark: str, *, strong: bool = False) -> str:
    """One row of cells. The first cell of a body row is the heading of that row."""
    shown = []
    for at, cell in enumerate(cells):
        is_name = mark == "td" and at == 0
        tag, scope = ("th", ' scope="row"') if is_name else (mark, ' scope="col"' if mark == "th" and cell else "")
        tag = "td" if mark == "th" and not cell else tag
        right = ' class="figure"' if at in grid.right else ""
        named = f' data-head="{escaped(grid.head[at])}"' if mark == "td" and not is_name else ""
        shown.append(f"<{tag}{scope}{right}{named}>{escaped(cell)}</{tag}>")
    return f"<tr{_STRONG if strong else ''}>{''.join(shown)}</tr>"
