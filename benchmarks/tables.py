"""Tables against plain Frictionless: seconds, ratio, peak memory, and whether the reports are equal.

The table has twelve columns as German offices write them: `;`, decimal comma, dd.mm.yyyy, ja/nein,
an enumeration, a pattern, two unique columns (one of them in no order) and a primary key. Each
measurement has a process of its own, which loads its libraries and judges a small table before its
time begins, so peak memory is that of one check with all libraries. Both ways take turns; medians
are printed. `work` is the ratio of processor time, which a busy machine distorts less; ours is spent
on several cores at once. `check` is the whole of `check_table` with a given schema: recognition, the first look
over all rows, judgement and findings.
"""

import argparse
import json
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

KINDS = ("Spielplatz", "Baum", "Bank", "Brunnen", "Toilette", "Parkplatz")
NOTES = ("", "gut", "schlecht", "in Ordnung, geprüft", "Größe unbekannt")
SCHEMA: dict[str, Any] = {
    "fields": [
        {"name": "id", "type": "integer", "constraints": {"required": True, "unique": True}},
        {"name": "name", "type": "string", "constraints": {"required": True, "maxLength": 40}},
        {"name": "art", "type": "string", "constraints": {"enum": list(KINDS)}},
        {"name": "bezirk", "type": "integer", "constraints": {"minimum": 1, "maximum": 25}},
        {
            "name": "betrag",
            "type": "number",
            "decimalChar": ",",
            "groupChar": ".",
            "constraints": {"minimum": "0"},
        },
        {"name": "menge", "type": "integer", "constraints": {"minimum": 0}},
        {"name": "angelegt", "type": "date", "format": "%d.%m.%Y"},
        {"name": "geprueft", "type": "date", "format": "%d.%m.%Y"},
        {"name": "aktiv", "type": "boolean", "trueValues": ["ja"], "falseValues": ["nein"]},
        {"name": "plz", "type": "string", "constraints": {"pattern": "[0-9]{5}"}},
        {
            "name": "kennung",
            "type": "string",
            "constraints": {"required": True, "unique": True, "pattern": "BY-[0-9]{8}"},
        },
        {"name": "notiz", "type": "string", "constraints": {"maxLength": 50}},
    ],
    "primaryKey": ["kennung"],
    "missingValues": ["", "-"],
}
FAULTS: tuple[Callable[[int], str], ...] = (
    lambda row: "x", lambda row: "", lambda row: "Unsinn", lambda row: "99", lambda row: "1.5x", lambda row: "viel",
    lambda row: "31.02.2020", lambda row: "2020-01-01", lambda row: "vielleicht", lambda row: "8000",
    lambda row: f"BY-{max(1, row - 7):08d}", lambda row: "x" * 60,
)  # fmt: skip
"""One for each column."""
NO_LIMIT = 10**9


def write_table(path: Path, rows: int, faulty: float) -> None:
    """A table of so many rows, of which a share has one fault each; always the same."""
    chance = random.Random(20261122)  # noqa: S311 - test data
    # A number without divisor in common with the modulus visits each key once, in no order.
    modulus = 100_000_007
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(";".join(field["name"] for field in SCHEMA["fields"]) + "\n")
        for row in range(1, rows + 1):
            cells = [
                str(row),
                f"Anlage {row % 5000} Nord",
                chance.choice(KINDS),
                str(chance.randint(1, 25)),
                f"{chance.randint(0, 99_999)},{chance.randint(0, 99):02}",
                str(chance.randint(0, 5000)),
                f"{chance.randint(1, 28):02}.{chance.randint(1, 12):02}.{chance.randint(1950, 2024)}",
                f"{chance.randint(1, 31):02}.{chance.choice((1, 3, 5, 7, 8, 10, 12)):02}.{chance.randint(2000, 2024)}",
                chance.choice(("ja", "nein")),
                f"{chance.randint(80_000, 99_999):05}",
                f"BY-{row * 7_654_321 % modulus:08d}",
                chance.choice(NOTES),
            ]
            if chance.random() < faulty:
                column = chance.randrange(len(cells))
                cells[column] = FAULTS[column](row)
            file.write(";".join(cells) + "\n")


def plain_report(path: Path, errors: int) -> dict[str, Any]:
    """What Frictionless says, told of dialect and schema."""
    import frictionless
    from frictionless.formats import CsvControl

    control = CsvControl(delimiter=";", quote_char='"')
    control.skip_initial_space = False
    resource_ = frictionless.resources.TableResource(
        name="table",
        path=path.name,
        basepath=str(path.parent),
        encoding="utf-8",
        dialect=frictionless.Dialect(header_rows=[1], controls=[control]),
        schema=frictionless.Schema.from_descriptor(SCHEMA),
    )
    report: dict[str, Any] = frictionless.validate(
        resource_, limit_errors=0 if errors == NO_LIMIT else errors
    ).to_descriptor()
    return report


def our_report(path: Path, errors: int) -> dict[str, Any]:
    """What we say of the same."""
    from datenernte_validators.tabular.dialect import CsvDialect
    from datenernte_validators.tabular.judge import judge
    from datenernte_validators.tabular.layout import Layout
    from datenernte_validators.tabular.limits import Limits
    from datenernte_validators.tabular.rows import CsvSource

    return judge(
        path,
        CsvSource(path, "utf-8", CsvDialect(), 5_000_000),
        Layout(header_rows=(1,), width=12, last_row=NO_LIMIT),
        SCHEMA,
        name="table",
        place=path.name,
        longest_row=1,
        limits=Limits(errors=errors, report_characters=NO_LIMIT),
        screened_bytes=0,
    )


def whole_check(path: Path, errors: int) -> dict[str, Any]:
    """The report out of a whole check."""
    from datenernte_validators.tabular.limits import Limits
    from datenernte_validators.tabular.table import check_table

    limits = Limits(errors=errors, report_characters=10**12, file_bytes=10**10)
    report: dict[str, Any] = check_table(
        path, target=path.name, file_name="table.csv", schema=SCHEMA, limits=limits
    ).document["report"]
    return report


WAYS = {"plain": plain_report, "ours": our_report, "check": whole_check}


def measure(way: str, path: Path, errors: int) -> None:
    """Judge a file once and print what it took, as JSON; for a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        small = Path(folder) / "table.csv"
        write_table(small, 3_000, 0.05)
        WAYS[way](small, NO_LIMIT)
    started, worked = time.perf_counter(), time.process_time()
    report = WAYS[way](path, errors)
    seconds, work = time.perf_counter() - started, time.process_time() - worked
    task = report["tasks"][0]
    compared: Any = task["errors"]
    if errors == NO_LIMIT:
        stats = {name: value for name, value in task["stats"].items() if name != "seconds"}
        compared = [compared, stats, task["labels"], task["warnings"], task["valid"]]
    digest = sha256(json.dumps(compared, sort_keys=True).encode()).hexdigest()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    count = len(task["errors"])
    result = {"seconds": seconds, "work": work, "peak": peak, "digest": digest, "errors": count}
    print(json.dumps(result))


def measured(way: str, path: Path, errors: int) -> dict[str, Any]:
    """What one way takes for a file."""
    command = [sys.executable, __file__, "--way", way, "--file", str(path)]
    done = subprocess.run(  # noqa: S603 - ourselves
        [*command, "--limit", str(errors)], capture_output=True, text=True, check=True
    )
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def target(rows: int, faulty: float, errors: int) -> float:
    """The ratio that the design asks for."""
    if errors != NO_LIMIT:
        return 1.0
    if not faulty:
        return 50.0 if rows >= 1_000_000 else 30.0
    return 25.0 if faulty < 0.01 else 6.0


def compare(path: Path, rows: int, faulty: float, errors: int, repeat: int) -> bool:
    """Print one line; whether the reports are equal."""
    taken: dict[str, list[dict[str, Any]]] = {way: [] for way in WAYS}
    for round_ in range(repeat):
        for way, results in taken.items():
            if way != "plain" or round_ == 0 or rows < 1_000_000:
                results.append(measured(way, path, errors))
    seconds = {w: statistics.median(r["seconds"] for r in found) for w, found in taken.items()}
    work = {w: statistics.median(r["work"] for r in found) for w, found in taken.items()}
    peak = {w: max(r["peak"] for r in found) for w, found in taken.items()}
    equal = len({r["digest"] for found in taken.values() for r in found}) == 1
    ratio = seconds["plain"] / seconds["ours"]
    wanted = target(rows, faulty, errors)
    limit = "-" if errors == NO_LIMIT else f"{errors}"
    print(
        f"{rows:>9} {faulty:>6.1%} {limit:>6} {taken['plain'][0]['errors']:>7}"
        f" {seconds['plain']:>8.2f} {seconds['ours']:>7.2f} {ratio:>6.1f}x"
        f" {'≥' if ratio >= wanted else '<'}{wanted:>3g}x {work['plain'] / work['ours']:>6.1f}x"
        f" {seconds['check']:>7.2f} {seconds['plain'] / seconds['check']:>6.1f}x"
        f" {peak['plain']:>6.0f} {peak['ours']:>6.0f} {peak['check']:>6.0f}"
        f"  {'equal' if equal else 'DIFFERENT'}",
        flush=True,
    )
    return equal


def main(arguments: Sequence[str] | None = None) -> int:
    """Compare; 1 where reports differ."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--faulty", type=float, nargs="+", default=[0.0, 0.001, 0.05])
    parser.add_argument(
        "--errors", type=int, default=1_000, help="the error limit of the last line"
    )
    parser.add_argument("--repeat", type=int, default=3, help="plain runs of a million rows: one")
    parser.add_argument("--way", choices=WAYS, help=argparse.SUPPRESS)
    parser.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--limit", type=int, default=NO_LIMIT, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.way:
        measure(options.way, options.file, options.limit)
        return 0
    load = os.getloadavg()[0]
    print(f"{os.cpu_count()} cores, load {load:.1f}; medians of {options.repeat}, peaks in MB")
    print(
        f"{'rows':>9} {'faulty':>6} {'limit':>6} {'errors':>7} {'plain s':>8} {'ours s':>7}"
        f" {'ratio':>7} {'aim':>5} {'work':>7} {'check s':>7} {'ratio':>7} {'plain':>6} {'ours':>6} {'check':>6}"
    )
    equal = True
    with tempfile.TemporaryDirectory() as folder:
        for rows in options.rows:
            for faulty in options.faulty:
                path = Path(folder) / "table.csv"
                write_table(path, rows, faulty)
                equal &= compare(path, rows, faulty, NO_LIMIT, options.repeat)
            equal &= compare(path, rows, faulty, options.errors, options.repeat)
    return 0 if equal else 1


if __name__ == "__main__":
    sys.exit(main())
