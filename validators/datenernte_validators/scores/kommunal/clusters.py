"""Which datasets are slices of one, so that a series of 25 counts as 5 and not as 25."""

import re
from collections.abc import Iterable, Sequence
from datetime import date
from fractions import Fraction
from math import isqrt

from datenernte_dcat.records import Dataset
from datenernte_validators.scores.kommunal.method import method
from datenernte_validators.scores.kommunal.own_checks import first_text, text_of

WEIGHT = 10**9
"""The weight of a dataset that stands alone; weights are whole numbers."""

_MONTHS = frozenset(
    [
        "januar",
        "februar",
        "märz",
        "maerz",
        "april",
        "mai",
        "juni",
        "juli",
        "august",
        "september",
        "oktober",
        "november",
        "dezember",
        "jan",
        "feb",
        "mrz",
        "apr",
        "jun",
        "jul",
        "aug",
        "sep",
        "sept",
        "okt",
        "nov",
        "dez",
        "quartal",
        "halbjahr",
    ]
)
_WORD = re.compile(r"[^\W\d_]+")


def cluster_key(dataset: Dataset, places: Iterable[str] = ()) -> str:
    """What all slices of one dataset have in common.

    Its series, else the chain of its versions, else publisher, theme and title without digits,
    months and names of places.

    Args:
        places: names of the municipality and its parts, in any case.
    """
    series = sorted(one.uri for one in dataset.in_series if one.uri)
    if series:
        return f"series\n{series[0]}"
    versions = sorted(
        text
        for one in (*dataset.dct_is_version_of, *dataset.dct_has_version, *dataset.has_version)
        if (text := text_of(one))
    )
    if versions:
        return f"versions\n{min([dataset.uri or versions[0], *versions])}"
    title = first_text(dataset.title)
    left_out = _MONTHS | {word for place in places for word in _WORD.findall(place.casefold())}
    words = _WORD.findall(title.value.casefold()) if title else []
    plain = " ".join(word for word in words if word not in left_out)
    publisher = dataset.publisher
    name = first_text(publisher.name) if publisher is not None else None
    return "\n".join(
        (
            "title",
            name.value.strip().casefold() if name else (publisher and publisher.uri) or "",
            ",".join(sorted(text_of(theme) for theme in dataset.theme)),
            # A title of digits alone says nothing: such datasets stand for themselves.
            plain or (title.value if title else dataset.uri or ""),
        )
    )


def weight_of(slices: int, is_hvd: bool) -> int:
    """U = h ÷ √k in billionths."""
    factor = Fraction(method().numbers.hvd_weight) if is_hvd else Fraction(1)
    square = factor * factor * WEIGHT * WEIGHT / slices
    return isqrt(square.numerator // square.denominator)


def effective_number(slices: Sequence[int]) -> Fraction:
    """n_eff = Σ 1 ÷ √k over the datasets."""
    return Fraction(sum(weight_of(k, False) for k in slices), WEIGHT)


def tombstone_weight(weight: int, withdrawn: date, as_of: date) -> int:
    """What a dataset still weighs that disappeared on that day; 0 after 180 days."""
    days = method().numbers.tombstone_days
    left = max(0, days - max(0, (as_of - withdrawn).days))
    return weight * left // days
