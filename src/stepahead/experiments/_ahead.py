"""Forecasts from many origins at once: 1 … H steps after the last value of each window."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from .._types import Observation
from ..models import Model, rollout, unroll


@eqx.filter_jit
def ahead(
    model: Model, windows: Float[Array | np.ndarray, "origin lag"], horizon: int
) -> Float[Array, "origin horizon"]:
    """Forecasts of the next `horizon` values after each window, oldest value first; beyond the
    model's own horizon its forecasts are fed back as inputs."""
    last = jnp.full((windows.shape[0], 1), windows.shape[1] - 1)
    seen = unroll(model, Observation(jnp.asarray(windows, model.dtype)[..., None]), at=last)
    return rollout(model, seen.state, seen.out[:, 0], horizon).values[..., 0]


@eqx.filter_jit
def slopes(
    model: Model, windows: Float[Array | np.ndarray, "origin lag"]
) -> Float[Array, "origin lag"]:
    """The derivative of the one-step prediction with respect to each value of the window, oldest
    first."""

    def predicted(window: Float[Array, " lag"]) -> Float[Array, ""]:
        return ahead(model, window[None], 1)[0, 0]

    return jax.vmap(jax.grad(predicted))(jnp.asarray(windows, model.dtype))
