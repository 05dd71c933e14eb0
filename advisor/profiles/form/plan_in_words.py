"""A whole plan in one text: `train 128 H100 for 2 years at 85%`, `serve 70B 400M tokens a day`, `7B 1T in 3 months`."""

from collections.abc import Container, Mapping
from typing import TYPE_CHECKING

from advisor.errors import InputError
from advisor.formatting import cut, one_line
from advisor.profiles.form.named_gpus import comes_in_racks, per_node_of
from advisor.profiles.form.offers_in_plan import OF_A_NODE
from advisor.profiles.form.other_gpus import OTHER_GPUS
from advisor.profiles.form.plan_clauses import split_clauses
from advisor.profiles.limits import MOST_OTHER_GPUS
from advisor.profiles.store import load_profile, sample_entries

if TYPE_CHECKING:
    from advisor.market.price_book import PriceBook
    from advisor.profiles.schema import FieldPath, Kind, Profile

EXAMPLE = "'train 128 H100 for 2 years' or 'serve 70B 400M tokens a day for a year'"
_STARTERS: "Mapping[Kind, str]" = {
    "fine-tune": "fine-tune-cycle", "pre-train": "pre-train-16", "inference": "inference-8",
}  # fmt: skip
_GERUNDS: "Mapping[Kind, str]" = {"fine-tune": "fine-tuning", "pre-train": "training", "inference": "serving"}
_FINE_TUNE_NODES = 4  # on more of them people train from scratch
_LONGEST_NAME = 60
_AMOUNT_LABEL = "Nodes"  # in an error of the form
_ALWAYS = 1.0  # the utilization of 24/7


def new_profile(kind: "Kind", book: "PriceBook") -> "Profile":
    """A new profile of a kind of work, with the values of a sample. Raises InputError."""
    starter = next(entry for entry in sample_entries() if entry.name == _STARTERS[kind])
    return load_profile(starter.path, book).model_copy(update={"name": f"New {kind}", "notes": ""})


def plan_or(unknown: InputError, text: str, book: "PriceBook") -> "tuple[Profile, str]":
    """As `plan_from`, of a text that is the name of no profile. unknown: the error that says so.

    Raises:
        InputError: What is wrong with the plan, or that there is no such profile.
    """
    try:
        if not any(letter.isalpha() for letter in text):
            raise unknown
        return plan_from(text, book)
    except InputError as error:
        if " " not in text.strip() or not any(letter.isdigit() for letter in text):
            raise InputError(unknown.where, unknown.found, f"{unknown.allowed}, or a plan such as {EXAMPLE}") from None
        where = error.where.removeprefix(_AMOUNT_LABEL).removeprefix(": ")
        allowed = f"{error.allowed}; or the name of a profile, as `gpu-advisor profiles` lists them"
        raise InputError(": ".join(filter(None, (unknown.where, where))), error.found, allowed) from None


def plan_from(text: str, book: "PriceBook") -> "tuple[Profile, str]":
    """The plan that a text says, and a note on what it says beside the amount of work and on what it leaves open: that
    has the values of a sample.

    Raises:
        InputError: Naming the amount of work, when it cannot be read.
    """
    from advisor.profiles.form.edited_profile import with_amount_of_work, with_text

    said = split_clauses(text)
    if not said.amount:
        raise InputError(_AMOUNT_LABEL, f"no amount of work in {text.strip()!r}", f"a plan such as {EXAMPLE}")
    kind = said.kind or _likely_kind(said.amount, book)
    plan, work = with_amount_of_work(new_profile(kind, book), said.amount, book)
    others = {OTHER_GPUS: _all_others(plan, book)} if said.any_gpu else {}
    for path, typed in (others | said.fields).items():
        plan = with_text(plan, path, typed.removesuffix("/"), book)
        if path == OF_A_NODE and typed.endswith("/"):  # of a GPU
            plan = _with_price_of_node(plan, book)
    plan = plan.model_copy(update={"name": cut(one_line(" ".join(text.split())), _LONGEST_NAME)})
    beside = [("workload", 0, name) for name in ("busy", "start_month", "growth_per_month") if name in work]
    told = {*said.fields, *(path for path in beside if path[-1] != "busy" or work["busy"] == _ALWAYS)}
    notes = [_as_read(plan, told, book)] if told else []
    if said.unused:
        notes.append(f"{said.unused} changes nothing beside GPUs")
    taken = [] if said.kind is not None else [(f"as {_GERUNDS[kind]}", "what it is for (train, fine-tune, serve)")]
    if "months" not in work:
        taken.append((f"for {plan.workload[0].months:g} months", "how long"))
    if taken:
        values, missing = zip(*taken, strict=True)
        notes.append(f"taken {' '.join(values)}: say {' and '.join(missing)}")
    return plan, "; ".join(notes)


def _all_others(plan: "Profile", book: "PriceBook") -> str:
    """The GPUs of the book beside that of a plan, but for those that are sold by the rack."""
    own = book.gpu(plan.workload[0].gpu)
    servers = [gpu.id for gpu in book.gpus.values() if gpu is not own and not comes_in_racks(gpu, book)]
    return ", ".join(servers[:MOST_OTHER_GPUS])


def _with_price_of_node(plan: "Profile", book: "PriceBook") -> "Profile":
    """A plan with one offer to buy, whose price is of a GPU, with that of a node."""
    per_node = per_node_of(book.gpu(plan.workload[0].gpu), book)
    priced = (
        quote
        if quote.usd_per_node is None
        else quote.model_copy(update={"usd_per_node": quote.usd_per_node * per_node})
        for quote in plan.quote
    )
    return plan.model_copy(update={"quote": tuple(priced)})


def _as_read(plan: "Profile", paths: "Container[FieldPath]", book: "PriceBook") -> str:
    """Some values of a plan as its form has them: `read with stage series-a, cash $6M`."""
    from advisor.profiles.form.form_fields import form_fields

    found = (field for field in form_fields(plan, book) if field.path in paths)
    return "read with " + ", ".join(f"{field.label.lower()} {''.join(field.words)}" for field in found)


def _likely_kind(amount: str, book: "PriceBook") -> "Kind":
    """The kind of work that an amount without one is most likely for: what is used by the day is a service; models and
    clusters of many nodes are trained from scratch."""
    from advisor.profiles.amount_of_work import nodes_at_start
    from advisor.profiles.form.beside_amount import is_rate, split_behind
    from advisor.profiles.form.edited_profile import with_amount_of_work
    from advisor.profiles.form.everyday_words import in_everyday_words
    from advisor.profiles.form.named_gpus import with_gpus_named
    from advisor.profiles.form.typed_amount import amount_from

    words = split_behind(in_everyday_words(amount), book.asked_on)[0]
    in_gpus = amount_from(with_gpus_named(words, book, _AMOUNT_LABEL)[0])
    if in_gpus is None and not words.isdigit():
        if words.endswith("lora"):
            return "fine-tune"
        return "inference" if is_rate(words) or "users" in words else "pre-train"
    plan = with_amount_of_work(new_profile("fine-tune", book), amount, book)[0]
    nodes = nodes_at_start(plan, book.assumptions_for(plan.workload[0].gpu))
    return "fine-tune" if nodes <= _FINE_TUNE_NODES else "pre-train"
