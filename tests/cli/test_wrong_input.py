"""Wrong profiles, price books, files and options: one error line each; and that nothing else changes the answer."""

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.support.json_contracts import strict_json, validator
from tests.support.processes import (
    CONTROL,
    PROGRAM,
    assert_one_error_line,
    bound_by_permissions,
    clean_environment,
    run,
    run_here,
)
from tests.support.profile_builder import ALL_SAMPLES

VALIDATOR = validator("advise")


def test_an_unknown_profile_gives_the_nearest_names(tmp_path: Path) -> None:
    assert_one_error_line(run_here(["advise", "cluster-46"], tmp_path), "'cluster-46'", "did you mean cluster-64")


@pytest.mark.parametrize(
    "words", [["advise"], ["advise", "cluster-64", "--book"], ["advise", "cluster-64", "--quotes"]]
)
def test_a_csv_file_in_place_of_toml_is_called_what_it_is(words: list[str], tmp_path: Path) -> None:
    (tmp_path / "prices.csv").write_text("instance_name,location,price\ng,us-1,23.92\n", encoding="utf-8")
    assert_one_error_line(run_here([*words, "prices.csv"], tmp_path), "prices.csv: found a CSV file", "TOML")


def test_a_closed_stderr_sends_no_note_into_the_answer(tmp_path: Path) -> None:
    row = (
        "instance_name,location,price,cpu,memory,gpu_count,gpu_name,gpu_memory,spot\ng,us-1,23.92,1,1,8,H100,80,False\n"
    )
    (tmp_path / "lambdalabs.csv").write_text(row, encoding="utf-8")
    script = '"$@" 2>&-'
    for words, code in ((["cluster-64", "--prices-from", "lambdalabs.csv"], 0), (["nosuch"], 1)):
        done = subprocess.run(
            ["sh", "-c", script, "sh", *PROGRAM, "advise", *words, "--json", "--paths", "100"],
            env=clean_environment(tmp_path),
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == code
        if code:
            assert done.stdout == ""
        else:
            strict_json(done.stdout)


def profile_text(**workload: str) -> str:
    """A valid profile as TOML, with some values of the workload replaced verbatim."""
    fields = {"kind": '"pre-train"', "gpu": '"H100-SXM"', "nodes": "16", "months": "12", "busy": "0.85", **workload}
    lines = [f"{key} = {value}" for key, value in fields.items()]
    return "\n".join(["schema = 1", 'name = "x"', "[[workload]]", *lines]) + "\n"


def contract(**own: str) -> str:
    """A signed contract as TOML, its header first, with some values replaced verbatim."""
    fields = {"nodes": "8", "months_left": "6", "usd_per_gpu_hour": "2.5", **own}
    return "\n".join(["[[commitment]]", *(f"{key} = {value}" for key, value in fields.items())]) + "\n"


# In profile_text the workload's header is line 3; kind, gpu, nodes, months and busy are lines 4 to 8.
WRONG: dict[str, tuple[str, list[str]]] = {
    "unknown GPU": (profile_text(gpu='"H10"'), [":5:", "gpu", "'H10'", "did you mean", "H100"]),
    "no nodes": (profile_text(nodes="0"), [":6:", "workload 1, nodes", "found 0", "at least 1"]),
    "less than no nodes": (profile_text(nodes="-1"), [":6:", "nodes", "found -1", "at least 1"]),
    "a million million nodes": (profile_text(nodes="1e12"), [":6:", "nodes", "found 1e+12", "whole number"]),
    "the same, written out": (profile_text(nodes="1_000_000_000_000"), [":6:", "1000000000000", "at most 65,536"]),
    "half a node": (profile_text(nodes="0.5"), [":6:", "nodes", "found 0.5", "whole number"]),
    "no months": (profile_text(months="0"), [":7:", "months", "found 0", "at most 60"]),
    "too many months": (profile_text(months="61"), [":7:", "months", "found 61", "at most 60"]),
    "too late an end": (profile_text(start_month="50"), ["start_month 50 + months 12", "at most 60"]),
    "more than always busy": (profile_text(busy="1.2"), [":8:", "busy", "found 1.2", "at most 1"]),
    "nan": (profile_text(busy="nan"), [":8:", "busy", "found nan"]),
    "inf": (profile_text(busy="inf"), [":8:", "busy", "found inf"]),
    "text for a number": (profile_text(nodes='"16"'), [":6:", "nodes", "'16'", "whole number"]),
    "truth for a number": (profile_text(nodes="true"), [":6:", "nodes", "True", "whole number"]),
    "a list for a number": (profile_text(months="[12]"), [":7:", "months", "[12]", "number"]),
    "unknown kind": (profile_text(kind='"training"'), [":4:", "'training'", "fine-tune, pre-train, inference"]),
    "unknown key": (profile_text(nods="4"), [":9:", "workload 1, nods", "did you mean nodes"]),
    "unknown table": (profile_text() + "[compny]\nstage = 'seed'\n", [":9:", "compny", "did you mean company"]),
    "unknown figure": (profile_text() + "[facility]\npeu = 1.2\n", [":10:", "facility, peu", "did you mean pue"]),
    "figure out of bounds": (profile_text() + "[facility]\npue = 0.5\n", [":10:", "pue", "found 0.5", "1"]),
    "a figure that is nan": (profile_text() + "[facility]\npue = nan\n", [":10:", "pue", "found nan"]),
    "a future format": (profile_text().replace("schema = 1", "schema = 2"), [":1:", "schema", "found 2"]),
    "no name": (profile_text().replace('name = "x"\n', ""), ["name", "found nothing", "allowed: text: what you call"]),
    "no work": ('schema = 1\nname = "x"\n', ["workload", "found nothing", "allowed: a [[workload]]"]),
    "an offer for one of two GPUs": (
        profile_text()
        + profile_text(gpu='"B200"').split("\n", 2)[2]
        + '[[quote]]\noption = "buy"\nusd_per_node = 1e5\n',
        ["quote 1, gpu", "found nothing", "one of H100-SXM, B200-SXM"],
    ),
    "an offer without a price": (profile_text() + '[[quote]]\noption = "buy"\n', ["quote 1", "usd_per_node"]),
    "no memory": (profile_text(memory_gb_per_gpu="0"), [":9:", "memory_gb_per_gpu", "found 0", "more than 0"]),
    "a tax of all": (profile_text() + "[company]\ntax_rate = 1\n", [":10:", "tax_rate", "found 1", "less than 1"]),
    "a negative tax": (profile_text() + "[company]\ntax_rate = -0.1\n", [":10:", "tax_rate", "at least 0"]),
    "taxable too late": (
        profile_text() + "[company]\ntaxable_from_month = 121\n",
        [":10:", "taxable_from_month", "found 121", "at most 120"],
    ),
    "taxable from half a month": (profile_text() + "[company]\ntaxable_from_month = 1.5\n", [":10:", "whole number"]),
    "unknown depreciation": (
        profile_text() + "[company]\ndepreciation = 'double'\n",
        [":10:", "depreciation", "'double'", "straight-line, macrs, bonus"],
    ),
    "an unknown other GPU": (
        profile_text() + "[market]\nother_gpus = ['H200', 'B20']\n",
        [":10:", "other_gpus 2", "'B20'", "did you mean B200"],
    ),
    "one other GPU that is not a list": (
        profile_text() + "[market]\nother_gpus = 'H200'\n",
        [":10:", "'H200'", "a list"],
    ),
    "other GPUs by number": (profile_text() + "[market]\nother_gpus = [200]\n", [":10:", "found 200", "text"]),
    "a path out of order": (
        profile_text() + "[market]\nrents_path = [[6, 1], [3, 0.5]]\n",
        ["rents_path out of order", "rising months"],
    ),
    "a path beyond every number": (profile_text() + "[market]\nrents_path = [[0, 1e308]]\n", ["[0, 1e+308] in rents"]),
    "a path nearly to nothing": (profile_text() + "[market]\nrents_path = [[0, 5e-324]]\n", ["multiples from 0.001"]),
    "an offer of nearly nothing": (
        profile_text() + '[[quote]]\noption = "on-demand"\nusd_per_gpu_hour = 5e-324\n',
        [":11:", "usd_per_gpu_hour", "at least 0.01"],
    ),
    "a key of another table": (profile_text(cash_usd="1e6"), [":9:", "workload 1, cash_usd", "company.cash_usd"]),
    "a figure of another table": (
        profile_text() + "[facility]\nnode_usd = 1\n",
        ["facility, node_usd", "gpu.node_usd"],
    ),
    "a key with a sign": (profile_text() + '"€" = 1\n', ["€: found an unknown key"]),
    "a path to nothing": (
        profile_text() + "[market]\nrents_path = [[0, 1], [6, 0]]\n",
        ["[6, 0] in rents_path", "multiples from 0.001 to 1,000"],
    ),
    "a path that is not a list": (
        profile_text() + "[market]\nrents_path = 0.5\n",
        [":10:", "rents_path", "0.5", "a list"],
    ),
    "a point that is not a pair": (
        profile_text() + "[market]\nrents_path = [0, 1]\n",
        [":10:", "rents_path 1", "found 0", "[month, multiple]"],
    ),
    "half a point": (profile_text() + "[market]\nrents_path = [[0]]\n", [":10:", "rents_path 1", "found"]),
    "a point of words": (
        profile_text() + "[market]\nrents_path = [[0, 'x']]\n",
        [":10:", "rents_path 1", "'x'", "number"],
    ),
    "a point that is nan": (profile_text() + "[market]\nrents_path = [[0, nan]]\n", [":10:", "rents_path 1", "nan"]),
    "a contract of no nodes": (profile_text() + contract(nodes="0"), [":10:", "commitment 1, nodes", "at least 1"]),
    "a contract that is over": (profile_text() + contract(months_left="0"), [":11:", "months_left", "found 0"]),
    "a contract without an end": (profile_text() + contract(months_left="61"), [":11:", "found 61", "at most 60"]),
    "a contract that pays you": (profile_text() + contract(usd_per_gpu_hour="-1"), [":12:", "found -1", "at least 0"]),
    "a fee of more than is left": (
        profile_text() + contract(termination_fee_share="1.5"),
        [":13:", "termination_fee_share", "at most 1"],
    ),
    "a word for a right": (profile_text() + contract(may_be_resold="'no'"), [":13:", "may_be_resold", "true or false"]),
    "a contract of no length": (
        profile_text() + contract().replace("months_left = 6\n", ""),
        ["commitment 1", "found neither months_left nor ends", "allowed: one of the two"],
    ),
    "an unknown key of a contract": (profile_text() + contract(node="1"), [":13:", "node", "did you mean nodes"]),
    "an escape in a contract": (profile_text() + contract(**{"from": r'"\u001b[2J"'}), [":13:", "U+001B"]),
    "too many contracts": (profile_text() + 4 * contract(), ["commitment", "at most 3"]),
    "broken TOML": (profile_text(months="12 13"), [":7:13:", "broken TOML"]),
    "TOML that stops short": (profile_text() + "[company", [":9:", "broken TOML"]),
    "an empty file": ("", ["empty file"]),
    "only a comment": ("# nothing yet\n", ["empty file"]),
    "an escape sequence in the name": (
        profile_text().replace('"x"', r'"\u001b[31mred\u001b[0m"'),
        [":2:", "name", "U+001B"],
    ),
    "a raw escape in the name": (profile_text().replace('"x"', '"\x1b[31mred"'), [":2:", "broken TOML"]),
    "text that runs backwards": (profile_text().replace('"x"', r'"a\u202eb"'), [":2:", "name", "U+202E"]),
    "an escape sequence in a key": (profile_text() + '"\\u001b[2J" = 1\n', ["unknown key"]),
    "an escape sequence in a value": (profile_text(kind=r'"\u001b[2J"'), [":4:", "kind"]),
    "an endless line": (profile_text(gpu='"' + "H" * 5000 + '"'), [":5:", "gpu"]),
    "nested too deeply": ("a = " + "[" * 5000, ["nested too deeply"]),
    "a number of 5,000 digits": (profile_text(nodes="1" * 5000), ["wrong.toml"]),
    "a number of 400 digits": (profile_text(nodes="1" * 400), [":6:", "nodes", "at most 65,536"]),
}


# Cases that might crash a process get one of their own; the others run in this process, which is quicker.
IN_A_PROCESS = {"nested too deeply", "a number of 5,000 digits", "an endless line", "an escape sequence in a value"}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_profile_is_one_line_on_stderr(case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text, words = WRONG[case]
    path = tmp_path / "wrong.toml"
    path.write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    asked = ["advise", "wrong.toml"]
    found = run(asked, tmp_path) if case in IN_A_PROCESS else run_here(asked)
    assert_one_error_line(found, "wrong.toml", *words)


def test_the_cases_of_a_process_exist() -> None:
    assert set(WRONG) >= IN_A_PROCESS


IMPOSSIBLE = {
    "[rental]\nrelease_doublings = 0": "release_doublings",
    "[rental]\nhours_per_month = 0": "hours_per_month",
    "[rental]\ngpus_per_node = 0": "gpus_per_node",
    "[rental]\nvolume_discount_from_nodes = 0": "volume_discount_from_nodes",
    "[gpu]\nneocloud_usd_per_gpu_hour = 0": "neocloud_usd_per_gpu_hour",
    "[gpu]\nnode_usd = 1e308": "node_usd",
    "[gpu]\nlead_months = 120": "lead_months",
    "[forecast]\nresale_rent_elasticity = 1e300": "resale_rent_elasticity",
}


@pytest.mark.parametrize("figure", IMPOSSIBLE)
def test_an_extreme_figure_is_refused_or_gives_a_finite_answer(figure: str, tmp_path: Path) -> None:
    """Either one error line names it, or the answer is finite and stderr is empty."""
    path = tmp_path / "wrong.toml"
    path.write_text(profile_text() + figure + "\n")
    found = run_here(["advise", "wrong.toml", "--json"], tmp_path)
    if found.code == 0:
        assert found.err == ""
        VALIDATOR.validate(strict_json(found.out))
    else:
        assert_one_error_line(found, IMPOSSIBLE[figure])


def test_a_profile_that_is_not_there(tmp_path: Path) -> None:
    assert_one_error_line(run_here(["advise", "nowhere.toml"], tmp_path), "nowhere.toml", "no such file")


def test_a_profile_that_is_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.toml")
    assert_one_error_line(run(["advise", "pipe.toml"], tmp_path), "pipe.toml", "not a regular file")


def test_a_profile_that_may_not_be_read(tmp_path: Path) -> None:
    path = tmp_path / "secret.toml"
    path.write_text(profile_text())
    path.chmod(0)
    found = run(["advise", "secret.toml"], tmp_path, program=bound_by_permissions(PROGRAM))
    assert_one_error_line(found, "secret.toml", "permission denied")


def test_a_folder_of_profiles_that_may_not_be_read(tmp_path: Path) -> None:
    folder = tmp_path / "secret"
    folder.mkdir(mode=0)
    found = run(["--profiles", "secret"], tmp_path, program=bound_by_permissions(PROGRAM))
    assert_one_error_line(found, "secret", "permission denied")


def test_a_profile_that_is_not_text(tmp_path: Path) -> None:
    (tmp_path / "binary.toml").write_bytes(b'name = "\xff\xfe"')
    assert_one_error_line(run_here(["advise", "binary.toml"], tmp_path), "binary.toml", "position 8")


def test_a_profile_saved_by_a_windows_editor(tmp_path: Path) -> None:
    """With carriage returns."""
    (tmp_path / "crlf.toml").write_bytes(profile_text().replace("\n", "\r\n").encode())
    assert run_here(["advise", "crlf.toml"], tmp_path).code == 0


WRONG_BOOKS: dict[str, tuple[str, Sequence[str]]] = {
    "not a number": ("[facility]\npue = 'low'\n", ["facility, pue", "'low'"]),
    "out of bounds": ("[facility]\npue = 0.5\n", ["pue", "0.5", "1"]),
    "unknown figure": ("[facility]\npeu = 1.5\n", ["peu", "did you mean pue"]),
    "broken TOML": ("[facility\n", ["broken TOML"]),
    "gpu that is not a table": ("gpu = 5\n", ["gpu"]),
    "nested too deeply": ("a = " + "[" * 5000, ["nested"]),
    "an escape sequence in a key": ('[facility]\n"\\u001b[2J" = 1\n', ["unknown key"]),
    "an escape sequence in a section": ('["\\u001b[2J"]\na = 1\n', ["unknown section"]),
}


@pytest.mark.parametrize("case", WRONG_BOOKS)
def test_a_wrong_book_is_one_line_on_stderr(case: str, tmp_path: Path) -> None:
    text, words = WRONG_BOOKS[case]
    (tmp_path / "book.toml").write_text(text, encoding="utf-8")
    assert_one_error_line(run_here(["advise", "cluster-64", "--book", "book.toml"], tmp_path), "book.toml", *words)


@pytest.mark.parametrize("name", ["\x1b[31mred.toml", "two\nlines.toml"])
def test_a_file_name_is_printed_without_escape_sequences(name: str, tmp_path: Path) -> None:
    """And on one line of the list."""
    folder = tmp_path / "shared"
    folder.mkdir()
    (folder / name).write_text(profile_text())
    listing = run_here(["--profiles", "shared"], tmp_path)
    assert listing.code == 0
    assert len(listing.out.splitlines()) == 2 + len(ALL_SAMPLES)  # with the head of the columns
    assert not CONTROL.search(listing.out.replace("\n", ""))
    (folder / name).write_text("broken")
    assert_one_error_line(run_here(["advise", f"shared/{name}"], tmp_path), "broken TOML")


def test_advise_writes_no_file(tmp_path: Path) -> None:
    """Not even the data directory is created."""
    with TemporaryDirectory(dir=tmp_path) as home:
        run(["advise", "cluster-64"], Path(home))
        run([], Path(home))
        assert list(Path(home).iterdir()) == []


def test_a_full_disk_is_one_line(tmp_path: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [*PROGRAM, "advise", "cluster-64"],
            env=clean_environment(tmp_path),
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert done.returncode == 1
    assert b"no space left" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_an_empty_name_is_not_a_profile(tmp_path: Path) -> None:
    assert_one_error_line(run_here(["advise", ""], tmp_path), "no profile")


def test_a_byte_order_mark_is_accepted(tmp_path: Path) -> None:
    (tmp_path / "marked.toml").write_text(profile_text(), encoding="utf-8-sig")
    assert run_here(["advise", "marked.toml"], tmp_path).code == 0


@pytest.mark.parametrize("character", ["\x0b", "\x1c", "\r", "\x85"])
def test_notes_hold_no_control_characters(character: str, tmp_path: Path) -> None:
    escaped = f"\\u{ord(character):04x}"
    (tmp_path / "p.toml").write_text(f'notes = "a{escaped}b"\n' + profile_text())
    assert_one_error_line(run_here(["advise", "p.toml"], tmp_path), "notes")


def test_a_seed_gives_the_same_bytes_and_another_seed_others(tmp_path: Path) -> None:
    asked = ["advise", "cluster-64", "--json", "--paths", "1000"]
    first, again, other = (run_here([*asked, "--seed", seed], tmp_path).out for seed in ("5", "5", "6"))
    assert first == again
    assert first != other


@pytest.mark.parametrize("option", [["--paths", "99"], ["--paths", "101"], ["--paths", "x"], ["--seed", "-1"]])
def test_invalid_paths_and_seeds_are_usage_errors(option: list[str], tmp_path: Path) -> None:
    found = run_here(["advise", "cluster-64", *option], tmp_path)
    assert found.code == 2
    assert found.out == ""
