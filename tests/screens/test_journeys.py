"""The journeys the product is for, each walked from its first key to its last: every step sees what the step before
left."""

from pathlib import Path

import pytest
from textual import events
from textual.pilot import Pilot
from textual.widgets import Input

from advisor.decision.advise import advise
from advisor.market.price_book import built_in_book
from advisor.profiles.form.amount_text import amount_text
from advisor.profiles.gpu_groups import groups_of
from advisor.profiles.store import sample_entries
from advisor.reports.verdict_view import headline
from screens.app import AdvisorApp
from screens.dialogs.questions import DraftDialog, UnsavedDialog
from screens.state.drafts import kept_drafts
from screens.views.compare import CompareScreen
from screens.views.home import HomeScreen
from screens.views.new import NewScreen
from screens.views.verdict import VerdictScreen
from tests.screens.test_app import field_keys, shown
from tests.support.app_driver import SIZES, answer_of, press, profile_of, request, resize, running, screen_text, settled
from tests.support.long_runs import every, quick_and_long
from tests.support.present import present

MOST_KEYS = 8  # from choosing a way in to a verdict


def verdict_is_shown(app: AdvisorApp) -> bool:
    """Whether the verdict the engine gives on the open profile stands on the screen."""
    profile, book = app.session.profile, built_in_book()
    return (
        isinstance(app.screen, VerdictScreen)
        and profile is not None
        and all(headline(advise(group, book, paths=100)) in shown(app) for group in groups_of(profile, book))
    )


@pytest.mark.parametrize("kind", range(3), ids=["fine-tune", "pre-train", "serve"])
async def test_a_newcomer_reaches_a_verdict_in_few_keys(kind: int, tmp_path: Path) -> None:
    """A kind of work, then Enter on each question: what is not known stays as proposed."""
    async with running(request(folder=tmp_path)) as (app, pilot):
        await press(app, pilot, "n", *["down"] * kind)
        assert isinstance(app.screen, NewScreen)
        await press(app, pilot, "enter")
        assert app.answer is not None, "a verdict is there before the first question is answered"
        assert app.answer.view.headline in shown(app)
        pressed = 1
        while not isinstance(app.screen, VerdictScreen) and pressed < MOST_KEYS:
            await press(app, pilot, "enter")
            pressed += 1
        assert verdict_is_shown(app)


async def test_a_model_and_its_tokens_a_day_reach_a_verdict_in_ten_keys(tmp_path: Path) -> None:
    """Serve is the last kind; 8B at 1B tokens a day, and the verdict tells dollars per million."""
    keys = ["n", "down", "down", "enter", "8", "B", "space", "1", "B", "enter"]
    assert len(keys) <= 10
    async with running(request(folder=tmp_path)) as (app, pilot):
        await press(app, pilot, *keys)
        serving = present(profile_of(app).workload[0].serving)
        assert (serving.parameters, serving.tokens_per_day) == (8e9, 1e9)
        assert "per million tokens" in shown(app)


@pytest.mark.parametrize(
    ("keys", "amount", "months"),
    [
        ("down enter 6 4 enter 1 2 enter", "64", 12),
        ("down enter 7 B space 1 T enter 2 enter", "7B 1T", 2),
        ("enter enter enter", "4", 3),
    ],
)
async def test_an_empty_machine_asks_three_questions_and_has_a_verdict_in_twelve_keys(
    keys: str, amount: str, months: float, tmp_path: Path
) -> None:
    pressed = keys.split()
    assert len(pressed) <= 12
    async with running(request(folder=tmp_path / "none"), first=True) as (app, pilot):
        assert isinstance(app.screen, NewScreen)
        assert len([line for line in str(app.screen.tour.content).splitlines() if line.strip()]) == 6
        await press(app, pilot, *pressed)
        assert verdict_is_shown(app)
        workload = profile_of(app).workload[0]
        assert (amount_text(workload), workload.months) == (amount, months)
    async with running(request(folder=tmp_path / "none"), first=True) as (app, pilot):
        assert isinstance(app.screen, HomeScreen), "the tour is shown once"


async def test_who_has_profiles_is_not_shown_around(tmp_path: Path) -> None:
    (tmp_path / "lab.toml").write_text(
        'schema = 1\nname = "Lab"\n[[workload]]\nkind = "pre-train"\nnodes = 16\nmonths = 3\n'
    )
    async with running(request(folder=tmp_path), first=True) as (app, _):
        assert isinstance(app.screen, HomeScreen)


async def test_from_the_first_questions_one_goes_to_the_examples(tmp_path: Path) -> None:
    async with running(request(folder=tmp_path), first=True) as (app, pilot):
        await press(app, pilot, "escape")
        assert isinstance(app.screen, HomeScreen)
        assert "Serve Llama-3-70B" in shown(app)


async def test_a_plan_in_ones_own_words_is_read_as_it_is_typed_and_answered(tmp_path: Path) -> None:
    def keys(text: str) -> list[str]:
        return ["space" if key == " " else "comma" if key == "," else key for key in text]

    async with running(request(folder=tmp_path)) as (app, pilot):
        await press(app, pilot, "n", *["down"] * 3, "enter", *keys("64 B200 for 3 years, seed stage, 9 eggs"), "enter")
        assert "found '64 B200 for 3 years, 9 eggs'" in shown(app)
        await press(app, pilot, *["backspace"] * len(", 9 eggs"))
        await settled(app, pilot)
        assert "read as 64 gpus · B200-SXM · 36 months; read with stage seed" in shown(app)
        await press(app, pilot, *keys(", we own 2 nodes of H100"), "enter")
        profile = profile_of(app)
        assert (profile.workload[0].gpus, profile.company.stage, profile.owned[0].nodes) == (64, "seed", 2)
        assert verdict_is_shown(app)
        await press(app, pilot, "escape")
        assert isinstance(app.screen, UnsavedDialog), "what was typed is not lost"
        await press(app, pilot, "d")
        assert isinstance(app.screen, HomeScreen)


async def test_a_pasted_plan_of_several_lines_is_one_text(tmp_path: Path) -> None:
    async with running(request(folder=tmp_path)) as (app, pilot):
        await press(app, pilot, "n", *["down"] * 3, "enter")
        app.post_message(events.Paste("We want to train 128\nH100s for two years\nat 85%, with $5M."))
        await settled(app, pilot)
        assert "read as 128 gpus · H100-SXM · 24 months" in shown(app)
        await press(app, pilot, "enter")
        assert profile_of(app).company.cash_usd == 5e6


@quick_and_long
async def test_a_newcomer_reaches_the_verdict_on_every_sample_in_few_keys_and_it_fits(tmp_path: Path) -> None:
    """Every second one by default, at one size each."""
    names = [entry.name for entry in sample_entries()]
    async with running(request(folder=tmp_path)) as (app, pilot):
        opened = []
        for at in range(0, len(names), every(2)):
            from_end = len(names) - 1 - at
            keys = ["g", *["down"] * at, "enter"] if at <= from_end else ["G", *["up"] * from_end, "enter"]
            assert len(keys) <= MOST_KEYS
            await press(app, pilot, *keys)
            assert verdict_is_shown(app)
            opened.append(present(app.session.entry).name)
            for size in [*reversed(SIZES.values())][at // 2 % every(2) :: every(2)]:
                await resize(app, pilot, size)
                assert_verdict_fits(app, size)
            await press(app, pilot, "escape")
            assert isinstance(app.screen, HomeScreen)
        assert len({*opened}) == len(names[:: every(2)])


def assert_verdict_fits(app: AdvisorApp, size: tuple[int, int]) -> None:
    view, together = answer_of(app).view, answer_of(app).together
    lines_of = view.summary if together is None else (together.total, *together.cash)
    heads = (view.headline, view.conclusion, view.confidence) if together is None else together.headlines
    lines = screen_text(app).splitlines()
    assert len(lines) == size[1]
    assert all(len(line) <= size[0] for line in lines)
    for part in (*heads, *(part for line in lines_of for part in line.split(" · "))):
        assert any(part in line for line in lines) or len(part) > 78, f"{view.name}: {part}: is not on one line"
    assert "? help" in lines[-1], f"{view.name}: the footer is cut off"


async def edited(app: AdvisorApp, pilot: Pilot[int], months: str) -> None:
    await press(app, pilot, *field_keys(app, "Months"), *months, "enter")
    assert profile_of(app).workload[0].months == float(months)
    assert verdict_is_shown(app)


async def test_a_plan_is_edited_undone_compared_and_exported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    async with running(request("cluster-64", tmp_path), (140, 45)) as (app, pilot):
        before = profile_of(app)
        await press(app, pilot, "p")
        await edited(app, pilot, "60")
        assert "(edited)" in shown(app)
        await press(app, pilot, "z")
        assert app.session.profile == before
        assert "(edited)" not in shown(app)
        assert verdict_is_shown(app)
        await press(app, pilot, "Z", "c")
        assert isinstance(app.screen, CompareScreen)
        assert "Months 24" in shown(app)
        assert "60 months" in shown(app)
        await press(app, pilot, "x", "enter")
        (written,) = tmp_path.glob("*-compared.md")
        assert "60 months" in written.read_text(encoding="utf-8")
        await press(app, pilot, "right", "enter", "v")
        assert app.session.profile == before, "the pinned plan was taken"
        await press(app, pilot, "x", "enter")
        assert (
            headline(advise(before, built_in_book(), paths=100))
            in (tmp_path / "train-on-64-nodes-2-years.md").read_text()
        )


async def test_a_question_about_edits_of_before_hides_no_profile_that_was_named(tmp_path: Path) -> None:
    async with running(request("cluster-64", tmp_path)) as (app, pilot):
        await edited(app, pilot, "60")
        app.session.drafts.release()  # as when the terminal goes
    async with running(request("pre-train-16", tmp_path)) as (app, pilot):
        assert isinstance(app.screen, DraftDialog)
        assert answer_of(app).view.headline in shown(app)
        await resize(app, pilot, (140, 45))
        assert "Reasons" in shown(app), "it is laid out anew behind the question"
        await press(app, pilot, "escape")
        assert verdict_is_shown(app)


async def test_edits_that_a_lost_terminal_left_are_offered_restored_and_saved(tmp_path: Path) -> None:
    async with running(request("cluster-64", tmp_path)) as (app, pilot):
        await edited(app, pilot, "60")
        app.session.drafts.release()  # as when the terminal goes
    async with running(request(folder=tmp_path)) as (app, pilot):
        assert isinstance(app.screen, DraftDialog)
        await press(app, pilot, "z")
        assert profile_of(app).workload[0].months == 60
        assert "(edited)" in shown(app)
        assert verdict_is_shown(app)
        await press(app, pilot, "s")
        app.screen.query_one(Input).value = "Recovered"
        await press(app, pilot, "enter")
        assert not app.session.edited
    assert "months = 60" in (tmp_path / "recovered.toml").read_text()
    assert kept_drafts() == []
