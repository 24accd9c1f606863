"""German numbers and dates, and what of a portal's text may stand on a page."""

from datetime import date

import pytest

from datenernte_dcat.publication import one_line
from datenernte_dcat.site import filters


@pytest.mark.parametrize(
    ("value", "digits", "shown"),
    [(0, 0, "0"), (1234, 0, "1.234"), (1234.5, 1, "1.234,5"), (-1234567.891, 2, "-1.234.567,89")],
)
def test_numbers_are_german(value: float, digits: int, shown: str) -> None:
    assert filters.number(value, digits) == shown


def test_counted_things_have_the_right_number() -> None:
    assert filters.counted(1, "Datensatz", "Datensätze") == "1\u00a0Datensatz"
    assert filters.counted(0, "Datensatz", "Datensätze") == "0\u00a0Datensätze"
    assert filters.counted(2000, "Datensatz", "Datensätze") == "2.000\u00a0Datensätze"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("2026-11-22", "22.11.2026"),
        ("2026-11-22T08:00:00+01:00", "22.11.2026"),
        (" 2026-11-22 ", "22.11.2026"),
        ("2026-11", "11/2026"),
        ("2026", "2026"),
        ("Frühjahr 2026", "Frühjahr 2026"),
        ("", ""),
        (None, ""),
    ],
)
def test_dates_of_portals_are_german_and_others_stay(text: str | None, shown: str) -> None:
    assert filters.literal_day(text) == shown


def test_our_dates_are_german() -> None:
    assert filters.day(date(2026, 1, 2)) == "02.01.2026"
    assert filters.day(None) == ""


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("0", "0\u00a0B"),
        ("999", "999\u00a0B"),
        ("6776.0", "6,8\u00a0kB"),
        ("123456", "123\u00a0kB"),
        ("1400000", "1,4\u00a0MB"),
        ("7e12", "7.000\u00a0GB"),
        ("-5", ""),
        ("nan", ""),
        ("inf", ""),
        ("groß", ""),
        (None, ""),
    ],
)
def test_sizes_are_readable_and_nonsense_is_left_out(text: str | None, shown: str) -> None:
    assert filters.byte_size(text) == shown


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        " javascript:alert(1)",
        "java\nscript:alert(1)",
        "\x01javascript:alert(1)",
        "data:text/html,<script>alert(1)</script>",
        "vbscript:x",
        "file:///etc/passwd",
        "ftp://example.org/x",
        "//example.org/x",
        "/x",
        "https:x",
        "https://",
        "http://exa mple.org/",
        "mailto:",
        'mailto:x@y"onclick=z',
        "mailto:x y",
        "https://[::1",
        "",
        None,
    ],
)
def test_only_known_schemes_become_links(url: str | None) -> None:
    assert filters.href(url) is None
    assert "<a" not in filters.link(url)


@pytest.mark.parametrize(
    "url", ["https://example.org/ä?x=1&y=2#z", "http://example.org", "mailto:a@b.de", "tel:+49911"]
)
def test_links_to_portals_say_what_they_are(url: str) -> None:
    shown = filters.link(url, "Text")
    assert 'rel="noopener nofollow ugc"' in shown
    assert "<bdi>Text</bdi>" in shown
    assert shown.count("&amp;") == url.count("&")


def test_link_text_is_escaped() -> None:
    assert "<b>" not in filters.link("https://example.org/", "<b>x")
    assert '"' not in filters.link('https://example.org/?"', '"').split("href=")[0]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Ein Satz.", "<p>Ein Satz.</p>"),
        ("Eins\nZwei\n\nDrei", "<p>Eins<br>\nZwei</p><p>Drei</p>"),
        ("3 < 5 & 7 > 2", "<p>3 &lt; 5 &amp; 7 &gt; 2</p>"),
        ("<p>A<br>B</p>", "<p>A<br>B</p>"),
        ("<ul><li>a<li>b</ul>", "<ul><li>a</li><li>b</li></ul>"),
        ("<b>x</b><script>alert(1)</script>", "<p><b>x</b></p>"),
        ('<p style="x" onclick="y" class="z">t</p>', "<p>t</p>"),
        ('<a href="javascript:x">t</a>', '<p><a rel="noopener nofollow ugc">t</a></p>'),
        ('<a href="/x">t</a>', '<p><a rel="noopener nofollow ugc">t</a></p>'),
        ("<img src=x onerror=y>t<iframe src=z></iframe>", "<p>t</p>"),
        ("<p>offen", "<p>offen</p>"),
        ("</div></body>t", "<p>t</p>"),
        ("a\u202eb\x00c", "<p>abc</p>"),
        ("   ", ""),
    ],
)
def test_descriptions_keep_the_allowed_html_only(text: str, shown: str) -> None:
    assert filters.description(text) == shown


def test_description_links_keep_their_address_with_rel() -> None:
    shown = filters.description('<a href="https://example.org/?a=1&b=2" title="t">x</a>')
    assert shown == (
        '<p><a href="https://example.org/?a=1&amp;b=2" rel="noopener nofollow ugc">x</a></p>'
    )


def test_one_line_cuts_cleans_and_keeps_the_direction() -> None:
    assert one_line("a\n b\t\x07c", 50) == "a b c"
    assert one_line("x" * 60, 50) == "x" * 49 + "…"
    assert one_line("\u202egnp.exe", 50) == "gnp.exe"
