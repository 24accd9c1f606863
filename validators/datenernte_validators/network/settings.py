"""How the network may be used: what the operator configured, and our limits."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True, slots=True)
class NetworkSettings:
    """Limits and identity of every request that leaves this machine.

    Nothing here is read from the environment: proxies of the environment would lead every request
    past the guard.
    """

    allow: tuple[str, ...] = ()
    """`host:port` entries (`127.0.0.1:8099`, `[::1]:8099`, `portal.intern:443`) that open single
    non-public addresses; see `guard.Guard`."""
    user_agent: str = "datenernte"
    """Product and version, the operator's URL and contact behind it; its first word, up to the
    slash, is the name that robots.txt files may address."""
    timeout_seconds: float = 60.0
    """Longest silence while connecting or between two reads of one download."""
    deadline_seconds: float = 600.0
    """Longest time for one whole download, redirects and name resolution included."""
    link_timeout_seconds: float = 10.0
    """Longest wait for the answer to one HEAD or GET of a link check. 10 s is what data.europa.eu
    waits, so that both see the same links as slow."""
    link_deadline_seconds: float = 30.0
    """Longest time for one link: robots.txt, HEAD, GET and redirects, not the waiting in line."""
    proxy: str | None = None
    """`http://host:port` of the operator's proxy; names are then resolved, and private addresses
    behind names then refused, on the proxy's side. Addresses written in URLs are still judged
    here."""
    ca_file: Path | None = None
    """PEM file of the only authorities to trust; None means those that `certifi` lists."""
    max_bytes: int = 200_000_000
    """Largest body of a download, counted after decompression."""
    max_redirects: int = 5
    """Redirects followed for one request."""
    respect_robots: bool = True
    """False only with a reason."""
    reason: str | None = None
    """Why robots.txt files are not followed; required with `respect_robots = false`."""
