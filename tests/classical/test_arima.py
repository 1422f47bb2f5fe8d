"""ARIMA against the whole covariance matrix of a series, against statsmodels, and against what is
known of its forms."""

from dataclasses import replace

import numpy as np
import pytest
from arima_oracle import series, whole
from statsmodels.tsa.statespace.sarimax import SARIMAX

from stepahead.classical import ARIMAFit, Rows, Wanted, fit_arima
from stepahead.native import series as kernels

FORMS = [
    ((1, 0, 0), (0, 0, 0), True),
    ((2, 1, 1), (0, 0, 0), True),
    ((0, 1, 1), (0, 1, 1), False),
    ((1, 0, 2), (1, 0, 0), True),
    ((0, 0, 1), (1, 1, 0), True),
    ((0, 2, 1), (0, 0, 0), False),
]
GAPS = [1, 7, 8, 21]


def rows_of(*all_series: np.ndarray) -> Rows:
    return Rows(
        np.concatenate(all_series), np.append(0, np.cumsum([len(each) for each in all_series]))
    )


def gappy(length: int = 48, seed: int = 0) -> np.ndarray:
    y = series(length, seed)
    y[GAPS] = np.nan
    return y


@pytest.mark.parametrize(("order", "seasonal", "constant"), FORMS)
def test_likelihood_and_forecasts_are_those_of_the_whole_covariance(
    order, seasonal, constant, path: str
) -> None:
    length = 48 if path == "compiled" else 26
    rows = rows_of(series(length), gappy(length, 1)) if path == "compiled" else rows_of(gappy(26))
    fit = fit_arima(rows, 4, Wanted(order, seasonal, constant))
    mean, ends = fit.ahead(np.array([0, 2])[: len(rows)], 3, (0.5, 0.975))
    told = fit.one_step(rows)
    for number in range(len(rows)):
        y = rows.values[rows.offsets[number] : rows.offsets[number + 1]]
        inside = (y - fit.level[number]) / fit.unit[number]
        likelihood, wanted, spread = whole(fit, number, inside, 5)
        assert fit.known.log_likelihood[number] == pytest.approx(likelihood, abs=1e-7)
        skip = slice(2 * number, 2 * number + 3)
        np.testing.assert_allclose(mean[number], wanted[skip] * fit.unit[number], rtol=1e-8)
        wide = (ends[number, :, 1] - ends[number, :, 0]) / fit.unit[number] / 1.959964
        np.testing.assert_allclose(wide, spread[skip], rtol=1e-6)
        lost = order[1] + 4 * seasonal[1]
        part = told[rows.offsets[number] : rows.offsets[number + 1]]
        assert np.isnan(part[:lost]).all() and not np.isnan(part[lost + 4 :]).any()
        for t in (17, 22):
            _, wanted, _ = whole(fit, number, inside[:t], 1)
            assert part[t] == pytest.approx(wanted[0] * fit.unit[number], rel=1e-8)


@pytest.mark.parametrize(("order", "seasonal", "constant"), FORMS)
def test_states_go_on_as_if_all_had_been_seen_at_once(order, seasonal, constant, path: str) -> None:
    y = gappy(40)
    fit = fit_arima(rows_of(y[:23], y[:30]), 4, Wanted(order, seasonal, constant))
    later = fit.advanced(rows_of(y[23:], y[30:]))
    again = replace(fit, steps=np.array([40, 40]))
    (numbers, places), _ = fit.filtered(rows_of(y, y), fresh=True)
    again = replace(again, numbers=numbers, places=places)
    for one, other in zip(
        later.ahead(np.array([0, 1]), 6, (0.1,)),
        again.ahead(np.array([0, 1]), 6, (0.1,)),
        strict=True,
    ):
        np.testing.assert_allclose(one, other, rtol=1e-9)


def of_statsmodels(fit: ARIMAFit, y: np.ndarray, order, seasonal) -> SARIMAX:
    line = fit.constant[0] * (np.ones(len(y)) if order[1] == 0 else np.arange(1.0, len(y) + 1))
    return SARIMAX(
        (y - fit.level[0]) / fit.unit[0] - line,
        order=order,
        seasonal_order=(*seasonal, 4 if any(seasonal) else 0),
        use_exact_diffuse=True,
    )


@pytest.mark.filterwarnings("ignore")  # its search is not always done
@pytest.mark.parametrize(("order", "seasonal", "constant"), FORMS[:4])
def test_likelihoods_are_those_of_statsmodels(order, seasonal, constant) -> None:
    """With the parameters that were fitted: equal, but that it counts a constant for every value
    that differencing takes away. And what it fits is not more likely."""
    y = series(60)
    fit = fit_arima(rows_of(y), 4, Wanted(order, seasonal, constant))
    model = of_statsmodels(fit, y, order, seasonal)
    phi, late, theta, slow = fit.parts_of(0)
    likelihood, seen = fit.known.log_likelihood[0], fit.known.seen[0]
    spent = sum(map(len, (phi, late, theta, slow))) + constant
    variance = fit.known.variance[0] * (seen - spent) / seen
    lost = 0.5 * np.log(2 * np.pi) * (order[1] + 4 * seasonal[1])
    values = np.concatenate([phi, theta, late, slow, [variance]])
    assert model.loglike(values) + lost == pytest.approx(likelihood, rel=1e-8)
    assert model.fit(disp=False, maxiter=200).llf + lost < likelihood + 1e-4


def compiled_alone() -> None:
    if not kernels.available():
        pytest.skip("needs the compiled kernels; without them one hill is climbed, without polish")


def at(fit: ARIMAFit, y: np.ndarray, coefficients: list[float], constant: float = 0.0) -> float:
    """The log likelihood with other coefficients."""
    other = replace(fit, coefficients=np.array([coefficients]), constant=np.array([constant]))
    return whole(other, 0, (y - fit.level[0]) / fit.unit[0], 1)[0]


@pytest.mark.parametrize("seed", [93, 192])
def test_nothing_nearby_is_likelier_where_a_season_hardly_moves(seed: int) -> None:
    """Θ then is near −1, where the likelihood is flat."""
    compiled_alone()
    rng = np.random.default_rng(seed)
    season = np.array([0.3, -0.4, 0.0, 0.2])[np.arange(40) % 4]
    y = 4 + season + rng.normal(0, 0.1, 40) + 0.05 * np.cumsum(rng.normal(0, 1, 40))
    fit = fit_arima(rows_of(y), 4, Wanted((0, 1, 1), (0, 1, 1), constant=False))
    theta, _ = fit.coefficients[0]
    nearby = [[theta + by, late] for by in (-1e-3, 0, 1e-3) for late in (-0.98, -0.995, -0.99999)]
    assert max(at(fit, y, each) for each in nearby) < fit.known.log_likelihood[0] + 1e-7


@pytest.mark.parametrize(
    ("seed", "form", "coefficients", "constant"),
    [
        (112, ((2, 0, 1), (1, 0, 0)), [1.5488, -0.786, 0.0236, -0.9999], 1.24),
        (154, ((1, 1, 2), (0, 0, 1)), [0.548, -0.46, -0.54, -0.453], 0.0005),
    ],
)
def test_another_hill_of_the_likelihood_is_not_higher(seed, form, coefficients, constant) -> None:
    compiled_alone()
    shocks, y = np.random.default_rng(seed).normal(0, 1, 60), np.zeros(60)
    for t in range(2, 60):
        y[t] = 1.2 * y[t - 1] - 0.68 * y[t - 2] + shocks[t]
    fit = fit_arima(rows_of(y + 10), 4, Wanted(*form, constant=True))
    assert fit.known.log_likelihood[0] > at(fit, y + 10, coefficients, constant)


def test_the_same_without_a_compiler(monkeypatch: pytest.MonkeyPatch) -> None:
    """The two paths share equations, not code."""
    if not kernels.available():
        pytest.skip("needs the compiled kernels")
    rows = rows_of(gappy(30, 2), series(34, 3))
    found = []
    for compiled in (True, False):
        monkeypatch.setattr(kernels, "available", lambda compiled=compiled: compiled)
        found.append(fit_arima(rows, 4, Wanted((1, 1, 1), (0, 0, 1), constant=True)))
    one, other = found
    np.testing.assert_allclose(one.known, other.known, rtol=1e-5)
    np.testing.assert_allclose(
        one.ahead(np.array([0, 1]), 4, (0.1,))[1],
        other.ahead(np.array([0, 1]), 4, (0.1,))[1],
        rtol=1e-3,
    )
