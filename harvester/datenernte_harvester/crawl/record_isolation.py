"""One record never touches another: the one broad catch around the work on a single record."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from datenernte_dcat.errors import RecordError
from datenernte_dcat.findings import Finding
from datenernte_dcat.texts import finding

T = TypeVar("T")

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class FailedRecord:
    """A record that could not be read: it counts as seen, its older version stays."""

    source_identifier: str
    finding: Finding


def isolated(source_identifier: str, work: Callable[[], T]) -> T | FailedRecord:
    """The result of `work`, or what became of its record; never raises for a bad record."""
    try:
        return work()
    except RecordError as error:
        detail = str(error)
    except Exception as error:  # noqa: BLE001 - the place around one record
        _log.warning("record %r failed", source_identifier, exc_info=True)
        words = " ".join(str(error).split())[:200]
        detail = f"unerwarteter Fehler {type(error).__name__}: {words}"
    return FailedRecord(
        source_identifier, finding("record-failed", subject=source_identifier, detail=detail)
    )
