"""Media types of portals to the types that IANA has registered.

A wrong form (other host, parameters, an unregistered spelling of a registered type) is replaced.
What IANA does not know (`application/octet-stream+zip`, seen in Rostock) is derived: from its own
words where they name a file type (»json«), from the ending of the file's address, from the stated
format. Where nothing says what it is, it is left out of our feed, for the property only takes
registered types. Vendor types are registered every week, so an unknown one (`vnd.`, `prs.`)
stays as it is.
"""

import re

from datenernte_dcat.normalise.context import Changes
from datenernte_dcat.records import Distribution, Reference
from datenernte_dcat.vocabulary import (
    file_type_for,
    media_type_for,
    media_type_iri,
    vocabulary,
)

_GOOD_FORM = re.compile(r"https?://www\.iana\.org/assignments/media-types/([^/?#;]+/[^/?#;]+)")
"""What the shapes of DCAT-AP.de accept."""
_NAME = re.compile(r"[a-z]+/[a-z0-9][a-z0-9!#$&^_.+-]*", re.IGNORECASE)
_NEW_TYPES = ("vnd.", "prs.")
_ENDING = re.compile(r"\.([a-z0-9]{1,8})$", re.IGNORECASE)
_PACKED = frozenset({"gz", "bz2", "xz", "zip"})


def endings(url: str) -> tuple[str, ...]:
    """The endings of the file that a URL names, last one first: »a.shp.zip« gives zip, shp.

    Only the path counts, not the query, and never the host.
    """
    path = re.sub(r"^[a-z][a-z0-9+.-]*://[^/?#]*", "", url, flags=re.IGNORECASE)
    name = re.split(r"[?#]", path)[0].rpartition("/")[2]
    found: list[str] = []
    while len(found) < 2 and (match := _ENDING.search(name)) and match.start() > 0:
        found.append(match[1].lower())
        name = name[: match.start()]
    return tuple(found)


def file_type_from_urls(distribution: Distribution) -> str | None:
    """The EU file type that the ending of the file's address names, or None.

    A packed file counts as what is inside where the address says so (»a.csv.gz« is CSV).
    """
    for url in _urls(distribution):
        found = endings(url)
        if found[1:] and found[0] in _PACKED and (inner := file_type_for(extension=found[1])):
            return inner
        if found and (outer := file_type_for(extension=found[0])):
            return outer
    return None


def normalise_media_type(
    changes: Changes, field: str, value: Reference, distribution: Distribution
) -> Reference | None:
    """The media type with its IANA IRI; None where it is left out.

    Args:
        field: media_type, compress_format or package_format.
        distribution: with its format and addresses already normalised.
    """
    text = value.uri if value.uri is not None else value.label.value if value.label else ""
    if not text.strip():
        changes.removed("literal-empty", Distribution, field, value)
        return None
    if value.uri is not None and value.uri.startswith("_:"):
        return value
    found = media_type_iri(text)
    good = _GOOD_FORM.fullmatch(value.uri or "")
    if good and found and good[1].casefold() == found.removeprefix(_BASE).casefold():
        return value
    if found:
        code = "concept-spelling" if value.uri else "concept-as-text"
        changes.changed(code, Distribution, field, value, found)
        return Reference(uri=found)
    name = good[1] if good else text.strip()
    if _NAME.fullmatch(name) and name.partition("/")[2].startswith(_NEW_TYPES):
        iri = value.uri if good and value.uri else _BASE + name
        if iri != value.uri:
            changes.changed("concept-as-text", Distribution, field, value, iri)
        changes.note("media-type-unknown", Distribution, field, name)
        return Reference(uri=iri)
    derived = _derived(name, distribution if field == "media_type" else None)
    if derived is None:
        changes.removed("media-type-invalid", Distribution, field, value)
        return None
    changes.changed("media-type-derived", Distribution, field, value, derived)
    return Reference(uri=derived)


_BASE = "https://www.iana.org/assignments/media-types/"


def _derived(name: str, distribution: Distribution | None) -> str | None:
    """The media type that the words, the file's last ending or its format name, or None."""
    file_types = [file_type_for(text=name) if len(name) <= 100 else None]
    if distribution is not None:
        for url in _urls(distribution):
            file_types += [file_type_for(extension=ending) for ending in endings(url)[:1]]
        if distribution.format is not None and distribution.format.uri is not None:
            file_types.append(distribution.format.uri)
    for file_type in file_types:
        media_type = media_type_for(file_type) if file_type else None
        if media_type:
            return media_type
    return None


def file_type_from_media_type(value: Reference | None) -> str | None:
    """The one EU file type that a registered media type means, or None."""
    if value is None or value.uri is None:
        return None
    iri = media_type_iri(value.uri)
    meant = vocabulary("media_types").values(iri, "fileType") if iri else ()
    return next(iter(meant), None)


def _urls(distribution: Distribution) -> list[str]:
    return [
        reference.uri
        for reference in distribution.download_url + distribution.access_url
        if reference.uri
    ]
