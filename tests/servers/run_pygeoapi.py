"""A real pygeoapi on loopback; runs in the environment `.servers/pygeoapi`.

    python run_pygeoapi.py FOLDER

Serves the features of `records.json` in the folder as the collection `records`, at a free port, and
prints the collection's URL. At most seven records a page, whatever is asked for.
"""

import json
import os
import socket
import sys
from pathlib import Path
from wsgiref.simple_server import WSGIRequestHandler, make_server

from tinydb import TinyDB  # type: ignore[import-not-found]

RECORDS_MAX = 7


class Handler(WSGIRequestHandler):
    """Writes the target of each request into `requests.txt`."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Note the target of the request."""
        del format, args
        with Path(sys.argv[1], "requests.txt").open("a", encoding="utf-8") as log:
            log.write(f"{self.path}\n")


def configuration(folder: Path, url: str) -> dict[str, object]:
    """The settings, in the form that pygeoapi prescribes."""
    texts = {"title": "Katalog Lindenau", "description": "Probe", "keywords": ["Probe"]}
    provider = {
        "type": "record",
        "name": "TinyDBCatalogue",
        "data": str(folder / "catalogue.tinydb"),
        "id_field": "externalId",
        "time_field": "recordCreated",
        "title_field": "title",
    }
    return {
        "server": {
            "bind": {"host": "127.0.0.1", "port": 0},
            "url": url,
            "mimetype": "application/json; charset=UTF-8",
            "encoding": "utf-8",
            "languages": ["de-DE", "en-US"],
            "limits": {"default_items": RECORDS_MAX, "max_items": RECORDS_MAX},
            "map": {"url": "https://tile.lindenau.example/{z}/{x}/{y}.png", "attribution": "Probe"},
        },
        "logging": {"level": "ERROR"},
        "metadata": {
            "identification": {**texts, "terms_of_service": "keine", "url": url},
            "license": {"name": "CC BY 4.0", "url": "https://creativecommons.org/licenses/by/4.0/"},
            "provider": {"name": "Stadt Lindenau", "url": "https://www.lindenau.example"},
            "contact": {"name": "Geodatenstelle", "email": "geo@lindenau.example"},
        },
        "resources": {
            "records": {
                "type": "collection",
                **texts,
                "links": [],
                "extents": {"spatial": {"bbox": [-180, -90, 180, 90]}},
                "providers": [provider],
            }
        },
    }


def main(folder: Path) -> None:
    """Load and serve until the process ends."""
    records = json.loads((folder / "records.json").read_text("utf-8"))
    TinyDB(folder / "catalogue.tinydb").insert_multiple(records)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    for name, document in (("config", configuration(folder, url)), ("openapi", {})):
        (folder / f"{name}.yml").write_text(json.dumps(document), "utf-8")  # JSON is YAML
        os.environ[f"PYGEOAPI_{name.upper()}"] = str(folder / f"{name}.yml")
    from pygeoapi.flask_app import APP  # type: ignore[import-not-found]  # reads both as it loads

    server = make_server("127.0.0.1", port, APP, handler_class=Handler)
    print(f"{url}/collections/records", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
