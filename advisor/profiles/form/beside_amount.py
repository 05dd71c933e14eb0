"""What is typed behind an amount of work: `64 gpus for 3 months at 60% growing 5% a month`."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from advisor.errors import InputError
from advisor.profiles.form.dates import months_until
from advisor.profiles.form.in_words import growth_from

_NUMBER = r"(\d{1,9}(?:\.\d{1,9})?)"
_MONTHS = {"day": 12 / 365, "week": 7 * 12 / 365, "month": 1, "quarter": 3, "year": 12}
_DECIMALS = 2  # of months: a hundredth is a third of a day
_BEHIND = {  # growth first: the months of `2x in 6 months` are its own
    "growth_per_month": re.compile(
        r",? (?:(?:growing|growth|grows)(?: by| of| at)? |(?=(?:doubl|tripl|halv)))([^,]{1,60})$"
    ),
    "months": re.compile(
        rf",? (?:(?:for|over|in|within|during) )?{_NUMBER} ?(day|week|month|quarter|year)s?$"
        r"|,? ((?:until|till?|through|thru) [^,]{1,40})$"
    ),
    "busy": re.compile(rf",? (?:at |@ ?)?{_NUMBER} ?% ?(?:busy|used|util[a-z]*)$|,? (?:at |@ ?){_NUMBER} ?%$"),
}
_IN_ALL = "in all"  # months over which the amount is spread
_A_RATE = re.compile(r"(?:/ ?|\b(?:an?|per|each|every) )(?:s|sec|second|hour|day|week|month|quarter|year)\b")
_WITH_UTILIZATION = {"nodes", "gpus", "nodes_by_month", "gpus_by_month", "pflops"}
_WITHOUT_GROWTH = {"nodes_by_month", "gpus_by_month", "training"}


def is_rate(words: str) -> bool:
    """Whether everyday words say how much there is in a second, a day or another period."""
    return _A_RATE.search(words) is not None


def split_behind(words: str, starts: date, where: str = "") -> tuple[str, dict[str, float]]:
    """A text without what stands behind the amount of work in it, and that as fields of the workload: the months, the
    utilization and the growth.

    Args:
        words: Everyday words.
        starts: The first day of the work, from which months until a day are counted.
        where: Name of the field, for an error.

    Raises:
        InputError: For a day before that, or one that there is not.

    >>> split_behind("64 gpus for 2 weeks at 60%", date(2026, 12, 1))
    ('64 gpus', {'busy': 0.6, 'months': 0.46})
    """
    behind: dict[str, float] = {}
    for name, pattern in [*_BEHIND.items()] * len(_BEHIND):  # in any order
        match = None if name in behind else pattern.search(words)
        value = None if match is None else _value(name, match, starts, where)
        if match is None or value is None:
            continue
        words, behind[name] = words[: match.start()], value
        if match[0].strip(", ").startswith(("over", "in", "within")) and not is_rate(words):
            behind[_IN_ALL] = value
    return words, behind


def _value(name: str, match: re.Match[str], starts: date, where: str) -> float | None:
    if name == "growth_per_month":
        return growth_from(match[1])
    if name == "months" and match[3]:
        return months_until(match[3], where, starts)
    if name == "months":
        return round(float(match[1]) * _MONTHS[match[2]], _DECIMALS)
    return float(match[1] or match[2]) / 100


def with_behind(amount: Mapping[str, Any], behind: Mapping[str, float], where: str, typed: str) -> Mapping[str, Any]:
    """The fields of an amount of work with those of what was typed behind it.

    Args:
        amount: As fields of a workload.
        behind: See `split_behind`.
        where: Name of the field, for an error.
        typed: All of the text, for an error.

    Raises:
        InputError: For a utilization or a growth beside an amount that has its own, and for the use of a service in all
            of some months.
    """
    fields, given = dict(behind), dict(amount)
    in_all = fields.pop(_IN_ALL, None)
    if in_all and "serving" in amount:
        raise InputError(where, repr(typed), "a service by the day or the month: 70B 12B tokens a month for 3 months")
    if in_all and "gpu_hours_per_month" in amount:
        given["gpu_hours_per_month"] /= in_all
    if "busy" in fields and "training" in amount:
        given["training"] = {**amount["training"], "busy": fields.pop("busy")}
    if "busy" in fields and not _WITH_UTILIZATION & amount.keys():
        raise InputError(where, repr(typed), "no utilization here: it follows from the work and the GPUs")
    if "growth_per_month" in fields and _WITHOUT_GROWTH & amount.keys():
        raise InputError(where, repr(typed), "no growth here: the amount says how much there is in each month")
    return {**given, **fields}
