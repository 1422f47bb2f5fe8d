"""Features of a word in its sentence: its spelling, and the words around it."""

import re

import numpy as np
from jaxtyping import Int, UInt64

from ...ops import joined_code, text_codes

PREFIXES, SUFFIXES = (1, 2, 3, 4), (1, 2, 3, 4, 5)
"""The lengths of prefixes and suffixes, in letters."""

PIECES = (
    "spelling",
    "lower",
    "shape",
    *(f"prefix-{n}" for n in PREFIXES),
    *(f"suffix-{n}" for n in SUFFIXES),
    "end",
    "length",
)
"""The pieces of a word by name; all but the first and the third are in lower case."""

_PAIRS = (
    *(((place, "lower"),) for place in (-2, -1, 1, 2)),
    ((-2, "lower"), (-1, "lower")),
    ((-1, "lower"), (0, "lower")),
    ((-1, "lower"), (1, "lower")),
    ((0, "lower"), (1, "lower")),
    ((1, "lower"), (2, "lower")),
    ((-1, "shape"), (0, "shape")),
    ((0, "shape"), (1, "shape")),
    ((-1, "end"),),
    ((1, "end"),),
    ((-1, "end"), (0, "end")),
    ((0, "end"), (1, "end")),
    ((-1, "end"), (1, "end")),
    (),
)

FEATURES = (*(((0, piece),) for piece in PIECES), *_PAIRS)
"""Every feature: pieces of words by their position relative to the word; the last feature is the
same for every word (a bias). (Ratnaparkhi 1996; Collins 2002; Toutanova et al. 2003.)"""

_RUNS = re.compile(r"(.)\1+")


def shape(word: str) -> str:
    """Return the shape of a word: capitals A, lower-case letters a, digits 1, other characters
    unchanged, without repeats.

    >>> shape("McDonald's"), shape("B-52s")
    ("AaAa'a", 'A-1a')
    """
    kinds = "".join(
        "A" if c.isupper() else "a" if c.isalpha() else "1" if c.isdigit() else c for c in word
    )
    return _RUNS.sub(r"\1", kinds)


def pieces(word: str) -> tuple[str, ...]:
    """Return the pieces of a word, in the order of `PIECES`; empty if the word is too short.

    >>> pieces("Cat")
    ('Cat', 'cat', 'Aa', 'c', 'ca', 'cat', '', 't', 'at', 'cat', '', '', 'Acat', '3')
    """
    lower, kind = word.lower(), shape(word)
    return (
        word,
        lower,
        kind,
        *(lower[:n] if len(lower) >= n else "" for n in PREFIXES),
        *(lower[-n:] if len(lower) >= n else "" for n in SUFFIXES),
        kind[:1] + lower[-3:],
        str(min(len(word), 8)),
    )


def feature_codes(
    words: tuple[str, ...], ids: Int[np.ndarray, " word"], offsets: Int[np.ndarray, " boundary"]
) -> UInt64[np.ndarray, "word feature"]:
    """Return the features of every word of sentences, as codes (`ops.text_codes`); `ids` are
    indices of `words`. Positions outside a sentence have a boundary symbol."""
    kinds, own = np.unique(ids, return_inverse=True)
    flat = text_codes(piece for kind in kinds for piece in pieces(words[kind]))
    coded = flat.reshape(len(kinds), len(PIECES))[own]
    begin = np.repeat(offsets[:-1], np.diff(offsets))
    end = np.repeat(offsets[1:], np.diff(offsets))
    edge, place = text_codes([""])[0], np.arange(len(ids))
    found = np.empty((len(ids), len(FEATURES)), np.uint64)
    for number, parts in enumerate(FEATURES):
        code = np.full(len(ids), number + 1, np.uint64)
        for away, piece in parts:
            at = place + away
            inside = (at >= begin) & (at < end)
            said = coded[np.where(inside, at, 0), PIECES.index(piece)] if len(ids) else coded[:, 0]
            code = joined_code(code, np.where(inside, said, edge))
        found[:, number] = code
    return found
