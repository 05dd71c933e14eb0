"""Files of gigabytes read piece by piece in little memory: plain or gzip, UTF-8 or UTF-16, with the place reached."""

import codecs
import gzip
import io
import os
import stat
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from advisor.errors import InputError, reason_of

LONGEST_LINE = 1 << 20  # bytes; no row of an export is as long
_PIECE = 1 << 18
_GZIP, _UTF8, _UTF16 = b"\x1f\x8b", codecs.BOM_UTF8, (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class LineStream:
    """An open file.

    Attributes:
        path: of the file.
        size: its bytes on disk.
        damage: why it could not be read to its end; empty while it could.
    """

    def __init__(self, path: Path, disk: BinaryIO, size: int) -> None:
        self.path, self.size, self.damage = path, size, ""
        self._disk = disk

    @property
    def position(self) -> int:
        """The bytes read from disk so far."""
        return min(self._disk.tell(), self.size)

    def pieces(self) -> Iterator[bytes]:
        """The content as UTF-8, in pieces that end anywhere."""
        packed = self._disk.read(2) == _GZIP
        self._disk.seek(0)
        source: BinaryIO = gzip.GzipFile(fileobj=self._disk) if packed else self._disk  # type: ignore[assignment]  # it reads as one
        parts = self._readable(source)
        first = next(parts, b"")
        if first[:2] in _UTF16:
            decoder = codecs.getincrementaldecoder("utf-16")("replace")
            yield decoder.decode(first).encode()
            yield from (decoder.decode(part).encode() for part in parts)
            return
        yield first.removeprefix(_UTF8)
        yield from parts

    def _readable(self, source: BinaryIO) -> Iterator[bytes]:
        try:
            while part := source.read(_PIECE):
                yield part
        except (EOFError, zlib.error, gzip.BadGzipFile):
            self.damage = "the gzip data is cut off or damaged"
        except OSError as error:
            self.damage = reason_of(error)


def lines_of(pieces: Iterator[bytes]) -> Iterator[tuple[int, bytes | None]]:
    """Each line of a content with its number from 1, without its end; None for one longer than `LONGEST_LINE`."""
    number, rest, overlong = 0, b"", False
    for piece in pieces:
        first, *more = piece.split(b"\n")
        rest = b"" if overlong else rest + first
        overlong = overlong or len(rest) > LONGEST_LINE
        for line in more:
            number += 1
            yield number, None if overlong else rest.removesuffix(b"\r")
            rest, overlong = line, len(line) > LONGEST_LINE
    if rest or overlong:
        yield number + 1, None if overlong else rest.removesuffix(b"\r")


@contextmanager
def open_stream(path: Path, what: str) -> Iterator[LineStream]:
    """Open a regular file of any size; devices, pipes and folders are not opened.

    Args:
        path: the file.
        what: what the file should be, for the error.

    Raises:
        InputError: for no such file, or another kind of file.
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    except (OSError, ValueError) as error:
        raise InputError(str(path), reason_of(error), what) from None
    status = os.fstat(handle)
    if not stat.S_ISREG(status.st_mode):
        os.close(handle)
        kind = "a directory" if stat.S_ISDIR(status.st_mode) else "not a regular file"
        raise InputError(str(path), kind, what)
    with io.FileIO(handle, closefd=True) as disk:
        yield LineStream(path, disk, status.st_size)
