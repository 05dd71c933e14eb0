"""A model as it may be typed: parameters and tokens, `70B 1T`."""

import math
import re
from contextlib import suppress
from typing import Any

from advisor.errors import InputError
from advisor.profiles.schema import Kind
from advisor.profiles.spelled_numbers import MAGNITUDES

_SHARE_OF_PEAK = re.compile(r"\s(?:at\s+)?(\d{1,2}(?:\.\d+)?)\s*%\s*(?:mfu|of\s+(?:the\s+)?peak)\s*$", re.IGNORECASE)
_COMMAS = re.compile(r",(?!\d{3}(?!\d))")  # but those in 1,000
WITHOUT_A_MODEL = "nodes, GPUs (12 gpus), GPU-hours a month (4000 gpu-h)"
_SCALED = re.compile(r"(.*\d\.?) ?([a-z]*)")
_BESIDE = frozenset({"tokens", "token", "params", "param", "parameters", "on", "of", "and", "model"})


def training_from(text: str, kind: Kind, where: str, typed: str) -> dict[str, Any]:
    """Return the fields of the training of `70B 1T` or `70B on 1T tokens`, of `671B 37B 14.8T` for a mixture of experts
    that uses 37B for each token, or of `70B 1B lora` for a fine-tune of adapters; with `45% MFU` behind, the share of
    the peak performance that is reached.

    Args:
        text: Parameters, those used for a token where they are fewer, then tokens: trained on in all.
        kind: Of the workload.
        where: Name of the value, for the error.
        typed: All that was typed, for the error.

    Raises:
        InputError: Saying what is missing or wrong.
    """
    share = _SHARE_OF_PEAK.search(text)
    rest = text if share is None else text[: share.start()]
    words = [word for word in _COMMAS.sub(" ", rest.lower().replace("/", " ")).split() if word not in _BESIDE]
    adapters = kind == "fine-tune" and "lora" in words
    amounts = [word for word in words if word != "lora"] if adapters else words
    tokens = "the tokens trained on"
    try:
        numbers = [*_parameters(amounts[0]), *map(parse_amount, amounts[1:])] if amounts else []
        if len(numbers) == 1:
            raise InputError(where, f"{typed!r} without tokens", f"{tokens} too: {amounts[0].upper()} 1T")
        *active, trained = numbers[1:]
        if len(active) > 1 or any(one > numbers[0] for one in active):
            raise ValueError(text)
    except ValueError:
        allowed = f"{WITHOUT_A_MODEL}, or a model's parameters and {tokens}: 7B 1T"
        raise InputError(where, repr(typed), allowed) from None
    used = {"active_parameters": active[0]} if active else {}
    if share is not None:
        used["share_of_peak"] = float(share[1]) / 100
    return {"parameters": numbers[0], **used, "tokens": trained, "adapters": adapters}


def _parameters(word: str) -> list[float]:
    """The parameters of a model, and those used for a token where they are fewer. Raises ValueError."""
    with suppress(ValueError):
        return [parse_amount(word)]
    from advisor.market.throughput.measurements import model_named  # for models by their names only

    try:
        model = model_named(word, "")
    except InputError as error:
        raise ValueError(word) from error
    return list(dict.fromkeys([model.parameters, model.active]))


def parse_amount(text: str) -> float:
    """Return `7B` as 7e9, `1.5T` as 1.5e12, `2 million`, `2e12`. Raises ValueError for anything else."""
    found = _SCALED.fullmatch(text.strip().lower())
    if found is None or found[2] not in MAGNITUDES:
        raise ValueError(text)
    amount = float(found[1]) * MAGNITUDES[found[2]]
    if not 0 < amount < math.inf:
        raise ValueError(text)
    return amount
