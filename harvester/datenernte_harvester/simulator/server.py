"""HTTP servers of the simulated portals: one loopback port each, threads, nothing logged."""

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self
from urllib.parse import parse_qs, unquote, urlsplit

HOST = "127.0.0.1"


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """What a client asked."""

    method: str
    path: str
    """Decoded path without the query."""
    query: dict[str, str]
    headers: dict[str, str]
    """Lower-case names."""
    base: str
    """`http://127.0.0.1:port`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What the server sends; `chunks` are sent after `body` (for drips and endless bodies)."""

    status: int = 200
    content_type: str = "text/html; charset=utf-8"
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    chunks: Iterable[bytes] = ()
    length: int | None = None
    """Content-Length to claim; None means the true one."""
    abort: bool = False
    """Close the connection without an answer."""


NOT_FOUND = Answer(status=404, body=b"<!doctype html><title>404</title><h1>Nicht gefunden</h1>")

Site = Callable[[Request], Answer]
"""A simulated website: from request to answer."""


@dataclass(slots=True)
class Server:
    """A running simulated portal; a context manager."""

    site: Site
    requests: list[Request] = field(default_factory=list)
    """Every request so far, oldest first."""
    _server: ThreadingHTTPServer = field(init=False)
    _thread: threading.Thread = field(init=False)

    def __enter__(self) -> Self:
        """Listen on a free port."""
        owner = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_one(self) -> None:
                owner._handle(self)

            do_GET = do_HEAD = handle_one  # noqa: N815 - the library's names

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                """Nothing is logged."""

        self._server = ThreadingHTTPServer((HOST, 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.05,), daemon=True
        )
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        """`http://127.0.0.1:port`."""
        return f"http://{HOST}:{self.port}"

    def _handle(self, handler: BaseHTTPRequestHandler) -> None:
        parts = urlsplit(handler.path)
        request = Request(
            method=handler.command,
            path=unquote(parts.path),
            query={name: values[-1] for name, values in parse_qs(parts.query).items()},
            headers={name.lower(): value for name, value in handler.headers.items()},
            base=self.url,
        )
        self.requests.append(request)
        answer = _conditional(request, self.site(request))
        if answer.abort:
            handler.close_connection = True
            return
        handler.send_response(answer.status)
        handler.send_header("Content-Type", answer.content_type)
        for name, value in answer.headers:
            handler.send_header(name, value)
        endless = answer.chunks != ()
        if endless:
            handler.close_connection = True
            handler.send_header("Connection", "close")
        if not endless or answer.length is not None:
            length = len(answer.body) if answer.length is None else answer.length
            handler.send_header("Content-Length", str(length))
            handler.close_connection = handler.close_connection or length != len(answer.body)
        try:
            handler.end_headers()
            if request.method != "HEAD":
                handler.wfile.write(answer.body)
                for chunk in answer.chunks:
                    handler.wfile.write(chunk)
        except OSError:
            # The client has gone: what a faulty answer is there to provoke.
            handler.close_connection = True


def _conditional(request: Request, answer: Answer) -> Answer:
    """The answer with an ETag; 304 if the client has it."""
    if answer.status != 200 or answer.abort or answer.chunks != ():
        return answer
    etag = f'"{sha256(answer.body).hexdigest()[:32]}"'
    headers = (*answer.headers, ("ETag", etag))
    if request.headers.get("if-none-match") == etag:
        return replace(answer, status=304, body=b"", headers=headers, length=None)
    return replace(answer, headers=headers)
