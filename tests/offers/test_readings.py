"""What is read of the words of sellers: the rules of reading, wordings of price pages and whole mails, as tables."""

import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from advisor.market.price_book import built_in_book
from advisor.offers.mail.read import Mail, read_mail
from advisor.profiles.offers.quote import Quote

_ON = date(2026, 11, 30)


def _readings(table: str) -> list[dict[str, Any]]:
    path = Path(__file__).parents[1] / f"cases/offers/{table}.toml"
    return tomllib.loads(path.read_text("utf-8"))["reading"]  # type: ignore[no-any-return] # the table is a list


def _name(reading: dict[str, Any]) -> str:
    return str(reading.get("is") or reading.get("why") or reading["says"])[:60]


def _several(one_or_more: Any) -> list[Any]:
    return one_or_more if isinstance(one_or_more, list) else [one_or_more]


def _read(text: str, offers: list[dict[str, Any]]) -> Mail:
    """Read a text that has these offers."""
    mail = read_mail(text, built_in_book(), _ON)
    found: list[dict[str, Any]] = [{piece.field: piece.value for piece in offer.pieces} for offer in mail.offers]
    for fields in found:
        if "step_down" in fields:
            fields["step_down"] = [list(step) for step in fields["step_down"]]
    assert found == [
        {name: pytest.approx(value) if isinstance(value, float) else value for name, value in fields.items()}
        for fields in offers
    ], text
    for offer in mail.offers:
        if not offer.missing:
            Quote.model_validate(offer.table())
    return mail


_RULES = _readings("rules") + _readings("wordings")
_MAILS = _readings("mails")


@pytest.mark.parametrize("rule", _RULES, ids=map(_name, _RULES))
def test_words_are_read_as_the_table_says(rule: dict[str, Any]) -> None:
    for case in rule.get("cases", [rule]):
        offers = [{**rule.get("all", {}), **fields} for fields in _several(case.get("reads", {}))]
        for words in _several(case["says"]):
            text = rule.get("frame", "{}").replace("{}", words)
            mail = _read(text, offers)
            assert list(mail.unread) == case.get("unread", rule.get("unread", [])), text
            assert [lacks for offer in mail.offers for lacks in offer.missing] == case.get("missing", []), text
            assumed = {piece.field: piece.assumed for offer in mail.offers for piece in offer.pieces}
            assert case.get("assumed", {}).items() <= assumed.items(), text


@pytest.mark.parametrize("mail", _MAILS, ids=map(_name, _MAILS))
def test_mails_that_were_misread_are_read(mail: dict[str, Any]) -> None:
    _read(mail["says"], mail["reads"])
