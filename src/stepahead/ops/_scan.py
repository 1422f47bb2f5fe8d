"""Scans over time with a leading batch axis: of any step function, and of the recurrent cells."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int, PyTree

from ._cells import Gating, HiddenState, Weights

Step = Callable[[PyTree, PyTree], tuple[PyTree, PyTree]]
"""`(state, input) -> (state, output)`."""


def scan_step(
    step: Step,
    state: PyTree,
    xs: PyTree,
    *,
    reverse: bool = False,
) -> tuple[PyTree, PyTree]:
    """Run `state, out = step(state, x)` along the time axis of `xs` (backward with `reverse`);
    return the last state and every output.

    Every array of `xs` is `[batch, time, ...]`, every `x` passed to `step` is `[batch, ...]`, and
    the outputs are `[batch, time, ...]`.

    >>> total, sums = scan_step(
    ...     lambda s, x: (s + x, s + x),
    ...     jnp.zeros(2),
    ...     jnp.array([[1.0, 2.0, 3.0], [10.0, 20.0, 30.0]]),
    ... )
    >>> total.tolist(), sums.tolist()
    ([6.0, 60.0], [[1.0, 3.0, 6.0], [10.0, 30.0, 60.0]])
    """
    last, outs = jax.lax.scan(step, state, _swap_batch_and_time(xs), reverse=reverse)
    return last, _swap_batch_and_time(outs)


def loop_step(
    step: Step,
    state: PyTree,
    xs: PyTree,
    *,
    reverse: bool = False,
) -> tuple[PyTree, PyTree]:
    """As `scan_step`, as a plain loop on the host, for steps in NumPy; same arguments and axes.

    >>> total, sums = loop_step(lambda s, x: (s + x, s + x), np.zeros(1), np.array([[1.0, 2.0]]))
    >>> total.tolist(), sums.tolist()
    ([3.0], [[1.0, 3.0]])
    """
    steps = range(jax.tree.leaves(xs)[0].shape[1])
    found = []
    for t in reversed(steps) if reverse else steps:
        state, out = step(state, jax.tree.map(lambda leaf, t=t: leaf[:, t], xs))
        found.append(out)
    ordered = found[::-1] if reverse else found
    return state, jax.tree.map(lambda *outs: np.stack(outs, axis=1), *ordered)


def SCAN(
    cell: Gating,
    weights: Weights,
    inputs: Float[Array, "batch time channel"],
    state: HiddenState,
    lengths: Int[Array, " batch"] | None,
    reverse: bool,
) -> tuple[Float[Array, "batch time hidden"], HiddenState]:
    """The recurrence by `lax.scan`: for every dtype, device and order of derivative. Arguments as
    `recurrence`."""

    def step(state: HiddenState, xs: tuple[Array, Array | None]) -> tuple[HiddenState, Array]:
        projected, alive = xs
        return after_step(cell, alive, projected, recurrent_product(cell, weights, state[0]), state)

    final, outputs = jax.lax.scan(
        step, state, (input_product(weights, inputs), inside(lengths, inputs)), reverse=reverse
    )
    return _swap_batch_and_time(outputs), final


def inside(
    lengths: Int[Array, " batch"] | None, inputs: Float[Array, "batch time channel"]
) -> Bool[Array, "time batch"] | None:
    """Return a mask of the existing steps of each sequence; None if all exist."""
    return None if lengths is None else jnp.arange(inputs.shape[1])[:, None] < lengths


def after_step(
    cell: Gating,
    alive: Bool[Array, " batch"] | None,
    projected: Float[Array, "batch rows"],
    recurrent: Float[Array, "batch rows"],
    state: HiddenState,
) -> tuple[HiddenState, Float[Array, "batch hidden"]]:
    """Return the state after a step, and its output, from the two matrix products. A step that does
    not exist keeps the state and outputs 0."""
    new, _ = cell.combine(projected, recurrent, state)
    if alive is None:
        return new, new[0]
    after = tuple(jnp.where(alive[:, None], n, old) for n, old in zip(new, state, strict=True))
    return after, jnp.where(alive[:, None], new[0], 0)


def input_product(
    weights: Weights, inputs: Float[Array, "batch time channel"]
) -> Float[Array, "time batch rows"]:
    """Return `W x + b` of all steps, as one matrix product."""
    return jnp.einsum("bti,ri->tbr", inputs, weights.input) + weights.bias


def recurrent_product(
    cell: Gating, weights: Weights, hidden: Float[Array, "batch hidden"]
) -> Float[Array, "batch rows"]:
    """Return `U h`, with the GRU's second bias in the rows of the candidate."""
    product = hidden @ weights.recurrent.T
    if weights.candidate_bias is None:
        return product
    before = jnp.zeros((cell.gates - 1) * hidden.shape[-1], product.dtype)
    return product + jnp.concatenate([before, weights.candidate_bias])


def _swap_batch_and_time(tree: PyTree) -> PyTree:
    return jax.tree.map(lambda leaf: jnp.swapaxes(leaf, 0, 1), tree)
