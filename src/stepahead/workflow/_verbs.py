"""`score` and `sample`: what a user calls on what `fit` returned."""

from typing import Any

import numpy as np

from .._check import Refusal, whole
from .._types import Key
from ..data import Panel
from ..forecasting import Forecaster, Predictor, Score
from ..generation import draw


def score(forecaster: Predictor, panel: Panel | None = None) -> Score:
    """Log likelihood in nats of the forecaster's own history, or of another panel, by step and in total.

    The first steps of each series, which the model needs before its first forecast, are not scored: the rest is conditional on
    them (`skipped` in the result says how many). Densities are in the panel's own unit.

    >>> import jax, numpy as np, stepahead as sa
    >>> walk = np.cumsum(np.random.default_rng(0).normal(size=200))
    >>> panel = sa.Panel.from_arrays([walk])
    >>> forecaster = sa.fit(sa.models.LinearAR(1), panel, horizon=1, key=jax.random.key(0))
    >>> shuffled = sa.Panel.from_arrays([np.random.default_rng(1).permutation(walk)])
    >>> bool(sa.score(forecaster).total[0] > sa.score(forecaster, shuffled).total[0])
    True
    """
    return _stepping(forecaster).score(panel)


def sample(forecaster: Predictor, length: int, *, key: Key, count: int = 1, series: int = 0, warmup: int = 100) -> np.ndarray:
    """Draw `count` series from nothing, `[count, length, channel]`, in the unit of series number `series` of the history.

    Each begins with an empty state, and its first `warmup` steps are thrown away. Seasons and differences that the scaler took
    out come back as if the draw went on from the end of that series.

    >>> import jax, numpy as np, stepahead as sa
    >>> panel = sa.Panel.from_arrays([10 + np.random.default_rng(0).normal(size=300)])
    >>> forecaster = sa.fit(sa.models.LinearAR(1), panel, horizon=1, key=jax.random.key(0))
    >>> drawn = sa.sample(forecaster, 500, key=jax.random.key(1))
    >>> bool(abs(drawn.mean() - 10) < 0.3)
    True
    """
    forecaster = _stepping(forecaster)
    whole("series", series, at_least=0)
    if series >= len(forecaster.history):
        raise Refusal(f"There is no series number {series}; the history holds {len(forecaster.history)}, counted from 0.")
    drawn = np.asarray(draw(forecaster.model, count, length, key=key, warmup=warmup), np.float64)
    alone = forecaster.history.take(np.array([series]))
    scaled = forecaster.scaler.fit(alone)
    return np.stack([scaled.invert(one[None], alone)[0] for one in drawn])


def _stepping(forecaster: Any) -> Forecaster:
    """Refuse what holds no model that steps: only those have a density of every step and can begin from nothing."""
    if not isinstance(forecaster, Forecaster):
        raise Refusal(f"A {type(forecaster).__name__} forecasts, but it is not a model that can be scored or sampled. Fit one of `models`.")
    return forecaster
