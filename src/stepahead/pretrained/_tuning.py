"""Fine-tuning: the pretrained network learns on from the series of a panel."""

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
"""The learning rate at the beginning, a thirtieth of that of pretraining; it falls to nothing in a
straight line."""

PATCHES, MOST_PATCHES = 2048, 64
"""Patches in a batch, and the most in a window."""

JUDGED, LOOKS = 500, 4
"""Series whose last steps judge the weights, and how often they do."""

DECAYS = 0.9, 0.99
"""Of the means of slopes and of their squares (Adam)."""


class Tuned(NamedTuple):
    """The network, and the loss on the last steps of the series before and after."""

    network: Network
    before: float
    after: float


class Look(NamedTuple):
    """An event: the last steps were forecast by the weights so far, time `number` of `epochs`."""

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
    """Train on random windows of all but the last steps of these series, as the network was
    pretrained, and keep the weights, those at the beginning among them, that forecast the last
    steps best: `horizon` of each, a quarter of it at most.

    The rate (None: `RATE`) falls to nothing. The loss is the pinball loss over the quantiles beside
    the mean change of each series. Series of fewer steps than half of all teach nothing, but are
    forecast. Where no series holds two patches, the network stays as it is.
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
            # Weights that have run away give infinities, which are no better than what there was.
            with np.errstate(over="ignore", invalid="ignore"):
                kept = Network.of({name: np.asarray(array) for name, array in state[0].items()})
                found = judged(kept.weights)
            if found < after:
                best, after = kept, found
            if on_event is not None:
                on_event(Look(looks, LOOKS, found))
    return Tuned(best, before, after)


def window_patches(lengths: list[int]) -> int:
    """The patches of a window: the longest of `LENGTHS`, up to 64, that half of the series hold
    with the patch to answer; 0, where none holds two patches.

    >>> window_patches([100, 120, 20]), window_patches([17]), window_patches([5])
    (8, 1, 0)
    """
    middle = sorted(lengths)[len(lengths) // 2]
    fit = [n for n in (1, *LENGTHS) if n <= MOST_PATCHES and (n + 1) * PATCH <= middle]
    return max(fit, default=0)


def windows(
    rng: np.random.Generator, series: list[np.ndarray], patches: int
) -> Float[np.ndarray, "window time"]:
    """Random windows of `patches` patches and the one to answer, of the series that hold them and a
    value in their first patch."""
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
    """The mean over (some of) the series of the pinball loss of their last steps over the mean
    change of a step before."""
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
    """A step of Adam, with slopes of a norm of at most 1; `number` counts from 0."""
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
