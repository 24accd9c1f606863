"""What a dataset's page says of its Kommunal-Score, and how to fetch its first file."""

import json
import re
import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from datenernte_dcat.publication import one_line
from datenernte_dcat.site import filters
from datenernte_dcat.site.words import without_codes
from datenernte_dcat.terms import is_web_iri

LISTED_SENTENCES = 5
"""Sentences of one check; a fault that stands at fifty files says the same fifty times."""
_NAME_MAX = 80
_NO_NAME = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class LossRow:
    """What is lost by one check, and what to do."""

    title: str
    points: str
    sentences: list[str]
    how: str


def loss_rows(document: Mapping[str, Any], method: Mapping[str, Any]) -> list[LossRow]:
    """The lost points of a dataset by check, most first; together 100 minus its score.

    Args:
        document: of the dataset's score.
        method: document of the method.
    """
    checks = {check["id"]: check for check in method["checks"]}
    sentences: dict[str, dict[str, str]] = {}
    for fault in document["faults"]:
        known = sentences.setdefault(fault["check"], {})
        known.setdefault(one_line(without_codes(fault["missing"]), 300), fault["cause"])
    rows = []
    for name, points in sorted(document["losses"].items(), key=lambda one: (-one[1], one[0])):
        if not points or name not in checks:
            continue
        check = checks[name]
        said = sentences.get(name, {})
        hows = dict.fromkeys(check["hows"].get(cause, check["how"]) for cause in said.values())
        rows.append(
            LossRow(
                title=check["title"],
                points=filters.number(points, 2),
                sentences=list(said)[:LISTED_SENTENCES],
                how=without_codes(" ".join(hows) or check["how"]),
            )
        )
    return rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetching:
    """How programs fetch one file."""

    curl: str
    python: str
    r: str


def fetching(urls: Iterable[str]) -> Fetching | None:
    """The lines for the first of these URLs that is a web address; None without one."""
    url = next((one for one in urls if is_web_iri(one)), None)
    if url is None:
        return None
    name = file_name(url)
    quoted = json.dumps(url, ensure_ascii=False)
    return Fetching(
        curl=f"curl --location --output {shlex.quote(name)} {shlex.quote(url)}",
        python=f'import urllib.request\nurllib.request.urlretrieve({quoted}, "{name}")',
        r=f'download.file({quoted}, "{name}", mode = "wb")',
    )


def file_name(url: str) -> str:
    """A harmless name for the file of a URL: letters, digits, dots and dashes."""
    last: Sequence[str] = unquote(urlsplit(url).path).rpartition("/")
    return _NO_NAME.sub("_", last[2]).strip("._-")[:_NAME_MAX] or "datei"
