"""What the monthly payments of a lease, a loan or a sale and leaseback cost a year (docs/model.md#loans-and-leases)."""

from advisor.array_types import of_one
from advisor.finance.loans import lease_apr, loan_apr
from advisor.profiles.offers.kinds import FINANCED
from advisor.profiles.offers.terms import Offer
from advisor.values.quick_dataclass import dataclass


@dataclass(frozen=True)
class Financing:
    """An offer to finance hardware, as a loan.

    Attributes:
        lent_usd, paid_usd: The price that is financed, and all payments, the residual value among them. USD.
        in_advance: Whether payments are counted at the beginning of each month, as those of a lease are.
        apr: What it costs a year, as a share.
        apr_in_arrears: The same of a lease whose rents are paid at the end of each month; None for others, and with a
            residual value.
    """

    lent_usd: float
    paid_usd: float
    in_advance: bool
    apr: float
    apr_in_arrears: float | None

    @property
    def effective(self) -> float:
        """The same with interest on the interest of a year."""
        return float((1 + self.apr / 12) ** 12 - 1)


def financing_of(offer: Offer) -> Financing | None:
    """What an offer costs as a loan; None for one that does not finance."""
    if offer.quote.option not in FINANCED or not offer.months:
        return None
    payment, residual = of_one(offer.payments_usd_per_node or 0.0), offer.quote.residual_share or 0.0
    lent, share, months = of_one(offer.node_price), payment / of_one(offer.node_price), offer.months
    nodes = of_one(offer.nodes or 1.0)
    paid = nodes * (payment * months + residual * lent)
    if offer.quote.option == "loan":
        return Financing(nodes * lent, paid, False, loan_apr(share, months), None)
    in_arrears = None if residual else loan_apr(share, months)
    return Financing(nodes * lent, paid, True, lease_apr(share, months, residual), in_arrears)
