"""The vocabulary of schema.org for datasets, as record values.

Sources: https://schema.org/Dataset, https://schema.org/DataDownload,
https://developers.google.com/search/docs/appearance/structured-data/dataset
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urljoin

from datenernte_dcat.findings import Finding
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
from datenernte_dcat.terms import DCT, GSP, safe_iri
from datenernte_dcat.texts import finding
from datenernte_harvester.sources.json_agents import agent, contact_point
from datenernte_harvester.sources.json_values import (
    decimal,
    geometry,
    literal,
    moment,
    period,
    reference,
    text,
    unique,
    web_iri,
    whole_number,
)
from datenernte_harvester.sources.named_fields import NamedFields
from datenernte_harvester.sources.structured_data import StructuredData, entries, types_of

_IGNORED = (
    *("@type", "@id", "image", "thumbnailUrl", "potentialAction", "sdDatePublished"),
    *("sdPublisher", "sdLicense", "mainEntityOfPage"),
)
"""Pictures, and what is said of the description itself."""
_YES = frozenset({"true", "https://schema.org/true", "http://schema.org/true"})
_IGNORED_OF_FILE = ("@type", "@id", "potentialAction", "requiresSubscription")
_BYTES = re.compile(r"(\d+)\s*(?:B|bytes?)?", re.IGNORECASE)


class SchemaOrg:
    """Reads one dataset of a page; knows what of it nobody asked for."""

    def __init__(self, data: StructuredData, node: Mapping[str, Any], page: str) -> None:
        """Prepare to read.

        Args:
            node: of the dataset.
            page: URL of the page, for relative addresses.
        """
        self.data = data
        self.node = node
        self.page = page
        self.findings: list[Finding] = []
        self.unread: set[str] = set()

    def identifier(self) -> str | None:
        """Its `@id`, else its identifier, else the page that it names as its own."""
        name = self._iri(self.node.get("@id"))
        if name is not None:
            return name
        for entry in entries(self.node.get("identifier")):
            found = self._identifier(entry)
            if found is not None:
                return found
        return self.own_page()

    def own_page(self) -> str | None:
        """The page that the dataset names as its own."""
        return next(iter(self._addresses(self.node.get("url"))), None)

    def dataset(self) -> Dataset:
        """The record."""
        f = NamedFields(self.node, _IGNORED)
        licenses = self._concepts(f("license"))
        rights = self._statements(f, licenses[1:])
        attribution = self._literals(f("creditText"))
        publishers = (*self._agents(f("publisher")), *self._agents(f("provider")))
        creators = self._agents([*entries(f("creator")), *entries(f("author"))])
        parts = [*entries(f("isPartOf")), *entries(f("hasPart"))]
        identifiers = [self._identifier(entry) for entry in entries(f("identifier"))]
        named = [found for found in identifiers if found is not None]
        files = [self.data.node(entry) for entry in entries(f("distribution"))]
        made = Dataset(
            uri=self._iri(self.node.get("@id")),
            title=self._literals(f("name")),
            description=self._literals(f("description")),
            keyword=self._keywords(f("keywords")),
            theme=self._themes(self.node.get("keywords")),
            publisher=publishers[0] if publishers else None,
            creator=creators,
            contributor=(
                *publishers[1:],
                *self._agents(f("contributor")),
                *self._agents(f("sourceOrganization")),
            ),
            custodian=self._agents(f("maintainer")),
            contact_point=self._contacts(f("contactPoint")),
            identifier=tuple(Literal(value=one) for one in named[:1]),
            other_identifier=tuple(Identifier(notation=Literal(value=one)) for one in named[1:]),
            issued=moment(f("datePublished")),
            modified=moment(f("dateModified")),
            landing_page=tuple(Reference(uri=one) for one in self._addresses(f("url"))),
            page=unique(self._concepts(f("sameAs"))),
            language=self._concepts(f("inLanguage")),
            spatial=tuple(self._places([*entries(f("spatialCoverage")), *entries(f("spatial"))])),
            temporal=tuple(
                self._periods([*entries(f("temporalCoverage")), *entries(f("temporal"))])
            ),
            version=literal(f("version")),
            source=self._concepts(f("isBasedOn", "isBasedOnUrl")),
            relation=unique((*self._concepts(parts), *self._concepts(f("citation")))),
            distribution=tuple(
                self._distribution(file, licenses, rights, attribution) for file in files
            ),
        )
        is_free = f("isAccessibleForFree")
        if is_free is not None and str(is_free).lower() not in _YES:
            self.unread.add("isAccessibleForFree")  # data that cost something are no open data
        if not files:  # what is said of the use of the data belongs to its files
            names = ("license", "creditText", "usageInfo", "conditionsOfAccess", "copyrightNotice")
            self.unread.update(name for name in names if self.node.get(name))
        self.unread.update(f.unread())
        return made

    def _distribution(
        self,
        file: Mapping[str, Any],
        licenses: tuple[Reference, ...],
        rights: Reference | None,
        attribution: tuple[Literal, ...],
    ) -> Distribution:
        """One file; licence and rights of the dataset where it has none of its own."""
        f = NamedFields(file, _IGNORED_OF_FILE)
        content, pages = self._addresses(f("contentUrl")), self._addresses(f("url"))
        stated = [text(one) for one in (*entries(f("encodingFormat")), *entries(f("fileFormat")))]
        formats = [one for one in stated if one is not None]
        media_type = next((one for one in formats if _is_media_type(one)), None)
        own = self._concepts(f("license")) or licenses
        size = text(f("contentSize"))
        exact = _BYTES.fullmatch(size.strip()) if size is not None else None
        made = Distribution(
            uri=self._iri(file.get("@id")),
            access_url=tuple(Reference(uri=one) for one in (content or pages)),
            download_url=tuple(Reference(uri=one) for one in content),
            title=self._literals(f("name")),
            description=self._literals(f("description")),
            format=reference(next((one for one in formats if one != media_type), None)),
            media_type=reference(media_type),
            license=own[0] if own else None,
            rights=rights,
            license_attribution_by_text=attribution,
            byte_size=whole_number(exact[1]) if exact is not None else None,
            issued=moment(f("datePublished", "uploadDate")),
            modified=moment(f("dateModified")),
            language=self._concepts(f("inLanguage")),
            page=tuple(Reference(uri=one) for one in pages) if content else (),
        )
        self.unread.update(f"distribution.{name}" for name in f.unread())
        if size is not None and exact is None:
            self.unread.add("distribution.contentSize")
        return made

    def _iri(self, value: object) -> str | None:
        """An `@id` as an absolute web IRI; None for a blank node and for what is no IRI."""
        found = text(value)
        if found is None or found.startswith("_:"):
            return None
        absolute = safe_iri(found, base=self.page)
        return None if absolute is None else web_iri(absolute)

    def _addresses(self, value: object) -> tuple[str, ...]:
        """Web addresses, relative ones resolved; of an object its `@id` or `url`."""
        found = []
        for entry in entries(value):
            node = self.data.node(entry)
            given = text(node.get("url")) or text(node.get("@id")) if node else text(entry)
            absolute = None if given is None else safe_iri(given, base=self.page)
            if absolute is not None and web_iri(absolute) is not None:
                found.append(absolute)
        return tuple(dict.fromkeys(found))

    def _identifier(self, value: object) -> str | None:
        node = self.data.node(value)
        if not node:
            return text(value)
        return text(node.get("value")) or text(node.get("url")) or text(node.get("@id"))

    def _literals(self, value: object) -> tuple[Literal, ...]:
        found = []
        for entry in entries(value):
            is_tagged = isinstance(entry, dict)
            words = text(entry.get("@value") or entry.get("name")) if is_tagged else text(entry)
            if words is not None:
                language = text(entry.get("@language")) if is_tagged else None
                found.append(Literal(value=words, language=language))
        return tuple(dict.fromkeys(found))

    def _concepts(self, value: object) -> tuple[Reference, ...]:
        """Licences, languages, works: the address of each, else its name."""
        found = []
        for entry in entries(value):
            node = self.data.node(entry)
            if node:
                iris = [self._iri(node.get(name)) for name in ("url", "@id", "sameAs")]
                words = next((iri for iri in iris if iri is not None), None)
                words = words or text(node.get("alternateName")) or text(node.get("name"))
            else:
                words = text(entry)
            if (known := reference(words)) is not None:
                found.append(known)
        return unique(found)

    def _statements(self, f: NamedFields, more: Iterable[Reference]) -> Reference | None:
        """Everything else that is said about the use of the data, each on a line."""
        given = (
            *more,
            *self._concepts(f("usageInfo")),
            *self._concepts(f("conditionsOfAccess")),
            *self._concepts(f("copyrightNotice")),
            *self._concepts(f("copyrightHolder")),
        )
        lines = [one.uri or (one.label.value if one.label else "") for one in given]
        return reference("\n".join(dict.fromkeys(lines)))

    def _keywords(self, value: object) -> tuple[Literal, ...]:
        """Words in a list, in one text with commas, or as DefinedTerm."""
        words: list[Literal] = []
        for entry in entries(value):
            node = self.data.node(entry)
            if node:
                words += self._literals(node.get("name")) or self._literals(node)
            else:
                words += [
                    Literal(value=part.strip())
                    for part in (text(entry) or "").split(",")
                    if part.strip()
                ]
        return tuple(dict.fromkeys(words))

    def _themes(self, value: object) -> tuple[Reference, ...]:
        """The addresses of those keywords that are concepts of a list."""
        nodes = [self.data.node(entry) for entry in entries(value)]
        found = [self._iri(node.get("url")) or self._iri(node.get("@id")) for node in nodes if node]
        return unique(Reference(uri=iri) for iri in found if iri is not None)

    def _agents(self, value: object) -> tuple[Agent, ...]:
        found = []
        for entry in entries(value):
            node = self.data.node(entry)
            kinds = types_of(node)
            names = [text(node.get(name)) for name in ("givenName", "familyName")]
            is_person = "Person" in kinds
            known = agent(
                {
                    "uri": self._iri(node.get("@id")),
                    "name": node.get("name")
                    or node.get("legalName")
                    or " ".join(name for name in names if name)
                    or (entry if not node else None),
                    "email": node.get("email"),
                    "url": next(iter(self._addresses(node.get("url"))), None),
                    "contacttype": "Person" if is_person else "Organization" if kinds else None,
                }
            )
            if known is not None:
                found.append(known)
        return tuple(dict.fromkeys(found))

    def _contacts(self, value: object) -> tuple[ContactPoint, ...]:
        """Contacts of the dataset, else those of its publisher or creator."""
        bodies = (self.node.get(name) for name in ("publisher", "provider", "creator", "author"))
        inside = [
            one
            for body in bodies
            for entry in entries(body)
            for one in entries(self.data.node(entry).get("contactPoint"))
        ]
        found = []
        for entry in entries(value) or inside:
            node = self.data.node(entry)
            address = self.data.node(node.get("address"))
            known = contact_point(
                {
                    "uri": self._iri(node.get("@id")),
                    "name": node.get("name") or node.get("contactType"),
                    "email": node.get("email"),
                    "url": next(iter(self._addresses(node.get("url"))), None),
                    "tel": node.get("telephone"),
                    "street": address.get("streetAddress"),
                    "zip": address.get("postalCode"),
                    "city": address.get("addressLocality"),
                    "country": address.get("addressCountry"),
                }
            )
            if known is not None:
                found.append(known)
        return tuple(dict.fromkeys(found))

    def _places(self, values: Iterable[object]) -> Iterable[Location]:
        for value in values:
            node = self.data.node(value)
            if not node:
                words, iri = text(value), web_iri(value)
                if iri is not None:
                    yield Location(uri=iri)
                elif words is not None:
                    yield Location(pref_label=(Literal(value=words),))
                continue
            iris = [self._iri(node.get(name)) for name in ("@id", "sameAs", "url")]
            place = Location(
                uri=next((iri for iri in iris if iri is not None), None),
                pref_label=self._literals(node.get("name")),
            )
            shapes = [self.data.node(one) for one in entries(node.get("geo"))] or [node]
            for shape in shapes:
                box, point = _box(text(shape.get("box"))), _point(shape)
                polygon = geometry(_polygon(text(shape.get("polygon"))))
                place = Location(
                    uri=place.uri,
                    pref_label=place.pref_label,
                    bbox=place.bbox or box,
                    centroid=place.centroid or point,
                    geometry=(*place.geometry, *(() if polygon is None else (polygon,))),
                )
            if place != Location():
                yield place

    def _periods(self, values: Iterable[object]) -> Iterable[PeriodOfTime]:
        for value in values:
            node = self.data.node(value)
            start, end = moment(node.get("startDate")), moment(node.get("endDate"))
            words = text(value)
            # »..« is an open end in ISO 8601-2, which schema.org's own examples have
            known = period(None if words is None else words.replace("..", ""))
            if start or end:
                yield PeriodOfTime(start_date=start, end_date=end)
            elif known is not None:
                yield known
            elif words is not None:
                self.findings.append(
                    finding("period-unread", property=f"{DCT}temporal", value=words)
                )


def page_url(base: str, address: str) -> str:
    """The page that an address leads to, without its fragment."""
    return urljoin(base, address).partition("#")[0]


def _is_media_type(words: str) -> bool:
    return "/" in words and not words.startswith("http")


def _numbers(words: str | None) -> list[str]:
    parts = [] if words is None else words.replace(",", " ").split()
    found = [decimal(part) for part in parts]
    if any(one is None or one.datatype is None for one in found):
        return []
    return [one.value for one in found if one is not None]


def _box(words: str | None) -> Literal | None:
    """`south west north east` in degrees WGS 84, as GeoShape has it, as WKT in lon/lat."""
    numbers = _numbers(words)
    if len(numbers) != 4:
        return None
    south, west, north, east = numbers
    ring = f"{west} {south},{east} {south},{east} {north},{west} {north},{west} {south}"
    return Literal(value=f"POLYGON(({ring}))", datatype=f"{GSP}wktLiteral")


def _point(node: Mapping[str, Any]) -> Literal | None:
    numbers = _numbers(f"{text(node.get('longitude')) or '?'} {text(node.get('latitude')) or '?'}")
    if len(numbers) != 2:
        return None
    return Literal(value=f"POINT({numbers[0]} {numbers[1]})", datatype=f"{GSP}wktLiteral")


def _polygon(words: str | None) -> str | None:
    """`lat lon lat lon …` as WKT in lon/lat."""
    numbers = _numbers(words)
    if len(numbers) < 8 or len(numbers) % 2:
        return None
    pairs = zip(numbers[1::2], numbers[::2], strict=True)
    return f"POLYGON(({','.join(f'{lon} {lat}' for lon, lat in pairs)}))"
