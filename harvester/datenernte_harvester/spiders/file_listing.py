"""Folders on a web server (»web accessible folder«): the files that its listing names.

The portal's `url` is the folder, `https://daten.example/opendata/`; folders inside it are read,
too, nothing outside. Files with the same name but for the ending are one dataset; `.meta.json`
and ISO metadata (`.xml`) beside them describe it. Without such a description a dataset has no
title: a file name is none.
"""

import re
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import msgspec
from scrapy import Request
from scrapy.http import Response
from twisted.python.failure import Failure

from datenernte_dcat.errors import RecordError, SourceError, SourceIncomplete, SourceProtocolError
from datenernte_dcat.records import Dataset, Distribution, Literal, Reference, SourceRecord
from datenernte_dcat.texts import finding
from datenernte_harvester.crawl.record_isolation import FailedRecord
from datenernte_harvester.crawl.request_failure import source_error
from datenernte_harvester.sources.data_files import (
    DATA_ENDINGS,
    DOCUMENT_ENDINGS,
    SHAPEFILE_PARTS,
    FileName,
    by_stem,
    file_name,
    format_of,
)
from datenernte_harvester.sources.folder_listing import Entry, entries_of, is_listing
from datenernte_harvester.sources.iso19139 import read_iso
from datenernte_harvester.sources.iso_rights import rights_of
from datenernte_harvester.sources.json_values import literals, mapping, reference, whole_number
from datenernte_harvester.sources.named_fields import NamedFields, UnreadFields
from datenernte_harvester.sources.package_fields import (
    described_dataset,
    licenses_of,
    unknown_fields,
)
from datenernte_harvester.sources.probe import Answer, Probe
from datenernte_harvester.sources.source_spider import SourceSpider, json_body
from datenernte_harvester.sources.web_pages import is_same_site, page_of, web_page
from datenernte_harvester.sources.xml_elements import parse_xml

DEPTH_MAX = 10
"""Folders inside folders; a link of the file system that leads back makes them endless."""
METADATA_BYTES_MAX = 2_000_000
"""A larger XML file is data and no description of data."""
_FOLDERS_MAX = 5000
"""Requests, those for descriptions included."""
_NAMED_MAX = 20
_SIDECARS = (".meta.json", ".metadata.json")
_OF_THE_FOLDER = re.compile(
    r"(?:readme|liesmich|licen[cs]e|lizenz|index|datapackage|sitemap|robots)\b", re.IGNORECASE
)
"""Beginnings of the names of files that speak of the folder."""
_ONLY_PARTS = SHAPEFILE_PARTS - DATA_ENDINGS
_ISO_CONSTRAINTS = "identificationInfo/*/resourceConstraints/*"
_ISO_ROOTS = frozenset(("MD_Metadata", "MI_Metadata"))


class FileListingSpider(SourceSpider):
    """Reads the listing of a folder and of the folders inside it."""

    name = "file_listing"
    standard = "https://httpd.apache.org/docs/2.4/mod/mod_autoindex.html"
    pages_max = _FOLDERS_MAX

    def __init__(self, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.folder = folder_url(self.portal.url)
        self.not_taken: list[str] = []
        self.unread = UnreadFields()

    async def start(self) -> AsyncIterator[Request]:
        """Ask for the folder."""
        yield self.ask(self.folder, self.parse_folder, accept="text/html", depth=0)

    def parse_folder(
        self, response: Response, depth: int
    ) -> Iterator[SourceRecord | FailedRecord | Request]:
        """Yield the records of a folder's files, then the requests for the folders inside.

        Raises:
            SourceProtocolError: the page is no listing.
            SourceIncomplete: folders inside folders without end, or a folder that is elsewhere.
        """
        here = urlsplit(response.url)
        is_inside = here.path.startswith(urlsplit(self.folder).path)
        if not (is_inside and is_same_site(response.url, self.folder)):
            raise SourceIncomplete("paging-broken", f"Der Ordner führt zu {response.url}.")
        page = page_of(response)
        if not is_listing(page):
            raise SourceProtocolError(
                "portal-unexpected-answer", f"{response.url} ist kein Verzeichnis von Dateien."
            )
        entries = entries_of(page)
        yield from self._files([entry for entry in entries if not entry.is_folder], response.url)
        folders = [entry.url for entry in entries if entry.is_folder]
        if folders and depth >= DEPTH_MAX:
            raise SourceIncomplete("paging-endless", f"mehr als {DEPTH_MAX} Ordner ineinander")
        for url in folders:
            if self.is_full():
                return
            yield self.ask(url, self.parse_folder, accept="text/html", depth=depth + 1)

    def _files(
        self, files: Sequence[Entry], folder: str
    ) -> Iterator[SourceRecord | FailedRecord | Request]:
        """The records of a folder's files; for those with a description, the request for it."""
        described = {stem: file for file in files if (stem := _described_stem(file.url))}
        named = []
        for file in files:
            if _described_stem(file.url) is not None:
                continue
            name = file_name(file.url)
            if name is not None and name.ending in _ONLY_PARTS:
                continue  # of a shapefile, which the dataset names as one file
            if name is None or not _is_taken(name):
                self.not_taken.append(file.name)
                continue
            named.append((name.stem, file))
        stems = by_stem(named)
        for stem, group in list(stems.items()):
            # `baeume.shp.xml` describes `baeume.shp`, and with it the whole of »baeume«
            inner = file_name(stem)
            if inner is not None and inner.stem in stems and _is_xml(group):
                stems[inner.stem] += stems.pop(stem)
        for stem, group in stems.items():
            if self.is_full():
                return
            files_of_it = _whole(group)
            metadata = described.pop(stem, None) or _perhaps_metadata(files_of_it)
            if metadata is None:
                read = partial(dataset_from_file_listing, stem, files_of_it, folder)
                yield from self.record(stem, read)
                continue
            yield self.ask(
                metadata.url,
                self.parse_description,
                unanswered=partial(self.fail_record, stem=stem, url=metadata.url),
                stem=stem,
                files=files_of_it,
                folder=folder,
            )
        self.not_taken += [file.name for file in described.values()]

    def parse_description(
        self, response: Response, stem: str, files: Sequence[Entry], folder: str
    ) -> Iterator[SourceRecord | FailedRecord]:
        """Yield the record of files that a document beside them describes."""
        yield from self.record(stem, partial(self._described, response, stem, files, folder))

    def fail_record(self, failure: Failure, stem: str, url: str) -> Iterator[FailedRecord]:
        """What becomes of a dataset whose description does not answer: its older version stays."""
        detail = "keine Antwort" if failure.value is None else str(source_error(failure.value))

        def read() -> SourceRecord:
            raise RecordError(f"Die Beschreibung {url} kam nicht an: {detail}")

        for made in self.record(stem, read):
            assert isinstance(made, FailedRecord)  # noqa: S101 - `read` makes nothing else
            yield made

    def _described(
        self, response: Response, stem: str, files: Sequence[Entry], folder: str
    ) -> SourceRecord:
        """The record, with what the document beside the files says of them.

        Raises:
            RecordError: the document cannot be read.
        """
        is_package = _described_stem(response.url) is not None
        words: FileWords | None = None
        unread: set[str] = set()
        try:
            words, unread = (_package_words if is_package else _iso_words)(response)
        except SourceError as error:
            if is_package or error.code != "portal-not-xml":
                raise RecordError(
                    f"Die Beschreibung {response.url} ist nicht lesbar: {error}"
                ) from error
        self.unread.add(unread)
        data = [file for file in files if words is None or file.url != response.url]
        return dataset_from_file_listing(stem, data, folder, words)

    def finish(self) -> None:
        """Report the files that are no data, and the fields that nobody has mapped yet."""
        super().finish()
        if self.not_taken:
            shown = ", ".join(sorted(self.not_taken)[:_NAMED_MAX])
            self.outcome.note(
                finding(
                    "files-not-taken",
                    subject=self.portal.url,
                    value=shown,
                    number=len(self.not_taken),
                )
            )
        self.unread.note(self.outcome, self.portal.url, self.standard)


class FileWords(NamedTuple):
    """What a document beside the files says of them."""

    dataset: Dataset
    """Its own distributions are files elsewhere."""
    url: str
    license: Reference | None = None
    rights: Reference | None = None
    attribution: tuple[Literal, ...] = ()
    changed_at: datetime | None = None


def dataset_from_file_listing(
    stem: str, files: Sequence[Entry], folder: str, words: FileWords | None = None
) -> SourceRecord:
    """The record of the files of one name.

    Args:
        stem: address of the files without ending.
        folder: URL of the listing.
        words: from a document beside the files.

    Source: https://httpd.apache.org/docs/2.4/mod/mod_autoindex.html
    """
    words = words or FileWords(Dataset(), folder)
    dataset = words.dataset
    own = tuple(_distribution(file, words) for file in files)
    here = {place for one in own for place in one.access_url}
    elsewhere = tuple(
        one
        for one in dataset.distribution
        if not here.intersection((*one.access_url, *one.download_url))
    )
    return SourceRecord(
        source_identifier=stem,
        dataset=msgspec.structs.replace(dataset, distribution=(*own, *elsewhere)),
        source_url=words.url,
        changed_at=words.changed_at,
    )


def folder_url(url: str) -> str:
    """The folder that a portal's URL means, with the slash that its links need."""
    parts = urlsplit(url)
    path = parts.path if parts.path.endswith("/") else f"{parts.path}/"
    return parts._replace(path=path, query="", fragment="").geturl()


def _distribution(file: Entry, words: FileWords) -> Distribution:
    name = file_name(file.url)
    place = (Reference(uri=file.url),)
    return Distribution(
        access_url=place,
        download_url=place,
        title=(Literal(value=file.name),),
        format=None if name is None else format_of(name.ending),
        media_type=reference(file.media_type),
        byte_size=whole_number(file.size),
        modified=file.modified,
        license=words.license,
        license_attribution_by_text=words.attribution,
        rights=words.rights,
    )


def _described_stem(url: str) -> str | None:
    """The stem that a `.meta.json` belongs to; None for every other file."""
    ending = next((ending for ending in _SIDECARS if url.lower().endswith(ending)), None)
    if ending is None:
        return None
    own = url[: -len(ending)]
    inner = file_name(own)  # `baeume.csv.meta.json` is that of `baeume`, too
    return own if inner is None or inner.ending not in DATA_ENDINGS else inner.stem


def _whole(files: Sequence[Entry]) -> list[Entry]:
    """The files of one stem, without the parts of a shapefile where there is one."""
    kinds = [(file, found.ending if (found := file_name(file.url)) else "") for file in files]
    has_shapes = any(ending == "shp" for _, ending in kinds)
    return [file for file, ending in kinds if not (has_shapes and ending in SHAPEFILE_PARTS)]


def _is_taken(name: FileName) -> bool:
    """Whether a file is data or a document; what only speaks of the folder is neither."""
    is_known = name.ending in DATA_ENDINGS | DOCUMENT_ENDINGS
    return is_known and _OF_THE_FOLDER.match(name.name) is None


def _is_xml(files: Sequence[Entry]) -> bool:
    return all(file.url.lower().endswith(".xml") for file in files)


def _perhaps_metadata(files: Sequence[Entry]) -> Entry | None:
    """The XML file beside others that may describe them; only its content tells."""
    if _is_xml(files):
        return None
    for file in files:
        is_small = file.size is None or int(file.size) <= METADATA_BYTES_MAX
        if file.url.lower().endswith(".xml") and is_small:
            return file
    return None


def _package_words(response: Response) -> tuple[FileWords | None, set[str]]:
    """What a `.meta.json` says in the vocabulary of Data Package, and its unknown fields."""
    fields = mapping(json_body(response))
    licenses = licenses_of(NamedFields(fields))
    more = [one.uri or (one.label.value if one.label else "") for one in licenses[1:]]
    words = FileWords(
        dataset=Dataset(
            **described_dataset(fields, response.url),
            identifier=literals(fields.get("id") or fields.get("identifier")),
        ),
        url=response.url,
        license=licenses[0] if licenses else None,
        rights=reference("\n".join(more)),
    )
    # `resources` as if there were one: the licence is that of the files of the folder
    unread = unknown_fields({**fields, "resources": [{"path": "x"}]})
    return words, unread - {"identifier"}


def _iso_words(response: Response) -> tuple[FileWords | None, set[str]]:
    """What ISO metadata say, and what of them has no place; None for XML of another kind.

    Raises:
        SourceProtocolError: it is no XML, or must not be read.
    """
    root, _ = parse_xml(response.body)
    if root.name not in _ISO_ROOTS:
        return None, set()
    rights = rights_of(root.all(_ISO_CONSTRAINTS))
    reading = read_iso(root.as_root())
    words = FileWords(
        dataset=reading.dataset,
        url=response.url,
        license=rights.license,
        rights=rights.rights,
        attribution=rights.attribution,
        changed_at=reading.changed_at,
    )
    # the constraints are read above: they hold for the files of the folder
    own = "identificationInfo/resourceConstraints"
    return words, {path for path in reading.unread if not path.startswith(own)}


def _listing(body: bytes, url: str) -> Answer | None:
    try:
        page = web_page(body, url)
    except SourceError:
        return None
    if not is_listing(page):
        return None
    entries = entries_of(page)
    names = [(file_name(entry.url), entry.is_folder) for entry in entries]
    stems = {
        name.stem
        for name, is_folder in names
        if name is not None and not is_folder and _is_taken(name)
    }
    is_all = not any(entry.is_folder for entry in entries)
    return Answer("Verzeichnis von Dateien", datasets=len(stems) if is_all else None)


PROBE = Probe(
    rank=85,
    addresses=lambda url: (folder_url(url) if urlsplit(url).path else url,),
    read=_listing,
    portal_url=lambda given, _answered: folder_url(given),
)
