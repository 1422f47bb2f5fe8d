"""Words as numbers of a vocabulary, and as sequences of characters."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Int32

from ..codecs import Characters, Vocabulary
from ._tokens import Tokens

LONGEST = 16
"""The most characters of a word that are read; of a longer one, half from its beginning and half
from its end."""


class Spelled(NamedTuple):
    """Words in one array: the number of each word and its kind; the characters of each kind, padded
    at the end, and their number."""

    words: Int32[np.ndarray, " token"]
    kinds: Int32[np.ndarray, " token"]
    letters: Int32[np.ndarray, "kind letter"]
    lengths: Int32[np.ndarray, " kind"]


def spelled(tokens: Tokens, words: Vocabulary, characters: Vocabulary, lower: bool) -> Spelled:
    """Return the words' numbers in `words`, lower-cased if `lower` is set, and their characters in
    `characters`, as spelled in the tokens' own vocabulary."""
    kinds = tokens.vocabulary.words
    numbers = words.encode_tokens([word.lower() if lower else word for word in kinds])
    clipped = Tokens.from_sequences([_clipped(word) for word in kinds], vocabulary=characters)
    letters, lengths = clipped.padded(LONGEST)
    return Spelled(numbers[tokens.ids], tokens.ids, letters, lengths)


def word_vocabulary(tokens: Tokens, lower: bool) -> Vocabulary:
    """Return the words of a text, most frequent first, lower-cased if `lower` is set."""
    kinds = [word.lower() if lower else word for word in tokens.vocabulary.words]
    return Vocabulary.of(
        [[kinds[number] for number in tokens.ids.tolist()]], tokens.vocabulary.tokenizer
    )


def character_vocabulary(tokens: Tokens) -> Vocabulary:
    """Return the characters of a text's words, counting each distinct word once."""
    return Vocabulary.of([list(word) for word in tokens.vocabulary.words[2:]], Characters())


def _clipped(word: str) -> list[str]:
    return list(word if len(word) <= LONGEST else word[: LONGEST // 2] + word[-LONGEST // 2 :])
