"""The ids of all figures that the expected rents of a GPU depend on, found without computing the forecast."""

from advisor.market.forecast.expert_weights import LENDER
from advisor.market.price_book import PriceBook
from advisor.market.price_history import CONSTANT_MIX, History


def rents_id(gpu: str) -> str:
    """The id of the forecast of a GPU's rents."""
    return f"outlook.{gpu}"


def behind_rents(gpu: str, book: PriceBook, history: History) -> tuple[str, ...]:
    """Return the ids of every figure that the expected rents of a GPU depend on.

    A GPU with a short history borrows that of the H100. An owner's cost is that of the market, not the user's own, so
    it is not among the figures that the user can change.
    """
    terms = (f"{gpu}.neocloud_term_discount.{months}" for months in book.gpus[gpu].term_discounts["neocloud"])
    enough = book.sections["experts"]["short_history_months"].value
    lent = len(history.log_prices(gpu)) < enough
    lender = LENDER if lent else gpu
    unused = set() if lent else {"short_history_months"}
    experts = (f"experts.{name}" for name in book.sections["experts"] if name not in unused)
    processes = (f"forecast.{name}" for name in book.sections["forecast"] if name in _PROCESSES)
    newest = f"history.{lender}.{CONSTANT_MIX}.{history.series(lender, CONSTANT_MIX).months[-1]}"
    return (f"{gpu}.neocloud_usd_per_gpu_hour", *terms, newest, *processes, *experts)


_PROCESSES = (
    "decline_shift_per_year",
    "decline_sd_per_year",
    "level_sd",
    "reversion_per_year",
    "volatility_per_sqrt_year",
)
