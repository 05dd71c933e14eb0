"""The lines of a mail: without marks, without the mail that it answers, tables and lists as sentences."""

import re
from collections.abc import Iterator, Sequence
from itertools import chain

from advisor.offers.mail.rules.amounts import MONEY
from advisor.offers.mail.steps import with_steps
from advisor.offers.mail.tables import one_by_one, sentences, with_units

_ANSWERED = re.compile(
    r"^[ \t>]*(?:On\b[^\n]{0,200}(?:\n[^\n]{0,200})?\bwrote:|-{2,}\s*Original Message\s*-{2,})[ \t]*$",
    re.IGNORECASE | re.MULTILINE,
)
_MARK = re.compile(r"[ \t>]*(?:[-*•·–]|\d{1,2}[.)])\s+(?=\S)")  # of an item of a list
_GOES_ON = re.compile(r"[.,;:]\s*$|\b(?:per|for|at|with|of|and|or|the|an?|to|in|on|is)\s*$", re.IGNORECASE)
_INDIAN = re.compile(r"(?<=\d)/-|(?<=\d)\s?nos\b\.?", re.IGNORECASE)  # Rs. 175/-, 8 nos. H100 nodes
_PAYMENTS = re.compile(r"\b(\d{1,3})\s+(?:equal\s+)?(monthly\s+(?:payments?|instal?lments?|rentals?)\b)", re.IGNORECASE)
_UNIT_FIRST = re.compile(r"[\s>*•·-]*(?:prices?\s+)?(per\s+(?:gpu|node|server)[\s/-](?:hour|month))\s*:", re.IGNORECASE)
_BARE_SUM = re.compile(rf"{MONEY}(?![\d.,]*\d|\s*(?:/|per\b))", re.IGNORECASE)
_LONGEST_LINE = 500  # characters: the patterns take time that grows faster than a line
_SUM = re.compile(MONEY, re.IGNORECASE)
_LATER = re.compile(r"\s*(?:in\s+)?(?:(?:year|yr)\s*[2-5]\b|months?\s+(?!1\b)\d+\s*[-–])", re.IGNORECASE)
_EARLIER = re.compile(r"\b(?:(?:year|yr)\s*[1-4]\b|months?\s+\d+\s*[-–])", re.IGNORECASE)
_BOTH = re.compile(  # as contracts write numbers: twelve (12) months
    r"\b[a-z]+(?:-[a-z]+)?\s?\((\d{1,4})\)(?=[\s-]*(?:[\w-]+\s+){0,2}?(?:months?|years?|days?|weeks?|nodes?|gpus?|servers?)\b)",
    re.IGNORECASE,
)


def own_text(text: str) -> tuple[str, str]:
    """A mail without the one that it answers, and the words that introduce that; all of it where only the other mail
    has sums of money."""
    answered = _ANSWERED.search(text)
    if answered is None or not _SUM.search(text[: answered.start()]):
        return text, ""
    return text[: answered.start()], " ".join(answered[0].split())


def blocks_of(text: str) -> Iterator[list[str]]:
    """The lines of each paragraph, a row of a table as a sentence, the prices of further years in the line of the
    first."""
    block: list[str] = []
    for line in [*chain.from_iterable(map(_cut, map(_clean, _whole_items(text.splitlines())))), ""]:
        if line.strip() and block and _LATER.match(line) and _EARLIER.search(block[-1]):
            block[-1] = f"{block[-1].rstrip()}, {line.strip()}"
        elif line.strip():
            block.append(line)
        elif block:
            yield [with_steps(with_units(one_by_one(line))) for line in sentences(block)]
            block = []


def _whole_items(lines: Sequence[str]) -> Iterator[str]:
    """Lines with the further lines of an item of a list, which stand below its words, in its own."""
    item, inset = "", 0
    for line in lines:
        marked = _MARK.match(line)
        if item and not marked and line.strip() and len(line) - len(line.lstrip()) >= inset:
            item = f"{item.rstrip()}{'' if _GOES_ON.search(item) else ','} {line.strip()}"
            continue
        yield from [item] if item else []
        item, inset = (line, marked.end()) if marked else ("", 0)
        yield from [] if marked else [line]
    yield from [item] if item else []


def _cut(line: str) -> Iterator[str]:
    """A line in pieces that are not too long, cut behind a sentence where there is one."""
    while len(line) > _LONGEST_LINE:
        end = line.rfind(". ", 0, _LONGEST_LINE) + 1 or _LONGEST_LINE
        yield line[:end]
        line = line[end:]
    yield line


def _clean(line: str) -> str:
    """A line without unprintable characters and without quote or list marks, each number once."""
    kept = "".join(character if character.isprintable() or character == "\t" else " " for character in line)
    kept = _PAYMENTS.sub(r"\1 months, \2", _INDIAN.sub("", kept))
    if unit := _UNIT_FIRST.match(kept):
        kept = _BARE_SUM.sub(rf"\g<0> {unit[1]}", kept[unit.end() :])
    return _BOTH.sub(r"\1", re.sub(r"^[\s>*•·-]+(?=\S)", "", kept))
