"""`StateSpaceForecaster`: a structural model, with the parameters and the present state of each
series."""

from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
from jaxtyping import Bool, Float

from ..._check import Refusal, whole
from ..._types import Key, Learning, Levels, Prediction
from ...classical import Rows, fit_walk, normal_quantiles, seen, usual_change
from ...data import CovariateScale, Panel, concatenated
from ...inference import Score
from ...models import Assembled, StateSpace
from ...ops.kalman import Filtered, SeriesData, kalman_end, kalman_filter, states_ahead
from ...training import maximum_likelihood
from .._known import column_scale
from .._predictor import ForecastRequest, Predictor
from ._components import components_table, disturbances_table
from ._draws import System, paths_ahead, refuse_unknown_end
from ._rows import (
    back_to_panel,
    counted,
    future_columns,
    positive,
    rows_of,
    steps_after,
    steps_to_panel,
)

Ended = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Mean, covariance and P∞ (the diffuse part) of the state after the last step, by row."""


@dataclass(frozen=True, eq=False, repr=False)
class StateSpaceForecaster(Predictor):
    """A fitted `StateSpace`: the parameters of each channel of each series, and the state after the
    last step, each as one row (row c · series + s for channel c of series s).

    Forecasts are exact: the mean of the model, and quantiles of its normal distribution, which
    includes the uncertainty of the states but not that of the parameters. `update` filters only the
    new values. A series of another panel is filtered with the parameters of the series with the
    same id; a series with a new id is fitted when it is forecast. A series with no more values than
    the model has unknown initial states is forecast as a random walk.
    """

    spec: StateSpace
    parameters: Float[np.ndarray, "row parameter"]
    logs: Bool[np.ndarray, " row"]
    end: Ended
    ids: tuple[str, ...]
    columns: tuple[str, ...]
    history: Panel | None
    horizon: int
    learning: Learning
    kind: ClassVar[str] = "state space"

    @property
    def model(self) -> Assembled:
        """The components as one model."""
        return self.spec.assembled(len(self.columns))

    @property
    def covariates(self) -> CovariateScale | None:
        """The covariates that it has coefficients for, in their own unit."""
        return column_scale(self.columns)

    def make_prediction(self, request: ForecastRequest) -> Prediction:
        """Return the mean and the quantiles of each step after the end."""
        panel, horizon = request.panel, request.horizon
        one = self if request.own else self.of(panel)
        model, (mean, cov, unknown) = one.model, one.end
        future = future_columns(panel, self.columns, horizon)
        numbers = model.numbers(one.parameters)
        empty = np.zeros(0)
        state = Filtered(empty, empty, empty, empty, mean, cov, unknown)
        signal = states_ahead(model.structure, numbers, state, horizon, future)
        spread = np.sqrt(signal.variance + numbers.noise[:, None])
        at = normal_quantiles(request.probabilities)
        center, ends = signal.mean, signal.mean[..., None] + spread[..., None] * at
        bent = one.logs[:, None]
        with np.errstate(over="ignore"):  # an infinite forecast is refused, with the series' name
            center = np.where(bent, np.exp(np.where(bent, center, 0.0)), center)
            ends = np.where(bent[..., None], np.exp(np.where(bent[..., None], ends, 0.0)), ends)
        short = one._short(panel)
        refuse_unknown(~signal.known.all(axis=1) & ~short, panel)
        for row in np.flatnonzero(short):
            center[row], ends[row] = _walked(panel, int(row), horizon, request.probabilities)
        return Prediction(
            back_to_panel(center, panel), back_to_panel(ends, panel), request.probabilities
        )

    def update(self, new: Panel) -> "StateSpaceForecaster":
        """Append new observations, which must continue the history of the same series: the filter
        continues from the present state, and nothing is fitted again."""
        before = self.required_history
        history = concatenated(before, new)
        if any(each.any() for each in (self.end[2], self._bent_wrongly(new))):
            return self.with_history(history)
        later = steps_after(history, before.lengths)
        places = {name: place for place, name in enumerate(self.ids)}
        series = np.array([places[str(name)] for name in later.ids])
        rows = (np.arange(history.channels)[:, None] * len(before) + series).ravel()
        moved = self._continued(rows, rows_of(later, self.columns, self.logs[rows]).data)
        mean, cov, unknown = (each.copy() for each in self.end)
        mean[rows], cov[rows], unknown[rows] = moved
        return replace(self, history=history, end=(mean, cov, unknown))

    def with_history(self, history: Panel | None) -> "StateSpaceForecaster":
        """Return the forecaster with another history, filtered again, or with none."""
        if history is None or history is self.history:
            return replace(self, history=history)
        return replace(self.of(history), history=history)

    def of(self, panel: Panel) -> "StateSpaceForecaster":
        """Return the forecaster of another panel: with the parameters of the series with the same
        id; series with a new id are fitted."""
        if len(self.parameters) != len(self.ids) * panel.channels:
            raise Refusal(
                f"The model was fitted on {len(self.parameters) // len(self.ids)} channels, but "
                f"this panel has {panel.channels}. Give the same ones."
            )
        places = {name: place for place, name in enumerate(self.ids)}
        found = np.array([places.get(str(name), -1) for name in panel.ids])
        channels = np.arange(panel.channels)[:, None]
        rows = np.where(found >= 0, channels * len(self.ids) + found, -1).ravel()
        new = rows < 0
        logs = np.where(new, positive(panel) & self.spec.logs, self.logs[rows] & positive(panel))
        data = rows_of(panel, self.columns, logs).data
        parameters = self.parameters[rows]
        again = np.flatnonzero(new | (logs != self.logs[rows]))
        if len(again):
            parameters = parameters.copy()
            parameters[again] = maximum_likelihood(self.model, data.take(again)).parameters
        return replace(
            self,
            parameters=parameters,
            logs=logs,
            end=ended(self.model, parameters, data),
            ids=tuple(str(each) for each in panel.ids),
            history=panel,
        )

    def fitted_values(self) -> Float[np.ndarray, "total channel"]:
        """As `Predictor.fitted_values`: the one-step predictions of the filter; NaN while the
        initial state is unknown."""
        panel = self.required_history
        done = self._filtered(panel)
        mean = np.where(np.isfinite(done.variance), done.mean, np.nan)
        bent = self.bent_steps(panel)
        return steps_to_panel(np.where(bent, np.exp(np.where(bent, mean, 0.0)), mean), panel)

    def score(self, panel: Panel | None = None) -> Score:
        """Return the log density of each value given those before it, in nats, in the unit of the
        panel. It is NaN while the initial state is unknown; the rest is conditional on those
        values."""
        panel = self.required_history if panel is None else panel
        one = self if panel is self.history else self.of(panel)
        done = one._filtered(panel)
        data = rows_of(panel, self.columns, one.logs).data
        bent = one.bent_steps(panel)
        steps = np.where(np.isfinite(done.variance), done.steps - bent * data.values, np.nan)
        steps = steps_to_panel(steps, panel)
        counted = np.add.reduceat((~np.isnan(steps)).sum(axis=1), panel.offsets[:-1])
        total = np.add.reduceat(np.nansum(steps, axis=1), panel.offsets[:-1])
        return Score(
            steps,
            np.where(counted > 0, total, np.nan),
            counted,
            self.model.structure.unknowns,
        )

    def sample(
        self, length: int, *, key: Key, count: int = 1, series: int = 0, warmup: int = 0
    ) -> Float[np.ndarray, "draw time channel"]:
        """Draw `count` joint paths of the `length` steps that follow series number `series`, after
        `warmup` steps, which are dropped. (With an unknown initial state, the model has no paths
        without a series.)"""
        held = len(self.required_history)
        if whole("series", series, at_least=0) >= held:
            raise Refusal(
                f"There is no series number {series}; the history holds {held}, counted from 0."
            )
        steps = whole("length", length) + whole("warmup", warmup, at_least=0)
        panel, model = self.required_history, self.model
        rows = np.arange(panel.channels) * len(panel) + series
        refuse_unknown_end(self.end[2][rows], panel.ids[series])
        structure, numbers = model.structure, model.numbers(self.parameters).take(rows)
        columns = future_columns(panel, self.columns, steps)[rows]
        same = np.broadcast_to(structure.design, (*columns.shape[:2], len(structure.design)))
        designs = np.concatenate([same, columns], axis=-1)
        end = (self.end[0][rows], self.end[1][rows])
        found = paths_ahead(structure, numbers, end, designs, whole("count", count), key)
        found, bent = np.swapaxes(found, 1, 2)[:, warmup:], self.logs[rows]
        return np.where(bent, np.exp(np.where(bent, found, 0.0)), found)

    @property
    def system(self) -> System:
        """The model of its history: a separate series for each channel of each series."""
        data = rows_of(self.required_history, self.columns, self.logs).data
        return System(self.model.structure, self.model.numbers(self.parameters), data)

    def by_step(
        self, signals: Float[np.ndarray, "value component"]
    ) -> Float[np.ndarray, "total channel component"]:
        """Return components, given by row, by step and channel."""
        return steps_to_panel(signals, self.required_history)

    def log_likelihood(self) -> Float[np.ndarray, "series channel"]:
        """The exact diffuse log likelihood of each series, in nats, in the unit in which it is
        modelled."""
        panel = self.required_history
        return back_to_panel(self._filtered(panel).log_likelihood, panel)

    def estimates(self) -> dict[str, Float[np.ndarray, "series channel"]]:
        """The parameters by name; variances are in the squared unit in which a series is
        modelled."""
        channels = len(self.parameters) // len(self.ids)
        by_row = self.parameters.reshape(channels, len(self.ids), -1)
        return {
            each.name: by_row[:, :, place].T for place, each in enumerate(self.model.parameters)
        }

    def components(self, *, levels: Levels = 95) -> Any:
        """Return a table of trend, season and remainder of each step, with intervals, given the
        whole series: see `components_table`."""
        return components_table(self, levels)

    def disturbances(self) -> Any:
        """Return a table of the auxiliary residuals, which show outliers and level shifts: see
        `disturbances_table`."""
        return disturbances_table(self)

    def bent_steps(self, panel: Panel) -> Bool[np.ndarray, " step"]:
        """Return True for each step of each row that is modelled as logs."""
        return np.repeat(self.logs, np.tile(panel.lengths, panel.channels))

    def _filtered(self, panel: Panel) -> Filtered:
        data = rows_of(panel, self.columns, self.logs).data
        return kalman_filter(self.model.structure, self.model.numbers(self.parameters), data)

    def _continued(self, rows: np.ndarray, data: SeriesData) -> Ended:
        """The state of these rows after further steps."""
        structure = replace(self.model.structure, diffuse=(False,) * self.model.structure.states)
        numbers = self.model.numbers(self.parameters[rows])
        numbers = numbers._replace(start_mean=self.end[0][rows], start_cov=self.end[1][rows])
        return kalman_end(structure, numbers, data)

    def _bent_wrongly(self, new: Panel) -> np.ndarray:
        """True for a value of 0 or below in a series that is modelled as logs."""
        return np.array(self.logs.any() and (new.values <= 0).any())

    def _short(self, panel: Panel) -> Bool[np.ndarray, " row"]:
        """True for rows with no more values than there are unknown initial states."""
        return counted(panel) <= self.model.structure.unknowns

    @property
    def description(self) -> str:
        """The components as one line of text."""
        return f"{self.spec!r}, each series with parameters of its own"


def refuse_unknown(unknown: Bool[np.ndarray, " row"], panel: Panel) -> None:
    """Refuse rows whose forecast depends on a state that their values do not identify."""
    if unknown.any():
        name = panel.ids[int(np.argmax(unknown)) % len(panel)]
        raise Refusal(
            f"Series '{name}' does not tell all of the model's states apart: a covariate never "
            "changed, two say the same, or one says what the season says. Leave it out, or give a "
            "longer past."
        )


def ended(model: Assembled, parameters: np.ndarray, data: SeriesData) -> Ended:
    """Return the state of every row after its last step."""
    return kalman_end(model.structure, model.numbers(parameters), data)


def _walked(
    panel: Panel, row: int, horizon: int, at: tuple[float, ...]
) -> tuple[np.ndarray, np.ndarray]:
    """A short row as a random walk, whose variance comes from the other series."""
    channel, series = divmod(row, len(panel))
    column = Rows(np.ascontiguousarray(panel.values[:, channel]), panel.offsets)
    span, own = seen(column), np.array([series])
    values = column.cut(span.first, span.stop).take(own)
    walk = fit_walk(values, np.array([usual_change(column)]), panel.ids[own])
    mean, ends = walk.ahead((panel.lengths - span.stop)[own], horizon, at)
    return mean[0], ends[0]
