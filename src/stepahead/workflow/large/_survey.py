"""The outcome of a look at all series, before the work on any: their frequency, season, and usual
change, each reduced in the order of the chunks."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from jaxtyping import Int

from ..._check import Refusal, whole
from ..._types import Key
from ...classical import usual_of
from ...data import Frequency, Panel
from ...distributed import Engine
from ...forecasting import FEWEST, PerSeries, Predictor
from ...readers.large import (
    Neighbours,
    SeriesRows,
    Spans,
    frequency_of,
    ids_of_series,
    read_some,
    spans_of_series,
)
from ...store import saved_result
from .._fit import fit
from .._from_some import chosen
from ._folder import JobFolder
from ._passes import cut_off
from ._plan import Borders, Plan

LOOKED = 20
"""Series in which longer seasons are looked for."""

OnPass = Callable[[str, int, int], None]
"""Called with the name of a pass, and how many of its chunks are done of how many."""


def run_pass(
    engine: Engine, call: str, job: JobFolder, left: list[int], done: Callable[[int, list], None]
) -> list[tuple[int, str]]:
    """Call a function of `workflow.large` with every chunk that is left; chunks that failed, and
    why. A refusal, such as that of a full disk, ends the pass."""
    failed = []
    calls = [(str(job.path), number) for number in left]
    for outcome in engine.map(f"stepahead.workflow.large:{call}", calls):
        if outcome.refused:
            raise Refusal(str(outcome.failure))
        if outcome.failure is not None:
            failed.append((left[outcome.place], outcome.failure))
        done(left[outcome.place], outcome.result or [])
    return failed


def whole_pass(
    engine: Engine, kind: str, call: str, job: JobFolder, chunks: int, on_pass: OnPass
) -> list[tuple[np.ndarray, ...]]:
    """The small results of every chunk, in their order; refused where one is not to be had."""
    left = [number for number in range(chunks) if not job.told(kind, number).exists()]
    count = chunks - len(left)

    def done(number: int, result: list) -> None:
        nonlocal count
        count += 1
        on_pass(kind, count, chunks)

    failed = run_pass(engine, call, job, left, done)
    if failed:
        number, why = failed[0]
        raise Refusal(f"Chunk {number} could not be read: {why}. The same call tries again.")
    found = (saved_result(job.told(kind, number), "") for number in range(chunks))
    return [each.arrays or () for each in found if each is not None]


def frequency_of_all(
    engine: Engine, job: JobFolder, borders: Borders, given: Frequency | None, on_pass: OnPass
) -> tuple[Frequency, int]:
    """The frequency of all series, unless it is `given`, and the number of those that hold few
    values."""
    parts = whole_pass(engine, "survey", "survey_chunk", job, len(borders), on_pass)
    few = int(sum(part[3][0] for part in parts))
    if given is not None:
        return given, few
    pairs = Neighbours.joined([Neighbours(*part[:3]) for part in parts])
    frequency = frequency_of(
        pairs,
        dated=borders.dated,
        zone=borders.zone,
        names=lambda numbers: ids_of_series(job.work, numbers),
    )
    return frequency, few


@dataclass(frozen=True)
class Survey:
    """All series as the process sees them that starts a job: `few` of them hold so few values that
    the others are asked, and `learn_from` are those to which a model is fitted that learns from
    many; a `season` that is given holds at every origin."""

    job: JobFolder
    borders: Borders
    plan: Plan
    engine: Engine
    on_pass: OnPass
    few: int
    learn_from: int
    season: int | None

    @cached_property
    def steps(self) -> Int[np.ndarray, " series"]:
        """Steps of every series that is long enough, those without a row included; of others 0."""
        steps = lengths(spans_of_series(self.job.work), self.plan.parsed, self.borders.dated)
        return np.where(steps > max(self.plan.cuts), steps, 0)

    def learned(self, model: Any, horizon: int, origin: int = 0, fitted_at: int = 0) -> Predictor:
        """The forecaster that every chunk loads for an origin (by its number): a method of each
        series by itself as it is, with what all say; a forecaster without its history; anything
        else fitted to some of the series, as they were at the origin `fitted_at`."""
        cut = self.plan.cuts[fitted_at]
        season = self.season_before(cut)
        if isinstance(model, PerSeries):
            looked = self.some(LOOKED, cut)
            spec = model.for_panel(looked, season)
            spec = spec.taught(lambda: self.some(self.learn_from, cut), horizon, 0, season)
            usual = self.asked(model.alone_from, origin)
            return spec.unfitted(horizon, season, usual, spec.columns_of(looked))
        if not isinstance(model, Predictor):
            model = self.fitted(model, horizon, 0, cut)
        model = model.without_history()
        usual = self.asked(model.alone_from, origin)
        return model if usual is None else model.with_usual(usual)

    def asked(self, alone_from: float, origin: int) -> tuple[float | None, ...] | None:
        """The usual change of every channel at an origin, which a method asks whose series say it
        by themselves from so many values on; None where each of all does."""
        short = alone_from and (self.few or max(self.plan.cuts))
        return self.usual_changes[origin] if short or alone_from > FEWEST else None

    def fitted(self, model: Any, horizon: int, key: Key, cut: int = 0) -> Predictor:
        """The model fitted to some of the series without their last steps."""
        some, season = self.some(self.learn_from, cut), self.season_before(cut)
        return fit(model, some, horizon, key=key, season=season)

    def season_before(self, cut: int) -> int:
        """The season as given, else as `data.season_of` says of the whole panel without its last
        steps."""
        steps = self.steps[self.steps > 0] - cut
        return season_of_all(steps, self.plan.parsed, self.season)

    @cached_property
    def usual_changes(self) -> list[tuple[float | None, ...]]:
        """The usual change of every channel among all series, at every origin; None where fewer
        than two show it."""
        chunks, channels = len(self.borders), len(self.borders.names)
        parts = whole_pass(
            self.engine, "changes", "changes_of_chunk", self.job, chunks, self.on_pass
        )
        found = [usual_of(np.concatenate(column)) for column in zip(*parts, strict=True)]
        usual = [None if np.isnan(each) else each for each in found]
        origins = range(0, len(usual), channels)
        return [tuple(usual[first : first + channels]) for first in origins]

    def some(self, most: int, cut: int = 0) -> Panel:
        """Series without their last steps, evenly chosen: see `workflow.evenly_chosen`."""
        borders, frequency = self.borders, self.plan.parsed
        steps = np.where(self.steps > 0, self.steps - cut, 0)
        numbers = chosen(steps, frequency, len(borders.names), most)
        rows = read_some(self.job.work, numbers, dated=borders.dated)
        try:
            panel = borders.panel(rows, frequency, self.plan.ahead, inferred=False)
        except Refusal:  # a series that cannot be read is named when its turn comes
            rows = read_some(self.job.work, numbers[self._readable(rows)], dated=borders.dated)
            panel = borders.panel(rows, frequency, self.plan.ahead, inferred=False)
        return cut_off(panel, cut)

    def _readable(self, rows: SeriesRows) -> list[int]:
        """The numbers of the series that can be read; refuse where none can."""
        found, frequency, why = list[int](), self.plan.parsed, ""
        for number in range(len(rows)):
            part = rows.part(number, number + 1)
            try:
                self.borders.panel(part, frequency, self.plan.ahead, inferred=False)
            except Refusal as wrong:
                why = why or f" The first, '{rows.ids[number]}': {wrong}"
            else:
                found.append(number)
        if not found:
            raise Refusal(
                "None of the series by which seasons are found, or from which a model learns, can "
                f"be read. Check stamps and values, or name `frequency`.{why}"
            )
        return found


def season_of_all(
    steps: Int[np.ndarray, " series"], frequency: Frequency, given: int | None
) -> int:
    """The season as given, else as `data.season_of` says of series of so many steps."""
    if given is not None:
        return whole("season", given)
    return frequency.season if np.median(steps) >= 2 * frequency.season else 1


def lengths(spans: Spans, frequency: Frequency, dated: bool) -> Int[np.ndarray, " series"]:
    """Steps of every series, those without a row included."""
    first, last = (each.astype("M8[us]") if dated else each for each in spans[1:])
    return frequency.position(first, last) + 1
