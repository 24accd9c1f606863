"""What the makers of files share during one build."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

from datenernte_dcat.catalog import CatalogSettings
from datenernte_dcat.site.artefacts import Build
from datenernte_dcat.site.model import SiteModel
from datenernte_dcat.site.render import Renderer
from datenernte_dcat.store.store import Store

Progress = Callable[[str, str, int, int | None], None]
"""Called with stage, text, how many are done, and of how many (None: unknown)."""


@dataclass(slots=True)
class ChangeDates:
    """On which date the content of a page last changed."""

    as_of: date
    known: dict[str, list[str]]
    """Name → hash of the content, ISO date; as the last build left it."""
    current: dict[str, list[str]] = field(default_factory=dict)

    def of(self, name: str, content: str) -> date:
        """The date since which `content` is what it is."""
        before = self.known.get(name)
        since = before[1] if before is not None and before[0] == content else self.as_of.isoformat()
        self.current[name] = [content, since]
        return date.fromisoformat(since)


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """One build and what its files are made from."""

    store: Store
    settings: CatalogSettings
    build: Build
    renderer: Renderer
    model: SiteModel
    dates: ChangeDates
    version: str
    """Hash of code, settings and tool version: part of every input hash."""
    progress: Progress
    pages: list[tuple[str, date | None]] = field(default_factory=list)
    """Addresses for the sitemap, with the date of their last change."""
