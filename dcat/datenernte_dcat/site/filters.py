"""How values look on a German page, and what of a portal's text may stand there at all.

Everything from a portal is escaped by Jinja2; what autoescape does not see (the scheme of a link,
markup in a description) goes through here.
"""

import math
import re
from datetime import date, datetime
from urllib.parse import urlsplit

import nh3
from markupsafe import Markup, escape

from datenernte_dcat.publication import DIRECTION_MARKS, one_line
from datenernte_dcat.terms import is_web_iri, safe_iri, safe_text

NO_BREAK = "\u00a0"

_TAGS = {"a", "li", "ol", "ul", "p", "br", "b", "i", "u"}
"""The HTML that DCAT-AP.de allows in a description."""
_ATTRIBUTES = {"a": {"href"}}
_REL = "noopener nofollow ugc"
_MAIL = re.compile(r"mailto:[^\s@<>\"'\\?]+@[^\s@<>\"'\\?]+")
_PHONE = re.compile(r"tel:\+?[0-9().\-/]{3,40}")
_BLOCK = re.compile(r"<(p|br|li|ul|ol)\b", re.IGNORECASE)
_XSD_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_GEO_YEAR_MONTH = re.compile(r"([0-9]{4})-([0-9]{2})")


def number(value: float, digits: int = 0) -> str:
    """1234.5 → »1.234,5«: grouped by points, with a decimal comma."""
    text = f"{value:,.{digits}f}"
    return text.translate(str.maketrans(",.", ".,"))


def counted(value: int, singular: str, plural: str) -> str:
    """»1 Datensatz«, »1.234 Datensätze«."""
    return f"{number(value)}{NO_BREAK}{singular if value == 1 else plural}"


def day(value: date | datetime | None) -> str:
    """A date as 22.11.2026; empty for None."""
    return "" if value is None else f"{value.day:02}.{value.month:02}.{value.year:04}"


def literal_day(text: str | None) -> str:
    """The date literal of a portal in German form; what is no date stays as it was written."""
    if not text:
        return ""
    text = text.strip()
    if match := _XSD_DATE.match(text):
        year, month, day_of_month = match.groups()
        return f"{day_of_month}.{month}.{year}"
    if match := _GEO_YEAR_MONTH.fullmatch(text):
        return f"{match.group(2)}/{match.group(1)}"
    return one_line(text, 60)


def byte_size(text: str | None) -> str:
    """A size in bytes as »1,4 MB«; empty for what is no size."""
    try:
        size = float(text or "")
    except ValueError:
        return ""
    if not math.isfinite(size) or size < 0:
        return ""
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000 or unit == "GB":
            return f"{number(size, 0 if unit == 'B' or size >= 100 else 1)}{NO_BREAK}{unit}"
        size /= 1000
    return ""


def href(url: str | None) -> str | None:
    """The URL if a reader may follow it (http, https, mailto, tel), else None.

    None means that the page shows the text without a link; `javascript:` and the like never
    become one.
    """
    if not url:
        return None
    url = url.strip()
    if is_web_iri(url) or _PHONE.fullmatch(url):
        return url
    return url if _MAIL.fullmatch(url) and safe_iri(url) == url else None


def host(url: str) -> str:
    """Host of a URL for a short link text; the shortened URL where it has none."""
    try:
        return urlsplit(url).hostname or one_line(url, 60)
    except ValueError:
        return one_line(url, 60)


def description(text: str) -> Markup:
    """A portal's description as harmless HTML; plain text keeps its paragraphs."""
    text = safe_text(text).translate(DIRECTION_MARKS).strip()
    if not _BLOCK.search(text):
        paragraphs = [part for part in re.split(r"\n\s*\n", text) if part.strip()]
        text = "".join(f"<p>{part.strip()}</p>" for part in paragraphs).replace("\n", "<br>\n")
    cleaned = nh3.clean(
        text,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        attribute_filter=_only_href,
        url_schemes={"http", "https", "mailto"},
        url_relative="deny",
        link_rel=_REL,
    )
    return Markup(cleaned)  # noqa: S704 - this is the sanitiser's output


def _only_href(tag: str, attribute: str, value: str) -> str | None:
    """The sanitiser lets `title` and `lang` pass of its own accord; we do not."""
    return value if attribute in ("href", "rel") else None


def link(url: str | None, text: str | None = None) -> Markup:
    """A link to a portal's URL, isolated from our text; only the text where it is not allowed."""
    shown = escape(one_line(text or url or "", 120))
    target = href(url)
    if target is None:
        return Markup("<bdi>{}</bdi>").format(shown)
    return Markup('<a href="{}" rel="{}"><bdi>{}</bdi></a>').format(target, _REL, shown)
