"""JSON of what to do with contracts and hardware in hand: a part of `advise --json`."""

from typing import Annotated, Literal

from pydantic import Field

from advisor.reports.json_models.base import Cents, JsonModel

Disposition = Literal["keep", "sublet", "idle", "terminate", "ended", "let", "sell"]
Dispositions = Annotated[
    tuple[Disposition, ...],
    Field(
        min_length=1,
        max_length=5,
        description="what is done with each contract, then each lot of hardware",
    ),
]


class DispositionCostJson(JsonModel):
    """One combination of dispositions and its cost."""

    dispositions: Dispositions
    expected_usd: Cents | None = Field(
        description="cost of the best way to serve all of the work then; null where nothing is feasible"
    )


class CommitmentsJson(JsonModel):
    """What to do with the contracts and the hardware in hand."""

    dispositions: Dispositions
    each: tuple[DispositionCostJson, ...] = Field(min_length=1, description="every combination")
