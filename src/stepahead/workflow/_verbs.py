"""`backtest`, `score` and `sample`: the other verbs that a user calls, each on what `fit` returned or would return."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .._check import Refusal, whole
from .._types import Key, Prediction
from ..data import Panel
from ..evaluation import Backtest
from ..evaluation import backtest as judged
from ..forecasting import Forecaster, Method, Predictor, Score, tails
from ..generation import draw
from ..models import Point, Specification
from ._fit import fit


def backtest(
    specs: Sequence[Specification | Method],
    panel: Panel,
    horizon: int,
    windows: int,
    *,
    key: Key,
    step: int = 1,
    refit: int = 1,
    levels: Sequence[float] = (80, 95),
    on_event: Callable[[Any], None] | None = None,
    **options: Any,
) -> Backtest:
    """Fit and judge several models at rolling origins; each is handed only what lies before the origin.

    `options` go to `fit` (head, scaler, strategy, training, season), the same for every model; a method that fits itself
    hears only of the season. See `evaluation.backtest` for `step`, `refit` and the result.

    >>> import jax, numpy as np, stepahead as sa
    >>> panel = sa.Panel.from_arrays([np.arange(30.0)])
    >>> report = sa.backtest([sa.models.Drift(), sa.models.Mean()], panel, horizon=2, windows=3, key=jax.random.key(0), levels=())
    >>> report.leaderboard()["model"][0]
    'Drift()'
    """
    if not isinstance(specs, Sequence):
        raise Refusal(f"`specs` must be a list of models, but it is {specs!r}. Put it into brackets.")
    names = [repr(spec) for spec in specs]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise Refusal(f"The model {twice[0]} is named twice. Give each once.")
    probabilities = tails(levels)

    def fitted(spec: Specification | Method) -> Callable[[Panel], Callable[[Panel], Prediction]]:
        def learn(history: Panel) -> Callable[[Panel], Prediction]:
            forecaster: Predictor
            if isinstance(spec, Method):
                forecaster = fit(spec, history, horizon, key=key, season=options.get("season"))
            else:
                forecaster = fit(spec, history, horizon, key=key, **options)
            pointwise = isinstance(forecaster, Forecaster) and isinstance(forecaster.model.head, Point)
            wanted = () if pointwise else probabilities

            def predict(seen: Panel) -> Prediction:
                return forecaster.predict(horizon, levels=wanted, panel=None if seen is history else seen)

            return predict

        return learn

    fits = {name: fitted(spec) for name, spec in zip(names, specs, strict=True)}
    return judged(fits, panel, horizon, windows, step, refit=refit, season=options.get("season"), on_event=on_event)


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
