"""Hardware in hand: kept, let or sold, and what it costs from here on; what was paid for it counts nowhere."""

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest

from advisor.costing.build_case import case_of
from advisor.costing.lineage import component_inputs, leaves
from advisor.costing.options.in_hand.contracts_in_hand import WorkOnGpu, commitment_plans
from advisor.costing.options.on_demand import on_demand
from advisor.costing.valuation import OptionCost, cost_of
from advisor.decision.advise import advise
from advisor.decision.cost_options import Costing, cost_options
from advisor.decision.sampled_costs import SampledCosts
from advisor.errors import InputError
from advisor.market.forecast.forecast import expected_forecast
from advisor.market.price_book import PriceBook
from advisor.profiles.schema import Profile
from advisor.profiles.validation import own_book, parse_profile
from advisor.reports.formats.text import text_report
from tests.costing.test_lineage import with_figure
from tests.support.app_driver import TODAY
from tests.support.json_contracts import advise_json
from tests.support.present import present
from tests.support.profile_builder import BOOK, a_profile, best_usd, by_disposition, changed

WORK = {"kind": "inference", "nodes": 8, "months": 24, "busy": 0.5, "plan_change_per_month": 0.0}
CALM = {"company": {"discount_rate": 0.0}, "market": {"rents_change_per_year": 0.0}}


def owning(profile: Profile, **own: Any) -> Costing:
    return cost_options(changed(profile, owned=[{"nodes": 4, "sells_for_usd_per_node": 100_000.0, **own}]), BOOK)


def test_selling_brings_todays_price_less_the_selling_cost_and_leaves_all_of_the_work() -> None:
    profile = a_profile(WORK, **CALM)
    costing = owning(profile)
    brings = 400_000 * (1 - costing.case.assumptions.facility.selling_cost_share)
    assert by_disposition(costing)["sell",] == pytest.approx(best_usd(cost_options(profile, BOOK)) - brings, rel=1e-9)


def test_letting_costs_the_upkeep_and_the_value_lost_and_brings_rents() -> None:
    """Undiscounted at flat rents, its place and power paid for: of 280,320 hours a year that are up, the share that is
    let by size, after two months in search of a tenant."""
    profile = a_profile(WORK, **CALM)
    costing = owning(profile, hosting_paid=True)
    a, forecast = costing.case.assumptions, costing.forecast
    facility, rental = a.facility, a.rental
    shares = (
        facility.used_maintenance_share_per_year
        + facility.insurance_share_per_year
        + facility.used_failure_share_per_gpu_year
    )
    staff = min(facility.staff_fixed_fte + 4 * facility.staff_fte_per_node, 4 * facility.staff_small_fte_per_node)
    upkeep = 2 * (shares * 400_000 + staff * facility.staff_usd_per_fte_year)
    let = (22 * rental.freed_fill_share + 2 * rental.idle_fill_share) / 24 * (1 - 2 * rental.sublet_loss_per_doubling)
    hours = 4 * 8 * 730 * 24 * facility.availability_share
    earned = hours * let * costing.case.sublet_share * a.gpu.neocloud_usd_per_gpu_hour
    sold = 400_000 * (1 - facility.selling_cost_share) * float(forecast.resale_share[24])
    wanted = best_usd(cost_options(profile, BOOK)) + upkeep - earned - sold
    assert by_disposition(costing)["let",] == pytest.approx(wanted, rel=1e-9)


def test_two_lots_are_run_by_the_staff_of_one_as_large() -> None:
    """4 and 12 nodes let cost what 16 do, where lots of any size find tenants alike: 2.32 people, not 1 and 2.24."""
    profile = a_profile(WORK, **CALM, rental={"sublet_loss_per_doubling": 0.0})
    lots = [{"nodes": nodes, "sells_for_usd_per_node": 100_000.0} for nodes in (4, 12)]
    two = by_disposition(cost_options(changed(profile, owned=lots), BOOK))
    assert two["let", "let"] == pytest.approx(by_disposition(owning(profile, nodes=16))["let",], rel=1e-9)
    alone, sold = present(by_disposition(owning(profile, nodes=12))["let",]), 400_000 * 0.85
    assert two["sell", "let"] == pytest.approx(alone - sold, rel=1e-9)


def test_nodes_worth_nothing_whose_place_is_paid_for_are_kept() -> None:
    costing = owning(a_profile(WORK, **CALM), sells_for_usd_per_node=0.0, hosting_paid=True, may_be_let=False)
    assert present(costing.commitments).dispositions == ("keep",)
    assert best_usd(costing) < best_usd(cost_options(a_profile(WORK, **CALM), BOOK))


def test_a_busy_hour_on_kept_nodes_costs_what_they_lose_and_their_upkeep() -> None:
    """Undiscounted: what is sold at the plan's end brings less than today, and the difference is the work's cost."""
    costing = owning(a_profile(WORK, **CALM), nodes=8, hosting_paid=True, may_be_let=False)
    assert present(costing.commitments).dispositions == ("keep",)
    (cost,) = costing.costs
    brings = 800_000 * (1 - costing.case.assumptions.facility.selling_cost_share)
    lost = brings * (1 - float(costing.forecast.resale_share[24]))
    upkeep = sum(cost.undiscounted_components[name] for name in ("maintenance", "insurance", "staff", "failures"))
    rented = cost.undiscounted_usd - upkeep - cost.undiscounted_components["hardware_resale"]
    assert cost.work_usd == pytest.approx(lost + upkeep + rented, rel=1e-9)


def test_no_busy_hour_has_a_cost_where_idle_hours_bring_more_than_the_work_costs() -> None:
    """A contract that costs nothing, half busy: its other hours are sublet."""
    held = [{"nodes": 8, "months_left": 24, "usd_per_gpu_hour": 0.0}]
    profile = a_profile(WORK, **CALM, commitment=held)
    found = advise_json(advise(profile, BOOK, 200), None, TODAY)
    assert found["options"][0]["undiscounted_usd"] < 0
    assert found["options"][0]["usd_per_used_gpu_hour"] is None


def test_nodes_that_sell_for_a_fortune_are_sold() -> None:
    costing = owning(a_profile(WORK), sells_for_usd_per_node=2_000_000.0)
    assert present(costing.commitments).dispositions == ("sell",)


def test_without_a_price_of_ones_own_they_sell_at_the_books() -> None:
    used = BOOK.gpu("H100-SXM").value("used_node_usd")
    own = {"owned": [{"nodes": 4}]}
    assert by_disposition(cost_options(a_profile(WORK, **own), BOOK)) == pytest.approx(
        by_disposition(owning(a_profile(WORK), sells_for_usd_per_node=used)), rel=1e-12
    )


def test_hardware_without_any_price_is_refused() -> None:
    work = {**WORK, "gpu": "L4"}
    with pytest.raises(InputError, match="owned 1, sells_for_usd_per_node: found nothing; allowed: a price"):
        a_profile(work, owned=[{"nodes": 1}])


def test_new_nodes_that_are_older_sell_for_less() -> None:
    work = {**WORK, "gpu": "B200-SXM"}
    young, old = (
        by_disposition(cost_options(a_profile(work, owned=[{"nodes": 4, "age_months": age}]), BOOK)) for age in (0, 36)
    )
    assert (young["sell",] or 0) < (old["sell",] or 0)
    day = BOOK.read_on
    bought = [{"nodes": 4, "bought": day.replace(year=day.year - 3, day=1)}]
    assert by_disposition(cost_options(a_profile(work, owned=bought), BOOK)) == old


def test_the_age_of_hardware_is_given_once() -> None:
    with pytest.raises(InputError, match="owned 1: found bought and age_months; allowed: one of the two"):
        a_profile(WORK, owned=[{"nodes": 4, "age_months": 3, "bought": BOOK.read_on}])


def test_expected_and_sampled_costs_agree_where_two_sales_stand_side_by_side() -> None:
    """Buying beside hardware in hand sells both, each in its own month."""
    profile = a_profile({**WORK, "plan_change_per_month": 0.05}, owned=[{"nodes": 4, "sells_for_usd_per_node": 1e5}])
    costing = cost_options(changed(profile, company={"discount_rate": 0.05}), BOOK)
    costs = [cost for cost in costing.costs if cost.option.id in ("buy", "on-demand")]
    assert len(costs) == 2
    sampled = SampledCosts(costs, costing.forecast, 2000, 0).costs_by_rents()
    for cost, paths in zip(costs, sampled, strict=True):
        assert cost.expected_usd == pytest.approx(paths.mean(), rel=0.02)
        assert sum(cost.components.values()) == pytest.approx(cost.expected_usd, rel=1e-9)
        weights, flows = cost.cash.weights, cost.cash.flows_usd
        assert np.tensordot(weights, flows, 2).sum() == pytest.approx(cost.undiscounted_usd, rel=1e-6)


def test_the_answer_says_that_the_price_paid_does_not_count() -> None:
    from advisor.reports.formats.text import text_report
    from tests.support.app_driver import TODAY

    profile = a_profile(WORK, owned=[{"nodes": 4, "sells_for_usd_per_node": 1e5}])
    text = " ".join(text_report(advise(profile, BOOK, 200), TODAY).split())
    assert "the 4 nodes you own" in text
    assert "What you paid for your hardware is not counted" in text


def test_the_memo_asks_for_all_of_the_decision() -> None:
    """To sell what is in hand is half of it, and at which price is what the board can check; it asked to rent only."""
    from advisor.reports.board_memo import RunOptions, memo
    from advisor.reports.formats.markdown import markdown
    from tests.support.app_driver import TODAY

    profile = a_profile({"kind": "fine-tune", "nodes": 2, "busy": 0.5}, company={}, owned=[{"nodes": 1}])
    text = markdown(memo(advise(profile, BOOK, 200), RunOptions(TODAY, 200, 0)))
    assert "Approve: sell the node you own, and rent on a marketplace." in text
    assert "Get bids for what you own: it is counted at $112k a node, before what selling costs." in text


@pytest.mark.parametrize("tax_rate", [0.0, 0.3])
def test_what_is_let_is_sold_at_the_end_beside_another_gpu_too(tax_rate: float) -> None:
    """$20,000 less the selling cost, at the used prices of then, before the tax on it.

    Beside another GPU the hardware at the end was 0, and beside contracts that outlast the plan it was not sold at all.
    """
    work = {"kind": "pre-train", "nodes": 300, "months": 5}
    profile = a_profile(work, company={"discount_rate": 0.0, "tax_rate": tax_rate}, market={"other_gpus": ["H200-SXM"]})
    costing = owning(profile, nodes=1, sells_for_usd_per_node=20_000.0, hosting_paid=True)
    assert present(costing.commitments).dispositions == ("let",)
    rented = [cost for cost in costing.costs if cost.option.action != "buy"]
    assert {"on-demand", "H200-SXM:on-demand", "H200-SXM:reserved-12m-prepaid"} <= {cost.option.id for cost in rented}
    left = 1 - costing.case.assumptions.facility.selling_cost_share
    brings = 20_000 * left * float(costing.forecast.resale_share[5])
    for cost in rented:
        assert cost.end_asset_usd == pytest.approx(brings, rel=1e-9), cost.option.id
        assert cost.undiscounted_components["hardware_resale"] == pytest.approx(-brings, rel=1e-9), cost.option.id


def test_one_of_several_gpus_owns_the_hardware() -> None:
    raw = {"name": "Both", "workload": [WORK, {**WORK, "gpu": "L40S"}]}
    with pytest.raises(InputError, match="owned 1, gpu: found nothing"):
        parse_profile({**raw, "owned": [{"nodes": 2}]}, BOOK)


@pytest.mark.parametrize("disposition", ["keep", "let", "sell"])
@pytest.mark.parametrize("own", [{"sells_for_usd_per_node": 1e5}, {}], ids=["own price", "the book's price"])
def test_each_line_names_the_inputs_that_move_it_and_no_others(disposition: str, own: dict[str, float]) -> None:
    profile = a_profile({**WORK, "plan_change_per_month": 0.02}, owned=[{"nodes": 4, **own}])

    def in_hand(book: PriceBook) -> OptionCost:
        """What is in hand alone, as an option."""
        case = case_of(profile, own_book(profile, book))
        forecast = expected_forecast(case.assumptions)
        plans = commitment_plans({None: WorkOnGpu(case, forecast)}, (), profile.owned)
        plan = next(one for one in plans if one.dispositions == (disposition,))
        return cost_of(replace(on_demand(plan.case), table=plan.table), plan.case, forecast)

    base = in_hand(BOOK)
    named = {
        component: set(map(str, leaves(inputs, profile, BOOK)))
        for component, inputs in component_inputs(base, profile, BOOK).items()
    }
    for path, figure in BOOK.figures():
        section = path.split(".")[0]
        if section not in ("H100-SXM", "facility", "rental", "forecast", "money") or path in _NEVER_CROSSED:
            continue
        least, most = figure.bounds
        value = figure.value + 1 if figure.is_whole else figure.value * 1.03 + 1e-4
        if not least <= value <= most:
            continue
        now = in_hand(with_figure(path, value)).components
        moved = {name for name, usd in base.components.items() if abs(now[name] - usd) > 1e-7 * max(1.0, abs(usd))}
        assert moved <= {name for name, inputs in named.items() if path in inputs}, path


_NEVER_CROSSED = ("rental.gpus_per_node",)  # how many GPUs a node is also says how many nodes the work is


def test_plans_that_hardware_in_hand_serves_are_not_rented_for() -> None:
    """The verdict was to use it, and the plans of 1 to 24 months were said to be cheapest to rent on demand, with a
    payback of buying after 0 months; so were those of 25 to 60 months, in which it is there as well."""
    profile = a_profile({"nodes": 4, "months": 24}, owned=[{"nodes": 4, "bought": date(2026, 5, 1)}])
    advice = advise(profile, BOOK, 200)
    evens = advice.break_evens
    assert (evens.months[0].from_month, evens.months[0].to_month) == (1, 60)
    assert evens.buying_months == ()
    assert (present(evens.months[0].option).id, evens.terms, evens.payback) == ("held", (), None)
    assert "payback: none, what you have covers all of the work" in " ".join(text_report(advice, TODAY).split())


def test_shorter_plans_than_a_contract_are_served_by_it() -> None:
    """Of a plan of 24 months a contract of all nodes serves the first 6: shorter plans need nothing else."""
    contract = {"nodes": 8, "months_left": 6, "usd_per_gpu_hour": 2.2}
    evens = advise(a_profile({"nodes": 8, "months": 24}, commitment=[contract]), BOOK, 200).break_evens
    first, second = evens.months[:2]
    assert (first.to_month, present(first.option).id) == (6, "held")
    assert present(second.option).id != "held"


def test_longer_plans_are_served_by_a_contract_that_outlasts_the_plan() -> None:
    """And what a verdict on such a plan says is the same."""
    held = {"nodes": 8, "months_left": 30, "usd_per_gpu_hour": 1.5}
    months = {
        length: advise(a_profile({"nodes": 8, "months": length}, commitment=[held]), BOOK, 200).break_evens.months[0]
        for length in (24, 28)
    }
    assert {(one.to_month, one.option and one.option.id) for one in months.values()} == {(30, "held")}
