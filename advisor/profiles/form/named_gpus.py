"""GPUs by their name in an amount of work: `128 H100` or `3 runs 10 h 8 H100` also say which GPU the plan is of."""

import re
from typing import NoReturn

from advisor.errors import InputError
from advisor.formatting import plural
from advisor.market.instance_types import instance_in, instance_pattern
from advisor.market.price_book import Gpu, PriceBook
from advisor.profiles.form.in_words import NODES
from advisor.profiles.model_text import parse_amount

_START = re.compile(r"(?<![\w.,-])\d")
_API = r" (?:or|against|vs) \$.*"
_NODES_OF = re.compile(
    rf"(?P<count>\d{{1,9}}) (?:{NODES}|(?P<replicas>replicas?)) (?:of|with) (?P<each>\d{{1,9}}) ?(?:x ?)?"
    r"(?=(?P<name>[a-z][a-z0-9 -]*))"
)
_PARTS = re.compile(r" ?(?:[+&,]|\b(?:and|plus|or|vs)\b) ?")
_NAMED = re.compile(rf"\d+ ?(?:x ?)?(?:{NODES} (?:of )?)?(?P<name>[a-z]\w*(?:[ -]\d\w*)?)")
_COUNTED = re.compile(
    rf"(?P<count>\d+(?:\.\d+)?[kmb]?)(?:(?P<x> ?x ?)| )?(?P<nodes>{NODES} (?:of )?|(?:dgx|hgx)[ -])?"
    rf"(?P<name>(?!(?:gpu|card|node)s?\b)[a-z0-9][\w. -]*?)(?P<unit>[ -](?:gpus?|cards?|{NODES}))?"
    r"(?:[ -]h(?:(?:ou)?rs?)?\b(?P<of_hours>.*)"
    r"|(?P<behind>,? (?:for )?\d+(?:\.\d+)? ?(?:h(?:ou)?r|day|week)s?\b.*|,? (?:with )?(?:a )?peaks?\b.*))?"
    rf"(?P<api>{_API})?"
)
_ON = re.compile(
    r"(?:(?P<before>.+) (?:on|with|using)|(?P<hours>\d\S* gpu[ -]h\w*(?:(?: ?/ ?| an? | per )\w+)?) of)"
    rf" (?:an? )?(?P<name>[a-z][\w -]*?)(?P<api>{_API})?"
)
_LONGEST = 100  # characters from the number to the end: of a longer text each number would be looked at to its end
_LIKE_A_GPU = re.compile(
    r"(?!(?:gpus?|to|for|in|at|on|of|and|or|by|then|now)\b)[a-z]{1,4}[ -]?\d{1,4}[a-z]{0,2}"  # rtx 4090, v100, a10g
    r"|(?:tpu|trainium|inferentia|gaudi|ascend)s?(?:[ -]?v?\d\w*)?"  # no GPU, and not in the book either
)
_OF_A_RACK = re.compile(r"\bnvl\d+")


def with_gpus_named(words: str, book: PriceBook, where: str) -> tuple[str, str | None]:
    """The text with `gpus`, `nodes` or `gpu-h` for the name of a GPU in it, and that GPU; None where it names none.

    Args:
        words: In everyday words.
        book: With the names of the GPUs.
        where: Name of the value, for the error.

    Raises:
        InputError: Naming the GPUs of the book, for a number of GPUs that it does not have.
    """
    _refuse_several(words, book, where)
    words = _in_gpus(words, book, where)
    for start in (one.start() for one in _START.finditer(words, max(len(words) - _LONGEST, 0))):
        match = _COUNTED.fullmatch(words, start)
        found = None if match is None else _counted(match, book, where, alone=not start)
        if found is not None:
            return words[:start] + found[0], found[1]
    on = _ON.fullmatch(words)
    if on is not None:
        named = book.find_gpu(on["name"]) or book.find_gpu(on["name"].removesuffix("s"))
        if named is not None or _LIKE_A_GPU.fullmatch(on["name"]):
            return (on["before"] or on["hours"]) + (on["api"] or ""), (named or book.gpu(on["name"].upper(), where)).id
    return words, None


def _counted(match: re.Match[str], book: PriceBook, where: str, *, alone: bool) -> tuple[str, str] | None:
    """A number of GPUs, of nodes or of GPU-hours and the GPU; None for other words. alone: whether nothing is before
    them, so that what looks like a GPU is one."""
    count, name = match["count"], match["name"]
    if instance_pattern().fullmatch(name) and (instance := instance_in(name)) is not None and count.isdigit():
        return f"{int(count) * instance[0]} gpus", book.gpu(instance[1], where).id
    gpu = book.find_gpu(name) or book.find_gpu(name.removesuffix("s"))
    if gpu is None:
        like_one = _LIKE_A_GPU.fullmatch(name) or (match["x"] and re.fullmatch(r"\d{4}", name))
        if not (alone and like_one and (count.isdigit() or match["of_hours"])):
            return None
        gpu = book.gpu(name.upper(), where)
    if match["of_hours"] is not None:
        return f"{count} gpu-h{match['of_hours']}{match['api'] or ''}", gpu.id
    if not count.strip("0."):
        return None
    number = parse_amount(count)  # 10k
    unit = (match["nodes"] or match["unit"] or "").strip(" -")
    one = match["x"] and number > 1 and unit and not match["nodes"] and not unit.endswith("s")  # an 8x H100 node
    in_nodes = unit and re.match("gpu|card", unit) is None and not one
    if refused := _unclear(match, unit, gpu, book, where):
        raise InputError(where, repr(match[0]), refused)
    if in_nodes and not number.is_integer():  # half a rack
        number, in_nodes = number * per_node_of(gpu, book), False
    if not number.is_integer():
        return None
    return f"{number:.0f} {'nodes' if in_nodes else 'gpus'}{match['behind'] or ''}{match['api'] or ''}", gpu.id


def _refuse_several(words: str, book: PriceBook, where: str) -> None:
    """Raise InputError for numbers of several GPUs: `64 H100 + 16 L40S`."""
    parts = _PARTS.split(words)
    if len(parts) > 1:
        found = {gpu.id for part in parts if (named := _NAMED.match(part)) and (gpu := book.find_gpu(named["name"]))}
        if len(found) > 1:
            allowed = "one GPU: a plan for each, or a file with a [[workload]] for each; `H100 or H200` for one of them"
            raise InputError(where, repr(words), allowed)


def _in_gpus(words: str, book: PriceBook, where: str) -> str:
    """The text with the GPUs of nodes that say how many each has. Raises InputError where a node has no room for them:
    `8 nodes of 64 H100` may be 64 GPUs, or 64 a node."""
    match = _NODES_OF.match(words)
    if match is None:
        return words
    names = (" ".join(match["name"].split()[:number]).removesuffix("s") for number in (3, 2, 1))
    gpu = next(filter(None, map(book.find_gpu, names)), None)
    size = book.figure("rental.gpus_per_node").value if gpu is None else per_node_of(gpu, book)
    each, gpus = int(match["each"]), int(match["count"]) * int(match["each"])
    if each > size and not match["replicas"]:
        of = "GPUs" if gpu is None else gpu.id
        raise InputError(where, repr(match[0].strip() + " " + of), f"{each:,} {of} in all, or {gpus:,} {of} in all")
    return f"{gpus} {words[match.end() :]}"


def per_node_of(gpu: Gpu, book: PriceBook) -> float:
    """The GPUs of what a GPU comes in: a server, or a rack."""
    return float(book.assumptions_for(gpu.id).rental.gpus_per_node)


def comes_in_racks(gpu: Gpu, book: PriceBook) -> bool:
    """Whether a rack of a GPU is what it is sold in: of others it has as many servers as there is power for."""
    return per_node_of(gpu, book) > book.figure("rental.gpus_per_node").value


def refuse_racks(where: str, found: str, gpu: Gpu) -> NoReturn:
    """Raise InputError for racks of a GPU that is not sold by the rack."""
    raise InputError(where, repr(found), f"nodes or GPUs: racks of {gpu.id} differ in size")


def _unclear(match: re.Match[str], unit: str, gpu: Gpu, book: PriceBook, where: str) -> str:
    """What may be said in place of words that can mean two numbers of GPUs; empty for others."""
    count, size = match["count"], per_node_of(gpu, book)
    if unit.startswith("rack") and not comes_in_racks(gpu, book):
        refuse_racks(where, match[0], gpu)
    if not unit and count.isdigit() and _OF_A_RACK.search(match["name"]):
        number = int(count)
        return f"{count} {plural('rack', number)} of {gpu.id}, or {count} {plural('GPU', number)} of {gpu.id}"
    if (
        match["x"] == "x"
        and match["unit"]
        and count == f"{size:.0f}"
        and unit.endswith("s")
        and unit not in ("gpus", "cards")
    ):
        return f"how many such {unit}: {count} nodes of {gpu.id}, or 4 x {count} {gpu.id}"
    return ""
