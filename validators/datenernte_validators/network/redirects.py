"""Where redirects lead."""

from itertools import pairwise
from urllib.parse import urljoin

from datenernte_dcat.errors import ForbiddenAddress

REDIRECT_STATUSES = frozenset((301, 302, 303, 307, 308))


def redirect_target(url: str, location: str | None) -> str | None:
    """The absolute URL of a Location header, without fragment; None where there is none.

    Args:
        location: as read; Latin-1 that holds UTF-8 becomes readable again.
    """
    if not location or not location.strip():
        return None
    try:
        text = location.encode("latin-1").decode("utf-8")
    except UnicodeError:
        text = location
    try:
        return urljoin(url, text.strip()).partition("#")[0]
    except ValueError:  # unbalanced brackets; the guard names what is wrong with it
        return text.strip()


def is_insecure_step(urls: tuple[str, ...]) -> bool:
    """Whether any step in a chain of URLs leads from https to http."""
    schemes = (url.strip().partition(":")[0].lower() for url in urls)
    return any(pair == ("https", "http") for pair in pairwise(schemes))


def refused_hop(url: str, error: ForbiddenAddress) -> ForbiddenAddress:
    """The refusal of a redirect's target, told of the URL that somebody published."""
    return ForbiddenAddress(
        url, f"sie leitet nach {error.url[:200]} weiter, {error.reason}", error.code
    )
