"""One declaration per command: key, footer hint, help and palette entry. Nothing else in the app names a key."""

from collections.abc import Iterable
from dataclasses import dataclass

from textual.binding import Binding, BindingType

EVERYWHERE = "everywhere"
HOME = "home"
NEW = "new"
VERDICT = "verdict"
FORM = "form"
LIST = "list"


@dataclass(frozen=True)
class Command:
    """What a key does. hint: its word in the footer, beside the first key, empty when it is not shown there; where: the
    screen it works on; palette: whether the command palette offers it (moving a cursor is no command)."""

    id: str
    keys: str
    action: str
    meaning: str
    where: str
    hint: str = ""
    palette: bool = True

    @property
    def key_words(self) -> str:
        """The keys as a person writes them."""
        return " ".join(_KEY_NAMES.get(key, key) for key in self.keys.split(","))


_KEY_NAMES = {
    "question_mark": "?", "f1": "F1", "escape": "Esc", "enter": "Enter", "ctrl+c": "Ctrl+C", "ctrl+q": "Ctrl+Q",
    "ctrl+p": "Ctrl+P", "ctrl+n": "Ctrl+N", "up": "↑", "down": "↓", "left": "←", "right": "→", "minus": "-",
    "plus": "+", "tab": "Tab", "shift+tab": "Shift+Tab", "delete": "Del", "colon": ":", "home": "Home", "end": "End",
    "ctrl+l": "Ctrl+L", "pagedown": "PgDn", "pageup": "PgUp", "space": "Space",
}  # fmt: skip


def _motion(name: str, keys: str, action: str, meaning: str, where: str, hint: str = "") -> Command:
    """A command that only moves or edits under the cursor: not for the palette."""
    return Command(name, keys, action, meaning, where, hint, palette=False)


COMMANDS: tuple[Command, ...] = (
    _motion("list.choose", "enter", "select", "Open what is under the cursor", LIST, "open"),
    _motion("list.down", "down,j", "cursor_down", "Next line", LIST),
    _motion("list.up", "up,k", "cursor_up", "Previous line", LIST),
    _motion("list.first", "home,g", "first", "First line", LIST),
    _motion("list.last", "end,G", "last", "Last line", LIST),
    Command("home.new", "n", "new", "New profile: fine-tune, train from scratch, or serve", HOME, "new"),
    Command("home.reload", "r", "reload", "Read the profiles again", HOME, "reload"),
    _motion("form.more", "right,plus", "nudge(1)", "A step more, or the next choice", FORM, "more"),
    _motion("form.less", "left,minus", "nudge(-1)", "A step less, or the previous choice", FORM, "less"),
    _motion("form.down", "down,j,tab", "next_field", "Next value", FORM),
    _motion("form.up", "up,k,shift+tab", "previous_field", "Previous value", FORM),
    _motion("form.confirm", "enter", "confirm", "Confirm what was typed; next value", FORM),
    _motion("form.clear", "delete", "clear_value", "Take the default back", FORM),
    Command("new.done", "ctrl+n", "done", "Go to the verdict", NEW, "verdict"),
    _motion("new.back", "escape", "back", "Back without a new profile", NEW, "back"),
    _motion("verdict.back", "escape,h", "back", "Back to the profiles", VERDICT, "profiles"),
    Command("verdict.why", "w", "toggle_why", "Show the reasons, or the costs again", VERDICT, "why"),
    _motion("verdict.page_down", "pagedown,space", "scroll_why(1)", "Reasons: next page", VERDICT),
    _motion("verdict.page_up", "pageup,b", "scroll_why(-1)", "Reasons: previous page", VERDICT),
    Command("verdict.save", "s", "save", "Save the profile", VERDICT, "save"),
    Command("verdict.save_as", "S", "save_as", "Save the profile under another name", VERDICT),
    Command("verdict.copy", "y", "app.copy_verdict", "Copy the verdict as text", VERDICT),
    Command("verdict.revert", "u", "revert", "Take all edits back to what is saved", VERDICT, "revert"),
    Command("help", "question_mark,f1", "help", "What the keys on this screen do", EVERYWHERE, "help"),
    _motion("palette", "ctrl+p,colon", "command_palette", "Find a command by its name", EVERYWHERE),
    Command("theme", "T", "next_theme", "Next theme: dark, light, the terminal's own colours", EVERYWHERE),
    Command("redraw", "ctrl+l", "redraw", "Draw the whole screen again", EVERYWHERE),
    Command("quit", "q,ctrl+q,ctrl+c", "leave", "Quit; asks only when something is unsaved", EVERYWHERE, "quit"),
)


def bindings(*places: str) -> list[BindingType]:
    """The key bindings of some screens or widgets, footer hints included."""
    return [
        Binding(
            command.keys,
            command.action,
            command.hint or command.meaning,
            show=bool(command.hint),
            key_display=command.key_words.split()[0] if command.hint else None,
            id=command.id,
            tooltip=command.meaning,
        )
        for command in commands_of(*places)
    ]


def commands_of(*places: str) -> Iterable[Command]:
    """The commands of some screens, in the order of their declaration."""
    return (command for command in COMMANDS if command.where in places)
