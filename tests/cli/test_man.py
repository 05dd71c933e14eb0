"""The manual page: the shipped page is current, complete, and renders without a warning."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from advisor import __version__
from advisor.cli.commands.man import shared_flags, usage
from advisor.cli.parser import APP, COMMANDS, EXIT_CODES, Parser, parser_tree
from tests.support.folders import ROOT
from tests.support.processes import run_here

BY_COMMAND = parser_tree()[1]
SHIPPED = ROOT / "man" / "gpu-advisor.1"


@pytest.fixture(scope="module")
def page() -> str:
    """The page as the program prints it."""
    found = run_here(["man"])
    assert (found.code, found.err) == (0, "")
    return found.out


def test_the_shipped_page_is_current(page: str) -> None:
    """When this fails: `gpu-advisor man > man/gpu-advisor.1`."""
    assert SHIPPED.read_text("utf-8") == page


def test_every_command_and_option_is_on_the_page(page: str) -> None:
    plain = re.sub(r"\\f[BIR]|\\&", "", page).replace(r"\-", "-").replace(r"\e", "\\")
    shared = shared_flags(BY_COMMAND.values())
    assert f"gpu-advisor {__version__}" in plain
    for name, parser in BY_COMMAND.items():
        part = plain if name == APP else plain[plain.index(f"\n.SS {name}\n") :]
        for one in parser.arguments:
            assert all(flag in part for flag in one.option_strings if name == APP or flag not in shared)
            assert str(one.help) in plain
    assert all(f"\n.TP\n{code}\n{meaning}\n" in plain for code, meaning in EXIT_CODES)


def test_every_roff_request_is_intended(page: str) -> None:
    """A line that begins with a dot or a quote is a request: all are known ones."""
    requests = {line.split()[0] for line in page.splitlines() if line.startswith((".", "'"))}
    assert requests == {".TH", ".SH", ".SS", ".SY", ".YS", ".PP", ".TP"}
    assert page.isascii()
    assert not re.search(r"\\[^efBIR&\-(]", page)


def test_it_renders_without_a_warning(page: str, tmp_path: Path) -> None:
    """By groff where it is installed; the test above covers the rest."""
    groff = shutil.which("groff")
    if groff is None:
        return
    path = tmp_path / "gpu-advisor.1"
    path.write_text(page, encoding="ascii")
    done = subprocess.run(
        [groff, "-man", "-ww", "-Tascii", "-P-cbou", path], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    shown = " ".join(done.stdout.split())
    for name in COMMANDS:
        assert f"gpu-advisor {name} [options]" in shown
    assert "--book FILE your own figures" in shown


def test_man_finds_it_in_a_manpath(tmp_path: Path) -> None:
    """As in an environment where it is installed."""
    man = shutil.which("man")
    if man is None:
        assert SHIPPED.name == "gpu-advisor.1"
        return
    folder = tmp_path / "share" / "man" / "man1"
    folder.mkdir(parents=True)
    shutil.copy(SHIPPED, folder)
    environment = {"PATH": os.environ["PATH"], "MANPATH": str(folder.parent), "MANPAGER": "cat", "LANG": "C.UTF-8"}
    done = subprocess.run([man, "gpu-advisor"], env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "rent, reserve or buy GPU compute" in done.stdout


def test_options_of_all_commands_are_listed_once() -> None:
    shared = shared_flags(BY_COMMAND.values())
    assert {"--book", "--profiles", "--paths", "--seed", "--no-color", "--quiet", "--help"} <= shared
    assert not shared & {"--json", "--calm", "--version"}


def test_usage_says_what_is_needed() -> None:
    parser = Parser("x", add_help=False)
    parser.add_argument("profile", metavar="PROFILE")
    parser.add_argument("others", metavar="PROFILE", nargs="+")
    parser.add_argument("--set", metavar="FIELD=VALUES", action="append", required=True)
    parser.add_argument("--sort", choices=("given", "cost"))
    parser.add_argument("-j", "--jobs", metavar="N")
    parser.add_argument("--json", action="store_true")
    assert usage(parser, ()) == "PROFILE PROFILE ... --set FIELD=VALUES ... [--sort given|cost] [--jobs N] [--json]"
    assert usage(parser, ("--set", "--sort", "--json")) == "PROFILE PROFILE ... [--jobs N]"
