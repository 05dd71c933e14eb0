"""Credits in a plan on several GPUs: they pay for one group of workloads after the other, and for no hour twice
(docs/model.md#several-gpus)."""

from collections.abc import Sequence
from functools import cached_property

from advisor.costing.option import Option
from advisor.costing.options.credits import used_while_it_holds
from advisor.decision.cost_options import cost_options
from advisor.decision.joint.joint_choice import choose_jointly
from advisor.decision.ranking import Verdict
from advisor.market.price_book import PriceBook
from advisor.profiles.schema import Company, Profile

Left = tuple[float, ...]  # USD that are left of each of the credits of a profile
_LEAST_USD = 0.01  # a smaller rest counts as zero


def with_own_credits(groups: Sequence[Profile], company: Company, book: PriceBook) -> tuple[Profile, ...]:
    """The groups of a profile, each with what the others leave it of the credits.

    They pay for one group after the other, first for that with which the picks of all cost least together. What a group
    uses is what is taken for it, which is its pick unless the cash pays for something else.
    """
    sharing = _Sharing(groups, company, book)
    return tuple(_with_credits(group, left) for group, left in zip(groups, sharing.shares(), strict=True))


class _Sharing:
    """How the credits may be shared, and what follows for each group."""

    def __init__(self, groups: Sequence[Profile], company: Company, book: PriceBook) -> None:
        self._groups, self._company, self._book = groups, company, book
        self._whole: Left = tuple(credit.usd for credit in groups[0].credit)
        self._verdicts = dict[tuple[int, Left], Verdict]()

    def shares(self) -> list[Left]:
        """What each group may use."""
        found, seen = self._by_picks(self._order), list[list[Left]]()
        while self._company.cash_usd is not None and (other := self._by_taken(found)) != found:
            if found in seen:  # what is taken depends on what it leaves: none may use what another one does
                other = [tuple(map(min, *pair)) for pair in zip(found, other, strict=True)]
                if other == found:
                    break
            seen.append(found)
            found = other
        return found

    @cached_property
    def _order(self) -> list[int]:
        """The groups in the order in which credits pay for them."""

        def picks_usd(order: list[int]) -> float:
            picks = (self._verdict(at, left).pick for at, left in enumerate(self._by_picks(order)))
            return sum(pick.cost.expected_usd for pick in picks if pick is not None)

        places = range(len(self._groups))
        return min(([first, *(at for at in places if at != first)] for first in places), key=picks_usd)

    def _by_picks(self, order: Sequence[int]) -> list[Left]:
        """What each group may use if the picks of those before it are taken."""
        found, left = [self._whole] * len(order), self._whole
        for at in order:
            found[at], pick = left, self._verdict(at, left).pick
            left = left if pick is None else _unused(left, pick.cost.option)
        return found

    def _by_taken(self, shares: list[Left]) -> list[Left]:
        """The shares with the first wrong one corrected, given what each group takes with these shares; a correction
        may change what a later group takes."""
        taken = choose_jointly([self._verdict(at, left) for at, left in enumerate(shares)], self._company).choices
        left = self._whole
        for at in self._order:
            if shares[at] != left:
                return [*shares[:at], left, *shares[at + 1 :]]
            option = taken[at]
            left = left if option is None else _unused(left, option.cost.option)
        return shares

    def _verdict(self, at: int, left: Left) -> Verdict:
        if (at, left) not in self._verdicts:
            self._verdicts[at, left] = cost_options(_with_credits(self._groups[at], left), self._book).verdict
        return self._verdicts[at, left]


def _with_credits(group: Profile, left: Left) -> Profile:
    """A group with what is left of the credits."""
    pairs = zip(group.credit, left, strict=True)
    some = (credit.model_copy(update={"usd": usd}) for credit, usd in pairs if usd > 0)
    return group.model_copy(update={"credit": tuple(some)})


def _unused(left: Left, option: Option) -> Left:
    """What an option leaves of the credits that were left for it."""
    number, found = 0, list[float]()
    for usd in left:
        number += usd > 0  # the others are not in its profile
        rest = usd - used_while_it_holds(option.tables, number) if usd > 0 else 0.0
        found.append(rest if rest > _LEAST_USD else 0.0)
    return tuple(found)
