"""The inputs of a model for a padded batch."""

from typing import NamedTuple

import jax
import numpy as np
from jaxtyping import Array, Float, Int

from ..._types import Observation
from ...data import PaddedBatch
from ...models import Model, ModelState


class ModelInputs(NamedTuple):
    """The values before the first step, the observations, their lengths, and the known covariates
    after the end."""

    before: Float[Array, "batch channel"]
    xs: Observation
    lengths: Int[Array, " batch"]
    future: Float[Array, "batch beyond known"] | None

    def first_state(self, model: Model) -> ModelState:
        """Return the state before the first step. Call it in compiled code: without compilation it
        takes longer than a short forecast."""
        return model.initial_state(len(self.lengths), self.before)


def model_inputs(model: Model, batch: PaddedBatch) -> ModelInputs:
    """Return a batch as arrays of the model's type. A value missing at the first step is replaced
    by the batch's `before`."""
    kind = model.dtype
    before, lengths, future = jax.device_put(
        (
            np.asarray(batch.before, kind),
            batch.lengths,
            None if batch.future is None else np.asarray(batch.future, kind),
        )
    )
    return ModelInputs(before, batch.observation(kind), lengths, future)
