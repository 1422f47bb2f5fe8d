"""Predictability: how much narrower a forecast is than the spread of the past values."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from .._check import Refusal, counted
from .._types import Prediction
from ..data import Panel


class Predictability(NamedTuple):
    """The width of the central forecast interval of `level` percent divided by the width of the
    same interval of the past values, by step ahead (the median over series). Below 1 the forecast
    is more informative than the past values alone; `horizon` is the number of steps ahead for which
    that is so without a break."""

    level: float
    ratio: Float[np.ndarray, " horizon"]
    horizon: int

    def __str__(self) -> str:
        """The horizon as a sentence."""
        steps = len(self.ratio)
        if np.isnan(self.ratio).all():
            return "most of the past values are equal, so they have no spread to compare it with."
        interval = f"the {self.level:g} % interval is narrower than the spread of the past values"
        if self.horizon == steps:
            return f"{interval} at all of {counted(steps, 'step')} ahead ({self._ratios(steps)})."
        if self.horizon:
            return (
                f"{interval} up to {counted(self.horizon, 'step')} ahead "
                f"({self._ratios(self.horizon)}); beyond that the past values alone are as "
                "informative."
            )
        return "the past values alone are as informative, even one step ahead."

    def _ratios(self, step: int) -> str:
        first, last = self.ratio[0], self.ratio[step - 1]
        return f"{first:.0%} of it" if step == 1 else f"{first:.0%} of it at first, {last:.0%} last"


def predictability(done: Prediction, history: Panel) -> Predictability:
    """Compare the widest central interval of a prediction that has at most 90 % with that of the
    observed values of each history, which is a forecast without a model (the climatological
    forecast).

    It needs no backtest, but assumes that the intervals are correct: check their coverage by a
    backtest. Constant series are left out. A prediction without such an interval is refused.

    >>> panel = Panel.from_arrays([np.arange(101.0)])  # 80 % of the values lie in 10 … 90
    >>> ends = np.array([[[[95.0, 105.0]], [[60.0, 140.0]]]])
    >>> found = predictability(Prediction(np.full((1, 2, 1), 100.0), ends, (0.1, 0.9)), panel)
    >>> found.ratio.tolist(), found.horizon
    ([0.125, 1.0], 1)
    """
    pairs = [
        (low, high)
        for low, p in enumerate(done.probabilities)
        for high, q in enumerate(done.probabilities)
        if p < 0.5 and abs(p + q - 1) < 1e-9 and p >= 0.05 - 1e-9
    ]
    if not pairs:
        raise Refusal(
            "Predictability needs a central interval of at most 90 %, but the prediction has none. "
            "Predict with levels=80."
        )
    low, high = min(pairs)
    at = done.probabilities[low], done.probabilities[high]
    past = np.stack(
        [
            np.nanquantile(history.values[begin:end], at, axis=0)
            for begin, end in zip(history.offsets[:-1], history.offsets[1:], strict=True)
        ]
    )
    spread = (past[:, 1] - past[:, 0])[:, None]
    with np.errstate(invalid="ignore"):  # both ends may be infinite, which others refuse
        width = done.quantiles[..., high] - done.quantiles[..., low]
    ratio = np.where(spread > 0, width / np.where(spread > 0, spread, 1.0), np.nan)
    ratio = np.moveaxis(ratio, 1, 0).reshape(width.shape[1], -1)
    known = np.isfinite(ratio).any(axis=0)
    by_step = np.nanmedian(ratio[:, known], axis=1) if known.any() else np.full(len(ratio), np.nan)
    narrower = by_step < 1
    horizon = len(narrower) if narrower.all() else int(np.argmin(narrower))
    return Predictability(float(round(100 * (at[1] - at[0]), 6)), by_step, horizon)
