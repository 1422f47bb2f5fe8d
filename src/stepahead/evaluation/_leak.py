"""`leak_check`: replace all values after an origin, and check that forecasts do not change."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
from jaxtyping import Bool

from .._check import Refusal
from .._types import Prediction
from ..data import Panel, format_stamp, require_panel
from ._backtest import Fit, history_at

Make = Callable[[Panel], Mapping[str, Fit]]
"""A function from the whole panel to models by name (see `backtest`)."""


def leak_check(make: Make, panel: Panel, horizon: int, windows: int = 2, step: int = 1) -> int:
    """Check that no forecast depends on values after its origin, to the bit; return how many
    forecasts were compared.

    At each of `windows` rolling origins, `step` steps apart, every model is made, fitted and used
    for a forecast twice: with the panel, and with a copy that has other numbers after the origin,
    some of them missing. This concerns values, past covariates, and known covariates beyond the
    horizon. `make` is a function from a panel to models by name (see `backtest`). Do all
    preparation of the panel inside `make`: then it is repeated on the copy, and a leak in it is
    found too. The panel itself is never changed.

    A forecast that changes is refused, with the model, the origin and the series. So is a model
    whose forecasts differ between two runs on the same history: give it a fixed key.

    >>> panel = Panel.from_arrays([np.arange(9.0)])
    >>> honest = lambda seen: lambda seen: Prediction(seen.values[-1:].reshape(1, 1, 1))
    >>> leak_check(lambda panel: {"last": honest}, panel, horizon=1)
    2
    >>> def scaled_by_everything(panel):
    ...     middle = np.nanmean(panel.values)
    ...     return {
    ...         "scaled": lambda seen: (
    ...             lambda seen: Prediction(seen.values[-1:].reshape(1, 1, 1) - middle)
    ...         )
    ...     }
    >>> leak_check(scaled_by_everything, panel, horizon=1)
    Traceback (most recent call last):
    ...
    stepahead._check.Refusal: Model 'scaled' sees the future: its forecast of series '0' from 6
    changed when what comes after was ...
    """
    if not callable(make):
        raise Refusal(
            "`make` must be a function from a panel to models by name. Give `lambda panel: "
            "{'mine': fit}`."
        )
    require_panel("panel", panel)
    compared = 0
    sizes = (horizon, windows, step)
    for number in range(windows):
        other = _replaced(panel, sizes, number)
        for name in make(panel):
            first, second = (_forecast(make, name, seen, sizes, number) for seen in (panel, other))
            changed = _differs(first, second)
            if changed.any():
                again = _forecast(make, name, panel, sizes, number)
                _refuse(
                    name, panel, sizes, number, changed, random=bool(_differs(first, again).any())
                )
            compared += 1
    return compared


def _forecast(
    make: Make, name: str, panel: Panel, sizes: tuple[int, int, int], number: int
) -> Prediction:
    """The prediction of one model from one origin of this panel."""
    history = history_at(panel, number, sizes)
    return make(panel)[name](history)(history)


def _replaced(panel: Panel, sizes: tuple[int, int, int], number: int) -> Panel:
    """A copy of the panel with other numbers after this origin."""
    seen = history_at(panel, number, sizes).lengths
    draw = np.random.default_rng(number)
    changed = replace(panel, values=_others(panel.values, _after(panel.offsets, seen), draw))
    if panel.covariates is None:
        return changed
    covariates = panel.covariates
    past = _others(covariates.past, _after(panel.offsets, seen), draw)
    known = _others(covariates.known, _after(covariates.offsets, seen + sizes[0]), draw)
    return replace(changed, covariates=replace(covariates, past=past, known=known))


def _others(
    array: np.ndarray, rows: Bool[np.ndarray, " row"], draw: np.random.Generator
) -> np.ndarray:
    """A copy with other numbers in these rows, a fifth of them missing."""
    copy = array.copy()
    shape = copy[rows].shape
    other = 1e3 * (1 + np.abs(np.nan_to_num(copy[rows]))) * draw.normal(size=shape)
    copy[rows] = np.where(draw.random(shape) < 0.2, np.nan, other)
    return copy


def _after(offsets: np.ndarray, seen: np.ndarray) -> Bool[np.ndarray, " row"]:
    """The rows that are `seen` steps or more after the start of their series."""
    place = np.arange(offsets[-1]) - np.repeat(offsets[:-1], np.diff(offsets))
    return place >= np.repeat(seen, np.diff(offsets))


def _differs(one: Prediction, other: Prediction) -> Bool[np.ndarray, " series"]:
    """The series in which any bit of the mean or of a quantile differs."""
    if one.mean.shape != other.mean.shape or one.quantiles.shape != other.quantiles.shape:
        return np.ones(len(one.mean), bool)
    same = np.ones(len(one.mean), bool)
    for a, b in ((one.mean, other.mean), (one.quantiles, other.quantiles)):
        if a.size:
            same &= np.array([x.tobytes() == y.tobytes() for x, y in zip(a, b, strict=True)])
    return ~same


def _refuse(
    name: str,
    panel: Panel,
    sizes: tuple[int, int, int],
    number: int,
    changed: np.ndarray,
    *,
    random: bool,
) -> None:
    history = history_at(panel, number, sizes)
    series = int(np.flatnonzero(changed)[0])
    where = (
        f"its forecast of series '{history.ids[series]}' from"
        f" {format_stamp(history.times[history.offsets[series + 1] - 1])}"
    )
    if random:
        raise Refusal(
            f"Model '{name}' cannot be checked: {where} differs between two runs on the same "
            "history. Give it a fixed random key."
        )
    raise Refusal(
        f"Model '{name}' sees the future: {where} changed when what comes after was replaced. Let "
        "it look at the history that it is given, "
        "and at nothing else; scale, impute and choose inside of `fit`."
    )
