"""The central types: what the catalogue knows, as plain data without RDF.

Field names are the standard's local names in snake case (`dcat:accessURL` → `access_url`). Where
two properties share a local name, the DCAT-AP.de 3.0 property has the plain name and the other one
carries its prefix (`has_version` is `dcat:hasVersion`, `dct_has_version` is `dct:hasVersion`).
`mapping.py` says which property each field is; many values are a tuple, None is »not stated«.

Records are msgspec structs and not dataclasses: same shape, but JSON in and out at C speed, and
defaults left out, which halves the store.

Source: DCAT-AP.de 3.0, https://www.dcat-ap.de/def/dcatde/3.0/spec/
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256

import msgspec

from datenernte_dcat.findings import Finding


class Value(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Base of all values: immutable, compared by content, hashable.

    The garbage collector need not look at them, since what is frozen cannot form a cycle; reading
    records from the store takes a third less time so.
    """


class Literal(Value, frozen=True, kw_only=True, omit_defaults=True):
    """An RDF literal as it was published: nothing is trimmed, parsed or translated here."""

    value: str
    """The lexical form."""
    language: str | None = None
    """BCP 47 tag as published, or None."""
    datatype: str | None = None
    """Datatype IRI; None for xsd:string and for language-tagged text."""


class Reference(Value, frozen=True, kw_only=True, omit_defaults=True):
    """Something that an IRI should name: a concept, a licence, a file, a page.

    Portals often write text where the standard asks for an IRI. Exactly one of `uri` and `label`
    is set; `normalise` turns labels into IRIs where a vocabulary has exactly one, never by guess.
    """

    uri: str | None = None
    label: Literal | None = None
    """The text that stood in place of the IRI."""
    node_class: str | None = None
    """Class of the blank node whose rdfs:label `label` was; None where the text was the value."""


class Node(Value, frozen=True, kw_only=True, omit_defaults=True):
    """A described thing."""

    uri: str | None = None
    """Its IRI; `_:name` for a blank node that kept triples speak of; None for any other blank
    node."""
    classes: tuple[str, ...] = ()
    """rdf:type IRIs as published, sorted; empty means the class that `mapping.py` names."""
    untyped: bool = False
    """True where the source gave the node no rdf:type at all; `classes` is empty then."""


class Agent(Node, frozen=True, kw_only=True, omit_defaults=True):
    """foaf:Agent: a body or a person."""

    name: tuple[Literal, ...] = ()
    type: Reference | None = None
    """Publisher type (dct:type)."""
    mbox: tuple[Reference, ...] = ()
    """foaf:mbox, as `mailto:` IRI or text."""
    homepage: tuple[Reference, ...] = ()


class ContactPoint(Node, frozen=True, kw_only=True, omit_defaults=True):
    """vcard:Kind: whom to ask."""

    fn: tuple[Literal, ...] = ()
    has_email: tuple[Reference, ...] = ()
    has_url: tuple[Reference, ...] = ()
    has_telephone: tuple[Reference, ...] = ()
    street_address: tuple[Literal, ...] = ()
    postal_code: tuple[Literal, ...] = ()
    locality: tuple[Literal, ...] = ()
    country_name: tuple[Literal, ...] = ()


class Location(Node, frozen=True, kw_only=True, omit_defaults=True):
    """dct:Location: a place, as IRI, name or geometry."""

    pref_label: tuple[Literal, ...] = ()
    bbox: Literal | None = None
    """WKT (or GML, GeoJSON) literal, lon/lat unless the literal states a CRS (dcat:bbox)."""
    centroid: Literal | None = None
    geometry: tuple[Literal, ...] = ()
    """locn:geometry as literal; a geometry node stays with the kept triples."""
    admin_unit_l2: tuple[Reference, ...] = ()


class PeriodOfTime(Node, frozen=True, kw_only=True, omit_defaults=True):
    """dct:PeriodOfTime: from when to when the data is about."""

    start_date: Literal | None = None
    end_date: Literal | None = None
    schema_start_date: Literal | None = None
    """schema:startDate of DCAT-AP.de 1.x and 2.0."""
    schema_end_date: Literal | None = None
    has_beginning: Reference | None = None
    """time:Instant, by its IRI; what is said of it stays with the kept triples."""
    has_end: Reference | None = None


class Checksum(Node, frozen=True, kw_only=True, omit_defaults=True):
    """spdx:Checksum of the file behind a download URL."""

    algorithm: Reference | None = None
    checksum_value: Literal | None = None


class Identifier(Node, frozen=True, kw_only=True, omit_defaults=True):
    """adms:Identifier: a further identifier; the datatype of the notation tells its scheme."""

    notation: Literal | None = None


class Attribution(Node, frozen=True, kw_only=True, omit_defaults=True):
    """prov:Attribution: an agent in a named role."""

    had_role: tuple[Reference, ...] = ()
    agent: tuple[Reference, ...] = ()


class Relationship(Node, frozen=True, kw_only=True, omit_defaults=True):
    """dcat:Relationship: another resource in a named role."""

    had_role: tuple[Reference, ...] = ()
    relation: tuple[Reference, ...] = ()


class DataService(Node, frozen=True, kw_only=True, omit_defaults=True):
    """dcat:DataService: an interface that serves datasets."""

    title: tuple[Literal, ...] = ()
    description: tuple[Literal, ...] = ()
    endpoint_url: tuple[Reference, ...] = ()
    endpoint_description: tuple[Reference, ...] = ()
    publisher: Agent | None = None
    contact_point: tuple[ContactPoint, ...] = ()
    serves_dataset: tuple[Reference, ...] = ()
    license: Reference | None = None
    access_rights: Reference | None = None
    availability: Reference | None = None
    format: tuple[Reference, ...] = ()
    conforms_to: tuple[Reference, ...] = ()
    keyword: tuple[Literal, ...] = ()
    theme: tuple[Reference, ...] = ()
    landing_page: tuple[Reference, ...] = ()
    page: tuple[Reference, ...] = ()
    applicable_legislation: tuple[Reference, ...] = ()
    hvd_category: tuple[Reference, ...] = ()
    license_attribution_by_text: tuple[Literal, ...] = ()


class Distribution(Node, frozen=True, kw_only=True, omit_defaults=True):
    """dcat:Distribution: one file or service behind a dataset."""

    access_url: tuple[Reference, ...] = ()
    download_url: tuple[Reference, ...] = ()
    title: tuple[Literal, ...] = ()
    description: tuple[Literal, ...] = ()
    format: Reference | None = None
    media_type: Reference | None = None
    compress_format: Reference | None = None
    package_format: Reference | None = None
    license: Reference | None = None
    license_attribution_by_text: tuple[Literal, ...] = ()
    rights: Reference | None = None
    byte_size: Literal | None = None
    """Size of the file in bytes, as stated, not measured (dcat:byteSize)."""
    issued: Literal | None = None
    modified: Literal | None = None
    language: tuple[Reference, ...] = ()
    page: tuple[Reference, ...] = ()
    conforms_to: tuple[Reference, ...] = ()
    availability: Reference | None = None
    planned_availability: Reference | None = None
    """dcatde:plannedAvailability, before 3.0."""
    status: Reference | None = None
    has_policy: Reference | None = None
    checksum: Checksum | None = None
    access_service: tuple[DataService, ...] = ()
    spatial_resolution_in_meters: Literal | None = None
    temporal_resolution: Literal | None = None
    applicable_legislation: tuple[Reference, ...] = ()


class DatasetSeries(Node, frozen=True, kw_only=True, omit_defaults=True):
    """dcat:DatasetSeries: what belongs together, e.g. one dataset a year."""

    title: tuple[Literal, ...] = ()
    description: tuple[Literal, ...] = ()
    publisher: Agent | None = None
    contact_point: tuple[ContactPoint, ...] = ()
    spatial: tuple[Location, ...] = ()
    temporal: tuple[PeriodOfTime, ...] = ()
    accrual_periodicity: Reference | None = None
    issued: Literal | None = None
    modified: Literal | None = None
    applicable_legislation: tuple[Reference, ...] = ()
    hvd_category: tuple[Reference, ...] = ()


class Dataset(Node, frozen=True, kw_only=True, omit_defaults=True):
    """dcat:Dataset: the data, not its files."""

    title: tuple[Literal, ...] = ()
    description: tuple[Literal, ...] = ()
    publisher: Agent | None = None
    contact_point: tuple[ContactPoint, ...] = ()
    keyword: tuple[Literal, ...] = ()
    theme: tuple[Reference, ...] = ()
    distribution: tuple[Distribution, ...] = ()
    sample: tuple[Distribution, ...] = ()
    identifier: tuple[Literal, ...] = ()
    other_identifier: tuple[Identifier, ...] = ()
    """adms:identifier; the plain name belongs to dct:identifier."""
    issued: Literal | None = None
    modified: Literal | None = None
    landing_page: tuple[Reference, ...] = ()
    page: tuple[Reference, ...] = ()
    language: tuple[Reference, ...] = ()
    spatial: tuple[Location, ...] = ()
    temporal: tuple[PeriodOfTime, ...] = ()
    political_geocoding_level_uri: tuple[Reference, ...] = ()
    political_geocoding_uri: tuple[Reference, ...] = ()
    geocoding_description: tuple[Literal, ...] = ()
    contributor_id: tuple[Reference, ...] = ()
    availability: Reference | None = None
    access_rights: Reference | None = None
    accrual_periodicity: Reference | None = None
    applicable_legislation: tuple[Reference, ...] = ()
    hvd_category: tuple[Reference, ...] = ()
    legal_basis: tuple[Literal, ...] = ()
    quality_process_uri: Reference | None = None
    version: Literal | None = None
    version_info: Literal | None = None
    """owl:versionInfo, before 3.0."""
    version_notes: tuple[Literal, ...] = ()
    conforms_to: tuple[Reference, ...] = ()
    provenance: tuple[Reference, ...] = ()
    type: tuple[Reference, ...] = ()
    references: tuple[Reference, ...] = ()
    """dct:references, used for the Musterdatenkatalog."""
    relation: tuple[Reference, ...] = ()
    is_referenced_by: tuple[Reference, ...] = ()
    source: tuple[Reference, ...] = ()
    has_version: tuple[Reference, ...] = ()
    dct_has_version: tuple[Reference, ...] = ()
    dct_is_version_of: tuple[Reference, ...] = ()
    was_generated_by: tuple[Reference, ...] = ()
    qualified_attribution: tuple[Attribution, ...] = ()
    qualified_relation: tuple[Relationship, ...] = ()
    in_series: tuple[DatasetSeries, ...] = ()
    creator: tuple[Agent, ...] = ()
    contributor: tuple[Agent, ...] = ()
    originator: tuple[Agent, ...] = ()
    custodian: tuple[Agent, ...] = ()
    dcatde_originator: tuple[Agent, ...] = ()
    """dcatde:originator, before 3.0."""
    dcatde_maintainer: tuple[Agent, ...] = ()
    """dcatde:maintainer, before 3.0."""
    granularity: Literal | None = None
    """dcat:granularity, removed in 3.0."""
    spatial_resolution_in_meters: Literal | None = None
    temporal_resolution: Literal | None = None


class CatalogRecord(Node, frozen=True, kw_only=True, omit_defaults=True):
    """dcat:CatalogRecord: where a description came from and when it last changed."""

    primary_topic: Reference | None = None
    modified: Literal | None = None
    issued: Literal | None = None
    title: tuple[Literal, ...] = ()
    description: tuple[Literal, ...] = ()
    language: tuple[Reference, ...] = ()
    conforms_to: tuple[Reference, ...] = ()
    source: Reference | None = None
    status: Reference | None = None


class Catalog(Node, frozen=True, kw_only=True, omit_defaults=True):
    """dcat:Catalog: the catalogue itself, without its datasets."""

    title: tuple[Literal, ...] = ()
    description: tuple[Literal, ...] = ()
    publisher: Agent | None = None
    creator: tuple[Agent, ...] = ()
    issued: Literal | None = None
    modified: Literal | None = None
    language: tuple[Reference, ...] = ()
    homepage: Reference | None = None
    license: Reference | None = None
    rights: Reference | None = None
    theme_taxonomy: tuple[Reference, ...] = ()
    availability: Reference | None = None
    spatial: tuple[Location, ...] = ()
    temporal: tuple[PeriodOfTime, ...] = ()
    applicable_legislation: tuple[Reference, ...] = ()
    dataset: tuple[Reference, ...] = ()
    service: tuple[Reference, ...] = ()
    record: tuple[Reference, ...] = ()
    catalog: tuple[Reference, ...] = ()
    has_part: tuple[Reference, ...] = ()
    is_part_of: tuple[Reference, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceRecord:
    """What every spider yields: one dataset as the portal described it, and where it stood."""

    source_identifier: str
    """The portal's own key of the dataset: IRI in RDF, `id` in CKAN. Unique within the portal."""
    dataset: Dataset
    kept: tuple[str, ...] = ()
    """Triples of the description that the record does not model: N-Triples lines, sorted;
    blank nodes of the record appear by their `uri` (`_:name`)."""
    source_url: str = ""
    """URL of the document that the description was read from."""
    changed_at: datetime | None = None
    """When the portal says that the description last changed, in UTC; None where it does not."""
    findings: tuple[Finding, ...] = field(default=())
    """What the mapping itself noticed, e.g. a value out of place."""


_encoder = msgspec.json.Encoder(order="deterministic")
_decoder = msgspec.json.Decoder(Dataset)


def dataset_to_json(dataset: Dataset) -> str:
    """The dataset as JSON text; equal datasets give equal text."""
    return _encoder.encode(dataset).decode()


def dataset_from_json(text: str | bytes) -> Dataset:
    """The dataset that `dataset_to_json` wrote.

    Raises:
        msgspec.ValidationError: the text is not such a dataset.
    """
    return _decoder.decode(text)


def content_hash(as_published: Dataset, kept: Sequence[str]) -> str:
    """SHA-256 hex of what the portal published; changes when the source changes."""
    return _digest(dataset_to_json(as_published), *kept)


def feed_hash(iri: str, municipality: str | None, normalised: Dataset, kept: Sequence[str]) -> str:
    """SHA-256 hex of all that a feed says of the dataset."""
    return _digest(iri, municipality or "", dataset_to_json(normalised), *kept)


def _digest(*parts: str) -> str:
    return sha256("\n".join(parts).encode("utf-8", "surrogatepass")).hexdigest()
