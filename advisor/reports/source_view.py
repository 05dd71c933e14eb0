"""Figures with their sources, as text: for `gpu-advisor market --figure`, the Market screen and the reports."""

from advisor.decision.advise import Advice
from advisor.formatting import age_phrase, figure_range, figure_text, plural
from advisor.market.provenance import Provenance
from advisor.profiles.offers.quote import Quote

KIND_WORDS = {
    "level": "level: a median of lists, whose providers change",
    "constant_mix": "constant mix: for returns, not for the level",
    "contract": "contracts by term",
    "pooled_reserved": "contracts of several terms together",
    "marketplace": "marketplaces",
    "spot": "interruptible",
    "hyperscaler": "hyperscalers",
    "index": "index",
}


def value_text(found: Provenance) -> str:
    """$3.43/GPU-h, $3.20 to $6.16, n = 6, thin."""
    if found.value is None:
        return found.unit
    parts = [figure_text(found.value, found.unit), figure_range(found.low, found.high, found.unit)]
    parts.append("" if found.kind == "computed" or found.own else f"n = {found.n}")
    parts += ["thin" if found.thin else "", "your own" if found.own else ""]
    return ", ".join(filter(None, parts))


def provenance_rows(found: Provenance) -> list[tuple[str, str]]:
    """What is known of a figure, as (name, text): value, formula, note, date and age, source, where it is read."""
    rows = [
        ("value", value_text(found)),
        ("formula", found.formula),
        ("note", found.note),
        ("date", "" if found.age_days is None else f"{found.date}, {age_phrase(found.age_days)}"),
        ("source", f"{found.title} ({found.kind})" if found.title else ""),
        ("where", found.where),
    ]
    return [(name, text) for name, text in rows if text]


def source_lines(advice: Advice) -> list[str]:
    """The offers in hand, then the figures that weigh most with their sources, thin ones marked."""
    gpu, tier = advice.gpu, advice.profile.market.tier
    lines = [_quote_line(quote) for quote in advice.profile.quote]
    wanted = [f"{tier}_usd_per_gpu_hour", "marketplace_usd_per_gpu_hour", "node_usd", "sublet_discount_share"]
    if advice.costing.demand.scales_to_zero:
        wanted.insert(1, "serverless_usd_per_gpu_hour")
    figures = [gpu.figures[name] for name in wanted if name in gpu.figures]
    figures += gpu.term_discounts[tier].values()
    titles: list[str] = []
    for figure in figures:
        source = advice.book.sources.get(figure.source)
        title = source.title if source else figure.source
        if title not in titles:
            titles.append(title)
        thin = " THIN" if figure.is_thin else ""
        known = f"{figure_range(figure.low, figure.high, figure.unit)}, n={figure.n}, {figure.date}".removeprefix(", ")
        spread = "your own" if figure.own else known
        value = figure_text(figure.value, figure.unit)
        lines.append(f"{figure.label}: {value} ({spread}){thin} [{titles.index(title) + 1}]")
    return [*lines, *(f"[{number}] {title}" for number, title in enumerate(titles, 1))]


def _quote_line(quote: Quote) -> str:
    """An offer in hand: `your offer, reserved 12 months: $2.45/GPU-h (vendor A, 2026-11-02)`."""
    length = (quote.months, "month") if quote.days is None else (quote.days, "day")
    term = f" {length[0]} {plural(length[1], length[0])}" if length[0] else ""
    if quote.price is not None:
        price = f"{quote.price:,g} {quote.currency} per {quote.per}"
    else:
        per_node, per_hour = quote.usd_per_node, quote.usd_per_gpu_hour or 0.0
        price = figure_text(per_node, "USD/node") if per_node else figure_text(per_hour, "USD/GPU-h")
    known = ", ".join(part for part in (quote.from_, quote.date.isoformat() if quote.date else "") if part)
    return f"your offer, {quote.option}{term}: {price}" + (f" ({known})" if known else "")
