"""The vocabularies hold what their publishers published, and a lookup never guesses."""

import string

import pytest
import rdflib
from hypothesis import given
from hypothesis import strategies as st

from datenernte_dcat.terms import SPDX
from datenernte_dcat.vocabulary import (
    NAMES,
    Vocabulary,
    eu_license,
    file_type_for,
    is_area_key,
    is_same_iri,
    key_from_iri,
    level_iri_for_key,
    license_is_open,
    media_type_for,
    media_type_iri,
    municipality_iri,
    reduce_key,
    vocabulary,
    vocabulary_turtle,
)

AUTHORITY = "http://publications.europa.eu/resource/authority/"
LICENSES = "http://dcat-ap.de/def/licenses/"
GEOCODING = "http://dcat-ap.de/def/politicalGeocoding/"
IANA = "https://www.iana.org/assignments/media-types/"

SCHEMES = {
    "access_rights": AUTHORITY + "access-right",
    "adms_status": "http://purl.org/adms/status/1.0",
    "checksum_algorithms": "http://spdx.org/rdf/terms",
    "contributors": "http://dcat-ap.de/def/contributors",
    "data_themes": AUTHORITY + "data-theme",
    "dataset_types": AUTHORITY + "dataset-type",
    "dcatap_de_planned_availability": "http://dcat-ap.de/def/plannedAvailability",
    "distribution_status": AUTHORITY + "distribution-status",
    "eu_licences": AUTHORITY + "licence",
    "file_types": AUTHORITY + "file-type",
    "frequencies": AUTHORITY + "frequency",
    "hash_algorithms": "http://dcat-ap.de/def/hashAlgorithms",
    "hvd_categories": "http://data.europa.eu/bna/asd487ae75",
    "languages": AUTHORITY + "language",
    "licenses": "http://dcat-ap.de/def/licenses",
    "media_types": "https://www.iana.org/assignments/media-types",
    "planned_availability": AUTHORITY + "planned-availability",
    "political_geocoding_levels": GEOCODING + "Level",
    "publisher_types": "http://purl.org/adms/publishertype/1.0",
    "states": GEOCODING + "stateKey",
}
every_vocabulary = pytest.mark.parametrize("name", NAMES)


@every_vocabulary
def test_scheme_is_the_published_one(name: str) -> None:
    assert vocabulary(name).scheme == SCHEMES[name]


@every_vocabulary
def test_a_second_parser_reads_the_file_and_every_concept_is_in_the_scheme(name: str) -> None:
    graph = rdflib.Graph().parse(data=vocabulary_turtle(name), format="turtle")
    concepts = set(graph.subjects(rdflib.RDF.type, rdflib.SKOS.Concept))
    assert concepts
    for concept in concepts:
        assert list(graph.objects(concept, rdflib.SKOS.inScheme)) == [rdflib.URIRef(SCHEMES[name])]
        assert len(list(graph.objects(concept, rdflib.SKOS.notation))) == 1
        labels = list(graph.objects(concept, rdflib.SKOS.prefLabel))
        languages = {label.language for label in labels if isinstance(label, rdflib.Literal)}
        assert len(languages) == len(labels)


@every_vocabulary
def test_source_and_date_are_stated(name: str) -> None:
    vocab = vocabulary(name)
    assert vocab.source.startswith("http")
    assert vocab.date[:2] in ("19", "20")
    assert vocab.title


@every_vocabulary
def test_every_concept_is_found_by_iri_code_and_label(name: str) -> None:
    vocab = vocabulary(name)
    for iri in vocab.iris:
        assert vocab.has(iri)
        assert vocab.find(iri) == iri
        assert iri == vocab.base + vocab.code(iri)
        for text in (vocab.code(iri), vocab.label(iri), vocab.code(iri).upper()):
            assert iri in vocab.find_all(text)


def ambiguous_names(vocab: Vocabulary) -> set[str]:
    return {name for name, _ in vocab.names() if len(vocab.find_all(name)) != 1}


@every_vocabulary
def test_no_name_belongs_to_two_concepts_but_the_documented_ones(name: str) -> None:
    allowed = {
        "data_themes": {"bildung_wissenschaft", "Bildung und Wissenschaft"},
        "file_types": {"tab", "TAB"},
    }
    assert ambiguous_names(vocabulary(name)) == allowed.get(name, set())


def test_an_unknown_name_of_a_vocabulary_is_refused() -> None:
    with pytest.raises(KeyError):
        vocabulary("colours")


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("access_rights", 6),
        ("contributors", 69 + 3),
        ("data_themes", 13),
        ("dataset_types", 24),
        ("distribution_status", 4),
        ("file_types", 198 + 5),
        ("frequencies", 38 + 2),
        ("licenses", 34),
        ("planned_availability", 4),
        ("political_geocoding_levels", 6),
        ("publisher_types", 11),
        ("states", 16),
    ],
)
def test_number_of_concepts_is_the_published_one(name: str, count: int) -> None:
    assert len(vocabulary(name).iris) == count


def test_official_languages_of_the_eu_and_the_common_ones_of_germany_have_labels() -> None:
    languages = vocabulary("languages")
    codes = (
        "BUL HRV CES DAN NLD ENG EST FIN FRA DEU ELL HUN GLE ITA LAV LIT MLT POL POR RON SLK SLV "
        "SPA SWE TUR RUS UKR ARA"
    )
    for code in codes.split():
        iri = AUTHORITY + "language/" + code
        assert iri in languages.iris
        assert languages.label(iri, "de") != code != languages.label(iri, "en")


@pytest.mark.parametrize(
    ("vocabulary_name", "text", "expected"),
    [
        ("licenses", "https://www.dcat-ap.de/def/licenses/cc-zero", LICENSES + "cc-zero"),
        ("licenses", LICENSES + "dl-by-de/2.0/", LICENSES + "dl-by-de/2.0"),
        ("licenses", LICENSES + "dl-by-de/2_0", LICENSES + "dl-by-de/2.0"),
        ("licenses", LICENSES + "cc-nc/3_0", LICENSES + "cc-by-nc-de/3.0"),
        ("licenses", LICENSES + "od-bc", LICENSES + "odby"),
        ("licenses", LICENSES + "official-work", LICENSES + "officialWork"),
        ("licenses", "dl-de-by-2.0", LICENSES + "dl-by-de/2.0"),
        ("licenses", "CC-BY", LICENSES + "cc-by"),
        ("licenses", "app_commercial", LICENSES + "other-commercial"),
        ("licenses", "http://www.govdata.de/dl-de/by-2-0", LICENSES + "dl-by-de/2.0"),
        ("licenses", "https://www.govdata.de/dl-de/zero-2-0/", LICENSES + "dl-zero-de/2.0"),
        (
            "licenses",
            "https://creativecommons.org/licenses/by/4.0/deed.de",
            LICENSES + "cc-by/4.0",
        ),
        (
            "licenses",
            "https://creativecommons.org/licenses/by/3.0/de/legalcode",
            LICENSES + "cc-by-de/3.0",
        ),
        ("licenses", AUTHORITY + "licence/DLDE_BY_2_0", LICENSES + "dl-by-de/2.0"),
        ("licenses", "https://creativecommons.org/licenses/by/3.0/", None),
        ("licenses", AUTHORITY + "licence/CC_BY_3_0", None),
        ("licenses", "Nutzungsbedingungen der LHP", None),
        ("licenses", "notspecified", None),
        ("licenses", "", None),
        ("data_themes", "gove", AUTHORITY + "data-theme/GOVE"),
        ("data_themes", "umwelt_klima", AUTHORITY + "data-theme/ENVI"),
        ("data_themes", "geo", None),
        ("data_themes", "bildung_wissenschaft", None),
        ("data_themes", AUTHORITY + "data-theme/OP_DATPRO", None),
        ("frequencies", "R/P1D", AUTHORITY + "frequency/DAILY"),
        ("frequencies", "asNeeded", AUTHORITY + "frequency/AS_NEEDED"),
        ("frequencies", "biannually", AUTHORITY + "frequency/ANNUAL_2"),
        ("frequencies", "Vierteljährlich", AUTHORITY + "frequency/QUARTERLY"),
        ("frequencies", "http://purl.org/cld/freq/monthly", AUTHORITY + "frequency/MONTHLY"),
        ("frequencies", AUTHORITY + "frequency/IRREGULAR", AUTHORITY + "frequency/IRREG"),
        ("frequencies", "alle 365 Tage", None),
        ("languages", "de", AUTHORITY + "language/DEU"),
        ("languages", AUTHORITY + "language/GER", AUTHORITY + "language/DEU"),
        ("languages", "https://publications.europa.eu/resource/authority/language/deu",
         AUTHORITY + "language/DEU"),
        ("languages", "TODO:", None),
        ("planned_availability", "https://www.dcat-ap.de/def/plannedAvailability/stable",
         AUTHORITY + "planned-availability/STABLE"),
        ("planned_availability", "http://data.europa.eu/r5r/availability/available",
         AUTHORITY + "planned-availability/AVAILABLE"),
        ("distribution_status", "http://purl.org/adms/status/UnderDevelopment",
         AUTHORITY + "distribution-status/DEVELOP"),
        ("access_rights", "public", AUTHORITY + "access-right/PUBLIC"),
        ("checksum_algorithms", "https://www.dcat-ap.de/def/hashAlgorithms/sha/256",
         SPDX + "checksumAlgorithm_sha256"),
        ("checksum_algorithms", "http://dcat-ap.de/def/hashAlgorithms/md/1", None),
        ("political_geocoding_levels", "https://www.dcat-ap.de/def/politicalGeocoding/level/federal",
         GEOCODING + "Level/federal"),
        ("contributors", "https://www.dcat-ap.de/def/contributors/openDataHRO",
         "http://dcat-ap.de/def/contributors/openDataHRO"),
        ("contributors", "http://dcat-ap.de/def/contributors/tranzparenzportalHamburg", None),
        ("publisher_types", "http://purl.org/adms/publishertype/LocalAuthority",
         "http://purl.org/adms/publishertype/LocalAuthority"),
        ("file_types", AUTHORITY + "file-type/WMS", AUTHORITY + "file-type/WMS_SRVC"),
        ("file_types", "http://publications.europa.eu/mdr/resource/authority/file-type/CSV",
         AUTHORITY + "file-type/CSV"),
    ],
)  # fmt: skip
def test_find_knows_the_documented_names_and_nothing_else(
    vocabulary_name: str, text: str, expected: str | None
) -> None:
    assert vocabulary(vocabulary_name).find(text) == expected


def test_a_group_name_of_two_themes_means_both() -> None:
    assert vocabulary("data_themes").find_all("bildung_wissenschaft") == (
        AUTHORITY + "data-theme/EDUC",
        AUTHORITY + "data-theme/TECH",
    )


def test_old_contributors_are_known_and_marked() -> None:
    contributors = vocabulary("contributors")
    old = contributors.base + "bundesanstaltFuerLandwirtschaftUndErnaehrung"
    assert contributors.has(old)
    assert contributors.is_deprecated(old)
    assert not contributors.is_deprecated(contributors.base + "openDataBayern")


@pytest.mark.parametrize(
    ("name", "iri", "expected"),
    [
        ("languages", AUTHORITY + "language/BXR", True),
        ("languages", AUTHORITY + "language/GER", False),
        ("languages", AUTHORITY + "language/de", False),
        ("eu_licences", AUTHORITY + "licence/EUPL_1_0", True),
        ("hvd_categories", "http://data.europa.eu/bna/c_00000000", True),
        ("hvd_categories", "http://data.europa.eu/bna/asd487ae75", False),
        ("file_types", AUTHORITY + "file-type/WMS", False),
    ],
)
def test_selections_take_every_code_of_the_right_form(name: str, iri: str, expected: bool) -> None:
    assert vocabulary(name).has(iri) is expected


words = st.text(string.ascii_letters + "äöüß ", min_size=1, max_size=30)


@pytest.mark.parametrize("name", NAMES)
def test_a_random_word_is_never_mapped(name: str) -> None:
    vocab = vocabulary(name)
    known = {" ".join(text.lstrip(".").split()).casefold() for text, _ in vocab.names()}
    known |= {vocab.code(iri).casefold() for iri in vocab.iris}

    @given(words)
    def check(word: str) -> None:
        if " ".join(word.split()).casefold() not in known:
            assert vocab.find(word) is None
            assert vocab.find(vocab.base + "x-" + word) is None

    check()


def test_open_and_closed_licences_are_told_apart() -> None:
    assert license_is_open(LICENSES + "dl-by-de/2.0") is True
    assert license_is_open(LICENSES + "cc-by-nc/4.0") is False
    assert license_is_open(LICENSES + "other-closed") is False
    assert license_is_open(AUTHORITY + "licence/CC_BY_4_0") is True
    assert license_is_open("https://example.org/lizenz") is None
    flags = [license_is_open(iri) for iri in vocabulary("licenses").iris]
    assert (flags.count(True), flags.count(False)) == (24, 10)


@pytest.mark.parametrize(
    ("iri", "code"),
    [
        (LICENSES + "dl-zero-de/2.0", "DLDE_ZERO_2_0"),
        (LICENSES + "dl-by-de/2.0", "DLDE_BY_2_0"),
        (LICENSES + "cc-by/4.0", "CC_BY_4_0"),
        (LICENSES + "cc-by", "CC_BY"),
        (LICENSES + "cc-zero", "CC0"),
        (LICENSES + "odbl", "ODC_BL"),
        ("https://creativecommons.org/licenses/by/3.0/", "CC_BY_3_0"),
        (AUTHORITY + "licence/EUPL_1_2", "EUPL_1_2"),
        (LICENSES + "cc-by-de/3.0", None),
        (LICENSES + "apache", None),
        (LICENSES + "other-open", None),
        ("https://example.org/lizenz", None),
    ],
)
def test_eu_license_is_the_same_licence_in_the_same_version(iri: str, code: str | None) -> None:
    assert eu_license(iri) == (AUTHORITY + "licence/" + code if code else None)


def test_every_eu_counterpart_is_in_our_copy_of_the_eu_table() -> None:
    licenses = vocabulary("licenses")
    for iri in licenses.iris:
        assert set(licenses.matches(iri)) <= vocabulary("eu_licences").iris


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"text": "CSV"}, "CSV"),
        ({"text": ".csv "}, "CSV"),
        ({"text": "Excel (XLSX)"}, "XLSX"),
        ({"text": "wfs"}, "WFS_SRVC"),
        ({"text": "GeoPackage"}, "GPKG"),
        ({"text": "shape"}, "SHP"),
        ({"text": "res_format"}, None),
        ({"text": "tab"}, None),
        ({"media_type": "text/csv; charset=utf-8"}, "CSV"),
        ({"media_type": IANA + "application/geo+json"}, "GEOJSON"),
        ({"media_type": "application/x-shapefile"}, "SHP"),
        ({"media_type": "application/octet-stream"}, None),
        ({"media_type": "application/rdf+xml"}, "RDF_XML"),
        ({"extension": "TTL"}, "RDF_TURTLE"),
        ({"extension": "asc"}, None),
        ({"text": "unfug", "extension": "ods"}, "ODS"),
        ({}, None),
    ],
)
def test_file_type_comes_from_words_media_type_or_ending(
    arguments: dict[str, str], code: str | None
) -> None:
    assert file_type_for(**arguments) == (AUTHORITY + "file-type/" + code if code else None)


def test_media_types_of_file_types_are_registered_ones() -> None:
    media_types, file_types = vocabulary("media_types"), vocabulary("file_types")
    for iri in file_types.iris:
        media_type = media_type_for(iri)
        assert media_type is None or media_type in media_types.iris
    for iri in media_types.iris:
        assert set(media_types.values(iri, "fileType")) <= file_types.iris
    assert media_type_for(AUTHORITY + "file-type/SHP") is None


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("text/csv", "text/csv"),
        ("http://www.iana.org/assignments/media-types/text/csv", "text/csv"),
        ("https://iana.org/assignments/media-types/TEXT/CSV", "text/csv"),
        ("http://purl.org/NET/mediatypes/application/json", "application/json"),
        ("application/x-zip-compressed", "application/zip"),
        ("application/octet-stream+zip", None),
        ("csv", None),
        ("https://example.org/text/csv", None),
    ],
)
def test_media_type_iri_takes_every_form_of_a_registered_type(text: str, name: str | None) -> None:
    assert media_type_iri(text) == (IANA + name if name else None)


@pytest.mark.parametrize(
    ("key", "reduced", "iri", "level"),
    [
        ("09162000", "09162000", "municipalityKey/09162000", "municipality"),
        ("091620000000", "09162000", "regionalKey/091620000000", "municipality"),
        ("097720177177", "09772177", "regionalKey/097720177177", "municipality"),
        ("09273", "09273", "districtKey/09273", "administrativeDistrict"),
        ("09", "09", "stateKey/09", "state"),
        ("095", "095", "governmentDistrictKey/095", None),
        ("010605024", "010605024", "municipalAssociationKey/010605024", None),
        ("010605024000", "010605024", "regionalKey/010605024000", "municipality"),
    ],
)
def test_keys_give_folder_iri_and_level(
    key: str, reduced: str, iri: str, level: str | None
) -> None:
    assert reduce_key(key) == reduced
    assert municipality_iri(key) == GEOCODING + iri
    assert key_from_iri(GEOCODING + iri) == key
    assert level_iri_for_key(key) == (GEOCODING + "Level/" + level if level else None)


@pytest.mark.parametrize(
    "key", ["", "17", "00", "9162000", "0916200", "0916200a", "٠٩", "15002000000"]
)
def test_what_has_not_the_form_of_a_key_is_none(key: str) -> None:
    assert not is_area_key(key)
    assert reduce_key(key) is None
    assert level_iri_for_key(key) is None
    with pytest.raises(ValueError, match="Schlüssel"):
        municipality_iri(key)


@pytest.mark.parametrize(
    ("iri", "key"),
    [
        ("https://www.dcat-ap.de/def/politicalGeocoding/regionalKey/130030000000", "130030000000"),
        ("http://dcat-ap.de/def/politicalGeocoding/municipalityKey/09162000/", "09162000"),
        ("http://dcat-ap.de/def/politicalGeocoding/districtKey/09162000", None),
        ("http://dcat-ap.de/def/politicalGeocoding/regionalKey/15002000000", None),
        ("http://dcat-ap.de/def/politicalGeocoding/Level/state", None),
        ("http://example.org/stateKey/09", None),
    ],
)
def test_key_from_iri_reads_every_host_form_of_the_key_lists(iri: str, key: str | None) -> None:
    assert key_from_iri(iri) == key


def test_every_land_has_a_name_and_a_box() -> None:
    states = vocabulary("states")
    for iri in states.iris:
        assert states.label(iri) != states.code(iri)
        assert (states.bbox(iri) or "").startswith("POLYGON((")
    assert states.label(municipality_iri("09")) == "Bayern"


def test_algorithms_are_typed_for_the_shapes() -> None:
    graph = rdflib.Graph().parse(data=vocabulary_turtle("checksum_algorithms"), format="turtle")
    typed = set(graph.subjects(rdflib.RDF.type, rdflib.URIRef(SPDX + "ChecksumAlgorithm")))
    assert {str(iri) for iri in typed} == vocabulary("checksum_algorithms").iris


def test_spelling_is_all_that_is_ignored_between_iris() -> None:
    assert is_same_iri("https://www.dcat-ap.de/def/licenses/odbl/", LICENSES + "odbl")
    assert not is_same_iri(LICENSES + "od-bl", LICENSES + "odbl")


def test_labels_fall_back_to_english_and_then_to_the_code() -> None:
    assert vocabulary("frequencies").label(AUTHORITY + "frequency/DAILY") == "täglich"
    assert vocabulary("frequencies").label(AUTHORITY + "frequency/DAILY", "fr") == "daily"
    assert vocabulary("file_types").label(AUTHORITY + "file-type/AAB") == "AAB"
    assert vocabulary("languages").label(AUTHORITY + "language/BXR") == "BXR"
