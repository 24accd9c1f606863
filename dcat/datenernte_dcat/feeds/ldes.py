"""A Linked Data Event Stream of static files: the last event of every dataset, with its description.

`ldes/index.ttl` is the stream with a link to each page; a page holds the events of one UTC day (or,
on a day with very many, of a share of the records), in TriG: the event in the default graph, the
description of the dataset in the graph that is named as the event. Only the last event of each
dataset stays, which the stream says as its retention policy, so the whole stream is as large as
the catalogue, and a client that has seen an event need never read it again.

Source: DCAT-AP Feeds, https://semiceu.github.io/LDES-DCAT-AP-feeds/;
LDES, https://w3id.org/ldes/specification; TREE, https://w3id.org/tree/specification
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from datenernte_dcat.catalog import CatalogSettings
from datenernte_dcat.feeds.changes import Change, Kind
from datenernte_dcat.feeds.documents import FRAMES, fragment
from datenernte_dcat.feeds.fragments import DUMPS, Fragments
from datenernte_dcat.feeds.heads import timestamp
from datenernte_dcat.publication import Profile
from datenernte_dcat.site.artefacts import Build, input_hash
from datenernte_dcat.site.check import RdfCounts
from datenernte_dcat.terms import AS, DCT, LDES, RDF, RDFS, TREE, XSD

STREAM = "ldes/index.ttl"
PAGE_EVENTS = 500
"""Events on a page above which a day is divided."""
_TURTLE = DUMPS.index((Profile.NATIONAL, "ttl"))
_TYPE = NamedNode(RDF + "type")


def write_ldes(
    build: Build,
    settings: CatalogSettings,
    events: Sequence[Change],
    fragments: Fragments,
    *,
    version: str,
) -> None:
    """Write the stream and the pages that have changed, and link the others.

    Args:
        events: result of `changes`.
        fragments: of this build.
        version: hash of code and settings.

    Raises:
        KeyError: the dumps lack a published dataset.
    """
    pages = pages_by_day(events)
    for path, members in pages.items():
        _write_page(build, settings, path, members, fragments, version)
    inputs = input_hash(version, *pages)
    if not build.reuse(STREAM, inputs):
        triples = _stream(settings, list(pages))
        document = FRAMES["ttl"].prologue + fragment(triples, "ttl")
        build.write(STREAM, inputs, document, RdfCounts(len(triples), 0))


def pages_by_day(events: Sequence[Change]) -> dict[str, list[Change]]:
    """The events of each page by its path, in the order of time.

    A day is divided by the first digits of the record ids, not by place: an event that leaves its
    page moves no other event to another page.
    """
    days: dict[str, list[Change]] = defaultdict(list)
    for event in events:
        days[f"{event.at.astimezone(UTC):%Y-%m-%d}"].append(event)
    pages: dict[str, list[Change]] = {}
    for day, members in sorted(days.items()):
        digits = 0
        while len(members) > PAGE_EVENTS * 16**digits:
            digits += 1
        shares: dict[str, list[Change]] = defaultdict(list)
        for event in members:
            shares[event.id[:digits]].append(event)
        for share, some in sorted(shares.items()):
            pages[f"ldes/{day}{'-' if share else ''}{share}.trig"] = some
    return pages


def _write_page(
    build: Build,
    settings: CatalogSettings,
    path: str,
    events: Sequence[Change],
    fragments: Fragments,
    version: str,
) -> None:
    inputs_of: Mapping[str, str] = {
        event.id: "" if event.kind is Kind.DELETE else _inputs(fragments, event.id)
        for event in events
    }
    inputs = input_hash(
        version, *(f"{one.kind} {one.id} {one.iri} {one.at} {inputs_of[one.id]}" for one in events)
    )
    if build.reuse(path, inputs):
        return
    base = settings.base_url
    stream = NamedNode(f"{base}/{STREAM}#stream")
    triples = [
        Triple(stream, _TYPE, NamedNode(LDES + "EventStream")),
        Triple(stream, NamedNode(TREE + "view"), NamedNode(f"{base}/{STREAM}")),
        Triple(NamedNode(f"{base}/{path}"), _TYPE, NamedNode(TREE + "Node")),
    ]
    for event in events:
        triples += _event(base, stream, event)
    parts = [FRAMES["ttl"].prologue, fragment(triples, "ttl")]
    quads, datasets = len(triples), 0
    for event in events:
        row = None if event.kind is Kind.DELETE else fragments.row(event.id)
        if row is not None:
            name = NamedNode(event.event_iri(base))
            parts += [f"{name} {{\n".encode(), fragments.read(row, _TURTLE), b"}\n"]
            quads += row.triples_in(Profile.NATIONAL)
            datasets += 1
    build.write(path, inputs, b"".join(parts), RdfCounts(quads, datasets))


def _inputs(fragments: Fragments, identifier: str) -> str:
    row = fragments.row(identifier)
    if row is None:
        raise KeyError(identifier)
    return row.inputs


def _event(base: str, stream: NamedNode, event: Change) -> list[Triple]:
    node = NamedNode(event.event_iri(base))
    found = [
        Triple(stream, NamedNode(TREE + "member"), node),
        Triple(node, _TYPE, NamedNode(AS + event.kind)),
        Triple(node, NamedNode(AS + "object"), NamedNode(event.iri)),
        Triple(node, NamedNode(AS + "published"), _moment(event.at)),
    ]
    if event.kind is not Kind.DELETE:
        url = NamedNode(f"{base}/datasets/{event.id}.ttl")
        found.append(Triple(node, NamedNode(RDFS + "seeAlso"), url))
    return found


def _moment(moment: datetime) -> Literal:
    return Literal(timestamp(moment), datatype=NamedNode(XSD + "dateTime"))


def _stream(settings: CatalogSettings, pages: Sequence[str]) -> list[Triple]:
    """The description of the stream, and from when to when each page goes."""
    base = settings.base_url
    stream, view = NamedNode(f"{base}/{STREAM}#stream"), NamedNode(f"{base}/{STREAM}")
    published, subject = NamedNode(AS + "published"), NamedNode(AS + "object")
    policy = BlankNode("policy")
    title = f"{settings.title}: Änderungen"
    triples = [
        Triple(stream, _TYPE, NamedNode(LDES + "EventStream")),
        Triple(stream, NamedNode(DCT + "title"), Literal(title, language="de")),
        Triple(stream, NamedNode(DCT + "license"), NamedNode(settings.license)),
        Triple(stream, NamedNode(LDES + "timestampPath"), published),
        Triple(stream, NamedNode(LDES + "versionOfPath"), subject),
        *(
            Triple(stream, NamedNode(f"{LDES}version{kind}Object"), NamedNode(AS + kind))
            for kind in Kind
        ),
        Triple(stream, NamedNode(LDES + "retentionPolicy"), policy),
        Triple(policy, _TYPE, NamedNode(LDES + "LatestVersionSubset")),
        Triple(
            policy,
            NamedNode(LDES + "amount"),
            Literal("1", datatype=NamedNode(XSD + "integer")),
        ),
        Triple(stream, NamedNode(TREE + "view"), view),
        Triple(view, _TYPE, NamedNode(TREE + "Node")),
    ]
    for number, path in enumerate(pages):
        day = datetime.fromisoformat(path.removeprefix("ldes/")[:10]).replace(tzinfo=UTC)
        bounds = (
            ("GreaterThanOrEqualToRelation", day),
            ("LessThanRelation", day + timedelta(days=1)),
        )
        for name, bound in bounds:
            relation = BlankNode(f"r{number}{name[0]}")
            triples += [
                Triple(view, NamedNode(TREE + "relation"), relation),
                Triple(relation, _TYPE, NamedNode(TREE + name)),
                Triple(relation, NamedNode(TREE + "node"), NamedNode(f"{base}/{path}")),
                Triple(relation, NamedNode(TREE + "path"), published),
                Triple(relation, NamedNode(TREE + "value"), _moment(bound)),
            ]
    return triples
