"""The page `docs/scores.md`: both methods with all weights and rules, made of their data."""

from collections.abc import Iterator
from dataclasses import fields

from datenernte_harvester.reference.markdown import code, page, table, words
from datenernte_validators.scores.kommunal.method import Method, method, method_hash
from datenernte_validators.scores.mqa import RuleSet
from datenernte_validators.scores.mqa_method import method as mqa_method

_INTRODUCTION = """\
# Bewertung: Kommunal-Score und MQA-405

Erzeugt mit `python -m datenernte_harvester.reference`; bitte nicht von Hand ändern.

Zwei Zahlen, die nie vermischt werden:

- **MQA-405** sind die Punkte, die das europäische Portal data.europa.eu vergibt, offline nachgerechnet. Sie dienen dem Vergleich mit dem europäischen Portal.
- Der **Kommunal-Score** von 0 bis 100 hilft einer Kommune, besser zu werden. Er sieht sich auch die Inhalte, die Links und die Dateien an.

Bewertet wird, was die Kommune selbst veröffentlicht hat, nicht was der Katalog ergänzt. `datenernte score --explain PORTAL` zeigt für jeden
verlorenen Punkt Beleg, Regel, Behebung und Gewinn; die Verluste ergeben zusammen genau 100 minus den Score.
"""

_FORMULAS = """\
## So wird gerechnet

Jede Prüfung gibt einen Wert v von 0 bis 1 (gerechnet in ganzen Millionsteln). Ebene »Datensatz«: einmal je Datensatz. »Mittel«: Mittelwert über die
Dateien und Dienste mit Daten. »Bestes«: das beste von ihnen. Eine Datei, deren Download (sonst Zugangslink) in unter der Hälfte der Abrufe
antwortet, bekommt in jeder Prüfung 0 außer in A1 und A3. Ohne Datei oder Dienst sind alle diese Prüfungen 0. Reine Dokumentation neben Daten bleibt außen vor.

- **Datensatz und Dimension**: 100 · Σ Gewicht · v ÷ Σ Gewicht, über alle Prüfungen, die zutreffen und bekannt sind.
- **Kommune und Dimension**: Mittel der Datensätze, gewichtet mit u = h ÷ √k. k ist die Zahl der Teile einer Reihe, h ist {hvd} für hochwertige Datensätze, sonst 1.
- **Kommunal-Score**: Mittel der Dimensionen nach ihren Gewichten. Eine Dimension, zu der nichts bekannt ist, bleibt außen vor.
- **Unbekanntes** zählt nicht mit. Die Spanne zeigt den Score, wenn alles Unbekannte 0 oder 1 wäre. Unter {coverage} % Messabdeckung ist die Stufe vorläufig.
- **Erreichbarkeit**: Σ gut · 0,5^(Alter ÷ {half} Tage) ÷ Σ 0,5^(Alter ÷ {half} Tage) über die Tage der letzten {window} Tage; ein Link gilt an jedem Tag als so, wie er zuletzt antwortete. Gesperrte Abrufe (401, 403, 429, robots.txt) zählen nicht; nach {window} Tagen zählen sie {blocked}.
- **Verschwundene Datensätze** ohne Weiterleitung und ohne angekündigtes Ende zählen {tombstone} Tage lang weiter, ohne Zugänglichkeit und mit sinkendem Gewicht.
- **Stufen** gibt es ab {graded} Datensätzen. Eine Stufe wechselt, wenn der Score {margin} Punkt jenseits der Grenze liegt oder an zwei Tagen in Folge.
- **Gerundet** wird nur die Anzeige: der Score kaufmännisch auf eine Stelle, Gewinne immer ab.
- **Vergleich** (Sortierung, Quartile, »besser als«): Ŝ = (n · S + κ · μ) ÷ (n + κ), μ ist das Mittel der Vergleichsgruppe, κ die Streuung innerhalb der Kommunen geteilt durch die zwischen ihnen, zwischen {low} und {high}; {prior} bei unter {least} Kommunen. Rangplätze gibt es nicht.
- **Änderung**: gebliebene, neue und weggefallene Datensätze, unser Verfahren und Übriges ergeben zusammen genau die Änderung. Bringt eine Ernte unter {frozen} % des Bekannten, bleibt der Score stehen.
"""

_LEVELS = {
    "dataset": "Datensatz",
    "mean": "Mittel",
    "any": "Bestes",
    "content": "Inhalt",
    "municipality": "Kommune",
}


def scores_page() -> str:
    """The Markdown page."""
    current = method()
    numbers = current.numbers
    formulas = _FORMULAS.format(
        hvd=_number(numbers.hvd_weight),
        coverage=_percent(numbers.coverage_from),
        half=numbers.half_life_days,
        window=numbers.window_days,
        blocked=_number(numbers.blocked_value),
        tombstone=numbers.tombstone_days,
        graded=numbers.grade_datasets,
        margin=_number(numbers.grade_margin),
        low=numbers.kappa_least,
        high=numbers.kappa_most,
        prior=numbers.prior_kappa,
        least=numbers.prior_municipalities,
        frozen=_percent(numbers.delivery_from),
    )
    return page(
        _INTRODUCTION,
        formulas,
        "## Dimensionen",
        table(
            ("", "Dimension", "Gewicht", "Warum"),
            ((d.code, words(d.title), str(d.weight), words(d.reason)) for d in current.dimension),
        ),
        *_checks(current),
        "## Deckel",
        *[f"- {words(cap.text)}" for cap in current.cap],
        "## Stufen",
        table(
            ("Stufe", "ab Punkten", "Bedeutung"),
            ((grade.letter, str(grade.lowest), words(grade.text)) for grade in current.grade),
        ),
        "## Aufwand",
        "Ratschläge stehen nach Gewinn geteilt durch Aufwand.",
        table(
            ("Aufwand", "zählt", "Bedeutung"),
            ((name, str(value), words(current.effort_words[name]))
             for name, value in current.efforts.items()),
        ),
        "## Aktualisierungsrhythmus in Tagen (P)",
        table(
            ("Wert der EU-Liste", "Tage"),
            ((code(name), "immer gehalten" if days < 0 else str(days))
             for name, days in current.frequencies.items()),
        ),
        *_mqa(),
        f"Kommunal-Score: {code(current.id)}, Fassung {current.version}, "
        f"SHA-256 {code(method_hash())}. MQA-405: {code(mqa_method().id)}.",
    )  # fmt: skip


def _checks(current: Method) -> Iterator[str | list[str]]:
    for dimension in current.dimension:
        yield f"### {dimension.code} {dimension.title}"
        yield table(
            ("", "Prüfung", "Gewicht", "Ebene", "Regel", "So beheben", "zuständig", "Aufwand"),
            (
                (
                    check.id,
                    words(check.title),
                    str(check.weight),
                    _LEVELS[check.level],
                    words(check.rule),
                    words(check.how),
                    check.who,
                    check.effort,
                )
                for check in current.check
                if check.dimension == dimension.code
            ),
        )


def _mqa() -> Iterator[str | list[str]]:
    found = mqa_method()
    yield "## MQA-405"
    yield (
        "Es zählt die eine Distribution mit der höchsten Summe, dazu die Angaben am Datensatz; eine Kommune hat das "
        "gerundete Mittel ihrer Datensätze."
    )
    yield table(
        ("Metrik", "Dimension", "Punkte"),
        ((code(one.name), one.dimension, str(one.points)) for one in found.metric),
    )
    yield "Wo das Verfahren Fragen offen lässt, entscheidet eine benannte Regel (`[score] mqa_rules`, weitere zugleich mit `mqa_further`):"
    yield table(
        ("Regel", "Vorgabe"),
        ((code(rule.name), code(str(rule.default))) for rule in fields(RuleSet)),
    )


def _number(value: object) -> str:
    return str(value).removesuffix(".0").replace(".", ",")


def _percent(share: object) -> str:
    return _number(round(float(str(share)) * 100))
