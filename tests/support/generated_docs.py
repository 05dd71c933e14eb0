"""Parts of the documents that are made from the code: `python -m tests.support.generated_docs` writes them again.

A part stands between `<!-- generated: NAME -->` and `<!-- end -->`; a test checks that it is current.
"""

import ast
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import get_args

from advisor.cli.commands.man import arguments_of, shared_flags
from advisor.cli.parser import APP, COMMANDS, parser_tree
from advisor.decision.advise import advise
from advisor.explain.words import WORDS
from advisor.formatting import listed
from advisor.profiles.in_hand.holdings import Commitment, Owned
from advisor.profiles.offers.quote import Credit, Quote
from advisor.profiles.schema import Company, Market, Profile, Workload
from advisor.profiles.serving.service import Serving
from advisor.profiles.training.work import Training
from advisor.reports.formats.text import text_report
from advisor.values.validated import FieldInfo, Validated
from tests.support.app_driver import TODAY
from tests.support.architecture_picture import PICTURE, drawn
from tests.support.code_reading import parsed
from tests.support.folders import ROOT
from tests.support.profile_builder import BOOK, sample
from tests.support.record_tables import confidence_levels, past_rents, synthetic_markets

DOCS = ROOT / "docs"
_TABLES: Mapping[str, type[Validated]] = {
    "[[workload]]": Workload,
    "[workload.serving]": Serving,
    "[workload.training]": Training,
    "[company]": Company,
    "[market]": Market,
    "[[quote]]": Quote,
    "[[credit]]": Credit,
    "[[commitment]]": Commitment,
    "[[owned]]": Owned,
}
_FIGURES = ("facility", "rental", "forecast", "gpu")  # tables of the book's own figures: any of them, by its name


def folder_tree() -> str:
    """Every folder and file of the engine and the app, with the first sentence of its docstring."""
    return "\n".join(_tree_of(ROOT / "advisor")) + "\n\n" + "\n".join(_tree_of(ROOT / "screens"))


def _tree_of(folder: Path) -> Iterator[str]:
    yield f"### `{folder.relative_to(ROOT).as_posix()}/`\n\n{first_sentence(folder / '__init__.py')}.\n"
    yield "| file | what is in it |\n|---|---|"
    for path in sorted(folder.glob("*.py")):
        if path.name != "__init__.py":
            yield f"| `{path.name}` | {first_sentence(path)} |"
    for inner in sorted(path for path in folder.iterdir() if path.is_dir() and any(path.rglob("*.py"))):
        yield ""
        yield from _tree_of(inner)


def first_sentence(path: Path) -> str:
    """The first sentence of a file's docstring, on one line, without the section of the model that it is about."""
    text = ast.get_docstring(parsed(path)) or ""
    first = re.sub(r" \(docs/model\.md#[^)]*\)", "", " ".join(text.split("\n\n")[0].split()))
    sentence = re.split(r"(?<=[.])\s", first)[0].removesuffix(".")
    return sentence.replace("|", "\\|")


def profile_fields() -> str:
    """Every field of a profile with its unit, default and bounds."""
    parts = [_rows("the profile itself", Profile, (*_FIGURES, *(name.strip("[]") for name in _TABLES)))]
    parts += [_rows(f"`{name}`", model, ()) for name, model in _TABLES.items()]
    return "\n\n".join(parts)


def _rows(title: str, model: type[Validated], left_out: tuple[str, ...]) -> str:
    lines = [
        f"### {title[0].upper()}{title[1:]}\n",
        "| field | meaning | unit | default | bounds |",
        "|---|---|---|---|---|",
    ]
    for name, field in model.model_fields.items():
        if name not in left_out:
            cells = (field.description, field.unit, _default(field), _bounds(field))
            lines.append(f"| `{field.alias or name}` | {' | '.join(cells)} |")
    return "\n".join(lines)


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    if field.book:
        return f"price book: `{field.book}`"
    default = field.default
    return (
        "none" if default in (None, "", ()) else f"`{str(default).lower() if isinstance(default, bool) else default}`"
    )


_SIGNS = {"ge": "at least", "gt": "above", "le": "at most", "lt": "below", "max_length": "length at most"}


def _bounds(field: FieldInfo) -> str:
    found = [f"{_SIGNS[name]} {limit:,}" for name, limit in field.limits.items() if name in _SIGNS]
    choices = [f"`{one}`" for one in get_args(field.annotation) if isinstance(one, str)]
    return ", ".join([*found, *choices])


def gpus() -> str:
    """The GPUs of the book, by whether it says what a node costs."""
    sold = [gpu.id for gpu in BOOK.gpus.values() if gpu.value("node_usd") is not None]
    rest = [name for name in BOOK.gpus if name not in sold]
    named = (listed([f"`{name}`" for name in names]) for names in (sold, rest))
    return "- With prices to rent, to reserve and to buy: {}.\n- Without a price of a node: {}.".format(*named)


def verdict() -> str:
    """The head of the plain report on the 64-node sample."""
    parts = text_report(advise(sample("cluster-64"), BOOK), TODAY).split("\n\n")
    return "```\n" + "\n\n".join(parts[:3]).rstrip() + "\n```"


def decisions() -> str:
    """Every decision with its title."""
    files = sorted(path for path in (DOCS / "decisions").glob("*.md") if path.name != "README.md")
    rows = (f"| [{path.name[:4]}]({path.name}) | {_title(path)} |" for path in files)
    return "\n".join(["| number | decision |", "|---|---|", *rows])


def _title(path: Path) -> str:
    first = path.read_text("utf-8").splitlines()[0].removeprefix("# ")
    return re.sub(r"^\d{4}: ", "", first)


def words() -> str:
    """The words of the screens."""
    rows = (f"| {word.term} | {word.meaning} |" for word in WORDS)
    return "\n".join(["| word | meaning |", "|---|---|", *rows])


def options() -> str:
    """Every option of every command, as the manual page has them."""
    _, by_command = parser_tree()
    shared = shared_flags(by_command.values())
    of_all = [one for one in arguments_of(by_command[APP], ()) if shared.intersection(one[0])]
    each = {"All commands, and the app": of_all, "The app": arguments_of(by_command[APP], shared)}
    each |= {f"`{name}`": arguments_of(by_command[name], shared) for name in COMMANDS}
    return "\n\n".join(f"### {title}\n\n{_table(rows)}" for title, found in each.items() if (rows := [*found]))


def _table(rows: Iterable[tuple[list[str], str, str]]) -> str:
    lines = ["| option | meaning |", "|---|---|"]
    for flags, value, meaning in rows:
        option = " ".join(filter(None, (", ".join(flags), value)))
        lines.append(f"| `{_in_cell(option)}` | {_in_cell(meaning)} |")
    return "\n".join(lines)


def _in_cell(text: str) -> str:
    return text.replace("|", "\\|")


GENERATED: Mapping[str, tuple[Path, Callable[[], str]]] = {
    "verdict": (ROOT / "README.md", verdict),
    "decisions": (DOCS / "decisions" / "README.md", decisions),
    "folder tree": (DOCS / "architecture.md", folder_tree),
    "options": (DOCS / "commands.md", options),
    "words": (DOCS / "glossary.md", words),
    "gpus": (DOCS / "profiles.md", gpus),
    "profile fields": (DOCS / "profiles.md", profile_fields),
    "past rents": (DOCS / "track-record.md", past_rents),
    "synthetic markets": (DOCS / "track-record.md", synthetic_markets),
    "confidence levels": (DOCS / "track-record.md", confidence_levels),
}


def with_part(text: str, name: str, part: str) -> str:
    """A document with one generated part in its place."""
    pattern = rf"(<!-- generated: {re.escape(name)} -->\n).*?(<!-- end -->)"
    found, count = re.subn(pattern, lambda match: f"{match[1]}\n{part}\n\n{match[2]}", text, flags=re.DOTALL)
    if count != 1:
        raise ValueError(f"the part {name!r} stands {count} times in its document, not once")
    return found


def write_parts(*names: str) -> None:
    """Write these generated parts again."""
    for name in names:
        path, make = GENERATED[name]
        path.write_text(with_part(path.read_text("utf-8"), name, make()), encoding="utf-8")


def main() -> None:
    """Write every generated part and the picture again."""
    write_parts(*GENERATED)
    PICTURE.write_text(drawn(), encoding="utf-8")


if __name__ == "__main__":
    main()
