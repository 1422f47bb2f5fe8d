"""TBATS fitted to many series at once."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float, Int

from .._draws import normal_quantiles
from .._fit import Ahead, LocalFit, Parts
from .._rows import OnSeries, Rows, chunks, units
from ._errors import Errors
from ._model import FIRST, LAGS, RATES, Recursion, Waves, powered, unpowered, waves_of
from ._search import POWER, TREND, P, Q, Search, first_states, parameters, rates_of

SLOWER = 64
"""The run time relative to the fastest method."""


@dataclass(frozen=True, eq=False)
class TBATSFit(LocalFit):
    """TBATS of many series, of (value − `level`) / `unit` to a power. `rates` holds ω, α, β, φ, the
    coefficients of lags and of errors, and the rate of each of `seasons`; `count` the numbers of
    harmonics; `before` and `after` the states before the first step and after the last; `form` the
    columns of `_search`; `variance` that of the errors; `mean_log` the mean of logs, 0 without a
    power."""

    seasons: tuple[float, ...]
    level: Float[np.ndarray, " series"]
    unit: Float[np.ndarray, " series"]
    mean_log: Float[np.ndarray, " series"]
    form: Int[np.ndarray, "series 4"]
    count: Int[np.ndarray, "series season"]
    rates: Float[np.ndarray, "series rate"]
    before: Float[np.ndarray, "series state"]
    after: Float[np.ndarray, "series state"]
    variance: Float[np.ndarray, " series"]

    def ahead(
        self, skip: Int[np.ndarray, " series"], horizon: int, probabilities: tuple[float, ...]
    ) -> Ahead:
        """As `LocalFit.ahead`. The transformed value k steps ahead is normal with variance σ² (1 +
        Σ c_j², j < k), where c_j is the effect of a unit error on the forecast j steps later; the
        point forecast is the median."""
        steps = int(skip.max(initial=0)) + horizon
        one = Recursion(self.rates[:, None], self._waves)
        x, zero = self.after[:, None], np.zeros((len(self.form), 1))
        left = one.moved(np.zeros_like(x), zero + 1)
        path, growth = np.zeros((len(x), steps)), np.ones((len(x), steps))
        for t in range(steps):
            path[:, t], x = one.expected(x)[:, 0], one.moved(x, zero)
            growth[:, t + 1 :] += one.expected(left) ** 2
            left = one.moved(left, zero)
        told = skip[:, None] + np.arange(horizon)
        mean, wide = (np.take_along_axis(each, told, axis=1) for each in (path, growth))
        spread = np.sqrt(self.variance[:, None] * wide)
        ends = mean[:, :, None] + spread[:, :, None] * normal_quantiles(probabilities)
        return self._back(mean), self._back(ends)

    def one_step(self, rows: Rows) -> Float[np.ndarray, " total"]:
        """As `LocalFit.one_step`."""
        told = self._filtered(rows, self.before)[0]
        return _values(told, *(rows.each(one) for one in self._scales))

    def advanced(self, rows: Rows) -> "TBATSFit":
        """As `LocalFit.advanced`; with a power, a value below 0 is skipped, and a 0 if the fit had
        none."""
        return replace(self, after=self._filtered(rows, self.after)[1])

    def components(self, rows: Rows) -> Parts:
        """As `LocalFit.components`: level and growth are the trend, and ARMA errors have a separate
        column. With a power, each component is what it adds to the value after those before it."""
        inside = rows.scaled(self.level, self.unit)
        one = Recursion(self.rates[:, None], self._waves)
        x, z = self.before[:, None], powered(inside.padded(), *self._power)
        sums = np.zeros((2 + len(self.seasons), *z.shape))
        wide = self._waves.angle.shape[1]
        mine = [self._waves.season == place for place in range(len(self.seasons))]
        for t in range(z.shape[1]):
            told = one.expected(x)
            waves = x[:, 0, FIRST : FIRST + wide]
            sums[0, :, t] = x[:, 0, 0] + self.rates[:, 3] * x[:, 0, 1]
            for place, some in enumerate(mine):
                sums[1 + place, :, t] = np.sum(waves * some, axis=1)
            sums[-1, :, t] = told[:, 0]
            x = one.moved(x, np.where(np.isnan(z[:, t, None]), 0.0, z[:, t, None] - told))
        sums[:-1] = np.cumsum(sums[:-1], axis=0)
        values = unpowered(sums, *self._power) * self.unit[:, None]
        values[0] += self.level[:, None]
        parts = np.concatenate([values[:1], np.diff(values, axis=0)])
        parts[1] += self.level[:, None]  # part of the first component only
        held = np.arange(z.shape[1]) < rows.lengths[:, None]
        seasons = [f"season {season:g}" for season in self.seasons]
        names = ["trend", *seasons, *(["ARMA"] if self.form[:, P:].any() else [])]
        found = {name: part[held] for name, part in zip(names, parts, strict=False)}
        slope = self._back(sums[-1]) - self.level[:, None]  # derivative of the value by its power
        slope = np.where(slope > 0, slope / self.unit[:, None], 1.0) ** (1 - self._power[0])
        return Parts(found, np.zeros(len(rows), bool), slope[held])

    def estimates(self) -> list[Float[np.ndarray, "series estimate"]]:
        """Coefficients, given the power, and the states before the first step."""
        return [self.rates, self.before]

    def with_estimates(self, changed: Sequence[np.ndarray]) -> "TBATSFit":
        """As `LocalFit.with_estimates`; coefficients that the form does not have are unchanged."""
        lag, trend = np.arange(LAGS), self.form[:, TREND, None]
        orders = [lag < self.form[:, column, None] for column in (P, Q)]
        alone = np.ones_like(trend, bool)
        had = np.hstack([~alone, alone, trend > 0, trend == 2, *orders, self.count > 0])
        return replace(self, rates=np.where(had, changed[0], self.rates), before=changed[1])

    def forms(self) -> list[str]:
        """Descriptions such as `TBATS(0.3, {48, 3}, {336, 5}), damped trend, ARMA(1,0), α 0.1`: the
        power, if there is one, and every season with its number of harmonics."""
        told = []
        for form, count, rates in zip(self.form, self.count, self.rates, strict=True):
            waves = zip(self.seasons, count, strict=True)
            parts = [f"{rates[0]:.2g}"] * int(form[POWER])
            parts += [f"{{{season:g}, {number}}}" for season, number in waves if number]
            parts += [("", "trend", "damped trend")[form[TREND]]] * bool(form[TREND])
            parts += [f"ARMA({form[P]}, {form[Q]})"] * bool(form[P] + form[Q])
            line = f"TBATS({', '.join(parts)}), α {rates[1]:.2g}"
            line += f", β {rates[2]:.2g}" if form[TREND] else ""
            told.append(line + (f", φ {rates[3]:.2g}" if form[TREND] == 2 else ""))
        return told

    @property
    def _waves(self) -> Waves:
        return waves_of(self.seasons, self.count)

    @property
    def _power(self) -> tuple[np.ndarray, np.ndarray]:
        return self.rates[:, :1], self.mean_log[:, None]

    @property
    def _scales(self) -> tuple[np.ndarray, ...]:
        return self.rates[:, 0], self.mean_log, self.unit, self.level

    def _filtered(
        self, rows: Rows, state: Float[np.ndarray, "series state"]
    ) -> tuple[Float[np.ndarray, " total"], Float[np.ndarray, "series state"]]:
        inside = rows.scaled(self.level, self.unit)
        return Errors(inside, self.mean_log, self._waves, len(self.seasons)).walked(
            self.rates, state
        )

    def _back(self, powers: np.ndarray) -> np.ndarray:
        shape = (-1, *[1] * (powers.ndim - 1))
        return _values(powers, *(one.reshape(shape) for one in self._scales))


def _values(
    powers: np.ndarray, omega: np.ndarray, mean_log: np.ndarray, unit: np.ndarray, level: np.ndarray
) -> np.ndarray:
    """The values with these transformed values; with a power none is below 0."""
    values = unpowered(powers, omega, mean_log) * unit + level
    return np.maximum(values, np.where(omega == 1, -np.inf, 0.0))


def _below_zeros(rows: Rows, level: Float[np.ndarray, " series"]) -> Float[np.ndarray, " series"]:
    """The level to subtract; for a series with zeros and no negative values, minus half of the
    smallest positive value, so that powers and logs are defined."""
    there = ~np.isnan(rows.values)
    lowest = rows.total(np.where(there, rows.values, np.inf), np.minimum)
    least = rows.total(np.where(there & (rows.values > 0), rows.values, np.inf), np.minimum)
    return np.where((lowest == 0) & (level == 0), -least / 2, level)


def fit_tbats(
    rows: Rows, seasons: tuple[float, ...], *, on_event: OnSeries | None = None
) -> TBATSFit:
    """Fit to each series separately: a level, a trend, Fourier terms of several seasons, which need
    not be whole numbers of steps, of the values or a power of them, and ARMA errors, all updated by
    the one-step error (innovations form).

    With z = (y^ω − 1) / ω, ẑ = l + φb + Σ_i Σ_j s_ij + Σϕd + Σθe, e = z − ẑ and d the ARMA error: l
    ← l + φb + αd, b ← φb + βd, and each Fourier term s ← s + γ_i d, then rotated with its conjugate
    term u by 2πj/m_i. A series begins and ends with an observed value; missing values are skipped.

    Coefficients maximise the likelihood under the condition that the effect of an error does not
    grow; the initial states are found by least squares within that search. The power (if no value
    is negative; a series with zeros is shifted by half of its smallest positive value), the numbers
    of harmonics, up to 40 for a season, the trend (none, linear, damped) and the orders of the ARMA
    errors are selected one after the other, by AICc; a season of which a series has fewer than two
    is left out. Source: De Livera, Hyndman & Snyder 2011; unlike there, a season has one rate, and
    an error updates the season of its own step, not that of the next.

    >>> time = np.arange(120)
    >>> both = (
    ...     9 + np.sin(time * np.pi / 2) + np.cos(time * 2 * np.pi / 30.5) + 0.1 * np.cos(time**2)
    ... )
    >>> fit = fit_tbats(Rows(both, np.array([0, 120])), (4, 30.5))
    >>> fit.ahead(np.array([0]), 2, ())[0].round(1).tolist(), fit.count.tolist()
    ([[9.9, 11.0]], [[1, 1]])
    """
    level, unit = units(rows)
    level = _below_zeros(rows, level)
    size, numbers = len(rows), RATES + len(seasons)
    scaled = rows.scaled(level, unit)
    form, count = np.zeros((size, 4), np.int64), np.zeros((size, len(seasons)), np.int64)
    rates, variance = np.zeros((size, numbers)), np.zeros(size)
    there = ~np.isnan(scaled.values)
    logs = np.log(np.where(there & (scaled.values > 0), scaled.values, 1.0))
    mean_log = scaled.total(logs) / scaled.total(there.astype(np.float64))
    for part in chunks(rows, on_event, SLOWER):
        found = Search(scaled.part(part), mean_log[part], seasons).found()
        form[part], count[part], rates[part] = found.form, found.count, rates_of(found.x)
    waves = waves_of(seasons, count)
    before, squares = first_states(Errors(scaled, mean_log, waves, len(seasons)), rates)
    seen = scaled.total(there.astype(np.float64))
    variance = squares / np.maximum(seen - parameters(form, count, waves), 1)
    fit = TBATSFit(
        seasons, level, unit, mean_log, form, count, rates, before, before.copy(), variance
    )
    return fit.advanced(rows)
