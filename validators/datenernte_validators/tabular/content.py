"""What a file really is, by its first bytes; name and media type only decide where bytes cannot."""

import codecs
import csv
import zipfile
from enum import StrEnum
from pathlib import Path

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
    PDF = "pdf"
    IMAGE = "image"
    DOCUMENT = "document"
    BINARY = "binary"
    TEXT = "text"
    """Text without any sign of columns, and nobody called it a table."""
    EMPTY = "empty"


CHECKED = frozenset({Content.CSV, Content.TSV, Content.XLSX})
"""What `check_table` reads today."""
OTHER_TABLES = frozenset(
    {Content.XLS, Content.ODS, Content.PARQUET, Content.JSON, Content.GEOJSON}
    | {Content.ZIP, Content.GZIP}
)
"""Tables, or wrappings of tables, that it does not read: `table-unsupported`, never a guess."""

_FILE_TYPE = "http://publications.europa.eu/resource/authority/file-type/"
TABLE_FILE_TYPES = frozenset({_FILE_TYPE + "CSV", _FILE_TYPE + "TSV", _FILE_TYPE + "XLSX"})
"""IRIs of the EU file type list for the tables that we check."""
TABLE_MEDIA_TYPES = frozenset(
    {
        "text/csv",
        "application/csv",
        "text/x-csv",
        "text/comma-separated-values",
        "text/tab-separated-values",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    }
)
TABLE_ENDINGS = frozenset({".csv", ".tsv", ".tab", ".xlsx"})

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
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", Content.XLS),
    (b"\x89PNG\r\n", Content.IMAGE),
    (b"\xff\xd8\xff", Content.IMAGE),
    (b"GIF8", Content.IMAGE),
    (b"II*\0", Content.IMAGE),
    (b"MM\0*", Content.IMAGE),
    (b"{\\rtf", Content.DOCUMENT),
)


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


def is_table(path: Path, media_type: str | None = None, name: str | None = None) -> bool:
    """Whether `check_table` is the check for this file, decided by its content first.

    True also for tables that cannot be checked yet and for what was called a table and is none:
    `check_table` says so. False for RDF, for other JSON and XML, and for anything else.

    Raises:
        OSError: the file cannot be read.
    """
    content = recognise_content(path, media_type, name)
    if content in CHECKED or content in (Content.XLS, Content.ODS, Content.PARQUET):
        return True
    if content is Content.GEOJSON:
        return True
    if content is Content.RDF:
        return False
    return is_declared_table(media_type=media_type, name=name or path.name)


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
    return Content.ZIP


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
        return Content.XML
    if lowered.startswith(("@prefix", "@base", "prefix ", "base <", "_:")):
        return Content.RDF
    if start[:1] in ("{", "[") and _looks_like_json(start):
        if '"featurecollection"' in lowered or ending == ".geojson":
            return Content.GEOJSON
        rdf = '"@context"' in lowered or '"@graph"' in lowered or '"@id"' in lowered
        return Content.RDF if rdf else Content.JSON
    declared = is_declared_table(media_type=media_type, name=name)
    if not declared and not _has_columns(start):
        return Content.TEXT
    tabs = ending in (".tsv", ".tab") or media_type == "text/tab-separated-values"
    return Content.TSV if tabs or _only_tabs(start) else Content.CSV


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
