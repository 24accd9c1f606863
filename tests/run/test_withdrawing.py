"""What may make datasets disappear, and what never does."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from datenernte_dcat.errors import ConfigError
from datenernte_dcat.store.store import Store
from datenernte_harvester.configuration import read_configuration
from datenernte_harvester.simulator.ckan import ckan_site
from datenernte_harvester.simulator.portals import simulated_portals
from datenernte_harvester.withdrawal import accept_held, retire_portal

NOW = datetime(2026, 3, 1, 4, 0, tzinfo=UTC)


@pytest.fixture
def ckan_land(land: Any) -> Any:
    """One CKAN portal of 40 datasets; every check is off."""
    land.serve(simulated_portals(1, 6, 100)[0])
    land.configure("[validate]\nlinks = false\ntables = false\nshapes = false\n")
    return land


def shrink(land: Any, keep: int) -> None:
    """From now on the portal lists only the first `keep` of its datasets."""
    from datenernte_harvester.simulator.catalogue import datasets

    made = datasets("musterstadt", 40, 1)
    land.answer("musterstadt", ckan_site("Stadt Musterstadt", "09991001", made[:keep]))


def open_store(land: Any) -> Store:
    return Store(read_configuration(land.folder, {}).store_url)


def entry(outcome: Any) -> dict[str, Any]:
    found: dict[str, Any] = outcome.document["portals"][0]
    return found


def test_a_small_loss_is_withdrawn_and_leaves_the_feed(ckan_land: Any) -> None:
    ckan_land.run()
    shrink(ckan_land, 38)
    outcome = ckan_land.run(NOW + timedelta(days=1))
    assert (entry(outcome)["state"], entry(outcome)["withdrawn"]) == ("ok", 2)
    assert outcome.document["totals"]["datasets"] == 38


@pytest.mark.parametrize("options", [{"limit": 100}, {"limit": 38}, {"since": NOW}])
def test_a_limited_run_withdraws_nothing(ckan_land: Any, options: dict[str, Any]) -> None:
    ckan_land.run()
    shrink(ckan_land, 38)
    outcome = ckan_land.run(NOW + timedelta(days=1), **options)
    assert entry(outcome)["withdrawn"] == 0
    assert outcome.document["totals"]["datasets"] == 40


def test_a_person_accepts_what_was_held_even_after_later_runs(ckan_land: Any) -> None:
    ckan_land.run()
    shrink(ckan_land, 10)
    held = ckan_land.run(NOW + timedelta(days=1))
    assert (entry(held)["state"], entry(held)["held"]) == ("held", 30)
    ckan_land.run(NOW + timedelta(days=2), limit=1)
    with open_store(ckan_land) as store:
        assert accept_held(store, "musterstadt", held.document["run"], NOW) == 30
        with pytest.raises(ConfigError, match="nichts gehalten"):
            accept_held(store, "musterstadt", 1, NOW)
    assert ckan_land.run(NOW + timedelta(days=3)).document["totals"]["datasets"] == 10


def test_retiring_withdraws_every_dataset_of_the_portal(land: Any) -> None:
    for portal in simulated_portals(1, 6, 20)[:2]:
        land.serve(portal)
    land.configure("[validate]\nlinks = false\ntables = false\nshapes = false\n")
    assert land.run().document["totals"]["datasets"] == 12
    (land.folder / "portals" / "musterstadt.toml").unlink()
    # Until somebody says so, the datasets of a portal without a file stay published and counted.
    left = land.run().document
    assert left["totals"]["datasets"] == 12
    assert [(e["name"], e["reason"]) for e in left["portals"]] == [
        ("beispielau", None),
        ("musterstadt", "portal-file-missing"),
    ]
    with open_store(land) as store:
        assert retire_portal(store, "musterstadt", NOW) == 8
        assert retire_portal(store, "musterstadt", NOW) == 0
    assert land.run().document["totals"]["datasets"] == 4


def test_a_renamed_portal_file_is_refused(ckan_land: Any) -> None:
    ckan_land.run()
    portals = ckan_land.folder / "portals"
    (portals / "musterstadt.toml").rename(portals / "anders.toml")
    with pytest.raises(ConfigError, match=r"musterstadt\.toml"):
        ckan_land.run()


def test_a_lost_database_does_not_empty_the_site_that_stands(ckan_land: Any) -> None:
    ckan_land.run()
    for path in ckan_land.folder.glob("datenernte.db*"):
        path.unlink()
    shrink(ckan_land, 3)
    outcome = ckan_land.run(NOW + timedelta(days=1))
    assert outcome.exit_code == 4
    assert outcome.error is not None
    assert "40" in outcome.error
    assert (ckan_land.site / "catalog.ttl").read_text(encoding="utf-8").count("dcat:Dataset") >= 40
    shrink(ckan_land, 40)
    assert ckan_land.run(NOW + timedelta(days=2)).exit_code == 0
