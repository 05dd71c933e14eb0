"""Hosted API: no GPU at all, the tokens are bought from a seller of a model that serves as well."""

import numpy as np

from advisor.array_types import Amount
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
    expected = np.exp(figures.price_change_per_year * np.arange(demand.months) / 12)  # as multiples of today's price
    price = usd_per_gpu_hour(case.api, figures) * expected
    bills = ByPlanState.needed(*(price * need.used_gpu_hours for need in (demand.alive, demand.after)))
    cached = ("api.cached_price_share",) if case.api.cached_share else ()
    batch = ("api.batch_price_share",) if case.api.batch else ()
    writer = LineWriter(demand.months, demand)
    writer.add("tokens", Basis.TOKENS, bills, depends_on=(*_INPUTS, *cached, *batch))
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
