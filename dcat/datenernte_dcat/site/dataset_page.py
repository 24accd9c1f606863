"""The page of one dataset, in words: what it is, where its files are, what was found."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import unquote, urlsplit

from markupsafe import Markup, escape

from datenernte_dcat.findings import Severity
from datenernte_dcat.publication import german, one_line, published_dataset, shown_title
from datenernte_dcat.records import (
    Agent,
    ContactPoint,
    Dataset,
    Distribution,
    Location,
    PeriodOfTime,
    Reference,
)
from datenernte_dcat.site import filters
from datenernte_dcat.site.dataset_score import Fetching, LossRow, fetching
from datenernte_dcat.site.model import SEVERITY_ORDER, KommunalWords, ScoreWords
from datenernte_dcat.site.report import place_of, value_of
from datenernte_dcat.site.schema_org import schema_org
from datenernte_dcat.site.words import LINK_OUTCOMES, Mark
from datenernte_dcat.store.rows import LinkResult, StoredFinding, StoredRecord
from datenernte_dcat.vocabulary import vocabulary

LISTED_DISTRIBUTIONS = 200
LISTED_FINDINGS = 200
LISTED_NOTES = 50
LISTED_KEYWORDS = 100

_CODE_LISTS = ("file_types", "media_types")
"""Vocabularies whose codes people know better than their labels."""


@dataclass(frozen=True, slots=True, kw_only=True)
class License:
    """A licence in words, with its page."""

    text: str
    href: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A URL of a distribution and whether it answers."""

    url: str
    text: str
    state: Mark | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DistributionView:
    """One file or service."""

    title: str
    description: Markup | None
    format: str
    size: str
    modified: str
    license: License | None
    attributions: list[str]
    urls: list[Address]


@dataclass(frozen=True, slots=True, kw_only=True)
class PropertyView:
    """A name and its values."""

    name: str
    values: list[Markup]


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingView:
    """One finding."""

    severity: str
    message: str
    value: str
    place: str
    advice: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetView:
    """What the page shows."""

    id: str
    iri: str
    title: str
    description: Markup | None
    publisher: str
    modified: str
    frequency: str
    steps: list[Mapping[str, str | None]]
    keywords: list[str]
    properties: list[PropertyView]
    distributions: list[DistributionView]
    more_distributions: int
    score: ScoreWords | None
    kommunal: KommunalWords | None
    losses: list[LossRow]
    """Where the points of the Kommunal-Score are lost."""
    fetching: Fetching | None
    """How programs fetch the first file."""
    findings: list[FindingView]
    more_findings: int
    notes: list[FindingView]
    more_notes: int
    source_url: str
    portal_title: str
    schema_org: Mapping[str, Any]
    """The same for search engines, as JSON-LD."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What the page knows besides the record."""

    iri: str
    page: str
    """Absolute URL of the page."""
    catalog: tuple[str, str]
    """Title and absolute URL of the catalogue."""
    portal_title: str
    municipality_key: str | None
    municipality_title: str
    score: ScoreWords | None
    kommunal: KommunalWords | None
    losses: list[LossRow]
    findings: Sequence[StoredFinding]
    links: Mapping[str, LinkResult]


def dataset_view(record: StoredRecord, around: Surroundings) -> DatasetView:
    """The page of a record, from its normalised view."""
    dataset = published_dataset(record)
    title = shown_title(dataset)
    steps: list[Mapping[str, str | None]] = [{"text": title, "href": None}]
    if around.municipality_key is not None:
        report = f"../../municipalities/{around.municipality_key}/index.html"
        steps.insert(0, {"text": around.municipality_title, "href": report})
    ordered = sorted(around.findings, key=lambda one: SEVERITY_ORDER[one.finding.severity])
    findings = [_finding(one) for one in ordered if one.finding.severity is not Severity.INFO]
    notes = [_finding(one) for one in ordered if one.finding.severity is Severity.INFO]
    description = german(dataset.description)
    return DatasetView(
        id=record.id,
        iri=around.iri,
        title=title,
        description=filters.description(description) if description else None,
        publisher=_agent(dataset.publisher),
        modified=filters.literal_day(dataset.modified.value if dataset.modified else None),
        frequency=_word("frequencies", dataset.accrual_periodicity),
        steps=steps,
        keywords=[one_line(one.value, 80) for one in dataset.keyword[:LISTED_KEYWORDS]],
        properties=[one for one in _properties(dataset, around) if one.values],
        distributions=[
            _distribution(one, number, around.links)
            for number, one in enumerate(dataset.distribution[:LISTED_DISTRIBUTIONS], start=1)
        ],
        more_distributions=max(0, len(dataset.distribution) - LISTED_DISTRIBUTIONS),
        score=around.score,
        kommunal=around.kommunal,
        losses=around.losses,
        fetching=fetching(
            reference.uri
            for one in dataset.distribution
            for reference in (*one.download_url, *one.access_url)
            if reference.uri is not None
        ),
        findings=findings[:LISTED_FINDINGS],
        more_findings=max(0, len(findings) - LISTED_FINDINGS),
        notes=notes[:LISTED_NOTES],
        more_notes=max(0, len(notes) - LISTED_NOTES),
        source_url=record.source_url,
        portal_title=around.portal_title,
        schema_org=schema_org(dataset, iri=around.iri, page=around.page, catalog=around.catalog),
    )


def _finding(stored: StoredFinding) -> FindingView:
    finding = stored.finding
    return FindingView(
        severity=finding.severity.value,
        message=one_line(finding.message, 500) or finding.code,
        value=value_of(finding),
        place=place_of(finding),
        advice=one_line(finding.advice, 500),
    )


def _distribution(
    distribution: Distribution, number: int, links: Mapping[str, LinkResult]
) -> DistributionView:
    description = german(distribution.description)
    return DistributionView(
        title=one_line(german(distribution.title), 200)
        or _file_name(distribution)
        or f"Datei oder Dienst {number}",
        description=filters.description(description) if description else None,
        format=_word("file_types", distribution.format)
        or _word("media_types", distribution.media_type),
        size=filters.byte_size(distribution.byte_size.value if distribution.byte_size else None),
        modified=filters.literal_day(
            distribution.modified.value if distribution.modified else None
        ),
        license=_license(distribution.license),
        attributions=[
            one_line(one.value, 300) for one in distribution.license_attribution_by_text[:5]
        ],
        urls=list(_addresses(distribution, links)),
    )


def _addresses(distribution: Distribution, links: Mapping[str, LinkResult]) -> Iterable[Address]:
    """Each URL once, downloads first."""
    downloads = [_text(one) for one in distribution.download_url]
    pages = [_text(one) for one in distribution.access_url]
    for url in dict.fromkeys([*downloads, *pages]):
        if url:
            kind = "Herunterladen" if url in downloads else "Öffnen"
            result = links.get(url)
            yield Address(
                url=url,
                text=f"{kind}: {filters.host(url)}" if filters.href(url) else url,
                state=LINK_OUTCOMES.get(result.outcome) if result is not None else None,
            )


def _file_name(distribution: Distribution) -> str:
    """Name of the file behind the download URL, empty where the URL has none with an ending."""
    for reference in distribution.download_url:
        try:
            name = unquote(urlsplit(_text(reference)).path).rpartition("/")[2]
        except ValueError:
            continue
        if "." in name.strip("."):
            return one_line(name, 120)
    return ""


def _license(reference: Reference | None) -> License | None:
    if reference is None:
        return None
    if reference.uri is None:
        return License(text=one_line(_text(reference), 120), href=None)
    for name in ("licenses", "eu_licences"):
        found = vocabulary(name).find(reference.uri)
        if found is not None:
            return License(text=_label(name, found), href=reference.uri)
    return License(text=one_line(reference.uri, 120), href=reference.uri)


def _properties(dataset: Dataset, around: Surroundings) -> Iterable[PropertyView]:
    def words(name: str, values: Iterable[str]) -> PropertyView:
        unique = dict.fromkeys(one_line(value, 300) for value in values)
        return PropertyView(name=name, values=[_bdi(value) for value in unique if value])

    def pages(name: str, references: Sequence[Reference]) -> PropertyView:
        return PropertyView(name=name, values=[filters.link(_text(one)) for one in references[:10]])

    if around.municipality_key is not None:
        report = Markup('<a href="../../municipalities/{}/index.html"><bdi>{}</bdi></a>').format(
            around.municipality_key, around.municipality_title
        )
        yield PropertyView(name="Gemeinde", values=[report])
    yield words("Themen", (_word("data_themes", one) for one in dataset.theme))
    yield PropertyView(
        name="Kontakt",
        values=[value for one in dataset.contact_point[:5] for value in _contact(one)],
    )
    yield pages("Webseite", dataset.landing_page)
    yield pages("Dokumentation", dataset.page)
    yield words("Zeitraum", (_period(one) for one in dataset.temporal[:10]))
    yield words(
        "Räumlicher Bezug",
        (
            *(_place(one) for one in dataset.spatial[:10]),
            *(one.value for one in dataset.geocoding_description[:10]),
        ),
    )
    issued = filters.literal_day(dataset.issued.value if dataset.issued else None)
    yield words("Veröffentlicht am", (issued,))
    yield words("Sprache", (_word("languages", one) for one in dataset.language))
    yield words("Zugangsrechte", (_word("access_rights", dataset.access_rights),))
    yield words(
        "Hochwertiger Datensatz", (_word("hvd_categories", x) for x in dataset.hvd_category)
    )
    yield words("Datensatzreihe", (german(one.title) for one in dataset.in_series))
    yield words("Urheber", (_agent(one) for one in (*dataset.originator, *dataset.creator)))
    yield words("Verwalter", (_agent(one) for one in dataset.custodian))
    yield words("Version", (dataset.version.value if dataset.version else "",))
    yield words("Kennung der Quelle", (one.value for one in dataset.identifier))


def _contact(contact: ContactPoint) -> list[Markup]:
    values = [_bdi(one_line(german(contact.fn), 200))] if contact.fn else []
    for reference in contact.has_email[:3]:
        address = _text(reference).removeprefix("mailto:")
        values.append(filters.link(f"mailto:{address}", address))
    for reference in contact.has_telephone[:3]:
        number = _text(reference).removeprefix("tel:")
        values.append(filters.link(f"tel:{number.replace(' ', '')}", number))
    values.extend(filters.link(_text(reference)) for reference in contact.has_url[:3])
    return [value for value in values if value]


def _period(period: PeriodOfTime) -> str:
    start = period.start_date or period.schema_start_date
    end = period.end_date or period.schema_end_date
    shown = (
        filters.literal_day(start.value) if start else "",
        filters.literal_day(end.value) if end else "",
    )
    match shown:
        case ("", ""):
            return ""
        case (since, ""):
            return f"ab {since}"
        case ("", until):
            return f"bis {until}"
        case (since, until):
            return f"{since} bis {until}"


def _place(location: Location) -> str:
    return german(location.pref_label)


def _agent(agent: Agent | None) -> str:
    return one_line(german(agent.name), 200) if agent is not None else ""


def _word(name: str, reference: Reference | None) -> str:
    """A concept in words: its label, the text that stands in its place, or its IRI."""
    if reference is None:
        return ""
    if reference.uri is not None and vocabulary(name).has(reference.uri):
        return _label(name, reference.uri)
    text = _text(reference)
    if name in _CODE_LISTS and reference.uri is not None:
        text = text.rpartition("/")[2] or text
    return one_line(text, 120)


@lru_cache(maxsize=4096)
def _label(name: str, iri: str) -> str:
    found = vocabulary(name)
    return found.code(iri) if name in _CODE_LISTS else found.label(iri)


def _text(reference: Reference) -> str:
    if reference.uri is not None:
        return reference.uri
    return reference.label.value if reference.label is not None else ""


def _bdi(text: str) -> Markup:
    return Markup("<bdi>{}</bdi>").format(escape(text)) if text else Markup("")
