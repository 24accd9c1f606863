"""From what is known of a dataset to its values and faults: all checks, each once."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from datenernte_dcat.records import Dataset
from datenernte_dcat.terms import is_web_iri
from datenernte_dcat.vocabulary import vocabulary
from datenernte_validators.scores.kommunal.content import PARTS, FileJudgement
from datenernte_validators.scores.kommunal.evidence import (
    DatasetEvidence,
    LinkEvidence,
    Violations,
)
from datenernte_validators.scores.kommunal.file_checks import (
    File,
    data_files,
    judge_distribution,
    license_code,
    stem_of,
)
from datenernte_validators.scores.kommunal.method import (
    ADD_FILE,
    NOT_APPLICABLE,
    ONE,
    UNKNOWN,
    method,
)
from datenernte_validators.scores.kommunal.own_checks import (
    Judgement,
    counted_rules,
    hvd_declared,
    judge_dataset,
    text_of,
)
from datenernte_validators.scores.kommunal.values import DatasetValues, Fault, FileValues

HVD_CHECKS = (
    "legislation",
    "file-legislation",
    "category",
    "api",
    "bulk",
    "licence",
    "contact",
    "page",
)
"""The eight equal checks of a high-value dataset: names of causes."""

_SHOWN_PROPERTIES = 5


def judge(
    evidence: DatasetEvidence, as_of: date, *, disputed_licence: bool = False
) -> tuple[DatasetValues, list[Fault]]:
    """The values of all checks of a dataset, and its faults in the order of the method.

    Args:
        disputed_licence: whether the licence that is disputed for high-value datasets counts.
    """
    current = method()
    own = judge_dataset(evidence, as_of)
    found = data_files(evidence, as_of)
    files, faults = [], list(_own_faults(evidence, own))
    names: set[str] = set()
    for position, file in found:
        judged = judge_distribution(file)
        node = _name(evidence, position, names)
        data = _data(file)
        files.append(
            FileValues(
                iri=node,
                stem=stem_of(file),
                values=tuple(judged[check].value for check in current.file_checks),
                data=data,
                parts=file.data.parts if data >= 0 else None,
                dead=file.is_dead,
                open=judged["R3"].value == ONE,
            )
        )
        faults += _file_faults(file, node, judged)
        faults += _data_faults(file, node, data)
    if not files:
        faults.append(Fault(check="A1", cause="no-data", mends=(ADD_FILE,)))
    elif all(one.data == NOT_APPLICABLE for one in files):
        faults.append(Fault(check="D", cause="none", mends=(ADD_FILE,)))
    hvd = _hvd(evidence, own, [file for _, file in found], disputed_licence)
    values = DatasetValues(
        own=tuple(own[check].value for check in current.own_checks),
        files=tuple(files),
        hvd=hvd,
    )
    for number, value in enumerate(hvd or ()):
        if value == 0:
            proof = {"kind": "duty", "subject": evidence.iri, "duty": HVD_CHECKS[number]}
            faults.append(Fault(check="H", cause=HVD_CHECKS[number], part=number, proof=proof))
    order = {check: number for number, check in enumerate(current.checks)}
    return values, sorted(faults, key=lambda fault: (order[fault.check], fault.file or ""))


def _name(evidence: DatasetEvidence, position: int, taken: set[str]) -> str:
    """The distribution's IRI; one without, or with that of another, is told by its position."""
    name = evidence.dataset.distribution[position].uri
    if name is None or name in taken:
        name = f"{evidence.iri}#{position + 1}"
    taken.add(name)
    return name


def _data(file: File) -> int:
    """Value of the look into the file; not applicable where programs cannot read it anyway."""
    return file.data.value if file.is_machine_readable else NOT_APPLICABLE


def _own_faults(evidence: DatasetEvidence, own: Mapping[str, Judgement]) -> Iterator[Fault]:
    for check, judgement in own.items():
        if not judgement.cause:
            continue
        if check == "K":
            yield from _broken_rules(evidence)
            continue
        yield Fault(
            check=check,
            cause=judgement.cause,
            shown=judgement.shown,
            proof=_own_proof(evidence, check),
        )


def _broken_rules(evidence: DatasetEvidence) -> Iterator[Fault]:
    """One fault for each kind of violation and of warning."""
    errors, warnings = counted_rules(evidence.violations or Violations())
    for cause, codes in (("error", errors), ("warning", warnings)):
        for code in codes:
            yield Fault(check="K", cause=cause, shown=code, proof={"kind": "rule", "code": code})


def _own_proof(evidence: DatasetEvidence, check: str) -> dict[str, Any]:
    stated = _stated(evidence.dataset, check)
    if check == "T2" and evidence.observed.since is not None:
        stated = [*stated, f"Inhalt unverändert seit {evidence.observed.since.isoformat()}"]
    return {
        "kind": "triple",
        "subject": evidence.iri,
        "property": method().checks[check].field,
        "values": stated,
    }


_FIELDS: Mapping[str, str] = {
    "F1": "title",
    "F2": "description",
    "F3": "keyword",
    "F4": "theme",
    "F5": "spatial",
    "F6": "temporal",
    "F7": "identifier",
    "R5": "contact_point",
    "R6": "publisher",
    "R7": "access_rights",
    "C1": "issued",
    "C2": "modified",
    "C4": "landing_page",
    "T1": "accrual_periodicity",
    "T2": "modified",
}


def _stated(dataset: Dataset, check: str) -> list[str]:
    """The values as published, shortened."""
    value = getattr(dataset, _FIELDS[check])
    texts = []
    for one in value if isinstance(value, tuple) else (value,):
        if one is None:
            continue
        text = getattr(one, "value", None) or getattr(one, "uri", None)
        label = getattr(one, "label", None)
        names = getattr(one, "name", ()) or getattr(one, "fn", ()) or getattr(one, "pref_label", ())
        text = text or (label.value if label is not None else None)
        text = text or next((name.value for name in names), None)
        if text:
            texts.append(text if len(text) <= 200 else text[:199] + "…")
    return texts[:_SHOWN_PROPERTIES]


def _file_faults(file: File, node: str, judged: Mapping[str, Judgement]) -> Iterator[Fault]:
    current = method()
    same_link = file.access is not None and file.access == file.direct
    for check, judgement in judged.items():
        if not judgement.cause or _is_said(check, judgement, same_link):
            continue
        mends = current.checks[check].mends
        if judgement.cause == "unconfirmed":
            mends = (check,)
        elif check in _LINK_CHECKS and judgement.cause != "missing":
            mends = _LINK_CHECKS if same_link else (check,)
        decides = check == ("A3" if file.distribution.download_url else "A1") or same_link
        yield Fault(
            check=check,
            cause=judgement.cause,
            shown=judgement.shown,
            file=node,
            mends=mends,
            revives=judgement.cause == "dead" and decides,
            proof=_file_proof(file, node, check, judgement),
        )


_LINK_CHECKS = ("A1", "A3")


def _is_said(check: str, judgement: Judgement, same_link: bool) -> bool:
    """Whether another check of the same file names the same fault already."""
    if check in ("R2", "R3") and judgement.cause == "missing":
        return True  # R1: there is no licence at all
    return check == "A1" and same_link and judgement.cause != "missing"


def _file_proof(file: File, node: str, check: str, judgement: Judgement) -> dict[str, Any]:
    link = file.access if check == "A1" else file.judged
    if check in ("A1", "A3", "A4", "A5", "I5") and link is not None and link.url:
        return _link_proof(link)
    stated = {
        "A1": file.distribution.access_url,
        "A2": file.distribution.access_url,
        "A5": file.distribution.access_url,
        "I1": (file.distribution.format, file.distribution.media_type),
        "I2": (file.distribution.format, file.distribution.media_type),
        "I3": (file.distribution.format,),
        "I4": (file.distribution.media_type,),
        "R1": (file.distribution.license,),
        "R2": (file.distribution.license,),
        "R3": (file.distribution.license,),
        "C5": (file.distribution.availability,),
    }.get(check, ())
    values = [text for one in stated if (text := text_of(one))]
    if check == "C3" and file.distribution.byte_size is not None:
        values = [file.distribution.byte_size.value[:200]]
    return {
        "kind": "triple",
        "subject": node,
        "property": method().checks[check].field,
        "values": [value[:200] for value in values[:_SHOWN_PROPERTIES]],
    }


def _link_proof(link: LinkEvidence) -> dict[str, Any]:
    return {
        "kind": "link",
        "url": link.url,
        "outcome": link.outcome,
        "status": link.status,
        "since": link.since.isoformat(),
        "content_type": link.content_type,
    }


_PART_CAUSES = dict(zip(PARTS, ("rows", "header", "values", "schema", "encoding"), strict=True))


def _data_faults(file: File, node: str, data: int) -> Iterator[Fault]:
    """What the look into the file showed; a dead file is a fault of its link."""
    seen = file.data
    if data == NOT_APPLICABLE or file.is_dead:
        return
    proof = _rows_proof(file, seen)
    if seen.broken is not None:
        yield Fault(
            check="D", cause="broken", shown=seen.broken, file=node, mends=("D",), proof=proof
        )
    encoding = str((file.content.report or {}).get("encoding")) if file.content else None
    inferred = file.content is not None and (
        (file.content.report or {}).get("schema") == "inferred"
    )
    for number, part in enumerate(PARTS):
        value = seen.parts[number] if seen.parts is not None else ONE
        if not 0 <= value < ONE:
            continue
        unproven = part == "values" and inferred and not seen.faults
        yield Fault(
            check="D",
            cause="unproven" if unproven else _PART_CAUSES[part],
            shown=encoding if part == "encoding" else None,
            file=node,
            part=number,
            proof=proof,
        )


def _rows_proof(file: File, seen: FileJudgement) -> dict[str, Any]:
    return {
        "kind": "rows",
        "url": file.content.url if file.content is not None else None,
        "rows": list(seen.rows),
        "errors": seen.faults,
    }


def _hvd(
    evidence: DatasetEvidence, own: Mapping[str, Judgement], files: list[File], disputed: bool
) -> tuple[int, ...] | None:
    """The eight checks of a high-value dataset; None where it is not declared as one."""
    dataset = evidence.dataset
    if not hvd_declared(dataset):
        return None
    current = method()
    law = current.hvd.legislation

    def holds(references: Any) -> bool:
        return any(text_of(reference) == law for reference in references)

    services = [one for item in dataset.distribution for one in item.access_service]
    has_api = bool(services) or any(
        (file.declared or "") in current.formats.services for file in files
    )
    bulk = [
        file
        for file in files
        if file.distribution.download_url and not file.is_dead
        and file.direct_p not in (UNKNOWN, 0)
    ]  # fmt: skip
    unprobed = any(file.distribution.download_url and file.direct_p == UNKNOWN for file in files)
    permissive = current.licences.hvd_permissive | (
        {current.licences.hvd_disputed} if disputed else frozenset()
    )
    licences = [license_code(file.distribution) for file in files]
    pages = (*dataset.page, *(page for one in dataset.distribution for page in one.page))
    has_page = any(is_web_iri(text_of(page)) for page in pages)
    categories = vocabulary("hvd_categories")
    checks = {
        "legislation": holds(dataset.applicable_legislation),
        "file-legislation": any(holds(one.applicable_legislation) for one in dataset.distribution)
        or any(holds(one.applicable_legislation) for one in services),
        "category": any(categories.has(text_of(one)) for one in dataset.hvd_category),
        "api": has_api,
        "bulk": bool(bulk),
        "licence": bool(licences) and all(code in permissive for code in licences),
        "contact": own["R5"].value == ONE,
        "page": has_page and is_web_iri(dataset.uri or ""),
    }
    values = {name: ONE if held else 0 for name, held in checks.items()}
    if not bulk and unprobed:
        values["bulk"] = UNKNOWN
    return tuple(values[name] for name in HVD_CHECKS)
