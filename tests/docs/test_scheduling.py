"""Every block of the page about schedules is read by what it is written for."""

import configparser
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import click
import kubernetes_validate  # type: ignore[import-untyped]
import pytest
import yaml  # type: ignore[import-untyped]

from datenernte_harvester.cli.main import cli

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "scheduling.md").read_text(encoding="utf-8")
BLOCKS: dict[str, tuple[str, str]] = {
    re.match(r"# (\S+?):?(?:\s|$)", body)[1]: (language, body)  # type: ignore[index]
    for language, body in re.findall(r"^```(\w+)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
}
"""File name, as its first line has it → language, text."""
UNITS = sorted(name for name in BLOCKS if name.startswith("/etc/systemd/"))


def test_every_block_names_its_file_and_is_looked_at_here() -> None:
    assert set(BLOCKS) == {
        "/etc/cron.d/datenernte",
        "/etc/systemd/system/datenernte.service",
        "/etc/systemd/system/datenernte.timer",
        "/etc/systemd/system/datenernte-melden@.service",
        "datenernte.yaml",
        ".gitlab-ci.yml",
        ".github/workflows/ernte.yml",
    }
    assert len(BLOCKS) == PAGE.count("\n```") // 2


def test_every_call_of_datenernte_is_one() -> None:
    """The options of each call exist; `run` in YAML lists is looked at apart."""
    calls = re.findall(
        r"(?<![\w./-])(?:/opt/datenernte/bin/)?datenernte (run|status)\b([^|>`;'\n]*)", PAGE
    )
    assert len(calls) >= 6
    for name, rest in calls:
        command = cli.get_command(click.Context(cli), name)
        assert command is not None
        command.make_context(name, shlex.split(rest.replace("%i", "x")), resilient_parsing=False)


def test_the_crontab_has_a_time_a_user_and_a_command_that_a_shell_reads() -> None:
    lines = [
        line for line in BLOCKS["/etc/cron.d/datenernte"][1].splitlines() if line[:1] not in "#"
    ]
    *settings, job = [line for line in lines if line]
    assert all(re.fullmatch(r"[A-Z_]+=\S+", line) for line in settings)
    match = re.fullmatch(r"((?:[\d*/,-]+ ){5})(\w+) (.+)", job)
    assert match is not None
    assert "%" not in match[3]  # cron would make a line end of it
    subprocess.run(["/bin/sh", "-n", "-c", match[3]], check=True)  # noqa: S603


@pytest.mark.parametrize("code", [0, 3])
def test_the_crontab_mails_only_what_is_not_in_order(tmp_path: Path, code: int) -> None:
    job = BLOCKS["/etc/cron.d/datenernte"][1].splitlines()[-1].split(" ", 6)[6]
    fake = tmp_path / "datenernte"
    fake.write_text(f'#!/bin/sh\necho "$1"\n[ "$1" = status ] || exit {code}\n', encoding="utf-8")
    fake.chmod(0o755)
    job = job.replace("/opt/datenernte/bin", str(tmp_path)).replace("/var/log", str(tmp_path))
    done = subprocess.run(  # noqa: S603
        ["/bin/sh", "-c", job], capture_output=True, check=False, encoding="utf-8"
    )
    assert done.stdout == ("" if code == 0 else "status\n")
    assert (tmp_path / "datenernte.log").read_text(encoding="utf-8") == "run\n"


@pytest.mark.parametrize("name", UNITS)
def test_a_unit_is_an_ini_file_without_repeated_keys(name: str) -> None:
    parser = configparser.ConfigParser(interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(BLOCKS[name][1])
    assert "Unit" in parser


def test_systemd_accepts_the_units(tmp_path: Path) -> None:
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        if os.environ.get("CI"):
            pytest.fail("systemd-analyze is missing (Debian: systemd)")
        pytest.skip("systemd-analyze is not installed")
    for name in UNITS:
        # the program and its user are not on this machine
        text = BLOCKS[name][1].replace("/opt/datenernte/bin/datenernte", "/bin/true")
        (tmp_path / Path(name).name).write_text(
            text.replace("User=datenernte", "User=root"), encoding="utf-8"
        )
    units = [str(path) for path in sorted(tmp_path.iterdir())]
    judged = subprocess.run(  # noqa: S603
        [analyze, "verify", "--man=no", *units], capture_output=True, check=False, encoding="utf-8"
    )
    ours = [line for line in judged.stderr.splitlines() if "datenernte" in line]
    assert (judged.returncode, ours) == (0, []), judged.stderr
    (calendar,) = re.findall(r"^OnCalendar=(.+)$", BLOCKS[UNITS[-1]][1], re.MULTILINE)
    subprocess.run([analyze, "calendar", calendar], check=True, capture_output=True)  # noqa: S603


def test_the_job_of_kubernetes_fits_the_schema_of_its_api() -> None:
    document = yaml.safe_load(BLOCKS["datenernte.yaml"][1])
    kubernetes_validate.validate(document, kubernetes_validate.latest_version(), strict=True)
    assert document["spec"]["concurrencyPolicy"] == "Forbid"
    (container,) = document["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"]
    command = cli.get_command(click.Context(cli), container["args"][0])
    assert command is not None
    command.make_context("run", container["args"][1:])


@pytest.mark.parametrize(
    ("name", "schema"),
    [
        (".gitlab-ci.yml", "vendor.gitlab-ci"),
        (".github/workflows/ernte.yml", "vendor.github-workflows"),
    ],
)
def test_the_jobs_of_gitlab_and_github_fit_their_schemas(
    tmp_path: Path, name: str, schema: str
) -> None:
    path = tmp_path / "datei.yml"
    path.write_text(BLOCKS[name][1], encoding="utf-8")
    judged = subprocess.run(  # noqa: S603
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, str(path)],
        capture_output=True, check=False, encoding="utf-8",
    )  # fmt: skip
    assert judged.returncode == 0, judged.stdout + judged.stderr


@pytest.mark.parametrize("name", [".gitlab-ci.yml", ".github/workflows/ernte.yml"])
def test_the_scripts_are_read_by_a_shell(name: str) -> None:
    document = yaml.safe_load(BLOCKS[name][1])
    scripts = (
        ["\n".join(document["pages"]["script"])]
        if "pages" in document and "script" in document["pages"]
        else [step["run"] for step in document["jobs"]["ernte"]["steps"] if "run" in step]
    )
    assert scripts
    for script in scripts:
        subprocess.run(["/bin/sh", "-n", "-c", script], check=True)  # noqa: S603
