"""What parent and worker say to each other: JSON lines over the worker's stdin and stdout."""

from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from datenernte_dcat.catalog import CatalogSettings
from datenernte_dcat.store.rows import PortalRun
from datenernte_harvester.portal import PortalFile
from datenernte_validators.network.settings import NetworkSettings


class WorkerSetup(msgspec.Struct, frozen=True, kw_only=True):
    """First line to a worker: what holds for all its portals."""

    store_url: str
    run: int
    now: datetime
    catalog: CatalogSettings
    network: NetworkSettings
    hosts: dict[str, list[str]]
    """Host name → names of the portals that it belongs to."""
    authorities: str | None
    """PEM file of the certificate authorities to trust."""
    memory_bytes: int
    """Address space of the worker; past it, it dies."""


class PortalJob(msgspec.Struct, frozen=True, kw_only=True):
    """Each further line to a worker: one portal to harvest."""

    portal: PortalFile
    limit: int | None
    since: datetime | None = None
    """Only what changed since, where the source type can ask for it."""
    dry_run: bool
    may_withdraw: bool
    deadline_seconds: float
    """After it the spider is asked to stop; the parent kills a little later."""
    retry_pause_seconds: float


class Ready(msgspec.Struct, frozen=True, tag="ready"):
    """The worker can take a job."""


class Seen(msgspec.Struct, frozen=True, tag="seen"):
    """Records of the portal in work so far."""

    seen: int
    announced: int | None


class Done(msgspec.Struct, frozen=True, tag="done"):
    """The portal in work is finished and its portal run stored."""

    portal_run: PortalRun
    is_tired: bool
    """The worker's memory has grown so much that the next portal should get a new one."""


class Broken(msgspec.Struct, frozen=True, tag="broken"):
    """Disk or database failed: the whole run ends."""

    message: str


class Logged(msgspec.Struct, frozen=True, tag="logged"):
    """The worker has something to tell that is no result."""

    level: int
    """As in `logging`."""
    logger: str
    message: str
    url: str | None
    """The first address that the message names."""


Message = Ready | Seen | Done | Broken | Logged


def _encoded(value: Any) -> Any:
    if isinstance(value, Path):
        return str(value)
    raise TypeError(f"no JSON for {type(value)}")


def _decoded(kind: type, value: Any) -> Any:
    if issubclass(kind, Path):
        return Path(value)
    raise TypeError(f"no {kind} in JSON")


_encoder = msgspec.json.Encoder(enc_hook=_encoded)
decode_setup = msgspec.json.Decoder(WorkerSetup, dec_hook=_decoded).decode
decode_job = msgspec.json.Decoder(PortalJob, dec_hook=_decoded).decode
decode_message = msgspec.json.Decoder(Message).decode


def line(message: WorkerSetup | PortalJob | Message) -> bytes:
    """The message as one line."""
    return _encoder.encode(message) + b"\n"
