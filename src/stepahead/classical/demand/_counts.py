"""Counts that are mostly 0, by a hurdle or zero-inflated negative binomial distribution for every
series, with smoothed moments."""

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from ..._check import known_name
from .._fit import Ahead, LocalFit
from .._rows import Rows

COUNT_KINDS = ("hurdle", "zero-inflated")
"""Demand occurs or not, and then has a size; or a step is 0 with some probability, and any count
otherwise."""

RATES = np.array([0.0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3])
"""Smoothing constants that are tried; the most likely one is used."""

WORTH = 2.0
"""The number of the series' own values that the other series count as."""

POISSON = 1e6
"""The size of a negative binomial distribution that is practically Poisson."""


class Mixture(NamedTuple):
    """0 with probability 1 − `share`, else `shift` plus a negative binomial count with this mean
    and with variance mean + mean²/`size`."""

    share: np.ndarray
    shift: int
    mean: np.ndarray
    size: np.ndarray

    def below(self, count: np.ndarray) -> np.ndarray:
        """Return the probability of at most this count."""
        from scipy.special import betainc

        inner = np.maximum(count - self.shift, 0.0)
        tail = betainc(self.size, inner + 1, self.size / (self.size + self.mean))
        tail = np.where(self.mean > 0, tail, 1.0)
        told = np.where(count < self.shift, 1 - self.share, 1 - self.share + self.share * tail)
        return np.where(count < 0, 0.0, told)


@dataclass(frozen=True, eq=False)
class CountsFit(LocalFit):
    """Counts of many series. `rate` is the smoothing constant of each; `state` holds the frequency
    of demand, and the means of its size and of its squared size, after the last step, `before` the
    same before the first."""

    kind: str
    rate: Float[np.ndarray, " series"]
    before: Float[np.ndarray, "series 3"]
    state: Float[np.ndarray, "series 3"]

    def ahead(
        self, skip: Int[np.ndarray, " series"], horizon: int, probabilities: tuple[float, ...]
    ) -> Ahead:
        """As `LocalFit.ahead`: the same mean, and the same counts as quantiles, for every step."""
        mean = self.state[:, 0] * self.state[:, 1]
        ends = quantiles(mixture(self.kind, self.state.T), np.asarray(probabilities, np.float64))
        shape = (len(mean), horizon)
        return np.broadcast_to(mean[:, None], shape).copy(), np.repeat(ends[:, None], horizon, 1)

    def one_step(self, rows: Rows) -> Float[np.ndarray, " total"]:
        """As `LocalFit.one_step`."""
        values = rows.padded()
        told = np.stack([each[0] * each[1] for each in _states(values, self.rate, self.before.T)])
        return told[:-1].T[np.arange(values.shape[1]) < rows.lengths[:, None]]

    def advanced(self, rows: Rows) -> "CountsFit":
        """As `LocalFit.advanced`."""
        return replace(self, state=_states(rows.padded(), self.rate, self.state.T)[-1].T)

    def forms(self) -> list[str]:
        """Descriptions such as `hurdle negative binomial, α 0.05`."""
        return [f"{self.kind} negative binomial, α {rate:.2g}" for rate in self.rate]


def fit_counts(rows: Rows, kind: str = "hurdle") -> CountsFit:
    """Fit a distribution of counts of this `kind` to every series.

    The frequency of demand is smoothed at every step, its size and squared size when it occurs,
    with the constant of `RATES` that maximises the likelihood of each count given those before it.
    `hurdle`: 0 with probability 1 − p, else 1 plus a negative binomial count, with the smoothed
    moments. `zero-inflated`: 0 with probability 1 − s, else a negative binomial count, with the
    same share of zeros, the same mean and the same variance. The initial moments are means of the
    series; those of frequency and variance include `WORTH` additional values that are typical of
    all series, so a series with few values, or with zeros only, may still have demand. Missing
    values are skipped.

    >>> rows = Rows(np.array([0.0, 0, 1, 0, 2, 0, 0, 0, 5, 0]), np.array([0, 10]))
    >>> mean, ends = fit_counts(rows).ahead(np.array([0]), 1, (0.5, 0.9, 0.99))
    >>> mean.round(1).tolist(), ends.tolist()
    ([[0.8]], [[[0.0, 3.0, 7.0]]])
    """
    known_name("distribution of counts", kind, COUNT_KINDS)
    there = ~np.isnan(rows.values)
    demand = np.where(there, rows.values, 0.0)
    seen, came = rows.total(there * 1.0), rows.total((demand > 0) * 1.0)
    total, square = rows.total(demand), rows.total(demand**2)
    often, size, spread = _usual(seen, came, total, square)
    mean = np.where(came > 0, total / np.maximum(came, 1), size)
    before = np.stack(
        [
            np.clip((came + WORTH * often) / (seen + WORTH), 1e-6, 1 - 1e-6),
            mean,
            (square + WORTH * spread * mean**2) / (came + WORTH),
        ]
    )
    values = rows.padded()
    likely = np.stack([_likelihood(values, np.full(len(rows), rate), before) for rate in RATES])
    rate = RATES[np.argmax(likely, axis=0)]
    return CountsFit(kind, rate, before.T.copy(), _states(values, rate, before)[-1].T)


def _usual(
    seen: np.ndarray, came: np.ndarray, total: np.ndarray, square: np.ndarray
) -> tuple[float, float, float]:
    """Medians over series: of the frequency of demand, of its size, and of the mean squared size
    relative to the squared mean, for series with at least two demands."""
    some, two = came > 0, came > 1
    often = float(np.mean(came / np.maximum(seen, 1)))
    size = float(np.median(total[some] / came[some])) if some.any() else 1.0
    relative = square[two] * came[two] / total[two] ** 2
    return often, size, float(np.median(relative)) if two.any() else 1.0


def mixture(kind: str, state: np.ndarray) -> Mixture:
    """Return the distribution of the next count."""
    often, mean, square = state
    if kind == "hurdle":
        rest = np.maximum(mean - 1, 0.0)
        more = square - mean**2 - rest
        size = np.where(more > rest**2 / POISSON, rest**2 / np.where(more > 0, more, 1), POISSON)
        return Mixture(often, 1, rest, np.maximum(size, 1e-3))
    expected, growth = often * mean, np.maximum(square / mean - 1, 1e-9)
    least = np.where(growth > expected, expected / np.maximum(growth - expected, 1e-12), POISSON)
    low, high = np.log(np.clip(least, 1e-3, POISSON)), np.full(mean.shape, np.log(POISSON))

    def parts(size: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        inner = np.maximum(growth * size / (size + 1), expected)
        share = expected / inner
        return share, inner, 1 - share + share * (1 + inner / size) ** -size

    for _ in range(40):  # bisection: a larger size means more zeros
        middle = (low + high) / 2
        few = parts(np.exp(middle))[2] < 1 - often
        low, high = np.where(few, middle, low), np.where(few, high, middle)
    size = np.exp((low + high) / 2)
    share, inner, _ = parts(size)
    return Mixture(share, 0, inner, size)


def quantiles(law: Mixture, at: Float[np.ndarray, " probability"]) -> np.ndarray:
    """Return the smallest counts that are not exceeded with these probabilities."""
    wide = Mixture(law.share[:, None], law.shift, law.mean[:, None], law.size[:, None])
    low, high = np.full((len(law.mean), len(at)), -1.0), np.zeros((len(law.mean), len(at)))
    while (short := wide.below(high) < at).any():
        high = np.where(short, 2 * high + 1, high)
    while (high - low > 1).any():
        middle = np.floor((low + high) / 2)
        enough = wide.below(middle) >= at
        low, high = np.where(enough, low, middle), np.where(enough, middle, high)
    return high


def _states(values: np.ndarray, rate: np.ndarray, state: np.ndarray) -> np.ndarray:
    """The state before every step and after the last."""
    every = [state]
    for y in values.T:
        came = y > 0
        often = state[0] + rate * (came - state[0])
        mean = np.where(came, state[1] + rate * (y - state[1]), state[1])
        square = np.where(came, state[2] + rate * (y**2 - state[2]), state[2])
        state = np.where(np.isnan(y), state, np.stack([often, mean, square]))
        every.append(state)
    return np.stack(every)


def _likelihood(values: np.ndarray, rate: np.ndarray, before: np.ndarray) -> np.ndarray:
    """The log likelihood of every series under the hurdle distribution, each count given those
    before it."""
    from scipy.special import gammaln

    law = mixture("hurdle", _states(values, rate, before)[:-1].transpose(1, 2, 0))
    y = np.maximum(values - 1, 0.0)
    inner = (
        gammaln(y + law.size)
        - gammaln(law.size)
        - gammaln(y + 1)
        + law.size * np.log(law.size / (law.size + law.mean))
        + y * np.log(np.maximum(law.mean, 1e-9) / (law.size + np.maximum(law.mean, 1e-9)))
    )
    some = np.log(np.maximum(law.share, 1e-9)) + inner
    none = np.log(np.maximum(1 - law.share, 1e-9))
    told = np.where(values > 0, some, none)
    return np.where(np.isnan(values), 0.0, told).sum(axis=1)
