"""`recurrence`: a whole recurrent layer over time in one call, on native kernels or by a JAX
scan."""

import os
from collections.abc import Callable
from functools import cache

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from .._check import Refusal
from ._cells import Gating, HiddenState, Weights
from ._scan import SCAN, input_product, recurrent_product, scan_step
from ._scan_by_hand import SCAN_BY_HAND
from .compiled import NATIVE, refusal

Path = Callable[
    [Gating, Weights, Array, HiddenState, Array | None, bool],
    tuple[Array, HiddenState],
]
"""A way to compute a recurrence: `(cell, weights, inputs, state, lengths, reverse) -> (outputs,
final_state)`."""


def recurrence(
    cell: Gating,
    weights: Weights,
    inputs: Float[Array, "batch time channel"],
    state: HiddenState,
    *,
    lengths: Int[Array, " batch"] | None = None,
    reverse: bool = False,
    path: Path | None = None,
) -> tuple[Float[Array, "batch time hidden"], HiddenState]:
    """Run `cell` along time on `inputs`; return its output at every step, `[batch, time, hidden]`,
    and the final state.

    Steps at or after `lengths[b]` do not exist: they leave the state unchanged, their output is 0,
    and they have no gradient. With `reverse`, time runs from the last step to the first, and the
    final state is that of the first step. `path` is the implementation; None selects the fastest
    one available (see `best_path`).

    The initial state is `(h,)`, for the LSTM `(h, c)`, each `[batch, hidden]`. Weights and states
    whose shapes do not fit are refused.

    >>> from stepahead.ops import ELMAN_RELU
    >>> weights = Weights(jnp.array([[1.0]]), jnp.array([[0.5]]), jnp.array([0.0]))
    >>> outputs, (last,) = recurrence(
    ...     ELMAN_RELU, weights, jnp.array([[[1.0], [0.0], [8.0]]]), (jnp.zeros((1, 1)),)
    ... )
    >>> outputs[0, :, 0].tolist(), last.tolist()
    ([1.0, 0.5, 8.25], [[8.25]])
    """
    _check_process()
    _check_fit(cell, weights, inputs, state, lengths)
    return (path or best_path(cell, weights, inputs))(
        cell, weights, inputs, state, lengths, reverse
    )


def best_path(cell: Gating, weights: Weights, inputs: Float[Array, "batch time channel"]) -> Path:
    """Return the implementation that `recurrence` uses by default for this cell and these sizes:
    `NATIVE` if it can run and is faster, else a scan.

    The kernels copy the weights into their own layout once for each call. If few steps share that
    cost (fewer than 4 steps, or a wide layer over very few sequences or steps), a scan is faster;
    for 2 to 8 sequences, the one with the explicit backward pass. A scan is also faster for a
    single unit over one short sequence, where a call takes longer than its steps, and for a single
    unit without gates over any short ones. Measured by `benchmarks/sweep.py`.
    """
    batch, time, _ = inputs.shape
    hidden = weights.recurrent.shape[1]
    few = time < 4 or 32 * batch < hidden or 2 * time * batch < hidden
    few = few or (batch * hidden == 1 and time <= 32)
    few = few or (hidden == cell.gates == 1 and time <= 64)
    if not few and refusal(cell, inputs) is None:
        return NATIVE
    return SCAN_BY_HAND if time >= 4 and 2 <= batch <= 8 else SCAN


def gates(
    cell: Gating, weights: Weights, inputs: Float[Array, "batch time channel"], state: HiddenState
) -> dict[str, Float[Array, "batch time hidden"]]:
    """Return every gate of `cell` at every step, by name; the Elman cells have none. Always
    computed by a scan.

    LSTM: input, forget, candidate, output. GRU: reset, update, candidate.
    """
    _check_fit(cell, weights, inputs, state, None)

    def step(state: HiddenState, projected: Array) -> tuple[HiddenState, dict[str, Array]]:
        return cell.combine(projected, recurrent_product(cell, weights, state[0]), state)

    return scan_step(step, state, jnp.swapaxes(input_product(weights, inputs), 0, 1))[1]


@cache
def _first_process() -> int:
    """The process that first ran a recurrence. A forked child clears its compiled programs, so it
    comes here again."""
    if hasattr(os, "register_at_fork"):  # Windows has no fork
        os.register_at_fork(after_in_child=jax.clear_caches)
    return os.getpid()


def _check_process() -> None:
    """Refuse to run in a forked process: JAX uses threads, which a fork does not copy, and would
    wait for ever."""
    if os.getpid() != _first_process():
        raise Refusal(
            "This process was forked from one in which JAX was at work, and JAX cannot work here. "
            "Start workers with `multiprocessing.get_context('spawn')`."
        )


def _check_fit(
    cell: Gating, weights: Weights, inputs: Array, state: HiddenState, lengths: Array | None
) -> None:
    """Refuse arrays whose shapes or types do not fit together."""
    batch, _, channels = inputs.shape
    hidden = weights.recurrent.shape[1]
    expected = {
        "weights.input": (weights.input, (cell.gates * hidden, channels)),
        "weights.recurrent": (weights.recurrent, (cell.gates * hidden, hidden)),
        "weights.bias": (weights.bias, (cell.gates * hidden,)),
    }
    if (weights.candidate_bias is not None) != (cell.name == "gru"):
        raise Refusal(
            "`weights.candidate_bias` belongs to the GRU and to no other cell, but the cell is "
            f"'{cell.name}'."
        )
    if weights.candidate_bias is not None:
        expected["weights.candidate_bias"] = (weights.candidate_bias, (hidden,))
    if len(state) != cell.states:
        raise Refusal(
            f"`state` must hold {cell.states} array(s) for the cell '{cell.name}', but it holds "
            f"{len(state)}."
        )
    expected |= {f"state[{k}]": (array, (batch, hidden)) for k, array in enumerate(state)}
    if lengths is not None:
        expected["lengths"] = (lengths, (batch,))
    for name, (array, shape) in expected.items():
        if array.shape != shape:
            raise Refusal(f"`{name}` must have the shape {shape}, but it has {array.shape}.")
    dtypes = {str(a.dtype) for a in jax.tree.leaves((weights, inputs, state))}
    if len(dtypes) != 1:
        raise Refusal(
            "Weights, inputs and state must have one dtype, but they have "
            f"{', '.join(sorted(dtypes))}. Convert them first."
        )
