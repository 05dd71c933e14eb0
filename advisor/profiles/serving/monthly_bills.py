"""What a service that is sized costs a month: its replicas on demand in all hours, or a hosted API."""

from typing import NamedTuple

from advisor.market.price_book import PriceBook
from advisor.market.token_prices import SAME_SIZE, models_of_size, prices_of_size
from advisor.profiles.sizing import Model, ServingSize

_MILLION = 1e6


class MonthlyBills(NamedTuple):
    """USD a month. api_usd: of a hosted API of models of its size; None where none is priced."""

    always_up_usd: float
    api_usd: float | None


def monthly_bills(model: Model, serving: ServingSize, list_usd_per_gpu_hour: float, book: PriceBook) -> MonthlyBills:
    """What a service costs a month.

    Args:
        model: Its parameters and its tokens a month.
        serving: Its replicas.
        list_usd_per_gpu_hour: What their GPUs cost on demand.
        book: Hours of a month, and what an API costs without one of its size.
    """
    gpus, request = serving.replicas * serving.replica_gpus, serving.request
    always_up_usd = gpus * book.figure("rental.hours_per_month").value * list_usd_per_gpu_hour
    active = model.active or model.parameters
    if not models_of_size(model.parameters, active):
        return MonthlyBills(always_up_usd, None)
    prices = prices_of_size(model.parameters, active, book.sections["api"], SAME_SIZE)
    read, written = (prices[f"{side}_usd_per_mtok"].value for side in ("input", "output"))
    per_request = request.tokens_in * read + request.tokens_out * written
    return MonthlyBills(always_up_usd, model.tokens / _MILLION * per_request / (request.tokens_in + request.tokens_out))
