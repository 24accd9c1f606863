"""Descriptions for the score tests as Turtle; evidence and random values of datasets."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from random import Random
from typing import Any

import msgspec
import pyoxigraph
import pytest

from datenernte_dcat.graph.description import Description
from datenernte_dcat.records import (
    Agent,
    ContactPoint,
    Dataset,
    Distribution,
    Literal,
    PeriodOfTime,
    Reference,
)
from datenernte_validators.scores.kommunal.clusters import weight_of
from datenernte_validators.scores.kommunal.evidence import (
    DatasetEvidence,
    FileEvidence,
    LinkEvidence,
    Violations,
)
from datenernte_validators.scores.kommunal.file_checks import RULES as FILE_RULES
from datenernte_validators.scores.kommunal.file_checks import data_files
from datenernte_validators.scores.kommunal.method import (
    NOT_APPLICABLE,
    ONE,
    UNKNOWN,
    method,
)
from datenernte_validators.scores.kommunal.municipality import (
    GroupScore,
    Member,
    Sums,
    group_score,
    member,
    sum_up,
)
from datenernte_validators.scores.kommunal.own_checks import RULES as OWN_RULES
from datenernte_validators.scores.kommunal.own_checks import Judgement
from datenernte_validators.scores.kommunal.values import DatasetValues, FileValues

PREFIXES = """
@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dct: <http://purl.org/dc/terms/> .
@prefix ft: <http://publications.europa.eu/resource/authority/file-type/> .
@prefix eul: <http://publications.europa.eu/resource/authority/licence/> .
@prefix del: <http://dcat-ap.de/def/licenses/> .
@prefix right: <http://publications.europa.eu/resource/authority/access-right/> .
@prefix iana: <https://www.iana.org/assignments/media-types/> .
@prefix ex: <https://daten.example/> .
"""


@pytest.fixture
def description() -> Callable[[str], Description]:
    """A function from Turtle (prefixes given) to the index of its triples."""

    def read(turtle: str) -> Description:
        quads = pyoxigraph.parse(PREFIXES + turtle, format=pyoxigraph.RdfFormat.TURTLE)
        return Description(quad.triple for quad in quads)

    return read


AS_OF = date(2026, 3, 1)
LONG = "Standorte aller Straßenbäume mit Art, Pflanzjahr und Kronendurchmesser. " * 2
FILE_TYPE = "http://publications.europa.eu/resource/authority/file-type/"
IANA = "https://www.iana.org/assignments/media-types/"
LICENSE = "http://dcat-ap.de/def/licenses/"
FREQUENCY = "http://publications.europa.eu/resource/authority/frequency/"
CSV_URL = "https://stadt.example/daten/baeume.csv"


def iri(text: str) -> Reference:
    """A reference by its IRI."""
    return Reference(uri=text)


def label(text: str) -> Reference:
    """A text in place of an IRI."""
    return Reference(label=Literal(value=text))


def german(*texts: str) -> tuple[Literal, ...]:
    """German texts."""
    return tuple(Literal(value=text, language="de") for text in texts)


def link(url: str, outcome: str = "ok", *, days: int = 0, **known: Any) -> LinkEvidence:
    """A URL that has answered so since some days."""
    since = AS_OF - timedelta(days=days)
    return LinkEvidence(
        url=url, outcome=outcome, changes=((since, outcome),), last=AS_OF,
        final_url=url if outcome == "ok" else None, **known,
    )  # fmt: skip


def table_report(**changed: Any) -> dict[str, Any]:
    """The document of a table check without a fault."""
    document: dict[str, Any] = {
        "format": "csv", "encoding": "utf-8", "rows": 100, "schema": "declared",
        "fields": [{"name": name} for name in ("id", "art", "jahr", "hoehe")],
        "dialect": {"header_rows": [1]}, "findings": [],
        "report": {"errors": [], "tasks": [{"errors": []}]},
    }  # fmt: skip
    return document | changed


def csv_distribution(url: str = CSV_URL) -> Distribution:
    """A distribution that says everything about itself."""
    return Distribution(
        uri=url + "#d", access_url=(iri(url),), download_url=(iri(url),),
        format=iri(FILE_TYPE + "CSV"), media_type=iri(IANA + "text/csv"),
        license=iri(LICENSE + "dl-zero-de/2.0"), byte_size=Literal(value="1000"),
        availability=iri(
            "http://publications.europa.eu/resource/authority/planned-availability/STABLE"
        ),
    )  # fmt: skip


def perfect() -> DatasetEvidence:
    """A dataset that has all points but those of high-value datasets."""
    dataset = Dataset(
        uri="https://stadt.example/baeume",
        title=german("Baumkataster Musterstadt 2025"),
        description=german(LONG),
        keyword=german("Baum", "Grün", "Klima"),
        theme=(iri("http://publications.europa.eu/resource/authority/data-theme/ENVI"),),
        political_geocoding_uri=(
            iri("http://dcat-ap.de/def/politicalGeocoding/municipalityKey/09162000"),
        ),
        temporal=(PeriodOfTime(start_date=Literal(value="2025-01-01")),),
        identifier=german("baeume"),
        contact_point=(ContactPoint(has_email=(iri("mailto:daten@stadt.example"),)),),
        publisher=Agent(name=german("Stadt Musterstadt")),
        access_rights=iri("http://publications.europa.eu/resource/authority/access-right/PUBLIC"),
        issued=Literal(value="2025-06-01"),
        modified=Literal(value="2025-12-31"),
        page=(iri("https://stadt.example/felder"),),
        accrual_periodicity=iri(FREQUENCY + "ANNUAL"),
        distribution=(csv_distribution(),),
    )
    return DatasetEvidence(
        id="eins",
        iri="https://stadt.example/baeume",
        dataset=dataset,
        first_seen=AS_OF - timedelta(days=30),
        links={CSV_URL: link(CSV_URL, content_type="text/csv", content_length=1000, status=200)},
        files={CSV_URL: FileEvidence(
            url=CSV_URL, content_hash="a" * 64, size=1000, report=table_report()
        )},
        file_urls={0: CSV_URL},
        violations=Violations(),
    )  # fmt: skip


def changed(evidence: DatasetEvidence, **fields: Any) -> DatasetEvidence:
    """The evidence with another description."""
    dataset = msgspec.structs.replace(evidence.dataset, **fields)
    return msgspec.structs.replace(evidence, dataset=dataset)


def value_of(evidence: DatasetEvidence, check: str) -> Judgement:
    """What one check says: of the dataset, or of its first file."""
    if check in OWN_RULES:
        return OWN_RULES[check](evidence, AS_OF)
    return FILE_RULES[check](data_files(evidence, AS_OF)[0][1])


CHOICES = (0, ONE, ONE // 2, ONE * 7 // 10, 123_457, UNKNOWN, NOT_APPLICABLE)


def seeded(seed: int) -> Random:
    """Numbers that are the same in every run."""
    return Random(seed)  # noqa: S311 - nothing is secret here


def random_values(random: Random, *, files: int | None = None) -> DatasetValues:
    """Any values that a dataset can have."""
    count = random.choice((0, 1, 1, 2, 3)) if files is None else files
    good = random.random() < 0.5
    return DatasetValues(
        own=tuple(random_value(random, good) for _ in method().own_checks),
        files=tuple(random_file(random, str(number), good) for number in range(count)),
        hvd=tuple(random.choice((0, ONE, UNKNOWN)) for _ in range(8))
        if random.random() < 0.1
        else None,
    )


def random_value(random: Random, good: bool, *, can_be_left_out: bool = True) -> int:
    """Any value of a check; that of a good dataset is mostly full."""
    if good and random.random() < 0.8:
        return ONE
    return random.choice(CHOICES if can_be_left_out else CHOICES[:-1])


def random_file(random: Random, name: str, good: bool = False) -> FileValues:
    """Any values that a distribution can have; most of its checks always apply."""
    values = [
        random_value(random, good, can_be_left_out=check in ("A4", "R4"))
        for check in method().file_checks
    ]
    parts = tuple(random.choice(CHOICES) for _ in range(5))
    return FileValues(
        iri=name,
        stem=random.choice("ab"),
        values=tuple(values),
        data=random_value(random, good),
        parts=parts,
        dead=random.random() < 0.25,
        open=random.random() < 0.5,
    )


def random_members(random: Random, count: int | None = None) -> list[Member]:
    """A municipality of datasets with random values, weights and tombstones."""
    number = random.choice((1, 1, 1, 1, 2, 3)) if count is None else count
    return [
        member(
            str(index),
            weight_of(random.choice((1, 1, 2, 25)), random.random() < 0.1),
            random_values(random),
            is_tombstone=index > 0 and random.random() < 0.1,
        )
        for index in range(number)
    ]


def scored(members: Sequence[Member], undeclared: int = 0) -> tuple[Sums, GroupScore]:
    """Sums and score of a municipality that has a dataset."""
    sums = sum_up(members)
    score = group_score(sums, undeclared)
    assert score is not None
    return sums, score
