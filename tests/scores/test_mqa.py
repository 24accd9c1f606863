"""MQA-405: every metric, the best-distribution rule, bands, means and the open points."""

from collections.abc import Callable
from dataclasses import fields
from typing import get_args

import pytest

from datenernte_dcat.graph.description import Description
from datenernte_validators.scores.mqa import (
    DEFAULT,
    MAXIMUM,
    DatasetScore,
    RuleSet,
    mean_score,
    rating,
    score_dataset,
)
from datenernte_validators.scores.mqa_method import (
    method,
    metric_dimensions,
    metric_iri,
    metric_points,
)

Read = Callable[[str], Description]

DATASET = "https://daten.example/d"
PAGE = "https://daten.example/page"
FILE = "https://daten.example/file.csv"

PERFECT_DATASET = """
ex:d a dcat:Dataset ; dct:title "T" ; dct:description "D" ; dcat:keyword "Baum" ;
  dcat:theme ex:theme ; dct:spatial ex:place ; dct:temporal ex:time ;
  dct:accessRights right:PUBLIC ; dcat:contactPoint ex:kontakt ; dct:publisher ex:stadt ;
  dct:issued "2024-01-01" ; dct:modified "2024-02-01"
"""
PERFECT_DISTRIBUTION = """
dcat:accessURL ex:page ; dcat:downloadURL <https://daten.example/file.csv> ; dct:format ft:CSV ;
dcat:mediaType iana:text\\/csv ; dct:license eul:CC_BY_4_0 ; dct:rights ex:rights ;
dcat:byteSize 12 ; dct:issued "2024-01-01" ; dct:modified "2024-02-01"
"""
BOTH_OK = {PAGE: 200, FILE: 200}


def score(
    index: Description,
    status: dict[str, int] | None = None,
    conforms: bool = True,
    rules: RuleSet = DEFAULT,
) -> DatasetScore:
    return score_dataset(index, DATASET, BOTH_OK if status is None else status, conforms, rules)


def test_weights_add_up_to_405_points_and_the_documented_dimensions() -> None:
    points, dimensions = metric_points(), metric_dimensions()
    sums = {
        dimension: sum(value for name, value in points.items() if dimensions[name] == dimension)
        for dimension in dimensions.values()
    }
    assert len(points) == 23
    assert sums == {
        "findability": 100,
        "accessibility": 100,
        "interoperability": 110,
        "reusability": 75,
        "contextuality": 20,
    }
    assert sum(points.values()) == MAXIMUM
    assert all(value % 5 == 0 for value in points.values())


def test_the_lists_have_their_published_lengths() -> None:
    formats = method().formats
    assert len(formats.machine_readable) == 20
    assert len(formats.non_proprietary) == 29
    assert len(formats.machine_readable & formats.non_proprietary) == 16
    assert len(formats.non_proprietary | formats.non_proprietary_op_nal_2025) == 31
    assert len(method().access_rights.codes) == 6
    assert len(method().licences.edp2021) == 4


def test_a_perfect_record_has_405_points(description: Read) -> None:
    result = score(
        description(f"{PERFECT_DATASET} ; dcat:distribution ex:v . ex:v {PERFECT_DISTRIBUTION} .")
    )
    assert result.metrics == metric_points()
    assert (result.total, result.rating) == (405, "Excellent")
    assert result.best_distribution == "https://daten.example/v"


def test_a_perfect_record_without_data_has_185_points(description: Read) -> None:
    result = score(description(PERFECT_DATASET + " ."))
    assert result.total == 185
    assert result.dimensions == {
        "findability": 100,
        "accessibility": 0,
        "interoperability": 30,
        "reusability": 45,
        "contextuality": 10,
    }
    assert (result.rating, result.best_distribution) == ("Sufficient", None)


def test_an_empty_description_has_no_points(description: Read) -> None:
    result = score(description("ex:d a dcat:Dataset ."), {}, conforms=False)
    assert (result.total, result.rating) == (0, "Bad")
    assert set(result.metrics) == set(metric_points())


def test_the_worked_example_of_a_single_pdf_has_205_points(description: Read) -> None:
    index = description(
        """
        ex:d dcat:keyword "Haushalt", "Plan" ; dcat:theme ex:theme ; dct:modified "2025-05-01" ;
          dcat:contactPoint ex:k ; dct:publisher ex:p ; dct:identifier "1" ;
          dcat:landingPage ex:l ; dcat:distribution ex:v .
        ex:v dcat:accessURL ex:page ; dct:format ft:PDF ; dcat:mediaType iana:application\\/pdf ;
          dct:license "DL-DE BY" .
        """
    )
    result = score(index, {PAGE: 200}, conforms=False)
    assert list(result.dimensions.values()) == [60, 50, 40, 50, 5]
    assert (result.total, result.rating) == (205, "Sufficient")


DATASET_CASES = [
    ("keywordAvailability", 'dcat:keyword "a", "b"'),
    ("categoryAvailability", 'dcat:theme "kein Thema der Liste"'),
    ("spatialAvailability", "dct:spatial []"),
    ("temporalAvailability", "dct:temporal []"),
    ("accessRightsAvailability", 'dct:accessRights "offen"'),
    ("contactPointAvailability", 'dcat:contactPoint "Amt"'),
    ("publisherAvailability", 'dct:publisher "Stadt"'),
    ("dateIssuedAvailability", 'dct:issued "irgendwann"'),
    ("dateModifiedAvailability", 'dct:modified "irgendwann"'),
]


@pytest.mark.parametrize(("metric", "statement"), DATASET_CASES)
def test_a_dataset_metric_asks_only_whether_there_is_a_value(
    description: Read, metric: str, statement: str
) -> None:
    result = score(description(f"ex:d {statement} ."), conforms=False)
    assert {name for name, points in result.metrics.items() if points} == {metric}
    assert result.total == metric_points()[metric]


DISTRIBUTION_CASES = [
    ("dcat:accessURL ex:page", {"accessUrlStatusCode"}),
    ("dcat:downloadURL ex:untested", {"downloadUrlAvailability"}),
    ("dcat:downloadURL ex:page", {"downloadUrlAvailability", "downloadUrlStatusCode"}),
    ('dct:format "csv"', {"formatAvailability"}),
    ('dcat:mediaType "text/csv"', {"mediaTypeAvailability"}),
    ('dct:license "Open"', {"licenceAvailability"}),
    ("dct:license del:dl-by-de\\/2.0", {"licenceAvailability"}),
    ("dct:license eul:DLDE_BY_2_0", {"licenceAvailability", "knownLicence"}),
    ('dct:rights "frei"', {"rightsAvailability"}),
    ('dcat:byteSize "groß"', {"byteSizeAvailability"}),
    ('dct:issued "2024"', {"dateIssuedAvailability"}),
    ('dct:modified "2024"', {"dateModifiedAvailability"}),
]


@pytest.mark.parametrize(("statement", "metrics"), DISTRIBUTION_CASES)
def test_a_distribution_metric_counts_its_own_property(
    description: Read, statement: str, metrics: set[str]
) -> None:
    index = description(f"ex:d dcat:distribution ex:v . ex:v {statement} .")
    result = score(index, {PAGE: 200}, conforms=False)
    assert {name for name, points in result.metrics.items() if points} == metrics


FORMATS = [
    ("ft:CSV", True, True, True),
    ("ft:PDF", True, False, False),
    ("ft:GML", True, False, False),
    ("ft:WFS_SRVC", True, False, False),
    ("ft:GTFS", True, False, False),
    ("ft:SHP", True, True, False),
    ("ft:XLSX", True, True, False),
    ("ft:WMS_SRVC", True, False, True),
    ("ft:TSV", True, False, True),
    ("ft:ZIP", True, False, True),
    ("ft:EXE", True, False, False),
    ("ft:WMS", False, False, False),
    ("<https://publications.europa.eu/resource/authority/file-type/CSV>", False, False, False),
    ("ex:CSV", False, False, False),
]


@pytest.mark.parametrize(("value", "listed", "machine", "open_format"), FORMATS)
def test_format_lists_decide_about_formats(
    description: Read, value: str, listed: bool, machine: bool, open_format: bool
) -> None:
    metrics = score(description(f"ex:d dcat:distribution ex:v . ex:v dct:format {value} .")).metrics
    assert metrics["formatAvailability"] == 20
    assert metrics["formatMediaTypeVocabularyAlignment"] == 10 * listed
    assert metrics["formatMediaTypeMachineInterpretable"] == 20 * machine
    assert metrics["formatMediaTypeNonProprietary"] == 20 * open_format


@pytest.mark.parametrize(
    ("value", "known"),
    [
        ("iana:text\\/csv", True),
        ("<http://www.iana.org/assignments/media-types/application/pdf>", True),
        ("<https://www.iana.org/assignments/media-types/application/octet-stream+zip>", False),
        ("iana:application\\/x-shapefile", False),
        ("ex:csv", False),
    ],
)
def test_a_registered_media_type_aligns_without_a_format(
    description: Read, value: str, known: bool
) -> None:
    metrics = score(
        description(f"ex:d dcat:distribution ex:v . ex:v dcat:mediaType {value} .")
    ).metrics
    assert metrics["formatMediaTypeVocabularyAlignment"] == 10 * known


@pytest.mark.parametrize(
    ("value", "points"),
    [
        ("right:PUBLIC", 5),
        ("right:NORMAL", 5),
        ('"PUBLIC"', 0),
        ("right:OPEN", 0),
        ("<https://publications.europa.eu/resource/authority/access-right/PUBLIC>", 0),
    ],
)
def test_access_rights_align_only_with_the_eu_list(
    description: Read, value: str, points: int
) -> None:
    metrics = score(description(f"ex:d dct:accessRights {value} .")).metrics
    assert metrics["accessRightsAvailability"] == 10
    assert metrics["accessRightsVocabularyAlignment"] == points


def test_conformance_is_all_or_nothing(description: Read) -> None:
    index = description("ex:d a dcat:Dataset .")
    assert score(index, conforms=True).metrics["dcatApCompliance"] == 30
    assert score(index, conforms=False).metrics["dcatApCompliance"] == 0


def test_one_distribution_counts_and_not_the_best_value_of_each_metric(description: Read) -> None:
    index = description(
        """
        ex:d dcat:distribution ex:dead, ex:page-only .
        ex:dead dct:format ft:CSV ; dcat:mediaType iana:text\\/csv ; dct:license eul:CC0 .
        ex:page-only dcat:accessURL ex:page ; dcat:downloadURL ex:page .
        """
    )
    result = score(index, {PAGE: 200}, conforms=False)
    assert result.total == 110
    assert result.best_distribution == "https://daten.example/dead"
    assert result.dimensions["accessibility"] == 0


def test_the_best_sum_wins_over_the_better_dimension(description: Read) -> None:
    index = description(
        """
        ex:d dcat:distribution ex:a, ex:b .
        ex:a dcat:accessURL ex:page ; dcat:downloadURL ex:page .
        ex:b dcat:accessURL ex:page ; dcat:downloadURL ex:untested ; dct:format ft:CSV .
        """
    )
    result = score(index, {PAGE: 200}, conforms=False)
    assert result.best_distribution == "https://daten.example/b"
    assert (result.total, result.dimensions["accessibility"]) == (140, 70)


def test_a_tie_goes_to_the_higher_final_total(description: Read) -> None:
    index = description(
        """
        ex:d dct:issued "2024" ; dcat:distribution ex:a, ex:b .
        ex:a dct:issued "2024" .
        ex:b dcat:byteSize 1 .
        """
    )
    result = score(index, conforms=False)
    assert (result.best_distribution, result.total) == ("https://daten.example/b", 10)


def test_a_full_tie_goes_to_the_smallest_iri_whatever_the_order(description: Read) -> None:
    for order in ("ex:a, ex:b", "ex:b, ex:a"):
        index = description(
            f'ex:d dcat:distribution {order} . ex:a dct:rights "x" . ex:b dcat:byteSize 1 .'
        )
        result = score(index)
        assert result.best_distribution == "https://daten.example/a"
        assert result.metrics["rightsAvailability"] == 5


def test_a_tie_of_blank_nodes_does_not_depend_on_their_names(description: Read) -> None:
    metrics = [
        score(
            description(
                f"ex:d dcat:distribution _:{one}, _:{two} . "
                f'_:{one} dct:rights "x" . _:{two} dcat:byteSize 1 .'
            )
        )
        for one, two in (("a", "b"), ("b", "a"))
    ]
    assert metrics[0].metrics == metrics[1].metrics
    assert metrics[0].best_distribution is None
    assert metrics[0].total == 35


def test_dates_of_the_dataset_count_once(description: Read) -> None:
    index = description(
        """
        ex:d dct:issued "2024" ; dct:modified "2024" ; dcat:distribution ex:v .
        ex:v dct:issued "2024" .
        """
    )
    assert score(index, conforms=False).dimensions["contextuality"] == 10


def test_dates_of_a_losing_distribution_do_not_count(description: Read) -> None:
    index = description(
        """
        ex:d dcat:distribution ex:a, ex:b .
        ex:a dct:format ft:CSV . ex:b dct:issued "2024" ; dct:modified "2024" .
        """
    )
    assert score(index, conforms=False).dimensions["contextuality"] == 0


def test_properties_on_the_wrong_level_do_not_count(description: Read) -> None:
    index = description(
        """
        ex:d dct:license eul:CC0 ; dct:format ft:CSV ; dcat:byteSize 1 ; dct:rights ex:r ;
          dcat:accessURL ex:page ; dcat:downloadURL ex:page ; dcat:distribution ex:v .
        ex:v dcat:keyword "a" ; dcat:theme ex:t ; dct:spatial ex:s ; dct:temporal ex:z ;
          dct:accessRights right:PUBLIC ; dcat:contactPoint ex:k ; dct:publisher ex:p .
        """
    )
    assert score(index, {PAGE: 200}, conforms=False).total == 0


def test_samples_and_texts_are_no_distributions(description: Read) -> None:
    index = description(
        """
        @prefix adms: <http://www.w3.org/ns/adms#> .
        ex:d adms:sample ex:v ; dcat:distribution "datei.csv" . ex:v dct:format ft:CSV .
        """
    )
    assert score(index, conforms=False).total == 0


@pytest.mark.parametrize(
    ("status", "points"),
    [(200, 80), (204, 80), (299, 80), (199, 0), (302, 0), (404, 0), (405, 0), (1100, 0), (1300, 0)],
)
def test_only_a_final_2xx_is_reachable(description: Read, status: int, points: int) -> None:
    index = description(
        "ex:d dcat:distribution ex:v . ex:v dcat:accessURL ex:page ; dcat:downloadURL ex:page ."
    )
    metrics = score(index, {PAGE: status}).metrics
    assert metrics["accessUrlStatusCode"] + metrics["downloadUrlStatusCode"] == points


def test_of_several_urls_the_best_answer_counts(description: Read) -> None:
    index = description(
        "ex:d dcat:distribution ex:v . ex:v dcat:accessURL ex:page, ex:gone, ex:untested ."
    )
    result = score(index, {PAGE: 200, "https://daten.example/gone": 404})
    assert result.metrics["accessUrlStatusCode"] == 50
    measured = [m.value for m in result.measurements if m.metric.endswith("accessUrlStatusCode")]
    assert sorted(measured) == [200, 404]


def test_an_untested_url_has_no_points_and_no_measurement(description: Read) -> None:
    result = score(description("ex:d dcat:distribution ex:v . ex:v dcat:accessURL ex:page ."), {})
    assert result.metrics["accessUrlStatusCode"] == 0
    assert not [m for m in result.measurements if m.metric.endswith("accessUrlStatusCode")]


def test_a_url_written_as_text_is_looked_up_too(description: Read) -> None:
    index = description(f'ex:d dcat:distribution ex:v . ex:v dcat:accessURL "{PAGE}" .')
    assert score(index).metrics["accessUrlStatusCode"] == 50


@pytest.mark.parametrize(
    ("total", "documented", "piveau"),
    [
        (0, "Bad", "Bad"),
        (119, "Bad", "Bad"),
        (120, "Bad", "Sufficient"),
        (121, "Sufficient", "Sufficient"),
        (220, "Sufficient", "Sufficient"),
        (221, "Good", "Good"),
        (350, "Good", "Good"),
        (351, "Excellent", "Excellent"),
        (405, "Excellent", "Excellent"),
    ],
)
def test_bands_at_their_edges(total: int, documented: str, piveau: str) -> None:
    assert rating(total) == documented
    assert rating(total, RuleSet(rating_bands="piveau-code")) == piveau


@pytest.mark.parametrize(
    ("totals", "mean"),
    [([], 0), ([405], 405), ([1, 2], 2), ([0, 5], 3), ([200, 205], 203), ([1, 1, 2], 1)],
)
def test_the_mean_rounds_half_up(totals: list[int], mean: int) -> None:
    assert mean_score(totals) == mean


RULE_CASES: list[tuple[RuleSet, str, str, int, int]] = [
    (RuleSet(http_ok="2xx-3xx"), "dcat:accessURL ex:moved", "accessUrlStatusCode", 0, 50),
    (
        RuleSet(format_vocab_rule="and"),
        "dct:format ft:CSV",
        "formatMediaTypeVocabularyAlignment",
        10,
        0,
    ),
    (
        RuleSet(format_vocab_rule="and"),
        "dct:format ft:CSV ; dcat:mediaType iana:text\\/csv",
        "formatMediaTypeVocabularyAlignment",
        10,
        10,
    ),
    (
        RuleSet(known_licence="eu-nal+edp2021"),
        "dct:license del:dl-zero-de\\/2.0",
        "knownLicence",
        0,
        10,
    ),
    (RuleSet(known_licence="eu-nal+edp2021"), "dct:license del:cc-zero", "knownLicence", 0, 0),
    (RuleSet(literal_format="normalise"), 'dct:format "csv"',
     "formatMediaTypeMachineInterpretable", 0, 20),
    (RuleSet(literal_format="normalise"), 'dcat:mediaType "text/csv"',
     "formatMediaTypeVocabularyAlignment", 0, 10),
    (RuleSet(literal_format="normalise"), 'dct:format "res_format"',
     "formatMediaTypeMachineInterpretable", 0, 0),
    (RuleSet(format_lists="op-nal-2025"), "dct:format ft:GPKG", "formatMediaTypeNonProprietary",
     0, 20),
    (RuleSet(issued_modified="measured-blocks"), "dct:format ft:CSV", "dateIssuedAvailability",
     5, 0),
    (RuleSet(issued_modified="measured-blocks"), 'dct:issued "2024"', "dateIssuedAvailability",
     5, 5),
]  # fmt: skip


@pytest.mark.parametrize(("rules", "statement", "metric", "default", "switched"), RULE_CASES)
def test_each_open_point_can_be_read_both_ways(
    description: Read, rules: RuleSet, statement: str, metric: str, default: int, switched: int
) -> None:
    index = description(f'ex:d dct:issued "2024" ; dcat:distribution ex:v . ex:v {statement} .')
    status = {"https://daten.example/moved": 302}
    assert score(index, status).metrics[metric] == default
    assert score(index, status, rules=rules).metrics[metric] == switched


def test_measured_blocks_keeps_the_dates_of_a_dataset_without_data(description: Read) -> None:
    rules = RuleSet(issued_modified="measured-blocks")
    index = description('ex:d dct:issued "2024" .')
    assert score(index, rules=rules).metrics["dateIssuedAvailability"] == 5


def test_switched_rules_stand_in_every_output(description: Read) -> None:
    rules = RuleSet(http_ok="2xx-3xx", rating_bands="piveau-code")
    document = score(description("ex:d a dcat:Dataset ."), rules=rules).document()
    assert document["method"] == "mqa-405/piveau-2026"
    assert document["switched_rules"] == ["http_ok=2xx-3xx", "rating_bands=piveau-code"]
    assert DEFAULT.switched == ()
    assert DEFAULT.method == "mqa-405/piveau-2026" != rules.method


def test_every_named_rule_has_a_default_and_an_alternative() -> None:
    names = [rule.name for rule in fields(RuleSet)]
    assert names == [
        "http_ok", "format_vocab_rule", "known_licence", "issued_modified", "rating_bands",
        "literal_format", "format_lists", "shacl_profile",
    ]  # fmt: skip
    hints = RuleSet.__annotations__
    assert all(len(get_args(hints[name])) >= 2 for name in names)


def test_measurements_carry_raw_values_of_every_node(description: Read) -> None:
    index = description(
        'ex:d dcat:keyword "a" ; dcat:distribution ex:v, ex:w . ex:v dcat:accessURL ex:page .'
    )
    result = score(index, {PAGE: 404}, conforms=True)
    values = {(m.metric, m.subject): m.value for m in result.measurements}
    assert values[metric_iri("keywordAvailability"), DATASET] is True
    assert values[metric_iri("dcatApCompliance"), DATASET] is True
    assert values[metric_iri("accessUrlStatusCode"), "https://daten.example/v"] == 404
    assert values[metric_iri("licenceAvailability"), "https://daten.example/w"] is False
    assert values[metric_iri("scoring"), DATASET] == result.total
    assert values[metric_iri("findabilityScoring"), DATASET] == 30
    assert metric_iri("scoring") == "https://piveau.eu/ns/voc#scoring"
