"""What is chosen and how sure it is: files as people have them, with what is right for each."""

import jax
import numpy as np
import pytest

import stepahead as sa
from stepahead import data, forecasting, models
from stepahead.data import Panel

KEY = jax.random.key(0)
SKEWED = np.random.default_rng(0).lognormal(0.0, 1.0, 2000)  # the median is 1, the mean exp(1/2) = 1.65


@pytest.mark.parametrize("head", [models.Gaussian(), models.StudentT(), models.Quantiles(), models.Point()], ids=repr)
def test_the_forecast_is_the_mean_where_the_scaler_is_affine_and_the_median_where_it_bends(head) -> None:
    panel = Panel.from_arrays([SKEWED])
    for scaler in (data.identity(), data.standard(), data.robust(), data.mean_scale()):
        done = sa.fit(models.Mean(), panel, horizon=2, key=KEY, head=head, scaler=scaler)
        assert done.forecast(levels=())["forecast"].tolist() == pytest.approx([SKEWED.mean()] * 2, rel=0.15)
    for scaler in (data.log(), data.asinh(), data.chain(data.log(), data.standard())):
        done = sa.fit(models.Mean(), panel, horizon=2, key=KEY, head=head, scaler=scaler)
        table = done.forecast(levels=())
        assert "mean" not in table.columns
        assert np.mean(table["forecast"].iloc[0] > SKEWED) == pytest.approx(0.5, abs=0.06)


def test_ets_of_positive_series_gives_the_median() -> None:
    done = sa.fit(forecasting.ETS(), Panel.from_arrays([SKEWED[:300]]), horizon=1, key=KEY).forecast(levels=())
    assert np.mean(done["forecast"].iloc[0] > SKEWED) == pytest.approx(0.5, abs=0.1)


@pytest.mark.parametrize("scaler", [None, data.robust(), data.chain(data.log(), data.standard())], ids=repr)
def test_what_decides_when_to_stop_has_not_taught_the_scales_either(scaler) -> None:
    """Held back values and covariates that are wild, negative or huge: training goes as it would have gone with tame ones."""
    draws, held = np.random.default_rng(1).uniform(1, 2, (2, 30, 3)), 4
    recipe = sa.training.Gradient(span=4, epochs=2, steps=2, batch=4, patience=9)
    losses = []
    for factor in (1.0, 1e4 if scaler else -1e4):
        wild = draws.copy()
        wild[:, -held:, :2] *= factor  # what is known beforehand is fed to the steps before
        panel = data.with_covariates(
            Panel.from_arrays(list(wild[:, :, :1])),
            past=Panel.from_arrays(list(wild[:, :, 1:2]), names=["p"]),
            known=Panel.from_arrays(list(wild[:, :, 2:]), names=["k"]),
        )
        done = sa.fit(models.MLPAR(3, hidden=(2,)), panel, horizon=held, key=KEY, scaler=scaler, training=recipe)
        losses.append(done.learning.losses)
        at_last = done.scaler.fit(panel).apply(panel)  # of all the history
        np.testing.assert_array_equal(done.scaled.apply(panel).values, at_last.values)
    np.testing.assert_array_equal(*losses)


# Short series


@pytest.mark.parametrize("name", ["three-points.csv", "five-points.csv", "eight-points.csv", "twenty-products-eight-months.csv"])
def test_a_short_series_is_forecast_as_a_random_walk_and_that_is_said(cases, name: str) -> None:
    panel = sa.read(cases / name)
    choice = sa.auto(panel, 3, key=KEY, clock=lambda: 0.0, season=1)
    assert choice.sentence.endswith("random-walk is used: the last value, with intervals that are wide because so few changes were seen.")
    done = choice.forecaster.predict(levels=80)
    low, high = done.interval(80)
    np.testing.assert_array_equal(done.mean[:, 0, 0], panel.values[panel.offsets[1:] - 1, 0])
    width = (high - low)[:, :, 0]
    assert (np.diff(width, axis=1) > 0).all()
    changes = np.array([np.sqrt(np.mean(np.diff(panel.series(n)[:, 0]) ** 2)) for n in range(len(panel))])
    assert (width[:, 0] > 2 * 1.28 * changes * 0.7).all()


def test_intervals_of_few_changes_hold_as_often_as_they_say() -> None:
    """Walks of 3 to 8 values, alone and beside others: 80 % intervals hold 80 % of what comes, where plain normal ones hold too little."""
    draws = np.random.default_rng(0)
    held, beside = [], []
    for _ in range(150):
        walks = draws.normal(size=(4, 11)).cumsum(axis=1) * draws.uniform(0.5, 2) + 20
        for number, n in enumerate((3, 4, 6, 8)):
            seen = Panel.from_arrays([walks[number, :n]])
            low, high = forecasting.RandomWalk().fitted(seen, 3, key=KEY, season=1).predict(levels=80).interval(80)
            held.append((low[0, :, 0] <= walks[number, n : n + 3]) & (walks[number, n : n + 3] <= high[0, :, 0]))
        few = Panel.from_arrays([walk[:4] for walk in walks])
        low, high = forecasting.RandomWalk().fitted(few, 3, key=KEY, season=1).predict(levels=80).interval(80)
        beside.append((low[:, :, 0] <= walks[:, 4:7]) & (walks[:, 4:7] <= high[:, :, 0]))
    assert np.mean(held, axis=0)[0] >= 0.78 and np.mean(held) < 0.93
    assert np.mean(beside, axis=(0, 1))[0] >= 0.77 and np.mean(beside) < 0.93


def test_a_network_refuses_to_know_three_points_by_heart(cases) -> None:
    for name in ("three-points.csv", "eight-points.csv"):
        with pytest.raises(sa.Refusal, match="needs at least 20 changes from step to step to learn from"):
            sa.fit(models.GRU(32), sa.read(cases / name), horizon=3, key=KEY)
