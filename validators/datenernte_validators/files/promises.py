"""Whether a file is what its name, its server and its metadata say it is."""

import re
from collections.abc import Iterator
from pathlib import Path

from datenernte_dcat.findings import Finding
from datenernte_dcat.texts import finding
from datenernte_validators.tabular.content import Content

_C = Content
_WORDS: dict[str, frozenset[Content]] = {
    "csv": frozenset({_C.CSV, _C.TSV}),
    "tsv": frozenset({_C.TSV, _C.CSV}),
    "xlsx": frozenset({_C.XLSX}),
    "xls": frozenset({_C.XLS}),
    "ods": frozenset({_C.ODS}),
    "json": frozenset({_C.JSON, _C.GEOJSON, _C.RDF}),
    "geojson": frozenset({_C.GEOJSON}),
    "parquet": frozenset({_C.PARQUET}),
    "xml": frozenset({_C.XML, _C.GML, _C.KML, _C.RDF, _C.CAPABILITIES}),
    "gml": frozenset({_C.GML}),
    "kml": frozenset({_C.KML}),
    "kmz": frozenset({_C.KML, _C.ZIP}),
    "gpkg": frozenset({_C.GEOPACKAGE}),
    "shp": frozenset({_C.SHAPEFILE, _C.BINARY}),
    "gtfs": frozenset({_C.GTFS}),
    "pdf": frozenset({_C.PDF}),
    "zip": frozenset({_C.ZIP, _C.SHAPEFILE, _C.GTFS, _C.KML, _C.XLSX, _C.ODS}),
    "gz": frozenset({_C.GZIP}),
    "png": frozenset({_C.IMAGE}),
    "jpg": frozenset({_C.IMAGE}),
    "tiff": frozenset({_C.IMAGE}),
    "docx": frozenset({_C.DOCUMENT}),
    "doc": frozenset({_C.DOCUMENT}),
    "html": frozenset({_C.HTML}),
    "wms": frozenset({_C.CAPABILITIES, _C.XML, _C.IMAGE}),
    "wfs": frozenset({_C.CAPABILITIES, _C.GML, _C.XML, _C.GEOJSON, _C.JSON}),
    "rdf": frozenset({_C.RDF}),
}
"""Word for a format → what such a file may be. Words that are missing promise nothing."""

_ALIASES = {
    "tab": "tsv",
    "xlsm": "xlsx",
    "jpeg": "jpg",
    "tif": "tiff",
    "htm": "html",
    "xhtml": "html",
    "shape": "shp",
    "shapefile": "shp",
    "geopackage": "gpkg",
    "excel": "xlsx",
    "gzip": "gz",
    "wms_srvc": "wms",
    "wfs_srvc": "wfs",
    "pdfa1a": "pdf",
    "pdfa1b": "pdf",
    "gml_zip": "zip",
    "ttl": "rdf",
    "rdf_xml": "rdf",
    "rdf_turtle": "rdf",
    "n3": "rdf",
    "nt": "rdf",
    "jsonld": "rdf",
    "json_ld": "rdf",
    "ndjson": "json",
    "topojson": "json",
}
_MEDIA_TYPES = {
    "text/csv": "csv",
    "application/csv": "csv",
    "text/tab-separated-values": "tsv",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "application/vnd.ms-excel": "xls",
    "application/vnd.oasis.opendocument.spreadsheet": "ods",
    "application/json": "json",
    "application/geo+json": "geojson",
    "application/vnd.geo+json": "geojson",
    "application/vnd.apache.parquet": "parquet",
    "application/xml": "xml",
    "text/xml": "xml",
    "application/gml+xml": "gml",
    "application/vnd.google-earth.kml+xml": "kml",
    "application/vnd.google-earth.kmz": "kmz",
    "application/geopackage+sqlite3": "gpkg",
    "application/pdf": "pdf",
    "application/zip": "zip",
    "application/gzip": "gz",
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/tiff": "tiff",
    "text/html": "html",
    "application/xhtml+xml": "html",
}
"""Media types that promise something; `text/plain` and `application/octet-stream` do not."""

_PASSWORD = re.compile(r"<input[^>]+type\s*=\s*[\"']?password", re.IGNORECASE)
_TITLE = re.compile(r"<title[^>]*>(.*?)</title>", re.IGNORECASE | re.DOTALL)
_LOGIN = re.compile(r"\b(?:log-?in|sign in|anmeld\w*|einloggen)\b", re.IGNORECASE)
_ERROR = re.compile(
    r"\b(?:40[0-9]|50[0-9]|nicht gefunden|not found|fehler|error|wartung\w*|maintenance|"
    r"forbidden|verweigert|unavailable|nicht verfügbar)\b",
    re.IGNORECASE,
)


def word_of(text: str) -> str | None:
    """The word of `_WORDS` that a format label, an IRI or a media type stands for."""
    bare = text.split(";", 1)[0].strip().lower()
    marker = "iana.org/assignments/media-types/"
    media_type = bare.split(marker, 1)[1] if marker in bare else bare
    if media_type in _MEDIA_TYPES:
        return _MEDIA_TYPES[media_type]
    word = bare.rstrip("/").rsplit("/", 1)[-1].lstrip(".").replace("-", "_")
    word = _ALIASES.get(word, word)
    return word if word in _WORDS else None


_UNCHECKED = frozenset({"html", "rdf", "png", "jpg", "tiff", "doc", "docx", "wms", "wfs"})
"""Promises of things that no check of ours has anything to say about."""


def is_checkable(promise: str | None) -> bool:
    """Whether something is promised that `door` can check: a table, geodata, a timetable, a PDF.

    Args:
        promise: format label, IRI, media type or ending.
    """
    word = word_of(promise) if promise else None
    return word is not None and word not in _UNCHECKED


def promise_findings(
    content: Content,
    subject: str,
    *,
    name: str,
    media_type: str | None,
    declared: str | None,
) -> Iterator[Finding]:
    """`file-format-mismatch`: metadata, server or name promise something else than there is.

    One finding, about the most binding promise that is broken. What is packed counts as what it is
    packed in.

    Args:
        declared: format in the metadata: label, IRI of the EU list or media type.
    """
    if content in (Content.EMPTY, Content.HTML):
        return  # a finding of its own
    packed = content in (Content.ZIP, Content.GZIP)
    for promise, words in (
        (declared, "In den Metadaten steht"),
        (media_type, "Der Server nennt"),
        (Path(name).suffix, "Der Dateiname endet auf"),
    ):
        word = word_of(promise) if promise else None
        if word is None or content in _WORDS[word] or (packed and word not in ("zip", "gz")):
            continue
        yield finding(
            "file-format-mismatch",
            subject=subject,
            value=promise,
            where=words,
            found=content.value.upper(),
        )
        return


def page_kind(html: str) -> str:
    """What a web page in place of a file is, in German, for a sentence."""
    match = _TITLE.search(html)
    title = " ".join(match[1].split()) if match else ""
    if _PASSWORD.search(html) or _LOGIN.search(title):
        return "eine Anmeldeseite"
    if _ERROR.search(title):
        return "eine Fehlerseite"
    return "eine Webseite"
