"""What an HTML page is that came in place of data: a log-in, an error page, a wall against programs.

Judged by the first bytes of the page and by headers; a page of which none of this is certain is
just a page.
"""

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

PAGE_BYTES = 32 * 1024
"""How much of a page is looked at."""
SMALL_BYTES = 2048
"""A page up to this size holds a sentence, not content: what a server says in place of the data."""

_START_BYTES = 1024
_HTML_STARTS = (b"<!doctype html", b"<html", b"<head>", b"<head ", b"<body")
_PASSWORD = re.compile(rb"<input\b[^>]{0,500}\btype\s*=\s*[\"']?password\b", re.IGNORECASE)
_TITLE = re.compile(rb"<title\b[^>]{0,100}>([^<]{0,300})", re.IGNORECASE)
_ERROR_TITLE = re.compile(
    rb"\b(?:40[0134]|410|50[0-4])\b|not found|nicht gefunden|\bfehler|\berror\b|"
    rb"wartung|maintenance|nicht verf(?:\xc3\xbc|\xfc|&uuml;|ue)gbar|unavailable",
    re.IGNORECASE,
)
_LOGIN_PATH = re.compile(
    r"/(?:log-?in|sign-?in|anmeld(?:en|ung)|sso|saml2?|adfs|openid-connect|oauth2?|"
    r"wp-login\.php|auth(?:enticate|orize)?)(?:[/.?]|$)",
    re.IGNORECASE,
)
# Headers by which walls name themselves.
# Source: https://developers.cloudflare.com/cloudflare-challenges/challenge-types/challenge-pages/detect-response/
# and https://docs.aws.amazon.com/waf/latest/developerguide/waf-captcha-and-challenge-how-it-works.html
_WALL_HEADERS = {
    "cf-mitigated": frozenset(("challenge",)),
    "x-amzn-waf-action": frozenset(("challenge", "captcha")),
}
# Each entry: all of these stand in the page. One alone may stand in ordinary pages too, which the
# same services decorate with their scripts.
_WALLS = (
    (b"<title>just a moment...", b"/cdn-cgi/challenge-platform/"),
    (b"/.within.website/x/cmd/anubis/", b"anubis_challenge"),
    (b"_incapsula_resource", b"main-iframe"),
    (b"sucuri_cloudproxy_js",),
    (b"captcha-delivery.com", b"var dd="),
    (b"<title>ddos-guard</title>",),
)


def looks_like_html(body: bytes) -> bool:
    """Whether a body begins as an HTML page does, whatever its header says."""
    start = body[:_START_BYTES].removeprefix(b"\xef\xbb\xbf").lstrip()
    while start.startswith(b"<!--"):
        _, end, start = start.partition(b"-->")
        if not end:
            return False
        start = start.lstrip()
    return start.lower().startswith(_HTML_STARTS)


def is_wall(headers: Mapping[str, str], body: bytes) -> bool:
    """Whether an answer asks for proof that no program is asking, in place of an answer.

    Args:
        headers: by lower-case name.
        body: its first bytes.
    """
    for name, actions in _WALL_HEADERS.items():
        if headers.get(name, "").strip().lower() in actions:
            return True
    if not looks_like_html(body):
        return False
    page = body.lower()
    return any(all(mark in page for mark in marks) for marks in _WALLS)


def kind_of_page(body: bytes, size: int | None, url: str, final_url: str) -> str | None:
    """What a page is: login, error, small; None for any other.

    Args:
        body: its first bytes.
        size: of the whole page in bytes; None where it is unknown.
        url: what was asked.
        final_url: where redirects led; the page of a log-in often has no form of its own.
    """
    is_elsewhere = url.partition("#")[0] != final_url
    if _PASSWORD.search(body) or (is_elsewhere and _LOGIN_PATH.search(_path(final_url))):
        return "login"
    title = _TITLE.search(body)
    if title and _ERROR_TITLE.search(title[1]):
        return "error"
    return "small" if size is not None and size <= SMALL_BYTES else None


def _path(url: str) -> str:
    try:
        return urlsplit(url).path
    except ValueError:
        return ""
