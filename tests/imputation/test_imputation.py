"""Gaps filled from both sides: the classical ways against what is known, the recurrent one against
its rules, the scores against hand."""

from dataclasses import replace
from functools import cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import stepahead as sa
from stepahead._check import Refusal
from stepahead.data import Panel, with_covariates
from stepahead.imputation import (
    BLOCKS,
    RANDOM,
    GapScale,
    Kalman,
    Linear,
    MaskedPanel,
    Seasonal,
    gap_scale,
    mask_values,
    masked_errors,
    typical_gap_length,
)
from stepahead.models import Bidirectional
from stepahead.tasks import fit_imputer
from stepahead.training import Gradient
from stepahead.training._imputation import random_mask
from stepahead.workflow import best_imputer, imputation_scores

nan = np.nan
QUICK = Gradient(span=12, epochs=2, steps=3, batch=4)


def two_channels(seed: int = 0) -> Panel:
    """Two series of two channels that move together, with gaps in both."""
    draw = np.random.default_rng(seed)
    arrays = []
    for n in (40, 30):
        x = np.cumsum(draw.normal(size=n))
        both = np.stack([x, 10 - 2 * x], axis=1) + 0.1 * draw.normal(size=(n, 2))
        both[5:8], both[20, 0], both[n - 2 :, 1] = nan, nan, nan
        arrays.append(both)
    return Panel.from_arrays(arrays, ids=["a", "b"], names=["up", "down"])


def test_lines_between_the_sides_and_the_mean_of_all_where_a_series_holds_nothing() -> None:
    panel = Panel.from_arrays(
        [[[nan, nan], [2, nan], [nan, nan], [6, nan], [nan, nan]], [[1, 3], [1, 5]]]
    )
    np.testing.assert_array_equal(
        Linear().fill(panel), [[2, 4], [2, 4], [4, 4], [6, 4], [6, 4], [1, 3], [1, 5]]
    )
    with pytest.raises(Refusal, match="'y1' holds no value in any series"):
        Linear().fill(panel.take(np.array([0])))


def test_a_season_on_a_trend_is_restored_exactly() -> None:
    """A line and a season: both are what the method assumes, so a gap inside comes back, where a
    line alone misses the season."""
    t = np.arange(48)
    truth = 0.5 * t + np.tile([0.0, 3.0, -1.0, -2.0], 12)
    gap = truth.copy()
    gap[21:27] = nan
    filled = Seasonal(4).fill(Panel.from_arrays([gap]))[:, 0]
    assert (
        np.abs(filled - truth).max() < 0.02
        and np.abs(Linear().fill(Panel.from_arrays([gap]))[:, 0] - truth).max() > 2
    )
    few = Panel.from_arrays([[1.0, nan, 3.0]])
    np.testing.assert_array_equal(Seasonal(4).fill(few), Linear().fill(few))


def test_smoothing_a_random_walk_is_the_line_between_its_neighbours() -> None:
    """Theory: given a random walk without noise, the best guess inside a gap is the line between
    both sides (a Brownian bridge)."""
    walk = np.cumsum(np.random.default_rng(0).normal(size=200))
    walk[90:110] = nan
    panel = Panel.from_arrays([walk])
    np.testing.assert_allclose(Kalman().fill(panel)[90:110], Linear().fill(panel)[90:110], atol=0.3)


@cache
def trained() -> Any:
    return fit_imputer(Bidirectional(4), two_channels(), key=0, training=QUICK)


def test_the_recurrent_one_begins_as_the_line_and_keeps_to_both_sides() -> None:
    panel = two_channels()
    untrained = fit_imputer(
        Bidirectional(4),
        panel,
        key=0,
        training=Gradient(span=12, epochs=1, steps=1, batch=4, optimizer=sa.training.adam(0.0)),
    )
    np.testing.assert_allclose(untrained.fill(panel), Linear().fill(panel), atol=1e-4)
    imputer = replace(
        trained(), scale=GapScale(np.zeros(2), np.ones(2), None)
    )  # the scale must not carry what the layers do not
    said = imputer.fill(panel)
    for row, channel in (
        (30, 0),
        (10, 1),
    ):  # after and before the gap at 20: both sides matter, and the other channel
        values = panel.values.copy()
        values[row, channel] += 3.0
        assert abs(imputer.fill(panel.with_values(values))[20, 0] - said[20, 0]) > 1e-6
    alone = imputer.fill(panel.take(np.array([1])))
    np.testing.assert_allclose(alone, said[40:], atol=1e-4)


def test_what_was_hidden_never_matters() -> None:
    masked = mask_values(two_channels(), 0.2, draws=np.random.default_rng(0))
    spoilt = two_channels().with_values(np.where(masked.mask, 1e6, two_channels().values))
    again = mask_values(spoilt, 0.2, draws=np.random.default_rng(0))
    fills = [
        fit_imputer(Bidirectional(4), one.panel, key=1, training=QUICK).fill(one.panel)
        for one in (masked, again)
    ]
    assert fills[0].tobytes() == fills[1].tobytes()


def test_covariates_are_seen_at_their_own_step() -> None:
    panel = two_channels()
    beside = Panel.from_arrays(
        [np.arange(42.0) % 5, np.arange(30.0) % 5], ids=["a", "b"], names=["c"]
    )
    imputer = fit_imputer(
        Bidirectional(4), with_covariates(panel, known=beside), key=0, training=QUICK
    )
    said = imputer.fill(with_covariates(panel, known=beside))
    moved = beside.with_values(beside.values + 3.0 * (np.arange(72) == 20)[:, None])
    assert abs(imputer.fill(with_covariates(panel, known=moved)) - said)[20, 0] > 1e-6


def test_hiding_leaves_known_values_only_and_in_every_pattern() -> None:
    shape, lengths = (300, 12, 2), jnp.full(300, 12)
    places = np.asarray(random_mask(jax.random.key(0), shape, lengths))
    share = places.mean(axis=(1, 2))
    together = (places[..., 0] == places[..., 1]).all(axis=1)
    at_the_end = places[:, -1].any(axis=1) & ~places[:, 0].all(axis=1)
    assert 0.2 < share.mean() < 0.6 and 0.3 < together.mean() < 0.8 and at_the_end.mean() > 0.15


def test_runs_are_as_long_as_asked_and_keep_both_sides() -> None:
    panel = Panel.from_arrays([np.arange(100.0), np.arange(7.0)])
    masked = mask_values(panel, 0.2, draws=np.random.default_rng(0), block=5)
    runs = np.flatnonzero(np.diff(np.concatenate([[0], masked.mask[:100, 0], [0]])))
    assert (runs[1::2] - runs[::2] == 5).all() and len(runs) == 8
    assert not masked.mask[[0, 99, 100, 106]].any()
    assert (
        np.isnan(masked.panel.values[masked.mask]).all()
        and masked.panel.missing == masked.mask.sum()
    )
    assert typical_gap_length(masked.panel) == 5


def test_errors_are_in_standard_deviations_of_the_channel() -> None:
    truth = Panel.from_arrays([[[0.0, 0.0], [2.0, 200.0], [0.0, 0.0], [2.0, 200.0]]])
    places = np.zeros((4, 2), bool)
    places[1] = places[2, 0] = True
    said = np.where(places, truth.values + np.array([1.0, -100.0]), nan)
    error = masked_errors(MaskedPanel(truth, places), truth, said)
    assert (error.mae, error.rmse, error.masked) == (1.0, 1.0, 3)


def test_impute_keeps_what_was_seen_and_marks_the_rest() -> None:
    panel = two_channels()
    scores = imputation_scores(panel, {"linear": Linear(), "seasonal": Seasonal(4)}, key=0)
    assert [(s.name, s.pattern) for s in scores] == [
        (n, p) for p in (RANDOM, BLOCKS) for n in ("linear", "seasonal")
    ]
    assert best_imputer(scores) == "linear"
    done = sa.impute(panel, Linear(), key=0).filled
    table = done.table()
    assert list(table.columns) == ["unique_id", "ds", "channel", "y", "imputed"]
    np.testing.assert_array_equal(table["imputed"].to_numpy(), np.isnan(panel.values).ravel())
    seen = panel.observed
    assert (
        done.panel.values[seen].tobytes() == panel.values[seen].tobytes()
        and done.panel.missing == 0
    )


def test_short_series_are_scaled_together_and_long_ones_by_themselves() -> None:
    assert gap_scale(two_channels()).mean is None
    stays = Panel.from_arrays([[1.0, nan, 3.0], [5.0, 7.0]])
    assert gap_scale(stays).mean.tolist() == [4.0]


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: sa.impute(Panel.from_arrays([[1.0, 2.0]]), key=0), "Nothing is missing"),
        (
            lambda: mask_values(
                Panel.from_arrays([[1.0, nan], [2.0, 1.0]]), 0.95, draws=np.random.default_rng(1)
            ),
            "All values of series '0'",
        ),
        (
            lambda: mask_values(
                Panel.from_arrays([[1.0, 2.0]]), 0.5, draws=np.random.default_rng(1), block=3
            ),
            "hides no value",
        ),
        (
            lambda: fit_imputer(Bidirectional(2), Panel.from_arrays([[1.0, nan]]), key=0),
            "No series has three steps",
        ),
    ],
)
def test_what_cannot_be_filled_is_refused(call, sentence: str) -> None:
    with pytest.raises(Refusal, match=sentence):
        call()


def test_what_was_never_negative_is_filled_without_negative_values() -> None:
    class Low:
        def fill(self, panel: Panel) -> np.ndarray:
            return np.full_like(panel.values, -5.0)

    nan = np.nan
    panel = Panel.from_arrays([[3.0, nan, 0.0, nan], [1.0, nan, -1.0, 2.0], [nan, nan]])
    done = sa.imputation.fill_gaps(panel, Low())
    assert done.panel.values[:, 0].tolist() == [3, 0, 0, 0, 1, -5, -1, 2, -5, -5]
