"""Fitting a structural model to each series."""

from dataclasses import dataclass

import numpy as np

from ..._check import Refusal, whole
from ..._settings import Settings
from ..._types import Key
from ...data import Panel
from ...models import Assembled, Regression, StateSpace
from ...ops.kalman import SeriesData, kalman_filter
from ...training import change_sizes, maximum_likelihood
from .._known import known_names
from ._forecaster import StateSpaceForecaster, ended
from ._joint import JointForecaster, fit_jointly
from ._rows import positive, rows_of, said, short_rows


@dataclass(frozen=True)
class StateSpaceMethod(Settings):
    """A `StateSpace` as a `Method`: it fits each series separately, all in one vectorised
    search."""

    spec: StateSpace

    def fitted(
        self, panel: Panel, horizon: int, *, key: Key = 0, season: int = 1
    ) -> StateSpaceForecaster | JointForecaster:
        """Maximise the likelihood of each channel of each series. There are no random numbers, so
        `key` has no effect; the season is that of the components."""
        spec, columns = self.spec, columns_of(self.spec, panel)
        refuse_empty(panel)
        if spec.joint:
            return fit_jointly(spec, panel, whole("horizon", horizon), columns)
        logs = positive(panel) & spec.logs
        data = rows_of(panel, columns, logs).data
        model = spec.assembled(len(columns))
        found = maximum_likelihood(model, data)
        refuse_impossible(model, found.parameters, data, panel)
        return StateSpaceForecaster(
            spec,
            found.parameters,
            logs,
            ended(model, found.parameters, data),
            tuple(str(each) for each in panel.ids),
            columns,
            panel,
            whole("horizon", horizon),
            said(found, int(short_rows(spec, panel).sum())),
        )


def columns_of(spec: StateSpace, panel: Panel) -> tuple[str, ...]:
    """Return the covariates that it uses: the known ones, if it has coefficients for them."""
    if not any(isinstance(each, Regression) for each in spec.components):
        return ()
    return known_names(panel)


LARGEST = 1e100
"""The largest absolute value, and the inverse of the smallest: beyond these, squares are not
representable in float64."""


def refuse_impossible(
    model: Assembled, parameters: np.ndarray, data: SeriesData, panel: Panel
) -> None:
    """Refuse a constant series if the model has no level that could explain it."""
    still = np.flatnonzero(change_sizes(data) == 0)
    if len(still):
        numbers = model.numbers(parameters[still])
        done = kalman_filter(model.structure, numbers, data.take(still))
        if not (done.log_likelihood > -np.inf).all():
            row = still[int(np.argmin(done.log_likelihood))]
            raise Refusal(
                f"Series '{panel.ids[row % len(panel)]}' never changes, and without a level the "
                "model expects 0. Add `models.Constant()`, or leave the series out."
            )


def refuse_empty(panel: Panel) -> None:
    """Refuse a series without a value in some channel, or with values whose squares are not
    finite."""
    size = np.abs(np.where(panel.observed & (panel.values != 0), panel.values, 1.0))
    if size.size and not (1 / LARGEST <= size.min() <= size.max() <= LARGEST):
        wrong = int(np.argmax((size > LARGEST).any(axis=1) | (size < 1 / LARGEST).any(axis=1)))
        raise Refusal(
            f"Series '{panel.ids[panel.series_of_step[wrong]]}' has values beyond {LARGEST:g} or "
            f"within {1 / LARGEST:g} of 0, whose squares no number holds. Give another unit."
        )
    seen = np.add.reduceat(panel.observed.astype(int), panel.offsets[:-1], axis=0)
    if not seen.all():
        series = int(np.argmin(seen.min(axis=1)))
        raise Refusal(f"Series '{panel.ids[series]}' has no observed value. Leave it out.")
