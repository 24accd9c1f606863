"""The faces of a simulated catalogue: one set of datasets, shown in each protocol.

A face is a function that makes a website of datasets. Faults that concern what a catalogue holds
(and not how it answers) change the datasets and show them with the same face.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from datenernte_harvester.simulator.catalogue import SimulatedDataset
from datenernte_harvester.simulator.ckan import ckan_site
from datenernte_harvester.simulator.csw import csw_site
from datenernte_harvester.simulator.dcat import dcat_site
from datenernte_harvester.simulator.html_pages import data_package_site
from datenernte_harvester.simulator.oai_pmh import oai_pmh_site
from datenernte_harvester.simulator.ogc_records import ogc_records_site
from datenernte_harvester.simulator.schema_org import schema_org_site
from datenernte_harvester.simulator.server import Answer, Request, Site
from datenernte_harvester.simulator.visits import Visits, is_catalogue, is_first_page

Datasets = tuple[SimulatedDataset, ...]
Change = Callable[[Datasets, int, bool], Datasets]
"""From what a catalogue holds, the number of the visit and whether the first page is asked for
to what it shows."""
Show = Callable[[Sequence[SimulatedDataset]], Site]
"""Makes a website of datasets."""


@dataclass(frozen=True)
class CatalogueSite:
    """A site that still knows what it shows, and how."""

    show: Show
    datasets: Datasets
    changes: tuple[Change, ...] = ()
    """What happens to the datasets before they are shown; the files behind them stay."""
    _visits: Visits = field(init=False, default_factory=Visits)
    _sites: dict[Datasets, Site] = field(init=False, default_factory=dict)

    def __call__(self, request: Request) -> Answer:
        """Answer as the site does."""
        if not self.changes:
            return self._site(self.datasets)(request)
        first = is_first_page(request)
        if is_catalogue(request):
            return self._site(self._held(self._visits.count(request), first))(request)
        answer = self._site(self.datasets)(request)
        # else perhaps a file that only the changed catalogue knows
        return answer if answer.status != 404 else self._site(self._held(1, first))(request)

    def _held(self, visit: int, first: bool) -> Datasets:
        held = self.datasets
        for change in self.changes:
            held = change(held, visit, first)
        return held

    def _site(self, held: Datasets) -> Site:
        if held not in self._sites:
            self._sites[held] = self.show(held)
        return self._sites[held]


@dataclass(frozen=True, kw_only=True, slots=True)
class Face:
    """How a catalogue is shown in one protocol."""

    path: str
    """Of the harvested URL below the server's base."""
    media: str
    """What the catalogue's answers are: json, xml or html."""
    whole: bool = True
    """Shows all that a dataset has; else faults of single datasets are not to be seen."""
    show: Callable[[str, str, Sequence[SimulatedDataset], int], Site]
    """From title and key of the municipality, datasets and page size to a site."""

    def site(
        self, title: str, key: str, datasets: Sequence[SimulatedDataset], page_size: int = 10
    ) -> CatalogueSite:
        """The site of the municipality with this title and key.

        Args:
            page_size: datasets on a page, where the protocol has pages.
        """
        return CatalogueSite(lambda shown: self.show(title, key, shown, page_size), tuple(datasets))


FACES: dict[str, Face] = {
    "ckan": Face(
        path="",
        media="json",
        show=lambda title, key, shown, size: ckan_site(title, key, shown, rows_max=size),
    ),
    "dcat_rdf": Face(
        path="/catalog.rdf",
        media="xml",
        show=lambda title, key, shown, size: dcat_site(title, key, shown, page_size=size),
    ),
    "csw": Face(
        path="/csw",
        media="xml",
        show=lambda title, key, shown, size: csw_site(title, key, shown, records_max=size),
    ),
    "ogc_records": Face(
        path="",
        media="json",
        show=lambda title, key, shown, size: ogc_records_site(title, key, shown, limit_max=size),
    ),
    "oai_pmh": Face(
        path="/oai",
        media="xml",
        show=lambda title, key, shown, size: oai_pmh_site(title, key, shown, page_size=size),
    ),
    "schema_org": Face(
        path="/",
        media="html",
        whole=False,
        show=lambda title, key, shown, size: schema_org_site(title, key, shown),
    ),
    "data_package": Face(
        path="/packages.json",
        media="json",
        whole=False,
        show=lambda title, key, shown, size: data_package_site(title, shown),
    ),
}
"""Source type → face."""
