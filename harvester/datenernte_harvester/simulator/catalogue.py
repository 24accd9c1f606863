"""Invented datasets: what the simulated portals have to offer, the same for the same seed."""

from dataclasses import dataclass, field
from random import Random

MUNICIPALITIES = (
    ("musterstadt", "Stadt Musterstadt", "09991001"),
    ("beispielau", "Gemeinde Beispielau", "09991002"),
    ("probstadt", "Markt Probstadt", "09991003"),
    ("langsamfurt", "Stadt Langsamfurt", "09991004"),
    ("leerhausen", "Gemeinde Leerhausen", "09991005"),
    ("finsterwald", "Gemeinde Finsterwald-Demo", "09991006"),
)
"""Name, title and key. There is no Regierungsbezirk 9 in Bavaria, so no key is anybody's."""

TOPICS = (
    ("Baumkataster", "baeume", "ENVI", ("Baum", "Grünflächen", "Umwelt")),
    ("Spielplätze", "spielplaetze", "SOCI", ("Spielplatz", "Kinder", "Freizeit")),
    ("Öffentliche Toiletten", "toiletten", "SOCI", ("Toilette", "Barrierefreiheit")),
    ("Kindertagesstätten", "kitas", "EDUC", ("Kita", "Betreuung", "Kinder")),
    ("Ladesäulen", "ladesaeulen", "TRAN", ("Elektromobilität", "Ladesäule")),
    ("Parkplätze", "parkplaetze", "TRAN", ("Parken", "Verkehr")),
    ("Haushaltsplan", "haushalt", "GOVE", ("Haushalt", "Finanzen")),
    ("Bevölkerung nach Alter", "bevoelkerung", "SOCI", ("Bevölkerung", "Statistik")),
    ("Ergebnisse der Gemeinderatswahl", "wahl", "GOVE", ("Wahl", "Gemeinderat")),
    ("Straßenverzeichnis", "strassen", "REGI", ("Straße", "Adresse")),
    ("Abfuhrtermine", "abfuhr", "ENVI", ("Abfall", "Müllabfuhr")),
    ("Luftmesswerte", "luft", "ENVI", ("Luftqualität", "Messwerte")),
    ("Radverkehrszählung", "radzaehlung", "TRAN", ("Fahrrad", "Verkehrszählung")),
    ("Bebauungspläne", "bplaene", "REGI", ("Bebauungsplan", "Planung")),
    ("Baudenkmäler", "denkmaeler", "EDUC", ("Denkmal", "Kultur")),
    ("Haltestellen", "haltestellen", "TRAN", ("Haltestelle", "ÖPNV")),
)
"""Title, short name, theme and keywords."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SimulatedFile:
    """One file of a dataset; `vice` names what is wrong with it (`files.VICES`)."""

    name: str
    format: str
    vice: str = "clean"


@dataclass(frozen=True, kw_only=True, slots=True)
class SimulatedDataset:
    """One dataset as the portal's editors think of it, before a protocol forms it."""

    id: str
    title: str
    description: str
    theme: str
    keywords: tuple[str, ...]
    license: str | None
    """CKAN's licence id, or None where the editors forgot it."""
    issued: str
    modified: str
    frequency: str = "ANNUAL"
    files: tuple[SimulatedFile, ...] = field(default=())


def datasets(name: str, count: int, seed: int) -> tuple[SimulatedDataset, ...]:
    """`count` faultless datasets of the municipality `name`."""
    random = Random(f"{seed}-{name}")  # noqa: S311 - invented data, no secret
    title = next(title for key, title, _ in MUNICIPALITIES if key == name)
    made = []
    for number in range(count):
        topic, short, theme, keywords = TOPICS[number % len(TOPICS)]
        year = 2025 - number // len(TOPICS)
        month, day = random.randint(1, 12), random.randint(1, 28)
        made.append(
            SimulatedDataset(
                id=f"{random.getrandbits(128):032x}",
                title=f"{topic} {title.split(' ', 1)[1]} {year}",
                description=(
                    f"{topic} der Kommune {title}, Stand {year}. Die Angaben stammen aus dem "
                    "Fachverfahren der Verwaltung und werden jährlich fortgeschrieben."
                ),
                theme=theme,
                keywords=(*keywords, title.split(" ", 1)[1]),
                license=random.choice(("dl-de-by-2.0", "dl-de-zero-2.0", "cc-by-4.0", "cc-zero")),
                issued=f"{year}-{month:02}-{day:02}T08:00:00",
                modified=f"{year}-{month:02}-{day:02}T08:00:00",
                files=(
                    SimulatedFile(name=f"{short}-{number}.csv", format="CSV"),
                    *(
                        (SimulatedFile(name=f"{short}-{number}.xlsx", format="XLSX"),)
                        if number % 4 == 0
                        else ()
                    ),
                ),
            )
        )
    return tuple(made)
