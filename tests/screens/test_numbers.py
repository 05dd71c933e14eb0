"""Opening numbers and trying what would flip the verdict, with keys."""

from pathlib import Path

import pytest

from advisor.costing.option import OptionClass
from advisor.decision.advise import advise
from advisor.errors import InputError
from advisor.explain.drilldown import number_detail
from advisor.explain.number_id import NODE_PRICE, NumberId
from advisor.explain.what_if import tried
from advisor.formatting import usd
from screens.app import AdvisorApp
from screens.dialogs.number import NumberDialog
from screens.views.registry import VIEWS
from screens.widgets.form import ProfileForm
from screens.widgets.lines import NumberLines
from tests.support.app_driver import TODAY, answer_of, press, profile_of, request, running, screen_text, settled
from tests.support.long_runs import long_unless
from tests.support.present import present
from tests.support.profile_builder import BOOK, sample


def folded(app: AdvisorApp) -> str:
    """The screen on one line, frames left out, so that wrapping does not matter."""
    return " ".join(screen_text(app).replace("│", " ").split())


def dialog(app: AdvisorApp) -> NumberDialog:
    """The dialog in front."""
    assert isinstance(app.screen, NumberDialog)
    return app.screen


async def to_number(app: AdvisorApp, pilot: object, number: str) -> None:
    """Move the cursor of the list in front down to a number."""
    for _ in range(90):
        lines = app.screen.query(NumberLines).first()
        if lines.number == number:
            return
        await press(app, pilot, "down")  # type: ignore[arg-type]  # Textual's own pilot
    raise AssertionError(number)


async def test_the_expected_cost_leads_to_a_source_line_in_three_steps(tmp_path: Path) -> None:
    async with running(request("cluster-64", tmp_path)) as (app, pilot):
        await press(app, pilot, "home", "o", "enter")
        found = dialog(app).shown
        assert found.number == "option/reserved-12m/expected_usd"
        assert found.amount in folded(app), "what it is"
        assert "the sum of the parts below" in folded(app), "how it is computed"
        await press(app, pilot, "enter")
        assert dialog(app).shown.number == found.parts[0].number
        wanted = NumberId(f"input/{answer_of(app).advice.gpu.id}.neocloud_term_discount.12")
        at = [row.number for row in dialog(app).shown.rows].index(wanted)
        await press(app, pilot, *["down"] * at, "enter")
        source = BOOK.sources["neocloud_terms"]
        assert source.title in folded(app)
        assert source.where in folded(app)
        assert "n=11" in folded(app)


async def test_esc_goes_back_a_step_at_a_time_and_q_out_at_once(tmp_path: Path) -> None:
    async with running(request("cluster-64", tmp_path)) as (app, pilot):
        screen = app.screen
        await press(app, pilot, "home", "o", "down", "enter", "enter")
        opened = dialog(app).shown
        await press(app, pilot, "escape")
        assert dialog(app).shown.number == "option/reserved-12m/band"
        await press(app, pilot, "enter")
        assert dialog(app).shown == opened, "the cursor is where it was"
        await press(app, pilot, "escape", "escape")
        assert dialog(app).shown.title == "Numbers of this verdict"
        await press(app, pilot, "escape")
        assert app.screen is screen
        await press(app, pilot, "o", "enter", "q")
        assert app.screen is screen


async def test_the_value_under_the_cursor_of_the_form_comes_first(tmp_path: Path) -> None:
    async with running(request("cluster-64", tmp_path)) as (app, pilot):
        form = app.screen.query_one(ProfileForm)
        labels = [field.label for field in form.fields]
        for label, words in ("Discount rate", "startup"), ("Offer for node", "planners"), ("Nodes", "your profile"):
            form.cursor = labels.index(label)
            await press(app, pilot, "o", "enter")
            source = dict(dialog(app).shown.source)["source"]
            titles = [one.title for key, one in BOOK.sources.items() if words in key or words in one.title]
            assert source in titles or source.startswith(words)
            await press(app, pilot, "q")


@pytest.mark.parametrize(
    ("view", "number"), [("why", "gap/capex"), ("why", "swing/H100-SXM.node_usd"), ("break-even", "node")]
)
async def test_a_line_opens_its_number(view: str, number: str, tmp_path: Path) -> None:
    async with running(request("cluster-64", tmp_path, view)) as (app, pilot):
        await to_number(app, pilot, number)
        await press(app, pilot, "enter")
        assert dialog(app).shown == number_detail(NumberId(number), answer_of(app).advice, TODAY)


async def test_a_flip_is_tried_from_why_and_taken_back(tmp_path: Path) -> None:
    async with running(request("pre-train-16", tmp_path, "why")) as (app, pilot):
        before, (flip, *_) = app.session.profile, answer_of(app).advice.sensitivity.flips
        today = class_of(app)
        await to_number(app, pilot, NumberId.flip(flip))
        await press(app, pilot, "t")
        assert class_of(app) == flip.to_class != today, "the verdict follows"
        assert "(edited)" in screen_text(app)
        await press(app, pilot, "z")
        assert app.session.profile == before
        assert class_of(app) == today
        await press(app, pilot, "Z")
        assert class_of(app) == flip.to_class


def class_of(app: AdvisorApp) -> OptionClass:
    pick = present(answer_of(app).advice.verdict.pick)
    return pick.option_class


async def test_the_price_of_a_node_is_tried_from_the_verdict(tmp_path: Path) -> None:
    async with running(request("cluster-64", tmp_path)) as (app, pilot):
        node = present(answer_of(app).advice.break_evens.node_price.usd)
        await press(app, pilot, "o")
        at = [row.number for row in dialog(app).shown.rows].index(NODE_PRICE)
        await press(app, pilot, *["down"] * at, "t")
        assert answer_of(app).view.action == "buy"
        (offer,) = profile_of(app).quote
        assert node - 200 < present(offer.usd_per_node) < node
        assert usd(present(offer.usd_per_node)) in screen_text(app), "what was tried is said"


async def test_a_line_of_the_answer_before_is_neither_tried_nor_opened(tmp_path: Path) -> None:
    """`t` twice ended the app: the second one was on a flip that the new answer does not have."""
    async with running(request("inference-8", tmp_path, "why")) as (app, pilot):
        answer, profile = answer_of(app), app.session.profile
        for key in ("t", "enter"):
            app.answer = answer.without("deeper")
            assert app.screen.query(NumberLines).first().number is not None, "the lines stay meanwhile"
            await pilot.press(key)
            assert f"still calculating: {key.title() if key == 'enter' else key} again" in app.problem
            assert app.session.profile == profile
        app.answers.complete()
        await settled(app, pilot)
        assert app.problem == "", "it is calculated"


async def test_what_only_the_book_has_is_not_offered_to_be_tried(tmp_path: Path) -> None:
    """The price of an API in years to come was: t said that it needs a book."""
    async with running(request("serve-70b", tmp_path, "why")) as (app, pilot):
        (flip,) = answer_of(app).advice.sensitivity.flips
        assert app.screen.query(NumberLines).first().number == NumberId.flip(flip)
        assert "t try" not in screen_text(app).splitlines()[-1]
        await press(app, pilot, "enter")
        assert "t tries it" not in screen_text(app)
    async with running(request("pre-train-16", tmp_path, "why")) as (app, pilot):
        assert "t try" in screen_text(app).splitlines()[-1]
        await press(app, pilot, "enter")
        assert "t tries it" in screen_text(app)


async def test_break_even_offers_to_try_only_what_can_be_tried(tmp_path: Path) -> None:
    """`t try` stood in the footer beside crossings of costs and lengths of plans, where it did nothing."""
    async with running(request("cluster-64", tmp_path, "break-even")) as (app, pilot):
        await to_number(app, pilot, "node")
        assert "t try" in screen_text(app).splitlines()[-1]
        await press(app, pilot, "end")
        number = app.screen.query(NumberLines).first().number
        assert number is None or not app.session.engine.can_try(answer_of(app), number)
        assert "t try" not in screen_text(app).splitlines()[-1]


async def test_what_only_a_book_can_change_is_said_and_changes_nothing(tmp_path: Path) -> None:
    async with running(request("cluster-64", tmp_path, "why")) as (app, pilot):
        before = app.session.profile
        swings = answer_of(app).advice.sensitivity.swings
        swing = next(one for one in swings if one.input.section in ("experts", "debt"))
        app.answers.try_number(NumberId.swing(swing))
        await press(app, pilot)
        assert app.session.profile == before
        assert "allowed: in a book of your own only (--book)" in screen_text(app), "whole"


@pytest.mark.parametrize("view", long_unless(("verdict", "map", "compare"), VIEWS))
async def test_undo_redo_and_pins_work_on_every_screen(view: str, tmp_path: Path) -> None:
    async with running(request("cluster-64", tmp_path)) as (app, pilot):
        before = app.session.profile
        await press(app, pilot, "p", *["down"] * 3, "right")
        edited = app.session.profile
        assert edited != before
        app.action_show(view)
        await press(app, pilot, "z")
        assert app.session.profile == before
        await press(app, pilot, "Z")
        assert app.session.profile == edited
        await press(app, pilot, "p")
        assert [pinned.profile for pinned in app.session.variants] == [before, edited]


async def test_the_numbers_of_a_pinned_variant_open_from_its_column(tmp_path: Path) -> None:
    async with running(request("cluster-64", tmp_path)) as (app, pilot):
        await press(app, pilot, "p", *["down"] * 3, "right")
        app.action_show("compare")
        await press(app, pilot, "right", "o", "enter")
        pinned = app.session.variants.answered[0][1].advice
        assert dialog(app).shown == number_detail(dialog(app).shown.number, pinned, TODAY)
        await press(app, pilot, "q", "left", "o", "enter")
        assert dialog(app).shown == number_detail(dialog(app).shown.number, answer_of(app).advice, TODAY)


def test_an_answer_cannot_be_tried_and_says_so() -> None:
    advice = advise(sample("cluster-64"), BOOK, 100)
    with pytest.raises(InputError, match="a line without a value to try"):
        tried(NumberId("option/buy/expected_usd"), advice, BOOK)


@pytest.mark.parametrize("size", [(30, 6), (60, 20)])
async def test_numbers_open_in_a_small_window_and_keep_their_labels(size: tuple[int, int], tmp_path: Path) -> None:
    """A label that was left no room ended the app; the evidence is what gives way."""
    async with running(request("cluster-64", tmp_path), size) as (app, pilot):
        await press(app, pilot, "o", "down", "enter")
        rows = [str(option.prompt) for option in dialog(app).rows.options]
        labels = [row.split("  ")[0] for row in rows if "  " in row]
        assert labels
        assert all(len(label) > 3 for label in labels)
        assert ("plan length" in labels) == (size == (60, 20))


async def test_pages_of_lines_leave_nothing_out(tmp_path: Path) -> None:
    """The last two lines of a page are the first two of the next one, and the same pages lead back."""
    async with running(request("cluster-64", tmp_path)) as (app, pilot):
        pages = []
        for key in ("w", "pagedown", "pagedown", "pageup", "pageup"):
            await press(app, pilot, key)
            pages.append([row[:78].rstrip() for row in screen_text(app).splitlines()[1:-1]])
        assert pages[0][-2:] == pages[1][:2]
        assert pages[1][-2:] == pages[2][:2]
        assert pages[3:] == [pages[1], pages[0]]
