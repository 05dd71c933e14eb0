"""The ids of inputs and numbers: text and back, and which numbers can be tried."""

import pickle

import pytest

from advisor.explain.number_id import GAP, NODE_PRICE, NumberId
from advisor.input_id import InputId

INPUTS = {
    "H100-SXM.node_usd": ("book", "H100-SXM", "node_usd"),
    "H100-SXM.neocloud_term_discount.12": ("book", "H100-SXM", "neocloud_term_discount.12"),
    "facility.pue": ("book", "facility", "pue"),
    "profile.workload.1.months": ("profile", "workload", "1.months"),
}


@pytest.mark.parametrize("text", INPUTS)
def test_an_input_id_is_its_text(text: str) -> None:
    found = InputId.parse(text)
    assert (found.owner, found.section, found.name) == INPUTS[text]
    assert str(found) == text
    parts = (found.section, *found.name.split("."))
    assert (InputId.of_book if found.owner == "book" else InputId.of_profile)(*parts) == found


def test_a_number_id_has_a_family_and_says_whether_it_can_be_tried() -> None:
    cost = NumberId.option("buy", "expected_usd")
    assert (cost, cost.family, cost.rest) == ("option/buy/expected_usd", "option", "buy/expected_usd")
    assert NumberId.component("buy", "hardware") == "option/buy/component/hardware"
    assert (NODE_PRICE.can_be_tried, GAP.can_be_tried, cost.can_be_tried) == (True, False, False)
    assert NumberId.step("capex").family == GAP
    source = NumberId.of_input(InputId.parse("facility.pue"))
    assert (source.family, source.rest) == ("input", "facility.pue")


def test_a_number_id_goes_to_another_process_as_it_is() -> None:
    assert isinstance(pickle.loads(pickle.dumps(GAP)), NumberId)
