"""What is asked of a seller: as much as the book says, and the clause that is worth most beyond what it costs."""

from typing import Any

import pytest

from advisor.decision.cost_options import Costing, cost_options
from advisor.decision.offer_values import taken_usd
from advisor.offers.negotiation import ClauseAsk, clause_to_ask
from advisor.profiles.validation import parse_profile
from tests.support.frozen_book import frozen_prices
from tests.support.present import present

BOOK = frozen_prices()
OFFER: dict[str, Any] = {"option": "reserved", "months": 12, "usd_per_gpu_hour": 2.4, "prepaid": 0.0, "from": "A"}
HAS_ALL_BUT_DELAY: dict[str, Any] = {
    "may_sublet": True, "free_months": 1, "termination_fee_share": 0.5, "extension_months": 6, "indexed": 0.1,
    "sla_credit_share": 1.0,
}  # fmt: skip


def costed(offer: dict[str, Any], **figures: float) -> Costing:
    book = BOOK.overlaid({"negotiation": figures}, "a test") if figures else BOOK
    work = {"kind": "inference", "nodes": 4, "months": 20}
    return cost_options(parse_profile({"name": "asked", "workload": [work], "quote": [offer]}, book), book)


def asked(offer: dict[str, Any], **figures: float) -> ClauseAsk | None:
    costing = costed(offer, **figures)
    return clause_to_ask(costing.case.offers[0], costing)


def test_as_much_is_asked_for_as_the_book_says() -> None:
    """Months free are worth most where nothing else may be asked for: the right to leave costs as much as it owes."""
    with_rights = {
        **OFFER,
        "may_sublet": True,
        "extension_months": 6,
        "termination_fee_share": 0.5,
        "most_favored": True,
    }
    for months in (1, 3):
        found = present(asked({**with_rights, "sla_credit_share": 1.0}, free_months=months))
        assert (found.field, found.value) == ("free_months", months)
        costing = costed(with_rights | {"sla_credit_share": 1.0}, free_months=months)
        offer = costing.case.offers[0]
        assert found.worth_usd == pytest.approx(
            taken_usd(costing, offer) - taken_usd(costing, offer, free_months=months)
        )


def test_a_credit_for_delay_is_asked_of_who_grants_the_rest() -> None:
    """A month late in a year at full price credits a twelfth of it."""
    found = present(asked({**OFFER, **HAS_ALL_BUT_DELAY, "free_months": 2}))
    assert found.field == "delay_credit_share_per_month"
    assert found.worth_usd > 0
    assert found.words == "a credit of 100% of the price for the time it starts late"


def test_nothing_is_asked_for_that_is_worth_less_than_the_least() -> None:
    found = asked({**OFFER, **HAS_ALL_BUT_DELAY, "delay_credit_share_per_month": 1.0})
    assert found is None
    assert asked({**OFFER, **HAS_ALL_BUT_DELAY}, least_worth_share=0.5) is None
