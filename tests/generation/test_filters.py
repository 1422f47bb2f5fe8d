"""Filters between a model and its draws: temperature, the k most probable, a share of the
probability, beams."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

import stepahead as sa
from stepahead.data import UNKNOWN, Tokens
from stepahead.generation import Filter, beam_search, draw_tokens

LOGS = st.one_of(st.floats(-800, 0), st.sampled_from([-np.inf, -1.0, -1.0, 0.0]))
ROWS = arrays.arrays(
    np.float64, st.tuples(st.integers(1, 3), st.integers(2, 8)), elements=LOGS
).filter(lambda rows: bool(np.isfinite(rows).any(axis=1).all()))
TEMPERATURES = st.one_of(
    st.floats(0, allow_infinity=True, allow_nan=False),
    st.sampled_from([0.0, 5e-324, 1e-310, 1.0, 1e308, np.inf]),
)


@given(rows=ROWS, temperature=TEMPERATURES)
def test_every_temperature_keeps_the_order_and_what_is_impossible(
    rows: np.ndarray, temperature: float
) -> None:
    found = Filter(temperature).of(rows)
    np.testing.assert_allclose(found.sum(axis=1), 1, rtol=1e-12)
    assert (found[np.isneginf(rows)] == 0).all()
    for said, p in zip(rows, found, strict=True):
        assert p[said.argmax()] == p.max() > 0
        if temperature == 0:
            assert p[said.argmax()] == 1
        if temperature == np.inf:
            assert len(set(p[np.isfinite(said)])) == 1
        elif temperature > 0:
            assert (np.diff(p[np.argsort(said, kind="stable")]) >= 0).all()


@given(rows=ROWS, k=st.integers(1, 9), nucleus=st.floats(0.01, 1))
def test_exactly_the_k_most_probable_are_kept_and_the_fewest_of_a_share(
    rows: np.ndarray, k: int, nucleus: float
) -> None:
    found = Filter(temperature=np.inf, top_k=k).of(rows)
    np.testing.assert_array_equal(
        (found > 0).sum(axis=1), np.minimum(k, np.isfinite(rows).sum(axis=1))
    )
    assert all(
        said[p > 0].min() >= said[p == 0].max(initial=-np.inf)
        for said, p in zip(rows, found, strict=True)
    )
    kept = Filter(nucleus=nucleus).of(rows)
    p = np.exp(rows - rows.max(axis=1, keepdims=True))
    for share, of in zip(p / p.sum(axis=1, keepdims=True), kept > 0, strict=True):
        falling = np.sort(share)[::-1]
        fewest = int(np.searchsorted(np.cumsum(falling), nucleus - 1e-12)) + 1
        fewest = int((share > 0).sum()) if nucleus == 1 else fewest  # no filter at all
        assert of.sum() <= fewest and share[of].sum() >= nucleus - 1e-9


def test_a_tie_is_not_two_most_probable_tokens() -> None:
    assert Filter(top_k=1).of(np.log([[0.4, 0.4, 0.2]])).tolist() == [[1.0, 0.0, 0.0]]


def test_nothing_impossible_is_drawn() -> None:
    """Not at any temperature, and not where a draw is exactly 0."""
    lm = sa.fit(sa.models.NGram(2, sa.models.AddK(0.1)), Tokens.from_texts(["a b c", "c b a"]))
    for temperature in (0.0, 1.0, np.inf):
        texts = [one.text for one in lm.sample(6, key=0, count=20, filtered=Filter(temperature))]
        assert all("<unk>" not in text for text in texts) and any(texts)
    assert len({one.text for one in lm.sample(6, key=0, count=20, filtered=Filter(0.0))}) == 1

    class Zeros:
        def random(self, shape: tuple[int, int]) -> np.ndarray:
            return np.zeros(shape)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(
            "stepahead.inference.tokens._draw_tokens.host_generator", lambda key: Zeros()
        )
        with np.errstate(divide="ignore"):
            said = np.log([[0.0, 0.0, 1.0, 0.0]])
        drawn = draw_tokens(lambda state, token: (state, said), (), said, 2, Filter(), key=0)
    assert drawn.tokens.tolist() == [[2, 2]]


def test_a_beam_wider_than_the_vocabulary_finds_all_there_is() -> None:
    lm = sa.fit(sa.models.NGram(2), Tokens.from_texts(["a b", "b a"]))
    wide, narrow = lm.search(2, width=100), lm.search(2, width=3)
    assert len(wide) == 1 + 2 + 2 * 2 and wide[0].log_prob == narrow[0].log_prob
    every = [*("a", "b"), *(f"{one} {two}" for one in "ab" for two in "ab"), ""]
    assert sorted(one.text for one in wide) == sorted(every)
    state, said = lm.model.start(1)
    found = beam_search(lm.model.step, state, said, 4, 1, forbidden=(UNKNOWN, 1, 2))
    assert found.tokens[0, 0].tolist() == [3] and np.isfinite(found.log_probs[0]).tolist() == [
        True,
        False,
        False,
        False,
    ]
