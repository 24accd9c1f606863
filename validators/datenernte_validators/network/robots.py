"""robots.txt: what a host asks of programs.

A link check is one HEAD and the first bytes of one GET of a URL that the publisher gave to
programs. It still obeys an explicit Disallow: the link is then »nicht prüfbar«, never »defekt«.
A robots.txt that is absent, unreachable, an error or unreadable forbids nothing; if the server is
down, the check of the link itself says so. RFC 9309 section 2.3.1.4 would have a crawler stay away
from a host whose robots.txt fails with 5xx, but then every dead server would count as »nicht
prüfbar«. Crawl-delay is not part of RFC 9309; the check keeps its own pauses.
"""

import contextlib
import zlib
from typing import TYPE_CHECKING

from datenernte_validators.network.decoding import decoder_for

if TYPE_CHECKING:
    from protego import Protego

MAX_BYTES = 500 * 1024
"""As much of a file as must be read, RFC 9309 section 2.5."""


def rules_in(body: bytes, content_encoding: str | None = None) -> "Protego | None":
    """The rules of a robots.txt; what cannot be read is skipped, None if all of it.

    Args:
        content_encoding: some servers compress without being asked to.

    Source: https://www.rfc-editor.org/rfc/rfc9309
    """
    from protego import Protego

    decoder = decoder_for(content_encoding)
    if decoder is None:
        return None
    plain = b""
    with contextlib.suppress(zlib.error):  # what came before the damage counts
        for piece in decoder.feed(body):
            plain += piece
            if len(plain) >= MAX_BYTES:
                break
    return Protego.parse(plain[:MAX_BYTES].decode("utf-8-sig", "replace"))


def may_fetch(rules: "Protego", url: str, user_agent: str) -> bool:
    """Whether the rules let a program of this user agent fetch the URL.

    Args:
        user_agent: the whole header; rules speak of its product name only.
    """
    product = user_agent.split("/")[0].split(" ")[0]
    return rules.can_fetch(url, product)
