"""The table of throughput: open models with their sizes, and what GPUs were measured to serve of them."""

import math
import re
from collections.abc import Mapping
from functools import cache
from typing import Any, Literal, cast

import numpy as np

from advisor.errors import InputError, nearest
from advisor.formatting import listed, short_count
from advisor.market.data_files import data_table
from advisor.market.throughput.roofline import Request, ServedModel
from advisor.values.quick_dataclass import dataclass, replace

Kind = Literal["measured", "modeled", "cited"]


@dataclass(frozen=True)
class OpenModel:
    """An open model of the table. cache_bytes: of a token's keys and values in BF16, None where no row needs it; card:
    where its developer publishes the figures; also: later models of the same architecture and size."""

    name: str
    parameters: float
    active: float
    cache_bytes: float | None
    card: str
    also: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """Its size with the source: `671B parameters, 37B for a token (huggingface.co/deepseek-ai/DeepSeek-R1)`."""
        active = "" if self.active == self.parameters else f", {short_count(self.active)} for a token"
        alike = f", as {listed(self.also)}" if self.also else ""
        return f"{short_count(self.parameters)} parameters{active} ({self.card}){alike}"


@dataclass(frozen=True)
class Row:
    """One measurement: what was served on which GPU, and the written tokens a second of one GPU.

    Attributes:
        first_token_seconds, next_token_seconds: Within which it wrote; None where the source does not say.
        load: What was asked of it.
        faster: The same with less to do, which writes less and sooner.
    """

    model_name: str
    gpu: str
    model: ServedModel
    request: Request
    output_tokens_per_second: float
    first_token_seconds: float | None
    next_token_seconds: float | None
    load: str
    engine: str
    kind: Kind
    date: str
    source: str
    rejected: str
    faster: tuple["Row", ...] = ()

    @property
    def target(self) -> str:
        """The latency and the load at which it was measured, in words."""
        latency = latency_words(self.first_token_seconds, self.next_token_seconds)
        return "; ".join(part for part in (latency, self.load) if part)

    @property
    def latency_known(self) -> bool:
        """Whether the source says how soon tokens came."""
        return self.next_token_seconds is not None

    def within(self, limits: "TokenLimits") -> "Row | None":
        """The most that it wrote within the limits; None where that is not known, or never."""
        keep = [row for row in (self, *self.faster) if limits.allow(row)]
        return max(keep, key=lambda row: row.output_tokens_per_second, default=None)


@dataclass(frozen=True)
class TokenLimits:
    """How soon tokens must come, which bounds how many requests a GPU serves at once.

    Attributes:
        first_token_seconds, next_token_seconds: At the most; None for no limit.
        own: Whether the user asks for them: then a row without a known latency is not used.
    """

    first_token_seconds: float | None = None
    next_token_seconds: float | None = None
    own: bool = False

    def allow(self, row: Row) -> bool:
        """Whether a row keeps to both."""
        pairs = (
            (row.first_token_seconds, self.first_token_seconds),
            (row.next_token_seconds, self.next_token_seconds),
        )
        return all(most is None or (not self.own if took is None else took <= most) for took, most in pairs)


def latency_words(first_token_seconds: float | None, next_token_seconds: float | None) -> str:
    """`first token within 2 s, next within 50 ms`; empty where nothing is known."""
    first = "" if first_token_seconds is None else f"first token within {first_token_seconds:.3g} s"
    after = "" if next_token_seconds is None else f"next within {next_token_seconds * 1e3:.3g} ms"
    return ", ".join(part for part in (first, after) if part)


@cache
def open_models() -> Mapping[str, OpenModel]:
    """The open models of the table, by name."""
    return {
        name: OpenModel(
            name,
            row["parameters"],
            row["active"],
            row.get("cache"),
            f"huggingface.co/{row['card']}",
            tuple(row.get("also", ())),
        )
        for name, row in data_table("throughput")["model"].items()
    }


@cache
def rows() -> tuple[Row, ...]:
    """All rows of the table, the rejected ones too."""
    return tuple(_row(raw) for raw in data_table("throughput")["row"])


def _row(raw: Mapping[str, Any]) -> Row:
    model = open_models()[raw["model"]]
    served = ServedModel(model.parameters, model.active, raw["precision"], cast("float", model.cache_bytes))
    request = Request(raw["tokens_in"], raw["tokens_out"])
    named = {name: raw[name] for name in ("engine", "kind", "date", "source")}
    at_loads = [
        Row(
            model.name,
            raw["gpu"],
            served,
            request,
            point["output_tokens_per_second"],
            point.get("first_token_seconds"),
            point.get("next_token_seconds"),
            point.get("load", ""),
            rejected=raw.get("rejected", ""),
            **named,
        )
        for point in (raw, *raw.get("faster", ()))
    ]
    return replace(at_loads[0], faster=tuple(at_loads[1:]))


def cache_bytes_like(parameters: float) -> float:
    """Keys and values of a token in BF16, of a model whose architecture is not given: interpolated, in logarithms,
    between the dense models of the table by their size; beyond them that of the nearest."""
    dense = sorted(
        (m.active, m.cache_bytes) for m in open_models().values() if m.active == m.parameters and m.cache_bytes
    )
    sizes, caches = np.log(np.array(dense).T)
    return float(np.exp(np.interp(math.log(parameters), sizes, caches)))


def model_named(name: str, where: str) -> OpenModel:
    """The open model with this name, or of the same architecture and size as one with this name, however it is written;
    also by a part of its name, where all models with that part are of one size: Llama 70B, DeepSeek V3.
    Raises InputError with the nearest names."""
    known = [(_parts(one), model) for model in open_models().values() for one in (model.name, *model.also)]
    wanted = _parts(name)
    whole = [model for parts, model in known if "".join(parts) == "".join(wanted)]
    found = whole or [model for parts, model in known if wanted[:1] == parts[:1] and {*wanted} <= {*parts}]
    if not found or len({(model.parameters, model.active) for model in found}) > 1:
        raise InputError(where, f"the unknown model {name!r}", nearest(name, open_models()))
    return found[0]


def _parts(name: str) -> list[str]:
    """The words and numbers of a name: llama, 3, 1, 8b."""
    return re.findall(r"[a-z]+|\d+[a-z]*", name.lower())
