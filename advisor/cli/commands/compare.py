"""`gpu-advisor compare A B ...`: profiles side by side, with the rows of the Compare screen."""

from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from textwrap import wrap
from typing import TYPE_CHECKING

from advisor.cli.named_profile import PROFILE_HELP, NamedProfile, named_profile
from advisor.cli.parser import Request, Tell, load_book
from advisor.formatting import one_line
from advisor.profiles.store import profiles_folder

if TYPE_CHECKING:
    from advisor.decision.joint.joint_advice import JointAdvice
    from advisor.reports.compare_view import CompareColumn

_WIDTH = 79
_QUESTION = 17
_LEAST_COLUMN = 28


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("profile", metavar="PROFILE", help=f"{PROFILE_HELP}: the first column")
    parser.add_argument("others", metavar="PROFILE", nargs="+", help="one or more to compare with it")


def answer(request: Request, tell: Tell) -> str:
    """The columns as text, or all figures as JSON. Raises InputError."""
    from advisor.decision.joint.joint_advice import advise_jointly
    from advisor.profiles.form.form_fields import form_fields
    from advisor.reports.compare_view import compare_columns

    book, folder = load_book(request), profiles_folder(request.profiles)
    asked = (request.options.profile, *request.options.others)
    entries = [named_profile(name, folder, book, tell) for name in asked]
    answered = [
        (advise_jointly(one.profile, book, request.paths, request.seed), form_fields(one.profile, book))
        for one in entries
    ]
    columns = compare_columns(answered)
    if request.as_json:
        return _json(entries, [joint for joint, _ in answered], columns)
    return "\n".join(map(one_line, _lines([entry.name for entry in entries], columns))) + "\n"


def _lines(names: list[str], columns: "Sequence[CompareColumn]") -> Iterator[str]:
    """As many columns side by side as fit into the width, then the next ones below."""
    beside = max(1, (_WIDTH - _QUESTION) // _LEAST_COLUMN)
    cells = (_WIDTH - _QUESTION) // beside
    for start in range(0, len(columns), beside):
        if start:
            yield ""
        part = columns[start : start + beside]
        yield from _row("", names[start : start + beside], cells)
        for index, (question, _) in enumerate(columns[0].rows):
            yield from _row(question, [column.rows[index][1] for column in part], cells)


def _row(question: str, answers: Sequence[str], cells: int) -> Iterator[str]:
    wrapped = [wrap(one_line(answer), cells - 2) or [""] for answer in answers]
    for number, parts in enumerate(zip_longest(*wrapped, fillvalue="")):
        shown = "".join(f"{part:<{cells}}" for part in parts)
        yield f"{'' if number else question:<{_QUESTION}}{shown}".rstrip()


def _json(entries: Sequence[NamedProfile], answers: "Sequence[JointAdvice]", columns: "Sequence[CompareColumn]") -> str:
    from advisor.reports.json_models.compare import ComparedProfileJson, CompareReport, CompareRowJson, SummaryFields
    from advisor.reports.summary_row import row_of

    profiles = (
        ComparedProfileJson(
            name=joint.profile.name,
            path=None if entry.path is None else str(entry.path),
            rows=tuple(CompareRowJson(question=question, answer=answer) for question, answer in column.rows),
            figures=SummaryFields.model_validate(row_of(joint)),
        )
        for entry, joint, column in zip(entries, answers, columns, strict=True)
    )
    return CompareReport(profiles=tuple(profiles)).to_json()
