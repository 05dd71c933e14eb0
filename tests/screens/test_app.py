"""The app driven by keys: journeys through Home, New and Verdict, edits, saving, and mistakes."""

import asyncio
import re
import sys
from itertools import count
from pathlib import Path

import pytest
from textual import _time, events
from textual.command import CommandList
from textual.geometry import Size
from textual.widgets import Input, OptionList

from advisor.decision.advise import advise
from advisor.decision.joint.joint_advice import cost_jointly
from advisor.errors import ExitCode
from advisor.formatting import cut, usd
from advisor.market.price_book import built_in_book
from advisor.paths import state_folder
from advisor.profiles.schema import Profile
from advisor.profiles.store import find, load_profile, sample_entries
from advisor.profiles.training.work import Training
from advisor.reports.joint.joint_view import joint_text
from advisor.reports.verdict_view import headline
from screens.answer import Answer
from screens.app import AdvisorApp
from screens.commands import COMMANDS
from screens.dialogs.questions import NameDialog, UnsavedDialog
from screens.palette import OTHER_WORDS
from screens.views.help import HelpScreen
from screens.views.home import HomeScreen
from screens.views.new import NewScreen
from screens.views.registry import VIEWS
from screens.views.verdict import VerdictScreen
from screens.views.why import WhyScreen
from screens.widgets.choices import ChoiceList
from screens.widgets.form import ProfileForm
from tests.support.app_driver import answer_of, press, profile_of, request, resize, running, screen_text, settled
from tests.support.present import present
from tests.support.terminals import Programs


def write_profile(path: Path, name: str, nodes: int = 1) -> None:
    """A small profile file, written without any check."""
    path.write_text(f'schema = 1\nname = "{name}"\n[[workload]]\nkind = "fine-tune"\nnodes = {nodes}\nmonths = 3\n')


def shown(app: AdvisorApp) -> str:
    """The screen on one line, blanks folded, so that wrapping does not matter."""
    return " ".join(screen_text(app).split())


def field_keys(app: AdvisorApp, label: str) -> list[str]:
    """The keys that move the form's cursor to the field with this label."""
    form = app.screen.query_one(ProfileForm)
    wanted = next(index for index, field in enumerate(form.fields) if field.label == label)
    return ["down"] * ((wanted - form.cursor) % len(form.fields))


async def test_home_lists_every_sample_with_the_verdict_the_engine_gives(tmp_path: Path) -> None:
    book = built_in_book()
    async with running(request(folder=tmp_path), (100, 24)) as (app, _):
        text = screen_text(app)
        for entry in sample_entries():
            profile = load_profile(entry.path, book)
            costings, choice = cost_jointly(profile, book)
            line = next(line for line in text.splitlines() if line.startswith(profile.name))
            assert cut(joint_text(costings, choice), 26) in line, "as much as its column holds"
            assert usd(choice.expected_usd) in line


async def test_home_says_why_a_broken_profile_cannot_be_read_and_shows_the_others(tmp_path: Path) -> None:
    (tmp_path / "broken.toml").write_text("nodes = = 3")
    write_profile(tmp_path / "odd.toml", "Odd", nodes=0)
    async with running(request(folder=tmp_path), (100, 24)) as (app, _):
        lines = screen_text(app).splitlines()
        assert any("broken" in line and "cannot be read: broken TOML" in line for line in lines)
        assert any("odd" in line and "cannot be read: workload 1, nodes: found 0" in line for line in lines)
        assert any("Train on 64 nodes" in line and "RESERVE" in line for line in lines)


async def test_a_name_full_of_markup_is_shown_as_text(tmp_path: Path) -> None:
    write_profile(tmp_path / "m.toml", "[red]boo[/red] [@click=app.quit]x")
    async with running(request(folder=tmp_path), (120, 30)) as (app, pilot):
        assert "[red]boo[/red] [@click=app" in screen_text(app)
        await press(app, pilot, "enter")
        assert "[red]boo[/red] [@click=app.quit]x" in screen_text(app)


async def test_a_pasted_amount_is_taken_whole(tmp_path: Path) -> None:
    """It was cut at 40 characters: `at 40x real tim`."""
    async with running(request(folder=tmp_path)) as (app, pilot):
        await press(app, pilot, "n", "down", "down", "enter")
        app.post_message(events.Paste("3,000 hours of audio a day at 40x real time"))
        await settled(app, pilot)
        await press(app, pilot, "enter")
        assert "3000 audio hours/day 90 s" in shown(app)


async def test_all_lines_of_a_pasted_amount_are_read(tmp_path: Path) -> None:
    """A colleague's mail: the first line alone was taken."""
    async with running(request(folder=tmp_path)) as (app, pilot):
        await press(app, pilot, "n", "down", "enter")
        app.post_message(events.Paste("we want to train 128 H100s\nfor two years\nat 85%"))
        await settled(app, pilot)
        await press(app, pilot, "enter")
        work = profile_of(app).workload[0]
        assert (work.gpus, work.months, work.busy) == (128, 24, 0.85)


@pytest.mark.parametrize(
    ("label", "keys", "told"),
    [
        ("Nodes", "8x H200", "8 gpus"),
        ("Nodes", "128 x H100", "128 gpus"),
        ("Colocation", "$180/kW", "$180/kW-month"),
        ("Offer 12 m", "2.49/h", "$2.49/GPU-h"),
        ("Months", "6weeks", "Months 1.38"),
        ("Months", "two years", "Months 24"),
        ("Months", "until November 2028", "Months 24"),
        ("Starts in", "March 2027", "Starts in 3 months"),
        ("GPU", "b200", "B200-SXM"),
        ("GPU", "H200", "H200-SXM"),
        ("Stage", "series a", "series-a"),
        ("Market", "hyper", "hyperscaler"),
        ("Hosting", "on-p", "on-premises"),
    ],
)
async def test_what_can_begin_a_value_begins_it_and_the_rest_is_its_own(
    tmp_path: Path, label: str, keys: str, told: str
) -> None:
    """`x` exported and `h` went home, from the middle of what was typed; `6weeks` opened Why, b200 Break-even."""
    async with running(request("cluster-64", tmp_path)) as (app, pilot):
        typed = ["space" if key == " " else "minus" if key == "-" else key for key in keys]
        await press(app, pilot, *field_keys(app, label), *typed)
        assert f"{keys}▏" in screen_text(app)
        assert screen_text(app).splitlines()[-1] == "Enter take it Esc drop it F1 help", "no letter is a command"
        await press(app, pilot, "enter")
        assert re.sub(r" +", "", told) in re.sub(r" +", "", screen_text(app))
        assert isinstance(app.screen, VerdictScreen)


async def test_whatever_is_typed_into_a_question_is_told_what_is_allowed(tmp_path: Path) -> None:
    """`seven months` was typed into nothing; of `qwen` q left the program."""
    async with running(request(folder=tmp_path)) as (app, pilot):
        await press(app, pilot, "n", "enter", *"qwen", "enter")
        assert "found 'qwen'" in shown(app)
        assert "qwen▏" in shown(app)
        await press(app, pilot, "escape", *"16", "enter", *"ages", "enter")
        assert "How long: found 'ages'; allowed: a length such as 24, 2 years or 6 weeks" in shown(app)
        await press(app, pilot, "escape", "enter")
        assert isinstance(app.screen, VerdictScreen)


async def test_a_letter_begins_a_choice_and_shows_which_it_could_be(tmp_path: Path) -> None:
    """The rows of choices had letters as commands: `series-a` saved, `h100` took another GPU."""
    async with running(request("cluster-64", tmp_path)) as (app, pilot):
        original = app.session.profile
        await press(app, pilot, *field_keys(app, "Stage"), "s")
        assert "s▏ seed, series" in shown(app)
        await press(app, pilot, "escape", "w")
        assert isinstance(app.screen, WhyScreen), "no stage begins with it"
        assert app.session.profile == original
        await press(app, pilot, "v", "space", "7", "enter", "up")
        assert "‹series-b›" in shown(app), "these begin none, and Enter goes on"
        await press(app, pilot, *"ser", "enter")
        assert "found ser; allowed: one of series-a, series-b" in shown(app)
        assert "ser▏" in shown(app)


async def test_questions_take_typed_numbers_and_a_model_size(tmp_path: Path) -> None:
    async with running(request(folder=tmp_path)) as (app, pilot):
        await press(app, pilot, "n", "down", "enter")
        await press(app, pilot, *"32", "enter", *"6", "up")
        workload = profile_of(app).workload[0]
        assert (workload.nodes, workload.months) == (32, 6)
        await press(app, pilot, *"70", "B", "space", *"2", "T", "up")
        # the file keeps what was typed, at the utilization that there was
        typed = profile_of(app).workload[0]
        assert typed.training == Training(parameters=70e9, tokens=2e12, busy=0.85)
        assert (typed.nodes, typed.months) == (None, 6)


async def test_a_model_without_its_tokens_stays_typed_beside_the_line_that_says_so(tmp_path: Path) -> None:
    async with running(request(folder=tmp_path)) as (app, pilot):
        await press(app, pilot, "n", "down", "enter")
        await press(app, pilot, *"70", "B", "enter")
        problem = "How much: found '70B' without tokens; allowed: the tokens trained on too: 70B 1T"
        assert app.problem == f"{problem} · Esc keeps 16 nodes"
        await press(app, pilot, "space", *"2", "T", "enter")
        assert profile_of(app).workload[0].training == Training(parameters=70e9, tokens=2e12, busy=0.85)


async def test_a_choice_is_typed_by_any_of_its_names(tmp_path: Path) -> None:
    """The line below said "by the book's name or an alias", and nothing could be typed."""
    async with running(request("lora-one-node", tmp_path)) as (app, pilot):
        await press(app, pilot, *field_keys(app, "GPU"), *"b200", "enter")
        assert profile_of(app).workload[0].gpu == "B200-SXM"
        await press(app, pilot, *field_keys(app, "Work"), *"pre", "enter")
        assert profile_of(app).workload[0].kind == "pre-train"
        await press(app, pilot, *field_keys(app, "GPU"), "e", *"zzz", "enter")
        assert "found zzz; allowed: a GPU of your own in a file for" in shown(app)
        await press(app, pilot, "escape", "e", "enter")
        assert profile_of(app).workload[0].gpu == "B200-SXM"


async def test_other_gpus_are_typed_and_compete(tmp_path: Path) -> None:
    """They could be named in a file only."""
    async with running(request("cluster-64", tmp_path)) as (app, pilot):
        await press(app, pilot, *field_keys(app, "Other GPUs"), *"b200", "enter")
        assert profile_of(app).market.other_gpus == ("B200-SXM",)
        assert "(B200)" in shown(app)
        await press(app, pilot, *field_keys(app, "Other GPUs"), "delete")
        assert not profile_of(app).market.other_gpus


async def test_credits_are_typed_with_their_end_and_opened(tmp_path: Path) -> None:
    """They could be given in a file only."""
    async with running(request("lora-one-node", tmp_path)) as (app, pilot):
        await press(app, pilot, *field_keys(app, "Credits"), "o")
        assert "Numbers of this verdict" in shown(app)
        await press(app, pilot, "escape", *"200k", "enter")
        assert field_keys(app, "Credits end in") == [], "the field that a value brings is the next one"
        await press(app, pilot, "6", "enter")
        (credit,) = profile_of(app).credit
        assert (credit.usd, credit.expires_month) == (200_000, 6)
        assert present(answer_of(app).advice.verdict.pick).cost.components["credits"] < 0
        await press(app, pilot, *field_keys(app, "Credits"), "o")
        assert "Your credits" in shown(app)
        await press(app, pilot, "escape", *"0", "enter")
        assert not profile_of(app).credit
        await press(app, pilot, *field_keys(app, "Credits"), "right")
        (credit,) = profile_of(app).credit
        assert credit.usd == 10_000


async def test_words_after_a_number_are_typed_and_run_no_command(tmp_path: Path) -> None:
    """Of `2 years` y would copy, e edit, a add and s save; of `70B 2T tokens` o would open the numbers."""
    async with running(request("cluster-64", tmp_path)) as (app, pilot):
        for label, text in (("Months", "2 years"), ("Cash", "$5 million"), ("Nodes", "70B 2T tokens")):
            keys = ["space" if letter == " " else letter for letter in text]
            await press(app, pilot, *field_keys(app, label), *keys)
            assert f"{text}▏" in shown(app)
            assert "tokens▏ nodes" not in shown(app)
            await press(app, pilot, "enter")
            assert app.problem == ""
        assert isinstance(app.screen, VerdictScreen)
        assert profile_of(app).workload[0].months == 24
        assert profile_of(app).company.cash_usd == 5e6
        assert profile_of(app).workload[0].training is not None
        assert list(tmp_path.iterdir()) == [], "nothing was saved"


async def test_leaving_a_refused_value_alone_takes_its_error_away(tmp_path: Path) -> None:
    async with running(request("cluster-64", tmp_path)) as (app, pilot):
        await press(app, pilot, *field_keys(app, "Months"), *"2", "space", *"ages", "enter")
        assert "Months: found '2 ages'" in shown(app)
        assert "2 ages▏" in shown(app)
        await press(app, pilot, "escape")
        assert app.problem == ""
        assert "found" not in shown(app)


async def test_every_edit_is_answered_by_the_engine_on_the_edited_profile(tmp_path: Path) -> None:
    book = built_in_book()
    async with running(request("cluster-64", tmp_path), (140, 45)) as (app, pilot):
        before = app.answer
        await press(app, pilot, *field_keys(app, "Months"), *"3", "enter")
        assert profile_of(app).workload[0].months == 3
        expected = advise(profile_of(app), book)
        assert before is not None
        assert headline(expected) != before.view.headline, "three months change the verdict of this sample"
        assert headline(expected) in shown(app)
        assert usd(present(expected.verdict.pick).cost.expected_usd) in shown(app)
        assert "(edited)" in shown(app)


async def test_right_and_left_nudge_a_value_and_come_back(tmp_path: Path) -> None:
    async with running(request("cluster-64", tmp_path)) as (app, pilot):
        original = app.session.profile
        await press(app, pilot, *field_keys(app, "Utilization"), "right")
        assert profile_of(app).workload[0].busy == pytest.approx(0.9)
        await press(app, pilot, "left")
        assert profile_of(app) == original


async def test_a_value_that_is_not_allowed_is_said_and_changes_nothing(tmp_path: Path) -> None:
    async with running(request("cluster-64", tmp_path), (140, 45)) as (app, pilot):
        original, answer = app.session.profile, app.answer
        await press(app, pilot, *field_keys(app, "Utilization"), *"120", "enter")
        assert "Utilization: found 120" in shown(app)
        assert "at most 100" in shown(app)
        assert app.session.profile == original
        assert app.answer is answer


async def test_delete_takes_the_default_of_the_book_back(tmp_path: Path) -> None:
    async with running(request("cluster-64", tmp_path)) as (app, pilot):
        await press(app, pilot, *field_keys(app, "Utilization"), "delete")
        assert profile_of(app).workload[0].busy is None


async def test_an_offer_typed_in_beats_the_book_and_can_flip_the_verdict(tmp_path: Path) -> None:
    async with running(request("cluster-64", tmp_path), (140, 45)) as (app, pilot):
        await press(app, pilot, *field_keys(app, "Offer for node"), *"150", "k", "enter")
        assert profile_of(app).quote[0].usd_per_node == 150_000
        assert "BUY with a loan" in shown(app)


async def test_reverting_takes_all_edits_back(tmp_path: Path) -> None:
    async with running(request("cluster-64", tmp_path)) as (app, pilot):
        original, text = app.session.profile, screen_text(app)
        await press(app, pilot, *field_keys(app, "Months"), "right", "right", "up", "u")
        assert app.session.profile == original
        assert not app.session.edited
        assert screen_text(app).splitlines()[:7] == text.splitlines()[:7]


async def test_saving_a_sample_asks_for_a_name_and_writes_a_profile_that_opens(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    async with running(request("cluster-64", folder)) as (app, pilot):
        await press(app, pilot, *field_keys(app, "Months"), *"30", "enter", "s")
        assert isinstance(app.screen, NameDialog)
        app.screen.query_one(Input).value = "Our cluster"
        await press(app, pilot, "enter")
        assert not app.session.edited
        await press(app, pilot, "escape")
        assert "Our cluster" in screen_text(app)
    saved = load_profile(find("our-cluster", folder).path, built_in_book())
    assert (saved.name, saved.workload[0].months) == ("Our cluster", 30)
    assert [path.name for path in folder.iterdir()] == ["our-cluster.toml"]


async def test_a_taken_name_is_refused_and_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "taken.toml").write_text("# another one's\n")
    async with running(request("cluster-64", tmp_path), (100, 30)) as (app, pilot):
        await press(app, pilot, "S")
        app.screen.query_one(Input).value = "Taken"
        await press(app, pilot, "enter")
        assert isinstance(app.screen, NameDialog), "the question is asked again"
        assert "taken.toml, which exists already" in shown(app)
    assert (tmp_path / "taken.toml").read_text() == "# another one's\n"


async def test_saving_an_own_profile_keeps_its_comments(tmp_path: Path) -> None:
    path = tmp_path / "lab.toml"
    path.write_text(next(e for e in sample_entries() if e.name == "cluster-64").path.read_text())
    async with running(request("lab", tmp_path)) as (app, pilot):
        await press(app, pilot, *field_keys(app, "Months"), *"30", "enter", "s")
        assert not app.session.edited
    text = path.read_text()
    assert "# share of the time the GPUs really work" in text
    assert "months = 30" in text


async def test_quitting_with_unsaved_edits_asks_and_without_does_not(tmp_path: Path) -> None:
    async with running(request("cluster-64", tmp_path)) as (app, pilot):
        await press(app, pilot, "right", "q")
        assert isinstance(app.screen, UnsavedDialog)
        await press(app, pilot, "escape")
        assert isinstance(app.screen, VerdictScreen)
        await press(app, pilot, "u", *"seven", "escape")
        assert app.session.entry is not None
        assert app.session.entry.sample, "the s of a number in words saved a copy of the sample"
        await press(app, pilot, *"9999999", "enter")
        assert "65,536 [nodes] · Esc keeps 64" in shown(app)
        await press(app, pilot, "escape", "q")
        assert app.return_code == 0


async def test_ctrl_c_never_loses_an_edit(tmp_path: Path) -> None:
    path = tmp_path / "lab.toml"
    path.write_text(next(e for e in sample_entries() if e.name == "cluster-64").path.read_text())
    async with running(request("lab", tmp_path)) as (app, pilot):
        await press(app, pilot, *field_keys(app, "Months"), *"30", "enter", "ctrl+c")
        assert isinstance(app.screen, UnsavedDialog)
        await press(app, pilot, "s")
    assert "months = 30" in path.read_text()


async def test_help_names_every_command_of_the_screen_in_front(tmp_path: Path) -> None:
    async with running(request("cluster-64", tmp_path), (120, 100)) as (app, pilot):
        places = {*VerdictScreen.PLACES, "everywhere"}
        await press(app, pilot, "question_mark")
        assert isinstance(app.screen, HelpScreen)
        text = shown(app)
        for command in COMMANDS:
            if command.where in places:
                assert command.meaning in text
                assert command.key_names in text
        await press(app, pilot, "escape")
        assert isinstance(app.screen, VerdictScreen)


async def test_the_palette_runs_a_command_by_its_name(tmp_path: Path) -> None:
    async with running(request(folder=tmp_path), (100, 30)) as (app, pilot):
        await press(app, pilot, "ctrl+p", *"new profile", "enter")
        await settled(app, pilot)
        assert isinstance(app.screen, NewScreen)


async def test_the_palette_knows_other_words_values_and_profiles(tmp_path: Path) -> None:
    words = {
        "memo": "Export to a file",
        "negotiate": "Market: prices",
        "cash": "Cash:",
        "utiliz": "Utilization: 85%",
        "runway": "What is runway?",
        "most paid": "Most paid out, 12-month reservation:",
        "fine-tune on 4": "Open Fine-tune on 4 nodes, 3 months",
    }
    async with running(request(folder=tmp_path), (100, 30)) as (app, pilot):
        entry = next(entry for entry in app.profiles.entries() if entry.name == "cluster-64")
        app.navigation.open_entry(entry)
        await settled(app, pilot)
        for typed, found in words.items():
            await press(app, pilot, "ctrl+p", *typed)
            await pilot.pause(0.2)
            await settled(app, pilot)
            assert found in shown(app), typed
            await press(app, pilot, "escape")


async def test_the_palette_begins_with_what_begins_so(tmp_path: Path) -> None:
    """`pin` offered Compare, for its pinned variants, before Pin, and Break-even, for its other word tipping."""
    async with running(request("cluster-64", tmp_path), (100, 30)) as (app, pilot):
        await press(app, pilot, "ctrl+p", *"pin")
        await pilot.pause(0.2)
        await settled(app, pilot)
        text = shown(app)
        assert text.index("Pin the profile") < text.index("Compare: pinned variants")
        assert "Break-even: use" not in text


async def test_the_palette_offers_nothing_that_only_has_the_letters(tmp_path: Path) -> None:
    """`memo` found the next theme, the utilization and where hardware stands."""
    async with running(request("cluster-64", tmp_path)) as (app, pilot):
        await press(app, pilot, "ctrl+p", *"memo")
        await settled(app, pilot)
        text = screen_text(app)
        assert "Export to a file" in text
        assert "key: T" not in text
        assert "share of the time" not in text


def test_other_words_are_of_commands_that_the_palette_offers() -> None:
    assert OTHER_WORDS.keys() <= {command.id for command in COMMANDS if command.palette}


async def test_a_value_chosen_in_the_palette_takes_the_cursor(tmp_path: Path) -> None:
    async with running(request("cluster-64", tmp_path, "why"), (100, 30)) as (app, pilot):
        await press(app, pilot, "ctrl+p", *"discount rate")
        await pilot.pause(0.2)
        await press(app, pilot, "enter")
        await settled(app, pilot)
        assert isinstance(app.screen, VerdictScreen)
        field = present(app.screen.form.field)
        assert field.label == "Discount rate"


@pytest.mark.parametrize(("keys", "kind"), [(("ctrl+p", "down"), CommandList), (("escape", "down"), ChoiceList)])
async def test_a_page_key_before_a_list_is_laid_out_does_nothing(
    keys: tuple[str, ...], kind: type[OptionList], tmp_path: Path
) -> None:
    """Textual's lists failed there, which ended the app."""
    async with running(request("cluster-64", tmp_path)) as (app, pilot):
        await press(app, pilot, *keys)
        choices = app.screen.query_one(kind)
        at = present(choices.highlighted)
        choices.styles.max_height = 0
        await press(app, pilot, "pageup", "pagedown")
        assert choices.highlighted == at


async def test_the_form_has_first_last_and_pages(tmp_path: Path) -> None:
    async with running(request("cluster-64", tmp_path)) as (app, pilot):
        assert isinstance(app.screen, VerdictScreen)
        form = app.screen.form
        last = len(form.fields) - 1
        await press(app, pilot, "G")
        assert form.cursor == last
        await press(app, pilot, "pageup")
        assert form.cursor == last - (form.size.height - 1)
        await press(app, pilot, "g")
        assert form.cursor == 0
        await press(app, pilot, *["pagedown"] * 30)
        assert form.cursor == last


async def test_the_form_shows_again_what_a_smaller_terminal_had_scrolled_away(tmp_path: Path) -> None:
    async with running(request("cluster-64", tmp_path), size=(140, 45)) as (app, pilot):
        form = app.screen.query_one(ProfileForm)
        await press(app, pilot, "o")
        for size in ((70, 24), (140, 45)):
            await resize(app, pilot, size)
        assert form.scroll_offset.y == 0


async def test_vim_keys_and_arrows_move_alike(tmp_path: Path) -> None:
    async with running(request(folder=tmp_path)) as (app, pilot):
        profiles = app.screen.query_one(OptionList)
        await press(app, pilot, "j", "j", "k", "down")
        assert profiles.highlighted == 2
        await press(app, pilot, "G")
        assert profiles.highlighted == profiles.option_count - 1
        await press(app, pilot, "g")
        assert profiles.highlighted == 0


async def test_a_stale_answer_is_dropped(tmp_path: Path) -> None:
    async with running(request("cluster-64", tmp_path)) as (app, pilot):
        await press(app, pilot, *field_keys(app, "Nodes"), *(["right"] * 8))
        assert answer_of(app).profile == app.session.profile
        assert not app.waiting


async def test_themes_take_turns(tmp_path: Path) -> None:
    async with running(request("cluster-64", tmp_path)) as (app, pilot):
        seen = [app.theme]
        for _ in range(4):
            await press(app, pilot, "T")
            seen.append(app.theme)
        assert len(set(seen[:4])) == 4
        assert seen[4] == seen[0]


async def test_the_theme_is_remembered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with running(request(folder=tmp_path)) as (app, pilot):
        before = app.theme
        await press(app, pilot, "T")
        chosen = app.theme
        assert chosen != before
    async with running(request(folder=tmp_path)) as (app, _):
        assert app.theme == chosen
    (state_folder() / "theme.txt").write_bytes(b"\xff no theme")
    async with running(request(folder=tmp_path)) as (app, _):
        assert app.theme == before
    (state_folder() / "theme.txt").write_text("textual-light")
    monkeypatch.setenv("NO_COLOR", "1")
    async with running(request(folder=tmp_path)) as (app, _):
        assert app.theme == "ansi-dark", "no colors come first"


def test_commands_are_declared_once_and_keys_do_not_clash() -> None:
    ids = [command.id for command in COMMANDS]
    assert len(ids) == len(set(ids))
    screens: list[tuple[str, ...]] = [HomeScreen.PLACES, NewScreen.PLACES, *(view.PLACES for view in VIEWS.values())]
    inside = (
        "list",
        "form",
        "map",
        "compare",
        "market",
        "pages",
        "filter",
    )  # a part of a screen may take a key from the screen it is in
    for places in screens:
        here = [command for command in COMMANDS if command.where in places and command.where not in inside]
        keys = [key for command in here for key in command.keys.split(",")]
        assert len(keys) == len(set(keys))


def test_first_paint_comes_before_the_engine_is_imported(tmp_path: Path, programs: Programs) -> None:
    script = f"""
import datetime, sys
from pathlib import Path
from advisor.cli.parser import Request
from screens.app import AdvisorApp

def look(app):
    if app.screen.query("#title, #profiles, #kinds"):
        heavy = [name for name in ("numpy", "pydantic_core", "advisor.decision.advise") if name in sys.modules]
        Path({str(tmp_path / "seen")!r}).write_text(",".join(heavy) or "nothing heavy")
        app.exit()

AdvisorApp.post_display_hook = look
options = Request(None, sys.argv[1] or None, False, False, False, None, Path({str(tmp_path)!r}), 1000, 0)
AdvisorApp(options, datetime.date(2026, 11, 24)).run()
"""
    for profile in ("", "cluster-64"):
        programs.start([sys.executable, "-c", script, profile], tmp_path, {"TERM": "xterm-256color"}).ended()
        assert (tmp_path / "seen").read_text() == "nothing heavy"
        (tmp_path / "seen").unlink()


@pytest.mark.parametrize(
    ("own", "options"), [({"NO_COLOR": "1"}, []), ({}, ["--no-color"])], ids=["NO_COLOR", "--no-color"]
)
def test_no_color_means_no_color_code_at_all(
    own: dict[str, str], options: list[str], tmp_path: Path, programs: Programs
) -> None:
    script = f"""
import sys
from screens.app import AdvisorApp
from screens.__main__ import main

def leave(app):
    if app.answer is not None or app.preloaded is not None:
        app.exit()

AdvisorApp.post_display_hook = leave
sys.exit(main(["cluster-64", "--profiles", {str(tmp_path)!r}, *{options!r}]))
"""
    program = programs.start([sys.executable, "-c", script], tmp_path, {"TERM": "xterm-256color", **own})
    program.ended()
    assert b"RESERVE 12 months" in program.sent
    styles = [code.split(b";") for code in re.findall(rb"\x1b\[([0-9;]*)m", program.sent)]
    numbers = {int(number) for style in styles for number in style if number}
    assert numbers
    assert not numbers & {*range(30, 39), *range(40, 49), *range(90, 98), *range(100, 108)}


async def test_leaving_a_profile_with_edits_asks_and_keeps_them_on_escape(tmp_path: Path) -> None:
    async with running(request("cluster-64", tmp_path)) as (app, pilot):
        await press(app, pilot, *field_keys(app, "Months"), "right", "escape")
        assert isinstance(app.screen, UnsavedDialog)
        await press(app, pilot, "escape")
        assert isinstance(app.screen, VerdictScreen)
        assert app.session.edited
        await press(app, pilot, "escape", "d")
        assert isinstance(app.screen, HomeScreen)
        assert app.session.profile is None


async def test_what_is_still_being_typed_is_saved_with_the_rest(tmp_path: Path) -> None:
    path = tmp_path / "lab.toml"
    path.write_text(next(e for e in sample_entries() if e.name == "cluster-64").path.read_text())
    async with running(request("lab", tmp_path)) as (app, pilot):
        await press(app, pilot, *field_keys(app, "Months"), *"30", "ctrl+s")
    assert "months = 30" in path.read_text()


async def test_what_is_still_being_typed_counts_as_an_edit_when_quitting(tmp_path: Path) -> None:
    async with running(request("cluster-64", tmp_path)) as (app, pilot):
        await press(app, pilot, *field_keys(app, "Months"), *"30", "ctrl+q")
        assert isinstance(app.screen, UnsavedDialog)


async def test_a_minus_sign_is_taken_where_a_fall_makes_sense_and_lowers_elsewhere(tmp_path: Path) -> None:
    async with running(request("cluster-64", tmp_path), (140, 45)) as (app, pilot):
        await press(app, pilot, *field_keys(app, "Rent trend"), *"-40", "enter")
        assert profile_of(app).market.rents_change_per_year == pytest.approx(-0.4)
        await press(app, pilot, *field_keys(app, "Months"), "minus")
        assert profile_of(app).workload[0].months == 23


async def test_delete_empties_a_value_that_has_no_default(tmp_path: Path) -> None:
    async with running(request("cluster-64", tmp_path)) as (app, pilot):
        await press(app, pilot, *field_keys(app, "Cash"), "delete")
        assert profile_of(app).company.cash_usd is None


async def test_every_line_of_the_reasons_can_be_reached_by_keys(tmp_path: Path) -> None:
    async with running(request("cluster-64", tmp_path)) as (app, pilot):
        await press(app, pilot, "w")
        seen = screen_text(app)
        for _ in range(8):
            await press(app, pilot, "pagedown")
            seen += screen_text(app)
        folded = " ".join(seen.split())
        for words in (
            "Why",
            "What would change it",
            "Cheapest if rents move differently",
            "perfect forecast",
        ):
            assert words in folded
        await press(app, pilot, *(["pageup"] * 8))
        assert "1 Reserving costs" in shown(app), "the reasons come first"


async def test_a_narrow_terminal_shows_the_form_and_the_reasons_by_turns(tmp_path: Path) -> None:
    async with running(request("cluster-64", tmp_path), (60, 24)) as (app, pilot):
        assert "Nodes" in screen_text(app)
        assert all(len(line) <= 60 for line in screen_text(app).splitlines())
        await press(app, pilot, "w")
        assert "Why" in screen_text(app)
        assert "Nodes" not in screen_text(app)
        assert all(len(line) <= 60 for line in screen_text(app).splitlines())


async def test_a_fault_in_the_engine_ends_the_app_with_the_edits_kept(tmp_path: Path, own_state: Path) -> None:
    def broken(profile: Profile) -> Answer:
        raise ZeroDivisionError("a fault")

    with pytest.raises(ZeroDivisionError, match="a fault"):  # noqa: PT012 - raised when the app is left
        async with running(request("cluster-64", tmp_path), (140, 45)) as (app, pilot):
            app.session.engine.answer = broken  # type: ignore[method-assign]  # no input makes the engine fail
            await press(app, pilot, *field_keys(app, "Months"), "right")
    assert app.return_code == ExitCode.INTERNAL
    assert isinstance(app.failure, ZeroDivisionError)
    assert app.keep_all() == "unsaved edits are kept for the next start"


async def test_keys_that_arrive_all_at_once_keep_their_order(tmp_path: Path) -> None:
    """As a slow line delivers them: down to Months, a number, down, another number."""
    async with running(request("cluster-64", tmp_path)) as (app, pilot):
        form = app.screen.query_one(ProfileForm)
        keys = [("down", None), ("3", "3"), ("0", "0"), ("down", None), ("7", "7"), ("0", "0"), ("enter", "\r")]
        for key, character in keys:
            form.post_message(events.Key(key, character))
        await settled(app, pilot)
        workload = profile_of(app).workload[0]
        assert workload.months == 30
        assert workload.busy == pytest.approx(0.7)


async def test_the_app_takes_another_size_also_where_a_timer_begins_late(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a busy machine the moment of a timer may pass before it begins to wait, as when its clock jumps."""
    async with running(request("cluster-64", tmp_path)) as (app, pilot):
        second = count()
        monkeypatch.setattr(_time, "get_time", lambda: float(next(second)))
        app.post_message(events.Resize(Size(120, 40), Size(120, 40)))
        while app._resize_timer is None:
            await asyncio.sleep(0)
        await asyncio.wait([present(app._resize_timer._task)])
        await pilot._wait_for_screen()
        assert app._resize_timer is None, "no size would be taken any more"
        await settled(app, pilot)
        assert app.screen.size == (120, 40)
