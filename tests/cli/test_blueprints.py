"""The blueprints: every file of them is sound, and what is not known is marked."""

import json
from pathlib import Path

import pytest

from datenernte_dcat.vocabulary import is_area_key, reduce_key
from datenernte_harvester.cli.main import exit_code
from datenernte_harvester.configuration import Configuration, read_configuration
from datenernte_harvester.municipalities.file import read_municipalities
from datenernte_harvester.portal import PortalFile, source_types

PILOTS = {
    "aschaffenburg": "09661000",
    "augsburg": "09761000",
    "lk-kelheim": "09273",
    "lk-regensburg": "09375",
    "meitingen": "09772177",
    "pullach": "09184139",
}


@pytest.fixture(scope="module")
def bavaria(tmp_path_factory: pytest.TempPathFactory) -> Configuration:
    folder = tmp_path_factory.mktemp("bayern")
    assert exit_code(["init", str(folder), "--blueprint", "bayern"]) == 0
    return read_configuration(folder, {})


def all_portals(configuration: Configuration) -> list[PortalFile]:
    return [*configuration.portals, *configuration.disabled]


def test_every_portal_file_is_read_and_says_what_is_known_since_when(
    bavaria: Configuration,
) -> None:
    files = sorted((bavaria.folder / "portals").glob("*.toml"))
    assert len(all_portals(bavaria)) == len(files) >= 24
    for portal in all_portals(bavaria):
        assert portal.source_type in source_types(), portal.name
        assert portal.known.software, portal.name
        assert portal.known.as_of is not None, portal.name
        assert portal.known.confidence is not None, portal.name


def test_every_key_is_one_of_the_land_and_known(bavaria: Configuration) -> None:
    known = read_municipalities(bavaria.folder)
    state = bavaria.tables.catalog.state_key
    for portal in all_portals(bavaria):
        keys = [portal.municipality] if portal.municipality else portal.municipalities.values()
        assert keys, portal.name
        for key in keys:
            assert key is not None
            assert is_area_key(key), portal.name
            assert key[:2] == state, portal.name
            assert reduce_key(key) in known, portal.name


def test_the_six_pilots_are_there_under_their_keys(bavaria: Configuration) -> None:
    found = {portal.name: portal.municipality for portal in all_portals(bavaria)}
    assert {name: found[name] for name in PILOTS} == PILOTS


def test_nothing_is_called_verified_that_nobody_looked_at(bavaria: Configuration) -> None:
    assert all(portal.known.verified is None for portal in all_portals(bavaria))
    for one in read_municipalities(bavaria.folder).values():
        assert {"population", "lon", "lat"} <= set(one.unverified)


def test_a_source_of_unknown_address_is_off_and_says_why(bavaria: Configuration) -> None:
    off = {portal.name: portal.reason for portal in bavaria.disabled}
    assert {"aschaffenburg", "lk-kelheim", "meitingen", "pullach"} <= off.keys()
    assert all(off.values())


def test_no_two_portals_have_the_same_address(bavaria: Configuration) -> None:
    urls = [portal.url for portal in all_portals(bavaria)]
    assert len(urls) == len(set(urls))


def test_the_places_of_the_blueprint_are_sound(
    bavaria: Configuration, capsys: pytest.CaptureFixture[str]
) -> None:
    assert exit_code(["municipalities", "check", "-C", str(bavaria.folder)]) == 0
    assert exit_code(["config", "check", "-C", str(bavaria.folder)]) == 0
    capsys.readouterr()
    assert exit_code(["portals", "-C", str(bavaria.folder), "--json"]) == 0
    shown = {one["name"]: one for one in json.loads(capsys.readouterr().out)["portals"]}
    assert shown["pullach"]["enabled"] is False
    assert shown["pullach"]["known"]["verified"] is None


def test_a_portal_that_is_off_cannot_be_run_and_needs_a_reason(
    bavaria: Configuration, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert exit_code(["run", "-C", str(bavaria.folder), "--portal", "pullach"]) == 2
    assert "ist abgeschaltet" in capsys.readouterr().err
    assert exit_code(["init", str(tmp_path)]) == 0
    (tmp_path / "portals" / "aus.toml").write_text(
        'title = "A"\nsource_type = "ckan"\nurl = "https://a.example"\nenabled = false\n',
        encoding="utf-8",
    )
    assert exit_code(["config", "check", "-C", str(tmp_path)]) == 2
    assert "Begründung in »reason«" in capsys.readouterr().err
