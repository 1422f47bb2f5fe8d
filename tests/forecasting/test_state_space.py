"""Structural models: learned, forecast, updated and taken apart, against statsmodels, the book and
what must hold of any."""

import os
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from statsmodels.datasets import nile
from statsmodels.tsa.statespace.structural import UnobservedComponents

import stepahead as sa
from stepahead import data
from stepahead.data import Panel
from stepahead.forecasting import components_of, draw_components
from stepahead.models import (
    AR,
    Cycle,
    DampedTrend,
    DummySeason,
    LocalLevel,
    LocalLinearTrend,
    OwnMatrices,
    Regression,
    StateSpace,
    TrigonometricSeason,
    basic_structural,
)
from stepahead.models.statespace._state_space import refuse_strangers

NILE = nile.load_pandas().data["volume"].to_numpy()


def seasonal(count: int = 60, seed: int = 0, period: int = 4) -> np.ndarray:
    draws = np.random.default_rng(seed)
    level = 50 + np.cumsum(draws.normal(0.3, 1, count))
    return level + 8 * np.sin(2 * np.pi * np.arange(count) / period) + draws.normal(0, 2, count)


def fitted(spec: StateSpace, *series: np.ndarray, horizon: int = 4) -> sa.forecasting.Predictor:
    return sa.fit(spec, Panel.from_arrays(list(series)), horizon=horizon)


def test_the_nile_has_the_variances_of_the_book() -> None:
    done = fitted(StateSpace(LocalLevel()), NILE)
    found = done.estimates()
    assert float(found["variance of noise"][0, 0]) == pytest.approx(15099, abs=1)
    assert float(found["variance of level"][0, 0]) == pytest.approx(1469.1, abs=0.1)
    assert float(done.log_likelihood()[0, 0]) == pytest.approx(-633.4646, abs=1e-4)


WITH_ORACLE = [
    (StateSpace(LocalLevel()), {"level": "llevel"}),
    (StateSpace(LocalLinearTrend(level=False)), {"level": "strend"}),
    (StateSpace(LocalLinearTrend(level=False, slope=False)), {"level": "dtrend"}),
    (basic_structural(4), {"level": "lltrend", "seasonal": 4}),
    (
        StateSpace(LocalLevel(), TrigonometricSeason(6, 2), TrigonometricSeason(4)),
        {
            "level": "llevel",
            "freq_seasonal": [{"period": 6, "harmonics": 2}, {"period": 4}],
        },
    ),
    (
        StateSpace(LocalLevel(), AR(2), noise=False),
        {"level": "rwalk", "autoregressive": 2},
    ),
    (
        StateSpace(LocalLevel(), Cycle(5, 20, damped=False)),
        {
            "level": "llevel",
            "cycle": True,
            "stochastic_cycle": True,
            "cycle_period_bounds": (5, 20),
        },
    ),
]


@pytest.mark.parametrize(("spec", "oracle"), WITH_ORACLE, ids=lambda each: repr(each)[:50])
def test_the_likelihood_equals_statsmodels_and_the_fit_is_no_worse(spec, oracle) -> None:
    series = seasonal(70)
    series[[9, 10, 41]] = np.nan
    done = fitted(spec, series)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about what its optimiser could not improve
        oracle = UnobservedComponents(series, use_exact_diffuse=True, **oracle)
        theirs = oracle.fit(disp=False)
    names = [each.name for each in done.model.parameters]
    ours = float(done.log_likelihood()[0, 0])
    assert len(names) == len(theirs.params)
    at_ours = oracle.loglike(done.parameters[0])
    if "lag 1 of autoregression" not in names:  # there the order of the parameters is another
        assert at_ours == pytest.approx(ours, rel=1e-8)
    assert ours >= theirs.llf - 1e-4


def test_the_seat_belt_law_saves_a_fifth_of_the_drivers() -> None:
    """Real data, their effect as Durbin & Koopman and statsmodels find it."""
    path = sa_data("classics/Seatbelts.csv.gz")
    table = np.genfromtxt(path, delimiter=",", names=True)
    known = Panel.from_arrays(
        [np.column_stack([np.log(table["PetrolPrice"]), table["law"]])], names=["petrol", "law"]
    )
    panel = data.with_covariates(Panel.from_arrays([np.log(table["drivers"])]), known=known)
    done = sa.fit(StateSpace(LocalLevel(), DummySeason(12), Regression()), panel, horizon=1)
    weights, spread = done.end[0][0, -2:], np.sqrt(np.diag(done.end[1][0])[-2:])
    np.testing.assert_allclose(weights, [-0.2767, -0.2376], atol=2e-4)
    np.testing.assert_allclose(spread, [0.0984, 0.0464], atol=2e-4)
    assert 1 - np.exp(weights[1]) == pytest.approx(0.21, abs=0.01)
    with pytest.raises(sa.Refusal, match="petrol"):
        done.forecast()  # what the price will be must be said


def sa_data(name: str) -> Path:
    root = Path(os.environ.get("STEPAHEAD_DATA", Path(__file__).parents[3] / "shared" / "data"))
    if not (root / name).exists():
        pytest.skip(f"{name} is not there")
    return root / name


def test_a_panel_equals_its_series_one_by_one() -> None:
    series = [seasonal(n, seed) for seed, n in enumerate((60, 33, 47, 21))]
    series[1][5:9] = np.nan
    together = fitted(basic_structural(4), *series)
    for number, each in enumerate(series):
        alone = fitted(basic_structural(4), each)
        np.testing.assert_allclose(
            alone.parameters[0], together.parameters[number], rtol=1e-9, atol=1e-12
        )
        np.testing.assert_allclose(
            alone.predict(levels=80).quantiles[0],
            together.predict(levels=80).quantiles[number],
            rtol=1e-9,
        )


def test_forecasts_of_a_local_level_are_those_of_the_book() -> None:
    done = fitted(StateSpace(LocalLevel()), NILE, horizon=3)
    found = done.predict(levels=95)
    noise, level = done.parameters[0]
    np.testing.assert_allclose(found.mean[0, :, 0], done.end[0][0, 0], rtol=1e-12)
    variance = done.end[1][0, 0, 0] + level * np.arange(3) + noise
    low, high = found.interval(95)
    np.testing.assert_allclose(((high - low) / 2)[0, :, 0], 1.959964 * np.sqrt(variance), rtol=1e-6)


def test_an_update_equals_filtering_the_whole_and_does_not_read_the_past() -> None:
    series = [seasonal(50), seasonal(40, 1), seasonal(45, 2)]
    before = Panel.from_arrays([each[:-6] for each in series], ids=["a", "b", "c"])
    new = Panel.from_arrays([series[2][-6:], series[0][-4:]], ids=["c", "a"], start=0)
    steps = [(39, series[2][-6:], "c"), (46, series[0][-4:], "a")]
    done = sa.fit(basic_structural(4), before, horizon=3)
    for start, values, name in steps:
        new = Panel.from_arrays([values], ids=[name], start=start)
        done = done.update(new)
    whole = done.with_history(done.history)
    again = sa.fit(basic_structural(4), before, horizon=3).with_history(done.required_history)
    assert whole.predict(levels=80).mean.shape == (3, 3, 1)
    np.testing.assert_allclose(
        done.predict(levels=80).quantiles, again.predict(levels=80).quantiles, rtol=1e-9
    )
    # only the state is asked: another past gives the same forecast
    other = Panel.from_arrays([np.full(50, 1.0)] * 3, ids=["a", "b", "c"])
    blind = replace(done, history=other)
    assert blind.predict().mean.tobytes() == done.predict().mean.tobytes()


def test_components_sum_to_the_signal_and_cover_what_they_claim() -> None:
    draws = np.random.default_rng(0)
    level = np.cumsum(draws.normal(0, 1, (40, 60)), axis=1)
    values = level + draws.normal(0, 2, level.shape)
    done = sa.fit(StateSpace(LocalLevel()), Panel.from_arrays(values), horizon=1)
    found = components_of(done)
    np.testing.assert_allclose(found.mean[..., :-1].sum(axis=-1), found.mean[..., -1], rtol=1e-9)
    table = done.components(levels=80)
    inside = (table["trend-lo-80"] < level.ravel()) & (level.ravel() < table["trend-hi-80"])
    assert 0.74 < inside.mean() < 0.84
    np.testing.assert_allclose(table["trend"] + table["rest"], table["y"], rtol=1e-9, atol=1e-9)


def test_draws_of_components_have_the_smoothed_moments() -> None:
    series = seasonal(30)
    series[[4, 17]] = np.nan
    done = fitted(basic_structural(4), series)
    found, drawn = components_of(done), draw_components(done, 150, key=0)
    assert drawn.shape == (150, 30, 1, 3)
    error = np.abs(drawn.mean(axis=0) - found.mean) / np.maximum(found.deviation, 1e-9)
    assert error.max() < 0.25  # of 400 draws: five standard errors
    ratio = drawn.std(axis=0) / found.deviation
    assert ratio.min() > 0.85 and ratio.max() < 1.15
    assert drawn.tobytes() == draw_components(done, 150, key=0).tobytes()


def test_disturbances_find_the_outlier_and_the_level_shift() -> None:
    draws = np.random.default_rng(3)
    values = 100 + np.cumsum(draws.normal(0, 0.3, 80)) + draws.normal(0, 1, 80)
    values[30] += 9
    values[55:] -= 9
    table = fitted(StateSpace(LocalLevel()), values).disturbances()
    assert table["outlier"].abs().idxmax() == 30
    assert table["level"].abs().idxmax() == 55 and table["level"][55] < -3


def test_logs_are_taken_of_what_is_above_zero() -> None:
    grown = np.exp(seasonal(48) / 20)
    both = fitted(basic_structural(4, logs=True), grown, seasonal(48) - 60)
    alone = fitted(basic_structural(4), np.log(grown))
    assert both.logs.tolist() == [True, False]
    np.testing.assert_allclose(
        np.log(both.predict(levels=80).quantiles[0]),
        alone.predict(levels=80).quantiles[0],
        rtol=1e-9,
    )
    score = both.score().total[0] + np.nansum(np.log(grown[5:]))
    np.testing.assert_allclose(score, alone.score().total[0], rtol=1e-9)
    assert both.score().skipped == 5


def test_hard_series() -> None:
    """Constant, all but missing, two points, huge and tiny, and many gaps."""
    series = {
        "constant": np.full(30, 7.5),
        "two": np.array([1.0, 2.0]),
        "gaps": np.where(np.arange(40) % 3 == 0, seasonal(40), np.nan),
        "huge": seasonal(40) * 1e15,
        "tiny": seasonal(40) * 1e-15,
        "late": np.concatenate([np.full(20, np.nan), seasonal(30)]),
        "ended": np.concatenate([seasonal(30), np.full(6, np.nan)]),
    }
    panel = Panel.from_arrays(list(series.values()), ids=list(series))
    done = sa.fit(basic_structural(4), panel, horizon=3)
    found = dict(zip(series, done.predict(levels=80).quantiles[:, :, 0], strict=True))
    assert all(np.isfinite(each).all() for each in found.values())
    np.testing.assert_allclose(found["constant"], 7.5, rtol=1e-12)
    usual = sa.fit(basic_structural(4), Panel.from_arrays([seasonal(40)]), horizon=3)
    usual = usual.predict(levels=80).quantiles[0, :, 0]
    np.testing.assert_allclose(found["huge"], usual * 1e15, rtol=1e-6)
    np.testing.assert_allclose(found["tiny"], usual * 1e-15, rtol=1e-6)
    ended = fitted(basic_structural(4), seasonal(30), horizon=9).predict(levels=80).quantiles
    np.testing.assert_allclose(found["ended"], ended[0, 6:, 0], rtol=1e-7)


def test_several_channels_are_series_of_their_own() -> None:
    one, other = seasonal(40), seasonal(40, 1)
    both = sa.fit(
        basic_structural(4), Panel.from_arrays([np.column_stack([one, other])]), horizon=2
    )
    for channel, each in enumerate((one, other)):
        np.testing.assert_allclose(
            both.predict(levels=80).quantiles[0, :, channel],
            fitted(basic_structural(4), each, horizon=2).predict(levels=80).quantiles[0, :, 0],
            rtol=1e-9,
        )
    assert both.fitted_values().shape == (40, 2)
    assert set(both.components()["channel"]) == {"y0", "y1"}


def test_matrices_of_ones_own_equal_the_component_they_spell_out() -> None:
    own = StateSpace(OwnMatrices(((1.0, 1.0), (0.0, 1.0)), (1.0, 0.0), (None, None)))
    one, other = fitted(own, NILE), fitted(StateSpace(LocalLinearTrend()), NILE)
    np.testing.assert_allclose(one.log_likelihood(), other.log_likelihood(), rtol=1e-7)
    given = StateSpace(OwnMatrices(((1.0,),), (1.0,), (1469.1,)))
    noise = fitted(given, NILE).estimates()["variance of noise"]
    assert float(noise[0, 0]) == pytest.approx(15099, rel=2e-4)
    damped = StateSpace(OwnMatrices(((0.5,),), (1.0,), (None,)), noise=False)
    series = seasonal(60) - 50
    at = fitted(damped, series).parameters[0, 0]
    e = series[1:] - 0.5 * series[:-1]
    assert at == pytest.approx((np.sum(e**2) + 0.75 * series[0] ** 2) / 60, rel=1e-5)


def test_refusals() -> None:
    with pytest.raises(sa.Refusal, match=r"explodes: its largest eigenvalue has the size 1.2"):
        OwnMatrices(((1.2,),), (1.0,), (None,))
    with pytest.raises(sa.Refusal, match="2 components called 'trend', and two of one kind"):
        StateSpace(LocalLevel(), DampedTrend())
    with pytest.raises(sa.Refusal, match="`Regression`, but the panel has no known covariates"):
        fitted(StateSpace(LocalLevel(), Regression()), NILE)
    with pytest.raises(sa.Refusal, match="Series '0' has no observed value"):
        fitted(StateSpace(LocalLevel()), np.full(5, np.nan))
    with pytest.raises(sa.Refusal, match="`training` shapes models that are built"):
        sa.fit(
            StateSpace(LocalLevel()),
            Panel.from_arrays([NILE]),
            2,
            key=0,
            training=sa.training.Gradient(span=4),
        )
    with pytest.raises(sa.Refusal, match="`harmonics` must be at most half the period"):
        TrigonometricSeason(12, 7)
    with pytest.raises(sa.Refusal, match="2 <= `low` < `high`"):
        Cycle(9, 4)
    with pytest.raises(sa.Refusal, match=r"`components` must be one component or more.* none came"):
        StateSpace()
    with pytest.raises(sa.Refusal, match=r"one after the other, but \(LocalLevel"):
        refuse_strangers([(LocalLevel(), DummySeason(4))], True, False, False)
    with pytest.raises(sa.Refusal, match="`noise` must be True or False, but it is LocalLevel"):
        refuse_strangers([LocalLevel()], LocalLevel(), False, False)


BAD_MATRICES = [
    (((float("nan"),),), (1.0,), (None,), "`transition` must have rows of one length and finite"),
    (((1.0, 0.0), (1.0,)), (1.0, 0.0), (None, None), "`transition` must have rows of one length"),
    (((1.0,),), (1.0,), (float("inf"),), "`shocks` must have rows of one length and finite"),
    (((1.0,),), (1.0, 2.0), (None,), "`transition` must be a square matrix"),
]


@pytest.mark.parametrize(("transition", "design", "shocks", "words"), BAD_MATRICES)
def test_matrices_that_are_no_system_are_refused(transition, design, shocks, words) -> None:
    with pytest.raises(sa.Refusal, match=words):
        OwnMatrices(transition, design, shocks)


def test_series_that_tell_nothing_are_forecast_or_refused_in_a_sentence() -> None:
    """A constant, a single value, an exact line, and values whose squares are no numbers."""
    still = fitted(StateSpace(LocalLevel()), np.full(20, 5.0)).predict(levels=95)
    assert (still.mean == 5).all() and (still.quantiles == 5).all()
    np.testing.assert_allclose(
        fitted(basic_structural(4), np.arange(40.0)).predict().mean[0, :, 0], 40 + np.arange(4)
    )
    with pytest.raises(sa.Refusal, match="never changes, and without a level the model expects 0"):
        fitted(StateSpace(AR(1)), np.full(20, 5.0))
    with pytest.raises(sa.Refusal, match="Series '0' has a single value"):
        fitted(StateSpace(LocalLevel()), np.array([np.nan, 3.0])).predict()
    for unit in (1e200, 1e-200):
        with pytest.raises(sa.Refusal, match="whose squares no number holds"):
            fitted(StateSpace(LocalLevel()), unit * np.arange(1.0, 9.0))


ALIKE = [
    ((LocalLevel(), OwnMatrices(((1.0,),), (1.0,), (None,))), "'trend' and 'states' .* a level"),
    ((DummySeason(12), TrigonometricSeason(6)), "'season 12' and 'season 6' .* wave of 6 steps"),
    (
        (LocalLevel(), OwnMatrices(((0.0,),), (1.0,), (None,))),
        "`variance of noise` and `variance of state 1` cannot be told apart",
    ),
]


@pytest.mark.parametrize(("components", "words"), ALIKE)
def test_components_that_no_series_tells_apart_are_refused(components, words) -> None:
    with pytest.raises(sa.Refusal, match=words):
        StateSpace(*components)


def test_components_that_some_series_tell_apart_are_not_refused() -> None:
    spec = StateSpace(
        DampedTrend(),
        Cycle(30, 144),
        TrigonometricSeason(24, 3),
        TrigonometricSeason(168, 3),
        AR(2),
        Regression(drifting=True),
    )
    assert spec.span == 168


def test_a_series_shorter_than_two_seasons_is_said_and_not_taken_apart() -> None:
    done = fitted(basic_structural(12), seasonal(60, 0, 12), seasonal(20, 1, 12))
    assert "1 of them are shorter than two seasons" in done.learning.stopped
    assert np.isfinite(done.predict().mean).all()
    with pytest.raises(sa.Refusal, match="Series '1' has 20 values, but 24, two of its seasons"):
        done.components()
    with pytest.raises(sa.Refusal, match="Series '0' has 1 values, but 3 are the fewest"):
        fitted(basic_structural(1), np.array([4.0])).components()


def test_a_weight_of_which_the_past_tells_nothing_is_refused_where_it_counts() -> None:
    """A law that was never in force: its effect is unknown, which matters only once it is."""
    series = seasonal(30)
    for law, counts in ((0.0, False), (1.0, True)):
        known = Panel.from_arrays([np.append(np.zeros(30), [law, law])], names=["law"])
        panel = data.with_covariates(Panel.from_arrays([series]), known=known)
        done = sa.fit(StateSpace(LocalLevel(), Regression()), panel, horizon=2)
        if counts:
            with pytest.raises(sa.Refusal, match=r"Series '0' does not tell all .* never changed"):
                done.predict()
        else:
            plain = fitted(StateSpace(LocalLevel()), series, horizon=2)
            np.testing.assert_allclose(done.predict().mean, plain.predict().mean, rtol=1e-6)


def test_a_backtest_sees_nothing_after_its_origin_and_a_file_keeps_every_bit(tmp_path) -> None:
    spec = StateSpace(DampedTrend(), TrigonometricSeason(4))
    reports = []
    for garbage in (0.0, 1e4):
        panel = Panel.from_arrays([seasonal(40), seasonal(30, 1)])
        panel.values[panel.offsets[1:] - 1] += garbage
        reports.append(sa.backtest([spec], panel, 2, 1, key=0, levels=80))
    name = repr(spec)
    assert reports[0].mean[name].tobytes() == reports[1].mean[name].tobytes()
    assert reports[0].quantiles[name].tobytes() == reports[1].quantiles[name].tobytes()
    done = sa.fit(spec, Panel.from_arrays([seasonal(40)], ids=["a"]), horizon=3)
    sa.save(done, tmp_path / "one.stepahead")
    again = sa.load(tmp_path / "one.stepahead")
    assert again.spec == spec and again.forecast().equals(done.forecast())
    new = Panel.from_arrays([[50.0]], ids=["a"], start=40)
    assert again.update(new).forecast().equals(done.update(new).forecast())
    strange = Panel.from_arrays([seasonal(30, 5)], ids=["b"])
    fresh = sa.fit(spec, strange, horizon=3).predict().mean
    np.testing.assert_allclose(again.without_history().predict(panel=strange).mean, fresh)
