"""What an operator is told after a run, and what to do about it."""

import json
import shutil
from typing import Any

import pytest

from datenernte_harvester.cli.main import exit_code

WITHOUT_CHECKS = "[validate]\nlinks = false\ntables = false\nshapes = false\n"


def test_status_names_the_command_that_confirms_and_forgets_it_afterwards(
    small_land: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    def said(*arguments: str, code: int = 0) -> tuple[str, str]:
        assert exit_code([*arguments, "-C", str(small_land.folder)]) == code
        shown = capsys.readouterr()
        return shown.out, shown.err

    small_land.configure(WITHOUT_CHECKS)
    name = min(small_land.portals)
    said("run", "-q")
    small_land.spoil(name, "F23")
    said("run", "-q", code=3)

    shown, told = said("status")
    assert "gehalten" in shown
    assert f"datenernte accept {name} --run 2" in told
    shown, _ = said("accept", name, "--run", "2")
    assert "zurückgezogen" in shown
    _, told = said("status")
    assert "accept" not in told
    held = {one["name"]: one["held"] for one in json.loads(said("status", "--json")[0])["portals"]}
    assert held[name] == 0
    shown, _ = said("accept", name, "--run", "2")
    assert "nichts (mehr)" in shown


def test_a_lost_site_is_built_again_from_the_database(small_land: Any) -> None:
    """A runner of a CI keeps the database elsewhere and no file of its own."""
    small_land.configure(WITHOUT_CHECKS)
    small_land.run()
    before = {
        path.relative_to(small_land.site.resolve()): path.read_bytes()
        for path in small_land.site.resolve().rglob("*")
        if path.is_file() and path.name != "run.json"
    }
    shutil.rmtree(small_land.folder / ".site")
    small_land.site.unlink()
    outcome = small_land.run()
    after = {
        path.relative_to(small_land.site.resolve()): path.read_bytes()
        for path in small_land.site.resolve().rglob("*")
        if path.is_file() and path.name != "run.json"
    }
    assert outcome.exit_code == 0
    assert after == before
