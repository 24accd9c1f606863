"""The twelve blocks of a municipality's report as values, from the store, without a page.

Nothing here judges: scores, advice and comparison are read as the score stage left them; links,
files and incidents are what the other stages noted. Whoever renders needs no further query.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from statistics import median
from typing import Any

from datenernte_dcat.publication import file_urls, shown_title
from datenernte_dcat.site.queries import scores_of
from datenernte_dcat.site.report_blocks import (
    DatasetRow,
    DimensionRow,
    FileRow,
    Head,
    History,
    HvdRow,
    Incident,
    KeyFigure,
    LinkRow,
    Onward,
    ReportData,
)
from datenernte_dcat.store.rows import PortalState, Score, ScorePoint, StoredRecord
from datenernte_dcat.store.store import Store

KOMMUNAL_SETTING = "kommunal_method"
MQA_SETTING = "mqa_method"
EU_FEED = "+eu-feed"
QUARTER_DAYS = 91
HISTORY_MONTHS = 24
_AT_ONCE = 200
_BROKEN_AFTER = timedelta(hours=48)
"""A link is called broken only after it failed for so long; before that it is doubtful."""
_OLD_BROKEN = timedelta(days=30)


def report_data(
    store: Store, key: str, medians: Mapping[str, Mapping[str, float]] | None = None
) -> ReportData | None:
    """The report of a municipality; None where it has no Kommunal-Score.

    Args:
        key: official key, as in `site/municipalities/<key>`.
        medians: result of `peer_medians`, for those who make many reports.
    """
    method = store.setting(KOMMUNAL_SETTING)
    own = None if method is None else store.score(key, "municipality", method["id"])
    if method is None or own is None:
        return None
    document = own.document
    records = list(_records(store, key, method["id"]))
    mqa = store.setting(MQA_SETTING)
    points = None if mqa is None else store.score(key, "municipality", mqa)
    if medians is None:
        medians = peer_medians(store, method["id"])
    owners = _owners([record for record, _, _ in records])
    links = tuple(_links(store, owners))
    datasets = tuple(_dataset(*entry) for entry in records)
    advice = document["advice"]
    return ReportData(
        head=_head(store, key, document, points, method["id"]),
        next_steps=tuple(document["next_steps"]),
        dimensions=tuple(_dimensions(method, document, medians)),
        tasks=tuple(entry for entry in advice if entry["who"] != "Portal"),
        portal_tasks=tuple(entry for entry in advice if entry["who"] == "Portal"),
        links=links,
        datasets=datasets,
        files=tuple(_files(store, [record for record, _, _ in records])),
        hvd=tuple(_hvd(records)),
        comparison=document["comparison"],
        history=_history(store, key, document, method["id"]),
        onward=_onward(store, key, mqa, points),
        method=method,
        reproducibility=document["reproducibility"],
        key_figures=tuple(_figures(document, datasets, links, len(store.links(owners)))),
        losses=document["losses"],
    )


_Entry = tuple[StoredRecord, Mapping[str, Any] | None, Mapping[str, Any] | None]
"""A record with the documents of its Kommunal-Score and its points under MQA-405."""


def _records(store: Store, key: str, method: str) -> Iterator[_Entry]:
    mqa = store.setting(MQA_SETTING)
    ids = [head.id for head in store.heads(municipality=key)]
    for start in range(0, len(ids), _AT_ONCE):
        part = ids[start : start + _AT_ONCE]
        own = scores_of(store, part, method)
        points = {} if mqa is None else scores_of(store, part, mqa)
        for record in store.records_by_id(part):
            yield record, own.get(record.id), points.get(record.id)


def _head(
    store: Store, key: str, document: Mapping[str, Any], points: Score | None, method: str
) -> Head:
    stand = date.fromisoformat(document["reproducibility"]["as_of"])
    history = store.score_history(key, "municipality", method)
    limit = (history[-1].as_of if history else stand) - timedelta(days=QUARTER_DAYS)
    old = [point for point in history if point.as_of <= limit]
    span = None if points is None else points.document.get("range")
    return Head(
        key=key,
        stand=stand,
        datasets=document["datasets"],
        distributions=sum(head.distributions for head in store.heads(municipality=key)),
        score=document["score"],
        low=document["low"],
        high=document["high"],
        grade=document["grade"],
        grade_text=document["grade_text"],
        provisional=document["provisional"],
        coverage=document["coverage"],
        caps=tuple(cap["text"] for cap in document["caps"]),
        frozen=None if document["frozen"] is None else document["frozen"]["text"],
        mqa=None if points is None else round(points.total),
        mqa_rating=None if points is None else points.document.get("rating"),
        mqa_range=None if not span else (span[0], span[1]),
        quarter_change=round(document["score"] - old[-1].total, 1) if old else None,
    )


def peer_medians(store: Store, method: str) -> dict[str, dict[str, float]]:
    """The median of each dimension in each peer group: group → dimension → points."""
    values: dict[str, dict[str, list[float]]] = {}
    for score in store.scores("municipality", method):
        comparison = score.document.get("comparison")
        if comparison is not None:
            own = values.setdefault(comparison["group"], {})
            for code, value in score.document["dimensions"].items():
                own.setdefault(code, []).append(value)
    return {
        group: {code: round(median(found), 1) for code, found in own.items()}
        for group, own in values.items()
    }


def _dimensions(
    method: Mapping[str, Any],
    document: Mapping[str, Any],
    medians: Mapping[str, Mapping[str, float]],
) -> Iterator[DimensionRow]:
    comparison = document["comparison"]
    peers = {} if comparison is None else medians.get(comparison["group"], {})
    of_check = {check["id"]: check["dimension"] for check in method["checks"]}
    lost: Counter[str] = Counter()
    for check, amount in document["losses"].items():
        lost[of_check.get(check, "")] += round(amount * 100)
    for dimension in method["dimensions"]:
        code = dimension["code"]
        yield DimensionRow(
            code=code,
            title=dimension["title"],
            weight=dimension["weight"],
            value=document["dimensions"].get(code),
            peer_median=peers.get(code),
            lost=lost[code] / 100,
        )


def _owners(records: Sequence[StoredRecord]) -> dict[str, str]:
    """Every address of a file or service, and the first dataset that has it."""
    owners: dict[str, str] = {}
    for record in records:
        for url in file_urls(record.as_published):
            owners.setdefault(url, record.id)
    return owners


def _links(store: Store, owners: Mapping[str, str]) -> Iterator[LinkRow]:
    """Links that are broken, doubtful, flaky, blocked or redirected, the worst first."""
    results = store.links(owners)
    changes = store.link_changes(results)
    rows = []
    for url, result in results.items():
        seen = changes.get(url) or [(result.checked_at, result.outcome)]
        since = seen[-1][0]
        for moment, outcome in reversed(seen):
            if (outcome == "ok") != (result.outcome == "ok"):
                break
            since = moment
        failures = [m for m, outcome in seen if outcome not in ("ok", "blocked")]
        recent = [m for m in failures if result.checked_at - m <= _OLD_BROKEN]
        if result.outcome == "blocked":
            state = "blocked"
        elif result.outcome != "ok":
            state = "broken" if result.checked_at - since >= _BROKEN_AFTER else "doubtful"
        elif recent:
            state = "flaky"
        elif result.hops:
            state = "redirected"
        else:
            continue
        rows.append(
            LinkRow(
                url=url,
                state=state,
                status=result.status,
                since=since.date(),
                dataset=owners[url],
                suggestion=result.final_url if result.hops else None,
                detail=result.detail,
            )
        )
    order = ("broken", "doubtful", "flaky", "blocked", "redirected")
    yield from sorted(rows, key=lambda row: (order.index(row.state), row.url))


def _dataset(
    record: StoredRecord, own: Mapping[str, Any] | None, points: Mapping[str, Any] | None
) -> DatasetRow:
    return DatasetRow(
        id=record.id,
        iri=record.iri,
        title=shown_title(record.as_published),
        score=None if own is None else own["score"],
        mqa=None if points is None else points["total"],
        dimensions={} if own is None else own["dimensions"],
        losses={} if own is None else own["losses"],
        faults=() if own is None else tuple(own["faults"]),
        conformant=_is_full(own, "K"),
        on_time=_is_full(own, "T2"),
        changed=record.changed_at.date(),
    )


def _is_full(own: Mapping[str, Any] | None, check: str) -> bool | None:
    value = None if own is None else own["values"].get(check)
    return None if value is None else value == 1


def _files(store: Store, records: Sequence[StoredRecord]) -> Iterator[FileRow]:
    owners: dict[str, str] = {}
    for record in records:
        for dataset in (record.normalised, record.as_published):
            for url in file_urls(dataset):
                owners.setdefault(url, record.id)
    for url, state in sorted(store.file_states(owners).items()):
        if state.content_hash is None or state.schema_hash is None:
            continue
        kept = store.file_report(state.content_hash, state.schema_hash)
        if kept is not None:
            yield FileRow(
                url=url,
                dataset=owners[url],
                rows=kept.report.get("rows"),
                format=kept.report.get("format"),
                encoding=kept.report.get("encoding"),
                schema=kept.report.get("schema"),
                valid=bool(kept.report.get("valid")),
                findings=tuple(kept.report.get("findings", ())),
            )


def _hvd(records: Sequence[_Entry]) -> Iterator[HvdRow]:
    for record, own, _ in records:
        if own is not None and own["hvd"] is not None:
            yield HvdRow(
                dataset=record.id,
                title=shown_title(record.as_published),
                missing=tuple(fault["missing"] for fault in own["faults"] if fault["check"] == "H"),
            )


def _history(store: Store, key: str, document: Mapping[str, Any], method: str) -> History:
    points = store.score_history(key, "municipality", method)
    months: dict[tuple[int, int], ScorePoint] = {}
    for point in points:
        months[point.as_of.year, point.as_of.month] = point
    last = [months[month] for month in sorted(months)][-HISTORY_MONTHS:]
    return History(
        months=tuple((point.as_of, point.total) for point in last),
        changes=tuple(document["changes"]),
        incidents=tuple(_incidents(store, key)),
    )


def _incidents(store: Store, key: str) -> Iterator[Incident]:
    """Harvests of the municipality's portals that were not complete, newest first."""
    names = sorted({head.portal for head in store.heads(municipality=key)})
    days = {run.id: run.as_of for run in store.runs()}
    found = [
        Incident(
            portal=name, day=days[entry.run], state=str(entry.state), detail=entry.detail
        )
        for name in names
        for entry in store.portal_history(name)
        if entry.state not in (PortalState.OK, PortalState.SKIPPED) and entry.run in days
    ]  # fmt: skip
    yield from sorted(found, key=lambda one: (one.day, one.portal), reverse=True)


def _onward(store: Store, key: str, mqa: str | None, points: Score | None) -> Onward:
    feed = None if mqa is None else store.score(key, "municipality", mqa + EU_FEED)
    changes = Counter(
        finding.code for finding in store.findings(municipality=key, stage="normalise")
    )
    return Onward(
        mqa=None if points is None else round(points.total),
        mqa_feed=None if feed is None else round(feed.total),
        changes=dict(sorted(changes.items())),
    )


def _figures(
    document: Mapping[str, Any],
    datasets: Sequence[DatasetRow],
    links: Sequence[LinkRow],
    checked: int,
) -> Iterator[KeyFigure]:
    """Shares for a council paper; each says of how many.

    Args:
        checked: number of links that were checked.
    """
    names = {
        "working_links": "Datensätze mit funktionierendem Link",
        "open_licences": "erreichbare Dateien und Dienste mit offener Lizenz",
        "hvd_declared": "gemeldete hochwertige Datensätze",
    }
    for name, (count, total) in document["figures"].items():
        yield KeyFigure(name=names[name], count=count, of=total)
    for name, values in (
        ("Datensätze ohne Verstoß gegen DCAT-AP.de", [row.conformant for row in datasets]),
        ("Datensätze, die so aktuell sind wie angekündigt", [row.on_time for row in datasets]),
    ):
        known = [value for value in values if value is not None]
        yield KeyFigure(name=name, count=sum(known), of=len(known))
    yield KeyFigure(
        name="defekte Links", count=sum(link.state == "broken" for link in links), of=checked
    )
