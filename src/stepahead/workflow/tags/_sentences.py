"""Tagged sentences in an order that depends only on their content, and those that are held out."""

import hashlib

import numpy as np
from jaxtyping import Int

from ...data import Tagged, Tokens

FEW, MANY = 300, 3_000
"""The most distinct sentences for five folds, and for three; above, a tenth is held out."""


def in_own_order(tagged: Tagged) -> tuple[Tagged, Int[np.ndarray, " sentence"]]:
    """Return the sentences that are not empty, sorted by a digest of each, so that the order in
    which they came has no effect; and the index of the distinct word sequence that each one is."""
    rows = [
        (_texts(tagged.inputs, place), _texts(tagged.tags, place))
        for place in np.flatnonzero(tagged.inputs.lengths).tolist()
    ]
    ranked = sorted((_digest(words), _digest(tags), words, tags) for words, tags in rows)
    own = Tagged(
        Tokens.from_sequences([row[2] for row in ranked], tagged.inputs.vocabulary.tokenizer),
        Tokens.from_sequences([row[3] for row in ranked], tagged.tags.vocabulary.tokenizer),
    )
    return own, np.unique([row[0] for row in ranked], return_inverse=True)[1]


def held_out(groups: Int[np.ndarray, " sentence"], seed: int) -> list[np.ndarray]:
    """Return the held-out sentences of each fold, with all sentences of a group in one fold; an
    empty list if there is only one group.

    >>> [len(part) for part in held_out(np.arange(10), seed=0)], held_out(np.zeros(3, int), 0)
    ([2, 2, 2, 2, 2], [])
    """
    count = int(groups.max()) + 1
    if count < 2:
        return []
    number, taken = (5, 5) if count <= FEW else (3, 3) if count <= MANY else (10, 1)
    fold = np.random.default_rng(seed).permutation(count) % number
    parts = [np.flatnonzero(fold[groups] == each) for each in range(taken)]
    return [part for part in parts if len(part)]


def _texts(tokens: Tokens, place: int) -> list[str]:
    return [tokens.vocabulary.words[number] for number in tokens[place]]


def _digest(words: list[str]) -> bytes:
    return hashlib.sha256("\n".join(words).encode()).digest()[:16]
