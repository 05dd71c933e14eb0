"""A class made by `quick_dataclass` does what the standard library's frozen dataclass does."""

import dataclasses
import inspect
import pickle
import re
from collections.abc import Callable
from functools import cached_property

import pytest

from advisor.values.quick_dataclass import dataclass, replace
from tests.support.folders import ROOT


class _Declared:
    """A point."""

    x: float
    y: float = 2.0
    tags: list[str] = dataclasses.field(default_factory=list)

    @cached_property
    def total(self) -> float:
        return self.x + self.y


@dataclass(frozen=True)
class Quick(_Declared):
    x: float
    y: float = 2.0
    tags: list[str] = dataclasses.field(default_factory=list)


@dataclasses.dataclass(frozen=True)
class Standard(_Declared):
    x: float
    y: float = 2.0
    tags: list[str] = dataclasses.field(default_factory=list)


@dataclass(frozen=True, eq=False)
class ByIdentity:
    x: float


@dataclass(frozen=True)
class Checked:
    x: float

    def __post_init__(self) -> None:
        if self.x < 0:
            raise ValueError("negative")


@pytest.mark.parametrize("kind", [Quick, Standard])
def test_a_value_is_made_compared_copied_and_shown(kind: type[Quick]) -> None:
    one = kind(1.0)
    assert (one.x, one.y, one.tags) == (1.0, 2.0, [])
    assert one.tags is not kind(1.0).tags
    assert one == kind(x=1.0, y=2.0, tags=[]) != kind(1.0, 3.0)
    assert one != object()
    assert repr(one) == f"{kind.__name__}(x=1.0, y=2.0, tags=[])"
    assert dataclasses.replace(one, y=5.0) == kind(1.0, 5.0)
    assert dataclasses.asdict(one) == {"x": 1.0, "y": 2.0, "tags": []}
    assert [field.name for field in dataclasses.fields(kind)] == ["x", "y", "tags"]
    assert list(inspect.signature(kind).parameters) == ["x", "y", "tags"]
    assert kind.__match_args__ == ("x", "y", "tags")
    assert one.total == 3.0  # kept in the instance without `__setattr__`
    assert one == kind(1.0)
    assert pickle.loads(pickle.dumps(one)) == one


def test_classes_with_as_many_fields_keep_their_own_names_and_defaults() -> None:
    @dataclass(frozen=True)
    class Other:
        name: str
        y: str = "other"
        parts: tuple[str, ...] = dataclasses.field(default_factory=tuple)

    assert vars(Other("a")) == {"name": "a", "y": "other", "parts": ()}
    assert vars(Quick(3.0, tags=["b"])) == {"x": 3.0, "y": 2.0, "tags": ["b"]}
    assert Other.__init__.__qualname__.endswith("Other.__init__")


@pytest.mark.parametrize("kind", [Quick, Standard])
def test_a_value_is_frozen_and_its_parameters_are_checked(kind: type[Quick]) -> None:
    one = kind(1.0)
    with pytest.raises(dataclasses.FrozenInstanceError, match="cannot assign to field 'x'"):
        one.x = 2.0  # type: ignore[misc] # what is tested
    with pytest.raises(dataclasses.FrozenInstanceError, match="cannot delete field 'x'"):
        del one.x
    with pytest.raises(TypeError, match="unexpected keyword argument 'z'"):
        kind(1.0, z=2)  # type: ignore[call-arg] # what is tested
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'x'"):
        kind()  # type: ignore[call-arg] # what is tested


def test_hash_equality_and_check_are_as_declared() -> None:
    assert hash(Checked(1.0)) == hash(Checked(1.0))
    assert ByIdentity(1.0) != ByIdentity(1.0)
    assert len({ByIdentity(1.0), ByIdentity(1.0)}) == 2
    with pytest.raises(ValueError, match="negative"):
        Checked(-1.0)


@pytest.mark.parametrize("change", [replace, dataclasses.replace])
def test_a_changed_value_has_the_other_fields_and_nothing_that_was_kept(change: Callable[..., Quick]) -> None:
    one = Quick(1.0, tags=["a"])
    assert one.total == 3.0
    other = change(one, y=5.0)
    assert vars(other) == {"x": 1.0, "y": 5.0, "tags": ["a"]}
    assert other.tags is one.tags
    assert change(ByIdentity(1.0), x=2.0).x == 2.0
    with pytest.raises(TypeError, match="unexpected keyword argument 'z'"):
        change(one, z=2)
    with pytest.raises(ValueError, match="negative"):
        change(Checked(1.0), x=-1.0)


def test_every_frozen_dataclass_of_the_program_is_a_quick_one() -> None:
    for path in (path for folder in ("advisor", "screens") for path in (ROOT / folder).rglob("*.py")):
        text = path.read_text("utf-8")
        if re.search(r"^from dataclasses import .*\bdataclass\b", text, re.M) and path.stem != "quick_dataclass":
            assert re.search(r"^@dataclass(?!\(frozen=True)|kw_only", text, re.M), path
