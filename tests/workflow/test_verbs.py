"""`score` and `sample` take whatever was fitted that has a density: each answers as its own method
does."""

import numpy as np
import pytest

import stepahead as sa
from stepahead import models
from stepahead.data import ConditionalSequences, Pairs, Tokens
from stepahead.training import BySequence

QUICK = BySequence(epochs=1, batch=2)
WORDS = Tokens.from_texts(["a b", "b a", "a", "b b"])
VECTORS = np.eye(4, dtype=np.float32)[:, :2]


def test_what_begins_from_a_vector_is_scored_and_sampled() -> None:
    speaks = sa.fit(models.GRU(3), ConditionalSequences(VECTORS, WORDS), key=0, training=QUICK)
    rows = sa.Panel.from_arrays([np.sin(np.arange(5.0) + shift) for shift in range(4)])
    counts = sa.fit(
        models.GRU(3),
        ConditionalSequences(VECTORS, rows),
        key=0,
        training=QUICK,
        head=models.Gaussian(),
    )
    for fitted, targets in ((speaks, WORDS), (counts, rows)):
        described = ConditionalSequences(VECTORS, targets)
        np.testing.assert_array_equal(
            sa.score(fitted, described).log_probs, fitted.score(described).log_probs
        )
        with pytest.raises(sa.Refusal, match="What is to be scored"):
            sa.score(fitted)
        with pytest.raises(sa.Refusal, match="Give `vectors`"):
            sa.sample(fitted, 3, key=1)
    assert [one.text for one in sa.sample(speaks, 3, key=1, vectors=VECTORS)] == [
        one.text for one in speaks.sample(VECTORS, 3, key=1)
    ]
    np.testing.assert_array_equal(
        sa.sample(counts, 3, key=1, vectors=VECTORS), counts.sample(VECTORS, 3, key=1)
    )


def test_a_translation_is_scored() -> None:
    pairs = Pairs(WORDS, WORDS)
    fitted = sa.fit(
        models.Translator(models.Encoder(models.GRU(3)), models.Decoder(models.GRU(3))),
        pairs,
        key=0,
        training=QUICK,
    )
    np.testing.assert_array_equal(sa.score(fitted, pairs).log_probs, fitted.score(pairs).log_probs)
