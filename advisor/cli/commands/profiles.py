"""`gpu-advisor profiles`: one line for each profile, what it is for and its verdict, as on the Home screen."""

from argparse import ArgumentParser
from collections.abc import Iterator
from shutil import get_terminal_size
from typing import TYPE_CHECKING

from advisor.cli.parser import Request, Tell, load_book
from advisor.errors import AdvisorError
from advisor.formatting import cut, one_line
from advisor.profiles.store import Entry, load_profile, profiles_folder, sample_entries, saved_entries
from advisor.values.quick_dataclass import dataclass

if TYPE_CHECKING:
    from advisor.decision.joint.joint_choice import JointChoice
    from advisor.market.price_book import PriceBook
    from advisor.reports.json_models.profiles import ListedProfileJson


_WHAT_CELLS, _VERDICT_CELLS = 12, 23  # at least; at most
_GAPS = 3  # cells between the columns


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("--names", action="store_true", help="the names alone, a line each; no profile is read")


def answer(request: Request, tell: Tell) -> str:
    """The saved profiles, then the samples. Raises InputError when the book cannot be read."""
    entries = [*saved_entries(profiles_folder(request.profiles)), *sample_entries()]
    if getattr(request.options, "names", False):  # the plain stand-in for the app has none of the options
        names = list(dict.fromkeys(entry.name for entry in entries))
        return _names_json(names) if request.as_json else "".join(f"{name}\n" for name in names)
    book = load_book(request)
    if request.as_json:
        return _json(entries, book)
    rows = [_row(entry, book) for entry in entries]
    if request.command is None:
        tell(f"{'' if request.plain else 'no terminal here; '}`gpu-advisor advise NAME` prints one verdict")
    if request.command is None and request.plain:
        from advisor.reports.formats.screen_reader import spoken

        return "".join(f"{spoken(one_line(_aloud(row)))}\n" for row in rows)
    return "".join(f"{one_line(line)}\n" for line in _table(rows, get_terminal_size().columns))


def _names_json(names: list[str]) -> str:
    from advisor.reports.json_models.profiles import NamesReport

    return NamesReport(names=tuple(names)).to_json()


def _json(entries: list[Entry], book: "PriceBook") -> str:
    from advisor.reports.json_models.profiles import ProfilesReport

    return ProfilesReport(profiles=tuple(_listed(entry, book) for entry in entries)).to_json()


def _listed(entry: Entry, book: "PriceBook") -> "ListedProfileJson":
    from advisor.reports.json_models.profiles import ListedProfileJson

    row = _row(entry, book)
    listed = ListedProfileJson(name=entry.name, path=str(entry.path), sample=entry.sample)
    if row.problem:
        return listed.model_copy(update={"error": row.problem})
    listed = listed.model_copy(update={"verdict": row.verdict})
    if row.choice is None or not row.choice.costs:
        return listed
    pick = max((one for one in row.choice.choices if one is not None), key=lambda one: one.cost.expected_usd)
    usd = round(row.choice.expected_usd, 2)
    return listed.model_copy(update={"action": pick.action, "option": pick.id, "expected_usd": usd})


@dataclass(frozen=True)
class _Row:
    """A profile as it is listed.

    Attributes:
        what: Its own name.
        choice: None where it cannot be read.
        problem: Why it cannot.
    """

    entry: Entry
    what: str = ""
    verdict: str = ""
    cost: str = ""
    choice: "JointChoice | None" = None
    problem: str = ""

    @property
    def answer(self) -> str:
        """The verdict, or what is wrong."""
        return f"cannot be read: {self.problem}" if self.problem else self.verdict


def _row(entry: Entry, book: "PriceBook") -> _Row:
    from advisor.decision.joint.joint_advice import cost_jointly
    from advisor.formatting import usd
    from advisor.reports.joint.joint_view import joint_text

    try:
        profile = load_profile(entry.path, book)
        costings, choice = cost_jointly(profile, book)
    except Exception as error:  # noqa: BLE001 - one profile that fails must not hide the others
        known = isinstance(error, AdvisorError)
        return _Row(entry, problem=str(error) if known else f"internal error: {type(error).__name__}: {error}")
    cost = usd(choice.expected_usd) if choice.costs else ""
    return _Row(entry, profile.name, joint_text(costings, choice), cost, choice)


def _aloud(row: _Row) -> str:
    return f"{row.entry.name}{', a sample' if row.entry.sample else ''}: {row.answer} {row.cost}".rstrip()


def _table(rows: "list[_Row]", width: int) -> Iterator[str]:
    """The profiles in columns: the name to type, what it is for, the verdict and its cost. The name is never cut."""
    names, costs = (
        max(len(one) for one in column) for column in ([row.entry.name for row in rows], [row.cost for row in rows])
    )
    verdicts = min(_VERDICT_CELLS, max(len(row.verdict) for row in rows))
    whats = max(_WHAT_CELLS, min(max(len(row.what) for row in rows), width - names - verdicts - costs - _GAPS))

    def line(name: str, what: str, verdict: str, cost: str) -> str:
        middle = f"{cut(what, whats):<{whats}} {cut(verdict, verdicts):<{verdicts}}"
        return f"{name:<{names}} {middle} {cost:>{costs}}".rstrip()

    yield line("name", "what it is", "verdict", "cost")
    for row in rows:
        if row.problem:
            yield f"{row.entry.name:<{names}} {row.answer}"
        else:
            yield line(row.entry.name, row.what, row.verdict, row.cost)
