"""Where the price book and the price history are read from.

JSON is read twenty times as fast as TOML, so the tables are there in both: `parsed/` has each TOML file as JSON, with a
checksum of the file that it was made from. A file that has changed since is read itself.
"""

import json
from binascii import crc32
from pathlib import Path
from typing import Any

SHIPPED = Path(__file__).parent / "data"
FOLDER = SHIPPED  # tests of what a screen looks like read a frozen copy instead


def data_text(name: str) -> str:
    """The content of one of the files."""
    return (FOLDER / name).read_text(encoding="utf-8")


def data_table(name: str, folder: Path | None = None) -> dict[str, Any]:
    """The content of one of the TOML files, a date in it as text or as a date.

    Args:
        name: Of the file, without its suffix.
        folder: Where it is; by default where the price book is.
    """
    folder = folder or FOLDER
    content = (folder / f"{name}.toml").read_bytes()
    try:
        parsed = json.loads((folder / "parsed" / f"{name}.json").read_bytes())
    except FileNotFoundError:
        parsed = {}
    if parsed.get("crc32") == crc32(content):
        table: dict[str, Any] = parsed["table"]
        return table
    import tomllib

    return tomllib.loads(content.decode())
