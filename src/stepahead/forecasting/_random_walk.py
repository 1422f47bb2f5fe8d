"""A random walk with few observed changes: the forecast of series that are too short for other
models."""

import numpy as np
from jaxtyping import Float

from .._check import Refusal
from ..data import Panel

WORTH = 3
"""The number of own changes that the typical change of the other series counts as."""


def random_walk_forecast(
    values: Float[np.ndarray, " time"],
    horizon: int,
    at: tuple[float, ...],
    usual: float = np.nan,
    name: str = "",
) -> tuple[Float[np.ndarray, " horizon"], Float[np.ndarray, "horizon quantile"]]:
    """The last value, and quantiles that account for the uncertain variance of few changes. No
    value may be missing.

    With n changes d and `WORTH` more of size `usual` · mean absolute value (none if `usual` is
    NaN), ν in all and with mean square s², the value k steps ahead is last + s·√(k + k²/ν)·t, with
    t from Student's distribution with ν degrees of freedom; k² accounts for the uncertain drift.
    Source: the predictive distribution of a normal random walk with unknown variance. Refused if ν
    is 0.

    >>> last, ends = random_walk_forecast(np.array([1007.0, 1101.0, 1157.0]), 1, (0.1, 0.9))
    >>> last, ends.round()  # 77.4·√(1 + 1/2)·1.886 = 179
    (array([1157.]), array([[ 978., 1336.]]))
    """
    changes = np.diff(values)
    own, prior = len(changes), 0 if np.isnan(usual) else WORTH
    freedom = own + prior
    if not freedom:
        raise Refusal(
            f"Series '{name}' has a single value, and no other series says how much values change. "
            "Give more of its past."
        )
    size = np.abs(values).mean()
    square = (np.sum(changes**2) + (prior * (usual * size) ** 2 if prior else 0.0)) / freedom
    steps = np.arange(1, horizon + 1)
    from scipy.special import stdtrit

    spread = np.sqrt(square * (steps + steps**2 / freedom))
    return np.full(horizon, values[-1]), values[-1] + spread[:, None] * stdtrit(
        freedom, np.asarray(at, np.float64)
    )


def usual_change(panel: Panel) -> Float[np.ndarray, " channel"]:
    """The median over series of the root mean square change over the mean absolute value, by
    channel; NaN if fewer than two series have one.

    >>> usual_change(Panel.from_arrays([[9.0, 11.0], [90.0, 110.0], [5.0]])).tolist()
    [0.2]
    """
    change = np.diff(panel.values, axis=0, prepend=np.nan) ** 2
    change[panel.offsets[:-1]] = np.nan
    count = np.add.reduceat(~np.isnan(change), panel.offsets[:-1], axis=0)
    square = np.add.reduceat(np.nan_to_num(change), panel.offsets[:-1], axis=0) / np.maximum(
        count, 1
    )
    seen = np.add.reduceat(panel.observed, panel.offsets[:-1], axis=0, dtype=np.int64)
    size = np.add.reduceat(
        np.abs(np.nan_to_num(panel.values)), panel.offsets[:-1], axis=0
    ) / np.maximum(seen, 1)
    shows = (count > 0) & (size > 0)
    relative = np.where(shows, np.sqrt(square) / np.where(size > 0, size, 1.0), np.nan)
    return np.array(
        [np.nanmedian(column) if (~np.isnan(column)).sum() > 1 else np.nan for column in relative.T]
    )
