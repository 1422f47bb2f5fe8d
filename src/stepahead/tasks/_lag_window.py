"""The default lags of a windowed model, and the default window of a recurrent one."""

import numpy as np

from ..data import Panel

MOST_LAGS = 1000
"""The longest default window of a windowed model, for seasons of thousands of steps."""

MOST_STEPS = 500
"""The longest default window of a recurrent model, for seasons of thousands of steps."""


def lag_window(season: int, length: int) -> int:
    """Default lags of a windowed model: a season and a quarter, at least 8, at most a third of
    `length`, and at most 1000.

    >>> lag_window(12, 100), lag_window(1, 100), lag_window(12, 24), lag_window(86400, 10**6)
    (15, 8, 8, 1000)
    """
    return max(1, min(max(season + season // 4, 8), length // 3, MOST_LAGS))


def context_length(panel: Panel, horizon: int, season: int) -> int:
    """Default window of a recurrent model: two horizons, three seasons up to 500 steps, at least 8,
    at most the median series."""
    wanted = max(2 * horizon, min(3 * season, MOST_STEPS), 8)
    return int(max(1, min(wanted, np.median(panel.lengths) - 1)))
