"""A dataset in schema.org's words, for search engines: the JSON-LD block of its page.

Source: https://schema.org/Dataset and
https://developers.google.com/search/docs/appearance/structured-data/dataset
"""

from collections.abc import Sequence
from typing import Any

from datenernte_dcat.publication import german, one_line, shown_title
from datenernte_dcat.records import Agent, Dataset, Distribution, Literal, PeriodOfTime, Reference
from datenernte_dcat.site import filters
from datenernte_dcat.vocabulary import license_is_open, vocabulary

DISTRIBUTIONS = 50
"""Files of one dataset that are told; the RDF tells all."""
_DESCRIPTION = (50, 5000)
"""Shortest and longest description that search engines take, in characters."""


def schema_org(dataset: Dataset, *, iri: str, page: str, catalog: tuple[str, str]) -> Any:
    """The dataset as a JSON-LD object; what is not stated is left out.

    Args:
        dataset: as the feeds publish it.
        iri: under which it is published.
        page: absolute URL of its page.
        catalog: title and absolute URL of the catalogue.
    """
    title = shown_title(dataset)
    description = one_line(german(dataset.description), _DESCRIPTION[1])
    if len(description) < _DESCRIPTION[0]:
        description = f"{title}. {description}".strip()
    licences = [one.license for one in dataset.distribution if one.license is not None]
    return _stated(
        {
            "@context": "https://schema.org/",
            "@type": "Dataset",
            "@id": iri,
            "url": page,
            "name": title,
            "description": description,
            "identifier": [one_line(one.value, 200) for one in dataset.identifier],
            "keywords": [one_line(one.value, 80) for one in dataset.keyword[:100]],
            "inLanguage": sorted(
                {code for one in dataset.title if (code := one.language) is not None}
            ),
            "publisher": _agent(dataset.publisher),
            "datePublished": _value(dataset.issued),
            "dateModified": _value(dataset.modified),
            "temporalCoverage": [text for one in dataset.temporal[:5] if (text := _period(one))],
            "license": sorted({url for one in licences if (url := filters.href(one.uri))}),
            "isAccessibleForFree": _is_free(licences),
            "sameAs": [url for one in dataset.landing_page[:5] if (url := filters.href(one.uri))],
            "distribution": [_download(one) for one in dataset.distribution[:DISTRIBUTIONS]],
            "includedInDataCatalog": {
                "@type": "DataCatalog",
                "name": catalog[0],
                "url": catalog[1],
            },
        }
    )


def _stated(pairs: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in pairs.items() if value not in (None, "", [], {})}


def _value(literal: Literal | None) -> str | None:
    return None if literal is None else one_line(literal.value, 40)


def _agent(agent: Agent | None) -> dict[str, Any] | None:
    name = "" if agent is None else one_line(german(agent.name), 200)
    if agent is None or not name:
        return None
    homepage = next((url for one in agent.homepage if (url := filters.href(one.uri))), None)
    return _stated({"@type": "Organization", "name": name, "url": homepage})


def _period(period: PeriodOfTime) -> str:
    """An interval as ISO 8601 has it; »..« for an end that is open."""
    start = _value(period.start_date or period.schema_start_date)
    end = _value(period.end_date or period.schema_end_date)
    return f"{start or '..'}/{end or '..'}" if start or end else ""


def _is_free(licences: Sequence[Reference]) -> bool | None:
    """True where every stated licence is open: then nobody asks for money; else not known."""
    known = (one.uri is not None and bool(license_is_open(one.uri)) for one in licences)
    return True if licences and all(known) else None


def _download(distribution: Distribution) -> dict[str, Any]:
    urls = [*distribution.download_url, *distribution.access_url]
    return _stated(
        {
            "@type": "DataDownload",
            "name": one_line(german(distribution.title), 200),
            "contentUrl": next((url for one in urls if (url := filters.href(one.uri))), None),
            "encodingFormat": _format(distribution),
            "license": _href(distribution.license),
            "dateModified": _value(distribution.modified),
            "contentSize": _value(distribution.byte_size),
        }
    )


def _href(reference: Reference | None) -> str | None:
    return None if reference is None else filters.href(reference.uri)


def _format(distribution: Distribution) -> str | None:
    for name, reference in (
        ("media_types", distribution.media_type),
        ("file_types", distribution.format),
    ):
        if reference is not None and reference.uri is not None:
            found = vocabulary(name)
            if found.has(reference.uri):
                return found.code(reference.uri)
    return None
