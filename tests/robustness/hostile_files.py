"""Hostile profiles, price books, file names and arguments. The same seed gives the same mutations."""

import contextlib
import json
import os
import random
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from advisor.profiles.store import sample_entries

ESCAPES = (
    "\x1b[2J",
    "\x1b]0;owned\x07",
    "\x1b]8;;http://example.com\x1b\\link",
    "\x9b31m",
    "[red]x[/red]",
    "[@click=app.quit]",
    "\u202egnp.exe",
    "\u2066\u2069",
    "\u200b",
    "a\rb",
    "a\x08b",
    "a\x00b",
    "\x7f",
    "\ud7ff\ufeff",
    "\U000e0041",
    "é" * 9,
)
LARGEST = 4 * 2**20  # bytes of a mutation; what is larger by far is thought of by hand
EXPANSIONS = (
    "$HOME",
    "${HOME}",
    "~",
    "~root",
    "$ADVISOR_SECRET",
    "%ADVISOR_SECRET%",
    "$(id)",
    "`id`",
    "{0.__class__}",
    "%(x)s",
    "${env:ADVISOR_SECRET}",
    "{{7*7}}",
    "__import__('os').system('id')",
    "file:///etc/passwd",
    "\\\\host\\share",
)
NAMES = (
    "../outside/secret",
    "..",
    ".",
    "/",
    "/etc/passwd",
    "~",
    "~/outside/secret",
    "$HOME",
    "-",
    "--",
    "con",
    "a/b",
    "....//secret",
    "..\\secret",
    "secret\n.toml",
    "x" * 10_000,
    "x/" * 3000,
    "\x1b[31m",
    "\u202elmot",
    "*",
    "?",
    "[a-z]",
    "/dev/zero",
    "/dev/stdin",
    "/proc/self/mem",
    "/proc/self/environ",
    "/dev/tty",
    ".trash",
    ".gpu-advisor",
    "%00",
)


@dataclass(frozen=True)
class Hostile:
    """One input: a description, the name of its file and how to make it, and the arguments of the program."""

    what: str
    name: bytes
    make: Callable[[Path, Path], None]
    arguments: tuple[str, ...]


def profiles_by_hand() -> Iterator[Hostile]:
    """All inputs written by hand."""
    yield from _texts_by_hand()
    yield from _special_files()
    yield from _file_names()
    yield from _arguments()


def file_of(content: bytes) -> Callable[[Path, Path], None]:
    """A function that makes a file with this content, and the folders above it."""

    def make(path: Path, _: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

    return make


def _profile(what: str, content: str | bytes) -> Hostile:
    raw = content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass")
    return Hostile(what, b"mine.toml", file_of(raw), ("advise", "{path}", "--paths", "100"))


START = 'schema = 1\nname = "x"\n'
WORK = '[[workload]]\nkind = "pre-train"\nnodes = 16\nmonths = 12\n'


def _texts_by_hand() -> Iterator[Hostile]:
    """Profiles that are nested too deeply, too long or too large, and ones with odd bytes, escapes or shell syntax."""
    n = 100_000
    shapes = {
        "arrays in arrays": "a = " + "[" * n,
        "closed arrays": "a = " + "[" * n + "]" * n,
        "twenty arrays": START + "a = " + "[" * 20 + "]" * 20 + "\n" + WORK,
        "tables in tables": "a = " + "{a=" * n,
        "a long dotted key": "a." * n + "a = 1",
        "a deep header": "[" + "a." * n + "a]",
        "a deep header in a profile": START + WORK + "[facility." + "a." * 9000 + "a]\n",
        "many headers": "".join(f"[a{i}]\n" for i in range(20_000)),
        "many deep headers": "".join(f"[a.b.c.d.e.f.g.h.i{i}]\n" for i in range(9_000)),
        "many workloads": START + WORK * 4_000,
        "many keys": START + "".join(f"k{i} = 1\n" for i in range(20_000)) + WORK,
        "many quotes": START + WORK + '[[quote]]\noption = "buy"\nusd_per_node = 1\n' * 4000,
        "many comments": "#\n" * n + START + WORK,
        "blank lines": "\n" * 200_000 + START + WORK,
        "a comment of one line": "#" + "x" * 250_000 + "\n" + START + WORK,
        "spaces": START + " " * 240_000 + "\n" + WORK,
        "an integer of 5,000 digits": "a = " + "9" * 5000,
        "of 4,000": START + WORK.replace("16", "9" * 4000),
        "a hexadecimal number": START + WORK.replace("16", "0x" + "f" * 200_000),
        "a binary number": START + WORK.replace("16", "0b" + "1" * 200_000),
        "1e999": START + WORK.replace("12", "1e999"),
        "many digits after the point": START + WORK.replace("12", "12." + "1" * 200_000),
        "a share of next to nothing": START + WORK + "busy = 5e-324\n",
        "nan": START + WORK.replace("12", "nan"),
        "inf": START + WORK.replace("12", "inf"),
        "-0": START + WORK.replace("12", "-0.0"),
        "underscores": START + WORK.replace("16", "1_" * 50_000 + "6"),
        "a date": START + WORK.replace("16", "9999-12-31"),
        "year 0": START + WORK.replace("16", "0000-00-00"),
        "a time": START + WORK.replace("16", "25:61:61"),
        "a string without end": 'name = "' + "x" * 250_000,
        "quotes": 'name = """' + '"' * 200_000,
        "backslashes": 'name = "' + "\\\\" * 100_000 + '"',
        "escapes": 'name = "' + "\\u0041" * 40_000 + '"',
        "a name of 10,000 characters": START.replace('"x"', '"' + "x" * 10_000 + '"') + WORK,
        "a key of 200,000 characters": START + "k" * 200_000 + " = 1\n" + WORK,
        "a wrong surrogate": 'name = "\\ud800"',
        "beyond Unicode": 'name = "\\UFFFFFFFF"',
        "workload as text": 'workload = "x"',
        "workload as number": "workload = 5",
        "workload of numbers": START + "workload = [1, 2]",
        "an empty list": "workload = []",
        "schema 2": "schema = 2",
        "a schema of text": 'schema = "1"',
        "true": "schema = true",
        "nothing": "",
        "blanks": " \n\t\n",
        "a key twice": 'name = "a"\nname = "b"',
        "a table twice": "[a]\n[a]",
        "classes": "__class__ = 1\n__init__ = 2",
        "a long array": "a = [" + "1," * 120_000 + "]",
        "a long inline table": "a = {" + ",".join(f"k{i}=1" for i in range(20_000)) + "}",
    }
    for what, text in shapes.items():
        yield _profile(what, text)
    for raw in (
        b"\xff\xfe",
        b"\x00" * 100,
        b"\xef\xbb\xbf" * 3,
        b"a\x00=1",
        bytes(range(256)),
        b"\x1b[2J",
        b"\xc0\xaf",
        b"\xed\xa0\x80",
    ):
        yield _profile(f"bytes {raw[:8]!r}", raw)
    yield _profile("UTF-16", (START + WORK).encode("utf-16"))
    for text in (*ESCAPES, *EXPANSIONS):
        quoted = json.dumps(text)
        fields = {
            "name": START.replace('"x"', quoted) + WORK,
            "raw name": START.replace('"x"', f"'{text}'") + WORK,
            "gpu": START + WORK + f"gpu = {quoted}\n",
            "key": START + WORK + f"{quoted} = 1\n",
            "table": START + WORK + f"[{quoted}]\na = 1\n",
            "from": START + WORK + f'[[quote]]\noption = "buy"\nusd_per_node = 1e5\nfrom = {quoted}\n',
            "comment": f"# {text}\n" + START + WORK,
            "reason": START + WORK + f"[company]\nrental_forbidden_because = {quoted}\n",
            "figure": START + WORK + f"[facility]\n{quoted} = 1\n",
        }
        for field, content in fields.items():
            if text in EXPANSIONS and field not in ("name", "key", "reason"):
                continue  # one field of each kind will do
            yield _profile(f"{field} {text!a}"[:40], content)


def _special_files() -> Iterator[Hostile]:
    """Pipes, devices, folders and links in place of a file."""
    link_to: dict[str, str] = {
        "a link out": "../outside/secret.toml",
        "a link to a device": "/dev/zero",
        "a link to itself": "mine.toml",
        "a link to memory": "/proc/self/mem",
        "a link to a terminal": "/dev/tty",
        "a link to a folder": "..",
        "a link to nothing": "nowhere.toml",
        "a link up, down and out": "../shared/../outside/secret.toml",
    }
    arguments = ("advise", "{path}", "--paths", "100")

    def listening(path: Path, _: Path) -> None:
        with socket.socket(socket.AF_UNIX) as end, contextlib.chdir(path.parent):
            end.bind(path.name)

    def sparse(path: Path, _: Path) -> None:
        path.touch()
        os.truncate(path, 1 << 40)

    makers: dict[str, Callable[[Path, Path], None]] = {what: _link(target) for what, target in link_to.items()}
    makers |= {
        "a pipe": lambda path, _: os.mkfifo(path),
        "a folder": lambda path, _: path.mkdir(),
        "a socket": listening,
        "a terabyte": sparse,
        "a second name of a file outside": lambda path, outside: path.hardlink_to(outside),
    }
    for what, make in makers.items():
        yield Hostile(what, b"mine.toml", make, arguments)
        if "out" not in what:  # a book is named by the user who runs the program, and a link to it is theirs
            yield Hostile(
                f"{what} as a book", b"mine.toml", make, ("advise", "cluster-64", "--book", "{path}", "--paths", "100")
            )


def _link(target: str) -> Callable[[Path, Path], None]:
    def make(path: Path, _: Path) -> None:
        path.symlink_to(target)

    return make


def _file_names() -> Iterator[Hostile]:
    """Valid and broken profiles under names with terminal escapes."""
    names = [
        text.replace("/", "_").replace("\x00", "").encode("utf-8", "surrogateescape") for text in (*ESCAPES, *NAMES)
    ]
    names += [b"\xff\xfe", b"\x9b31m", b"new\nline", b"-rf", b" ", b"x" * 249, "é".encode() * 124]
    for number, name in enumerate(names):
        content = "broken" if number % 2 else START + WORK
        file = name[:250] + b".toml"
        asked = ("advise", "{path}", "--json", "--paths", "100")
        yield Hostile(f"a file called {file[:30]!r}", file, file_of(content.encode()), asked)


def _arguments() -> Iterator[Hostile]:
    """Paths that lead out of the folder, as profile and as price book; the file in the folder is valid."""
    good = file_of((START + WORK).encode())
    for name in (*NAMES, *ESCAPES, *EXPANSIONS):
        word = name.replace("\x00", "")
        yield Hostile(f"the profile {word[:30]!a}", b"mine.toml", good, ("advise", "--", word))
        yield Hostile(
            f"the book {word[:30]!a}", b"mine.toml", good, ("advise", "cluster-64", "--paths", "100", f"--book={word}")
        )


def profile_mutation(chance: random.Random, number: int) -> Hostile:
    """A sample with some bytes, lines or values changed; sometimes as a price book or under an odd name."""
    text = mutated(chance, chance.choice(_samples()))
    name = b"mine.toml"
    if chance.random() < 0.2:
        letters = "".join(
            chr(chance.choice((0x1B, 0x9B, 0x202E, 0x41, 0x20, 0x2E, 0x7E, 0x1F600, 0x0A))) for _ in range(9)
        )
        name = letters.encode() + b".toml"
    arguments: tuple[str, ...] = ("advise", "{path}", "--paths", "100")
    if chance.random() < 0.2:
        arguments = ("advise", "cluster-64", "--paths", "100", "--book", "{path}")
    return Hostile(f"mutation {number}", name, file_of(text), arguments)


def mutated(chance: random.Random, text: bytes) -> bytes:
    """A text after one to four random changes."""
    for _ in range(chance.randint(1, 4)):
        text = chance.choice(_MUTATORS)(chance, text)[:LARGEST]
    return text


def _samples() -> list[bytes]:
    return [entry.path.read_bytes() for entry in sample_entries()]


def _flip(chance: random.Random, text: bytes) -> bytes:
    place = chance.randrange(len(text) or 1)
    return text[:place] + bytes([chance.randrange(256)]) + text[place + 1 :]


def _cut(chance: random.Random, text: bytes) -> bytes:
    start = chance.randrange(len(text) or 1)
    return text[:start] + text[start + chance.randrange(1, 40) :]


def _shuffle(chance: random.Random, text: bytes) -> bytes:
    lines = text.splitlines(keepends=True)
    chance.shuffle(lines)
    return b"".join(lines)


def _repeat(chance: random.Random, text: bytes) -> bytes:
    lines = text.splitlines(keepends=True) or [b""]
    return text + chance.choice(lines) * chance.choice((1, 2, 50, 2000))


def _revalue(chance: random.Random, text: bytes) -> bytes:
    """Another value for one key."""
    tokens = [
        b"-1",
        b"0",
        b"1e308",
        b"-1e308",
        b"5e-324",
        b"nan",
        b"9" * 30,
        b"0x10",
        b"true",
        b"[]",
        b"{}",
        b'""',
        b"1979-05-27",
        b"'''\n'''",
        b"[[1]]",
        *(json.dumps(text).encode() for text in (*ESCAPES, *EXPANSIONS)),
    ]
    lines = text.splitlines(keepends=True)
    chosen = [number for number, line in enumerate(lines) if b"=" in line]
    if chosen:
        number = chance.choice(chosen)
        lines[number] = lines[number].partition(b"=")[0] + b"= " + chance.choice(tokens) + b"\n"
    return b"".join(lines)


def _insert(chance: random.Random, text: bytes) -> bytes:
    place = chance.randrange(len(text) + 1)
    piece = chance.choice(
        (*ESCAPES, *EXPANSIONS, '"""', "'''", "[[", "]]", "{", "=", "\\", "\n", "#", "[workload]\n", "a.b.c=1\n")
    )
    return text[:place] + piece.encode("utf-8", "surrogatepass") + text[place:]


_MUTATORS = (_flip, _cut, _shuffle, _repeat, _revalue, _insert)
