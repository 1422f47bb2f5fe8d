"""Linear autoregression in closed form against statsmodels and least squares by hand, of changes
too; the baselines' own errors."""

import jax
import numpy as np
import pytest
from statsmodels.tsa.ar_model import AutoReg

import stepahead as sa
from stepahead import models
from stepahead._check import Refusal
from stepahead.data import Panel, identity
from stepahead.forecasting import anchored, direct, mimo, recursive
from stepahead.models import Channels, Gaussian, Model, Point, build
from stepahead.training import Gradient, has_closed_form, solve


def ar(length: int, seed: int = 0) -> np.ndarray:
    """A draw of x_t = 3 + 0.6 x_{t−1} − 0.3 x_{t−2} + e_t."""
    shocks, x = np.random.default_rng(seed).normal(size=length + 50), np.zeros(length + 50)
    for t in range(2, len(x)):
        x[t] = 3 + 0.6 * x[t - 1] - 0.3 * x[t - 2] + shocks[t]
    return x[50:]


def solved(spec, panel: Panel, head=None, mask: bool = False) -> Model:
    head = Gaussian() if head is None else head
    return solve(build(spec, Channels(panel.channels, mask=mask), head, jax.random.key(0)), panel)


@pytest.mark.parametrize("lags", [1, 3, (1, 4)])
def test_weights_and_forecasts_are_those_of_statsmodels(lags) -> None:
    x = ar(200)
    body = solved(models.LinearAR(lags), Panel.from_arrays([x])).body
    theirs = AutoReg(x, lags=list(lags) if isinstance(lags, tuple) else lags).fit()
    np.testing.assert_allclose(body.bias[0], theirs.params[0], rtol=1e-4)
    np.testing.assert_allclose(
        np.asarray(body.weight[0])[::-1], theirs.params[1:], rtol=1e-4, atol=1e-5
    )
    forecaster = sa.fit(
        models.LinearAR(lags),
        Panel.from_arrays([x]),
        8,
        key=jax.random.key(0),
        scaler=identity(),
        strategy=recursive,
    )
    np.testing.assert_allclose(forecaster.predict().mean[0, :, 0], theirs.forecast(8), rtol=1e-4)


def test_ridge_penalises_the_weights_and_not_the_intercept() -> None:
    x, ridge = ar(60), 5.0
    body = solved(models.LinearAR(2, ridge=ridge), Panel.from_arrays([x])).body
    design = np.stack([x[:-2], x[1:-1], np.ones(58)], axis=1)
    wanted = np.linalg.solve(design.T @ design + np.diag([ridge, ridge, 0.0]), design.T @ x[2:])
    np.testing.assert_allclose(
        [*np.asarray(body.weight[0]), float(body.bias[0])], wanted, rtol=1e-4
    )


def test_all_steps_and_channels_are_regressed_on_all_lags_of_all_series() -> None:
    arrays = [np.stack([ar(30, s), ar(30, s + 9)], axis=1)[: 30 - 8 * s] for s in range(2)]
    body = solved(models.LinearAR((1, 3)), Panel.from_arrays(arrays), Point(2)).body
    rows, targets = [], []
    for x in arrays:
        for t in range(2, len(x) - 2):
            rows.append([*x[t - 2], *x[t], 1.0])
            targets.append([*x[t + 1], *x[t + 2]])
    wanted = np.linalg.lstsq(np.array(rows), np.array(targets), rcond=None)[0].T
    np.testing.assert_allclose(body.weight, wanted[:, :-1], rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(body.bias, wanted[:, -1], rtol=1e-3, atol=1e-3)


def test_a_missing_target_is_left_out_and_a_missing_input_is_the_last_value() -> None:
    x = ar(80)
    x[[20, 50]] = np.nan
    body = solved(models.LinearAR(2), Panel.from_arrays([x]), Point()).body
    filled = x.copy()
    filled[[20, 50]] = x[[19, 49]]
    keep = [t for t in range(2, 80) if t not in (20, 50)]
    design = np.stack(
        [filled[np.array(keep) - 2], filled[np.array(keep) - 1], np.ones(len(keep))], axis=1
    )
    wanted = np.linalg.lstsq(design, x[keep], rcond=None)[0]
    np.testing.assert_allclose(
        [*np.asarray(body.weight[0]), float(body.bias[0])], wanted, rtol=1e-4
    )


def test_on_changes_the_weights_and_the_ridge_are_those_of_changes_regressed_on_changes() -> None:
    parts, ridge = (ar(60), ar(30, 1)), 5.0
    rows = [
        [p[t - 1] - p[t - 2], p[t] - p[t - 1], 1.0, p[t + 1] - p[t], p[t + 2] - p[t]]
        for p in parts
        for t in range(2, len(p) - 2)
    ]
    design, targets = np.array(rows)[:, :3], np.array(rows)[:, 3:]
    wanted = np.linalg.solve(design.T @ design + np.diag([ridge, ridge, 0.0]), design.T @ targets)
    for strategy in (anchored(mimo), anchored(direct)):
        options = {"scaler": identity(), "head": Point(), "strategy": strategy}
        fitted = sa.fit(
            models.LinearAR(2, ridge=ridge), Panel.from_arrays(parts), 2, key=0, **options
        )
        np.testing.assert_allclose(
            np.asarray(fitted.model.body.body.weight), wanted[:2].T, rtol=1e-4, atol=1e-5
        )
        ahead = [p[-1] + np.array([p[-2] - p[-3], p[-1] - p[-2], 1.0]) @ wanted for p in parts]
        np.testing.assert_allclose(fitted.predict().mean[..., 0], ahead, rtol=1e-4)


def test_a_ridge_that_no_gradient_would_see_is_refused() -> None:
    with pytest.raises(Refusal, match="`ridge` is a penalty of least squares"):
        sa.fit(
            models.Anchored(models.LinearAR(2, ridge=1.0)),
            Panel.from_arrays([ar(30)]),
            2,
            key=0,
            training=Gradient(span=2),
        )


def scale(model: Model) -> np.ndarray:
    """The standard deviations of the errors, by step ahead, first channel."""
    return np.log1p(np.exp(np.asarray(model.body.shape[:, 0, 1], np.float64))) + 1e-4


def test_the_spread_is_the_root_mean_square_of_the_models_own_errors() -> None:
    x = ar(100)
    panel = Panel.from_arrays([x[:60], x[60:]])
    parts = (x[:60], x[60:])
    naive = [
        np.sqrt(np.mean(np.concatenate([p[k:] - p[:-k] for p in parts]) ** 2)) for k in (1, 2, 3)
    ]
    np.testing.assert_allclose(scale(solved(models.Naive(), panel, Gaussian(3))), naive, rtol=1e-4)
    seasonal = np.sqrt(np.mean(np.concatenate([p[4:] - p[:-4] for p in parts]) ** 2))
    np.testing.assert_allclose(scale(solved(models.SeasonalNaive(4), panel)), seasonal, rtol=1e-4)
    running = np.concatenate([p[1:] - np.cumsum(p)[:-1] / np.arange(1, len(p)) for p in parts])
    np.testing.assert_allclose(
        scale(solved(models.Mean(), panel)), np.sqrt(np.mean(running**2)), rtol=1e-4
    )
    drift = np.concatenate(
        [[p[t + 1] - p[t] - (p[t] - p[0]) / t for t in range(1, len(p) - 1)] for p in parts]
    )
    np.testing.assert_allclose(
        scale(solved(models.Drift(), panel)), np.sqrt(np.mean(drift**2)), rtol=1e-4
    )


def test_what_has_a_closed_form_and_what_is_too_short_for_it() -> None:
    assert has_closed_form(build(models.LinearAR(2), 1, Point(), jax.random.key(0)))
    assert not has_closed_form(build(models.MLPAR(2), 1, Point(), jax.random.key(0)))
    with pytest.raises(Refusal, match="No series has 7 steps, which 5 lags and 2 step"):
        solved(models.LinearAR(5), Panel.from_arrays([np.arange(6.0)]), Point(2))
    with pytest.raises(Refusal, match="NegativeBinomial head needs a model trained by gradient"):
        sa.fit(
            models.Naive(),
            Panel.from_arrays([np.arange(6.0)]),
            1,
            key=jax.random.key(0),
            head=models.NegativeBinomial(),
            strategy=mimo,
        )
