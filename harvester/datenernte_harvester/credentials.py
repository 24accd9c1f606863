"""A portal's credentials: from the environment only, never from a file of the working folder.

`DATENERNTE_AUTH_<PORTAL>` (the portal's name in capitals, hyphens as underscores) is one of
`basic NAME:PASSWORD`, `bearer TOKEN` or `header NAME: VALUE`; `…_FILE` names a file that holds it.
"""

import re
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field

from datenernte_dcat.errors import ConfigError
from datenernte_harvester.settings import AUTHENTICATION, PREFIX, secret

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VISIBLE = re.compile(r"[\x21-\x7e]+(?:[ \t]+[\x21-\x7e]+)*")
_NOT_OURS = frozenset(
    ("host", "connection", "content-length", "transfer-encoding", "proxy-authorization", "te")
)
"""Headers that belong to the connection, not to the portal."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """A header that proves who asks; its value is never shown."""

    header: str
    value: str = field(repr=False)


def variable_of(portal: str) -> str:
    """Name of the environment variable for a portal, with its prefix."""
    return f"{PREFIX}{AUTHENTICATION}{portal.upper().replace('-', '_')}"


def credentials(portal: str, variables: Mapping[str, str] | None = None) -> Credentials | None:
    """The credentials of a portal; None where the environment has none.

    Args:
        variables: `DATENERNTE_*` without prefix; None means those of the process.

    Raises:
        ConfigError: the variable is of no known form, or its file cannot be read; the value is
            not repeated.
    """
    name = variable_of(portal)
    text = secret(name.removeprefix(PREFIX), variables)
    if text is None:
        return None
    kind, _, rest = text.strip().partition(" ")
    rest = rest.strip()
    if kind.lower() == "basic" and ":" in rest and _is_text(rest):
        return Credentials("Authorization", f"Basic {b64encode(rest.encode()).decode()}")
    if kind.lower() == "bearer" and _VISIBLE.fullmatch(rest) and " " not in rest:
        return Credentials("Authorization", f"Bearer {rest}")
    header, colon, value = rest.partition(":")
    if kind.lower() == "header" and colon and _TOKEN.fullmatch(header):
        value = value.strip()
        if _VISIBLE.fullmatch(value) and header.lower() not in _NOT_OURS:
            return Credentials(header, value)
    raise ConfigError(
        f"{name} hat keine bekannte Form. Möglich sind: »basic NAME:PASSWORT«, »bearer TOKEN« und "
        "»header NAME: WERT«."
    )


def _is_text(text: str) -> bool:
    return all(char.isprintable() for char in text)
