"""Check one table: recognise it, let Frictionless judge it, say in German what was found.

`check_table` works in this process and is for files that one trusts; strangers' files go through
`isolation`, where a child process with limits of time and memory does the same.

`valid` is the verdict of Frictionless under the schema: true if its report has no error. Where the
schema is inferred, cells that do not fit a column's type are no errors but warnings: such a
column goes to Frictionless without a type. What cannot be judged at all is not valid.
"""

import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any

from datenernte_dcat.errors import os_reason
from datenernte_validators.files.geojson import check_geojson
from datenernte_validators.files.places import box_of
from datenernte_validators.files.promises import page_kind
from datenernte_validators.tabular import observations
from datenernte_validators.tabular.archive import unpack_gzip, unpack_zip
from datenernte_validators.tabular.body import check_rows, labels_wanted
from datenernte_validators.tabular.content import (
    ARCHIVES,
    CHECKED,
    HEAD_BYTES,
    RECORDS,
    SHEETS,
    Content,
    clean_extract,
    recognise_content,
)
from datenernte_validators.tabular.dialect import recognise_dialect
from datenernte_validators.tabular.encoding import recognise_encoding
from datenernte_validators.tabular.layout import (
    Layout,
    recognise_layout,
)
from datenernte_validators.tabular.limits import METHOD, Limits
from datenernte_validators.tabular.outcome import TableCheck, Work, result
from datenernte_validators.tabular.parquet import read_parquet
from datenernte_validators.tabular.records import Records, RecordsError, json_records, read_json
from datenernte_validators.tabular.rows import CsvSource, RowTooLong, SheetSource, scan
from datenernte_validators.tabular.schema import (
    SchemaUnusable,
    read_schema,
    without_foreign_keys,
)
from datenernte_validators.tabular.screen.overview import screened_scan
from datenernte_validators.tabular.suggestion import SuggestionPaths
from datenernte_validators.tabular.workbook import WorkbookError, fill_merged, read_sheet


def check_table(
    path: Path,
    *,
    target: str,
    media_type: str | None = None,
    file_name: str | None = None,
    schema: Path | Mapping[str, Any] | None = None,
    schema_origin: str = "given",
    about: Sequence[str] = (),
    land: str | None = None,
    suggestions: SuggestionPaths | None = None,
    limits: Limits | None = None,
) -> TableCheck:
    """Check a table in this process.

    Args:
        target: what the document and the findings are about: the path or URL that the user knows.
        media_type: as the server or the metadata said; decides only where the content cannot.
        file_name: name of the file at its source; default: the name of `path`.
        schema: Table Schema, a JSON file or its descriptor; None infers one.
        schema_origin: `given` or `declared`, where the schema came from.
        about: title and keywords of the dataset, by which a schema of our library may be found.
        land: two-digit key of the Land where its places should lie; None: anywhere in Germany.
        suggestions: where to write a clean copy and its schema.
    """
    work = Work(
        path=path,
        target=target,
        name=file_name or path.name,
        about=tuple(about),
        land=land,
        suggestions=suggestions,
        limits=limits or Limits(),
        origin=schema_origin if schema is not None else "inferred",
    )
    try:
        _check(work, media_type, schema)
    except OSError as error:
        work.note("table-unreadable", detail=os_reason(error))
    return result(work)


def options_hash(
    schema: Path | Mapping[str, Any] | None,
    schema_origin: str = "given",
    limits: Limits | None = None,
    about: Sequence[str] = (),
) -> str:
    """SHA-256 hex of all that an outcome depends on besides the bytes of the file.

    Equal bytes under an equal hash give an equal document, target and seconds apart. A schema that
    cannot be read counts as none, as it is the same finding every time.
    """
    descriptor: Any = None
    if schema is not None:
        try:
            descriptor = read_schema(schema)
        except SchemaUnusable as error:
            descriptor = str(error)
    origin = schema_origin if schema is not None else "inferred"
    options: list[Any] = [METHOD, version("frictionless"), origin, descriptor, list(about)]
    options.append(asdict(limits or Limits()))
    return sha256(json.dumps(options, sort_keys=True, default=dict).encode()).hexdigest()


def _check(work: Work, media_type: str | None, schema: Path | Mapping[str, Any] | None) -> None:
    size = work.path.stat().st_size
    if size > work.limits.file_bytes:
        work.note("table-too-large", detail=f"{size // 1_000_000} MB")
        return
    content = recognise_content(work.path, media_type, work.name)
    if content in ARCHIVES:
        _check_archive(work, content, schema)
        return
    if content not in CHECKED and content is not Content.EMPTY:
        _no_table(work, content)
        return
    if schema is not None and not _take_schema(work, schema):
        return
    if content in SHEETS:
        _check_sheet(work, content)
    elif content in RECORDS:
        _check_records(work, content)
    else:
        _check_text(work)


def _check_archive(work: Work, content: Content, schema: Path | Mapping[str, Any] | None) -> None:
    """Check the one table in an archive in its place."""
    work.format = content.value
    with tempfile.TemporaryDirectory(prefix="datenernte-") as folder:
        try:
            if content is Content.ZIP:
                unpacked = unpack_zip(work.path, Path(folder), work.limits)
            else:
                unpacked = unpack_gzip(work.path, Path(folder), work.name, work.limits)
        except WorkbookError as error:
            work.note(error.code, detail=error.detail)
            return
        inner = recognise_content(unpacked.path, None, unpacked.name)
        if inner in ARCHIVES:
            work.note("table-archive-nested", detail=f"»{unpacked.name}«")
            return
        packed = content.value.upper()
        work.note("table-in-archive", value=unpacked.name, packed=packed)
        work.path, work.name = unpacked.path, unpacked.name
        _check(work, None, schema)


def _no_table(work: Work, content: Content) -> None:
    work.format = content.value
    if content is Content.HTML:
        with work.path.open(encoding="utf-8", errors="replace") as file:
            page = page_kind(file.read(HEAD_BYTES))
        work.note("table-html", value=clean_extract(work.path), page=page)
    else:
        work.note("table-not-a-table", value=_CONTENT_NAMES.get(content, content.value))


_CONTENT_NAMES = {
    Content.PDF: "ein PDF-Dokument",
    Content.IMAGE: "ein Bild",
    Content.DOCUMENT: "ein Textdokument oder eine Präsentation",
    Content.BINARY: "eine Datei ohne erkennbaren Text",
    Content.TEXT: "ein Text ohne Spalten",
    Content.XML: "ein XML-Dokument",
    Content.GML: "ein GML-Dokument",
    Content.KML: "ein KML-Dokument",
    Content.CAPABILITIES: "die Selbstauskunft eines Dienstes",
    Content.GEOPACKAGE: "ein GeoPackage",
    Content.SHAPEFILE: "ein Shapefile",
    Content.GTFS: "ein GTFS-Fahrplan",
    Content.RDF: "ein RDF-Dokument",
}


def _take_schema(work: Work, schema: Path | Mapping[str, Any]) -> bool:
    try:
        work.schema, unchecked = without_foreign_keys(read_schema(schema))
    except SchemaUnusable as error:
        work.note("table-schema-unusable", detail=str(error))
        return False
    for name in unchecked:
        work.note("table-foreign-key-unchecked", value=name)
    return True


def _check_text(work: Work) -> None:
    limits = work.limits
    encoding = recognise_encoding(work.path)
    work.encoding = encoding.name
    work.findings += observations.encoding_findings(encoding, work.target)
    dialect = recognise_dialect(work.path, encoding.name, limits.row_characters)
    work.delimiter, work.quote_char = dialect.delimiter, dialect.quote_char
    work.format = "tsv" if dialect.delimiter == "\t" else "csv"
    _compare_format(work)
    one_line = not encoding.quotes and encoding.longest_line <= limits.row_characters
    source = CsvSource(work.path, encoding.name, dialect, limits.row_characters, one_line)
    try:
        overview = screened_scan(source) or scan(source)
    except RowTooLong as error:
        code = "table-quote-open" if error.lines > 1 else "table-row-too-long"
        work.note(code, row=error.row)
        return
    for row in source.open_quotes[:10]:
        work.note("table-quote-open", row=row)
    check_rows(work, source, overview, mojibake=encoding.suspicious)


def _check_sheet(work: Work, content: Content) -> None:
    work.format = content.value
    _compare_format(work)
    try:
        sheet = read_sheet(work.path, work.limits, content.value)
    except WorkbookError as error:
        work.note(error.code, detail=error.detail)
        return
    work.findings += observations.sheet_findings(sheet, work.target)
    source = SheetSource(sheet.rows)
    overview = scan(source)
    if sheet.merged:
        fill_merged(sheet, recognise_layout(overview, labels_wanted(work)).header_rows)
        overview = scan(source)
    check_rows(work, source, overview, mojibake=True)


def _check_records(work: Work, content: Content) -> None:
    """A table of records: JSON, GeoJSON (the properties are the columns) or Parquet."""
    work.format = content.value
    _compare_format(work)
    try:
        records: Records | None
        if content is Content.PARQUET:
            records = read_parquet(work.path, work.limits)
        else:
            document, encoding = read_json(work.path)
            work.encoding = encoding.name
            work.findings += observations.encoding_findings(encoding, work.target)
            if content is Content.GEOJSON:
                work.findings += check_geojson(document, work.target, box_of(work.land))
            records = json_records(document, work.limits)
    except RecordsError as error:
        work.note(error.code, detail=error.detail)
        return
    if records is None:
        work.note("table-json-no-rows")
        return
    source = SheetSource(records.rows)
    overview = scan(source)
    layout = None
    if records.named:
        width = len(records.rows[0])
        if not width:
            work.note("table-empty")
            return
        layout = Layout(header_rows=(1,), width=width, last_row=len(records.rows))
    if records.uneven:
        work.note("table-json-uneven", count=records.uneven)
    check_rows(work, source, overview, mojibake=True, layout=layout)


_ENDINGS = {
    **dict.fromkeys((".csv", ".tsv", ".tab", ".txt"), frozenset({"csv", "tsv"})),
    ".xlsx": frozenset({"xlsx"}),
    ".xlsm": frozenset({"xlsx"}),
    ".xls": frozenset({"xls"}),
    ".ods": frozenset({"ods"}),
    ".json": frozenset({"json", "geojson"}),
    ".ndjson": frozenset({"json"}),
    ".geojson": frozenset({"geojson"}),
    ".parquet": frozenset({"parquet"}),
}


def _compare_format(work: Work) -> None:
    """`table-format-mismatch`: the ending promises another kind of file."""
    ending = Path(work.name.lower()).suffix
    if ending in _ENDINGS and work.format not in _ENDINGS[ending]:
        work.note("table-format-mismatch", value=ending, found=str(work.format).upper())
