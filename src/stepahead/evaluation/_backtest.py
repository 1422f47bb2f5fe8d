"""Rolling-origin backtest: all models forecast from the same origins and see only values before
them."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from .._check import Refusal
from .._types import Listener, Prediction
from ..data import Panel, require_panel, rolling_origins, season_of
from ._naive2 import Naive2AtOrigins
from ._report import LAST_SEASON, LAST_VALUE, Backtest
from .metrics import last_season, seasonal_naive_mae, seasonal_naive_mse

Predict = Callable[[Panel], Prediction]
"""A fitted model in a backtest: a function from a history to the prediction of the steps after
it."""
Fit = Callable[[Panel], Predict]
"""A model in a backtest: a function that is fitted to a history and returns `Predict`."""


Place = tuple[str, int]
"""The key of one prediction of a backtest: the name of the model, and the number of the origin, 0
the oldest."""


class OriginDone(NamedTuple):
    """Event: `model` was evaluated at origin number `number` (0 is the oldest) of `origins`.

    `refitted` is True if it was fitted at this origin, `kept` if `prediction` was made by an
    earlier run that this one resumes.
    """

    model: str
    number: int
    origins: int
    refitted: bool
    prediction: Prediction
    kept: bool = False


def backtest(
    fits: Mapping[str, Fit],
    panel: Panel,
    horizon: int,
    windows: int,
    step: int = 1,
    *,
    length: int | None = None,
    refit: int = 1,
    season: int | None = None,
    kept: Mapping[Place, Prediction] | None = None,
    reference: Backtest | None = None,
    on_event: Listener | None = None,
) -> Backtest:
    """Fit and evaluate every model at `windows` rolling origins, `step` steps apart, each on its
    next `horizon` steps.

    `fits` maps a name to a function: given the history up to an origin it returns `predict`, which
    given a history returns the `Prediction` of the steps after it. Histories end at the origin, so
    that no model can look ahead, and begin at the start of the series (expanding) or `length` steps
    before the origin (sliding). A model is fitted again at every `refit`-th origin (0: at the
    oldest only), and forecasts from the others without fitting again. The naive forecasts "last
    value" and "last season" are always included. `season` replaces the frequency's. `kept` holds
    predictions of an earlier run that was cut off, from its events: they are not made again.
    `reference` is a backtest of other models on the same panel at the same origins: its actual
    values, scales and naive forecasts are taken from there. Refused: too short series (by name),
    forecasts of another shape, forecasts that are not finite, a reference at other origins.

    >>> def fit(history):
    ...     mean = float(history.values.mean())
    ...     return lambda history: Prediction(np.full((len(history), 2, 1), mean))
    >>> report = backtest(
    ...     {"overall mean": fit}, Panel.from_arrays([np.arange(8.0)]), horizon=2, windows=3
    ... )
    >>> {name: values.tolist() for name, values in report.by_step().items()}
    {'step': [1, 2], 'overall mean': [3.0, 4.0], 'last value': [1.0, 2.0], 'last season': [1.0,
    2.0]}
    """
    require_panel("panel", panel)
    _check(fits, refit)
    season = season_of(panel) if season is None else season
    sizes = horizon, season, step
    if reference is not None:
        _check_reference(reference, panel, windows, sizes)
    kept = {} if kept is None else kept
    rows = []
    fitted: dict[str, tuple[int, Predict]] = {}
    for number, history, actual in rolling_origins(panel, horizon, windows, step, length):
        judged = {}
        learned = number - number % refit if refit else 0
        for name, fit in fits.items():
            done = kept.get((name, number))
            anew = done is None and fitted.get(name, (-1,))[0] != learned
            if anew:
                before = (
                    history
                    if learned == number
                    else history_at(panel, learned, (horizon, windows, step, length))
                )
                fitted[name] = learned, fit(before)
            prediction = fitted[name][1](history) if done is None else done
            judged[name] = _checked(name, prediction, history, horizon)
            if on_event is not None:
                on_event(OriginDone(name, number, windows, anew, prediction, done is not None))
        if reference is None:
            judged[LAST_VALUE] = Prediction(last_season(history, horizon, 1))
            judged[LAST_SEASON] = Prediction(last_season(history, horizon, season))
        rows.append((history, actual, judged))
    predictions = [judged for _, _, judged in rows]
    if reference is None:
        naive2 = Naive2AtOrigins(panel, (horizon, windows, step, length), season)
        return _gather([(past, actual) for past, actual, _ in rows], predictions, naive2)
    mean, quantiles, probabilities = _stacked(predictions)
    naive = {name: reference.mean[name] for name in (LAST_VALUE, LAST_SEASON)}
    return replace(reference, mean=mean | naive, quantiles=quantiles, probabilities=probabilities)


def history_at(
    panel: Panel, number: int, sizes: tuple[int, int, int] | tuple[int, int, int, int | None]
) -> Panel:
    """Return the panel as it was known at origin `number`; `sizes` are the arguments of
    `rolling_origins` after the panel."""
    return next(
        origin.history for origin in rolling_origins(panel, *sizes) if origin.number == number
    )


def _gather(
    rows: list[tuple[Panel, Panel]],
    predictions: list[dict[str, Prediction]],
    reference: Naive2AtOrigins,
) -> Backtest:
    """The predictions of all origins as arrays with a leading `origin` axis."""
    panel, season = reference.panel, reference.season
    horizon, _, spacing, _ = reference.sizes
    mean, quantiles, probabilities = _stacked(predictions)
    shape = (len(rows), len(panel), horizon)
    return Backtest(
        ids=panel.ids,
        names=panel.names,
        season=season,
        origins=np.stack([history.times[history.offsets[1:] - 1] for history, _ in rows]),
        stamps=np.stack([actual.times for _, actual in rows]).reshape(shape),
        actual=np.stack([actual.values for _, actual in rows]).reshape(*shape, panel.channels),
        scale=np.stack([seasonal_naive_mae(history, season) for history, _ in rows]),
        square_scale=np.stack([seasonal_naive_mse(history, 1) for history, _ in rows]),
        reference=reference,
        mean=mean,
        quantiles=quantiles,
        probabilities=probabilities,
        spacing=spacing,
        kind=panel.kind,
        zone=panel.frequency.zone,
    )


def _stacked(
    predictions: list[dict[str, Prediction]],
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray], dict[str, tuple[float, ...]]]:
    """Means, quantiles and probabilities by model; arrays have a leading `origin` axis."""
    first = predictions[0]
    several = {name: done for name, done in first.items() if done.probabilities}
    return (
        {name: np.stack([judged[name].mean for judged in predictions]) for name in first},
        {name: np.stack([judged[name].quantiles for judged in predictions]) for name in several},
        {name: done.probabilities for name, done in several.items()},
    )


def _check_reference(
    reference: Backtest, panel: Panel, windows: int, sizes: tuple[int, int, int]
) -> None:
    """Refuse a reference with other series or at other origins."""
    wanted = (windows, len(panel), *sizes)
    given = (*reference.actual.shape[:3], reference.season, reference.spacing)
    if given != wanted or not np.array_equal(reference.ids, panel.ids):
        raise Refusal(
            "`reference` must be a backtest of the same series, with (origins, series, horizon, "
            f"season, step) = {wanted}, but it has {given}. Leave it out to compute everything."
        )


def _check(fits: Mapping[str, Fit], refit: int) -> None:
    if not fits:
        raise Refusal(
            "There is no model to backtest. Give at least one, for instance {'mine': fit}."
        )
    taken = sorted({LAST_VALUE, LAST_SEASON} & set(fits))
    if taken:
        raise Refusal(
            f"A model may not be named '{taken[0]}': that is the naive forecast, which is always "
            "included. Give it another name."
        )
    if refit < 0:
        raise Refusal(
            f"`refit` must be at least 0, but it is {refit!r}. Give 1 to fit at every origin, 0 to "
            "fit at the oldest only."
        )


def _checked(name: str, prediction: Prediction, history: Panel, horizon: int) -> Prediction:
    """The prediction itself; refuse one that has another shape or is not finite."""
    mean, quantiles, probabilities = prediction
    wanted = (len(history), horizon, history.channels)
    if mean.shape != wanted:
        raise Refusal(
            f"The mean of model '{name}' must be [series, horizon, channel] = {wanted}, but it is "
            f"{mean.shape}."
        )
    if (probabilities or quantiles.size) and quantiles.shape != (*wanted, len(probabilities)):
        raise Refusal(
            f"The quantiles of model '{name}' must be [series, horizon, channel, quantile] = "
            f"{(*wanted, len(probabilities))}, one for each "
            f"of its `probabilities`, but they are {quantiles.shape}."
        )
    wrong = ~np.isfinite(mean).all(axis=(1, 2))
    if wrong.any():
        series = history.ids[int(np.flatnonzero(wrong)[0])]
        raise Refusal(
            f"Model '{name}' forecasts a value that is not finite for series '{series}'. Rescale "
            "the series, or leave it out."
        )
    return prediction
