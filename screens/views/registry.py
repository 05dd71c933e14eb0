"""The views of an open profile; each is imported when first shown, so that none delays the first paint."""

from collections.abc import Iterator, Mapping
from importlib import import_module

from screens.views.profile_screen import ProfileScreen

_CLASSES = {  # module of `screens.views`, class
    "verdict": ("verdict", "VerdictScreen"),
    "why": ("why", "WhyScreen"),
    "break-even": ("break_even", "BreakEvenScreen"),
    "map": ("map", "MapScreen"),
    "market": ("market", "MarketScreen"),
    "offers": ("offers", "OffersScreen"),
    "compare": ("compare", "CompareScreen"),
    "record": ("track_record", "RecordScreen"),
}


class Views(Mapping[str, type[ProfileScreen]]):
    """The screens by the name of their view."""

    def __getitem__(self, view: str) -> type[ProfileScreen]:
        """The screen of a view. Raises KeyError for another name."""
        module, name = _CLASSES[view]
        found: type[ProfileScreen] = getattr(import_module(f"screens.views.{module}"), name)
        return found

    def __iter__(self) -> Iterator[str]:
        """In the order of their keys."""
        return iter(_CLASSES)

    def __len__(self) -> int:
        """The number of views."""
        return len(_CLASSES)


VIEWS = Views()
