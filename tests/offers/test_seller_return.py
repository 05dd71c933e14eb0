"""The seller's side: one owner model, its returns against an independent calculation, and the latent.space figures."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.array_types import of_one
from advisor.finance.discounting import monthly_rate, net_present_value
from advisor.market.owner_economics import OwnerCosts, owner_costs, owner_flows_usd, owner_price
from advisor.offers.seller_return import (
    Owner,
    article_owner,
    efficient_owner,
    scenario_receipts,
    seller_table,
    straight_receipts,
)
from tests.support.json_contracts import strict_json
from tests.support.present import present
from tests.support.processes import assert_one_error_line, run_here
from tests.support.profile_builder import BOOK

A = BOOK.assumptions("H100-SXM")
HOURS_PER_MONTH = of_one(A.rental.hours_per_month)
FIGURES = A.experts
SOLD, TARGET = float(FIGURES.owner_utilisation_share), float(FIGURES.owner_return_per_year)
USUAL = present(efficient_owner("H100-SXM", FIGURES))
OWNER: Owner = USUAL


@pytest.mark.parametrize(
    ("rent", "multiple", "irr"), [(4.50, 0.235, 0.850), (2.85, 0.123, 0.342), (1.65, -0.001, -0.002)]
)
def test_the_articles_points_hold_as_it_meant_them(rent: float, multiple: float, irr: float) -> None:
    owner = article_owner(A.evidence, HOURS_PER_MONTH)
    assert owner.annualised_multiple(rent) == pytest.approx(multiple, abs=0.0006)
    assert owner.irr_per_year(rent) == pytest.approx(irr, abs=0.0006)


@pytest.mark.parametrize(
    ("running_usd", "sold", "rent"), [(876, 1.0, 2.00), (4_780, 1.0, 2.58), (4_780, 0.8, 3.23), (4_780, 0.6, 4.30)]
)
def test_ten_percent_that_is_a_true_return_takes_a_higher_rent_than_the_article_says(
    running_usd: float, sold: float, rent: float
) -> None:
    costs = OwnerCosts(A.evidence.article_capex_usd_per_gpu, running_usd, HOURS_PER_MONTH * sold)
    owner = replace(article_owner(A.evidence, HOURS_PER_MONTH), costs=costs)
    assert owner.rent_for(0.10) == pytest.approx(rent, abs=0.006)


def test_the_seller_of_a_quote_is_the_owner_of_the_forecast() -> None:
    costs = present(owner_costs("H100-SXM", FIGURES))
    assert OWNER.flows_usd(3.0) == owner_flows_usd(3.0, costs, FIGURES).tolist()
    assert OWNER.rent_for(TARGET) == pytest.approx(owner_price(costs, FIGURES), rel=1e-9)


def test_the_flows_are_those_of_a_ledger_kept_by_hand() -> None:
    owner = Owner(OwnerCosts(1_000.0, 120.0, 100.0), (0.0, 1.0, 0.5), residual_share=0.1)
    assert owner.flows_usd(2.0) == pytest.approx([-1_000, 200 - 10, 100 - 10 + 100])
    assert owner.net_usd(2.0) == pytest.approx(380)
    assert owner.annualised_multiple(2.0) == pytest.approx(0.38 ** (1 / (2 / 12)) - 1)
    assert owner.annualised_multiple(0.0) == pytest.approx(0.08**6 - 1)
    assert owner.cash_floor_usd_per_gpu_hour == pytest.approx(0.1)


def test_losing_more_than_all_is_minus_one_and_no_root_of_a_negative() -> None:
    owner = Owner(OwnerCosts(1_000.0, 1_200.0, 100.0), (0.0, 1.0, 1.0), residual_share=0.0)
    assert owner.annualised_multiple(0.1) == -1.0


def test_a_contract_is_paid_for_every_hour_and_in_advance() -> None:
    owner = Owner(OwnerCosts(1_000.0, 0.0, 80.0), (0.0, 1.0, 1.0, 1.0, 1.0), residual_share=0.0)
    held = owner.under_contract(2, prepaid_share=0.25, utilisation_share=0.8)
    # 100 hours at $1: half a month of the two is prepaid, the rest falls due as each month begins.
    assert held.flows_usd(1.0) == pytest.approx([-1_000 + 50 + 75, 75, 0, 80, 80])
    assert owner.under_contract(99, 0.0, 0.8).flows_usd(1.0) == pytest.approx([-900, 100, 100, 100, 0])


@settings(deadline=None, derandomize=True, max_examples=60)
@given(st.integers(1, 36), st.floats(0, 1), st.floats(-0.3, 1.0))
def test_the_rent_for_a_return_earns_it(months: int, prepaid: float, wanted: float) -> None:
    owner = OWNER.under_contract(months, prepaid, SOLD)
    rent = owner.rent_for(wanted)
    assert net_present_value(of_one(monthly_rate(wanted)), owner.flows_usd(rent)) == pytest.approx(0, abs=1e-3)
    if owner.flows_usd(rent)[0] < 0:
        earned = owner.irr_per_year(rent)
        assert earned is None or earned == pytest.approx(wanted, abs=1e-5)


@pytest.mark.parametrize("prepaid", [0.0, 1.0])
def test_a_contract_lets_the_seller_ask_less(prepaid: float) -> None:
    held = OWNER.under_contract(12, prepaid, SOLD)
    assert held.rent_for(TARGET) < OWNER.rent_for(TARGET)
    assert held.rent_for(TARGET) >= OWNER.under_contract(12, 1.0, SOLD).rent_for(TARGET)


def test_the_table_rises_with_price_and_use_and_falls_with_rents() -> None:
    prices, shares = (2.0, 3.0, 4.0), (0.6, 0.8, 1.0)
    rows = seller_table(A, dict(BOOK.scenarios), prices, shares)
    assert len(rows) == 9 * (len(BOOK.scenarios) + 1)
    cells = {(row.rents, row.utilisation_share, row.usd_per_gpu_hour): row for row in rows}
    for row in rows:
        more_expensive = cells.get((row.rents, row.utilisation_share, row.usd_per_gpu_hour + 1))
        fuller = cells.get((row.rents, round(row.utilisation_share + 0.2, 1), row.usd_per_gpu_hour))
        for better in (more_expensive, fuller):
            if better is not None:
                assert present(better.irr_per_year) > present(row.irr_per_year)
                assert better.present_usd > row.present_usd
        assert cells["-40% a year", row.utilisation_share, row.usd_per_gpu_hour].present_usd <= row.present_usd


def test_scenarios_bring_their_own_rents() -> None:
    assert scenario_receipts(A, BOOK.scenarios["flat"]) == (0.0, *[1.0] * 60)
    halved = scenario_receipts(A, BOOK.scenarios["half-in-five"])
    assert halved[1] == 1.0
    assert halved[-1] == pytest.approx(0.5 + 0.5 / 60)
    assert sum(straight_receipts(0.75, 60)) == pytest.approx(45)


def test_the_command_prints_the_table_the_article_and_the_correction(tmp_path: Path) -> None:
    found = run_here(["seller"], tmp_path)
    assert found.code == 0, found.err
    rows = [line.split() for line in found.out.splitlines()]
    for row in (["$4.50", "23.5%", "85.0%"], ["$2.85", "12.3%", "34.2%"], ["$1.65", "-0.1%", "-0.2%"]):
        assert row in rows
    assert "annualized multiple" in found.out
    assert "Correction: the source calls its measure an IRR" in found.out
    assert max(map(len, found.out.splitlines())) <= 80
    for scenario in BOOK.scenarios.values():
        assert scenario.label in found.out


def test_the_commands_json_is_the_engines_table(tmp_path: Path) -> None:
    found = run_here(["seller", "--json", "--gpu", "H200", "--price", "3.5", "--price", "5"], tmp_path)
    record = strict_json(found.out)
    assert record["gpu"] == "H200-SXM"
    assert {row["usd_per_gpu_hour"] for row in record["rows"]} == {3.5, 5.0}
    used = {row["utilisation_share"] for row in record["rows"]}
    owner = present(efficient_owner("H200-SXM", BOOK.assumptions("H200-SXM").experts))
    assert record["target_usd_per_gpu_hour"] == pytest.approx(owner.rent_for(record["target_return_per_year"]))
    assert FIGURES.owner_utilisation_share in used
    assert [point["usd_per_gpu_hour"] for point in record["latent_space_2024"]] == [4.5, 2.85, 1.65]
    assert json.loads(found.out) == record


def test_a_published_host_at_59_percent(tmp_path: Path) -> None:
    """A100 at 0.6923, 59 % of 8 x 8,760 hours: 28,625 a year; at the book's costs, running alone takes 0.884."""
    asked = ["seller", "--gpu", "A100", "--price", "0.6923", "--utilization", "0.59"]
    record = strict_json(run_here([*asked, "--json"], tmp_path).out)
    assert {row["utilisation_share"] for row in record["rows"]} == {0.59}
    assert {round(row["revenue_usd_per_year"]) for row in record["rows"]} == {28_625}
    assert record["cash_floor_usd_per_gpu_hour"] == pytest.approx(0.884, abs=0.0005)
    text = run_here(asked, tmp_path).out
    assert "59% of hours sold       $28,625" in text
    assert "with 59% of its hours sold" in " ".join(text.split())


def test_an_owner_with_a_book_of_its_own_has_its_own_costs(tmp_path: Path) -> None:
    """A node of 6.5 kW at $20 a kW-month and $0.05 a kWh runs for a fraction of the book's costs."""
    own = (
        "[facility]\nelectricity_usd_per_kwh = 0.05\ncolocation_usd_per_kw_month = 20\npue = 1.0\n"
        "maintenance_share_per_year = 0\ninsurance_share_per_year = 0\nfailure_share_per_gpu_year = 0\n"
        "idle_power_share = 1\n[gpu.A100-80-SXM]\nnode_usd = 60000\nnode_kw = 6.5\n"
        "[experts]\nowner_utilisation_share = 0.59\nowner_staff_fte_per_node = 0\n"
    )
    (tmp_path / "host.toml").write_text(own, encoding="utf-8")
    asked = ["seller", "--gpu", "A100", "--price", "0.6923", "--json"]
    mine = strict_json(run_here([*asked, "--book", tmp_path / "host.toml"], tmp_path).out)
    assert mine["node"]["running_usd_per_year"] == pytest.approx(6.5 * (12 * 20 + 8760 * 0.05))
    assert mine["cash_floor_usd_per_gpu_hour"] == pytest.approx(6.5 * (240 + 438) / (8 * 8760 * 0.59))
    books = strict_json(run_here(asked, tmp_path).out)
    assert mine["node"]["capex_usd"] < books["node"]["capex_usd"] - 30_000
    assert {row["utilisation_share"] for row in mine["rows"]} == {0.59, 1.0}


@pytest.mark.parametrize("share", ["0", "1.1", "59", "nan", "most"])
def test_a_share_of_hours_lies_above_0_and_up_to_1(share: str, tmp_path: Path) -> None:
    found = run_here(["seller", "--utilization", share], tmp_path)
    assert (found.code, found.out) == (2, "")
    assert "is not a share above 0 and up to 1" in found.err


@pytest.mark.parametrize("price", ["0", "-1", "nan", "free", "1001"])
def test_a_price_that_is_none_is_a_usage_error(price: str, tmp_path: Path) -> None:
    found = run_here(["seller", "--price", price], tmp_path)
    assert found.code == 2
    assert found.out == ""
    assert "is not a rate from 0.01 to 1,000" in found.err


def test_an_unknown_gpu_is_one_line(tmp_path: Path) -> None:
    assert_one_error_line(run_here(["seller", "--gpu", "H1000"], tmp_path), "--gpu", "H1000", "H100")
