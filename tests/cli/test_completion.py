"""Shell completion: bash in the real shell, zsh and fish by their scripts; file names are never evaluated."""

import os
import pty
import re
import select
import shlex
import shutil
import subprocess
from collections.abc import Sequence
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path

import pytest

from advisor.cli.parser import APP, COMMANDS, VIEWS, parser_tree
from advisor.market.gpu_names import gpu_names
from tests.support.processes import HANGS_AFTER_S, PROGRAM, clean_environment, run, run_here
from tests.support.profile_builder import ALL_SAMPLES, BOOK, SAMPLES

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
    """A folder with a program of that name."""
    program = tmp_path / "bin" / "gpu-advisor"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {" ".join(PROGRAM)} "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    return tmp_path


def bash_offers(words: Sequence[str], script: Path, home: Path) -> list[str]:
    """What bash offers for the last of the words."""
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
        (["s"], ["serve-70b", "schema", "seller", "size", "sweep"]),
        (["clu"], ["cluster-64"]),
        (["advise", "in"], ["inference-8"]),
        (["compare", "cluster-64", "lo"], ["lora-one-node"]),
        (["sweep", "--jobs", "2", "pre"], ["pre-train-16"]),
        (["offers", "fro"], ["frontier-lab-1000"]),
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
    """A file's name is neither evaluated nor split, and is quoted so that the shell reads it as one word."""
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


_HOSTILE = (
    "$(touch PWNED).toml",
    "`touch PWNED`.toml",
    "a;touch PWNED;.toml",
    "a|touch PWNED|.toml",
    "a&touch PWNED&.toml",
    "a>PWNED",
    "a\ntouch PWNED\n.toml",
    "a';touch PWNED;'.toml",
    "a\t;touch PWNED;.toml",
    "!!.toml",
    "~root.toml",
    "$(touch PWNED)/",
)


@pytest.mark.parametrize("quote", ["", "'", '"'])
@pytest.mark.parametrize("name", _HOSTILE)
def test_bash_runs_no_file_name(name: str, quote: str, scripts: dict[str, Path], home: Path) -> None:
    """In an interactive bash, Tab after the first letter of the only file, then Enter."""
    work = home / "work"
    work.mkdir()
    (work / name).mkdir() if name.endswith("/") else (work / name).touch()
    environment = clean_environment(home) | {"PATH": f"{home / 'bin'}:{os.environ['PATH']}"}
    program = home / "bin" / "gpu-advisor"
    program.write_text("#!/bin/sh\n[ $1 = profiles ] || for word; do printf '%s' \"<$word>\" > ../ran; done\n", "utf-8")
    rc = home / "rc"
    settings = "bind 'set completion-query-items 1'"  # ask before many are listed
    rc.write_text(f"PS1='ready> ' PS2='more> '\n{settings}\nsource {scripts['bash']}\n", "utf-8")
    typed = f"{quote}{name[0]}" if quote or name[0] not in "$`!" else f"\\{name[0]}"
    above, below = pty.openpty()
    with (
        subprocess.Popen(
            ["bash", "--noprofile", "--rcfile", rc, "-i"],
            env=environment,
            cwd=work,
            stdin=below,
            stdout=below,
            stderr=below,
            start_new_session=True,
        ) as shell,
        ExitStack() as at_the_end,
    ):
        at_the_end.callback(shell.kill)
        os.close(below)
        _read_until_asked(above)
        os.write(above, f"gpu-advisor advise {typed}\t\t\r".encode())
        asks = _read_until_asked(above)
        if asks == "(y or n)":  # after a backtick any command may follow
            os.write(above, b"n\r")
            asks = _read_until_asked(above)
        if asks == "more> ":  # the quote is still open
            os.write(above, f"{quote}\r".encode())
            _read_until_asked(above)
        os.write(above, b"wait\r")  # for what runs in the background
        _read_until_asked(above)
    os.close(above)
    assert not (work / "PWNED").exists()
    if not quote and "\n" not in name and "\t" not in name:
        assert (home / "ran").read_text("utf-8") == f"<{name.rstrip('/')}>"


def _read_until_asked(terminal: int) -> str:
    """Read until the shell waits for a line, for the rest of one, or for an answer: how what it says ends."""
    said = b""
    while not (asked := re.search(rb"ready> $|more> $|\(y or n\)", said)):
        assert select.select([terminal], [], [], HANGS_AFTER_S)[0], f"silent: {said!r}"
        said += os.read(terminal, 4096)
    return asked[0].decode()


@pytest.mark.parametrize("shell", SHELLS)
def test_every_command_option_and_choice_is_in_the_script(shell: str, scripts: dict[str, Path]) -> None:
    lines = scripts[shell].read_text("utf-8").splitlines()
    _, by_command = parser_tree()
    for name, parser in by_command.items():
        part = _part(lines, shell, None if name == APP else name)
        for one in parser.arguments:
            if name == APP and not one.option_strings:
                continue  # the first word: the shells complete it with the commands
            for flag in one.option_strings:
                assert _flag(flag, shell) in part, (name, flag)
            assert all(str(choice) in part for choice in one.choices or ())
            if one.metavar == "PROFILE":
                assert "_gpu_advisor_profiles" in part
    assert all(f"{name}" in "\n".join(lines) for name in COMMANDS)


def _part(lines: list[str], shell: str, name: str | None) -> str:
    """The lines of a script about one command, or about the app."""
    if shell == "fish":
        condition = "_shtab_gpu_advisor_using" if name is None else f"'_shtab_gpu_advisor_using {name}"
        return "\n".join(line for line in lines if f"-n {condition}" in line)
    prefix = "_shtab_gpu_advisor_" if name is None else f"_shtab_gpu_advisor_{name}_"
    if shell == "bash":
        return "\n".join(line for line in lines if line.startswith(prefix))
    begin = lines.index(f"{prefix}options=(")
    return "\n".join(lines[begin : lines.index(")", begin)])


def _flag(flag: str, shell: str) -> str:
    if shell == "fish":
        return f" -l {flag[2:]}" if flag.startswith("--") else f" -s {flag[1:]}"
    return flag


@pytest.mark.parametrize("shell", SHELLS)
def test_the_syntax_is_the_shells_own(shell: str, scripts: dict[str, Path]) -> None:
    """Every quote is closed and every block of fish ends; where the shell is installed, it agrees."""
    text = scripts[shell].read_text("utf-8")
    assert unclosed(text, shell) == ""
    if shell == "fish":
        first = [line.split()[0] for line in text.splitlines() if line.strip()]
        assert first.count("end") == sum(map(first.count, ("function", "if", "for", "switch", "begin", "while"))) > 0
    if program := shutil.which(shell):
        done = subprocess.run([program, "-n", scripts[shell]], capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")


def unclosed(text: str, shell: str) -> str:
    """The quote that is still open at the end of a script, if there is one."""
    single = r"'(?:[^'\\]|\\.)*'" if shell == "fish" else r"'[^']*'"  # in fish, \' stands in single quotes
    closed = re.compile(rf"\\.|{single}|\"(?:[^\"\\]|\\.)*\"|(?<!\\S)#[^\n]*|[^'\"\\]", re.DOTALL)
    place = 0
    while found := closed.match(text, place):
        place = found.end()
    return text[place : place + 1]


@pytest.mark.parametrize("script", ["echo 'a", 'echo "a', "echo 'a' \"b\\\"", "echo a'"])
def test_an_open_quote_is_found(script: str) -> None:
    assert all(unclosed(script, shell) in ("'", '"') for shell in SHELLS)
    assert unclosed(f"# it's a comment\n{script[:4]}", "bash") == ""


@pytest.mark.parametrize(
    ("line", "offer"),
    [
        ("gpu-advisor ad", "advise"),
        ("gpu-advisor clu", "cluster-64"),
        ("gpu-advisor cluster-64 --screen w", "why"),
        ("gpu-advisor advise --profiles shared x", "x; touch pwned"),
        ("gpu-advisor size --gpu H200", "H200-SXM"),
    ],
)
def test_fish_completes(line: str, offer: str, scripts: dict[str, Path], home: Path) -> None:
    """By the rules in the script; where fish is installed, it offers the same."""
    (home / "shared").mkdir()
    (home / "shared" / "x; touch pwned.toml").touch()
    assert offer in offers_by_the_rules(line, scripts["fish"].read_text("utf-8"), home)
    if program := shutil.which("fish"):
        environment = clean_environment(home) | {"PATH": f"{home / 'bin'}:{os.environ['PATH']}"}
        done = subprocess.run(
            [program, "-c", f"source {scripts['fish']}; complete -C '{line}'"],
            env=environment,
            cwd=home,
            capture_output=True,
            text=True,
            timeout=HANGS_AFTER_S,
            check=True,
        )
        assert offer in [found.split("\t")[0] for found in done.stdout.splitlines()]
    assert not (home / "pwned").exists()


def offers_by_the_rules(line: str, script: str, home: Path) -> list[str]:
    """What the rules of a fish script offer for the last word: those of the command, for an option's value or else for
    an argument in this place."""
    *words, begun = line.split()[1:]
    with_value = re.findall("^set -g _shtab_gpu_advisor_opts_with_value (.*)$", script, re.MULTILINE)[0].split()
    command = [word for word in words if word in COMMANDS][:1]
    arguments = [
        word
        for before, word in pairwise(["", *words])
        if not word.startswith("-") and before not in with_value and word not in command
    ]
    option = words[-1] if words and words[-1] in with_value else None
    offers: list[str] = []
    for rule in map(shlex.split, re.findall("^complete -c gpu-advisor -n .*$", script, re.MULTILINE)):
        using, _, place = rule[4].partition("; and test $_shtab_gpu_advisor_npos ")
        fits = rule[5:7] == ["-l", option[2:]] if option else place in (f"-eq {len(arguments)}", "-ge 0")
        if fits and using.split()[1:] == command:
            (offer,) = (after for flag, after in pairwise(rule) if flag in ("-a", "-ka", "-xka"))
            offers += _offered(offer, words, script, home)
    return [offer for offer in offers if offer.startswith(begun)]


def _offered(offer: str, words: list[str], script: str, home: Path) -> list[str]:
    """The words of a rule; for names of profiles, those the program prints."""
    if offer != "(__gpu_advisor_profiles)":
        return offer.split()
    assert "\n    gpu-advisor profiles --names $folder 2>/dev/null\n" in script
    folder = words[words.index("--profiles") :][:2] if "--profiles" in words else []
    return run(["profiles", "--names", *folder], home).out.splitlines()


def test_every_script_says_how_to_install_it(scripts: dict[str, Path]) -> None:
    for shell, path in scripts.items():
        head = path.read_text("utf-8").splitlines()[:2]
        assert any(line.startswith("# ") and f"gpu-advisor completion {shell}" in line for line in head)
    assert scripts["zsh"].read_text("utf-8").startswith("#compdef gpu-advisor\n")


def test_offered_names_are_those_that_advise_takes(tmp_path: Path) -> None:
    for name in ("mine", "cluster-64"):
        (tmp_path / f"{name}.toml").write_bytes(SAMPLES["lora-one-node"].read_bytes())
    found = run_here(["profiles", "--names", "--profiles", tmp_path])
    assert found.out.splitlines() == ["cluster-64", "mine", *(name for name in ALL_SAMPLES if name != "cluster-64")]


def test_the_gpu_names_read_without_the_book_are_the_books() -> None:
    assert gpu_names() == tuple(BOOK.gpus)
