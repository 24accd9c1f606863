"""How a source type is recognised: where a protocol answers, and what its answer looks like.

A module of `spiders/` that has a `PROBE` takes part when `init --portal URL` asks a website what it
speaks; see `portal_detection`.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import urlsplit


class Answer(NamedTuple):
    """What an answer of the right form says."""

    software: str
    title: str | None = None
    datasets: int | None = None


@dataclass(frozen=True, slots=True)
class Probe:
    """How one source type is recognised."""

    rank: int
    """Where several source types answer, the lowest is taken: 10 APIs, 50 documents, 90 pages."""
    addresses: Callable[[str], Iterable[str]]
    """The URLs to ask, for the URL that was given."""
    read: Callable[[bytes, str], Answer | None]
    """What an answer says, for its body and URL; None where it is of another kind."""
    portal_url: Callable[[str, str], str]
    """`url` of the portal file, for the URL that was given and the one that answered."""
    count: str | None = None
    """Path of a further question for the number, where the answer does not have it."""
    part: Callable[[str], str] = lambda _url: ""
    """The part of the portal that the given URL means, e.g. one of its catalogues; "" for all."""


def site_of(url: str, root: str) -> str:
    """The URL of a portal without what begins with `root`, query and slash at the end."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}{parts.path.partition(root)[0].rstrip('/')}"


def below(root: str, path: str) -> Callable[[str], Iterable[str]]:
    """Addresses of one path at the website that a URL with `root` in it belongs to."""
    return lambda url: (f"{site_of(url, root)}{path}",)


def website(root: str) -> Callable[[str, str], str]:
    """The website is the portal's URL."""
    return lambda given, _answered: site_of(given, root)


def documents(*paths: str) -> Callable[[str], Iterable[str]]:
    """Addresses of documents: the URL itself, and paths behind it."""
    return lambda url: (f"{url.rstrip('/')}{path}" for path in paths)


def document(_given: str, answered: str) -> str:
    """The document that answered is the portal's URL."""
    return answered


def json_of(body: bytes | None) -> object:
    """The JSON of a body; None where it is none."""
    try:
        return None if body is None else json.loads(body)
    except (ValueError, RecursionError):
        return None


def at(value: object, *keys: str) -> object:
    """The value below `keys`, one inside the other; None where one of them is missing."""
    for key in keys:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def number_at(body: bytes | None, *keys: str) -> int | None:
    """The whole number below `keys` of a JSON body."""
    number = at(json_of(body), *keys)
    return number if isinstance(number, int) and not isinstance(number, bool) else None


def listing(
    software: str, count: tuple[str, ...], entries: tuple[str, ...]
) -> Callable[[bytes, str], Answer | None]:
    """Read an answer that has a number at `count` and a list at `entries`."""

    def read(body: bytes, _url: str) -> Answer | None:
        number = number_at(body, *count)
        is_one = number is not None and isinstance(at(json_of(body), *entries), list)
        return Answer(software, datasets=number) if is_one else None

    return read
