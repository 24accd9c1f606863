"""Fetch one file to disk: guarded, bounded in bytes and seconds, in constant memory."""

import errno
import hashlib
import os
import re
import tempfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from datenernte_dcat.errors import DownloadError, ForbiddenAddress, StoreError, os_reason
from datenernte_validators.network.deadline import Deadline
from datenernte_validators.network.decoding import Decoder, decoder_for
from datenernte_validators.network.faults import (
    BLOCKED_STATUSES,
    fault_of,
    status_words,
)
from datenernte_validators.network.guard import Guard, Lookup, without_userinfo
from datenernte_validators.network.headers import media_type_in, printable
from datenernte_validators.network.redirects import (
    REDIRECT_STATUSES,
    is_insecure_step,
    redirect_target,
    refused_hop,
)
from datenernte_validators.network.settings import NetworkSettings

if TYPE_CHECKING:
    import requests

    from datenernte_validators.network.transport import Transport

_PIECE_BYTES = 1 << 16
_RATIO_LIMIT = 100
"""Decoded bytes for one byte sent; above it and beyond the next number a body is a bomb."""
_RATIO_FREE_BYTES = 10_000_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Download:
    """A file that was fetched, or the word that it has not changed."""

    path: Path | None
    """Where it lies; named by us, never by the server; the caller deletes it. None when
    `not_modified`."""
    sha256: str | None
    """Hex, over the bytes in `path`."""
    size: int | None
    """Bytes in `path`."""
    media_type: str | None
    """Content-Type without parameters, lower case, as the server says."""
    charset: str | None
    """charset parameter of the Content-Type."""
    file_name: str | None
    """Name that the server gives the file (Content-Disposition, else the last part of the final
    URL), for its ending and for display only; cleaned, without folders."""
    etag: str | None
    last_modified: str | None
    final_url: str
    hops: tuple[str, ...]
    """Targets of the redirects that were followed, in order."""
    not_modified: bool
    insecure_redirect: bool
    """Whether a redirect led from https to http (finding `link-redirect-insecure`)."""


def download(
    url: str,
    directory: Path,
    guard: Guard,
    settings: NetworkSettings,
    *,
    max_bytes: int | None = None,
    conditional: tuple[str | None, str | None] | None = None,
    lookup: Lookup | None = None,
) -> Download:
    """Fetch a file into a new file in `directory`.

    Args:
        max_bytes: in place of the settings' limit; counted after decompression.
        url: as published; blanks around it are left out.
        conditional: ETag and Last-Modified of what the caller has, as the server gave them.
        lookup: answers for the system's resolver.

    Raises:
        ForbiddenAddress: the URL or a redirect leads where the guard forbids.
        DownloadError: `code` is download-http-status, download-blocked, download-redirects,
            download-too-large, download-bomb, download-timeout, download-truncated,
            download-encoding, net-invalid, host-unknown, connection-refused, connection-failed or
            a tls- code. Nothing remains on disk.
        StoreError: the disk failed.
        ConfigError: the settings' CA file cannot be used.
    """
    from datenernte_validators.network.transport import Transport

    url = url.strip()
    limit = settings.max_bytes if max_bytes is None else max_bytes
    headers = {
        "User-Agent": settings.user_agent,
        "Accept": "*/*",
        "Accept-Encoding": "gzip, deflate",
        "Connection": "close",
    }
    if conditional:
        headers |= {
            name: value
            for name, value in zip(("If-None-Match", "If-Modified-Since"), conditional, strict=True)
            if value and value.isascii() and value.isprintable()
        }
    with (
        Deadline(settings.deadline_seconds) as deadline,
        Transport(guard, settings, deadline, lookup) as transport,
    ):
        answer, hops = _follow(url, guard, settings, transport, headers, deadline)
        with answer:
            return _kept(answer, url, hops, directory, limit, deadline, bool(conditional))


def _follow(
    url: str,
    guard: Guard,
    settings: NetworkSettings,
    transport: "Transport",
    headers: dict[str, str],
    deadline: Deadline,
) -> "tuple[requests.Response, tuple[str, ...]]":
    """The first answer that is no redirect, and the redirects before it."""
    import requests
    import urllib3

    hops: list[str] = []
    current = url
    while True:
        try:
            guard.check_url(current)
            answer = transport.ask("GET", current, headers)
        except ForbiddenAddress as error:
            raise (refused_hop(url, error) if hops else _told_of(url, error)) from error
        except (requests.exceptions.InvalidURL, urllib3.exceptions.LocationParseError) as error:
            raise DownloadError("net-invalid", url, "die Adresse ist keine gültige URL") from error
        except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
            raise _no_answer(url, error, deadline) from error
        location = redirect_target(current, answer.headers.get("Location"))
        if answer.status_code not in REDIRECT_STATUSES or location is None:
            return answer, tuple(hops)
        answer.close()
        if len(hops) >= settings.max_redirects or location in (url, *hops):
            raise DownloadError("download-redirects", url, f"{len(hops) + 1} Weiterleitungen")
        hops.append(location)
        current = location


def _kept(
    answer: "requests.Response",
    url: str,
    hops: tuple[str, ...],
    directory: Path,
    limit: int,
    deadline: Deadline,
    conditional: bool,
) -> Download:
    """The body of an answer, on disk.

    Raises:
        DownloadError, StoreError: as `download`.
    """
    status = answer.status_code
    final_url = hops[-1] if hops else url
    not_modified = status == 304 and conditional
    path, sha256, size = None, None, None
    if not not_modified:
        if status in BLOCKED_STATUSES:
            raise DownloadError("download-blocked", url, status_words(status))
        if status not in (200, 203):
            raise DownloadError("download-http-status", url, status_words(status))
        path, sha256, size = _written(answer, url, directory, limit, deadline)
    header = Message()
    content_type = printable(answer.headers.get("Content-Type")) or ""
    header["Content-Type"] = content_type
    header["Content-Disposition"] = printable(answer.headers.get("Content-Disposition")) or ""
    charset = header.get_param("charset")
    return Download(
        path=path,
        sha256=sha256,
        size=size,
        media_type=media_type_in(content_type),
        charset=charset if isinstance(charset, str) and charset else None,
        file_name=_file_name(header.get_filename(), final_url),
        etag=printable(answer.headers.get("ETag")),
        last_modified=printable(answer.headers.get("Last-Modified")),
        final_url=final_url,
        hops=hops,
        not_modified=not_modified,
        insecure_redirect=is_insecure_step((url, *hops)),
    )


def _written(
    answer: "requests.Response", url: str, directory: Path, limit: int, deadline: Deadline
) -> tuple[Path, str, int]:
    """Path, SHA-256 and size of the body on disk; on any failure nothing remains."""
    encoding = answer.headers.get("Content-Encoding")
    decoder = decoder_for(encoding)
    if decoder is None:
        shown = (printable(encoding) or "")[:40]
        raise DownloadError("download-encoding", url, f"Content-Encoding {shown}")
    announced = answer.headers.get("Content-Length", "")
    if announced.isdigit() and int(announced) > limit:
        raise DownloadError("download-too-large", url, _sizes(limit, int(announced)))
    try:
        handle, name = tempfile.mkstemp(prefix="download-", dir=directory)
    except OSError as error:
        raise _disk_error(error) from error
    path = Path(name)
    kept = False
    try:
        with os.fdopen(handle, "wb") as file:
            digest, size = hashlib.sha256(), 0
            for piece in _pieces(answer, url, limit, decoder, deadline):
                try:
                    file.write(piece)
                except OSError as error:
                    raise _disk_error(error) from error
                digest.update(piece)
                size += len(piece)
        kept = True
    except OSError as error:  # the last bytes are written when the file is closed
        raise _disk_error(error) from error
    finally:
        if not kept:
            path.unlink(missing_ok=True)
    return path, digest.hexdigest(), size


def _pieces(
    answer: "requests.Response", url: str, limit: int, decoder: Decoder, deadline: Deadline
) -> Iterator[bytes]:
    """The decoded body in pieces; its limits hold before a piece is handed on."""
    import urllib3

    received = decoded = 0
    while True:
        try:
            # not `stream`: that reads lines of chunk sizes without a limit
            piece: bytes = answer.raw.read(_PIECE_BYTES, decode_content=False) or b""
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise _broken_off(url, error, deadline) from error
        received += len(piece)
        try:
            for part in decoder.feed(piece):
                decoded += len(part)
                if decoded > limit:
                    raise DownloadError("download-too-large", url, _sizes(limit, None))
                if decoded > _RATIO_FREE_BYTES and decoded > _RATIO_LIMIT * received:
                    raise DownloadError("download-bomb", url, f"{_RATIO_LIMIT}-fach")
                yield part
        except zlib.error as error:
            raise DownloadError(
                "download-truncated", url, "die Komprimierung ist beschädigt"
            ) from error
        if received > limit:
            raise DownloadError("download-too-large", url, _sizes(limit, None))
        if not piece:
            break
    if deadline.expired:
        raise _late(url)
    if not decoder.complete():
        raise DownloadError("download-truncated", url, "die Komprimierung bricht ab")


def _told_of(url: str, error: ForbiddenAddress) -> ForbiddenAddress:
    """The refusal with the URL in it, where the resolver knew only the host."""
    return ForbiddenAddress(without_userinfo(url), error.reason, error.code)


def _no_answer(url: str, error: Exception, deadline: Deadline) -> DownloadError:
    fault = fault_of(error)
    if deadline.expired or fault.code == "timeout":
        return _late(url)
    return DownloadError(fault.code, url, fault.detail)


def _broken_off(url: str, error: Exception, deadline: Deadline) -> DownloadError:
    if deadline.expired or fault_of(error).code == "timeout":
        return _late(url)
    return DownloadError("download-truncated", url, "die Verbindung brach vor dem Ende ab")


def _late(url: str) -> DownloadError:
    return DownloadError("download-timeout", url, "die Antwort kam nicht in der erlaubten Zeit")


def _sizes(limit: int, announced: int | None) -> str:
    allowed = f"erlaubt sind {_megabytes(limit)}"
    return allowed if announced is None else f"{_megabytes(announced)}, {allowed}"


def _megabytes(count: int) -> str:
    return f"{count / 1_000_000:.1f} MB".replace(".", ",")


def _disk_error(error: OSError) -> StoreError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return StoreError("Der Datenträger für heruntergeladene Dateien ist voll.")
    return StoreError(f"Eine heruntergeladene Datei ließ sich nicht schreiben: {os_reason(error)}.")


def _file_name(stated: str | None, url: str) -> str | None:
    """The last part of a name, however it writes its folders; None where nothing remains."""
    text = stated or unquote(urlsplit(without_userinfo(url)).path)
    last = re.split(r"[/\\]", text)[-1]
    name = "".join(char for char in last if char.isprintable()).strip(" .")
    return name[-200:] or None
