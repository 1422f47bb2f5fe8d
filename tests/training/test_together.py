"""Several models trained at a time: the bits of each trained alone."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from stepahead import Refusal, native
from stepahead.data import sliding_windows
from stepahead.models import GRU, LSTM, MLPAR, RNN, Gaussian, Point, build
from stepahead.training import LAST, Gradient, Series, Trained, adam, cosine, train, train_many

WALK = np.random.default_rng(0).normal(size=(4, 70, 1)).cumsum(axis=1).astype(np.float32) / 5
WINDOWS = sliding_windows(np.array([0, 70]), 20)


def same(one: Trained, other: Trained) -> bool:
    pairs = zip(jax.tree.leaves(one.model), jax.tree.leaves(other.model), strict=True)
    weights = all(np.array_equal(a, b) for a, b in pairs)
    return weights and one.losses == other.losses and one.stopped == other.stopped


@pytest.mark.parametrize("models", [1, 2, 4])
@pytest.mark.parametrize(
    ("spec", "head", "recipe"),
    [
        (LSTM(5, layers=2), Point(2), Gradient(span=20, epochs=3, batch=19)),
        (
            GRU(7),
            Gaussian(),
            Gradient(span=20, epochs=2, steps=4, optimizer=adam(cosine(0.1, 8), decay=0.1)),
        ),
    ],
    ids=["LSTM", "GRU"],
)
def test_each_has_the_bits_that_it_has_alone(spec, head, recipe, models) -> None:
    built = [build(spec, 1, head, seed) for seed in range(models)]
    series = [Series(jnp.asarray(WALK[k]), None) for k in range(models)]
    keys = list(range(10, 10 + models))
    for given in (series, series[0]):
        done = train_many(built, given, WINDOWS, recipe, keys=keys)
        for k, one in enumerate(done):
            own = given if isinstance(given, Series) else given[k]
            assert same(one, train(built[k], own, WINDOWS, recipe, key=keys[k]))
    assert models == 1 or done[0].losses != done[1].losses


@pytest.mark.parametrize(
    ("spec", "recipe"),
    [
        (MLPAR(20), Gradient(span=20, epochs=2, loss_steps=LAST)),
        (RNN(3), Gradient(span=20, epochs=2, patience=1)),
    ],
    ids=["no such kernel", "patience"],
)
def test_others_are_trained_one_after_the_other(spec, recipe) -> None:
    built = [build(spec, 1, Point(), seed) for seed in range(2)]
    series = Series(jnp.asarray(WALK[0]), None)
    done = train_many(built, series, WINDOWS, recipe, keys=[3, 4])
    for k, one in enumerate(done):
        assert same(one, train(built[k], series, WINDOWS, recipe, key=3 + k))


def test_other_numbers_of_keys_or_series_are_refused() -> None:
    built = [build(GRU(2), 1, Point(), 0)] * 2
    series = Series(jnp.asarray(WALK[0]), None)
    with pytest.raises(Refusal, match="as many as `models`, 2, but they are 1 and 2"):
        train_many(built, series, WINDOWS, Gradient(span=20), keys=[0])


@pytest.mark.skipif(not native.available(), reason=native.reason())
def test_a_loss_that_is_not_finite_is_refused_by_epoch() -> None:
    built = [build(GRU(2), 1, Point(), seed) for seed in range(2)]
    series = Series(jnp.asarray(WALK[0]), None)
    recipe = Gradient(span=20, epochs=2, optimizer=adam(1e38, clip=None))
    with pytest.raises(Refusal, match=r"Training diverged: .* in epoch 1"):
        train_many(built, series, WINDOWS, recipe, keys=[0, 1])
