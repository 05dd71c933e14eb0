"""The command palette: commands by name or by what people call them, the values of the form, the figures of the
verdict, the words of the screens, and the profiles."""

import re
from functools import partial
from typing import TYPE_CHECKING, ClassVar, cast

from textual.command import CommandList, CommandPalette, DiscoveryHit, Hit, Hits, Provider
from textual.content import Content

from advisor.explain.words import WORDS
from screens.commands import EVERYWHERE, Command, commands_of
from screens.dialogs.dialog import OF_THE_TERMINAL
from screens.ports import AppPort
from screens.views.help import HelpScreen

if TYPE_CHECKING:
    from textual.fuzzy import Matcher
    from textual.types import IgnoreReturnCallbackType

OTHER_WORDS = {  # what people call a command, by its id
    "home.new": "start profile create",
    "home.duplicate": "clone",
    "home.delete": "remove trash",
    "screen.verdict": "answer form edit",
    "screen.why": "flips sensitivity",
    "screen.break-even": "tipping payback node utilization",
    "screen.map": "grid",
    "screen.market": "quote vendor negotiate source",
    "screen.compare": "what-if",
    "screen.record": "backtest confidence",
    "profile.pin": "variant bookmark",
    "compare.baseline": "reference against",
    "compare.rename": "label name",
    "profile.save": "write keep",
    "profile.open": "explain provenance",
    "profile.export": "memo report board pdf share",
    "profile.copy": "clipboard share",
    "profile.revert": "discard reset",
    "theme": "color",
    "quit": "exit leave close",
}
_BEGINS = 2.0  # times the score of what has the words anywhere
_BY_ANOTHER_WORD = 0.5  # of the score, where it is not the name of something to do that matches


def _score(matcher: "Matcher", text: str) -> float:
    """How well a text matches. A sentence has nearly any letters in some order: its words must begin as those that are
    looked for, and it comes first where it begins with them."""
    query, found = matcher.query.lower().strip(), text.lower()
    if not all(re.search(rf"(?<!\w){re.escape(word)}", found) for word in query.split()):
        return 0.0
    return matcher.match(text) * (_BEGINS if found.startswith(query) else 1.0)


class Palette(CommandPalette):
    """Textual's palette, whose list fails on a page key while it has no room or is not laid out yet."""

    BINDINGS: ClassVar = OF_THE_TERMINAL

    def _action_command_list(self, action: str) -> None:
        if self.query_one(CommandList).scrollable_content_region:
            super()._action_command_list(action)


class CommandProvider(Provider):
    """Offers the declared commands of the screen in front, and those that work everywhere."""

    def _offered(self) -> list[Command]:
        places = (*getattr(self.screen, "PLACES", ()), EVERYWHERE)
        return [command for command in commands_of(*places) if command.palette]

    async def discover(self) -> Hits:
        """All of them, before anything is typed."""
        for command in self._offered():
            yield DiscoveryHit(command.meaning, self._runner(command), help=f"key: {command.key_names}")

    async def search(self, query: str) -> Hits:
        """Those whose name matches, or one of their other words: `memo` finds the export."""
        matcher = self.matcher(query)
        for command in self._offered():
            score = _score(matcher, command.meaning)
            shown: Content | str = matcher.highlight(command.meaning)
            if score <= 0:
                best = max((_score(matcher, word) for word in OTHER_WORDS.get(command.id, "").split()), default=0.0)
                score, shown = _BY_ANOTHER_WORD * best, command.meaning
            if score > 0:
                yield Hit(score, shown, self._runner(command), help=f"key: {command.key_names}")

    def _runner(self, command: Command) -> "IgnoreReturnCallbackType":
        node = self.app if command.where == EVERYWHERE else self.screen

        async def run() -> None:
            await node.run_action(command.action)

        return run


class ValueProvider(Provider):
    """Offers the values of the open profile by their labels and meanings: the cursor of the form goes there."""

    async def search(self, query: str) -> Hits:
        """Those that match."""
        port, matcher = cast(AppPort, self.app), self.matcher(query)
        answer = port.answer
        for index, field in enumerate(answer.fields if answer is not None else ()):
            score = max(_score(matcher, field.label), _BY_ANOTHER_WORD * _score(matcher, field.meaning))
            if score > 0:
                text = ": ".join(filter(None, (field.label, "".join(field.words))))
                yield Hit(score, Content(text), partial(port.navigation.show_field, index), help=field.meaning)


class FigureProvider(Provider):
    """Offers the figures of the verdict by their titles: the one that is chosen opens to its formula and sources."""

    async def startup(self) -> None:
        """The figures, once for all that is typed."""
        port = cast(AppPort, self.app)
        self._rows = () if port.answer is None else port.session.engine.contents(port.answer).rows

    async def search(self, query: str) -> Hits:
        """Those that match."""
        port, matcher = cast(AppPort, self.app), self.matcher(query)
        for row in self._rows:
            score = _BY_ANOTHER_WORD * _score(matcher, row.label)
            if score > 0 and row.number is not None:
                yield Hit(
                    score, Content(f"{row.label}: {row.amount}"), partial(port.navigation.open_number, row.number)
                )


class WordProvider(Provider):
    """Offers the words of the screens: the one that is chosen is explained."""

    async def search(self, query: str) -> Hits:
        """Those that match."""
        matcher = self.matcher(query)
        for word in WORDS:
            score = _BY_ANOTHER_WORD * _score(matcher, word.term)
            if score > 0:
                shows = partial(self.app.push_screen, HelpScreen((), (word,)))
                yield Hit(score, Content(f"What is {word.term}?"), shows, help=word.meaning)


class ProfileProvider(Provider):
    """Offers the profiles that the list of profiles has read."""

    async def search(self, query: str) -> Hits:
        """Those that match; unsaved edits of the open profile are asked about before another is opened."""
        port, matcher = cast(AppPort, self.app), self.matcher(query)
        for summary in port.list_reader.summaries.values():
            score = _score(matcher, summary.name)
            if score > 0 and summary.readable:
                text = Content(f"Open {summary.name}")
                opens = partial(port.files.settle_edits, partial(port.navigation.open_entry, summary.entry))
                yield Hit(score, text, opens, help=summary.verdict)
