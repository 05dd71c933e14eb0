"""The views of an open profile: each is imported when first shown, so that none delays the first paint, and kept while
that profile is open, so that it comes back at once and as it was left."""

from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module

from screens.ports import AppPort
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


class KeptViews:
    """The screens of the open profile that were shown."""

    def __init__(self, port: AppPort) -> None:
        self._port = port
        self._kept: dict[str, ProfileScreen] = {}

    def __contains__(self, screen: object) -> bool:
        """Whether a screen is to come back."""
        return screen in self._kept.values()

    @property
    def places(self) -> dict[str, str]:
        """The place on each screen that was drawn, by view."""
        return {view: screen.place for view, screen in self._kept.items() if screen.is_drawn}

    def screen_of(self, view: str, name: str) -> ProfileScreen:
        """The screen of a view: the one that was shown before, else a new one. name: what the profile is called."""
        if view not in self._kept:
            self._kept[view] = VIEWS[view](self._port, name)
        return self._kept[view]

    def drop(self, in_front: Sequence[object]) -> None:
        """Keep none of them any more: another profile is about to be opened, or none. in_front: the screens of the
        stack, which Textual removes itself once another is there."""
        for screen in self._kept.values():
            if screen not in in_front:
                screen.remove()
        self._kept.clear()
