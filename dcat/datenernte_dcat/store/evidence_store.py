"""What checking found out about the world outside: links, files, reports, cached answers."""

import zlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import delete, select, tuple_

from datenernte_dcat.store import schema
from datenernte_dcat.store.database import CHUNK, Database, chunks, json_hash, to_json
from datenernte_dcat.store.rows import CachedResponse, FileReport, FileState, LinkResult

_link = schema.link
_history = schema.link_history
_file = schema.file_state
_headers_decoder = msgspec.json.Decoder(tuple[tuple[str, str], ...])
_link_decoder = msgspec.json.Decoder(LinkResult)
_file_decoder = msgspec.json.Decoder(FileState)


class EvidenceStore(Database):
    """The part of the store that remembers observations, so that nothing is asked twice."""

    def put_links(self, results: Sequence[LinkResult]) -> None:
        """Keeps the newest observation of each URL; the history grows when the answer changed."""
        with self.writing() as connection:
            for chunk in chunks(results):
                by_key = {schema.url_key(result.url): result for result in chunk}
                before = {
                    row.key: (row.head_status, row.status, row.outcome)
                    for row in connection.execute(
                        select(
                            _link.c.key, _link.c.head_status, _link.c.status, _link.c.outcome
                        ).where(_link.c.key.in_(by_key))
                    )
                }
                rows: list[dict[str, Any]] = []
                changes: list[dict[str, Any]] = []
                for key, result in by_key.items():
                    answer = (result.head_status, result.status, result.outcome)
                    row = dict(zip(("head_status", "status", "outcome"), answer, strict=True))
                    row["key"] = key
                    rows.append(
                        row | {"hash": _known(result, "checked_at"), "document": to_json(result)}
                    )
                    if before.get(key) != answer:
                        changes.append(row | {"checked_at": result.checked_at})
                self.upsert(connection, _link, rows)
                self.upsert(connection, _history, changes)

    def links(self, urls: Iterable[str]) -> dict[str, LinkResult]:
        """The newest observation of each of these URLs, by URL; unknown ones are missing."""
        found: dict[str, LinkResult] = {}
        for chunk in chunks(urls):
            by_key = {schema.url_key(url): url for url in chunk}
            with self.reading() as connection:
                for key, document in connection.execute(
                    select(_link.c.key, _link.c.document).where(_link.c.key.in_(by_key))
                ):
                    found[by_key[key]] = _link_decoder.decode(document)
        return found

    def link_history(self, url: str) -> list[LinkResult]:
        """When the answer of a URL changed, oldest first: time, statuses and outcome only."""
        with self.reading() as connection:
            rows = connection.execute(
                select(_history)
                .where(_history.c.key == schema.url_key(url))
                .order_by(_history.c.checked_at)
            )
            return [
                LinkResult(
                    url=url,
                    checked_at=row.checked_at,
                    head_status=row.head_status,
                    status=row.status,
                    outcome=row.outcome,
                )
                for row in rows
            ]

    def link_changes(self, urls: Iterable[str]) -> dict[str, list[tuple[datetime, str]]]:
        """When the answer of each of these URLs changed and to which outcome, oldest first."""
        found: dict[str, list[tuple[datetime, str]]] = {}
        for chunk in chunks(urls):
            by_key = {schema.url_key(url): url for url in chunk}
            with self.reading() as connection:
                for key, checked_at, outcome in connection.execute(
                    select(_history.c.key, _history.c.checked_at, _history.c.outcome)
                    .where(_history.c.key.in_(by_key))
                    .order_by(_history.c.key, _history.c.checked_at)
                ):
                    found.setdefault(by_key[key], []).append((checked_at, outcome))
        return found

    def links_digest(self) -> str:
        """Hash of what is known of all links, times apart: it changes when an answer does."""
        return self.digest_of(([_link.c.key, _link.c.hash], 1))

    def files_digest(self) -> str:
        """Hash of what is known of all files, times apart: it changes when a file does."""
        return self.digest_of(([_file.c.key, _file.c.hash], 1))

    def file_state(self, url: str) -> FileState | None:
        """What was last fetched from a URL; None where nothing was."""
        return self.file_states([url]).get(url)

    def file_states(self, urls: Iterable[str]) -> dict[str, FileState]:
        """What was last fetched from each of these URLs, by URL; unknown ones are missing."""
        found: dict[str, FileState] = {}
        for chunk in chunks(urls):
            by_key = {schema.url_key(url): url for url in chunk}
            with self.reading() as connection:
                for key, document in connection.execute(
                    select(_file.c.key, _file.c.document).where(_file.c.key.in_(by_key))
                ):
                    found[by_key[key]] = _file_decoder.decode(document)
        return found

    def put_file_states(self, states: Sequence[FileState]) -> None:
        """Keeps what was fetched, one row per URL."""
        rows = [
            {
                "key": schema.url_key(state.url),
                "content_hash": state.content_hash,
                "schema_hash": state.schema_hash,
                "hash": _known(state, "fetched_at"),
                "document": to_json(state),
            }
            for state in states
        ]
        with self.writing() as connection:
            self.upsert(connection, _file, rows)

    def file_report(self, content_hash: str, schema_hash: str) -> FileReport | None:
        """The report of this content under this schema; None where there is none."""
        table = schema.file_report
        with self.reading() as connection:
            text = connection.execute(
                select(table.c.report).where(
                    table.c.content_hash == content_hash, table.c.schema_hash == schema_hash
                )
            ).scalar_one_or_none()
            if text is None:
                return None
            return FileReport(
                content_hash=content_hash,
                schema_hash=schema_hash,
                report=msgspec.json.decode(text),
            )

    def put_file_report(self, report: FileReport) -> None:
        """Keeps one report."""
        self.put_file_reports([report])

    def put_file_reports(self, reports: Sequence[FileReport]) -> None:
        """Keeps the reports; the same content under the same schema has one."""
        rows = [
            msgspec.structs.asdict(report) | {"report": to_json(report.report)}
            for report in reports
        ]
        with self.writing() as connection:
            self.upsert(connection, schema.file_report, rows)

    def shape_report(self, graph_hash: str, profile_hash: str) -> Any:
        """The JSON of a shape report; None where there is none."""
        return self.shape_reports([(graph_hash, profile_hash)]).get((graph_hash, profile_hash))

    def shape_reports(self, keys: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Any]:
        """The JSON of the shape reports of these (graph hash, profile hash), where there are."""
        table = schema.shape_report
        found: dict[tuple[str, str], Any] = {}
        for chunk in chunks(keys, CHUNK // 2):
            with self.reading() as connection:
                rows = connection.execute(
                    select(table).where(tuple_(table.c.graph_hash, table.c.profile_hash).in_(chunk))
                )
                for row in rows:
                    key = (row.graph_hash, row.profile_hash)
                    found[key] = msgspec.json.decode(row.report)
        return found

    def put_shape_reports(self, reports: Mapping[tuple[str, str], object]) -> None:
        """Keeps shape reports.

        Args:
            reports: JSON values by (graph hash, profile hash). The graph hash is the
                `content_hash` or the `feed_hash` of a record: `retention` forgets reports whose
                hash no record has any more.
        """
        rows = [
            {"graph_hash": graph_hash, "profile_hash": profile_hash, "report": to_json(report)}
            for (graph_hash, profile_hash), report in reports.items()
        ]
        with self.writing() as connection:
            self.upsert(connection, schema.shape_report, rows)

    def cached_response(self, portal: str, url: str) -> CachedResponse | None:
        """A portal's last answer to this URL; None where none is kept."""
        table = schema.response
        with self.reading() as connection:
            row = connection.execute(
                select(table).where(table.c.portal == portal, table.c.key == schema.url_key(url))
            ).first()
            if row is None:
                return None
            return CachedResponse(
                portal=portal,
                url=url,
                status=row.status,
                headers=_headers_decoder.decode(row.headers),
                body=zlib.decompress(row.body),
                stored_at=row.stored_at,
            )

    def put_cached_response(self, answer: CachedResponse) -> None:
        """Keeps a portal's answer, compressed, in place of the former one to the same URL."""
        row = msgspec.structs.asdict(answer) | {
            "key": schema.url_key(answer.url),
            "headers": to_json(answer.headers),
            "body": zlib.compress(answer.body, 3),
        }
        with self.writing() as connection:
            self.upsert(connection, schema.response, [row])

    def crawl_memo(self, portal: str) -> bytes | None:
        """What was kept of a portal's last complete crawl; None where nothing is kept."""
        table = schema.crawl_memo
        with self.reading() as connection:
            document = connection.execute(
                select(table.c.document).where(table.c.portal == portal)
            ).scalar_one_or_none()
            return None if document is None else zlib.decompress(document)

    def put_crawl_memo(self, portal: str, document: bytes | None) -> None:
        """Keeps what the next crawl of a portal compares itself with; None forgets it."""
        table = schema.crawl_memo
        with self.writing() as connection:
            if document is None:
                connection.execute(delete(table).where(table.c.portal == portal))
            else:
                row = {"portal": portal, "document": zlib.compress(document, 3)}
                self.upsert(connection, table, [row])

    def delete_cached_responses(self, portal: str, *, besides: Iterable[str] = ()) -> None:
        """Forgets a portal's answers, so that the next harvest asks for everything.

        Args:
            besides: URLs whose answers stay.
        """
        table = schema.response
        kept = {schema.url_key(url) for url in besides}
        with self.writing() as connection:
            if kept:
                keys = connection.execute(select(table.c.key).where(table.c.portal == portal))
                for chunk in chunks(sorted(set(keys.scalars()) - kept)):
                    connection.execute(
                        delete(table).where(table.c.portal == portal, table.c.key.in_(chunk))
                    )
                return
        with self.writing() as connection:
            connection.execute(delete(table).where(table.c.portal == portal))


def _known(value: msgspec.Struct, time: str) -> str:
    """Hash of what was observed, without the time and without what servers vary at will."""
    observed = msgspec.structs.asdict(value)
    return json_hash(
        {name: observed[name] for name in observed if name not in {time, "content_length"}}
    )
