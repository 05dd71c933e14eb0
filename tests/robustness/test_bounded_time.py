"""Any text of at most 256 kB is read, and every fault in it is told, in work that grows with its length; one file that
fails hides no other.

Speed is not measured: the work is counted, or a text is chosen that took minutes.
"""

import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from advisor.array_types import Bools
from advisor.decision.cost_options import cost_options
from advisor.decision.flips.moved_inputs import MovedInput
from advisor.decision.flips.switching_values import Points, switching_values
from advisor.decision.joint import joint_advice
from advisor.errors import InputError
from advisor.input_id import InputId
from advisor.market.price_book import PriceBook
from advisor.offers.mail.read import read_mail
from advisor.profiles.check_file import MAX_FAULTS, check_file
from advisor.profiles.error_lines import FieldLines
from advisor.profiles.schema import Profile
from advisor.profiles.store import Entry, load_profile
from screens.state.profile_list import ProfileList
from tests.support.processes import run_here
from tests.support.profile_builder import BOOK

HEAD = 'schema = 1\nname = "x"\n'
WORK = '[[workload]]\nkind = "pre-train"\nnodes = 0\nmonths = 12\n'
GOOD = HEAD + WORK.replace("nodes = 0", "nodes = 2")
LONG = 200_000
SHAPES = {
    "a line of blanks": " " * LONG + "\n",
    "a line of tabs": "\t" * LONG + "\n",
    "blanks after a comment": "# a" + " " * LONG + "\n",
    "blanks in a text": 'notes = """a\n' + " " * LONG + '\n"""\n',
    "brackets in a text": 'notes = """\n' + "[" * LONG + '\n"""\n',
    "a bracket and blanks in a text": 'notes = """\n[' + " " * LONG + '\n"""\n',
    "a bracket and letters in a text": 'notes = """\n[' + "a " * (LONG // 2) + '\n"""\n',
    "equal signs in a text": 'notes = """\n' + "=" * LONG + '\n"""\n',
    "quotes in a text": "notes = '''\n" + '"' * LONG + "\n'''\n",
    "unknown keys": "".join(f"k{i} = 1\n" for i in range(18_000)),
    "unknown tables": "".join(f"[k{i}]\n" for i in range(18_000)),
    "a long unknown key": "a" * LONG + " = 1\n",
}


@pytest.mark.parametrize("shape", SHAPES)
def test_a_long_text_is_read_to_its_fault(shape: str, tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    path.write_text(HEAD + SHAPES[shape] + WORK, encoding="utf-8")
    with pytest.raises(InputError):
        load_profile(path, BOOK)
    found = check_file(path, BOOK).faults
    assert found
    assert len(found) <= MAX_FAULTS + 1


@pytest.mark.parametrize("table", ["facility", "gpu"])
def test_a_check_stops_after_some_faults_and_says_so(table: str, tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    path.write_text(GOOD + f"[{table}]\n" + "".join(f"k{i} = 1\n" for i in range(18_000)), encoding="utf-8")
    found = check_file(path, BOOK).faults
    assert len(found) == MAX_FAULTS + 1
    assert found[0].line == 7 + 1
    assert f"more than {MAX_FAULTS} errors" in found[-1].message


def steps_of(work: Callable[[], object]) -> int:
    """The instructions that something runs."""
    count = 0

    def step(*_: Any) -> Any:
        nonlocal count
        count += 1
        return step

    sys.settrace(step)
    try:
        work()
    finally:
        sys.settrace(None)
    return count


def test_the_lines_of_a_text_are_read_once() -> None:
    """The instructions run for twice the text are twice as many."""

    def work(blanks: int) -> None:
        lines = FieldLines((HEAD + " " * 10 + "\n") * blanks + WORK)
        for field in (("workload", 0, "nodes"), ("company", "cash_usd")):
            lines.line_of(field)

    assert steps_of(lambda: work(400)) < 2.2 * steps_of(lambda: work(200))


@pytest.mark.parametrize("line", ["H100 $2.30/hr\n", "10% upfront\n$2\n"])
def test_a_mail_is_read_in_work_that_grows_with_its_length(line: str) -> None:
    """Each of many prices had the words of all others beside it: twice the lines were four times the instructions."""

    def work(times: int) -> None:
        read_mail(line * times, BOOK, date(2026, 11, 30))

    work(200)  # which compiles the patterns
    assert steps_of(lambda: work(400)) < 2.2 * steps_of(lambda: work(200))


def test_a_field_has_a_line_in_every_layout() -> None:
    text = (
        'company.cash_usd = 1\n"market".tier = "x"\nfacility = { pue = 1 }\nquote = [\n  { months = 1 },\n]\n'
        "[ \"gpu\" . 'H100' ]\nnode_usd = 1\n[[workload]]\n[[workload]]\nnodes = 0\n[[ commitment ]]\nnodes = 1\n"
    )
    lines = FieldLines(text)
    wanted = {
        ("company", "cash_usd"): 1,
        ("market", "tier"): 2,
        ("facility", "pue"): 3,
        ("quote", 0, "months"): 4,
        ("gpu.H100", "node_usd"): 8,
        ("workload",): 9,
        ("workload", 0, "nodes"): 9,
        ("workload", 1, "nodes"): 11,
        ("commitment", 0, "nodes"): 13,
        ("rental", "x"): None,
        (): None,
    }
    assert {field: lines.line_of(field) for field in wanted} == wanted


@pytest.mark.parametrize("flip", [33, 40_000, 999_999])
def test_a_flip_among_a_million_whole_values_is_found_without_trying_each(flip: float) -> None:
    """The pick is the first option while the other costs more: up to flip - 1."""
    figure = MovedInput(InputId.of_book("rental", "x"), "nodes", 32.0, 1.0, 1e6, True, "rental", "x")
    priced: list[int] = []

    def price(points: Points, _: Bools | None) -> list[np.ndarray]:
        priced.extend(values.size for _, values in points)
        return [np.array([np.zeros(values.size), flip - 0.5 - values]) for _, values in points]

    def lead(costs: np.ndarray) -> np.ndarray:
        return np.asarray(costs[1] - costs[0])

    [found] = switching_values([figure], price, lead, np.array([True, False]))
    assert [value for value, _ in found.places] == [flip]
    assert sum(priced) < 1000


@pytest.mark.parametrize("key", ['"neocloud_term_discount.²"', f'"neocloud_term_discount.{"9" * 5000}"'])
def test_a_key_of_odd_digits_is_an_unknown_key(key: str, tmp_path: Path) -> None:
    path, book = tmp_path / "x.toml", tmp_path / "book.toml"
    path.write_text(GOOD + f"[gpu]\n{key} = 0.2\n", encoding="utf-8")
    name = key.strip('"').partition(".")[2]
    book.write_text(f'[gpu.H100-SXM.neocloud_term_discount]\n"{name}" = 0.2\n', encoding="utf-8")
    runs: list[list[str | Path]] = [["advise", path], ["advise", "cluster-64", "--book", book]]
    runs += [["check", path], ["check", book]]
    for words in runs:
        found = run_here(words)
        assert found.code == 1, words
        assert "an unknown key" in found.out + found.err
        assert len(found.err) + len(found.out) < 1500


def test_a_profile_that_raises_hides_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("bad", "good"):
        (tmp_path / f"{name}.toml").write_text(GOOD.replace('"x"', f'"{name}"'), encoding="utf-8")
    working = cost_options

    def failing(profile: Profile, book: PriceBook) -> object:
        if profile.name == "bad":
            raise ZeroDivisionError("float division by zero")
        return working(profile, book)

    monkeypatch.setattr(joint_advice, "cost_options", failing)
    for as_json in (False, True):
        found = run_here(["profiles", "--profiles", tmp_path, *["--json"][: int(as_json)]])
        assert found.code == 0
        assert "internal error: ZeroDivisionError" in found.out
        assert "RENT" in found.out.upper() or "RESERVE" in found.out.upper()
    listed = ProfileList(tmp_path, lambda: BOOK)
    bad, good = (listed.summary(Entry(name, tmp_path / f"{name}.toml", sample=False)) for name in ("bad", "good"))
    assert (bad.readable, good.readable) == (False, True)
    assert "ZeroDivisionError" in bad.verdict
