"""Files that are no tables, each whole and with its faults."""

import io
import json
import sqlite3
import struct
import zipfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from datenernte_validators.files.door import check_file
from datenernte_validators.files.places import GERMANY, LAENDER, box_of, system_of
from datenernte_validators.tabular.outcome import TableCheck

Write = Callable[..., Path]


def packed(files: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return stream.getvalue()


def shp(records: int = 1, *, length: int | None = None) -> bytes:
    body = bytes(28) * records
    size = 100 + len(body)
    head = struct.pack(">i", 9994) + bytes(20) + struct.pack(">i", (length or size) // 2)
    return head.ljust(100, b"\0") + body


SHAPE = {"a/w.shp": shp(), "a/w.shx": shp(), "a/w.dbf": b"\x03", "a/w.prj": b"GEOGCS[]"}
FEED = {
    "agency.txt": b"agency_id,agency_name,agency_url,agency_timezone\n1,VB,https://x,Europe/Berlin\n",
    "stops.txt": b"\xef\xbb\xbfstop_id,stop_name\n1,A\n",
    "routes.txt": b"route_id,route_type\n1,3\n",
    "trips.txt": b"route_id,service_id,trip_id\n1,1,1\n",
    "stop_times.txt": b"trip_id,stop_id,stop_sequence\n1,1,1\n",
    "calendar.txt": b"service_id\n1\n",
}
GML = (
    '<wfs:FeatureCollection xmlns:wfs="http://www.opengis.net/wfs/2.0"'
    ' xmlns:gml="http://www.opengis.net/gml/3.2">{}</wfs:FeatureCollection>'
)
MEMBER = "<wfs:member><x><gml:Point{}><gml:pos>1 2</gml:pos></gml:Point></x></wfs:member>"
KML = '<kml xmlns="http://www.opengis.net/kml/2.2"><Document>{}</Document></kml>'
MARK = "<Placemark><Point><coordinates>{}</coordinates></Point></Placemark>"
WMS = "<WMS_Capabilities><Capability><Request>{}</Request>{}</Capability></WMS_Capabilities>"
WFS = (
    '<wfs:WFS_Capabilities xmlns:wfs="x" xmlns:ows="y"><ows:Operation name="GetFeature"/>'
    "<wfs:FeatureTypeList>{}</wfs:FeatureTypeList></wfs:WFS_Capabilities>"
)


def without(files: dict[str, bytes], name: str) -> dict[str, bytes]:
    return {key: data for key, data in files.items() if key != name}


@pytest.mark.parametrize(
    ("data", "name", "kind", "codes"),
    [
        (packed(SHAPE), "w.zip", "shp", []),
        (packed(without(SHAPE, "a/w.dbf")), "w.zip", "shp", ["shapefile-part-missing"]),
        (packed(without(SHAPE, "a/w.prj")), "w.zip", "shp", ["geo-no-system"]),
        (packed({**SHAPE, "a/w.shp": shp(length=999)}), "w.zip", "shp", ["shapefile-broken"]),
        (packed({**SHAPE, "a/w.shp": b"x"}), "w.zip", "shp", ["shapefile-broken"]),
        (packed({**SHAPE, "a/w.shp": shp(0)}), "w.zip", "shp", ["geo-empty"]),
        (packed(FEED), "fahrplan.zip", "gtfs", []),
        (packed(without(FEED, "trips.txt")), "f.zip", "gtfs", ["gtfs-file-missing"]),
        (packed(without(FEED, "calendar.txt")), "f.zip", "gtfs", ["gtfs-file-missing"]),
        (packed({**FEED, "trips.txt": b"trip_id\n1\n"}), "f.zip", "gtfs", ["gtfs-column-missing"]),
        (packed({**FEED, "stops.txt": b"stop_id\n"}), "f.zip", "gtfs", ["gtfs-file-empty"]),
        (packed({f"x/{k}": v for k, v in FEED.items()}), "f.zip", "gtfs", ["gtfs-folder"]),
        (packed({"a.svg": b"x"}), "a.zip", "zip", []),
        (GML.format(MEMBER.format(' srsName="EPSG:25832"')), "a.gml", "gml", []),
        (GML.format(MEMBER.format("")), "a.gml", "gml", ["geo-no-system"]),
        (GML.format(""), "a.gml", "gml", ["geo-empty"]),
        (KML.format(MARK.format("11.5,48.1,0")), "a.kml", "kml", []),
        (KML.format(MARK.format("48.1,11.5,0")), "a.kml", "kml", ["geojson-axes-swapped"]),
        (KML.format(MARK.format("0,0")), "a.kml", "kml", ["geojson-outside"]),
        (KML.format(""), "a.kml", "kml", ["geo-empty"]),
        (packed({"doc.kml": b"<kml/>"}), "a.kmz", "kml", []),
        (WMS.format("<GetMap/>", "<Layer/>"), "wms", "capabilities", []),
        (WMS.format("", "<Layer/>"), "wms", "capabilities", ["service-without-operation"]),
        (WMS.format("<GetMap/>", ""), "wms", "capabilities", ["service-empty"]),
        (WFS.format("<wfs:FeatureType/>"), "wfs", "capabilities", []),
        (WFS.format(""), "wfs", "capabilities", ["service-empty"]),
        (
            "<ExceptionReport><ExceptionText>no layer</ExceptionText></ExceptionReport>",
            "wms",
            "xml",
            ["service-error"],
        ),
        ("<a><b></a>", "a.xml", "xml", ["xml-broken"]),
        ("<a><b/></a>", "a.xml", "xml", []),
        ('<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>', "a.xml", "xml", ["xml-entities"]),
        ("<a>" * 5_000, "a.xml", "xml", ["xml-broken"]),
        ("%PDF-1.4\n1 0 obj\n%%EOF\n", "a.pdf", "pdf", []),
        ("%PDF-1.4\n1 0 obj\n", "a.pdf", "pdf", ["file-truncated"]),
        ("%PDF-1.4\n%%EOF", "a.gpkg", "pdf", ["file-format-mismatch"]),
        ("", "a.pdf", "empty", ["table-empty"]),
        ("<html><title>x</title>", "a.pdf", "html", ["file-html"]),
        ("<html><title>x</title>", "a.html", "html", []),
        ("Nur ein Text.", "a.txt", "text", []),
    ],
)
def test_a_file_is_what_it_is(
    write: Write, data: bytes | str, name: str, kind: str, codes: list[str]
) -> None:
    result = check_file(write(data, name), target=name)
    assert result.document["kind"] == "file"
    assert result.document["format"] == kind
    assert [f.code for f in result.findings] == codes
    errors = [f for f in result.findings if f.severity == "error"]
    assert result.document["valid"] is not bool(errors)
    json.dumps(result.document)


def geopackage(path: Path, *statements: str) -> Path:
    with closing(sqlite3.connect(path)) as base:
        base.execute("PRAGMA application_id = 0x47504B47")
        base.execute("CREATE TABLE gpkg_spatial_ref_sys (srs_id INTEGER)")
        base.execute("INSERT INTO gpkg_spatial_ref_sys VALUES (25832)")
        base.execute("CREATE TABLE gpkg_contents (table_name, data_type, srs_id)")
        for statement in statements:
            base.execute(statement)
        base.commit()
    return path


LAYER = (
    "INSERT INTO gpkg_contents VALUES ('w', 'features', 25832)",
    "CREATE TABLE w (fid, geom)",
    "INSERT INTO w VALUES (1, x'00')",
)


@pytest.mark.parametrize(
    ("statements", "codes"),
    [
        (LAYER, []),
        (LAYER[:2], ["geo-empty"]),
        (LAYER[:1], ["geopackage-broken", "geo-empty"]),
        ((LAYER[0].replace("25832", "1"), *LAYER[1:]), ["geo-no-system"]),
        (("DROP TABLE gpkg_contents",), ["geopackage-broken"]),
    ],
)
def test_a_geopackage_keeps_its_word(
    tmp_path: Path, statements: tuple[str, ...], codes: list[str]
) -> None:
    path = geopackage(tmp_path / "a.gpkg", *statements)
    result = check_file(path, target="a.gpkg")
    assert result.document["format"] == "gpkg"
    assert [f.code for f in result.findings] == codes


def test_a_torn_geopackage_is_a_finding(tmp_path: Path) -> None:
    path = geopackage(tmp_path / "a.gpkg", *LAYER)
    path.write_bytes(path.read_bytes()[:3_000])
    assert [f.code for f in check_file(path, target="x").findings] == ["geopackage-broken"]


def judged(path: Path, **words: Any) -> list[str]:
    return [f.code for f in check_file(path, target="x", **words).findings]


@pytest.mark.parametrize(
    ("name", "words", "codes"),
    [
        ("a.csv", {"declared": "CSV"}, []),
        (
            "a.csv",
            {"declared": "http://publications.europa.eu/resource/authority/file-type/PDF"},
            1,
        ),
        ("a", {"declared": "http://publications.europa.eu/resource/authority/file-type/CSV"}, []),
        ("a", {"media_type": "application/json; charset=utf-8"}, 1),
        ("a", {"media_type": "text/plain"}, []),
        ("a", {"media_type": "application/octet-stream"}, []),
        ("a", {"declared": "Webanwendung"}, []),
    ],
)
def test_metadata_server_and_name_are_held_to_their_word(
    write: Write, name: str, words: dict[str, str], codes: Any
) -> None:
    path = write("a;b\n1;2\n3;4\n", name)
    assert judged(path, **words) == (["file-format-mismatch"] if codes else [])


@pytest.mark.parametrize(
    ("page", "words"),
    [
        ("<html><title>Anmeldung</title>", "eine Anmeldeseite"),
        ('<html><form><input name="p" type="password">', "eine Anmeldeseite"),
        ("<html><title>404 Not Found</title>", "eine Fehlerseite"),
        ("<html><title>Wartungsarbeiten</title>", "eine Fehlerseite"),
        ("<html><title>Stadt</title>", "eine Webseite"),
    ],
)
@pytest.mark.parametrize("name", ["a.csv", "a.gpkg"])
def test_a_page_in_place_of_a_file_is_called_what_it_is(
    write: Write, page: str, words: str, name: str
) -> None:
    result: TableCheck = check_file(write(page, name), target="x")
    assert words in result.findings[0].message


def test_the_boxes_of_the_laender_lie_in_germany() -> None:
    assert len(LAENDER) == 16
    for box in LAENDER.values():
        assert GERMANY.holds(box.west, box.south)
        assert GERMANY.holds(box.east, box.north)
    assert box_of("09162000") == LAENDER["09"]
    assert box_of(None) == GERMANY


@pytest.mark.parametrize(
    ("east", "north", "known"),
    [
        (691_000, 5_334_000, True),
        (32_691_000, 5_334_000, True),
        (4_468_503, 5_333_000, True),
        (11.5, 48.1, False),
    ],
)
def test_metres_tell_their_system(east: float, north: float, known: bool) -> None:
    assert (system_of(east, north) is not None) is known
