"""Figures for Prometheus and logs for machines, of real runs over simulated portals."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from datenernte_harvester.cli.main import exit_code

# `small_land` is the folder's fixture: a CKAN portal of 8 datasets, a DCAT portal of 12


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATENERNTE_NOW", "2026-03-01T04:00:00Z")


WITHOUT_CHECKS = "[validate]\nlinks = false\ntables = false\nshapes = false\n"

Figures = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def figures(path: Path) -> Figures:
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(path.read_text(encoding="utf-8"))
        for sample in family.samples
    }


def value(found: Figures, name: str, **labels: str) -> float:
    return found[f"datenernte_{name}", tuple(sorted(labels.items()))]


@pytest.fixture
def run(small_land: Any, capfd: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Run a command in the folder; exit code, stdout, stderr."""

    def run_command(*arguments: str) -> tuple[int, str, str]:
        code = exit_code([*arguments, "-C", str(small_land.folder)])
        said = capfd.readouterr()
        return code, said.out, said.err

    return run_command


def test_a_run_writes_what_prometheus_reads(small_land: Any, run: Any) -> None:
    small_land.configure(f'{WITHOUT_CHECKS}[metrics]\nfile = "datenernte.prom"\n')
    code, out, _ = run("run", "--json")
    document = json.loads(out)
    path = small_land.folder / "datenernte.prom"
    found = figures(path)

    assert value(found, "run_exit_code") == code == document["exit_code"]
    assert value(found, "run_number") == document["run"]
    assert value(found, "datasets") == document["totals"]["datasets"] > 0
    assert value(found, "build_info", version=document["tool_version"]) == 1
    assert value(found, "run_finished_timestamp_seconds") == 1772337600
    for portal in document["portals"]:
        name = portal["name"]
        assert value(found, "portal_state", portal=name, state=portal["state"]) == 1
        assert value(found, "portal_datasets", portal=name) == portal["datasets"]
        for outcome in ("seen", "new", "changed", "withdrawn", "held", "failed"):
            shown = value(found, "portal_records", portal=name, outcome=outcome)
            assert shown == portal[outcome]
        assert value(found, "portal_requests", portal=name) == portal["requests"]
        assert value(found, "portal_last_success_timestamp_seconds", portal=name) == 1772337600
        assert value(found, "portal_score", portal=name, score="mqa") == portal["score"]["mqa"]
    for severity, count in document["totals"]["findings"].items():
        assert value(found, "findings", severity=severity) == count
    assert [one.name for one in path.parent.glob("*.prom*")] == ["datenernte.prom"]


def test_promtool_accepts_the_figures(small_land: Any, run: Any, tmp_path: Path) -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        if os.environ.get("CI"):
            pytest.fail("promtool is missing (Debian: prometheus)")
        pytest.skip("promtool is not installed")
    path = tmp_path / "lauf.prom"
    small_land.configure(WITHOUT_CHECKS)
    run("run", "--metrics", str(path))
    judged = subprocess.run(  # noqa: S603
        [promtool, "check", "metrics"], input=path.read_bytes(), capture_output=True, check=False
    )
    assert (judged.returncode, judged.stdout, judged.stderr) == (0, b"", b"")


def test_a_run_over_one_portal_leaves_the_figures_of_the_others(
    small_land: Any, run: Any, tmp_path: Path
) -> None:
    path = tmp_path / "lauf.prom"
    one, other = sorted(small_land.portals)
    small_land.configure(WITHOUT_CHECKS)
    run("run", "--metrics", str(path))
    small_land.spoil(other, "F13")
    run("run", "--metrics", str(path))
    failed = figures(path)
    assert value(failed, "portal_state", portal=other, state="ok") == 0
    run("harvest", "--portal", one, "--metrics", str(path))
    found = figures(path)
    assert value(found, "portal_state", portal=other, state="ok") == 0
    assert value(found, "portal_state", portal=one, state="ok") == 1


def test_figures_that_cannot_be_written_end_with_74(small_land: Any, run: Any) -> None:
    small_land.configure(WITHOUT_CHECKS)
    code, out, err = run("run", "--json", "--metrics", str(small_land.folder / "no" / "x.prom"))
    assert code == 74
    assert "Datei für Prometheus" in err
    assert json.loads(out)["exit_code"] == 0


def test_a_trial_run_writes_no_figures(small_land: Any, run: Any, tmp_path: Path) -> None:
    small_land.configure(WITHOUT_CHECKS)
    run("run", "--dry-run", "--metrics", str(tmp_path / "lauf.prom"))
    assert not (tmp_path / "lauf.prom").exists()


def logfmt(line: str) -> dict[str, str]:
    """A line of logfmt; fails where there is anything else in it."""
    pair = re.compile(r'(\w+)=("(?:[^"\\]|\\.)*"|[^\s"=\\]+)(?: |$)')
    found, position = {}, 0
    while position < len(line):
        match = pair.match(line, position)
        assert match is not None, line[position:]
        found[match[1]] = json.loads(match[2]) if match[2][0] == '"' else match[2]
        position = match.end()
    return found


@pytest.mark.parametrize(("form", "read"), [("json", json.loads), ("logfmt", logfmt)])
def test_every_line_of_the_log_is_an_event_with_run_and_portal(
    small_land: Any, run: Any, form: str, read: Callable[[str], dict[str, Any]]
) -> None:
    small_land.configure(WITHOUT_CHECKS)
    name = min(small_land.portals)
    small_land.spoil(name, "F13")
    code, out, err = run("run", "--json", "--log-format", form)
    assert code == 3
    document = json.loads(out)
    events = [read(line) for line in err.splitlines()]
    assert {str(one["run"]) for one in events if one["event"] != "note"} == {"1"}
    harvested = {one["portal"]: one for one in events if one["event"] == "portal-harvested"}
    assert harvested.keys() == small_land.portals.keys()
    assert harvested[name]["state"] == "failed"
    assert harvested[name]["url"].startswith("http://127.0.0.1")
    assert harvested[name]["reason"] == document["portals"][0]["reason"]
    assert events[-1]["event"] == "run-ended"
    assert str(events[-1]["exit_code"]) == "3"
    assert all(one["time"] and one["level"] for one in events)


def test_the_variable_sets_the_form_and_the_option_beats_it(
    small_land: Any, run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    small_land.configure(WITHOUT_CHECKS)
    monkeypatch.setenv("DATENERNTE_LOG_FORMAT", "json")
    _, _, err = run("harvest")
    assert all(json.loads(line) for line in err.splitlines())
    _, _, err = run("harvest", "--log-format", "logfmt")
    assert all(logfmt(line) for line in err.splitlines())
    monkeypatch.setenv("DATENERNTE_LOG_FORMAT", "xml")
    code, _, err = run("harvest")
    assert code == 2
    assert "»format« ist eines von text, logfmt, json" in err


def test_an_error_of_the_whole_run_is_an_event_too(small_land: Any, run: Any) -> None:
    small_land.configure(f'{WITHOUT_CHECKS}[log]\nformat = "json"\n')
    run("run")
    small_land.configure(f'{WITHOUT_CHECKS}[log]\nformat = "json"\n')
    text = (small_land.folder / "datenernte.toml").read_text(encoding="utf-8")
    (small_land.folder / "datenernte.toml").write_text(
        text.replace("daten.example.org", "anders.example.org"), encoding="utf-8"
    )
    code, _, err = run("run")
    assert code == 2
    assert "base_url" in json.loads(err.splitlines()[-1])["message"]


CANARY = "kanarienvogel-4711"


def test_credentials_are_in_no_log_no_report_no_feed_and_no_database(
    small_land: Any, run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = sorted(small_land.portals)
    monkeypatch.setenv(f"DATENERNTE_AUTH_{one.upper()}", f"basic nutzer:{CANARY}")
    monkeypatch.setenv(f"DATENERNTE_AUTH_{other.upper()}", f"header X-Key: {CANARY}")
    small_land.spoil(other, "F13")
    said = ""
    for form in ("text", "logfmt", "json"):
        small_land.configure(f'{WITHOUT_CHECKS}[metrics]\nfile = "lauf.prom"\n')
        code, out, err = run("run", "--json", "--log-format", form)
        assert code == 3
        said += out + err
    for command in ("status", "portals", "doctor", "config show", "history"):
        _, out, err = run(*command.split())
        said += out + err
    assert CANARY not in said
    files = [path for path in small_land.folder.rglob("*") if path.is_file()]
    assert len(files) > 20
    for path in files:
        body = path.read_bytes()
        assert CANARY.encode() not in body, path
        assert b"bnV0emVyO" not in body, path  # its beginning in base64


def test_a_url_with_a_token_is_refused_and_not_repeated(small_land: Any, run: Any) -> None:
    path = small_land.folder / "portals" / "geheim.toml"
    path.write_text(
        f'title = "G"\nsource_type = "ckan"\nurl = "https://g.example/?token={CANARY}"\n',
        encoding="utf-8",
    )
    code, out, err = run("run")
    assert code == 2
    assert "»token=…«" in err
    assert CANARY not in out + err
