"""Decomposition of series into trend, season and remainder, and the disturbances that show outliers
and level shifts."""

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from jaxtyping import Float

from ..._check import Refusal
from ..._types import Levels
from ...data import Panel, to_frame
from ...ops.kalman import Smoothed, kalman_smooth
from .._table import index_columns
from ._rows import counted, rows_of, short_rows, steps_to_panel
from ._tables import standardised, table_of_components

if TYPE_CHECKING:
    from ._forecaster import StateSpaceForecaster


class Components(NamedTuple):
    """The components of each step given the whole series, in the unit in which it is modelled;
    `labels` names them. The last column is the signal, their sum."""

    mean: Float[np.ndarray, "total channel component"]
    deviation: Float[np.ndarray, "total channel component"]
    labels: tuple[str, ...]


def components_of(fitted: "StateSpaceForecaster") -> Components:
    """Return the smoothed components and their standard deviations."""
    panel = fitted.required_history
    done = smoothed(fitted)
    deviation = np.sqrt(np.maximum(done.signal_variance, 0.0))
    return Components(
        steps_to_panel(done.signal_mean, panel),
        steps_to_panel(deviation, panel),
        (*fitted.model.labels, "signal"),
    )


def components_table(fitted: "StateSpaceForecaster", levels: Levels) -> Any:
    """Return a data frame of the kind that the panel came from: unique_id, ds, channel (if there
    are several), y, each component with its interval (trend, trend-lo-95, trend-hi-95, …), and
    rest, which is y − the sum of the components.

    The components are their means given the whole series; the intervals are exact given the
    parameters. For a series that is modelled as logs they are medians that multiply: the trend is
    in the unit of the series, the others are factors, and so is the rest, y divided by the product
    of the components. A missing y has components and no rest. A series with too few values to
    identify its components is refused.
    """
    panel = fitted.required_history
    refuse_too_short(fitted, panel)
    found, bent = components_of(fitted), steps_to_panel(fitted.bent_steps(panel), panel)
    mean, deviation = found.mean[..., :-1], found.deviation[..., :-1]
    values = _modelled(fitted, panel)
    return table_of_components(panel, values, bent, mean, deviation, found.labels[:-1], levels)


def refuse_too_short(fitted: "StateSpaceForecaster", panel: Panel) -> None:
    """Refuse a series with too few values to identify its components."""
    counts, span, states = counted(panel), fitted.spec.span, fitted.model.structure.unknowns
    short = (counts <= states) | short_rows(fitted.spec, panel)
    if short.any():
        row = int(np.argmax(short))
        wanted = max(states + 1, int(np.ceil(2 * span)))
        two = f", two of its seasons of {span:g} steps," if wanted == np.ceil(2 * span) else ""
        raise Refusal(
            f"Series '{panel.ids[row % len(panel)]}' has {counts[row]} values, but {wanted}{two} "
            "are the fewest that tell its components apart. Leave a component out (a shorter "
            "season, or none), or give a longer past."
        )


def disturbances_table(fitted: "StateSpaceForecaster") -> Any:
    """Return a data frame of the auxiliary residuals: unique_id, ds, channel, the smoothed error of
    each value (`outlier`) and the smoothed shock of each state that has one, named by its variance
    (`level` for a level shift), each divided by its standard deviation.

    If nothing unusual happened, each is N(0, 1). The shock of a step is the one from the step
    before to this step, so a level shift appears at the first step of the new level. NaN if nothing
    is known: for a missing value, or a shock without variance. Source: Harvey & Koopman 1992;
    Durbin & Koopman 2012, 7.5.
    """
    panel, done = fitted.required_history, smoothed(fitted)
    columns = index_columns(panel)
    columns["outlier"] = _over(done.error, done.error_variance, panel)
    first = np.zeros(len(done.error), bool)
    first[rows_of(panel, fitted.columns, fitted.logs).data.offsets[:-1]] = True
    for state, name in shocked(fitted):
        residual, variance = (
            np.where(first, 0.0, np.roll(each[:, state], 1))
            for each in (done.shock, done.shock_variance)
        )
        columns[name] = _over(residual, variance, panel)
    return to_frame(columns, panel.kind, panel.frequency.zone)


def shocked(fitted: "StateSpaceForecaster") -> list[tuple[int, str]]:
    """The first state that each variance affects, and the name of the variance."""
    found, at = [], 0
    for component in fitted.model.components:
        block = component.block(len(fitted.columns))
        names = [each.name for each in block.parameters if each.variance]
        states = [i for i, _ in block.shock]
        for place, name in enumerate(names):
            found.append((at + states[place], name.removeprefix("variance of ")))
        at += block.states
    return found


def smoothed(fitted: "StateSpaceForecaster") -> Smoothed:
    """Return the smoothed states of the history."""
    data = rows_of(fitted.required_history, fitted.columns, fitted.logs).data
    model = fitted.model
    return kalman_smooth(model.structure, model.numbers(fitted.parameters), data)


def _modelled(fitted: "StateSpaceForecaster", panel: Panel) -> np.ndarray:
    """The values in the unit in which they are modelled."""
    data = rows_of(panel, fitted.columns, fitted.logs).data
    return steps_to_panel(data.values, panel)


def _over(residual: np.ndarray, variance: np.ndarray, panel: Panel) -> np.ndarray:
    return steps_to_panel(standardised(residual, variance), panel).reshape(-1)
