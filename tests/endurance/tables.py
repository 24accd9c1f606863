"""The screen of tables against plain Frictionless: random schemas, hostile cells, fresh seeds.

Each case is a table under a schema, judged by us in blocks of a few hundred bytes and by
Frictionless with its own parser, told of the same dialect and the same schema. The reports must be
equal, `seconds` apart; under an error limit that was reached the sizes and hashes too, as
Frictionless stops reading somewhere.
"""

import argparse
import json
import random
import sys
import tempfile
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

from frictionless import Detector, Dialect, FrictionlessException, Report, Schema
from frictionless.formats import CsvControl
from frictionless.resources import TableResource

from datenernte_validators.tabular import judge as judge_module
from datenernte_validators.tabular.dialect import CsvDialect
from datenernte_validators.tabular.judge import SCHEMA_FAULTS, judge, schema_report
from datenernte_validators.tabular.layout import Layout
from datenernte_validators.tabular.limits import Limits
from datenernte_validators.tabular.rows import CsvSource
from datenernte_validators.tabular.screen.blocks import Sizes

ENDLESS = 10**9
HOSTILE = (
    "", " ", "-", "NA", "0", "1", "-1", "+1", "007", "7", " 7", "7 ", "\t7", "1_0", "\u0663", "\u096f", "1e5", "1E-2",
    "NaN", "nan", "sNaN", "inf", "-inf", "Infinity", "--1", "1-", "-", "+", ".", ",", "1.", ".5", ",5", "5,",
    "1,5", "1.5", "1,50", "01,5", "1.234", "1.234,5", "1.2.3,4", "12.34", "1 234", "1\u00a0234", "1'234",
    "999999999999999999", "9999999999999999999", "123456789012345678901234567890", "-0", "-0,0", "0,00", "0E9",
    "1" * 40, "0," + "3" * 40, "1e999", "1e-999", "12 %", "3 €", "EUR 5", "abc", "Müller", "Straße", "ß", "İ",
    "e\u0301", "a;b", "a,b", 'a"b', '"', "'", "a\nb", "a\r\nb", "a\rb", "\n", "\0", "a\0b", "\x1f", "\x1e", "\ufeff",
    "\u2028", "\x85", "\x0b", "ja", "nein", "Ja", "true", "True", "TRUE", "false", "0", "j", "wahr",
    "01.02.2024", "1.2.2024", "29.02.2024", "29.02.2023", "31.02.2024", "31.04.2024", "00.01.2024", "01.01.0000",
    "01.01.0001", "01.02.24", "01.02.2024 ", " 01.02.2024", "\u0660\u0661.02.2024", "2024-02-01", "2024-2-1", "2024-02-30",
    "0000-01-01", "20240201", "2024-02-01T10:20:30", "2024-02-01T10:20:30Z", "2024-02-01T10:20:30+02:00",
    "2024-02-01T08:20:30+00:00", "2024-02-01T24:00:00", "2024-02-01 10:20:30", "2024-02-01T10:20:30.5",
    "01.02.2024 10:20", "01.02.2024 24:00", "10:20:30", "10:20", "24:00:00", "10:20:30Z", "10:20:60", "10:20:30.25",
    "2024", "02024", "999", "-999", "10000", "2024-02", "2024-13", "2024-2", "P1D", "P1Y2M", "PT36H", "x" * 300,
    "a@b.de", "A@B.DE", "a@b", "a b@c.de", "http://a.de/x", "a.de", "dGVzdA==", "POINT (1 2)",
    "2bc1c94f-0deb-43e9-92a1-4775189ec9f8", "2BC1C94F-0DEB-43E9-92A1-4775189EC9F8", "[1,2]", '["a"]', '{"a":1}',
    "1,2", "200,2", "1,95", "-12.5, 48.1", "12.5,48", "[1.5, 2]", "a,b,c", "1,x", "None", "80331", "8033", "AB-12", "ab",
)  # fmt: skip
"""Cells that some reader takes for something."""

Cells = Callable[[random.Random], str]


@dataclass(frozen=True)
class Kind:
    """A kind of field with cells that mostly suit it."""

    field: dict[str, Any]
    cells: Cells
    constraints: tuple[dict[str, Any], ...] = ()


def _digits(chance: random.Random) -> str:
    return str(
        chance.choice((chance.randrange(10), chance.randrange(100), chance.randrange(10**9)))
    )


def _number(mark: str, group: str = "") -> Cells:
    def cell(chance: random.Random) -> str:
        whole = chance.choice((0, 1, 7, 12, 1234, 1234567, chance.randrange(10**7)))
        text = f"{whole:,}".replace(",", group) if chance.random() < 0.5 else str(whole)
        sign = "-" if chance.random() < 0.1 else ""
        part = chance.choice(("", "", f"{mark}5", f"{mark}50", f"{mark}{chance.randrange(100):02}"))
        return f"{sign}{text}{part}"

    return cell


def _moment(form: str) -> Cells:
    def cell(chance: random.Random) -> str:
        from datetime import datetime, timedelta

        day = datetime(2023, 12, 25) + timedelta(
            days=chance.choice((0, 1, 5, 6, 7, 65, 66, chance.randrange(900))),
            seconds=chance.choice((0, 0, 3600, chance.randrange(86_400))),
        )
        return day.strftime(form)

    return cell


def _among(*texts: str) -> Cells:
    return lambda chance: chance.choice(texts)


def _word(chance: random.Random) -> str:
    return chance.choice(("Baum", "Bank", "Müll", "a b", "x", "")) + chance.choice(("", "1", "22"))


def _key(chance: random.Random) -> str:
    return str(chance.randrange(200))


_BOUNDS_INTEGER = (
    {"minimum": 0}, {"maximum": 50}, {"minimum": "7", "maximum": 100}, {"exclusiveMinimum": 1},
    {"exclusiveMaximum": 12}, {"minimum": 10**20}, {"maximum": 10**20}, {"enum": ["1", "7", "12"]}, {"enum": [1, 7]},
)  # fmt: skip
_BOUNDS_NUMBER = (
    {"minimum": "0"},
    {"maximum": "1234"},
    {"exclusiveMinimum": "1"},
    {"enum": ["1", "7"]},
)
_DATES = ({"minimum": "01.01.2024"}, {"maximum": "06.02.2024"}, {"exclusiveMaximum": "31.12.2023"})
_PATTERNS = (
    "[0-9]{5}", "^[0-9]{5}$", "[A-Z]{2}-[0-9]+", "a|b", "a.*", ".*b", r"\d+", r"\w*", r"\S+", r"[\d,.-]+", "(?:a|x)?",
    "[^;]*", "[^0-9]+", "(a|b)*", "B.{3}", "(?i)baum", "x(?=x)x*", r"(a)\1", "[a-zäöü]+", "x{2,}", "x*?", "$", "^",
    r"[A-Za-z][^\d]*", "a b", r"\.", "[.]", "Ba(um|nk)[0-9]*", "[[a-c]", "[a&&b]", r"\bBaum\b", ".{1,5}", "(.|\n)*",
)  # fmt: skip
KINDS: tuple[Kind, ...] = (
    Kind({"type": "any"}, _word, ({"enum": ["Baum", "x"]},)),
    Kind({"type": "string"}, _word, (
        {"minLength": 2}, {"maxLength": 4}, {"minLength": 1, "maxLength": 6}, {"enum": ["Baum", "Bank", ""]},
        *({"pattern": pattern} for pattern in _PATTERNS),
    )),
    Kind({"type": "string"}, _key, tuple({"pattern": pattern} for pattern in _PATTERNS)),
    Kind({"type": "string", "format": "email"}, _among("a@b.de", "info@stadt.de", "x.y@amt.org")),
    Kind({"type": "string", "format": "uri"}, _among("http://a.de", "https://b.de/x?y=1")),
    Kind({"type": "string", "format": "uuid"}, _among("2bc1c94f-0deb-43e9-92a1-4775189ec9f8", "0" * 8 + "-0000" * 3 + "-" + "0" * 12)),
    Kind({"type": "string", "format": "binary"}, _among("dGVzdA==", "YQ==")),
    Kind({"type": "string", "format": "wkt"}, _among("POINT (1 2)", "POINT (3 4)")),
    Kind({"type": "integer"}, _digits, _BOUNDS_INTEGER),
    Kind({"type": "integer"}, _key, _BOUNDS_INTEGER),
    Kind({"type": "integer", "bareNumber": False}, lambda c: f"{c.randrange(99)}{c.choice(('', ' %', ' €'))}", _BOUNDS_INTEGER),
    Kind({"type": "number"}, _number("."), _BOUNDS_NUMBER),
    Kind({"type": "number", "decimalChar": ","}, _number(","), _BOUNDS_NUMBER),
    Kind({"type": "number", "decimalChar": ",", "groupChar": "."}, _number(",", "."), _BOUNDS_NUMBER),
    Kind({"type": "number", "groupChar": ","}, _number(".", ","), _BOUNDS_NUMBER),
    Kind({"type": "number", "groupChar": " ", "decimalChar": ","}, _number(",", " "), _BOUNDS_NUMBER),
    Kind({"type": "number", "groupChar": "."}, _number(".", "."), _BOUNDS_NUMBER),
    Kind({"type": "number", "decimalChar": "x"}, _number("x")),
    Kind({"type": "number", "bareNumber": False, "decimalChar": ","}, lambda c: _number(",")(c) + " €", _BOUNDS_NUMBER),
    Kind({"type": "number", "floatNumber": True}, _number("."), _BOUNDS_NUMBER),
    Kind({"type": "boolean"}, _among("true", "false", "1", "0")),
    Kind({"type": "boolean", "trueValues": ["ja", "-1"], "falseValues": ["nein", ""]}, _among("ja", "nein", "ja")),
    Kind({"type": "date"}, _moment("%Y-%m-%d"), ({"minimum": "2024-01-01"}, {"exclusiveMaximum": "2024-02-29"})),
    Kind({"type": "date", "format": "%d.%m.%Y"}, _moment("%d.%m.%Y"), (*_DATES, {"enum": ["25.12.2023", "26.12.2023"]})),
    Kind({"type": "date", "format": "%d.%m.%y"}, _moment("%d.%m.%y"), ({"minimum": "01.01.24"},)),
    Kind({"type": "date", "format": "%Y%m%d"}, _moment("%Y%m%d"), ({"maximum": "20240101"},)),
    Kind({"type": "date", "format": "%d.%m."}, _moment("%d.%m.")),
    Kind({"type": "date", "format": "%d. %B %Y"}, _moment("%d. %B %Y")),
    Kind({"type": "date", "format": "%d.%m.%Y %H:%M"}, _moment("%d.%m.%Y %H:%M")),
    Kind({"type": "date", "format": "any"}, _moment("%Y-%m-%d")),
    Kind({"type": "datetime"}, _moment("%Y-%m-%dT%H:%M:%S"), ({"minimum": "2024-01-01T00:00:00"}, {"minimum": "2024-01-01T00:00:00Z"})),
    Kind({"type": "datetime"}, _moment("%Y-%m-%dT%H:%M:%SZ"), ({"maximum": "2024-01-01T00:00:00Z"},)),
    Kind({"type": "datetime", "format": "%d.%m.%Y %H:%M"}, _moment("%d.%m.%Y %H:%M"), ({"minimum": "01.01.2024 10:00"},)),
    Kind({"type": "datetime", "format": "%d.%m.%Y"}, _moment("%d.%m.%Y"), _DATES),
    Kind({"type": "time"}, _moment("%H:%M:%S"), ({"minimum": "08:00:00"}, {"exclusiveMaximum": "12:00:00"})),
    Kind({"type": "time", "format": "%H:%M"}, _moment("%H:%M"), ({"maximum": "12:00"},)),
    Kind({"type": "year"}, lambda c: str(c.randrange(1990, 2030)), ({"minimum": 2000},)),
    Kind({"type": "yearmonth"}, _moment("%Y-%m")),
    Kind({"type": "duration"}, _among("P1D", "P1Y", "PT36H", "P1DT12H")),
    Kind({"type": "geopoint"}, lambda c: f"{c.randrange(180)}.5,{c.randrange(95)}", ({"enum": ["1,2"]},)),
    Kind({"type": "geopoint", "format": "array"}, _among("[1.5, 2]", "[12, 48]")),
    Kind({"type": "geojson"}, _among('{"type":"Point","coordinates":[1,2]}')),
    Kind({"type": "object"}, _among('{"a":1}', "{}"), ({"minLength": 1},)),
    Kind({"type": "array"}, _among("[1,2]", "[]"), ({"maxLength": 1},)),
    Kind({"type": "array", "arrayItem": {"type": "integer"}}, _among("[1,2]", '["x"]')),
    Kind({"type": "list", "itemType": "integer"}, _among("1,2", "3")),
)  # fmt: skip
MISSING: tuple[list[str], ...] = ([""], ["", "-"], ["", "NA", "0"], ["-1", "7"], [], ["None", ""])


@dataclass(frozen=True)
class Case:
    """A table under a schema, and how it is to be judged."""

    data: bytes
    schema: dict[str, Any]
    encoding: str = "utf-8"
    delimiter: str = ";"
    quote: str = '"'
    header_rows: tuple[int, ...] = (1,)
    comment_rows: tuple[int, ...] = ()
    errors: int = ENDLESS
    last_row: int = ENDLESS
    """Only ours can be told of it."""
    sizes: Sizes = Sizes(first_bytes=64, largest_bytes=400)  # noqa: RUF009 - frozen itself


def cases(count: int, seed: int, start: int = 0) -> Iterator[Case]:
    """`count` cases, always the same for one seed."""
    for number in range(start, start + count):
        yield make_case(random.Random(f"{seed} {number}"))  # noqa: S311 - a test's dice


def make_case(chance: random.Random) -> Case:
    """A random case."""
    schema, kinds = _schema(chance)
    delimiter = chance.choice(";;;;,\t|")
    quote = '"' if chance.random() < 0.9 else "'"
    end = chance.choice(("\n", "\n", "\r\n"))
    style = chance.choice(("needed", "needed", "needed", "all", "some", "raw"))
    names = [str(one["name"]) for one in schema["fields"]]
    labels = _labels(chance, names)
    faulty = chance.choice((0.0, 0.01, 0.05, 0.05, 0.3))
    ragged = chance.choice((0.0, 0.0, 0.02, 0.2))
    rows = [
        [_cell(chance, kind, faulty) for kind in kinds]
        for _ in range(chance.choice((0, 1, 5, 20, 20, 40)))
    ]
    for row in rows:
        if chance.random() < ragged:
            _mangle(chance, row)
        if chance.random() < ragged / 4:
            row[:] = chance.choice(([], [""] * len(names)))
    if len(rows) > 1:
        for _ in range(chance.choice((0, 0, 1, 3))):  # rows that come again
            rows.append(list(chance.choice(rows)))

    def written(cell: str) -> str:
        special = any(mark in cell for mark in (delimiter, quote, "\n", "\r"))
        wanted = style == "all" or (style == "some" and chance.random() < 0.3)
        if wanted or (special and style != "raw"):
            return quote + cell.replace(quote, quote * 2) + quote
        return cell

    text = "".join(delimiter.join(map(written, row)) + end for row in [labels, *rows])
    if chance.random() < 0.2:
        text = text.removesuffix(end)
    text = _damaged(chance, text)
    encoding = chance.choice(
        ("utf-8",) * 6 + ("utf-8-sig", "cp1252", "iso8859-1", "utf-16", "utf-16-le")
    )
    data = text.encode(encoding, "replace")
    if chance.random() < 0.03:
        position = chance.randrange(len(data) + 1)
        data = data[:position] + b"\xff\x81" + data[position:]
    header_rows: tuple[int, ...] = (1,)
    if chance.random() < 0.05:
        header_rows = chance.choice(((), (2,), (1, 2)))
    comments = (chance.randrange(2, 9),) if chance.random() < 0.05 else ()
    errors = chance.choice((ENDLESS,) * 6 + (1, 3, 10))
    first = chance.choice((32, 64, 300, 1 << 15))
    sizes = Sizes(first_bytes=first, largest_bytes=max(first, chance.choice((100, 400, 1 << 20))))
    return Case(
        data, schema, encoding, delimiter, quote, header_rows, comments, errors, sizes=sizes
    )


def _schema(chance: random.Random) -> tuple[dict[str, Any], list[Kind]]:
    kinds = [chance.choice(KINDS) for _ in range(chance.choice((1, 1, 2, 3, 4, 6)))]
    fields = []
    for number, kind in enumerate(kinds):
        one = {"name": f"f{number}", **kind.field}
        constraints: dict[str, Any] = {}
        if kind.constraints and chance.random() < 0.5:
            constraints |= chance.choice(kind.constraints)
        if chance.random() < 0.2:
            constraints["required"] = True
        if chance.random() < 0.15:
            constraints["unique"] = True
        if constraints:
            one["constraints"] = constraints
        if chance.random() < 0.15:
            one["missingValues"] = chance.choice(MISSING)
        fields.append(one)
    schema: dict[str, Any] = {"fields": fields}
    if chance.random() < 0.4:
        schema["missingValues"] = chance.choice(MISSING)
    names = [one["name"] for one in fields]
    if chance.random() < 0.3:
        schema["primaryKey"] = chance.sample(names, chance.randint(1, min(2, len(names))))
    if chance.random() < 0.05:
        schema["fieldsMatch"] = chance.choice(("subset", "superset", "partial", "equal"))
    return schema, kinds


def _labels(chance: random.Random, names: Sequence[str]) -> list[str]:
    labels = list(names)
    if chance.random() < 0.1:
        what = chance.randrange(5)
        if what == 0:
            labels.append("mehr")
        elif what == 1:
            labels.pop()
        elif what == 2:
            labels[0] = chance.choice(("", "anders", names[-1]))
        elif what == 3:
            chance.shuffle(labels)
        else:
            labels += ["f0", ""]
    return labels


def _cell(chance: random.Random, kind: Kind, faulty: float) -> str:
    if chance.random() < faulty:
        return chance.choice(HOSTILE)
    return chance.choice(("", "-", "7")) if chance.random() < 0.05 else kind.cells(chance)


def _mangle(chance: random.Random, row: list[str]) -> None:
    if chance.random() < 0.5:
        row.append(chance.choice(("", "mehr", "7")))
    elif row:
        del row[chance.randrange(len(row)) :]


def _damaged(chance: random.Random, text: str) -> str:
    """Sometimes a character where it does not belong."""
    if chance.random() < 0.15:
        for _ in range(chance.choice((1, 1, 2, 5))):
            position = chance.randrange(len(text) + 1)
            mark = chance.choice(
                (
                    '"',
                    "'",
                    "\r",
                    "\n",
                    ";",
                    ",",
                    "\0",
                    "\x1f",
                    "\ufeff",
                    '""',
                    '";"',
                    "\r\n",
                    "\r\r\n",
                )
            )
            text = text[:position] + mark + text[position:]
    return text


def by_frictionless(case: Case, path: Path) -> dict[str, Any]:
    """The report of Frictionless with its own parser, told of dialect and schema."""
    dialect = Dialect()
    if case.header_rows:
        dialect.header_rows = list(case.header_rows)
    else:
        dialect.header = False
    if case.comment_rows:
        dialect.comment_rows = list(case.comment_rows)
    control = CsvControl(delimiter=case.delimiter, quote_char=case.quote)
    control.skip_initial_space = False
    dialect.add_control(control)
    try:
        schema = Schema.from_descriptor(case.schema)
        for one in schema.fields:
            one.create_cell_reader()
        resource = TableResource(
            name=path.stem,
            path=path.name,
            basepath=str(path.parent),
            scheme="file",
            format="csv",
            dialect=dialect,
            schema=schema,
            detector=Detector(sample_size=100),
        )
        resource.encoding = case.encoding
        report = resource.validate(limit_errors=case.errors)
    except FrictionlessException as error:
        report = Report.from_validation(time=0, errors=error.to_errors())
    except SCHEMA_FAULTS as error:
        return schema_report(str(error) or type(error).__name__)
    descriptor: dict[str, Any] = report.to_descriptor()
    return descriptor


def by_us(case: Case, path: Path, *, screened: bool = True) -> dict[str, Any]:
    """Our report."""
    source = CsvSource(
        path, case.encoding, CsvDialect(delimiter=case.delimiter, quote_char=case.quote), ENDLESS
    )
    comments = tuple(
        n for n in case.comment_rows if not case.header_rows or n > case.header_rows[-1]
    )
    layout = Layout(
        header_rows=case.header_rows, width=1, last_row=case.last_row, comment_rows=comments
    )
    return judge(
        path,
        source,
        layout,
        case.schema,
        name=path.stem,
        place=path.name,
        longest_row=1,
        limits=Limits(errors=case.errors, report_characters=ENDLESS),
        screened_bytes=0 if screened else None,
        sizes=case.sizes,
    )


def comparable(report: dict[str, Any]) -> Any:
    """A report without its time, and without sizes where Frictionless did not read to the end."""
    copy = json.loads(json.dumps(report))
    del copy["stats"]["seconds"]
    for task in copy["tasks"]:
        del task["stats"]["seconds"]
        if any(warning.startswith("reached error limit") for warning in task["warnings"]):
            for name in ("bytes", "md5", "sha256"):
                task["stats"].pop(name, None)
    return copy


@dataclass
class Result:
    """What came of some cases."""

    cases: int = 0
    screened: int = 0
    """Cases that the screen did not give up."""
    different: list[Case] = None  # type: ignore[assignment]  # set below
    errors: Counter[str] = None  # type: ignore[assignment]
    """Types of errors in the reports of Frictionless."""

    def __post_init__(self) -> None:
        self.different = []
        self.errors = Counter()


def compare(made: Iterator[Case], path: Path) -> Result:
    """Judge all cases both ways; `path` is written anew for each."""
    result = Result()
    report_of = judge_module._Task.report

    def counted(task: Any, sizes: Sizes | None) -> Report:
        report = report_of(task, sizes)
        result.screened += sizes is not None
        return report

    with patch.object(judge_module._Task, "report", counted), warnings.catch_warnings():
        # Python speaks of patterns that may mean something else one day.
        warnings.simplefilter("ignore", FutureWarning)
        for case in made:
            path.write_bytes(case.data)
            result.cases += 1
            expected = by_frictionless(case, path)
            for task in [expected, *expected["tasks"]]:
                result.errors.update(error["type"] for error in task["errors"])
            if comparable(by_us(case, path)) != comparable(expected):
                result.different.append(case)
    return result


def show(case: Case, path: Path) -> None:
    """Print how the reports of a case differ."""
    path.write_bytes(case.data)
    print(case)
    try:
        ours, expected = comparable(by_us(case, path)), comparable(by_frictionless(case, path))
    except Exception:  # noqa: BLE001 - it is shown
        traceback.print_exc()
        return
    for one, other in zip(ours["tasks"], expected["tasks"], strict=False):
        for name in one:
            if name != "errors" and one[name] != other.get(name):
                print(name, "ours", one[name], "Frictionless", other.get(name))
        left, right = ([json.dumps(e, sort_keys=True) for e in t["errors"]] for t in (one, other))
        for error in left:
            if error not in right:
                print("only ours:", error)
        for error in right:
            if error not in left:
                print("only Frictionless:", error)
    if len(ours["tasks"]) != len(expected["tasks"]):
        print("ours", ours, "\nFrictionless", expected)


def main() -> int:
    """Compare; 1 on a difference."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=5_000)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--start", type=int, default=0, help="number of the first case")
    arguments = parser.parse_args()
    seed = random.SystemRandom().randrange(10**6) if arguments.seed is None else arguments.seed
    print(f"seed {seed}, {arguments.cases} cases from {arguments.start} on", flush=True)
    started, differ, screened = time.perf_counter(), 0, 0
    seen: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "table.csv"
        for start in range(arguments.start, arguments.start + arguments.cases, 500):
            count = min(500, arguments.start + arguments.cases - start)
            result = compare(cases(count, seed, start), path)
            screened += result.screened
            seen += result.errors
            for case in result.different:
                differ += 1
                if differ <= 5:
                    show(case, path)
            print(
                f"  {start + count}: {differ} differ, {time.perf_counter() - started:.0f} s",
                flush=True,
            )
    print(f"{screened} of {arguments.cases} cases went through the screen; errors of Frictionless:")
    for name, count in seen.most_common():
        print(f"  {count:8}  {name}")
    print(f"differences: {differ}")
    return 1 if differ else 0


if __name__ == "__main__":
    sys.exit(main())
