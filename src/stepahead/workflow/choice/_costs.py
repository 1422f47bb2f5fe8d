"""Estimated run times of the candidates of `auto`, from the sizes of a panel alone."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Int

from ...pretrained import LONG_SEASON, PATCH


class Cost(NamedTuple):
    """Estimated seconds on two ordinary idle cores: of a fit to a whole panel, of a forecast from
    one origin, and of compilation (once). All are 0 if nothing is known."""

    fit: float = 0.0
    forecast: float = 0.0
    once: float = 0.0


NOTHING = Cost()
"""The cost of a candidate for which there is no estimate."""

SIMPLE, ETS, HARMONIC = 1e-6, 16e-6, 100e-6
"""Seconds of a fit per step of the series: for simple methods (naive forecasts, drift, Theta,
intermittent demand), for exponential smoothing, and for regression on Fourier terms."""

DEMAND = {"sba": 40e-6, "tsb": 30e-6, "imapa": 35e-6, "hurdle": 110e-6}
"""Processor seconds of methods for intermittent demand per step of the longest series: they go step
by step through all series in parallel."""

ONWARD = 5e-7
"""Seconds to advance the state of a local method by one step of the series."""

ARIMA_SHORT, ARIMA_SEASON = 20e-6, 0.4e-6
"""Processor seconds of ARIMA per step: the minimum, and the part that grows with the square of the
season, which is the width of its state."""

MSTL, MSTL_SEASON = 12e-6, 300
"""Processor seconds of MSTL per step, and the season that doubles them."""

PER_SERIES = 2e-4
"""Seconds of a fit per series, however short."""


def local_cost(
    name: str, steps: int, series: int, seasons: tuple[int, int], longest: int = 0
) -> Cost:
    """Return the cost of a method that is fitted to each series separately. `steps` is the total of
    all series, `longest` the length of the longest; `seasons` are the shortest and the longest
    season. Two series are fitted in parallel.

    >>> [round(local_cost(name, 100_000, 9, (24, 168)).fit, 1) for name in ("theta", "arima")]
    [0.1, 11.5]
    >>> round(local_cost("sba", 30_000, 1, (7, 7), longest=30_000).fit, 1)
    1.2
    """
    at_once = min(2, series)
    each = {
        "ets": ETS,
        "harmonic": HARMONIC,
        "arima": max(ARIMA_SHORT, ARIMA_SEASON * seasons[0] ** 2) / at_once,
        "mstl": MSTL * (1 + seasons[1] / MSTL_SEASON) / at_once,
    }.get(name, SIMPLE)
    by_step = DEMAND.get(name, 0.0) * longest
    return Cost(each * steps + by_step + PER_SERIES * series, ONWARD * steps)


PATCHES_BEHIND, PATCH_SECONDS = 128, 16e-6
"""Patches of history that the pretrained network reads, and the seconds per patch."""

SEVERAL_VIEWS = 6
"""The number of passes over a series whose long season the network reads in four ways: the means of
2 and of 3 steps are a half and a third as long."""


def pretrained_cost(lengths: Int[np.ndarray, " series"], horizon: int, season: int = 1) -> Cost:
    """Return the cost of the pretrained network. There is no fit; a forecast from one origin reads
    the patches of the history and of the horizon of every series, six times if a long season is
    read in several ways.

    >>> round(pretrained_cost(np.full(1_000, 100), 24).forecast, 2)
    0.25
    """
    patches = np.minimum(lengths / PATCH, PATCHES_BEHIND).sum() + len(lengths) * horizon / PATCH
    readings = SEVERAL_VIEWS if season >= LONG_SEASON else 1
    return Cost(0.0, PATCH_SECONDS * float(patches) * readings)


KERNEL_FIT, KERNEL_FORECAST, KERNEL_SERIES = 6e-10, 4e-10, 1e-3
"""Seconds of kernel ridge regression, per cube of its number of examples, to choose the ridge and
to forecast, and seconds per series."""

KERNEL_EXAMPLES = 400
"""The most examples of kernel ridge regression."""


def kernel_cost(cycles: Int[np.ndarray, " series"], channels: int = 1) -> Cost:
    """Return the cost of kernel ridge regression on this number of cycles of each series.

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
    """Return the cost of a compiled model. `steps` is the total of all series, `ahead` the number
    of values forecast from one origin, `lags` those of a windowed model, and `span` the steps of a
    training window of a recurrent one.

    Linear models are solved from all steps and forecast value by value. Networks are trained on a
    thousand minibatches, whatever the number of values.

    >>> [round(network_cost(name, 9_000, 24, 30, 24, 72).fit, 1) for name in ("linear", "gru")]
    [0.1, 4.8]
    """
    if name == "linear":
        forecast = ahead * (4e-5 + 2e-6 * lags)
        return Cost(3e-6 * steps + 3e-9 * steps * lags**2, forecast, 3.0)
    if name == "mlp":
        return Cost(0.5 + 0.004 * (lags + horizon), 1e-6 * steps, 1.5)
    return Cost(0.06 * span + 0.02 * horizon, 1e-6 * steps, 2.5)
