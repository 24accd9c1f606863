"""What validation and scoring judge: the description of a record as its portal published it."""

from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from itertools import islice
from typing import TypeVar

import msgspec
from pyoxigraph import Triple

from datenernte_dcat.graph.writer import dataset_triples
from datenernte_dcat.records import Dataset, Distribution
from datenernte_dcat.store.rows import StoredRecord

T = TypeVar("T")


def judged_dataset(record: StoredRecord) -> Dataset:
    """The dataset as published; what had no IRI there has the one that we publish it under.

    An IRI is no merit of anybody and no score asks for it, but evidence needs a name to hang on.
    """
    named = record.normalised.distribution
    own = record.as_published.distribution
    if len(named) == len(own):
        own = tuple(_named(mine, ours) for mine, ours in zip(own, named, strict=True))
    return msgspec.structs.replace(record.as_published, distribution=own)


def _named(distribution: Distribution, ours: Distribution) -> Distribution:
    if distribution.uri is not None and not distribution.uri.startswith("_:"):
        return distribution
    # A blank node that kept triples speak of must keep the name they know it by.
    return distribution if distribution.uri else msgspec.structs.replace(distribution, uri=ours.uri)


def judged_triples(record: StoredRecord) -> list[Triple]:
    """The triples of the description as published, under the IRI that we publish it under."""
    return dataset_triples(judged_dataset(record), record.kept_as_published, record.iri)


def link_urls(dataset: Dataset) -> list[str]:
    """The access and download URLs of a dataset, each once, in order."""
    return list(
        dict.fromkeys(
            reference.uri
            for distribution in dataset.distribution
            for reference in (*distribution.access_url, *distribution.download_url)
            if reference.uri is not None
        )
    )


def chunks(values: Iterable[T], size: int) -> Iterator[list[T]]:
    """`values` in lists of at most `size`."""
    iterator = iter(values)
    while chunk := list(islice(iterator, size)):
        yield chunk


def fingerprint(parts: Iterable[Sequence[object]]) -> str:
    """SHA-256 hex of many rows of plain values: equal inputs of a stage, equal fingerprint."""
    digest = sha256()
    for part in parts:
        digest.update(repr(tuple(part)).encode())
        digest.update(b"\n")
    return digest.hexdigest()
