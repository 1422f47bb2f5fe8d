"""Gaps filled by hidden states: the expectation over all paths, written out."""

import itertools

import numpy as np
import pytest

import stepahead as sa
from stepahead import Refusal, models
from stepahead.imputation import HiddenMarkov
from stepahead.training import BaumWelch

QUICK = BaumWelch(restarts=2, iterations=15)


def both(length: int) -> np.ndarray:
    """Two channels that move together, at two levels."""
    draws = np.random.default_rng(0)
    level = 4.0 * (np.arange(length) // 10 % 2)
    first = level + draws.normal(size=length)
    return np.stack([first, 10 * (level - 0.5 * first + 0.3 * draws.normal(size=length))], axis=1)


def test_a_gap_is_the_expectation_over_all_paths_given_the_other_channel() -> None:
    values = both(40)
    panel = sa.Panel.from_arrays([values, np.full((6, 2), np.nan)])
    panel.values[40:42], panel.values[43] = values[8:10], values[11]
    panel.values[43, 0] = np.nan
    panel = sa.Panel.from_arrays([values, panel.values[40:]])
    fitted = HiddenMarkov(models.HMM(2, models.FullGaussian()), QUICK).fitted(panel, key=0)
    filled = fitted.fill(panel)
    body, (inside, shift, scale) = fitted.body, fitted.scale.apply(panel)
    x, seen = inside.values[40:], inside.observed[40:]
    mean, cov = np.asarray(body.emission.mean), np.asarray(body.emission.covariance)
    total, wanted = 0.0, np.zeros((6, 2))
    for path in itertools.product(range(2), repeat=6):
        log = body.log_start[path[0]]
        log += sum(body.log_transition[pair] for pair in itertools.pairwise(path))
        expected = np.zeros((6, 2))
        for t, k in enumerate(path):
            expected[t] = mean[k]
            if seen[t].any():
                part = np.flatnonzero(seen[t])
                off, inner = x[t, part] - mean[k, part], cov[k][np.ix_(part, part)]
                log += -0.5 * (off @ np.linalg.solve(inner, off) + np.linalg.slogdet(inner)[1])
                expected[t] += cov[k][:, part] @ np.linalg.solve(inner, off)
        wanted, total = wanted + np.exp(log) * expected, total + np.exp(log)
    np.testing.assert_allclose(filled[40:], wanted / total * scale[40:] + shift[40:], rtol=1e-9)
    done = sa.impute(panel, models.HMM(2), key=0).filled
    assert np.isfinite(done.panel.values).all()
    np.testing.assert_array_equal(done.panel.values[panel.observed], panel.values[panel.observed])


def test_counts_are_filled_in_their_own_unit_and_lags_are_refused() -> None:
    counts = np.repeat([2.0, 20.0, 2.0], 15)
    counts[20:22] = np.nan
    done = sa.impute(sa.Panel.from_arrays([counts]), models.HMM(2, models.Poisson()), key=0)
    np.testing.assert_allclose(done.filled.panel.values[20:22, 0], 20, rtol=0.02)
    with pytest.raises(Refusal, match="autoregressive emission expects nothing"):
        sa.impute(sa.Panel.from_arrays([counts]), models.HMM(2, models.Autoregressive(1)), key=0)
