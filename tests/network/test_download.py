"""A download is guarded, bounded, complete or an error, and leaves nothing behind (F01–F12)."""

import gzip
import hashlib
import ssl
import warnings
import zlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import trustme

from datenernte_dcat.errors import ConfigError, DownloadError, ForbiddenAddress, StoreError
from datenernte_validators.network.download import Download, download
from datenernte_validators.network.faults import download_finding
from datenernte_validators.network.guard import Guard
from datenernte_validators.network.settings import NetworkSettings

Serve = Callable[..., tuple[str, list[str], list[bytes]]]
Reply = Callable[..., bytes]
QUICK = NetworkSettings(timeout_seconds=5, deadline_seconds=10, max_bytes=5_000_000)


def opened_for(*base_urls: str) -> Guard:
    return Guard(tuple(url.partition("//")[2] for url in base_urls))


def fetch(
    url: str, directory: Path, settings: NetworkSettings = QUICK, guard: Guard | None = None
) -> Download:
    base = "/".join(url.split("/")[:3])
    return download(url, directory, guard or opened_for(base), settings)


def failure(url: str, directory: Path, settings: NetworkSettings = QUICK) -> DownloadError:
    with pytest.raises(DownloadError) as failed:
        fetch(url, directory, settings)
    assert list(directory.iterdir()) == []
    assert download_finding(failed.value).message
    return failed.value


def test_a_file_arrives_with_hash_size_and_headers(
    serve: Serve, reply: Reply, tmp_path: Path
) -> None:
    body = "Straße;Länge\nAm Rain;3\n".encode()
    headers = {
        "Content_Type": "Text/CSV; charset=utf-8",
        "ETag": '"a1"',
        "Last_Modified": "Sat, 01 Mar 2025 10:00:00 GMT",
    }
    base, hits, heads = serve({"/stra%C3%9Fen.csv": reply(200, body, **headers)})
    got = fetch(f"{base}/straßen.csv", tmp_path)
    assert got.path is not None
    assert got.path.read_bytes() == body
    assert got.path.parent == tmp_path
    assert (got.sha256, got.size) == (hashlib.sha256(body).hexdigest(), len(body))
    assert (got.media_type, got.charset, got.file_name) == ("text/csv", "utf-8", "straßen.csv")
    assert (got.etag, got.last_modified) == ('"a1"', "Sat, 01 Mar 2025 10:00:00 GMT")
    assert (got.hops, got.not_modified, got.insecure_redirect) == ((), False, False)
    assert hits == ["GET /stra%C3%9Fen.csv"]
    assert b"User-Agent: datenernte\r\n" in heads[0]


def test_what_the_caller_has_is_not_sent_again(serve: Serve, reply: Reply, tmp_path: Path) -> None:
    base, _, heads = serve({"/a.csv": reply(304, ETag='"a1"')})
    got = download(
        f"{base}/a.csv", tmp_path, opened_for(base), QUICK, conditional=('"a1"', "gestern\n")
    )
    assert got.not_modified
    assert (got.path, got.sha256, got.size, got.etag) == (None, None, None, '"a1"')
    assert b'If-None-Match: "a1"\r\n' in heads[0]
    assert b"If-Modified-Since" not in heads[0]
    assert list(tmp_path.iterdir()) == []


def test_not_modified_without_a_condition_is_an_error(
    serve: Serve, reply: Reply, tmp_path: Path
) -> None:
    base, _, _ = serve({"/a.csv": reply(304)})
    assert failure(f"{base}/a.csv", tmp_path).code == "download-http-status"


@pytest.mark.parametrize(
    ("status", "code"),
    [
        *((status, "download-http-status") for status in (204, 206, 300, 400, 404, 410, 500)),
        *((status, "download-blocked") for status in (401, 403, 429, 451, 503)),
    ],
)
def test_every_other_status_is_an_error_with_its_code(
    serve: Serve, reply: Reply, tmp_path: Path, status: int, code: str
) -> None:
    base, _, _ = serve({"/a.csv": reply(status, b"" if status == 204 else b"x")})
    failed = failure(f"{base}/a.csv", tmp_path)
    assert failed.code == code
    assert str(status) in failed.detail


@pytest.mark.parametrize("location", ["/b.csv", "b.csv", "//{host}/b.csv", "{base}/b.csv#oben"])
def test_redirects_are_followed_and_named(
    serve: Serve, reply: Reply, tmp_path: Path, location: str
) -> None:
    routes: dict[str, bytes] = {"/b.csv": reply(200, b"x")}
    base, _, _ = serve(routes)
    place = location.format(base=base, host=base.partition("//")[2])
    routes["/a.csv"] = reply(302, Location=place)
    got = fetch(f"{base}/a.csv", tmp_path)
    assert got.final_url == f"{base}/b.csv"
    assert got.hops == (f"{base}/b.csv",)
    assert got.file_name == "b.csv"


def test_more_than_five_redirects_are_too_many(serve: Serve, reply: Reply, tmp_path: Path) -> None:
    routes = {f"/{step}": reply(301, Location=f"/{step + 1}") for step in range(9)}
    routes["/9"] = reply(200, b"x")
    base, hits, _ = serve(routes)
    assert failure(f"{base}/0", tmp_path).code == "download-redirects"
    assert len(hits) == 6
    assert fetch(f"{base}/4", tmp_path).size == 1


@pytest.mark.parametrize("second", ["/a", "/b"])
def test_a_redirect_loop_ends_at_once(
    serve: Serve, reply: Reply, tmp_path: Path, second: str
) -> None:
    base, hits, _ = serve({"/a": reply(302, Location="/b"), "/b": reply(302, Location=second)})
    assert failure(f"{base}/a", tmp_path).code == "download-redirects"
    assert hits == ["GET /a", "GET /b"]


def test_an_endless_body_of_a_redirect_is_not_read(
    serve: Serve, reply: Reply, tmp_path: Path
) -> None:
    def endless(head: bytes) -> Iterator[bytes]:
        yield b"HTTP/1.1 302 X\r\nLocation: /b\r\n\r\n"
        while True:
            yield b"x" * 65536

    base, _, _ = serve({"/a": endless, "/b": reply(200, b"x")})
    assert fetch(f"{base}/a", tmp_path).size == 1


@pytest.mark.parametrize(
    ("location", "code"),
    [
        ("http://127.0.0.1:{other}/geheim", "net-private"),
        ("http://2130706433:{other}/geheim", "net-private"),
        ("http://[::ffff:127.0.0.1]:{other}/geheim", "net-private"),
        ("http://localhost:{other}/geheim", "net-private"),
        ("http://169.254.169.254/latest/meta-data/", "net-private"),
        ("http://nutzer:geheim@127.0.0.1:{other}/", "net-userinfo"),
        ("file:///etc/passwd", "net-scheme"),
        ("ftp://127.0.0.1/a", "net-scheme"),
        ("http://[::1", "net-invalid"),
    ],
)
def test_a_redirect_to_a_forbidden_place_is_refused(
    serve: Serve, reply: Reply, tmp_path: Path, location: str, code: str
) -> None:
    inner, inner_hits, _ = serve({"/geheim": reply(200, b"geheim")})
    place = location.format(other=inner.rpartition(":")[2])
    base, _, _ = serve({"/a": reply(302, Location=place)})
    with pytest.raises(ForbiddenAddress) as refused:
        fetch(f"{base}/a", tmp_path)
    assert refused.value.code == code
    assert refused.value.url == f"{base}/a"
    assert "nutzer" not in str(refused.value)
    assert inner_hits == []
    assert download_finding(refused.value, subject="s").value == f"{base}/a"


def test_a_forbidden_url_is_never_asked(serve: Serve, reply: Reply, tmp_path: Path) -> None:
    base, hits, _ = serve({"/a": reply(200, b"x")})
    with pytest.raises(ForbiddenAddress):
        download(f"{base}/a", tmp_path, Guard(), QUICK)
    assert hits == []


def test_a_name_that_changes_its_address_gains_nothing(
    serve: Serve, reply: Reply, tmp_path: Path
) -> None:
    """127.0.0.2 stands for the public address, 127.0.0.1 for the inner one."""
    public, public_hits, _ = serve({"/a": reply(200, b"x")}, host="127.0.0.2")
    port = public.rpartition(":")[2]
    _, inner_hits, _ = serve({"/a": reply(200, b"geheim")}, port=int(port))
    answers = [["127.0.0.2"], ["127.0.0.1"]]
    asked: list[str] = []

    def lookup(host: str, port: int) -> list[str]:
        asked.append(host)
        return answers[len(asked) - 1]

    guard = Guard((f"127.0.0.2:{port}",))
    url = f"http://stadt.example.org:{port}/a"
    assert download(url, tmp_path, guard, QUICK, lookup=lookup).size == 1
    assert asked == ["stadt.example.org"]
    with pytest.raises(ForbiddenAddress) as refused:
        download(url, tmp_path, guard, QUICK, lookup=lookup)
    assert refused.value.url == url
    assert len(public_hits) == 1
    assert inner_hits == []


def test_of_several_addresses_the_forbidden_are_passed_over(
    serve: Serve, reply: Reply, tmp_path: Path
) -> None:
    base, hits, _ = serve({"/a": reply(200, b"x")}, host="127.0.0.2")
    port = base.rpartition(":")[2]
    _, inner_hits, _ = serve({}, port=int(port))
    got = download(
        f"http://stadt.example.org:{port}/a",
        tmp_path,
        Guard((f"127.0.0.2:{port}",)),
        QUICK,
        lookup=lambda host, port: ["127.0.0.1", "::1", "127.0.0.2"],
    )
    assert got.size == 1
    assert (hits, inner_hits) == (["GET /a"], [])


def test_proxies_of_the_environment_are_ignored(
    serve: Serve, reply: Reply, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy, proxy_hits, _ = serve({})
    base, _, _ = serve({"/a": reply(200, b"x")})
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, proxy)
    monkeypatch.delenv("no_proxy", raising=False)
    assert fetch(f"{base}/a", tmp_path).size == 1
    assert proxy_hits == []


def test_the_operators_proxy_is_used_and_the_guard_still_judges_the_url(
    serve: Serve, reply: Reply, tmp_path: Path
) -> None:
    proxy, hits, _ = serve({"http://stadt.example.org/a": reply(200, b"x")})
    settings = NetworkSettings(proxy=proxy, deadline_seconds=10)
    assert download("http://stadt.example.org/a", tmp_path, Guard(), settings).size == 1
    assert hits == ["GET http://stadt.example.org/a"]
    with pytest.raises(ForbiddenAddress):
        download("http://10.0.0.1/a", tmp_path, Guard(), settings)
    assert len(hits) == 1


def test_more_bytes_than_allowed_are_an_error_before_and_while_reading(
    serve: Serve, reply: Reply, tmp_path: Path
) -> None:
    def endless(head: bytes) -> Iterator[bytes]:
        yield b"HTTP/1.1 200 X\r\nContent-Type: text/csv\r\n\r\n"
        while True:
            yield b"1;2;3;4\n" * 8192

    base, _, _ = serve(
        {"/endlos": endless, "/angekündigt": b"", "/gross": reply(200, Content_Length="5000001")}
    )
    assert failure(f"{base}/endlos", tmp_path).code == "download-too-large"
    announced = failure(f"{base}/gross", tmp_path)
    assert announced.code == "download-too-large"
    assert announced.detail == "5,0 MB, erlaubt sind 5,0 MB"


def test_exactly_the_allowed_bytes_are_allowed(serve: Serve, reply: Reply, tmp_path: Path) -> None:
    base, _, _ = serve({"/a": reply(200, b"x" * 1000), "/b": reply(200, b"x" * 1001)})
    guard = opened_for(base)
    assert download(f"{base}/a", tmp_path, guard, QUICK, max_bytes=1000).size == 1000
    with pytest.raises(DownloadError):
        download(f"{base}/b", tmp_path, guard, QUICK, max_bytes=1000)


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 X\r\nContent-Length: 100\r\n\r\nhalb",
        b"HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalb\r\n",
        b"HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nhalb",
        b"HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\nkeine Zahl\r\nhalb",
        b"HTTP/1.1 200 X\r\nContent-Encoding: gzip\r\n\r\n"
        + gzip.compress(b"halb" * 999, mtime=0)[:-9],
        b"HTTP/1.1 200 X\r\nContent-Encoding: gzip\r\n\r\nkein gzip",
        b"HTTP/1.1 200 X\r\nContent-Encoding: deflate\r\n\r\n" + zlib.compress(b"halb")[:-2],
    ],
)
def test_half_a_body_is_no_file(serve: Serve, tmp_path: Path, answer: bytes) -> None:
    base, _, _ = serve({"/a": answer})
    assert failure(f"{base}/a", tmp_path).code == "download-truncated"


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"kein HTTP\r\n\r\n",
        b"HTTP/1.1 200 X\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
        b"HTTP/1.1 200 X\r\n" + b"X-A: b\r\n" * 200 + b"\r\n",
        b"HTTP/1.1 200 X\r\nX-A: " + b"b" * 100_000 + b"\r\n\r\n",
    ],
)
def test_an_answer_that_is_not_http_is_a_failed_connection(
    serve: Serve, tmp_path: Path, answer: bytes
) -> None:
    base, _, _ = serve({"/a": answer})
    assert failure(f"{base}/a", tmp_path).code == "connection-failed"


PLAIN = b"a;b\n1;2\n" * 4000


def bare_deflate(body: bytes) -> bytes:
    engine = zlib.compressobj(wbits=-15)
    return engine.compress(body) + engine.flush()


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("", PLAIN),
        ("identity", PLAIN),
        ("gzip", gzip.compress(PLAIN, mtime=0)),
        ("x-gzip", gzip.compress(PLAIN[:5000], mtime=0) + gzip.compress(PLAIN[5000:], mtime=0)),
        ("GZIP", gzip.compress(PLAIN, mtime=0) + b"\0" * 512),
        ("deflate", zlib.compress(PLAIN)),
        ("deflate", bare_deflate(PLAIN)),
    ],
)
@pytest.mark.parametrize("chunk_bytes", [0, 1, 1000])
def test_compressed_bodies_are_unpacked(
    serve: Serve, reply: Reply, tmp_path: Path, encoding: str, body: bytes, chunk_bytes: int
) -> None:
    answer = reply(200, body, Content_Encoding=encoding)
    if chunk_bytes:
        answer = reply(200, Content_Length="", Content_Encoding=encoding) + b"".join(
            b"%x\r\n%s\r\n" % (len(part), part)
            for part in (body[at : at + chunk_bytes] for at in range(0, len(body), chunk_bytes))
        )
        answer = answer.replace(b"\r\n\r\n", b"\r\nTransfer-Encoding: chunked\r\n\r\n", 1)
        answer += b"0\r\n\r\n"
    base, _, _ = serve({"/a": answer})
    got = fetch(f"{base}/a", tmp_path)
    assert got.path is not None
    assert got.path.read_bytes() == PLAIN


def test_bytes_are_counted_after_unpacking(serve: Serve, reply: Reply, tmp_path: Path) -> None:
    bomb = gzip.compress(b"\0" * 300_000_000, compresslevel=1, mtime=0)
    base, _, _ = serve({"/bombe": reply(200, bomb, Content_Encoding="gzip")})
    assert failure(f"{base}/bombe", tmp_path).code == "download-too-large"
    wide = NetworkSettings(max_bytes=400_000_000, deadline_seconds=30)
    assert failure(f"{base}/bombe", tmp_path, wide).code == "download-bomb"


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, gzip", "geheim\x1b[31m"])
def test_an_encoding_that_nobody_asked_for_is_an_error(
    serve: Serve, reply: Reply, tmp_path: Path, encoding: str
) -> None:
    base, _, _ = serve({"/a": reply(200, b"x", Content_Encoding=encoding)})
    failed = failure(f"{base}/a", tmp_path)
    assert failed.code == "download-encoding"
    assert failed.detail.isprintable()


def drip_body(head: bytes) -> Iterator[bytes]:
    yield b"HTTP/1.1 200 X\r\nContent-Length: 1000000\r\n\r\n"
    while True:
        yield b"x"
        yield b""


def drip_open_body(head: bytes) -> Iterator[bytes]:
    yield b"HTTP/1.0 200 X\r\n\r\n"
    while True:
        yield b"x"
        yield b""


def drip_head(head: bytes) -> Iterator[bytes]:
    yield b"HTTP/1.1 200 X\r\n"
    while True:
        yield b"X"
        yield b""


def flood_of_interim_answers(head: bytes) -> Iterator[bytes]:
    while True:
        yield b"HTTP/1.1 100 Continue\r\n\r\n" * 100


def endless_chunk_size(head: bytes) -> Iterator[bytes]:
    yield b"HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n"
    while True:
        yield b"0"
        yield b""


def silence(head: bytes) -> Iterator[bytes]:
    while True:
        yield b""


@pytest.mark.parametrize(
    "route",
    [
        drip_body,
        drip_open_body,
        drip_head,
        flood_of_interim_answers,
        endless_chunk_size,
        silence,
    ],
)
def test_no_server_holds_a_download_beyond_its_deadline(
    serve: Serve, tmp_path: Path, route: Callable[[bytes], Iterator[bytes]]
) -> None:
    base, _, _ = serve({"/a": route})
    settings = NetworkSettings(timeout_seconds=5, deadline_seconds=0.6)
    started = datetime.now(tz=UTC)
    assert failure(f"{base}/a", tmp_path, settings).code == "download-timeout"
    assert (datetime.now(tz=UTC) - started).total_seconds() < 4


def test_the_deadline_holds_over_all_redirects(serve: Serve, reply: Reply, tmp_path: Path) -> None:
    def slow(head: bytes) -> Iterator[bytes]:
        yield from [b""] * 15
        yield reply(302, Location=f"/{head.count(b'x') + 1}/" + "x" * (head.count(b"x") + 1))

    routes = {f"/{step}/" + "x" * step: slow for step in range(1, 9)}
    base, hits, _ = serve({"/": slow, **routes})
    settings = NetworkSettings(deadline_seconds=0.5, max_redirects=20)
    assert failure(f"{base}/", tmp_path, settings).code == "download-timeout"
    assert len(hits) < 4


def test_a_resolver_that_never_answers_ends_at_the_deadline(tmp_path: Path) -> None:
    import threading

    waiting = threading.Event()

    def lookup(host: str, port: int) -> list[str]:
        waiting.wait(20)
        return []

    settings = NetworkSettings(deadline_seconds=0.2)
    with pytest.raises(DownloadError) as failed:
        download("http://stadt.example.org/a", tmp_path, Guard(), settings, lookup=lookup)
    waiting.set()
    assert failed.value.code == "download-timeout"


def test_a_silent_server_ends_at_the_timeout(serve: Serve, tmp_path: Path) -> None:
    base, _, _ = serve({"/a": silence})
    settings = NetworkSettings(timeout_seconds=0.3, deadline_seconds=30)
    assert failure(f"{base}/a", tmp_path, settings).code == "download-timeout"


def test_an_unknown_name_and_a_closed_port_have_their_codes(serve: Serve, tmp_path: Path) -> None:
    def nowhere(host: str, port: int) -> list[str]:
        import socket

        raise socket.gaierror(socket.EAI_NONAME, "unbekannt")

    with pytest.raises(DownloadError) as failed:
        download("http://stadt.example.org/a", tmp_path, Guard(), QUICK, lookup=nowhere)
    assert failed.value.code == "host-unknown"
    assert failure("http://127.0.0.1:8/a", tmp_path).code == ("connection-refused")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("../../etc/passwd", "passwd"),
        ("..\\..\\win.ini", "win.ini"),
        ("..", None),
        ("a" * 400 + ".csv", "a" * 196 + ".csv"),
        ("daten\x1b[31m.csv", "daten[31m.csv"),
    ],
)
def test_no_name_of_the_server_becomes_a_path(
    serve: Serve, reply: Reply, tmp_path: Path, name: str, expected: str | None
) -> None:
    field = f'attachment; filename="{name}"'
    base, _, _ = serve({"/..%2F..%2Fgeheim": reply(200, b"x", Content_Disposition=field)})
    inner = tmp_path / "dateien"
    inner.mkdir()
    got = fetch(f"{base}/..%2F..%2Fgeheim", inner)
    assert got.path is not None
    assert got.path.parent == inner
    assert [entry.name for entry in tmp_path.iterdir()] == ["dateien"]
    # »..« leaves no name, then the URL's own is taken, which is none either
    assert got.file_name == expected or (expected is None and got.file_name in (None, "geheim"))


def test_a_full_disk_is_a_store_error_and_leaves_nothing(
    serve: Serve, reply: Reply, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import errno
    import io
    import os

    class Full(io.BytesIO):
        def write(self, data: object, /) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

    def full(handle: int, mode: str) -> Full:
        os.close(handle)
        return Full()

    base, _, _ = serve({"/a": reply(200, b"x")})
    monkeypatch.setattr("os.fdopen", full)
    with pytest.raises(StoreError, match="voll"):
        fetch(f"{base}/a", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_missing_folder_is_a_store_error(serve: Serve, reply: Reply, tmp_path: Path) -> None:
    base, _, _ = serve({"/a": reply(200, b"x")})
    with pytest.raises(StoreError):
        fetch(f"{base}/a", tmp_path / "fehlt")


def tls_server_context(certificate: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("none", None),
        ("expired", "tls-expired"),
        ("future", "tls-not-yet-valid"),
        ("hostname", "tls-hostname"),
        ("issuer", "tls-unknown-issuer"),
        ("plain", "tls-failed"),
        ("old", "tls-failed"),
    ],
)
def test_each_fault_of_a_certificate_has_its_code(
    serve: Serve, reply: Reply, tmp_path: Path, fault: str, code: str | None
) -> None:
    ours, theirs = trustme.CA(), trustme.CA()
    ca_file = tmp_path / "ca.pem"
    ours.cert_pem.write_to_path(ca_file)
    name = "stadt.example.org" if fault == "hostname" else "127.0.0.1"
    certificate = (theirs if fault == "issuer" else ours).issue_cert(
        name,
        not_before=datetime(2100 if fault == "future" else 2001, 1, 1, tzinfo=UTC),
        not_after=datetime(2002 if fault == "expired" else 2101, 1, 1, tzinfo=UTC),
    )
    context = tls_server_context(certificate)
    if fault == "old":
        with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
            context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    base, _, _ = serve({"/a": reply(200, b"x")}, None if fault == "plain" else context)
    url = f"{base}/a".replace("http:", "https:")
    settings = NetworkSettings(ca_file=ca_file, deadline_seconds=10)
    files = tmp_path / "dateien"
    files.mkdir()
    if code is None:
        assert fetch(url, files, settings).size == 1
    else:
        assert failure(url, files, settings).code == code


def test_a_self_signed_certificate_is_refused(serve: Serve, reply: Reply, tmp_path: Path) -> None:
    authority = trustme.CA()
    certificate = authority.issue_cert("127.0.0.1")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    chain = tmp_path / "kette.pem"
    chain.write_bytes(
        certificate.private_key_pem.bytes()
        + certificate.cert_chain_pems[0].bytes()
        + authority.cert_pem.bytes()
    )
    context.load_cert_chain(chain)
    chain.unlink()
    base, _, _ = serve({"/a": reply(200, b"x")}, context)
    assert failure(f"{base}/a", tmp_path).code == "tls-self-signed"


def test_the_name_in_the_url_is_the_name_in_the_certificate(
    serve: Serve, reply: Reply, tmp_path: Path
) -> None:
    """The connection goes to a checked address; SNI and certificate still follow the name."""
    authority = trustme.CA()
    ca_file = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(ca_file)
    context = tls_server_context(authority.issue_cert("stadt.example.org"))
    base, _, heads = serve({"/a": reply(200, b"x")}, context)
    port = base.rpartition(":")[2]
    settings = NetworkSettings(ca_file=ca_file, deadline_seconds=10)
    got = download(
        f"https://stadt.example.org:{port}/a",
        tmp_path,
        Guard((f"127.0.0.1:{port}",)),
        settings,
        lookup=lambda host, port: ["127.0.0.1"],
    )
    assert got.size == 1
    assert f"Host: stadt.example.org:{port}\r\n".encode() in heads[0]


def test_a_redirect_from_https_to_http_is_reported(
    serve: Serve, reply: Reply, tmp_path: Path
) -> None:
    authority = trustme.CA()
    ca_file = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(ca_file)
    plain, _, _ = serve({"/b": reply(200, b"x")})
    context = tls_server_context(authority.issue_cert("127.0.0.1"))
    base, _, _ = serve({"/a": reply(302, Location=f"{plain}/b")}, context)
    settings = NetworkSettings(ca_file=ca_file, deadline_seconds=10)
    got = fetch(f"{base}/a", tmp_path, settings, opened_for(base, plain))
    assert got.insecure_redirect
    assert got.hops == (f"{plain}/b",)


def test_a_missing_authorities_file_is_a_configuration_error(tmp_path: Path) -> None:
    settings = NetworkSettings(ca_file=tmp_path / "fehlt.pem")
    with pytest.raises(ConfigError):
        download("https://stadt.example.org/", tmp_path, Guard(), settings)
