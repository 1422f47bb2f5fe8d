"""Training of the pretrained network on series that are drawn during training."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from ..data.synthetic.families import mixture, one_season, periods
from ..ops import GRU, recurrence
from ..ops import Weights as LayerWeights
from ._network import COPIES, Weights, answers, copies, layers_of, normed
from ._tokens import LEVELS, PATCH, scale_of, tokens

LENGTHS = (2, 3, 5, 8, 12, 20, 32, 64, 128)
"""Possible numbers of patches in a window; each batch has one of them."""

FLOOR = 0.05
"""Added to an error, as a share of the spread of a series, before dividing by it."""

PATCHES = 8192
"""Default number of patches in a batch; it decides the number of windows."""


class Batch(NamedTuple):
    """Inputs, targets and weights of one update; all on the scale of the tokens."""

    inputs: Float[np.ndarray, "series patch width"]
    targets: Float[np.ndarray, "series patch step"]
    weights: Float[np.ndarray, "series patch step"]


def batch(rng: np.random.Generator, patches: int = PATCHES, **options: Any) -> Batch:
    """Draw windows of one length, `patches` in all, from the `mixture` of synthetic series, with
    their targets (`exercise`)."""
    long = int(rng.choice(LENGTHS))
    draw = mixture(rng, max(1, patches // long), (long + 1) * PATCH, **options)
    return exercise(rng, draw.values, seasons_told(rng, draw.seasons, draw.values.shape[1]))


def exercise(
    rng: np.random.Generator,
    values: Float[np.ndarray, "series time"],
    seasons: Int[np.ndarray, "series 2"],
) -> Batch:
    """Hide blocks of patches in most of these windows, and choose the targets.

    The scale comes from the first patches alone (a random number of them, up to half the window).
    Patches before the last of those have no targets, nor do patches before which fewer than 3
    values were observed. The first patch begins with 0 … 7 missing steps, as the histories of a
    forecast do. A target counts where it is observed.
    """
    series, patches = len(values), values.shape[1] // PATCH - 1
    values = values.copy()
    begin = rng.integers(PATCH, size=series)
    values[np.arange(values.shape[1]) < begin[:, None]] = np.nan
    known = rng.integers(1, max(1, patches // 2) + 1, size=series)
    few = (~np.isnan(values[:, :-PATCH])).cumsum(axis=1)
    scale = scale_of(values, known * PATCH)
    hidden = values[:, :-PATCH].copy()
    hidden[_blocks(rng, known, patches)] = np.nan
    described = tokens(hidden, seasons, scale, begin)
    target = np.arcsinh((values[:, PATCH:] - scale.centre) / scale.spread)
    asked = np.arange(patches) >= known[:, None] - 1
    asked &= few[:, PATCH - 1 :: PATCH] >= 3
    counted = ~np.isnan(target) & np.repeat(asked, PATCH, axis=1)
    cut = (series, patches, PATCH)
    target = np.where(counted, target, 0).astype(np.float32).clip(-15, 15).reshape(cut)
    weights = counted.astype(np.float32).reshape(cut)
    return Batch(described.inputs, target, weights * _worth(described.inputs, target, weights))


def seasons_told(
    rng: np.random.Generator, seasons: Int[np.ndarray, "series 2"], steps: int
) -> Int[np.ndarray, "series 2"]:
    """The seasons that the network gets: 15 % of the series have theirs removed, and 30 % of those
    without a season get one, as a calendar suggests it for series in use."""
    kept = np.where(rng.random((len(seasons), 1)) < 0.85, seasons, 0)
    said = one_season(periods(rng, len(seasons), steps, none=0.7))
    return np.where(seasons[:, :1] == 0, said, kept)


def _worth(
    inputs: Float[np.ndarray, "series patch width"],
    targets: Float[np.ndarray, "series patch step"],
    counted: Float[np.ndarray, "series patch step"],
) -> Float[np.ndarray, "series patch 1"]:
    """Weight of a patch, 1 on average: smaller where the best of the values that can be copied had
    larger errors so far, as in a scaled error. Without it, a series that is nearly all season would
    hardly count, since all its errors are small relative to its spread.

    The weight depends only on what came before the patch: weights that knew its own error would
    favour targets close to the copied values, and train intervals that are too narrow.
    """
    error = np.abs(copies(np, inputs) - targets[..., None]) * counted[..., None]
    before = np.zeros((len(targets), 1, COPIES))
    total = np.concatenate([before, error.sum(axis=2).cumsum(axis=1)[:, :-1]], axis=1)
    number = np.concatenate([before[..., :1], counted.sum(axis=2, keepdims=True)], axis=1)
    number = number[:, :-1].cumsum(axis=1)
    # Before any error is known: `PATCH` errors of a quarter of the spread.
    so_far = ((total + 0.25 * PATCH) / (number + PATCH)).min(axis=2, keepdims=True)
    worth = 1 / (so_far + FLOOR)
    return (worth / (worth * counted).sum() * counted.sum()).astype(np.float32)


def _blocks(rng: np.random.Generator, known: np.ndarray, patches: int) -> np.ndarray:
    """The steps to hide: in 60 % of the rows a block of 1 … 16 patches after the known ones; a
    quarter of the blocks last to the end."""
    series = len(known)
    start = known + rng.integers(np.maximum(patches - known, 1))
    length = rng.integers(1, min(16, patches) + 1, size=series)
    length = np.where(rng.random(series) < 0.25, patches, length)
    place = np.arange(patches)
    rows = (rng.random(series) < 0.6)[:, None]
    block = rows & (place >= start[:, None]) & (place < (start + length)[:, None])
    return np.repeat(block, PATCH, axis=1)


def outputs(weights: Weights, inputs: Array) -> Array:
    """The same as `_network.quantiles`, with the compiled kernels and with gradients."""

    def dense(name: str, x: Array) -> Array:
        return x @ weights[name].T + weights[f"{name}.bias"]

    h = dense("embed.1", jax.nn.relu(dense("embed.0", inputs)))
    hidden = h.shape[-1]
    start = (jnp.zeros((len(inputs), hidden), h.dtype),)
    for layer in range(layers_of(weights)):
        name = f"layer.{layer}"
        own = LayerWeights(
            weights[f"{name}.input"],
            weights[f"{name}.recurrent"],
            weights[f"{name}.bias"],
            weights[f"{name}.candidate"],
        )
        h = h + recurrence(GRU, own, normed(jnp, h), start)[0]
    both = jnp.concatenate([normed(jnp, h), inputs], axis=2)
    return answers(jnp, dense("head.1", jax.nn.relu(dense("head.0", both))), inputs)


def loss(weights: Weights, inputs: Array, targets: Array, counted: Array) -> Array:
    """The mean pinball loss over levels and counted steps, on the tokens' scale, times 2."""
    error = targets[..., None] - outputs(weights, inputs)
    level = jnp.asarray(LEVELS, error.dtype)
    pinball = jnp.maximum(level * error, (level - 1) * error).mean(axis=-1)
    return 2 * (pinball * counted).sum() / jnp.maximum(counted.sum(), 1)
