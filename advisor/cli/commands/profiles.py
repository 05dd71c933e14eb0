"""`gpu-advisor profiles`: one line for each profile with its verdict, as on the Home screen."""

from argparse import ArgumentParser
from typing import TYPE_CHECKING

from advisor.cli.parser import Request, Tell, load_book
from advisor.errors import AdvisorError
from advisor.formatting import one_line
from advisor.profiles.store import Entry, load_profile, profiles_folder, sample_entries, saved_entries

if TYPE_CHECKING:
    from advisor.market.price_book import PriceBook
    from advisor.reports.json_models.profiles import ListedProfileJson


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
    if request.command is None and request.plain:
        from advisor.reports.formats.screen_reader import spoken

        return "".join(f"{spoken(one_line(_aloud(entry, book)))}\n" for entry in entries)
    width = max(len(entry.name) for entry in entries)
    lines = [one_line(f"{entry.name:<{width}}  {_verdict_line(entry, book)}") for entry in entries]
    if request.command is None:
        tell("no terminal here; `gpu-advisor advise NAME` prints one verdict")
    return "\n".join(lines) + "\n"


def _names_json(names: list[str]) -> str:
    from advisor.reports.json_models.profiles import NamesReport

    return NamesReport(names=tuple(names)).to_json()


def _json(entries: list[Entry], book: "PriceBook") -> str:
    from advisor.reports.json_models.profiles import ProfilesReport

    return ProfilesReport(profiles=tuple(_listed(entry, book) for entry in entries)).to_json()


def _listed(entry: Entry, book: "PriceBook") -> "ListedProfileJson":
    from advisor.decision.joint.joint_advice import cost_jointly
    from advisor.reports.joint.joint_view import joint_text
    from advisor.reports.json_models.profiles import ListedProfileJson

    listed = ListedProfileJson(name=entry.name, path=str(entry.path), sample=entry.sample)
    try:
        costings, choice = cost_jointly(load_profile(entry.path, book), book)
    except Exception as error:  # noqa: BLE001 - one profile that fails must not hide the others
        return listed.model_copy(update={"error": _reason(error)})
    listed = listed.model_copy(update={"verdict": joint_text(costings, choice)})
    if not choice.costs:
        return listed
    pick = max((one for one in choice.choices if one is not None), key=lambda one: one.cost.expected_usd)
    usd = round(choice.expected_usd, 2)
    return listed.model_copy(update={"action": pick.action, "option": pick.id, "expected_usd": usd})


def _aloud(entry: Entry, book: "PriceBook") -> str:
    return f"{entry.name}{', a sample' if entry.sample else ''}: {_verdict_line(entry, book)}"


def _verdict_line(entry: Entry, book: "PriceBook") -> str:
    from advisor.decision.joint.joint_advice import cost_jointly
    from advisor.formatting import usd
    from advisor.reports.joint.joint_view import joint_text

    try:
        costings, choice = cost_jointly(load_profile(entry.path, book), book)
    except Exception as error:  # noqa: BLE001 - one profile that fails must not hide the others
        return f"cannot be read: {_reason(error)}"
    cost = usd(choice.expected_usd) if choice.costs else ""
    return f"{joint_text(costings, choice):<28} {cost:>8}"


def _reason(error: Exception) -> str:
    return str(error) if isinstance(error, AdvisorError) else f"internal error: {type(error).__name__}: {error}"
