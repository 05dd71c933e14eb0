"""Notes on a profile's fields for forms and errors: unit, meaning, bounds, and the figure that is the default."""

from collections.abc import Iterator, Mapping
from typing import get_args

from advisor.input_id import InputId
from advisor.profiles.in_hand.holdings import Commitment, Owned
from advisor.profiles.schema import Company, FieldPath, Market, Profile, Workload
from advisor.profiles.serving.service import Serving
from advisor.profiles.training.work import Training
from advisor.values.quick_dataclass import dataclass
from advisor.values.validated import FieldInfo, Validated

_BOUNDS = {"gt": "more than", "ge": "at least", "lt": "less than", "le": "at most"}


@dataclass(frozen=True)
class FieldNote:
    """What a form shows beside a field.

    Attributes:
        name: Of the field.
        label: What a sentence calls it.
        unit, meaning: From its declaration.
        choices: Its only values, if it has such a list.
        bounds: Comparisons and limits, such as ("at least", 1).
        book: Path of the figure that is its default, or empty.
    """

    name: str
    label: str
    unit: str
    meaning: str
    choices: tuple[str, ...]
    bounds: tuple[tuple[str, float], ...]
    book: str

    @property
    def may_be_negative(self) -> bool:
        """Whether a minus sign makes sense."""
        return any(limit < 0 for word, limit in self.bounds if word in ("at least", "more than"))

    def allowed(self, factor: float = 1.0) -> str:
        """Return the allowed values as text; `factor` scales the limits, 100 for percentages."""
        if self.choices:
            return "one of " + ", ".join(self.choices)
        return " and ".join(f"{word} {_limit(limit * factor)}" for word, limit in self.bounds)


def field_note(model: type[Validated], name: str) -> FieldNote:
    """Return the note of one field of a profile part."""
    info = model.model_fields[name]
    label, bounds = info.label or name.replace("_", " "), tuple(_bounds(info))
    return FieldNote(name, label, info.unit, info.description, _choices(info), bounds, info.book)


def book_path(profile: Profile, path: FieldPath) -> str:
    """Return the path of the figure that is the default of a profile's field; empty when it has none."""
    parts: Mapping[str, type[Validated]] = {
        "workload": Workload, "company": Company, "market": Market, "commitment": Commitment, "owned": Owned,
    }  # fmt: skip
    if "serving" in path[:-1]:
        return field_note(Serving, str(path[-1])).book
    if "training" in path[:-1]:
        kind = profile.workload[int(path[1])].kind.replace("-", "_")
        return field_note(Training, str(path[-1])).book.format(kind=kind)
    words = {"kind": "", "stage": profile.company.stage.replace("-", "_")}
    if path[0] == "workload":
        kind = profile.workload[int(path[1])].kind.replace("-", "_")
        residual = "training" if kind == "pre_train" else "other"
        words["kind"] = residual if path[-1] == "residual_share" else kind
    return field_note(parts[str(path[0])], str(path[-1])).book.format(**words)


def input_in_force(profile: Profile, path: FieldPath) -> InputId | None:
    """Return the input behind a field of a workload, the company or the market.

    That is the profile's own value, or the book's figure that holds in its place; None where there is neither. The
    nodes of a workload may stand behind its GPUs, hours or runs, and so may its utilization.
    """
    family, name = str(path[0]), str(path[-1])
    if family == "workload" and name in ("nodes", "busy"):
        name = profile.workload[int(path[1])].said_by(name)
    part = profile.workload[int(path[1])] if family == "workload" else getattr(profile, family)
    if getattr(part, name) is None:
        figure = book_path(profile, path)
        return InputId.parse(figure) if figure else None
    return InputId.of_profile(family, *([int(path[1]) + 1] if family == "workload" else []), name)


def _limit(limit: float) -> str:
    return f"{limit:,.0f}" if limit == int(limit) else f"{limit:g}"


def _choices(info: FieldInfo) -> tuple[str, ...]:
    """The only values of a field, from its own declaration; empty when it has no such list."""
    parts = (info.annotation, *get_args(info.annotation))
    return tuple(choice for part in parts for choice in get_args(part) if isinstance(choice, str))


def _bounds(info: FieldInfo) -> Iterator[tuple[str, float]]:
    return ((_BOUNDS[name], float(limit)) for name, limit in info.limits.items() if name in _BOUNDS)
