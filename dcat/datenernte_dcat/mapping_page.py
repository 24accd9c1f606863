"""The page `docs/mapping.md`, made from the mapping table; a test fails when it is stale."""

from datenernte_dcat.mapping import (
    CLASSES,
    MAPPING,
    PUBLISHED_AVOIDED,
    RECORDS_AVOIDED,
    Kind,
    compact,
    rows_of,
)
from datenernte_dcat.records import CatalogRecord

_INTRODUCTION = """\
# Felder und Eigenschaften

Diese Seite ist aus der Tabelle in `dcat/datenernte_dcat/mapping.py` erzeugt
(`python -m datenernte_dcat.mapping_page > docs/mapping.md`). Dieselbe Tabelle liest und schreibt das RDF.

Was die Datensätze nicht als Feld kennen, geht nicht verloren: Es bleibt als Tripel neben dem
Datensatz und wird wieder veröffentlicht. »mehrere: nein« heißt: Ein zweiter Wert bleibt als Tripel.
Das gilt auch für alles, was das Dokument über einen Wert sagt, etwa über eine Lizenz oder ein Gesetz;
nur andere Datensätze, Kataloge, Katalogeinträge und die amtlichen Wertelisten selbst gehören nicht dazu.
Alte Namensräume (`…/dcatde/1_0/`, `…/dcatde/1.1/`, `https` statt `http`) werden bei jeder
Eigenschaft als die richtige gelesen und als Befund gemeldet.
"""
_KINDS = {Kind.LITERAL: "Text, Datum, Zahl", Kind.REFERENCE: "IRI, ersatzweise Text"}


def mapping_page() -> str:
    """The Markdown page `docs/mapping.md`: one table per record type, and what feeds omit."""
    lines = [_INTRODUCTION]
    for record, node_class in CLASSES.items():
        lines += [
            f"## {record.__name__} ({compact(node_class)})",
            "",
            "| Feld | Eigenschaft | Wert | mehrere | auch gelesen als | in Datenschnittstellen |",
            "|---|---|---|---|---|---|",
        ]
        for row in rows_of(record):
            value = _KINDS.get(row.kind) or (row.target.__name__ if row.target else "")
            old = ", ".join(f"`{compact(name)}`" for name in row.old_names)
            lines.append(
                f"| `{row.field}` | `{compact(row.property)}` | {value} "
                f"| {'ja' if row.many else 'nein'} | {old} | {'ja' if row.feed else 'nein'} |"
            )
        lines.append("")
    lines += ["## Was in den Datenschnittstellen fehlt", ""]
    lines += [
        f"- `{compact(row.property)}` an {row.record.__name__}: {row.why}"
        for row in MAPPING
        if not row.feed and row.record is not CatalogRecord
    ]
    lines += [
        f"- `{compact(CLASSES[CatalogRecord])}` ganz: {RECORDS_AVOIDED}",
        f"- Jede Eigenschaft, deren Wert wir selbst veröffentlichen: {PUBLISHED_AVOIDED}",
        "- Weitere `dct:creator` eines Katalogs nach dem ersten: DCAT-AP 3.0 erlaubt nur einen.",
        "",
        "Jede Auslassung steht als Hinweis beim Datensatz; `datasets/<id>.*` enthält alles.",
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(mapping_page(), end="")
