"""Faults of what a catalogue holds: emptied, renamed, repeated, hostile words and dates."""

import re
from collections.abc import Callable, Iterable
from dataclasses import replace

from datenernte_harvester.simulator.catalogue import SimulatedDataset
from datenernte_harvester.simulator.faces import Change, Datasets
from datenernte_harvester.simulator.faults.fault import Fault, body, catalogue, content, media
from datenernte_harvester.simulator.server import Answer, Request, Site
from datenernte_harvester.simulator.visits import is_first_page

_OK = ("ok",)
_HELD = ("held",)

CANARY = "geheim-7f3a9c"
"""A password that must stand nowhere in what we write about a portal (F34)."""


def _kept(share: float) -> Change:
    """Only this share of the datasets is left, at least one."""
    return lambda held, visit, first: held[: max(1, round(len(held) * share))]


def _none(held: Datasets, visit: int, first: bool) -> Datasets:
    return ()


def _none_later(held: Datasets, visit: int, first: bool) -> Datasets:
    return held if visit < 2 else ()


def _each(change: Callable[[SimulatedDataset], SimulatedDataset]) -> Change:
    return lambda held, visit, first: tuple(change(dataset) for dataset in held)


def _first_one(change: Callable[[SimulatedDataset], SimulatedDataset]) -> Change:
    return lambda held, visit, first: (change(held[0]), *held[1:])


def _more(ids: Iterable[str]) -> Change:
    """The datasets, and one more for each of these identifiers."""
    return lambda held, visit, first: (
        *held,
        *(replace(held[0], id=own, title=f"Datensatz {n}") for n, own in enumerate(ids)),
    )


def _renamed(dataset: SimulatedDataset) -> SimulatedDataset:
    return replace(dataset, id=dataset.id[::-1])


def _titled(words: str) -> Change:
    """Every dataset's title with these words behind it."""
    return _each(lambda dataset: replace(dataset, title=f"{dataset.title} {words}"))


def _dated(moment: str) -> Change:
    return _each(lambda dataset: replace(dataset, modified=moment))


def _named_files(name: str) -> Change:
    """Every dataset's first file has a hostile name, and with it a hostile URL."""

    def change(dataset: SimulatedDataset) -> SimulatedDataset:
        first, *others = dataset.files
        hostile = replace(first, name=name.replace("#", first.name))
        return replace(dataset, files=(hostile, *others))

    return _each(change)


def _linked(target: str) -> Callable[[Site], Site]:
    """The links to the files lead elsewhere."""

    def spoiled(site: Site) -> Site:
        def faulty(request: Request) -> Answer:
            own = f"{request.base}/dateien/".encode()
            return catalogue(body(lambda text: text.replace(own, target.encode())))(site)(request)

        return faulty

    return spoiled


_IDENTIFIED = {
    "json": re.compile(rb'"id": "[0-9a-f]{32}", "name": "datensatz-[0-9a-f]{8}", '),
    "xml": re.compile(
        rb"""(?<=<dcat:Dataset) rdf:about=["'][^"']*["'](?=>)|    <dct:identifier>[^<]*</dct:identifier>\n"""
    ),
}


def _unnamed(request: Request, answer: Answer, visit: int) -> Answer:
    """The first dataset of the first page has neither address nor identifier."""
    kind = media(answer)
    if not is_first_page(request) or kind not in _IDENTIFIED:
        return answer
    count = 1 if kind == "json" else 2
    return replace(answer, body=_IDENTIFIED[kind].sub(b"", answer.body, count=count))


def _fault(
    fault_id: str,
    title: str,
    change: Change,
    codes: tuple[str, ...] = (),
    states: tuple[str, ...] = _OK,
    media: tuple[str, ...] = ("json", "xml", "html"),
) -> Fault:
    return Fault(
        id=fault_id,
        title=title,
        spoil=content(change),
        states=states,
        codes=codes,
        media=media,
        of_datasets=not fault_id.startswith("F23"),
    )


CONTENTS: tuple[Fault, ...] = (
    _fault(
        "F15",
        "Leerzeichen und Anführungszeichen in Adressen",
        _named_files('mit leer zeichen und "zitat" <#>'),
        ("iri-repaired", "iri-invalid", "term-invalid"),
    ),
    _fault(
        "F15-triple",
        "Adresse mit eingeschleustem Tripel",
        _named_files(
            "x> .\n<http://boese.example/s> <http://boese.example/p> <http://boese.example/o> .\n#"
        ),
        ("iri-repaired", "iri-invalid", "term-invalid"),
    ),
    _fault(
        "F16",
        "Steuerzeichen im Text",
        _titled("\x0b\x1f\x07"),
        ("text-invalid",),
        ("ok",),
    ),
    _fault(
        "F16-noncharacter",
        "Zeichen, die es in Unicode nicht gibt",
        _titled("\ufffe\uffff"),
        ("text-invalid",),
        ("ok",),
    ),
    Fault(
        id="F16-surrogate",
        title="Halbes Zeichenpaar im Text",
        spoil=content(_titled("\ud83d")),
        states=("ok",),
        codes=("text-invalid", "encoding-wrong"),
        source_types=("ckan", "dcat_rdf"),
    ),
    _fault(
        "F19-title",
        "Titel mit Zeilenumbruch und Terminalbefehlen",
        _titled("\r\n2026-03-01 ERROR portal=anderswo \x1b[31mrot\x1b[0m"),
        ("text-invalid",),
        media=("json",),
    ),
    _fault(
        "F20",
        "Kennungen wie Pfade",
        _more(("../../../../tmp/flucht", "/etc/passwd", "CON", "a/../b", ".", "~root")),
    ),
    _fault(
        "F20-long",
        "Kennungen aus 4000 Zeichen und in zwei Schreibweisen",
        _more(("ä" * 4000, "Kennung", "kennung", "KENNUNG ")),
    ),
    _fault("F23", "Von Anfang an leer", _none, ("portal-empty",), _HELD),
    _fault("F23-later", "Ab dem zweiten Abruf leer", _none_later, ("portal-empty",), _HELD),
    _fault("F23-10", "Nur ein Zehntel ist noch da", _kept(0.1), ("withdrawal-held",), _HELD),
    _fault("F23-40", "Nur 40 % sind noch da", _kept(0.4), ("withdrawal-held",), _HELD),
    _fault("F23-80", "Ein Fünftel ist verschwunden", _kept(0.8), ("withdrawal-held",), _HELD),
    _fault(
        "F24-untitled",
        "Ein Datensatz hat keinen Titel",
        _first_one(lambda dataset: replace(dataset, title="")),
        ("title-missing", "literal-empty"),
    ),
    _fault(
        "F25",
        "Ein Datensatz steht zweimal in der Liste",
        lambda held, visit, first: (held[0], *held),
        ("identifier-repeated", "harvest-count-differs"),
        ("ok", "partial"),
    ),
    Fault(
        id="F25-missing",
        title="Ein Datensatz hat keine Kennung",
        spoil=catalogue(_unnamed),
        states=("partial",),
        codes=("identifier-missing",),
        source_types=("ckan", "dcat_rdf"),
    ),
    _fault(
        "F25-churn",
        "Alle Kennungen sind neu, die Datensätze nicht",
        _each(_renamed),
        ("withdrawal-held", "identifiers-renamed"),
        ("held", "ok"),
    ),
    _fault(
        "F25-reused",
        "Eine Kennung steht auch an einem anderen Datensatz",
        lambda held, visit, first: (held[0], replace(held[1], id=held[0].id), *held[1:]),
        ("identifier-repeated", "harvest-count-differs"),
        ("ok", "partial"),
    ),
    _fault("F26", "Geändert im Jahr 2999", _dated("2999-01-01T00:00:00"), ("date-in-future",)),
    _fault(
        "F26-impossible",
        "Geändert am 31. Februar",
        _dated("2024-02-31T08:00:00"),
        ("date-invalid",),
    ),
    _fault("F26-dst", "Geändert in der Stunde, die es nicht gab", _dated("2024-03-31T02:30:00")),
    _fault(
        "F26-zero",
        "Geändert im Jahr 1",
        _dated("0001-01-01T00:00:00"),
        ("date-invalid", "modified-before-issued"),
    ),
    _fault(
        "F26-words",
        "Geändert »gestern«",
        _dated("gestern"),
        ("date-invalid",),
    ),
    *(
        Fault(
            id=fault_id,
            title=title,
            spoil=_linked(target),
            states=_OK,
            codes=codes,
            of_datasets=True,
        )
        for fault_id, title, target, codes in (
            ("F01", "Dateien auf privaten Adressen", "http://169.254.169.254/x/", ("net-private",)),
            ("F01-dezimal", "Dateien auf 2130706433", "http://2130706433/", ("net-private",)),
            (
                "F01-mapped",
                "Dateien auf ::ffff:10.0.0.1",
                "http://[::ffff:10.0.0.1]/",
                ("net-private",),
            ),
            ("F04", "Dateien auf diesem Rechner", "file:///etc/", ("net-scheme",)),
            ("F04-ftp", "Dateien auf FTP", "ftp://ftp.example.org/", ("net-scheme",)),
            (
                "F34",
                "Zugangsdaten in den Adressen der Dateien",
                f"http://amt:{CANARY}@dateien.example.org/",
                ("net-userinfo",),
            ),
        )
    ),
)
