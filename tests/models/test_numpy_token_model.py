"""Saved recurrent language models are asked in NumPy: the same numbers as by JAX."""

from pathlib import Path

import numpy as np
import pytest

import stepahead as sa
from stepahead import models
from stepahead._check import Refusal
from stepahead.generation import LanguageModel
from stepahead.store import load, save

TEXT = sa.data.Tokens.from_texts(["a b c a", "", "c b", "b " * 300])
"""Sequences of several lengths: empty, and longer than the piece that is computed at once."""

SPECS = {
    "tanh": models.RNN(5),
    "relu": models.RNN(5, relu=True),
    "gru": models.GRU((4, 6)),
    "lstm": models.LSTM(6, layers=2),
}


def drawn(spec: models.Embedded, path: Path) -> tuple[LanguageModel, LanguageModel]:
    """An untrained model with biases that are not 0, and the same in NumPy."""
    import equinox as eqx
    import jax

    fitted = LanguageModel.untrained(jax.random.key(1), spec=spec, vocabulary=TEXT.vocabulary)
    arrays, rest = eqx.partition(fitted.model, eqx.is_array)
    draws = np.random.default_rng(0)
    arrays = jax.tree.map(
        lambda leaf: 0.6 * leaf + draws.normal(0, 0.1, leaf.shape).astype(np.float32), arrays
    )
    fitted = LanguageModel(spec, eqx.combine(arrays, rest), TEXT.vocabulary)
    save(fitted, path)
    return fitted, load(path, in_numpy=True)


@pytest.mark.parametrize("name", SPECS)
def test_numpy_says_the_same_as_jax(name: str, tmp_path: Path) -> None:
    tied = name == "lstm"
    spec = models.Embedded(SPECS[name], width=6 if tied else 3, tied=tied)
    by_jax, in_numpy = drawn(spec, tmp_path / "model.stepahead")
    assert isinstance(in_numpy.model, models.NumpyTokenModel)
    one, other = by_jax.score(TEXT), in_numpy.score(TEXT)
    np.testing.assert_allclose(other.log_probs, one.log_probs, atol=1e-5)
    states = by_jax.model.start(2)[0], in_numpy.model.start(2)[0]
    for token in ([2, 3], [4, 1]):
        said = [
            model.step(state, np.array(token, np.int32))
            for model, state in zip((by_jax.model, in_numpy.model), states, strict=True)
        ]
        states = said[0][0], said[1][0]
        np.testing.assert_allclose(said[1][1], np.asarray(said[0][1]), atol=1e-5)
    assert in_numpy.search(4, prompt="a")[0].text == by_jax.search(4, prompt="a")[0].text


def test_steps_and_scores_agree_in_numpy(tmp_path: Path) -> None:
    _, in_numpy = drawn(models.Embedded(models.LSTM(3)), tmp_path / "model.stepahead")
    tokens = TEXT.ids[:3]
    state, log_probs = in_numpy.model.start(1)
    step_by_step = []
    for token in tokens:
        step_by_step.append(log_probs[0, token])
        state, log_probs = in_numpy.model.step(state, np.array([token]))
    together = in_numpy.model.log_probs(tokens, np.array([0, 3]))
    np.testing.assert_allclose(together, step_by_step, atol=1e-5)


def test_numbers_beyond_all_bounds_are_refused_in_a_sentence(tmp_path: Path) -> None:
    _, in_numpy = drawn(models.Embedded(models.GRU(3)), tmp_path / "model.stepahead")
    in_numpy.model.bias[2] = np.inf
    with pytest.raises(Refusal, match="Of token 1 of sequence 1 the net says"):
        in_numpy.score(TEXT)


def test_what_numpy_cannot_run_is_loaded_as_ever(tmp_path: Path) -> None:
    spec = models.Embedded(models.MinGRU(3))
    _, loaded = drawn(spec, tmp_path / "model.stepahead")
    assert not isinstance(loaded.model, models.NumpyTokenModel)
