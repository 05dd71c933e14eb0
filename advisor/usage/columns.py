"""The file formats of usage: by which columns each is recognized, and what its columns are called."""

import re
from collections.abc import Mapping, Sequence
from typing import Literal

from advisor.values.quick_dataclass import dataclass

Kind = Literal["jobs", "samples", "bills"]


@dataclass(frozen=True)
class Format:
    """One kind of table.

    Attributes:
        id: in JSON.
        label: for reading.
        kind: what a row says: a job holds GPUs, a GPU was seen at work, or GPU-hours were billed.
        columns: the names of each column by what it means, the preferred name first; see `plain`.
        needs: the columns without which nothing can be read.
        marks: names by which the table is known even when something it needs is missing.
        how: the command or export that has all it needs.
    """

    id: str
    label: str
    kind: Kind
    columns: Mapping[str, tuple[str, ...]]
    needs: tuple[str, ...]
    marks: tuple[str, ...]
    how: str


UTILIZATION = {  # what metrics of utilization are a share of, by name
    "dcgmfidevgpuutil": 100.0,
    "dcgmfiprofgrengineactive": 1.0,
    "nvidiasmiutilizationgpuratio": 1.0,
    "nvidiagpudutycycle": 100.0,
    "utilizationgpu": 100.0,
}
DEVICE_LABELS = {  # labels of a Prometheus series, lower case
    "device": ("uuid", "gpu_uuid"),
    "index": ("gpu", "minor_number", "device"),
    "host": ("hostname", "kubernetes_node", "node", "host", "instance"),
    "model": ("modelname", "model", "gpu_name"),
    "part": ("gpu_i_id",),
}
FORMATS = (
    Format(
        "slurm",
        "Slurm sacct",
        "jobs",
        {
            "id": ("jobidraw", "jobid"),
            "cluster": ("cluster",),
            "state": ("state",),
            "start": ("start",),
            "end": ("end",),
            "elapsed": ("elapsedraw", "elapsed"),
            "gpus": ("alloctres",),
        },
        ("id", "start", "end", "gpus"),
        ("jobid", "jobidraw"),
        "sacct -a -X -P --format=JobIDRaw,State,Start,End,ElapsedRaw,AllocTRES",
    ),
    Format(
        "nvidia-smi",
        "nvidia-smi log",
        "samples",
        {
            "time": ("timestamp",),
            "share": ("utilizationgpu",),
            "device": ("uuid", "gpuuuid"),
            "index": ("pcibusid", "gpubusid", "index"),
            "model": ("name", "gpuname"),
        },
        ("time", "share"),
        ("utilizationgpu",),
        "nvidia-smi --query-gpu=timestamp,uuid,name,utilization.gpu --format=csv -l 60",
    ),
    Format(
        "dcgm",
        "DCGM table",
        "samples",
        {
            "time": ("timestamp", "time", "datetime", "date", "ts"),
            "share": (*UTILIZATION, "value"),
            "metric": ("metric", "metricname", "name"),
            "device": ("uuid", "gpuuuid"),
            "index": ("gpu", "gpuid", "index"),
            "host": ("hostname", "host", "node", "instance"),
            "model": ("modelname", "model", "gpuname"),
            "part": ("gpuiid",),
        },
        ("time", "share"),
        ("dcgmfidevgpuutil", "dcgmfiprofgrengineactive", "metric", "modelname"),
        "a CSV with a time, DCGM_FI_DEV_GPU_UTIL, UUID and modelName",
    ),
    Format(
        "runai-workloads",
        "Run:ai workloads",
        "jobs",
        {
            "id": ("workloadid", "id", "jobuuid"),
            "name": ("workload", "workloadname", "name", "jobname"),
            "project": ("project",),
            "start": ("starttime", "started", "creationtime", "created"),
            "end": ("completiontime", "completed", "endtime"),
            "runtime": ("totalruntime", "runtime", "runningtime"),
            "gpus": ("gpucomputeallocation", "gpuallocation", "allocatedgpus", "gpuallocated"),
            "model": ("gputype", "gpumodel"),
        },
        ("start", "gpus"),
        ("gpucomputeallocation", "gpuallocation", "allocatedgpus"),
        "the Workloads table with Creation time, Completion time and GPU compute allocation",
    ),
    Format(
        "runai-consumption",
        "Run:ai consumption report",
        "jobs",
        {
            "day": ("date", "day"),
            "hours": ("gpuallocationhours", "gpuhours"),
            "idle": ("gpuidlehours", "gpuidleallocatedhours"),
            "model": ("gputype", "gpumodel"),
        },
        ("hours",),
        ("gpuallocationhours", "gpuidleallocatedhours"),
        "a consumption report with GPU allocation hours",
    ),
    Format(
        "focus",
        "FOCUS billing export",
        "bills",
        {
            "start": ("chargeperiodstart",),
            "end": ("chargeperiodend",),
            "category": ("chargecategory",),
            "class": ("chargeclass",),
            "quantity": ("consumedquantity", "commitmentdiscountquantity", "pricingquantity"),
            "unit": ("consumedunit", "commitmentdiscountunit", "pricingunit"),
            "cost": ("effectivecost", "billedcost"),
            "currency": ("billingcurrency",),
            "unused": ("commitmentdiscountstatus", "capacityreservationstatus"),
            "usage": ("xusagetype",),
            "sku": (
                *("xinstancetype", "skupricedetails", "xskudetails", "skumeter", "xskumetername", "resourcetype"),
                *("xskudescription", "chargedescription"),
            ),
        },
        ("start", "end", "quantity", "unit"),
        ("chargeperiodstart", "chargecategory"),
        "an export of FOCUS 1.0 or later with ConsumedQuantity and ConsumedUnit",
    ),
    Format(
        "cur",
        "AWS Cost and Usage Report",
        "bills",
        {
            "id": ("identitylineitemid",),
            "interval": ("identitytimeinterval",),
            "start": ("lineitemusagestartdate",),
            "end": ("lineitemusageenddate",),
            "type": ("lineitemlineitemtype",),
            "quantity": ("lineitemusageamount",),
            "unit": ("pricingunit",),
            "cost": ("lineitemunblendedcost",),
            "reserved_cost": ("reservationeffectivecost",),
            "plan_cost": ("savingsplansavingsplaneffectivecost",),
            "currency": ("lineitemcurrencycode",),
            "usage": ("lineitemusagetype",),
            "sku": ("productinstancetype", "product", "lineitemlineitemdescription"),
        },
        ("start", "end", "quantity", "usage"),
        ("lineitemusagestartdate", "lineitemusagetype"),
        "a Cost and Usage Report with line_item_usage_start_date, _amount and _usage_type",
    ),
)


def plain(name: str) -> str:
    """A column's name without case, separators and unit: `utilization.gpu [%]` is `utilizationgpu`, and
    `lineItem/UsageType` and `line_item_usage_type` are the same."""
    return re.sub(r"[^a-z0-9]", "", re.sub(r"\[[^\]]*\]|\([^)]*\)", "", name).lower())


def recognized(header: Sequence[str]) -> tuple[Format | None, tuple[str, ...]]:
    """The format of a table and what it lacks of the columns it needs; None when no format has such columns."""
    names = {plain(name) for name in header}
    lacking: list[tuple[Format, tuple[str, ...]]] = []
    for one in FORMATS:
        if names.isdisjoint(one.marks):
            continue
        missing = tuple(role for role in one.needs if names.isdisjoint(one.columns[role]))
        if not missing:
            return one, ()
        lacking.append((one, missing))
    return lacking[0] if lacking else (None, ())


def places_of(format_: Format, header: Sequence[str]) -> Mapping[str, tuple[int, ...]]:
    """Where each column stands in a table, by what it means; none for what is not there."""
    at: dict[str, int] = {}
    for place, name in enumerate(header):
        at.setdefault(plain(name), place)
    return {role: tuple(at[name] for name in names if name in at) for role, names in format_.columns.items()}
