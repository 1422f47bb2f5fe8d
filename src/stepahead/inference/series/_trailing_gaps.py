"""Series that end in missing values: they are forecast from their last value, correspondingly
further ahead."""

from collections.abc import Callable

import numpy as np
from jaxtyping import Int

from ..._types import Prediction
from ...data import Panel, missing_at_end, round_up, without_last_steps

Answer = Callable[[Int[np.ndarray, " chosen"], Panel, int], Prediction]
"""A function of the indices of some series, their histories and a number of steps, which forecasts
these steps after each history."""


def bridge_trailing_gaps(
    answer: Answer, history: Panel, horizon: int, *, apart: bool = False
) -> Prediction:
    """Forecast the `horizon` steps after `history`, whose series may end in missing values, by the
    function `answer`.

    A series (all its channels) whose last value is g steps before the end is forecast g + horizon
    steps ahead, and the last `horizon` of these are returned, so intervals widen over the g steps
    too. With `apart`, for a model that treats channels separately, each channel has its own end;
    otherwise a channel that ends before the others has a gap, which the model fills like any other.
    """
    late = missing_at_end(history)
    if not apart:
        late = np.broadcast_to(late.min(axis=1, keepdims=True), late.shape)
    together = bool((late == late[:, :1]).all())
    parts = [slice(None)] if together else [slice(c, c + 1) for c in range(history.channels)]
    if together and not late.any():
        return answer(np.arange(len(history)), history, horizon)
    rounded = (
        np.array([0, *(round_up(g) for g in range(1, late.max() + 1))])
        if history.covariates is None
        else np.arange(late.max() + 1)
    )
    mean, quantiles = np.empty(0), np.empty(0)
    at: tuple[float, ...] = ()
    for part in parts:
        behind = late[:, part][:, 0]
        for further in np.unique(rounded[behind]):  # few lengths, so that few programs are compiled
            chosen = np.flatnonzero(rounded[behind] == further)
            done = answer(
                chosen,
                without_last_steps(history.take(chosen), behind[chosen]),
                horizon + int(further),
            )
            if not mean.size:
                mean = np.empty((len(history), horizon, history.channels))
                quantiles, at = (
                    np.empty((*mean.shape, done.quantiles.shape[-1])),
                    done.probabilities,
                )
            told = behind[chosen][:, None] + np.arange(horizon)
            mean[chosen, :, part] = np.take_along_axis(
                done.mean[:, :, part], told[:, :, None], axis=1
            )
            quantiles[chosen, :, part] = np.take_along_axis(
                done.quantiles[:, :, part], told[:, :, None, None], axis=1
            )
    return Prediction(mean, quantiles, at)
