"""`LocalForecaster`: a local method with what it learned of each series."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Protocol

import numpy as np
from jaxtyping import Float, Int

from ..._check import Refusal
from ..._types import Learning, Prediction
from ...classical import Heard, LocalFit, Rows, WalkFit, fit_walk, seen, usual_change
from ...data import Panel, concatenated, missing_at_end
from .._predictor import ForecastRequest, Predictor

SHOWN = 4
"""Forms that a summary of many series names."""


class Fits(Protocol):
    """The part of a `LocalMethod` that a forecaster needs."""

    needs: ClassVar[float]

    def fit_rows(self, rows: Rows, season: int, on_event: Heard | None) -> LocalFit:
        """Fit every series."""
        ...


@dataclass(frozen=True, eq=False)
class ChannelFit:
    """The fit of one channel: by the method of the series numbered `by_method`, and of the others,
    which are too short or never change, as random walks."""

    by_method: Int[np.ndarray, " some"]
    method: LocalFit | None
    others: Int[np.ndarray, " rest"]
    walk: WalkFit | None

    @property
    def parts(self) -> "list[tuple[np.ndarray, LocalFit]]":
        """Numbers of series, and what was learned of them."""
        both = (self.by_method, self.method), (self.others, self.walk)
        return [(which, fit) for which, fit in both if fit is not None]


@dataclass(frozen=True, eq=False, repr=False)
class LocalForecaster(Predictor):
    """A local method, the series that it was fitted to, and what it learned of each.

    Series that it was not fitted to are fitted when their forecast is asked for. One that holds
    fewer values than the method `needs`, or never changes, is taken for a random walk, of which the
    other series say how much it moves.
    """

    spec: Any
    history: Panel | None
    horizon: int
    season: int
    learned: tuple[ChannelFit, ...] | None = None
    kind: ClassVar[str] = "local"

    @property
    def learning(self) -> Learning:  # type: ignore[override]
        """Nothing is learned step by step."""
        return Learning(stopped="each series is fitted by itself")

    def make_prediction(self, request: ForecastRequest) -> Prediction:
        """Forecast from the states after the last values that were seen; nothing is drawn."""
        history, horizon, at = request.panel, request.horizon, request.probabilities
        learned = self._learned(request.on_event) if request.own else None
        if learned is None:
            learned = parts_of(self.spec, history, self.season, request.on_event)
        mean = np.zeros((len(history), horizon, history.channels))
        ends = np.zeros((*mean.shape, len(at)))
        late = missing_at_end(history)
        for channel, one in enumerate(learned):
            for which, fit in one.parts:
                point, quantiles = fit.ahead(late[which, channel], horizon, at)
                mean[which, :, channel], ends[which, :, channel] = point, quantiles
        return Prediction(mean, ends, at)

    def each(self, change: Callable[[Any], Any]) -> "LocalForecaster":
        """Itself: it has no weights that could learn on."""
        return self

    def update(self, new: Panel) -> "LocalForecaster":
        """Take in new observations, which must follow on from the history of the same series: the
        states move on, the parameters stay."""
        before = self.required_history
        after = concatenated(before, new)
        if self.learned is None:
            return replace(self, history=after)
        begin = before.lengths[:, None] - missing_at_end(before)
        end = after.lengths[:, None] - missing_at_end(after)
        moved = []
        for channel, one in enumerate(self.learned):
            rows = Rows(_column(after, channel), after.offsets).cut(
                begin[:, channel], end[:, channel]
            )
            parts = [fit.advanced(_taken(rows, which)) for which, fit in one.parts]
            method = parts[0] if one.method is not None else None
            walk = parts[-1] if one.walk is not None else None
            assert walk is None or isinstance(walk, WalkFit)
            moved.append(replace(one, method=method, walk=walk))
        return replace(self, history=after, learned=tuple(moved))

    def with_history(self, history: Panel | None) -> "LocalForecaster":
        """The same with another history of the same series, or with none: then nothing that was
        learned of them stays."""
        return replace(self, history=history, learned=None if history is None else self.learned)

    def fitted_values(self) -> Float[np.ndarray, "total channel"]:
        """As `Predictor.fitted_values`, by what is fitted to all of the history."""
        history = self.required_history
        fitted = np.full(history.values.shape, np.nan)
        for channel, one in enumerate(self._learned(None)):
            whole = Rows(_column(history, channel), history.offsets)
            span = seen(whole)
            rows = whole.cut(span.first, span.stop)
            place = Rows(np.arange(float(len(fitted))), history.offsets)
            place_of = place.cut(span.first, span.stop).values.astype(np.int64)
            for which, fit in one.parts:
                mine = np.isin(np.repeat(np.arange(len(rows)), rows.lengths), which)
                fitted[place_of[mine], channel] = fit.one_step(_taken(rows, which))
        return fitted

    def forms(self, channel: int = 0) -> list[str]:
        """The form that was chosen for every series, and its parameters."""
        named = [""] * len(self.required_history)
        for which, fit in self._learned(None)[channel].parts:
            for number, form in zip(which, fit.forms(), strict=True):
                named[number] = form
        return named

    @property
    def description(self) -> str:
        """The method, how it is fitted, and the forms that were chosen."""
        text = f"{self.spec!r}, fitted to each series by itself, season {self.season}"
        return text if self.history is None else f"{text}\n{self.chosen}"

    @property
    def chosen(self) -> str:
        """The form of a single series with its parameters; of several, how many have which form."""
        named = self.forms()
        if len(named) == 1:
            return named[0]
        counts = Counter(form.split(", α")[0] for form in named).most_common()
        told = [f"{form} {count:,}" for form, count in counts[:SHOWN]]
        rest = sum(count for _, count in counts[SHOWN:])
        return ", ".join(told) + (f", others {rest:,}" if rest else "")

    def _learned(self, on_event: Heard | None) -> tuple[ChannelFit, ...]:
        """The fits, made now where a file holds the series alone."""
        if self.learned is not None:
            return self.learned
        return parts_of(self.spec, self.required_history, self.season, on_event)


def parts_of(
    spec: Fits, panel: Panel, season: int, on_event: Heard | None
) -> tuple[ChannelFit, ...]:
    """Fit every channel of every series."""
    return tuple(
        _fitted(spec, panel, channel, season, on_event) for channel in range(panel.channels)
    )


def _fitted(
    spec: Fits, panel: Panel, channel: int, season: int, on_event: Heard | None
) -> ChannelFit:
    whole = Rows(_column(panel, channel), panel.offsets)
    span = seen(whole)
    if not span.number.all():
        raise Refusal(
            f"Series '{panel.ids[np.argmin(span.number)]}' has no observed value. Leave it out."
        )
    rows = whole.cut(span.first, span.stop)
    highest = np.fmax.reduceat(rows.values, rows.offsets[:-1])
    moves = highest > np.fmin.reduceat(rows.values, rows.offsets[:-1])
    enough = span.number >= spec.needs
    which, others = np.flatnonzero(enough & moves), np.flatnonzero(~(enough & moves))
    method = spec.fit_rows(_taken(rows, which), season, on_event) if len(which) else None
    walk = None
    if len(others):  # a long series that never changes knows that of itself
        usual = np.where(enough[others], np.nan, usual_change(whole))
        walk = fit_walk(_taken(rows, others), usual, panel.ids[others])
        if on_event is not None:
            on_event(int(others[-1]))
    return ChannelFit(which, method, others, walk)


def _column(panel: Panel, channel: int) -> Float[np.ndarray, " total"]:
    return np.ascontiguousarray(panel.values[:, channel])


def _taken(rows: Rows, which: Int[np.ndarray, " some"]) -> Rows:
    """Some of the series."""
    return rows if len(which) == len(rows) else rows.take(which)
