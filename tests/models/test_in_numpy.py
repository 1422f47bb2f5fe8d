"""Saved recurrent networks of sequences are asked in NumPy: the same numbers as by JAX."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import stepahead as sa
from stepahead import models, native
from stepahead._check import Refusal
from stepahead.generation import Generator, LanguageModel, TranslationModel
from stepahead.labelling import LabelModel, TagNetwork
from stepahead.models.in_numpy._layers import NumpyLayer
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
    return both(LanguageModel, path, 0.1, spec=spec, vocabulary=TEXT.vocabulary)


def both(kind: Any, path: Path, spread: float = 0.3, **fields: Any) -> tuple[Any, Any]:
    """An untrained value of this kind with biases that are not 0, and the same in NumPy."""
    import equinox as eqx
    import jax

    fitted = kind.untrained(jax.random.key(1), **fields)
    arrays, rest = eqx.partition(fitted.model, eqx.is_array)
    draws = np.random.default_rng(0)
    arrays = jax.tree.map(
        lambda leaf: 0.6 * leaf + draws.normal(0, spread, leaf.shape).astype(np.float32), arrays
    )
    fitted = replace(fitted, model=eqx.combine(arrays, rest))
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


WORDS = sa.data.Tokens.from_texts(["ab c a", "c", "abc c ab b"])
ROWS = sa.Panel.from_arrays(
    [np.random.default_rng(n).normal(0, 3, (n, 2)) for n in (3, 1, 6)], names=["a", "b"]
)


def test_a_classifier_of_rows_says_the_same(tmp_path: Path) -> None:
    """Two layers in both directions, the maximum of the steps before the end."""
    encoder = models.Encoder(models.LSTM((3, 4)), bidirectional=True, pool=models.MaxPool())
    scale = sa.data.row_scale(ROWS)
    fields = {"names": ("one", "two", "three"), "vocabulary": None, "scale": scale}
    spec = models.Classifier(encoder)
    by_jax, in_numpy = both(LabelModel, tmp_path / "a.stepahead", spec=spec, **fields)
    assert isinstance(in_numpy.model, models.NumpyClassifier)
    np.testing.assert_allclose(in_numpy.log_probs(ROWS), by_jax.log_probs(ROWS), atol=1e-5)
    np.testing.assert_allclose(in_numpy.encode(ROWS), by_jax.encode(ROWS), atol=1e-5)


def test_a_classifier_in_numpy_refuses_an_empty_text(tmp_path: Path) -> None:
    spec = models.Classifier(models.Encoder(models.RNN(3), pool=models.MeanPool()))
    fields = {"names": ("one", "two"), "vocabulary": TEXT.vocabulary, "scale": None}
    _, in_numpy = both(LabelModel, tmp_path / "a.stepahead", spec=spec, **fields)
    with pytest.raises(Refusal, match="Sequence 2 is empty"):
        in_numpy.log_probs(["a", ""])
    in_numpy.model.readout.bias[0] = np.inf
    with pytest.raises(Refusal, match="Of sequence 1 the net says"):
        in_numpy.log_probs(["a"])


@pytest.mark.parametrize("chain", [False, True])
def test_a_tagger_says_the_same(chain: bool, tmp_path: Path) -> None:
    words = models.Encoder(models.GRU(4), bidirectional=True)
    letters = models.Encoder(models.LSTM(3), bidirectional=True, embedding=2)
    fields = {
        "words": WORDS.vocabulary,
        "characters": sa.data.character_vocabulary(WORDS),
        "tags": sa.data.Tokens.from_texts(["n v d"]).vocabulary,
    }
    spec = models.Tagger(words, characters=letters, transitions=chain)
    by_jax, in_numpy = both(TagNetwork, tmp_path / "a.stepahead", spec=spec, **fields)
    assert isinstance(in_numpy.model, models.NumpyTagger)
    (best, said), (own, other) = by_jax.predictions(WORDS), in_numpy.predictions(WORDS)
    assert own.texts() == best.texts()
    np.testing.assert_allclose(other, said, atol=1e-5)
    in_numpy.model.readout.bias[0] = np.nan
    with pytest.raises(Refusal, match="Of word 1 of sequence 2 the net says"):
        in_numpy.tag(WORDS)


def test_a_translator_says_the_same(tmp_path: Path) -> None:
    """Additive attention, two layers, the vector of the source as first input."""
    spec = models.Translator(
        models.Encoder(models.GRU(3), bidirectional=True),
        models.Decoder(models.LSTM(5, layers=2), models.FirstInput()),
        models.Additive(4),
    )
    fields = {"source": WORDS.vocabulary, "scale": None, "target": TEXT.vocabulary}
    by_jax, in_numpy = both(TranslationModel, tmp_path / "a.stepahead", spec=spec, **fields)
    assert isinstance(in_numpy.model, models.NumpyTranslator)
    pairs = sa.data.Pairs(WORDS, TEXT.take(np.arange(3)))
    one, other = by_jax.score(pairs), in_numpy.score(pairs)
    np.testing.assert_allclose(other.log_probs, one.log_probs, atol=1e-5)
    texts = WORDS.texts()
    assert in_numpy.translate(texts, width=2) == by_jax.translate(texts, width=2)
    seen = [each.attention("ab c", "a b c").weights for each in (by_jax, in_numpy)]
    np.testing.assert_allclose(seen[1], seen[0], atol=1e-5)


def test_a_translator_without_attention_says_the_same(tmp_path: Path) -> None:
    """And a generator, whose decoder it has: the vector sets the first state."""
    decoder = models.Decoder(models.GRU(4))
    spec = models.Translator(models.Encoder(models.GRU(3)), decoder, None)
    fields = {"source": WORDS.vocabulary, "scale": None, "target": TEXT.vocabulary}
    by_jax, in_numpy = both(TranslationModel, tmp_path / "a.stepahead", spec=spec, **fields)
    pairs = sa.data.Pairs(WORDS, TEXT.take(np.arange(3)))
    one, other = by_jax.score(pairs), in_numpy.score(pairs)
    np.testing.assert_allclose(other.log_probs, one.log_probs, atol=1e-5)
    with pytest.raises(Refusal, match="no attention to look at"):
        in_numpy.attention("ab c", "a b c")
    place = tmp_path / "b.stepahead"
    fields = {"spec": decoder, "vocabulary": TEXT.vocabulary, "features": 2}
    by_jax, in_numpy = both(Generator, place, **fields)
    assert isinstance(in_numpy.model, models.NumpyTokenDecoder)
    drawn = [each.search(np.eye(2), 4, width=2)[0] for each in (by_jax, in_numpy)]
    assert drawn[0].text == drawn[1].text
    assert drawn[0].log_prob == pytest.approx(drawn[1].log_prob, abs=1e-5)


@pytest.mark.skipif(not native.can_unroll(), reason="there are no compiled kernels")
@pytest.mark.parametrize("name", SPECS)
@pytest.mark.parametrize("reverse", [False, True])
def test_long_sequences_by_the_kernels_equal_numpy(
    name: str, reverse: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    draws = np.random.default_rng(1)
    gates = {"lstm": 4, "gru": 3}.get(name, 1)
    shapes = [(5 * gates, 3), (5 * gates, 5), (5 * gates,), *([(5,)] if name == "gru" else [])]
    layer = NumpyLayer(name, *(draws.normal(0, 0.4, one).astype(np.float32) for one in shapes))
    xs = draws.normal(size=(40, 4, 3)).astype(np.float32)
    lengths = np.array([40, 0, 1, 33])
    state = tuple(
        draws.normal(0, 0.4, one.shape).astype(np.float32) for one in layer.initial_state(4)
    )
    assert layer._compiled(xs, state)
    assert not layer._compiled(xs[:31], state)
    assert not layer._compiled(xs.astype(np.float64), state)
    before = [part.copy() for part in state]
    by_kernel = layer.read(xs, lengths, reverse), layer.unroll(state, xs)
    np.testing.assert_array_equal(state, before)  # whoever gave the state keeps it
    monkeypatch.setattr(NumpyLayer, "_compiled", lambda *_: False)
    by_numpy = layer.read(xs, lengths, reverse), layer.unroll(state, xs)
    for one, other in zip(by_kernel, by_numpy, strict=True):
        np.testing.assert_allclose(one[0], other[0], rtol=0, atol=2e-6)
        np.testing.assert_allclose(one[1], other[1], rtol=0, atol=2e-6)
