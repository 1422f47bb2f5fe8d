"""`Pretrained`, the carried network as a method like any other."""

import numpy as np
import pytest

import stepahead as sa
from stepahead.data import Frequency, Panel
from stepahead.forecasting import ETS, Pretrained
from stepahead.pretrained import between_levels, card, carried
from stepahead.pretrained._fit import FILE
from stepahead.pretrained._tokens import LEVELS
from stepahead.workflow import candidates

DRAWS = np.random.default_rng(0)
LONG = 20 + 5 * np.sin(np.arange(90) * 2 * np.pi / 12) + DRAWS.normal(size=90)
PANEL = Panel.from_arrays([LONG, LONG[:40] * 1000, 3 + DRAWS.normal(size=25).cumsum()])


def fitted(panel=PANEL, horizon=6, season=12, spec=None):
    return sa.fit(spec or Pretrained(), panel, horizon, key=0, season=season)


def test_levels_between_two_lie_between_them():
    told = np.sort(np.random.default_rng(0).standard_normal((2, 3, len(LEVELS))))
    finer = between_levels(told, (0.01, 0.15, 0.5, 0.85, 0.99))
    assert (np.diff(finer) > 0).all()
    np.testing.assert_array_equal(finer[..., 2], told[..., 5])


def test_updated_one_by_one_forecasts_as_the_whole_series_does():
    done = fitted()
    shorter = PANEL.slice(np.zeros_like(PANEL.lengths), PANEL.lengths - 3)
    steps = fitted(shorter)
    for back in (3, 2, 1):
        first = PANEL.lengths - back
        steps = steps.update(PANEL.slice(first, first + 1))
    np.testing.assert_allclose(steps.predict().mean, done.predict().mean, rtol=1e-6)


def test_a_season_that_is_there_is_followed_better_than_by_the_last_value():
    clean = 20 + 5 * np.sin(np.arange(120) * 2 * np.pi / 12)
    ahead = fitted(Panel.from_arrays([clean[:108]]), 12).predict(12).mean[0, :, 0]
    assert np.abs(ahead - clean[108:]).mean() < 0.3 * np.abs(clean[107] - clean[108:]).mean()


def test_saved_and_loaded_it_is_the_same(tmp_path):
    done = fitted()
    sa.save(done, tmp_path / "zero-shot")
    again = sa.load(tmp_path / "zero-shot")
    np.testing.assert_array_equal(again.predict().mean, done.predict().mean)
    one = again.predict(panel=PANEL.take(np.array([1]))).mean
    np.testing.assert_allclose(one, done.predict().mean[1:2], rtol=1e-4)


@pytest.mark.parametrize(
    "values",
    [
        [1.0, 2.0, 4.0],
        [5.0] * 30,
        [1e30, 3e30, 2e30, 1e30, 2e30],
        [7.0],
        [1.0, np.nan, np.nan, 2.0, np.nan, 5.0],
    ],
)
def test_edges_are_forecast_with_finite_ordered_intervals(values):
    done = fitted(Panel.from_arrays([LONG, LONG[:40] * 1000, np.array(values)]), 4)
    told = done.predict(40, quantiles=(0.025, 0.1, 0.5, 0.9, 0.975)).quantiles
    assert np.isfinite(told).all() and (np.diff(told, axis=-1) >= 0).all()


def test_a_series_that_never_changed_says_that_its_intervals_have_no_width():
    done = fitted(Panel.from_arrays([LONG, np.full(30, 5.0), np.array([1.0, 2.0])]), 2)
    assert done.forms()[1:] == [
        "random walk that never moved, so its intervals have no width",
        "random walk",
    ]
    ends = done.predict(quantiles=(0.1, 0.9)).quantiles[1:, :, 0]
    assert (ends[0] == 5).all() and (ends[1, :, 0] < ends[1, :, 1]).all()


def test_a_series_without_a_value_is_refused_by_name():
    with pytest.raises(sa.Refusal, match="Series '1' has no observed value"):
        fitted(Panel.from_arrays([LONG, np.full(20, np.nan)]), 4)


def test_a_horizon_far_beyond_the_series_is_answered():
    told = fitted(Panel.from_arrays([LONG]), 10_000).predict(10_000, quantiles=(0.1, 0.9))
    assert told.mean.shape == (1, 10_000, 1) and np.isfinite(told.quantiles).all()


def test_far_ahead_noise_stays_where_it_was():
    noise = np.random.default_rng(1).normal(size=(20, 80))
    told = fitted(Panel.from_arrays(list(noise)), 10_000).predict(10_000, quantiles=(0.1, 0.9))
    assert np.abs(told.mean).max() < 3 and (told.quantiles[:, -1, 0] * [-1, 1] > 0).all()


def test_seasons_are_those_named_or_shown_and_wrong_ones_are_refused():
    hours = np.arange(24 * 7 * 6)
    both = 20.0 + hours % 24 + 8.0 * (hours % 168 > 119) + DRAWS.normal(size=len(hours))
    hourly = Frequency.parse("h")
    shown = fitted(
        Panel.from_arrays([both], start=np.datetime64("2024-01-01"), frequency=hourly), 24, 24
    ).forms()
    assert shown == ["pretrained network, season 24 and 168"]
    assert fitted(spec=Pretrained((5,))).forms()[0] == "pretrained network, season 5"
    assert fitted(spec=Pretrained(())).forms()[0] == "pretrained network"
    with pytest.raises(sa.Refusal, match="shortest first"):
        Pretrained((24, 7))


def test_on_logs_it_forecasts_the_power_of_what_it_forecasts_of_the_logs():
    logs, with_zero = LONG / 10, np.append(LONG[:40], 0.0)
    panel = Panel.from_arrays([np.exp(logs), with_zero])
    done, at = fitted(panel, spec=Pretrained(logs=True)), (0.1, 0.5, 0.9)
    told = done.predict(quantiles=at)
    one_view = Pretrained(adjusted=False)
    of_logs = fitted(Panel.from_arrays([logs]), spec=one_view).predict(quantiles=at)
    np.testing.assert_allclose(told.quantiles[0], np.exp(of_logs.quantiles[0]), rtol=1e-4)
    np.testing.assert_array_equal(told.mean[0], told.quantiles[0, ..., 1])
    plain = fitted(Panel.from_arrays([with_zero]), spec=one_view).predict(quantiles=at)
    np.testing.assert_allclose(told.quantiles[1], plain.quantiles[0], rtol=1e-4)
    of_steps = fitted(Panel.from_arrays([logs])).fitted_values()[1 : len(LONG)]
    np.testing.assert_allclose(done.fitted_values()[1 : len(LONG)], np.exp(of_steps), rtol=1e-4)
    assert [form[:26] for form in done.forms()] == ["pretrained network on logs"] * 2


def test_on_logs_a_level_that_moved_once_gives_no_ends_without_bounds():
    """The 99 % end of such a series of the M3 competition was 1e24 eighteen months ahead."""
    level = np.where(np.arange(60) < 45, 220.0, 2000.0)
    panel = Panel.from_arrays([level * np.exp(0.2 * DRAWS.normal(size=60))])
    done = fitted(panel, horizon=48, spec=Pretrained(logs=True))
    ends = done.predict(quantiles=(0.1, 0.9)).quantiles[0, :, 0]
    low, high = panel.values.min(), panel.values.max()
    assert (low * np.sqrt(low / high) * 0.99 <= ends[:, 0]).all() and (ends[:, 0] < 2000).all()
    assert (ends[:, 1] <= high * np.sqrt(high / low) * 1.01).all() and (ends[:, 1] > 2000).all()


def test_on_logs_a_first_zero_in_new_values_is_seen_as_it_is():
    before, zero = Panel.from_arrays([LONG]), np.append(LONG, 0.0)
    at = np.array([len(LONG)])
    updated = fitted(before, spec=Pretrained(logs=True)).update(
        Panel.from_arrays([zero]).slice(at, at + 1)
    )
    whole = fitted(Panel.from_arrays([zero]), spec=Pretrained(adjusted=False))
    whole = whole.predict(quantiles=(0.1, 0.9))
    told = updated.predict(quantiles=(0.1, 0.9))
    np.testing.assert_allclose(told.quantiles, whole.quantiles, rtol=1e-4)


def test_a_backtest_takes_it_like_any_other():
    report = sa.backtest([Pretrained(), ETS()], PANEL, 3, windows=2, key=0)
    assert set(report.leaderboard()["model"].tolist()) >= {"Pretrained()", "ETS()"}


@pytest.mark.parametrize(
    ("series", "asked"), [([LONG, -LONG], True), ([LONG, -LONG, -LONG], False)]
)
def test_the_choice_asks_it_on_logs_too_where_half_of_the_series_have_some(series, asked):
    names = [each.name for each in candidates(Panel.from_arrays(series), 6, 12)]
    assert "zero-shot" in names and ("zero-shot-log" in names) == asked


def test_the_weights_carry_their_card():
    told = card()
    assert told["data"] == "series drawn by stepahead.data.synthetic.families alone"
    assert told["updates"] > 0 and FILE.stat().st_size < 4_000_000
    assert {"network", "patches", "seed", "figures", "licence", "limits"} <= told.keys()
    count = sum(array.size for array in carried().arrays)
    assert f"{count:,} weights" in told["network"]


def test_one_pass_is_another_forecast_and_turning_the_series_turns_only_the_averaged_one():
    upside_down = Panel.from_arrays([-LONG])
    one = Panel.from_arrays([LONG])
    for averaged in (True, False):
        spec = Pretrained(averaged=averaged)
        told, turned = (fitted(panel, spec=spec).predict().mean for panel in (one, upside_down))
        assert np.allclose(told, -turned, rtol=1e-4) == averaged


def test_a_season_that_is_not_there_leaves_the_intervals_honest():
    steps = np.random.default_rng(1).normal(size=(200, 72))
    for values in (steps, steps.cumsum(axis=1)):
        panel = Panel.from_arrays(list(values[:, :60]))
        told = fitted(panel, 12).predict(12, quantiles=(0.1, 0.9)).quantiles[:, :, 0]
        actual = values[:, 60:]
        inside = ((actual >= told[..., 0]) & (actual <= told[..., 1])).mean()
        assert 0.72 < inside < 0.92, "80 % intervals, with a told season of 12"


def test_series_of_three_points_are_answered_with_a_width_that_grows():
    values = np.random.default_rng(2).normal(size=(50, 3)).cumsum(axis=1)
    told = fitted(Panel.from_arrays(list(values)), 8).predict(8, quantiles=(0.1, 0.9)).quantiles
    width = (told[:, :, 0, 1] - told[:, :, 0, 0]) / np.ptp(values, axis=1)[:, None]
    assert np.median(width[:, 0]) > 0.5 and np.median(width[:, 7] / width[:, 0]) > 1


def test_what_it_cannot_read_is_refused_in_a_sentence():
    with pytest.raises(sa.Refusal, match="up to 1e\\+100 in size, but one is 1e\\+101"):
        fitted(Panel.from_arrays([np.r_[LONG, 1e101]]))
    with pytest.raises(sa.Refusal, match=r"at most two `seasons`, but they are \(7, 28, 365\)"):
        fitted(spec=Pretrained(seasons=(7, 28, 365)))


@pytest.mark.parametrize("season", [5_000, 10**9, 10**30])
def test_a_season_longer_than_what_is_read_is_not_told(season: int):
    named = fitted(spec=Pretrained(seasons=(season,)))
    assert (
        named.predict().mean.tolist() == fitted(spec=Pretrained(seasons=())).predict().mean.tolist()
    )


def test_small_changes_of_large_values_have_small_intervals():
    small = np.random.default_rng(1).normal(size=60)
    usual, large = (
        fitted(Panel.from_arrays([values]), spec=Pretrained(seasons=())).predict(
            quantiles=(0.1, 0.9)
        )
        for values in (small, 1e9 + 1e-3 * small)
    )
    width = np.diff(large.quantiles, axis=-1).mean() / np.diff(usual.quantiles, axis=-1).mean()
    assert width == pytest.approx(1e-3, rel=0.01)
