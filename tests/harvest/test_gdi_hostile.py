"""Whatever a server of geodata sends: a record, a word why not, and never anything else."""

import random
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree  # type: ignore[import-untyped]

from datenernte_dcat.errors import SourceError, SourceProtocolError
from datenernte_harvester.sources.iso19139 import read_iso
from datenernte_harvester.sources.iso_rights import rights_of_texts
from datenernte_harvester.sources.masterportal import is_service_list, listed_datasets
from datenernte_harvester.sources.ogc_capabilities import service_of
from datenernte_harvester.sources.ogc_layers import Shown, dataset_of
from datenernte_harvester.sources.ogc_record_fields import read_record
from datenernte_harvester.sources.xml_elements import Element, parse_xml

FIXTURES = Path(__file__).parents[1] / "fixtures"
ISO = (FIXTURES / "csw" / "ordinary" / "page-1.xml").read_bytes()
ISO_3 = (FIXTURES / "csw" / "iso-19115-3" / "page-1.xml").read_bytes()
WMS = (FIXTURES / "wfs_wms" / "nested-layers" / "wms.xml").read_bytes()
WFS = (FIXTURES / "wfs_wms" / "wfs-2-0" / "wfs.xml").read_bytes()

FIELDS = (
    *("title", "keywords", "themes", "concepts", "scheme", "id", "language", "contacts", "roles"),
    *("emails", "value", "links", "href", "rel", "extent", "spatial", "bbox", "interval", "time"),
    *("license", "formats", "externalIds", "properties", "geometry", "type", "addresses"),
    *("url", "typ", "layers", "datasets", "md_id", "md_name", "rs_id", "show_doc_url"),
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.floats() | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(FIELDS) | st.text(max_size=5), inner, max_size=6)
    ),
    max_leaves=30,
)
OBJECT = st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=8)


@given(OBJECT, OBJECT)
@settings(max_examples=300, deadline=None)
def test_any_object_is_a_record(feature: dict[str, object], properties: dict[str, object]) -> None:
    reading = read_record({**feature, "properties": properties})

    assert isinstance(reading.unread, list)


@given(st.lists(OBJECT, max_size=4))
@settings(max_examples=200, deadline=None)
def test_any_list_of_objects_is_a_list_of_services_or_none(
    entries: list[dict[str, object]],
) -> None:
    assert is_service_list(entries) in (True, False)
    for one in listed_datasets(entries, "https://karten.lindenau.example/services.json"):
        shown = [Shown(entry.url, None, None, entry) for entry in one.entries]
        assert dataset_of(one.identifier, shown, one.metadata).identifier


def mutated(document: bytes, seed: int) -> bytes:
    """The document with some elements taken out, doubled, moved, emptied or filled with rubbish."""
    dice = random.Random(seed)  # noqa: S311 - a fixed seed, no secret
    root = etree.fromstring(document)
    for _ in range(dice.randint(1, 12)):
        nodes = [node for node in root.iter("*") if node.getparent() is not None]
        if not nodes:
            break
        node, other = dice.choice(nodes), dice.choice(nodes)
        match dice.randrange(5):
            case 0:
                node.getparent().remove(node)
            case 1:
                other.append(etree.fromstring(etree.tostring(node, with_tail=False)))
            case 2:
                node.text = dice.choice(("", "\x85", "{", '{"id":', "9" * 50, "NaN", "https://["))
            case 3:
                node.attrib.clear()
            case 4:
                for name in node.attrib:
                    node.set(name, dice.choice(("", "x", "https://[", "-1")))
    return bytes(etree.tostring(root))


def records(body: bytes) -> list[Element]:
    return parse_xml(body)[0].all("SearchResults/MD_Metadata")


def layers(body: bytes) -> object:
    url = "https://geo.lindenau.example/ows?service=WFS&request=GetCapabilities"
    service = service_of(parse_xml(body)[0])
    return [dataset_of(one.name, [Shown(url, service, one)], {}) for one in service.layers]


READERS: dict[str, tuple[bytes, Callable[[bytes], object]]] = {
    "ISO 19139": (ISO, lambda body: [read_iso(one.as_root()) for one in records(body)]),
    "ISO 19115-3": (ISO_3, lambda body: [read_iso(one.as_root()) for one in records(body)]),
    "WMS": (WMS, layers),
    "WFS": (WFS, layers),
}


@pytest.mark.parametrize("name", READERS)
def test_a_damaged_document_is_read_as_far_as_it_goes(name: str) -> None:
    document, read = READERS[name]
    for seed in range(150):
        body = mutated(document, seed)
        try:
            read(body)
        except SourceError as error:
            assert error.code in ("portal-unexpected-answer", "source-refused"), seed


LAUGHS = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10 if n else "ha"}">' for n in range(9))
BOMBS = {
    "a billion laughs": f"<!DOCTYPE a [{LAUGHS}]><a>&a8;</a>",
    "an external document type": '<!DOCTYPE a SYSTEM "http://x.example/a.dtd"><a/>',
    "the document type of WMS with an entity": (
        '<!DOCTYPE WMT_MS_Capabilities SYSTEM "http://x.example/a" [<!ENTITY a SYSTEM "b">]><a>&a;</a>'
    ),
    "nesting": "<a>" * 100_000 + "</a>" * 100_000,
    "attributes": "<a " + " ".join(f'a{n}=""' for n in range(3000)) + "/>",
    "no end": "<a>" * 50_000,
    "document types": "<!DOCTYPE WMT_MS_Capabilities SYSTEM " * 50_000,
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_at_once(name: str) -> None:
    started = time.process_time()

    with pytest.raises(SourceProtocolError):
        parse_xml(BOMBS[name].encode())

    assert time.process_time() - started < 20  # a hang, not a speed


@pytest.mark.parametrize(
    "words", ["{" * 200_000, '{"id":' * 50_000, "Lizenz:" * 50_000, " " * 300_000]
)
def test_a_long_text_takes_linear_time(words: str) -> None:
    started = time.process_time()

    rights_of_texts(words, None)

    assert time.process_time() - started < 20  # a hang, not a speed
