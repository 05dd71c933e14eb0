"""The standard library's frozen dataclass, made in a tenth of the time: the engine declares 150 of them at each start.

Until Python 3.13 the standard decorator compiles six methods of each class. This one compiles `__init__` alone, once
for classes with as many fields; the others are closures. For a type checker it is the standard decorator.
"""

import dataclasses
from collections.abc import Callable
from functools import cache
from operator import attrgetter
from types import CodeType, FunctionType
from typing import TYPE_CHECKING, Any

__all__ = ["dataclass"]

if TYPE_CHECKING:
    from dataclasses import dataclass
else:

    def dataclass(*, frozen: bool, eq: bool = True, repr: bool = True) -> Callable[[type], type]:  # noqa: A002 - as there
        """Make a frozen dataclass; `eq` and `repr` as in the standard library."""
        assert frozen, "dataclasses that change are those of the standard library"
        return lambda cls: _made(cls, eq, repr)


_set = object.__setattr__


def _made(cls: type, eq: bool, with_repr: bool) -> type:
    cls.__doc__ = cls.__doc__ or cls.__name__  # else the standard library inspects the signature
    made: Any = dataclasses.dataclass(init=False, repr=False, eq=False)(cls)
    fields = dataclasses.fields(made)
    made.__init__ = _init(made, fields)
    made.__setattr__, made.__delattr__ = _refuse_to_set, _refuse_to_delete
    if eq:
        made.__eq__, made.__hash__ = _comparison(tuple(field.name for field in fields))
    if with_repr:
        made.__repr__ = _repr
    return made  # type: ignore[no-any-return] # the class itself


def _init(cls: Any, fields: tuple[dataclasses.Field[Any], ...]) -> Any:
    """`__init__` with the fields and defaults of a class as its parameters."""
    made = [at for at, field in enumerate(fields) if field.default_factory is not dataclasses.MISSING]
    shared = _shared_init(len(fields), tuple(made), hasattr(cls, "__post_init__"))
    names = {f"_{at}": field.name for at, field in enumerate(fields)}
    code = shared.replace(
        co_varnames=("self", *names.values()), co_consts=tuple(names.get(one, one) for one in shared.co_consts)
    )
    known = {"_set": _set} | {f"_factory_{at}": fields[at].default_factory for at in made}
    defaults = tuple(
        _set if at in made else field.default
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
        made: Which have a default that is made for each object; then `_set` stands for a value that is not given.
        checks: Whether there is a `__post_init__`.
    """
    lines = [
        f" _set(self, '_{at}', {f'_factory_{at}() if _{at} is _set else ' * (at in made)}_{at})" for at in range(fields)
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
