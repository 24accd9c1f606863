"""One record never touches another."""

import pytest

from datenernte_dcat.errors import RecordError
from datenernte_harvester.crawl.record_isolation import FailedRecord, isolated


def test_the_result_of_good_work_comes_back() -> None:
    assert isolated("a", lambda: 5) == 5


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (RecordError("Der Titel fehlt."), "Der Titel fehlt."),
        (ValueError("x\ny"), "ValueError: x y"),
        (RecursionError(), "RecursionError"),
    ],
)
def test_a_failed_record_is_a_finding_that_names_it(error: Exception, words: str) -> None:
    def work() -> int:
        raise error

    failed = isolated("a", work)

    assert isinstance(failed, FailedRecord)
    assert failed.source_identifier == "a"
    assert (failed.finding.code, failed.finding.subject) == ("record-failed", "a")
    assert words in failed.finding.message


def test_an_interruption_is_no_matter_of_a_record() -> None:
    def work() -> int:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        isolated("a", work)
