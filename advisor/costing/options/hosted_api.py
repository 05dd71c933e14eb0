"""Hosted API: no GPU at all, tokens or requests are bought from a seller of a model that serves as well."""

import numpy as np

from advisor.array_types import Amount
from advisor.costing.case import Case, HostedApi
from advisor.costing.cost_table import Basis, ByPlanState
from advisor.costing.line_writer import NODE_HOURS, WORK, LineWriter
from advisor.costing.option import Option
from advisor.market.assumptions import Api

_PER_TOKEN, _CACHED = ("input_usd_per_mtok", "output_usd_per_mtok"), ("cached_price_share",)
_BATCH = ("batch_price_share",)
_INPUTS = (*WORK, *NODE_HOURS, "api.price_change_per_year")


def hosted_api(case: Case) -> Option | None:
    """Buy all tokens or requests of the service from a hosted API.

    Bill of a month = GPU-hours of work x price of what a GPU serves in an hour x the expected change of prices since
    today.

    Returns:
        None unless the profile has a service with an API that serves as well.

    Source: docs/model.md#hosted-api
    """
    if case.api is None:
        return None
    demand, figures = case.demand, case.assumptions.api
    expected = np.exp(figures.price_change_per_year * np.arange(demand.months) / 12)  # as multiples of today's price
    price = usd_per_gpu_hour(case.api, figures) * expected
    bills = ByPlanState.needed(*(price * need.used_gpu_hours for need in (demand.alive, demand.after)))
    writer = LineWriter(demand.months, demand)
    what = "tokens" if case.api.in_tokens else "requests"
    prices = (f"api.{name}" for name in prices_of(case.api))
    writer.add(what, Basis.TOKENS, bills, depends_on=(*_INPUTS, *prices))
    return Option(
        id="api",
        action="api",
        label="hosted API",
        command="use a hosted API",
        table=writer.table(case.assumptions.rental, gone_by=np.arange(demand.months)),
        remake=hosted_api,
    )


def prices_of(api: HostedApi) -> tuple[str, ...]:
    """The names of the figures of the book that are its prices today; none for requests, whose price is the user's."""
    if not api.in_tokens:
        return ()
    cached = _CACHED if api.cached_share else ()
    return (*_PER_TOKEN, *cached, *(_BATCH if api.batch else ()))


def is_used(name: str, api: HostedApi | None) -> bool:
    """Whether a figure of the section `api` of the book matters for an answer with this API."""
    return api is not None and (name not in (*_PER_TOKEN, *_CACHED, *_BATCH) or name in prices_of(api))


def usd_per_gpu_hour(api: HostedApi, figures: Api) -> Amount:
    """What the tokens or requests cost at the API that one GPU serves in an hour of work, today. USD."""
    if not api.in_tokens:
        return api.requests_usd
    read = api.tokens_in * figures.input_usd_per_mtok * (1 - api.cached_share * (1 - figures.cached_price_share))
    usd = read + api.tokens_out * figures.output_usd_per_mtok
    return usd * figures.batch_price_share if api.batch else usd
