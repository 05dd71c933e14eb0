"""Other tools' catalogs: real formats parse, what is malformed is refused in one line, the book stays as it is."""

import gc
import io
import json
import os
import socket
import sys
import threading
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.errors import InputError
from advisor.market.catalogs.cache import cached
from advisor.market.catalogs.download import update
from advisor.market.catalogs.parse import MAX_BYTES, Catalog, Offer, parse
from advisor.market.catalogs.price_level import catalog_level, with_catalog_level
from advisor.market.catalogs.read import read_catalogs, unpacked
from tests.support.folders import CATALOGS
from tests.support.json_contracts import strict_json
from tests.support.processes import HANGS_AFTER_S, Run, assert_one_error_line, run, run_here
from tests.support.profile_builder import BOOK

DAY = date(2026, 11, 20)
LAMBDA = (CATALOGS / "skypilot" / "lambda" / "vms.csv").read_text("utf-8")
GPUHUNT = (CATALOGS / "gpuhunt" / "lambdalabs.csv").read_text("utf-8")


def read(tool: str, provider: str) -> Catalog:
    name = f"{provider}/vms.csv" if tool == "skypilot" else f"{provider}.csv"
    return parse((CATALOGS / tool / name).read_text("utf-8"), provider, DAY, "a file", BOOK)


# What recorded files say


@pytest.mark.parametrize(
    ("tool", "provider", "offers"),
    [
        (
            "skypilot",
            "lambda",
            [("H100-SXM", "us-east-1", 1, 4.29, False), ("H100-SXM", "us-east-1", 8, 3.99, False),
             ("H100-SXM", "us-west-3", 8, 3.99, False)],
        ),
        (
            "skypilot",
            "nebius",
            [("H100-SXM", "eu-north1", 1, 2.95, False), ("H100-SXM", "eu-north1", 1, 1.25, True),
             ("H100-SXM", "eu-north1", 8, 2.95, False), ("H100-SXM", "eu-north1", 8, 1.25, True),
             ("H200-SXM", "eu-west1", 8, 3.5, False), ("H200-SXM", "eu-west1", 8, 1.45, True),
             ("H200-SXM", "us-central1", 8, 3.5, False), ("H200-SXM", "us-central1", 8, 1.45, True),
             ("B200-SXM", "us-central1", 8, 5.5, False), ("L40S", "eu-north1", 1, 1.5484, False)],
        ),
        ("skypilot", "hyperstack", [("H100-SXM", "CANADA-1", 8, 2.4, False), ("H100-SXM", "US-1", 8, 2.4, False)]),
        (
            "skypilot",
            "verda",
            [("B200-SXM", "FIN-03", 2, 3.423 / 2, True), ("B200-SXM", "FIN-03", 8, 13.69 / 8, True),
             ("H100-SXM", "FIN-02", 1, 2.29, False), ("H100-SXM", "FIN-02", 1, 0.8015, True),
             ("A100-80-SXM", "FIN-01", 1, 1.29, False), ("A100-80-SXM", "FIN-01", 1, 0.4515, True)],
        ),
        ("skypilot", "runpod", [("H100-SXM", "US", 8, 2.69, False), ("H100-SXM", "US", 8, 2.69, True)]),
        (
            "skypilot",
            "vast",
            [("H100-SXM", "Bulgaria, BG, EU", 1, 1.95, False), ("H100-SXM", "Iceland, IS, EU", 8, 2.0, False),
             ("H100-SXM", "Iceland, IS, EU", 8, 1.6, True), ("L40S", "Bulgaria, BG, EU", 1, 0.6, False)],
        ),
        (
            "skypilot",
            "aws",
            [("H100-SXM", "us-east-1", 8, 6.88, False), ("H100-SXM", "us-east-1", 8, 3.75, True),
             ("H100-SXM", "us-east-1", 8, 4.25, True)],
        ),
        (
            "gpuhunt",
            "lambdalabs",
            [("H100-SXM", "us-south-2", 8, 3.8, False), ("A100-80-SXM", "us-midwest-1", 8, 2.79, False)],
        ),
        (
            "gpuhunt",
            "oci",
            [("H100-SXM", "eu-frankfurt-1", 8, 10.0, False), ("H100-SXM", "eu-frankfurt-1", 8, 5.0, True),
             ("MI300X", "us-chicago-1", 8, 6.0, False)],
        ),
    ],
)  # fmt: skip
def test_a_recorded_file_gives_prices_by_region_and_market(
    tool: str, provider: str, offers: list[tuple[str, str, int, float, bool]]
) -> None:
    found = read(tool, provider)
    assert (found.tool, found.unreadable, found.day) == (tool, 0, DAY)
    assert sorted(map(key, found.offers)) == sorted(key(Offer(*offer)) for offer in offers)


def key(offer: Offer) -> tuple[str, str, int, float, bool]:
    return (offer.gpu, offer.region, offer.gpus, round(offer.usd_per_gpu_hour, 9), offer.spot)


def test_a_provider_has_one_name_and_a_market() -> None:
    found = {one.provider: one.tier for one in read_catalogs(CATALOGS, BOOK)}
    assert found == {
        "lambda": "neocloud", "nebius": "neocloud", "verda": "neocloud", "runpod": "neocloud", "hyperstack": "neocloud",
        "vast": "marketplace", "aws": "hyperscaler", "oci": "hyperscaler",
    }  # fmt: skip


def test_a_folder_a_file_and_a_zip_read_alike(tmp_path: Path) -> None:
    skypilot = CATALOGS / "skypilot"
    packed = tmp_path / "v8.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        for file in sorted(skypilot.rglob("vms.csv")):
            archive.write(file, file.relative_to(skypilot).as_posix())
    folder, zipped = read_catalogs(skypilot, BOOK), read_catalogs(packed, BOOK)
    assert [(one.provider, one.offers) for one in folder] == [(one.provider, one.offers) for one in zipped]
    (single,) = read_catalogs(skypilot / "nebius" / "vms.csv", BOOK)
    assert single.offers == next(one.offers for one in folder if one.provider == "nebius")


def test_other_files_in_a_folder_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / "lambda").mkdir()
    (tmp_path / "lambda" / "vms.csv").write_text(LAMBDA, "utf-8")
    (tmp_path / "lambda" / "images.csv").write_text("Tag,Region,OS,OSVersion,ImageId,CreationDate\n", "utf-8")
    assert [one.provider for one in read_catalogs(tmp_path, BOOK)] == ["lambda"]


def test_the_day_of_a_file_is_its_own(tmp_path: Path) -> None:
    path = tmp_path / "lambda.csv"
    path.write_text(LAMBDA, "utf-8")
    os.utime(path, (1_790_000_000, 1_790_000_000))
    assert read_catalogs(path, BOOK)[0].day == date(2026, 9, 21)


# The level


def test_the_level_is_the_median_of_neoclouds_whole_nodes() -> None:
    """lambda 3.99, nebius 2.95, runpod 2.69, hyperstack 2.40; verda sells no whole node, the rest are other markets."""
    level = catalog_level(read_catalogs(CATALOGS / "skypilot", BOOK), "H100-SXM", BOOK)
    assert (level.value, level.low, level.high, level.n) == pytest.approx(((2.95 + 2.69) / 2, 2.4, 3.99, 4))
    assert "hyperstack, lambda, nebius, runpod" in level.note


def test_of_one_provider_the_newer_catalog_counts() -> None:
    old = parse(LAMBDA, "lambda", date(2026, 1, 1), "old", BOOK)
    new = parse(GPUHUNT, "lambdalabs", DAY, "new", BOOK)
    assert catalog_level([old, new], "H100-SXM", BOOK).value == pytest.approx(3.8)
    assert catalog_level([new, old], "H100-SXM", BOOK).value == pytest.approx(3.8)


def test_without_a_whole_node_of_a_neocloud_there_is_no_level() -> None:
    with pytest.raises(InputError, match="no neocloud with a node of H100-SXM"):
        catalog_level([read("skypilot", "aws"), read("skypilot", "verda")], "H100-SXM", BOOK)


def test_the_level_takes_the_lists_place_and_nothing_elses() -> None:
    book = with_catalog_level([read("skypilot", "lambda")], "H100-SXM", BOOK)
    changed = {path for path, figure in book.figures() if figure != dict(BOOK.figures())[path]}
    assert changed == {"H100-SXM.neocloud_usd_per_gpu_hour"}
    figure = book.figure("H100-SXM.neocloud_usd_per_gpu_hour")
    assert figure.value == pytest.approx(3.99)
    assert (figure.date, figure.is_thin) == ("2026-11-20", True)
    assert book.sources[figure.source].where == "a file"


# What is refused


def with_price(price: str) -> str:
    return LAMBDA.replace("31.92", price)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", ("columns",)),
        ("a,b\n1,2\n", ("columns", "a, b")),
        ("<html><body>Sign in</body></html>", ("columns", "html")),
        (LAMBDA[: len(LAMBDA) - 40], ("broken CSV",)),
        (LAMBDA.rstrip("\n") + "\ngpu_8x_h100_sxm5,H100,8.0,20", ("row 8", "4 of 9 columns")),
        (LAMBDA.replace(",us-west-3", ",us-west-3,extra"), ("row 7", "10 of 9 columns")),
        (with_price("free"), ("2 of 3 prices", "invalid")),
        (with_price("-31.92"), ("2 of 3 prices",)),
        (with_price("nan"), ("2 of 3 prices",)),
        (with_price("1e300"), ("2 of 3 prices",)),
        (with_price("31920"), ("2 of 3 prices",)),
        (LAMBDA.replace("us-west-3", "us\x1b[31m"), ("1 of 3 prices",)),
        (LAMBDA.replace("us-west-3", "x" * 99), ("1 of 3 prices",)),
        (LAMBDA.replace("H100,8.0", "H100,0"), ("2 of 3 prices",)),
        (GPUHUNT.replace("8,H100,80.0,False", "8,H100,80.0,maybe"), ("1 of 2 prices",)),
        (LAMBDA.replace("H100", "T4"), ("no price for any GPU of the book",)),
        (LAMBDA.replace("us-west-3", "us\x00west"), ("",)),
        ("\n".join(LAMBDA.splitlines()[:1]), ("no price",)),
    ],
)
def test_a_malformed_catalog_is_refused_in_one_line(text: str, words: tuple[str, ...]) -> None:
    with pytest.raises(InputError) as caught:
        parse(text, "lambda", DAY, "there", BOOK)
    line = str(caught.value)
    assert line.startswith("there")
    assert len(line) < 300
    for word in words:
        assert word in line


def test_a_few_senseless_rows_of_many_are_left_out_and_counted() -> None:
    header, *rows = LAMBDA.splitlines()
    good = [row for row in rows if "8x_h100_sxm5" in row] * 20
    found = parse("\n".join([header, *good, good[0].replace("31.92", "-1")]), "lambda", DAY, "there", BOOK)
    assert found.unreadable == 1
    assert {offer.usd_per_gpu_hour for offer in found.offers} == {3.99}


@pytest.mark.parametrize("provider", ["", "..", "a/b", "A B", "x" * 41, "l\u0430mbda"])
def test_a_provider_is_a_plain_word(provider: str) -> None:
    with pytest.raises(InputError, match="provider"):
        parse(LAMBDA, provider, DAY, "there", BOOK)


@settings(deadline=None, derandomize=True, max_examples=150)
@given(st.data())
def test_a_damaged_file_is_read_or_refused_and_never_breaks(data: st.DataObject) -> None:
    """Bytes cut out, put in, or changed anywhere in real files."""
    whole = data.draw(st.sampled_from([LAMBDA, GPUHUNT])).encode()
    at = data.draw(st.integers(0, len(whole)))
    gone = data.draw(st.integers(0, 200))
    damaged = whole[:at] + data.draw(st.binary(max_size=20)) + whole[at + gone :]
    try:
        found = [
            parse(text, name, DAY, "there", BOOK) for name, text in unpacked(damaged, "lambda.csv", "there").items()
        ]
    except InputError:
        found = []
    for offer in (offer for one in found for offer in one.offers):
        assert 0.1 <= offer.usd_per_gpu_hour <= 50
        assert offer.region.isprintable()


def zipped(**content: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in content.items():
            archive.writestr(f"{name}.csv", data)
    return packed.getvalue()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"PK\x03\x04 no zip", "a broken zip file"),
        (zipped(**{"lambda": LAMBDA.encode()})[:-30], "a broken zip file"),
        (zipped(), "without CSV files"),
        (zipped(bomb=b"0" * (MAX_BYTES + 1)), "when unpacked"),
        (zipped(a=b"0" * (MAX_BYTES // 2 + 1), b=b"0" * (MAX_BYTES // 2)), "when unpacked"),
        (b"\xff\xfe", "not UTF-8"),
        (b"x" * (MAX_BYTES + 1), "bytes"),
    ],
    ids=["no-zip", "cut", "empty", "bomb", "two-halves", "no-text", "large"],
)
def test_what_cannot_be_unpacked_is_refused(data: bytes, words: str) -> None:
    with pytest.raises(InputError, match=words):
        unpacked(data, "lambda.csv", "there")


def test_a_damaged_byte_in_a_zip_is_noticed() -> None:
    packed = bytearray(zipped(**{"lambda": LAMBDA.encode()}))
    packed[len(packed) // 3] ^= 0xFF
    with pytest.raises(InputError, match="a broken zip file"):
        unpacked(bytes(packed), "x.zip", "there")


def test_a_path_that_is_no_catalog_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    os.mkfifo(tmp_path / "pipe.csv")
    for name, words in {
        "none.csv": "no such file",
        "empty": "no catalog in this folder",
        "pipe.csv": "not a regular file",
    }.items():
        assert_one_error_line(run_here(["market", "--catalog", tmp_path / name], tmp_path), name, words)


# Fetching


class Server(ThreadingHTTPServer):
    """A web server whose every answer is one function; it counts how often it was asked. over: when it is to stop."""

    daemon_threads = False  # closing it waits for its answers

    def __init__(self, answer: Callable[[BaseHTTPRequestHandler], None]) -> None:
        asked: list[str] = []

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                asked.append(self.path)
                answer(self)

            def log_message(self, *arguments: object) -> None:
                pass

        super().__init__(("127.0.0.1", 0), Handler)
        self.asked, self.over = asked, threading.Event()

    def handle_error(self, *arguments: object) -> None:
        """A client that has disconnected is not an error."""

    def url(self, path: str = "/lambda/vms.csv") -> str:
        return f"http://127.0.0.1:{self.server_port}{path}"


@pytest.fixture
def serve() -> Iterator[Callable[[Callable[[BaseHTTPRequestHandler], None]], Server]]:
    servers = []

    def start(answer: Callable[[BaseHTTPRequestHandler], None]) -> Server:
        server = Server(answer)
        servers.append(server)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return server

    yield start
    for server in servers:
        server.over.set()
        server.shutdown()
        server.server_close()


def sends(
    body: bytes, kind: str = "text/plain; charset=utf-8", length: int | None = None, **headers: str
) -> Callable[[BaseHTTPRequestHandler], None]:
    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.send_header("Content-Type", kind)
        if length != -1:
            request.send_header("Content-Length", str(len(body) if length is None else length))
        for name, value in headers.items():
            request.send_header(name.replace("_", "-"), value)
        request.end_headers()
        request.wfile.write(body)

    return answer


def wait(request: BaseHTTPRequestHandler, seconds: float) -> bool:
    """Whether the client still listens after some seconds."""
    assert isinstance(request.server, Server)
    return not request.server.over.wait(seconds)


def says_nothing(request: BaseHTTPRequestHandler) -> None:
    wait(request, HANGS_AFTER_S)


def drips(request: BaseHTTPRequestHandler) -> None:
    """A byte now and then: never silent for long, and never done."""
    sends(b"I", length=1_000_000)(request)
    while wait(request, 0.1):
        request.wfile.write(b"n")


def drips_headers(request: BaseHTTPRequestHandler) -> None:
    request.wfile.write(b"HTTP/1.0 200 OK\r\nX-Slow: ")
    while wait(request, 0.1):
        request.wfile.write(b"n")


def breaks_off_a_chunk(request: BaseHTTPRequestHandler) -> None:
    request.send_response(200)
    request.send_header("Content-Type", "text/csv")
    request.send_header("Transfer-Encoding", "chunked")
    request.end_headers()
    request.wfile.write(b"ffff\r\n" + LAMBDA[:500].encode())


def never_ends(request: BaseHTTPRequestHandler) -> None:
    sends(b"", length=-1)(request)
    for _ in range(MAX_BYTES // 2**20 + 2):
        request.wfile.write(b"x" * 2**20)


def is_gone(request: BaseHTTPRequestHandler) -> None:
    request.send_error(404)


def leads_to(address: str) -> Callable[[BaseHTTPRequestHandler], None]:
    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(302)
        request.send_header("Location", address)
        request.end_headers()

    return answer


def talks_nonsense(request: BaseHTTPRequestHandler) -> None:
    request.wfile.write(b"\x1b[31mhello\r\n\r\n")


BAD_SERVERS: dict[str, tuple[Callable[[BaseHTTPRequestHandler], None], str]] = {
    "silent": (says_nothing, "no data for 0.3 seconds"),
    # in 3 seconds no complete answer; 0.3 seconds of silence where a busy machine keeps a byte back
    "dripping": (drips, "3 seconds"),
    "dripping-headers": (drips_headers, "3 seconds"),
    "truncated": (sends(LAMBDA[:700].encode(), length=len(LAMBDA)), f"700 of {len(LAMBDA):,} bytes"),
    "truncated-chunk": (breaks_off_a_chunk, "complete answer"),
    "truncated-without-length": (sends(LAMBDA[:700].encode(), length=-1), "broken CSV"),
    "wrong-type": (sends(b"<html>Sign in</html>", "text/html"), "content of type text/html"),
    "wrong-content": (sends(b"<html>Sign in</html>"), "the columns"),
    "wrong-prices": (sends(with_price("99999").encode()), "prices invalid"),
    "compressed": (sends(b"\x1f\x8b", Content_Encoding="gzip"), "content of type"),
    "no-text": (sends(b"\xff" * 100), "not utf-8"),
    "broken-zip": (sends(b"PK\x03\x04zip", "application/zip"), "a broken zip file"),
    "empty": (sends(b""), "an empty answer"),
    "enormous": (sends(b"x", length=10**12), "1,000,000,000,000 bytes"),
    "endless": (never_ends, f"more than {MAX_BYTES:,} bytes"),
    "gone": (is_gone, "404"),
    "to-a-file": (leads_to("file:///etc/hostname"), "is not allowed"),
    "to-another-protocol": (leads_to("ftp://127.0.0.1/vms.csv"), "not a web address"),
    "in-circles": (leads_to("/lambda/vms.csv"), "302"),
    "nonsense": (talks_nonsense, "complete answer"),
}


def fetch(server: Server, home: Path, path: str = "/lambda/vms.csv", timeout: str = f"{HANGS_AFTER_S}") -> Run:
    return run_here(["market", "update", "--from", server.url(path), "--timeout", timeout, "--quiet", "--json"], home)


@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")  # an end of a connection that was broken off
@pytest.mark.parametrize("name", BAD_SERVERS)
def test_a_bad_server_gets_one_clear_line_and_the_old_prices_stay(
    name: str, serve: Callable[..., Server], tmp_path: Path
) -> None:
    assert fetch(serve(sends(LAMBDA.encode())), tmp_path).code == 0
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert before
    answer, words = BAD_SERVERS[name]
    bad = serve(answer)
    timeout = "0.3" if "seconds" in words else f"{HANGS_AFTER_S}"  # others answer, however slow the machine
    assert_one_error_line(fetch(bad, tmp_path, timeout=timeout), "127.0.0.1", words)
    assert bad.asked
    gc.collect(1)  # here, not in a later test; what is older than this test is not looked at
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_a_server_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: nobody else gets the port, nobody answers on it
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/lambda/vms.csv"
        assert_one_error_line(run_here(["market", "update", "--from", url, "--quiet"], tmp_path), "refused")


@pytest.mark.parametrize(
    "url", ["file:///etc/hostname", "ftp://127.0.0.1/x", "lambda.csv", "http://", "http://[", "http://a:b/"]
)
def test_an_address_that_is_none_is_one_line(url: str, tmp_path: Path) -> None:
    assert_one_error_line(run_here(["market", "update", "--from", url, "--quiet"], tmp_path), url)


def test_a_fetched_catalog_is_shown_with_region_day_and_source(serve: Callable[..., Server], tmp_path: Path) -> None:
    server = serve(sends(zipped(lambdalabs=GPUHUNT.encode()), "application/zip"))
    found = run_here(
        ["market", "update", "--from", server.url("/v3/lambdalabs/1/catalog.zip"), "--gpu", "H100"], tmp_path
    )
    assert found.code == 0, found.err
    assert f"fetching 1 of 1: {server.url()[:20]}" in found.err
    later = run_here(["market", "--json"], tmp_path)
    (catalog,) = strict_json(later.out)["catalogs"]
    assert len(server.asked) == 1, "kept, and not fetched again"
    assert (catalog["tool"], catalog["provider"], catalog["tier"]) == ("gpuhunt", "lambda", "neocloud")
    assert catalog["source"] == server.url("/v3/lambdalabs/1/catalog.zip")
    assert date.fromisoformat(catalog["day"])
    assert {offer["region"] for offer in catalog["offers"]} == {"us-south-2", "us-midwest-1"}
    assert "us-south-2" in found.out
    provenance = run_here(["market", "--figure", "catalog.gpuhunt.lambda.H100-SXM.on-demand"], tmp_path).out
    assert "$3.80/GPU-h" in provenance
    assert catalog["source"] in provenance


def test_all_that_is_published_is_asked_for_and_what_is_refused_keeps_its_place(
    serve: Callable[..., Server], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def answer(request: BaseHTTPRequestHandler) -> None:
        if request.path.endswith("version"):
            sends(b"20261120-42\n")(request)
        elif "20261120-42" in request.path:
            sends(zipped(lambdalabs=GPUHUNT.encode()), "application/zip")(request)
        elif "nebius" in request.path:
            is_gone(request)
        else:
            sends(LAMBDA.encode())(request)

    server, notes = serve(answer), list[str]()
    places = {
        "skypilot": {"url": server.url("/v8/{provider}/vms.csv"), "providers": ["lambda", "nebius"]},
        "gpuhunt": {"url": server.url("/v3/{provider}/{version}/catalog.zip"),
                    "version_url": server.url("/v3/{provider}/version"), "providers": ["lambdalabs"]},
    }  # fmt: skip
    monkeypatch.setattr("advisor.market.catalogs.download.published", lambda: places)
    found = update(BOOK, tmp_path, DAY, notes.append, None, 5.0)
    assert [(one.tool, one.provider) for one in found.fetched] == [("skypilot", "lambda"), ("gpuhunt", "lambda")]
    assert [line for line in found.refused if "nebius" in line and "404" in line]
    assert [note for note in notes if note.startswith("fetching 3 of 3")]
    kept, broken = cached(BOOK, tmp_path)
    assert {(one.tool, one.provider) for one in kept} == {("skypilot", "lambda"), ("gpuhunt", "lambda")}
    assert broken == ()


def test_a_spoiled_cache_is_told_and_passed_over(serve: Callable[..., Server], tmp_path: Path) -> None:
    assert fetch(serve(sends(LAMBDA.encode())), tmp_path).code == 0
    (place,) = tmp_path.rglob("skypilot-lambda.json")
    for spoiled in (
        b"{",
        b"[]",
        b"\xff",
        json.dumps({"provider": "lambda", "day": "x", "source": "", "csv": ""}).encode(),
    ):
        place.write_bytes(spoiled)
        found = run_here(["market", "--json"], tmp_path)
        assert found.code == 0
        assert "a damaged file" in found.err
        assert strict_json(found.out)["catalogs"] == []


def test_a_cache_that_cannot_be_written_is_one_line(serve: Callable[..., Server], tmp_path: Path) -> None:
    (tmp_path / ".cache").write_text("in the way", "utf-8")
    assert_one_error_line(fetch(serve(sends(LAMBDA.encode())), tmp_path), "gpu-advisor", "space")


NO_NETWORK = """
import os, sys
def refuse(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "urllib.Request"):
        sys.stderr.write(f"{event} {arguments}")
        sys.stderr.flush()
        os._exit(9)
sys.addaudithook(refuse)
from screens.__main__ import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.parametrize(
    "command",
    [["market"], ["offers", "cluster-64", "--add", "12 months $2/h"], ["seller"], ["advise", "lora-one-node"]],
)
def test_nothing_is_fetched_unless_asked(command: list[str], tmp_path: Path) -> None:
    found = run(command, tmp_path, program=[sys.executable, "-c", NO_NETWORK])
    assert found.code == 0, found.err


def test_the_check_on_the_network_sees_an_update(tmp_path: Path) -> None:
    asked = ["market", "update", "--from", "http://127.0.0.1:9/x.csv"]
    found = run(asked, tmp_path, program=[sys.executable, "-c", NO_NETWORK])
    assert found.code == 9
    assert "urllib.Request" in found.err


def test_an_address_without_an_update_is_one_line(tmp_path: Path) -> None:
    assert_one_error_line(run_here(["market", "--from", "http://127.0.0.1/"], tmp_path), "--from", "update")


# In the verdict only when asked


def test_a_full_cache_changes_no_verdict_until_it_is_asked_for(serve: Callable[..., Server], tmp_path: Path) -> None:
    asked = ["advise", "cluster-64", "--json", "--paths", "100"]
    before = strict_json(run_here(asked, tmp_path).out)
    assert fetch(serve(sends(LAMBDA.encode())), tmp_path).code == 0
    assert strict_json(run_here(asked, tmp_path).out) == before
    found = run_here([*asked, "--prices-from", "cache"], tmp_path)
    market = strict_json(found.out)["market"]
    assert market["usd_per_gpu_hour"] == pytest.approx(3.99)
    assert "$3.99 per GPU-hour from catalogs, n=1; the book's is $3.89" in found.err
    assert before["market"]["usd_per_gpu_hour"] == 3.89


def test_without_a_catalog_the_option_is_one_line(tmp_path: Path) -> None:
    assert_one_error_line(
        run_here(["advise", "cluster-64", "--prices-from", "cache"], tmp_path), "no neocloud with a node"
    )
    assert_one_error_line(
        run_here(["advise", "cluster-64", "--prices-from", "none.csv"], tmp_path), "none.csv", "no such file"
    )


@pytest.mark.parametrize("at", range(0, 140, 3))
def test_a_damaged_zip_is_one_clear_error_or_read(at: int) -> None:
    """One byte of a zip is wrong, wherever it is."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("lambdalabs.csv", "a,b\n1,2\n")
    for value in (0, 0x0C, 0x7F, 0xFF):
        data = bytearray(packed.getvalue())
        if at < 2 or at >= len(data):
            return
        data[at] = value
        with suppress(InputError):
            unpacked(bytes(data), "x.zip", "x.zip")
