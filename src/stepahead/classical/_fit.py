"""`LocalFit`: what a local method learned of many series, each from itself alone; `FitInside`: of
series that were changed before."""

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
    """Components of every step by name, the trend first, as known one step before; they add up to
    the series but for a rest, or, of series that are `factors`, multiply. The error of a step grows
    as its `scale`, 1 where all are as large; NaN where a fit does not count it."""

    columns: Columns
    factors: Bool[np.ndarray, " series"]
    scale: Float[np.ndarray, " total"]


Later = Float[np.ndarray, "series step column"]
"""Covariates of the steps that follow."""


class LocalFit(ABC):
    """Parameters of every series, as arrays with a leading axis of series, and the state after the
    last value that was seen. A leaf is a frozen data class of plain values and arrays."""

    @abstractmethod
    def ahead(
        self, skip: Int[np.ndarray, " series"], horizon: int, probabilities: tuple[float, ...]
    ) -> Ahead:
        """Forecast the `horizon` steps that begin `skip` steps after the next one."""

    @abstractmethod
    def one_step(self, rows: Rows) -> Float[np.ndarray, " total"]:
        """The forecast of every value of the series that were fitted, one step before it."""

    @abstractmethod
    def advanced(self, rows: Rows) -> "LocalFit":
        """The same after more steps of every series, which follow the last value that was seen; the
        parameters stay."""

    @abstractmethod
    def forms(self) -> list[str]:
        """The form that was chosen for every series, and its parameters, in a line each."""

    def components(self, rows: Rows) -> Parts:
        """Trend, season and what else a form has, of every step of the series that were fitted."""
        raise Refusal(
            f"`{self.forms()[0]}` has no components. Take `ETS`, `Theta`, `MSTL`, `Harmonic`, "
            "`TBATS` or a structural model."
        )

    def deviations(self, rows: Rows) -> Columns:
        """Standard deviations of `components`, of their logs where they are factors: as far as the
        `estimates` leave them open (the function `deviations`)."""
        return deviations(self, rows)

    def estimates(self) -> list[Float[np.ndarray, "series estimate"]]:
        """Numbers that were estimated of every series and move its components: none."""
        return []

    def with_estimates(self: Leaf, changed: Sequence[np.ndarray]) -> Leaf:
        """The same with other `estimates`."""
        return self

    def take(self: Leaf, which: Int[np.ndarray, " some"]) -> Leaf:
        """The same of some of the series; one may be there several times."""
        held = {each.name: vars(self)[each.name] for each in fields(self)}  # type: ignore[arg-type]
        taken = {
            name: value[which] if isinstance(value, np.ndarray) else value.take(which)
            for name, value in held.items()
            if isinstance(value, np.ndarray | LocalFit)
        }
        return replace(self, **taken)  # type: ignore[type-var]  # leaves are data classes

    def with_later(self, later: Later) -> "LocalFit":
        """The same with the covariates of the steps after the last observed value; itself
        where they have no weights."""
        return self

    def effect(self, rows: Rows) -> Float[np.ndarray, " total"]:
        """Sum of the covariates of every step, weighed; 0 where they have no weights."""
        return np.zeros(len(rows.values))


@dataclass(frozen=True, eq=False)
class FitInside(LocalFit):
    """The fit `inside`, which forecasts and goes on as it is: a leaf says what was changed of the
    series that it was fitted to, and so what `one_step` is of these."""

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
        """The forms of the fit inside."""
        return self.inside.forms()
