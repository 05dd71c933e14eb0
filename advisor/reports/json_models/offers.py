"""JSON of offers and what their sellers earn: `quote --json` and `seller --json`."""

from typing import Annotated, Literal

from pydantic import Field

from advisor.reports.json_models.base import Day, JsonModel, JsonReport


class QuoteJson(JsonModel):
    """The offer."""

    option: Literal["on-demand", "reserved", "buy", "buy-used"] = Field(description="what is offered")
    months: Annotated[int, Field(ge=1, le=36)] | None = Field(description="term; null on demand")
    usd_per_gpu_hour: Annotated[float, Field(ge=0.01, le=1000)] | None = Field(description="rate of a rental offer")
    usd_per_node: Annotated[float, Field(gt=0, le=1e8)] | None = Field(
        description="price of a node; null for a rental offer"
    )
    prepaid: Annotated[float, Field(ge=0, le=1)] | None = Field(description="share paid at signing; null: the book's")
    may_sublet: bool | None = Field(description="whether a reservation may be sublet; null: the book's chance")
    from_: str = Field(alias="from", description="who made the offer")
    date: Day | None = Field(description="day of the offer")


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
    must_be: PricePointJson = Field(description="rate below which the offer is the pick")
    break_even: PricePointJson = Field(
        validation_alias="tipping", description="on-demand price below which renting wins without the offer"
    )
    pick: str | None = Field(description="the best option with the offer")


class QuoteReport(JsonReport):
    """`gpu-advisor quote --price USD --json`: an offer against the market, by what its seller earns, for a profile."""

    gpu: str = Field(description="id of the GPU")
    nodes: int = Field(description="nodes that the offer is judged for")
    date: Day = Field(description="day of the offer, or today")
    book_read_on: Day = Field(description="day that the price book was read")
    quote: QuoteJson = Field(description="the offer")
    references: tuple[ReferenceJson, ...] = Field(description="the posted prices that it is compared with")
    seller: SellerEarnsJson | None = Field(description="null where the book has no node price")
    doubt: str = Field(description="which unit it is likely to be in, when that is not the one given; else empty")
    profile: OfferForProfileJson | None = Field(description="null without --profile")


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
