"""JointAdvice -> plain text: what to do on each GPU and what it costs together, then the report on each GPU."""

from collections.abc import Iterator
from datetime import date

from advisor.decision.joint.joint_advice import JointAdvice
from advisor.formatting import cut
from advisor.reports.formats.screen_reader import linear_report, spoken
from advisor.reports.formats.text import WIDTH, text_report, wrapped
from advisor.reports.joint.joint_view import TABLE_HEAD, JointRow, joint_view, part_lines

_CELLS = (13, 22, 9, 18, 9)


def joint_report(joint: JointAdvice, today: date) -> str:
    """Return the verdict and its reasons as plain text of 79 columns; of one GPU as `text_report`."""
    if joint.is_of_one_gpu:
        return text_report(joint.parts[0], today)
    reports = (text_report(part, today) for part in joint.parts)
    return "\n".join([*_joint_lines(joint), *(f"\n{'=' * WIDTH}\n{report.rstrip()}" for report in reports)]) + "\n"


def linear_joint_report(joint: JointAdvice, today: date) -> str:
    """Return the same for screen readers; of one GPU as `linear_report`."""
    if joint.is_of_one_gpu:
        return linear_report(joint.parts[0], today)
    view = joint_view(joint)
    lines = [f"Profile: {joint.profile.name}", *(f"Need: {line}" for line in part_lines(joint)), ""]
    lines += [f"Verdict: {view.verdict}"] if view.verdict else []
    lines += [*(f"Verdict: {line}" for line in view.sentences), view.total, *view.cash, ""]
    head = "".join(f"{spoken(line)}\n" for line in lines)
    return head + "\n".join(linear_report(part, today) for part in joint.parts)


def _joint_lines(joint: JointAdvice) -> Iterator[str]:
    view = joint_view(joint)
    yield from wrapped((joint.profile.name, *part_lines(joint)), "")
    yield from ("", view.verdict) if view.verdict else [""]
    yield from wrapped(view.sentences, "", "  ")
    yield from wrapped((view.total, *view.cash), "  ")
    yield from ("", f"{view.table_title} (net present cost)")
    gpu, option, cost, band, day_one, most = TABLE_HEAD
    yield from (_table_line(row) for row in (JointRow(gpu, None, option, cost, band, day_one, most), *view.rows))
    yield from ("", "Then each GPU by itself, as if it were the only one")


def _table_line(row: JointRow) -> str:
    cells = (row.gpu, row.option, row.cost, row.band, row.day_one)
    left, right = cells[:2], cells[2:]
    texts = [f"{cut(cell, size - 1):<{size}}" for cell, size in zip(left, _CELLS, strict=False)]
    texts += [f"{cell:>{size}}" for cell, size in zip(right, _CELLS[2:], strict=True)]
    return f"  {''.join(texts)}"
