"""The standard library's frozen dataclass, made in a tenth of the time: the engine declares 150 of them at each start.

Until Python 3.13 the standard decorator compiles six methods of each class. This one compiles `__init__` alone, once
for classes with as many fields; the others are closures. An answer makes a few hundred objects, each with its fields
written straight into its dictionary. For a type checker all of it is the standard library's.
"""

import dataclasses
from collections.abc import Callable
from functools import cache
from operator import attrgetter, itemgetter
from types import CodeType, FunctionType
from typing import TYPE_CHECKING, Any

__all__ = ["dataclass", "replace"]

if TYPE_CHECKING:
    from dataclasses import dataclass, replace
else:

    def dataclass(*, frozen: bool, eq: bool = True, repr: bool = True) -> Callable[[type], type]:  # noqa: A002 - as there
        """Make a frozen dataclass; `eq` and `repr` as in the standard library."""
        assert frozen, "dataclasses that change are those of the standard library"
        return lambda cls: _made(cls, eq, repr)

    def replace(one: Any, /, **changes: Any) -> Any:
        """The same object with other values of some fields, as in the standard library; what it keeps is left out."""
        kind = one.__class__
        names, values, checks = kind._as_made
        if checks or not names.keys() >= changes.keys():
            return kind(**{**dict(zip(names, values(one.__dict__), strict=True)), **changes})
        made = object.__new__(kind)
        known = made.__dict__
        known.update(zip(names, values(one.__dict__), strict=True))
        known.update(changes)
        return made


_later = object()  # stands for a value that is not given and is made for each object


def _made(cls: type, eq: bool, with_repr: bool) -> type:
    cls.__doc__ = cls.__doc__ or cls.__name__  # else the standard library inspects the signature
    made: Any = dataclasses.dataclass(init=False, repr=False, eq=False)(cls)
    fields = dataclasses.fields(made)
    made.__init__, made._as_made = _init(made, fields), _as_made(made, [field.name for field in fields])
    made.__setattr__, made.__delattr__ = _refuse_to_set, _refuse_to_delete
    if eq:
        made.__eq__, made.__hash__ = _comparison(tuple(field.name for field in fields))
    if with_repr:
        made.__repr__ = _repr
    return made  # type: ignore[no-any-return] # the class itself


def _as_made(cls: Any, names: list[str]) -> tuple[dict[str, None], Callable[[dict[str, Any]], tuple[Any, ...]], bool]:
    """The names of the fields of a class, what takes their values from a dictionary, and whether they are checked."""
    several = itemgetter(*names) if len(names) > 1 else lambda known: tuple(known[name] for name in names)
    return dict.fromkeys(names), several, hasattr(cls, "__post_init__")


def _init(cls: Any, fields: tuple[dataclasses.Field[Any], ...]) -> Any:
    """`__init__` with the fields and defaults of a class as its parameters."""
    made = [at for at, field in enumerate(fields) if field.default_factory is not dataclasses.MISSING]
    shared = _shared_init(len(fields), tuple(made), hasattr(cls, "__post_init__"))
    names = {f"_{at}": field.name for at, field in enumerate(fields)}
    code = shared.replace(
        co_varnames=("self", *names.values(), "known"), co_consts=tuple(names.get(one, one) for one in shared.co_consts)
    )
    known = {"_later": _later} | {f"_factory_{at}": fields[at].default_factory for at in made}
    defaults = tuple(
        _later if at in made else field.default
        for at, field in enumerate(fields)
        if at in made or field.default is not dataclasses.MISSING
    )
    init = FunctionType(code, known, "__init__", defaults)
    init.__qualname__ = f"{cls.__qualname__}.__init__"
    return init


@cache
def _shared_init(fields: int, made: tuple[int, ...], checks: bool) -> CodeType:
    """The code of `__init__` with `_0`, `_1`, ... as the names of its fields: compiled once for classes that are alike.

    Args:
        fields: How many there are.
        made: Which have a default that is made for each object; then `_later` stands for a value that is not given.
        checks: Whether there is a `__post_init__`.
    """
    lines = [" known = self.__dict__"]
    lines += [
        f" known['_{at}'] = {f'_factory_{at}() if _{at} is _later else ' * (at in made)}_{at}" for at in range(fields)
    ]
    lines += [" self.__post_init__()"] * checks
    parameters = ", ".join(("self", *(f"_{at}" for at in range(fields))))
    names: dict[str, Any] = {}
    exec("\n".join((f"def __init__({parameters}):", *lines, " pass")), names)
    code: CodeType = names["__init__"].__code__
    return code


def _comparison(names: tuple[str, ...]) -> tuple[Any, Any]:
    """`__eq__` and `__hash__` by the fields of a class."""
    values: Callable[[object], object] = attrgetter(*names) if names else lambda _: ()

    def __eq__(self: object, other: object) -> bool:  # noqa: N807 - it becomes the method
        return (values(self),) == (values(other),) if self.__class__ is other.__class__ else NotImplemented

    def __hash__(self: object) -> int:  # noqa: N807 - as above
        return hash(values(self))

    return __eq__, __hash__


def _repr(self: Any) -> str:
    shown = ", ".join(f"{field.name}={getattr(self, field.name)!r}" for field in dataclasses.fields(self))
    return f"{type(self).__qualname__}({shown})"


def _refuse_to_set(_: object, name: str, __: object) -> None:
    raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_to_delete(_: object, name: str) -> None:
    raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")
