"""A real MapServer (Debian's CGI program) on loopback, with any Python.

    python run_mapserver.py FOLDER

Serves every `*.geojson` of the folder as a layer of WMS and WFS, at a free port, and prints the URL.
"""

import subprocess
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

PROGRAM = Path("/usr/lib/cgi-bin/mapserv")
MAP = """\
MAP
  NAME lindenau
  EXTENT 11.4 48.8 11.7 49.0
  SIZE 400 400
  PROJECTION "init=epsg:4326" END
  OUTPUTFORMAT NAME "GeoJSON" DRIVER "OGR/GEOJSON" MIMETYPE "application/json; subtype=geojson"
    FORMATOPTION "STORAGE=stream" FORMATOPTION "FORM=SIMPLE" END
  WEB METADATA
    "ows_enable_request" "*"
    "ows_srs" "EPSG:4326 EPSG:25832"
    "ows_title" "Geodienste Lindenau"
    "ows_abstract" "Offene Geodaten der Stadt"
    "ows_fees" "{{\\"id\\":\\"dl-by-de/2.0\\",\\"quelle\\":\\"Stadt Lindenau\\"}}"
    "ows_accessconstraints" "none"
    "ows_contactorganization" "Stadt Lindenau"
    "ows_contactelectronicmailaddress" "geo@lindenau.example"
    "ows_onlineresource" "{url}"
    "wfs_getfeature_formatlist" "GeoJSON"
  END END
{layers}END
"""
LAYER = """\
  LAYER
    NAME "{name}"
    TYPE POINT
    STATUS ON
    CONNECTIONTYPE OGR
    CONNECTION "{path}"
    PROJECTION "init=epsg:4326" END
    METADATA
      "ows_title" "Ebene {name}"
      "ows_abstract" "Inhalt der Ebene {name}"
      "ows_keywordlist" "Probe,{name}"
      "ows_extent" "11.4 48.8 11.7 49.0"
      "ows_metadataurl_href" "https://geo.lindenau.example/md/{name}"
      "ows_metadataurl_format" "text/xml"
      "ows_metadataurl_type" "TC211"
      "gml_include_items" "all"
    END
    CLASS STYLE COLOR 0 0 0 END END
  END
"""


def main(folder: Path) -> None:
    """Serve until the process ends."""

    class Handler(BaseHTTPRequestHandler):
        """Runs the program for each request."""

        def do_GET(self) -> None:
            """Answer with what the program writes: headers, a blank line, the body."""
            with (folder / "requests.txt").open("a", encoding="utf-8") as log:
                log.write(f"{self.path}\n")
            if urlsplit(self.path).path != "/ows":
                self.send_error(404)
                return
            environment = {
                "REQUEST_METHOD": "GET",
                "QUERY_STRING": urlsplit(self.path).query,
                "MS_MAPFILE": str(folder / "service.map"),
                "MAPSERVER_CONFIG_FILE": str(folder / "mapserver.conf"),
                "SERVER_NAME": "127.0.0.1",
                "SERVER_PORT": str(server.server_port),
                "SCRIPT_NAME": "/ows",
            }
            done = subprocess.run(  # noqa: S603
                [PROGRAM], env=environment, capture_output=True, check=False
            )
            head, _, body = done.stdout.partition(b"\r\n\r\n")
            headers = dict(
                line.split(": ", 1) for line in head.decode().split("\r\n") if ": " in line
            )
            self.send_response(int(headers.pop("Status", "200").split()[0]))
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Nothing is logged."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    url = f"http://127.0.0.1:{server.server_port}/ows"
    layers = "".join(
        LAYER.format(name=path.stem, path=path) for path in sorted(folder.glob("*.geojson"))
    )
    (folder / "service.map").write_text(MAP.format(url=f"{url}?", layers=layers), "utf-8")
    settings = 'CONFIG\n  ENV\n    MS_MAP_PATTERN "."\n  END\nEND\n'
    (folder / "mapserver.conf").write_text(settings, "utf-8")
    print(url, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
