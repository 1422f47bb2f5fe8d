"""The minimal GRU: gates depend on the input alone, so a whole sequence is one associative scan."""

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

    The gates do not depend on h, so h is a linear recurrence, and all steps are computed at once in
    log₂ T rounds (Blelloch 1990): fast for long sequences and wide layers. The gates of a step
    depend on the input of that step only, which a second layer compensates. b_z starts at 1, so
    that the state changes slowly at first. z keeps the old state, as in our GRU.

    Source: Feng et al. 2024, "Were RNNs All We Needed?" (with z and 1−z exchanged).

    >>> MinGRU(32, layers=2).widths
    (32, 32)
    """

    def layer(self, inputs: int, width: int, draws: Draws) -> "MinGRUCell":
        """Glorot-uniform weights; b_z = 1, b_n = 0."""
        return MinGRUCell(glorot(draws, width, inputs, gates=2), biases(draws, width, 1, 0))


class MinGRUCell(Cell):
    """One minimal GRU layer. State: (h,)."""

    weight: Float[Array, "rows column"]
    bias: Float[Array, " rows"]

    @property
    def inputs(self) -> int:
        """Columns of W."""
        return self.weight.shape[1]

    @property
    def width(self) -> int:
        """Half the rows of W: z first, then n."""
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
        """All steps by an associative scan: two steps h ↦ a h + b in a row are one, (a₂ a₁, a₂ b₁ +
        b₂)."""
        keep, candidate = self._gated(xs)
        alive = jnp.ones((*xs.shape[:2], 1), bool)
        if lengths is not None:
            alive = (jnp.arange(xs.shape[1]) < lengths[:, None])[..., None]
        # Past the end h ↦ 1·h + 0, so that the final state is that at the end.
        new = jnp.where(alive, (1 - keep) * candidate, 0)
        keep = jnp.where(alive, keep, 1)

        def then(first: tuple[Array, Array], second: tuple[Array, Array]) -> tuple[Array, Array]:
            return second[0] * first[0], second[0] * first[1] + second[1]

        kept, added = jax.lax.associative_scan(then, (keep, new), axis=1, reverse=reverse)
        hidden = kept * state[0][:, None] + added
        last = hidden[:, 0 if reverse else -1] if xs.shape[1] else state[0]
        return jnp.where(alive, hidden, 0), (last,)

    def gates(
        self, state: HiddenState, xs: Float[Array, "batch time column"]
    ) -> dict[str, Float[Array, "batch time width"]]:
        """The gates update and candidate."""
        keep, candidate = self._gated(xs)
        return {"update": keep, "candidate": candidate}

    def _gated(
        self, x: Float[Array, "*axes column"]
    ) -> tuple[Float[Array, "*axes width"], Float[Array, "*axes width"]]:
        both = x @ self.weight.T + self.bias
        return jax.nn.sigmoid(both[..., : self.width]), both[..., self.width :]
