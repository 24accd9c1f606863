"""The points of a dataset under MQA-405 taken apart, to compute what mending a fault would add."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

import msgspec

from datenernte_validators.scores.kommunal.method import ADD_FILE, method
from datenernte_validators.scores.kommunal.values import Fault
from datenernte_validators.scores.mqa_method import method as mqa_method
from datenernte_validators.scores.mqa_method import metric_points

_DATES = ("dateIssuedAvailability", "dateModifiedAvailability")
_LINKS = ("accessUrlStatusCode", "downloadUrlStatusCode")


class MqaPoints(msgspec.Struct, frozen=True, kw_only=True):
    """Points by metric of a dataset and of each of its distributions."""

    own: Mapping[str, int]
    files: Mapping[str, Mapping[str, int]]
    """By the distribution's IRI or blank node."""

    @property
    def total(self) -> int:
        """The dataset's total: its own points and those of its best distribution."""
        candidates = list(self.files.values()) or [{}]
        return max(
            (sum(points.values()), sum(self._merged(points).values())) for points in candidates
        )[1]

    def _merged(self, points: Mapping[str, int]) -> dict[str, int]:
        merged = dict(self.own)
        for name, value in points.items():
            merged[name] = max(value, merged.get(name, 0)) if name in _DATES else value
        return merged


def points_of(document: Mapping[str, Any], dataset: str) -> MqaPoints:
    """The points of a stored score, from its measurements.

    Args:
        dataset: key of the dataset's node in the measurements.
    """
    names = {
        mqa_method().namespace + name: (name, value) for name, value in metric_points().items()
    }
    own: dict[str, int] = {}
    files: dict[str, dict[str, int]] = {}
    for entry in document.get("measurements", ()):
        known = names.get(entry["metric"])
        if known is None:
            continue
        name, points = known
        node = own if entry["subject"] == dataset else files.setdefault(entry["subject"], {})
        value = entry["value"]
        holds = 200 <= value < 300 if name in _LINKS else bool(value)
        node[name] = max(node.get(name, 0), points if holds else 0)
    return MqaPoints(own=own, files=files)


def mended_points(points: MqaPoints, faults: Sequence[Fault]) -> MqaPoints:
    """The points with faults mended."""
    worth = metric_points()
    own = dict(points.own)
    files = {node: dict(values) for node, values in points.files.items()}
    for fault in faults:
        if ADD_FILE in fault.mends:
            files["+"] = {
                metric.name: metric.points
                for metric in mqa_method().metric
                if metric.level != "dataset"
            }
            continue
        metrics = {
            name for check in fault.mends or (fault.check,) for name in method().checks[check].mqa
        }
        node = own if fault.file is None else files.get(fault.file)
        if node is not None:
            node.update({name: worth[name] for name in metrics})
    return MqaPoints(own=own, files=files)


def mean_gain(
    points: Mapping[str, MqaPoints], faults: Mapping[str, Sequence[Fault]]
) -> Fraction | None:
    """Points that the mean over all datasets grows by; None where one of them is not known."""
    if any(name not in points for name in faults):
        return None
    gained = sum(
        mended_points(points[name], own).total - points[name].total for name, own in faults.items()
    )
    return Fraction(gained, len(points))
