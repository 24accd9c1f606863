"""The working folder: `datenernte.toml` and `portals/*.toml` as one checked value."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace
from pathlib import Path
from typing import Any, get_type_hints
from urllib.parse import urlsplit

from datenernte_dcat.catalog import CatalogSettings
from datenernte_dcat.errors import ConfigError, MissingSettingError
from datenernte_harvester.credentials import credentials
from datenernte_harvester.logs import FORMATS
from datenernte_harvester.portal import PortalFile, read_portals
from datenernte_harvester.settings import environment
from datenernte_harvester.toml_table import read_toml, to_dataclass
from datenernte_validators.network.settings import NetworkSettings

FILE_NAME = "datenernte.toml"


@dataclass(frozen=True, kw_only=True, slots=True)
class StoreSettings:
    """`[store]`."""

    url: str = "sqlite:///datenernte.db"
    """SQLAlchemy URL; a relative SQLite path is relative to the working folder."""
    keep_runs: int = 400
    """Runs whose particulars are kept; a year of daily runs and a month's spare."""
    keep_responses_days: int = 90
    """The kept answers of a portal are forgotten when it was not harvested in full for so long."""
    keep_links_days: int = 90
    """What is known of an address is forgotten when nobody used or checked it for so long."""


@dataclass(frozen=True, kw_only=True, slots=True)
class OutputSettings:
    """`[output]`."""

    directory: str = "site"


@dataclass(frozen=True, kw_only=True, slots=True)
class HarvestSettings:
    """`[harvest]`."""

    workers: int | None = None
    """Worker processes at once; None means one a core."""
    portal_deadline_seconds: float = 3600.0
    """Hard limit for one portal."""
    run_deadline_seconds: float = 6 * 3600.0
    """Hard limit for all portals of a run."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ValidateSettings:
    """`[validate]`: which checks run, and how far they go."""

    links: bool = True
    tables: bool = True
    shapes: bool = True
    table_max_bytes: int = 200_000_000
    """Larger files are not fetched for a table check."""
    recheck_days: int = 7
    """A link or file that was fine is looked at again after so many days; others every day."""
    deadline_seconds: float = 2 * 3600.0
    """Limit for the links of a run, and the same again for its files."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ScoreSettings:
    """`[score]`."""

    mqa_rules: Mapping[str, str] = field(default_factory=dict)
    """Named rules of the MQA that differ from their default."""
    mqa_further: tuple[str, ...] = ()
    """Further sets of such rules, each as `rule=choice;rule=choice`, computed beside the others to
    show how far the score depends on them."""
    hvd_confirmed: tuple[str, ...] = ()
    """IRIs or source identifiers of datasets that are high-value ones for certain."""
    hvd_dl_by: bool = False
    """Whether »Datenlizenz Deutschland Namensnennung 2.0« is open enough for high-value data."""


@dataclass(frozen=True, kw_only=True, slots=True)
class MetricsSettings:
    """`[metrics]`."""

    file: str | None = None
    """Written after every run, for Prometheus; relative to the working folder."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LogSettings:
    """`[log]`."""

    format: str = "text"
    """text, logfmt or json."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Tables:
    """The tables of `datenernte.toml`."""

    catalog: CatalogSettings
    store: StoreSettings = field(default_factory=StoreSettings)
    output: OutputSettings = field(default_factory=OutputSettings)
    harvest: HarvestSettings = field(default_factory=HarvestSettings)
    validate: ValidateSettings = field(default_factory=ValidateSettings)
    score: ScoreSettings = field(default_factory=ScoreSettings)
    network: NetworkSettings = field(default_factory=NetworkSettings)
    metrics: MetricsSettings = field(default_factory=MetricsSettings)
    log: LogSettings = field(default_factory=LogSettings)


@dataclass(frozen=True, kw_only=True, slots=True)
class Configuration:
    """A working folder, read and checked."""

    folder: Path
    tables: Tables
    portals: tuple[PortalFile, ...]
    """Those that are harvested, by name."""
    disabled: tuple[PortalFile, ...] = ()
    """Those with `enabled = false`, by name."""
    origins: Mapping[str, str]
    """»table.key« → where its value came from: Standard, Datei or the variable's name."""

    @property
    def store_url(self) -> str:
        """The store's URL; a relative SQLite path is below the working folder.

        Raises:
            ConfigError: it is no URL of a database we know.
        """
        from datenernte_dcat.store.address import url_in_folder

        return url_in_folder(self.tables.store.url, self.folder.resolve())

    @property
    def metrics_file(self) -> Path | None:
        """Where the figures for Prometheus go; None: nowhere."""
        name = self.tables.metrics.file
        return None if name is None else self.folder.resolve() / name

    @property
    def site(self) -> Path:
        """The site's path (a symlink once it is published)."""
        return self.folder.resolve() / self.tables.output.directory


def read_configuration(folder: Path, variables: Mapping[str, str] | None = None) -> Configuration:
    """The working folder `folder`.

    Args:
        variables: `DATENERNTE_*` without prefix; None means those of the process.

    Raises:
        ConfigError: the folder or one of its files cannot be used; German, with file and key.
    """
    path = folder / FILE_NAME
    if not path.is_file():
        raise MissingSettingError(
            f"In »{folder}« gibt es keine {FILE_NAME}. "
            "Legen Sie mit »datenernte init« einen Arbeitsordner an oder wählen Sie ihn mit -C."
        )
    document = read_toml(path, FILE_NAME, ConfigError)
    origins = {
        f"{table}.{key}": "Datei"
        for table, keys in document.items()
        if isinstance(keys, dict)
        for key in keys
    }
    _apply_environment(document, environment() if variables is None else variables, origins)
    tables = to_dataclass(document, Tables, FILE_NAME, ConfigError)
    _refuse_impossible_numbers(tables)
    _refuse_unknown_words(tables)
    tables = _with_absolute_paths(_with_plain_base_url(tables), folder)
    portals = read_portals(folder / "portals")
    for portal in portals:
        credentials(portal.name, variables)  # a wrong one is told before the first request
    return Configuration(
        folder=folder,
        tables=tables,
        portals=tuple(portal for portal in portals if portal.enabled),
        disabled=tuple(portal for portal in portals if not portal.enabled),
        origins={name: origins.get(name, "Standard") for name in setting_names()},
    )


def setting_names() -> dict[str, str]:
    """»table.key« → name of its environment variable, for every setting of `datenernte.toml`."""
    names = {}
    for table, hint in get_type_hints(Tables).items():
        if is_dataclass(hint):
            for key in fields(hint):
                names[f"{table}.{key.name}"] = f"{table}_{key.name}".upper()
    return names


def _apply_environment(
    document: dict[str, Any], variables: Mapping[str, str], origins: dict[str, str]
) -> None:
    """Put the variables that name a setting into `document`, typed as the setting is."""
    for name, variable in setting_names().items():
        if variable not in variables:
            continue
        table, key = name.split(".")
        hint = str(get_type_hints(get_type_hints(Tables)[table])[key])
        where = f"DATENERNTE_{variable}"
        document.setdefault(table, {})[key] = _typed(variables[variable], hint, where)
        origins[name] = where


def _typed(text: str, hint: str, where: str) -> object:
    """`text` as the simple type that `hint` names."""
    try:
        if "bool" in hint:
            return {"true": True, "1": True, "false": False, "0": False}[text.lower()]
        if "int" in hint:
            return int(text)
        if "float" in hint:
            return float(text)
        if "tuple" in hint:
            return [part.strip() for part in text.split(",") if part.strip()]
    except (KeyError, ValueError) as error:
        raise ConfigError(f"{where}: »{text}« ist kein gültiger Wert.") from error
    return text


def _with_plain_base_url(tables: Tables) -> Tables:
    """`tables` with a checked base URL without its trailing slash."""
    base_url = tables.catalog.base_url.rstrip("/")
    parts = urlsplit(base_url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ConfigError(
            f"{FILE_NAME} [catalog]: »base_url« muss eine Adresse wie "
            f"https://daten.example.de sein, nicht »{tables.catalog.base_url}«."
        )
    return replace(tables, catalog=replace(tables.catalog, base_url=base_url))


def _refuse_impossible_numbers(tables: Tables) -> None:
    """Limits and counts must be finite and greater than zero."""
    for table in ("store", "harvest", "validate", "network"):
        settings = getattr(tables, table)
        for setting in fields(settings):
            value = getattr(settings, setting.name)
            is_number = isinstance(value, int | float) and not isinstance(value, bool)
            if is_number and not (0 < value < float("inf")) and setting.name != "max_redirects":
                raise ConfigError(
                    f"{FILE_NAME} [{table}]: »{setting.name}« muss größer als 0 sein, nicht {value}."
                )


def _refuse_unknown_words(tables: Tables) -> None:
    if tables.log.format not in FORMATS:
        raise ConfigError(
            f"{FILE_NAME} [log]: »format« ist eines von {', '.join(FORMATS)}, nicht "
            f"»{tables.log.format}«."
        )
    if not tables.network.respect_robots and not (tables.network.reason or "").strip():
        raise ConfigError(
            f"{FILE_NAME} [network]: respect_robots = false gilt für alle Portale und braucht eine "
            "Begründung in »reason«. Für ein einzelnes Portal steht es in seiner Datei."
        )
    _refuse_impossible_proxy(tables.network.proxy)


def _refuse_impossible_proxy(proxy: str | None) -> None:
    """A proxy is http://[name:password@]host:port; the password is not repeated."""
    if proxy is None:
        return
    try:
        parts = urlsplit(proxy)
        is_proxy = parts.scheme == "http" and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_proxy = False
    if not is_proxy or parts.path not in ("", "/") or parts.query:
        raise ConfigError(
            f"{FILE_NAME} [network]: »proxy« muss eine Adresse wie http://proxy.intern:3128 sein."
        )


def _with_absolute_paths(tables: Tables, folder: Path) -> Tables:
    """`tables` with a CA file that is found wherever the command was started."""
    ca_file = tables.network.ca_file
    if ca_file is None:
        return tables
    return replace(tables, network=replace(tables.network, ca_file=(folder / ca_file).resolve()))


def effective_settings(configuration: Configuration) -> dict[str, object]:
    """»table.key« → value in force; passwords in URLs are covered."""
    values: dict[str, object] = {}
    for name in setting_names():
        table, key = name.split(".")
        value = getattr(getattr(configuration.tables, table), key)
        values[name] = _covered(value) if isinstance(value, str) else value
    return values


def _covered(text: str) -> str:
    """`text` without the password of a URL in it."""
    parts = urlsplit(text) if "://" in text else None
    return text if parts is None or not parts.password else text.replace(parts.password, "***")
