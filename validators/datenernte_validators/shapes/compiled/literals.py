"""Literals as rdflib reads them: what is ill-typed, and which of two is greater."""

from datetime import date, datetime, time
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING

from pyoxigraph import Literal

from datenernte_dcat.terms import RDF, RDFS, XSD
from datenernte_validators.shapes.pyshacl_run import without_rdflib_warnings

if TYPE_CHECKING:
    import rdflib

_TEXTS = (XSD + "string", RDF + "langString")

_VALUE_TYPES: dict[str, type] = {
    XSD + "integer": int,
    XSD + "float": float,
    XSD + "decimal": Decimal,
    XSD + "boolean": bool,
    XSD + "date": date,
    XSD + "time": time,
    XSD + "dateTime": datetime,
}
"""Datatype → what a literal's value must be for pySHACL; of other datatypes it asks nothing."""

_CACHED_LENGTH = 64
"""Characters; longer lexical forms hardly come twice and would fill the memory."""


def has_datatype(term: Literal, datatype: str) -> bool:
    """Whether pySHACL takes the literal for one of the datatype."""
    own = term.datatype.value
    if own == datatype:
        if datatype in _TEXTS:
            return True
        text = term.value
        known = _is_well_typed if len(text) <= _CACHED_LENGTH else _is_well_typed.__wrapped__
        return known(text, datatype)
    # Each literal is an rdfs:Literal; for pySHACL one with a datatype is an rdfs:Datatype too.
    return datatype == RDFS + "Literal" or (datatype == RDFS + "Datatype" and own not in _TEXTS)


@lru_cache(maxsize=8192)
def _is_well_typed(text: str, datatype: str) -> bool:
    from rdflib import Literal as RdflibLiteral

    with without_rdflib_warnings():
        literal = RdflibLiteral(text, datatype=datatype, normalize=False)
    if literal.ill_typed is True:
        return False
    wanted = _VALUE_TYPES.get(datatype)
    return wanted is None or isinstance(literal.value, wanted)


def as_rdflib(term: Literal) -> "rdflib.Literal":
    """The literal as `to_rdflib` makes it."""
    from rdflib import Literal as RdflibLiteral

    if term.language is not None:
        return RdflibLiteral(term.value, lang=term.language)
    datatype = term.datatype.value
    if datatype == XSD + "string":
        return RdflibLiteral(term.value)
    with without_rdflib_warnings():
        return RdflibLiteral(term.value, datatype=datatype, normalize=False)
