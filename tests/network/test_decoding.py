"""Decoding gives the same bytes however the body was cut, and never much at once (F07, F09)."""

import gzip
import zlib
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datenernte_validators.network.decoding import Decoder, decoder_for


def decoder(name: str | None) -> Decoder:
    found = decoder_for(name)
    assert found is not None
    return found


def decoded(name: str, pieces: list[bytes]) -> bytes:
    engine = decoder(name)
    whole = b"".join(part for piece in pieces for part in engine.feed(piece))
    assert engine.complete()
    return whole


@given(
    st.lists(st.binary(max_size=60), min_size=1, max_size=3),
    st.lists(st.integers(0, 200), max_size=6),
    st.sampled_from(["gzip", "deflate", "identity"]),
)
def test_cuts_do_not_matter(members: list[bytes], cuts: list[int], name: str) -> None:
    body = {
        "gzip": b"".join(gzip.compress(member, mtime=0) for member in members),
        "deflate": zlib.compress(b"".join(members)),
        "identity": b"".join(members),
    }[name]
    edges = [0, *sorted(cuts), len(body)]
    pieces = [body[start:end] for start, end in pairwise(edges)]
    assert decoded(name, pieces) == b"".join(members)


@pytest.mark.parametrize("name", ["gzip", "deflate"])
def test_a_bomb_comes_in_small_pieces(name: str) -> None:
    plain = b"\0" * 20_000_000
    bomb = gzip.compress(plain, mtime=0) if name == "gzip" else zlib.compress(plain)
    engine = decoder(name)
    sizes = [len(part) for part in engine.feed(bomb)]
    assert sum(sizes) == len(plain)
    assert max(sizes) <= 1 << 18
    assert engine.complete()


@given(st.binary(min_size=1, max_size=80), st.integers(1, 30))
def test_a_cut_body_is_not_complete(plain: bytes, missing: int) -> None:
    body = gzip.compress(plain, mtime=0)
    engine = decoder("gzip")
    for _ in engine.feed(body[: max(1, len(body) - missing)]):
        pass
    assert not engine.complete()


@given(st.binary(max_size=100))
def test_damaged_input_is_a_zlib_error_or_incomplete_or_valid(body: bytes) -> None:
    for name in ("gzip", "deflate"):
        engine = decoder(name)
        try:
            list(engine.feed(body))
        except zlib.error:
            continue
        engine.complete()


@pytest.mark.parametrize("name", ["br", "zstd", "gzip, br", "compress", "x"])
def test_what_we_never_ask_for_has_no_decoder(name: str) -> None:
    assert decoder_for(name) is None


def test_an_empty_body_is_complete() -> None:
    for name in (None, "", "gzip", "deflate", "identity"):
        assert decoder(name).complete()
