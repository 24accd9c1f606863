"""Identity: ids and IRIs that never change, and one dataset for what comes through two portals.

Nothing here looks at titles, the order of harvesting or the network; names are judged as they are
written, without DNS.
"""

import ipaddress
import re
import unicodedata
import uuid
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha1
from itertools import groupby
from urllib.parse import SplitResult, urlsplit

import msgspec

from datenernte_dcat.findings import Finding
from datenernte_dcat.records import Distribution
from datenernte_dcat.texts import finding

HostOwners = Mapping[str, str | AbstractSet[str]]
"""Host (as `host_owners` spells it) → name of the portal, or names, that it belongs to."""

LONGEST_IRI_BYTES = 2000
"""Longer IRIs are not taken over: PostgreSQL cannot index them, browsers and servers cut them."""

# RFC 3987, section 2.2: what may stand in an IRI; everything else must be percent-encoded.
_IRI_CHARACTERS = re.compile(
    r"(?:[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;="
    "\u00a0-\ud7ff\ue000-\ufdcf\ufdf0-\uffef\U00010000-\U000efffd]"
    r"|%[0-9A-Fa-f]{2})+"
)
_HOST_LABEL = re.compile(r"[^\W_](?:[\w-]*[^\W_])?")
_NUMBER = re.compile(r"0[xX][0-9A-Fa-f]*|[0-9]+")

# Names that the public name system never has: RFC 6761, RFC 6762, RFC 8375, ICANN board 2024-07-29
# (.internal), and what German administrations use inside their networks.
_PRIVATE_ENDINGS = frozenset(
    {"corp", "home", "internal", "intern", "intra", "intranet", "invalid", "lan", "local"}
    | {"localdomain", "localhost", "test"}
)
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_NAT64_LOCAL = ipaddress.ip_network("64:ff9b:1::/48")  # RFC 8215

_OUR_PATHS = frozenset({"catalog", "datasets", "eu", "municipalities"})
"""First segment, below `base_url`, of every IRI that we give."""


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """A present record that shares its source IRI with others."""

    id: str
    portal: str
    source_iri: str
    iri: str
    """The IRI that it is or would be published under by itself."""
    modified: str | None = None
    """dct:modified as published."""


class Duplicate(msgspec.Struct, frozen=True, kw_only=True):
    """One dataset that came through several portals."""

    source_iri: str
    iri: str
    """The IRI it is published under, whoever wins."""
    winner: Candidate
    losers: tuple[Candidate, ...]


def record_id(portal: str, source_identifier: str) -> str:
    """The id of a record: uuid5 of portal name, newline and source identifier."""
    return _uuid5(f"{portal}\n{source_identifier}")


def free_record_id(portal: str, source_identifier: str, taken: AbstractSet[str]) -> str:
    """The id of a record that is new, where others may have kept that of an older name.

    Args:
        taken: ids of the portal's known records.
    """
    found, number = record_id(portal, source_identifier), 2
    while found in taken:
        found = record_id(portal, f"{source_identifier}\n{number}")
        number += 1
    return found


def own_iri(base_url: str, record: str) -> str:
    """The IRI that we give to a record, from its id."""
    return f"{base_url.rstrip('/')}/datasets/{record}"


def host_owners(portals: Iterable[tuple[str, str]]) -> dict[str, frozenset[str]]:
    """Which host belongs to which portals.

    Args:
        portals: name and URL of each portal. A host that several portals share belongs to all
            of them: large operators serve many municipalities from one host.
    """
    owners: dict[str, frozenset[str]] = {}
    for name, url in portals:
        host = _host(url)
        if host is not None:
            owners[host] = owners.get(host, frozenset()) | {name}
    return owners


def published_iri(
    portal: str,
    source_identifier: str,
    source_iri: str | None,
    base_url: str,
    foreign_hosts: HostOwners,
    record: str | None = None,
) -> tuple[str, Finding | None]:
    """The IRI that a record is published under, and a finding where it is not the source's own.

    The source's IRI is taken where it is a valid public http(s) IRI. Findings:

    - `iri-invalid-dataset`: it is http(s), but not valid or too long.
    - `iri-not-public`: its host is loopback, private or no public name.
    - `iri-foreign`: its host belongs to another portal, or it is one of our own IRIs.

    A source IRI with another scheme (urn:uuid:…) or none is no fault of anybody.

    Args:
        foreign_hosts: the hosts of all portals (`host_owners`).
        record: id of the record, where it is not the one that portal and identifier make.
    """
    own = own_iri(base_url, record or record_id(portal, source_identifier))
    if source_iri is None or not source_iri.lower().startswith(("http:", "https:")):
        return own, None
    if source_iri == own:
        return own, None
    parts = _valid_parts(source_iri)
    if parts is None:
        return own, finding("iri-invalid-dataset", subject=own, value=source_iri, iri=own)
    host = parts.hostname or ""
    if not is_public_host(host):
        return own, finding("iri-not-public", subject=own, value=source_iri, iri=own)
    owners = _owners(foreign_hosts, host)
    if owners and portal not in owners:
        owner = ", ".join(sorted(owners))
        return own, finding("iri-foreign", subject=own, value=source_iri, iri=own, owner=owner)
    if _is_ours(parts, base_url):
        return own, finding(
            "iri-foreign", subject=own, value=source_iri, iri=own, owner="dieser Katalog"
        )
    return source_iri, None


def distribution_iri(dataset_iri: str, distribution: Distribution, repeat: int = 0) -> str:
    """The IRI of one distribution: its own valid public http(s) IRI, else one made from its URL.

    Ours is `<dataset IRI>#distribution-<uuid>`: it leads to the description of the dataset. The
    uuid is uuid5 of dataset IRI, newline and URL; URL is the download URL, else the access URL.

    Args:
        repeat: 0 for the first distribution of this URL in the dataset, 1 for the second …; never
            the position in the list. `distribution_iris` counts it.
    """
    own = distribution.uri
    if own is not None and own != dataset_iri and is_public_iri(own):
        return own
    return _made_distribution_iri(dataset_iri, _url(distribution), repeat)


def distribution_iris(dataset_iri: str, distributions: Sequence[Distribution]) -> tuple[str, ...]:
    """The IRIs of all distributions of a dataset, in their order, no two the same.

    An IRI does not depend on the order. Distributions with the same URL are told apart by the
    order of their content.
    """
    iris = [""] * len(distributions)
    repeats: dict[str, int] = {}
    taken = {dataset_iri}
    by_content = sorted(
        range(len(distributions)),
        key=lambda position: msgspec.json.encode(distributions[position], order="deterministic"),
    )
    for position in by_content:
        distribution = distributions[position]
        iri = distribution_iri(dataset_iri, distribution)
        if iri in taken:
            url = _url(distribution)
            repeat = repeats.get(url, 0)
            while iri in taken:
                iri = _made_distribution_iri(dataset_iri, url, repeat)
                repeat += 1
            repeats[url] = repeat
        taken.add(iri)
        iris[position] = iri
    return tuple(iris)


def winner(candidates: Sequence[Candidate], hosts: HostOwners) -> Candidate:
    """The record that is published of several with the same source IRI.

    It is the one of the portal whose host owns the IRI, else the one with the newest `modified`
    (unreadable dates count as oldest), else of the first portal by name, else the first by id.
    """
    owners = _owners(hosts, _host(candidates[0].source_iri) or "")
    return min(
        candidates,
        key=lambda one: (one.portal not in owners, -_moment(one.modified), one.portal, one.id),
    )


def duplicates(
    candidates: Iterable[Candidate], hosts: HostOwners, published: Mapping[str, str]
) -> list[Duplicate]:
    """Who wins and who loses, for each source IRI that several records have or once had.

    Where `iri` of the result is not the winner's own `iri`, the winner must be published under
    `iri` from now on: the dataset keeps its IRI when another portal takes it over.

    Args:
        candidates: `Store.duplicate_candidates()`.
        published: the IRIs these datasets already have, by source IRI (`Store.shared_iris()`).
    """
    found: list[Duplicate] = []
    ordered = sorted(candidates, key=lambda one: (one.source_iri, one.id))
    for source_iri, group in groupby(ordered, key=lambda one: one.source_iri):
        members = tuple(group)
        best = winner(members, hosts)
        found.append(
            Duplicate(
                source_iri=source_iri,
                iri=published.get(source_iri, best.iri),
                winner=best,
                losers=tuple(one for one in members if one.id != best.id),
            )
        )
    return found


def duplicate_findings(duplicate: Duplicate) -> dict[tuple[str, str], list[Finding]]:
    """What the reports of all portals involved say, by (record id, portal): `dataset-shared`."""
    others = ", ".join(sorted({loser.portal for loser in duplicate.losers}))
    if not duplicate.losers:
        return {}
    shared = finding(
        "dataset-shared",
        subject=duplicate.iri,
        value=duplicate.source_iri,
        winner=duplicate.winner.portal,
        losers=others,
    )
    return {(one.id, one.portal): [shared] for one in (duplicate.winner, *duplicate.losers)}


def is_public_iri(iri: str) -> bool:
    """Whether it is a valid absolute http(s) IRI whose host is public (`is_public_host`)."""
    parts = _valid_parts(iri)
    return parts is not None and is_public_host(parts.hostname or "")


@lru_cache(maxsize=4096)
def is_public_host(host: str) -> bool:
    """Whether a host name or address literal may be reached from anywhere, as far as it says.

    Not public are addresses that are not global (loopback, private, link-local, also inside
    mapped, 6to4, Teredo and NAT64 addresses), numbers in odd spellings (`2130706433`, `0x7f.1`),
    names of one label and the endings that only private networks use.

    Args:
        host: without port; IPv6 without brackets.
    """
    host = _canonical(host)
    try:
        return _is_public_address(ipaddress.ip_address(host))
    except ValueError:
        labels = host.split(".")
    if len(labels) < 2 or len(host) > 253 or _NUMBER.fullmatch(labels[-1]):
        return False
    if any(len(label) > 63 or not _HOST_LABEL.fullmatch(label) for label in labels):
        return False
    return labels[-1] not in _PRIVATE_ENDINGS and labels[-2:] != ["home", "arpa"]


def _is_public_address(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if address.teredo is not None:
            inner = address.teredo[1]
        if address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return _is_public_address(inner)
        if address.is_site_local or address in _NAT64_LOCAL:
            return False
    return address.is_global and not address.is_multicast


def _valid_parts(iri: str) -> SplitResult | None:
    """The parts of a valid absolute http(s) IRI; None for everything else."""
    if len(iri) > LONGEST_IRI_BYTES or not _IRI_CHARACTERS.fullmatch(iri):
        return None
    if len(iri.encode()) > LONGEST_IRI_BYTES:
        return None
    try:
        parts = urlsplit(iri)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or not parts.hostname or port == 0:
        return None
    # A user name or password would be published; brackets belong to address literals only.
    behind_host = iri.partition("://")[2][len(parts.netloc) :]
    if "@" in parts.netloc or "[" in behind_host or "]" in behind_host:
        return None
    return None if "#" in parts.fragment else parts


def _canonical(host: str) -> str:
    """The one spelling of a host: what browsers and resolvers read as the same is the same."""
    # They read full-width digits and the ideographic full stop as the plain ones.
    host = unicodedata.normalize("NFKC", host).replace("\u3002", ".").lower().removesuffix(".")
    if host.isascii():
        return host
    try:
        return host.encode("idna").decode()
    except UnicodeError:
        return host


def _host(url: str) -> str | None:
    """The canonical host of a URL; None where there is none."""
    try:
        host = urlsplit(url).hostname
    except ValueError:
        return None
    return _canonical(host) if host else None


def _owners(hosts: HostOwners, host: str) -> AbstractSet[str]:
    owners = hosts.get(_canonical(host), frozenset())
    return {owners} if isinstance(owners, str) else owners


def _is_ours(parts: SplitResult, base_url: str) -> bool:
    """Whether an IRI lies where we put our own ones; a portal may share the host with us."""
    base = urlsplit(base_url)
    path = base.path.rstrip("/") + "/"
    if _host(base_url) != _canonical(parts.hostname or "") or not parts.path.startswith(path):
        return False
    return re.split(r"[/.]", parts.path.removeprefix(path))[0] in _OUR_PATHS


def _url(distribution: Distribution) -> str:
    """What tells a distribution from others: the smallest download URL, else access URL."""
    for references in (distribution.download_url, distribution.access_url):
        urls = [
            reference.uri or (reference.label.value if reference.label else "")
            for reference in references
        ]
        if any(urls):
            return min(url for url in urls if url)
    return ""


def _made_distribution_iri(dataset_iri: str, url: str, repeat: int) -> str:
    name = f"{dataset_iri}\n{url}" + (f"\n{repeat}" if repeat else "")
    # A second »#« is not allowed; a foreign dataset IRI may have one.
    joint = "-" if "#" in dataset_iri else "#"
    return f"{dataset_iri}{joint}distribution-{_uuid5(name)}"


def _uuid5(name: str) -> str:
    """uuid5 in the URL namespace; also of text with lone surrogates, which `uuid.uuid5` refuses."""
    digest = sha1(
        uuid.NAMESPACE_URL.bytes + name.encode("utf-8", "surrogatepass"), usedforsecurity=False
    ).digest()
    return str(uuid.UUID(bytes=digest[:16], version=5))


def _moment(text: str | None) -> float:
    """A date or time as seconds since 1970; minus infinity where it cannot be read."""
    match = re.fullmatch(r"\s*(\d{4})(-\d{2})?(-\d{2}.*)?\s*", text or "")
    if match is None:
        return float("-inf")
    year, month, rest = match.groups()
    try:
        moment = datetime.fromisoformat(f"{year}{month or '-01'}{rest or '-01'}".strip())
        # Without a zone the order of two portals is a matter of an hour; UTC is as good as any.
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return float("-inf")
