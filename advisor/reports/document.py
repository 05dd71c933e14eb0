"""A document in no format yet: headings, sentences, tables and pictures, for Markdown and HTML to write out."""

from typing import TypeAlias

from advisor.costing.option import Action
from advisor.reports.timeline.timeline import Timeline
from advisor.reports.view_models import CostRow, Plot, TornadoBar, WaterfallBar
from advisor.values.quick_dataclass import dataclass

Bar: TypeAlias = CostRow | WaterfallBar | TornadoBar


@dataclass(frozen=True)
class Prose:
    """A paragraph."""

    text: str


@dataclass(frozen=True)
class Points:
    """A list."""

    items: tuple[str, ...]
    numbered: bool = False


@dataclass(frozen=True)
class Facts:
    """Names and what is to be said of each."""

    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Grid:
    """A table. right: the columns aligned right; strong: the rows in bold."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    right: tuple[int, ...] = ()
    strong: tuple[int, ...] = ()


@dataclass(frozen=True)
class Picture:
    """A picture, for formats that can draw. says: the same in a sentence, for screen readers; table: the same in
    figures, for formats that cannot draw; None where the document has them elsewhere."""

    title: str
    says: str
    shows: Plot | Timeline | tuple[Bar, ...]
    table: Grid | None = None


@dataclass(frozen=True)
class Listing:
    """Lines to be copied as they are."""

    text: str


Block: TypeAlias = Prose | Points | Facts | Grid | Picture | Listing


@dataclass(frozen=True)
class Section:
    """A heading with its blocks; wide: it takes the whole width where others are side by side."""

    title: str
    blocks: tuple[Block, ...]
    wide: bool = False


@dataclass(frozen=True)
class Memo:
    """A document in order.

    Attributes:
        action: The class of the pick.
        appendix: For readers who want to check.
        first_page: What is read before all the rest.
    """

    title: str
    subtitle: str
    headline: str
    action: Action | None
    summary: tuple[str, ...]
    sections: tuple[Section, ...]
    appendix: tuple[Section, ...] = ()
    first_page: tuple[Section, ...] = ()
