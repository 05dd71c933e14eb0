"""The memo in a real browser: on a phone and a desk, light, dark and on paper, nothing overflows or is cut off."""

import html
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from advisor.decision.advise import advise
from advisor.market.forecast.default_paths import DEFAULT_PATHS
from advisor.reports.board_memo import RunOptions
from advisor.reports.write_as import advice_as
from tests.support.app_driver import TODAY
from tests.support.processes import HANGS_AFTER_S
from tests.support.profile_builder import BOOK, SAMPLES, as_joint, sample

pytestmark = pytest.mark.browser

PAPER_WIDTH = 711  # A4 without its margins, at 96 pixels an inch
QUIET = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--hide-scrollbars",
)  # fmt: skip
# What is wider than its box, and text of pictures outside of its picture; whether the page is dark; how the cells of
# tables of more than three columns stand: side by side, or each on a line of its own.
MEASURE = """
<script>
const wide = [...document.querySelectorAll("html, body, body *:not(svg *)")]
  .filter(e => e.clientWidth && e.scrollWidth > e.clientWidth + 1)
  .map(e => `${e.tagName}: ${e.scrollWidth} in ${e.clientWidth}: ${e.textContent.slice(0, 60)}`);
for (const text of document.querySelectorAll("svg text")) {
  const inner = text.getBoundingClientRect(), outer = text.closest("svg").getBoundingClientRect();
  if (inner.left < outer.left - 1 || inner.right > outer.right + 1) wide.push(`cut off: ${text.textContent}`);
}
const overlap = (one, other) => Math.min(one.right, other.right) - Math.max(one.left, other.left) > 1
  && Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top) > 3;
for (const chart of document.querySelectorAll("svg")) {
  const bars = [...chart.querySelectorAll(":scope > rect")].map(e => e.getBoundingClientRect());
  for (const text of chart.querySelectorAll("text")) {
    if (bars.some(bar => overlap(bar, text.getBoundingClientRect()))) wide.push(`over a bar: ${text.textContent}`);
  }
}
const ground = getComputedStyle(document.body).backgroundColor;
const tables = [...document.querySelectorAll("table")].filter(t => t.rows[0].cells.length > 3);
const displays = [...new Set(tables.map(t => getComputedStyle(t.querySelector("tbody td")).display))];
const found = { wide, width: innerWidth, ground, displays };
document.documentElement.setAttribute("data-found", JSON.stringify(found));
</script></body>
"""


def chromium(folder: Path, *arguments: str) -> str:
    """What the browser prints; a test without one fails with what to install."""
    browser = shutil.which("chromium")
    if browser is None:
        pytest.fail("found no chromium on the PATH; allowed: Debian's, `apt-get install chromium`", pytrace=False)
    command = [browser, *QUIET, f"--user-data-dir={folder / 'browser'}", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=HANGS_AFTER_S).stdout


def measured(page: str, folder: Path, width: int, *arguments: str) -> dict[str, Any]:
    """The measurements of a page that is `width` pixels wide; the copy that is drawn may run the script."""
    copy = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", page).replace("</body>", MEASURE)
    (folder / "memo.html").write_text(copy)
    drawn = chromium(folder, f"--window-size={width},1000", *arguments, "--dump-dom", f"file://{folder / 'memo.html'}")
    found = re.search(r'data-found="([^"]*)"', drawn)
    assert found is not None, drawn[:200]
    result: dict[str, Any] = json.loads(html.unescape(found[1]))
    return result


def memo_of(name: str) -> str:
    return advice_as("html", as_joint(advise(sample(name), BOOK, 100)), RunOptions(TODAY, DEFAULT_PATHS, 0), None)


@pytest.mark.parametrize("name", list(SAMPLES))
def test_nothing_overflows_on_a_phone_a_desk_and_paper(name: str, tmp_path: Path) -> None:
    page = memo_of(name)
    for width, cells in ((500, ["flex"]), (1280, ["table-cell"])):
        found = measured(page, tmp_path, width)
        assert found["displays"] == cells
        assert found["width"] == width
        assert found["wide"] == []
    on_paper = page.replace("@media print", "@media all").replace("@media screen", "@media not all")
    assert measured(on_paper, tmp_path, PAPER_WIDTH)["wide"] == []


def test_the_page_is_dark_where_the_reader_wants_it_and_prints_on_few_pages(tmp_path: Path) -> None:
    page = memo_of("cluster-64")
    dark, light = (measured(page, tmp_path, 500, f"--blink-settings=preferredColorScheme={at}") for at in (0, 1))
    assert (dark["ground"], light["ground"]) == ("rgb(20, 23, 27)", "rgb(255, 255, 255)")
    assert dark["wide"] == []
    (tmp_path / "memo.html").write_text(page)
    paper = tmp_path / "memo.pdf"
    chromium(tmp_path, f"--print-to-pdf={paper}", "--no-pdf-header-footer", f"file://{tmp_path / 'memo.html'}")
    pages = len(re.findall(rb"/Type\s*/Page\b", paper.read_bytes()))
    assert 2 <= pages <= 9
