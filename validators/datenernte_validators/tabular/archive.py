"""The one table in a zip or gzip file, unpacked within limits.

No path of the archive is used: what is unpacked gets a name of ours. Archives inside of archives
stay closed.
"""

import gzip
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from datenernte_validators.tabular.limits import Limits
from datenernte_validators.tabular.workbook import DAMAGE, WorkbookError, weigh_entries

_TABLES = frozenset(
    {".csv", ".tsv", ".tab", ".txt", ".xlsx", ".xlsm", ".xls", ".ods", ".json", ".geojson"}
    | {".ndjson", ".parquet"}
)
_ARCHIVES = frozenset({".zip", ".gz", ".7z", ".rar", ".tar", ".tgz", ".bz2", ".xz"})
_COMPANION = ("readme", "liesmich", "lizenz", "license", "hinweis", "metadaten", "licence")
"""How files are called that lie beside a table to explain it."""
_CHUNK_BYTES = 1 << 20
_SMALL_BYTES = 10_000_000
"""Below this nobody is hurt, whatever the ratio."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Unpacked:
    """What was taken out of an archive."""

    path: Path
    name: str
    """Name of the file in the archive, without folders."""
    others: tuple[str, ...] = ()
    """Names of further files that are no tables."""


def holds_table(path: Path) -> bool:
    """Whether something in a zip archive is called a table, or it holds another archive."""
    try:
        with zipfile.ZipFile(path) as archive:
            return any(
                _ending(entry.filename) in _TABLES | _ARCHIVES
                for entry in archive.infolist()
                if not _is_hidden(entry)
            )
    except DAMAGE:
        return True


def unpack_zip(path: Path, folder: Path, limits: Limits) -> Unpacked:
    """The only table of a zip archive.

    Raises:
        WorkbookError: `table-archive-bomb`, `table-encrypted`, `table-unreadable`,
            `table-archive-nested`, `table-archive-many` or `table-archive-no-table`.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            entries = [e for e in archive.infolist() if not e.is_dir() and not _is_hidden(e)]
            weigh_entries(entries, limits)
            tables = [e for e in entries if _ending(e.filename) in _TABLES]
            if len(tables) > 1:
                tables = [e for e in tables if not _is_companion(e)] or tables
            if not tables:
                nested = any(_ending(e.filename) in _ARCHIVES for e in entries)
                code = "table-archive-nested" if nested else "table-archive-no-table"
                raise WorkbookError(code, _names(entries))
            if len(tables) > 1:
                raise WorkbookError("table-archive-many", _names(tables))
            chosen = tables[0]
            target = folder / "inhalt"
            with archive.open(chosen) as source:
                _copy(source, target, limits, chosen.compress_size)
    except WorkbookError:
        raise
    except DAMAGE as error:
        raise WorkbookError("table-unreadable", str(error)[:200]) from error
    others = tuple(_name(e) for e in entries if e is not chosen)
    return Unpacked(path=target, name=_name(chosen), others=others)


def unpack_gzip(path: Path, folder: Path, name: str, limits: Limits) -> Unpacked:
    """The file in a gzip file.

    Args:
        name: of the packed file; its own name is that without `.gz`.

    Raises:
        WorkbookError: `table-archive-bomb` or `table-unreadable`.
    """
    target = folder / "inhalt"
    try:
        with gzip.open(path) as source:
            _copy(source, target, limits, path.stat().st_size)
    except (EOFError, OSError, zlib.error) as error:
        raise WorkbookError("table-unreadable", str(error)[:200]) from error
    lowered = name.lower()
    if lowered.endswith(".tgz") or PurePosixPath(lowered.removesuffix(".gz")).suffix in _ARCHIVES:
        raise WorkbookError("table-archive-nested", name)
    return Unpacked(path=target, name=name[:-3] if lowered.endswith(".gz") else name)


def _copy(source: IO[bytes] | gzip.GzipFile, target: Path, limits: Limits, packed: int) -> None:
    """Unpack, counting: what an archive says of its sizes is not believed."""
    size = 0
    with target.open("wb") as file:
        while chunk := source.read(_CHUNK_BYTES):
            size += len(chunk)
            if size > limits.file_bytes:
                raise WorkbookError("table-archive-bomb", f"mehr als {size // 1_000_000} MB")
            if size > _SMALL_BYTES and size > limits.archive_ratio * max(packed, 1):
                raise WorkbookError("table-archive-bomb", f"Faktor {size // max(packed, 1)}")
            file.write(chunk)


def _is_hidden(entry: zipfile.ZipInfo) -> bool:
    """What macOS and Windows leave in archives, and links, which are never followed."""
    name = entry.filename.replace("\\", "/")
    link = (entry.external_attr >> 16) & 0o170000 == 0o120000
    base = PurePosixPath(name).name
    return link or name.startswith("__MACOSX/") or base.startswith(".") or base == "Thumbs.db"


def _is_companion(entry: zipfile.ZipInfo) -> bool:
    name = PurePosixPath(entry.filename).stem.lower()
    return _ending(entry.filename) == ".txt" or any(word in name for word in _COMPANION)


def _name(entry: zipfile.ZipInfo) -> str:
    return PurePosixPath(entry.filename.replace("\\", "/")).name


def _names(entries: list[zipfile.ZipInfo]) -> str:
    shown = ", ".join(f"»{_name(entry)[:80]}«" for entry in entries[:5])
    return shown + (" …" if len(entries) > 5 else "") if shown else "nichts"


def _ending(name: str) -> str:
    return PurePosixPath(name.lower()).suffix
