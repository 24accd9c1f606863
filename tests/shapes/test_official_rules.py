"""The rules of the official profiles, each by class, property, kind and severity.

The tables are transcribed from the specification and not from our shapes; `test_rules.py` holds
that each rule stays silent about good data and speaks about its fault.

Source: DCAT-AP 3.0.0 and DCAT-AP.de 3.0, https://www.dcat-ap.de/def/dcatde/3.0/spec/;
Konventionenhandbuch, https://www.dcat-ap.de/def/dcatde/2.0/implRules/
"""

import re

import pytest

from datenernte_dcat.findings import Severity
from datenernte_validators.shapes.profiles import Rule, load_profile
from datenernte_validators.shapes.results import kebab

GERMAN_3_0 = """
catalog availability max-count error
catalog is-part-of class warning
catalog is-part-of max-count error
dataset publisher min-count error
dataset political-geocoding-level-uri node-kind error
dataset availability max-count error
dataset contributor-id node-kind error
dataset references node-kind error
dataset contributor class error
dataset originator class error
dataset custodian class error
data-service publisher min-count error
data-service availability max-count error
dataset-series publisher min-count error
distribution license min-count error
distribution license-attribution-by-text node-kind error
period-of-time start-date-or-end-date-or-has-beginning-or-has-end min-count error
kind fn max-count error
kind fn node-kind error
kind has-email node-kind error
kind has-url node-kind error
kind has-telephone node-kind error
kind has-email-or-has-url-or-has-telephone min-count error
attribution had-role min-count error
attribution had-role node-kind error
attribution agent min-count error
attribution agent node-kind error
catalog language pattern error
dataset language pattern error
distribution language pattern error
catalog-record language pattern error
catalog license node warning
data-service license node warning
distribution license node warning
catalog availability node error
dataset availability node error
data-service availability node error
distribution availability node error
dataset contributor-id node warning
dataset political-geocoding-level-uri node warning
dataset accrual-periodicity node error
dataset-series accrual-periodicity node error
dataset type node warning
dataset theme node error
dataset access-rights node error
data-service access-rights node error
data-service format node error
distribution format node error
distribution media-type pattern error
distribution compress-format pattern error
distribution package-format pattern error
distribution status node error
agent type node error
checksum algorithm class warning
resource political-geocoding-uri max-count warning
resource geocoding-description max-count warning
resource legal-basis max-count warning
resource quality-process-uri max-count warning
resource originator max-count warning
resource maintainer max-count warning
resource has-version max-count warning
resource is-version-of max-count warning
dataset version-info max-count warning
checksum algorithm not warning
distribution status not warning
"""
"""What Germany adds in 3.0: class, property, kind of rule, severity."""

HANDBOOK = """
kind has-email-or-has-url min-count error
dataset contributor-id qualified-min-count error
dataset contributor-id qualified-max-count error
dataset source max-count warning
dataset theme node error
dataset theme min-count warning
dataset keyword min-count warning
dataset landing-page min-count warning
dataset issued min-count warning
distribution title min-count warning
dataset distribution min-count info
dataset identifier min-count info
dataset modified min-count info
distribution format node error
distribution license min-count error
distribution license node error
distribution license-attribution-by-text or warning
dataset publisher min-count error
agent type node error
agent type not warning
distribution access-url or info
distribution download-url or warning
dataset political-geocoding-uri or warning
dataset political-geocoding-level-uri min-count warning
dataset conforms-to node-kind warning
dataset access-rights node-kind warning
dataset provenance node-kind warning
data-service access-rights node-kind warning
distribution conforms-to node-kind warning
distribution rights node-kind warning
catalog rights node-kind warning
catalog-record conforms-to node-kind warning
dataset was-generated-by node-kind warning
dataset landing-page node-kind warning
dataset page node-kind warning
catalog homepage node-kind warning
distribution page node-kind warning
distribution has-policy node-kind warning
"""
"""The conventions that one record decides, and the unnumbered ones; only in the 2.0 profile."""

BASE_3_0: dict[str, dict[str, str]] = {
    "catalog": {
        "min-count": "title description publisher",
        "max-count": "publisher creator homepage license rights issued modified",
        "node-kind": "title description issued modified publisher creator dataset service catalog "
        "record has-part spatial temporal language license rights homepage theme-taxonomy "
        "applicable-legislation",
        "class": "publisher creator dataset service catalog record has-part temporal",
    },
    "catalog-record": {
        "min-count": "modified primary-topic",
        "max-count": "modified issued primary-topic source status",
        "node-kind": "title description issued modified conforms-to language status source "
        "primary-topic",
        "class": "primary-topic source",
    },
    "dataset": {
        "min-count": "title description",
        "max-count": "publisher issued modified version access-rights accrual-periodicity "
        "spatial-resolution-in-meters temporal-resolution",
        "node-kind": "title description keyword version version-notes issued modified provenance "
        "conforms-to landing-page page relation is-referenced-by",
        "class": "publisher creator contact-point distribution sample temporal in-series "
        "has-version source qualified-relation",
    },
    "dataset-series": {
        "min-count": "title description",
        "max-count": "publisher issued modified accrual-periodicity",
        "node-kind": "title description issued modified",
        "class": "publisher contact-point temporal",
    },
    "distribution": {
        "min-count": "access-url",
        "max-count": "format license rights media-type compress-format package-format byte-size "
        "availability status has-policy checksum issued modified spatial-resolution-in-meters "
        "temporal-resolution",
        "node-kind": "title description issued modified access-url download-url",
        "class": "access-service checksum",
        "datatype": "byte-size spatial-resolution-in-meters temporal-resolution",
    },
    "data-service": {
        "min-count": "title endpoint-url",
        "max-count": "publisher license access-rights",
        "node-kind": "title description keyword endpoint-url endpoint-description",
        "class": "publisher contact-point serves-dataset",
    },
    "location": {"max-count": "bbox centroid geometry", "node-kind": "bbox centroid geometry"},
    "period-of-time": {
        "max-count": "start-date end-date has-beginning has-end",
        "node-kind": "start-date end-date has-beginning has-end",
        "class": "has-beginning has-end",
    },
    "agent": {"min-count": "name", "max-count": "type", "node-kind": "name type"},
    "checksum": {
        "min-count": "algorithm checksum-value",
        "max-count": "algorithm checksum-value",
        "datatype": "checksum-value",
        "node-kind": "algorithm",
    },
    "identifier": {
        "min-count": "notation",
        "max-count": "notation",
        "node-kind": "notation",
    },
    "relationship": {
        "min-count": "had-role relation",
        "node-kind": "had-role relation",
        "class": "had-role",
    },
}
"""What DCAT-AP 3.0.0 itself demands: class → kind of rule → properties; all of them errors."""


def rules(profile: str) -> dict[str, Rule]:
    return {rule.code: rule for rule in load_profile(profile).rules.values()}


def lines(table: str) -> list[tuple[str, str, str, str]]:
    return [tuple(line.split()) for line in table.strip().splitlines()]  # type: ignore[misc]


def is_about(rule: Rule, prop: str) -> bool:
    """Whether the rule's property is the table's; of several the first."""
    assert rule.property is not None
    return kebab(re.split("[/#]", rule.property)[-1]) == prop.partition("-or-")[0]


@pytest.mark.parametrize(
    ("profile", "table"), [("dcat-ap.de-3.0", GERMAN_3_0), ("dcat-ap.de-2.0", HANDBOOK)]
)
def test_each_german_rule_has_its_severity_property_and_words(profile: str, table: str) -> None:
    missing, wrong = [], []
    found = rules(profile)
    for record, prop, kind, severity in lines(table):
        rule = found.get(f"shacl-{record}-{prop}-{kind}")
        if rule is None:
            missing.append(f"shacl-{record}-{prop}-{kind}")
        elif rule.severity is not Severity(severity):
            wrong.append((rule.code, rule.severity))
        else:
            assert is_about(rule, prop)
            assert rule.message.endswith(".")
            assert rule.advice.endswith(".")
    assert (missing, wrong) == ([], [])


def test_each_rule_of_dcat_ap_is_an_error_about_its_property() -> None:
    found = rules("dcat-ap.de-3.0")
    missing = []
    for record, kinds in BASE_3_0.items():
        for kind, properties in kinds.items():
            for prop in properties.split():
                rule = found.get(f"shacl-{record}-{prop}-{kind}")
                if rule is None:
                    missing.append(f"shacl-{record}-{prop}-{kind}")
                else:
                    assert rule.severity is Severity.ERROR, rule.code
                    assert is_about(rule, prop), rule.code
    assert missing == []


def test_the_conventions_are_no_rules_of_3_0() -> None:
    """K08 asks for what 3.0 deprecates; there is no handbook for 3.0."""
    found = rules("dcat-ap.de-3.0")
    assert "shacl-dataset-political-geocoding-uri-or" not in found
    assert not any(re.match(r"K\d\d: ", rule.message) for rule in found.values())
