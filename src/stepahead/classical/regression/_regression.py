"""Regression on covariates combined with a local method."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float, Int

from .._fit import Ahead, Later, LocalFit
from .._rows import Rows


@dataclass(frozen=True, eq=False)
class RegressionFit(LocalFit):
    """A regression on covariates whose residuals `inside` describes: y_t = Σ β_j x_tj + rest_t.

    `weights` holds β of every series. `later` holds the covariates of future steps, from the one
    after the last observed value: see `LocalFit.with_later`. Intervals are those of the rest, as if
    β were known.
    """

    weights: Float[np.ndarray, "series column"]
    inside: LocalFit
    later: Later | None = None

    def ahead(
        self, skip: Int[np.ndarray, " series"], horizon: int, probabilities: tuple[float, ...]
    ) -> Ahead:
        """As `LocalFit.ahead`; the fit needs `later`."""
        assert self.later is not None
        mean, ends = self.inside.ahead(skip, horizon, probabilities)
        place = skip[:, None] + np.arange(horizon)
        effect = np.einsum("stc,sc->st", self.later, self.weights)
        effect = np.take_along_axis(effect, place, axis=1)
        return mean + effect, ends + effect[:, :, None]

    def one_step(self, rows: Rows) -> Float[np.ndarray, " total"]:
        """As `LocalFit.one_step`."""
        return self.inside.one_step(self.rest(rows)) + self.effect(rows)

    def advanced(self, rows: Rows) -> "RegressionFit":
        """As `LocalFit.advanced`."""
        return replace(self, inside=self.inside.advanced(self.rest(rows)))

    def forms(self) -> list[str]:
        """Return the form of the rest, and β in the order of the covariates."""
        told = [" ".join(f"{each:.4g}" for each in row) for row in self.weights]
        return [f"{form}, β {row}" for form, row in zip(self.inside.forms(), told, strict=True)]

    def with_later(self, later: Later) -> "RegressionFit":
        """As `LocalFit.with_later`."""
        return replace(self, later=later)

    def effect(self, rows: Rows) -> Float[np.ndarray, " total"]:
        """As `LocalFit.effect`."""
        return _effect(rows, self.weights)

    def estimates(self) -> list[Float[np.ndarray, "series estimate"]]:
        """β, and the estimates of the rest."""
        return [self.weights, *self.inside.estimates()]

    def with_estimates(self, changed: Sequence[np.ndarray]) -> "RegressionFit":
        """As `LocalFit.with_estimates`."""
        weights, *rest = changed
        return replace(self, weights=weights, inside=self.inside.with_estimates(rest))

    def rest(self, rows: Rows) -> Rows:
        """Return the series minus the effect of the covariates."""
        return without_effect(rows, self.weights)


def without_effect(rows: Rows, weights: Float[np.ndarray, "series column"]) -> Rows:
    """Return the series minus their covariates times these coefficients.

    >>> rows = Rows(np.array([5.0, 7.0]), np.array([0, 2]), np.array([[1.0], [2.0]]))
    >>> without_effect(rows, np.array([[3.0]])).values.tolist()
    [2.0, 1.0]
    """
    return Rows(rows.values - _effect(rows, weights), rows.offsets)


def _effect(rows: Rows, weights: Float[np.ndarray, "series column"]) -> Float[np.ndarray, " total"]:
    assert rows.columns is not None
    return np.einsum("tc,tc->t", rows.columns, np.repeat(weights, rows.lengths, axis=0))
