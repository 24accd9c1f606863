"""The one table: record field, RDF property, kind of value.

The writer, the reader and the page `docs/mapping.md` (`mapping_page.py`) are driven by
`MAPPING`, so they cannot differ. What kind of value a field holds and how many follows from the
annotation in `records.py`.

Source: DCAT-AP.de 3.0, https://www.dcat-ap.de/def/dcatde/3.0/spec/
"""

import re
import types
import typing
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, lru_cache

from datenernte_dcat.records import (
    Agent,
    Attribution,
    Catalog,
    CatalogRecord,
    Checksum,
    ContactPoint,
    DataService,
    Dataset,
    DatasetSeries,
    Distribution,
    Identifier,
    Literal,
    Location,
    Node,
    PeriodOfTime,
    Reference,
    Relationship,
)
from datenernte_dcat.terms import (
    ADMS,
    DCAT,
    DCATAP,
    DCATDE,
    DCT,
    FOAF,
    GEODCATAP,
    LOCN,
    ODRL,
    OWL,
    PREFIXES,
    PROV,
    SCHEMA,
    SKOS,
    SPDX,
    TIME,
    VCARD,
)


class Kind(StrEnum):
    """What a field holds."""

    LITERAL = "literal"
    """Text, a date, a number: a `Literal`."""
    REFERENCE = "reference"
    """An IRI, or the text that stood in its place: a `Reference`."""
    NODE = "node"
    """A thing with properties of its own: a record."""


@dataclass(frozen=True, slots=True)
class Row:
    """One field of one record type and the property it is."""

    record: type[Node]
    field: str
    property: str
    """IRI of the property, in the spelling that we write."""
    kind: Kind
    many: bool
    """Whether the field is a tuple; a second value of another field stays with the kept triples."""
    target: type[Node] | None
    """Record type of the value where `kind` is node."""
    old_names: tuple[str, ...] = ()
    """IRIs of other properties that are read as this one (wrong namespaces: `right_property`)."""
    feed: bool = True
    """Whether feeds carry the property; `datasets/<id>.*` carries everything."""
    why: str = ""
    """German sentence: why feeds do not carry it."""


CLASSES: dict[type[Node], str] = {
    Agent: FOAF + "Agent",
    Attribution: PROV + "Attribution",
    Catalog: DCAT + "Catalog",
    CatalogRecord: DCAT + "CatalogRecord",
    Checksum: SPDX + "Checksum",
    ContactPoint: VCARD + "Kind",
    DataService: DCAT + "DataService",
    Dataset: DCAT + "Dataset",
    DatasetSeries: DCAT + "DatasetSeries",
    Distribution: DCAT + "Distribution",
    Identifier: ADMS + "Identifier",
    Location: DCT + "Location",
    PeriodOfTime: DCT + "PeriodOfTime",
    Relationship: DCAT + "Relationship",
}
"""The rdf:type of each record type; a node published under other classes keeps those."""

_OLD_NAMES: dict[str, tuple[str, ...]] = {
    # Renamed within dcatde between 1.0 and 1.1.
    DCATDE + "geocodingDescription": (DCATDE + "geocodingText",),
    DCATDE + "legalBasis": (DCATDE + "legalbasisText",),
    # vCard of 2006; and object properties that CKAN portals put text into.
    VCARD + "hasEmail": (VCARD + "email",),
    VCARD + "hasTelephone": (VCARD + "tel", VCARD + "hasTel"),
    VCARD + "hasURL": (VCARD + "url", VCARD + "hasUrl"),
    VCARD + "street-address": (VCARD + "hasStreetAddress",),
    VCARD + "postal-code": (VCARD + "hasPostalCode",),
    VCARD + "locality": (VCARD + "hasLocality",),
    VCARD + "country-name": (VCARD + "hasCountryName",),
}

RECORDS_AVOIDED = "Katalogeinträge machen die Prüfung nach 3.0 von Typangaben abhängig."
"""Why feeds carry no catalogue records."""
PUBLISHED_AVOIDED = (
    "Der Wert ist ein Datensatz oder Katalog, den wir selbst veröffentlichen; "
    "GovData prüft und löscht ihn sonst zusammen mit diesem Datensatz."
)
"""Why feeds carry no property that points to another dataset or a catalogue of ours."""

_NOT_IN_FEEDS: dict[tuple[type[Node], str], str] = {
    (Location, "geometry"): (
        "DCAT-AP.de 2.0 verlangt hier einen Text, 3.0 einen Knoten. "
        "Die Geometrie steht als dcat:bbox oder dcat:centroid in den Datenschnittstellen."
    ),
    (Dataset, "type"): "DCAT-AP.de 2.0 warnt bei jedem Datensatz, der dct:type verwendet.",
    (Dataset, "source"): "Das Konventionenhandbuch rät von dct:source ab.",
    (Dataset, "has_version"): "Der Verweis gilt nur, wenn sein Ziel in derselben Datei steht.",
    (Distribution, "status"): "Die Wertelisten von 2.0 und 3.0 schließen einander aus.",
    (Distribution, "checksum"): (
        "Die Wertelisten der Prüfsummenverfahren von 2.0 und 3.0 schließen einander aus."
    ),
    (Catalog, "record"): RECORDS_AVOIDED,
    (Catalog, "is_part_of"): "Der Verweis gilt nur, wenn sein Ziel in derselben Datei steht.",
}
"""The closed list of properties that feeds omit, whatever their value.

Feeds omit besides: any property whose value is a dataset or catalogue that we publish, whole
catalogue records, and all but the first creator of a catalogue.
"""

_TABLE: dict[type[Node], dict[str, str]] = {
    Agent: {
        "name": FOAF + "name",
        "type": DCT + "type",
        "mbox": FOAF + "mbox",
        "homepage": FOAF + "homepage",
    },
    ContactPoint: {
        "fn": VCARD + "fn",
        "has_email": VCARD + "hasEmail",
        "has_url": VCARD + "hasURL",
        "has_telephone": VCARD + "hasTelephone",
        "street_address": VCARD + "street-address",
        "postal_code": VCARD + "postal-code",
        "locality": VCARD + "locality",
        "country_name": VCARD + "country-name",
    },
    Location: {
        "pref_label": SKOS + "prefLabel",
        "bbox": DCAT + "bbox",
        "centroid": DCAT + "centroid",
        "geometry": LOCN + "geometry",
        "admin_unit_l2": LOCN + "adminUnitL2",
    },
    PeriodOfTime: {
        "start_date": DCAT + "startDate",
        "end_date": DCAT + "endDate",
        "schema_start_date": SCHEMA + "startDate",
        "schema_end_date": SCHEMA + "endDate",
        "has_beginning": TIME + "hasBeginning",
        "has_end": TIME + "hasEnd",
    },
    Checksum: {
        "algorithm": SPDX + "algorithm",
        "checksum_value": SPDX + "checksumValue",
    },
    Identifier: {"notation": SKOS + "notation"},
    Attribution: {"had_role": DCAT + "hadRole", "agent": PROV + "agent"},
    Relationship: {"had_role": DCAT + "hadRole", "relation": DCT + "relation"},
    DataService: {
        "title": DCT + "title",
        "description": DCT + "description",
        "endpoint_url": DCAT + "endpointURL",
        "endpoint_description": DCAT + "endpointDescription",
        "publisher": DCT + "publisher",
        "contact_point": DCAT + "contactPoint",
        "serves_dataset": DCAT + "servesDataset",
        "license": DCT + "license",
        "access_rights": DCT + "accessRights",
        "availability": DCATAP + "availability",
        "format": DCT + "format",
        "conforms_to": DCT + "conformsTo",
        "keyword": DCAT + "keyword",
        "theme": DCAT + "theme",
        "landing_page": DCAT + "landingPage",
        "page": FOAF + "page",
        "applicable_legislation": DCATAP + "applicableLegislation",
        "hvd_category": DCATAP + "hvdCategory",
        "license_attribution_by_text": DCATDE + "licenseAttributionByText",
    },
    Distribution: {
        "access_url": DCAT + "accessURL",
        "download_url": DCAT + "downloadURL",
        "title": DCT + "title",
        "description": DCT + "description",
        "format": DCT + "format",
        "media_type": DCAT + "mediaType",
        "compress_format": DCAT + "compressFormat",
        "package_format": DCAT + "packageFormat",
        "license": DCT + "license",
        "license_attribution_by_text": DCATDE + "licenseAttributionByText",
        "rights": DCT + "rights",
        "byte_size": DCAT + "byteSize",
        "issued": DCT + "issued",
        "modified": DCT + "modified",
        "language": DCT + "language",
        "page": FOAF + "page",
        "conforms_to": DCT + "conformsTo",
        "availability": DCATAP + "availability",
        "planned_availability": DCATDE + "plannedAvailability",
        "status": ADMS + "status",
        "has_policy": ODRL + "hasPolicy",
        "checksum": SPDX + "checksum",
        "access_service": DCAT + "accessService",
        "spatial_resolution_in_meters": DCAT + "spatialResolutionInMeters",
        "temporal_resolution": DCAT + "temporalResolution",
        "applicable_legislation": DCATAP + "applicableLegislation",
    },
    DatasetSeries: {
        "title": DCT + "title",
        "description": DCT + "description",
        "publisher": DCT + "publisher",
        "contact_point": DCAT + "contactPoint",
        "spatial": DCT + "spatial",
        "temporal": DCT + "temporal",
        "accrual_periodicity": DCT + "accrualPeriodicity",
        "issued": DCT + "issued",
        "modified": DCT + "modified",
        "applicable_legislation": DCATAP + "applicableLegislation",
        "hvd_category": DCATAP + "hvdCategory",
    },
    Dataset: {
        "title": DCT + "title",
        "description": DCT + "description",
        "publisher": DCT + "publisher",
        "contact_point": DCAT + "contactPoint",
        "keyword": DCAT + "keyword",
        "theme": DCAT + "theme",
        "distribution": DCAT + "distribution",
        "sample": ADMS + "sample",
        "identifier": DCT + "identifier",
        "other_identifier": ADMS + "identifier",
        "issued": DCT + "issued",
        "modified": DCT + "modified",
        "landing_page": DCAT + "landingPage",
        "page": FOAF + "page",
        "language": DCT + "language",
        "spatial": DCT + "spatial",
        "temporal": DCT + "temporal",
        "political_geocoding_level_uri": DCATDE + "politicalGeocodingLevelURI",
        "political_geocoding_uri": DCATDE + "politicalGeocodingURI",
        "geocoding_description": DCATDE + "geocodingDescription",
        "contributor_id": DCATDE + "contributorID",
        "availability": DCATAP + "availability",
        "access_rights": DCT + "accessRights",
        "accrual_periodicity": DCT + "accrualPeriodicity",
        "applicable_legislation": DCATAP + "applicableLegislation",
        "hvd_category": DCATAP + "hvdCategory",
        "legal_basis": DCATDE + "legalBasis",
        "quality_process_uri": DCATDE + "qualityProcessURI",
        "version": DCAT + "version",
        "version_info": OWL + "versionInfo",
        "version_notes": ADMS + "versionNotes",
        "conforms_to": DCT + "conformsTo",
        "provenance": DCT + "provenance",
        "type": DCT + "type",
        "references": DCT + "references",
        "relation": DCT + "relation",
        "is_referenced_by": DCT + "isReferencedBy",
        "source": DCT + "source",
        "has_version": DCAT + "hasVersion",
        "dct_has_version": DCT + "hasVersion",
        "dct_is_version_of": DCT + "isVersionOf",
        "was_generated_by": PROV + "wasGeneratedBy",
        "qualified_attribution": PROV + "qualifiedAttribution",
        "qualified_relation": DCAT + "qualifiedRelation",
        "in_series": DCAT + "inSeries",
        "creator": DCT + "creator",
        "contributor": DCT + "contributor",
        "originator": GEODCATAP + "originator",
        "custodian": GEODCATAP + "custodian",
        "dcatde_originator": DCATDE + "originator",
        "dcatde_maintainer": DCATDE + "maintainer",
        "granularity": DCAT + "granularity",
        "spatial_resolution_in_meters": DCAT + "spatialResolutionInMeters",
        "temporal_resolution": DCAT + "temporalResolution",
    },
    CatalogRecord: {
        "primary_topic": FOAF + "primaryTopic",
        "modified": DCT + "modified",
        "issued": DCT + "issued",
        "title": DCT + "title",
        "description": DCT + "description",
        "language": DCT + "language",
        "conforms_to": DCT + "conformsTo",
        "source": DCT + "source",
        "status": ADMS + "status",
    },
    Catalog: {
        "title": DCT + "title",
        "description": DCT + "description",
        "publisher": DCT + "publisher",
        "creator": DCT + "creator",
        "issued": DCT + "issued",
        "modified": DCT + "modified",
        "language": DCT + "language",
        "homepage": FOAF + "homepage",
        "license": DCT + "license",
        "rights": DCT + "rights",
        "theme_taxonomy": DCAT + "themeTaxonomy",
        "availability": DCATAP + "availability",
        "spatial": DCT + "spatial",
        "temporal": DCT + "temporal",
        "applicable_legislation": DCATAP + "applicableLegislation",
        "dataset": DCAT + "dataset",
        "service": DCAT + "service",
        "record": DCAT + "record",
        "catalog": DCAT + "catalog",
        "has_part": DCT + "hasPart",
        "is_part_of": DCT + "isPartOf",
    },
}


def _row(record: type[Node], field: str, property_iri: str, annotation: object) -> Row:
    """The row of a field; its kind, number and target follow from the annotation."""
    many = typing.get_origin(annotation) is tuple
    held = [
        part
        for part in (typing.get_args(annotation) or (annotation,))
        if part not in (None, types.NoneType, ...)
    ]
    (value,) = held
    kind = {Literal: Kind.LITERAL, Reference: Kind.REFERENCE}.get(value, Kind.NODE)
    why = _NOT_IN_FEEDS.get((record, field), "")
    if record is CatalogRecord:
        why = RECORDS_AVOIDED
    return Row(
        record=record,
        field=field,
        property=property_iri,
        kind=kind,
        many=many,
        target=value if kind is Kind.NODE else None,
        old_names=_OLD_NAMES.get(property_iri, ()),
        feed=not why,
        why=why,
    )


MAPPING: tuple[Row, ...] = tuple(
    _row(record, field, property_iri, typing.get_type_hints(record)[field])
    for record, fields in _TABLE.items()
    for field, property_iri in fields.items()
)
"""One row per field of a record type, in the order in which the writer writes them."""


@cache
def rows_of(record: type[Node]) -> tuple[Row, ...]:
    """The rows of one record type, in writing order."""
    return tuple(row for row in MAPPING if row.record is record)


@cache
def row_of(record: type[Node], field: str) -> Row:
    """The row of one field.

    Raises:
        KeyError: the record type has no such field in the table.
    """
    for row in rows_of(record):
        if row.field == field:
            return row
    raise KeyError(f"{record.__name__}.{field}")


_PROPERTIES = frozenset(row.property for row in MAPPING)
_RIGHT_NAMES = {old: row.property for row in MAPPING for old in row.old_names}
# Seen in German catalogues: 1_0/, 1_0 without the slash, 1.0/, 1.0.1/, 1.1/, with and without
# https and www (Brandenburg, Bremen, Destatis, Schleswig-Holstein, Rostock).
_DCATDE = re.compile(
    r"https?://(?:www\.)?dcat-ap\.de/def/dcatde/(?:\d+(?:[._]\d+)*/?)?(?=[a-zA-Z])"
)
# The official German shapes themselves bind the prefix dcatap to the first of these.
_DCATAP = re.compile(r"https?://data\.europa\.eu/r5r[#/]?(?=[a-zA-Z])")


@lru_cache(maxsize=4096)
def right_property(iri: str) -> str:
    """The property that a published property IRI means: itself, or the one of the table.

    Understands the old and wrong namespaces of dcatde and dcatap, old names, and http in place of
    https or the other way round. What the table does not know comes back unchanged.
    """
    if iri in _PROPERTIES:
        return iri
    if match := _DCATDE.match(iri):
        right = DCATDE + iri[match.end() :]
    elif match := _DCATAP.match(iri):
        right = DCATAP + iri[match.end() :]
    elif iri.startswith("https://"):
        right = "http://" + iri.removeprefix("https://")
    else:
        right = iri
    right = _RIGHT_NAMES.get(right, right)
    return right if right in _PROPERTIES else iri


def compact(iri: str) -> str:
    """The IRI as »prefix:name« where one of our prefixes fits, for people to read."""
    for prefix, namespace in PREFIXES.items():
        if iri.startswith(namespace):
            return f"{prefix}:{iri[len(namespace) :]}"
    return iri
