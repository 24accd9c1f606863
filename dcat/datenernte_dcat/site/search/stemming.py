"""German words as the search compares them; `search.js` does the same to what people type.

The stemmer is CISTEM in its case-insensitive form: »Bäume« and »Baum« meet in one stem. A compound
with one of the heads that are frequent in municipal data is found by its head too: »Spielplatz« by
»Platz«, »Kinderspielplatz« by »Spielplatz«.

Source: Weißweiler and Fraser, Developing a Stemmer for German Based on a Comparative Analysis of
Publicly Available Stemmers, GSCL 2017, https://doi.org/10.1007/978-3-319-73706-5_8
"""

import re
import tomllib
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from importlib import resources

WORD_LENGTH = 40
"""Characters of a word that count."""
_WORD = re.compile(r"[^\W_]+")
_DATA = tomllib.loads(
    resources.files("datenernte_dcat")
    .joinpath("site", "search", "words_de.toml")
    .read_text("utf-8")
)
STOP_WORDS: tuple[str, ...] = tuple(_DATA["stop_words"].split())
"""Words that stand in nearly every description; the browser learns them from the directory."""
HEADS: tuple[str, ...] = tuple(_DATA["heads"].split())
"""Second halves of compounds that people look for by themselves."""
_STOPPED = frozenset(STOP_WORDS)


def words(text: str) -> Iterator[str]:
    """The words of a text: lower case, without umlauts and accents, ß as ss, no stop words."""
    for match in _WORD.finditer(folded(text)):
        word = match[0][:WORD_LENGTH]
        if word not in _STOPPED and (len(word) > 1 or word.isdigit()):
            yield word


def folded(text: str) -> str:
    """The text in lower case without marks on letters."""
    decomposed = unicodedata.normalize("NFKD", text)
    letters = "".join(one for one in decomposed if unicodedata.category(one)[0] != "M")
    return letters.lower().replace("ß", "ss")


@lru_cache(maxsize=50_000)
def stems(word: str) -> tuple[str, ...]:
    """The stems under which a word of `words` is found: its own, then that of its head."""
    own = stem(word)
    found = [own]
    for head in HEADS:
        at = word.rfind(head)
        rest = len(word) - at - len(head)
        if at >= 3 and rest <= 3 and (other := stem(word[at:])) not in found:
            found.append(other)
    return tuple(found)


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """The stem of a word of `words` (CISTEM)."""
    if len(word) >= 6 and word.startswith("ge"):
        word = word[2:]
    word = word.replace("sch", "$").replace("ei", "%").replace("ie", "&")
    word = re.sub(r"(.)\1", r"\1*", word)
    while len(word) > 3:
        if len(word) > 5 and word.endswith(("em", "er", "nd")):
            word = word[:-2]
        elif word.endswith(("t", "e", "s", "n")):
            word = word[:-1]
        else:
            break
    word = re.sub(r"(.)\*", r"\1\1", word)
    return word.replace("%", "ei").replace("&", "ie").replace("$", "sch")
