"""One declaration per command: key, footer hint, help and palette entry. Nothing else in the app names a key."""

from collections.abc import Iterable
from dataclasses import replace

from textual.binding import Binding, BindingType

from advisor.values.quick_dataclass import dataclass

TITLE = "gpu-advisor   rent, reserve or buy GPU compute"  # of the screens without a profile
EVERYWHERE = "everywhere"
HOME = "home"
NEW = "new"
PROFILE = "profile"
VERDICT = "verdict"
MAP = "map"
COMPARE = "compare"
MARKET = "market"
OFFERS = "offers"
FORM = "form"
LIST = "list"
FILTER = "filter"
PAGES = "pages"
LINES = "lines"
NUMBER = "number"
FIND = "find"


@dataclass(frozen=True)
class Command:
    """What a key does.

    Attributes:
        where: The screen it works on.
        palette: Whether the command palette offers it, which it does not for moving a cursor.
        hint: Its label in the footer, empty when it is not shown there.
        more: Its label where the footer has room for more.
        urgent: Whether it comes first there, which is for what is seldom possible.
    """

    id: str
    keys: str
    action: str
    meaning: str
    where: str
    hint: str = ""
    palette: bool = True
    more: str = ""
    urgent: bool = False

    @property
    def key_names(self) -> str:
        """The keys as they are written in help and footer."""
        return " ".join(key_name(key) for key in self.keys.split(","))

    @property
    def shown_key(self) -> str:
        """What the footer shows beside the hint: the first of the keys."""
        return self.key_names.split()[0]


_KEY_NAMES = {
    "question_mark": "?", "f1": "F1", "escape": "Esc", "enter": "Enter", "ctrl+c": "Ctrl+C", "ctrl+q": "Ctrl+Q",
    "ctrl+p": "Ctrl+P", "ctrl+n": "Ctrl+N", "up": "↑", "down": "↓", "left": "←", "right": "→", "minus": "-",
    "plus": "+", "tab": "Tab", "shift+tab": "Shift+Tab", "delete": "Del", "colon": ":", "home": "Home", "end": "End",
    "ctrl+l": "Ctrl+L", "ctrl+s": "Ctrl+S", "ctrl+z": "Ctrl+Z", "pagedown": "PgDn", "pageup": "PgUp", "space": "Space",
    "slash": "/", "backspace": "Backspace", "f5": "F5", "full_stop": ".", "left_square_bracket": "[",
    "right_square_bracket": "]",
}  # fmt: skip


def key_name(key: str) -> str:
    """A key as it is written: `?` for question_mark."""
    return _KEY_NAMES.get(key, key)


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
    Command("home.filter", "slash", "filter", "Show only the profiles whose name contains a text", HOME, "filter"),
    Command("home.rename", "R", "rename", "Rename the profile under the cursor", HOME, "rename"),
    Command("home.duplicate", "D", "duplicate", "Duplicate it, or a sample, under another name", HOME, "copy"),
    Command("home.delete", "delete", "delete", "Delete it to the trash; z restores it", HOME, "delete"),
    Command("home.restore", "z", "restore", "Restore what was deleted last", HOME, more="restore", urgent=True),
    _motion("filter.done", "down,enter", "screen.to_list", "On to the list", FILTER, "to the list"),
    _motion("filter.all", "escape", "screen.show_all", "Show all again", FILTER, "all"),
    _motion("home.all", "escape", "show_all", "Show all profiles again", HOME, "all"),
    Command("home.reload", "f5", "reload", "Read the profiles again", HOME),
    _motion("form.more", "right,l,plus", "nudge(1)", "A step more, or the next choice", FORM),
    _motion("form.less", "left,h,minus", "nudge(-1)", "A step less, or the previous choice", FORM),
    _motion("form.down", "down,j,tab", "next_field", "Next value", FORM),
    _motion("form.up", "up,k,shift+tab", "previous_field", "Previous value", FORM),
    _motion("form.next_page", "pagedown", "page(1)", "A page of values down", FORM),
    _motion("form.previous_page", "pageup", "page(-1)", "A page of values up", FORM),
    _motion("form.first", "home,g", "first", "First value", FORM),
    _motion("form.last", "end,G", "last", "Last value", FORM),
    Command(
        "form.edit",
        "e",
        "edit",
        "Edit this value as it is; typing replaces it",
        FORM,
        palette=False,
        more="edit",
    ),
    _motion("form.confirm", "enter", "confirm", "Confirm what was typed; next value", FORM, "take it"),
    _motion("form.drop", "escape", "drop", "Drop what was typed", FORM, "drop it"),
    _motion("form.clear", "delete", "clear_value", "Return to the default", FORM),
    Command("new.done", "ctrl+n", "done", "Go to the verdict", NEW, "verdict"),
    _motion("new.back", "escape", "back", "Back without a new profile", NEW, "back"),
    _motion("map.right", "right,l", "move(0,1)", "More nodes", MAP),
    _motion("map.left", "left,h", "move(0,-1)", "Fewer nodes", MAP),
    _motion("map.down", "down,j", "move(1,0)", "A longer plan", MAP),
    _motion("map.up", "up,k", "move(-1,0)", "A shorter plan", MAP),
    _motion("map.first", "home,g", "move(-999,0)", "The shortest plan", MAP),
    _motion("map.last", "end,G", "move(999,0)", "The longest plan", MAP),
    _motion("map.own", "full_stop", "own", "Back to your own plan", MAP),
    _motion("map.open", "enter", "open", "Use this plan as an edit and see its verdict; z undoes it", MAP),
    _motion("map.third_more", "right_square_bracket", "screen.third(1)", "More of the third input", MAP),
    _motion("map.third_less", "left_square_bracket", "screen.third(-1)", "Less of the third input", MAP),
    _motion("map.third_next", "i", "screen.next_third", "Another third input: prices, utilization", MAP),
    _motion("compare.right", "right,l", "move(1)", "Next column", COMPARE),
    _motion("compare.left", "left,h", "move(-1)", "Previous column", COMPARE),
    _motion("compare.first", "home,g", "move(-999)", "First column", COMPARE),
    _motion("compare.last", "end,G", "move(999)", "Last column", COMPARE),
    _motion("compare.down", "down,j", "screen.scroll_lines(1)", "A line down", COMPARE),
    _motion("compare.up", "up,k", "screen.scroll_lines(-1)", "A line up", COMPARE),
    _motion("compare.take", "enter", "take", "Use this variant as an edit; z undoes it", COMPARE, "take"),
    Command("compare.baseline", "B", "screen.baseline", "Compare the others with this column", COMPARE, "baseline"),
    Command("compare.rename", "R", "screen.rename", "Rename this variant", COMPARE, "rename"),
    _motion("compare.remove", "delete", "remove", "Remove this column", COMPARE, "remove"),
    _motion("market.open", "enter", "select", "Show the source of this figure", MARKET),
    _motion("market.next", "right,l", "screen.turn(1)", "The next GPU or tier", MARKET),
    _motion("market.previous", "left,h", "screen.turn(-1)", "The previous GPU or tier", MARKET),
    Command("market.filter", "slash", "screen.filter", "Show only the figures that contain some words", MARKET),
    _motion("market.next_page", "pagedown", "page_down", "Next page of figures", MARKET),
    _motion("market.previous_page", "pageup", "page_up", "Previous page of figures", MARKET),
    Command("offers.add", "a", "screen.add", "Add offers: paste a mail, or type one", OFFERS, "add"),
    Command("offers.answer", "A", "screen.answer", "Copy the answer to the seller of this offer", OFFERS),
    _motion("offers.only", "enter", "select", "The verdict with this offer alone; z undoes it", OFFERS),
    _motion("offers.remove", "delete", "screen.remove", "Remove this offer; z undoes it", OFFERS),
    _motion("lines.try", "t", "try", "Try the value on this line as an edit; z undoes it", LINES, "try"),
    _motion("number.back", "escape,left,h", "back", "A step back", NUMBER),
    _motion("number.try", "t", "try", "Try this value as an edit; z undoes it", NUMBER),
    _motion("number.close", "q", "close", "Close", NUMBER),
    _motion("pages.down", "down,j", "scroll_down", "A line down", PAGES),
    _motion("pages.up", "up,k", "scroll_up", "A line up", PAGES),
    _motion("pages.first", "home,g", "scroll_home", "The first line", PAGES),
    _motion("pages.last", "end,G", "scroll_end", "The last line", PAGES),
    Command("screen.verdict", "v", "app.show('verdict')", "Verdict: what to do, and the values", PROFILE, "Verdict"),
    Command("screen.why", "w", "app.show('why')", "Why: reasons, and what would change them", PROFILE, "Why"),
    Command(
        "screen.break-even",
        "b",
        "app.show('break-even')",
        "Break-even: use, price, length",
        PROFILE,
        "Break-even",
    ),
    Command("screen.map", "m", "app.show('map')", "Map: every size and length of the plan", PROFILE, "Map"),
    Command("screen.market", "M", "app.show('market')", "Market: prices, their sources, offers", PROFILE, "Market"),
    Command("screen.offers", "O", "app.show('offers')", "Offers: add, judge and answer them", PROFILE, "Offers"),
    Command("screen.compare", "c", "app.show('compare')", "Compare: pinned variants side by side", PROFILE, "Compare"),
    Command("screen.record", "r", "app.show('record')", "Record: how often it was right", PROFILE),
    Command("profile.gpu", "N", "next_gpu", "Show the next GPU of a plan on several", PROFILE),
    Command("find", "slash", "app.command_palette", "Find a value, a figure, a word or a command", FIND, palette=False),
    _motion("profile.back", "escape", "back", "Back: to the verdict, from there to the profiles", PROFILE),
    Command("profile.save", "s,ctrl+s", "save", "Save the profile", PROFILE, more="save", urgent=True),
    Command("profile.undo", "z", "undo", "Undo the last edit", PROFILE, more="undo", urgent=True),
    Command("profile.redo", "Z", "redo", "Redo the edit that was undone", PROFILE, more="redo", urgent=True),
    Command("profile.open", "o", "open_numbers", "Open a number: its formula, inputs and sources", PROFILE),
    Command("profile.save_as", "S", "save_as", "Save the profile under another name", PROFILE),
    Command("profile.copy", "y", "app.copy_verdict", "Copy the verdict as text", PROFILE, more="copy"),
    Command("profile.export", "x", "export", "Export to a file: Markdown, HTML, JSON or CSV", PROFILE, more="export"),
    Command("profile.pin", "p", "pin", "Pin the profile as it is now, to compare it", PROFILE, more="pin"),
    Command("profile.revert", "u", "revert", "Undo all edits: back to what is saved", PROFILE),
    _motion("profile.page_down", "pagedown,space", "page(1)", "Next page", PROFILE),
    _motion("profile.page_up", "pageup", "page(-1)", "Previous page", PROFILE),
    Command("help", "question_mark,f1", "help", "What the keys on this screen do", EVERYWHERE, "help"),
    _motion("palette", "ctrl+p,colon", "command_palette", "Find a command by its name", EVERYWHERE),
    Command("theme", "T", "next_theme", "Next theme: dark, light, the terminal's own colors", EVERYWHERE),
    Command("redraw", "ctrl+l", "redraw", "Draw the whole screen again", EVERYWHERE),
    Command("suspend", "ctrl+z", "suspend_process", "Back to the shell for a while: fg returns here", EVERYWHERE),
    Command("quit", "q,ctrl+q,ctrl+c", "leave", "Quit; asks only when something is unsaved", EVERYWHERE),
)


def bindings(*places: str) -> list[BindingType]:
    """The key bindings of some screens or widgets, footer hints included."""
    return [
        Binding(
            key,
            command.action,
            command.hint or command.meaning,
            show=bool(command.hint),
            id=command.id,
            tooltip=command.meaning,
        )
        for command in commands_of(*places)
        for key in command.keys.split(",")
    ]


def quiet_bindings(*places: str) -> list[BindingType]:
    """The same without footer hints, for screens whose footer is full."""
    return [replace(found, show=False) for found in bindings(*places) if isinstance(found, Binding)]


def commands_of(*places: str) -> Iterable[Command]:
    """The commands of some screens, in the order of their declaration."""
    return (command for command in COMMANDS if command.where in places)


def keys_of(name: str) -> frozenset[str]:
    """The keys of one command."""
    return frozenset(key for command in COMMANDS if command.id == name for key in command.keys.split(","))


def command_of(name: str) -> Command:
    """The command of that id."""
    return next(command for command in COMMANDS if command.id == name)


def hinted(name: str, hint: str) -> list[BindingType]:
    """The keys of a command again, with a footer hint: for screens where it is the main thing to do."""
    return [
        replace(found, description=hint, show=True)
        for found in bindings(command_of(name).where)
        if isinstance(found, Binding) and found.id == name
    ]
