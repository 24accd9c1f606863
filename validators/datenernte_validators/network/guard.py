"""The guard: which URLs may be asked and which addresses may be connected to.

It judges twice. `check_url` refuses what is wrong in the URL itself, before anything happens.
`allows` judges the very address that is about to be connected to; every client asks it at that
moment (`resolve`, the transports in `transport.py` and `bulk.py`, the harvester's resolver), so a
name that changes its answer between check and connection gains nothing.

Ports: any, but those on which browsers refuse to speak HTTP too, since a URL in a catalogue could
otherwise make us talk to other people's mail servers. Names and passwords in URLs are refused, and
no message repeats them.
"""

import re
import socket
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import quote, urlsplit

from datenernte_dcat.errors import ConfigError, ForbiddenAddress
from datenernte_validators.network.addresses import (
    Address,
    host_as_compared,
    is_private,
    is_public,
    spelled_address,
)

Lookup = Callable[[str, int], Iterable[str]]
"""From host name and port to the IP addresses that the name has now; raises OSError."""

# Source: https://fetch.spec.whatwg.org/#port-blocking
_REFUSED_PORTS = frozenset(
    (
        *(0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95),
        *(101, 102, 103, 104, 109, 110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161),
        *(179, 389, 427, 465, 512, 513, 514, 515, 526, 530, 531, 532, 540, 548, 554, 556, 563),
        *(587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061),
        *(6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080),
    )
)
_DEFAULT_PORTS = {"http": 80, "https": 443}
_LOCAL_SUFFIXES = (".localhost", ".local", ".internal", ".intranet", ".lan", ".home.arpa")
_NOT_IN_URL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_NOT_IN_NAME = re.compile(r"\s|[\x00-,/:-@\[-^`{-\x7f]")
_DROPPED_BY_IDNA = frozenset(map(chr, (0x034F, 0x180B, 0x180C, 0x180D, *range(0xFE00, 0xFE10))))
"""RFC 3454 table B.1; the rest of it are format characters."""
_NOT_IN_AUTHORITY = re.compile(r"[\s\\^`{}|<>\"]")
_USERINFO = re.compile(
    r"^(\s*(?:(?:https?|ftp):[/\\]*|(?:[a-z][a-z0-9+.-]*:)?[/\\]{2,}))[^/\\?#]*@", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Target:
    """Where a URL leads."""

    scheme: str
    """http or https."""
    host: str
    """In the form in which hosts are compared; an IPv6 address without brackets."""
    port: int

    @property
    def host_key(self) -> str:
        """What counts as one host for politeness: 80 and 443 are one, other ports their own."""
        return self.host if self.port in (80, 443) else f"{self.host}:{self.port}"


class Guard:
    """Judges URLs and addresses; pure but for `resolve`."""

    def __init__(self, allow: Iterable[str] = ()) -> None:
        """Read the exceptions.

        Args:
            allow: `host:port` entries. An address opens exactly itself and that port. A name opens
                the addresses of private networks that this name has, at that port and only for
                URLs that say the name; `localhost` is both loopback addresses.

        Raises:
            ConfigError: an entry is not of that form.
        """
        self._addresses: set[tuple[Address, int]] = set()
        self._names: set[tuple[str, int]] = set()
        for entry in allow:
            self._open(entry)

    def _open(self, entry: str) -> None:
        host, colon, port_text = entry.strip().rpartition(":")
        bracketed = host.startswith("[") and host.endswith("]")
        if not colon or not host or not port_text.isascii() or not port_text.isdigit():
            raise ConfigError(_allow_message(entry))
        port = int(port_text)
        if not 0 < port < 65536 or (":" in host and not bracketed) or "/" in host or "@" in host:
            raise ConfigError(_allow_message(entry))
        try:
            address = spelled_address(host)
        except ValueError as error:
            raise ConfigError(_allow_message(entry)) from error
        if address is not None:
            self._addresses.add((address, port))
            return
        name = host_as_compared(host)
        self._names.add((name, port))
        if name == "localhost":
            self._addresses.add((IPv4Address("127.0.0.1"), port))
            self._addresses.add((IPv6Address("::1"), port))

    def allows(self, ip: str, port: int, host: str | None = None) -> bool:
        """Whether a connection to this address and port may be opened. Pure.

        Args:
            ip: as a resolver gives it; a spelling that only `inet_aton` reads is refused.
            host: the host that the URL names; needed for allowed names only.
        """
        try:
            address = ip_address(ip)
        except ValueError:
            return False
        if (address, port) in self._addresses:
            return True
        if host is not None and is_private(address):
            return (host_as_compared(host), port) in self._names
        return port not in _REFUSED_PORTS and 0 < port < 65536 and is_public(address)

    def check_url(self, url: str) -> None:
        """Refuse a URL that must not be asked.

        Raises:
            ForbiddenAddress: with `code` net-scheme, net-invalid, net-userinfo, net-port or
                net-private; its `url` and text hold no userinfo.
        """
        self.target(url)

    def target(self, url: str) -> Target:
        """Where an allowed URL leads.

        Raises:
            ForbiddenAddress: as `check_url`.
        """
        scheme = url.partition(":")[0].lower()
        if scheme not in _DEFAULT_PORTS:
            raise _refusal(url, "net-scheme", "nur http und https sind erlaubt")
        try:
            parts = urlsplit(url)
            netloc, host, port = parts.netloc, parts.hostname, parts.port
        except ValueError as error:
            raise _refusal(url, "net-invalid", "die Adresse ist keine gültige URL") from error
        if "@" in netloc:
            raise _refusal(url, "net-userinfo", "die Adresse enthält Zugangsdaten")
        if not host or _NOT_IN_URL.search(url) or _NOT_IN_AUTHORITY.search(netloc):
            raise _refusal(url, "net-invalid", "die Adresse ist keine gültige URL")
        # `//host\path` is a host for some readers and a path for others
        if "\\" in url.partition("?")[0].partition("#")[0]:
            raise _refusal(url, "net-invalid", "die Adresse enthält einen umgekehrten Schrägstrich")
        if port is None:
            port = _DEFAULT_PORTS[scheme]
        try:
            address = spelled_address(host)
        except ValueError as error:
            raise _refusal(url, "net-invalid", "die Adresse hat keinen gültigen Host") from error
        name = host_as_compared(host)
        if address is not None:
            if self.allows(str(address), port):
                return Target(scheme, str(address), port)
            if port in _REFUSED_PORTS and is_public(address):
                raise _port_refusal(url, port)
            raise _refusal(url, "net-private", "die Adresse ist nicht öffentlich")
        if (
            not name
            or "[" in netloc
            or ".." in name
            or _NOT_IN_NAME.search(name)
            or _has_invisible(name)
        ):
            raise _refusal(url, "net-invalid", "die Adresse hat keinen gültigen Host")
        if (name, port) in self._names:
            return Target(scheme, name, port)
        if "." not in name or name.endswith(_LOCAL_SUFFIXES):
            raise _refusal(url, "net-private", "der Host ist nicht öffentlich")
        if port in _REFUSED_PORTS:
            raise _port_refusal(url, port)
        return Target(scheme, name, port)


def resolve(guard: Guard, host: str, port: int, lookup: Lookup | None = None) -> list[str]:
    """The addresses of a host that may be connected to, in the resolver's order, none twice.

    Connect to one of these and to nothing else: a second resolution could answer differently.

    Args:
        lookup: answers for the system's resolver; for tests and for callers with a cache.

    Raises:
        ForbiddenAddress: the host has addresses and none of them is allowed (net-private).
        OSError: the name has no address, or no resolver answered.
    """
    answers = list(dict.fromkeys((lookup or system_lookup)(host, port)))
    allowed = [ip for ip in answers if guard.allows(ip, port, host)]
    if answers and not allowed:
        shown = f"[{host}]" if ":" in host else host
        raise ForbiddenAddress(
            f"{shown}:{port}", "der Host führt zu keiner öffentlichen Adresse", "net-private"
        )
    return allowed


def system_lookup(host: str, port: int) -> list[str]:
    """The addresses that the operating system's resolver has for a host.

    Raises:
        OSError: no such name, or no answer.
    """
    try:
        entries = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError as error:  # a label over 63 characters, or one that IDNA refuses
        raise socket.gaierror(socket.EAI_NONAME, "not a host name") from error
    return [str(entry[4][0]) for entry in entries]


def without_userinfo(url: str) -> str:
    """The URL as it may be shown: name and password taken out, control characters encoded."""
    shown = _USERINFO.sub(lambda match: match[1], url)
    if shown.isprintable():
        return shown
    return "".join(
        character if character.isprintable() else quote(character, errors="replace")
        for character in shown
    )


def _has_invisible(name: str) -> bool:
    """Whether it holds characters that IDNA drops, as in `127.0.0.1` with a soft hyphen."""
    return any(
        unicodedata.category(character) == "Cf" or character in _DROPPED_BY_IDNA
        for character in name
    )


def _refusal(url: str, code: str, reason: str) -> ForbiddenAddress:
    return ForbiddenAddress(without_userinfo(url), reason, code)


def _port_refusal(url: str, port: int) -> ForbiddenAddress:
    return _refusal(url, "net-port", f"auf Port {port} antworten keine Webserver")


def _allow_message(entry: str) -> str:
    return (
        f"»{entry}« in [network] allow ist keine Angabe der Form Host:Port. "
        "Schreiben Sie zum Beispiel »127.0.0.1:8099« oder »[::1]:8099«."
    )
