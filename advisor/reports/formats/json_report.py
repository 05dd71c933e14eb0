"""Advice -> JSON. It is a contract (`"schema": 1`), checked in the tests."""

import math
from datetime import date
from pathlib import Path
from typing import Any

from advisor.decision.advise import Advice
from advisor.decision.confidence import confidence
from advisor.decision.other_picks import OtherPick
from advisor.decision.ranking import RankedOption, Verdict
from advisor.decision.scenarios import worst_regret_share
from advisor.decision.sensitivity import Flip
from advisor.explain.json_provenance import advice_depends_on, inputs_with_sources, option_depends_on
from advisor.explain.numbers import input_id
from advisor.reports.verdict_view import verdict_view, warning_lines


def json_report(advice: Advice, path: Path | None, today: date) -> dict[str, Any]:
    """The contract of `advise --json`. Fields that need the track record are null."""
    tier = advice.profile.market.tier
    price = advice.gpu.figures[f"{tier}_usd_per_gpu_hour"]
    options = [json_option(option, advice) for option in advice.verdict.ranked]
    depends_on = advice_depends_on(advice)
    named = (depends_on, *(option["rests_on"] for option in options))
    return {
        "schema": 1,
        "profile": {"name": advice.profile.name, "path": None if path is None else str(path)},
        "market": {
            "as_of": price.date,
            "gpu": advice.gpu.id,
            "tier": tier,
            "usd_per_gpu_hour": price.value,
            "age_days": advice.book.age_days(today),
            "sources": inputs_with_sources(advice, named, today),
        },
        "verdict": _json_verdict(advice, today),
        "options": options,
        "break_even": _json_break_even(advice),
        "flips": [_json_flip(flip, advice) for flip in advice.sensitivity.flips],
        "steady_inputs": list(advice.sensitivity.steady),
        "tornado": [
            {
                "input": swing.input,
                "input_id": input_id(swing.input, advice),
                "unit": swing.unit,
                "low": swing.low,
                "high": swing.high,
                "gap_at_low_usd": _cents(swing.gap_at_low_usd),
                "gap_at_high_usd": _cents(swing.gap_at_high_usd),
            }
            for swing in advice.sensitivity.swings
        ],
        "waiting": _json_waiting(advice),
        "held": _json_held(advice),
        "information_usd": {
            "total": _cents(advice.risk.information.total_usd),
            "rents": _cents(advice.risk.information.rents_usd),
            "plan": _cents(advice.risk.information.plan_usd),
        },
        "gap_error_share": advice.risk.gap_error_share,
        "balance_sheet": [
            {
                "month": sheet.month,
                "book_usd": _cents(sheet.book_usd),
                "market_usd": _cents(sheet.market_usd),
                "owed_usd": _cents(sheet.owed_usd),
            }
            for sheet in advice.balance_sheets
        ],
        "waterfall": [{"component": step.group, "usd": _cents(step.usd)} for step in advice.reasons.waterfall],
        "scenarios": [
            {
                "name": outcome.name,
                "label": outcome.label,
                "best_option": outcome.best_option,
                "expected_usd": None if outcome.best_option is None else _cents(outcome.usd[outcome.best_option]),
            }
            for outcome in advice.scenarios
        ],
        "rests_on": depends_on,
        "reasons": list(advice.reasons.sentences),
        "warnings": list(warning_lines(advice, today)),
    }


def _cents(usd_amount: float) -> float:
    return round(usd_amount, 2)


def _json_verdict(advice: Advice, today: date) -> dict[str, Any]:
    verdict, view = advice.verdict, verdict_view(advice, today)
    return {
        "action": view.action,
        "option": verdict.pick.id if verdict.pick else None,
        "close_call": verdict.close_call,
        "rival": verdict.rival.id if verdict.rival else None,
        "gap_share": verdict.gap_share,
        "confidence": _json_confidence(verdict),
        "headline": view.headline,
        "flexible_pick": _json_other_pick(advice.flexible_pick),
        "insured_pick": _json_other_pick(advice.insured_pick),
        "minimax_pick": advice.minimax_pick,
        "class_best": {action: advice.risk.class_best.get(action, 0.0) for action in ("rent", "reserve", "buy")},
        "runway_without_months": advice.runway.without_months if advice.runway else None,
        "runway_with_months": advice.runway.with_months if advice.runway else None,
        "runway_safe_months": advice.runway.safe_months if advice.runway else None,
    }


def _json_confidence(verdict: Verdict) -> dict[str, Any]:
    """From the shipped record; null when there is no rival."""
    earned = confidence(verdict.gap_share, verdict.close_call)
    if earned is None:
        return {"word": None, "right_share": None, "n": None}
    return {"word": earned.word, "right_share": earned.right_share, "n": earned.n}


def _json_other_pick(pick: OtherPick | None) -> dict[str, Any] | None:
    """Null when the pick itself is the one."""
    if pick is None:
        return None
    return {"option": pick.option, "extra_share": pick.extra_share, "tail_saving_share": pick.tail_saving_share}


def _json_flip(flip: Flip, advice: Advice) -> dict[str, Any]:
    return {
        "input": flip.input,
        "input_id": input_id(flip.input, advice),
        "unit": flip.unit,
        "current": flip.current,
        "flips_at": flip.flips_at,
        "sds_away": flip.sds_away,
        "to_option": flip.to_option,
        "to_action": flip.to_action,
    }


def _json_waiting(advice: Advice) -> dict[str, Any] | None:
    """Null when there is nothing to wait for."""
    waiting = advice.waiting
    if waiting is None:
        return None
    plan = [[None if rent == math.inf else round(rent, 4), what] for rent, what in waiting.plan]
    return {
        "option": waiting.option,
        "months": waiting.months,
        "edge_usd": _cents(waiting.edge_usd),
        "then_up_to_usd_per_gpu_hour": plan,
    }


def _json_held(advice: Advice) -> dict[str, Any] | None:
    """Null when nothing is held."""
    held = advice.costing.commitments
    if held is None:
        return None
    each = [
        {"fates": list(dispositions), "expected_usd": None if u is None else _cents(u)} for dispositions, u in held.usd
    ]
    return {"fates": list(held.dispositions), "each": each}


def json_option(option: RankedOption, advice: Advice) -> dict[str, Any]:
    """One of `options[]`: what it costs, and why it cannot be had if it cannot."""
    cost, spread = option.cost, advice.risk.spreads[option.id]
    known = cost.option.priced  # without a price there is no cost to speak of
    return {
        "id": option.id,
        "action": option.action,
        "label": cost.option.label,
        "feasible": option.feasible,
        "why_not": list(option.infeasible_because),
        "expected_usd": _cents(cost.expected_usd) if known else None,
        "p5_usd": _cents(spread.p5_usd) if known else None,
        "p95_usd": _cents(spread.p95_usd) if known else None,
        "cvar95_usd": _cents(spread.cvar95_usd) if known else None,
        "p95_regret_usd": _cents(spread.p95_regret_usd) if known else None,
        "probability_best": spread.probability_best if known else None,
        "worst_regret": worst_regret_share(option.id, advice.scenarios) if known else None,
        "undiscounted_usd": _cents(cost.undiscounted_usd) if known else None,
        "upfront_usd": _cents(cost.upfront_usd) if known else None,
        "peak_outlay_usd": _cents(cost.peak_outlay_usd) if known else None,
        "end_asset_usd": _cents(cost.end_asset_usd) if known else None,
        "usd_per_used_gpu_hour": round(cost.usd_per_used_gpu_hour, 4) if known else None,
        "components": {name: _cents(amount) for name, amount in cost.components.items()} if known else {},
        "monthly_usd": [_cents(amount) for amount in cost.monthly_usd.tolist()] if known else [],
        "rests_on": option_depends_on(option, advice),
    }


def _json_break_even(advice: Advice) -> dict[str, Any]:
    evens = advice.break_evens
    pick = advice.verdict.pick
    term = next((term for term in evens.terms if pick is not None and term.option == pick.id), None)
    return {
        "tipping_usd_per_gpu_hour": evens.tipping.usd,
        "tipping_reason": evens.tipping.reason or None,
        "node_usd": evens.node_price.usd,
        "node_reason": evens.node_price.reason or None,
        "utilisation": term.busy_share if term else None,
        "utilisation_reason": (term.reason or None) if term else "the pick is no reserved term",
        "utilisation_by_term": [
            {
                "option": term.option,
                "rate_ratio": term.rate_ratio,
                "busy_share": term.busy_share,
                "pays": term.pays,
                "reason": term.reason or None,
            }
            for term in evens.terms
        ],
        "months": [[i.from_month, i.to_month, i.option] for i in evens.months],
        "buying_wins_months": [list(interval) for interval in evens.months_of("buy")],
        "months_reason": None
        if evens.months_of("buy")
        else f"buying is not cheapest for any length from 1 to {evens.longest_months} months",
        "simple_payback_months": evens.payback.months if evens.payback else None,
    }
