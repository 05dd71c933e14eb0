"""What the app asks of the engine. The engine is imported when the first answer is due, off the UI thread, so that the
first paint does not wait for it."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import date
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from advisor.cli.parser import Request, load_book
from advisor.errors import AdvisorError, InputError
from advisor.formatting import one_line
from screens.answer import Answer, AnswerView
from screens.state.kept_state import KeptState
from screens.state.variants import Variant, Variants
from screens.terminal.memory import return_free_memory

if TYPE_CHECKING:
    from advisor.backtest.verdict_log import Review
    from advisor.decision.joint.joint_advice import JointAdvice
    from advisor.explain.drilldown import NumberDetail
    from advisor.market.assumptions import Tier
    from advisor.market.price_book import PriceBook
    from advisor.profiles.form.form_field import FormField
    from advisor.profiles.schema import FieldPath, Profile
    from advisor.profiles.store import Entry
    from advisor.reports.compare_view import CompareColumn
    from advisor.reports.market_view import SourceCard
    from advisor.reports.offers.reading import OffersRead
    from advisor.reports.track_record_view import SavedView

    MarketChoice = tuple[str, Tier]


class Engine:
    """Answers about profiles, and the evidence for them. Safe from any thread; most of it is too slow for the UI
    thread."""

    def __init__(self, request: Request, today: date) -> None:
        self.request = request
        self.today = today
        self._reviews: dict[str, Review] = {}
        self._book: PriceBook | None = None
        self._lock = Lock()

    def book(self) -> "PriceBook":
        """The price book, read once. Raises InputError when the user's own book is wrong."""
        with self._lock:
            if self._book is None:
                self._book = load_book(self.request, self.today)
            return self._book

    def answer(self, profile: "Profile") -> Answer:
        """The verdict on a profile, of several GPUs on the costliest, and the form that shows its values."""
        from advisor.decision.joint.joint_advice import advise_jointly
        from advisor.profiles.form.form_fields import form_fields, question_fields

        book = self.book()
        joint = advise_jointly(profile, book, self.request.paths, self.request.seed)
        fields = form_fields(profile, book)
        return _shown(joint, joint.costliest, fields, question_fields(profile, fields), self.today)

    def preview(self, entry: "Entry") -> AnswerView:
        """The verdict on a saved profile, without what only an open one needs. Raises InputError."""
        from advisor.profiles.store import load_profile

        answer = self.answer(load_profile(entry.path, self.book()))
        return AnswerView(answer.view, (), together=answer.together)

    def on_gpu(self, answer: Answer, gpu: str | None, steps: int = 0) -> Answer:
        """The same answer about another of its GPUs; the parts that take longer are still to be computed.

        Args:
            answer: The answer.
            gpu: Id of the GPU; None, or one that it is not about, for the costliest.
            steps: How many GPUs further.
        """
        joint = answer.joint
        ids = [part.gpu.id for part in joint.parts]
        at = (ids.index(gpu) if gpu in ids else joint.costliest) + steps
        if joint.parts[at % len(ids)] is answer.advice:
            return answer
        return _shown(joint, at % len(ids), answer.fields, answer.questions, self.today)

    def completed(self, answer: Answer, part: str, market: "MarketChoice | None" = None) -> Answer:
        """The same answer with one more of the parts that take a fraction of a second.

        Args:
            answer: The answer that lacks the part.
            part: Its name among the fields of `Answer`.
            market: The GPU and tier to show the market of; None for the profile's own.
        """
        parts: dict[str, Callable[[], Answer]] = {
            "deeper": lambda: _with_deeper(answer),
            "use": lambda: _with_use(answer),
            "map": lambda: _with_map(answer),
            "market": lambda: _with_market(answer, market, self.today),
            "offers": lambda: _with_offers(answer, self.today),
            "record": lambda: _with_record(answer),
            "saved": lambda: replace(answer, saved=self._saved_verdicts()),
        }
        self.free_memory()  # each part prices many plans at once and needs none of another part's
        return parts[part]()

    def number_detail(self, answer: Answer, number: str) -> "NumberDetail":
        """A number of an answer with its parts, inputs and sources."""
        from advisor.explain.drilldown import number_detail
        from advisor.explain.number_id import NumberId

        return number_detail(NumberId(number), answer.advice, self.today)

    def contents(self, answer: Answer, field: "FieldPath | None" = None) -> "NumberDetail":
        """The numbers of an answer, to choose one from; the value of a field of the form comes first."""
        from advisor.explain.drilldown import contents, field_number
        from advisor.profiles.gpu_groups import field_in_group

        advice = answer.advice
        mine = None if field is None else field_in_group(answer.profile, advice.gpu.id, field, self.book())
        first = None if mine is None else field_number(mine, advice)
        return contents(answer.advice, self.today, () if first is None else (first,))

    def tried(self, answer: Answer, number: str) -> "tuple[Profile, str]":
        """The profile of an answer with the value of a number tried, and a description of that edit. Raises InputError
        when a profile cannot have it."""
        from advisor.explain.number_id import NumberId
        from advisor.explain.what_if import tried
        from advisor.profiles.gpu_groups import with_group

        edited, edit = tried(NumberId(number), answer.advice, self.book())
        return with_group(answer.profile, answer.advice.gpu.id, edited, self.book()), edit

    def can_try(self, answer: Answer, number: str) -> bool:
        """Whether a profile can have the value of a number: some figures are the book's alone."""
        try:
            self.tried(answer, number)
        except InputError:
            return False
        return True

    def at_plan(self, profile: "Profile", gpu: str | None, nodes: float, months: float) -> "Profile":
        """A profile with another size and length of the work on one GPU. gpu: its id, None for the only one. Raises
        InputError when that is not allowed."""
        from advisor.profiles.scaled_plan import at_plan

        return self._with_edited(profile, gpu, lambda group: at_plan(group, nodes, months, self.book()))

    def keep_offers(self, profile: "Profile", gpu: str | None, kept: "Callable[[int], bool]") -> "Profile":
        """A profile with some of its offers of one GPU, by their numbers among those. gpu: as for `at_plan`."""

        def edit(group: "Profile") -> "Profile":
            quotes = tuple(quote for number, quote in enumerate(group.quote) if kept(number))
            return group.model_copy(update={"quote": quotes})

        return self._with_edited(profile, gpu, edit)

    def _with_edited(self, profile: "Profile", gpu: str | None, edit: "Callable[[Profile], Profile]") -> "Profile":
        """A profile whose part on one GPU is edited."""
        from advisor.profiles.gpu_groups import groups_of, with_group

        book = self.book()
        groups = {book.gpu(group.workload[0].gpu).id: group for group in groups_of(profile, book)}
        name = gpu if gpu in groups else next(iter(groups))
        return with_group(profile, name, edit(groups[name]), book)

    def market_beside(self, answer: Answer, market: "MarketChoice | None", steps: int) -> "MarketChoice":
        """The GPU and tier some steps after the one that is viewed."""
        from advisor.reports.market_view import choice_beside

        return choice_beside(answer.advice, market, steps)

    def source_card(self, answer: Answer, figure_id: str) -> "SourceCard":
        """The evidence behind a figure of the market."""
        from advisor.market.price_history import built_in_history
        from advisor.reports.market_view import source_card

        return source_card(figure_id, answer.advice, built_in_history(), self.today)

    def read_offers(self, answer: Answer, text: str) -> "OffersRead":
        """The offers in a text, as they would be added to the profile of an answer: those that name no GPU are of the
        one in view."""
        from advisor.reports.offers.reading import offers_read

        return offers_read(text, answer.profile, self.book(), self.today, answer.advice.gpu.id)

    def columns(self, answer: Answer, variants: Variants, own_name: str = "") -> "tuple[CompareColumn, ...]":
        """The open profile's column and those of the pinned ones, each with what differs from the baseline. own_name:
        what the open profile is called."""
        from advisor.reports.compare_view import compare_columns

        others = variants.answered
        baseline = next((at for at, (one, _) in enumerate(others, 1) if one is variants.baseline), 0)
        answers = [(one.joint, one.fields) for one in (answer, *(theirs for _, theirs in others))]
        return compare_columns(answers, [own_name, *(one.name for one, _ in others)], baseline)

    def read_variants(self, state: KeptState, of: Path) -> list[Variant | None]:
        """The variants that are remembered of the profile of a file, still to be answered; None in place of one that
        cannot be read any more."""
        from advisor.files.toml_document import parse_toml
        from advisor.profiles.validation import parse_profile

        found: list[Variant | None] = []
        for name, text in state.variants:
            found.append(None)
            with suppress(AdvisorError):
                _, raw = parse_toml(text.encode(), of, "a profile")
                found[-1] = Variant(parse_profile(raw, self.book()), name, of)
        return found

    def log(self, answer: Answer) -> None:
        """Write the verdict on a profile that was just saved to the track record. Raises SaveError."""
        from advisor.backtest.verdict_log import log_verdicts

        log_verdicts(answer.joint.parts, self.today)

    def rest(self) -> None:
        """Load what the first edit needs, and free memory: for a moment in which nothing is asked."""
        import advisor.profiles.form.edited_profile  # noqa: F401 - its patterns take longer than an answer

        self.free_memory()

    def free_memory(self) -> None:
        """Drop what is kept for the rest of an answer, and return memory to the system."""
        from advisor.values.kept import forget

        forget()
        return_free_memory()

    def _saved_verdicts(self) -> "SavedView":
        """Every saved verdict at the prices of the book, or why the log cannot be read. Each is computed again once."""
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


def _shown(
    joint: "JointAdvice", at: int, fields: "tuple[FormField, ...]", questions: "tuple[FormField, ...]", today: date
) -> Answer:
    """An answer about one of the GPUs of a profile."""
    from advisor.reports.joint.joint_view import joint_view
    from advisor.reports.verdict_view import verdict_view

    return Answer(
        verdict_view(joint.parts[at], today),
        fields,
        together=None if joint.is_of_one_gpu else joint_view(joint, at),
        profile=joint.profile,
        joint=joint,
        advice=joint.parts[at],
        questions=questions,
    )


def _with_deeper(answer: Answer) -> Answer:
    from advisor.reports.deeper_view import deeper_view
    from advisor.reports.rents.fan_view import rent_fan

    return replace(answer, deeper=replace(deeper_view(answer.advice), fan=rent_fan(answer.advice)))


def _with_use(answer: Answer) -> Answer:
    from advisor.decision.utilization_curve import use_curves
    from advisor.reports.charts_view import use_plot

    advice = answer.advice
    return replace(answer, use=use_plot(advice, use_curves(advice.profile, advice.costing)))


def _with_map(answer: Answer) -> Answer:
    from advisor.decision.decision_map import decision_map
    from advisor.reports.charts_view import map_view

    advice = answer.advice
    return replace(answer, map=map_view(advice, decision_map(advice.profile, advice.costing)))


def _with_market(answer: Answer, market: "MarketChoice | None", today: date) -> Answer:
    from advisor.market.price_history import built_in_history
    from advisor.reports.market_view import choice_beside, market_view

    choice = choice_beside(answer.advice, market, 0)
    return replace(answer, market=market_view(answer.advice, choice, built_in_history(), today))


def _with_offers(answer: Answer, today: date) -> Answer:
    from advisor.market.price_history import built_in_history
    from advisor.reports.offers.view import offer_views

    advice = answer.advice
    views = offer_views(advice.profile, advice.costing, advice.book, built_in_history(), today)
    return replace(answer, offers=tuple(views))


def _with_record(answer: Answer) -> Answer:
    from advisor.decision.confidence import shipped_record
    from advisor.reports.track_record_view import record_view

    return replace(answer, record=record_view(shipped_record()))
