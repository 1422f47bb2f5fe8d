"""Exponential smoothing in all its forms, fitted to many series at once."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from ..native import series as kernels
from . import _ets_numpy as plain
from ._deviations import Columns, deviations
from ._draws import normal_draws, normal_quantiles
from ._ets_deviations import seasonal_deviations
from ._ets_forms import NAMES, forms_of, simpler
from ._fit import Ahead, LocalFit, Parts
from ._rows import OnSeries, Rows, chunks, threads, units

STARTS = 2
"""The number of starts of the search for the smoothing parameters."""


AT_A_TIME = 256
"""The number of series whose standard deviations are computed together."""


class Sums(NamedTuple):
    """Statistics of a fit, by series: the log likelihood in nats (of the values divided by their
    unit), the AICc, the variance of the error (relative to the forecast if it is multiplicative),
    and the number of values."""

    log_likelihood: Float[np.ndarray, " series"]
    criterion: Float[np.ndarray, " series"]
    variance: Float[np.ndarray, " series"]
    seen: Float[np.ndarray, " series"]


@dataclass(frozen=True, eq=False)
class ETSFit(LocalFit):
    """Exponential smoothing of many series. `form` holds the numbers of their forms (see `forms`),
    `smoothing` α, β, γ and φ; `before` and `after` are level, growth and season (next step first)
    before the first step and after the last. All are for (value − `level`) / `unit`."""

    season: int
    level: Float[np.ndarray, " series"]
    unit: Float[np.ndarray, " series"]
    form: Int[np.ndarray, " series"]
    smoothing: Float[np.ndarray, "series 4"]
    before: Float[np.ndarray, "series state"]
    after: Float[np.ndarray, "series state"]
    sums: Float[np.ndarray, "series 4"]

    def ahead(
        self, skip: Int[np.ndarray, " series"], horizon: int, probabilities: tuple[float, ...]
    ) -> Ahead:
        """As `LocalFit.ahead`. Quantiles are exact for additive forms: the value k steps ahead is
        normal with variance σ² (1 + Σ c_j², j < k), c_j = α + β (φ + … + φ^j), plus γ if j is a
        whole number of seasons. For the others they come from a thousand simulated normal paths,
        the same for every series."""
        count, at = len(self.form), np.asarray(probabilities, np.float64)
        mean = np.zeros((count, horizon))
        ends = np.zeros((count, horizon, len(at)))
        drawn = normal_draws(int(skip.max(initial=0)) + horizon) if len(at) else np.zeros((0, 2))
        run = _native_forecast if kernels.available() else plain.forecast
        scores = normal_quantiles(at)
        run(self, np.ascontiguousarray(skip, np.int64), at, scores, drawn, mean, ends)
        mean *= self.unit[:, None]  # in place, to save memory
        mean += self.level[:, None]
        ends *= self.unit[:, None, None]
        ends += self.level[:, None, None]
        return mean, ends

    def one_step(self, rows: Rows) -> Float[np.ndarray, " total"]:
        """As `LocalFit.one_step`."""
        told = self._filtered(rows, self.before)[1]
        return told * rows.each(self.unit) + rows.each(self.level)

    def advanced(self, rows: Rows) -> "ETSFit":
        """As `LocalFit.advanced`."""
        return replace(self, after=self._filtered(rows, self.after)[0])

    def components(self, rows: Rows) -> Parts:
        """As `LocalFit.components`: level and growth together are the trend."""
        trend, season = plain.components(self, rows.scaled(self.level, self.unit))
        factors = np.array([NAMES[code].endswith("M") for code in self.form])
        columns = {"trend": trend * rows.each(self.unit) + rows.each(self.level)}
        if any(not NAMES[code].endswith("N") for code in self.form):
            scale = np.where(factors, 1.0, self.unit)
            columns[f"season {self.season}"] = season * rows.each(scale)
        shares = np.repeat([NAMES[code].startswith("M") for code in self.form], rows.lengths)
        return Parts(columns, factors, np.where(shares, self.one_step(rows), 1.0))

    def deviations(self, rows: Rows) -> Columns:
        """As `LocalFit.deviations`; for series with seasons, over all values of the rate γ (see
        `seasonal_deviations`)."""
        found = deviations(self, rows)
        seasons = np.array([not NAMES[code].endswith("N") for code in self.form])
        which = np.flatnonzero(seasons)
        for some in np.array_split(which, -(-len(which) // AT_A_TIME)) if len(which) else ():
            owner = np.repeat(np.isin(np.arange(len(rows)), some), rows.lengths)
            for name, each in seasonal_deviations(self.take(some), rows.take(some)).items():
                found[name][owner] = each
        return found

    def estimates(self) -> list[Float[np.ndarray, "series estimate"]]:
        """Smoothing parameters, and the states before the first step."""
        return [self.smoothing, self.before]

    def with_estimates(self, changed: Sequence[np.ndarray]) -> "ETSFit":
        """As `LocalFit.with_estimates`."""
        return replace(self, smoothing=changed[0], before=changed[1])

    def forms(self) -> list[str]:
        """Descriptions such as `ETS(M,Ad,M), α 0.21, β 0.03, γ 0.1, φ 0.95`."""
        return [
            f"ETS({NAMES[code]})" + _rates(NAMES[code], smoothing)
            for code, smoothing in zip(self.form, self.smoothing, strict=True)
        ]

    @property
    def known(self) -> Sums:
        """The likelihood and the other statistics of the fit."""
        return Sums(*self.sums.T)

    def _filtered(
        self, rows: Rows, states: Float[np.ndarray, "series state"]
    ) -> tuple[Float[np.ndarray, "series state"], Float[np.ndarray, " total"]]:
        inside = rows.scaled(self.level, self.unit)
        after, told = states.copy(), np.zeros(len(rows.values))
        if kernels.available():
            sizes = (self.season, self.form, self.smoothing, np.ascontiguousarray(states))
            kernels.call(
                "ets_filter",
                len(rows),
                inside.offsets,
                inside.values,
                *sizes,
                threads(),
                after,
                told,
            )
        else:
            plain.smooth(self, inside, states, after, told)
        return after, told


def fit_ets(
    rows: Rows,
    season: int,
    form: str = "Z,Z,Z",
    *,
    fit_states: bool = False,
    on_event: OnSeries | None = None,
) -> ETSFit:
    """Fit exponential smoothing to each series separately, by maximum likelihood.

    A series begins and ends with an observed value; missing values in between (NaN) are skipped. Of
    the forms that `form` allows (see `forms_of`) each series gets the one with the smallest AICc;
    trends without damping must be better by 4, because they extrapolate too far. Multiplicative
    forms need values above 0, seasonal ones two seasons; a series that allows none of them gets a
    simpler form. Smoothing parameters are within the usual bounds, 0 < β < α < 1, γ < 1 − α, 0.8 <
    φ < 0.98, and within the admissible region. The states before the first step are computed from
    the series (Hyndman et al. 2008, 2.6); with `fit_states`, they are fitted for seasons up to 24,
    which makes the likelihood larger and forecasts usually worse.

    >>> rows = Rows(np.array([30.0, 21, 29, 31, 40, 48, 53, 47, 37, 39, 31, 29]), np.array([0, 12]))
    >>> fit = fit_ets(rows, 1, "A,N,N")
    >>> fit.forms(), fit.ahead(np.array([0]), 1, ())[0].round(1).tolist()
    (['ETS(A,N,N), α 1'], [[29.0]])
    """
    level, unit = units(rows)
    count, width = len(rows), 2 + season
    fit = ETSFit(
        season,
        level,
        unit,
        np.full(count, -1),
        np.zeros((count, 4)),
        np.zeros((count, width)),
        np.zeros((count, width)),
        np.zeros((count, 4)),
    )
    codes = forms_of(form)
    filled = fit.form, fit.smoothing, fit.before, fit.after, fit.sums
    for part in chunks(rows, on_event):
        own = rows.part(part).scaled(level[part], unit[part])
        _fill(own, season, codes, fit_states, tuple(array[part] for array in filled))
    for group in simpler(codes):
        left = np.flatnonzero(fit.form < 0)
        if len(left):
            found = tuple(array[left] for array in filled)
            own = rows.take(left).scaled(level[left], unit[left])
            _fill(own, season, group, fit_states, found)
            for array, some in zip(filled, found, strict=True):
                array[left] = some
    return fit


def _fill(
    rows: Rows,
    season: int,
    codes: tuple[int, ...],
    fit_states: bool,
    out: tuple[np.ndarray, ...],
) -> None:
    """Fit these series and write form, smoothing, before, after and the statistics."""
    code = np.array(codes)
    if kernels.available():
        how = (season, len(code), code, fit_states, STARTS, threads())
        kernels.call("ets_fit", len(rows), rows.offsets, rows.values, *how, *out)
    else:
        plain.fit(rows, season, code, fit_states, out)


def _native_forecast(
    fit: ETSFit,
    skip: np.ndarray,
    at: np.ndarray,
    scores: np.ndarray,
    drawn: np.ndarray,
    mean: np.ndarray,
    ends: np.ndarray,
) -> None:
    variance = np.ascontiguousarray(fit.sums[:, 2])
    state = (fit.season, fit.form, fit.smoothing, fit.after, variance, skip, mean.shape[1])
    wanted = (len(at), at, scores, drawn.shape[1], drawn)
    kernels.call("ets_forecast", len(fit.form), *state, *wanted, threads(), mean, ends)


def _rates(name: str, smoothing: Float[np.ndarray, " 4"]) -> str:
    _, trend, season = name.split(",")
    told = [("α", True), ("β", trend != "N"), ("γ", season != "N"), ("φ", trend.endswith("d"))]
    return "".join(
        f", {letter} {rate:.2g}"
        for (letter, there), rate in zip(told, smoothing, strict=True)
        if there
    )
