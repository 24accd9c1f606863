"""From a stored record to what feeds say about it: the safe output profile.

A feed carries the normalised record with what every reader needs (a title, exactly one
identifier), without what readers stumble over, in one of two licence profiles. `datasets/<id>.*`
carries the same without leaving anything out.

Source: DCAT-AP.de 3.0, https://www.dcat-ap.de/def/dcatde/3.0/spec/; the rules for agents, titles
and identifiers are those of GovData's reader, https://github.com/GovDataOfficial/ckanext-dcatde
"""

from collections.abc import Container, Iterable, Mapping, Sequence
from enum import StrEnum

import msgspec
from pyoxigraph import Literal, NamedNode, Triple

from datenernte_dcat.catalog import CatalogSettings
from datenernte_dcat.graph.description import LISTS, node_key
from datenernte_dcat.graph.writer import dataset_triples
from datenernte_dcat.mapping import CLASSES, MAPPING
from datenernte_dcat.records import (
    DataService,
    Dataset,
    Distribution,
    Identifier,
    Location,
    Reference,
)
from datenernte_dcat.records import Literal as Text
from datenernte_dcat.store.rows import StoredRecord
from datenernte_dcat.terms import DCAT, FOAF, RDF, safe_text
from datenernte_dcat.vocabulary import eu_license

DIRECTION_MARKS: Mapping[int, None] = dict.fromkeys(
    (*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C)
)
"""Characters that only steer the direction of writing, for `str.translate` to remove."""

_TYPE = RDF + "type"
_DATASET = CLASSES[Dataset]


class Profile(StrEnum):
    """Which licence IRIs a feed names."""

    NATIONAL = "national"
    """Those of dcat-ap.de, which GovData demands."""
    EU = "eu"
    """Those of the EU table where the licence has one, the only ones that the MQA knows."""


def published_dataset(record: StoredRecord) -> Dataset:
    """The normalised dataset with what no reader can do without.

    Without a title it gets »Ohne Titel (<identifier>)«: GovData gives up a whole source over one
    dataset without. Without a `dct:identifier` it gets the source identifier; of several the first
    by sorting stays and the others become `adms:identifier`. Whatever else it is called, it is
    typed dcat:Dataset, without which readers do not see it.
    """
    dataset = record.normalised
    identifiers = sorted(
        (one for one in dataset.identifier if one.value.strip()), key=lambda one: one.value
    )
    identifier = identifiers[0] if identifiers else Text(value=record.source_identifier)
    further = tuple(Identifier(notation=one) for one in identifiers[1:])
    title = dataset.title
    if not any(one.value.strip() for one in title):
        title = (Text(value=f"Ohne Titel ({identifier.value})", language="de"),)
    return msgspec.structs.replace(
        dataset,
        classes=tuple(sorted({*dataset.classes, _DATASET})) if dataset.classes else (),
        untyped=False,
        title=title,
        identifier=(identifier,),
        other_identifier=dataset.other_identifier + further,
    )


def dataset_file_triples(record: StoredRecord, iri: str | None = None) -> list[Triple]:
    """The triples of `datasets/<id>.*`: everything that is known of the dataset."""
    return dataset_triples(published_dataset(record), record.kept, iri or record.iri)


def feed_dataset(dataset: Dataset, *, legacy_terms: bool, profile: Profile) -> Dataset:
    """The dataset in the words that the readers of a feed know.

    Args:
        dataset: result of `published_dataset`.
        legacy_terms: also (or, if false, not) the terms before 3.0 that GovData still reads.
    """
    dataset = _with_roles(dataset, legacy_terms)
    if profile is Profile.EU:
        dataset = _with_eu_licences(dataset)
    return dataset


def feed_triples(
    record: StoredRecord,
    settings: CatalogSettings,
    profile: Profile = Profile.NATIONAL,
    published: Container[str] = (),
    iri: str | None = None,
) -> list[Triple]:
    """The triples that a feed carries about a dataset, complete without the rest of the page.

    Args:
        published: IRIs of all datasets and catalogues that we publish. A property whose value is
            one of them is left out: readers would take that dataset for a part of this one.
        iri: the published IRI, where it is not the record's own.
    """
    dataset = feed_dataset(
        published_dataset(record), legacy_terms=settings.legacy_terms, profile=profile
    )
    triples = dataset_triples(dataset, record.kept, iri or record.iri)
    return without_avoided(triples, iri or record.iri, published)


def shown_title(dataset: Dataset) -> str:
    """The title for lists: German if there is one, in one line, at most 200 characters."""
    return one_line(german(dataset.title), 200)


def shown_publisher(dataset: Dataset) -> str:
    """The publisher's name in one line; empty where there is none."""
    return one_line(german(dataset.publisher.name), 120) if dataset.publisher is not None else ""


def german(texts: Sequence[Text]) -> str:
    """The text in German, else the one without a language, else the first; empty for none."""
    written = [one for one in texts if one.value.strip()]
    for language in ("de", ""):
        for one in written:
            if (one.language or "").lower().partition("-")[0] == language:
                return one.value
    return written[0].value if written else ""


def one_line(text: str, length: int) -> str:
    """The text in one line for people to read, cut with »…« if it is longer.

    Without unprintable characters and without those that turn the direction of reading: with them
    »gnp.exe« can be made to look like »exe.png«.
    """
    line = " ".join(safe_text(text[: 4 * length]).translate(DIRECTION_MARKS).split())
    return line if len(line) <= length else line[: length - 1].rstrip() + "…"


def file_urls(dataset: Dataset) -> list[str]:
    """The access and download URLs of a dataset, each once, in order."""
    return list(
        dict.fromkeys(
            reference.uri
            for distribution in dataset.distribution
            for reference in (*distribution.access_url, *distribution.download_url)
            if reference.uri is not None
        )
    )


def links_to_others(triples: Iterable[Triple], iri: str) -> list[str]:
    """IRIs that a dataset points to and that could be other datasets, sorted.

    Args:
        triples: of a feed, with nothing left out on account of other datasets.
        iri: of the dataset itself.
    """
    return sorted(
        {
            triple.object.value
            for triple in triples
            if isinstance(triple.object, NamedNode)
            and triple.predicate.value not in _NEVER_DATASETS
            and not triple.object.value.startswith(LISTS)
        }
        - {iri}
    )


def without_avoided(
    triples: Sequence[Triple], iri: str, published: Container[str] = ()
) -> list[Triple]:
    """The triples without what feeds avoid, and without what only that led to.

    Left out are the rows of the mapping table that are not for feeds, and links to datasets and
    catalogues: to those that we publish and to those that the description itself brings along,
    since readers take every node typed so for a dataset of the feed. Addresses stay: a download
    URL may well be a dataset's page.
    """
    classes: dict[str, set[str]] = {}
    for triple in triples:
        if triple.predicate.value == _TYPE and isinstance(triple.object, NamedNode):
            classes.setdefault(node_key(triple.subject), set()).add(triple.object.value)
    others = {key for key, held in classes.items() if key != iri and not held.isdisjoint(_FOREIGN)}
    kept = [
        triple
        for triple in triples
        if not _is_avoided(triple, classes)
        and not _is_link(triple, iri, published, others)
        and node_key(triple.subject) not in others
    ]
    if len(kept) == len(triples):
        return kept
    lost = _reachable(triples, iri) - _reachable(kept, iri)
    return [triple for triple in kept if node_key(triple.subject) not in lost]


def _avoided() -> dict[str, frozenset[str]]:
    avoided: dict[str, frozenset[str]] = {}
    for row in MAPPING:
        if not row.feed:
            avoided[row.property] = avoided.get(row.property, frozenset()) | {CLASSES[row.record]}
    return avoided


_AVOIDED = _avoided()
"""Property that feeds leave out → classes of the subjects where they do."""
_ANYWHERE = frozenset(row.property for row in MAPPING if not row.feed and row.record is Location)
"""A place often has no class."""

_ADDRESSES = frozenset(
    {DCAT + "accessURL", DCAT + "downloadURL", DCAT + "landingPage", FOAF + "page"}
)
"""Properties whose value is a page or file, whatever else its IRI names."""
_NEVER_DATASETS = _ADDRESSES | {_TYPE, DCAT + "distribution"}
"""Properties whose values need not be looked at."""
_FOREIGN = frozenset({_DATASET, DCAT + "Catalog", DCAT + "CatalogRecord"})
"""Classes of nodes that no dataset's description may bring into a feed."""


def _is_avoided(triple: Triple, classes: Mapping[str, set[str]]) -> bool:
    prop = triple.predicate.value
    if prop not in _AVOIDED:
        return False
    if prop in _ANYWHERE:
        return True
    return not _AVOIDED[prop].isdisjoint(classes.get(node_key(triple.subject), ()))


def _is_link(triple: Triple, iri: str, published: Container[str], others: set[str]) -> bool:
    term = triple.object
    if isinstance(term, Literal) or triple.predicate.value in _NEVER_DATASETS:
        return False
    key = node_key(term)
    return key == iri or key in others or key in published


def _reachable(triples: Iterable[Triple], iri: str) -> set[str]:
    """Keys of the nodes that the dataset leads to."""
    links: dict[str, list[str]] = {}
    for triple in triples:
        if not isinstance(triple.object, Literal):
            links.setdefault(node_key(triple.subject), []).append(node_key(triple.object))
    found, seen = [iri], set[str]()
    while found:
        key = found.pop()
        if key not in seen:
            seen.add(key)
            found.extend(links.get(key, ()))
    return seen


def _with_roles(dataset: Dataset, legacy_terms: bool) -> Dataset:
    """The roles of 3.0, and beside them those of 2.0 if GovData is to read them."""
    originator = dataset.originator or dataset.dcatde_originator
    custodian = dataset.custodian or dataset.dcatde_maintainer
    return msgspec.structs.replace(
        dataset,
        originator=originator,
        custodian=custodian,
        dcatde_originator=(dataset.dcatde_originator or originator) if legacy_terms else (),
        dcatde_maintainer=(dataset.dcatde_maintainer or custodian) if legacy_terms else (),
        political_geocoding_uri=dataset.political_geocoding_uri if legacy_terms else (),
    )


def _with_eu_licences(dataset: Dataset) -> Dataset:
    distributions = tuple(_eu_distribution(one) for one in dataset.distribution)
    if distributions == dataset.distribution:
        return dataset
    return msgspec.structs.replace(dataset, distribution=distributions)


def _eu_distribution(distribution: Distribution) -> Distribution:
    return msgspec.structs.replace(
        distribution,
        license=_eu_reference(distribution.license),
        access_service=tuple(_eu_service(one) for one in distribution.access_service),
    )


def _eu_service(service: DataService) -> DataService:
    return msgspec.structs.replace(service, license=_eu_reference(service.license))


def _eu_reference(reference: Reference | None) -> Reference | None:
    if reference is None or reference.uri is None:
        return reference
    mapped = eu_license(reference.uri)
    return reference if mapped is None or mapped == reference.uri else Reference(uri=mapped)
