"""Environment, clock and version: the only place that reads `os.environ` and the clock.

Precedence of every setting: command-line flag > `DATENERNTE_*` > file > default. A variable is
named after its table and key: `DATENERNTE_STORE_URL` is `[store] url`.
"""

import os
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from importlib import metadata
from urllib.parse import unquote, urlsplit

from datenernte_dcat.errors import ConfigError, os_reason

PREFIX = "DATENERNTE_"


def environment() -> dict[str, str]:
    """The `DATENERNTE_*` variables without their prefix."""
    return {
        name.removeprefix(PREFIX): value
        for name, value in os.environ.items()
        if name.startswith(PREFIX) and value
    }


def secret(name: str, variables: Mapping[str, str] | None = None) -> str | None:
    """A secret: the value of `DATENERNTE_<name>`, or what stands in the file `…_FILE` names.

    Args:
        variables: `DATENERNTE_*` without prefix; None means those of the process.

    Raises:
        ConfigError: the file cannot be read.
    """
    variables = environment() if variables is None else variables
    path = variables.get(f"{name}_FILE")
    if path is None:
        return variables.get(name)
    try:
        with open(path, encoding="utf-8") as file:  # noqa: PTH123 - a path from the environment
            return file.read().strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = os_reason(error) if isinstance(error, OSError) else "kein Text in UTF-8"
        raise ConfigError(
            f"Die Datei aus {PREFIX}{name}_FILE ist nicht lesbar: {reason}."
        ) from error


AUTHENTICATION = "AUTH_"
"""Beginning of the variables with a portal's credentials, behind the prefix."""


def secrets(variables: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """What logs must never show: credentials of portals, passwords in URLs of settings.

    Raises:
        ConfigError: the file of one cannot be read.
    """
    known = environment() if variables is None else variables
    found: set[str] = set()
    for name, value in known.items():
        if name.startswith(AUTHENTICATION):
            whole = secret(name.removesuffix("_FILE"), known) or ""
            words = [whole, *whole.split(maxsplit=1)[1:], whole.rpartition(":")[2].strip()]
            found.update(word for word in words if word)
        else:
            found.update(passwords(value))
    return tuple(sorted(found))


def passwords(text: str | None) -> tuple[str, ...]:
    """The password of a URL, as it stands there and as it is meant; nothing where there is none."""
    try:
        password = urlsplit(text or "").password
    except ValueError:
        return ()
    return () if password is None else (password, unquote(password))


def now(variables: Mapping[str, str] | None = None) -> datetime:
    """The time in UTC, whole seconds; `DATENERNTE_NOW` sets it for tests and replays.

    Raises:
        ConfigError: `DATENERNTE_NOW` is no ISO 8601 time.
    """
    fixed = (environment() if variables is None else variables).get("NOW")
    if fixed is None:
        return datetime.now(UTC).replace(microsecond=0)
    try:
        moment = datetime.fromisoformat(fixed)
    except ValueError as error:
        raise ConfigError(
            f"{PREFIX}NOW ist keine Zeitangabe nach ISO 8601: »{fixed}«. "
            "Beispiel: 2026-03-01T04:00:00Z."
        ) from error
    if not 1970 <= moment.year <= 9000:
        raise ConfigError(f"{PREFIX}NOW liegt außerhalb der Jahre 1970 bis 9000: »{fixed}«.")
    return (moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment).astimezone(UTC)


def under_ci() -> bool:
    """Whether a CI runs this: no progress line that is written over."""
    return bool(os.environ.get("CI"))


def trust(authorities: str) -> None:
    """Make a PEM file the only certificate authorities of OpenSSL in this process."""
    os.environ["SSL_CERT_FILE"] = authorities
    os.environ.pop("SSL_CERT_DIR", None)


@cache
def version() -> str:
    """Version of the installed package."""
    return metadata.version("datenernte")
