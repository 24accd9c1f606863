"""Which IP addresses are public, and which address a host spells, however it is written."""

import re
import unicodedata
from ipaddress import (
    AddressValueError,
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
)
from urllib.parse import unquote

Address = IPv4Address | IPv6Address

# Listed here and not left to `ipaddress` alone: its answers changed between patch releases
# (3.11.10 corrected several), and for it multicast and the 6to4 relays are global.
# Source: https://www.iana.org/assignments/iana-ipv4-special-registry/
_NOT_PUBLIC_4 = tuple(
    IPv4Network(network)
    for network in (
        "0.0.0.0/8",  # this network; Linux connects 0.0.0.0 to loopback
        "10.0.0.0/8",
        "100.64.0.0/10",  # carrier-grade NAT
        "127.0.0.0/8",
        "169.254.0.0/16",  # link-local, and the metadata services of the clouds
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.31.196.0/24",
        "192.52.193.0/24",
        "192.88.99.0/24",  # 6to4 relay anycast
        "192.168.0.0/16",
        "192.175.48.0/24",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
    )
)
# Only 2000::/3 is handed out as global unicast; these parts of it are not for the public web.
# Source: https://www.iana.org/assignments/iana-ipv6-special-registry/
_GLOBAL_UNICAST_6 = IPv6Network("2000::/3")
_NOT_PUBLIC_6 = tuple(
    IPv6Network(network)
    for network in (
        "2001::/23",  # protocol assignments, Teredo among them
        "2001:db8::/32",
        "2002::/16",  # 6to4: leads to whatever IPv4 address stands inside
        "2620:4f:8000::/48",
        "3ffe::/16",  # former 6bone
        "3fff::/20",
    )
)
_NAT64 = IPv6Network("64:ff9b::/96")
"""The one translation prefix that resolvers of IPv6-only networks make up for public IPv4 hosts;
RFC 6052. The local-use prefix of RFC 8215 (64:ff9b:1::/48) stays refused."""
_ISATAP_MARKS = (0x00005EFE, 0x02005EFE)
"""Upper half of an ISATAP interface identifier, RFC 5214 section 6.1."""

_PRIVATE_4 = tuple(
    IPv4Network(network)
    for network in ("10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")
)
_PRIVATE_6 = (IPv6Network("::1/128"), IPv6Network("fc00::/7"))

_NUMBER = re.compile(r"0[xX][0-9a-fA-F]*|[0-9]+")
_DOTS = str.maketrans({"。": ".", "．": ".", "｡": "."})  # noqa: RUF001 - the dots that IDNA maps


def is_public(address: Address) -> bool:
    """Whether the address belongs to the public internet.

    Addresses that carry an IPv4 address inside (mapped, compatible, 6to4, Teredo, ISATAP) are
    never public: nobody publishes them. NAT64 counts as the address that it carries.
    """
    if isinstance(address, IPv4Address):
        return address.is_global and not any(address in network for network in _NOT_PUBLIC_4)
    if address.scope_id is not None:
        return False
    if address in _NAT64:
        return is_public(IPv4Address(int(address) & 0xFFFFFFFF))
    if address not in _GLOBAL_UNICAST_6 or not address.is_global:
        return False
    if (int(address) >> 32) & 0xFFFFFFFF in _ISATAP_MARKS:
        return False
    return not any(address in network for network in _NOT_PUBLIC_6)


def is_private(address: Address) -> bool:
    """Whether it is an address that an operator's own network uses.

    Loopback, RFC 1918, RFC 6598 and RFC 4193 are; link-local addresses are not: the metadata
    services of clouds live there.
    """
    if isinstance(address, IPv4Address):
        return any(address in network for network in _PRIVATE_4)
    return address.scope_id is None and any(address in network for network in _PRIVATE_6)


def host_as_compared(host: str) -> str:
    """The host in the one form in which hosts are compared.

    Percent-decoded, NFKC, lower case, without brackets, without the dot at the end.
    """
    text = unicodedata.normalize("NFKC", unquote(host).translate(_DOTS)).translate(_DOTS)
    return text.strip("[]").lower().removesuffix(".")


def spelled_address(host: str) -> Address | None:
    """The IP address that a host of a URL spells, in any form that some resolver reads as one.

    Besides the usual forms these are the old ones of `inet_aton`: fewer than four parts, octal
    and hexadecimal parts, one number for all.

    Raises:
        ValueError: the host ends in a number and is no address, so it is no name either.

    Source: https://url.spec.whatwg.org/#concept-ipv4-parser
    """
    text = host_as_compared(host)
    if ":" in text:
        try:
            return IPv6Address(text)
        except AddressValueError as error:
            raise ValueError(f"no IPv6 address: {host!r}") from error
    try:
        return ip_address(text)
    except ValueError:
        pass
    parts = text.split(".")
    if not _NUMBER.fullmatch(parts[-1]):
        return None
    if len(parts) > 4 or not all(_NUMBER.fullmatch(part) for part in parts):
        raise ValueError(f"no IPv4 address: {host!r}")
    numbers = [_number(part) for part in parts]
    *leading, last = numbers
    if any(number > 255 for number in leading) or last >= 256 ** (5 - len(numbers)):
        raise ValueError(f"no IPv4 address: {host!r}")
    value = last
    for position, number in enumerate(leading):
        value += number * 256 ** (3 - position)
    return IPv4Address(value)


def _number(part: str) -> int:
    if part[:2] in ("0x", "0X"):
        return int(part[2:] or "0", 16)
    if len(part) > 1 and part.startswith("0"):
        return int(part, 8)  # "08" raises ValueError, as it should
    return int(part)
