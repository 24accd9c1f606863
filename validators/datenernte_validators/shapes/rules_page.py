"""The page `docs/rules.md`: which convention is checked where, and why the others are not.

Source: Konventionenhandbuch DCAT-AP.de 2.0, https://www.dcat-ap.de/def/dcatde/2.0/implRules/
"""

import re
from collections.abc import Mapping

from datenernte_dcat.findings import Severity
from datenernte_dcat.mapping import compact
from datenernte_validators.shapes.profiles import PROFILES, Rule, load_profile

CONVENTIONS = tuple(range(1, 42))
"""The numbers of the handbook."""

CODES: Mapping[int, tuple[str, ...]] = {
    3: ("language-tag-invalid",),
    5: ("geometry-swapped",),
    6: ("geometry-unreadable",),
    7: ("geometry-unreadable",),
    11: ("spatial-added",),
    13: ("contributor-added",),
    25: ("identifier-added",),
    26: ("identifier-moved",),
    34: ("license-unknown",),
}
"""Conventions that our own checks look after, by finding codes, whatever the profile."""

REASONS: Mapping[int, str] = {
    2: "Eine Kann-Regel: Der Verweis auf eine Qualitätsbeschreibung darf fehlen.",
    3: "Ob ein Text ohne Sprachangabe deutsch ist, sieht man ihm nicht sicher an; geprüft wird, dass jede Sprachangabe gültig ist.",
    4: "Ein Text in WKT ohne Angabe steht nach GeoSPARQL in CRS84; das Bezugssystem fehlt ihm also nie.",
    5: "Vertauschte Achsen fallen auf, wenn der Ort dann außerhalb des Landes läge und vertauscht darin.",
    6: "Geprüft wird, ob sich die Geometrie als WKT oder GeoJSON lesen lässt.",
    7: "Wie K06, für Punkte.",
    10: "Ob es für ein Gebiet keinen Schlüssel gibt, steht nicht im Datensatz.",
    11: "Ein Gebietsschlüssel als Wert von dct:spatial verletzt die Klassenprüfung von 3.0. Fehlt der Ort, ergänzen wir ihn.",
    13: "Dass erhaltene Kennungen weitergegeben werden, hält ein Test unseres Katalogs; am Datensatz ist geprüft, dass es genau eine der Liste ist.",
    14: "Eine Kann-Regel; in 3.0 durch Datensatzreihen ersetzt.",
    15: "Ob ein Datensatz eine Sammlung ist, sagt nur K17; in 3.0 durch Datensatzreihen ersetzt.",
    16: "Braucht beide Datensätze; in 3.0 durch Datensatzreihen ersetzt.",
    17: "Ob ein Datensatz ohne diese Angabe eine Sammlung ist, steht nicht in ihm; in 3.0 durch Datensatzreihen ersetzt.",
    19: "Ob ein Ort oder eine Zeit nur im Titel steht, lässt sich nicht sicher lesen.",
    20: "Braucht die früheren Fassungen der Distribution.",
    22: "Verlangt vom Katalog, nicht vom Datensatz: Wir geben den Status in `datasets/<id>.*` weiter; in den Datenschnittstellen fehlt er, weil sich die Wertelisten von 2.0 und 3.0 ausschließen.",
    23: "Verlangt vom Portal, nicht vom Datensatz: Wir zeigen jeden Datensatz, welchen Status er auch hat.",
    24: "Braucht den Verlauf über 30 Tage.",
    25: "Verlangt vom Katalog: dct:identifier geht unverändert weiter; nur wo sie fehlt, schreiben wir die Kennung der Quelle.",
    26: "Verlangt vom Katalog: Weitere Kennungen bleiben und stehen in adms:identifier.",
    27: "Im Handbuch entfallen.",
    28: "Im Handbuch entfallen.",
    29: "Eine Kann-Regel.",
    33: "Im Handbuch entfallen.",
    34: "Verlangt vom Katalog: Eine unbekannte Lizenz geht unverändert weiter, mit einem Befund.",
    40: "Verlangt vom Abruf: Aus ISO 19139 wird der Stand der Metadaten gelesen.",
}
"""Why a convention is no rule of a profile, or what its finding does not cover."""

_WORDS = {Severity.ERROR: "Fehler", Severity.WARNING: "Warnung", Severity.INFO: "Hinweis"}
_CONVENTION = re.compile(r"#konvention-(\d+)$")

_HEAD = """\
# Geprüfte Regeln

Erzeugt mit `python -m datenernte_validators.shapes.rules_page > docs/rules.md`; bitte nicht von Hand ändern.

Die Regeln stehen als SHACL in `validators/datenernte_validators/shapes/*.ttl`. `datenernte check --profile NAME` wählt das Profil,
`datenernte explain CODE` erklärt eine Regel. Geprüft werden alle Regeln der Abschnitte, die DCAT-AP 3.0 und DCAT-AP.de 3.0 nennen; die
Konventionen nennt nur das Profil `dcat-ap.de-2.0`, weil es für 3.0 kein Konventionenhandbuch gibt.

| Profil | Regeln | Fehler | Warnungen | Hinweise |
|---|---|---|---|---|
"""

_CHANGES = """
## Wo wir von den amtlichen Dateien abweichen

- `dcatap` ist an `http://data.europa.eu/r5r/` gebunden. Die amtlichen Dateien schreiben `#` statt `/`; ihre Prüfungen der Verfügbarkeit greifen nie.
- Die Regel zum Herausgeber einer Datensatzreihe hängt amtlich an keiner Klasse und läuft nie; hier läuft sie.
- Sprachen und Medientypen sind an ihrer Form geprüft, Sprachen zusätzlich gegen die bibliografischen Codes (GER statt DEU).
- Die Nummern K31 und K32 stehen hier wie im Handbuch; die amtlichen Dateien vertauschen sie.

## Konventionen

| Nr. | geprüft als | Stufe | Eigenschaft | Anmerkung |
|---|---|---|---|---|
"""


def conventions() -> dict[int, list[Rule]]:
    """Number of a convention → the rules of our profiles that check it."""
    found: dict[int, list[Rule]] = {}
    for name in PROFILES:
        for rule in load_profile(name).rules.values():
            match = _CONVENTION.search(rule.source)
            if match:
                found.setdefault(int(match[1]), []).append(rule)
    return found


def rules_page() -> str:
    """The Markdown page `docs/rules.md`."""
    rows = [_HEAD]
    for name in PROFILES:
        rules = list({rule.code: rule for rule in load_profile(name).rules.values()}.values())
        counts = [sum(rule.severity is severity for rule in rules) for severity in _WORDS]
        rows.append(f"| `{name}` | {len(rules)} | {' | '.join(map(str, counts))} |\n")
    rows.append(_CHANGES)
    checked = conventions()
    for number in CONVENTIONS:
        rows.append(_row(number, checked.get(number, [])))
    return "".join(rows)


def _row(number: int, rules: list[Rule]) -> str:
    codes = [f"`{rule.code}`" for rule in rules] + [f"`{code}`" for code in CODES.get(number, ())]
    severities = ", ".join(dict.fromkeys(_WORDS[rule.severity] for rule in rules))
    properties = dict.fromkeys(f"`{compact(rule.property)}`" for rule in rules if rule.property)
    cells = (
        f"K{number:02}",
        "<br>".join(codes) or "nicht geprüft",
        severities,
        ", ".join(properties),
        REASONS.get(number, ""),
    )
    return f"| {' | '.join(cells)} |\n"


if __name__ == "__main__":
    print(rules_page(), end="")
