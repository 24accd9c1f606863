"""The page `docs/reference/befehle.md`: every command with its help, exit codes, JSON."""

from collections.abc import Iterator

import click

from datenernte_harvester.cli.main import EXIT_CODES, cli
from datenernte_harvester.reference.markdown import page, table, words

_INTRODUCTION = """\
# Befehle

Erzeugt mit `python -m datenernte_harvester.reference`; bitte nicht von Hand ändern.

Ergebnisse stehen auf stdout, alles andere auf stderr. `datenernte BEFEHL --help` zeigt dasselbe wie diese Seite.
"""
_WIDTH = 96

SCHEMAS = {
    "demo": "demo",
    "run": "run",
    "harvest": "run",
    "validate": "run",
    "score": "run",
    "publish": "run",
    "check": "check",
    "status": "status",
    "history": "history",
    "diff": "diff",
    "duplicates": "duplicates",
    "accept": "withdrawal",
    "retire": "withdrawal",
    "bounds": "bounds",
    "portals": "portals",
    "municipalities import": "municipalities-import",
    "municipalities list": "municipalities",
    "municipalities check": "municipalities-check",
    "explain": "explain",
    "doctor": "doctor",
    "config show": "config",
}
"""Command → name of the schema of its JSON, in `docs/schemas`."""

FURTHER = {"score --explain": "score-explanation"}
"""Command with the option that gives its JSON another form → name of that schema."""

FILES = {
    "run.json": "run",
    "quality.json": "quality",
    "manifest.json": "manifest",
    "municipalities/<Schlüssel>/report.json": "report",
}
"""Published JSON file, relative to the site → name of its schema."""


def commands_page() -> str:
    """The Markdown page."""
    parts: list[str] = []
    for name, context in commands():
        heading = " ".join(["datenernte", *name.split()])
        parts += [f"## {heading}", f"```text\n{context.get_help()}\n```"]
        if name in SCHEMAS:
            parts.append(f"Form des JSON: {_schema(SCHEMAS[name])}.")
        for option, schema in FURTHER.items():
            if option.startswith(f"{name} --") and name:
                parts.append(f"Mit `{option.removeprefix(name).strip()}`: {_schema(schema)}.")
    return page(
        _INTRODUCTION,
        *parts,
        "## Rückgabewerte",
        table(("Wert", "Bedeutung"), ((str(value), words(what)) for value, what in EXIT_CODES)),
        "Treffen mehrere zu, gilt der erste von 70, 74, 4, 3, 1.",
        "## JSON der Website",
        table(("Datei", "Form"), ((f"`{path}`", _schema(name)) for path, name in FILES.items())),
    )


def commands() -> Iterator[tuple[str, click.Context]]:
    """Full name and context of `datenernte` itself (an empty name) and of every command."""
    root = click.Context(
        cli, info_name="datenernte", terminal_width=_WIDTH, help_option_names=["-h", "--help"]
    )
    yield from _below(root, "")


def _below(context: click.Context, name: str) -> Iterator[tuple[str, click.Context]]:
    yield name, context
    if isinstance(context.command, click.Group):
        for part in context.command.list_commands(context):
            command = context.command.get_command(context, part)
            assert command is not None  # noqa: S101 - it was listed
            yield from _below(
                click.Context(command, info_name=part, parent=context), f"{name} {part}".strip()
            )


def _schema(name: str) -> str:
    return f"[schemas/{name}.json](../schemas/{name}.json)"
