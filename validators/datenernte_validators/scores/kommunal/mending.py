"""What a dataset's values become once faults are mended: gains are always recomputed from these."""

from collections.abc import Collection, Sequence

import msgspec

from datenernte_validators.scores.kommunal.content import weighted
from datenernte_validators.scores.kommunal.dimensions import (
    dimension_sum,
    outcome_of,
)
from datenernte_validators.scores.kommunal.method import ADD_FILE, ONE, method
from datenernte_validators.scores.kommunal.municipality import Member
from datenernte_validators.scores.kommunal.own_checks import conformance_value
from datenernte_validators.scores.kommunal.values import DatasetValues, Fault, FileValues


def perfect_file() -> FileValues:
    """A further, working, fully described file in a machine-readable, open format."""
    checks = method().file_checks
    return FileValues(iri="+", stem="+", values=(ONE,) * len(checks), data=ONE, open=True)


def mended_values(
    values: DatasetValues, faults: Sequence[Fault], every: Sequence[Fault]
) -> DatasetValues:
    """The values with some of the dataset's faults mended.

    Args:
        faults: those that are mended.
        every: all faults of the dataset.
    """
    current = method()
    own = list(values.own)
    hvd = None if values.hvd is None else list(values.hvd)
    files = {one.iri: one for one in values.files}
    added = False
    for fault in faults:
        if ADD_FILE in fault.mends:
            added = True
            continue
        if fault.check == "H":
            if hvd is not None and fault.part is not None:
                hvd[fault.part] = ONE
        elif fault.check == "K":
            own[current.own_checks.index("K")] = _conformance(faults, every)
        elif fault.file is None:
            for check in fault.mends or (fault.check,):
                own[current.own_checks.index(check)] = ONE
        elif fault.file in files:
            files[fault.file] = _mended_file(files[fault.file], fault)
    kept = [files[one.iri] for one in values.files]
    return DatasetValues(
        own=tuple(own),
        files=(*kept, perfect_file()) if added else tuple(kept),
        hvd=None if hvd is None else tuple(hvd),
    )


def mended_member(member: Member, faults: Sequence[Fault], every: Sequence[Fault]) -> Member:
    """The dataset with some of its faults mended; only what they touch is computed anew."""
    current = method()
    values = mended_values(member.values, faults, every)
    touched = _touched(faults)
    if member.is_tombstone:
        touched -= {check for check in touched if current.checks[check].dimension == "A"}
    found = dict(member.outcomes) | {check: outcome_of(check, values) for check in touched}
    sums = dict(member.sums)
    for code in {current.checks[check].dimension for check in touched}:
        made = dimension_sum(code, found)
        if made is None:
            sums.pop(code, None)
        else:
            sums[code] = made
    return Member(
        id=member.id,
        weight=member.weight,
        values=values,
        is_tombstone=member.is_tombstone,
        outcomes=found,
        sums=sums,
    )


def _touched(faults: Sequence[Fault]) -> set[str]:
    touched: set[str] = set()
    for fault in faults:
        if ADD_FILE in fault.mends or fault.revives:
            touched |= {*method().file_checks, "D"}
        else:
            touched |= {*(fault.mends or (fault.check,))}
    return touched - {"H"}


def _mended_file(file: FileValues, fault: Fault) -> FileValues:
    current = method()
    if fault.part is not None and file.parts is not None:
        parts = tuple(
            ONE if number == fault.part else value for number, value in enumerate(file.parts)
        )
        return msgspec.structs.replace(file, parts=parts, data=weighted(parts))
    if fault.check == "D":
        return msgspec.structs.replace(file, data=ONE, parts=None)
    checks: Collection[str] = fault.mends or (fault.check,)
    values = tuple(
        ONE if check in checks else value
        for check, value in zip(current.file_checks, file.values, strict=True)
    )
    return msgspec.structs.replace(
        file,
        values=values,
        dead=file.dead and not fault.revives,
        open=file.open or "R3" in checks,
    )


def _conformance(faults: Sequence[Fault], every: Sequence[Fault]) -> int:
    mended = {(fault.cause, fault.shown) for fault in faults if fault.check == "K"}
    left = [
        fault.cause
        for fault in every
        if fault.check == "K" and (fault.cause, fault.shown) not in mended
    ]
    return conformance_value(left.count("error"), left.count("warning"))
