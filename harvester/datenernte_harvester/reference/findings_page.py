"""The page `docs/reference/befunde.md`: every finding code with what to do about it."""

from collections.abc import Iterator

from datenernte_dcat.texts import texts
from datenernte_harvester.cli.console import SEVERITIES
from datenernte_harvester.reference.markdown import code, link, page, table, words
from datenernte_validators.shapes.profiles import PROFILES, Rule, load_profile
from datenernte_validators.tabular.german import FRICTIONLESS_CODES

_INTRODUCTION = """\
# Befunde

Erzeugt mit `python -m datenernte_harvester.reference`; bitte nicht von Hand ändern.

Fehler verletzen eine Muss-Regel, Warnungen eine Soll-Regel; bei Hinweisen ist meist nichts zu tun. `…` steht für den
gefundenen Wert. `datenernte explain CODE` sagt dazu, warum es wichtig ist.
"""
_HEADINGS = ("Code", "Schwere", "Bedeutung", "Was zu tun ist", "Quelle")
_SHACL = f"""\
## Regeln für Metadaten

Unsere SHACL-Regeln der Profile {", ".join(f"`{name}`" for name in PROFILES)}. Eine eigene Datei mit Regeln
(`--profile DATEI.ttl`) bringt eigene Codes mit.
"""
_TABLES = """\
## Fehler der Tabellenprüfung

Die Codes sind die Fehlerarten von Frictionless. Ist das Schema nicht vorgegeben, sondern erkannt, so ist `type-error`
nur eine Warnung.
"""


def findings_page() -> str:
    """The Markdown page."""
    return page(
        _INTRODUCTION,
        "## Befunde von datenernte",
        table(_HEADINGS, _text_rows(frictionless=False)),
        _TABLES,
        table(_HEADINGS, _text_rows(frictionless=True)),
        _SHACL,
        table((*_HEADINGS[:4], "Profile", "Quelle"), _rule_rows()),
    )


def _text_rows(*, frictionless: bool) -> Iterator[tuple[str, ...]]:
    for name, text in sorted(texts().items()):
        if (name in FRICTIONLESS_CODES) is frictionless:
            yield (
                code(name),
                SEVERITIES[text.severity],
                words(text.title),
                words(text.advice),
                link(text.source),
            )


def _rule_rows() -> Iterator[tuple[str, ...]]:
    """One row a code; its texts are those of the first profile that has it, as for `explain`."""
    found: dict[str, dict[str, Rule]] = {}
    for profile in PROFILES:
        for rule in load_profile(profile).rules.values():
            found.setdefault(rule.code, {}).setdefault(profile, rule)
    for name, rules in sorted(found.items()):
        first = next(iter(rules.values()))
        differs = len({rule.severity for rule in rules.values()}) > 1
        yield (
            code(name),
            SEVERITIES[first.severity],
            words(first.message),
            words(first.advice),
            ", ".join(
                code(profile) + (f" ({SEVERITIES[rule.severity]})" if differs else "")
                for profile, rule in rules.items()
            ),
            link(first.source),
        )
