"""The network's arithmetic, in JAX for training and in NumPy for forecasts."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from jaxtyping import Float

from ._tokens import LEVELS, PATCH

Weights = Mapping[str, Any]
"""Arrays by name: `embed.0`, `embed.1`, `layer.K.{input, recurrent, bias, candidate}`, `head.0`,
`head.1`, and the biases `….bias` of the four dense layers."""

COPIES = 9
"""Number of values that the median of a step can be copied from: for two seasons each, the last
value and the mean at the same phase, and the level plus the phase's deviation without and with a
slope; and the last observed value."""

ANSWERS = len(LEVELS) + COPIES
"""Number of outputs of the last layer for a step: the quantiles, then the logits of the mixture
over the copied values."""


def initial_weights(rng: np.random.Generator, width: int, hidden: int, layers: int) -> dict:
    """Draw weights: Glorot for dense and input matrices, orthogonal for recurrent ones, biases 0 (1
    for the update gate), and the last matrix of the head scaled by a tenth."""
    weights: dict[str, np.ndarray] = {}

    def dense(name: str, rows: int, columns: int, gain: float = 1.0) -> None:
        limit = gain * np.sqrt(6 / (rows + columns))
        weights[name] = rng.uniform(-limit, limit, (rows, columns))
        weights[f"{name}.bias"] = np.zeros(rows)

    dense("embed.0", hidden, width)
    dense("embed.1", hidden, hidden)
    for layer in range(layers):
        limit = np.sqrt(6 / (2 * hidden))
        weights[f"layer.{layer}.input"] = rng.uniform(-limit, limit, (3 * hidden, hidden))
        blocks = [np.linalg.qr(rng.standard_normal((hidden, hidden)))[0] for _ in range(3)]
        weights[f"layer.{layer}.recurrent"] = np.concatenate(blocks)
        bias = np.zeros(3 * hidden)
        bias[hidden : 2 * hidden] = 1.0  # at first the update gate keeps the state
        weights[f"layer.{layer}.bias"] = bias
        weights[f"layer.{layer}.candidate"] = np.zeros(hidden)
    dense("head.0", hidden, hidden + width)
    dense("head.1", PATCH * ANSWERS, hidden, 0.1)
    return {name: array.astype(np.float32) for name, array in weights.items()}


def layers_of(weights: Weights) -> int:
    """The number of recurrent layers in `weights`."""
    return sum(name.endswith(".recurrent") for name in weights)


def quantiles(
    weights: Weights, inputs: Float[np.ndarray, "series patch width"]
) -> Float[np.ndarray, "series patch step level"]:
    """The quantiles of the next patch at every patch, on the scale of the tokens, in float32."""
    w = {name: np.asarray(array, np.float32) for name, array in weights.items()}
    x = np.ascontiguousarray(inputs, np.float32)
    h = _dense(w, "embed.1", np.maximum(_dense(w, "embed.0", x), 0))
    for layer in range(layers_of(w)):
        h = h + _gru(w, f"layer.{layer}", normed(np, h))
    both = np.concatenate([normed(np, h), x], axis=2)
    out = _dense(w, "head.1", np.maximum(_dense(w, "head.0", both), 0))
    return answers(np, out, x)


def answers(np_: Any, out: Any, inputs: Any) -> Any:
    """The quantiles for the outputs `out` of the last layer; `np_` is NumPy or JAX's NumPy.

    The median is a mixture of the values that can be copied, with softmax weights, plus an offset.
    The other levels are the median plus or minus cumulative sums of softplus, so that quantiles
    never cross.
    """
    out = out.reshape(*out.shape[:2], PATCH, ANSWERS)
    middle = len(LEVELS) // 2
    logits = out[..., len(LEVELS) :]
    share = np_.exp(logits - logits.max(axis=-1, keepdims=True))
    share = share / share.sum(axis=-1, keepdims=True)
    copied = (share * copies(np_, inputs)).sum(axis=-1)
    median = (copied + out[..., middle])[..., None]
    gaps = np_.logaddexp(out[..., : len(LEVELS)] - 2, 0.0) * 0.5
    down = np_.cumsum(gaps[..., :middle][..., ::-1], axis=-1)[..., ::-1]
    up = np_.cumsum(gaps[..., middle + 1 :], axis=-1)
    return np_.concatenate([median - down, median, median + up], axis=-1)


def copies(np_: Any, inputs: Any) -> Any:
    """The values that the median of a step can be copied from, `[series, patch, step, COPIES]`."""
    cut = (*inputs.shape[:2], 4, PATCH)
    own = inputs[:, :, 2 * PATCH : 6 * PATCH].reshape(cut)
    last = np_.broadcast_to(inputs[:, :, None, 8 * PATCH + 2 : 8 * PATCH + 3], own[:, :, :1].shape)
    levels = inputs[:, :, 8 * PATCH + 4 :].reshape(cut)
    return np_.swapaxes(np_.concatenate([own, last, levels], axis=2), 2, 3)


def normed(np_: Any, h: Any) -> Any:
    """h divided by its root mean square along the last axis."""
    return h / np_.sqrt((h * h).mean(axis=-1, keepdims=True) + 1e-6)


def _dense(w: Weights, name: str, x: np.ndarray) -> np.ndarray:
    return _product(x, w[name]) + w[f"{name}.bias"]


def _product(x: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """x Mᵀ along the last axis as a single matrix product; NumPy would make one for each series."""
    return (x.reshape(-1, x.shape[-1]) @ matrix.T).reshape(*x.shape[:-1], len(matrix))


def _gru(w: Weights, name: str, x: Float[np.ndarray, "series patch hidden"]) -> np.ndarray:
    """A GRU layer over the patches (see `ops.GRU`), from a state of 0."""
    projected = _product(x, w[f"{name}.input"]) + w[f"{name}.bias"]
    recurrent, candidate = w[f"{name}.recurrent"].T, w[f"{name}.candidate"]
    series, patches, hidden = x.shape
    h = np.zeros((series, hidden), np.float32)
    out = np.empty_like(x)
    for patch in range(patches):
        own, product = projected[:, patch], h @ recurrent
        both = own[:, : 2 * hidden] + product[:, : 2 * hidden]
        gates = 1 / (1 + np.exp(-np.clip(both, -60, 60)))
        r, z = gates[:, :hidden], gates[:, hidden:]
        new = np.tanh(own[:, 2 * hidden :] + r * (product[:, 2 * hidden :] + candidate))
        h = (1 - z) * new + z * h
        out[:, patch] = h
    return out
