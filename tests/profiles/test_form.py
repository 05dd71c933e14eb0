"""The form: what it shows of a profile, and what may be typed there."""

from dataclasses import replace
from datetime import date

import pytest

from advisor.errors import InputError
from advisor.market.price_book import built_in_book
from advisor.profiles.form.edited_profile import nudged, with_text
from advisor.profiles.form.form_fields import form_fields
from advisor.profiles.schema import FieldPath, Profile
from advisor.profiles.store import load_profile, sample_entries
from advisor.profiles.validation import parse_profile
from tests.support.profile_builder import a_profile, two_workloads

BOOK = built_in_book()


def service(**own: object) -> Profile:
    work = {"kind": "inference", "nodes": 4, "months": 12, **own}
    return parse_profile({"schema": 1, "name": "Service", "workload": [work]}, BOOK)


def shown(profile: Profile, name: str) -> str | None:
    """What the form shows for a field of the workload; None where it has none."""
    return next((one.shown for one in form_fields(profile, BOOK) if one.path == ("workload", 0, name)), None)


def test_how_a_service_runs_is_chosen_in_the_form() -> None:
    """A batch has no nodes that must stay up; the default comes back with an empty text."""
    always = service(base_share=0.5, base_busy=0.9)
    assert shown(always, "mode") == "always-on"
    batch = with_text(always, ("workload", 0, "mode"), "batch", BOOK)
    assert batch.workload[0].mode == "batch"
    assert shown(batch, "base_share") is None
    again = with_text(batch, ("workload", 0, "mode"), "", BOOK)
    assert again.workload[0].mode is None
    assert shown(again, "base_share") == "50"
    zero = with_text(always, ("workload", 0, "mode"), "scale to zero", BOOK)
    assert zero.workload[0].base_share == 0.5


def test_only_a_service_is_asked_how_it_runs() -> None:
    trained = with_text(service(mode="scale-to-zero", base_share=0.5), ("workload", 0, "kind"), "fine-tune", BOOK)
    assert trained.workload[0].mode is None
    assert shown(trained, "mode") is None


@pytest.mark.parametrize(
    ("own", "words"),
    [
        ({"kind": "fine-tune", "mode": "always-on"}, "mode 'always-on' with kind 'fine-tune'"),
        ({"mode": "batch", "base_share": 0.5}, "base_share 0.5 with mode 'batch'; allowed: 0, or mode 'always-on'"),
        ({"mode": "serverless"}, "always-on"),
    ],
)
def test_a_mode_that_makes_no_sense_is_refused(own: dict[str, object], words: str) -> None:
    with pytest.raises(InputError, match=words):
        service(**own)


def test_an_offer_typed_in_the_form_leaves_the_others_of_its_term_alone() -> None:
    offers = [
        {"option": "reserved", "months": 12, "price": 14_000.0, "per": "node-month", "from": "A"},
        {"option": "reserved", "months": 12, "usd_per_gpu_hour": 2.4, "from": "B", "free_months": 1},
        {"option": "reserved", "months": 12, "usd_per_gpu_hour": 2.5, "from": "C"},
    ]
    raw = {"name": "Offers", "workload": [{"kind": "pre-train", "nodes": 8, "months": 12}], "quote": offers}
    profile, path = parse_profile(raw, BOOK), ("quote", "reserved", 12, "usd_per_gpu_hour")
    assert next(field.text for field in form_fields(profile, BOOK) if field.path == path) == "2.4"
    changed = with_text(profile, path, "2.2", BOOK)
    assert [(quote.from_, quote.usd_per_gpu_hour) for quote in changed.quote] == [("A", None), ("B", 2.2), ("C", 2.5)]
    assert changed.quote[1].free_months == 1
    removed = with_text(profile, path, "", BOOK)
    assert [quote.from_ for quote in removed.quote] == ["A", "C"]


def test_a_share_of_the_book_is_typed_in_per_cent_and_all_is_read_with_its_unit() -> None:
    work = {"kind": "fine-tune", "gpus": 1, "months": 24}
    profile = parse_profile({"name": "x", "workload": [work], "company": {"cash_usd": 6e7}}, BOOK)
    fields = {field.label: field for field in form_fields(profile, BOOK)}
    shown = {label: "".join(fields[label].words) for label in ("Cash", "Amount", "Months", "May be sublet", "PUE")}
    assert shown == {"Cash": "$60M", "Amount": "1 gpu", "Months": "24", "May be sublet": "50%", "PUE": "1.4"}
    changed = with_text(profile, fields["May be sublet"].path, "60%", BOOK)
    assert changed.rental["sublet_right_neocloud"] == 0.6
    assert fields["May be sublet"].allowed == "plausible 0 to 100"


MONTHS, CASH, BURN = ("workload", 0, "months"), ("company", "cash_usd"), ("company", "burn_usd_per_month")
NODES, BUSY, START = ("workload", 0, "nodes"), ("workload", 0, "busy"), ("workload", 0, "start_month")
GROWTH = ("workload", 0, "growth_per_month")
RACK, RENT = ("facility", "colocation_usd_per_kw_month"), ("quote", "on-demand", "usd_per_gpu_hour")


@pytest.mark.parametrize(
    ("path", "text", "shown"),
    [
        (MONTHS, "2 years", "24"), (MONTHS, "2y", "24"), (MONTHS, "1.5 yrs", "18"), (MONTHS, "18 mo", "18"),
        (MONTHS, "18months", "18"), (MONTHS, "18m", "18"), (MONTHS, "6 weeks", "1.38"), (MONTHS, "73 days", "2.4"),
        (CASH, "$5M", "5,000,000"), (CASH, "5 million", "5,000,000"), (CASH, "1.2bn", "1,200,000,000"),
        (BURN, "$900k/month", "900,000"), (BUSY, "80 percent", "80"), (NODES, "64 nodes", "64"),
        (NODES, "70B 2T tokens", "70B 2T"), (NODES, "70B parameters on 2T tokens", "70B 2T"),
        (NODES, "70B, 2T", "70B 2T"),
        (RACK, "$180/kW", "180"), (RACK, "180 per kW per month", "180"), (RENT, "$2.49/h", "2.49"),
        (RENT, "2.49 $ per GPU-hour", "2.49"), (GROWTH, "10% a month", "10"),
    ],
)  # fmt: skip
def test_a_value_may_be_typed_in_words(path: FieldPath, text: str, shown: str) -> None:
    """A year has twelve months and 365 days: 73 days are a fifth of it, 2.4 months."""
    profile = with_text(two_workloads(), path, text, BOOK)
    assert next(field.text for field in form_fields(profile, BOOK) if field.path == path) == shown
    assert with_text(profile, path, shown, BOOK) == profile


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("122 hours a month", "16.712"), ("122h/month", "16.712"), ("28 h a week", "16.667"),
        ("28 hrs per week", "16.667"),
        ("28 hours weekly", "16.667"), ("730 hours monthly", "100"), ("168 hours a week", "100"),
    ],
)  # fmt: skip
def test_a_utilization_may_be_typed_in_hours(text: str, shown: str) -> None:
    """122 of the 730 hours of a month, 28 of the 168 of a week; the form shows the share."""
    profile = with_text(two_workloads(), BUSY, text, BOOK)
    assert next(field.text for field in form_fields(profile, BOOK) if field.path == BUSY) == shown


def test_hours_of_work_are_a_share_of_the_office_hours_where_there_are_such() -> None:
    work = {"kind": "inference", "nodes": 2, "months": 12, "mode": "office-hours", "hours_per_week": 56.0}
    profile = parse_profile({"name": "office", "workload": [{**work, "gpu": "H100-SXM"}]}, BOOK)
    assert with_text(profile, BUSY, "28 h a week", BOOK).workload[0].busy == 0.5


@pytest.mark.parametrize(
    ("path", "text", "said"),
    [
        (BUSY, "200 h a week", "Utilization 1: found 200 h a week; allowed: at least 0.001 and at most 100 [%]"),
        (MONTHS, "2 ages", "Months 1: found '2 ages'; allowed: a length such as 24, 2 years or 6 weeks"),
        (MONTHS, "9 years", "Months 1: found 9 years; allowed: at least 0.03 and at most 60 [months]"),
        (START, "2 weeks", "Starts in 1: found 2 weeks; allowed: a whole number [months]"),
        (CASH, "$2.500", "Cash: found '$2.500', which may be 2500; allowed: 2500 or 2.5"),  # a German means thousands
        (CASH, "5 lakh", "Cash: found '5 lakh'; allowed: a sum of US$ such as 750000, 200k or $5M"),
        (RACK, "180/kW/year", "Colocation: found '180/kW/year'; allowed: a number [USD/kW-month]"),
        (RENT, "$1800/month", "Offer on demand: found '$1800/month'; allowed: a number [USD/GPU-h]"),
        (BUSY, "80 years", "Utilization 1: found '80 years'; allowed: a number [%]"),
    ],
)
def test_words_that_a_value_cannot_have_are_refused_as_they_were_typed(path: FieldPath, text: str, said: str) -> None:
    with pytest.raises(InputError) as refused:
        with_text(two_workloads(), path, text, BOOK)
    assert str(refused.value) == said


def test_the_form_of_a_plan_on_several_gpus_leads_to_the_offers() -> None:
    """They are on a screen of their own, where each names its GPU; what is typed here says so."""
    entry = next(entry for entry in sample_entries() if entry.name == "train-and-serve")
    profile = load_profile(entry.path, BOOK)
    field = next(field for field in form_fields(profile, BOOK) if field.label == "Offers")
    assert "press O" in field.note
    with pytest.raises(InputError, match=r"Offers: found 2\.30; allowed: the Offers screen: press O"):
        with_text(profile, field.path, "2.30", BOOK)
    assert nudged(profile, field.path, 1, BOOK) == profile


@pytest.mark.parametrize(
    ("text", "gpus"),
    [
        ("H200, B200", ("H200-SXM", "B200-SXM")),
        ("h200 or b200", ("H200-SXM", "B200-SXM")),
        ("H200 B200 h200", ("H200-SXM", "B200-SXM")),
        ("RTX PRO 6000 / A100", ("RTX-PRO-6000", "A100-80-SXM")),
        ("", ()),
    ],
)
def test_other_gpus_are_typed_in_one_line(text: str, gpus: tuple[str, ...]) -> None:
    path: FieldPath = ("market", "other_gpus")
    changed = with_text(with_text(two_workloads(), path, "L40S", BOOK), path, text, BOOK)
    assert changed.market.other_gpus == gpus
    assert next(field.text for field in form_fields(changed, BOOK) if field.path == path) == ", ".join(gpus)
    assert nudged(changed, path, 1, BOOK) == changed
    with pytest.raises(InputError, match=r"^Other GPUs: found the unknown GPU 'H300'; allowed: did you mean H200"):
        with_text(changed, path, "H200, H300", BOOK)


@pytest.mark.parametrize(
    "text", ["{} gpus", "8 {}", "38 runs 0.29 h {} gpus", "{} gpus 50%", "{} gpu-h", "{}B 1T", "{}"]
)
def test_a_number_of_thousands_of_digits_is_refused(text: str) -> None:
    """Python refuses to read a whole number of more than 4,300."""
    with pytest.raises(InputError, match=r"Nodes 1: .*found"):
        with_text(two_workloads(), NODES, text.format("9" * 5000), BOOK)


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("growth_per_month", "2x a year", 2 ** (1 / 12) - 1),
        ("growth_per_month", "doubles every 6 months", 2 ** (1 / 6) - 1),
        ("growth_per_month", "-30% a year", 0.7 ** (1 / 12) - 1),
        ("growth_per_month", "30% per quarter", 1.3 ** (1 / 3) - 1),
        ("growth_per_month", "tripling in two years", 3 ** (1 / 24) - 1),
        ("growth_per_month", "10", 0.1),
        ("growth_per_month", "10% MoM", 0.1),
        ("growth_per_month", "60% p.a.", 1.6 ** (1 / 12) - 1),
        ("growth_per_month", "flat", 0),
        ("plan_change_per_month", "25% a year", 1 - 0.75 ** (1 / 12)),
        ("plan_change_per_month", "never", 0),
        ("busy", "0.85", 0.85),  # a share where a percentage is wanted
        ("busy", "37,5", 0.375),
        ("busy", "18 hours a day", 0.75),
        ("busy", "24/7", 1),
        ("growth_per_month", "5%/month", 0.05),
        ("months", "two years", 24),
        ("months", "half a year", 6),
        ("months", "a year", 12),
        ("months", "one and a half years", 18),
        ("months", "1y 6m", 18),
        ("months", "~2 yrs", 24),
        ("start_month", "in 3 months", 3),
        ("start_month", "from January", 2),  # the next one: 2.3 months
        ("start_month", "October", 0),  # it has begun
        ("nodes", "sixteen nodes", 16),
        ("start_month", "a quarter", 3),
        ("start_month", "1 March 2028", 16),  # 16.2 months from 24 October 2026
        ("start_month", "March 2028", 16),
    ],
)
def test_growth_of_another_period_and_numbers_in_words(name: str, text: str, value: float) -> None:
    """2x a year is 5.9 % a month, compounded."""
    changed = with_text(a_profile(), ("workload", 0, name), text, BOOK).workload[0]
    assert getattr(changed, name) == pytest.approx(value)


@pytest.mark.parametrize(
    ("name", "text", "usd"),
    [
        ("cash_usd", "1,5M", 1.5e6),  # a decimal comma: 15 million before
        ("cash_usd", "1,500,000", 1.5e6),
        ("cash_usd", "USD 2.5 mio", 2.5e6),
        ("burn_usd_per_month", "2.4M a year", 200_000),
        ("burn_usd_per_month", "$70k per week", 304_166.67),
        ("burn_usd_per_month", "300k monthly", 300_000),
        ("burn_usd_per_month", "$3.6M p.a.", 300_000),
        ("burn_usd_per_month", "300k/mo", 300_000),
        ("cash_usd", "1.500.000,50", 1_500_000.5),
        ("cash_usd", "1,50,000", 150_000),
        ("cash_usd", "$2 crore", 2e7),
        ("cash_usd", "US$ 3MM", 3e6),
        ("discount_rate", "0.12", 0.12),  # 0.12 % before
        ("discount_rate", "12% p.a.", 0.12),
    ],
)
def test_sums_are_read_as_people_write_them(name: str, text: str, usd: float) -> None:
    assert getattr(with_text(a_profile(), ("company", name), text, BOOK).company, name) == usd


def test_a_small_percentage_of_a_month_may_be_a_share() -> None:
    with pytest.raises(InputError, match=r"Growth: found '0.05', which may be 5% or 0.05%"):
        with_text(a_profile(), ("workload", 0, "growth_per_month"), "0.05", BOOK)


def test_a_share_below_one_percent_stays_what_the_form_shows() -> None:
    """A step down from 1 % is half a percent, and typed again as it is shown it is the same."""
    path = ("workload", 0, "busy")
    less = nudged(with_text(a_profile(), path, "1", BOOK), path, -1, BOOK)
    assert less.workload[0].busy == 0.005
    assert with_text(less, path, str(shown(less, "busy")), BOOK) == less


@pytest.mark.parametrize(
    ("name", "text", "months"),
    [
        ("months", "until March 2028", 488 * 12 / 365),  # 31 March is the last of 488 days
        ("months", "until 2027-05-31", 183 * 12 / 365),
        ("start_month", "March 2027", 3),
        ("start_month", "from Q2 2027", 4),
    ],
)
def test_months_may_be_given_by_a_day(name: str, text: str, months: float) -> None:
    """From 30 November 2026, the day that is asked on."""
    book = replace(BOOK, day=date(2026, 11, 30))
    changed = with_text(a_profile(), ("workload", 0, name), text, book).workload[0]
    assert getattr(changed, name) == pytest.approx(months, abs=0.005)


def test_the_length_until_a_day_is_counted_from_the_start() -> None:
    book = replace(BOOK, day=date(2026, 11, 30))
    later = with_text(a_profile(), ("workload", 0, "start_month"), "March 2027", book)
    assert with_text(later, ("workload", 0, "months"), "until March 2028", book).workload[0].months == 13.05


@pytest.mark.parametrize("text", ["until March 2020", "until 31 February 2028", "until 3/4/2028"])
def test_a_day_that_is_past_or_unclear_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="Months: found"):
        with_text(a_profile(), ("workload", 0, "months"), text, BOOK)


@pytest.mark.parametrize(
    ("path", "text", "value"),
    [
        (("company", "cash_usd"), "five million dollars", 5e6),
        (("company", "cash_usd"), "250k US dollars", 250e3),
        (("facility", "electricity_usd_per_kwh"), "22 cents/kWh", 0.22),
        (("facility", "electricity_usd_per_kwh"), "$0.22 per kWh", 0.22),
    ],
)
def test_sums_in_dollars_and_cents(path: tuple[str, str], text: str, value: float) -> None:
    changed = with_text(a_profile(), path, text, BOOK).model_dump()
    assert changed[path[0]][path[1]] == pytest.approx(value)


@pytest.mark.parametrize("text", ["€5M", "5 EUR", "0.19 €"])
def test_a_sum_in_another_currency_is_refused(text: str) -> None:
    with pytest.raises(InputError, match=r"allowed: a sum of US\$"):
        with_text(a_profile(), ("company", "cash_usd"), text, BOOK)


@pytest.mark.parametrize("text", ["0x a year", "-100% a year", "2x", "fast"])
def test_growth_that_cannot_be_is_one_error(text: str) -> None:
    with pytest.raises(InputError, match="Growth"):
        with_text(a_profile(), ("workload", 0, "growth_per_month"), text, BOOK)
