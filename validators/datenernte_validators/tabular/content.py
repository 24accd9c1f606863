"""What a file really is, by its first bytes; name and media type only decide where bytes cannot."""

import codecs
import csv
import re
import zipfile
from enum import StrEnum
from pathlib import Path, PurePosixPath

HEAD_BYTES = 65_536


class Content(StrEnum):
    """What the bytes of a file are; the values are shown to users."""

    CSV = "csv"
    TSV = "tsv"
    XLSX = "xlsx"
    XLS = "xls"
    ODS = "ods"
    PARQUET = "parquet"
    JSON = "json"
    GEOJSON = "geojson"
    ZIP = "zip"
    GZIP = "gzip"
    HTML = "html"
    XML = "xml"
    RDF = "rdf"
    GML = "gml"
    KML = "kml"
    CAPABILITIES = "capabilities"
    """What a WMS, WFS or another OGC service says about itself."""
    GEOPACKAGE = "gpkg"
    SHAPEFILE = "shp"
    """A zip archive with the parts of a shapefile."""
    GTFS = "gtfs"
    PDF = "pdf"
    IMAGE = "image"
    DOCUMENT = "document"
    BINARY = "binary"
    TEXT = "text"
    """Text without any sign of columns, and nobody called it a table."""
    EMPTY = "empty"


TEXTS = frozenset({Content.CSV, Content.TSV})
SHEETS = frozenset({Content.XLSX, Content.XLS, Content.ODS})
RECORDS = frozenset({Content.JSON, Content.GEOJSON, Content.PARQUET})
ARCHIVES = frozenset({Content.ZIP, Content.GZIP})
CHECKED = TEXTS | SHEETS | RECORDS | ARCHIVES
"""What `check_table` reads; of archives the one table in it."""

_FILE_TYPE = "http://publications.europa.eu/resource/authority/file-type/"
TABLE_FILE_TYPES = frozenset(
    _FILE_TYPE + kind for kind in ("CSV", "TSV", "XLSX", "XLS", "ODS", "GEOJSON", "PARQUET")
)
"""IRIs of the EU file type list for the tables that we check."""
TABLE_MEDIA_TYPES = frozenset(
    {
        "text/csv",
        "application/csv",
        "text/x-csv",
        "text/comma-separated-values",
        "text/tab-separated-values",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "application/vnd.ms-excel",
        "application/vnd.oasis.opendocument.spreadsheet",
        "application/geo+json",
        "application/vnd.geo+json",
        "application/vnd.apache.parquet",
    }
)
TABLE_ENDINGS = frozenset(
    {".csv", ".tsv", ".tab", ".xlsx", ".xlsm", ".xls", ".ods", ".geojson", ".ndjson", ".parquet"}
)
_TEXT_ENDINGS = frozenset({".csv", ".tsv", ".tab"})
_TEXT_MEDIA_TYPES = frozenset(
    {
        "text/csv",
        "application/csv",
        "text/x-csv",
        "text/comma-separated-values",
        "text/tab-separated-values",
    }
)

_RDF_ENDINGS = frozenset({".rdf", ".ttl", ".nt", ".n3", ".nq", ".trig", ".jsonld", ".owl"})
_RDF_MEDIA_TYPES = frozenset(
    {
        "application/rdf+xml",
        "text/turtle",
        "application/x-turtle",
        "application/n-triples",
        "application/n-quads",
        "application/trig",
        "application/ld+json",
        "text/n3",
    }
)
_MAGIC = (
    (b"%PDF-", Content.PDF),
    (b"PAR1", Content.PARQUET),
    (b"\x1f\x8b", Content.GZIP),
    (b"\x89PNG\r\n", Content.IMAGE),
    (b"\xff\xd8\xff", Content.IMAGE),
    (b"GIF8", Content.IMAGE),
    (b"II*\0", Content.IMAGE),
    (b"MM\0*", Content.IMAGE),
    (b"{\\rtf", Content.DOCUMENT),
)
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""The container of old Word, Excel and PowerPoint files alike."""
_OTHER_COMPOUNDS = tuple(
    name.encode("utf-16-le") for name in ("WordDocument", "PowerPoint Document", "__properties")
)
_SERVICES = re.compile(
    r"<(?:[a-z0-9]+:)?(?:wms_capabilities|wmt_ms_capabilities|wfs_capabilities|capabilities)[\s>]"
)
_GML = re.compile(r"<(?:gml|wfs|[a-z0-9]*:?citymodel)[:\s>]|opengis\.net/gml")
_NO_TABLE = re.compile(r"<(?:[a-z0-9]+:)?(?:serviceexceptionreport|exceptionreport)[\s>]")


def is_declared_table(
    *, file_type: str | None = None, media_type: str | None = None, name: str | None = None
) -> bool:
    """Whether metadata call a file a table that we check.

    Args:
        file_type: IRI of `dct:format`, or its label as the portal wrote it (»CSV«).
        media_type: IANA media type or its IRI, parameters allowed.
        name: file name or path of the URL, without query.
    """
    if file_type:
        label = file_type.rstrip("/").rsplit("/", 1)[-1].strip().lower().lstrip(".")
        if f".{label}" in TABLE_ENDINGS or _bare(file_type) in TABLE_MEDIA_TYPES:
            return True
    if media_type and _bare(media_type) in TABLE_MEDIA_TYPES:
        return True
    return _ending(name) in TABLE_ENDINGS


def recognise_content(
    path: Path, media_type: str | None = None, name: str | None = None
) -> Content:
    """What the file is.

    Raises:
        OSError: the file cannot be read.
    """
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    name = name or path.name
    if not head:
        return Content.EMPTY
    for magic, content in _MAGIC:
        if head.startswith(magic):
            return content
    if head.startswith(_OLE):
        return _compound(path)
    if head.startswith(b"SQLite format 3\0"):
        return Content.GEOPACKAGE if _is_geopackage(head, name) else Content.BINARY
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _archive(path, sheet_expected=_promises_sheet(media_type, name))
    text = _decoded(head)
    if text is None:
        return Content.BINARY
    return _text_content(text, _bare(media_type or ""), name)


def clean_extract(path: Path) -> str:
    """The first 200 characters of a text file in one line, for people to recognise it by."""
    with path.open("rb") as file:
        text = _decoded(file.read(HEAD_BYTES)) or ""
    printable = "".join(c if c.isprintable() else " " for c in text[:4_000])
    return " ".join(printable.split())[:200]


def _promises_sheet(media_type: str | None, name: str) -> bool:
    return _ending(name) == ".xlsx" or "spreadsheetml" in (media_type or "")


def _compound(path: Path) -> Content:
    """XLS, unless the container names the parts of another program."""
    with path.open("rb") as file:
        rest = b""
        while chunk := file.read(1 << 20):
            if any(name in rest + chunk for name in _OTHER_COMPOUNDS):
                return Content.DOCUMENT
            rest = chunk[-64:]
    return Content.XLS


def _is_geopackage(head: bytes, name: str) -> bool:
    """Its application id; version 1.0 had another one, and some writers forget it.

    Source: OGC 12-128r18, requirement 2, https://www.geopackage.org/spec/
    """
    return head[68:72] in (b"GPKG", b"GP10", b"GP11") or _ending(name) == ".gpkg"


def _archive(path: Path, *, sheet_expected: bool) -> Content:
    """XLSX and ODS are zip archives with known members; a torn archive is what it was to be."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
            if "mimetype" in names and archive.getinfo("mimetype").file_size < 200:
                kind = archive.read("mimetype")
                if b"opendocument.spreadsheet" in kind:
                    return Content.ODS
                if b"opendocument" in kind:
                    return Content.DOCUMENT
    except (zipfile.BadZipFile, OSError, NotImplementedError, RuntimeError, ValueError):
        return Content.XLSX if sheet_expected else Content.ZIP
    if any(name.startswith(("xl/", "/xl/", "xl\\")) for name in names):
        return Content.XLSX
    if any(name.startswith(("word/", "ppt/")) for name in names):
        return Content.DOCUMENT
    bare = {PurePosixPath(name).name.lower() for name in names}
    if any(name.endswith(".shp") for name in bare):
        return Content.SHAPEFILE
    if len(bare & {"stops.txt", "routes.txt", "trips.txt", "stop_times.txt", "agency.txt"}) > 1:
        return Content.GTFS
    return Content.KML if "doc.kml" in bare else Content.ZIP


def _decoded(head: bytes) -> str | None:
    """The head as text, or None where it is no text in any encoding that we read."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return head.decode("utf-16", errors="replace")
    zeros = head.count(0)
    if zeros > len(head) // 5:
        even = head[::2].count(0)
        wide = "utf-16-be" if even > zeros - even else "utf-16-le"
        text = head[: len(head) // 2 * 2].decode(wide, errors="replace")
        return text if "\ufffd" not in text[:-1] and text.isprintable() else _wide_or_none(text)
    controls = sum(head.count(code) for code in (*range(1, 9), *range(14, 27), *range(28, 32)))
    if zeros + controls > max(4, len(head) // 50):
        return None
    try:
        return head.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if error.start > len(head) - 4:
            return head[: error.start].decode("utf-8-sig", errors="replace")
        return head.decode("cp1252", errors="replace")


def _wide_or_none(text: str) -> str | None:
    """Zero bytes are text only where every second byte is one: then hardly a control is left."""
    controls = sum(1 for c in text if c < " " and c not in "\t\r\n")
    return text if controls * 50 < len(text) else None


def _text_content(text: str, media_type: str, name: str) -> Content:
    start = text.lstrip("\ufeff \t\r\n")[:2_000]
    lowered = start.lower()
    ending = _ending(name)
    if lowered.startswith(("<!doctype html", "<html")) or (
        lowered.startswith("<") and "<html" in lowered
    ):
        return Content.HTML
    if ending in _RDF_ENDINGS or media_type in _RDF_MEDIA_TYPES:
        return Content.RDF
    if lowered.startswith("<"):
        if "rdf:rdf" in lowered or lowered.startswith("<http"):
            return Content.RDF
        return _xml(lowered)
    if lowered.startswith(("@prefix", "@base", "prefix ", "base <", "_:")):
        return Content.RDF
    if start[:1] in ("{", "[") and _looks_like_json(start):
        if _IS_GEOJSON.search(lowered) or ending == ".geojson":
            return Content.GEOJSON
        rdf = '"@context"' in lowered or '"@graph"' in lowered or '"@id"' in lowered
        return Content.RDF if rdf else Content.JSON
    declared = media_type in _TEXT_MEDIA_TYPES or ending in _TEXT_ENDINGS
    if not declared and not _has_columns(start):
        return Content.TEXT
    tabs = ending in (".tsv", ".tab") or media_type == "text/tab-separated-values"
    return Content.TSV if tabs or _only_tabs(start) else Content.CSV


_IS_GEOJSON = re.compile(r'"type"\s*:\s*"(?:featurecollection|feature)"')


def _xml(lowered: str) -> Content:
    if _SERVICES.search(lowered):
        return Content.CAPABILITIES
    if _NO_TABLE.search(lowered):
        return Content.XML
    if re.search(r"<(?:[a-z0-9]+:)?kml[\s>]", lowered):
        return Content.KML
    return Content.GML if _GML.search(lowered) else Content.XML


def _looks_like_json(start: str) -> bool:
    following = start[1:].lstrip()[:1]
    return following in ('"', "{", "[", "}", "]", "") or (
        start[0] == "[" and (following.isdigit() or following in "-tfn")
    )


def _has_columns(start: str) -> bool:
    """Whether undeclared text is a table: the first lines agree in more than one column."""
    lines = [line for line in start.splitlines()[:20] if line.strip()]
    if len(start) >= 2_000:
        lines = lines[:-1]  # cut off in the middle
    if len(lines) < 2:
        return False
    for delimiter in ";\t|,":
        widths = [len(row) for row in csv.reader(lines, delimiter=delimiter)]
        if widths[-1] > 1 and widths.count(widths[-1]) >= 0.8 * len(widths):
            return True
    return False


def _only_tabs(start: str) -> bool:
    line = next((line for line in start.splitlines() if line.strip()), "")
    return "\t" in line and ";" not in line and "," not in line


def _ending(name: str | None) -> str:
    return Path(name.lower()).suffix if name else ""


def _bare(media_type: str) -> str:
    """»text/csv« from »text/csv; charset=utf-8« and from the IANA IRI of the type."""
    value = media_type.split(";", 1)[0].strip().lower()
    marker = "iana.org/assignments/media-types/"
    return value.split(marker, 1)[1] if marker in value else value
