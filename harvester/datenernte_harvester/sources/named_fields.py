"""The fields of one JSON object, and which of them nobody asked for: so nothing is lost unseen."""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping

from datenernte_dcat.texts import finding
from datenernte_harvester.crawl.source_outcome import SourceOutcome

_EMPTY: tuple[object, ...] = (None, "", [], {})
_JOINTS = re.compile(r"[\s_-]")


class NamedFields:
    """Values by name. Case, `_` and `-` in names do not count: `contributorID`, `contributor_id`."""

    def __init__(self, document: Mapping[str, object], ignored: Collection[str] = ()) -> None:
        """Read the names.

        Args:
            ignored: names that are known and have no place in a record.
        """
        self._values = {
            _key(name): (name, value) for name, value in document.items() if value not in _EMPTY
        }
        self._unread = set(self._values) - {_key(name) for name in ignored}

    def __call__(self, *names: str) -> object:
        """The value of the first of `names` that has one; None where none has."""
        keys = [_key(name) for name in names]
        self._unread.difference_update(keys)
        return next((self._values[key][1] for key in keys if key in self._values), None)

    def unread(self) -> list[str]:
        """Names of the fields with a value that were neither asked for nor ignored."""
        return [self._values[key][0] for key in sorted(self._unread)]


class UnreadFields:
    """How many records of a portal have each field that nobody maps."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()

    def add(self, names: Iterable[str]) -> None:
        """Count the fields of one record."""
        self._counts.update(names)

    def note(self, outcome: SourceOutcome, portal_url: str, standard: str) -> None:
        """Report the hundred most frequent fields as one finding; none where all are mapped.

        Args:
            standard: URL of the protocol's document, where their meaning may be looked up.
        """
        counted = sorted(self._counts.most_common(100))
        if counted:
            listed = ", ".join(f"{name} ({count})" for name, count in counted)
            outcome.note(
                finding("fields-unknown", subject=portal_url, value=listed, standard=standard)
            )


def _key(name: str) -> str:
    return _JOINTS.sub("", name).casefold()
