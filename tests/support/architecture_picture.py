"""The picture of the architecture: the layers of the import contract, and how often each imports the others.

Drawn from the import graph by `python -m tests.support.generated_docs`; a test checks that it is current.
"""

import math
import tomllib
from collections import Counter
from collections.abc import Mapping
from functools import cache
from html import escape
from itertools import pairwise

import grimp

from tests.support.folders import ROOT

PICTURE = ROOT / "docs" / "architecture.svg"
_LEFT, _TOP, _BOX, _HEIGHT, _STEP, _COLUMN = 16, 64, 440, 40, 48, 56
_STYLE = """
svg { font: 13px system-ui, sans-serif; background: #fff; }
rect { fill: #eef3f8; stroke: #35506b; } circle { fill: #cfdcea; stroke: #35506b; }
text { fill: #16222e; text-anchor: middle; } .small { fill: #50606f; font-size: 11px; } .left { text-anchor: start; }
"""


@cache
def layers() -> tuple[tuple[str, ...], ...]:
    """The packages of each layer from the top down, as the import contract lists them; the app stands above all."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    contracts = project["tool"]["importlinter"]["contracts"]
    (contract,) = (one for one in contracts if one.get("containers") == ["advisor"])
    rows = (row.replace("|", ":").split(":") for row in contract["layers"])
    return (("screens",), *(tuple(f"advisor.{name.strip()}" for name in row) for row in rows))


@cache
def imports_between() -> Mapping[tuple[int, int], int]:
    """How many imports lead from each layer to each other one, by their numbers from the top."""
    graph = grimp.build_graph("advisor", "screens", cache_dir=None)
    found: Counter[tuple[int, int]] = Counter()
    for module in graph.modules:
        for imported in graph.find_modules_directly_imported_by(module):
            ends = _layer_of(module), _layer_of(imported)
            if None not in ends and ends[0] != ends[1]:
                found[ends[0] or 0, ends[1] or 0] += 1
    return found


@cache
def modules_in(package: str) -> int:
    """The number of files of a package."""
    path = ROOT / package.replace(".", "/")
    return len([file for file in path.rglob("*.py") if file.name != "__init__.py"]) if path.is_dir() else 1


def _layer_of(module: str) -> int | None:
    for number, row in enumerate(layers()):
        if any(module == name or module.startswith(f"{name}.") for name in row):
            return number
    return None  # advisor itself: the public names, which import nothing when they are not used


def drawn() -> str:
    """The picture as SVG: the layers on the left, and beside each how many of its imports go to which lower layer."""
    rows = layers()
    width, height = _LEFT + _BOX + _COLUMN * (len(rows) - 1) + 16, _TOP + _STEP * len(rows) + 4
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" '
        'aria-label="The layers of the program and the imports between them">',
        f"<style>{_STYLE}</style>",
        f'<text x="{_LEFT}" y="24" class="left">Layers: each imports only from those below it</text>',
        f'<text x="{_LEFT + _BOX + 8}" y="24" class="left">imports, by file, from the layer beside into</text>',
    ]
    for column, row in enumerate(rows[1:]):
        name = _short(row)
        parts.append(f'<text x="{_middle_of(column)}" y="{48}" class="small">{escape(name)}</text>')
    for number, row in enumerate(rows):
        parts += _boxes(number, row)
    for (above, below), count in sorted(imports_between().items()):
        parts += _dot(above, below, count)
    return "\n".join([*parts, "</svg>", ""])


def _short(row: tuple[str, ...]) -> str:
    """The name of a layer over its column."""
    return row[0].removeprefix("advisor.") + ("..." if len(row) > 1 else "")


def _middle_of(column: int) -> int:
    return _LEFT + _BOX + _COLUMN * column + _COLUMN // 2 + 4


def _boxes(number: int, row: tuple[str, ...]) -> list[str]:
    """The packages of a layer side by side, each as wide as its share of the names."""
    weights = [len(name) + 6 for name in row]
    edges, at = [float(_LEFT)], float(_LEFT)
    for weight in weights:
        at += _BOX * weight / sum(weights)
        edges.append(at)
    top, parts = _TOP + _STEP * number, []
    for name, (left, right) in zip(row, pairwise(edges), strict=True):
        middle, files = (left + right) / 2 - 2, modules_in(name)
        parts += [
            f'<rect x="{left:.1f}" y="{top}" width="{right - left - 4:.1f}" height="{_HEIGHT}" rx="4"/>',
            f'<text x="{middle:.1f}" y="{top + 17}">{escape(name.removeprefix("advisor."))}</text>',
            f'<text x="{middle:.1f}" y="{top + 33}" class="small">{files} file{"s" if files > 1 else ""}</text>',
        ]
    return parts


def _dot(above: int, below: int, count: int) -> list[str]:
    """A circle in the row of the importing layer and the column of the imported one; its area is the count."""
    x, y = _middle_of(below - 1), _TOP + _STEP * above + _HEIGHT // 2
    return [
        f'<circle cx="{x}" cy="{y}" r="{3 + 2 * math.sqrt(count):.1f}"/>',
        f'<text x="{x}" y="{y + 4}" class="small">{count}</text>',
    ]
