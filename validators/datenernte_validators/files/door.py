"""The one question to any file: is it what it should be, and is it whole?

Tables go to `tabular`; everything else is recognised by its content and asked what its kind can be
asked. Used by the child process, so strangers' files are welcome.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from datenernte_dcat.errors import os_reason
from datenernte_dcat.findings import Finding, Severity
from datenernte_dcat.texts import finding
from datenernte_validators.files.archives import check_archive
from datenernte_validators.files.geopackage import check_geopackage
from datenernte_validators.files.places import Box, box_of
from datenernte_validators.files.promises import page_kind, promise_findings, word_of
from datenernte_validators.files.xml_files import check_xml
from datenernte_validators.tabular.archive import holds_table
from datenernte_validators.tabular.content import (
    ARCHIVES,
    CHECKED,
    Content,
    clean_extract,
    is_declared_table,
    recognise_content,
)
from datenernte_validators.tabular.limits import Limits
from datenernte_validators.tabular.outcome import TableCheck
from datenernte_validators.tabular.suggestion import SuggestionPaths
from datenernte_validators.tabular.table import check_table

_XML = {
    Content.XML: "xml",
    Content.GML: "gml",
    Content.KML: "kml",
    Content.CAPABILITIES: "capabilities",
}
_TAIL_BYTES = 2_048


def check_file(
    path: Path,
    *,
    target: str,
    media_type: str | None = None,
    file_name: str | None = None,
    declared: str | None = None,
    schema: Path | Mapping[str, Any] | None = None,
    schema_origin: str = "given",
    about: Sequence[str] = (),
    land: str | None = None,
    suggestions: SuggestionPaths | None = None,
    limits: Limits | None = None,
) -> TableCheck:
    """Check a file: a table as `check_table` does, any other as its kind.

    Args:
        declared: format in the metadata: a label, an IRI of the EU list or a media type.
        others: as those of `check_table`.
    """
    limits = limits or Limits()
    name = file_name or path.name
    try:
        content = recognise_content(path, media_type, name)
        table = _is_table(path, content, media_type, name, declared)
    except OSError as error:
        problem = finding("table-unreadable", subject=target, detail=os_reason(error))
        return _document(target, None, [problem])
    promises = list(
        promise_findings(content, target, name=name, media_type=media_type, declared=declared)
    )
    if table:
        check = check_table(
            path,
            target=target,
            media_type=media_type,
            file_name=file_name,
            schema=schema,
            schema_origin=schema_origin,
            about=about,
            land=land,
            suggestions=suggestions,
            limits=limits,
        )
        return _with(check, promises)
    if path.stat().st_size > limits.file_bytes:
        size = f"{path.stat().st_size // 1_000_000} MB"
        promises.append(finding("table-too-large", subject=target, detail=size))
        return _document(target, content, promises)
    return _document(
        target, content, [*promises, *_findings(path, content, name, target, limits, box_of(land))]
    )


def _is_table(
    path: Path, content: Content, media_type: str | None, name: str, declared: str | None
) -> bool:
    """Whether the file is one for `check_table`: a table, or something that was called one."""
    if content in ARCHIVES:
        return content is Content.GZIP or holds_table(path)
    if content in CHECKED:
        return True
    return content is not Content.RDF and is_declared_table(
        file_type=declared, media_type=media_type, name=name
    )


def _with(check: TableCheck, promises: list[Finding]) -> TableCheck:
    """The outcome of a table and what else was promised about it, which is said only once."""
    if not promises or any(f.code in _SAID_ALREADY for f in check.findings):
        return check
    findings = (*promises, *check.findings)
    document = {**check.document, "findings": [msgspec.to_builtins(f) for f in findings]}
    return TableCheck(document=document, findings=findings)


_SAID_ALREADY = frozenset({"table-format-mismatch", "table-not-a-table", "table-html"})


def _findings(
    path: Path, content: Content, name: str, subject: str, limits: Limits, box: Box
) -> Iterator[Finding]:
    if content is Content.EMPTY:
        yield finding("table-empty", subject=subject)
    elif content is Content.HTML:
        if word_of(Path(name).suffix) != "html":
            extract = clean_extract(path)
            with path.open(encoding="utf-8", errors="replace") as file:
                page = page_kind(file.read(_TAIL_BYTES * 32))
            yield finding("file-html", subject=subject, value=extract, page=page)
    elif content in _XML:
        if content is Content.KML and _is_packed(path):
            yield from check_archive(path, "kmz", subject, limits)
        else:
            yield from check_xml(path, _XML[content], subject, box)
    elif content is Content.GEOPACKAGE:
        yield from check_geopackage(path, subject)
    elif content in (Content.SHAPEFILE, Content.GTFS, Content.ZIP):
        yield from check_archive(path, content.value, subject, limits)
    elif content is Content.PDF:
        yield from _pdf(path, subject)


def _is_packed(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(2) == b"PK"


def _pdf(path: Path, subject: str) -> Iterator[Finding]:
    """`file-truncated`: a PDF ends with its mark, or was not loaded to its end.

    Source: ISO 32000-1, 7.5.5
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        file.seek(max(0, size - _TAIL_BYTES))
        if b"%%EOF" not in file.read():
            yield finding("file-truncated", subject=subject)


def _document(target: str, content: Content | None, findings: Sequence[Finding]) -> TableCheck:
    document = {
        "target": target,
        "kind": "file",
        "format": content.value if content else None,
        "valid": not any(found.severity is Severity.ERROR for found in findings),
        "findings": [msgspec.to_builtins(found) for found in findings],
    }
    return TableCheck(document=document, findings=tuple(findings))
