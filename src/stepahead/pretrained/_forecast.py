"""Forecasts of the pretrained network: any history, any horizon."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, Int

from ._network import Weights, quantiles
from ._tokens import LEVELS, PATCH, scale_of, tokens

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
    patches = np.maximum(-(-length // PATCH), 1)
    order = np.argsort(patches, kind="stable")
    start = 0
    while start < len(order):
        rows = max(1, CHUNK // (PATCH * (int(patches[order[start]]) + ahead)))
        some = order[start : start + rows]
        some = some[patches[some] == patches[some[0]]]
        wide = int(patches[some].max()) * PATCH
        values = np.full((len(some), wide + (ahead - 1) * PATCH), np.nan)
        for row, which in enumerate(some):
            if length[which]:
                values[row, wide - length[which] : wide] = histories[which][-length[which] :]
        result[some] = _one(weights, values, seasons[some], wide - length[some], ahead)[:, :horizon]
        start += len(some)
    return result


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
    for the first step. `PATCH` passes, each with patches that begin one step later, answer all."""
    told = []
    for each, season in zip(series, seasons, strict=True):
        out = np.full(len(each), np.nan)
        scale = scale_of(each[None])
        for late in range(min(PATCH, len(each))):
            # Patches end before the steps late + PATCH·k.
            lead = (PATCH - late) % PATCH
            cut = (len(each) - late) // PATCH * PATCH + late
            values = np.concatenate([np.full(lead, np.nan), each[:cut]])[None]
            if not values.size:
                continue  # nothing is known before this step
            read = tokens(values, np.asarray(season)[None], scale, np.array([lead])).inputs
            z = np.sinh(quantiles(weights, read)[0, :, 0, len(LEVELS) // 2].astype(float))
            steps = np.arange(1, len(z) + 1) * PATCH - lead
            inside = steps < len(each)
            out[steps[inside]] = (z * scale.spread[0] + scale.centre[0])[inside]
        told.append(out)
    return told
