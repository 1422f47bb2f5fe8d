"""`leak_check`: change everything that comes after an origin, and see whether a forecast made there notices."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import numpy as np
from jaxtyping import Bool

from .._check import Refusal
from .._types import Prediction
from ..data import Panel, rolling_origins
from ._backtest import Fit


def leak_check(fits: Mapping[str, Fit], panel: Panel, horizon: int, windows: int = 2, step: int = 1) -> int:
    """Assert that no forecast depends on what comes after its origin, to the bit; return how many forecasts were compared.

    At each of `windows` rolling origins every model of `fits` (see `backtest`) is fitted and forecasts twice: once as things are, and once
    with what comes after the origin replaced by other numbers, some of them missing: values, past covariates, and covariates known
    beforehand that lie beyond the horizon. They are replaced in the panel's own arrays for that while, so that a model which kept the
    panel itself, or looks into what its history was cut from, is caught as well as one that was prepared on the whole of it; whatever
    was copied from the panel before the call, and is used without looking again, cannot be.

    Refused, with the model, the origin and the series: a forecast that changes, and one that differs between two runs on the same history
    (give it a key of its own). An origin that is followed by no observed value is not compared.

    >>> panel = Panel.from_arrays([np.arange(9.0)])
    >>> honest = lambda seen: lambda seen: Prediction(seen.values[-1:].reshape(1, 1, 1))
    >>> leak_check({"last": honest}, panel, horizon=1)
    2
    >>> leak_check({"peeks": lambda seen: lambda seen: Prediction(panel.values[-1:].reshape(1, 1, 1))}, panel, horizon=1)
    Traceback (most recent call last):
    ...
    stepahead._check.Refusal: Model 'peeks' sees the future: its forecast of series '0' from 6 changed when what comes after was ...
    """
    if not panel.values.flags.writeable:
        raise Refusal("The panel's values cannot be written to. Give `panel.with_values(panel.values.copy())`.")
    compared = 0
    for number in range(windows):
        for name, fit in fits.items():
            first = _forecast(fit, panel, (horizon, windows, step), number)
            with _replaced(panel, (horizon, windows, step), number):
                other = _forecast(fit, panel, (horizon, windows, step), number)
            changed = _differs(first, other)
            if changed.any():
                again = _forecast(fit, panel, (horizon, windows, step), number)
                _refuse(name, panel, (horizon, windows, step), number, changed, random=bool(_differs(first, again).any()))
            compared += 1
    return compared


def _forecast(fit: Fit, panel: Panel, sizes: tuple[int, int, int], number: int) -> Prediction:
    """The prediction, in arrays of its own: what a model hands out may be a view of what is replaced later."""
    history = _seen(panel, sizes, number)
    mean, quantiles, probabilities = fit(history)(history)
    return Prediction(mean.copy(), quantiles.copy(), probabilities)


def _seen(panel: Panel, sizes: tuple[int, int, int], number: int) -> Panel:
    return next(origin.history for origin in rolling_origins(panel, *sizes) if origin.number == number)


@contextmanager
def _replaced(panel: Panel, sizes: tuple[int, int, int], number: int) -> Iterator[None]:
    """While it lasts, other numbers stand in the panel's arrays wherever they lie after this origin."""
    seen = _seen(panel, sizes, number).lengths
    places = [(panel.values, _after(panel.offsets, seen))]
    if panel.covariates is not None:
        beside = panel.covariates
        places += [(beside.past, _after(panel.offsets, seen)), (beside.known, _after(beside.offsets, seen + sizes[0]))]
    kept = [array.copy() for array, _ in places]
    draw = np.random.default_rng(number)
    try:
        for array, rows in places:
            shape = array[rows].shape
            array[rows] = np.where(
                draw.random(shape) < 0.2, np.nan, 1e3 * (1 + np.abs(np.nan_to_num(array[rows]))) * draw.normal(size=shape)
            )
        yield
    finally:
        for (array, _), before in zip(places, kept, strict=True):
            array[...] = before


def _after(offsets: np.ndarray, seen: np.ndarray) -> Bool[np.ndarray, " row"]:
    """Rows that lie `seen` steps or more after the start of their series."""
    place = np.arange(offsets[-1]) - np.repeat(offsets[:-1], np.diff(offsets))
    return place >= np.repeat(seen, np.diff(offsets))


def _differs(one: Prediction, other: Prediction) -> Bool[np.ndarray, " series"]:
    """Series of which a bit differs, in the mean or in a quantile."""
    if one.mean.shape != other.mean.shape or one.quantiles.shape != other.quantiles.shape:
        return np.ones(len(one.mean), bool)
    same = np.ones(len(one.mean), bool)
    for a, b in ((one.mean, other.mean), (one.quantiles, other.quantiles)):
        if a.size:
            same &= np.array([x.tobytes() == y.tobytes() for x, y in zip(a, b, strict=True)])
    return ~same


def _refuse(name: str, panel: Panel, sizes: tuple[int, int, int], number: int, changed: np.ndarray, *, random: bool) -> None:
    history = _seen(panel, sizes, number)
    series = int(np.flatnonzero(changed)[0])
    where = f"its forecast of series '{history.ids[series]}' from {history.times[history.offsets[series + 1] - 1]}"
    if random:
        raise Refusal(
            f"Model '{name}' cannot be checked: {where} differs between two runs on the same history. Give it a fixed random key."
        )
    raise Refusal(
        f"Model '{name}' sees the future: {where} changed when what comes after was replaced. Let it look at the history that it is given, "
        "and at nothing else; scale, impute and choose inside of `fit`."
    )
