"""A deadline that also ends what is already blocked in a read."""

import contextlib
import socket
import threading
import time
from types import TracebackType
from typing import Self


class Deadline:
    """Shuts its sockets when the time is up; a context manager around one download.

    The timeouts of sockets count silence only: a server that sends one byte a second never runs
    into them.
    """

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds
        self._lock = threading.Lock()
        self._watched: list[socket.socket] = []
        self.expired = False
        """Whether the time ran out before the context ended."""
        self._timer = threading.Timer(max(0.0, seconds), self._expire)
        self._timer.daemon = True

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._timer.cancel()
        with self._lock:
            for watched in self._watched:
                watched.close()
            self._watched.clear()

    def remaining(self) -> float:
        """Seconds left; negative when the time is up."""
        return self._end - time.monotonic()

    def watch(self, opened: socket.socket) -> None:
        """Shut this connection too when the time is up.

        Keeps a duplicate: TLS takes the descriptor away from the socket that it wraps.
        """
        with self._lock:
            duplicate = opened.dup()
            self._watched.append(duplicate)
            if self.expired:
                _shut(duplicate)

    def _expire(self) -> None:
        with self._lock:
            self.expired = True
            for watched in self._watched:
                _shut(watched)


def _shut(opened: socket.socket) -> None:
    with contextlib.suppress(OSError):  # the other side was faster
        opened.shutdown(socket.SHUT_RDWR)
