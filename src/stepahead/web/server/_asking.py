"""`Asking`: from a request to the model and back; requests of the same kind are batched."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Hashable, Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np

from ..._check import Refusal, percents, probabilities
from ...data import Panel
from ..shell import Log
from ._batches import Batches
from ._body import Fields
from ._forecast_service import joined
from ._limits import Limits
from ._metrics import Metrics
from ._models import Models, Served
from ._series import SeriesInput, read_inputs
from ._service import Forecasted, ForecastOptions, NewValues, Service

WATCHED = 1.0
"""Seconds between two checks of the model files."""


class Asking:
    """The models with their queues, the limits of a request, and the counts."""

    def __init__(self, models: Models, limits: Limits, metrics: Metrics) -> None:
        self.models, self.limits, self.metrics = models, limits, metrics
        self.batches = {
            name: Batches(each, limits.waiting, metrics.batches.add)
            for name, each in models.items()
        }

    def model(self, fields: Fields, verb: str) -> Served:
        """The model that a request names, or the only one that supports this verb."""
        return self.models.named(fields.text("model", "") or None, verb)

    async def each(
        self, served: Served, verb: Callable[..., list[Any]], texts: Sequence[str], *options: Any
    ) -> list[Any]:
        """The answers of a verb for several texts, batched with other requests that have the same
        options."""
        self.limits.within("texts", len(texts))
        self.limits.within("characters", sum(map(len, texts)))
        return await self.batches[served.name].ask(
            (served.service, verb.__name__, options), partial(_flat, verb, options), list(texts)
        )

    async def alone(self, served: Served, work: Callable[[], Any]) -> Any:
        """The result of work that cannot be batched."""
        return await self.batches[served.name].alone(work)

    def forecast_options(
        self, fields: Fields, service: Service, series: int
    ) -> tuple[ForecastOptions, tuple[float, ...]]:
        """The options of a forecast, and its interval levels. Too large an answer is an error."""
        horizon = fields.whole("horizon") if fields.has("horizon") else None
        levels = percents(fields.numbers("levels", ()))
        wanted = probabilities(levels, fields.numbers("quantiles", ()))
        self.limits.within("quantiles", len(wanted))
        options = service.options(horizon, wanted)
        self.limits.within("horizon", options.horizon)
        answers = series * options.horizon * (1 + len(wanted))
        most = 10 * self.limits.values
        if answers > most:
            raise Refusal(
                f"The answer would hold {answers:,} numbers, and at most {most:,} are given at "
                "once. Ask for fewer series, steps or quantiles."
            )
        return options, levels

    async def forecasts(
        self, served: Served, inputs: Sequence[SeriesInput], options: ForecastOptions
    ) -> list[tuple[Forecasted, int]]:
        """The forecast of each input, as a forecast and an index into it. Series of one frequency
        are forecast together; those of the model itself are looked up."""
        groups: dict[Hashable, list[int]] = {}
        for place, each in enumerate(inputs):
            each.checked(options.horizon)
            changed = each.values is None and each.columns is not None
            groups.setdefault((each.frequency, place if changed else None), []).append(place)
        answers = await asyncio.gather(
            *(
                self._group(served, [inputs[place] for place in places], options)
                for places in groups.values()
            )
        )
        found: dict[int, tuple[Forecasted, int]] = {}
        for places, answer in zip(groups.values(), answers, strict=True):
            found |= {place: (answer, row) for row, place in enumerate(places)}
        return [found[place] for place in range(len(inputs))]

    async def _group(
        self, served: Served, inputs: Sequence[SeriesInput], options: ForecastOptions
    ) -> Forecasted:
        first = inputs[0]
        if first.values is None and first.columns is not None:
            otherwise = partial(
                served.service.own_otherwise, first.name, first.columns.known, options
            )
            return await self.alone(served, otherwise)
        if first.values is None:
            return await self.own(served, [each.name for each in inputs], options)
        return await self.panel(served, joined([each.panel for each in inputs]), options)

    async def panel(self, served: Served, panel: Panel, options: ForecastOptions) -> Forecasted:
        """The forecast of the series of a panel, batched with other requests."""
        service = served.service
        if not service.joins(panel):
            (found,) = await self.alone(served, partial(service.forecasts, [panel], options))
            return found
        key = (service, "forecasts", options, panel.frequency, panel.names)
        return await self.batches[served.name].ask(
            key, partial(service.forecasts, options=options), panel
        )

    async def own(
        self, served: Served, names: Sequence[str], options: ForecastOptions
    ) -> Forecasted:
        """The forecast of the model's own series."""
        service = served.service
        kept = service.kept_series(names, options)
        if kept is not None:
            return kept

        def looked_up(questions: Sequence[Sequence[str]]) -> list[Forecasted]:
            return [service.own_series(each, options) for each in questions]

        return await self.batches[served.name].ask((service, "own", options), looked_up, names)

    def inputs(self, fields: Fields, service: Service) -> list[SeriesInput]:
        """The series of a request."""
        return read_inputs(fields.objects("inputs"), service, self.limits)

    async def update(self, served: Served, inputs: Sequence[SeriesInput]) -> None:
        """Append new observations to the model's own series, in memory, and use the updated model
        from then on."""
        new = [
            NewValues(each.name, each.values, each.start)
            for each in inputs
            if each.values is not None
        ]
        if not new or len(new) < len(inputs):
            raise Refusal(
                "`inputs` must hold the new values of at least one series. Give `series`."
            )

        def replaced() -> None:
            served.service = served.service.updated(new)  # in one thread, one after the other
            served.version += 1

        await asyncio.get_running_loop().run_in_executor(served.worker, replaced)

    async def streamed(self, served: Served, tokens: Iterator[Any]) -> AsyncIterator[Any]:
        """The items of an iterator, each computed in a thread between other requests."""
        end = object()
        while (item := await self.alone(served, partial(next, tokens, end))) is not end:
            yield item

    async def watch(self, log: Log) -> None:
        """Reload each file that changes, until cancelled. If a file cannot be loaded, the old model
        stays."""
        while True:
            await asyncio.sleep(WATCHED)
            for served in self.models.values():
                if served.changed():
                    await self.reload(served, log)

    async def reload(self, served: Served, log: Log) -> None:
        """Reload the file of a model."""
        began = time.perf_counter()
        outcome = "loaded"
        try:
            await asyncio.get_running_loop().run_in_executor(served.worker, served.load)
        # With any error in the file, the old model stays.
        except Exception as error:
            outcome = "refused" if isinstance(error, Refusal) else "failed"
        self.metrics.loads[served.name, outcome] += 1
        took = round(1000 * (time.perf_counter() - began), 1)
        log({"event": "reload", "model": served.name, "outcome": outcome, "ms": took})


def _flat(
    verb: Callable[..., list[Any]], options: Sequence[Any], questions: Sequence[list[str]]
) -> list[list[Any]]:
    """The answers of a verb for several lists of texts, in one call."""
    answers = verb([text for texts in questions for text in texts], *options)
    ends = np.cumsum([len(texts) for texts in questions])
    return [answers[end - len(texts) : end] for texts, end in zip(questions, ends, strict=True)]
