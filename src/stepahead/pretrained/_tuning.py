"""Fine-tuning: training of the pretrained network continues on the series of a panel."""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float, Int

from ._fit import Network
from ._forecast import forecast
from ._network import Weights
from ._tokens import LEVELS, PATCH
from ._training import LENGTHS, exercise, loss

RATE = 1e-4
"""The initial learning rate, a thirtieth of that of pretraining; it decreases linearly to 0."""

PATCHES, MOST_PATCHES = 2048, 64
"""Number of patches in a batch, and the largest number in a window."""

JUDGED, LOOKS = 500, 4
"""At most this many series validate the weights, and this often during training."""

DECAYS = 0.9, 0.99
"""Decay rates of the means of gradients and of squared gradients (Adam)."""


class Tuned(NamedTuple):
    """The network, and the validation loss before and after."""

    network: Network
    before: float
    after: float


class Look(NamedTuple):
    """An event: the validation loss of the weights so far, number `number` of `epochs`."""

    number: int
    epochs: int
    loss: float
    validation: float | None = None


def fine_tuned(
    network: Network,
    series: list[np.ndarray],
    seasons: tuple[int, ...],
    horizon: int,
    updates: int,
    rng: np.random.Generator,
    on_event: Callable[[Any], None] | None = None,
    rate: float | None = None,
) -> Tuned:
    """Train on random windows of these series without their last steps, as in pretraining, and keep
    the weights with the smallest loss on the last steps (`horizon` of each series, at most a
    quarter of it). The weights at the beginning take part in this choice.

    The rate (None: `RATE`) decreases linearly to 0. The validation loss is the pinball loss over
    the quantiles, relative to the mean absolute change of each series. Series too short for a
    window (`window_patches`) take no part in training, but in validation. If no window fits, the
    network is unchanged.
    """
    cut = [max(1, min(horizon, len(each) // 4)) for each in series]
    past = [each[:-k] for each, k in zip(series, cut, strict=True)]
    ends = [each[-k:] for each, k in zip(series, cut, strict=True)]
    told = np.array([*seasons, 0, 0][:2])

    def judged(weights: Weights) -> float:
        return _judged(weights, past, ends, told, horizon)

    best, before = network, judged(network.weights)
    after, patches = before, window_patches([len(each) for each in past])
    if not patches:
        return Tuned(network, before, before)
    weights = {name: jnp.asarray(array) for name, array in network.weights.items()}
    empty = jax.tree.map(jnp.zeros_like, weights)
    state = (weights, empty, empty)
    for number in range(updates):
        values = windows(rng, past, patches)
        asked = exercise(rng, values, np.tile(told, (len(values), 1)))
        state = _update(state, number, (rate or RATE) * (1 - number / updates), *asked)
        looks = (number + 1) * LOOKS // updates
        if looks > number * LOOKS // updates:
            # Diverged weights give infinite losses, which are not below the smallest so far.
            with np.errstate(over="ignore", invalid="ignore"):
                kept = Network.of({name: np.asarray(array) for name, array in state[0].items()})
                found = judged(kept.weights)
            if found < after:
                best, after = kept, found
            if on_event is not None:
                on_event(Look(looks, LOOKS, found))
    return Tuned(best, before, after)


def window_patches(lengths: list[int]) -> int:
    """The number of patches of a window: the longest of `LENGTHS`, up to 64, for which half of the
    series contain a window and the next patch; 0, if there is none.

    >>> window_patches([100, 120, 20]), window_patches([17]), window_patches([5])
    (8, 1, 0)
    """
    middle = sorted(lengths)[len(lengths) // 2]
    fit = [n for n in (1, *LENGTHS) if n <= MOST_PATCHES and (n + 1) * PATCH <= middle]
    return max(fit, default=0)


def windows(
    rng: np.random.Generator, series: list[np.ndarray], patches: int
) -> Float[np.ndarray, "window time"]:
    """Random windows of `patches` patches and the next one, from the series that are long
    enough."""
    steps = (patches + 1) * PATCH
    able = np.array([k for k, each in enumerate(series) if len(each) >= steps])
    which = rng.choice(able, max(1, PATCHES // patches))
    first = rng.random(len(which))
    rows = [
        series[k][(start := int(share * (len(series[k]) - steps + 1))) : start + steps]
        for k, share in zip(which, first, strict=True)
    ]
    return np.stack(rows)


def _judged(
    weights: Weights,
    past: list[np.ndarray],
    ends: list[np.ndarray],
    seasons: Int[np.ndarray, " 2"],
    horizon: int,
) -> float:
    """The mean over (some of) the series of the pinball loss on their last steps, relative to the
    mean absolute change from step to step before."""
    some = range(0, len(past), max(1, len(past) // JUDGED))
    told = forecast(weights, [past[k] for k in some], np.tile(seasons, (len(some), 1)), horizon)
    levels, losses = np.array(LEVELS), []
    for k, quantiles in zip(some, told, strict=True):
        there, changes = ~np.isnan(ends[k]), np.abs(np.diff(past[k]))
        changes = changes[~np.isnan(changes)]
        if not there.any() or not changes.sum():
            continue
        gap = (ends[k][:, None] - quantiles[: len(ends[k])])[there]
        pinball = np.maximum(levels * gap, (levels - 1) * gap).mean()
        losses.append(pinball / changes.mean())
    return float(np.mean(losses)) if losses else 0.0


@jax.jit
def _update(state: Any, number: Any, rate: Any, *each: Any) -> Any:
    """A step of Adam; the norm of the gradient is clipped at 1, and `number` counts from 0."""
    weights, mean, square = state
    slope = jax.grad(loss)(weights, *each)
    norm = jnp.sqrt(sum((g**2).sum() for g in jax.tree.leaves(slope)))
    slope = jax.tree.map(lambda g: g / jnp.maximum(norm, 1), slope)
    first, second = DECAYS
    mean = jax.tree.map(lambda m, g: first * m + (1 - first) * g, mean, slope)
    square = jax.tree.map(lambda s, g: second * s + (1 - second) * g**2, square, slope)
    here, there = 1 - first ** (number + 1.0), 1 - second ** (number + 1.0)

    def moved(w: Any, m: Any, s: Any) -> Any:
        return w - rate * (m / here) / (jnp.sqrt(s / there) + 1e-8)

    return jax.tree.map(moved, weights, mean, square), mean, square
