"""Bits by distance against the exact powers of a chain, and the bootstrap against theory."""

import numpy as np
import pytest

import stepahead as sa
from stepahead import Refusal, inference, models
from stepahead.data import Tokens

DRAWS = np.random.default_rng(0)
STEPS = np.array([[0.8, 0.15, 0.05], [0.1, 0.8, 0.1], [0.3, 0.1, 0.6]])


def walk(length: int) -> str:
    """A chain of three letters that stay where they are for a while."""
    place, letters = 0, []
    for _ in range(length):
        place = int(DRAWS.choice(3, p=STEPS[place]))
        letters.append("abc"[place])
    return " ".join(letters)


def test_bits_by_distance_are_those_of_the_powers_of_the_chain() -> None:
    text = Tokens.from_texts([walk(3000)])
    model = sa.fit(models.NGram(2, models.AddK(0.5)), text).model
    asked = {"key": 0, "places": 2900, "draws": 60}
    found = inference.bits_ahead(model, text, text.log_frequencies(), 6, **asked)
    matrix = np.exp(model.next_log_probs([np.array([v]) for v in range(model.size)]))
    ids, read = text.ids, 32
    places = np.arange(len(ids) - read - 5)
    for k in range(1, 7):
        law = np.linalg.matrix_power(matrix, k)
        exact = -np.log2(law[ids[places + read - 1], ids[places + read + k - 1]]).mean()
        assert abs(found.bits[k - 1] - exact) < 0.02, k
    shares = np.exp(text.log_frequencies())[ids]
    np.testing.assert_allclose(found.frequencies, -np.log2(shares).mean(), atol=0.02)
    assert found.known >= 4 and (np.diff(found.bits) > 0).all()


def test_noise_is_not_known_ahead() -> None:
    text = Tokens.from_texts([" ".join(DRAWS.choice([*"abcd"], 2000))])
    model = sa.fit(models.NGram(2), text).model
    fresh = Tokens.from_texts([" ".join(DRAWS.choice([*"abcd"], 2000))], vocabulary=text.vocabulary)
    found = inference.bits_ahead(model, fresh, fresh.log_frequencies(), 3, key=0)
    assert found.known == 0
    with pytest.raises(Refusal, match="look 3 steps ahead"):
        inference.bits_ahead(model, Tokens.from_texts(["a b"]), text.log_frequencies(), 3, key=0)


def test_the_interval_is_as_wide_as_theory_says() -> None:
    bits = DRAWS.exponential(size=(400, 5)).sum(axis=1)  # of sequences of one token
    score = inference.TokenScore(-bits * np.log(2), np.arange(401), 0)
    low, high = score.interval(95)
    half = 1.96 * bits.std() / np.sqrt(400)
    assert low < score.bits < high
    assert abs((high - low) / (2 * half) - 1) < 0.1
    narrow = score.interval(50)
    assert abs((narrow[1] - narrow[0]) / (2 * half) * 1.96 / 0.6745 - 1) < 0.15
