"""The directories of the site: `.site/<n>` for each build, and the link `site` to the current one.

A build grows as `.site/<n>.new`, becomes `.site/<n>` when it has passed its check, and is shown by
one rename of the link. Whoever reads `site` sees the old site or the new one, never a mixture.
"""

import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from datenernte_dcat.errors import ConfigError, PublishError, StoreError, os_reason

KEPT_BUILDS = 3
"""The current build and those that `previous` can go back to."""

_BUILD = re.compile(r"[1-9][0-9]*")
_LEFTOVER = re.compile(r"[1-9][0-9]*\.(new|fragments|search)|link")


@dataclass(frozen=True, slots=True)
class Builds:
    """The builds behind one site link."""

    output: Path
    """The link, e.g. `site`."""

    @property
    def directory(self) -> Path:
        """Where the builds stand, e.g. `.site`."""
        return self.output.parent / f".{self.output.name}"

    def check(self) -> None:
        """Make sure that the link is ours to switch.

        Raises:
            ConfigError: something else stands in its place; nothing has been touched.
        """
        if self.output.is_symlink():
            if self._number_of_link() is not None:
                return
            found = f"ein Verweis auf »{self.output.readlink()}«"
        elif self.output.exists():
            found = "ein Verzeichnis" if self.output.is_dir() else "eine Datei"
        else:
            return
        raise ConfigError(
            f"»{self.output}« ist {found} und stammt nicht von datenernte. Es bleibt unberührt. "
            "Benennen Sie es um, oder geben Sie unter [output] directory einen anderen Ort an."
        )

    def numbers(self) -> list[int]:
        """Numbers of the finished builds, oldest first."""
        if not self.directory.is_dir():
            return []
        return sorted(
            int(entry.name) for entry in self.directory.iterdir() if _BUILD.fullmatch(entry.name)
        )

    def current(self) -> int | None:
        """Number of the build that the link shows, None where no site stands."""
        number = self._number_of_link() if self.output.is_symlink() else None
        return number if number is not None and self.path(number).is_dir() else None

    def path(self, number: int) -> Path:
        """Directory of a finished build."""
        return self.directory / str(number)

    def fragments(self, number: int) -> Path:
        """File beside a build that says where each dataset stands in its dumps."""
        return self.directory / f"{number}.fragments"

    def search(self, number: int) -> Path:
        """File beside a build that holds the words of its datasets."""
        return self.directory / f"{number}.search"

    def begin(self) -> tuple[int, Path]:
        """Number and empty directory of a new build; what a killed build left behind is removed.

        Raises:
            StoreError: the directory cannot be made.
        """
        try:
            self.directory.mkdir(parents=True, exist_ok=True)
            finished = self.numbers()
            kept = {
                file.name
                for number in finished
                for file in (self.fragments(number), self.search(number))
            }
            for entry in self.directory.iterdir():
                if _LEFTOVER.fullmatch(entry.name) and entry.name not in kept:
                    _remove(entry)
            number = max(finished, default=0) + 1
            new = self.directory / f"{number}.new"
            new.mkdir()
        except OSError as error:
            raise StoreError(
                f"Neben »{self.output}« kann keine neue Website angelegt werden: "
                f"{os_reason(error)}."
            ) from error
        return number, new

    def discard(self, number: int) -> None:
        """Remove an unfinished build."""
        for name in (f"{number}.new", f"{number}.fragments", f"{number}.search"):
            _remove(self.directory / name)

    def finish(self, number: int) -> None:
        """Make the new build a finished one, on disk, and show it.

        Raises:
            StoreError: the disk does not take it.
        """
        try:
            os.sync()  # one sync for all files; a build can have hundreds of thousands
            (self.directory / f"{number}.new").rename(self.path(number))
            self._show(number)
        except OSError as error:
            raise StoreError(
                f"Die neue Website konnte nicht eingesetzt werden: {os_reason(error)}."
            ) from error
        self._prune()

    def show_previous(self) -> int:
        """Show the build before the current one; its number.

        Raises:
            PublishError: there is none.
        """
        self.check()
        current = self.current()
        earlier = [number for number in self.numbers() if current is not None and number < current]
        if not earlier:
            raise PublishError(
                f"Zu »{self.output}« gibt es keinen früheren Stand, zu dem man zurückkehren könnte."
            )
        self._show(earlier[-1])
        return earlier[-1]

    def _show(self, number: int) -> None:
        link = self.directory / "link"
        link.unlink(missing_ok=True)
        # relative to the place of `site`, so that the working folder can be moved
        link.symlink_to(Path(self.directory.name) / str(number))
        link.replace(self.output)
        for directory in (self.directory, self.output.parent):
            handle = os.open(directory, os.O_RDONLY)
            try:
                os.fsync(handle)  # the renames themselves
            finally:
                os.close(handle)

    def _prune(self) -> None:
        for number in self.numbers()[:-KEPT_BUILDS]:
            _remove(self.path(number))
            _remove(self.fragments(number))
            _remove(self.search(number))

    def _number_of_link(self) -> int | None:
        target = self.output.readlink()
        if not target.is_absolute():
            target = self.output.parent / target
        ours = os.path.normpath(target.parent) == os.path.normpath(self.directory)
        return int(target.name) if ours and _BUILD.fullmatch(target.name) else None


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
