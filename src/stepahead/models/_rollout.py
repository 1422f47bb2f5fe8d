"""`rollout`: feed a model its own predictions, by the mean or by sampled paths, for any number of steps ahead."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float
from jaxtyping import Key as Keys

from .._types import Observation
from ._model import Model, ModelState


class Rolled(NamedTuple):
    """What was predicted at each step ahead, and the distribution it was read from, given what was fed before it."""

    values: Float[Array, "batch ahead channel"]
    out: Float[Array, "batch ahead channel parameter"]


def rollout(
    model: Model,
    state: ModelState,
    out: Float[Array, "batch horizon channel parameter"],
    horizon: int,
    keys: Keys[Array, " batch"] | None = None,
) -> Rolled:
    """Predict `horizon` steps from a state and the output that came with it (`unroll(...).state` and its last `out`).

    Without `keys`, means are fed back. With `keys`, one for each sequence of the batch (`[batch]`), values are drawn and fed
    back: each row is one sampled path. A model whose head describes H steps at once answers the first H from one output; past
    them, those H predictions are fed back and the next H are read, and so on: beyond its own horizon it repeats itself as a
    one-step model does.

    >>> import jax
    >>> from stepahead import models
    >>> model = models.build(models.Drift(), 1, models.Point(), jax.random.key(0))
    >>> seen = models.unroll(model, models.Observation(jnp.array([[[0.0], [1.0], [2.0]]])))
    >>> rollout(model, seen.state, seen.out[:, -1], 4).values[0, :, 0].tolist()
    [3.0, 4.0, 5.0, 6.0]
    """
    head = model.head
    blocks = -(-horizon // head.horizon)

    def read(out: Array, block: Array) -> Array:
        if keys is None:
            return head.mean(out)
        return jax.vmap(lambda o, k: head.draw(o, jax.random.fold_in(k, block)))(out, keys)

    def feed(carry: tuple[ModelState, Array], value: Array) -> tuple[tuple[ModelState, Array], None]:
        return model.step(carry[0], Observation(value.astype(model.dtype))), None

    def block(carry: tuple[ModelState, Array, Array], number: Array) -> tuple[tuple[ModelState, Array, Array], tuple[Array, Array]]:
        state, out, values = carry
        (state, out), _ = jax.lax.scan(feed, (state, out), jnp.moveaxis(values, 1, 0))
        values = read(out, number)
        return (state, out, values), (values, out)

    values = read(out, jnp.asarray(0))
    if blocks == 1:
        return Rolled(values[:, :horizon], out[:, :horizon])
    _, (later, outs) = jax.lax.scan(block, (state, out, values), jnp.arange(1, blocks))
    return Rolled(_in_order(values, later, horizon), _in_order(out, outs, horizon))


def _in_order(first: Float[Array, "batch block ..."], later: Float[Array, "number batch block ..."], horizon: int) -> Array:
    """`[batch, ahead, ...]` from blocks of steps."""
    blocks = jnp.moveaxis(jnp.concatenate([first[None], later]), 0, 1)
    return blocks.reshape(blocks.shape[0], -1, *blocks.shape[3:])[:, :horizon]
