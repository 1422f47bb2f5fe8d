"""The inputs of a model for a padded batch."""

from typing import NamedTuple

import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from ..._types import Observation
from ...data import PaddedBatch
from ...models import Model, ModelState


class ModelInputs(NamedTuple):
    """The state before the first step, the observations, their lengths, and the known covariates
    after the end."""

    before: ModelState
    xs: Observation
    lengths: Int[Array, " batch"]
    future: Float[Array, "batch beyond known"] | None


def model_inputs(model: Model, batch: PaddedBatch) -> ModelInputs:
    """A batch as arrays of the model's type. A value missing at the first step is replaced by the
    batch's `before`."""
    future = None if batch.future is None else jnp.asarray(batch.future, model.dtype)
    before = model.initial_state(len(batch.lengths), jnp.asarray(batch.before, model.dtype))
    return ModelInputs(before, batch.observation(model.dtype), jnp.asarray(batch.lengths), future)
