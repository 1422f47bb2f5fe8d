"""Summaries of series over intervals, beside those of NumPy."""

import numpy as np

from stepahead.models import Intervals, Summaries


def test_the_correlations_of_the_channels_are_those_of_numpy() -> None:
    """They stand last but for the logarithm of the length, a pair of channels each."""
    rows = np.random.default_rng(0).normal(0, 3, (12, 3))
    offsets = np.array([0, 5, 12])
    found = Intervals(2).learned(rows, offsets, seed=0).matrix(rows, offsets)
    for row, first, last in zip(found, offsets[:-1], offsets[1:], strict=True):
        wanted = np.corrcoef(rows[first:last].T)[np.triu_indices(3, 1)]
        np.testing.assert_allclose(row[-4:-1], wanted, atol=1e-12)
        assert row[-1] == np.log(last - first)


def test_summaries_are_those_of_numpy_and_intervals_are_as_many_as_counted() -> None:
    rows = np.random.default_rng(1).normal(2, 3, (12, 3))
    offsets = np.array([0, 5, 12])
    found = Summaries().learned(rows, offsets, seed=0).matrix(rows, offsets)
    for row, first, last in zip(found, offsets[:-1], offsets[1:], strict=True):
        part = rows[first:last]
        slope = np.polyfit(np.arange(len(part)), part, 1)[0]
        wanted = [part.mean(axis=0), part.std(axis=0), slope, part.min(axis=0), part.max(axis=0)]
        np.testing.assert_allclose(row, np.concatenate(wanted), atol=1e-12)
    every = Intervals(3).learned(rows, offsets, seed=0).matrix(rows, offsets)
    assert every.shape[1] == Intervals(3).count(3)
