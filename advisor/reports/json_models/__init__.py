"""The JSON contract, once: the models that every `--json` output is made with, and their JSON schemas.

Only `schema_text` imports the models, when it is called, so that listing the names costs nothing at start-up.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from advisor.reports.json_models.base import JsonReport

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_MODELS = {  # by name: module and class
    "advise": ("advise_report", "AdviseReport"),
    "backtest": ("track_record", "BacktestReport"),
    "check": ("profiles", "CheckReport"),
    "cluster": ("profiles", "ClusterReport"),
    "compare": ("compare", "CompareReport"),
    "comparison": ("report", "ComparisonReport"),
    "expected": ("compare", "ExpectedRow"),
    "figure": ("provenance", "FigureReport"),
    "market": ("market", "MarketReport"),
    "names": ("profiles", "NamesReport"),
    "profiles": ("profiles", "ProfilesReport"),
    "offers": ("offers", "OffersReport"),
    "record": ("track_record", "RecordReport"),
    "report": ("report", "ReportReport"),
    "seller": ("offers", "SellerReport"),
    "size": ("profiles", "SizeReport"),
    "sweep": ("compare", "SweepRow"),
    "usage": ("usage", "UsageReport"),
}


def schema_names() -> list[str]:
    """Name every report that has a schema: the commands with --json, and parts of them."""
    return sorted(_MODELS)


def report_model(name: str) -> "type[JsonReport]":
    """Return the model of a report by its name in `schema_names()`."""
    module, model = _MODELS[name]
    found: type[JsonReport] = getattr(import_module(f"{__name__}.{module}"), model)
    return found


def json_schema(name: str) -> dict[str, Any]:
    """Return the JSON schema of what a command prints, as plain lists and maps."""
    from advisor.reports.json_models.base import ContractSchema

    model = report_model(name)
    found = model.model_json_schema(mode="serialization", schema_generator=ContractSchema)
    version = model.model_fields["schema_"].default
    return {"$schema": DIALECT, **found, "title": f"gpu-advisor {name} --json, schema {version}"}


def schema_text(name: str) -> str:
    """Return the JSON schema of what a command prints, as text."""
    from advisor.files.json_text import as_json

    return as_json(json_schema(name))
