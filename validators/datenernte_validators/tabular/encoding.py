"""Which encoding a text file is in, by proof and not by a library's guess.

The order: byte-order mark, zero bytes (UTF-16), strict UTF-8 over the whole file, then the single
byte encodings that German offices use. Names are those of Python and Frictionless: `utf-8`,
`utf-8-sig` (with byte-order mark), `utf-16` (with mark), `utf-16-le`, `utf-16-be`, `cp1252`,
`iso8859-15`, `iso8859-1`, `cp850`, `mac-roman`. A file without any byte from 0x80 to 0x9F reads the
same in cp1252 and ISO-8859-1; it is called `cp1252`.
"""

import codecs
import re
from collections import Counter
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import BinaryIO

CHUNK_BYTES = 1 << 20

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_UNDEFINED_IN_CP1252 = frozenset(b"\x81\x8d\x8f\x90\x9d")
_WELL_FORMED = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}")
_ASCII = bytes(range(128))
_HIGH = re.compile(rb"[\x80-\xff]")
_GERMAN = re.compile(r"[A-Za-zäöüÄÖÜß][äöüß]|[äöüÄÖÜ][a-z]|(?<![A-Za-z])[ÄÖÜ][a-z]")

MOJIBAKE = re.compile(
    "\ufffd|[\x80-\x9f]"
    # UTF-8 read as cp1252 or Latin-1: two characters where one should stand.
    "|Ã[\u00a0-\u00bf\u0152\u0153\u0178\u0192\u02c6\u02dc\u2013-\u203a\u20ac\u2122]"
    "|Â[\u00a0-\u00bf](?![a-zäöüß])|â€|Ã\u0192|ï»¿"
)
"""Text that was decoded wrongly before it was saved: U+FFFD, C1 controls, `Ã¼` for `ü`."""
_DIAERESIS = "\u0308".encode()
_MOJIBAKE_START = re.compile("[\ufffd\x80-\x9fÃÂâï]")


@dataclass(frozen=True, kw_only=True, slots=True)
class Encoding:
    """How the bytes of a file become text."""

    name: str
    broken: bool = False
    """The file is in this encoding, but some bytes are not: another one was mixed in."""
    broken_line: int | None = None
    """First line with such bytes, 1-based."""
    bom_twice: bool = False
    suspicious: bool = False
    """The text may hold mojibake; where, is for the reader of the rows to say."""
    decomposed: bool = False
    """Umlauts are written as a letter and two dots (NFD), as macOS does in file names."""
    zero_bytes: bool = False
    """NUL characters stand in the text."""
    quotes: bool = True
    """Quotation marks may stand in the text; False means that there is none."""
    longest_line: int = 1 << 62
    """Upper bound in bytes; not known for wide encodings."""

    @property
    def is_utf8(self) -> bool:
        """Whether the file is in the encoding that everyone expects."""
        return self.name in ("utf-8", "utf-8-sig")


def recognise_encoding(path: Path) -> Encoding:
    """The encoding of a text file; reads the whole file, in constant memory."""
    with path.open("rb") as file:
        head = file.read(CHUNK_BYTES)
        name = _by_mark(head) or _by_zero_bytes(head)
        if name is not None and name != "utf-8-sig":
            return _verified(file, name)
        return _by_bytes(file, "utf-8-sig" if name else "utf-8")


def is_suspicious(text: str) -> bool:
    """Whether the text holds mojibake; the cheap question first, as most text holds none."""
    return _MOJIBAKE_START.search(text) is not None and MOJIBAKE.search(text) is not None


def _by_mark(head: bytes) -> str | None:
    return next((name for bom, name in _BOMS if head.startswith(bom)), None)


def _by_zero_bytes(head: bytes) -> str | None:
    """UTF-16 without a mark: in European text every second byte is zero."""
    sample = head[:65_536]
    if len(sample) < 4:
        return None
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    half = len(sample) // 2
    if odd > 0.4 * half and even < 0.05 * half:
        return "utf-16-le"
    if even > 0.4 * half and odd < 0.05 * half:
        return "utf-16-be"
    return None


def _verified(file: BinaryIO, name: str) -> Encoding:
    """A wide encoding, checked to the last byte."""
    file.seek(0)
    decoder = codecs.getincrementaldecoder(name)()
    line, suspicious, zero = 1, False, False
    try:
        while chunk := file.read(CHUNK_BYTES):
            text = decoder.decode(chunk)
            suspicious = suspicious or is_suspicious(text)
            zero = zero or "\0" in text
            line += text.count("\n")
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return Encoding(name=name, broken=True, broken_line=line, suspicious=suspicious)
    return Encoding(name=name, suspicious=suspicious, zero_bytes=zero)


def _by_bytes(file: BinaryIO, utf8_name: str) -> Encoding:
    """UTF-8 if every byte obeys, else the single-byte encoding that the bytes prove."""
    file.seek(0)
    decoder = codecs.getincrementaldecoder("utf-8")()
    line, suspicious, zero, quotes, decomposed = 1, False, False, False, False
    longest = open_line = 0
    bom_twice = file.read(6) == codecs.BOM_UTF8 * 2
    file.seek(0)
    try:
        while chunk := file.read(CHUNK_BYTES):
            zero = zero or b"\0" in chunk
            decomposed = decomposed or _DIAERESIS in chunk
            quotes = quotes or b'"' in chunk or b"'" in chunk
            open_line += len(chunk)
            longest = max(longest, open_line)
            if b"\n" in chunk:
                open_line = len(chunk) - chunk.rfind(b"\n")
            text = decoder.decode(chunk)
            suspicious = suspicious or (not text.isascii() and is_suspicious(text))
            line += chunk.count(b"\n")
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        line += error.object[: error.start].count(b"\n")
        return _not_utf8(file, utf8_name, line, bom_twice)
    return Encoding(
        name=utf8_name,
        suspicious=suspicious,
        bom_twice=bom_twice,
        decomposed=decomposed,
        zero_bytes=zero,
        quotes=quotes,
        longest_line=longest,
    )


def _not_utf8(file: BinaryIO, utf8_name: str, line: int, bom_twice: bool) -> Encoding:
    """What a file is that is not UTF-8 throughout: damaged UTF-8, or another encoding."""
    counts: Counter[int] = Counter()
    well_formed = longest = open_line = 0
    quotes = False
    contexts = bytearray()
    file.seek(0)
    while chunk := file.read(CHUNK_BYTES):
        quotes = quotes or b'"' in chunk or b"'" in chunk
        open_line += len(chunk)
        longest = max(longest, open_line)
        if b"\n" in chunk:
            open_line = len(chunk) - chunk.rfind(b"\n")
        high = chunk.translate(None, _ASCII)
        counts.update(high)
        counts[0] += chunk.count(b"\0")
        if high:
            well_formed += sum(map(len, _WELL_FORMED.findall(chunk)))
        if high and len(contexts) < 65_536:
            for match in islice(_HIGH.finditer(chunk), 5_000):
                contexts += chunk[max(0, match.start() - 2) : match.start() + 3] + b"\n"
    malformed = sum(counts.values()) - counts[0] - well_formed
    zero = counts[0] > 0
    if utf8_name == "utf-8-sig" or well_formed > 3 * malformed:
        return Encoding(
            name=utf8_name,
            broken=True,
            broken_line=line,
            suspicious=True,
            bom_twice=bom_twice,
            zero_bytes=zero,
        )
    name = _single_byte(counts, bytes(contexts))
    # UTF-8 sequences in a file that is not UTF-8 were pasted in from elsewhere.
    suspicious = well_formed > 0 or name == "iso8859-1"
    return Encoding(
        name=name,
        suspicious=suspicious,
        zero_bytes=zero,
        quotes=quotes,
        longest_line=longest,
    )


def _single_byte(counts: Counter[int], contexts: bytes) -> str:
    """cp1252, unless the bytes prove another one."""
    if not any(counts[byte] for byte in range(0x80, 0xA0)):
        # The currency sign of Latin-1 is in nobody's data, the euro sign of ISO-8859-15 is.
        return "iso8859-15" if counts[0xA4] else "cp1252"
    letters = {
        name: len(_GERMAN.findall(contexts.decode(name, errors="replace")))
        for name in ("cp1252", "cp850", "mac-roman")
    }
    if not letters["cp1252"]:
        best = max(("cp850", "mac-roman"), key=lambda name: letters[name])
        if letters[best]:
            return best
    undefined = any(counts[byte] for byte in _UNDEFINED_IN_CP1252)
    return "iso8859-1" if undefined else "cp1252"
