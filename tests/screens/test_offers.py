"""The Offers screen: pasted and typed offers, what is read of them, the verdict with one of them, and the answer."""

from collections.abc import Callable
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from textual import events
from textual.pilot import Pilot
from textual.widgets import Input, Static

from screens.answer import Answer
from screens.app import AdvisorApp
from screens.dialogs.offer import OfferDialog
from screens.views.offers import OffersScreen
from screens.widgets.offers import OfferTable
from tests.support.app_driver import press, profile_of, request, resize, running, screen_text, settled, until

MAIL = """\
From: Jane Doe <jane@acmecloud.com>

> 64 nodes (8x H100 SXM5), available from January 15, 2027
> - 12 months at $2.45 per GPU per hour, 25% upfront
> - 24 months at $2.10/GPU/hr, 20% deposit, 2 months free
> - 36 months at $1.95/GPU/hr; no prepayment
Net 30
"""
LINES = (
    "64 H100 nodes, 12 months, $2.45/GPU-hr, 25% upfront, from Acme",
    "64 H100 nodes, 24 months, $2.10/GPU-hr, from Beta",
    "buy 64 H100 nodes at $240,000 each, from Gamma",
)
MOST_KEYS = 20


class Keys:
    """Presses keys in an app and counts them; a paste is one."""

    def __init__(self, app: AdvisorApp, pilot: Pilot[int]) -> None:
        self.app, self.pilot, self.count = app, pilot, 0

    async def press(self, *keys: str) -> None:
        self.count += len(keys)
        await press(self.app, self.pilot, *keys)

    async def paste(self, text: str) -> None:
        self.count += 1
        self.app.post_message(events.Paste(text))
        await self.pilot.pause()
        await settled(self.app, self.pilot)


def terms(app: AdvisorApp) -> list[tuple[str, int | None]]:
    """The offers of the open profile: by whom, and for how many months."""
    return [(quote.from_, quote.months) for quote in profile_of(app).quote]


def read(app: AdvisorApp) -> str:
    """What the dialog says of the text."""
    assert isinstance(app.screen, OfferDialog)
    return str(app.screen.query_one("#read Static", Static).content)


async def test_three_quotes_and_a_judgement_take_at_most_20_keys() -> None:
    async with running(request("cluster-64")) as (app, pilot):
        keys = Keys(app, pilot)
        await keys.press("O")
        for line in LINES:
            await keys.press("a")
            await keys.paste(line)
            await keys.press("enter")
        assert keys.count <= MOST_KEYS
        assert terms(app) == [("Acme", 12), ("Beta", 24), ("Gamma", None)]
        assert isinstance(app.screen, OffersScreen)
        assert app.screen.query_one(OfferTable).option_count == len(LINES)
        text = screen_text(app)
        for words in ("Acme", "Beta", "Gamma", "ask for", "take to", "Your plan"):
            assert words in text


async def test_three_quotes_typed_into_the_form_take_at_most_20_keys() -> None:
    """Found by the words of the first; Enter takes each rate and goes on to the next term."""
    async with running(request("cluster-64")) as (app, pilot):
        keys = Keys(app, pilot)
        await keys.press("slash", *"12", "enter")
        for usd_per_gpu_hour in ("2.4", "2.1", "1.9"):
            await keys.press(*usd_per_gpu_hour, "enter")
        assert keys.count <= MOST_KEYS
        offers = [(quote.option, quote.months, quote.usd_per_gpu_hour) for quote in profile_of(app).quote]
        assert offers == [("reserved", 12, 2.4), ("reserved", 24, 2.1), ("reserved", 36, 1.9)]
        await keys.press("O")
        assert app.screen.query_one(OfferTable).option_count == len(offers)


async def test_a_mail_is_pasted_onto_the_screen_and_confirmed() -> None:
    async with running(request("cluster-64")) as (app, pilot):
        keys = Keys(app, pilot)
        await keys.press("O")
        await keys.paste(MAIL)
        said = read(app)
        assert said.count("Read as offer") == 3
        assert '"2 months free"' in said
        assert "Not understood: Net 30" in screen_text(app)
        await keys.press("enter")
        assert terms(app) == [("acmecloud.com", 12), ("acmecloud.com", 24), ("acmecloud.com", 36)]
        await keys.press("z")
        assert terms(app) == []


async def test_the_dialog_takes_the_height_that_the_window_leaves_it() -> None:
    """Tall on a low window, it stayed as tall when the window grew."""
    async with running(request("cluster-64"), (80, 24)) as (app, pilot):
        keys = Keys(app, pilot)
        await keys.press("O")
        await keys.paste(MAIL)
        dialog = app.screen.query_one(".offers")
        assert dialog.outer_size.height == 24
        await resize(app, pilot, (80, 90))
        grown = dialog.size.height
        async with running(request("cluster-64"), (80, 90)) as (fresh, other):
            keys = Keys(fresh, other)
            await keys.press("O")
            await keys.paste(MAIL)
            assert grown == fresh.screen.query_one(".offers").size.height


async def test_a_first_offer_is_said_to_be_judged_until_it_is(tmp_path: Path) -> None:
    """Not that there are none, which it said for the second that the engine takes."""
    async with running(request("cluster-64", tmp_path)) as (app, pilot):
        keys, go_on = Keys(app, pilot), Event()
        await keys.press("O")
        assert "No offers yet" in screen_text(app)
        assert "Del removes" not in screen_text(app)
        engine = app.session.engine

        def slowly(compute: Callable[..., Answer]) -> Callable[..., Answer]:
            def computed(*of: Any) -> Answer:
                go_on.wait(60)
                return compute(*of)

            return computed

        engine.answer = slowly(engine.answer)  # type: ignore[method-assign]  # as fast as the test lets it
        engine.completed = slowly(engine.completed)  # type: ignore[method-assign]  # as above
        await keys.press("a")
        app.screen.query_one(Input).value = LINES[0]
        await pilot.pause()
        await pilot.press("enter")
        await until(pilot, lambda: "Judging" in screen_text(app))
        assert "No offers yet" not in screen_text(app)
        go_on.set()
        await settled(app, pilot)
        assert "Judging" not in screen_text(app)
        assert "Acme" in screen_text(app)
        await keys.press("delete")
        assert "No offers yet" in screen_text(app)


async def test_what_is_typed_after_a_pasted_mail_leaves_its_lines_as_they_are() -> None:
    """Without its lines the words of one offer would be read as those of another."""
    async with running(request("cluster-64")) as (app, pilot):
        keys = Keys(app, pilot)
        await keys.press("O")
        await keys.paste(MAIL.replace("$", "€"))
        assert isinstance(app.screen, OfferDialog)
        lines = screen_text(app).splitlines()
        assert any("without a rate of exchange" in line for line in lines)
        assert any("Enter adds what was read" in line for line in lines), "the keys stay in sight on 24 lines"
        app.screen.query_one(Input).value += " EUR/USD 1.25"
        await settled(app, pilot)
        assert read(app).count("Read as offer") == 3
        await keys.press("enter")
        assert terms(app) == [("acmecloud.com", 12), ("acmecloud.com", 24), ("acmecloud.com", 36)]
        assert {quote.usd_per_currency for quote in profile_of(app).quote} == {1.25}


async def test_what_cannot_be_an_offer_says_why_and_adds_nothing() -> None:
    async with running(request("cluster-64")) as (app, pilot):
        keys = Keys(app, pilot)
        await keys.press("O", "a")
        await keys.paste("H100 reserved $2.30/GPU-hr")
        assert isinstance(app.screen, OfferDialog)
        problem = str(app.screen.query_one(".problem", Static).content)
        assert "an offer without a term" in problem
        await keys.press("enter")
        assert isinstance(app.screen, OfferDialog)
        app.screen.query_one(Input).value += " 12 months"
        await settled(app, pilot)
        await keys.press("enter")
        assert terms(app) == [("", 12)]


async def test_the_verdict_with_one_offer_alone_and_without_one() -> None:
    async with running(request("cluster-64")) as (app, pilot):
        keys = Keys(app, pilot)
        await keys.press("O")
        await keys.paste(MAIL)
        await keys.press("enter")
        await keys.press("g", "j", "delete")
        assert [months for _, months in terms(app)] == [12, 36]
        await keys.press("g", "enter")
        assert [months for _, months in terms(app)] == [12]
        await keys.press("z")
        assert [months for _, months in terms(app)] == [12, 36]


async def test_the_answer_to_a_seller_is_copied(monkeypatch: pytest.MonkeyPatch) -> None:
    copied: list[str] = []
    monkeypatch.setattr(AdvisorApp, "copy_out", lambda _, text, name: copied.append(text))
    async with running(request("cluster-64")) as (app, pilot):
        keys = Keys(app, pilot)
        await keys.press("O", "A")
        assert copied == []
        await keys.press("a")
        await keys.paste(LINES[0])
        await keys.press("enter")
        await keys.press("A")
    assert copied[0].startswith("Hello Acme team,")
