"""What `--json` prints against the schema that ships for it."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]

from advisor.decision.advise import Advice
from advisor.reports.joint.joint_json import joint_advise_report
from advisor.reports.json_models import schema_text
from tests.support.profile_builder import as_joint


def strict_json(text: str) -> Any:
    """Parse JSON as its standard has it: no NaN, no Infinity."""

    def refuse(word: str) -> Any:
        raise AssertionError(f"{word} is not JSON")

    return json.loads(text, parse_constant=refuse)


def validator(name: str) -> Any:
    """The validator of one schema."""
    return jsonschema.Draft202012Validator(
        json.loads(schema_text(name)), format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
    )


def advise_json(advice: Advice, path: Path | None, today: date) -> dict[str, Any]:
    """The JSON of `advise` for work on one GPU, as lists and maps. path: the profile's file, None for a sample."""
    return joint_advise_report(as_joint(advice), path, today).as_dict()


def keeps_contract(name: str, text: str) -> Any:
    """What was printed, parsed, once it is known to keep its contract."""
    report = strict_json(text)
    validator(name).validate(report)
    return report
