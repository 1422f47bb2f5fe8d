"""ARIMA, fitted to many series at once."""

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from ...native import series as kernels
from .._draws import normal_quantiles
from .._fit import Ahead, LocalFit
from .._rows import OnSeries, Rows, chunks, threads, units
from ..regression import RegressionFit, without_effect
from . import _plain as plain
from ._orders import Orders, Wanted


class Sums(NamedTuple):
    """Statistics of a fit, by series: the log likelihood in nats (of the values divided by their
    unit), the AICc, the variance of the errors, and the number of values used."""

    log_likelihood: Float[np.ndarray, " series"]
    criterion: Float[np.ndarray, " series"]
    variance: Float[np.ndarray, " series"]
    seen: Float[np.ndarray, " series"]


class States(NamedTuple):
    """States of many series in one array: s numbers for each, then their covariance (s × s, in
    units of the variance) if it is not 0; series k begins at `places[k]`."""

    numbers: Float[np.ndarray, " total"]
    places: Int[np.ndarray, " series_and_one"]


@dataclass(frozen=True, eq=False)
class ARIMAFit(LocalFit):
    """ARIMA of many series, of (value − `level`) / `unit`.

    `orders` holds p, d, q, P, D, Q and whether there is a constant; `coefficients` φ, Φ, θ and Θ,
    each padded to the widths in `most`; `constant` the mean of the differences. `state` holds the
    states after the last observed value, as `states`, and `steps` the number of steps until then.
    """

    season: int
    most: Int[np.ndarray, " part"]
    level: Float[np.ndarray, " series"]
    unit: Float[np.ndarray, " series"]
    orders: Int[np.ndarray, "series place"]
    coefficients: Float[np.ndarray, "series coefficient"]
    constant: Float[np.ndarray, " series"]
    sums: Float[np.ndarray, "series 4"]
    steps: Int[np.ndarray, " series"]
    numbers: Float[np.ndarray, " total"]
    places: Int[np.ndarray, " series_and_one"]

    def ahead(
        self, skip: Int[np.ndarray, " series"], horizon: int, probabilities: tuple[float, ...]
    ) -> Ahead:
        """As `LocalFit.ahead`. The errors are normal: the value k steps ahead has variance σ² (1 +
        Σ ψ_j², j < k), plus the uncertainty of the state. σ² is divided by the number of values
        minus that of the coefficients."""
        mean, spread = np.zeros((len(self.unit), horizon)), np.zeros((len(self.unit), horizon))
        late = np.ascontiguousarray(skip, np.int64)
        if kernels.available():
            state = (np.ascontiguousarray(self.known.variance), self.steps, self.places)
            told = (self.numbers, late, horizon, threads(), mean, spread)
            kernels.call("arima_forecast", len(self.unit), *self._form(), *state, *told)
        else:
            plain.forecast(self, late, mean, spread)
        mean = mean * self.unit[:, None] + self.level[:, None]
        scores = normal_quantiles(probabilities)
        return mean, mean[:, :, None] + (spread * self.unit[:, None])[:, :, None] * scores

    def one_step(self, rows: Rows) -> Float[np.ndarray, " total"]:
        """As `LocalFit.one_step`; NaN for the first values, which the differences use up."""
        _, told = self.filtered(rows, fresh=True)
        return told * rows.each(self.unit) + rows.each(self.level)

    def advanced(self, rows: Rows) -> "ARIMAFit":
        """As `LocalFit.advanced`."""
        (numbers, places), _ = self.filtered(rows, fresh=False)
        return replace(self, numbers=numbers, places=places, steps=self.steps + rows.lengths)

    def take(self, which: Int[np.ndarray, " some"]) -> "ARIMAFit":
        """As `LocalFit.take`."""
        held = Rows(self.numbers, self.places).take(which)
        by_series = ("level", "unit", "orders", "coefficients", "constant", "sums", "steps")
        taken = {name: vars(self)[name][which] for name in by_series}
        return replace(self, **taken, numbers=held.values, places=held.offsets)

    def forms(self) -> list[str]:
        """Descriptions such as `ARIMA(0,1,1)(0,1,1)[12], θ -0.4, Θ -0.56`."""
        told = []
        for number, orders in enumerate(self.orders):
            form = Orders.of(orders)
            text = [form.name(self.season)]
            rows = self.parts_of(number)
            for letter, row in zip("φΦθΘ", rows, strict=True):
                text += [letter + " " + " ".join(f"{each:.2g}" for each in row)] * (len(row) > 0)
            if form.constant:
                each = 1 if form.d or not form.D else self.season
                at = self.constant[number] * self.unit[number] / each
                at += 0.0 if form.d + form.D else self.level[number]
                text.append(f"{'drift' if form.d + form.D else 'mean'} {at:.4g}")
            told.append(", ".join(text))
        return told

    @property
    def known(self) -> Sums:
        """The likelihood and the other statistics of the fit."""
        return Sums(*self.sums.T)

    def parts_of(self, number: int) -> list[np.ndarray]:
        """Return φ, Φ, θ and Θ of one series."""
        p, _, q, P, _, Q, _ = self.orders[number]
        begin = np.append(0, np.cumsum(self.most))
        row = self.coefficients[number]
        return [row[at : at + size] for at, size in zip(begin, (p, P, q, Q), strict=False)]

    def begun(self, rows: Rows) -> "ARIMAFit":
        """Return the fit with the states after all steps of these series."""
        (numbers, places), _ = self.filtered(rows, fresh=True)
        return replace(self, numbers=numbers, places=places)

    def filtered(self, rows: Rows, *, fresh: bool) -> tuple[States, Float[np.ndarray, " total"]]:
        """Return the states after all steps of `rows`, and the one-step forecast of each: from the
        beginning of every series if `fresh`, else from the present states."""
        inside = replace(rows, values=(rows.values - rows.each(self.level)) / rows.each(self.unit))
        sizes = _states(self.orders, self.season)
        places = np.append(0, np.cumsum(sizes + sizes**2))
        after, told = np.zeros(places[-1]), np.zeros(len(rows.values))
        if kernels.available():
            before = (np.zeros(len(rows), np.int64), 1, places, after)
            if not fresh:
                before = (self.steps, 0, self.places, self.numbers)
            form = (*self._form(), *before)
            what = (rows.offsets, inside.values, *form, places, threads(), after, told)
            kernels.call("arima_filter", len(rows), *what)
        else:
            plain.smooth(self, inside, fresh, places, after, told)
        return _packed(after, places, sizes), told

    def _form(self) -> tuple[int, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        return self.season, self.orders, self.most, self.coefficients, self.constant


def fit_arima(
    rows: Rows,
    season: int,
    wanted: Wanted | None = None,
    *,
    on_event: OnSeries | None = None,
) -> ARIMAFit | RegressionFit:
    """Fit ARIMA to each series separately, by exact maximum likelihood.

    A series begins and ends with an observed value; missing values in between (NaN) are skipped.
    The ARMA part of the differences starts in its stationary distribution, and the values that
    differencing uses up have a diffuse prior; coefficients are stationary and invertible. Open
    orders (see `Wanted`) are selected as by Hyndman & Khandakar 2008: seasonal differences if the
    season is strong (Wang, Smith & Hyndman 2006), other differences by the KPSS test, and the rest
    stepwise from four forms, by AICc, among forms whose roots stay away from the unit circle. Forms
    are compared by their conditional sums of squares, with gaps interpolated; the selected form is
    fitted by likelihood. Drifts must be better by 2, and second differences are used only if they
    are given, because both extrapolate too far. A season of more than 60 steps has coefficients
    only if they are given. A series too short for the given orders gets a simpler form.

    If the rows have covariates, it is a regression with ARIMA errors: y_t = Σ β_j x_tj + rest_t. β
    maximises the likelihood given the coefficients of the rest (generalised least squares); the
    differences are selected for the residuals of ordinary least squares. A covariate that is
    collinear with earlier ones, or with the constant, has the coefficient 0.

    >>> rows = Rows(np.cumsum(np.cos(np.arange(40.0) ** 2)), np.array([0, 40]))
    >>> fit_arima(rows, 1, Wanted((0, 1, 1), (0, 0, 0), constant=False)).forms()
    ['ARIMA(0,1,1), θ 0.25']
    """
    wanted = Wanted() if wanted is None else wanted
    level, unit = units(rows)
    inside = rows.scaled(level, unit)
    count, most = len(rows), wanted.most
    beside = np.zeros((len(rows.values), 0)) if rows.columns is None else rows.columns
    weights = np.zeros((count, beside.shape[1]))
    fit = ARIMAFit(
        season,
        most,
        level,
        unit,
        np.zeros((count, 7), np.int64),
        np.zeros((count, most.sum())),
        np.zeros(count),
        np.zeros((count, 4)),
        rows.lengths,
        np.zeros(0),
        np.zeros(count + 1, np.int64),
    )
    filled = (fit.orders, fit.coefficients, fit.constant, weights, fit.sums)
    beside = np.ascontiguousarray(beside, np.float64)
    for part in chunks(rows, on_event, slower=16):
        own = Rows(inside.values, inside.offsets[part.start : part.stop + 1], beside)
        out = tuple(array[part] for array in filled)
        if kernels.available():
            what = (own.offsets, own.values, beside, beside.shape[1])
            how = (season, wanted.parts, most, threads())
            kernels.call("arima_fit", len(own), *what, *how, *out)
        else:
            plain.fit(own, season, wanted, out)
    if rows.columns is None:
        return fit.begun(rows)
    weights *= unit[:, None]
    return RegressionFit(weights, fit.begun(without_effect(rows, weights)))


def _states(orders: Int[np.ndarray, "series place"], season: int) -> Int[np.ndarray, " series"]:
    """The number of states of every series, as `Orders.states`."""
    p, d, q, P, D, Q, _ = orders.T
    return np.maximum(np.maximum(p + d + (P + D) * season, q + Q * season), 1)


def _packed(
    numbers: Float[np.ndarray, " total"],
    places: Int[np.ndarray, " series_and_one"],
    sizes: Int[np.ndarray, " series"],
) -> States:
    """The states without covariances that are 0."""
    inside = np.arange(len(numbers)) - np.repeat(places[:-1], sizes + sizes**2)
    spread = inside >= np.repeat(sizes, sizes + sizes**2)
    held = np.logical_or.reduceat((numbers != 0) & spread, places[:-1])
    kept = ~spread | np.repeat(held, sizes + sizes**2)
    after = np.where(held, sizes + sizes**2, sizes)
    return States(numbers[kept], np.append(0, np.cumsum(after)))
