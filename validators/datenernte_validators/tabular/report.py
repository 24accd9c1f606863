"""The report of Frictionless as its JSON descriptor, without what makes many errors slow.

Frictionless looks up the properties of an error anew for each one, when it is made and when it is
told (0.2 ms each); here they are looked up once for each type of error.
"""

from functools import cache, lru_cache
from typing import Any

from frictionless import Error, Report
from frictionless.vendors import stringcase


def remember_property_names() -> None:
    """Let Frictionless remember how names of properties are written in Python.

    It works that out with two regular expressions each time, which is a third of what it takes to
    make an error.
    """
    if not hasattr(stringcase.snakecase, "cache_info"):
        stringcase.snakecase = lru_cache(maxsize=1_000)(stringcase.snakecase)


def report_descriptor(report: Report) -> dict[str, Any]:
    """What `Report.to_descriptor` gives."""
    errors = [task.errors for task in report.tasks]
    for task in report.tasks:
        task.errors = []
    descriptor: dict[str, Any] = report.to_descriptor()
    for task, found, told in zip(report.tasks, errors, descriptor.get("tasks", ()), strict=False):
        task.errors = found
        told["errors"] = [error_descriptor(error) for error in found]
    return descriptor


def error_descriptor(error: Error) -> dict[str, Any]:
    """What `Error.to_descriptor` gives."""
    descriptor: dict[str, Any] = {}
    kind: Any = type(error)
    assigned = error.metadata_assigned
    for name, attribute in _properties(kind):
        if attribute not in assigned and name != "type":
            return _slowly(error)
        value = getattr(error, attribute, None)
        if isinstance(value, list):
            value = value.copy()
        if isinstance(value, dict) or (value is None and name != "type"):
            return _slowly(error)
        descriptor[name] = value
    return _slowly(error) if error.custom else descriptor


def _slowly(error: Error) -> dict[str, Any]:
    descriptor: dict[str, Any] = error.to_descriptor()
    return descriptor


@cache
def _properties(kind: Any) -> tuple[tuple[str, str], ...]:
    """Names of the properties of an error in JSON and in Python."""
    names = kind.metadata_ensure_profile().get("properties", {})
    return tuple((name, stringcase.snakecase(name)) for name in names)
