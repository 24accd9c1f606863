"""Working folders: laid out from a blueprint, given a portal file."""

import json
import re
from dataclasses import replace
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from urllib.parse import urlsplit

from datenernte_dcat.errors import (
    ConfigError,
    StoreError,
    os_reason,
)
from datenernte_harvester.configuration import FILE_NAME, read_configuration
from datenernte_harvester.settings import version
from datenernte_harvester.sources.portal_detection import FoundPortal, detect
from datenernte_validators.network.settings import NetworkSettings


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
    words = f"{host.removeprefix('www.')} {found.part}".lower()
    name = re.sub(r"[^a-z0-9]+", "-", words).strip("-")[:60]
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
