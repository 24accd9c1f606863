"""What normalising is given, what it returns, and how it keeps book of its changes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from datenernte_dcat.findings import Finding, Severity
from datenernte_dcat.mapping import compact, row_of
from datenernte_dcat.records import (
    Agent,
    Checksum,
    ContactPoint,
    Dataset,
    Distribution,
    Identifier,
    Literal,
    Location,
    Node,
    PeriodOfTime,
    Reference,
    Value,
)
from datenernte_dcat.terms import is_web_iri, xml_text
from datenernte_dcat.texts import finding

_compact = lru_cache(maxsize=1024)(compact)

REMOVED = "(entfernt)"
"""What stands after the arrow where a value was removed."""
MISSING = "(fehlt)"
"""What stands before the arrow where a value was added."""

SELF_DESCRIBING = frozenset({"arcgis_hub", "dcat_rdf", "piveau", "rdf", "sparql"})
"""Source types whose answers are RDF: what they say is what the municipality published."""


@dataclass(frozen=True, kw_only=True)
class Context:
    """What is known of a dataset besides its description: the portal file and the settings."""

    portal: str
    source_type: str
    source_identifier: str = ""
    """The portal's own key of the dataset; becomes dct:identifier where there is none."""
    subject: str | None = None
    """Published IRI of the dataset, for the findings; None means the one in the description."""
    municipality: str | None = None
    """Key of the area (AGS, ARS, district, Land) that the portal speaks for."""
    contributor_id: str | None = None
    """IRI of the list of contributors, added where the dataset has none of that list."""
    lookups: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Tables of the portal file: field (`concepts.LOOKUP_TABLES`) → the portal's word → code or
    IRI."""
    publisher: Agent | str | None = None
    """Publisher of the portal file, as agent or just its name."""
    contact: ContactPoint | None = None
    state_key: str | None = None
    """Two-digit key of the Land."""
    centroid: tuple[float, float] | None = None
    """Where the municipality is: lon, lat in degrees WGS 84."""

    @property
    def is_rdf(self) -> bool:
        """Whether the source itself speaks RDF."""
        return self.source_type in SELF_DESCRIBING

    @cached_property
    def lookup_tables(self) -> dict[str, dict[str, str]]:
        """The lookups with their words in the spelling that `lookup` compares."""
        return {
            table: {_word(word): target for word, target in words.items()}
            for table, words in self.lookups.items()
        }

    def lookup(self, table: str, word: str) -> str | None:
        """What the portal file says that the portal's word means; case and blanks do not count."""
        words = self.lookup_tables.get(table)
        return words.get(_word(word)) if words else None


def _word(text: str) -> str:
    return " ".join(text.split()).casefold()


@dataclass(frozen=True, kw_only=True, slots=True)
class Normalised:
    """A dataset as our catalogue publishes it, and every step that led there."""

    dataset: Dataset
    kept: tuple[str, ...]
    """Kept triples, N-Triples lines."""
    findings: tuple[Finding, ...]
    """One for each change of a value and for each value that stayed unknown."""


class Changes:
    """The findings of one dataset, each (code, subject, property, value) once."""

    def __init__(self, context: Context, dataset: Dataset) -> None:
        self.context = context
        uri = dataset.uri if dataset.uri and not dataset.uri.startswith("_:") else None
        subject = context.subject or uri or context.source_identifier
        self.subject: str | None = printable(subject) if subject else None
        """Subject of the findings from here on: the dataset or the distribution at hand."""
        self._findings: dict[tuple[str, str | None, str | None, str | None], Finding] = {}

    def note(
        self,
        code: str,
        record: type[Node],
        field_name: str,
        value: str | None,
        *,
        severity: Severity | None = None,
    ) -> None:
        """Add a finding about a field; its value stands as given."""
        self.note_property(code, row_of(record, field_name).property, value, severity=severity)

    def note_property(
        self,
        code: str,
        property_iri: str,
        value: str | None,
        *,
        before: str = "",
        after: str = "",
        severity: Severity | None = None,
    ) -> None:
        """Add a finding about a property given by its IRI."""
        value = printable(value) if value is not None else None
        key = (code, self.subject, property_iri, value)
        if key not in self._findings:
            self._findings[key] = finding(
                code,
                subject=self.subject,
                property=property_iri,
                value=value,
                severity=severity,
                term=_compact(property_iri),
                before=clipped(before),
                after=clipped(after),
            )

    def changed(
        self,
        code: str,
        record: type[Node],
        field_name: str,
        before: Value | str,
        after: Value | str,
        *,
        severity: Severity | None = None,
    ) -> None:
        """Add a finding about a value that was replaced: »before → after«."""
        self.note_property(
            code,
            row_of(record, field_name).property,
            f"{shown(before)} → {shown(after)}",
            before=shown(before),
            after=shown(after),
            severity=severity,
        )

    def removed(self, code: str, record: type[Node], field_name: str, before: Value | str) -> None:
        """Add a finding about a value that was removed: »before → (entfernt)«."""
        self.changed(code, record, field_name, before, REMOVED)

    def added(self, code: str, record: type[Node], field_name: str, after: Value | str) -> None:
        """Add a finding about a value that we added: »(fehlt) → after«."""
        self.changed(code, record, field_name, MISSING, after)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All findings so far, in the order in which they were made."""
        return tuple(self._findings.values())


def subject_of(distribution: Node, above: str | None) -> str | None:
    """What findings about a distribution or service name: its IRI, else its URL, else `above`."""
    if distribution.uri and not distribution.uri.startswith("_:"):
        return printable(distribution.uri)
    if isinstance(distribution, Distribution):
        for reference in distribution.download_url + distribution.access_url:
            url = reference.uri or (reference.label.value.strip() if reference.label else "")
            if is_web_iri(url):
                return url
    return above


def shown(value: Value | str) -> str:
    """A value as people read it in a finding: IRI, text, name of a body, notation."""
    match value:
        case str():
            return value
        case Literal():
            return value.value
        case Reference():
            return value.uri or (value.label.value if value.label else "")
        case Identifier():
            return value.notation.value if value.notation else ""
        case Agent():
            return ", ".join(name.value for name in value.name) or value.uri or "Stelle ohne Namen"
        case ContactPoint():
            return ", ".join(name.value for name in value.fn) or value.uri or "Kontakt ohne Namen"
        case Location():
            return value.uri or (value.bbox.value if value.bbox else "Ort")
        case PeriodOfTime():
            start, end = value.start_date, value.end_date
            return f"{start.value if start else '…'} bis {end.value if end else '…'}"
        case Checksum():
            return value.checksum_value.value if value.checksum_value else ""
        case Node():
            return value.uri or type(value).__name__
    return str(value)


def printable(text: str) -> str:
    """The text with an escape for each character that XML, JSON and databases refuse."""
    if xml_text(text) == text:
        return text
    return "".join(
        character if xml_text(character) else f"\\u{ord(character):04x}" for character in text
    )


def clipped(text: str) -> str:
    """The text as it stands in a sentence: one line, at most 80 characters, all printable."""
    line = " ".join(printable(text).split())
    return line if len(line) <= 80 else line[:79] + "…"
