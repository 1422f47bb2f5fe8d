"""`calibrated`: conformal intervals for every origin of a backtest, from the errors of earlier
origins."""

from dataclasses import replace

import numpy as np
from jaxtyping import Float

from .._check import Refusal, counted, probabilities, whole
from .._types import Levels
from ..ops import conformal_quantiles
from ._report import Backtest


def calibrated(
    report: Backtest, levels: Levels = (80, 95), *, gain: float = 0.0, first: int = 0
) -> Backtest:
    """Replace the intervals of every model of a backtest by central conformal ones of these
    `levels`, in percent.

    At each origin the intervals come from the model's errors at earlier origins that had been
    observed by then (k steps ahead, those made at least k steps before), by step ahead, pooled over
    series after division by the MASE's scale of each history. If that scale is unknown, it is 1. A
    series that never changed has scale 0: it gets intervals of width 0, and its errors count only
    if it stayed constant. `gain` above 0 lets the intervals adapt to drift: see
    `ops.conformal_quantiles`. The oldest origins, which have too few errors before them, and at
    least the `first` ones, are left out of the result. No model is fitted again.

    >>> from stepahead import Prediction, evaluation, data
    >>> noise = np.random.default_rng(0).normal(size=200)
    >>> panel = data.Panel.from_arrays([noise])
    >>> report = evaluation.backtest(
    ...     {"zero": lambda seen: lambda seen: Prediction(np.zeros((1, 1, 1)))}, panel, 1, 150
    ... )
    >>> done = calibrated(report, (80,))
    >>> (
    ...     len(done.origins),
    ...     done.probabilities["zero"],
    ...     round(float(evaluation.intervals(done)["coverage"][0])),
    ... )
    (141, (0.1, 0.9), 85)
    """
    at = probabilities(levels)
    begin = _first(report, at, whole("first", first, 0))
    scale = np.where(np.isnan(report.scale), 1.0, report.scale)[:, :, None]
    quantiles = {}
    for name, mean in report.mean.items():
        errors = (report.actual - mean) / np.where(scale > 0, scale, 1.0)
        errors = np.where(report.counted & ((scale > 0) | (errors == 0)), errors, np.nan)
        away = [
            conformal_quantiles(
                _earlier_errors(errors, o, report.spacing), at, spacing=report.spacing, gain=gain
            )
            for o in range(begin, len(mean))
        ]
        quantiles[name] = (
            mean[begin:, ..., None] + scale[begin:, ..., None] * np.stack(away)[:, None]
        )
    judged = report.since(begin)
    return replace(judged, quantiles=quantiles, probabilities=dict.fromkeys(report.mean, at))


def _earlier_errors(
    errors: Float[np.ndarray, "origin series horizon channel"], origin: int, spacing: int
) -> Float[np.ndarray, "..."]:
    """The errors at earlier origins; NaN if they were not known yet."""
    ahead = np.arange(1, errors.shape[2] + 1)
    back = spacing * (origin - np.arange(origin))
    return np.where((ahead <= back[:, None])[:, None, :, None], errors[:origin], np.nan)


def _first(report: Backtest, at: tuple[float, ...], first: int) -> int:
    """The oldest origin with enough earlier errors at every step."""
    needed = int(np.ceil(1 / at[0] - 1 - 1e-9))
    for origin in range(first, len(report.origins)):
        if (
            np.isfinite(
                _earlier_errors(np.where(report.counted, 0.0, np.nan), origin, report.spacing)
            ).sum(axis=(0, 1))
            >= needed
        ).all():
            return origin
    raise Refusal(
        f"Intervals of {100 * (1 - 2 * at[0]):g} % need {counted(needed, 'error')} at every step "
        "before an origin, but even the newest of "
        f"{counted(len(report.origins), 'origin')} ({len(report.ids)} series, "
        f"{counted(report.horizon, 'step')} ahead) has fewer. Ask "
        "for more windows."
    )
