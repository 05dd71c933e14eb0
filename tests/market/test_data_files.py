"""The price book is read as JSON where that was made from the present TOML, and else as TOML."""

import shutil
import tomllib
from pathlib import Path

import pytest

from advisor.market.data_files import SHIPPED, data_table
from tests.market.parsed_tables import TABLES, parsed_text


@pytest.mark.parametrize("name", TABLES)
def test_the_parsed_table_is_that_of_the_file(name: str) -> None:
    stored = (SHIPPED / "parsed" / f"{name}.json").read_text("utf-8")
    assert stored == parsed_text(name), "`make book` writes it again"
    table = tomllib.loads((SHIPPED / f"{name}.toml").read_text("utf-8"))
    dates = {"read_on": str(table["read_on"])} if "read_on" in table else {}
    assert data_table(name) == table | dates


def test_a_changed_file_is_read_itself(tmp_path: Path) -> None:
    shutil.copytree(SHIPPED, tmp_path, dirs_exist_ok=True)
    file = tmp_path / "scenarios.toml"
    file.write_text(file.read_text("utf-8").replace("label = ", 'note2 = "new"\nlabel = '), "utf-8")
    assert all(scenario["note2"] == "new" for scenario in data_table("scenarios", tmp_path).values())
    shutil.rmtree(tmp_path / "parsed")
    assert data_table("terms", tmp_path) == data_table("terms")
