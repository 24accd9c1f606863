"""The checks of each distribution: links, formats, licences, and what the server delivers."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from datenernte_dcat.records import Distribution, Reference
from datenernte_dcat.vocabulary import (
    file_type_for,
    license_is_open,
    media_type_iri,
    vocabulary,
)
from datenernte_validators.scores.kommunal.content import UNSEEN, FileJudgement, judge_file
from datenernte_validators.scores.kommunal.evidence import (
    DatasetEvidence,
    FileEvidence,
    LinkEvidence,
    is_dead,
    reachability,
)
from datenernte_validators.scores.kommunal.method import (
    NOT_APPLICABLE,
    ONE,
    UNKNOWN,
    method,
)
from datenernte_validators.scores.kommunal.own_checks import FULL, HALF, Judgement, text_of

_CHARSET = re.compile(r"charset\s*=", re.IGNORECASE)
_GENERIC = frozenset({"application/octet-stream", "binary/octet-stream", "application/x-download"})
_TEXT = "text/plain"
_SIZE = re.compile(r"\+?([0-9]{1,15})(?:\.[0-9]{1,9})?(?:[eE]0?)?", re.ASCII)


@dataclass(frozen=True, kw_only=True, slots=True)
class File:
    """One distribution with what is known of it; what several checks ask is computed once."""

    distribution: Distribution
    as_of: date
    access: LinkEvidence | None
    """The best of the access URLs."""
    direct: LinkEvidence | None
    """The best of the download URLs, else of the service's."""
    has_direct: bool
    """Whether there is a download URL or a service."""
    access_p: int
    direct_p: int
    declared: str | None
    """Code of the stated format, else of the stated media type."""
    delivered: str | None
    """Code of what arrived, as far as it could be told."""
    content: FileEvidence | None
    data: FileJudgement

    @property
    def judged(self) -> LinkEvidence | None:
        """The link that leads to the data."""
        return self.direct if self.has_direct else self.access

    @property
    def is_dead(self) -> bool:
        """Whether its download (else access) URL counts as broken, or there is none."""
        if not (self.distribution.download_url or self.distribution.access_url):
            return not self.has_direct
        return is_dead(self.direct_p if self.distribution.download_url else self.access_p)

    @property
    def is_machine_readable(self) -> bool:
        """Whether its format is one that programs read."""
        return (self.delivered or self.declared) in method().formats.machine_readable


def data_files(evidence: DatasetEvidence, as_of: date) -> list[tuple[int, File]]:
    """The distributions that hold data, with their positions; documentation is left out.

    A distribution that only looks like documentation counts as data where there is nothing else.
    """
    files = [
        (position, _file(evidence, position, distribution, as_of))
        for position, distribution in enumerate(evidence.dataset.distribution)
    ]
    pages = {text_of(page) for page in evidence.dataset.page}
    data = [(position, file) for position, file in files if not _is_documentation(file, pages)]
    return data or files


def judge_distribution(file: File) -> dict[str, Judgement]:
    """The judgements of all checks of one distribution, by check id."""
    return {check: rule(file) for check, rule in RULES.items()}


def stem_of(file: File) -> str:
    """What the formats of one content have in common: the file's name without its ending."""
    url = _url(file)
    path = PurePosixPath(unquote(urlsplit(url).path))
    name = path.name
    while (suffix := PurePosixPath(name).suffix) and _code_of_ending(suffix[1:]):
        name = PurePosixPath(name).stem
    return name.casefold() or url


def _url(file: File) -> str:
    own = file.distribution
    return next((u for r in (*own.download_url, *own.access_url) if (u := text_of(r))), "")


def _file(
    evidence: DatasetEvidence, position: int, distribution: Distribution, as_of: date
) -> File:
    def best(references: tuple[Reference, ...]) -> tuple[LinkEvidence | None, int]:
        """The link that answers best; unknown ones are better than dead ones."""
        found: list[tuple[int, LinkEvidence | None]] = []
        for url in dict.fromkeys(text_of(reference) for reference in references):
            link = evidence.links.get(url)
            found.append((reachability(link, as_of), link))
        if not found:
            return None, 0
        ranked = max(found, key=lambda pair: HALF - 1 if pair[0] == UNKNOWN else pair[0])
        return ranked[1], ranked[0]

    declared = _declared(distribution)
    endpoints = tuple(url for one in distribution.access_service for url in one.endpoint_url)
    is_service = declared in method().formats.services and bool(distribution.access_url)
    access, access_p = best(distribution.access_url)
    if distribution.download_url:
        direct, direct_p = best(distribution.download_url)
    elif endpoints and any(text_of(url) in evidence.links for url in endpoints):
        direct, direct_p = best(endpoints)
    elif endpoints or is_service:
        direct, direct_p = access, access_p
    else:
        direct, direct_p = None, 0
    content = evidence.files.get(evidence.file_urls.get(position, ""))
    link = direct if distribution.download_url or endpoints or is_service else access
    delivered = _delivered(content, link)
    media_type = text_of(distribution.media_type)
    return File(
        distribution=distribution,
        as_of=as_of,
        access=access,
        direct=direct,
        has_direct=bool(distribution.download_url or endpoints or is_service),
        access_p=access_p,
        direct_p=direct_p,
        declared=declared,
        delivered=delivered,
        content=content,
        data=judge_file(content, bool(_CHARSET.search(media_type))) if content else UNSEEN,
    )


def _is_documentation(file: File, pages: set[str]) -> bool:
    own = file.distribution
    urls = {text_of(reference) for reference in (*own.download_url, *own.access_url)}
    if urls & pages:
        return True
    if file.declared not in method().formats.documents:
        return False
    names = [title.value.casefold() for title in own.title] + [stem_of(file)]
    return any(word in name for word in method().words.documentation for name in names)


def _declared(distribution: Distribution) -> str | None:
    """The code of the stated format, else of the stated media type."""
    types = vocabulary("file_types")
    stated = distribution.format
    for reference, as_media_type in ((stated, False), (distribution.media_type, True)):
        text = text_of(reference)
        if not text:
            continue
        if text in types.iris:
            return types.code(text)
        found = file_type_for(media_type=text) if as_media_type else file_type_for(text=text)
        if found is not None:
            return types.code(found)
    return None


def _delivered(content: FileEvidence | None, link: LinkEvidence | None) -> str | None:
    """The code of what arrived: what the file is, else what the server calls it."""
    if content is not None and content.report is not None:
        found = content.report.get("format")
        if isinstance(found, str) and (code := _code_of_ending(found)) is not None:
            return code
    if link is None or link.outcome != "ok" or not link.content_type:
        return None
    if link.content_type in _GENERIC or link.content_type == _TEXT:
        return None
    iri = file_type_for(media_type=link.content_type)
    return None if iri is None else vocabulary("file_types").code(iri)


def _code_of_ending(ending: str) -> str | None:
    iri = file_type_for(extension=ending)
    return None if iri is None else vocabulary("file_types").code(iri)


def agreement(declared: str, delivered: str) -> int:
    """How well what arrived keeps what was stated: 1, a half, or 0."""
    current = method()
    if declared == delivered:
        return ONE
    if declared in current.families.get(delivered, ()) or delivered in current.families.get(
        declared, ()
    ):
        return ONE
    if {declared, delivered} <= current.formats.pages:
        return ONE
    return HALF if declared in current.minor.get(delivered, ()) else 0


def _reach(p: int, link: LinkEvidence | None) -> Judgement:
    if p in (ONE, UNKNOWN):
        return Judgement(p)
    words = link.words if link is not None else "nicht geprüft"
    if is_dead(p):
        return Judgement(p, "dead", words)
    blocked = link is not None and link.outcome == "blocked"
    return Judgement(p, "blocked" if blocked else "flaky", words)


def _access(file: File) -> Judgement:
    if not file.distribution.access_url:
        return Judgement(0, "missing")
    return _reach(file.access_p, file.access)


def _is_direct(file: File) -> Judgement:
    return FULL if file.has_direct else Judgement(0, "missing")


def _download(file: File) -> Judgement:
    # Without a direct way the points are lost over A2, which is the fault that can be mended.
    return _reach(file.direct_p, file.direct) if file.has_direct else Judgement(0)


def _real_content(file: File) -> Judgement:
    link = file.judged
    if link is None or link.outcome != "ok":
        return Judgement(NOT_APPLICABLE)
    size = file.content.size if file.content is not None else link.content_length
    if size == 0:
        return Judgement(0, "empty")
    promises_data = file.declared is not None and file.declared not in method().formats.pages
    if file.has_direct and promises_data and link.content_type == "text/html":
        return Judgement(0, "page")
    return FULL


def _open_access(file: File) -> Judgement:
    link = file.judged
    url = _url(file)
    if link is not None:
        if (link.code or "").startswith("tls-"):
            return Judgement(0, "tls")
        if link.status in (401, 407):
            return Judgement(0, "login")
        url = link.final_url or link.url
    if not url.lower().startswith("https:"):
        return Judgement(0, "http")
    return FULL if link is not None and link.outcome == "ok" else Judgement(UNKNOWN)


def _machine_readable(file: File) -> Judgement:
    if not file.is_machine_readable:
        return Judgement(0, "format", file.delivered or file.declared or "ohne Angabe")
    if file.delivered is None:
        return Judgement(ONE * 7 // 10, "unconfirmed")
    return FULL


def _open_format(file: File) -> Judgement:
    code = file.delivered or file.declared
    if code in method().formats.open or file.declared in method().formats.open:
        return FULL
    return Judgement(0, "format", code or "ohne Angabe")


def _format_iri(file: File) -> Judgement:
    stated = file.distribution.format
    if stated is None or not text_of(stated):
        return Judgement(0, "missing")
    if stated.uri is not None and stated.uri in vocabulary("file_types").iris:
        return FULL
    return Judgement(0, "text", text_of(stated))


def _media_type(file: File) -> Judgement:
    stated = text_of(file.distribution.media_type)
    if not stated:
        return Judgement(0, "missing")
    return FULL if media_type_iri(stated) is not None else Judgement(0, "unknown", stated)


def _kept_promise(file: File) -> Judgement:
    declared = file.declared
    if declared is None:
        return Judgement(0, "nothing")
    evidence = list(_signs(file))
    if not any(arrived for _, _, arrived in evidence):
        return Judgement(UNKNOWN)
    worst, words, _ = min(evidence, key=lambda one: one[0])
    if worst == ONE:
        return FULL
    return Judgement(worst, "minor" if worst else "conflict", words)


def _signs(file: File) -> Iterator[tuple[int, str, bool]]:
    """How each sign agrees with the stated format, with words, and whether it arrived."""
    declared = file.declared or ""
    media_type = text_of(file.distribution.media_type)
    types = vocabulary("file_types")
    if media_type and (iri := file_type_for(media_type=media_type)) is not None:
        code = types.code(iri)
        yield agreement(declared, code), f"angegeben {declared} und {media_type}", False
    if file.delivered is not None:
        words = f"angegeben {declared}, geliefert {file.delivered}"
        yield agreement(declared, file.delivered), words, True
    link = file.judged
    if link is None or link.outcome != "ok" or not link.content_type:
        return
    if link.content_type in _GENERIC:
        if file.delivered is None:
            return
        yield HALF, f"angegeben {declared}, der Server nennt {link.content_type}", True
    elif (iri := file_type_for(media_type=link.content_type)) is not None:
        words = f"angegeben {declared}, der Server nennt {link.content_type}"
        agreed = agreement(declared, types.code(iri))
        # The bytes themselves decide; a wrong word of the server is then a small deviation.
        is_seen = file.content is not None and file.content.report is not None
        yield max(agreed, HALF) if is_seen and file.delivered == declared else agreed, words, True
    ending = PurePosixPath(urlsplit(_url(file)).path).suffix
    code_of_name = _code_of_ending(ending[1:]) if ending else None
    if code_of_name is not None:
        words = f"angegeben {declared}, Endung {ending}"
        yield max(agreement(declared, code_of_name), HALF), words, False


def _license(file: File) -> Judgement:
    return FULL if text_of(file.distribution.license) else Judgement(0, "missing")


def _listed_license(file: File) -> Judgement:
    stated = file.distribution.license
    text = text_of(stated)
    if stated is None or not text:
        return Judgement(0, "missing")
    if stated.uri is None:
        return Judgement(0, "text", text)
    listed = any(vocabulary(name).has(stated.uri) for name in ("licenses", "eu_licences"))
    return FULL if listed else Judgement(0, "other", text)


def _open_license(file: File) -> Judgement:
    stated = file.distribution.license
    text = text_of(stated)
    if stated is None or not text:
        return Judgement(0, "missing")
    is_open = license_is_open(stated.uri) if stated.uri is not None else None
    if is_open:
        return FULL
    return Judgement(0, "unclear" if is_open is None else "closed", text)


def license_code(distribution: Distribution) -> str | None:
    """The code of the licence in the list of DCAT-AP.de; EU licences by their counterpart."""
    uri = distribution.license.uri if distribution.license is not None else None
    if uri is None:
        return None
    found = vocabulary("licenses").find(uri)
    return None if found is None else vocabulary("licenses").code(found)


def _attribution(file: File) -> Judgement:
    code = license_code(file.distribution)
    if code is None or code in method().licences.without_attribution:
        return Judgement(NOT_APPLICABLE)
    texts = file.distribution.license_attribution_by_text
    return FULL if any(text.value.strip() for text in texts) else Judgement(0, "missing")


def _size(file: File) -> Judgement:
    stated = file.distribution.byte_size
    if stated is None or not stated.value.strip():
        return Judgement(0, "missing")
    number = _SIZE.fullmatch(stated.value.strip())
    size = int(number[1]) if number else 0
    if not size:
        return Judgement(0, "invalid", stated.value)
    link = file.judged
    delivered = file.content.size if file.content is not None else None
    if delivered is None and link is not None and link.outcome == "ok":
        delivered = link.content_length
    if not delivered:
        return Judgement(HALF, "unconfirmed")
    within = abs(size - delivered) <= delivered * Fraction(method().numbers.size_tolerance)
    return FULL if within else Judgement(0, "wrong")


def _availability(file: File) -> Judgement:
    stated = text_of(file.distribution.availability)
    if not stated:
        return Judgement(0, "missing")
    known = vocabulary("planned_availability").has(stated)
    return FULL if known else Judgement(0, "other", stated)


RULES: dict[str, Callable[[File], Judgement]] = {
    "A1": _access,
    "A2": _is_direct,
    "A3": _download,
    "A4": _real_content,
    "A5": _open_access,
    "I1": _machine_readable,
    "I2": _open_format,
    "I3": _format_iri,
    "I4": _media_type,
    "I5": _kept_promise,
    "R1": _license,
    "R2": _listed_license,
    "R3": _open_license,
    "R4": _attribution,
    "C3": _size,
    "C5": _availability,
}
"""Check id → rule, in the order of the method."""
