"""The one parser of the command line: the app's form, the commands, and their errors."""

import pytest

from advisor.cli.parser import _FLAGS, _WITH_VALUE, APP, COMMANDS, parse, parser_tree


def test_the_app_opens_on_a_bare_profile_name() -> None:
    request = parse(["cluster-64", "--screen", "why"])
    assert (request.command, request.profile, request.screen) == (None, "cluster-64", "why")
    assert parse([]).profile is None
    assert parse(["--calm"]).calm is True


def test_a_profile_may_have_the_parsers_name_for_the_app() -> None:
    request = parse([APP])
    assert (request.command, request.profile) == (None, APP)


def test_a_command_has_its_own_options_and_the_shared_ones() -> None:
    request = parse(["size", "--params", "7e9", "--tokens", "1e12", "--seed", "3"])
    assert (request.command, request.seed, request.options.params) == ("size", 3, 7e9)


@pytest.mark.parametrize(
    ("words", "command", "profile"),
    [
        (["--quiet", "--book", "check", "advise", "x"], "advise", "x"),
        (["--json", "advise", "x", "--seed", "3"], "advise", "x"),
        (["--quotes", "f", "--json", "advise", "x"], "advise", "x"),
        (["--book=f", "--no-color", "advise", "x"], "advise", "x"),
        (["--screen", "why", "x"], None, "x"),
        (["--quiet", "x"], None, "x"),
    ],
)
def test_options_may_stand_before_the_command(words: list[str], command: str | None, profile: str) -> None:
    request = parse(words)
    assert (request.command, request.profile) == (command, profile)


def test_the_options_known_before_a_command_are_those_of_the_parser() -> None:
    _, by_command = parser_tree([APP])
    takes = {flag: one.nargs != 0 for one in by_command[APP].arguments for flag in one.option_strings}
    assert {flag for flag, value in takes.items() if value} == set(_WITH_VALUE)
    flags = {flag for flag, value in takes.items() if not value} - {"-h", "--help", "--version"}
    assert flags == set(_FLAGS) - {"--json"}


def test_the_general_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        parse(["--help"])
    assert left.value.code == 0
    listed = [line.split()[0] for line in capsys.readouterr().out.splitlines() if line.startswith("    ")]
    assert [name for name in COMMANDS if name not in listed] == []
    assert APP not in listed


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["advize", "cluster-64"], "found no command 'advize'; allowed: did you mean advise"),
        (["cluster-64", "json"], "found no command 'cluster-64'; allowed: one of advise, backtest"),
        (
            ["train", "128", "H100", "for", "2", "years"],
            "found 6 words; allowed: a plan in quotes, as 'train 128 H100 for 2 years'; see gpu-advisor --help",
        ),
        (["advise", "64", "H100"], "found 2 words; allowed: a plan in quotes, as '64 H100'"),
        (["size", "3"], "gpu-advisor size: unrecognized arguments: 3; see gpu-advisor size --help"),
        (["advise", "one", "two"], "gpu-advisor advise: unrecognized arguments: two; see gpu-advisor advise --help"),
        (
            ["advise", "cluster-64", "--qoutes=a.toml"],
            "unrecognized arguments: --qoutes=a.toml; did you mean --quotes?",
        ),
        (["--screen", "why"], "gpu-advisor: --screen needs the PROFILE that it shows; see gpu-advisor --help"),
        (["cluster-64", "--json"], "gpu-advisor: unrecognized arguments: --json; see gpu-advisor --help"),
        (
            ["size", "--tokens", "\x1b[31m"],
            "gpu-advisor size: argument --tokens: '\\x1b[31m' is not a number of tokens",
        ),
    ],
)
def test_a_wrong_command_line_is_told_in_one_line(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as left:
        parse(words)
    assert left.value.code == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1
    assert error.removesuffix("\n").isprintable()


def test_one_command_line_imports_one_command() -> None:
    _, by_command = parser_tree(["size"])
    assert any("--params" in one.option_strings for one in by_command["size"].arguments)
    assert by_command["advise"].arguments == []
