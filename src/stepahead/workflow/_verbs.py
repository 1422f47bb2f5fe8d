"""`score` and `sample`: log likelihoods and random draws from any fitted model."""

from typing import Any

import numpy as np

from .._check import Refusal, whole
from .._types import Key
from ..forecasting import Forecaster, Predictor, Score
from ..generation import (
    Generator,
    LanguageModel,
    RowScore,
    SeriesGenerator,
    TokenScore,
    TranslationModel,
    draw,
)

SPEAKING = (LanguageModel, TranslationModel, Generator, SeriesGenerator)
"""Fitted values, other than forecasters, that give every sequence a probability."""


def score(fitted: Any, data: Any = None) -> Score | TokenScore | RowScore:
    """Log likelihood, in nats, of series, text, pairs or conditioned sequences under a fitted
    model, by step and in total. Without data, a forecaster scores its own history.

    The first steps of each series, which the model needs before its first forecast, are not scored:
    the rest is conditional on them (`Score.skipped` counts them). Densities are in the panel's
    unit. For other data see `LanguageModel.score`, `TranslationModel.score`, `Generator.score` and
    `SeriesGenerator.score`.

    >>> import jax, numpy as np, stepahead as sa
    >>> walk = np.cumsum(np.random.default_rng(0).normal(size=200))
    >>> panel = sa.Panel.from_arrays([walk])
    >>> forecaster = sa.fit(sa.models.LinearAR(1), panel, horizon=1, key=jax.random.key(0))
    >>> shuffled = sa.Panel.from_arrays([np.random.default_rng(1).permutation(walk)])
    >>> bool(sa.score(forecaster).total[0] > sa.score(forecaster, shuffled).total[0])
    True
    """
    if isinstance(fitted, SPEAKING):
        if data is None:
            raise Refusal(
                "What is to be scored? Give data such as it was fitted to: a "
                f"{type(fitted).__name__} does not keep its own."
            )
        return fitted.score(data)
    return fitted.score(data)


def sample(fitted: Any, length: int, *, key: Key, **options: Any) -> Any:
    """Draw sequences: series from an empty state (`workflow.sample_series`), continuations of a
    text (`LanguageModel.sample`), or sequences for given `vectors` (`Generator.sample`,
    `SeriesGenerator.sample`).

    >>> import numpy as np, stepahead as sa
    >>> model = sa.fit(sa.models.NGram(2), sa.data.Tokens.from_texts(["once more", "once again"]))
    >>> sa.sample(model, 5, key=1, prompt="once")[0].text in {"more", "again", "once", ""}
    True
    """
    if isinstance(fitted, (Generator, SeriesGenerator)):
        if "vectors" not in options:
            raise Refusal(
                "What is to be made? Give `vectors`, one for each sequence: a "
                f"{type(fitted).__name__} begins from them."
            )
        return fitted.sample(options.pop("vectors"), length, key=key, **options)
    if isinstance(fitted, LanguageModel):
        return fitted.sample(length, key=key, **options)
    return sample_series(fitted, length, key=key, **options)


def sample_series(
    forecaster: Predictor,
    length: int,
    *,
    key: Key,
    count: int = 1,
    series: int = 0,
    warmup: int = 100,
) -> np.ndarray:
    """Draw `count` series from an empty state, `[count, length, channel]`, in the unit of series
    number `series` of the history.

    Each series starts from an empty state, and its first `warmup` steps are dropped. Seasons and
    differences that the scaler removes are added back as if the draw continued that series.

    >>> import jax, numpy as np, stepahead as sa
    >>> panel = sa.Panel.from_arrays([10 + np.random.default_rng(0).normal(size=300)])
    >>> forecaster = sa.fit(sa.models.LinearAR(1), panel, horizon=1, key=jax.random.key(0))
    >>> drawn = sa.workflow.sample_series(forecaster, 500, key=jax.random.key(1))
    >>> bool(abs(drawn.mean() - 10) < 0.3)
    True
    """
    forecaster = _stepping(forecaster)
    whole("series", series, at_least=0)
    if series >= len(forecaster.required_history):
        held = len(forecaster.required_history)
        raise Refusal(
            f"There is no series number {series}; the history holds {held}, counted from 0."
        )
    drawn = np.asarray(draw(forecaster.model, count, length, key=key, warmup=warmup), np.float64)
    alone = forecaster.required_history.take(np.array([series]))
    scaled = forecaster.scaler.fit(alone)
    return np.stack([scaled.invert(one[None], alone)[0] for one in drawn])


def _stepping(forecaster: Any) -> Forecaster:
    """The forecaster, if it holds a step model. Others have no density for every step and cannot
    start from an empty state, and are refused."""
    if not isinstance(forecaster, Forecaster):
        name = type(forecaster).__name__
        raise Refusal(
            f"A {name} gives no density of every step, so it cannot be scored or sampled. Fit one "
            "of `models`."
        )
    return forecaster
