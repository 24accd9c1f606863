"""Words for codes: what states, bands, dimensions and properties are called on a German page."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from datenernte_dcat.findings import Severity
from datenernte_dcat.store.rows import PortalState
from datenernte_dcat.terms import DCAT, DCATAP, DCATDE, DCT, FOAF, PREFIXES, VCARD


@dataclass(frozen=True, slots=True)
class Mark:
    """A word with a sign; the colour only repeats it."""

    css: str
    sign: str
    words: str


@dataclass(frozen=True, slots=True)
class SeverityMark:
    """The mark of a severity, for one finding and for many."""

    css: str
    sign: str
    one: str
    many: str


SEVERITIES: Mapping[str, SeverityMark] = {
    Severity.ERROR.value: SeverityMark("bad", "✕", "Fehler", "Fehler"),
    Severity.WARNING.value: SeverityMark("warn", "!", "Warnung", "Warnungen"),
    Severity.INFO.value: SeverityMark("note", "○", "Hinweis", "Hinweise"),
}

STATES: Mapping[PortalState | None, Mark] = {
    PortalState.OK: Mark("good", "✓", "vollständig"),
    PortalState.PARTIAL: Mark("warn", "!", "unvollständig"),
    PortalState.HELD: Mark("warn", "!", "gehalten"),
    PortalState.FAILED: Mark("bad", "✕", "fehlgeschlagen"),
    None: Mark("", "–", "noch nicht abgerufen"),
}

STATE_SENTENCES: Mapping[PortalState, str] = {
    PortalState.PARTIAL: "Beim letzten Abruf kam nur ein Teil der Datensätze an; es wurde nichts "
    "zurückgezogen.",
    PortalState.HELD: "Beim letzten Abruf fehlten ungewöhnlich viele Datensätze. Bis jemand das "
    "bestätigt oder das Portal sie wieder liefert, werden alle gehalten.",
    PortalState.FAILED: "Der letzte Abruf ist fehlgeschlagen.",
}

STATE_HEADLINES: Mapping[PortalState, str] = {
    PortalState.PARTIAL: "unvollständig abgerufen",
    PortalState.HELD: "gehalten",
    PortalState.FAILED: "nicht erreicht oder nicht lesbar",
}


@dataclass(frozen=True, slots=True)
class Dimension:
    """One of the five dimensions of MQA-405."""

    name: str
    title: str
    meaning: str
    maximum: int


DIMENSIONS = (
    Dimension("findability", "Auffindbarkeit", "Schlagwörter, Themen, Ort und Zeit", 100),
    Dimension("accessibility", "Erreichbarkeit", "Adressen, die antworten", 100),
    Dimension("interoperability", "Verarbeitung", "offene, maschinenlesbare Formate", 110),
    Dimension("reusability", "Nachnutzbarkeit", "Lizenz, Zugang, Kontakt, Herausgeber", 75),
    Dimension("contextuality", "Zusatzangaben", "Größe, Datum, Rechte", 20),
)
"""Source: https://data.europa.eu/mqa/methodology; the German words are ours."""

MAXIMUM = 405
"""Highest total in points."""


@dataclass(frozen=True, slots=True)
class Band:
    """One rating band of MQA-405."""

    title: str
    css: str
    sentence: str


BANDS: Mapping[str, Band] = {
    "Excellent": Band(
        "ausgezeichnet", "good", "Ab 351 Punkten gilt die Beschreibung als ausgezeichnet."
    ),
    "Good": Band("gut", "good", "221 bis 350 Punkte gelten als gut, ab 351 als ausgezeichnet."),
    "Sufficient": Band(
        "ausreichend", "warn", "121 bis 220 Punkte gelten als ausreichend, ab 221 als gut."
    ),
    "Bad": Band("schlecht", "bad", "Bis 120 Punkte gelten als schlecht, ab 121 als ausreichend."),
}
GRADE_CSS: Mapping[str, str] = {"A": "good", "B": "good", "C": "note", "D": "warn", "E": "bad"}
"""Class of the mark of each grade of the Kommunal-Score."""

_LOWEST = (("Excellent", 351), ("Good", 221), ("Sufficient", 121))


def rating(total: float) -> str:
    """The documented band of a total in points, for scores that do not state theirs."""
    return next((name for name, lowest in _LOWEST if total >= lowest), "Bad")


LINK_OUTCOMES: Mapping[str, Mark] = {
    "ok": Mark("good", "✓", "erreichbar"),
    "broken": Mark("bad", "✕", "nicht erreichbar"),
    "timeout": Mark("bad", "✕", "antwortet nicht"),
    "error": Mark("bad", "✕", "nicht erreichbar"),
    "blocked": Mark("note", "○", "lässt keine Prüfung zu"),
    "forbidden": Mark("bad", "✕", "keine öffentliche Adresse"),
}

LINK_STATES: Mapping[str, Mark] = {
    "broken": Mark("bad", "✕", "defekt"),
    "doubtful": Mark("warn", "!", "zuletzt nicht erreichbar"),
    "flaky": Mark("warn", "!", "zeitweise gestört"),
    "blocked": Mark("note", "○", "lässt keine Prüfung zu"),
    "redirected": Mark("note", "○", "umgeleitet"),
}
"""What the report calls a link that is not simply fine."""

_PROPERTIES = {
    DCT + "title": "Titel",
    DCT + "description": "Beschreibung",
    DCT + "publisher": "Herausgeber",
    DCT + "creator": "Urheber",
    DCT + "contributor": "Mitwirkende",
    DCT + "license": "Lizenz",
    DCT + "format": "Format",
    DCT + "issued": "Datum der Veröffentlichung",
    DCT + "modified": "Datum der letzten Änderung",
    DCT + "language": "Sprache",
    DCT + "spatial": "räumlicher Bezug",
    DCT + "temporal": "zeitlicher Bezug",
    DCT + "identifier": "Kennung",
    DCT + "accrualPeriodicity": "Aktualisierung",
    DCT + "accessRights": "Zugangsrechte",
    DCT + "rights": "Rechte",
    DCT + "conformsTo": "eingehaltener Standard",
    DCT + "references": "Verweis",
    DCT + "relation": "verwandte Quelle",
    DCT + "source": "Quelle",
    DCT + "type": "Art",
    DCT + "provenance": "Herkunft",
    DCAT + "keyword": "Schlagwort",
    DCAT + "theme": "Thema",
    DCAT + "contactPoint": "Kontakt",
    DCAT + "distribution": "Datei oder Dienst",
    DCAT + "accessURL": "Zugangsadresse",
    DCAT + "downloadURL": "Downloadadresse",
    DCAT + "mediaType": "Dateityp",
    DCAT + "byteSize": "Dateigröße",
    DCAT + "landingPage": "Webseite",
    DCAT + "endpointURL": "Adresse des Dienstes",
    DCAT + "startDate": "Beginn",
    DCAT + "endDate": "Ende",
    FOAF + "name": "Name",
    FOAF + "mbox": "E-Mail",
    FOAF + "page": "Dokumentation",
    FOAF + "homepage": "Webseite",
    VCARD + "hasEmail": "E-Mail",
    VCARD + "hasTelephone": "Telefon",
    VCARD + "hasURL": "Webseite",
    VCARD + "fn": "Name des Kontakts",
    DCATAP + "availability": "geplante Verfügbarkeit",
    DCATAP + "hvdCategory": "Kategorie hochwertiger Datensätze",
    DCATAP + "applicableLegislation": "Rechtsgrundlage",
    DCATDE + "contributorID": "Kennung des Datenbereitstellers",
    DCATDE + "licenseAttributionByText": "Namensnennung",
    DCATDE + "politicalGeocodingURI": "Verwaltungsgebiet",
    DCATDE + "politicalGeocodingLevelURI": "Verwaltungsebene",
    DCATDE + "geocodingDescription": "Ortsangabe",
    DCATDE + "maintainer": "Verwalter",
    DCATDE + "originator": "Urheber",
    DCATDE + "plannedAvailability": "geplante Verfügbarkeit",
}


_CODES = re.compile(r" \((?:[a-z]+:[A-Za-z-]+|https?://[^)]*)\)")


def without_codes(text: str) -> str:
    """A message without its » (dct:title)«: needed by whoever mends it, else out of place."""
    return _CODES.sub("", text)


def property_words(name: str | None) -> str:
    """A property as a German word; the name itself where we have no word; empty for none."""
    if not name:
        return ""
    if name in _PROPERTIES:
        return _PROPERTIES[name]
    for namespace in PREFIXES.values():
        if name.startswith(namespace):
            return name.removeprefix(namespace)
    return name
