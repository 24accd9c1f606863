"""Fragments: where each dataset stands in the full dumps, so that it is serialised only once.

The dumps of a build hold every dataset in every serialisation. A small index beside the build says
at which byte; pages, municipality feeds and the next build's dumps copy from there.
"""

import os
import struct
from collections.abc import Iterable, Mapping
from hashlib import blake2b
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from datenernte_dcat.facets import NO_FACETS, Facets
from datenernte_dcat.feeds.documents import FORMATS
from datenernte_dcat.graph.serialisation import Format
from datenernte_dcat.publication import Profile

DUMPS: tuple[tuple[Profile, Format], ...] = tuple(
    (profile, form) for profile in Profile for form in FORMATS
)
"""The dumps of a build, in the order of `Row.spans`."""


def dump_path(profile: Profile, format: Format) -> str:  # noqa: A002 - the usual word
    """Path of a dump relative to the site."""
    return f"{'eu/' if profile is Profile.EU else ''}catalog-full.{format}"


class Row(msgspec.Struct, frozen=True, array_like=True):
    """What the index knows of one dataset."""

    feed_hash: str
    iri: str
    links: tuple[int, ...]
    """Short hashes of the IRIs it points to that may be datasets (`short_hash`)."""
    inputs: str
    """Hash of everything its fragments were made from."""
    triples: tuple[int, int]
    """Number of triples, in the order of `Profile`."""
    spans: tuple[tuple[int, int], ...]
    """Offset and length in bytes in each dump, in the order of `DUMPS`."""
    title: str
    """For lists: one line, cut if it is long."""
    publisher: str
    """Name of the publisher as one line, empty where there is none."""
    urls: tuple[int, ...]
    """Its access and download URLs (`queries.short_key`)."""
    facets: Facets = NO_FACETS
    """What lists and the search filter by."""

    def triples_in(self, profile: Profile) -> int:
        """Number of triples in feeds of this profile."""
        return self.triples[0 if profile is Profile.NATIONAL else 1]


class _Header(msgspec.Struct, frozen=True):
    version: str
    dumps: dict[str, str]


def short_hash(text: str) -> int:
    """64 bits of a hash: IRIs are compared by it, which keeps 100 000 of them small."""
    return int.from_bytes(blake2b(text.encode("utf-8", "replace"), digest_size=8).digest(), "big")


class PublishedIris:
    """The IRIs of everything that we publish; a container to ask."""

    def __init__(self, iris: Iterable[str]) -> None:
        self._hashes = frozenset(short_hash(iri) for iri in iris)

    def __contains__(self, iri: object) -> bool:
        return isinstance(iri, str) and short_hash(iri) in self._hashes

    def among(self, hashes: Iterable[int]) -> list[int]:
        """Those of the short hashes that belong to something we publish."""
        return [one for one in hashes if one in self._hashes]


class Fragments:
    """The fragments of one build: rows by record id, and the dumps to read from."""

    def __init__(self, directory: Path, rows: dict[str, bytes]) -> None:
        """Open the dumps of a build.

        Args:
            rows: encoded `Row` by record id; encoded they take a third of the memory.
        """
        self.rows = rows
        self._descriptors = [
            os.open(directory / dump_path(profile, form), os.O_RDONLY) for profile, form in DUMPS
        ]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for descriptor in self._descriptors:
            os.close(descriptor)

    def row(self, identifier: str) -> Row | None:
        """What is known of a record, None for one that is not in the dumps."""
        data = self.rows.get(identifier)
        return None if data is None else _row_decoder.decode(data)

    def read(self, row: Row, dump: int) -> bytes:
        """The fragment of a dataset.

        Args:
            dump: position in `DUMPS`.

        Raises:
            EOFError: the dump is shorter than the index says.
        """
        offset, length = row.spans[dump]
        data = os.pread(self._descriptors[dump], length, offset)
        if len(data) != length:
            raise EOFError(dump_path(*DUMPS[dump]))
        return data


_row_encoder = msgspec.msgpack.Encoder()
_row_decoder = msgspec.msgpack.Decoder(Row)
_LENGTH = struct.Struct(">I")


def encode_row(row: Row) -> bytes:
    """The row as it stands in `Fragments.rows` and in the index file."""
    return _row_encoder.encode(row)


def write_index(
    path: Path, version: str, dumps: Mapping[str, str], rows: Mapping[str, bytes]
) -> None:
    """Write the index of a build.

    Args:
        version: of code and settings; an index of another version is of no use.
        dumps: SHA-256 of each dump by path: the index belongs to exactly these bytes.
    """
    with path.open("wb") as stream:
        header = msgspec.msgpack.encode(_Header(version, dict(dumps)))
        stream.write(_LENGTH.pack(len(header)) + header)
        for identifier, row in rows.items():
            key = identifier.encode()
            stream.write(_LENGTH.pack(len(key)) + key + _LENGTH.pack(len(row)) + row)


def read_index(path: Path, version: str, dumps: Mapping[str, str]) -> dict[str, bytes]:
    """The rows of an index, by record id; none if it is missing, broken or of other dumps."""
    try:
        data = path.read_bytes()
        start, chunks = 0, []
        while start < len(data):
            (length,) = _LENGTH.unpack_from(data, start)
            start += _LENGTH.size
            chunks.append(data[start : start + length])
            start += length
        header = msgspec.msgpack.decode(chunks[0], type=_Header)
        keys = [chunk.decode() for chunk in chunks[1::2]]
        if start != len(data) or header.version != version or header.dumps != dumps:
            return {}
        return dict(zip(keys, chunks[2::2], strict=True))
    except (OSError, struct.error, IndexError, ValueError, msgspec.DecodeError):
        return {}
