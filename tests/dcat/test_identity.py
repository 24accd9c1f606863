"""Ids and IRIs that never change, and the winner among duplicates."""

import itertools
import random
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datenernte_dcat import identity
from datenernte_dcat.findings import Severity
from datenernte_dcat.identity import (
    Candidate,
    Duplicate,
    distribution_iri,
    distribution_iris,
    duplicate_findings,
    duplicates,
    host_owners,
    is_public_host,
    is_public_iri,
    own_iri,
    published_iri,
    record_id,
    winner,
)
from datenernte_dcat.records import Distribution, Literal, Reference

BASE = "https://katalog.example.de"
PUBLIC = "https://daten.stadt.de/dataset/1"


# Ids


def test_a_record_id_is_uuid5_of_portal_newline_and_source_identifier() -> None:
    expected = uuid.uuid5(uuid.NAMESPACE_URL, "rostock\nhttps://x.de/ä")
    assert record_id("rostock", "https://x.de/ä") == str(expected)
    # Computed once and written down: this value may never change.
    assert record_id("rostock", "baumkataster") == "50b5cf3c-f138-53c8-9364-e2dc690cfe12"


@given(st.text(), st.text())
def test_a_record_id_is_the_standard_uuid5(portal: str, identifier: str) -> None:
    assert record_id(portal, identifier) == str(
        uuid.uuid5(uuid.NAMESPACE_URL, f"{portal}\n{identifier}")
    )


def test_a_lone_surrogate_in_an_identifier_is_no_obstacle() -> None:
    assert record_id("p", "a\ud800") != record_id("p", "a")


# Hosts


@pytest.mark.parametrize(
    "host",
    [
        "stadt.de", "DATEN.Stadt.de", "daten.stadt.de.", "münchen.de", "xn--mnchen-3ya.de",
        "geo_portal.stadt.de", "8.8.8.8", "2001:4860:4860::8888", "opendata.local.stadt.de",
        "localhost.stadt.de", "intern.de", "64:ff9b::8.8.8.8", "stadt.example", "1und1.de", "3.pool.de",
    ],
)  # fmt: skip
def test_public_hosts(host: str) -> None:
    assert is_public_host(host)


@pytest.mark.parametrize(
    "host",
    [
        "", ".", "localhost", "localhost.", "LOCALHOST", "ckan", "app.localhost", "nas.local",
        "db.internal", "geo.intern", "srv.lan", "router.home.arpa", "x.corp", "a..de", "-a.de",
        "a-.de", "a b.de", "a%20b.de", f"{'a' * 64}.de", ".".join(["a" * 60] * 5) + ".de",
        "127.0.0.1", "127.0.0.1.", "10.1.2.3", "172.16.0.1", "192.168.178.1", "169.254.169.254",
        "100.64.0.1", "0.0.0.0", "255.255.255.255", "224.0.0.1", "192.0.2.1", "198.18.0.1",  # noqa: S104
        "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "127.1", "8.8.8", "8.8.8.8.8", "8.8.8.08",
        "1.2.3.0x", "::1", "::", "fe80::1", "fe80::1%eth0", "fd00::1", "fec0::1", "ff02::1", "2001:db8::1",
        "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::127.0.0.1", "64:ff9b:1::1",
        "2002:7f00:1::", "2002:a00:1::1", "2001:0:4136:e378:8000:63bf:80ff:fffe",
        "\uff11\uff12\uff17.0.0.1", "127。0。0。1", "ⓛocalhost", "x.localdomain", "x.test", "x.invalid",
    ],
)  # fmt: skip
def test_hosts_that_are_not_public(host: str) -> None:
    assert not is_public_host(host)


# IRIs


@pytest.mark.parametrize(
    "iri",
    [
        PUBLIC, "http://stadt.de", "HTTPS://Stadt.de/", "https://stadt.de:8443/a?b=c&d=e#f",
        "https://münchen.de/straßen/ä", "https://stadt.de/a%20b", "https://[2001:4860:4860::8888]/a",
        "https://stadt.de/a;b=(c)!$&'*+,@:~", f"https://stadt.de/{'a' * 1900}",
    ],
)  # fmt: skip
def test_valid_public_iris(iri: str) -> None:
    assert is_public_iri(iri)


@pytest.mark.parametrize(
    "iri",
    [
        "", "stadt.de/1", "/dataset/1", "//stadt.de/1", "urn:uuid:1", "ftp://stadt.de/1", "file:///etc/passwd",
        "javascript:alert(1)", "mailto:a@stadt.de", "https://", "https:///a", "https:stadt.de", "https:/stadt.de/a",
        "https://stadt.de/a b", "https://stadt.de/a\n", "\thttps://stadt.de/a", "https://stadt.de/a\x00", "https://stadt.de/<a>",
        'https://stadt.de/"', "https://stadt.de/{a}", "https://stadt.de/a|b", "https://stadt.de/a\\b", "https://stadt.de/^",
        "https://stadt.de/`", "https://stadt.de/a%2", "https://stadt.de/%zz", "https://stadt.de/a#b#c",
        "https://stadt.de/a[1]", "https://stadt.de/\ud800", "https://stadt.de/\ufffe", "https://stadt.de/\ufdd0",
        "https://user:pass@stadt.de/", "https://user@stadt.de/", "https://stadt.de:port/", "https://stadt.de:99999/",
        "https://stadt.de:0/", "https://[::1", "https://[::1]/", "http://localhost:5000/dataset/1", "http://ckan/dataset/1",
        f"https://stadt.de/{'a' * 2000}", f"https://stadt.de/{'ä' * 1000}", "https://stadt.de%00.evil.de/",
    ],
)  # fmt: skip
def test_iris_that_are_not_taken_over(iri: str) -> None:
    assert not is_public_iri(iri)


@given(st.text())
def test_any_text_is_judged_without_an_exception(text: str) -> None:
    for candidate in (text, f"https://{text}", f"https://stadt.de/{text}", f"https://{text}.de/"):
        if is_public_iri(candidate):
            assert published_iri("p", "1", candidate, BASE, {}) == (candidate, None)
        is_public_host(candidate)


def test_the_own_iri_of_the_source_is_published() -> None:
    assert published_iri("p", "1", PUBLIC, BASE, {}) == (PUBLIC, None)
    assert published_iri("p", "1", PUBLIC, BASE, {"daten.stadt.de": "p"}) == (PUBLIC, None)


@pytest.mark.parametrize("source", [None, "", "urn:uuid:7", "baumkataster", "_:b0", "ftp://x.de/1"])
def test_without_a_web_iri_ours_is_published_and_nobody_is_blamed(source: str | None) -> None:
    expected = f"{BASE}/datasets/{record_id('p', '1')}"
    assert published_iri("p", "1", source, f"{BASE}/", {}) == (expected, None)
    assert own_iri(BASE, record_id("p", "1")) == expected


@pytest.mark.parametrize(
    ("source", "hosts", "code"),
    [
        ("https://stadt.de/a b", {}, "iri-invalid-dataset"),
        ("HTTP://stadt.de/a|b", {}, "iri-invalid-dataset"),
        ("https://u:p@stadt.de/", {}, "iri-invalid-dataset"),
        ("http://localhost:8080/dataset/1", {}, "iri-not-public"),
        ("http://127.0.0.1:8099/d/1", {"127.0.0.1": "p"}, "iri-not-public"),
        (PUBLIC, {"daten.stadt.de": "q"}, "iri-foreign"),
        ("https://DATEN.stadt.de./dataset/1", {"daten.stadt.de": "q"}, "iri-foreign"),
        (PUBLIC, {"daten.stadt.de": frozenset({"q", "r"})}, "iri-foreign"),
        (f"{BASE}/datasets/{record_id('q', '1')}", {}, "iri-foreign"),
        (f"{BASE.upper()}/datasets/{record_id('q', '1')}".replace("HTTPS", "https"), {}, "iri-foreign"),
        (f"{BASE}/catalog", {}, "iri-foreign"),
        (f"{BASE}/eu/catalog".replace("https", "http"), {}, "iri-foreign"),
    ],
)  # fmt: skip
def test_an_iri_that_is_not_the_portals_to_give_is_replaced_with_a_finding(
    source: str, hosts: dict[str, str | frozenset[str]], code: str
) -> None:
    iri, finding = published_iri("p", "1", source, BASE, hosts)
    assert iri == own_iri(BASE, record_id("p", "1"))
    assert finding is not None
    assert (finding.code, finding.severity) == (code, Severity.WARNING)
    assert (finding.subject, finding.value) == (iri, source)
    assert source[:200] in finding.message


def test_our_own_iri_harvested_back_is_ours() -> None:
    ours = own_iri(BASE, record_id("p", "1"))
    assert published_iri("p", "1", ours, BASE, {}) == (ours, None)


def test_a_host_that_several_portals_share_belongs_to_all_of_them() -> None:
    hosts = host_owners(
        [("a", "https://Open.Bydata.de/a"), ("b", "https://open.bydata.de:443/b"),
         ("c", "https://c.de"), ("d", "kaputt"), ("e", "https://[kaputt")]
    )  # fmt: skip
    assert hosts == {"open.bydata.de": {"a", "b"}, "c.de": {"c"}}
    assert published_iri("b", "1", "https://open.bydata.de/1", BASE, hosts)[1] is None
    assert published_iri("c", "1", "https://open.bydata.de/1", BASE, hosts)[1] is not None


def test_a_host_is_the_same_in_every_spelling() -> None:
    hosts = host_owners([("a", "https://Daten.München.de/")])
    for host in (
        "daten.münchen.de",
        "daten.xn--mnchen-3ya.de",
        "DATEN.MÜNCHEN.DE.",
        "daten。münchen.de",
    ):
        assert published_iri("b", "1", f"https://{host}/1", BASE, hosts)[1] is not None
        assert published_iri("a", "1", f"https://{host}/1", BASE, hosts)[1] is None


def test_a_portal_may_share_the_host_with_the_catalogue() -> None:
    base = "https://opendata.stadt.de/katalog"
    for source in ("https://opendata.stadt.de/dataset/1", "https://opendata.stadt.de/datasets/1",
                   "https://opendata.stadt.de/katalog/dataset/1"):  # fmt: skip
        assert published_iri("p", "1", source, base, {}) == (source, None)
    for source in ("https://opendata.stadt.de/katalog/datasets/1", f"{base}/catalog.ttl"):
        assert published_iri("p", "1", source, base, {})[0] != source


# Distributions


def file(
    url: str = "", *, uri: str | None = None, title: str = "", **fields: object
) -> Distribution:
    return Distribution(
        uri=uri,
        access_url=(Reference(uri=url),) if url else (),
        title=(Literal(value=title),) if title else (),
        **fields,  # type: ignore[arg-type]
    )


def test_a_distribution_keeps_its_own_public_iri() -> None:
    assert distribution_iri(PUBLIC, file("https://x.de/a.csv", uri="https://x.de/r/1")) == (
        "https://x.de/r/1"
    )


@pytest.mark.parametrize("uri", [None, "_:b1", "urn:uuid:1", "http://localhost/r/1", PUBLIC, "r 1"])
def test_without_one_it_gets_an_iri_from_dataset_and_url(uri: str | None) -> None:
    name = f"{PUBLIC}\nhttps://x.de/a.csv"
    expected = f"{PUBLIC}#distribution-{uuid.uuid5(uuid.NAMESPACE_URL, name)}"
    assert distribution_iri(PUBLIC, file("https://x.de/a.csv", uri=uri)) == expected
    assert distribution_iris(PUBLIC, [file("https://x.de/a.csv", uri=uri)]) == (expected,)


def test_the_download_url_names_a_file_better_than_the_access_url() -> None:
    first = file("https://x.de/seite", download_url=(Reference(uri="https://x.de/a.csv"),))
    second = file("https://x.de/seite", download_url=(Reference(uri="https://x.de/b.csv"),))
    moved = file("https://x.de/neu", download_url=(Reference(uri="https://x.de/a.csv"),))
    assert distribution_iri(PUBLIC, first) != distribution_iri(PUBLIC, second)
    assert distribution_iri(PUBLIC, first) == distribution_iri(PUBLIC, moved)


def test_a_url_that_is_only_text_counts_as_url() -> None:
    labelled = Distribution(access_url=(Reference(label=Literal(value="x.de/a.csv")),))
    assert distribution_iri(PUBLIC, labelled) != distribution_iri(PUBLIC, file())


def test_a_dataset_iri_with_a_fragment_gets_no_second_one() -> None:
    iri = distribution_iri("https://x.de/katalog#d1", file("https://x.de/a.csv"))
    assert iri.count("#") == 1
    assert is_public_iri(iri)


def test_the_title_of_a_distribution_does_not_matter() -> None:
    assert distribution_iri(PUBLIC, file("https://x.de/a.csv", title="Alt")) == distribution_iri(
        PUBLIC, file("https://x.de/a.csv", title="Neu")
    )


def test_the_iris_of_a_dataset_are_distinct_and_do_not_depend_on_the_order() -> None:
    files = [
        file("https://x.de/a.csv", title="1"),
        file("https://x.de/a.csv", title="2"),
        file("https://x.de/a.csv", title="3"),
        file("https://x.de/b.csv"),
        file(title="ohne URL"),
        file(title="auch ohne"),
        file("https://x.de/c.csv", uri="https://x.de/r/1", title="1"),
        file("https://x.de/c.csv", uri="https://x.de/r/1", title="2"),
        file("https://x.de/d.csv", uri=PUBLIC),
    ]
    expected = dict(zip(files, distribution_iris(PUBLIC, files), strict=True))
    assert len(set(expected.values())) == len(files)
    assert "https://x.de/r/1" in expected.values()
    assert PUBLIC not in expected.values()
    assert all(is_public_iri(iri) for iri in expected.values())
    for seed in range(20):
        shuffled = random.Random(seed).sample(files, len(files))  # noqa: S311
        assert dict(zip(shuffled, distribution_iris(PUBLIC, shuffled), strict=True)) == expected


def test_equal_distributions_still_get_distinct_iris() -> None:
    iris = distribution_iris(PUBLIC, [file("https://x.de/a.csv")] * 3)
    assert len(set(iris)) == 3
    assert iris[0] == distribution_iri(PUBLIC, file("https://x.de/a.csv"))
    assert {distribution_iri(PUBLIC, file("https://x.de/a.csv"), n) for n in range(3)} == set(iris)


def test_a_new_file_leaves_the_other_iris_as_they_are() -> None:
    old = [file("https://x.de/b.csv"), file("https://x.de/c.csv")]
    new = [file("https://x.de/a.csv"), *old]
    assert distribution_iris(PUBLIC, new)[1:] == distribution_iris(PUBLIC, old)


# Duplicates


def candidate(portal: str, modified: str | None = None, **fields: str) -> Candidate:
    values = {"id": f"id-{portal}", "source_iri": PUBLIC, "iri": PUBLIC, **fields}
    return Candidate(portal=portal, modified=modified, **values)


def wins(candidates: list[Candidate], hosts: dict[str, str] | None = None) -> str:
    portals = {
        winner(list(order), hosts or {}).portal for order in itertools.permutations(candidates)
    }
    assert len(portals) == 1, "the order decides nothing"
    return portals.pop()


def test_the_portal_whose_host_owns_the_iri_wins() -> None:
    members = [candidate("a", "2026-01-01"), candidate("b", "2020-01-01"), candidate("c")]
    assert wins(members, {"daten.stadt.de": "b"}) == "b"
    assert wins(members, {"daten.stadt.de": "nobody-here"}) == "a"


def test_else_the_newest_wins() -> None:
    assert wins([candidate("a", "2025-12-31"), candidate("b", "2026-01-01")]) == "b"
    assert wins([candidate("a", "2026"), candidate("b", "2026-01-02")]) == "b"
    assert wins([candidate("a", "2026-02"), candidate("b", "2026-01-31T23:59:59")]) == "a"
    # One moment later, though the text is smaller.
    assert (
        wins([candidate("a", "2026-01-01T01:00:00+02:00"), candidate("b", "2025-12-31T23:30:00Z")])
        == "b"
    )


@pytest.mark.parametrize(
    "date", [None, "", "gestern", "2026-13-01", "0001-01-01", "01.02.2026", "99999"]
)
def test_a_date_that_cannot_be_read_is_oldest(date: str | None) -> None:
    assert wins([candidate("a", date), candidate("b", "0002-01-01")]) == "b"


def test_else_the_first_portal_by_name_wins() -> None:
    assert wins([candidate("b", "2026-01-01"), candidate("a", "2026-01-01T00:00:00Z")]) == "a"
    assert wins([candidate("b"), candidate("a")]) == "a"


def test_within_one_portal_the_id_decides() -> None:
    members = [candidate("a", id="2"), candidate("a", id="1")]
    assert winner(members, {}).id == winner(members[::-1], {}).id == "1"


def test_groups_are_formed_by_source_iri() -> None:
    other = "https://daten.stadt.de/dataset/2"
    members = [
        candidate("a"), candidate("b"),
        candidate("a", id="x", source_iri=other, iri=other),
        candidate("c", id="y", source_iri=other, iri="https://k.de/y"),
    ]  # fmt: skip
    found = duplicates(reversed(members), {"daten.stadt.de": "c"}, {})
    assert [(one.source_iri, one.winner.id) for one in found] == [(PUBLIC, "id-a"), (other, "y")]
    assert [[loser.id for loser in one.losers] for one in found] == [["id-b"], ["x"]]
    assert [one.iri for one in found] == [PUBLIC, "https://k.de/y"]


def test_the_published_iri_stays_when_the_winner_changes() -> None:
    ours, theirs = candidate("a", iri=PUBLIC), candidate("b", iri="https://k.de/datasets/b")
    hosts = {"daten.stadt.de": "a"}
    [before] = duplicates([ours, theirs], hosts, {})
    [after] = duplicates([theirs], hosts, {PUBLIC: before.iri})
    assert (before.winner.portal, after.winner.portal) == ("a", "b")
    assert before.iri == after.iri == PUBLIC


def test_the_reports_of_all_portals_name_winner_and_losers() -> None:
    duplicate = Duplicate(
        source_iri=PUBLIC, iri=PUBLIC, winner=candidate("a"),
        losers=(candidate("c"), candidate("b")),
    )  # fmt: skip
    found = duplicate_findings(duplicate)
    assert set(found) == {("id-a", "a"), ("id-b", "b"), ("id-c", "c")}
    for [finding] in found.values():
        assert finding.code == "dataset-shared"
        assert finding.severity is Severity.INFO
        assert "»a«" in finding.message
        assert "b, c" in finding.message
    alone = Duplicate(source_iri=PUBLIC, iri=PUBLIC, winner=candidate("a"), losers=())
    assert duplicate_findings(alone) == {}


def test_the_module_never_asks_the_name_system() -> None:
    assert not hasattr(identity, "socket")
