"""Why a request got no usable answer, as the error that says so to a person."""

import socket
from urllib.parse import urlsplit

from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    ResponseDataLossError,
)
from scrapy.spidermiddlewares.httperror import HttpError

from datenernte_dcat.errors import ForbiddenAddress, SourceError, SourceUnreachable
from datenernte_harvester.crawl.resolver import was_refused
from datenernte_validators.network.faults import fault_of, status_words
from datenernte_validators.network.guard import Guard, resolve

_DENIED = frozenset((401, 403, 407, 451))
_PASSING = frozenset(
    ("portal-timeout", "portal-truncated", "portal-busy", "connection-failed", "connection-refused")
)
_HANDSHAKE_SECONDS = 10.0


def source_error(error: BaseException) -> SourceError:
    """The error that a person can act on, for whatever ended a request.

    Codes: those of `faults.py` for connections and certificates, and `portal-timeout`,
    `portal-truncated`, `portal-too-large`, `portal-robots`, `portal-redirects`,
    `portal-access-denied`, `portal-busy`, `portal-http-status`.
    """
    if isinstance(error, SourceError):
        return error
    if isinstance(error, ForbiddenAddress):
        return SourceUnreachable(error.code, error.reason)
    if isinstance(error, HttpError):
        return of_status(error.response.status)
    if isinstance(error, DownloadTimeoutError):
        return SourceUnreachable("portal-timeout", "keine vollständige Antwort in der Frist")
    if isinstance(error, ResponseDataLossError):
        return SourceUnreachable("portal-truncated", "die Antwort brach ab")
    if isinstance(error, DownloadConnectionRefusedError):
        return SourceUnreachable("connection-refused", "Verbindung abgelehnt")
    if isinstance(error, CannotResolveHostError):
        return SourceUnreachable("host-unknown", "der Name ist unbekannt")
    if isinstance(error, DownloadCancelledError) or "DOWNLOAD_MAXSIZE" in str(error):
        return SourceUnreachable("portal-too-large", "die Antwort ist zu groß")
    if isinstance(error, IgnoreRequest):
        if "robots.txt" in str(error):
            return SourceUnreachable("portal-robots", "robots.txt verbietet den Abruf")
        return SourceUnreachable("portal-redirects", "zu viele Weiterleitungen")
    if isinstance(error, DownloadFailedError):
        return SourceUnreachable("connection-failed", "die Verbindung brach ab")
    return SourceUnreachable("connection-failed", type(error).__name__)


def is_passing(error: SourceError) -> bool:
    """Whether the same request may succeed a little later."""
    if error.code == "portal-http-status":
        return error.detail.startswith("Status 5")
    return error.code in _PASSING


def of_status(status: int) -> SourceUnreachable:
    """The error for an HTTP status that is no success."""
    words = status_words(status)
    if status in _DENIED:
        return SourceUnreachable("portal-access-denied", words)
    return SourceUnreachable("portal-busy" if status == 429 else "portal-http-status", words)


def of_request(
    error: BaseException, url: str, guard: Guard, authorities: str | None
) -> SourceError:
    """As `source_error`, with the causes that Scrapy does not tell: a refused name, a certificate.

    Opens one more connection to find out what is wrong with a certificate; waits ten seconds at
    most.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    if isinstance(error, CannotResolveHostError) and was_refused(host):
        return SourceUnreachable("net-private", "der Host führt zu keiner öffentlichen Adresse")
    found = source_error(error)
    if found.code == "connection-failed" and parts.scheme == "https":
        return _certificate_error(host, parts.port or 443, guard, authorities) or found
    return found


def _certificate_error(
    host: str, port: int, guard: Guard, authorities: str | None
) -> SourceError | None:
    """What a second handshake says of the certificate, or None where it is content."""
    import ssl

    context = ssl.create_default_context(cafile=authorities)
    try:
        address = resolve(guard, host, port)[0]
        with (
            socket.create_connection((address, port), _HANDSHAKE_SECONDS) as plain,
            context.wrap_socket(plain, server_hostname=host),
        ):
            return None
    except (OSError, ForbiddenAddress, IndexError) as error:
        fault = fault_of(error)
        return SourceUnreachable(fault.code, fault.detail)
