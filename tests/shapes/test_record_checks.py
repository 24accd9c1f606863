"""The record checks: each with a record that passes and one that fails."""

from datetime import date

import pytest

from datenernte_dcat.findings import Finding, Severity
from datenernte_dcat.records import Dataset, Distribution, Literal, PeriodOfTime, Reference
from datenernte_dcat.texts import finding
from datenernte_validators.record_checks import SAME_FAULT, check_record, without_repeats
from datenernte_validators.shapes.profiles import rule_codes

TODAY = date(2026, 3, 15)


def text(value: str) -> tuple[Literal, ...]:
    return (Literal(value=value),)


def url(value: str) -> tuple[Reference, ...]:
    return (Reference(uri=value),)


def complete(**changes: object) -> Dataset:
    fields: dict[str, object] = {
        "uri": "https://daten.example/d",
        "title": text("Bäume"),
        "description": text("Alle Bäume der Stadt."),
        "distribution": (Distribution(access_url=url("https://daten.example/baum.csv")),),
    }
    return Dataset(**(fields | changes))  # type: ignore[arg-type]


def codes(dataset: Dataset) -> list[str]:
    return [found.code for found in check_record(dataset, TODAY)]


def test_a_complete_record_has_no_finding() -> None:
    assert codes(complete()) == []


@pytest.mark.parametrize("description", [(), text(""), text("  \n")])
def test_a_description_without_words_is_missing(description: tuple[Literal, ...]) -> None:
    (found,) = check_record(complete(description=description), TODAY)
    assert (found.code, found.severity) == ("description-missing", Severity.ERROR)
    assert found.subject == "https://daten.example/d"
    assert found.property == "http://purl.org/dc/terms/description"


def test_a_description_must_say_more_than_the_title() -> None:
    assert codes(complete(description=text(" BÄUME "))) == ["description-repeats-title"]
    assert codes(complete(description=text("Bäume der Stadt"))) == []


def test_a_dataset_without_data_is_reported() -> None:
    assert codes(complete(distribution=())) == ["distribution-missing"]


@pytest.mark.parametrize(
    ("distribution", "missing"),
    [
        (Distribution(), True),
        (Distribution(access_url=(Reference(label=Literal(value=" ")),)), True),
        (Distribution(access_url=(Reference(label=Literal(value="http://a.de")),)), False),
        (Distribution(download_url=url("https://daten.example/baum.csv")), False),
    ],
)
def test_a_distribution_needs_an_address(distribution: Distribution, missing: bool) -> None:
    found = list(check_record(complete(distribution=(distribution,)), TODAY))
    assert [one.code for one in found] == ["access-url-missing"] * missing
    assert all(one.severity is Severity.ERROR for one in found)


def test_a_distribution_is_named_by_its_title_or_iri() -> None:
    named = Distribution(uri="https://daten.example/v", title=text("Liste"))
    (found,) = check_record(complete(distribution=(named,)), TODAY)
    assert found.subject == "https://daten.example/v"
    assert "Liste" in found.message


def test_the_same_file_twice_is_a_note() -> None:
    csv = Distribution(access_url=url("https://a.de"), download_url=url("https://a.de/x.csv"))
    zipped = Distribution(
        access_url=url("https://a.de"),
        download_url=url("https://a.de/x.csv"),
        format=Reference(label=Literal(value="ZIP")),
    )
    assert codes(complete(distribution=(csv, csv))) == ["distribution-repeated"]
    assert codes(complete(distribution=(csv, zipped))) == []


@pytest.mark.parametrize(
    ("value", "future"),
    [
        ("2026-03-15", False),
        ("2026-03-16", False),
        ("2026-03-17", True),
        ("2026-03-16T23:59:59Z", False),
        ("2027", True),
        ("2026", False),
        ("2026-04", True),
        ("31.12.2026", True),
        ("irgendwann", False),
        ("", False),
    ],
)
def test_a_date_must_not_lie_in_the_future(value: str, future: bool) -> None:
    assert codes(complete(modified=Literal(value=value))) == ["date-in-future"] * future


def test_dates_of_distributions_are_checked_too() -> None:
    late = Distribution(
        uri="https://daten.example/v",
        access_url=url("https://a.de"),
        issued=Literal(value="2030-01-01"),
    )
    (found,) = check_record(complete(distribution=(late,)), TODAY)
    assert (found.code, found.subject) == ("date-in-future", "https://daten.example/v")
    assert "15.03.2026" in found.message


@pytest.mark.parametrize(
    ("issued", "modified", "contradiction"),
    [
        ("2024-05-01", "2024-04-30", True),
        ("2024-05-01", "2024-05-01", False),
        ("2024-05-01T10:00:00Z", "2024-05-01T09:00:00Z", False),
        ("2024-05-01", "2024", False),
        ("2024-05-01", "2023", True),
        ("2024-05", "2024-05-01", False),
        ("2024-05-01", "nie", False),
    ],
)
def test_a_change_cannot_precede_the_publication(
    issued: str, modified: str, contradiction: bool
) -> None:
    dataset = complete(issued=Literal(value=issued), modified=Literal(value=modified))
    assert codes(dataset) == ["modified-before-issued"] * contradiction


@pytest.mark.parametrize(
    ("start", "end", "reversed_"), [("2024-01-01", "2023-12-31", True), ("2024", "2024-06", False)]
)
def test_a_period_must_not_end_before_it_begins(start: str, end: str, reversed_: bool) -> None:
    first, last = Literal(value=start), Literal(value=end)
    for period in (
        PeriodOfTime(start_date=first, end_date=last),
        PeriodOfTime(schema_start_date=first, schema_end_date=last),
    ):
        assert codes(complete(temporal=(period,))) == ["period-reversed"] * reversed_


def test_findings_name_the_published_iri_where_it_is_given() -> None:
    (found,) = check_record(complete(uri=None, distribution=()), TODAY, subject="https://a.de/1")
    assert found.subject == "https://a.de/1"


def shape_finding(code: str, subject: str) -> Finding:
    return Finding(code=code, severity=Severity.ERROR, subject=subject, message="Regel.")


def test_one_fault_is_said_once_and_with_the_worse_severity() -> None:
    ours = finding("license-missing", subject="https://a.de/v")
    assert ours.severity is Severity.WARNING
    (kept,) = without_repeats(
        [ours, shape_finding("shacl-distribution-license-min-count", "https://a.de/v")]
    )
    assert (kept.code, kept.severity) == ("license-missing", Severity.ERROR)
    assert kept.message == ours.message


def test_faults_of_other_subjects_stay() -> None:
    both = [
        finding("description-missing", subject="https://a.de/1"),
        shape_finding("shacl-dataset-description-min-count", "https://a.de/2"),
        shape_finding("shacl-dataset-title-min-count", "https://a.de/1"),
    ]
    assert without_repeats(both) == both


def test_the_table_of_same_faults_names_real_codes() -> None:
    assert frozenset[str]().union(*SAME_FAULT.values()) <= rule_codes()


def test_wrongly_decoded_words_are_named_and_stay() -> None:
    dataset = Dataset(title=(Literal(value="StraÃŸenbÃ¤ume"),), keyword=(Literal(value="Bäume"),))

    found = [one for one in check_record(dataset, TODAY) if one.code == "text-mojibake"]

    assert [one.value for one in found] == ["StraÃŸenbÃ¤ume"]


def test_an_address_written_as_text_must_be_one_of_the_web() -> None:
    def about(url: str) -> list[str]:
        place = Reference(label=Literal(value=url))
        files = (Distribution(access_url=(place,), download_url=(place,)),)
        dataset = Dataset(distribution=files)
        return [one.code for one in check_record(dataset, TODAY) if one.code == "net-scheme"]

    assert about("file:///etc/passwd") == ["net-scheme"]
    assert about("ftp://ftp.example.org/a.csv") == ["net-scheme"]
    assert about("https://www.example.org/a b.csv") == []
    assert about("siehe Rathaus: Zimmer 3") == []
