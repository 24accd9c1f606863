"""Words of German web pages that say what stands beside them: columns, dates, links to files."""

import re

from datenernte_dcat.normalise.dates import read_date
from datenernte_dcat.vocabulary import vocabulary
from datenernte_harvester.sources.web_pages import collapsed

COLUMNS = {
    "title": ("titel", "name", "datensatz", "bezeichnung", "datei", "dataset", "title"),
    "description": ("beschreibung", "inhalt", "erläuterung", "kurzbeschreibung", "description"),
    "modified": (
        *("stand", "datum", "aktualisiert", "aktualisiert am", "letzte änderung"),
        *("letzte aktualisierung", "geändert am", "modified", "updated"),
    ),
    "license": ("lizenz", "nutzungsbedingungen", "lizenzbedingungen", "license", "licence"),
    "frequency": ("aktualisierung", "turnus", "aktualisierungsturnus", "aktualisierungsrhythmus"),
    "keywords": ("schlagwörter", "schlagworte", "stichwörter", "stichworte", "tags", "keywords"),
    "theme": ("thema", "kategorie", "rubrik", "themenbereich"),
    "files": (
        *(
            "format",
            "formate",
            "dateiformat",
            "download",
            "downloads",
            "link",
            "links",
            "datei(en)",
        ),
        *("dateien", "größe", "dateigröße", "dateityp", "typ", "nr.", "nr", ""),
    ),
}
"""What a table's column holds → how it may be headed. »files« are read as links, or rounded."""

_DATE = (
    r"(\d{1,2}\.\s?\d{1,2}\.\s?\d{4}|\d{4}-\d\d-\d\d|\d{1,2}\.?\s[A-Za-zäÄ]{3,9}\.?\s\d{4}"
    r"|[A-Za-zäÄ]{3,9}\s\d{4}|\d{1,2}[./]\d{4}|(?:19|20)\d\d)\b"
)
_STATED = re.compile(
    r"\b(?:Stand|(?:zuletzt |letzte )?(?:aktualisiert|Aktualisierung|geändert|Änderung))"
    rf"(?:\s*:\s*|\s+)(?:vom\s+|am\s+|der Daten\s*:?\s*)?{_DATE}",
    re.IGNORECASE,
)
_FORMATS = (
    r"csv|tsv|xlsx?|xlsm|excel|ods|json|geojson|jsonld|xml|gml|kml|kmz|gpx|gpkg|geopackage|shp|shape"
    r"|shapefile|zip|gz|pdf|docx?|odt|txt|rdf|turtle|ttl|ics|ical|dxf|dwg|tiff?|parquet|sqlite|dbf"
)
_SIZE = r"(?:ca\.?\s*)?\d+(?:[.,]\d+)?\s*(?:bytes?|[kmgt]i?b|kbyte|mbyte)"
_NOTE = re.compile(
    rf"\s*[(\[](?:\s|,|;|/|-|–|\||als|im|format|datei|stand|{_FORMATS}|{_SIZE})*[)\]]",
    re.IGNORECASE,
)
"""A note in brackets that says nothing but format and size: »(CSV, 1,2 MB)«."""
_GENERIC = re.compile(
    rf"\b(?:{_SIZE}|(?:{_FORMATS})(?:-?(?:dateien|datei|format|download|export|tabelle))?"
    r"|downloads?|herunterladen|runterladen|dateien|datei|als|im|in|format|hier|öffnen|links?"
    r"|zum|zur|ansehen|anzeigen|export|exportieren|daten|file|here|den|die|der|das|und|oder"
    r"|openstreetmap|interner|externer)\b",
    re.IGNORECASE,
)
_LETTERS = re.compile(r"[^\W_]")
_EDGES = " \t\r\n:–—-|,;/•·»\N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK}>"


def column_of(heading: str) -> str | None:
    """What a column holds by its heading; None where that is not known."""
    words = collapsed(heading).strip(_EDGES).casefold()
    return next((name for name, headings in COLUMNS.items() if words in headings), None)


def stated_date(words: str) -> str | None:
    """The date behind »Stand:« and the like, as written; None where none or several are stated."""
    found = {match[1] for match in _STATED.finditer(words) if read_date(match[1]) is not None}
    return found.pop() if len(found) == 1 else None


def without_date(words: str) -> str:
    """The words without »Stand: …« and without notes on format and size."""
    return collapsed(_NOTE.sub(" ", _STATED.sub(" ", words))).strip(_EDGES)


def is_date(words: str) -> bool:
    """Whether the words are a date and nothing else."""
    return read_date(collapsed(words)) is not None


def name_in(words: str, file: str | None = None) -> str | None:
    """The name that a link's or a cell's words give; None for »Download«, »CSV« or a file's name.

    Args:
        file: name of the file that the link leads to.
    """
    name = without_date(words)
    if not name or (file is not None and name in (file, file.rpartition(".")[0])):
        return None
    if not _LETTERS.search(_GENERIC.sub("", name)):
        return None
    return name


def is_license(address: str) -> bool:
    """Whether an address is exactly that of a known licence."""
    return vocabulary("licenses").find(address) is not None
