"""The crosswalk from ISO 19115 metadata to the records, in both of its XML forms.

ISO 19139 (`gmd:MD_Metadata`) and ISO 19115-3 (`mdb:MD_Metadata`) differ in name spaces and in a few
paths; where they differ, both paths stand side by side. Services and series are datasets of their
own here, as at GovData: their type says what they are.

Sources: ISO 19139:2007, ISO 19115-3:2016, https://semiceu.github.io/GeoDCAT-AP/releases/3.0.0/,
convention 40 of DCAT-AP.de (`dct:modified` is the date of the metadata)
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from datenernte_dcat.records import (
    Agent,
    ContactPoint,
    Dataset,
    Identifier,
    Literal,
    Reference,
)
from datenernte_harvester.sources.iso_distributions import OnlineResources
from datenernte_harvester.sources.iso_extents import area_keys, periods, places
from datenernte_harvester.sources.iso_parties import Party, party
from datenernte_harvester.sources.iso_rights import rights_of
from datenernte_harvester.sources.json_values import (
    decimal,
    moment,
    reference,
    unique,
    utc,
    web_iri,
)
from datenernte_harvester.sources.xml_elements import Element

_FILE_IDENTIFIER = ("fileIdentifier", "metadataIdentifier/MD_Identifier/code")
_IDENTIFIERS = ("citation/CI_Citation/identifier/*",)
_LANGUAGES = {
    "ger": "de",
    "deu": "de",
    "eng": "en",
    "fre": "fr",
    "fra": "fr",
    "ita": "it",
    "spa": "es",
    "dut": "nl",
    "nld": "nl",
    "pol": "pl",
    "cze": "cs",
    "ces": "cs",
    "dan": "da",
    "swe": "sv",
    "tur": "tr",
    "rus": "ru",
    "ukr": "uk",
    "ara": "ar",
}
"""ISO 639-2 codes to the language tags of BCP 47; ISO 19139 asks for the former."""
_RESOURCE_TYPE = "http://inspire.ec.europa.eu/metadata-codelist/ResourceType/"
_HVD = "data.europa.eu/bna/"
_HVD_THESAURUS = re.compile(r"high[- ]value|hochwertig|\bHVD\b", re.IGNORECASE)
_THEMES = "publications.europa.eu/resource/authority/data-theme/"
_LEGISLATION = "data.europa.eu/eli/"
_PUBLISHER_ROLES = ("publisher", "owner", "resourceProvider", "pointOfContact")
"""Whose organisation is the publisher, the best first."""
_CONTACT_ROLES = ("pointOfContact", *_PUBLISHER_ROLES[:-1])
"""Whom to ask, the best first."""
_ROLE_FIELDS = {
    "author": "creator",
    "principalInvestigator": "contributor",
    "contributor": "contributor",
    "originator": "originator",
    "custodian": "custodian",
}
_NOT_OF_THE_DATA = (
    *("characterSet", "metadataStandardName", "metadataStandardVersion", "contact", "locale"),
    *("hierarchyLevelName", "metadataScope/MD_MetadataScope/name", "metadataStandard"),
    *("referenceSystemInfo", "spatialRepresentationInfo", "metadataLinkage", "defaultLocale"),
    *("otherLocale", "language", "dateStamp", "dateInfo", "metadataProfile"),
    *("dataQualityInfo/DQ_DataQuality/scope", "resourceLineage/LI_Lineage/scope"),
    *("identificationInfo/*/graphicOverview", "identificationInfo/*/spatialRepresentationType"),
    *("identificationInfo/*/characterSet", "identificationInfo/*/defaultLocale/PT_Locale"),
    *("identificationInfo/*/descriptiveKeywords/MD_Keywords/thesaurusName",),
    *("identificationInfo/*/descriptiveKeywords/MD_Keywords/type",),
    *("identificationInfo/*/couplingType", "identificationInfo/*/coupledResource"),
    *("identificationInfo/*/containsOperations",),
)
"""Known parts that say something of the description, or that a record has no place for: reference
systems, preview pictures, and the names of the lists that keywords come from."""


@dataclass(frozen=True, slots=True)
class IsoReading:
    """What a metadata record became."""

    dataset: Dataset
    changed_at: datetime | None
    unread: tuple[str, ...]
    """Paths of the values that have no place in the record."""
    publisher_role: str | None
    """The role whose organisation became the publisher."""


def identifier_of(root: Element) -> str | None:
    """The identifier of the metadata record, with its code space where it has one."""
    code = root.text(*_FILE_IDENTIFIER)
    return _spaced(root.text("metadataIdentifier/MD_Identifier/codeSpace"), code)


def read_iso(root: Element) -> IsoReading:
    """The dataset that a `MD_Metadata` element describes.

    Args:
        root: the element as a root of its own (`Element.as_root`).
    """
    return _Crosswalk(root).reading()


class _Crosswalk:
    """One record on its way; every method reads one part of it."""

    def __init__(self, root: Element) -> None:
        self.root = root
        self.unplaced: list[str] = []
        self.about = root.first("identificationInfo/*") or root
        self.scope = root.text("hierarchyLevel", "metadataScope/MD_MetadataScope/resourceScope")
        self.language = _tag(root.text("language", "defaultLocale/PT_Locale/language"))
        self.locales = {
            locale.attribute("id"): _tag(locale.text("languageCode", "language"))
            for locale in root.all("locale/PT_Locale", "otherLocale/PT_Locale")
        }

    def reading(self) -> IsoReading:
        """The record, and what of it has no place."""
        stamp = self._stamp()
        issued, revised = (self._date(kind) for kind in ("publication", "revision"))
        publisher_role, people = self._people()
        keywords = self._keywords()
        rights = rights_of(self.about.all("resourceConstraints/*"))
        links = OnlineResources(
            self.root, self.about, self._literals, is_service=self.scope == "service"
        )
        pages, distributions = links.read(rights, None if stamp is None else revised)
        if not distributions and (rights.license or rights.rights or rights.attribution):
            self.unplaced.append("identificationInfo/resourceConstraints")
        dataset = Dataset(
            uri=next((iri for one in self._identifiers() if (iri := web_iri(one))), None),
            title=self._literals(self.about.all("citation/CI_Citation/title")),
            description=self._literals(self.about.all("abstract")),
            identifier=_literals_of([identifier_of(self.root)]),
            other_identifier=tuple(
                Identifier(notation=Literal(value=one)) for one in self._identifiers()
            ),
            version=next(
                iter(self._literals(self.about.all("citation/CI_Citation/edition"))), None
            ),
            issued=issued,
            modified=stamp or revised,
            language=unique(
                _references(self.about.texts("language", "defaultLocale/PT_Locale/language"))
            ),
            spatial=places(self.about, self._literals),
            political_geocoding_uri=area_keys(self.about),
            temporal=tuple(periods(self.about)),
            access_rights=rights.access_rights,
            accrual_periodicity=self._frequency(),
            spatial_resolution_in_meters=self._resolution(),
            provenance=self._lineage(),
            conforms_to=self._conformity(),
            type=self._type(),
            relation=self._related(),
            page=pages,
            landing_page=_references([self.root.text("dataSetURI")]),
            distribution=distributions,
            **keywords,
            **people,
        )
        self.root.ignore(*_NOT_OF_THE_DATA)
        return IsoReading(
            dataset=dataset,
            changed_at=None if stamp is None else utc(stamp.value),
            unread=(*self.root.unread(), *self.unplaced),
            publisher_role=publisher_role,
        )

    def _literals(self, elements: Iterable[Element]) -> tuple[Literal, ...]:
        """The texts in the record's language, and their translations (`PT_FreeText`)."""
        found = []
        for element in elements:
            words = element.text()
            if words is not None:
                found.append(Literal(value=words, language=self.language))
            for translated in element.all("PT_FreeText/textGroup/LocalisedCharacterString"):
                language = self.locales.get((translated.attribute("locale") or "").lstrip("#"))
                words = translated.text()
                if words is not None:
                    found.append(Literal(value=words, language=language))
        return tuple(dict.fromkeys(found))

    def _identifiers(self) -> list[str]:
        """Of the data, not of its description: links of anchors first, then codes."""
        found: list[str | None] = []
        for one in self.about.all(*_IDENTIFIERS):
            code = one.first("code")
            link = None if code is None else code.href()
            found += [link, _spaced(one.text("codeSpace"), one.text("code"))]
        return list(dict.fromkeys(one for one in found if one is not None))

    def _stamp(self) -> Literal | None:
        """The date of the metadata: of ISO 19115-3 the last revision."""
        dates = [
            (one.text("dateType"), one.text("date")) for one in self.root.all("dateInfo/CI_Date")
        ]
        revised = [date for kind, date in dates if kind == "revision"]
        created = [date for kind, date in dates if kind == "creation"]
        return moment(self.root.text("dateStamp") or next(iter([*revised, *created]), None))

    def _date(self, kind: str) -> Literal | None:
        for one in self.about.all("citation/CI_Citation/date/CI_Date"):
            if (one.first("dateType") or one).text() == kind:
                return moment(one.text("date"))
        return None

    def _people(self) -> tuple[str | None, dict[str, Any]]:
        """The role of the publisher, and the fields of all roles that have one."""
        by_role: dict[str, list[Party]] = {}
        for place in ("pointOfContact/*", "citation/CI_Citation/citedResponsibleParty/*"):
            for element in self.about.all(place):
                one = party(element, self._literals)
                by_role.setdefault(one.role, []).append(one)
        role = next((role for role in _PUBLISHER_ROLES if _agents(by_role.get(role, ()))), None)
        asked = next((name for name in _CONTACT_ROLES if _contacts(by_role.get(name, ()))), None)
        self.unplaced += [
            f"identificationInfo/pointOfContact[{name}]"
            for name in by_role
            if name not in (role, asked, *_ROLE_FIELDS)
        ]
        fields: dict[str, list[Agent]] = {}
        for name, field in _ROLE_FIELDS.items():
            fields.setdefault(field, []).extend(_agents(by_role.get(name, ())))
        return role, {
            "publisher": next(iter(_agents(by_role.get(role or "", ()))), None),
            "contact_point": _contacts(by_role.get(asked or "", ())),
            **{field: tuple(dict.fromkeys(found)) for field, found in fields.items()},
        }

    def _keywords(self) -> dict[str, Any]:
        """Keywords, themes, categories of high-value data and legislation, by their links."""
        words: list[Literal] = []
        themes = [_code(element) for element in self.about.all("topicCategory")]
        hvd: list[Reference | None] = []
        laws: list[Reference | None] = []
        for block in self.about.all("descriptiveKeywords/MD_Keywords"):
            thesaurus = block.text("thesaurusName/CI_Citation/title") or ""
            is_hvd = _HVD_THESAURUS.search(thesaurus) is not None
            for element in block.all("keyword"):
                href = element.href() or ""
                if _HVD in href or (is_hvd and _LEGISLATION not in href):
                    hvd.append(reference(href if _HVD in href else element.text()))
                elif _THEMES in href:
                    themes.append(reference(href))
                elif _LEGISLATION in href:
                    laws.append(reference(href))
                else:
                    words += self._literals([element])
                    continue
                element.ignore()
        return {
            "keyword": tuple(dict.fromkeys(words)),
            "theme": unique(one for one in themes if one),
            "hvd_category": unique(one for one in hvd if one),
            "applicable_legislation": unique(one for one in laws if one),
        }

    def _frequency(self) -> Reference | None:
        """The code; the length of time in its place where the code only says »custom«."""
        place = "resourceMaintenance/MD_MaintenanceInformation/"
        own = self.about.text(
            f"{place}userDefinedMaintenanceFrequency/TM_PeriodDuration",
            f"{place}userDefinedMaintenanceFrequency",
        )
        return reference(self.about.text(f"{place}maintenanceAndUpdateFrequency") or own)

    def _resolution(self) -> Literal | None:
        """The first distance in metres; another unit has no place."""
        for element in self.about.all("spatialResolution/MD_Resolution/distance/*"):
            unit = (element.attribute("uom") or "").rpartition("#")[2].rpartition("/")[2]
            if unit.lower() in ("m", "meter", "metre", "urn:ogc:def:uom:epsg::9001"):
                return decimal(element.text())
        return None

    def _lineage(self) -> tuple[Reference, ...]:
        statements = self.root.all(
            "dataQualityInfo/DQ_DataQuality/lineage/LI_Lineage/statement",
            "resourceLineage/LI_Lineage/statement",
        )
        return unique(Reference(label=one) for one in self._literals(statements))

    def _conformity(self) -> tuple[Reference, ...]:
        """The specifications that the data passed."""
        found = []
        for result in self.root.all(
            "dataQualityInfo/DQ_DataQuality/report/*/result/DQ_ConformanceResult"
        ):
            citation = result.first("specification/CI_Citation")
            title = None if citation is None else citation.first("title")
            if title is not None and (result.text("pass") or "").lower() in ("true", "1"):
                found.append(reference(title.href()) or _label(self._literals([title])))
            result.ignore()  # date and explanation of a test, and tests that were not passed
        return unique(one for one in found if one)

    def _type(self) -> tuple[Reference, ...]:
        if self.scope in (None, "dataset"):
            return ()
        if self.scope in ("series", "service"):
            return (Reference(uri=f"{_RESOURCE_TYPE}{self.scope}"),)
        return _references([self.scope])

    def _related(self) -> tuple[Reference, ...]:
        """What a service operates on, and the record that this one is a part of."""
        links = []
        for element in self.about.all("operatesOn"):
            link = element.href()
            if link is not None:
                links.append(link)
                element.ignore()
        for element in self.root.all("parentIdentifier", "parentMetadata"):
            link = web_iri(element.href() or element.text())
            if link is not None:
                links.append(link)
            else:
                self.unplaced.append(element.name)
        return _references(links)


def _agents(parties: Iterable[Party]) -> list[Agent]:
    return [one.agent for one in parties if one.agent is not None]


def _contacts(parties: Iterable[Party]) -> tuple[ContactPoint, ...]:
    return tuple(dict.fromkeys(one.contact for one in parties if one.contact is not None))


def _spaced(space: str | None, code: str | None) -> str | None:
    """The code behind its code space."""
    if code is None or space is None or code.startswith(space):
        return code
    return f"{space}{code}" if space.endswith(("/", "#", ":")) else f"{space}/{code}"


def _code(element: Element) -> Reference | None:
    """The code of a list, of a link into the list its last part."""
    return reference(element.text() or (element.href() or "").rpartition("/")[2])


def _tag(code: str | None) -> str | None:
    if code is None:
        return None
    code = code.strip().rpartition("/")[2].lower()
    if len(code) == 2:
        return code
    return _LANGUAGES.get(code[:3], code[:3]) if code.isalpha() else None


def _label(literals: tuple[Literal, ...]) -> Reference | None:
    return Reference(label=literals[0]) if literals else None


def _literals_of(values: Iterable[str | None]) -> tuple[Literal, ...]:
    return tuple(Literal(value=value) for value in values if value is not None)


def _references(values: Iterable[str | None]) -> tuple[Reference, ...]:
    return unique(found for value in values if (found := reference(value)) is not None)
