"""Forecasts of the pretrained network: any history, any horizon."""

from collections.abc import Iterator, Sequence

import numpy as np
from jaxtyping import Float, Int

from ._network import Weights, quantiles
from ._tokens import LEVELS, PATCH, Scale, scale_of, tokens

CONTEXT = 1024
"""Steps of the past that are read."""

CHUNK = 1 << 17
"""Steps that are worked on at a time."""


def forecast(
    weights: Weights,
    histories: Sequence[np.ndarray],
    seasons: Int[np.ndarray, "series 2"],
    horizon: int,
) -> Float[np.ndarray, "series horizon level"]:
    """The quantiles at `LEVELS` of the `horizon` steps after each history, in its unit.

    Histories of as many patches are read together, the first patch padded on the left. The mean
    over the series and the series turned upside down is taken, so that forecasts do not depend on
    the sign of the unit.
    """
    result = np.empty((len(histories), horizon, len(LEVELS)))
    ahead = -(-horizon // PATCH)
    length = np.array([min(len(h), CONTEXT) for h in histories], int)
    for some, wide in _alike(length, ahead):
        values = np.full((len(some), wide + (ahead - 1) * PATCH), np.nan)
        for row, which in enumerate(some):
            if length[which]:
                values[row, wide - length[which] : wide] = histories[which][-length[which] :]
        result[some] = _one(weights, values, seasons[some], wide - length[some], ahead)[:, :horizon]
    return result


def _alike(
    length: Int[np.ndarray, " series"], ahead: int
) -> Iterator[tuple[Int[np.ndarray, " some"], int]]:
    """Series of as many patches, few enough to be worked on at a time, and the steps of these."""
    patches = np.maximum(-(-length // PATCH), 1)
    order = np.argsort(patches, kind="stable")
    start = 0
    while start < len(order):
        count = int(patches[order[start]])
        some = order[start : start + max(1, CHUNK // (PATCH * (count + ahead)))]
        some = some[patches[some] == count]
        yield some, count * PATCH
        start += len(some)


def _one(
    weights: Weights,
    values: Float[np.ndarray, "series time"],
    seasons: Int[np.ndarray, "series 2"],
    begin: Int[np.ndarray, " series"],
    ahead: int,
) -> Float[np.ndarray, "series step level"]:
    """The last `ahead` patches that the network answers with, for series of one length."""
    scale = scale_of(values)
    flipped = scale._replace(spread=-scale.spread)
    both = []
    for each in (scale, flipped):
        read = tokens(values, seasons, each, begin).inputs
        out = quantiles(weights, read)[:, -ahead:]
        out = out.reshape(len(values), ahead * PATCH, len(LEVELS))
        both.append(out if each is scale else -out[..., ::-1])
    z = np.sinh((both[0] + both[1]).astype(float) / 2)
    return z * scale.spread[:, :, None] + scale.centre[:, :, None]


def one_step_ahead(
    weights: Weights,
    series: Sequence[np.ndarray],
    seasons: Int[np.ndarray, "series 2"],
) -> list[np.ndarray]:
    """The median of every step, given the steps before it, on the scale of the whole series; NaN
    for the first step. Each series is read `PATCH` times, with patches that begin a step later."""
    told = [np.full(len(each), np.nan) for each in series]
    # Reading k of a series ends with the last patch that ends before a step k + PATCH·j.
    which = np.repeat(np.arange(len(series)), PATCH)
    late = np.tile(np.arange(PATCH), len(series))
    length = np.array([len(each) for each in series], int)[which]
    cut = np.maximum(length - 1 - late, -1) // PATCH * PATCH + late
    read = np.flatnonzero((late < length) & (cut > 0))
    scales = [scale_of(each[None]) for each in series]
    for some, wide in _alike(cut[read], 0):
        rows = read[some]
        begin = wide - cut[rows]
        values = np.full((len(rows), wide), np.nan)
        for row, number in enumerate(rows):
            values[row, begin[row] :] = series[which[number]][: cut[number]]
        scale = Scale(*(np.concatenate([scales[k][part] for k in which[rows]]) for part in (0, 1)))
        inputs = tokens(values, seasons[which[rows]], scale, begin).inputs
        z = np.sinh(quantiles(weights, inputs)[:, :, 0, len(LEVELS) // 2].astype(float))
        for row, number in enumerate(rows):
            steps = np.arange(1, z.shape[1] + 1) * PATCH - begin[row]
            centre, spread = (float(part[row, 0]) for part in scale)
            told[which[number]][steps] = z[row] * spread + centre
    return told
