"""Addresses: web addresses, e-mail and telephone as the IRIs that DCAT-AP.de asks for."""

import re

from datenernte_dcat.normalise.context import Changes
from datenernte_dcat.records import (
    Agent,
    Catalog,
    ContactPoint,
    DataService,
    Dataset,
    Distribution,
    Node,
    Reference,
)
from datenernte_dcat.terms import is_web_iri, safe_iri

WEB_FIELDS: frozenset[tuple[type[Node], str]] = frozenset(
    {
        (Agent, "homepage"),
        (Catalog, "homepage"),
        (ContactPoint, "has_url"),
        (DataService, "endpoint_url"),
        (DataService, "endpoint_description"),
        (DataService, "landing_page"),
        (DataService, "page"),
        (Dataset, "landing_page"),
        (Dataset, "page"),
        (Distribution, "access_url"),
        (Distribution, "download_url"),
        (Distribution, "page"),
    }
)
"""Fields that can hold nothing but an address: text in them that is none is left out."""
EMAIL_FIELDS: frozenset[tuple[type[Node], str]] = frozenset(
    {(Agent, "mbox"), (ContactPoint, "has_email")}
)
PHONE_FIELDS: frozenset[tuple[type[Node], str]] = frozenset({(ContactPoint, "has_telephone")})

_EMAIL = re.compile(
    r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@(?:[a-z0-9äöüß](?:[a-z0-9äöüß-]{0,61}[a-z0-9äöüß])?\.)+[a-z]{2,24}",
    re.IGNORECASE,
)
_MAILTO = re.compile(r"\A(?:mailto:\s*)+", re.IGNORECASE)
_TEL = re.compile(r"(?:tel(?:efon)?\.?:?\s*)?", re.IGNORECASE)
_PHONE = re.compile(r"(?:\+|00)?[0-9][0-9 ()/.–-]{2,40}", re.ASCII)
_ACTIVE = re.compile(r"\s*(?:javascript|vbscript):", re.IGNORECASE)
_LONGEST_EMAIL = 254
LONGEST_REPAIRED = 8000
"""Characters; browsers and servers cut longer addresses, and repairing them takes time."""


def normalise_web_address(
    changes: Changes, record: type[Node], field: str, value: Reference
) -> tuple[Reference, ...]:
    """The address as IRI; none where the value is empty or nothing valid can be made of it."""
    if value.uri is not None:
        if value.uri.startswith("_:"):
            return (value,)
        text, as_text = value.uri, False
    else:
        text, as_text = value.label.value if value.label else "", True
        if not text.strip():
            changes.removed("literal-empty", record, field, value)
            return ()
    iri = web_address(text)
    if iri is None:
        changes.removed("iri-invalid", record, field, value)
        return ()
    if iri == value.uri:
        return (value,)
    if as_text and iri == text.strip():
        changes.changed("iri-as-text", record, field, value, iri)
    else:
        changes.changed("iri-repaired", record, field, value, iri)
    return (Reference(uri=iri),)


def web_address(text: str) -> str | None:
    """The absolute IRI of an address; »www.stadt.de« gets http://, blanks are percent-encoded.

    None for what runs as a program in a browser, and for what cannot be an address.
    """
    text = text.strip()
    if _ACTIVE.match(text):
        return None
    if re.match(r"www\.[^\s/?#]+\.[a-z]", text, re.IGNORECASE):  # what CKAN does with them too
        text = "http://" + text
    return repaired_iri(text)


def repaired_iri(text: str) -> str | None:
    """The IRI, repaired where needed; None for what is none, or too long to be worth repair."""
    if len(text) > LONGEST_REPAIRED:
        return text if is_web_iri(text) else None
    return safe_iri(text)


def normalise_reference(
    changes: Changes, record: type[Node], field: str, value: Reference
) -> tuple[Reference, ...]:
    """Any other reference: an IRI that stands as text becomes an IRI, other text stays text."""
    if value.uri is not None:
        if value.uri.startswith("_:"):
            return (value,)
        iri = repaired_iri(value.uri)
        if iri is None:
            changes.removed("iri-invalid", record, field, value)
            return ()
        if iri == value.uri:
            return (value,)
        changes.changed("iri-repaired", record, field, value, iri)
        return (Reference(uri=iri),)
    text = value.label.value.strip() if value.label else ""
    if not text:
        changes.removed("literal-empty", record, field, value)
        return ()
    if value.node_class is None and is_web_iri(text):
        changes.changed("iri-as-text", record, field, value, text)
        return (Reference(uri=text),)
    return (value,)


def normalise_email(
    changes: Changes, record: type[Node], field: str, value: Reference
) -> tuple[Reference, ...]:
    """The e-mail address as `mailto:` IRI; none where it is no e-mail address."""
    text = value.uri if value.uri is not None else value.label.value if value.label else ""
    if text.startswith("_:"):
        return (value,)
    iri = email_iri(text)
    if iri is not None:
        if iri != value.uri:
            changes.changed("email-repaired", record, field, value, iri)
            return (Reference(uri=iri),)
        return (value,)
    if is_web_iri(text.strip()):  # a contact form; a web address is right in no mail property
        changes.note("email-invalid", record, field, text)
        return (Reference(uri=text.strip()),)
    if not text.strip():
        changes.removed("literal-empty", record, field, value)
    else:
        changes.removed("email-invalid", record, field, value)
    return ()


def email_iri(text: str) -> str | None:
    """The `mailto:` IRI of an e-mail address with or without it, or None."""
    address = _MAILTO.sub("", text.strip(), count=1).strip()
    query = ""
    if "?" in address:
        address, mark, rest = address.partition("?")
        query = mark + rest
    if len(address) > _LONGEST_EMAIL or not _EMAIL.fullmatch(address):
        return None
    return safe_iri(f"mailto:{address}{query}")


def normalise_phone(
    changes: Changes, record: type[Node], field: str, value: Reference
) -> tuple[Reference, ...]:
    """The number as `tel:` IRI; none where it is no telephone number."""
    text = value.uri if value.uri is not None else value.label.value if value.label else ""
    if text.startswith("_:"):
        return (value,)
    iri = phone_iri(text)
    if iri is not None:
        if iri != value.uri:
            changes.changed("phone-repaired", record, field, value, iri)
            return (Reference(uri=iri),)
        return (value,)
    code = "phone-invalid" if text.strip() else "literal-empty"
    changes.removed(code, record, field, value)
    return ()


def phone_iri(text: str) -> str | None:
    """The `tel:` IRI of a telephone number, or None.

    »0381 381-0«, »+49 (0)381 381 0«, »tel:0049381…« all give »tel:+49381…«: a number with one
    leading zero is a German one. A number without area code (»381-0«) could be anywhere: None.

    Source: RFC 3966, https://www.rfc-editor.org/rfc/rfc3966
    """
    number = _TEL.sub("", text.strip().replace("%20", " "), count=1).strip()
    if not _PHONE.fullmatch(number):
        return None
    number = number.replace("(0)", "")
    digits = re.sub("[^0-9]", "", number)
    if number.startswith("+"):
        international = digits
    elif digits.startswith("00"):
        international = digits[2:]
    elif digits.startswith("0"):
        international = "49" + digits[1:]
    else:
        return None
    if not 6 <= len(international) <= 15 or international.startswith("0"):
        return None
    return f"tel:+{international}"
