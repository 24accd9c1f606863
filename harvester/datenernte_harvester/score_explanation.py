"""Where the points went: for every lost point the proof, the rule, the mending and the gain."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from datenernte_dcat.errors import ConfigError
from datenernte_dcat.publication import shown_title
from datenernte_dcat.site.queries import scores_of
from datenernte_dcat.store.rows import RecordHead
from datenernte_dcat.store.store import Store
from datenernte_harvester.judging import chunks
from datenernte_harvester.tombstones import read_tombstones
from datenernte_validators.scores.kommunal.advice import Advice, advise, group_of
from datenernte_validators.scores.kommunal.documents import faults_of
from datenernte_validators.scores.kommunal.losses import (
    CAPS,
    add_lost,
    group_losses,
    shown_losses,
)
from datenernte_validators.scores.kommunal.method import method, points
from datenernte_validators.scores.kommunal.mqa_points import MqaPoints, points_of
from datenernte_validators.scores.kommunal.municipality import (
    GroupScore,
    Member,
    group_score,
    member,
    sum_up,
)
from datenernte_validators.scores.kommunal.values import Fault, from_document

SHOWN_PROOFS = 20
"""Proofs that an entry shows; all of them stand in the scores of the datasets."""

_BATCH = 500


@dataclass(frozen=True, kw_only=True, slots=True)
class _Target:
    """What is explained."""

    kind: str
    subject: str
    title: str
    heads: Sequence[RecordHead]


def explain_in_folder(folder: Path, target: str) -> dict[str, Any]:
    """The explanation from the store of a working folder, on the day of its last run.

    Raises:
        ConfigError: as `explain_score`, or the folder cannot be used.
        StoreError: disk or database.
    """
    from datenernte_harvester.configuration import read_configuration

    configuration = read_configuration(folder)
    with closing(Store(configuration.store_url)) as store:
        last = next(iter(store.runs(limit=1)), None)
        if last is None:
            raise ConfigError("Es gab noch keinen Lauf. Rufen Sie zuerst »datenernte run« auf.")
        confirmed = configuration.tables.score.hvd_confirmed
        return explain_score(store, target, as_of=last.as_of, confirmed_hvd=confirmed)


def explain_score(
    store: Store, target: str, *, as_of: date, confirmed_hvd: Sequence[str] = ()
) -> dict[str, Any]:
    """The explanation of a portal, a municipality or a dataset, as `docs/schemas/score-explanation.json`.

    Args:
        target: name of a portal, key of a municipality, or id, IRI or source identifier of a
            dataset.
        as_of: the day of the scores, for the weight of datasets that went.

    Raises:
        ConfigError: there is no such target, or it has no score yet.
    """
    found = _find(store, target)
    ids = [head.id for head in found.heads]
    members: list[Member] = []
    faults: dict[str, list[Fault]] = {}
    mqa: dict[str, MqaPoints] = {}
    rules = store.setting("mqa_method")
    iris = {head.id: head.iri for head in found.heads}
    for chunk in chunks(ids, _BATCH):
        scores = scores_of(store, chunk, method().id)
        totals = scores_of(store, chunk, rules) if rules else {}
        for name in chunk:
            if name not in scores:
                continue
            document = scores[name]
            members.append(member(name, document["weight"], from_document(document)))
            faults[name] = faults_of(document)
            if name in totals:
                mqa[name] = points_of(totals[name], iris[name])
    if found.kind == "municipality":
        members += read_tombstones(store, method().id, as_of).get(found.subject, [])
    undeclared = _undeclared(found, members, frozenset(confirmed_hvd))
    sums = sum_up(members)
    score = group_score(sums, undeclared)
    if score is None:
        raise ConfigError(
            f"»{target}« hat noch keine Bewertung. Rufen Sie zuerst »datenernte score« auf."
        )
    if found.kind == "dataset":  # caps are a matter of whole municipalities
        score = _uncapped(score)
    lost: dict[str, int] = {}
    for one in members:
        add_lost(lost, one)
    advice = advise(
        members,
        faults,
        sums,
        score,
        undeclared_hvd=undeclared,
        mqa=mqa if len(mqa) == len(faults) else None,
    )
    losses = shown_losses(group_losses(lost, sums, score), score.points)
    stored = None
    if found.kind != "dataset":
        stored = store.score(found.subject, found.kind, method().id)
    return {
        "target": target,
        "kind": found.kind,
        "title": found.title,
        "datasets": len(found.heads),
        "score": float(points(score.points)),
        "grade": None if stored is None else stored.document["grade"],
        "low": float(points(score.low)),
        "high": float(points(score.high)),
        "lost": float(100 - points(score.points)),
        "losses": [_loss(name, amount, score, advice, faults) for name, amount in _by_size(losses)],
        "method": {"id": method().id, "version": method().version},
    }


def _find(store: Store, target: str) -> _Target:
    for portal in store.portals():
        if portal.name == target:
            heads = list(store.heads(portal=target))
            return _Target(kind="portal", subject=target, title=portal.title, heads=heads)
    heads = list(store.heads(municipality=target))
    if heads:
        title = next((p.title for p in store.portals() if p.municipality == target), target)
        return _Target(kind="municipality", subject=target, title=title, heads=heads)
    for head in store.heads():
        if target in (head.id, head.iri, head.source_identifier):
            record = store.record(head.id)
            title = target if record is None else shown_title(record.as_published) or target
            return _Target(kind="dataset", subject=head.id, title=title, heads=[head])
    raise ConfigError(
        f"»{target}« ist kein Portal, keine Kommune und kein Datensatz dieses Katalogs."
    )


def _undeclared(found: _Target, members: Sequence[Member], confirmed: frozenset[str]) -> int:
    declared = {one.id for one in members if one.values.hvd is not None}
    return sum(
        head.id not in declared and bool(confirmed & {head.iri, head.source_identifier})
        for head in found.heads
    )


def _uncapped(score: GroupScore) -> GroupScore:
    return GroupScore(
        points=score.uncapped,
        uncapped=score.uncapped,
        low=score.low,
        high=score.high,
        dimensions=score.dimensions,
        coverage=score.coverage,
        caps=(),
    )


def _by_size(losses: Mapping[str, Decimal]) -> list[tuple[str, Decimal]]:
    return sorted(losses.items(), key=lambda entry: (-entry[1], entry[0]))


def _loss(
    name: str,
    amount: Decimal,
    score: GroupScore,
    advice: Sequence[Advice],
    faults: Mapping[str, Sequence[Fault]],
) -> dict[str, Any]:
    """One check that lost points, or the caps."""
    if name == CAPS:
        texts = [cap.text for cap in method().cap if cap.id in score.caps]
        return {
            "check": CAPS,
            "title": CAPS,
            "dimension": None,
            "points": float(amount),
            "rule": " ".join(texts),
            "told_by": [],
            "entries": [],
        }
    check = method().checks[name]
    own = [entry for entry in advice if entry.check == name]
    others = {
        fault.check
        for every in faults.values()
        for fault in every
        if fault.check != name and (name in fault.mends or "+" in fault.mends or fault.revives)
    }
    return {
        "check": name,
        "title": check.title,
        "dimension": check.dimension,
        "points": float(amount),
        "rule": check.rule,
        "told_by": sorted(others),
        "entries": [_entry(entry, faults) for entry in own],
    }


def _entry(advice: Advice, faults: Mapping[str, Sequence[Fault]]) -> dict[str, Any]:
    document = advice.document()
    group = (advice.check, advice.cause, advice.shown)
    proofs = [
        _proof(name, fault)
        for name in advice.datasets
        for fault in faults[name]
        if group_of(fault) == group
    ]
    kept = (
        "missing",
        "why",
        "how",
        "example",
        "field",
        "who",
        "effort",
        "datasets",
        "files",
        "gain",
        "mqa_gain",
    )
    return {
        **{name: document[name] for name in kept},
        "proofs": proofs[:SHOWN_PROOFS],
        "further_proofs": max(0, len(proofs) - SHOWN_PROOFS),
    }


def _proof(dataset: str, fault: Fault) -> dict[str, Any]:
    """The proof in one form, whatever kind it is."""
    proof = fault.proof
    kind = str(proof.get("kind", "absence"))
    values = list(map(str, proof.get("values", ())))
    if kind == "link":
        status = proof["status"]
        values = [str(proof["outcome"]), *([f"Status {status}"] if status is not None else []),
                  f"seit {proof['since']}"]  # fmt: skip
    elif kind == "rule":
        values = [str(proof["code"])]
    elif kind == "duty":
        values = [str(proof["duty"])]
    return {
        "dataset": dataset,
        "file": fault.file,
        "kind": kind,
        "where": proof.get("url") or proof.get("subject"),
        "property": proof.get("property"),
        "values": values,
        "rows": list(proof.get("rows", ())),
    }


def explanation_lines(document: Mapping[str, Any]) -> Iterator[str]:
    """The explanation as German text, line by line."""
    grade = f", Stufe {document['grade']}" if document["grade"] else ""
    yield (
        f"{document['title']}: {_number(document['score'])} von 100 Punkten{grade} "
        f"(Spanne {_number(document['low'])} bis {_number(document['high'])})"
    )
    yield f"Verloren: {_number(document['lost'])} Punkte"
    words = method().effort_words
    for loss in document["losses"]:
        yield ""
        yield f"-{_number(loss['points'])}  {loss['check']} {loss['title']}"
        yield f"    Regel: {loss['rule']}"
        for entry in loss["entries"]:
            yield f"    {entry['missing']} ({_count(entry)})"
            yield f"      So beheben: {entry['how']}"
            yield (
                f"      Gewinn: +{_number(entry['gain'])} · {words[entry['effort']]} · "
                f"zuständig: {entry['who']}"
            )
            for proof in entry["proofs"][:3]:
                yield f"      Beleg: {_proof_words(proof)}"
        if not loss["entries"] and loss["told_by"]:
            yield f"    Wird mit {', '.join(loss['told_by'])} behoben."


def _count(entry: Mapping[str, Any]) -> str:
    datasets = f"{entry['datasets']} Datens{'atz' if entry['datasets'] == 1 else 'ätze'}"
    if not entry["files"]:
        return datasets
    return f"{datasets}, {entry['files']} Datei{'' if entry['files'] == 1 else 'en'}"


def _proof_words(proof: Mapping[str, Any]) -> str:
    parts = [str(proof["where"] or proof["file"] or proof["dataset"])]
    if proof["property"]:
        stated = " | ".join(proof["values"]) or "nichts angegeben"
        parts.append(f"{proof['property']}: {stated}")
    else:
        parts += proof["values"]
    if proof["rows"]:
        parts.append("Zeilen " + ", ".join(map(str, proof["rows"])))
    return " · ".join(parts)


def _number(value: float) -> str:
    return str(value).removesuffix(".0").replace(".", ",")
