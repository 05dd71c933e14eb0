"""Fetching catalogues, only when asked: with a time-out and a size limit, into the cache, only what was verified."""

import http.client
import json
import re
import threading
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from email.message import Message
from pathlib import Path
from typing import IO

from advisor.errors import InputError, SaveError
from advisor.files.atomic import write_private_file
from advisor.market.catalogs.parse import ALLOWED, MAX_BYTES, Catalogue, parse, published, unpacked
from advisor.market.price_book import Book

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
_MOST_KEPT = 2 * MAX_BYTES  # a catalogue as JSON: quotes are escaped
_PATIENCE = 10  # times the longest silence, for a whole answer


@dataclass(frozen=True)
class Update:
    """What came of an update: the catalogues that are new in the cache, and one line for each that was refused."""

    fetched: tuple[Catalogue, ...]
    refused: tuple[str, ...]


class _UnreachableError(InputError):
    """A host that cannot be reached: its other addresses need not be tried."""


def update(book: Book, folder: Path, today: date, tell: Tell, url: str | None, timeout_s: float = TIMEOUT_S) -> Update:
    """Fetch from one address, or everything the tools publish, and keep in `folder` what proves to be a catalogue. What
    is refused leaves the one from before in place.

    Raises InputError when nothing could be had, SaveError when it cannot be kept.
    """
    wanted = [("", url)] if url is not None else list(_addresses())
    fetched, refused, gone = list[Catalogue](), list[str](), set[str]()
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
            catalogues = [parse(text, provider, today, address, book) for provider, text in found.items()]
        except InputError as error:
            if url is not None:
                raise
            refused.append(str(error))
            tell(str(error))
            if isinstance(error, _UnreachableError):
                gone.update(host)
            continue
        for catalogue, text in zip(catalogues, found.values(), strict=True):
            _keep(catalogue, text, folder)
        fetched += catalogues
    if not fetched:
        allowed = "at least one that can be had; the prices from before are kept"
        raise InputError("market update", f"no catalogue at {len(wanted)} addresses", allowed)
    return Update(tuple(fetched), tuple(refused))


def _addresses() -> Iterator[tuple[str, str]]:
    """(where the version is said, or nothing; the address) of every catalogue that is published."""
    for source in published().values():
        for provider in source["providers"]:
            version_url = source.get("version_url", "").replace("{provider}", provider)
            yield version_url, source["url"].replace("{provider}", provider)


def _version(url: str, timeout_s: float) -> str:
    """The version a tool calls its latest: a short word."""
    text = download(url, timeout_s, lambda _: None).decode("ascii", errors="replace").strip()
    if not re.fullmatch(r"[A-Za-z0-9._-]{1,40}", text):
        raise InputError(url, f"the version {text[:_LONGEST_VERSION]!a}", "a short word")
    return text


class _WebOnly(urllib.request.HTTPRedirectHandler):
    """Redirects stay on the web: no file, no FTP."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: Message, newurl: str
    ) -> urllib.request.Request | None:
        _check_scheme(newurl)
        return super().redirect_request(req, fp, code, msg, headers, newurl)  # type: ignore[arg-type]  # typeshed wants the subclass of Message


def _check_scheme(url: str) -> None:
    if urllib.parse.urlsplit(url).scheme not in ("http", "https"):
        raise InputError(url[:200], "no web address", "one that begins with https:// or http://")


def download(url: str, timeout_s: float, tell: Tell) -> bytes:
    """What is at a web address: whole, of a fitting type, not too large, and in time. `timeout_s` holds for each
    silence and, ten times, for all of it, looking up the name included. Raises InputError."""
    outcome: list[bytes | InputError] = []

    def work() -> None:
        try:
            outcome.append(_download(url, timeout_s, tell))
        except InputError as error:
            outcome.append(error)

    worker = threading.Thread(target=work, daemon=True)  # nothing else can break off a look-up or a slow header
    worker.start()
    worker.join(_PATIENCE * timeout_s)
    if worker.is_alive():
        found = f"no whole answer in {_PATIENCE * timeout_s:g} seconds"
        raise _UnreachableError(url[:200], found, "an answer in time")
    (got,) = outcome
    if isinstance(got, InputError):
        raise got
    return got


def _download(url: str, timeout_s: float, tell: Tell) -> bytes:
    """As `download`, with an end to each silence alone."""
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
        raise InputError(where, f"silence for {timeout_s:g} seconds", "an answer in time") from None
    except urllib.error.URLError as error:
        if isinstance(error.reason, TimeoutError):
            raise _UnreachableError(where, f"silence for {timeout_s:g} seconds", "an answer in time") from None
        reason = getattr(error.reason, "strerror", None) or str(error.reason)
        raise _UnreachableError(where, str(reason).lower()[:120], "an address that can be reached") from None
    except (http.client.HTTPException, OSError, ValueError) as error:
        raise InputError(where, f"{error or type(error).__name__}"[:120].lower(), "a whole answer over HTTP") from None


def _read(reply: http.client.HTTPResponse, where: str, tell: Tell) -> bytes:
    kind = reply.headers.get_content_type()
    if kind not in _TYPES or reply.headers.get("Content-Encoding", "identity") != "identity":
        raise InputError(where, f"content of the type {kind[:60]}", ALLOWED)
    said = reply.headers.get("Content-Length", "")
    size = int(said) if said.isdecimal() and len(said) < 19 else None
    if size is not None and size > MAX_BYTES:
        raise InputError(where, f"{size:,} bytes", f"at most {MAX_BYTES:,}")
    data, told = bytearray(), 0
    while piece := reply.read1(_PIECE):
        data += piece
        if len(data) > MAX_BYTES:
            raise InputError(where, f"more than {MAX_BYTES:,} bytes", f"at most {MAX_BYTES:,}")
        if len(data) - told >= _PIECE * 16:
            told = len(data)
            tell(f"{told / 1e6:.0f} MB" + (f" of {size / 1e6:.0f} MB" if size else ""))
    if size is not None and len(data) != size:
        raise InputError(where, f"{len(data):,} of {size:,} bytes", "a whole answer")
    if not data:
        raise InputError(where, "an empty answer", ALLOWED)
    return bytes(data)


def _keep(catalogue: Catalogue, text: str, folder: Path) -> None:
    """Put a verified catalogue in the cache in one step. Raises SaveError."""
    place = folder / f"{catalogue.tool}-{catalogue.provider}.json"
    content = {
        "provider": catalogue.provider,
        "day": catalogue.day.isoformat(),
        "source": catalogue.source,
        "csv": text,
    }
    try:
        write_private_file(place, json.dumps(content).encode())
    except OSError as error:
        raise SaveError(str(folder), (error.strerror or str(error)).lower(), "a folder with room for it") from None


def cached(book: Book, folder: Path) -> tuple[tuple[Catalogue, ...], tuple[str, ...]]:
    """The catalogues in the cache, checked again, and one line for each that cannot be read any more."""
    found, broken = list[Catalogue](), list[str]()
    for place in sorted(folder.glob("*.json")):
        try:
            if not place.is_file() or place.stat().st_size > _MOST_KEPT:
                raise ValueError("no file of ours")
            raw = json.loads(place.read_text(encoding="utf-8"))
            day = date.fromisoformat(raw["day"])
            found.append(parse(raw["csv"], raw["provider"], day, str(raw["source"]), book))
        except InputError as error:
            broken.append(str(error))
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            broken.append(f"{place}: found no cached catalogue; allowed: what `gpu-advisor market update` puts there")
    return tuple(found), tuple(broken)
