"""Run the program on hostile inputs, and list them.

    .venv/bin/python -m tests.robustness.hostile_runs FOLDER SEED COUNT STEP  one JSON line a run: input and outcome

The real commands run on every input, each in a process forked from one that has loaded every module: the answer, the
list of profiles, and a save. A process may use `CPU_SECONDS`.
"""

import contextlib
import gc
import io
import json
import os
import random
import resource
import shutil
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

from advisor.market.forecast.default_paths import DEFAULT_PATHS
from advisor.market.price_book import PriceBook, built_in_book
from advisor.profiles.schema import Profile
from tests.robustness.hostile_files import START, WORK, Hostile, profile_mutation, profiles_by_hand
from tests.robustness.hostile_tables import table_mutation, tables_by_hand

CPU_SECONDS = 20  # for an input that never ends; no other needs as much on a slow machine
WALL_SECONDS = 240  # reached only by a process that waits for something
TABLES_SHARE = 0.4  # of the mutations


HARMLESS = ("catalog: a zip", "quotes: from '$HOME'", "cached: good", "record: name '$HOME'")


def inputs(seed: int, count: int, step: int = 1) -> Iterator[Hostile]:
    """The first `count` inputs: those written by hand, then random mutations. step: of those by hand, take every n-th,
    and the harmless ones."""
    chance = random.Random(seed)
    by_hand = [*profiles_by_hand(), *tables_by_hand()]
    yield from (
        hostile for number, hostile in enumerate(by_hand[:count]) if number % step == 0 or hostile.what in HARMLESS
    )
    for number in range(len(by_hand), count):
        yield (table_mutation if chance.random() < TABLES_SHARE else profile_mutation)(chance, number)


def by_hand_count() -> int:
    """The number of inputs written by hand."""
    return len([*profiles_by_hand(), *tables_by_hand()])


def run_input(hostile: Hostile, home: Path, harness: Path) -> Iterator[dict[str, Any]]:
    """Put the input into the shared folder and run the program on it; where that makes sense, also list the folder and
    save over the file."""
    folder, outside = home / "shared", home / "outside" / "secret.toml"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    path = folder / os.fsdecode(hostile.name)
    hostile.make(path, outside)
    asked = [word.replace("{path}", str(path)) for word in hostile.arguments]
    common = ["--profiles", str(folder)]
    answered = _run("advise", [asked[0], *common, *asked[1:]], path, harness)
    yield answered
    if path.suffix != ".toml":
        return
    if hostile.name != b"mine.toml" or not path.is_file():
        yield _run("list", common, path, harness)
    if answered["code"] == 0 or path.is_symlink() or not path.is_file():
        yield _run("save", [], path, harness)


def _run(act: str, arguments: list[str], path: Path, harness: Path) -> dict[str, Any]:
    """The outcome of one run: exit code (negative: the signal), stdout and stderr."""
    with TemporaryFile(dir=harness) as out, TemporaryFile(dir=harness) as err:
        child = os.fork()
        if child == 0:
            _run_program(act, arguments, path, out.fileno(), err.fileno())
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


def _run_program(act: str, arguments: list[str], path: Path, out: int, err: int) -> None:
    """Run the program in this process."""
    from screens.__main__ import main

    os.dup2(out, 1)
    os.dup2(err, 2)
    sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115 - for the rest of this process
    sys.stderr = open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115 - as above
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))  # of this process alone
    code = 99
    try:
        code = _save_over(path) if act == "save" else main(arguments)
    except SystemExit as leaving:
        code = int(leaving.code or 0)
    except BaseException:  # noqa: BLE001 - the test looks for tracebacks
        import traceback

        traceback.print_exc()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _save_over(path: Path) -> int:
    """Open, change and save a profile as the app does; opening it again must give what was saved."""
    from advisor.cli.parser import fail
    from advisor.errors import AdvisorError
    from advisor.market.price_book import built_in_book
    from advisor.profiles.store import load_to_edit, save_profile

    try:
        opened = load_to_edit(path, built_in_book())
        changed = opened.profile.model_copy(update={"notes": "changed"})
        save_profile(changed, path, opened.content)
        if load_to_edit(path, built_in_book()).profile != changed:
            raise AssertionError("the saved profile reads differently")
    except AdvisorError as error:
        return fail(error)
    return 0


def main() -> None:
    """Run the program on the inputs of the command line; FOLDER has a secret outside the folder of profiles."""
    home, seed, count, step = Path(sys.argv[1]), *map(int, sys.argv[2:5])
    harness = home / "harness"
    harness.mkdir()
    _load(harness)
    for hostile in inputs(seed, count, step):
        for outcome in run_input(hostile, home, harness):
            print(json.dumps({"what": hostile.what, **outcome}), flush=True)  # noqa: T201 - the answer


def _load(harness: Path) -> None:
    """Import and cache once what does not depend on the input; a process of its own would need over a second for it."""
    from screens.__main__ import main

    _remember_answers()
    path = harness / "warm.toml"
    path.write_text(START + WORK)
    words = [
        ["advise", name, *form, "--paths", "100"] for name in ("cluster-64", str(path)) for form in ([], ["--json"])
    ]
    for arguments in [*words, ["market"], ["record"]]:
        with contextlib.redirect_stdout(io.StringIO()):
            main(arguments)
    with contextlib.redirect_stderr(io.StringIO()):
        _save_over(path)
        main(["advise", str(harness / "nobody.toml")])
    path.unlink()
    gc.freeze()  # loaded modules stay shared with every child


def _remember_answers() -> None:
    """Cache answers by profile: many inputs are the same plan under another name or with another comment."""
    from advisor.decision import advise as advice

    compute = advice.advise
    known: dict[tuple[str, str, int, int], advice.Advice] = {}

    def advise(profile: Profile, book: PriceBook, paths: int = DEFAULT_PATHS, seed: int = 0) -> advice.Advice:
        if book != built_in_book():
            return compute(profile, book, paths, seed)
        key = (profile.model_dump_json(), profile.model_dump_json(exclude_unset=True), paths, seed)
        if key not in known:
            known[key] = compute(profile, book, paths, seed)
        return known[key]

    advice.advise = advise


if __name__ == "__main__":
    main()
