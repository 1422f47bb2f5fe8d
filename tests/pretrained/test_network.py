"""The pretrained network: its tokens against loops, its two forms against each other, and the
properties of its forecasts under any weights."""

import jax.numpy as jnp
import numpy as np
import pytest

from stepahead.pretrained._forecast import _factors, _widened, forecast, one_step_ahead
from stepahead.pretrained._network import COPIES, copies, initial_weights, quantiles
from stepahead.pretrained._tokens import LEVELS, PATCH, WIDTH, scale_of, tokens, turned
from stepahead.pretrained._training import _worth, batch, outputs

WEIGHTS = initial_weights(np.random.default_rng(0), WIDTH, 32, 2)
NONE = np.zeros((1, 2), int)


def drawn(series: int, steps: int, gaps: float = 0.2) -> np.ndarray:
    rng = np.random.default_rng(1)
    values = rng.standard_normal((series, steps)).cumsum(axis=1) + 20
    values[rng.random(values.shape) < gaps] = np.nan
    return values


def test_a_token_says_what_came_last_and_on_average_at_the_phases_to_come():
    values, seasons = drawn(3, 6 * PATCH), np.array([[5, 0], [12, 0], [0, 0]])
    scale = scale_of(values)
    read = tokens(values, seasons, scale)
    z = np.arcsinh((values - scale.centre) / scale.spread)
    for row, period in enumerate((5, 12, 0)):
        for patch in range(6):
            end = (patch + 1) * PATCH
            for step in range(PATCH):
                same = [
                    z[row, t]
                    for t in range(end)
                    if period and (t - end - step) % period == 0 and not np.isnan(z[row, t])
                ]
                seen = z[row, :end][~np.isnan(z[row, :end])]
                wanted = (same[-1], np.mean(same)) if same else (seen[-1], seen.mean())
                token = read.inputs[row, patch]
                got = token[2 * PATCH + step], token[3 * PATCH + step]
                np.testing.assert_allclose(got, wanted, atol=1e-5)


def test_a_token_holds_the_level_with_the_deviation_of_the_phase_and_a_damped_slope():
    values = drawn(1, 6 * PATCH)
    scale = scale_of(values)
    z = np.arcsinh((values - scale.centre) / scale.spread)[0]
    for period in (5, 1):
        inputs = tokens(values, np.array([[period if period > 1 else 0, 0]]), scale).inputs[0]
        latest, deviation, visits, levels = {}, {}, dict.fromkeys(range(period), 0), {}
        slope, changes, since = 0.0, 0, 0
        for t, value in enumerate(z):
            now, since = t % period, since + 1
            if not np.isnan(value):
                latest[now], since = value, 0
                level = np.mean(list(latest.values()))
                if len(latest) == period:
                    if visits[now]:
                        changes += 1
                        change = (level - levels[now]) / period
                        slope += max(0.1, 1 / changes) * (change - slope)
                    visits[now] += 1
                    levels[now] = level
                rate = max(0.3, 1 / visits[now]) if visits[now] else 1
                before = deviation.get(now, 0.0)
                deviation[now] = before + rate * (value - level - before)
            if (t + 1) % PATCH:
                continue
            token = inputs[t // PATCH, 8 * PATCH + 4 :]
            for step in range(PATCH):
                phase = (t + 1 + step) % period
                if phase in latest:
                    damped = sum(0.9**h for h in range(1, since + step + 2))
                    assert token[step] == pytest.approx(level + deviation[phase], abs=1e-4)
                    wanted = level + deviation[phase] + slope * damped
                    assert token[PATCH + step] == pytest.approx(wanted, abs=1e-4)


def test_the_kernel_of_phases_and_numpy_agree(monkeypatch: pytest.MonkeyPatch):
    values, seasons = drawn(4, 12 * PATCH, 0.3), np.array([[5, 20], [12, 0], [0, 0], [70, 3]])
    values[1, :20] = np.nan
    scale = scale_of(values)
    ours = tokens(values, seasons, scale).inputs
    upside_down = tokens(values, seasons, scale._replace(spread=-scale.spread)).inputs
    np.testing.assert_allclose(turned(ours), upside_down, atol=1e-6)
    monkeypatch.setattr("stepahead.pretrained._tokens.kernels.available", lambda: False)
    np.testing.assert_allclose(ours, tokens(values, seasons, scale).inputs, atol=2e-5)


def test_a_token_knows_nothing_of_what_comes_after_it():
    values, seasons = drawn(2, 8 * PATCH), np.array([[7, 0], [4, 12]])
    scale = scale_of(values)
    changed = values.copy()
    changed[:, 5 * PATCH :] = 1e3
    one, other = (tokens(each, seasons, scale).inputs for each in (values, changed))
    np.testing.assert_array_equal(one[:, :5], other[:, :5])
    assert not np.array_equal(one[:, 5], other[:, 5])


def test_numpy_and_the_compiled_kernels_answer_the_same():
    read = tokens(drawn(40, 12 * PATCH), np.tile([12, 0], (40, 1)), scale_of(drawn(40, 12 * PATCH)))
    on_jax = {name: jnp.asarray(array) for name, array in WEIGHTS.items()}
    ours, theirs = (
        quantiles(WEIGHTS, read.inputs),
        np.asarray(outputs(on_jax, jnp.asarray(read.inputs))),
    )
    np.testing.assert_allclose(ours, theirs, atol=2e-5)
    assert (np.diff(ours, axis=-1) > 0).all()


def test_series_do_not_touch_each_other_whatever_their_lengths():
    series = [drawn(1, n, 0.1)[0] for n in (3, 8, 11, 40, 100, 41)]
    seasons = np.tile([4, 0], (6, 1))
    together = forecast(WEIGHTS, series, seasons, 20)
    for row, one in enumerate(series):
        alone = forecast(WEIGHTS, [one], seasons[:1], 20)[0]
        np.testing.assert_allclose(together[row], alone, rtol=2e-4)


def test_a_longer_horizon_begins_with_the_shorter_one():
    series = [drawn(1, 50)[0]]
    short, long = (forecast(WEIGHTS, series, NONE, h)[0] for h in (5, 61))
    np.testing.assert_allclose(long[:5], short, rtol=1e-6)


def test_beyond_what_the_network_answers_the_season_is_repeated_and_intervals_go_on_widening():
    series = [drawn(1, 60)[0], drawn(1, 100)[0]]
    seasons = np.array([[4, 12], [0, 0]])
    near, far = (forecast(WEIGHTS, series, seasons, h) for h in (512, 10_000))
    np.testing.assert_array_equal(far[:, :512], near)
    for told, cycle in zip(far, (12, PATCH), strict=True):
        last = told[512 - cycle :]
        median, width = last[:, len(LEVELS) // 2], last[:, 9] - last[:, 1]
        np.testing.assert_array_equal(median[cycle:], median[:-cycle])
        assert (width[cycle:] >= width[:-cycle]).all()


@pytest.mark.parametrize(("factor", "shift"), [(1000.0, 0.0), (-1.0, 0.0), (1.0, 1e5), (1e-9, 0.0)])
def test_another_unit_gives_the_same_forecast_in_that_unit(factor: float, shift: float):
    x = drawn(1, 60, 0.0)[0]
    usual = forecast(WEIGHTS, [x], NONE, 12, averaged=True)[0]
    other = (forecast(WEIGHTS, [x * factor + shift], NONE, 12, averaged=True)[0] - shift) / factor
    if factor < 0:
        other = other[:, ::-1]
    np.testing.assert_allclose(other, usual, rtol=1e-3, atol=1e-3)


def test_edges_give_finite_forecasts():
    for x in ([5.0] * 30, [0.0] * 12, [1e30, 2e30, 3e30, 1e30], [1.0, np.nan, 2.0, np.nan, 4.0]):
        told = forecast(WEIGHTS, [np.array(x)], NONE, 300)[0]
        assert np.isfinite(told).all() and (np.diff(told, axis=1) >= 0).all()


def test_the_median_one_step_ahead_is_what_a_forecast_from_there_says():
    x, season = drawn(1, 40, 0.1)[0], np.array([[5, 0]])
    told = one_step_ahead(WEIGHTS, [x], season)[0]
    scale = scale_of(x[None])
    for t in (8, 13, 39):
        lead = -t % PATCH
        padded = np.concatenate([np.full(lead, np.nan), x[:t]])[None]
        z = quantiles(WEIGHTS, tokens(padded, season, scale, np.array([lead])).inputs)[
            0, -1, 0, len(LEVELS) // 2
        ]
        wanted = np.sinh(float(z)) * scale.spread + scale.centre
        assert told[t] == pytest.approx(wanted.item(), rel=1e-5)
    assert np.isnan(told[0]) and np.isfinite(told[1:]).all()


def test_a_batch_asks_for_nothing_that_it_has_shown_and_scales_by_the_past_alone():
    one, again = (batch(np.random.default_rng(3)) for _ in range(2))
    np.testing.assert_array_equal(one.inputs, again.inputs)
    assert 0.2 < one.weights.mean() < 1 and np.isfinite(one.targets).all()
    # What a patch is asked for stands in the next token, unless that was hidden.
    shown = one.inputs[:, 1:, PATCH : 2 * PATCH] * one.weights[:, :-1]
    given = one.inputs[:, 1:, :PATCH]
    both = shown > 0
    np.testing.assert_allclose(given[both], one.targets[:, :-1][both].clip(-15, 15), atol=1e-4)
    assert both.any() and not both.all()


def test_what_a_patch_counts_is_told_by_what_came_before_it_alone() -> None:
    one = batch(np.random.default_rng(4))
    counted = (one.weights > 0).astype(np.float32)
    worth = _worth(one.inputs, one.targets, counted)
    changed = one.targets.copy()
    place = worth.shape[1] // 2
    changed[:, place:] += 7
    again = _worth(one.inputs, changed, counted)
    ratio = again[:, : place + 1] / worth[:, : place + 1]
    np.testing.assert_allclose(ratio, ratio[0, 0, 0], rtol=1e-5)  # up to the common mean
    assert (worth * counted).sum() == pytest.approx(counted.sum(), rel=1e-4)
    copied = copies(np, one.inputs)
    last = [
        np.abs(copied[:, : worth.shape[1] - 1, :, k] - one.targets[:, :-1]) for k in range(COPIES)
    ]
    seen = counted[:, :-1].sum(axis=(1, 2))
    error = np.min(
        [((e * counted[:, :-1]).sum(axis=(1, 2)) + 2) / (seen + 8) for e in last], axis=0
    )
    wanted = 1 / (error + 0.05)
    np.testing.assert_allclose(worth[:, -1, 0] / wanted, worth[0, -1, 0] / wanted[0], rtol=1e-4)


def test_widths_are_judged_by_the_steps_that_were_read_and_by_no_other():
    rng = np.random.default_rng(5)
    reach = np.array([-1.96, -1.28, -0.8, -0.5, -0.2, 0, 0.2, 0.5, 0.8, 1.28, 1.96])
    told = np.tile(reach, (3, 99, PATCH, 1))  # what is right for errors of deviation 1
    past = rng.normal(size=(3, 100, PATCH)) * np.array([1.0, 3.0, 1.0])[:, None, None]
    past[2, 1:] = np.nan  # nothing was told of what was read
    factor = _factors(told, past, np.array([12, 12, 0]))
    np.testing.assert_allclose(factor, [1.0, 3.0, 1.3], rtol=0.1)
    early = past.copy()
    early[:, :2] *= 1000  # before a full season was read, and so nothing that counts
    np.testing.assert_array_equal(_factors(told, early, np.array([12, 12, 0])), factor)
    few = _factors(told[:1, :3], past[1:2, :4] * 100, np.array([0]))
    assert 1.3 < few[0] < 5, "a few steps count beside the usual factor"


def test_a_factor_widens_no_farther_than_half_the_range_of_the_past():
    """Lumpy sales, whose zeros fall below the lower quantiles: on the other side a factor of 3 in
    arcsinh is thousands of pieces where 74 were the most."""
    lower = [-0.5, -0.48, -0.46, -0.44, -0.42]
    told = np.tile([*lower, -0.4, 0.0, 0.3, 0.8, 1.5, 2.5], (3, 40, 1))
    past = np.full((3, 32), np.nan)
    past[0] = np.tile([-0.5, 2.1], 16)
    past[1, :8] = np.tile([-0.5, 2.1], 4)
    wide = _widened(told, np.full(3, 3.0), past)
    free = told[..., 5:6] + 3 * (told - told[..., 5:6])
    np.testing.assert_array_equal(
        wide[0, :, :9], free[0, :, :9]
    )  # within reach: as the factor says
    np.testing.assert_allclose(wide[0, :32, 9:], 2.1 + 1.3)
    assert wide[0, -1, -1] == pytest.approx(2.1 + 1.3 * 40 / 32)
    assert wide[1, -1, -1] == pytest.approx(min(2.1 + 1.3 * 40 / 8, free[1, 0, -1]))
    np.testing.assert_array_equal(wide[2], free[2])  # nothing was read
    assert (np.diff(wide, axis=-1) >= 0).all()
    farther = told + np.where(np.arange(11) == 10, 5.0, 0.0)  # what the network says itself stays
    assert (_widened(farther, np.full(3, 3.0), past)[0, :, -1] == 7.5).all()
