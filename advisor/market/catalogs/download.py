"""Download of catalogs on request: with a time-out and a size limit; only verified ones reach the cache."""

import http.client
import re
import threading
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from datetime import date
from email.message import Message
from pathlib import Path
from typing import IO

from advisor.errors import InputError, reason_of
from advisor.market.catalogs.cache import keep
from advisor.market.catalogs.parse import ALLOWED, MAX_BYTES, Catalog, parse, published
from advisor.market.catalogs.read import unpacked
from advisor.market.price_book import PriceBook
from advisor.values.quick_dataclass import dataclass

Tell = Callable[[str], None]
TIMEOUT_S = 20.0
_TYPES = (
    "text/csv",
    "text/plain",
    "application/csv",
    "application/zip",
    "application/x-zip-compressed",
    "application/octet-stream",
    "binary/octet-stream",
)
_LONGEST_VERSION = 40
_PIECE = 64 * 1024
_TIMEOUTS_IN_ALL = 10  # limit for a whole download, in time-outs


@dataclass(frozen=True)
class Update:
    """Result of an update: the catalogs that are new in the cache, and one line for each that was refused."""

    fetched: tuple[Catalog, ...]
    refused: tuple[str, ...]


class _UnreachableError(InputError):
    """A host cannot be reached, so its other addresses need not be tried."""


def update(
    book: PriceBook, folder: Path, today: date, tell: Tell, url: str | None, timeout_s: float = TIMEOUT_S
) -> Update:
    """Download catalogs, verify them and write them to the cache.

    A catalog that is refused leaves the previous one in place.

    Args:
        book: Gives the GPUs and the plausible prices.
        folder: The cache.
        today: Date of the prices.
        tell: Called with each line of progress.
        url: One address; None: everything the tools publish.
        timeout_s: Longest silence in seconds.

    Raises:
        InputError: Nothing could be downloaded.
        SaveError: The cache cannot be written.
    """
    wanted = [("", url)] if url is not None else list(_addresses())
    fetched, refused, gone = list[Catalog](), list[str](), set[str]()
    for number, (version_url, template) in enumerate(wanted, start=1):
        host = template.split("/")[2:3]
        if host and host[0] in gone:
            continue
        try:
            version = _version(version_url, timeout_s) if version_url else ""
            address = template.replace("{version}", version)
            tell(f"fetching {number} of {len(wanted)}: {address}")
            data = download(address, timeout_s, tell)
            path = urllib.parse.unquote(urllib.parse.urlsplit(address).path)
            found = unpacked(data, path, address)
            catalogs = [parse(text, provider, today, address, book) for provider, text in found.items()]
        except InputError as error:
            if url is not None:
                raise
            refused.append(str(error))
            tell(str(error))
            if isinstance(error, _UnreachableError):
                gone.update(host)
            continue
        for catalog, text in zip(catalogs, found.values(), strict=True):
            keep(catalog, text, folder)
        fetched += catalogs
    if not fetched:
        allowed = "at least one that can be downloaded; the previous prices are kept"
        raise InputError("market update", f"no catalog at {len(wanted)} addresses", allowed)
    return Update(tuple(fetched), tuple(refused))


def _addresses() -> Iterator[tuple[str, str]]:
    """(address of the version or empty, address) of every catalog that is published."""
    for source in published().values():
        for provider in source["providers"]:
            version_url = source.get("version_url", "").replace("{provider}", provider)
            yield version_url, source["url"].replace("{provider}", provider)


def _version(url: str, timeout_s: float) -> str:
    """The latest version of a tool's catalogs: a short word."""
    text = download(url, timeout_s, lambda _: None).decode("ascii", errors="replace").strip()
    if not re.fullmatch(r"[A-Za-z0-9._-]{1,40}", text):
        raise InputError(url, f"the version {text[:_LONGEST_VERSION]!r}", "a short word")
    return text


class _WebOnly(urllib.request.HTTPRedirectHandler):
    """Follow redirects to http and https only, not to files or FTP."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: Message, newurl: str
    ) -> urllib.request.Request | None:
        _check_scheme(newurl)
        return super().redirect_request(req, fp, code, msg, headers, newurl)  # type: ignore[arg-type]  # typeshed wants the subclass of Message


def _check_scheme(url: str) -> None:
    if urllib.parse.urlsplit(url).scheme not in ("http", "https"):
        raise InputError(url[:200], "not a web address", "one that begins with https:// or http://")


def download(url: str, timeout_s: float, tell: Tell) -> bytes:
    """Return the content at a web address.

    Args:
        url: http or https.
        timeout_s: Longest silence in seconds; the whole download, the name look-up included, may take ten times that.
        tell: Called with each line of progress.

    Raises:
        InputError: It is incomplete, of another type, too large or late.
    """
    outcome: list[bytes | InputError] = []

    def work() -> None:
        try:
            outcome.append(_download(url, timeout_s, tell))
        except InputError as error:
            outcome.append(error)

    worker = threading.Thread(target=work, daemon=True)  # nothing else can interrupt a name look-up or a slow header
    worker.start()
    worker.join(_TIMEOUTS_IN_ALL * timeout_s)
    if worker.is_alive():
        found = f"no complete answer in {_TIMEOUTS_IN_ALL * timeout_s:g} seconds"
        raise _UnreachableError(url[:200], found, "an answer in time")
    (got,) = outcome
    if isinstance(got, InputError):
        raise got
    return got


def _download(url: str, timeout_s: float, tell: Tell) -> bytes:
    """As `download`, but only each silence is limited."""
    where = url[:200]
    try:
        _check_scheme(url)
        request = urllib.request.Request(url, headers={"User-Agent": "gpu-advisor"})
        opener = urllib.request.build_opener(_WebOnly)
        with opener.open(request, timeout=timeout_s) as reply:
            return _read(reply, where, tell)
    except urllib.error.HTTPError as error:
        error.close()  # it holds the answer open
        raise InputError(where, f"the answer {error.code} {error.reason}"[:120], "200 OK") from None
    except TimeoutError:
        raise InputError(where, f"no data for {timeout_s:g} seconds", "an answer in time") from None
    except urllib.error.URLError as error:
        if isinstance(error.reason, TimeoutError):
            raise _UnreachableError(where, f"no data for {timeout_s:g} seconds", "an answer in time") from None
        raise _UnreachableError(where, reason_of(error.reason)[:120], "an address that can be reached") from None
    except (http.client.HTTPException, OSError, ValueError) as error:
        raise InputError(
            where, f"{error or type(error).__name__}"[:120].lower(), "a complete answer over HTTP"
        ) from None


def _read(reply: http.client.HTTPResponse, where: str, tell: Tell) -> bytes:
    kind = reply.headers.get_content_type()
    if kind not in _TYPES or reply.headers.get("Content-Encoding", "identity") != "identity":
        raise InputError(where, f"content of type {kind[:60]}", ALLOWED)
    length = reply.headers.get("Content-Length", "")
    size = int(length) if length.isdecimal() and len(length) < 19 else None
    if size is not None and size > MAX_BYTES:
        raise InputError(where, f"{size:,} bytes", f"at most {MAX_BYTES:,}")
    data, reported = bytearray(), 0
    while piece := reply.read1(_PIECE):
        data += piece
        if len(data) > MAX_BYTES:
            raise InputError(where, f"more than {MAX_BYTES:,} bytes", f"at most {MAX_BYTES:,}")
        if len(data) - reported >= _PIECE * 16:
            reported = len(data)
            tell(f"{reported / 1e6:.0f} MB" + (f" of {size / 1e6:.0f} MB" if size else ""))
    if size is not None and len(data) != size:
        raise InputError(where, f"{len(data):,} of {size:,} bytes", "a complete answer")
    if not data:
        raise InputError(where, "an empty answer", ALLOWED)
    return bytes(data)
