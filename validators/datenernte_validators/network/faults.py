"""What went wrong with a request: one finding code for each cause, whichever client raised it."""

import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass

from datenernte_dcat.errors import ConfigError, DownloadError, ForbiddenAddress
from datenernte_dcat.findings import Finding
from datenernte_dcat.texts import finding
from datenernte_validators.network.settings import NetworkSettings

# Numbers of OpenSSL's X509_V_ERR_*.
# Source: https://docs.openssl.org/3.0/man3/X509_STORE_CTX_get_error/
_CERTIFICATE_CODES = {
    9: "tls-not-yet-valid",
    10: "tls-expired",
    18: "tls-self-signed",
    19: "tls-self-signed",
    2: "tls-unknown-issuer",
    20: "tls-unknown-issuer",
    21: "tls-unknown-issuer",
    62: "tls-hostname",
    64: "tls-hostname",
}
BLOCKED_STATUSES = frozenset((401, 403, 407, 429, 451, 503))
"""Answers that say »not you« or »not now«: they prove nothing about the data behind them."""
_INVALID_URL_ERRORS = frozenset(("InvalidURL", "InvalidUrlClientError", "LocationParseError"))
"""Names, so that this module needs none of the client libraries."""
_STATUS_WORDS = {
    400: "die Anfrage wird nicht verstanden",
    401: "eine Anmeldung ist nötig",
    403: "der Zugriff ist gesperrt",
    404: "nicht gefunden",
    407: "eine Anmeldung ist nötig",
    410: "dauerhaft entfernt",
    429: "zu viele Abrufe",
    451: "aus rechtlichen Gründen gesperrt",
    500: "Fehler im Server",
    502: "ein Server dahinter antwortet nicht",
    503: "Wartung oder Überlast",
    504: "ein Server dahinter antwortet nicht",
}


@dataclass(frozen=True, slots=True)
class Fault:
    """Why no answer came."""

    code: str
    """Finding code; `timeout` where the caller's own code for it is due."""
    detail: str
    """German words that name the cause."""


class RefusedSocket(PermissionError):
    """Raised where a client library was about to connect to an address that the guard forbids.

    An OSError, since the libraries clean up after those only.
    """


class HostGivenUp(ConnectionError):
    """Raised by `manners.Manners` where a host is not asked any more in this pass."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.detail)
        self.fault = fault


def fault_of(error: BaseException) -> Fault:
    """The cause at the bottom of an exception of requests, urllib3, aiohttp or the socket module."""
    chain = list(_chain(error))
    for inner in chain:
        if isinstance(inner, HostGivenUp):
            return inner.fault
        # aiohttp's own errors derive from those of ssl without filling them in
        verify_code = getattr(inner, "verify_code", None)
        if isinstance(inner, ssl.SSLCertVerificationError) and verify_code is not None:
            code = _CERTIFICATE_CODES.get(verify_code, "tls-failed")
            return Fault(code, f"Zertifikat: {_clean(inner.verify_message)}")
        if isinstance(inner, ForbiddenAddress):
            return Fault(inner.code, inner.reason)
        if type(inner).__name__ in _INVALID_URL_ERRORS:
            return Fault("net-invalid", "die Adresse ist keine gültige URL")
        if isinstance(inner, RefusedSocket):
            return Fault("net-private", "der Host führt zu keiner öffentlichen Adresse")
    for inner in chain:
        if type(inner).__name__ == "CertificateError":  # urllib3 and ssl name it so
            return Fault("tls-hostname", "Zertifikat: der Name passt nicht")
        if isinstance(inner, ssl.SSLError):
            return Fault("tls-failed", _clean(getattr(inner, "reason", None) or "TLS"))
        if isinstance(inner, socket.gaierror):
            return Fault("host-unknown", "der Name ist unbekannt")
        if isinstance(inner, ConnectionRefusedError):
            return Fault("connection-refused", "Verbindung abgelehnt")
    if any(isinstance(inner, TimeoutError) for inner in chain):
        return Fault("timeout", "keine rechtzeitige Antwort")
    if any("Timeout" in type(inner).__name__ for inner in chain):
        return Fault("timeout", "keine rechtzeitige Antwort")
    return Fault("connection-failed", _clean(type(chain[-1]).__name__))


def _chain(error: BaseException) -> Iterator[BaseException]:
    """An exception, those it was raised from, and those it wraps, each once, outermost first."""
    seen: set[int] = set()
    waiting: list[object] = [error]
    while waiting:
        inner = waiting.pop(0)
        if not isinstance(inner, BaseException) or id(inner) in seen:
            continue
        seen.add(id(inner))
        yield inner
        # `reason` is urllib3's, `os_error` and `certificate_error` are aiohttp's
        for name in ("reason", "os_error", "certificate_error", "__cause__", "__context__"):
            waiting.append(getattr(inner, name, None))
        waiting.extend(inner.args)


def status_words(status: int) -> str:
    """German words for an HTTP status, with its number."""
    words = _STATUS_WORDS.get(status)
    return f"Status {status}, {words}" if words else f"Status {status}"


def download_finding(
    error: DownloadError | ForbiddenAddress,
    *,
    subject: str | None = None,
    property: str | None = None,  # noqa: A002 - the finding's field
) -> Finding:
    """The finding that a failed download is.

    Args:
        subject: IRI of the distribution or dataset.
        property: IRI of the property that holds the URL.
    """
    detail = error.reason if isinstance(error, ForbiddenAddress) else error.detail
    return finding(error.code, subject=subject, property=property, value=error.url, detail=detail)


def ssl_context(settings: NetworkSettings) -> ssl.SSLContext:
    """The TLS rules of bulk requests: verified, against the operator's or certifi's authorities.

    Raises:
        ConfigError: the CA file cannot be used.
    """
    authorities = authorities_file(settings)
    try:
        return ssl.create_default_context(cafile=authorities)
    except (OSError, ssl.SSLError) as error:
        raise ConfigError(_ca_message(authorities)) from error


def authorities_file(settings: NetworkSettings) -> str:
    """Path of the PEM file with the authorities to trust.

    Raises:
        ConfigError: the operator's file does not exist.
    """
    import certifi

    if settings.ca_file is None:
        return certifi.where()
    if not settings.ca_file.is_file():
        raise ConfigError(_ca_message(str(settings.ca_file)))
    return str(settings.ca_file)


def _ca_message(path: str) -> str:
    return f"Die Zertifikatsdatei »{path}« lässt sich nicht lesen. Sie muss eine PEM-Datei sein."


def _clean(text: str) -> str:
    """Text of a library or server as it may stand in a sentence: one printable line, 100 long."""
    line = "".join(character if character.isprintable() else " " for character in text)
    return " ".join(line.split())[:100]
