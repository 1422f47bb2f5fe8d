"""From an observation to the columns that a body is fed: what is seen at a step, and what is known
of the steps ahead."""

import jax.numpy as jnp
from jaxtyping import Array, Float

from ..._types import Channels, Observation


def seen_columns(x: Observation, channels: Channels) -> Float[Array, "*axes column"]:
    """Values, then 1 or 0 for observed or not where the model has a mask, then past covariates."""
    columns = [x.value]
    if channels.mask:
        columns.append(
            jnp.ones_like(x.value) if x.observed is None else x.observed.astype(x.value.dtype)
        )
    if x.past is not None:
        columns.append(x.past)
    return jnp.concatenate(columns, axis=-1) if len(columns) > 1 else x.value


def known_by_step(
    known: Float[Array, "*axes covariate"], channels: Channels, horizon: int
) -> Float[Array, "ahead *axes covariate_of_a_step"]:
    """What is known of each of `horizon` steps ahead by itself, static columns with every one."""
    varying = (channels.known - channels.static) // horizon
    each = [known[..., k * varying : (k + 1) * varying] for k in range(horizon)]
    static = known[..., horizon * varying :]
    return jnp.stack([jnp.concatenate([one, static], axis=-1) for one in each])


def ahead_of(
    known: Float[Array, "batch reach covariate"],
    static: Float[Array, "batch static"],
    span: int,
    horizon: int,
) -> Float[Array, "batch span column"]:
    """At each of `span` steps what is known of the next `horizon`, one after the other, then what
    is the same at all steps.

    `known[:, 0]` belongs to the first of the steps.

    >>> ahead_of(jnp.arange(4.0)[None, :, None], jnp.array([[9.0]]), span=2, horizon=2).tolist()
    [[[1.0, 2.0, 9.0], [2.0, 3.0, 9.0]]]
    """
    windows = jnp.concatenate([known[:, k : k + span] for k in range(1, horizon + 1)], axis=-1)
    return jnp.concatenate(
        [windows, jnp.broadcast_to(static[:, None], (len(static), span, static.shape[-1]))], axis=-1
    )
