"""The memo on a plan of several GPUs: what is taken on each and what all of it costs, then the sections on each GPU."""

from advisor.decision.joint.joint_advice import JointAdvice
from advisor.reports.board_memo import RunOptions, memo, repeat_section
from advisor.reports.document import Facts, Grid, Memo, Points, Prose, Section
from advisor.reports.joint.joint_view import TABLE_HEAD, JointView, how_sure, joint_view, part_lines
from advisor.values.quick_dataclass import replace

_SHARED = ("How often this was right", "How to repeat it")  # said once


def joint_memo(joint: JointAdvice, options: RunOptions) -> Memo:
    """The memo of `memo`; for several GPUs the plan first, then the sections on each."""
    each = [memo(part, options) for part in joint.parts]
    if joint.is_of_one_gpu:
        return each[0]
    view, first = joint_view(joint), each[0]
    names = [part.gpu.label for part in joint.parts]
    sections = [
        replace(_undecided(section) if view.verdict else section, title=f"{name}: {section.title}")
        for name, one in zip(names, each, strict=True)
        for section in (*one.first_page, *one.sections)
        if section.title not in _SHARED
    ]
    appendix = [
        replace(section, title=f"{name}: {section.title}")
        for name, one in zip(names, each, strict=True)
        for section in one.appendix
        if section.title not in _SHARED
    ]
    shared = [section for section in first.sections if section.title in _SHARED]
    return Memo(
        title=joint.profile.name,
        subtitle=first.subtitle,
        headline="; ".join([view.verdict, *view.headlines] if view.verdict else view.headlines),
        action=each[view.chosen].action,
        summary=(*how_sure(joint), view.total, *view.cash),
        sections=(_plan(joint, view), *sections, *shared),
        appendix=(*appendix, repeat_section(joint.profile, joint.parts[0].book, options)),
    )


def _undecided(section: Section) -> Section:
    """A section on one GPU without what it asks to approve, where not all GPUs are paid for together."""
    parts = (
        Facts(tuple(fact for fact in part.rows if fact[0] != "Decision asked")) if isinstance(part, Facts) else part
        for part in section.blocks
    )
    return replace(section, blocks=tuple(parts))


def _plan(joint: JointAdvice, view: JointView) -> Section:
    rows = tuple((row.gpu, row.option, row.cost, row.band, row.day_one, row.most_paid) for row in view.rows)
    table = Grid(f"{view.table_title}, present value", TABLE_HEAD, rows, (2, 3, 4, 5), (len(rows) - 1,))
    said = (
        "The prices of all GPUs move together and the plan changes as a whole, so the total spreads as far as its "
        "parts. The sections below are about one GPU each, as if it were the only one."
    )
    return Section("The plan", (Points(part_lines(joint)), table, Prose(said)), wide=True)
