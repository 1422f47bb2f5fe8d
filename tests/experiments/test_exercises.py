"""The exercises: their theory holds where it can be worked out by hand, nothing leaks, and
miniatures of them run."""

from pathlib import Path

import jax
import numpy as np
import pytest

from stepahead.data import noisy_sine
from stepahead.experiments.markets import _investor
from stepahead.experiments.memory import _latent
from stepahead.experiments.sines import _architectures, _lags, _older
from stepahead.models import GRU, LinearAR
from stepahead.ops import least_squares


def test_two_lags_are_exact_without_noise() -> None:
    weight, farthest, single = _lags.without_noise()
    np.testing.assert_allclose(weight, [-1, 2 * np.cos(0.01)], atol=1e-10)
    assert farthest < 1e-6 < single


def test_one_factorisation_fits_every_number_of_lags_as_least_squares_does() -> None:
    x = noisy_sine(1000, key=jax.random.key(3))[0]
    found = _lags.errors(x)
    for lags in (1, 5, 64):
        expected = _older.errors(x, _lags.newest(lags))
        for part in _lags.PARTS:
            assert found[part][lags - 1] == pytest.approx(expected[part], rel=1e-9)


def test_what_is_judged_on_teaches_nothing() -> None:
    x = noisy_sine(1000, key=jax.random.key(3))[0]
    changed = x.copy()
    changed[_lags.VALIDATED :] = 1e3
    one, other = _lags.errors(x), _lags.errors(changed)
    for part in ("training", "validation"):
        np.testing.assert_array_equal(one[part], other[part])
    assert other["test"].min() > 1 > one["test"].max()


def test_the_best_weights_cost_what_many_draws_cost() -> None:
    """The noise let through is σ²|Aᵀw|² with the weights that least squares finds on very many
    draws at once."""
    summary = _older.averages(3)
    draws = noisy_sine(1000, key=jax.random.key(0), series=60)
    seen, came = (
        np.concatenate(parts)
        for parts in zip(*(_lags.rows(x, "training") for x in draws), strict=True)
    )
    weight, bias = least_squares(seen @ summary.T, came)
    seen, came = (
        np.concatenate(parts) for parts in zip(*(_lags.rows(x, "test") for x in draws), strict=True)
    )
    assert np.mean((seen @ summary.T @ weight.T + bias - came) ** 2) == pytest.approx(
        _lags.expected(summary).mse, rel=0.02
    )


def test_averages_are_means_of_neighbouring_stretches() -> None:
    summary = _older.averages(4)
    np.testing.assert_allclose(summary.sum(axis=1), 1)
    assert ((summary > 0).sum(axis=1) == [43, 16, 4, 1]).all() and (
        (summary > 0).sum(axis=0) == 1
    ).all()


def test_the_walk_bought_is_the_best_before_and_is_judged_after() -> None:
    one = _investor.bought(0)
    root, half = np.sqrt(_investor.DAYS), _investor.DAYS
    assert one.past * root == pytest.approx(
        one.path[half - 1]
    ) and one.future * root == pytest.approx(one.path[-1] - one.path[half - 1])
    assert one.past > 2.5 and one.p < 0.05 < one.corrected and abs(one.future) < 4
    skilled = _investor.bought(0, _investor.SKILL)
    assert skilled.corrected < 0.05 and skilled.beaten > 0.99


def test_the_largest_of_a_thousand_is_as_far_out_as_printed() -> None:
    drawn = np.random.default_rng(0).normal(size=(4000, 1000)).max(axis=1)
    assert drawn.mean() == pytest.approx(_investor.LARGEST, abs=0.02)


def test_the_lamp_toggles_and_no_window_does_better_than_the_theory() -> None:
    drawn = _latent.toggled(jax.random.key(0), 3000, steps=30)
    presses, lamp = np.asarray(drawn.seen.value[..., 0]), np.asarray(drawn.wanted)
    state = np.full(len(lamp), -1.0)
    for step in range(30):
        state = np.where(presses[:, step] > 0, -state, state)
        np.testing.assert_array_equal(lamp[:, step], state)
    np.testing.assert_allclose(
        _latent.window_rule_error(drawn, 8), _latent.best_of_window(8, 30), atol=0.06
    )


def test_a_lag_window_and_a_gru_are_judged_on_the_same_parts() -> None:
    """The exact fit's errors are those of least squares on the rows that it was given."""
    x = noisy_sine(1000, key=jax.random.key(1))[0]
    candidate = _architectures.Candidate(LinearAR(4), 4, 0)
    found = _architectures.judged(_architectures.fitted(candidate, x, None, 0), 4, x)
    windows = np.lib.stride_tricks.sliding_window_view(x, 4)[:-1]
    weight, bias = least_squares(windows[:600], x[4:604, None])
    squared = (windows @ weight[0] + bias - x[4:]) ** 2
    for part, rows in (
        ("training", squared[:600]),
        ("validation", squared[600:796]),
        ("test", squared[796:]),
    ):
        assert found[part] == pytest.approx(rows.mean(), rel=1e-4)


def test_miniatures_reach_what_needs_no_training(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        _architectures,
        "CANDIDATES",
        {_architectures.BOOK: _architectures.Candidate(LinearAR(4), 4, 0)},
    )
    monkeypatch.setattr(_latent, "MODELS", {"GRU 2": GRU(2)})
    monkeypatch.setattr(_latent, "JUDGED", 50)
    monkeypatch.setattr(_investor, "WALKS", 100)
    written = set()
    for experiment in (_lags, _older, _architectures, _investor, _latent):
        result = experiment.run(tmp_path, None, lambda line: None, True)
        assert len(str(result).splitlines()) > 10 and result.notes
        written |= {path.name for path in result.files}
    assert {path.name for path in tmp_path.iterdir()} == written and len(written) == 5
