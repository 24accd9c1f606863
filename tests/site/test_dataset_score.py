"""A dataset's page: its Kommunal-Score, what it loses, and how to fetch its first file."""

import ast
import json
import shlex
from decimal import Decimal

import msgspec
import pytest
from tests.site.conftest import Site, record
from tests.site.test_pages import Page

from datenernte_dcat.site.dataset_score import fetching, file_name, loss_rows


def test_the_page_says_score_losses_and_what_helps(full: Site) -> None:
    stored = record("a001")
    page = Page(full.text(f"datasets/{stored.id}/index.html"))
    scores = {one["id"]: one for one in json.loads(full.text("quality.json"))["datasets"]}
    own = scores[stored.id]
    shown = f"{own['kommunal']:.1f}".replace(".", ",")
    assert f"Kommunal-Score: {shown} Stufe {own['grade']} von 100 Punkten" in page.text
    assert "Wo Punkte verloren gehen und was hilft" in page.text


def test_the_rows_add_up_to_what_is_lost(full: Site) -> None:
    method = full.store.setting("kommunal_method")
    for score in full.store.scores("dataset", method["id"]):
        rows = loss_rows(score.document, method)
        lost = sum((Decimal(row.points.replace(",", ".")) for row in rows), Decimal(0))
        assert lost == Decimal(100) - Decimal(str(score.total))
        assert all(row.how for row in rows)
        assert all("dct:" not in row.how for row in rows)


def test_the_lines_fetch_the_first_file(full: Site) -> None:
    page = full.text(f"datasets/{record('a001').id}/index.html")
    url = "https://portal.example.org/a001.csv"
    assert f"<code>curl --location --output a001.csv {url}</code>" in page
    assert f"urllib.request.urlretrieve(&#34;{url}&#34;, &#34;a001.csv&#34;)" in page
    assert f"download.file(&#34;{url}&#34;, &#34;a001.csv&#34;, mode = &#34;wb&#34;)" in page


@pytest.mark.parametrize(
    "url",
    [
        "https://x.example/a';rm -rf ~;'.csv",
        "https://x.example/$(id)/`id`",
        "https://x.example/%0Aimport%20os.csv",
        "https://x.example/..%2F..%2Fetc%2Fpasswd",
        "https://x.example/-rf",
        'https://x.example/ä ö.csv?x="\\',
        "https://x.example/",
    ],
)
def test_no_address_breaks_out_of_a_line(url: str) -> None:
    lines = fetching(["javascript:alert(1)", url])
    if lines is None:
        return
    words = shlex.split(lines.curl)
    assert words[:3] == ["curl", "--location", "--output"]
    assert words[4:] == [url]
    tree = ast.parse(lines.python)
    assert [type(one) for one in tree.body] == [ast.Import, ast.Expr]
    assert ast.literal_eval(tree.body[1].value.args[0]) == url  # type: ignore[attr-defined]
    name = file_name(url)
    assert "/" not in name
    assert not name.startswith((".", "-"))
    assert "\n" not in lines.r


def test_without_a_web_address_there_are_no_lines() -> None:
    assert fetching(["javascript:alert(1)", "ftp://x.example/a"]) is None
    assert fetching([]) is None


def test_a_page_changes_with_its_own_score_only(site: Site) -> None:
    first, second = record("a"), record("b")
    site.harvest([first, second])
    site.score_kommunal()
    site.publish()
    before = site.files()
    [own] = [one for one in site.store.scores("dataset", "kommunal/1.0") if one.subject == first.id]
    changed = {**own.document, "score": 12.3, "exact": "123/10"}
    site.store.put_scores([msgspec.structs.replace(own, total=12.3, document=changed)])
    site.publish()
    after = site.files()
    pages = {path for path in before if path.startswith("datasets/") and path.endswith("x.html")}
    differs = {path for path in pages if before[path] != after[path]}
    assert f"datasets/{first.id}/index.html" in differs
    assert f"datasets/{second.id}/index.html" not in differs
    assert "datasets/index.html" in differs


def test_standing_pages_show_what_is_stored_and_configured(full: Site) -> None:
    method = full.store.setting("kommunal_method")
    page = Page(full.text("methodik/index.html")).text
    for dimension in method["dimensions"]:
        assert f"{dimension['code']} {dimension['title']} {dimension['weight']}" in page
    for check in method["checks"]:
        assert f"{check['id']} {check['title']} {check['weight']}" in page
        assert check["rule"] in page
    assert method["hash"] in page
    imprint = Page(full.text("impressum/index.html")).text
    assert "Betreiber Land Musterland Kontakt opendata@example.org" in imprint
    statement = Page(full.text("barrierefreiheit/index.html")).text
    assert "Stand der Vereinbarkeit" in statement
    assert "opendata@example.org" in statement


def test_without_scores_the_methodology_says_so(site: Site) -> None:
    site.harvest([record("a")])
    site.publish()
    page = Page(site.text("methodik/index.html")).text
    assert "noch nicht berechnet" in page
    assert "MQA-405" in page


def test_the_tables_have_both_scores(full: Site) -> None:
    start = Page(full.text("index.html"))
    listed = Page(full.text("datasets/index.html"))
    assert "Kommunal-Score MQA-405 Befunde" in start.text
    assert "Kommunal-Score MQA-405 Befunde" in listed.text
    document = json.loads(full.text("quality.json"))
    by_key = {one["key"]: one for one in document["municipalities"]}
    own = by_key["09162000"]
    shown = f"{own['kommunal']:.1f}".replace(".", ",")
    assert f"230 230 {shown} Stufe {own['grade']} 233 (gut)" in start.text
    assert by_key["09162001"]["kommunal"] is None
    assert document["catalog"]["kommunal"] is not None
    assert document["catalog"]["grade"] is None
