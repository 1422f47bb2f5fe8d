"""Loess on a regular grid for many series at once: local means or lines, weighted by distance and
by a weight for every value."""

import numpy as np
from jaxtyping import Float, Int

from ...native import series as kernels
from .._rows import threads

MOST = 2_000_000
"""The most numbers that NumPy gathers at a time."""


def loess(
    values: Float[np.ndarray, "series time"],
    weights: Float[np.ndarray, "series time"],
    lengths: Int[np.ndarray, " series"],
    span: int,
    *,
    line: bool = True,
    jump: int = 1,
    beyond: int = 0,
) -> Float[np.ndarray, "series smooth"]:
    """Smooth every series by a line through the `span` (odd) steps nearest to each step, or without
    `line` by their mean.

    The line minimises the weighted sum of squares; a step at distance d has weight (1 − (d/h)³)³
    times its own weight, with h the distance of the farthest of these steps. A missing value has
    weight 0. With `jump`, a line is fitted only at every `jump`-th step and at the last, and
    interpolated in between. `beyond` steps are added before the first and after the last. NaN if
    all weights are 0, and after the end of a series. Source: Cleveland et al. 1990.

    >>> line = np.array([[2.0, 3.0, 4.0, 0.0, 6.0]])
    >>> loess(line, np.array([[1.0, 1, 1, 0, 1]]), np.array([5]), 5, beyond=1).round(6).tolist()
    [[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]]
    """
    last = lengths + beyond - 1
    points = -(-(values.shape[1] + 2 * beyond - 1) // jump) + 1
    found = np.empty((len(values), points))
    if kernels.available():
        where = (np.ascontiguousarray(values), np.ascontiguousarray(weights))
        how = (span, line, jump, beyond, points, threads())
        size = (len(values), values.shape[1], np.ascontiguousarray(lengths, np.int64))
        kernels.call("loess", *size, *where, *how, found)
    else:
        step = max(1, MOST // (min(span, values.shape[1]) * points))
        for begin in range(0, len(values), step):
            part = slice(begin, begin + step)
            at = np.minimum(np.arange(points) * jump - beyond, last[part, None])
            found[part] = _lines(values[part], weights[part], lengths[part], span, line, at)
    return _between(found, values.shape[1], last, jump, beyond)


def _lines(
    values: np.ndarray,
    weights: np.ndarray,
    lengths: np.ndarray,
    span: int,
    line: bool,
    at: np.ndarray,
) -> np.ndarray:
    """The value of the mean, or of the line, at each position."""
    count = lengths[:, None]
    width = min(span, values.shape[1])
    left = np.clip(at - span // 2, 0, np.maximum(count - span, 0))
    right = left + np.minimum(span, count) - 1
    far = np.maximum(at - left, right - at) + np.maximum(span - count, 0) // 2
    index = left[:, :, None] + np.arange(width)
    off = (index - at[:, :, None]).astype(np.float64)
    inside = index <= right[:, :, None]
    index = np.minimum(index, values.shape[1] - 1).reshape(len(values), -1)
    y = np.take_along_axis(values, index, axis=1).reshape(off.shape)
    weight = np.take_along_axis(weights, index, axis=1).reshape(off.shape)
    ratio = np.abs(off) / np.maximum(far, 1)[:, :, None]
    ratio = np.where(ratio <= 0.001, 0.0, np.where(ratio <= 0.999, ratio, 1.0))
    weight = weight * np.where(inside, (1 - ratio**3) ** 3, 0.0)
    total = weight.sum(axis=2)
    seen = total > 0
    weight /= np.where(seen, total, 1.0)[:, :, None]
    centre = np.einsum("spk,spk->sp", weight, off)
    spread = np.einsum("spk,spk->sp", weight, (off - centre[:, :, None]) ** 2)
    mean = np.einsum("spk,spk->sp", weight, y)
    slope = np.einsum("spk,spk->sp", weight * (off - centre[:, :, None]), y)
    enough = line & (np.sqrt(spread) > 0.001 * (count - 1))
    slope = np.where(enough, slope / np.where(enough, spread, 1.0), 0.0)
    return np.where(seen, mean - slope * centre, np.nan)


def _between(
    found: np.ndarray, length: int, last: np.ndarray, jump: int, beyond: int
) -> np.ndarray:
    """All steps, interpolated from those at which a line was fitted."""
    step = np.arange(length + 2 * beyond)
    left = np.broadcast_to(step // jump, (len(found), len(step)))
    begin = left * jump
    stop = np.minimum(begin + jump, (last + beyond)[:, None])
    share = (step - begin) / np.maximum(stop - begin, 1)
    low = np.take_along_axis(found, left, axis=1)
    high = np.take_along_axis(found, np.minimum(left + 1, found.shape[1] - 1), axis=1)
    smooth = np.where(share > 0, low + share * (high - low), low)
    return np.where(step <= (last + beyond)[:, None], smooth, np.nan)
