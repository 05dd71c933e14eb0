"""Frozen values that are checked on input: the part of pydantic's BaseModel that profiles and price books need, on
pydantic's own core.

Building one BaseModel takes as long as importing numpy (docs/decisions/0018-quick-start.md). The checks
and their errors are those of pydantic-core, and the methods have the names and meaning that BaseModel gives them.
"""

import datetime
from collections.abc import Callable, Mapping
from inspect import get_annotations
from types import NoneType, UnionType
from typing import (
    Annotated,
    Any,
    ClassVar,
    Literal,
    NamedTuple,
    Self,
    TypeVar,
    Union,
    dataclass_transform,
    get_args,
    get_origin,
)

from pydantic_core import SchemaSerializer, SchemaValidator, core_schema

_TYPES = {str: "str", int: "int", float: "float", bool: "bool", datetime.date: "date"}
_CONFIG = core_schema.CoreConfig(
    strict=True,
    allow_inf_nan=False,
    extra_fields_behavior="forbid",
    validate_by_name=True,
    validate_by_alias=True,
    serialize_by_alias=True,
)


class Rule(NamedTuple):
    """What text must be, for `Annotated`: its length, and what `check` returns it for rather than raise ValueError."""

    check: Callable[[str], str]
    min_length: int | None = None
    max_length: int | None = None


class FieldInfo(NamedTuple):
    """A field as it was declared.

    Attributes:
        default: Its default; `...` when a value is needed.
        unit, description, label: In what unit it is, what it means, and what a sentence calls it.
        book: Path of the figure that is the default, or empty.
        alias: Its key in a file, where that is not its name.
        limits: ge, gt, le, lt, min_length and max_length, as far as there are any.
        kind: Its type as it is written.
    """

    default: Any
    unit: str
    description: str
    label: str
    book: str
    alias: str | None
    limits: Mapping[str, float]
    kind: Any = None

    @property
    def annotation(self) -> Any:
        """Its type, without the rules of `Annotated`."""
        return get_args(self.kind)[0] if get_origin(self.kind) is Annotated else self.kind

    def is_required(self) -> bool:
        """Whether a value is needed."""
        return self.default is ...


def field(
    default: Any = ...,
    unit: str = "",
    meaning: str = "",
    *,
    label: str = "",
    book: str = "",
    alias: str | None = None,
    **limits: float,
) -> Any:
    """A field: its default, unit, meaning, what a sentence calls it (by default its name) and, when the book supplies
    the default, the figure's path; its alias, and ge, gt, le, lt, min_length or max_length."""
    return FieldInfo(default, unit, meaning, label, book, alias, limits)


@dataclass_transform(kw_only_default=True, frozen_default=True)
class Validated:
    """A frozen value with checked fields; keys that are not fields are refused. Equal when class and fields are.

    A subclass declares fields by annotation, and what must hold between them in `_check`.
    """

    __slots__ = ("__dict__", "__pydantic_extra__", "__pydantic_fields_set__", "__pydantic_private__")
    model_fields: ClassVar[Mapping[str, FieldInfo]] = {}
    __pydantic_fields_set__: set[str]
    _validator: ClassVar[SchemaValidator | None]
    _serializer: ClassVar[SchemaSerializer | None]

    def __init_subclass__(cls) -> None:
        """Read the fields of a subclass."""
        kinds = get_annotations(cls)
        cls.model_fields = {name: _field_info(cls.__dict__.get(name, ...), kind) for name, kind in kinds.items()}
        for name in kinds.keys() & cls.__dict__.keys():
            delattr(cls, name)
        cls._validator = cls._serializer = None

    def __init__(self, **values: Any) -> None:
        self._checker().validate_python(values, self_instance=self)

    @classmethod
    def model_validate(cls, raw: Any) -> Self:
        """Return the checked value of a table. Raises ValidationError of pydantic-core."""
        return cls._checker().validate_python(raw)  # type: ignore[no-any-return] # the validator makes this class

    @classmethod
    def by_name(cls, rows: Mapping[str, Any]) -> dict[str, Self]:
        """Return the checked value of each row of a table. Raises ValidationError of pydantic-core."""
        return {name: cls.model_validate(row) for name, row in rows.items()}

    @classmethod
    def model_construct(cls, **values: Any) -> Self:
        """Return the value of fields that need no check."""
        full = {name: values.get(name, info.default) for name, info in cls.model_fields.items()}
        return _filled(cls, full, set(values))

    def model_copy(self, *, update: Mapping[str, Any]) -> Self:
        """Return this value with some fields replaced, unchecked."""
        return _filled(type(self), {**self.__dict__, **update}, self.__pydantic_fields_set__ | set(update))

    def model_dump(self, **settings: Any) -> dict[str, Any]:
        """Return the fields as a table; settings are those of pydantic (by_alias, exclude_none, exclude_defaults,
        mode)."""
        return self._writer().to_python(self, **settings)  # type: ignore[no-any-return] # a table: a model

    def model_dump_json(self, **settings: Any) -> str:
        """Return the fields as JSON; settings are those of pydantic."""
        return self._writer().to_json(self, **settings).decode()

    @property
    def model_fields_set(self) -> set[str]:
        """The fields that were given rather than left to their default."""
        return self.__pydantic_fields_set__

    def _check(self) -> None:
        """Raise ValueError where fields do not fit together."""

    @classmethod
    def _checker(cls) -> SchemaValidator:
        if cls._validator is None:
            cls._validator = SchemaValidator(schema_of(cls))
        return cls._validator

    @classmethod
    def _writer(cls) -> SchemaSerializer:
        if cls._serializer is None:
            cls._serializer = SchemaSerializer(schema_of(cls))
        return cls._serializer

    def __setattr__(self, name: str, value: object) -> None:
        """Refuse."""
        raise AttributeError(f"{type(self).__name__} is frozen: {name}")

    def __delattr__(self, name: str) -> None:
        """Refuse."""
        raise AttributeError(f"{type(self).__name__} is frozen: {name}")

    def __eq__(self, other: object) -> bool:
        """Whether class and fields are equal."""
        return self.__dict__ == other.__dict__ if type(self) is type(other) else NotImplemented

    def __hash__(self) -> int:
        """A hash of the fields; raises TypeError where one is a table."""
        return hash((type(self), *self.__dict__.values()))

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle without checking again."""
        return _filled, (type(self), self.__dict__, self.__pydantic_fields_set__)

    def __repr__(self) -> str:
        """The class and its fields."""
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in self.__dict__.items())})"


V = TypeVar("V", bound=Validated)


def _filled(cls: type[V], values: dict[str, Any], fields_set: set[str]) -> V:
    """A value of checked fields, in the order of their declaration."""
    made = cls.__new__(cls)
    object.__setattr__(made, "__dict__", values)
    object.__setattr__(made, "__pydantic_fields_set__", fields_set)
    return made


def _field_info(declared: Any, kind: Any) -> FieldInfo:
    info: FieldInfo = declared if isinstance(declared, FieldInfo) else field(declared)
    return info._replace(kind=kind, limits={**_lengths(kind), **info.limits})


def _lengths(kind: Any) -> dict[str, int]:
    """The lengths that the rule of an annotated type sets."""
    if get_origin(kind) is not Annotated:
        return {}
    rule: Rule = get_args(kind)[1]
    lengths = {"min_length": rule.min_length, "max_length": rule.max_length}
    return {name: length for name, length in lengths.items() if length is not None}


def schema_of(cls: type[Validated]) -> core_schema.CoreSchema:
    """The schema of a class for pydantic-core."""
    fields = {name: _field_schema(info) for name, info in cls.model_fields.items()}
    inner = core_schema.model_fields_schema(fields, model_name=cls.__name__)
    schema = core_schema.model_schema(cls, inner, config=core_schema.CoreConfig(title=cls.__name__, **_CONFIG))
    if cls._check is Validated._check:
        return schema
    return core_schema.no_info_after_validator_function(_checked, schema)


def _checked(value: Validated) -> Validated:
    value._check()
    return value


def _field_schema(info: FieldInfo) -> core_schema.ModelField:
    schema = _type_schema(info.kind, info.limits)
    if not info.is_required():
        schema = core_schema.with_default_schema(schema, default=info.default)
    return core_schema.model_field(schema, validation_alias=info.alias, serialization_alias=info.alias)


def _type_schema(kind: Any, limits: Mapping[str, float]) -> Any:  # noqa: PLR0911 - one for each kind of type
    """The schema of a type. Lists stand for tuples in a file, so tuples and tables are not strict."""
    origin, parts = get_origin(kind), get_args(kind)
    if kind in _TYPES:
        return {"type": _TYPES[kind], **limits}
    if origin is Annotated:
        rule: Rule = parts[1]
        return core_schema.no_info_after_validator_function(
            rule.check, _type_schema(parts[0], _lengths(kind) | {**limits})
        )
    if origin is Literal:
        return core_schema.literal_schema(list(parts))
    if origin in (Union, UnionType):
        (other,) = (part for part in parts if part is not NoneType)
        return core_schema.nullable_schema(_type_schema(other, limits))
    if origin is tuple and parts[-1] is ...:
        return {**core_schema.tuple_schema([_type_schema(parts[0], {})], variadic_item_index=0, strict=False), **limits}
    if origin is tuple:
        return core_schema.tuple_schema([_type_schema(part, {}) for part in parts], strict=False)
    if origin is Mapping:
        return core_schema.dict_schema(*(_type_schema(part, {}) for part in parts), strict=False)
    assert issubclass(kind, Validated), f"no schema for {kind!r}"
    return schema_of(kind)
