"""Where hardware that is bought stands: in a data center, or in rooms of the company's own."""

import pytest

from advisor.decision.advise import advise
from advisor.market.price_book import built_in_book
from advisor.profiles.form.form_fields import form_fields
from advisor.profiles.validation import own_book
from tests.support.profile_builder import a_profile, costed

BOOK = built_in_book()
ON_PREMISES = {"hosting": "on-premises"}
THERE = {
    name: figure.value for name, figure in BOOK.sections["on_premises"].items() if name in BOOK.sections["facility"]
}
OWNING = ("buy", "buy-used", "buy-loan", "lease")


def test_hosting_on_premises_is_the_same_as_typing_each_of_its_figures() -> None:
    work = {"nodes": 2, "months": 30}
    said, typed = costed(a_profile(work, company=ON_PREMISES)), costed(a_profile(work, facility=THERE))
    usd = [{cost.option.id: cost.expected_usd for cost in costing.costs} for costing in (said, typed)]
    assert usd[0] == usd[1]
    labels = {cost.option.id: cost.option.label for cost in said.costs}
    assert [labels[one] for one in OWNING] == [
        "buying and hosting", "buying used and hosting", "buying with a loan", "leasing and hosting",
    ]  # fmt: skip


def test_a_month_on_premises_costs_what_the_formula_says() -> None:
    """One node of 10.2 kW that is always busy: 10.2 x 1.55 x 730 h x $0.139, and no rent of space."""
    profile = a_profile(
        {"kind": "inference", "nodes": 1, "months": 36, "busy": 1.0, "base_share": 1.0, "base_busy": 1.0,
         "plan_change_per_month": 0},
        company={**ON_PREMISES, "discount_rate": 0},
        facility={"availability_share": 1},
        gpu={"lead_months": 0},
    )  # fmt: skip
    (buy,) = (cost for cost in costed(profile).costs if cost.option.id == "buy")
    assert buy.undiscounted_components["electricity"] == pytest.approx(36 * 10.2 * 1.55 * 730 * 0.139)
    assert buy.undiscounted_components.get("colocation", 0.0) == 0
    assert buy.undiscounted_components["installation"] == pytest.approx(15000)


def test_what_the_user_gives_stays() -> None:
    """In the profile or in a book of the user's own."""
    profile = a_profile(company=ON_PREMISES, facility={"electricity_usd_per_kwh": 0.3})
    mine = BOOK.overlaid({"facility": {"pue": 1.15}}, "mine")
    found = own_book(profile, mine).sections["facility"]
    assert (found["electricity_usd_per_kwh"].value, found["pue"].value) == (0.3, 1.15)
    assert found["colocation_usd_per_kw_month"].value == 0


def test_a_rack_is_set_up_at_the_price_of_nine_nodes() -> None:
    profile = a_profile({"gpu": "GB200-NVL72"}, company=ON_PREMISES)
    assert own_book(profile, BOOK).figure("facility.setup_usd_per_node").value == 9 * THERE["setup_usd_per_node"]


def test_the_form_shows_the_figures_of_the_place() -> None:
    shown = {
        hosting: {field.label: field.default for field in form_fields(a_profile(company={"hosting": hosting}), BOOK)}
        for hosting in ("colocation", "on-premises")
    }
    names = "Electricity", "Colocation", "PUE"
    assert [shown["colocation"][name] for name in names] == ["0.0866", "200", "1.4"]
    assert [shown["on-premises"][name] for name in names] == ["0.139", "0", "1.55"]


@pytest.mark.parametrize(("nodes", "warned"), [(4, False), (5, True)])
def test_more_power_than_rooms_supply_is_warned_of(nodes: int, warned: bool) -> None:
    """Four nodes of 10.2 kW are within 50 kW, five are not; nothing is said of a data center."""
    for hosting in ("colocation", "on-premises"):
        profile = a_profile({"nodes": nodes, "months": 24}, company={"hosting": hosting})
        said = [line for line in advise(profile, BOOK, 100).reasons.warnings if "on premises" in line]
        assert bool(said) == (warned and hosting == "on-premises")


def test_a_host_is_paid_the_same_whatever_the_nodes_draw() -> None:
    """Also where the user says that they draw nothing: the payment was taken by kW, and zero was an internal error."""
    host = {"option": "hosted", "months": 24, "usd_per_node": 250_000, "payments": 40_000, "nodes": 8, "from": "H"}
    paid = []
    for kw in (0.0, 10.2):
        costs = costed(a_profile({"nodes": 8, "months": 24}, quote=[host], gpu={"node_kw": kw})).costs
        paid.append(next(cost for cost in costs if cost.option.id == "hosted-h").expected_usd)
    assert paid[0] == pytest.approx(paid[1], rel=1e-12)
