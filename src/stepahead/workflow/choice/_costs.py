"""Estimated seconds of the candidates of `auto`, from the sizes of a panel alone."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Int

from ...pretrained import LONG_SEASON, PATCH


class Cost(NamedTuple):
    """Estimated seconds on two ordinary cores at rest: of a fit to a whole panel, of a forecast
    from one origin, and once, to compile. All 0 where nothing is known."""

    fit: float = 0.0
    forecast: float = 0.0
    once: float = 0.0


NOTHING = Cost()
"""The cost of a candidate of which nothing is known."""

SIMPLE, ETS, HARMONIC = 1e-6, 16e-6, 100e-6
"""Seconds that a fit takes for each step of the series: of naive forecasts, drift, Theta and
methods for demand, of exponential smoothing, and of waves."""

ONWARD = 5e-7
"""Seconds that the state of a local method takes for each step to move on to an origin."""

ARIMA_SHORT, ARIMA_SEASON = 20e-6, 0.4e-6
"""Processor seconds of ARIMA for each step: at least, and for each square of the season, which is
the width of its state."""

MSTL, MSTL_SEASON = 12e-6, 300
"""Processor seconds of MSTL for each step; so long a season doubles them."""

PER_SERIES = 2e-4
"""Seconds that a fit takes for each series, however short."""


def local_cost(name: str, steps: int, series: int, seasons: tuple[int, int]) -> Cost:
    """Cost of a method that is fitted to each series by itself: `steps` of all series together, and
    the steps of the shortest and the longest season. Kernels work on two series at a time.

    >>> [round(local_cost(name, 100_000, 9, (24, 168)).fit, 1) for name in ("theta", "arima")]
    [0.1, 11.5]
    """
    at_once = min(2, series)
    each = {
        "ets": ETS,
        "harmonic": HARMONIC,
        "arima": max(ARIMA_SHORT, ARIMA_SEASON * seasons[0] ** 2) / at_once,
        "mstl": MSTL * (1 + seasons[1] / MSTL_SEASON) / at_once,
    }.get(name, SIMPLE)
    return Cost(each * steps + PER_SERIES * series, ONWARD * steps)


PATCHES_BEHIND, PATCH_SECONDS = 128, 16e-6
"""Patches of the past that the pretrained network reads, and seconds for each."""

SEVERAL_VIEWS = 6
"""Times that the pretrained network reads a series that it sees in four ways, to judge them and to
forecast: means of 2 and of 3 steps are a half and a third as long."""


def pretrained_cost(lengths: Int[np.ndarray, " series"], horizon: int, season: int = 1) -> Cost:
    """Cost of the pretrained network: nothing is fitted, and a forecast from one origin reads the
    patches of the past and those to come, of every series; six times, where a long season is seen
    in several ways.

    >>> round(pretrained_cost(np.full(1_000, 100), 24).forecast, 2)
    0.25
    """
    patches = np.minimum(lengths / PATCH, PATCHES_BEHIND).sum() + len(lengths) * horizon / PATCH
    readings = SEVERAL_VIEWS if season >= LONG_SEASON else 1
    return Cost(0.0, PATCH_SECONDS * float(patches) * readings)


KERNEL_FIT, KERNEL_FORECAST, KERNEL_SERIES = 6e-10, 4e-10, 1e-3
"""Seconds of kernel ridge regression for the cube of its examples, to choose the ridge and to
forecast, and for each series."""

KERNEL_EXAMPLES = 400
"""Examples that it takes at most."""


def kernel_cost(cycles: Int[np.ndarray, " series"], channels: int = 1) -> Cost:
    """Cost of kernel ridge regression on so many cycles of each series.

    >>> round(kernel_cost(np.full(10, 365)).fit, 2)
    0.3
    """
    each, count = np.minimum(cycles, KERNEL_EXAMPLES).astype(float) ** 3, len(cycles)
    spent = (
        channels * float(cube * each.sum() + KERNEL_SERIES * count)
        for cube in (KERNEL_FIT, KERNEL_FORECAST)
    )
    return Cost(*spent)


def network_cost(name: str, steps: int, ahead: int, lags: int, horizon: int, span: int) -> Cost:
    """Cost of a model that is compiled: `steps` of all series together, values `ahead` of one
    origin, `lags` of a windowed model, and `span`, the steps of a window of a recurrent one.

    Linear models are solved from all steps, and forecast value after value; networks see a thousand
    minibatches, however many values there are.

    >>> [round(network_cost(name, 9_000, 24, 30, 24, 72).fit, 1) for name in ("linear", "gru")]
    [0.1, 4.8]
    """
    if name == "linear":
        forecast = ahead * (4e-5 + 2e-6 * lags)
        return Cost(3e-6 * steps + 3e-9 * steps * lags**2, forecast, 3.0)
    if name == "mlp":
        return Cost(0.5 + 0.004 * (lags + horizon), 1e-6 * steps, 1.5)
    return Cost(0.06 * span + 0.02 * horizon, 1e-6 * steps, 2.5)
