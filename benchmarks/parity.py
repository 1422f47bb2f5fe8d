"""Numbers against PyTorch's and Keras's: RNN, LSTM and GRU with copied weights, forward and
gradients, largest difference printed.

A difference is that of the two arrays, divided by the largest number in ours; the last column is
the largest over the gradients in the inputs and in every weight. In float32 ours runs on the
compiled kernels where they are there, in float64 on `lax.scan`. Keras on JAX computes in float32
even where its layers were made with float64, so it is compared in float32 only. Ends with an error
where a difference is above what rounding explains.

    pip install torch keras . && python benchmarks/parity.py
"""

import os
import sys

os.environ["KERAS_BACKEND"] = "jax"
os.environ["JAX_ENABLE_X64"] = "1"

import jax
import jax.numpy as jnp
import keras
import numpy as np
import torch
from jaxtyping import Array

from stepahead import native
from stepahead.ops import ELMAN_RELU, ELMAN_TANH, GRU, LSTM, Gating, Weights, best_path, recurrence

BATCH, TIME, CHANNELS, HIDDEN = 8, 50, 3, 20
ALLOWED = {"float32": 1e-5, "float64": 1e-12}
Numbers = tuple[np.ndarray, dict[str, np.ndarray]]
"""Outputs `[batch, time, hidden]`, and gradients of Σ slopes·outputs by name."""


def drawn(cell: Gating, dtype: str) -> tuple[Weights, np.ndarray, np.ndarray]:
    """Weights, inputs and slopes of moderate size."""
    draw = np.random.default_rng(0)

    def normal(*shape: int) -> np.ndarray:
        return draw.normal(0, 0.3, shape).astype(dtype)

    rows = cell.gates * HIDDEN
    recurrent = np.concatenate(
        [np.linalg.qr(draw.normal(size=(HIDDEN, HIDDEN)))[0] for _ in range(cell.gates)]
    ).astype(dtype)
    weights = Weights(
        normal(rows, CHANNELS), recurrent, normal(rows), normal(HIDDEN) if cell is GRU else None
    )
    return weights, 3 * normal(BATCH, TIME, CHANNELS), normal(BATCH, TIME, HIDDEN)


def ours(cell: Gating, weights: Weights, x: np.ndarray, slopes: np.ndarray) -> Numbers:
    """`ops.recurrence` on its best path."""

    def loss(weights: Weights, x: Array) -> tuple[Array, Array]:
        zeros = tuple(jnp.zeros((BATCH, HIDDEN), x.dtype) for _ in range(cell.states))
        outputs, _ = recurrence(cell, weights, x, zeros)
        return (outputs * slopes).sum(), outputs

    (of_weights, of_x), outputs = jax.jit(jax.grad(loss, argnums=(0, 1), has_aux=True))(
        jax.tree.map(jnp.asarray, weights), jnp.asarray(x)
    )
    return np.asarray(outputs), {
        k: np.asarray(v) for k, v in {**of_weights._asdict(), "x": of_x}.items() if v is not None
    }


def by_torch(cell: Gating, weights: Weights, x: np.ndarray, slopes: np.ndarray) -> Numbers:
    """torch.nn: the same gate order; its second bias is 0 but for the GRU's candidate."""
    kind = {"lstm": torch.nn.LSTM, "gru": torch.nn.GRU}.get(cell.name, torch.nn.RNN)
    options = {"nonlinearity": cell.name.removeprefix("elman_")} if kind is torch.nn.RNN else {}
    layer = kind(CHANNELS, HIDDEN, batch_first=True, **options).to(torch.from_numpy(x).dtype)
    second = np.zeros_like(weights.bias)
    if weights.candidate_bias is not None:
        second[-HIDDEN:] = weights.candidate_bias
    values = (weights.input, weights.recurrent, weights.bias, second)
    with torch.no_grad():
        for parameter, value in zip(layer.parameters(), values, strict=True):
            parameter.copy_(torch.from_numpy(value))
    inputs = torch.from_numpy(x).requires_grad_()
    outputs, _ = layer(inputs)
    (outputs * torch.from_numpy(slopes)).sum().backward()
    found = [parameter.grad.numpy() for parameter in layer.parameters()]
    gradients = {
        "input": found[0],
        "recurrent": found[1],
        "bias": found[2],
        "candidate_bias": found[3][-HIDDEN:],
        "x": inputs.grad.numpy(),
    }
    return outputs.detach().numpy(), gradients


def by_keras(cell: Gating, weights: Weights, x: np.ndarray, slopes: np.ndarray) -> Numbers:
    """keras.layers on JAX: transposed matrices; GRU gates in the order z r n, reset after the
    product."""
    kind = {"lstm": keras.layers.LSTM, "gru": keras.layers.GRU}.get(
        cell.name, keras.layers.SimpleRNN
    )
    options = (
        {"activation": cell.name.removeprefix("elman_")} if kind is keras.layers.SimpleRNN else {}
    )
    layer = kind(HIDDEN, return_sequences=True, **options)
    layer.build(x.shape)

    def reordered(stacked: np.ndarray) -> np.ndarray:
        """Rows of r and z exchanged for the GRU: there and back."""
        if cell is not GRU:
            return stacked
        r, z, n = np.split(stacked, 3)
        return np.concatenate([z, r, n])

    bias = reordered(weights.bias)
    if weights.candidate_bias is not None:
        bias = np.stack(
            [bias, np.concatenate([np.zeros(2 * HIDDEN, x.dtype), weights.candidate_bias])]
        )
    values = [
        jnp.asarray(v) for v in (reordered(weights.input).T, reordered(weights.recurrent).T, bias)
    ]
    state = [variable.value for variable in layer.non_trainable_variables]

    def loss(values: list[Array], x: Array) -> tuple[Array, Array]:
        outputs, _ = layer.stateless_call(values, state, x)
        return (outputs * slopes).sum(), outputs

    (of_values, of_x), outputs = jax.jit(jax.grad(loss, argnums=(0, 1), has_aux=True))(
        values, jnp.asarray(x)
    )
    kernel, recurrent, bias = (np.asarray(v) for v in of_values)
    gradients = {
        "input": reordered(kernel.T),
        "recurrent": reordered(recurrent.T),
        "x": np.asarray(of_x),
    }
    if cell is GRU:
        gradients |= {"bias": reordered(bias[0]), "candidate_bias": bias[1, -HIDDEN:]}
    else:
        gradients["bias"] = bias
    return np.asarray(outputs), gradients


def difference(one: np.ndarray, other: np.ndarray) -> float:
    """The largest difference, as a part of the largest number."""
    assert one.shape == other.shape and one.dtype == other.dtype, (
        one.shape,
        other.shape,
        one.dtype,
        other.dtype,
    )
    return float(np.abs(one - other).max() / np.abs(one).max())


def main() -> int:
    """Print the table; 1 where a difference is too large."""
    print(
        f"PyTorch {torch.__version__}, Keras {keras.__version__} on JAX {jax.__version__}. "
        f"{native.reason()}"
    )
    print(
        f"batch {BATCH}, time {TIME}, channels {CHANNELS}, hidden {HIDDEN}; largest difference as "
        "a part of the largest number\n"
    )
    print("| cell | dtype | our path | rival | outputs | gradients |\n|---|---|---|---|---|---|")
    worst = 0.0
    for cell in (ELMAN_TANH, ELMAN_RELU, LSTM, GRU):
        for dtype, allowed in ALLOWED.items():
            weights, x, slopes = drawn(cell, dtype)
            path = best_path(cell, jax.tree.map(jnp.asarray, weights), jnp.asarray(x)).__name__
            outputs, gradients = ours(cell, weights, x, slopes)
            for rival, run in (("PyTorch", by_torch), ("Keras", by_keras)):
                if run is by_keras and dtype == "float64":
                    continue
                theirs, slopes_of = run(cell, weights, x, slopes)
                forward = difference(outputs, theirs)
                backward = max(difference(gradients[name], slopes_of[name]) for name in gradients)
                worst = max(worst, forward / allowed, backward / allowed)
                print(
                    f"| {cell.name} | {dtype} | {path} | {rival} | {forward:.1e} | {backward:.1e} |"
                )
    print(f"\nAllowed: {ALLOWED}. " + ("All within." if worst < 1 else "TOO LARGE."))
    return int(worst >= 1)


if __name__ == "__main__":
    sys.exit(main())
