"""The clauses of an offer as they change its cost: what each month is paid, how the price moves, and what may be left.

Source: docs/model.md#clauses
"""

import numpy as np

from advisor.array_types import Amount, Floats
from advisor.costing.case import tier_factor
from advisor.costing.options.hourly_rental import tier_depends_on
from advisor.market.assumptions import Assumptions, GpuPrices, Tier
from advisor.profiles.offers.terms import Offer
from advisor.values.quick_dataclass import dataclass


@dataclass(frozen=True)
class Leave:
    """The right to leave a contract when the plan changes.

    Attributes:
        fee_share: Of the installments still to come after the notice.
        notice_months: That are paid after leaving.
        refund_share: Of what is prepaid for the months that are left then.
    """

    fee_share: Amount
    notice_months: int
    refund_share: float


@dataclass(frozen=True, eq=False)
class Clauses:
    """What a contract says beside its rate; the defaults are those of a contract without clauses.

    Attributes:
        month_shares: What each month of the term costs, as a share of a month at the rate (..., term), None where all
            cost the same.
        mean_price_share: What an hour of the term costs on average, as a share of the rate.
        block_days: Length of a term that is counted in days.
        indexed_share: Part of the price that follows the list price.
        leave: None where it may not be left but by the book's figures.
        extension_months: By which it may be extended at its rate.
        rerate_months: How often it is re-rated, 0 for never.
        reset_share: The share of the list price to which it is re-rated if that is lower; with its inputs.
        least_use_share: Of its hours that is paid for in any case.
        sla_credit_share: Of the price of lost hours that is credited.
        delay_credit_share: Of a month's price, by month of a late start.
        refresh_gain_share: How much more newer hardware does.
        refresh_month: The month of the term from which it does.
    """

    month_shares: Floats | None = None
    mean_price_share: float = 1.0
    block_days: int | None = None
    indexed_share: float = 0.0
    leave: Leave | None = None
    extension_months: int = 0
    rerate_months: int = 0
    reset_share: Amount = 1.0
    reset_depends_on: tuple[str, ...] = ()
    least_use_share: float = 1.0
    sla_credit_share: float = 0.0
    delay_credit_share: float = 0.0
    refresh_gain_share: float = 0.0
    refresh_month: int = 0

    @property
    def first_price_share(self) -> Amount:
        """What the first month that is paid for costs, as a share of a month at the rate: 1, or (..., 1)."""
        if self.month_shares is None:
            return 1.0
        return np.take_along_axis(self.month_shares, (self.month_shares > 0).argmax(axis=-1, keepdims=True), axis=-1)

    @property
    def has_rights(self) -> bool:
        """Whether something is decided later by what rents have done by then."""
        return self.leave is not None or self.extension_months > 0 or self.rerate_months > 0


def clauses_of(offer: Offer, assumptions: Assumptions, tier: Tier) -> Clauses:
    """The clauses of an offer to rent for a term."""
    quote, shares = offer.quote, offer.month_shares
    reset_share, reset_depends_on = _reset(assumptions.gpu, tier, offer.months or 1 if quote.most_favored else 0)
    even = all(np.all(share == 1.0) for share in shares)
    return Clauses(
        month_shares=None if even else np.concatenate(np.broadcast_arrays(*map(np.atleast_1d, shares)), axis=-1),
        mean_price_share=offer.mean_price_share,
        block_days=offer.block_days,
        indexed_share=quote.indexed or 0.0,
        leave=_leave(offer),
        extension_months=quote.extension_months or 0,
        rerate_months=quote.rerate_months or int(bool(quote.most_favored)),
        reset_share=reset_share,
        reset_depends_on=reset_depends_on,
        least_use_share=1.0 if quote.least_use_share is None else quote.least_use_share,
        sla_credit_share=quote.sla_credit_share or 0.0,
        delay_credit_share=quote.delay_credit_share_per_month or 0.0,
        refresh_gain_share=quote.refresh_gain_share or 0.0,
        refresh_month=quote.refresh_month or 0,
    )


def _leave(offer: Offer) -> Leave | None:
    """Without a word on the fee none is owed after a notice; where only a refund is agreed, all installments are."""
    quote = offer.quote
    if quote.termination_fee_share is None and quote.notice_months is None and quote.refund_share is None:
        return None
    usual = 1.0 if quote.notice_months is None else 0.0
    fee = usual if quote.termination_fee_share is None else quote.termination_fee_share
    return Leave(fee, quote.notice_months or 0, quote.refund_share or 0.0)


def _reset(gpu: GpuPrices, tier: Tier, term_months: int) -> tuple[Amount, tuple[str, ...]]:
    """The price that a contract is re-rated to as a share of the neocloud list price: of the longest listed term up to
    `term_months`, 0 for the price on demand; and its inputs."""
    factor, discounts = tier_factor(gpu, tier), gpu.term_discounts[tier]
    terms = [term for term in discounts if term <= term_months]
    inputs = tier_depends_on(gpu, tier)
    if not terms:
        return factor, inputs
    return factor * (1 - discounts[max(terms)]), (*inputs, f"{gpu.id}.{tier}_term_discount.{max(terms)}")
