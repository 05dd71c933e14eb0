"""The words of the glossary are used, and the words they replaced are not."""

import re
from pathlib import Path

from tests.support.code_reading import code_files, documents, name_of
from tests.support.folders import ROOT

GLOSSARY = ROOT / "docs" / "glossary.md"
ROWS = re.findall(r"^\| ([^|]+) \| ([^|]+) \|$", GLOSSARY.read_text("utf-8"), flags=re.MULTILINE)
FORMER = Path(__file__).with_name("former_words.txt").read_text("utf-8").splitlines()
FORMER_WORDS = re.compile(rf"(?<![A-Za-z])(?:{'|'.join(map(re.escape, FORMER))})(?![A-Za-z])", flags=re.IGNORECASE)
DENIED_NOUN = re.compile(r"(?<!there )\b(?:is|are|was|were) no (?!longer|lower|more|quicker)\w+", flags=re.IGNORECASE)
HERE = Path(__file__)
TEXTS = [
    path
    for path in (
        *code_files("advisor", "screens", "tests"),
        *sorted((ROOT / "advisor").rglob("*.toml")),
        *sorted((ROOT / "screens").rglob("*.tcss")),
        *sorted((ROOT / "profiles").glob("*.toml")),
        *documents(),
        ROOT / "man" / "gpu-advisor.1",
    )
    if path != HERE
]


def test_the_glossary_explains_words_and_those_they_replaced_are_listed() -> None:
    assert len(ROWS) > 40
    assert len(set(FORMER)) > 30
    assert not [word for word, meaning in ROWS if not meaning.strip()]


def test_no_former_word_is_left() -> None:
    assert places_of(FORMER_WORDS) == []


def test_what_something_is_not_is_said_with_not() -> None:
    """A verb is negated before a noun with an article: `is not a number`."""
    assert places_of(DENIED_NOUN) == []
    denied = " ".join(("is", "no", "number"))
    assert DENIED_NOUN.search(f"the text {denied}")
    assert not DENIED_NOUN.search(f"there {denied}")


def places_of(words: re.Pattern[str]) -> list[str]:
    """Where a text of the project has what is searched for."""
    return [
        f"{name_of(path)}:{at}: {match[0]}"
        for path in TEXTS
        for at, line in enumerate(_readable(path).splitlines(), 1)
        for match in words.finditer(line)
    ]


def _readable(path: Path) -> str:
    """The text of a file; of the changelog without the old names it quotes."""
    text = path.read_text("utf-8")
    return re.sub(r"`[^`\n]*`", "", text) if path.name == "CHANGELOG.md" else text


def test_the_search_sees_words_and_parts_of_names() -> None:
    assert FORMER_WORDS.search("The Founder says so")
    assert FORMER_WORDS.search("rests_on: the inputs")
    assert FORMER_WORDS.search("founder_usd")
    assert not FORMER_WORDS.search("foundered, lawful, dearth")
