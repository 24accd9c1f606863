"""Files for programs: quality.json, sitemap.xml, manifest.json."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any
from xml.sax.saxutils import escape

import msgspec

from datenernte_dcat.site.model import KommunalWords, ScoreWords, SiteModel
from datenernte_dcat.site.words import MAXIMUM
from datenernte_dcat.store.rows import Artefact

SITEMAP_URLS = 50_000
"""Most URLs in one sitemap. Source: https://www.sitemaps.org/protocol.html"""


def pretty_json(document: Any) -> bytes:
    """The document as indented JSON with a line end; keys stay in their order."""
    return msgspec.json.format(msgspec.json.encode(document), indent=1) + b"\n"


def quality_json(model: SiteModel, stand: date) -> Iterator[bytes]:
    """The scores of everything as JSON, piece by piece, a dataset on a line.

    Form: `docs/schemas/quality.json`.
    """
    yield b'{"method": ' + msgspec.json.encode(model.method)
    yield b', "maximum": ' + msgspec.json.encode(MAXIMUM)
    yield b', "stand": ' + msgspec.json.encode(stand)
    catalog = {
        "datasets": len(model.entries),
        **_score(model.catalog_score, model.catalog_kommunal),
    }
    yield b', "catalog": ' + msgspec.json.encode(catalog)
    yield b', "municipalities": ['
    yield from _lines(
        {
            "key": one.key,
            "title": one.title,
            "datasets": one.datasets,
            **_score(one.score, one.kommunal),
        }
        for one in model.municipalities
    )
    yield b'], "datasets": ['
    yield from _lines(
        {
            "id": one.id,
            "iri": one.iri,
            "municipality": one.municipality,
            **_score(one.score, one.kommunal),
        }
        for one in model.entries
    )
    yield b"]}\n"


def _score(score: ScoreWords | None, own: KommunalWords | None) -> dict[str, Any]:
    return {
        "total": None if score is None else score.total,
        "rating": None if score is None else score.rating,
        "kommunal": None if own is None else own.points,
        "grade": None if own is None else own.grade,
    }


def _lines(documents: Iterable[dict[str, Any]]) -> Iterator[bytes]:
    separator = b"\n"
    for document in documents:
        yield separator + msgspec.json.encode(document)
        separator = b",\n"


def sitemaps(base_url: str, addresses: Sequence[tuple[str, date | None]]) -> dict[str, bytes]:
    """The sitemap by path; more than 50 000 addresses get an index and several maps.

    Args:
        addresses: path of each page relative to the site, and when its content last changed.
    """
    parts = [
        addresses[start : start + SITEMAP_URLS]
        for start in range(0, max(len(addresses), 1), SITEMAP_URLS)
    ]
    if len(parts) == 1:
        return {"sitemap.xml": _url_set(base_url, parts[0])}
    files = {
        f"sitemap-{number}.xml": _url_set(base_url, part)
        for number, part in enumerate(parts, start=1)
    }
    entries = "".join(
        f"<sitemap><loc>{escape(f'{base_url}/{path}')}</loc></sitemap>\n" for path in files
    )
    files["sitemap.xml"] = _document("sitemapindex", entries)
    return files


def _url_set(base_url: str, addresses: Iterable[tuple[str, date | None]]) -> bytes:
    entries = "".join(
        f"<url><loc>{escape(f'{base_url}/{path}')}</loc>"
        + (f"<lastmod>{changed.isoformat()}</lastmod>" if changed is not None else "")
        + "</url>\n"
        for path, changed in addresses
    )
    return _document("urlset", entries)


def _document(name: str, entries: str) -> bytes:
    namespace = "http://www.sitemaps.org/schemas/sitemap/0.9"
    head = '<?xml version="1.0" encoding="UTF-8"?>\n'
    return f'{head}<{name} xmlns="{namespace}">\n{entries}</{name}>\n'.encode()


def manifest(digest: str, artefacts: Iterable[Artefact]) -> Iterator[bytes]:
    """SHA-256 of every file by path, and the digest of what the site was made from."""
    yield b'{"input": ' + msgspec.json.encode(digest) + b', "files": {'
    separator = b"\n"
    for artefact in sorted(artefacts, key=lambda one: one.path):
        path, sha256 = msgspec.json.encode(artefact.path), msgspec.json.encode(artefact.sha256)
        yield separator + path + b": " + sha256
        separator = b",\n"
    yield b"}}\n"
