"""The recurrence by `lax.scan` with an explicit backward pass, in which the gradient of each weight
matrix is one product over all steps.

Automatic differentiation of a scan adds to the gradient of every weight at every step. Here a
backward step computes only the gradients of its own gates; those of all steps are kept, and each
weight's gradient is one large product over them at the end.
"""

from functools import partial

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, PyTree

from ._cells import Gating, HiddenState, Weights
from ._scan import after_step, input_product, inside, recurrent_product


def SCAN_BY_HAND(
    cell: Gating,
    weights: Weights,
    inputs: Float[Array, "batch time channel"],
    state: HiddenState,
    lengths: Int[Array, " batch"] | None,
    reverse: bool,
) -> tuple[Float[Array, "batch time hidden"], HiddenState]:
    """The recurrence by `lax.scan`: for every dtype and device, with derivatives in reverse mode.
    Forward mode needs `SCAN`. Arguments as `recurrence`."""
    outputs, final = _run(cell, reverse, weights, inputs, state, inside(lengths, inputs))
    return jnp.swapaxes(outputs, 0, 1), final


@partial(jax.custom_vjp, nondiff_argnums=(0, 1))
def _run(
    cell: Gating,
    reverse: bool,
    weights: Weights,
    inputs: Array,
    state: HiddenState,
    alive: Array | None,
) -> PyTree:
    return _forward(cell, reverse, weights, inputs, state, alive)[0]


def _forward(
    cell: Gating,
    reverse: bool,
    weights: Weights,
    inputs: Array,
    state: HiddenState,
    alive: Array | None,
) -> tuple[PyTree, PyTree]:
    projected = input_product(weights, inputs)

    def step(state: HiddenState, x: tuple[Array, Array | None]) -> tuple[HiddenState, PyTree]:
        recurrent = recurrent_product(cell, weights, state[0])
        new, output = after_step(cell, x[1], x[0], recurrent, state)
        return new, (output, recurrent, state)

    final, (outputs, recurrent, before) = jax.lax.scan(
        step, state, (projected, alive), reverse=reverse
    )
    return (outputs, final), (weights, inputs, alive, projected, recurrent, before)


def _backward(
    cell: Gating, reverse: bool, saved: PyTree, slopes: tuple[Array, HiddenState]
) -> PyTree:
    weights, inputs, alive, projected, recurrent, before = saved

    def step(of_state: HiddenState, x: PyTree) -> tuple[HiddenState, tuple[Array, Array]]:
        alive, projected, recurrent, state, of_output = x
        _, back = jax.vjp(partial(after_step, cell, alive), projected, recurrent, state)
        of_projected, of_recurrent, of_before = back((of_state, of_output))
        through = of_recurrent @ weights.recurrent
        return (of_before[0] + through, *of_before[1:]), (of_projected, of_recurrent)

    of_state, (of_projected, of_recurrent) = jax.lax.scan(
        step, slopes[1], (alive, projected, recurrent, before, slopes[0]), reverse=not reverse
    )
    # One product over all steps and sequences for each weight matrix, not one update per step.
    hidden = before[0].shape[-1]
    of_weights = Weights(
        jnp.einsum("tbr,bti->ri", of_projected, inputs),
        jnp.einsum("tbr,tbh->rh", of_recurrent, before[0]),
        of_projected.sum((0, 1)),
        None if weights.candidate_bias is None else of_recurrent[..., -hidden:].sum((0, 1)),
    )
    return of_weights, jnp.einsum("tbr,ri->bti", of_projected, weights.input), of_state, None


_run.defvjp(_forward, _backward)
