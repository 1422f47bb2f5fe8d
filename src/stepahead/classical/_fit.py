"""`LocalFit`: a local method fitted to many series; `FitInside`: a local method fitted to
transformed series."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import NamedTuple, TypeVar

import numpy as np
from jaxtyping import Bool, Float, Int

from .._check import Refusal
from ._deviations import Columns, deviations
from ._rows import Rows

Ahead = tuple[Float[np.ndarray, "series horizon"], Float[np.ndarray, "series horizon probability"]]
"""Point forecasts, and quantiles."""

Leaf = TypeVar("Leaf", bound="LocalFit")
Inside = TypeVar("Inside", bound="FitInside")


class Parts(NamedTuple):
    """Components of every step by name, the trend first, as predicted one step before. They add up
    to the series plus a remainder or, for series that are `factors`, multiply. The error of a step
    is proportional to its `scale`, 1 if all have the same variance; NaN for steps that are not part
    of the fit."""

    columns: Columns
    factors: Bool[np.ndarray, " series"]
    scale: Float[np.ndarray, " total"]


Later = Float[np.ndarray, "series step column"]
"""Covariates of the following steps."""


class LocalFit(ABC):
    """Parameters of every series, as arrays with a leading series axis, and the state after the
    last observed value. A subclass is a frozen data class of plain values and arrays."""

    @abstractmethod
    def ahead(
        self, skip: Int[np.ndarray, " series"], horizon: int, probabilities: tuple[float, ...]
    ) -> Ahead:
        """Forecast the `horizon` steps that begin `skip` steps after the next one. Return the point
        forecasts, and quantiles at these `probabilities`."""

    @abstractmethod
    def one_step(self, rows: Rows) -> Float[np.ndarray, " total"]:
        """Return the one-step-ahead forecast of every value of the fitted series."""

    @abstractmethod
    def advanced(self, rows: Rows) -> "LocalFit":
        """Return the fit after more steps of every series, which follow the last observed value;
        the parameters stay."""

    @abstractmethod
    def forms(self) -> list[str]:
        """Return the form that was selected for every series, with its parameters, as one line of
        text."""

    def components(self, rows: Rows) -> Parts:
        """Return trend, seasons and other components of every step of the fitted series."""
        raise Refusal(
            f"`{self.forms()[0]}` has no components. Take `ETS`, `Theta`, `MSTL`, `Harmonic`, "
            "`TBATS` or a structural model."
        )

    def deviations(self, rows: Rows) -> Columns:
        """Return standard deviations of `components`, of their logs if they are factors: the
        uncertainty due to the `estimates` (see the function `deviations`)."""
        return deviations(self, rows)

    def estimates(self) -> list[Float[np.ndarray, "series estimate"]]:
        """Return the estimated parameters of every series that affect its components: by default
        none."""
        return []

    def with_estimates(self: Leaf, changed: Sequence[np.ndarray]) -> Leaf:
        """Return the fit with other `estimates`."""
        return self

    def take(self: Leaf, which: Int[np.ndarray, " some"]) -> Leaf:
        """Return the fit of some of the series; a series may be repeated."""
        held = {each.name: vars(self)[each.name] for each in fields(self)}  # type: ignore[arg-type]
        taken = {
            name: value[which] if isinstance(value, np.ndarray) else value.take(which)
            for name, value in held.items()
            if isinstance(value, np.ndarray | LocalFit)
        }
        return replace(self, **taken)  # type: ignore[type-var]  # leaves are data classes

    def with_later(self, later: Later) -> "LocalFit":
        """Return the fit with the covariates of the steps after the last observed value; itself if
        it has no coefficients for them."""
        return self

    def effect(self, rows: Rows) -> Float[np.ndarray, " total"]:
        """Return the sum of the covariates of every step times their coefficients; 0 if it has
        none."""
        return np.zeros(len(rows.values))


@dataclass(frozen=True, eq=False)
class FitInside(LocalFit):
    """The fit `inside`, whose forecasts and updates are used as they are. A subclass holds how the
    series were transformed, and so defines `one_step` of the original ones."""

    inside: LocalFit

    def ahead(
        self, skip: Int[np.ndarray, " series"], horizon: int, probabilities: tuple[float, ...]
    ) -> Ahead:
        """As `LocalFit.ahead`."""
        return self.inside.ahead(skip, horizon, probabilities)

    def advanced(self: Inside, rows: Rows) -> Inside:
        """As `LocalFit.advanced`."""
        return replace(self, inside=self.inside.advanced(rows))

    def with_later(self: Inside, later: Later) -> Inside:
        """As `LocalFit.with_later`."""
        return replace(self, inside=self.inside.with_later(later))

    def effect(self, rows: Rows) -> Float[np.ndarray, " total"]:
        """As `LocalFit.effect`."""
        return self.inside.effect(rows)

    def forms(self) -> list[str]:
        """Return the forms of the fit inside."""
        return self.inside.forms()
