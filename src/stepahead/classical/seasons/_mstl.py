"""Several seasons of many series by local regression, and a local method for the remainder."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import ceil

import numpy as np
from jaxtyping import Float, Int

from ..._check import Refusal
from .._deviations import Columns
from .._fit import Ahead, Later, LocalFit, Parts
from .._rows import Rows, chunks, seen
from ..regression import RegressionFit, weights_and_seasons, without_effect
from ._redrawn import redrawn_deviations
from ._stl import mstl

POWERS = (1.0, 0.5, 0.0)
"""Powers of the values that are tried: the values, square roots, logs."""

WIDEST = 4.0
"""The largest widening of intervals."""

ABOVE = 0.8413447460685429
"""The normal probability below the mean plus one standard deviation."""

FEWEST = 10
"""The fewest values of a series for which forecasts of the last season are made."""

Inside = Callable[[Rows], LocalFit]
"""A function that fits the remainder."""


@dataclass(frozen=True, eq=False)
class MSTLFit(LocalFit):
    """Several seasons of many series, of their logs if `power` is 0 and of their square roots if it
    is 0.5, and `inside`, the fit of the remainder. `cycles` holds the newest cycle of each of
    `seasons`, one after the other, next step first; `fitted` is the number of decomposed steps,
    `step` the number of steps since; `widening` is the factor of the remainder's spread."""

    seasons: tuple[float, ...]
    robust: bool
    power: Float[np.ndarray, " series"]
    cycles: Float[np.ndarray, "series place"]
    fitted: Int[np.ndarray, " series"]
    step: Int[np.ndarray, " series"]
    widening: Float[np.ndarray, " series"]
    inside: LocalFit

    def ahead(
        self, skip: Int[np.ndarray, " series"], horizon: int, probabilities: tuple[float, ...]
    ) -> Ahead:
        """As `LocalFit.ahead`: the forecast of the remainder and its intervals, widened, plus the
        newest cycle of every season."""
        mean, ends = self.ahead_transformed(skip, horizon, probabilities)
        power = self.power[:, None]
        return _back(mean, power), _back(ends, power[:, :, None])

    def ahead_transformed(
        self, skip: Int[np.ndarray, " series"], horizon: int, probabilities: tuple[float, ...]
    ) -> Ahead:
        """As `ahead`, for logs and square roots, before the transformation back."""
        mean, ends = self.inside.ahead(skip, horizon, probabilities)
        ends = mean[:, :, None] + self.widening[:, None, None] * (ends - mean[:, :, None])
        season = self._season(self.step[:, None] + skip[:, None] + np.arange(horizon))
        return mean + season, ends + season[:, :, None]

    def one_step(self, rows: Rows) -> Float[np.ndarray, " total"]:
        """As `LocalFit.one_step`, plus the seasons as smoothed from both sides."""
        rest, season = self._rest(rows)
        told = self.inside.one_step(rest) + season
        return _back(told, rows.each(self.power))

    def with_later(self, later: Later) -> "MSTLFit":
        """As `LocalFit.with_later`."""
        return replace(self, inside=self.inside.with_later(later))

    def advanced(self, rows: Rows) -> "MSTLFit":
        """As `LocalFit.advanced`; the seasons stay."""
        values = _forth(rows.values, rows.each(self.power))
        rest = replace(rows, values=values - self._later(rows, self.step))
        return replace(self, inside=self.inside.advanced(rest), step=self.step + rows.lengths)

    def components(self, rows: Rows) -> Parts:
        """As `LocalFit.components`, but smoothed from both sides; seasons must fit twice into the
        shortest series. Components of logs are factors, those of square roots are converted to the
        unit of the values."""
        if rows.lengths.min() < 2 * self.seasons[-1]:
            raise Refusal(
                f"The shortest series has {rows.lengths.min():,} steps, but a season of "
                f"{self.seasons[-1]:,g} must fit twice. Leave it out, or give more of the past."
            )
        power, logs = rows.each(self.power), self.power == 0
        effect, plain = self.inside.effect(rows), self._plain(rows)
        made = mstl(plain, self.seasons, robust=self.robust)
        held = np.arange(made.trend.shape[1]) < rows.lengths[:, None]
        columns = {"trend": made.trend[held]}
        for season, each in zip(self.seasons, made.season, strict=True):
            columns[f"season {season:g}"] = each[held]
        if rows.columns is not None:
            columns["covariates"] = np.where(power == 0, effect, rows.values - plain.values)
        by_log = np.repeat(logs, rows.lengths)
        found = {
            name: np.where(by_log, np.exp(np.where(by_log, each, 0.0)), each)
            for name, each in columns.items()
        }
        scale = np.where(by_log, np.prod(list(found.values()), axis=0), 1.0)
        return Parts(found, logs, scale)

    def deviations(self, rows: Rows) -> Columns:
        """Return standard deviations of `components`, of their logs if they are factors.

        Local regression has no formula for them. The remainder is simulated `DRAWS` times, as an
        AR(1) with its spread and autocorrelation, and decomposed in the same way: the root mean
        square of the resulting trend and seasons is their standard deviation. It does not include
        the bias of local regression, and the coefficients of covariates count as known.
        """
        plain = self._plain(rows)
        names = ["trend", *(f"season {season:g}" for season in self.seasons)]
        found = {name: np.zeros(len(rows.values)) for name in names}
        if rows.columns is not None:
            found["covariates"] = np.zeros(len(rows.values))
        for number in range(len(rows)):
            own = slice(*rows.offsets[number : number + 2])
            made = redrawn_deviations(plain.values[own], self.seasons, robust=self.robust)
            for name, each in zip(names, made, strict=True):
                found[name][own] = each
        return found

    def _plain(self, rows: Rows) -> Rows:
        """The values that are decomposed: logs for series with logs, else values, without
        covariates."""
        power = rows.each(self.power)
        inside = _forth(rows.values, power) - self.inside.effect(rows)
        plain = np.where(power == 0, inside, _back(inside, np.where(power == 0, 1.0, power)))
        return Rows(plain, rows.offsets)

    def forms(self) -> list[str]:
        """Return the form of the remainder, the seasons, and the transformation."""
        names = {1.0: "", 0.5: ", of roots", 0.0: ", of logs"}
        lengths = self.fitted[:, None] >= 2 * np.array(self.seasons)
        told = []
        for form, power, able in zip(self.inside.forms(), self.power, lengths, strict=True):
            used = [f"{m:g}" for m, on in zip(self.seasons, able, strict=True) if on]
            told.append(f"{form}, with seasons of {' and '.join(used) or 'none'}{names[power]}")
        return told

    def _season(self, time: Int[np.ndarray, "series time"]) -> Float[np.ndarray, "series time"]:
        """The sum of the seasons at this number of steps after the last decomposed one."""
        total, begin = np.zeros(time.shape), 0
        for season in self.seasons:
            steps = ceil(season)
            cycle = self.cycles[:, begin : begin + steps]
            place = steps - season + time % season  # between two steps if the season is fractional
            before = np.floor(place).astype(np.int64)
            share, after = place - before, np.minimum(before + 1, steps - 1)
            total += (1 - share) * np.take_along_axis(cycle, before, axis=1)
            total += share * np.take_along_axis(cycle, after, axis=1)
            begin += steps
        return total

    def _later(self, rows: Rows, first: Int[np.ndarray, " series"]) -> np.ndarray:
        longest = int(rows.lengths.max(initial=0))
        season = self._season(first[:, None] + np.arange(longest))
        return season[np.arange(longest) < rows.lengths[:, None]]

    def _rest(self, rows: Rows) -> tuple[Rows, np.ndarray]:
        """For the whole history: the remainder, and the seasons, smoothed for the decomposed
        steps."""
        values = _forth(rows.values, rows.each(self.power))
        season = self._later(rows, -self.fitted)
        plain = Rows(values - self.inside.effect(rows), rows.offsets)
        old = plain.cut(np.zeros_like(self.fitted), self.fitted)
        place = np.arange(len(values)) - np.repeat(rows.offsets[:-1], rows.lengths)
        season[place < np.repeat(self.fitted, rows.lengths)] = _smoothed(
            old, self.seasons, self.robust
        )[0]
        return replace(rows, values=values - season), season


def fit_mstl(
    rows: Rows, seasons: tuple[float, ...], inside: Inside, *, robust: bool = False
) -> MSTLFit:
    """Decompose every series into seasons, trend and remainder (see `mstl`, also for `robust`), and
    fit `inside` to trend and remainder together.

    A season of which a series has fewer than two is left out. Of the values, their square roots (if
    none is negative) and their logs (if all are positive), the one with the most likely remainder
    is used. Forecasts repeat the newest cycle of every season, interpolated if it is not a whole
    number of steps. Smoothing makes the remainder smaller than future errors; so intervals are
    widened, by at most `WIDEST`, such that those of the last season, forecast from the values
    before it, have their nominal spread. If the rows have covariates, their coefficients (see
    `covariate_weights`) and the decomposition of the residuals are estimated in turn.

    >>> from stepahead.classical import fit_window
    >>> time = np.arange(84)
    >>> both = np.tile([1.0, 3.0, 5.0], 28) + np.tile([0.0, 0, 0, 0, 2, 2, 2], 12)
    >>> rows = Rows(both, np.array([0, 84]))
    >>> fit = fit_mstl(rows, (3, 7), lambda rest: fit_window(rest, 21))
    >>> fit.ahead(np.array([0]), 3, ())[0].round(1).tolist()
    [[1.0, 3.0, 5.0]]
    """
    fit = _fitted(rows, seasons, inside, robust, None)
    longest = np.array([max([ceil(m) for m in seasons if 4 * m <= n] or [0]) for n in rows.lengths])
    known = rows.cut(np.zeros_like(rows.lengths), rows.lengths - longest)
    span = seen(known)
    able = np.flatnonzero((longest > 0) & (span.number >= FEWEST))
    if not len(able):
        return fit
    known = known.take(able).cut(np.zeros_like(able), span.stop[able])
    earlier = _fitted(known, seasons, inside, robust, fit.power[able])
    skip = rows.lengths[able] - longest[able] - known.lengths
    if rows.columns is not None:
        step = known.lengths[:, None] + np.arange(int((skip + longest.max()).max()))
        step = np.minimum(step, rows.lengths[able, None] - 1)
        earlier = earlier.with_later(rows.columns[rows.offsets[able, None] + step])
    mean, ends = earlier.ahead_transformed(skip, int(longest.max()), (ABOVE,))
    actual = replace(rows, values=_forth(rows.values, rows.each(fit.power))).take(able)
    came = actual.cut(actual.lengths - longest[able], actual.lengths).padded()
    width = came.shape[1]
    spread = np.maximum(ends[:, :width, 0] - mean[:, :width], 1e-300)
    with np.errstate(over="ignore"):  # a spread near 0 overflows
        off = ((came - mean[:, :width]) / spread) ** 2
    counted = np.maximum((~np.isnan(off)).sum(axis=1), 1)
    widening = fit.widening.copy()
    widening[able] = np.clip(np.sqrt(np.nansum(off, axis=1) / counted), 1.0, WIDEST)
    return replace(fit, widening=widening)


def _fitted(
    rows: Rows,
    seasons: tuple[float, ...],
    inside: Inside,
    robust: bool,
    power: Float[np.ndarray, " series"] | None,
) -> MSTLFit:
    """The fit before intervals are widened."""
    if power is None:
        power = _power(rows, seasons, robust)
    values = _forth(rows.values, rows.each(power))
    own = replace(rows, values=values)
    weights = None
    if rows.columns is not None:
        weights = weights_and_seasons(own, lambda plain: _smoothed(plain, seasons, robust)[0])
        own = without_effect(own, weights)
    season, cycles = _smoothed(own, seasons, robust)
    rest = inside(replace(own, values=own.values - season))
    rest = rest if weights is None else RegressionFit(weights, rest)
    one, zero = np.ones(len(rows)), np.zeros_like(rows.lengths)
    return MSTLFit(seasons, robust, power, cycles, rows.lengths, zero, one, rest)


def _smoothed(
    rows: Rows, seasons: tuple[float, ...], robust: bool
) -> tuple[Float[np.ndarray, " total"], Float[np.ndarray, "series place"]]:
    """The sum of the seasons at every step, and the newest cycle of each season, next step
    first."""
    total = np.zeros(len(rows.values))
    cycles = np.zeros((len(rows), sum(map(ceil, seasons))))
    number = np.sum(rows.lengths[:, None] >= 2 * np.array(seasons), axis=1)
    owner = np.repeat(np.arange(len(rows)), rows.lengths)
    for count in range(1, len(seasons) + 1):
        which = np.flatnonzero(number == count)
        if not len(which):
            continue
        some = rows.take(which)
        sums = []
        for part in chunks(some, None):
            own = some.part(part)
            made = mstl(own, seasons[:count], robust=robust).season
            sums.append(made.sum(axis=0)[np.arange(made.shape[2]) < own.lengths[:, None]])
            newest = [
                np.take_along_axis(smooth, own.lengths[:, None] - m + np.arange(m), axis=1)
                for m, smooth in zip(map(ceil, seasons[:count]), made, strict=True)
            ]
            joined = np.concatenate(newest, axis=1)
            cycles[which[part], : joined.shape[1]] = joined
        total[np.isin(owner, which)] = np.concatenate(sums)
    return total, cycles


def _power(rows: Rows, seasons: tuple[float, ...], robust: bool) -> Float[np.ndarray, " series"]:
    """The power of every series with the most likely remainder."""
    lowest = rows.total(np.where(np.isnan(rows.values), np.inf, rows.values), np.minimum)
    best, chosen = np.full(len(rows), np.inf), np.ones(len(rows))
    size = np.log(np.where(rows.values > 0, rows.values, np.nan))
    least = np.fmin.reduceat(size, rows.offsets[:-1]) - np.log(2)  # for zeros, which have no log
    logs = np.where(rows.values == 0, rows.each(least), size)
    mean_log = rows.total(np.nan_to_num(logs))
    for power in POWERS:
        able = lowest > 0 if power == 0 else lowest >= 0 if power < 1 else lowest > -np.inf
        which = np.flatnonzero(able)
        if not len(which):
            continue
        some = rows.take(which)
        values = _forth(some.values, np.full(len(some.values), power))
        own = replace(some, values=values)
        rest = replace(own, values=values - _smoothed(own, seasons, robust)[0])
        step = np.diff(rest.values, prepend=np.nan)
        step[rest.offsets[:-1]] = np.nan
        count = np.maximum(some.total((~np.isnan(step)) * 1.0), 1)
        variance = some.total(np.nan_to_num(step) ** 2) / count
        scale = power if power > 0 else 1.0  # the derivative of the square root has a factor ½
        likely = np.log(np.maximum(variance, 1e-300)) - 2 * np.log(scale)
        seen_here = some.total((~np.isnan(some.values)) * 1.0)
        likely = likely - 2 * (power - 1) * mean_log[which] / seen_here
        better = likely < best[which] - 1e-12
        best[which] = np.where(better, likely, best[which])
        chosen[which] = np.where(better, power, chosen[which])
    return chosen


def _forth(values: np.ndarray, power: np.ndarray) -> np.ndarray:
    """The values, their square roots or their logs; NaN if undefined, as for later values below
    0."""
    logs = np.log(np.where((power == 0) & (values > 0), values, np.nan))
    roots = np.sqrt(np.where((power == 0.5) & (values >= 0), values, np.nan))
    return np.where(power == 0, logs, np.where(power == 0.5, roots, values))


def _back(values: np.ndarray, power: np.ndarray) -> np.ndarray:
    """The values that have these square roots or logs."""
    power = np.broadcast_to(power, values.shape)
    logs = np.exp(np.where(power == 0, values, 0.0))
    return np.where(power == 0, logs, np.where(power == 0.5, np.maximum(values, 0) ** 2, values))
