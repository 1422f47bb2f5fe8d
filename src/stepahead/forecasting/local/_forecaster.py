"""`LocalForecaster`: a local method with its fit of each series."""

import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, ClassVar, Protocol

import numpy as np
from jaxtyping import Bool, Float, Int

from ..._check import Refusal, whole
from ..._types import Key, Learning, Levels, Listener, Prediction
from ...classical import OnSeries, Rows, seen, simulate
from ...data import CovariateScale, GrowingPanel, Panel, missing_at_end
from .._known import column_scale, later_columns
from .._predictor import ForecastRequest, Predictor
from ._channel import Channel, ChannelFit, panel_rows, rows_of
from ._components import components_of

SHOWN = 4
"""The most forms that a summary of many series lists."""


class Fits(Protocol):
    """The part of `PerSeries` that a forecaster uses."""

    def fit_channel(self, channel: Channel, season: int, on_event: OnSeries | None) -> ChannelFit:
        """Fit one channel of every series."""
        ...


@dataclass(frozen=True, eq=False, repr=False)
class LocalForecaster(Predictor):
    """A local method, the series that it was fitted to, and the fit of each.

    New series are fitted when their forecast is requested. A series with fewer values than the
    method `needs`, or one that never changes, is forecast as a random walk, whose usual change
    comes from the other series. `columns` names the covariates that the method uses.

    A forecast needs only the parameters and states in `learned` and the ends of the series, so
    `update` and `predict` take as long after a million steps as after a hundred. The whole series
    is also kept, in `grown`, as a list of pieces. The pieces are joined when they are needed: for a
    new fit, `fitted_values`, `components`, a file, or the lower bound of a table. If covariates are
    used, every update joins them.

    `usual` is the usual change of every channel (`classical.usual_change`), if the series to be
    fitted are only a part of all series.
    """

    spec: Any
    grown: GrowingPanel | None
    horizon: int
    season: int
    learned: tuple[ChannelFit, ...] | None = None
    columns: tuple[str, ...] = ()
    usual: tuple[float | None, ...] | None = None
    kind: ClassVar[str] = "local"

    @property
    def history(self) -> Panel | None:  # type: ignore[override]
        """The series, with everything that was appended to them."""
        return None if self.grown is None else self.grown.whole

    @property
    def ends(self) -> Panel:
        """The series from their last observed value on; whole series if they are not fitted yet."""
        if self.grown is None or self.learned is None:
            return self.required_history
        return self.grown.ends

    @property
    def stored(self) -> dict[str, Any]:
        """As `Fitted.stored`, with the history as one panel."""
        held = {each.name: vars(self)[each.name] for each in fields(self)}
        del held["grown"]
        return {"spec": held.pop("spec"), "history": self.history, **held}

    @classmethod
    def from_stored(cls, fields: Mapping[str, Any]) -> "LocalForecaster":
        """As `Fitted.from_stored`."""
        others = {name: each for name, each in fields.items() if name != "history"}
        return cls(grown=growing(fields["history"]), **others)

    @property
    def learning(self) -> Learning:  # type: ignore[override]
        """Empty: nothing is trained by gradients."""
        return Learning(stopped="each series is fitted separately")

    @property
    def covariates(self) -> CovariateScale | None:
        """The covariates that it has coefficients for, in their own unit."""
        return column_scale(self.columns)

    def make_prediction(self, request: ForecastRequest) -> Prediction:
        """Forecast from the states after the last observed values, without random numbers."""
        history, horizon, at = request.panel, request.horizon, request.probabilities
        learned = self._learned(request.on_event) if request.own else None
        if learned is None:
            learned = self._fits(history, request.on_event)
        late = missing_at_end(history)
        learned = self._with_later(learned, history, late, horizon)
        if len(learned) == len(learned[0].parts) == 1:  # one part only: no copies
            point, quantiles = learned[0].parts[0][1].ahead(late[:, 0], horizon, at)
            return Prediction(point[:, :, None], quantiles[:, :, None], at)
        mean = np.zeros((len(history), horizon, history.channels))
        ends = np.zeros((*mean.shape, len(at)))
        for channel, one in enumerate(learned):
            for which, fit in one.parts:
                point, quantiles = fit.ahead(late[which, channel], horizon, at)
                mean[which, :, channel], ends[which, :, channel] = point, quantiles
        return Prediction(mean, ends, at)

    def tuned(
        self, key: Key, on_event: Listener | None = None
    ) -> tuple["LocalForecaster", list[tuple[float, float]]]:
        """As `Predictor.tuned`, for a method with weights that all series share."""
        panel = self.required_history
        spec, losses = self.spec.tuned(panel, self.horizon, key, self.season, on_event)
        if not losses:
            return self, []
        parts = parts_of(spec, panel, self.season, None, self.columns)
        return replace(self, spec=spec, learned=parts), losses

    def each(self, change: Callable[[Any], Any]) -> "LocalForecaster":
        """Itself: it has no network forecaster."""
        return self

    def update(self, new: Panel) -> "LocalForecaster":
        """Append new observations, which must continue the history of the same series: states are
        advanced, parameters stay. Earlier steps are neither read nor copied."""
        held = self.grown or GrowingPanel.of(self.required_history)  # refuses without a history
        grown = held.appended(new)
        if self.learned is None:
            return replace(self, grown=grown)
        before, after = held.ends, grown.longer
        begin = before.lengths[:, None] - missing_at_end(before)
        end = after.lengths[:, None] - missing_at_end(after)
        moved = []
        for channel, one in enumerate(self.learned):
            rows = panel_rows(after, channel, self.columns).cut(begin[:, channel], end[:, channel])
            moved.append(one.advanced(rows))
        return replace(self, grown=grown, learned=tuple(moved))

    @property
    def alone_from(self) -> float:
        """As `Predictor.alone_from`: that of the method."""
        return float(self.spec.alone_from)

    def with_usual(self, usual: tuple[float | None, ...]) -> "LocalForecaster":
        """As `Predictor.with_usual`."""
        return replace(self, usual=usual)

    def with_history(self, history: Panel | None) -> "LocalForecaster":
        """Return the forecaster with another history, or with none. The fit is kept if the values
        are the same; other series are fitted when they are forecast."""
        if history is None or self.grown is None or not same_values(history, self.grown.whole):
            return replace(self, grown=growing(history), learned=None)
        return replace(self, grown=growing(history))

    def fitted_values(self) -> Float[np.ndarray, "total channel"]:
        """As `Predictor.fitted_values`, with parameters fitted to the whole history."""
        history = self.required_history
        fitted = np.full(history.values.shape, np.nan)
        for channel, one in enumerate(self._learned(None)):
            whole = panel_rows(history, channel, self.columns)
            span = seen(whole)
            rows = whole.cut(span.first, span.stop)
            place = Rows(np.arange(float(len(fitted))), history.offsets)
            place_of = place.cut(span.first, span.stop).values.astype(np.int64)
            for which, fit in one.parts:
                mine = np.isin(np.repeat(np.arange(len(rows)), rows.lengths), which)
                fitted[place_of[mine], channel] = fit.one_step(rows_of(rows, which))
        return fitted

    def sample(
        self, length: int, *, key: Key, count: int = 1, series: int = 0, warmup: int = 0
    ) -> Float[np.ndarray, "draw time channel"]:
        """Draw `count` paths of the `length` steps that follow series number `series`, after
        `warmup` steps, which are dropped: see `classical.simulate`. Channels are drawn
        independently.

        >>> import numpy as np, stepahead as sa
        >>> panel = sa.Panel.from_arrays([50 + np.arange(30.0) % 2 + np.cos(np.arange(30.0) ** 2)])
        >>> done = sa.fit(sa.forecasting.ETS("A,N,N"), panel, horizon=2, key=0)
        >>> drawn = sa.sample(done, 4, key=1, count=100)
        >>> drawn.shape, bool(abs(drawn.mean() - panel.values.mean()) < 0.5)
        ((100, 4, 1), True)
        """
        from ...ops import as_key, generator  # imports JAX, needed only for samples

        panel, columns = self.required_history, self.columns
        if whole("series", series, at_least=0) >= len(panel):
            raise Refusal(
                f"There is no series number {series}; the history holds {len(panel)}, counted "
                "from 0."
            )
        steps = whole("length", length) + whole("warmup", warmup, at_least=0)
        whole("count", count)
        late, draws = missing_at_end(panel), generator(as_key(key))
        found = np.zeros((count, steps, panel.channels))
        for channel, one in enumerate(self._learned(None)):
            skip = late[:, channel]
            later = later_columns(panel, columns, skip, steps)[[series]] if columns else None
            which, fit = next(part for part in one.parts if series in part[0])
            number = int(np.flatnonzero(which == series)[0])
            drawn = simulate(fit, number, int(skip[series]) + steps, count, draws, later)
            found[:, :, channel] = drawn[:, skip[series] :]
        return found[:, warmup:]

    def components(self, *, levels: Levels = 95) -> Any:
        """Return a table of the components of every step: unique_id, ds, channel (if there are
        several), y, trend, a column for each season, covariates (if they are used), each with its
        interval (trend-lo-95, trend-hi-95), and rest.

        They add up to y, or multiply where `factors()` is True. Trend and season are those
        predicted one step before, so that the rest is the one-step error; MSTL's are smoothed from
        both sides. Given their parameters and first states, ETS, Theta and Harmonic have no
        uncertainty in the components: the intervals express the uncertainty of these estimates
        (`classical.deviations`). Those of MSTL, which has no formula, come from resampling the rest
        (`classical.MSTLFit.deviations`). `levels=()` leaves intervals out. A method without
        components, such as ARIMA, is refused.

        >>> import numpy as np, stepahead as sa
        >>> panel = sa.Panel.from_arrays([np.tile([1.0, 2.0, 6.0], 8)])
        >>> done = sa.fit(sa.forecasting.MSTL((3,)), panel, horizon=1, key=0)
        >>> done.components()[["trend", "season 3", "rest"]].round(6).values[:3].tolist()
        [[3.0, -2.0, 0.0], [3.0, -1.0, 0.0], [3.0, 3.0, 0.0]]
        """
        return components_of(self, self._learned(None), levels)[0]

    def factors(self) -> Bool[np.ndarray, "series channel"]:
        """True for each series whose `components` multiply."""
        return components_of(self, self._learned(None), ())[1]

    def forms(self, channel: int = 0) -> list[str]:
        """Return the form that was selected for every series, with its parameters."""
        named = [""] * len(self.required_history)
        for which, fit in self._learned(None)[channel].parts:
            for number, form in zip(which, fit.forms(), strict=True):
                named[number] = form
        return named

    @property
    def description(self) -> str:
        """The method, how it is fitted, and the forms that were selected."""
        text = f"{self.spec!r}, fitted to each series separately, season {self.season}"
        text += f"\ncovariates: {', '.join(self.columns)}" if self.columns else ""
        return text if self.history is None else f"{text}\n{self.chosen}"

    @property
    def chosen(self) -> str:
        """The form of a single series with its parameters; for several series, how many have each
        form."""
        named = self.forms()
        if len(named) == 1:
            return named[0]
        counts = Counter(
            re.split(r", [αβφθΦΘ]|, mean|, drift", form)[0] for form in named
        ).most_common()
        told = [f"{form} {count:,}" for form, count in counts[:SHOWN]]
        rest = sum(count for _, count in counts[SHOWN:])
        return ", ".join(told) + (f", others {rest:,}" if rest else "")

    def _learned(self, on_event: OnSeries | None) -> tuple[ChannelFit, ...]:
        """The fits; computed now if a file held only the series."""
        return self._fits(self.required_history, on_event) if self.learned is None else self.learned

    def _fits(self, panel: Panel, on_event: OnSeries | None) -> tuple[ChannelFit, ...]:
        """The fits of these series."""
        return parts_of(self.spec, panel, self.season, on_event, self.columns, self.usual)

    def _with_later(
        self,
        learned: tuple[ChannelFit, ...],
        panel: Panel,
        late: Int[np.ndarray, "series channel"],
        horizon: int,
    ) -> tuple[ChannelFit, ...]:
        """The fits with the covariates of the steps ahead."""
        if not self.columns:
            return learned
        return tuple(
            one.with_later(later_columns(panel, self.columns, late[:, channel], horizon))
            for channel, one in enumerate(learned)
        )


def same_values(one: Panel, other: Panel) -> bool:
    """Return True if both are the same series with the same values at the same times.

    >>> one = Panel.from_arrays([[1.0, np.nan]])
    >>> same_values(one, one.take(np.array([0]))), same_values(one, Panel.from_arrays([[1.0]]))
    (True, False)
    """
    pairs = ((one.ids, other.ids), (one.offsets, other.offsets), (one.times, other.times))
    alike = all(np.array_equal(mine, its) for mine, its in pairs)
    return alike and np.array_equal(one.values, other.values, equal_nan=True)


def growing(history: Panel | None) -> GrowingPanel | None:
    """Return the history as a panel that can grow; None without a history."""
    return None if history is None else GrowingPanel.of(history)


def parts_of(
    spec: Fits,
    panel: Panel,
    season: int,
    on_event: OnSeries | None,
    columns: tuple[str, ...] = (),
    usual: tuple[float | None, ...] | None = None,
) -> tuple[ChannelFit, ...]:
    """Fit every channel of every series, with these covariates and this `usual` change of each
    channel."""
    told = usual or (None,) * panel.channels
    return tuple(
        spec.fit_channel(Channel.of(panel, channel, columns, told[channel]), season, on_event)
        for channel in range(panel.channels)
    )
