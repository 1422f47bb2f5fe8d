"""A hidden Markov model of the series of each label: sums over all paths, learning, order."""

import itertools

import numpy as np
import pytest

from stepahead.models import HiddenStates, HiddenStatesModel, LabelledRows


def test_the_likelihood_is_the_sum_over_all_paths() -> None:
    draws = np.random.default_rng(0)
    first, steps = draws.dirichlet(np.ones(3), 2), draws.dirichlet(np.ones(3), (2, 3))
    means, variances = draws.normal(size=(2, 3, 2)), draws.uniform(0.5, 2, (2, 3, 2))
    model = HiddenStatesModel(first, steps, means, variances, np.log([0.25, 0.75]))
    rows, offsets = draws.normal(size=(7, 2)), np.array([0, 4, 7])
    joint = np.zeros((2, 2))
    for label, series in itertools.product(range(2), range(2)):
        xs = rows[offsets[series] : offsets[series + 1]].astype(np.float32).astype(float)
        for path in itertools.product(range(3), repeat=len(xs)):
            p = first[label, path[0]]
            for state, after in itertools.pairwise(path):
                p *= steps[label, state, after]
            for state, x in zip(path, xs, strict=True):
                m, v = means[label, state], variances[label, state]
                p *= np.prod(np.exp(-((x - m) ** 2) / (2 * v)) / np.sqrt(2 * np.pi * v))
            joint[series, label] += p
    np.testing.assert_allclose(np.exp(model.encode(rows, offsets)), joint, rtol=1e-6)
    weighted = joint * [0.25, 0.75]
    shares = weighted / weighted.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(np.exp(model.log_probs(rows, offsets)), shares, rtol=1e-6)


def waves(count: int, seed: int) -> LabelledRows:
    """Series of unequal lengths that go up and down, or down and up, at a moment that varies."""
    draws, parts = np.random.default_rng(seed), []
    labels = np.arange(count) % 2
    for label in labels:
        up, down = draws.integers(5, 15, 2)
        parts.append(np.repeat([label, 1.0 - label], [up, down]) + draws.normal(0, 0.5, up + down))
    offsets = np.cumsum([0, *map(len, parts)])
    return LabelledRows(np.concatenate(parts)[:, None], offsets, labels, 2)


def test_it_tells_labels_by_the_order_of_values_alone() -> None:
    train, test = waves(40, 0), waves(200, 1)
    model = HiddenStates(3).learned(train, seed=0)
    said = model.log_probs(test.rows, test.offsets)
    assert (said.argmax(axis=1) == test.labels).mean() > 0.95


@pytest.mark.parametrize("rounds", [1, 3])
def test_a_round_of_learning_raises_the_likelihood(rounds: int) -> None:
    """But for what is counted beforehand, which is little in 400 series."""
    train = waves(400, 2)
    own = np.arange(400), train.labels
    fewer, more = (
        HiddenStates(4, n).learned(train, seed=0).encode(train.rows, train.offsets)[own].sum()
        for n in (rounds, rounds + 2)
    )
    assert more > fewer


def test_constant_columns_and_a_label_without_series() -> None:
    data = LabelledRows(np.ones((6, 1)), np.array([0, 1, 3, 6]), np.array([0, 0, 2]), 3)
    said = HiddenStates(2).learned(data, seed=0).log_probs(data.rows, data.offsets)
    assert np.isfinite(said).all()
    assert (said.argmax(axis=1) != 1).all()
