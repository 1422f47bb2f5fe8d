"""The table of `--fitted`: the history, its fitted values and residuals."""

from typing import Any

import numpy as np

from ...data import to_frame


def fitted_table(forecaster: Any) -> Any:
    """A frame of unique_id, ds, channel (where there are several), y, fitted and error (fitted −
    y), a row for each value of the history.

    >>> import jax, stepahead as sa
    >>> panel = sa.Panel.from_arrays([[1.0, 2.0, 4.0]])
    >>> table = fitted_table(sa.fit(sa.models.Naive(), panel, horizon=1, key=jax.random.key(0)))
    >>> table["error"].round(4).tolist()
    [nan, -1.0, -2.0]
    """
    history = forecaster.history
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
    return to_frame(columns, history.kind, history.frequency.zone)
