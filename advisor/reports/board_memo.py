"""The memo for a board, in no format yet: sections of sentences, tables and pictures."""

from collections.abc import Iterator, Sequence
from datetime import date
from shlex import quote

from advisor import __version__
from advisor.backtest.rules import NAIVE_RULES
from advisor.backtest.walk_forward import RULE
from advisor.costing.components import COMPONENTS
from advisor.decision.advise import Advice
from advisor.decision.confidence import Record, shipped_record
from advisor.decision.ranking import RankedOption
from advisor.decision.utilization_curve import use_curves
from advisor.files.toml_document import fresh_content
from advisor.formatting import capitalized, cents, figure_parts, figure_range, listed, percent, usd, usd_rate
from advisor.market.price_book import PriceBook
from advisor.profiles.schema import Profile
from advisor.profiles.store import file_name, profile_table
from advisor.reports.assumptions_view import Assumption, assumptions
from advisor.reports.backtest_text import gap_text
from advisor.reports.cards.card_table import card_sentences
from advisor.reports.charts_view import use_plot
from advisor.reports.compare_view import CompareColumn
from advisor.reports.deeper_view import deeper_view
from advisor.reports.document import Block, Grid, Listing, Memo, Picture, Points, Prose, Section
from advisor.reports.first_page import cash_words, first_page
from advisor.reports.offers.memo import offer_blocks
from advisor.reports.rents.fan_view import rent_rows, rents_plot
from advisor.reports.timeline.steps_view import step_rows
from advisor.reports.verdict_view import by_cost, verdict_view
from advisor.reports.view_models import CostRow, DeeperView, VerdictView
from advisor.values.quick_dataclass import dataclass


@dataclass(frozen=True)
class RunOptions:
    """What an answer depends on besides the profile and the built-in book. book, prices_from: the names of the
    user's own book and of the catalogs that the list price was taken from, empty without."""

    today: date
    paths: int
    seed: int
    book: str = ""
    prices_from: str = ""


def memo(advice: Advice, options: RunOptions) -> Memo:
    """The decision on half a page; what each way costs, cash, reasons, what would change it, the record; then every
    figure to the cent, every assumption, and how to repeat it. Computes the sensitivities: a fraction of a second."""
    view, deeper = verdict_view(advice, options.today), deeper_view(advice)
    sections = (
        Section("What each option costs", tuple(_costs(advice, view)), wide=True),
        Section("" if deeper.service is None else deeper.service.title, tuple(_service(deeper))),
        Section("Offers", tuple(offer_blocks(advice, options.today)), wide=True),
        Section("Cash and runway", tuple(_cash(advice, deeper))),
        Section("Why, in full", tuple(_why(view))),
        Section("What would change the answer, in full", tuple(_changes(advice, view, deeper))),
        Section("Where rents may go", tuple(_rents(advice, view))),
        Section("How often this was right", tuple(_record(advice, view, shipped_record()))),
    )
    found = assumptions(advice)
    appendix = (
        Section("Costs to the cent", tuple(_exact(advice)), wide=True),
        Section("Assumptions", tuple(_assumed(found)), wide=True),
        repeat_section(advice.profile, advice.book, options),
    )
    return Memo(
        title=view.name,
        subtitle=f"Rent, reserve or buy GPU compute · {options.today} · gpu-advisor {__version__}",
        headline=view.headline,
        action=view.action,
        summary=tuple(
            capitalized(line) for line in (view.conclusion, view.confidence, *_pick(view), *view.summary) if line
        ),
        sections=tuple(section for section in sections if section.blocks),
        appendix=appendix,
        first_page=first_page(advice, view, deeper, found, options.today),
    )


def _pick(view: VerdictView) -> tuple[str, ...]:
    return card_sentences(tuple(card for card in view.cards if card.is_pick))


def comparison(columns: Sequence[CompareColumn], today: date) -> Memo:
    """Profiles and variants side by side, as the Compare screen shows them."""
    rows = tuple(
        (question, *(column.rows[at][1] for column in columns)) for at, (question, _) in enumerate(columns[0].rows)
    )
    table = Grid("", ("", *(column.name for column in columns)), rows)
    return Memo(
        title="Side by side: " + listed([column.name for column in columns]),
        subtitle=f"Rent, reserve or buy GPU compute · {today} · gpu-advisor {__version__}",
        headline="",
        action=None,
        summary=(),
        sections=(Section("Compared", (table,), wide=True),),
    )


def _costs(advice: Advice, view: VerdictView) -> Iterator[Block]:
    ranked = by_cost(advice.verdict)
    yield Prose(
        "Present value: all costs of serving the same need, discounted to today; what an option cannot serve is rented "
        'on demand, resale and sublets are subtracted. "Cheapest in" is the share of the simulated futures in which '
        "none of the available options costs less."
    )
    can = [(row, option) for row, option in zip(view.rows, ranked, strict=True) if option.feasible]
    if can:
        yield Grid(
            "Available options: the pick first, then by cost",
            (
                "Option",
                "Cost",
                "9 in 10 cases from",
                "to",
                "Day one",
                "Most paid out",
                "A busy GPU-hour",
                "Cheapest in",
            ),
            tuple(_cost_row(row, option, advice) for row, option in can),
            right=tuple(range(1, 8)),
            strong=tuple(at for at, (row, _) in enumerate(can) if row.is_pick),
        )
        yield Picture(
            "What each option costs", "The costs of the table above as bars.", tuple(row for row, option in can)
        )
    said = "; ".join(crossing.text for crossing in view.crossings) or "The curves do not cross."
    yield Picture(view.costs.title.replace("  × crossing", ", × where two cross"), said, view.costs)
    if view.timeline is not None:
        head = ("In month", "Do", "Paid in that month")
        after_tax = ", after tax" if view.timeline.after_tax else ""
        yield Grid(f"What to sign and when, if the plan holds{after_tax}", head, step_rows(view.timeline), (0, 2))
        yield Picture(view.timeline.title, "The steps of the table above as lines.", view.timeline)
    cannot = tuple(_cannot(row) for row in view.rows if row.why_not)
    if cannot:
        yield Prose("Not available:")
        yield Points(cannot)


def _cannot(row: CostRow) -> str:
    """Why an option is not available, with what it would cost where that is known."""
    return f"{row.label}{'' if row.cost == '-' else f' ({row.cost})'}: {row.why_not}"


def _best_share(option: RankedOption, advice: Advice) -> str:
    """How often an option is the cheapest; a pick that won a tie, the cheapest or equal to it."""
    if advice.verdict.rival_is_cheaper and option is advice.verdict.pick:
        return f"{percent(advice.risk.pick_equal)} (or equal)"
    return percent(advice.risk.spreads[option.id].probability_best)


def _cost_row(row: CostRow, option: RankedOption, advice: Advice) -> tuple[str, ...]:
    cost, spread = option.cost, advice.risk.spreads[option.id]
    return (
        row.label,
        row.cost,
        usd(spread.p5_usd),
        usd(spread.p95_usd),
        usd(cost.upfront_usd),
        usd(cost.peak_outlay_usd),
        "" if cost.usd_per_used_gpu_hour is None else usd_rate(cost.usd_per_used_gpu_hour),
        _best_share(option, advice),
    )


def _cash(advice: Advice, deeper: DeeperView) -> Iterator[Block]:
    company, runway, pick = advice.profile.company, advice.runway, advice.verdict.pick
    if company.cash_usd is None:
        yield Prose("The profile gives no cash, so cash was not checked.")
    else:
        burn = company.burn_usd_per_month
        other = (
            f"{usd(burn)} a month goes elsewhere" if burn else "no other spending is given, so no runway is computed"
        )
        yield Prose(f"{cash_words(company)}; {other}.")
    if runway is not None:
        yield Prose(
            f"The cash lasts {runway.without_months:.0f} months without this compute, {runway.with_months:.0f} with "
            f"the pick if the plan holds, and {runway.safe_months:.0f} in 95% of the simulations of rents and plan."
        )
    if pick is not None:
        after_tax = ", after tax" if company.tax_rate else ""
        title = f"Payments by half-year for {pick.cost.option.subject}, expected, not discounted{after_tax}"
        yield Grid(title, ("Months", "Paid"), tuple(_half_years(pick.cost.monthly_usd.tolist())), (1,))
    if deeper.balance:
        head = ("Owning, at the end of", "Book value", "Market value", "Owed")
        yield Grid(
            f"What {deeper.owning} leaves on the balance sheet; the market pays what used modules are sold for",
            head,
            tuple((row.month, row.book, row.market, row.owed) for row in deeper.balance),
            (1, 2, 3),
        )


def _half_years(flows: Sequence[float]) -> Iterator[tuple[str, str]]:
    """The flows of each half-year; the last month, in which hardware is sold, is left out where nothing is sold."""
    months = len(flows) - (abs(flows[-1]) < 0.5)
    for start in range(0, months, 6):
        end = min(start + 6, months)
        yield f"{start + 1} to {end}" if end > start + 1 else f"{end}", usd(sum(flows[start:end]))


def _why(view: VerdictView) -> Iterator[Block]:
    yield Points(view.sentences, numbered=True)
    if view.waterfall:
        ends, bars = f"From {view.waterfall_title}", view.waterfall
        steps = listed([f"{bar.label} {bar.amount}" for bar in bars])
        table = Grid(ends, ("", "US$"), tuple((bar.label, bar.amount) for bar in bars), (1,), (0, len(bars) - 1))
        yield Picture(ends, f"{steps}.", bars, table)


def _service(deeper: DeeperView) -> Iterator[Block]:
    """A service in its own units; nothing for other work."""
    found = deeper.service
    if found is not None:
        yield Prose(found.answer.text)
        head = ("Way", f"{capitalized(found.many)} at today's volume", "Over the plan")
        rows = tuple((row.way, row.today or "-", row.plan) for row in found.rows)
        if rows:
            yield Grid(f"What {found.many} cost", head, rows, (1, 2))
        yield Points(tuple(note.text for note in found.notes))


def _changes(advice: Advice, view: VerdictView, deeper: DeeperView) -> Iterator[Block]:
    yield Points(tuple(one.text for one in (*view.hints, *deeper.changes)))
    if view.months:
        yield Grid(
            "Cheapest by length of the plan",
            ("Months", "Option"),
            tuple((row.months, row.option) for row in view.months),
        )
    if view.terms:
        head = ("Term", "By rates alone", "All counted", "All of it paid off by")
        rows = tuple((term.label, term.rate_ratio, term.busy_share, term.paid_off or "-") for term in view.terms)
        yield Grid("Utilization at which a term beats on demand", head, rows, (1,))
        by_use = use_plot(advice, use_curves(advice.profile, advice.costing))
        yield Picture("Cost of a busy GPU-hour by utilization", "The table above says where the curves cross.", by_use)
    if deeper.tornado:
        title = "How the saving changes when one input moves by a typical amount"
        said = "; ".join(f"{bar.label}: {usd(bar.worse_usd)} to {usd(bar.better_usd)}" for bar in deeper.tornado)
        swings = tuple(
            (bar.label, bar.span, usd(bar.lead_at_low_usd), usd(bar.lead_at_high_usd)) for bar in deeper.widest
        )
        table = Grid(title, ("Input", "Lower to higher", "Saving if lower", "if higher"), swings, (2, 3))
        yield Picture(title, f"{said}.", deeper.tornado, table)
    yield Points(tuple(one.text for one in (*view.crossings, view.payback, *deeper.worth)))


def _rents(advice: Advice, view: VerdictView) -> Iterator[Block]:
    plot, rows = rents_plot(advice), rent_rows(advice)
    if len(rows) > 1:
        table = Grid(plot.title, ("In months", "Mean", "9 in 10 from", "to"), rows, (1, 2, 3))
        said = "; ".join(f"in {month} months {mean}, 9 in 10 {low} to {high}" for month, mean, low, high in rows)
        yield Picture(plot.title, f"{said}.", plot, table)
    if not view.scenarios or advice.verdict.only_way:
        return
    scenarios = tuple((row.label, row.best, row.extra_cost) for row in view.scenarios)
    yield Grid("If rents move differently", ("Rents", "Cheapest then", "The pick costs more"), scenarios, (2,))
    minimax = advice.minimax_pick
    if minimax is not None:
        label = next(o.cost.option.label for o in advice.verdict.ranked if o.id == minimax)
        yield Prose(f"The least regret in the worst of them: {label}.")


def _record(advice: Advice, view: VerdictView, record: Record) -> Iterator[Block]:
    regrets = [series["regret"] for series in record.real["series"]]
    known = {rule: [regret[rule] for regret in regrets] for rule in regrets[0]}
    best = min((rule for rule in known if rule in NAIVE_RULES), key=lambda rule: sum(known[rule]))
    shown = [(RULE, RULE), (f"the best naive rule ({best})", best), ("always rent", "rent")]
    each = [
        f"{name} {percent(sum(known[rule]) / len(regrets), 1)} (worst {percent(max(known[rule]), 1)})"
        for name, rule in shown
    ]
    shown_earned = view.confidence and not advice.verdict.only_way
    earned = f" {capitalized(view.confidence)}." if shown_earned else ""
    yield Prose(
        f"On {len(regrets)} series of past rents, picks cost more than the best in hindsight by, on average: "
        f"{listed(each)}.{earned}"
    )
    yield Grid(
        f"How often a verdict names the class that turns out cheapest, by its gap (record of {record.date})",
        ("Gap to another class", "Confidence", "Shown", "n", "Held out", "n", "Past rents", "n"),
        tuple(
            (
                gap_text(one.from_gap, one.to_gap),
                one.word,
                *(percent(one.right_share), f"{one.n:,}"),
                *(percent(one.held_out_share), f"{one.held_out_n:,}"),
                *(percent(one.real_share), f"{one.real_n:,}"),
            )
            for one in record.earned
        ),
        tuple(range(2, 8)),
    )
    yield Points(record.limits)


def _exact(advice: Advice) -> Iterator[Block]:
    """All options to the cent, as the JSON has them."""
    known = [option for option in by_cost(advice.verdict) if option.cost.option.priced]
    pick = advice.verdict.pick
    yield Grid(
        "US$; options that are not available are in brackets",
        ("Option", "Expected", "5%", "95%", "Mean of the worst 5%", "Day one", "Most paid out", "Not discounted"),
        tuple(_exact_row(option, advice) for option in known),
        tuple(range(1, 8)),
        tuple(at for at, option in enumerate(known) if option is pick),
    )
    if pick is not None:
        parts = tuple((COMPONENTS[name].label, cents(amount)) for name, amount in pick.cost.components.items())
        rows = (*parts, ("in all", cents(pick.cost.expected_usd)))
        title = f"What the cost of {pick.cost.option.subject} is made of, present value"
        yield Grid(title, ("Part", "US$"), rows, (1,))


def _exact_row(option: RankedOption, advice: Advice) -> tuple[str, ...]:
    cost, spread = option.cost, advice.risk.spreads[option.id]
    amounts = (
        cost.expected_usd,
        spread.p5_usd,
        spread.p95_usd,
        spread.cvar95_usd,
        cost.upfront_usd,
        cost.peak_outlay_usd,
        cost.undiscounted_usd,
    )
    return (option.id if option.feasible else f"({option.id})", *map(cents, amounts))


def _assumed(found: Sequence[Assumption]) -> Iterator[Block]:
    titles = list(dict.fromkeys((one.source, one.where) for one in found))
    yield Prose(
        "Own values are marked. A thin one has fewer than three sources, or weak ones; a judgment has none (n = 0). "
        "Ranges are plausible ranges."
    )
    yield Grid(
        "",
        ("Assumption", "What it is", "Value", "Unit", "Range", "n", "Date", "Source"),
        tuple(_assumption_row(one, titles.index((one.source, one.where)) + 1) for one in found),
        (2,),
        tuple(at for at, one in enumerate(found) if one.own),
    )
    yield Points(tuple(f"{title} ({where})" if where else title for title, where in titles), numbered=True)


def _assumption_row(one: Assumption, source: int) -> tuple[str, ...]:
    mark = " (own)" if one.own else f" ({'thin' if one.n else 'judgment'})" if one.thin else ""
    n, value, unit = "" if one.n is None else f"{one.n}", value_text(one.value), one.unit
    if isinstance(one.value, float) and not isinstance(one.value, bool):
        value, unit = figure_parts(one.value, unit)
    spread = figure_range(one.low, one.high, one.unit)
    return one.label + mark, one.meaning, value, unit.strip(), spread, n, one.date, f"[{source}]"


def value_text(value: float | str | bool) -> str:
    """A value as it stands in a profile or the book."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value if isinstance(value, str) else f"{value:,.10g}"


def repeat_section(profile: Profile, book: PriceBook, options: RunOptions) -> Section:
    """The command and the profile that give the same memo again."""
    return Section("How to repeat it", tuple(_repeat(profile, book, options)), wide=True)


def _repeat(profile: Profile, book: PriceBook, options: RunOptions) -> Iterator[Block]:
    name = file_name(profile.name)
    parts = [f"gpu-advisor report {name} --paths {options.paths} --seed {options.seed}"]
    parts += [f"--book {quote(options.book)}"] if options.book else []
    parts += [f"--prices-from {quote(options.prices_from)}"] if options.prices_from else []
    yield Prose(
        f"gpu-advisor {__version__}, price book read on {book.read_on}, {options.paths:,} sampled paths, seed "
        f"{options.seed}. The same profile and book give the same figures. Save the lines below as {name}, then:"
    )
    yield Listing(" ".join(parts))
    without_notes = profile.model_copy(update={"notes": ""})  # they are for the user, not for the board
    yield Listing(fresh_content(profile_table(without_notes)).decode().strip())
