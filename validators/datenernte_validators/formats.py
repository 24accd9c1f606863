"""Findings of a check in the forms that other programs read.

SARIF 2.1.0 for code scanning, JUnit XML for build servers, workflow commands for GitHub, code
quality for GitLab, CSV for spreadsheets, JSON for everything else. Rows of a table are given as
lines: with line breaks inside cells a line of the text may lie further down.

Sources: https://docs.oasis-open.org/sarif/sarif/v2.1.0/,
https://docs.github.com/actions/reference/workflow-commands-for-github-actions,
https://docs.gitlab.com/ci/testing/code_quality/
"""

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any
from urllib.parse import quote

from datenernte_dcat.texts import texts

FORMATS = ("json", "sarif", "junit", "github", "gitlab", "csv")
_LEVELS = {"error": "error", "warning": "warning", "info": "note"}
_COMMANDS = {"error": "error", "warning": "warning", "info": "notice"}
_GITLAB = {"error": "major", "warning": "minor", "info": "info"}
_COLUMNS = (
    *("target", "severity", "code", "row", "field", "subject", "property", "value"),
    *("message", "advice", "source"),
)
_NOT_XML = re.compile("[^\\t\\n\\r\\u0020-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]")

Document = Mapping[str, Any]
Found = Mapping[str, Any]


def findings_of(document: Document) -> Iterator[Found]:
    """All findings of a document, those of its datasets and its resources included."""
    yield from document["findings"]
    for dataset in document.get("datasets", ()):
        yield from dataset["findings"]
    for resource in document.get("resources", ()):
        yield from findings_of(resource)


def rendered(
    documents: Sequence[Document], output: str, *, version: str, fail_on: str = "error"
) -> str:
    """The documents of one or several checks in a format of `FORMATS`.

    Args:
        version: of this program, for SARIF.
        fail_on: `error`, `warning` or `never`: from here on a finding is a failure in JUnit.

    Raises:
        KeyError: there is no such format.
    """
    text = _rendered(documents, output, version, fail_on)
    return text.encode("utf-8", "replace").decode("utf-8")  # no half of a surrogate pair


def _rendered(documents: Sequence[Document], output: str, version: str, fail_on: str) -> str:
    if output == "json":
        shown = documents[0] if len(documents) == 1 else list(documents)
        return json.dumps(shown, ensure_ascii=False, indent=2, default=str)
    if output == "sarif":
        return json.dumps(_sarif(documents, version), ensure_ascii=False, indent=2)
    if output == "junit":
        return _junit(documents, fail_on)
    return {"github": _github, "gitlab": _gitlab, "csv": _csv}[output](documents)


def _each(documents: Sequence[Document]) -> Iterator[tuple[str, Found]]:
    for document in documents:
        for found in findings_of(document):
            yield str(document["target"]), found


def _place(found: Found) -> str:
    """»Zeile 3, Spalte 2 (Höhe)«, as far as it is known."""
    parts = []
    if found["row"] is not None:
        parts.append(f"Zeile {found['row']}")
    if found["field"] is not None:
        name = f" ({found['property']})" if found["property"] else ""
        parts.append(f"Spalte {found['field']}{name}")
    return ", ".join(parts)


def _address(target: str) -> str:
    """A target as a URI: a web address as it is, a path relative to where one stands."""
    if target.lower().startswith(("http://", "https://")):
        return target
    return quote(target.replace("\\", "/").removeprefix("./"), safe="/~")


def _fingerprint(target: str, found: Found) -> str:
    basis = [target, *(found[key] for key in ("code", "subject", "property", "row", "field"))]
    return sha256(json.dumps([*basis, found["value"]], ensure_ascii=True).encode()).hexdigest()


def _sarif(documents: Sequence[Document], version: str) -> dict[str, Any]:
    found = list(_each(documents))
    codes = sorted({str(one["code"]) for _, one in found})
    index = {code: number for number, code in enumerate(codes)}
    driver = {
        "name": "datenernte",
        "version": version,
        "rules": [_rule(code) for code in codes],
    }
    run: dict[str, Any] = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(target, one, index) for target, one in found],
    }
    schema = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/"
    return {
        "$schema": f"{schema}sarif-schema-2.1.0.json",
        "version": "2.1.0",
        "runs": [run],
    }


def _rule(code: str) -> dict[str, Any]:
    known = texts().get(code)
    if known is None:
        return {"id": code}
    rule: dict[str, Any] = {
        "id": code,
        "shortDescription": {"text": known.title},
        "fullDescription": {"text": known.why},
        "help": {"text": known.advice},
        "defaultConfiguration": {"level": _LEVELS[known.severity]},
    }
    if known.source:
        rule["helpUri"] = known.source
    return rule


def _result(target: str, found: Found, index: Mapping[str, int]) -> dict[str, Any]:
    location: dict[str, Any] = {"artifactLocation": {"uri": _address(target)}}
    if found["row"] is not None:
        location["region"] = {"startLine": max(1, int(found["row"]))}
    place: dict[str, Any] = {"physicalLocation": location}
    if found["property"] or found["field"]:
        name = str(found["property"] or f"Spalte {found['field']}")
        place["logicalLocations"] = [{"name": name, "kind": "member"}]
    advice = f" {found['advice']}" if found["advice"] else ""
    return {
        "ruleId": found["code"],
        "ruleIndex": index[str(found["code"])],
        "level": _LEVELS[found["severity"]],
        "message": {"text": f"{found['message']}{advice}"},
        "locations": [place],
        "partialFingerprints": {"datenernte/v1": _fingerprint(target, found)},
        "properties": {key: found[key] for key in ("row", "field", "value", "subject")},
    }


def _junit(documents: Sequence[Document], fail_on: str) -> str:
    """One suite for each target, one case for each finding; a target without any is one case."""
    from xml.etree import ElementTree  # writes only

    failing = {"error": {"error"}, "warning": {"error", "warning"}, "never": set[str]()}[fail_on]
    root = ElementTree.Element("testsuites", name="datenernte")
    totals = [0, 0]
    for document in documents:
        found = list(findings_of(document))
        failures = sum(one["severity"] in failing for one in found)
        target = _xml(str(document["target"]))
        suite = ElementTree.SubElement(
            root,
            "testsuite",
            name=target,
            tests=str(max(1, len(found))),
            failures=str(failures),
            errors="0",
            skipped="0",
            time="0",
        )
        totals[0] += max(1, len(found))
        totals[1] += failures
        if not found:
            ElementTree.SubElement(
                suite, "testcase", name="ohne Befund", classname=target, time="0"
            )
        for one in found:
            name = _xml(" – ".join(part for part in (str(one["code"]), _place(one)) if part))
            case = ElementTree.SubElement(suite, "testcase", name=name, classname=target, time="0")
            text = _xml("\n".join(part for part in (one["message"], one["advice"]) if part))
            if one["severity"] in failing:
                attributes = {"type": str(one["severity"]), "message": _xml(str(one["message"]))}
                ElementTree.SubElement(case, "failure", attributes).text = text
            else:
                ElementTree.SubElement(case, "system-out").text = text
    root.set("tests", str(totals[0]))
    root.set("failures", str(totals[1]))
    root.set("errors", "0")
    root.set("time", "0")
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, "unicode")


def _xml(text: str) -> str:
    return _NOT_XML.sub("\ufffd", text)


def _github(documents: Sequence[Document]) -> str:
    lines = []
    for target, found in _each(documents):
        known = texts().get(str(found["code"]))
        properties = {"title": known.title if known else str(found["code"])}
        if not target.lower().startswith(("http://", "https://")):
            properties = {"file": target, **properties}
            if found["row"] is not None:
                properties["line"] = str(found["row"])
        listed = ",".join(f"{key}={_property(value)}" for key, value in properties.items())
        place = f"{_place(found)}: " if _place(found) else ""
        advice = f" {found['advice']}" if found["advice"] else ""
        text = _command(f"{place}{found['message']}{advice}")
        lines.append(f"::{_COMMANDS[found['severity']]} {listed}::{text}")
    return "\n".join(lines)


def _command(text: str) -> str:
    """Text that ends no workflow command and begins none."""
    bare = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return "".join(c if c.isprintable() else " " for c in bare)


def _property(text: str) -> str:
    return _command(text).replace(":", "%3A").replace(",", "%2C")


def _gitlab(documents: Sequence[Document]) -> str:
    issues = [
        {
            "description": found["message"],
            "check_name": found["code"],
            "fingerprint": _fingerprint(target, found),
            "severity": _GITLAB[found["severity"]],
            "location": {"path": target.removeprefix("./"), "lines": {"begin": found["row"] or 1}},
        }
        for target, found in _each(documents)
    ]
    return json.dumps(issues, ensure_ascii=False, indent=2)


def _csv(documents: Sequence[Document]) -> str:
    """RFC 4180; a text that a spreadsheet would compute gets an apostrophe in front."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow(_COLUMNS)
    for target, found in _each(documents):
        writer.writerow(_cell(target if key == "target" else found[key]) for key in _COLUMNS)
    return stream.getvalue().removesuffix("\r\n")


def _cell(value: object) -> object:
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return f"'{value}"
    return value
