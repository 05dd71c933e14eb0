"""Whole commands against importing numpy and pydantic, in one run: `python -m tests.benchmarks.process`.

Prints a Markdown table of processor time, user and system, of the process and its children: medians of runs that take
turns, so that a busy machine disturbs all rows alike, after one of each that is not counted. Python may write its
compiled files, as an installed program does. `--beside NAME=COMMAND` measures another command in the same run, such as
the program of an earlier commit in an environment of its own:

    --beside 'before=/elsewhere/.venv/bin/gpu-advisor advise cluster-64'
"""

import os
import shlex
import statistics
import sys
import tempfile
from collections.abc import Mapping, Sequence

from tests.benchmarks.beside import runs_and_others

RUNS = 5
FLOOR = "importing numpy and pydantic"
_PROGRAM = [sys.executable, "-m", "screens"]
_COMMANDS = ("--version", "--help", "advise cluster-64", "advise cluster-64 --json", "market --json")
_THREADS = {"OPENBLAS_NUM_THREADS": "1"}  # as the program sets for itself


def processor_s(argv: Sequence[str], environment: Mapping[str, str]) -> float:
    """Processor time of one whole process and its children, seconds. Raises RuntimeError unless it succeeds."""
    pid = os.fork()
    if pid == 0:
        nowhere = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(nowhere, stream)
        try:
            os.execvpe(argv[0], [*argv], environment)
        finally:
            os._exit(127)
    _, status, used = os.wait4(pid, 0)
    if status:
        raise RuntimeError(f"{shlex.join(argv)}: exit code {os.waitstatus_to_exitcode(status)}")
    return used.ru_utime + used.ru_stime


def medians(programs: Mapping[str, Sequence[str]], runs: int) -> dict[str, float]:
    """The median processor time of each program, seconds; they take turns."""
    found: dict[str, list[float]] = {name: [] for name in programs}
    with tempfile.TemporaryDirectory() as home:
        environment = {"PATH": os.environ["PATH"], "HOME": home, "XDG_DATA_HOME": home, **_THREADS}
        for run in range(runs + 1):
            for name, argv in programs.items():
                used = processor_s(argv, environment)
                if run:
                    found[name].append(used)
    return {name: statistics.median(times) for name, times in found.items()}


def main() -> None:
    """Measure and print."""
    runs, others = runs_and_others("tests.benchmarks.process", RUNS)
    programs = {
        FLOOR: [sys.executable, "-c", "import numpy, pydantic"],
        **{f"`gpu-advisor {words}`": [*_PROGRAM, *words.split()] for words in _COMMANDS},
        **others,
    }
    found = medians(programs, runs)
    print("| command | processor time | x importing numpy and pydantic |\n|---|--:|--:|")
    for name, seconds in found.items():
        print(f"| {name} | {seconds * 1e3:.0f} ms | {seconds / found[FLOOR]:.2f} |")


if __name__ == "__main__":
    main()
