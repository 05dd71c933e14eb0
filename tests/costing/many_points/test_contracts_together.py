"""Contracts that are priced in one call cost, read and may be left as each does alone."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from advisor.costing.build_case import case_of, with_plans
from advisor.costing.case import Case
from advisor.costing.option import Option
from advisor.costing.options.contracts.contract import Contract, contracts_of, listed_contracts
from advisor.costing.options.reserved import signed, signed_each
from advisor.costing.valuation import cost_of, expected_usd
from advisor.market.forecast.forecast import expected_forecast
from advisor.profiles.validation import own_book
from tests.support.profile_builder import BOOK, a_profile

OFFER = {"option": "reserved", "months": 9, "usd_per_gpu_hour": 1.4, "most_favored": True}
QUESTIONS: dict[str, dict[str, Any]] = {
    "even": {"nodes": 4, "months": 25},
    "large": {"nodes": 300, "months": 30},
    "growing": {"nodes": 2, "months": 29, "growth_per_month": 0.1},
    "may be left": {"nodes": 3, "months": 14, "growth_per_month": 0.05, "termination_fee_share": 0.3},
    "beside an offer": {"nodes": 4, "months": 33, "quote": OFFER},
}


def case(name: str) -> Case:
    """One of the questions."""
    asked = dict(QUESTIONS[name])
    quote, fee = asked.pop("quote", None), asked.pop("termination_fee_share", None)
    more: dict[str, Any] = {} if quote is None else {"quote": [quote]}
    more |= {} if fee is None else {"rental": {"termination_fee_share": fee}}
    profile = a_profile(workload=asked, **more)
    found = case_of(profile, own_book(profile, BOOK))
    return replace(found, outlook=np.linspace(1.0, 0.4, 130))


def contracts(of: Case) -> tuple[Contract, ...]:
    """Every contract of a case."""
    return (*contracts_of(of), *listed_contracts(of, prepaid=True))


@pytest.mark.parametrize("name", QUESTIONS)
def test_contracts_of_one_plan_are_what_they_are_alone(name: str) -> None:
    """Costs by component, the nodes by month, the words, and the inputs that each line depends on."""
    here = case(name)
    forecast = expected_forecast(here.assumptions)

    def seen(option: Option) -> Any:
        cost = cost_of(option, here, forecast)
        inputs = [[set(line) for line in part.depends_on] for part in option.table.parts]
        runs = [(run.contract.id, run.block.tolist()) for run in option.contracts]
        words = option.id, option.label, option.command, option.infeasible_because, len(option.rights)
        return words, runs, inputs, cost.components, cost.monthly_usd.tolist(), option.nodes

    for contract, option in zip(contracts(here), signed_each(here, contracts(here)), strict=True):
        *known, components, monthly, nodes = seen(option)
        *alone, each, by_month, wanted = seen(signed(here, contract))
        assert known == alone
        assert components == pytest.approx(each, rel=1e-9, abs=1e-6)
        assert monthly == pytest.approx(by_month, rel=1e-9, abs=1e-6)
        assert nodes == pytest.approx(wanted)


@pytest.mark.parametrize("name", QUESTIONS)
def test_contracts_of_several_plans_cost_what_they_cost_alone(name: str) -> None:
    """Plans of other sizes and lengths, at other figures each."""
    profile = a_profile(workload={"nodes": 3, "months": 20})
    one, length, size = case(name), np.array([[7.0], [36.0], [25.0]]), np.array([[2.0], [40.0], [5.0]])
    there = with_plans(profile, one, lambda work: replace(work, months=length, nodes=size))
    rental = replace(one.assumptions.rental, prepaid_share=np.array([[0.1], [0.3], [0.0]]), months_to_let=2.0)
    there = there.with_assumptions(replace(one.assumptions, rental=rental))
    forecast = expected_forecast(one.assumptions)
    for contract, option in zip(contracts(there), signed_each(there, contracts(there)), strict=True):
        alone = signed(there, contract)
        assert expected_usd(option, there, forecast) == pytest.approx(expected_usd(alone, there, forecast), rel=1e-9)
        assert option.infeasible.tolist() == alone.infeasible.tolist()
