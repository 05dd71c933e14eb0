"""The public API: everything meant for scripts is importable from `advisor`, and loaded only when used."""

import subprocess
import sys
from pathlib import Path

import pytest

import advisor
from tests.support.folders import ROOT


@pytest.mark.parametrize("name", advisor.__all__)
def test_every_public_name_is_there(name: str) -> None:
    found = getattr(advisor, name)
    assert found.__name__ == name
    assert found.__doc__


def test_the_public_names_are_enough_for_a_verdict() -> None:
    book = advisor.built_in_book()
    advice = advisor.advise(advisor.load_profile(Path(ROOT) / "profiles" / "cluster-64.toml", book), book)
    assert isinstance(advice, advisor.Advice)
    assert advice.verdict.pick is not None


def test_importing_the_package_loads_no_engine() -> None:
    engine = ("advisor.", "numpy", "pydantic")
    code = f"import sys, advisor; print([name for name in sys.modules if name.startswith({engine})])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "[]"


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'adivse'"):
        _ = advisor.adivse
