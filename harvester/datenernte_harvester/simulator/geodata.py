"""Files of other kinds than tables behind the simulated datasets, each with one vice."""

import io
import json
import struct
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo


def swapped_geojson(lines: list[list[str]]) -> bytes:
    """Points whose latitude stands first, and one area whose outline is open."""
    features = [
        _feature({"Nr": cells[0], "Bezeichnung": cells[1]}, "Point", [48.1 + n / 500, 11.5])
        for n, cells in enumerate(lines)
    ]
    ring = [[11.5, 48.1], [11.6, 48.1], [11.6, 48.2], [11.5, 48.2]]
    features.append(_feature({"Nr": "0041", "Bezeichnung": "Park"}, "Polygon", [ring]))
    document = {"type": "FeatureCollection", "features": features}
    return json.dumps(document, ensure_ascii=False).encode()


def _feature(properties: dict[str, str], kind: str, coordinates: object) -> dict[str, object]:
    geometry = {"type": kind, "coordinates": coordinates}
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def torn_shapefile(lines: list[list[str]]) -> bytes:
    """A shapefile without its table and without its coordinate system."""
    body = bytes(28) * len(lines)
    head = struct.pack(">i", 9994) + bytes(20) + struct.pack(">i", (100 + len(body)) // 2)
    part = head.ljust(100, b"\0") + body
    return _packed({"wege.shp": part, "wege.shx": part})


def incomplete_timetable(lines: list[list[str]]) -> bytes:
    """A GTFS feed without stop times, whose routes lack their kind."""
    stops = "".join(f"{cells[0]},{cells[2]},48.1,11.5\n" for cells in lines)
    return _packed(
        {
            "agency.txt": b"agency_name,agency_url,agency_timezone\nVB,https://vb.example,Europe/Berlin\n",
            "stops.txt": b"stop_id,stop_name,stop_lat,stop_lon\n" + stops.encode(),
            "routes.txt": b"route_id,route_short_name\n1,1\n",
            "trips.txt": b"route_id,service_id,trip_id\n1,1,1\n",
            "calendar.txt": b"service_id,monday\n1,1\n",
        }
    )


def cut_pdf(lines: list[list[str]]) -> bytes:
    """A PDF that was not uploaded to its end."""
    return b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\n" + b"0" * len(lines)


def broken_kml(lines: list[list[str]]) -> bytes:
    """A KML document whose last place has no end."""
    marks = "".join(f"<Placemark><name>{cells[2]}</name></Placemark>" for cells in lines)
    head = '<kml xmlns="http://www.opengis.net/kml/2.2"><Document>'
    return f"{head}{marks}<Placemark></Document></kml>".encode()


def _packed(files: dict[str, bytes]) -> bytes:
    """A zip archive whose entries carry a fixed time."""
    raw = io.BytesIO()
    with ZipFile(raw, "w", ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(ZipInfo(name, (2025, 1, 1, 0, 0, 0)), data)
    return raw.getvalue()
