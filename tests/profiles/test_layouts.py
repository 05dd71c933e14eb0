"""Every legal TOML layout of a profile survives an edit: what is saved reads back, and comments stay."""

from itertools import product
from pathlib import Path
from typing import Any

import pytest

from advisor.files.toml_layout import relaid_content
from advisor.profiles.schema import Profile
from advisor.profiles.store import load_to_edit, save_profile
from tests.support.profile_builder import BOOK

HEAD = 'schema = 1 # version\nname = "x"\n'
WORK = '\n# the work\n[[workload]]\nkind = "pre-train" # kind\nnodes = 2\nmonths = 12\n'
LAYOUTS = {
    "dotted": HEAD + 'company.stage = "seed" # stage\ncompany.cash_usd = 5e6\nfacility.pue = 1.3\n' + WORK,
    "dotted, one key": HEAD + "company.cash_usd = 5e6 # cash\nfacility.electricity_usd_per_kwh = 0.06\n" + WORK,
    "dotted, three keys": HEAD
    + 'company.stage = "seed"\n# cash\ncompany . cash_usd = 5e6\n"company".burn_usd_per_month = 1e5\n'
    + WORK,
    "inline": HEAD + 'company = { stage = "seed", cash_usd = 5e6 } # inline\nfacility = { pue = 1.3 }\n' + WORK,
    "quoted": '"schema" = 1\n\'name\' = "x" # name\n'
    + WORK
    + '["company"] # quoted\n"cash_usd" = 5e6\n[ facility ]\n\'pue\' = 1.3\n',
    "inline array of tables": HEAD
    + 'workload = [{ kind = "pre-train", nodes = 2, months = 12 }, { kind = "fine-tune", nodes = 1, months = 3 }]\n'
    + 'quote = [ # offers\n  { option = "buy", usd_per_node = 2e5 }, # one\n'
    + '  { option = "reserved", months = 6, usd_per_gpu_hour = 2.4 },\n]\n',
    "tables in pieces": HEAD + "[company]\ncash_usd = 5e6\n" + WORK + '[facility]\n# between\npue = 1.3\n[rental]\n',
    "long texts": 'name = """\\\n   x"""\nnotes = \'\'\'\n[company]\n# not a comment\n\'\'\'\nschema = 1\n'
    + "company.cash_usd = 5e6 # cash\n"
    + WORK,
    "Windows": ("\ufeff" + HEAD + "company.cash_usd = 5e6 # cash\n" + WORK).replace("\n", "\r\n"),
    "no final line end": (HEAD + "company.cash_usd = 5e6\n" + WORK).rstrip() + " # end",
}  # fmt: skip
EDITS: dict[str, dict[str, Any]] = {
    "the cash out": {"company": {"cash_usd": None}},
    "the company out": {"company": {"cash_usd": None, "stage": "series-a", "burn_usd_per_month": 0.0}},
    "the cash changed": {"company": {"cash_usd": 6e6}},
    "a tax rate added": {"company": {"tax_rate": 0.2, "cash_usd": None}},
    "figures out": {"facility": {}},
    "figures changed": {"facility": {"pue": 1.4}},
    "offers out": {"quote": ()},
    "notes": {"notes": "two\nlines", "name": "another"},
    "a contract": {"commitment": [{"nodes": 1, "months_left": 2, "usd_per_gpu_hour": 1.0}], "facility": {}},
    "one workload": {"workload": [{"kind": "pre-train", "nodes": 3, "months": 1.5}]},
    "a path": {"market": {"rents_path": [[0, 1.0], [6, 0.5]], "other_gpus": ["H200-SXM"]}},
}


def edited(profile: Profile, edit: dict[str, Any]) -> Profile:
    table = profile.model_dump(by_alias=True, exclude_none=True, mode="python")
    for key, value in edit.items():
        if key in ("company", "market"):
            table[key] = {name: own for name, own in {**table.get(key, {}), **value}.items() if own is not None}
        else:
            table[key] = value
    return Profile.model_validate(table)


def comments(content: bytes) -> set[bytes]:
    """The comments of a file whose texts hold no other `# `."""
    found = (line.rpartition(b"# ")[2].strip() for line in content.splitlines() if b"# " in line)
    return {comment for comment in found if comment != b"not a comment"}


@pytest.mark.parametrize(("layout", "edit"), list(product(LAYOUTS, EDITS)))
def test_an_edit_of_any_layout_reads_back(layout: str, edit: str, tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    path.write_bytes(LAYOUTS[layout].encode())
    loaded = load_to_edit(path, BOOK)
    wanted = edited(loaded.profile, EDITS[edit])
    saved = save_profile(wanted, path, loaded.content)
    assert load_to_edit(path, BOOK).profile == wanted
    assert path.read_bytes() == saved.content
    assert (b"\r\n" in saved.content) == (layout == "Windows")
    again = edited(wanted, EDITS["the cash changed"])
    save_profile(again, path, saved.content)
    assert load_to_edit(path, BOOK).profile == again


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_layout_made_anew_keeps_every_comment_and_what_is_equal(layout: str, tmp_path: Path) -> None:
    content = LAYOUTS[layout].encode()
    path = tmp_path / "x.toml"
    path.write_bytes(content)
    table = {"schema": 1, "name": "x", "workload": [{"kind": "pre-train", "nodes": 5, "months": 12}]}
    relaid = relaid_content(content, table, path, "a profile")
    assert comments(relaid) >= comments(content)
    assert relaid.splitlines()[0] == content.splitlines()[0]
    path.write_bytes(relaid)
    assert load_to_edit(path, BOOK).profile == Profile.model_validate(table)
    same = relaid_content(relaid, table, path, "a profile")
    assert same == relaid
