"""`JobCovariates`: the covariates of a job, read from the source or made from the calendar."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ..._check import Refusal
from ...data import Panel, refuse_missing, with_calendar, with_holidays
from ...readers.files import CovariateColumns, covariate_columns


@dataclass(frozen=True)
class JobCovariates:
    """Covariate columns by kind; whether to add calendar covariates; and the days of holidays as
    texts (None: no holiday column)."""

    known: tuple[str, ...] = ()
    past: tuple[str, ...] = ()
    static: tuple[str, ...] = ()
    calendar: bool = False
    days: tuple[str, ...] | None = None

    @classmethod
    def of(
        cls,
        known: str | Sequence[str] | None,
        past: str | Sequence[str] | None,
        static: str | Sequence[str] | None,
        calendar: bool,
        holidays: ArrayLike | None,
    ) -> "JobCovariates":
        """Return these settings, checked."""
        named = covariate_columns(known, past, static, None)
        if holidays is None:
            return cls(named.known, named.past, named.static, calendar)
        try:
            days = np.unique(np.asarray(holidays, dtype="M8[D]").ravel()).astype(str)
        except ValueError as wrong:
            raise Refusal(
                f"`holidays` must be dates such as '2024-12-25', but they hold none ({wrong}). "
                "Correct it."
            ) from wrong
        return cls(named.known, named.past, named.static, calendar, tuple(days.tolist()))

    @classmethod
    def read(cls, held: dict[str, Any]) -> "JobCovariates":
        """Return the settings that were stored as JSON."""
        lists = {name: tuple(held[name]) for name in ("known", "past", "static")}
        days = None if held["days"] is None else tuple(held["days"])
        return cls(**lists, calendar=held["calendar"], days=days)

    @property
    def columns(self) -> CovariateColumns:
        """The covariate columns of the source."""
        return CovariateColumns(self.known, self.past, self.static)

    def added(self, panel: Panel, ahead: int) -> Panel:
        """Return the panel with calendar covariates and holidays, this number of steps `ahead`.
        Refuse a panel whose covariates are missing there."""
        if self == NOTHING:
            return panel
        panel = with_calendar(panel, ahead) if self.calendar else panel
        panel = panel if self.days is None else with_holidays(panel, list(self.days), ahead)
        refuse_missing(panel, ahead)
        return panel


NOTHING = JobCovariates()
"""No covariates."""
