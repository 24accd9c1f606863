"""Asking CKAN's action API, and what its answers have in common, whatever the packages hold."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from datenernte_dcat.errors import SourceProtocolError
from datenernte_harvester.sources.json_values import mapping, text


def addresses(url: str) -> tuple[str, str, dict[str, str]]:
    """Base of the portal, URL of `package_search`, and the query that the portal file gives."""
    parts = urlsplit(url)
    plain = f"{parts.scheme}://{parts.netloc}{parts.path}".rstrip("/")
    query = dict(parse_qsl(parts.query))
    if plain.endswith("/package_search"):  # perhaps a facade that has it elsewhere, like piveau's
        return plain.removesuffix("/package_search").removesuffix("/api/3/action"), plain, query
    base = plain.removesuffix("/action").removesuffix("/3").removesuffix("/api")
    return base, f"{base}/api/3/action/package_search", query


def changes_filter(given: str | None, since: datetime) -> str:
    """The filter for what changed since, together with that of the portal file.

    Source: https://docs.ckan.org/en/2.11/api/#ckan.logic.action.get.package_search
    """
    changed = f"metadata_modified:[{since.astimezone(UTC):%Y-%m-%dT%H:%M:%S}Z TO *]"
    return changed if given is None else f"+({given}) +{changed}"


def search_result(answer: object) -> dict[str, Any]:
    """`result` of the answer, with `count` and `results` checked.

    Raises:
        SourceProtocolError: `ckan-error` with the server's words, or `portal-unexpected-answer`.
    """
    if not isinstance(answer, dict):
        raise SourceProtocolError("portal-unexpected-answer", "Die Antwort ist kein Objekt.")
    if answer.get("success") is not True:
        error = mapping(answer.get("error"))
        words = text(error.get("message")) or text(error.get("__type")) or "ohne Angabe"
        raise SourceProtocolError("ckan-error", words)
    result = answer.get("result")
    if not isinstance(result, dict) or not isinstance(result.get("results"), list):
        raise SourceProtocolError("portal-unexpected-answer", "»result.results« fehlt.")
    count = result.get("count")
    if isinstance(count, bool) or not isinstance(count, int) or count < 0:
        raise SourceProtocolError("portal-unexpected-answer", "»result.count« ist keine Zahl.")
    return result


def identifier_of_package(package: object) -> str | None:
    """What identifies a package: its `id`, else its `name`."""
    if not isinstance(package, dict):
        return None
    return text(package.get("id")) or text(package.get("name"))


def is_not_published(package: object) -> bool:
    """Harvest sources, private and deleted packages; DKAN's own words mean the opposite."""
    if not isinstance(package, dict):
        return False
    return (
        package.get("type") == "harvest"
        or str(package.get("private")).lower() == "true"
        or str(package.get("state")).lower() in ("deleted", "draft")
    )
