"""Worked examples others have published, put to the engine: it must find what is right and disagree with what is wrong.

The cases are in `cases/published.toml`. Most are put as a user would put them: a profile whose own figures switch
off everything the source leaves out.
"""

import tomllib
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from advisor.array_types import of_one
from advisor.costing.valuation import OptionCost
from advisor.decision.advise import Advice, advise
from advisor.decision.break_even import cumulative_usd
from advisor.decision.cost_options import Costing, cost_options
from advisor.finance.discounting import monthly_rate, net_present_value, simple_payback
from advisor.finance.irr import rates_of_return
from advisor.finance.solve import bisect
from advisor.market.forecast.term_structure import implied_forward_usd
from advisor.market.owner_economics import OwnerCosts
from advisor.market.price_book import built_in_book
from advisor.offers.seller_return import Owner, article_owner, straight_receipts
from advisor.profiles.validation import parse_profile
from tests.support.folders import PUBLISHED_CASES
from tests.support.present import present

BOOK = built_in_book()
CASES: dict[str, Any] = tomllib.loads(PUBLISHED_CASES.read_text(encoding="utf-8"))

PLAIN_RENTAL = {
    "storage_egress_usd_per_node_month": 0,
    "support_share": 0,
    "goodput_loss_share": 0,
    "setup_usd_per_node": 0,
    "cluster_premium_per_doubling": 0,
    "on_demand_max_nodes": 65_536,
    "volume_discount_per_doubling": 0,
    "idle_fill_share": 0,
    "freed_fill_share": 0,
    "prepaid_share": 0,
    "provider_default_per_month": 0,
}
PLAIN_FACILITY = {
    "storage_usd_per_node": 0,
    "setup_usd_per_node": 0,
    "colocation_usd_per_kw_month": 0,
    "electricity_usd_per_kwh": 0,
    "pue": 1,
    "idle_power_share": 0,
    "maintenance_share_per_year": 0,
    "insurance_share_per_year": 0,
    "staff_fixed_fte": 0,
    "staff_fte_per_node": 0,
    "availability_share": 1,
    "failure_share_per_gpu_year": 0,
    "selling_cost_share": 1,
}
NO_FABRIC = {
    "cable_usd_per_gpu_no_layer": 0,
    "cable_usd_per_gpu_one_layer": 0,
    "switches_per_64_nodes_one_layer": 0,
}
NO_TERM_DISCOUNT = {f"neocloud_term_discount.{months}": 0 for months in (1, 3, 6, 12, 24, 36)}
EVERY_IDLE_HOUR_HANDED_BACK = {"release_doublings": 1e9}


def question(
    *,
    months: float,
    rent: float,
    nodes: int = 1,
    busy: float = 1.0,
    usd_per_node: float | None = None,
    reserved: Mapping[int, float] | None = None,
    discount_rate: float = 0.0,
    rents_change_per_year: float = 0.0,
    taxes: Mapping[str, Any] | None = None,
    rental: Mapping[str, float] | None = None,
    facility: Mapping[str, float] | None = None,
    gpu: Mapping[str, float] | None = None,
) -> dict[str, Any]:
    """A profile in a plain market: list price `rent`, no discount but in the quotes, delivery at once, no resale, and
    no cost that the case does not name. reserved: quoted rate by term; taxes: of the company, none if left out."""
    quotes: list[dict[str, Any]] = [
        {"option": "reserved", "months": term, "usd_per_gpu_hour": rate, "prepaid": 0.0}
        for term, rate in (reserved or {}).items()
    ]
    if usd_per_node is not None:
        quotes.append({"option": "buy", "usd_per_node": usd_per_node})
    work = {"kind": "fine-tune", "nodes": nodes, "months": months, "busy": busy, "plan_change_per_month": 0.0,
            "job_nodes": nodes}  # fmt: skip
    plain_gpu = {"neocloud_usd_per_gpu_hour": rent, "marketplace_usd_per_gpu_hour": rent, "lead_months": 0}
    return {
        "name": "published case",
        "workload": [work],
        "company": {"discount_rate": discount_rate} | dict(taxes or {}),
        "market": {"rents_change_per_year": rents_change_per_year},
        "rental": PLAIN_RENTAL | dict(rental or {}),
        "facility": PLAIN_FACILITY | dict(facility or {}),
        "gpu": plain_gpu | NO_TERM_DISCOUNT | dict(gpu or {}),
        "quote": quotes,
    }


def paired(inputs: list[Any], outputs: list[Any]) -> list[tuple[Any, Any]]:
    return list(zip(inputs, outputs, strict=True))


def costed(**fields: Any) -> Costing:
    return cost_options(parse_profile(question(**fields), BOOK), BOOK)


def advised(**fields: Any) -> Advice:
    return advise(parse_profile(question(**fields), BOOK), BOOK)


def cost(costing: Costing, option: str) -> OptionCost:
    return next(cost for cost in costing.costs if cost.option.id == option)


def picked(costing: Costing) -> str | None:
    return None if costing.verdict.pick is None else costing.verdict.pick.id


def payback_months(advice: Advice) -> float:
    return present(present(advice.break_evens.payback).months)


@pytest.mark.parametrize("name", CASES)
def test_every_case_names_its_source_and_its_tolerance(name: str) -> None:
    source = CASES[name]["source"]
    assert set(source) == {"title", "author", "date", "url"}
    assert all(source.values())
    assert source["url"].startswith("https://")
    assert 0 < CASES[name]["rel"] <= 0.01


def test_the_plain_market_charges_the_rate_and_the_node_and_nothing_else() -> None:
    costing = costed(nodes=8, months=12, rent=2.0, usd_per_node=100_000, reserved={12: 1.5}, facility=NO_FABRIC)
    gpu_hours = 8 * 8 * 8_760
    assert cost(costing, "on-demand").undiscounted_usd == pytest.approx(2.0 * gpu_hours)
    assert cost(costing, "reserved-12m-offer").undiscounted_usd == pytest.approx(1.5 * gpu_hours)
    assert cost(costing, "reserved-6m").undiscounted_usd == pytest.approx(2.0 * gpu_hours)
    assert cost(costing, "buy").undiscounted_usd == pytest.approx(800_000)
    for option in costing.costs:
        if option.option.id in ("buy-loan", "lease"):  # what a lender is paid is worth less later whatever money costs
            assert option.expected_usd < option.undiscounted_usd
        else:
            assert option.expected_usd == pytest.approx(option.undiscounted_usd)


CAPEX = CASES["cheah_capex_sheet"]


def sheet_total_usd(nodes: int, node_usd: float) -> float:
    """What buying costs in all, by the book's own fabric rules."""
    lifetime = {"setup_usd_per_node": CAPEX["inputs"]["lifetime_facility_usd_per_node"]}
    costing = costed(nodes=nodes, months=12, rent=3.0, usd_per_node=node_usd, facility=lifetime)
    return cost(costing, "buy").undiscounted_usd


@pytest.mark.parametrize(("nodes", "usd_per_gpu"), paired(CAPEX["inputs"]["nodes"], CAPEX["expected"]["usd_per_gpu"]))
def test_a_cluster_of_any_size_costs_what_the_capex_sheet_says(nodes: int, usd_per_gpu: float) -> None:
    given = CAPEX["inputs"]
    cheaper = nodes in given["cheaper_node_rows"]
    total = sheet_total_usd(nodes, given["cheaper_node_usd"] if cheaper else given["node_usd"])
    assert total / (nodes * given["gpus_per_node"]) == pytest.approx(usd_per_gpu, rel=CAPEX["rel"])


@pytest.mark.parametrize(("nodes", "usd"), list(CAPEX["expected"]["total_usd"].items()))
def test_the_totals_of_the_capex_sheet_add_up(nodes: str, usd: float) -> None:
    assert sheet_total_usd(int(nodes), CAPEX["inputs"]["node_usd"]) == pytest.approx(usd, rel=CAPEX["rel"])


@pytest.mark.parametrize("nodes", CAPEX["inputs"]["cheaper_node_rows"])
def test_two_rows_of_the_capex_sheet_need_a_cheaper_node_than_it_states(nodes: int) -> None:
    given, expected = CAPEX["inputs"], CAPEX["expected"]
    quoted = sheet_total_usd(nodes, given["node_usd"]) / (nodes * given["gpus_per_node"])
    printed = expected["usd_per_gpu"][given["nodes"].index(nodes)]
    assert quoted == pytest.approx(expected["cheaper_rows_at_the_published_price"], rel=CAPEX["rel"])
    assert quoted != pytest.approx(printed, rel=CAPEX["rel"])


ANCHORS = CASES["cheah_roi_anchors"]


def anchor_owner() -> Owner:
    given = ANCHORS["inputs"]
    costs = OwnerCosts(given["capex_usd"], given["opex_usd_per_year"], 8_760 / 12 * given["utilisation"])
    return Owner(costs, straight_receipts(given["mean_price_multiplier"], 12 * given["years"]), residual_share=0.0)


def test_the_article_in_the_book_is_the_article_as_published() -> None:
    assumptions = BOOK.assumptions("H100-SXM")
    assert article_owner(assumptions.evidence, of_one(assumptions.rental.hours_per_month)) == anchor_owner()


def test_the_annualised_multiples_of_the_article_follow_from_its_rents() -> None:
    expected, owner = ANCHORS["expected"], anchor_owner()
    high, middle, _ = ANCHORS["inputs"]["rents"]
    low, up_to = expected["multiple_at_285"]
    assert expected["multiple_at_450_at_least"] <= owner.annualised_multiple(high) < 0.30
    assert low <= owner.annualised_multiple(middle) <= up_to


@pytest.mark.parametrize(("rent", "per_year"), paired(ANCHORS["inputs"]["rents"], ANCHORS["true_return"]["per_year"]))
def test_the_true_returns_are_those_that_make_the_owners_flows_worth_nothing(rent: float, per_year: float) -> None:
    owner = anchor_owner()
    found = owner.true_return_per_year(rent)
    assert found.unique is not None
    assert found.unique == pytest.approx(per_year, abs=ANCHORS["true_return"]["abs"])
    assert found.roots == (found.unique,)
    flows = owner.flows_usd(rent)
    assert net_present_value(of_one(monthly_rate(found.unique)), flows) == pytest.approx(0, abs=0.01)


@pytest.mark.parametrize("rent", ANCHORS["inputs"]["rents"][:2])
def test_what_the_article_calls_irr_is_less_than_half_the_true_return(rent: float) -> None:
    owner = anchor_owner()
    true_return = present(owner.true_return_per_year(rent).unique)
    assert owner.annualised_multiple(rent) < true_return / 2


def test_an_owner_breaks_even_at_the_articles_rent() -> None:
    rent = anchor_owner().rent_for(0.0)
    assert rent == pytest.approx(ANCHORS["expected"]["break_even_rent"], rel=ANCHORS["rel"])


def test_a_renter_of_the_same_gpu_breaks_even_at_the_same_mean_rent() -> None:
    given = ANCHORS["inputs"]
    advice = advised(
        months=12 * given["years"],
        rent=3.0,
        usd_per_node=8 * given["capex_usd"],
        facility=NO_FABRIC | {"electricity_usd_per_kwh": given["usd_per_kwh"]},
        gpu={"node_kw": 8 * given["kw_per_gpu"]},
    )
    running = cost(advice.costing, "buy").undiscounted_components["electricity"]
    assert running / (8 * given["years"]) == pytest.approx(given["opex_usd_per_year"])
    tipping = advice.break_evens.tipping
    assert tipping.against == "buy"
    in_the_mean = present(tipping.usd) / 1.005  # renting is the simpler way: it wins a tie
    first_rent = in_the_mean / given["mean_price_multiplier"]
    assert first_rent == pytest.approx(ANCHORS["expected"]["break_even_rent"], rel=ANCHORS["rel"])


def five_year_net_usd() -> float:
    return sum(anchor_owner().flows_usd(ANCHORS["inputs"]["rent_of_the_net"]))


def test_five_years_at_470_leave_over_100k_a_gpu() -> None:
    least = ANCHORS["expected"]["five_year_net_usd_at_least"]
    assert least <= five_year_net_usd() < 1.01 * least


def test_the_claimed_payback_holds_but_the_claimed_cash_a_year_is_that_of_five() -> None:
    case = CASES["cheah_payback_claim"]
    given, expected, claimed = case["inputs"], case["expected"], case["published_wrong"]["usd_per_gpu_year"]
    advice = advised(months=24, rent=given["rent"], usd_per_node=8 * given["capex_usd"], facility=NO_FABRIC)
    per_gpu_year = present(advice.break_evens.payback).saving_usd_per_month * 12 / 8
    assert 1 < payback_months(advice) / 12 <= expected["payback_years_at_most"]
    assert per_gpu_year == pytest.approx(expected["revenue_usd_per_gpu_year"], rel=case["rel"])
    assert per_gpu_year < claimed / 2
    assert five_year_net_usd() == pytest.approx(claimed, rel=case["rel"])


LENOVO = CASES["lenovo_lp2225_2025"]


def lenovo_payback_months(usd_per_server_hour: float) -> float:
    given = LENOVO["inputs"]
    return payback_months(
        advised(
            months=36,
            rent=usd_per_server_hour / given["gpus"],
            usd_per_node=given["server_usd"],
            rental={"hours_per_month": given["hours_per_month"]},
            facility=NO_FABRIC | {"electricity_usd_per_kwh": 1},
            gpu={"node_kw": given["running_usd_per_hour"]},
        )
    )


@pytest.mark.parametrize(
    ("usd_per_server_hour", "hours"),
    paired(LENOVO["inputs"]["cloud_usd_per_server_hour"], LENOVO["expected"]["hours"]),
)
def test_a_listed_server_pays_back_after_lenovos_hours(usd_per_server_hour: float, hours: float) -> None:
    found = lenovo_payback_months(usd_per_server_hour) * LENOVO["inputs"]["hours_per_month"]
    assert found == pytest.approx(hours, rel=LENOVO["rel"])


def test_a_listed_server_pays_back_after_lenovos_months() -> None:
    found = lenovo_payback_months(LENOVO["inputs"]["cloud_usd_per_server_hour"][0])
    assert found == pytest.approx(LENOVO["expected"]["months_on_demand"], rel=LENOVO["rel"])


POWER = CASES["alphaone_power_table"]


def power_usd_per_year(kw: float, usd_per_kwh: float) -> float:
    energy = {"electricity_usd_per_kwh": usd_per_kwh, "pue": POWER["inputs"]["pue"]}
    costing = costed(months=12, rent=3.0, usd_per_node=300_000, facility=energy, gpu={"node_kw": kw})
    return cost(costing, "buy").undiscounted_components["electricity"]


def test_a_year_of_power_follows_the_printed_formula() -> None:
    given, expected = POWER["inputs"], POWER["expected"]
    gpus = power_usd_per_year(given["gpu_kw"], given["usd_per_kwh"])
    server = power_usd_per_year(given["gpu_kw"] + given["other_kw"], given["usd_per_kwh"])
    assert gpus == pytest.approx(expected["gpu_usd_per_year"], rel=POWER["rel"])
    assert server / 8_760 == pytest.approx(expected["server_usd_per_hour"], rel=POWER["rel"])


@pytest.mark.parametrize(
    ("usd_per_kwh", "printed"),
    paired(POWER["inputs"]["table_usd_per_kwh"], POWER["published_wrong"]["gpu_usd_per_year"]),
)
def test_the_printed_power_table_is_five_times_too_high(usd_per_kwh: float, printed: float) -> None:
    times = printed / power_usd_per_year(POWER["inputs"]["gpu_kw"], usd_per_kwh)
    assert times == pytest.approx(POWER["published_wrong"]["times_too_high"], rel=POWER["rel"])


MACRS = CASES["macrs_5y_250k"]


def taxed_purchase(depreciation: str) -> OptionCost:
    """A server bought for cash and kept for the longest plan there is, five of the six tax years of MACRS; it is worth
    nothing then, so that what is left of its price is deducted with it."""
    given = MACRS["inputs"]
    taxes = {"tax_rate": given["tax_rate"], "depreciation": depreciation}
    costing = costed(months=60, rent=3.0, usd_per_node=given["price_usd"], facility=NO_FABRIC, taxes=taxes)
    return cost(costing, "buy")


def test_macrs_saves_the_published_tax_year_by_year() -> None:
    given, deductions = MACRS["inputs"], MACRS["expected"]["deductions_usd_per_tax_year"]
    found = taxed_purchase("macrs")
    flows = found.monthly_usd.copy()
    flows[0] -= found.upfront_usd
    saved = [*(-flows[:60].reshape(5, 12).sum(axis=1)), -flows[60]]
    assert saved == pytest.approx([given["tax_rate"] * usd for usd in deductions], rel=MACRS["rel"])


@pytest.mark.parametrize("depreciation", ["macrs", "bonus", "straight-line"])
def test_each_way_to_deduct_a_server_saves_the_published_tax_in_the_end(depreciation: str) -> None:
    """Without discounting: what differs is only when."""
    found = taxed_purchase(depreciation).undiscounted_components
    assert found["tax"] == pytest.approx(-MACRS["expected"]["bonus_tax_shield_usd"], rel=MACRS["rel"])
    assert found["hardware"] == pytest.approx(MACRS["inputs"]["price_usd"])
    assert found["colocation"] == pytest.approx(0, abs=0.01)


def test_a_bonus_saves_all_of_it_in_the_first_year() -> None:
    found = taxed_purchase("bonus")
    first_year = found.upfront_usd - found.monthly_usd[:12].sum()
    assert first_year == pytest.approx(MACRS["expected"]["bonus_tax_shield_usd"], rel=MACRS["rel"])


ROI = CASES["legitlads_accelerator_roi"]


def accelerators(discount_rate: float = 0.0, busy: float = ROI["inputs"]["busy"]) -> Advice:
    given = ROI["inputs"]
    staff = {"staff_fixed_fte": 1, "staff_usd_per_fte_year": given["running_usd_in_all"] / given["years"]}
    return advised(
        nodes=given["nodes"],
        months=12 * given["years"],
        busy=busy,
        rent=given["rent"],
        usd_per_node=given["usd_per_node"],
        discount_rate=discount_rate,
        rental=EVERY_IDLE_HOUR_HANDED_BACK,
        facility=NO_FABRIC | staff,
    )


def yearly_flows_usd(costing: Costing) -> list[float]:
    """Buying against renting as the console sees it: the price today, then what each year saves, at its end."""
    buy, rent = cost(costing, "buy"), cost(costing, "on-demand")
    months = rent.monthly_usd.size - 1
    saved = rent.monthly_usd[:months] - buy.monthly_usd[:months]
    saved[0] += buy.upfront_usd
    return [-buy.upfront_usd, *(float(year.sum()) for year in saved.reshape(-1, 12))]


def test_the_accelerator_consoles_totals_are_reproduced() -> None:
    expected, advice = ROI["expected"], accelerators()
    own, cloud = (cost(advice.costing, option).undiscounted_usd for option in ("buy", "on-demand"))
    assert own == pytest.approx(expected["own_usd"], rel=ROI["rel"])
    assert cloud == pytest.approx(expected["cloud_usd"], rel=ROI["rel"])
    assert cloud - own == pytest.approx(expected["saving_usd"], rel=ROI["rel"])
    capex = cost(advice.costing, "buy").upfront_usd
    assert (cloud - own) / capex == pytest.approx(expected["saving_share_of_capex"], rel=ROI["rel"])
    assert payback_months(advice) / 12 == pytest.approx(expected["payback_years"], rel=ROI["rel"])


def test_the_accelerator_consoles_break_even_use_is_where_both_totals_meet() -> None:
    share, costing = ROI["expected"]["break_even_busy"], accelerators(busy=1.0).costing
    own, cloud = (cost(costing, option).undiscounted_usd for option in ("buy", "on-demand"))
    assert own / cloud == pytest.approx(share, rel=ROI["rel"])
    there = accelerators(busy=share).costing
    own, cloud = (cost(there, option).undiscounted_usd for option in ("buy", "on-demand"))
    assert own == pytest.approx(cloud, rel=ROI["rel"])


def test_the_accelerator_consoles_buy_verdict_has_a_negative_present_value() -> None:
    """Its total cost says buy; its yearly flows return less than the ten percent its money costs."""
    rate, costing = ROI["inputs"]["discount_rate"], accelerators().costing
    flows = yearly_flows_usd(costing)
    assert picked(costing) == "buy"
    assert sum(flows) == pytest.approx(ROI["expected"]["saving_usd"], rel=ROI["rel"])
    assert net_present_value(rate, flows) == pytest.approx(ROI["expected"]["present_value_usd"], rel=ROI["rel"])
    earned = present(rates_of_return(flows).unique)
    assert 0 < earned < rate


def test_a_lead_of_490k_undiscounted_is_a_close_call_once_money_costs_something() -> None:
    """Months instead of year-ends make it slightly positive: the sign of the console's value is its timing's."""
    plain, discounted = accelerators().costing, accelerators(ROI["inputs"]["discount_rate"]).costing
    assert not plain.verdict.close_call
    assert discounted.verdict.close_call
    assert present(discounted.verdict.rival).id == "on-demand"
    lead = cost(discounted, "on-demand").expected_usd - cost(discounted, "buy").expected_usd
    assert 0 < lead < ROI["expected"]["saving_usd"] / 5


CLUSTER = CASES["clustermax_tco_4096"]
COLUMNS = range(3)
GPU_BILL = {"on-demand": "rent", "reserved-36m": "committed"}


def clustermax(column: int, option: str) -> OptionCost:
    given, gpus = CLUSTER["inputs"], CLUSTER["expected"]["gpu_usd_per_month"][column]
    nodes, other = given["nodes"], given["storage_network_cpu_debugging_usd_per_month"][column]
    costing = costed(
        nodes=nodes,
        months=given["months"],
        rent=given["rents"][column],
        reserved={36: given["rents"][column]},
        rental={
            "hours_per_month": given["hours_per_month"],
            "support_share": given["support_usd_per_month"][column] / gpus,
            "goodput_loss_share": given["goodput_usd_per_month"][column] / gpus,
            "storage_egress_usd_per_node_month": other / nodes,
            "setup_usd_per_node": given["setup_usd"][column] / nodes,
        },
    )
    return cost(costing, option)


@pytest.mark.parametrize("option", GPU_BILL)
@pytest.mark.parametrize("column", COLUMNS)
def test_a_rented_cluster_costs_what_clustermax_says(column: int, option: str) -> None:
    given, expected, found = CLUSTER["inputs"], CLUSTER["expected"], clustermax(column, option)
    gpus = found.undiscounted_components[GPU_BILL[option]] / given["months"]
    assert gpus == pytest.approx(expected["gpu_usd_per_month"][column], rel=CLUSTER["rel"])
    monthly = found.undiscounted_usd / given["months"]
    assert monthly == pytest.approx(expected["usd_per_month"][column], rel=CLUSTER["rel"])
    assert found.undiscounted_usd == pytest.approx(expected["total_usd"][column], rel=CLUSTER["rel"])
    relative = found.undiscounted_usd / clustermax(0, option).undiscounted_usd
    assert relative == pytest.approx(expected["relative"][column], abs=expected["relative_abs"])


@pytest.mark.parametrize("option", GPU_BILL)
@pytest.mark.parametrize("column", COLUMNS)
def test_what_clustermax_adds_to_the_rate_is_found_part_by_part(column: int, option: str) -> None:
    given, found = CLUSTER["inputs"], clustermax(column, option).undiscounted_components
    months = given["months"]
    parts = {
        "support": given["support_usd_per_month"][column] * months,
        "goodput_loss": given["goodput_usd_per_month"][column] * months,
        "storage_egress": given["storage_network_cpu_debugging_usd_per_month"][column] * months,
        "setup": given["setup_usd"][column],
    }
    assert {part: found[part] for part in parts} == pytest.approx(parts, rel=CLUSTER["rel"])


DGX = CASES["dgx_a100_breakeven_hour"]


def dgx(rent: float, usd_per_kwh: float) -> Advice:
    given = DGX["inputs"]
    return advised(
        months=given["months"],
        rent=rent,
        usd_per_node=given["usd_per_node"],
        facility=NO_FABRIC | {"electricity_usd_per_kwh": usd_per_kwh},
        gpu={"node_kw": given["kw"]},
    )


@pytest.mark.parametrize(("power", "usd_per_kwh"), [("capex_only", 0.0), ("with_power", DGX["inputs"]["usd_per_kwh"])])
def test_a_dgx_pays_for_itself_at_the_corrected_rent(power: str, usd_per_kwh: float) -> None:
    expected, advice = DGX["expected"][power], dgx(1.0, usd_per_kwh)
    buy = cost(advice.costing, "buy")
    assert buy.usd_per_used_gpu_hour == pytest.approx(expected["gpu"], rel=DGX["rel"])
    system_hours = advice.costing.demand.expected_used_gpu_hours / DGX["inputs"]["gpus"]
    assert buy.undiscounted_usd / system_hours == pytest.approx(expected["system"], rel=DGX["rel"])
    assert advice.break_evens.tipping.against == "buy"
    assert advice.break_evens.tipping.usd == pytest.approx(expected["gpu"], rel=DGX["rel"])


def test_the_system_rent_read_as_a_gpu_rent_is_eight_times_too_much() -> None:
    costing = dgx(DGX["expected"]["capex_only"]["system"], 0.0).costing
    renting, buying = cost(costing, "on-demand").undiscounted_usd, cost(costing, "buy").undiscounted_usd
    assert renting / buying == pytest.approx(DGX["inputs"]["gpus"], rel=DGX["rel"])


def test_the_repeated_four_dollars_a_gpu_hour_is_nowhere_near_the_break_even() -> None:
    claimed = DGX["published_wrong"]["usd_per_gpu_hour"]
    costing = dgx(claimed, DGX["inputs"]["usd_per_kwh"]).costing
    assert cost(costing, "buy").usd_per_used_gpu_hour < claimed / 6
    assert picked(costing) == "buy"


FORWARD = CASES["forward_price_from_reservations"]


def forward_ratio() -> float:
    """The constant yearly ratio q of the rents behind both rates: short (1 + q + q^2) = 3 long."""
    given = FORWARD["inputs"]
    wanted = 3 * given["three_year_rate"] / given["one_year_rate"]
    return bisect(lambda q: 1 + q + q**2 < wanted, 0.0, 10.0)[0]


def test_term_rates_imply_the_published_forward_rents() -> None:
    given, expected = FORWARD["inputs"], FORWARD["expected"]
    later = implied_forward_usd(1, given["one_year_rate"], 3, given["three_year_rate"])
    assert later == pytest.approx(expected["mean_of_years_two_and_three"], rel=FORWARD["rel"])
    ratio = forward_ratio()
    assert ratio == pytest.approx(expected["yearly_ratio"], rel=FORWARD["rel"])
    by_year = [given["one_year_rate"] * ratio**year for year in (1, 2)]
    assert by_year == pytest.approx([expected["year_two"], expected["year_three"]], rel=FORWARD["rel"])


def test_at_the_implied_rents_three_one_year_terms_cost_what_one_of_three_years_does() -> None:
    given, expected = FORWARD["inputs"], FORWARD["expected"]
    costing = costed(
        months=36,
        rent=given["one_year_rate"],
        reserved={12: given["one_year_rate"], 36: given["three_year_rate"]},
        rents_change_per_year=forward_ratio() - 1,
    )
    renewed, long = cost(costing, "reserved-12m-offer"), cost(costing, "reserved-36m-offer")
    by_year = renewed.monthly_usd[:36].reshape(3, 12).sum(axis=1) / (8 * 8_760)
    assert by_year[1] == pytest.approx(expected["year_two"], rel=FORWARD["rel"])
    assert by_year[2] == pytest.approx(expected["year_three"], rel=FORWARD["rel"])
    assert long.usd_per_used_gpu_hour == pytest.approx(given["three_year_rate"])
    assert renewed.usd_per_used_gpu_hour == pytest.approx(long.usd_per_used_gpu_hour)


def test_falling_rents_take_a_third_off_four_years_of_income() -> None:
    """The comment lowers the rate once a year, as contracts of a year do."""
    given, expected = FORWARD["inputs"], FORWARD["expected"]

    def income_usd(rents_change_per_year: float) -> float:
        costing = costed(
            nodes=given["nodes"],
            months=12 * given["years"],
            rent=given["mean_rate"],
            reserved={12: given["mean_rate"]},
            rents_change_per_year=rents_change_per_year,
        )
        return cost(costing, "reserved-12m-offer").undiscounted_usd

    assert income_usd(0.0) == pytest.approx(expected["income_usd_at_constant_rents"], rel=FORWARD["rel"])
    falling = income_usd(forward_ratio() - 1)
    assert falling == pytest.approx(expected["income_usd_at_falling_rents"], rel=FORWARD["rel"])


PREPAY = CASES["iforels_term_prepay"]


def prepaid_rate(prepaid: str, months: int = 36) -> float:
    """The rate of a reservation at list price, by the book's own bonus for prepaying."""
    given = PREPAY["inputs"]
    share = {"prepaid_share": given["prepaid"][prepaid]}
    costing = costed(months=months, rent=given["rate_at_a_fifth_prepaid"], rental=share)
    return present(cost(costing, f"reserved-{months}m").usd_per_used_gpu_hour)


def test_prepaying_everything_brings_the_sellers_absolute_floor() -> None:
    assert prepaid_rate("fifth") == pytest.approx(PREPAY["inputs"]["rate_at_a_fifth_prepaid"])
    assert prepaid_rate("all") == pytest.approx(PREPAY["expected"]["rate_all_prepaid"], rel=PREPAY["rel"])


def test_the_bonus_follows_the_time_paid_early_and_not_a_square_root() -> None:
    """A quarter of the way to a year paid at signing brings a quarter of a year's bonus; of three years, more of the
    most, which is reached sooner."""
    year, three_years = (
        (prepaid_rate("fifth", months) - prepaid_rate("quarter_of_the_way", months))
        / (prepaid_rate("fifth", months) - prepaid_rate("all", months))
        for months in (12, 36)
    )
    expected = PREPAY["expected"]["share_of_a_years_bonus_a_quarter_of_the_way"]
    assert year == pytest.approx(expected, rel=PREPAY["rel"])
    assert year < PREPAY["published_other"]["share_of_the_bonus_a_quarter_of_the_way"] < three_years < 1


RESERVED = CASES["reserved_breakeven_utilisation"]


def reserve_or_not(busy: float) -> Advice:
    given = RESERVED["inputs"]
    return advised(months=given["months"], busy=busy, rent=given["on_demand"], reserved={12: given["reserved"]})


def test_a_reserved_gpu_saves_the_published_sum_in_a_full_year_but_its_on_demand_year_is_misprinted() -> None:
    expected, gpus, costing = RESERVED["expected"], RESERVED["inputs"]["gpus"], reserve_or_not(1.0).costing
    on_demand, reserved = (
        cost(costing, option).undiscounted_usd / gpus for option in ("on-demand", "reserved-12m-offer")
    )
    assert on_demand - reserved == pytest.approx(expected["saving_usd_per_gpu_year"], rel=RESERVED["rel"])
    assert on_demand == pytest.approx(expected["on_demand_usd_per_gpu_year"], abs=expected["abs"])
    assert on_demand != pytest.approx(RESERVED["published_wrong"]["on_demand_usd_per_gpu_year"], abs=expected["abs"])


def test_a_reservation_needs_the_ratio_of_the_rates_in_use() -> None:
    share = RESERVED["expected"]["break_even_busy"]
    terms = reserve_or_not(1.0).break_evens.terms
    term = next(term for term in terms if term.option == "reserved-12m-offer")
    assert term.rate_ratio == pytest.approx(share, rel=RESERVED["rel"])
    assert term.busy_share == pytest.approx(share, rel=RESERVED["rel"])


@pytest.mark.parametrize(
    ("above_break_even", "pick"), [(-0.3, "on-demand"), (-0.01, "on-demand"), (0.01, "reserved-12m-offer")]
)
def test_a_steady_workload_below_the_break_even_is_cheaper_on_demand(above_break_even: float, pick: str) -> None:
    costing = reserve_or_not(RESERVED["expected"]["break_even_busy"] + above_break_even).costing
    assert picked(costing) == pick


DOUBLE = CASES["randomcalculators_double_count"]


def on_premises() -> Advice:
    given = DOUBLE["inputs"]
    return advised(
        months=given["months"],
        busy=given["hours_used_per_month"] / given["hours_per_month"],
        rent=given["rent"],
        usd_per_node=given["usd_per_node"],
        rental={"hours_per_month": given["hours_per_month"]},
        facility=NO_FABRIC
        | {
            "setup_usd_per_node": given["overhead"] * given["usd_per_node"],
            "electricity_usd_per_kwh": given["usd_per_kwh"],
            "pue": given["pue"],
            "colocation_usd_per_kw_month": given["data_centre_usd_per_month"] / given["kw"],
            "colocation_min_months": 0,
        },
        gpu={"node_kw": given["kw"]},
    )


def test_owning_costs_less_a_month_than_the_cloud_that_was_called_cheaper() -> None:
    expected, months, costing = DOUBLE["expected"], DOUBLE["inputs"]["months"], on_premises().costing
    cloud, own = (cost(costing, option).undiscounted_usd / months for option in ("on-demand", "buy"))
    assert cloud == pytest.approx(expected["cloud_usd_per_month"], rel=DOUBLE["rel"])
    assert own == pytest.approx(expected["own_usd_per_month_with_amortisation"], rel=DOUBLE["rel"])
    assert picked(costing) == "buy"
    assert picked(costing) != DOUBLE["published_wrong"]["pick"]


def test_owning_pays_back_within_its_life_in_the_month_in_which_the_cash_paid_is_equal() -> None:
    expected, advice = DOUBLE["expected"]["payback_months"], on_premises()
    assert payback_months(advice) == pytest.approx(expected, rel=DOUBLE["rel"])
    assert payback_months(advice) < DOUBLE["inputs"]["months"]
    rented, owned = (cumulative_usd(cost(advice.costing, option)) for option in ("on-demand", "buy"))
    lead = rented - owned
    (month,) = np.flatnonzero((lead[:-1] < 0) & (lead[1:] >= 0))
    crossing = month + lead[month] / (lead[month] - lead[month + 1])
    assert crossing == pytest.approx(expected, rel=DOUBLE["rel"])


def test_a_saving_after_amortisation_has_already_paid_for_the_hardware_once() -> None:
    """Over the life it is what is left once the price is paid: to pay the price from it again is to count it twice."""
    months, costing = DOUBLE["inputs"]["months"], on_premises().costing
    buy, rent = cost(costing, "buy"), cost(costing, "on-demand")
    capex = buy.upfront_usd
    cash_saved = rent.undiscounted_usd - (buy.undiscounted_usd - capex)
    after_amortisation = (cash_saved - capex) / months
    twice = simple_payback(capex, after_amortisation)
    assert twice == pytest.approx(DOUBLE["published_wrong"]["payback_months_by_its_formula"], rel=DOUBLE["rel"])
    once = simple_payback(capex, cash_saved / months)
    assert once == pytest.approx(DOUBLE["expected"]["payback_months"], rel=DOUBLE["rel"])
    assert after_amortisation * months == pytest.approx(rent.undiscounted_usd - buy.undiscounted_usd)
    assert rent.undiscounted_usd - buy.undiscounted_usd > 0


def test_a_reservation_used_seven_tenths_of_the_time_costs_the_published_price_an_hour_used() -> None:
    case = CASES["sfcompute_resale_effective_price"]
    given = case["inputs"]
    reserved = {given["months"]: given["reserved"]}
    costing = costed(months=given["months"], busy=given["busy"], rent=given["reserved"], reserved=reserved)
    found = cost(costing, "reserved-12m-offer").usd_per_used_gpu_hour
    assert found == pytest.approx(case["expected"]["usd_per_used_gpu_hour"], rel=case["rel"])
