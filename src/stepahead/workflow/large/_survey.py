"""Statistics of all series, computed before the work: their frequency, season, and usual change,
each reduced in the order of the chunks."""

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
"""The number of series in which longer seasons are looked for."""

OnPass = Callable[[str, int, int], None]
"""Called with the name of a pass, the number of chunks done, and the number of all chunks."""


def run_pass(
    engine: Engine, call: str, job: JobFolder, left: list[int], done: Callable[[int, list], None]
) -> list[tuple[int, str]]:
    """Call a function of `workflow.large` with every chunk that is left; return the chunks that
    failed, with the reasons. A refusal, such as that of a full disk, ends the pass."""
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
    """Return the small results of all chunks in their order; refuse if one is missing."""
    left = [number for number in range(chunks) if not job.result(kind, number).exists()]
    count = chunks - len(left)

    def done(number: int, result: list) -> None:
        nonlocal count
        count += 1
        on_pass(kind, count, chunks)

    failed = run_pass(engine, call, job, left, done)
    if failed:
        number, why = failed[0]
        raise Refusal(f"Chunk {number} could not be read: {why}. The same call tries again.")
    found = (saved_result(job.result(kind, number), "") for number in range(chunks))
    return [each.arrays or () for each in found if each is not None]


def frequency_of_all(
    engine: Engine, job: JobFolder, borders: Borders, given: Frequency | None, on_pass: OnPass
) -> tuple[Frequency, int]:
    """Return the frequency of all series, unless it is `given`, and the number of series with few
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
    """All series as seen by the process that starts a job. `few` is the number of series with so
    few values that statistics of the other series are used; `learn_from` is the size of the sample
    to which models are fitted; a given `season` holds at every origin."""

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
        """The number of steps of every series that is long enough, gaps included; 0 for the
        others."""
        steps = lengths(spans_of_series(self.job.work), self.plan.parsed, self.borders.dated)
        return np.where(steps > max(self.plan.cuts), steps, 0)

    def learned(self, model: Any, horizon: int, origin: int = 0, fitted_at: int = 0) -> Predictor:
        """Return the forecaster that every chunk loads for an origin (by its number). A method for
        single series is returned with the statistics of all series; a fitted forecaster without its
        history; any other model is fitted to the sample as of the origin `fitted_at`."""
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
        """Return the usual change of every channel at an origin, for a method that needs it for
        series with fewer than `alone_from` values; None if every series has that many."""
        short = alone_from and (self.few or max(self.plan.cuts))
        return self.usual_changes[origin] if short or alone_from > FEWEST else None

    def fitted(self, model: Any, horizon: int, key: Key, cut: int = 0) -> Predictor:
        """Return the model fitted to the sample without its last `cut` steps."""
        some, season = self.some(self.learn_from, cut), self.season_before(cut)
        return fit(model, some, horizon, key=key, season=season)

    def season_before(self, cut: int) -> int:
        """Return the season as given, else `data.season_of` of the whole panel without its last
        `cut` steps."""
        steps = self.steps[self.steps > 0] - cut
        return season_of_all(steps, self.plan.parsed, self.season)

    @cached_property
    def usual_changes(self) -> list[tuple[float | None, ...]]:
        """Return the usual change of every channel over all series, at every origin; None if fewer
        than two series have one."""
        chunks, channels = len(self.borders), len(self.borders.names)
        parts = whole_pass(
            self.engine, "changes", "changes_of_chunk", self.job, chunks, self.on_pass
        )
        found = [usual_of(np.concatenate(column)) for column in zip(*parts, strict=True)]
        usual = [None if np.isnan(each) else each for each in found]
        origins = range(0, len(usual), channels)
        return [tuple(usual[first : first + channels]) for first in origins]

    def some(self, most: int, cut: int = 0) -> Panel:
        """Return an evenly spaced sample of the series without their last `cut` steps: see
        `workflow.evenly_chosen`."""
        borders, frequency = self.borders, self.plan.parsed
        steps = np.where(self.steps > 0, self.steps - cut, 0)
        numbers = chosen(steps, frequency, len(borders.names), most)
        rows = read_some(self.job.work, numbers, dated=borders.dated)
        try:
            panel = borders.panel(rows, frequency, self.plan.ahead, inferred=False)
        except Refusal:  # it is reported when its chunk is processed
            rows = read_some(self.job.work, numbers[self._readable(rows)], dated=borders.dated)
            panel = borders.panel(rows, frequency, self.plan.ahead, inferred=False)
        return cut_off(panel, cut)

    def _readable(self, rows: SeriesRows) -> list[int]:
        """The numbers of the series that can be read; refuse if there are none."""
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
    """Return the season as given, else `data.season_of` of series with these numbers of steps."""
    if given is not None:
        return whole("season", given)
    return frequency.season if np.median(steps) >= 2 * frequency.season else 1


def lengths(spans: Spans, frequency: Frequency, dated: bool) -> Int[np.ndarray, " series"]:
    """Return the number of steps of every series, gaps included."""
    first, last = (each.astype("M8[us]") if dated else each for each in spans[1:])
    return frequency.position(first, last) + 1
