"""What every screen looks like, text, colors and attributes: at the two sizes the app is designed for in the dark and
the light theme and without color, at the smallest and the largest in the dark one; and that the others say the same
there, and ASCII can say it all."""

import os
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode
from textual.pilot import Pilot

from advisor.cli.ascii_text import ascii_only
from advisor.paths import state_folder
from advisor.profiles.store import sample_entries
from screens.app import AdvisorApp
from tests.reports.odd_figures import odd_figures
from tests.support.app_driver import ALL_SIZES, SIZES, press, request, resize, running, settled
from tests.support.frozen_book import LIVE, frozen_book
from tests.support.screen_looks import Rows, hard_to_read, looks, text_of, written

Size = tuple[int, int]
_KEPT = Path(__file__).parent / "__snapshots__" / "test_snapshots"
_OWN = ""  # the theme the app has by itself


class TextSnapshot(SingleFileSnapshotExtension):
    """One text file a screen, so that a change can be read in a diff."""

    _write_mode = WriteMode.TEXT
    file_extension = "txt"


@pytest.fixture
def screen_snapshot(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    return snapshot.use_extension(TextSnapshot)


class Stop(NamedTuple):
    """A screen on a walk. keys lead there from the stop before, a blank between those that wait for an answer; name is
    empty for a stop that is only passed. at_each_size is pressed again at every size: what is a page, and what help
    explains, depend on it."""

    name: str
    keys: str = ""
    at_each_size: str = ""


def _typed(text: str) -> Iterator[str]:
    """The keys of a text."""
    return ("space" if letter == " " else letter for letter in text)


# One start shows many screens: a test a screen took five times as long.
WALKS: dict[str, tuple[str | None, tuple[Stop, ...]]] = {
    "home": (
        None,
        (
            Stop("draft"),
            Stop("home", "escape"),
            Stop("home-filter", "slash,n,o,d,e"),
            Stop("palette", "escape escape ctrl+p"),
            Stop("new", "escape n"),
            Stop("new-questions", "down,enter enter,4,8"),
        ),
    ),
    "cluster-64": (
        "cluster-64",
        (
            Stop("verdict"),
            Stop("help", "question_mark", at_each_size="escape question_mark"),
            Stop("numbers", "escape o"),
            Stop("account", "down,down,enter"),
            Stop("account-source", "down,enter down,down,down,down,down,enter"),
            Stop("save-as", "q S"),
            Stop("export", "escape x,down"),
            Stop("replace", "escape x,down,enter"),
            Stop("why", "escape w"),
            Stop("account-flip", "down,down,down,down,down,down,down,down,down,enter"),
            Stop("why-next-page", "q", at_each_size="g pagedown"),
            Stop("break-even", "b"),
            Stop("map", "m"),
            Stop("market", "M"),
            Stop("market-filter", "slash,n,o,d,e,enter,down"),
            Stop("market-source", "escape slash,o,u,t,l,o,o,k,enter,enter"),
            Stop("record", "escape r"),
            Stop("record-next-page", at_each_size="g pagedown"),
            Stop("compare-empty", "c"),
            Stop("", "v p down,right p right"),
            Stop("verdict-edited"),
            Stop("compare", "c right"),
            Stop("unsaved", "q"),
        ),
    ),
    "frontier-lab-1000": (
        "frontier-lab-1000",
        (
            Stop("verdict-close-call"),
            Stop("why-flips", "w"),
            Stop("map-cell", "m left,left,left,left,left,left,left,left,down"),
        ),
    ),
    "offers": (
        "cluster-64",
        (
            Stop("offers-none", "O"),
            Stop("offer-read", ",".join(("a", *_typed("64 H100 nodes 12 months $2.45/GPU-hr from Acme")))),
            Stop("offers", "enter"),
        ),
    ),
    "conflict": ("lab", (Stop("", "down 3,0,enter"), Stop("conflict", "s"))),
    "inference-8": ("inference-8", (Stop("", "b"), Stop("break-even-inference"))),
    "lora-one-node": (
        "lora-one-node",
        (Stop("verdict-rent"), Stop("market-other", "M right,right,right,right,right,right,right,right")),
    ),
}


def _keep_draft() -> None:
    """Unsaved edits to be offered, always of the same minute."""
    path = state_folder() / "drafts" / "lora.toml"
    path.parent.mkdir(parents=True)
    sample = next(entry for entry in sample_entries() if entry.name == "lora-one-node")
    path.write_text(f"# Unsaved edits of null\n{sample.path.read_text('utf-8')}", encoding="utf-8")
    at = datetime(2026, 11, 23, 18, 45).timestamp()  # as the dialog says it, in local time
    os.utime(path, (at, at))


def _save_lab(folder: Path, months: int) -> None:
    plan = f'[[workload]]\nkind = "pre-train"\nnodes = 16\nmonths = {months}\n'
    (folder / "lab.toml").write_text(f'schema = 1\nname = "Lab"\n{plan}')


async def _change_theme(app: AdvisorApp, pilot: Pilot[int], stop: Stop, theme: str) -> None:
    if stop.name == "palette":  # Textual's own is not painted again while it is open
        await press(app, pilot, "escape")
    app.theme = theme
    await settled(app, pilot)
    if stop.name == "palette":
        await press(app, pilot, stop.keys.split()[-1])


async def _press_all(app: AdvisorApp, pilot: Pilot[int], keys: str) -> None:
    """Press the keys of a stop."""
    for together in keys.split():
        await press(app, pilot, *together.split(","))


async def _seen(
    app: AdvisorApp, pilot: Pilot[int], stop: Stop, themes: dict[str, str], sizes: Sequence[tuple[str, Size]]
) -> AsyncIterator[tuple[str, str, Rows]]:
    """The words of a theme, the words of a size, and how a stop looks so. The theme in front comes first and every
    second one goes through the sizes backwards: a change styles or draws all again."""
    for words in sorted(themes, key=lambda words: themes[words] != app.theme):
        if themes[words] not in (app.theme, _OWN):
            await _change_theme(app, pilot, stop, themes[words])
        for name, size in sizes:
            await _resize(app, pilot, size)
            await _press_all(app, pilot, stop.at_each_size)
            yield words, name, looks(app)
        sizes = sizes[::-1]


async def _resize(app: AdvisorApp, pilot: Pilot[int], size: Size) -> None:
    if app.size != size:
        await resize(app, pilot, size)


async def _walked(
    walk: str, folder: Path, themes: dict[str, str], sizes: dict[str, Size]
) -> dict[tuple[str, str], dict[str, Rows]]:
    """Every screen of a walk by its name and size, in some themes. One running app shows them all: it is resized at
    every stop, which takes half the time of a walk for each size. Keys are pressed at the largest size: from a smaller
    one a list would come back scrolled. What is behind a dialog is the screen before: it is not drawn again."""
    by_size = sorted(sizes.items(), key=lambda item: item[1], reverse=True)
    (_, largest), *_ = by_size
    profile, stops = WALKS[walk]
    os.environ["XDG_STATE_HOME"] = str(folder / "state")
    if walk == "home":
        _keep_draft()
    seen: dict[tuple[str, str], dict[str, Rows]] = {}
    options = request(profile)
    if walk == "conflict":
        _save_lab(folder, months=24)
        options = request(profile, folder)
    async with running(options, largest, behind_dialogs=False) as (app, pilot):
        for stop in stops:
            if stop.name == "conflict":  # another program saves meanwhile
                _save_lab(folder, months=12)
            os.chdir("/" if stop.name == "export" else folder)  # the dialog says where it is
            await _resize(app, pilot, largest)
            await _press_all(app, pilot, stop.keys)
            if stop.name:
                async for words, size, rows in _seen(app, pilot, stop, themes, by_size):
                    seen.setdefault((stop.name, size), {key: [] for key in themes})[words] = rows
    return seen


@pytest.mark.usefixtures("prices_that_stay")
@pytest.mark.parametrize("walk", WALKS)
async def test_screens(
    walk: str, screen_snapshot: SnapshotAssertion, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As they were, and legible; every theme says the same, and what a color says is said without it. The smallest and
    the largest size are kept in the dark theme."""
    monkeypatch.chdir(tmp_path)
    for name in ("colored", "colorless"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "train-on-64-nodes-2-years.html").touch()  # in the way of an export
    colored = await _walked(walk, tmp_path / "colored", {"dark": "textual-dark", "light": "textual-light"}, ALL_SIZES)
    monkeypatch.setenv("NO_COLOR", "1")
    colorless = await _walked(walk, tmp_path / "colorless", {"no color": _OWN}, SIZES)
    faults: list[str] = []
    for (name, size), in_color in colored.items():
        seen = in_color | colorless.get((name, size), {})
        faults += [f"{name} at {size}: {fault}" for fault in _faults(seen)]
        if written(seen if size in SIZES else {"dark": seen["dark"]}) != screen_snapshot(name=f"{name}-{size}"):
            faults.append(f"{name} at {size}: is not as it was")
    assert not faults, "\n".join(faults)


def _faults(seen: dict[str, Rows]) -> Iterator[str]:
    """What is wrong with a screen whatever it shows, by its looks in each theme."""
    texts = {text_of(rows): theme for theme, rows in seen.items()}
    if len(texts) > 1:
        (one, theme), (other, second), *_ = texts.items()
        differing = next(
            (pair for pair in zip(one.splitlines(), other.splitlines(), strict=False) if len({*pair}) > 1), ()
        )
        yield f"{theme} and {second} say different things: {differing}"
    if any(ascii_only(text).count("?") != text.count("?") for text in texts):
        yield "has a character that looks like nothing in ASCII"
    for theme, rows in seen.items():
        if theme != "no color":
            yield from (f"{theme} {run}" for run in hard_to_read(rows))
        elif any(look.color or look.ground for row in rows for _, look in row):
            yield "there is color without color"


@pytest.mark.parametrize("name", [entry.name for entry in sample_entries()])
def test_plain_report(name: str, screen_snapshot: SnapshotAssertion) -> None:
    from advisor.decision.joint.joint_advice import advise_jointly
    from advisor.market.price_book import built_in_book
    from advisor.profiles.store import find, load_profile
    from advisor.reports.joint.joint_text import joint_report
    from tests.support.app_driver import TODAY

    with frozen_book(LIVE):  # which may be that of the snapshots now
        book = built_in_book()
        entry = find(name, Path("no-folder"))
        report = joint_report(advise_jointly(load_profile(entry.path, book), book), TODAY)
    assert report == screen_snapshot


def test_all_that_is_displayed_has_the_figures_that_people_read() -> None:
    """The screens and plain reports as they are kept here; the parts of a sum and what a seller is paid in full."""
    odd = [
        f"{kept.name}: {what}: {line}"
        for kept in sorted(_KEPT.glob("*.txt"))
        for what, line in odd_figures(
            kept.read_text("utf-8").partition("\n\ndark")[0],
            in_full=any(name in kept.name for name in ("[numbers", "[account", "[offers-", "[market-source")),
        )
    ]
    assert not odd, "\n".join(odd)
