"""Certificates are verified: a portal without a valid one has failed, and the report says why."""

import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import trustme
from tests.harvest.conftest import Harvester, WebServer, ckan, package, portal

from datenernte_dcat.store.rows import PortalRun
from datenernte_harvester.portal import PortalNetwork


class Certified:
    """Servers with certificates of an authority that nobody but a portal file trusts."""

    def __init__(self, folder: Path) -> None:
        self.authority = trustme.CA()
        self.authority_file = folder / "authority.pem"
        self.authority.cert_pem.write_to_path(self.authority_file)
        past = datetime(2020, 1, 1, tzinfo=UTC)
        certificates = {
            "trusted": self.authority.issue_cert("127.0.0.1"),
            "unknown": self.authority.issue_cert("127.0.0.1"),
            "expired": self.authority.issue_cert("127.0.0.1", not_after=past),
            "other-name": self.authority.issue_cert("daten.lindenau.example"),
        }
        self.servers = {
            name: self._server(certificate) for name, certificate in certificates.items()
        }
        trusting = PortalNetwork(ca_file=str(self.authority_file))
        portals = [
            portal(server, name, network=PortalNetwork() if name == "unknown" else trusting)
            for name, server in self.servers.items()
        ]
        runs = Harvester(folder)(*portals)
        self.runs: dict[str, PortalRun] = {run.portal: run for run in runs}

    def _server(self, certificate: trustme.LeafCert) -> WebServer:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        certificate.configure_cert(context)
        server = WebServer(context)
        server.answer = ckan([package(1)])
        return server

    def close(self) -> None:
        for server in self.servers.values():
            server.close()


@pytest.fixture(scope="module")
def certified(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Certified]:
    made = Certified(tmp_path_factory.mktemp("certificates"))
    yield made
    made.close()


def test_a_portal_file_may_name_a_further_authority(certified: Certified) -> None:
    assert (certified.runs["trusted"].state, certified.runs["trusted"].seen) == ("ok", 1)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("unknown", "tls-unknown-issuer"),
        ("expired", "tls-expired"),
        ("other-name", "tls-hostname"),
    ],
)
def test_without_a_valid_certificate_nothing_is_read(
    certified: Certified, name: str, reason: str
) -> None:
    assert (certified.runs[name].state, certified.runs[name].reason) == ("failed", reason)
    assert certified.servers[name].asked == []
