"""Validation: a raw table becomes a Profile or one clear error: where, what was found, what is allowed."""

from collections.abc import Iterator, Mapping
from typing import Any, get_args

from pydantic_core import ValidationError

from advisor.array_types import of_one
from advisor.errors import UNKNOWN_KEY, InputError, nearest
from advisor.market.price_book import GPU_FIGURES, PriceBook
from advisor.profiles.amount_of_work import refuse_too_large
from advisor.profiles.field_notes import field_note
from advisor.profiles.gpu_groups import groups_of
from advisor.profiles.in_hand.holdings import Commitment, Owned
from advisor.profiles.limits import MAX_PLAN_MONTHS
from advisor.profiles.offers.quote import Credit, Quote
from advisor.profiles.offers.ranges import refuse_amounts_out_of_range
from advisor.profiles.schema import Company, Market, Profile, Workload
from advisor.profiles.serving.need import api_figures
from advisor.profiles.serving.service import Serving
from advisor.profiles.training.work import Training
from advisor.values.validated import Validated

_ELSEWHERE = {  # keys that users try, and how to say the same, or that it cannot be said
    "currency": "no other key; all amounts are in USD, but those of a [[quote]]",
    "credits_usd": "a [[credit]] table with usd, options and expires (a date) or expires_month",
    "prepaid_left_usd": "refund_usd, what of it is paid back if you leave",
    "usd_per_million_tokens": "rates by GPU-hour; the prices of a hosted API go into [workload.serving]",
    "usd_per_month": 'price and per = "month"; of a lease or loan payments, with months, nodes and usd_per_node',
}
_TYPE_WORDS = {
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "str": "text",
    "string": "text",
    "date": "a date such as 2026-11-02",
    "tuple": "a list of tables",
    "model": "a table",
    "dict": "a table",
    "mapping": "a table",
    "dataclass": "a table",
}


def parse_profile(raw: Mapping[str, Any], book: PriceBook, where: str = "profile") -> Profile:
    """Return a checked Profile.

    Args:
        raw: Content of a TOML file.
        book: Checks GPU names and the profile's own figures.
        where: File, put in front of the field in errors.

    Raises:
        InputError: The first wrong field, what was found there, what is allowed, and how many more are wrong.
    """
    try:
        profile = Profile.model_validate(raw)
    except ValidationError as error:
        problems = _problems(error)
        first, others = in_its_table(_fault(problems[0], where), book), len(problems) - 1
        more = f" (and {others} more)" if others else ""
        raise InputError(first.where, first.found, first.allowed + more, first.field) from None
    _refuse_too_long(profile, book, where)
    for group in groups_of(profile, book, where):
        try:
            own = own_book(group, book, where)
        except InputError as error:
            raise in_its_table(error, book) from None
        _refuse_unpriced(profile, own, where)
        figures = own.assumptions_for(group.workload[0].gpu)
        _refuse_parts_of_nodes(group, own, where)
        if any(workload.nodes is None for workload in group.workload):
            refuse_too_large(group, figures, where)
        for index, quote in enumerate(profile.quote):
            if quote in group.quote:
                refuse_amounts_out_of_range(quote, figures.rental, where, index)
    return profile


def _refuse_too_long(profile: Profile, book: PriceBook, where: str) -> None:
    """Raise InputError for a contract in hand that ends later from the day of the question than is computed."""
    for index, contract in enumerate(profile.commitment):
        if contract.on(book.asked_on).months > MAX_PLAN_MONTHS:
            place, field = f"{where}: commitment {index + 1}, ends", ("commitment", index, "ends")
            raise InputError(place, f"{contract.ends}", f"at most {MAX_PLAN_MONTHS} months from {book.asked_on}", field)


def _refuse_parts_of_nodes(profile: Profile, book: PriceBook, where: str) -> None:
    """Raise InputError for a contract on a part of a node where the work takes whole ones."""
    for index, contract in enumerate(profile.commitment):
        gpus_per_node = of_one(book.assumptions_for(contract.gpu or profile.workload[0].gpu).rental.gpus_per_node)
        if profile.in_nodes and contract.nodes_of(gpus_per_node) % 1:
            field = ("commitment", index, "gpus")
            allowed = f"whole nodes, of {gpus_per_node:g} GPUs each, as the work is given in nodes"
            raise InputError(f"{where}: commitment {index + 1}, gpus", contract.size_words, allowed, field)


def _refuse_unpriced(profile: Profile, book: PriceBook, where: str) -> None:
    """Raise InputError for hardware in hand that has a price neither from the user nor in the book."""
    for index, one in enumerate(profile.owned):
        gpu = book.gpu(one.gpu or profile.workload[0].gpu)
        known = one.sells_for_usd_per_node, gpu.value("used_node_usd"), gpu.value("node_usd")
        if known == (None, None, None):
            field = ("owned", index, "sells_for_usd_per_node")
            place = f"{where}: owned {index + 1}, sells_for_usd_per_node"
            raise InputError(place, "nothing", f"a price, since the book has none of a node of {gpu.label}", field)


def own_book(profile: Profile, book: PriceBook, where: str = "profile") -> PriceBook:
    """Return the book with the profile's own figures. Raises InputError for an unknown GPU or figure."""
    gpu = book.gpu(profile.workload[0].gpu, f"{where}: workload 1, gpu", ("workload", 0, "gpu"))
    if profile.gpu:
        book = book.with_gpu_figures(gpu.id, profile.gpu, "your profile", f"{where}: ")
    if "gpus_per_node" in profile.rental and "gpus_per_node" in book.gpus[gpu.id].figures:
        place, field = f"{where}: rental, gpus_per_node", ("rental", "gpus_per_node")
        raise InputError(place, f"{profile.rental['gpus_per_node']:g}", f"[gpu] gpus_per_node with {gpu.id}", field)
    book = hosted_book(profile, book.in_nodes_of(gpu.id))
    own = {"facility": profile.facility, "rental": profile.rental, "forecast": profile.forecast}
    if profile.company.discount_rate is not None:
        own["money"] = {"discount_rate": profile.company.discount_rate}
    book = book.overlaid({name: values for name, values in own.items() if values}, "your profile", f"{where}: ")
    if (serving := profile.workload[0].serving) is not None:
        usual = book.sections["api"]
        prices = api_figures(serving, usual, f"{where}: workload 1, serving") or {}
        given = serving.api_input_usd is not None
        book = book.with_section("api", {n: one for n, one in prices.items() if given or not usual[n].own})
    for index, name in enumerate(profile.market.other_gpus):
        book.gpu(name, f"{where}: market, other_gpus {index + 1}", ("market", "other_gpus", index))
    if profile.market.tier == "hyperscaler" and gpu.value("hyperscaler_usd_per_gpu_hour") is None:
        raise InputError(f"{where}: market, tier", f"hyperscaler with {gpu.id}", "a GPU that hyperscalers list")
    return book


def hosted_book(profile: Profile, book: PriceBook) -> PriceBook:
    """Return the book with the figures of the place where the profile's hardware stands; those of a user's own book
    stay.

    Source: docs/model.md#buy-and-colocate.
    """
    if profile.company.hosting == "colocation":
        return book
    usual, there = book.sections["facility"], book.sections["on_premises"]
    return book.with_section("facility", {n: one for n, one in there.items() if n in usual and not usual[n].own})


def faults_of(error: ValidationError, where: str) -> Iterator[InputError]:
    """Yield one error for each wrong field, unknown keys first."""
    return (_fault(problem, where) for problem in _problems(error))


def in_its_table(error: InputError, book: PriceBook) -> InputError:
    """The error; where it is about an unknown key that another table of a profile has, or whose first words these are,
    with that table as what is allowed: company.cash_usd for `cash`. book: knows the names of figures."""
    if error.found != UNKNOWN_KEY or not error.field:
        return error
    tables = {
        "workload": Workload.model_fields,
        "company": Company.model_fields,
        "market": Market.model_fields,
        "serving": Serving.model_fields,
        "gpu": GPU_FIGURES,
        **{section: book.sections[section] for section in ("facility", "rental", "forecast")},
    }
    name = str(error.field[-1])
    places = [f"{table}.{name}" for table, keys in tables.items() if name in keys]
    if not places and f" {name}" not in error.allowed:  # the nearest of its own table
        places = [f"{table}.{key}" for table, keys in tables.items() for key in keys if key.startswith(f"{name}_")]
    return InputError(error.where, error.found, " or ".join(places), error.field) if places else error


def _problems(error: ValidationError) -> list[Any]:
    problems = [problem for problem in error.errors(include_url=False) if not _echo(problem)]
    return sorted(problems, key=lambda problem: problem["type"] != "extra_forbidden")


def _fault(problem: Any, where: str) -> InputError:
    path = tuple(problem["loc"])
    model, shown = _model_at(path[:-1]), " ".join(_place(path))
    place = f"{where}: {shown}" if shown else where
    name = str(path[-1]) if path else ""
    match problem["type"]:
        case "extra_forbidden":
            names = [info.alias or key for key, info in model.model_fields.items()] if model else []
            return InputError(place, UNKNOWN_KEY, _ELSEWHERE.get(name) or nearest(name, names), path)
        case "missing":
            return InputError(place, "nothing", _needed(model, name, problem), path)
        case "value_error":
            found, _, allowed = str(problem["ctx"]["error"]).partition("; allowed: ")
            return InputError(place, found, allowed, path)
        case kind:
            return InputError(place, _shown(problem["input"]), _wanted(kind, model, name, problem), path)


def _echo(problem: Any) -> bool:
    """Whether a problem only repeats another: pydantic calls a list too short when one of its items is wrong."""
    return bool(problem["type"] == "too_short" and len(problem["input"]) >= problem["ctx"]["min_length"])


def _needed(model: type[Validated] | None, name: str, problem: Any) -> str:
    """What a field that is left out must say, as text."""
    wanted = _wanted("missing", model, name, problem)
    if model is None or name not in model.model_fields or wanted.startswith("one of"):
        return wanted
    typed = f"a [[{name}]] table" if wanted == problem["msg"] else wanted
    return f"{typed}: {field_note(model, name).meaning}"


def _wanted(kind: str, model: type[Validated] | None, name: str, problem: Any) -> str:
    """What a field allows, as text: its type and its range."""
    key = "from_" if name == "from" else name
    info = model.model_fields.get(key) if model else None
    allowed = field_note(model, key).allowed() if model and info else ""
    base = _TYPE_WORDS.get(kind.split("_", maxsplit=1)[0], "")
    if info is not None and not base:
        parts = get_args(info.annotation) or (info.annotation,)
        base = next((_TYPE_WORDS[part.__name__] for part in parts if getattr(part, "__name__", "") in _TYPE_WORDS), "")
    if kind in ("string_too_long", "too_long"):
        return f"at most {problem['ctx']['max_length']}" + (" characters" if kind.startswith("string") else "")
    if kind in ("string_too_short", "too_short"):
        return "at least one character" if kind.startswith("string") else "at least one"
    if kind == "tuple_type" and model is Market:
        return "[month, multiple]" if name.isdecimal() else "a list"
    if allowed.startswith("one of") or kind == "literal_error":
        return allowed or str(problem["ctx"]["expected"])
    found = " ".join(part for part in (base, allowed) if part) or str(problem["msg"])
    of_nodes = (model, key) == (Workload, "nodes") and kind.startswith("int")
    return f"{found}; gpus for a part of one" if of_nodes else found


def _shown(value: object) -> str:
    """A wrong value as short text."""
    text = f"{value:g}" if isinstance(value, float) else repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _place(path: tuple[int | str, ...]) -> list[str]:
    """`("workload", 0, "nodes")` as `["workload 1,", "nodes"]`; keys are shown without control characters."""
    words: list[str] = []
    for part in path:
        if isinstance(part, int) and words:
            words[-1] = f"{words[-1].rstrip(',')} {part + 1},"
        else:
            words.append(repr(str(part))[1:-1][:60] + ",")
    if words:
        words[-1] = words[-1].rstrip(",")
    return words


def _model_at(path: tuple[int | str, ...]) -> type[Validated] | None:
    """The profile part that a path of an error leads to."""
    parts: dict[str, type[Validated]] = {
        "workload": Workload,
        "company": Company,
        "market": Market,
        "quote": Quote,
        "credit": Credit,
        "commitment": Commitment,
        "owned": Owned,
    }
    if path[2:] in (("serving",), ("training",)):
        return Serving if path[2] == "serving" else Training
    return parts.get(str(path[0])) if path else Profile
