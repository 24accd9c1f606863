"""Undo the compression of a body piece by piece, in constant memory."""

import zlib
from collections.abc import Iterator
from typing import Protocol

_PIECE_BYTES = 1 << 18
_GZIP = 16 + zlib.MAX_WBITS
_MAGIC = b"\x1f\x8b"


class Decoder(Protocol):
    """Takes pieces of a body as sent and gives pieces as meant, none above 256 KiB."""

    def feed(self, piece: bytes) -> Iterator[bytes]:
        """The decoded bytes that this piece adds; raises zlib.error for damaged input."""
        ...

    def complete(self) -> bool:
        """Whether the body may end here."""
        ...


def decoder_for(content_encoding: str | None) -> Decoder | None:
    """The decoder for a Content-Encoding header.

    None for what we never ask for: other encodings than gzip and deflate, or several at once.
    """
    name = (content_encoding or "").strip().lower()
    if name in ("", "identity"):
        return _Plain()
    if name in ("gzip", "x-gzip"):
        return _Compressed(_GZIP)
    if name == "deflate":
        return _Compressed(None)
    return None


class _Plain:
    def feed(self, piece: bytes) -> Iterator[bytes]:
        yield piece

    def complete(self) -> bool:
        return True


class _Compressed:
    """gzip of one or more members, or deflate with or without the zlib header."""

    def __init__(self, window_bits: int | None) -> None:
        self._window_bits = window_bits
        self._engine: zlib._Decompress | None = None
        self._after_end = False

    def feed(self, piece: bytes) -> Iterator[bytes]:
        rest = piece
        while rest and not self._after_end:
            engine = self._engine_for(rest)
            if engine is None:
                self._after_end = True
                return
            while True:
                decoded = engine.decompress(rest, _PIECE_BYTES)
                if decoded:
                    yield decoded
                rest = engine.unconsumed_tail
                # a full piece of output may hide more of it, even when all input is taken
                if engine.eof or (not rest and len(decoded) < _PIECE_BYTES):
                    break
            rest = engine.unused_data

    def _engine_for(self, piece: bytes) -> "zlib._Decompress | None":
        """The engine that reads on at this piece; None where only padding can follow."""
        if self._engine is not None and not self._engine.eof:
            return self._engine
        if self._engine is None and self._window_bits is None:
            # RFC 9110 section 8.4.1.2: »deflate« is the zlib format, but some servers send it bare.
            self._engine = zlib.decompressobj(zlib.MAX_WBITS * (1 if _is_zlib(piece) else -1))
        elif self._engine is None or (
            self._window_bits == _GZIP and piece.startswith(_MAGIC[: len(piece)])
        ):
            self._engine = zlib.decompressobj(_GZIP)
        else:
            return None
        return self._engine

    def complete(self) -> bool:
        return self._engine is None or self._engine.eof


def _is_zlib(piece: bytes) -> bool:
    """Whether a body begins with the two bytes of RFC 1950 section 2.2."""
    return piece[0] & 0x0F == 8 and (len(piece) < 2 or (piece[0] << 8 | piece[1]) % 31 == 0)
