"""What our catalogue adds, each visibly as ours: nothing here is credited to the municipality.

From the portal file: contributor id, publisher, contact and the municipality's key, where the
dataset has none. From the dataset itself: the file type that media type or file name state, and
the identifier of the portal. A given value is never replaced.

The place: a dataset without dct:spatial gets the IRI of its political geocoding there, because
convention 11 asks to mirror it and data.europa.eu reads only dct:spatial.
"""

import msgspec

from datenernte_dcat.graph.safe_terms import clean_literal
from datenernte_dcat.normalise.context import Changes
from datenernte_dcat.normalise.literals import WKT
from datenernte_dcat.normalise.media_types import file_type_from_media_type, file_type_from_urls
from datenernte_dcat.records import (
    Agent,
    ContactPoint,
    Dataset,
    Distribution,
    Identifier,
    Literal,
    Location,
    Reference,
)
from datenernte_dcat.vocabulary import (
    key_from_iri,
    level_iri_for_key,
    municipality_iri,
    reduce_key,
    vocabulary,
)


def enriched_distribution(changes: Changes, distribution: Distribution) -> Distribution:
    """With the EU file type of its media type, else of its file name, where it states none.

    A packed file counts as what is inside, where its name says so (»a.shp.zip«).
    """
    if distribution.format is not None:
        return distribution
    found = file_type_from_media_type(distribution.media_type)
    if found is None or vocabulary("file_types").code(found) in ("ZIP", "GZIP"):
        found = file_type_from_urls(distribution) or found
    if found is None:
        return distribution
    changes.added("format-added", Distribution, "format", found)
    return msgspec.structs.replace(distribution, format=Reference(uri=found))


def enriched_dataset(
    changes: Changes, dataset: Dataset, publisher: Agent | None, contact: ContactPoint | None
) -> Dataset:
    """With everything that the portal file and the source say about it.

    Args:
        publisher: of the portal file, normalised.
        contact: of the portal file, normalised.
    """
    dataset = _with_identifier(changes, dataset)
    dataset = _with_title(changes, dataset)
    dataset = _with_people(changes, dataset, publisher, contact)
    dataset = _with_contributor(changes, dataset)
    return _with_place(changes, dataset)


def _with_identifier(changes: Changes, dataset: Dataset) -> Dataset:
    """Exactly one dct:identifier: GovData recognises a dataset by it."""
    if len(dataset.identifier) > 1:
        first, *others = sorted(dataset.identifier, key=lambda literal: literal.value)
        moved = [Identifier(notation=notation) for notation in others]
        for other in others:
            changes.changed("identifier-moved", Dataset, "identifier", other, "adms:identifier")
        together = tuple(dict.fromkeys((*dataset.other_identifier, *moved)))
        return msgspec.structs.replace(dataset, identifier=(first,), other_identifier=together)
    source_identifier = changes.context.source_identifier
    if dataset.identifier or not source_identifier.strip():
        return dataset
    added = clean_literal(Literal(value=source_identifier))[0]
    changes.added("identifier-added", Dataset, "identifier", added)
    return msgspec.structs.replace(dataset, identifier=(added,))


def _with_title(changes: Changes, dataset: Dataset) -> Dataset:
    """A stand-in title: GovData stops reading a whole catalogue at a dataset without one."""
    if dataset.title:
        return dataset
    name = dataset.identifier[0].value if dataset.identifier else changes.subject or "?"
    title = clean_literal(Literal(value=f"Ohne Titel ({name})", language="de"))[0]
    changes.added("title-missing", Dataset, "title", title)
    return msgspec.structs.replace(dataset, title=(title,))


def _with_people(
    changes: Changes, dataset: Dataset, publisher: Agent | None, contact: ContactPoint | None
) -> Dataset:
    if dataset.publisher is None and publisher is not None:
        changes.added("publisher-added", Dataset, "publisher", publisher)
        dataset = msgspec.structs.replace(dataset, publisher=publisher)
    if not dataset.contact_point and contact is not None:
        changes.added("contact-added", Dataset, "contact_point", contact)
        dataset = msgspec.structs.replace(dataset, contact_point=(contact,))
    return dataset


def _with_contributor(changes: Changes, dataset: Dataset) -> Dataset:
    """The catalogue's contributor id, where the dataset has none of GovData's list."""
    own = changes.context.contributor_id
    contributors = vocabulary("contributors")
    if own is None or any(
        reference.uri is not None and contributors.has(reference.uri)
        for reference in dataset.contributor_id
    ):
        return dataset
    added = Reference(uri=own)
    if added in dataset.contributor_id:
        return dataset
    changes.added("contributor-added", Dataset, "contributor_id", added)
    return msgspec.structs.replace(dataset, contributor_id=(*dataset.contributor_id, added))


def _with_place(changes: Changes, dataset: Dataset) -> Dataset:
    """Political geocoding, its level, and a place, as far as they are missing.

    The municipality's key is not added to a dataset that says it is about another level, e.g. the
    whole Land.
    """
    given = [reference.uri for reference in dataset.political_geocoding_uri if reference.uri]
    levels = {reference.uri for reference in dataset.political_geocoding_level_uri}
    key = reduce_key(changes.context.municipality) if changes.context.municipality else None
    if (
        key
        and not dataset.political_geocoding_uri
        and (not levels or level_iri_for_key(key) in levels)
    ):
        iri = municipality_iri(key)
        changes.added("geocoding-added", Dataset, "political_geocoding_uri", iri)
        dataset = msgspec.structs.replace(dataset, political_geocoding_uri=(Reference(uri=iri),))
        given = [iri]
    keys = [found for iri in given if (found := key_from_iri(iri))]
    if not dataset.political_geocoding_level_uri and keys:
        found_levels = dict.fromkeys(level for one in keys if (level := level_iri_for_key(one)))
        for level in found_levels:
            changes.added("level-added", Dataset, "political_geocoding_level_uri", level)
        references = tuple(Reference(uri=level) for level in found_levels)
        dataset = msgspec.structs.replace(dataset, political_geocoding_level_uri=references)
    if dataset.spatial or not keys:
        return dataset
    places = tuple(_place(changes, municipality_iri(one), own=one == key) for one in keys)
    for place in places:
        changes.added("spatial-added", Dataset, "spatial", place)
    return msgspec.structs.replace(dataset, spatial=places)


def _place(changes: Changes, iri: str, *, own: bool) -> Location:
    """The area as dct:Location, with its centre or, for a Land, its rough box where known."""
    centre = changes.context.centroid
    if own and centre is not None:
        point = Literal(value=f"POINT({centre[0]:.7g} {centre[1]:.7g})", datatype=WKT)
        return Location(uri=iri, centroid=point)
    box = vocabulary("states").bbox(iri)
    return Location(uri=iri, bbox=Literal(value=box, datatype=WKT) if box else None)
