"""What a source that cannot speak RDF is credited with.

CKAN, OpenDataSoft, udata and data.json have text where DCAT has IRIs. Their interfaces are
documented, and so is what each of their fields means in DCAT-AP.de; a value that means exactly one IRI by that mapping counts as that IRI when
the municipality is judged. Everything else (repairs, words of the portal, additions of ours)
counts for the feed alone. `docs/published-view.md` is generated from this module.
"""

from collections.abc import Iterator

from datenernte_dcat.mapping import compact, row_of
from datenernte_dcat.normalise.concepts import RULES, concepts_for
from datenernte_dcat.normalise.context import SELF_DESCRIBING
from datenernte_dcat.normalise.links import EMAIL_FIELDS, WEB_FIELDS, email_iri
from datenernte_dcat.normalise.literals import exact_literal
from datenernte_dcat.normalise.places import exact_place
from datenernte_dcat.normalise.walk import rewritten
from datenernte_dcat.records import Dataset, Distribution, Literal, Location, Node, Reference
from datenernte_dcat.terms import is_web_iri
from datenernte_dcat.vocabulary import media_type_iri, vocabulary

_MEDIA_TYPE_FIELDS = frozenset({"media_type", "compress_format", "package_format"})


def published_view(dataset: Dataset, source_type: str) -> Dataset:
    """The dataset as the municipality published it, in terms of DCAT-AP.de.

    For RDF sources the dataset itself. For others, text becomes the one IRI that it names, web
    and e-mail addresses become IRIs, ISO dates and whole numbers of bytes get their datatype. A
    value that is an IRI already stays as it is, right or wrong.
    """
    return dataset if source_type in SELF_DESCRIBING else rewritten(dataset, _Published())


class _Published:
    """Visits every value of one dataset; notes nothing, repairs nothing."""

    def enter(self, node: Node) -> None:
        """Nothing to do."""

    def leave(self, node: Node, owner: Node | None, field: str) -> Node:
        """The place with its point or rectangle as the property that such a place has."""
        return exact_place(node) if isinstance(node, Location) else node

    def literal(self, owner: Node, field: str, value: Literal) -> Literal:
        """The literal with the datatype that it plainly has."""
        return exact_literal(field, value)

    def reference(self, owner: Node, field: str, value: Reference) -> tuple[Reference, ...]:
        """The IRIs that a text exactly means, else the value as it was."""
        if value.uri is not None or value.label is None:
            return (value,)
        found = tuple(_iris_of(type(owner), field, value.label.value))
        return tuple(Reference(uri=iri) for iri in found) or (value,)


def _iris_of(record: type[Node], field: str, text: str) -> Iterator[str]:
    place = record, field
    rule = RULES.get(place)
    if rule is not None:
        yield from concepts_for(rule, text)
    elif field in _MEDIA_TYPE_FIELDS:
        iri = media_type_iri(text)
        if iri is not None and iri.casefold().endswith(f"/{text.strip().casefold()}"):
            yield iri
    elif place in EMAIL_FIELDS:
        iri = email_iri(text)
        if iri is not None:
            yield iri
    elif (place in WEB_FIELDS or field in ("conforms_to", "references")) and is_web_iri(text):
        yield text


def published_view_page() -> str:
    """The page `docs/published-view.md`: the mapping, field by field and word by word."""
    parts = [_HEAD, "| Feld | Eigenschaft | Werteliste |", "|---|---|---|"]
    names: dict[str, None] = {}
    for (record, field), rule in RULES.items():
        if rule.vocabulary:
            names[rule.vocabulary] = None
        title = (
            vocabulary(rule.vocabulary).title if rule.vocabulary else "Schlüssel nach ihrer Form"
        )
        prop = compact(row_of(record, field).property)
        parts.append(f"| `{record.__name__}.{field}` | `{prop}` | {title} |")
    for field in sorted(_MEDIA_TYPE_FIELDS):
        prop = compact(row_of(Distribution, field).property)
        parts.append(f"| `Distribution.{field}` | `{prop}` | {vocabulary('media_types').title} |")
    for name in names:
        parts += ["", *_table_of(name)]
    return "\n".join(parts) + "\n"


def _table_of(name: str) -> Iterator[str]:
    vocab = vocabulary(name)
    yield f"## {vocab.title}"
    yield ""
    yield f"Basis `{vocab.base}`, Quelle <{vocab.source}>, Stand {vocab.date}."
    yield ""
    yield "| Code | zählt als dieser Begriff |"
    yield "|---|---|"
    words: dict[str, list[str]] = {}
    for word, iri in vocab.names():
        if word != vocab.code(iri):
            words.setdefault(iri, []).append(word)
    for iri in sorted(vocab.iris):
        listed = "; ".join(dict.fromkeys(words.get(iri, ()))).replace("|", "\\|")
        yield f"| `{vocab.code(iri)}` | {listed or 'der Code'} |"


_HEAD = """\
# Was eine Quelle ohne RDF angerechnet bekommt

Diese Seite ist erzeugt (`datenernte_dcat.normalise.published_view.published_view_page`).

CKAN und verwandte Schnittstellen kennen nur Text, wo DCAT-AP.de IRIs verlangt. Ein Text, der nach den Tabellen
unten genau einen Begriff meint, zählt bei der Bewertung der Kommune als dessen IRI. Groß- und Kleinschreibung,
Leerraum und ein Punkt am Anfang sind gleichgültig, bei Adressen auch http oder https, `www.` und ein
Schrägstrich am Ende. Ein Text, den zwei Begriffe führen, zählt nicht; nur bei den Themen meint er beide.

Außerdem zählen:

- vollständige Webadressen und E-Mail-Adressen als IRI,
- Datumsangaben in einer der vier Formen nach ISO 8601 (Jahr, Jahr-Monat, Tag, Zeitpunkt) mit ihrem Datentyp,
- ganze Zahlen als Dateigröße,
- registrierte Medientypen als IRI der IANA,
- ein Punkt oder ein Rechteck in GeoJSON (CKANs Feld »spatial«) als Mittelpunkt oder Umgriff.

Nichts anderes zählt: Was wir darüber hinaus berichtigen oder ergänzen, steht nur im Katalog und als Befund im Bericht.

## Quelltypen

| Quelltyp | Felder, deren Text so gelesen wird |
|---|---|
| `ckan` | die Felder von ckanext-dcatde und des älteren OGD-Schemas; Gruppen als Themen |
| `csw` | Themenkategorie (`topicCategory`), Sprache, Aktualisierung (`maintenanceAndUpdateFrequency`), Format, Protokoll der Verweise; die Lizenz nach der Regel der GDI-DE (JSON in `otherConstraints`); »noLimitations« als öffentlicher Zugang |
| `data_package` | `licenses`, `languages`, `accrualPeriodicity`; je Datei `format`, `mediatype`, `licenses`, `hash` |
| `dcat_us` | `theme`, `language`, `license`, `accessLevel`, `accrualPeriodicity`, `format`, `mediaType`; ein `modified` wie »R/P1D« als Aktualisierung |
| `file_listing` | die Endung als Format, der angegebene Medientyp; aus einer Beschreibung neben der Datei deren Felder |
| `html_links` | die Endung als Format, `type` des Verweises; Spalten, die »Lizenz«, »Kategorie« oder »Aktualisierung« heißen |
| `oai_pmh` | von Dublin Core und DataCite Sprache, Rechte, Format und Art; eine Nutzlast in RDF, wie sie geschrieben ist |
| `ogc_records` | `themes`, `language`, `license`, `type` und Art der Verweise |
| `opendatasoft` | `theme`, `language`, `license`, `license_url`; die Vorlagen »dcat«, »dcat_ap« und »dcat_ap_de«; Exporte als CSV, JSON, GeoJSON und XLSX |
| `schema_org` | `license`, `inLanguage`, `encodingFormat`; `keywords` mit einer Adresse als Themen |
| `udata` | `frequency`, `license`, `format`, `mime`, `checksum.type` |
| `wfs_wms` | Art des Dienstes und Ausgabeformat als Format; `Fees` und `AccessConstraints` als Lizenz, auch als JSON nach der Regel der GDI-DE |

Quellen, die selbst RDF sprechen (`arcgis_hub`, `dcat_rdf`, `piveau`, `sparql`), zählen so, wie sie es schreiben.

## Felder
"""
