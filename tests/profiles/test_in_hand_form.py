"""Contracts and hardware in hand in the form: typed in the user's words, and shown as they may be typed again."""

import re
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from advisor.errors import InputError
from advisor.profiles.form.edited_profile import nudged, with_text
from advisor.profiles.form.form_fields import form_fields
from advisor.profiles.in_hand.holdings import Commitment, Owned
from advisor.profiles.limits import MAX_NODES
from advisor.profiles.schema import FieldPath, Profile
from tests.support.long_runs import examples
from tests.support.profile_builder import BOOK, a_profile, changed

CONTRACTS: FieldPath = ("commitment",)
HARDWARE: FieldPath = ("owned",)
PROFILE = a_profile({"nodes": 16})


def shown(profile: Profile, path: FieldPath) -> str:
    return next(field.text for field in form_fields(profile, BOOK) if field.path == path)


def contracts(text: str) -> tuple[Commitment, ...]:
    return with_text(PROFILE, CONTRACTS, text, BOOK).commitment


def hardware(text: str) -> tuple[Owned, ...]:
    return with_text(PROFILE, HARDWARE, text, BOOK).owned


def contract(**own: Any) -> Commitment:
    """Eight nodes of H100 until the end of March 2027 at $2.10, changed."""
    usual = {"nodes": 8, "gpu": "H100-SXM", "ends": date(2027, 3, 31), "usd_per_gpu_hour": 2.1}
    return Commitment.model_validate({name: value for name, value in (usual | own).items() if value is not None})


def lot(**own: Any) -> Owned:
    """Four nodes of H100, changed."""
    return Owned.model_validate({"nodes": 4, "gpu": "H100-SXM"} | own)


@pytest.mark.parametrize(
    "text",
    [
        "64 H100 reserved until March 2027 at $2.10",
        "64x H100 through 31 March 2027 @ 2.10/gpu-h",
        "8 H100 nodes until 2027-03, $2.1 per GPU-hour",
        "8 nodes of 8 H100 until Mar 31, 2027 for $16.80 per node-hour",
        "8x8 H100s until 3/2027 at $2.10/GPU/h",
        "a 24-month reservation of 64 NVIDIA H100 SXM5 until the end of March 2027 at $1,533 a month per GPU",
        "we have 64 H100 until 31st of March 2027 for $98,112 a month",
        "8 DGX H100 until 2027-03-31 at US$2.10 an hour",
        "64 H100 until March at 2,10 USD per GPU hour",  # the next one
        "8 8xH100 nodes expiring 31 March at $2.10/H100/hr, net 30",
        "64 H100 since April 2025 for 2 years at $2.10",
        "64 H100 from April for 12 months at $2.10",  # the last one
    ],
)
def test_one_contract_is_typed_in_many_ways(text: str) -> None:
    """$1,533 a month are 2.10 x 730 hours; all 64 of them cost 64 times that, $98,112."""
    (found,) = contracts(text)
    assert found == contract()
    assert shown(with_text(PROFILE, CONTRACTS, text, BOOK), CONTRACTS) == "8 nodes of H100-SXM until 2027-03 at $2.10"


@pytest.mark.parametrize(
    ("text", "own"),
    [
        ("64 H100 from CoreWeave until March 2027 at $2.10", {"from": "CoreWeave"}),
        ("64 H100 with Lambda Labs until March 2027 at $2.10", {"from": "Lambda Labs"}),
        ('64 H100 until March 2027 at $2.10 from "Acme; 4 nodes, Inc."', {"from": "Acme; 4 nodes, Inc."}),
        ("64 H100 6 months left at $2.10", {"ends": None, "months_left": 6}),
        ("64 H100 for another 1.5 years at $2.10", {"ends": None, "months_left": 18}),
        ("64 H100 until 15 March 2027 at $2.10", {"ends": date(2027, 3, 15)}),
        ("64 H100 until end of 2027 at $2.10", {"ends": date(2027, 12, 31)}),
        ("64 H100 until 2028 at $2.10", {"ends": date(2028, 12, 31)}),
        ("64 H100 until Q1 2027 at $2.10", {"ends": date(2027, 3, 31)}),
        ("64 H100 through the end of 2027-Q2 at $2.10", {"ends": date(2027, 6, 30)}),
        ("64 H100 until 31/3/2027 at $2.10", {}),
        ("64 H100 until 3/31/27 at $2.10", {}),
        ("64 H100 until 31.3.2027 at $2.10", {}),
        ("64 H100 until 31.3.27 at $2.10", {}),
        ("64 H100 until 3.4.2027 at $2.10", {"ends": date(2027, 4, 3)}),
        ("64 H100 until 4/4/2027 at $2.10", {"ends": date(2027, 4, 4)}),
        ("64 H100 until 2027/03/31 at $2.10", {}),
        ("64 H100 until March '27 at $2.10", {}),
        ("64 H100 until mid 2027 at $2.10", {"ends": date(2027, 6, 30)}),
        ("64 H100 until mid-March 2027 at $2.10", {"ends": date(2027, 3, 15)}),
        ("64 H100 until the middle of Q2 2027 at $2.10", {"ends": date(2027, 5, 15)}),
        ("64 H100 until H1 2027 at $2.10", {"ends": date(2027, 6, 30)}),
        ("64 H100 for a year at $2.10", {"ends": None, "months_left": 12}),
        ("64 H100 at $2.10 for two more years", {"ends": None, "months_left": 24}),
        ("64 H100 at $2.10, ends in 7 months", {"ends": None, "months_left": 7}),
        ("64 H100 until March 2027 at $2.10, subletting not allowed", {"may_be_resold": False}),
        ("64 H100 for $98,112 a month, half a year left", {"ends": None, "months_left": 6}),
        ("64 H100 at $2.10 with half a year left", {"ends": None, "months_left": 6, "from_": ""}),
        ("sixty-four H100 at $2.10 for thirty more weeks", {"ends": None, "months_left": 7}),
        ("64 H100 until March 2027 at $18,396 per GPU per year", {}),
        ("64 H100 until March 2027 for $1,177,344 a year", {}),
        ("64 H100 until March 2027 at $50.40 per GPU-day", {}),
        ("64 H100 until March 2027 at $2.10, billed monthly in advance", {}),
        ("64 gpus until March 2027 at $2.10", {"gpu": None}),
        ("64 H100 until March 2027, prepaid", {"usd_per_gpu_hour": 0.0}),
        ("64 H100 until March 2027 at $2.10, not to be sublet", {"may_be_resold": False}),
        ("64 H100 until March 2027 at $2.10, may be sublet", {}),
        ("64 H100 until March 2027 at $2.10, termination fee of 50%", {"termination_fee_share": 0.5}),
        ("64 H100 until March 2027 at $2.10, exit fee $250k", {"termination_fee_usd": 250e3}),
        ("64 H100 until March 2027 at $2.10, leaving costs $1.2M", {"termination_fee_usd": 1.2e6}),
        # months of what is paid: 2.10 x 64 x 730 each
        ("64 H100 until March 2027 at $2.10, termination fee 3 months", {"termination_fee_usd": 294_336.0}),
        ("64 H100 until March 2027 at $2.10, exit fee of 2 months' payments", {"termination_fee_usd": 196_224.0}),
        ("64 H100 until March 2027 at $2.10, 50% early termination fee", {"termination_fee_share": 0.5}),
        ("64 H100 until March 2027 at $2.10, non-cancellable", {"termination_fee_share": 1.0}),
        ("64 H100 until March 2027 at $2.10, can be cancelled with 30 days' notice", {"notice_months": 1}),
        ("64 H100 until March 2027 at $2.10, 30 days notice", {"notice_months": 1}),
        (
            "64 H100 until March 2027 at $2.10, notice of 2 months, $9k refunded",
            {"notice_months": 2, "refund_usd": 9e3},
        ),
    ],
)
def test_what_else_a_contract_says(text: str, own: dict[str, Any]) -> None:
    assert contracts(text) == (contract(**own),)


@pytest.mark.parametrize(
    ("text", "own"),
    [
        ("4 nodes of H100 bought in 2025-06 for $280k each", {"bought": date(2025, 6, 1)}),
        ("32 H100, bought June 2025, $280k each", {"bought": date(2025, 6, 1)}),
        ("4 H100 nodes we bought for 280k each in June 2025", {"bought": date(2025, 6, 1)}),
        ("4 DGX H100 purchased 15 June 2025", {"bought": date(2025, 6, 15)}),
        ("4 DGX H100 purchased 6/15/2025", {"bought": date(2025, 6, 15)}),
        ("4 nodes of H100 bought in 2025", {"bought": date(2025, 1, 1)}),
        ("4 nodes of H100 bought end of 2024", {"bought": date(2024, 12, 1)}),
        ("4 nodes of H100 bought in Q3 2025", {"bought": date(2025, 7, 1)}),
        ("4 nodes of H100 bought mid 2025", {"bought": date(2025, 7, 1)}),
        ("4 nodes of H100 bought 15.6.25", {"bought": date(2025, 6, 15)}),
        ("4 nodes of H100 bought a year ago", {"age_months": 12}),
        ("4 nodes of H100 bought in March", {"bought": date(2026, 3, 1)}),  # the last one
        ("32 H100 that sell for $12k each", {"sells_for_usd_per_node": 96_000.0}),  # never $12k for a node of 8
        ("4x8 H100 bought 2 years ago for $1.1M in total", {"age_months": 24}),
        ("4 nodes of H100, 18 months old, worth $95k each", {"age_months": 18, "sells_for_usd_per_node": 95_000.0}),
        ("4 nodes of H100 that sell for 380,000 in all", {"sells_for_usd_per_node": 95_000.0}),
        ("4 nodes of H100, resale value $10k per GPU", {"sells_for_usd_per_node": 80_000.0}),
        ("4 nodes of H100, power and space are paid, own use only", {"hosting_paid": True, "may_be_let": False}),
    ],
)
def test_hardware_is_typed_as_it_was_bought(text: str, own: dict[str, Any]) -> None:
    """What was paid for it is understood, and does not count."""
    assert hardware(text) == (lot(**own),)


@pytest.mark.parametrize("text", ["8x H100 server", "an 8xH100 node", "one DGX H100"])
def test_a_node_of_eight_gpus_is_one(text: str) -> None:
    assert hardware(text) == (lot(nodes=1),)


@pytest.mark.parametrize(
    ("path", "text", "said"),
    [
        (
            CONTRACTS,
            "8xH200 boxes until March 2027 at $2.10",
            "found '8x ... boxes'; allowed: how many boxes of 8 GPUs",
        ),
        (CONTRACTS, "2 racks of H100 until March 2027 at $2.10", "found '2 racks'; allowed: nodes or GPUs"),
        (CONTRACTS, "64 H100 until Dec 27 at $2.10", "found dec 27, which may be dec 2027; allowed: 27 dec 2026"),
        (CONTRACTS, "64 H100 until March 2027 for $98.112 a month", "found $98.112, which may be $98112"),
        (HARDWARE, "4 nodes of H100 worth 95.000 each", "found $95.000, which may be $95000"),
        (HARDWARE, "4 nodes of H100, worth $400k", "found 'worth $400k'; allowed: worth $400k each, or in all"),
    ],
)
def test_what_may_be_two_things_is_refused(path: FieldPath, text: str, said: str) -> None:
    with pytest.raises(InputError, match=re.escape(said)):
        with_text(PROFILE, path, text, BOOK)


def test_a_contract_for_gpus_that_fill_no_node_is_kept_in_gpus_where_the_work_is_given_so() -> None:
    """They were refused: whole nodes."""
    rented = a_profile({"nodes": None, "gpus": 4})
    held = with_text(rented, CONTRACTS, "4 H100 until March 2027 at $2; 1 H100, 2 months left at $0", BOOK)
    assert [(one.nodes, one.gpus) for one in held.commitment] == [(None, 4), (None, 1)]
    assert shown(held, CONTRACTS) == "4 H100-SXM until 2027-03 at $2.00; 1 H100-SXM 2 months left at $0.00"
    assert with_text(held, CONTRACTS, shown(held, CONTRACTS), BOOK) == held
    with pytest.raises(InputError, match="commitment 1, gpus: found 4 GPUs; allowed: whole nodes, of 8 GPUs each"):
        changed(held, workload=[{"kind": "fine-tune", "gpu": "H100-SXM", "nodes": 2, "months": 12}])


def test_a_date_that_is_shown_has_its_month_by_name() -> None:
    read = with_text(PROFILE, CONTRACTS, "64 H100 until 4/13/2027 at $2.10", BOOK)
    assert shown(read, CONTRACTS) == "8 nodes of H100-SXM until 13 Apr 2027 at $2.10"


def test_several_are_parted_by_semicolons_or_before_another_size() -> None:
    first, second = contract(), contract(nodes=2, gpu=None, ends=None, months_left=3, usd_per_gpu_hour=2.6)
    for between in ("; ", ", ", " and ", " + "):
        assert contracts(f"64 H100 until March 2027 at $2.10{between}16 gpus for 3 months at $2.60") == (first, second)
    assert hardware("32 H100 and 1 node 12 months old") == (lot(), Owned(nodes=1, age_months=12))


def test_an_empty_line_removes_them_and_the_arrows_change_nothing() -> None:
    held = with_text(PROFILE, CONTRACTS, "64 H100 until March 2027 at $2.10", BOOK)
    both = with_text(held, HARDWARE, "4 nodes of H100", BOOK)
    assert nudged(both, CONTRACTS, 1, BOOK) == both
    assert with_text(both, CONTRACTS, " ", BOOK).commitment == ()
    assert with_text(with_text(both, CONTRACTS, "", BOOK), HARDWARE, "", BOOK) == PROFILE


def test_a_contract_keeps_its_gpu_when_the_work_moves_to_another_one() -> None:
    held = with_text(PROFILE, CONTRACTS, "64 H100 until March 2027 at $2.10", BOOK)
    moved = with_text(held, ("workload", 0, "gpu"), "h200", BOOK)
    assert moved.commitment == held.commitment
    assert nudged(held, ("workload", 0, "gpu"), 1, BOOK).commitment == held.commitment


SUCH = "such as 64 H100 until March 2027 at $2.10"


@pytest.mark.parametrize(
    ("path", "text", "said"),
    [
        (CONTRACTS, "hello", f"Contracts held: found no size in 'hello'; allowed: {SUCH}"),
        (CONTRACTS, "64 until 2027-03 at $2", f"found 64 of what in '64 until 2027-03 at $2'; allowed: {SUCH}"),
        (CONTRACTS, "60 H100 until 2027-03 at $2", "found 60 GPUs; allowed: whole nodes, of 8 GPUs each"),
        (CONTRACTS, "64 H100 until 2027-03", f"found no price in '64 H100 until 2027-03'; allowed: {SUCH}"),
        (CONTRACTS, "12 month reservation of 64 H100 at $2", "found no end in '12 month reservation of 64 H100 at $2'"),
        (
            CONTRACTS,
            "64 H100 until Feb 30, 2027 at $2",
            "found Feb 30, 2027, a day that there is not; allowed: such as 31",
        ),
        (HARDWARE, "4 nodes of H100 bought 2/30/2025", "found 2/30/2025, a day that there is not"),  # it had no age
        (
            CONTRACTS,
            "64 H100 until 3/4/2027 at $2",
            "found 3/4/2027, which is 4 Mar 2027 or 3 Apr 2027; allowed: such as",
        ),
        (
            HARDWARE,
            "4 nodes of H100 bought 3/4/25",
            "found 3/4/25, which is 4 Mar 2025 or 3 Apr 2025; allowed: such as",
        ),
        (
            CONTRACTS,
            "64 H100 until 2027-03 at $2, billed annually",
            "found billed annually; allowed: leave it out: what is",
        ),
        (CONTRACTS, "64 H100 until early 2027 at $2", f"found 'until early 2027'; allowed: {SUCH}"),
        (CONTRACTS, "64 H100 until 2027-03 at €2", r"found '€2'; allowed: US\$ at the rate of the day"),
        (CONTRACTS, "64 H100 until 2027-03 at $2, 25% prepaid", "found '25% prepaid'"),
        (
            CONTRACTS,
            "8 nodes of 64 H100 until 2027-03 at $2",
            "found 8 nodes of 64 GPUs; allowed: 64 GPUs in all, or 512",
        ),
        (CONTRACTS, "64 H300 until 2027-03 at $2", "found the unknown GPU 'H300'; allowed: did you mean H200"),
        (CONTRACTS, "64 H100 until 2037 at $2", "ends: found 2037-12-31; allowed: at most 60 months"),
        (
            CONTRACTS,
            "64 H100 72 months left at $2",
            "held: months left: found 72; allowed: a whole number",
        ),
        (CONTRACTS, "8 gpus 9 mo at $2;" * 4, "allowed: up to 3, a semicolon between two"),
        (HARDWARE, "4 H100", "Hardware owned: found 4 GPUs; allowed: whole nodes, of 8 GPUs each"),
        (
            HARDWARE,
            "4 nodes of H100, $95k each",
            r"found '\$95k'; allowed: such as 4 nodes of H100 bought",
        ),
        (HARDWARE, "1 node bought 2025-06, 9 months old", "found bought and age_months; allowed: one of the two"),
    ],
)
def test_what_is_not_understood_is_said_in_one_line(path: FieldPath, text: str, said: str) -> None:
    with pytest.raises(InputError, match=said.replace("$2", r"\$2")) as refused:
        with_text(PROFILE, path, text, BOOK)
    assert "\n" not in str(refused.value)


def test_on_several_gpus_each_says_which_one_it_is_about() -> None:
    works = [
        {"kind": "pre-train", "gpu": "H100-SXM", "nodes": 4, "months": 12},
        {"kind": "inference", "gpu": "GB200-NVL72", "nodes": 2, "months": 12},
    ]
    profile = a_profile().model_validate({"name": "Two GPUs", "workload": works})
    with pytest.raises(InputError, match="held: GPU: found nothing; allowed: one of H100-SXM, GB200-NVL72"):
        with_text(profile, CONTRACTS, "16 gpus 6 months left at $2", BOOK)
    found = with_text(profile, HARDWARE, "144 GB200 worth $2M a rack; 16 H100", BOOK)
    assert [(one.gpu, one.nodes) for one in found.owned] == [("GB200-NVL72", 2), ("H100-SXM", 2)]
    assert shown(found, HARDWARE) == "2 nodes of GB200-NVL72, sells for $2,000,000 each; 2 nodes of H100-SXM"


gpus = st.sampled_from([None, "H100-SXM"])
names = st.text(max_size=120).filter(str.isprintable) | st.sampled_from(
    [
        "until",
        "no subletting",
        "H100",
        "Acme, Inc.",
        'the "big" one',
        "A; 4 nodes",
        "back\\slash",
        "8 H100 at $2",
        " x ",
    ]
)
amounts = st.floats(0, 1000, allow_subnormal=False)
days = st.dates(BOOK.read_on - timedelta(900), BOOK.read_on + timedelta(1700))


@st.composite
def any_contract(draw: st.DrawFn) -> dict[str, Any]:
    months = draw(st.integers(1, 60))
    clauses = {
        draw(st.sampled_from(("termination_fee_share", "termination_fee_usd"))): st.floats(0, 1, allow_subnormal=False),
        "notice_months": st.integers(0, months),
        "refund_usd": st.floats(0, 1e11, allow_subnormal=False),
        "may_be_resold": st.booleans(),
        "from": names,
    }
    end = draw(st.just({"months_left": months}) | days.map(lambda day: {"ends": day}))
    size = {"nodes": draw(st.integers(1, MAX_NODES)), "gpu": draw(gpus), "usd_per_gpu_hour": draw(amounts)}
    return size | end | draw(st.fixed_dictionaries({}, optional=clauses))


@st.composite
def any_hardware(draw: st.DrawFn) -> dict[str, Any]:
    more = {
        "sells_for_usd_per_node": st.floats(0, 1e8, allow_subnormal=False),
        "hosting_paid": st.booleans(),
        "may_be_let": st.booleans(),
    }
    ages = days.map(lambda day: {"bought": day}) | st.integers(0, 240).map(lambda months: {"age_months": months})
    age: dict[str, Any] = draw(st.just({}) | ages)
    size = {"nodes": draw(st.integers(1, MAX_NODES)), "gpu": draw(gpus)}
    return size | age | draw(st.fixed_dictionaries({}, optional=more))


@settings(max_examples=examples(100, 2000), deadline=None)
@given(st.lists(any_contract(), max_size=3), st.lists(any_hardware(), max_size=2))
def test_what_is_shown_may_be_typed_and_is_the_same_profile(
    held: list[dict[str, Any]], owned: list[dict[str, Any]]
) -> None:
    """All that a file can hold is shown, and nothing of it is lost when it is typed again."""
    raw = PROFILE.model_dump(by_alias=True, exclude_none=True) | {"commitment": held, "owned": owned}
    profile = Profile.model_validate(raw)
    again = with_text(PROFILE, CONTRACTS, shown(profile, CONTRACTS), BOOK)
    again = with_text(again, HARDWARE, shown(profile, HARDWARE), BOOK)
    assert (again.commitment, again.owned) == (profile.commitment, profile.owned)
    assert with_text(profile, CONTRACTS, shown(profile, CONTRACTS), BOOK) == profile


PIECES = [
    "64", "8", "H100", "nodes", "of", "until", "2027-03", "at", "$2.10", ";", ",", "x", "per", "month", "left",
    "bought", "sells", "for", "from", '"', "no", "sublet",
]  # fmt: skip


@settings(max_examples=examples(150, 5000), deadline=None)
@example("1 node 9999999999999999999999 years left at $1")
@example("99999999999999999999999 H100 1 month left at $1")
@example("64 H100 until 0000-00 at $2")
@example('8 gpus from "')
@example("8 gpus at $" + "9" * 500)
@example("9" * 5000 + " gpus 1 month left at $1")
@example("8 x " + "9" * 5000 + " H100 1 month left at $1")
@example("8 gpus " + "9" * 5000 + " months left at $" + "9" * 5000)
@example("8 gpus, 18 months old, bought " + "9" * 5000 + "/2025")
@given(st.text(max_size=80) | st.lists(st.sampled_from(PIECES)).map(" ".join))
def test_any_text_is_read_or_refused_in_one_line(text: str) -> None:
    for path in (CONTRACTS, HARDWARE):
        refused, profile = "", None
        try:
            profile = with_text(PROFILE, path, text, BOOK)
        except InputError as error:
            refused = str(error)
        assert "\n" not in refused
        assert profile is None or with_text(PROFILE, path, shown(profile, path), BOOK) == profile
