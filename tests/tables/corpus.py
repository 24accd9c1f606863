"""Files in the manner of German offices, invented, each with what must be recognised in it.

`python tests/tables/corpus.py` prints the eight measures and every miss. The flaws are those that
real public tables have; no content is anybody's.
"""

import io
import itertools
import json
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from datenernte_validators.tabular.table import check_table

AIMS = {
    "encoding": 0.99,
    "delimiter": 1.0,
    "header": 0.95,
    "rows": 0.90,
    "types": 0.90,
    "dates and codes": 0.95,
    "decimal mark": 0.97,
    "no crash": 1.0,
}
"""What must be reached, as mean over all files that have the property."""

TYPES = {
    "s": "string",
    "c": "string",
    "i": "integer",
    "n": "number",
    "b": "boolean",
    "e": "any",
    "t": "time %H:%M",
    "tt": "time",
    "d": "date %d.%m.%Y",
    "ds": "date %d.%m.%y",
    "di": "date",
    "dy": "date %Y.%m.%d",
    "dd": "date %d/%m/%Y",
    "dm": "date %m/%d/%Y",
    "m": "datetime %d.%m.%Y %H:%M",
    "ms": "datetime %d.%m.%Y %H:%M:%S",
    "mi": "datetime",
    "mb": "datetime %Y-%m-%d %H:%M",
}
"""Short names of column types; `c` is a code that must stay text."""
_DATED = frozenset({"t", "tt", "d", "ds", "di", "dy", "dd", "dm", "m", "ms", "mi", "mb", "c"})


@dataclass(frozen=True, kw_only=True)
class Sample:
    """One file and the truth about it."""

    name: str
    data: bytes
    file_name: str = "tabelle.csv"
    encoding: str | None
    delimiter: str | None
    header: tuple[int, ...]
    rows: int
    types: tuple[str, ...]
    """Short names."""
    decimal: str | None = None


@dataclass
class Result:
    """Shares of what was recognised, by measure, one number for each file that has it."""

    shares: dict[str, list[float]] = field(default_factory=lambda: {name: [] for name in AIMS})
    misses: list[str] = field(default_factory=list)

    def note(self, sample: Sample, measure: str, found: Any, truth: Any, share: float) -> None:
        self.shares[measure].append(share)
        if share < 1:
            self.misses.append(f"{sample.name}: {measure}: {found!r} statt {truth!r}")

    def mean(self, measure: str) -> float:
        values = self.shares[measure]
        return sum(values) / len(values)


def measure(samples: Sequence[Sample], folder: Path) -> Result:
    """Recognise every file and compare with the truth."""
    result = Result()
    for sample in samples:
        path = folder / sample.file_name
        path.write_bytes(sample.data)
        document = check_table(path, target=sample.name).document
        dialect = document["dialect"] or {}
        result.note(sample, "no crash", document["rows"], sample.rows, document["rows"] is not None)

        def same(measure: str, found: Any, truth: Any, sample: Sample = sample) -> None:
            result.note(sample, measure, found, truth, float(found == truth))

        if sample.encoding:
            same("encoding", document["encoding"], sample.encoding)
        if sample.delimiter:
            same("delimiter", dialect.get("delimiter"), sample.delimiter)
        same("header", tuple(dialect.get("header_rows", ("?",))), sample.header)
        same("rows", document["rows"], sample.rows)
        if sample.decimal:
            same("decimal mark", dialect.get("decimal_char"), sample.decimal)
        found = [
            f["type"] if f["format"] == "default" else f"{f['type']} {f['format']}"
            for f in document["fields"]
        ]
        truth = [TYPES[short] for short in sample.types]
        right = [a == b for a, b in zip(found, truth, strict=False)]
        right += [False] * (max(len(found), len(truth)) - len(right))
        wrong = [
            (k + 1, found[k : k + 1], truth[k : k + 1]) for k, ok in enumerate(right) if not ok
        ]
        result.note(sample, "types", wrong, "", sum(right) / len(right))
        dated = [ok for ok, short in zip(right, sample.types, strict=False) if short in _DATED]
        if dated:
            result.note(sample, "dates and codes", wrong, "", sum(dated) / len(dated))
    return result


_samples: list[Callable[[], Sample]] = []


def _text(
    name: str,
    text: str,
    types: str,
    rows: int,
    *,
    header: tuple[int, ...] = (1,),
    delimiter: str | None = ";",
    written: str = "utf-8",
    encoding: str = "",
    decimal: str | None = None,
    end: str = "\n",
    raw: Callable[[bytes], bytes] = bytes,
) -> None:
    """Add a text file; `raw` damages its bytes."""

    def make() -> Sample:
        return Sample(
            name=name,
            data=raw(text.replace("\n", end).encode(written)),
            encoding=encoding or written,
            delimiter=delimiter,
            header=header,
            rows=rows,
            types=tuple(types.split()),
            decimal=decimal,
        )

    _samples.append(make)


def _sheet(
    name: str,
    rows: Sequence[Sequence[Any]],
    types: str,
    count: int,
    *,
    header: tuple[int, ...] = (1,),
    merged: Sequence[str] = (),
    notes: Sequence[Sequence[Any]] = (),
    decimal: str | None = None,
) -> None:
    """Add an XLSX file; `notes` is a sheet in front."""

    def make() -> Sample:
        import openpyxl

        book = openpyxl.Workbook()
        sheet = book.worksheets[0]
        if notes:
            sheet.title = "Hinweise"
            for row in notes:
                sheet.append(list(row))
            sheet = book.create_sheet("Daten")
        for row in rows:
            sheet.append(list(row))
        for area in merged:
            sheet.merge_cells(area)
        stream = io.BytesIO()
        book.save(stream)
        return Sample(
            name=name,
            data=stream.getvalue(),
            file_name="tabelle.xlsx",
            encoding=None,
            delimiter=None,
            header=header,
            rows=count,
            types=tuple(types.split()),
            decimal=decimal,
        )

    _samples.append(make)


def samples() -> list[Sample]:
    """All files."""
    return [make() for make in _samples]


def _lines(count: int, line: Callable[[int, Random], str], seed: int = 1) -> str:
    random = Random(seed)  # noqa: S311 - invented data
    return "".join(line(n, random) + "\n" for n in range(1, count + 1))


_PLACES = (
    "Ahornau", "Birkenfels", "Buchenbrück", "Dornheim", "Eichgrün", "Erlenöd", "Föhrental",
    "Ginsterhausen", "Hasellohe", "Holderstadt", "Kiefernrück", "Lärchenmühl", "Ulmenweiß",
)  # fmt: skip


def _place(n: int) -> str:
    return _PLACES[n % len(_PLACES)]


def _dotted(value: int) -> str:
    return f"{value:,}".replace(",", ".")


def _german(value: float, places: int = 2) -> str:
    return f"{value:,.{places}f}".replace(",", "_").replace(".", ",").replace("_", ".")


# ---- statistical offices -------------------------------------------------------------------

_text(
    "statistics: five titles, unnamed keys, unit row, footnote in quotes",
    """Bevölkerung: Kreise, Stichtag, Geschlecht
Fortschreibung des Bevölkerungsstandes
Beispielland
Bevölkerungsstand (Anzahl)
Stichtag: 31.12.2023
;;Geschlecht;Geschlecht;Geschlecht
;;männlich;weiblich;Insgesamt
;;Anzahl;Anzahl;Anzahl
"""
    + _lines(14, lambda n, r: f"{n:05};{_place(n)}, Landkreis;{r.randint(9_000, 99_999)};{r.randint(9_000, 99_999)};{r.randint(99_999, 200_000)}")
    + """__________
"(1) Ergebnisse auf Grundlage
des Zensus."
(C)opyright Statistisches Amt, 2024
Stand: 11.03.2024 / 09:15:44
""",
    "c s i i i", 14, header=(6, 7, 8), written="cp1252",
)  # fmt: skip
_text(
    "statistics: years across, hierarchy, tokens for no value",
    """Tabelle: 21111-01-02-4-B;;;;;
Schulen und Schüler;;;;;
;;2019;2020;2021;2022
DG;Gesamtland;1200;1180;1175;1160
09;  Nordland;600;590;-;580
091;    Bezirk Ober;300;295;.;290
09161;      Ahornau, Stadt;10;x;11;12
09162;      Birkenfels, Stadt;30;31;...;33
09171;      Buchenbrück;20;20;/;21
092;    Bezirk Unter;300;295;300;290
09271;      Dornheim;15;16;17;18
_____
Quelle: Statistisches Amt;;;;;
""",
    "c s i i i i", 8, header=(3,), written="cp1252",
)  # fmt: skip
_text(
    "statistics: flat file with all codes",
    "Statistik_Code;Statistik_Label;Zeit_Code;Zeit;1_Merkmal_Code;1_Auspraegung_Code;1_Auspraegung_Label;BEVSTD__Bevoelkerungsstand__Anzahl\n"
    + _lines(30, lambda n, r: f"12411;Fortschreibung des Bevölkerungsstandes;STAG;31.12.{1990 + n};KREISE;{9_000 + n:05};{_place(n)};{r.randint(1_000, 99_999)}"),
    "c s s d s c s i", 30, written="utf-8-sig",
)  # fmt: skip
_text(
    "statistics: quoted titles and two header rows, decimals",
    '"Flächennutzung nach Gemeinden"\n"Stand: 31.12.2022"\n\n'
    '"Schlüssel";"Gemeinde";"Fläche";"davon Wald"\n;;"ha";"%"\n'
    + _lines(12, lambda n, r: f'"0916{n:04}";"{_place(n)}";{_german(r.uniform(100, 9_000))};{_german(r.uniform(1, 90), 1)}')
    + '"Quelle: Vermessungsamt"\n',
    "c s n n", 12, header=(4, 5), decimal=",",
)  # fmt: skip
_text(
    "statistics: a title that fills two cells, header in the third row",
    "Wahlberechtigte und Wahlbeteiligung;nach Stadtteilen\n\nStadtteil;Wahlberechtigte;Wähler;Beteiligung\n"
    + _lines(10, lambda n, r: f"{_place(n)};{_dotted(r.randint(1_000, 30_000))};{_dotted(r.randint(1_000, 20_000))};{_german(r.uniform(40, 90), 1)}"),
    "s i i n", 10, header=(3,), decimal=",",
)  # fmt: skip
_text(
    "statistics: time in rows, year only in the first of its months",
    "Übernachtungen;;;;\nJahr;Monat;Ankünfte;Übernachtungen;Veränderung\n;;Anzahl;Anzahl;%\n"
    + "".join(
        f"{2022 + k // 6 if k % 6 == 0 else ''};{month};{1_000 + 31 * k};{4_000 + 17 * k};{_german(k / 3 - 2, 1)}\n"
        for k, month in enumerate(["Januar", "Februar", "März", "April", "Mai", "Juni"] * 2)
    ),
    "i s i i n", 12, header=(2, 3), decimal=",", written="cp1252",
)  # fmt: skip
_text(
    "statistics: notes with numbers in brackets below",
    "Kreis;Betriebe 1);Beschäftigte 2)\n"
    + _lines(9, lambda n, r: f"{_place(n)};{r.randint(5, 900)};{r.randint(50, 9_000)}")
    + "1) Betriebe mit 20 und mehr Beschäftigten.\n2) Stand Ende September.\n",
    "s i i", 9,
)  # fmt: skip

# ---- elections -----------------------------------------------------------------------------

_PARTY = ";".join(f"D{n}" for n in range(1, 9))
_text(
    "election: columns without values, keys with zeros, delimiter at the end",
    f"datum;wahl;ags;gebiet-nr;gebiet-name;max-schnellmeldungen;anz-schnellmeldungen;A;A1;B;{_PARTY};\n"
    + _lines(20, lambda n, r: f"08.10.2023;Landtagswahl;09162000;{n:04};Bezirk {n};1;1;{r.randint(800, 1500)};{r.randint(500, 900)};;" + ";".join(str(r.randint(0, 300)) if k % 3 else "" for k in range(1, 9)) + ";"),
    "d s c c s i i i i e i i e i i e i i e", 20, written="utf-8-sig",
)  # fmt: skip
_text(
    "election: before the day, no votes at all",
    "wahl;ags;gebiet-nr;gebiet-name;A;B;D1;D2\n"
    + _lines(8, lambda n, r: f"Stichwahl;05315000;{n:03};Stimmbezirk {n};;;;"),
    "s c c s e e e e", 8,
)  # fmt: skip
_text(
    "election: first and second votes under one head each, names twice",
    "Nr;Gebiet;gehört zu;Wahlberechtigte;;Partei A;;Partei B;\n"
    ";;;Erststimmen;Zweitstimmen;Erststimmen;Zweitstimmen;Erststimmen;Zweitstimmen\n"
    ";;;Endgültig;Endgültig;Endgültig;Endgültig;Endgültig;Endgültig\n"
    + _lines(11, lambda n, r: f"{n:03};{_place(n)};{99};{r.randint(9_000, 90_000)};{r.randint(9_000, 90_000)};{r.randint(90, 9_000)};{r.randint(90, 9_000)};{r.randint(90, 9_000)};{r.randint(90, 9_000)}"),
    "c s i i i i i i i", 11, header=(1, 2, 3),
)  # fmt: skip
_text(
    "election: list of parties without a header",
    _lines(9, lambda n, r: f"{n};Partei {chr(64 + n)};Gemeinschaft für {_place(n)};{r.randint(10, 900)}"),
    "i s s i", 9, header=(),
)  # fmt: skip
_text(
    "election: districts with subtotals of the boroughs",
    "Bezirk;Name;Wahlberechtigte;Wähler\n"
    + "".join(
        f"{b:02};Stadtbezirk {b};{b * 600};{b * 400}\n" + "".join(f"{b:02}{k};{_place(k)};{b * 200};{b * 130 + k}\n" for k in range(3))
        for b in range(1, 6)
    ),
    "c s i i", 20,
)  # fmt: skip
_text(
    "election: polling stations with names of persons and commas",
    "Wahllokal;Name, Vorname(n);Straße, Hausnummer;PLZ;barrierefrei;lat;lon\n"
    + _lines(14, lambda n, r: f"{100 + n};Muster, Eva-{n};Hauptstr. {n}, Hinterhaus;{1_000 + 13 * n:05};{'ja' if n % 3 else 'nein'};48,{r.randint(10_000, 99_999)};11,{r.randint(10_000, 99_999)}"),
    "i s s c b n n", 14, decimal=",",
)  # fmt: skip

# ---- budgets -------------------------------------------------------------------------------

_text(
    "budget: product groups that look like dates, millions with dots",
    "Produkt;Bezeichnung;Ansatz 2023;Ansatz 2024;Ergebnis 2022\n"
    + _lines(16, lambda n, r: f"{n:02}.01.{n:02};Produkt {_place(n)};{_german(r.uniform(1e3, 5e6))};{_german(r.uniform(1e3, 5e6))};-{_german(r.uniform(1e3, 5e6))}"),
    "c s n n n", 16, decimal=",", written="cp1252",
)  # fmt: skip
_text(
    "budget: product codes with parts up to thirty-one only",
    "Produktnummer;Produkt;Betrag\n"
    + _lines(12, lambda n, r: f"{11 + n // 6:02}.{1 + n % 6:02}.{n:02};{_place(n)};{r.randint(100, 9_000)}"),
    "c s i", 12,
)  # fmt: skip
_text(
    "budget: chapters with zeros, titles with blanks, thousands of euros",
    "Kapitel;Titel;FKZ;Zweckbestimmung;Soll in T€;Ist in T€\n"
    + _lines(15, lambda n, r: f"{900 + n:04};{421 + n} 01;{n:03};Ausgaben für {_place(n)};{_dotted(r.randint(1_000, 90_000))};{_dotted(r.randint(1_000, 90_000))}"),
    "c s c s i i", 15,
)  # fmt: skip
_text(
    "budget: comma file, quoted German amounts",
    "Einzelplan,Kapitel,Bezeichnung,Soll,Ist\n"
    + _lines(13, lambda n, r: f'{n:02},{n:02}01,"Kosten, {_place(n)}","{_german(r.uniform(10, 99_999))}","{_german(r.uniform(10, 99_999))}"'),
    "c c s n n", 13, delimiter=",", decimal=",",
)  # fmt: skip
_text(
    "budget: amounts with the sign of the euro, dashes, cp1252",
    "Maßnahme – Kurzname;Kosten;Zeitraum\n"
    + _lines(11, lambda n, r: f"Sanierung – {_place(n)};{_german(r.uniform(1_000, 99_999))} €;{2019 + n % 3}–{2022 + n % 3}"),
    "s n s", 11, written="cp1252", decimal=",",
)  # fmt: skip
_text(
    "budget: totals at the end and a blank line before them",
    "Nr.;Aufgabe;Betrag\n" + _lines(10, lambda n, r: f"{n};{_place(n)};{n * 100},50") + ";;\n;Gesamtsumme;5.505,00\n",
    "i s n", 10, decimal=",",
)  # fmt: skip
_text(
    "budget: negative amounts with a true minus sign",
    "Konto;Text;Betrag\n" + _lines(12, lambda n, r: f"{4_000_000 + n};Buchung {n};{chr(0x2212) if n % 2 else ''}{_german(r.uniform(1, 5_000))}"),
    "i s n", 12, decimal=",",
)  # fmt: skip
_text(
    "budget: product numbers like 10.00 beside decimal commas",
    "Produktnr.;Name;Aufwand;Ertrag\n"
    + _lines(12, lambda n, r: f"{10 + n // 4}.{n % 4 * 10:02};{_place(n)};{_german(r.uniform(1, 900))};{_german(r.uniform(1, 900))}"),
    "c s n n", 12, decimal=",",
)  # fmt: skip

# ---- exports of programs -------------------------------------------------------------------

_text(
    "R: quoted words, row names without a name, NA",
    '"","stadtteil","jahr","wert"\n'
    + _lines(20, lambda n, r: f'"{n}","{_place(n)}",{2000 + n},{"NA" if n == 7 else round(r.uniform(1, 99), 3)}'),
    "i s i n", 20, delimiter=",", decimal=".",
)  # fmt: skip
_text(
    "R: semicolons and decimal commas",
    '"id";"monat";"wert";"anteil"\n'
    + _lines(18, lambda n, r: f'"{n}";"2023-{1 + n % 12:02}-01";{n * 3};{r.randint(0, 99)},{r.randint(10, 99)}'),
    "i di i n", 18, decimal=",",
)  # fmt: skip
_text(
    "spreadsheet: separator hint in the first line",
    "sep=;\nName;Wert;Tag\n" + _lines(9, lambda n, r: f"{_place(n)};{n},5;{n:02}.03.2024"),
    "s n d", 9, header=(2,), decimal=",", end="\r\n",
)  # fmt: skip
_text(
    "spreadsheet: blank rows between and hundreds below",
    "Anlage;Leistung;seit\n" + _lines(6, lambda n, r: f"{_place(n)};{n},25;{n:02}.{n:02}.2010") + ";;\n"
    + _lines(6, lambda n, r: f"{_place(n + 6)};{n},75;{n:02}.{n:02}.2011") + ";;\n" * 400,
    "s n d", 13, decimal=",",
)  # fmt: skip
_text(
    "spreadsheet: pivot with a grand total",
    "Zeilenbeschriftungen;2021;2022;Gesamtergebnis\n"
    + _lines(9, lambda n, r: f"{_place(n)};{n};{2 * n};{3 * n}") + "Gesamtergebnis;45;90;135\n",
    "s i i i", 9,
)  # fmt: skip
_text(
    "database: time stamps of three kinds",
    "id,angelegt,geaendert,gemeldet\n"
    + _lines(15, lambda n, r: f"{n},2023-05-{n:02}T10:{n:02}:00Z,2023-06-{n:02} 11:{n:02}:30,{n:02}.07.2023 12:{n:02}"),
    "i mi mi m", 15, delimiter=",",
)  # fmt: skip
_text(
    "database: pipes, texts with commas and semicolons",
    "nr|strasse|beschreibung|meldung\n"
    + _lines(13, lambda n, r: f"{n}|Weg {n}, hinten|Laterne defekt; flackert|{n:02}.01.24"),
    "i s s ds", 13, delimiter="|",
)  # fmt: skip
_text(
    "program: single quotes around texts",
    "'Name','Ort','Anzahl'\n" + _lines(12, lambda n, r: f"'Verein {n}, e. V.','{_place(n)}',{n * 3}"),
    "s s i", 12, delimiter=",",
)  # fmt: skip
_text(
    "mainframe: everything padded with blanks",
    "Schl;Gemeinde            ;Einwohner\n"
    + _lines(12, lambda n, r: f"{n:04};{_place(n):<20};{r.randint(10, 9_999):>9}"),
    "c s i", 12, written="cp850",
)  # fmt: skip
_text(
    "old machine: only carriage returns end the lines",
    "Baum;Art;Höhe\n" + _lines(12, lambda n, r: f"{n};Linde;{n},5"),
    "i s n", 12, decimal=",", end="\r", written="cp1252",
)  # fmt: skip
_text(
    "weather: time of measurement, points in a semicolon file, dash for nothing",
    "station_abbr;reference_timestamp;tre200h0;rre150h0;ure200h0\n"
    + _lines(24, lambda n, r: f"ABC;{1 + n // 24:02}.01.2024 {n % 24:02}:00;{r.uniform(-5, 20):.1f};{'-' if n % 5 == 0 else f'{r.uniform(0, 9):.1f}'};{r.uniform(40, 99):.1f}"),
    "s m n n n", 24, decimal=".",
)  # fmt: skip
_text(
    "weather: columns padded, end of row marked",
    "STATIONS_ID;MESS_DATUM;  TT;  RF;eor\n"
    + _lines(20, lambda n, r: f"{1_262:>11};202301{n:02}00;{r.uniform(-5, 20):6.1f};{r.uniform(40, 99):6.1f};eor"),
    "c i n n s", 20, decimal=".",
)  # fmt: skip
_text(
    "counting: days with dots backwards, hours, comma file",
    "datum,uhrzeit_start,uhrzeit_ende,zaehlstelle,richtung_1,gesamt\n"
    + _lines(28, lambda n, r: f"2023.02.{n:02},00:00,23:59,Brücke,{r.randint(1, 900)},{r.randint(1, 1_900)}"),
    "dy t t s i i", 28, delimiter=",",
)  # fmt: skip
_text(
    "counting: day and month in the American way",
    "date,count,place\n" + _lines(28, lambda n, r: f"2/{n}/2023,{r.randint(1, 900)},{_place(n)}"),
    "dm i s", 28, delimiter=",",
)  # fmt: skip
_text(
    "counting: day and month with slashes in the German way",
    "Tag;Zahl;Ort\n" + _lines(28, lambda n, r: f"{n:02}/03/2023;{r.randint(1, 900)};{_place(n)}"),
    "dd i s", 28,
)  # fmt: skip
_text(
    "counting: seconds in the time of day",
    "Zeit;Kfz;Lkw;Stand\n" + _lines(20, lambda n, r: f"{n:02}:15:00;{r.randint(1, 900)};{r.randint(1, 90)};{n:02}.04.2024 08:00:01"),
    "tt i i ms", 20,
)  # fmt: skip

# ---- numbers -------------------------------------------------------------------------------

_text(
    "numbers: dots in every value over 999",
    "Gemeinde;Einwohner;Haushalte\n"
    + _lines(15, lambda n, r: f"{_place(n)};{_dotted(r.randint(15_000, 99_000))};{_dotted(r.randint(1_000, 9_000))}"),
    "s i i", 15,
)  # fmt: skip
_text(
    "numbers: dots only in the few that are large",
    "Gemeinde;Höfe;Anteil\n" + _lines(15, lambda n, r: f"{_place(n)};{_dotted(n * 97)};{n},{n % 10}"),
    "s i n", 15, decimal=",",
)  # fmt: skip
_text(
    "numbers: blanks in groups of three",
    "Stadt;Fläche;Einwohner\n" + _lines(12, lambda n, r: f"{_place(n)};{n},5;{r.randint(1, 900)} {r.randint(100, 999)}"),
    "s n i", 12, decimal=",",
)  # fmt: skip
_text(
    "numbers: apostrophes as in Switzerland",
    "Gemeinde;Steuerkraft;Index\n" + _lines(12, lambda n, r: f"{_place(n)};{r.randint(1, 900)}'{r.randint(100, 999)};{r.uniform(50, 150):.1f}"),
    "s i n", 12, decimal=".",
)  # fmt: skip
_text(
    "numbers: integers for two hundred rows, then decimals",
    "Sensor;Messwert\n" + _lines(200, lambda n, r: f"S{n % 7};{n}") + _lines(60, lambda n, r: f"S{n % 7};{n},5"),
    "s n", 260, decimal=",",
)  # fmt: skip
_text(
    "numbers: powers of ten",
    "Stoff;Konzentration\n" + _lines(12, lambda n, r: f"Stoff {n};{n},5E-0{1 + n % 8}"),
    "s n", 12, decimal=",",
)  # fmt: skip
_text(
    "numbers: percent in cells, point and comma file",
    "gruppe,anteil,wert\n" + _lines(12, lambda n, r: f"{_place(n)},{n}.5%,{n * 10}"),
    "s n i", 12, delimiter=",", decimal=".",
)  # fmt: skip
_text(
    "numbers: keys that a spreadsheet made decimals",
    "ObjektID;Name;Höhe\n" + _lines(12, lambda n, r: f"{40_520_000 + n},00;{_place(n)};{n},5"),
    "n s n", 12, decimal=",",
)  # fmt: skip
_text(
    "numbers: comma before three digits in a semicolon file",
    "Ort;Messwert in mg;Faktor\n" + _lines(12, lambda n, r: f"{_place(n)};{n},{r.randint(100, 999)};0,{r.randint(100, 999)}"),
    "s n n", 12, decimal=",",
)  # fmt: skip
_text(
    "numbers: yes, no and no answer",
    "Angebot;barrierefrei;WC;Note\n"
    + _lines(12, lambda n, r: f"{_place(n)};{'ja' if n % 2 else 'nein'};{'k.A.' if n == 3 else 'nein' if n % 3 else 'ja'};{n % 6 + 1}"),
    "s b b i", 12,
)  # fmt: skip
_text(
    "numbers: all ways to say nothing",
    "Ort;a;b;c;d\n"
    + _lines(20, lambda n, r: f"{_place(n)};{'-' if n == 2 else n};{'k. A.' if n == 4 else n};{'…' if n == 5 else f'{n},5'};{'.' if n % 2 else n}"),
    "s i i n i", 20, decimal=",",
)  # fmt: skip

# ---- codes ---------------------------------------------------------------------------------

_text(
    "codes: keys of municipalities that lost their zero",
    "AGS;Gemeinde;Einwohner\n" + _lines(12, lambda n, r: f"{9_162_000 + n};{_place(n)};{r.randint(100, 9_000)}"),
    "c s i", 12,
)  # fmt: skip
_text(
    "codes: postal codes without any zero",
    "Einrichtung;Straße;PLZ;Ort;Telefon\n"
    + _lines(14, lambda n, r: f"Haus {n};Weg {n};{80_000 + 31 * n};{_place(n)};089/{r.randint(10_000, 99_999)}"),
    "s s c s s", 14,
)  # fmt: skip
_text(
    "codes: street keys with zeros",
    "Straßenschlüssel;Straßenname;Stadtteilnummer\n" + _lines(16, lambda n, r: f"{n * 10:05};{_place(n)}straße;{n % 9:02}"),
    "c s c", 16,
)  # fmt: skip
_text(
    "codes: telephone numbers of digits",
    "Stelle;Telefon;Fax\n" + _lines(12, lambda n, r: f"Amt {n};0891{r.randint(10_000, 99_999)};0892{r.randint(10_000, 99_999)}"),
    "s c c", 12,
)  # fmt: skip
_text(
    "codes: parcels",
    "Gemarkung;Flur;Flurstück;Fläche in qm\n" + _lines(12, lambda n, r: f"09{n:04};{n % 4};{100 + n}/{n};{r.randint(100, 9_000)}"),
    "c i s i", 12,
)  # fmt: skip
_text(
    "codes: house numbers with letters",
    "Strasse,Hausnummer,Zusatz,Ortsteil\n" + _lines(14, lambda n, r: f"Am Bach,{n}{'a' if n % 5 == 0 else ''},,{_place(n)}"),
    "s s e s", 14, delimiter=",",
)  # fmt: skip
_text(
    "codes: running numbers are numbers",
    "Nr.;Baumart;Pflanzjahr\n" + _lines(120, lambda n, r: f"{n};Linde;{1950 + n % 70}"),
    "i s i", 120,
)  # fmt: skip

# ---- places --------------------------------------------------------------------------------

_text(
    "places: degrees with points in a semicolon file, decimal comma elsewhere",
    "Name;Länge;Breite;Fläche\n"
    + _lines(14, lambda n, r: f"Platz {n};11.{r.randint(100, 999)};48.{r.randint(1_000, 9_999)};{n},5"),
    "s n n n", 14, decimal=".",
)  # fmt: skip
_text(
    "places: Gauß-Krüger with commas",
    "Objekt;Rechtswert;Hochwert\n" + _lines(14, lambda n, r: f"{n};44685{n:02},{r.randint(10, 99)};53345{n:02},{r.randint(10, 99)}"),
    "i n n", 14, decimal=",",
)  # fmt: skip
_text(
    "places: shapes as text",
    "id,art,shape\n" + _lines(12, lambda n, r: f'{n},Bank,"POINT (11.{n} 48.{n})"'),
    "i s s", 12, delimiter=",",
)  # fmt: skip
_text(
    "places: a pair in one cell",
    "Name;Koordinaten;Art\n" + _lines(12, lambda n, r: f"Brunnen {n};48.1{n}, 11.5{n};Trinkwasser"),
    "s s s", 12,
)  # fmt: skip

# ---- encodings -----------------------------------------------------------------------------

_text(
    "encoding: euro signs in ISO-8859-15",
    "Gebühr;Betrag in ¤\n".replace("¤", "€") + _lines(12, lambda n, r: f"Müll {n} €;{n},50"),
    "s n", 12, written="iso8859-15", decimal=",",
)  # fmt: skip
_text(
    "encoding: UTF-16 with mark, tabs",
    "Straße\tHöhe\tTag\n" + _lines(12, lambda n, r: f"{_place(n)}weg\t{n},5\t{n:02}.05.2024"),
    "s n d", 12, delimiter="\t", written="utf-16", decimal=",", end="\r\n",
)  # fmt: skip
_text(
    "encoding: UTF-16 without mark",
    "Straße;Höhe\n" + _lines(12, lambda n, r: f"{_place(n)}weg;{n},5"),
    "s n", 12, written="utf-16-le", decimal=",",
)  # fmt: skip
_text(
    "encoding: byte-order mark twice",
    "Straße;Höhe\n" + _lines(12, lambda n, r: f"{_place(n)}weg;{n},5"),
    "s n", 12, written="utf-8-sig", decimal=",", raw=lambda data: b"\xef\xbb\xbf" + data,
)  # fmt: skip
_text(
    "encoding: replaced letters from an earlier saving",
    "Ort;Einwohner\n" + _lines(12, lambda n, r: f"F\ufffdrth {n};{n * 10}"),
    "s i", 12,
)  # fmt: skip
_text(
    "encoding: controls where dashes should be",
    "Ort;Zeitraum;Zahl\n" + _lines(12, lambda n, r: f"Köln\x85;2019\x962020;{n * 10}"),
    "s s i", 12,
)  # fmt: skip
_text(
    "encoding: UTF-8 read as cp1252 and saved again",
    "Ort;Straße;Zahl\n" + _lines(12, lambda n, r: f"{_place(n)};{_place(n + 5)}straße;{n * 10}"),
    "s s i", 12, raw=lambda data: data.decode("cp1252").encode("utf-8"),
)  # fmt: skip
_text(
    "encoding: one line of UTF-8 in a cp1252 file",
    "Ort;Zahl\n" + _lines(30, lambda n, r: f"Fürth – {n};{n}") + "PLATZ;1\n",
    "s i", 31, written="cp1252", raw=lambda data: data.replace(b"PLATZ", "Köln".encode()),
)  # fmt: skip
_text(
    "encoding: decomposed umlauts",
    "Ort;Zahl\n" + _lines(12, lambda n, r: f"Fu\u0308rth {n};{n * 7}"),
    "s i", 12,
)  # fmt: skip
_text(
    "encoding: soft hyphens in the names of columns",
    "Bevölkerungs\u00adentwicklung;Gemeinde\u00adschlüssel;Zahl\n" + _lines(12, lambda n, r: f"{_place(n)};0916{n:04};{n * 7}"),
    "s c i", 12,
)  # fmt: skip

# ---- shapes --------------------------------------------------------------------------------

_text(
    "shape: two records in one line",
    "Nr;Straße;Ort\n" + _lines(20, lambda n, r: f"{n};Weg {n};{_place(n)}" + (f";{n}5;Gasse {n};{_place(n + 1)}" if n == 11 else "")),
    "i s s", 20,
)  # fmt: skip
_text(
    "shape: a delimiter too many in the header",
    "BSN;Schule;Bezirk;\n" + _lines(15, lambda n, r: f"{n:02}G{n:02};Schule am {_place(n)};{n % 12}"),
    "s s i e", 15,
)  # fmt: skip
_text(
    "shape: a delimiter too many in the body",
    "Linie;Haltestelle;Fahrgäste\n" + _lines(15, lambda n, r: f"{n};{_place(n)};{n * 100};"),
    "i s i", 15,
)  # fmt: skip
_text(
    "shape: groups that end early",
    "Partei;Stimmen;Partei;Stimmen;Partei;Stimmen\n"
    + _lines(18, lambda n, r: ";".join(f"P{k};{r.randint(1, 900)}" for k in range(1, 4 if n % 3 else 3))),
    "s i s i s i", 18,
)  # fmt: skip
_text(
    "shape: line breaks in header and cells",
    '"Name der\nEinrichtung";"Plätze\ngesamt";Öffnung\n'
    + _lines(12, lambda n, r: f'Kita {n};{n * 5};"Mo-Do 8-16\nFr 8-14"'),
    "s i s", 12,
)  # fmt: skip
_text(
    "shape: the same name three times, one empty",
    "Bezeichnung;Bezeichnung;Bezeichnung;;Wert\n" + _lines(12, lambda n, r: f"{_place(n)};{_place(n + 1)};x{n};{n};{n},5"),
    "s s s i n", 12, decimal=",",
)  # fmt: skip
_text(
    "shape: comments with # above",
    "# Messnetz Beispielstadt\n# Einheit: dB(A), Mittelungspegel\n# Stand 2024\nPunkt;Tag;Nacht\n"
    + _lines(14, lambda n, r: f"MP{n};{50 + n},1;{40 + n},2"),
    "s n n", 14, header=(4,), decimal=",",
)  # fmt: skip
_text(
    "shape: title with commas above a comma file",
    "Kindertagesbetreuung, Plätze, Stand 2023\nquelle: jugendamt\n\ntraeger,plaetze,quote\n"
    + _lines(14, lambda n, r: f"{_place(n)},{n * 5},{n}.5"),
    "s i n", 14, header=(4,), delimiter=",", decimal=".",
)  # fmt: skip
_text(
    "shape: the whole city on top",
    "Stadtteil;Einwohner;Haushalte\nStadt Beispiel;78000;39000\n" + _lines(12, lambda n, r: f"{_place(n)};{n * 1_000};{n * 500}"),
    "s i i", 12,
)  # fmt: skip
_text(
    "shape: sums without a name at the end",
    "Ortsteil;männlich;weiblich;zusammen\n" + _lines(12, lambda n, r: f"{_place(n)};{n * 11};{n * 13};{n * 24}") + ";858;1014;1872\n",
    "s i i i", 12,
)  # fmt: skip
_text(
    "shape: sum and source below",
    "Fraktion;Sitze\n" + _lines(6, lambda n, r: f"Partei {chr(64 + n)};{n * 3}") + "Summe;63\nStand: 1. Mai 2024\n",
    "s i", 6,
)  # fmt: skip
_text(
    "shape: words only, each row another",
    "Straße;Namensgeber;Erläuterung\n" + _lines(20, lambda n, r: f"{_place(n)}ring {n};Eva Muster {n};Lehrerin, Nr. {n} ihrer Familie"),
    "s s s", 20,
)  # fmt: skip
_text(
    "shape: one column of words",
    "Stadtteil\n" + "".join(f"{place}\n" for place in _PLACES),
    "s", 13, delimiter=None,
)  # fmt: skip
_text(
    "shape: header of years and a column of names",
    "Stadtteil;2018;2019;2020;2021;2022\n" + _lines(13, lambda n, r: f"{_place(n)};" + ";".join(str(1_000 + n * k) for k in range(5))),
    "s i i i i i", 13,
)  # fmt: skip
_text(
    "shape: no header, measurements",
    _lines(25, lambda n, r: f"{n:02}.06.2024 10:00;{r.uniform(10, 30):.1f};{r.uniform(10, 30):.1f}".replace(".", ",", 0)),
    "m n n", 25, header=(), decimal=".",
)  # fmt: skip
_text(
    "shape: a survey with unit rows between",
    _lines(12, lambda n, r: f"Frage {n};{r.uniform(1, 90):.1f}".replace(".", ",") + f";{r.randint(10, 90)}"),
    "s n i", 12, header=(), decimal=",",
)  # fmt: skip
_text(
    "shape: two rows of data only",
    "Gemeindename;Fläche in km²;Einwohner;Stand\nAhornau;12,34;1.234;31.12.2023\nBirkenfels;5,67;987;31.12.2023\n",
    "s n i d", 2, decimal=",",
)  # fmt: skip
_text(
    "shape: quotes only where they are needed, late in the file",
    "Nr;Anlass;Ort;Tag\n" + _lines(300, lambda n, r: f"{n};{'Markt' if n < 250 else chr(34) + 'Markt; Messe' + chr(34)};{_place(n)};{1 + n % 28:02}.09.2024"),
    "i s s d", 300,
)  # fmt: skip
_text(
    "shape: dates of the end of time and dates missing",
    "Name;gültig ab;gültig bis\n" + _lines(20, lambda n, r: f"{_place(n)};{n:02}.01.2020;{'31.12.9999' if n % 2 else ''}"),
    "s d d", 20,
)  # fmt: skip
_text(
    "shape: opening hours and spans of days are text",
    "Bad;Öffnungszeit;Saison;Eintritt\n" + _lines(12, lambda n, r: f"{_place(n)};08:00-20:00;01.05.2024 - 30.09.2024;{n},50 €"),
    "s s s n", 12, decimal=",",
)  # fmt: skip

# ---- sheets --------------------------------------------------------------------------------

_BODY = [[_place(n), n * 100, n / 4 + 0.1] for n in range(1, 12)]
_sheet("sheet: plain", [["Ort", "Zahl", "Anteil"], *_BODY], "s i n", 11)
_sheet(
    "sheet: notes first", [["Ort", "Zahl", "Anteil"], *_BODY], "s i n", 11,
    notes=[["Erläuterungen"], ["Stand 2024"], ["Kontakt: Amt"]],
)  # fmt: skip
_sheet(
    "sheet: title, merged heads, units, totals, source",
    [
        ["Bevölkerung und Fläche", None, None, None],
        [None] * 4,
        ["Ort", "Bevölkerung", None, "Fläche"],
        [None, "männlich", "weiblich", "ha"],
        *[[_place(n), n * 10, n * 12, n / 4 + 0.1] for n in range(1, 10)],
        ["Insgesamt", 450, 540, 12.15],
        [None] * 4,
        ["Quelle: Einwohnermeldeamt", None, None, None],
    ],
    "s i i n", 9, header=(3, 4), merged=("A1:D1", "A3:A4", "B3:C3"),
)  # fmt: skip
_sheet(
    "sheet: codes as text, years as numbers, blank rows in range",
    [["Schlüssel", "Jahr", "Wert"], *[[f"0{n}", 2010 + n, n * 1.5] for n in range(1, 10)], *[[None] * 3] * 40],
    "c i n", 9,
)  # fmt: skip
_sheet(
    "sheet: German numbers as text",
    [["Ort", "Betrag", "Stichtag"], *[[_place(n), _german(n * 1234.5), f"{n:02}.02.2024"] for n in range(1, 12)]],
    "s n d", 11, decimal=",",
)  # fmt: skip
_sheet(
    "sheet: dashes for nothing and a note in the last row",
    [["Ort", "2021", "2022"], *[[_place(n), n, "-" if n % 3 else n * 2] for n in range(1, 12)], ["* vorläufige Werte", None, None]],
    "s i i", 11,
)  # fmt: skip

# ---- second batch --------------------------------------------------------------------------

_text(
    "title in quotes over two lines, then units in brackets below the names",
    '"Luftmessnetz\nStundenwerte";;;\nZeitpunkt;NO2;PM10;O3\n;[µg/m³];[µg/m³];[µg/m³]\n'
    + _lines(24, lambda n, r: f"01.02.2024 {n % 24:02}:00;{r.randint(1, 90)};{r.randint(1, 60)};{r.randint(1, 120)}"),
    "m i i i", 24, header=(2, 3),
)  # fmt: skip
_text(
    "sums of boroughs that are named like the city, shares beside them",
    "Bezirk;Einwohner;Haushalte;Anteil in %\n" + _lines(11, lambda n, r: f"{_place(n)};{n * 1_210};{n * 611};{_german(n * 1.5, 1)}") + "Beispielstadt;79860;40326;100,0\n",
    "s i i n", 11, decimal=",",
)  # fmt: skip
_text(
    "days of the month as names of columns",
    "Zählstelle;1;2;3;4;5;6\n" + _lines(12, lambda n, r: f"{_place(n)};" + ";".join(str(r.randint(10, 900)) for _ in range(6))),
    "s i i i i i i", 12,
)  # fmt: skip
_text(
    "age groups as names of columns, title and stand in front",
    "Einwohner nach Altersgruppen\nStand: 31.12.2023\n\nStadtteil;unter 3;3-5;6-14;15-17;65 u.ä.\n"
    + _lines(13, lambda n, r: f"{n:02} {_place(n)};" + ";".join(_dotted(r.randint(10, 4_000)) for _ in range(5))),
    "s i i i i i", 13, header=(4,), written="cp1252",
)  # fmt: skip
_text(
    "comma file of an office: quoted everything, points as thousands",
    '"Gemeinde","Einwohner","Fläche"\n' + _lines(14, lambda n, r: f'"{_place(n)}","{_dotted(r.randint(1_000, 90_000))}","{n},25"'),
    "s i n", 14, delimiter=",", decimal=",",
)  # fmt: skip
_text(
    "header in capitals with underscores, all columns are keys",
    "GEM_NR,ORTSTEIL_NR,STRASSEN_NR\n" + _lines(20, lambda n, r: f"{9_161_000 + n:08},{n:03},{n * 11:05}"),
    "c c c", 20, delimiter=",",
)  # fmt: skip
_text(
    "columns empty at first, filled only at the end",
    "Nr;Name;Abgang;Grund\n" + _lines(150, lambda n, r: f"{n};{_place(n)};{'12.03.2024' if n > 140 else ''};{'gefällt' if n > 145 else ''}"),
    "i s d s", 150,
)  # fmt: skip
_text(
    "dates without leading zeros",
    "Termin;Thema;Teilnehmer\n" + _lines(25, lambda n, r: f"{n}.{1 + n % 12}.2023;Sitzung {n};{n * 2}"),
    "d s i", 25,
)  # fmt: skip
_text(
    "clock times with the word for hour",
    "Ort;Beginn;Gebühr\n" + _lines(12, lambda n, r: f"{_place(n)};{7 + n}:30 Uhr;{n},00"),
    "s s n", 12, decimal=",",
)  # fmt: skip
_text(
    "months and quarters are text",
    "Monat;Quartal;Fälle\n" + _lines(12, lambda n, r: f"{n:02}/2023;{1 + n // 4}. Quartal 2023;{n * 5}"),
    "s s i", 12,
)  # fmt: skip
_text(
    "decimal comma in a file of tabs, footnote below",
    "Gewässer\tTemperatur\tSichttiefe\n" + _lines(12, lambda n, r: f"See {_place(n)}\t{15 + n},5\t{n},25") + "\nHinweis: Messungen um 12 Uhr\n",
    "s n n", 12, delimiter="\t", decimal=",",
)  # fmt: skip
_text(
    "amounts with the currency in front",
    "Verein,Zuschuss,Jahr\n" + _lines(12, lambda n, r: f'Verein {n},"{_german(r.uniform(100, 9_000))}",{2010 + n}'),
    "s n i", 12, delimiter=",", decimal=",",
)  # fmt: skip
_text(
    "trees: Latin names, codes, girths, missing years as 0",
    "baumnummer;gattung_deutsch;art_botanisch;pflanzjahr;kronendm_m;hoehe_m;lon;lat\n"
    + _lines(60, lambda n, r: f"B-{n:05};Linde;Tilia cordata 'Rancho';{0 if n % 9 == 0 else 1950 + n};{n % 12};{n % 30};11.{r.randint(100_000, 999_999)};48.{r.randint(100_000, 999_999)}"),
    "s s s i i i n n", 60, decimal=".",
)  # fmt: skip
_text(
    "charging points: powers with units in the name, many texts with commas",
    "Betreiber,Straße,Hausnummer,Postleitzahl,Nennleistung [kW],Inbetriebnahme,Breitengrad,Längengrad\n"
    + _lines(15, lambda n, r: f'"Stadtwerke {_place(n)}, GmbH",Am Markt,{n},{10_000 + 117 * n:05},"{n},2",{n:02}.11.2021,"48,{r.randint(100_000, 999_999)}","11,{r.randint(100_000, 999_999)}"'),
    "s s i c n d n n", 15, delimiter=",", decimal=",",
)  # fmt: skip
_text(
    "day care: empty telephone numbers, mail addresses",
    "Einrichtung;Träger;Telefon;E-Mail;Plätze U3;Plätze Ü3\n"
    + _lines(15, lambda n, r: f"Kita {n};{'Stadt' if n % 2 else 'Kirche'};{'' if n % 4 == 0 else '0123/4567' + str(n)};kita{n}@example.org;{n};{n * 3}"),
    "s s s s i i", 15,
)  # fmt: skip
_text(
    "waste: dates across, one row for each district",
    "Bezirk;Leerung 1;Leerung 2;Leerung 3\n" + _lines(13, lambda n, r: f"{_place(n)};{n:02}.01.2024;{n + 3:02}.02.2024;{n + 2:02}.03.2024"),
    "s d d d", 13,
)  # fmt: skip
_text(
    "a thousands mark of commas in a file of points",
    "district,population,area\n" + _lines(12, lambda n, r: f'{_place(n)},"{r.randint(1_000, 99_000):,}",{n}.5'),
    "s i n", 12, delimiter=",", decimal=".",
)  # fmt: skip
_text(
    "no line break at the end and blanks around delimiters",
    "Name ; Wert ; Tag\n" + "\n".join(f"{_place(n)} ; {n},5 ; 0{n}.04.2024" for n in range(1, 9)),
    "s n s", 8, decimal=",",
)  # fmt: skip
_text(
    "only a header and one row",
    "Jahr;Einwohner;Fläche\n2023;12.345;67,8\n",
    "i i n", 1, decimal=",",
)  # fmt: skip
_text(
    "averages and sums below",
    "Klasse;Schüler;Note\n" + _lines(10, lambda n, r: f"{n}a;{20 + n};2,{n % 10}") + "Summe;255;\n",
    "s i n", 10, decimal=",",
)  # fmt: skip
_text(
    "hundreds of columns",
    ";".join(["Gebiet", *(f"V{k}" for k in range(300))]) + "\n"
    + _lines(10, lambda n, r: ";".join([_place(n), *(str(r.randint(0, 99)) for _ in range(300))])),
    " ".join(["s", *["i"] * 300]), 10,
)  # fmt: skip
_text(
    "a text of many lines in the last column, other delimiters inside",
    "Nr;Antrag;Begründung\n" + _lines(15, lambda n, r: f'{n};Antrag {n};"Weil, erstens;\nzweitens, drittens;\n- Punkt"'),
    "i s s", 15,
)  # fmt: skip
_text(
    "key figures with the unit behind the name, percent signs, plus signs",
    "Kennzahl;Wert;Veränderung\n" + _lines(12, lambda n, r: f"Zahl {n};{n * 1000};{'+' if n % 2 else '-'}{n},5 %"),
    "s i n", 12, decimal=",",
)  # fmt: skip
_text(
    "year columns with a group name above and one row per district",
    ";Einwohner;;;Wohnungen;;\nStadtteil;2020;2021;2022;2020;2021;2022\n"
    + _lines(12, lambda n, r: f"{_place(n)};" + ";".join(_dotted(r.randint(1_100, 9_900)) for _ in range(6))),
    "s i i i i i i", 12, header=(1, 2),
)  # fmt: skip
_text(
    "school list where the header has one name too few",
    "Nr;Schule;Ort\n" + _lines(14, lambda n, r: f"{n};Schule {n};{_place(n)};{n * 30}"),
    "i s s", 14,
)  # fmt: skip
_text(
    "ISO dates and times apart, decimal point, blank cells as NULL",
    "datum,zeit,wert,status\n" + _lines(20, lambda n, r: f"2024-03-{n:02},{n % 24:02}:{n:02},{'NULL' if n % 6 == 0 else n / 4},ok"),
    "di t n s", 20, delimiter=",", decimal=".",
)  # fmt: skip
_text(
    "long list with the total as its first row, called so",
    "Land;Fälle;Rate\nInsgesamt;5460;91,0\n" + _lines(12, lambda n, r: f"{_place(n)};{n * 70};{n},5"),
    "s i n", 12, decimal=",",
)  # fmt: skip
_text(
    "keys of eight digits without zeros, called ARS and Schlüssel",
    "ARS;Kreisschluessel;Wert\n" + _lines(12, lambda n, r: f"14{521_000_000 + n}0;{14_521 + n};{n * 3}"),
    "c c i", 12,
)  # fmt: skip
_sheet(
    "sheet: two title rows and a header of dates",
    [["Pegelstände", None, None], ["in cm", None, None], ["Pegel", "01.01.2024", "02.01.2024"], *[[_place(n), n * 11, n * 12] for n in range(1, 10)]],
    "s i i", 9, header=(3,),
)  # fmt: skip
_sheet(
    "sheet: text in a column of numbers, remark below a blank row",
    [["Ort", "Wert"], *[[_place(n), n * 11] for n in range(1, 12)], [None, None], ["vorläufig", None]],
    "s i", 11,
)  # fmt: skip

# ---- third batch ---------------------------------------------------------------------------

_text("words only with title rows","Verzeichnis der Denkmäler\nStand: Mai 2024\n\nName;Straße;Art\n"+_lines(15,lambda n,r:f"Haus {n};Weg {n};Baudenkmal"),"s s s",15,header=(4,))  # fmt: skip
_text("words only padded title","Verzeichnis der Denkmäler;;\nName;Straße;Art\n"+_lines(15,lambda n,r:f"Haus {n};Weg {n};Baudenkmal"),"s s s",15,header=(2,))  # fmt: skip
_text("words only note at end","Name;Straße;Art\n"+_lines(15,lambda n,r:f"Haus {n};Weg {n};Baudenkmal")+";;\nQuelle: Amt;;\n","s s s",15)  # fmt: skip
_text("header one more name than rows","BSN;Schulname;Straße;PLZ;Telefon;Internet\n"+_lines(15,lambda n,r:f"{n:02}G{n:02};Schule {n};Weg {n};{10115+n};030 {n}0000"),"s s s c s e",15)  # fmt: skip
_text("unit row directly below without blank first","Station;Temperatur;Niederschlag\n-;°C;mm\n"+_lines(15,lambda n,r:f"S{n};{n},5;{n},1"),"s n n",15,header=(1,2),decimal=",")  # fmt: skip
_text("mostly words one number column sparse","Name;Adresse;Bemerkung;Baujahr\n"+_lines(30,lambda n,r:f"Brücke {n};Weg {n};;{1900+n if n%4==0 else ''}"),"s s e i",30)  # fmt: skip
_text("ranking with rank dots","Platz;Vorname;Anzahl\n"+_lines(20,lambda n,r:f"{n}.;Eva{n};{50-n}"),"s s i",20)  # fmt: skip
_text("english header iso utf8 comma ints with thousands quoted","name,population,area_km2\n"+_lines(15,lambda n,r:f'{_place(n)},"{n},{n*37%900+100}",{n}.25'),"s i n",15,delimiter=",",decimal=".")  # fmt: skip
_text("date range col and total bottom in 2nd column",";Bezeichnung;2023;2024\n"+_lines(10,lambda n,r:f"{n};{_place(n)};{n*1000};{n*1100}")+";Gesamt;55000;60500\n","i s i i",10)  # fmt: skip
_text("subheaders inside body","Gruppe;Zahl;Anteil\nNord;;\n"+_lines(6,lambda n,r:f"{_place(n)};{n*3};{n},5")+"Süd;;\n"+_lines(6,lambda n,r:f"{_place(n)};{n*3};{n},5"),"s i n",14,decimal=",")  # fmt: skip
_text("BOM semicolon crlf quoted all","\"Nr\";\"Ort\";\"Datum\";\"Betrag\"\n"+_lines(12,lambda n,r:f'"{n}";"{_place(n)}";"{n:02}.01.2024";"{_german(n*1111.5)}"'),"i s d n",12,written="utf-8-sig",decimal=",",end="\r\n")  # fmt: skip
_text("empty first line","\nNr;Ort\n"+_lines(12,lambda n,r:f"{n};{_place(n)}"),"i s",12,header=(2,))  # fmt: skip
_text("title one cell then header with group and names, blank key", "Arbeitslose nach Bezirken\n;Männer;Männer;Frauen;Frauen\nBezirk;2022;2023;2022;2023\n"+_lines(12,lambda n,r:f"{_place(n)};{n*31};{n*37};{n*29};{n*41}"),"s i i i i",12,header=(2,3))  # fmt: skip
_text("percent header units row","Jahr;Quote;Index\n;%;2015=100\n"+_lines(12,lambda n,r:f"{2000+n};{n},5;{100+n},2"),"i n n",12,header=(1,2),decimal=",")  # fmt: skip
_text("all integer table with header words","A;B;C\n"+_lines(12,lambda n,r:f"{n};{n*2};{n*3}"),"i i i",12)  # fmt: skip
_text("years in rows, header years no label","Jahr;Einwohner\n"+_lines(30,lambda n,r:f"{1990+n};{10000+n*13}"),"i i",30)  # fmt: skip
_text("timestamps with zone","ts;value\n"+_lines(20,lambda n,r:f"2024-01-{n:02}T00:00:00+01:00;{n}.5"),"mi n",20,decimal=".")  # fmt: skip
_text("m/d/yyyy few days","Date,Value\n"+_lines(12,lambda n,r:f"{n}/15/2023,{n}"),"dm i",12,delimiter=",")  # fmt: skip
_text("lat lon comma in quoted utf8","id,lat,lon\n"+_lines(12,lambda n,r:f'{n},"48,{n}1234","11,{n}5678"'),"i n n",12,delimiter=",",decimal=",")  # fmt: skip
_text("footer legend many lines","Ort;n\n"+_lines(12,lambda n,r:f"{_place(n)};{n}")+"\nZeichenerklärung:\n- = nichts vorhanden\n. = Wert unbekannt\n","s i",12)  # fmt: skip
_text("footer with semicolons","Ort;n;m\n"+_lines(12,lambda n,r:f"{_place(n)};{n};{n}")+";;\n* Werte gerundet;;\nErstellt: 01.01.2024;;\n","s i i",12)  # fmt: skip
_text("accounts and amounts","Konto;Betrag\n"+_lines(12,lambda n,r:f"{n + 100};{n},50"),"i n",12,decimal=",")  # fmt: skip
_text("sum first row unlabelled city","Bezirk;a;b;c\nBeispielstadt;7800;3900;780\n"+_lines(12,lambda n,r:f"{_place(n)};{n*100};{n*50};{n*10}"),"s i i i",12)  # fmt: skip
_text("code with dot suffix e.g. 1.1","Gliederung;Text;Wert\n"+_lines(12,lambda n,r:f"1.{n};{_place(n)};{n*3}"),"c s i",12)  # fmt: skip
_text("IDs long","OBJECTID;GlobalID;X;Y\n"+_lines(12,lambda n,r:f"{n};{{ABC-{n}}};{690000+n}.123456;{5330000+n}.654321"),"i s n n",12,decimal=".")  # fmt: skip
_text("zero-one flags","Name;WC;Parken\n"+_lines(12,lambda n,r:f"{_place(n)};{n%2};{n%3%2}"),"s i i",12)  # fmt: skip
_text("x marks","Name;WC;Parken\n"+_lines(12,lambda n,r:f"{_place(n)};{'x' if n%2 else ''};{'x' if n%3 else ''}"),"s s s",12)  # fmt: skip
_text("wahr/falsch","Name;WC\n"+_lines(12,lambda n,r:f"{_place(n)};{'WAHR' if n%2 else 'FALSCH'}"),"s b",12)  # fmt: skip
_text("pseudo multi table with second header","Ort;n\n"+_lines(10,lambda n,r:f"{_place(n)};{n}")+"\nOrt;n\n"+_lines(10,lambda n,r:f"{_place(n)};{n}"),"s i",22)  # fmt: skip


def _records() -> Iterator[Sample]:
    objects = [
        {
            "id": n,
            "name": _place(n),
            "plz": f"{1_000 + n:05}",
            "seit": f"{n:02}.01.2020",
            "hoehe": n + 0.5,
        }
        for n in range(1, 13)
    ]
    features = [
        {
            "type": "Feature",
            "properties": one,
            "geometry": {"type": "Point", "coordinates": [11.5, 48.1]},
        }
        for one in objects
    ]
    for name, file_name, document in (
        ("records: a list of objects", "a.json", objects),
        (
            "records: data inside an answer",
            "b.json",
            {"success": True, "result": {"records": objects}},
        ),
        ("records: features", "c.geojson", {"type": "FeatureCollection", "features": features}),
    ):
        yield Sample(
            name=name,
            data=json.dumps(document, ensure_ascii=False).encode(),
            file_name=file_name,
            encoding="utf-8",
            delimiter=None,
            header=(1,),
            rows=12,
            types=("i", "s", "c", "d", "n"),
        )


_samples.extend(
    itertools.starmap(lambda sample: lambda: sample, ((sample,) for sample in _records()))
)


def main() -> None:
    """Print the measures and the misses."""
    with tempfile.TemporaryDirectory() as folder:
        files = samples()
        result = measure(files, Path(folder))
    print(f"{len(files)} Dateien")
    for name, aim in AIMS.items():
        print(f"  {name:16} {result.mean(name):.3f}  (Ziel {aim})  n={len(result.shares[name])}")
    print("\n".join(result.misses))


if __name__ == "__main__":
    main()
