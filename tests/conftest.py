"""What all tests share."""

import os
from collections import Counter

import pytest

LONG = {
    "tests/cli/test_check.py": 2,
    "tests/cli/test_logs.py": 3,
    "tests/harvest/test_authentication.py": 6,
    "tests/harvest/test_changes_only.py": 5,
    "tests/harvest/test_csw.py": 5,
    "tests/harvest/test_data_package.py": 5,
    "tests/harvest/test_failing_pages.py": 5,
    "tests/harvest/test_file_listing.py": 5,
    "tests/harvest/test_html_links.py": 5,
    "tests/harvest/test_oai_pmh.py": 5,
    "tests/harvest/test_ogc_records.py": 5,
    "tests/harvest/test_portal_detection.py": 4,
    "tests/harvest/test_renaming.py": 5,
    "tests/harvest/test_schema_org.py": 5,
    "tests/harvest/test_sparql.py": 5,
    "tests/harvest/test_unchanged.py": 6,
    "tests/harvest/test_wfs_wms.py": 5,
    "tests/harvest/test_worker_logs.py": 4,
    "tests/run/test_injected_faults.py": 3,
    "tests/run/test_main_job.py": 5,
    "tests/run/test_many_municipalities.py": 4,
    "tests/run/test_observability.py": 5,
    "tests/run/test_renamed.py": 5,
    "tests/run/test_tables.py": 4,
    "tests/run/test_withdrawing.py": 5,
    "tests/site/test_search.py": 2,
    "tests/site/test_todo.py": 2,
    "tests/store/test_link_validation.py": 2,
    "tests/store/test_whole_store.py": 2,
}
"""Files whose tests start processes, servers or browsers for each case → the gate runs every so
manyth of their tests. Without CI in the environment all of them run."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--accept",
        action="store_true",
        help="write what the spiders yield into the expected.jsonl of the recordings",
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep the share of the long checks that the gate has time for, the same every time.

    The longest test goes first, so that no process is left with it alone at the end.
    """
    items.sort(key=lambda item: "test_injected_faults" not in item.nodeid)
    if not os.environ.get("CI"):
        return
    seen: Counter[str] = Counter()
    kept: list[pytest.Item] = []
    left: list[pytest.Item] = []
    for item in items:
        file = item.nodeid.partition("::")[0]
        (kept if seen[file] % LONG.get(file, 1) == 0 else left).append(item)
        seen[file] += 1
    config.hook.pytest_deselected(items=left)
    items[:] = kept
