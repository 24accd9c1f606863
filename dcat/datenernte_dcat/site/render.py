"""Templates to pages: the Jinja2 environment, and what every page knows."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from importlib import metadata, resources
from importlib.resources.abc import Traversable
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from datenernte_dcat.catalog import CatalogSettings
from datenernte_dcat.publication import DIRECTION_MARKS
from datenernte_dcat.site import filters
from datenernte_dcat.site.words import SEVERITIES
from datenernte_dcat.terms import xml_text

_LIBRARIES = ("jinja2", "markupsafe", "msgspec", "nh3", "pyoxigraph")
"""Libraries whose version may change the bytes of a page or feed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteWords:
    """What stands on every page."""

    title: str
    description: str
    publisher: str
    contact_email: str | None
    tool_version: str


@dataclass(frozen=True, slots=True)
class Renderer:
    """Renders the pages of one site."""

    settings: CatalogSettings
    tool_version: str
    _environment: Environment = field(default_factory=lambda: _environment())

    def page(self, template: str, path: str, **context: Any) -> bytes:
        """A page as UTF-8.

        Args:
            path: of the page, relative to the site; links on it are relative, so that the site
                works under any address and from a folder.
        """
        settings = self.settings
        address = path.removesuffix("index.html")
        text = self._environment.get_template(template).render(
            context,
            root="../" * path.count("/"),
            canonical=f"{settings.base_url}/{address}",
            site=SiteWords(
                title=settings.title,
                description=settings.description,
                publisher=settings.publisher,
                contact_email=settings.contact_email,
                tool_version=self.tool_version,
            ),
        )
        return text.encode("utf-8", "replace")


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("datenernte_dcat.site"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
        finalize=_shown,
    )
    functions: dict[str, Callable[..., Any]] = {
        "counted": filters.counted,
        "day": filters.day,
        "number": filters.number,
    }
    environment.filters.update(functions)
    environment.globals.update(link=filters.link, marks=SEVERITIES)
    return environment


def _shown(value: Any) -> Any:
    """A value as it goes into a page: text without unprintable and direction characters."""
    if isinstance(value, str) and not (value.isascii() and value.isprintable()):
        clean = xml_text(value).translate(DIRECTION_MARKS)
        return Markup(clean) if isinstance(value, Markup) else clean  # noqa: S704 - it was one
    return value


def style_sheet() -> bytes:
    """The one style sheet."""
    return _package().joinpath("site", "static", "style.css").read_bytes()


@cache
def code_hash() -> str:
    """Hash of all that makes files out of the store: our code and data, libraries' versions.

    It goes into every input hash, so a new version of the program renders anew.
    """
    digest = hashlib.sha256()
    for name in _LIBRARIES:
        digest.update(f"{name} {metadata.version(name)}\n".encode())
    for path, file in sorted(_files(_package(), "")):
        digest.update(f"{path}\n".encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _package() -> Traversable:
    return resources.files("datenernte_dcat")


def _files(folder: Traversable, prefix: str) -> list[tuple[str, Traversable]]:
    """The package's files but for the store and what Python makes of them."""
    found: list[tuple[str, Traversable]] = []
    for entry in folder.iterdir():
        path = f"{prefix}{entry.name}"
        if entry.is_dir():
            if entry.name not in ("__pycache__", "store"):
                found.extend(_files(entry, f"{path}/"))
        elif entry.name.endswith((".py", ".html", ".css", ".js", ".toml", ".ttl")):
            found.append((path, entry))
    return found
