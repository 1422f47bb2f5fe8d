"""`Cell`: one recurrent layer with its arrays and its step; and the gated cells: Elman, LSTM,
GRU."""

from abc import abstractmethod
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from ...ops import GRU, LSTM, Gating, HiddenState, Weights, gates, one_step, recurrence, scan_step
from ..body import Draws, biases, glorot, orthogonal, zeros

Lengths = Int[Array, " batch"] | None
"""The number of valid steps of each sequence; None: all."""


CellState = tuple[Any, ...]
"""The state of a layer: its output first, then other arrays, each with a leading axis `batch`."""


class Cell(eqx.Module):
    """One recurrent layer. The first array of its state, `[batch, width]`, is its output.

    A cell of your own defines `inputs`, `width`, `initial_state` and `step`; `unroll` is then a
    scan over `step`. A cell with a faster way along a sequence (a native kernel, an associative
    scan) overrides `unroll`, with the same numbers.
    """

    @property
    @abstractmethod
    def inputs(self) -> int:
        """Number of input columns."""

    @property
    @abstractmethod
    def width(self) -> int:
        """Number of outputs."""

    @abstractmethod
    def initial_state(self, batch: int) -> CellState:
        """The state before the first input."""

    @abstractmethod
    def step(self, state: CellState, x: Float[Array, "batch column"]) -> CellState:
        """Process one input and return the new state, whose first array is the output."""

    def unroll(
        self,
        state: CellState,
        xs: Float[Array, "batch time column"],
        *,
        lengths: Lengths = None,
        reverse: bool = False,
    ) -> tuple[Float[Array, "batch time width"], CellState]:
        """All outputs along sequences, and the final state. Steps at or past `lengths` leave the
        state unchanged and output 0.

        With `reverse`, time runs from the last step to the first, and the final state is that at
        the first step.
        """
        inside = (
            jnp.arange(xs.shape[1])
            < (jnp.full(xs.shape[0], xs.shape[1]) if lengths is None else lengths)[:, None]
        )

        def step(before: CellState, x: tuple[Array, Array]) -> tuple[CellState, Array]:
            after = self.step(before, x[0])
            kept = jax.tree.map(
                lambda new, old: jnp.where(x[1].reshape(-1, *[1] * (new.ndim - 1)), new, old),
                after,
                before,
            )
            return kept, jnp.where(x[1][:, None], after[0], 0)

        final, out = scan_step(step, state, (xs, inside), reverse=reverse)
        return out, final

    def gates(
        self, state: CellState, xs: Float[Array, "batch time column"]
    ) -> dict[str, Float[Array, "batch time width"]]:
        """Every gate at every step, by its name in the equations; empty for a cell without
        gates."""
        return {}


class GatedCell(Cell):
    """A cell on W x + b and U h with one block of rows for each gate: Elman (one block), LSTM (i f
    g o), GRU (r z n).

    `candidate_bias` is the GRU's second bias, inside the reset product; None for the others. The
    recurrence runs on native kernels if they are available (see `ops.recurrence`).
    """

    input: Float[Array, "rows column"]
    recurrent: Float[Array, "rows width"]
    bias: Float[Array, " rows"]
    candidate_bias: Float[Array, " width"] | None
    gating: Gating = eqx.field(static=True)

    @property
    def inputs(self) -> int:
        """Columns of W."""
        return self.input.shape[1]

    @property
    def width(self) -> int:
        """Columns of U."""
        return self.recurrent.shape[1]

    def initial_state(self, batch: int) -> HiddenState:
        """Zeros: (h,), for the LSTM (h, c)."""
        return tuple(
            jnp.zeros((batch, self.width), self.recurrent.dtype) for _ in range(self.gating.states)
        )

    def step(self, state: HiddenState, x: Float[Array, "batch column"]) -> HiddenState:
        """Two matrix products, then the gates."""
        return one_step(self.gating, self._weights, x, state)

    def unroll(
        self,
        state: HiddenState,
        xs: Float[Array, "batch time column"],
        *,
        lengths: Lengths = None,
        reverse: bool = False,
    ) -> tuple[Float[Array, "batch time width"], HiddenState]:
        """One call of `ops.recurrence` for the whole layer."""
        return recurrence(self.gating, self._weights, xs, state, lengths=lengths, reverse=reverse)

    def gates(
        self, state: HiddenState, xs: Float[Array, "batch time column"]
    ) -> dict[str, Float[Array, "batch time width"]]:
        """LSTM: input, forget, candidate, output. GRU: reset, update, candidate. Elman: none."""
        return gates(self.gating, self._weights, xs, state)

    @property
    def _weights(self) -> Weights:
        return Weights(self.input, self.recurrent, self.bias, self.candidate_bias)


def draw_gated(gating: Gating, inputs: int, width: int, draws: Draws) -> GatedCell:
    """A cell with Glorot-uniform input matrices and orthogonal recurrent matrices for each gate;
    forget bias 1 (LSTM), other biases 0."""
    return GatedCell(
        glorot(draws, width, inputs, gates=gating.gates),
        orthogonal(draws, width, gates=gating.gates),
        biases(draws, width, *((0, 1, 0, 0) if gating is LSTM else (0,) * gating.gates)),
        zeros(draws, width) if gating is GRU else None,
        gating,
    )
