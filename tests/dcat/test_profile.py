"""Every class and property of DCAT-AP.de: read, written, and kept on the way.

The tables are the profile's, property by property, and not ours: what `mapping.py` lacks fails here.

Source: DCAT-AP.de 3.0, https://www.dcat-ap.de/def/dcatde/3.0/spec/, with what 2.0 and 1.1 called it.
"""

from datetime import UTC, datetime

import pytest
from pyoxigraph import BlankNode, RdfFormat, Triple, parse

from datenernte_dcat import records
from datenernte_dcat.graph import (
    Description,
    dataset_from_rdf,
    feed_omissions,
    record_from_rdf,
    record_triples,
    write_rdf,
)
from datenernte_dcat.mapping import CLASSES, MAPPING, compact, rows_of
from datenernte_dcat.normalise import Context, normalise
from datenernte_dcat.publication import dataset_file_triples
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
    Location,
    Node,
    PeriodOfTime,
    Relationship,
    content_hash,
    feed_hash,
)
from datenernte_dcat.store.rows import StoredRecord
from datenernte_dcat.terms import PREFIXES

PROLOGUE = "".join(f"@prefix {prefix}: <{iri}> .\n" for prefix, iri in PREFIXES.items())
PROLOGUE += """@prefix : <https://stadt.example/> .
@prefix a: <http://publications.europa.eu/resource/authority/> .
@prefix de: <http://dcat-ap.de/def/> .
@prefix iana: <https://www.iana.org/assignments/media-types/> .
"""
ROOT = "https://stadt.example/d"
NOW = datetime(2026, 3, 1, tzinfo=UTC)
DAY = '"2024-01-02"^^xsd:date'
TEXT = '"Text"@de'
WKT = '"POINT(11 49)"^^gsp:wktLiteral'
GERMAN = r"a:language\/DEU"
LICENCE = r"de:licenses\/cc-zero"
LAW = "<http://data.europa.eu/eli/reg_impl/2023/138/oj>"
HVD = "<http://data.europa.eu/bna/c_ac64a52d>"
STABLE = r"a:planned-availability\/STABLE"
AGENT = ':amt . :amt a foaf:Agent ; foaf:name "Amt"'
KIND = ":stelle . :stelle a vcard:Kind ; vcard:hasEmail <mailto:amt@stadt.example>"
PLACE = f":ort . :ort a dct:Location ; dcat:centroid {WKT}"
PERIOD = f":zeit . :zeit a dct:PeriodOfTime ; dcat:startDate {DAY}"
FILE = f":datei . :datei a dcat:Distribution ; dcat:accessURL :x.csv ; dct:license {LICENCE}"

PROFILE: dict[type[Node], dict[str, str]] = {
    Catalog: {
        "dct:title": TEXT,
        "dct:description": TEXT,
        "dct:publisher": AGENT,
        "dcat:dataset": ":d",
        "dct:issued": DAY,
        "dct:modified": DAY,
        "dct:language": GERMAN,
        "foaf:homepage": ":start",
        "dct:license": LICENCE,
        "dcat:themeTaxonomy": "a:data-theme",
        "dcatap:availability": STABLE,
        "dct:spatial": PLACE,
        "dct:rights": ":rechte",
        "dct:creator": AGENT,
        "dcat:catalog": ":teil",
        "dcat:service": ":dienst",
        "dcat:record": ":eintrag",
        "dct:hasPart": ":teil",
        "dct:isPartOf": ":ganzes",
        "dcatap:applicableLegislation": LAW,
        "dct:temporal": PERIOD,
    },
    Dataset: {
        "dct:title": TEXT,
        "dct:description": TEXT,
        "dct:publisher": AGENT,
        "dcat:keyword": TEXT,
        "dcatde:politicalGeocodingLevelURI": r"de:politicalGeocoding\/Level\/municipality",
        "dcatde:politicalGeocodingURI": r"de:politicalGeocoding\/municipalityKey\/09162000",
        "dcat:theme": r"a:data-theme\/ENVI",
        "dcatap:availability": STABLE,
        "dct:spatial": PLACE,
        "dct:temporal": PERIOD,
        "dcat:distribution": FILE,
        "dcat:contactPoint": KIND,
        "dcatde:contributorID": r"de:contributors\/openDataBayern",
        "dcatde:geocodingDescription": TEXT,
        "dct:identifier": '"baum-1"',
        "adms:identifier": ':kennung . :kennung a adms:Identifier ; skos:notation "x"',
        "dct:issued": DAY,
        "dct:modified": '"2024-02-01T10:00:00Z"^^xsd:dateTime',
        "dcat:version": '"2"',
        "adms:versionNotes": TEXT,
        "dcatap:applicableLegislation": LAW,
        "dcatap:hvdCategory": HVD,
        "dcatde:legalBasis": TEXT,
        "dct:relation": ":mehr",
        "dcat:landingPage": ":seite",
        "foaf:page": ":doku",
        "dct:language": GERMAN,
        "dct:conformsTo": ":norm",
        "dct:accessRights": r"a:access-right\/PUBLIC",
        "dct:provenance": ":herkunft",
        "dct:accrualPeriodicity": r"a:frequency\/ANNUAL",
        "dcatde:qualityProcessURI": ":guete",
        "dct:type": r"a:dataset-type\/STATISTICAL",
        "prov:wasGeneratedBy": ":messung",
        "dcat:spatialResolutionInMeters": '"1.5"^^xsd:decimal',
        "dcat:temporalResolution": '"P1D"^^xsd:duration',
        "prov:qualifiedAttribution": ":rolle . :rolle a prov:Attribution ; prov:agent :amt",
        "dcat:qualifiedRelation": ":bezug . :bezug a dcat:Relationship ; dct:relation :mehr",
        "dct:isReferencedBy": ":studie",
        "dct:references": "<https://musterdatenkatalog.de/def/musterdatensatz/umwelt/baum>",
        "dct:source": ":quelle",
        "dcat:hasVersion": ":fassung",
        "dct:isVersionOf": ":fassung",
        "adms:sample": FILE,
        "dct:creator": AGENT,
        "dct:contributor": AGENT,
        "geodcatap:originator": AGENT,
        "geodcatap:custodian": AGENT,
        "dcat:inSeries": ":reihe . :reihe a dcat:DatasetSeries ; dct:title 'Reihe'",
    },
    DatasetSeries: {
        "dct:title": TEXT,
        "dct:description": TEXT,
        "dct:publisher": AGENT,
        "dct:spatial": PLACE,
        "dct:temporal": PERIOD,
        "dcat:contactPoint": KIND,
        "dct:accrualPeriodicity": r"a:frequency\/ANNUAL",
        "dct:issued": DAY,
        "dct:modified": DAY,
        "dcatap:applicableLegislation": LAW,
        "dcatap:hvdCategory": HVD,
    },
    Distribution: {
        "dcat:accessURL": ":baum.csv",
        "dct:license": LICENCE,
        "dct:title": TEXT,
        "dct:modified": DAY,
        "dct:format": r"a:file-type\/CSV",
        "dcatap:availability": STABLE,
        "dcatde:licenseAttributionByText": TEXT,
        "dct:description": TEXT,
        "dcat:byteSize": '"12"^^xsd:nonNegativeInteger',
        "dct:issued": DAY,
        "dcat:downloadURL": ":baum.csv",
        "dct:language": GERMAN,
        "foaf:page": ":doku",
        "dct:rights": ":rechte",
        "dct:conformsTo": ":norm",
        "dcat:mediaType": r"iana:text\/csv",
        "dcat:compressFormat": r"iana:application\/gzip",
        "dcat:packageFormat": r"iana:application\/zip",
        "odrl:hasPolicy": ":regel",
        "adms:status": r"a:distribution-status\/COMPLETED",
        "dcat:spatialResolutionInMeters": '"1.5"^^xsd:decimal',
        "dcat:temporalResolution": '"P1D"^^xsd:duration',
        "dcatap:applicableLegislation": LAW,
        "dcat:accessService": ":dienst . :dienst a dcat:DataService ; dct:title 'WFS'",
        "spdx:checksum": ":summe . :summe a spdx:Checksum ; spdx:algorithm "
        "spdx:checksumAlgorithm_sha256",
    },
    DataService: {
        "dct:title": TEXT,
        "dcat:endpointURL": ":wfs",
        "dct:publisher": AGENT,
        "dcat:endpointDescription": ":faehigkeiten",
        "dcatap:availability": STABLE,
        "dcat:servesDataset": ":d",
        "dct:description": TEXT,
        "dct:license": LICENCE,
        "dct:accessRights": r"a:access-right\/PUBLIC",
        "dct:format": r"a:file-type\/WFS_SRVC",
        "dcatap:applicableLegislation": LAW,
        "dcatap:hvdCategory": HVD,
        "dct:conformsTo": ":norm",
        "dcat:contactPoint": KIND,
        "dcat:keyword": TEXT,
        "dcat:theme": r"a:data-theme\/ENVI",
        "dcat:landingPage": ":seite",
        "foaf:page": ":doku",
    },
    Agent: {
        "foaf:name": TEXT,
        "dct:type": "<http://purl.org/adms/publishertype/LocalAuthority>",
        "foaf:mbox": "<mailto:amt@stadt.example>",
        "foaf:homepage": ":amt",
    },
    ContactPoint: {
        "vcard:fn": '"Amt"',
        "vcard:hasEmail": "<mailto:amt@stadt.example>",
        "vcard:hasURL": ":formular",
        "vcard:hasTelephone": "<tel:+4991112345>",
        "vcard:street-address": '"Markt 1"',
        "vcard:postal-code": '"91301"',
        "vcard:locality": '"Musterstadt"',
        "vcard:country-name": '"Deutschland"',
    },
    PeriodOfTime: {
        "dcat:startDate": DAY,
        "dcat:endDate": '"2024"^^xsd:gYear',
        "time:hasBeginning": ":punkt",
        "time:hasEnd": ":punkt",
    },
    Location: {
        "dcat:bbox": '"POLYGON((10 49,11 49,11 50,10 50,10 49))"^^gsp:wktLiteral',
        "dcat:centroid": WKT,
        "locn:geometry": WKT,
        "skos:prefLabel": TEXT,
        "locn:adminUnitL2": '"Musterstadt"',
    },
    Identifier: {"skos:notation": '"10.1/x"'},
    Checksum: {
        "spdx:algorithm": "spdx:checksumAlgorithm_sha256",
        "spdx:checksumValue": '"ab12"^^xsd:hexBinary',
    },
    CatalogRecord: {
        "dct:modified": DAY,
        "foaf:primaryTopic": ":d",
        "dct:conformsTo": ":profil",
        "dct:issued": DAY,
        "dct:title": TEXT,
        "dct:description": TEXT,
        "dct:language": GERMAN,
        "dct:source": ":quelle",
        "adms:status": ":stand",
    },
    Relationship: {"dcat:hadRole": ":rolle", "dct:relation": ":mehr"},
    Attribution: {"dcat:hadRole": ":rolle", "prov:agent": ":amt"},
}
"""Class → property → a good value, with what it leads to. The values use 3.0."""

LEADS_TO: dict[type[Node], str] = {
    Agent: ":d a dcat:Dataset ; dct:publisher :n .",
    Attribution: ":d a dcat:Dataset ; prov:qualifiedAttribution :n .",
    Checksum: ":d a dcat:Dataset ; dcat:distribution :v . "
    ":v a dcat:Distribution ; spdx:checksum :n .",
    ContactPoint: ":d a dcat:Dataset ; dcat:contactPoint :n .",
    DataService: ":d a dcat:Dataset ; dcat:distribution :v . "
    ":v a dcat:Distribution ; dcat:accessService :n .",
    DatasetSeries: ":d a dcat:Dataset ; dcat:inSeries :n .",
    Distribution: ":d a dcat:Dataset ; dcat:distribution :n .",
    Identifier: ":d a dcat:Dataset ; adms:identifier :n .",
    Location: ":d a dcat:Dataset ; dct:spatial :n .",
    PeriodOfTime: ":d a dcat:Dataset ; dct:temporal :n .",
    Relationship: ":d a dcat:Dataset ; dcat:qualifiedRelation :n .",
}
"""How a dataset leads to a node of the class."""

OLD_NAMES = [
    ("owl:versionInfo", '"2"', "dcat:version", '"2"'),
    ("dct:hasVersion", ":fassung", "dcat:hasVersion", ":fassung"),
    ("dcatde:originator", ":amt", "geodcatap:originator", ":amt"),
    ("dcatde:maintainer", ":amt", "geodcatap:custodian", ":amt"),
    ("dcat:granularity", '"P1D"', "dcat:temporalResolution", '"P1D"^^xsd:duration'),
    ("dcatde:legalBasis", f'"{LAW[1:-1]}"', "dcatap:applicableLegislation", LAW),
    ("<http://dcat-ap.de/def/dcatde/1_0/legalbasisText>", TEXT, "dcatde:legalBasis", TEXT),
    (
        "<http://dcat-ap.de/def/dcatde/1_0/geocodingText>",
        TEXT,
        "dcatde:geocodingDescription",
        TEXT,
    ),
    (
        "<http://dcat-ap.de/def/dcatde/1.0.1/contributorID>",
        r"de:contributors\/govData",
        "dcatde:contributorID",
        r"de:contributors\/govData",
    ),
]
"""A dataset's property before 3.0, its value, and both as they stand in the dataset's file."""

OLD_NAMES_BELOW = [
    (PeriodOfTime, "schema:startDate", DAY, "dcat:startDate", DAY),
    (PeriodOfTime, "schema:endDate", DAY, "dcat:endDate", DAY),
    (
        Distribution,
        "dcatde:plannedAvailability",
        r"de:plannedAvailability\/stable",
        "dcatap:availability",
        STABLE,
    ),
    (
        Distribution,
        "dcat:byteSize",
        '"12"^^xsd:decimal',
        "dcat:byteSize",
        '"12"^^xsd:nonNegativeInteger',
    ),
    (
        Distribution,
        "dct:license",
        r"de:licenses\/cc-by\/4_0",
        "dct:license",
        "de:licenses\\/cc-by\\/4.0",
    ),
    (
        Checksum,
        "spdx:algorithm",
        r"de:hashAlgorithms\/sha\/256",
        "spdx:algorithm",
        "spdx:checksumAlgorithm_sha256",
    ),
    (
        Distribution,
        "adms:status",
        "<http://purl.org/adms/status/Completed>",
        "adms:status",
        r"a:distribution-status\/COMPLETED",
    ),
    (
        ContactPoint,
        "vcard:hasEmail",
        '"amt@stadt.example"',
        "vcard:hasEmail",
        "<mailto:amt@stadt.example>",
    ),
    (
        ContactPoint,
        "vcard:hasStreetAddress",
        '"Markt 1"',
        "vcard:street-address",
        '"Markt 1"',
    ),
]
"""The same for the nodes that a dataset leads to, values of 2.0 included."""

CELLS = [(record, prop) for record, properties in PROFILE.items() for prop in properties]


def triples_of(turtle: str) -> list[Triple]:
    return [quad.triple for quad in parse(PROLOGUE + turtle, format=RdfFormat.TURTLE)]


def triple_of(subject: str, prop: str, value: str) -> Triple:
    return triples_of(f"{subject} {prop} {value} .")[0]


def stored(turtle: str) -> tuple[StoredRecord, set[str]]:
    """The dataset of a document after the whole way into the store, and its findings' codes."""
    reading = dataset_from_rdf(Description(triples_of(turtle)), ROOT)
    result = normalise(
        reading.dataset,
        reading.kept,
        Context(portal="p", source_type="dcat_rdf", source_identifier=ROOT, subject=ROOT),
    )
    record = StoredRecord(
        id="x",
        portal="p",
        source_identifier=ROOT,
        iri=ROOT,
        as_published=reading.dataset,
        normalised=records.dataset_from_json(records.dataset_to_json(result.dataset)),
        kept=result.kept,
        kept_as_published=reading.kept,
        content_hash=content_hash(reading.dataset, reading.kept),
        feed_hash=feed_hash(ROOT, None, result.dataset, result.kept),
        first_seen=NOW,
        changed_at=NOW,
    )
    return record, {found.code for found in (*reading.findings, *result.findings)}


def file_of(turtle: str) -> set[Triple]:
    """The triples of `datasets/<id>.ttl`, read again from the file."""
    document = write_rdf(dataset_file_triples(stored(turtle)[0]), "ttl")
    return {quad.triple for quad in parse(document, format=RdfFormat.TURTLE)}


def test_the_table_has_every_class_that_we_write() -> None:
    assert set(PROFILE) == set(CLASSES)
    ours = {(row.record, compact(row.property)) for row in MAPPING}
    before_3_0 = {
        (Dataset, "owl:versionInfo"),
        (Dataset, "dct:hasVersion"),
        (Dataset, "dcatde:originator"),
        (Dataset, "dcatde:maintainer"),
        (Dataset, "dcat:granularity"),
        (PeriodOfTime, "schema:startDate"),
        (PeriodOfTime, "schema:endDate"),
        (Distribution, "dcatde:plannedAvailability"),
        # A data service has it in GovData's own reader only.
        (DataService, "dcatde:licenseAttributionByText"),
    }
    assert set(CELLS) == ours - before_3_0


@pytest.mark.parametrize(("record", "prop"), CELLS)
def test_a_property_is_read_into_its_field_and_written_again(record: type[Node], prop: str) -> None:
    value = PROFILE[record][prop]
    triples = triples_of(f":n a <{CLASSES[record]}> ; {prop} {value} .")
    (field,) = [row.field for row in rows_of(record) if compact(row.property) == prop]
    node = record_from_rdf(Description(triples), "https://stadt.example/n", record)
    assert getattr(node, field)
    assert set(record_triples(node)) == set(triples)


@pytest.mark.parametrize(
    ("record", "prop"), [(record, prop) for record, prop in CELLS if record in LEADS_TO]
)
def test_a_property_below_a_dataset_reaches_its_file(record: type[Node], prop: str) -> None:
    value = PROFILE[record][prop]
    source = f"{LEADS_TO[record]} :n a <{CLASSES[record]}> ; {prop} {value} ."
    assert set(triples_of(source)) <= file_of(source)


@pytest.mark.parametrize("prop", PROFILE[Dataset])
def test_a_property_of_a_dataset_reaches_its_file(prop: str) -> None:
    source = f":d a dcat:Dataset ; dct:title 'd' ; {prop} {PROFILE[Dataset][prop]} ."
    found = file_of(source)
    missing = set(triples_of(source)) - found
    assert missing == set()


@pytest.mark.parametrize(("old", "value", "new", "after"), OLD_NAMES)
def test_what_a_dataset_said_before_3_0_stands_under_the_name_of_today(
    old: str, value: str, new: str, after: str
) -> None:
    source = f":d a dcat:Dataset ; {old} {value} . :amt a foaf:Agent ; foaf:name 'Amt' ."
    found = file_of(source)
    assert triple_of(":d", new, after) in found
    assert triple_of(":d", old, value) not in found
    assert stored(source)[1] & {"property-outdated", "namespace-wrong"}


@pytest.mark.parametrize(("record", "old", "value", "new", "after"), OLD_NAMES_BELOW)
def test_what_a_node_said_before_3_0_stands_under_the_name_of_today(
    record: type[Node], old: str, value: str, new: str, after: str
) -> None:
    source = f"{LEADS_TO[record]} :n a <{CLASSES[record]}> ; {old} {value} ."
    found = file_of(source)
    assert triple_of(":n", new, after) in found
    assert triple_of(":n", old, value) not in found


@pytest.mark.parametrize(
    ("leads", "description"),
    [
        ("dct:license", ':x a dct:LicenseDocument ; dct:title "Stadtlizenz"@de .'),
        ("dct:rights", ':x a dct:RightsStatement ; rdfs:label "frei"@de .'),
        ("dct:conformsTo", ':x a dct:Standard ; dct:title "OParl" ; rdfs:seeAlso :mehr .'),
        ("odrl:hasPolicy", ":x a odrl:Policy ; odrl:permission [ odrl:action odrl:use ] ."),
        ("dcatap:applicableLegislation", ':x a eli:LegalResource ; dct:title "Gesetz"@de .'),
        ("foaf:page", ":x a foaf:Document ; dct:creator :y . :y a foaf:Agent ; foaf:name 'Y' ."),
    ],
)
def test_what_the_document_says_of_a_value_is_kept(leads: str, description: str) -> None:
    source = (
        ":d a dcat:Dataset ; dcat:distribution :v . :v a dcat:Distribution ; "
        f"dcat:accessURL :v.csv ; {leads} :x . {description}"
    )
    wanted, found = triples_of(source), file_of(source)
    known = {triple.predicate.value for triple in found}
    for triple in wanted:
        if isinstance(triple.subject, BlankNode) or isinstance(triple.object, BlankNode):
            assert triple.predicate.value in known
        else:
            assert triple in found


def test_an_instant_of_owl_time_is_kept_whole() -> None:
    source = f"""
        :d a dcat:Dataset ; dct:temporal [ a dct:PeriodOfTime ;
          time:hasBeginning [ a time:Instant ; time:inXSDDate {DAY} ] ; time:hasEnd :ende ] .
        :ende a time:Instant ; time:inXSDDate {DAY} .
    """
    found = sorted(
        (triple.predicate.value, str(triple.object))
        for triple in file_of(source)
        if not isinstance(triple.object, BlankNode)
    )
    wanted = [
        (triple.predicate.value, str(triple.object))
        for triple in triples_of(source)
        if not isinstance(triple.object, BlankNode)
    ]
    assert all(one in found for one in wanted)
    assert [prop for prop, _ in found].count(PREFIXES["time"] + "inXSDDate") == 2


def test_concepts_are_kept_and_their_lists_are_not() -> None:
    source = r"""
        :d a dcat:Dataset ; dcat:theme a:data-theme\/ENVI .
        a:data-theme\/ENVI a skos:Concept ; skos:prefLabel "Umwelt"@de ; skos:inScheme a:data-theme .
        a:data-theme a skos:ConceptScheme ; skos:hasTopConcept a:data-theme\/ENVI, a:data-theme\/TRAN .
    """
    found = file_of(source)
    assert triple_of(r"a:data-theme\/ENVI", "skos:prefLabel", '"Umwelt"@de') in found
    assert not any("hasTopConcept" in triple.predicate.value for triple in found)


def test_every_language_of_a_text_stays() -> None:
    source = ':d a dcat:Dataset ; dct:title "Bäume"@de, "Trees"@en, "Arbres"@fr, "Drzewa"@pl, "x" .'
    assert set(triples_of(source)) <= file_of(source)


def test_a_field_that_is_not_set_changes_no_hash() -> None:
    """A field that we add later must not make every stored dataset a changed one."""
    dataset = Dataset(uri=ROOT, title=(records.Literal(value="Bäume", language="de"),))
    text = records.dataset_to_json(dataset)
    assert text == '{"uri":"https://stadt.example/d","title":[{"value":"Bäume","language":"de"}]}'
    period = Dataset(temporal=(PeriodOfTime(start_date=records.Literal(value="2024")),))
    assert records.dataset_to_json(period) == '{"temporal":[{"start_date":{"value":"2024"}}]}'


def test_a_geometry_node_is_kept_and_the_omission_is_said() -> None:
    source = f"""
        :d a dcat:Dataset ; dct:spatial [ a dct:Location ; locn:geometry :form ] .
        :form a locn:Geometry ; gsp:asWKT {WKT} .
    """
    record, codes = stored(source)
    found = file_of(source)
    assert any(triple.predicate.value == PREFIXES["locn"] + "geometry" for triple in found)
    assert triple_of(":form", "gsp:asWKT", WKT) in found
    omitted = feed_omissions(record.normalised, record.kept, ROOT)
    assert [one.property for one in omitted] == [PREFIXES["locn"] + "geometry"]
    assert "geometry-converted" in codes or any(
        triple.predicate.value == PREFIXES["dcat"] + "centroid" for triple in found
    )
