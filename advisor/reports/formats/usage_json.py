"""What exports say of GPUs in use -> the JSON of `usage`."""

from collections import Counter

import numpy as np

from advisor.reports.json_models import usage as models
from advisor.usage.commitment_curve import CommitmentCurve
from advisor.usage.findings import Findings
from advisor.usage.hourly_usage import LEVELS
from advisor.usage.tally import FileCounts
from advisor.values.many_points import distinct

_CURVE_POINTS = 101


def usage_json(found: Findings) -> str:
    """The findings as JSON."""
    usage, spread = found.usage, found.spread
    return models.UsageReport(
        files=tuple(map(_file, found.files)),
        faults=_reasons(found.faults.counts),
        first_faults=tuple(models.UsageFaultJson.model_validate(fault) for fault in found.faults.named),
        models=tuple(models.UsageModelJson(gpu=name, gpu_hours=hours) for name, hours in found.models.items()),
        gpu=usage.gpu,
        source=usage.source,
        start=found.first.isoformat(),
        end=found.last.isoformat(),
        hours=usage.hours,
        gpu_hours=usage.gpu_hours,
        mean_gpus=usage.mean,
        peak_gpus=float(usage.in_use.max()),
        idle_gpu_hours=usage.idle_gpu_hours,
        work_share=None if usage.work_share is None else min(1.0, usage.work_share),
        usd_per_gpu_hour=usage.usd_per_gpu_hour,
        largest_job_gpus=usage.largest_job,
        weeks=tuple(map(models.UsageWeekJson.model_validate, found.weeks)),
        load_duration=tuple(models.UsageLevelJson(hours_share=share, gpus=usage.level(share)) for share in LEVELS),
        spread=models.UsageSpreadJson.or_null(spread),
        plan_risk=models.PlanRiskJson.or_null(found.risk),
        workload=models.UsageWorkloadJson(**found.workload),
        commitment=None if found.curve is None else _commitment(found.curve),
        no_commitment=found.no_curve or None,
    ).to_json()


def _file(file: FileCounts) -> models.UsageFileJson:
    return models.UsageFileJson(
        path=file.path,
        format=file.format,
        rows=file.rows,
        counted=file.used,
        left_out=_reasons(file.left_out),
        broken=file.broken,
    )


def _reasons(counts: Counter[str]) -> tuple[models.UsageReasonJson, ...]:
    return tuple(models.UsageReasonJson(reason=reason, rows=rows) for reason, rows in counts.most_common())


def _commitment(curve: CommitmentCurve) -> models.CommitmentJson:
    at = distinct(np.linspace(0, curve.gpus.size - 1, _CURVE_POINTS).round().astype(int))
    return models.CommitmentJson(
        option=curve.option,
        gpus=curve.best,
        expected_usd=curve.least_usd,
        gpus_in_whole_servers=curve.best_in_servers,
        flat_from_gpus=curve.flat_from,
        flat_to_gpus=curve.flat_to,
        margin_share=curve.margin,
        as_seen_gpus=curve.as_seen,
        curve=tuple(
            models.CommitmentPointJson(gpus=int(gpus), expected_usd=float(cost))
            for gpus, cost in zip(curve.gpus[at], curve.usd[at], strict=True)
        ),
        scenarios=tuple(map(models.CommitmentPricesJson.model_validate, curve.prices)),
    )
