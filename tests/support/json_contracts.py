"""What `--json` prints against the schema that ships for it."""

import json
from typing import Any

import jsonschema  # type: ignore[import-untyped]

from advisor.reports.json_models import schema_text


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


def keeps_contract(name: str, text: str) -> Any:
    """What was printed, parsed, once it is known to keep its contract."""
    report = strict_json(text)
    validator(name).validate(report)
    return report
