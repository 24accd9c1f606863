"""What the pages are about: datasets, municipalities and portals, as a few values each.

The model of a whole catalogue fits in memory (some hundred bytes a dataset); the descriptions
themselves are read when a page that shows them is made anew.
"""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from datenernte_dcat.facets import NO_FACETS, Facets
from datenernte_dcat.findings import Severity
from datenernte_dcat.municipalities import Municipality
from datenernte_dcat.site.artefacts import input_hash
from datenernte_dcat.site.queries import NO_FINDINGS, CodeTotals, FindingTotals
from datenernte_dcat.site.words import BANDS, GRADE_CSS, rating


@dataclass(frozen=True, slots=True)
class ScoreWords:
    """A total of MQA-405 with its band."""

    total: int
    """0 to 405 points."""
    rating: str
    """Excellent, Good, Sufficient or Bad."""

    @classmethod
    def of(cls, total: float, stated: str | None = None) -> "ScoreWords":
        """The score of a total; with the band that the score itself states, if it does."""
        return cls(round(total), stated if stated and stated in BANDS else rating(total))

    @property
    def band(self) -> str:
        """The band in German."""
        return BANDS[self.rating].title

    @property
    def css(self) -> str:
        """Class of the band's mark."""
        return BANDS[self.rating].css

    @property
    def sentence(self) -> str:
        """What the band means and where the next one begins."""
        return BANDS[self.rating].sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class KommunalWords:
    """A Kommunal-Score with its grade."""

    points: float
    """0 to 100, with one digit."""
    grade: str | None
    """A to E; None where there are too few datasets for one."""
    text: str
    """The grade in words."""
    provisional: bool = False

    @property
    def css(self) -> str:
        """Class of the grade's mark."""
        return GRADE_CSS.get(self.grade or "", "")

    @property
    def mark(self) -> str:
        """»Stufe B: gut«."""
        words = self.text if self.grade is None else f"Stufe {self.grade}: {self.text}"
        return f"{words} (vorläufig)" if self.provisional and self.grade is not None else words


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One published dataset."""

    id: str
    iri: str
    portal: str
    municipality: str | None
    title: str
    publisher: str
    distributions: int
    changed_at: datetime
    inputs: str
    """Hash of what feeds say about it."""
    findings: FindingTotals = NO_FINDINGS
    score: ScoreWords | None = None
    facets: Facets = NO_FACETS
    """What lists and the search filter by."""
    kommunal: KommunalWords | None = None
    evidence: str = ""
    """Hash of its scores and of what its links answered."""

    @property
    def errors(self) -> int:
        """Number of errors."""
        return self.findings.errors

    @property
    def warnings(self) -> int:
        """Number of warnings."""
        return self.findings.warnings

    @property
    def digest(self) -> str:
        """Hash of everything that pages show about it."""
        return input_hash(
            self.id,
            self.iri,
            self.portal,
            self.title,
            self.inputs,
            self.findings.digest,
            self.evidence,
        )[:32]


@dataclass(frozen=True, slots=True, kw_only=True)
class PortalFinding:
    """What was noticed about a portal as a whole."""

    severity: str
    message: str
    advice: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PortalStatus:
    """A portal and how its last harvest went, in words."""

    name: str
    title: str
    url: str
    municipality: str | None
    state: str | None
    """Of the last harvest in which it was not skipped; None before the first."""
    words: str
    sign: str
    css: str
    is_troubled: bool
    headline: str
    sentence: str
    reason: str | None
    reason_title: str
    advice: str
    detail: str
    last_success: date | None
    """Stated only while the portal is troubled: it would change with every run."""
    datasets: int
    findings: tuple[PortalFinding, ...] = ()
    """What was noticed besides the reason, the worst first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DuplicateEntry:
    """A record that is published through another portal."""

    id: str
    title: str
    municipality: str | None
    winner: str
    portal_title: str
    """Of the winner."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TombstoneEntry:
    """A dataset that was withdrawn less than 30 days ago."""

    id: str
    iri: str
    portal: str
    withdrawn_at: datetime | None


@dataclass(slots=True, kw_only=True)
class MunicipalityModel:
    """One municipality, district or Land with what is published for it."""

    key: str
    title: str
    entries: list[Entry] = field(default_factory=list)
    portals: list[PortalStatus] = field(default_factory=list)
    duplicates: list[DuplicateEntry] = field(default_factory=list)
    codes: list[CodeTotals] = field(default_factory=list)
    score: ScoreWords | None = None
    kommunal: KommunalWords | None = None
    evidence: str = ""
    """Hash of its Kommunal-Score and of what its peers reach."""
    place: Municipality | None = None
    """What the working folder knows of it; None for nothing."""
    stand: date = date.min
    """Date of the last change of what is shown about it."""

    @property
    def datasets(self) -> int:
        """Number of published datasets."""
        return len(self.entries)

    @property
    def distributions(self) -> int:
        """Number of files and services."""
        return sum(entry.distributions for entry in self.entries)

    @property
    def errors(self) -> int:
        """Number of errors at its datasets."""
        return sum(entry.findings.errors for entry in self.entries)

    @property
    def warnings(self) -> int:
        """Number of warnings at its datasets."""
        return sum(entry.findings.warnings for entry in self.entries)

    @property
    def digest(self) -> str:
        """Hash of everything that its report shows."""
        return input_hash(
            self.key,
            self.title,
            self.score,
            self.kommunal,
            self.evidence,
            self.place,
            *self.portals,
            *self.duplicates,
            *self.codes,
            *(entry.digest for entry in self.entries),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteModel:
    """Everything that the pages are made from."""

    entries: list[Entry]
    """By published IRI."""
    municipalities: list[MunicipalityModel]
    """By title."""
    portals: list[PortalStatus]
    """By title."""
    duplicates: list[DuplicateEntry]
    tombstones: list[TombstoneEntry]
    method: str | None
    """Id of method and rule set of the scores; None where nothing has been scored."""
    catalog_score: ScoreWords | None
    catalog_kommunal: KommunalWords | None
    """Without a grade: only municipalities have one."""
    kommunal_method: Mapping[str, Any] | None
    """Document of the method of the Kommunal-Score; None where it was not computed."""
    peer_medians: Mapping[str, Mapping[str, float]]
    """Result of `peer_medians`."""
    portal_titles: Mapping[str, str]
    municipality_titles: Mapping[str, str]

    @property
    def distributions(self) -> int:
        """Number of files and services of all datasets."""
        return sum(entry.distributions for entry in self.entries)

    @property
    def unassigned(self) -> int:
        """Number of datasets without a municipality."""
        return sum(entry.municipality is None for entry in self.entries)

    @property
    def digest(self) -> str:
        """Hash of everything that is shown anywhere."""
        return input_hash(
            self.catalog_score,
            self.catalog_kommunal,
            self.kommunal_method is not None,
            *self.portals,
            *(one.digest for one in self.municipalities),
            *(one.digest for one in self.entries if one.municipality is None),
        )


def sort_key(title: str) -> str:
    """The title as German lists are sorted: without case, umlauts like their base letters."""
    text = unicodedata.normalize("NFKD", title.casefold())
    return "".join(one for one in text if not unicodedata.combining(one))


SEVERITY_ORDER = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.INFO: 2}
