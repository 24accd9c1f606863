"""Kommunal-Score: from values to points, the worked example, and what must hold for all inputs."""

from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from random import Random
from typing import Any

import msgspec
import pytest
from tests.scores.conftest import (
    AS_OF,
    CSV_URL,
    FILE_TYPE,
    FREQUENCY,
    IANA,
    changed,
    csv_distribution,
    german,
    iri,
    label,
    link,
    perfect,
    random_file,
    random_members,
    random_values,
    scored,
    seeded,
    table_report,
)

from datenernte_dcat.records import (
    Agent,
    ContactPoint,
    DataService,
    Dataset,
    DatasetSeries,
    Distribution,
    Literal,
)
from datenernte_validators.scores.kommunal.clusters import (
    WEIGHT,
    cluster_key,
    effective_number,
    tombstone_weight,
    weight_of,
)
from datenernte_validators.scores.kommunal.dimensions import (
    best,
    dataset_points,
    dataset_range,
    dimension_sums,
    full_sum,
    mean,
    outcomes,
)
from datenernte_validators.scores.kommunal.evidence import (
    DatasetEvidence,
    FileEvidence,
    Violations,
)
from datenernte_validators.scores.kommunal.judge import judge
from datenernte_validators.scores.kommunal.losses import (
    CAPS,
    add_lost,
    dataset_losses,
    group_losses,
    shown_losses,
)
from datenernte_validators.scores.kommunal.mending import perfect_file
from datenernte_validators.scores.kommunal.method import (
    NOT_APPLICABLE,
    ONE,
    UNKNOWN,
    method,
    points,
    rounded_down,
)
from datenernte_validators.scores.kommunal.municipality import Member, group_score, member, sum_up
from datenernte_validators.scores.kommunal.values import (
    DatasetValues,
    FileValues,
    from_document,
    to_document,
)

PDF = "https://stadt.example/haushalt"
RUNS = 20_000
PARTS = 5
"""Tests that share the random inputs, each with a time limit of its own."""


def example() -> DatasetEvidence:
    """The dataset of the worked example: one PDF behind a working link, and little else."""
    dataset = Dataset(
        uri="https://stadt.example/d",
        title=german("Haushaltsplan Musterstadt 2025"),
        description=german("Der Haushaltsplan der Stadt mit allen Teilplänen als PDF-Datei."),
        keyword=german("Haushalt", "Plan"),
        theme=(iri("http://publications.europa.eu/resource/authority/data-theme/GOVE"),),
        contact_point=(ContactPoint(has_email=(iri("mailto:amt@stadt.example"),)),),
        publisher=Agent(name=german("Stadt Musterstadt")),
        identifier=german("1"),
        modified=Literal(value=(AS_OF - timedelta(days=200)).isoformat()),
        landing_page=(iri("https://stadt.example/"),),
        accrual_periodicity=iri(FREQUENCY + "ANNUAL"),
        distribution=(
            Distribution(
                uri="https://stadt.example/v",
                access_url=(iri(PDF),),
                format=iri(FILE_TYPE + "PDF"),
                media_type=iri(IANA + "application/pdf"),
                license=label("DL-DE BY"),
            ),
        ),
    )
    return DatasetEvidence(
        id="beispiel",
        iri=dataset.uri or "",
        dataset=dataset,
        first_seen=AS_OF - timedelta(days=9),
        links={PDF: link(PDF, content_type="application/pdf", status=200)},
        violations=Violations(errors=frozenset({"shacl-distribution-license-node-kind"})),
    )


def with_csv(evidence: DatasetEvidence) -> DatasetEvidence:
    """The dataset with a correct CSV beside its file; the file check gives it 90 of 100."""
    evidence = changed(evidence, distribution=(*evidence.dataset.distribution, csv_distribution()))
    report = table_report(schema="declared", encoding="utf-8", fields=[{"name": "a"}] * 3)
    faulty = [{"type": "blank-label", "fieldNumber": 1}, {"type": "blank-label", "fieldNumber": 2}]
    report["report"]["tasks"][0]["errors"] = faulty
    return msgspec.structs.replace(
        evidence,
        links={**evidence.links, CSV_URL: link(CSV_URL, content_type="text/csv", status=200,
                                               content_length=1000)},
        files={CSV_URL: FileEvidence(url=CSV_URL, content_hash="a", size=1000, report=report)},
        file_urls={1: CSV_URL},
    )  # fmt: skip


def dimensions_of(evidence: DatasetEvidence) -> dict[str, Decimal]:
    sums = dimension_sums(judge(evidence, AS_OF)[0])
    return {code: points(Fraction(100 * one.value, full_sum())) for code, one in sums.items()}


def test_the_worked_example_has_47_6_points() -> None:
    assert dimensions_of(example()) == {
        "F": Decimal("55.0"),
        "A": Decimal("45.0"),
        "I": Decimal("45.0"),
        "R": Decimal("47.4"),
        "C": Decimal("32.5"),
        "K": Decimal("70.0"),
        "D": Decimal("0.0"),
        "T": Decimal("100.0"),
    }
    values, _ = judge(example(), AS_OF)
    score = dataset_points(dimension_sums(values))
    assert points(score) == Decimal("47.6")
    expected = (
        14 * Fraction(55) + 18 * 45 + 14 * 45 + 14 * Fraction(4500, 95) + 6 * Fraction(65, 2)
        + 10 * 70 + 0 + 8 * 100
    ) / 96  # fmt: skip
    assert score == expected
    _, group = scored([member("beispiel", WEIGHT, values)])
    assert points(group.uncapped) == Decimal("47.6")


def test_a_csv_beside_the_pdf_brings_what_the_example_says() -> None:
    """Links and licences are means over the files: the two checks that the PDF lacks stay halved.

    The example's figures are those of a CSV in place of the PDF; both are tested.
    """
    alone = msgspec.structs.replace(
        with_csv(example()),
        dataset=msgspec.structs.replace(example().dataset, distribution=(csv_distribution(),)),
        file_urls={0: CSV_URL},
    )
    before, after = dimensions_of(example()), dimensions_of(alone)
    assert after["A"] - before["A"] == 55
    assert after["I"] - before["I"] == 55
    assert after["D"] == 90
    for code, gain in (("A", "10.3"), ("I", "8.0"), ("D", "11.2")):
        weight = method().dimensions[code].weight
        full = 90 if code == "D" else 55
        assert abs(Fraction(weight * full, 96) - Fraction(gain)) <= Fraction(6, 100)
    both = dimensions_of(with_csv(example()))
    assert (both["A"], both["I"], both["D"]) == (Decimal("80.0"), Decimal("100.0"), Decimal("90.0"))


def test_no_data_distribution_makes_every_file_check_zero() -> None:
    found = outcomes(DatasetValues(own=(ONE,) * len(method().own_checks), files=()))
    assert {found[check].value for check in (*method().file_checks, "D")} == {0}


def test_a_dead_file_counts_only_in_the_link_checks() -> None:
    dead = msgspec.structs.replace(
        perfect_file(), dead=True, values=tuple([400_000] * len(method().file_checks))
    )
    found = outcomes(DatasetValues(own=(ONE,) * len(method().own_checks), files=(dead,)))
    assert {c: found[c].value for c in ("A1", "A3")} == {"A1": 400_000, "A3": 400_000}
    others = set(method().file_checks) - {"A1", "A3"}
    assert {found[check].value for check in (*others, "D")} == {0}


def test_means_and_bests_leave_out_the_unknown_and_state_the_range() -> None:
    assert mean([ONE, UNKNOWN, 0, NOT_APPLICABLE]) == (ONE // 2, 333_333, 666_667, 666_667)
    assert mean([UNKNOWN]) == (UNKNOWN, 0, ONE, 0)
    assert mean([NOT_APPLICABLE]).value == NOT_APPLICABLE
    assert best([0, UNKNOWN]) == (0, 0, ONE, 500_000)
    assert best([ONE, UNKNOWN]) == (ONE, ONE, ONE, ONE)


def test_formats_of_one_content_count_once_and_other_contents_by_their_mean() -> None:
    def data(*files: tuple[str, int]) -> int:
        made = tuple(
            msgspec.structs.replace(perfect_file(), iri=str(n), stem=stem, data=value)
            for n, (stem, value) in enumerate(files)
        )
        own = (ONE,) * len(method().own_checks)
        return outcomes(DatasetValues(own=own, files=made))["D"].value

    assert data(("a", 0), ("a", ONE)) == ONE
    assert data(("a", 0), ("b", ONE)) == ONE // 2
    assert data(("a", UNKNOWN), ("b", ONE)) == ONE
    assert data(("a", NOT_APPLICABLE)) == 0


@pytest.mark.parametrize("seed", range(PARTS))
def test_losses_add_up_to_what_is_missing_for_any_municipality(seed: int) -> None:
    random = seeded(100 + seed)
    capped = 0
    for number in range(RUNS // PARTS):
        members = random_members(random)
        undeclared = random.choice((0, 0, 1))
        sums, score = scored(members, undeclared)
        lost: dict[str, int] = {}
        for one in members:
            add_lost(lost, one)
        losses = group_losses(lost, sums, score)
        assert sum(losses.values(), Fraction(0)) == 100 - score.points
        assert min(losses.values(), default=Fraction(1)) > 0
        if number % 10 == 0:
            shown = shown_losses(losses, score.points)
            assert sum(shown.values(), Decimal(0)) == 100 - points(score.points)
        assert score.low <= score.points <= score.high
        capped += CAPS in losses
    assert capped > RUNS // PARTS // 100


def test_losses_of_a_dataset_add_up_to_what_it_is_missing() -> None:
    random = seeded(2)
    for _ in range(2_000):
        values = random_values(random)
        found, sums = outcomes(values), dimension_sums(values)
        if not any(one.known for one in sums.values()):
            continue
        score = dataset_points(sums)
        assert sum(dataset_losses(found).values(), Fraction(0)) == 100 - score
        low, high = dataset_range(sums)
        assert low <= score <= high


def described(random: Random) -> FileValues:
    """A working, fully described file; its attribution may not apply."""
    one = perfect_file()
    values = list(one.values)
    if random.random() < 0.5:
        values[method().file_checks.index("R4")] = NOT_APPLICABLE
    return msgspec.structs.replace(one, stem=random.choice("ab+"), values=tuple(values))


def dead(random: Random) -> FileValues:
    """Any file whose link is dead for good."""
    one = random_file(random, "tot")
    values = list(one.values)
    for check in ("A1", "A3"):
        values[method().file_checks.index(check)] = 0
    return msgspec.structs.replace(one, values=tuple(values), dead=True)


def with_file(one: Member, file: FileValues) -> Member:
    """The dataset with one more file."""
    values = msgspec.structs.replace(one.values, files=(*one.values.files, file))
    return member(one.id, one.weight, values)


@pytest.mark.parametrize("seed", range(PARTS))
def test_a_working_described_file_never_lowers_and_a_dead_one_never_raises_the_score(
    seed: int,
) -> None:
    random = seeded(300 + seed)
    for _ in range(RUNS // PARTS):
        one = member("x", WEIGHT, random_values(random))
        better, worse = with_file(one, described(random)), with_file(one, dead(random))
        assert better.points >= one.points >= worse.points


def test_the_same_holds_for_the_municipality() -> None:
    random = seeded(4)
    for _ in range(1_000):
        first, *others = random_members(random, 3)
        before = scored([first, *others])[1].uncapped
        assert scored([with_file(first, described(random)), *others])[1].uncapped >= before
        assert scored([with_file(first, dead(random)), *others])[1].uncapped <= before


def test_a_dead_file_lifts_no_cap() -> None:
    random = seeded(5)
    for _ in range(500):
        one = member("x", WEIGHT, random_values(random))
        caps = group_score(sum_up([one]))
        after = group_score(sum_up([with_file(one, dead(random))]))
        assert caps is not None
        assert after is not None
        assert after.points <= caps.points


def test_less_than_half_with_a_working_link_caps_at_54_9() -> None:
    values, _ = judge(perfect(), AS_OF)
    gone = msgspec.structs.replace(
        values, files=(msgspec.structs.replace(values.files[0], dead=True),)
    )
    good = [member(str(n), WEIGHT * 1000, values) for n in range(2)]
    bad = [member(f"x{n}", WEIGHT, gone) for n in range(3)]
    _, score = scored([*good, *bad])
    assert (score.points, score.caps) == (Fraction(549, 10), ("links",))
    assert score.uncapped > 90
    assert scored([*good, *bad[:2]])[1].caps == ()


def test_less_than_half_of_the_reachable_files_open_caps_at_69_9() -> None:
    values, _ = judge(perfect(), AS_OF)
    file = values.files[0]
    closed = msgspec.structs.replace(file, iri="zu", open=False)
    dead_open = msgspec.structs.replace(file, iri="tot", dead=True)

    def caps(*files: FileValues) -> tuple[str, ...]:
        made = msgspec.structs.replace(values, files=files)
        return scored([member("x", WEIGHT, made)])[1].caps

    assert caps(file, closed) == ()
    assert caps(file, closed, closed) == ("licences",)
    assert caps(file, closed, closed, dead_open) == ("licences",)


def test_what_nobody_measured_is_left_out_and_widens_the_range() -> None:
    values, _ = judge(msgspec.structs.replace(perfect(), violations=None, links={}), AS_OF)
    _, score = scored([member("x", WEIGHT, values)])
    assert "K" not in score.dimensions
    assert score.low < score.points <= score.high
    assert score.coverage < 1
    assert score.is_provisional == (score.coverage < Fraction(4, 5))
    _, whole = scored([member("x", WEIGHT, judge(perfect(), AS_OF)[0])])
    assert (whole.coverage, whole.low, whole.high) == (Fraction(1), whole.points, whole.points)
    assert not whole.is_provisional


def test_a_municipality_without_datasets_has_no_score() -> None:
    assert group_score(sum_up([])) is None


def test_a_series_of_25_weighs_5() -> None:
    assert weight_of(25, False) * 25 == 5 * WEIGHT
    assert weight_of(1, True) == WEIGHT * 3 // 2
    assert effective_number([25] * 25) == 5
    assert effective_number([1, 1, 4, 4, 4, 4]) == 4


def test_slices_are_recognised_by_series_version_or_title() -> None:
    def titled(title: str, **fields: Any) -> Dataset:
        return Dataset(
            title=german(title), publisher=Agent(name=german("Stadt Musterstadt")), **fields
        )

    key = cluster_key(titled("Haushalt Musterstadt 2024"), ["Stadt Musterstadt"])
    assert key == cluster_key(titled("Haushalt (Mai 2025)"), ["Stadt Musterstadt"])
    assert key != cluster_key(titled("Stellenplan 2024"), ["Stadt Musterstadt"])
    assert cluster_key(titled("2024")) != cluster_key(titled("2025"))
    series = (DatasetSeries(uri="https://stadt.example/reihe"),)
    assert cluster_key(titled("Eins", in_series=series)) == cluster_key(
        titled("Zwei", in_series=series)
    )
    first = titled("Eins", uri="urn:1")
    second = titled("Zwei", uri="urn:2", dct_is_version_of=(iri("urn:1"),))
    first = msgspec.structs.replace(first, dct_has_version=(iri("urn:2"),))
    assert cluster_key(first) == cluster_key(second)


@pytest.mark.parametrize(("days", "share"), [(0, 1), (45, 0.75), (90, 0.5), (179, 1 / 180),
                                             (180, 0), (400, 0)])  # fmt: skip
def test_a_tombstone_sinks_to_nothing_over_180_days(days: int, share: float) -> None:
    weight = tombstone_weight(180_000, AS_OF - timedelta(days=days), AS_OF)
    assert weight == round(180_000 * share)


def test_deleting_a_weak_dataset_does_not_raise_the_score_at_once() -> None:
    good, _ = judge(perfect(), AS_OF)
    weak, _ = judge(example(), AS_OF)
    members = [member("gut", WEIGHT, good), member("schwach", WEIGHT, weak)]
    before = scored(members)[1].points
    grave = member("schwach", WEIGHT, weak, is_tombstone=True)
    after = scored([members[0], grave])
    assert after[1].points < before
    assert after[0].datasets == 1
    assert grave.outcomes["A1"].value == 0


def hvd(**fields: object) -> DatasetEvidence:
    law = iri(method().hvd.legislation)
    category = iri("http://data.europa.eu/bna/c_ac64a52d")
    file = msgspec.structs.replace(
        csv_distribution(),
        applicable_legislation=(law,),
        access_service=(DataService(endpoint_url=(iri(CSV_URL),)),),
    )
    return changed(
        perfect(), applicable_legislation=(law,), hvd_category=(category,), distribution=(file,),
        **fields,
    )  # fmt: skip


def test_a_complete_high_value_dataset_fulfils_all_eight_duties() -> None:
    values, _ = judge(hvd(), AS_OF)
    assert values.hvd == (ONE,) * 8
    assert judge(perfect(), AS_OF)[0].hvd is None


@pytest.mark.parametrize(
    ("fields", "number"),
    [
        ({"applicable_legislation": ()}, 0),
        ({"hvd_category": (label("Geo"),)}, 2),
        ({"contact_point": ()}, 6),
        ({"page": ()}, 7),
    ],
)
def test_each_missing_duty_is_one_eighth(fields: dict[str, object], number: int) -> None:
    evidence = msgspec.structs.replace(hvd())
    values, _ = judge(changed(evidence, **fields), AS_OF)
    assert values.hvd is not None
    assert [n for n, value in enumerate(values.hvd) if value != ONE] == [number]
    _, score = scored([member("x", WEIGHT, values)])
    assert score.dimensions["H"] == Fraction(700, 8)


def test_confirmed_but_undeclared_datasets_lower_the_cover() -> None:
    values, _ = judge(hvd(), AS_OF)
    one = [member("x", WEIGHT, values)]
    assert scored(one, 0)[1].dimensions["H"] == 100
    assert scored(one, 3)[1].dimensions["H"] == 25
    assert scored([member("x", WEIGHT, judge(perfect(), AS_OF)[0])], 1)[1].dimensions["H"] == 0


def test_the_disputed_licence_is_a_setting() -> None:
    file = msgspec.structs.replace(
        hvd().dataset.distribution[0],
        license=iri("http://dcat-ap.de/def/licenses/dl-by-de/2.0"),
    )
    evidence = changed(hvd(), distribution=(file,))
    for disputed, value in ((False, 0), (True, ONE)):
        found = judge(evidence, AS_OF, disputed_licence=disputed)[0].hvd
        assert found is not None
        assert found[5] == value


def test_values_survive_the_store() -> None:
    random = seeded(6)
    for _ in range(300):
        values = random_values(random)
        document = msgspec.json.decode(msgspec.json.encode(to_document(values)))
        assert from_document(document) == values


@pytest.mark.parametrize(
    ("value", "shown", "down"),
    [("47.65", "47.7", "47.6"), ("47.64", "47.6", "47.6"), ("100", "100.0", "100.0"),
     ("0.05", "0.1", "0.0")],
)  # fmt: skip
def test_scores_round_half_up_and_gains_round_down(value: str, shown: str, down: str) -> None:
    assert points(Fraction(value)) == Decimal(shown)
    assert rounded_down(Fraction(value)) == Decimal(down)
