"""Components of a form: what it forecast of a step, taken apart."""

import numpy as np
import pytest

from stepahead._check import Refusal
from stepahead.classical import Rows, fit_arima, fit_ets, fit_seasons, fit_theta


def rows(*, gaps: bool = False) -> Rows:
    rng = np.random.default_rng(0)
    every = [
        (50 + 0.5 * np.arange(n)) * (1 + 0.2 * np.sin(np.arange(n) * np.pi / 2))
        + rng.normal(0, 1, n)
        for n in (48, 30)
    ]
    y = np.concatenate(every)
    y[[9, 20] if gaps else []] = np.nan
    return Rows(y, np.array([0, 48, 78]))


FITS = [
    lambda rows: fit_ets(rows, 4, "A,Ad,A"),
    lambda rows: fit_ets(rows, 4, "M,A,M"),
    lambda rows: fit_ets(rows, 1, "A,A,N"),
    lambda rows: fit_theta(rows, 4),
    lambda rows: fit_seasons(rows, (4, 9), lambda rest: fit_ets(rest, 1, "A,N,N")),
]


@pytest.mark.parametrize("fit", FITS)
def test_trend_and_seasons_make_up_what_was_forecast(fit, path: str) -> None:
    series = rows(gaps=True)
    done = fit(series)
    parts = done.components(series)
    each = list(parts.columns.values())
    multiply = np.repeat(parts.factors, series.lengths)
    whole = np.where(multiply, np.prod(each, axis=0), np.sum(each, axis=0))
    np.testing.assert_allclose(whole, done.one_step(series), rtol=1e-9)


def test_level_growth_and_season_are_those_of_the_recursion() -> None:
    """ETS(A,A,A) by hand."""
    series = rows()
    fit = fit_ets(series, 4, "A,A,A")
    parts = fit.components(series)
    alpha, beta, gamma, _ = fit.smoothing[0]
    y = (series.values[:48] - fit.level[0]) / fit.unit[0]
    level, growth, *season = fit.before[0]
    for t in range(48):
        s = season[t % 4]
        assert parts.columns["trend"][t] == pytest.approx((level + growth) * fit.unit[0])
        assert parts.columns["season 4"][t] == pytest.approx(s * fit.unit[0])
        error = y[t] - level - growth - s
        level, growth = level + growth + alpha * error, growth + beta * error
        season[t % 4] = s + gamma * error


def test_a_form_without_components_says_what_has_them() -> None:
    series = rows()
    with pytest.raises(Refusal, match=r"`ARIMA.*` has no components. Take `ETS`, `Theta`"):
        fit_arima(series, 4).components(series)
