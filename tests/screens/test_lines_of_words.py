"""Values of the form that are lines of words: typed in a dialog that shows how they are read, and undone."""

from datetime import date
from pathlib import Path

from textual import events

from screens.widgets.card import VerdictCard
from screens.widgets.form import ProfileForm
from screens.widgets.text_input import TextInput
from tests.screens.test_app import field_keys, shown
from tests.support.app_driver import answer_of, dialog_text, press, profile_of, request, resize, running, settled


def typed(text: str) -> list[str]:
    """The keys of a text."""
    return ["space" if letter == " " else letter for letter in text]


async def test_what_is_in_hand_is_typed_in_a_dialog_and_undone(tmp_path: Path) -> None:
    """A contract and hardware could be given in a file only."""
    async with running(request("cluster-64", tmp_path)) as (app, pilot):
        before = profile_of(app)
        await press(app, pilot, *field_keys(app, "Contracts held"), "e", *typed("64 H100 until March 2027"))
        await press(app, pilot, "enter")
        assert "found no price in '64 H100 until March 2027'" in " ".join(dialog_text(app).split())
        await press(app, pilot, *typed(" at $2.10"))
        assert "read as 8 nodes of H100-SXM until 2027-03 at $2.10" in dialog_text(app)
        await press(app, pilot, "enter")
        held = profile_of(app)
        assert [(one.nodes, one.ends, one.usd_per_gpu_hour) for one in held.commitment] == [(8, date(2027, 3, 31), 2.1)]
        assert "Contracts held 8 nodes of H100-SXM" in shown(app)
        assert answer_of(app).advice.costing.commitments is not None
        await press(app, pilot, *field_keys(app, "GPU"), "right")
        moved = profile_of(app)
        assert (moved.workload[0].gpu, moved.commitment) == ("H200-SXM", held.commitment)
        await press(app, pilot, "z")
        assert app.session.profile == held
        await press(app, pilot, *field_keys(app, "Contracts held"), "o")
        assert "Contract in hand" in shown(app)
        await press(app, pilot, "escape")
        await press(app, pilot, *field_keys(app, "Hardware owned"))
        app.post_message(events.Paste("4 nodes of H100 bought 2025-06\n1 node of H100 sells for $95k"))
        await settled(app, pilot)
        await press(app, pilot, "enter")
        assert [one.nodes for one in profile_of(app).owned] == [4, 1]
        await press(app, pilot, *field_keys(app, "Hardware owned"), "right", "delete")
        assert profile_of(app) == held
        await press(app, pilot, "z", "z", "z")
        assert profile_of(app) == before
        await press(app, pilot, "Z")
        assert profile_of(app) == held


async def test_typing_in_a_dialog_is_undone_a_word_at_a_time(tmp_path: Path) -> None:
    async with running(request("cluster-64", tmp_path)) as (app, pilot):
        await press(app, pilot, *field_keys(app, "Other GPUs"), "e", *typed("H200 B200"))
        field = app.screen.query_one(TextInput)
        app.post_message(events.Paste(", MI300X"))
        await settled(app, pilot)
        seen = [field.value]
        for key in ("ctrl+z", "ctrl+z", "ctrl+z", "ctrl+z", "ctrl+y", "ctrl+y", "ctrl+y", "ctrl+y"):
            await press(app, pilot, key)
            seen.append(field.value)
        back, again = ["H200 B200", "H200 ", "", ""], ["H200 ", "H200 B200", *["H200 B200, MI300X"] * 2]
        assert seen == ["H200 B200, MI300X", *back, *again]
        await press(app, pilot, "ctrl+z", "x", "ctrl+y")
        assert field.value == "H200 B200x", "what was undone is gone once something else is typed"
        await press(app, pilot, "escape")
        assert not profile_of(app).market.other_gpus


async def test_the_verdict_says_as_much_as_the_window_has_room_for(tmp_path: Path) -> None:
    """With a contract and hardware it says more than 24 lines hold beside the values; it grew with no window."""
    path = tmp_path / "hand.toml"
    path.write_text(
        'name = "x"\n[[workload]]\nkind = "inference"\nnodes = 16\nmonths = 24\n'
        "[[commitment]]\nnodes = 8\nmonths_left = 5\nusd_per_gpu_hour = 2.1\n[[owned]]\nnodes = 4\n"
        "[company]\ncash_usd = 9e6\nburn_usd_per_month = 1e4\n"
    )
    async with running(request(str(path), tmp_path), (60, 20)) as (app, pilot):
        form = app.screen.query_one(ProfileForm)
        for size, rows, whole in (((60, 20), 3, False), ((80, 24), 4, False), ((140, 45), 20, True)):
            await resize(app, pilot, size)
            assert form.size.height >= rows
            assert ("Buy instead with a node under" in shown(app)) is whole
            last = str(app.screen.query_one(VerdictCard).render()).splitlines()[-1]
            assert ("…" in last) is not whole
            assert last.endswith("… b has more") is (size == (80, 24)), "where the rest is; the smallest has no room"
        await press(app, pilot, *field_keys(app, "Hardware owned"))
        await resize(app, pilot, (80, 24))
        assert ">Hardware owned 4 nodes" in shown(app), "the cursor stays in sight"
