"""Advice -> the JSON of `advise` and of one option."""

import math
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

from advisor.decision.advise import Advice
from advisor.decision.confidence import CLASS_WORDS, confidence_in
from advisor.decision.plan_steps import stages
from advisor.decision.ranking import RankedOption, Verdict
from advisor.decision.scenarios import worst_regret_share
from advisor.explain.json_provenance import Grouped, advice_depends_on, inputs_with_sources, option_depends_on
from advisor.profiles.defaults import mode_of
from advisor.reports.json_models.advise import (
    BalanceSheetJson,
    BetJson,
    BreakEvenJson,
    CapacityJson,
    ClassBestJson,
    ConfidenceJson,
    FlipJson,
    InformationJson,
    MarketJson,
    OtherPickJson,
    PayableJson,
    PlanStepJson,
    ProfileJson,
    ScenarioJson,
    SmallerJobJson,
    SourceJson,
    StageJson,
    SwingJson,
    TermJson,
    VerdictFields,
    VerdictJson,
    WaitingJson,
    WaterfallStepJson,
)
from advisor.reports.json_models.in_hand import CommitmentsJson, DispositionCostJson
from advisor.reports.json_models.option import DependsOnJson, OptionJson
from advisor.reports.json_models.service import BreakEvenUseJson, RequestsJson, TokensJson, UnitCostJson
from advisor.reports.timeline.steps_view import plan_steps
from advisor.reports.verdict_view import by_cost, verdict_view, warning_lines
from advisor.values.quick_dataclass import replace


def verdict_fields(advice: Advice, path: Path | None, today: date) -> VerdictFields:
    """Return all that the JSON says of the work on one GPU. path: the profile's file, None for a sample."""
    options = tuple(option_json(option, advice) for option in by_cost(advice.verdict))
    depends_on = _depends_on(advice_depends_on(advice))
    groups = (*depends_on, *(group for option in options for group in option.depends_on))
    return VerdictFields(
        profile=_profile(advice, path),
        market=_market(advice, (one for group in groups for one in group.inputs), today),
        verdict=_verdict(advice, today),
        options=options,
        steps=tuple(map(PlanStepJson.model_validate, plan_steps(advice))),
        break_even=_break_even(advice),
        flips=tuple(map(FlipJson.model_validate, advice.sensitivity.flips)),
        steady_inputs=tuple(map(str, advice.sensitivity.steady)),
        tornado=tuple(map(SwingJson.model_validate, advice.sensitivity.swings)),
        waiting=_waiting(advice),
        capacity=CapacityJson.or_null(advice.capacity),
        commitments=_commitments(advice),
        information_usd=InformationJson.model_validate(advice.risk.information),
        gap_error_share=advice.risk.gap_error_share,
        balance_sheet=tuple(map(BalanceSheetJson.model_validate, advice.balance_sheets)),
        waterfall=tuple(map(WaterfallStepJson.model_validate, advice.reasons.waterfall)),
        smaller_job=SmallerJobJson.or_null(advice.reasons.smaller),
        tokens=_tokens(advice),
        requests=_requests(advice),
        scenarios=_scenarios(advice),
        depends_on=depends_on,
        reasons=tuple(advice.reasons.sentences),
        warnings=tuple(warning_lines(advice, today)),
    )


def _profile(advice: Advice, path: Path | None) -> ProfileJson:
    return ProfileJson(
        name=advice.profile.name,
        path=None if path is None else str(path),
        busy_share=min(1.0, advice.costing.case.whole_demand.busy_share),  # a rounding error above
        modes=tuple(mode_of(workload) for workload in advice.profile.workload),
    )


def option_json(option: RankedOption, advice: Advice) -> OptionJson:
    """Return the JSON of one option: what it costs, and why it is not feasible if it is not."""
    cost, spread = option.cost, advice.risk.spreads[option.id]
    known: dict[str, Any] = {
        "id": option.id,
        "action": option.action,
        "option_class": option.option_class,
        "folded_under": option.folded_under,
        "label": cost.option.label,
        "feasible": option.feasible,
        "why_not": option.infeasible_because,
        "depends_on": _depends_on(option_depends_on(option, advice)),
    }
    if not cost.option.priced:
        return OptionJson(**known)
    return OptionJson(
        **known,
        expected_usd=cost.expected_usd,
        p5_usd=spread.p5_usd,
        p95_usd=spread.p95_usd,
        cvar95_usd=spread.cvar95_usd,
        p95_regret_usd=spread.p95_regret_usd,
        probability_best=spread.probability_best,
        worst_regret=worst_regret_share(option.id, advice.scenarios),
        undiscounted_usd=cost.undiscounted_usd,
        upfront_usd=cost.upfront_usd,
        peak_outlay_usd=cost.peak_outlay_usd,
        end_asset_usd=cost.end_asset_usd,
        usd_per_used_gpu_hour=cost.usd_per_used_gpu_hour,
        components=cost.components,
        monthly_usd=tuple(cost.monthly_usd.tolist()),
    )


def _depends_on(groups: Grouped) -> tuple[DependsOnJson, ...]:
    return tuple(DependsOnJson.model_validate(group) for group in groups)


def _market(advice: Advice, inputs: Iterable[str], today: date) -> MarketJson:
    tier = advice.profile.market.tier
    price = advice.gpu.figures[f"{tier}_usd_per_gpu_hour"]
    return MarketJson(
        as_of=price.date or None,
        gpu=advice.gpu.id,
        tier=tier,
        usd_per_gpu_hour=price.value,
        age_days=advice.book.age_days(today),
        sources=tuple(SourceJson.model_validate(entry) for entry in inputs_with_sources(advice, inputs, today)),
    )


def _verdict(advice: Advice, today: date) -> VerdictJson:
    verdict, view, runway = advice.verdict, verdict_view(advice, today), advice.runway
    best, schedule = advice.risk.class_best, _schedule(verdict)
    return VerdictJson(
        action=view.action,
        option=verdict.pick.id if verdict.pick else None,
        option_class=verdict.pick.option_class if verdict.pick else None,
        close_call=verdict.close_call,
        market_gap_share=verdict.market_gap_share,
        without_cash_limit=verdict.without_cash_limit.id if verdict.without_cash_limit else None,
        payable=PayableJson.or_null(advice.payable),
        rival=verdict.rival.id if verdict.rival else None,
        gap_share=verdict.gap_share,
        confidence=_confidence(verdict),
        headline=view.headline,
        now=schedule[0] if schedule else None,
        later=schedule[1:],
        bet=BetJson.or_null(advice.costing.bet),
        flexible_pick=OtherPickJson.or_null(advice.flexible_pick),
        insured_pick=OtherPickJson.or_null(advice.insured_pick),
        minimax_pick=advice.minimax_pick,
        class_best=ClassBestJson(**{name: best.get(name, 0.0) for name in CLASS_WORDS}),
        runway_without_months=runway.without_months if runway else None,
        runway_with_months=runway.with_months if runway else None,
        runway_safe_months=runway.safe_months if runway else None,
    )


def _tokens(advice: Advice) -> TokensJson | None:
    """A service in tokens."""
    found = advice.serving
    if found is None or found.need.throughput is None:
        return None
    need = found.need
    return TokensJson(
        api=found.api,
        tokens_per_day=need.volume_per_day,
        tokens_per_gpu_hour=need.volume_per_gpu_hour,
        tokens_per_gpu_hour_low=need.low,
        tokens_per_gpu_hour_high=need.high,
        throughput_measured=found.need.throughput.measured,
        latency=found.need.throughput.latency,
        gpus_per_replica=need.gpus_per_replica,
        api_usd_per_million_tokens=found.api_usd,
        usd_per_million_tokens=tuple(UnitCostJson.model_validate(one) for one in found.costs),
        break_even_tokens_per_day=found.leaves_at,
        break_even_low=found.low,
        break_even_high=found.high,
        break_even_month=found.month,
        then=found.then,
        break_even_use=tuple(BreakEvenUseJson.model_validate(one) for one in found.use),
        idle_share=found.idle_share,
        idle_usd_per_month=found.idle_usd_per_month,
    )


def _requests(advice: Advice) -> RequestsJson | None:
    """A service in requests."""
    found = advice.serving
    if found is None or found.need.throughput is not None:
        return None
    each = [
        replace(
            one,
            today_usd=None if one.today_usd is None else one.today_usd / found.many,
            plan_usd=one.plan_usd / found.many,
        )
        for one in found.costs
    ]
    return RequestsJson(
        counted=found.counted,
        requests_per_day=found.need.volume_per_day,
        requests_per_gpu_hour=found.need.volume_per_gpu_hour,
        gpus_per_replica=found.need.gpus_per_replica,
        api_usd_per_request=None if found.api_usd is None else found.api_usd / found.many,
        usd_per_request=tuple(map(UnitCostJson.model_validate, each)),
        break_even_requests_per_day=found.leaves_at,
        break_even_month=found.month,
        then=found.then,
        break_even_use=tuple(BreakEvenUseJson.model_validate(one) for one in found.use),
        idle_share=found.idle_share,
        idle_usd_per_month=found.idle_usd_per_month,
    )


def _schedule(verdict: Verdict) -> tuple[StageJson, ...]:
    """What the pick signs and rents by month; empty without a pick."""
    found = () if verdict.pick is None else stages(verdict.pick.cost)
    return tuple(
        StageJson(from_month=stage.month + 1, signed_nodes=stage.signed, rented_nodes=stage.rented) for stage in found
    )


def _confidence(verdict: Verdict) -> ConfidenceJson:
    """From the shipped track record; null when there is no rival."""
    earned = confidence_in(verdict)
    if earned is None:
        return ConfidenceJson(word=None, right_share=None, base_share=None, mean_regret=None, p95_regret=None, n=None)
    return ConfidenceJson.model_validate(earned)


def _break_even(advice: Advice) -> BreakEvenJson:
    evens = advice.break_evens
    pick = advice.verdict.pick
    term = next((term for term in evens.terms if pick is not None and term.option == pick.id), None)
    buying = evens.buying_months
    return BreakEvenJson(
        break_even_usd_per_gpu_hour=evens.tipping.usd,
        break_even_reason=evens.tipping.reason,
        node_usd=evens.node_price.usd,
        node_reason=evens.node_price.reason,
        utilisation=term.busy_share if term else None,
        utilisation_reason=term.reason if term else "the pick is not a reserved term",
        utilisation_by_term=tuple(map(TermJson.model_validate, evens.terms)),
        months=tuple((i.from_month, i.to_month, None if i.option is None else i.option.id) for i in evens.months),
        buying_wins_months=tuple(buying),
        months_reason=None
        if buying
        else f"buying is not cheapest for any length from 1 to {evens.longest_months} months",
        simple_payback_months=evens.payback.months if evens.payback else None,
    )


def _waiting(advice: Advice) -> WaitingJson | None:
    """Null when there is nothing to wait for."""
    waiting = advice.waiting
    if waiting is None:
        return None
    return WaitingJson(
        option=waiting.option,
        months=waiting.months,
        edge_usd=waiting.edge_usd,
        then_up_to_usd_per_gpu_hour=tuple(
            (None if rent == math.inf else round(rent, 4), what) for rent, what in waiting.plan
        ),
    )


def _commitments(advice: Advice) -> CommitmentsJson | None:
    """Null without contracts in hand."""
    held = advice.costing.commitments
    if held is None:
        return None
    return CommitmentsJson(
        dispositions=held.dispositions,
        each=tuple(DispositionCostJson(dispositions=dispositions, expected_usd=usd) for dispositions, usd in held.usd),
    )


def _scenarios(advice: Advice) -> tuple[ScenarioJson, ...]:
    return tuple(
        ScenarioJson(
            name=outcome.name,
            label=outcome.label,
            best_option=outcome.best_option,
            expected_usd=None if outcome.best_option is None else outcome.usd[outcome.best_option],
        )
        for outcome in advice.scenarios
    )
