"""Components of a joint model whose shocks are common to all channels, or independent."""

from dataclasses import dataclass

from ..._check import whole
from ._component import Block, Component, Free, Numbers


class Tied(Component):
    """A component with another covariance of its shocks over channels."""

    component: Component

    @property
    def label(self) -> str:
        """The label of the component."""
        return self.component.label

    @property
    def span(self) -> float:
        """The span of the component."""
        return self.component.span

    def block(self, columns: int) -> Block:
        """Return the block of the component."""
        return self.component.block(columns)

    def numbers(self, parameters: Free) -> Numbers:
        """Return the entries of the component."""
        return self.component.numbers(parameters)

    def starts(self, columns: int) -> tuple[tuple[float, ...], ...]:
        """Return the starts of the component."""
        return self.component.starts(columns)

    def bounded(self, x: Free, columns: int) -> Free:
        """Return the parameters of the component."""
        return self.component.bounded(x, columns)


@dataclass(frozen=True)
class Common(Tied):
    """A component that moves all channels by `factors` common shocks: a common level, a dynamic
    factor.

    Each channel has the component, with a shock covariance ΛΛ' over the channels, where Λ has
    `factors` columns. With one factor the shocks of all channels are the same shock times a loading
    for each channel.

    >>> from stepahead.models import LocalLevel
    >>> Common(LocalLevel()).ties(3)
    ((0, 0), (1, 0), (2, 0))
    """

    component: Component
    factors: int = 1

    def __post_init__(self) -> None:
        whole("factors", self.factors)

    def ties(self, copies: int) -> tuple[tuple[int, int], ...]:
        """Return the positions of Λ, as (channel, factor)."""
        return tuple((i, j) for i in range(copies) for j in range(min(i + 1, self.factors)))


@dataclass(frozen=True)
class Apart(Tied):
    """A component whose shocks are independent between channels.

    >>> from stepahead.models import LocalLevel
    >>> Apart(LocalLevel()).ties(3)
    ((0, 0), (1, 1), (2, 2))
    """

    component: Component

    def ties(self, copies: int) -> tuple[tuple[int, int], ...]:
        """Return the positions of the diagonal."""
        return tuple((i, i) for i in range(copies))
