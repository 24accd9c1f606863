"""The corpus of recognition, damaged at random: every file gets an answer, none an exception.

Each case takes a file of `tests/tables/corpus.py` and inserts, deletes or repeats bytes. Prints
the seed, the number of cases, the slowest one and every exception; exits with 1 where there is one.
"""

import argparse
import importlib.util
import random
import sys
import tempfile
import time
import traceback
from pathlib import Path
from typing import Any

from datenernte_validators.files.door import check_file

JUNK = (
    *(b";", b",", b"\t", b"|", b'"', b"'", b"\n", b"\r", b"\x00", b"\xff", b"\xc3", b"\xcc\x88"),
    *(b"-", b"  ", b"99", b"=A1", b"\xef\xbb\xbf", b"{", b"]", b"01.01.2024", b"1.234,5", b"PK"),
)
ABOUT = ("Baumkataster", "Wahlergebnisse", "Haushalt", "Einwohner")


def corpus() -> Any:
    """The corpus, loaded by its path, as tests are no package."""
    path = Path(__file__).parents[1] / "tables" / "corpus.py"
    spec = importlib.util.spec_from_file_location("table_corpus", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["table_corpus"] = module
    spec.loader.exec_module(module)
    return module.samples()


def damaged(data: bytes, chance: random.Random) -> bytes:
    """The bytes with up to twelve damages."""
    body = bytearray(data)
    for _ in range(chance.randint(1, 12)):
        place, kind = chance.randrange(len(body) + 1), chance.random()
        if kind < 0.4:
            body[place:place] = chance.choice(JUNK)
        elif kind < 0.7:
            del body[place : place + chance.randint(1, 30)]
        elif kind < 0.95:
            other = chance.randrange(len(body) + 1)
            body[place:place] = body[min(place, other) : max(place, other)][:200]
        else:
            body = body[:place] or bytearray(b"x")
    return bytes(body)


def main() -> int:
    """Run the cases; the exit code is 1 where one raised."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    options = parser.parse_args()
    print(f"seed {options.seed}", flush=True)
    chance = random.Random(options.seed)  # noqa: S311 - test data
    samples, raised, slowest = corpus(), 0, (0.0, "")
    with tempfile.TemporaryDirectory() as folder:
        for number in range(options.cases):
            sample = chance.choice(samples)
            path = Path(folder) / chance.choice((sample.file_name, "x.csv", "x"))
            path.write_bytes(damaged(sample.data, chance))
            started = time.monotonic()
            try:
                check_file(path, target="x", about=ABOUT)
            except Exception:  # noqa: BLE001 - any exception is what is looked for
                raised += 1
                print(f"case {number}: {sample.name}\n{traceback.format_exc()}", flush=True)
            slowest = max(slowest, (time.monotonic() - started, sample.name))
    print(f"{options.cases} cases, {raised} exceptions, slowest {slowest[0]:.1f} s: {slowest[1]}")
    return int(raised > 0)


if __name__ == "__main__":
    sys.exit(main())
