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
        with pytest.raises(sa.Refusal, match="`score` needs `data`"):
            sa.score(fitted)
        with pytest.raises(sa.Refusal, match="Give `vectors`"):
            sa.sample(fitted, 3, key=1)
    assert [one.text for one in sa.sample(speaks, 3, key=1, vectors=VECTORS)] == [
        one.text for one in speaks.sample(VECTORS, 3, key=1)
    ]
    np.testing.assert_array_equal(
        sa.sample(counts, 3, key=1, vectors=VECTORS), counts.sample(VECTORS, 3, key=1)
    )


def test_what_gives_no_probability_is_refused_by_every_verb() -> None:
    labelled = sa.data.Labelled.of(WORDS, ["one", "two", "one", "two"])
    labels = sa.fit(models.Bayes(models.NGram(1, models.AddK(1.0))), labelled)
    with pytest.raises(sa.Refusal, match="A LabelModel has no likelihood, so it cannot be scored"):
        sa.score(labels, WORDS)
    with pytest.raises(
        sa.Refusal, match=r"A LabelModel has no likelihood, so it cannot be sampled"
    ):
        sa.sample(labels, 3, key=0)
    with pytest.raises(sa.Refusal, match="LabelModel forecasts no series"):
        sa.fine_tune(labels, sa.Panel.from_arrays([[1.0]]), key=0)


def test_validation_holds_targets_of_the_same_kind() -> None:
    rows = sa.Panel.from_arrays([[1.0, 2.0]] * 4)
    with pytest.raises(sa.Refusal, match=r"`validation` holds Panel for targets.*holds Tokens"):
        sa.fit(
            models.GRU(3),
            ConditionalSequences(VECTORS, WORDS),
            key=0,
            validation=ConditionalSequences(VECTORS, rows),
        )


def test_only_counts_have_exact_sums() -> None:
    network = sa.fit(models.GRU(3), WORDS, key=0, training=QUICK)
    counts = sa.fit(models.NGram(2, models.AddK(1.0)), WORDS)
    assert counts.model.counts() is counts.model
    for fitted, name in ((network, "network"), (sa.mix((counts, counts), WORDS), "mixture")):
        with pytest.raises(sa.Refusal, match=rf"Only n-gram models.*{name}"):
            fitted.model.counts()


def test_a_translation_is_scored() -> None:
    pairs = Pairs(WORDS, WORDS)
    fitted = sa.fit(
        models.Translator(models.Encoder(models.GRU(3)), models.Decoder(models.GRU(3))),
        pairs,
        key=0,
        training=QUICK,
    )
    np.testing.assert_array_equal(sa.score(fitted, pairs).log_probs, fitted.score(pairs).log_probs)
