"""Local methods that read covariates known beforehand: at their own step, without a leak, saved,
and moved on."""

from typing import Any

import numpy as np
import pytest
from registry import assert_same_bits

import stepahead as sa
from stepahead._check import Refusal
from stepahead.data import Panel, with_covariates, without_covariates
from stepahead.forecasting import ETS, MSTL, AutoARIMA, Autoregression, Harmonic, Recent, Theta

LENGTHS, HORIZON = (70, 55), 3
SPECS = [
    AutoARIMA((1, 0, 0), (0, 0, 0)),
    Recent(AutoARIMA((1, 0, 0), (0, 0, 0)), 40),
    Autoregression((1, 4)),
    Harmonic((4,)),
    MSTL((4,)),
    MSTL((4,), Theta()),
]


def panel(more: int = 0, gap: int = 0) -> Panel:
    """Levels that are 3 higher for each unit of a covariate, which is known `HORIZON` steps beyond
    the ends; the last `gap` values are missing."""
    rng = np.random.default_rng(1)
    values, known = [], []
    for length in LENGTHS:
        x = rng.normal(size=80)
        season = 0.4 * np.sin(np.arange(80) * np.pi / 2)
        y = 20 + 3 * x + season + rng.normal(0, 0.1, 80)
        y[length + more - gap : length + more] = np.nan
        values.append(y[: length + more])
        known.append(x[: length + more + HORIZON])
    return with_covariates(Panel.from_arrays(values), known=Panel.from_arrays(known, names=["x"]))


@pytest.mark.parametrize("spec", SPECS, ids=repr)
class TestLocalCovariates:
    def test_forecasts_follow_what_is_known_of_their_steps(self, spec: Any) -> None:
        done = sa.fit(spec, panel(gap=2), HORIZON, key=0)
        truth = panel(more=HORIZON)
        for number, length in enumerate(LENGTHS):
            actual = truth.series(number)[length:, 0]
            told = done.predict(levels=80, panel=panel(gap=2)).mean[number, :, 0]
            np.testing.assert_allclose(told, actual, atol=1.0)
            np.testing.assert_allclose(done.predict().mean[number, :, 0], told, rtol=1e-12)
        assert "covariates: x" in done.summary()
        wide = done.predict(levels=80).interval(80)
        assert (wide[1] - wide[0]).max() < 2  # those of the rest, not of the whole

    def test_no_leak(self, spec: Any) -> None:
        assert sa.leak_check(spec, panel(more=2 * HORIZON), HORIZON, key=0, step=2) == 2

    def test_fitted_values_know_their_own_step(self, spec: Any) -> None:
        series = panel()
        errors = sa.fit(spec, series, HORIZON, key=0).fitted_values() - series.values
        assert np.nanmedian(np.abs(errors)) < 0.5

    def test_moved_on_as_if_all_had_been_seen_at_once(self, spec: Any) -> None:
        """The parameters stay; the state is that after the new values."""
        whole = panel(more=4)
        done = sa.fit(spec, panel(gap=1), HORIZON, key=0)
        starts, stops = np.array(LENGTHS), np.array(LENGTHS) + 4
        halves = [(starts, starts + 2), (starts + 2, stops)]
        once = done.update(whole.slice(starts, stops))
        twice = done
        for begin, end in halves:
            twice = twice.update(whole.slice(begin, end))
        np.testing.assert_allclose(once.predict().mean, twice.predict().mean, rtol=1e-9)
        x = whole.covariates.known[whole.covariates.offsets[1:] - HORIZON, 0]
        np.testing.assert_allclose(once.predict().mean[:, 0, 0], 20 + 3 * x, atol=1.0)

    def test_saved_is_loaded(self, spec: Any, tmp_path: Any) -> None:
        done = sa.fit(spec, panel(), HORIZON, key=0)
        sa.save(done, tmp_path / "model")
        again = sa.load(tmp_path / "model")
        assert_same_bits(again.predict().mean, done.predict().mean)
        assert again.covariates.known == ("x",)

    def test_what_is_not_known_is_refused(self, spec: Any) -> None:
        done = sa.fit(spec, panel(), HORIZON, key=0)
        with pytest.raises(Refusal, match="'x' is missing after the end of series '0', '1'"):
            done.predict(HORIZON + 1)
        with pytest.raises(Refusal, match="the known covariate 'x', which these series do not"):
            done.predict(panel=without_covariates(panel()))


def test_methods_without_weights_see_the_series_alone() -> None:
    bare = sa.fit(ETS(), without_covariates(panel()), HORIZON, key=0)
    done = sa.fit(ETS(), panel(), HORIZON, key=0)
    assert_same_bits(done.predict(9).mean, bare.predict(9).mean)
    assert done.covariates is None
