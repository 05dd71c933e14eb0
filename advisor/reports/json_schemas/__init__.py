"""The contracts of `--json`, one JSON schema a command; what they say is what the commands print."""

from pathlib import Path

_END = ".schema.json"


def schema_names() -> list[str]:
    """What there is a schema of."""
    return sorted(path.name.removesuffix(_END) for path in Path(__file__).parent.glob(f"*{_END}"))


def schema_text(name: str) -> str:
    """The schema of one command, as JSON."""
    return (Path(__file__).parent / f"{name}{_END}").read_text("utf-8")
