"""Publish: build the site beside the old one, check it, and switch it in by one rename.

Every file is an artefact with a hash of what it is made from; what has not changed is linked from
the last build. If nothing at all has changed, nothing is written.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from datenernte_dcat.catalog import CatalogSettings
from datenernte_dcat.errors import PublishError
from datenernte_dcat.feeds.heads import national_feed
from datenernte_dcat.municipalities import Municipality
from datenernte_dcat.site.artefacts import Build, Known, input_hash
from datenernte_dcat.site.assembly import Assembly, Memory
from datenernte_dcat.site.builds import Builds
from datenernte_dcat.site.exports import manifest, pretty_json
from datenernte_dcat.site.gather import tombstones
from datenernte_dcat.site.model import TombstoneEntry
from datenernte_dcat.site.portal_status import portal_statuses
from datenernte_dcat.site.queries import links_digest
from datenernte_dcat.site.render import code_hash
from datenernte_dcat.site.work import Progress
from datenernte_dcat.store.store import Store

_STATE = "site"
"""Store setting: number of the last build, and the digest of what it was made from."""
_MEMORY = "site_memory"
"""Store setting: what the next build must remember of this one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """What came of publishing."""

    changed: bool
    """Whether a new site was switched in; if not, nothing under it was touched."""
    path: Path
    """The directory that the site link shows."""
    files_written: int
    """Files that were made anew; the others are links to the last build's."""
    datasets: int


def publish(
    store: Store,
    catalog: CatalogSettings,
    output: Path,
    *,
    as_of: date,
    run_document: Mapping[str, Any],
    tool_version: str,
    places: Mapping[str, Municipality] | None = None,
    progress: Progress | None = None,
) -> Publication:
    """Publish what is in the store.

    Args:
        output: the site link; the builds stand beside it in a directory of the same name with a
            leading dot.
        as_of: today in UTC: the date that changed pages carry.
        run_document: goes to `run.json` as it is.
        places: what is known of the municipalities, by key: name, inhabitants, position.
        progress: called with »publish«, what is being made, how many are done, of how many.

    Raises:
        ConfigError: something that is not ours stands where the site should.
        PublishError: the new site failed its check; the old one stands as before.
        StoreError: the disk or the database failed; the old site stands as before.
    """
    builds = Builds(output)
    builds.check()
    version = input_hash(code_hash(), catalog, tool_version)
    buried = tombstones(store, as_of)
    known = dict(places or {})
    digest = _digest(store, version, buried, known)
    state = store.setting(_STATE) or {}
    current = builds.current()
    datasets = store.count_records()
    if current is not None and state == {"build": current, "digest": digest}:
        return Publication(
            changed=False, path=builds.path(current), files_written=0, datasets=datasets
        )
    number, directory = builds.begin()
    last = state.get("build", 0)
    old = builds.path(last) if last in builds.numbers() else None
    with (
        _discarded_unless_finished(builds, number),
        Build(directory, old=old, known=Known(None if old is None else store)) as build,
    ):
        assembly = Assembly(
            store=store,
            settings=catalog,
            build=build,
            as_of=as_of,
            tool_version=tool_version,
            version=version,
            buried=buried,
            before=_remembered(store),
            places=known,
            old_search=None if old is None else builds.search(last),
            new_search=builds.search(number),
            progress=progress or _silent,
        )
        old_index = builds.fragments(last) if old is not None else None
        memory = assembly.fill(old_index, builds.fragments(number))
        with build.stream("manifest.json", "") as stream:
            for part in manifest(digest, build.artefacts()):
                stream.write(part)
        build.write("run.json", "", pretty_json(run_document))
        build.check_streamed(assembly.checked)
        _check_total(len(memory.places[national_feed(catalog).name]), datasets)
        builds.finish(number)
        with store.batch():
            store.replace_artefacts(build.artefacts())
            for feed, pages in memory.places.items():
                store.put_page_places(feed, pages)
            _remember(store, memory)
            store.put_setting(_STATE, {"build": number, "digest": digest})
    return Publication(
        changed=True,
        path=builds.path(number),
        files_written=build.files_written,
        datasets=datasets,
    )


def previous(output: Path) -> Path:
    """Show the build before the current one again; its directory.

    The next `publish` builds anew, so this holds until then.

    Raises:
        ConfigError: something that is not ours stands where the site should.
        PublishError: there is no earlier build.
    """
    builds = Builds(output)
    return builds.path(builds.show_previous())


def _silent(stage: str, text: str, done: int, total: int | None) -> None:
    pass


def _digest(
    store: Store,
    version: str,
    buried: list[TombstoneEntry],
    places: Mapping[str, Municipality],
) -> str:
    """Hash of everything that the site is made from; equal hashes, equal sites."""
    return input_hash(
        version,
        store.digest(),
        links_digest(store),
        *portal_statuses(store),
        *buried,
        *(places[key] for key in sorted(places)),
    )


@contextmanager
def _discarded_unless_finished(builds: Builds, number: int) -> Iterator[None]:
    """Remove the build if the work on it ends by an exception, whichever.

    Once it is finished it bears another name and stays, even if what comes after fails.
    """
    finished = False
    try:
        yield
        finished = True
    finally:
        if not finished and number not in builds.numbers():
            builds.discard(number)


def _check_total(written: int, stored: int) -> None:
    if written != stored:
        raise PublishError(
            f"Die neue Website hat ihre Prüfung nicht bestanden: Sie enthält {written} Datensätze, "
            f"die Datenbank {stored}. Die bisherige Website bleibt stehen."
        )


def _remembered(store: Store) -> Memory:
    known = store.setting(_MEMORY) or {}
    issued, modified = known.get("issued"), known.get("modified")
    return Memory(
        dates=known.get("dates", {}),
        issued=None if issued is None else date.fromisoformat(issued),
        modified=None if modified is None else datetime.fromisoformat(modified),
    )


def _remember(store: Store, memory: Memory) -> None:
    store.put_setting(
        _MEMORY,
        {
            "dates": memory.dates,
            "issued": None if memory.issued is None else memory.issued.isoformat(),
            "modified": None if memory.modified is None else memory.modified.isoformat(),
        },
    )
