"""Files that only their addresses tell about: which are data, and which belong together.

Files with the same name but for the ending are one dataset in several formats.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple, TypeVar
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit, urlunsplit

from datenernte_dcat.normalise.media_types import endings
from datenernte_dcat.records import Literal, Reference

DATA_ENDINGS = frozenset(
    (
        *("csv", "tsv", "xls", "xlsx", "xlsm", "ods", "dbf", "sav", "parquet", "sqlite", "gpkg"),
        *("json", "jsonl", "ndjson", "geojson", "topojson", "jsonld", "xml", "gml", "kml", "kmz"),
        *("gpx", "wkt", "shp", "dxf", "dwg", "tif", "tiff", "asc", "las", "laz", "ifc", "gtfs"),
        *("rdf", "ttl", "nt", "n3", "ics", "zip", "gz", "7z", "bz2", "xz", "tar", "tgz"),
    )
)
"""Endings of files that are data; a page links to many others."""
DOCUMENT_ENDINGS = frozenset(("pdf", "doc", "docx", "odt", "txt", "rtf", "md"))
"""Endings of files that explain data, or are documents in their own right."""
SHAPEFILE_PARTS = frozenset(("shx", "dbf", "prj", "cpg", "sbn", "sbx", "qix", "qpj", "fix"))
"""Endings of what a shapefile needs beside it; none is a distribution of its own."""

_PACKED = frozenset(("gz", "zip", "bz2", "xz", "7z"))
_CACHE_BUSTERS = frozenset(("v", "ver", "t", "ts", "timestamp", "_", "cb", "chash", "hash"))
"""Names in queries that change without the file being another one."""
_NO_DATA = re.compile(
    r"(?:sitemap[\w-]*|rss|feed|atom|opensearch|manifest|crossdomain|browserconfig)\.(?:xml|json)"
    r"(?:\.gz)?",
    re.IGNORECASE,
)
_ENDING = re.compile(r"\.[A-Za-z0-9]{1,8}$")

F = TypeVar("F")


class FileName(NamedTuple):
    """What the address of a file says."""

    stem: str
    """The address without ending and without what changes from day to day; names the dataset."""
    ending: str
    """In lower case; of a packed file that of what is inside: »csv« of »a.csv.gz«."""
    name: str
    """As it stands at the end of the address, decoded."""


def file_name(url: str) -> FileName | None:
    """What a URL says of its file; None where its path has no ending."""
    found = endings(url)
    if not found:
        return None
    parts = urlsplit(url)
    is_packed = len(found) > 1 and found[0] in _PACKED and found[1] in DATA_ENDINGS
    path = _ENDING.sub("", parts.path)
    if is_packed:
        path = _ENDING.sub("", path)
    ending = found[1] if is_packed else found[0]
    name = unquote(parts.path.rpartition("/")[2])
    query = sorted(
        pair
        for pair in parse_qsl(parts.query, keep_blank_values=True)
        if pair[0].lower() not in _CACHE_BUSTERS
    )
    return FileName(
        urlunsplit((parts.scheme, parts.netloc, path, urlencode(query), "")), ending, name
    )


def is_data(url: str) -> bool:
    """Whether a URL names a file of data by its ending; feeds and site maps are none."""
    found = file_name(url)
    return found is not None and found.ending in DATA_ENDINGS and not _NO_DATA.fullmatch(found.name)


def format_of(ending: str) -> Reference | None:
    """The format that a file name's ending names, as it is usually written."""
    return Reference(label=Literal(value=ending.upper())) if ending else None


def by_stem(files: Iterable[tuple[str, F]]) -> dict[str, list[F]]:
    """The files by stem, in order."""
    groups: dict[str, list[F]] = {}
    for stem, file in files:
        groups.setdefault(stem, []).append(file)
    return groups
