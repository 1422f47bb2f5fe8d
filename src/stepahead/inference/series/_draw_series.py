"""`draw`: sample series from a model's distribution, starting from an empty state."""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from ..._check import Refusal, whole
from ..._types import Key, Observation
from ...models import Model, rollout, sampler_of
from ...ops import as_key


def draw(
    model: Model, count: int, length: int, *, key: Key, warmup: int = 100
) -> Float[Array, "series length channel"]:
    """Draw `count` series of `length` steps, in the model's scaled unit, each from an empty state.

    The model is fed one 0, the middle of a scaled series, and then its own draws. The first
    `warmup` draws are dropped, so that the others hardly depend on the start (for a stationary
    model, they have nearly its stationary distribution).

    >>> from stepahead import models
    >>> walk = models.build(models.Naive(), 1, models.Gaussian(), jax.random.key(0))
    >>> draw(walk, 2, 5, key=jax.random.key(1)).shape
    (2, 5, 1)
    """
    whole("count", count), whole("length", length), whole("warmup", warmup, at_least=0)
    sampler_of(model.head)
    if model.channels.known or model.channels.past:
        raise Refusal(
            "A model that sees covariates has none to go by from nothing, so nothing can be drawn. "
            "Fit it without them."
        )
    return _draw(model.one_step(), count, length + warmup, as_key(key))[:, warmup:]


@eqx.filter_jit
def _draw(model: Model, count: int, steps: int, key: Key) -> Float[Array, "series step channel"]:
    start = jnp.zeros((count, model.channels.value), model.dtype)
    state, out = model.step(model.initial_state(count), Observation(start))
    return rollout(model, state, out, steps, jax.random.split(key, count)).values
