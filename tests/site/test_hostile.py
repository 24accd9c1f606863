"""Whatever a portal writes, no page runs it and every feed stays readable."""

import itertools
import json
import re
from pathlib import Path
from xml.parsers import expat

import msgspec
import pyoxigraph
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from tests.site.conftest import Site, dataset, portal, record

from datenernte_dcat.findings import Finding, Severity
from datenernte_dcat.records import (
    Agent,
    ContactPoint,
    Dataset,
    Distribution,
    Literal,
    Location,
    Reference,
)
from datenernte_dcat.store.rows import StoredRecord
from datenernte_dcat.store.store import Store

PAYLOADS = [
    "<script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "<ScRiPt src=//evil.example.org/x.js>",
    '"><svg onload=alert(1)>',
    "'\"`><img src=x onerror=alert(1)>",
    "{{ 7*7 }}{% raw %}<b>",
    "<![CDATA[ <script>alert(1)</script> ]]>",
    "</rdf:RDF><rdf:Description rdf:about='https://evil.example.org/'/>",
    '" . <https://evil.example.org/s> <https://evil.example.org/p> "o',
    '"@de ; <https://evil.example.org/p> <https://evil.example.org/o> .',
    '"}]},{"@id":"https://evil.example.org/s"}]',
    "\\u0022 \\n \\",
    "\x00\x01\x0b\x1f\x7f\x85\ufffe\uffff",
    "\u202e\u2066fdp.exe\u2069",
    "&lt;script&gt; &#60;script&#62; &amp;",
    "-->]]><!--",
    "\r\n\r\nSet-Cookie: a=b",
    "<a href='javascript:alert(1)'>x</a><a href=\"data:text/html,x\">y</a>",
    "<style>*{display:none}</style><base href=//evil.example.org><form>",
    "<math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "javascript:alert(1)",
    "äa\u0301 e\u20dd \U0001f469\u200d\U0001f467 \u0000",
    "x" * 5000,
]
URLS = [
    "javascript:alert(1)",
    "JAVASCRIPT://example.org/%0aalert(1)",
    "data:text/html;base64,PHNjcmlwdD4=",
    'https://example.org/"onmouseover="alert(1)',
    "https://example.org/><script>alert(1)</script>",
    "https://example.org/ mit leer\nzeichen",
    "https://exa mple.org/",
    "https://[::1",
    "//evil.example.org/x",
    "file:///etc/passwd",
    "https://example.org/{a}|b^`\\",
    "",
    " ",
    "https://user:geheim@example.org/",
    "mailto:a@b.example\r\nBcc: x@y.example",
]


def hostile(name: str, word: str, url: str, tag: str) -> Dataset:
    """A dataset with hostile text in every field that a page or feed shows."""
    literal = Literal(value=word, language=tag)
    plain = Literal(value=word)
    reference = Reference(uri=url)
    base = dataset(name)
    return msgspec.structs.replace(
        base,
        title=(literal,),
        description=(literal, plain),
        identifier=(plain,),
        keyword=(literal, plain),
        theme=(reference, Reference(label=plain)),
        publisher=Agent(uri=url, name=(plain,), homepage=(reference,)),
        contact_point=(
            ContactPoint(
                fn=(plain,), has_email=(reference,), has_telephone=(Reference(label=plain),)
            ),
        ),
        landing_page=(reference,),
        page=(reference, Reference(label=plain)),
        language=(Reference(label=plain),),
        accrual_periodicity=reference,
        access_rights=Reference(label=plain),
        modified=Literal(value=word, datatype=url),
        issued=plain,
        spatial=(Location(uri=url, pref_label=(plain,)),),
        geocoding_description=(plain,),
        relation=(reference,),
        distribution=(
            Distribution(
                uri=f"{base.uri}/datei",
                title=(literal,),
                description=(plain,),
                access_url=(reference,),
                download_url=(reference, Reference(label=plain)),
                format=Reference(label=plain),
                media_type=reference,
                license=reference,
                license_attribution_by_text=(plain,),
                byte_size=plain,
                modified=plain,
            ),
        ),
    )


def publish(folder: Path, records: list[StoredRecord], word: str) -> Site:
    found = Finding(
        code=word[:50],
        severity=Severity.ERROR,
        property=word,
        value=word,
        message=word,
        advice=word,
        source="javascript:alert(1)",
    )
    with Store(f"sqlite:///{folder / 'datenernte.db'}") as store:
        site = Site(store, folder / "site")
        source = portal("musterstadt")
        site.portals = {
            "musterstadt": msgspec.structs.replace(source, title=word, url="javascript:alert(1)")
        }
        site.harvest(records, findings={one.id: [found] for one in records}, detail=word)
        site.publish()
    return site


def without_own_elements(page: str) -> str:
    """The page without the elements that are ours: the search, and one block of JSON-LD.

    The block must be JSON that ends no element.
    """
    block = re.compile(r'<script type="application/ld\+json">([^<>]*)</script>')
    for content in block.findall(page):
        json.loads(content)
    page = block.sub("", page, count=1)
    page = page.replace('<script type="module" src="search.js"></script>', "", 1)
    return re.sub(
        '<form class="search" [a-z="/. -]*>(.*?)</form>', r"\1", page, count=1, flags=re.DOTALL
    )


def assert_harmless(site: Site, count: int) -> None:
    """No page has anything that runs; every feed parses and holds what it must."""
    for path, data in site.files().items():
        if path.endswith(".html"):
            page = without_own_elements(data.decode())
            tags = re.findall(r"<[^>]*>", page)
            for tag in tags:
                assert not re.match(
                    r"<\s*/?\s*(script|style|iframe|object|embed|base|form|img)", tag, re.IGNORECASE
                ), tag
                assert not re.search(
                    r"\son[a-z]+\s*=\s*[\"']?", re.sub(r'"[^"]*"', '""', tag), re.IGNORECASE
                ), tag
            for target in re.findall(r'href="([^"]*)"', page):
                assert re.match(r"(https?:|mailto:|tel:|#|\.\./|[a-z0-9-]+[./]|$)", target), target
                assert not re.match(
                    r"\s*(javascript|data|vbscript|file):", target, re.IGNORECASE
                ), target
            assert "\u202e" not in page
        elif path.endswith(".trig"):
            check(data, pyoxigraph.RdfFormat.TRIG)
        elif path.endswith(".atom"):
            expat.ParserCreate().Parse(data, True)
        elif path.endswith(".rdf"):
            expat.ParserCreate().Parse(data, True)
            check(data, pyoxigraph.RdfFormat.RDF_XML)
        elif path.endswith(".ttl"):
            check(data, pyoxigraph.RdfFormat.TURTLE)
        elif path.endswith(".nt"):
            check(data, pyoxigraph.RdfFormat.N_TRIPLES)
        elif path.endswith((".jsonld", ".json")):
            json.loads(data)
            if path.endswith("ld"):
                check(data, pyoxigraph.RdfFormat.JSON_LD)
    sets = {
        form: {
            str(quad.triple)
            for quad in pyoxigraph.parse(site.read(f"catalog-full.{form}"), format=parser)
        }
        for form, parser in (
            ("nt", pyoxigraph.RdfFormat.N_TRIPLES),
            ("ttl", pyoxigraph.RdfFormat.TURTLE),
            ("rdf", pyoxigraph.RdfFormat.RDF_XML),
            ("jsonld", pyoxigraph.RdfFormat.JSON_LD),
        )
    }
    assert sets["nt"] == sets["ttl"] == sets["rdf"] == sets["jsonld"]
    datasets = [line for line in sets["nt"] if line.endswith("<http://www.w3.org/ns/dcat#Dataset>")]
    assert len(datasets) == count


def check(data: bytes, form: pyoxigraph.RdfFormat) -> None:
    """No triple is about a subject that nobody put there."""
    for quad in pyoxigraph.parse(data, format=form):
        assert "evil.example.org" not in str(quad.subject)
        assert "evil.example.org/p" not in str(quad.predicate)


def test_known_attacks_in_every_field_do_no_harm(tmp_path: Path) -> None:
    pairs = list(itertools.zip_longest(PAYLOADS, URLS, fillvalue=""))
    records = [
        record(f"h{number}", of=hostile(f"h{number}", word, url or URLS[number % len(URLS)], "de"))
        for number, (word, url) in enumerate(pairs)
    ]
    site = publish(tmp_path, records, '<script>alert("x")</script>')
    assert_harmless(site, len(records))


@pytest.mark.timeout(300)
@settings(
    max_examples=12,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # shrinking builds hundreds of sites
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    words=st.lists(
        st.one_of(st.text(max_size=60), st.sampled_from(PAYLOADS)), min_size=4, max_size=4
    ),
    urls=st.lists(
        st.one_of(
            st.text(max_size=40),
            st.sampled_from(URLS),
            st.text(max_size=20).map("https://x.example.org/".__add__),
        ),
        min_size=4,
        max_size=4,
    ),
    tag=st.one_of(st.sampled_from(["de", "en-GB", "x"]), st.text(max_size=5)),
)
def test_any_text_in_any_field_does_no_harm(
    tmp_path_factory: pytest.TempPathFactory,
    words: list[str],
    urls: list[str],
    tag: str,
) -> None:
    records = [
        record(f"h{number}", of=hostile(f"h{number}", word, url, tag))
        for number, (word, url) in enumerate(zip(words, urls, strict=True))
    ]
    site = publish(tmp_path_factory.mktemp("hostile"), records, words[0])
    assert_harmless(site, len(records))
