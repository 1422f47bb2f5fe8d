"""`ForecastService`: a fitted forecaster, which forecasts its own series and others."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np

from ..._check import Refusal, whole
from ..._types import Prediction
from ...data import Covariates, Frequency, Panel, with_known_ahead
from ...forecasting import Predictor, ValueRange, within_range
from ._service import Forecasted, ForecastOptions, NewValues, Service

KEPT = 8
"""The number of forecasts of its own series that are kept; others are computed when requested."""

USUAL = (0.025, 0.1, 0.5, 0.9, 0.975)
"""Probabilities of the forecast that is computed in advance."""

SHORT, LONG, SEASONS = 4, 48, 3
"""The length of a series that is too short for most methods; of one that is long enough; and the
number of seasons in the latter."""


class ForecastService(Service):
    """A forecaster as a service.

    Its own series are forecast once for each horizon and each set of quantiles, and then looked up.
    Other series of several requests are forecast in one call if their forecasts are the same as in
    separate calls: either for all series or, if local methods estimate from other series how much a
    short one changes, for those with `fewest` observed values. Compiled programs for `sizes` of
    series are only needed by networks.
    """

    def __init__(self, forecaster: Predictor, sizes: Sequence[int]) -> None:
        self.forecaster = forecaster
        self.sizes = sizes if holds_network(forecaster) else ()
        self.fewest: int | None = None
        self.trusted_steps = forecaster.trusted_steps
        self._kept: dict[ForecastOptions, Prediction] = {}
        history = forecaster.history
        own = ("forecast", "update") if history is not None else ("forecast",)
        self.verbs = (*own, "score")
        self._places: dict[str, int] = {}
        self._stamps = np.zeros((0, 0), np.int64)
        if history is not None:
            self._places = {str(name): place for place, name in enumerate(history.ids)}
            self._stamps = history.future(forecaster.horizon)

    def described(self) -> dict[str, Any]:
        """Horizon, channels, frequency, the number of its own series, its trust horizon."""
        return self._description

    @cached_property
    def _description(self) -> dict[str, Any]:
        """The value of `described`, cached: a summary of thousands of fitted series takes time."""
        history = self.forecaster.history
        return {
            "model": self.forecaster.description.partition("\n")[0],
            "horizon": self.forecaster.horizon,
            "channels": self.channels(),
            "frequency": None if history is None else history.frequency.name,
            "series": 0 if history is None else len(history),
            "trusted_steps": self.forecaster.trusted_steps,
        }

    def warmed(self) -> None:
        """Forecast its own series, and find out whether requests can be batched."""
        usual = self.options(None, USUAL)
        if self.forecaster.history is not None:
            self._own(usual)
            self._own(self.options(None, ()))
        if self.forecaster.covariates is None:
            self._find_company(usual)
        if self.fewest is not None:
            for size in self.sizes:
                panel = self._typical().take(np.zeros(size, np.int64))
                self._forecast(panel, usual)

    def joins(self, panel: Panel) -> bool:
        """As `Service.joins`: True if every series has enough observed values."""
        if not self.fewest:
            return self.fewest is not None
        observed = np.isfinite(panel.values).all(axis=1)
        return bool((np.add.reduceat(observed, panel.offsets[:-1]) >= self.fewest).all())

    def options(self, horizon: int | None, probabilities: tuple[float, ...]) -> ForecastOptions:
        """As `Service.options`."""
        steps = self.forecaster.horizon if horizon is None else whole("horizon", horizon)
        return ForecastOptions(steps, probabilities)

    def channels(self) -> int:
        """As `Service.channels`; 1 if there is no history."""
        return 1 if self.forecaster.history is None else self.forecaster.history.channels

    def frequency(self) -> Frequency | None:
        """As `Service.frequency`."""
        return None if self.forecaster.history is None else self.forecaster.history.frequency

    def own_series(self, names: Sequence[str], options: ForecastOptions) -> Forecasted:
        """As `Service.own_series`."""
        return self._named(names, options, self._own(options))

    def own_otherwise(
        self, name: str, known: Mapping[str, np.ndarray], options: ForecastOptions
    ) -> Forecasted:
        """As `Service.own_otherwise`."""
        which = np.array([self._place(name)])
        history = with_known_ahead(self.forecaster.required_history, int(which[0]), known)
        done = self.forecaster.with_history(history).predict(
            options.horizon, quantiles=options.probabilities
        )
        stamps = history.future(options.horizon)[which]
        return Forecasted([name], stamps, _rows(checked(done, history), which))

    def kept_series(self, names: Sequence[str], options: ForecastOptions) -> Forecasted | None:
        """As `Service.kept_series`."""
        done = self._kept.get(options)
        return None if done is None else self._named(names, options, done)

    def _named(
        self, names: Sequence[str], options: ForecastOptions, done: Prediction
    ) -> Forecasted:
        """The forecast of these of its own series; of all if no names are given."""
        stamps = self._stamps[:, : options.horizon]
        if stamps.shape[1] < options.horizon:
            stamps = self.forecaster.required_history.future(options.horizon)
        if not names:
            return Forecasted(list(self._places), stamps, done)
        which = np.array([self._place(name) for name in names])
        return Forecasted(list(names), stamps[which], _rows(done, which))

    def _place(self, name: str) -> int:
        """The index of one of its own series."""
        if name not in self._places:
            raise Refusal(
                f"The model was not fitted to a series '{name}'. Give its values as `series`, or "
                "the name of a series that it was fitted to."
            )
        return self._places[name]

    def forecasts(self, panels: Sequence[Panel], options: ForecastOptions) -> list[Forecasted]:
        """As `Service.forecasts`."""
        if len(panels) == 1:
            return [self._forecast(panels[0], options)]
        whole = self._forecast(filled(joined(panels), self.sizes), options)
        ends = np.cumsum([len(panel) for panel in panels])
        return [
            Forecasted(
                whole.ids[end - len(panel) : end],
                whole.stamps[end - len(panel) : end],
                _rows(whole.done, np.arange(end - len(panel), end)),
            )
            for panel, end in zip(panels, ends, strict=True)
        ]

    def updated(self, new: Sequence[NewValues]) -> "ForecastService":
        """As `Service.updated`: in memory; the file does not change."""
        history = self.forecaster.required_history
        places, stamps = self._places, history.future(1)[:, 0]
        panels = []
        for name, values, start in new:
            place = places.get(name)
            follows: Any = history.times[-1] if place is None else stamps[place]
            panels.append(
                Panel.from_arrays(
                    [values],
                    [name if place is None else history.ids[place]],
                    follows if start is None else start,
                    history.frequency,
                    history.names,
                )
            )
        other = ForecastService(self.forecaster.update(joined(panels)), self.sizes)
        other.fewest = self.fewest
        return other

    def series_scores(self, panels: Sequence[Panel]) -> list[dict[str, Any]]:
        """As `Service.series_scores`: for each series its total, and the number of values in it."""
        found = []
        for panel in panels:
            score = self.forecaster.score(panel)
            found.append(
                {
                    "scores": [
                        {
                            "name": str(name),
                            "log_likelihood": _number(total),
                            "values": int(number),
                        }
                        for name, total, number in zip(
                            panel.ids, score.total, score.counted, strict=True
                        )
                    ]
                }
            )
        return found

    def _own(self, options: ForecastOptions) -> Prediction:
        """The forecast of all its own series."""
        if options not in self._kept:
            done = self.forecaster.predict(options.horizon, quantiles=options.probabilities)
            if len(self._kept) >= KEPT:
                self._kept.pop(next(iter(self._kept)))  # the oldest
            self._kept[options] = checked(done, self.forecaster.required_history)
        return self._kept[options]

    def _forecast(self, panel: Panel, options: ForecastOptions) -> Forecasted:
        done = self.forecaster.predict(
            options.horizon, quantiles=options.probabilities, panel=panel
        )
        ids = [str(name) for name in panel.ids]
        return Forecasted(ids, panel.future(options.horizon), checked(done, panel))

    def _typical(self) -> Panel:
        """A panel with one series of typical length, for trial requests."""
        history = self.forecaster.history
        if history is None:
            return self._trial(0, np.arange(48))
        return history.take(np.array([int(history.lengths.argmax())]))

    def _trial(self, number: int, steps: np.ndarray) -> Panel:
        """A trial series: a wave that differs for each number."""
        wave = 10 + np.sin(steps[:, None] / (2.0 - number % 2) + np.arange(self.channels()))
        return Panel.from_arrays([wave], [f"try-{number}"], frequency=self._numbered())

    def _numbered(self) -> Frequency:
        own = self.frequency()
        return Frequency.integer(season=1 if own is None else own.season)

    def _find_company(self, options: ForecastOptions) -> None:
        """Find out for which series a batched forecast equals a separate one."""
        if self._same_in_company(options, (LONG, LONG, SHORT)):
            self.fewest = 0
        elif not self.sizes:  # each series is forecast separately, without compiled programs
            long = max(LONG, SEASONS * self._numbered().season)
            if self._same_in_company(options, (long, long)):
                self.fewest = long

    def _same_in_company(self, options: ForecastOptions, lengths: Sequence[int]) -> bool:
        """Compare batched and separate forecasts of waves with these lengths, one of them fast."""
        panels = [self._trial(number, np.arange(steps)) for number, steps in enumerate(lengths)]
        alone = []
        for panel in panels:
            try:
                alone.append((panel, self._forecast(panel, options).done))
            except Refusal:  # too short for this model, so requests cannot have it either
                continue
        if len(alone) < 2:
            return False
        company = self._forecast(joined([panel for panel, _ in alone]), options).done
        return all(
            np.allclose(company.mean[place], done.mean[0], rtol=1e-4, atol=1e-6)
            and np.allclose(company.quantiles[place], done.quantiles[0], rtol=1e-4, atol=1e-6)
            for place, (_, done) in enumerate(alone)
        )


def holds_network(forecaster: Predictor) -> bool:
    """True if a forecaster contains a network, which compiles a program for each number of
    series."""
    found = False

    def seen(network: Any) -> Any:
        nonlocal found
        found = True
        return network

    with suppress(Refusal):  # of a kind that never contains one
        forecaster.each(seen)
    return found


def joined(panels: Sequence[Panel]) -> Panel:
    """One panel of the series of several, which have the same frequency, channels and covariates.

    >>> joined([Panel.from_arrays([[1.0]], ["a"]), Panel.from_arrays([[2.0, 3.0]], ["a"])]).ids
    array(['a', 'a'], dtype=object)
    """
    first = panels[0]
    if len(panels) == 1:
        return first
    lengths = np.concatenate([panel.lengths for panel in panels])
    return Panel(
        np.concatenate([panel.values for panel in panels]),
        np.concatenate([[0], np.cumsum(lengths)]),
        np.concatenate([panel.ids for panel in panels]),
        np.concatenate([panel.times for panel in panels]),
        first.frequency,
        first.names,
        covariates=_joined_covariates([panel.covariates for panel in panels]),
    )


def _joined_covariates(held: Sequence[Covariates | None]) -> Covariates | None:
    """The covariates of several panels with the same columns."""
    there = [each for each in held if each is not None]
    if not there:
        return None
    first = there[0]
    if len(there) < len(held) or any(_names(each) != _names(first) for each in there):
        raise Refusal(
            "The `inputs` of one request bring the same columns in `known`, `past` and `static`, "
            "in one order. Correct them, or send separate requests."
        )
    reaches = np.concatenate([each.reaches() for each in there])
    return replace(
        first,
        static=np.concatenate([each.static for each in there]),
        past=np.concatenate([each.past for each in there]),
        known=np.concatenate([each.known for each in there]),
        offsets=np.concatenate([[0], np.cumsum(reaches)]),
    )


def _names(held: Covariates) -> tuple[tuple[str, ...], ...]:
    return held.known_names, held.past_names, held.static_names


def filled(panel: Panel, sizes: Sequence[int]) -> Panel:
    """The panel with its last series repeated, up to a number of series for which programs are
    compiled.

    >>> [len(filled(Panel.from_arrays(np.ones((number, 1))), (1, 8, 32))) for number in (1, 2, 40)]
    [1, 8, 40]
    """
    size = next((size for size in sizes if size >= len(panel)), len(panel))
    return panel.take(np.minimum(np.arange(size), len(panel) - 1))


def checked(done: Prediction, panel: Panel) -> Prediction:
    """The prediction without negative values for series that never had any, with whole interval
    ends for counts. A prediction that is not finite is an error."""
    if not (np.isfinite(done.mean).all() and np.isfinite(done.quantiles).all()):
        raise Refusal(
            "The forecast is not finite: this model cannot follow numbers of such a size. Give the "
            "series in another unit."
        )
    return within_range(done, ValueRange.of(panel))


def _rows(done: Prediction, which: np.ndarray) -> Prediction:
    quantiles = done.quantiles[which] if done.probabilities else done.quantiles
    return done._replace(mean=done.mean[which], quantiles=quantiles)


def _number(value: float) -> float | None:
    """The number for JSON; None if it is not finite."""
    return float(value) if np.isfinite(value) else None
