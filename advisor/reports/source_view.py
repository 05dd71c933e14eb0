"""From a figure to its source, in words: shared by `gpu-advisor market --figure` and the Market screen."""

from advisor.market.provenance import Provenance

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


def number_words(value: float, unit: str) -> str:
    """3.43 USD/GPU-h."""
    return f"{value:,.6g} {unit}"


def range_words(low: float | None, high: float | None) -> str:
    """3.2 to 6.16; empty where there is no range."""
    return f"{low:,.6g} to {high:,.6g}" if low is not None and high is not None and low < high else ""


def value_words(found: Provenance) -> str:
    """3.43 USD/GPU-h, 3.20 to 6.16, n = 6, thin."""
    if found.value is None:
        return found.unit
    parts = [number_words(found.value, found.unit), range_words(found.low, found.high)]
    parts.append("" if found.kind == "computed" or found.own else f"n = {found.n}")
    parts += ["thin" if found.thin else "", "your own" if found.own else ""]
    return ", ".join(filter(None, parts))


def provenance_rows(found: Provenance) -> list[tuple[str, str]]:
    """What is known of a figure, as (what, words): value, formula, note, date and age, source, where it is read."""
    rows = [
        ("value", value_words(found)),
        ("formula", found.formula),
        ("note", found.note),
        ("date", f"{found.date}, {found.age_days} days old"),
        ("source", f"{found.title} ({found.kind})" if found.title else ""),
        ("where", found.where),
    ]
    return [(what, words) for what, words in rows if words]
