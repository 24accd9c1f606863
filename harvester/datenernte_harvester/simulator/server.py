"""HTTP servers of the simulated portals: one loopback port each, threads, nothing logged."""

import ssl
import sys
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, unquote, urlsplit

HOST = "127.0.0.1"
_HANDSHAKE_SECONDS = 10.0


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
    body: bytes = b""
    """Of a POST."""


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


_BODY_BYTES_MAX = 1_000_000
"""Of a POST; more is not read."""


@dataclass(slots=True)
class Server:
    """A running simulated portal; a context manager."""

    site: Site
    """Answers; may be exchanged while the server runs."""
    tls: ssl.SSLContext | None = None
    """Makes it an https server; its certificate may be exchanged while the server runs."""
    requests: list[Request] = field(default_factory=list)
    """Every request so far, oldest first."""
    answered: list[tuple[str, int]] = field(default_factory=list)
    """Target and status of every answer that was sent to its last byte."""
    _server: ThreadingHTTPServer = field(init=False)
    _thread: threading.Thread = field(init=False)

    def __enter__(self) -> Self:
        """Listen on a free port."""
        owner = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_one(self) -> None:
                owner._handle(self)

            do_GET = do_HEAD = do_POST = handle_one  # noqa: N815 - the library's names

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                """Nothing is logged."""

        self._server = _Listening(self, Handler)
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
        """`http://127.0.0.1:port`, or https."""
        return f"{'http' if self.tls is None else 'https'}://{HOST}:{self.port}"

    def _handle(self, handler: BaseHTTPRequestHandler) -> None:
        parts = urlsplit(handler.path)
        size = handler.headers.get("Content-Length", "")
        body = handler.rfile.read(min(int(size), _BODY_BYTES_MAX)) if size.isdecimal() else b""
        request = Request(
            method=handler.command,
            path=unquote(parts.path),
            query={name: values[-1] for name, values in parse_qs(parts.query).items()},
            headers={name.lower(): value for name, value in handler.headers.items()},
            base=self.url,
            body=body,
        )
        self.requests.append(request)
        answer = _conditional(request, self.site(request))
        handler.close_connection = handler.close_connection or answer.abort
        if answer.abort:
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
            self.answered.append((handler.path, answer.status))
        except OSError:
            # The client has gone: what a faulty answer is there to provoke.
            handler.close_connection = True


class _Listening(ThreadingHTTPServer):
    """A thread for each connection; TLS is spoken there, so that nobody waits for a handshake."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, owner: Server, handler: type[BaseHTTPRequestHandler]) -> None:
        self.owner = owner
        super().__init__((HOST, 0), handler)

    def finish_request(self, request: Any, client_address: Any) -> None:
        """Answer on one connection."""
        if self.owner.tls is None:
            super().finish_request(request, client_address)
            return
        request.settimeout(_HANDSHAKE_SECONDS)
        with self.owner.tls.wrap_socket(request, server_side=True) as secure:
            super().finish_request(secure, client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Be silent about clients that go away or do not shake hands: faults provoke them.

        A mistake of a simulated site stays loud.
        """
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


def _conditional(request: Request, answer: Answer) -> Answer:
    """The answer with an ETag; 304 if the client has it."""
    if answer.status != 200 or answer.abort or answer.chunks != ():
        return answer
    etag = f'"{sha256(answer.body).hexdigest()[:32]}"'
    headers = (*answer.headers, ("ETag", etag))
    if request.headers.get("if-none-match") == etag:
        return replace(answer, status=304, body=b"", headers=headers, length=None)
    return replace(answer, headers=headers)
