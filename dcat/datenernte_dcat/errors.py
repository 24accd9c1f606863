"""Every exception of the project.

Bad *data* is a finding, never an exception (`findings.py`). An exception means that work cannot
go on; who must act decides its branch, and the branch decides the exit code::

    DatenernteError
    ├── ConfigError              operator: before the first request              exit 2
    │   ├── PortalConfigError    a portal file
    │   ├── MissingSettingError  a required key or environment variable
    │   └── StoreVersionError    the store was written by a newer datenernte
    ├── LockedError              another run holds the lock                      exit 5
    ├── StoreError               disk or database                                exit 74
    ├── PublishError             the new site failed its own check               exit 4
    ├── SourceError              portal: its run ends, other portals go on       exit 3
    │   ├── SourceUnreachable    no answer, refused, TLS, deadline
    │   ├── SourceProtocolError  an answer that is not what the source type says
    │   └── SourceIncomplete     fewer records than announced, paging broken
    ├── ForbiddenAddress         the guard refused an address: a finding at its caller
    ├── DownloadError            a file could not be fetched: a finding at its caller
    └── RecordError              one record cannot be mapped: becomes a finding
"""

import errno

_OS_REASONS = {
    errno.ENOENT: "nicht vorhanden",
    errno.EACCES: "keine Berechtigung",
    errno.EPERM: "nicht erlaubt",
    errno.EISDIR: "ist ein Ordner",
    errno.ENOTDIR: "ein Teil des Pfades ist kein Ordner",
    errno.EEXIST: "schon vorhanden",
    errno.ENOSPC: "kein Platz mehr auf dem Datenträger",
    errno.EDQUOT: "das Kontingent ist erschöpft",
    errno.EROFS: "der Datenträger ist schreibgeschützt",
    errno.EIO: "Fehler des Datenträgers",
    errno.ENAMETOOLONG: "der Name ist zu lang",
    errno.ELOOP: "die Verweise führen im Kreis",
    errno.EMFILE: "zu viele offene Dateien",
}


def os_reason(error: OSError) -> str:
    """The system's reason in German; its own words where it is a rare one."""
    return _OS_REASONS.get(error.errno or 0) or error.strerror or str(error)


class DatenernteError(Exception):
    """Base of all; `str()` of it is a German sentence that says what to do."""


class ConfigError(DatenernteError):
    """Raised by the configuration readers when a working folder cannot be used as it is."""


class PortalConfigError(ConfigError):
    """Raised by the portal reader when a portal file has an unknown key or a wrong value."""


class MissingSettingError(ConfigError):
    """Raised by the configuration readers when a required key or variable is absent."""


class StoreVersionError(ConfigError):
    """Raised by the store when its schema is newer than this program."""


class LockedError(DatenernteError):
    """Raised by a run when another run holds the lock of the working folder."""


class StoreError(DatenernteError):
    """Raised by the store and the site writer when the disk or the database fails."""


class PublishError(DatenernteError):
    """Raised by the publisher when the newly built site fails its own check."""


class SourceError(DatenernteError):
    """Raised by a spider when its portal cannot be harvested; `code` is the finding's code."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(detail or code)
        self.code = code
        self.detail = detail


class SourceUnreachable(SourceError):
    """Raised by a spider when the portal does not answer: network, TLS, HTTP status, deadline."""


class SourceProtocolError(SourceError):
    """Raised by a spider when the answer is not what its source type says, e.g. HTML for JSON."""


class SourceIncomplete(SourceError):
    """Raised by a spider when paging ends before the announced number of records arrived."""


class ForbiddenAddress(DatenernteError):
    """Raised by the network guard when a URL or address may not be reached; `code`: its finding."""

    def __init__(self, url: str, reason: str, code: str = "net-private") -> None:
        super().__init__(f"{url}: {reason}")
        self.url = url
        self.reason = reason
        self.code = code


class DownloadError(DatenernteError):
    """Raised by the downloader when a file cannot be fetched; `code` is the finding's code."""

    def __init__(self, code: str, url: str, detail: str = "") -> None:
        super().__init__(f"{url}: {detail or code}")
        self.code = code
        self.url = url
        self.detail = detail


class RecordError(DatenernteError):
    """Raised by a mapping function when one record cannot be mapped; becomes `record-failed`."""
