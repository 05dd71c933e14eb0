"""Hosted API: no GPU at all, the tokens are bought from a seller of a model that serves as well."""

import numpy as np

from advisor.array_types import Amount, Floats
from advisor.costing.case import Case, HostedApi
from advisor.costing.cost_table import Basis, ByPlanState
from advisor.costing.line_writer import NODE_HOURS, WORK, LineWriter
from advisor.costing.option import Option
from advisor.market.assumptions import Api

_INPUTS = (*WORK, *NODE_HOURS, "api.input_usd_per_mtok", "api.output_usd_per_mtok", "api.price_change_per_year")


def hosted_api(case: Case) -> Option | None:
    """Buy all tokens of the service from a hosted API.

    Bill of a month = GPU-hours of work x price of the tokens that a GPU serves in an hour x the expected change of
    prices since today.

    Returns:
        None unless the profile has a service with an API that serves as well.

    Source: docs/model.md#hosted-api
    """
    if case.api is None:
        return None
    demand, figures = case.demand, case.assumptions.api
    price = usd_per_gpu_hour(case.api, figures) * price_path(figures, demand.months)
    bill, bill_after = (price * need.used_gpu_hours for need in (demand.alive, demand.after))
    writer = LineWriter(demand.months, demand)
    due = ByPlanState(active=bill, winding_down=bill_after, exited=bill_after)
    writer.add("tokens", Basis.TOKENS, due, depends_on=(*_INPUTS, *_of_use(case.api)))
    return Option(
        id="api",
        action="api",
        label="hosted API",
        command="use a hosted API",
        table=writer.table(case.assumptions.rental, gone_by=np.arange(demand.months)),
        remake=hosted_api,
    )


def usd_per_gpu_hour(api: HostedApi, figures: Api) -> Amount:
    """What the tokens cost at the API that one GPU serves in an hour of work, today. USD."""
    read = api.tokens_in * figures.input_usd_per_mtok * (1 - api.cached_share * (1 - figures.cached_price_share))
    usd = read + api.tokens_out * figures.output_usd_per_mtok
    return usd * figures.batch_price_share if api.batch else usd


def price_path(figures: Api, months: int) -> Floats:
    """Expected prices by month as multiples of today's: exp(change x years). (..., months)."""
    return np.asarray(np.exp(figures.price_change_per_year * np.arange(months) / 12))


def _of_use(api: HostedApi) -> tuple[str, ...]:
    cached = ("api.cached_price_share",) if api.cached_share else ()
    return (*cached, *(("api.batch_price_share",) if api.batch else ()))
