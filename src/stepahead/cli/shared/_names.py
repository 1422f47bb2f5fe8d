"""Names of models at the command line, and their specifications."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from ..._check import known_name

if TYPE_CHECKING:
    from ...forecasting import Method
    from ...models import Recurrent, Specification, StateSpace


AUTO = "auto"
"""The name of the comparison that chooses a model."""

RECURRENT = ("rnn", "lstm", "gru", "min-gru")
"""The recurrent models, for numbers and for tokens."""

DEMAND = ("croston", "sba", "tsb", "adida", "imapa", "hurdle", "zero-inflated")
"""The models for intermittent demand."""

BASELINES = ("naive", "seasonal-naive", "drift", "mean")
"""The baselines."""

LOCAL = (
    *BASELINES,
    "window-average",
    "random-walk",
    "ets",
    "theta",
    "arima",
    "ces",
    "mstl",
    "harmonic",
    "tbats",
    "kernel-ridge",
    "zero-shot",
    "zero-shot-log",
    *DEMAND,
)
"""Local models, each fitted to all series in one call."""

MODELS = (
    *LOCAL,
    "structural",
    "linear",
    "mlp",
    "hmm",
    *RECURRENT,
)
"""All names, listed here because help texts must not import the models."""

TRAINED = ("mlp", *RECURRENT)
"""Models trained by gradient descent, whose training can be resumed."""


def specification(
    name: str, season: int, length: int, *, known: bool = False
) -> "Specification | Method | StateSpace":
    """The model of that name, with sizes for a season and for series of about `length` steps; an
    unknown name is an error. `known` is True if there are covariates that are known in advance.

    >>> specification("seasonal-naive", 12, 100)
    Baseline(kind='seasonal-naive')
    >>> specification("gruu", 12, 100)
    Traceback (most recent call last):
    ...
    stepahead._check.Refusal: There is no model 'gruu'. There are: naive, seasonal-naive, drift,
    mean, window-average, random-walk, ets, theta, arima, ces, mstl, harmonic, tbats, kernel-ridge,
    zero-shot, zero-shot-log, croston, sba, tsb, adida, imapa, hurdle, zero-inflated, structural,
    linear, mlp, hmm, rnn, lstm, gru, min-gru. Did you mean 'gru'?
    """
    known_name("model", name, MODELS)
    from ... import forecasting, models
    from ...tasks import lag_window

    lags = lag_window(season, length)
    table: dict[str, Callable[[], Specification | Method | StateSpace]] = {
        **{kind: partial(forecasting.Baseline, kind) for kind in BASELINES},
        "random-walk": forecasting.RandomWalk,
        "ets": forecasting.ETS,
        "theta": forecasting.Theta,
        "arima": forecasting.AutoARIMA,
        "ces": forecasting.CES,
        "structural": lambda: structural(season, known=known),
        "window-average": lambda: forecasting.WindowAverage(season if season > 1 else 4),
        "mstl": forecasting.MSTL,
        "harmonic": forecasting.Harmonic,
        "tbats": forecasting.TBATS,
        "kernel-ridge": forecasting.KernelRidge,
        "zero-shot": forecasting.Pretrained,
        "zero-shot-log": partial(forecasting.Pretrained, logs=True),
        **{kind: partial(forecasting.Intermittent, kind) for kind in DEMAND},
        "linear": lambda: models.LinearAR(lags),
        "mlp": lambda: models.MLPAR(lags),
        "hmm": lambda: models.HMM(3),
    }
    return recurrent(name)(32) if name in RECURRENT else table[name]()


def structural(
    season: int, *, known: bool = False, logs: bool = True, damped: bool = True
) -> "StateSpace":
    """A structural model: a trend, a season if `season` > 1, and, with `known`, weights of
    covariates that are known in advance; `logs` and `damped` as in `StateSpace` and `DampedTrend`.

    >>> structural(1)
    StateSpace(DampedTrend(), logs=True)
    """
    from ... import models

    trend = models.DampedTrend() if damped else models.LocalLinearTrend()
    parts: list[models.Component] = [trend]
    if season > 1:
        parts.append(models.TrigonometricSeason(season, min(season // 2, MOST_WAVES)))
    if known:
        parts.append(models.Regression())
    return models.StateSpace(*parts, logs=logs)


MOST_WAVES = 6
"""The largest number of harmonics of a season; six are all that months have."""


def recurrent(name: str) -> "Callable[..., Recurrent]":
    """The recurrent specification of that name; an unknown name is an error."""
    known_name("model", name, RECURRENT)
    from ... import models

    return {"rnn": models.RNN, "lstm": models.LSTM, "gru": models.GRU, "min-gru": models.MinGRU}[
        name
    ]
