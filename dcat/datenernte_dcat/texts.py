"""German texts of every finding code, from `texts_de.toml`."""

import tomllib
from functools import cache
from importlib import resources

import msgspec

from datenernte_dcat.findings import Finding, Severity


class Text(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The texts of one finding code."""

    severity: Severity
    title: str
    """A noun phrase for lists."""
    message: str
    """A sentence; `{name}` is replaced by the values that the check hands over."""
    advice: str
    """A sentence: what to do, and where."""
    why: str
    """A sentence: why it matters to people who use the data."""
    source: str | None = None
    """URL of the rule."""


@cache
def texts() -> dict[str, Text]:
    """All codes with their texts, in the order of the file."""
    document = tomllib.loads(
        resources.files("datenernte_dcat").joinpath("texts_de.toml").read_text(encoding="utf-8")
    )
    return {code: msgspec.convert(entry, Text) for code, entry in document.items()}


def finding(
    code: str,
    *,
    subject: str | None = None,
    property: str | None = None,  # noqa: A002 - the field's name in the JSON contract
    value: str | None = None,
    row: int | None = None,
    field: int | None = None,
    severity: Severity | None = None,
    **placeholders: object,
) -> Finding:
    """A finding with its German texts filled in.

    Args:
        severity: overrides the severity of the code, for rules whose weight depends on a profile.
        placeholders: values for the `{name}` of message and advice, besides the fields themselves.

    Raises:
        KeyError: the code or a placeholder is unknown; both are our bug, a test finds them.
    """
    text = texts()[code]
    words = {
        "subject": subject,
        "property": property,
        "value": _shortened(value),
        "row": row,
        "field": field,
        **placeholders,
    }
    return Finding(
        code=code,
        severity=severity or text.severity,
        subject=subject,
        property=property,
        value=value,
        row=row,
        field=field,
        message=text.message.format_map(words),
        advice=text.advice.format_map(words),
        source=text.source,
    )


def _shortened(value: str | None) -> str | None:
    """The value as it stands in a sentence: one line, at most 200 characters."""
    if value is None:
        return None
    line = " ".join(value.split())
    return line if len(line) <= 200 else line[:199] + "…"
