"""What a hosted API costs that serves as well as a model of one's own: by open model, by size, or the user's own price.

Source: docs/model.md#hosted-api
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from advisor.errors import InputError
from advisor.market.data_files import data_table
from advisor.market.figures import Figure
from advisor.market.throughput.measurements import OpenModel, model_named, open_models

SAME_SIZE = "same-size"
_SIDES = {"input": "input_usd_per_mtok", "output": "output_usd_per_mtok"}
_ALIKE = 2.0  # models of a size: active and all parameters within this ratio


def prices_of_model(name: str, usual: Mapping[str, Figure], where: str) -> dict[str, Figure] | None:
    """The figures of an open model's API, in place of the book's usual ones; None where none is posted.

    Args:
        name: of the model.
        usual: the section `api` of the book.
        where: for the error.

    Raises:
        InputError: A model that the book does not know.
    """
    model = model_named(name, where)
    if model.name not in data_table("token_prices")["price"]:
        return None
    return _figures([model], usual, f"{model.name}, posted by {_row(model)['n']} providers", _row(model)["n"])


def prices_of_size(parameters: float, active: float, usual: Mapping[str, Figure], where: str) -> dict[str, Figure]:
    """The figures of the APIs of open models of a size: the median of models, the range over all of their providers.

    Raises:
        InputError: No open model of that size is priced.
    """
    alike = models_of_size(parameters, active)
    if not alike:
        known = ", ".join(sorted(data_table("token_prices")["price"]))
        allowed = f"prices of your own (api_input_usd, api_output_usd), or one of {known}"
        raise InputError(where, "a size for which no open model's API is priced", allowed)
    return _figures(alike, usual, f"open models of this size: {', '.join(m.name for m in alike)}", len(alike))


def models_of_size(parameters: float, active: float) -> list[OpenModel]:
    """The open models of a size whose APIs are priced."""
    priced = [open_models()[name] for name in data_table("token_prices")["price"]]
    return [m for m in priced if _near(m.active, active) and _near(m.parameters, parameters)]


def _figures(models: list[OpenModel], usual: Mapping[str, Figure], note: str, n: int) -> dict[str, Figure]:
    table, found = data_table("token_prices"), {}
    for side, figure in _SIDES.items():
        values, lows, highs = zip(*(_row(model)[side] for model in models), strict=True)
        changed = {
            "value": float(np.median(values)), "low": min(lows), "high": max(highs), "n": n, "note": note,
            "date": table["date"], "source": table["source"],
        }  # fmt: skip
        found[figure] = usual[figure].model_copy(update=changed)
    return found


def _row(model: OpenModel) -> Mapping[str, Any]:
    row: Mapping[str, Any] = data_table("token_prices")["price"][model.name]
    return row


def _near(one: float, other: float) -> bool:
    return 1 / _ALIKE <= one / other <= _ALIKE
