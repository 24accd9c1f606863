"""`requests` behind the guard: one connection to one checked address, and a deadline for it all.

`requests` is used below its sessions: those read redirect bodies whole, follow redirects past us
and look into the environment. Adapters do neither.
"""

import queue
import socket
import threading
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError

from datenernte_validators.network.deadline import Deadline
from datenernte_validators.network.faults import authorities_file
from datenernte_validators.network.guard import Guard, Lookup, resolve, system_lookup
from datenernte_validators.network.settings import NetworkSettings


class Transport:
    """Asks one URL at a time; a context manager that closes its connections."""

    def __init__(
        self,
        guard: Guard,
        settings: NetworkSettings,
        deadline: Deadline,
        lookup: Lookup | None = None,
    ) -> None:
        """Prepare without connecting.

        Raises:
            ConfigError: the CA file of the settings does not exist.
        """
        self._settings = settings
        self._deadline = deadline
        self._verify = authorities_file(settings)
        self._adapter = _GuardedAdapter(_Door(guard, deadline, lookup or system_lookup, settings))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._adapter.close()

    def ask(self, method: str, url: str, headers: Mapping[str, str]) -> requests.Response:
        """The answer to a request, its body unread; redirects are not followed.

        Raises:
            requests.RequestException, urllib3.exceptions.HTTPError: no answer; `fault_of` tells
                why.
            ForbiddenAddress: the host has no address that the guard allows.
        """
        request = requests.Request(method, url, headers=dict(headers)).prepare()
        timeout = max(0.001, min(self._settings.timeout_seconds, self._deadline.remaining()))
        proxy = self._settings.proxy
        return self._adapter.send(
            request,
            stream=True,
            timeout=timeout,
            verify=self._verify,
            proxies={"http": proxy, "https": proxy} if proxy else {},
        )


class _Door:
    """Opens the sockets."""

    def __init__(
        self, guard: Guard, deadline: Deadline, lookup: Lookup, settings: NetworkSettings
    ) -> None:
        self._guard = guard
        self._deadline = deadline
        self._lookup = lookup
        # The operator chose the proxy, wherever it stands; nothing else passes unjudged.
        proxy = urlsplit(settings.proxy or "")
        self._proxy = (proxy.hostname, proxy.port or (443 if proxy.scheme == "https" else 80))

    def open(self, connection: HTTPConnection) -> socket.socket:
        """A socket for this connection, to the first allowed address that answers."""
        host, port = connection.host, connection.port
        limit = connection.timeout if isinstance(connection.timeout, int | float) else 60.0
        try:
            addresses = self._addresses(host.strip("[]"), port)
        except TimeoutError as error:
            raise ConnectTimeoutError(connection, f"no resolver answered for {host}") from error
        except OSError as error:
            unknown = error if isinstance(error, socket.gaierror) else socket.gaierror(str(error))
            raise NameResolutionError(host, connection, unknown) from error
        failure: OSError = OSError("no address")
        for ip in addresses:
            try:
                return self._connected(ip, port, min(limit, self._deadline.remaining()))
            except OSError as error:
                failure = error
        if isinstance(failure, TimeoutError):
            raise ConnectTimeoutError(connection, f"{host} does not answer") from failure
        raise NewConnectionError(connection, f"no connection to {host}") from failure

    def _addresses(self, host: str, port: int) -> list[str]:
        """Resolve within the deadline; the system's resolver has none of its own.

        Raises:
            TimeoutError: the deadline passed first.
            OSError, ForbiddenAddress: as `resolve`.
        """
        answers: queue.SimpleQueue[list[str] | Exception] = queue.SimpleQueue()

        def ask() -> None:
            try:
                answers.put(list(self._lookup(host, port)))
            except OSError as error:
                answers.put(error)

        threading.Thread(target=ask, daemon=True, name="resolve").start()
        try:
            answer = answers.get(timeout=max(0.001, self._deadline.remaining()))
        except queue.Empty as error:
            raise TimeoutError from error
        if isinstance(answer, Exception):
            raise answer
        if (host, port) == self._proxy:
            return answer
        return resolve(self._guard, host, port, lambda *_: answer)

    def _connected(self, ip: str, port: int, seconds: float) -> socket.socket:
        family = socket.AF_INET6 if ":" in ip else socket.AF_INET
        opened = socket.socket(family, socket.SOCK_STREAM)
        try:
            opened.settimeout(max(0.001, seconds))
            opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            opened.connect((ip, port))
            self._deadline.watch(opened)
        except OSError:
            opened.close()
            raise
        return opened


class _GuardedAdapter(HTTPAdapter):
    """An adapter whose every connection, also that to a proxy, comes through one door."""

    def __init__(self, door: _Door) -> None:
        self._pools = _pool_classes(door)
        super().__init__(pool_connections=2, pool_maxsize=1, max_retries=0)

    def init_poolmanager(
        self, connections: int, maxsize: int, block: bool = False, **pool_kwargs: Any
    ) -> None:
        """Make the pools of direct connections."""
        super().init_poolmanager(connections, maxsize, block, **pool_kwargs)
        self.poolmanager.pool_classes_by_scheme = self._pools

    def proxy_manager_for(self, proxy: str, **proxy_kwargs: Any) -> urllib3.ProxyManager:
        """Make the pools of connections through a proxy."""
        manager: urllib3.ProxyManager = super().proxy_manager_for(proxy, **proxy_kwargs)
        manager.pool_classes_by_scheme = self._pools
        return manager


def _pool_classes(door: _Door) -> dict[str, type[HTTPConnectionPool]]:
    """Pools by scheme. The classes are made here since urllib3 hands nothing of ours to them."""

    class GuardedConnection(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            return door.open(self)

    class GuardedTlsConnection(HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            return door.open(self)

    class GuardedPool(HTTPConnectionPool):
        ConnectionCls = GuardedConnection

    class GuardedTlsPool(HTTPSConnectionPool):
        ConnectionCls = GuardedTlsConnection

    return {"http": GuardedPool, "https": GuardedTlsPool}
