"""The head of several kinds of distribution, one of which applies to each value."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

from ..._check import Refusal
from ..._types import Key
from ._gaussian import Gaussian
from ._head import Emitting


@dataclass(frozen=True)
class OneOf(Emitting):
    """One of the distributions `heads`: `out[0]` is its index, from 0; then come its parameters,
    padded with zeros to the length of the longest.

    >>> from stepahead.models import Poisson
    >>> either = OneOf(heads=(Gaussian(), Poisson()))
    >>> out = jnp.array([[0.0, 1.5, 0.0], [1.0, jnp.log(4.0), 0.0]])  # normal, then a count
    >>> either.mean(out).round(4).tolist()
    [1.5, 4.0]
    """

    heads: tuple[Emitting, ...] = field(default_factory=lambda: (Gaussian(),))

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.heads:
            raise Refusal("`heads` names no distribution. Give some, such as (Gaussian(),).")

    @property
    def parameters(self) -> int:
        """An index, and the parameters of the head that has the most."""
        return 1 + max(head.parameters for head in self.heads)

    @property
    def free(self) -> int:
        """The number of the head that has the most; indices are not free."""
        return max(head.free for head in self.heads)

    def counts(self, out: np.ndarray) -> Bool[np.ndarray, "*axes"]:
        """True where the selected kind is a distribution of counts."""
        return np.array([head.discrete for head in self.heads])[_numbers(out)]

    def padded(
        self, number: int, parameters: Float[Array, "*axes own"]
    ) -> Float[Array, "*axes parameter"]:
        """Return parameters of the head with this index, in the format of `out`."""
        rest = self.parameters - 1 - parameters.shape[-1]
        widths = [(0, 0)] * (parameters.ndim - 1)
        out = jnp.pad(parameters, [*widths, (0, rest)])
        return jnp.pad(out, [*widths, (1, 0)], constant_values=number)

    def log_density(
        self, out: Float[Array, "*axes parameter"], target: Float[Array, "*axes"]
    ) -> Float[Array, "*axes"]:
        """The log density of the selected kind, in nats."""
        return self._traced(out, lambda _, head, own: head.log_density(own, target))

    def mean(self, out: Float[Array, "*axes parameter"]) -> Float[Array, "*axes"]:
        """The mean of the selected kind."""
        return self._traced(out, lambda _, head, own: head.mean(own))

    def draw(self, out: Float[Array, "*axes parameter"], key: Key) -> Float[Array, "*axes"]:
        """One draw from the selected kind."""
        return self._traced(
            out, lambda number, head, own: head.draw(own, jax.random.fold_in(key, number))
        )

    def quantiles(
        self, out: np.ndarray, probabilities: tuple[float, ...]
    ) -> Float[np.ndarray, "*axes quantile"]:
        """The quantiles of the selected kind."""
        found = np.zeros((*out.shape[:-1], len(probabilities)))
        for here, head, own in self._on_host(out):
            found[here] = head.quantiles(own, probabilities)
        return found

    def cdf(self, out: np.ndarray, value: np.ndarray) -> Float[np.ndarray, "*axes"]:
        """The distribution function of the selected kind, on the host."""
        found = np.zeros(out.shape[:-1])
        for here, head, own in self._on_host(out):
            found[here] = head.cdf(own, value[here])
        return found

    def estimate(
        self,
        values: Float[np.ndarray, " row"],
        weights: Float[np.ndarray, "row component"],
        current: Float[np.ndarray, "component parameter"],
    ) -> Float[np.ndarray, "component parameter"]:
        """Estimate the parameters of the selected kind; each component keeps its kind."""
        found = current.copy()
        for here, head, own in self._on_host(current):
            found[here, 1 : 1 + head.parameters] = head.estimate(values, weights[:, here], own)
        return found

    def _traced(self, out: Array, of_kind: Callable[[int, Emitting, Array], Array]) -> Array:
        found = jnp.zeros(out.shape[:-1], out.dtype)
        for number, head in enumerate(self.heads):
            own = of_kind(number, head, out[..., 1 : 1 + head.parameters])
            found = jnp.where(jnp.round(out[..., 0]) == number, own, found)
        return found

    def _on_host(self, out: np.ndarray) -> Any:
        """The positions of each kind, its head, and its parameters there."""
        for number, head in enumerate(self.heads):
            here = _numbers(out) == number
            yield here, head, out[here][..., 1 : 1 + head.parameters]


def _numbers(out: np.ndarray) -> np.ndarray:
    return np.round(out[..., 0]).astype(int)
