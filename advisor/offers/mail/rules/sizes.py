"""How much an offer is for: nodes, GPUs, the least that is sold, and the GPUs of a node."""

import re
from collections.abc import Iterator
from functools import lru_cache

from advisor.market.instance_types import instance_in, instance_pattern
from advisor.offers.mail.rules.amounts import COUNT, MONEY, NUMBER, whole
from advisor.offers.mail.rules.pieces import Passage, Piece
from advisor.offers.mail.rules.prices import MACHINE
from advisor.offers.mail.rules.terms import said_of
from advisor.values.quick_dataclass import replace

_NODES = r"(?:nodes?|knoten|servers?|machines?|instances?|box(?:es)?|hosts?|systems?|vms?)"
_GPUS = r"(?:gpus?|cards?|accelerators?)"
_TIMES = r"\s?[x×]\s?"
_APART = r"[\s\0-]"  # also around words that other rules have read: 16 used H100 nodes
_INSTANCE = re.compile(instance_pattern().pattern, re.IGNORECASE)
_QUANTITY = re.compile(
    r"\b(?:qty|quantity|gpu count|(?:number|no\.?|#) of gpus)\s*[.:#]?\s*"
    rf"(?P<count>\d(?:[\d,]{{0,9}}\d)?)(?![\d.,]*\d|\s?(?:{_NODES}|{_GPUS})(?![A-Za-z]))"
    r"|(?<![\w.,$€£])(?P<units>\d[\d,]{0,9})\s+(?:units?|pcs|pieces|stück|stk\b\.?)(?!\w)",
    re.IGNORECASE,
)
_PRICED = re.compile(rf"[^.,;]*?(?:{MONEY}|{NUMBER}\s*/)", re.IGNORECASE)  # a price in the same part of a sentence
SAME_SIZE = "same_size"  # a piece: as much as the offer before
MOST = "most"  # a piece: less than some size, which is not calculated
ALL_THERE_ARE = "all of them"  # what is assumed of a size that is the largest which can be had
_THERE_ARE = re.compile(r"\b(?:up to(?=\s*\0)|available\b|(?:in|on) (?:stock|hand)\b)", re.IGNORECASE)
_LARGEST_NODE = 8  # GPUs: "8x H100 nodes" speaks of nodes of eight, "16x H100 nodes" of sixteen nodes


_WITHOUT_NAMES = {
    "most": rf"\b(?:under|below|fewer than|less than)\s+{NUMBER}(?:\s*(?:{_NODES}|{_GPUS}))?(?![\w%.,]*\d)",
    "no_least": r"\b(?:no|without(?:\s+an?|\s+any)?)\s+min(?:imum|\.)?(?:\s+(?:order|size|quantity|cluster))?\b"
    r"(?!\s+(?:spend|use|usage|term|commit)|\0)",
    "of_them": rf"(?P<count>{COUNT})\s+of\s+(?:them|(?:these|those)(?:\s+(?:{_NODES}|{_GPUS}))?)\b",
    "if_you_take": r"\bif\s+you\s+(?:take|sign\s+for|commit\s+to|order|buy)\s+(?:all\s+)?(?:of\s+)?"
    rf"(?P<count>{COUNT})"
    r"(?=\s*(?:[.,;)\n]|$|or\b|and\b))",
    "same": rf"\b(?:the\s+)?same\s+(?:{_NODES}|{_GPUS}|size|cluster|quantity|configuration|config)\b",
}


@lru_cache(maxsize=8)
def _patterns(gpu: str) -> dict[str, re.Pattern[str]]:
    between = r"(?:[\s-]+(?:bare[ -]?metal|sxm\d?|hgx|dgx|dedicated|gpu)){0,3}[\s-]+"
    maybe_times = _TIMES.replace("[x×]", "[x×]?")
    of_gpus = rf"(?P<each>{COUNT})(?P<x>{_TIMES}|{_APART}+)(?P<gpu>{gpu}|{_GPUS})"
    of_each = r"\s*(?:of|mit\s+je|mit|with|w/|,|\(|@|each|-|–|x|×){0,3}\s*(?P<each>\d{1,2})\s?[x×-]?\s?"
    things = rf"(?:(?P<gpu>{gpu})(?:[\s-]+(?P<named>{_NODES}))?|(?P<what>{_NODES})|{_GPUS})(?![A-Za-z])"
    brand = r"(?-i:(?:(?!GPU|HGX)[A-Z][\w-]*\s+){1,3})"
    sources = {
        "nodes_of": rf"(?P<nodes>{COUNT}){maybe_times}{_NODES}{of_each}(?P<gpu>{gpu}|{_GPUS})\)?",
        "brand_of": rf"(?P<nodes>{COUNT})\s?[x×]?\s?{brand}{_NODES}?\s*(?:with|w/|,|\(|:)\s*"
        rf"(?P<each>\d{{1,2}})\s?[x×-]?\s?(?P<gpu>{gpu})(?:\s+each)?\)?",
        "named_nodes_of": rf"(?P<nodes>{COUNT})(?:{_TIMES}|{_APART}+)(?P<gpu>{gpu})[\s-]+{_NODES}{of_each}{_GPUS}"
        rf"(?:\s+(?:each|per\s+{_NODES}))?\)?",
        "named_of_each": rf"(?P<nodes>{COUNT})(?:{_TIMES}|{_APART}+)(?P<gpu>{gpu})\s*[(,:]\s*(?:with\s+)?"
        rf"(?P<each>\d{{1,2}})(?:{_TIMES}|[\s-]+)(?:{gpu}|{_GPUS})\s+each\b\)?",
        "named_each": rf"(?P<nodes>{COUNT})(?:{_TIMES}|{_APART}+){brand}?(?P<gpu>{gpu})\s+"
        rf"(?P<each>\d{{1,2}})-GPUs?(?!\w)(?:\s+{_NODES})?",
        "each_named": rf"(?P<nodes>{COUNT})(?:{_TIMES}|{_APART}+){brand}?(?P<each>\d{{1,2}})-GPU\s+(?P<gpu>{gpu})"
        rf"(?:\s+{_NODES})?",
        "brand_named": rf"(?P<nodes>{COUNT}){_TIMES}{brand}(?=[^,;$€£]{{0,30}}\bHGX\b)(?P<gpu>{gpu})(?P<each>)",
        "from_to": rf"(?<![\w.,$€£])(?P<least>\d{{1,6}})\s?(?:-|–|—|to)\s?(?P<most>\d{{1,6}})\s+{things}",
        "times": rf"(?P<nodes>{COUNT}){_TIMES}(?P<each>\d{{1,2}})(?:{_TIMES}|\s)(?P<gpu>{gpu})",
        "least": r"(?:(?:min(?:imum|\.)?|moq|at least|no fewer than|≥|>=)\s*"
        r"(?:(?:order|size|quantity|cluster|deployment|purchase|\0+)\s*){0,2}(?:is\s*|of\s*|:\s*)?"
        rf"(?P<least>{COUNT}){maybe_times}|(?P<plus>\d[\d,]{{0,9}})\s?\+\s?[x×]?\s?|from\s+(?P<from>\d[\d,]{{0,9}})\s*)"
        rf"{things}(?:\s*\(\s*=?\s*\d+\s+{_GPUS}\))?",
        "least_after": rf"(?P<least>{COUNT}){maybe_times}{things}(?:\s+(?P<also>{gpu}))?\s+min(?:imum)?\b",
        "kind": rf"{of_gpus}{between}(?P<what>{_NODES})(?![A-Za-z])",
        "kind_plain": rf"{of_gpus}\s+(?P<what>{_NODES})(?![A-Za-z])",
        "gpus_named": rf"(?<![\w.,])(?P<count>{COUNT})(?:{_TIMES}|{_APART}+)(?P<gpu>{gpu})",
        "gpus_after": rf"(?P<gpu>{gpu}){_TIMES}(?P<count>\d{{1,5}})(?![\d%])",
        "gpus": rf"(?<![\w.,])(?:(?:for\s+)?all\s+)?(?P<count>{COUNT})(?:{_TIMES}|{_APART}+){_GPUS}(?![A-Za-z])",
        "nodes": rf"(?<![\w.,])(?P<count>{COUNT})(?:{_TIMES}|{_APART}+){_NODES}(?![A-Za-z])",
        "name": rf"(?P<gpu>{gpu})(?:\s+(?P<what>{_NODES}|cluster))?(?![A-Za-z])",
    }
    return {name: re.compile(source, re.IGNORECASE) for name, source in (_WITHOUT_NAMES | sources).items()}


def read_sizes(passage: Passage, gpu: str, node_gpus: int) -> Iterator[Piece]:
    """Read the size of an offer, and the name of its GPU as a piece `gpu`, which is not looked up yet.

    Args:
        passage: Without its clauses and prices.
        gpu: The pattern of GPU names.
        node_gpus: GPUs of a node, to convert a minimum order in GPUs to nodes.
    """
    rules = _patterns(gpu)
    for match in passage.take(_INSTANCE):
        yield from _instance(passage.words_of(match))
    for match in passage.take(rules["of_them"]):
        words, some = passage.words_of(match), whole(match["count"])
        sold = some is not None and _PRICED.match(passage.whole, match.end())  # else it may be what is ready first
        yield Piece("of_them", some, words) if some and sold else Piece("unread", words, words)
    for match in passage.take(rules["if_you_take"]):
        yield Piece("of_them", whole(match["count"]) or 1, passage.words_of(match))
    for match in passage.take(rules["most"]):
        yield Piece(MOST, True, passage.words_of(match))
    for match in passage.take(rules["same"]):
        yield Piece(SAME_SIZE, True, passage.words_of(match))
    sizes = [*_machines(passage, rules, node_gpus), *_numbers(passage, rules)]
    if any(piece.field in ("nodes", "gpus") for piece in sizes) and passage.take_first(_THERE_ARE):
        yield from (replace(one, assumed=ALL_THERE_ARE) if one.field in ("nodes", "gpus") else one for one in sizes)
    else:
        yield from sizes
    for match in passage.take(rules["name"]):
        yield from _name(match, passage.words_of(match))
        if MACHINE.search(match["gpu"]) or (match["what"] and match["what"].lower() != "cluster"):
            yield Piece("speaks_of", "node", passage.words_of(match))


def _machines(passage: Passage, rules: dict[str, re.Pattern[str]], node_gpus: int) -> Iterator[Piece]:
    """Machines, how many GPUs each has, and the minimum order."""
    for match in passage.take(rules["least"]):
        yield from _least(whole(match["least"] or match["plus"] or match["from"] or ""), match, passage, node_gpus)
    for match in passage.take(rules["no_least"]):
        of = said_of(passage.whole, match.start(), match.end())
        yield Piece("least_nodes", 0, passage.words_of(match), "", of)
    for name in (
        "times",
        "nodes_of",
        "named_nodes_of",
        "named_of_each",
        "named_each",
        "each_named",
        "brand_of",
        "brand_named",
    ):
        for match in passage.take(rules[name]):
            words = passage.words_of(match)
            nodes, each = whole(match["nodes"]), whole(match["each"])
            if nodes and each == nodes * node_gpus > node_gpus:
                each = None  # 4 nodes (32 GPUs): of all of them
            yield from (Piece(field, value, words) for field, value in (("nodes", nodes), ("node_gpus", each)) if value)
            yield from _name(match, words)
    for match in passage.take(rules["from_to"]):
        words = passage.words_of(match)
        yield from _least(whole(match["least"]), match, passage, node_gpus)
        yield Piece("unread", words, f"{words} (that it ends at {match['most']} is not calculated)")
    for match in passage.take(rules["least_after"]):
        yield from _least(whole(match["least"]), match, passage, node_gpus)
        yield from _name(match, passage.words_of(match), "also")
    for name in ("kind", "kind_plain"):
        for match in passage.take(rules[name]):
            yield from _kind(match, passage.words_of(match))


def _numbers(passage: Passage, rules: dict[str, re.Pattern[str]]) -> Iterator[Piece]:
    """Counts of GPUs, of nodes, and of what the price refers to."""
    for match in passage.take(_QUANTITY):
        if found := whole(match["count"] or match["units"]):
            yield Piece("quantity", found, passage.words_of(match))
    for name in ("gpus_named", "gpus_after", "gpus", "nodes"):
        for match in passage.take(rules[name]):
            words, found = passage.words_of(match), whole(match["count"])
            field = "nodes" if name == "nodes" or MACHINE.search(words) else "gpus"
            if found:
                yield Piece(field, found, words)
            if name not in ("gpus", "nodes"):
                yield from _name(match, words)


def _instance(words: str) -> Iterator[Piece]:
    """p5.48xlarge: a machine of eight H100."""
    found = instance_in(words)
    if found is not None:
        yield Piece("node_gpus", found[0], words)
        yield Piece("gpu", found[1], words)


def _name(match: re.Match[str], words: str, group: str = "gpu") -> Iterator[Piece]:
    found = match.groupdict().get(group) or ""
    if re.search(r"\d", found):
        yield Piece("gpu", found.strip(" ()"), words)


def _least(least: int | None, match: re.Match[str], passage: Passage, node_gpus: int) -> Iterator[Piece]:
    if least is None:
        return
    words, of = passage.words_of(match), said_of(passage.whole, match.start(), match.end())
    if match["what"] or match["named"]:
        yield Piece("least_nodes", least, words, said_of=of)
    else:
        yield Piece("least_nodes", -(-least // node_gpus), words, f"nodes of {node_gpus} GPUs", of)
    yield from _name(match, words)


def _kind(match: re.Match[str], words: str) -> Iterator[Piece]:
    """8x H200 nodes: nodes of eight; 16 H100 nodes: sixteen of them."""
    count, several = whole(match["each"]), match["what"].lower().endswith("s")
    if count is None:
        return
    named = bool(re.search(r"\d", match["gpu"]))
    if named and "x" not in match["x"].lower().replace("×", "x"):
        yield Piece("nodes", count, words)
    elif count <= _LARGEST_NODE:
        yield Piece("node_gpus", count, words, f"nodes of {count} GPUs, not {count} nodes" if named and several else "")
    elif named and several:
        yield Piece("nodes", count, words, f"{count} nodes, not {count} GPUs")
    else:
        yield Piece("gpus", count, words)
    yield Piece("speaks_of", "node", words)
    yield from _name(match, words)
