"""Times and durations as exports write them, as seconds since 1970."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache

HOUR = 3600
_FIRST, _LAST = datetime(2010, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
_FIRST_SECOND, _LAST_SECOND = _FIRST.timestamp(), _LAST.timestamp()
FIRST_HOUR = int(_FIRST_SECOND) // HOUR
HOURS = int(_LAST_SECOND) // HOUR - FIRST_HOUR
_WITHIN_HOUR = {f":{minute:02}:{second:02}": 60.0 * minute + second for minute in range(60) for second in range(60)}
_TO_HOUR = len("2026-09-07T00")
_JITTER = 60.0  # seconds by which rows of a log may be out of order
_NUMBER = re.compile(r"\d{9,13}(?:\.\d+)?")
_ELAPSED = re.compile(r"(?:(\d{1,6})-)?(?:(\d{1,6}):)?(\d{1,2}):(\d{1,2})(?:\.\d+)?")
_SPOKEN = re.compile(r"(\d+)\s*(d|h|m|s)")
_SECONDS = {"d": 86400, "h": 3600, "m": 60, "s": 1}
_FORMATS = ("%Y-%m-%d %H:%M:%S %z", "%m/%d/%Y %H:%M:%S", "%m/%d/%Y, %I:%M:%S %p", "%m/%d/%y %H:%M", "%b %d, %Y %H:%M")


class Clock:
    """Reads times; those without a zone are in `zone`."""

    def __init__(self, zone: tzinfo = UTC) -> None:
        self.zone = zone
        self._of_text = lru_cache(maxsize=1 << 14)(self._parsed)  # rows repeat their times
        self._of_hour = lru_cache(maxsize=1 << 14)(self._whole_hour)

    def seconds(self, text: str) -> float:
        """Seconds since 1970. Raises ValueError with what is wrong."""
        within = _WITHIN_HOUR.get(text[_TO_HOUR:])
        if within is not None and (hour := self._of_hour(text[:_TO_HOUR])) is not None:
            return hour + within
        return self._of_text(text)

    def _whole_hour(self, text: str) -> float | None:
        """The first second of an hour, by its date and hour; None where its minutes cannot be counted from it, since
        the clocks change in it, or it is not a date."""
        try:
            first, last = self._parsed(f"{text}:00:00"), self._parsed(f"{text}:59:59")
        except ValueError:
            return None
        return first if last - first == HOUR - 1 else None

    def _parsed(self, text: str) -> float:
        text = text.strip()
        if text[4:5] not in ("-", "/") and _NUMBER.fullmatch(text):
            number = float(text)
            found = number / 1000 if number > 1e11 else number
        else:
            found = self._local(text).timestamp()
        if not _FIRST_SECOND <= found < _LAST_SECOND:
            raise ValueError("a time outside the years 2010 to 2099")
        return found

    def _local(self, text: str) -> datetime:
        try:
            time = datetime.fromisoformat(text.replace("/", "-") if text[4:5] == "/" else text.removesuffix(" UTC"))
        except ValueError:
            time = _in_another_form(text)
        try:
            return time if time.tzinfo else time.replace(tzinfo=UTC if text.endswith(" UTC") else self.zone)
        except OverflowError:
            raise ValueError("an unreadable time") from None

    def is_ambiguous(self, text: str) -> bool:
        """Whether a time without a zone is one of an hour that the clocks show twice, or skip."""
        return bool(self._shown_again_after(text))

    def in_order(self) -> Callable[[str], float]:
        """Reads the times of a log row by row: a step back within an hour that the clocks show twice is to its second
        showing."""
        last = 0.0

        def seconds(text: str) -> float:
            nonlocal last
            found = self.seconds(text)
            if last - found > _JITTER and (again := self._shown_again_after(text)) > 0:
                found += again
            last = found
            return found

        return seconds

    def _shown_again_after(self, text: str) -> float:
        """Seconds until the clocks show a time again; 0 for most, and below it for one that they skip."""
        try:
            time = self._local(text.strip())
        except ValueError:
            return 0.0
        first, second = (time.replace(fold=fold).utcoffset() for fold in (0, 1))
        return 0.0 if first is None or second is None else (first - second).total_seconds()


def _in_another_form(text: str) -> datetime:
    for form in _FORMATS:
        try:
            return datetime.strptime(text, form)
        except ValueError:
            continue
    raise ValueError("an unreadable time")


def elapsed_seconds(text: str) -> float | None:
    """Seconds of a duration: `3600`, `1-02:03:04`, `02:03:04`, `1d 2h 3m`; None where there is none."""
    text = text.strip()
    if text.isdecimal() and len(text) < 12:
        return float(text)
    if match := _ELAPSED.fullmatch(text):
        days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
        return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds).total_seconds()
    spoken = _SPOKEN.findall(text.lower())
    return float(sum(int(number[:9]) * _SECONDS[unit] for number, unit in spoken)) if spoken else None
