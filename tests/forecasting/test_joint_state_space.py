"""Several channels as one system: against statsmodels, against each channel by itself where they
have nothing in common, and against a system of one's own matrices."""

import warnings

import numpy as np
import pytest
from statsmodels.tsa.statespace.dynamic_factor import DynamicFactor
from statsmodels.tsa.statespace.initialization import Initialization
from statsmodels.tsa.statespace.kalman_smoother import KalmanSmoother

import stepahead as sa
from stepahead import data
from stepahead.data import Panel
from stepahead.forecasting import JointForecaster, draw_components
from stepahead.models import (
    AR,
    Apart,
    Common,
    Constant,
    DummySeason,
    LocalLevel,
    LocalLinearTrend,
    Noise,
    OwnMatrices,
    Regression,
    StateSpace,
)

NAMES = ["a", "b", "c"]


def together(count: int = 80, seed: int = 0, gaps: bool = True) -> np.ndarray:
    """Three channels whose levels move together, of unlike size."""
    draws = np.random.default_rng(seed)
    root = np.array([[1.0, 0, 0], [0.8, 0.5, 0], [-0.6, 0.3, 0.7]])
    values = np.cumsum(draws.normal(size=(count, 3)) @ root.T, axis=0) + draws.normal(
        size=(count, 3)
    )
    values *= [1.0, 50.0, 0.02]
    if gaps:
        values[5:9, 0] = values[20, 1] = values[40] = np.nan
    return values


def fitted(spec: StateSpace, *series: np.ndarray, horizon: int = 3) -> JointForecaster:
    return sa.fit(spec, Panel.from_arrays(list(series), names=NAMES[: series[0].shape[1]]), horizon)


def oracle(values: np.ndarray, **matrices: np.ndarray) -> KalmanSmoother:
    states = matrices["transition"].shape[0]
    found = KalmanSmoother(k_endog=values.shape[1], k_states=states)
    found.bind(values)
    for name, matrix in {"selection": np.eye(states), **matrices}.items():
        found[name] = matrix
    found.initialize(Initialization(states, "diffuse"))
    return found


def test_levels_that_move_together_have_the_likelihood_and_the_forecast_of_statsmodels() -> None:
    values = together()
    done = fitted(StateSpace(LocalLevel(), joint=True), values)
    level = done.covariances()["covariance of level"][0]
    noise = done.covariances()["covariance of noise"][0]
    assert np.count_nonzero(noise) == 3
    theirs = oracle(
        values, design=np.eye(3), transition=np.eye(3), state_cov=level, obs_cov=noise
    ).smooth()
    scaled = np.log(done.unit[0]) @ np.isfinite(values).sum(axis=0)
    # the diffuse density of the first values counts states in the unit of the channel
    scaled -= np.log(done.unit[0]).sum()
    assert done.log_likelihood()[0] - scaled == pytest.approx(theirs.llf, rel=1e-8)
    told = done.components(levels=95)
    np.testing.assert_allclose(
        told["trend"].to_numpy().reshape(-1, 3), theirs.smoothed_state.T, rtol=1e-6
    )
    np.testing.assert_allclose(done.predict().mean[0, 0], theirs.predicted_state[:, -1], rtol=1e-7)
    before = theirs.forecasts.T[np.isfinite(values)]
    ours = done.fitted_values()[np.isfinite(values)]
    known = np.isfinite(ours)
    np.testing.assert_allclose(ours[known], before[known], rtol=1e-6)


def test_a_fit_finds_what_moved_the_channels() -> None:
    done = fitted(StateSpace(LocalLevel(), joint=True), together(400, gaps=False))
    level = done.covariances()["covariance of level"][0]
    size = np.sqrt(np.diag(level))
    wanted = np.array([[1, 0.848, -0.619], [0.848, 1, -0.361], [-0.619, -0.361, 1]])
    np.testing.assert_allclose(level / np.outer(size, size), wanted, atol=0.15)


def test_a_dynamic_factor_is_no_worse_than_statsmodels() -> None:
    draws = np.random.default_rng(5)
    factor = np.zeros(120)
    for t in range(1, 120):
        factor[t] = 0.8 * factor[t - 1] + draws.normal()
    values = np.outer(factor, [1.0, -0.5, 2.0]) + draws.normal(size=(120, 3))
    values -= values.mean(axis=0)
    done = fitted(StateSpace(Common(AR(1)), joint=True), values)
    theirs = DynamicFactor(values, k_factors=1, factor_order=1)
    phi = done.parameters[0, 3]
    loading, noise = (done.parameters[0, at : at + 3] * done.unit[0] for at in (0, 4))
    at_ours = theirs.loglike(np.array([*loading, *noise**2, phi]))
    scaled = 120 * np.log(done.unit[0]).sum()
    assert done.log_likelihood()[0] - scaled == pytest.approx(at_ours, rel=1e-8)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        best = theirs.fit(disp=False, maxiter=200).llf
    assert at_ours >= best - 1e-4


def test_channels_with_nothing_in_common_are_those_of_each_by_itself() -> None:
    values = together()[:, :2]
    parts = (LocalLinearTrend(slope=False), DummySeason(4))
    joint = fitted(StateSpace(*map(Apart, parts), joint=True), values)
    apart = fitted(StateSpace(*parts), values)
    np.testing.assert_allclose(joint.score().steps, apart.score().steps, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(
        joint.predict(levels=80).quantiles, apart.predict(levels=80).quantiles, rtol=1e-4
    )
    np.testing.assert_allclose(joint.fitted_values(), apart.fitted_values(), rtol=1e-3, atol=1e-3)


def test_matrices_of_ones_own_make_one_system() -> None:
    """A level and its slope, seen by two channels; against statsmodels."""
    values = together()[:, :2] / [1, 50]
    own = OwnMatrices(
        ((1.0, 1.0), (0.0, 0.9)), ((1.0, 0.0), (0.7, 1.0)), ((1.0, 0.3), (0.3, 0.5)), label="own"
    )
    done = fitted(StateSpace(own, joint=True), values)
    noise = done.covariances()["covariance of noise"][0]
    scale = done.unit[0]
    theirs = oracle(
        values,
        design=np.array([[1.0, 0.0], [0.7, 1.0]]) * scale[:, None],
        transition=np.array(own.transition),
        state_cov=np.array(own.shocks),
        obs_cov=noise,
    ).smooth()
    scaled = np.log(scale) @ np.isfinite(values).sum(axis=0)
    assert done.log_likelihood()[0] - scaled == pytest.approx(theirs.llf, rel=1e-8)
    with pytest.raises(sa.Refusal, match="`design` has 2 rows, but the series have 3 channels"):
        fitted(StateSpace(own, joint=True), together())


def test_covariates_have_a_weight_in_each_channel() -> None:
    values = together(50)
    x = np.random.default_rng(7).normal(size=(53, 1))
    values += x[:50] * [3.0, -100.0, 0.1]
    panel = data.with_covariates(
        Panel.from_arrays([values], names=NAMES), known=Panel.from_arrays([x], names=["x"])
    )
    done = sa.fit(StateSpace(LocalLevel(), Regression(), joint=True), panel, 3)
    state_cov = np.zeros((6, 6))
    state_cov[:3, :3] = done.covariances()["covariance of level"][0]
    design = np.zeros((3, 6, 50))
    design[range(3), range(3)] = 1
    design[range(3), range(3, 6)] = x[:50, 0]
    noise = done.covariances()["covariance of noise"][0]
    theirs = oracle(
        values, design=design, transition=np.eye(6), state_cov=state_cov, obs_cov=noise
    ).smooth()
    weights = done.end[0][0, 3:6] * done.unit[0]
    np.testing.assert_allclose(weights, theirs.smoothed_state[3:, -1], rtol=1e-6)
    level = theirs.smoothed_state[:3, -1]
    np.testing.assert_allclose(done.predict().mean[0], level + x[50:] * weights, rtol=1e-6)


def test_a_channel_that_ended_is_forecast_from_the_others() -> None:
    values = np.repeat(np.random.default_rng(2).normal(size=(60, 1)).cumsum(axis=0), 2, axis=1)
    values += 0.01 * np.random.default_rng(3).normal(size=values.shape)
    values[50:, 1] = np.nan
    done = fitted(StateSpace(Common(LocalLevel()), joint=True), values, horizon=1)
    assert done.predict().mean[0, 0, 1] == pytest.approx(values[-1, 0], abs=0.1)


def test_a_panel_equals_its_series_one_by_one_and_a_file_keeps_every_bit(tmp_path) -> None:
    series = [together(n, seed)[:, :2] for seed, n in enumerate((45, 42))]
    spec = StateSpace(LocalLevel(), joint=True)
    both, alone = fitted(spec, *series), fitted(spec, series[1])
    np.testing.assert_allclose(alone.predict().mean[0], both.predict().mean[1], rtol=1e-4)
    sa.save(both, tmp_path / "joint.stepahead")
    again = sa.load(tmp_path / "joint.stepahead")
    assert again.spec == spec and again.forecast().equals(both.forecast())
    later = together(3, 9, gaps=False)[:, :2]
    new = Panel.from_arrays([later], start=42, names=NAMES[:2])
    moved = alone.update(new).predict().mean
    still = alone.update(new.with_values(np.full_like(new.values, np.nan))).predict().mean
    np.testing.assert_allclose(still, alone.predict(3).mean[:, -1:].repeat(3, axis=1), rtol=1e-9)
    assert np.abs(moved - still).max() > 0.1
    strange = Panel.from_arrays([series[0]], ids=["z"], names=NAMES[:2])
    np.testing.assert_allclose(
        both.predict(panel=strange).mean[0], both.predict().mean[0], rtol=1e-4
    )


def test_a_jump_of_one_channel_shows_in_its_disturbances() -> None:
    values = together(90, gaps=False) + np.array([0.0, 0.0, 50.0])
    values[60:, 1] += 600
    values[30, 2] += 2
    shocks = fitted(StateSpace(LocalLevel(), joint=True), values).disturbances()
    level, outlier = (shocks[name].to_numpy().reshape(-1, 3) for name in ("level", "outlier"))
    assert np.unravel_index(np.nanargmax(level), level.shape) == (60, 1)
    assert np.nanargmax(outlier[:, 2]) == 30
    assert np.isnan(level[0]).all() and not np.isnan(level[1:]).any()


def test_paths_move_all_channels_as_the_covariances_say() -> None:
    done = fitted(StateSpace(LocalLevel(), joint=True), together())
    drawn = done.sample(3, key=0, count=6000)
    assert drawn.shape == (6000, 3, 3)
    told = done.predict(levels=[80])
    spread = (told.quantiles[0, ..., 1] - told.quantiles[0, ..., 0]) / (2 * 1.2815515655)
    assert (abs(drawn.mean(axis=0) - told.mean[0]) < 0.06 * spread).all()
    np.testing.assert_allclose(drawn.std(axis=0), spread, rtol=0.04)
    unit = done.unit[0]
    first, last = (np.cov((drawn[:, h] / unit).T) for h in (0, 2))
    shocks = done.covariances()["covariance of level"][0] / np.outer(unit, unit)
    np.testing.assert_allclose(last - first, 2 * shocks, atol=0.12)
    assert 2 * shocks[0, 1] > 0.36  # what would be missed without it
    np.testing.assert_array_equal(done.sample(2, key=0, count=6000, warmup=1), drawn[:, 1:])
    with pytest.raises(sa.Refusal, match="no series number 1; the history holds 1"):
        done.sample(3, key=0, series=1)


def test_draws_of_components_have_the_moments_of_the_table() -> None:
    done = fitted(StateSpace(LocalLevel(), joint=True), together(48)[:24])
    drawn, table = draw_components(done, 200, key=0), done.components(levels=80)
    assert drawn.shape[:3] == (200, 24, 3)
    width = (table["trend-hi-80"] - table["trend-lo-80"]).to_numpy().reshape(24, 3)
    deviation = width / (2 * 1.2815515655)
    middle = table["trend"].to_numpy().reshape(24, 3)
    assert (abs(drawn[..., 0].mean(axis=0) - middle) < 0.3 * deviation).all()
    ratio = drawn[..., 0].std(axis=0) / deviation
    assert ratio.min() > 0.8 and ratio.max() < 1.2


def test_refusals() -> None:
    with pytest.raises(sa.Refusal, match="A `design` with a row for each channel"):
        StateSpace(OwnMatrices(((1.0,),), ((1.0,), (0.5,)), (None,)))
    with pytest.raises(sa.Refusal, match="never changes: it has no shocks"):
        fitted(StateSpace(LocalLevel(), joint=True), np.column_stack([np.arange(9.0), np.ones(9)]))
    with pytest.raises(sa.Refusal, match="has 4 values in all channels, but the model has 8"):
        fitted(
            StateSpace(LocalLevel(), DummySeason(4), joint=True), np.arange(4.0).reshape(2, 2) ** 2
        )
    with pytest.raises(sa.Refusal, match=r"`shocks` must be a covariance: .* eigenvalue is -0.5"):
        OwnMatrices(((1.0, 0.0), (0.0, 1.0)), (1.0, 0.0), ((1.0, 1.5), (1.5, 1.0)))
    with pytest.raises(sa.Refusal, match=r"`shocks` must be a covariance: .* not symmetric"):
        OwnMatrices(((1.0, 0.0), (0.0, 1.0)), (1.0, 0.0), ((1.0, 0.5), (0.0, 1.0)))
    with pytest.raises(sa.Refusal, match="`variance of noise` and `variance of noise`"):
        StateSpace(LocalLevel(), Noise())
    assert repr(StateSpace(Constant(), Noise(), noise=False, joint=True)) == (
        "StateSpace(Constant(), Noise(), noise=False, joint=True)"
    )
