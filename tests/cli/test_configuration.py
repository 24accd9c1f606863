"""Working folders: what is accepted, and what is said about the rest."""

from pathlib import Path

import pytest

from datenernte_dcat.errors import ConfigError
from datenernte_harvester.configuration import (
    Configuration,
    effective_settings,
    read_configuration,
    setting_names,
)
from datenernte_harvester.diagnosis import diagnose

CATALOG = """[catalog]
title = "Katalog"
description = "Probe"
publisher = "Amt"
base_url = "https://daten.example.org/"
"""
PORTAL = 'title = "Stadt"\nsource_type = "ckan"\nurl = "https://daten.example.org"\n'


def read(folder: Path, variables: dict[str, str] | None = None) -> Configuration:
    return read_configuration(folder, variables or {})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "datenernte.toml").write_text(CATALOG, encoding="utf-8")
    (tmp_path / "portals").mkdir()
    (tmp_path / "portals" / "stadt.toml").write_text(PORTAL, encoding="utf-8")
    return tmp_path


def test_base_url_loses_its_trailing_slash(folder: Path) -> None:
    assert read(folder).tables.catalog.base_url == "https://daten.example.org"


def test_a_relative_store_lies_in_the_working_folder(folder: Path) -> None:
    assert read(folder).store_url == f"sqlite:///{folder.resolve()}/datenernte.db"


def test_a_variable_beats_the_file_and_is_named_as_origin(folder: Path) -> None:
    configuration = read(folder, {"CATALOG_TITLE": "Anders", "VALIDATE_LINKS": "false"})
    assert configuration.tables.catalog.title == "Anders"
    assert configuration.tables.validate.links is False
    assert configuration.origins["catalog.title"] == "DATENERNTE_CATALOG_TITLE"
    assert configuration.origins["catalog.publisher"] == "Datei"
    assert configuration.origins["store.url"] == "Standard"


def test_every_setting_has_a_variable_and_a_value_to_show(folder: Path) -> None:
    assert set(effective_settings(read(folder))) == set(setting_names())


def test_passwords_are_not_shown(folder: Path) -> None:
    configuration = read(folder, {"STORE_URL": "postgresql+psycopg://x:geheim@db/daten"})
    assert "geheim" not in str(effective_settings(configuration))


def test_a_folder_without_configuration_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="datenernte init"):
        read(tmp_path)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (PORTAL + 'urll = "x"\n', "Unbekannter Schlüssel »urll«. Meinten Sie »url«"),
        (PORTAL + "[network]\ndelay = 3\n", "Meinten Sie »delay_seconds«"),
        ('title = "Stadt"\nsource_type = "ckan"\n', "Der Schlüssel »url« fehlt"),
        (PORTAL.replace('"ckan"', '"ckna"'), "Der Quelltyp »ckna« ist unbekannt"),
        (PORTAL.replace("https://", "ftp://"), "»url« muss mit http"),
        (PORTAL + 'municipality = "123"\n', "»123« ist kein Gemeindeschlüssel"),
        (PORTAL + "[network]\nrespect_robots = false\n", "braucht eine Begründung"),
        (PORTAL + "[expect]\ndatasets_min = -1\n", "darf nicht negativ sein"),
        (PORTAL.replace('"Stadt"', "7"), "»title« erwartet Text"),
        (PORTAL + "title", "kein gültiges TOML (am Ende der Datei)"),
        (PORTAL + 'name = "x"\n', "»name« ist der Dateiname"),
        (PORTAL.replace("https://", "https://a:geheim@"), "enthält Zugangsdaten"),
        (PORTAL.replace("example.org", "example.org:99999"), "keine gültige Adresse"),
        (PORTAL.replace("daten.example.org", "[::1"), "keine gültige Adresse"),
        (PORTAL.replace("example.org", "example.org/" + "x" * 2000), "länger als 2000 Zeichen"),
        (PORTAL + '[lookups.lizenz]\na = "b"\n', "[lookups.lizenz] gibt es nicht"),
        (PORTAL + '[lookups.theme]\na = "Quatsch"\n', "»Quatsch« ist kein Wert der Liste"),
    ],
)
def test_a_wrong_portal_file_is_refused_with_file_and_key(
    folder: Path, text: str, expected: str
) -> None:
    (folder / "portals" / "stadt.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        read(folder)
    assert expected in str(caught.value)
    assert "portals/stadt.toml" in str(caught.value)
    assert "geheim" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            CATALOG + '[katalog]\nx = "1"\n',
            "Unbekannter Schlüssel »katalog«. Meinten Sie »catalog«",
        ),
        (CATALOG.replace("base_url", "base_uri"), "Meinten Sie »base_url«"),
        (CATALOG.replace("https://daten.example.org/", "daten"), "»base_url« muss eine Adresse"),
        (CATALOG + "[harvest]\nworkers = -1\n", "»workers« muss größer als 0 sein"),
        (CATALOG + "[harvest]\nrun_deadline_seconds = nan\n", "muss größer als 0 sein"),
        (CATALOG + "[validate]\nlinks = 3\n", "»validate.links« erwartet true oder false"),
    ],
)
def test_a_wrong_configuration_is_refused_with_file_and_key(
    folder: Path, text: str, expected: str
) -> None:
    (folder / "datenernte.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        read(folder)
    assert expected in str(caught.value)


def test_a_file_that_is_not_utf8_is_refused(folder: Path) -> None:
    (folder / "portals" / "stadt.toml").write_bytes(PORTAL.encode() + "# Köln".encode("cp1252"))
    with pytest.raises(ConfigError, match="nicht in UTF-8"):
        read(folder)


def test_a_wrong_variable_is_refused_by_its_name(folder: Path) -> None:
    with pytest.raises(ConfigError, match="DATENERNTE_HARVEST_WORKERS"):
        read(folder, {"HARVEST_WORKERS": "viele"})


def test_a_ca_file_is_found_from_the_working_folder(folder: Path) -> None:
    path = folder / "portals" / "stadt.toml"
    path.write_text(PORTAL + '[network]\nca_file = "ca.pem"\n', encoding="utf-8")
    assert read(folder).portals[0].network.ca_file == str(folder.resolve() / "ca.pem")


@pytest.mark.parametrize(
    ("extra", "message"),
    [
        ("[network]\nrespect_robots = false\n", "braucht eine Begründung in »reason«"),
        ('[network]\nproxy = "socks5://geheim@h:1"\n', "»proxy« muss eine Adresse wie"),
        ('[network]\nproxy = "proxy:3128"\n', "»proxy« muss eine Adresse wie"),
        ('[log]\nformat = "xml"\n', "»format« ist eines von text, logfmt, json"),
        ("[store]\nkeep_links_days = 0\n", "muss größer als 0 sein"),
        ('[metrics]\nfil = "x"\n', "Meinten Sie »file«?"),
    ],
)
def test_an_impossible_setting_is_named(folder: Path, extra: str, message: str) -> None:
    (folder / "datenernte.toml").write_text(CATALOG + extra, encoding="utf-8")
    with pytest.raises(ConfigError, match=message) as caught:
        read(folder)
    assert "geheim" not in str(caught.value)


def test_robots_may_be_ignored_with_a_reason(folder: Path) -> None:
    extra = '[network]\nrespect_robots = false\nreason = "Alle Kommunen haben zugestimmt."\n'
    (folder / "datenernte.toml").write_text(CATALOG + extra, encoding="utf-8")
    assert read(folder).tables.network.respect_robots is False


def test_figures_go_below_the_working_folder(folder: Path) -> None:
    assert read(folder, {"METRICS_FILE": "x.prom"}).metrics_file == folder.resolve() / "x.prom"
    assert read(folder, {"METRICS_FILE": "/run/x.prom"}).metrics_file == Path("/run/x.prom")
    assert read(folder).metrics_file is None


def test_wrong_credentials_are_told_before_the_first_request(folder: Path) -> None:
    with pytest.raises(
        ConfigError, match="DATENERNTE_AUTH_STADT hat keine bekannte Form"
    ) as caught:
        read(folder, {"AUTH_STADT": "geheim"})
    assert "geheim" not in str(caught.value)


@pytest.mark.parametrize(
    ("variable", "problem"),
    [
        ("DATENERNTE_STORE_ULR", "Meinten Sie DATENERNTE_STORE_URL?"),
        ("DATENERNTE_AUTH_STATD", "Meinten Sie DATENERNTE_AUTH_STADT?"),
        ("DATENERNTE_AUTH_STADT", "unverschlüsselt"),
    ],
)
def test_the_doctor_finds_misspelt_variables_and_open_credentials(
    folder: Path, monkeypatch: pytest.MonkeyPatch, variable: str, problem: str
) -> None:
    path = folder / "portals" / "stadt.toml"
    path.write_text(PORTAL.replace("https:", "http:"), encoding="utf-8")
    monkeypatch.setenv(variable, "bearer abc")
    problems = [check.problem for check in diagnose(folder) if check.problem]
    assert len(problems) == 1
    assert problem in problems[0]


def test_the_doctor_finds_nothing_in_a_sound_folder(folder: Path) -> None:
    checks = list(diagnose(folder))
    assert len(checks) >= 6
    assert [check.problem for check in checks if check.problem] == []
