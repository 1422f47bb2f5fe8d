"""The minimal GRU: gates that see the input alone, so that a whole sequence is one associative
scan."""

from dataclasses import dataclass

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from ...ops import HiddenState
from ..body import Draws, biases, glorot
from ._cell import Cell, Lengths
from ._recurrent import Recurrent


@dataclass(frozen=True)
class MinGRU(Recurrent):
    """Minimal gated recurrent unit: z = σ(W_z x + b_z); n = W_n x + b_n; h' = (1−z)⊙n + z⊙h.

    The gates do not see h, so that h is a linear recurrence in time and all steps are found at
    once, in log₂ T rounds (Blelloch 1990): for long sequences and wide layers, where a step after
    the other is slow. What it remembers at a step depends on the input of that step only; two
    layers and more make up for it. b_z begins at 1: it forgets slowly. z keeps the old state, as in
    our GRU.

    Source: Feng et al. 2024, "Were RNNs All We Needed?" (there z and 1−z the other way round).

    >>> MinGRU(32, layers=2).widths
    (32, 32)
    """

    def layer(self, inputs: int, width: int, draws: Draws) -> "MinGRUCell":
        """Glorot-uniform weights; b_z = 1, b_n = 0."""
        return MinGRUCell(glorot(draws, width, inputs, gates=2), biases(draws, width, 1, 0))


class MinGRUCell(Cell):
    """One layer of it. State: (h,)."""

    weight: Float[Array, "rows column"]
    bias: Float[Array, " rows"]

    @property
    def inputs(self) -> int:
        """Columns of W."""
        return self.weight.shape[1]

    @property
    def width(self) -> int:
        """Half the rows of W: z, then n."""
        return self.weight.shape[0] // 2

    def initial_state(self, batch: int) -> HiddenState:
        """Zeros."""
        return (jnp.zeros((batch, self.width), self.weight.dtype),)

    def step(self, state: HiddenState, x: Float[Array, "batch column"]) -> HiddenState:
        """h' = (1−z)⊙n + z⊙h."""
        keep, candidate = self._gated(x)
        return ((1 - keep) * candidate + keep * state[0],)

    def unroll(
        self,
        state: HiddenState,
        xs: Float[Array, "batch time column"],
        *,
        lengths: Lengths = None,
        reverse: bool = False,
    ) -> tuple[Float[Array, "batch time width"], HiddenState]:
        """All steps at once. Two steps h ↦ a h + b after each other are one, (a₂ a₁, a₂ b₁ + b₂),
        which is associative."""
        keep, candidate = self._gated(xs)
        alive = (
            jnp.ones((*xs.shape[:2], 1), bool)
            if lengths is None
            else (jnp.arange(xs.shape[1]) < lengths[:, None])[..., None]
        )
        keep, new = (
            jnp.where(alive, keep, 1),
            jnp.where(alive, (1 - keep) * candidate, 0),
        )  # past the end, the state stands still

        def then(first: tuple[Array, Array], second: tuple[Array, Array]) -> tuple[Array, Array]:
            return second[0] * first[0], second[0] * first[1] + second[1]

        kept, added = jax.lax.associative_scan(then, (keep, new), axis=1, reverse=reverse)
        hidden = kept * state[0][:, None] + added
        last = hidden[:, 0 if reverse else -1] if xs.shape[1] else state[0]
        return jnp.where(alive, hidden, 0), (last,)

    def gates(
        self, state: HiddenState, xs: Float[Array, "batch time column"]
    ) -> dict[str, Float[Array, "batch time width"]]:
        """update, candidate."""
        keep, candidate = self._gated(xs)
        return {"update": keep, "candidate": candidate}

    def _gated(
        self, x: Float[Array, "*axes column"]
    ) -> tuple[Float[Array, "*axes width"], Float[Array, "*axes width"]]:
        both = x @ self.weight.T + self.bias
        return jax.nn.sigmoid(both[..., : self.width]), both[..., self.width :]
