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
