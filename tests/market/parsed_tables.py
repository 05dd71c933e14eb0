"""The tables of the price book as JSON, for a quick start; `python -m tests.market.parsed_tables` writes them."""

import json
import tomllib
from binascii import crc32

from advisor.market.data_files import SHIPPED

TABLES = ("gpus", "terms", "ownership", "sources", "scenarios", "methods", "record", "throughput", "token_prices")


def parsed_text(name: str) -> str:
    """What `parsed/` must have for a TOML file: its table, and the checksum by which a changed file is known."""
    content = (SHIPPED / f"{name}.toml").read_bytes()
    parsed = {"crc32": crc32(content), "table": tomllib.loads(content.decode())}
    return json.dumps(parsed, default=str, ensure_ascii=False, separators=(",", ":")) + "\n"


def main() -> None:
    """Write them."""
    for name in TABLES:
        (SHIPPED / "parsed" / f"{name}.json").write_text(parsed_text(name), "utf-8")


if __name__ == "__main__":
    main()
