"""Text through a codec of tokens comes back, and nothing but the fitted part has a number.
Scalers, the codecs of values, keep the same rules in tests/data/test_scalers.py."""

import numpy as np
import pytest

from stepahead._types import END, UNKNOWN
from stepahead.data import Characters, Subwords, Tokens, Words, WordsAndPunctuation

TEXTS = ["the cat sat", "a dog, the cat; naïve!", "don't stop (now)", "x"]
TOKENIZERS = {
    "words": Words(),
    "words and punctuation": WordsAndPunctuation(),
    "characters": Characters(),
    "subwords": Subwords.learned(TEXTS * 20, 40),
}
each = pytest.mark.parametrize("tokenizer", TOKENIZERS.values(), ids=TOKENIZERS)


@each
def test_decoded_is_what_was_encoded(tokenizer):
    tokens = Tokens.from_texts(TEXTS, tokenizer)
    assert list(tokens.texts()) == TEXTS
    vocabulary = tokens.vocabulary
    for text, ids in zip(TEXTS, tokens, strict=True):
        np.testing.assert_array_equal(vocabulary.encode(text), ids)
        assert vocabulary.decode([*ids, END]) == text
        assert ids.min(initial=2) > END


@each
def test_what_was_not_fitted_has_no_number(tokenizer):
    vocabulary = Tokens.from_texts(TEXTS[:1], tokenizer).vocabulary
    later = Tokens.from_texts(TEXTS, tokenizer, vocabulary=vocabulary)
    assert later.vocabulary is vocabulary and later.ids.max() < len(vocabulary)
    assert UNKNOWN not in later[0] and UNKNOWN in later[2]
    assert set(vocabulary.words[2:]) == set(tokenizer.tokenize(TEXTS[0]))
