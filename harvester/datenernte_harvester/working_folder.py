"""Working folders: laid out from a blueprint, given a portal file, examined."""

import json
import re
import shutil
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

from datenernte_dcat.errors import (
    ConfigError,
    DatenernteError,
    DownloadError,
    ForbiddenAddress,
    SourceError,
    StoreError,
    os_reason,
)
from datenernte_harvester.configuration import FILE_NAME, read_configuration
from datenernte_harvester.settings import version
from datenernte_validators.network.settings import NetworkSettings

_LEAST_FREE_BYTES = 1_000_000_000
"""Below this much free disk a run of a few hundred portals may not fit."""

_FEED_PATHS = ("", "/catalog.rdf", "/catalog.ttl", "/catalog.jsonld", "/catalog.xml")
"""Where DCAT portals keep their feed, after the address that was given."""


def create(folder: Path, blueprint: str | None) -> list[Path]:
    """Lay out `folder`; the files that were written. What exists is left as it is.

    Raises:
        ConfigError: there is no such blueprint.
        StoreError: the folder cannot be written.
    """
    root = resources.files("datenernte_harvester").joinpath("blueprints")
    names = sorted(entry.name for entry in root.iterdir() if entry.name not in ("start",))
    if blueprint is not None and blueprint not in names:
        raise ConfigError(
            f"Die Vorlage »{blueprint}« gibt es nicht. Vorhanden sind: {', '.join(names)}."
        )
    written: list[Path] = []
    try:
        (folder / "portals").mkdir(parents=True, exist_ok=True)
        _copy(root.joinpath(blueprint or "start"), folder, written)
    except OSError as error:
        raise StoreError(
            f"»{folder}« ist nicht beschreibbar ({os_reason(error)}). Wählen Sie einen anderen Ordner."
        ) from error
    return written


def _copy(source: Traversable, target: Path, written: list[Path]) -> None:
    for entry in sorted(source.iterdir(), key=lambda entry: entry.name):
        path = target / entry.name
        if entry.is_dir():
            path.mkdir(exist_ok=True)
            _copy(entry, path, written)
        elif entry.name.endswith(".toml") and not path.exists():
            path.write_text(entry.read_text(encoding="utf-8"), encoding="utf-8")
            written.append(path)


@dataclass(frozen=True, kw_only=True, slots=True)
class FoundPortal:
    """What stands behind an address, and the portal file that was written for it."""

    software: str
    source_type: str
    url: str
    title: str
    datasets: int | None = None
    """Number of datasets the portal names; None where it does not say."""
    path: Path = Path()


def add_portal(folder: Path, url: str, allow: tuple[str, ...] = ()) -> FoundPortal:
    """Ask `url` what it is and write its portal file.

    Raises:
        ConfigError: the address is none, nothing we know stands behind it, or its file exists.
    """
    host = urlsplit(url).hostname
    if host is None or not url.lower().startswith(("http://", "https://")):
        raise ConfigError(f"»{url}« ist keine http(s)-Adresse.")
    if (folder / FILE_NAME).is_file():
        allow = (*allow, *read_configuration(folder).tables.network.allow)
    found = detect(url, NetworkSettings(allow=allow, user_agent=f"datenernte/{version()}"))
    name = re.sub(r"[^a-z0-9]+", "-", host.lower().removeprefix("www.")).strip("-")[:60]
    path = folder / "portals" / f"{name}.toml"
    if path.exists():
        raise ConfigError(f"»{path}« gibt es schon; sie bleibt, wie sie ist.")
    lines = [
        f"title = {json.dumps(found.title, ensure_ascii=False)}",
        f'source_type = "{found.source_type}"',
        f"url = {json.dumps(found.url)}",
        "# Gemeindeschlüssel (8 Ziffern), Kreisschlüssel (5) oder Landesschlüssel (2):",
        '# municipality = "09162000"',
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return replace(found, path=path)


def detect(url: str, settings: NetworkSettings) -> FoundPortal:
    """Which source type speaks behind `url`.

    Raises:
        ConfigError: none of ours, or no answer; the message lists what was tried and came back.
    """
    base = url.rstrip("/")
    tried: list[str] = []
    with TemporaryDirectory(prefix="datenernte-") as scratch:
        body = _fetch(f"{base}/api/3/action/status_show", Path(scratch), settings, tried)
        if body is not None and (ckan := _ckan_status(body)) is not None:
            software, title = ckan
            search = f"{base}/api/3/action/package_search?rows=0"
            count = _ckan_count(_fetch(search, Path(scratch), settings, tried))
            return FoundPortal(
                software=software, source_type="ckan", url=base, title=title, datasets=count
            )
        for path in _FEED_PATHS:
            body = _fetch(f"{base}{path}", Path(scratch), settings, tried)
            count = None if body is None else _rdf_datasets(body, f"{base}{path}")
            if count is not None:
                host = urlsplit(url).hostname or url
                return FoundPortal(
                    software="DCAT-Feed",
                    source_type="dcat_rdf",
                    url=f"{base}{path}",
                    title=host,
                    datasets=count,
                )
    raise ConfigError(
        f"Hinter »{url}« wurde kein Portal erkannt. Versucht wurden: {'; '.join(tried)}. "
        "Geben Sie die Adresse des Katalogs selbst an, z. B. …/catalog.rdf."
    )


def _fetch(url: str, folder: Path, settings: NetworkSettings, tried: list[str]) -> bytes | None:
    from datenernte_validators.network.download import download
    from datenernte_validators.network.guard import Guard

    try:
        fetched = download(url, folder, Guard(settings.allow), settings, max_bytes=50_000_000)
    except (DownloadError, ForbiddenAddress) as error:
        tried.append(str(error))
        return None
    tried.append(f"{url}: keine bekannte Antwort")
    return None if fetched.path is None else fetched.path.read_bytes()


def _ckan_status(body: bytes) -> tuple[str, str] | None:
    """Software with version and title of the site, from CKAN's `status_show`."""
    try:
        result = json.loads(body)["result"]
        return f"CKAN {result['ckan_version']}", str(result.get("site_title") or "CKAN-Portal")
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


def _ckan_count(body: bytes | None) -> int | None:
    try:
        return None if body is None else int(json.loads(body)["result"]["count"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


def _rdf_datasets(body: bytes, url: str) -> int | None:
    """Number of datasets on the first page of an RDF feed; None if it is none."""
    from datenernte_dcat.graph import datasets_in, parse_rdf

    try:
        return len(datasets_in(parse_rdf(body, None, url))) or None
    except SourceError:
        return None


def diagnose(folder: Path) -> Iterator[tuple[str, str | None]]:
    """What was looked at, and the German sentence that says what is wrong with it, or None."""
    try:
        configuration = read_configuration(folder)
    except ConfigError as error:
        yield "Konfiguration", str(error)
        return
    yield (
        f"Konfiguration mit {len(configuration.portals)} Portalen",
        None
        if configuration.portals
        else "Es gibt keine Portaldatei. Legen Sie eine an: datenernte init ORDNER --portal URL.",
    )
    free = shutil.disk_usage(folder).free
    yield (
        f"Platz auf der Festplatte ({free // 1_000_000} MB frei)",
        None if free >= _LEAST_FREE_BYTES else "Weniger als 1 GB ist frei. Schaffen Sie Platz.",
    )
    yield "Datenbank", _problem_of_store(configuration.store_url)
    site = configuration.site
    yield (
        "Ordner der Website",
        f"»{site}« ist ein gewöhnlicher Ordner; datenernte braucht den Namen für einen Verweis. "
        "Benennen Sie den Ordner um."
        if site.exists() and not site.is_symlink()
        else None,
    )


def _problem_of_store(url: str) -> str | None:
    from datenernte_dcat.store.store import Store

    try:
        with closing(Store(url)) as store:
            store.verify()
    except DatenernteError as error:
        return str(error)
    return None
