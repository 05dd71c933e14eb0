"""One key, one meaning: what each key does on all screens and in all dialogs, as a table."""

from collections import defaultdict
from itertools import chain

import pytest
from textual.binding import Binding
from textual.screen import ModalScreen

from screens.commands import COMMANDS
from screens.dialogs import questions
from screens.dialogs.dialog import Dialog
from screens.views.help import HelpScreen

MEANINGS = {  # what a key does everywhere, and the commands that are this on their screens
    "down": "list.down form.down map.down compare.down pages.down filter.done",
    "up": "list.up form.up map.up compare.up pages.up",
    "right": "form.more map.right compare.right market.next",
    "left": "form.less map.left compare.left market.previous number.back",
    "first": "list.first form.first map.first compare.first pages.first",
    "last": "list.last form.last map.last compare.last pages.last",
    "next page": "form.next_page market.next_page profile.page_down",
    "previous page": "form.previous_page market.previous_page profile.page_up",
    "do what is shown": "list.choose form.confirm map.open compare.take market.open offers.only filter.done",
    "back, one level up": "home.all filter.all new.back number.back profile.back form.drop",
    "find": "home.filter market.filter find",
    "rename": "home.rename compare.rename",
    "remove": "home.delete form.clear compare.remove offers.remove",
    "undo": "home.restore profile.undo",
    "try": "lines.try number.try",
    "leave": "number.close quit",
}
DIALOGS = {  # in the dialogs about a file, by key
    "s": "profile.save",
    "S": "profile.save_as",
    "z": "profile.undo",
    "d": "discard",
}


def test_every_key_means_one_thing() -> None:
    meanings = defaultdict(set)
    for command in COMMANDS:
        own = {meaning for meaning, names in MEANINGS.items() if command.id in names.split()} or {command.id}
        for key in command.keys.split(","):
            meanings[key].add(frozenset(own))
    clashes = {key: sorted(map(sorted, found)) for key, found in meanings.items() if not frozenset.intersection(*found)}
    assert clashes == {}
    named = {name for names in MEANINGS.values() for name in names.split()}
    assert named <= {command.id for command in COMMANDS}, "no command of the table is gone"


def test_no_digit_is_a_command() -> None:
    assert not [command.id for command in COMMANDS if any(key.isdigit() for key in command.keys.split(","))]


@pytest.mark.parametrize("dialog", [one for one in vars(questions).values() if isinstance(one, type)])
def test_a_letter_in_a_dialog_does_what_it_does_elsewhere(dialog: type) -> None:
    if not issubclass(dialog, ModalScreen) or dialog is Dialog:
        return
    letters = {
        key
        for binding in dialog.BINDINGS
        if isinstance(binding, Binding)
        for key in binding.key.split(",")
        if len(key) == 1
    }
    assert letters <= {*DIALOGS, "q"}
    ids = {key: command.id for command in COMMANDS for key in command.keys.split(",")}
    assert all(ids.get(key, meaning) == meaning for key, meaning in DIALOGS.items() if key in letters)


def test_help_closes_by_the_keys_that_open_it_and_by_those_that_leave() -> None:
    keys = set(chain.from_iterable(one.key.split(",") for one in HelpScreen.BINDINGS if isinstance(one, Binding)))
    assert keys == {"escape", "q", "question_mark", "f1", "enter"}
