"""Fitting a structural model: what is learned of each series, and the forecaster of them."""

from dataclasses import dataclass

import numpy as np

from ..._check import Refusal, whole
from ..._types import Key
from ...data import Panel
from ...models import Regression, StateSpace
from ...training import maximum_likelihood
from ._forecaster import StateSpaceForecaster, ended
from ._joint import JointForecaster, fit_jointly
from ._rows import positive, rows_of, said, short_rows


@dataclass(frozen=True)
class StateSpaceMethod:
    """A `StateSpace` as a `Method`: it fits each series by itself, all in one search."""

    spec: StateSpace

    def fitted(
        self, panel: Panel, horizon: int, *, key: Key = 0, season: int = 1
    ) -> StateSpaceForecaster | JointForecaster:
        """Maximise the likelihood of each channel of each series; nothing is drawn, so `key` does
        not matter, and the season is that of the components."""
        spec, columns = self.spec, columns_of(self.spec, panel)
        refuse_empty(panel)
        if spec.joint:
            return fit_jointly(spec, panel, whole("horizon", horizon), columns)
        logs = positive(panel) & spec.logs
        data = rows_of(panel, columns, logs).data
        found = maximum_likelihood(spec.assembled(len(columns)), data)
        return StateSpaceForecaster(
            spec,
            found.parameters,
            logs,
            ended(spec.assembled(len(columns)), found.parameters, data),
            tuple(str(each) for each in panel.ids),
            columns,
            panel,
            whole("horizon", horizon),
            said(found, int(short_rows(spec, panel).sum())),
        )


def columns_of(spec: StateSpace, panel: Panel) -> tuple[str, ...]:
    """The covariates that it reads: those that are known beforehand, where it has weights for
    them."""
    if not any(isinstance(each, Regression) for each in spec.components):
        return ()
    return () if panel.covariates is None else panel.covariates.known_names


def refuse_empty(panel: Panel) -> None:
    """Refuse a series without a value in some channel."""
    seen = np.add.reduceat(panel.observed.astype(int), panel.offsets[:-1], axis=0)
    if not seen.all():
        series = int(np.argmin(seen.min(axis=1)))
        raise Refusal(f"Series '{panel.ids[series]}' has no observed value. Leave it out.")
