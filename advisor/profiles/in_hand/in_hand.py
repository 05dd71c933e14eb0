"""What a profile has in hand, as it stands on the day of the question."""

from advisor.market.price_book import PriceBook
from advisor.profiles.in_hand.holdings import Commitment, Owned
from advisor.profiles.schema import Profile


def in_hand(profile: Profile, book: PriceBook) -> tuple[tuple[Commitment, ...], tuple[Owned, ...]]:
    """The contracts and the hardware in hand, with their months left and their age on the day of the question; the GPU
    is None for that of the work, else the id of another one.

    Raises:
        InputError: For an unknown GPU.
    """
    own = book.gpu(profile.workload[0].gpu).id

    def gpu(name: str | None) -> dict[str, str | None]:
        found = own if name is None else book.gpu(name).id
        return {"gpu": None if found == own else found}

    contracts = (one.on(book.asked_on).model_copy(update=gpu(one.gpu)) for one in profile.commitment)
    return tuple(contracts), tuple(one.on(book.asked_on).model_copy(update=gpu(one.gpu)) for one in profile.owned)
