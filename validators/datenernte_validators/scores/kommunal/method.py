"""The method of the Kommunal-Score as data: `kommunal.toml`, read and checked once."""

import tomllib
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from functools import cache, cached_property
from hashlib import sha256
from importlib import resources
from math import lcm
from typing import Any
from typing import Literal as OneOf

import msgspec

ONE = 1_000_000
"""A check that is fulfilled; values are whole millionths."""
UNKNOWN = -1
"""Nobody could look: left out, and shown as a range."""
NOT_APPLICABLE = -2
"""The check does not concern this dataset or file."""
ADD_FILE = "+"
"""In `mends`: the fault goes away by a further file in a machine-readable, open format."""

Level = OneOf["dataset", "mean", "any", "content", "municipality"]


class Dimension(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One of the nine dimensions."""

    code: str
    title: str
    weight: int
    reason: str


class Check(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One check with its weight in its dimension and all its texts."""

    id: str
    dimension: str
    title: str
    weight: int
    level: Level
    who: OneOf["Kommune", "Fachverfahren", "Portal"]
    effort: OneOf["S", "M", "L"]
    field: str
    rule: str
    why: str
    how: str
    example: str
    causes: Mapping[str, str]
    """Sentence by cause; `{shown}` is replaced by the value as it was published."""
    hows: Mapping[str, str] = {}
    """Other ways to mend it, by cause, where `how` does not fit."""
    mends: tuple[str, ...] = ()
    """Checks that are fulfilled once the fault is mended; none means this one."""
    mqa: tuple[str, ...] = ()
    """Metrics of MQA-405 that are fulfilled then too."""


class Grade(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One band; `lowest` is its lower limit in points."""

    letter: str
    lowest: int
    text: str
    stars: int


class Cap(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """At most `limit` points where less than `share` have what the text says."""

    id: OneOf["links", "licences"]
    limit: Decimal
    share: Decimal
    text: str


class Numbers(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Constants of the formulas; shares as decimals, times in days, scores in points."""

    half_life_days: int
    window_days: int
    reachable_from: Decimal
    blocked_value: Decimal
    row_tolerance: Decimal
    cell_tolerance: Decimal
    inferred_limit: Decimal
    size_tolerance: Decimal
    tombstone_days: int
    hvd_weight: Decimal
    violation_factor: Decimal
    warning_factor: Decimal
    coverage_from: Decimal
    grade_margin: Decimal
    grade_datasets: int
    delivery_from: Decimal
    alert_points: Decimal
    alert_datasets: int
    prior_kappa: int
    prior_municipalities: int
    kappa_least: int
    kappa_most: int
    peer_group: int


class Formats(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Lists of formats as codes of the EU file type list."""

    machine_readable: frozenset[str]
    open: frozenset[str]
    services: frozenset[str]
    pages: frozenset[str]
    documents: frozenset[str]


class Licences(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Lists of licences as codes of the list of DCAT-AP.de."""

    without_attribution: frozenset[str]
    hvd_permissive: frozenset[str]
    hvd_disputed: str


class Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Texts that say nothing, and words that name a documentation."""

    placeholders: frozenset[str]
    documentation: tuple[str, ...]


class Hvd(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What declares a high-value dataset."""

    legislation: str


class Conformance(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Beginnings of the rule codes that are the portal's own matter."""

    portal_codes: tuple[str, ...]


class DataWeights(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Weights of what is looked at in a file; they add up to 100."""

    rows: int
    header: int
    values: int
    schema: int
    encoding: int


class Method(msgspec.Struct, frozen=True, forbid_unknown_fields=True, dict=True):
    """The whole data file."""

    id: str
    version: str
    title: str
    efforts: Mapping[str, int]
    effort_words: Mapping[str, str]
    numbers: Numbers
    grade: tuple[Grade, ...]
    cap: tuple[Cap, ...]
    dimension: tuple[Dimension, ...]
    check: tuple[Check, ...]
    data_weights: DataWeights
    frequencies: Mapping[str, int]
    formats: Formats
    families: Mapping[str, frozenset[str]]
    minor: Mapping[str, frozenset[str]]
    licences: Licences
    words: Words
    hvd: Hvd
    conformance: Conformance

    @cached_property
    def checks(self) -> dict[str, Check]:
        """The checks by id, in the order of the file."""
        return {check.id: check for check in self.check}

    @cached_property
    def own_checks(self) -> tuple[str, ...]:
        """Ids of the checks of a dataset itself."""
        return tuple(check.id for check in self.check if check.level == "dataset")

    @cached_property
    def file_checks(self) -> tuple[str, ...]:
        """Ids of the checks of each distribution."""
        return tuple(check.id for check in self.check if check.level in ("mean", "any"))

    @cached_property
    def dimensions(self) -> dict[str, Dimension]:
        """The dimensions by code, in the order of the file."""
        return {dimension.code: dimension for dimension in self.dimension}

    @cached_property
    def weights(self) -> dict[str, int]:
        """Weight of each dimension."""
        return {dimension.code: dimension.weight for dimension in self.dimension}

    @cached_property
    def common(self) -> int:
        """A number that every sum of weights of one dimension divides: keeps sums whole."""
        sums: set[int] = set()
        for code in self.dimensions:
            reached = {0}
            for check in self.check:
                if check.dimension == code:
                    reached |= {one + check.weight for one in reached}
            sums |= reached
        return lcm(*(one for one in sums if one))

    def sentence(self, check: str, cause: str, shown: str | None) -> str:
        """The German sentence of a fault."""
        return self.checks[check].causes[cause].replace("{shown}", shown or "–")


class InvalidMethodError(ValueError):
    """The data file contradicts itself; raised when it is read."""


@cache
def method() -> Method:
    """The data file, checked.

    Raises:
        InvalidMethodError: weights do not add up or names do not fit together.
    """
    return read_method(_text())


@cache
def method_hash() -> str:
    """SHA-256 hex of the data file."""
    return sha256(_text().encode()).hexdigest()


def method_document() -> dict[str, Any]:
    """The method for those who only show it: id, version, hash, dimensions, checks, bands."""
    current = method()
    return {
        "id": current.id,
        "version": current.version,
        "title": current.title,
        "hash": method_hash(),
        "numbers": {
            name: str(getattr(current.numbers, name)) for name in Numbers.__struct_fields__
        },
        "efforts": dict(current.efforts),
        "effort_words": dict(current.effort_words),
        "grades": [msgspec.to_builtins(grade) for grade in current.grade],
        "caps": [msgspec.to_builtins(cap) for cap in current.cap],
        "dimensions": [msgspec.to_builtins(dimension) for dimension in current.dimension],
        "checks": [msgspec.to_builtins(check) for check in current.check],
        "data_weights": msgspec.to_builtins(current.data_weights),
        "frequencies": dict(current.frequencies),
    }


def read_method(text: str) -> Method:
    """The method that a TOML text describes.

    Raises:
        InvalidMethodError: see there; `msgspec.ValidationError` for a wrong or unknown key.
    """
    found = msgspec.convert(tomllib.loads(text, parse_float=Decimal), Method)
    if sum(dimension.weight for dimension in found.dimension) != 100:
        raise InvalidMethodError("the weights of the dimensions do not add up to 100")
    for code in found.dimensions:
        total = sum(check.weight for check in found.check if check.dimension == code)
        if total != 100:
            raise InvalidMethodError(f"the weights of dimension {code} add up to {total}")
    if sum(getattr(found.data_weights, name) for name in DataWeights.__struct_fields__) != 100:
        raise InvalidMethodError("the weights of the file check do not add up to 100")
    for check in found.check:
        unknown = {*check.mends} - {*found.checks, ADD_FILE}
        unknown |= check.hows.keys() - check.causes.keys()
        if check.dimension not in found.dimensions or unknown or not check.causes:
            raise InvalidMethodError(f"check {check.id}: unknown names or no cause")
        if any(sentence.count("{") != sentence.count("{shown}") for sentence in
               check.causes.values()):  # fmt: skip
            raise InvalidMethodError(f"check {check.id}: only {{shown}} can be filled in")
    limits = [grade.lowest for grade in found.grade]
    if limits != sorted(limits, reverse=True) or limits[-1] != 0:
        raise InvalidMethodError("the bands do not go down to 0")
    return found


def millionths(share: Fraction) -> int:
    """A share as whole millionths, halves up, never outside 0 to 1."""
    return min(ONE, max(0, int(share * ONE + Fraction(1, 2))))


def points(value: Fraction, digits: int = 1) -> Decimal:
    """A score as decimal number with these digits, halves up, as it is shown."""
    scale = 10**digits
    whole = value * scale + Fraction(1, 2)
    return Decimal(whole.numerator // whole.denominator).scaleb(-digits)


def rounded_down(value: Fraction, digits: int = 1) -> Decimal:
    """A gain as decimal number, rounded down: never more is promised than comes."""
    scaled = value * 10**digits
    return Decimal(scaled.numerator // scaled.denominator).scaleb(-digits)


def _text() -> str:
    file = resources.files("datenernte_validators.scores.kommunal").joinpath("kommunal.toml")
    return file.read_text(encoding="utf-8")
