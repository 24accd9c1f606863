"""Stores with records made here, and the site published from them."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from datenernte_dcat.catalog import CatalogSettings
from datenernte_dcat.findings import Finding, Severity
from datenernte_dcat.identity import record_id
from datenernte_dcat.records import (
    Agent,
    ContactPoint,
    Dataset,
    Distribution,
    Literal,
    Reference,
    dataset_to_json,
)
from datenernte_dcat.site.builder import Publication, publish
from datenernte_dcat.store.rows import (
    FileReport,
    FileState,
    LinkResult,
    Portal,
    PortalRun,
    PortalState,
    Score,
    StoredRecord,
)
from datenernte_dcat.store.store import Store
from datenernte_dcat.texts import texts
from datenernte_harvester.configuration import ScoreSettings
from datenernte_harvester.kommunal_scoring import score_kommunal

BASE_URL = "https://daten.example.org"
AS_OF = date(2026, 3, 1)
NOW = datetime(2026, 3, 1, 4, 0, tzinfo=UTC)
METHOD = "mqa-405/piveau-2026"

CATALOG = CatalogSettings(
    title="Offene Daten Musterland",
    description="Die offenen Daten der Gemeinden in Musterland.",
    publisher="Land Musterland",
    base_url=BASE_URL,
    contributor_id="http://dcat-ap.de/def/contributors/openDataBayern",
    state_key="09",
    contact_email="opendata@example.org",
)


def text(value: str, language: str | None = "de") -> Literal:
    return Literal(value=value, language=language)


def dataset(name: str, **changes: Any) -> Dataset:
    """An exemplary dataset; `changes` replace fields."""
    iri = f"https://portal.example.org/dataset/{name}"
    base = Dataset(
        uri=iri,
        title=(text(f"Baumkataster {name}"),),
        description=(text("Alle Bäume der Stadt."),),
        identifier=(Literal(value=f"id-{name}"),),
        publisher=Agent(name=(Literal(value="Stadt Musterstadt"),)),
        contact_point=(
            ContactPoint(
                fn=(Literal(value="Open-Data-Stelle"),),
                has_email=(Reference(uri="mailto:opendata@example.org"),),
            ),
        ),
        keyword=(text("Bäume"), text("Umwelt")),
        theme=(Reference(uri="http://publications.europa.eu/resource/authority/data-theme/ENVI"),),
        modified=Literal(
            value="2026-02-01T08:00:00+01:00",
            datatype="http://www.w3.org/2001/XMLSchema#dateTime",
        ),
        landing_page=(Reference(uri=f"https://portal.example.org/seite/{name}"),),
        distribution=(
            Distribution(
                uri=f"{iri}/csv",
                title=(text("Bäume als CSV"),),
                access_url=(Reference(uri=f"https://portal.example.org/{name}.csv"),),
                download_url=(Reference(uri=f"https://portal.example.org/{name}.csv"),),
                format=Reference(
                    uri="http://publications.europa.eu/resource/authority/file-type/CSV"
                ),
                license=Reference(uri="http://dcat-ap.de/def/licenses/dl-by-de/2.0"),
                license_attribution_by_text=(Literal(value="Stadt Musterstadt"),),
                byte_size=Literal(
                    value="12345",
                    datatype="http://www.w3.org/2001/XMLSchema#nonNegativeInteger",
                ),
            ),
        ),
    )
    return msgspec.structs.replace(base, **changes)


def record(
    name: str,
    *,
    portal: str = "musterstadt",
    municipality: str | None = "09162000",
    changed_at: datetime = NOW,
    kept: tuple[str, ...] = (),
    of: Dataset | None = None,
    iri: str | None = None,
    **changes: Any,
) -> StoredRecord:
    """The stored record of a dataset: `of`, else `dataset(name, **changes)`."""
    normalised = of or dataset(name, **changes)
    published_iri = iri or normalised.uri or f"{BASE_URL}/datasets/{record_id(portal, name)}"
    content = dataset_to_json(normalised) + "\n".join(kept) + (municipality or "") + published_iri
    digest = hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()
    return StoredRecord(
        id=record_id(portal, name),
        portal=portal,
        source_identifier=name,
        iri=published_iri,
        municipality=municipality,
        as_published=normalised,
        normalised=normalised,
        kept=kept,
        kept_as_published=kept,
        source_url=f"https://portal.example.org/api/{name}",
        content_hash=digest,
        feed_hash=digest,
        first_seen=changed_at,
        changed_at=changed_at,
    )


@dataclass
class Site:
    """A store, and the site that is published from it."""

    store: Store
    output: Path
    catalog: CatalogSettings = CATALOG
    run: int = 0
    portals: dict[str, Portal] = field(default_factory=dict)

    def harvest(
        self,
        records: Sequence[StoredRecord],
        *,
        findings: Mapping[str, Sequence[Finding]] | None = None,
        state: PortalState = PortalState.OK,
        reason: str | None = None,
        detail: str = "",
    ) -> None:
        """Put the records as a run of their portals would."""
        self.run = self.store.begin_run("run", AS_OF, NOW)
        for name in sorted({record.portal for record in records} | self.portals.keys()):
            self.portals.setdefault(name, portal(name))
        self.store.put_portals(self.portals.values())
        self.store.put_records(self.run, records, findings)
        for name in self.portals:
            self.store.put_portal_run(
                PortalRun(
                    run=self.run,
                    portal=name,
                    state=state,
                    reason=reason,
                    detail=detail,
                    seen=sum(record.portal == name for record in records),
                )
            )
        self.store.finish_run(self.run, NOW, "ok", 0, {})

    def score(self, totals: Mapping[str, int]) -> None:
        """Put scores by record id, and their mean for the municipality 09162000."""
        scores = [score(subject, total) for subject, total in totals.items()]
        mean = round(sum(totals.values()) / len(totals))
        scores.append(
            Score(
                subject="09162000",
                kind="municipality",
                method=METHOD,
                total=mean,
                document={"datasets": len(totals), "rating": "Good"},
            )
        )
        self.store.put_scores(scores)
        self.store.put_setting("mqa_method", METHOD)

    def score_kommunal(self, as_of: date = AS_OF, run: int | None = None) -> None:
        """Compute the Kommunal-Scores as the score stage does."""
        score_kommunal(
            self.store,
            self.catalog,
            ScoreSettings(),
            run=run or self.run,
            as_of=as_of,
            mqa_method=METHOD,
            shacl_profile="dcat-ap-3.0.1-base",
            inputs={"tool": "0.1.0"},
        )

    def publish(self, as_of: date = AS_OF) -> Publication:
        """Publish what is in the store."""
        return publish(
            self.store,
            self.catalog,
            self.output,
            as_of=as_of,
            run_document={"run": self.run},
            tool_version="0.1.0",
        )

    def read(self, path: str) -> bytes:
        """A file of the site."""
        return (self.output / path).read_bytes()

    def text(self, path: str) -> str:
        """A file of the site as text."""
        return self.read(path).decode()

    def files(self) -> dict[str, bytes]:
        """All files of the site by path."""
        return {
            str(path.relative_to(self.output)): path.read_bytes()
            for path in sorted(self.output.rglob("*"))
            if path.is_file()
        }


def portal(name: str, municipality: str | None = "09162000") -> Portal:
    return Portal(
        name=name,
        title=f"Stadt {name.title()}",
        source_type="ckan",
        url=f"https://{name}.example.org/",
        municipality=municipality,
    )


def score(subject: str, total: int) -> Score:
    iri = "https://portal.example.org/dataset/a"
    dimensions = {
        "findability": 60,
        "accessibility": 100,
        "interoperability": 80,
        "reusability": 50,
        "contextuality": 15,
    }
    return Score(
        subject=subject,
        kind="dataset",
        method=METHOD,
        total=total,
        document={
            "dimensions": dimensions,
            "total": total,
            "rating": "Good",
            "measurements": [
                {
                    "metric": "https://piveau.eu/ns/voc#keywordAvailability",
                    "subject": iri,
                    "value": True,
                },
                {
                    "metric": "https://piveau.eu/ns/voc#accessUrlStatusCode",
                    "subject": f"{iri}/csv",
                    "value": 200,
                },
                {"metric": "https://piveau.eu/ns/voc#scoring", "subject": iri, "value": total},
            ],
        },
    )


FAULT = {
    "code": "missing-cell",
    "severity": "error",
    "row": 17,
    "field": 3,
    "message": "In der Zeile fehlt <b>eine</b> Zelle.",
}
TABLE = {
    "target": "a.csv",
    "kind": "table",
    "format": "csv",
    "encoding": "utf-8",
    "dialect": {"delimiter": ",", "quote_char": '"', "header_rows": [1]},
    "rows": 40,
    "fields": [{"name": "art", "type": "string"}],
    "schema": "inferred",
    "report": {"tasks": [{"errors": []}]},
}
"""A table check of forty rows; `valid` and `findings` go with it."""


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(f"sqlite:///{tmp_path / 'datenernte.db'}") as opened:
        yield opened


@pytest.fixture
def site(store: Store, tmp_path: Path) -> Site:
    return Site(store, tmp_path / "site")


def finding(code: str, severity: Severity = Severity.WARNING, **changes: object) -> Finding:
    entry = texts().get(code)
    values = {
        "message": f"Befund {code}.",
        "advice": entry.advice if entry is not None else "Bessern Sie nach.",
        "value": None,
    } | changes
    return Finding(code=code, severity=severity, **values)  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def full(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Every kind of page, published once for all tests that only read."""
    folder = tmp_path_factory.mktemp("pages")
    with Store(f"sqlite:///{folder / 'datenernte.db'}") as store:
        site = Site(store, folder / "site")
        site.portals = {
            "musterstadt": portal("musterstadt"),
            "leerhausen": portal("leerhausen", "09162001"),
        }
        records = [record(f"a{number:03}") for number in range(230)]
        described = msgspec.structs.replace(
            dataset("a001").distribution[0],
            description=(text("<p>Je Baum eine Zeile.</p><ul><li>Art</li></ul>"),),
        )
        records[1] = record("a001", distribution=(described,))
        regulation = Reference(uri="http://data.europa.eu/eli/reg_impl/2023/138/oj")
        records[2] = record("a002", applicable_legislation=(regulation,))
        records.append(record("ohne", municipality=None))
        records.append(record("weg"))
        findings = {
            one.id: [
                finding("license-missing", Severity.ERROR, value="<b>", property="dct:license"),
                finding("type-error", row=17, field=3),
                finding("format-added", Severity.INFO),
                finding("shacl-dataset-title-mincount"),
                finding("Seltsam: <x>/../y"),
            ]
            for one in records[:40]
        }
        site.harvest(records, findings=findings)
        site.score({one.id: 233 for one in records[:50]})
        early = site.store.begin_run("score", date(2026, 2, 1), NOW)
        site.score_kommunal(date(2026, 2, 1), early)
        for days in (3, 0):
            site.store.put_links(
                [
                    LinkResult(
                        url=f"https://portal.example.org/a{number:03}.csv",
                        checked_at=NOW - timedelta(days=days),
                        status=200,
                        outcome=outcome,
                    )
                    for number, outcome in enumerate(("ok", "broken", "blocked", "timeout"))
                ]
            )
        for number, faults in enumerate(([], [FAULT] * 5)):
            url, content = f"https://portal.example.org/a{number:03}.csv", f"{number:064}"
            site.store.put_file_states(
                [FileState(url=url, content_hash=content, size=9, fetched_at=NOW, schema_hash="0")]
            )
            report = {**TABLE, "valid": not faults, "findings": faults}
            site.store.put_file_report(
                FileReport(content_hash=content, schema_hash="0", report=report)
            )
        run = site.store.begin_run("run", NOW.date(), NOW)
        site.store.withdraw("musterstadt", ["weg"], run, NOW)
        site.score_kommunal(run=run)
        site.publish()
        yield site
