"""The documents are true of the code: every citation, link, file, name and figure in them is there."""

import re
from pathlib import Path

import pytest

from tests.support.architecture_picture import PICTURE, drawn
from tests.support.code_reading import anchors_of, code_files, defined_in, documents, name_of
from tests.support.folders import ROOT
from tests.support.generated_docs import GENERATED, with_part
from tests.support.profile_builder import BOOK

MODEL = ROOT / "docs" / "model.md"
SECTIONS = {
    "conventions", "demand", "size-of-a-node", "plan-survival", "on-demand", "marketplace", "serverless",
    "spot-replicas", "reserved", "subletting",
    "bets", "buy-and-colocate", "buy-used", "resale-value", "loans-and-leases", "hybrids", "rent-then-decide",
    "deferred-choice", "other-gpus", "taxes", "commitments", "cost-identity", "cost-tables", "points",
    "price-process", "experts", "expert-weights", "simulation", "owner-economics", "discounting", "irr", "break-evens",
    "decision-map", "sensitivity", "ranking", "feasibility", "confidence", "risk", "scenarios", "waiting", "capacity",
    "runway", "reasons", "track-record", "offers", "seller-return", "sizing", "discounts", "lineage", "other-picks",
    "balance-sheet", "usage", "clauses", "credits", "hardware-in-hand", "several-gpus", "serving-throughput", "serving",
    "hosted-api", "units-of-a-service",
}  # fmt: skip
PARTS = re.split(r"^## ", MODEL.read_text("utf-8"), flags=re.MULTILINE)[1:]
SOURCES = [*code_files("advisor", "screens", "tests"), *sorted((ROOT / "advisor").rglob("*.toml"))]


def title(part: str) -> str:
    return part.split("\n", 1)[0]


def test_the_model_has_the_sections_that_code_cites() -> None:
    assert anchors_of(MODEL) >= SECTIONS
    assert len(PARTS) == len(SECTIONS)


def test_every_citation_of_the_model_hits_a_heading() -> None:
    there = anchors_of(MODEL)
    for path in (*SOURCES, *documents()):
        cited = re.findall(r"model\.md#([a-z0-9-]+)", path.read_text("utf-8"))
        assert [anchor for anchor in cited if anchor not in there] == [], name_of(path)


@pytest.mark.parametrize("part", PARTS, ids=title)
def test_every_section_of_the_model_names_files_and_what_is_in_them(part: str) -> None:
    """A section ends with `path` (`name`, `name`), ...: its files define the names."""
    assert re.search(r"^Source: ", part, flags=re.MULTILINE), "no source"
    (code,) = re.findall(r"^Code: (.*?)\Z", part, flags=re.MULTILINE | re.DOTALL)
    files = re.findall(r"`(advisor/[\w/]+\.py)`(?:\s+\(([^)]*)\))?", code)
    assert files, "no file"
    for file, names in files:
        assert (ROOT / file).is_file(), file
        missing = set(re.findall(r"`(\w+)`", names)) - defined_in(ROOT / file)
        assert not missing, f"{file} does not define {missing}"


def test_the_model_names_the_figures_that_the_book_has() -> None:
    """All of them, each in the section of the formula that uses it, and no others."""
    gpus, tiers = BOOK.gpus.values(), next(iter(BOOK.gpus.values())).term_discounts
    known = {f"gpu.{name}" for gpu in gpus for name in gpu.figures} | {f"gpu.{tier}_term_discount" for tier in tiers}
    known |= {f"{section}.{name}" for section, figures in BOOK.sections.items() for name in figures}
    sections = "|".join(("gpu", *BOOK.sections))
    assert set(re.findall(rf"`((?:{sections})\.\w+)`", MODEL.read_text("utf-8"))) == known


@pytest.mark.parametrize("path", documents(), ids=name_of)
def test_every_link_leads_somewhere(path: Path) -> None:
    """Files and headings of this repository; addresses of other places are not opened."""
    text = re.sub(r"```.*?```", "", path.read_text("utf-8"), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", target):
            continue
        file, _, anchor = target.partition("#")
        place = (path.parent / file).resolve() if file else path
        assert place.exists(), target
        assert not anchor or anchor in anchors_of(place), target


def test_nothing_cites_a_document_that_is_not_here() -> None:
    ours = re.compile(r"(?<![\w/.-])((?:docs|advisor|screens|tests)/[\w./-]+\.(?:md|py|toml|csv|svg|tcss))\b")
    for path in (*SOURCES, *documents()):
        text, name = path.read_text("utf-8"), name_of(path)
        assert not re.search(r"model sections? \d", text), name
        assert not re.search(r"(?<![/\w])(?:\.\./)?shared/\w+\.md", text), name
        assert [file for file in ours.findall(text) if not (ROOT / file).exists()] == [], name


@pytest.mark.parametrize("name", GENERATED)
def test_the_generated_parts_are_current(name: str) -> None:
    path, make = GENERATED[name]
    text = path.read_text("utf-8")
    assert text == with_part(text, name, make()), "write them again: make docs"


def test_the_picture_of_the_architecture_is_current() -> None:
    assert PICTURE.read_text("utf-8") == drawn(), "draw it again: make docs"


@pytest.mark.parametrize("path", sorted((ROOT / "docs" / "decisions").glob("0*.md")), ids=name_of)
def test_a_decision_has_a_number_a_title_and_half_a_page(path: Path) -> None:
    assert re.fullmatch(r"\d{4}-[a-z0-9-]+\.md", path.name)
    lines = path.read_text("utf-8").splitlines()
    assert lines[0].startswith("# ")
    assert len(lines) <= 60


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text("utf-8").splitlines()) <= 150
