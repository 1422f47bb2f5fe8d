"""One-step errors and their gradients, by native code or NumPy."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Bool, Float

from ...native import series as kernels
from .._least_squares import Slopes
from .._rows import Rows, threads
from ._model import FIRST, Recursion, Waves, powered

LONG = 1024
"""The number of steps after which the effect of an error must not have grown ..."""

GROWN = 2.7
"""... by more than this factor, which a double root at 1 allows."""

Starts = Float[np.ndarray, "series lane state"]


@dataclass(frozen=True, eq=False)
class Errors:
    """Series, their Fourier terms of `seasons`, and the means of their logs: what errors depend on
    besides coefficients and initial states."""

    rows: Rows
    mean_log: Float[np.ndarray, " series"]
    waves: Waves
    seasons: int

    @property
    def size(self) -> int:
        """The number of entries of a state."""
        return FIRST + 2 * self.waves.angle.shape[1]

    @property
    def free(self) -> np.ndarray:
        """The entries of an initial state that are fitted: all but lags and errors, which are 0."""
        return np.append([0, 1], np.arange(FIRST, self.size))

    def take(self, which: np.ndarray) -> "Errors":
        """Return those of some series."""
        if len(which) == len(self.rows):
            return self
        waves = self.waves.take(which)
        return Errors(self.rows.take(which), self.mean_log[which], waves, self.seasons)

    def slopes(
        self,
        rates: Float[np.ndarray, "series lane rate"],
        moved: Float[np.ndarray, "series move"],
        start: Float[np.ndarray, "series state"],
    ) -> Slopes:
        """Return the squared errors at the coefficients `rates` of lane 0 and the initial states
        `start`, and their gradients: by the coefficients, each of which is `moved` in one of the
        other lanes, and by the free entries of the initial state."""
        size = moved.shape[1] + len(self.free)
        curve, uphill = np.zeros((len(rates), size, size)), np.zeros((len(rates), size))
        if kernels.available():
            squares = np.zeros(len(rates))
            own = (np.ascontiguousarray(each) for each in (rates, moved, start))
            into = (threads(), curve, uphill, squares)
            kernels.call("tbats_slopes", *self._given, moved.shape[1], *own, *into)
            return Slopes(squares, uphill, curve)
        begin = np.repeat(start[:, None], rates.shape[1], axis=1)
        error = self._errors(rates, begin)
        units = np.zeros((len(rates), len(self.free), self.size))
        units[:, np.arange(len(self.free)), self.free] = 1.0
        one = np.repeat(rates[:, :1], len(self.free), axis=1)
        there = ~np.isnan(self._powers(rates[:, :1]))
        told = self._run(one, units, np.where(there, 0.0, np.nan))[0] * there
        by_rate = (error[:, 1:] - error[:, :1]) / moved[:, :, None]
        rows = np.concatenate([by_rate, -told], axis=1)
        curve, uphill = rows @ rows.transpose(0, 2, 1), (rows @ error[:, 0, :, None])[:, :, 0]
        return Slopes(np.sum(error[:, 0] ** 2, axis=1), uphill, curve)

    def squares(
        self, rates: Float[np.ndarray, "series lane rate"], start: Starts
    ) -> Float[np.ndarray, "series lane"]:
        """Return the sum of squares in every lane, for coefficients `rates` and initial states
        `start`; infinite for coefficients whose errors have growing effects."""
        if kernels.available():
            squares = np.zeros(rates.shape[:2])
            own = (np.ascontiguousarray(each) for each in (rates, start))
            kernels.call("tbats_squares", *self._given, rates.shape[1], *own, threads(), squares)
            return squares
        squares = np.sum(self._errors(rates, start) ** 2, axis=2)
        return np.where(self.forgets(rates), squares, np.inf)

    def walked(
        self,
        rates: Float[np.ndarray, "series rate"],
        start: Float[np.ndarray, "series state"],
    ) -> tuple[Float[np.ndarray, " total"], Float[np.ndarray, "series state"]]:
        """Return the expected transformed values of every step, with coefficients `rates` from the
        states `start`, and the states after the last step."""
        if kernels.available():
            told, state = np.zeros(len(self.rows.values)), start.copy()
            own = (np.ascontiguousarray(rates), state)
            kernels.call("tbats_filter", *self._given, *own, threads(), told)
            return told, state
        every = self._powers(rates[:, None])
        out, after = self._run(rates[:, None], start[:, None], every)
        return out[:, 0][np.arange(out.shape[2]) < self.rows.lengths[:, None]], after[:, 0]

    def forgets(
        self, rates: Float[np.ndarray, "series lane rate"]
    ) -> Bool[np.ndarray, "series lane"]:
        """Return True if the effect of an error does not grow: no root of the transition is outside
        the unit circle."""
        one = Recursion(rates, self.waves)
        x = one.moved(np.zeros((*rates.shape[:2], self.size)), np.ones(rates.shape[:2]))
        largest = np.zeros((2, *rates.shape[:2]))
        with np.errstate(all="ignore"):
            for part in range(2):
                for _ in range(LONG):
                    left = one.expected(x)
                    largest[part] = np.maximum(largest[part], np.abs(left))
                    x = one.moved(x, -left)
            return (largest[1] <= GROWN * largest[0] + 1e-9) & (largest[0] < 1e100)

    @property
    def _given(self) -> tuple[Any, ...]:
        waves = (self.waves.angle.shape[1], self.waves.angle, self.waves.season)
        rows = (len(self.rows), self.rows.offsets, self.rows.values)
        return *rows, self.mean_log, self.seasons, *waves

    def _powers(self, rates: np.ndarray) -> Float[np.ndarray, "series lane time"]:
        values = self.rows.padded()[:, None]
        return powered(values, rates[..., :1], self.mean_log[:, None, None])

    def _errors(self, rates: np.ndarray, start: Starts) -> Float[np.ndarray, "series lane time"]:
        z = self._powers(rates)
        with np.errstate(all="ignore"):
            off = z - self._run(rates, start, z)[0]
        return np.where(np.isnan(z), 0.0, off)

    def _run(
        self, rates: np.ndarray, x: Starts, values: np.ndarray
    ) -> tuple[Float[np.ndarray, "series lane time"], Starts]:
        one = Recursion(rates, self.waves)
        out = np.zeros((*x.shape[:2], values.shape[2]))
        for t in range(values.shape[2]):
            out[..., t] = told = one.expected(x)
            off = np.where(np.isnan(values[..., t]), 0.0, values[..., t] - told)
            going = (t < self.rows.lengths)[:, None, None]
            x = np.where(going, one.moved(x, off), x)
        return out, x
