"""JSON of offers and what their sellers earn: `offers --json` and `seller --json`."""

from typing import Annotated

from pydantic import BeforeValidator, Field

from advisor.profiles.offers.kinds import PriceUnit, QuoteOption
from advisor.reports.json_models.base import Day, JsonModel, JsonReport

ClauseValue = bool | int | float | tuple[tuple[int, float], ...]


class PieceJson(JsonModel):
    """A field of an offer that was read from text."""

    field: str = Field(description="its name in a [[quote]] table; gpu for the GPU")
    value: Annotated[str, BeforeValidator(str)] = Field(description="what it was read as")
    text: str = Field(description="the words it was read from; empty when it was assumed")
    assumed: str = Field(description="what had to be assumed; empty when the words say all of it")


class ReadTextJson(JsonModel):
    """How a text was read."""

    offers: tuple[tuple[PieceJson, ...], ...] = Field(description="the fields of each of its offers")
    left_out: tuple[str, ...] = Field(description="why some of them were not added: what they lack, or what is wrong")
    unread: tuple[str, ...] = Field(description="the words that were not understood")


class QuoteJson(JsonModel):
    """The offer."""

    option: QuoteOption = Field(description="what is offered")
    months: int | None = Field(description="term in months; null without one, or for one in days")
    days: int | None = Field(description="term in days; null without one, or for one in months")
    usd_per_gpu_hour: float | None = Field(
        description="rate of an offer to rent, what is paid upfront and free months counted in; null for hardware"
    )
    usd_per_node: float | None = Field(description="price of a node; null for an offer to rent")
    price: float | None = Field(description="price as the seller writes it; null where that is one of the two above")
    per: PriceUnit | None = Field(description="what `price` is for")
    currency: str = Field(description="currency of `price`")
    nodes: float | None = Field(description="offered for exactly that many nodes; null for any number")
    least_nodes: int | None = Field(description="offered for at least that many nodes")
    prepaid_share: float | None = Field(description="share paid at signing; null: the book's")
    clauses: dict[str, ClauseValue] = Field(description="the clauses that it has, by their names in a [[quote]] table")
    seller: str = Field(description="who made the offer")
    date: Day | None = Field(description="day of the offer")
    valid_until: Day | None = Field(description="last day on which it can be accepted")


class ReferenceJson(JsonModel):
    """A posted price that the offer is compared with."""

    id: str = Field(description="id of the figure")
    label: str = Field(description="the price in words")
    usd_per_gpu_hour: float = Field(description="the posted price")
    low: float | None = Field(description="lowest of its sources")
    high: float | None = Field(description="highest of its sources")
    n: int | None = Field(description="sample size; null for the user's own figure")
    date: str | None = Field(description="month or day that it is of; null for the user's own figure")
    age_days: int | None = Field(description="age of the price on the day of the offer; null for the user's own figure")
    source: str = Field(description="id of the source")
    above_share: float = Field(description="the offer over this price, less one")
    percentile: float | None = Field(
        description="where the offer lies between low (0), this price (50) and high (100); null with too few sources, "
        "or outside"
    )
    standing: str = Field(description="the same in words")


class SellerEarnsJson(JsonModel):
    """What an efficient new owner of a node earns at the offered price."""

    irr_per_year: float | None = Field(description="internal rate of return; null where there is not exactly one")
    present_usd: float = Field(description="net present value of a node at the target return")
    annualised_multiple: float = Field(
        description="(net cash / outlay)^(1 / years) - 1, as in the 2024 latent.space article"
    )
    target_return_per_year: float = Field(description="return that owners require")
    target_usd_per_gpu_hour: float = Field(description="price at which the target return is earned")
    room_usd_per_gpu_hour: float = Field(description="how far the offer lies above that; negative below it")
    cash_floor_usd_per_gpu_hour: float = Field(description="price that covers running costs alone")
    going_rate_irr_per_year: float | None = Field(description="the same return with the usual share of hours sold")
    going_rate_target_usd_per_gpu_hour: float = Field(description="price at which the target return is earned then")


class PricePointJson(JsonModel):
    """A price at which two options cost the same."""

    usd: float | None = Field(description="null where there is none")
    against: str = Field(description="the other option")
    reason: str = Field(description="why there is none; empty when there is one")


class OfferForProfileJson(JsonModel):
    """What the offer does for a profile."""

    option: str = Field(description="the option that the offer belongs to")
    usd: float = Field(description="expected cost of taking it")
    why_not: tuple[str, ...] = Field(
        validation_alias="infeasible_because", description="why it is not feasible; empty when it is"
    )
    otherwise: str | None = Field(description="the best option without the offer")
    otherwise_usd: float | None = Field(description="its expected cost")
    must_be: PricePointJson = Field(
        description="price below which the offer is the pick, per GPU-hour, per node of hardware, or a month of a lease"
    )
    break_even: PricePointJson = Field(
        validation_alias="tipping",
        description="on-demand price below which renting on demand beats reserving and buying, without the offer",
    )
    pick: str | None = Field(description="the best option with the offer")


class HardwareOfferJson(JsonModel):
    """An offer of hardware against the posted price."""

    posted_usd_per_node: float | None = Field(description="the book's price of a node; null where it has none")
    above_share: float | None = Field(description="the offer over this price, less one")
    apr: float | None = Field(
        description="what the payments of a lease, a loan or a sale and leaseback cost a year; null for others"
    )


class ClauseWorthJson(JsonModel):
    """What a clause of an offer is worth, its other clauses as they are."""

    name: str = Field(description="its name in a [[quote]] table")
    words: str = Field(description="what it says")
    usd: float = Field(description="expected cost without it less that with it, as a present value")


class PriceAskJson(JsonModel):
    """A price to ask for."""

    usd_per_gpu_hour: float = Field(description="the price")
    because: str = Field(description="what it is")
    needed: bool = Field(description="whether the offer does not beat the best option without it")


class ClauseAskJson(JsonModel):
    """A clause to ask for: the one with the largest gain beyond what the seller loses."""

    field: str = Field(description="its name in a [[quote]] table")
    value: ClauseValue = Field(description="what it would be set to")
    words: str = Field(description="what it is called")
    worth_usd: float = Field(description="what it is expected to save you, as a present value")
    costs_usd: float = Field(description="what the seller is expected to be paid less, as a present value")


class OfferJson(JsonModel):
    """One offer, evaluated."""

    id: str = Field(description="id of the offer, and of the option to take it")
    quote: QuoteJson = Field(description="the offer")
    nodes: int = Field(description="nodes that it is evaluated for")
    date: Day = Field(description="day of the offer, or that of the run")
    expired: bool = Field(description="whether its last day is over")
    payments_usd: tuple[float, ...] = Field(
        description="what the seller is paid by month of the term, what is prepaid in the first; empty without one"
    )
    references: tuple[ReferenceJson, ...] = Field(description="the posted prices that it is compared with")
    seller: SellerEarnsJson | None = Field(description="null for hardware, and where the book has no node price")
    hardware: HardwareOfferJson | None = Field(description="null for an offer to rent")
    doubt: str = Field(description="which unit it is likely to be in, when that is not the one given; else empty")
    plan: OfferForProfileJson | None = Field(description="what it does for the profile; null where no option takes it")
    saves_usd: float | None = Field(description="what it saves against the best option without it")
    clauses: tuple[ClauseWorthJson, ...] = Field(description="what each of its clauses is worth")
    ask_price: PriceAskJson | None = Field(description="null where there is no argument for a lower one")
    ask_clause: ClauseAskJson | None = Field(description="null where none is worth anything")
    counter_offer: str = Field(description="a letter to its seller; empty where there is nothing to ask for")
    is_pick: bool = Field(description="whether taking it is the verdict")


class OffersReport(JsonReport):
    """`gpu-advisor offers PROFILE --json`: each offer against the market, by its seller's return and for the plan."""

    profile: str = Field(description="name of the profile")
    gpu: str = Field(description="id of the GPU")
    date: Day = Field(description="day of offers without one")
    book_read_on: Day = Field(description="day that the price book was read")
    pick: str | None = Field(description="the best option with these offers")
    read: tuple[ReadTextJson, ...] = Field(description="how each --add was read")
    offers: tuple[OfferJson, ...] = Field(description="the offers of the profile, then those that were added")


class NodeCostsJson(JsonModel):
    """What an owner pays for a node and can sell of it."""

    capex_usd: float = Field(description="purchase price, due at once")
    running_usd_per_year: float = Field(description="running cost")
    gpu_hours_per_month: float = Field(description="GPU-hours that it can sell")


class SellerRowJson(JsonModel):
    """What an owner earns at one first rent, share of hours sold and path of rents."""

    usd_per_gpu_hour: float = Field(description="first rent")
    utilisation_share: float = Field(description="share of hours sold")
    rents: str = Field(description="path of rents")
    irr_per_year: float | None = Field(description="internal rate of return; null where there is not exactly one")
    annualised_multiple: float = Field(description="(net cash / outlay)^(1 / years) - 1")
    present_usd: float = Field(description="net present value of a node at the target return")
    revenue_usd_per_year: float = Field(description="what a node brings in during a year at the first rent")


class ArticlePointJson(JsonModel):
    """One of the rents in the 2024 latent.space article, by its own measure and as a true return."""

    usd_per_gpu_hour: float = Field(description="first rent")
    annualised_multiple: float = Field(description="the measure that the source calls an IRR")
    irr_per_year: float | None = Field(description="internal rate of return of the same cash flows")


class SellerReport(JsonReport):
    """`gpu-advisor seller --json`: what an owner earns by price, share of hours sold and path of rents."""

    gpu: str = Field(description="id of the GPU")
    node: NodeCostsJson | None = Field(description="null where the book has no node price")
    target_return_per_year: float = Field(description="return that owners require")
    target_usd_per_gpu_hour: float | None = Field(description="price at which the target return is earned")
    cash_floor_usd_per_gpu_hour: float | None = Field(description="price that covers running costs alone")
    rows: tuple[SellerRowJson, ...] = Field(
        description="one for each first rent, share of hours sold and path of rents"
    )
    latent_space_2024: tuple[ArticlePointJson, ...] = Field(
        description="the three rents of the 2024 latent.space article on renting out H100s"
    )
