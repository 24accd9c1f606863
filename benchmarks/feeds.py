"""Feeds: our writer against one `rdflib.Graph`, and what publishing costs the second time.

From the same records, in the same process. Publishing is measured cold, after 1 % of the datasets
changed, and unchanged. Exits with 1 if two documents are not isomorphic, or if an unchanged
publication writes a file. Past 10 000 datasets one rdflib graph would need gigabytes: there each
dataset is compared on its own.
"""

import argparse
import os
import resource
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

import msgspec
import pyoxigraph
import rdflib

from datenernte_dcat.catalog import CatalogSettings
from datenernte_dcat.feeds.documents import FRAMES, fragment
from datenernte_dcat.graph import dataset_triples, to_rdflib
from datenernte_dcat.identity import record_id
from datenernte_dcat.normalise import Context, normalise
from datenernte_dcat.records import Dataset, content_hash, feed_hash
from datenernte_dcat.records import Literal as Text
from datenernte_dcat.site import artefacts, assembly
from datenernte_dcat.site.builder import Publication, publish
from datenernte_dcat.store.rows import Portal, StoredRecord
from datenernte_dcat.store.store import Store
from datenernte_harvester.simulator.catalogue import datasets
from datenernte_harvester.simulator.ckan import package
from datenernte_harvester.spiders.ckan import dataset_from_ckan

Name = Literal["ttl", "rdf"]
PLAIN: dict[Name, str] = {"ttl": "turtle", "rdf": "xml"}
FORMATS = {"ttl": pyoxigraph.RdfFormat.TURTLE, "rdf": pyoxigraph.RdfFormat.RDF_XML}
ONE_GRAPH_MAX = 10_000
"""Datasets up to which one rdflib graph is built."""
NOW = datetime(2026, 3, 1, 4, 0, tzinfo=UTC)
SETTINGS = CatalogSettings(
    title="Probe", description="Probe", publisher="Amt", base_url="https://daten.example.org"
)
PART = 1000


def records(count: int) -> list[Dataset]:
    """`count` different records as a CKAN portal gives them, normalised."""
    base = "https://opendata.musterstadt.example"
    context = Context(portal="musterstadt", source_type="ckan")
    made = []
    for item in datasets("musterstadt", count, 1):
        read = dataset_from_ckan(package(item, "Stadt Musterstadt", "09991001", base), base)
        made.append(normalise(read.dataset, (), context).dataset)
    return made


def iri_of(number: int) -> str:
    """IRI of the dataset of this number."""
    return f"https://daten.example.org/datasets/{number}"


def write_ours(made: Sequence[Dataset], name: Name, path: Path) -> None:
    """All datasets as one document, dataset by dataset, as feeds are written."""
    frame = FRAMES[name]
    with path.open("wb") as stream:
        stream.write(frame.prologue)
        for number, dataset in enumerate(made):
            stream.write(fragment(dataset_triples(dataset, (), iri_of(number)), name))
        stream.write(frame.epilogue)


def write_plain(made: Sequence[Dataset], name: Name, path: Path) -> None:
    """The same through one rdflib graph."""
    graph = rdflib.Graph()
    for number, dataset in enumerate(made):
        for triple in to_rdflib(dataset_triples(dataset, (), iri_of(number))):
            graph.add(triple)
    graph.serialize(path, format=PLAIN[name], encoding="utf-8")


def canonical(document: bytes, name: Name) -> pyoxigraph.Dataset:
    """The document's triples with canonical labels of blank nodes (RDFC-1.0)."""
    triples = pyoxigraph.Dataset(pyoxigraph.parse(document, format=FORMATS[name]))
    triples.canonicalize(pyoxigraph.CanonicalizationAlgorithm.RDFC_1_0)
    return triples


def equal_one_by_one(made: Sequence[Dataset], name: Name) -> bool:
    """Whether each dataset says the same written by us and by rdflib."""
    frame = FRAMES[name]
    for number, dataset in enumerate(made):
        triples = dataset_triples(dataset, (), iri_of(number))
        ours = frame.prologue + fragment(triples, name) + frame.epilogue
        plain = to_rdflib(triples).serialize(format=PLAIN[name], encoding="utf-8")
        if canonical(ours, name) != canonical(plain, name):
            return False
    return True


def seconds(work: Callable[[], object]) -> float:
    """CPU seconds of one call: all of it runs in this process, and other work does not count."""
    start = time.process_time()
    work()
    return time.process_time() - start


def peak() -> int:
    """Highest resident memory of the process so far, MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def writing(made: Sequence[Dataset], folder: Path) -> bool:
    """Print one row a format; whether all results are equal."""
    print(f"\nwriting {len(made)} datasets; {peak()} MB with the records in memory")
    print(f"{'format':8}{'rdflib s':>10}{'ours s':>10}{'ratio':>8}{'MB':>14}  equal")
    paths = {(who, name): folder / f"{who}.{name}" for who in ("ours", "plain") for name in PLAIN}
    ours: dict[Name, float] = {}
    for name in PLAIN:
        ours[name] = seconds(lambda name=name: write_ours(made, name, paths["ours", name]))  # type: ignore[misc]
    after_ours = peak()
    same = True
    for name in PLAIN:
        if len(made) > ONE_GRAPH_MAX:
            equal = equal_one_by_one(made, name)
            plain, ratio = "-", "-"
        else:
            took = seconds(lambda name=name: write_plain(made, name, paths["plain", name]))  # type: ignore[misc]
            after_plain = peak()
            documents = [paths[who, name].read_bytes() for who in ("ours", "plain")]
            equal = canonical(documents[0], name) == canonical(documents[1], name)
            plain, ratio = f"{took:.2f}", f"{took / ours[name]:.1f}"
        memory = f"{after_ours}" if plain == "-" else f"{after_ours}/{after_plain}"
        print(
            f"{name:8}{plain:>10}{ours[name]:10.2f}{ratio:>8}{memory:>14}  "
            f"{'yes' if equal else 'NO'}"
        )
        same = same and equal
    return same


def stored(number: int, dataset: Dataset, changed_at: datetime) -> StoredRecord:
    """The dataset as the store holds it, one of ten municipalities'."""
    key = f"099910{number % 10:02}"
    return StoredRecord(
        id=record_id("musterstadt", str(number)),
        portal="musterstadt",
        source_identifier=str(number),
        iri=iri_of(number),
        municipality=key,
        as_published=dataset,
        normalised=dataset,
        content_hash=content_hash(dataset, ()),
        feed_hash=feed_hash(iri_of(number), key, dataset, ()),
        first_seen=NOW,
        changed_at=changed_at,
    )


class Stages:
    """Seconds that publishing spends in each kind of feed file, without the self-check in it."""

    def __init__(self) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)
        for module, name, kind in (
            (assembly, "write_dumps", "dumps"),
            (assembly, "write_pages", "pages"),
            (assembly, "write_ldes", "changes"),
            (artefacts, "check_file", "check"),
        ):
            setattr(module, name, self._timed(getattr(module, name), kind))

    def _timed(self, work: Callable[..., object], kind: str) -> Callable[..., object]:
        def timed(*arguments: object, **named: object) -> object:
            start, checked = time.process_time(), self.seconds["check"]
            try:
                return work(*arguments, **named)
            finally:
                took = time.process_time() - start
                within = self.seconds["check"] - checked
                self.seconds[kind] += took - within

        return timed


def publishing(made: Sequence[Dataset], folder: Path, stages: Stages) -> bool:
    """Print what publishing costs cold, after 1 % changed, and unchanged; whether it is right."""
    print(f"\npublishing {len(made)} datasets of ten municipalities")
    print(
        f"{'':14}{'all s':>9}{'dumps s':>9}{'pages s':>9}{'changes s':>11}{'check s':>9}{'files':>8}"
    )
    with Store(f"sqlite:///{folder / 'feeds.db'}") as store:

        def put(part: Iterator[StoredRecord]) -> None:
            run = store.begin_run("run", NOW.date(), NOW)
            store.put_portals(
                [Portal(name="musterstadt", title="M", source_type="ckan", url=iri_of(0))]
            )
            waiting = list(part)
            for start in range(0, len(waiting), PART):
                store.put_records(run, waiting[start : start + PART], {})
            store.finish_run(run, NOW, "ok", 0, {})

        def measured(title: str) -> tuple[float, dict[str, float], Publication]:
            stages.seconds.clear()
            start = time.process_time()
            done = publish(
                store,
                SETTINGS,
                folder / "site",
                as_of=NOW.date(),
                run_document={},
                tool_version="0",
            )
            took, parts = time.process_time() - start, defaultdict(float, stages.seconds)
            print(
                f"{title:14}{took:9.2f}{parts['dumps']:9.2f}{parts['pages']:9.2f}"
                f"{parts['changes']:11.2f}{parts['check']:9.2f}{done.files_written:8}"
            )
            return took, parts, done

        put(stored(number, dataset, NOW) for number, dataset in enumerate(made))
        cold, cold_parts, _ = measured("cold")
        later = NOW + timedelta(hours=1)
        put(
            stored(number, msgspec.structs.replace(made[number], title=(Text(value="neu"),)), later)
            for number in range(0, len(made), 100)
        )
        _, parts, _ = measured("1 % changed")
        again, _, unchanged = measured("unchanged")
    kinds = ("dumps", "pages", "changes")
    feeds, cold_feeds = (sum(of[kind] for kind in kinds) for of in (parts, cold_parts))
    cold_cut = cold_parts["dumps"] + cold_parts["pages"]
    unchecked = cold - cold_parts["check"]
    print(f"pages after 1 % changed: {cold / parts['pages']:.0f} times faster than the cold build,")
    print(f"  {unchecked / parts['pages']:.0f} times without its self-check,")
    print(f"  {cold_cut / parts['pages']:.0f} times than the cold pages and their dumps")
    print(f"all feed files after 1 % changed: {cold_feeds / feeds:.1f} times faster than cold")
    print(f"unchanged: {100 * again / cold:.2f} % of the cold build")
    return unchanged.files_written == 0 and not unchanged.changed


def main() -> int:
    """Print the tables; 1 if results differ."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--datasets", type=int, nargs="+", default=[1000, 10_000])
    parser.add_argument("--no-publish", action="store_true", help="only the writing")
    arguments = parser.parse_args()
    print(f"{os.cpu_count()} cores; all seconds are CPU seconds of this process")
    right, stages = True, Stages()
    for count in sorted(arguments.datasets):
        made = records(count)
        with tempfile.TemporaryDirectory() as folder:
            right = writing(made, Path(folder)) and right
            if not arguments.no_publish:
                right = publishing(made, Path(folder), stages) and right
    print(f"peak memory of the whole {peak()} MB")
    return 0 if right else 1


if __name__ == "__main__":
    sys.exit(main())
