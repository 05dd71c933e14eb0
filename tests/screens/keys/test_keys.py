"""What is typed and pasted: in order however fast it comes; a paste is text, and what is unknown does nothing."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from textual import events
from textual._xterm_parser import XTermParser
from textual.message import Message

from screens.dialogs.source import SourceDialog
from screens.terminal.input_reader import InputReader, plain_paste
from screens.widgets.form import ProfileForm
from tests.screens.test_app import field_keys
from tests.support.app_driver import press, profile_of, request, running, settled


class Line:
    """A line from a terminal, with a clock of its own."""

    def __init__(self) -> None:
        self.reader, self.now = InputReader(XTermParser()), 0.0

    def send(self, *parts: bytes) -> list[str]:
        """What the app is told of some bytes, and once nothing more comes."""
        messages: list[Message] = []
        for part in parts:
            self.now += 0.001
            messages += self.reader.read(part, self.now)
        for pause in (1.0, 10.0):
            self.now += pause
            messages += self.reader.read(b"", self.now)
        return [_told(message) for message in messages]


def _told(message: Message) -> str:
    if isinstance(message, events.Key):
        return message.key
    return f"paste {message.text!r}" if isinstance(message, events.Paste) else type(message).__name__


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        (b"3h\r", ["3", "h", "enter"]),
        (b"\x1b[A\x1bOP\x1b[1;5C\x1b[[A", ["up", "f1", "ctrl+right", "f1"]),
        (b"\x1b", ["escape"]),
        (b"\x1b\x1b[B", ["escape", "down"]),
        (b"\x1bx", ["alt+x"]),
        (b"\x1b[<0;5;7M", ["MouseDown"]),
        ("é日".encode(), ["é", "日"]),
        (b"caf\xe9 \xf4", ["c", "a", "f", "space"]),
        (b"\xff\xfe\xc0T", ["T"]),
        (b"\x1b[M \xf0\xa1", []),
        (b"\x1b[31mh", ["h"]),
        (b"\x1b[99999999999;5u\x1b[97;1;55296u", []),
        (b"\x1b]11;rgb:ffff/0000/0000\x07\x1bP>|evil\x1b\\\x1b[>0;276;0cq", ["q"]),
        (b"\x1b[48;0;0;0;0t\x1b[48;99999;99999;1;1t", []),
        (b"\x1b[1;\x1b[A", ["up"]),
        (b"\x1b[", []),
        (b"\x1b[12;", []),
    ],
)
def test_what_a_terminal_sends(sent: bytes, told: list[str]) -> None:
    """The same whole and byte by byte; Alt and Esc are told apart by time, so their bytes come together."""
    assert Line().send(sent) == told
    assert Line().send(*(sent[at : at + 1] for at in range(len(sent)))) == told


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        (b"\x1b[200~7B 1T\x1b[201~q", ["paste '7B 1T'", "q"]),
        (b"\x1b[200~$(rm -rf /)\n\x1b[31mhello\r\n\x03\x1b[201~", ["paste '$(rm -rf /)\\nhello\\n'"]),
        (b"\x1b[200~a\x1b[201~Tq\x1b[201~", ["paste 'aTq'"]),
        (b"\x1b[200~a\x1b[201~b\x1b[200~c\x1b[201~", ["paste 'a'", "b", "paste 'c'"]),
        (b"\x1b[200~a\x1b[200~b\x1b[201~c", ["paste 'ab'", "c"]),
        (b"\x1b[200~never ends", ["paste 'never ends'"]),
        (b"\x1b[200~\xe9\xff7\x1b[201~", ["paste '7'"]),
    ],
)
def test_a_paste_is_one_text(sent: bytes, told: list[str]) -> None:
    assert Line().send(sent) == told


@settings(deadline=None)
@given(st.lists(st.binary(max_size=20), max_size=20))
def test_no_bytes_are_too_odd(parts: list[bytes]) -> None:
    line = Line()
    line.send(*parts)
    assert line.send(b"\x1b[201~", b"q")[-1:] == ["q"]


@given(st.text())
def test_what_is_left_of_a_paste_is_printable(text: str) -> None:
    assert all(letter.isprintable() or letter == "\n" for letter in plain_paste(text))


@pytest.mark.parametrize(
    ("label", "keys"),
    [
        ("Nodes", "31mhello\r"),
        *(pytest.param("Nodes", keys, marks=pytest.mark.long) for keys in ("3h\r", "5q\r", "3\x1b\r", "9Mv\r")),
        ("Contracts held", "e64 H100 3 mo left at $2\rq"),
        ("Contracts held", "64 H100 3 mo left at $2\r"),
    ],
)
async def test_keys_typed_ahead_are_handled_one_after_the_other(label: str, keys: str, tmp_path: Path) -> None:
    """However fast they come, the same happens as with pauses between them."""
    seen = []
    for at_once in (True, False):
        async with running(request("cluster-64", tmp_path)) as (app, pilot):
            await press(app, pilot, *field_keys(app, label))
            for key in keys:
                name = {"\r": "enter", "\x1b": "escape"}.get(key, key)
                app.post_message(events.Key(name, key))
                if not at_once:
                    await settled(app, pilot)
            await settled(app, pilot)
            seen.append((app.session.profile, type(app.screen)))
    assert seen[0] == seen[1]
    assert label == "Nodes" or (seen[0][0] is not None and len(seen[0][0].commitment) == 1)


async def test_what_is_typed_ahead_waits_for_what_it_is_for(tmp_path: Path) -> None:
    """A profile that opens has no values yet, and a market no figures: what was typed on went to none of them. Another
    view is not waited for on the way."""
    async with running(request(folder=tmp_path)) as (app, pilot):
        for keys in ("g down enter down 4 8 enter", "w v M enter"):
            for key in keys.split():
                app.post_message(events.Key(key, key if len(key) == 1 else None))
            await settled(app, pilot)
        assert profile_of(app).workload[0].months == 48
        assert isinstance(app.screen, SourceDialog)


async def test_no_key_but_s_writes_the_file(tmp_path: Path) -> None:
    """`5 Esc Enter` once wrote the 5 over the saved value: the dialog saved on an Enter that it did not show."""
    own = tmp_path / "ours.toml"
    own.write_text('schema = 1\nname = "Ours"\n[[workload]]\nkind = "pre-train"\nnodes = 64\nmonths = 24\n')
    before = own.read_bytes()
    async with running(request("ours", tmp_path)) as (app, pilot):
        await press(app, pilot, *field_keys(app, "Nodes"), "5", "down", "escape", "enter", "h", "enter", "q", "enter")
        assert own.read_bytes() == before
        assert app.session.edited
        await press(app, pilot, "q", "s")
        assert own.read_bytes() != before


async def test_a_paste_is_text_whatever_it_holds(tmp_path: Path) -> None:
    async with running(request("cluster-64", tmp_path)) as (app, pilot):
        await press(app, pilot, *field_keys(app, "Nodes"))
        theme = app.theme
        app.post_message(events.Paste("\x1b[31m7\x1b[0m2\x1b]0;T\x07\x00\x9b1m\r\nT\x1bq\n"))
        await settled(app, pilot)
        form = app.screen.query_one(ProfileForm)
        assert form.typed == "72 T", "all lines of it"
        assert app.theme == theme
