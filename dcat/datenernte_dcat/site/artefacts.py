"""Artefacts: files of a build that are made anew only when what they are made from has changed.

An artefact is a path, the hash of its inputs, and a function that renders it. If the last build
has a file of that path and that hash, the new build gets a hard link to it, without rendering and
without reading; otherwise the function is called.
"""

import hashlib
import heapq
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

import msgspec

from datenernte_dcat.errors import StoreError, os_reason
from datenernte_dcat.site.check import RdfCounts, check_file
from datenernte_dcat.site.queries import artefacts_at, artefacts_outside
from datenernte_dcat.store.rows import Artefact
from datenernte_dcat.store.store import Store


def input_hash(*parts: object) -> str:
    """SHA-256 hex of the parts; equal parts in equal order give equal hashes.

    Each part goes in with its length, so that no two different lists of parts look alike.
    """
    digest = hashlib.sha256()
    for part in parts:
        text = str(part).encode("utf-8", "surrogatepass")
        digest.update(f"{len(text)}:".encode())
        digest.update(text)
    return digest.hexdigest()


class Output:
    """A file of the build while it is written; keeps hash and size."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._digest = hashlib.sha256()
        self.size = 0

    def write(self, data: bytes) -> None:
        """Append the bytes."""
        self._stream.write(data)
        self._digest.update(data)
        self.size += len(data)

    @property
    def sha256(self) -> str:
        """Hash of all bytes written so far."""
        return self._digest.hexdigest()


class Known:
    """The artefacts of the last build; those of single datasets are read when they are needed."""

    def __init__(self, store: Store | None) -> None:
        """Read all but those of datasets; None stands for no last build."""
        self._store = store
        self.others = {} if store is None else artefacts_outside(store, DATASETS)
        self._group: dict[str, Artefact] = {}

    def read_ahead(self, paths: Sequence[str]) -> None:
        """Read the artefacts of the datasets whose turn it is, in place of those before."""
        self._group = {} if self._store is None else artefacts_at(self._store, paths)

    def get(self, path: str) -> Artefact | None:
        """The artefact at this path, None where there was none."""
        if not path.startswith(DATASETS):
            return self.others.get(path)
        if path not in self._group and self._store is not None:
            return artefacts_at(self._store, [path]).get(path)
        return self._group.get(path)


DATASETS = "datasets/"
"""Where the files of single datasets are: nearly all files of the site."""


class Build:
    """One build of the site: the files so far, and how many had to be written.

    With 100 000 datasets there are 400 000 artefacts; those of datasets wait on disk.
    """

    def __init__(self, directory: Path, *, old: Path | None, known: Known) -> None:
        """Begin a build in an empty directory; close it when it is done.

        Args:
            old: directory of the last build, None where there is none to link to.
        """
        self.directory = directory
        self.old = old
        """Directory of the last build, None where there is none."""
        self.known = known
        self.others: dict[str, Artefact] = {}
        """Artefacts by path but for those of groups."""
        self.files_written = 0
        self.streamed: dict[str, RdfCounts] = {}
        """RDF files that were written piece by piece and wait for their check."""
        self._group: dict[str, Artefact] | None = None
        self._spool = tempfile.TemporaryFile(dir=directory.parent)  # noqa: SIM115 - see `close`
        self._last_directory = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._spool.close()

    @contextmanager
    def group(self, paths: Sequence[str]) -> Iterator[None]:
        """The files of some datasets; groups come in the order of their paths.

        Args:
            paths: all paths of the group, which are looked up at once.
        """
        self.known.read_ahead(paths)
        self._group = {}
        yield
        for path in sorted(self._group):
            self._spool.write(_encoder.encode(self._group[path]) + b"\n")
        self._group = None

    def artefacts(self) -> Iterator[Artefact]:
        """All artefacts so far, by path."""
        others = (self.others[path] for path in sorted(self.others))
        return heapq.merge(others, self._spooled(), key=lambda one: one.path)

    def _spooled(self) -> Iterator[Artefact]:
        self._spool.seek(0)
        for line in self._spool:
            yield _decoder.decode(line)

    def __contains__(self, path: str) -> bool:
        """Whether the build has the file already; of datasets only those of the open group."""
        return path in self.others or (self._group is not None and path in self._group)

    def has_whole(self, paths: Iterable[str]) -> bool:
        """Whether the last build has all these files in their full size."""
        known = [self.known.get(path) for path in paths]
        return all(one is not None and self.can_reuse(one.path, one.input_hash) for one in known)

    def can_reuse(self, path: str, inputs: str) -> bool:
        """Whether the last build has, whole, a file of this path made from the same inputs."""
        return self._reusable(path, inputs) is not None

    def _reusable(self, path: str, inputs: str) -> Artefact | None:
        if self.old is None:
            return None
        known = self.known.get(path)
        if known is None or known.input_hash != inputs:
            return None
        try:
            return known if (self.old / path).stat().st_size == known.size else None
        except FileNotFoundError:
            return None

    def reuse(self, path: str, inputs: str) -> bool:
        """Link the file of the last build if it was made from the same inputs; whether it was."""
        known = self._reusable(path, inputs)
        if self.old is None or known is None:
            return False
        self._link(self.old / path, self._target(path))
        self._note(known)
        return True

    def add(self, path: str, inputs: str, render: Callable[[], bytes]) -> bool:
        """Put a file into the build; whether it was rendered."""
        if self.reuse(path, inputs):
            return False
        self.write(path, inputs, render())
        return True

    def write(self, path: str, inputs: str, data: bytes, counts: RdfCounts | None = None) -> None:
        """Put a file into the build whose bytes are at hand.

        Args:
            counts: what it must hold if it is RDF; it is read back and checked at once.

        Raises:
            PublishError: a parser refuses it, or it holds something else.
            StoreError: the disk is full or not writable.
        """
        with self.stream(path, inputs) as output:
            output.write(data)
        if counts is not None:
            check_file(self.directory, path, counts)

    @contextmanager
    def stream(self, path: str, inputs: str) -> Iterator[Output]:
        """A new file of the build to write piece by piece.

        Raises:
            StoreError: the disk is full or not writable.
        """
        try:
            with self._target(path).open("xb") as stream:
                output = Output(stream)
                yield output
        except OSError as error:
            raise StoreError(
                f"Die Datei »{path}« der neuen Website konnte nicht geschrieben werden: "
                f"{os_reason(error)}. Die bisherige Website bleibt stehen."
            ) from error
        self.files_written += 1
        self._note(Artefact(path=path, input_hash=inputs, sha256=output.sha256, size=output.size))

    def expect(self, path: str, counts: RdfCounts) -> None:
        """Note what a streamed RDF file must hold, once that is known."""
        self.streamed[path] = counts

    def check_streamed(self, progress: Callable[[int, int], None]) -> None:
        """Check the files that were written piece by piece.

        Args:
            progress: called with how many of how many files are done.

        Raises:
            PublishError: a parser refuses one, or it holds something else.
        """
        for done, (path, counts) in enumerate(sorted(self.streamed.items()), start=1):
            check_file(self.directory, path, counts)
            progress(done, len(self.streamed))

    def _note(self, artefact: Artefact) -> None:
        if self._group is not None:
            self._group[artefact.path] = artefact
        else:
            self.others[artefact.path] = artefact

    def _target(self, path: str) -> Path:
        target = self.directory / path
        folder = path.rpartition("/")[0]
        if folder != self._last_directory:
            target.parent.mkdir(parents=True, exist_ok=True)
            self._last_directory = folder
        return target

    def _link(self, source: Path, target: Path) -> None:
        """A hard link, or a copy where the file system has none or no more of them."""
        try:
            os.link(source, target)
        except OSError:
            self._copy(source, target)

    def _copy(self, source: Path, target: Path) -> None:
        try:
            shutil.copyfile(source, target)
        except OSError as error:
            raise StoreError(
                f"Die Datei »{source.name}« konnte nicht übernommen werden: "
                f"{os_reason(error)}. Die bisherige Website bleibt stehen."
            ) from error


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Artefact)
