"""Organisations and persons of an ISO record, by their roles."""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from datenernte_dcat.records import Agent, ContactPoint, Literal, Reference
from datenernte_dcat.terms import FOAF
from datenernte_harvester.sources.json_values import mail, reference
from datenernte_harvester.sources.xml_elements import Element

Literals = Callable[[Iterable[Element]], tuple[Literal, ...]]
"""Texts of elements, with their languages."""

_PARTY = ("", "party/CI_Organisation/", "party/CI_Individual/")
_CONTACT = tuple(f"{place}contactInfo/CI_Contact/" for place in _PARTY)
_ADDRESS = tuple(f"{place}address/CI_Address/" for place in _CONTACT)
_IGNORED = (
    *("positionName", "party/CI_Organisation/individual/CI_Individual/positionName"),
    *(f"{place}administrativeArea" for place in _ADDRESS),
    *(f"{place}hoursOfService" for place in _CONTACT),
    *(f"{place}contactInstructions" for place in _CONTACT),
    *(f"{place}phone/CI_Telephone/facsimile" for place in _CONTACT),
    *(f"{place}phone/CI_Telephone/numberType" for place in _CONTACT),
    *(
        f"{place}onlineResource/CI_OnlineResource/{name}"
        for place in _CONTACT
        for name in ("protocol", "name", "description", "function", "applicationProfile")
    ),
)
"""What neither an agent nor a contact has a place for: fax, hours, the position within a body."""


class Party(NamedTuple):
    """One responsible party."""

    role: str
    agent: Agent | None
    contact: ContactPoint | None


def party(element: Element, literals: Literals) -> Party:
    """The party of a `CI_ResponsibleParty` (19139) or `CI_Responsibility` (19115-3)."""
    bodies = element.all("organisationName", "party/CI_Organisation/name")
    names = literals(bodies)
    persons = literals(
        element.all(
            "individualName",
            "party/CI_Organisation/individual/CI_Individual/name",
            "party/CI_Individual/name",
        )
    )
    mails = _references(element, mail, "electronicMailAddress", _ADDRESS)
    phones = _references(element, reference, "phone/CI_Telephone/voice", _CONTACT)
    phones += _references(element, reference, "phone/CI_Telephone/number", _CONTACT)
    pages = _references(element, reference, "onlineResource/CI_OnlineResource/linkage", _CONTACT)
    pages += tuple(link for body in bodies if (link := reference(body.href())) is not None)
    contact = ContactPoint(
        fn=_named(names, persons),
        has_email=mails,
        has_url=pages,
        has_telephone=phones,
        street_address=_address(element, literals, "deliveryPoint"),
        postal_code=_address(element, literals, "postalCode"),
        locality=_address(element, literals, "city"),
        country_name=_address(element, literals, "country"),
    )
    agent = Agent(
        classes=() if names or not persons else (f"{FOAF}Person",),
        name=names or persons,
        mbox=mails,
        homepage=pages,
    )
    element.ignore(*_IGNORED)
    return Party(
        role=element.text("role") or "",
        agent=agent if agent.name else None,
        contact=None if contact == ContactPoint() else contact,
    )


def _named(names: tuple[Literal, ...], persons: tuple[Literal, ...]) -> tuple[Literal, ...]:
    """The name of the body, and the person to ask for where exactly one is named."""
    if len(names) == 1 and len(persons) == 1:
        words = f"{names[0].value}, {persons[0].value}"
        return (Literal(value=words, language=names[0].language),)
    return names or persons


def _address(element: Element, literals: Literals, name: str) -> tuple[Literal, ...]:
    return literals(element.all(*(f"{place}{name}" for place in _ADDRESS)))


def _references(
    element: Element,
    read: Callable[[object], Reference | None],
    name: str,
    places: Iterable[str],
) -> tuple[Reference, ...]:
    found = (read(words) for words in element.texts(*(f"{place}{name}" for place in places)))
    return tuple(dict.fromkeys(one for one in found if one is not None))
