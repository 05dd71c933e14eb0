"""From the id of an input to its source line: a figure of the book, or an answer of the founder's own profile."""

from dataclasses import dataclass
from datetime import date

from advisor.decision.advise import Advice
from advisor.formatting import amount_words, listed
from advisor.market.price_history import built_in_history
from advisor.market.provenance import Provenance, age_days, trace
from advisor.profiles.field_notes import FieldNote, field_note
from advisor.profiles.input_labels import input_label
from advisor.profiles.schema import Commitment, Company, Market, Quote, Workload

YOUR_PROFILE = "your profile"


@dataclass(frozen=True)
class Source:
    """An input with where it comes from. label: what a person calls it; amount: its value in words, empty for a path of
    prices; traced: the rest."""

    label: str
    amount: str
    provenance: Provenance

    @property
    def evidence(self) -> str:
        """`2.2 to 4.5, n=6, 2026-10`, or that it is the founder's own."""
        provenance = self.provenance
        if provenance.own:
            return "yours"
        spread = "" if provenance.low is None else f"{provenance.low:g} to {provenance.high:g}, "
        sample = f"n={provenance.n}, " if provenance.n else ""
        return f"{spread}{sample}{provenance.date}{', thin' if provenance.thin else ''}"


def source_of(figure_id: str, advice: Advice, today: date) -> Source:
    """The input of an id that `inputs.py` names. Raises InputError for an id there is not."""
    if figure_id.startswith("profile."):
        return _own(figure_id, advice, today)
    provenance = trace(figure_id, advice.book, built_in_history(), today)
    amount = "" if provenance.value is None else amount_words(provenance.value, provenance.unit)
    return Source(_label(figure_id, advice), amount, provenance)


def _label(figure_id: str, advice: Advice) -> str:
    """What a person calls a figure of the book; another GPU's with its name in front."""
    section, _, name = figure_id.partition(".")
    if section == "outlook":
        return f"rents expected of the {advice.book.gpus[name].label}"
    if section == "history":
        gpu, _, month = name.rpartition(".")
        return f"past rents of {gpu.split('.')[0]} up to {month}"
    label = input_label(figure_id)
    another = section in advice.book.gpus and section != advice.gpu.id
    return f"{advice.book.gpus[section].label}: {label}" if another else label


_PARTS: dict[str, type[Workload | Company | Market | Quote | Commitment]] = {
    "workload": Workload, "company": Company, "market": Market, "quote": Quote, "commitment": Commitment,
}  # fmt: skip


def _own(figure_id: str, advice: Advice, today: date) -> Source:
    """An answer of the founder's own."""
    family, *rest = figure_id.removeprefix("profile.").split(".")
    if family == "quote":
        return _offer(figure_id, rest, advice, today)
    if family == "commitment":
        held = advice.profile.commitment[int(rest[0]) - 1]
        note = f"{held.nodes} nodes for {held.months_left} months more{f', {held.from_}' if held.from_ else ''}"
        told = field_note(Commitment, "usd_per_gpu_hour")
        return _told(figure_id, "contract in hand", held.usd_per_gpu_hour, told, note, advice, today)
    profile, name = advice.profile, rest[-1]
    part = profile.workload[int(rest[0]) - 1] if family == "workload" else getattr(profile, family)
    several = f", workload {rest[0]}" if family == "workload" and len(profile.workload) > 1 else ""
    told = field_note(_PARTS[family], name)
    return _told(figure_id, f"{told.label}{several}", getattr(part, name), told, told.meaning, advice, today)


def _offer(figure_id: str, kind: list[str], advice: Advice, today: date) -> Source:
    """An offer in hand, dated if the founder dated it."""
    months = int(kind[1]) if len(kind) > 1 else None
    quote = next(q for q in advice.profile.quote if q.option == kind[0] and q.months == months)
    name = "usd_per_node" if quote.option == "buy" else "usd_per_gpu_hour"
    term = f" {months} months" if months else ""
    return _told(
        figure_id, f"your offer, {quote.option}{term}", getattr(quote, name), field_note(Quote, name),
        listed([part for part in (quote.from_, f"prepaid {quote.prepaid:g}" if quote.prepaid else "") if part]),
        advice, today, quote.date,
    )  # fmt: skip


def _told(
    figure_id: str,
    label: str,
    value: object,
    told: FieldNote,
    note: str,
    advice: Advice,
    today: date,
    day: date | None = None,
) -> Source:
    """A value that the profile gives. A word (a way to deduct) has no number."""
    number = float(value) if isinstance(value, int | float) else None
    amount = amount_words(number, told.unit) if number is not None else str(value or "")
    dated = (day or today).isoformat()
    provenance = Provenance(
        figure_id, number, told.unit, None, None, 0, dated, age_days(dated, today), False, True, "", note, "profile",
        f"{YOUR_PROFILE}, {advice.profile.name}", "the profile that is open", "own", (),
    )  # fmt: skip
    return Source(label, amount, provenance)
