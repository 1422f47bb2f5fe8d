"""Forecasts, or fitted values, as columns for output, without a data frame: importing pandas takes
longer than fitting a local method."""

from math import inf
from typing import TYPE_CHECKING

import numpy as np

from ..data import Panel, to_frame
from ..forecasting import bounded_columns
from ._columns import Table
from ._rounding import rounded

if TYPE_CHECKING:
    from ..forecasting import Predictor


def forecast_columns(
    forecaster: "Predictor",
    percents: tuple[float, ...],
    *,
    horizon: int | None = None,
    panel: Panel | None = None,
) -> Table:
    """Return the columns of `Predictor.forecast` of the `forecaster`, with intervals of these
    `percents`, without bounds, rounded for output.

    >>> import stepahead as sa
    >>> panel = sa.Panel.from_arrays([[1.0, 3.0, 2.0, 4.0]])
    >>> done = sa.fit(sa.forecasting.Baseline("drift"), panel, horizon=1, key=0)
    >>> {name: column.tolist() for name, column in forecast_columns(done, ()).items()}
    {'unique_id': ['0'], 'ds': [4], 'forecast': [5.0]}
    """
    history = forecaster.required_history if panel is None else panel
    done = forecaster.predict(horizon, levels=percents, panel=panel)
    columns = bounded_columns(history, done, percents, -inf)
    return rounded(_in_zone(columns, history), history)


def fitted_columns(forecaster: "Predictor") -> Table:
    """Return the columns unique_id, ds, channel (if there are several), y, fitted and error (fitted
    − y), a row for each value of the history, rounded for output.

    >>> import jax, stepahead as sa
    >>> panel = sa.Panel.from_arrays([[1.0, 2.0, 4.0]])
    >>> table = fitted_columns(sa.fit(sa.models.Naive(), panel, horizon=1, key=jax.random.key(0)))
    >>> table["error"].tolist()
    [nan, -1.0, -2.0]
    """
    history = forecaster.required_history
    fitted = forecaster.fitted_values()
    columns = {
        "unique_id": np.repeat(history.ids[history.series_of_step], history.channels),
        "ds": np.repeat(history.times, history.channels),
    }
    if history.channels > 1:
        columns["channel"] = np.tile(np.array(history.names, dtype=object), len(history.values))
    columns |= {
        "y": history.values.reshape(-1),
        "fitted": fitted.reshape(-1),
        "error": (fitted - history.values).reshape(-1),
    }
    return rounded(_in_zone(columns, history), history)


def _in_zone(columns: dict[str, np.ndarray], history: Panel) -> Table:
    """The columns with times in the time zone of the series, if there is one."""
    zone = history.frequency.zone
    return to_frame(columns, "pandas", zone) if zone else columns
