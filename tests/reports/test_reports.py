"""Reports: the same figures in every format and in the app, text that stays text, files that are whole or not there."""

import contextlib
import csv
import json
import math
import os
import re
import sys
from datetime import date
from functools import cache
from io import StringIO
from itertools import pairwise
from pathlib import Path
from xml.etree.ElementTree import Element

import html5lib  # type: ignore[import-untyped]
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from advisor.cli import parser as cli
from advisor.decision.advise import Advice, advise
from advisor.decision.confidence import shipped_record
from advisor.decision.joint.joint_advice import advise_jointly
from advisor.formatting import usd
from advisor.market.forecast.default_paths import DEFAULT_PATHS
from advisor.profiles.form.form_fields import form_fields
from advisor.profiles.schema import Profile
from advisor.reports.assumptions_view import assumptions
from advisor.reports.board_memo import RunOptions, memo
from advisor.reports.compare_view import compare_columns
from advisor.reports.document import Grid, Memo, Points, Prose, Section
from advisor.reports.export_file import FORMATS, TABLES
from advisor.reports.formats.markdown import markdown
from advisor.reports.verdict_view import verdict_view
from advisor.reports.write_as import advice_as, comparison_as
from screens.answer import Answer
from screens.state.session import Session
from tests.reports.odd_figures import odd_figures
from tests.support.app_driver import TODAY
from tests.support.app_driver import request as asked_of_app
from tests.support.json_contracts import advise_json, keeps_contract
from tests.support.long_runs import long_unless
from tests.support.present import present
from tests.support.processes import bound_by_permissions, names_in, run
from tests.support.profile_builder import BOOK, SAMPLES, a_profile, as_joint, changed, sample

ASKED = RunOptions(TODAY, DEFAULT_PATHS, 0)
NAMESPACE = "{http://www.w3.org/1999/xhtml}"
EXACT = ("expected_usd", "p5_usd", "p95_usd", "cvar95_usd", "upfront_usd", "peak_outlay_usd", "undiscounted_usd")


@pytest.fixture(scope="module", params=list(SAMPLES))
def answer(request: pytest.FixtureRequest) -> Answer:
    """A sample as the app answers it."""
    session = Session(asked_of_app(request.param), TODAY)
    return session.engine.answer(sample(request.param))


@pytest.fixture(scope="module")
def small() -> Advice:
    """An answer that is quick to have, for what does not depend on its figures."""
    return advise(sample("lora-one-node"), BOOK, 100)


# Reading what was written


def tree(page: str) -> Element:
    """A page as a strict parser reads it: anything that is not valid is an error."""
    parsed: Element = html5lib.HTMLParser(strict=True).parse(page)
    return parsed


def words(element: Element) -> str:
    return " ".join("".join(element.itertext()).split())


def page_tables(page: str) -> list[list[list[str]]]:
    """The cells of every table of a page."""
    return [
        [[words(cell) for cell in row] for row in table.iter(f"{NAMESPACE}tr")]
        for table in tree(page).iter(f"{NAMESPACE}table")
    ]


def markdown_tokens(text: str) -> list[Token]:
    """Markdown as GitHub reads it: tables, HTML, and whole addresses that become links by themselves."""
    reader = MarkdownIt("gfm-like")
    present(reader.linkify).set({"fuzzy_link": False, "fuzzy_email": False})
    return reader.parse(text)


def inline_words(token: Token) -> str:
    return "".join(part.content if part.type in ("text", "code_inline") else "" for part in token.children or ())


def markdown_tables(text: str) -> list[list[list[str]]]:
    """The cells of every table of a Markdown text."""
    tables: list[list[list[str]]] = []
    for before, token in pairwise(markdown_tokens(text)):
        if token.type == "table_open":
            tables.append([])
        elif token.type == "tr_open":
            tables[-1].append([])
        elif token.type == "inline" and before.type in ("td_open", "th_open"):
            tables[-1][-1].append(inline_words(token))
    return tables


def markdown_words(text: str) -> str:
    return "\n".join(inline_words(token) for token in markdown_tokens(text) if token.type == "inline")


def csv_rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(text)))


def exact_costs(tables: list[list[list[str]]]) -> dict[str, list[float]]:
    """The table of costs to the cent: the figures by option."""
    rows = next(table for table in tables if table[0][:2] == ["Option", "Expected"])[1:]
    return {row[0].strip("()"): [float(cell.replace(",", "")) for cell in row[1:]] for row in rows}


# The same figures everywhere


def test_every_format_and_the_app_agree_to_the_cent(answer: Answer) -> None:
    advice = answer.advice
    told = json.loads(advice_as("json", as_joint(advice), ASKED, None))
    by_id = {option["id"]: option for option in told["options"]}
    for row in answer.view.rows:
        assert by_id[row.id]["expected_usd"] == round(row.usd, 2)
        assert usd(by_id[row.id]["expected_usd"]) == row.cost
    expected = {
        name: [option[part] for part in EXACT] for name, option in by_id.items() if option["expected_usd"] is not None
    }
    assert exact_costs(markdown_tables(advice_as("md", as_joint(advice), ASKED, None))) == expected
    assert exact_costs(page_tables(advice_as("html", as_joint(advice), ASKED, None))) == expected
    for line in csv_rows(advice_as("csv", as_joint(advice), ASKED, None)):
        option = by_id[line["id"]]
        assert [float(line[part]) for part in EXACT] == [option[part] for part in EXACT]
        assert {name: float(line[f"{name}_usd"]) for name in option["components"]} == option["components"]
    by_month: dict[str, list[float]] = {}
    for line in csv_rows(advice_as("csv", as_joint(advice), ASKED, None, "months")):
        by_month.setdefault(line["id"], []).append(float(line["usd"]))
    assert by_month == {name: option["monthly_usd"] for name, option in by_id.items() if option["monthly_usd"]}


def test_a_memo_says_what_the_app_says(answer: Answer) -> None:
    view = answer.view
    text = markdown_words(advice_as("md", as_joint(answer.advice), ASKED, None))
    page = words(tree(advice_as("html", as_joint(answer.advice), ASKED, None)))
    said = (view.name, view.headline, *view.summary, *view.sentences, *view.warnings)
    shown = [statement.text for statement in (*view.hints, *view.crossings, view.payback)]
    for sentence in (*said, *shown, view.market, *shipped_record().limits):
        assert sentence in text
        assert sentence in page
    for row in view.rows:
        assert row.label in text
        assert row.why_not in page


def test_a_memo_has_the_figures_that_people_read(answer: Answer) -> None:
    assert not list(odd_figures(advice_as("md", as_joint(answer.advice), ASKED, None)))


def test_the_first_half_page_of_a_memo_asks_for_a_decision_with_the_figures_of_the_cards(answer: Answer) -> None:
    page = advice_as("html", as_joint(answer.advice), ASKED, None)
    first = next(element for element in tree(page).iter() if element.attrib.get("class") == "first")
    titles = [words(element) for element in first.iter(f"{NAMESPACE}h2")]
    assert titles == ["The decision", "Why, in short", "What would change the answer", "Risks", "Next steps"]
    facts = dict(zip(map(words, first.iter(f"{NAMESPACE}dt")), map(words, first.iter(f"{NAMESPACE}dd")), strict=True))
    picked = next((card for card in answer.view.cards if card.is_pick), None)
    assert ("Amount" in facts) == ("Date" in facts) == (picked is not None)
    if picked is not None:
        assert facts["Decision asked"].casefold() == f"Approve: {answer.view.headline}.".casefold()
        assert all(figure in facts["Amount"] for figure in (picked.day_one, picked.expected, picked.holds))
    assert len(words(first)) < 3000, "half a page"


def test_the_json_is_the_contract_and_what_it_depends_on(answer: Answer) -> None:
    report = json.loads(advice_as("json", as_joint(answer.advice), ASKED, Path("own.toml")))
    depends_on, repeat = report.pop("assumptions"), report.pop("repeat")
    assert report == json.loads(json.dumps(advise_json(answer.advice, Path("own.toml"), TODAY)))
    assert (repeat["paths"], repeat["seed"], repeat["book_read_on"]) == (DEFAULT_PATHS, 0, BOOK.read_on.isoformat())
    known = {one["id"]: one for one in depends_on}
    assert len(known) == len(depends_on)
    list_price = known[f"{answer.advice.gpu.id}.{answer.profile.market.tier}_usd_per_gpu_hour"]
    assert list_price["value"] == report["market"]["usd_per_gpu_hour"]
    assert list_price["date"] == report["market"]["as_of"]
    first = answer.profile.workload[0]
    name, amount = ("nodes", first.nodes)
    if first.serving is not None:
        name, amount = ("serving.tokens_per_day", first.serving.tokens_per_day)  # type: ignore[assignment]  # any number
    assert known[f"workload.1.{name}"]["value"] == amount
    assert known[f"workload.1.{name}"]["own"]
    assert [one["id"] for one in depends_on if one["source"] in ("", None)] == []


def test_every_figure_the_answer_used_is_an_assumption_and_own_ones_say_so() -> None:
    profile = a_profile(
        {"kind": "inference", "nodes": 8, "growth_per_month": 0.02},
        facility={"pue": 1.11},
        market={"other_gpus": ["H200-SXM"], "rents_path": [[0, 1.0], [12, 0.5]]},
        quote=[{"option": "reserved", "months": 12, "usd_per_gpu_hour": 2.45, "from": "vendor A"}],
        commitment=[{"nodes": 2, "months_left": 6, "usd_per_gpu_hour": 2.6}],
    )
    advice = advise(profile, BOOK, 100)
    found = {row["id"]: row for row in csv_rows(advice_as("csv", as_joint(advice), ASKED, None, "assumptions"))}
    own = {name: row["value"] for name, row in found.items() if row["own"] == "true"}
    assert own == {
        "workload.1.kind": "inference",
        "workload.1.nodes": "8",
        "workload.1.months": "24.0",
        "workload.1.busy": "0.85",
        "workload.1.growth_per_month": "0.02",
        "market.rents_path": "0:1, 12:0.5",
        "market.other_gpus": "H200-SXM",
        "quote.1.option": "reserved",
        "quote.1.months": "12",
        "quote.1.usd_per_gpu_hour": "2.45",
        "quote.1.from": "vendor A",
        "commitment.1.nodes": "2",
        "commitment.1.months_left": "6",
        "commitment.1.usd_per_gpu_hour": "2.6",
        "facility.pue": "1.11",
    }
    assert float(found["workload.1.base_share"]["value"]) == BOOK.figure("plan.base_inference_share").value
    for gpu, there in {"H100-SXM": True, "H200-SXM": True, "B200-SXM": False}.items():
        assert (f"{gpu}.node_usd" in found) == there
    assert found["H100-SXM.node_usd"]["source"] == BOOK.sources[BOOK.gpu("H100-SXM").figures["node_usd"].source].title
    text = markdown_words(markdown(memo(advice, ASKED)))
    assert "PUE (own)" in text
    served = {one.id: one.meaning for one in assumptions(advise(sample("serve-70b"), BOOK, 100))}
    assert "(huggingface.co/meta-llama/Meta-Llama-3-70B)" in served["workload.1.serving.model"]
    assert "vendor A" in text


def test_a_memo_names_signed_funding_wherever_it_names_the_cash() -> None:
    """The first page said `$1.00M of cash` of a company that has $3M to spend."""
    company = {"cash_usd": 1e6, "committed_funding_usd": 2e6, "burn_usd_per_month": 1e4}
    text = markdown(memo(advise(a_profile(company=company), BOOK, 100), ASKED))
    assert text.count("$1.00M of cash and $2.00M of signed funding") == 2


def test_a_memo_repeats_itself(tmp_path: Path) -> None:
    """The lines under `How to repeat it` are a profile that gives the same figures."""
    profile = a_profile({"busy": 0.7}, name="Näme 'with' \"quotes\"", notes="not for the board")
    first = advice_as("md", as_joint(advise(profile, BOOK, 100)), RunOptions(TODAY, 100, 0), None)
    command, listing = re.findall(r"^```\n(.*?)\n```$", first, re.S | re.M)[-2:]
    name = command.split()[2]
    assert "board" not in listing
    (tmp_path / name).write_text(listing)
    again, _, _ = cli_run(["report", str(tmp_path / name), *command.split()[3:]], tmp_path)
    today, then = (re.sub(r"\d{4}-\d\d-\d\d · gpu|\d+ \w+ old", "", text) for text in (again, first))
    assert today == then


def cli_run(arguments: list[str], home: Path) -> tuple[str, str, int]:
    """The program, in this process: what it says on stdout and stderr, and its exit code."""
    out, err = StringIO(), StringIO()
    with contextlib.chdir(home), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = cli.run(cli.parse(arguments))
    return out.getvalue(), err.getvalue(), code


# A page that needs nothing and harms nobody


def test_the_page_is_valid_and_needs_no_network(answer: Answer) -> None:
    page = advice_as("html", as_joint(answer.advice), ASKED, None)
    parsed = tree(page)
    names = {element.tag.split("}")[-1] for element in parsed.iter() if isinstance(element.tag, str)}
    assert not names & {"script", "link", "img", "iframe", "object", "embed", "base", "form", "a", "image", "use"}
    for element in parsed.iter():
        for name, value in element.attrib.items():
            assert name not in ("src", "href", "style", "{http://www.w3.org/1999/xlink}href"), value
            assert not name.startswith("on")
            assert name == "content" or "url(" not in value or value.startswith("url(#p"), value
    assert "@import" not in page
    assert "url(" not in page[page.index("<style>") : page.index("</style>")]


def test_the_pictures_are_drawn_from_the_apps_curves_and_say_what_they_show(answer: Answer) -> None:
    view = answer.view
    parsed = tree(advice_as("html", as_joint(answer.advice), ASKED, None))
    ids = [element.attrib["id"] for element in parsed.iter() if "id" in element.attrib]
    assert len(ids) == len(set(ids))
    by_id = {element.attrib["id"]: element for element in parsed.iter() if "id" in element.attrib}
    pictures = [element for element in parsed.iter() if str(element.tag).endswith("}svg")]
    assert len(pictures) >= 3
    for picture in pictures:
        assert picture.attrib["role"] == "img"
        assert all(words(by_id[name]) for name in picture.attrib["aria-labelledby"].split())
        for element in picture.iter():
            assert not re.search(
                "nan|inf", " ".join(element.attrib.get(name, "") for name in ("x", "y", "points", "width"))
            )
    costs = next(one for one in pictures if "Cumulative cost" in words(one))
    lines = [element for element in costs.iter() if str(element.tag).endswith("}polyline")]
    assert [line.attrib["class"] for line in lines] == [line.action for line in view.costs.lines]
    assert [len(line.attrib["points"].split()) for line in lines] == [len(line.values) for line in view.costs.lines]
    for drawn, line in zip(lines, view.costs.lines, strict=True):
        heights = [float(point.partition(",")[2]) for point in drawn.attrib["points"].split()]
        top, bottom = min(line.values), max(line.values)
        if top < bottom:
            assert heights.index(min(heights)) == line.values.index(bottom), "what costs most is drawn highest"
    crossings = [element for element in costs.iter() if str(element.tag).endswith("}circle")]
    assert len(crossings) == len(view.costs.marks)


HOSTILE = (
    "<script>alert(1)</script>",
    "</title><img src=x onerror=alert(1)>",
    "[x](javascript:alert(1))",
    "![i](http://example.com/x.png)",
    "<http://example.com>",
    "http://example.com/?a=1&b=2",
    "www.example.com",
    "a|b||c",
    "# not a heading",
    "1. not a list",
    "- not a list",
    "> not quoted",
    "``` not code",
    "`code` **bold** _it_ ~~gone~~ *it*",
    "&lt;b&gt; &#65; &copy;",
    "\\| \\` \\[ tail\\",
    "=1+1",
    "+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(1)",
    "\uff1d1+1",
    "\uff0b1",
    "=HYPERLINK(\"http://example.com\")",
    '"quoted", \'both\'',
    "]]> --> */ }",
    "{{7*7}} ${HOME} %s",
    "***",
    "===",
    "$a$ and $b$",
)  # fmt: skip
ONE_OF_EACH_SYNTAX = HOSTILE[::3]


def with_text_everywhere(text: str) -> Profile:
    """A profile that says the same wherever a profile may say anything."""
    return a_profile(
        {"kind": "fine-tune", "nodes": 1, "months": 2},
        name=text,
        company={"rental_forbidden_because": text},
        quote=[{"option": "buy", "usd_per_node": 200_000, "from": text}],
        commitment=[{"nodes": 1, "months_left": 2, "usd_per_gpu_hour": 2.6, "from": text}],
    )


@cache
def shapes_of_harmless_text() -> tuple[list[str], list[str]]:
    """The elements of the page and the blocks of the Markdown when a profile says nothing odd."""
    said = advise(with_text_everywhere("Plain name"), BOOK, 100)
    page = tree(advice_as("html", as_joint(said), ASKED, None))
    tokens = markdown_tokens(advice_as("md", as_joint(said), ASKED, None))
    return [element.tag for element in page.iter()], [token.type for token in tokens]


@pytest.mark.parametrize("text", long_unless(ONE_OF_EACH_SYNTAX, HOSTILE))
def test_what_a_profile_says_stays_text_in_every_format(text: str) -> None:
    elements, blocks = shapes_of_harmless_text()
    said = advise(with_text_everywhere(text), BOOK, 100)
    page = tree(advice_as("html", as_joint(said), ASKED, None))
    tokens = markdown_tokens(advice_as("md", as_joint(said), ASKED, None))
    assert [element.tag for element in page.iter()] == elements, "not one element more"
    assert text in words(page)
    assert [token.type for token in tokens] == blocks
    inside = {part.type for token in tokens for part in token.children or ()}
    assert inside <= {"text", "strong_open", "strong_close", "softbreak", "text_special"}
    assert text in "\n".join(inline_words(token) for token in tokens if token.type == "inline")
    for table in TABLES:
        for row in csv_rows(advice_as("csv", as_joint(said), ASKED, None, table)):
            for cell in row.values():
                assert not re.match(r"\s*[=+@]", cell)
                assert not cell.startswith("-") or math.isfinite(float(cell))
    assert json.loads(advice_as("json", as_joint(said), ASKED, None))["profile"]["name"] == text


PRINTABLE = st.text(st.characters(exclude_categories=("C", "Z")) | st.just(" "), min_size=1, max_size=40)
LOADED = st.text(st.sampled_from("\\`*_[]()<>#|~&;!-+=.:1a/ \"'{}$@"), min_size=1, max_size=30)


@given(PRINTABLE | LOADED)
@example("__0__")
def test_markdown_shows_any_text_as_it_is(text: str) -> None:
    plain = " ".join(text.split()) or "x"
    table = Grid(plain, ("head", plain), ((plain, "cell"), ("cell", plain)), strong=(1,))
    blocks = (Prose(plain), Points((plain, plain)), Points((plain,), numbered=True), table)
    tokens = markdown_tokens(markdown(Memo(plain, plain, plain, None, (plain,), (Section(plain, blocks),))))
    shown = [inline_words(token) for token in tokens if token.type == "inline"]
    assert shown == [
        *[plain] * 5,
        *[plain] * 4,
        f"{plain}:",
        *("head", plain, plain, "cell", "cell", plain),
    ]


# Files


def test_without_a_file_markdown_goes_to_stdout_and_any_format_can(tmp_path: Path) -> None:
    quick = ["report", "lora-one-node", "--paths", "100"]
    text, said, code = cli_run(quick, tmp_path)
    assert (said, code) == ("", 0)
    assert text.startswith("# ")
    for form in FORMATS:
        out, said, code = cli_run([*quick, "--format", form], tmp_path)
        assert (said, code) == ("", 0)
        written, said, code = cli_run([*quick, "-o", f"memo.{form}"], tmp_path)
        assert (written, said, code) == ("", f"gpu-advisor: written to memo.{form}\n", 0)
        assert (tmp_path / f"memo.{form}").read_text() == out
    assert cli_run([*quick, "--json"], tmp_path)[0] == (tmp_path / "memo.json").read_text()
    assert cli_run([*quick, "-o", "-"], tmp_path)[0] == text
    assert cli_run([*quick, "-o", "MEMO.HTM", "--quiet"], tmp_path) == ("", "", 0)
    assert (tmp_path / "MEMO.HTM").read_text() == (tmp_path / "memo.html").read_text()
    assert names_in(tmp_path) == sorted(["MEMO.HTM", *(f"memo.{form}" for form in FORMATS)])


def test_a_file_that_is_there_is_replaced_only_by_force(tmp_path: Path) -> None:
    quick = ["report", "lora-one-node", "--paths", "100", "-o", "memo.md"]
    (tmp_path / "memo.md").write_text("mine")
    (tmp_path / "memo.md").chmod(0o640)
    out, said, code = cli_run(quick, tmp_path)
    assert (out, code) == ("", 1)
    assert said == (
        "gpu-advisor: memo.md: found a file that already exists; allowed: a new name, or --force to replace it\n"
    )
    assert (tmp_path / "memo.md").read_text() == "mine"
    assert cli_run([*quick, "--force"], tmp_path)[2] == 0
    assert (tmp_path / "memo.md").read_text().startswith("# ")
    assert (tmp_path / "memo.md").stat().st_mode & 0o777 == 0o640
    assert names_in(tmp_path) == ["memo.md"]


@pytest.mark.parametrize(
    ("arguments", "words_of_it"),
    [
        (["-o", "memo.docx"], ("-o", "'memo.docx'", ".md, .html, .json or .csv")),
        (["-o", "memo"], ("-o", "'memo'")),
        (["-o", "nowhere/memo.md"], ("nowhere/memo.md", "no such file or directory")),
        (["-o", "file/memo.md"], ("file/memo.md", "not a directory")),
        (["-o", "link.md", "--force"], ("link.md", "not a regular file")),
        (["-o", "pipe.md", "--force"], ("pipe.md", "not a regular file")),
        (["-o", ".", "--format", "md"], (".", "a directory")),
        (["-o", "/dev/null", "--format", "md", "--force"], ("/dev/null", "not a regular file")),
        (["-o", f"{'x' * 300}.md"], ("file name too long",)),
        (["-o", "a\x1b[31m\0.md"], ("null",)),
        (["--table", "months"], ("--table", "csv")),
        (["--json", "--format", "md"], ("--format", "--json")),
        (["--force"], ("--force", "-o FILE")),
    ],
)
def test_what_cannot_be_written_is_said_in_one_line_and_changes_nothing(
    arguments: list[str], words_of_it: tuple[str, ...], tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("a file")
    (tmp_path / "link.md").symlink_to("file")
    os.mkfifo(tmp_path / "pipe.md")
    before = names_in(tmp_path)
    out, said, code = cli_run(["report", "lora-one-node", "--paths", "100", *arguments], tmp_path)
    assert (out, code, len(said.splitlines())) == ("", 1, 1)
    assert all(letter.isprintable() or letter == "\n" for letter in said)
    for word in words_of_it:
        assert word in said
    assert names_in(tmp_path) == before
    assert (tmp_path / "file").read_text() == "a file"


def test_a_folder_that_may_not_be_written_to_is_said(tmp_path: Path) -> None:
    folder = tmp_path / "theirs"
    folder.mkdir(mode=0o555)
    program = bound_by_permissions([sys.executable, "-m", "screens"])
    found = run(["report", "lora-one-node", "--paths", "100", "-o", "theirs/memo.md"], tmp_path, program=program)
    assert (found.code, found.out) == (1, "")
    assert found.err == (
        "gpu-advisor: theirs/memo.md: found permission denied; allowed: a place that you can write to\n"
    )
    assert names_in(folder) == []


# Side by side


def test_a_comparison_has_the_figures_of_each(small: Advice) -> None:
    """Of a plan on two GPUs those of both."""
    joints = [as_joint(small), advise_jointly(sample("train-and-serve"), BOOK, 100, 0)]
    answers = [(joint, form_fields(joint.profile, BOOK)) for joint in joints]
    columns = compare_columns(answers, [small.profile.name])
    text = {form: comparison_as(form, columns, joints, ASKED) for form in FORMATS}
    told = keeps_contract("comparison", text["json"])["compared"]
    rows = csv_rows(text["csv"])
    for column, joint, one, row in zip(columns, joints, told, rows, strict=True):
        picks = [pick for pick in joint.choice.choices if pick is not None]
        assert row["option"] == " + ".join(pick.id for pick in picks)
        assert float(row["expected_usd"]) == round(joint.choice.expected_usd, 2)
        several = one["several_gpus"]
        found = [group["option"] for group in several["groups"]] if several else [one["verdict"]["option"]]
        assert found == [pick.id for pick in picks]
        assert one["rows"] == dict(column.rows)
    head = ["", *(joint.profile.name for joint in joints)]
    assert [row["column"] for row in rows] == [one["column"] for one in told] == head[1:]
    expected = [head, *([name, *(dict(column.rows)[name] for column in columns)] for name, _ in columns[0].rows)]
    assert markdown_tables(text["md"]) == [expected]
    assert page_tables(text["html"]) == [expected]


def test_a_comparison_marks_the_least_and_how_far_a_cost_is_from_the_baseline() -> None:
    """Half the nodes cost less in all; the same plan twice costs the same, and one alone has no least."""
    answers = [(as_joint(advise(a_profile({"nodes": nodes}), BOOK, 100)), ()) for nodes in (64, 32, 64)]
    own, less, same = (dict(column.rows) for column in compare_columns(answers))
    costs = [joint.choice.expected_usd for joint, _ in answers]
    assert own["Present value"] == usd(costs[0])
    assert less["Present value"] == f"{usd(costs[1])}, {costs[1] / costs[0] - 1:+.0%}, least"
    assert same["Present value"] == f"{usd(costs[2])}, 0%"
    alone = compare_columns(answers[:1])[0]
    assert all("least" not in answer for _, answer in alone.rows)


def test_a_cost_above_a_baseline_below_zero_is_more() -> None:
    """Hardware that is sold brings more than the work costs: $80.8k were -140% of -$201k."""
    work = {"kind": "fine-tune", "nodes": 1, "months": 2}
    sold = a_profile(work, owned=[{"nodes": 4, "sells_for_usd_per_node": 90_000.0}])
    answers = [(as_joint(advise(profile, BOOK, 100)), ()) for profile in (sold, a_profile(work))]
    costs = [joint.choice.expected_usd for joint, _ in answers]
    assert costs[0] < 0 < costs[1]
    more = dict(compare_columns(answers)[1].rows)["Present value"]
    assert more == f"{usd(costs[1])}, +{(costs[1] - costs[0]) / -costs[0]:.0%}"


# Plans where nothing can be had, and odd ones


@pytest.mark.parametrize(
    "profile",
    [
        a_profile(company={"cash_usd": 1000.0}),
        a_profile({"gpu": "MI300X"}),
        a_profile({"kind": "inference", "nodes": 3, "months": 0.5}),
        a_profile(company={"rental_forbidden_because": "a rule", "cash_usd": 5e7, "tax_rate": 0.3}),
        changed(a_profile({"nodes": 1}), owned=[{"nodes": 1, "sells_for_usd_per_node": 100_000.0}]),
    ],
    ids=["no cash", "a GPU without a node price", "half a month", "no renting", "own nodes for all of it"],
)
def test_odd_plans_have_their_memo_too(profile: Profile) -> None:
    advice = advise(profile, BOOK, 100)
    view = verdict_view(advice, date(2026, 11, 24))
    page = words(tree(advice_as("html", as_joint(advice), ASKED, None)))
    text = markdown_words(advice_as("md", as_joint(advice), ASKED, None))
    for row in view.rows:
        assert row.label in page
        assert row.why_not in text
    assert view.headline in page
    options = csv_rows(advice_as("csv", as_joint(advice), ASKED, None))
    assert [row["id"] for row in options] == [row.id for row in view.rows]
