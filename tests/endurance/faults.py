"""Faults at simulated portals of every type, many at once, beside portals that are sound.

Each batch is one working folder: a sound run, a run in which every patient has its fault, a sound
run; and a second folder in which the faults are there from the first run on. Nothing may crash or
hang, no dataset may go, every fault must be named by the portal's `reason` or by a finding code of
the run's JSON, and the files of the portals without a fault must be those of the sound run, byte
by byte. Then the three faults that concern the whole process. Prints seed and figures; exits with
1 on a difference.
"""

import argparse
import difflib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from datenernte_dcat.store.rows import RecordStatus
from datenernte_dcat.store.store import Store
from datenernte_harvester.simulator.catalogue import datasets
from datenernte_harvester.simulator.certificates import (
    AUTHORITY_FILE,
    authority_pem,
    server_context,
)
from datenernte_harvester.simulator.faces import FACES, CatalogueSite
from datenernte_harvester.simulator.faults import CANARY, FAULTS, Fault, with_faults
from datenernte_harvester.simulator.server import Server

NOW = "2026-03-01T04:00:00Z"
BATCH = 40
"""Patients in one working folder."""
RUN_SECONDS_MAX = 300.0
"""Deadline of one run over a batch; every request, portal and stage ends far earlier."""
TIMEOUT_SECONDS = 3.0
SMALL = tuple(FACES)
"""Source types of the portals that are sound while the process is not."""
WITHOUT = {"F23-later"}
"""Needs two visits of its own: to a second run it is the same as F23."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """One injected fault."""

    fault: str
    source_type: str
    size: int = 12
    """Datasets of the portal."""
    page_size: int = 4

    @property
    def name(self) -> str:
        """File name of the portal, without a number."""
        return f"{self.source_type}-{self.fault or 'sound'}".replace("_", "-").lower()


def applicable() -> list[Case]:
    """Every fault at every source type that can show it."""
    return [
        Case(fault=fault.id, source_type=source_type)
        for fault in FAULTS.values()
        for source_type in FACES
        if fault.id not in WITHOUT and fault.concerns(source_type)
    ]


@dataclass(slots=True)
class Patient:
    """A portal of a batch, and what its server shows."""

    case: Case
    name: str
    key: str
    site: CatalogueSite
    server: Server
    before: dict[str, str] = field(default_factory=dict)
    """Source identifier → IRI after the sound run."""

    @property
    def fault(self) -> Fault | None:
        """Its fault; None for a bystander."""
        return FAULTS[self.case.fault] if self.case.fault else None

    def spoil(self, *, faulty: bool) -> None:
        """Show the fault, or be sound."""
        fault = self.fault
        self.server.site = with_faults(self.site, (fault.id,)) if fault and faulty else self.site
        if self.server.tls is not None and fault is not None:
            self.server.tls = server_context(fault.certificate if faulty else "sound")


@dataclass(slots=True)
class Figures:
    """What came of all cases."""

    injected: int = 0
    """Faults that must be named."""
    harmless: int = 0
    """Injected, and to be borne without a word."""
    types: set[str] = field(default_factory=set)
    crashes: int = 0
    hangs: int = 0
    deletions: int = 0
    unnamed: int = 0
    touched: int = 0
    """Files of bystanders that differ."""
    complaints: list[str] = field(default_factory=list)

    def complain(self, words: str) -> None:
        """Note a difference, and say it at once."""
        self.complaints.append(words)
        print(f"  {words}", flush=True)

    def __str__(self) -> str:
        """One line for each promise."""
        return (
            f"{self.injected} faults at {len(self.types)} source types, and {self.harmless} that do "
            f"no harm: {self.crashes} crashes, {self.hangs} hangs, {self.deletions} wrong deletions,"
            f" {self.unnamed} not named, {self.touched} files of bystanders differ, "
            f"{len(self.complaints)} complaints in all"
        )


def main() -> int:
    """Inject, compare, print; 1 on a difference."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--faults", type=int, default=300, help="at least so many")
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--only", default="", help="beginning of the fault ids")
    parser.add_argument("--types", nargs="*", default=list(FACES), help="source types")
    arguments = parser.parse_args()
    seed = random.SystemRandom().randrange(10**6) if arguments.seed is None else arguments.seed
    print(f"seed {seed}", flush=True)
    chance = random.Random(seed)  # noqa: S311 - a test's dice
    figures = Figures()
    chosen = [
        case
        for case in applicable()
        if case.fault.startswith(arguments.only) and case.source_type in arguments.types
    ]
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as scratch:
        for number, batch in enumerate(_batches(chosen, arguments.faults, chance)):
            print(f"batch {number + 1}: {len(batch)} faults", flush=True)
            inject(Path(scratch) / str(number), batch, figures, seed + number)
        if not arguments.only:
            for check in (two_runs_at_once, killed_in_the_middle, broken_database):
                check(Path(scratch) / check.__name__, figures)
    print(f"seed {seed}, {time.monotonic() - began:.0f} s: {figures}")
    return 1 if figures.complaints else 0


def _batches(chosen: list[Case], least: int, chance: random.Random) -> Iterator[list[Case]]:
    """All cases in shuffled batches, over and over with other sizes, until there are enough."""
    named = 0
    while True:
        sized = [
            Case(
                fault=case.fault,
                source_type=case.source_type,
                size=(size := chance.randint(9, 24)),
                page_size=chance.randint(3, size // 3),
            )
            for case in chosen
        ]
        chance.shuffle(sized)
        for start in range(0, len(sized), BATCH):
            batch = sized[start : start + BATCH]
            named += sum(bool(FAULTS[case.fault].codes) for case in batch)
            yield batch
        if named >= least:
            return


def inject(
    folder: Path, cases: Sequence[Case], figures: Figures, seed: int = 1, *, anew: bool = True
) -> None:
    """One batch: run sound, faulty, sound again, and once more faulty from the beginning.

    Args:
        folder: does not exist yet.
        anew: False leaves out the latter, which faults of files need.
    """
    folder.mkdir(parents=True)
    bystanders = [Case(fault="", source_type=source_type) for source_type in FACES]
    with _served([*cases, *bystanders], seed) as patients:
        figures.types |= {case.source_type for case in cases}
        figures.injected += sum(bool(FAULTS[case.fault].codes) for case in cases)
        figures.harmless += sum(not FAULTS[case.fault].codes for case in cases)
        home, fresh = folder / "home", folder / "fresh"
        places = (home, fresh) if anew else (home,)
        for place in places:
            lay_out(place, patients, tables=any(FAULTS[case.fault].of_files for case in cases))
        sound = _run(home, figures)
        for patient in patients:
            patient.before = _published(home, patient.name)
            entry = _entry(sound, patient)
            if entry["state"] != "ok" or len(patient.before) != patient.case.size:
                figures.complain(
                    f"{patient.name}: not sound to begin with: {len(patient.before)} of "
                    f"{patient.case.size}, {entry['state']} ({entry['detail']})"
                )
        expected = _files_of_bystanders(home, patients)
        for patient in patients:
            patient.spoil(faulty=True)
        for place, files_too in zip(places, (False, True), strict=False):
            spoiled = _run(place, figures)
            for patient in patients:
                of_files = patient.fault is not None and patient.fault.of_files
                if of_files == files_too:
                    _judge(patient, _entry(spoiled, patient), spoiled, place, figures)
            _compare(expected, _files_of_bystanders(place, patients), figures)
        for patient in patients:
            patient.spoil(faulty=False)
        healed = _run(home, figures)
        for patient in patients:
            state = _entry(healed, patient)["state"]
            if state not in ("ok", "held") or _lost(patient, home):
                figures.complain(f"{patient.name}: {state} after the fault is over")
        for place in places:
            _look_for_canary(place, figures)


@contextmanager
def _served(cases: Sequence[Case], seed: int) -> Iterator[list[Patient]]:
    with ExitStack() as stack:
        patients = []
        for number, case in enumerate(cases):
            key = f"0999{number + 1000:04}"
            made = sorted(datasets("musterstadt", case.size, seed * 1000 + number), key=_id)
            site = FACES[case.source_type].site(f"Stadt Nummer {number}", key, made, case.page_size)
            secure = bool(case.fault and FAULTS[case.fault].certificate)
            server = stack.enter_context(
                Server(site, tls=server_context("sound") if secure else None)
            )
            patients.append(
                Patient(case=case, name=f"{case.name}-{number}", key=key, site=site, server=server)
            )
        yield patients


def _id(dataset: Any) -> str:
    return str(dataset.id)


def lay_out(folder: Path, patients: Sequence[Patient], *, tables: bool = False) -> None:
    """A working folder for the running servers.

    Args:
        tables: judge the content of the files too; that takes most of the time.
    """
    (folder / "portals").mkdir(parents=True)
    (folder / AUTHORITY_FILE).write_bytes(authority_pem())
    for patient in patients:
        path = FACES[patient.case.source_type].path
        (folder / "portals" / f"{patient.name}.toml").write_text(
            f'title = "{patient.name}"\nsource_type = "{patient.case.source_type}"\n'
            f'url = "{patient.server.url}{path}"\nmunicipality = "{patient.key}"\n'
            f'[network]\nca_file = "{AUTHORITY_FILE}"\ndeadline_seconds = 40.0\n',
            encoding="utf-8",
        )
    allow = ", ".join(f'"127.0.0.1:{patient.server.port}"' for patient in patients)
    (folder / "datenernte.toml").write_text(
        '[catalog]\ntitle = "Probe"\ndescription = "Probe"\npublisher = "Amt"\n'
        'base_url = "https://daten.example.org"\n'
        f"[network]\nallow = [{allow}]\ntimeout_seconds = {TIMEOUT_SECONDS}\n"
        "deadline_seconds = 30.0\nlink_timeout_seconds = 15.0\nlink_deadline_seconds = 30.0\n"
        "[harvest]\nworkers = 8\n[validate]\nshapes = false\n"
        f"tables = {str(tables).lower()}\n",
        encoding="utf-8",
    )


def command(folder: Path, *arguments: str) -> subprocess.Popen[bytes]:
    """Our command line in a process group of its own, at a fixed time."""
    return subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, "-m", "datenernte_harvester", *arguments, "-C", str(folder)],
        env={**os.environ, "DATENERNTE_NOW": NOW},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def _run(folder: Path, figures: Figures) -> dict[str, Any]:
    """One run; its JSON. A run past its deadline is killed and counted as a hang."""
    process = command(folder, "run", "--json", "-q")
    try:
        out, err = process.communicate(timeout=RUN_SECONDS_MAX)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        figures.hangs += 1
        figures.complain(f"a run was not over after {RUN_SECONDS_MAX:.0f} s")
        return {"portals": [], "findings_by_code": {}}
    if process.returncode not in (0, 3) or b"Traceback" in err:
        figures.crashes += 1
        figures.complain(f"exit {process.returncode}: {err[-2000:].decode(errors='replace')}")
    if any(char in err for char in (b"\x1b[2J", b"\x1b[31m", b"\nERROR", b"\n2026-03-01 ERROR")):
        figures.complain("a portal wrote into our log")
    try:
        document: dict[str, Any] = json.loads(out)
    except ValueError:
        return {"portals": [], "findings_by_code": {}}
    return document


def _entry(document: dict[str, Any], patient: Patient) -> dict[str, Any]:
    for entry in document["portals"]:
        if entry["name"] == patient.name:
            found: dict[str, Any] = entry
            return found
    return {"state": "missing", "reason": None, "withdrawn": 0, "detail": ""}


def _judge(
    patient: Patient,
    entry: dict[str, Any],
    document: dict[str, Any],
    folder: Path,
    figures: Figures,
) -> None:
    """Whether the portal is in the state that its fault asks for, and the fault has its name."""
    fault = patient.fault
    states = ("ok",) if fault is None else fault.states
    if entry["state"] not in states:
        figures.complain(
            f"{patient.name}: {entry['state']} ({entry['reason']}: {entry['detail']!r}) "
            f"and not {states}"
        )
    if entry["reason"] == "portal-crashed" or entry["reason"] == "worker-died":
        figures.crashes += 1
        figures.complain(f"{patient.name}: {entry['reason']}")
    lost = _lost(patient, folder)
    if lost or entry["withdrawn"]:
        figures.deletions += 1
        figures.complain(f"{patient.name}: {len(lost)} lost, {entry['withdrawn']} withdrawn")
    if fault is not None and fault.codes and not _is_named(patient, entry, document, folder):
        figures.unnamed += 1
        figures.complain(f"{patient.name}: not named ({entry['state']}, {entry['reason']})")


def _is_named(
    patient: Patient, entry: dict[str, Any], document: dict[str, Any], folder: Path
) -> bool:
    """By the portal's reason, or by a finding about it whose code stands in the run's JSON."""
    codes = FAULTS[patient.case.fault].codes
    if entry["reason"] is not None:
        return entry["reason"] in codes
    with _store(folder) as store:
        about = store.findings_by_code(patient.name)
    return any(code in about and code in document["findings_by_code"] for code in codes)


def _store(folder: Path) -> Store:
    return Store(f"sqlite:///{folder / 'datenernte.db'}")


def _published(folder: Path, portal: str) -> dict[str, str]:
    with _store(folder) as store:
        return {
            identifier: record.iri
            for identifier, record in store.known(portal).items()
            if record.status is RecordStatus.PRESENT
        }


def _lost(patient: Patient, folder: Path) -> set[str]:
    """IRIs that were published before and are not any more."""
    return set(patient.before.values()) - set(_published(folder, patient.name).values())


def _files_of_bystanders(folder: Path, patients: Sequence[Patient]) -> dict[str, bytes]:
    """The files of the datasets and the feeds of the municipalities of all sound portals."""
    site = folder / "site"
    found = {}
    for patient in (patient for patient in patients if patient.fault is None):
        with _store(folder) as store:
            ids = [record.id for record in store.known(patient.name).values()]
        paths = [path for own in ids for path in site.glob(f"datasets/{own}*")]
        paths += site.glob(f"municipalities/{patient.key}/catalog*")
        for path in paths:
            for file in [path] if path.is_file() else sorted(path.rglob("*")):
                if file.is_file():
                    found[f"{patient.name} {file.relative_to(site)}"] = file.read_bytes()
    return found


def _compare(expected: dict[str, bytes], found: dict[str, bytes], figures: Figures) -> None:
    if not expected:
        figures.complain("the sound run published no files of bystanders")
    differing = [name for name in {*expected, *found} if expected.get(name) != found.get(name)]
    figures.touched += len(differing)
    if differing:
        name = min(differing)
        was, now = (files.get(name, b"").decode().splitlines() for files in (expected, found))
        lines = list(difflib.unified_diff(was, now, n=0, lineterm=""))[3:7]
        figures.complain(f"{len(differing)} files of bystanders differ, such as {name}: {lines}")


def _look_for_canary(folder: Path, figures: Figures) -> None:
    """No password of a portal's addresses may stand in a report, a run or a score."""
    site = folder / "site"
    for pattern in ("run.json", "quality.*", "municipalities/*/report*", "municipalities/*/*.html"):
        for path in sorted(site.glob(pattern)):
            if CANARY.encode() in path.read_bytes():
                figures.complain(f"a password stands in {path.relative_to(site)}")
                return


# F21, F22, F28: faults of the whole process, told by exit code and log


def _small(folder: Path, stack: ExitStack) -> list[Patient]:
    cases = [Case(fault="", source_type=source_type) for source_type in SMALL]
    patients = stack.enter_context(_served(cases, 7))
    lay_out(folder, patients)
    return patients


def two_runs_at_once(folder: Path, figures: Figures) -> None:
    """F21: of two runs at once one does the work and the other says so and exits with 5."""
    with ExitStack() as stack:
        patients = _small(folder, stack)
        both = [command(folder, "run", "-q") for _ in range(2)]
        said = [process.communicate(timeout=RUN_SECONDS_MAX)[1] for process in both]
        codes = sorted(process.returncode for process in both)
        figures.injected += 1
        if codes != [0, 5] or not any(b"Lauf" in words for words in said):
            figures.complain(f"F21: exit codes {codes}: {said}")
        if any(len(_published(folder, p.name)) != p.case.size for p in patients):
            figures.complain("F21: not every dataset is there")


def killed_in_the_middle(folder: Path, figures: Figures) -> None:
    """F22: a run that was killed leaves no lock, and the next one finishes the work."""
    with ExitStack() as stack:
        patients = _small(folder, stack)
        process = command(folder, "run", "-q")
        deadline = time.monotonic() + RUN_SECONDS_MAX
        while not any(patient.server.answered for patient in patients):
            if process.poll() is not None or time.monotonic() > deadline:
                break
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        document = _run(folder, figures)
        figures.injected += 1
        if document.get("exit_code") != 0:
            figures.complain(f"F22: {document}")
        if any(len(_published(folder, p.name)) != p.case.size for p in patients):
            figures.complain("F22: not every dataset is there")


def broken_database(folder: Path, figures: Figures) -> None:
    """F28: a locked, a newer and a damaged database; the site stands in any case."""
    import sqlite3

    with ExitStack() as stack:
        _small(folder, stack)
        _run(folder, figures)
        site = (folder / "site").resolve()
        database = folder / "datenernte.db"
        content = database.read_bytes()
        for title, codes, spoil in (
            (
                "newer schema",
                (2,),
                lambda: _sql(database, "UPDATE datenernte_version SET version_num='9999'"),
            ),
            (
                "damaged",
                (74,),
                lambda: database.write_bytes(content[:100] + b"\xff" * len(content[100:])),
            ),
            ("cut", (74,), lambda: database.write_bytes(content[: len(content) // 3])),
        ):
            spoil()
            process = command(folder, "run", "-q")
            _, err = process.communicate(timeout=RUN_SECONDS_MAX)
            figures.injected += 1
            if process.returncode not in codes or b"Traceback" in err or not err.strip():
                figures.complain(
                    f"F28 {title}: exit {process.returncode}, {err[-600:].decode(errors='replace')}"
                )
            if (folder / "site").resolve() != site:
                figures.complain(f"F28 {title}: the site was exchanged")
            for leftover in folder.glob("datenernte.db*"):
                leftover.unlink()
            database.write_bytes(content)
        with sqlite3.connect(database, isolation_level=None) as holder:
            holder.execute("BEGIN EXCLUSIVE")
            process = command(folder, "run", "-q")
            _, err = process.communicate(timeout=RUN_SECONDS_MAX)
            holder.execute("ROLLBACK")
        holder.close()
        figures.injected += 1
        if process.returncode != 74 or b"Traceback" in err:
            figures.complain(f"F28 locked: exit {process.returncode}, {err[-600:]!r}")


def _sql(database: Path, statement: str) -> None:
    import sqlite3

    with sqlite3.connect(database) as connection:
        connection.execute(statement)
    connection.close()


if __name__ == "__main__":
    sys.exit(main())
