"""ARIMA in NumPy, for use without native code: one series after the other, with the same filter and
the same selection."""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from jaxtyping import Float, Int

from .._least_squares import Box, least_squares
from .._rows import Rows
from ._kalman import Filter, both, differences, of_partial
from ._orders import Orders, Wanted

if TYPE_CHECKING:
    from ._fit import ARIMAFit

EDGE = 1 - 1e-5
FIRSTS = ((-0.3, 0.3, 0.8), (0.1, 0.6), (-0.3, 0.3, 0.7), (0.1, 0.6))


class Fitted(NamedTuple):
    """One form, fitted to one series, as in `native/series/arima_fit.h`."""

    form: Orders
    partial: Float[np.ndarray, " coefficient"]
    rows: list[np.ndarray]
    constant: float
    weights: Float[np.ndarray, " column"]
    value: float
    total: float
    used: float
    criterion: float


def fitted(
    y: Float[np.ndarray, " time"],
    beside: Float[np.ndarray, "column time"],
    form: Orders,
    m: int,
    *,
    rough: bool = False,
    near: Float[np.ndarray, " coefficient"] | None = None,
    begin: Float[np.ndarray, " coefficient"] | None = None,
) -> Fitted | None:
    """Return the fit of a form with the most likely coefficients (with `rough`, those with the
    smallest conditional sum of squares). The search starts from `begin`, or from the best of `near`
    and of the usual starts. Return None if the series is too short."""
    sizes = (form.p, form.P, form.q, form.Q)
    size, lost = sum(sizes), form.lost(m)
    used = float(len(y) - lost if rough else np.sum(~np.isnan(y)) - lost)
    linear = form.constant + len(beside)
    if not used > size + linear:
        return None
    way = _conditional if rough else _exact

    def residuals(_: np.ndarray, x: np.ndarray) -> np.ndarray:
        errors, logs = way(y, beside, form, _rows(x[0], sizes), m)
        return (_without(errors)[0] * np.exp(0.5 * logs / used)[:, None])[None]

    x = np.zeros((1, size))
    if size:
        starts = _beginnings(sizes)
        starts = starts if near is None else np.vstack([starts, near])
        starts = starts if begin is None else begin[None]
        first = _conditional(y, beside, form, _rows(starts, sizes), m)[0]
        sums = np.sum(_without(first)[0] ** 2, axis=1)
        x = np.clip(starts[[np.nanargmin(sums)]], -EDGE, EDGE)
        box = Box(np.full_like(x, -EDGE), np.full_like(x, EDGE), np.full_like(x, 1e-6))
        x, _ = least_squares(residuals, x, box)
    rows = _rows(x, sizes)
    errors, logs = way(y, beside, form, rows, m)
    left, weights = _without(errors)
    total = float(np.sum(left**2))
    if not np.isfinite(total + logs[0]):
        return None
    value = used * np.log(max(total / used, 1e-300)) + float(logs[0])
    count = size + linear + 1
    after = used - count - 1
    criterion = value + 2 * count + 2 * count * (count + 1) / after if after > 0 else np.inf
    told = [row[0] for row in rows]
    constant = float(weights[0, 0]) if form.constant else 0.0
    own = weights[0, form.constant :]
    return Fitted(form, x[0], told, constant, own, value, total, used, criterion)


def fit(rows: Rows, season: int, wanted: Wanted, out: tuple[np.ndarray, ...]) -> None:
    """As `stepahead_arima_fit` of the native code: fill orders, coefficients, constants and
    statistics."""
    from ._choice import chosen

    orders, coefficients, constants, weights, sums = out
    assert rows.columns is not None
    begin = np.append(0, np.cumsum(wanted.most))
    for number in range(len(rows)):
        place = slice(rows.offsets[number], rows.offsets[number + 1])
        y, beside = rows.values[place], rows.columns[place].T
        found = chosen(y, beside, season, wanted)
        weights[number, : len(found.weights)] = found.weights
        orders[number] = found.form
        for at, row in zip(begin, found.rows, strict=False):
            coefficients[number, at : at + len(row)] = row
        constants[number] = found.constant
        spent = len(found.partial) + found.form.constant + len(found.weights)
        sums[number] = (
            -0.5 * (found.value + found.used * (np.log(2 * np.pi) + 1)),
            found.criterion + found.used * (np.log(2 * np.pi) + 1),
            found.total / max(found.used - spent, 1.0),
            found.used,
        )


def smooth(
    fit: "ARIMAFit",
    rows: Rows,
    fresh: bool,
    places: Int[np.ndarray, " series_and_one"],
    after: np.ndarray,
    told: np.ndarray,
) -> None:
    """As `stepahead_arima_filter` of the native code: fill `after` and `told`."""
    for number in range(len(rows)):
        state, form = _opened(fit, number, fresh=fresh)
        first = 0 if fresh else int(fit.steps[number])
        for at in range(rows.offsets[number], rows.offsets[number + 1]):
            step = first + at - int(rows.offsets[number]) + 1
            own = fit.constant[number] * _line(form, fit.season, np.array(float(step)))
            told[at] = np.nan if state.rank else state.a[0, 0, 0] + own
            state.step(np.array([rows.values[at] - own]))
        whole = np.concatenate([state.a[0, 0], np.ravel(state.x[0])])
        after[places[number] : places[number + 1]] = whole


def forecast(fit: "ARIMAFit", skip: np.ndarray, mean: np.ndarray, spread: np.ndarray) -> None:
    """As `stepahead_arima_forecast` of the native code: fill `mean` and `spread`."""
    for number in range(len(mean)):
        state, form = _opened(fit, number, fresh=False)
        for t in range(int(skip[number]) + mean.shape[1]):
            step = np.array(float(fit.steps[number] + t + 1))
            point = state.a[0, 0, 0] + fit.constant[number] * _line(form, fit.season, step)
            state.step(np.array([np.nan]))
            if t >= skip[number]:
                mean[number, t - skip[number]] = point
                spread[number, t - skip[number]] = np.sqrt(fit.sums[number, 2] * state.f[0])


def _opened(fit: "ARIMAFit", number: int, *, fresh: bool) -> tuple[Filter, Orders]:
    """The filter of one series, at its beginning or after the observed values."""
    form = Orders.of(fit.orders[number])
    state = Filter(form, [row[None] for row in fit.parts_of(number)], fit.season)
    if fresh:
        state.begin()
        return state, form
    s = form.states(fit.season)
    held = fit.numbers[fit.places[number] : fit.places[number + 1]]
    state.a[0, 0] = held[:s]
    if len(held) > s:
        state.x[0] = held[s:].reshape(s, s)
    return state, form


def _line(form: Orders, m: int, step: Float[np.ndarray, "*steps"]) -> Float[np.ndarray, "*steps"]:
    """The contribution of a constant of 1 to steps, counted from 1."""
    if form.d + form.D == 0:
        return np.ones(step.shape)
    return step if form.d else np.asarray(step / m)


def _exact(
    y: np.ndarray, beside: np.ndarray, form: Orders, rows: list[np.ndarray], m: int
) -> tuple[Float[np.ndarray, "lane column time"], Float[np.ndarray, " lane"]]:
    """Errors divided by their standard deviation, for the series, its constant and its covariates,
    and the logarithm of the determinant."""
    columns = [y] + [_line(form, m, np.arange(1.0, len(y) + 1))] * form.constant + [*beside]
    state = Filter(form, rows, m)
    state.begin(len(columns))
    told = np.zeros((len(rows[0]), len(columns), len(y)))
    for t, each in enumerate(np.stack(columns, axis=1)):
        errors = state.step(each)
        if errors is not None:
            told[:, :, t] = errors / np.sqrt(state.f)[:, None]
    logs = np.full(len(told), np.inf) if state.rank else state.logs
    return told, logs


def _conditional(
    y: np.ndarray, beside: np.ndarray, form: Orders, rows: list[np.ndarray], m: int
) -> tuple[Float[np.ndarray, "lane column time"], Float[np.ndarray, " lane"]]:
    """Errors with 0 before the first difference; gaps are interpolated."""
    from scipy.signal import lfilter

    time = np.arange(len(y))
    whole = np.interp(time, time[~np.isnan(y)], y[~np.isnan(y)])
    delta = differences(form, m)
    w, *late = (np.convolve(delta, each)[len(delta) - 1 : len(y)] for each in (whole, *beside))
    columns = np.stack([w] + [np.ones(len(w))] * form.constant + late)
    pairs = zip(*both(rows, m), strict=True)
    told = np.stack([lfilter(ar, ma, columns, axis=1) for ar, ma in pairs])
    return told, np.zeros(len(told))


def _without(
    errors: Float[np.ndarray, "lane column time"],
) -> tuple[Float[np.ndarray, "lane time"], Float[np.ndarray, "lane weight"]]:
    """The errors minus the best constant and covariates, and their coefficients; a collinear column
    shares its coefficient with the others."""
    own, of = errors[:, 0], errors[:, 1:]
    size = np.sqrt(np.sum(of**2, axis=2))
    of = of / np.where(size > 0, size, 1.0)[:, :, None]
    cross = np.einsum("lct,ldt->lcd", of, of)
    both = np.einsum("lct,lt->lc", of, own)
    weights = np.einsum("lcd,ld->lc", np.linalg.pinv(cross, 1e-12, hermitian=True), both)
    left = own - np.einsum("lct,lc->lt", of, weights)
    return left, weights / np.where(size > 0, size, 1.0)


def _rows(x: Float[np.ndarray, "lane coefficient"], sizes: tuple[int, ...]) -> list[np.ndarray]:
    """φ, Φ, θ and Θ from partial autocorrelations."""
    cuts = np.split(x, np.cumsum(sizes)[:-1], axis=1)
    return [of_partial(cut) * (1 if part < 2 else -1) for part, cut in enumerate(cuts)]


def _beginnings(sizes: tuple[int, ...]) -> Float[np.ndarray, "lane coefficient"]:
    """Partial autocorrelations from which a fit may start."""
    there = [first if size else (0.0,) for first, size in zip(FIRSTS, sizes, strict=True)]
    grid = np.stack(np.meshgrid(*there, indexing="ij"), axis=-1).reshape(-1, 4)
    parts = []
    for part, size in enumerate(sizes):
        cut = np.full((len(grid), size), 0.01)
        cut[:, :1] = grid[:, part : part + 1]
        parts.append(cut)
    return np.hstack(parts)
