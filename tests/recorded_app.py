"""The app with a driver that also writes down every frame of Textual's and what was sent for it, for test_driver.py.

python -m tests.recorded_app LOG [arguments of gpu-advisor]
"""

import json
import sys
from datetime import date
from pathlib import Path

from advisor.cli import parse
from screens.app import AdvisorApp
from screens.driver import CalmDriver


class RecordingDriver(CalmDriver):
    """Appends to the log, in order: ["size", w, h], ["frame", what Textual wrote], ["sent", what the terminal got]."""

    log = Path(sys.argv[1])
    _seen: tuple[int, int] | None = None

    def write(self, data: str) -> None:
        """Write down, then send."""
        size = self._size_now()
        if size != self._seen:
            self._seen = size
            self._record("size", *size)
        self._record("frame", data)
        super().write(data)

    def _send(self, changes: str) -> None:
        self._record("sent", changes)
        super()._send(changes)

    def _record(self, *entry: str | int) -> None:
        with self.log.open("a", encoding="utf-8") as file:
            file.write(json.dumps(entry) + "\n")


if __name__ == "__main__":
    app = AdvisorApp(parse(sys.argv[2:]), date(2026, 11, 24))
    app.driver_class = RecordingDriver
    sys.exit(app.run())
