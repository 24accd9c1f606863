"""Descriptions in the vocabulary of Data Package, versions 1 and 2, as record values.

The same keys serve a `datapackage.json` and a `.meta.json` beside a file.

Sources: https://specs.frictionlessdata.io/data-package/ (version 1),
https://datapackage.org/standard/data-package/ (version 2)
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from datenernte_dcat.records import (
    Agent,
    Checksum,
    ContactPoint,
    Dataset,
    Distribution,
    Literal,
    Location,
    PeriodOfTime,
    Reference,
)
from datenernte_dcat.terms import XSD, safe_iri
from datenernte_dcat.vocabulary import vocabulary
from datenernte_harvester.sources.json_agents import agent, contact_point
from datenernte_harvester.sources.json_values import (
    geometry,
    listed,
    literal,
    literals,
    mapping,
    mappings,
    moment,
    period,
    reference,
    references,
    text,
    unique,
    web_iri,
    whole_number,
)
from datenernte_harvester.sources.named_fields import NamedFields

_PUBLISHERS = frozenset({"publisher", "distributor"})
_CREATORS = frozenset({"author", "creator", "datacollector", "producer"})
_CONTACTS = frozenset({"maintainer", "contactperson", "datamanager"})
_HASH = re.compile(r"(?:([A-Za-z0-9-]+):)?([0-9A-Fa-f]+)")
_IGNORED = (
    *("id", "name", "resources", "image", "datapackage_version", "path", "data"),
    *("views", "readme", "readmehtml"),
)
"""Read elsewhere by name, pictures, and what publishing software adds for its own pages."""
_IGNORED_OF_RESOURCE = ("dialect", "encoding", "profile", "type", "data", "jsonSchema", "name")
"""How to read the file: the table checks find that out; DCAT has no term for it."""


def described_dataset(fields: Mapping[str, object], base: str) -> dict[str, Any]:
    """Values of a `Dataset`, without its distributions, by field name.

    Args:
        base: URL of the document, for relative addresses.
    """
    return _described(NamedFields(fields), base)


def unknown_fields(descriptor: Mapping[str, object]) -> set[str]:
    """Fields with a value that this module neither maps nor ignores by name."""
    fields = NamedFields(descriptor, _IGNORED)
    _described(fields, "")
    resources = mappings(descriptor.get("resources"))
    if resources:  # the licence of a package is that of its files
        licenses_of(fields)
    found = set(fields.unread())
    for number, resource in enumerate(resources):
        of_resource = NamedFields(resource, _IGNORED_OF_RESOURCE)
        distribution(of_resource, (), "", number)
        found |= {f"resources.{name}" for name in of_resource.unread()}
    return found


def _described(f: NamedFields, base: str) -> dict[str, Any]:
    publishers, creators, contributors, contacts = _people(f)
    sources = mappings(f("sources"))
    places, times = f("spatial"), f("temporal")
    profiles = (reference(f("$schema")), *references(f("profile")))
    pages = [safe_iri(page, base=base or None) or page for page in listed(f("homepage", "url"))]
    return {
        "title": literals(f("title")),
        "description": literals(f("description")),
        "keyword": literals(f("keywords", "tags")),
        "theme": references(f("themes", "theme")),
        "publisher": publishers[0] if publishers else None,
        "creator": creators,
        # one body publishes; further ones are named as taking part
        "contributor": (*publishers[1:], *contributors),
        "contact_point": contacts,
        "landing_page": references(pages),
        "issued": moment(f("created", "issued")),
        "modified": moment(f("modified", "last_modified", "last_updated", "updated")),
        "version": literal(f("version")),
        "language": references(f("languages", "language")),
        "accrual_periodicity": reference(f("accrualPeriodicity", "frequency")),
        "spatial": _places(places),
        "temporal": _periods(times),
        "conforms_to": unique(found for found in profiles if found is not None),
        "source": references([entry.get("path") or entry.get("web") for entry in sources]),
        "provenance": unique(
            found
            for entry in sources
            if (found := reference(entry.get("title") or entry.get("name"))) is not None
        ),
    }


def licenses_of(f: NamedFields) -> tuple[Reference, ...]:
    """The licences of a package or resource, each as the name or address that says most.

    Keys used: `licenses`, of older descriptors `license`: objects with `path`, `name`, `title`,
    or a plain name.
    """
    given = f("licenses", "license")
    entries = given if isinstance(given, list) else [given]
    return unique(found for entry in entries if (found := _license(entry)) is not None)


def distribution(
    f: NamedFields, licenses: tuple[Reference, ...], base: str, number: int
) -> Distribution:
    """One resource.

    Args:
        licenses: of the package, for a resource that has none of its own.
        base: URL of the descriptor.
        number: position of the resource, for the address of a schema inside the descriptor.
    """
    own = licenses_of(f) or licenses
    rights = [one.uri or (one.label.value if one.label else "") for one in own[1:]]
    title, paths = f("title"), f("path", "url")
    files = [safe_iri(path, base=base or None) or path for path in listed(paths)]
    schema = f("schema")
    places = tuple(Reference(uri=file) for file in files if web_iri(file))
    inside = () if places or not base else (Reference(uri=base),)
    return Distribution(
        access_url=places[:1] or inside,
        download_url=places,
        title=literals(title) or literals(f("name")),
        description=literals(f("description")),
        format=reference(f("format")),
        media_type=reference(f("mediatype")),
        license=own[0] if own else None,
        rights=None if not rights else Reference(label=Literal(value="\n".join(rights))),
        byte_size=whole_number(f("bytes", "size")),
        checksum=_checksum(f("hash")),
        issued=moment(f("created")),
        modified=moment(f("modified", "last_modified")),
        conforms_to=_schema(schema, base, number),
    )


def _people(
    f: NamedFields,
) -> tuple[tuple[Agent, ...], tuple[Agent, ...], tuple[Agent, ...], tuple[ContactPoint, ...]]:
    """Publishers, creators, contributors and contacts, by the roles that are stated.

    Keys used: `contributors` with `title` or given and family name, `path`, `email`, `role` or
    `roles`, `organization`; of older descriptors `author`, `publisher`, `maintainers`.
    """
    entries = [
        (role, entry)
        for entry in mappings(f("contributors"))
        for role in (listed(entry.get("roles")) or listed(entry.get("role")) or ["contributor"])
    ]
    for name, role in (("author", "author"), ("publisher", "publisher"), ("maintainers", "")):
        entries += [(role or "maintainer", entry) for entry in _named(f(name))]
    publishers: list[Agent] = []
    creators: list[Agent] = []
    contributors: list[Agent] = []
    contacts: list[ContactPoint] = []
    for role, entry in entries:
        kind = re.sub(r"[\s_-]", "", role).casefold()
        names = (text(entry.get("givenName")), text(entry.get("familyName")))
        who = {
            "name": entry.get("title")
            or entry.get("name")
            or " ".join(name for name in names if name)
            or entry.get("organization"),
            "email": entry.get("email"),
            "url": entry.get("path") or entry.get("web"),
        }
        if kind in _CONTACTS:
            contact = contact_point(who)
            contacts += [] if contact is None else [contact]
            continue
        target = (
            publishers if kind in _PUBLISHERS else creators if kind in _CREATORS else contributors
        )
        found = agent(who)
        target += [] if found is None or found in target else [found]
    return tuple(publishers), tuple(creators), tuple(contributors), tuple(contacts)


def _named(value: object) -> list[Mapping[str, object]]:
    """Objects as they are, plain names as objects with a name."""
    return mappings(value) or [{"name": name} for name in listed(value)]


def _license(entry: object) -> Reference | None:
    fields = mapping(entry)
    words = (
        [text(fields.get(key)) for key in ("path", "url", "name", "type", "id", "title")]
        if fields
        else [text(entry)]
    )
    known = [word for word in words if word]
    best = next((word for word in known if vocabulary("licenses").find(word)), None)
    return reference(best or next(iter(known), None))


def _schema(value: object, base: str, number: int) -> tuple[Reference, ...]:
    """The schema by its address; one that stands in the descriptor by its place there."""
    if isinstance(value, Mapping):
        return (Reference(uri=f"{base}#/resources/{number}/schema"),) if base else ()
    given = text(value)
    found = None if given is None else reference(safe_iri(given, base=base or None) or given)
    return () if found is None else (found,)


def _checksum(value: object) -> Checksum | None:
    """`sha256:…`; MD5 where no algorithm is named, as the specification says."""
    match = _HASH.fullmatch(text(value) or "")
    if match is None:
        return None
    return Checksum(
        algorithm=reference(match[1] or "md5"),
        checksum_value=Literal(value=match[2], datatype=f"{XSD}hexBinary"),
    )


def _places(value: object) -> tuple[Location, ...]:
    """Places: GeoJSON or WKT, an IRI, a name; none where it is something else."""
    entries: Iterable[object] = value if isinstance(value, list) else [value]
    found = []
    for entry in entries:
        shape, iri = geometry(entry), web_iri(entry)
        fields = entry if isinstance(entry, dict) else {}
        if iri is not None:
            found.append(Location(uri=iri))
        elif shape is not None and shape.datatype is not None and "name" not in fields:
            found.append(Location(geometry=(shape,)))
        elif names := literals(fields.get("name")) or literals(text(entry)):
            found.append(Location(pref_label=names))
    return tuple(found)


def _periods(value: object) -> tuple[PeriodOfTime, ...]:
    """Periods: `{start, end}`, `{name}`, or text as `period` reads it."""
    entries: Iterable[object] = value if isinstance(value, list) else [value]
    found = []
    for entry in entries:
        fields = mapping(entry)
        start = moment(fields.get("start") or fields.get("startDate"))
        end = moment(fields.get("end") or fields.get("endDate"))
        if start or end:
            found.append(PeriodOfTime(start_date=start, end_date=end))
        elif (known := period(fields.get("name") or entry)) is not None:
            found.append(known)
    return tuple(found)


def described(fields: Mapping[str, object], base: str, files: Iterable[Distribution]) -> Dataset:
    """The dataset of files that are known already, described by such fields."""
    return Dataset(
        **described_dataset(fields, base),
        identifier=literals(fields.get("id")),
        distribution=tuple(files),
    )
