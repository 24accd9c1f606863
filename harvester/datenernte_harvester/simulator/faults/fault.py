"""What a fault is, and what all of them are made of."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from datenernte_harvester.simulator.faces import FACES, CatalogueSite, Change
from datenernte_harvester.simulator.server import Answer, Request, Site
from datenernte_harvester.simulator.visits import Visits, is_catalogue, is_first_page

Spoil = Callable[[Request, Answer, int], Answer]
"""From a request, its sound answer and the number of the visit to what is sent."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Fault:
    """One way in which a portal goes wrong, and what must come of it."""

    id: str
    """Row of the fault catalogue, with a word for the variant behind it."""
    title: str
    """German, for the documentation and the demo."""
    spoil: Callable[[Site], Site]
    """From a sound site to the faulty one."""
    states: tuple[str, ...]
    """States that the portal may have then."""
    codes: tuple[str, ...] = ()
    """Reasons and finding codes of which one names the fault; none: it does no harm at all."""
    media: tuple[str, ...] = ("json", "xml", "html")
    """Catalogues of these kinds can show it."""
    source_types: tuple[str, ...] = ()
    """Only these can show it; none: all."""
    certificate: str = ""
    """What the server's certificate is, where that is the fault."""
    of_datasets: bool = False
    """Concerns what single datasets say of themselves."""
    of_files: bool = False
    """Concerns the files and not the catalogue, and is met where they are looked at anew."""

    def concerns(self, source_type: str) -> bool:
        """Whether a portal of this source type can show it."""
        face = FACES.get(source_type)
        return (
            face is not None
            and face.media in self.media
            and (not self.source_types or source_type in self.source_types)
            and (face.whole or not self.of_datasets)
        )


# The ways to spoil a site


def catalogue(spoil: Spoil) -> Callable[[Site], Site]:
    """A fault of the catalogue's answers."""

    def spoiled(site: Site) -> Site:
        visits = Visits()

        def faulty(request: Request) -> Answer:
            answer = site(request)
            if not is_catalogue(request):
                return answer
            return spoil(request, answer, visits.count(request))

        return faulty

    return spoiled


def later_pages(spoil: Spoil) -> Callable[[Site], Site]:
    """A fault of all pages but the first."""

    def only_later(request: Request, answer: Answer, visit: int) -> Answer:
        return answer if is_first_page(request) else spoil(request, answer, visit)

    return catalogue(only_later)


def content(change: Change) -> Callable[[Site], Site]:
    """A fault of what the catalogue holds; the site must be a `CatalogueSite`."""

    def spoiled(site: Site) -> Site:
        if not isinstance(site, CatalogueSite):
            raise TypeError("a fault of the content needs a CatalogueSite and stands nearest to it")
        return replace(site, changes=(*site.changes, change))

    return spoiled


# How to spoil an answer


def fixed(
    status: int = 200,
    body: bytes | None = None,
    content_type: str | None = None,
    headers: Sequence[tuple[str, str]] = (),
) -> Spoil:
    """Always this answer; None leaves what was there."""

    def spoil(request: Request, answer: Answer, visit: int) -> Answer:
        return replace(
            answer,
            status=status,
            body=answer.body if body is None else body,
            content_type=answer.content_type if content_type is None else content_type,
            headers=(*answer.headers, *headers),
        )

    return spoil


def body(change: Callable[[bytes], bytes]) -> Spoil:
    """The answer with another body."""

    def spoil(request: Request, answer: Answer, visit: int) -> Answer:
        return replace(answer, body=change(answer.body)) if answer.status == 200 else answer

    return spoil


def by_media(change: Mapping[str, bytes]) -> Spoil:
    """The body for the kind of answer: json, xml or html."""

    def spoil(request: Request, answer: Answer, visit: int) -> Answer:
        return replace(answer, body=change.get(media(answer), answer.body))

    return spoil


def media(answer: Answer) -> str:
    """What an answer is: json, xml, html or text."""
    return next((kind for kind in ("json", "xml", "html") if kind in answer.content_type), "text")
