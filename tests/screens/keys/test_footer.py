"""The footer says what can be done now, at every width, and a click on it is its key."""

from pathlib import Path

from screens.app import AdvisorApp
from screens.views.why import WhyScreen
from screens.widgets.footer import KeyFooter
from tests.screens.test_app import field_keys, write_profile
from tests.support.app_driver import press, request, resize, running, screen_text, settled


async def test_the_footer_shows_what_can_be_done_now_and_more_of_it_where_there_is_room(tmp_path: Path) -> None:
    async with running(request("cluster-64", tmp_path)) as (app, pilot):
        await press(app, pilot, *field_keys(app, "Months"))
        footer = _footer(app)
        assert footer.endswith("? help")
        assert not any(hint in footer for hint in ("s save", "z undo", "Z redo")), "nothing is edited"
        await press(app, pilot, "right")
        assert _footer(app).startswith("s save z undo v Verdict")
        await press(app, pilot, "z")
        assert _footer(app).startswith("Z redo v Verdict")
        await resize(app, pilot, (140, 45))
        wide = _footer(app)
        assert wide.endswith("? help")
        assert all(hint in wide for hint in (footer.removesuffix("? help"), "x export", "p pin", "e edit"))
        await press(app, pilot, "p")
        assert "p pin" not in _footer(app), "it is pinned"
        await resize(app, pilot, (60, 20))
        assert _footer(app).endswith("? help")


async def test_a_click_on_the_footer_is_its_key(tmp_path: Path) -> None:
    async with running(request("cluster-64", tmp_path)) as (app, pilot):
        await pilot.click(KeyFooter, offset=(_footer(app).index("w Why"), 0))
        await settled(app, pilot)
        assert isinstance(app.screen, WhyScreen)


async def test_home_offers_to_rename_and_delete_only_what_is_ones_own(tmp_path: Path) -> None:
    write_profile(tmp_path / "lab.toml", "Lab")
    async with running(request(folder=tmp_path)) as (app, pilot):
        assert "R rename" in _footer(app)
        await press(app, pilot, "delete")
        assert _footer(app).startswith("z restore")
        assert "R rename" not in _footer(app), "the samples are not"
        assert _footer(app).endswith("? help")


async def test_where_a_filter_is_typed_the_keys_are_those_that_are_not_typed(tmp_path: Path) -> None:
    """It named `/`, `q` and `?`, which were typed, and not how to leave it."""
    async with running(request(folder=tmp_path)) as (app, pilot):
        assert "Esc all" not in _footer(app)
        await press(app, pilot, "slash", *"serve")
        assert _footer(app) == "↓ to the list Esc all F1 help"
        await press(app, pilot, "enter")
        assert _footer(app).startswith("Enter open q quit")
        assert "Esc all" in _footer(app), "the list is still narrowed"
        await press(app, pilot, "escape")
        assert "Esc all" not in _footer(app)


def _footer(app: AdvisorApp) -> str:
    return screen_text(app).splitlines()[-1].strip()
