"""Weights of a combination by step ahead."""

import numpy as np
from jaxtyping import Float

from ._weights import CUT, POWER, Weights, mean_error

NEAR = 0.35
"""The bandwidth of the smoothing over steps ahead, in doublings of the step."""

PRIOR = 3
"""The number of forecasts that the mean error over all steps counts for when the error at one step
is shrunk towards it."""


def by_step(
    usual: Weights,
    loss: Float[np.ndarray, "member origin series horizon"],
    recent: Float[np.ndarray, " origin"],
    spacing: int,
) -> Weights:
    """Return the weights with factors by step ahead, from scaled absolute errors (NaN for steps
    without an actual value): one model may be good for the next hour, another for tomorrow.

    With e_mk the mean error of member m at step k, smoothed over neighbouring steps (a normal
    kernel in log₂ k), and ē_m that at all steps, the error at the step is taken as
    ē_m (e_mk / ē_m)^(n / (n + 3)). n is the number of origins whose k steps do not overlap, times
    √series. A factor is the inverse of this error to the sixth power, relative to that of ē_m;
    it is 0 for members with more than 1.6 times the least error at the step. Members without weight
    in `usual` begin with that by ē_m, so that one which is good at single steps alone, such as a
    naive forecast at the next one, has weight there.

    >>> naive, other = [0.2, 0.6, 1.2, 1.4, 1.5, 1.6], [0.5, 0.8, 0.9, 1.0, 1.0, 1.0]
    >>> loss = np.array([naive, other])[:, None, None] * np.ones((1, 40, 1, 1))
    >>> usual = Weights(np.array([[0.29, 0.71]]), np.array([0.29, 0.71]))
    >>> by_step(usual, loss, np.ones(40), spacing=6).at_steps(6)[0, :, 0].round(2).tolist()
    [1.0, 0.69, 0.26, 0.16, 0.13, 0.12]
    """
    every, (series, horizon) = (1, 2, 3), loss.shape[2:]
    overall = mean_error(loss, recent, every)
    steps = [mean_error(loss[..., [k]], recent, every) for k in range(horizon)]
    each = np.stack(steps, axis=1)
    known = np.isfinite(each) & (overall > 0)[:, None]
    if not known.any(axis=1).all():
        return usual
    origins = (np.isfinite(loss).any(axis=(0, 2)) * recent[:, None]).sum(axis=0)
    ahead = np.arange(1, horizon + 1)
    count = origins * np.minimum(1.0, spacing / ahead) * np.sqrt(series)
    place = np.log2(ahead + 0.5)
    near = np.exp(-0.5 * ((place[:, None] - place) / NEAR) ** 2) * origins
    smooth = (np.where(known, each, 0.0) @ near.T) / (known @ near.T)
    change = np.maximum(smooth, 1e-12) / overall[:, None]
    error = overall[:, None] * change ** (count / (count + PRIOR))
    least = error.min(axis=0)
    inverse = (overall.min() / overall) ** POWER
    factor = np.where(error <= CUT * least, (least / error) ** POWER, 0.0) / inverse[:, None]
    without = usual.shared == 0
    start = Weights(usual.series.copy(), usual.shared.copy())
    start.series[:, without] = start.shared[without] = (inverse / inverse.sum())[without]
    return start._replace(steps=factor.T)
