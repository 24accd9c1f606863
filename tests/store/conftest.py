"""The store tests run twice: on SQLite and on a private PostgreSQL."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, make_url

from datenernte_dcat.findings import Finding, Severity
from datenernte_dcat.identity import record_id
from datenernte_dcat.records import Dataset, Distribution, Literal, Reference
from datenernte_dcat.store.rows import StoredRecord
from datenernte_dcat.store.store import Store

PASSWORD = "geheim/ü@1"  # noqa: S105 - of a server that lives as long as the tests
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)

MakeRecord = Callable[..., StoredRecord]


def _binaries() -> Path | None:
    """The folder of PostgreSQL's server programs: the newest of Debian's, else from the path."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    found = shutil.which("initdb")
    if folders:
        return folders[-1].parent
    return Path(found).parent if found else None


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """URL of a private server on loopback without a database; PostgreSQL refuses to run as root."""
    binaries = _binaries()
    if binaries is None:
        if os.environ.get("CI"):
            pytest.fail("PostgreSQL fehlt: apt-get install postgresql")
        pytest.skip("no PostgreSQL here (Debian: apt-get install postgresql)")
    folder = Path(tempfile.mkdtemp(prefix="datenernte-postgresql-"))
    as_user: dict[str, Any] = {}
    if os.geteuid() == 0:
        names = {entry.pw_name for entry in pwd.getpwall()}
        account = pwd.getpwnam("postgres" if "postgres" in names else "nobody")
        os.chown(folder, account.pw_uid, account.pw_gid)
        as_user = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}

    def call(*command: str) -> None:
        subprocess.run(  # noqa: S603
            command, check=True, cwd=folder, capture_output=True, timeout=60, **as_user
        )

    data = folder / "data"
    password_file = folder / "password"
    password_file.write_text(PASSWORD, encoding="utf-8")
    password_file.chmod(0o644)
    version = int(binaries.parent.name) if binaries.parent.name.isdecimal() else 0
    # German sorting, as a town hall's server may have it: the store must not depend on it.
    locale = ["--locale-provider=icu", "--icu-locale=de-DE"] if version >= 15 else []
    try:
        call(
            str(binaries / "initdb"), f"--pgdata={data}", "--username=ernte", "--encoding=UTF8",
            "--locale=C.UTF-8", *locale, "--auth=scram-sha-256", f"--pwfile={password_file}",
        )  # fmt: skip
        port = _start(binaries, folder, data, call)
        url = make_url("postgresql+psycopg://").set(
            username="ernte", password=PASSWORD, host="127.0.0.1", port=port
        )
        yield url.render_as_string(hide_password=False)
    finally:
        with suppress(subprocess.CalledProcessError):
            call(str(binaries / "pg_ctl"), f"--pgdata={data}", "stop", "--mode=immediate")
        shutil.rmtree(folder)


def _start(binaries: Path, folder: Path, data: Path, call: Callable[..., None]) -> int:
    """Starts the server; another program may take the free port first, so it is tried again."""
    for attempt in range(3):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port: int = probe.getsockname()[1]
        options = (
            f"-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories={folder} "
            "-c fsync=off -c max_connections=60"
        )
        try:
            call(
                str(binaries / "pg_ctl"), f"--pgdata={data}", f"--options={options}",
                f"--log={folder / 'log'}", "--wait", "--timeout=30", "start",
            )  # fmt: skip
        except subprocess.CalledProcessError:
            if attempt == 2:
                raise
        else:
            return port
    raise AssertionError("unreachable")


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """URL of a database that is not there yet."""
    return f"sqlite:///{tmp_path / 'datenernte.db'}"


@pytest.fixture
def postgresql_url(postgresql_server: str) -> Iterator[str]:
    """URL of an empty PostgreSQL database."""
    server = make_url(postgresql_server)
    name = f"test_{uuid.uuid4().hex}"
    engine = create_engine(server.set(database="postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    yield server.set(database=name).render_as_string(hide_password=False)
    with engine.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> str:
    """URL of an empty database, of each kind in turn."""
    value: str = request.getfixturevalue(f"{request.param}_url")
    return value


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    """An empty store, of each kind in turn."""
    with Store(url) as opened:
        yield opened


@pytest.fixture
def make_record() -> MakeRecord:
    """Builds a record: `make_record(1)`, fields by name; `files` is the number of files."""

    def build(number: int, *, files: int = 2, title: str = "", **fields: Any) -> StoredRecord:
        portal = fields.get("portal", "p")
        dataset = Dataset(
            uri=f"https://daten.stadt.de/d/{number}",
            title=(Literal(value=title or f"Baumkataster {number}", language="de"),),
            modified=Literal(value="2026-01-01"),
            distribution=tuple(
                Distribution(access_url=(Reference(uri=f"https://daten.stadt.de/f/{n}.csv"),))
                for n in range(files)
            ),
        )
        values: dict[str, Any] = {
            "id": record_id(portal, str(number)),
            "portal": portal,
            "source_identifier": str(number),
            "iri": f"https://daten.stadt.de/d/{number}",
            "municipality": "09562000",
            "as_published": dataset,
            "normalised": dataset,
            "kept": ('<https://a> <https://b> "ö" .',),
            "kept_as_published": ("_:a <https://b> <https://c> .",),
            "source_url": "https://daten.stadt.de/catalog.ttl",
            "content_hash": f"{number:064x}",
            "feed_hash": f"{number + 1:064x}",
            "first_seen": NOW,
            "changed_at": NOW,
        }
        return StoredRecord(**(values | fields))

    return build


@pytest.fixture
def make_finding() -> Callable[..., Finding]:
    """Builds a finding: `make_finding("license-unknown")`, fields by name."""

    def build(code: str, severity: Severity = Severity.WARNING, **fields: Any) -> Finding:
        return Finding(code=code, severity=severity, message="Ein Befund.", **fields)

    return build
