"""A run: the stages in order over one working folder, and what came of it."""

import json
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from msgspec.structs import replace

from datenernte_dcat.errors import ConfigError, PublishError
from datenernte_dcat.findings import Severity
from datenernte_dcat.store.rows import Portal, PortalRun, PortalState
from datenernte_dcat.store.store import Store
from datenernte_dcat.texts import texts
from datenernte_dcat.vocabulary import reduce_key
from datenernte_harvester.configuration import FILE_NAME, Configuration
from datenernte_harvester.lock import run_lock
from datenernte_harvester.logs import run_began
from datenernte_harvester.portal import PortalFile
from datenernte_harvester.progress import Progress, silent
from datenernte_harvester.retention import apply_retention
from datenernte_harvester.run_document import run_document
from datenernte_harvester.settings import version

TOMBSTONE = timedelta(days=30)
"""How long a withdrawn dataset keeps a page that says so."""

STAGES = ("harvest", "validate", "score", "publish")

EXIT_OK = 0
EXIT_FINDINGS = 1
EXIT_INCOMPLETE = 3
EXIT_NO_SITE = 4
EXIT_INTERNAL = 70

PORTAL_FILE_MISSING = "portal-file-missing"
"""Reason of a portal that the store knows and no file names any more."""

PORTAL_DISABLED = "portal-disabled"
"""Reason of a portal that the store knows and whose file switches it off."""

PORTAL_CRASHED = "portal-crashed"
"""Reason of a portal that an unexpected exception of ours ended."""

_SEVERITIES = {"error": (Severity.ERROR,), "warning": (Severity.ERROR, Severity.WARNING)}


@dataclass(frozen=True, kw_only=True, slots=True)
class RunOptions:
    """What the command line asked for."""

    stages: tuple[str, ...] = STAGES
    portals: tuple[str, ...] = ()
    """Names of the portals to harvest; empty means all."""
    limit: int | None = None
    """At most so many datasets a portal; nothing is withdrawn then."""
    since: datetime | None = None
    """Only what changed since, where the source type can ask for it; nothing is withdrawn then."""
    rename: str | None = None
    """What a portal file or the base URL was called before (`taking_over.py`)."""
    dry_run: bool = False
    """Fetch and judge, write no record and no site."""
    fail_on: str = "never"
    """error, warning or never: exit 1 with findings at or above."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RunOutcome:
    """What came of a run."""

    document: dict[str, Any]
    """The JSON of the run, as `site/run.json` has it."""
    exit_code: int
    changed: bool
    """Whether a new site was switched in."""
    error: str | None = None
    """German sentence: why no new site stands."""


def run(
    configuration: Configuration,
    options: RunOptions,
    *,
    clock: Callable[[], datetime],
    progress: Progress = silent,
) -> RunOutcome:
    """Run the stages of `options` in order.

    Args:
        clock: tells the time, UTC; the date of its first answer is the `as_of` of every judgement.

    Raises:
        ConfigError: a named portal does not exist, there is none, or `base_url` was changed.
        LockedError: another run holds the folder.
        StoreError: disk or database.
    """
    started = clock()
    chosen = _chosen(configuration, options.portals)
    what = f"»{' '.join(options.stages)}« seit {started:%d.%m.%Y %H:%M} UTC"
    with run_lock(configuration.folder, what), closing(Store(configuration.store_url)) as store:
        if options.rename is not None:
            _take_over(store, configuration, options.rename, options.portals)
        _refuse_other_base_url(store, configuration)
        _refuse_renamed_portals(store, configuration)
        number = store.begin_run(" ".join(options.stages), started.date(), started)
        run_began(number)
        portal_runs = _portal_runs(store, configuration, chosen, options, number, started, progress)
        error = None
        changed = False
        if not options.dry_run:
            _judge(store, configuration, options, number, started, progress)
            try:
                changed = _publish(
                    store, configuration, options, number, started, portal_runs, clock, progress
                )
            except PublishError as problem:
                error = str(problem)
        exit_code = _exit_code(store, configuration, options, portal_runs, error)
        document = run_document(
            store,
            number=number,
            started=started,
            finished=clock(),
            exit_code=exit_code,
            portal_runs=portal_runs,
            portals=[*_portals(configuration), *_left_portals(store, configuration)],
            error=error,
        )
        store.finish_run(
            number,
            finished=clock(),
            status=document["status"],
            exit_code=exit_code,
            document=document,
        )
        if not options.dry_run:
            apply_retention(store, configuration.tables.store, started)
    return RunOutcome(document=document, exit_code=exit_code, changed=changed, error=error)


def _chosen(configuration: Configuration, names: tuple[str, ...]) -> tuple[PortalFile, ...]:
    known = {portal.name: portal for portal in configuration.portals}
    for portal in configuration.disabled:
        if portal.name in names:
            raise ConfigError(
                f"Das Portal »{portal.name}« ist abgeschaltet ({portal.reason}). Zum Abrufen "
                f"löschen Sie in portals/{portal.name}.toml die Zeile »enabled = false«."
            )
    if not known:
        raise ConfigError(
            "Alle Portale sind abgeschaltet (enabled = false)."
            if configuration.disabled
            else "Es gibt keine Portaldatei. Legen Sie eine an: datenernte init --portal URL."
        )
    unknown = [name for name in names if name not in known]
    if unknown:
        raise ConfigError(
            f"Das Portal »{unknown[0]}« gibt es nicht. Vorhanden sind: {', '.join(known)}."
        )
    return tuple(known[name] for name in names) if names else configuration.portals


def _portals(configuration: Configuration) -> list[Portal]:
    return [
        Portal(
            name=portal.name,
            title=portal.title,
            source_type=portal.source_type,
            url=portal.url,
            municipality=None if portal.municipality is None else reduce_key(portal.municipality),
        )
        for portal in configuration.portals
    ]


def _left_portals(store: Store, configuration: Configuration) -> list[Portal]:
    """Portals whose file is gone or switched off but whose datasets nobody has withdrawn."""
    named = {portal.name for portal in configuration.portals}
    return [portal for portal in store.portals() if not portal.retired and portal.name not in named]


def _take_over(
    store: Store, configuration: Configuration, old: str, chosen: tuple[str, ...]
) -> None:
    """Go on under a new name with what is known under an old one."""
    from datenernte_harvester.taking_over import take_over

    base_url = configuration.tables.catalog.base_url
    take_over(store, old, _portals(configuration), chosen, base_url)


def _refuse_other_base_url(store: Store, configuration: Configuration) -> None:
    """Every IRI of ours begins with the base URL: a change would rename all datasets."""
    base_url = configuration.tables.catalog.base_url
    before = store.setting("base_url")
    if before is not None and before != base_url:
        raise ConfigError(
            f"{FILE_NAME} [catalog]: »base_url« war bisher »{before}« und ist jetzt »{base_url}«. "
            "Damit bekämen alle Datensätze eine neue Adresse. Stellen Sie den alten Wert wieder "
            f"her, oder ziehen Sie mit »datenernte run --rename {before}« um."
        )
    store.put_setting("base_url", base_url)


def _refuse_renamed_portals(store: Store, configuration: Configuration) -> None:
    """A portal's name is part of its datasets' identity: a new name would publish all twice."""
    disabled = {portal.name for portal in configuration.disabled}
    orphans = {
        portal.url: portal.name
        for portal in _left_portals(store, configuration)
        if portal.name not in disabled
    }
    known = {portal.name for portal in store.portals()}
    for portal in configuration.portals:
        old = orphans.get(portal.url)
        if old is not None and portal.name not in known:
            raise ConfigError(
                f"portals/{portal.name}.toml hat dieselbe Adresse wie das Portal »{old}«, dessen "
                "Datei fehlt. Mit einem neuen Namen bekämen alle Datensätze eine neue Adresse. "
                f"Nennen Sie die Datei wieder {old}.toml, oder übernehmen Sie die Datensätze mit "
                f"»datenernte run --rename {old}«, oder ziehen Sie das alte Portal mit "
                f"»datenernte retire {old}« zurück."
            )


def _refuse_shrunken_site(store: Store, configuration: Configuration) -> None:
    """A new or lost database must not empty a site that stands.

    A store that never published anything beside a site of ours has lost its memory, and with it
    what the deletion guard knows. It may take the site over once it holds about as much.

    Raises:
        PublishError: it holds less than 90 % of what the site shows.
    """
    document = configuration.site / "run.json"
    if store.setting("site") is not None or not document.is_file():
        return
    try:
        shown = int(json.loads(document.read_bytes())["totals"]["datasets"])
    except (OSError, ValueError, KeyError, TypeError):
        return
    if store.count_records() * 10 < shown * 9:
        raise PublishError(
            f"Die Datenbank ist neu und kennt {store.count_records()} Datensätze, die stehende "
            f"Website zeigt {shown}. Die Website bleibt darum, wie sie ist. Stellen Sie die "
            "Datenbank aus einer Sicherung wieder her, oder rufen Sie alle Portale vollständig ab. "
            f"Soll der Katalog wirklich so klein werden, benennen Sie »{configuration.site}« um."
        )


def _portal_runs(
    store: Store,
    configuration: Configuration,
    chosen: tuple[PortalFile, ...],
    options: RunOptions,
    number: int,
    started: datetime,
    progress: Progress,
) -> list[PortalRun]:
    """Harvest `chosen`; every other portal is skipped."""
    portals = _portals(configuration)
    if not options.dry_run:
        store.put_portals(portals)
    harvested: dict[str, PortalRun] = {}
    if "harvest" in options.stages:
        from datenernte_harvester.crawl.portals import CrawlJob, harvest_portals
        from datenernte_harvester.deduplication import deduplicate

        may_withdraw = not (options.portals or options.limit or options.since)
        jobs = [
            CrawlJob(
                portal=portal,
                limit=options.limit,
                since=options.since,
                dry_run=options.dry_run,
                may_withdraw=may_withdraw,
            )
            for portal in chosen
        ]
        results = harvest_portals(
            jobs,
            store_url=configuration.store_url,
            run=number,
            now=started,
            catalog=configuration.tables.catalog,
            network=configuration.tables.network,
            workers=configuration.tables.harvest.workers,
            portal_deadline_seconds=configuration.tables.harvest.portal_deadline_seconds,
            run_deadline_seconds=configuration.tables.harvest.run_deadline_seconds,
            progress=progress,
        )
        harvested = {result.portal: result for result in results}
        if not options.dry_run:
            losers = deduplicate(store, portals, number, started)
            for name, result in harvested.items():
                if losers[name]:
                    harvested[name] = replace(result, duplicates=losers[name])
                    store.put_portal_run(harvested[name])
            store.purge_withdrawn(started - TOMBSTONE)
    reasons = {portal.name: PORTAL_DISABLED for portal in configuration.disabled}
    return [
        harvested.get(portal.name)
        or PortalRun(run=number, portal=portal.name, state=PortalState.SKIPPED)
        for portal in portals
    ] + [
        PortalRun(
            run=number,
            portal=portal.name,
            state=PortalState.SKIPPED,
            reason=(reason := reasons.get(portal.name, PORTAL_FILE_MISSING)),
            detail=texts()[reason].message,
        )
        for portal in _left_portals(store, configuration)
    ]


def _judge(
    store: Store,
    configuration: Configuration,
    options: RunOptions,
    number: int,
    started: datetime,
    progress: Progress,
) -> None:
    if "validate" in options.stages:
        from datenernte_harvester.scoring import rule_set
        from datenernte_harvester.validation import validate

        validate(
            store,
            configuration.tables.validate,
            configuration.tables.network,
            configuration.tables.catalog,
            shacl_profile=rule_set(configuration.tables.score).shacl_profile,
            now=started,
            progress=progress,
        )
    if "score" in options.stages:
        from datenernte_harvester.municipalities.file import read_municipalities
        from datenernte_harvester.scoring import score

        known = read_municipalities(configuration.folder)
        score(
            store,
            configuration.tables.catalog,
            configuration.tables.score,
            run=number,
            populations={key: one.population for key, one in known.items()},
            progress=progress,
        )


def _publish(
    store: Store,
    configuration: Configuration,
    options: RunOptions,
    number: int,
    started: datetime,
    portal_runs: list[PortalRun],
    clock: Callable[[], datetime],
    progress: Progress,
) -> bool:
    """Publish if asked for; True if a new site was switched in."""
    if "publish" not in options.stages:
        return False
    if store.count_records() == 0 and not configuration.site.exists():
        raise PublishError(
            "Es gibt noch keinen Datensatz; darum wurde keine Website veröffentlicht."
        )
    _refuse_shrunken_site(store, configuration)
    from datenernte_dcat.site.builder import publish
    from datenernte_harvester.municipalities.file import read_municipalities

    document = run_document(
        store,
        number=number,
        started=started,
        finished=clock(),
        exit_code=_exit_code(store, configuration, options, portal_runs, None, site_stands=True),
        portal_runs=portal_runs,
        portals=[*_portals(configuration), *_left_portals(store, configuration)],
    )
    publication = publish(
        store,
        configuration.tables.catalog,
        configuration.site,
        as_of=started.date(),
        run_document=document,
        tool_version=version(),
        places=read_municipalities(configuration.folder),
        progress=progress,
    )
    return publication.changed


def _exit_code(
    store: Store,
    configuration: Configuration,
    options: RunOptions,
    portal_runs: list[PortalRun],
    error: str | None,
    *,
    site_stands: bool | None = None,
) -> int:
    """The exit code; precedence 70, 4, 3, 1 (74 ends the run by an exception)."""
    if any(portal_run.reason == PORTAL_CRASHED for portal_run in portal_runs):
        return EXIT_INTERNAL
    stands = configuration.site.exists() if site_stands is None else site_stands
    if error is not None or ("publish" in options.stages and not options.dry_run and not stands):
        return EXIT_NO_SITE
    troubled = {PortalState.PARTIAL, PortalState.HELD, PortalState.FAILED}
    if any(portal_run.state in troubled for portal_run in portal_runs):
        return EXIT_INCOMPLETE
    counts = store.finding_counts()
    if any(counts[severity] for severity in _SEVERITIES.get(options.fail_on, ())):
        return EXIT_FINDINGS
    return EXIT_OK
