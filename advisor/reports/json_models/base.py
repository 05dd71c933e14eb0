"""What every JSON model shares: strictness, the version of the contract, and the types that many fields have."""

import os
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from advisor.files.json_text import as_json


def unicode_text(text: str) -> str:
    """Return the name of a file as text that JSON can carry: bytes that are not UTF-8 become escapes."""
    return os.fsencode(text).decode("utf-8", "backslashreplace") if isinstance(text, str) else text


Text = Annotated[str, Field(min_length=1)]
OutsideText = Annotated[str, BeforeValidator(unicode_text)]  # a path, or what a message says of one
Day = Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")]
CalendarMonth = Annotated[str, Field(pattern=r"^\d{4}-\d{2}$")]
Probability = Annotated[float, Field(ge=0, le=1)]
NonNegative = Annotated[float, Field(ge=0)]
TO_CENTS = BeforeValidator(lambda usd_amount: round(usd_amount, 2) + 0.0)  # never -0.0
TO_FOUR_DIGITS = BeforeValidator(lambda rate: round(rate, 4))
Cents = Annotated[float, TO_CENTS]
NonNegativeCents = Annotated[NonNegative, TO_CENTS]
Positive = Annotated[float, Field(gt=0)]
PlanMonth = Annotated[int, Field(ge=1, le=60)]
Action = Literal["api", "rent", "reserve", "buy"]
OptionClass = Annotated[
    Literal["api", "rent", "reserve_short", "reserve_long", "buy"],
    Field(description="class by which options are compared: a reservation is short up to 11 months, long from 12 on"),
]
ConfidenceWord = Literal["high", "medium", "too close to call"]
OptionId = Annotated[
    str,
    Field(
        pattern="^([A-Za-z0-9-]+:)?(api|on-demand|marketplace|serverless|spot|buy|buy-used|buy-loan|lease|held"
        "|hybrid-(reserve|buy)(-api)?"
        "|rent-[1-9][0-9]*m-then-decide|reserved-[1-9][0-9]*m(-prepaid)?"
        "|(on-demand|spot|buy|buy-used|hosted|lease|loan|sale-leaseback|(reserved|block|committed)-[1-9][0-9]*[dm])-[a-z0-9-]+)$",
        description="a way to get the compute; an option on another GPU has that GPU's id and a colon in front, an "
        "offer ends with its seller",
    ),
]


class JsonModel(BaseModel):
    """A part of a JSON report. Every field is always present; null where there is nothing to say."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        from_attributes=True,
        populate_by_name=True,
        allow_inf_nan=False,
        defer_build=True,  # built once with the report it is part of: that is what start-up pays for
        json_schema_serialization_defaults_required=True,
    )

    @classmethod
    def or_null(cls, found: object | None) -> Self | None:
        """Return the JSON of what has the same attributes; None where there is nothing."""
        return None if found is None else cls.model_validate(found)


class JsonReport(JsonModel):
    """All that one command prints with `--json`."""

    schema_: Literal[2] = Field(
        default=2,
        alias="schema",
        description="version of this contract; it rises when a field is renamed, removed or changes its meaning",
    )

    def as_dict(self) -> dict[str, Any]:
        """Return the report as plain lists, maps, texts and numbers, in the order of the fields."""
        return self.model_dump(mode="json", by_alias=True)

    def to_json(self, indent: int | None = 2) -> str:
        """Return the report as JSON that a terminal may show. indent: None for all of it on one line."""
        return as_json(self.as_dict(), indent)


class ContractSchema(GenerateJsonSchema):
    """A JSON schema without what repeats the field names (titles) or does not concern a reader (defaults)."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        """Fields have names and descriptions; a title would say the name again."""
        return False

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        """Leave defaults out: in what is printed every field is present."""
        return self.generate_inner(schema["schema"])


def value_or_reason(value: str, reason: str) -> dict[str, Any]:
    """A JSON schema for two fields: the second says why the first is null (or an empty list)."""
    present = {"anyOf": [{"type": "number"}, {"type": "array", "minItems": 1}]}
    return {"anyOf": [{"properties": {value: present}}, {"properties": {reason: {"type": "string"}}}]}
