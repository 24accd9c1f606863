"""Lists of services as the Masterportal keeps them (`services.json`).

Each entry is one layer of one service; `datasets` says which metadata it shows. Entries that name
the same `md_id` are the same data, seen through several services.

Source: https://bitbucket.org/geowerkstatt-hamburg/masterportal (docs/User/Global-Config/services.json.md)
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import urljoin

from datenernte_harvester.sources.json_values import listed, mappings, text
from datenernte_harvester.sources.ogc_services import capabilities_url

_VERSIONS = {"WMS": "1.3.0", "WFS": "2.0.0"}
KNOWN = frozenset(
    {"md_id", "md_name", "rs_id", "csw_url", "show_doc_url", "bbox", "kategorie_opendata"}
    | {"kategorie_inspire", "kategorie_organisation"}
)
"""Fields of `datasets` that are read, or that only say where the metadata comes from; the box is
one of the map, in its own reference system."""
_FILES = {"GEOJSON": "GeoJSON"}
"""Kinds of entries whose address is a file, with its format."""
_SERVICES = {
    "WMTS": "WMTS",
    "OAF": "OGC API Features",
    "SENSORTHINGS": "SensorThings",
    "WCS": "WCS",
}
"""Kinds of services whose capabilities are not read."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One layer of the list."""

    name: str | None
    kind: str
    url: str
    layers: tuple[str, ...]
    capabilities: str | None
    """Address of the service's capabilities; None where they are not read."""
    file_format: str | None = None
    """Format of the file that the address is; None for a service."""


@dataclass(slots=True)
class ListedDataset:
    """Everything that the list says about one dataset."""

    identifier: str
    metadata: Mapping[str, object]
    """The first of `datasets` with this `md_id`; empty where the entry has none."""
    entries: list[Entry] = field(default_factory=list)


def is_service_list(document: object) -> bool:
    """Whether a JSON document is a list of services: objects with `url` and `typ`."""
    entries = mappings(document) if isinstance(document, list) else []
    return bool(entries) and all(
        text(one.get("typ")) and text(one.get("url")) for one in entries[:20]
    )


def listed_datasets(document: object, base: str) -> list[ListedDataset]:
    """The datasets of a list, in its order.

    Args:
        base: URL of the list, for relative addresses in it.
    """
    found: dict[str, ListedDataset] = {}
    for raw in mappings(document):
        entry = _entry(raw, base)
        if entry is None:
            continue
        for identifier, metadata in _identities(raw, entry):
            one = found.setdefault(identifier, ListedDataset(identifier, metadata))
            if entry not in one.entries:
                one.entries.append(entry)
    return list(found.values())


def _entry(raw: Mapping[str, object], base: str) -> Entry | None:
    typ, given = text(raw.get("typ")) or "", text(raw.get("url"))
    if given is None:
        return None
    kind, url = typ.upper(), urljoin(base, given.strip())
    version = text(raw.get("version"))
    names = listed(raw.get("layers") or raw.get("featureType") or raw.get("collection"), codes=True)
    asks = kind in _VERSIONS
    return Entry(
        name=text(raw.get("name")),
        kind=_SERVICES.get(kind, kind if asks else typ),
        url=url,
        layers=tuple(names),
        capabilities=capabilities_url(url, kind, version or _VERSIONS[kind]) if asks else None,
        file_format=_FILES.get(kind),
    )


def _identities(
    raw: Mapping[str, object], entry: Entry
) -> Iterator[tuple[str, Mapping[str, object]]]:
    """The metadata ids of an entry; without one its own `id`, else service and layer."""
    found = False
    for metadata in mappings(raw.get("datasets")):
        identifier = text(metadata.get("md_id"))
        if identifier is not None:
            found = True
            yield identifier, metadata
    if not found:
        own = text(raw.get("id"))
        yield own or "#".join((entry.url, ",".join(entry.layers))), {}
