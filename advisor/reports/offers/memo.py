"""The offers of a profile in the memo: a table, and one sentence on each."""

from collections.abc import Iterator
from datetime import date

from advisor.decision.advise import Advice
from advisor.market.price_history import built_in_history
from advisor.reports.document import Block, Grid, Points
from advisor.reports.offers.view import OfferView, offer_views

_HEAD = ("Seller", "Offer", "Price", "To posted prices", "Saves", "Take up to", "Ask for", "Open until")


def offer_blocks(advice: Advice, today: date) -> Iterator[Block]:
    """The offers, judged; nothing without any. Takes up to a second an offer."""
    if not advice.profile.quote:
        return
    views = tuple(offer_views(advice.profile, advice.costing, advice.book, built_in_history(), today))
    strong = tuple(at for at, view in enumerate(views) if view.is_pick)
    yield Grid("Offers in hand", _HEAD, tuple(map(_row, views)), right=(2, 4, 5), strong=strong)
    yield Points(tuple(f"{view.seller or view.id}, {view.name}: {view.sentence}." for view in views))


def _row(view: OfferView) -> tuple[str, ...]:
    cells = (view.seller, view.name, view.price, view.market, view.saves, view.up_to, view.ask, view.until)
    return tuple(cell or "-" for cell in cells)
