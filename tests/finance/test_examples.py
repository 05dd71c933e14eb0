"""The examples in the docstrings of the formulas hold."""

import doctest
import importlib
import pkgutil

import pytest

import advisor.finance

MODULES = [
    *(f"advisor.finance.{found.name}" for found in pkgutil.iter_modules(advisor.finance.__path__)),
    "advisor.decision.ranking",
    "advisor.market.forecast.term_structure",
    "screens.widgets.card",
]


@pytest.mark.parametrize("name", MODULES)
def test_examples_hold(name: str) -> None:
    found = doctest.testmod(importlib.import_module(name))
    assert found.failed == 0
