"""The metadata part of the validate stage: SHACL reports, once for each content of a record.

Two things are judged: the description as its portal published it (findings for the municipality,
and the MQA metric of its score), and what our EU feed says of it (the MQA metric of that feed).
"""

import multiprocessing
import os
import signal
import threading
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from hashlib import sha256
from types import TracebackType
from typing import Any, Self

import msgspec

from datenernte_dcat.catalog import CatalogSettings
from datenernte_dcat.findings import Finding
from datenernte_dcat.graph import write_rdf
from datenernte_dcat.publication import Profile as FeedProfile
from datenernte_dcat.publication import feed_triples
from datenernte_dcat.store.rows import StoredRecord
from datenernte_dcat.store.store import Store
from datenernte_dcat.terms import SH
from datenernte_harvester.judging import chunks, fingerprint, judged_triples
from datenernte_harvester.progress import Progress, silent
from datenernte_validators.shapes.engine import mqa_profile, validate_many
from datenernte_validators.shapes.profiles import BASE_PROFILE, DEFAULT_PROFILE, load_profile

INPUT_SETTING = "shapes_input"
"""Store setting: hash of what the reports in the store were made from."""

_BATCH = 50
"""Descriptions that one worker judges at once."""

_ROUND = 400
"""Records looked at before their results are written."""

_Key = tuple[str, str]
"""(hash of the description, hash of everything else that a report depends on)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Question:
    """One description to judge."""

    key: _Key
    description: bytes
    """N-Triples."""
    profile: str


class _Questions:
    """What is asked about a record, under these settings."""

    def __init__(self, catalog: CatalogSettings, shacl_profile: str) -> None:
        self._catalog = catalog
        self._mqa = mqa_profile(shacl_profile)
        self._digest = load_profile(DEFAULT_PROFILE).digest
        self._mqa_digest = load_profile(self._mqa).digest

    @property
    def digests(self) -> tuple[str, ...]:
        """What reports depend on beside the records."""
        return (self._digest, self._mqa_digest, repr(self._catalog))

    def keys(self, record: StoredRecord) -> tuple[_Key, _Key, _Key]:
        """Keys of the report for the municipality and of both MQA verdicts.

        The first verdict is on the description as published; its key is that of the report where
        the report has the verdict anyway. The second one is on what our EU feed says.
        """
        report = (record.content_hash, _hash(self._digest, record.iri))
        mqa = (record.content_hash, _hash("mqa", self._mqa_digest, record.iri))
        feed = (record.feed_hash, _hash("feed", self._mqa_digest, repr(self._catalog)))
        return report, report if self._mqa == BASE_PROFILE else mqa, feed

    def unanswered(self, record: StoredRecord, answered: Iterable[_Key]) -> Iterator[_Question]:
        """The questions about a record that nobody answered yet."""
        report, mqa, feed = self.keys(record)
        wanted = {report: DEFAULT_PROFILE, mqa: DEFAULT_PROFILE if mqa == report else self._mqa}
        missing = {key: profile for key, profile in wanted.items() if key not in answered}
        if missing:
            description = write_rdf(judged_triples(record), "nt")
            for key, profile in missing.items():
                yield _Question(key=key, description=description, profile=profile)
        if feed not in answered:
            triples = feed_triples(record, self._catalog, FeedProfile.EU)
            yield _Question(key=feed, description=write_rdf(triples, "nt"), profile=self._mqa)


def validate_shapes(
    store: Store,
    catalog: CatalogSettings,
    shacl_profile: str,
    *,
    workers: int | None = None,
    progress: Progress = silent,
) -> None:
    """Judge every description that nobody judged yet, and keep the findings of all.

    Args:
        shacl_profile: the rule of the MQA that decides which shapes its verdict follows.
        workers: processes at once; None means one a core.
    """
    questions = _Questions(catalog, shacl_profile)
    heads = ((head.id, head.content_hash, head.feed_hash, head.iri) for head in store.heads())
    inputs = fingerprint([questions.digests, *heads])
    if store.setting(INPUT_SETTING) == inputs:
        return
    total, done = store.count_records(), 0
    with _Pool(workers or os.cpu_count() or 1) as pool:
        for records in chunks(store.records(), _ROUND):
            keys = {record.id: questions.keys(record) for record in records}
            answers = store.shape_reports({key for three in keys.values() for key in three})
            asked = [
                question
                for record in records
                for question in questions.unanswered(record, answers.keys())
            ]
            made = pool.answer(asked)
            store.put_shape_reports(made)
            answers |= made
            store.put_findings(
                "shapes",
                {
                    (record.id, record.portal): msgspec.convert(
                        answers[keys[record.id][0]]["findings"], list[Finding]
                    )
                    for record in records
                },
            )
            done += len(records)
            progress("shapes", records[-1].portal, done, total)
    store.put_setting(INPUT_SETTING, inputs)


def conformance(
    store: Store, records: Sequence[StoredRecord], catalog: CatalogSettings, shacl_profile: str
) -> dict[str, tuple[bool, bool]]:
    """Record id → whether the description as published, and the one in our EU feed, conforms.

    What nobody judged (the shapes are switched off) does not count as conformant: nothing is
    claimed that was not looked at.
    """
    questions = _Questions(catalog, shacl_profile)
    keys = {record.id: questions.keys(record) for record in records}
    answers = store.shape_reports({key for three in keys.values() for key in three})
    return {
        record: (
            published in answers and bool(answers[published]["conforms_base"]),
            feed in answers and bool(answers[feed]["conforms_base"]),
        )
        for record, (_, published, feed) in keys.items()
    }


def published_reports(
    store: Store, records: Sequence[StoredRecord], catalog: CatalogSettings, shacl_profile: str
) -> dict[str, Any]:
    """Record id → report on the description as published; a record nobody judged is missing."""
    questions = _Questions(catalog, shacl_profile)
    keys = {record.id: questions.keys(record)[0] for record in records}
    answers = store.shape_reports(keys.values())
    return {record: answers[key] for record, key in keys.items() if key in answers}


def _hash(*parts: str) -> str:
    return sha256("\n".join(parts).encode()).hexdigest()


class _Pool:
    """Worker processes that judge batches; started with the first batch.

    A fresh interpreter for each (»spawn«), because forking a process that has threads may hang.
    """

    def __init__(self, workers: int) -> None:
        self._workers = workers
        self._executor: ProcessPoolExecutor | None = None

    def __enter__(self) -> Self:
        """Nothing is started yet."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the workers."""
        if self._executor is not None:
            self._executor.shutdown(cancel_futures=True)

    def answer(self, questions: Sequence[_Question]) -> dict[_Key, dict[str, Any]]:
        """The answers to all questions, by key."""
        by_profile: dict[str, dict[_Key, bytes]] = {}
        for question in questions:
            by_profile.setdefault(question.profile, {})[question.key] = question.description
        batches = [
            (profile, batch)
            for profile, asked in sorted(by_profile.items())
            for batch in chunks(asked.items(), _BATCH)
        ]
        answers: dict[_Key, dict[str, Any]] = {}
        for made in self._map(batches):
            answers |= made
        return answers

    def _map(
        self, batches: Sequence[tuple[str, list[tuple[_Key, bytes]]]]
    ) -> Iterable[dict[_Key, dict[str, Any]]]:
        if self._workers == 1 or (len(batches) < 2 and self._executor is None):
            return [_answer(*batch) for batch in batches]
        if self._executor is None:
            self._executor = ProcessPoolExecutor(
                self._workers,
                mp_context=multiprocessing.get_context("spawn"),
                initializer=_leave_with_parent,
            )
        try:
            return list(self._executor.map(_answer, *zip(*batches, strict=True)))
        except BrokenProcessPool:
            # A worker died (memory, a signal). Its batch gets a second try, in this process.
            self._executor = None
            return [_answer(*batch) for batch in batches]


def _leave_with_parent() -> None:
    """Let this worker end when its parent is gone, however it went.

    A killed parent closes nothing that a worker waits for: it would wait for ever. Ctrl-C reaches
    the parent too, which ends the workers in order.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()

    def watch() -> None:
        if parent is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _answer(profile: str, batch: Sequence[tuple[_Key, bytes]]) -> dict[_Key, dict[str, Any]]:
    """The reports of one batch, as the store keeps them."""
    names = {str(number): key for number, (key, _) in enumerate(batch)}
    described = [(str(number), body) for number, (_, body) in enumerate(batch)]
    return {
        names[number]: {
            "conforms": report.conforms,
            "conforms_base": report.base_conforms
            if profile == DEFAULT_PROFILE
            else not any(result.severity == SH + "Violation" for result in report.results),
            "findings": msgspec.to_builtins(report.findings),
        }
        for number, report in validate_many(
            described, profile, base=profile == DEFAULT_PROFILE
        ).items()
    }
