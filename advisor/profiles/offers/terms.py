"""Offers in one unit: any price as a rate per GPU-hour or a price of a node, with the share that is prepaid
(docs/model.md#offers)."""

from collections.abc import Sequence

from advisor.array_types import Amount, of_one
from advisor.market.assumptions import Rental
from advisor.profiles.offers.kinds import BOUGHT, DAYS_OF_A_MONTH, PAID_MONTHLY, SIGNED
from advisor.profiles.offers.quote import Quote, offer_ids
from advisor.values.quick_dataclass import dataclass

_HOURS_OF_A_DAY = 24
_MONTHS_OF_A_YEAR, _DAYS_OF_A_YEAR = 12, 365


@dataclass(frozen=True, eq=False)
class Offer:
    """An offer in one unit.

    Attributes:
        id: What is offered and by whom: `reserved-12m-acme`.
        quote: As the seller writes it.
        usd_per_gpu_hour: Rate of an offer to rent, a mean over the months that are paid; what is paid upfront and a
            set-up fee are in it.
        usd_per_node: Price of a node, of an offer to buy, lease or borrow for it; a set-up fee is in it.
        months: The term; None without a term.
        prepaid_share: Of all payments of the term; None where the offer does not say.
        nodes, least_nodes: Offered for exactly, or for at least, this number of nodes; None for any.
        start_month: Months from now until it starts; None: with the work.
        payments_usd_per_node: What a lessor, lender or host is paid a month.
        month_shares: What each month of the term costs, as a share of a month at that rate.
        mean_price_share: What an hour of the term costs on average, free and cheaper months included, as a share of it.
        block_days: Length of a term that is counted in days; None for one in months.
        who: ` from Acme`; ` from Acme (2)` of a second offer of the same kind and term.
    """

    id: str
    quote: Quote
    usd_per_gpu_hour: Amount | None
    usd_per_node: Amount | None
    months: int | None
    prepaid_share: Amount | None
    nodes: Amount | None
    least_nodes: int | None
    start_month: int | None
    payments_usd_per_node: Amount | None
    month_shares: tuple[Amount, ...]
    mean_price_share: float
    block_days: int | None
    who: str

    @property
    def price(self) -> Amount:
        """The rate of an offer to rent, else the price of a node. USD."""
        found = self.usd_per_node if self.usd_per_gpu_hour is None else self.usd_per_gpu_hour
        assert found is not None  # every offer has a price
        return found

    @property
    def hourly_rate(self) -> float:
        """The rate of an offer to rent, USD per GPU-hour. Raises ValueError for an offer to buy."""
        if self.usd_per_gpu_hour is None:
            raise ValueError("an offer to buy has no hourly rate")
        return of_one(self.usd_per_gpu_hour)

    @property
    def node_price(self) -> float:
        """The price of a node, USD. Raises ValueError for an offer to rent."""
        if self.usd_per_node is None:
            raise ValueError("an offer to rent has no price of a node")
        return of_one(self.usd_per_node)


def offers_of(quotes: Sequence[Quote], rental: Rental) -> tuple[Offer, ...]:
    """The offers of a profile in one unit, in its order.

    Args:
        quotes: As their sellers write them.
        rental: For the GPUs of a node and the hours of a month.
    """
    return tuple(offer_of(quote, rental, name) for quote, name in zip(quotes, offer_ids(quotes), strict=True))


def offer_of(quote: Quote, rental: Rental, name: str = "") -> Offer:
    """One offer in one unit; `name` is its id, by default as if it were the only one."""
    nodes = _nodes(quote, rental)
    shares, prices = _month_shares(quote, rental), _price_shares(quote)
    rate, node_usd = _hourly_usd(quote, rental), _node_usd(quote, rental, nodes)
    prepaid: Amount | None = 1.0 if quote.option == "block" else quote.prepaid
    sums = quote.upfront is not None or quote.setup_fee is not None
    if sums and rate is not None and nodes is not None:
        rate, prepaid = _with_sums(quote, rental, rate, nodes, shares)
    alone = offer_ids([quote])[0]
    number = name.removeprefix(f"{alone}-") if name not in ("", alone) else ""
    payments = None if quote.payments is None or nodes is None else quote.payments * _fx(quote) / nodes
    return Offer(
        id=name or alone,
        quote=quote,
        usd_per_gpu_hour=rate,
        usd_per_node=node_usd,
        months=quote.term_months,
        prepaid_share=prepaid,
        nodes=nodes,
        least_nodes=quote.least_nodes,
        start_month=_start_month(quote),
        payments_usd_per_node=payments,
        month_shares=shares,
        mean_price_share=sum(prices) / len(prices),
        block_days=quote.days if quote.days is not None and quote.days < DAYS_OF_A_MONTH else None,
        who=(f" from {quote.from_}" if quote.from_ else " as offered") + (f" ({number})" if number else ""),
    )


def payments_usd(offer: Offer, rental: Rental, nodes: float) -> tuple[float, ...]:
    """What a contract for some nodes costs by month of its term, what is prepaid in the first, in the order of payment.

    Args:
        offer: To rent for a term.
        rental: For the GPUs of a node and the hours of a month, and what is usually prepaid.
        nodes: How many.

    Raises:
        ValueError: For an offer without a term.
    """
    if not offer.month_shares:
        raise ValueError("an offer without a term has no payments by month")
    month = offer.hourly_rate * nodes * of_one(rental.gpus_per_node) * of_one(rental.hours_per_month)
    each = [month * of_one(share) for share in offer.month_shares]
    prepaid = of_one(rental.prepaid_share if offer.prepaid_share is None else offer.prepaid_share)
    installments = [usd * (1 - prepaid) for usd in each]
    return (prepaid * sum(each) + installments[0], *installments[1:])


def _fx(quote: Quote) -> float:
    return 1.0 if quote.usd_per_currency is None else quote.usd_per_currency


def _nodes(quote: Quote, rental: Rental) -> Amount | None:
    """The exact size in nodes, which may be a part of one; None for any size."""
    if quote.gpus is not None:
        return quote.gpus / rental.gpus_per_node
    return None if quote.nodes is None else float(quote.nodes)


def _machine_gpus(quote: Quote, rental: Rental) -> Amount:
    return rental.gpus_per_node if quote.node_gpus is None else float(quote.node_gpus)


def _hourly_usd(quote: Quote, rental: Rental) -> Amount | None:
    """The rate of an offer to rent, without what is paid upfront."""
    if quote.option in BOUGHT or quote.option in PAID_MONTHLY:
        return None
    if quote.price is None or quote.per is None:
        return quote.usd_per_gpu_hour
    usd, nodes = quote.price * _fx(quote), _nodes(quote, rental)
    if quote.per == "total":
        assert nodes is not None  # `Quote` asks for it
        paid = rental.hours_per_month * sum(_month_shares(quote, rental))
        return (usd - (quote.upfront or 0.0) * _fx(quote)) / (nodes * rental.gpus_per_node * paid)
    if quote.per == "month":
        assert nodes is not None
        return usd / (nodes * rental.gpus_per_node * rental.hours_per_month)
    what, _, unit = quote.per.partition("-")
    hours = {"hour": 1.0, "day": _HOURS_OF_A_DAY, "month": rental.hours_per_month}[unit]
    return usd / ((1.0 if what == "gpu" else _machine_gpus(quote, rental)) * hours)


def _node_usd(quote: Quote, rental: Rental, nodes: Amount | None) -> Amount | None:
    """The price of a node."""
    if not (quote.option in BOUGHT or quote.option in PAID_MONTHLY):
        return None
    fee = 0.0 if quote.setup_fee is None or nodes is None else quote.setup_fee * _fx(quote) / nodes
    if quote.price is None:
        return None if quote.usd_per_node is None else quote.usd_per_node + fee
    usd = quote.price * _fx(quote)
    if quote.per == "total":
        assert nodes is not None  # `Quote` asks for it
        return usd / nodes + fee
    return usd * rental.gpus_per_node / (1.0 if quote.per == "gpu" else _machine_gpus(quote, rental)) + fee


def _with_sums(
    quote: Quote, rental: Rental, rate: Amount, nodes: Amount, shares: tuple[Amount, ...]
) -> tuple[Amount, Amount]:
    """The mean rate with what is paid upfront and the set-up fee, and the share of all payments that is paid first."""
    month = nodes * rental.gpus_per_node * rental.hours_per_month * sum(shares)
    first: Amount = ((quote.upfront or 0.0) + (quote.setup_fee or 0.0)) * _fx(quote)
    total = first + rate * month
    if quote.upfront is None:
        first = first + _prepaid_share(quote, rental) * rate * month
    return total / month, first / total


def _prepaid_share(quote: Quote, rental: Rental) -> Amount:
    """The share of the price that is prepaid; the usual one where the offer does not say."""
    said = 1.0 if quote.option == "block" else quote.prepaid
    return rental.prepaid_share if said is None else said


def _month_shares(quote: Quote, rental: Rental) -> tuple[Amount, ...]:
    """What each month of a term costs as a share of a month at the rate: nothing in free months, less after a step."""
    if quote.option not in SIGNED:
        return ()
    shares = _price_shares(quote)
    covered: Amount = 1.0
    if quote.days is not None:
        covered = quote.days * _HOURS_OF_A_DAY / (len(shares) * rental.hours_per_month)
    return tuple(covered * share for share in shares)


def _price_shares(quote: Quote) -> list[float]:
    """The price of each month of a term as a share of the rate: nothing in free months, less after a step."""
    falls, found = dict(quote.step_down), []
    for month in range(quote.term_months or 1):
        share = next((falls[at] for at in sorted(falls, reverse=True) if at <= month), 0.0)
        found.append(0.0 if month < (quote.free_months or 0) else 1 - share)
    return found


def _start_month(quote: Quote) -> int | None:
    if quote.starts is not None and quote.date is not None:
        return max(0, round((quote.starts - quote.date).days * _MONTHS_OF_A_YEAR / _DAYS_OF_A_YEAR))
    return quote.start_month
