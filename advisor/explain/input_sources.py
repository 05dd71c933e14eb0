"""From the id of an input to its label, value and source: a figure of the book, or a value of the user's profile."""

from datetime import date

from advisor.array_types import of_one
from advisor.decision.advise import Advice
from advisor.explain.input_labels import field_label, figure_label
from advisor.formatting import amount_words, figure_range, listed, plural, usd
from advisor.input_id import InputId
from advisor.market.price_history import built_in_history
from advisor.market.provenance import Provenance, age_days, trace
from advisor.profiles.field_notes import field_note, input_in_force
from advisor.profiles.form.amount_text import amount_text
from advisor.profiles.in_hand.holdings import Commitment, Owned
from advisor.profiles.in_hand.in_hand import in_hand
from advisor.profiles.offers.quote import Credit, Quote, offer_ids
from advisor.profiles.offers.terms import offers_of
from advisor.profiles.schema import Company, Market, Profile, Workload
from advisor.profiles.serving.service import Serving
from advisor.profiles.training.work import Training
from advisor.values.quick_dataclass import dataclass

YOUR_PROFILE = "your profile"


@dataclass(frozen=True)
class InputSource:
    """An input with where it comes from.

    Attributes:
        label: Its name for a user.
        amount: Its value as text, empty for a path of prices.
        provenance: The rest.
    """

    label: str
    amount: str
    provenance: Provenance

    @property
    def evidence(self) -> str:
        """`2.2 to 4.5, n=6, 2026-10`, or that it is the user's own."""
        provenance = self.provenance
        if provenance.own:
            return "yours"
        spread = figure_range(provenance.low, provenance.high, provenance.unit)
        spread = f"{spread}, " if spread else ""
        sample = f"n={provenance.n}, " if provenance.n else ""
        return f"{spread}{sample}{provenance.date}{', thin' if provenance.thin else ''}"


def source_of(input_id: InputId, advice: Advice, today: date) -> InputSource:
    """The input of an id that lineage or sensitivity names. Raises InputError for an unknown id."""
    if input_id.owner == "profile":
        return _own(input_id, advice, today)
    provenance = trace(input_id.path, advice.book, built_in_history(), today)
    amount = "" if provenance.value is None else amount_words(provenance.value, provenance.unit)
    return InputSource(label_of(input_id, advice), amount, provenance)


def label_of(input_id: InputId, advice: Advice) -> str:
    """The name of an input for a user; a figure of another GPU with the GPU in front."""
    field = workload_field(input_id, advice.profile)
    if field is not None:
        return field_label("gpus" if field == "nodes" and not advice.profile.in_nodes else field)
    if input_id.owner == "profile":
        return _own_label(input_id, advice.profile)
    section, name = input_id.section, input_id.name
    if section == "outlook":
        return f"rents expected of the {advice.book.gpus[name].label}"
    if section == "history":
        gpu, _, month = name.rpartition(".")
        return f"past rents of {gpu.split('.')[0]} up to {month}"
    own_rooms = section == "facility" and advice.profile.company.hosting == "on-premises"
    there = f"on_premises.{name}" if own_rooms and name in advice.book.sections["on_premises"] else input_id.path
    label = figure_label(there)
    another = section in advice.book.gpus and section != advice.gpu.id
    if name == "neocloud_usd_per_gpu_hour" and advice.costing.case.offer("on-demand") is not None:
        label = f"posted {label}"  # the offer's is another one
    return f"{advice.book.gpus[section].label}: {label}" if another else label


def workload_field(input_id: InputId, profile: Profile) -> str | None:
    """The field of the first workload whose value an input is, the profile's own or the book's in its place."""
    if input_id.section not in ("workload", "plan"):
        return None
    fields = Workload.model_fields
    return next((name for name in fields if input_in_force(profile, ("workload", 0, name)) == input_id), None)


def model_field(input_id: InputId, workload: Workload) -> tuple[str, str] | None:
    """Where a workload gives its own value in place of a figure that a model or a service is sized with: the table and
    the field; None where it has no field for it."""
    for table, model in (("training", Training), ("serving", Serving)):
        if getattr(workload, table) is None:
            continue
        for name in model.model_fields:
            if field_note(model, name).book.format(kind=workload.kind.replace("-", "_")) == input_id.path:
                return table, name
    return None


def _own_label(input_id: InputId, profile: Profile) -> str:
    """The name of a value of the profile, with the workload's number where there are several."""
    family, *rest = input_id.path.split(".")
    if family in ("commitment", "owned"):
        return "contract in hand" if family == "commitment" else "hardware in hand"
    if family == "credit":
        return "your credits"
    if family == "quote":
        quote = dict(zip(offer_ids(profile.quote), profile.quote, strict=True))[rest[0]]
        term = f" {quote.term_months} {plural('month', quote.term_months)}" if quote.term_months else ""
        return f"your offer, {quote.option}{term}{f', {quote.from_}' if quote.from_ else ''}"
    several = f", workload {rest[0]}" if family == "workload" and len(profile.workload) > 1 else ""
    return f"{field_label(rest[-1])}{several}"


_PARTS: dict[str, type[Workload | Company | Market | Quote | Commitment | Owned]] = {
    "workload": Workload, "company": Company, "market": Market, "quote": Quote, "commitment": Commitment,
    "owned": Owned,
}  # fmt: skip


def _own(input_id: InputId, advice: Advice, today: date) -> InputSource:
    """A value of the user's profile."""
    profile, (family, *rest) = advice.profile, input_id.path.split(".")
    if family == "quote":
        return _offer(input_id, rest[0], advice, today)
    if family == "credit":
        credit = profile.credit[int(rest[0]) - 1]
        field = field_note(Credit, "usd")
        return _of_profile(input_id, credit.usd, field.unit, credit.seller, advice, today)
    if family == "commitment":
        held = in_hand(profile, advice.book)[0][int(rest[0]) - 1]
        note = f"{held.words}{f', {held.from_}' if held.from_ else ''}"
        field = field_note(Commitment, "usd_per_gpu_hour")
        return _of_profile(input_id, held.usd_per_gpu_hour, field.unit, note, advice, today)
    if family == "owned":
        mine = in_hand(profile, advice.book)[1][int(rest[0]) - 1]
        sells = mine.sells_for_usd_per_node
        note = f"{mine.words} you own" + ("" if sells is None else f", which sell for {usd(sells)} each")
        return _of_profile(input_id, float(mine.nodes), "nodes", note, advice, today)
    part = profile.workload[int(rest[0]) - 1] if family == "workload" else getattr(profile, family)
    field = field_note(_PARTS[family], rest[-1])
    return _of_profile(input_id, _said(part, rest[-1]), field.unit, field.meaning, advice, today)


def _said(part: object, name: str) -> object:
    """A value of the profile: a number as it is, what has parts as it is typed."""
    value = getattr(part, name)
    if isinstance(value, int | float | str | None):
        return value
    if isinstance(part, Workload) and name == part.way:
        return amount_text(part)
    return ", ".join(f"{multiple:g} times in month {month:g}" for month, multiple in value)


def _offer(input_id: InputId, name: str, advice: Advice, today: date) -> InputSource:
    """An offer in hand, dated if the user dated it, in the unit that all offers come down to."""
    offers = offers_of(advice.profile.quote, advice.costing.case.assumptions.rental)
    offer = next(one for one in offers if one.id == name)
    quote, unit = offer.quote, "USD/GPU-h" if offer.usd_per_node is None else "USD/node"
    share = 0.0 if offer.prepaid_share is None else of_one(offer.prepaid_share)
    note = listed([part for part in (quote.from_, f"prepaid {share:g}" if share else "") if part])
    return _of_profile(input_id, of_one(offer.price), unit, note, advice, today, quote.date)


def _of_profile(
    input_id: InputId, value: object, unit: str, note: str, advice: Advice, today: date, day: date | None = None
) -> InputSource:
    """A value that the profile gives. A word (a way to deduct) has no number."""
    number = float(value) if isinstance(value, int | float) else None
    amount = amount_words(number, unit) if number is not None else str(value or "")
    dated = None if day is None else day.isoformat()
    provenance = Provenance(
        id=str(input_id),
        value=number,
        unit=unit,
        low=None,
        high=None,
        n=None,
        date=dated,
        age_days=None if dated is None else age_days(dated, today, advice.book.read_on),
        thin=False,
        own=True,
        formula="",
        note=note,
        source="profile",
        title=f"{YOUR_PROFILE}, {advice.profile.name}",
        where="the profile that is open",
        kind="own",
        made_of=(),
    )
    return InputSource(_own_label(input_id, advice.profile), amount, provenance)
