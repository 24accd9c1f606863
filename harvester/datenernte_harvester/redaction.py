"""What must never be read by others: secrets are covered wherever text leaves the program."""

import re
from collections.abc import Iterable
from urllib.parse import parse_qsl, urlsplit

COVER = "***"
_SHORTEST = 4
"""Shorter secrets are not looked for: they would cover every other word."""
_USERINFO = re.compile(r"(?<=://)[^\s/@?#\"'<>]+(?=@)")
_SECRET_NAMES = (
    "token", "access_token", "auth", "authorization", "apikey", "api_key", "api-key", "key",
    "password", "passwd", "pwd", "secret", "client_secret", "sig", "signature",
    "x-amz-signature", "x-api-key", "subscription-key",
)  # fmt: skip
_QUERY = re.compile(
    rf"(?<=[?&;])({'|'.join(map(re.escape, _SECRET_NAMES))})=[^\s&#\"'<>;]+", re.IGNORECASE
)


def redacted(text: str, secrets: Iterable[str] = ()) -> str:
    """`text` without these secrets, without userinfo of URLs and secret parts of their query."""
    for secret in sorted(secrets, key=len, reverse=True):
        if len(secret) >= _SHORTEST:
            text = text.replace(secret, COVER)
    text = _USERINFO.sub(COVER, text)
    return _QUERY.sub(lambda match: f"{match[1]}={COVER}", text)


def secret_parameters(url: str) -> list[str]:
    """Names of the query's parts that are secrets by their name."""
    try:
        query = urlsplit(url).query
    except ValueError:
        return []
    return [name for name, _ in parse_qsl(query) if name.casefold() in _SECRET_NAMES]
