"""The picture of the verdict in the README, drawn by the app itself.

    .venv/bin/python -m tests.picture

A test keeps `docs/verdict.svg` equal to what the app shows.
"""

import asyncio
import re
import tempfile
from pathlib import Path

from tests.app_driver import request, running

PICTURE = Path(__file__).parents[1] / "docs" / "verdict.svg"
SIZE = (118, 34)


async def drawn() -> str:
    """The verdict on the 64-node sample as SVG, with the fonts of the reader's own machine."""
    with tempfile.TemporaryDirectory() as folder:
        async with running(request("cluster-64", Path(folder)), SIZE) as (app, _):
            picture = app.export_screenshot(title="gpu-advisor cluster-64", simplify=True)
    return re.sub(r"\s*@font-face \{.*?\}\n", "", picture, flags=re.S)  # they would be fetched from elsewhere


if __name__ == "__main__":
    PICTURE.write_text(asyncio.run(drawn()), encoding="utf-8")
