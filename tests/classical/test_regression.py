"""Regression on covariates inside the likelihood of ARIMA: against the whole covariance matrix, and
against statsmodels."""

import numpy as np
import pytest
from arima_oracle import series, whole
from statsmodels.tsa.statespace.sarimax import SARIMAX

from stepahead.classical import ARIMAFit, RegressionFit, Rows, Wanted, fit_arima
from stepahead.native import series as kernels

FORMS = [
    ((1, 0, 0), (0, 0, 0), True),
    ((1, 0, 1), (0, 0, 0), False),
    ((0, 1, 1), (0, 1, 1), False),
    ((2, 1, 0), (0, 0, 1), True),
]
EFFECTS = np.array([0.8, -1.5])


def beside(length: int, seed: int = 0) -> np.ndarray:
    """Two covariates: one that varies, one that is 0 or 1."""
    drawn = np.random.default_rng(seed).normal(3, 1, length)
    return np.column_stack([drawn, np.arange(length) % 11 == 5])


def rows_of(length: int, *, gaps: bool = False, level: float = 0.0) -> Rows:
    columns = beside(length)
    y = series(length) - 4 + level + columns @ EFFECTS
    y[[7, 8, 20] if gaps else []] = np.nan
    return Rows(y, np.array([0, length]), columns)


def parts(rows: Rows, *form: object) -> tuple[RegressionFit, ARIMAFit]:
    fit = fit_arima(rows, 4, Wanted(*form))
    assert isinstance(fit, RegressionFit) and isinstance(fit.inside, ARIMAFit)
    return fit, fit.inside


@pytest.mark.parametrize(("order", "seasonal", "constant"), FORMS)
def test_weights_are_the_likeliest_by_the_whole_covariance(
    order, seasonal, constant, path: str
) -> None:
    """The likelihood is that of the rest; to both sides of each weight it falls by the same."""
    rows = rows_of(40 if path == "compiled" else 26, gaps=True)
    fit, inside = parts(rows, order, seasonal, constant)

    def likelihood(weights: np.ndarray) -> float:
        rest = rows.values - rows.columns @ weights
        return whole(inside, 0, (rest - inside.level[0]) / inside.unit[0], 1)[0]

    top = likelihood(fit.weights[0])
    assert inside.known.log_likelihood[0] == pytest.approx(top, abs=1e-7)
    for column in range(2):
        step = np.zeros(2)
        step[column] = 0.05
        up, down = likelihood(fit.weights[0] + step), likelihood(fit.weights[0] - step)
        fall = 2 * top - up - down
        assert fall > 0.01
        assert abs(up - down) < 1e-3 * fall


@pytest.mark.filterwarnings("ignore")  # its search is not always done
@pytest.mark.parametrize(("order", "seasonal", "constant"), FORMS)
def test_likelihood_and_forecasts_are_those_of_statsmodels(order, seasonal, constant) -> None:
    """At equal parameters: equal, but that it counts a constant for every value that differencing
    takes away. And what it fits is not more likely."""
    rows = rows_of(60)
    later = beside(72, seed=1)[-12:]
    fit, inside = parts(rows, order, seasonal, constant)
    unit, level = inside.unit[0], inside.level[0]
    line = np.ones(72) if order[1] == 0 else np.arange(1.0, 73)
    model = SARIMAX(
        (rows.values - level) / unit - inside.constant[0] * line[:60],
        exog=rows.columns,
        order=order,
        seasonal_order=(*seasonal, 4 if any(seasonal) else 0),
        use_exact_diffuse=True,
    )
    phi, late, theta, slow = inside.parts_of(0)
    likelihood, seen = inside.known.log_likelihood[0], inside.known.seen[0]
    spent = sum(map(len, (phi, late, theta, slow))) + constant + 2
    variance = inside.known.variance[0] * (seen - spent) / seen
    lost = 0.5 * np.log(2 * np.pi) * (order[1] + 4 * seasonal[1])
    values = np.concatenate([fit.weights[0] / unit, phi, theta, late, slow, [variance]])
    assert model.loglike(values) + lost == pytest.approx(likelihood, rel=1e-8)
    assert model.fit(disp=False, maxiter=200).llf + lost < likelihood + 1e-4

    told = model.smooth(np.append(values[:-1], inside.known.variance[0]))
    theirs = told.get_forecast(12, exog=later)
    mean = theirs.predicted_mean + inside.constant[0] * line[60:]
    ours, ends = fit.with_later(later[None]).ahead(np.array([0]), 12, (0.5, 0.975))
    np.testing.assert_allclose(ours[0], mean * unit + level, rtol=1e-7)
    wide = (ends[0, :, 1] - ends[0, :, 0]) / 1.959964
    np.testing.assert_allclose(wide, theirs.se_mean * unit, rtol=1e-6)


def test_the_form_is_chosen_by_what_covariates_leave(path: str) -> None:
    """White noise that is moved by a covariate with a trend needs no difference."""
    length = 60 if path == "compiled" else 36
    rng = np.random.default_rng(3)
    x = np.arange(length) / 3 + rng.normal(size=length)
    rows = Rows(5 + 2 * x + rng.normal(0, 0.5, length), np.array([0, length]), x[:, None])
    largest = 5 if path == "compiled" else 1
    fit, inside = parts(rows, (None,) * 3, (0, 0, 0), None, largest)
    assert inside.orders[0].tolist() == [0, 0, 0, 0, 0, 0, 1]
    assert fit.weights[0, 0] == pytest.approx(2, abs=0.1)
    assert fit.forms()[0].startswith("ARIMA(0,0,0) with mean, mean ")
    assert fit.forms()[0].endswith(f", β {fit.weights[0, 0]:.4g}")


def test_a_column_that_says_nothing_new_changes_nothing(path: str) -> None:
    """A constant beside the mean, and the same covariate in another unit."""
    rows = rows_of(30)
    once = rows.columns[:, :1]
    more = np.column_stack([once, np.full(30, 7.0), 1e6 * once])
    form = ((1, 0, 0), (0, 0, 0), True)
    one, other = (parts(Rows(rows.values, rows.offsets, x), *form)[0] for x in (once, more))
    told = one.with_later(once[None, :3]).ahead(np.array([0]), 3, ())[0]
    np.testing.assert_allclose(
        told, other.with_later(more[None, :3]).ahead(np.array([0]), 3, ())[0], rtol=1e-6
    )


def test_too_few_values_for_the_weights_leave_them_0(path: str) -> None:
    columns = np.random.default_rng(0).normal(size=(10, 9))
    rows = Rows(series(10), np.array([0, 10]), columns)
    fit, _ = parts(rows, (1, 0, 0), (0, 0, 0), True)
    assert (fit.weights == 0).all()


def test_the_same_without_a_compiler(monkeypatch: pytest.MonkeyPatch) -> None:
    """The two paths share equations, not code."""
    if not kernels.available():
        pytest.skip("needs the compiled kernels")
    found = []
    for compiled in (True, False):
        monkeypatch.setattr(kernels, "available", lambda compiled=compiled: compiled)
        found.append(parts(rows_of(30, gaps=True), (1, 1, 1), (0, 0, 0), True))
    np.testing.assert_allclose(found[0][0].weights, found[1][0].weights, rtol=1e-4)
    np.testing.assert_allclose(found[0][1].known, found[1][1].known, rtol=1e-5)
