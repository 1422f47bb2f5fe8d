"""Level shifts: a test of whether the level of a series changed, with time, size and return."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Int, Shaped
from scipy.special import kolmogorov

from ...data import format_stamp

BLOCKS = 8
"""The number of parts of a series whose levels are compared; half as many if it is shorter than 128
steps."""


@dataclass(frozen=True, eq=False)
class LevelShift:
    """The largest shift in the level of a series, with `p`, the probability of one at least as
    large if the level is constant.

    `since` is the time of the largest change; `size` is the largest distance of the level of a part
    of the series from that of the first part, and `left` that of the last part, both in standard
    deviations within parts. `starts` are the steps at which the parts begin, `levels` and `spreads`
    their means and standard deviations, in the series' unit.
    """

    p: float
    since: Any
    size: float
    left: float
    starts: Int[np.ndarray, " block"]
    levels: Float[np.ndarray, " block"]
    spreads: Float[np.ndarray, " block"]

    @property
    def came_back(self) -> bool:
        """True if the final level is nearer to the first level than to the most distant one."""
        return abs(self.left) < abs(self.size) / 2

    @property
    def steady(self) -> bool:
        """True if the level changed gradually: no change from part to part is half of the total or
        more."""
        way = float(np.ptp(self.levels))
        return bool(np.abs(np.diff(self.levels)).max() < way / 2)

    def __str__(self) -> str:
        """The finding in words, with advice."""
        return self.words("use only the data after it (`length=`), and refit with new data")

    def words(self, remedy: str) -> str:
        """Return the finding in words, with the advice `remedy` if the level changed and stayed."""
        if self.steady and not self.came_back:
            return (
                f"Its level kept moving, by {self.left:+.2g} standard deviations in all: "
                "forecast differences, or use only the recent past."
            )
        moved = (
            f"Its level moved by {self.size:+.2g} standard deviations, most of all around"
            f" {format_stamp(self.since)},"
        )
        if self.came_back:
            return (
                f"{moved} and came back: the earlier past is representative again; leave out the "
                "time between, or evaluate it separately."
            )
        return f"{moved} and stayed: {remedy}."


def level_shift(
    values: Float[np.ndarray, " time"], times: Shaped[np.ndarray, " time"] | None = None
) -> LevelShift:
    """Test whether the level of a series without gaps is constant, by the largest cumulative sum of
    its one-step errors.

    The errors are e_t = x_t − φ·x_{t−1}, with φ the first autocorrelation within parts of the
    series, so that a level shift is not mistaken for autocorrelation; the bias of short parts is
    removed (Kendall 1954). The statistic max_k |Σ_{t≤k}(e_t − ē)|/(s·√n) has Kolmogorov's
    distribution if the level is constant; s² is the long-run variance of the errors (Newey and
    West) within parts. A random walk is not a level shift: its errors are independent. `times` are
    the times of the values, used for `since`. Source: Ploberger and Krämer 1992 for the cumulative
    sum.

    >>> x = np.random.default_rng(0).normal(size=200)
    >>> level_shift(x).p > 0.05, level_shift(x + 2 * (np.arange(200) >= 100)).p < 0.001
    (True, True)
    >>> level_shift(x + 2 * (np.arange(200) >= 100)).since
    np.int64(100)
    """
    n = len(values)
    times = np.arange(n) if times is None else times
    part = np.arange(n) * (BLOCKS if n >= 128 else BLOCKS // 2) // n
    count = np.bincount(part)
    levels = np.bincount(part, values) / count
    rest = values - levels[part]
    spreads = np.sqrt(np.bincount(part, rest**2) / count)
    together = part[1:] == part[:-1]
    memory = _memory(rest, together, n / len(count))
    surprise = values[1:] - memory * values[:-1]
    inside = (rest[1:] - memory * rest[:-1])[together]
    total = np.cumsum(surprise - surprise.mean())
    # n / (n − parts): a mean was taken out of each part.
    scale = np.sqrt(_long_run_variance(inside) * len(surprise) * n / (n - len(count)))
    away = (levels - levels[0]) / max(float(np.sqrt((rest**2).mean())), 1e-300)
    far = int(np.argmax(np.abs(away)))
    p = float(kolmogorov(np.abs(total).max() / scale)) if scale > 0 else 1.0
    return LevelShift(
        p,
        times[_place(values)],
        float(away[far]),
        float(away[-1]),
        np.unique(part, return_index=True)[1],
        levels,
        spreads,
    )


def _place(values: Float[np.ndarray, " time"]) -> int:
    """The step at which the means of the neighbouring sixteenths of the series differ most."""
    span = max(len(values) // 16, 4)
    total = np.concatenate([[0.0], np.cumsum(values)])
    at = np.arange(span, len(values) - span + 1)
    return int(at[np.argmax(np.abs(total[at + span] - 2 * total[at] + total[at - span]))])


def _memory(
    rest: Float[np.ndarray, " time"], together: Bool[np.ndarray, " pair"], length: float
) -> float:
    """The first autocorrelation within parts of this length, without the bias of short parts, −(1 +
    3φ)/length."""
    found = (rest[1:] * rest[:-1])[together].sum() / max((rest[:-1] ** 2)[together].sum(), 1e-300)
    return float(np.clip((found + 1 / length) / (1 - 3 / length), 0, 0.99))


def _long_run_variance(e: Float[np.ndarray, " time"]) -> float:
    """The long-run variance with Bartlett weights up to lag 4·(n/100)^(2/9)."""
    n = len(e)
    lags = int(4 * (n / 100) ** (2 / 9))
    e = e - e.mean()
    covariance = [e[lag:] @ e[: n - lag] / n for lag in range(lags + 1)]
    return float(
        covariance[0]
        + 2 * sum((1 - lag / (lags + 1)) * covariance[lag] for lag in range(1, lags + 1))
    )
