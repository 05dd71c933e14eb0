"""The arguments of benchmarks that measure other programs in the same run."""

import argparse
import shlex


def runs_and_others(module: str, runs: int) -> tuple[int, dict[str, list[str]]]:
    """How many runs of each program are wanted, and the programs of `--beside NAME=COMMAND` by name.

    Args:
        module: Name of the benchmark's module.
        runs: How many there are by default.
    """
    parser = argparse.ArgumentParser(f"python -m {module}")
    parser.add_argument("--beside", action="append", default=[], metavar="NAME=COMMAND", help="another program")
    parser.add_argument("--runs", type=int, default=runs, help=f"runs of each program ({runs})")
    options = parser.parse_args()
    pairs = (text.partition("=") for text in options.beside)
    return options.runs, {name: shlex.split(command) for name, _, command in pairs}
