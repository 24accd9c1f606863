"""Two catalogues of 137 and 100 datasets, three of them changed: only what shows them is written."""

import re
from datetime import timedelta

from tests.site.conftest import NOW, Site, record, text

from datenernte_dcat.feeds.documents import FORMATS
from datenernte_dcat.site.dataset_files import FORMATS as DATASET_FORMATS

CHANGED = ("a003", "a070", "a136")
"""Two datasets of the first feed page and one of the second; the third page has none."""


def inodes(site: Site) -> dict[str, tuple[int, int]]:
    root = site.output.resolve()
    return {
        str(path.relative_to(root)): (status.st_ino, status.st_mtime_ns)
        for path in sorted(root.rglob("*"))
        for status in (path.stat(),)
        if path.is_file()
    }


def republished(site: Site) -> set[str]:
    """Paths of the files that are new after three of 237 datasets changed."""
    first = [record(f"a{number:03}", portal="koeln") for number in range(137)]
    second = [
        record(f"b{number:03}", portal="rostock", municipality="09162001") for number in range(100)
    ]
    site.harvest([*first, *second])
    site.publish()
    before = inodes(site)
    later = NOW + timedelta(days=1)
    changed = [
        record(name, portal="koeln", changed_at=later, title=(text(f"Neuer Name von {name}"),))
        for name in CHANGED
    ]
    site.harvest(
        [*changed, *(one for one in [*first, *second] if one.source_identifier not in CHANGED)]
    )
    publication = site.publish()
    after = inodes(site)
    found = {path for path in after if before.get(path) != after[path]}
    assert publication.datasets == 237
    assert publication.files_written == len(found)
    assert before.keys() <= after.keys()
    return found


def test_only_touched_pages_dataset_files_and_dumps_are_written(site: Site) -> None:
    rewritten = republished(site)
    ids = [record(name, portal="koeln").id for name in CHANGED]
    dataset_files = {f"datasets/{one}.{form}" for one in ids for form in DATASET_FORMATS}
    pages = {
        f"{feed}.{form}"
        for feed in (
            "catalog",
            "catalog/page-2",
            "eu/catalog",
            "eu/catalog/page-2",
            "municipalities/09162000/catalog",
            "municipalities/09162000/catalog/page-2",
        )
        for form in FORMATS
    }
    dumps = {
        f"{prefix}catalog-full.{form}{ending}"
        for prefix in ("", "eu/")
        for form in FORMATS
        for ending in ("", ".gz", ".sha256", ".gz.sha256")
    }
    rdf = {path for path in rewritten if re.search(r"\.(rdf|ttl|nt|jsonld)(\.|$)", path)}
    assert {path for path in rdf if not path.startswith("ldes/")} == dataset_files | pages | dumps
    assert {path for path in rewritten if re.fullmatch(r"datasets/[^/]{36}/index\.html", path)} == {
        f"datasets/{one}/index.html" for one in ids
    }

    assert not [path for path in rewritten if path.startswith("municipalities/09162001/")]
    assert not [path for path in rewritten if "page-3" in path]
    unchanged = {"style.css", "feeds/index.html", "void.ttl", "quality.ttl", "quality.json"}
    assert unchanged.isdisjoint(rewritten)
