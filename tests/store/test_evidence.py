"""Links, files, reports and cached answers."""

from datetime import UTC, datetime, timedelta

from datenernte_dcat.store.rows import CachedResponse, FileReport, FileState, LinkResult
from datenernte_dcat.store.store import Store

NOW = datetime(2026, 3, 1, 12, 0, 0, 5, tzinfo=UTC)
LONG = "https://geo.stadt.de/wfs?" + "x" * 9000


def link(url: str = "https://x.de/a.csv", *, minute: int = 0, **fields: object) -> LinkResult:
    values = {"status": 200, "outcome": "ok", **fields}
    return LinkResult(url=url, checked_at=NOW + timedelta(minutes=minute), **values)  # type: ignore[arg-type]


def test_every_field_of_a_link_result_comes_back(store: Store) -> None:
    result = link(
        head_status=1100, final_url="https://x.de/b", hops=("https://x.de/b", "ö"),
        content_type="text/csv", content_length=2**40, detail="Antwort 200",
    )  # fmt: skip
    store.put_links([result])
    assert store.links([result.url, "https://unknown"]) == {result.url: result}
    assert store.links([]) == {}


def test_the_newest_observation_of_a_url_counts(store: Store) -> None:
    store.put_links([link()])
    store.put_links([link(minute=1, status=404, outcome="broken")])
    assert store.links(["https://x.de/a.csv"])["https://x.de/a.csv"].status == 404


def test_urls_of_any_length_are_kept(store: Store) -> None:
    urls = [LONG + str(n) for n in range(3)]
    store.put_links([link(url) for url in urls])
    store.put_file_states([FileState(url=LONG, content_hash=None, size=None, fetched_at=NOW)])
    answer = CachedResponse(portal="p", url=LONG, status=200, headers=(), body=b"x", stored_at=NOW)
    store.put_cached_response(answer)
    assert set(store.links(urls)) == set(urls)
    assert store.file_state(LONG) is not None
    assert store.cached_response("p", LONG) == answer


def test_the_history_of_a_link_has_a_line_where_the_answer_changed(store: Store) -> None:
    answers = [(200, "ok"), (200, "ok"), (404, "broken"), (404, "broken"), (200, "ok")]
    for minute, (status, outcome) in enumerate(answers):
        store.put_links([link(minute=minute, status=status, outcome=outcome)])
    history = store.link_history("https://x.de/a.csv")
    assert [(line.checked_at - NOW, line.status, line.outcome) for line in history] == [
        (timedelta(minutes=0), 200, "ok"),
        (timedelta(minutes=2), 404, "broken"),
        (timedelta(minutes=4), 200, "ok"),
    ]
    assert store.link_history("https://unknown") == []


def test_more_links_than_one_statement_takes(store: Store) -> None:
    urls = [f"https://x.de/{n}" for n in range(1203)]
    store.put_links([link(url) for url in urls])
    assert set(store.links(urls)) == set(urls)


def test_every_field_of_a_file_state_comes_back(store: Store) -> None:
    state = FileState(
        url="https://x.de/a.csv", content_hash="c" * 64, size=2**40, etag='W/"ö"',
        last_modified="Sun, 01 Mar 2026 12:00:00 GMT", fetched_at=NOW, schema_hash="s",
    )  # fmt: skip
    other = FileState(url="https://x.de/b.csv", content_hash=None, size=None, fetched_at=NOW)
    store.put_file_states([state, other])
    assert store.file_state(state.url) == state
    assert store.file_states([other.url, state.url]) == {state.url: state, other.url: other}
    newer = FileState(url=state.url, content_hash=None, size=None, fetched_at=NOW)
    store.put_file_states([newer])
    assert store.file_state(state.url) == newer
    assert store.file_state("https://unknown") is None


def test_file_reports_are_keyed_by_content_and_schema(store: Store) -> None:
    report = FileReport(content_hash="c", schema_hash="s", report={"rows": 7, "ä": [None, 1.5]})
    store.put_file_report(report)
    assert store.file_report("c", "s") == report
    assert store.file_report("c", "t") is None
    store.put_file_reports([FileReport(content_hash="c", schema_hash="s", report={})])
    found = store.file_report("c", "s")
    assert found is not None
    assert found.report == {}


def test_shape_reports_are_keyed_by_graph_and_profile(store: Store) -> None:
    store.put_shape_reports({("g", "p"): {"conforms": True}, ("g", "q"): {"conforms": False}})
    assert store.shape_report("g", "p") == {"conforms": True}
    assert store.shape_report("h", "p") is None
    wanted = [("g", "p"), ("g", "q"), ("h", "p")]
    assert set(store.shape_reports(wanted)) == {("g", "p"), ("g", "q")}


def test_more_shape_reports_than_one_statement_takes(store: Store) -> None:
    reports = {(f"g{n}", "p"): {"n": n} for n in range(777)}
    store.put_shape_reports(reports)
    assert store.shape_reports(reports) == reports


def test_answers_are_kept_per_portal(store: Store) -> None:
    answer = CachedResponse(
        portal="p", url="https://x.de/?page=1", status=200,
        headers=(("ETag", '"1"'), ("Set-Cookie", "ä"), ("Set-Cookie", "b")),
        body=bytes(range(256)) * 1000, stored_at=NOW,
    )  # fmt: skip
    store.put_cached_response(answer)
    assert store.cached_response("p", answer.url) == answer
    assert store.cached_response("q", answer.url) is None
    store.delete_cached_responses("q")
    assert store.cached_response("p", answer.url) is not None
    store.delete_cached_responses("p")
    assert store.cached_response("p", answer.url) is None


def test_the_digest_of_links_changes_with_an_answer_and_not_with_the_time(store: Store) -> None:
    empty = store.links_digest()
    store.put_links([link(), link("https://x.de/b.csv")])
    before = store.links_digest()
    assert before != empty
    store.put_links([link(minute=5, content_length=7)])
    assert store.links_digest() == before
    digests = {before}
    for change in (
        {"status": 404}, {"outcome": "broken"}, {"head_status": 1100}, {"code": "tls-expired"},
        {"hops": ("http://x.de/c",)}, {"content_type": "text/html"}, {"detail": "Antwort 404"},
    ):  # fmt: skip
        store.put_links([link(minute=6, **change)])
        digests.add(store.links_digest())
    assert len(digests) == 8


def test_the_digest_of_files_changes_with_a_file_and_not_with_the_time(store: Store) -> None:
    def put(minute: int, **fields: str | None) -> str:
        values = {"content_hash": "c", "size": 1, **fields}
        fetched_at = NOW + timedelta(minutes=minute)
        store.put_file_states([FileState(url="u", fetched_at=fetched_at, **values)])  # type: ignore[arg-type]
        return store.files_digest()

    before = put(0)
    assert put(1) == before
    changes: list[dict[str, str | None]] = [
        {"content_hash": "d"}, {"schema_hash": "s"}, {"problem": "download-timeout"}
    ]  # fmt: skip
    assert before not in {put(2, **change) for change in changes}
