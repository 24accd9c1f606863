"""One portal of many municipalities: each dataset finds its own, or is listed."""

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from tests.harvest.conftest import WebServer, ckan, package

from datenernte_dcat.store.store import Store
from datenernte_harvester.cli.main import exit_code

GEOCODING = "http://dcat-ap.de/def/politicalGeocoding/municipalityKey/"


def described(number: int, publisher: str | None, geocoding: str | None = None) -> dict[str, Any]:
    extras = []
    if publisher is not None:
        extras.append({"key": "publisher_name", "value": publisher})
    if geocoding is not None:
        extras.append(
            {"key": "politicalGeocodingURI", "value": json.dumps([GEOCODING + geocoding])}
        )
    return package(number, extras=extras)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    server = WebServer()
    server.answer = ckan(
        [
            described(1, "Markt Meitingen"),
            described(2, "markt  meitingen"),
            described(3, "Zweckverband", "09184139"),
            described(4, "Gemeinde Pullach", "09772177"),
            described(5, "Zweckverband"),
            described(6, "Zweckverband"),
            described(7, "Meitingen"),
            described(8, None),
        ]
    )
    (tmp_path / "datenernte.toml").write_text(
        '[catalog]\ntitle = "K"\ndescription = "D"\npublisher = "P"\n'
        'base_url = "https://katalog.example.org"\n'
        f'[network]\nallow = ["{server.place}"]\n',
        encoding="utf-8",
    )
    (tmp_path / "portals").mkdir()
    (tmp_path / "portals" / "kreis.toml").write_text(
        f'title = "Kreis"\nsource_type = "ckan"\nurl = "{server.url}"\n'
        '[municipalities]\n"Markt Meitingen" = "097720177177"\n"Gemeinde Pullach" = "09184139"\n',
        encoding="utf-8",
    )
    yield tmp_path
    server.close()


def test_publisher_and_geocoding_assign_and_the_rest_is_listed_not_guessed(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def said(*arguments: str) -> Any:
        assert exit_code([*arguments, "-C", str(folder), "--json"]) == 0
        return json.loads(capsys.readouterr().out)

    said("harvest")
    with closing(Store(f"sqlite:///{folder}/datenernte.db")) as store:
        counts = {key: found.datasets for key, found in store.counts_by_municipality().items()}
    assert counts == {"09772177": 2, "09184139": 2, None: 4}
    assert said("portals", "--unresolved")["unresolved"] == [
        {"portal": "kreis", "publisher": "Zweckverband", "datasets": 2},
        {"portal": "kreis", "publisher": None, "datasets": 1},
        {"portal": "kreis", "publisher": "Meitingen", "datasets": 1},
    ]
    (portal,) = said("status")["portals"]
    assert portal["unresolved"] == 4
    assert exit_code(["status", "-C", str(folder)]) == 0
    assert "4 Datensätze ohne Kommune" in capsys.readouterr().err


def test_a_publisher_that_is_entered_leaves_the_list(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert exit_code(["harvest", "-C", str(folder), "-q"]) == 0
    path = folder / "portals" / "kreis.toml"
    path.write_text(path.read_text(encoding="utf-8") + 'Zweckverband = "09273"\n', encoding="utf-8")
    assert exit_code(["harvest", "-C", str(folder), "-q"]) == 0
    capsys.readouterr()
    assert exit_code(["portals", "--unresolved", "-C", str(folder)]) == 0
    shown = capsys.readouterr().out
    assert "Zweckverband" not in shown
    assert "Meitingen" in shown
