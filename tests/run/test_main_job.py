"""The whole job over simulated portals: from portal files to the published site."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pyoxigraph
import pytest

NOW = datetime(2026, 3, 1, 4, 0, tzinfo=UTC)
DATASET = pyoxigraph.NamedNode("http://www.w3.org/ns/dcat#Dataset")
RDF_TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"


def states(outcome: Any) -> dict[str, tuple[str, str | None]]:
    """Name → (state, reason)."""
    return {
        entry["name"]: (entry["state"], entry["reason"]) for entry in outcome.document["portals"]
    }


def published(site: Any) -> set[str]:
    """IRIs of all datasets in the dump."""
    triples = pyoxigraph.parse(path=str(site / "catalog-full.ttl"))
    return {
        t.subject.value for t in triples if t.predicate.value == RDF_TYPE and t.object == DATASET
    }


def test_a_first_run_publishes_every_dataset(small_land: Any) -> None:
    outcome = small_land.run()
    assert outcome.exit_code == 0
    assert outcome.document["status"] == "ok"
    assert outcome.document["totals"]["datasets"] == 20
    assert len(published(small_land.site)) == 20
    entry = outcome.document["portals"][0]
    assert (entry["seen"], entry["new"], entry["datasets"]) == (entry["seen"],) * 3
    assert 0 < entry["score"]["mqa"] <= 405
    assert json.loads((small_land.site / "run.json").read_bytes())["run"] == 1


def test_a_second_run_asks_conditionally_and_writes_nothing(small_land: Any, snapshot: Any) -> None:
    small_land.run()
    before = snapshot(small_land.site), (small_land.site).readlink()
    asked = {name: len(server.requests) for name, server in small_land.servers.items()}
    outcome = small_land.run()
    assert outcome.exit_code == 0
    assert not outcome.changed
    assert sum(entry["unchanged"] for entry in outcome.document["portals"]) == 20
    assert sum(entry["not_modified"] for entry in outcome.document["portals"]) >= 3
    assert (snapshot(small_land.site), (small_land.site).readlink()) == before
    for name, server in small_land.servers.items():
        catalogue = [
            request
            for request in server.requests[asked[name] :]
            if "catalog" in request.path or "package_search" in request.path
        ]
        assert catalogue
        assert all("if-none-match" in request.headers for request in catalogue)


def test_equal_input_gives_equal_bytes(small_land: Any, tmp_path: Any) -> None:
    small_land.run()
    first = json.loads((small_land.site / "manifest.json").read_bytes())
    for path in ("datenernte.db", "datenernte.db-wal", "datenernte.db-shm"):
        (small_land.folder / path).unlink(missing_ok=True)
    small_land.site.unlink()
    small_land.run()
    assert json.loads((small_land.site / "manifest.json").read_bytes()) == first


@pytest.mark.parametrize(
    "fault",
    ["F02", "F06", "F06-xxe", "F12", "F13", "F23", "F31-503", "F31-robots", "F09-short"],
)
def test_a_portal_that_goes_wrong_loses_nothing(small_land: Any, fault: str) -> None:
    small_land.run()
    before = published(small_land.site)
    small_land.spoil("beispielau", fault)
    outcome = small_land.run(NOW + timedelta(days=1))
    state, reason = states(outcome)["beispielau"]
    assert state in ("held", "failed", "partial")
    assert reason is not None
    assert states(outcome)["musterstadt"] == ("ok", None)
    assert outcome.exit_code == 3
    assert published(small_land.site) == before


def test_a_portal_that_recovers_is_ok_again(small_land: Any) -> None:
    small_land.run()
    small_land.spoil("beispielau", "F23")
    assert small_land.run().exit_code == 3
    small_land.spoil("beispielau")
    outcome = small_land.run()
    assert outcome.exit_code == 0
    assert outcome.document["totals"]["datasets"] == 20


def test_without_any_dataset_no_site_is_published(small_land: Any) -> None:
    for name in small_land.servers:
        small_land.spoil(name, "F13")
    outcome = small_land.run()
    assert outcome.exit_code == 4
    assert not small_land.site.exists()
    assert outcome.error is not None


def test_other_portals_are_skipped_and_keep_their_datasets(small_land: Any) -> None:
    small_land.run()
    outcome = small_land.run(portals=("musterstadt",))
    assert states(outcome)["beispielau"] == ("skipped", None)
    assert outcome.document["totals"]["datasets"] == 20


def test_a_limit_withdraws_nothing(small_land: Any) -> None:
    small_land.run()
    outcome = small_land.run(limit=2)
    assert outcome.document["totals"]["datasets"] == 20
    assert all(entry["withdrawn"] == 0 for entry in outcome.document["portals"])


def test_a_dry_run_keeps_nothing(small_land: Any) -> None:
    outcome = small_land.run(dry_run=True)
    assert outcome.exit_code == 0
    assert sum(entry["seen"] for entry in outcome.document["portals"]) == 20
    assert outcome.document["totals"]["datasets"] == 0
    assert not small_land.site.exists()


def test_fail_on_turns_findings_into_exit_1(small_land: Any) -> None:
    assert small_land.run(fail_on="error").exit_code in (0, 1)
    errors = small_land.run().document["totals"]["findings"]["error"]
    assert small_land.run(fail_on="error").exit_code == (1 if errors else 0)


def test_another_base_url_is_refused(small_land: Any) -> None:
    small_land.run()
    path = small_land.folder / "datenernte.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("daten.example.org", "anders.example.org"), encoding="utf-8")
    with pytest.raises(Exception, match="base_url"):
        small_land.run()


def test_a_second_run_at_once_is_refused(small_land: Any) -> None:
    from datenernte_dcat.errors import LockedError
    from datenernte_harvester.lock import run_lock

    with run_lock(small_land.folder, "Probe"), pytest.raises(LockedError, match="Probe"):
        small_land.run()
