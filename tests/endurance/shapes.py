"""Compiled shapes against pySHACL on mutated descriptions: the whole reports must be equal.

Prints seed and figures, and the first descriptions that differ as N-Triples; exits with 1 then. A
fixed share of the same cases runs as `tests/shapes/test_compiled.py`.
"""

import argparse
import random
import sys
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from unittest.mock import patch

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from datenernte_dcat.graph import dataset_triples
from datenernte_dcat.terms import DCAT, DCATDE, DCT, FOAF, RDF, RDFS, SKOS, VCARD, XSD
from datenernte_dcat.vocabulary import NAMES, vocabulary
from datenernte_harvester.simulator.catalogue import datasets
from datenernte_harvester.simulator.ckan import package
from datenernte_harvester.spiders.ckan import dataset_from_ckan
from datenernte_validators.shapes.engine import validate_many
from datenernte_validators.shapes.profiles import BASE_PROFILE, PROFILES, load_profile
from datenernte_validators.shapes.results import ShapeReport

Subject = NamedNode | BlankNode
Term = NamedNode | BlankNode | Literal
Mutator = Callable[[list[Triple], random.Random], None]

EX = "https://daten.example/"
BATCH = 25

DATATYPES = (
    "string", "boolean", "decimal", "integer", "float", "double", "date", "time", "dateTime",
    "dateTimeStamp", "gYear", "gYearMonth", "gMonth", "gDay", "gMonthDay", "duration",
    "dayTimeDuration", "yearMonthDuration", "hexBinary", "base64Binary", "anyURI",
    "nonNegativeInteger", "positiveInteger", "negativeInteger", "nonPositiveInteger", "long", "int",
    "short", "byte", "unsignedByte", "unsignedLong", "language", "normalizedString", "token",
)  # fmt: skip
"""Local names in the namespace of XML Schema."""

LEXICALS = (
    "", " ", "0", "00", "-0", "+1", "-1", "1.", ".5", "1.0", "1e3", "1E400", "INF", "-INF", "NaN",
    "inf", "nan", "1_000", "\uff11\uff12", "\u0663", "9" * 5000, "true", "TRUE", "True", "false", "yes", "2024",
    "-2024", "12024", "0000", "24", "2024-02", "2024-13", "2024-00", "202402", "2024-02-29",
    "2023-02-29", "2024-2-9", "20240229", "2024-W09-4", "2024-366", "2024-02-29Z",
    "2024-02-29+14:00", "2024-02-29+15:00", "-2024-02-29", "12024-02-29", "2024-02-29T",
    "2024-02-29T10:00:00", "2024-02-29T10:00", "2024-02-29T10", "2024-02-29 10:00:00",
    "2024-02-29T24:00:00", "2024-02-29T24:00:01", "2024-02-29T23:59:60", "2024-02-29T10:00:00Z",
    "2024-02-29T10:00:00,5", "2024-02-29T10:00:00.123456789", "2024-02-29T10:00:00+25:00",
    "2024-02-29t10:00:00z", "10:00:00", "10:00", "25:00:00", "P1D", "PT1H", "P", "PT", "-P1D", "P1Y",
    "P1Y2M", "P1.5D", "p1d", "P1W", "1D", "ab12", "AB12", "abc", "zz", "0x12", "YWI=", "YWI", "=",
    " 1", "1 ", "\t1\n", "2024-02-29 ", "\n2024-02-29", "gestern", "a\u00adb", "\u202e", "\U0001d538", "ä" * 300,
    "http://publications.europa.eu/resource/authority/language/DEU\n", '"', "\\", "<b>", "'; --",
)  # fmt: skip
"""Lexical forms that readers disagree about."""

LANGUAGES = ("de", "DE", "en", "de-AT", "x-klingon", "zh-hant-tw", "und")

FOREIGN = (
    "http://publications.europa.eu/resource/authority/language/GER",
    "http://publications.europa.eu/resource/authority/language/DEU/",
    "http://publications.europa.eu/resource/authority/data-theme/NICHTS",
    "https://publications.europa.eu/resource/authority/data-theme/ENVI",
    "http://dcat-ap.de/def/licenses/erfunden",
    "https://www.dcat-ap.de/def/licenses/cc-zero",
    "http://purl.org/adms/status/Completed",
    "http://purl.org/adms/publishertype/Company",
    "http://dcat-ap.de/def/hashAlgorithms/md/5",
    "http://dcat-ap.de/def/datasetTypes/collection",
    "http://www.opendefinition.org/licenses/cc-by",
    "mailto:a@b.de",
    "tel:+49",
    "urn:x:y",
    "https://www.iana.org/assignments/media-types/text/csv",
)
KNOWN = tuple(
    iri for name in NAMES for iri in sorted(vocabulary(name).iris)[:6]
)  # a few of each vocabulary


def load(path: Path) -> ModuleType:
    """A module from its file; tests are no package."""
    spec = spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


# Mutators: each changes a description in place.


def drop(triples: list[Triple], chance: random.Random) -> None:
    for _ in range(chance.choice((1, 1, 3, 8))):
        triples.pop(chance.randrange(len(triples)))
        if len(triples) < 3:
            return


def change_object(triples: list[Triple], chance: random.Random, term: Term) -> None:
    number = chance.randrange(len(triples))
    triple = triples[number]
    if triple.predicate.value == RDF + "type" and chance.random() < 0.7:
        return
    if chance.random() < 0.3:
        triples.append(Triple(triple.subject, triple.predicate, term))
    else:
        triples[number] = Triple(triple.subject, triple.predicate, term)


def kind(triples: list[Triple], chance: random.Random) -> None:
    old = chance.choice(triples).object
    text = old.value if not isinstance(old, Triple) else ""
    made: list[Term] = [
        Literal(text),
        Literal(text, language="de"),
        BlankNode(f"neu{chance.randrange(3)}"),
        NamedNode(EX + f"neu{chance.randrange(3)}"),
    ]
    change_object(triples, chance, chance.choice(made))


def hostile_literal(triples: list[Triple], chance: random.Random) -> None:
    text = chance.choice(LEXICALS)
    name = chance.choice(DATATYPES)
    if name in ("normalizedString", "token") and chance.random() < 0.9:
        name = "decimal"
    change_object(triples, chance, Literal(text, datatype=NamedNode(XSD + name)))


def other_lexical(triples: list[Triple], chance: random.Random) -> None:
    """Another lexical form of the datatype that a value has, or another datatype of its form."""
    literals = [n for n, t in enumerate(triples) if isinstance(t.object, Literal)]
    if not literals:
        return
    number = chance.choice(literals)
    triple = triples[number]
    old = triple.object
    assert isinstance(old, Literal)
    if chance.random() < 0.5:
        new = Literal(old.value, datatype=NamedNode(XSD + chance.choice(DATATYPES[:-2])))
    elif old.language is None:
        new = Literal(chance.choice(LEXICALS), datatype=old.datatype)
    else:
        new = Literal(chance.choice(LEXICALS), language=chance.choice(LANGUAGES))
    triples[number] = Triple(triple.subject, triple.predicate, new)


def language(triples: list[Triple], chance: random.Random) -> None:
    old = chance.choice(triples).object
    text = old.value if isinstance(old, Literal) else "Text"
    change_object(triples, chance, Literal(text, language=chance.choice(LANGUAGES)))


def date_value(triples: list[Triple], chance: random.Random) -> None:
    """A date of some datatype, where dates belong."""
    dated = [t for t in triples if t.predicate.value.endswith(("issued", "modified", "Date"))]
    if dated:
        at = chance.choice(dated)
        name = chance.choice(("date", "dateTime", "gYear", "gYearMonth", "time", "duration"))
        term = Literal(chance.choice(LEXICALS), datatype=NamedNode(XSD + name))
        triples[triples.index(at)] = Triple(at.subject, at.predicate, term)


def duplicate(triples: list[Triple], chance: random.Random) -> None:
    triple, other = chance.choice(triples), chance.choice(triples)
    triples.append(triple)
    triples.append(Triple(triple.subject, triple.predicate, other.object))
    triples.append(Triple(other.subject, triple.predicate, triple.object))


def swap_class(triples: list[Triple], chance: random.Random) -> None:
    typed = [n for n, t in enumerate(triples) if t.predicate.value == RDF + "type"]
    classes = [t.object for t in triples if t.predicate.value == RDF + "type"]
    classes += [NamedNode(iri) for iri in (
        DCAT + "Dataset", DCAT + "Resource", DCAT + "Distribution", FOAF + "Organization",
        FOAF + "Person", VCARD + "Individual", VCARD + "Kind", SKOS + "Concept",
        "http://www.w3.org/ns/org#FormalOrganization", DCT + "RightsStatement", EX + "Klasse",
    )]  # fmt: skip
    if not typed:
        return
    number, new = chance.choice(typed), chance.choice(classes)
    old = triples[number]
    how = chance.random()
    if how < 0.4:
        triples[number] = Triple(old.subject, old.predicate, new)
    elif how < 0.7:
        triples.append(Triple(old.subject, old.predicate, new))
    elif how < 0.9:
        triples.append(Triple(chance.choice(triples).subject, old.predicate, new))
    else:
        triples.pop(number)


def vocabulary_iri(triples: list[Triple], chance: random.Random) -> None:
    change_object(triples, chance, NamedNode(chance.choice(FOREIGN + KNOWN)))


def swap_property(triples: list[Triple], chance: random.Random) -> None:
    number, other = chance.randrange(len(triples)), chance.choice(triples)
    old = triples[number]
    triples[number] = Triple(old.subject, other.predicate, old.object)


def share_node(triples: list[Triple], chance: random.Random) -> None:
    """A value becomes another node of the description: shared nodes, and cycles."""
    change_object(triples, chance, as_subject(chance.choice(triples)))


def self_reference(triples: list[Triple], chance: random.Random) -> None:
    triple = chance.choice(triples)
    triples.append(Triple(triple.subject, triple.predicate, as_subject(triple)))


def rename_node(triples: list[Triple], chance: random.Random) -> None:
    """An IRI becomes a blank node or the other way round, or two nodes become one."""
    old = as_subject(chance.choice(triples))
    new: Subject = chance.choice(
        [BlankNode("umbenannt"), NamedNode(EX + "umbenannt"), as_subject(chance.choice(triples))]
    )
    for number, triple in enumerate(triples):
        subject = new if triple.subject == old else triple.subject
        triples[number] = Triple(
            subject, triple.predicate, new if triple.object == old else triple.object
        )


def speak_of_vocabulary(triples: list[Triple], chance: random.Random) -> None:
    """The description says something of a term that a vocabulary describes."""
    used = [
        t.object for t in triples if isinstance(t.object, NamedNode) and t.object.value in KNOWN
    ]
    about = chance.choice([*used, NamedNode(chance.choice(KNOWN + FOREIGN))])
    said = chance.choice(triples)
    scheme = vocabulary(chance.choice(NAMES)).scheme
    triples.append(
        chance.choice([
            Triple(about, said.predicate, said.object),
            Triple(about, NamedNode(SKOS + "inScheme"), NamedNode(scheme)),
            Triple(about, NamedNode(SKOS + "inScheme"), Literal(scheme)),
            Triple(about, NamedNode(RDF + "type"), NamedNode(DCAT + "Dataset")),
        ])
    )  # fmt: skip


def deprecated(triples: list[Triple], chance: random.Random) -> None:
    """A property that is judged for being there, or for what it points to."""
    where = chance.choice(triples)
    name = chance.choice(
        (
            DCATDE + "legalBasis",
            DCATDE + "politicalGeocodingURI",
            DCAT + "contactPoint",
            DCATDE + "qualityProcessURI",
            DCT + "hasVersion",
            DCATDE + "contributorID",
        )
    )
    triples.append(Triple(where.subject, NamedNode(name), chance.choice(triples).object))


def own_classes(triples: list[Triple], chance: random.Random) -> None:
    """A hierarchy of the description's own: rare, since only pySHACL judges it."""
    if chance.random() < 0.2:
        types = [t.object for t in triples if t.predicate.value == RDF + "type"]
        if len(types) > 1:
            below, above = chance.sample(types, 2)
            if not isinstance(below, Literal) and not isinstance(above, Triple):
                triples.append(Triple(below, NamedNode(RDFS + "subClassOf"), above))


MUTATORS: tuple[Mutator, ...] = (
    drop, drop, kind, kind, hostile_literal, hostile_literal, other_lexical, language, date_value,
    date_value, duplicate, swap_class, swap_class, vocabulary_iri, vocabulary_iri, swap_property,
    share_node, self_reference, rename_node, speak_of_vocabulary, deprecated, own_classes,
)  # fmt: skip


def as_subject(triple: Triple) -> Subject:
    """The subject of an RDF 1.1 triple."""
    assert isinstance(triple.subject, NamedNode | BlankNode)
    return triple.subject


def relocated(triples: Sequence[Triple], host: str) -> Iterator[Triple]:
    """The same description under another host, so that many fit into one graph of pySHACL."""

    def moved(term: NamedNode) -> NamedNode:
        return NamedNode(term.value.replace(EX, host)) if term.value.startswith(EX) else term

    for triple in triples:
        subject, term = as_subject(triple), triple.object
        yield Triple(
            moved(subject) if isinstance(subject, NamedNode) else subject,
            triple.predicate,
            moved(term) if isinstance(term, NamedNode) else term,
        )


def simulated(count: int) -> list[list[Triple]]:
    """Descriptions as our spider makes them from a portal's answers."""
    base = EX + "portal"
    made = datasets("musterstadt", count, 1)
    return [
        dataset_triples(
            dataset_from_ckan(package(item, "Stadt Musterstadt", "09991001", base), base).dataset,
            (),
            f"{EX}datasets/{number}",
        )
        for number, item in enumerate(made)
    ]


def bases() -> dict[str, list[list[Triple]]]:
    """Profile → descriptions to begin with: everything used well, the safe output, simulated."""
    conftest = load(Path(__file__).parent.parent / "shapes" / "conftest.py")
    perfect = conftest.triples_of(conftest.PERFECT)
    full = {
        "3.0": conftest.triples_of(conftest.FULL_30),
        "2.": conftest.triples_of(conftest.FULL_20),
    }
    more = simulated(20)
    return {
        profile: [*(t for v, t in full.items() if v in profile), *full.values(), perfect, *more]
        for profile in PROFILES
    }


def cases(count: int, seed: int, profile: str) -> Iterator[tuple[str, list[Triple]]]:
    """`count` mutated descriptions, always the same for one seed."""
    chance = random.Random(f"{seed} {profile}")  # noqa: S311 - a test's dice
    start = bases()[profile]
    for number in range(count):
        # The simulated ones use fewer properties, so they come less often than their number says.
        triples = list(chance.choice(start[:4] if chance.random() < 0.7 else start[4:]))
        for _ in range(chance.choice((1, 2, 4, 8))):
            chance.choice(MUTATORS)(triples, chance)
        yield str(number), list(relocated(triples, f"https://d{number}.example/"))


def by_pyshacl(batch: Sequence[tuple[str, list[Triple]]], profile: str) -> dict[str, ShapeReport]:
    """The reports without compiled shapes."""
    with ExitStack() as stack:
        for name in {profile, BASE_PROFILE}:
            fields = vars(load_profile(name))
            stack.enter_context(patch.dict(fields, {"_compiled": "the reference is asked for"}))
        return validate_many(batch, profile)


def differences(
    batch: Sequence[tuple[str, list[Triple]]], profile: str
) -> tuple[list[str], Counter[str]]:
    """Keys whose reports differ, and how many results each component gave."""
    with warnings.catch_warnings():
        # rdflib speaks of each boolean that is none.
        warnings.simplefilter("ignore")
        ours, expected = validate_many(batch, profile), by_pyshacl(batch, profile)
    seen = Counter(r.component for report in expected.values() for r in report.results)
    return [key for key, report in expected.items() if ours[key] != report], seen


def main() -> int:
    """Compare; 1 on a difference."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--profile", choices=PROFILES, action="append")
    arguments = parser.parse_args()
    seed = random.SystemRandom().randrange(10**6) if arguments.seed is None else arguments.seed
    profiles = arguments.profile or PROFILES
    print(f"seed {seed}, {arguments.cases} cases for each of {', '.join(profiles)}", flush=True)
    differ = 0
    for profile in profiles:
        reason = load_profile(profile).fallback_reason
        print(f"{profile}: {'compiled' if reason is None else 'pySHACL, ' + reason}", flush=True)
        made = list(cases(arguments.cases, seed, profile))
        seen: Counter[str] = Counter()
        started = time.perf_counter()
        for begin in range(0, len(made), BATCH):
            batch = made[begin : begin + BATCH]
            wrong, found = differences(batch, profile)
            seen += found
            for key in wrong:
                differ += 1
                if differ <= 5:
                    report(batch, key, profile)
        print(f"  {len(made)} cases, {time.perf_counter() - started:.0f} s; results of pySHACL:")
        for component, count in seen.most_common():
            print(f"  {count:8}  {component.removesuffix('ConstraintComponent')}")
    print(f"differences: {differ}")
    return 1 if differ else 0


def report(batch: Sequence[tuple[str, list[Triple]]], key: str, profile: str) -> None:
    """Print a description on which the two differ, and how."""
    triples = dict(batch)[key]
    ours = validate_many(batch, profile)[key]
    theirs = by_pyshacl(batch, profile)[key]
    alone = by_pyshacl([(key, triples)], profile)[key]
    print(f"--- {profile}, case {key}; pySHACL alone and in a batch equal: {alone == theirs}")
    left, right = Counter(ours.results), Counter(theirs.results)
    for title, results in (("only compiled", left - right), ("only pySHACL", right - left)):
        for result in results.elements():
            print(f"{title}: {result}")
    print("".join(f"{triple} .\n" for triple in triples), flush=True)


if __name__ == "__main__":
    sys.exit(main())
