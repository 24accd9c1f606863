"""One event is one line, and no secret is in it."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datenernte_harvester import logs
from datenernte_harvester.cli.console import note
from datenernte_harvester.redaction import redacted, secret_parameters
from datenernte_harvester.settings import secrets

HOSTILE = 'a\nb\r\x1b[31mrot\x07 \u202eredrO\u2066 "x=y" \\ \u2028\x85 \ud800 ü'


@pytest.fixture(autouse=True)
def undone() -> Iterator[None]:
    with logs.scope():
        yield


def lines(form: str, *hidden: str) -> io.StringIO:
    stream = io.StringIO()
    logs.set_up(form, hidden, stream)
    return stream


@pytest.mark.parametrize("form", logs.FORMATS)
@given(text=st.text(max_size=60))
def test_an_event_is_one_line_without_control_or_direction_characters(form: str, text: str) -> None:
    stream = lines(form)
    logging.getLogger("datenernte.x").error("%s", text, extra={"portal": text, "url": text})
    (shown,) = stream.getvalue().split("\n")[:-1]
    assert shown.splitlines() == [shown]
    assert not any(ord(char) < 32 or 0x7F <= ord(char) < 0xA0 for char in shown)
    assert not set(shown) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200f")


def test_hostile_text_comes_back_whole_from_json() -> None:
    stream = lines("json")
    logs.event("portal-harvested", HOSTILE, portal=HOSTILE, seen=3, reason=None)
    found = json.loads(stream.getvalue())
    assert (found["portal"], found["message"], found["seen"]) == (HOSTILE, HOSTILE, 3)
    assert "reason" not in found


def test_notes_are_events_where_the_log_is_structured(capsys: pytest.CaptureFixture[str]) -> None:
    stream = lines("json")
    note("Zwei\nZeilen")
    assert json.loads(stream.getvalue())["message"] == "Zwei\nZeilen"
    assert capsys.readouterr().err == ""


def test_an_exception_stands_on_the_line_of_its_event() -> None:
    stream = lines("logfmt")
    try:
        raise ValueError("Zeile\nzwei")
    except ValueError:
        logging.getLogger("x").exception("kaputt")
    assert stream.getvalue().count("\n") == 1
    assert "ValueError: Zeile" in stream.getvalue()


def test_libraries_are_heard_from_warnings_upwards_and_not_in_text() -> None:
    for form, expected in (("json", 3), ("logfmt", 3), ("text", 1)):
        stream = lines(form)
        logging.getLogger("alembic").info("leise")
        logging.getLogger("alembic").warning("laut")
        logging.getLogger("alembic").error("lauter")
        logging.getLogger("datenernte_harvester.x").error("unser")
        assert stream.getvalue().count("\n") == expected


CANARY = "kanarienvogel-4711"


@pytest.mark.parametrize(
    "text",
    [
        f"GET https://nutzer:{CANARY}@portal.example/x failed",
        f"https://{CANARY}@portal.example/x",
        f"https://portal.example/x?a=1&token={CANARY}&b=2",
        f"https://portal.example/x?API_KEY={CANARY}",
        f"https://portal.example/x?X-Amz-Signature={CANARY}",
        f"header X-Key: {CANARY}",
    ],
)
@pytest.mark.parametrize("form", logs.FORMATS)
def test_a_secret_is_never_logged(form: str, text: str) -> None:
    stream = lines(form, CANARY)
    logging.getLogger("datenernte.x").error("%s", text, extra={"url": text, "portal": text})
    assert CANARY not in stream.getvalue()
    assert "***" in stream.getvalue()


def test_what_is_no_secret_stays() -> None:
    text = "https://portal.example/x?a=1&tokens=3#key=b mail an a@b.example"
    assert redacted(text) == text
    assert redacted(f"https://u:{CANARY}@h/x?q=1") == "https://***@h/x?q=1"
    assert secret_parameters("https://h/x?a=1&Token=2") == ["Token"]


def test_secrets_are_found_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATENERNTE_AUTH_STADT", f"basic nutzer:{CANARY}")
    monkeypatch.setenv("DATENERNTE_AUTH_LAND", f"header X-Key: {CANARY}2")
    monkeypatch.setenv("DATENERNTE_STORE_URL", f"postgresql+psycopg://x:{CANARY}3@db/x")
    assert {CANARY, f"{CANARY}2", f"{CANARY}3", f"nutzer:{CANARY}"} <= set(secrets())
