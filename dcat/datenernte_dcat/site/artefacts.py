"""Artefacts: files of a build that are made anew only when what they are made from has changed.

An artefact is a path, the hash of its inputs, and a function that renders it. If the last build
has a file of that path and that hash, the new build gets a hard link to it, without rendering and
without reading; otherwise the function is called.
"""

import hashlib
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from datenernte_dcat.errors import StoreError
from datenernte_dcat.store.rows import Artefact


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


@dataclass(frozen=True, slots=True)
class RdfCounts:
    """What an RDF file must hold, known when it was written."""

    triples: int
    datasets: int


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


class Build:
    """One build of the site: the files so far, and how many had to be written."""

    def __init__(self, directory: Path, *, old: Path | None, known: Mapping[str, Artefact]) -> None:
        """Begin a build in an empty directory.

        Args:
            old: directory of the last build, None where there is none to link to.
            known: artefacts of the last build by path.
        """
        self.directory = directory
        self.artefacts: list[Artefact] = []
        self.written: dict[str, RdfCounts | None] = {}
        """Paths of the files that are not links, with the counts of those that are RDF."""
        self.old = old
        """Directory of the last build, None where there is none."""
        self._known = known
        self._directories: set[Path] = set()
        self._paths: set[str] = set()

    def __contains__(self, path: str) -> bool:
        """Whether the build has the file already."""
        return path in self._paths

    def has_whole(self, paths: Iterable[str]) -> bool:
        """Whether the last build has all these files in their full size."""
        known = [self._known.get(path) for path in paths]
        return all(one is not None and self.can_reuse(one.path, one.input_hash) for one in known)

    def can_reuse(self, path: str, inputs: str) -> bool:
        """Whether the last build has, whole, a file of this path made from the same inputs."""
        known = self._known.get(path)
        if self.old is None or known is None or known.input_hash != inputs:
            return False
        try:
            return (self.old / path).stat().st_size == known.size
        except FileNotFoundError:
            return False

    def reuse(self, path: str, inputs: str) -> bool:
        """Link the file of the last build if it was made from the same inputs; whether it was."""
        if self.old is None or not self.can_reuse(path, inputs):
            return False
        self._link(self.old / path, self._target(path))
        self.artefacts.append(self._known[path])
        self._paths.add(path)
        return True

    def add(
        self,
        path: str,
        inputs: str,
        render: Callable[[], bytes],
        counts: RdfCounts | None = None,
    ) -> bool:
        """Put a file into the build; whether it was rendered."""
        if self.reuse(path, inputs):
            return False
        self.write(path, inputs, render(), counts)
        return True

    def write(self, path: str, inputs: str, data: bytes, counts: RdfCounts | None = None) -> None:
        """Put a file into the build whose bytes are at hand."""
        with self.stream(path, inputs, counts) as output:
            output.write(data)

    @contextmanager
    def stream(self, path: str, inputs: str, counts: RdfCounts | None = None) -> Iterator[Output]:
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
                f"{error.strerror or error}. Die bisherige Website bleibt stehen."
            ) from error
        self.written[path] = counts
        self._paths.add(path)
        self.artefacts.append(
            Artefact(path=path, input_hash=inputs, sha256=output.sha256, size=output.size)
        )

    def expect(self, path: str, counts: RdfCounts) -> None:
        """Note what a streamed RDF file must hold, once that is known."""
        self.written[path] = counts

    def _target(self, path: str) -> Path:
        target = self.directory / path
        if target.parent not in self._directories:
            target.parent.mkdir(parents=True, exist_ok=True)
            self._directories.add(target.parent)
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
                f"{error.strerror or error}. Die bisherige Website bleibt stehen."
            ) from error
