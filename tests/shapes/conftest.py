"""A description in which every class and property of the profile is used, and used well."""

from collections.abc import Callable

import pyoxigraph
import pytest
from pyoxigraph import Triple

PREFIXES = """
@prefix adms: <http://www.w3.org/ns/adms#> . @prefix dcat: <http://www.w3.org/ns/dcat#> .
@prefix dcatap: <http://data.europa.eu/r5r/> . @prefix dcatde: <http://dcat-ap.de/def/dcatde/> .
@prefix dct: <http://purl.org/dc/terms/> . @prefix foaf: <http://xmlns.com/foaf/0.1/> .
@prefix geo: <http://www.opengis.net/ont/geosparql#> .
@prefix geodcatap: <http://data.europa.eu/930/> . @prefix locn: <http://www.w3.org/ns/locn#> .
@prefix odrl: <http://www.w3.org/ns/odrl/2/> . @prefix org: <http://www.w3.org/ns/org#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> . @prefix prov: <http://www.w3.org/ns/prov#> .
@prefix schema: <http://schema.org/> . @prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix spdx: <http://spdx.org/rdf/terms#> . @prefix time: <http://www.w3.org/2006/time#> .
@prefix vcard: <http://www.w3.org/2006/vcard/ns#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix a: <http://publications.europa.eu/resource/authority/> .
@prefix de: <http://dcat-ap.de/def/> . @prefix pt: <http://purl.org/adms/publishertype/> .
@prefix iana: <https://www.iana.org/assignments/media-types/> .
@prefix ex: <https://daten.example/> .
"""

PERFECT = """
ex:d a dcat:Dataset ; dct:title "Baumkataster"@de ; dct:description "Alle Bäume."@de ;
  dct:publisher ex:stadt ; dcat:contactPoint [ a vcard:Kind ; vcard:fn "Statistikstelle" ;
    vcard:hasEmail <mailto:daten@stadt.example> ] ;
  dcatde:contributorID de:contributors\\/openDataBayern ; dcat:theme a:data-theme\\/ENVI ;
  dcat:keyword "Baum"@de, "Umwelt"@de ; dcat:landingPage ex:seite ;
  dct:issued "2024-01-01T00:00:00+01:00"^^xsd:dateTime ;
  dct:modified "2024-02-01T00:00:00+01:00"^^xsd:dateTime ; dct:identifier "baum-1" ;
  dcatde:politicalGeocodingLevelURI de:politicalGeocoding\\/Level\\/municipality ;
  dct:spatial [ a dct:Location ; dcat:bbox "POLYGON((10 49,11 49,11 50,10 50,10 49))"^^geo:wktLiteral ] ;
  dcat:distribution ex:v .
ex:stadt a foaf:Agent ; foaf:name "Stadt Beispiel"@de ; dct:type pt:LocalAuthority .
ex:v a dcat:Distribution ; dcat:accessURL ex:baum.csv ; dcat:downloadURL ex:baum.csv ;
  dct:license de:licenses\\/dl-by-de\\/2.0 ; dct:title "Bäume als CSV"@de ;
  dct:format a:file-type\\/CSV ; dcat:mediaType iana:text\\/csv ;
  dcatde:licenseAttributionByText "Stadt Beispiel"@de .
"""
"""What the feed should look like: the safe output of the standard, 3.0 and 2.0 at once."""

COMMON = """
ex:katalog a dcat:Catalog ; dct:title "Katalog"@de ; dct:description "Daten"@de ;
  dct:publisher ex:stadt ; dct:creator ex:stadt ; dcat:dataset ex:d ; dcat:service ex:dienst ;
  dcat:catalog ex:teil ; dcat:record ex:eintrag ; dct:hasPart ex:teil ; dct:isPartOf ex:teil ;
  dct:temporal ex:zeit ; dct:spatial ex:ort ; foaf:homepage ex:start ;
  dct:license de:licenses\\/cc-zero ; dct:rights ex:rechte ;
  dct:issued "2024-01-01"^^xsd:date ; dct:modified "2024-02"^^xsd:gYearMonth ;
  dct:language a:language\\/DEU ; dcat:themeTaxonomy a:data-theme ;
  dcatap:applicableLegislation ex:gesetz ; dcatap:availability a:planned-availability\\/STABLE .
ex:teil a dcat:Catalog ; dct:title "Teil" ; dct:description "Teil" ; dct:publisher ex:stadt ;
  dcat:dataset ex:d .
ex:eintrag a dcat:CatalogRecord ; dct:title "Eintrag" ; dct:description "Eintrag" ;
  dct:issued "2024-01-01"^^xsd:date ; dct:modified "2024-01-02"^^xsd:date ;
  foaf:primaryTopic ex:d ; dct:source ex:quelle ; dct:conformsTo ex:profil ;
  dct:language a:language\\/DEU .
ex:quelle a dcat:CatalogRecord ; dct:modified "2024"^^xsd:gYear ; foaf:primaryTopic ex:d .
ex:d a dcat:Dataset, dcat:Resource ; dct:title "Baumkataster"@de ; dct:description "Bäume"@de ;
  dct:publisher ex:stadt ; dct:creator ex:stadt ; dct:contributor ex:amt ;
  dcat:contactPoint ex:kontakt ; dcat:distribution ex:v ; adms:sample ex:probe ;
  adms:identifier ex:kennung ; dct:identifier "baum-1" ; dcat:keyword "Baum"@de ;
  dcat:theme a:data-theme\\/ENVI ; dct:language a:language\\/DEU ; dcat:landingPage ex:seite ;
  foaf:page ex:doku ; dct:relation ex:mehr ; dct:isReferencedBy ex:studie ;
  dct:references ex:muster ; dct:conformsTo ex:norm ; dct:provenance ex:herkunft ;
  dct:accessRights a:access-right\\/PUBLIC ; dct:accrualPeriodicity a:frequency\\/ANNUAL ;
  prov:wasGeneratedBy ex:messung ; prov:qualifiedAttribution ex:rolle ;
  dcat:qualifiedRelation ex:beziehung ; dct:temporal ex:zeit ; dct:spatial ex:ort ;
  dct:issued "2024-01-01"^^xsd:date ; dct:modified "2024-02-01T10:00:00Z"^^xsd:dateTime ;
  adms:versionNotes "Erste Fassung"@de ;
  dcat:spatialResolutionInMeters 1.5 ; dcat:temporalResolution "P1D"^^xsd:duration ;
  dcatap:availability a:planned-availability\\/AVAILABLE ;
  dcatde:contributorID de:contributors\\/openDataBayern ;
  dcatde:politicalGeocodingLevelURI de:politicalGeocoding\\/Level\\/municipality .
ex:v a dcat:Distribution ; dcat:accessURL ex:baum.csv ; dcat:downloadURL ex:baum.csv ;
  dct:title "CSV"@de ; dct:description "Tabelle"@de ; dct:format a:file-type\\/CSV ;
  dcat:mediaType iana:text\\/csv ; dcat:compressFormat iana:application\\/gzip ;
  dcat:packageFormat iana:application\\/zip ; dct:license de:licenses\\/dl-by-de\\/2.0 ;
  dcatde:licenseAttributionByText "Stadt Beispiel"@de ; dct:rights ex:rechte ;
  dct:issued "2024-01-01"^^xsd:date ; dct:modified "2024-02-01"^^xsd:date ;
  dct:language a:language\\/DEU ; foaf:page ex:doku ; dct:conformsTo ex:norm ;
  dcatap:availability a:planned-availability\\/AVAILABLE ; odrl:hasPolicy ex:regel ;
  spdx:checksum ex:summe ; dcat:spatialResolutionInMeters 1.5 ;
  dcat:temporalResolution "P1D"^^xsd:duration .
ex:probe a dcat:Distribution ; dcat:accessURL ex:probe.csv ; dct:title "Probe"@de ;
  dct:license de:licenses\\/cc-zero ; dcat:accessService ex:dienst .
ex:dienst a dcat:DataService ; dct:title "WFS"@de ; dct:description "Dienst"@de ;
  dcat:endpointURL ex:wfs ; dcat:endpointDescription ex:caps ; dcat:servesDataset ex:d ;
  dct:publisher ex:stadt ; dcat:contactPoint ex:kontakt ; dct:license de:licenses\\/cc-zero ;
  dct:accessRights a:access-right\\/PUBLIC ; dct:format a:file-type\\/WFS_SRVC ;
  dct:conformsTo ex:norm ; dcat:keyword "Baum"@de ; dcat:theme a:data-theme\\/ENVI ;
  dcat:landingPage ex:seite ; foaf:page ex:doku ;
  dcatap:availability a:planned-availability\\/AVAILABLE .
ex:stadt a foaf:Agent ; foaf:name "Stadt Beispiel"@de ; dct:type pt:LocalAuthority .
ex:amt a org:Organization ; foaf:name "Amt"@de .
ex:kontakt a vcard:Organization ; vcard:fn "Amt" ; vcard:hasEmail <mailto:amt@stadt.example> ;
  vcard:hasURL ex:formular ; vcard:hasTelephone <tel:+4991112345> .
ex:zeit a dct:PeriodOfTime ; dcat:startDate "2024-01-01"^^xsd:date ;
  dcat:endDate "2024-12-31"^^xsd:date ; time:hasBeginning ex:punkt ; time:hasEnd ex:punkt .
ex:punkt a time:Instant .
ex:kennung a adms:Identifier ; skos:notation "doi:1" .
ex:rolle a prov:Attribution ; dcat:hadRole ex:pflege ; prov:agent ex:stadt .
ex:beziehung a dcat:Relationship ; dcat:hadRole ex:verwandt ; dct:relation ex:mehr .
ex:verwandt a dcat:Role .
"""

FULL_30 = (
    COMMON
    + """
ex:eintrag adms:status ex:stand .
ex:d dcat:version "1" ; dct:type a:dataset-type\\/STATISTICAL ; dct:source ex:d ;
  dcat:hasVersion ex:d ; dcat:inSeries ex:reihe ; dcatap:applicableLegislation ex:gesetz ;
  geodcatap:originator ex:amt ; geodcatap:custodian ex:amt .
ex:reihe a dcat:DatasetSeries ; dct:title "Reihe" ; dct:description "Reihe" ;
  dct:publisher ex:stadt ; dcat:contactPoint ex:kontakt ; dct:spatial ex:ort ;
  dct:temporal ex:zeit ; dct:accrualPeriodicity a:frequency\\/ANNUAL ;
  dct:issued "2024-01-01"^^xsd:date ; dct:modified "2024-01-01"^^xsd:date ;
  dcatap:applicableLegislation ex:gesetz .
ex:v dcat:byteSize "12"^^xsd:nonNegativeInteger ; adms:status a:distribution-status\\/COMPLETED ;
  dcatap:applicableLegislation ex:gesetz .
ex:dienst dcatap:applicableLegislation ex:gesetz .
ex:ort a dct:Location ; dcat:bbox "POLYGON(())"^^geo:wktLiteral ;
  dcat:centroid "POINT(11 49)"^^geo:wktLiteral ; locn:geometry ex:form .
ex:summe a spdx:Checksum ; spdx:algorithm spdx:checksumAlgorithm_sha256 ;
  spdx:checksumValue "ab12"^^xsd:hexBinary .
"""
)
"""Every class and property that the 3.0 profile judges, used well."""

FULL_20 = (
    COMMON
    + """
ex:d owl:versionInfo "1" ; dcatde:originator ex:amt ; dcatde:maintainer ex:amt ;
  dcatde:politicalGeocodingURI de:politicalGeocoding\\/municipalityKey\\/09162000 ;
  dcatde:geocodingDescription "Stadt" ; dcatde:legalBasis "Satzung" ;
  dcatde:qualityProcessURI ex:guete .
ex:v dcat:byteSize 12.0 ; adms:status <http://purl.org/adms/status/Completed> .
ex:ort a dct:Location ; dcat:bbox "POLYGON(())"^^geo:wktLiteral ;
  dcat:centroid "POINT(11 49)"^^geo:wktLiteral ; locn:geometry "POINT(11 49)"^^geo:wktLiteral .
ex:summe a spdx:Checksum ; spdx:algorithm <http://dcat-ap.de/def/hashAlgorithms/sha/256> ;
  spdx:checksumValue "ab12"^^xsd:hexBinary .
"""
)
"""Every class and property that the 2.0 profile judges and does not deprecate, used well."""


def triples_of(turtle: str) -> list[Triple]:
    """The triples of a Turtle text; prefixes are given."""
    quads = pyoxigraph.parse(PREFIXES + turtle, format=pyoxigraph.RdfFormat.TURTLE)
    return [quad.triple for quad in quads]


@pytest.fixture
def read() -> Callable[[str], list[Triple]]:
    """A function from Turtle to triples."""
    return triples_of


@pytest.fixture
def perfect() -> list[Triple]:
    """The safe output of the standard."""
    return triples_of(PERFECT)


@pytest.fixture
def full() -> dict[str, list[Triple]]:
    """Profile → a description that uses all of it well."""
    return {
        "dcat-ap-3.0": triples_of(FULL_30),
        "dcat-ap.de-3.0": triples_of(FULL_30),
        "dcat-ap-2.1": triples_of(FULL_20),
        "dcat-ap.de-2.0": triples_of(FULL_20),
    }
