"""Reading a TOML file that somebody else may have written: small, regular, UTF-8, or one clear error."""

import re
import stat
import tomllib
from pathlib import Path
from typing import Any

from advisor.errors import InputError

MAX_BYTES = 256 * 1024


def read_toml(path: Path, what: str) -> tuple[str, dict[str, Any]]:
    """The text and the content of a TOML file; `what` says in words what it should be.

    Devices, pipes and folders are not opened. Raises InputError: where (line and column for broken TOML), what was
    found, what is allowed.
    """
    text = read_text(path, what)
    try:
        return text, tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        message, _, place = str(error).partition(" (at ")
        line, column = re.findall(r"\d+", place) or (str(text.count("\n") + 1), "1")
        raise InputError(f"{path}:{line}:{column}", f"broken TOML: {message.lower()}", what) from None
    except RecursionError:
        raise InputError(str(path), "TOML nested too deeply", what) from None
    except ValueError:  # an integer of thousands of digits, which Python refuses to read
        raise InputError(str(path), "a number too long to read", what) from None


def read_text(path: Path, what: str) -> str:
    """The text of a small regular file. Raises InputError as `read_toml` does."""
    wanted = f"{what}, of at most {MAX_BYTES // 1024} kB"
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            kind = "a directory" if stat.S_ISDIR(status.st_mode) else "not a regular file"
            raise InputError(str(path), kind, wanted)
        if status.st_size > MAX_BYTES:
            raise InputError(str(path), f"{status.st_size:,} bytes", wanted)
        return path.read_text(encoding="utf-8-sig")  # editors on Windows begin with a mark
    except UnicodeDecodeError as error:
        raise InputError(str(path), f"a byte that is no UTF-8 at position {error.start}", wanted) from None
    except ValueError as error:  # a path with a null character
        raise InputError(ascii(str(path)), str(error), wanted) from None
    except OSError as error:
        raise InputError(str(path), (error.strerror or str(error)).lower(), wanted) from None
