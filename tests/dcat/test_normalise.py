"""Normalising: every repair with its finding, nothing guessed, everything else untouched."""

from collections.abc import Mapping

import msgspec
import pytest
from pyoxigraph import RdfFormat, parse

from datenernte_dcat.findings import Finding, Severity
from datenernte_dcat.graph import Description, dataset_from_rdf
from datenernte_dcat.normalise import Context, normalise
from datenernte_dcat.normalise.concepts import LOOKUP_TABLES, lookup_target
from datenernte_dcat.records import (
    Agent,
    Checksum,
    ContactPoint,
    DataService,
    Dataset,
    DatasetSeries,
    Distribution,
    Identifier,
    Literal,
    Location,
    PeriodOfTime,
    Reference,
)
from datenernte_dcat.terms import ADMS, DCAT, DCATDE, DCT, FOAF, GSP, RDF, XSD
from datenernte_dcat.vocabulary import vocabulary

AUTHORITY = "http://publications.europa.eu/resource/authority/"
LICENSES = "http://dcat-ap.de/def/licenses/"
GEOCODING = "http://dcat-ap.de/def/politicalGeocoding/"
IANA = "https://www.iana.org/assignments/media-types/"
CONTRIBUTORS = "http://dcat-ap.de/def/contributors/"
SUBJECT = "https://daten.example.org/datasets/baeume"
FILE = "https://daten.example.org/baeume.csv"


def context(**settings: object) -> Context:
    known: dict[str, object] = {"portal": "p", "source_type": "dcat_rdf", "subject": SUBJECT}
    return Context(**{**known, **settings})  # type: ignore[arg-type]


def text(value: str, **more: str) -> Literal:
    return Literal(value=value, **more)


def label(value: str) -> Reference:
    return Reference(label=Literal(value=value))


def uri(value: str) -> Reference:
    return Reference(uri=value)


def dataset_with(**fields: object) -> Dataset:
    """A dataset that normalising has nothing to say about but for the fields given."""
    known: dict[str, object] = {"title": (text("Bäume"),), "identifier": (text("baeume"),)}
    return Dataset(**{**known, **fields})  # type: ignore[arg-type]


def distribution_with(**fields: object) -> Dataset:
    known: dict[str, object] = {
        "uri": FILE,
        "license": uri(LICENSES + "cc-zero"),
        "format": uri(AUTHORITY + "file-type/CSV"),
    }
    return dataset_with(distribution=(Distribution(**{**known, **fields}),))  # type: ignore[arg-type]


def normalised(dataset: Dataset, **settings: object) -> tuple[Dataset, list[Finding]]:
    """The normalised dataset and the findings; normalising it again must change nothing."""
    result = normalise(dataset, (), context(**settings))
    again = normalise(result.dataset, result.kept, context(**settings))
    assert again.dataset == result.dataset
    return result.dataset, list(result.findings)


def codes(findings: list[Finding]) -> list[str]:
    return [found.code for found in findings]


def test_what_is_right_stays_the_same_object_and_has_no_findings() -> None:
    dataset = dataset_with(
        uri=SUBJECT,
        theme=(uri(AUTHORITY + "data-theme/ENVI"),),
        language=(uri(AUTHORITY + "language/DEU"),),
        modified=text("2026-01-02", datatype=XSD + "date"),
        distribution=(
            Distribution(
                uri=FILE,
                access_url=(uri(FILE),),
                license=uri(LICENSES + "cc-zero"),
                format=uri(AUTHORITY + "file-type/CSV"),
                media_type=uri("http://www.iana.org/assignments/media-types/text/csv"),
                byte_size=text("12", datatype=XSD + "nonNegativeInteger"),
            ),
        ),
    )
    result = normalise(dataset, ("<a:a> <b:b> <c:c> .",), context())
    assert result.dataset is dataset
    assert result.kept == ("<a:a> <b:b> <c:c> .",)
    assert result.findings == ()


@pytest.mark.parametrize(
    ("field", "before", "after", "code"),
    [
        ("theme", uri("https://publications.europa.eu/resource/authority/data-theme/ENVI"),
         AUTHORITY + "data-theme/ENVI", "concept-spelling"),
        ("theme", label("Umwelt"), AUTHORITY + "data-theme/ENVI", "concept-as-text"),
        ("language", label(AUTHORITY + "language/DEU"), AUTHORITY + "language/DEU", "iri-as-text"),
        ("language", uri(AUTHORITY + "language/GER"), AUTHORITY + "language/DEU",
         "concept-replaced"),
        ("language", label("de"), AUTHORITY + "language/DEU", "concept-as-text"),
        ("access_rights", label("public"), AUTHORITY + "access-right/PUBLIC", "concept-as-text"),
        ("accrual_periodicity", uri("http://purl.org/cld/freq/daily"),
         AUTHORITY + "frequency/DAILY", "concept-replaced"),
        ("availability", uri("http://data.europa.eu/r5r/availability/stable"),
         AUTHORITY + "planned-availability/STABLE", "concept-replaced"),
        ("contributor_id", uri("https://www.dcat-ap.de/def/contributors/openDataHRO"),
         CONTRIBUTORS + "openDataHRO", "concept-spelling"),
        ("political_geocoding_level_uri", uri(GEOCODING + "level/federal"),
         GEOCODING + "Level/federal", "concept-spelling"),
        ("political_geocoding_uri",
         uri("https://www.dcat-ap.de/def/politicalGeocoding/regionalKey/130030000000"),
         GEOCODING + "regionalKey/130030000000", "concept-spelling"),
        ("political_geocoding_uri", label("05315000"), GEOCODING + "municipalityKey/05315000",
         "concept-as-text"),
        ("applicable_legislation", uri("https://data.europa.eu/eli/reg_impl/2023/138"),
         "http://data.europa.eu/eli/reg_impl/2023/138/oj", "concept-spelling"),
        ("landing_page", label("https://stadt.example/baeume"), "https://stadt.example/baeume",
         "iri-as-text"),
        ("landing_page", uri("https://stadt.example/alle bäume"),
         "https://stadt.example/alle%20bäume", "iri-repaired"),
        ("landing_page", label(" www.stadt.example/a"), "http://www.stadt.example/a",
         "iri-repaired"),
        ("conforms_to", label("https://stadt.example/norm"), "https://stadt.example/norm",
         "iri-as-text"),
    ],
)  # fmt: skip
def test_a_dataset_value_becomes_its_iri(
    field: str, before: Reference, after: str, code: str
) -> None:
    many = isinstance(getattr(Dataset(), field), tuple)
    dataset, findings = normalised(dataset_with(**{field: (before,) if many else before}))
    found = getattr(dataset, field)
    assert found == ((uri(after),) if many else uri(after))
    first = findings[0]
    before_text = before.uri or (before.label.value if before.label else "")
    assert (first.code, first.subject) == (code, SUBJECT)
    assert first.value == f"{before_text} → {after}"


@pytest.mark.parametrize(
    ("field", "before", "after", "code"),
    [
        ("license", uri("https://www.dcat-ap.de/def/licenses/cc-zero"), LICENSES + "cc-zero",
         "concept-spelling"),
        ("license", uri(LICENSES + "cc-by/4_0"), LICENSES + "cc-by/4.0", "concept-replaced"),
        ("license", uri("https://www.govdata.de/dl-de/by-2-0"), LICENSES + "dl-by-de/2.0",
         "concept-replaced"),
        ("license", label("dl-de-by-2.0"), LICENSES + "dl-by-de/2.0", "concept-as-text"),
        ("rights", uri("https://www.dcat-ap.de/def/licenses/odbl"), LICENSES + "odbl",
         "concept-spelling"),
        ("format", label("CSV"), AUTHORITY + "file-type/CSV", "concept-as-text"),
        ("format", label("text/csv"), AUTHORITY + "file-type/CSV", "concept-as-text"),
        ("format", uri(IANA + "text/csv"), AUTHORITY + "file-type/CSV", "concept-replaced"),
        ("format", uri(AUTHORITY + "file-type/WMS"), AUTHORITY + "file-type/WMS_SRVC",
         "concept-replaced"),
        ("status", uri("http://purl.org/adms/status/Completed"),
         AUTHORITY + "distribution-status/COMPLETED", "concept-replaced"),
        ("media_type", uri("https://iana.org/assignments/media-types/text/csv"), IANA + "text/csv",
         "concept-spelling"),
        ("media_type", label("text/csv; charset=utf-8"), IANA + "text/csv", "concept-as-text"),
        ("media_type", label("application/x-zip-compressed"), IANA + "application/zip",
         "concept-as-text"),
        ("compress_format", label("gzip"), IANA + "application/gzip", "media-type-derived"),
    ],
)  # fmt: skip
def test_a_distribution_value_becomes_its_iri(
    field: str, before: Reference, after: str, code: str
) -> None:
    dataset, findings = normalised(distribution_with(**{field: before}))
    assert getattr(dataset.distribution[0], field) == uri(after)
    assert [(found.code, found.subject) for found in findings] == [(code, FILE)]


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("license", label("Nutzungsbedingungen der LHP"), "license-unknown"),
        ("license", uri("https://creativecommons.org/licenses/by/3.0/"), "license-foreign"),
        ("format", label("res_format"), "format-unknown"),
        ("format", label("tab"), "format-unknown"),
        ("status", label("fertig"), "status-unknown"),
        ("language", (label("Plattdüütsch"),), "language-unknown"),
        ("media_type", uri(IANA + "application/vnd.stadt.geheim"), "media-type-unknown"),
    ],
)
def test_an_unknown_word_stays_as_written(field: str, value: object, code: str) -> None:
    dataset, findings = normalised(distribution_with(**{field: value}))
    assert getattr(dataset.distribution[0], field) == value
    assert codes(findings) == [code]


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("theme", (label("group/stadt-köln"),), "theme-unknown"),
        ("accrual_periodicity", label("alle 365 Tage"), "frequency-unknown"),
        ("access_rights", label("frei"), "access-rights-unknown"),
        ("availability", label("immer"), "availability-unknown"),
        ("contributor_id", (uri(CONTRIBUTORS + "stadtKoeln"),), "contributor-unknown"),
        ("political_geocoding_level_uri", (label("Bezirk"),), "geocoding-level-unknown"),
        ("political_geocoding_uri", (uri(GEOCODING + "regionalKey/15002000000"),),
         "geocoding-invalid"),
        ("hvd_category", (label("Georaum und mehr"),), "hvd-category-unknown"),
    ],
)  # fmt: skip
def test_an_unknown_word_of_a_dataset_stays_as_written(
    field: str, value: object, code: str
) -> None:
    dataset, findings = normalised(dataset_with(**{field: value}))
    assert getattr(dataset, field) == value
    assert codes(findings)[0] == code


def test_contributor_ids_of_other_namespaces_are_allowed() -> None:
    value = (uri("https://stadt.example/portal"), uri(CONTRIBUTORS + "openNRW"))
    dataset, findings = normalised(dataset_with(contributor_id=value))
    assert dataset.contributor_id == value
    assert findings == []


def test_a_placeholder_is_dropped_with_a_finding() -> None:
    dataset, findings = normalised(dataset_with(language=(label("TODO:"),)))
    assert dataset.language == ()
    assert [(found.code, found.value) for found in findings] == [
        ("placeholder-removed", "TODO: → (entfernt)")
    ]


def test_a_group_of_two_themes_gives_both_and_no_theme_twice() -> None:
    themes = (uri(AUTHORITY + "data-theme/TECH"), label("bildung_wissenschaft"))
    dataset, findings = normalised(dataset_with(theme=themes))
    assert [theme.uri for theme in dataset.theme] == [
        AUTHORITY + "data-theme/TECH",
        AUTHORITY + "data-theme/EDUC",
    ]
    assert codes(findings) == ["concept-as-text"]


def test_text_in_place_of_a_concept_is_the_nature_of_other_sources() -> None:
    dataset = dataset_with(theme=(label("Umwelt"),))
    assert normalised(dataset)[1][0].severity is Severity.WARNING
    assert normalised(dataset, source_type="ckan")[1][0].severity is Severity.INFO


def test_words_of_the_portal_are_translated_by_its_file() -> None:
    lookups = {"license": {"Nutzungsbedingungen  der LHP": "dl-by-de/2.0"}}
    dataset = distribution_with(license=label("nutzungsbedingungen der LHP"))
    result, findings = normalised(dataset, lookups=lookups)
    assert result.distribution[0].license == uri(LICENSES + "dl-by-de/2.0")
    assert codes(findings) == ["lookup-applied"]


def test_a_lookup_that_means_nothing_changes_nothing() -> None:
    lookups = {"license": {"frei": "die freie"}}
    dataset = distribution_with(license=label("frei"))
    assert normalised(dataset, lookups=lookups)[0] == dataset


def test_every_lookup_table_can_be_checked() -> None:
    for table, name in LOOKUP_TABLES.items():
        some = min(vocabulary(name).iris)
        assert lookup_target(table, some) == some
        assert lookup_target(table, "gibt es nicht") is None
    assert lookup_target("license", "https://stadt.example/lizenz") is not None
    with pytest.raises(KeyError):
        lookup_target("farbe", "rot")


def test_a_distribution_without_licence_gets_none() -> None:
    dataset, findings = normalised(distribution_with(license=None))
    assert dataset.distribution[0].license is None
    assert codes(findings) == ["license-missing"]


@pytest.mark.parametrize(
    ("distribution", "media_type"),
    [
        (Distribution(download_url=(uri("https://a.example/b.shp.zip?v=1"),),
                      format=uri(AUTHORITY + "file-type/SHP")), "application/zip"),
        (Distribution(format=uri(AUTHORITY + "file-type/GML")), "application/gml+xml"),
        (Distribution(access_url=(uri("https://a.example/b"),)), None),
    ],
)  # fmt: skip
def test_an_unregistered_media_type_is_derived_or_left_out(
    distribution: Distribution, media_type: str | None
) -> None:
    wrong = uri(IANA + "application/octet-stream+zip")
    dataset = dataset_with(
        distribution=(
            msgspec.structs.replace(
                distribution, media_type=wrong, license=uri(LICENSES + "cc-zero")
            ),
        )
    )
    result, findings = normalised(dataset)
    found = result.distribution[0].media_type
    assert found == (uri(IANA + media_type) if media_type else None)
    assert findings[0].code == ("media-type-derived" if media_type else "media-type-invalid")


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"media_type": uri(IANA + "application/json")}, "JSON"),
        ({"download_url": (uri("https://a.example/BAUM.CSV"),)}, "CSV"),
        ({"download_url": (uri("https://a.example/baum.csv.gz"),)}, "CSV"),
        ({"access_url": (uri("https://a.example/b.zip"),)}, "ZIP"),
        (
            {
                "media_type": uri(IANA + "application/zip"),
                "download_url": (uri("https://a.example/baum.shp.zip"),),
            },
            "SHP",
        ),
        ({"access_url": (uri("https://a.example/export?format=csv"),)}, None),
        ({"access_url": (uri("https://stadt.zip/"),)}, None),
        ({"access_url": (uri("https://a.example/index.php"),)}, None),
        ({"media_type": uri(IANA + "application/octet-stream")}, None),
    ],
)
def test_a_missing_format_follows_from_media_type_or_file_name_only(
    fields: Mapping[str, object], code: str | None
) -> None:
    dataset, findings = normalised(distribution_with(format=None, **fields))
    found = dataset.distribution[0].format
    assert found == (uri(AUTHORITY + "file-type/" + code) if code else None)
    assert codes(findings) == (["format-added"] if code else [])


@pytest.mark.parametrize(
    ("value", "datatype", "after"),
    [
        ("6776.0", XSD + "decimal", "6776"),
        ("6776", None, "6776"),
        ("6776", XSD + "integer", "6776"),
        ("141 Bytes", None, "141"),
        ("4.8e3", XSD + "double", "4800"),
        ("3.07 KB", None, None),
        ("12.5", XSD + "decimal", None),
        ("-1", XSD + "integer", None),
        ("1e99", XSD + "double", None),
        ("viel", None, None),
    ],
)
def test_byte_size_is_a_whole_number_or_left_out(
    value: str, datatype: str | None, after: str | None
) -> None:
    size = Literal(value=value, datatype=datatype)
    dataset, findings = normalised(distribution_with(byte_size=size))
    wanted = Literal(value=after, datatype=XSD + "nonNegativeInteger") if after else None
    assert dataset.distribution[0].byte_size == wanted
    assert codes(findings) == ["byte-size-typed" if after else "byte-size-invalid"]


@pytest.mark.parametrize(
    ("value", "after", "code"),
    [
        (text("2026-01-02"), text("2026-01-02", datatype=XSD + "date"), "date-typed"),
        (text("2019", datatype=XSD + "date"), text("2019", datatype=XSD + "gYear"), "date-typed"),
        (
            text("2021-01-28 GMT 01:51:03.34919300", datatype=XSD + "dateTime"),
            text("2021-01-28T01:51:03.34919300Z", datatype=XSD + "dateTime"),
            "date-read",
        ),
        (text("28.1.2021"), text("2021-01-28", datatype=XSD + "date"), "date-read"),
        (text("2019-02-30"), text("2019-02-30"), "date-invalid"),
        (text("demnächst"), text("demnächst"), "date-invalid"),
    ],
)
def test_dates_are_typed_or_stay_as_written(value: Literal, after: Literal, code: str) -> None:
    dataset, findings = normalised(dataset_with(modified=value))
    assert dataset.modified == after
    assert codes(findings) == [code]


def test_a_right_date_without_zone_stays_as_it_is() -> None:
    naive = text("2017-08-01T10:46:45.590516", datatype=XSD + "dateTime")
    dataset, findings = normalised(dataset_with(issued=naive))
    assert dataset.issued == naive
    assert findings == []


def test_a_rewritten_time_states_the_zone_of_its_source() -> None:
    dataset = dataset_with(issued=text("2021-01-28 10:15"))
    local, _ = normalised(dataset)
    ckan, _ = normalised(dataset, source_type="ckan")
    assert local.issued is not None and local.issued.value == "2021-01-28T10:15:00+01:00"
    assert ckan.issued is not None and ckan.issued.value == "2021-01-28T10:15:00Z"


@pytest.mark.parametrize("value", ["", " ", "\n\t"])
def test_empty_values_are_removed_with_a_finding(value: str) -> None:
    dataset = dataset_with(
        keyword=(text("Baum"), text(value)),
        landing_page=(label(value),),
        distribution=(
            Distribution(
                uri=FILE,
                license=uri(LICENSES + "cc-zero"),
                access_url=(label(value),),
                format=label(value),
                media_type=label(value),
            ),
        ),
    )
    result, findings = normalised(dataset)
    assert result.keyword == (text("Baum"),)
    assert result.landing_page == ()
    assert result.distribution[0] == Distribution(uri=FILE, license=uri(LICENSES + "cc-zero"))
    assert codes(findings) == ["literal-empty"] * 5


def test_what_is_no_address_is_left_out_of_address_fields_only() -> None:
    dataset, findings = normalised(
        dataset_with(
            page=(label("siehe Webseite"), uri("javascript:alert(1)")),
            provenance=(label("vom Katasteramt"),),
        )
    )
    assert dataset.page == ()
    assert dataset.provenance == (label("vom Katasteramt"),)
    assert codes(findings) == ["iri-invalid", "iri-invalid"]


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [
        (label("amt@stadt.example"), "mailto:amt@stadt.example", "email-repaired"),
        (uri("amt@stadt.example"), "mailto:amt@stadt.example", "email-repaired"),
        (label("mailto:mailto:amt@stadt.example"), "mailto:amt@stadt.example", "email-repaired"),
        (uri("mailto:amt@stadt.example"), "mailto:amt@stadt.example", None),
        (label("e-government ät stadt.example"), None, "email-invalid"),
        (label("Post: mailto:amt@stadt.example"), None, "email-invalid"),
        (label("xmailto:amt@stadt.example"), None, "email-invalid"),
        (label("https://stadt.example/kontakt"), "https://stadt.example/kontakt", "email-invalid"),
    ],
)
def test_email_is_a_mailto_iri(before: Reference, after: str | None, code: str | None) -> None:
    contact, agent = ContactPoint(has_email=(before,)), Agent(mbox=(before,))
    dataset, findings = normalised(dataset_with(contact_point=(contact,), creator=(agent,)))
    wanted = (uri(after),) if after else ()
    assert dataset.contact_point[0].has_email == wanted
    assert dataset.creator[0].mbox == wanted
    assert codes(findings) == ([code, code] if code else [])


@pytest.mark.parametrize(
    ("number", "after"),
    [
        ("0381 381-0", "tel:+493813810"),
        ("tel:+49 (0)381 / 381 0", "tel:+493813810"),
        ("0049381381", "tel:+49381381"),
        ("Tel.: 089/233-00", "tel:+498923300"),
        ("381-0", None),
        ("Mo bis Fr 8-12 Uhr", None),
    ],
)
def test_telephone_is_a_tel_iri(number: str, after: str | None) -> None:
    contact = ContactPoint(has_telephone=(label(number),))
    dataset, findings = normalised(dataset_with(contact_point=(contact,)))
    assert dataset.contact_point[0].has_telephone == ((uri(after),) if after else ())
    assert codes(findings) == ["phone-repaired" if after else "phone-invalid"]


def test_old_properties_move_to_the_new_ones() -> None:
    agent = Agent(name=(text("Amt"),))
    start = text("2020-01-01", datatype=XSD + "date")
    dataset, findings = normalised(
        dataset_with(
            dcatde_originator=(agent,),
            dcatde_maintainer=(agent,),
            version_info=text("2"),
            dct_has_version=(uri("https://a.example/2"),),
            granularity=text("P1Y"),
            legal_basis=(text("https://data.europa.eu/eli/reg_impl/2023/138/oj"), text("§ 12a")),
            temporal=(PeriodOfTime(schema_start_date=start),),
            distribution=(
                Distribution(
                    uri=FILE,
                    license=uri(LICENSES + "cc-zero"),
                    planned_availability=uri(
                        "https://www.dcat-ap.de/def/plannedAvailability/stable"
                    ),
                ),
            ),
        )
    )
    assert dataset.originator == dataset.custodian == (agent,)
    assert dataset.dcatde_originator == dataset.dcatde_maintainer == ()
    assert (dataset.version, dataset.version_info) == (text("2"), None)
    assert dataset.has_version == (uri("https://a.example/2"),)
    assert dataset.granularity is None
    assert dataset.temporal_resolution == text("P1Y", datatype=XSD + "duration")
    assert dataset.legal_basis == (text("§ 12a"),)
    assert dataset.applicable_legislation == (
        uri("http://data.europa.eu/eli/reg_impl/2023/138/oj"),
    )
    assert dataset.temporal == (PeriodOfTime(start_date=start),)
    file = dataset.distribution[0]
    assert file.availability == uri(AUTHORITY + "planned-availability/STABLE")
    assert file.planned_availability is None
    assert set(codes(findings)) == {"property-outdated"}
    assert len(findings) == 8
    assert "http://schema.org/startDate" in {found.property for found in findings}
    assert findings[-1].property == DCATDE + "legalBasis"


def test_old_and_new_property_that_differ_both_stay() -> None:
    dataset = dataset_with(version=text("3"), version_info=text("2"))
    result, findings = normalised(dataset)
    assert result == dataset
    assert codes(findings) == ["property-conflict"]


def test_old_property_that_says_the_same_goes() -> None:
    dataset, findings = normalised(dataset_with(version=text("2"), version_info=text("2")))
    assert (dataset.version, dataset.version_info) == (text("2"), None)
    assert codes(findings) == ["property-outdated"]


def test_of_several_identifiers_the_first_stays() -> None:
    dataset, findings = normalised(dataset_with(identifier=(text("b"), text("c"), text("a"))))
    assert dataset.identifier == (text("a"),)
    assert dataset.other_identifier == (
        Identifier(notation=text("b")),
        Identifier(notation=text("c")),
    )
    assert [found.value for found in findings] == ["b → adms:identifier", "c → adms:identifier"]


def test_without_identifier_the_portals_own_is_written() -> None:
    dataset, findings = normalised(dataset_with(identifier=()), source_identifier="id-7")
    assert dataset.identifier == (text("id-7"),)
    assert codes(findings) == ["identifier-added"]


def test_without_title_a_stand_in_is_marked_as_ours() -> None:
    dataset, findings = normalised(
        dataset_with(title=(text(" "),), identifier=()), source_identifier="id-7"
    )
    assert dataset.title == (text("Ohne Titel (id-7)", language="de"),)
    assert codes(findings) == ["literal-empty", "identifier-added", "title-missing"]
    assert findings[-1].severity is Severity.ERROR


def test_the_portal_file_fills_what_is_missing_and_nothing_else() -> None:
    settings = {
        "publisher": "Stadt Beispiel",
        "contact": ContactPoint(
            fn=(text("Amt"),), has_telephone=(label("0381 381-0"),), has_url=(label(" "),)
        ),
        "contributor_id": CONTRIBUTORS + "openDataBayern",
        "municipality": "091620000000",
    }
    dataset, findings = normalised(dataset_with(), **settings)
    assert dataset.publisher == Agent(name=(text("Stadt Beispiel"),))
    assert dataset.contact_point == (
        ContactPoint(fn=(text("Amt"),), has_telephone=(uri("tel:+493813810"),)),
    )
    assert dataset.contributor_id == (uri(CONTRIBUTORS + "openDataBayern"),)
    area = GEOCODING + "municipalityKey/09162000"
    assert dataset.political_geocoding_uri == (uri(area),)
    assert dataset.political_geocoding_level_uri == (uri(GEOCODING + "Level/municipality"),)
    assert dataset.spatial == (Location(uri=area),)
    assert codes(findings) == [
        "publisher-added",
        "contact-added",
        "contributor-added",
        "geocoding-added",
        "level-added",
        "spatial-added",
    ]
    assert {found.severity for found in findings} == {Severity.INFO}
    given, findings = normalised(
        dataset_with(
            publisher=Agent(name=(text("Amt"),)),
            contact_point=(ContactPoint(fn=(text("Wir"),)),),
            contributor_id=(uri(CONTRIBUTORS + "openNRW"),),
            political_geocoding_uri=(uri(GEOCODING + "stateKey/05"),),
            spatial=(Location(uri="https://sws.geonames.org/1/"),),
        ),
        **settings,
    )
    assert codes(findings) == ["level-added"]
    assert given.political_geocoding_level_uri == (uri(GEOCODING + "Level/state"),)


def test_the_municipality_is_not_added_to_a_dataset_about_another_level() -> None:
    state = (uri(GEOCODING + "Level/state"),)
    dataset, findings = normalised(
        dataset_with(political_geocoding_level_uri=state), municipality="09162000"
    )
    assert dataset.political_geocoding_uri == ()
    assert dataset.spatial == ()
    assert findings == []


def test_a_place_that_is_known_comes_with_its_point_or_box() -> None:
    town, _ = normalised(dataset_with(), municipality="09162000", centroid=(11.575, 48.137))
    assert town.spatial[0].centroid == text("POINT(11.575 48.137)", datatype=GSP + "wktLiteral")
    land, _ = normalised(dataset_with(), municipality="09")
    assert land.spatial[0].bbox is not None


def test_a_node_without_type_gets_the_one_its_place_asks_for() -> None:
    dataset, findings = normalised(
        dataset_with(
            publisher=Agent(name=(text("Amt"),), untyped=True),
            spatial=(Location(uri="https://sws.geonames.org/1/", untyped=True),),
        )
    )
    assert dataset.publisher == Agent(name=(text("Amt"),))
    assert dataset.spatial[0].untyped  # a bare IRI may be described elsewhere
    assert [(found.code, found.property) for found in findings] == [
        ("type-added", DCT + "publisher")
    ]


def test_text_keeps_its_form_and_loses_only_what_no_reader_accepts() -> None:
    title = text(" <b>Bäume</b> \n")
    dataset, findings = normalised(
        dataset_with(
            title=(title,),
            description=(
                text("a\x00b"),
                text("Ba\u0308ume", language="de"),
                text("arbres", language="français"),
            ),
        )
    )
    assert dataset.title == (title,)
    assert dataset.description == (text("ab"), text("Bäume", language="de"), text("arbres"))
    assert codes(findings) == ["text-invalid", "text-decomposed", "language-tag-invalid"]
    assert findings[0].value == "a\\u0000b → ab"


def test_the_iri_of_a_node_is_repaired_or_goes() -> None:
    dataset, findings = normalised(distribution_with(uri="https://a.example/alle bäume"))
    assert dataset.distribution[0].uri == "https://a.example/alle%20bäume"
    assert [(found.code, found.property) for found in findings] == [
        ("iri-repaired", DCAT + "distribution")
    ]
    dataset, findings = normalised(distribution_with(uri="Datei 1"))
    assert dataset.distribution[0].uri is None
    assert codes(findings) == ["iri-invalid"]


def test_classes_that_are_no_iris_go() -> None:
    agent = Agent(name=(text("Amt"),), classes=("Amt", FOAF + "Organization"))
    dataset, findings = normalised(dataset_with(creator=(agent,)))
    assert dataset.creator[0].classes == (FOAF + "Organization",)
    assert [(found.code, found.property, found.value) for found in findings] == [
        ("iri-invalid", RDF + "type", "Amt → (entfernt)")
    ]


def test_a_repaired_iri_is_the_one_that_the_reader_put_into_the_kept_triples() -> None:
    rdf = (
        b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
        b'xmlns:dcat="http://www.w3.org/ns/dcat#" xmlns:dct="http://purl.org/dc/terms/">'
        b'<dcat:Dataset rdf:about="https://a.example/1"><dcat:distribution>'
        b'<dcat:Distribution rdf:about="https://a.example/alle b">'
        b"<dct:abstract>x</dct:abstract></dcat:Distribution></dcat:distribution></dcat:Dataset>"
        b"</rdf:RDF>"
    )
    triples = [quad.triple for quad in parse(rdf, format=RdfFormat.RDF_XML, lenient=True)]
    reading = dataset_from_rdf(Description(triples), "https://a.example/1")
    result = normalise(reading.dataset, reading.kept, context())
    (distribution,) = result.dataset.distribution
    assert distribution.uri == "https://a.example/alle%20b"
    assert result.kept == (f'<{distribution.uri}> <http://purl.org/dc/terms/abstract> "x" .',)


def test_a_second_value_is_normalised_too_and_goes_where_it_says_the_same() -> None:
    dataset = distribution_with(format=label("csv"))
    kept = (
        f'<{FILE}> <http://purl.org/dc/terms/abstract> "a" .',
        f'<{FILE}> <http://purl.org/dc/terms/format> "text/csv" .',
        f'<{FILE}> <http://purl.org/dc/terms/license> "cc-by" .',
        f'<{FILE}> <http://purl.org/dc/terms/modified> "28.1.2021" .',
        f'<{FILE}> <http://purl.org/dc/terms/rights> " " .',
    )
    result = normalise(dataset, kept, context())
    assert result.dataset.distribution[0].format == uri(AUTHORITY + "file-type/CSV")
    assert result.kept == (
        kept[0],
        f"<{FILE}> <http://purl.org/dc/terms/license> <{LICENSES}cc-by> .",
        f'<{FILE}> <http://purl.org/dc/terms/modified> "2021-01-28"^^<{XSD}date> .',
    )
    assert [(found.code, found.subject) for found in result.findings] == [
        ("concept-as-text", FILE),
        ("concept-as-text", FILE),
        ("concept-as-text", FILE),
        ("date-read", FILE),
        ("literal-empty", FILE),
    ]
    again = normalise(result.dataset, result.kept, context())
    assert (again.dataset, again.kept, again.findings) == (result.dataset, result.kept, ())


def test_findings_name_the_distribution_by_iri_or_else_by_its_file() -> None:
    dataset = dataset_with(
        distribution=(
            Distribution(uri="_:b1", download_url=(label(FILE),)),
            Distribution(),
        )
    )
    _, findings = normalised(dataset)
    missing = [found.subject for found in findings if found.code == "license-missing"]
    assert missing == [FILE, SUBJECT]


def test_values_of_services_series_and_checksums_are_normalised_too() -> None:
    service = DataService(
        endpoint_url=(label("https://a.example/wfs"),),
        license=label("cc-zero"),
        format=(label("wfs"),),
    )
    dataset, _ = normalised(
        dataset_with(
            in_series=(DatasetSeries(accrual_periodicity=label("jährlich")),),
            distribution=(
                Distribution(
                    uri=FILE,
                    license=uri(LICENSES + "cc-zero"),
                    access_service=(service,),
                    checksum=Checksum(
                        algorithm=uri("http://dcat-ap.de/def/hashAlgorithms/md/5"),
                        checksum_value=text("0aF1"),
                    ),
                ),
            ),
        )
    )
    assert dataset.in_series[0].accrual_periodicity == uri(AUTHORITY + "frequency/ANNUAL")
    found = dataset.distribution[0]
    assert found.access_service[0] == DataService(
        endpoint_url=(uri("https://a.example/wfs"),),
        license=uri(LICENSES + "cc-zero"),
        format=(uri(AUTHORITY + "file-type/WFS_SRVC"),),
    )
    assert found.checksum == Checksum(
        algorithm=uri("http://spdx.org/rdf/terms#checksumAlgorithm_md5"),
        checksum_value=text("0aF1", datatype=XSD + "hexBinary"),
    )


def test_finding_names_subject_and_property() -> None:
    _, findings = normalised(dataset_with(creator=(Agent(type=label("Kommune")),)))
    assert (findings[0].subject, findings[0].property) == (SUBJECT, DCT + "type")
    _, findings = normalised(distribution_with(status=label("fertig")))
    assert (findings[0].subject, findings[0].property) == (FILE, ADMS + "status")
    _, findings = normalised(dataset_with(landing_page=(label("x"),)))
    assert findings[0].property == DCAT + "landingPage"
    _, findings = normalised(dataset_with(creator=(Agent(homepage=(label("x"),)),)))
    assert findings[0].property == FOAF + "homepage"
