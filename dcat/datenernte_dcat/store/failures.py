"""What the database says when it fails, as German sentences that say what to do."""

from collections.abc import Iterator
from contextlib import contextmanager
from sqlite3 import Error as SqliteError

from sqlalchemy.exc import DBAPIError, IntegrityError

from datenernte_dcat.errors import StoreError

# Primary result codes of SQLite, https://www.sqlite.org/rescode.html (extended codes: low byte).
_SQLITE_KINDS = {
    3: "denied",  # PERM
    5: "locked",  # BUSY
    6: "locked",  # LOCKED
    8: "readonly",  # READONLY
    10: "io",  # IOERR
    11: "damaged",  # CORRUPT
    13: "full",  # FULL
    14: "denied",  # CANTOPEN
    23: "denied",  # AUTH
    26: "damaged",  # NOTADB
}

# Classes and codes of PostgreSQL, https://www.postgresql.org/docs/current/errcodes-appendix.html
_POSTGRESQL_KINDS = {
    "53100": "full",
    "53300": "busy",
    "25006": "readonly",
    "3D000": "missing",
    "28": "refused",
    "42501": "refused",
    "08": "unreachable",
    "57": "unreachable",
    "40": "locked",
    "55P03": "locked",
    "XX": "damaged",
    "58": "io",
}

_SENTENCES = {
    "full": (
        "Der Datenträger der Datenbank {address} ist voll. Schaffen Sie Platz und starten Sie den "
        "Lauf erneut; was bis dahin gespeichert war, ist erhalten."
    ),
    "damaged": (
        "Die Datenbank {address} ist beschädigt oder keine Datenbank von datenernte. Verschieben "
        "Sie die Datei (mit den Dateien auf »-wal« und »-shm«, falls vorhanden) an einen anderen "
        "Ort; der nächste Lauf legt sie neu an und erntet alles noch einmal."
    ),
    "locked": (
        "Die Datenbank {address} ist seit Minuten von einem anderen Programm gesperrt. Beenden Sie "
        "dieses Programm und starten Sie den Lauf erneut."
    ),
    "readonly": (
        "Die Datenbank {address} ist schreibgeschützt. Geben Sie dem Benutzer, unter dem "
        "datenernte läuft, das Recht, die Datei und ihren Ordner zu ändern."
    ),
    "denied": (
        "Die Datenbank {address} lässt sich nicht öffnen. Prüfen Sie, ob der Ordner vorhanden ist "
        "und ob der Benutzer, unter dem datenernte läuft, darin schreiben darf."
    ),
    "io": (
        "Beim Lesen oder Schreiben der Datenbank {address} meldet der Datenträger einen Fehler. "
        "Prüfen Sie den Datenträger und starten Sie den Lauf erneut."
    ),
    "busy": (
        "Die Datenbank {address} nimmt keine weitere Verbindung an. Erhöhen Sie dort die Zahl der "
        "Verbindungen oder starten Sie den Lauf später erneut."
    ),
    "missing": (
        "Die Datenbank {address} gibt es auf diesem Server nicht. Legen Sie sie an, zum Beispiel "
        "mit »createdb«, oder berichtigen Sie `[store] url`."
    ),
    "refused": (
        "Der Datenbankserver lehnt die Anmeldung an {address} ab. Prüfen Sie Benutzer, Kennwort "
        "und Rechte in `[store] url`."
    ),
    "unreachable": (
        "Der Datenbankserver von {address} antwortet nicht oder hat die Verbindung beendet. Prüfen "
        "Sie `[store] url` und ob der Server läuft."
    ),
    "other": (
        "Die Datenbank {address} meldet einen Fehler ({detail}). Prüfen Sie die Datenbank und "
        "starten Sie den Lauf erneut."
    ),
}


def store_error(kind: str, address: str, detail: str = "") -> StoreError:
    """The exception of a kind of failure, with its sentence."""
    return StoreError(_SENTENCES[kind].format(address=f"»{address}«", detail=detail))


def is_locked(error: DBAPIError | SqliteError) -> bool:
    """Whether waiting may help: another connection holds the lock."""
    return _kind(error.orig if isinstance(error, DBAPIError) else error) == "locked"


@contextmanager
def translated(address: str) -> Iterator[None]:
    """Whatever the database reports inside comes out as `StoreError`.

    Args:
        address: the database as it may be shown, without user and password.

    Raises:
        StoreError: the disk or the database failed.
        IntegrityError: a rule of the schema was broken; that is our bug and stays as it is.
    """
    try:
        yield
    except IntegrityError:
        raise
    except (DBAPIError, SqliteError) as error:
        original = error.orig if isinstance(error, DBAPIError) else error
        kind = _kind(original)
        if kind is None:
            raise
        raise store_error(kind, address, type(original).__name__) from error


def _kind(original: BaseException | None) -> str | None:
    """Which sentence fits; None for what only a bug of ours can cause."""
    if isinstance(original, SqliteError):
        code = getattr(original, "sqlite_errorcode", None)
        if code is not None:
            return _SQLITE_KINDS.get(code & 0xFF) or _bug_or_other(original)
        # Raised by the sqlite3 module itself: stored bytes that are not UTF-8 any more.
        return "damaged" if "UTF-8" in str(original) else _bug_or_other(original)
    state = getattr(original, "sqlstate", None)
    if state is None:
        return _connection_kind(original)
    for prefix in (state, state[:2]):
        if prefix in _POSTGRESQL_KINDS:
            return _POSTGRESQL_KINDS[prefix]
    return _bug_or_other(original)


def _connection_kind(original: BaseException | None) -> str | None:
    """The same for connections that could not be opened or that broke: they have no SQLSTATE.

    The server speaks English or German here, whichever its operator set.
    """
    if not _is_a(original, "OperationalError", "InterfaceError"):
        return None
    words = str(original).lower()
    if any(part in words for part in ("password", "passwort", "pg_hba.conf")):
        return "refused"
    if "does not exist" in words or "existiert nicht" in words:
        return "missing"
    return "busy" if "too many" in words or "zu viele" in words else "unreachable"


def _bug_or_other(original: BaseException | None) -> str | None:
    """None for wrong SQL or wrong values, which no operator can mend."""
    bug = _is_a(original, "ProgrammingError", "DataError", "InterfaceError", "NotSupportedError")
    return None if bug else "other"


def _is_a(original: BaseException | None, *names: str) -> bool:
    """Whether it is one of these classes of PEP 249, of whichever driver."""
    return any(parent.__name__ in names for parent in type(original).__mro__)
