"""Hostile tables: catalogs in CSV and zip, quotes, cached catalogs and verdict logs in JSON; mutations by seed."""

import io
import json
import os
import random
import zipfile
from collections.abc import Iterator
from pathlib import Path

from tests.robustness.hostile_files import ESCAPES, EXPANSIONS, Hostile, file_of, mutated
from tests.support.folders import CATALOGS

RECORDED = sorted(CATALOGS.rglob("*.csv"))
MARKET = ("market", "--gpu", "H100-SXM")
ON_DISK = (*MARKET, "--catalog", "{path}")
CACHED = b"cache/gpu-advisor/catalogs/gpuhunt-lambdalabs.json"  # in the folder: XDG_CACHE_HOME is set to it
LOG = b"state/gpu-advisor/verdicts.jsonl"  # as is XDG_STATE_HOME
HEADER = "instance_name,location,price,cpu,memory,gpu_count,gpu_name,gpu_memory,spot"
ROW = "gpu_8x_h100,us-1,23.92,208,1800,8,H100,80,False"
OTHER_NUMBERS = ("", "-1", "nan", "inf", "1e308", "1e-320", "0x10", "9" * 5000, "1_0", "\uff11", "1,5", "8.5", "True")


def tables_by_hand() -> Iterator[Hostile]:
    """Catalogs, quotes, cached catalogs and logs that are cut, huge, deep, of odd types or full of escapes."""
    for what, text in _catalogs().items():
        yield _catalog(what, text.encode("utf-8", "surrogatepass"))
    for what, data in _packed().items():
        yield _catalog(what, data)
    for what, text in _quotes().items():
        asked = ("advise", "cluster-64", "--paths", "100", "--quotes", "{path}")
        yield Hostile(f"quotes: {what}", b"mine.quotes", file_of(text.encode()), asked)
    for what, make in (("a pipe", _pipe), ("a terabyte", _sparse), ("a device", _device)):
        yield Hostile(f"cached: {what}", CACHED, make, MARKET)
        yield Hostile(f"record: {what}", LOG, make, ("record",))
        yield Hostile(f"catalog: {what}", b"mine.csv", make, ON_DISK)
    for what, text in _json().items():
        content = file_of(text.encode("utf-8", "surrogatepass"))
        yield Hostile(f"cached: {what}", CACHED, content, MARKET)
        yield Hostile(f"record: {what}", LOG, content, ("record",))


def _pipe(path: Path, _: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    os.mkfifo(path)


def _sparse(path: Path, _: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    os.truncate(path, 1 << 40)


def _device(path: Path, _: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to("/dev/zero")


def _catalog(what: str, data: bytes) -> Hostile:
    return Hostile(f"catalog: {what}", b"mine.csv", file_of(data), ON_DISK)


def _catalogs() -> dict[str, str]:
    n = 100_000
    texts = {
        "nothing": "",
        "no rows": HEADER,
        "a header twice": f"{HEADER},{HEADER}\n{ROW},{ROW}\n",
        "other columns": "a,b\n1,2\n",
        "a column less": f"{HEADER}\n{ROW.rpartition(',')[0]}\n",
        "a column more": f"{HEADER}\n{ROW},1\n",
        "cut": f"{HEADER}\n{ROW}\n{ROW[:12]}",
        "quotes": f'{HEADER}\n"{ROW}',
        "odd quotes": f'{HEADER}\n"a"b,{ROW}',
        "a long field": f"{HEADER}\n{'x' * 200_000},{ROW}\n",
        "many columns": ("a," * n) + "\n",
        "many rows": f"{HEADER}\n" + f"{ROW}\n" * n,
        "blank lines": f"{HEADER}\n" + "\n" * n,
        "carriage returns": f"{HEADER}\r{ROW}\r\r\n",
        "nulls": f"{HEADER}\n{ROW}\x00\n",
        "formulas": f"{HEADER}\n" + ROW.replace("us-1", "=cmd|' /C calc'!A0") + "\n",
    }
    for place, name in ((2, "price"), (5, "gpu_count"), (7, "gpu_memory"), (8, "spot")):
        for number in OTHER_NUMBERS:
            cells = ROW.split(",")
            cells[place] = f'"{number}"'
            texts[f"{name} {number[:9]!a}"] = f"{HEADER}\n{ROW}\n{','.join(cells)}\n"
    for text in (*ESCAPES, *EXPANSIONS):
        shown = text.replace('"', '""')
        texts[f"region {text!a}"] = f"{HEADER}\n" + ROW.replace("us-1", f'"{shown}"') + "\n"
        texts[f"column {text!a}"] = f'"{shown}",{HEADER}x\n'
    return texts


def _packed() -> dict[str, bytes]:
    def packed(*names: str, text: str = f"{HEADER}\n{ROW}\n") -> bytes:
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            for name in names:
                archive.writestr(name, text)
        return file.getvalue()

    whole = packed("lambdalabs.csv")
    return {
        "a zip": whole,
        "a zip cut": whole[:-30],
        "a zip with a flipped byte": whole[:40] + bytes([whole[40] ^ 255]) + whole[41:],
        "a zip of ways out": packed("../../outside/secret.csv", "/etc/passwd.csv", "..\\secret.csv"),
        "a zip of escapes": packed("\x1b[2J.csv", "\u202ex.csv"),
        "a zip of a thousand": packed(*(f"p{number}.csv" for number in range(1000))),
        "a zip of zeros": packed("a.csv", text="\x00" * 40_000_000),
        "an empty zip": packed(),
        "two letters": b"PK",
        "UTF-16": HEADER.encode("utf-16"),
        "no text": bytes(range(256)),
    }


def _quotes() -> dict[str, str]:
    one = '[[quote]]\noption = "reserved"\nmonths = 12\nusd_per_gpu_hour = 2.4\n'
    return {
        "no table": "quote = 1",
        "unknown": one + "price = 1\n",
        "a profile's table": one + "[company]\ncash_usd = 1\n",
        "no price": '[[quote]]\noption = "reserved"\nmonths = 12\n',
        "below nothing": one.replace("2.4", "-2.4"),
        "nan": one.replace("2.4", "nan"),
        "many": one * 2000,
        **{f"from {text!a}": one + f"from = {json.dumps(text)}\n" for text in (*ESCAPES, *EXPANSIONS)},
    }


def _json() -> dict[str, str]:
    good = {"provider": "lambdalabs", "day": "2026-11-01", "source": "https://example.com/a.csv", "csv": HEADER}
    good["csv"] += f"\n{ROW}\n"
    n = 100_000
    texts = {
        "nothing": "",
        "arrays in arrays": "[" * n,
        "objects in objects": '{"a":' * n,
        "a number of 100,000 digits": '{"day": ' + "9" * n + "}",
        "NaN": "NaN",
        "a list": "[]",
        "null": "null",
        "a surrogate": '{"provider": "\\ud800", "day": "2026-11-01", "source": "", "csv": ""}',
        "cut": json.dumps(good)[:-9],
        "twice": json.dumps(good) * 2,
        "good": json.dumps(good),
    }
    for key in good:
        odd: tuple[object, ...] = (None, 1, [], {}, "", "x" * 9_000, "../../outside/secret", "9999-99-99")
        for value in odd:
            texts[f"{key} {value!a:.20}"] = json.dumps(good | {key: value})
    for text in (*ESCAPES, *EXPANSIONS):
        texts[f"source {text!a}"] = json.dumps(good | {"source": text})
        texts[f"name {text!a}"] = json.dumps(_logged(text))
    return texts


def _logged(name: str) -> dict[str, object]:
    """A line of the verdict log with a profile of this name."""
    prices = {"read_on": "2026-10-31", "usd_per_gpu_hour": 3.4, "term_discounts": {"12": 0.3}, "node_usd": None}
    work = '[[workload]]\nkind = "pre-train"\nnodes = 2\nmonths = 6\n'
    return {
        "schema": 1,
        "date": "2026-11-01",
        "name": name,
        "gpu": name,
        "prices": prices,
        "gap_share": 0.1,
        "close_call": False,
        "contenders": [{"option": name, "action": "rent", "expected_usd": 1e6}],
        "profile": f"schema = 1\nname = {json.dumps(name)}\n{work}",
    }


def table_mutation(chance: random.Random, number: int) -> Hostile:
    """A recorded catalog, a cached one or a verdict log with some bytes changed."""
    kind = chance.choice(("catalog", "catalog", "cached", "record"))
    recorded = chance.choice(RECORDED).read_text()
    if kind == "catalog":
        return Hostile(f"catalog {number}", b"mine.csv", file_of(_worse_csv(chance, recorded)), ON_DISK)
    if kind == "cached":
        inside = recorded if chance.random() < 0.5 else _worse_csv(chance, recorded).decode("utf-8", "replace")
        table = {"provider": "lambdalabs", "day": "2026-11-01", "source": "https://example.com/a.csv", "csv": inside}
        return Hostile(f"cached {number}", CACHED, file_of(mutated(chance, json.dumps(table).encode())), MARKET)
    lines = "\n".join(json.dumps(_logged(f"lab {line}")) for line in range(3))
    return Hostile(f"record {number}", LOG, file_of(mutated(chance, lines.encode())), ("record",))


def _worse_csv(chance: random.Random, text: str) -> bytes:
    """A catalog with another value in one cell, or with random changes of its text."""
    if chance.random() < 0.5:
        return mutated(chance, text.encode())
    rows = [line.split(",") for line in text.splitlines()]
    row = chance.choice(rows)
    row[chance.randrange(len(row))] = chance.choice((*OTHER_NUMBERS, *ESCAPES, *EXPANSIONS, '"'))
    return "\n".join(",".join(row) for row in rows).encode("utf-8", "surrogatepass")
