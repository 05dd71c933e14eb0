"""What is typed behind an amount of work: `64 gpus from January for 3 months at 60% growing 5% a month`."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from advisor.errors import InputError
from advisor.profiles.form.dates import day_of_start, months_before, months_later, months_until
from advisor.profiles.form.in_words import growth_from
from advisor.profiles.form.lengths import LENGTH, months_in

_NUMBER = r"(\d{1,9}(?:\.\d{1,9})?)"
_A = r"(?:(?:the )?next |an? )?"
_BUSY = r"(?:busy|used|load|(?:(?:average|mean) )?util[a-z]*|of the time)"
_BEHIND = {  # growth first: the months of `2x in 6 months` are its own
    "growth_per_month": re.compile(
        r",? (?:(?:and|with|but) )?(?:(?:growing|growth|grows?)(?: by| of| at)? |(?=doubl|tripl|halv|[+]\d))"
        r"(?P<by>[^,]{1,60})$"
        r"|,? (?:(?:and|with|but) )?(?:an? )?(?P<of>[+-]?\d[^,]{1,40}) growth$"
    ),
    "start_month": re.compile(
        r",? (?:to )?(?:from|in|as of|(?:start|begin)[a-z]*(?: (?:on|from|at))?) (?!.* from )(?P<start>[^,]{1,40})$"
        r"|,? (?P<soon>asap|immediately|right away)$"
    ),
    "months": re.compile(
        rf",? (?:(?P<before>for|over|in|within|during|on|with) {_A})?(?P<length>{LENGTH})"
        r"(?: (?:term|contract|commitment|reservation|project|run))?$"
    ),
    "_until": re.compile(
        r",? (?P<until>(?:until|till?|through|thru|to) (?!.* (?:until|till?|through|thru|to) )[^,]{1,40})$"
    ),
    "busy": re.compile(
        rf",? (?:(?:at|with|and)(?: an?)? |@ ?)?(?:util[a-z]*(?: of| is|:)? )?{_NUMBER} ?(?:%|percent)(?: ?{_BUSY})?$"
        rf"|,? (?:(?:at |@ ?)(?P<share>0?\.\d{{1,9}})(?: ?{_BUSY})?|(?P<of_all>0?\.\d{{1,9}}) ?{_BUSY})$"
    ),
    "share_of_peak": re.compile(rf",? (?:(?:at|with) )?{_NUMBER} ?% ?(?:mfu|of (?:the )?peak)$"),
    "_always": re.compile(r",? (?:(?:running|up|on|used) )?(?:24 ?[/x] ?7|(?:a?round|all) the clock|non-?stop)$"),
}
_IN_ALL, _WITHIN, ALWAYS = "_in_all", "_within", "_always"  # said beside the fields of a workload
_SAME = {"months": "_until", "_until": "months"}
_A_STEP = re.compile(r"gpus? \d[\d.]* ?%")  # of a load curve
_MONTHS_OR_MILLIONS = re.compile(r"\d ?m$")
_IN_GPUS = re.compile(r"\b(?:gpus?|nodes?|[abhl]\d{2,3}s?)\b")
_A_RATE = re.compile(r"(?:/ ?|\b(?:an?|per|each|every) )(?:s|sec|second|min|minute|hour|day|week|month|quarter|year)\b")
_WITH_UTILIZATION = {"nodes", "gpus", "nodes_by_month", "gpus_by_month", "pflops"}
_WITHOUT_GROWTH = {"nodes_by_month", "gpus_by_month", "training"}


def is_rate(words: str) -> bool:
    """Whether everyday words say how much there is in a second, a day or another period."""
    return _A_RATE.search(words) is not None


def split_behind(words: str, today: date, start_month: int = 0, where: str = "") -> tuple[str, dict[str, float]]:
    """A text without what stands behind the amount of work in it, and that as fields of the workload: the months, the
    start, the utilization, the growth and the share of the peak performance; and what `with_behind` makes of the rest.

    Args:
        words: Everyday words.
        today: From which a start is counted.
        start_month: Of the work, from which months until a day are counted where no start is typed.
        where: Name of the field, for an error.

    Raises:
        InputError: For a day before that, or one that there is not.

    >>> split_behind("64 gpus for 2 weeks at 60%", date(2026, 12, 1))
    ('64 gpus', {'busy': 0.6, 'months': 0.46})
    """
    behind: dict[str, float] = {}
    until, starts = "", months_later(today, start_month)
    for name, pattern in [*_BEHIND.items()] * len(_BEHIND):  # in any order
        match = None if {name, _SAME.get(name)} & behind.keys() else pattern.search(words)
        value = None if match is None else _value(name, match, words[: match.start()], today, starts, where)
        if match is None or value is None:
            continue
        words, behind[name] = words[: match.start()], value
        if name == "start_month":
            starts = day_of_start(match["start"] or "now", where, today) or starts
        elif name == "_until":
            until = match["until"]
        elif name == "months":
            behind |= dict.fromkeys(_beside_months(match["before"], words), value)
    if until:
        behind.pop("_until")
        behind["months"] = months_until(until, where, starts, today) or 0.0
    return words, behind


def _beside_months(before: str | None, words: str) -> list[str]:
    """What the word before a length says of the amount of work."""
    said = [_IN_ALL] if before in ("over", "in", "within") and not is_rate(words) else []
    return [*said, _WITHIN] if before in ("in", "within") else said


def _value(name: str, match: re.Match[str], before: str, today: date, starts: date, where: str) -> float | None:
    """What a match says; None where the words mean something else. before: those in front of it."""
    match name:
        case "growth_per_month":
            return growth_from(match["by"] or match["of"])
        case "months":
            return _length(match, before)
        case "_until":
            return months_until(match["until"], where, starts, today)
        case "start_month":
            day = day_of_start(match["start"] or "now", where, today)
            return None if day is None else months_before(day, today)
        case "busy" if _A_STEP.search(before):
            return None
        case _:
            share = next(filter(None, map(match.groupdict().get, ("share", "of_all"))), None)
            return float(share or match[1]) / (1 if share else 100) if match.re.groups else 1.0


def _length(match: re.Match[str], before: str) -> float | None:
    """The months of a length; None for `70B 400m`, which are tokens."""
    tokens = match["before"] in (None, "with", "on") and _MONTHS_OR_MILLIONS.search(match["length"])
    return None if tokens and _IN_GPUS.search(before) is None else months_in(match["length"])


def with_behind(amount: Mapping[str, Any], behind: Mapping[str, float], where: str, typed: str) -> Mapping[str, Any]:
    """The fields of an amount of work with those of what was typed behind it.

    Args:
        amount: As fields of a workload.
        behind: See `split_behind`.
        where: Name of the field, for an error.
        typed: All of the text, for an error.

    Raises:
        InputError: For a utilization or a growth beside an amount that has its own, for the use of a service in all of
            some months, and for GPUs `in 3 months`.
    """
    fields, given = dict(behind), dict(amount)
    in_all, within, always = (fields.pop(name, None) for name in (_IN_ALL, _WITHIN, ALWAYS))
    if in_all and "serving" in amount:
        raise InputError(where, repr(typed), "a service by the day or the month: 70B 12B tokens a month for 3 months")
    if within and _WITH_UTILIZATION & amount.keys():
        raise InputError(where, repr(typed), "`for 3 months` for how long, or `from March` for when it starts")
    if in_all and "gpu_hours_per_month" in amount:
        given["gpu_hours_per_month"] /= in_all
    if always and _WITH_UTILIZATION & amount.keys():
        fields.setdefault("busy", always)
    if "training" in amount:
        training = {name: fields.pop(name) for name in ("busy", "share_of_peak") if name in fields}
        given["training"] = {**amount["training"], **training}
    if "share_of_peak" in fields:
        raise InputError(where, repr(typed), "a share of the peak for a training alone: 70B 2T 45% mfu")
    if "busy" in fields and not _WITH_UTILIZATION & amount.keys():
        raise InputError(where, repr(typed), "no utilization here: it follows from the work and the GPUs")
    if "growth_per_month" in fields and _WITHOUT_GROWTH & amount.keys():
        raise InputError(where, repr(typed), "no growth here: the amount says how much there is in each month")
    return {**given, **fields}
