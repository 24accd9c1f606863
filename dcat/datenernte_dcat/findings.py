"""Findings and measurements: what the checks say, as plain values."""

from enum import StrEnum
from typing import Literal as OneOf

import msgspec


class Severity(StrEnum):
    """How bad a finding is; the order of the members is from worst to mildest."""

    ERROR = "error"
    """Violates a rule that must hold (sh:Violation)."""
    WARNING = "warning"
    """Violates a rule that should hold (sh:Warning)."""
    INFO = "info"
    """Worth knowing, e.g. a value that we normalised (sh:Info)."""


Stage = OneOf["harvest", "identity", "normalise", "record", "links", "tables", "shapes"]
"""The stage that made a finding; a stage replaces its own findings about a subject, no others."""


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One fact about a subject, for a person to act on. All fields are in every JSON output."""

    code: str
    """Lower-case kebab code; its texts stand in `texts_de.toml` (SHACL and Frictionless codes
    are built by their validators)."""
    severity: Severity
    subject: str | None = None
    """IRI, URL or file name that the finding is about."""
    property: str | None = None
    """IRI of the RDF property, or the field name of a source that is not RDF."""
    value: str | None = None
    """The value as it was found; »before → after« where normalising replaced it."""
    row: int | None = None
    """Row number in the file, 1-based as Frictionless counts (tables only)."""
    field: int | None = None
    """Field number in the row, 1-based (tables only)."""
    message: str = ""
    """German sentence: what was found."""
    advice: str = ""
    """German sentence: what to do."""
    source: str | None = None
    """URL of the standard or rule behind it."""


class Measurement(msgspec.Struct, frozen=True, kw_only=True):
    """One measured value of a metric; published as dqv:QualityMeasurement."""

    metric: str
    """IRI of the metric."""
    subject: str
    """IRI of the dataset or distribution it was computed on."""
    value: bool | int | float
    unit: str | None = None
    """»points«, »bytes«, … or None for truth values and status codes."""
