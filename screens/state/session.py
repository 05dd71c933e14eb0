"""The open profile: what is on disk of it, its edits, its draft, and what is remembered of it."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import date
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from advisor.cli.parser import Request
from advisor.errors import AdvisorError, InputError, reason_of
from advisor.files.toml_document import fresh_content
from advisor.formatting import one_line
from advisor.profiles.store import (
    Entry,
    LoadedProfile,
    duplicate_profile,
    find,
    folder_to_save,
    load_profile,
    load_to_edit,
    profile_table,
    profiles_folder,
    sample_entries,
    save_profile,
)
from screens.answer import Answer
from screens.state.drafts import Draft, DraftKeeper
from screens.state.engine import Engine
from screens.state.kept_state import KeptState, keep_state
from screens.state.places import Places
from screens.state.variants import Variant, Variants

if TYPE_CHECKING:
    from advisor.market.assumptions import Tier
    from advisor.profiles.schema import FieldPath, Kind, Profile


class Session:
    """Which profile is open, and whether it has unsaved edits. On the UI thread, but where a method says otherwise."""

    def __init__(self, request: Request, today: date) -> None:
        self.request = request
        self.today = today
        self.engine = Engine(request, today)
        self.folder = profiles_folder(request.profiles)
        self.profile: Profile | None = None
        self.saved_profile: Profile | None = None
        self.entry: Entry | None = None
        self.seen: bytes | None = None
        self.read_only = ""
        self.drafts = DraftKeeper()
        self.places = Places()
        self.variants = Variants()
        self.view_places: dict[str, str] = {}  # of the open profile, by view
        self.market: tuple[str, Tier] | None = None
        self.gpu: str | None = None  # which of several is shown; None for the costliest
        self._restored: Path | None = None
        self._undone: list[Profile] = []
        self._past: list[Profile] = []

    @property
    def edited(self) -> bool:
        """Whether the open profile differs from what is on disk."""
        return self.profile is not None and self.profile != self.saved_profile

    @property
    def unsaved_words(self) -> str:
        """What follows the name of the open profile where something of it is unsaved: ` (edited)`."""
        if not self.edited:
            return ""
        return " (not saved)" if self.entry is None else " (edited)"

    def find(self, name: str) -> Entry:
        """The profile that an argument of the command line names. Raises InputError."""
        return find(name, self.folder)

    @cached_property
    def named(self) -> "Entry | Profile | None":
        """The profile that the command line names, or the plan that it says in words; None where it names none. Looked
        up once. Raises InputError where it is neither."""
        name = self.request.profile
        if name is None:
            return None
        try:
            return self.find(name)
        except InputError as unknown:
            from advisor.profiles.form.plan_in_words import plan_or

            return plan_or(unknown, name, self.engine.book())[0]

    def plan_from(self, text: str) -> "tuple[Profile, str]":
        """The plan that a line of words says, and a note on how it was read. Raises InputError."""
        from advisor.profiles.form.plan_in_words import plan_from

        return plan_from(text, self.engine.book())

    def read_plan(self, text: str) -> str:
        """How a line of words is read as a plan. Raises InputError."""
        from advisor.profiles.form.amount_text import work_text

        plan, note = self.plan_from(text)
        return "; ".join(filter(None, (work_text(plan.workload[0]), note)))

    def read(self, entry: Entry) -> LoadedProfile:
        """Read a profile's file. Raises InputError. Safe off the UI thread: it changes nothing here."""
        return load_to_edit(entry.path, self.engine.book())

    def take(self, entry: Entry, loaded: LoadedProfile) -> None:
        """Make a profile that was read the open one."""
        self.close()
        self.profile = self.saved_profile = loaded.profile
        self.entry, self.seen = entry, loaded.content
        self.read_only = "" if entry.sample else loaded.read_only
        self.variants.saved_at(entry.path)
        self.places.profile = entry.path.absolute()

    def close(self) -> None:
        """No profile is open, and nothing unsaved."""
        self.drafts.drop()
        self._restored = None
        self.profile = self.saved_profile = self.entry = self.seen = None
        self.read_only = ""
        self.market = self.gpu = None
        self.view_places = {}
        self._past, self._undone = [], []

    def recall(self, state: KeptState, variants: "Sequence[Variant | None]") -> None:
        """Take what is remembered of the open profile, with its variants as far as they can be read; those that are
        pinned already stay as they are."""
        self.view_places = {**state.places}
        for number, one in enumerate(variants, start=1):
            if one is not None and self.variants.add(one) and number == state.baseline:
                self.variants.baseline = self.variants.baseline or one

    def state_keeper(self) -> Callable[[], None]:
        """A function that writes down what is to be remembered of the open profile as it is now. It waits for the
        disk, from any thread."""
        if self.entry is None:
            return lambda: None
        own = self.variants.on(self.entry.path)
        texts = tuple((one.name, fresh_content(profile_table(one.profile)).decode()) for one in own)
        baseline = 1 + own.index(self.variants.baseline) if self.variants.baseline in own else 0
        return partial(keep_state, self.entry.path, KeptState({**self.view_places}, texts, baseline))

    def change(self, profile: "Profile") -> "Profile":
        """Make an edited profile the open one; `undo` returns to the one before."""
        if self.profile is not None and profile != self.profile:
            self._past.append(self.profile)
            self._undone.clear()
        self.profile = profile
        return profile

    @property
    def can_undo(self) -> bool:
        """Whether there is an edit before this one."""
        return self.profile is not None and bool(self._past)

    @property
    def can_redo(self) -> bool:
        """Whether an edit was undone."""
        return self.profile is not None and bool(self._undone)

    def undo(self) -> "Profile | None":
        """The profile before the last edit; None when there is none."""
        return self._step(self._past, self._undone)

    def redo(self) -> "Profile | None":
        """The profile before the last undo; None when there is none."""
        return self._step(self._undone, self._past)

    def _step(self, source: "list[Profile]", target: "list[Profile]") -> "Profile | None":
        if self.profile is None or not source:
            return None
        target.append(self.profile)
        self.profile = source.pop()
        return self.profile

    def draft_writer(self) -> Callable[[], str]:
        """A function that writes the unsaved edits as they are now to their draft, or removes it when there are none.
        It waits for the disk, from any thread, and returns why they could not be written, else an empty text."""
        if self.profile is None or not self.edited:
            return self._drop_draft
        of = self.entry.path if self.entry else None
        return partial(self._write_draft, self.profile, of, self.drafts.version, self._restored)

    def _drop_draft(self) -> str:
        self.drafts.drop()
        return ""

    def _write_draft(self, profile: "Profile", of: Path | None, version: int, restored: Path | None) -> str:
        try:
            self.drafts.keep(profile, of, version)
        except OSError as error:
            return reason_of(error)
        except AdvisorError as error:
            return str(error)
        if restored is not None:
            with suppress(OSError):
                restored.unlink(missing_ok=True)
        return ""

    def read_draft(self, draft: Draft) -> "tuple[Profile, LoadedProfile | None]":
        """A draft's profile, and what is on disk of it now (None when there is no readable profile). Raises
        InputError. Safe off the UI thread."""
        profile = load_profile(draft.path, self.engine.book())
        try:
            return profile, None if draft.of is None else load_to_edit(draft.of, self.engine.book())
        except InputError:
            return profile, None

    def take_draft(self, draft: Draft, profile: "Profile", saved: LoadedProfile | None) -> None:
        """Make a draft that was read the open profile, with its edits unsaved; its file stays until they are written
        again."""
        self.close()
        self.profile, self.saved_profile = profile, None if saved is None else saved.profile
        self.seen = None if saved is None else saved.content
        if draft.of is not None:
            sample = draft.of in [entry.path.absolute() for entry in sample_entries()]
            self.read_only = "" if sample or saved is None else saved.read_only
            self.entry = Entry(draft.of.stem, draft.of, sample)
        self._restored = draft.path
        if not self.edited:
            draft.path.unlink(missing_ok=True)

    def start_new(self, kind: "Kind") -> "Profile":
        """Begin a new profile of a kind: until a value is typed, nothing would be lost. Raises InputError."""
        from advisor.profiles.form.plan_in_words import new_profile

        self.saved_profile = self.start(new_profile(kind, self.engine.book()))
        return self.saved_profile

    def start(self, profile: "Profile") -> "Profile":
        """Begin with a profile that is in no file yet."""
        self.close()
        self.profile = profile
        return profile

    def type_value(self, path: "FieldPath", text: str, label: str = "") -> "Profile":
        """Set one value of the open profile. Raises InputError and changes nothing when it is not allowed."""
        from advisor.profiles.form.edited_profile import with_text

        assert self.profile is not None
        return self.change(with_text(self.profile, path, text, self.engine.book(), label))

    def read_as(self, path: "FieldPath", text: str) -> str:
        """How the form will show a text as the value of the open profile. Raises InputError."""
        from advisor.profiles.form.edited_profile import with_text
        from advisor.profiles.form.form_fields import form_fields

        assert self.profile is not None
        book = self.engine.book()
        edited = with_text(self.profile, path, text, book)
        return next(field.text for field in form_fields(edited, book) if field.path == path)

    def nudge_value(self, path: "FieldPath", steps: int) -> "Profile":
        """Move one value of the open profile by some steps, within its bounds."""
        from advisor.profiles.form.edited_profile import nudged

        assert self.profile is not None
        return self.change(nudged(self.profile, path, steps, self.engine.book()))

    def set_plan(self, nodes: float, months: float) -> "Profile":
        """Give the open profile another size and length. Raises InputError and changes nothing when not allowed."""
        assert self.profile is not None
        return self.change(self.engine.at_plan(self.profile, self.gpu, nodes, months))

    def add_offers(self, profile: "Profile") -> "Profile":
        """Take the open profile with offers that were read for it."""
        assert self.profile is not None
        added = profile.quote[len(self.profile.quote) :]
        return self.change(self.profile.model_copy(update={"quote": (*self.profile.quote, *added)}))

    def keep_offers(self, gpu: str, kept: "Callable[[int], bool]") -> "Profile":
        """Keep some of the open profile's offers of one GPU, by their numbers among those."""
        assert self.profile is not None
        return self.change(self.engine.keep_offers(self.profile, gpu, kept))

    def turn_market(self, answer: Answer, steps: int) -> None:
        """View the market of another GPU or tier."""
        self.market = self.engine.market_beside(answer, self.market, steps)

    def pin(self, answer: Answer) -> bool:
        """Keep an answer to compare others with; False when its profile is pinned already."""
        return self.variants.add(Variant(answer.profile, "", self.entry.path if self.entry else None, answer))

    @property
    def folder_to_save(self) -> Path:
        """Where a new profile goes."""
        return folder_to_save(self.folder)

    def path_to_save(self) -> Path | None:
        """Where the open profile is saved without asking; None when it needs a name first."""
        return self.entry.path if self.entry is not None and not self.entry.sample and not self.read_only else None

    def save(self, path: Path, seen: bytes | None) -> None:
        """Save the open profile over what was `seen` in its file. Raises ConflictError when that changed meanwhile,
        SaveError; nothing is lost then."""
        assert self.profile is not None
        saved = save_profile(self.profile, path, seen, like=self.seen or b"")
        self.take(Entry(one_line(path.stem), path, sample=False), saved)

    def save_as(self, name: str, folder: Path) -> Path:
        """Save the open profile under a new name in a folder, or as a path says, with the comments of its file. Raises
        InputError when the name is taken or not allowed, SaveError when nothing can be written there."""
        assert self.profile is not None
        loaded, path = duplicate_profile(LoadedProfile(self.profile, self.seen or b"", ""), folder, name)
        self.take(Entry(one_line(path.stem), path, sample=False), loaded)
        return path
