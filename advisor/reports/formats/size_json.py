"""Size of a model -> the JSON of `size`"""

from collections.abc import Sequence

from advisor.market.provenance import Provenance
from advisor.profiles.schema import Kind
from advisor.profiles.serving.monthly_bills import MonthlyBills
from advisor.profiles.sizing import Model, ServingSize, Size
from advisor.reports.json_models.profiles import ServingSizeJson, SizePlanJson, SizeReport, ThroughputRowJson
from advisor.reports.json_models.provenance import FigureJson


def size_json(
    model: Model,
    size: Size,
    gpu: str,
    usd_on_demand: float,
    bills: MonthlyBills | None,
    figures: Sequence[Provenance],
    kind: Kind,
    *,
    lora: bool,
) -> str:
    """The JSON of `size`.

    Args:
        model: what is done, and with what.
        size: what it needs.
        gpu: id of the GPU.
        usd_on_demand: what its GPU-hours cost on demand.
        bills: of a service.
        figures: of the book that it depends on.
        kind: of the work, as it was asked for.
        lora: whether only adapters are trained.
    """
    return SizeReport(
        gpu=gpu,
        kind=kind,
        lora=lora,
        parameters=model.parameters,
        active_parameters=model.active,
        tokens=model.tokens,
        busy_share=model.busy,
        gpu_hours=size.gpu_hours,
        gpu_hours_low=size.gpu_hours_low,
        gpu_hours_high=size.gpu_hours_high,
        usd_on_demand=round(usd_on_demand, 2),
        memory_gb=size.memory_gb,
        gpus_for_memory=size.gpus,
        nodes_for_memory=size.least_nodes,
        nodes_needed=size.needed_nodes,
        plans=tuple(map(SizePlanJson.model_validate, size.plans)),
        serving=None if size.serving is None or bills is None else _serving_json(model, size.serving, bills),
        figures=tuple(FigureJson.model_validate(figure) for figure in figures),
    ).to_json()


def _serving_json(model: Model, serving: ServingSize, bills: MonthlyBills) -> ServingSizeJson:
    """What serving takes and costs, and the measurements behind it."""
    found = serving.throughput
    return ServingSizeJson(
        active_parameters=model.active or model.parameters,
        precision=model.precision,
        tokens_in=serving.request.tokens_in,
        tokens_out=serving.request.tokens_out,
        output_tokens_per_second_per_gpu=found.output_tokens_per_second,
        output_tokens_per_second_low=found.low,
        output_tokens_per_second_high=found.high,
        roofline_share=found.roofline_share,
        measured=found.measured,
        own=found.own,
        first_token_seconds=found.limits.first_token_seconds,
        next_token_seconds=found.limits.next_token_seconds,
        gpus_at_full_load=serving.gpus_at_full_load,
        gpus_per_replica=serving.replica_gpus,
        replicas=serving.replicas,
        busy_share=serving.busy,
        peak_busy_share=serving.peak_busy,
        always_up_usd_per_month=round(bills.always_up_usd, 2),
        api_usd_per_month=None if bills.api_usd is None else round(bills.api_usd, 2),
        rows=tuple(map(ThroughputRowJson.model_validate, found.rows)),
    )
