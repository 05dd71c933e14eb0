"""What a terminal sends, as events: a paste is text whatever it contains, keys and known sequences go through Textual's
parser, and everything else is dropped. An unknown sequence is never taken for the keys that it is spelled with."""

import re
from codecs import getincrementaldecoder
from collections.abc import Generator, Iterator

from textual import constants
from textual._xterm_parser import (
    FOCUSIN,
    FOCUSOUT,
    XTermParser,
    _re_cursor_position,
    _re_in_band_window_resize,
    _re_mouse_event,
    _re_terminal_mode_response,
)
from textual.events import Key, Paste
from textual.message import Message

_ESCAPE = "\x1b"
_PASTE_START, _PASTE_END = "\x1b[200~", "\x1b[201~"
_PASTE_SILENCE_S = 5.0  # a paste whose end was lost does not keep the app deaf
_LONGEST_PASTE = 1 << 20  # characters; the rest is dropped
_LONGEST_SEQUENCE = 64
_LARGEST_SIZE = 20_000  # cells or pixels; Textual divides by them and makes a line of each
# A control sequence, a function key, a string such as the answer to a query; each may still lack its end.
_SEQUENCE = re.compile(
    r"\x1b\[M[^\x1b]{3}|\x1b\[\d+\$(?![a-z])|\x1b\[(?!M)\[?[0-?]*[ -/]*[@-Z\\-~]|\x1bO[ -~]"
    r"|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)"
)
_BEGUN = re.compile(r"\x1b(?:\[(?:M[^\x1b]{0,2}|\[?[0-?]*[ -/]*)|O|[\]PX^_][^\x07\x1b]*\x1b?)?\Z")
_CUT_SHORT = re.compile(r"\x1b(?:[\[O][ -?]*|[\]PX^_][^\x07\x1b]*)")
_ESCAPES = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_][^\x07\x1b\n]*(?:\x07|\x1b\\)?|[ -/]*[0-~])|\x9b[0-?]*[ -/]*[@-~]"
)


def plain_paste(text: str) -> str:
    """A pasted text without escape sequences and without what is not printable; line ends stay."""
    lines = _ESCAPES.sub("", text).replace("\r\n", "\n").replace("\r", "\n")
    return "".join(letter for letter in lines if letter.isprintable() or letter == "\n")


class InputReader:
    """Cuts the bytes of a terminal into pastes, sequences and text. Bytes that are not UTF-8 are dropped: a terminal
    of another character set, a Meta key of eight bits, noise on the line."""

    def __init__(self, parser: XTermParser, escape_s: float = constants.ESCAPE_DELAY) -> None:
        """escape_s: how long an ESC waits for the rest of a sequence, before it is the key."""
        self._parser, self._escape_s = parser, escape_s
        self._decode = getincrementaldecoder("utf-8")("ignore").decode
        self._rest = ""  # what is not understood yet
        self._paste: list[str] | None = None
        self._deadline: float | None = None

    def read(self, data: bytes, now: float) -> Iterator[Message]:
        """The events of some bytes, none when time has passed without any.

        Args:
            data: what the terminal sent, empty when it sent nothing for a moment.
            now: seconds on a clock that only goes forward.
        """
        if data:
            self._rest += self._decode(data)
            yield from self._cut()
            waits = self._paste is not None or bool(self._rest)
            delay = self._escape_s if self._paste is None else _PASTE_SILENCE_S
            self._deadline = now + delay if waits else None
        elif self._deadline is not None and now >= self._deadline:
            self._deadline = None
            yield from self._give_up_waiting()

    def patience_s(self, now: float) -> float | None:
        """How long to wait for more bytes; None when nothing is begun."""
        return None if self._deadline is None else max(0.0, self._deadline - now)

    def _cut(self) -> Iterator[Message]:
        while self._rest:
            if self._paste is not None:
                if not (yield from self._cut_paste()):
                    return
            elif self._rest[0] != _ESCAPE:
                text, escape, rest = self._rest.partition(_ESCAPE)
                self._rest = escape + rest
                yield from self._known(text)
            elif self._rest.startswith(_PASTE_START):
                self._rest, self._paste = self._rest[len(_PASTE_START) :], []
            elif not (yield from self._cut_sequence()):
                return

    def _cut_paste(self) -> Generator[Message, None, bool]:
        """Add to the paste; the result is whether its end was there. An end within what was pasted, before the real
        one of the same burst, is text too."""
        assert self._paste is not None
        end = self._rest.find(_PASTE_END)
        if end >= 0:
            following = self._rest.find(_PASTE_START, end)
            end = self._rest.rfind(_PASTE_END, end, len(self._rest) if following < 0 else following)
        if end < 0:
            kept = next((n for n in range(len(_PASTE_END) - 1, 0, -1) if self._rest.endswith(_PASTE_END[:n])), 0)
            self._take_paste(self._rest[: len(self._rest) - kept])
            self._rest = self._rest[len(self._rest) - kept :]
            return False
        self._take_paste(self._rest[:end])
        self._rest = self._rest[end + len(_PASTE_END) :]
        yield from self._end_paste()
        return True

    def _take_paste(self, text: str) -> None:
        if self._paste is not None and sum(map(len, self._paste)) < _LONGEST_PASTE:
            self._paste.append(text)

    def _end_paste(self) -> Iterator[Message]:
        text, self._paste = "".join(self._paste or ()), None
        yield Paste(plain_paste(text))

    def _cut_sequence(self) -> Generator[Message, None, bool]:
        """Hand on one sequence or key with Alt, or drop it; the result is whether it was whole."""
        found = _SEQUENCE.match(self._rest)
        if found is not None:
            sequence = found.group()
            self._rest = self._rest[len(sequence) :]
            if self._is_known(sequence):
                yield from self._parser.feed(sequence)
            return True
        if _BEGUN.match(self._rest) is not None:
            if len(self._rest) > _LONGEST_SEQUENCE and self._rest[1] in "[O":
                self._rest = ""
            return False
        following = self._rest[1]
        if following == _ESCAPE:  # two sequences in a row: the first is the key
            self._rest = self._rest[1:]
            yield Key("escape", _ESCAPE)
        elif following in "[O]PX^_":  # a sequence that something else cuts short
            cut = _CUT_SHORT.match(self._rest)
            self._rest = self._rest[cut.end() if cut else 2 :]
        else:
            self._rest = self._rest[2:]
            yield from self._with_alt(following)
        return True

    def _give_up_waiting(self) -> Iterator[Message]:
        """What was begun stays without an end: the Esc key, or a key with Alt; anything longer is dropped."""
        if self._paste is not None:
            self._take_paste(self._rest)
            yield from self._end_paste()
        elif self._rest == _ESCAPE:
            yield Key("escape", _ESCAPE)
        elif len(self._rest) == 2:
            yield from self._with_alt(self._rest[1])
        self._rest = ""

    def _with_alt(self, character: str) -> Iterator[Message]:
        """A key with Alt, unless that is taken for the key alone."""
        whole = list(self._parser._sequence_to_key_events(_ESCAPE + character))
        keys = self._parser._sequence_to_key_events(character, alt=True)
        yield from whole or (key for key in keys if key.key.startswith("alt+"))

    def _known(self, text: str) -> Iterator[Message]:
        yield from self._parser.feed(text) if text else ()

    def _is_known(self, sequence: str) -> bool:
        """Whether Textual's parser understands a whole sequence; it would type out another one."""
        if sequence in (FOCUSIN, FOCUSOUT):
            return True
        if size := _re_in_band_window_resize.fullmatch(sequence):
            return all(0 < int(number.partition(":")[0]) <= _LARGEST_SIZE for number in size.groups())
        if any(report.match(sequence) for report in (_re_mouse_event, _re_terminal_mode_response, _re_cursor_position)):
            return True
        try:
            keys = list(self._parser._sequence_to_key_events(sequence))
        except (ValueError, OverflowError):  # a code point that there is not
            return False
        return bool(keys) and not any("\ud800" <= (key.character or "") <= "\udfff" for key in keys)
