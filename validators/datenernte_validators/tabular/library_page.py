"""The page about our library of Table Schemas: `python -m datenernte_validators.tabular.library_page FILE`."""

import sys
from pathlib import Path
from typing import Any

from datenernte_validators.tabular.german import expected_type
from datenernte_validators.tabular.library import library

_HEAD = """# Table Schemas for municipal data

A table whose dataset names no schema is compared with this library. A schema is taken only where the words about the file (title and
keywords of the dataset, name of the file, title rows inside it) **and** its header agree with it; the report then says so
(`table-schema-library`, `"schema": "library:<name>"`). Columns may stand in any order and have other names (the aliases), and numbers and
dates may be written in the German way: names and notation are those of the file, types and rules those of the schema. A column that the
schema does not know, or whose cells are about something else, is not judged by it.

The files lie in `validators/datenernte_validators/tabular/schemas/` and are plain Table Schemas, so that `--schema` takes them too. To add
one, add its file and two examples in `tests/tables/library/`; then write this page anew
(`python -m datenernte_validators.tabular.library_page docs/table-schemas.md`).
"""


def page() -> str:
    """The whole page, in Markdown."""
    schemas = library()
    lines = [_HEAD, "| name | title | what it describes |", "|---|---|---|"]
    lines += [
        f"| [`{name}`](#{name}) | {one['title']} | {one['description']} |"
        for name, one in schemas.items()
    ]
    for name, one in schemas.items():
        lines += ["", *_section(name, one)]
    return "\n".join(lines) + "\n"


def _section(name: str, schema: dict[str, Any]) -> list[str]:
    sources = ", ".join(f"[{source['title']}]({source['path']})" for source in schema["sources"])
    return [
        f"## {name}",
        "",
        f"**{schema['title']}**: {schema['description']} Words: {', '.join(schema['keywords'])}. Source: {sources}.",
        "",
        "| Spalte | Art | Bedeutung | Regeln | auch genannt |",
        "|---|---|---|---|---|",
        *(
            f"| `{field['name']}` | {expected_type(field['type'], field.get('format', 'default'))} | "
            f"{field['title']}: {field['description']} | {_rules(field.get('constraints', {}))} | "
            f"{', '.join(field.get('aliases', ()))} |"
            for field in schema["fields"]
        ),
    ]


def _rules(constraints: dict[str, Any]) -> str:
    words = {
        "required": "Pflicht",
        "unique": "eindeutig",
        "minimum": "ab {}",
        "maximum": "bis {}",
        "pattern": "Muster `{}`",
        "enum": "nur {}",
    }
    shown = {
        key: ", ".join(value) if isinstance(value, list) else value
        for key, value in constraints.items()
    }
    return ", ".join(words[key].format(value) for key, value in shown.items())


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(page(), encoding="utf-8")
