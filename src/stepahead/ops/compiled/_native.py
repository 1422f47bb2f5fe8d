"""The recurrence on the native kernels."""

from functools import partial

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from ... import native
from ..._check import Refusal
from .._cells import Gating, HiddenState, Weights


def NATIVE(
    cell: Gating,
    weights: Weights,
    inputs: Float[Array, "batch time channel"],
    state: HiddenState,
    lengths: Int[Array, " batch"] | None,
    reverse: bool,
) -> tuple[Float[Array, "batch time hidden"], HiddenState]:
    """The recurrence on the native kernels: float32, on the CPU, first derivatives in reverse mode.
    Arguments as `recurrence`.

    Refused without kernels; second derivatives and forward mode need `SCAN`.
    """
    why_not = refusal(cell, inputs)
    if why_not is not None:
        raise Refusal(why_not)
    batch, time, _ = inputs.shape
    none = jnp.zeros(0, inputs.dtype)
    layer = native.Layer(
        inputs=inputs,
        input_weights=weights.input,
        recurrent_weights=weights.recurrent,
        bias=weights.bias,
        candidate_bias=none if weights.candidate_bias is None else weights.candidate_bias,
        h=state[0],
        c=state[1] if cell.states > 1 else jnp.zeros((batch, 0), inputs.dtype),
        lengths=jnp.full(batch, time, jnp.int32) if lengths is None else lengths.astype(jnp.int32),
    )
    outputs, h, c = _run(cell.name, reverse, native.Layer(*(a[None] for a in layer)))
    return outputs[0], (h[0], c[0])[: cell.states]


def refusal(cell: Gating, inputs: Float[Array, "batch time channel"]) -> str | None:
    """Return the reason why the native kernels cannot run this; None if they can."""
    if (why_not := unfit(inputs)) is not None:
        return why_not
    if cell.name not in native.KINDS:
        return f"There is no compiled kernel for the cell '{cell.name}'. Use the path `SCAN`."
    return None


def unfit(inputs: Float[Array, "..."]) -> str | None:
    """Return the reason why no native kernel can process these arrays; None if one can."""
    if not native.available():
        return native.reason()
    if inputs.dtype != jnp.float32:
        return (
            f"The compiled kernels take float32, but the arrays are {inputs.dtype}. Use the path"
            " `SCAN`."
        )
    if jax.default_backend() != "cpu":
        return (
            f"The compiled kernels run on the CPU, but the backend is {jax.default_backend()}. Use"
            " the path `SCAN`."
        )
    return None


@partial(jax.custom_vjp, nondiff_argnums=(0, 1))
def _run(cell: str, reverse: bool, layer: native.Layer) -> tuple[Array, Array, Array]:
    return native.forward(cell, reverse, False, layer)[:3]


def _run_forward(
    cell: str, reverse: bool, layer: native.Layer
) -> tuple[tuple[Array, Array, Array], tuple[native.Layer, native.Results]]:
    results = native.forward(cell, reverse, True, layer)
    return results[:3], (layer, results)


def _run_backward(
    cell: str,
    reverse: bool,
    saved: tuple[native.Layer, native.Results],
    slopes: tuple[Array, Array, Array],
) -> tuple[native.Layer]:
    layer, results = saved
    gradients = native.backward(cell, reverse, layer, results, slopes)
    return (native.Layer(*gradients, lengths=None),)  # type: ignore[misc, arg-type]  # None: lengths are integers


_run.defvjp(_run_forward, _run_backward)
