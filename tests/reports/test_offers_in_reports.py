"""The verdict, what would change it and the memo name the offers with their sellers."""

from datetime import date

from advisor.decision.advise import advise
from advisor.reports.board_memo import RunOptions, memo
from advisor.reports.deeper_view import deeper_view
from advisor.reports.formats.markdown import markdown
from advisor.reports.formats.text import text_report
from tests.support.profile_builder import BOOK, a_profile

TODAY = date(2026, 11, 29)
OFFERS = [
    {"option": "reserved", "months": 12, "usd_per_gpu_hour": 2.3, "prepaid": 0.25, "from": "Acme"},
    {"option": "reserved", "months": 24, "usd_per_gpu_hour": 2.05, "from": "Beta", "valid_until": date(2026, 12, 15)},
    {"option": "buy", "usd_per_node": 210_000, "from": "Gamma"},
]


def test_the_verdict_and_the_memo_name_the_sellers() -> None:
    advice = advise(a_profile(quote=OFFERS), BOOK, paths=100)
    said = text_report(advice, TODAY)
    assert "from Acme" in said.split("What each option costs")[0]
    assert "(Gamma offers $210k)" in said
    text = markdown(memo(advice, RunOptions(TODAY, 100, 0)))
    (table,) = (part for part in text.split("\n## ") if part.startswith("Offers"))
    for words in ("| Acme |", "| Beta |", "| Gamma |", "2026-12-15", "Take up to", "Acme, reserved 12 months: "):
        assert words in table.replace("**", "")


def test_what_would_change_the_answer_names_the_seller() -> None:
    """Nodes at half their price are the answer; at a higher price on demand Acme's contract would be."""
    offers = [{**OFFERS[0], "usd_per_gpu_hour": 3.0}, {**OFFERS[2], "usd_per_node": 150_000}]
    advice = advise(a_profile(quote=offers), BOOK, paths=100)
    assert advice.verdict.pick is not None
    assert advice.verdict.pick.action == "buy"
    changes = [change.text for change in deeper_view(advice).changes]
    assert any(text.startswith("On-demand price above") and text.endswith("from Acme") for text in changes), changes


def test_a_memo_without_offers_has_no_section_of_them() -> None:
    advice = advise(a_profile(), BOOK, paths=100)
    assert all(section.title != "Offers" for section in memo(advice, RunOptions(TODAY, 100, 0)).sections)
