"""Large portals are asked for changes and identifiers; any doubt leads to a full harvest."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.harvest.conftest import Answer, Asked, Harvester, WebServer, package, portal

from datenernte_dcat.store.rows import PortalState, RecordStatus
from datenernte_harvester.crawl import portals
from datenernte_harvester.crawl.changes_only import RECORDS_MIN
from datenernte_harvester.crawl.portals import CrawlJob

OLD, NEW = "2020-01-01T00:00:00", "2026-06-01T00:00:00"


class Ckan:
    """A CKAN that knows `fq` for changes and `fl=id`."""

    def __init__(self, packages: dict[str, dict[str, Any]]) -> None:
        self.packages = packages
        self.asked: list[dict[str, str]] = []
        self.hides: set[str] = set()
        """Changed packages that it does not count as changed."""

    def __call__(self, asked: Asked) -> Answer:
        query = asked.query
        if "start" not in query:
            return Answer(status=404)
        self.asked.append(query)
        found = [self.packages[name] for name in sorted(self.packages)]
        if "fq" in query:
            since = query["fq"].partition("[")[2][:19]
            found = [
                entry
                for entry in found
                if entry["metadata_modified"] >= since and entry["id"] not in self.hides
            ]
        start, rows = int(query["start"]), int(query["rows"])
        listed: list[Any] = found[start : start + rows]
        if query.get("fl") == "id":
            listed = [{"id": entry["id"]} for entry in listed]
        result = {"count": len(found), "results": listed}
        return Answer(json.dumps({"success": True, "result": result}).encode())

    @property
    def kinds(self) -> list[str]:
        """What was asked for: changes, identifiers or everything."""
        return [
            "changes" if "fq" in query else "identifiers" if "fl" in query else "everything"
            for query in self.asked
        ]


@pytest.fixture
def site(server: WebServer, harvest: Harvester) -> Ckan:
    """A portal just large enough, harvested once; its pages differ in every later run."""
    packages = {
        entry["id"]: entry
        for entry in (package(n, metadata_modified=OLD, resources=[]) for n in range(RECORDS_MIN))
    }
    ckan = Ckan(packages)
    server.answer = ckan
    [first] = harvest(portal(server))
    assert first.state is PortalState.OK
    return ckan


def test_changes_arrive_and_removals_are_seen_without_asking_for_everything(
    site: Ckan, server: WebServer, harvest: Harvester
) -> None:
    site.packages["p0007"] |= {"title": "Neuer Titel", "metadata_modified": NEW}
    site.packages["neu"] = package(1, id="neu", metadata_modified=NEW)
    del site.packages["p0003"]
    site.asked.clear()

    [run] = harvest(portal(server))

    assert run.state is PortalState.OK
    assert (run.new, run.changed, run.withdrawn) == (1, 1, 1)
    assert (run.seen, run.unchanged) == (RECORDS_MIN, RECORDS_MIN - 2)
    # one page was compared with the last run's, or two at once
    assert site.kinds.count("changes") == 1
    assert site.kinds.count("identifiers") == 2
    assert site.kinds.count("everything") <= 2
    with harvest.store() as store:
        assert store.known("probe")["p0003"].status is RecordStatus.WITHDRAWN
        assert len(store.seen(2, "probe")) == RECORDS_MIN

    site.asked.clear()
    [quiet] = harvest(portal(server))
    assert (quiet.state, quiet.changed, quiet.new, quiet.withdrawn) == (PortalState.OK, 0, 0, 0)
    assert quiet.unchanged == RECORDS_MIN
    assert site.kinds == ["changes", "identifiers", "identifiers"]


def test_a_new_dataset_that_does_not_count_as_changed_leads_to_a_full_harvest(
    site: Ckan, server: WebServer, harvest: Harvester
) -> None:
    site.packages["neu"] = package(1, id="neu", metadata_modified=OLD)
    site.packages["p0001"] |= {"title": "Stiller Wechsel"}
    site.asked.clear()

    [run] = harvest(portal(server))

    assert (run.state, run.new, run.changed) == (PortalState.OK, 1, 1)
    assert site.kinds[-1] == "everything"


def test_a_server_that_loses_most_identifiers_deletes_nothing(
    site: Ckan, server: WebServer, harvest: Harvester
) -> None:
    for number in range(300, RECORDS_MIN):
        del site.packages[f"p{number:04}"]

    [run] = harvest(portal(server))

    assert (run.state, run.held, run.withdrawn) == (PortalState.HELD, RECORDS_MIN - 300, 0)
    with harvest.store() as store:
        assert store.count_records("probe") == RECORDS_MIN


def test_only_changes_when_a_person_asks_for_them_and_nothing_is_withdrawn(
    server: WebServer, harvest: Harvester, monkeypatch: pytest.MonkeyPatch
) -> None:
    packages = {f"p{n:04}": package(n, metadata_modified=OLD) for n in range(5)}
    site = Ckan(packages)
    server.answer = site
    harvest(portal(server))
    packages["p0001"] |= {"title": "Neuer Titel", "metadata_modified": NEW}
    del packages["p0004"]
    site.asked.clear()
    since = datetime(2026, 2, 1, tzinfo=UTC)
    job = CrawlJob
    monkeypatch.setattr(
        "tests.harvest.conftest.CrawlJob", lambda **fields: job(**{**fields, "since": since})
    )

    [run] = harvest(portal(server))

    assert (run.state, run.changed, run.withdrawn) == (PortalState.OK, 1, 0)
    assert "01.02.2026" in run.detail
    assert "everything" not in site.kinds
    with harvest.store() as store:
        assert store.count_records("probe") == 5
    assert portals.CrawlJob is job
