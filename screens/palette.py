"""The command palette: every command that applies on this screen, by name, with its key."""

from textual.command import DiscoveryHit, Hit, Hits, Provider

from screens.commands import EVERYWHERE, Command, commands_of


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
        """Those that match."""
        matcher = self.matcher(query)
        for command in self._offered():
            score = matcher.match(command.meaning)
            if score > 0:
                yield Hit(
                    score, matcher.highlight(command.meaning), self._runner(command), help=f"key: {command.key_names}"
                )

    def _runner(self, command: Command):  # type: ignore[no-untyped-def]  # Textual's callback type is private
        node = self.app if command.where == EVERYWHERE else self.screen

        async def run() -> None:
            await node.run_action(command.action)

        return run
