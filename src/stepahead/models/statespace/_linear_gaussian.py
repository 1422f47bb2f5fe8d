"""A linear Gaussian state-space model as a `LatentState`: its belief is a mean and a covariance."""

from dataclasses import dataclass
from typing import ClassVar, NamedTuple, NoReturn

import numpy as np
from jaxtyping import Float

from ..._check import Refusal
from ...ops import loop_step
from ...ops.kalman import Parameters, SeriesData, Structure, kalman_smooth, whole_matrices

NOTHING = 1e-10
"""A variance below this fraction of the largest one counts as 0."""


class GaussianBelief(NamedTuple):
    """N(`mean`, `cov` + κ `unknown`), κ → ∞."""

    mean: Float[np.ndarray, "series state"]
    cov: Float[np.ndarray, "series state state"]
    unknown: Float[np.ndarray, "series state state"]


class Normal(NamedTuple):
    """A normal distribution for each series; the variance is ∞ if the state is unknown."""

    mean: Float[np.ndarray, " series"]
    variance: Float[np.ndarray, " series"]


@dataclass(frozen=True)
class LinearGaussian:
    """The model of `ops.kalman` with the parameters of each series, on the host in float64, step by
    step, for `inference.filter`, `smooth` and `propagate`. An observation is `[series]`, NaN if
    missing.

    `ops.kalman` gives the same results for series of unequal length at once, and faster.
    Covariates, which change the design at each step, are refused here. Source: Rauch, Tung &
    Striebel 1965; Durbin & Koopman 2012, chapter 5.

    >>> from stepahead import inference
    >>> level = Structure(1, ((0, 0),), ((0, 0),), (0,), (1.0,), (True,))
    >>> one = np.ones((1, 1))
    >>> walk = LinearGaussian(level, Parameters(one, one, np.ones(1), 0 * one, 0 * one[None]))
    >>> inference.smooth(walk, np.array([[1.0, np.nan, 4.0]])).belief.mean[0, :, 0].round(
    ...     3
    ... ).tolist()
    [1.75, 2.5, 3.25]
    """

    structure: Structure
    numbers: Parameters
    scan: ClassVar = staticmethod(loop_step)

    def __post_init__(self) -> None:
        if self.structure.column_state:
            raise Refusal(
                "Covariates change the design at every step, which a belief alone does not know. "
                "Use `ops.kalman` with them."
            )

    @property
    def _design(self) -> Float[np.ndarray, " state"]:
        z = np.zeros(self.structure.states)
        np.add.at(z, np.array(self.structure.design_state, int), self.structure.design)
        return z

    def prior(self, batch: int) -> GaussianBelief:
        """Return the initial belief; diffuse states are unknown."""
        if batch != len(self.numbers.noise):
            raise Refusal(
                f"The model holds the numbers of {len(self.numbers.noise)} series, but there are "
                f"{batch}. Give as many."
            )
        unknown = np.diag(np.array(self.structure.diffuse, float))
        mean, cov = self.numbers.start_mean, self.numbers.start_cov
        return GaussianBelief(mean, cov, np.tile(unknown, (batch, 1, 1)))

    def observe(
        self, before: GaussianBelief, x: Float[np.ndarray, " series"]
    ) -> tuple[GaussianBelief, Float[np.ndarray, " series"]]:
        """Return the belief after one value, and its log density; the diffuse one while the state
        is unknown."""
        mean, cov, unknown = before
        z, seen = self._design, ~np.isnan(x)
        star, endless = cov @ z, unknown @ z
        variance, first = star @ z + self.numbers.noise, endless @ z
        largest = np.einsum("sii->si", unknown)
        new = seen & (first > NOTHING * (largest * z**2).sum(axis=1))
        known = seen & ~new & (variance > 0)
        error = np.where(seen, x - mean @ z, 0.0)
        one = np.where(known, 1 / np.where(known, variance, 1.0), 0.0)[:, None]
        other = np.where(new, 1 / np.where(new, first, 1.0), 0.0)[:, None]
        mean = mean + (star * one + endless * other) * error[:, None]
        mixed = _outer(star * other, endless)
        cov = cov - _outer(star * one, star) - mixed - np.swapaxes(mixed, 1, 2)
        cov = cov + _outer(endless * other**2 * variance[:, None], endless)
        left = unknown - _outer(endless * other, endless)
        dust = np.abs(left) <= NOTHING * largest.max(axis=1, initial=0.0)[:, None, None]
        unknown = np.where(new[:, None, None] & dust, 0.0, left)
        scale = np.where(known, variance, np.where(new, first, 1.0))
        told = np.log(scale) + error**2 * one[:, 0] + np.log(2 * np.pi)
        return GaussianBelief(mean, cov, unknown), np.where(known | new, -0.5 * told, 0.0)

    def advance(self, after: GaussianBelief) -> GaussianBelief:
        """Return the belief after a step with T and the shocks."""
        transition, shock = whole_matrices(self.structure, self.numbers)
        back = np.swapaxes(transition, 1, 2)
        return GaussianBelief(
            (transition @ after.mean[..., None])[..., 0],
            transition @ after.cov @ back + shock,
            transition @ after.unknown @ back,
        )

    def look_back(self, after: GaussianBelief, smoothed_next: GaussianBelief) -> GaussianBelief:
        """Return the smoothed belief, from that of the next step.

        The gain J is the limit of (P + κU) T' (S + κA)⁻¹ with S + κA the predicted covariance,
        whose inverse is G + B/κ − BSB/κ² as κ → ∞: G is the inverse on the known subspace, B that
        on the unknown one. T need not be invertible.
        """
        transition, _ = whole_matrices(self.structure, self.numbers)
        predicted = self.advance(after)
        g, b = _inverse(predicted)
        reach, endless = (
            each @ np.swapaxes(transition, 1, 2) for each in (after.cov, after.unknown)
        )
        gain = reach @ g + endless @ b
        turned = np.swapaxes(gain, 1, 2)
        mean = after.mean + (gain @ (smoothed_next.mean - predicted.mean)[..., None])[..., 0]
        mixed = endless @ b @ np.swapaxes(reach, 1, 2)
        left = after.cov - reach @ g @ np.swapaxes(reach, 1, 2) - mixed - np.swapaxes(mixed, 1, 2)
        across = endless @ b
        left = left + across @ predicted.cov @ np.swapaxes(across, 1, 2)
        cov = left + gain @ smoothed_next.cov @ turned
        unknown = after.unknown - across @ np.swapaxes(endless, 1, 2)
        unknown = unknown + gain @ smoothed_next.unknown @ turned
        return GaussianBelief(mean, (cov + np.swapaxes(cov, 1, 2)) / 2, unknown)

    def best(self, xs: Float[np.ndarray, "series time"]) -> Float[np.ndarray, "series time state"]:
        """Return the most probable path of the states given whole series: their smoothed means,
        since the density of a normal distribution is highest at its mean."""
        count, length = xs.shape
        data = SeriesData(xs.ravel(), length * np.arange(count + 1), np.zeros((xs.size, 0)))
        told = kalman_smooth(self.structure, self.numbers, data)
        return told.mean.reshape(count, length, -1)

    def best_paths(
        self, xs: np.ndarray, count: int, fixed: np.ndarray | None, forbidden: np.ndarray | None
    ) -> NoReturn:
        """Refused: continuous states cannot be enumerated, fixed or forbidden."""
        raise Refusal(
            "The states of a linear Gaussian model are real numbers: its paths cannot be counted, "
            "fixed or forbidden. Leave out `k`, `fixed` and `forbidden`."
        )

    def expect(self, before: GaussianBelief) -> Normal:
        """Return the distribution of the value under a belief."""
        z = self._design
        endless = np.einsum("i,sij,j->s", z, before.unknown, z)
        variance = np.einsum("i,sij,j->s", z, before.cov, z) + self.numbers.noise
        return Normal(before.mean @ z, np.where(endless > NOTHING, np.inf, variance))


def _outer(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    return one[:, :, None] * other[:, None, :]


def _inverse(
    belief: GaussianBelief,
) -> tuple[Float[np.ndarray, "series state state"], Float[np.ndarray, "series state state"]]:
    """G and B of (cov + κ unknown)⁻¹ = G + B/κ + …, κ → ∞: the inverse of the covariance on the
    known subspace, and B = (I − GS) A⁺ (I − SG) on the unknown one."""
    g, b = np.zeros_like(belief.cov), np.zeros_like(belief.cov)
    for number, (cov, unknown) in enumerate(zip(belief.cov, belief.unknown, strict=True)):
        size, turn = np.linalg.eigh(unknown)
        known = size <= NOTHING * max(float(size.max(initial=0.0)), 1e-300)
        within, beyond = turn[:, known], turn[:, ~known]
        g[number] = within @ _pinv(within.T @ cov @ within) @ within.T
        rest = np.eye(len(cov)) - g[number] @ cov
        b[number] = rest @ (beyond / size[~known]) @ beyond.T @ rest.T
    return g, b


def _pinv(cov: np.ndarray) -> np.ndarray:
    return np.linalg.pinv(cov, rcond=NOTHING, hermitian=True)
