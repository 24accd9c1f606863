"""The crosswalk from a record of OGC API Records to ours.

Fields are those of version 1.0; `recordCreated`, `recordUpdated`, `externalId`, `extent`,
`providers` and `associations` are those of its drafts, which pygeoapi and pycsw still write.

Source: https://docs.ogc.org/is/20-004r1/20-004r1.html#_core_properties
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import NamedTuple

from datenernte_dcat.records import (
    DataService,
    Dataset,
    Distribution,
    Identifier,
    Literal,
    Location,
    PeriodOfTime,
    Reference,
)
from datenernte_dcat.vocabulary import vocabulary
from datenernte_harvester.sources.boxes import box_location, box_of
from datenernte_harvester.sources.json_values import (
    geometry,
    literal,
    literals,
    mapping,
    mappings,
    moment,
    reference,
    references,
    text,
    unique,
    utc,
    web_iri,
    whole_number,
)
from datenernte_harvester.sources.named_fields import NamedFields
from datenernte_harvester.sources.ogc_record_contacts import (
    KNOWN_ROLES,
    all_by_role,
    asked,
    by_role,
    parties,
)
from datenernte_harvester.sources.ogc_services import service_distribution, service_kind

_IGNORED = (
    "recordCreated",
    "assocType",
    "time",
    "extent",
    "contacts",
    "providers",
    "themes",
    "_metadata-anytext",
)
"""When the description was made; and those that are read by name elsewhere."""
_OF_THE_RECORD = frozenset(
    {"self", "alternate", "collection", "root", "parent", "up", "items", "prev", "next"}
    | {"first", "last", "search", "icon", "preview", "thumbnail", "conformance", "data-set"}
)
"""Relations of links that lead to the description, around it, or to its pictures."""
_PAGES = frozenset(
    {"describedby", "about", "via", "related", "information", "documentation", "help"}
)
_PLACES_OF_LICENSES = ("license", "license-document", "terms-of-service")
_RESOURCE_TYPE = "http://inspire.ec.europa.eu/metadata-codelist/ResourceType/"
_TOPICS = ("topiccategory", "topic_category", "iso 19115", "iso19115", "iso-19115")
_SEES_OTHER = frozenset({"other", "various", "proprietary"})
"""What a licence is called where a link says what it is (STAC's words, taken over)."""


class RecordReading(NamedTuple):
    """What a feature became."""

    dataset: Dataset
    unread: list[str]
    changed_at: datetime | None


def read_record(feature: Mapping[str, object]) -> RecordReading:
    """The dataset of a feature, the properties that have no place, and when it changed."""
    properties = mapping(feature.get("properties"))
    f = NamedFields(properties, _IGNORED)
    links = _links(feature, f)
    license_ = _license(f, links)
    changed = text(f("recordUpdated")) or text(f("updated"))
    contacts = list(parties(properties))
    keywords, themes, hvd = _subjects(f, properties)
    dataset = Dataset(
        uri=_iri(links),
        title=literals(f("title")),
        description=literals(f("description")),
        keyword=keywords,
        theme=themes,
        hvd_category=hvd,
        identifier=(Literal(value=text(feature.get("id")) or ""),),
        other_identifier=_external(f, text(feature.get("id"))),
        issued=moment(f("created", "issued")),
        modified=moment(changed),
        language=_languages(f),
        publisher=by_role(contacts, "publisher", "owner"),
        creator=all_by_role(contacts, "author", "creator", "principalInvestigator"),
        contributor=all_by_role(contacts, "contributor"),
        originator=all_by_role(contacts, "originator"),
        custodian=all_by_role(contacts, "custodian"),
        contact_point=asked(contacts, f("contactPoint")),
        spatial=_places(feature, properties),
        temporal=tuple(_periods(feature, properties)),
        type=_type(f("type")),
        accrual_periodicity=reference(f("accrualPeriodicity", "updateFrequency", "frequency")),
        landing_page=unique(
            found
            for one in links
            if one.get("rel") == "canonical" and (found := reference(one.get("href")))
        ),
        page=unique(
            found
            for one in links
            if one.get("rel") in _PAGES and (found := reference(one.get("href")))
        ),
        distribution=tuple(_distributions(f, properties, links, license_)),
    )
    roles = {role for party in contacts for role in party.roles} - KNOWN_ROLES
    unread = [*f.unread(), *(f"contacts[{role}]" for role in sorted(roles))]
    if license_ is not None and not dataset.distribution:
        unread.append("license")
    return RecordReading(dataset, unread, utc(changed))


def _subjects(
    f: NamedFields, properties: Mapping[str, object]
) -> tuple[tuple[Literal, ...], tuple[Reference, ...], tuple[Reference, ...]]:
    """Keywords, themes and categories of high-value data.

    A concept of the EU's themes or of ISO's topic categories is a theme, of any other scheme a
    keyword.
    """
    keywords = list(literals(f("keywords", "keyword")))
    themes: list[Reference | None] = []
    hvd: list[Reference | None] = []
    for theme in mappings(properties.get("themes")):
        scheme = str(text(theme.get("scheme")) or "").casefold()
        entries = theme.get("concepts")
        for concept in entries if isinstance(entries, list) else []:
            fields = mapping(concept)
            name = text(fields.get("id")) or text(concept)
            iri = web_iri(fields.get("url")) or web_iri(name) or _below(scheme, name)
            if "data-theme" in (iri or scheme):
                themes.append(reference(iri or name))
            elif "/bna/" in (iri or ""):
                hvd.append(reference(iri))
            elif any(word in scheme for word in _TOPICS):
                themes.append(reference(name))
            else:
                keywords += literals(fields.get("title")) or literals(name)
    return (
        tuple(dict.fromkeys(keywords)),
        unique(one for one in themes if one),
        unique(one for one in hvd if one),
    )


def _below(scheme: str, name: str | None) -> str | None:
    """The IRI of a concept of the EU's themes, whose scheme's IRI its code follows."""
    base = vocabulary("data_themes").base
    return f"{base}{name}" if name and scheme.rstrip("/") == base.rstrip("/") else None


def _links(feature: Mapping[str, object], f: NamedFields) -> list[Mapping[str, object]]:
    links = [*mappings(feature.get("links")), *mappings(f("associations"))]
    return [{**link, "rel": _relation(link.get("rel"))} for link in links]


def _relation(value: object) -> str:
    """The last part of a relation's IRI, in lower case."""
    return (text(value) or "").rstrip("/").rpartition("/")[2].casefold()


def _iri(links: list[Mapping[str, object]]) -> str | None:
    return next(
        (
            iri
            for one in links
            if one.get("rel") == "canonical" and (iri := web_iri(one.get("href")))
        ),
        None,
    )


def _license(f: NamedFields, links: list[Mapping[str, object]]) -> Reference | None:
    """The licence of the property; of a link where the property only says that one has it."""
    own = text(f("license"))
    linked = [one.get("href") for one in links if one.get("rel") in _PLACES_OF_LICENSES]
    if own is None or own.casefold() in _SEES_OTHER:
        return reference(next(iter(linked), None)) or reference(own)
    return reference(own)


def _distributions(
    f: NamedFields,
    properties: Mapping[str, object],
    links: list[Mapping[str, object]],
    license_: Reference | None,
) -> Iterator[Distribution]:
    """The links to the data and to services."""
    rights = reference(f("rights"))
    not_data = _OF_THE_RECORD | _PAGES | {"canonical", *_PLACES_OF_LICENSES}
    data = [one for one in links if one.get("rel") not in not_data]
    formats = list(_formats(properties.get("formats")))
    # Of several it is not said which file has which: then the field has no place.
    only_format = (
        reference(next(_formats(f("formats")))) if len(formats) == len(data) == 1 else None
    )
    for link in data:
        address = reference(text(link.get("href")))
        if address is None:
            continue
        title = literals(link.get("title") or link.get("name"))
        kind = service_kind(text(link.get("protocol")), address.uri)
        if kind is not None and kind != "ATOM":
            yield service_distribution(
                kind,
                address,
                title=title,
                description=literals(link.get("description")),
                license_=license_,
                rights=rights,
                service=DataService(),
            )
            continue
        media_type = reference(link.get("type"))
        is_file = link.get("rel") in ("enclosure", "download", "data")
        yield Distribution(
            access_url=(address,),
            download_url=(address,) if is_file else (),
            title=title,
            description=literals(link.get("description")),
            media_type=media_type,
            format=reference(kind) or reference(link.get("format")) or only_format,
            byte_size=whole_number(link.get("length")),
            language=references(link.get("hreflang")),
            license=license_,
            rights=rights,
        )


def _formats(value: object) -> Iterator[object]:
    for entry in value if isinstance(value, list) else [value]:
        fields = mapping(entry)
        yield fields.get("name") or fields.get("mediaType") if fields else entry


def _languages(f: NamedFields) -> tuple[Reference, ...]:
    """Languages of the data, else of the description, which then are the same."""
    found = f("resourceLanguages")
    if not found:
        found = f("language")
    else:
        f("language")
    f("languages")
    entries = found if isinstance(found, list) else [found]
    codes = (mapping(entry).get("code") or entry for entry in entries)
    return unique(one for code in codes if (one := reference(code)))


def _external(f: NamedFields, own: str | None) -> tuple[Identifier, ...]:
    """Identifiers besides the record's own, behind their schemes."""
    found = []
    for value in (f("externalIds"), f("externalId")):
        for entry in value if isinstance(value, list) else [value]:
            fields = mapping(entry)
            scheme, name = text(fields.get("scheme")), text(fields.get("value")) or text(entry)
            if name is not None and name != own:
                found.append(f"{scheme}/{name}" if scheme and scheme != "default" else name)
    return tuple(Identifier(notation=literal(name)) for name in dict.fromkeys(found))


def _places(
    feature: Mapping[str, object], properties: Mapping[str, object]
) -> tuple[Location, ...]:
    shape = geometry(feature.get("geometry")) if isinstance(feature.get("geometry"), dict) else None
    if shape is not None:
        return (Location(geometry=(shape,)),)
    boxes = mapping(mapping(properties.get("extent")).get("spatial")).get("bbox")
    if not isinstance(boxes, list):
        return ()
    return tuple(
        box
        for one in (boxes if boxes and isinstance(boxes[0], list) else [boxes])
        if (box := box_location(box_of(one if isinstance(one, list) else None)))
    )


def _periods(
    feature: Mapping[str, object], properties: Mapping[str, object]
) -> Iterator[PeriodOfTime]:
    """Intervals and points in time; `..` and null are open ends."""
    drafts = mapping(mapping(properties.get("extent")).get("temporal")).get("interval")
    for value in (feature.get("time"), properties.get("time"), drafts):
        fields = mapping(value)
        interval = fields.get("interval") or fields.get("date") or fields.get("timestamp") or value
        entries = interval if isinstance(interval, list) else [interval] * 2
        pairs = [one for one in entries if isinstance(one, list)] or [entries]
        for pair in pairs:
            ends = [None if end == ".." else moment(end) for end in pair]
            if len(ends) == 2 and any(ends):
                yield PeriodOfTime(start_date=ends[0], end_date=ends[1])
        if any(pairs) and value is not None:
            return


def _type(value: object) -> tuple[Reference, ...]:
    """What is described, where it is no ordinary dataset."""
    name = text(value)
    if name is None or name.casefold() == "dataset":
        return ()
    if name.casefold() in ("service", "series"):
        return (Reference(uri=f"{_RESOURCE_TYPE}{name.casefold()}"),)
    return references(name)
