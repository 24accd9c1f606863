"""A real forward proxy on loopback: absolute addresses for http, CONNECT tunnels for https."""

import select
import socket
import threading
from collections.abc import Mapping
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

_QUIET_SECONDS = 10.0


class ForwardProxy:
    """Leads names to ports of this machine; `asked` has method, target and credentials."""

    def __init__(self, ports: Mapping[str, int], authorization: str | None = None) -> None:
        self.ports = ports
        self.authorization = authorization
        self.asked: list[tuple[str, str, str | None]] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._server.block_on_close = False
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _is_welcome(self) -> bool:
                given = self.headers.get("Proxy-Authorization")
                proxy.asked.append((self.command, self.path, given))
                if proxy.authorization in (None, given):
                    return True
                self.send_response(407)
                self.send_header("Proxy-Authenticate", 'Basic realm="proxy"')
                self.send_header("Content-Length", "0")
                self.end_headers()
                return False

            def do_CONNECT(self) -> None:
                if not self._is_welcome():
                    return
                name = self.path.rpartition(":")[0]
                with socket.create_connection(("127.0.0.1", proxy.ports[name])) as behind:
                    self.send_response(200)
                    self.end_headers()
                    _tunnel(self.connection, behind)
                self.close_connection = True

            def do_GET(self) -> None:
                if not self._is_welcome():
                    return
                parts = urlsplit(self.path)
                headers = {
                    name: value
                    for name, value in self.headers.items()
                    if not name.lower().startswith("proxy-")
                }
                behind = HTTPConnection("127.0.0.1", proxy.ports[parts.hostname or ""], timeout=10)
                try:
                    target = f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"
                    behind.request(self.command, target, headers=headers)
                    answer = behind.getresponse()
                    body = answer.read()
                finally:
                    behind.close()
                self.send_response(answer.status)
                for name, value in answer.getheaders():
                    if name.lower() not in ("connection", "transfer-encoding", "content-length"):
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_HEAD = do_GET  # noqa: N815 - as http.server names it

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                pass

        return Handler


def _tunnel(one: socket.socket, other: socket.socket) -> None:
    """Pass bytes on until one side ends or nothing comes for a while."""
    ways = {one: other, other: one}
    while True:
        ready, _, _ = select.select(list(ways), [], [], _QUIET_SECONDS)
        if not ready:
            return
        for side in ready:
            data = side.recv(65536)
            if not data:
                return
            ways[side].sendall(data)
