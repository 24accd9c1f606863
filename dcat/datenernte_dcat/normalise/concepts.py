"""Words and IRIs of portals to the IRIs of controlled vocabularies.

Per field one vocabulary (`RULES`). A value becomes a concept where the vocabulary, or the table
of the portal file, has exactly one under that name; everything else stays as written and is a
finding. How a value was found decides the finding:

* `concept-spelling`: the right IRI in a wrong spelling (https, www., slash, case);
* `concept-replaced`: a wrong or old code (GER, WFS), an IRI of another list, or the address of a
  licence's text;
* `concept-as-text`: text in place of an IRI;
* `lookup-applied`: a word of the portal, explained in its portal file;
* `placeholder-removed`: »TODO:« and the like; the one thing that is dropped.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from datenernte_dcat.findings import Severity
from datenernte_dcat.normalise.context import Changes
from datenernte_dcat.normalise.links import repaired_iri
from datenernte_dcat.records import (
    Agent,
    Catalog,
    Checksum,
    DataService,
    Dataset,
    DatasetSeries,
    Distribution,
    Location,
    Node,
    Reference,
)
from datenernte_dcat.terms import is_web_iri
from datenernte_dcat.vocabulary import (
    file_type_for,
    is_area_key,
    is_same_iri,
    key_from_iri,
    municipality_iri,
    vocabulary,
)


@dataclass(frozen=True, slots=True)
class Rule:
    """Which vocabulary a field's values are looked up in."""

    vocabulary: str
    """Name of the vocabulary; "" for political geocoding keys and legislation."""
    lookup: str = ""
    """Table of the portal file's `[lookups.…]`; "" where there is none."""
    unknown: str = ""
    """Finding code for a value that stays unknown; "" where the vocabulary is only recommended."""
    foreign: str = ""
    """Finding code for a valid IRI outside the vocabulary, where that is allowed; "" like
    `unknown`."""


_LANGUAGE = Rule("languages", "language", "language-unknown")
_THEME = Rule("data_themes", "theme", "theme-unknown")
_FREQUENCY = Rule("frequencies", "accrual_periodicity", "frequency-unknown")
_ACCESS = Rule("access_rights", "access_rights", "access-rights-unknown")
_AVAILABILITY = Rule("planned_availability", "availability", "availability-unknown")
_LICENSE = Rule("licenses", "license", "license-unknown", "license-foreign")
_FORMAT = Rule("file_types", "format", "format-unknown")
_HVD = Rule("hvd_categories", "", "hvd-category-unknown")
_KEYS = Rule("", "", "geocoding-invalid")

RULES: dict[tuple[type[Node], str], Rule] = {
    (Dataset, "theme"): _THEME,
    (Dataset, "language"): _LANGUAGE,
    (Dataset, "accrual_periodicity"): _FREQUENCY,
    (Dataset, "access_rights"): _ACCESS,
    (Dataset, "availability"): _AVAILABILITY,
    (Dataset, "contributor_id"): Rule("contributors", "contributor_id", "contributor-unknown"),
    (Dataset, "political_geocoding_level_uri"): Rule(
        "political_geocoding_levels", "political_geocoding_level", "geocoding-level-unknown"
    ),
    (Dataset, "political_geocoding_uri"): _KEYS,
    (Dataset, "hvd_category"): _HVD,
    (Dataset, "type"): Rule("dataset_types"),
    (DatasetSeries, "accrual_periodicity"): _FREQUENCY,
    (DatasetSeries, "hvd_category"): _HVD,
    (Distribution, "license"): _LICENSE,
    (Distribution, "format"): _FORMAT,
    (Distribution, "language"): _LANGUAGE,
    (Distribution, "availability"): _AVAILABILITY,
    (Distribution, "planned_availability"): _AVAILABILITY,
    (Distribution, "status"): Rule("distribution_status", "status", "status-unknown"),
    (DataService, "license"): _LICENSE,
    (DataService, "format"): _FORMAT,
    (DataService, "theme"): _THEME,
    (DataService, "access_rights"): _ACCESS,
    (DataService, "availability"): _AVAILABILITY,
    (DataService, "hvd_category"): _HVD,
    (Agent, "type"): Rule("publisher_types", "publisher_type", "publisher-type-unknown"),
    (Checksum, "algorithm"): Rule("checksum_algorithms", "", "checksum-algorithm-unknown"),
    (Location, "admin_unit_l2"): Rule(""),
    (Catalog, "language"): _LANGUAGE,
    (Catalog, "license"): _LICENSE,
}
"""Every field whose value is a concept, apart from media types (`media_types.py`)."""

LOOKUP_TABLES = {
    rule.lookup: rule.vocabulary for rule in RULES.values() if rule.lookup and rule.vocabulary
}
"""The tables that a portal file may have under `[lookups]`, with the vocabulary of their values."""

_LONGEST = 400
"""No vocabulary has a longer name; what is longer is not worth a place in the cache."""
_PLACEHOLDER = re.compile(r"\s*(?:todo|tbd|n/a|-+|\?+)\s*:?\s*", re.IGNORECASE)
_HVD_REGULATION = "http://data.europa.eu/eli/reg_impl/2023/138/oj"
_HVD_REGULATION_FORMS = re.compile(
    r"https?://(?:www\.)?(?:data\.europa\.eu|eur-lex\.europa\.eu)"
    r"/eli/reg_impl/2023/138(?:/oj)?(?:/(?:deu|eng))?/?",
    re.IGNORECASE,
)


def lookup_target(table: str, value: str) -> str | None:
    """The IRI that a value of a portal file's lookup table means, or None where it means none.

    Codes, labels and IRIs of the table's vocabulary; for licences any web IRI besides.

    Raises:
        KeyError: there is no such table (`LOOKUP_TABLES`).
    """
    found = vocabulary(LOOKUP_TABLES[table]).find(value)
    if found is None and table == "license" and is_web_iri(value):
        return value
    return found


def legislation_iri(text: str) -> str | None:
    """The regulation on high-value datasets where the text is its ELI in any spelling.

    Source: Regulation (EU) 2023/138, http://data.europa.eu/eli/reg_impl/2023/138/oj
    """
    return _HVD_REGULATION if _HVD_REGULATION_FORMS.fullmatch(text.strip()) else None


def concepts_for(rule: Rule, text: str) -> tuple[str, ...]:
    """The IRIs that a text or IRI means by the rule's vocabulary; more than one only for themes."""
    return _concepts_for(rule.vocabulary, text) if len(text) <= _LONGEST else ()


@lru_cache(maxsize=16384)
def _concepts_for(name: str, text: str) -> tuple[str, ...]:
    if not name:
        key = key_from_iri(text) or (text.strip() if is_area_key(text.strip()) else None)
        return (municipality_iri(key),) if key else ()
    if name == "file_types":
        found = file_type_for(text=text, media_type=text if "/" in text else None)
    elif name == "data_themes":
        return vocabulary(name).find_all(text)
    else:
        found = vocabulary(name).find(text)
    return (found,) if found else ()


def is_concept(rule: Rule, iri: str) -> bool:
    """Whether the IRI is one of the rule's vocabulary, in exactly the right spelling."""
    if not rule.vocabulary:
        key = key_from_iri(iri)
        return key is not None and municipality_iri(key) == iri
    return vocabulary(rule.vocabulary).has(iri)


def normalise_concept(
    changes: Changes, record: type[Node], field: str, rule: Rule, value: Reference
) -> tuple[Reference, ...]:
    """The value as concept, or as it was where it is unknown; none for a placeholder."""
    if value.uri is not None:
        if value.uri.startswith("_:") or is_concept(rule, value.uri):
            return (value,)
        text = value.uri
    else:
        text = value.label.value if value.label else ""
        if not text.strip():
            changes.removed("literal-empty", record, field, value)
            return ()
    if _PLACEHOLDER.fullmatch(text):
        changes.removed("placeholder-removed", record, field, value)
        return ()
    looked_up = changes.context.lookup(rule.lookup, text) if rule.lookup else None
    if looked_up is not None:
        target = lookup_target(rule.lookup, looked_up)
        if target is not None and target != value.uri:
            changes.changed("lookup-applied", record, field, value, target)
            return (Reference(uri=target),)
    found = concepts_for(rule, text)
    if found:
        _note_found(changes, record, field, value, text, found)
        return tuple(Reference(uri=iri) for iri in found)
    return _unknown(changes, record, field, rule, value)


def _note_found(
    changes: Changes,
    record: type[Node],
    field: str,
    value: Reference,
    text: str,
    found: tuple[str, ...],
) -> None:
    if value.uri is None:
        by_nature = not changes.context.is_rdf  # CKAN and the like have nothing but text
        severity = Severity.INFO if by_nature else None
        code = "iri-as-text" if is_web_iri(text.strip()) else "concept-as-text"
        changes.changed(code, record, field, value, ", ".join(found), severity=severity)
        return
    code = "concept-spelling" if is_same_iri(value.uri, found[0]) else "concept-replaced"
    changes.changed(code, record, field, value, ", ".join(found))


def _unknown(
    changes: Changes, record: type[Node], field: str, rule: Rule, value: Reference
) -> tuple[Reference, ...]:
    """The value as it was, or as the IRI that its text is; with the finding that it is unknown."""
    if value.uri is not None:
        iri = repaired_iri(value.uri)
        if iri is None:
            changes.removed("iri-invalid", record, field, value)
            return ()
        if iri != value.uri:
            changes.changed("iri-repaired", record, field, value, iri)
    else:
        text = value.label.value.strip() if value.label else ""
        iri = text if is_web_iri(text) else None
        if iri is not None:
            changes.changed("iri-as-text", record, field, value, iri)
    if iri is None:
        if rule.unknown:
            changes.note(rule.unknown, record, field, value.label.value if value.label else "")
        return (value,)
    code = rule.foreign or rule.unknown
    if code and not _is_allowed_outside(rule, iri):
        changes.note(code, record, field, iri)
    return (Reference(uri=iri),)


def _is_allowed_outside(rule: Rule, iri: str) -> bool:
    """Whether the vocabulary's users may have IRIs of their own beside it.

    Contributor ids from other namespaces are allowed (convention 13); inside the namespace only
    GovData hands out ids.
    """
    return rule.vocabulary == "contributors" and not iri.startswith(vocabulary("contributors").base)
