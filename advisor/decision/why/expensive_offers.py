"""Offers by the hour that are more expensive than the list price they stand for: what the answer is without them
(docs/model.md#offers)."""

from collections.abc import Iterator

from advisor.array_types import Amount, of_one
from advisor.costing.case import Case
from advisor.decision.cost_options import cost_options
from advisor.decision.ranking import RankedOption, tied_up_to
from advisor.formatting import usd, usd_rate
from advisor.market.price_book import PriceBook
from advisor.profiles.offers.kinds import CreditOption
from advisor.profiles.schema import Profile


def expensive_offers(profile: Profile, case: Case, book: PriceBook, pick: RankedOption) -> Iterator[str]:
    """That an offer by the hour hides a better list price, for each kind of hours in which the answer without it costs
    less than the pick, ties left out. Of several offers of a kind the cheapest that fits is in force. book: with the
    profile's own figures laid over it."""
    gpu, money = case.assumptions.gpu, case.assumptions.money
    on_demand, spot = case.tier_factor * gpu.neocloud_usd_per_gpu_hour, gpu.marketplace_usd_per_gpu_hour
    kinds: tuple[tuple[CreditOption, str, Amount | None], ...] = (
        ("on-demand", "on demand", on_demand),
        ("spot", "for spot", spot),
    )
    for kind, hours, listed in kinds:
        offer = case.offer(kind)
        if offer is None or listed is None or offer.price <= listed:
            continue
        others = tuple(quote for quote in profile.quote if quote.option != kind)
        without = cost_options(profile.model_copy(update={"quote": others}), book).verdict.pick
        if without is None or pick.cost.expected_usd <= tied_up_to(without.cost.expected_usd, money.tie_share):
            continue
        usual = without.cost.expected_usd
        yield (
            f"{offer.quote.from_ or 'Your offer'} asks {usd_rate(offer.hourly_rate)} per GPU-hour {hours}, where the "
            f"price list has {usd_rate(of_one(listed))}: without that offer the answer is to "
            f"{without.cost.option.command}, for {usd(usual)}, {usd(pick.cost.expected_usd - usual)} less."
        )
