"""Pages in the vocabulary of schema.org, harvested from a real web server."""

import gzip
import json
import re
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.harvest.conftest import Answer, Asked, Harvester, WebServer, portal
from tests.harvest.gdi_faces import simulated

from datenernte_dcat.errors import SourceProtocolError
from datenernte_dcat.store.rows import PortalState
from datenernte_harvester.simulator.catalogue import datasets
from datenernte_harvester.simulator.schema_org import schema_org_site
from datenernte_harvester.sources.schema_org_fields import SchemaOrg
from datenernte_harvester.sources.site_maps import (
    UNPACKED_BYTES_MAX,
    maps_in_robots,
    site_map,
    unpacked,
)
from datenernte_harvester.sources.structured_data import structured_data
from datenernte_harvester.sources.web_pages import web_page

PAGE = "https://daten.lindenau.example/1"


def page_with(*documents: object) -> str:
    blocks = "".join(
        f'<script type="application/ld+json">{json.dumps(document)}</script>'
        for document in documents
    )
    return f"<html><head>{blocks}</head><body></body></html>"


def dataset_of(html: str) -> SchemaOrg:
    data = structured_data(web_page(html.encode(), PAGE), html)
    (node,) = data.datasets
    return SchemaOrg(data, node, PAGE)


@pytest.fixture
def website(server: WebServer) -> WebServer:
    """Twelve datasets, with robots.txt and a site map."""
    site = simulated(
        schema_org_site("Stadt Musterstadt", "09991001", datasets("musterstadt", 12, 1))
    )
    server.answer = site
    lines = f"User-agent: *\nDisallow: /intern/\nSitemap: {server.url}/sitemap.xml\n"
    server.robots = Answer(lines.encode(), content_type="text/plain")
    return server


def test_all_pages_of_the_site_map_are_read_and_unchanged_on_the_second_run(
    website: WebServer, harvest: Harvester
) -> None:
    probe = portal(website, source_type="schema_org", url=f"{website.url}/")

    (first,), (second,) = harvest(probe), harvest(probe)

    assert (first.state, first.reason, first.new, first.failed) == (PortalState.OK, None, 12, 0)
    assert (second.state, second.unchanged, second.changed) == (PortalState.OK, 12, 0)
    asked = [asked.path for asked in website.pages_asked]
    assert len(asked) == 2 * len(set(asked))


def test_a_dataset_whose_page_is_gone_is_withdrawn(website: WebServer, harvest: Harvester) -> None:
    probe = portal(website, source_type="schema_org", url=f"{website.url}/")
    whole = website.answer
    gone = datasets("musterstadt", 12, 1)[3].id
    (first,) = harvest(probe)
    website.answer = lambda asked: (
        Answer(status=410, content_type="text/html") if gone in asked.path else whole(asked)
    )
    (second,) = harvest(probe)

    assert (first.state, first.new) == (PortalState.OK, 12)
    assert (second.state, second.withdrawn, second.unchanged) == (PortalState.OK, 1, 11)


def test_a_page_that_does_not_answer_withdraws_nothing(
    website: WebServer, harvest: Harvester
) -> None:
    probe = portal(website, source_type="schema_org", url=f"{website.url}/")
    whole = website.answer
    harvest(probe)
    ill = datasets("musterstadt", 12, 1)[3].id
    website.answer = lambda asked: (
        Answer(status=500, content_type="text/html") if ill in asked.path else whole(asked)
    )

    (second,) = harvest(probe)

    assert (second.state, second.reason) == (PortalState.PARTIAL, "portal-http-status")
    assert (second.new, second.withdrawn, second.unchanged) == (0, 0, 11)


def test_a_portal_that_leads_elsewhere_says_where(server: WebServer, harvest: Harvester) -> None:
    def answer(asked: Asked) -> Answer:
        if asked.path == "/":
            place = f"http://localhost:{server.port}/neu"
            return Answer(status=301, headers={"Location": place})
        return Answer(page_with().encode(), content_type="text/html")

    server.answer = answer
    allow = [server.place, f"localhost:{server.port}"]
    (run,) = harvest(portal(server, source_type="schema_org", url=f"{server.url}/"), allow=allow)

    assert (run.state, run.reason) == (PortalState.FAILED, "portal-url-unusable")
    assert "/neu" in run.detail


CONTEXTS = [
    "https://schema.org",
    "http://schema.org/",
    ["https://schema.org/", {"x": "https://x.example/"}],
    {"@vocab": "http://schema.org/"},
]


@pytest.mark.parametrize("context", CONTEXTS, ids=str)
def test_every_spelling_of_the_vocabulary_is_read(context: object) -> None:
    html = page_with({"@context": context, "@type": "Dataset", "name": "Bäume"})

    (title,) = dataset_of(html).dataset().title
    assert title.value == "Bäume"


@pytest.mark.parametrize(
    "context", ["https://kontext.example/schema.org", "http://www.w3.org/ns/dcat#", None, {}]
)
def test_another_vocabulary_is_not_read_and_never_fetched(context: object) -> None:
    html = page_with({"@context": context, "@type": "Dataset", "name": "Bäume"})

    assert not structured_data(web_page(html.encode(), PAGE), html).datasets


def test_a_circle_of_nodes_ends() -> None:
    document = {
        "@context": "https://schema.org",
        "@graph": [
            {"@id": "#a", "@type": "Dataset", "name": "A", "isPartOf": {"@id": "#b"}},
            {"@id": "#b", "@type": "DataCatalog", "dataset": {"@id": "#a"}, "name": "B"},
        ],
    }

    found = dataset_of(page_with(document)).dataset()
    assert [title.value for title in found.title] == ["A"]


def test_the_record_of_a_page_in_rdfa_is_the_same_every_time() -> None:
    html = (
        '<html><body vocab="https://schema.org/"><div typeof="Dataset" resource="https://x.example/1">'
        + "".join(f'<b property="keywords">{word}</b>' for word in "gfedcba")
        + "".join(
            f'<i property="distribution" typeof="DataDownload"><a property="contentUrl" href="/{n}.csv">'
            "</a></i>"
            for n in range(6)
        )
        + "</div></body></html>"
    )

    assert len({str(dataset_of(html).dataset()) for _ in range(4)}) == 1


def test_robots_txt_names_site_maps_in_any_case() -> None:
    body = b"User-agent: *\r\nSITEMAP: https://a.example/1.xml\r\n  sitemap :  https://a.example/2.xml \n"

    assert maps_in_robots(body) == ["https://a.example/1.xml", "https://a.example/2.xml"]


def test_a_packed_site_map_that_explodes_is_refused() -> None:
    bomb = gzip.compress(b" " * (UNPACKED_BYTES_MAX + 1))

    with pytest.raises(SourceProtocolError, match="zu groß"):
        unpacked(bomb)


@given(st.binary(max_size=300))
@settings(max_examples=100)
def test_a_hostile_site_map_is_a_list_or_refused(body: bytes) -> None:
    for candidate in (body, b"\x1f\x8b" + body, zlib.compress(body)):
        try:
            found = site_map(candidate)
        except SourceProtocolError:
            continue
        assert not found.maps or found.pages is not None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inside: (
        st.lists(inside, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                [
                    *("@id", "@type", "@context", "@graph", "@value", "name", "url", "identifier"),
                    *("distribution", "license", "creator", "keywords", "spatialCoverage", "geo"),
                    *(
                        "box",
                        "temporalCoverage",
                        "contentUrl",
                        "dataset",
                        "mainEntity",
                        "publisher",
                    ),
                ]
            ),
            inside,
            max_size=5,
        )
    ),
    max_leaves=20,
)


@given(JSON)
@settings(max_examples=200)
def test_no_json_ld_breaks_the_reading(document: object) -> None:
    whole = {"@context": "https://schema.org", "@type": "Dataset", "mainEntity": document}
    more = document if isinstance(document, dict) else {"keywords": document, "creator": document}
    html = page_with({**whole, **{key: value for key, value in more.items() if key[0] != "@"}})
    html = re.sub("</script", "<\\\\/script", html.replace("</script></head>", "\0")).replace(
        "\0", "</script></head>"
    )
    data = structured_data(web_page(html.encode("utf-8", "surrogatepass"), PAGE), html)

    for node in data.datasets:
        found = SchemaOrg(data, node, PAGE)
        found.identifier()
        found.dataset()
