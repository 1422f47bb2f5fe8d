"""Every recurrent cell, forward and gradient, against NumPy loops written from the equations; run
by test_float64.py.

The loops go over one sequence, one step and one layer at a time, and the backward pass is written
out by hand.
"""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from stepahead import models
from stepahead.models import Observation, Point, unroll

TIME, CHANNELS, HORIZON = 6, 2, 2
draw = np.random.default_rng(0)


def sigma(x):
    return 1 / (1 + np.exp(-x))


def elman(activation, slope):
    """h' = φ(W x + U h + b)."""

    def forward(p, x, h, c):
        new = activation(p.input @ x + p.recurrent @ h + p.bias)
        return new, c, (x, h, new)

    def backward(p, kept, dh, dc, grads):
        x, h, new = kept
        da = dh * slope(new)
        grads["input"] += np.outer(da, x)
        grads["recurrent"] += np.outer(da, h)
        grads["bias"] += da
        return p.input.T @ da, p.recurrent.T @ da, dc

    return forward, backward


def lstm_forward(p, x, h, c):
    """i, f, o = σ(W x + U h + b), g = tanh(W x + U h + b); c' = f⊙c + i⊙g; h' = o⊙tanh(c')."""
    i, f, g, o = np.split(p.input @ x + p.recurrent @ h + p.bias, 4)
    i, f, g, o = sigma(i), sigma(f), np.tanh(g), sigma(o)
    new = f * c + i * g
    return o * np.tanh(new), new, (x, h, c, i, f, g, o, new)


def lstm_backward(p, kept, dh, dc, grads):
    x, h, c, i, f, g, o, new = kept
    dc = dc + dh * o * (1 - np.tanh(new) ** 2)
    do, di, df, dg = dh * np.tanh(new), dc * g, dc * c, dc * i
    da = np.concatenate([di * i * (1 - i), df * f * (1 - f), dg * (1 - g**2), do * o * (1 - o)])
    grads["input"] += np.outer(da, x)
    grads["recurrent"] += np.outer(da, h)
    grads["bias"] += da
    return p.input.T @ da, p.recurrent.T @ da, dc * f


def gru_forward(p, x, h, c):
    """r, z = σ(W x + U h + b); n = tanh(W x + b + r⊙(U h + b_n)); h' = (1−z)⊙n + z⊙h."""
    (wr, wz, wn), (ur, uz, un), (br, bz, bn) = (
        np.split(a, 3) for a in (p.input, p.recurrent, p.bias)
    )
    r, z = sigma(wr @ x + ur @ h + br), sigma(wz @ x + uz @ h + bz)
    inner = un @ h + p.candidate_bias
    n = np.tanh(wn @ x + bn + r * inner)
    return (1 - z) * n + z * h, c, (x, h, r, z, n, inner)


def gru_backward(p, kept, dh, dc, grads):
    x, h, r, z, n, inner = kept
    (wr, wz, wn), (ur, uz, un) = np.split(p.input, 3), np.split(p.recurrent, 3)
    dn, dz, dh_before = dh * (1 - z), dh * (h - n), dh * z
    an = dn * (1 - n**2)
    ar, az = an * inner * r * (1 - r), dz * z * (1 - z)
    grads["input"] += np.concatenate([np.outer(a, x) for a in (ar, az, an)])
    grads["recurrent"] += np.concatenate([np.outer(ar, h), np.outer(az, h), np.outer(an * r, h)])
    grads["bias"] += np.concatenate([ar, az, an])
    grads["candidate_bias"] += an * r
    dx = wr.T @ ar + wz.T @ az + wn.T @ an
    return dx, dh_before + ur.T @ ar + uz.T @ az + un.T @ (an * r), dc


def min_gru_forward(p, x, h, c):
    """z = σ(W_z x + b_z); n = W_n x + b_n; h' = (1−z)⊙n + z⊙h."""
    z, n = np.split(p.weight @ x + p.bias, 2)
    z = sigma(z)
    return (1 - z) * n + z * h, c, (x, h, z, n)


def min_gru_backward(p, kept, dh, dc, grads):
    x, h, z, n = kept
    da = np.concatenate([dh * (h - n) * z * (1 - z), dh * (1 - z)])
    grads["weight"] += np.outer(da, x)
    grads["bias"] += da
    return p.weight.T @ da, dh * z, dc


CELLS = {
    "tanh": (models.RNN, {}, elman(np.tanh, lambda new: 1 - new**2)),
    "relu": (models.RNN, {"relu": True}, elman(lambda a: np.maximum(a, 0), lambda new: new > 0)),
    "lstm": (models.LSTM, {}, (lstm_forward, lstm_backward)),
    "gru": (models.GRU, {}, (gru_forward, gru_backward)),
    "minimal gru": (models.MinGRU, {}, (min_gru_forward, min_gru_backward)),
}


def drawn(name):
    """A stack of two layers of unequal width in float64, every number drawn; inputs; and the slope
    of the loss in each output."""
    make, options, loops = CELLS[name]
    model = models.build(make((4, 3), **options), CHANNELS, Point(HORIZON), jax.random.key(0))
    model = jax.tree.map(
        lambda leaf: (
            jnp.asarray(draw.normal(0, 0.6, leaf.shape)) if eqx.is_inexact_array(leaf) else leaf
        ),
        model,
    )
    return (
        model,
        draw.normal(size=(TIME, CHANNELS)),
        draw.normal(size=(TIME, HORIZON * CHANNELS)),
        loops,
    )


def by_loops(model, xs, slopes, forward, backward):
    """Outputs, and the gradient of Σ slopes·outputs in every weight and input."""
    below, tapes = list(xs), []
    for p in jax.tree.map(np.asarray, model.body.layers):
        h, c, tape, outputs = np.zeros(p.width), np.zeros(p.width), [], []
        for x in below:
            h, c, kept = forward(p, x, h, c)
            tape.append(kept)
            outputs.append(h)
        tapes.append((p, tape))
        below = outputs
    weight, bias = np.asarray(model.body.readout.weight), np.asarray(model.body.readout.bias)
    outs = np.array([weight @ h + bias for h in below])
    of_readout = (
        sum(np.outer(s, h) for s, h in zip(slopes, below, strict=True)),
        slopes.sum(axis=0),
    )
    above, of_layers = [weight.T @ s for s in slopes], []
    for p, tape in reversed(tapes):
        grads = {name: np.zeros_like(a) for name, a in vars(p).items() if isinstance(a, np.ndarray)}
        dh, dc, into = np.zeros(p.width), np.zeros(p.width), []
        for kept, slope in zip(reversed(tape), reversed(above), strict=True):
            dx, dh, dc = backward(p, kept, dh + slope, dc, grads)
            into.append(dx)
        above = into[::-1]
        of_layers.append(grads)
    return outs, of_readout, of_layers[::-1], np.array(above)


@pytest.mark.parametrize("name", CELLS)
def test_outputs_and_gradients_equal_the_loops(name) -> None:
    model, xs, slopes, loops = drawn(name)
    outs, of_readout, of_layers, of_inputs = by_loops(model, xs, slopes, *loops)

    def loss(model, xs):
        out = unroll(model, Observation(xs[None])).out[0].reshape(TIME, -1)
        return (jnp.asarray(slopes) * out).sum(), out

    (_, out), (of_model, of_xs) = jax.jit(jax.value_and_grad(loss, argnums=(0, 1), has_aux=True))(
        model, xs
    )
    np.testing.assert_allclose(out, outs, rtol=1e-11, atol=1e-12)
    np.testing.assert_allclose(of_xs, of_inputs, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(of_model.body.readout.weight, of_readout[0], rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(of_model.body.readout.bias, of_readout[1], rtol=1e-10, atol=1e-12)
    for layer, grads in zip(of_model.body.layers, of_layers, strict=True):
        for part, wanted in grads.items():
            np.testing.assert_allclose(getattr(layer, part), wanted, rtol=1e-10, atol=1e-12)
