"""ARIMA as a component: an autoregression with moving averages and differences, seasonal too."""

from dataclasses import dataclass
from functools import reduce
from itertools import product

import numpy as np

from ..._check import Refusal, whole
from ._component import Block, Component, Free, Numbers, Parameter
from ._cycles import of_partial, stationary

Orders = tuple[int, int, int]


@dataclass(frozen=True)
class SARIMA(Component):
    """ARIMA(p, d, q)(P, D, Q)ₛ: φ(B) Φ(Bˢ) (w_t − c) = θ(B) Θ(Bˢ) ε_t for the differences w = (1 −
    B)ᵈ (1 − Bˢ)ᴰ u.

    The signs are φ(B) = 1 − φ₁B − …, θ(B) = 1 + θ₁B + …, as in most software. All four polynomials
    are parametrised by partial autocorrelations in (−1, 1), so that w is stationary and invertible.
    The differences start in their stationary distribution, and the first d + sD values have an
    exact diffuse prior, so missing values need no filling. With `constant` the differences have a
    mean c: a level if d = D = 0, a drift if d = 1. An ARIMA model of a series is
    `StateSpace(SARIMA(…), noise=False)`, optionally with `Regression()`. Source: Durbin & Koopman
    2012, 3.4; Harvey 1989, 4.1.

    >>> airline = SARIMA((0, 1, 1), (0, 1, 1), season=12)
    >>> [each.name for each in airline.block(0).parameters]
    ['variance of ARIMA', 'MA 1', 'seasonal MA 1']
    >>> airline.block(0).states
    27
    """

    order: Orders
    seasonal: Orders = (0, 0, 0)
    season: int = 1
    constant: bool = False
    label = "ARIMA"

    def __post_init__(self) -> None:
        for name, orders in (("order", self.order), ("seasonal", self.seasonal)):
            if len(orders) != 3:
                raise Refusal(
                    f"`{name}` must be three whole numbers, of autoregression, differences and "
                    f"moving average, but it is {orders!r}. Give (1, 1, 1), for instance."
                )
            for each in orders:
                whole(name, each, at_least=0)
        if any(self.seasonal) and whole("season", self.season) < 2:
            raise Refusal(
                f"`seasonal={self.seasonal!r}` needs a `season` of at least 2 steps, but it is "
                f"{self.season}. Give 12 for months."
            )

    @property
    def span(self) -> float:
        """The season if it has seasonal terms, else 0."""
        return float(self.season if any(self.seasonal) else 0)

    def _lags(self, which: int) -> list[int]:
        """The lags at which the product of a polynomial and its seasonal polynomial is not 0."""
        own, seasons = range(self.order[which] + 1), range(self.seasonal[which] + 1)
        return sorted({a + self.season * b for a, b in product(own, seasons)})

    @property
    def _states(self) -> int:
        """The number of states of the stationary part."""
        return max(self._lags(0)[-1], self._lags(2)[-1] + 1)

    @property
    def _differences(self) -> np.ndarray:
        """The coefficients of (1 − B)ᵈ (1 − Bˢ)ᴰ."""
        seasonal = np.zeros(self.season + 1)
        seasonal[0], seasonal[-1] = 1, -1
        factors = [np.array([1.0, -1.0])] * self.order[1] + [seasonal] * self.seasonal[1]
        return reduce(np.convolve, factors, np.ones(1))

    def block(self, columns: int) -> Block:
        """Return the states: the last values, newest first; the stationary part; the constant."""
        differences, r = self._differences, self._states
        k = len(differences) - 1
        ma, constant = self._lags(2), k + r
        design = [(j, -differences[j + 1]) for j in range(k) if differences[j + 1]]
        design += [(k, 1.0)] + [(constant, 1.0)] * self.constant
        moves = [(0, state) for state, _ in design] if k else []
        moves += [(j + 1, j) for j in range(k - 1)]
        moves += [(k + lag - 1, k) for lag in self._lags(0)[1:]]
        moves += [(k + i, k + i + 1) for i in range(r - 1)]
        moves += [(constant, constant)] * self.constant
        return Block(
            (*[True] * k, *[False] * r, *[True] * self.constant),
            tuple(moves),
            tuple((k + i, k + j) for i in ma for j in ma if i >= j),
            tuple(design),
            (),
            self._parameters(),
        )

    def _parameters(self) -> tuple[Parameter, ...]:
        names = [f"{word} {j + 1}" for word, count in self._polynomials() for j in range(count)]
        return (
            Parameter("variance of ARIMA"),
            *(Parameter(name, -np.inf, 1.0) for name in names),
        )

    def _polynomials(self) -> list[tuple[str, int]]:
        (p, _, q), (big_p, _, big_q) = self.order, self.seasonal
        return [("AR", p), ("MA", q), ("seasonal AR", big_p), ("seasonal MA", big_q)]

    def bounded(self, x: Free, columns: int) -> Free:
        """Return the variance, then φ, θ, Φ, Θ, each from partial autocorrelations."""
        found, at = [x[:, :1] * x[:, :1]], 1
        for word, count in self._polynomials():
            coefficients = of_partial(x[:, at : at + count])
            found.append(-coefficients if word.endswith("MA") else coefficients)
            at += count
        return np.concatenate(found, axis=1)

    def numbers(self, parameters: Free) -> Numbers:
        """Return T, σ² R R' with R the moving averages, and the stationary initial covariance of
        w."""
        ar, ma = self._products(parameters)
        count, r, lags = len(parameters), self._states, self._lags(2)
        block, k = self.block(0), len(self._differences) - 1
        fixed = [w for _, w in block.design] + [1.0] * (k - 1) if k else []
        one = np.ones((count, 1), parameters.dtype)
        told = [each * one for each in fixed]
        told += [ar[:, lag : lag + 1] for lag in self._lags(0)[1:]]
        told += [one] * (r - 1 + self.constant)
        places = [(i, j) for i in lags for j in lags if i >= j]
        variance = parameters[:, 0]
        shock = np.stack([variance * ma[:, i] * ma[:, j] for i, j in places], axis=1)
        inner, cov = np.zeros((2, count, r, r), parameters.dtype)
        for lag in self._lags(0)[1:]:
            inner[:, lag - 1, 0] = ar[:, lag]
        inner[:, range(r - 1), range(1, r)] = 1
        for place, (i, j) in enumerate(places):
            cov[:, i, j] = cov[:, j, i] = shock[:, place]
        start = np.zeros((count, block.states, block.states), parameters.dtype)
        start[:, k : k + r, k : k + r] = stationary(inner, cov)
        return Numbers(np.concatenate([one[:, :0], *told], axis=1), shock, start)

    def _products(self, parameters: Free) -> tuple[np.ndarray, np.ndarray]:
        """The coefficients of the autoregression, 1 − φ(B) Φ(Bˢ), and of θ(B) Θ(Bˢ), by lag."""
        parts, at = [], 1
        for _, count in self._polynomials():
            parts.append(parameters[:, at : at + count])
            at += count
        phi, theta, seasonal_phi, seasonal_theta = parts
        return (
            -_product(-phi, -seasonal_phi, self.season),
            _product(theta, seasonal_theta, self.season),
        )

    def starts(self, columns: int) -> tuple[tuple[float, ...], ...]:
        """Return starts with white noise, and with some of each term."""
        words = [word for word, count in self._polynomials() for _ in range(count)]
        usual = [0.9 if word.endswith("AR") else 0.4 for word in words]
        other = [-0.3 if word.endswith("AR") else -0.5 for word in words]
        flat = [0.05] * len(words)
        return (0.8, *flat), (0.8, *other), (0.8, *usual)


def _product(one: np.ndarray, seasonal: np.ndarray, season: int) -> np.ndarray:
    """(1 + Σ aⱼ Bʲ)(1 + Σ bⱼ Bˢʲ) of each series, by lag; the first coefficient is 1."""
    count, p, big_p = len(one), one.shape[1], seasonal.shape[1]
    found = np.zeros((count, p + season * big_p + 1), one.dtype)
    full = np.concatenate([np.ones((count, 1)), one], axis=1)
    for j in range(big_p + 1):
        factor = seasonal[:, j - 1 : j] if j else np.ones((count, 1))
        found[:, season * j : season * j + p + 1] += factor * full
    return found
