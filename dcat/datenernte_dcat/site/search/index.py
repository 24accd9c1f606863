"""The words of every dataset, in a file beside the build that the next build takes over.

It is a cache: what the site's search files say follows from the datasets alone, whether the file
was there or not. Nothing of it is in memory but what is asked for.
"""

import shutil
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from datenernte_dcat.publication import german, published_dataset, shown_publisher, shown_title
from datenernte_dcat.records import Dataset
from datenernte_dcat.site.search.stemming import stems, words
from datenernte_dcat.store.rows import StoredRecord

TITLE, SUBJECT, TEXT = 3, 2, 1
"""Weights: a word of the title, of keyword, publisher or file title, of the description."""
TEXT_LENGTH = 4000
"""Characters of a description that are searched."""
_DIGITS = 10
"""Hexadecimal digits of a record id that number it: 40 bits, exact in JavaScript."""
_TABLES = """
CREATE TABLE version (version TEXT NOT NULL);
CREATE TABLE document (id TEXT PRIMARY KEY, number INTEGER NOT NULL, inputs TEXT NOT NULL);
CREATE TABLE posting (
    stem TEXT NOT NULL, weight INTEGER NOT NULL, number INTEGER NOT NULL, id TEXT NOT NULL,
    PRIMARY KEY (stem, weight, number, id)
) WITHOUT ROWID;
CREATE INDEX posting_of ON posting (id);
"""


def number_of(identifier: str) -> int:
    """The number of a record in the search files; two records hardly ever share one."""
    return int(identifier.replace("-", "")[:_DIGITS], 16)


@dataclass(frozen=True, slots=True)
class Postings:
    """One stem and the numbers of the datasets that have it, by weight, ascending."""

    stem: str
    numbers: Mapping[int, list[int]]


class SearchIndex:
    """The index of one build, open for writing."""

    def __init__(self, path: Path, *, old: Path | None, version: str) -> None:
        """Begin with what the last build knew, if its file is there, whole and of this version.

        Args:
            path: of the new file; must not exist.
            version: hash of our code.
        """
        if old is not None and _is_usable(old, version):
            shutil.copyfile(old, path)
        else:
            with closing(sqlite3.connect(path)) as connection:
                connection.executescript(_TABLES)
                connection.execute("INSERT INTO version VALUES (?)", (version,))
                connection.commit()
        self._connection = sqlite3.connect(path)
        self._connection.execute(
            "PRAGMA synchronous = OFF"
        )  # a cache: the next build can do without

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._connection.close()

    def outdated(self, inputs: Mapping[str, str]) -> list[str]:
        """Forget what is not published any more; the ids whose words must be read again.

        Args:
            inputs: hash of what feeds say about each published dataset, by record id.
        """
        known = dict(self._connection.execute("SELECT id, inputs FROM document"))
        old = [one for one, before in known.items() if inputs.get(one) != before]
        with self._connection:
            for table in ("posting", "document"):
                self._connection.executemany(
                    f"DELETE FROM {table} WHERE id = ?",  # noqa: S608 - our own two names
                    ((one,) for one in old),
                )
        return sorted(one for one, now in inputs.items() if known.get(one) != now)

    def add(self, records: Iterable[StoredRecord], inputs: Mapping[str, str]) -> None:
        """Take the words of these records."""
        with self._connection:
            for record in records:
                number = number_of(record.id)
                self._connection.execute(
                    "INSERT INTO document VALUES (?, ?, ?)", (record.id, number, inputs[record.id])
                )
                self._connection.executemany(
                    "INSERT INTO posting VALUES (?, ?, ?, ?)",
                    (
                        (stem, weight, number, record.id)
                        for stem, weight in weighted_stems(published_dataset(record)).items()
                    ),
                )

    def sizes(self, length: int) -> list[tuple[str, int]]:
        """How many postings the stems have that begin with the same characters.

        Args:
            length: number of characters.
        """
        return list(
            self._connection.execute(
                "SELECT substr(stem, 1, ?) AS start, count(*) FROM posting GROUP BY start "
                "ORDER BY start",
                (length,),
            )
        )

    def postings(self) -> Iterator[Postings]:
        """All stems in their order."""
        stem: str | None = None
        numbers: dict[int, list[int]] = {}
        rows = self._connection.execute(
            "SELECT DISTINCT stem, weight, number FROM posting ORDER BY stem, weight, number"
        )
        for each, weight, number in rows:
            if stem is not None and each != stem:
                yield Postings(stem, numbers)
                numbers = {}
            stem = each
            numbers.setdefault(weight, []).append(number)
        if stem is not None:
            yield Postings(stem, numbers)


def weighted_stems(dataset: Dataset) -> dict[str, int]:
    """The stems of a dataset's words, each with the highest weight that it has, sorted."""
    keywords = " ".join(one.value for one in dataset.keyword[:100])
    files = " ".join(german(one.title) for one in dataset.distribution[:50])
    parts = (
        (TEXT, german(dataset.description)[:TEXT_LENGTH]),
        (SUBJECT, f"{keywords} {shown_publisher(dataset)} {files}"),
        (TITLE, shown_title(dataset)),
    )
    found: dict[str, int] = {}
    for weight, text in parts:
        for word in words(text):
            for position, stem in enumerate(stems(word)):
                found[stem] = max(found.get(stem, 0), weight if position == 0 else weight - 1 or 1)
    return dict(sorted(found.items()))


def _is_usable(path: Path, version: str) -> bool:
    if not path.is_file():
        return False
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
            rows = connection.execute("SELECT version FROM version").fetchall()
            healthy = connection.execute("PRAGMA quick_check(1)").fetchall()
    except sqlite3.DatabaseError:
        return False
    return rows == [(version,)] and healthy == [("ok",)]
