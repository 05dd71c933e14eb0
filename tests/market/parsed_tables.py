"""The tables of the price book as JSON, for a quick start; `python -m tests.market.parsed_tables` writes them."""

from advisor.market.data_files import SHIPPED, parsed_text

TABLES = ("gpus", "terms", "ownership", "sources", "scenarios", "methods", "record")


def main() -> None:
    """Write them."""
    for name in TABLES:
        (SHIPPED / "parsed" / f"{name}.json").write_text(parsed_text(name), "utf-8")


if __name__ == "__main__":
    main()
