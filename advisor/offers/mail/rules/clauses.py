"""The rules that read the clauses of an offer: how it is paid, what changes its price, and how it ends."""

import re
from collections.abc import Callable

from advisor.offers.mail.rules.amounts import A_SPAN, COUNT, EVERY, NUMBER, SIGN, TIME_UNIT, in_months, number
from advisor.offers.mail.rules.pieces import FieldValue
from advisor.offers.mail.rules.prices import IS
from advisor.values.quick_dataclass import dataclass

Found = tuple[str, FieldValue, str]  # field, value, and what had to be assumed
Reading = Callable[[re.Match[str]], list[Found] | None]


@dataclass(frozen=True)
class Rule:
    """A pattern, and what its match means: None if the words cannot be read after all."""

    pattern: re.Pattern[str]
    read: Reading


def rule(pattern: str, read: Reading) -> Rule:
    """A rule whose pattern ignores case."""
    return Rule(re.compile(pattern, re.IGNORECASE), read)


def _span(name: str = "") -> str:
    """A span of time: 12 months, 60 days; the groups are count and unit."""
    return rf"(?P<count{name}>{A_SPAN})[\s-]*(?P<unit{name}>{TIME_UNIT})\b(?:['’]s?)?"


_PERCENT = rf"(?P<percent>{NUMBER})\s*(?:%|percent|per cent)"
_MARKET = r"(?:market|index|list|spot|posted|prevailing)"


def _share(match: re.Match[str]) -> float | None:
    found = number(match["percent"])
    return None if found is None else round(found / 100, 10)


def _fixed(field: str, value: FieldValue, assumed: str = "") -> Reading:
    return lambda match: [(field, value, assumed)]


def _share_of(field: str) -> Reading:
    def read(match: re.Match[str]) -> list[Found] | None:
        share = _share(match)
        return None if share is None else [(field, share, "")]

    return read


def _months_of(field: str) -> Reading:
    def read(match: re.Match[str]) -> list[Found] | None:
        months = in_months(match["count"], match["unit"])
        if not months:
            return None
        rounded = "" if match["unit"][0].lower() in "my" else f"{match['count']} {match['unit']} as whole months"
        return [(field, months, rounded)]

    return read


def _free(match: re.Match[str]) -> list[Found] | None:
    """Free months, and the term where those that are paid are counted apart from them."""
    at = next((at for at in "1234" if match[f"count{at}"]), "")
    months = in_months(match[f"count{at}"], match[f"unit{at}"]) if at else 1
    paid = in_months(match["paid_before"] or match["paid_after"] or match["paid_alone"] or "0", "months")
    if not months:
        return None
    term = [("months", months + paid, f"{months} free and {paid} paid")] if paid else []
    return [("free_months", months, ""), *term]


def _pay_and_get(match: re.Match[str]) -> list[Found] | None:
    paid, months = in_months(match["paid"], "months"), in_months(match["all"], "months")
    return [("free_months", months - paid, ""), ("months", months, "")] if paid and months and months > paid else None


def _every(match: re.Match[str]) -> list[Found] | None:
    months = EVERY[match["every"].lower().replace(" ", "-").replace("annually", "annual")]
    return [("rerate_months", months, "")]


def _step(match: re.Match[str]) -> list[Found] | None:
    """Falls by 10% from month 13, or after 12 months: the profile counts months from 0."""
    share, month = _share(match), number(match["month"])
    if share is None or month is None or month != int(month):
        return None
    from_month = int(month) - (match["when"].lower() != "after")
    return [("step_down", ((from_month, share),), "")]


def _termination(match: re.Match[str]) -> list[Found] | None:
    share = _share(match)
    return None if share is None else [("termination_fee_share", share, "of the payments left")]


def _paid_on_leaving(match: re.Match[str]) -> list[Found] | None:
    """A fee of some months is paid as those of a notice are: after leaving, and nothing of the rest."""
    at = "" if match["count"] else "2"
    months = in_months(match[f"count{at}"], match[f"unit{at}"])
    return [("notice_months", months, "months that are paid after leaving")] if months else None


def _prepaid_months(match: re.Match[str]) -> list[Found] | None:
    """Months that are paid at signing; what share they are follows from the term."""
    given = match.groupdict()
    months = 2 if given.get("both") else 1 if given.get("one") else in_months(match["count"], match["unit"])
    return [("prepaid_months", months, "")] if months else None


def _billed(match: re.Match[str]) -> list[Found] | None:
    """Bills for a quarter or a year are paid in advance, unless they say that they are not."""
    months = EVERY[(match["every"] or match["how_often"]).lower()]
    if months == 1:
        return [("prepaid", 0.0, "nothing is paid before its month")]
    if match["later"]:
        return None
    return [("billed_months", months, "")]


def _faster(match: re.Match[str]) -> list[Found] | None:
    """`twice as fast` is a gain of 1."""
    times = number(match["times"])
    return None if times is None or times < 1 else [("refresh_gain_share", round(times - 1, 10), "")]


_SAME_RATE = r"(?:\s+at\s+(?:the\s+)?same\s+(?:rate|price|terms))?"
_FASTER = r"(?:performance|throughput|speed|compute|work|fast(?:er)?)\b"
_WHEN = rf"(?P<when>from|after|at|in|as of|starting)\s+(?:the\s+)?month\s+(?P<month>{NUMBER})"
_ENDS = r"(?:terminat\w*|cancel\w*|exit\w*|break\w*|leav(?:e|es|ing))"
_FEE = r"(?:fee|penalty|charge)"
_OF_PAYMENTS = r"(?:\s+(?:of\s+)?(?:the\s+)?(?:monthly\s+)?(?:payments?|rent|charges?|fees?|bills?))?"
_PREPAID = r"(?:prepay\w*|prepaid\w*|deposit)"
_SUBLET = r"(?:sub-?let\w*|sub-?leas\w*|sub-?licens\w*|re-?sale|re-?sell\w*|resold)"
_ALLOWED = r"(?:allowed|permitted|possible)"
_MAY_NOT = r"(?:(?:may|can|must|shall)\s?not|can['’]t|not\s+(?:allowed|permitted)\s+to)"
_REFUSED = rf"(?:not\s+{_ALLOWED}|(?:prohibited|forbidden|excluded|disallowed)|no\b|none\b)"
_LEAVE = r"(?:if|when|once) you (?:leave|cancel|stop|terminate|quit)(?: early)?"
_IF_YOU_LEAVE, _IF_YOU_LEAVE_AFTER = rf"(?:{_LEAVE},?\s+)?", rf"(?:,?\s+{_LEAVE})?"
_UNUSED = (
    r"(?:the\s+|any\s+)?(?:unused|remaining)\s+(?:part|portion|months?|time|term|balance|amount|money|days?|prepa\w+)"
)
_REST = (
    r"(?:remaining|rest|outstanding|unpaid)(?:\s+(?:term|contract|(?:monthly\s+)?(?:payments|charges|fees)|value)){0,3}"
)
_FOR_REST = rf"(?:\s+of\s+(?:the\s+)?{_REST})?"

_RENEWS = (  # by itself, which is not the buyer's right
    r"(?:\bauto(?:matic(?:ally)?)?[ -]?(?:renew|extend)\w*|\b(?:renew|extend)\w*\s+automatically\b"
    r"|\b(?:renew|extend|roll|convert|revert|continue)\w*\s+(?:(?:over|in|on|to|into|an?)\s+){0,3}"
    r"month[ -]to[ -]month\b)"
)

_NO_CHARGE = r"(?:free|rent[ -]free|at no charge)\b"
_FREE = (
    rf"(?:(?<!\bfor )(?:first\s+)?{_span('1')}\s+(?:are\s+|is\s+)?{_NO_CHARGE}|(?:free|first)\s+{_span('2')}\s+free\b"
    rf"|free\s+(?:first\s+)?{_span('3')}|(?P<count4>{COUNT})\s+free\s+(?P<unit4>{TIME_UNIT})\b"
    rf"|free\s+first\s+month\b|(?:first\s+month|month\s+(?:1|one))\s+(?:is\s+)?{_NO_CHARGE})"
)
_BILLED = rf"(?:are\s+)?(?:billed|paid|payable|charged)\b(?!\s+(?:{'|'.join(EVERY)}))"
_AND = r"\s*,?\s*(?:(?:and|then|plus|followed by|\+)\s+){0,2}"
_PAID_AND_FREE = (  # 11 months paid plus 1 month free; first month free, then 11 months
    rf"(?:(?P<paid_before>{COUNT})[\s-]*months?\s+{_BILLED}{_AND})?{_FREE}"
    rf"(?:{_AND}(?P<paid_alone>{COUNT})(?:[\s-]*months?)?\s+{_BILLED}"
    rf"|,?\s+(?:and\s+)?(?:then|followed by)\s+(?P<paid_after>{COUNT})[\s-]*months?\b)?"
)
_PAY_AND_GET = (
    rf"\bpay\s+(?:for\s+)?(?=[^.;\n]{{0,40}}\bmonths?\b)(?P<paid>{COUNT})(?:[\s-]*months?)?,?\s+"
    rf"(?:and\s+)?get\s+(?P<all>{COUNT})(?:[\s-]*months?)?\b"
)

# In this order: what is read is taken away, so that "2 months free" is not a term of two months.
CLAUSE_RULES = (
    rule(  # an offer has one size
        r"\bramp\w*\b[^.;$€£\n]{0,60}?(?:\bmonths?\s+\d|\d\s?%)[^.;$€£\n]{0,100}", lambda match: None
    ),
    rule(rf"\b{COUNT}\s+(?:\w+\s+)?(?:in|from)\s+months?\s+\d+(?:\s?[-–]\s?\d+)?", lambda match: None),
    rule(rf"{_RENEWS}[^.,;$€£\n]{{0,120}}(?:,?\s+unless\b[^.,;$€£\n]{{0,120}})?", lambda match: None),
    rule(_PAID_AND_FREE, _free),
    rule(_PAY_AND_GET, _pay_and_get),
    rule(rf"(?P<all>{COUNT})[\s-]*months?\s+for\s+the\s+price\s+of\s+(?P<paid>{COUNT})\b", _pay_and_get),
    rule(rf"{COUNT}\s?\+\s?{_span()}", lambda match: None),  # further months may be free, or the buyer's right
    rule(
        rf"(?:step[ -]?down|drops?|falls?|decreases?|reduc\w+|goes down)\s+(?:of\s+|by\s+)?{_PERCENT}\s+{_WHEN}", _step
    ),
    rule(rf"{_PERCENT}\s+(?:step[ -]?down|lower|cheaper|off|discount|reduction)\s+{_WHEN}", _step),
    rule(
        rf"(?:re-?rat\w+|re-?pric\w+|rate reset|reset|price review|benchmark\w*)\s+(?:to \w+ )?every\s+{_span()}",
        _months_of("rerate_months"),
    ),
    rule(
        r"(?P<every>quarterly|monthly|half[ -]yearly|semi-?annual|yearly|annual)(?:ly)?\s+"
        r"(?:re-?rat\w+|re-?pric\w+|rate reset|price review|benchmark\w*)",
        _every,
    ),
    rule(rf"{_PERCENT}\s+index(?:ed|ation)(?:\s+to\s+(?:the\s+)?{_MARKET}\w*)?", _share_of("indexed")),
    rule(rf"{_PERCENT}\s+of\s+(?:the\s+)?{_MARKET}\s+(?:moves?|changes?|movements?)", _share_of("indexed")),
    rule(rf"(?:fully\s+)?index(?:ed|-linked)\s+to\s+(?:the\s+)?{_MARKET}\w*(?:\s+price\w*)?", _fixed("indexed", 1.0)),
    rule(
        rf"(?:early\s+)?{_ENDS}\s*(?:fee|penalty|charge|for convenience)?\s*"
        rf"(?:(?:early\s+)?costs?(?:\s+you)?|:?\s*(?:you\s+)?(?:pay|owe)|payment of|is|of|at|for|:|with)?\s*(?:an?\s+)?"
        rf"{_PERCENT}{_FOR_REST}(?:\s+fee)?",
        _termination,
    ),
    rule(rf"fee\s+(?:of|is)\s+{_PERCENT}\s+of\s+(?:the\s+)?{_REST}", _termination),
    rule(
        rf"(?:early\s+)?{_ENDS}\s+{_FEE}\s*(?:is|of|equals|:)?\s*{_span()}{_OF_PAYMENTS}"
        rf"|{_span('2')}{_OF_PAYMENTS}\s+(?:early\s+)?{_ENDS}\s+{_FEE}",
        _paid_on_leaving,
    ),
    rule(rf"{_PERCENT}{_FOR_REST}\s+(?:early\s+)?{_ENDS}\s+(?:fee|penalty|charge)", _termination),
    rule(
        r"(?:non[ -]?cancell?able|no cancell?\w+|cannot be cancell?ed|no early termination|take[ -]or[ -]pay)\b"
        r"(?!\s*\d)",
        _fixed("termination_fee_share", 1.0, "all that is left is due"),
    ),
    rule(
        rf"(?:{_ENDS}\s+(?:at any\s?time\s+|any\s?time\s+)?(?:with|on|at)\s+)?{_span()}\s+"
        r"(?:(?:written|prior|termination|cancell?ation)\s+){0,2}notice(?: period)?",
        _months_of("notice_months"),
    ),
    rule(rf"notice(?: period)?\s*(?:of|:)?\s*{_span()}", _months_of("notice_months")),
    rule(
        rf"{_PERCENT}\s+(?:of (?:the )?(?:unused )?{_PREPAID}\s+)?(?:is\s+)?refund(?:able|ed)?",
        _share_of("refund_share"),
    ),
    rule(
        rf"refund(?:able|s|ed)?\s*(?:of|at|:)?\s*{_PERCENT}(?:\s+of\s+(?:the\s+)?(?:unused\s+)?{_PREPAID})?",
        _share_of("refund_share"),
    ),
    rule(
        rf"{_IF_YOU_LEAVE}(?:(?:pro[ -]?rat\w+\s+)?refunds?\s+(?:of|for)\s+{_UNUSED}|pro[ -]?rat\w+\s+refunds?"
        rf"|{_UNUSED}\s+(?:is|are|will be|gets?)\s+(?:fully\s+)?refund(?:ed|able)){_IF_YOU_LEAVE_AFTER}",
        _fixed("refund_share", 1.0, "all that is prepaid for the months left"),
    ),
    rule(r"(?:non[ -]?refundable|not refund(?:ed|able)|no refunds?)\b", _fixed("refund_share", 0.0)),
    rule(
        rf"(?:optional\s+)?{_span()}\s+(?:extension|renewal)(?:\s+option)?\s+at\s+(?:[$€£]|USD|EUR)\s?{NUMBER}",
        lambda match: None,
    ),
    rule(
        rf"(?:option to (?:extend|renew)|extension(?: option)?|renewal(?: option)?|extend\w*|renew\w*)"
        rf"(?:\s*:|\s+(?:of|by|for))?\s+(?:another\s+|up to\s+)?{_span()}{_SAME_RATE}",
        _months_of("extension_months"),
    ),
    rule(rf"{_span()}\s+(?:extension|renewal)(?:\s+option)?", _months_of("extension_months")),
    rule(
        rf"(?:(?:no|without)\s+(?:right\s+to\s+)?{_SUBLET}|{_MAY_NOT}\s+(?:be\s+)?(?:(?:assign|transfer)\w*\s+or\s+)?{_SUBLET}"
        rf"|{_SUBLET}(?:\s+(?:is|are))?\s*:?\s*(?:strictly\s+)?{_REFUSED}|non[ -]?transferable|not\s+transferable)\b",
        _fixed("may_sublet", False),
    ),
    rule(
        rf"(?:may|can|right to|allowed to|free to)\s+(?:be\s+)?{_SUBLET}",
        _fixed("may_sublet", True),
    ),
    rule(
        rf"{_SUBLET}\s*:?\s+(?:is\s+|are\s+)?(?:{_ALLOWED}|ok|okay|included|yes)\b",
        _fixed("may_sublet", True),
    ),
    rule(
        rf"(?:hardware\s+|tech(?:nology)?\s+)?(?:refresh|upgrade|swap)\w*\s+(?:to\s+\S{{1,20}}\s+)?"
        rf"(?:after|in)\s+{_span()}{_SAME_RATE}",
        _months_of("refresh_month"),
    ),
    rule(
        rf"(?P<times>{NUMBER})\s?(?:x|×|times)\s+(?:(?:the|as|its|more)\s+)?{_FASTER}",
        _faster,
    ),
    rule(rf"{_PERCENT}\s+(?:more\s+|higher\s+|better\s+)?{_FASTER}", _share_of("refresh_gain_share")),
    rule(
        rf"{_PERCENT}\s+(?:credit\s+)?(?:(?:per|a|each|/)\s*month\s+(?:of\s+)?(?:delay|late\w*)|delay\s+credit)",
        _share_of("delay_credit_share_per_month"),
    ),
    rule(
        rf"(?:delay|late delivery)\s*(?:credit)?\s*(?:of|:)?\s*{_PERCENT}\s*(?:(?:per|a|each|/)\s*month)?",
        _share_of("delay_credit_share_per_month"),
    ),
    rule(
        rf"(?:\b(?:uptime\s+)?sla\s+(?:of\s+)?{NUMBER}\s?%\s+(?:uptime\s+)?with\s+)?"
        rf"{_PERCENT}\s+(?:sla|service|downtime)\s+credits?",
        _share_of("sla_credit_share"),
    ),
    rule(rf"(?:sla|service|downtime)\s+credits?\s*(?:of|:|up to)?\s*{_PERCENT}", _share_of("sla_credit_share")),
    rule(
        r"(?:most[ -]favou?red(?:[ -](?:customer|nation|price|pricing|client))*(?:\s+clause)?|\bMFN\b|\bMFC\b"
        r"|(?:lowest|best)[ -]price guarantee|price match(?:ing)?)",
        _fixed("most_favored", True),
    ),
    rule(
        r"(?:min(?:imum|\.)?\s+(?:use|usage|utili[sz]ation|consumption)|take[ -]or[ -]pay)\s*(?:of|at|:)?\s*"
        rf"{_PERCENT}",
        _share_of("least_use_share"),
    ),
    rule(
        rf"(?:min(?:imum|\.)?|at least)\s+{_PERCENT}\s+(?:use|usage|utili[sz]ation|consumption|take[ -]or[ -]pay)",
        _share_of("least_use_share"),
    ),
)

_IN_ADVANCE = (
    r"(?:up[ -]?front|pre-?paid|pre-?pay(?:ment)?|in advance|down(?:[ -]?payment)?|deposit|anzahlung|vorauszahlung"
    r"|advance(?!\s+(?:quarterly|monthly|yearly|annually))"
    r"|(?:at|on|upon)\s+(?:contract\s+)?(?:signing|signature|execution))"
)
_RENT = r"(?:['’]s?)?(?:\s+(?:of\s+)?(?:rent|payment|fees?))?"
_HELD_DEPOSIT = r"(?:(?:security|refundable)\s+){1,2}deposit"
_OF_VALUE = r"(?:of\s+(?:the\s+)?(?:total\s+)?(?:contract|order|value|price|amount|total)(?:\s+(?:value|price))?\s+)?"
_PARTS = {"half": 0.5, "1/2": 0.5, "third": 1 / 3, "1/3": 1 / 3, "quarter": 0.25, "1/4": 0.25}
_ONE_TIME = r"(?:set[ -]?up|installation|onboarding|deposit)(?:\s+(?:fees?|charges?|costs?))?"
_SOME_MONTHS = (
    r"(?:(?:the\s+)?(?P<both>first\s+(?:and|\+|&)\s+last\s+months?)|(?:the\s+)?(?P<one>(?:first|last)\s+month)"
    rf"|(?:(?:the\s+)?(?:first|last)\s+)?{_span()}){_RENT}"
)
PAYMENT_RULES = (
    rule(
        rf"{_PERCENT}\s+(?:off|discount|less|cheaper)\s+(?:for|on|from|above|over|with|if)\s+(?:orders?|volumes?|quantit\w+"
        rf"|you\s+(?:take|order|buy)|more\s+than|at\s+least|{NUMBER}\+?\s*(?:nodes|gpus|servers|racks))[^.,;\n]{{0,80}}",
        lambda match: None,  # for a size that may not be that of the offer
    ),
    rule(
        r"(?:no|zero|without|[$€£]0)\s+(?:up[ -]?front|pre-?pay\w*|down ?payment|deposit|(?:money\s+)?down)"
        r"(?:\s+payment)?\b|nothing\s+(?:down|up[ -]?front)\b",
        _fixed("prepaid", 0.0),
    ),
    rule(
        rf"{_PERCENT}\s+{_OF_VALUE}(?:(?:reservation|booking|commitment)\s+(?:fee|payment)\s+)?"
        rf"(?:(?:is|paid|payable|due)\s+){{0,2}}{_IN_ADVANCE}\b(?:\s+payment)?",
        _share_of("prepaid"),
    ),
    rule(rf"\b{_IN_ADVANCE}\s*(?:of|:|is|payment)?\s*\(?{_PERCENT}", _share_of("prepaid")),
    rule(
        rf"(?:(?:an?|one)[ -])?(?P<part>half|third|quarter|1/[234])\s+{_OF_VALUE}"
        rf"(?:(?:is|paid|payable|due)\s+){{0,2}}{_IN_ADVANCE}\b",
        lambda match: [("prepaid", _PARTS[match["part"].lower()], "")],
    ),
    rule(rf"{_HELD_DEPOSIT}\s*(?:of|:|is|equal to)?\s*{_span()}{_RENT}", lambda match: None),  # it comes back
    rule(rf"{_span()}\s+{_HELD_DEPOSIT}(?:\s*\(refundable\))?", lambda match: None),
    rule(rf"{_span()}\s+deposit[\s,(]+(?:(?:which|is|fully)\s+)*refundable\)?", lambda match: None),
    rule(rf"\b(?:deposit|prepayment|down payment)\s*(?:of|:|is|equal to)\s*{_span()}{_RENT}", _prepaid_months),
    rule(rf"\bpre-?pay\s+(?:for\s+)?{_span()}", _prepaid_months),
    rule(
        rf"{_SOME_MONTHS}(?:\s+and\s+(?:the\s+)?{_ONE_TIME})?\s+(?:(?:is|are)\s+)?(?:(?:paid|payable|due)\s+)?"
        rf"{_IN_ADVANCE}\b",
        _prepaid_months,
    ),
    rule(
        r"(?:all|fully|full|entirely|total)[ -]+(?:paid\s+)?(?:up[ -]?front|pre-?paid|in advance)\b"
        r"|(?:paid|payable|due) in full(?:\s+(?:when booked|at booking|up[ -]?front|in advance|at signing"
        r"|before (?:the )?(?:\w+ )?(?:starts?|delivery)))?|prepaid in full|paid (?:at|on|when) book(?:ing|ed)",
        _fixed("prepaid", 1.0),
    ),
    rule(
        rf"\b(?:(?:(?:pre-?)?paid|billed|payable|invoiced|charged|due|(?:billing|payments?|invoicing)\s*:)\s+(?P<every>{'|'.join(EVERY)})\b"
        rf"|(?P<how_often>{'|'.join(EVERY)})\s+(?:payments?|billing|bills|invoic\w+|instal?lments?|prepay\w*)\b"
        rf"(?!{IS}{SIGN}))(?:\s+(?:in advance|up[ -]?front))?(?P<later>\s+in arrears)?",
        _billed,
    ),
    rule(rf"(?:for|in|after|during|over)\s+(?:the\s+)?(?:first|final|last)\s+{_span()}", lambda match: None),
    rule(
        r"(?<!partial )(?<!partially )(?:paid up[ -]?front|charged up[ -]?front|due up[ -]?front|prepaid)\b",
        _fixed("prepaid", 1.0, "all of it is paid at signing"),
    ),
)
