"""Complex exponential smoothing, fitted to many series at once."""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float, Int

from .._draws import normal_quantiles
from .._ets_start import season_of
from .._fit import Ahead, LocalFit
from .._least_squares import Box, least_squares
from .._rows import OnSeries, Rows, chunks, units
from ._steps import CES_FORMS, RATES, States, pairs, responses, run

BEGIN = (1.3, 1.0)
"""Rates from which the search starts, as in the paper."""

LOW, HIGH = 0.01, 1.99
"""Bounds of the rates."""

STATES = ((2, 0), (0, 2), (2, 1), (2, 2))
"""The numbers of states of each form, in all and for every phase of the season: they count as
parameters."""

SHADOW = 1.1
"""The ratio of the level to the other state at the start of a pass."""

Codes = tuple[int, ...]
"""Indices of `CES_FORMS`."""


@dataclass(frozen=True, eq=False)
class CESFit(LocalFit):
    """Complex exponential smoothing of many series, of (value − `level`) / `unit`. `form` is an
    index of `CES_FORMS`; `rates` holds α₀, α₁ and the rates of the season; `near` and `late` hold
    the states before the first step, and `after_…` those after the last. Those of the season are by
    the phase of the step; `steps` counts the steps; `variance` is that of the errors."""

    season: int
    level: Float[np.ndarray, " series"]
    unit: Float[np.ndarray, " series"]
    form: Int[np.ndarray, " series"]
    rates: Float[np.ndarray, "series 4"]
    near: Float[np.ndarray, "series 2"]
    late: Float[np.ndarray, "series 2 place"]
    after_near: Float[np.ndarray, "series 2"]
    after_late: Float[np.ndarray, "series 2 place"]
    steps: Int[np.ndarray, " series"]
    variance: Float[np.ndarray, " series"]

    def ahead(
        self, skip: Int[np.ndarray, " series"], horizon: int, probabilities: tuple[float, ...]
    ) -> Ahead:
        """As `LocalFit.ahead`. The model is linear in its normal errors: the variance k steps ahead
        is σ² (1 + Σ r_j², j < k), where r_j is the effect of a unit error on the forecast j steps
        later."""
        steps = int(skip.max(initial=0)) + horizon
        mean, spread = np.zeros((len(self.form), horizon)), np.zeros((len(self.form), horizon))
        told = skip[:, None] + np.arange(horizon)
        for form, some in self._by_form():
            both = pairs(form, self.rates[some, None, : RATES[form]])
            place = (self.steps[some, None] + np.arange(self.season)) % self.season
            late = np.take_along_axis(self.after_late[some], place[:, None], axis=2)
            now = States(self.after_near[some, None], late[:, None])
            empty = np.full((len(some), steps), np.nan)
            path = run(both, now, empty, np.full(len(some), steps))[0][:, 0]
            wide = np.cumsum(responses(both, self.season, steps)[:, 0] ** 2, axis=1)
            wide = 1 + np.concatenate([np.zeros((len(some), 1)), wide[:, :-1]], axis=1)
            mean[some] = np.take_along_axis(path, told[some], axis=1)
            growth = np.take_along_axis(wide, told[some], axis=1)
            spread[some] = np.sqrt(self.variance[some, None] * growth)
        mean = mean * self.unit[:, None] + self.level[:, None]
        spread *= self.unit[:, None]
        return mean, mean[:, :, None] + spread[:, :, None] * normal_quantiles(probabilities)

    def one_step(self, rows: Rows) -> Float[np.ndarray, " total"]:
        """As `LocalFit.one_step`."""
        told, _, _ = self._filtered(rows, self.near, self.late)
        return told * rows.each(self.unit) + rows.each(self.level)

    def advanced(self, rows: Rows) -> "CESFit":
        """As `LocalFit.advanced`."""
        place = (self.steps[:, None] + np.arange(self.season)) % self.season
        late = np.take_along_axis(self.after_late, place[:, None], axis=2)
        _, near, late = self._filtered(rows, self.after_near, late)
        back = (np.arange(self.season) - self.steps[:, None]) % self.season
        late = np.take_along_axis(late, back[:, None], axis=2)
        return replace(self, after_near=near, after_late=late, steps=self.steps + rows.lengths)

    def forms(self) -> list[str]:
        """Descriptions such as `CES(partial), α 1.3 + 1i, β 0.2`."""
        return [
            f"CES({CES_FORMS[form]}), α {rates[0]:.2g} + {rates[1]:.2g}i"
            + (f", β {rates[2]:.2g}" if form > 1 else "")
            + (f" + {rates[3]:.2g}i" if form == len(CES_FORMS) - 1 else "")
            for form, rates in zip(self.form, self.rates, strict=True)
        ]

    def _by_form(self) -> list[tuple[int, np.ndarray]]:
        found = [(form, np.flatnonzero(self.form == form)) for form in range(len(CES_FORMS))]
        return [(form, some) for form, some in found if len(some)]

    def _filtered(
        self, rows: Rows, near: np.ndarray, late: np.ndarray
    ) -> tuple[Float[np.ndarray, " total"], np.ndarray, np.ndarray]:
        """One-step forecasts from these states, and the states after them."""
        inside = rows.scaled(self.level, self.unit).padded()
        told = np.zeros(inside.shape)
        near, late = near.copy(), late.copy()
        for form, some in self._by_form():
            both = pairs(form, self.rates[some, None, : RATES[form]])
            now = States(near[some, None], late[some, None])
            found, after = run(both, now, inside[some], rows.lengths[some])
            told[some] = found[:, 0]
            near[some], late[some] = after.near[:, 0], after.late[:, 0]
        return told[np.arange(inside.shape[1]) < rows.lengths[:, None]], near, late


def fit_ces(
    rows: Rows, season: int, form: str | None = None, *, on_event: OnSeries | None = None
) -> CESFit:
    """Fit complex exponential smoothing to each series separately, by least squares.

    A series begins and ends with an observed value; missing values are skipped. In complex numbers,
    ẑ ← (α₀ + iα₁)(y + ie) + (1 − α₀ + i − iα₁) ẑ, where the real part is the forecast and e its
    error, with ẑ from the step before ("none"), from one season before ("simple"), or from both:
    with an additive season ("partial") or a complex one ("full"). Without `form` each series gets
    the one of the four with the smallest AICc, with a season if two of them were observed; as for
    ETS, rates, initial states and the variance count as parameters. The initial states are found by
    running to the end and back. Source: Svetunkov, Kourentzes & Ord 2022.

    >>> values = 30 + np.tile([5.0, 0, -5], 12) + np.cos(np.arange(36.0) ** 2)
    >>> fit = fit_ces(Rows(values, np.array([0, 36])), 3)
    >>> fit.ahead(np.array([0]), 3, ())[0].round().tolist(), fit.form.tolist()  # partial
    ([[35.0, 30.0, 25.0]], [2])
    """
    level, unit = units(rows)
    count = len(rows)
    fit = CESFit(
        season,
        level,
        unit,
        np.zeros(count, np.int64),
        np.zeros((count, 4)),
        np.zeros((count, 2)),
        np.zeros((count, 2, season)),
        np.zeros((count, 2)),
        np.zeros((count, 2, season)),
        rows.lengths.copy(),
        np.zeros(count),
    )
    codes = tuple(range(len(CES_FORMS))) if form is None else (CES_FORMS.index(form),)
    for part in chunks(rows, on_event, 64):
        own = rows.part(part).scaled(level[part], unit[part])
        _fill(own, fit, np.arange(count)[part], codes)
    return fit


def _fill(rows: Rows, fit: CESFit, which: Int[np.ndarray, " series"], codes: Codes) -> None:
    """Fit these series in every form, and store the best of each."""
    values, lengths, season = rows.padded(), rows.lengths, fit.season
    seen = (~np.isnan(values)).sum(axis=1)
    twice = (season > 1) & (seen >= 2 * season)
    lowest = np.full(len(values), np.inf)
    for code in codes if 0 in codes else (*codes, 0):
        able = np.isinf(lowest) if code not in codes else twice | (code == 0)
        some = np.flatnonzero(able)
        if not len(some):
            continue
        rates, squares = _searched(code, values[some], lengths[some], season)
        size = RATES[code] + 1.0 + STATES[code][0] + STATES[code][1] * season
        spare = np.maximum(seen[some] - size - 1, 0.1)
        criterion = seen[some] * np.log(np.maximum(squares / seen[some], 1e-300))
        criterion += 2 * size * seen[some] / spare
        better = criterion < lowest[some]
        lowest[some[better]] = criterion[better]
        some, rates = some[better], rates[better]
        _write(fit, which[some], code, rates, values[some], lengths[some])


def _searched(
    code: int, values: np.ndarray, lengths: np.ndarray, season: int
) -> tuple[Float[np.ndarray, "series rate"], Float[np.ndarray, " series"]]:
    """The rates of one form, and the sums of squares of the errors."""
    first = _first(code, values, lengths, season)

    def residuals(left: np.ndarray, x: np.ndarray) -> np.ndarray:
        with np.errstate(all="ignore"):
            begin = States(*(part[left] for part in first))
            before = _backcast(code, x, values[left], lengths[left], begin)
            told, _ = run(pairs(code, x), before, values[left], lengths[left])
            off = values[left][:, None] - told
        return np.where(np.isnan(values[left])[:, None], 0.0, off)

    count = len(values)
    start = np.tile((BEGIN * 2)[: RATES[code]], (count, 1)).astype(np.float64)
    if code == 2:
        start[:, 2] = 0.1
    box = Box(*(np.full(start.shape, each) for each in (LOW, HIGH, 1e-6)))
    return least_squares(residuals, start, box, rounds=20)


def _write(
    fit: CESFit,
    which: np.ndarray,
    code: int,
    rates: np.ndarray,
    values: np.ndarray,
    lengths: np.ndarray,
) -> None:
    """Store the fit of these series in this form."""
    x = rates[:, None]
    before = _backcast(code, x, values, lengths, _first(code, values, lengths, fit.season))
    fit.form[which], fit.rates[which] = code, 0.0
    fit.rates[which, : RATES[code]] = rates
    fit.near[which], fit.late[which] = before.near[:, 0], before.late[:, 0]
    told, after = run(pairs(code, x), before, values, lengths)
    fit.after_near[which], fit.after_late[which] = after.near[:, 0], after.late[:, 0]
    off = values - told[:, 0]
    left = np.maximum((~np.isnan(values)).sum(axis=1) - RATES[code], 1)
    fit.variance[which] = np.nansum(off**2, axis=1) / left


def _first(
    code: int,
    values: Float[np.ndarray, "series time"],
    lengths: Int[np.ndarray, " series"],
    season: int,
) -> States:
    """The first initial states: means, and the differences of the season from them; the other
    states are these divided by 1.1, as in the authors' program."""
    count, m = len(values), season
    begin = np.nanmean(values[:, : max(m, 10)], axis=1)
    late = np.zeros((count, 2, m))
    if code == 1:
        cycle = values[:, :m]
        late[:, 0] = np.where(np.isnan(cycle), begin[:, None], cycle)
    elif code:
        late[:, 0] = season_of(values, lengths, m, False)[0]
    late[:, 1] = late[:, 0] / SHADOW * (code in (1, 3))
    near = np.stack([begin, begin / SHADOW], axis=1) * (code != 1)
    return States(near[:, None], late[:, None])


def _backcast(
    code: int, x: np.ndarray, values: np.ndarray, lengths: np.ndarray, first: States
) -> States:
    """The states before the first step: run to the end, and back through the reversed series."""
    both, lanes = pairs(code, x), x.shape[1]
    now = States(*(np.repeat(part, lanes, axis=1) for part in first))
    back = np.maximum(lengths[:, None] - 1 - np.arange(values.shape[1]), 0)
    turned = np.take_along_axis(values, back, axis=1)
    season = now.late.shape[-1]
    place = ((lengths[:, None] - 1 - np.arange(season)) % season)[:, None, None]
    for each in (values, turned):
        _, after = run(both, now, each, lengths)
        now = States(after.near, np.take_along_axis(after.late, place, axis=3))
    return now
