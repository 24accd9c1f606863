"""A real pycsw on loopback; runs in the environment `.servers/pycsw`.

    python run_pycsw.py FOLDER

Loads every `records/*.xml` of the folder, then serves `/csw` at a free port and prints its URL.
"""

import contextlib
import os
import sys
from pathlib import Path
from wsgiref.simple_server import WSGIRequestHandler, make_server

from pycsw.core import admin, config  # type: ignore[import-not-found]

CONFIGURATION = """\
[server]
home={folder}
url={url}
mimetype=application/xml; charset=UTF-8
encoding=UTF-8
language=en-US
maxrecords=10
loglevel=ERROR
logfile={folder}/pycsw.log
profiles=apiso

[manager]
transactions=false
allowed_ips=127.0.0.1

[metadata:main]
identification_title=Geokatalog Lindenau
identification_abstract=Probe
identification_keywords=probe
identification_keywords_type=theme
identification_fees=None
identification_accessconstraints=None
provider_name=Stadt Lindenau
provider_url=https://www.lindenau.example
contact_name=Geodatenstelle
contact_position=Probe
contact_address=Marktplatz 1
contact_city=Lindenau
contact_stateorprovince=BY
contact_postalcode=99999
contact_country=Germany
contact_phone=+49
contact_fax=+49
contact_email=geo@lindenau.example
contact_url=https://www.lindenau.example
contact_hours=0
contact_instructions=keine
contact_role=pointOfContact

[metadata:inspire]
enabled=false

[repository]
database=sqlite:///{folder}/cite.db
table=records
"""


class Handler(WSGIRequestHandler):
    """Writes the target of each request into `requests.txt`."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Note the target of the request."""
        del format, args
        with Path(sys.argv[1], "requests.txt").open("a", encoding="utf-8") as log:
            log.write(f"{self.path}\n")


def main(folder: Path) -> None:
    """Load and serve until the process ends."""
    settings = folder / "pycsw.cfg"
    os.environ["PYCSW_CONFIG"] = str(settings)
    settings.write_text(CONFIGURATION.format(folder=folder, url="http://127.0.0.1/"), "utf-8")
    database = f"sqlite:///{folder}/cite.db"
    with contextlib.redirect_stdout(sys.stderr):
        admin.setup_db(database, "records", str(folder))
        admin.load_records(
            config.StaticContext(), database, "records", str(folder / "records"), True
        )
    # It reads the configuration as it is loaded.
    from pycsw.wsgi import application  # type: ignore[import-not-found]

    server = make_server("127.0.0.1", 0, application, handler_class=Handler)
    url = f"http://127.0.0.1:{server.server_port}/csw"
    settings.write_text(CONFIGURATION.format(folder=folder, url=url), "utf-8")
    print(url, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
