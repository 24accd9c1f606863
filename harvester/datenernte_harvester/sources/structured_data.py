"""What web pages say in the vocabulary of schema.org: JSON-LD, microdata or RDFa.

JSON-LD is read strictly by its own words and nothing is ever fetched: of a `@context` only counts
whether it means schema.org, and under which prefix. Microdata and RDFa are read where a page has
no JSON-LD with datasets, since they repeat it.

Sources: https://schema.org/docs/datamodel.html, https://www.w3.org/TR/json-ld11/
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from datenernte_dcat.errors import SourceProtocolError
from datenernte_dcat.findings import Finding
from datenernte_dcat.graph.byte_gate import gated_json
from datenernte_dcat.texts import finding
from datenernte_harvester.sources.json_values import integer
from datenernte_harvester.sources.web_pages import WebPage

DATASET_TYPES = frozenset({"Dataset", "DataFeed"})
_CONTAINERS = ("dataset", "mainEntity", "itemListElement", "item", "@graph")
"""Properties behind which a page lists its datasets; other datasets are only mentioned."""
_NODES_MAX = 20_000
_CONTENT_DEPTH = 5
_SCHEMA = re.compile(r"https?://(?:www\.)?schema\.org(?:/|$)", re.IGNORECASE)
_COMMENT = re.compile(r"^\s*(?:<!--|//\s*<!\[CDATA\[|<!\[CDATA\[)|(?:-->|//\s*\]\]>|\]\]>)\s*$")
_MENTIONS_SCHEMA = re.compile(r"schema\.org", re.IGNORECASE)

Node = dict[str, Any]


class StructuredData(NamedTuple):
    """The nodes of a page."""

    datasets: tuple[Node, ...]
    """Nodes of datasets, property names without name space."""
    catalogues: tuple[Node, ...]
    by_id: Mapping[str, Node]
    """Nodes by `@id`, for references."""
    findings: tuple[Finding, ...]

    def node(self, value: object) -> Mapping[str, Any]:
        """A node, or the one that a reference means; an empty one for everything else."""
        if not isinstance(value, dict):
            return {}
        if value.keys() <= {"@id"}:
            return self.by_id.get(str(value.get("@id")), value)
        return value


def structured_data(page: WebPage, html: str) -> StructuredData:
    """The datasets that a page describes, in the first of the three forms that has any."""
    found = _collected(*_json_ld(page))
    if found.datasets or found.catalogues or not _MENTIONS_SCHEMA.search(html):
        return found
    for reader in (_microdata, _rdfa):
        nodes = reader(html, page.url)
        other = _collected(nodes, found.findings)
        if other.datasets or other.catalogues:
            return other
    return found


def entries(value: object) -> list[Any]:
    """A list as it is, one thing as a list of it, nothing as none."""
    if isinstance(value, list):
        return value
    return [] if value is None else [value]


def types_of(node: Mapping[str, Any]) -> set[str]:
    """The types of a node, without name space."""
    return {kind for kind in entries(node.get("@type")) if isinstance(kind, str)}


def _collected(nodes: Iterable[Node], findings: Iterable[Finding] = ()) -> StructuredData:
    tops = list(nodes)
    index: dict[str, Node] = {}
    for node in _all_nodes(tops):
        name = node.get("@id")
        if isinstance(name, str) and node.keys() != {"@id"}:
            index[name] = {**index.get(name, {}), **node}
    datasets = []
    catalogues = []
    waiting = list(tops)
    seen: set[int] = set()
    for listed in waiting:  # which grows
        node = index.get(str(listed.get("@id")), listed)  # all that is said of it in one place
        if id(node) in seen:
            continue
        seen.add(id(node))
        kinds = types_of(node)
        if kinds & DATASET_TYPES:
            datasets.append(node)
        if "DataCatalog" in kinds:
            catalogues.append(node)
        waiting += [
            inside
            for name in _CONTAINERS
            for inside in entries(node.get(name))
            if isinstance(inside, dict)
        ]
    return StructuredData(tuple(datasets), tuple(catalogues), index, tuple(findings))


def _all_nodes(tops: Iterable[Node]) -> Iterator[Node]:
    waiting: list[Any] = list(tops)
    for number, value in enumerate(waiting):  # which grows
        if number > _NODES_MAX:
            return
        if isinstance(value, dict):
            yield value
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value


def _json_ld(page: WebPage) -> tuple[list[Node], list[Finding]]:
    nodes: list[Node] = []
    findings: list[Finding] = []
    for script in page.root.xpath("//script[@type]"):
        kind = script.attrib["type"].partition(";")[0].strip().lower()
        if kind != "application/ld+json":
            continue
        words = _COMMENT.sub("", _COMMENT.sub("", script.xpath("string()").get() or "", 1), 1)
        try:
            text = gated_json(words).text
            # control characters inside texts are against the standard and everywhere
            document = json.loads(
                text, strict=False, parse_constant=lambda _name: None, parse_int=integer
            )
        except (ValueError, SourceProtocolError) as error:
            detail = " ".join(str(error).split())[:200]
            findings.append(finding("json-ld-unreadable", subject=page.url, detail=detail))
            continue
        for top in entries(document):
            if isinstance(top, dict):
                nodes += _tops(top)
    return nodes, findings


def _tops(top: Mapping[str, Any]) -> list[Node]:
    """The nodes of a document in names of schema.org; none where it is in another vocabulary."""
    prefixes = _prefixes(top.get("@context"))
    node = _plain(top, prefixes)
    inside = [one for one in entries(node.pop("@graph", None)) if isinstance(one, dict)]
    return [*([node] if node.keys() - {"@id"} else []), *inside]


def _prefixes(context: object) -> tuple[str, ...]:
    """The prefixes under which the context knows schema.org; "" where it is the vocabulary."""
    found: list[str] = []
    for entry in entries(context):
        if isinstance(entry, str) and _SCHEMA.match(entry):
            found.append("")
        elif isinstance(entry, dict):
            for name, value in entry.items():
                if isinstance(value, str) and _SCHEMA.match(value):
                    found.append("" if name == "@vocab" else f"{name}:")
    return tuple(dict.fromkeys(found))


def _plain(node: Mapping[str, Any], prefixes: tuple[str, ...]) -> Node:
    """The node with plain names; what is of another vocabulary keeps its own."""
    if "@context" in node:
        prefixes = _prefixes(node["@context"]) or prefixes
    made: Node = {}
    for key, value in node.items():
        if key == "@context":
            continue
        if key in ("@type", "type"):
            kinds = [_name(kind, prefixes) for kind in entries(value) if isinstance(kind, str)]
            made["@type"] = [kind for kind in kinds if kind is not None]
            continue
        name = "@id" if key == "id" and "" in prefixes else key
        if not name.startswith("@"):
            name = _name(key, prefixes) or key
        made[name] = _plain_value(value, prefixes)
    return made


def _plain_value(value: Any, prefixes: tuple[str, ...]) -> Any:
    if isinstance(value, list):
        return [_plain_value(entry, prefixes) for entry in value]
    if isinstance(value, dict):
        if "@value" in value:
            return value["@value"] if "@language" not in value else dict(value)
        if value.keys() == {"@list"} or value.keys() == {"@set"}:
            return _plain_value(next(iter(value.values())), prefixes)
        return _plain(value, prefixes)
    return value


def _name(key: str, prefixes: tuple[str, ...]) -> str | None:
    """The name in schema.org; None for one of another vocabulary."""
    match = _SCHEMA.match(key)
    if match:
        return key[match.end() :]
    for prefix in prefixes:
        if prefix and key.startswith(prefix):
            return key[len(prefix) :]
    return key if "" in prefixes and ":" not in key else None


def _microdata(html: str, url: str) -> list[Node]:
    """Nodes of the top-level items."""
    if "itemscope" not in html:
        return []
    from extruct.w3cmicrodata import MicrodataExtractor  # type: ignore[import-untyped]  # no stubs

    try:
        items = MicrodataExtractor().extract(html, base_url=url)
    except (ValueError, RecursionError):
        return []
    return [_plain_item(item) for item in items if isinstance(item, dict)]


def _plain_item(item: Mapping[str, Any]) -> Node:
    kinds = [_name(kind, ()) for kind in entries(item.get("type")) if isinstance(kind, str)]
    made: Node = {"@type": [kind for kind in kinds if kind]}
    if isinstance(item.get("id"), str):
        made["@id"] = item["id"]
    properties = item.get("properties")
    for name, value in (properties if isinstance(properties, dict) else {}).items():
        values = [
            _plain_item(entry) if isinstance(entry, dict) else entry for entry in entries(value)
        ]
        made[_name(name, ()) or name] = values[0] if len(values) == 1 else values
    return made


def _rdfa(html: str, url: str) -> list[Node]:
    """Nodes of the page's graph, as far as they are of schema.org."""
    if "typeof" not in html:
        return []
    from extruct.rdfa import RDFaExtractor  # type: ignore[import-untyped]  # no stubs

    try:
        found = RDFaExtractor().extract(html, base_url=url)
    except (ValueError, RecursionError):
        return []
    nodes = {
        node["@id"]: _plain(node, ()) for node in found if isinstance(node, dict) and "@id" in node
    }
    for node in nodes.values():  # a graph has no order, a record must have the same one every day
        for name, values in node.items():
            if isinstance(values, list):
                node[name] = sorted(values, key=lambda value: _content(value, nodes))
    return sorted(nodes.values(), key=lambda node: _content(node, nodes))


def _content(value: Any, nodes: Mapping[str, Node], depth: int = 0) -> str:
    """What a value says, without the names of blank nodes, which are others every day."""
    if not isinstance(value, dict) or depth > _CONTENT_DEPTH:
        return str(value) if not isinstance(value, dict) else ""
    name = str(value.get("@id", ""))
    described = nodes.get(name, value) if name.startswith("_:") else value
    parts = sorted(
        f"{key}={sorted(_content(entry, nodes, depth + 1) for entry in entries(inside))}"
        for key, inside in described.items()
        if key != "@id"
    )
    return f"{'' if name.startswith('_:') else name}{parts}"
