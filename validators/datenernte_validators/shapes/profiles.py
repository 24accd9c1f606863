"""Profiles: which shapes files make one, and what each rule of ours says in German.

A rule is one named shape; the local name of its IRI is the finding's code without »shacl-«, so the
codes follow from the files. Any other shapes file from disk is a profile too.
"""

import hashlib
from dataclasses import dataclass, field
from functools import cache, cached_property
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pyoxigraph

from datenernte_dcat.findings import Severity
from datenernte_dcat.terms import DCT, RDFS, SH
from datenernte_dcat.texts import Text

if TYPE_CHECKING:
    import rdflib

    from datenernte_validators.shapes.compiled.program import Program

DEFAULT_PROFILE = "dcat-ap.de-3.0"
BASE_PROFILE = "dcat-ap-3.0"
"""The profile whose violations decide the MQA metric `dcatApCompliance`."""

_FILES: dict[str, tuple[str, ...]] = {
    "dcat-ap.de-3.0": ("dcat-ap-3.0", "dcat-ap.de-3.0"),
    "dcat-ap.de-2.0": ("dcat-ap-2.1", "dcat-ap.de-2.0"),
    "dcat-ap-3.0": ("dcat-ap-3.0",),
    "dcat-ap-2.1": ("dcat-ap-2.1",),
}
PROFILES = tuple(_FILES)
"""Names of our profiles, the default first."""

_NAMESPACE = "urn:datenernte:shapes:"
_ANNOTATIONS = frozenset(
    {SH + "name", SH + "message", SH + "description", RDFS + "seeAlso", DCT + "subject"}
)
"""What people read of a rule."""


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """One rule of ours."""

    code: str
    severity: Severity
    name: str
    """What the field is called, e.g. »Lizenz«."""
    message: str
    advice: str
    source: str
    property: str | None
    """IRI of the property that it is about."""


@dataclass(frozen=True, kw_only=True)
class Profile:
    """Shapes, ready to be run."""

    name: str
    """One of `PROFILES`, or the path of a file."""
    built_in: bool
    digest: str
    """SHA-256 hex of the shapes and of what goes with them into the data graph: equal digests
    give equal reports of equal descriptions."""
    shapes: "rdflib.Graph" = field(repr=False)
    rules: dict[str, Rule] = field(repr=False)
    """Shape IRI → rule; empty for a file from disk."""

    def holds_base(self) -> bool:
        """Whether the base rules for MQA-405 are part of it."""
        return self.built_in and BASE_PROFILE in _FILES[self.name]

    @property
    def program(self) -> "Program | None":
        """The shapes compiled; None where only pySHACL can run them."""
        return None if isinstance(self._compiled, str) else self._compiled

    @property
    def fallback_reason(self) -> str | None:
        """What in the shapes only pySHACL can judge; None where they are compiled."""
        return self._compiled if isinstance(self._compiled, str) else None

    @cached_property
    def _compiled(self) -> "Program | str":
        from datenernte_validators.shapes.compiled.errors import UnsupportedError
        from datenernte_validators.shapes.compiled.program import compile_profile

        try:
            return compile_profile(self)
        except UnsupportedError as error:
            return str(error)


def shapes_turtle(file: str) -> bytes:
    """A Turtle file of this package, e.g. `dcat-ap-3.0` or `background`."""
    return resources.files("datenernte_validators.shapes").joinpath(f"{file}.ttl").read_bytes()


def shape_files(name: str) -> tuple[str, ...]:
    """The Turtle files of this package that make one of `PROFILES`."""
    return _FILES[name]


@cache
def load_profile(name: str) -> Profile:
    """The profile of that name, or the shapes file at that path; loaded once.

    Nothing is fetched: `owl:imports` of a file are ignored.

    Raises:
        ConfigError: there is neither such a profile nor such a file, or the file is no Turtle,
            RDF/XML or N-Triples, or holds no shape.
    """
    from datenernte_dcat.graph import to_rdflib
    from datenernte_validators.shapes.shapes_file import read_shapes_file

    if name in _FILES:
        contents = [shapes_turtle(file) for file in _FILES[name]]
        triples = [
            quad.triple
            for content in contents
            for quad in pyoxigraph.parse(content, format=pyoxigraph.RdfFormat.TURTLE)
        ]
        bare = [triple for triple in triples if not _is_for_people(triple)]
        rules = _rules(triples)
    else:
        content, bare = read_shapes_file(Path(name), PROFILES)
        contents = [content]
        rules = {}
    digest = hashlib.sha256(b"\x00".join([*contents, *_background_files()])).hexdigest()
    return Profile(
        name=name,
        built_in=name in _FILES,
        digest=digest,
        shapes=to_rdflib(bare),
        rules=rules,
    )


def rule_texts(code: str) -> Text | None:
    """The German texts of a SHACL code, for `explain`; None for a code that no rule of ours has.

    Where several profiles have the rule, the texts are those of the newest German one.
    """
    for name in PROFILES:
        for rule in load_profile(name).rules.values():
            if rule.code == code:
                return Text(
                    severity=rule.severity,
                    title=f"{rule.name} ({name})",
                    message=rule.message,
                    advice=rule.advice,
                    why=_WHY[rule.severity],
                    source=rule.source,
                )
    return None


def rule_codes() -> frozenset[str]:
    """Codes of all rules of all our profiles."""
    return frozenset(rule.code for name in PROFILES for rule in load_profile(name).rules.values())


_WHY = {
    Severity.ERROR: (
        "Das ist eine Muss-Regel des Standards. GovData und andere Portale dürfen eine Beschreibung, "
        "die sie verletzt, ablehnen oder falsch anzeigen."
    ),
    Severity.WARNING: (
        "Das ist eine Soll-Regel des Standards. Die Beschreibung wird angenommen, ist aber schlechter "
        "auffindbar oder nutzbar, oder sie verwendet ein veraltetes Feld."
    ),
    Severity.INFO: "Das ist eine Empfehlung: Die Angabe hilft, ist aber nicht vorgeschrieben.",
}

SEVERITIES = {
    SH + "Violation": Severity.ERROR,
    SH + "Warning": Severity.WARNING,
    SH + "Info": Severity.INFO,
}


def _is_for_people(triple: pyoxigraph.Triple) -> bool:
    """Whether the rules are the same without the statement: a text, or the default severity.

    The engine runs without these, because pySHACL looks at every statement of a shape for every
    focus node; that alone was half of its time.
    """
    predicate = triple.predicate.value
    is_default = triple.object == pyoxigraph.NamedNode(SH + "Violation")
    return predicate in _ANNOTATIONS or (predicate == SH + "severity" and is_default)


def _rules(triples: list[pyoxigraph.Triple]) -> dict[str, Rule]:
    """The named shapes that have a message."""
    about: dict[str, dict[str, str]] = {}
    for triple in triples:
        if isinstance(triple.subject, pyoxigraph.NamedNode) and isinstance(
            triple.object, pyoxigraph.NamedNode | pyoxigraph.Literal
        ):
            about.setdefault(triple.subject.value, {})[triple.predicate.value] = triple.object.value
    return {
        shape: Rule(
            code="shacl-" + shape.rpartition(":")[2],
            severity=SEVERITIES[statements[SH + "severity"]],
            name=statements[SH + "name"],
            message=statements[SH + "message"],
            advice=statements[SH + "description"],
            source=statements[RDFS + "seeAlso"],
            property=statements.get(DCT + "subject", statements.get(SH + "path")),
        )
        for shape, statements in about.items()
        if shape.startswith(_NAMESPACE) and SH + "message" in statements
    }


@cache
def _background_files() -> tuple[bytes, ...]:
    from datenernte_dcat.vocabulary import NAMES, vocabulary_turtle

    return (shapes_turtle("background"), *(vocabulary_turtle(name) for name in NAMES))
