"""The views of an open profile: each is imported when first needed, so that none delays the first paint, and kept until
another profile is opened, so that it comes back at once and as it was left."""

from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from pathlib import Path

from screens.answer import Answer
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
    """The screens of one profile.

    Attributes:
        path: The file of that profile, once it was closed as it is saved there.
    """

    def __init__(self, port: AppPort) -> None:
        self._port = port
        self._kept: dict[str, ProfileScreen] = {}
        self.path: Path | None = None

    def __contains__(self, screen: object) -> bool:
        """Whether a screen is to come back."""
        return screen in self._kept.values()

    def shows(self, view: str, answer: Answer | None) -> bool:
        """Whether a view is there with an answer, in front or behind."""
        return view in self._kept and self._kept[view].has_drawn(answer)

    @property
    def places(self) -> dict[str, str]:
        """The place on each screen that was drawn, by view."""
        return {view: screen.place for view, screen in self._kept.items() if screen.is_drawn}

    def screen_of(self, view: str, name: str) -> ProfileScreen:
        """The screen of a view: the one that was shown before, else a new one. name: what the profile is called."""
        if view not in self._kept:
            self._kept[view] = VIEWS[view](self._port, name)
        return self._kept[view]

    def begin(self, path: Path | None, in_front: Sequence[object]) -> None:
        """Keep them for the profile of a file that is about to be opened; drop them if they are of another one.

        Args:
            path: The file; None for a profile that was not open before.
            in_front: The screens of the stack, which Textual removes itself once another is there.
        """
        if path is not None and path == self.path:
            return
        self.path = None
        for screen in self._kept.values():
            if screen not in in_front:
                screen.remove()
        self._kept.clear()
