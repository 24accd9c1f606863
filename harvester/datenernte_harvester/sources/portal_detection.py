"""Which source type speaks behind an address: one small question for each, the plainest first.

A portal that speaks several gets the one that carries the most: the lowest rank of the `PROBE`s
that the modules of `spiders/` have.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

from datenernte_dcat.errors import ConfigError, DownloadError, ForbiddenAddress
from datenernte_harvester.portal import source_types
from datenernte_harvester.sources.probe import Answer, Probe, number_at
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


def detect(url: str, settings: NetworkSettings) -> FoundPortal:
    """Which source type speaks behind `url`.

    Raises:
        ConfigError: none of ours, or no answer; the message lists what was tried and came back.
    """
    with TemporaryDirectory(prefix="datenernte-") as scratch:
        site = _Site(Path(scratch), settings)
        for source_type, probe in probes():
            for address in probe.addresses(url):
                body = site.body(address)
                answer = None if body is None else probe.read(body, address)
                if answer is not None:
                    return _found(source_type, probe, answer, url, address, site)
    raise ConfigError(
        f"Hinter »{url}« wurde kein Portal erkannt. Versucht wurden: {'; '.join(site.tried)}. "
        "Geben Sie die Adresse des Katalogs selbst an, z. B. …/catalog.rdf."
    )


def probes() -> Iterator[tuple[str, Probe]]:
    """The probes of all source types, in the order in which they are asked."""
    found = []
    for source_type in source_types():
        probe = getattr(import_module(f"datenernte_harvester.spiders.{source_type}"), "PROBE", None)
        if probe is not None:
            found.append((probe.rank, source_type, probe))
    for _, source_type, probe in sorted(found, key=lambda entry: entry[:2]):
        yield source_type, probe


def _found(
    source_type: str, probe: Probe, answer: Answer, url: str, address: str, site: "_Site"
) -> FoundPortal:
    portal_url = probe.portal_url(url, address)
    datasets = answer.datasets
    if probe.count is not None:
        datasets = number_at(site.body(f"{portal_url}{probe.count}"), "result", "count")
    part = probe.part(url)
    host = urlsplit(url).hostname or url
    return FoundPortal(
        software=answer.software,
        source_type=source_type,
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
