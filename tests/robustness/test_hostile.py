"""The real commands on hostile files, names and arguments: one clear error line or a correct answer in limited time,
and nothing outside the folder is read, written or printed."""

import json
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from advisor.profiles.store import load_profile
from tests.robustness.hostile_files import Hostile
from tests.robustness.hostile_runs import by_hand_count, inputs
from tests.support.long_runs import every, examples, quick_and_long
from tests.support.processes import HANGS_AFTER_S, PROGRAM, clean_environment, names_in
from tests.support.profile_builder import BOOK, SAMPLES

MUTATIONS = examples(2, 160)
STEP = every(16)
STARTS = examples(2, 16)  # of the app, with 14 keys each
LINE_LIMIT = 2_100  # characters
SECRET, EXPANDED = "TOP SECRET", "EXPANDED-VALUE"
_CALLS = (
    "open openat openat2 creat rename renameat renameat2 unlink unlinkat rmdir mkdir mkdirat link linkat symlink "
    "symlinkat chmod fchmodat truncate mknod mknodat execve connect"
)
_TRACED = re.compile(r"(?:\d+ +)?(\w+)\((.*)\) += (-?\d+)(<.*>)?")


def run_all(
    home: Path, seed: int, count: int, trace: Path | None, driver: str = "tests.robustness.hostile_runs"
) -> list[dict[str, Any]]:
    """The outcome of every run. trace: where to write the system calls that name files; driver: the module that makes
    the inputs, files or keys."""
    for name in ("shared", "outside", "cwd"):
        (home / name).mkdir(parents=True)
    text = re.sub('^name = ".*"', f'name = "{SECRET}"', SAMPLES["cluster-64"].read_text(), flags=re.M)
    (home / "outside" / "secret.toml").write_text(text)
    own = {f"XDG_{kind.upper()}_HOME": str(home / "shared" / kind) for kind in ("cache", "state")}
    command = [sys.executable, "-B", "-m", driver, str(home), str(seed), str(count), str(STEP)]
    if trace is not None:
        calls = "trace=" + ",".join(_CALLS.split())
        command = ["strace", "-f", "--seccomp-bpf", "-y", "-s", "12000", "-o", str(trace), "-e", calls, *command]
    done = subprocess.run(
        command,
        cwd=home / "cwd",
        env=clean_environment(home, ADVISOR_SECRET=EXPANDED, **own),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def faults(run: dict[str, Any]) -> list[str]:
    """The faults in the outcome of one run."""
    said = run["out"] + run["err"]
    signs = {letter for letter in said if not letter.isprintable() and letter != "\n"}
    checks = {
        f"ended with {run['code']}: {''.join(run['err'].splitlines()[-3:])}": run["code"] not in (0, 1, 2),
        "a traceback": "Traceback" in said or "internal error" in said,
        f"on the terminal: {signs!a}": bool(signs),
        "an error that is not one line": run["code"] == 1 and (len(run["err"].splitlines()) != 1 or run["out"] != ""),
        "a line too long": max(map(len, run["err"].splitlines()), default=0) > LINE_LIMIT,
        "the secret": SECRET in said and "second name" not in run["what"],  # a hard link is the file itself
        "an expanded variable": EXPANDED in said,
    }
    return [f"{run['what']}, {run['act']}: {fault}" for fault, holds in checks.items() if holds]


def wrong_calls(trace: Path, home: Path) -> tuple[list[str], int]:
    """The system calls that touched anything outside the folder, and the number of calls checked."""
    wrong, count = [], 0
    for line in trace.read_text(errors="replace").splitlines():
        match = _TRACED.match(line)
        if match is None or int(match[3]) < 0:
            continue
        count += 1
        if not _allowed(match[1], match[2], (match[4] or "").strip("<>"), home):
            wrong.append(line)
    return wrong, count


def _allowed(call: str, arguments: str, opened: str, home: Path) -> bool:
    ours = (str(home / "shared"), str(home / "harness"))
    if call in ("execve", "connect"):
        return False
    if not call.startswith(("open", "creat")):
        return any(folder in arguments for folder in ours)
    if opened in ("/dev/null", "/dev/urandom"):
        return True
    if re.search(r"O_(WRONLY|RDWR|CREAT|TRUNC)", arguments):
        return opened.startswith(ours)
    return not opened.startswith(("/dev/", f"{home}/outside/"))


def can_trace(folder: Path) -> bool:
    """Whether system calls can be traced here: strace is installed and may attach."""
    if shutil.which("strace") is None:
        return False
    probe = ["strace", "-f", "--seccomp-bpf", "-o", str(folder / "probe"), "true"]
    return subprocess.run(probe, capture_output=True, check=False).returncode == 0


def assert_nothing_outside(home: Path, trace: Path | None, runs: int) -> None:
    """Nothing outside the folder has changed; where system calls can be traced, none touched it."""
    assert names_in(home) == ["cwd", "harness", "outside", "shared"]
    assert names_in(home / "cwd") == []
    assert names_in(home / "outside") == ["secret.toml"]
    assert "changed" not in (home / "outside" / "secret.toml").read_text()
    if trace is not None:
        wrong, count = wrong_calls(trace, home)
        assert count > runs, "the trace covers the program"
        started = [line for line in wrong if "execve(" in line]
        assert [line for line in wrong if line not in started] == []
        assert len(started) == 1, "only the program itself was started"


@quick_and_long
def test_hostile_inputs_give_one_error_line_or_an_answer_and_touch_nothing_outside(tmp_path: Path) -> None:
    trace = tmp_path / "trace" if can_trace(tmp_path) else None
    home = tmp_path / "home"
    runs = run_all(home, 1, by_hand_count() + MUTATIONS, trace)
    assert len({run["what"] for run in runs}) > 300 // STEP
    assert [fault for run in runs for fault in faults(run)] == []
    endings = Counter((run["act"], run["code"]) for run in runs)
    assert endings["advise", 0] > 50 // STEP, "harmless ones are answered"
    assert endings["save", 0] > 50 // STEP, "and saved"
    assert endings["advise", 1] > 200 // STEP
    for kind in ("catalog", "cached", "record", "quotes"):
        codes = {run["code"] for run in runs if run["what"].startswith(f"{kind}:")}
        assert 0 in codes, f"a harmless {kind} is read"
    assert_nothing_outside(home, trace, len(runs))


@quick_and_long
def test_hostile_keys_crash_nothing_and_touch_nothing_outside(tmp_path: Path) -> None:
    trace = tmp_path / "trace" if can_trace(tmp_path) else None
    home = tmp_path / "home"
    runs = run_all(home, 1, STARTS, trace, "tests.robustness.hostile_keys")
    assert [fault for run in runs for fault in faults(run)] == []
    assert len(runs) == STARTS
    assert len({run["out"] for run in runs}) == STARTS, "every start took another course"
    assert_nothing_outside(home, trace, len(runs))


def test_the_same_seed_makes_the_same_inputs(tmp_path: Path) -> None:
    count = by_hand_count() + 50
    one, again, other = (list(inputs(seed, count)) for seed in (1, 1, 2))
    assert [hostile.what for hostile in one] == [hostile.what for hostile in again]
    assert made(one[-50:], tmp_path) == made(again[-50:], tmp_path) != made(other[-50:], tmp_path)


def made(hostiles: list[Hostile], folder: Path) -> list[bytes]:
    found = []
    for hostile in hostiles:
        hostile.make(folder / "made", folder)
        found.append((folder / "made").read_bytes())
    return found


def test_the_checks_find_every_kind_of_fault() -> None:
    good = {"what": "x", "act": "advise", "code": 1, "out": "", "err": "gpu-advisor: no\n"}
    assert faults(good) == []
    wrong: list[dict[str, Any]] = [{"code": -9}, {"code": 3, "err": "internal error"}]
    wrong += [{"err": text} for text in ("a\nb\n", "\x1b[2J", "a\u202eb", "x" * 3000, SECRET, EXPANDED)]
    for change in wrong:
        assert faults(good | change), change


TRACES = {
    'openat(AT_FDCWD</h/cwd>, "/h/outside/secret.toml", O_RDONLY) = 3</h/outside/secret.toml>': True,
    'openat(AT_FDCWD</h/cwd>, "x", O_WRONLY|O_CREAT, 0666) = 3</h/cwd/x>': True,
    'openat(AT_FDCWD</h/cwd>, "/dev/zero", O_RDONLY) = 3</dev/zero>': True,
    'rename("/h/a", "/h/b") = 0': True,
    "connect(3, {sa_family=AF_INET}, 16) = 0": True,
    'openat(AT_FDCWD</h/cwd>, "/h/outside/secret.toml", O_RDONLY) = -1 ENOENT (No such file or directory)': False,
    '12 openat(4</h/shared>, "mine.toml", O_RDONLY) = 3</h/shared/mine.toml>': False,
    '12 renameat(4</h/shared>, "a", 4</h/shared>, "b") = 0': False,
}


@pytest.mark.parametrize("line", TRACES)
def test_the_trace_is_parsed(line: str, tmp_path: Path) -> None:
    (tmp_path / "trace").write_text(line + "\n")
    assert bool(wrong_calls(tmp_path / "trace", Path("/h"))[0]) == TRACES[line]


DEEP = {
    "escaped quotes": 'a = """' + '\\"""' * 40_000,
    "single quotes": "'''" * 80_001,
    "one long quote": '"' * 250_000,
    "bare keys": "a." * 100_000 + "a = 1",
    "quoted keys": '"a".' * 50_000 + "a = 1",
    "a header": "[" + "a . " * 60_000 + "a]",
}


@pytest.mark.parametrize("case", DEEP)
def test_text_that_would_take_minutes_to_parse_is_refused(case: str, tmp_path: Path) -> None:
    """The standard parser's time grows with the square of the number of parts of a key."""
    (tmp_path / "mine.toml").write_text(DEEP[case])
    done = subprocess.run(
        [*PROGRAM, "advise", "mine.toml"],
        cwd=tmp_path,
        env=clean_environment(tmp_path),
        capture_output=True,
        text=True,
        timeout=HANGS_AFTER_S,
        check=False,
    )
    assert done.returncode == 1
    assert "mine.toml" in done.stderr


def test_dots_in_text_and_comments_are_not_deep_keys(tmp_path: Path) -> None:
    dots = ".".join("a" * 40)
    work = '[[workload]]\nkind = "pre-train"\nnodes = 1\nmonths = 1\n'
    path = tmp_path / "mine.toml"
    path.write_text(f"# {dots}\nname = \"{dots}\" # {dots}\nnotes = '''{dots}\n{dots}'''\n{work}")
    assert load_profile(path, BOOK).name == dots
