"""Publishing: incremental, checked, switched at once, and never at the cost of the old site."""

import hashlib
import json
import os
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from tests.site.conftest import AS_OF, CATALOG, NOW, Site, portal, record, text

from datenernte_dcat.errors import ConfigError, PublishError, StoreError
from datenernte_dcat.feeds import dumps
from datenernte_dcat.findings import Finding, Severity
from datenernte_dcat.site import assembly, builder
from datenernte_dcat.site.artefacts import Output
from datenernte_dcat.site.builder import previous
from datenernte_dcat.store.rows import PortalRun, PortalState
from datenernte_dcat.store.store import Store

OTHER_DAY = date(2026, 3, 9)


def inodes(directory: Path) -> dict[str, tuple[int, int]]:
    """Inode and time of change of every file, by path."""
    return {
        str(path.relative_to(directory)): (path.stat().st_ino, path.stat().st_mtime_ns)
        for path in directory.rglob("*")
        if path.is_file()
    }


def tree(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / ".site").iterdir())


def rewritten(site: Site, before: dict[str, tuple[int, int]]) -> set[str]:
    """Paths whose file is not the one from before."""
    after = inodes(site.output)
    return {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}


def test_unchanged_input_touches_nothing_under_the_site(site: Site) -> None:
    site.harvest([record("a"), record("b")])
    assert site.publish().changed
    before, link = inodes(site.output), site.output.readlink()
    site.harvest([record("a"), record("b")])
    again = site.publish()
    assert not again.changed
    assert again.files_written == 0
    assert again.datasets == 2
    assert inodes(site.output) == before
    assert site.output.readlink() == link
    assert tree(site.output.parent) == ["1", "1.fragments", "1.search"]


def test_another_day_alone_changes_nothing(site: Site) -> None:
    site.harvest([record("a")])
    site.publish()
    assert not site.publish(OTHER_DAY).changed


def test_one_changed_dataset_rewrites_only_what_shows_it(site: Site) -> None:
    records = [record(f"a{number:03}") for number in range(150)]
    records += [record("z", municipality="09162001")]
    site.harvest(records)
    site.publish()
    before = inodes(site.output)
    changed = record("a120", title=(text("neu"),), changed_at=NOW + timedelta(days=1))
    site.harvest([changed])
    publication = site.publish()
    assert publication.changed
    paths = rewritten(site, before)
    assert publication.files_written == len(paths)
    folders = {path for path in paths if path.startswith("municipalities/")}
    assert all(path.startswith("municipalities/09162000/") for path in folders)
    assert {path for path in paths if path.startswith("datasets/") and "index" not in path} == {
        f"datasets/{changed.id}.{form}" for form in ("ttl", "rdf", "jsonld")
    }
    feeds = {path for path in paths if path.startswith(("catalog", "eu/")) and "full" not in path}
    assert feeds == {
        f"{prefix}catalog/page-2.{form}"
        for prefix in ("", "eu/")
        for form in ("rdf", "ttl", "jsonld", "nt")
    }
    assert {"quality.ttl", "quality.json", "style.css", "feeds/index.html"}.isdisjoint(paths)


def test_only_the_changed_dataset_is_serialised_again(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.harvest([record(f"a{number}") for number in range(20)])
    site.publish()
    rendered: list[str] = []
    original = dumps._rendered

    def noting(stored, member, plan):  # type: ignore[no-untyped-def]
        rendered.append(stored.source_identifier)
        return original(stored, member, plan)

    monkeypatch.setattr(dumps, "_rendered", noting)
    site.harvest([record("a7", title=(text("neu"),))])
    site.publish()
    assert rendered == ["a7"]


def test_incremental_and_fresh_builds_are_equal(site: Site, tmp_path: Path) -> None:
    site.harvest([record(f"a{number}") for number in range(30)])
    site.publish()
    site.harvest([record("a7", title=(text("neu"),)), record("b1")])
    site.publish()
    other = Site(site.store, tmp_path / "other" / "site")
    other.output.parent.mkdir()
    other.run = site.run
    other.publish()
    assert other.files() == site.files()


def test_equal_stores_give_equal_sites_whatever_the_order_of_arrival(tmp_path: Path) -> None:
    sites = []
    for name, step in (("one", 1), ("two", -1)):
        folder = tmp_path / name
        folder.mkdir()
        with Store(f"sqlite:///{folder / 'd.db'}") as store:
            site = Site(store, folder / "site")
            records = [record(f"a{number}") for number in range(12)]
            site.harvest(records[::step])
            site.publish()
            sites.append(site.files())
    assert sites[0] == sites[1]


def test_changed_pages_carry_the_date_and_unchanged_ones_keep_theirs(site: Site) -> None:
    site.portals = {"zweit": portal("zweit", "09162001"), "musterstadt": portal("musterstadt")}
    site.harvest([record("a"), record("b", portal="zweit", municipality="09162001")])
    site.publish()
    site.harvest([record("b", portal="zweit", municipality="09162001", title=(text("neu"),))])
    site.publish(OTHER_DAY)
    assert "Stand 01.03.2026" in site.text("municipalities/09162000/index.html")
    assert "Stand 09.03.2026" in site.text("municipalities/09162001/index.html")
    assert ">09.03.2026<" in site.text("index.html")


def test_manifest_has_the_hash_of_every_file_but_itself_and_run_json(site: Site) -> None:
    site.harvest([record("a")])
    site.publish()
    manifest = json.loads(site.text("manifest.json"))
    hashes = {
        path: hashlib.sha256(data).hexdigest()
        for path, data in site.files().items()
        if path not in ("manifest.json", "run.json")
    }
    assert manifest["files"] == hashes
    assert list(manifest["files"]) == sorted(hashes)
    assert json.loads(site.text("run.json")) == {"run": site.run}


def test_the_last_three_builds_stay(site: Site) -> None:
    for number in range(5):
        site.harvest([record("a", title=(text(f"Fassung {number}"),))])
        site.publish()
    assert tree(site.output.parent) == [
        f"{number}{ending}" for number in (3, 4, 5) for ending in ("", ".fragments", ".search")
    ]
    assert site.output.readlink() == Path(".site/5")


def test_previous_shows_the_build_before_until_the_next_publishing(site: Site) -> None:
    for title in ("alt", "neu"):
        site.harvest([record("a", title=(text(title),))])
        site.publish()
    assert previous(site.output) == site.output.parent / ".site/1"
    assert ">alt<" in site.text("datasets/index.html")
    with pytest.raises(PublishError, match="keinen früheren Stand"):
        previous(site.output)
    assert site.publish().changed
    assert ">neu<" in site.text("datasets/index.html")
    assert tree(site.output.parent)[-1] == "3.search"


def test_previous_without_a_site_says_so(tmp_path: Path) -> None:
    with pytest.raises(PublishError, match="keinen früheren Stand"):
        previous(tmp_path / "site")


@pytest.mark.parametrize("kind", ["directory", "file", "link", "link to a directory like ours"])
def test_what_is_not_ours_is_left_alone(site: Site, kind: str) -> None:
    site.harvest([record("a")])
    if kind == "directory":
        site.output.mkdir()
        (site.output / "wichtig.txt").write_text("x")
    elif kind == "file":
        site.output.write_text("x")
    else:
        target = site.output.parent / ("fremd" if kind == "link" else "fremd/7")
        target.mkdir(parents=True)
        site.output.symlink_to(target)
    before = sorted(site.output.parent.rglob("*"))
    with pytest.raises(ConfigError, match="stammt nicht von datenernte"):
        site.publish()
    assert sorted(site.output.parent.rglob("*")) == before


def test_a_working_folder_may_be_moved(site: Site, tmp_path: Path) -> None:
    folder = tmp_path / "arbeit"
    folder.mkdir()
    site.output = folder / "site"
    site.harvest([record("a")])
    site.publish()
    folder.rename(tmp_path / "umgezogen")
    site.output = tmp_path / "umgezogen" / "site"
    assert site.text("index.html")
    assert not site.publish().changed


class Broken(Exception):
    pass


@pytest.mark.parametrize(
    "place", ["_dumps", "_pages", "_html"], ids=["in the dumps", "in the pages", "in the html"]
)
def test_a_build_that_fails_leaves_the_old_site_and_no_trace(
    site: Site, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    site.harvest([record("a")])
    site.publish()
    before, state = inodes(site.output), tree(site.output.parent)
    site.harvest([record("b")])

    def broken(*_: object, **__: object) -> None:
        raise Broken

    with monkeypatch.context() as patch:
        patch.setattr(assembly.Assembly, place, broken)
        with pytest.raises(Broken):
            site.publish()
    assert inodes(site.output) == before
    assert tree(site.output.parent) == state
    assert site.publish().changed


def test_a_feed_that_a_parser_refuses_is_not_shown(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.harvest([record("a")])
    site.publish()
    before = inodes(site.output)
    site.harvest([record("b")])
    write = Output.write

    def damaged(self: Output, data: bytes) -> None:
        write(self, data.replace(b"Baumkataster b", b"Baum\x01kataster b"))

    monkeypatch.setattr(Output, "write", damaged)
    with pytest.raises(PublishError, match="Prüfung nicht bestanden"):
        site.publish()
    assert inodes(site.output) == before
    assert tree(site.output.parent) == ["1", "1.fragments", "1.search"]


def test_a_feed_that_lacks_a_dataset_is_not_shown(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.harvest([record("a"), record("b")])
    monkeypatch.setattr(site.store, "count_records", lambda: 3)
    with pytest.raises(PublishError, match="2 Datensätze, die Datenbank 3"):
        site.publish()
    assert not site.output.exists()


def test_a_full_disk_is_told_and_the_old_site_stays(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.harvest([record("a")])
    site.publish()
    before = inodes(site.output)
    site.harvest([record("b")])

    def full(self: Output, data: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Output, "write", full)
    with pytest.raises(StoreError, match="bisherige Website bleibt stehen"):
        site.publish()
    assert inodes(site.output) == before


def test_what_a_killed_build_left_is_removed_by_the_next(site: Site) -> None:
    site.harvest([record("a")])
    site.publish()
    folder = site.output.parent / ".site"
    (folder / "2.new" / "datasets").mkdir(parents=True)
    (folder / "2.new" / "datasets" / "halb.ttl").write_text("<x")
    (folder / "2.fragments").write_bytes(b"\0\0")
    (folder / "link").symlink_to("nirgends")
    site.harvest([record("b")])
    site.publish()
    assert tree(site.output.parent) == [
        f"{number}{ending}" for number in (1, 2) for ending in ("", ".fragments", ".search")
    ]


def test_killed_between_switch_and_memory_the_next_run_ends_at_the_same_site(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.harvest([record("a")])
    site.publish()
    site.harvest([record("b"), record("c")])

    def killed(*_: object) -> None:
        raise Broken

    with monkeypatch.context() as patch:
        patch.setattr(Store, "replace_artefacts", killed)
        with pytest.raises(Broken):
            site.publish()
    shown = site.files()
    assert "Baumkataster c" in site.text("catalog.ttl")
    assert site.publish().changed
    assert site.files() == shown


@pytest.mark.parametrize("damage", ["missing", "truncated", "index"])
def test_a_damaged_old_build_is_made_anew(site: Site, damage: str) -> None:
    site.harvest([record("a"), record("b")])
    site.publish()
    good = site.files()
    old = site.output.resolve()
    if damage == "missing":
        (old / "catalog-full.nt").unlink()
        (old / "style.css").unlink()
    elif damage == "truncated":
        os.truncate(old / "catalog-full.ttl", 100)
        os.truncate(old / "index.html", 10)
    else:
        (old.parent / "1.fragments").write_bytes(b"\0\0\0\5abc")
    site.harvest([record("c")])
    site.publish()
    run = site.store.begin_run("run", AS_OF, NOW)
    site.store.withdraw("musterstadt", ["c"], run, NOW)
    site.store.purge_withdrawn(datetime.max.replace(tzinfo=NOW.tzinfo))
    site.publish()
    changing = {"run.json", "manifest.json", "catalog-full.ttl", "catalog-full.rdf"}
    changing |= {"changes.atom", "ldes/2026-03-01.trig"}  # c is gone, which they never forget
    same = {path: data for path, data in site.files().items() if path not in changing}
    assert {path: good[path] for path in same if "full" not in path} == {
        path: data for path, data in same.items() if "full" not in path
    }


def test_a_copy_stands_in_where_links_are_not_possible(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.harvest([record("a"), record("b")])
    site.publish()

    def refused(*_: object) -> None:
        raise OSError(95, "not supported")

    monkeypatch.setattr(os, "link", refused)
    site.harvest([record("b", title=(text("neu"),))])
    publication = site.publish()
    assert publication.changed
    assert publication.files_written < len(site.files())
    assert site.read("style.css") == (site.output.parent / ".site/1/style.css").read_bytes()


def test_a_changed_setting_builds_everything_anew(site: Site) -> None:
    site.harvest([record("a")])
    site.publish()
    site.catalog = type(CATALOG)(
        title="Anders", description="x", publisher="y", base_url="https://x.example.org"
    )
    assert site.publish().changed
    assert "Anders" in site.text("index.html")
    assert "https://x.example.org/catalog.ttl" in site.text("catalog.ttl")


def test_a_new_finding_alone_is_published(site: Site) -> None:
    stored = record("a")
    site.harvest([stored], findings={})
    site.publish()
    before = inodes(site.output)
    found = Finding(code="license-missing", severity=Severity.ERROR, message="Die Lizenz fehlt.")
    site.harvest([stored], findings={stored.id: [found]})
    site.publish()
    paths = rewritten(site, before)
    assert "Die Lizenz fehlt." in site.text(f"datasets/{stored.id}/index.html")
    assert "municipalities/09162000/findings/license-missing/index.html" in paths
    assert not any(path.endswith((".ttl", ".rdf", ".jsonld", ".nt")) for path in paths)


def test_a_withdrawn_dataset_leaves_a_page_for_30_days(site: Site) -> None:
    stored = record("a")
    site.harvest([stored, record("b")])
    site.publish()
    run = site.store.begin_run("run", AS_OF, NOW)
    site.store.withdraw("musterstadt", ["a"], run, NOW)
    site.publish()
    page = site.text(f"datasets/{stored.id}/index.html")
    assert "zurückgezogen" in page
    assert '<meta name="robots" content="noindex">' in page
    assert not (site.output / f"datasets/{stored.id}.ttl").exists()
    assert stored.id not in site.text("sitemap.xml")
    assert not site.publish(AS_OF + timedelta(days=29)).changed
    assert site.publish(AS_OF + timedelta(days=30)).changed
    assert not (site.output / f"datasets/{stored.id}").exists()


@pytest.mark.parametrize("state", [PortalState.HELD, PortalState.FAILED, PortalState.PARTIAL])
def test_trouble_of_a_portal_is_shown_and_a_skipped_run_does_not_hide_it(
    site: Site, state: PortalState
) -> None:
    site.harvest([record("a")])
    site.publish()
    site.harvest([], state=state, reason="portal-empty", detail="Es fehlen 12 Datensätze.")
    site.publish()
    for path in ("index.html", "municipalities/09162000/index.html"):
        assert "Es fehlen 12 Datensätze." in site.text(path)
        assert "Zuletzt vollständig abgerufen am 01.03.2026" in site.text(path)
    run = site.store.begin_run("run --portal x", AS_OF, NOW)
    site.store.put_portal_run(PortalRun(run=run, portal="musterstadt", state=PortalState.SKIPPED))
    assert not site.publish().changed
    site.harvest([record("a")])
    site.publish()
    assert "Es fehlen 12 Datensätze." not in site.text("index.html")


def test_progress_is_told_from_dumps_to_check(site: Site) -> None:
    told: list[tuple[str, int, int | None]] = []
    site.harvest([record("a")])
    builder.publish(
        site.store,
        CATALOG,
        site.output,
        as_of=AS_OF,
        run_document={},
        tool_version="0.1.0",
        progress=lambda stage, text, done, total: told.append((text, done, total)),
    )
    assert told[0] == ("Gesamtdokumente", 1, 1)
    assert told[-1][0] == "Prüfung der neuen Website"
    assert told[-1][1] == told[-1][2]
