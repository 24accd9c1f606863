"""Opening a store: what can be wrong with URL, folder, file, server and revision."""

import builtins
import sqlite3
import subprocess
import sys
import types
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from datenernte_dcat.errors import ConfigError, StoreError, StoreVersionError
from datenernte_dcat.store.address import shown, store_url, url_in_folder
from datenernte_dcat.store.failures import translated
from datenernte_dcat.store.rows import PortalRun, PortalState
from datenernte_dcat.store.store import Store


def chain(error: BaseException) -> str:
    """All that a traceback of the error would show."""
    texts = []
    current: BaseException | None = error
    while current is not None:
        texts.append(f"{current!r} {current}")
        current = current.__cause__ or (
            None if current.__suppress_context__ else current.__context__
        )
    return " ".join(texts)


def test_a_store_is_created_once_and_opened_again(url: str) -> None:
    with Store(url) as store:
        store.put_setting("a", 1)
    with Store(url) as store:
        assert store.setting("a") == 1


def test_sqlite_runs_in_write_ahead_mode_with_foreign_keys(sqlite_url: str) -> None:
    with Store(sqlite_url):
        pass
    with Store(sqlite_url) as store, store.reading() as connection:
        answers = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("journal_mode", "foreign_keys", "synchronous", "busy_timeout")
        }
    assert answers == {
        "journal_mode": "wal", "foreign_keys": 1, "synchronous": 1, "busy_timeout": 30_000
    }  # fmt: skip


def test_opening_a_current_store_does_not_import_alembic(sqlite_url: str) -> None:
    with Store(sqlite_url):
        pass
    program = (
        "import sys; from datenernte_dcat.store.store import Store; "
        f"Store({sqlite_url!r}).close(); sys.exit('alembic' in sys.modules)"
    )
    answer = subprocess.run([sys.executable, "-c", program], check=False)  # noqa: S603
    assert answer.returncode == 0


@pytest.mark.parametrize("text", ["", "quatsch", "datenernte.db", "postgresql://u:geheim@h:port/d"])
def test_no_url_is_a_configuration_error_without_the_password(text: str) -> None:
    with pytest.raises(ConfigError, match=r"`\[store\] url` ist keine gültige") as caught:
        Store(text)
    assert "geheim" not in chain(caught.value)


@pytest.mark.parametrize(
    "text",
    ["mysql://u:geheim@h/d", "quatsch://u:geheim@h/d", "sqlite+aiosqlite:///x.db",
     "postgresql+psycopg2://u:geheim@h/d"],
)  # fmt: skip
def test_an_unknown_database_is_a_configuration_error(text: str) -> None:
    with pytest.raises(ConfigError, match=r"`\[store\] url` nennt die Datenbank") as caught:
        Store(text)
    assert "geheim" not in chain(caught.value)


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_all_spellings_of_postgresql_mean_the_same_driver(scheme: str) -> None:
    assert store_url(f"{scheme}://h/d").drivername == "postgresql+psycopg"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sqlite:///daten/x.db", "daten/x.db"),
        ("sqlite://", ":memory:"),
        ("postgresql://u:geheim@db.stadt.de:5433/ernte?password=geheim", None),
        ("postgresql://u:gehe@im/geheim@db.stadt.de/ernte", "postgresql://…"),
        ("postgresql://u:geheim@/ernte?host=/run/geheim", "postgresql://localhost/ernte"),
    ],
)
def test_messages_never_show_user_password_or_options(text: str, expected: str | None) -> None:
    address = shown(store_url(text))
    assert address == (expected or "postgresql://db.stadt.de:5433/ernte")
    assert "geheim" not in address


def test_a_relative_file_lies_in_the_working_folder(tmp_path: Path) -> None:
    def absolute(text: str) -> str:
        return url_in_folder(text, tmp_path)

    assert absolute("sqlite:///datenernte.db") == f"sqlite:///{tmp_path}/datenernte.db"
    assert absolute("sqlite:////var/lib/x.db") == "sqlite:////var/lib/x.db"
    assert absolute("sqlite://") == "sqlite://"
    assert absolute("postgresql://u:p%40@h/d") == "postgresql+psycopg://u:p%40@h/d"


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("FATAL:  Passwort-Authentifizierung für Benutzer »ernte« fehlgeschlagen", "Anmeldung"),
        ('FATAL:  no pg_hba.conf entry for host "10.0.0.1"', "Anmeldung"),
        ("FATAL:  Datenbank »ernte« existiert nicht", "createdb"),
        ("FATAL:  sorry, too many clients already", "nimmt keine weitere Verbindung an"),
        ("FATAL:  the database system is starting up", "antwortet nicht"),
        ("connection timeout expired", "antwortet nicht"),
    ],
)
def test_what_the_server_answers_to_a_connection_becomes_a_sentence(
    message: str, expected: str
) -> None:
    class OperationalError(Exception):
        """As psycopg raises it, without SQLSTATE."""

    with pytest.raises(StoreError, match=expected), translated("postgresql://h/d"):
        raise DBAPIError("SELECT 1", None, OperationalError(message))


@pytest.mark.parametrize(
    ("state", "expected"),
    [("53100", "ist voll"), ("40P01", "gesperrt"), ("42501", "Rechte"), ("25006", "schreibgeschützt"),
     ("58030", "meldet der Datenträger"), ("XX001", "beschädigt"), ("54000", "meldet einen Fehler")],
)  # fmt: skip
def test_every_failure_of_postgresql_has_its_sentence(state: str, expected: str) -> None:
    class OperationalError(Exception):
        sqlstate = state

    with pytest.raises(StoreError, match=expected), translated("postgresql://h/d"):
        raise DBAPIError("SELECT 1", None, OperationalError())


def test_wrong_sql_is_our_bug_and_stays_what_it_is(postgresql_url: str) -> None:
    # SQLite cannot tell wrong SQL from a table that damage made unfindable.
    raised = pytest.raises(DBAPIError, match="nowhere")
    with Store(postgresql_url) as store, raised, store.reading() as connection:
        connection.execute(text("SELECT nothing FROM nowhere"))


def test_a_broken_rule_of_the_schema_is_our_bug(store: Store) -> None:
    with pytest.raises(IntegrityError):
        store.put_portal_run(PortalRun(run=99, portal="p", state=PortalState.OK))


def test_a_missing_driver_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without_psycopg(name: str, *rest: Any, **named: Any) -> types.ModuleType:
        if name.split(".")[0] == "psycopg":
            raise ModuleNotFoundError("No module named 'psycopg'", name="psycopg")
        return real(name, *rest, **named)

    monkeypatch.setattr(builtins, "__import__", without_psycopg)
    with pytest.raises(ConfigError, match=r"datenernte\[postgres\]") as caught:
        Store("postgresql://u:geheim@127.0.0.1:1/d")
    assert "geheim" not in chain(caught.value)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"Der Ordner ».*/fehlt« .* ist nicht vorhanden"):
        Store(f"sqlite:///{tmp_path}/fehlt/x.db")


def test_a_folder_is_no_database(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="ist ein Ordner"):
        Store(f"sqlite:///{tmp_path}")


def test_a_place_where_no_file_can_be_made_is_named() -> None:
    # Not even root may make files in /proc.
    with pytest.raises(StoreError, match=r"»/proc/datenernte\.db« lässt sich nicht öffnen"):
        Store("sqlite:////proc/datenernte.db")


def test_the_database_of_another_program_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE bookmarks (id)")
    connection.commit()
    connection.close()
    before = path.read_bytes()
    with pytest.raises(ConfigError, match=r"gehört einem anderen Programm.*»bookmarks«"):
        Store(f"sqlite:///{path}")
    assert path.read_bytes() == before


def test_a_postgresql_database_may_be_shared_but_not_table_names(postgresql_url: str) -> None:
    engine = create_engine(postgresql_url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE bookmarks (id int)"))
        connection.execute(text("CREATE TABLE record (id int)"))
    with pytest.raises(ConfigError, match=r"gehört einem anderen Programm.*»record«"):
        Store(postgresql_url)
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE record"))
    engine.dispose()
    with Store(postgresql_url) as store:
        assert store.runs() == []


def test_a_store_of_a_newer_program_is_refused_and_not_changed(url: str) -> None:
    with Store(url) as store, store.writing() as connection:
        connection.execute(text("UPDATE datenernte_version SET version_num = '9999'"))
    with pytest.raises(StoreVersionError, match=r"neueren Fassung .* »9999«"):
        Store(url)
    engine = create_engine(url)
    with engine.connect() as plain:
        assert plain.execute(text("SELECT version_num FROM datenernte_version")).all() == [
            ("9999",)
        ]
    engine.dispose()


def test_a_server_that_is_away_is_a_store_error_without_the_password(
    postgresql_server: str,
) -> None:
    url = make_url(postgresql_server).set(database="d", port=1)
    with pytest.raises(StoreError, match=r"Der Datenbankserver .* antwortet nicht") as caught:
        Store(url.render_as_string(hide_password=False))
    assert "geheim" not in chain(caught.value)


def test_a_wrong_password_is_refused_without_showing_it(postgresql_server: str) -> None:
    wrong = "falschgeheim"
    url = make_url(postgresql_server).set(database="postgres", password=wrong)
    with pytest.raises(StoreError, match="lehnt die Anmeldung") as caught:
        Store(url.render_as_string(hide_password=False))
    assert "geheim" not in chain(caught.value)


def test_a_database_that_is_not_there_says_how_to_make_it(postgresql_server: str) -> None:
    url = make_url(postgresql_server).set(database="gibtesnicht")
    with pytest.raises(StoreError, match="createdb") as caught:
        Store(url.render_as_string(hide_password=False))
    assert "geheim" not in chain(caught.value)


def test_a_server_that_goes_away_is_a_store_error(postgresql_url: str) -> None:
    with Store(postgresql_url) as store:
        with pytest.raises(StoreError, match="antwortet nicht"), store.batch():
            store.put_setting("a", 1)
            with store.reading() as connection:
                connection.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
        assert store.setting("a") is None, "the next transaction has a new connection"


def test_opening_a_second_store_does_not_end_the_locks_of_the_first(tmp_path: Path) -> None:
    """Another process that leaves must not take the journal for unused and delete it."""
    url = f"sqlite:///{tmp_path}/store.db"
    leave = f"from datenernte_dcat.store.store import Store; Store({url!r}).close()"
    with Store(url) as first:
        first.put_setting("a", 1)
        with Store(url):
            pass
        subprocess.run([sys.executable, "-c", leave], check=True)  # noqa: S603 - our own code
        assert (tmp_path / "store.db-wal").exists()
        first.put_setting("b", 2)
        assert first.setting("a") == 1
