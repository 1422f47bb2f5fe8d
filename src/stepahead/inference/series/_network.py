"""Forecasts of a panel without gaps by a recurrent network on the native kernels, without JAX, for
low latency; many series are forecast in blocks on all cores."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import pairwise

import numpy as np
from jaxtyping import Int

from ..._types import Prediction
from ...data import (
    FittedScaler,
    Panel,
    padded_batches,
    refuse_too_fine,
    without_covariates,
    without_leading_gaps,
)
from ...models import SeriesNetwork, sampler_of
from ...native import cores
from ._constant import keep_constant

BLOCK = 1 << 16
"""Steps of history in a block of series, so that its values and intermediate results stay in a
core's cache."""

Scales = Callable[[Panel, Int[np.ndarray, " chosen"]], tuple[FittedScaler, Panel]]
"""The fitted scaler of some series, which are given with their numbers in the whole panel, and
these series scaled by it."""


def predict_by_network(
    network: SeriesNetwork,
    scales: Scales,
    history: Panel,
    horizon: int,
    quantiles: tuple[float, ...],
    context: int | None,
) -> Prediction | None:
    """Return the same as `predict`, up to rounding, with `quantiles` at these probabilities, from
    the last `context` steps (None: all). Return None if the network alone does not suffice: for
    gaps, or sampled paths.

    Series are scaled and forecast in blocks, several at a time.
    """
    if history.missing or (quantiles and horizon > network.head.horizon):
        return None
    blocks = list(_blocks(without_covariates(history)))
    threads = 1 if len(blocks) == 1 else min(cores(), len(blocks))

    def answer(block: tuple[Panel, np.ndarray]) -> Prediction | None:
        scale, inside = scales(*block)
        if quantiles and not scale.stepwise:
            return None
        return _answer(
            network,
            *(scale, inside, block[0], horizon, quantiles, context),
            None if threads == 1 else 1,
        )

    if threads == 1:
        found = [answer(block) for block in blocks]
    else:
        with ThreadPoolExecutor(threads) as pool:
            found = list(pool.map(answer, blocks))
    done = [each for each in found if each is not None]
    if len(done) < len(found):
        return None
    if len(done) == 1:
        return done[0]
    parts = [(each.mean, each.quantiles) for each in done]
    mean, ends = (np.concatenate(part) for part in zip(*parts, strict=True))
    return Prediction(mean, ends, quantiles)


def _blocks(panel: Panel) -> Iterator[tuple[Panel, Int[np.ndarray, " chosen"]]]:
    """Blocks of consecutive series, which share the panel's memory, and their numbers."""
    total = int(panel.offsets[-1])
    if total <= BLOCK:
        yield panel, np.arange(len(panel))
        return
    cuts = np.searchsorted(panel.offsets, np.arange(0, total, BLOCK))
    cuts = np.unique([*cuts, len(panel)])
    for first, last in pairwise(cuts):
        begin, end = panel.offsets[first], panel.offsets[last]
        part = replace(
            panel,
            values=panel.values[begin:end],
            times=panel.times[begin:end],
            offsets=panel.offsets[first : last + 1] - begin,
            ids=panel.ids[first:last],
        )
        yield part, np.arange(first, last)


def _answer(
    network: SeriesNetwork,
    scaled: FittedScaler,
    inside: Panel,
    history: Panel,
    horizon: int,
    quantiles: tuple[float, ...],
    context: int | None,
    threads: int | None,
) -> Prediction:
    """The forecast of one block, `inside` after scaling, by so many threads of the kernels (None:
    as many as pay)."""
    inside = without_leading_gaps(inside)
    refuse_too_fine(inside)
    keep = keep_constant(scaled, inside)
    mean = np.zeros((len(history), horizon, history.channels))
    ends = np.zeros((*mean.shape, len(quantiles)))
    for batch in padded_batches(inside, context=context, largest=network.largest, rounded=False):
        central, out = network.ahead(batch.values, batch.lengths, horizon, threads)
        mean[batch.series] = central
        if quantiles:
            ends[batch.series] = sampler_of(network.head).quantiles(
                np.asarray(out, np.float64), quantiles
            )
    mean = scaled.invert(keep(mean), history)
    return Prediction(mean, scaled.invert(keep(ends), history) if quantiles else ends, quantiles)
