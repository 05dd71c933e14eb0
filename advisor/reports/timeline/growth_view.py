"""What a growing plan signs now and what later, as a headline and a line."""

from collections.abc import Sequence

from advisor.array_types import of_one
from advisor.costing.demand import Demand
from advisor.costing.load_curve import rounded_up
from advisor.costing.option import Option
from advisor.decision.plan_steps import Stage, grows, stages, steps
from advisor.decision.ranking import RankedOption
from advisor.formatting import listed, plural

_MOST_STAGES = 4


def size_words(demand: Demand, per_node: float, *, in_nodes: bool) -> str:
    """`64 nodes`, `5 to 85 nodes`; `12 GPUs (1.5 nodes)`, `1 GPU` where the work was not given in nodes, in whole
    replicas."""
    nodes, most = demand.alive.nodes, demand.peak_nodes
    if in_nodes:
        least = int(nodes[nodes > 0].min(initial=most))
        return f"{f'{least:,} to ' if least < most else ''}{most:,} {plural('node', most)}"
    wanted = demand.alive_shape.nodes
    if _unit_gpus(demand, per_node) == 1 and not grows(demand):
        wanted = rounded_up(wanted * demand.alive_shape.wanted_share, 1 / per_node)  # as the profile says
    peak, low = float(wanted.max()), float(wanted[wanted > 0].min())
    lowest = f"{low * per_node:,.6g} to " if round(low, 6) < round(peak, 6) else ""
    gpus = f"{lowest}{peak * per_node:,.6g} {plural('GPU', round(peak * per_node, 6))}"
    return gpus if peak < 1 else f"{gpus} ({round(peak, 3):,.10g} {plural('node', peak)})"


def growth_headline(pick: RankedOption) -> str | None:
    """`RESERVE 5 nodes for 12 months now, up to 85 by month 31`; None where the plan does not grow, but for replicas
    on spot, `RENT 45 replicas on spot`; and where what it grows by is decided later."""
    found, option, growing = stages(pick.cost), pick.cost.option, grows(pick.cost.demand)
    if not found or not (growing or option.id == "spot") or option.choice is not None:
        return None
    now = found[0]
    when = "now" if now.month == 0 else f"from month {now.month + 1}"  # what is in hand may serve the start
    if pick.action == "rent":
        where, comma, rest = option.command.removeprefix("rent ").partition(",")
        later = f" {when}, {_up_to(found, [stage.rented for stage in found])}" if growing else ""
        return f"RENT {_counted(pick, now.rented)} {where}{later}{comma}{rest}"
    verb = option.command.partition(" ")[0].upper()
    if pick.action == "buy":
        return f"{verb} {_counted(pick, now.signed)}, " + (
            "rent what you need beyond" if option.rents_peaks else "all now"
        )
    signed = [stage.signed for stage in found]
    beyond = ", rent what you need beyond" if any(stage.rented for stage in found) else ""
    later = f", {_up_to(found, signed)}" if max(signed) > now.signed else beyond
    peaks = ", rent peaks" if option.rents_peaks and max(signed) > now.signed else ""
    at_once = [step for step in steps(pick.cost) if step.kind == "sign" and step.month == now.month]
    what = f"{_counted(pick, now.signed)} {_term(option, when)}"
    if len(at_once) > 1:  # contracts of several terms
        what = f"{option.command.partition(' ')[2]} {when}"
    return f"{verb} {what}{later}{peaks}"


def growth_line(pick: RankedOption) -> str | None:
    """`Later: 9 nodes in month 7, 16 in month 13 and 85 in month 31`: at most four of the steps, the last one too."""
    found = stages(pick.cost)
    if len(found) < 2 or not grows(pick.cost.demand):
        return None
    later = found[1:]
    count = min(_MOST_STAGES, len(later))
    shown = [later[(len(later) * part) // count - 1] for part in range(1, count + 1)]
    return "Later: " + listed(
        [_stage_text(stage, f" {unit_word(pick)}s" if at == 0 else "") for at, stage in enumerate(shown)]
    )


def _stage_text(stage: Stage, word: str) -> str:
    rented = f" (+ {stage.rented:,} rented)" if stage.signed and stage.rented else ""
    return f"{stage.signed or stage.rented:,}{word}{rented} in month {stage.month + 1}"


def _up_to(found: Sequence[Stage], nodes: Sequence[int]) -> str:
    most = max(nodes)
    return f"up to {most:,} by month {found[nodes.index(most)].month + 1}"


def _term(option: Option, when: str) -> str:
    return "month by month" if option.term_months == 1 else f"for {option.term_months} months {when}"


def _counted(pick: RankedOption, count: int) -> str:
    return f"{count:,} {plural(unit_word(pick), count)}"


def unit_word(pick: RankedOption) -> str:
    """What is rented: nodes, GPUs one by one, or replicas of several GPUs."""
    gpus = _unit_gpus(pick.cost.demand, of_one(pick.cost.case.assumptions.rental.gpus_per_node))
    return "node" if pick.cost.demand.unit == 1 else "GPU" if gpus == 1 else "replica"


def _unit_gpus(demand: Demand, per_node: float) -> float:
    """The GPUs that are rented together."""
    return round(of_one(demand.unit) * per_node, 6)
