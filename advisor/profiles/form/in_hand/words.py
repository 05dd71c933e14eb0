"""The words of what is in hand, read piece by piece: how much of which GPU, dates, spans of time, sums of money."""

import calendar
import re
from datetime import date, timedelta
from decimal import Decimal

from advisor.errors import InputError
from advisor.formatting import plural
from advisor.market.price_book import Gpu, PriceBook
from advisor.profiles.form.in_words import IN_DOLLARS, in_other_currency
from advisor.profiles.form.lengths import SPELLED_LENGTH, months_in
from advisor.profiles.form.named_gpus import comes_in_racks, refuse_racks
from advisor.profiles.schema import Profile
from advisor.profiles.spelled_numbers import SPELLED_OUT, spelled_number
from advisor.profiles.validation import own_book
from advisor.values.any_case import AnyCase
from advisor.values.quick_dataclass import dataclass

NUMBER = r"(?:\d{1,30}(?:\.\d+)?|\.\d+)"  # Python reads no whole number of thousands of digits
_SIGN = r"(?:(?:us)?\$|usd) ?"
_AMOUNT = rf"(?P<usd>{NUMBER}) ?(?P<scale>(?:k|m|thousand|million)\b)?(?: ?usd\b)?"
MONEY = f"{_SIGN}{_AMOUNT}"
SUM = f"(?:{_SIGN})?{_AMOUNT}"  # where a word before it says that it is one
PER = (  # what a sum is for
    r"(?P<per>(?:[ /-]*(?:an?|per|each|apiece|gpus?|cards?|[abhl]\d{2,3}|nodes?|servers?|machines?|boxe?s?|racks?"
    r"|h|hrs?|hours?|hourly|mo|months?|monthly|y|yrs?|years?|yearly|annum|annually|days?|daily)\b)*)"
)
NODES = r"(?:nodes?|servers?|machines?|box(?:es)?|racks?|dgx)"
_SCALES = {"": 1, "k": 1000, "thousand": 1000, "m": 1_000_000, "million": 1_000_000}
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NAME = rf"(?:{'|'.join(_MONTHS)})[a-z]*\.?"
_ALONE = (  # a month whose year is the next or the last one; not the verb `may be`
    r"(?:january|february|march|april|june|july|august|september|october|november|december|sept"
    rf"|may(?! (?:be|not)\b)|{'|'.join(month for month in _MONTHS if month != 'may')})"
)
_YEAR = r"(?:\d{4}|['’]\d\d)"
DATE = (
    r"(?:(?P<part>(?:the )?(?:end|mid(?:dle)?|beginning|start)(?: of(?: the)?)?|mid)[ -])?"
    r"(?P<date>\d{4}[-/]\d{1,2}(?:[-/]\d{1,2})?|\d{1,2}/\d{4}|\d{1,2}(?P<mark>[/.])\d{1,2}(?P=mark)(?:\d{4}|\d\d)"
    rf"|{_NAME} ?{_YEAR}|{_NAME} \d{{1,2}}(?:st|nd|rd|th)?(?:,? \d{{4}})?"
    rf"|\d{{1,2}}(?:st|nd|rd|th|\.)?(?: of)? {_NAME}(?: \d{{4}})?"
    r"|(?:next|this) (?:month|quarter|year)|(?<=end of the )year|(?:(?:this|the|next) )?year[ -]end"
    rf"|[qh][1-4](?: of)? ?{_YEAR}|\d{{4}}[ -]?[qh][1-4]|(?:19|20)\d{{2}}|[qh][1-4]|{_ALONE})(?![\w/-]|\.\d)"
)
SPAN = rf"(?P<span>{SPELLED_LENGTH})"
_QUOTED = r'"(?:[^"\\]|\\.)*"'
_STOPS = (
    r"(?:until|till?|through|thru|at|for|ends?|ending|expir\w+|no|not|may|notice|terminat\w+|leaving|refund\w*|sublet\w*"
    rf"|reserved|and|bought|paid|sells?|worth|hosting|since|own|{_ALONE})\b"
)
_WORD = rf"(?!{_STOPS}|{SPELLED_LENGTH})[^\W\d_][\w.&'/+-]*"
_FROM = AnyCase(rf"\b(?:from|with) (?:(?P<quoted>{_QUOTED})|(?P<name>{_WORD}(?: {_WORD})*))")
_THOUSANDS = AnyCase(r"(?<=\d),(?=\d{3}(?!\d))")
GPU_NAME = r"(?:(?:nvidia|amd) )?(?:rtx|gb|gh|mi|[abhlvt])[ -]?(?:pro )?\d"  # how one begins
_NEXT = AnyCase(rf"\s*;\s*|(?:\s*[,+&]\s*|\s+(?:and|plus)\s+)(?=\d+ ?[x×]? ?(?:{NODES}\b|gpus?\b|{GPU_NAME}))")
_SIZE = AnyCase(
    rf"(?<![\w.])(?P<count>\d{{1,30}}|{SPELLED_OUT}\b|half an?)(?![\d]|\.\d)"
    r"(?: ?[x×] ?(?P<by>\d{1,9})(?= ?[x×]? ?[a-z])| (?P<of>\d{1,9}) ?[x×] ?(?=[a-z]))?(?P<x> ?[x×])? ?"
    rf"(?P<nodes>{NODES}\b)?(?: ?(?:of|with)\b)?(?: (?P<each>\d{{1,9}}) ?[x×]?(?= ?[a-z]))? ?"
)
_DECIMAL_COMMA = AnyCase(r"(?<=\d),(?=\d\d?(?!\d))")
_SIGN_BEHIND = AnyCase(
    r"(?<![\w.$])(\d[\d.]*(?: ?(?:k|m|thousand|million)\b)?) ?(?:usd|us\$|(?:us )?dollars?|\$)(?![\w$])"
)
_POINT_OR_THOUSANDS = AnyCase(r"[1-9]\d{0,2}\.\d{3}")
_AFTER_NAME = AnyCase(rf" ?(?:(?P<nodes>{NODES})|gpus?|cards?)\b")
_FILLERS = AnyCase(
    r"\b(?:we|i|have|has|had|our|own|owned|already|of|each|an?|the|with|and|in|at|on|hand|reserved|reservations?|contracts?"
    r"|contracted|under|committed|left|running|runs|for|rented|leased|it|is|are|to|be|still|that|which|hgx)\b|[,.:·\0](?=\s|\Z|\0)|\0"
)
_MONTHS_OF_A_YEAR, _MONTHS_OF_A_QUARTER, _MIDDLE = 12, 3, 15
_DATES = "such as 31 Mar 2027, 2027-03-31, 31.3.2027, March 2027 or mid 2027"
_LONGER = (  # the hours of what a sum is for, by the word for it: of a day, and in months
    (r"\b(?:days?|daily)\b", 0), (r"\bmo", 1), (r"\b(?:y|yr|year|an+u)", 12),
)  # fmt: skip
_HOURS_OF_A_DAY = 24.0
_MOST_WORDS = 5  # of the name of a GPU
_DIGITS = 6  # of a price that is divided


@dataclass(frozen=True)
class Held:
    """How much is held.

    Attributes:
        gpus: All of them.
        gpu: The id of the GPU in them; None where the text names none.
        per_node: GPUs of one.
        hours_per_month: Hours of a month.
        in_nodes: Whether it was said in nodes.
    """

    gpus: int
    gpu: str | None
    per_node: int
    hours_per_month: float
    in_nodes: bool

    @property
    def nodes(self) -> int:
        """Whole servers."""
        return self.gpus // self.per_node

    def of_one_gpu(self, sum_said: re.Match[str], where: str) -> float:
        """A sum for one GPU and, if it is for a day, month or year, an hour of it.

        A sum that is not said to be for something is for a GPU, or for all that is held where it is for longer than an
        hour.
        """
        per = sum_said["per"].lower()
        months = next((months for word, months in _LONGER if re.search(word, per)), None)
        usd = usd_in(sum_said, where, of_an_hour=months is None)
        of_gpu = re.search(r"gpu|card|[abhl]\d\d", per) is not None
        of_node = not of_gpu and re.search(NODES, per) is not None
        gpus = self.per_node if of_node else self.gpus if months is not None and not of_gpu else 1
        hours = 1.0 if months is None else months * self.hours_per_month or _HOURS_OF_A_DAY
        return usd if gpus == hours == 1 else round(usd / gpus / hours, _DIGITS)


class Words:
    """A text of which the pieces that were read are taken away; what is left was not understood."""

    def __init__(self, text: str, where: str) -> None:
        """where: the field, for errors."""
        self.where, self._whole = where, text
        self._left = text

    def take(self, pattern: AnyCase) -> re.Match[str] | None:
        """The first match in what is left, taken away."""
        match = pattern.search(self._left)
        if match is not None:
            self._left = f"{self._left[: match.start()]}\0{self._left[match.end() :]}"
        return match

    def take_name(self) -> str | None:
        """Who it is from: a name in capitals or small letters up to the next word of another piece, or in quotes."""
        match = self.take(_FROM)
        if match is None:
            return None
        return match["name"] or re.sub(r"\\(.)", r"\1", match["quoted"][1:-1])

    def take_size(self, profile: Profile, book: PriceBook, example: str, *, in_gpus: bool = False) -> Held:
        """How much is held: `64 H100`, `8 nodes of H100`, `4 x 8 H100`, `16 gpus`. in_gpus: whether the GPUs need not
        fill nodes.

        Raises:
            InputError: For a text without it, an unknown GPU, or GPUs that do not fill nodes.
        """
        match = _SIZE.search(self._left)
        if match is None:
            raise InputError(self.where, f"no size in {self._whole!r}", f"such as {example}")
        gpu, end = self._gpu_at(match.end(), book)
        after = _AFTER_NAME.match(self._left, end)
        in_nodes = match["nodes"] or (after is not None and after["nodes"])
        if gpu is None and not in_nodes and after is None:
            raise InputError(self.where, f"{match['count']} of what in {self._whole!r}", f"such as {example}")
        self._left = f"{self._left[: match.start()]}\0{self._left[after.end() if after else end :]}"
        own = own_book(profile, book)
        per_node = int(own.assumptions_for(gpu or profile.workload[0].gpu).rental.gpus_per_node)
        count, each, unit = (
            _count(match["count"]),
            match["each"] or match["by"] or match["of"],
            (in_nodes or "").lower(),
        )
        self._refuse_unclear(match, unit, count == per_node, own.gpu(gpu or profile.workload[0].gpu), own)
        if match["x"] and after is not None and count > 1 and not each and not unit.endswith("s"):  # an 8xH100 node
            in_nodes = None
        if each and in_nodes and int(each) > per_node:  # 64 in all, or 64 in each
            either = f"{each} GPUs in all, or {round(count) * int(each)}"
            raise InputError(self.where, f"{match['count']} {unit} of {each} GPUs", either)
        gpus = round(count * (int(each) if each else per_node if in_nodes else 1))
        if gpus % per_node and not in_gpus:
            raise InputError(self.where, f"{gpus} {plural('GPU', gpus)}", f"whole nodes, of {per_node} GPUs each")
        hours = float(own.assumptions_for(gpu or profile.workload[0].gpu).rental.hours_per_month)
        return Held(gpus, gpu, per_node, hours, in_nodes=bool(in_nodes))

    def _refuse_unclear(self, match: re.Match[str], unit: str, fills_one: bool, gpu: Gpu, book: PriceBook) -> None:
        """Raise InputError for a rack of GPUs that do not come in racks, and for `8xH100 nodes`."""
        if unit.startswith("rack") and not comes_in_racks(gpu, book):
            refuse_racks(self.where, f"{match['count']} {unit}", gpu)
        if match["x"] and not match["nodes"] and not match["by"] and fills_one and unit.endswith("s"):
            raise InputError(
                self.where, repr(f"{match[0].strip()} ... {unit}"), f"how many {unit} of {match['count']} GPUs"
            )

    def _gpu_at(self, start: int, book: PriceBook) -> tuple[str | None, int]:
        """The id of the GPU that is named at a place, and where its name ends; None where there is no name."""
        words = self._left[start:].split("\0")[0].split(" ")
        for number in range(min(_MOST_WORDS, len(words)), 0, -1):
            name = " ".join(words[:number])
            found = book.find_gpu(name.rstrip(",.")) or book.find_gpu(name.rstrip(",.").removesuffix("s"))
            if found is not None:
                return found.id, start + len(name)
        if re.match(GPU_NAME, words[0], re.IGNORECASE):
            book.gpu(words[0].rstrip(",."), self.where)  # says which ones there are
        return None, start

    def done(self, allowed: str) -> None:
        """Raise InputError for words that were not understood. allowed: what may be typed."""
        unread = " ".join(_FILLERS.sub(" ", self._left).split())
        if unread and in_other_currency(unread):
            raise InputError(self.where, repr(unread), f"US$ {IN_DOLLARS}")
        if unread:
            raise InputError(self.where, repr(unread), allowed)


def parts_of(text: str) -> list[str]:
    """The contracts or lots of hardware of a line, which semicolons part, or a comma or `and` before another size."""
    quoted: list[str] = []

    def held(match: re.Match[str]) -> str:
        quoted.append(match[0])
        return f'"{len(quoted) - 1}"'

    plain = _THOUSANDS.sub("", " ".join(re.sub(_QUOTED, held, text).split()))
    plain = _SIGN_BEHIND.sub(r"$\1", _DECIMAL_COMMA.sub(".", plain))
    parts = [re.sub(r'"(\d+)"', lambda match: quoted[int(match[1])], part.strip()) for part in _NEXT.split(plain)]
    return [part for part in parts if part]


def date_in(match: re.Match[str], where: str, today: date, *, at_end: bool, past: bool = False) -> date:
    """The day of a match of DATE; of a month, quarter, half or year its first or last one, or the one in its middle.

    Args:
        match: Of the pattern.
        where: The field, for errors.
        today: From which the year of a month or a quarter without one is found.
        at_end: Whether the last day is meant.
        past: Whether that year is the last one in which it had begun; else the next one in which it has not ended.

    Raises:
        InputError: For a day that there is not, and for one in numbers whose day and month could be swapped.
    """
    part = re.sub(r"\b(?:the|of)\b|[ -]", "", (match["part"] or "").lower())
    try:
        first, months = _period(match["date"].lower(), where, today, past=past)
        if not months:
            return first
        if at_end and not part and re.match(r"(?:next|this) ", match["date"], re.IGNORECASE):
            raise InputError(where, match["date"], f"the start of {match['date']}, or the end of {match['date']}")
        if part.startswith("mid"):
            middle = _months_later(first, months // 2)
            return middle.replace(day=_MIDDLE) if months % 2 else middle - timedelta(days=at_end)
        if part in ("beginning", "start"):
            return first - timedelta(days=at_end)
        if part == "end" and not at_end:
            return _months_later(first, months - 1)
        return _months_later(first, months) - timedelta(days=1) if at_end else first
    except ValueError:
        raise InputError(where, f"{match['date']}, a day that there is not", _DATES) from None


def _period(said: str, where: str, today: date, *, past: bool) -> tuple[date, int]:
    """The first day of a month, quarter, half or year, and how many months it has; a day, and 0."""
    if ahead := re.search(r"month|quarter|year", said):
        months = {"m": 1, "q": _MONTHS_OF_A_QUARTER, "y": _MONTHS_OF_A_YEAR}[ahead[0][0]]
        first = date(today.year, (today.month - 1) // months * months + 1, 1)
        return _months_later(first, months if said.startswith("next") else 0), months
    if not re.search(r"\d{4}|['’]\d\d|\d[/.]\d", said):
        if (day := re.fullmatch(r"([a-z]+)\.? (\d\d)", said)) and int(day[2]) >= today.year % 100:  # Dec 27
            raise InputError(
                where,
                f"{said}, which may be {day[1]} 20{day[2]}",
                f"{day[2]} {day[1]} {today.year} or {day[1]} 20{day[2]}",
            )
        years = (today.year - 1, today.year, today.year + 1)
        found = [_period(f"{said} {year}", where, today, past=past) for year in years]
        if past:
            return [one for one in found if one[0] <= today][-1]
        return next(one for one in found if (_months_later(*one) if one[1] else one[0]) >= today)
    name, part = re.search(r"[a-z]{3}", said), re.search(r"([qh])(\d)", said)
    numbers = [int(number) for number in re.findall(r"\d+", said.replace(part[0] if part else "", ""))]
    year_first = re.match(r"\d{4}", said) or part
    days, year = (numbers[1:], numbers[0]) if year_first else (numbers[:-1], numbers[-1])
    year += 2000 if year < 100 else 0
    if part is not None:
        months = _MONTHS_OF_A_QUARTER * (1 if part[1] == "q" else 2)
        return date(year, months * (int(part[2]) - 1) + 1, 1), months
    if name is not None:
        days = [1 + _MONTHS.index(name[0]), *days]
    elif len(days) == 2 and not year_first:
        days = _month_and_day(days, year, said, where)
    if not days:
        return date(year, 1, 1), _MONTHS_OF_A_YEAR
    return date(year, days[0], days[1] if days[1:] else 1), 0 if days[1:] else 1


def _month_and_day(numbers: list[int], year: int, said: str, where: str) -> list[int]:
    """The month and the day of 31.3.2027, 3/31/2027 and 31/3/2027; 3/4/2027 may be either."""
    first, second = numbers
    if "." in said or first > _MONTHS_OF_A_YEAR:
        return [second, first]
    if first != second <= _MONTHS_OF_A_YEAR:
        either = " or ".join(_day_words(date(year, *pair)) for pair in ((first, second), (second, first)))
        raise InputError(where, f"{said}, which is {either}", _DATES)
    return numbers


def _months_later(first: date, months: int) -> date:
    """The first day of a month, some months after that of another."""
    at = first.month - 1 + months
    return date(first.year + at // _MONTHS_OF_A_YEAR, at % _MONTHS_OF_A_YEAR + 1, 1)


def same_day_later(first: date, months: int) -> date:
    """The same day of a month, some months after that of another; the last one where it has fewer days."""
    month = _months_later(first, months)
    return month.replace(day=min(first.day, calendar.monthrange(month.year, month.month)[1]))


def _day_words(day: date) -> str:
    return f"{day.day} {_MONTHS[day.month - 1].capitalize()} {day.year}"


def date_words(day: date, *, at_end: bool) -> str:
    """A day as `date_in` reads it, its month by name, which cannot be taken for the day: 4 Mar 2027; 2027-03 for the
    first or last one of a month."""
    whole = day == date(day.year, day.month, calendar.monthrange(day.year, day.month)[1] if at_end else 1)
    return f"{day:%Y-%m}" if whole else _day_words(day)


def _count(said: str) -> float:
    """The number of a size, also spelled out: half a rack."""
    return 0.5 if said.lower().startswith("half") else float(spelled_number(said) or said)


def whole_months(match: re.Match[str]) -> int:
    """The months of a match of SPAN, rounded."""
    return round(months_in(match["span"]) or 0.0)


def usd_in(match: re.Match[str], where: str, *, of_an_hour: bool = False) -> float:
    """The amount of a match of MONEY.

    Args:
        match: Of the pattern.
        where: The field, for errors.
        of_an_hour: Whether thousandths of a dollar count.

    Raises:
        InputError: For a sum such as $95.000, which may be thousands.
    """
    if not of_an_hour and not match["scale"] and _POINT_OR_THOUSANDS.fullmatch(match["usd"]):
        thousands = match["usd"].replace(".", "")
        raise InputError(where, f"${match['usd']}, which may be ${thousands}", f"${thousands} or ${match['usd'][:-1]}")
    return float(Decimal(match["usd"]) * _SCALES[(match["scale"] or "").lower()])


def share_in(percent: str) -> float:
    """`50` per cent as a share."""
    return float(Decimal(percent) / 100)


def exact(amount: float, decimals: int = 0) -> str:
    """An amount in full, as a reading of it gives the same again: 20,000 · 2.10 · 0.123456. decimals: at the least."""
    text = f"{Decimal(repr(amount + 0.0)).normalize():,f}"
    whole, _, rest = text.partition(".")
    rest = rest.ljust(decimals, "0")
    return f"{whole}.{rest}" if rest else whole


def percent_words(share: float) -> str:
    """A share as `share_in` reads it: 50%."""
    return f"{(Decimal(repr(share)) * 100).normalize():f}%"


def months_words(months: int) -> str:
    """1 month · 6 months."""
    return f"{months} {plural('month', months)}"


def size_words(size: str, gpu: str | None, book: PriceBook) -> str:
    """8 nodes of H100-SXM; without a GPU where none is named. size: 8 nodes."""
    return f"{size}{'' if gpu is None else f' of {book.gpu(gpu).id}'}"


def name_words(name: str) -> str:
    """`from CoreWeave`; in quotes where the name would not be read as it is."""
    words = f"from {name}"
    match = _FROM.fullmatch(words)
    if match is not None and match["name"] == name:
        return words
    escaped = re.sub(r'(["\\])', r"\\\1", name)
    return f'from "{escaped}"'
