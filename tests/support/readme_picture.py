"""The picture of the verdict in the README, drawn by the app itself.

    .venv/bin/python -m tests.support.readme_picture

A test keeps `docs/verdict.svg` equal to what the app shows.
"""

import asyncio
import os
import re
import tempfile
from pathlib import Path

from tests.support.app_driver import SIZES, request, running
from tests.support.folders import ROOT

PICTURE = ROOT / "docs" / "verdict.svg"
SIZE = SIZES["140x45"]


async def drawn() -> str:
    """The verdict on the 64-node sample as SVG, with the fonts of the reader's own machine."""
    with tempfile.TemporaryDirectory() as folder:
        async with running(request("cluster-64", Path(folder)), SIZE) as (app, _):
            picture = app.export_screenshot(title="gpu-advisor cluster-64", simplify=True)
    return re.sub(r"\s*@font-face \{.*?\}\n", "", picture, flags=re.S)  # they would be fetched from elsewhere


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as state:
        os.environ["XDG_STATE_HOME"] = state  # not in a theme that the user chose
        PICTURE.write_text(asyncio.run(drawn()), encoding="utf-8")
