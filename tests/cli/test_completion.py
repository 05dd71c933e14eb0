"""Completion in the shells: bash for real, every shell by what its script names; names of files are data."""

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from advisor.cli.parser import COMMANDS, VIEWS
from advisor.cli.usage import Argument, command_arguments, shared_flags
from advisor.market.gpu_names import gpu_names
from tests.support.processes import HANGS_AFTER_S, PROGRAM, clean_environment, run_here
from tests.support.profile_builder import BOOK, SAMPLES

SHELLS = ("bash", "zsh", "fish")
_ASK = """
source "$1"
shift
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
_gpu_advisor
printf '%s\\n' "${COMPREPLY[@]}"
"""


@pytest.fixture(scope="module")
def scripts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The script for each shell, in a file."""
    folder = tmp_path_factory.mktemp("scripts")
    written = {}
    for shell in SHELLS:
        found = run_here(["completion", shell])
        assert (found.code, found.err) == (0, "")
        written[shell] = folder / shell
        written[shell].write_text(found.out, encoding="utf-8")
    return written


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A folder with a program of the name that is completed."""
    program = tmp_path / "bin" / "gpu-advisor"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {" ".join(PROGRAM)} "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    return tmp_path


def bash_offers(words: Sequence[str], script: Path, home: Path) -> list[str]:
    """What real bash offers for the last of the words."""
    done = subprocess.run(
        ["bash", "--norc", "-c", _ASK, "bash", script, str(home / "bin" / "gpu-advisor"), *words],
        env=clean_environment(home),
        cwd=home,
        capture_output=True,
        text=True,
        timeout=HANGS_AFTER_S,
        check=True,
    )
    assert done.stderr == ""
    return [line for line in done.stdout.splitlines() if line]


@pytest.mark.parametrize(
    ("words", "offers"),
    [
        (["ad"], ["advise"]),
        (["s"], ["schema", "seller", "size", "sweep"]),
        (["clu"], ["cluster-64"]),
        (["advise", "in"], ["inference-8"]),
        (["compare", "cluster-64", "lo"], ["lora-one-node"]),
        (["sweep", "--jobs", "2", "pre"], ["pre-train-16"]),
        (["quote", "--profile", "fro"], ["frontier-lab-1000"]),
        (["--screen", ""], list(VIEWS)),
        (["--screen", "=", "wh"], ["why"]),
        (["--screen", "="], list(VIEWS)),
        (["size", "--kind", "in"], ["inference"]),
        (["size", "--gpu", "H"], ["H100-SXM", "H200-SXM"]),
        (["completion", ""], list(SHELLS)),
        (["market", ""], ["update"]),
        (["sweep", "--j"], ["--jobs", "--json"]),
        (["--c"], ["--calm"]),
        (["size", "--params", ""], []),
        (["advise", "nothing-such"], []),
    ],
)
def test_bash_completes(words: list[str], offers: list[str], scripts: dict[str, Path], home: Path) -> None:
    assert bash_offers(words, scripts["bash"], home) == offers


def test_bash_completes_files_and_folders(scripts: dict[str, Path], home: Path) -> None:
    for name in ("book.toml", "notes.txt"):
        (home / name).touch()
    (home / "shared").mkdir()
    script = scripts["bash"]
    assert bash_offers(["advise", "--book", "b"], script, home) == ["bin", "book.toml"]
    assert bash_offers(["advise", "--profiles", "s"], script, home) == ["shared"]
    assert bash_offers(["check", "b"], script, home) == ["bin", "book.toml"]
    assert bash_offers(["advise", "not"], script, home) == ["notes.txt"], "where no profile is meant, any file"


def test_names_of_a_folder_are_data(scripts: dict[str, Path], home: Path) -> None:
    """A file's name is neither run nor taken apart, and comes in a form that the shell takes for one word."""
    shared = home / "shared"
    shared.mkdir()
    for name in ("mine", "x $(touch pwned)", "x `touch pwned`", "x; touch pwned", "x*"):
        (shared / f"{name}.toml").touch()
    asked = ["advise", "--profiles", str(shared)]
    assert bash_offers([*asked, "mi"], scripts["bash"], home) == ["mine"]
    offers = bash_offers([*asked, "x"], scripts["bash"], home)
    assert len(offers) == 4
    assert not (home / "pwned").exists()
    script = 'for word in "$@"; do eval "printf \'%s\\n\' $word"; done'
    words = subprocess.run(
        ["bash", "-c", script, "bash", *offers], cwd=home, capture_output=True, text=True, check=True
    )
    assert set(words.stdout.splitlines()) == {"x $(touch pwned)", "x `touch pwned`", "x; touch pwned", "x*"}
    assert not (home / "pwned").exists()


@pytest.mark.parametrize("shell", SHELLS)
def test_every_command_option_and_choice_is_in_the_script(shell: str, scripts: dict[str, Path]) -> None:
    script = scripts[shell].read_text("utf-8")
    for name in (None, *COMMANDS):
        part = _part(script, shell, name)
        for one in command_arguments(name):
            for flag in one.flags:
                assert _flag(flag, shell) in part, (name, flag)
            assert all(choice in part for choice in one.choices)
            if one.takes == "profile":
                assert {"bash": "profile", "zsh": "_gpu_advisor_", "fish": "__gpu_advisor_profiles"}[shell] in part
    assert all(f"{name}" in script for name in COMMANDS)


def _part(script: str, shell: str, name: str | None) -> str:
    """What a script says of one command."""
    if shell == "fish":
        wanted = f"'__gpu_advisor_at {name or chr(34) * 2}'"
        return "\n".join(line for line in script.splitlines() if wanted in line)
    head = {"bash": f"\n    {name or chr(39) * 2})\n", "zsh": f"\n    {name or '*'})\n"}[shell]
    begin = script.index(head)
    return script[begin : script.index("\n        ;;\n", begin)]


def _flag(flag: str, shell: str) -> str:
    if shell == "fish":
        return f" -l {flag[2:]}" if flag.startswith("--") else f" -s {flag[1:]}"
    return f"{flag}[" if shell == "zsh" else flag


@pytest.mark.parametrize("shell", SHELLS)
def test_the_syntax_is_the_shells_own(shell: str, scripts: dict[str, Path], home: Path) -> None:
    """By the shell itself; one that is not installed is held to closing what it opens."""
    program = shutil.which(shell)
    if program is not None:
        done = subprocess.run([program, "-n", scripts[shell]], capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")
    lines = [line.split() for line in scripts[shell].read_text("utf-8").splitlines()]
    words = [word.rstrip(";") for line in lines for word in line]
    first = [line[0].rstrip(";") for line in lines if line]
    if shell == "fish":
        assert first.count("end") == first.count("function") + first.count("if")
    else:
        assert words.count("esac") == words.count("case")
        assert first.count("fi") == first.count("if")


def test_every_script_says_how_it_is_put_to_use(scripts: dict[str, Path]) -> None:
    for shell, path in scripts.items():
        head = path.read_text("utf-8").splitlines()[:2]
        assert any(line.startswith("# ") and f"gpu-advisor completion {shell}" in line for line in head)
    assert scripts["zsh"].read_text("utf-8").startswith("#compdef gpu-advisor\n")


def test_names_are_those_that_advise_takes(tmp_path: Path) -> None:
    for name in ("mine", "cluster-64"):
        (tmp_path / f"{name}.toml").write_bytes(SAMPLES["lora-one-node"].read_bytes())
    found = run_here(["profiles", "--names", "--profiles", tmp_path])
    assert found.out.splitlines() == ["cluster-64", "mine", *(name for name in SAMPLES if name != "cluster-64")]


def test_the_quick_names_of_gpus_are_the_books() -> None:
    assert gpu_names() == list(BOOK.gpus)


def test_what_all_commands_take_is_told_once() -> None:
    assert {"--book", "--profiles", "--paths", "--seed", "--no-color", "--quiet", "--help"} <= shared_flags()
    assert not shared_flags() & {"--json", "--calm", "--version"}


@pytest.mark.parametrize(
    ("command", "usage"),
    [
        ("compare", "PROFILE PROFILE ... [--json]"),
        ("sweep", "PROFILE --set FIELD=VALUES ... [--jobs N] [--json]"),
        ("completion", "SHELL"),
    ],
)
def test_usage_says_what_is_needed(command: str, usage: str) -> None:
    own: list[Argument] = [one for one in command_arguments(command) if not shared_flags() & {*one.flags}]
    assert " ".join(one.usage for one in own) == usage
