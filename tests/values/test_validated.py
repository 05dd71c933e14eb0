"""What `Validated` accepts, refuses, returns and writes is what pydantic's BaseModel does with the same declaration."""

import datetime
import pickle
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

import pytest
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, Strict, ValidationError, model_validator

from advisor.values.validated import Rule, Validated, field


def _capital(text: str) -> str:
    if text[:1].islower():
        raise ValueError("a small letter; allowed: capital")
    return text


class _Part(Validated):
    size: int = field(..., "nodes", "how many", ge=1, lt=10)
    name: Annotated[str, Rule(_capital, max_length=5)] | None = None


class _Whole(Validated):
    parts: tuple[_Part, ...] = field(..., min_length=1, max_length=2)
    points: tuple[tuple[float, float], ...] = ()
    share: float | None = field(None, gt=0, le=1)
    kind: Literal["a", "b"] = "a"
    from_: str = field("", alias="from")
    figures: Mapping[str, float] = field({})
    day: datetime.date | None = None
    yes: bool = False

    def _check(self) -> None:
        if self.yes and self.share is None:
            raise ValueError("yes without share; allowed: both")


_CONFIG = ConfigDict(
    frozen=True, extra="forbid", strict=True, allow_inf_nan=False, populate_by_name=True, serialize_by_alias=True
)


class _PydanticPart(BaseModel):
    model_config = _CONFIG
    size: int = Field(ge=1, lt=10)
    name: Annotated[str, Field(max_length=5), AfterValidator(_capital)] | None = None


class _PydanticWhole(BaseModel):
    model_config = _CONFIG
    parts: tuple[_PydanticPart, ...] = Field(min_length=1, max_length=2, strict=False)
    points: tuple[Annotated[tuple[float, float], Strict(strict=False)], ...] = Field((), strict=False)
    share: float | None = Field(None, gt=0, le=1)
    kind: Literal["a", "b"] = "a"
    from_: str = Field("", alias="from")
    figures: Mapping[str, float] = Field({})
    day: datetime.date | None = None
    yes: bool = False

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.yes and self.share is None:
            raise ValueError("yes without share; allowed: both")
        return self


def _found(model: Any, raw: object) -> object:
    """The table that comes back, or the errors."""
    try:
        made = model.model_validate(raw)
    except ValidationError as error:
        return [(one["type"], one["loc"], one["msg"].replace("_Pydantic", "_")) for one in error.errors()]
    written = [made.model_dump(**how) for how in ({}, {"exclude_defaults": True}, {"mode": "json"})]
    return [*written, made.model_dump_json(exclude_unset=True), sorted(made.model_fields_set)]


_ONE = [{"size": 3, "name": "Ada"}]


@pytest.mark.parametrize(
    "raw",
    [
        {"parts": _ONE},
        {"parts": [*_ONE, {"size": 9}], "points": [[0, 1.5]], "share": 1, "from": "x", "figures": {"pue": 1}},
        {"parts": _ONE, "from_": "by name", "day": datetime.date(2026, 11, 2), "yes": True, "share": 0.5},
        {},
        [],
        "text",
        {"parts": []},
        {"parts": _ONE * 3},
        {"parts": [{"size": 10}, {"size": 2.0}]},
        {"parts": [{"size": True}, {"size": "3"}]},
        {"parts": [{"size": 1, "name": "ada"}, {"size": 1, "name": "Too long"}]},
        {"parts": _ONE, "points": [[1], [1, 2, 3], ["1", 2], 4]},
        {"parts": _ONE, "share": 0, "kind": "c", "from": 3, "day": "2026-11-02", "yes": 1},
        {"parts": _ONE, "share": float("nan"), "figures": {"pue": "1", "x": float("inf")}},
        {"parts": _ONE, "day": datetime.datetime(2026, 11, 2, 5), "figures": [1], "unknown": 1},
        {"parts": _ONE, "yes": True},
        {"parts": {"size": 1}, "share": "half"},
    ],
)
def test_checks_and_writes_as_pydantic_does(raw: object) -> None:
    assert _found(_Whole, raw) == _found(_PydanticWhole, raw)


def test_is_frozen_equal_by_value_hashable_and_pickled() -> None:
    one = _Part.model_validate({"size": 3})
    assert one == _Part(size=3) == pickle.loads(pickle.dumps(one)) == _Part.model_construct(size=3)
    assert hash(one) == hash(_Part(size=3))
    assert one != one.model_copy(update={"size": 4})
    assert one.model_copy(update={"name": "Ada"}).model_fields_set == {"size", "name"}
    with pytest.raises(AttributeError, match="frozen"):
        one.size = 4  # type: ignore[misc] # what is tested
