"""docs/json.md, made from the JSON models: every field of every report, its type and its meaning.

    .venv/bin/python -m tests.support.json_docs

A test keeps the committed page equal to what the models say.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from advisor.reports.json_models import json_schema, report_model, schema_names
from tests.support.folders import ROOT

PAGE = ROOT / "docs" / "json.md"
HEAD = """# JSON output

<!-- Made from advisor/reports/json_models/: python -m tests.support.json_docs -->

Every command that prints a report takes `--json`. The field `schema` is the version of this contract: it rises when a
field is renamed, removed or changes its meaning. `gpu-advisor schema NAME` prints the JSON schema of a report below,
with every bound and pattern. The schemas are strict: a field that is not listed here is never printed, and every
listed field is always there, null where there is nothing to say.

Money is in US dollars; costs are positive. A share is a fraction of 1. The same profile, price book, `--paths` and
`--seed` give the same bytes on the same day. A path such as `options[].id` means the field `id` of every element of the
list `options`.
"""
INCLUDED = ("advise", "figure")  # reports whose fields are part of others: listed once, linked from there
_WORDS = {"string": "text", "number": "number", "integer": "whole number", "boolean": "true or false", "null": "null"}
_BOUNDS = {"minimum": "from", "exclusiveMinimum": "above", "maximum": "to"}


def page() -> str:
    """Return docs/json.md."""
    return "\n".join([HEAD, *(line for name in schema_names() for line in _section(name))])


def _section(name: str) -> Iterator[str]:
    schema = json_schema(name)
    yield from (f"## {name}", "", str(report_model(name).__doc__), "")
    yield from ("| field | type | meaning |", "|---|---|---|")
    for path, part, meaning in _fields(schema, schema, "", name, {}):
        yield f"| `{path}` | {_type(part, schema).replace('|', '/')} | {meaning.replace('|', '/')} |"
    yield ""


def _fields(
    part: Mapping[str, Any], schema: Mapping[str, Any], prefix: str, name: str, seen: dict[str, str]
) -> Iterator[tuple[str, Mapping[str, Any], str]]:
    """The path, the schema and the meaning of every field, those of nested objects after their own. seen: the paths of
    the definitions that are listed already, by title."""
    listed, properties = _included(part, name), part["properties"]
    for field, own in properties.items():
        if field in listed:
            continue
        found, steps = _resolved(own, schema)
        yield f"{prefix}{field}", own, own.get("description") or found.get("description", "")
        if "properties" in found and found["title"] in seen:
            yield f"{prefix}{field}{steps}.*", {"type": "fields"}, f"the fields of `{seen[found['title']]}`"
        elif "properties" in found:
            seen[found["title"]] = f"{prefix}{field}{steps}"
            yield from _fields(found, schema, f"{prefix}{field}{steps}.", name, seen)
    if listed:
        other = next(one for one in INCLUDED if one != name and listed == _names(one))
        yield f"{prefix}*", {"type": "fields"}, f"the fields of [{other}](#{other})"


def _included(part: Mapping[str, Any], name: str) -> frozenset[str]:
    """The fields that another report lists; none where there are others than those."""
    others = (_names(one) for one in INCLUDED if one != name)
    return next((found for found in others if found <= set(part["properties"])), frozenset())


def _names(name: str) -> frozenset[str]:
    return frozenset(json_schema(name)["properties"]) - {"schema"}


def _resolved(part: Mapping[str, Any], schema: Mapping[str, Any]) -> tuple[Mapping[str, Any], str]:
    """The object within a field, and the steps to it: `[]` for a list, `{}` for a map."""
    if "$ref" in part:
        return schema["$defs"][part["$ref"].rpartition("/")[2]], ""
    for one in part.get("anyOf", ()):
        if one != {"type": "null"}:
            return _resolved(one, schema)
    for key, step in (("items", "[]"), ("additionalProperties", "{}")):
        if isinstance(part.get(key), dict):
            found, steps = _resolved(part[key], schema)
            return found, f"{step}{steps}"
    return part, ""


def _type(part: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    """The type of a field in words."""
    if "$ref" in part or "properties" in part:
        return "object"
    if "anyOf" in part:
        return " or ".join(_type(one, schema) for one in part["anyOf"])
    if "const" in part or "enum" in part:
        return _listed(part.get("enum", (part.get("const"),)))
    if part["type"] in ("array", "object"):
        return _many(part, schema)
    bounds = [f"{word} {part[key]:g}" for key, word in _BOUNDS.items() if key in part]
    return " ".join([_WORDS.get(part["type"], part["type"]), *bounds])


def _many(part: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    """A list, a list of a fixed length, or a map."""
    if "prefixItems" in part:
        return f"list of {', '.join(_type(one, schema) for one in part['prefixItems'])}"
    if part["type"] == "array":
        return f"list of {_type(part['items'], schema)}"
    names = part.get("propertyNames", {}).get("enum", ())
    return f"map of {_type(part['additionalProperties'], schema)}{' by ' if names else ''}{_listed(names)}"


def _listed(values: Iterable[object]) -> str:
    return ", ".join(f"`{one}`" for one in values)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
