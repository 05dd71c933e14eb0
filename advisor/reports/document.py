"""A document in no format yet: headings, sentences, tables and pictures, for Markdown and HTML to write out."""

from dataclasses import dataclass
from typing import TypeAlias

from advisor.costing.option import Action
from advisor.reports.view_models import CostRow, Plot, TornadoBar, WaterfallBar

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
class Grid:
    """A table. right: the columns of figures; strong: the rows that matter most."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    right: tuple[int, ...] = ()
    strong: tuple[int, ...] = ()


@dataclass(frozen=True)
class Picture:
    """Something to look at, for formats that can draw. says: the same in a sentence, for who cannot see it; table: the
    same in figures, for formats that cannot draw, None where they stand elsewhere anyway."""

    title: str
    says: str
    shows: Plot | tuple[Bar, ...]
    table: Grid | None = None


@dataclass(frozen=True)
class Listing:
    """Lines to be copied as they are."""

    text: str


Block: TypeAlias = Prose | Points | Grid | Picture | Listing


@dataclass(frozen=True)
class Section:
    """A heading and what stands under it; wide: it takes the whole width where others stand side by side."""

    title: str
    blocks: tuple[Block, ...]
    wide: bool = False


@dataclass(frozen=True)
class Memo:
    """Everything that is said, in order. action: the class of the pick; appendix: for who wants to check."""

    title: str
    subtitle: str
    headline: str
    action: Action | None
    summary: tuple[str, ...]
    sections: tuple[Section, ...]
    appendix: tuple[Section, ...] = ()
