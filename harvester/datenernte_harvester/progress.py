"""How long work tells how far it is: one callable, given from the command line downwards."""

from typing import Protocol


class Progress(Protocol):
    """Called by a stage whenever there is something to tell; must be cheap and never raise."""

    def __call__(self, stage: str, text: str, done: int, total: int | None) -> None:
        """Tell that `done` of `total` (None: unknown) units of `stage` are done.

        Args:
            stage: harvest, links, tables, shapes, score or publish.
            text: what is being worked on; from a portal, so escape it before printing.
        """


def silent(stage: str, text: str, done: int, total: int | None) -> None:
    """The progress of a caller that does not want to know."""
