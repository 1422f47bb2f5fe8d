"""Regressors on lags beside the closed form, their gaps, intervals and manners; methods that fit
themselves in `fit` and `backtest`."""

import jax
import numpy as np
import pytest

import stepahead as sa
from stepahead import models
from stepahead.data import Panel, difference, identity, pipeline, standard
from stepahead.forecasting import ETS, Method, Predictor, Regressor, Theta

linear_model = pytest.importorskip(
    "sklearn.linear_model",
    reason="needs scikit-learn, which is not among the package's own dependencies",
)
KEY = jax.random.key(0)


def waves(lengths: tuple[int, ...] = (60, 41), channels: int = 1, seed: int = 0) -> Panel:
    """Noisy waves of different levels and lengths."""
    draw = np.random.default_rng(seed)
    arrays = [
        10.0 * i
        + np.sin(np.arange(n)[:, None] / 3 + np.arange(channels))
        + draw.normal(0, 0.3, (n, channels))
        for i, n in enumerate(lengths)
    ]
    return Panel.from_arrays(arrays, ids=[f"s{i}" for i in range(len(lengths))])


def holed(panel: Panel) -> Panel:
    values = panel.values.copy()
    values[[5, 6, 20, len(values) - 2], 0] = np.nan
    return panel.with_values(values)


@pytest.mark.parametrize("lags", [4, (1, 3, 7)])
@pytest.mark.parametrize(
    "panel",
    [waves(), waves(channels=2), holed(waves()), holed(waves(channels=2))],
    ids=["one", "two", "gaps", "both"],
)
def test_linear_regression_equals_the_closed_form(
    panel: Panel, lags: int | tuple[int, ...]
) -> None:
    ours = sa.fit(models.LinearAR(lags), panel, 5, key=KEY).predict()
    theirs = sa.fit(Regressor(linear_model.LinearRegression(), lags), panel, 5, key=KEY).predict()
    np.testing.assert_allclose(theirs.mean, ours.mean, rtol=1e-4, atol=1e-4)


def test_other_panels_and_short_series_equal_the_closed_form() -> None:
    ours = sa.fit(models.LinearAR(6), waves(), 3, key=KEY)
    theirs = sa.fit(Regressor(linear_model.LinearRegression(), 6), waves(), 3, key=KEY)
    for other in (waves((30, 4), seed=1), holed(waves((30, 4), seed=1))):
        np.testing.assert_allclose(
            theirs.predict(panel=other).mean, ours.predict(panel=other).mean, rtol=1e-4, atol=1e-4
        )
    new = Panel.from_arrays([[1.0, 2.0, 3.0]], ids=["s1"], start=41)
    updated = theirs.update(new)
    assert updated.history.lengths.tolist() == [60, 44]
    np.testing.assert_allclose(
        updated.predict().mean, ours.update(new).predict().mean, rtol=1e-4, atol=1e-4
    )


def test_each_step_sees_the_lags_oldest_first_and_its_own_forecasts() -> None:
    """By hand: 2·(three steps ago) + (the last) on the series 1, 2, 3 gives 5, 9, 15."""

    class Weights:
        def fit(self, rows: np.ndarray, targets: np.ndarray) -> None:
            after = {(1.0, 3.0): 4.0, (2.0, 4.0): 5.0, (3.0, 5.0): 6.0}
            assert [after[tuple(row)] for row in rows.tolist()] == targets.tolist()

        def predict(self, rows: np.ndarray) -> np.ndarray:
            return rows @ np.array([2.0, 1.0])

    spec = Regressor(Weights(), (3, 1), scaler=identity())
    fitted = sa.fit(spec, Panel.from_arrays([[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]]), 3, key=KEY)
    seen = Panel.from_arrays([[1.0, 2.0, 3.0]])
    assert fitted.predict(panel=seen).mean.ravel().tolist() == [5.0, 9.0, 15.0]
    assert fitted.predict(1, panel=seen).mean.ravel().tolist() == [5.0]


def test_intervals_of_an_ar1_cover_what_they_say() -> None:
    """Their width grows with the step as σ²(1 − φ²ᵏ)/(1 − φ²) says, though the errors are never
    called normal."""
    draw, phi = np.random.default_rng(0), 0.8
    x = np.zeros((400, 71))
    for t in range(70):
        x[:, t + 1] = phi * x[:, t] + draw.laplace(0, 1, 400)
    history = Panel.from_arrays(x[:, 30:65])
    forecaster = sa.fit(
        Regressor(linear_model.LinearRegression(), 1, scaler=identity()), history, 6, key=KEY
    )
    quantiles = forecaster.predict(quantiles=(0.1, 0.5, 0.9), paths=200).quantiles[:, :, 0]
    below = (x[:, 65:71, None] < quantiles).mean(axis=0)
    np.testing.assert_allclose(
        below, np.broadcast_to([0.1, 0.5, 0.9], below.shape), rtol=0, atol=0.06
    )
    assert forecaster.errors.std() == pytest.approx(np.sqrt(2), rel=0.03)


def test_errors_are_those_of_windows_that_were_not_shown() -> None:
    """A regressor that knows its rows by heart would call itself perfect; held back, it errs as a
    guess by the nearest row does."""
    by_heart = pytest.importorskip("sklearn.neighbors").KNeighborsRegressor(n_neighbors=1)
    noise = Panel.from_arrays([np.random.default_rng(0).normal(size=400)])
    forecaster = sa.fit(Regressor(by_heart, 2, scaler=identity()), noise, 1, key=KEY)
    assert forecaster.errors.std() == pytest.approx(np.sqrt(2), rel=0.1)
    assert "400 steps" in forecaster.summary() and "errs by 1.4" in forecaster.summary()


def test_a_series_draws_the_same_paths_in_any_company_and_longer_ones_begin_alike() -> None:
    panel = waves((40, 50, 45))
    forecaster = sa.fit(Regressor(linear_model.Ridge(), 3), panel, 4, key=KEY)
    together = forecaster.predict(quantiles=(0.1, 0.9), paths=50)
    alone = forecaster.predict(quantiles=(0.1, 0.9), paths=50, panel=panel.take(np.array([1])))
    np.testing.assert_allclose(alone.quantiles[0], together.quantiles[1], rtol=1e-6)
    longer = forecaster.predict(9, quantiles=(0.1, 0.9), paths=50)
    np.testing.assert_allclose(longer.quantiles[:, :4], together.quantiles, rtol=1e-6)
    other = forecaster.predict(quantiles=(0.1, 0.9), paths=50, key=jax.random.key(1))
    assert (other.quantiles != together.quantiles).any()
    np.testing.assert_array_equal(other.mean, together.mean)


def test_the_estimator_given_is_left_as_it_was() -> None:
    given = linear_model.Ridge()
    sa.fit(Regressor(given, 3), waves(), 2, key=KEY)
    assert not hasattr(given, "coef_")


def test_a_difference_lets_a_tree_follow_a_trend() -> None:
    tree = pytest.importorskip("sklearn.tree").DecisionTreeRegressor(max_depth=3, random_state=0)
    line = Panel.from_arrays([np.arange(60.0)])
    stuck = sa.fit(Regressor(tree, 2), line, 3, key=KEY).predict().mean.ravel()
    assert (stuck < 60).all()
    follows = (
        sa.fit(Regressor(tree, 2, scaler=pipeline(difference(), standard())), line, 3, key=KEY)
        .predict()
        .mean.ravel()
    )
    np.testing.assert_allclose(follows, [60, 61, 62], rtol=1e-6)


def test_methods_are_judged_beside_models_and_see_nothing_after_the_origin() -> None:
    specs = [Regressor(linear_model.LinearRegression(), 3), ETS(), Theta(), models.LinearAR(3)]
    reports = []
    for garbage in (0.0, 1e4):
        panel = waves()
        panel.values[panel.offsets[1:] - 1] += garbage
        reports.append(
            sa.backtest(specs, panel, 2, 1, key=KEY, scaler=standard(), season=6, levels=(80,))
        )
    assert reports[0].models == (
        "Regressor(LinearRegression(), lags=3)",
        "ETS()",
        "Theta()",
        "LinearAR(lags=3, ridge=0.0)",
    )
    for name in reports[0].models:
        np.testing.assert_array_equal(reports[0].mean[name], reports[1].mean[name])
        np.testing.assert_array_equal(reports[0].quantiles[name], reports[1].quantiles[name])
    np.testing.assert_allclose(
        reports[0].mean[reports[0].models[0]],
        reports[0].mean[reports[0].models[3]],
        rtol=1e-4,
        atol=1e-4,
    )


@pytest.mark.parametrize("spec", [ETS(), Theta(), Regressor(linear_model.Ridge(), 4)], ids=repr)
def test_a_method_is_fitted_like_a_model_and_its_forecaster_answers_the_same(spec: Method) -> None:
    forecaster = sa.fit(spec, waves(), 4, key=KEY, season=6)
    assert isinstance(spec, Method) and isinstance(forecaster, Predictor)
    table = forecaster.forecast(levels=[80])
    assert (
        list(table.columns) == ["unique_id", "ds", "forecast", "lo-80", "hi-80"] and len(table) == 8
    )
    assert (table["lo-80"] < table["forecast"]).all() and (table["forecast"] < table["hi-80"]).all()
    assert forecaster._repr_html_() == f"<pre>{forecaster.summary()}</pre>"


def test_refusals() -> None:
    with pytest.raises(
        sa.Refusal, match=r"`estimator` must be an object .* such as Ridge\(\), but it is <class"
    ):
        Regressor(linear_model.Ridge, 3)
    with pytest.raises(
        sa.Refusal, match="`lags` must be a whole number of at least 1, but it is 0"
    ):
        Regressor(linear_model.Ridge(), 0)
    with pytest.raises(
        sa.Refusal,
        match=r"on 8 lags needs two windows .* there is one; the longest series has 9 steps",
    ):
        sa.fit(Regressor(linear_model.Ridge(), 8), waves((9, 5)), 2, key=KEY)
    with pytest.raises(
        sa.Refusal, match=r"`training` shapes models that are built .* ETS\(\) fits itself"
    ):
        sa.fit(ETS(), waves(), 2, key=KEY, training=sa.training.Gradient(span=4))
    with pytest.raises(
        sa.Refusal,
        match=r"but it is Ridge\(\)\. Wrap it: `stepahead.forecasting.Regressor\(it, lags=12\)`",
    ):
        sa.fit(linear_model.Ridge(), waves(), 2, key=KEY)
    forecaster = sa.fit(Regressor(linear_model.Ridge(), 3), waves(), 2, key=KEY)
    with pytest.raises(
        sa.Refusal,
        match=(
            r"A RegressorForecaster has no density for each step, so it cannot be scored or"
            r" sampled"
        ),
    ):
        sa.score(forecaster)
    with pytest.raises(sa.Refusal, match=r"fitted on 1 channel, but this panel has 2"):
        forecaster.predict(panel=waves(channels=2))
    with pytest.raises(sa.Refusal, match="`horizon` must be a whole number"):
        forecaster.predict(0)
