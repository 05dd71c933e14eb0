"""The app with a driver that also writes down every frame of Textual's and what was sent for it, for test_driver.py.

python -m tests.support.recorded_app LOG [arguments of gpu-advisor]
"""

import json
import sys
from datetime import date
from pathlib import Path

from advisor.cli.parser import parse
from screens.app import AdvisorApp
from screens.terminal.drivers import CalmDriver


class RecordingDriver(CalmDriver):
    """Appends to the log, in order: ["size", w, h], ["frame", what Textual wrote], ["sent", what the terminal got]."""

    log = Path(sys.argv[1])
    _seen: tuple[int, int] | None = None

    _frame: str | None = None

    def write(self, data: str) -> None:
        """Send; write down the size and the frame before what is sent for it."""
        self._frame = data
        super().write(data)
        self._record_frame()

    def _size_now(self) -> tuple[int, int]:
        size = super()._size_now()
        if size != self._seen:
            self._seen = size
            self._record("size", *size)
        return size

    def _send(self, changes: str) -> None:
        self._record_frame()
        self._record("sent", changes)
        super()._send(changes)

    def _record_frame(self) -> None:
        if self._frame is not None:
            self._record("frame", self._frame)
            self._frame = None

    def _record(self, *entry: str | int) -> None:
        with self.log.open("a", encoding="utf-8") as file:
            file.write(json.dumps(entry) + "\n")


if __name__ == "__main__":
    app = AdvisorApp(parse(sys.argv[2:]), date(2026, 11, 24))
    app.driver_class = RecordingDriver
    sys.exit(app.run())
