"""`rollout`: recursive forecasts of any number of steps, by means or by sampled paths."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float
from jaxtyping import Key as Keys

from ..._check import Refusal, counted
from ..._types import Observation
from ._model import Model, ModelState


class RolloutResult(NamedTuple):
    """Forecasts at each step ahead, and their head parameters given the values fed before."""

    values: Float[Array, "batch ahead channel"]
    out: Float[Array, "batch ahead channel parameter"]


def rollout(
    model: Model,
    state: ModelState,
    out: Float[Array, "batch horizon channel parameter"],
    horizon: int,
    keys: Keys[Array, " batch"] | None = None,
    known: Float[Array, "batch fed covariate"] | None = None,
) -> RolloutResult:
    """Forecast `horizon` steps from a state and the output that came with it (`unroll(...).state`
    and its last `out`).

    Without `keys`, means are fed back. With `keys`, one for each sequence of the batch (`[batch]`),
    values are drawn and fed back: each row is one sampled path. A model whose head describes H
    steps gives the first H from one output; past them, those H forecasts are fed back and the next
    H are read, and so on.

    A model with known covariates needs them at every step that is fed back: `known[:, j]` for step
    j + 1, all but the last block's. Past covariates have no future, so a model that sees them gives
    its own H steps and no more.

    >>> import jax
    >>> from stepahead import models
    >>> model = models.build(models.Drift(), 1, models.Point(), jax.random.key(0))
    >>> seen = models.unroll(model, models.Observation(jnp.array([[[0.0], [1.0], [2.0]]])))
    >>> rollout(model, seen.state, seen.out[:, -1], 4).values[0, :, 0].tolist()
    [3.0, 4.0, 5.0, 6.0]
    """
    head = model.head
    blocks = blocks_of(head.horizon, horizon)
    if blocks > 1 and model.channels.past:
        raise Refusal(
            "The model sees past covariates, which are unknown after the end, so it cannot be "
            "fed its own forecasts: it answers "
            f"{counted(head.horizon, 'step')}, not {horizon}. Fit it with `strategy=mimo` or "
            f"`direct` and a horizon of {horizon}, or "
            "leave them out."
        )

    def read(out: Array, block: Array) -> Array:
        if keys is None:
            return head.mean(out)
        return jax.vmap(lambda o, k: model.body.draw(head, o, jax.random.fold_in(k, block)))(
            out, keys
        )

    def feed(
        carry: tuple[ModelState, Array], x: tuple[Array, Array | None]
    ) -> tuple[tuple[ModelState, Array], None]:
        return model.step(carry[0], Observation(x[0].astype(model.dtype), known=x[1])), None

    def fed(
        state: ModelState, out: Array, values: Array, known: Array | None
    ) -> tuple[ModelState, Array]:
        return jax.lax.scan(feed, (state, out), (jnp.moveaxis(values, 1, 0), known))[0]

    def block(
        carry: tuple[ModelState, Array], of_block: tuple[Array, Array | None]
    ) -> tuple[tuple[ModelState, Array], tuple[Array, Array]]:
        (state, out), (number, known) = carry, of_block
        values = read(out, number)
        after = jax.lax.cond(
            number < blocks - 1, fed, lambda *kept: kept[:2], state, out, values, known
        )
        return after, (values, out)

    if blocks == 1:
        return RolloutResult(read(out, jnp.asarray(0))[:, :horizon], out[:, :horizon])
    # One call reads every block, and the last one is not fed back: a draw is the largest part of
    # the program, and two of them would double the time of compilation.
    of_blocks = None if known is None else _by_block(known, head.horizon)
    _, (values, outs) = jax.lax.scan(block, (state, out), (jnp.arange(blocks), of_blocks))
    return RolloutResult(_in_order(values, horizon), _in_order(outs, horizon))


def blocks_of(own: int, horizon: int) -> int:
    """Return the number of outputs, of `own` steps each, for `horizon` steps.

    >>> blocks_of(4, 12), blocks_of(4, 13), blocks_of(4, 1)
    (3, 4, 1)
    """
    return -(-horizon // own)


def _by_block(known: Float[Array, "batch fed covariate"], own: int) -> Array:
    """`[block, own, batch, covariate]`, with zeros for the last block, which is not fed."""
    steps = jnp.pad(jnp.moveaxis(known, 1, 0), ((0, own), (0, 0), (0, 0)))
    return steps.reshape(-1, own, *steps.shape[1:])


def _in_order(blocks: Float[Array, "number batch own ..."], horizon: int) -> Array:
    """`[batch, ahead, ...]` from blocks of steps."""
    blocks = jnp.moveaxis(blocks, 0, 1)
    return blocks.reshape(blocks.shape[0], -1, *blocks.shape[3:])[:, :horizon]
