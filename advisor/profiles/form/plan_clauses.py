"""What a plan in words says beside its amount of work: `$6M cash`, `seed stage`, `we own 8 H100 nodes`."""

import re
from typing import TYPE_CHECKING

from advisor.profiles.form.in_hand.words import GPU_NAME
from advisor.profiles.form.lengths import SPELLED_LENGTH
from advisor.profiles.form.offers_in_plan import offer_in
from advisor.profiles.form.other_gpus import OTHER_GPUS
from advisor.profiles.sums_of_money import MONEY, USD
from advisor.values.any_case import AnyCase
from advisor.values.quick_dataclass import dataclass

if TYPE_CHECKING:
    from advisor.profiles.schema import FieldPath, Kind

_MONTH = r"(?:(?: ?/ ?| an? | per | each )(?:mo(?:nth)?|quarter|year|yr)\b| (?:month|quarter|year)ly\b)"
_EACH = rf"(?!\w|[.,]\d|{_MONTH}| ?/| an? | per | each\b)"
_OF_CASH = r"(?: ?(?:in|of) (?:cash|the bank|funding)| (?:cash|budget|raised)\b(?!:| of| is| \$))"
_OURS = r"(?:\b(?:we|i|have|with|and|for|an?|our) ){0,4}"
_WE = r"(?:\b(?:and|but|while|with) )?\b(?:we|i)(?: already| also)? "
_LASTS = r"\d[\w.]*[ -](?:month|year|week|quarter|day)s?\b(?! (?:old|ago|left|more|notice|to go))"
_NEXT = (  # what cannot belong to a contract or to hardware in hand
    r"we\b|i\b|need|want|seed\b|series\b|burn|spend|cash\b|an? (?:budget|\$)|\$\S+ (?:in|of|cash|budget)|raised|24/7"
    r"|start|on-prem|colo"
)
_END = rf"(?=[;?!]|\.(?= )|\.?$|,? (?:(?:and|with|,) )*(?:{_NEXT}))"
_NEXT_TO_A_LOT = rf"(?:{_LASTS}|an? (?:year|quarter)\b|at \d+ ?%|@|\d+ ?%|\$|from\b|now\b)"
_END_OF_LOT = rf"(?={_END}|,? (?:(?:and|with|for|over|,) )*{_NEXT_TO_A_LOT})"
_CLOUD = r"aws|amazon|azure|gcp|google(?: cloud)?"
_PLACE = r"(?:server )?room|office|basement|building|data ?cent(?:er|re)|lab|closet|garage"
_TRAINED, _TUNED = r"(?:pre-? ?)?train(?:ing)?", r"fine-? ?tun(?:e|ing)"
_SERVED = r"serv(?:e|ing)|inference|host(?:ing)?"
_KIND = rf"(?:(?P<train>{_TRAINED})|(?P<tune>{_TUNED})|(?P<serve>{_SERVED}))\b(?: (?:runs?|jobs?|project)\b)?"
_SORT = (
    r"(?:(?:an?|our|the|rl|rlhf|full|distributed|continued|speech|image|video|llm|batch|online|real-?time"
    r"|(?P<lora>q?lora)) )*"
)
_LENGTH = r"(?P<length>[\w.]+[ -](?:day|week|month|quarter|year))s?"

_CLAUSES: "tuple[tuple[FieldPath, AnyCase], ...]" = (
    (("company", "stage"), AnyCase(
        r"(?:\b(?:after|we(?: are|'re)|as) )?(?:\ban? )?\b(?:(?P<said>seed)(?=[- ])|(?P<also>series[ -][ab])"
        r"|(?P<later>series[ -][c-z]))\b(?:[- ](?:stage|round|funded|company|start-?up))*\b"
    )),
    (("company", "burn_usd_per_month"), AnyCase(
        rf"(?:\bwe(?: are)? )?\b(?:burn(?:s|ing)?|spend(?:ing)?)(?: rate)?(?: of| is|:)? (?P<said>{MONEY}{_MONTH})"
        rf"|(?:\bmonthly )?\bburn(?: rate)?(?: of| is|:)? (?P<also>{MONEY})(?!\w)"
    )),
    (("credit", "usd"), AnyCase(
        rf"{_OURS}(?P<said>{MONEY})(?: worth)?(?: of| in)?(?: (?:cloud|start-?up|gpu|free)){{0,2}}"
        rf"(?= (?:(?:{_CLOUD}) )?credits?\b)"
    )),
    (("market", "tier"), AnyCase(
        rf"\b(?:on|at|with|in) (?P<hyperscaler>{_CLOUD})\b|\b(?P<hyperscaler_credits>{_CLOUD})(?= credits?\b)"
    )),
    (OTHER_GPUS, AnyCase(
        rf"(?<=\w)(?P<said>(?:, ?{GPU_NAME}[\w-]*)*,? (?:or|vs\.?|versus|against) {GPU_NAME}[\w-]*)"
    )),
    (("company", "hosting"), AnyCase(
        r"\b(?P<said>on-prem)(?:ises)?\b|\b(?P<also>colo)(?:cat(?:e|ed|ion|ing))?\b"
        rf"|\b(?:in|at) (?:our|my)(?: own)? (?P<on_premises>{_PLACE})\b"
    )),
    (("credit", "expires_month"), AnyCase(
        rf"\bcredits?\b(?:,? (?:that |which )?(?:expir\w+|end\w*|run out|valid|good)(?: in| after| for)?"
        rf" (?P<said>{SPELLED_LENGTH}))?"
    )),
    (("commitment",), AnyCase(
        rf"(?:{_WE}(?:have|hold)|\bwith)(?: an?| our)?(?: existing)? (?:contract|reservation|commitment)s?"
        rf"(?: for| on| of)? (?P<said>.+?){_END}"
    )),
    (("owned",), AnyCase(rf"(?:{_WE}own|\b(?:already )?owning|\balready own) (?P<said>.+?){_END_OF_LOT}")),
)  # fmt: skip
_CASH: "FieldPath" = ("company", "cash_usd")
_OF_COMPANY = AnyCase(
    rf"{_OURS}(?P<said>{MONEY}){_OF_CASH}"
    rf"|{_OURS}\b(?:cash|budget|raised)(?: of| is|:)? (?P<also>{MONEY})"
    rf"|{_OURS}(?<!\bat )(?<!\bor )(?<!\bvs )(?<!against )(?<!costs )(?<!cost )(?P<bare>{USD}){_EACH}"
)
_CHOICES = {  # of the form, by what says them
    "later": "later", "hyperscaler": "hyperscaler", "hyperscaler_credits": "hyperscaler", "on_premises": "on-premises",
}  # fmt: skip
_ASKED_BEHIND = AnyCase(  # a question that says nothing of the plan
    r"(?<=[\w%][.,;:!?]) (?:(?:and|but|so) )?(?:when|what|which|is|are|how|should|shall|can|could|do|does|would|will)\b"
    r"(?!.*(?:year|month|week|quarter|[?.,;] ))[^\d?]{0,200}\?$"
)
_SENTENCE_END = re.compile(r"[?!]+(?= )|\.(?= [A-Z])")
_JOINED = AnyCase(rf"\.(?= \d)|,? (?:and|with|also) (?=\d[\d.]* ?%|24/7|{_LASTS}|for |over |at |@|from |start)")
_GLUE = AnyCase(r"(?:[ ,;:]|\.(?= |$)|\b(?:and|plus|with|an?|at|have)\b)+$")
_GLUE_AFTER = AnyCase(r"^(?:[ ,;:]|\.(?= )|\b(?:and|but|so)\b)+")
_BEHIND = r"(?P<length>(?: in| over| within| for) .+)?"
_HOW_MANY = AnyCase(
    r"(?:how (?:many|much)|(?P<which>which|what)) (?P<gpu>[a-z][\w-]*?)s?(?: (?:do|would|will|should) (?:we|i|it|you)"
    r" (?:need|take|use|rent|buy|get)| is (?:the )?(?:best|cheapest|right))? (?:for|to)"
    rf" (?P<rest>.+?){_BEHIND}"
)
_GPU_FIRST = AnyCase(
    rf"(?P<gpu>{GPU_NAME}[\w-]*)(?: gpus?)?(?:,| good| enough)? (?:for|to) (?P<rest>{_SORT}{_KIND} .+?){_BEHIND}"
)
_HOW_LONG = AnyCase(r"^how long (?:(?:does|will|would) it take |do we need )?(?:to|for) ")
_ASKED = AnyCase(
    r"^(?:(?:should|shall|can|could|would|is|it|better|whether|(?:(?:my|our) )?(?:start-?up|company|team)|we|i|need"
    r"|want|like|plan|looking|going|to|rent(?:al|ing)?|reserv(?:e|ing)|buy(?:ing)?|purchas(?:e|ing)|leas(?:e|ing)"
    r"|own(?:ing)?|run|use|get|afford|worth|cheaper"
    r"|an? (?:good|fair) (?:price|deal|offer) for|or|vs\.?|now|please)\b"
    r"[ ,:]*)+"
)
_LABEL = AnyCase(rf"(?!{_SORT}{_KIND})[^\d:]{{1,40}}: (?P<rest>.+)")
_CLUSTER = AnyCase(r"^(?:an? |our )?(?:[a-z-]+ )?(?:cluster|fleet|pool)(?: of| with)? ")
_BOOKED = AnyCase(r",? (?:is |are )?(?:reserved|rented|leased|booked|on[- ]demand)(?= for | until | from |,|$)")
_EITHER = AnyCase(
    r"(?:,| or| vs\.?| versus| (?:cheaper|better) than| instead of)+"
    r" (?:rent|reserv|buy|purchas|leas|own)(?:e|ing)?\b(?: (?:them|it)\b)?"
)
_FIRST = AnyCase(
    rf"{_SORT}(?:{_KIND}|transcribe|whisper|generate|embed|make|process):?(?: of| on| for| with)? (?P<rest>.+)"
)
_WHAT_FOR = AnyCase(r"^(?:an? |our )?(?:chatbot|chat|app|api|service|assistant|product)s? (?:with|for|of|to) ")
_TERM = r"(?: (?:contract|lease|term|reservation|plan|project))?"
_LENGTH_FIRST = AnyCase(rf"(?:for |over )?(?:an? )?{_LENGTH}{_TERM},? (?:on|of|with|for) (?P<rest>.+)")
_LENGTH_OF_KIND = AnyCase(rf"\bfor (?:an? )?{_LENGTH} {_KIND}")
_BESIDE = AnyCase(rf"(?:,|,? (?:for|of|to)|) {_SORT}{_KIND}(?: work| workloads?| clusters?)?(?=,|$| for | at | from )")
_MODEL_ON_GPUS = AnyCase(
    r"(?P<model>(?:[a-z][\w.-]* ){0,3}\d+(?:\.\d+)?b\b(?: model)?) (?:on|with) "
    r"(?P<rest>\d+(?: ?x ?| )?(?:nodes?|gpus?|[a-z]+\d).*)"
)
_ANY_GPU = {"gpu", "node", "card", "server"}
_MODEL = AnyCase(r"\b\d+(?:\.\d+)?b\b")


@dataclass(frozen=True)
class PlanClauses:
    """The parts of a plan in words.

    Attributes:
        amount: The amount of work, and what belongs to it, such as its months.
        kind: The kind of work; None where the words do not say it.
        unused: The model, where the GPUs that it runs on are said.
        any_gpu: Whether they ask which GPU.
        fields: Values of the form, by their path, as they were typed.
    """

    amount: str
    kind: "Kind | None"
    unused: str
    any_gpu: bool
    fields: "dict[FieldPath, str]"


def split_clauses(text: str) -> PlanClauses:
    """The parts of some lines of words; none of them is checked.

    Raises:
        InputError: For a price that may be of several offers.

    >>> split_clauses("should we buy 64 H100 for training, seed stage, $6M cash?").amount
    '64 H100'
    """
    left = _SENTENCE_END.sub(",", _ASKED_BEHIND.sub("", " ".join(text.split()))).rstrip("?!., ")
    fields: dict[FieldPath, str] = {}
    for path, pattern in _CLAUSES:
        left = _taken(path, pattern, left, fields)
    while (offer := offer_in(left)) is not None:  # before the cash, which may be any sum
        match, path, fields[path] = offer
        left = _without(left, match)
    left = _taken(_CASH, _OF_COMPANY, left, fields)
    asked = _HOW_MANY.fullmatch(left)
    amount, kind = work_said(_JOINED.sub(", ", left.replace(";", ",")))
    on_gpus = _MODEL_ON_GPUS.fullmatch(amount)
    unused = "" if on_gpus is None else on_gpus["model"]
    return PlanClauses(
        amount if on_gpus is None else on_gpus["rest"], kind, unused, bool(asked and asked["which"]), fields
    )


def _taken(path: "FieldPath", pattern: AnyCase, text: str, fields: "dict[FieldPath, str]") -> str:
    """A text without a clause, whose value is added to the fields."""
    if (match := pattern.search(text)) is None:
        return text
    if said := _said_in(match):
        fields[path] = said
    return _without(text, match)


def work_said(words: str) -> "tuple[str, Kind | None]":
    """An amount of work without the words that ask for it and those for its kind, and that kind; None without one.

    >>> work_said("we want to train 128 H100 for 2 years"), work_said("64 H100")
    (('128 H100 for 2 years', 'pre-train'), ('64 H100', None))
    """
    return _without_kind(_without_question(words))


def _said_in(match: re.Match[str]) -> str:
    """The value of a clause, as the form reads it; empty where it has none."""
    names = match.groupdict()
    choice = next((choice for name, choice in _CHOICES.items() if names.get(name)), "")
    return choice or next(filter(None, map(names.get, ("said", "also", "bare"))), "")


def _without(text: str, match: re.Match[str]) -> str:
    """A text without a part of it, nor the words and commas that joined it to the rest."""
    before, after = _GLUE.sub("", text[: match.start()]), _GLUE_AFTER.sub("", text[match.end() :])
    return f"{before}, {after}".strip(",; ") if before and after else before or after


def _without_question(words: str) -> str:
    """The words without those that ask: `should we rent or buy`, `how many H100 for`."""
    if (many := _HOW_MANY.fullmatch(words)) is not None:
        gpu = "" if many["gpu"].lower() in _ANY_GPU else f" on {many['gpu']}"
        return f"{many['rest']}{gpu}{many['length'] or ''}"
    labeled = _LABEL.fullmatch(words := _HOW_LONG.sub("", words))
    asked = _ASKED.sub("", _EITHER.sub("", _BOOKED.sub("", words if labeled is None else labeled["rest"])))
    if (first := _GPU_FIRST.fullmatch(asked)) is not None:
        return f"{first['rest']} on {first['gpu']}{first['length'] or ''}"
    return _with_length_behind(_CLUSTER.sub("", asked))


def _with_length_behind(words: str) -> str:
    """The words with a length that they begin with at their end: `a 12 month contract for 64 H100`."""
    length = _LENGTH_FIRST.fullmatch(words)
    return words if length is None else f"{length['rest']} for {length['length']}"


def _without_kind(words: str) -> "tuple[str, Kind | None]":
    """The words without the kind of work, and that."""
    if (length := _LENGTH_OF_KIND.search(words)) is not None:
        return f"{words[: length.start()]}for {length['length']}{words[length.end() :]}", _kind_of(length)
    if (beside := _BESIDE.search(words)) is not None:
        return _with_adapters(_without(words, beside), beside), _kind_of(beside)
    if (first := _FIRST.fullmatch(words)) is None:
        return words, None
    rest = _with_length_behind(_WHAT_FOR.sub("", first["rest"]))
    return _with_adapters(rest, first), _kind_of(first)


def _with_adapters(amount: str, match: re.Match[str]) -> str:
    """An amount said in a model and its tokens says itself that adapters are trained."""
    return f"lora {amount}" if match["lora"] and _MODEL.search(amount) else amount


def _kind_of(match: re.Match[str]) -> "Kind":
    return "pre-train" if match["train"] else "fine-tune" if match["tune"] else "inference"
