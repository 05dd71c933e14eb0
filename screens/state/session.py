"""The open profile and its current Advice: edits in, advice out. The engine is imported when the first answer is due,
off the UI thread, so that the first paint does not wait for it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from advisor.cli.parser import Request, load_book
from advisor.errors import AdvisorError, InputError
from advisor.formatting import one_line
from advisor.profiles.store import (
    Entry,
    LoadedProfile,
    duplicate_profile,
    file_name,
    find,
    folder_to_save,
    load_profile,
    load_to_edit,
    profiles_folder,
    sample_entries,
    save_profile,
)
from screens.state.drafts import Draft, DraftKeeper

if TYPE_CHECKING:
    from advisor.backtest.verdict_log import Review
    from advisor.decision.advise import Advice
    from advisor.explain.drilldown import NumberDetail
    from advisor.market.assumptions import Tier
    from advisor.market.price_book import PriceBook
    from advisor.profiles.form_field import FormField
    from advisor.profiles.schema import FieldPath, Profile
    from advisor.reports.board_memo import RunOptions
    from advisor.reports.compare_view import CompareColumn
    from advisor.reports.market_view import FigureRow, MarketView, SourceCard
    from advisor.reports.offer_view import OfferView
    from advisor.reports.track_record_view import RecordView, SavedView
    from advisor.reports.view_models import DeeperView, MapView, Plot, VerdictView

_STARTERS = {"fine-tune": "fine-tune-cycle", "pre-train": "pre-train-16", "inference": "inference-8"}


@dataclass(frozen=True, eq=False, repr=False)  # Textual writes out what a worker is given: all arrays, 0.3 s a time
class Shown:
    """What the verdict's screen shows of an answer: plain values, which may come from another process. deeper: what
    takes a moment longer to reckon, None until it is there."""

    view: "VerdictView"
    fields: "tuple[FormField, ...]"
    deeper: "DeeperView | None" = None

    def lacks(self, parts: tuple[str, ...]) -> tuple[str, ...]:
        """Which of these parts are not there yet."""
        return tuple(part for part in parts if getattr(self, part, None) is None)


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Answer(Shown):
    """One finished answer, with all that stands behind it; each is its own, whatever it says. What takes longer is
    reckoned when a screen needs it, and None until it is there: deeper, use (the curves over the busy share), map,
    market (of the GPU and tier that is looked at), offers (the profile's, judged), record, saved (verdicts)."""

    profile: "Profile"
    advice: "Advice"
    questions: "tuple[FormField, ...]"
    use: "Plot | None" = None
    map: "MapView | None" = None
    market: "MarketView | None" = None
    offers: "tuple[OfferView, ...] | None" = None
    record: "RecordView | None" = None
    saved: "SavedView | None" = None

    def foretold_by(self, ahead: Shown | None) -> "Answer":
        """The same answer with what was reckoned ahead of it, where that is of the same verdict."""
        if ahead is None or (ahead.view, ahead.fields) != (self.view, self.fields):
            return self
        return replace(self, deeper=self.deeper or ahead.deeper)

    def without(self, part: str) -> "Answer":
        """The same answer, in which a part is still to be reckoned."""
        gone: dict[str, Any] = {part: None}
        return replace(self, **gone)


def _with_deeper(_: "Session", answer: Answer) -> Answer:
    from advisor.reports.deeper_view import deeper_view

    return replace(answer, deeper=deeper_view(answer.advice))


def _with_use(_: "Session", answer: Answer) -> Answer:
    from advisor.decision.utilization_curve import use_curves
    from advisor.reports.charts_view import use_plot

    advice = answer.advice
    curves = use_curves(advice.profile, advice.costing.case, advice.costing.forecast)
    return replace(answer, use=use_plot(advice, curves))


def _with_map(_: "Session", answer: Answer) -> Answer:
    from advisor.decision.decision_map import decision_map
    from advisor.reports.charts_view import map_view

    advice = answer.advice
    found = decision_map(advice.profile, advice.costing.case, advice.costing.forecast, advice.verdict)
    return replace(answer, map=map_view(advice, found))


def _with_market(session: "Session", answer: Answer) -> Answer:
    from advisor.market.price_history import built_in_history
    from advisor.reports.market_view import choice_beside, market_view

    choice = choice_beside(answer.advice, session.market_at, 0)
    return replace(answer, market=market_view(answer.advice, choice, built_in_history(), session.today))


def _with_offers(session: "Session", answer: Answer) -> Answer:
    from advisor.market.price_history import built_in_history
    from advisor.reports.offer_view import offer_views

    return replace(answer, offers=tuple(offer_views(answer.advice, built_in_history(), session.today)))


def _with_record(_: "Session", answer: Answer) -> Answer:
    from advisor.decision.confidence import shipped_record
    from advisor.reports.track_record_view import record_view

    return replace(answer, record=record_view(shipped_record()))


def _with_saved(session: "Session", answer: Answer) -> Answer:
    return replace(answer, saved=session.saved_verdicts())


_PARTS = {
    "deeper": _with_deeper,
    "use": _with_use,
    "map": _with_map,
    "market": _with_market,
    "offers": _with_offers,
    "record": _with_record,
    "saved": _with_saved,
}


class Session:
    """Which profile is open, whether it has unsaved edits, and how to ask the engine about it."""

    def __init__(self, request: Request, today: date) -> None:
        self.request = request
        self.today = today
        self.folder = profiles_folder(request.profiles)
        self.profile: Profile | None = None
        self.saved_profile: Profile | None = None
        self.entry: Entry | None = None
        self.seen: bytes | None = None
        self.read_only = ""
        self.drafts = DraftKeeper()
        self._restored: Path | None = None
        self.pinned: list[Answer] = []
        self.market_at: tuple[str, Tier] | None = None
        self._reviews: dict[str, Review] = {}
        self._undone: list[Profile] = []
        self._past: list[Profile] = []
        self._book: PriceBook | None = None
        self._lock = Lock()

    @property
    def edited(self) -> bool:
        """Whether the open profile differs from what is on disk."""
        return self.profile is not None and self.profile != self.saved_profile

    def book(self) -> "PriceBook":
        """The price book, read once. Raises InputError when the user's own book is wrong."""
        with self._lock:
            if self._book is None:
                self._book = load_book(self.request)
            return self._book

    def find(self, name: str) -> Entry:
        """The profile a word on the command line means. Raises InputError."""
        return find(name, self.folder)

    def read(self, entry: Entry) -> LoadedProfile:
        """Read a profile's file. Raises InputError. Safe off the UI thread: it changes nothing here."""
        return load_to_edit(entry.path, self.book())

    def take(self, entry: Entry, opened: LoadedProfile) -> None:
        """Make a profile that was read the open one."""
        self.close()
        self.profile = self.saved_profile = opened.profile
        self.entry, self.seen = entry, opened.content
        self.read_only = "" if entry.sample else opened.read_only

    def close(self) -> None:
        """No profile is open, and nothing unsaved."""
        self.drafts.drop()
        self._restored = None
        self.profile = self.saved_profile = self.entry = self.seen = None
        self.read_only = ""
        self.market_at = None
        self._past, self._undone = [], []

    def change(self, profile: "Profile") -> "Profile":
        """Make an edited profile the open one; the one before can be had back."""
        if self.profile is not None and profile != self.profile:
            self._past.append(self.profile)
            self._undone.clear()
        self.profile = profile
        return profile

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

    def draft_to_keep(self) -> Callable[[], None]:
        """What keeps the unsaved edits as they are now, or drops what was kept when there are none. To be called off
        the UI thread: it waits for the disk. Raises OSError."""
        if self.profile is None or not self.edited:
            return self.drafts.drop
        of = self.entry.path if self.entry else None
        return partial(self._keep_draft, self.profile, of, self.drafts.version, self._restored)

    def _keep_draft(self, profile: "Profile", of: Path | None, version: int, restored: Path | None) -> None:
        self.drafts.keep(profile, of, version)
        if restored is not None:
            restored.unlink(missing_ok=True)

    def read_draft(self, draft: Draft) -> "tuple[Profile, LoadedProfile | None]":
        """A draft's profile, and what is on disk of it now (None when it is not there, or no profile). Raises
        InputError. Safe off the UI thread."""
        profile = load_profile(draft.path, self.book())
        try:
            return profile, None if draft.of is None else load_to_edit(draft.of, self.book())
        except InputError:
            return profile, None

    def take_draft(self, draft: Draft, profile: "Profile", saved: LoadedProfile | None) -> None:
        """Make a draft that was read the open profile, with its edits unsaved; it stays until they are kept anew."""
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

    def start_new(self, kind: str) -> "Profile":
        """Begin a new profile from the sample of its kind. Raises InputError."""
        starter = next(entry for entry in sample_entries() if entry.name == _STARTERS[kind])
        profile = load_profile(starter.path, self.book())
        self.close()
        self.profile = profile.model_copy(update={"name": f"New {kind}", "notes": ""})
        self.saved_profile = self.profile  # as it starts there is nothing to lose yet
        return self.profile

    def type_value(self, path: "tuple[str | int, ...]", text: str) -> "Profile":
        """Set one value of the open profile. Raises InputError and changes nothing when it is not allowed."""
        from advisor.profiles.form import with_text

        assert self.profile is not None
        return self.change(with_text(self.profile, path, text, self.book()))

    def nudge_value(self, path: "tuple[str | int, ...]", steps: int) -> "Profile":
        """Move one value of the open profile by some steps, if it may go there."""
        from advisor.profiles.form import nudged

        assert self.profile is not None
        return self.change(nudged(self.profile, path, steps, self.book()))

    def set_plan(self, nodes: int, months: float) -> "Profile":
        """Give the open profile another size and length. Raises InputError and changes nothing when it may not be."""
        from advisor.profiles.form import at_plan

        assert self.profile is not None
        return self.change(at_plan(self.profile, nodes, months, self.book()))

    def answer(self, profile: "Profile") -> Answer:
        """Ask the engine: all that is known of one profile. Slow enough to stay off the UI thread."""
        from advisor.decision.advise import advise
        from advisor.profiles.form import form_fields, question_fields
        from advisor.reports.verdict_view import verdict_view

        book = self.book()
        advice = advise(profile, book, self.request.paths, self.request.seed)
        view = verdict_view(advice, self.today)
        return Answer(
            view,
            form_fields(profile, book),
            profile=profile,
            advice=advice,
            questions=question_fields(profile, book),
        )

    def number_detail(self, answer: Answer, number: str) -> "NumberDetail":
        """A number of an answer with its parts, inputs and sources."""
        from advisor.explain.drilldown import number_detail
        from advisor.explain.number_id import NumberId

        return number_detail(NumberId(number), answer.advice, self.today)

    def contents(self, answer: Answer, field: "FieldPath | None" = None) -> "NumberDetail":
        """The numbers of an answer, to choose one from; the value of a field of the form stands first."""
        from advisor.explain.drilldown import contents, field_number

        first = None if field is None else field_number(field, answer.advice)
        return contents(answer.advice, self.today, () if first is None else (first,))

    def tried(self, answer: Answer, number: str) -> "tuple[Profile, str]":
        """The profile of an answer with the value of a number tried, and what that is in words. Raises InputError where
        a profile cannot hold it."""
        from advisor.explain.number_id import NumberId
        from advisor.explain.what_if import tried

        return tried(NumberId(number), answer.advice, self.book())

    def log(self, answer: Answer) -> None:
        """Write down the verdict on the profile that was just saved, for the record. Raises SaveError."""
        from advisor.backtest.verdict_log import log_verdict

        log_verdict(answer.advice, self.today)

    def completed(self, answer: Answer, part: str) -> Answer:
        """The same answer with one more of the parts that take a fraction of a second."""
        return _PARTS[part](self, answer)

    def turn_market(self, answer: Answer, steps: int) -> None:
        """Look at the market of another GPU or tier."""
        from advisor.reports.market_view import choice_beside

        self.market_at = choice_beside(answer.advice, self.market_at, steps)

    def market_rows(self, answer: Answer) -> "tuple[FigureRow, ...]":
        """The figures of the market that is looked at, the profile's own offers first."""
        from advisor.reports.market_view import offer_rows

        if answer.market is None:
            return ()
        return (*(offer_rows(answer.offers) if answer.market.own else ()), *answer.market.rows)

    def source_card(self, answer: Answer, figure_id: str) -> "SourceCard":
        """What stands behind a figure of the market."""
        from advisor.market.price_history import built_in_history
        from advisor.reports.market_view import source_card

        return source_card(figure_id, answer.advice, answer.offers or (), built_in_history(), self.today)

    def saved_verdicts(self) -> "SavedView":
        """Every saved verdict at the prices of the book, or why the log cannot be read. Each is asked again once."""
        from advisor.backtest.verdict_log import logged_verdicts, review
        from advisor.reports.track_record_view import SavedView, saved_view

        try:
            verdicts, broken = logged_verdicts()
        except AdvisorError as error:
            return SavedView(one_line(str(error)), ())
        keys = [one.model_dump_json() for one in verdicts]
        for key, one in zip(keys, verdicts, strict=True):
            if key not in self._reviews:
                self._reviews[key] = review(one, self.book())
        return saved_view([self._reviews[key] for key in keys], broken, self.book())

    def rest(self) -> None:
        """Let go of what only the next answer would use. To be called when nobody waits for one."""
        from advisor.decision.advise import forget
        from screens.terminal.memory import give_back  # with numpy, which imports ctypes anyway

        forget()
        give_back()

    def pin(self, answer: Answer) -> bool:
        """Keep an answer to compare others with; False when its profile is pinned already. Pins outlive the profile
        that is open, so that profiles can be compared too."""
        if any(pinned.profile == answer.profile for pinned in self.pinned):
            return False
        self.pinned.append(answer)
        return True

    def columns(self, answer: Answer) -> "tuple[CompareColumn, ...]":
        """The open profile's column and those of the pinned ones, each with what differs from the open profile."""
        from advisor.reports.compare_view import compare_columns

        others = [(pinned.advice, pinned.fields) for pinned in self.pinned]
        return compare_columns((answer.advice, answer.fields), others)

    def report(self, answer: Answer) -> str:
        """An answer as the plain report."""
        from advisor.reports.formats.text import text_report

        return text_report(answer.advice, self.today)

    def export_name(self, what: str) -> str:
        """A name to export under, in the working directory."""
        stem = Path(file_name(self.profile.name if self.profile else "")).stem
        return f"{stem}-compared.md" if what == "comparison" else f"{stem}.md"

    def export_folder(self) -> str:
        """The working directory, which somebody may have taken away meanwhile."""
        try:
            return one_line(str(Path.cwd()))
        except OSError:
            return "."

    def export(self, what: str, answer: Answer, name: str, *, over: bool) -> Path:
        """Write the memo on an answer, or the comparison, in the format that the name ends in, and say where. Raises
        TakenError when there is such a file and `over` is False, SaveError. Slow enough to stay off the UI thread."""
        from advisor.reports.export_file import format_of, write_report
        from advisor.reports.write_as import advice_as, comparison_as

        path = Path(name).expanduser() if name.startswith("~/") else Path(name)
        form, asked = format_of(path), self._asked()
        if what == "comparison":
            others = [pinned.advice for pinned in self.pinned]
            text = comparison_as(form, self.columns(answer), [answer.advice, *others], asked)
        else:
            own = self.entry.path if self.entry is not None and not self.entry.sample else None
            text = advice_as(form, answer.advice, asked, own)
        write_report(path, text, over=over)
        return path.absolute()

    def _asked(self) -> "RunOptions":
        from advisor.reports.board_memo import RunOptions

        request = self.request
        return RunOptions(self.today, request.paths, request.seed, "" if request.book is None else request.book.name)

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
        self.take(Entry(one_line(path.stem), path, sample=False), save_profile(self.profile, path, seen))

    def save_as(self, name: str) -> Path:
        """Save the open profile under a new name, with the comments of its file, in the profiles folder or, where that
        is read-only, in the user's own. Raises InputError when the name is taken or not allowed, SaveError when nothing
        can be written there."""
        assert self.profile is not None
        opened, path = duplicate_profile(LoadedProfile(self.profile, self.seen or b"", ""), self.folder_to_save, name)
        self.take(Entry(one_line(path.stem), path, sample=False), opened)
        return path
