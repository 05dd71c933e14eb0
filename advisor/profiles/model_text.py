"""A model as it may be typed: parameters and tokens, `70B 1T`."""

import math
import re
from typing import Any

from advisor.errors import InputError
from advisor.profiles.schema import Kind
from advisor.profiles.spelled_numbers import MAGNITUDES

WITHOUT_A_MODEL = "nodes, GPUs (12 gpus), GPU-hours a month (4000 gpu-h)"
_SCALED = re.compile(r"(.*\d\.?) ?([a-z]*)")
_BESIDE = frozenset(
    {
        "params",
        "param",
        "parameters",
        "moe",
        "dense",
        "active",
        "activated",
        "on",
        "of",
        "and",
        "model",
        "for",
        "with",
        "our",
        "the",
        "a",
        "x",
    }
)
_TOKENS = re.compile(r"\b(?P<tokens>\d+(?:\.\d+)?(?:e\d+)?[kmbt]?) ?(?:training )?tokens?\b|\btokens?\b")
_SIZE_IN_NAME = re.compile(  # of a dense model: mistral 7b, qwen2.5-72b instruct, not mixtral 8x22b, nor a GPU
    r"(?![abhlv]\d)[a-z][a-z.-]*(?:[ -]?\d+(?:\.\d+)?)?(?:[ -][a-z]+)?[ -](?P<size>\d+(?:\.\d+)?b)"
    r"(?:[ -](?:instruct|chat|base|it))?"
)


def training_from(text: str, kind: Kind, where: str, typed: str) -> dict[str, Any]:
    """Return the fields of the training of `70B 1T`, `70B on 1T tokens` or `1T tokens on a 70B model`, of `671B 37B
    14.8T` for a mixture of experts that uses 37B for each token, or of `70B 1B lora` for a fine-tune of adapters.

    Args:
        text: A model, and the tokens trained on in all, which come last where neither is said to be which.
        kind: Of the workload.
        where: Name of the value, for the error.
        typed: All that was typed, for the error.

    Raises:
        InputError: Saying what is missing or wrong.
    """
    words = " ".join(text.lower().replace(",", " ").replace("/", " ").split())
    adapters = kind == "fine-tune" and re.search(r"\blora\b", words) is not None
    words = re.sub(r"\blora\b", " ", words) if adapters else words
    said = next((match for match in _TOKENS.finditer(words) if match["tokens"]), None)
    rest = _TOKENS.sub(" ", words).split()
    trained = said["tokens"] if said is not None else rest.pop() if rest else ""
    name, tokens = " ".join(rest), "the tokens trained on"
    try:
        number = parse_amount(trained)
        if not set(rest) - _BESIDE:
            raise InputError(where, f"{typed!r} without tokens", f"{tokens} too: {trained.upper()} 1T")
        model = model_fields(name, where)
    except (ValueError, InputError) as error:
        if isinstance(error, InputError) and (said is not None or not name):
            raise
        allowed = f"{WITHOUT_A_MODEL}, or a model's parameters and {tokens}: 7B 1T"
        raise InputError(where, repr(typed), allowed) from None
    return {**_sizes(model), "tokens": number, "adapters": adapters}


def model_fields(name: str, where: str) -> dict[str, Any]:
    """The fields that a model has in a service: the parameters of `70B`, with those used for a token of `671B 37B`, the
    name of an open model of the book, or the parameters that the name of another one says: `Mistral 7B`.

    Raises:
        InputError: Naming the field `where`, for an unknown model.
        ValueError: For a text that does not name one.
    """
    words = [word for word in name.lower().split() if word not in _BESIDE]
    name = " ".join(words)
    if len(words) <= 2 and all(word[0].isdigit() for word in words):
        total, *active = map(parse_amount, words)
        if any(one > total for one in active):
            raise ValueError(name)
        return {"parameters": total, **({"active_parameters": active[0]} if active else {})}
    if not name or name[0].isdigit():
        raise ValueError(name)
    from advisor.market.throughput.measurements import model_named  # for models by their names only

    try:
        return {"model": model_named(name, where).name}
    except InputError:
        sized = _SIZE_IN_NAME.fullmatch(name)
        if sized is None:
            raise
        return {"parameters": parse_amount(sized["size"])}


def _sizes(model: dict[str, Any]) -> dict[str, Any]:
    """The fields of a model with its parameters in place of its name."""
    if "model" not in model:
        return model
    from advisor.market.throughput.measurements import open_models

    named = open_models()[model["model"]]
    active = {} if named.active == named.parameters else {"active_parameters": named.active}
    return {"parameters": named.parameters, **active}


def parse_amount(text: str) -> float:
    """Return `7B` as 7e9, `1.5T` as 1.5e12, `2 million`, `2e12`. Raises ValueError for anything else."""
    found = _SCALED.fullmatch(text.strip().lower())
    if found is None or found[2] not in MAGNITUDES:
        raise ValueError(text)
    amount = float(found[1]) * MAGNITUDES[found[2]]
    if not 0 < amount < math.inf:
        raise ValueError(text)
    return amount
