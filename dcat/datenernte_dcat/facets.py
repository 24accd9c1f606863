"""What datasets are filtered by: theme, format, licence, high value, year of the last change."""

import re
from collections.abc import Iterable

import msgspec

from datenernte_dcat.publication import one_line
from datenernte_dcat.records import Dataset, Reference
from datenernte_dcat.vocabulary import vocabulary

_YEAR = re.compile(r"\s*((?:19|20)[0-9]{2})(?![0-9])")
_LENGTH = 80
"""Characters of a licence or format that is a text."""


class Facets(msgspec.Struct, frozen=True, array_like=True):
    """The values of one dataset; texts as they are shown, each sorted and once."""

    themes: tuple[str, ...] = ()
    formats: tuple[str, ...] = ()
    licenses: tuple[str, ...] = ()
    high_value: bool = False
    year: str = ""
    """Year in which the data was last changed, empty where it is not stated."""


NO_FACETS = Facets()


def facets_of(dataset: Dataset) -> Facets:
    """The values of a dataset as the feeds publish it."""
    files = dataset.distribution
    modified = dataset.modified or dataset.issued
    year = None if modified is None else _YEAR.match(modified.value)
    return Facets(
        themes=_shown("data_themes", dataset.theme, as_code=False),
        formats=_shown("file_types", (one.format for one in files), as_code=True),
        licenses=_shown("licenses", (one.license for one in files), as_code=False),
        high_value=bool(dataset.hvd_category),
        year="" if year is None else year[1],
    )


def _shown(name: str, references: Iterable[Reference | None], *, as_code: bool) -> tuple[str, ...]:
    terms = vocabulary(name)
    found = set()
    for reference in references:
        if reference is None:
            continue
        if reference.uri is not None and terms.has(reference.uri):
            found.add(terms.code(reference.uri) if as_code else terms.label(reference.uri))
        elif not as_code and (
            text := one_line("" if reference.label is None else reference.label.value, _LENGTH)
        ):
            found.add(text)
    return tuple(sorted(found))
