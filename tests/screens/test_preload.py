"""The preloaded verdict: it is what the engine finds, the engine never waits for it long, and no key that is pressed in
between is lost."""

import os
import pickle
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.pilot import Pilot

from screens.answer import AnswerView
from screens.app import AdvisorApp
from screens.state.preload import Preload, compute_views, start_preload
from screens.state.session import Session
from screens.views.home import HomeScreen
from tests.support.app_driver import TODAY, request, screen_text, settled
from tests.support.folders import ROOT
from tests.support.present import present
from tests.support.terminals import Programs, app


class Child:
    """A process that lives too long, and the other end of the pipe it should write into."""

    def __init__(self) -> None:
        reading, self.writing = os.pipe()
        os.set_inheritable(self.writing, True)
        self.pid = os.posix_spawn("/bin/sleep", ["sleep", "60"], {})
        os.set_inheritable(self.writing, False)
        self.preload = Preload(self.pid, reading)

    def say(self, view: AnswerView, cut: int = 0) -> None:
        """Send it, without its last bytes."""
        os.write(self.writing, pickle.dumps(view)[: -cut or None])

    def die(self) -> None:
        """End, and with it the pipe."""
        os.kill(self.pid, 9)
        self.end()

    def end(self) -> None:
        """Say no more."""
        if self.writing >= 0:
            os.close(self.writing)
        self.writing = -1


@pytest.fixture
def child() -> Iterator[Child]:
    child = Child()
    yield child
    child.end()
    child.preload.stop()


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """The engine reads no profile before this is set."""
    gate, read = threading.Event(), Session.read

    def wait_and_read(*arguments: object) -> object:
        assert gate.wait(20)
        return read(*arguments)  # type: ignore[arg-type]  # whatever it is given

    monkeypatch.setattr(Session, "read", wait_and_read)
    return gate


@pytest.fixture(scope="module")
def verdict() -> AnswerView:
    return next(compute_views(request("cluster-64"), TODAY, wide=False))


@asynccontextmanager
async def shown_but_not_answered(
    child: Child, verdict: AnswerView, profile: str = "cluster-64"
) -> AsyncIterator[tuple[AdvisorApp, Pilot[int]]]:
    """The app with what the child said, while the engine waits at the gate."""
    one = AdvisorApp(request(profile), TODAY, child.preload)
    async with one.run_test(size=(80, 24)) as pilot:
        child.say(verdict)
        child.die()
        while one.preloaded is None:
            await pilot.pause()
        yield one, pilot


@pytest.mark.parametrize("name", ["lora-one-node", "cluster-64", "inference-8"])
def test_it_is_what_the_engine_finds(name: str) -> None:
    *_, preloaded = (pickle.loads(pickle.dumps(view)) for view in compute_views(request(name), TODAY, wide=True))
    session = Session(request(name), TODAY)
    answer = session.engine.answer(session.read(session.find(name)).profile)
    assert (preloaded.view, preloaded.fields) == (answer.view, answer.fields)
    assert preloaded.deeper == session.engine.completed(answer, "deeper").deeper
    assert answer.with_preloaded(preloaded).deeper is preloaded.deeper


def test_the_deeper_part_of_another_verdict_is_not_taken() -> None:
    *_, other = compute_views(request("inference-8"), TODAY, wide=True)
    session = Session(request(), TODAY)
    answer = session.engine.answer(session.read(session.find("cluster-64")).profile)
    assert answer.with_preloaded(other) is answer
    assert answer.with_preloaded(None) is answer


async def test_it_stands_there_before_the_engine_answers_and_the_answer_changes_nothing(
    child: Child, verdict: AnswerView, gate: threading.Event
) -> None:
    async with shown_but_not_answered(child, verdict) as (one, pilot):
        await pilot.pause()
        before = screen_text(one)
        assert one.answer is None
        assert "RESERVE 12 months" in before
        gate.set()
        await settled(one, pilot)
        assert one.answer is not None
        assert screen_text(one) == before


async def test_keys_that_are_pressed_meanwhile_are_delivered_in_their_order(
    child: Child, verdict: AnswerView, gate: threading.Event
) -> None:
    """An edit, another, that one undone, and the list of numbers."""
    async with shown_but_not_answered(child, verdict) as (one, pilot):
        await pilot.press("right", "down", "right", "z", "o")
        assert one.session.profile is None
        gate.set()
        await settled(one, pilot)
        assert present(one.session.profile).workload[0].nodes == 70
        assert "Numbers" in screen_text(one)


async def test_without_another_key_before_it_quit_does_not_wait(
    child: Child, verdict: AnswerView, gate: threading.Event
) -> None:
    async with shown_but_not_answered(child, verdict) as (one, pilot):
        await pilot.press("q")
        assert one.return_code == 0
        gate.set()


async def test_keys_are_not_held_back_for_ever(
    child: Child, verdict: AnswerView, gate: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An engine that takes longer: an edit has nothing to go to and says so, and one can leave."""
    monkeypatch.setattr("screens.terminal.terminal_app._HELD_AT_MOST_S", 0.2)
    async with shown_but_not_answered(child, verdict) as (one, pilot):
        await pilot.press("down", "right")
        while "still calculating" not in one.problem:
            await pilot.pause()
        await pilot.press("q")
        assert one.return_code == 0
        gate.set()


async def test_leaving_meanwhile_asks_about_the_edit(child: Child, verdict: AnswerView, gate: threading.Event) -> None:
    async with shown_but_not_answered(child, verdict) as (one, pilot):
        await pilot.press("4", "8", "ctrl+q")
        gate.set()
        await settled(one, pilot)
        assert "unsaved" in screen_text(one).lower()


async def test_a_profile_that_cannot_be_read_after_all_is_said_and_can_be_left(
    child: Child, verdict: AnswerView, gate: threading.Event, tmp_path: Path
) -> None:
    """Deleted between the two readings; the edit made meanwhile has no profile to go to."""
    path = tmp_path / "lab.toml"
    path.write_bytes((ROOT / "profiles" / "cluster-64.toml").read_bytes())
    async with shown_but_not_answered(child, verdict, str(path)) as (one, pilot):
        await pilot.press("down", "down", "right")
        path.unlink()
        gate.set()
        await settled(one, pilot)
        assert "a profile in TOML" in screen_text(one)
        await pilot.press("escape")
        await settled(one, pilot)
        assert isinstance(one.screen, HomeScreen)


@pytest.mark.parametrize("cut", [None, 7])
async def test_without_it_the_engine_answers_as_ever(child: Child, verdict: AnswerView, cut: int | None) -> None:
    """The process died before it said anything, or in the middle."""
    if cut is not None:
        child.say(verdict, cut)
    child.die()
    one = AdvisorApp(request("cluster-64"), TODAY, child.preload)
    async with one.run_test(size=(80, 24)) as pilot:
        await settled(one, pilot)
        assert "RESERVE 12 months" in screen_text(one)


async def test_a_process_that_hangs_is_not_waited_for(child: Child, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("screens.state.preload._PATIENCE_S", 0.1)
    child.end()
    one = AdvisorApp(request("cluster-64"), TODAY, child.preload)
    async with one.run_test(size=(80, 24)) as pilot:
        await settled(one, pilot)
        assert "RESERVE 12 months" in screen_text(one)
    assert not Path(f"/proc/{child.pid}").exists()


def test_who_may_start_no_more_processes_does_without(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> int:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(os, "fork", refuse)
    monkeypatch.setattr(os, "getloadavg", lambda: (0.0, 0.0, 0.0))
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1})
    assert start_preload(request("cluster-64"), TODAY) is None


def test_one_core_and_two_show_the_same_and_leave_no_process_behind(tmp_path: Path, programs: Programs) -> None:
    shows = []
    for cores in {1, os.cpu_count() or 1}:
        command = ["/usr/bin/env", "taskset", "-c", f"0-{cores - 1}", *app("cluster-64")]
        program = programs.start(command, tmp_path, {"TERM": "xterm-256color"}, (140, 70), until="RESERVE 12 months")
        program.read_until("Saving when one input moves")  # the deeper part
        program.read_until_quiet(1.5)
        shows.append(program.text())
        pid = program.process.pid
        assert Path(f"/proc/{pid}/task/{pid}/children").read_text() == ""
    assert len(set(shows)) == 1
