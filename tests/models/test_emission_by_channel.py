"""An emission of its own for each channel: learned, forecast, drawn, scored, imputed and saved."""

from functools import cache
from pathlib import Path

import jax
import numpy as np
import pytest
from scipy import stats

import stepahead as sa
from stepahead import Refusal, inference, models
from stepahead.imputation import HiddenMarkov
from stepahead.models import Observation
from stepahead.training import BaumWelch

SPEC = models.HMM(2, (models.Gaussian(), models.Poisson()))
MEANS, RATES = np.array([-20.0, 20.0]), np.array([2.0, 9.0])
QUICK = BaumWelch(restarts=2, iterations=60, prior=0.0)


def regimes(steps: int = 600) -> tuple[np.ndarray, np.ndarray]:
    """A measured level and a count, both of which follow a state that lasts ten steps."""
    draws = np.random.default_rng(0)
    state = np.cumsum(draws.random(steps) < 0.1) % 2
    level = MEANS[state] + 15 * draws.normal(size=steps)
    return np.stack([level, draws.poisson(RATES[state]).astype(float)], axis=1), state


@cache
def fitted() -> sa.Forecaster:
    return sa.fit(SPEC, sa.Panel.from_arrays([regimes()[0]]), 3, key=0, training=QUICK)


def in_own_unit() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Means, deviations and rates that were learned."""
    level, count = fitted().model.body.emission.parts
    shift, scale = fitted().scaled.shift[0], fitted().scaled.scale[0]
    assert (shift[1], scale[1]) == (0, 1)  # counts are not scaled
    mean, raw = np.asarray(level.parameters)[:, 0].T
    deviation = np.logaddexp(0, raw) + 1e-4
    rate = np.exp(np.asarray(count.parameters)[:, 0, 0])
    return shift[0] + scale[0] * mean, scale[0] * deviation, rate


def test_what_was_put_in_is_learned() -> None:
    mean, deviation, rate = in_own_unit()
    np.testing.assert_allclose(mean, MEANS, atol=2.5)
    np.testing.assert_allclose(deviation, [15, 15], rtol=0.1)
    np.testing.assert_allclose(rate, RATES, rtol=0.1)
    assert (sa.states(fitted()).path - 1 == regimes()[1]).mean() > 0.97
    assert SPEC.free(2) == 3 + 2 * 2 + 2 * 1


def test_each_channel_is_forecast_by_the_mixture_of_its_kind() -> None:
    mean, deviation, rate = in_own_unit()
    done = fitted().predict(levels=[80])
    body = fitted().model.body
    chain = np.exp(body.log_transition)
    share = sa.states(fitted()).posterior[-1]
    for ahead in range(3):
        share = share @ chain
        low, high = done.quantiles[0, ahead, 0]
        np.testing.assert_allclose(done.mean[0, ahead], [share @ mean, share @ rate], rtol=1e-6)
        for end, level in ((low, 0.1), (high, 0.9)):
            below = stats.norm.cdf((end - mean) / deviation)
            np.testing.assert_allclose(share @ below, level, atol=1e-6)
        for end, level in zip(done.quantiles[0, ahead, 1], (0.1, 0.9), strict=True):
            assert share @ stats.poisson.cdf(end, rate) >= level
            assert share @ stats.poisson.cdf(end - 1, rate) < level


def test_draws_share_the_state_between_channels_and_keep_it_from_step_to_step() -> None:
    series, _ = regimes()
    drawn = fitted().sample(600, key=1, count=4)
    assert (drawn[..., 1] == drawn[..., 1].round()).all() and (drawn[..., 1] >= 0).all()
    here = [np.corrcoef(one.T)[0, 1] for one in (series, drawn.reshape(-1, 2))]
    after = [
        np.corrcoef(one[..., :-1, 1].ravel(), one[..., 1:, 0].ravel())[0, 1]
        for one in (series, drawn)
    ]
    np.testing.assert_allclose(here[1], here[0], atol=0.08)
    np.testing.assert_allclose(after[1], after[0], atol=0.08)
    assert min(here[0], after[0]) > 0.45


def test_draws_of_correlated_channels_are_correlated() -> None:
    draws = np.random.default_rng(0)
    both = draws.multivariate_normal([0, 0], [[1, -0.9], [-0.9, 1]], 300)
    spec = models.HMM(1, models.FullGaussian())
    one = sa.fit(spec, sa.Panel.from_arrays([both]), 2, key=0, training=QUICK)
    drawn = one.sample(900, key=0)[0]
    np.testing.assert_allclose(np.corrcoef(drawn.T)[0, 1], -0.9, atol=0.03)


@pytest.mark.parametrize("spec", [SPEC, models.HMM(2, models.FullGaussian())], ids=["each", "full"])
def test_the_score_of_several_channels_is_that_of_all_together(spec: models.HMM) -> None:
    series = regimes(80)[0]
    series[30, 1], series[40, 0] = np.nan, np.nan
    series[55] = np.nan
    panel = sa.Panel.from_arrays([series])
    one = sa.fit(spec, panel, 1, key=0, training=BaumWelch(restarts=1, iterations=9))
    inside = one.scaled.apply(panel).values
    with jax.enable_x64(True):
        xs = Observation(np.nan_to_num(inside)[None], ~np.isnan(inside)[None])
        wanted = np.asarray(inference.filter(one.model.body, xs).log_likelihood)[0]
    wanted = wanted + np.where(np.isnan(series), 0, -np.log(one.scaled.scale[0])).sum(axis=1)
    np.testing.assert_allclose(
        np.nansum(one.score().steps, axis=1)[1:], wanted[1:], rtol=1e-9, atol=1e-12
    )


def test_a_gap_in_one_channel_is_filled_by_the_state_that_the_other_shows() -> None:
    series, state = regimes(300)
    gone = np.flatnonzero(np.arange(300) % 7 == 3)
    series[gone, 1] = np.nan
    panel = sa.Panel.from_arrays([series])
    imputer = HiddenMarkov(SPEC, QUICK).fitted(panel, key=0)
    filled = imputer.fill(panel)
    assert np.mean(abs(filled[gone, 1] - RATES[state[gone]])) < 1.0
    assert np.mean(abs(filled[gone, 1] - 5.5)) > 2.5


def test_saved_is_loaded(tmp_path: Path) -> None:
    sa.save(fitted(), tmp_path / "one.stepahead")
    again = sa.load(tmp_path / "one.stepahead")
    assert again.spec == SPEC and again.scaler == fitted().scaler
    for wanted, found in zip(
        fitted().predict(levels=[80])[:2], again.predict(levels=[80])[:2], strict=True
    ):
        np.testing.assert_array_equal(found, wanted)


@pytest.mark.parametrize(
    ("emission", "match"),
    [
        ((models.Gaussian(),), "names 1 distribution, one for each channel, but there are 2"),
        ((models.Poisson(), models.Poisson()), r"Poisson is for counts .*holds -?\d+\.\d+ at 0"),
        ((), "names no distribution"),
        ((models.Gaussian(), models.FullGaussian()), r"must be .* but it is FullGaussian"),
    ],
)
def test_what_does_not_fit_is_refused(emission: tuple, match: str) -> None:
    with pytest.raises(Refusal, match=match):
        sa.fit(models.HMM(2, emission), sa.Panel.from_arrays([regimes(40)[0]]), 1, key=0)
