"""Organisations and persons of a record of OGC API Records, by their roles.

Contacts of version 1.0, of pycsw (`contactInfo`) and of the drafts (`providers`).
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from datenernte_dcat.records import Agent, ContactPoint
from datenernte_harvester.sources.json_agents import agent, contact_point
from datenernte_harvester.sources.json_values import mapping, mappings, text, web_iri

KNOWN_ROLES = frozenset(
    {"publisher", "owner", "author", "creator", "principalinvestigator", "contributor"}
    | {"originator", "custodian", "pointofcontact", "contact", ""}
)
"""Roles that have a place, in lower case."""


class Party(NamedTuple):
    """One contact."""

    roles: tuple[str, ...]
    agent: Agent | None
    contact: ContactPoint | None


def parties(properties: Mapping[str, object]) -> Iterator[Party]:
    """Contacts of version 1.0, of pycsw (`contactInfo`) and of the drafts (`providers`)."""
    for one in (*mappings(properties.get("contacts")), *mappings(properties.get("providers"))):
        info = mapping(one.get("contactInfo"))
        address = (
            next(iter(mappings(one.get("addresses"))), None)
            or mapping(mapping(info.get("address")).get("office"))
            or mapping(mapping(info.get("address")).get("work"))
        )
        body = text(one.get("organization")) or text(one.get("organisation"))
        person = text(one.get("name"))
        pages = [link.get("href") for link in mappings(one.get("links"))]
        fields = {
            "uri": one.get("identifier"),
            "name": body or person,
            "email": _value(one.get("emails")) or one.get("email") or _any(info.get("email")),
            "tel": _value(one.get("phones")) or one.get("phone") or _any(info.get("phone")),
            "url": next(iter(pages), None)
            or mapping(info.get("url")).get("href")
            or one.get("url"),
            "street": address.get("deliveryPoint"),
            "zip": address.get("postalCode"),
            "city": address.get("city"),
            "country": address.get("country"),
        }
        of_agent = {key: fields[key] for key in ("uri", "name", "email", "url")}
        yield Party(
            roles=tuple(_roles(one.get("roles") or one.get("role"))),
            agent=agent(of_agent),
            contact=contact_point({**fields, "uri": None, "name": _named(body, person)}),
        )


def _named(body: str | None, person: str | None) -> str | None:
    """The body, and the person to ask for there."""
    return f"{body}, {person}" if body and person and body != person else body or person


def _roles(value: object) -> Iterator[str]:
    entries = value if isinstance(value, list) else [value]
    for entry in entries:
        yield (text(mapping(entry).get("name")) or text(entry) or "").casefold()


def all_by_role(contacts: list[Party], *roles: str) -> tuple[Agent, ...]:
    """The bodies in any of the roles."""
    wanted = {role.casefold() for role in roles}
    found = [one.agent for one in contacts if wanted & set(one.roles) and one.agent is not None]
    return tuple(dict.fromkeys(found))


def by_role(contacts: list[Party], *roles: str) -> Agent | None:
    """The first body in the first of the roles that anybody has."""
    return next((found[0] for role in roles if (found := all_by_role(contacts, role))), None)


def asked(contacts: list[Party], point: object) -> tuple[ContactPoint, ...]:
    """Whom to ask: those in that role or in none, else the first of all.

    Args:
        point: `contactPoint` of the drafts, an address or a name.
    """
    own = contact_point({"url" if web_iri(point) else "name": point})
    wanted = {"pointofcontact", "contact", ""}
    found = [one.contact for one in contacts if wanted & set(one.roles) and one.contact]
    if not found and own is None:
        found = [one.contact for one in contacts if one.contact][:1]
    return tuple(dict.fromkeys((*found, *(() if own is None else (own,)))))


def _value(entries: object) -> object:
    """The first `value` of a list such as `emails`."""
    return next((one.get("value") for one in mappings(entries) if text(one.get("value"))), None)


def _any(value: object) -> object:
    """The first value of `{"office": …, "work": …}`."""
    return next((one for one in mapping(value).values() if text(one)), None)
