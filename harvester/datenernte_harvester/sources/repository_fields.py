"""Records of repositories: Dublin Core (`oai_dc`) and DataCite, as record values.

Sources: https://www.openarchives.org/OAI/openarchivesprotocol.html#dublincore,
https://schema.datacite.org/meta/kernel-4/, https://www.w3.org/TR/vocab-dcat-3/#Property:resource_landing_page
(what is reached through a page alone gets that page as its access URL)
"""

import re
from collections.abc import Iterable, Iterator

from datenernte_dcat.records import (
    Agent,
    ContactPoint,
    Dataset,
    Distribution,
    Identifier,
    Literal,
    Location,
    PeriodOfTime,
    Reference,
)
from datenernte_dcat.terms import GSP
from datenernte_dcat.vocabulary import vocabulary
from datenernte_harvester.sources.data_files import file_name, format_of, is_data
from datenernte_harvester.sources.json_values import (
    decimal,
    moment,
    period,
    reference,
    references,
    text,
    unique,
    web_iri,
    whole_number,
)
from datenernte_harvester.sources.xml_elements import Element

_OTHER_TYPES = frozenset(
    (
        *("audiovisual", "book", "bookchapter", "conferencepaper", "dissertation", "event"),
        *("image", "interactiveresource", "journal", "journalarticle", "movingimage", "article"),
        *("physicalobject", "poster", "preprint", "presentation", "report", "service", "software"),
        *("sound", "stillimage", "text", "workflow", "bachelorthesis", "masterthesis", "other"),
        *("doctoralthesis", "conferenceobject", "lecture", "review", "workingpaper", "project"),
    )
)
"""Types of DCMI, DataCite and OpenAIRE that are no data."""
_DATA_TYPES = frozenset({"dataset", "collection", "datapaper", "model"})
_DOI = re.compile(r"(?:doi:|https?://(?:dx\.)?doi\.org/)?(10\.\d{4,9}/\S+)", re.IGNORECASE)
_BYTES = re.compile(r"(\d+)\s*(?:B|bytes?)", re.IGNORECASE)
_ACCESS = "info:eu-repo/semantics/"
_DOCUMENTED = frozenset({"IsDescribedBy", "IsDocumentedBy", "HasMetadata"})
_CITED = frozenset({"IsCitedBy", "IsReferencedBy", "IsSupplementTo"})


def other_type(values: Iterable[str]) -> str | None:
    """The type by which a record is no dataset; None where it may be one."""
    kinds = {re.sub(r"[\s_-]", "", value.rpartition("/")[2]).casefold(): value for value in values}
    if kinds.keys() & _DATA_TYPES:
        return None
    return next((value for kind, value in kinds.items() if kind in _OTHER_TYPES), None)


def types_in(root: Element) -> list[str]:
    """The types that a record of either format states."""
    kinds = root.first("resourceType")
    general = None if kinds is None else kinds.attribute("resourceTypeGeneral")
    return [*([] if general is None else [general]), *root.texts("type")]


def read_dublin_core(root: Element) -> Dataset:
    """The dataset that an `oai_dc:dc` element describes.

    Source: https://www.dublincore.org/specifications/dublin-core/dces/
    """
    named = [*root.texts("identifier"), *root.texts("relation")]
    places = [place for one in named if (place := _address(one)) is not None]
    files = [place for place in places if is_data(place)]
    own = [place for one in root.texts("identifier") if (place := _address(one)) is not None]
    pages = references([place for place in own if place not in files])
    dates, publishers = root.texts("date"), _agents(root.texts("publisher"))
    periods, spots = _coverage(root.texts("coverage"))
    return Dataset(
        title=_literals(root.all("title")),
        description=_literals(root.all("description")),
        keyword=_literals(root.all("subject")),
        publisher=publishers[0] if publishers else None,
        creator=_agents(root.texts("creator")),
        contributor=(*publishers[1:], *_agents(root.texts("contributor"))),
        # of several dates nobody says which is which
        issued=moment(dates[0]) if len(dates) == 1 else None,
        type=references(root.texts("type")),
        identifier=tuple(Literal(value=one) for one in root.texts("identifier")[:1]),
        other_identifier=_identifiers(root.texts("identifier")[1:]),
        language=references(root.texts("language")),
        source=tuple(found for one in root.texts("source") if (found := reference(one))),
        relation=unique(
            found
            for one in root.texts("relation")
            if (found := reference(one)) is not None and _address(one) not in files
        ),
        temporal=periods,
        spatial=spots,
        access_rights=_access(root.texts("rights")),
        landing_page=pages,
        distribution=_distributions(
            files, pages, root.texts("format"), _rights(root.texts("rights"))
        ),
    )


def unread_dublin_core(root: Element) -> list[str]:
    """What of an `oai_dc:dc` element has no place in the record."""
    named = [*root.texts("identifier"), *root.texts("relation")]
    files = [one for one in named if (place := _address(one)) is not None and is_data(place)]
    dates, formats = root.texts("date"), root.texts("format")
    more = {"date": len(dates) > 1, "format": bool(formats) and len(files) > 1}
    return [*root.unread(), *(name for name, is_open in more.items() if is_open)]


def read_datacite(root: Element) -> Dataset:
    """The dataset that a `resource` element of DataCite describes.

    Source: https://schema.datacite.org/meta/kernel-4/
    """
    identifier = root.text("identifier")
    page = None if identifier is None else _address(identifier)
    dates = {one.attribute("dateType"): one.text() for one in root.all("dates/date")}
    rights = [
        one.attribute("rightsURI") or one.attribute("rightsIdentifier") or one.text()
        for one in root.all("rightsList/rights")
    ]
    words = [*(one for one in rights if one), *root.texts("rightsList/rights")]
    contacts, contributors = _contributors(root)
    related = list(_related(root))
    pages = references([page])
    publishers = _agents(root.texts("publisher"))
    year = root.text("publicationYear")
    start = dates.get("Coverage") or dates.get("Collected")
    covered = None if start is None else period(start)
    return Dataset(
        title=_literals(root.all("titles/title")),
        description=_literals(root.all("descriptions/description")),
        keyword=_literals(root.all("subjects/subject")),
        theme=references(
            [uri for one in root.all("subjects/subject") if (uri := one.attribute("valueURI"))]
        ),
        publisher=publishers[0] if publishers else None,
        creator=tuple(_creator(one) for one in root.all("creators/creator")),
        contributor=contributors,
        contact_point=contacts,
        issued=moment(dates.get("Issued") or year),
        modified=moment(dates.get("Updated")),
        temporal=() if covered is None else (covered,),
        type=references([*types_in(root), root.text("resourceType")]),
        identifier=() if identifier is None else (Literal(value=identifier),),
        other_identifier=_identifiers(root.texts("alternateIdentifiers/alternateIdentifier")),
        language=references(root.texts("language")),
        version=None if (version := root.text("version")) is None else Literal(value=version),
        page=unique(found for kind, found in related if kind in _DOCUMENTED),
        is_referenced_by=unique(found for kind, found in related if kind in _CITED),
        relation=unique(found for kind, found in related if kind not in _DOCUMENTED | _CITED),
        spatial=tuple(_places(root)),
        access_rights=_access(words),
        landing_page=pages,
        distribution=_distributions(
            [], pages, root.texts("formats/format"), _rights(words), root.texts("sizes/size")
        ),
    )


def _literals(elements: Iterable[Element]) -> tuple[Literal, ...]:
    found = (
        Literal(value=words, language=element.attribute("lang"))
        for element in elements
        if (words := element.text()) is not None
    )
    return tuple(dict.fromkeys(found))


def _agents(names: Iterable[str]) -> tuple[Agent, ...]:
    return tuple(Agent(name=(Literal(value=name),)) for name in dict.fromkeys(names))


def _creator(element: Element) -> Agent:
    """A creator with its ORCID, ROR or GND where that is an IRI."""
    name = element.text("creatorName", "contributorName")
    return Agent(
        uri=web_iri(element.text("nameIdentifier")),
        name=() if name is None else (Literal(value=name),),
    )


def _contributors(root: Element) -> tuple[tuple[ContactPoint, ...], tuple[Agent, ...]]:
    contacts, others = [], []
    for one in root.all("contributors/contributor"):
        agent = _creator(one)
        if one.attribute("contributorType") == "ContactPerson":
            contacts.append(ContactPoint(uri=agent.uri, fn=agent.name))
        else:
            others.append(agent)
    return tuple(contacts), tuple(others)


def _related(root: Element) -> Iterator[tuple[str, Reference]]:
    for one in root.all("relatedIdentifiers/relatedIdentifier"):
        value = one.text()
        kind = one.attribute("relatedIdentifierType")
        if value is not None:
            address = _address(value) if kind in ("DOI", "URL", None) else None
            found = reference(address or value)
            if found is not None:
                yield one.attribute("relationType") or "", found


def _address(value: str) -> str | None:
    """The web address that an identifier is, a DOI as that of its resolver."""
    doi = _DOI.fullmatch(value.strip())
    return f"https://doi.org/{doi[1]}" if doi else web_iri(value.strip())


def _identifiers(values: Iterable[str]) -> tuple[Identifier, ...]:
    return tuple(Identifier(notation=Literal(value=one)) for one in dict.fromkeys(values))


def _coverage(values: Iterable[str]) -> tuple[tuple[PeriodOfTime, ...], tuple[Location, ...]]:
    periods, places = [], []
    for value in values:
        covered = period(value)
        if covered is not None:
            periods.append(covered)
        elif (iri := web_iri(value)) is not None:
            places.append(Location(uri=iri))
        else:
            places.append(Location(pref_label=(Literal(value=value),)))
    return tuple(periods), tuple(places)


def _places(root: Element) -> Iterator[Location]:
    for one in root.all("geoLocations/geoLocation"):
        names = tuple(Literal(value=name) for name in one.texts("geoLocationPlace"))
        box, point = one.first("geoLocationBox"), one.first("geoLocationPoint")
        sides = ("west", "south", "east", "north")
        bounds = ("Longitude", "Latitude", "Longitude", "Latitude")
        if box is not None:
            given = [
                box.text(f"{side}Bound{bound}") for side, bound in zip(sides, bounds, strict=True)
            ]
            yield Location(pref_label=names, bbox=_rectangle(given))
        elif point is not None:
            lon, lat = (_number(point.text(f"point{axis}")) for axis in ("Longitude", "Latitude"))
            wkt = None if lon is None or lat is None else f"POINT({lon} {lat})"
            yield Location(pref_label=names, centroid=_wkt(wkt))
        elif names:
            yield Location(pref_label=names)


def _rectangle(sides: Iterable[str | None]) -> Literal | None:
    numbers = [_number(side) for side in sides]
    if None in numbers:
        return None
    west, south, east, north = numbers
    ring = f"{west} {south},{east} {south},{east} {north},{west} {north},{west} {south}"
    return _wkt(f"POLYGON(({ring}))")


def _wkt(shape: str | None) -> Literal | None:
    return None if shape is None else Literal(value=shape, datatype=f"{GSP}wktLiteral")


def _number(value: str | None) -> str | None:
    found = decimal(value)
    return None if found is None or found.datatype is None else found.value


def _access(rights: Iterable[str]) -> Reference | None:
    """»openAccess« of `info:eu-repo/semantics/`, by its name."""
    stated = [one[len(_ACCESS) :] for one in rights if one.startswith(_ACCESS)]
    return reference(stated[0]) if stated else None


def _rights(statements: Iterable[str]) -> tuple[Reference | None, Reference | None]:
    """The licence among the statements, and all that is said besides, each on a line.

    A single statement is the licence, whatever it says; of several, the one that is known as one.
    """
    words = [one for one in dict.fromkeys(statements) if not one.startswith(_ACCESS)]
    licenses = vocabulary("licenses")
    stated = words[0] if len(words) == 1 else next(filter(licenses.find, words), None)
    meant = None if stated is None else licenses.find(stated)
    rest = [
        one for one in words if one != stated and (meant is None or licenses.find(one) != meant)
    ]
    return reference(stated), reference("\n".join(rest))


def _distributions(
    files: Iterable[str],
    pages: tuple[Reference, ...],
    formats: list[str],
    rights: tuple[Reference | None, Reference | None],
    sizes: Iterable[str] = (),
) -> tuple[Distribution, ...]:
    """The files; where none is named, the page that leads to them."""
    license_, other_rights = rights
    media_type = next((one for one in formats if "/" in one and not one.startswith("http")), None)
    plain = next((one for one in formats if one != media_type), None)
    exact = [match[1] for size in sizes if (match := _BYTES.fullmatch(size.strip()))]
    if files := list(files):
        return tuple(
            Distribution(
                access_url=(Reference(uri=file),),
                download_url=(Reference(uri=file),),
                # of several files nobody says which one a format is that of
                format=(reference(plain) if len(files) == 1 else None) or _format_by_name(file),
                media_type=reference(media_type) if len(files) == 1 else None,
                license=license_,
                rights=other_rights,
            )
            for file in files
        )
    if not (pages or formats or license_ or other_rights):
        return ()
    return (
        Distribution(
            access_url=pages[:1],
            format=reference(plain),
            media_type=reference(media_type),
            license=license_,
            rights=other_rights,
            byte_size=whole_number(text(exact[0])) if len(exact) == 1 else None,
        ),
    )


def _format_by_name(url: str) -> Reference | None:
    name = file_name(url)
    return None if name is None else format_of(name.ending)
