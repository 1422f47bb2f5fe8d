"""Input columns of a body: the observation at a step, and the known covariates of the steps
ahead."""

import jax.numpy as jnp
from jaxtyping import Array, Float

from ..._types import Channels, Observation


def seen_columns(x: Observation, channels: Channels) -> Float[Array, "*axes column"]:
    """Values, then a mask of observed values (if the model has one), then past covariates."""
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
    """The known covariates of each of `horizon` steps ahead, followed by the static columns."""
    varying = (channels.known - channels.static) // horizon
    each = [known[..., k * varying : (k + 1) * varying] for k in range(horizon)]
    static = known[..., horizon * varying :]
    return jnp.stack([jnp.concatenate([one, static], axis=-1) for one in each])


def known_ahead(
    known: Float[Array, "batch reach covariate"],
    static: Float[Array, "batch static"],
    span: int,
    horizon: int,
) -> Float[Array, "batch span column"]:
    """The known covariates of the next `horizon` steps at each of `span` steps, side by side, then
    the static columns.

    `known[:, 0]` belongs to the first of the steps.

    >>> known_ahead(jnp.arange(4.0)[None, :, None], jnp.array([[9.0]]), span=2, horizon=2).tolist()
    [[[1.0, 2.0, 9.0], [2.0, 3.0, 9.0]]]
    """
    windows = jnp.concatenate([known[:, k : k + span] for k in range(1, horizon + 1)], axis=-1)
    return jnp.concatenate(
        [windows, jnp.broadcast_to(static[:, None], (len(static), span, static.shape[-1]))], axis=-1
    )
