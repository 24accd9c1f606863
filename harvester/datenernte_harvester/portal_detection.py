"""Which source type speaks behind an address: one small question for each, the plainest first.

`PROBES` is the whole knowledge: where a protocol answers, and how its answer is recognised. A
portal that speaks several gets the one that carries the most, which stands first.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple
from urllib.parse import unquote, urlencode, urlsplit

from datenernte_dcat.errors import ConfigError, DownloadError, ForbiddenAddress, SourceError
from datenernte_validators.network.settings import NetworkSettings

_BYTES_MAX = 50_000_000
_NO_SERVER = ("connection-", "host-unknown", "net-", "tls-")
"""Beginnings of the codes after which every further question would fare the same."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FoundPortal:
    """What stands behind an address, and the portal file that was written for it."""

    software: str
    source_type: str
    url: str
    title: str
    datasets: int | None = None
    """Number of datasets the portal names; None where it does not say."""
    part: str = ""
    """The part of the portal that the address means, e.g. one of its catalogues; "" for all."""
    path: Path = Path()


class Answer(NamedTuple):
    """What an answer of the right form says."""

    software: str
    title: str | None = None
    datasets: int | None = None


@dataclass(frozen=True, slots=True)
class Probe:
    """How one source type is recognised."""

    source_type: str
    addresses: Callable[[str], Iterable[str]]
    """The URLs to ask, for the URL that was given."""
    read: Callable[[bytes, str], Answer | None]
    """What an answer says, for its body and URL; None where it is of another kind."""
    portal_url: Callable[[str, str], str]
    """`url` of the portal file, for the URL that was given and the one that answered."""
    count: str | None = None
    """Path of a further question for the number, where the answer does not have it."""


def detect(url: str, settings: NetworkSettings) -> FoundPortal:
    """Which source type speaks behind `url`.

    Raises:
        ConfigError: none of ours, or no answer; the message lists what was tried and came back.
    """
    with TemporaryDirectory(prefix="datenernte-") as scratch:
        site = _Site(Path(scratch), settings)
        for probe in PROBES:
            for address in probe.addresses(url):
                body = site.body(address)
                answer = None if body is None else probe.read(body, address)
                if answer is not None:
                    return _found(probe, answer, url, address, site)
    raise ConfigError(
        f"Hinter »{url}« wurde kein Portal erkannt. Versucht wurden: {'; '.join(site.tried)}. "
        "Geben Sie die Adresse des Katalogs selbst an, z. B. …/catalog.rdf."
    )


def _found(probe: Probe, answer: Answer, url: str, address: str, site: "_Site") -> FoundPortal:
    portal_url = probe.portal_url(url, address)
    datasets = answer.datasets
    if probe.count is not None:
        datasets = _number(site.body(f"{portal_url}{probe.count}"), "result", "count")
    part = _catalogue(url) or "" if probe.source_type == "piveau" else ""
    host = urlsplit(url).hostname or url
    return FoundPortal(
        software=answer.software,
        source_type=probe.source_type,
        url=portal_url,
        title=answer.title or (f"{part} ({host})" if part else host),
        datasets=datasets,
        part=part,
    )


class _Site:
    """Asks each URL once."""

    def __init__(self, folder: Path, settings: NetworkSettings) -> None:
        self.folder = folder
        self.settings = settings
        self.tried: list[str] = []
        self._bodies: dict[str, bytes | None] = {}
        self._is_there = True

    def body(self, url: str) -> bytes | None:
        """The body behind a URL; None where there is none, or no server to ask."""
        if url not in self._bodies and self._is_there:
            self._bodies[url] = self._fetched(url)
        return self._bodies.get(url)

    def _fetched(self, url: str) -> bytes | None:
        from datenernte_validators.network.download import download
        from datenernte_validators.network.guard import Guard

        guard = Guard(self.settings.allow)
        try:
            fetched = download(url, self.folder, guard, self.settings, max_bytes=_BYTES_MAX)
        except (DownloadError, ForbiddenAddress) as error:
            self.tried.append(str(error))
            self._is_there = not error.code.startswith(_NO_SERVER)
            return None
        self.tried.append(f"{url}: keine bekannte Antwort")
        return None if fetched.path is None else fetched.path.read_bytes()


def _site_of(url: str, root: str) -> str:
    """The URL of a portal without what begins with `root`, query and slash at the end."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}{parts.path.partition(root)[0].rstrip('/')}"


def _below(root: str, path: str) -> Callable[[str], Iterable[str]]:
    """Addresses of one path at the website that a URL with `root` in it belongs to."""
    return lambda url: (f"{_site_of(url, root)}{path}",)


def _website(root: str) -> Callable[[str, str], str]:
    """The website is the portal's URL."""
    return lambda given, _answered: _site_of(given, root)


def _documents(*paths: str) -> Callable[[str], Iterable[str]]:
    """Addresses of documents: the URL itself, and paths behind it."""
    return lambda url: (f"{url.rstrip('/')}{path}" for path in paths)


def _document(_given: str, answered: str) -> str:
    """The document that answered is the portal's URL."""
    return answered


def _catalogue(url: str) -> str | None:
    """The catalogue that a URL of piveau names."""
    after = urlsplit(url).path.partition("/api/hub/repo/catalogues/")[2]
    return unquote(after.partition("/")[0]) or None


def _piveau_search(url: str) -> Iterator[str]:
    query: dict[str, Any] = {"filter": "dataset"}
    catalogue = _catalogue(url)
    if catalogue is not None:
        query["facets"] = json.dumps({"catalog": [catalogue]}, separators=(",", ":"))
    query.update(page=0, limit=1)
    yield f"{_site_of(url, '/api/hub')}/api/hub/search/search?{urlencode(query)}"


def _piveau_url(given: str, _answered: str) -> str:
    repository = f"{_site_of(given, '/api/hub')}/api/hub/repo"
    return given.rstrip("/") if _catalogue(given) is not None else repository


def _json(body: bytes | None) -> object:
    try:
        return None if body is None else json.loads(body)
    except (ValueError, RecursionError):
        return None


def _at(value: object, *keys: str) -> object:
    for key in keys:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def _number(body: bytes | None, *keys: str) -> int | None:
    number = _at(_json(body), *keys)
    return number if isinstance(number, int) and not isinstance(number, bool) else None


def _listing(software: str, count: tuple[str, ...], entries: tuple[str, ...]) -> Any:
    """Reads an answer that has a number at `count` and a list at `entries`."""

    def read(body: bytes, _url: str) -> Answer | None:
        number = _number(body, *count)
        is_one = number is not None and isinstance(_at(_json(body), *entries), list)
        return Answer(software, datasets=number) if is_one else None

    return read


def _ckan_status(body: bytes, _url: str) -> Answer | None:
    """Software with version and title of the site, from CKAN's `status_show`."""
    result = _at(_json(body), "result")
    version = _at(result, "ckan_version")
    if version is None:
        return None
    return Answer(f"CKAN {version}", str(_at(result, "site_title") or "CKAN-Portal"))


def _data_json(body: bytes, _url: str) -> Answer | None:
    document = _json(body)
    datasets = _at(document, "dataset")
    if not isinstance(datasets, list):
        return None
    title = _at(document, "title")
    return Answer("data.json", str(title) if title else None, len(datasets))


def _rdf(body: bytes, url: str) -> Answer | None:
    """Number of datasets on the first page of an RDF feed."""
    from datenernte_dcat.graph import datasets_in, parse_rdf

    try:
        datasets = len(datasets_in(parse_rdf(body, None, url)))
    except SourceError:
        return None
    return Answer("DCAT-Feed", datasets=datasets) if datasets else None


PROBES = (
    Probe(
        "ckan",
        _below("/api/3", "/api/3/action/status_show"),
        _ckan_status,
        _website("/api/3"),
        "/api/3/action/package_search?rows=0",
    ),
    Probe(
        "piveau",
        _piveau_search,
        _listing("piveau", ("result", "count"), ("result", "results")),
        _piveau_url,
    ),
    Probe(
        "opendatasoft",
        _below("/api/explore", "/api/explore/v2.1/catalog/datasets?limit=1"),
        _listing("OpenDataSoft", ("total_count",), ("results",)),
        _website("/api/explore"),
    ),
    Probe(
        "udata",
        _below("/api/1", "/api/1/datasets/?page=1&page_size=1"),
        _listing("udata", ("total",), ("data",)),
        _website("/api/1"),
    ),
    Probe(
        "arcgis_hub",
        _below("/api/", "/api/search/v1/collections/dataset/items?limit=1"),
        _listing("ArcGIS Hub", ("numberMatched",), ("features",)),
        _website("/api/"),
    ),
    Probe("dcat_us", _documents("", "/data.json"), _data_json, _document),
    Probe(
        "dcat_rdf",
        _documents("", "/catalog.rdf", "/catalog.ttl", "/catalog.jsonld", "/catalog.xml"),
        _rdf,
        _document,
    ),
)
"""The source types in the order in which they are looked for: APIs before documents."""
