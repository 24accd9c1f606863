"""Grades with hysteresis, fair comparison, trend with its split, and the method as data."""

import re
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import msgspec
import pytest
from tests.scores.conftest import AS_OF, random_members, scored, seeded

from datenernte_dcat.vocabulary import vocabulary
from datenernte_validators.scores import kommunal
from datenernte_validators.scores.kommunal.comparison import (
    Standpoint,
    compare,
    peer_groups,
    shrink,
    spread,
    statement,
)
from datenernte_validators.scores.kommunal.file_checks import RULES as FILE_RULES
from datenernte_validators.scores.kommunal.grades import Standing, band, grade_text, standing
from datenernte_validators.scores.kommunal.method import (
    InvalidMethodError,
    method,
    method_document,
    read_method,
)
from datenernte_validators.scores.kommunal.own_checks import RULES as OWN_RULES
from datenernte_validators.scores.kommunal.trend import alerts, is_frozen, snapshot, split

TOML = Path(kommunal.__file__ or "").parent / "kommunal.toml"
TOMORROW = AS_OF + timedelta(days=1)


@pytest.mark.parametrize(
    ("points", "letter"),
    [("100", "A"), ("85", "A"), ("84.9", "B"), ("70", "B"), ("69.9", "C"), ("55", "C"),
     ("54.9", "D"), ("40", "D"), ("39.9", "E"), ("0", "E")],
)  # fmt: skip
def test_bands_at_their_edges(points: str, letter: str) -> None:
    assert band(Decimal(points)).letter == letter


def test_less_than_three_datasets_have_no_grade() -> None:
    assert standing(Decimal(90), 2, None, AS_OF) == Standing(grade=None)
    assert grade_text(None) == "noch keine Einstufung"
    assert standing(Decimal(90), 3, None, AS_OF) == Standing(grade="A")
    assert grade_text("A") == "vorbildlich"


def then(points: str, before: Standing, day: date = AS_OF) -> Standing:
    return standing(Decimal(points), 3, before, day)


def test_a_grade_changes_with_one_point_beyond_the_limit() -> None:
    good = Standing(grade="B")
    assert then("69.1", good).grade == "B"
    assert then("69.0", good).grade == "C"
    assert then("85.9", good).grade == "B"
    assert then("86.0", good).grade == "A"


def test_a_grade_changes_on_the_second_day_in_a_row() -> None:
    first = then("69.5", Standing(grade="B"))
    assert first == Standing(grade="B", pending="C", pending_since=AS_OF)
    assert then("69.5", first) == first
    assert then("69.5", first, TOMORROW).grade == "C"
    assert then("70.0", first, TOMORROW) == Standing(grade="B")
    assert then("85.5", first, TOMORROW) == Standing(grade="B", pending="A", pending_since=TOMORROW)


def test_two_bands_at_once_are_always_far_enough() -> None:
    assert then("20", Standing(grade="A")).grade == "E"
    assert then("99", Standing(grade="D")).grade == "A"


def test_small_municipalities_are_drawn_to_their_peers() -> None:
    value, deviation, interval = shrink(90, 2, 60, 8, 400)
    assert round(value, 1) == 66.0
    assert deviation is not None
    assert interval is not None
    assert round(1.645 * deviation, 1) == 10.4
    value, deviation, _ = shrink(80, 500, 60, 8, 400)
    assert round(value, 1) == 79.7
    assert deviation is not None
    assert round(1.645 * deviation, 1) == 1.5


def test_intervals_stay_within_0_and_100() -> None:
    _, _, interval = shrink(99, 1, 98, 8, 4000)
    assert interval is not None
    assert interval[1] == 100.0


def point(key: str, *values: float) -> Standpoint:
    return Standpoint(
        key=key, points=sum(values) / len(values), effective=len(values), datasets=values
    )


def test_the_spread_is_that_of_an_analysis_of_variance() -> None:
    found = spread([point("a", 1, 3), point("b", 5, 7)])
    assert found.within == 2
    assert found.between == pytest.approx(7)  # MSB 16, n0 2
    assert found.kappa == 8  # less than 20 municipalities
    many = [point(str(n), n, n + 2.0) for n in range(20)]
    assert spread(many).kappa == 2  # 2 ÷ about 34, not below 2
    alike = [point(str(n), 0, 100) for n in range(20)]
    assert (spread(alike).between, spread(alike).kappa) == (0, 8)
    assert spread([point("a", 5)]).within is None


@pytest.mark.parametrize(
    ("shrunken", "words"),
    [(74, "sehr wahrscheinlich über dem Median"), (66, "eher über dem Median"),
     (60, "vergleichbar"), (54, "eher unter dem Median"),
     (46, "sehr wahrscheinlich unter dem Median")],
)  # fmt: skip
def test_statements_follow_the_probability(shrunken: float, words: str) -> None:
    assert statement(shrunken, 60, 10) == words
    assert statement(shrunken, 60, None) == "vergleichbar"


def test_peers_are_of_one_kind_and_size_and_at_least_five() -> None:
    towns: dict[str, int | None] = {f"091620{n:02d}": 3_000 for n in range(10, 16)}
    bigger: dict[str, int | None] = {f"091630{n:02d}": 7_000 for n in range(10, 13)}
    cities: dict[str, int | None] = {"09162000": 1_500_000, "09562000": 110_000}
    groups = peer_groups({**towns, **bigger, **cities, "09174": None, "09175": 130_000})
    assert {groups[key] for key in (*towns, *bigger)} == {"Gemeinden, bis 19.999 Einwohner"}
    assert {groups[key] for key in cities} == {"Kreisfreie Städte, ab 100.000 Einwohner"}
    assert groups["09174"] == groups["09175"]
    assert groups["09174"].startswith("Landkreise")
    more: dict[str, int | None] = {f"091640{n:02d}": 8_000 for n in range(10, 13)}
    groups = peer_groups({**towns, **bigger, **more})
    assert len(set(groups.values())) == 2


def test_a_comparison_names_no_ranks() -> None:
    found = compare([point("a", 50, 60), point("b", 70, 90)], {"a": "alle", "b": "alle"})
    assert found["a"].members == 2
    assert found["a"].median == found["b"].median
    assert found["a"].shrunken < found["b"].shrunken
    assert found["a"].quartiles[0] <= found["a"].median <= found["a"].quartiles[1]


def test_the_parts_of_a_change_add_up_exactly() -> None:
    random = seeded(7)
    for _ in range(500):
        old, new = random_members(random, 3), random_members(random, 4)
        before = snapshot(scored(old)[1].points, old)
        after = snapshot(scored(new)[1].points, new)
        parts = split(before, after)
        assert parts.stayed + parts.added + parts.removed == after.mean - before.mean
        total = parts.stayed + parts.added + parts.removed + parts.other + parts.method
        assert total == after.score - before.score
        shown = parts.document()
        names = ("stayed", "added", "removed", "other", "method")
        assert shown["after"] - shown["before"] == sum(shown[name] for name in names)


def test_a_change_of_our_method_stands_apart() -> None:
    members = random_members(seeded(8), 3)
    before = snapshot(Fraction(60), members)
    after = snapshot(Fraction(55), members)
    parts = split(before, after, same_values=Fraction(55))
    assert (parts.method, parts.other + parts.stayed) == (Fraction(-5), Fraction(0))


def test_operators_are_told_of_falls_and_of_links_that_broke_together() -> None:
    before = {"A": Fraction(90), "F": Fraction(50)}
    assert alerts(before, {"A": Fraction(85), "F": Fraction(46)}, 2) == ["dimension:A"]
    assert alerts(before, before, 3) == ["links"]
    assert alerts(before, {"F": Fraction(99)}, 0) == []


def test_a_harvest_of_less_than_seven_tenths_freezes_the_score() -> None:
    assert is_frozen(69, 100)
    assert not is_frozen(70, 100)
    assert not is_frozen(0, 0)


def test_weights_add_up_and_every_check_has_its_rule() -> None:
    current = method()
    assert sum(dimension.weight for dimension in current.dimension) == 100
    assert set(OWN_RULES) == set(current.own_checks)
    assert set(FILE_RULES) == set(current.file_checks)
    assert [dimension.weight for dimension in current.dimension] == [
        14,
        18,
        14,
        14,
        6,
        10,
        12,
        8,
        4,
    ]
    weights = {check.id: check.weight for check in current.check}
    assert [weights[f"F{n}"] for n in range(1, 8)] == [15, 20, 20, 15, 15, 10, 5]
    assert [weights[f"A{n}"] for n in range(1, 6)] == [30, 15, 40, 10, 5]
    assert [weights[f"I{n}"] for n in range(1, 6)] == [30, 25, 15, 10, 20]
    assert [weights[f"R{n}"] for n in range(1, 8)] == [30, 20, 25, 5, 10, 5, 5]
    assert [weights[f"C{n}"] for n in range(1, 6)] == [20, 20, 20, 25, 15]
    assert [weights[f"T{n}"] for n in range(1, 3)] == [40, 60]


def test_every_code_of_the_lists_is_one_of_its_vocabulary() -> None:
    current = method()
    types, frequencies = vocabulary("file_types"), vocabulary("frequencies")
    formats = current.formats
    codes = {
        *formats.machine_readable, *formats.open, *formats.services, *formats.pages,
        *formats.documents, *current.families, *current.minor,
        *(code for table in (current.families, current.minor)
          for members in table.values() for code in members),
    }  # fmt: skip
    assert {code for code in codes if types.base + code not in types.iris} == set()
    known = {frequencies.code(iri) for iri in frequencies.iris} - {"UNKNOWN"}
    assert set(current.frequencies) == known
    licences = vocabulary("licenses")
    used = {
        *current.licences.without_attribution,
        *current.licences.hvd_permissive,
        current.licences.hvd_disputed,
    }
    assert {code for code in used if licences.base + code not in licences.iris} == set()


def test_every_cause_in_the_code_has_its_sentence_and_the_other_way_round() -> None:
    folder = TOML.parent
    source = "".join(path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.py")))
    said = set(re.findall(r'"([a-z-]+)"', source))
    for check in method().check:
        assert set(check.causes) - said == set(), check.id


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("weight = 14\nreason", "weight = 15\nreason"),
        ('id = "F1"\ndimension = "F"\ntitle = "Titel"\nweight = 15',
         'id = "F1"\ndimension = "F"\ntitle = "Titel"\nweight = 16'),
        ("rows = 35", "rows = 34"),
        ('mends = ["A2", "A3"]', 'mends = ["A2", "A9"]'),
        ("Der Download antwortet nicht ({shown})", "Der Download antwortet nicht ({link})"),
        ("lowest = 70", "lowest = 90"),
    ],
)  # fmt: skip
def test_a_method_that_contradicts_itself_is_refused(old: str, new: str) -> None:
    text = TOML.read_text(encoding="utf-8")
    assert old in text
    with pytest.raises(InvalidMethodError):
        read_method(text.replace(old, new))


def test_unknown_keys_of_the_method_are_refused() -> None:
    with pytest.raises(msgspec.ValidationError):
        read_method("neu = 1\n" + TOML.read_text(encoding="utf-8"))


def test_the_method_document_says_everything_that_is_shown() -> None:
    document = method_document()
    assert document["id"] == method().id
    assert len(document["checks"]) == len(method().check)
    assert len(document["hash"]) == 64
    assert msgspec.json.encode(document)
