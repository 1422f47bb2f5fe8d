"""One step of a recurrent cell, for forecasts that are fed back."""

from jaxtyping import Array, Float

from ._cells import Gating, HiddenState, Weights
from ._scan import recurrent_product


def one_step(
    cell: Gating, weights: Weights, x: Float[Array, "batch channel"], state: HiddenState
) -> HiddenState:
    """Return the state of `cell` after one more input; its first array is the output. The result
    equals `recurrence` over one step.

    >>> import jax.numpy as jnp
    >>> from stepahead.ops import ELMAN_RELU
    >>> weights = Weights(jnp.array([[1.0]]), jnp.array([[0.5]]), jnp.array([0.0]))
    >>> one_step(ELMAN_RELU, weights, jnp.array([[3.0]]), (jnp.array([[2.0]]),))[0].tolist()
    [[4.0]]
    """
    new, _ = cell.combine(
        x @ weights.input.T + weights.bias, recurrent_product(cell, weights, state[0]), state
    )
    return new
