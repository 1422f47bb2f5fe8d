"""Every model keeps its dtype, float32 and float64 side by side; run by test_float64.py."""

import equinox as eqx
import jax
import jax.numpy as jnp
import pytest
from registry import HEADS, KINDS, Case, positive

from stepahead import models
from stepahead.models import Channels, Observation, rollout, unroll


def cast(tree, dtype):
    return jax.tree.map(
        lambda leaf: leaf.astype(dtype) if eqx.is_inexact_array(leaf) else leaf, tree
    )


def dtypes(tree):
    return {leaf.dtype for leaf in jax.tree.leaves(tree) if eqx.is_inexact_array(leaf)}


@pytest.mark.parametrize("dtype", [jnp.float32, jnp.float64])
@pytest.mark.parametrize("case", KINDS, ids=repr)
def test_the_dtype_is_kept(case: Case, dtype) -> None:
    model = models.build(
        case.spec, Channels(case.channels, mask=case.mask), case.head, jax.random.key(0)
    )
    assert dtypes(model.body) <= {jnp.dtype(jnp.float32)}
    model = cast(model, dtype)

    draws = isinstance(case.head, models.Sampler)

    def everything(model, value, observed, keys):
        seen = unroll(model, Observation(value, observed))
        return (
            seen,
            rollout(model, seen.state, seen.out[:, -1], 3),
            rollout(model, seen.state, seen.out[:, -1], 3, keys if draws else None),
        )

    value = positive(2, 4, case.channels).astype(dtype)
    shapes = jax.eval_shape(
        everything, model, value, value > 1, jax.random.split(jax.random.key(0), 2)
    )
    found = {
        leaf.dtype for leaf in jax.tree.leaves(shapes) if jnp.issubdtype(leaf.dtype, jnp.inexact)
    }
    assert found == {jnp.dtype(dtype)}


@pytest.mark.parametrize("dtype", [jnp.float32, jnp.float64])
@pytest.mark.parametrize("head", HEADS, ids=repr)
def test_losses_keep_the_dtype(head, dtype) -> None:
    def everything(out, target, key):
        drawn = [head.draw(out, key)] if isinstance(head, models.Sampler) else []
        return [head.loss(out, target), head.mean(out), *drawn]

    shapes = jax.eval_shape(
        everything, jnp.ones((3, head.parameters), dtype), jnp.ones(3, dtype), jax.random.key(0)
    )
    assert {leaf.dtype for leaf in shapes} == {jnp.dtype(dtype)}
