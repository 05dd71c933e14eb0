"""What would change the verdict, tried: the profile with one input moved just beyond where the answer flips."""

import math

from advisor.decision.advise import Advice
from advisor.errors import InputError
from advisor.formatting import amount_words, usd, usd_rate
from advisor.market.price_book import PriceBook
from advisor.profiles.form import at_plan
from advisor.profiles.input_labels import input_label
from advisor.profiles.schema import Profile
from advisor.profiles.validation import parse_profile

TRIED = ("flip", "swing", "tipping", "node", "length")
_OWN_SECTIONS = ("facility", "rental", "forecast")
_DIGITS = 4


def can_be_tried(number: str) -> bool:
    """Whether a number is a value that an input could take."""
    return number.partition("/")[0] in TRIED


def tried(number: str, advice: Advice, book: PriceBook) -> tuple[Profile, str]:
    """The profile with the value of a number as its own, and what was tried in words. book: as it is without the
    profile's figures. Raises InputError where a profile cannot hold it, or where the number is no value to try."""
    family, _, index = number.partition("/")
    if not can_be_tried(number):
        raise InputError("Try", "a number that is an answer", "a flip, a swing, a price or a length")
    profile, evens = advice.profile, advice.break_evens
    if family == "flip":
        flip = advice.sensitivity.flips[int(index)]
        return _moved(profile, flip.input, flip.unit, _beyond(flip.flips_at, flip.current), book)
    if family == "swing":
        swing = advice.sensitivity.swings[int(index)]
        worse = swing.low if swing.gap_at_low_usd < swing.gap_at_high_usd else swing.high
        return _moved(profile, swing.input, swing.unit, float(f"{worse:.{_DIGITS}g}"), book)
    if family == "length":
        found = evens.months[int(index)]
        longest = max(workload.months for workload in profile.workload)
        months = min(max(longest, found.from_month), found.to_month)
        return at_plan(profile, _nodes(profile), months, book), f"a plan of {months:g} months"
    point = {"tipping": evens.tipping, "node": evens.node_price}[family]
    if point.usd is None:
        raise InputError("Try", "no such price", point.reason)
    price = math.floor(point.usd * 100 - 1) / 100 if family == "tipping" else math.floor(point.usd / 100 - 1) * 100.0
    offer = {"option": "on-demand", "usd_per_gpu_hour": price} if family == "tipping" else _node(price)
    words = f"{usd_rate(price)} per GPU-hour on demand" if family == "tipping" else f"a node for {usd(price)}"
    return _with_offer(profile, offer, book), words


def _beyond(flips_at: float, current: float) -> float:
    """The place of a flip in a few digits, rounded away from today's value, so that it stays beyond."""
    if not flips_at or flips_at == int(flips_at):
        return flips_at
    step = 10.0 ** (math.floor(math.log10(abs(flips_at))) - _DIGITS + 1)
    whole = math.floor if flips_at < current else math.ceil
    return float(f"{whole(flips_at / step) * step:.{_DIGITS}g}")


def _nodes(profile: Profile) -> int:
    return sum(workload.nodes for workload in profile.workload)


def _moved(profile: Profile, name: str, unit: str, value: float, book: PriceBook) -> tuple[Profile, str]:
    """One input of the flips, moved for all workloads alike or laid over the book."""
    words = f"{input_label(name)} {amount_words(value, unit)}"
    section, _, rest = name.partition(".")
    if name == "months":
        return at_plan(profile, _nodes(profile), value, book), words
    if name == "nodes":
        longest = max(workload.months for workload in profile.workload)
        return at_plan(profile, round(value), longest, book), words
    raw = profile.model_dump(by_alias=True, exclude_none=True, mode="python")
    if not rest:
        raw["workload"] = [dict(workload) | {name: value} for workload in raw["workload"]]
    elif name == "money.discount_rate":
        raw["company"] = dict(raw["company"]) | {"discount_rate": value}
    elif name == "gpu.node_usd":
        return _with_offer(profile, _node(value), book), words
    elif section == "term_discount":
        raw["gpu"] = dict(raw["gpu"]) | {f"{profile.market.tier}_term_discount.{rest}": value}
    elif section == "gpu" or section in _OWN_SECTIONS:
        raw[section] = dict(raw[section]) | {rest: value}
    else:
        raise InputError(input_label(name), words, "a figure that only a book of your own can change (--book)")
    return parse_profile(raw, book, where="Try"), words


def _node(price: float) -> dict[str, object]:
    return {"option": "buy", "usd_per_node": price}


def _with_offer(profile: Profile, offer: dict[str, object], book: PriceBook) -> Profile:
    """The profile with an offer in hand, in place of one of its kind."""
    raw = profile.model_dump(by_alias=True, exclude_none=True, mode="python")
    raw["quote"] = [*(quote for quote in raw["quote"] if quote["option"] != offer["option"]), offer]
    return parse_profile(raw, book, where="Try")
