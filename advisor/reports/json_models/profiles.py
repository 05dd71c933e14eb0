"""JSON of profiles and files: `profiles --json`, `profiles --names --json`, `check --json` and `size --json`."""

from typing import Literal

from pydantic import AliasPath, Field

from advisor.reports.json_models.base import Action, JsonModel, JsonReport, OutsideText
from advisor.reports.json_models.provenance import FigureJson


class ListedProfileJson(JsonModel):
    """One profile with its verdict."""

    name: str = Field(description="name to call it by")
    path: OutsideText = Field(description="its file")
    sample: bool = Field(description="whether it is one of the samples")
    verdict: str | None = Field(default=None, description="what to do, in words; null where it cannot be read")
    action: Action | None = Field(default=None, description="null when nothing is feasible")
    option: str | None = Field(
        default=None,
        description="the pick, of the costliest GPU if there are several; null when nothing is feasible",
    )
    expected_usd: float | None = Field(default=None, description="net present cost of the pick, of all GPUs together")
    error: str | None = Field(default=None, description="why it cannot be read; null when it can")


class ProfilesReport(JsonReport):
    """`gpu-advisor profiles --json`: your profiles and the samples, with their verdicts."""

    profiles: tuple[ListedProfileJson, ...] = Field(description="your own first, then the samples")


class NamesReport(JsonReport):
    """`gpu-advisor profiles --names --json`: the names alone."""

    names: tuple[str, ...] = Field(description="your own first, then the samples")


class FaultJson(JsonModel):
    """What is wrong in one place of a file."""

    line: int | None = Field(description="counted from 1; null where no line can be named")
    field: OutsideText = Field(description="empty for the whole file")
    found: OutsideText = Field(description="what the file has there")
    allowed: str = Field(description="what may be there")
    message: OutsideText = Field(description="all of it in one line, with the name of the file")


class CheckedFileJson(JsonModel):
    """One file and its faults."""

    name: OutsideText = Field(description="as it was given")
    path: OutsideText | None = Field(description="null when there is no such file")
    kind: Literal["profile", "book", "quotes"] | None = Field(description="null when it could not be read")
    ok: bool = Field(description="whether it has no faults")
    faults: tuple[FaultJson, ...] = Field(description="in the order of the lines")
    warnings: tuple[OutsideText, ...] = Field(description="what is allowed and questioned: an offer in the wrong unit")


class CheckReport(JsonReport):
    """`gpu-advisor check FILE ... --json`: every fault of profiles, books and files of quotes."""

    files: tuple[CheckedFileJson, ...] = Field(description="in the order given")


class SizePlanJson(JsonModel):
    """How long a number of nodes takes, or how busy they are when serving."""

    nodes: int = Field(description="servers")
    gpus: int = Field(description="GPUs in them")
    days: float | None = Field(description="null for serving, which does not end")
    months: float | None = Field(description="null for serving")
    busy_share: float = Field(validation_alias="busy", description="above 1: too few nodes")


class ClusterReport(JsonReport):
    """`gpu-advisor size --pflops N --json`: the GPUs and nodes of a cluster that is given by its petaFLOP/s."""

    gpu: str = Field(description="id of the GPU")
    pflops: float = Field(description="petaFLOP/s that are wanted")
    headroom_share: float = Field(description="what is added to them, as a share")
    peak_flops_per_second: float = Field(description="dense peak of one GPU")
    gpus: int = Field(description="GPUs with that peak together")
    nodes: int = Field(description="servers that hold them")
    usd_per_month_on_demand: float = Field(description="rent of all hours of a month on demand at list price")
    figures: tuple[FigureJson, ...] = Field(description="the figures of the price book that it depends on")


class ThroughputRowJson(JsonModel):
    """One measurement of how many tokens a GPU serves."""

    model: str = Field(validation_alias="model_name", description="the model served")
    gpu: str = Field(description="id of the GPU")
    precision: Literal["bf16", "fp8", "fp4"] = Field(
        validation_alias=AliasPath("model", "precision"), description="of the weights"
    )
    tokens_in: float = Field(validation_alias=AliasPath("request", "tokens_in"), description="tokens read in a request")
    tokens_out: float = Field(
        validation_alias=AliasPath("request", "tokens_out"), description="tokens written in a request"
    )
    output_tokens_per_second: float = Field(description="written by one GPU at full load")
    target: str = Field(description="the latency within which it was measured")
    first_token_seconds: float | None = Field(description="the first token came within it; null where unknown")
    next_token_seconds: float | None = Field(description="each further token; null where unknown")
    engine: str = Field(description="the software that served it")
    kind: Literal["measured", "modeled", "cited"] = Field(description="how it was obtained")
    date: str = Field(description="when")
    source: str = Field(description="key of its source in the price book")


class ServingSizeJson(JsonModel):
    """What serving takes in GPUs, and the throughput that it is computed from."""

    active_parameters: float = Field(description="used for a token")
    precision: Literal["bf16", "fp8", "fp4"] = Field(description="of the weights")
    tokens_in: float = Field(description="tokens read in a request")
    tokens_out: float = Field(description="tokens written in a request")
    output_tokens_per_second_per_gpu: float = Field(description="written by one GPU at full load")
    output_tokens_per_second_low: float = Field(description="the low end of its range")
    output_tokens_per_second_high: float = Field(description="the high end of its range")
    roofline_share: float = Field(description="share of what FLOP/s and memory bandwidth allow")
    measured: bool = Field(description="whether this very need was measured, rather than interpolated")
    first_token_seconds: float | None = Field(description="limit within which it was measured; null for none")
    next_token_seconds: float | None = Field(description="limit to each further token; null for none")
    own: bool = Field(description="whether it is your own measurement")
    gpus_at_full_load: float = Field(description="GPUs that would do the work if they were never idle")
    gpus_per_replica: int = Field(description="GPUs that one copy of the model takes")
    replicas: int = Field(description="copies that serve the load at the utilization asked for")
    busy_share: float = Field(description="mean utilization of their GPUs")
    peak_busy_share: float = Field(description="their utilization at the peak")
    always_up_usd_per_month: float = Field(description="what they cost on demand in all hours of a month")
    api_usd_per_month: float | None = Field(description="what hosted APIs of its size cost; null without one")
    rows: tuple[ThroughputRowJson, ...] = Field(description="the measurements, nearest first; none for your own")


class SizeReport(JsonReport):
    """`gpu-advisor size --params N --tokens N --json`: the GPUs, nodes and days that a model needs."""

    gpu: str = Field(description="id of the GPU")
    kind: Literal["pre-train", "fine-tune", "inference"] = Field(description="kind of work")
    lora: bool = Field(description="whether small adapters are trained instead of all weights")
    parameters: float = Field(description="parameters of the model")
    active_parameters: float | None = Field(description="used for a token; null for a dense model, which uses all")
    tokens: float = Field(description="in all, or a month for inference")
    busy_share: float = Field(description="share of the time that the GPUs work")
    gpu_hours: float = Field(description="in all, or a month for inference")
    gpu_hours_low: float = Field(description="at the high end of the utilization of peak, or of throughput")
    gpu_hours_high: float = Field(description="at the low end of the utilization of peak, or of throughput")
    usd_on_demand: float = Field(description="what these hours cost on demand at list price; a month for inference")
    memory_gb: float = Field(description="for the model, its state and its work")
    gpus_for_memory: int = Field(description="the least GPUs that hold it")
    nodes_for_memory: int = Field(description="the least nodes that hold it")
    nodes_needed: int | None = Field(description="to finish in --months, or to serve the load; null where not asked")
    plans: tuple[SizePlanJson, ...] = Field(description="by number of nodes")
    serving: ServingSizeJson | None = Field(description="throughput and replicas; null unless for inference")
    figures: tuple[FigureJson, ...] = Field(description="the figures of the price book that it depends on")
