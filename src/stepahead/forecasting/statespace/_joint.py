"""`JointForecaster`: a structural model of all channels of a series as one system."""

from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
from jaxtyping import Bool, Float

from ..._check import Refusal, options_known, whole
from ..._types import Key, Learning, Levels, Prediction
from ...classical import normal_quantiles
from ...data import CovariateScale, Panel, to_frame
from ...inference import Score
from ...models import JointlyAssembled, StateSpace
from ...ops.kalman import (
    Filtered,
    Parameters,
    SeriesData,
    kalman_end,
    kalman_filter,
    kalman_smooth,
    states_ahead,
)
from ...training import change_sizes, maximum_likelihood
from .._known import column_scale, known_columns
from .._predictor import ForecastRequest, Predictor
from .._table import index_columns
from ._draws import System, paths_ahead, refuse_unknown_end
from ._forecaster import Ended, refuse_unknown
from ._rows import (
    back_to_panel,
    counted,
    future_columns,
    positive,
    rows_of,
    said,
    short_rows,
)
from ._tables import standardised, table_of_components

Each = Float[np.ndarray, "series channel"]


@dataclass(frozen=True, eq=False, repr=False)
class JointForecaster(Predictor):
    """A fitted `StateSpace(…, joint=True)`: the parameters and the final state of each series,
    whose channels form one system.

    Each channel is modelled in the `unit` of its changes. Forecasts are exact; a channel whose last
    values are missing is forecast from the others. `update` filters the whole history again. A
    series of another panel is filtered with the parameters of the series with the same id; a series
    with a new id is fitted when it is forecast.
    """

    spec: StateSpace
    parameters: Float[np.ndarray, "series parameter"]
    unit: Each
    logs: Bool[np.ndarray, "series channel"]
    end: Ended
    ids: tuple[str, ...]
    columns: tuple[str, ...]
    history: Panel | None
    horizon: int
    learning: Learning
    kind: ClassVar[str] = "joint state space"

    @property
    def model(self) -> JointlyAssembled:
        """The components over all channels."""
        return self.spec.jointly(self.unit.shape[1], len(self.columns))

    @property
    def covariates(self) -> CovariateScale | None:
        """The covariates that it has coefficients for, in their own unit."""
        return column_scale(self.columns)

    def make_prediction(self, request: ForecastRequest) -> Prediction:
        """Return the mean and the quantiles of each channel of each step after the end."""
        panel, horizon = request.panel, request.horizon
        one = self if request.own else self.of(panel)
        model, empty = one.model, np.zeros(0)
        count, channels = one.unit.shape
        future = future_columns(panel, self.columns, horizon)[:count]
        future = future.reshape(count * horizon, len(self.columns))
        designs = model.designs(future).reshape(count, horizon * channels, -1)
        state = Filtered(empty, empty, empty, empty, *one.end)
        numbers = model.numbers(one.parameters)
        signal = states_ahead(model.structure, numbers, state, horizon * channels, designs)
        refuse_unknown(np.asarray(~signal.known.all(axis=1)), panel)
        shape = (count, horizon, channels)
        mean, spread = signal.mean.reshape(shape), np.sqrt(signal.variance).reshape(shape)
        ends = mean[..., None] + spread[..., None] * normal_quantiles(request.probabilities)
        return Prediction(
            one._in_unit(mean[..., None])[..., 0], one._in_unit(ends), request.probabilities
        )

    def _in_unit(self, numbers: np.ndarray) -> np.ndarray:
        """Numbers `[series, step, channel, …]` in the unit of the panel."""
        found, bent = numbers * self.unit[:, None, :, None], self.logs[:, None, :, None]
        return np.where(bent, np.exp(np.where(bent, found, 0.0)), found)

    def with_history(self, history: Panel | None) -> "JointForecaster":
        """Return the forecaster with another history, filtered again, or with none."""
        if history is None or history is self.history:
            return replace(self, history=history)
        return replace(self.of(history), history=history)

    def of(self, panel: Panel) -> "JointForecaster":
        """Return the forecaster of another panel: with the parameters of the series with the same
        id; series with a new id are fitted."""
        if panel.channels != self.unit.shape[1]:
            raise Refusal(
                f"The model was fitted on {self.unit.shape[1]} channels, but this panel has "
                f"{panel.channels}. Give the same ones."
            )
        places = {name: place for place, name in enumerate(self.ids)}
        found = np.array([places.get(str(name), -1) for name in panel.ids])
        new = np.flatnonzero(found < 0)
        parameters, unit, logs = self.parameters[found], self.unit[found], self.logs[found]
        if len(new):
            fitted = fit_jointly(self.spec, panel.take(new), self.horizon, self.columns)
            parameters[new], unit[new], logs[new] = fitted.parameters, fitted.unit, fitted.logs
        ids = tuple(str(each) for each in panel.ids)
        return joined(
            replace(self, parameters=parameters, unit=unit, logs=logs, ids=ids, history=panel)
        )

    def fitted_values(self) -> Float[np.ndarray, "total channel"]:
        """As `Predictor.fitted_values`: the prediction given all channels of the steps before; NaN
        while the initial state is unknown."""
        panel, channels = self.required_history, self.unit.shape[1]
        found = np.zeros(panel.values.shape)
        for channel in range(
            channels
        ):  # each in turn comes first, so that the others of its step do not count
            order = np.roll(np.arange(channels), -channel)
            done = self._filtered(panel, order)
            known = np.isfinite(done.variance)
            found[:, channel] = np.where(known, done.mean, np.nan).reshape(-1, channels)[:, 0]
        series = panel.series_of_step
        found, bent = found * self.unit[series], self.logs[series]
        return np.where(bent, np.exp(np.where(bent, found, 0.0)), found)

    def score(self, panel: Panel | None = None) -> Score:
        """Return the log density of each value given the steps before it and the channels before it
        at the same step, in nats, in the unit of the panel; NaN while the initial state is
        unknown."""
        panel = self.required_history if panel is None else panel
        one = self if panel is self.history else self.of(panel)
        done, series = one._filtered(panel), panel.series_of_step
        steps = np.where(np.isfinite(done.variance), done.steps, np.nan).reshape(panel.values.shape)
        bent = one.logs[series]
        steps = (
            steps
            - np.log(one.unit[series])
            - np.where(bent, np.log(np.where(bent, panel.values, 1.0)), 0.0)
        )
        counts = np.add.reduceat((~np.isnan(steps)).sum(axis=1), panel.offsets[:-1])
        total = np.add.reduceat(np.nansum(steps, axis=1), panel.offsets[:-1])
        return Score(
            steps, np.where(counts > 0, total, np.nan), counts, self.model.structure.unknowns
        )

    @options_known()
    def sample(
        self, length: int, *, key: Key, count: int = 1, series: int = 0, warmup: int = 0
    ) -> Float[np.ndarray, "draw time channel"]:
        """Draw `count` joint paths of all channels of the `length` steps that follow series number
        `series`, after `warmup` steps, which are dropped."""
        panel, model = self.required_history, self.model
        if whole("series", series, at_least=0) >= len(panel):
            raise Refusal(
                f"There is no series number {series}; the history holds {len(panel)}, counted from "
                "0."
            )
        steps = whole("length", length) + whole("warmup", warmup, at_least=0)
        one = slice(series, series + 1)
        refuse_unknown_end(self.end[2][one], panel.ids[series])
        future = future_columns(panel, self.columns, steps)[series]
        end = (self.end[0][one], self.end[1][one])
        numbers, many = self._numbers().take(one), whole("count", count)
        found = paths_ahead(model.structure, numbers, end, model.designs(future)[None], many, key)
        found = found.reshape(many, steps, -1)[:, warmup:] * self.unit[series]
        bent = self.logs[series]
        return np.where(bent, np.exp(np.where(bent, found, 0.0)), found)

    @property
    def system(self) -> System:
        """The model of its history: the channels of each step one after the other."""
        panel = self.required_history
        return System(self.model.structure, self._numbers(), self.data_of(panel))

    def by_step(
        self, signals: Float[np.ndarray, "value component"]
    ) -> Float[np.ndarray, "total channel component"]:
        """Return components by step and channel, in the unit of the panel (or of its logs)."""
        panel = self.required_history
        unit = self.unit[panel.series_of_step][..., None]
        return signals.reshape(*panel.values.shape, -1) * unit

    def log_likelihood(self) -> Float[np.ndarray, " series"]:
        """The exact diffuse log likelihood of each series, all channels together, in nats, in the
        unit in which it is modelled."""
        return self._filtered(self.required_history).log_likelihood

    def covariances(self) -> dict[str, Float[np.ndarray, "series channel channel"]]:
        """Return the covariance between the channels of the shocks of each variance, by name, in
        the unit in which the series are modelled."""
        found = {}
        for part, own in self.model.each(self.parameters):
            factors, _ = part.split(own)
            names = [each.name for each in part.own if each.variance]
            scale = self.unit[:, : part.copies] if part.copies > 1 else np.ones((len(own), 1))
            for name, factor in zip(names, factors, strict=True):
                scaled = scale[:, :, None] * factor
                found[name.replace("variance", "covariance")] = scaled @ np.swapaxes(scaled, 1, 2)
        return found

    def components(self, *, levels: Levels = 95) -> Any:
        """Return a table of trend, season and remainder of each channel of each step, with
        intervals, given the whole series: see `StateSpaceForecaster.components`."""
        panel, model = self.required_history, self.model
        data, shape = self.data_of(panel), (*panel.values.shape, -1)
        done = kalman_smooth(model.structure, self._numbers(), data)
        series = panel.series_of_step
        unit = self.unit[series][..., None]
        mean = done.signal_mean.reshape(shape) * unit
        deviation = np.sqrt(np.maximum(done.signal_variance, 0.0)).reshape(shape) * unit
        kept = len(self.spec.components)
        values = data.values.reshape(panel.values.shape) * self.unit[series]
        return table_of_components(
            panel,
            values,
            self.logs[series],
            mean[..., :kept],
            deviation[..., :kept],
            model.labels[:kept],
            levels,
        )

    def disturbances(self) -> Any:
        """Return a table of the auxiliary residuals of each channel: see
        `StateSpaceForecaster.disturbances`. States that do not belong to single channels (custom
        matrices) have none."""
        panel, model, channels = self.required_history, self.model, self.unit.shape[1]
        done = kalman_smooth(model.structure, self._numbers(), self.data_of(panel))
        columns = index_columns(panel)
        columns["outlier"] = standardised(done.error, done.error_variance)
        shocks = standardised(
            done.shock[channels - 1 :: channels], done.shock_variance[channels - 1 :: channels]
        )
        shocks = np.roll(shocks, 1, axis=0)  # a shock leads from the step before to this one
        shocks[panel.offsets[:-1]] = np.nan
        at = 0
        for part in model.parts:
            block = part.component.block(len(self.columns))
            moved = [i for i, _ in block.shock]
            names = [each.name for each in part.own if each.variance]
            if part.copies == channels and part.component in self.spec.components:
                for name, state in zip(names, moved, strict=False):
                    own = shocks[:, at + state + block.states * np.arange(channels)]
                    columns[name.removeprefix("variance of ")] = own.reshape(-1)
            at += part.copies * block.states
        return to_frame(columns, panel.kind, panel.frequency.zone)

    def _numbers(self) -> Parameters:
        return self.model.numbers(self.parameters)

    def data_of(self, panel: Panel, order: np.ndarray | None = None) -> SeriesData:
        """Return the values of a panel in the unit of the model, with the channels in this
        order."""
        return interleaved(self.model, panel, self.unit, self.logs, self.columns, order)

    def _filtered(self, panel: Panel, order: np.ndarray | None = None) -> Filtered:
        return kalman_filter(self.model.structure, self._numbers(), self.data_of(panel, order))

    @property
    def description(self) -> str:
        """The components as one line of text."""
        return f"{self.spec!r}, each series with parameters of its own"


def interleaved(
    model: JointlyAssembled,
    panel: Panel,
    unit: Each,
    logs: Bool[np.ndarray, "series channel"],
    columns: tuple[str, ...],
    order: np.ndarray | None = None,
) -> SeriesData:
    """Return the channels of each step one after the other, each in its unit, with their design
    matrices."""
    series, (total, channels) = panel.series_of_step, panel.values.shape
    bent = logs[series]
    values = np.where(bent, np.log(np.where(bent, panel.values, 1.0)), panel.values)
    order = np.arange(channels) if order is None else order
    designs = model.designs(known_columns(panel, columns, 0)).reshape(total, channels, -1)
    return SeriesData(
        (values / unit[series])[:, order].reshape(-1),
        panel.offsets * channels,
        designs[:, order].reshape(total * channels, -1),
    )


def joined(fitted: JointForecaster) -> JointForecaster:
    """Return the forecaster with the states after the last step of its history."""
    model, data = fitted.model, fitted.data_of(fitted.required_history)
    return replace(fitted, end=kalman_end(model.structure, model.numbers(fitted.parameters), data))


def fit_jointly(
    spec: StateSpace, panel: Panel, horizon: int, columns: tuple[str, ...]
) -> JointForecaster:
    """Maximise the likelihood of all channels of each series together."""
    logs = positive(panel) & spec.logs
    unit = back_to_panel(change_sizes(rows_of(panel, columns, logs).data), panel)
    refuse_still(unit, panel)
    model = spec.jointly(panel.channels, len(columns))
    seen = counted(panel).reshape(panel.channels, -1).sum(axis=0)
    few = seen <= model.structure.unknowns
    if few.any():
        row = int(np.argmax(few))
        raise Refusal(
            f"Series '{panel.ids[row]}' has {seen[row]} values in all channels, but the model has "
            f"{model.structure.unknowns} unknown states. Leave a component out, or give a longer "
            "past."
        )
    bent = back_to_panel(logs, panel)
    data = interleaved(model, panel, unit, bent, columns)
    found = maximum_likelihood(model, data, np.ones(len(panel)))
    empty = np.zeros(0)
    return joined(
        JointForecaster(
            spec,
            found.parameters,
            unit,
            bent,
            (empty, empty, empty),
            tuple(str(each) for each in panel.ids),
            columns,
            panel,
            horizon,
            said(found, int(short_rows(spec, panel).sum())),
        )
    )


def refuse_still(unit: Each, panel: Panel) -> None:
    """Refuse a constant channel: it cannot be related to any other."""
    if not unit.all():
        series, channel = (int(each[0]) for each in np.nonzero(unit == 0))
        raise Refusal(
            f"Channel '{panel.names[channel]}' of series '{panel.ids[series]}' never changes: it "
            "has no shocks that others could share. Leave it out."
        )
