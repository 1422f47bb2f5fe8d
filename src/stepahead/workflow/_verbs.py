"""`score` and `sample`: log likelihoods and random draws from any fitted model."""

from typing import TYPE_CHECKING, Any

from .._fitted import Fitted
from .._types import Key

if TYPE_CHECKING:
    from ..forecasting import Score
    from ..generation import RowScore, TokenScore


def score(fitted: Fitted, data: Any = None) -> "Score | TokenScore | RowScore":
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
    return fitted.score() if data is None else fitted.score(data)


def sample(fitted: Fitted, length: int, *, key: Key, **options: Any) -> Any:
    """Draw sequences: series from an empty state (`Forecaster.sample`), paths that continue a
    series (`LocalForecaster.sample`, `StateSpaceForecaster.sample`), continuations of a text
    (`LanguageModel.sample`), or sequences for given `vectors` (`Generator.sample`,
    `SeriesGenerator.sample`).

    >>> import numpy as np, stepahead as sa
    >>> model = sa.fit(sa.models.NGram(2), sa.data.Tokens.from_texts(["once more", "once again"]))
    >>> sa.sample(model, 5, key=1, prompt="once")[0].text in {"more", "again", "once", ""}
    True
    """
    return fitted.sample(length=length, key=key, **options)
