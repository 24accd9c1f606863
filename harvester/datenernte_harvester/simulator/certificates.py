"""Certificates for simulated https portals: a sound one, and one for each way to be wrong.

They are made anew in every process and trusted by nobody but a portal file that names
`AUTHORITY_FILE`.
"""

import ssl
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING

from datenernte_dcat.errors import ConfigError

if TYPE_CHECKING:
    import trustme

AUTHORITY_FILE = "simulierte-zertifikate.pem"
"""In the working folder; the certificate of the authority that signed."""
KINDS = ("sound", "expired", "self-signed", "stranger", "wrong-host")
_HOST = "127.0.0.1"
_PAST = datetime(2020, 1, 1, tzinfo=UTC)


@cache
def _authority(name: str = "own") -> "trustme.CA":
    """An authority; trustme is a tool of development and may be missing.

    Raises:
        ConfigError: it is.
    """
    try:
        import trustme
    except ModuleNotFoundError as error:
        raise ConfigError(
            "Störungen mit Zertifikaten brauchen das Paket »trustme«: pip install trustme"
        ) from error
    return trustme.CA(organization_name=name)


def authority_pem() -> bytes:
    """The certificate of the authority, as PEM."""
    return _authority().cert_pem.bytes()


@cache
def server_context(kind: str) -> ssl.SSLContext | None:
    """What a server with a certificate of this kind needs; None for plain http (an empty kind).

    Raises:
        ConfigError: trustme is missing.
        ValueError: the kind is none of `KINDS`.
    """
    if not kind:
        return None
    if kind not in KINDS:
        raise ValueError(kind)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if kind == "self-signed":
        stranger = _authority("self")
        with stranger.cert_pem.tempfile() as chain, stranger.private_key_pem.tempfile() as key:
            context.load_cert_chain(chain, key)
        return context
    if kind == "stranger":
        certificate = _authority("stranger").issue_cert(_HOST)
    elif kind == "expired":
        certificate = _authority().issue_cert(_HOST, not_after=_PAST)
    elif kind == "wrong-host":
        certificate = _authority().issue_cert("anderswo.example")
    else:
        certificate = _authority().issue_cert(_HOST)
    certificate.configure_cert(context)
    return context
