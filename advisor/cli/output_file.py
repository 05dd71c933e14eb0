"""Files that commands write: `--write` and `--force`, reports, and profiles."""

from argparse import ArgumentParser
from pathlib import Path
from typing import TYPE_CHECKING

from advisor.errors import SaveError
from advisor.reports.export_file import TakenError, write_report

if TYPE_CHECKING:
    from advisor.profiles.schema import Profile


def add_write_arguments(parser: ArgumentParser) -> None:
    """Add the options that write a profile with a workload."""
    parser.add_argument("--write", metavar="FILE", help="write a profile with the workload to this file")
    parser.add_argument("--force", action="store_true", help="replace that file if it exists")


def write_output(path: Path, text: str, *, over: bool) -> None:
    """Write a text to a file. over: whether one that exists may be replaced. Raises SaveError."""
    try:
        write_report(path, text, over=over)
    except TakenError as error:
        raise SaveError(error.where, error.found, "a new name, or --force to replace it") from None


def write_profile(profile: "Profile", path: Path, *, over: bool) -> None:
    """Write a profile to a file. over: whether one that exists may be replaced. Raises SaveError."""
    from advisor.files.toml_document import fresh_content
    from advisor.profiles.store import profile_table

    write_output(path, fresh_content(profile_table(profile)).decode(), over=over)
