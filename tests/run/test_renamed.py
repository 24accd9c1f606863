"""Renaming on purpose, and one dataset through two portals: addresses, ids and history stay."""

import io
import json
from contextlib import closing, redirect_stdout
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from datenernte_dcat.errors import ConfigError
from datenernte_dcat.records import Dataset, Literal, Reference
from datenernte_dcat.store.rows import Portal, PortalState, StoredRecord
from datenernte_dcat.store.store import Store
from datenernte_harvester.cli.main import exit_code
from datenernte_harvester.configuration import read_configuration
from datenernte_harvester.deduplication import deduplicate
from datenernte_harvester.simulator.portals import simulated_portals

NOW = datetime(2026, 3, 1, 4, 0, tzinfo=UTC)
TOMORROW = NOW + timedelta(days=1)


@pytest.fixture
def ckan_land(land: Any) -> Any:
    """One CKAN portal; every check is off."""
    land.serve(simulated_portals(1, 6, 10)[0])
    land.configure("[validate]\nlinks = false\ntables = false\nshapes = false\n")
    return land


def store_of(land: Any) -> Any:
    return closing(Store(read_configuration(land.folder, {}).store_url))


def records(land: Any) -> dict[str, str]:
    with store_of(land) as store:
        return {record.id: record.iri for record in store.records()}


def renamed_file(land: Any, new: str) -> None:
    portals = land.folder / "portals"
    (portals / "musterstadt.toml").rename(portals / f"{new}.toml")


def test_a_renamed_portal_file_takes_records_addresses_and_history_along(ckan_land: Any) -> None:
    ckan_land.run()
    before = records(ckan_land)
    renamed_file(ckan_land, "anders")

    taken = ckan_land.run(TOMORROW, rename="musterstadt")

    [entry] = taken.document["portals"]
    assert (entry["name"], entry["state"]) == ("anders", "ok")
    assert (entry["new"], entry["withdrawn"], entry["unchanged"]) == (0, 0, len(before))
    assert records(ckan_land) == before
    with store_of(ckan_land) as store:
        assert [portal.name for portal in store.portals()] == ["anders"]
        assert [run.state for run in store.portal_history("anders")] == [PortalState.OK] * 2
        assert store.portal_history("musterstadt") == []
        assert store.counts_by_portal().keys() == {"anders"}
    after = ckan_land.run(TOMORROW + timedelta(days=1))
    assert after.document["portals"][0]["unchanged"] == len(before)
    assert not after.changed


@pytest.mark.parametrize(
    ("old", "words"),
    [
        ("gibt-es-nicht", "kennt der Speicher nicht"),
        ("musterstadt", "noch eingerichtet"),
        ("https://anderswo.example", "war bisher nicht"),
    ],
)
def test_what_was_not_renamed_cannot_be_taken_over(ckan_land: Any, old: str, words: str) -> None:
    ckan_land.run()

    with pytest.raises(ConfigError, match=words):
        ckan_land.run(TOMORROW, rename=old)


def test_a_new_base_url_moves_our_own_addresses_and_no_others(ckan_land: Any) -> None:
    ckan_land.run()
    before = records(ckan_land)
    path = ckan_land.folder / "datenernte.toml"
    old = read_configuration(ckan_land.folder, {}).tables.catalog.base_url
    text = path.read_text("utf-8")
    path.write_text(text.replace(old, "https://neu.example/katalog"), encoding="utf-8")
    with pytest.raises(ConfigError, match="--rename"):
        ckan_land.run(TOMORROW)

    ckan_land.run(TOMORROW, rename=old)

    after = records(ckan_land)
    assert after.keys() == before.keys()
    for record, iri in before.items():
        ours = iri.startswith(f"{old}/datasets/")
        assert after[record] == (f"https://neu.example/katalog/datasets/{record}" if ours else iri)
    assert any(iri.startswith(old) for iri in before.values())
    page = (ckan_land.folder / "site" / "catalog.ttl").read_text("utf-8")
    assert old not in page


def shared(portal: str, number: int, **fields: Any) -> StoredRecord:
    dataset = Dataset(title=(Literal(value=f"{portal} {number}"),), **fields)
    return StoredRecord(
        id=f"{portal}-{number}",
        portal=portal,
        source_identifier=str(number),
        iri=f"https://k.example/datasets/{portal}-{number}",
        as_published=dataset,
        normalised=dataset,
        content_hash=f"{portal}-{number}",
        feed_hash=f"{portal}-{number}",
        first_seen=NOW,
        changed_at=NOW,
    )


PAGE = (Reference(uri="https://daten.stadt.de/baeume"),)


@pytest.fixture
def store(tmp_path: Any) -> Any:
    with Store(f"sqlite:///{tmp_path / 'store.db'}") as opened:
        opened.put_setting("base_url", "https://k.example")
        yield opened


def portals(store: Store) -> list[Portal]:
    made = [
        Portal(name=name, title=name, source_type="ckan", url=f"https://{name}.de") for name in "ab"
    ]
    store.put_portals(made)
    return made


def test_the_loser_of_a_shared_page_is_counted_named_and_not_published(store: Store) -> None:
    run = store.begin_run("harvest", NOW.date(), NOW)
    store.put_records(
        run, [shared("a", 1, landing_page=PAGE), shared("b", 1, landing_page=PAGE), shared("b", 2)]
    )

    losers = deduplicate(store, portals(store), run, NOW)

    assert losers == {"b": 1}
    assert [record.id for record in store.records()] == ["a-1", "b-2"]
    for portal in "ab":
        assert store.findings_by_code(portal)["dataset-recognised"] == 1
    assert deduplicate(store, portals(store), run, NOW) == losers


def test_the_address_stays_when_the_winner_leaves_and_parts_when_they_differ(
    store: Store,
) -> None:
    run = store.begin_run("harvest", NOW.date(), NOW)
    first = shared("b", 1, landing_page=PAGE)
    store.put_records(run, [first])
    deduplicate(store, portals(store), run, NOW)
    second = replace(shared("a", 1, landing_page=PAGE), first_seen=TOMORROW)
    run = store.begin_run("harvest", TOMORROW.date(), TOMORROW)
    store.put_records(run, [first, second])

    deduplicate(store, portals(store), run, TOMORROW)

    [published] = store.records()
    assert (published.id, published.iri) == ("a-1", first.iri)

    # a gives the dataset another page: now they are two, and the older one keeps the address
    run = store.begin_run("harvest", TOMORROW.date(), TOMORROW)
    store.put_records(run, [shared("a", 1, landing_page=()), first])
    deduplicate(store, portals(store), run, TOMORROW)
    assert {record.id: record.iri for record in store.records()} == {
        "b-1": "https://k.example/datasets/b-1",
        "a-1": "https://k.example/datasets/a-1",
    }


def test_records_of_an_older_version_get_their_keys(store: Store) -> None:
    run = store.begin_run("harvest", NOW.date(), NOW)
    store.put_records(run, [shared("a", 1, landing_page=PAGE), shared("b", 1, landing_page=PAGE)])
    with store.writing() as connection:
        connection.exec_driver_sql("DELETE FROM record_key")

    assert deduplicate(store, portals(store), run, NOW) == {"b": 1}


def test_the_report_names_what_is_published_and_what_is_not(ckan_land: Any) -> None:
    ckan_land.run()
    with store_of(ckan_land) as store:
        record = next(store.records())
        store.put_records(
            1,
            [
                record,
                replace(
                    record, id="kopie", portal="zweites", source_identifier="x", iri="https://z/x"
                ),
            ],
        )
    out = io.StringIO()
    with redirect_stdout(out):
        assert exit_code(["duplicates", "-C", str(ckan_land.folder), "--json"]) == 0

    [found] = json.loads(out.getvalue())["duplicates"]
    assert found["published"]["portal"] == "musterstadt"
    assert [other["id"] for other in found["others"]] == ["kopie"]
    assert found["title"] == record.as_published.title[0].value
