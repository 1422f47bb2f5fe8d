"""Recurrent stacks: how they are drawn, dropout, gates, and sizes that are refused."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from registry import assert_close, assert_same_bits, positive, unrolled

from stepahead import models
from stepahead._check import Refusal
from stepahead.models import Gaussian, Observation, Point, build

XS = Observation(positive(2, 5, 1))


@pytest.mark.parametrize(
    ("spec", "gates"), [(models.RNN(6), 1), (models.LSTM(6), 4), (models.GRU(6), 3)], ids=repr
)
def test_recurrent_weights_are_orthogonal_gate_by_gate_and_biases_zero_but_for_forgetting(
    spec, gates: int
) -> None:
    layer = build(spec, 1, Point(), jax.random.key(0)).body.layers[0]
    assert layer.recurrent.shape == (gates * 6, 6)
    for gate in np.split(np.asarray(layer.recurrent), gates):
        np.testing.assert_allclose(gate @ gate.T, np.eye(6), rtol=0, atol=1e-5)
    bias = np.asarray(layer.bias).reshape(gates, 6)
    assert (bias[1 if gates == 4 else 0] == (1.0 if gates == 4 else 0.0)).all() and bias.sum() == (
        6.0 if gates == 4 else 0.0
    )
    assert (layer.candidate_bias is not None) == (gates == 3)
    assert np.abs(np.asarray(layer.input)).max() <= np.sqrt(6 / 7)


def test_the_same_key_draws_the_same_weights_and_another_one_others() -> None:
    first, again, other = (
        build(models.GRU(3, layers=2), 1, Gaussian(), jax.random.key(k)) for k in (0, 0, 1)
    )
    assert_same_bits(again, first)
    assert not np.array_equal(other.body.layers[1].recurrent, first.body.layers[1].recurrent)


def test_dropout_acts_between_layers_and_in_training_only() -> None:
    model = build(models.LSTM(40, layers=2, dropout=0.5), 1, Point(), jax.random.key(0))
    plain = unrolled(model, XS)
    assert_same_bits(unrolled(model, XS).out, plain.out)
    first, again, other = (unrolled(model, XS, key=jax.random.key(k)) for k in (1, 1, 2))
    assert_same_bits(again.out, first.out)
    assert not np.allclose(first.out, plain.out, atol=1e-4) and not np.allclose(
        first.out, other.out, atol=1e-4
    )
    assert_close(
        first.state.body[0], plain.state.body[0]
    )  # the layer below the dropped connections sees its inputs whole
    assert not np.allclose(first.state.body[1][0], plain.state.body[1][0], atol=1e-4)
    alone = build(models.LSTM(4, dropout=0.5), 1, Point(), jax.random.key(0))
    assert_same_bits(unrolled(alone, XS, key=jax.random.key(1)).out, unrolled(alone, XS).out)


def test_dropout_keeps_the_expected_input_of_the_layer_above() -> None:
    """With an identity layer on top, the mean over many draws is the output without dropout."""
    model = build(
        models.RNN((2, 2), relu=True, dropout=0.4, readout=False), 1, Point(2), jax.random.key(0)
    )
    top = replace(
        model.body.layers[1], input=jnp.eye(2), recurrent=jnp.zeros((2, 2)), bias=jnp.zeros(2)
    )
    bottom = replace(model.body.layers[0], bias=jnp.ones(2))
    model = models.Model(
        type(model.body)((bottom, top), None, 0.4, model.channels), model.head, model.channels
    )
    runs = jax.vmap(lambda key: unrolled(model, XS, key=key).out)(
        jax.random.split(jax.random.key(1), 2000)
    )
    plain = unrolled(model, XS).out
    np.testing.assert_allclose(runs.mean(axis=0), plain, rtol=0.1, atol=0.02)
    share = (np.asarray(runs)[:, np.asarray(plain) > 0] == 0).mean()
    assert share == pytest.approx(0.4, abs=0.02)


def test_gates_rebuild_the_state() -> None:
    model = build(models.LSTM(3, layers=2), 1, Point(), jax.random.key(0))
    done = unrolled(model, XS, gates=True)
    assert_close(done.out, unrolled(model, XS).out)
    cell = jnp.zeros((2, 3))
    for t in range(5):
        i, f, g, o = (
            done.gates[1][name][:, t] for name in ("input", "forget", "candidate", "output")
        )
        cell = f * cell + i * g
    assert_close(done.state.body[1], (o * jnp.tanh(cell), cell))
    with pytest.raises(Refusal, match="`gates=True` needs a recurrent model"):
        unrolled(build(models.Naive(), 1, Point(), jax.random.key(0)), XS, gates=True)


def test_sizes_that_cannot_be_are_refused() -> None:
    with pytest.raises(Refusal, match="`dropout` must be at least 0 and below 1, but it is 1"):
        models.GRU(3, dropout=1.0)
    with pytest.raises(Refusal, match="`width` must be a whole number"):
        models.LSTM(0)
    with pytest.raises(Refusal, match=r"must be what the head reads, 4 .* but it is 3"):
        build(models.RNN(3, readout=False), 1, Gaussian(2), jax.random.key(0))
    with pytest.raises(
        Refusal,
        match="`Anchored` adds the last value to a location, which NegativeBinomial does not have",
    ):
        build(models.Anchored(models.GRU(3)), 1, models.NegativeBinomial(), jax.random.key(0))
