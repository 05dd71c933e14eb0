"""An amount of work as it is typed: `12 gpus`, `4000 gpu-h`, `38 runs 0.29 h 4 gpus`, `70B 400M`, `50k images/day 4 s`.

It is apart from `amount_text`, which every answer imports: its patterns take milliseconds to compile.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from advisor.profiles.form.lengths import LENGTH
from advisor.profiles.limits import WEEKS_A_YEAR
from advisor.profiles.model_text import model_fields, parse_amount

_NUMBER = r"(?:\d+(?:\.\d+)?|\.\d+)"
_MINUTES = 60  # of an hour
_WHOLE = r"\d{1,30}"  # Python reads no whole number of thousands of digits
_DAYS = {
    "s": 1 / 86_400,
    "min": 1 / 1440,
    "hour": 1 / 24,
    "day": 1.0,
    "week": 7.0,
    "month": 365 / 12,
    "quarter": 365 / 4,
    "year": 365.0,
}
_SECOND = r"s(?:ec(?:ond)?s?)?"
_HOUR = r"h(?:(?:ou)?rs?)?"
_MINUTE = r"min(?:ute)?s?"
_PER = r"(?: ?/ ?| an? | per | each | every )"
_PERIOD = rf"(?:{_PER}(?P<period>s(?=ec| |$)|min|hour|day|week|month|quarter|year)(?:ec(?:ond)?|ute)?)"
_SORT = r"(?:(?:fine-? ?tuning|training|tuning|test|ci|evaluation|eval|batch|nightly) )"
_RUN = rf"(?:{_SORT}?(?:runs?|jobs?|experiments?)|trainings?|fine-?tun(?:es?|ings?))"
_RUNS_OF = rf"(?P<runs>{_NUMBER})(?= ?{_RUN}|{_PERIOD.replace('?P<period>', '?:')})(?: ?{_RUN})?{_PERIOD}?"
_TIME_OF_RUN = rf"(?: of| at| for)? (?P<time>{_NUMBER}) ?(?P<scale>{_HOUR}|{_MINUTE}|(?:day|week)s?)(?: each)?"
_RUNS = re.compile(rf"{_RUNS_OF}{_TIME_OF_RUN}(?: on)? (?P<gpus>{_WHOLE}) ?gpus?")
_RUNS_ON = re.compile(rf"{_RUNS_OF}(?: of| on)? (?P<gpus>{_WHOLE}) ?gpus?{_TIME_OF_RUN}")
_RUNS_WITHOUT_GPUS = re.compile(rf"{_RUNS_OF}{_TIME_OF_RUN}")
_PEAK = re.compile(
    rf"(?P<usual>{_WHOLE}) ?gpus?(?: (?:with|and|but))? (?:a )?peaks?(?: of| at)? (?P<most>{_WHOLE})(?: ?gpus?)?"
)
_THEN = re.compile(rf"{_WHOLE} ?[a-z][\w -]*? for {LENGTH}(?: and)? then {_WHOLE}(?P<more> ?[a-z].*)?")
_SPELLS = re.compile(
    rf"(?P<gpus>{_WHOLE}) ?gpus?(?: for)? (?P<time>{_NUMBER}) ?(?P<scale>{_HOUR}|days?|weeks?|months?){_PERIOD}"
)
_HOURS = re.compile(
    rf"(?P<amount>{_WHOLE}(?:\.\d+)?[kmb]?) ?gpu[ -]?(?P<scale>{_HOUR}|days?){_PERIOD}?"
    rf"(?:(?: on)? (?P<gpus>{_WHOLE}) ?gpus?)?"
)
_BY_MONTH = re.compile(rf"({_WHOLE}(?: {_WHOLE})+)(?: ?(gpus?|nodes?))?")
_COUNT = r"(?P<amount>\d+(?:\.\d+)?[kmbgt]?)"
_UNIT = "tokens?|requests?|calls?|messages?|quer(?:y|ies)|prompts?|users?"
_AMOUNT = rf"{_COUNT}(?: ?(?P<unit>{_UNIT}))?"
_TOGETHER = rf"(?: on (?P<gpus>{_WHOLE}) ?gpus?)?"
_OR_API = (  # what an API takes for one, or for all of a period
    rf"(?: (?:or|against|vs) \$ ?(?P<api>{_NUMBER}[km]?)(?: each|{_PER}(?P<billed>day|week|month|quarter|year))?)?"
)
_SERVICE_BY_TIME = re.compile(  # of whatever is made or read: images, calls, audio hours
    rf"{_COUNT} ?(?P<unit>(?!(?:[kmbgt] )?tokens?\b)[a-z]+(?: [a-z]+)?){_PERIOD}"
    rf"(?: of| at)? (?P<time>{_NUMBER}) ?(?P<scale>(?:gpu[ -]?)?(?:ms|{_SECOND}|{_MINUTE}))(?: each)?"
    rf"{_TOGETHER}{_OR_API}"
)
_SERVICE_BY_SPEED = re.compile(
    rf"{_COUNT} ?(?:(?P<kind>audio|speech|video)[ -]?)?(?P<length>{_HOUR}|{_MINUTE})(?: of (?P<of>audio|speech|video))?"
    rf"{_PERIOD}"
    rf"(?: at)? (?P<speed>{_NUMBER}) ?[x\u00d7](?: real[ -]?time)?{_TOGETHER}{_OR_API}"
)
_VOLUME = re.compile(rf"{_COUNT} ?(?!(?:[kmbgt] )?(?:{_UNIT})\b)[a-z]+(?: [a-z]+){{0,3}}?{_PERIOD}")
_OF_LENGTH = re.compile(r"\b(?:hours?|minutes?)\b")
_SERVICE = re.compile(rf"(?P<model>[^\s/]+(?: [^\s/]+)*?)(?: model)?(?: (?:to|at|for|with))?[ /]+{_AMOUNT}{_PERIOD}?")
_SERVICE_OF = re.compile(
    rf"{_COUNT} ?(?P<unit>{_UNIT}){_PERIOD}?(?: of| on| with)? (?!(?:an?|per|each|every) )"
    r"(?P<model>[a-z][^/]*?|[^\s/]+)(?: model)?"
)
_OF_A_WAY = re.compile(  # tokens that are read, or written
    r"(?: (?:with|of|and|at)| [/+]|/)? ?\b(?P<amount>\d+(?:\.\d+)?[kmbgt]?) ?(?:tokens? )?"
    rf"(?:(?P<read>in(?:put)?|prompt|read)|out(?:put)?|completion|generated|written)\b(?: tokens?)?(?: each)?{_PERIOD}?"
)
_BY_REQUEST = re.compile(rf"\b(?!tokens)(?:{_UNIT})\b")
_OF_EACH_USER = re.compile(  # 20k users a day with 10 requests each
    rf"(?P<users>{_COUNT} ?users?)(?: a day| daily)? (?:with|making|sending|at|x|who (?:make|send))? ?"
    rf"(?P<each>{_NUMBER}) ?(?!users)(?:{_UNIT})(?:{_PERIOD}(?: each| per user)?| each| per user)"
)
_PRECISION = re.compile(r"(?: (?:in|at|with|as))? ?\b(?P<precision>bf16|fp16|fp8|fp4)\b(?: weights| precision)?")
_BILL = re.compile(rf" (?:or|against|vs) \$ ?(?P<api>{_NUMBER}[km]?){_PER}(?P<billed>day|week|month|quarter|year)")
_API = "the API"  # that takes a bill which was typed
_STEP = re.compile(rf"({_WHOLE}) ?gpus? ({_NUMBER}) ?%")
_LOAD = re.compile(rf"{_STEP.pattern}(?: {_STEP.pattern})*")
_ONE = re.compile(rf"({_WHOLE}|\d{{1,9}}(?:\.\d{{1,3}})?k) ?(gpus?|cards?|nodes?|servers?)")
_PFLOPS = re.compile(rf"({_NUMBER}) ?(?:p|peta)flops?(?:/s)?")
_FLOPS = re.compile(rf"({_NUMBER}(?:e\+?\d+)?) ?flops?")
USE = (
    "70B 400M tokens a day, 70B 20k users, 50k images/day 4 s or $0.004 each, 3000 audio hours/day 40x; of a bill its "
    "tokens a month"
)


def amount_from(words: str) -> Mapping[str, Any] | None:
    """Return the fields of a workload that everyday words give, or None where they are not an amount of work."""
    alone = _without_commas(words)
    return next((fields(match) for pattern, fields in _WAYS if (match := pattern.fullmatch(alone))), None)


def _without_commas(words: str) -> str:
    return " ".join(words.replace(",", " ").split())


def _whole(number: str) -> int:
    """A whole number, also in thousands: 10k."""
    return round(parse_amount(number)) if number.endswith("k") else int(number)


def _runs_from(match: re.Match[str]) -> dict[str, Any]:
    """Runs of each week; such as take weeks as the weeks of a year in which all of their GPUs work."""
    scale, time = match["scale"], float(match["time"])
    runs = float(match["runs"]) * _DAYS["week"] / _DAYS[match["period"] or "week"]
    if scale.startswith("week"):
        return {"gpus": int(match["gpus"]), "weeks_per_year": round(runs * time * WEEKS_A_YEAR, 2), "busy": 1.0}
    days = time * _DAYS["day" if scale.startswith("day") else "hour"] / (_MINUTES if scale.startswith("min") else 1)
    return {"runs_per_week": runs, "hours_per_run": days / _DAYS["hour"], "gpus": int(match["gpus"])}


def _spells_from(match: re.Match[str]) -> dict[str, Any]:
    """GPUs that are needed for a part of each period: for days or longer as the weeks of a year in which all of them
    work, for hours as the GPU-hours of a month."""
    days = float(match["time"]) * _DAYS["hour" if match["scale"].startswith("h") else match["scale"].removesuffix("s")]
    share, gpus = days / _DAYS[match["period"]], int(match["gpus"])
    if not match["scale"].startswith("h"):
        return {"gpus": gpus, "weeks_per_year": round(share * WEEKS_A_YEAR, 2), "busy": 1.0}
    return {"gpu_hours_per_month": round(gpus * share * _DAYS["month"] / _DAYS["hour"], 6), "gpus": gpus}


def _hours_from(match: re.Match[str]) -> dict[str, Any]:
    hours = parse_amount(match["amount"]) * (1 if match["scale"].startswith("h") else _DAYS["day"] / _DAYS["hour"])
    monthly = round(hours * _DAYS["month"] / _DAYS[match["period"] or "month"], 6)
    return {"gpu_hours_per_month": monthly} | ({"gpus": int(match["gpus"])} if match["gpus"] else {})


def _load_from(match: re.Match[str]) -> dict[str, Any]:
    return {"load": tuple((int(gpus), float(share) / 100) for gpus, share in _STEP.findall(match[0]))}


def _by_month_from(match: re.Match[str]) -> dict[str, Any]:
    name = "gpus_by_month" if (match[2] or "").startswith("gpu") else "nodes_by_month"
    return {name: tuple(int(number) for number in match[1].split())}


_WAYS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], dict[str, Any]]], ...] = (
    (_RUNS, _runs_from),
    (_RUNS_ON, _runs_from),
    (_SPELLS, _spells_from),
    (_HOURS, _hours_from),
    (_PFLOPS, lambda match: {"pflops": float(match[1])}),
    (_FLOPS, lambda match: {"training": {"flops": float(match[1])}}),
    (_ONE, lambda match: {"gpus" if match[2].startswith(("gpu", "card")) else "nodes": _whole(match[1])}),
    (_LOAD, _load_from),
    (_BY_MONTH, _by_month_from),
)


def service_from(words: str, where: str, requests_per_user: float, written: float) -> dict[str, Any] | None:
    """The model and its tokens or requests a day that words give, or the GPU time of its requests, as fields of a
    service; None for others.

    Args:
        words: Everyday words such as `70b 400m`, `70b 2m requests`, `70b 20k users` or `50k images/day 4 s`.
        where: The field, for an error.
        requests_per_user: Requests a user makes in a day.
        written: Tokens written in a request, where a text says how many are read and written in a day.

    Raises:
        InputError: A model that is neither a number of parameters nor an open model of the book.
    """
    words, request = _without_request(_without_commas(words), written)
    if (by_user := _OF_EACH_USER.search(words)) is not None:
        requests_per_user = float(by_user["each"]) / _DAYS[by_user["period"] or "day"]
        words = _without_commas(f"{words[: by_user.start()]} {by_user['users']} {words[by_user.end() :]}")
    if (by_speed := _SERVICE_BY_SPEED.fullmatch(words)) is not None:
        return _by_speed(by_speed)
    if (by_time := _SERVICE_BY_TIME.fullmatch(words)) is not None:
        return _by_time(by_time, requests_per_user)
    words, precision = _without(words, _PRECISION)
    words, bill = _without(words, _BILL)
    match = _SERVICE_OF.fullmatch(words) or _SERVICE.fullmatch(words)
    daily = None if match is None else _a_day(match, requests_per_user)
    if match is None or daily is None:
        return None
    unit = "tokens_per_day" if (match["unit"] or "tokens").startswith("token") else "requests_per_day"
    try:
        model = model_fields(match["model"], where)
    except ValueError:
        return None
    given: dict[str, Any] = {**model, unit: daily, **request} | _of_users(match, requests_per_user)
    if precision is not None:
        given["precision"] = precision["precision"].replace("fp16", "bf16")
    if bill is not None and unit == "tokens_per_day":
        million = _usd_each(bill, daily) * 1e6
        given |= {"good_enough": _API, "api_input_usd": million, "api_output_usd": million}
    return None if bill is not None and unit != "tokens_per_day" else given


def _without(words: str, pattern: re.Pattern[str]) -> tuple[str, re.Match[str] | None]:
    """A text without a part of it, and that."""
    if (match := pattern.search(words)) is None:
        return words, None
    return _without_commas(f"{words[: match.start()]} {words[match.end() :]}"), match


def _without_request(words: str, written: float) -> tuple[str, dict[str, float]]:
    """A text with the tokens of a day in all in place of those that are read and those that are written, and how many
    of both a request has: of `2k in 500 out` beside a number of requests, these; of tokens of a day, whose requests are
    not known, as many written as usual and read in proportion."""
    found = list(_OF_A_WAY.finditer(words))
    if [bool(match["read"]) for match in found] not in ([True, False], [False, True]):
        return words, {}
    first, last = found
    rest = words[: first.start()], words[first.end() : last.start()] + words[last.end() :]
    amounts = {bool(match["read"]): parse_amount(match["amount"]) for match in found}
    if _BY_REQUEST.search("".join(rest)):
        return _without_commas("".join(rest)), {"tokens_in": amounts[True], "tokens_out": amounts[False]}
    period = last["period"] or first["period"]
    periods = {match["period"] or period for match in found}
    if len(periods) > 1:
        return words, {}
    total = f" {sum(amounts.values()):.0f} tokens" + (f" a {period} " if period else " ")
    ratio = amounts[True] / amounts[False]
    return _without_commas(total.join(rest)), {"tokens_in": max(written * ratio, 1.0), "tokens_out": written}


def with_what_is_missing(words: str) -> str:
    """How everyday words may go on that lack a part of an amount of work, and what that part is; empty for others.

    >>> with_what_is_missing("10 runs a week of 4 h")
    'the GPUs of each too: 10 runs a week of 4 h on 8 gpus'
    """
    alone = _without_commas(words)
    if _RUNS_WITHOUT_GPUS.fullmatch(alone):
        return f"the GPUs of each too: {words} on 8 gpus"
    if peak := _PEAK.fullmatch(alone):
        usual, most = sorted((int(peak["usual"]), int(peak["most"])))
        return (
            f"how much of the time they all work, such as {usual} gpus 100% {most} gpus 20%: "
            f"{usual} always, the other {most - usual} a fifth of it"
        )
    if then := _THEN.fullmatch(alone):
        return f"how long then too: {words} {'' if then['more'] else 'gpus '}for 12 months"
    if _VOLUME.fullmatch(words):
        timed = f"{words} {'40x' if _OF_LENGTH.search(words) else '2 s'}"
        return f"the GPU time of each too, or how many times faster than real time: {timed}"
    return ""


def _a_day(match: re.Match[str], requests_per_user: float) -> float | None:
    """Tokens or requests of a day, of those of another period; None for users of another period than a day, who do not
    come every day."""
    amount, period = parse_amount(match["amount"]), match["period"] or "day"
    if not (match["unit"] or "").startswith("user"):
        return amount / _DAYS[period]
    return amount * requests_per_user if period == "day" else None


def _of_users(match: re.Match[str], requests_per_user: float) -> dict[str, float]:
    """What one user makes, where users are what was typed: the form shows them again."""
    return {"requests_per_user_day": requests_per_user} if (match["unit"] or "").startswith("user") else {}


def _by_time(match: re.Match[str], requests_per_user: float) -> dict[str, Any] | None:
    """Requests a day, the GPU time of each, and what they are in the user's words."""
    scale = match["scale"].removeprefix("gpu").lstrip(" -")
    seconds = float(match["time"]) * (0.001 if scale == "ms" else 60 if scale.startswith("min") else 1)
    daily = _a_day(match, requests_per_user)
    counted = {} if match["unit"].startswith(("user", "request")) else {"counted": match["unit"]}
    return None if daily is None else _timed(match, daily, seconds) | counted | _of_users(match, requests_per_user)


def _by_speed(match: re.Match[str]) -> dict[str, Any]:
    """Hours or minutes of audio a day, each a request, by how many times faster than real time a GPU works."""
    length, seconds = ("minutes", 60) if match["length"].startswith("min") else ("hours", 3600)
    daily = parse_amount(match["amount"]) / _DAYS[match["period"]]
    return _timed(match, daily, seconds / float(match["speed"])) | {
        "counted": f"{match['kind'] or match['of'] or 'audio'} {length}"
    }


def _usd_each(match: re.Match[str], requests_per_day: float) -> float:
    """What an API takes for one request, also of its bill of a period."""
    usd = float(match["api"].rstrip("km")) * {"k": 1e3, "m": 1e6}.get(match["api"][-1], 1.0)
    return usd / (requests_per_day * _DAYS[match["billed"]]) if match["billed"] else usd


def _timed(match: re.Match[str], requests_per_day: float, seconds: float) -> dict[str, Any]:
    together = {} if match["gpus"] is None else {"gpus_per_replica": int(match["gpus"])}
    api = {} if match["api"] is None else {"api_usd_per_request": _usd_each(match, requests_per_day)}
    return {"requests_per_day": requests_per_day, "gpu_seconds_per_request": seconds, **together, **api}
