"""The score stage over simulated portals: what it stores, what it leaves alone, what it explains."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner
from tests.run.conftest import NOW, Land

from datenernte_dcat.errors import ConfigError
from datenernte_dcat.store.rows import PortalRun, PortalState, Score
from datenernte_dcat.store.store import Store
from datenernte_harvester.cli.main import cli
from datenernte_harvester.configuration import ScoreSettings, read_configuration
from datenernte_harvester.score_explanation import explain_score, explanation_lines
from datenernte_harvester.scoring import further_rule_sets
from datenernte_harvester.simulator.portals import simulated_portals
from datenernte_validators.scores.kommunal.method import method, method_hash

KOMMUNAL = method().id
SCHEMA = Path(__file__).parents[2] / "docs" / "schemas" / "score-explanation.json"
DATE = NOW.date()


@pytest.fixture(scope="module")
def land(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Land]:
    """A folder after one run over two portals."""
    with ExitStack() as stack:
        made = Land(tmp_path_factory.mktemp("land"), stack)
        for portal in simulated_portals(2, 8, 7):
            made.serve(portal)
        made.run()
        yield made


@pytest.fixture
def store(land: Land) -> Iterator[Store]:
    with closing(Store(read_configuration(land.folder, {}).store_url)) as opened:
        yield opened


def of_kind(store: Store, kind: str) -> dict[str, Score]:
    return {score.subject: score for score in store.scores(kind, KOMMUNAL)}


def test_every_dataset_municipality_and_portal_has_both_scores(store: Store) -> None:
    heads = list(store.heads())
    mqa = store.setting("mqa_method")
    assert {head.id for head in heads} == set(of_kind(store, "dataset"))
    for kind in ("municipality", "portal", "catalog"):
        kommunal = of_kind(store, kind)
        assert kommunal
        assert set(kommunal) == {score.subject for score in store.scores(kind, mqa)}
    assert set(of_kind(store, "municipality")) == {head.municipality for head in heads}
    assert store.setting("kommunal_method")["hash"] == method_hash()


def test_shown_losses_of_every_score_add_up(store: Store) -> None:
    for kind in ("dataset", "municipality", "portal", "catalog"):
        for score in of_kind(store, kind).values():
            document = score.document
            lost = sum(Fraction(str(value)) for value in document["losses"].values())
            assert lost == 100 - Fraction(str(document["score"])), (kind, score.subject)
            assert document["low"] <= document["score"] <= document["high"]


def test_stored_advice_has_numbers_and_steps_by_gain(store: Store) -> None:
    for score in of_kind(store, "municipality").values():
        gains = [step["gain"] for step in score.document["next_steps"]]
        assert gains == sorted(gains, reverse=True)
        assert all(gain > 0 for gain in gains)
        for entry in score.document["advice"]:
            assert isinstance(entry["gain"], float | int)
            assert entry["mqa_gain"] is None or entry["mqa_gain"] >= 0


def test_a_result_says_what_it_was_made_from(store: Store) -> None:
    block = next(iter(of_kind(store, "municipality").values())).document["reproducibility"]
    assert block["method"] == KOMMUNAL
    assert block["version"] == method().version
    assert block["method_hash"] == method_hash()
    assert block["mqa_rules"] == "mqa-405/piveau-2026"
    assert block["as_of"] == DATE.isoformat()
    assert set(block["inputs"]) == {"files", "harvest", "links", "shapes", "tool"}
    assert 0 < block["coverage"] <= 1


def test_the_run_states_points_and_grade_of_each_portal(land: Land, store: Store) -> None:
    document = store.runs(limit=1)[0].document
    assert document is not None
    for portal in document["portals"]:
        own = of_kind(store, "portal")[portal["name"]]
        assert portal["score"]["kommunal"] == own.document["score"]
        assert portal["score"]["grade"] == own.document["grade"]


def everything(store: Store) -> dict[tuple[str, str], Any]:
    return {
        (kind, score.subject): (score.total, score.document)
        for kind in ("dataset", "municipality", "portal", "catalog", "tombstone")
        for score in store.scores(kind, KOMMUNAL)
    }


def test_the_same_day_computes_nothing_again(land: Land, store: Store) -> None:
    before = everything(store)
    land.run(stages=("score",))
    assert everything(store) == before
    key = next(iter(of_kind(store, "municipality")))
    assert len(store.score_history(key, "municipality", KOMMUNAL)) >= 2


def test_a_later_day_rewrites_only_what_changed(land: Land, store: Store) -> None:
    land.run(NOW + timedelta(days=1), stages=("score",))
    settled = everything(store)
    land.run(NOW + timedelta(days=2), stages=("score",))
    after = everything(store)
    assert settled.keys() == after.keys()
    for key, (total, document) in settled.items():
        if after[key][1]["reproducibility"]["as_of"] == document["reproducibility"]["as_of"]:
            assert after[key] == (total, document)
        else:
            assert {**after[key][1], "reproducibility": 0} != {**document, "reproducibility": 0}
    assert any(document == after[key][1] for key, (_, document) in settled.items())


def test_changes_are_split_and_the_parts_add_up(land: Land, store: Store) -> None:
    changes = [
        change
        for score in of_kind(store, "municipality").values()
        for change in score.document["changes"]
    ]
    assert changes  # the second day proves identifiers that were unknown on the first
    for change in changes:
        parts = [Fraction(str(change[name])) for name in
                 ("stayed", "added", "removed", "other", "method")]  # fmt: skip
        assert sum(parts) == Fraction(str(change["after"])) - Fraction(str(change["before"]))


def test_an_incomplete_harvest_publishes_no_drop(land: Land, store: Store) -> None:
    portal = next(iter(of_kind(store, "portal")))
    key = next(p.municipality for p in store.portals() if p.name == portal)
    assert key is not None
    stored = of_kind(store, "municipality")[key]
    better = msgspec.structs.replace(
        stored, document={**stored.document, "exact": "99", "score": 99.0}, total=99.0
    )
    store.put_scores([better])
    last = store.last_portal_run(portal)
    assert last is not None
    failed = PortalRun(run=last.run, portal=portal, state=PortalState.FAILED, seen=0)
    store.put_portal_run(failed)
    land.run(NOW + timedelta(days=3), stages=("score",))
    frozen = of_kind(store, "municipality")[key]
    assert (frozen.total, frozen.document["frozen"]["reason"]) == (99.0, "harvest-incomplete")
    store.put_portal_run(last)
    land.run(NOW + timedelta(days=4), stages=("score",))
    thawed = of_kind(store, "municipality")[key]
    assert (thawed.total, thawed.document["frozen"]) == (stored.total, None)


def test_a_dataset_that_disappears_counts_on_without_access(land: Land, store: Store) -> None:
    head = next(iter(store.heads()))
    key = head.municipality or ""
    before = of_kind(store, "municipality")[key]
    run = store.begin_run("test", DATE, NOW)
    store.withdraw(head.portal, [head.source_identifier], run, NOW + timedelta(days=5))
    land.run(NOW + timedelta(days=6), stages=("score",))
    [grave] = store.scores("tombstone", KOMMUNAL)
    assert grave.subject == head.id
    alone = before.document["datasets"] == 1
    after = of_kind(store, "municipality")[key]
    assert after.document["datasets"] == before.document["datasets"] - 1
    assert after.document["dimensions"]["A"] < before.document["dimensions"]["A"] or alone
    store.purge_withdrawn(NOW + timedelta(days=30))
    assert store.record(head.id) is None
    land.run(NOW + timedelta(days=40), stages=("score",))
    assert len(list(store.scores("tombstone", KOMMUNAL))) == 1
    land.run(NOW + timedelta(days=190), stages=("score",))
    assert list(store.scores("tombstone", KOMMUNAL)) == []


def test_several_rule_sets_give_the_mean_its_range(land: Land, store: Store) -> None:
    land.configure(
        "[score]\nmqa_further = ["
        '"known_licence=eu-nal+edp2021;literal_format=normalise",'
        '"http_ok=2xx-3xx; shacl_profile=dcat-ap.de-2.0"]\n'
    )
    land.run(NOW + timedelta(days=191), stages=("score",))
    land.configure()
    further = "mqa-405/piveau-2026;known_licence=eu-nal+edp2021;literal_format=normalise"
    heads = list(store.heads())
    assert len(list(store.scores("dataset", further))) == len(heads)
    for score in store.scores("municipality", "mqa-405/piveau-2026"):
        low, high = score.document["range"]
        assert low <= score.total <= high
        other = store.score(score.subject, "municipality", further)
        assert other is not None
        assert low <= other.total <= high


@pytest.fixture(scope="module")
def explained(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Land, Store]]:
    """Another folder, whose scores nobody touches."""
    with ExitStack() as stack:
        made = Land(tmp_path_factory.mktemp("erklaert"), stack)
        for portal in simulated_portals(1, 8, 7):
            made.serve(portal)
        made.run()
        opened = stack.enter_context(closing(Store(read_configuration(made.folder, {}).store_url)))
        yield made, opened


def targets(store: Store) -> list[tuple[str, str]]:
    head = next(iter(store.heads()))
    return [
        ("portal", store.portals()[0].name),
        ("municipality", head.municipality or ""),
        ("dataset", head.id),
        ("dataset", head.iri),
        ("dataset", head.source_identifier),
    ]


def test_an_explanation_accounts_for_every_lost_point(explained: tuple[Land, Store]) -> None:
    _, store = explained
    for kind, target in targets(store):
        document = explain_score(store, target, as_of=DATE)
        assert document["kind"] == kind
        lost = sum(Fraction(str(loss["points"])) for loss in document["losses"])
        assert lost == 100 - Fraction(str(document["score"]))
        for loss in document["losses"]:
            assert loss["rule"]
            assert loss["entries"] or loss["told_by"] or loss["check"] == "Deckel", loss["check"]
            for entry in loss["entries"]:
                assert entry["missing"] and entry["how"] and entry["who"]
                assert len(entry["proofs"]) + entry["further_proofs"] >= entry["datasets"]
        if kind != "dataset":
            stored = store.score(target, kind, KOMMUNAL)
            assert stored is not None
            assert document["score"] == stored.total


def test_an_explanation_keeps_its_schema(explained: tuple[Land, Store]) -> None:
    import jsonschema  # type: ignore[import-untyped]

    _, store = explained
    validator = jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))
    for _, target in targets(store):
        document = explain_score(store, target, as_of=DATE)
        validator.validate(document)
        assert not validator.is_valid({**document, "neu": 1})
        assert not validator.is_valid({**document, "score": -1})


def test_score_explain_prints_german_and_json(explained: tuple[Land, Store]) -> None:
    land, store = explained
    name = store.portals()[0].name
    said = CliRunner().invoke(cli, ["score", "-C", str(land.folder), "--explain", name])
    assert said.exit_code == 0, said.output
    assert "von 100 Punkten" in said.output
    assert "So beheben:" in said.output
    assert "Beleg:" in said.output
    told = CliRunner().invoke(cli, ["score", "-C", str(land.folder), "--explain", name, "--json"])
    assert json.loads(told.stdout)["target"] == name
    assert list(explanation_lines(json.loads(told.stdout)))


def test_an_unknown_target_is_an_error(explained: tuple[Land, Store]) -> None:
    _, store = explained
    with pytest.raises(ConfigError, match="kein Portal"):
        explain_score(store, "gibt-es-nicht", as_of=date(2026, 3, 1))


_RESCORE = """
import hashlib, json, sys
from contextlib import closing
from datetime import date
from pathlib import Path
from datenernte_dcat.store.store import Store
from datenernte_harvester.configuration import ScoreSettings, read_configuration
from datenernte_harvester.scoring import score
configuration = read_configuration(Path(sys.argv[1]), {})
with closing(Store(configuration.store_url)) as store:
    run = store.runs(limit=1)[0].id
    store.put_setting("score_input", None)
    for kind in ("dataset", "municipality", "portal", "catalog"):
        store.delete_scores([one.subject for one in store.scores(kind)], kind=kind)
    score(store, configuration.tables.catalog, configuration.tables.score, run=run)
    made = [[one.subject, one.kind, one.method, one.total, one.document]
            for kind in ("dataset", "municipality", "portal", "catalog")
            for one in store.scores(kind)]
print(hashlib.sha256(json.dumps(made).encode()).hexdigest(), len(made))
"""


def test_scores_do_not_depend_on_hash_seed_or_time_zone(explained: tuple[Land, Store]) -> None:
    land, _ = explained
    said = set()
    for seed, zone in (("1", "UTC"), ("2", "Pacific/Kiritimati")):
        made = subprocess.run(  # noqa: S603 - our own interpreter
            [sys.executable, "-c", _RESCORE, str(land.folder)],
            env={**os.environ, "PYTHONHASHSEED": seed, "TZ": zone},
            capture_output=True, text=True, timeout=120, check=True,
        )  # fmt: skip
        said.add(made.stdout)
    assert len(said) == 1
    assert int(said.pop().split()[1]) > 10


def test_an_unknown_rule_of_a_further_set_names_the_nearest() -> None:
    with pytest.raises(ConfigError, match="known_licence"):
        further_rule_sets(ScoreSettings(mqa_further=("know_licence=eu-nal",)))
    with pytest.raises(ConfigError, match="mqa_further"):
        further_rule_sets(ScoreSettings(mqa_further=("http_ok=immer",)))
    assert further_rule_sets(ScoreSettings(mqa_further=("http_ok=2xx-after-redirects",))) == ()
