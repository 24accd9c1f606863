"""Values of DCAT-US in both of its versions: plain texts in 1.1, objects in 3.0."""

import re
from collections.abc import Iterator, Mapping

from datenernte_dcat.findings import Finding
from datenernte_dcat.records import (
    Agent,
    Checksum,
    ContactPoint,
    DataService,
    DatasetSeries,
    Identifier,
    Literal,
    Location,
    PeriodOfTime,
    Reference,
)
from datenernte_dcat.terms import DCT, GSP, XSD
from datenernte_dcat.texts import finding
from datenernte_harvester.sources.json_agents import agent, contact_point
from datenernte_harvester.sources.json_values import (
    decimal,
    geometry,
    listed,
    literals,
    mapping,
    moment,
    period,
    reference,
    references,
    text,
    unique,
    web_iri,
)

_REDACTED = re.compile(r"\s*\[\[REDACTED.*?\]\]\s*", re.DOTALL)
_REPEATED = re.compile(r"R\d*/P[0-9YMWDTHS.,]+")
_NAMES = ("prefLabel", "label", "title", "name", "notation")


def without_redacted(value: object, path: str = "") -> tuple[object, tuple[str, ...]]:
    """The value without the places that were blacked out, and the names of these.

    A text that only holds `[[REDACTED-EX B6]]` says nothing; inside a text the mark stays.

    Source: https://resources.data.gov/resources/dcat-us/#redactions
    """
    if isinstance(value, str):
        return (None, (path,)) if _REDACTED.fullmatch(value) else (value, ())
    if isinstance(value, list):
        cleaned = [without_redacted(entry, path) for entry in value]
        kept = [entry for entry, _ in cleaned if entry is not None]
        return kept, tuple(dict.fromkeys(name for _, names in cleaned for name in names))
    if isinstance(value, dict):
        fields = {
            name: without_redacted(entry, f"{path}.{name}" if path else name)
            for name, entry in value.items()
        }
        kept_fields = {name: entry for name, (entry, _) in fields.items()}
        return kept_fields, tuple(name for _, names in fields.values() for name in names)
    return value, ()


def entries(value: object) -> list[object]:
    """A list as it is, one thing as a list of it, nothing as none."""
    if isinstance(value, list):
        return value
    return [] if value is None else [value]


def identifier_of(entry: Mapping[str, object]) -> str | None:
    """What identifies a dataset: `identifier` as text or as object of 3.0, else its `@id`."""
    identifier = entry.get("identifier")
    if isinstance(identifier, dict):
        found = text(identifier.get("@id")) or text(identifier.get("notation"))
    else:
        found = text(identifier)
    if found is None or _REDACTED.fullmatch(found):
        found = text(entry.get("@id"))
    return found


def identifiers(value: object) -> tuple[Literal, ...]:
    """The identifiers, of an object its notation."""
    return tuple(
        Literal(value=found) for entry in entries(value) if (found := _notation(entry)) is not None
    )


def other_identifiers(value: object) -> tuple[Identifier, ...]:
    """Further identifiers."""
    return tuple(Identifier(notation=found) for found in identifiers(value))


def concept(value: object) -> Reference | None:
    """A concept, standard or document: its IRI, else its name as label."""
    if not isinstance(value, dict):
        return reference(value)
    iri = web_iri(value.get("@id"))
    if iri is not None:
        return Reference(uri=iri)
    return next((found for name in _NAMES if (found := reference(_first(value.get(name))))), None)


def concepts(value: object) -> tuple[Reference, ...]:
    """Concepts, each once."""
    return unique(found for entry in entries(value) if (found := concept(entry)) is not None)


def pages(value: object) -> tuple[Reference, ...]:
    """Addresses of pages: a document's `accessURL`, a distribution's file, else its IRI."""
    found = []
    for entry in entries(value):
        if isinstance(entry, dict):
            given = (entry.get(name) for name in ("accessURL", "downloadURL", "@id"))
            found += [page for page in map(reference, given) if page is not None][:1]
        else:
            found += references(entry)
    return unique(found)


def words(fields: Mapping[str, object], name: str) -> tuple[Literal, ...]:
    """A text with the translations of 3.0: `title` and `titleMap`."""
    return (*literals(fields.get(name)), *literals(fields.get(f"{name}Map")))


def statement(value: object) -> Reference | None:
    """Statements on rights, each on a line of one text; a single IRI as such."""
    found = concepts(value)
    if len(found) <= 1:
        return found[0] if found else None
    lines = [entry.uri or (entry.label.value if entry.label else "") for entry in found]
    return Reference(label=Literal(value="\n".join(lines)))


def bodies(value: object) -> tuple[Agent, ...]:
    """Agents: objects with `@id`, `name`, `category`; in 1.1 often just a name."""
    found = []
    for entry in entries(value):
        fields = entry if isinstance(entry, dict) else {"name": entry}
        name = fields.get("name") or fields.get("prefLabel")
        known = agent(
            {
                "uri": fields.get("@id"),
                "name": name,
                "email": fields.get("mbox"),
                "url": fields.get("homepage"),
            }
        )
        if known is not None:
            found.append(known)
    return tuple(found)


def contacts(value: object) -> tuple[ContactPoint, ...]:
    """Contacts: objects with `fn`, `hasEmail`, `hasURL`, `tel` and `address`."""
    found = []
    for entry in entries(value):
        fields = mapping(entry)
        address = mapping(_first(fields.get("address")))
        known = contact_point(
            {
                "uri": fields.get("@id"),
                "name": fields.get("fn") or fields.get("organization-name"),
                "email": fields.get("hasEmail"),
                "url": fields.get("hasURL"),
                "tel": fields.get("hasTelephone") or fields.get("tel"),
                "street": address.get("street-address"),
                "zip": address.get("postal-code"),
                "city": address.get("locality"),
                "country": address.get("country-name"),
            }
        )
        if known is not None:
            found.append(known)
    return tuple(found)


def places(value: object) -> tuple[Location, ...]:
    """Places: a name, an IRI, GeoJSON, WKT or `west,south,east,north` in degrees WGS 84.

    Source: https://resources.data.gov/resources/dcat-us/#spatial
    """
    found = (_place(entry) for entry in entries(value))
    return tuple(place for place in found if place is not None and place != Location())


def periods(value: object) -> tuple[tuple[PeriodOfTime, ...], tuple[Finding, ...]]:
    """Periods, and a finding for each text that names none."""
    found, unread = [], []
    for entry in entries(value):
        if isinstance(entry, dict):
            start, end = moment(entry.get("startDate")), moment(entry.get("endDate"))
            known = PeriodOfTime(start_date=start, end_date=end) if start or end else None
        else:
            known = period(entry)
        if known is not None:
            found.append(known)
        elif (said := text(entry)) is not None:
            unread.append(finding("period-unread", property=f"{DCT}temporal", value=said))
    return tuple(found), tuple(unread)


def repetition(value: object) -> str | None:
    """The interval of a repeated update, `R/P1D`, that may stand where a date is expected.

    Source: https://resources.data.gov/resources/dcat-us/#modified
    """
    found = text(value)
    return found if found is not None and _REPEATED.fullmatch(found.strip()) else None


def checksum(value: object) -> Checksum | None:
    """The checksum of a file."""
    fields = mapping(value)
    digest = text(fields.get("checksumValue"))
    if digest is None:
        return None
    return Checksum(
        algorithm=concept(fields.get("algorithm")),
        checksum_value=Literal(value=digest, datatype=f"{XSD}hexBinary"),
    )


def service(value: object) -> DataService:
    """A data service; of one that is only named by its IRI, the IRI."""
    if not isinstance(value, dict):
        return DataService(uri=web_iri(value))
    bodies_found = bodies(value.get("publisher"))
    return DataService(
        uri=web_iri(value.get("@id")),
        title=words(value, "title"),
        description=words(value, "description"),
        endpoint_url=references(value.get("endpointURL")),
        endpoint_description=references(value.get("endpointDescription")),
        publisher=bodies_found[0] if bodies_found else None,
        contact_point=contacts(value.get("contactPoint")),
        license=concept(value.get("license")),
        access_rights=concept(value.get("accessRights")),
        conforms_to=concepts(value.get("conformsTo")),
        keyword=words(value, "keyword"),
        theme=concepts(value.get("theme")),
        landing_page=pages(value.get("landingPage")),
        page=pages(value.get("page")),
    )


def series(value: object) -> DatasetSeries:
    """What a dataset is one part of; of one that is only named by its IRI, the IRI."""
    if not isinstance(value, dict):
        return DatasetSeries(uri=web_iri(value))
    return DatasetSeries(
        uri=web_iri(value.get("@id")),
        title=words(value, "title"),
        description=words(value, "description"),
    )


def _place(entry: object) -> Location | None:
    if isinstance(entry, dict) and "coordinates" not in entry:
        shape = geometry(entry.get("geometry"))
        return Location(
            uri=web_iri(entry.get("@id")),
            pref_label=literals(entry.get("prefLabel") or entry.get("label")),
            bbox=_rectangle(entry.get("bbox")) or geometry(entry.get("bbox")),
            centroid=geometry(entry.get("centroid")),
            geometry=() if shape is None else (shape,),
        )
    rectangle = _rectangle(entry)
    if rectangle is not None:
        return Location(bbox=rectangle)
    iri, shape = web_iri(entry), geometry(entry)
    if iri is not None:
        return Location(uri=iri)
    if shape is not None and shape.datatype is not None:
        return Location(geometry=(shape,))
    return None if shape is None else Location(pref_label=literals(entry))


def _rectangle(value: object) -> Literal | None:
    """`west,south,east,north` as WKT; None for everything else."""
    given = text(value)
    parts = [] if given is None else given.split(",")
    sides = [side for part in parts if (side := decimal(part.strip())) and side.datatype]
    if len(parts) != 4 or len(sides) != 4:
        return None
    west, south, east, north = (side.value for side in sides)
    ring = f"{west} {south},{east} {south},{east} {north},{west} {north},{west} {south}"
    return Literal(value=f"POLYGON(({ring}))", datatype=f"{GSP}wktLiteral")


def _notation(entry: object) -> str | None:
    if not isinstance(entry, dict):
        return text(entry)
    return text(entry.get("notation")) or text(entry.get("@id"))


def _first(value: object) -> object:
    return next(iter(value), None) if isinstance(value, list) else value


def languages(value: object) -> tuple[Reference, ...]:
    """Languages, as the codes that were written."""
    return unique(_languages(value))


def _languages(value: object) -> Iterator[Reference]:
    for entry in listed(value, codes=True):
        found = reference(entry)
        if found is not None:
            yield found
