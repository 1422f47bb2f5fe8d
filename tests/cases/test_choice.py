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
