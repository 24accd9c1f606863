"""A scripted HTTP server on loopback that answers byte for byte what a test tells it to."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping

import pytest

Route = bytes | Callable[[bytes], Iterable[bytes]]


class ScriptedServer:
    """Answers each path with the bytes of its route; an empty piece means a moment's rest.

    A key may be a path or method and path; only the latter sends a body in answer to a HEAD.
    """

    def __init__(
        self, routes: Mapping[str, Route], tls: ssl.SSLContext | None, host: str, port: int
    ) -> None:
        self.routes = routes
        self.tls = tls
        self.hits: list[str] = []
        self.heads: list[bytes] = []
        self.stop = threading.Event()
        self.listening = socket.create_server((host, port))
        self.port: int = self.listening.getsockname()[1]
        self.threads: list[threading.Thread] = []
        self.start(self.accept)

    def start(self, work: Callable[..., None], *args: object) -> None:
        thread = threading.Thread(target=work, args=args, daemon=True)
        self.threads.append(thread)
        thread.start()

    def accept(self) -> None:
        while True:
            try:
                opened, _ = self.listening.accept()
            except OSError:
                return
            self.start(self.answer, opened)

    def answer(self, opened: socket.socket) -> None:
        opened.settimeout(20)
        try:
            if self.tls is not None:
                opened = self.tls.wrap_socket(opened, server_side=True)
            head = b""
            while b"\r\n\r\n" not in head:
                piece = opened.recv(65536)
                if not piece:
                    return
                head += piece
                if head.startswith(b"\x16"):  # somebody speaks TLS to a plain server
                    opened.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
                    return
            method, path, *_ = head.decode("latin-1").split(" ")
            self.heads.append(head)
            self.hits.append(f"{method} {path}")
            route = self.routes.get(f"{method} {path}", self.routes.get(path))
            if route is None:
                route = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            if method == "HEAD" and isinstance(route, bytes) and f"HEAD {path}" not in self.routes:
                route = route.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
            for piece in [route] if isinstance(route, bytes) else route(head):
                if piece:
                    opened.sendall(piece)
                elif self.stop.wait(0.02):
                    return
        except OSError:
            return
        finally:
            opened.close()

    def close(self) -> None:
        self.stop.set()
        # A blocked accept does not notice that its socket is closed.
        self.listening.shutdown(socket.SHUT_RDWR)
        self.listening.close()
        for thread in self.threads:
            thread.join(10)


@pytest.fixture
def serve() -> Iterator[Callable[..., tuple[str, list[str], list[bytes]]]]:
    """Start servers: from routes to base URL, requests so far (»GET /path«), their heads."""
    servers: list[ScriptedServer] = []

    def start(
        routes: Mapping[str, Route],
        tls: ssl.SSLContext | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> tuple[str, list[str], list[bytes]]:
        server = ScriptedServer(routes, tls, host, port)
        servers.append(server)
        scheme = "http" if tls is None else "https"
        return f"{scheme}://{host}:{server.port}", server.hits, server.heads

    yield start
    for server in servers:
        server.close()


@pytest.fixture
def reply() -> Callable[..., bytes]:
    """Build an answer: status, body, headers; Content-Length is added unless given."""

    def build(status: int = 200, body: bytes = b"", **headers: str) -> bytes:
        fields = {"Content-Length": str(len(body)), "Connection": "close"}
        fields |= {name.replace("_", "-"): value for name, value in headers.items()}
        lines = [f"{name}: {value}" for name, value in fields.items() if value]
        return "\r\n".join((f"HTTP/1.1 {status} X", *lines, "", "")).encode("latin-1") + body

    return build
