"""Tables in a text, as sentences: each cell with what its column heading says about it."""

import csv
import re
from collections.abc import Iterator, Sequence

from advisor.offers.mail.rules.amounts import MONEY, NUMBER
from advisor.offers.mail.rules.fees import is_beside_the_price
from advisor.offers.mail.rules.prices import is_alike

_CELLS = re.compile(r"\s*\|\s*|\t+|\s{3,}|(?<=[^\s.:;,!?])\s{2}(?=\S)")
_RULE = re.compile(r"^[\s|:+=-]*$")
_MONEY = re.compile(MONEY, re.IGNORECASE)
_IN_NUMBER = re.compile(r"\d,\d")  # a comma that separates no cells
_NUMBER = re.compile(rf"\s*[~≈]?\s*{NUMBER}\s*\*{{0,3}}\s*")
_HEAD_WORDS = re.compile(
    r"\b(?:price|rate|cost|usd|eur|\$|gpu|gpus|nodes?|term|months?|vendor|provider|seller|upfront|prepaid|hourly|hour|"
    r"hr|on[ -]?demand|reserved|spot|instance|qty|quantity|product|item|fee|total|count|setup|preis|menge|laufzeit|"
    r"produkt)\b|\$|€",
    re.IGNORECASE,
)
_KINDS = (  # what a column holds, by its head, and how its cells read as words
    ("seller", r"vendor|provider|seller|supplier|company", "seller: {cell}"),
    ("fee", r"set[ -]?up|install\w*|onboarding|one[ -]time|nrc", "{cell} set-up fee"),
    ("upfront", r"up[ -]?front|prepa\w+|deposit|down", "{cell} upfront"),
    ("valid", r"valid|expir\w+", "valid until {cell}"),
    ("starts", r"start\w*|delivery", "starts {cell}"),
    ("least", r"min(?:imum)?|moq", "minimum {cell} {unit}"),
    ("nodes", r"nodes?|servers?", "{cell} nodes"),
    ("gpus", r"gpus|(?:no\.?|number|#) of gpus|gpu count", "{cell} GPUs"),
    ("quantity", r"qty|quantity|count|menge", "quantity: {cell}"),
    ("term", r"term|months?|years?|duration|length|commit\w*|days?|laufzeit", "{cell} {unit}"),
)
_ONE_SPAN = r"\d{1,2}[\s-]?(?:months?|mos?|m|years?|yrs?|y)?"
_ONE_SUM = r"(?:[$€£]\s?)?\d{1,6}(?:\.\d{1,4})?(?!,\d{3})(?:\s?(?:/|per )\s?(?:gpu[-/ ]?)?h(?:ou)?r\b)?"
_NEXT = r"\s*(?:,?\s*\b(?:and|or)\b|[/,|&])\s*"
_SPANS = rf"(?<![\d.,/$€£-])(?P<spans>{_ONE_SPAN}(?:{_NEXT}{_ONE_SPAN}){{1,5}})(?<=[a-z])(?![\w/])"
_SUMS = rf"(?P<sums>(?=[$€£]){_ONE_SUM}(?:{_NEXT}{_ONE_SUM}){{1,5}})(?![\d.]*\d)"
_BETWEEN = r"(?P<between>[^$€£\d;]{0,40}?)"
_IN_PARALLEL = tuple(
    re.compile(source, re.IGNORECASE) for source in (f"{_SPANS}{_BETWEEN}{_SUMS}", f"{_SUMS}{_BETWEEN}{_SPANS}")
)
_RATE = r"[$€£]\s?\d[\d.]*\d(?:\s?/[\w/-]+)?"
_SPAN_UNIT = r"[\s-]?(?P<unit>months?|mos?|years?|yrs?)\b"
_WITHOUT_UNIT = (  # the first term with its unit, and later ones without
    (
        rf"{_RATE}(?P<between>\s+for\s+)\d{{1,2}}{_SPAN_UNIT}",
        rf"({_RATE}\s+for\s+\d{{1,2}})(?=\s*[,.;:)]|\s*$|\s+(?:and|or|with)\b)",
    ),
    (
        rf"\d{{1,2}}{_SPAN_UNIT}(?P<between>\s*(?:at|for|is|:|@)?\s*)(?=[$€£])",
        r"(?<![\w.,$€£-])(\d{1,2})(?=BETWEEN[$€£]\s?\d)",
    ),
)
_UNITS = (
    ("months", r"months?|mos?"),
    ("years", r"years?|yrs?"),
    ("days", r"days?"),
    ("GPUs", r"gpus?"),
    ("nodes", r"nodes?"),
)


def sentences(lines: Sequence[str]) -> Iterator[str]:
    """Yield the lines of a text; in place of each row of a table, a sentence that names the heads of its columns, or
    one for each of its prices where the heads name the terms."""
    head: list[str] = []
    for line in lines:
        cells = _cells(line, len(head))
        if len(cells) < 2:
            head = []
            yield line
        elif _RULE.match(line):
            continue
        elif not _has_price(cells) and sum(map(_is_head, cells)) >= min(2, len(cells)) and not head:
            head = cells
        elif head:
            yield from _row(head, cells)
        else:
            yield ", ".join(cell for cell in cells if cell)


def one_by_one(line: str) -> str:
    """A line with each price beside its own term, where terms and prices are two lists of the same length: `6 / 12
    months at $2.80 / $2.40`; else as it is."""
    for pattern in _IN_PARALLEL:
        match = pattern.search(line)
        if match is None:
            continue
        spans, sums = (
            [one[0].strip() for one in re.finditer(item, match[name], re.IGNORECASE)]
            for item, name in ((_ONE_SPAN, "spans"), (_ONE_SUM, "sums"))
        )
        amounts = [float(found[0]) for one in sums if (found := re.search(r"\d+(?:\.\d+)?", one)) is not None]
        cells = len(spans) == 2 and "," in match["spans"]  # of a table: 64, 12 months
        if len(spans) == len(sums) and not cells and all(is_alike(one, amounts[0]) for one in amounts):
            unit = re.sub(r"[\d\s-]", "", spans[-1])
            terms = [one if re.search(r"[a-z]", one, re.IGNORECASE) else f"{one} {unit}" for one in spans]
            prices = [one if one[0] in "$€£" else f"{sums[0][0]}{one}" for one in sums]
            first, second = (terms, prices) if match.start("spans") < match.start("sums") else (prices, terms)
            each = [match["between"].join(pair) for pair in zip(first, second, strict=True)]
            return f"{line[: match.start()]}{', '.join(each)}{line[match.end() :]}"
    return line


def with_units(line: str) -> str:
    """A line with the unit of its first term behind the later ones that have none: `$1.95 for 12 months or $1.79 for
    24`, `12 months at $1.95, 24 at $1.79`."""
    for first, later in _WITHOUT_UNIT:
        if match := re.search(first, line, re.IGNORECASE):
            again = later.replace("BETWEEN", re.escape(match["between"]))
            rest = re.sub(again, rf"\1 {match['unit']}", line[match.end() :], flags=re.IGNORECASE)
            line = line[: match.end()] + rest
    return line


def _cells(line: str, columns: int) -> list[str]:
    """The cells of a line. columns: of the table so far. Commas separate cells if no comma is followed by a space."""
    cells = [cell.strip() for cell in _CELLS.split(line.strip().strip("|"))]
    if len(cells) == 1 and "," in line and ", " not in line:
        parted = next(csv.reader([line]), [])
        heads = not columns and not _IN_NUMBER.search(line) and sum(map(_is_head, parted)) > len(parted) / 2
        if len(parted) == columns or heads:
            return [cell.strip() for cell in parted]
    return cells


def _is_head(cell: str) -> bool:
    return bool(_HEAD_WORDS.search(cell))


def _has_price(cells: Sequence[str]) -> bool:
    return any(_MONEY.search(cell) for cell in cells)


def _row(head: Sequence[str], cells: Sequence[str]) -> Iterator[str]:
    """The sentences of one row; a cell without a heading stands alone."""
    heads = [*head, *[""] * (len(cells) - len(head))]
    pairs = [(name, cell) for name, cell in zip(heads, cells, strict=False) if cell and cell not in "-–—"]
    prices = [(name, cell) for name, cell in pairs if _is_price(name, cell)]
    totals = [cell for name, cell in prices if _TOTAL.search(name)]
    rest = [_said(name, cell) for name, cell in pairs if not _is_price(name, cell)]
    beside = next((cell for _, cell in pairs if is_beside_the_price(cell)), "")
    if prices and beside:
        several = any(_kind(name) == "quantity" and cell.strip() != "1" for name, cell in pairs)
        yield f"{beside} {totals[0] if totals else prices[0][1] + (' per unit' if several else '')}"
        return
    if not prices:
        yield ", ".join(rest)
    if len(totals) < len(prices):
        prices = [(name, cell) for name, cell in prices if cell not in totals]  # which follow from the others
    for name, cell in prices:
        if len(prices) > 1 and _same_price(prices):
            yield ", ".join([*rest, *(_priced(*pair) for pair in prices)])
            return
        yield ", ".join([*rest, _priced(name, cell)])


def _is_price(name: str, cell: str) -> bool:
    if _kind(name) == "fee":
        return False
    if _kind(name) in ("upfront", "least", "nodes", "gpus", "quantity") and not _MONEY.search(cell):
        return False
    return bool(_MONEY.search(cell)) or (bool(_MONEY_HEAD.search(name)) and bool(_NUMBER.fullmatch(cell)))


_MONEY_HEAD = re.compile(r"price|rate|cost|\$|€|£|\b(?:usd|eur|gbp)\b", re.IGNORECASE)
_TOTAL = re.compile(r"\b(?:(?:sub-?|line )?total|amount|ext(?:ended|\.)?|sum)\b", re.IGNORECASE)
_SAME = re.compile(r"instance|accelerator|node|gpu", re.IGNORECASE)


def _same_price(prices: Sequence[tuple[str, str]]) -> bool:
    """Whether columns give one price in several units: by instance and by accelerator."""
    return all(_SAME.search(name) and _MONEY_HEAD.search(name) for name, _ in prices)


def _priced(name: str, cell: str) -> str:
    """A price with the unit of its heading: 2.30 under `$/GPU-hr` is $2.30 /GPU-hr."""
    sign = next(iter(re.findall(r"\$|€|£|\b(?:USD|EUR|GBP)\b", name, re.IGNORECASE)), "")
    unit = re.sub(r"(?i)\b(?:effective|price|pricing|rate|cost|usd|eur|gbp|in)\b|[$€£()]", " ", name).strip(" :,")
    unit = re.sub(
        r"(?i)^(instance|accelerator|gpu|node|server)?\s*hourly$", lambda match: f"/{match[1] or ''} hour", unit
    )
    said = cell if _MONEY.search(cell) or not sign else f"{sign}{cell}" if len(sign) == 1 else f"{sign} {cell}"
    if re.search(r"(?i)/|\bper\b", cell) or not unit:
        return f"{unit} {said}".strip()
    return (
        f"{said} {unit}"
        if re.match(r"(?i)/|per\b", unit)
        else f"{said} per {unit}"
        if _is_rate(unit)
        else f"{unit} {said}"
    )


def _is_rate(unit: str) -> bool:
    return bool(re.fullmatch(r"(?i)(?:(?:gpu|node|server|rack|hour|hr|h|day|month|mo|year)s?[\s/-]*(?:per\s)?)+", unit))


def _kind(name: str) -> str:
    return next((kind for kind, pattern, _ in _KINDS if re.search(rf"(?i)\b(?:{pattern})\b", name)), "")


def _said(name: str, cell: str) -> str:
    """A cell in words, by its heading."""
    for _, pattern, words in _KINDS:
        if re.search(rf"(?i)\b(?:{pattern})\b", name):
            unit = next((unit for unit, names in _UNITS if re.search(rf"(?i)\b(?:{names})\b", name)), "")
            bare = bool(_NUMBER.fullmatch(cell)) or "{unit}" not in words
            return (
                words.format(cell=cell, unit=unit).strip() if bare else words.replace(" {unit}", "").format(cell=cell)
            )
    return cell
