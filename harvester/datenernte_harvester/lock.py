"""The lock of a working folder: one run at a time, freed by the system when a run dies."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from datenernte_dcat.errors import LockedError, StoreError, os_reason

FILE_NAME = ".datenernte.lock"


@contextmanager
def run_lock(folder: Path, note: str) -> Iterator[None]:
    """Hold the folder's lock.

    The lock is `flock` on an open file, so that a killed run leaves nothing behind that somebody
    would have to remove; the file's text only tells a person who holds it.

    Args:
        note: who holds it, for the message of the run that has to wait.

    Raises:
        LockedError: another run holds it.
        StoreError: the folder is not writable.
    """
    path = folder / FILE_NAME
    try:
        file = path.open("a+", encoding="utf-8")
    except OSError as error:
        raise StoreError(
            f"Der Arbeitsordner »{folder}« ist nicht beschreibbar ({os_reason(error)})."
        ) from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            holder = file.read().strip() or "unbekannt"
            raise LockedError(
                f"Ein anderer Lauf arbeitet gerade in diesem Ordner ({holder}). "
                "Warten Sie, bis er fertig ist."
            ) from error
        file.seek(0)
        file.truncate()
        file.write(f"Prozess {os.getpid()}, {note}\n")
        file.flush()
        yield
