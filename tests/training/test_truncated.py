"""Truncated backpropagation: pieces with the state carried on see what one long pass sees, and
their gradient stops at the cut."""

from itertools import pairwise

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from registry import unrolled

from stepahead.data import consecutive_windows
from stepahead.models import GRU, LSTM, Observation, Point, build
from stepahead.training import Gradient, Series, train

OFFSETS = np.array([0, 8, 14, 22, 27])
"""Series of 3, 2, 3 and 2 pieces of 3 inputs: two lanes hold two whole series each."""
VALUES = jnp.asarray(np.random.default_rng(0).normal(size=(27, 1)), jnp.float32)
SERIES = Series(VALUES, None)


def squared_errors(model, begin: int, end: int, state=None):
    """Of one-step forecasts along `values[begin:end]` in one pass, and the last state."""
    done = unrolled(model, Observation(VALUES[None, begin : end - 1]), state)
    return jnp.square(done.out[0, :, 0, 0, 0] - VALUES[begin + 1 : end, 0]), done.state


@pytest.mark.parametrize("lanes", [1, 2])
@pytest.mark.parametrize("spec", [LSTM(3), GRU(3, layers=2)], ids=repr)
def test_the_forward_pass_equals_one_long_pass_over_each_series(spec, lanes: int) -> None:
    model = build(spec, 1, Point(), jax.random.key(0))
    recipe = Gradient(span=3, epochs=1, optimizer=optax.sgd(0.0))
    done = train(
        model, SERIES, consecutive_windows(OFFSETS, 3, lanes), recipe, key=jax.random.key(1)
    )
    ends = pairwise(OFFSETS)
    wanted = jnp.concatenate(
        [squared_errors(model, int(begin), int(end))[0] for begin, end in ends]
    )
    np.testing.assert_allclose(done.losses[0], wanted.mean(), rtol=1e-5)
    forgetful = consecutive_windows(OFFSETS, 3, lanes)
    forgetful = forgetful._replace(fresh=np.ones_like(forgetful.fresh))
    assert (
        abs(
            train(model, SERIES, forgetful, recipe, key=jax.random.key(1)).losses[0]
            - float(wanted.mean())
        )
        > 1e-3
    )


def test_the_state_is_carried_over_and_no_gradient_with_it() -> None:
    offsets, rate = np.array([0, 7]), 0.1
    model = build(LSTM(2), 1, Point(), jax.random.key(0))
    recipe = Gradient(span=3, epochs=1, optimizer=optax.sgd(rate))
    trained = train(
        model,
        Series(VALUES[:7], None),
        consecutive_windows(offsets, 3, 1),
        recipe,
        key=jax.random.key(1),
    ).model

    def update(model, begin, end, state):
        def loss(model):
            errors, after = squared_errors(model, begin, end, state)
            return errors.mean(), after

        slopes, after = eqx.filter_grad(loss, has_aux=True)(model)
        return eqx.apply_updates(model, jax.tree.map(lambda slope: -rate * slope, slopes)), after

    by_hand, state = update(model, 0, 4, model.initial_state(1))
    by_hand, _ = update(by_hand, 3, 7, state)
    for got, wanted in zip(jax.tree.leaves(trained), jax.tree.leaves(by_hand), strict=True):
        np.testing.assert_allclose(got, wanted, rtol=1e-4, atol=1e-6)


def test_pieces_cover_every_target_once_and_begin_afresh_only_where_a_series_does() -> None:
    windows, fresh = consecutive_windows(OFFSETS, 3, 2)
    targets = [
        start + 1 + k
        for start, length in zip(windows.start.T.ravel(), windows.length.T.ravel(), strict=True)
        for k in range(length)
    ]
    assert sorted(targets) == [t for t in range(27) if t not in OFFSETS]
    begins = np.isin(windows.start, OFFSETS) & (windows.length > 0)
    assert (fresh >= begins).all()
    assert (fresh[1:] == begins[1:])[windows.length[1:] > 0].all() and fresh[0].all()
