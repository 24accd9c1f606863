"""Licence, attribution and access rights from the constraints of an ISO record.

The GDI-DE writes the licence as JSON into one of the texts of `otherConstraints`:

    {"id": "dl-by-de/2.0", "name": "…", "url": "https://www.govdata.de/dl-de/by-2-0", "quelle": "…"}

In the wild the JSON has stray blanks, typographic quotation marks, ends in a comma, or stands in
the middle of a sentence. What is beside it stays, as a statement of rights.

Source: https://www.gdi-de.org/download/AK_Metadaten_Konventionen_zu_Metadaten.pdf
"""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from datenernte_dcat.records import Literal, Reference
from datenernte_dcat.vocabulary import vocabulary
from datenernte_harvester.sources.json_values import reference, text
from datenernte_harvester.sources.xml_elements import Element

_OBJECT = re.compile(r"\{[^{}]{1,4000}\}")
_PAIR = re.compile(
    r"""["'„“”]?(id|name|url|quelle)["'„“”]?\s*:\s*(?:"([^"]*)"|'([^']*)'|[„“”]([^„“”]*)[„“”])""",
    re.IGNORECASE,
)
_ATTRIBUTION = re.compile(
    r"\s*(?:Quellenvermerk|Quellenangabe|Namensnennung)\s*:\s*(\S.*)", re.DOTALL
)
_LABEL = re.compile(
    r"\s*(?:Nutzungsbedingungen|Nutzungseinschränkungen|Lizenz)\s*:\s*(\S.*)", re.DOTALL
)
_NONE = re.compile(r"\s*(?:none|keine?|no|n/?a|-+|unbekannt)\s*\.?\s*", re.IGNORECASE)
_CODELIST = "inspire.ec.europa.eu/metadata-codelist/"
_SAYS_NOTHING = frozenset({"otherRestrictions", "license", "licence"})
"""Codes that only point to the texts beside them."""


@dataclass(frozen=True, slots=True)
class Rights:
    """What may be done with the data."""

    license: Reference | None = None
    attribution: tuple[Literal, ...] = ()
    rights: Reference | None = None
    """Every other statement, one a line."""
    access_rights: Reference | None = None


@dataclass(slots=True)
class _Found:
    """Statements by what they are, in the order of the record."""

    licenses: list[tuple[str, ...]] = field(default_factory=list)
    """Each as the words that name it, the best first."""
    plain: list[str] = field(default_factory=list)
    attribution: list[str] = field(default_factory=list)
    access: list[str] = field(default_factory=list)
    beside: list[str] = field(default_factory=list)


def rights_of(constraints: Iterable[Element]) -> Rights:
    """What the constraints of a resource say.

    Elements used: of `MD_LegalConstraints` and `MD_Constraints` accessConstraints, useConstraints,
    otherConstraints, useLimitation; `reference/CI_Citation` of ISO 19115-3.
    """
    found = _Found()
    for block in constraints:
        codes = {name: _codes(block, name) for name in ("accessConstraints", "useConstraints")}
        is_access = bool(codes["accessConstraints"]) and not codes["useConstraints"]
        statements = block.all("otherConstraints", "useLimitation", "reference/CI_Citation/title")
        for statement in statements:
            _sort(statement.text(), statement.href(), found, is_access)
            # The licence is named once; a translation names no other.
            statement.ignore("PT_FreeText")
        found.beside += [
            code for listed in codes.values() for code in listed if code not in _SAYS_NOTHING
        ]
    return _rights(found)


def rights_of_texts(*texts: str | None) -> Rights:
    """What texts about use say, e.g. `Fees` and `AccessConstraints` of a service.

    The GDI-DE puts the same JSON there. A text that says that there is nothing to say is none.
    """
    found = _Found()
    for words in texts:
        if words is not None and not _NONE.fullmatch(words):
            _sort(words, None, found, False)
    return _rights(found)


def _rights(found: _Found) -> Rights:
    known = [words for words in found.plain if _is_license(_bare(words))]
    plain = [words for words in found.plain if words not in known]
    licenses = [*found.licenses, *((_bare(words),) for words in known)]
    if not licenses and plain:
        licenses.append((_bare(plain.pop(0)),))
    first, *others = licenses or [()]
    named = {word.casefold() for word in first}
    named |= {iri for word in first if (iri := _concept(word)) is not None}
    rest = [
        words
        for words in (*(other[0] for other in others), *plain, *found.access[1:], *found.beside)
        if words.casefold() not in named and _concept(_bare(words)) not in named
    ]
    return Rights(
        license=_reference(first),
        attribution=tuple(Literal(value=words) for words in dict.fromkeys(found.attribution)),
        rights=_reference(("\n".join(dict.fromkeys(rest)),) if rest else ()),
        access_rights=_reference(found.access[:1]),
    )


def _sort(words: str | None, href: str | None, found: _Found, is_access: bool) -> None:
    """Put one statement where it belongs."""
    if href is not None and _CODELIST in href:
        code = href.rstrip("/").rpartition("/")[2]
        of_access = "LimitationsOnPublicAccess" in href
        (found.access if of_access or is_access else found.beside).append(code)
    elif words is not None and (parsed := _gdi_de(words)) is not None:
        fields, prose = parsed
        names = tuple(fields[key] for key in ("id", "url", "name") if key in fields)
        found.licenses.append(_best_first(names))
        found.attribution += [fields["quelle"]] if "quelle" in fields else []
        found.beside += [prose] if prose else []
    elif href is not None:
        found.licenses.append(_best_first((href, *([words] if words else []))))
    elif words is not None:
        attribution = _ATTRIBUTION.fullmatch(words)
        if attribution is not None:
            found.attribution.append(attribution[1])
        elif is_access or vocabulary("access_rights").find(words) is not None:
            found.access.append(words)
        else:
            found.plain.append(words)


def _gdi_de(words: str) -> tuple[dict[str, str], str] | None:
    """The fields of the licence's JSON and what stands around it; None where there is none."""
    for match in _OBJECT.finditer(words):
        fields = dict(_fields(match[0]))
        if fields.keys() & {"id", "name", "url"}:
            around = f"{words[: match.start()]} {words[match.end() :]}"
            return fields, " ".join(around.split()).strip(" ,;:")
    return None


def _fields(written: str) -> Iterator[tuple[str, str]]:
    try:
        pairs = list(json.loads(written).items())
    except ValueError:
        pairs = [(name, "".join(value)) for name, *value in _PAIR.findall(written)]
    for name, value in pairs:
        found = text(value)
        if found is not None:
            yield name.strip().casefold(), found.strip()


def _codes(block: Element, name: str) -> list[str]:
    return block.texts(name)


def _bare(words: str) -> str:
    """The words without the heading that the GDI-DE prescribed before the JSON."""
    match = _LABEL.fullmatch(words)
    return (match[1] if match else words).strip()


def _concept(words: str) -> str | None:
    return vocabulary("licenses").find(words) if len(words) <= 400 else None


def _is_license(words: str) -> bool:
    return _concept(words) is not None


def _best_first(names: Iterable[str]) -> tuple[str, ...]:
    """What names a licence, the words that the list of licences knows before the others."""
    return tuple(sorted(names, key=lambda name: not _is_license(name)))


def _reference(words: Iterable[str]) -> Reference | None:
    return reference(next(iter(words), None))
