"""The page `docs/reference/einstellungen.md`: every setting, its type, default and meaning."""

from collections.abc import Iterable, Iterator
from dataclasses import fields
from itertools import groupby
from typing import get_args, get_type_hints

from datenernte_dcat.normalise.concepts import LOOKUP_TABLES
from datenernte_dcat.vocabulary import vocabulary
from datenernte_harvester.portal import source_types
from datenernte_harvester.reference.markdown import code, page, table, words
from datenernte_harvester.reference.settings_list import (
    Setting,
    folder_settings,
    meanings,
    portal_settings,
)
from datenernte_validators.scores.mqa import RuleSet

_INTRODUCTION = """\
# Einstellungen

Erzeugt mit `python -m datenernte_harvester.reference`; bitte nicht von Hand ändern.

Vorrang hat die Option der Befehlszeile, dann die Umgebungsvariable, dann die Datei, dann die Vorgabe. Listen stehen in
Umgebungsvariablen mit Kommas: `DATENERNTE_NETWORK_ALLOW=127.0.0.1:8099,127.0.0.1:8100`. Ein unbekannter Schlüssel ist
ein Fehler. `datenernte config show --origin` zeigt jeden Wert mit seiner Herkunft ([Form des JSON](../schemas/config.json)).

`DATENERNTE_NOW` (ISO 8601, z. B. `2026-03-01T04:00:00Z`) stellt die Uhr, für Tests und Wiederholungen.
"""
_PORTALS = """\
## portals/&lt;name>.toml

Eine Datei je Portal; ihr Name ohne `.toml` ist der Name des Portals (Kleinbuchstaben, Ziffern, Bindestriche) und bleibt
für immer. Umgebungsvariablen gibt es für Portale nicht, außer für Zugangsdaten: `DATENERNTE_AUTH_<PORTAL>`
([Betrieb](../operating.md#netz)).
"""
_MQA = """\
### [score] mqa_rules

Was das Verfahren offen lässt. Eine Abweichung steht in jeder Ausgabe, denn sie macht Punkte unvergleichbar.
"""
_LOOKUPS = "Mögliche Tabellen sind:"
_HEADINGS = ("Schlüssel", "Art", "Vorgabe", "Bedeutung")


def settings_page() -> str:
    """The Markdown page."""
    return page(
        _INTRODUCTION,
        "## datenernte.toml",
        *_folder_tables(),
        _MQA,
        table(("Regel", "möglich (Vorgabe zuerst)", "Bedeutung"), _mqa_rows()),
        _PORTALS,
        *_portal_tables(),
    )


def _folder_tables() -> Iterator[str | list[str]]:
    for name, settings in groupby(folder_settings(), lambda setting: setting.table):
        yield f"### [{name}]\n\n{meanings()['tables'][name]}"
        yield table(
            (*_HEADINGS, "Umgebungsvariable"),
            (
                (*_row(setting), "–" if setting.variable is None else code(setting.variable))
                for setting in settings
            ),
        )


def _portal_tables() -> Iterator[str | list[str]]:
    """The portal's own keys, then each of its tables; those with free keys in words."""
    texts = meanings()["portal_tables"]
    for name, group in groupby(portal_settings(), _table_of):
        settings = list(group)
        if name:
            yield f"### [{name}{'.…' if name == 'lookups' else ''}]\n\n{texts[name]}"
        if settings[0].table == name:
            yield table(_HEADINGS, map(_row, settings))
        else:
            yield settings[0].meaning
        if not name:
            yield f"Quelltypen: {', '.join(map(code, source_types()))}."
        elif name == "lookups":
            yield _LOOKUPS
            yield table(("Tabelle", "Werteliste"), _lookup_rows())


def _table_of(setting: Setting) -> str:
    """The heading that a setting stands under: a table with free keys is one itself."""
    return setting.key if not setting.table and setting.type_words == "Tabelle" else setting.table


def _row(setting: Setting) -> tuple[str, ...]:
    return (
        code(setting.key),
        setting.type_words,
        setting.default_words,
        words(setting.meaning),
    )


def _lookup_rows() -> Iterable[tuple[str, ...]]:
    for name, vocabulary_name in LOOKUP_TABLES.items():
        yield code(f"[lookups.{name}]"), words(vocabulary(vocabulary_name).title)


def _mqa_rows() -> Iterable[tuple[str, ...]]:
    hints = get_type_hints(RuleSet)
    for rule in fields(RuleSet):
        others = [choice for choice in get_args(hints[rule.name]) if choice != rule.default]
        choices = ", ".join(map(code, [str(rule.default), *others]))
        yield code(rule.name), choices, words(meanings()["mqa_rules"][rule.name])
