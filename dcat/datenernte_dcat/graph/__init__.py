"""Records to RDF and back, driven by the mapping table.

`parse_rdf` reads a document behind a byte gate, `Description` indexes it, `dataset_from_rdf` reads
a dataset, `dataset_triples` writes it again, `write_rdf` makes the document.
"""

from datenernte_dcat.graph.description import Description, Term, datasets_in, node_key
from datenernte_dcat.graph.document import Document, parse_document, parse_rdf
from datenernte_dcat.graph.kept import kept_lines, kept_triples, rename_kept
from datenernte_dcat.graph.omissions import feed_omissions
from datenernte_dcat.graph.reader import (
    Reading,
    catalog_from_rdf,
    catalogs_in,
    dataset_from_rdf,
    record_from_rdf,
)
from datenernte_dcat.graph.safe_terms import clean_literal, iri_term, literal_term
from datenernte_dcat.graph.serialisation import (
    MEDIA_TYPES,
    Format,
    from_rdflib,
    to_rdflib,
    write_rdf,
)
from datenernte_dcat.graph.writer import (
    blank_node_prefix,
    catalog_triples,
    dataset_triples,
    record_lines,
    record_triples,
)

__all__ = [
    "MEDIA_TYPES",
    "Description",
    "Document",
    "Format",
    "Reading",
    "Term",
    "blank_node_prefix",
    "catalog_from_rdf",
    "catalog_triples",
    "catalogs_in",
    "clean_literal",
    "dataset_from_rdf",
    "dataset_triples",
    "datasets_in",
    "feed_omissions",
    "from_rdflib",
    "iri_term",
    "kept_lines",
    "kept_triples",
    "literal_term",
    "node_key",
    "parse_document",
    "parse_rdf",
    "record_from_rdf",
    "record_lines",
    "record_triples",
    "rename_kept",
    "to_rdflib",
    "write_rdf",
]
