"""`FromSome`: a model that is fitted to a sample of the series and forecasts all of them."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Int

from .._check import whole
from .._types import Key
from ..data import Frequency, Panel
from ..forecasting import Predictor
from ._fit import fit

LEARN_FROM = 500
"""The default size of the sample, in series."""


@dataclass(frozen=True)
class FromSome:
    """A `Method` that fits a model to a sample of about `learn_from` series, and forecasts all
    series with the result: members, weights and interval widths of a combination, calibration
    errors, the weights of a network.

    Local methods inside it are still fitted to each series, and so are scales. `forecast_in_chunks`
    does the same for any number of series, so this gives the same forecasts in memory, to the bit,
    and `backtest` can evaluate it.

    >>> import numpy as np, stepahead as sa
    >>> panel = sa.Panel.from_arrays([np.arange(30.0) + 10 * each for each in range(6)])
    >>> done = sa.fit(sa.workflow.FromSome(sa.models.Drift(), 2), panel, horizon=1, key=0)
    >>> done.forecast(levels=())["forecast"].round(4).tolist()
    [30.0, 40.0, 50.0, 60.0, 70.0, 80.0]
    """

    spec: Any
    learn_from: int = LEARN_FROM

    def __post_init__(self) -> None:
        whole("learn_from", self.learn_from)

    def fitted(self, panel: Panel, horizon: int, *, key: Key, season: int) -> Predictor:
        """Fit the model to the sample, then let it forecast the whole panel."""
        some = evenly_chosen(panel, self.learn_from)
        learned = fit(self.spec, some, horizon, key=key, season=season)
        return learned.without_history().with_history(panel)


def evenly_chosen(panel: Panel, most: int = LEARN_FROM) -> Panel:
    """Return an evenly spaced sample of the panel: at most twice `most` series, fewer if they have
    several channels.

    Series are eligible if they cover the longest calendar season twice that at least half of all
    series cover twice.

    >>> import numpy as np
    >>> panel = Panel.from_arrays([np.arange(9.0)] * 7)
    >>> evenly_chosen(panel, 3).ids.tolist()
    ['0', '2', '4', '6']
    """
    steps = np.where(panel.lengths > 0, panel.lengths, 0)
    return panel.take(chosen(steps, panel.frequency, panel.channels, most))


def chosen(
    steps: Int[np.ndarray, " series"], frequency: Frequency, channels: int, most: int
) -> Int[np.ndarray, " some"]:
    """Return the indices of the sampled series, given the number of steps of every series; 0 steps
    mark a series that must not be sampled.

    >>> chosen(np.array([9, 0, 9, 9]), Frequency.integer(), 1, 2).tolist()
    [0, 2, 3]
    """
    half = np.median(steps[steps > 0])
    fitting = [season for season in frequency.seasons if half >= 2 * season]
    able = np.flatnonzero((steps >= 2 * max(fitting, default=0)) & (steps > 0))
    return able[:: max(1, len(able) * channels // most)]
