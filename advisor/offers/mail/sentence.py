"""Reads one sentence: each rule takes the words that it understands, and what is left is told."""

import re
from collections.abc import Sequence

from advisor.formatting import cut
from advisor.offers.mail.cut_line import read_beside
from advisor.offers.mail.part import Part
from advisor.offers.mail.rules.clauses import CLAUSE_RULES, PAYMENT_RULES, Rule
from advisor.offers.mail.rules.dates import Calendar
from advisor.offers.mail.rules.pieces import Passage, Piece
from advisor.offers.mail.rules.prices import gpu_in_unit, pattern, price_of, term_in_rate
from advisor.offers.mail.rules.sizes import read_sizes
from advisor.offers.mail.rules.terms import read_dates, read_named_term, read_option, read_seller, read_term, said_of

_LONGEST_UNREAD = 80
_FILLER = frozenset({
    "a", "an", "and", "are", "as", "at", "be", "by", "can", "cost", "costs", "each", "for", "from", "get", "gpu",
    "gpus", "hello", "hi", "how", "if", "in", "including", "is", "it", "of", "offer", "on", "or", "our", "per",
    "please", "price", "priced", "prices", "pricing", "quote", "rate", "rates", "term", "terms", "thanks", "that",
    "the", "then", "this", "to", "up", "us", "we", "with", "would", "you", "your", "all", "both", "also",
    "just", "only", "nvidia", "amd", "cluster", "clusters", "hour", "hr", "option", "subject", "best", "regards",
    "hardware", "value", "worth", "pay", "instance", "plus", "onetime", "do", "unit", "total", "sign", "requires"
})  # fmt: skip


def read_sentence(text: str, gpu: str, node_gpus: int, calendar: Calendar) -> Part:
    """What one sentence says.

    Args:
        text: The sentence.
        gpu: The pattern of a GPU's name.
        node_gpus: GPUs of a node.
        calendar: How dates are read in the text that it is from.
    """
    passage = Passage(text)
    steps, unread, pieces = read_beside(passage, gpu)
    pieces += _by_rules(passage, CLAUSE_RULES) + _by_rules(passage, PAYMENT_RULES)
    pieces += read_dates(passage, calendar)
    matches = [match for name in ("price", "bare") for match in passage.take(pattern(name, gpu))]
    found = [price_of(match, passage) for match in matches]
    prices = [price for month, price in steps if month == 0] + [price for price in found if price is not None]
    pieces += read_seller(passage, gpu, priced=bool(prices))
    pieces += read_named_term(passage)
    pieces += read_option(passage)
    pieces += read_sizes(passage, gpu, node_gpus)
    pieces += [piece for match in matches if (piece := term_in_rate(match, passage)) is not None]
    pieces += [Piece("gpu", named, passage.words_of(match)) for match in matches if (named := gpu_in_unit(match))]
    pieces += read_term(passage)
    unread += [piece.text for piece in pieces if piece.field == "unread"]
    unread += [words for part in passage.left() if (words := _without_filler(part))]
    of_clauses = {piece.said_of for piece in pieces if not prices}  # and not the term or kind of an offer
    known = tuple(piece for piece in pieces if piece.field != "unread" and (piece.field, piece.value) not in of_clauses)
    return Part(text.strip(), known, tuple(prices), tuple(steps), tuple(unread))


def _by_rules(passage: Passage, rules: Sequence[Rule]) -> list[Piece]:
    """The pieces that some rules read; words that a rule refuses become a piece `unread`."""
    pieces = []
    for rule in rules:
        for match in passage.take(rule.pattern):
            words = passage.words_of(match)
            found, of = rule.read(match), said_of(passage.whole, match.start(), match.end())
            read = [Piece(*one[:2], words, one[2], of) for one in found or ()]
            pieces += read or [Piece("unread", words, words)]
    return pieces


def _without_filler(text: str) -> str:
    """Leftover words without filler at either end; empty if nothing is left."""
    words = text.split()
    while words and _says_nothing(words[0]):
        words.pop(0)
    while words and _says_nothing(words[-1]):
        words.pop()
    return cut(" ".join(words).strip(" ,;:.-–"), _LONGEST_UNREAD)


def _says_nothing(word: str) -> bool:
    bare = re.sub(r"['’](?:d|ll|re|s|ve)\b|[^\w%]", "", word).lower()
    return len(bare) < 2 or bare in _FILLER
