"""Inputs made by somebody who means harm, the same for the same seed, and a process that lets the program meet them.

    .venv/bin/python -m tests.hostile FOLDER SEED COUNT      one JSON line an input: what it was and how it ended

Every input meets the real commands in a process of its own, forked from one that has everything loaded: the answer, the
list of profiles, and a save. A process may compute for two seconds.
"""

import contextlib
import json
import os
import random
import resource
import shutil
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

from advisor.library import sample_entries

CPU_SECONDS = 2
WALL_SECONDS = 20  # only a process that waits for something gets there
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
    """One input: what it is, the file it is (or how to make it), and what the program is asked."""

    what: str
    name: bytes
    make: Callable[[Path, Path], None]
    arguments: tuple[str, ...]


def inputs(seed: int, count: int) -> Iterator[Hostile]:
    """So many inputs: all that were thought of by hand, then mutations without end."""
    chance = random.Random(seed)
    by_hand = [*_texts_by_hand(), *_special_files(), *_file_names(), *_arguments()]
    for number in range(count):
        yield by_hand[number] if number < len(by_hand) else _mutation(chance, number)


def by_hand_count() -> int:
    """How many inputs are not random."""
    return len([*_texts_by_hand(), *_special_files(), *_file_names(), *_arguments()])


def _file(content: bytes) -> Callable[[Path, Path], None]:
    def make(path: Path, _: Path) -> None:
        path.write_bytes(content)

    return make


def _profile(what: str, content: str | bytes) -> Hostile:
    raw = content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass")
    return Hostile(what, b"mine.toml", _file(raw), ("advise", "{path}", "--paths", "100"))


_START = 'schema = 1\nname = "x"\n'
_WORK = '[[workload]]\nkind = "pre-train"\nnodes = 16\nmonths = 12\n'


def _texts_by_hand() -> Iterator[Hostile]:
    """Profiles that are too deep, too long, too large, of odd bytes, or full of what a terminal or shell obeys."""
    n = 100_000
    shapes = {
        "arrays in arrays": "a = " + "[" * n,
        "closed arrays": "a = " + "[" * n + "]" * n,
        "twenty arrays": _START + "a = " + "[" * 20 + "]" * 20 + "\n" + _WORK,
        "tables in tables": "a = " + "{a=" * n,
        "a long dotted key": "a." * n + "a = 1",
        "a deep header": "[" + "a." * n + "a]",
        "a deep header in a profile": _START + _WORK + "[facility." + "a." * 9000 + "a]\n",
        "many headers": "".join(f"[a{i}]\n" for i in range(20_000)),
        "many deep headers": "".join(f"[a.b.c.d.e.f.g.h.i{i}]\n" for i in range(9_000)),
        "many workloads": _START + _WORK * 4_000,
        "many keys": _START + "".join(f"k{i} = 1\n" for i in range(20_000)) + _WORK,
        "many quotes": _START + _WORK + '[[quote]]\noption = "buy"\nusd_per_node = 1\n' * 4000,
        "many comments": "#\n" * n + _START + _WORK,
        "blank lines": "\n" * 200_000 + _START + _WORK,
        "a comment of one line": "#" + "x" * 250_000 + "\n" + _START + _WORK,
        "spaces": _START + " " * 240_000 + "\n" + _WORK,
        "an integer of 5,000 digits": "a = " + "9" * 5000,
        "of 4,000": _START + _WORK.replace("16", "9" * 4000),
        "a hexadecimal number": _START + _WORK.replace("16", "0x" + "f" * 200_000),
        "a binary number": _START + _WORK.replace("16", "0b" + "1" * 200_000),
        "1e999": _START + _WORK.replace("12", "1e999"),
        "many digits after the point": _START + _WORK.replace("12", "12." + "1" * 200_000),
        "nan": _START + _WORK.replace("12", "nan"),
        "inf": _START + _WORK.replace("12", "inf"),
        "-0": _START + _WORK.replace("12", "-0.0"),
        "underscores": _START + _WORK.replace("16", "1_" * 50_000 + "6"),
        "a date": _START + _WORK.replace("16", "9999-12-31"),
        "year 0": _START + _WORK.replace("16", "0000-00-00"),
        "a time": _START + _WORK.replace("16", "25:61:61"),
        "a string without end": 'name = "' + "x" * 250_000,
        "quotes": 'name = """' + '"' * 200_000,
        "backslashes": 'name = "' + "\\\\" * 100_000 + '"',
        "escapes": 'name = "' + "\\u0041" * 40_000 + '"',
        "a name of 10,000 characters": _START.replace('"x"', '"' + "x" * 10_000 + '"') + _WORK,
        "a key of 200,000 characters": _START + "k" * 200_000 + " = 1\n" + _WORK,
        "a wrong surrogate": 'name = "\\ud800"',
        "beyond Unicode": 'name = "\\UFFFFFFFF"',
        "workload as text": 'workload = "x"',
        "workload as number": "workload = 5",
        "workload of numbers": _START + "workload = [1, 2]",
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
    yield _profile("UTF-16", (_START + _WORK).encode("utf-16"))
    for text in (*ESCAPES, *EXPANSIONS):
        quoted = json.dumps(text)
        fields = {
            "name": _START.replace('"x"', quoted) + _WORK,
            "raw name": _START.replace('"x"', f"'{text}'") + _WORK,
            "gpu": _START + _WORK + f"gpu = {quoted}\n",
            "key": _START + _WORK + f"{quoted} = 1\n",
            "table": _START + _WORK + f"[{quoted}]\na = 1\n",
            "from": _START + _WORK + f'[[quote]]\noption = "buy"\nusd_per_node = 1e5\nfrom = {quoted}\n',
            "comment": f"# {text}\n" + _START + _WORK,
            "reason": _START + _WORK + f"[company]\nrental_forbidden_because = {quoted}\n",
            "figure": _START + _WORK + f"[facility]\n{quoted} = 1\n",
        }
        for field, content in fields.items():
            if text in EXPANSIONS and field not in ("name", "key", "reason"):
                continue  # one field of each kind will do
            yield _profile(f"{field} {text!a}"[:40], content)


def _special_files() -> Iterator[Hostile]:
    """What is no file, or another one."""
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
        if "out" not in what:  # a book is named by whoever runs the program, and a link to it is theirs
            yield Hostile(
                f"{what} as a book", b"mine.toml", make, ("advise", "cluster-64", "--book", "{path}", "--paths", "100")
            )


def _link(target: str) -> Callable[[Path, Path], None]:
    def make(path: Path, _: Path) -> None:
        path.symlink_to(target)

    return make


def _file_names() -> Iterator[Hostile]:
    """Good profiles and broken ones under names that a terminal obeys."""
    names = [
        text.replace("/", "_").replace("\x00", "").encode("utf-8", "surrogateescape") for text in (*ESCAPES, *NAMES)
    ]
    names += [b"\xff\xfe", b"\x9b31m", b"new\nline", b"-rf", b" ", b"x" * 249, "é".encode() * 124]
    for number, name in enumerate(names):
        content = "broken" if number % 2 else _START + _WORK
        file = name[:250] + b".toml"
        asked = ("advise", "{path}", "--json", "--paths", "100")
        yield Hostile(f"a file called {file[:30]!r}", file, _file(content.encode()), asked)


def _arguments() -> Iterator[Hostile]:
    """Names that lead elsewhere, as profile and as book; the file in the folder is a good one."""
    good = _file((_START + _WORK).encode())
    for name in (*NAMES, *ESCAPES, *EXPANSIONS):
        word = name.replace("\x00", "")
        yield Hostile(f"the profile {word[:30]!a}", b"mine.toml", good, ("advise", "--", word))
        yield Hostile(
            f"the book {word[:30]!a}", b"mine.toml", good, ("advise", "cluster-64", "--paths", "100", f"--book={word}")
        )


def _mutation(chance: random.Random, number: int) -> Hostile:
    """A sample with some of its bytes, lines or values made worse; now and then as a book or under an odd name."""
    text = chance.choice(_samples())
    for _ in range(chance.randint(1, 4)):
        text = chance.choice(_MUTATORS)(chance, text)
    name = b"mine.toml"
    if chance.random() < 0.2:
        letters = "".join(
            chr(chance.choice((0x1B, 0x9B, 0x202E, 0x41, 0x20, 0x2E, 0x7E, 0x1F600, 0x0A))) for _ in range(9)
        )
        name = letters.encode() + b".toml"
    arguments: tuple[str, ...] = ("advise", "{path}", "--paths", "100")
    if chance.random() < 0.2:
        arguments = ("advise", "cluster-64", "--paths", "100", "--book", "{path}")
    return Hostile(f"mutation {number}", name, _file(text), arguments)


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


# Meeting them


def meet(hostile: Hostile, home: Path, harness: Path) -> Iterator[dict[str, Any]]:
    """Put the input in the shared folder and let the program answer on it; where that is worth a try, list the folder
    and save over it."""
    folder, outside = home / "shared", home / "outside" / "secret.toml"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    path = folder / os.fsdecode(hostile.name)
    hostile.make(path, outside)
    asked = [word.replace("{path}", str(path)) for word in hostile.arguments]
    common = ["--profiles", str(folder)]
    answered = _run("advise", [asked[0], *common, *asked[1:]], path, harness)
    yield answered
    if hostile.name != b"mine.toml" or not path.is_file():
        yield _run("list", common, path, harness)
    if answered["code"] == 0 or path.is_symlink() or not path.is_file():
        yield _run("save", [], path, harness)


def _run(act: str, arguments: list[str], path: Path, harness: Path) -> dict[str, Any]:
    """How one run ended: exit code (negative: the signal), stdout and stderr."""
    with TemporaryFile(dir=harness) as out, TemporaryFile(dir=harness) as err:
        child = os.fork()
        if child == 0:
            _become(act, arguments, path, out.fileno(), err.fileno())
        code = _wait(child)
        return {"act": act, "code": code, "out": _read(out.fileno()), "err": _read(err.fileno())}


def _read(handle: int) -> str:
    return os.pread(handle, 10_000_000, 0).decode("utf-8", "surrogateescape")


def _wait(child: int) -> int:
    end = time.monotonic() + WALL_SECONDS
    while True:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        if time.monotonic() > end:
            os.kill(child, signal.SIGKILL)
        time.sleep(0.001)


def _become(act: str, arguments: list[str], path: Path, out: int, err: int) -> None:
    """The program itself, in this process."""
    from screens.__main__ import main

    os.dup2(out, 1)
    os.dup2(err, 2)
    sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115 - for the rest of this process
    sys.stderr = open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115 - as above
    used = int(time.process_time()) + CPU_SECONDS
    resource.setrlimit(resource.RLIMIT_CPU, (used + 1, used + 1))
    code = 99
    try:
        code = _save_over(path) if act == "save" else main(arguments)
    except SystemExit as leaving:
        code = int(leaving.code or 0)
    except BaseException:  # noqa: BLE001 - a traceback is what is looked for
        import traceback

        traceback.print_exc()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _save_over(path: Path) -> int:
    """Open, change and save a profile as the app does; what is saved must come back."""
    from advisor.cli import fail
    from advisor.errors import AdvisorError
    from advisor.library import open_to_edit, save_profile
    from advisor.market.book import built_in_book

    try:
        opened = open_to_edit(path, built_in_book())
        changed = opened.profile.model_copy(update={"notes": "changed"})
        save_profile(changed, path, opened.content)
        if open_to_edit(path, built_in_book()).profile != changed:
            raise AssertionError("what was saved does not come back")
    except AdvisorError as error:
        return fail(error)
    return 0


def main() -> None:
    """Meet so many inputs; HOME is the first argument, with a secret outside the folder of profiles."""
    home, seed, count = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    harness = home / "harness"
    harness.mkdir()
    first = Hostile("warm", b"mine.toml", _file((_START + _WORK).encode()), ("advise", "{path}", "--paths", "100"))
    list(meet(first, home, harness))
    _load()
    for hostile in inputs(seed, count):
        for outcome in meet(hostile, home, harness):
            print(json.dumps({"what": hostile.what, **outcome}), flush=True)  # noqa: T201 - the answer


def _load() -> None:
    """Everything the program imports on its way, once for all."""
    from advisor.advice import advise
    from advisor.library import open_profile, save_profile
    from advisor.market.book import built_in_book
    from advisor.report import text_report

    del text_report
    book = built_in_book()
    profile = open_profile(sample_entries()[0].path, book)
    advise(profile, book, 100, 0)
    path = Path(sys.argv[1]) / "harness" / "warm.toml"
    save_profile(profile, path, save_profile(profile.model_copy(update={"notes": "x"}), path).content)
    path.unlink()


if __name__ == "__main__":
    main()
