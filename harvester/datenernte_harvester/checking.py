"""`datenernte check`: one target, judged without a working folder and without keeping anything."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from datenernte_dcat.errors import ConfigError, DownloadError, ForbiddenAddress
from datenernte_dcat.findings import Finding
from datenernte_dcat.texts import finding
from datenernte_harvester.settings import version
from datenernte_validators.network.settings import NetworkSettings

_RDF_ENDINGS = {
    ".rdf": "application/rdf+xml",
    ".owl": "application/rdf+xml",
    ".ttl": "text/turtle",
    ".nt": "application/n-triples",
    ".jsonld": "application/ld+json",
}
_RDF_TYPES = frozenset(_RDF_ENDINGS.values())


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckOptions:
    """What the command line asked for."""

    schema: Path | None = None
    """Table Schema for tables."""
    profile: str = "dcat-ap.de-3.0"
    """Name of a profile or path of a shapes file."""
    network: bool = True
    """Whether links may be requested."""
    allow: tuple[str, ...] = ()
    """Non-public addresses that may be reached, `host:port`."""
    suggestions: bool = False
    """Whether a clean copy of each table is written next to it, with a Table Schema."""
    link_status: Mapping[str, int] | None = None
    """Status of each URL in place of requests; a URL that is missing is untested."""


def read_link_status(path: Path) -> dict[str, int]:
    """The file of `--link-status`: `{"url": status, …}`.

    Raises:
        ConfigError: it is not such a file.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise ConfigError(f"»{path}« ist keine lesbare JSON-Datei.") from error
    if not isinstance(document, dict) or not all(
        isinstance(status, int) and not isinstance(status, bool) for status in document.values()
    ):
        raise ConfigError(f'»{path}« muss die Form {{"https://…": 200, …}} haben.')
    return document


def check_target(target: str, options: CheckOptions, *, now: datetime) -> dict[str, Any]:
    """The JSON of the check of one file or URL.

    Raises:
        ConfigError: the target does not exist, or the network would be needed and is off.
    """
    if not target.lower().startswith(("http://", "https://")):
        path = Path(target)
        if not path.is_file():
            raise ConfigError(f"Die Datei »{target}« gibt es nicht.")
        return _check_file(path, target, None, path.name, options, now)
    if options.suggestions:
        raise ConfigError(
            f"»{target}« ist eine Adresse; eine bereinigte Kopie gibt es nur zu Dateien."
        )
    if not options.network:
        raise ConfigError(
            f"»{target}« ist eine Adresse; mit --no-network lassen sich nur Dateien prüfen."
        )
    from datenernte_validators.network.download import download
    from datenernte_validators.network.faults import download_finding
    from datenernte_validators.network.guard import Guard

    settings = _network(options)
    with TemporaryDirectory(prefix="datenernte-") as folder:
        try:
            fetched = download(target, Path(folder), Guard(settings.allow), settings)
        except (ForbiddenAddress, DownloadError) as error:
            return _unread(target, download_finding(error, subject=target))
        if fetched.path is None:  # only the answer to a conditional request, which this is not
            return _unread(
                target, finding("download-http-status", subject=target, value=target, detail="304")
            )
        name = target.split("?", 1)[0].rstrip("/").rsplit("/", 1)[-1]
        return _check_file(fetched.path, target, fetched.media_type, name, options, now)


def _check_file(
    path: Path,
    target: str,
    media_type: str | None,
    name: str,
    options: CheckOptions,
    now: datetime,
) -> dict[str, Any]:
    kind = _rdf_type(path, media_type, name)
    if kind is not None:
        return _check_catalogue(path, target, kind, options, now)
    from datenernte_validators.tabular.isolation import TableJob, TableWorker

    job = TableJob(
        path=path,
        target=target,
        media_type=media_type,
        file_name=name,
        schema=options.schema,
        suggestions=_suggestions(path) if options.suggestions else None,
    )
    with TableWorker() as worker:
        return worker.check(job).document


def _suggestions(path: Path) -> tuple[Path, Path]:
    """Where the clean copy of a table and its schema go.

    Raises:
        ConfigError: one of them exists, which nobody wants overwritten.
    """
    from datenernte_validators.tabular.suggestion import SuggestionPaths

    wanted = SuggestionPaths.beside(path)
    for one in (wanted.table, wanted.schema):
        if one.exists():
            raise ConfigError(
                f"»{one}« gibt es schon und wird nicht überschrieben. "
                "Benennen Sie die Datei um, oder löschen Sie sie."
            )
    return wanted.table, wanted.schema


def _check_catalogue(
    path: Path, target: str, media_type: str, options: CheckOptions, now: datetime
) -> dict[str, Any]:
    from datenernte_validators.catalogue_check import check_catalogue

    def statuses(urls: list[str]) -> dict[str, int]:
        """Status of each URL: from the file, by request, or none at all."""
        if options.link_status is not None:
            return {url: options.link_status[url] for url in urls if url in options.link_status}
        if not options.network:
            return {}
        from datenernte_validators.links import check_links
        from datenernte_validators.network.guard import Guard

        settings = _network(options)
        results = check_links(urls, Guard(settings.allow), settings, now=now)
        return {
            result.url: result.head_status for result in results if result.head_status is not None
        }

    return check_catalogue(
        path.read_bytes(),
        target=target,
        media_type=media_type,
        profile=options.profile,
        link_status=statuses,
        as_of=now.date(),
    )


def _rdf_type(path: Path, media_type: str | None, name: str) -> str | None:
    """The media type under which a file is read as RDF; None if it is none."""
    if media_type in _RDF_TYPES:
        return media_type
    by_ending = _RDF_ENDINGS.get(Path(name).suffix.lower())
    if by_ending is not None:
        return by_ending
    with path.open("rb") as file:
        head = file.read(65_536)
    if b"<rdf:RDF" in head or b"22-rdf-syntax-ns#" in head:
        return "application/rdf+xml"
    if b"@prefix" in head and b"dcat" in head:
        return "text/turtle"
    if b'"@context"' in head or b'"@graph"' in head:
        return "application/ld+json"
    return None


def _network(options: CheckOptions) -> NetworkSettings:
    return NetworkSettings(allow=options.allow, user_agent=f"datenernte/{version()}")


def _unread(target: str, problem: Finding) -> dict[str, Any]:
    """The document of a target that could not be fetched."""
    import msgspec

    return {
        "target": target,
        "kind": "unread",
        "findings": [msgspec.to_builtins(problem)],
    }
