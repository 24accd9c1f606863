"""A portal that publishes a paged DCAT feed, as RDF/XML with CKAN's hydra terms.

The XML is put together from strings on purpose: a hostile portal writes what no serialiser would.
"""

from collections.abc import Callable, Sequence
from xml.sax.saxutils import escape, quoteattr

from datenernte_harvester.simulator.catalogue import SimulatedDataset, SimulatedFile
from datenernte_harvester.simulator.ckan import file_answer
from datenernte_harvester.simulator.server import NOT_FOUND, Answer, Request, Site

PAGE_SIZE = 10
"""Datasets on a page."""

_PROLOGUE = """<?xml version="1.0" encoding="UTF-8"?>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
  xmlns:dcat="http://www.w3.org/ns/dcat#" xmlns:dct="http://purl.org/dc/terms/"
  xmlns:foaf="http://xmlns.com/foaf/0.1/" xmlns:vcard="http://www.w3.org/2006/vcard/ns#"
  xmlns:hydra="http://www.w3.org/ns/hydra/core#" xmlns:dcatde="http://dcat-ap.de/def/dcatde/">
"""
_LICENSES = {
    "dl-de-by-2.0": "http://dcat-ap.de/def/licenses/dl-by-de/2.0",
    "dl-de-zero-2.0": "http://dcat-ap.de/def/licenses/dl-zero-de/2.0",
    "cc-by-4.0": "http://dcat-ap.de/def/licenses/cc-by/4.0",
    "cc-zero": "http://dcat-ap.de/def/licenses/cc-zero",
}
_FILE_TYPES = "http://publications.europa.eu/resource/authority/file-type/"
_THEMES = "http://publications.europa.eu/resource/authority/data-theme/"
_DATE = "http://www.w3.org/2001/XMLSchema#dateTime"
_KEYS = "http://dcat-ap.de/def/politicalGeocoding/"

Writer = Callable[[SimulatedDataset, str], str]
"""Writes one dataset's RDF/XML, given the portal's base URL."""


def dcat_site(
    title: str,
    key: str,
    datasets: Sequence[SimulatedDataset],
    *,
    write: Writer | None = None,
    page_size: int = PAGE_SIZE,
) -> Site:
    """A DCAT feed at `/catalog.rdf` with `?page=N`, and the files behind it.

    Args:
        key: AGS of the municipality.
        write: how a dataset is written; None means faultlessly.
    """
    by_name = {file.name: file for dataset in datasets for file in dataset.files}
    writer = write or dataset_xml(title, key)
    pages = max(1, -(-len(datasets) // page_size))

    def site(request: Request) -> Answer:
        if request.path == "/catalog.rdf":
            number = request.query.get("page", "1")
            page = int(number) if number.isdecimal() and 1 <= int(number) <= pages else None
            if page is None:
                return NOT_FOUND
            shown = datasets[(page - 1) * page_size :][:page_size]
            body = "".join(
                [
                    _PROLOGUE,
                    _hydra(request.base, page, pages, len(datasets), page_size),
                    catalog_xml(title, [iri(request.base, item) for item in shown], request.base),
                    *(writer(item, request.base) for item in shown),
                    "</rdf:RDF>\n",
                ]
            )
            return Answer(
                content_type="application/rdf+xml; charset=utf-8",
                body=body.encode("utf-8", "surrogatepass"),
            )
        if request.path.startswith("/dateien/"):
            return file_answer(by_name.get(request.path.removeprefix("/dateien/")))
        return NOT_FOUND

    return site


def iri(base: str, dataset: SimulatedDataset) -> str:
    """The dataset's own IRI; loopback, so no catalogue may take it over."""
    return f"{base}/dataset/{dataset.id}"


def catalog_xml(title: str, members: Sequence[str], base: str) -> str:
    """The catalogue node with its members."""
    links = "".join(f"    <dcat:dataset rdf:resource={quoteattr(m)}/>\n" for m in members)
    return (
        f"  <dcat:Catalog rdf:about={quoteattr(base + '/')}>\n"
        f"    <dct:title>{escape(title)}</dct:title>\n{links}  </dcat:Catalog>\n"
    )


def _hydra(base: str, page: int, pages: int, total: int, page_size: int) -> str:
    lines = [
        f"    <hydra:totalItems>{total}</hydra:totalItems>",
        f"    <hydra:itemsPerPage>{page_size}</hydra:itemsPerPage>",
        f"    <hydra:firstPage>{base}/catalog.rdf?page=1</hydra:firstPage>",
        f"    <hydra:lastPage>{base}/catalog.rdf?page={pages}</hydra:lastPage>",
    ]
    if page < pages:
        lines.append(f"    <hydra:nextPage>{base}/catalog.rdf?page={page + 1}</hydra:nextPage>")
    about = quoteattr(f"{base}/catalog.rdf?page={page}")
    return (
        f"  <hydra:PagedCollection rdf:about={about}>\n"
        + "\n".join(lines)
        + "\n  </hydra:PagedCollection>\n"
    )


def dataset_xml(
    title: str, key: str, *, with_license: bool = True, german_dates: bool = False
) -> Writer:
    """A writer of ordinary datasets.

    Args:
        with_license: False forgets every licence.
        german_dates: True writes 31.12.2024 as text where a date belongs.
    """

    def write(dataset: SimulatedDataset, base: str) -> str:
        about = quoteattr(iri(base, dataset))
        return (
            f"  <dcat:Dataset rdf:about={about}>\n"
            f"    <dct:title xml:lang='de'>{escape(dataset.title)}</dct:title>\n"
            f"    <dct:description xml:lang='de'>{escape(dataset.description)}</dct:description>\n"
            f"    <dct:identifier>{dataset.id}</dct:identifier>\n"
            + _date("issued", dataset.issued, german_dates)
            + _date("modified", dataset.modified, german_dates)
            + f"    <dcat:theme rdf:resource='{_THEMES}{dataset.theme}'/>\n"
            + "".join(f"    <dcat:keyword>{escape(k)}</dcat:keyword>\n" for k in dataset.keywords)
            + "    <dcatde:politicalGeocodingURI "
            f"rdf:resource='{_KEYS}municipalityKey/{key}'/>\n"
            + f"    <dct:publisher><foaf:Organization rdf:about='{base}/verwaltung'>"
            f"<foaf:name>{escape(title)}</foaf:name></foaf:Organization></dct:publisher>\n"
            + "    <dcat:contactPoint><vcard:Organization>"
            f"<vcard:fn>{escape(title)}</vcard:fn>"
            "<vcard:hasEmail rdf:resource='mailto:opendata@gemeinde.example'/>"
            "</vcard:Organization></dcat:contactPoint>\n"
            + "".join(
                _distribution(dataset, file, base, with_license=with_license)
                for file in dataset.files
            )
            + "  </dcat:Dataset>\n"
        )

    return write


def _date(name: str, value: str, german: bool) -> str:
    if german:
        return f"    <dct:{name}>{value[8:10]}.{value[5:7]}.{value[:4]}</dct:{name}>\n"
    return f"    <dct:{name} rdf:datatype='{_DATE}'>{value}</dct:{name}>\n"


def _distribution(
    dataset: SimulatedDataset, file: SimulatedFile, base: str, *, with_license: bool
) -> str:
    url = quoteattr(f"{base}/dateien/{file.name}")
    license_iri = _LICENSES.get(dataset.license or "") if with_license else None
    return (
        "    <dcat:distribution>"
        f"<dcat:Distribution rdf:about={quoteattr(iri(base, dataset) + '/' + file.name)}>\n"
        f"      <dct:title>{escape(file.name)}</dct:title>\n"
        f"      <dcat:accessURL rdf:resource={url}/>\n"
        f"      <dcat:downloadURL rdf:resource={url}/>\n"
        f"      <dct:format rdf:resource='{_FILE_TYPES}{file.format}'/>\n"
        + (f"      <dct:license rdf:resource='{license_iri}'/>\n" if license_iri else "")
        + "    </dcat:Distribution></dcat:distribution>\n"
    )


def hostile_xml(title: str, key: str) -> Writer:
    """A writer that attacks whoever reads it; every third dataset is harmless."""
    harmless = dataset_xml(title, key)

    def write(dataset: SimulatedDataset, base: str) -> str:
        number = int(dataset.id[:8], 16) % len(_ATTACKS)
        plain = harmless(dataset, base)
        name = escape(dataset.title)
        return _ATTACKS[number](plain, name)

    return write


def _script(xml: str, name: str) -> str:
    attack = "&lt;script&gt;alert('Hallo')&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;"
    return xml.replace(name, f"{name} {attack}", 1)


def _bad_iri(xml: str, name: str) -> str:
    return xml.replace("/dateien/", "/dateien/mit leerzeichen und &quot;zitat&quot;/", 1)


def _javascript(xml: str, name: str) -> str:
    link = "    <dcat:landingPage rdf:resource='javascript:alert(1)'/>\n"
    return xml.replace("    <dct:identifier>", f"{link}    <dct:identifier>", 1)


def _private_link(xml: str, name: str) -> str:
    link = "    <dcat:landingPage rdf:resource='http://169.254.169.254/latest/meta-data/'/>\n"
    return xml.replace("    <dct:identifier>", f"{link}    <dct:identifier>", 1)


def _no_title(xml: str, name: str) -> str:
    start, end = xml.find("    <dct:title"), xml.find("    <dct:description")
    return xml[:start] + xml[end:]


def _bidi(xml: str, name: str) -> str:
    return xml.replace(name, f"\u202e{name}\u202c\u200b", 1)


def _formula(xml: str, name: str) -> str:
    return xml.replace(name, f"=HYPERLINK(&quot;http://example.org&quot;;{name})", 1)


def _harmless(xml: str, name: str) -> str:
    return xml


_ATTACKS: tuple[Callable[[str, str], str], ...] = (
    _script,
    _bad_iri,
    _javascript,
    _private_link,
    _no_title,
    _bidi,
    _formula,
    _harmless,
    _harmless,
)
