"""A program on a pseudo-terminal, with every chunk it writes and when: what the benchmarks of time are made of."""

import os
import pty
import re
import select
import struct
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fcntl import ioctl
from pathlib import Path
from termios import TIOCSWINSZ

QUIET_S = 0.4
START_QUIET_S = 1.5  # programs paint, import more, and paint again
START_MOST_S = 6.0  # some never fall silent
LINE_BYTES_PER_S, ROUND_TRIP_S = 8_000, 0.150  # a line of 64 kbit/s over a sea
_ESCAPES = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[PX^_].*?\x1b\\|[@-Z\\-_])", re.S)
_TICKS_PER_S = os.sysconf("SC_CLK_TCK")
Chunks = list[tuple[float, bytes]]


@dataclass(frozen=True)
class Start:
    """How a program started. first_paint_ms: ten visible characters are on the terminal; complete_ms: the last byte;
    resident_mb: memory of it and its children then."""

    first_paint_ms: float
    complete_ms: float
    count: int
    resident_mb: float


@dataclass(frozen=True)
class Echo:
    """The answer to a key. slow_line_s: when the last byte would be there on a line of 64 kbit/s and 150 ms."""

    first_ms: float
    last_ms: float
    count: int
    slow_line_s: float


class Terminal:
    """A program on a terminal of 80x24 with nothing of the caller's settings."""

    def __init__(self, argv: Sequence[str], home: str, environment: Mapping[str, str] = {}) -> None:
        own = {"PATH": os.environ["PATH"], "HOME": home, "XDG_DATA_HOME": home, "TERM": "xterm-256color", **environment}
        self.began = time.perf_counter()
        self.pid, self.master = pty.fork()
        if self.pid == 0:
            os.execve(argv[0], [*argv], own)
        ioctl(self.master, TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))

    def read_until_quiet(
        self, quiet_s: float = QUIET_S, since: float | None = None, most_s: float = START_MOST_S
    ) -> Chunks:
        """The chunks until nothing came for a while, or until `most_s`; seconds since the call, or since a moment."""
        begin = time.perf_counter() if since is None else since
        chunks: Chunks = []
        while time.perf_counter() - begin < most_s and select.select([self.master], [], [], quiet_s)[0]:
            try:
                part = os.read(self.master, 1 << 16)
            except OSError:  # Linux says "input/output error" at the end
                break
            chunks.append((time.perf_counter() - begin, part))
        return chunks

    def started(self) -> Start:
        """Wait until it has started: first of all, however busy the machine is, until it says something."""
        select.select([self.master], [], [], START_MOST_S)
        chunks, seen, first = self.read_until_quiet(START_QUIET_S, self.began), b"", 0.0
        for moment, chunk in chunks:
            seen += chunk
            if len(re.sub(rb"\s", b"", _ESCAPES.sub(b"", seen))) >= 10:
                first = moment
                break
        return Start(first * 1e3, chunks[-1][0] * 1e3, sum(len(chunk) for _, chunk in chunks), resident_mb(self.pid))

    def press(self, keys: bytes, quiet_s: float = QUIET_S) -> Echo:
        """Type, and time the answer."""
        begin = time.perf_counter()
        os.write(self.master, keys)
        chunks = self.read_until_quiet(quiet_s, begin)
        if not chunks:
            return Echo(0.0, 0.0, 0, 0.0)
        free = 0.0
        for moment, chunk in chunks:  # each waits until the line is free
            free = max(free, moment) + len(chunk) / LINE_BYTES_PER_S
        return Echo(chunks[0][0] * 1e3, chunks[-1][0] * 1e3, sum(len(c) for _, c in chunks), free + ROUND_TRIP_S)

    def idle(self, seconds: float) -> tuple[float, float]:
        """Percent of a core, and bytes a second, while nobody types."""
        before = _cpu_ticks(self.pid)
        said = self.read_until_quiet(seconds, most_s=seconds)
        used = (_cpu_ticks(self.pid) - before) / _TICKS_PER_S
        return 100 * used / seconds, sum(len(chunk) for _, chunk in said) / seconds

    def end(self) -> None:
        """Stop the program."""
        os.kill(self.pid, 9)
        os.waitpid(self.pid, 0)
        os.close(self.master)


def resident_mb(pid: int) -> float:
    """Resident memory of a process and its children, Linux's way of counting."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20 + sum(resident_mb(int(child)) for child in children)


def _cpu_ticks(pid: int) -> int:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])
