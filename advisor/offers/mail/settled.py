"""Fields of an offer that follow from others: its size, fees per GPU and node in all, months paid at signing."""

from collections.abc import Sequence
from datetime import date
from itertools import pairwise

from advisor.formatting import plural
from advisor.offers.mail.rules.pieces import Piece
from advisor.offers.mail.rules.prices import Price
from advisor.offers.mail.rules.sizes import ALL_THERE_ARE
from advisor.offers.mail.units import Size
from advisor.values.quick_dataclass import replace

FEES = ("setup_fee", "setup_fee_gpu", "setup_fee_node")
OF_ALL = ("month", "total")
BESIDE = ("upfront", "setup_fee")  # sums beside the price, which are for all of it
_DAYS_OF_A_MONTH = 28
SPEAKS_OF = "speaks_of"  # a piece that helps to read others and is not a field


def settle_size(fields: dict[str, Piece], price: Price, per: str, size: Size, node_gpus: int) -> None:
    """Eight GPUs alone are the GPUs of one machine, unless the price is for the whole offer; more of them at the price
    of a machine each are as many machines. The GPUs of a machine only matter for a price per machine."""
    gpus = fields.get("gpus")
    if gpus is not None and size.gpus > node_gpus and price.each and per == "node":  # 16x HGX H100, $262,000 each
        fields["nodes"] = Piece("nodes", size.gpus, fields.pop("gpus").text, "nodes, as the price is")
        gpus = None
    if gpus is not None and gpus.value == size.node_gpus and "nodes" not in fields and per not in OF_ALL:
        fields.pop("gpus")
        assumed = f"machines of {gpus.value} {plural('GPU', size.node_gpus)}, any number"
        fields["node_gpus"] = Piece("node_gpus", gpus.value, gpus.text, assumed)
    if per == "node" and size.node_gpus == node_gpus:
        fields.pop("node_gpus", None)  # a machine as the book has it
    elif per == "node" and "usd_per_node" in fields:
        own = fields.pop("usd_per_node")
        fields["price"], fields["per"] = Piece("price", own.value, own.text), Piece("per", per, own.text, own.assumed)
    if per.startswith(("node", "rack")):
        return
    nodes = fields.get("nodes")
    if nodes is not None and "node_gpus" in fields and size.node_gpus != node_gpus:
        fields.pop("nodes")
        fields["gpus"] = Piece(
            "gpus", size.nodes * size.node_gpus, nodes.text, f"{size.nodes} of {size.node_gpus} GPUs"
        )
    fields.pop("node_gpus", None)


def settle_quantity(fields: dict[str, Piece], price: Price, node_gpus: int) -> None:
    """The quantity that the price refers to."""
    piece, gpus = fields.pop("quantity", None), number_in(fields, "gpus")
    if piece is not None and "nodes" not in fields and 0 < gpus <= node_gpus and gpus != piece.value:
        fields["node_gpus"] = replace(fields.pop("gpus"), field="node_gpus")  # Qty 64 of a machine with 8x H100
    if piece is not None and fields.keys().isdisjoint(("nodes", "gpus", "least_nodes")):
        nodes = price.thing == "node" or not fields.keys().isdisjoint(("node_gpus", SPEAKS_OF))
        name, what = ("nodes", "nodes") if nodes else ("gpus", "GPUs")
        fields[name] = Piece(name, piece.value, piece.text, f"{what}, as the price is")


def settle_some_of_them(fields: dict[str, Piece]) -> list[str]:
    """`16 of them` is the size, of the nodes or GPUs that are named before; else return its words."""
    some = fields.pop("of_them", None)
    if some is None:
        return []
    named = next((fields[name] for name in ("nodes", "gpus") if name in fields), None)
    if named is None or not number_in({"all": named}, "all") >= number_in({"some": some}, "some"):
        return [some.text]
    what = "nodes" if named.field == "nodes" else "GPUs"
    fields[named.field] = Piece(named.field, some.value, some.text, f"of the {named.value} {what} that are named")
    return []


def settle_least(fields: dict[str, Piece], per: str, node_gpus: int) -> list[str]:
    """A minimum counts in place of a size that is all there is, unless sums are for that size; beside an exact size it
    adds nothing. Return the words of what is not counted."""
    least, size = fields.get("least_nodes"), fields.get("nodes") or fields.get("gpus")
    nodes = number_in(fields, "nodes") or number_in(fields, "gpus") / node_gpus
    if least is not None and not least.value:  # no minimum
        fields.pop("least_nodes")
    if least is None or not least.value or size is None:
        return []
    for_size = per in OF_ALL or not fields.keys().isdisjoint(BESIDE)
    if size.assumed == ALL_THERE_ARE and not for_size and nodes > number_in(fields, "least_nodes"):
        fields.pop(size.field)
        return [f"{size.text} (only the minimum is calculated)"]
    fields.pop("least_nodes")
    return [] if least.value == nodes else [f"{least.text} (beside a size of {nodes:g} nodes)"]


def settle_end(fields: dict[str, Piece], on: date) -> list[str]:
    """The term up to the last day, from the day of its start or else of the offer; return its words where they are not
    read: the term is said to be another one, or the day is so near that it may be the last one of the offer."""
    end, starts = fields.pop("ends", None), fields.get("starts")
    if end is None:
        return []
    first = (starts or fields.get("date") or replace(end, value=on)).value
    assert isinstance(first, date)
    assert isinstance(end.value, date)
    if end.assumed.startswith("of ") and end.value < first:
        end = replace(end, value=end.value.replace(year=end.value.year + 1), assumed="")  # a day without its year
    assert isinstance(end.value, date)
    days = (end.value - first).days + 1
    months = round(days * 12 / 365)
    known = next((fields[name] for name in ("months", "days") if name in fields), None)
    if known is not None:
        return [] if known.value in (months, days) else [f"{end.text} (beside {known.text})"]
    if days < (_DAYS_OF_A_MONTH if starts is None else 1):
        return [f"{end.text} (it may be the last day of the offer)"]
    field, value = ("months", months) if days >= _DAYS_OF_A_MONTH else ("days", days)
    assumed = "; ".join(filter(None, [f"from {first} to {end.value}", end.assumed]))
    fields[field] = Piece(field, value, end.text, assumed)
    return []


def settle_prepaid_months(fields: dict[str, Piece], *, is_term: bool) -> None:
    """Months that are paid at signing, as a share of the term. Of bills in advance for some months the first one is
    paid then. is_term: whether they are the term where no other is said."""
    name = next((name for name in ("prepaid_months", "billed_months") if name in fields), "")
    months, term = number_in(fields, name), number_in(fields, "months")
    if not months:
        return
    paid, billed = fields[name], name == "billed_months"
    if is_term and not (term or billed or "days" in fields):
        term = months
        fields["months"] = Piece("months", months, paid.text, "the months that are paid at signing")
    if months <= term:
        fields.pop(name)
        then = "in advance, the rest counted month by month" if months < term else "in advance"
        assumed = ", ".join(filter(None, [f"{months} of {term} months", paid.assumed, then if billed else ""]))
        fields["prepaid"] = Piece("prepaid", months / term, paid.text, assumed)


def without_rises(
    price: Price, steps: Sequence[tuple[int, Price]], months: int
) -> tuple[Price, tuple[tuple[int, Price], ...], str]:
    """A price that later rises as its mean over the term, since an offer has a price that falls; without a term, as its
    highest. Returns it, the later prices that are left, and how it was derived."""
    later = sorted(((month, one.amount) for month, one in steps if month > 0), key=lambda step: step[0])
    amounts = [price.amount, *(amount for _, amount in later)]
    if all(after <= before for before, after in pairwise(amounts)):
        return price, tuple(steps), ""
    ends = [*(month for month, _ in later), months]
    spans = [max(0, end - start) for start, end in zip([0, *ends[:-1]], ends, strict=True)]
    if not months or ends != sorted(ends):
        return replace(price, amount=max(amounts)), (), "the highest: it rises"
    mean = sum(amount * span for amount, span in zip(amounts, spans, strict=True)) / months
    said = " and ".join(
        f"{amount:,.10g} for {span} {plural('month', span)}" for amount, span in zip(amounts, spans, strict=True)
    )
    return replace(price, amount=round(mean, 10)), (), f"the mean of {said}: it rises"


def settle_steps(fields: dict[str, Piece], first: float, later: Sequence[tuple[int, Price]]) -> None:
    """Later prices as shares of the first."""
    steps = [(month, 1 - one.amount / first, one.words) for month, one in later if month > 0 and first > 0]
    falls = [(month, round(share, 10), words) for month, share, words in sorted(steps) if 0 < share < 1]
    if falls and "step_down" not in fields:
        value = tuple((month, share) for month, share, _ in falls)
        fields["step_down"] = Piece("step_down", value, ", ".join(words for _, _, words in falls))


def settle_fee(fields: dict[str, Piece], size: Size) -> None:
    """Fees per GPU and per node as one fee for the whole offer; without a size, the size is asked for."""
    gpus = size.gpus_in_all
    for name, times, what in ((FEES[1], gpus, "GPUs"), (FEES[2], gpus / size.node_gpus, "nodes")):
        each = fields.pop(name, None)
        if each is None:
            continue
        assert isinstance(each.value, float)
        said = f"{each.value:,.10g} for each of {times:g} {what}" if times else ""
        fee = Piece(FEES[0], each.value * (times or 1), each.text, "; ".join(filter(None, [said, each.assumed])))
        fields[FEES[0]] = added(fields[FEES[0]], fee) if FEES[0] in fields else fee


def added(fee: Piece, other: Piece) -> Piece:
    """Two fees as one."""
    assert isinstance(fee.value, float)
    assert isinstance(other.value, float)
    return Piece(fee.field, fee.value + other.value, f"{fee.text}, {other.text}", "added up")


def number_in(fields: dict[str, Piece], name: str) -> int:
    """A whole number in a field; 0 where there is none."""
    value = fields[name].value if name in fields else 0
    return value if isinstance(value, int) else 0
