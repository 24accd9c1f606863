"""Look a code, label or IRI up in a controlled vocabulary.

The vocabularies are Turtle files in `vocabularies/`, one each, with source and date. A lookup is
exact: what a vocabulary does not list under that very name stays unknown, nothing is guessed. Two
spellings count as the same name when they differ only in

* case, white space around and between words, or a leading dot (`.CSV` is `csv`);
* for IRIs: `http`/`https`, `www.`, a trailing slash, and for Creative Commons the page of the
  deed or legal code. So `https://www.dcat-ap.de/def/licenses/cc-zero/` is the licence cc-zero.

A name that two concepts share belongs to neither; `find_all` tells both.

Keys of areas (AGS, ARS, …) are checked by their form alone: the official key lists hold many
thousand entries and change every year.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache, lru_cache
from importlib import resources

import pyoxigraph

from datenernte_dcat.terms import DCAT, DCT, SKOS

NAMES = (
    "access_rights",
    "adms_status",
    "checksum_algorithms",
    "contributors",
    "data_themes",
    "dataset_types",
    "dcatap_de_planned_availability",
    "distribution_status",
    "eu_licences",
    "file_types",
    "frequencies",
    "hash_algorithms",
    "hvd_categories",
    "languages",
    "licenses",
    "media_types",
    "planned_availability",
    "political_geocoding_levels",
    "publisher_types",
    "states",
)
"""Every vocabulary; the file is the name with hyphens."""

_OWN = "urn:datenernte:vocabulary#"
_LEGAL_CODE = "http://creativecommons.org/ns#legalcode"
_DEPRECATED = "http://www.w3.org/2002/07/owl#deprecated"
_CC_PAGE = re.compile(r"/(deed|legalcode)(\.[a-z_-]{2,7})?$")
_EU_REGISTRY = "publications.europa.eu/mdr/resource/authority/"
_MEDIA_TYPE_PREFIX = re.compile(
    r"https?://(?:(?:www\.)?iana\.org/assignments/media-types|purl\.org/net/mediatypes"
    r"|(?:www\.)?w3\.org/ns/iana/media-types)/",
    re.IGNORECASE,
)


class Vocabulary:
    """One controlled vocabulary; made by `vocabulary(name)`, never changed."""

    def __init__(self, name: str, turtle: bytes) -> None:
        """Read the Turtle of one file of `vocabularies/` (`README.md` there names its terms)."""
        self.name = name
        statements: dict[str, dict[str, list[pyoxigraph.Literal | pyoxigraph.NamedNode]]]
        statements = defaultdict(lambda: defaultdict(list))
        for quad in pyoxigraph.parse(turtle, format=pyoxigraph.RdfFormat.TURTLE):
            if isinstance(quad.subject, pyoxigraph.NamedNode) and isinstance(
                quad.object, pyoxigraph.Literal | pyoxigraph.NamedNode
            ):
                statements[quad.subject.value][quad.predicate.value].append(quad.object)
        self.scheme = next(
            iri for iri, about in statements.items() if SKOS + "inScheme" not in about
        )
        """IRI of the concept scheme, exactly as `skos:inScheme` has it."""
        about_scheme = statements.pop(self.scheme)
        self.title = about_scheme[DCT + "title"][0].value
        self.source = about_scheme[DCT + "source"][0].value
        """URL that the facts come from."""
        self.date = about_scheme[DCT + "issued"][0].value
        """Date of the version, xsd:date or less precise."""
        self._statements = statements
        first = next(iter(statements))
        self.base = first.removesuffix(statements[first][SKOS + "notation"][0].value)
        """What stands before the code in each concept's IRI."""
        self.iris = frozenset(statements) | {
            f"{self.scheme}/{registered.value}"
            for registered in about_scheme.get(_OWN + "registered", ())
        }
        """IRIs of all concepts that the file names, deprecated ones too."""
        pattern = about_scheme.get(_OWN + "pattern")
        self._pattern = re.compile(re.escape(self.base) + pattern[0].value) if pattern else None
        self._by_text = self._index_texts()
        self._by_iri = self._index_iris()

    def find(self, text: str) -> str | None:
        """The IRI of the one concept that has this name, or None."""
        found = self.find_all(text)
        return found[0] if len(found) == 1 else None

    def find_all(self, text: str) -> tuple[str, ...]:
        """The IRIs of all concepts that have this name, sorted; none for an unknown one."""
        text = text.strip()
        if text in self.iris:
            return (text,)
        if not text.lower().startswith(("http:", "https:")):
            return self._by_text.get(_text_key(text), ())
        key = _iri_key(text)
        if key in self._by_iri:
            return self._by_iri[key]
        base = _iri_key(self.base + "x")[:-1]
        if not key.startswith(base):
            return ()
        code = text.rstrip("/").rpartition("/")[2] if "/" not in key[len(base) :] else ""
        if self.has(self.base + code):
            return (self.base + code,)
        return self._by_text.get(_text_key(code), ()) if code else ()

    def has(self, iri: str) -> bool:
        """Whether the IRI is a concept, in exactly this spelling.

        For the vocabularies that ship as a selection (`languages`, `eu_licences`,
        `hvd_categories`) every code of the right form counts.
        """
        return iri in self.iris or bool(self._pattern and self._pattern.fullmatch(iri))

    def label(self, iri: str, language: str = "de") -> str:
        """The concept's label in the language, else in English, else its code, else the IRI."""
        labels = {
            label.language: label.value
            for label in self._about(iri, SKOS + "prefLabel")
            if isinstance(label, pyoxigraph.Literal)
        }
        return labels.get(language) or labels.get("en") or self.code(iri)

    def code(self, iri: str) -> str:
        """The concept's code; for an IRI that the file does not name, what follows the base."""
        notation = self._about(iri, SKOS + "notation")
        return notation[0].value if notation else iri.removeprefix(self.base)

    def matches(self, iri: str) -> tuple[str, ...]:
        """IRIs of the same concept in other vocabularies (skos:exactMatch)."""
        return tuple(match.value for match in self._about(iri, SKOS + "exactMatch"))

    def values(self, iri: str, term: str) -> tuple[str, ...]:
        """What the file says about the concept with one of our own terms, e.g. `extension`."""
        return tuple(value.value for value in self._about(iri, _OWN + term))

    def names(self) -> Iterator[tuple[str, str]]:
        """Every (name, IRI) that `find` knows, in the order of the file; IRIs count as names."""
        for iri, about in self._statements.items():
            for text in _texts_of(about):
                yield text, iri
            for other in _iris_of(about):
                yield other, iri

    def is_deprecated(self, iri: str) -> bool:
        """Whether the list keeps the concept only for old data."""
        return any(value.value == "true" for value in self._about(iri, _DEPRECATED))

    def bbox(self, iri: str) -> str | None:
        """WKT of a place's bounding box, degrees WGS 84 in lon/lat order, or None."""
        found = self._about(iri, DCAT + "bbox")
        return found[0].value if found else None

    def _about(self, iri: str, predicate: str) -> list[pyoxigraph.Literal | pyoxigraph.NamedNode]:
        about = self._statements.get(iri)
        return about.get(predicate, []) if about else []

    def _index_texts(self) -> dict[str, tuple[str, ...]]:
        index: dict[str, set[str]] = defaultdict(set)
        for iri, about in self._statements.items():
            for text in _texts_of(about):
                index[_text_key(text)].add(iri)
        for iri in self.iris - self._statements.keys():
            index[_text_key(iri.removeprefix(self.base))].add(iri)
        return {key: tuple(sorted(iris)) for key, iris in index.items()}

    def _index_iris(self) -> dict[str, tuple[str, ...]]:
        index: dict[str, set[str]] = defaultdict(set)
        for iri, about in self._statements.items():
            for other in (iri, *_iris_of(about)):
                index[_iri_key(other)].add(iri)
        for iri in self.iris - self._statements.keys():
            index[_iri_key(iri)].add(iri)
        return {key: tuple(sorted(iris)) for key, iris in index.items()}


@cache
def vocabulary(name: str) -> Vocabulary:
    """The vocabulary of that name, read once.

    Raises:
        KeyError: `NAMES` has no such name.
    """
    return Vocabulary(name, vocabulary_turtle(name))


def vocabulary_turtle(name: str) -> bytes:
    """The Turtle file of a vocabulary, e.g. as background graph of a SHACL check.

    Raises:
        KeyError: `NAMES` has no such name.
    """
    if name not in NAMES:
        raise KeyError(name)
    file = resources.files("datenernte_dcat").joinpath(
        "vocabularies", name.replace("_", "-") + ".ttl"
    )
    return file.read_bytes()


def license_is_open(iri: str) -> bool | None:
    """Whether the licence is an open one by its list; None for a licence of neither list."""
    for name in ("licenses", "eu_licences"):
        flags = vocabulary(name).values(iri, "open")
        if flags:
            return flags[0] == "true"
    return None


def eu_license(iri: str) -> str | None:
    """The same licence in the EU table, or None where it has none.

    Source: DCAT-AP.de has no published mapping; the pairs follow from the names.
    """
    if vocabulary("eu_licences").has(iri):
        return iri
    german = vocabulary("licenses").find(iri)
    if german is not None:
        return next(iter(vocabulary("licenses").matches(german)), None)
    return vocabulary("eu_licences").find(iri)


def media_type_iri(text: str) -> str | None:
    """The IANA IRI of a media type, given as name (with or without parameters) or as any IRI."""
    name = _MEDIA_TYPE_PREFIX.sub("", text.strip()).partition(";")[0].partition("#")[0]
    return None if name.lower().startswith("http") else vocabulary("media_types").find(name)


@lru_cache(maxsize=4096)
def file_type_for(
    text: str | None = None, media_type: str | None = None, extension: str | None = None
) -> str | None:
    """The EU file type of a format string, else of a media type, else of a file name ending.

    Args:
        media_type: name or IANA IRI.
        extension: without the dot, any case; compressed files by their inner ending.
    """
    file_types = vocabulary("file_types")
    if text is not None and (found := file_types.find(text)):
        return found
    if media_type is not None:
        iri = media_type_iri(media_type)
        meant = vocabulary("media_types").values(iri, "fileType") if iri else ()
        if meant:
            return meant[0]
        if iri is None and "/" in media_type and (found := file_types.find(media_type)):
            return found
    return _extensions().get(extension.lower()) if extension is not None else None


def media_type_for(file_type: str) -> str | None:
    """The registered IANA media type IRI of an EU file type, or None where it has none."""
    return next(iter(vocabulary("file_types").values(file_type, "mediaType")), None)


@cache
def _extensions() -> dict[str, str]:
    """File name ending to EU file type; endings of two types are not listed."""
    file_types = vocabulary("file_types")
    return {
        extension: iri
        for iri in sorted(file_types.iris)
        for extension in file_types.values(iri, "extension")
    }


_GEOCODING = "http://dcat-ap.de/def/politicalGeocoding/"
_KEY_LISTS = {
    2: "stateKey",
    3: "governmentDistrictKey",
    5: "districtKey",
    8: "municipalityKey",
    9: "municipalAssociationKey",
    12: "regionalKey",
}
"""List by number of digits; all are prefixes of the regional key (ARS), except the AGS, which
leaves out its four digits of the municipal association."""
_LEVELS = {2: "state", 5: "administrativeDistrict", 8: "municipality", 12: "municipality"}
_KEY_IRI = re.compile(
    r"https?://(?:www\.)?dcat-ap\.de/def/politicalgeocoding/"
    r"(statekey|governmentdistrictkey|districtkey|municipalitykey|municipalassociationkey"
    r"|regionalkey)/(\d+)/?",
    re.IGNORECASE | re.ASCII,
)


def is_area_key(key: str) -> bool:
    """Whether the text has the form of an official key: its length, digits, a Land 01 to 16."""
    return bool(re.fullmatch("[0-9]+", key)) and len(key) in _KEY_LISTS and "01" <= key[:2] <= "16"


def municipality_iri(key: str) -> str:
    """The political geocoding IRI of a key of any list (AGS, ARS, district, Land, …).

    Raises:
        ValueError: the key has not the form of one.
    """
    if not is_area_key(key):
        raise ValueError(f"»{key}« ist kein amtlicher Schlüssel (AGS, ARS, Kreis oder Land).")
    return f"{_GEOCODING}{_KEY_LISTS[len(key)]}/{key}"


def level_iri_for_key(key: str) -> str | None:
    """The level of a key's area; None for the levels that the list does not have.

    A city that is a district of its own (kreisfreie Stadt) is both; given by its AGS or ARS it
    counts as municipality, given by its five-digit key as district.
    """
    level = _LEVELS.get(len(key)) if is_area_key(key) else None
    return f"{_GEOCODING}Level/{level}" if level else None


def key_from_iri(iri: str) -> str | None:
    """The key in a political geocoding IRI of any host form; None for any other IRI."""
    match = _KEY_IRI.fullmatch(iri.strip())
    if match is None:
        return None
    key = match[2]
    fits = is_area_key(key) and _KEY_LISTS[len(key)].lower() == match[1].lower()
    return key if fits else None


def reduce_key(key: str) -> str | None:
    """The key in the form of `site/municipalities/<key>`; None where it is no key.

    An ARS is reduced to the AGS (the four digits of the association go); every other key stays.
    The twelve digits of an association itself (association given, municipality 000) become its
    nine-digit key.
    """
    key = key.strip()
    if not is_area_key(key):
        return None
    if len(key) != 12:
        return key
    return key[:9] if key[5:9] != "0000" and key[9:] == "000" else key[:5] + key[9:]


def is_same_iri(one: str, other: str) -> bool:
    """Whether two IRIs differ only in spelling: https, www., case, a trailing slash."""
    return _iri_key(one) == _iri_key(other)


def _text_key(text: str) -> str:
    """What two spellings of the same name have in common."""
    return " ".join(text.lstrip(".").split()).casefold()


def _iri_key(iri: str) -> str:
    """What two spellings of the same IRI have in common."""
    key = iri.strip().casefold()
    key = key.removeprefix("https://").removeprefix("http://").removeprefix("www.")
    key = key.rstrip("/")
    if key.startswith("creativecommons.org/"):
        key = _CC_PAGE.sub("", key).rstrip("/")
    if key.startswith(_EU_REGISTRY):  # form of the handbook, never valid
        key = key.replace("/mdr/", "/", 1)
    return key


def _texts_of(
    about: dict[str, list[pyoxigraph.Literal | pyoxigraph.NamedNode]],
) -> Iterator[str]:
    for predicate in (
        SKOS + "notation",
        SKOS + "prefLabel",
        SKOS + "altLabel",
        SKOS + "hiddenLabel",
        _OWN + "ckanId",
    ):
        for text in about.get(predicate, ()):
            yield text.value


def _iris_of(
    about: dict[str, list[pyoxigraph.Literal | pyoxigraph.NamedNode]],
) -> Iterator[str]:
    for predicate in (DCT + "replaces", SKOS + "exactMatch", _LEGAL_CODE):
        for iri in about.get(predicate, ()):
            yield iri.value
