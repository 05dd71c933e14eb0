"""What one sentence of a text says: fields, prices, and the words that were not understood."""

from advisor.offers.mail.rules.pieces import Piece
from advisor.offers.mail.rules.prices import Price
from advisor.profiles.offers.kinds import PAID_MONTHLY
from advisor.values.quick_dataclass import dataclass

SIZES = ("gpus", "nodes", "least_nodes")
SPANS = ("months", "days", "ends")
BY_THE_HOUR = ("on-demand", "spot")  # what has no term


@dataclass(frozen=True)
class Part:
    """What one sentence says.

    Attributes:
        text: The sentence.
        pieces: All fields except the price.
        prices: Its prices; the first is that of the offer.
        steps: Prices with the month in which they begin, counted from 0.
        unread: What was not understood.
        sums: Totals and sums by the month beside a price elsewhere.
    """

    text: str
    pieces: tuple[Piece, ...]
    prices: tuple[Price, ...]
    steps: tuple[tuple[int, Price], ...]
    unread: tuple[str, ...]
    sums: tuple[Price, ...] = ()

    @property
    def fields(self) -> frozenset[str]:
        """The names of what it says besides the price."""
        return frozenset(piece.field for piece in self.pieces)

    def says(self, *fields: str) -> bool:
        """Whether it says any of some fields."""
        return not self.fields.isdisjoint(fields)

    @property
    def is_financed(self) -> bool:
        """Whether it offers hardware that is paid by the month."""
        return any(piece.field == "option" and piece.value in PAID_MONTHLY for piece in self.pieces)

    @property
    def is_by_the_hour(self) -> bool:
        """Whether it says that it is an offer without a term."""
        return any(piece.field == "option" and piece.value in BY_THE_HOUR for piece in self.pieces)
