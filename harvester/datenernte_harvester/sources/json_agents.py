"""Bodies, persons and contacts from groups of JSON fields."""

from collections.abc import Mapping

import msgspec

from datenernte_dcat.records import Agent, ContactPoint, Reference
from datenernte_dcat.terms import FOAF
from datenernte_harvester.sources.json_values import literals, mail, reference, text, web_iri

_AGENT_CLASSES = {"Person": f"{FOAF}Person", "Organization": f"{FOAF}Organization"}


def agent(fields: Mapping[str, object]) -> Agent | None:
    """The agent that a group of fields describes, or None where they say nothing.

    Keys used: uri, name, email, url, type, contacttype (Person or Organization).
    """
    mbox, homepage = mail(fields.get("email")), reference(fields.get("url"))
    found = Agent(
        uri=web_iri(fields.get("uri")),
        name=literals(fields.get("name")),
        type=reference(fields.get("type")),
        mbox=() if mbox is None else (mbox,),
        homepage=() if homepage is None else (homepage,),
    )
    if found == Agent():
        return None
    node_class = _AGENT_CLASSES.get(text(fields.get("contacttype")) or "")
    return found if node_class is None else msgspec.structs.replace(found, classes=(node_class,))


def agents(*choices: Mapping[str, object]) -> tuple[Agent, ...]:
    """The agents of the groups that say anything."""
    return tuple(found for fields in choices if (found := agent(fields)) is not None)


def contact_point(fields: Mapping[str, object]) -> ContactPoint | None:
    """The contact that a group of fields describes, or None where they say nothing.

    Keys used: uri, name, email, url, tel, street, zip, city, country.
    """
    found = ContactPoint(
        uri=web_iri(fields.get("uri")),
        fn=literals(fields.get("name")),
        has_email=_some(mail(fields.get("email"))),
        has_url=_some(reference(fields.get("url"))),
        has_telephone=_some(reference(fields.get("tel"))),
        street_address=literals(fields.get("street")),
        postal_code=literals(fields.get("zip")),
        locality=literals(fields.get("city")),
        country_name=literals(fields.get("country")),
    )
    return None if found == ContactPoint() else found


def _some(value: Reference | None) -> tuple[Reference, ...]:
    return () if value is None else (value,)
