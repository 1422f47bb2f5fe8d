"""`Cell`: one recurrent layer, its arrays and how they take a step; and the cells whose gates are
stacked: Elman, LSTM, GRU."""

from abc import abstractmethod
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from ...ops import GRU, LSTM, Gating, HiddenState, Weights, gates, one_step, recurrence, scan_step
from ..body import Draws, biases, glorot, orthogonal, zeros

Lengths = Int[Array, " batch"] | None
"""How many steps of each sequence exist; None: all."""


CellState = tuple[Any, ...]
"""What a layer remembers: its output, and whatever else there is, each array with a leading axis
`batch`."""


class Cell(eqx.Module):
    """One recurrent layer. The first array of what it remembers, `[batch, width]`, is its output.

    A cell of one's own says `inputs`, `width`, `initial_state` and `step`; `unroll` is then a scan
    of `step`. One that has a faster way along a sequence (a native kernel, an associative scan)
    says `unroll` too, and must give the same numbers.
    """

    @property
    @abstractmethod
    def inputs(self) -> int:
        """How many columns it is fed."""

    @property
    @abstractmethod
    def width(self) -> int:
        """How many numbers it puts out."""

    @abstractmethod
    def initial_state(self, batch: int) -> CellState:
        """The state before anything was seen."""

    @abstractmethod
    def step(self, state: CellState, x: Float[Array, "batch column"]) -> CellState:
        """Take in one input; the new state, whose first array is the output."""

    def unroll(
        self,
        state: CellState,
        xs: Float[Array, "batch time column"],
        *,
        lengths: Lengths = None,
        reverse: bool = False,
    ) -> tuple[Float[Array, "batch time width"], CellState]:
        """Every output along sequences, and the final state. Steps at or past `lengths` leave the
        state as it is and put out 0.

        With `reverse`, time runs from the last step to the first, and the final state is that of
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
        """Every gate at every step, by the name it has in the equations; a cell without gates has
        none."""
        return {}


class GatedCell(Cell):
    """A cell that works on W x + b and U h, one block of rows a gate: Elman (one block), LSTM (i f
    g o), GRU (r z n).

    `candidate_bias` is the GRU's second bias, inside the reset product; None for the others. The
    recurrence runs on the native kernels where they are there (see `ops.recurrence`).
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
        """One call for the whole layer: `ops.recurrence`."""
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
    """Glorot-uniform input and orthogonal recurrent matrices, each gate drawn by itself; the LSTM's
    forget bias 1, other biases 0."""
    return GatedCell(
        glorot(draws, width, inputs, gates=gating.gates),
        orthogonal(draws, width, gates=gating.gates),
        biases(draws, width, *((0, 1, 0, 0) if gating is LSTM else (0,) * gating.gates)),
        zeros(draws, width) if gating is GRU else None,
        gating,
    )
