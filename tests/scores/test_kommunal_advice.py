"""Advice: grouped faults, gains that are really gained, three next steps, gains under MQA-405."""

from fractions import Fraction

import msgspec
import pytest
from tests.scores.conftest import (
    AS_OF,
    CSV_URL,
    FILE_TYPE,
    changed,
    csv_distribution,
    german,
    iri,
    label,
    link,
    perfect,
    scored,
    table_report,
)

from datenernte_dcat.records import Literal
from datenernte_validators.scores.kommunal.advice import Advice, advise, next_steps
from datenernte_validators.scores.kommunal.clusters import WEIGHT
from datenernte_validators.scores.kommunal.evidence import (
    DatasetEvidence,
    FileEvidence,
    Violations,
)
from datenernte_validators.scores.kommunal.judge import judge
from datenernte_validators.scores.kommunal.mending import mended_values
from datenernte_validators.scores.kommunal.method import method
from datenernte_validators.scores.kommunal.mqa_points import MqaPoints, mean_gain
from datenernte_validators.scores.kommunal.municipality import Member, member
from datenernte_validators.scores.kommunal.values import Fault
from datenernte_validators.scores.mqa_method import metric_points


def broken(**fields: object) -> DatasetEvidence:
    return changed(perfect(), **fields)


def pdf() -> DatasetEvidence:
    one = msgspec.structs.replace(
        csv_distribution(), format=iri(FILE_TYPE + "PDF"), media_type=None, byte_size=None
    )
    evidence = changed(perfect(), distribution=(one,))
    return msgspec.structs.replace(
        evidence,
        links={CSV_URL: link(CSV_URL, content_type="application/pdf")},
        files={},
        file_urls={},
    )


def weak_file() -> DatasetEvidence:
    report = table_report(schema="inferred", encoding="cp1252")
    report["report"]["tasks"][0]["errors"] = [{"type": "blank-row", "rowNumber": 4}]
    return msgspec.structs.replace(
        perfect(),
        files={CSV_URL: FileEvidence(url=CSV_URL, content_hash="a", size=1000, report=report)},
    )


def dead_file() -> DatasetEvidence:
    return msgspec.structs.replace(
        perfect(), links={CSV_URL: link(CSV_URL, "broken", status=404)}, files={}, file_urls={}
    )


def rules_broken() -> DatasetEvidence:
    codes = frozenset({"shacl-dataset-title-min-count", "shacl-agent-name-min-count"})
    return msgspec.structs.replace(perfect(), violations=Violations(errors=codes))


PLACES = {
    "keine Schlagwörter": broken(keyword=()),
    "Freitextlizenz": broken(
        distribution=(msgspec.structs.replace(csv_distribution(), license=label("DL-DE BY")),)
    ),
    "ohne Lizenz": broken(
        distribution=(msgspec.structs.replace(csv_distribution(), license=None),)
    ),
    "nur PDF": pdf(),
    "schwache Tabelle": weak_file(),
    "toter Link": dead_file(),
    "Regelverstöße": rules_broken(),
    "keine Datei": broken(distribution=()),
    "nur Webseite": broken(
        distribution=(msgspec.structs.replace(csv_distribution(), download_url=()),)
    ),
    "überfällig": broken(modified=Literal(value="2020-01-01"), issued=Literal(value="2020-01-01")),
}


def town(*evidences: DatasetEvidence) -> tuple[list[Member], dict[str, list[Fault]]]:
    members, faults = [], {}
    for number, evidence in enumerate(evidences):
        values, found = judge(evidence, AS_OF)
        members.append(member(str(number), WEIGHT, values))
        faults[str(number)] = found
    return members, faults


def advice_of(*evidences: DatasetEvidence) -> tuple[list[Advice], list[Member]]:
    members, faults = town(*evidences)
    sums, score = scored(members)
    return advise(members, faults, sums, score), members


@pytest.mark.parametrize("name", PLACES)
def test_a_gain_is_the_difference_after_computing_everything_anew(name: str) -> None:
    evidences = (PLACES[name], perfect(), PLACES[name], PLACES["keine Schlagwörter"])
    members, faults = town(*evidences)
    sums, score = scored(members)
    found = advise(members, faults, sums, score)
    assert found
    for entry in found:
        mended = []
        for one in members:
            own = [
                fault
                for fault in faults[one.id]
                if (fault.check, fault.cause, fault.shown)
                == (entry.check, entry.cause, entry.shown)
            ]
            values = mended_values(one.values, own, faults[one.id]) if own else one.values
            mended.append(member(one.id, one.weight, values))
        assert entry.gain == max(0, scored(mended)[1].points - score.points)


@pytest.mark.parametrize("name", PLACES)
def test_mending_what_is_advised_brings_points(name: str) -> None:
    found, _ = advice_of(PLACES[name])
    assert max(entry.gain for entry in found) > 0


def test_all_faults_mended_one_after_the_other_leave_nothing_to_gain() -> None:
    for name in ("keine Schlagwörter", "Freitextlizenz", "ohne Lizenz", "Regelverstöße"):
        values, faults = judge(PLACES[name], AS_OF)
        mended = mended_values(values, faults, faults)
        assert scored([member("x", WEIGHT, mended)])[1].points == 100


def test_a_repaired_link_gives_back_all_that_the_file_is_worth() -> None:
    found, _ = advice_of(dead_file())
    best = found[0]
    assert (best.check, best.cause) == ("A3", "dead")
    assert best.gain > 50


def test_one_kind_of_violation_mended_leaves_the_other() -> None:
    found, members = advice_of(rules_broken())
    kinds = [entry for entry in found if entry.check == "K"]
    assert len(kinds) == 2
    weight = Fraction(10, sum(method().dimensions[code].weight for code in members[0].sums))
    assert {entry.gain for entry in kinds} == {(Fraction(70) - 49) * weight}


def test_equal_faults_are_one_entry_and_different_values_are_two() -> None:
    other = broken(
        distribution=(msgspec.structs.replace(csv_distribution(), license=label("frei")),)
    )
    found, _ = advice_of(PLACES["Freitextlizenz"], PLACES["Freitextlizenz"], other)
    texts = {entry.shown: entry for entry in found if (entry.check, entry.cause) == ("R2", "text")}
    assert {shown: len(entry.datasets) for shown, entry in texts.items()} == {
        "DL-DE BY": 2,
        "frei": 1,
    }
    assert texts["DL-DE BY"].files == 2
    document = texts["DL-DE BY"].document()
    assert document["missing"] == "Die Lizenz steht als freier Text »DL-DE BY« da."


def test_entries_come_by_gain_for_effort_and_name_who_and_why() -> None:
    found, _ = advice_of(*PLACES.values())
    ratios = [entry.gain / method().efforts[entry.effort] for entry in found]
    assert ratios == sorted(ratios, reverse=True)
    keys = {
        "title", "field", "missing", "rule", "why", "how", "example", "who", "effort", "gain",
        "datasets", "files",
    }  # fmt: skip
    for entry in found:
        document = entry.document()
        assert keys <= document.keys()
        assert all(document[key] is not None for key in keys)
        assert "{" not in str(document["missing"])


def test_the_next_steps_are_three_gains_of_the_municipality_in_order() -> None:
    found, _ = advice_of(*PLACES.values())
    steps = next_steps(found)
    assert len(steps) == 3
    assert [step.gain for step in steps] == sorted((s.gain for s in steps), reverse=True)
    assert all(step.who != "Portal" and step.gain > 0 for step in steps)


def test_what_only_the_portal_can_do_is_no_next_step() -> None:
    one = msgspec.structs.replace(csv_distribution(), media_type=None)
    found, _ = advice_of(broken(distribution=(one,), access_rights=None))
    assert {entry.who for entry in found} == {"Portal"}
    assert next_steps(found) == []


def test_another_file_is_advised_once() -> None:
    found, _ = advice_of(pdf())
    assert {("I1", "format"), ("D", "none")} <= {(e.check, e.cause) for e in found}
    adding = [e for e in next_steps(found) if e.check in ("I1", "I2", "D")]
    assert len(adding) == 1


def test_rule_codes_are_shown_by_their_titles() -> None:
    found, _ = advice_of(rules_broken())
    assert not any("shacl-" in str(entry.document()["missing"]) for entry in found)


def test_gains_under_mqa_405_follow_the_best_distribution() -> None:
    worth = metric_points()
    own = dict.fromkeys(("keywordAvailability", "categoryAvailability"), 0)
    files = {"a": {"licenceAvailability": 0, "formatAvailability": 20}, "b": {}}
    points = {"0": MqaPoints(own=own, files=files), "1": MqaPoints(own=own, files={})}
    keyword = Fault(check="F3", cause="missing")
    assert mean_gain(points, {"0": [keyword]}) == Fraction(worth["keywordAvailability"], 2)
    licence = Fault(check="R1", cause="missing", file="a", mends=("R1",))
    assert mean_gain(points, {"0": [licence]}) == Fraction(worth["licenceAvailability"], 2)
    losing = Fault(check="R1", cause="missing", file="b", mends=("R1",))
    assert mean_gain(points, {"0": [losing]}) == 0
    assert mean_gain(points, {"2": [keyword]}) is None


def test_faults_carry_their_proof() -> None:
    _, faults = judge(dead_file(), AS_OF)
    [link_fault] = [fault for fault in faults if fault.check == "A3"]
    assert link_fault.proof["kind"] == "link"
    assert (link_fault.proof["url"], link_fault.proof["status"]) == (CSV_URL, 404)
    _, faults = judge(broken(theme=(label("Umwelt"),)), AS_OF)
    [theme] = [fault for fault in faults if fault.check == "F4"]
    assert theme.proof == {
        "kind": "triple",
        "subject": perfect().iri,
        "property": "dcat:theme",
        "values": ["Umwelt"],
    }
    _, faults = judge(weak_file(), AS_OF)
    rows = next(fault for fault in faults if fault.cause == "rows")
    assert (rows.proof["kind"], rows.proof["rows"]) == ("rows", [4])
    _, faults = judge(rules_broken(), AS_OF)
    rules = {fault.proof["code"] for fault in faults if fault.check == "K"}
    assert len(rules) == 2


def test_every_lost_point_has_a_fault_or_is_told_by_another() -> None:
    """A3 without a direct way is told by A2, R2 and R3 without a licence by R1."""
    told = {"A3": "A2", "R2": "R1", "R3": "R1", "A1": "A3"}
    for evidence in PLACES.values():
        values, faults = judge(evidence, AS_OF)
        one = member("x", WEIGHT, values)
        checks = {fault.check for fault in faults}
        adds = any("+" in fault.mends for fault in faults)
        for check, outcome in one.outcomes.items():
            if 0 <= outcome.value < 1_000_000:
                is_dead = any(fault.revives for fault in faults)
                assert {check, told.get(check)} & checks or adds or is_dead, check


def test_titles_are_not_grouped_by_their_words() -> None:
    found, _ = advice_of(broken(title=german("Bäume")), broken(title=german("Wälder")))
    assert len([entry for entry in found if entry.check == "F1"]) == 1


def test_each_missing_duty_of_a_high_value_dataset_is_advised() -> None:
    declared = broken(applicable_legislation=(iri(method().hvd.legislation),))
    found, members = advice_of(declared)
    duties = {entry.cause: entry.gain for entry in found if entry.check == "H"}
    # Declared by its legislation alone: no category, no legislation at the file, no API.
    assert set(duties) == {"file-legislation", "category", "api"}
    assert set(duties.values()) == {Fraction(4, 100) * Fraction(100, 8)}
    assert members[0].values.hvd is not None


def test_undeclared_high_value_datasets_are_advised() -> None:
    members, faults = town(broken(applicable_legislation=(iri(method().hvd.legislation),)))
    sums, score = scored(members, 1)
    found = advise(members, faults, sums, score, undeclared_hvd=1)
    [entry] = [one for one in found if one.cause == "undeclared"]
    assert entry.gain == scored(members, 0)[1].points - score.points > 0
