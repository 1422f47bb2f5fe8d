"""Backpropagation through time: the gradient of shared weights is the sum over one untied copy of
them for each step."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from registry import KINDS, Case, assert_close, made, positive

from stepahead import models
from stepahead.models import Observation, unroll

BATCH, TIME = 2, 4
BASELINES = (models.Naive, models.SeasonalNaive, models.Drift, models.Mean)
LEARNING = [case for case in KINDS if not isinstance(case.spec, BASELINES)]
each_case = pytest.mark.parametrize("case", LEARNING, ids=repr)


def total_loss(case: Case, out: jax.Array, value: jax.Array) -> jax.Array:
    """The loss one step ahead at every step, which reaches every weight through the state."""
    return case.head.loss(out[:, :-1, 0], value[:, 1:]).sum() + jnp.sin(out[:, -1]).sum()


@each_case
def test_the_gradient_of_shared_weights_is_the_sum_over_untied_copies(case: Case) -> None:
    model, value = made(case), positive(BATCH, TIME, case.channels)
    weights, frozen = eqx.partition(model, eqx.is_inexact_array)

    def tied(weights):
        return total_loss(case, unroll(eqx.combine(weights, frozen), Observation(value)).out, value)

    def untied(copies):
        def step(state, x):
            copy, one = x
            return eqx.combine(copy, frozen).step(state, Observation(one))

        # the initial state may depend on weights too: a prior does
        first = eqx.combine(jax.tree.map(lambda leaf: leaf[0], copies), frozen)
        _, out = jax.lax.scan(step, first.initial_state(BATCH), (copies, jnp.moveaxis(value, 1, 0)))
        return total_loss(case, jnp.moveaxis(out, 0, 1), value)

    copies = jax.tree.map(lambda leaf: jnp.broadcast_to(leaf, (TIME, *leaf.shape)), weights)
    shared, apart = jax.jit(jax.grad(tied))(weights), jax.jit(jax.grad(untied))(copies)
    assert_close(shared, jax.tree.map(lambda leaf: leaf.sum(axis=0), apart), rtol=1e-4, atol=1e-4)
    assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(shared))
    assert any((np.asarray(leaf[0]) != 0).any() for leaf in jax.tree.leaves(apart))
