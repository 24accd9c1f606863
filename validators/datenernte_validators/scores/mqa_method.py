"""The method of MQA-405 as data: metrics, points, bands and lists of `mqa_405.toml`."""

import tomllib
from functools import cache
from importlib import resources
from typing import Literal as OneOf

import msgspec


class Metric(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One of the 23 metrics: where it is measured, on what, for how many points."""

    name: str
    dimension: str
    level: OneOf["dataset", "distribution", "both"]
    property: str
    points: int
    test: str


class Formats(msgspec.Struct, frozen=True, rename="kebab"):
    """Lists of formats, as codes of the EU file type list."""

    base: str
    machine_readable: frozenset[str]
    non_proprietary: frozenset[str]
    non_proprietary_op_nal_2025: frozenset[str] = msgspec.field(name="non-proprietary-op-nal-2025")


class AccessRights(msgspec.Struct, frozen=True):
    """The EU list of access rights."""

    base: str
    codes: frozenset[str]


class Licences(msgspec.Struct, frozen=True, rename="kebab"):
    """Further licences that count as known."""

    edp2021: frozenset[str]


class Method(msgspec.Struct, frozen=True, rename="kebab"):
    """The whole data file."""

    id: str
    date: str
    source: str
    namespace: str
    metric: tuple[Metric, ...]
    bands: dict[str, dict[str, int]]
    formats: Formats
    access_rights: AccessRights
    licences: Licences


@cache
def method() -> Method:
    """The data file, checked."""
    text = resources.files("datenernte_validators.scores").joinpath("mqa_405.toml")
    return msgspec.convert(tomllib.loads(text.read_text(encoding="utf-8")), Method)


def metric_points() -> dict[str, int]:
    """Points of each metric when it is fulfilled, in the order of the method."""
    return {metric.name: metric.points for metric in method().metric}


def metric_dimensions() -> dict[str, str]:
    """Dimension of each metric, in the order of the method."""
    return {metric.name: metric.dimension for metric in method().metric}


def metric_iri(name: str) -> str:
    """IRI of a metric or of a sum (`scoring`, `findabilityScoring`, …)."""
    return method().namespace + name


@cache
def listed(codes: frozenset[str]) -> frozenset[str]:
    """The file type IRIs of the codes."""
    return frozenset(method().formats.base + code for code in codes)
