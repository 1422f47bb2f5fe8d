"""Fluctuations around the trend: a cycle whose length is estimated, and an autoregression."""

from dataclasses import dataclass

import numpy as np

from ..._check import Refusal, whole
from ._component import Block, Component, Free, Numbers, Parameter


@dataclass(frozen=True)
class Cycle(Component):
    """A cycle with a period between `low` and `high` steps; λ = 2π / period is its angle per step.
    If `damped`, it shrinks by ρ in each step.

    ψ_{t+1} = ρ (cos λ ψ_t + sin λ ψ*_t) + κ_t, ψ*_{t+1} = ρ (−sin λ ψ_t + cos λ ψ*_t) + κ*_t, where
    both shocks have the same variance. A damped cycle starts in its stationary distribution.
    Source: Harvey 1989, 2.3.3.

    >>> [each.name for each in Cycle(18, 144).block(0).parameters]
    ['variance of cycle', 'angle of cycle', 'damping of cycle']
    """

    low: float
    high: float
    damped: bool = True
    label = "cycle"

    def __post_init__(self) -> None:
        if not 2 <= self.low < self.high:
            raise Refusal(
                f"A cycle needs 2 <= `low` < `high` steps, but they are {self.low!r} and "
                f"{self.high!r}. Give 18 and 144 for business cycles in months."
            )

    def block(self, columns: int) -> Block:
        """Return the two states of the cycle, ψ and ψ*."""
        angle = Parameter("angle of cycle", 2 * np.pi / self.high, 2 * np.pi / self.low)
        damping = (Parameter("damping of cycle", 0.0, 1.0),) if self.damped else ()
        return Block(
            (not self.damped,) * 2,
            ((0, 0), (0, 1), (1, 0), (1, 1)),
            ((0, 0), (1, 1)),
            ((0, 1.0),),
            (),
            (Parameter("variance of cycle"), angle, *damping),
        )

    def numbers(self, parameters: Free) -> Numbers:
        """Return T, a damped rotation; the initial variance is σ² / (1 − ρ²)."""
        variance, angle = parameters[:, 0], parameters[:, 1]
        damping = parameters[:, 2] if self.damped else np.ones_like(angle)
        c, s = damping * np.cos(angle), damping * np.sin(angle)
        start = None
        if self.damped:
            spread = variance / (1 - damping * damping)
            start = spread[:, None, None] * np.eye(2)
        return Numbers(np.stack([c, s, -s, c], axis=1), np.stack([variance] * 2, axis=1), start)

    def starts(self, columns: int) -> tuple[tuple[float, ...], ...]:
        """Return a slow, a medium and a fast cycle."""
        damping = (1.4,) if self.damped else ()
        return tuple((0.3, angle, *damping) for angle in (-1.5, 0.0, 1.5))


@dataclass(frozen=True)
class AR(Component):
    """A stationary autoregression: a_{t+1} = φ₁ a_t + … + φ_p a_{t+1−p} + η_t.

    The coefficients are parametrised by partial autocorrelations in (−1, 1), so that it is always
    stationary; it starts in its stationary distribution. Source: Monahan 1984.

    >>> [each.name for each in AR(2).block(0).parameters]
    ['variance of autoregression', 'lag 1 of autoregression', 'lag 2 of autoregression']
    """

    order: int = 1
    label = "autoregression"

    def __post_init__(self) -> None:
        whole("order", self.order)

    def block(self, columns: int) -> Block:
        """Return the last p values as states, newest first."""
        p = self.order
        return Block(
            (False,) * p,
            (*((0, j) for j in range(p)), *((j + 1, j) for j in range(p - 1))),
            ((0, 0),),
            ((0, 1.0),),
            (),
            (
                Parameter("variance of autoregression"),
                *(Parameter(f"lag {j + 1} of autoregression", -np.inf, 1.0) for j in range(p)),
            ),
        )

    def bounded(self, x: Free, columns: int) -> Free:
        """Return φ from partial autocorrelations x / √(1 + x²), by the Durbin–Levinson
        recursion."""
        return np.concatenate([x[:, :1] * x[:, :1], of_partial(x[:, 1:])], axis=1)

    def numbers(self, parameters: Free) -> Numbers:
        """Return T, the companion matrix; the initial covariance solves P = T P T' + Q."""
        p, count = self.order, len(parameters)
        moved = np.ones((count, p - 1), parameters.dtype)
        transition = np.concatenate([parameters[:, 1:], moved], axis=1)
        whole_matrix = np.zeros((count, p, p), parameters.dtype)
        whole_matrix[:, 0] = parameters[:, 1:]
        for j in range(p - 1):
            whole_matrix[:, j + 1, j] = 1
        shock = np.zeros((count, p, p), parameters.dtype)
        shock[:, 0, 0] = parameters[:, 0]
        return Numbers(transition, parameters[:, :1], stationary(whole_matrix, shock))

    def starts(self, columns: int) -> tuple[tuple[float, ...], ...]:
        """Return a positive and a negative dependence on the last value."""
        rest = (0.0,) * (self.order - 1)
        return (0.5, 1.0, *rest), (0.5, -0.4, *rest)


def of_partial(x: Free) -> Free:
    """Return the coefficients of a stationary autoregression, from partial autocorrelations x / √(1
    + x²) by the Durbin–Levinson recursion.

    >>> of_partial(np.array([[0.75, 0.0]])).tolist()
    [[0.6, 0.0]]
    """
    partial = x / np.sqrt(1 + x * x)
    coefficients = np.zeros_like(partial)
    for k in range(x.shape[1]):
        last = partial[:, k]
        before = coefficients[:, :k].copy()
        coefficients[:, :k] = before - last[:, None] * before[:, ::-1]
        coefficients[:, k] = last
    return coefficients


def stationary(transition: np.ndarray, shock: np.ndarray) -> np.ndarray:
    """Return the covariance P = T P T' + Q of each series, Σ Tᵏ Q T'ᵏ, by doubling the number of
    terms in each round; if T hardly decays, as after 2⁶⁰ steps.

    >>> stationary(np.array([[[0.5]]]), np.array([[[3.0]]])).tolist()
    [[[4.0]]]
    """
    total, power = shock, transition
    for _ in range(60):
        total = total + power @ total @ np.swapaxes(power, 1, 2)
        power = power @ power
        if not np.abs(power).max(initial=0.0) > 1e-20:
            break
    return total
