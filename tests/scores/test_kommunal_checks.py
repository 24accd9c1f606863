"""Kommunal-Score: every check of a dataset and of a file, reachability, and the look into a file."""

from datetime import timedelta
from fractions import Fraction
from typing import Any

import msgspec
import pytest
from tests.scores.conftest import (
    AS_OF,
    CSV_URL,
    FILE_TYPE,
    FREQUENCY,
    IANA,
    LICENSE,
    LONG,
    changed,
    german,
    iri,
    label,
    link,
    perfect,
    table_report,
    value_of,
)

from datenernte_dcat.records import (
    Agent,
    ContactPoint,
    DataService,
    Dataset,
    Literal,
    Location,
    PeriodOfTime,
)
from datenernte_validators.scores.kommunal.content import (
    cell_value,
    judge_file,
    row_value,
    weighted,
)
from datenernte_validators.scores.kommunal.evidence import (
    DatasetEvidence,
    FileEvidence,
    LinkEvidence,
    Observed,
    Violations,
    observe,
    reachability,
)
from datenernte_validators.scores.kommunal.file_checks import data_files
from datenernte_validators.scores.kommunal.method import NOT_APPLICABLE, ONE, UNKNOWN, method
from datenernte_validators.scores.kommunal.own_checks import last_update, promise_kept

HALF = ONE // 2
MODIFIED = {"modified": Literal(value="2025-12-31")}


@pytest.mark.parametrize("check", [*method().own_checks, *method().file_checks])
def test_a_perfect_dataset_fulfils_every_check_that_applies(check: str) -> None:
    expected = NOT_APPLICABLE if check == "R4" else ONE
    assert value_of(perfect(), check).value == expected
    assert value_of(perfect(), check).cause == ""


OWN_CASES: list[tuple[str, dict[str, Any], int, str]] = [
    ("F1", {"title": ()}, 0, "missing"),
    ("F1", {"title": german("k. A.")}, 0, "missing"),
    ("F1", {"title": german("Bäume")}, HALF, "length"),
    ("F1", {"title": german("B" + "ä" * 120)}, HALF, "length"),
    ("F1", {"title": german("Baumkataster")}, ONE, ""),
    ("F1", {"title": german("baumkataster_2025.csv")}, HALF, "name"),
    ("F1", {"title": german("8f14e45f-ceea-467f-a0e6-d3f1a2b3c4d5")}, HALF, "name"),
    ("F1", {"title": german("WMS_2025-01")}, HALF, "name"),
    ("F1", {"title": (Literal(value="Tree cadastre of the city", language="en"),)}, HALF,
     "language"),
    ("F2", {"description": ()}, 0, "missing"),
    ("F2", {"description": german("n/a")}, 0, "placeholder"),
    ("F2", {"description": german("Baumkataster  Musterstadt 2025")}, 0, "title"),
    ("F2", {"description": german("x" * 99)}, HALF, "short"),
    ("F2", {"description": german("Daten " * 17)}, ONE, ""),
    ("F3", {"keyword": ()}, 0, "missing"),
    ("F3", {"keyword": german("test", "-")}, 0, "missing"),
    ("F3", {"keyword": german("Baum", "baum")}, HALF, "few"),
    ("F3", {"keyword": german(*(f"Wort {n}" for n in range(15)))}, ONE, ""),
    ("F3", {"keyword": german(*(f"Wort {n}" for n in range(16)))}, ONE * 3 // 4, "many"),
    ("F4", {"theme": ()}, 0, "missing"),
    ("F4", {"theme": (label("Umwelt"),)}, ONE * 3 // 10, "other"),
    ("F5", {"political_geocoding_uri": ()}, 0, "missing"),
    ("F5", {"political_geocoding_uri": (), "spatial": (Location(pref_label=german("Hof")),)},
     HALF, "text"),
    ("F5", {"political_geocoding_uri": (), "spatial": (Location(bbox=Literal(value="POLYGON"),),)},
     ONE, ""),
    ("F5", {"political_geocoding_uri": (iri("http://dcat-ap.de/def/politicalGeocoding/x/1"),)}, 0,
     "missing"),
    ("F6", {"temporal": ()}, 0, "missing"),
    ("F6", {"temporal": (PeriodOfTime(end_date=Literal(value="irgendwann")),)}, 0, "invalid"),
    ("F6", {"temporal": (PeriodOfTime(schema_end_date=Literal(value="2020")),)}, ONE, ""),
    ("F6", {"temporal": (), "accrual_periodicity": iri(FREQUENCY + "UPDATE_CONT")},
     NOT_APPLICABLE, ""),
    ("F7", {"identifier": ()}, 0, "missing"),
    ("R5", {"contact_point": ()}, 0, "missing"),
    ("R5", {"contact_point": (ContactPoint(fn=german("Amt")),)}, ONE * 3 // 10, "name"),
    ("R5", {"contact_point": (ContactPoint(has_email=(label("kein Kontakt"),)),)}, 0, "missing"),
    ("R5", {"contact_point": (ContactPoint(has_url=(iri("https://stadt.example/k"),)),)}, ONE, ""),
    ("R6", {"publisher": None}, 0, "missing"),
    ("R6", {"publisher": Agent(name=german("test"))}, 0, "missing"),
    ("R7", {"access_rights": None}, 0, "missing"),
    ("R7", {"access_rights": label("offen")}, 0, "other"),
    ("R7", {"access_rights": iri(
        "http://publications.europa.eu/resource/authority/access-right/RESTRICTED")}, 0, "other"),
    ("C1", {"issued": None}, 0, "missing"),
    ("C1", {"issued": Literal(value="2026-02-30")}, 0, "invalid"),
    ("C1", {"issued": Literal(value="2026-03-03")}, 0, "future"),
    ("C1", {"issued": Literal(value="2026-03-02")}, ONE, ""),
    ("C2", {"modified": None}, 0, "missing"),
    ("C2", {"modified": Literal(value="2025-05-31")}, 0, "before"),
    ("C2", {"modified": Literal(value="2099-01-01")}, 0, "future"),
    ("C4", {"page": ()}, 0, "missing"),
    ("C4", {"page": (), "landing_page": (iri("https://stadt.example/"),)}, HALF, "landing"),
    ("C4", {"page": (label("eins"),)}, 0, "missing"),
    ("T1", {"accrual_periodicity": None}, 0, "missing"),
    ("T1", {"accrual_periodicity": label("jährlich")}, 0, "other"),
    ("T1", {"accrual_periodicity": iri(FREQUENCY + "UNKNOWN")}, 0, "unknown"),
    ("T2", {"accrual_periodicity": None}, NOT_APPLICABLE, ""),
    ("T2", {"accrual_periodicity": iri(FREQUENCY + "NEVER"), "modified": None}, ONE, ""),
    ("T2", {"accrual_periodicity": iri(FREQUENCY + "DAILY")}, 0, "overdue"),
    ("T2", {"modified": None}, UNKNOWN, ""),
]  # fmt: skip


@pytest.mark.parametrize(("check", "fields", "value", "cause"), OWN_CASES)
def test_checks_of_a_dataset(check: str, fields: dict[str, Any], value: int, cause: str) -> None:
    judgement = value_of(changed(perfect(), **fields), check)
    assert (judgement.value, judgement.cause) == (value, cause)


def test_a_title_that_another_dataset_has_is_worth_half() -> None:
    judgement = value_of(msgspec.structs.replace(perfect(), title_unique=False), "F1")
    assert (judgement.value, judgement.cause) == (HALF, "twice")


def test_the_identity_is_proven_by_a_second_day() -> None:
    first = msgspec.structs.replace(perfect(), first_seen=AS_OF)
    assert value_of(first, "F7").value == UNKNOWN


def test_another_access_right_needs_a_reason() -> None:
    restricted = iri("http://publications.europa.eu/resource/authority/access-right/RESTRICTED")
    one = perfect().dataset.distribution[0]
    reasoned = msgspec.structs.replace(one, rights=label("Schutz von Nistplätzen"))
    evidence = changed(perfect(), access_rights=restricted, distribution=(reasoned,))
    assert value_of(evidence, "R7").value == ONE


@pytest.mark.parametrize(
    ("errors", "warnings", "value"),
    [(0, 0, 1), (1, 0, 0.7), (2, 0, 0.49), (0, 1, 0.95), (1, 1, 0.665)],
)
def test_conformance_counts_kinds_of_faults(errors: int, warnings: int, value: float) -> None:
    violations = Violations(
        errors=frozenset(f"shacl-dataset-{n}" for n in range(errors)),
        warnings=frozenset(f"shacl-agent-{n}" for n in range(warnings)),
    )
    found = value_of(msgspec.structs.replace(perfect(), violations=violations), "K")
    assert found.value == round(value * ONE)


def test_what_is_the_portals_matter_costs_no_conformance() -> None:
    codes = frozenset({"shacl-dataset-contributor-id-node", "shacl-catalog-title-min-count"})
    evidence = msgspec.structs.replace(perfect(), violations=Violations(errors=codes))
    assert value_of(evidence, "K").value == ONE


def test_conformance_that_nobody_judged_is_unknown() -> None:
    evidence = msgspec.structs.replace(perfect(), violations=None)
    assert value_of(evidence, "K").value == UNKNOWN


def file_case(link_: LinkEvidence | None = None, **fields: Any) -> DatasetEvidence:
    """The perfect dataset with another distribution; a link replaces the file's."""
    evidence = perfect()
    one = msgspec.structs.replace(evidence.dataset.distribution[0], **fields)
    evidence = changed(evidence, distribution=(one,))
    if link_ is not None:
        links = {**evidence.links, link_.url: link_}
        evidence = msgspec.structs.replace(evidence, links=links, files={}, file_urls={})
    return evidence


def csv_link(**known: Any) -> LinkEvidence:
    fields: dict[str, Any] = {"content_type": "text/csv", "status": 200} | known
    return link(CSV_URL, **fields)


FILE_CASES: list[tuple[str, DatasetEvidence, int, str]] = [
    ("A1", file_case(access_url=()), 0, "missing"),
    ("A1", file_case(link(CSV_URL, "broken", status=404)), 0, "dead"),
    ("A1", file_case(link(CSV_URL, "forbidden")), 0, "dead"),
    ("A1", file_case(link(CSV_URL, "blocked", status=403)), UNKNOWN, ""),
    ("A1", file_case(link(CSV_URL, "blocked", days=31, status=403)), HALF, "blocked"),
    ("A2", file_case(download_url=()), 0, "missing"),
    ("A2", file_case(download_url=(), access_service=(DataService(
        endpoint_url=(iri("https://stadt.example/wfs"),)),)), ONE, ""),
    ("A2", file_case(download_url=(), format=iri(FILE_TYPE + "WFS_SRVC")), ONE, ""),
    ("A3", file_case(download_url=()), 0, ""),
    ("A3", file_case(link(CSV_URL, "timeout")), 0, "dead"),
    ("A4", file_case(csv_link(content_type="text/html")), 0, "page"),
    ("A4", file_case(csv_link(content_length=0)), 0, "empty"),
    ("A4", file_case(link(CSV_URL, "broken")), NOT_APPLICABLE, ""),
    ("A5", file_case(msgspec.structs.replace(
        csv_link(), final_url="http://stadt.example/b.csv")), 0, "http"),
    ("A5", file_case(link(CSV_URL, "error", code="tls-expired")), 0, "tls"),
    ("A5", file_case(link(CSV_URL, "blocked", status=401)), 0, "login"),
    ("A5", file_case(link(CSV_URL, "blocked", status=403)), UNKNOWN, ""),
    ("I1", file_case(csv_link(content_type=None)), ONE * 7 // 10, "unconfirmed"),
    ("I1", file_case(csv_link(content_type="application/pdf"),
                     format=iri(FILE_TYPE + "PDF")), 0, "format"),
    ("I1", file_case(csv_link(content_type="application/pdf")), 0, "format"),
    ("I2", file_case(csv_link(content_type=None), format=iri(FILE_TYPE + "XLS"),
                     media_type=None), 0, "format"),
    ("I2", file_case(csv_link(content_type=None), format=iri(FILE_TYPE + "GPKG"),
                     media_type=None), ONE, ""),
    ("I3", file_case(format=None), 0, "missing"),
    ("I3", file_case(format=label("CSV")), 0, "text"),
    ("I3", file_case(format=iri("https://stadt.example/CSV")), 0, "text"),
    ("I4", file_case(media_type=None), 0, "missing"),
    ("I4", file_case(media_type=label("Tabelle")), 0, "unknown"),
    ("I5", file_case(format=None, media_type=None), 0, "nothing"),
    ("I5", file_case(csv_link(content_type=None)), UNKNOWN, ""),
    ("I5", file_case(csv_link(content_type="text/plain")), HALF, "minor"),
    ("I5", file_case(csv_link(content_type="text/html")), 0, "conflict"),
    ("I5", file_case(csv_link(content_type="application/json")), HALF, "minor"),
    ("I5", file_case(csv_link(), media_type=iri(IANA + "application/pdf")), 0, "conflict"),
    ("R1", file_case(license=None), 0, "missing"),
    ("R1", file_case(license=label("DL-DE BY")), ONE, ""),
    ("R2", file_case(license=label("DL-DE BY")), 0, "text"),
    ("R2", file_case(license=iri("https://stadt.example/lizenz")), 0, "other"),
    ("R3", file_case(license=label("DL-DE BY")), 0, "unclear"),
    ("R3", file_case(license=iri(LICENSE + "cc-by-nc/4.0")), 0, "closed"),
    ("R4", file_case(license=iri(LICENSE + "dl-by-de/2.0")), 0, "missing"),
    ("R4", file_case(license=iri(LICENSE + "dl-by-de/2.0"),
                     license_attribution_by_text=german("Stadt Musterstadt")), ONE, ""),
    ("R4", file_case(license=label("DL-DE BY")), NOT_APPLICABLE, ""),
    ("C3", file_case(byte_size=None), 0, "missing"),
    ("C3", file_case(byte_size=Literal(value="0")), 0, "invalid"),
    ("C3", file_case(byte_size=Literal(value="1e999999999")), 0, "invalid"),
    ("C3", file_case(byte_size=Literal(value="1100")), ONE, ""),
    ("C3", file_case(byte_size=Literal(value="1101")), 0, "wrong"),
    ("C3", file_case(csv_link(content_length=None)), HALF, "unconfirmed"),
    ("C5", file_case(availability=None), 0, "missing"),
    ("C5", file_case(availability=label("dauerhaft")), 0, "other"),
]  # fmt: skip


@pytest.mark.parametrize(("check", "evidence", "value", "cause"), FILE_CASES)
def test_checks_of_a_file(check: str, evidence: DatasetEvidence, value: int, cause: str) -> None:
    judgement = value_of(evidence, check)
    assert (judgement.value, judgement.cause) == (value, cause)


def test_recent_probes_weigh_more() -> None:
    fourteen = AS_OF - timedelta(days=14)
    changes = ((AS_OF - timedelta(days=300), "ok"), (fourteen, "broken"))
    one = LinkEvidence(url="u", outcome="broken", changes=changes, last=AS_OF)
    weights = [0.5 ** (age / 14) for age in range(31)]
    assert reachability(one, AS_OF) == pytest.approx(ONE * sum(weights[15:]) / sum(weights), abs=2)


def test_a_single_probe_decides_alone_and_an_old_one_says_nothing() -> None:
    assert reachability(link("u"), AS_OF) == ONE
    assert reachability(link("u", "broken"), AS_OF) == 0
    assert reachability(link("u"), AS_OF + timedelta(days=31)) == UNKNOWN
    assert reachability(None, AS_OF) == UNKNOWN


def test_blocked_days_are_no_failures() -> None:
    changes = ((AS_OF - timedelta(days=10), "ok"), (AS_OF - timedelta(days=3), "blocked"))
    assert (
        reachability(LinkEvidence(url="u", outcome="blocked", changes=changes, last=AS_OF), AS_OF)
        == ONE
    )


def test_documentation_beside_data_is_left_out_and_alone_it_is_data() -> None:
    evidence = perfect()
    readme = msgspec.structs.replace(
        evidence.dataset.distribution[0], uri="readme", title=german("README"),
        format=iri(FILE_TYPE + "PDF"), media_type=None,
    )  # fmt: skip
    both = changed(evidence, distribution=(*evidence.dataset.distribution, readme))
    assert [position for position, _ in data_files(both, AS_OF)] == [0]
    assert len(data_files(changed(evidence, distribution=(readme,)), AS_OF)) == 1


@pytest.mark.parametrize(
    ("days", "since", "value"),
    [(365, 0, 1.0), (365, 456, 1.0), (365, 730, 0.625), (365, 1187, 0.0), (1, 2, 1.0), (1, 3, 0.5)],
)
def test_the_promise_decays_over_two_periods(days: int, since: int, value: float) -> None:
    assert promise_kept(days, since) == pytest.approx(value * ONE, abs=1000)


def test_the_example_of_a_yearly_promise_is_five_eighths() -> None:
    assert promise_kept(365, 730) == 625_000


def test_a_touched_date_does_not_refute_unchanged_content() -> None:
    yesterday = AS_OF - timedelta(days=200)
    seen = Observed(contents={"u": "a"}, since=yesterday)
    evidence = msgspec.structs.replace(
        changed(perfect(), modified=Literal(value="2026-03-01")), observed=seen
    )
    assert last_update(evidence, AS_OF) == yesterday
    assert last_update(msgspec.structs.replace(evidence, observed=Observed()), AS_OF) == AS_OF


def test_an_observed_change_counts_without_a_date() -> None:
    seen = Observed(contents={"u": "a"}, since=AS_OF, changed=True)
    evidence = msgspec.structs.replace(changed(perfect(), modified=None), observed=seen)
    assert last_update(evidence, AS_OF) == AS_OF


def test_observing_tells_changes_from_failed_and_unchanged_fetches() -> None:
    def file(digest: str | None, url: str = "u") -> FileEvidence:
        return FileEvidence(url=url, content_hash=digest)

    later, last = AS_OF + timedelta(days=1), AS_OF + timedelta(days=2)
    first = observe(Observed(), [file("a" * 64)], AS_OF)
    assert (first.since, first.changed) == (AS_OF, False)
    assert observe(first, [file("a" * 64)], later) == first
    assert observe(first, [file(None)], later) == first
    assert observe(observe(first, [file(None)], later), [file("a" * 64)], last) == first
    changed_ = observe(first, [file("b" * 64)], later)
    assert (changed_.since, changed_.changed) == (later, True)
    assert observe(first, [file("a" * 64), file("c" * 64, "v")], later).since == later
    assert observe(Observed(), [file(None)], AS_OF).since is None


def errors(*types: str, row: int | None = None, field: int | None = None) -> dict[str, Any]:
    found = [{"type": kind, "rowNumber": row, "fieldNumber": field} for kind in types]
    return {"errors": [], "tasks": [{"errors": found}]}


def parts_of(**fields: Any) -> tuple[int, ...] | None:
    report = table_report(**fields)
    return judge_file(FileEvidence(url="u", content_hash="a", report=report), False).parts


@pytest.mark.parametrize(
    ("share", "value"), [(0, 1), (0.01, 0.8), (0.025, 0.5), (0.05, 0), (0.5, 0)]
)
def test_rows_are_worth_nothing_from_five_percent_faults(share: float, value: float) -> None:
    assert row_value(Fraction(str(share))) == round(value * ONE)


@pytest.mark.parametrize(("share", "value"), [(0, 1), (0.01, 0.5), (0.02, 0), (1, 0)])
def test_cells_are_worth_nothing_from_two_percent_faults(share: float, value: float) -> None:
    assert cell_value(Fraction(str(share))) == round(value * ONE)


def test_the_parts_of_a_file() -> None:
    assert parts_of() == (ONE, ONE, ONE, ONE, ONE)
    assert parts_of(report=errors("blank-row", "blank-row", row=7)) == (
        800_000, ONE, ONE, ONE, ONE,
    )  # fmt: skip
    assert parts_of(report=errors("duplicate-label", field=2)) == (ONE, 750_000, ONE, ONE, ONE)
    assert parts_of(report=errors("type-error", row=3, field=1)) == (ONE, ONE, 875_000, ONE, ONE)
    assert parts_of(schema="inferred") == (ONE, ONE, 700_000, 0, ONE)
    assert parts_of(encoding="cp1252") == (ONE, ONE, ONE, ONE, 300_000)
    assert parts_of(encoding=None) == (ONE, ONE, ONE, ONE, NOT_APPLICABLE)


def test_a_declared_encoding_is_worth_more() -> None:
    report = FileEvidence(url="u", content_hash="a", report=table_report(encoding="cp1252"))
    parts = judge_file(report, True).parts
    assert parts is not None
    assert parts[4] == 700_000


def test_the_file_is_the_weighted_mean_of_its_parts() -> None:
    assert weighted((0, ONE, ONE, ONE, ONE)) == 650_000
    assert weighted((ONE, NOT_APPLICABLE, UNKNOWN, 0, ONE)) == round(50 / 60 * ONE)


@pytest.mark.parametrize(
    ("fields", "value"),
    [
        ({"report": errors("encoding-error")}, 0),
        ({"report": None, "findings": [{"code": "table-html"}]}, 0),
        ({"report": None, "findings": [{"code": "table-too-large"}]}, UNKNOWN),
        ({"report": None, "findings": [{"code": "table-unsupported"}]}, UNKNOWN),
    ],
)
def test_files_that_do_not_open_are_worth_nothing_and_unjudged_ones_are_unknown(
    fields: dict[str, Any], value: int
) -> None:
    report = table_report(**fields)
    assert judge_file(FileEvidence(url="u", content_hash="a", report=report), False).value == value


def test_a_file_nobody_fetched_is_unknown() -> None:
    assert judge_file(None, False).value == UNKNOWN
    assert judge_file(FileEvidence(url="u", content_hash=None), False).value == UNKNOWN


def test_a_long_description_is_not_read_as_placeholder() -> None:
    dataset = Dataset(description=german(LONG))
    assert value_of(msgspec.structs.replace(perfect(), dataset=dataset), "F2").value == ONE
