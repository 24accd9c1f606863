"""Where and when: the extents of an ISO record."""

from collections.abc import Iterator

from datenernte_dcat.records import Location, PeriodOfTime, Reference
from datenernte_dcat.vocabulary import is_area_key
from datenernte_harvester.sources.boxes import box_location, box_of
from datenernte_harvester.sources.iso_parties import Literals
from datenernte_harvester.sources.json_values import moment, reference, unique, web_iri
from datenernte_harvester.sources.xml_elements import Element

_EXTENT = "extent/EX_Extent"
_GEOGRAPHIC = "geographicElement/EX_GeographicDescription/geographicIdentifier/*"
_SIDES = (
    *("westBoundLongitude", "southBoundLatitude"),
    *("eastBoundLongitude", "northBoundLatitude"),
)


def places(about: Element, literals: Literals) -> tuple[Location, ...]:
    """Boxes, names and IRIs of the places; keys of areas are `area_keys`.

    Args:
        about: the identification of the data.
    """
    found = []
    for extent in about.all(_EXTENT):
        for box in extent.all("geographicElement/EX_GeographicBoundingBox"):
            found.append(box_location(box_of([box.text(side) for side in _SIDES])))
        names = literals(extent.all("description"))
        if names:
            found.append(Location(pref_label=names))
        for element in extent.all(_GEOGRAPHIC):
            code, href = element.text("code"), (element.first("code") or element).href()
            if web_iri(href or code):
                found.append(Location(uri=web_iri(href or code)))
            elif code is not None and not _is_key(code):
                found.append(Location(pref_label=literals(element.all("code"))))
    return tuple(dict.fromkeys(place for place in found if place is not None))


def area_keys(about: Element) -> tuple[Reference, ...]:
    """The official keys of areas that the identifiers of places are."""
    codes = about.texts(f"{_EXTENT}/{_GEOGRAPHIC}/code")
    return unique(found for code in codes if _is_key(code) and (found := reference(code)))


def periods(about: Element) -> Iterator[PeriodOfTime]:
    """The periods of time; an instant is one that ends as it begins, `now` is an open end."""
    for element in about.all(f"{_EXTENT}/temporalElement/EX_TemporalExtent/extent/*"):
        instant = moment(element.text("timePosition"))
        start = moment(element.text("beginPosition", "begin/TimeInstant/timePosition"))
        end = moment(element.text("endPosition", "end/TimeInstant/timePosition"))
        if instant or start or end:
            yield PeriodOfTime(start_date=start or instant, end_date=end or instant)


def _is_key(code: str) -> bool:
    """Whether a code is the official key of an area: district, municipality or their regions."""
    return is_area_key(code) and len(code) >= 5
