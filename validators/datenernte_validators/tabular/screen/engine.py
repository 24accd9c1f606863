"""When there is a screen, with how many threads, and what makes it give up.

polars is loaded only for tables that are large enough: `stream`, and what it imports, by `judge`.
"""

import ctypes
import os
import resource
from types import ModuleType

_THREADS = 4
"""More do not help blocks of this size, and each takes address space, which a child process that
checks strangers' files has little of."""

_M_ARENA_MAX = -8
"""Of glibc's `mallopt`, https://man7.org/linux/man-pages/man3/mallopt.3.html"""
SCREENED_BYTES = 200_000
"""Smaller tables take Frictionless less than the time that it takes to load polars."""


class GiveUp(Exception):
    """Raised where the screen does not understand a file; plain Frictionless judges it then."""


def limit_threads() -> None:
    """To be called before polars is imported for the first time.

    What the environment says of its threads stands. Where the address space is limited, the
    threads share two of glibc's arenas: each one of its own would take 64 MB of it.
    """
    os.environ.setdefault("POLARS_MAX_THREADS", str(min(_THREADS, os.cpu_count() or 1)))
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if limit != resource.RLIM_INFINITY and mallopt is not None:
        mallopt(_M_ARENA_MAX, 2)


def load() -> ModuleType:
    """polars, with few threads."""
    limit_threads()
    import polars

    return polars


def polars_faults() -> tuple[type[BaseException], ...]:
    """What is raised where polars cannot do it; Frictionless may."""
    import polars

    return (polars.exceptions.PolarsError, polars.exceptions.PanicException, MemoryError)
