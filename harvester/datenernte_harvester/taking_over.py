"""`--rename OLD`: a portal file or a base URL with a new name, on purpose."""

from collections.abc import Iterable

from datenernte_dcat.errors import ConfigError
from datenernte_dcat.store.rows import Portal
from datenernte_dcat.store.store import Store


def take_over(
    store: Store, old: str, portals: Iterable[Portal], chosen: tuple[str, ...], base_url: str
) -> None:
    """Give all that is known under an old name to the new one: records, addresses, history.

    Args:
        old: the name of a portal whose file is gone, or the base URL that the catalogue had.
        portals: those of the portal files.
        chosen: names given by `--portal`; one of them, or the only portal with the address of the
            old one, is the new name.
        base_url: of the catalogue now.

    Raises:
        ConfigError: nothing has this old name, its file is still there, or it is not clear what
            the new name is.
    """
    if "://" in old:
        _take_over_base_url(store, old.rstrip("/"), base_url)
        return
    known = {portal.name: portal for portal in store.portals()}
    files = {portal.name: portal for portal in portals}
    if old not in known:
        names = ", ".join(sorted(known.keys() - files.keys())) or "keine"
        raise ConfigError(
            f"Ein Portal »{old}« kennt der Speicher nicht. Ohne Portaldatei sind: {names}."
        )
    if old in files:
        raise ConfigError(
            f"»{old}« ist noch eingerichtet. Umbenannt wird, indem Sie portals/{old}.toml "
            "umbenennen."
        )
    new = [name for name in chosen if name in files]
    if not new:
        new = [name for name, portal in files.items() if portal.url == known[old].url]
    new = [name for name in new if name not in known or not store.count_records(name)]
    if len(new) != 1:
        raise ConfigError(
            f"Es ist nicht klar, wie »{old}« jetzt heißt. Nennen Sie das neue Portal, das noch "
            f"keinen Datensatz hat: --rename {old} --portal NAME."
        )
    store.rename_portal(old, files[new[0]])


def _take_over_base_url(store: Store, old: str, base_url: str) -> None:
    before = store.setting("base_url")
    if before != old:
        raise ConfigError(
            f"»base_url« war bisher nicht »{old}«, sondern »{before or 'noch gar nicht gesetzt'}«."
        )
    if old == base_url:
        raise ConfigError(f"»base_url« ist noch »{old}«. Tragen Sie erst die neue Adresse ein.")
    with store.batch():
        store.rebase(old, base_url)
        store.put_setting("base_url", base_url)
