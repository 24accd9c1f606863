"""What holds for every record, however hostile: nothing raises, nothing is lost or guessed."""

import random
import string
import typing
from typing import Any

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from datenernte_dcat.graph import dataset_triples, kept_lines
from datenernte_dcat.mapping import CLASSES, Kind, Row, rows_of
from datenernte_dcat.normalise import Context, Normalised, normalise, published_view
from datenernte_dcat.normalise.concepts import RULES
from datenernte_dcat.records import (
    ContactPoint,
    Dataset,
    Distribution,
    Literal,
    Node,
    Reference,
    dataset_from_json,
    dataset_to_json,
)
from datenernte_dcat.terms import GSP, XSD
from datenernte_dcat.vocabulary import vocabulary

# Values as portals write them, beside whatever text hypothesis thinks of.
SEEN = [
    "", " ", "TODO:", "-", "csv", "CSV", ".csv", "text/csv", "application/octet-stream+zip",
    "de", "public", "täglich", "jährlich", "cc-by", "dl-de-by-2.0", "bildung_wissenschaft",
    "6776.0", "141 Bytes", "3.07 KB", "1e5", "2019", "2019-02-30", "28.1.2021",
    "2021-01-28 GMT 01:51:03.34919300", "Date changed\t2014-12-10T09:56:43+01:00",
    "a@b.example", "mailto:a@b.example", "a ät b.example", "0381 381-0", "tel:+49 381",
    "www.a.example", "https://a.example/a b", "http://[::1", "javascript:alert(1)", "siehe oben",
    "https://www.dcat-ap.de/def/licenses/cc-zero", "http://dcat-ap.de/def/licenses/cc-by/4_0",
    "https://www.dcat-ap.de/def/plannedAvailability/stable", "http://purl.org/adms/status/Completed",
    "http://publications.europa.eu/resource/authority/language/GER",
    "http://publications.europa.eu/resource/authority/file-type/WMS",
    "https://www.dcat-ap.de/def/politicalGeocoding/regionalKey/130030000000",
    "http://dcat-ap.de/def/politicalGeocoding/Level/municipality",
    "http://data.europa.eu/eli/reg_impl/2023/138/oj", "P1Y", "POINT(11 53)", "0aF1",
    '{"type":"Point","coordinates":[11,53]}', "https://a.example/x.csv.gz", "_:b1",
    "a\x00b", "Ba\u0308ume", "\ud800", "\u202e", "%zz", "<a>",
]  # fmt: skip
TAGS = ["de", "de_DE", "DE-de", "français", "", "x" * 20]
DATATYPES = [XSD + "date", XSD + "decimal", XSD + "string", XSD + "dateTime", "kaputt", GSP + "x"]

texts = st.sampled_from(SEEN) | st.text(max_size=20)
literals = st.builds(
    Literal,
    value=texts,
    language=st.none() | st.sampled_from(TAGS),
    datatype=st.none() | st.sampled_from(DATATYPES),
)
references = st.builds(Reference, uri=texts) | st.builds(
    Reference, label=literals, node_class=st.none() | st.just("http://purl.org/dc/terms/Standard")
)


def nodes(record: type[Node], depth: int = 0) -> st.SearchStrategy[Any]:
    """Any record of the type; nodes in it get rarer with depth."""
    fields: dict[str, st.SearchStrategy[Any]] = {}
    for row in rows_of(record):
        value = values(row, depth)
        if value is not None:
            many = st.lists(value, max_size=2).map(tuple)
            fields[row.field] = many if row.many else st.none() | value
    return st.builds(
        record,
        uri=st.none() | texts,
        classes=st.just(()) | st.just((CLASSES[record],)) | st.just(("kaputt",)),
        untyped=st.just(False),
        **fields,
    )


def values(row: Row, depth: int) -> st.SearchStrategy[Any] | None:
    if row.kind is Kind.LITERAL:
        return literals
    if row.kind is Kind.REFERENCE:
        return references
    return nodes(row.target, depth + 1) if row.target is not None and depth < 1 else None


def any_dataset(seed: int) -> Dataset:
    """A random hostile dataset, faster than hypothesis builds it and with every field in use."""
    dice = random.Random(seed)  # noqa: S311 - data for a test

    def literal() -> Literal:
        tag = dice.choice([None, None, *TAGS])
        datatype = dice.choice([None, None, None, *DATATYPES])
        return Literal(value=dice.choice(SEEN), language=tag, datatype=datatype)

    def reference() -> Reference:
        if dice.random() < 0.5:
            return Reference(uri=dice.choice(SEEN))
        return Reference(label=literal())

    def node(record: type[Node], depth: int) -> Node:
        fields: dict[str, Any] = {}
        for row in rows_of(record):
            if dice.random() < (0.5 if depth else 0.3):
                continue
            made: list[Any] = []
            for _ in range(dice.choice([1, 1, 2]) if row.many else 1):
                if row.kind is Kind.LITERAL:
                    made.append(literal())
                elif row.kind is Kind.REFERENCE:
                    made.append(reference())
                elif row.target is not None and depth < 3:
                    made.append(node(row.target, depth + 1))
            if made:
                fields[row.field] = tuple(made) if row.many else made[0]
        node_uri = dice.choice([None, None, *SEEN])
        return record(uri=node_uri, untyped=dice.random() < 0.2, **fields)

    return typing.cast(Dataset, node(Dataset, 0))


CONTEXTS = [
    Context(portal="p", source_type="dcat_rdf"),
    Context(
        portal="p",
        source_type="ckan",
        source_identifier="id\x00\ud800",
        subject="https://a.example/1",
        municipality="091620000000",
        contributor_id="http://dcat-ap.de/def/contributors/openDataBayern",
        lookups={"license": {"siehe oben": "cc-zero", "cc-by": "cc-by/4.0"}, "theme": {"csv": "x"}},
        publisher="Stadt\x00",
        contact=ContactPoint(has_telephone=(Reference(label=Literal(value="0381 381-0")),)),
        state_key="09",
        centroid=(11.5, 48.1),
    ),
]


def normalised_twice(dataset: Dataset, context: Context) -> Normalised:
    first = normalise(dataset, (), context)
    second = normalise(first.dataset, first.kept, context)
    assert second.dataset == first.dataset
    assert second.kept == first.kept
    return first


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(nodes(Distribution), st.sampled_from(CONTEXTS))
def test_no_distribution_breaks_it_and_twice_is_once(
    distribution: Distribution, context: Context
) -> None:
    normalised_twice(Dataset(distribution=(distribution,)), context)


def test_no_dataset_breaks_it_and_twice_is_once() -> None:
    for seed in range(300):
        dataset = any_dataset(seed)
        for context in CONTEXTS:
            result = normalised_twice(dataset, context)
            assert dataset_from_json(dataset_to_json(result.dataset)) == result.dataset
            assert msgspec.json.encode(result.findings)
            assert all(found.message and found.subject != "" for found in result.findings)
            keys = [(f.code, f.subject, f.property, f.value) for f in result.findings]
            assert len(set(keys)) == len(keys)


def test_the_published_view_never_breaks_and_twice_is_once() -> None:
    for seed in range(300):
        dataset = any_dataset(seed)
        assert published_view(dataset, "dcat_rdf") is dataset
        view = published_view(dataset, "ckan")
        assert published_view(view, "ckan") == view


def test_every_triple_that_goes_stands_in_a_finding() -> None:
    """Round trip: the value is in the output, or before the arrow of a finding on its property."""
    for seed in range(200):
        clean = normalise(any_dataset(seed), (), CONTEXTS[0]).dataset
        source = without_hopeless_values(clean, random.Random(seed))  # noqa: S311
        result = normalise(source, (), CONTEXTS[0])
        before = {
            (found.property, (found.value or "").partition(" → ")[0].partition(" (")[0])
            for found in result.findings
        }
        after = set(kept_lines(dataset_triples(result.dataset)))
        values_after = {line.partition(" ")[2] for line in after}
        for triple in dataset_triples(source):
            if type(triple.object).__name__ == "BlankNode":
                continue
            line = kept_lines([triple])[0]
            value = triple.object.value  # type: ignore[union-attr]
            assert (
                line.partition(" ")[2] in values_after or (triple.predicate.value, value) in before
            )


def without_hopeless_values(dataset: Dataset, dice: random.Random) -> Dataset:
    """The dataset with values that normalising will change, all of them valid RDF."""
    wrong = [
        Distribution(
            uri=f"https://a.example/{number}",
            license=Reference(uri="https://www.dcat-ap.de/def/licenses/cc-zero"),
            format=Reference(label=Literal(value="csv")),
            media_type=Reference(label=Literal(value=dice.choice(["kmz", "x/y"]))),
            byte_size=Literal(value=dice.choice(["6776.0", "3 KB"]), datatype=XSD + "decimal"),
            access_url=(Reference(label=Literal(value="siehe oben")),),
            language=(Reference(label=Literal(value=dice.choice(["de", "TODO:"]))),),
            modified=Literal(value="28.1.2021"),
            planned_availability=Reference(
                uri="https://www.dcat-ap.de/def/plannedAvailability/stable"
            ),
        )
        for number in range(3)
    ]
    return msgspec.structs.replace(
        dataset,
        uri="https://a.example/d",
        distribution=tuple(wrong),
        identifier=(Literal(value="b"), Literal(value="a")),
        legal_basis=(Literal(value="http://data.europa.eu/eli/reg_impl/2023/138/oj"),),
    )


CONCEPT_FIELDS = [(record, field) for (record, field), rule in RULES.items() if rule.vocabulary]
KNOWN = {
    " ".join(name.lstrip(".").split()).casefold()
    for rule in RULES.values()
    if rule.vocabulary
    for name, _ in vocabulary(rule.vocabulary).names()
}


@settings(deadline=None)
@given(st.text(string.ascii_letters + " äöü", min_size=1, max_size=25))
def test_a_random_word_never_becomes_an_iri(word: str) -> None:
    if " ".join(word.split()).casefold() in KNOWN or not word.strip() or word.lower() == "todo":
        return
    value = Reference(label=Literal(value=word))
    distribution = Distribution(
        format=value, license=value, media_type=value, status=value, language=(value,)
    )
    dataset = Dataset(
        theme=(value,),
        accrual_periodicity=value,
        access_rights=value,
        contributor_id=(value,),
        political_geocoding_uri=(value,),
        distribution=(distribution,),
    )
    result = normalise(dataset, (), CONTEXTS[0]).dataset
    for one in (*result.theme, *result.contributor_id, *result.political_geocoding_uri):
        assert one == value
    assert (result.accrual_periodicity, result.access_rights) == (value, value)
    found = result.distribution[0]
    assert (found.format, found.license, found.status, found.language) == (
        value,
        value,
        value,
        (value,),
    )
    assert found.media_type is None
