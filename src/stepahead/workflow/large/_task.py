"""The course of a job: sort, learn what all series say together, forecast every chunk, finish."""

import csv
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..._check import Refusal, counted
from ..._files import written_whole
from ...data import Frequency
from ...distributed import Engine
from ...forecasting import FEWEST, PerSeries, Predictor
from ...readers.large import files_of, ids_of_series, sort_series, spans_of_series
from ...store import identity, save
from .._fit import fit
from ._calls import forecast_chunk
from ._folder import JobFolder, read_json
from ._plan import ROWS, Borders, Plan, first_series
from ._survey import (
    LOOKED,
    lengths,
    run_pass,
    season_of_all,
    some_series,
    surveyed,
    usual_changes,
)


@dataclass(frozen=True)
class ChunkDone:
    """One more chunk of a stage: `survey` and `changes` read what all series say together,
    `forecast` writes. `done` of `chunks` are there; of the `total` of series `series` were forecast
    by now, and `failed` could not be."""

    stage: str
    done: int
    chunks: int
    series: int = 0
    total: int = 0
    failed: int = 0


@dataclass(frozen=True)
class Task:
    """Everything that decides the bytes of the folder, and who is told how far it is."""

    model: Any
    source: str | Path
    horizon: int
    levels: tuple[float, ...]
    lower: float | None
    season: int | None
    frequency: str | None
    roles: tuple[Any, Any, Any]
    most: int
    learn_from: int
    tell: Callable[[ChunkDone], None]

    @property
    def identity(self) -> str:
        """A digest: another for other data, models and settings."""
        files = [(file, *_fingerprint(file)) for file in files_of(self.source)]
        settings = (self.horizon, self.levels, self.lower, self.season, self.frequency, self.roles)
        model = self.model.without_history() if isinstance(self.model, Predictor) else self.model
        sizes = (self.most, ROWS, self.learn_from)
        return identity(forecast_chunk, model, files, settings, sizes)

    def run(self, job: JobFolder, engine: Engine) -> None:
        """Do what is left to do in the folder, to its manifest."""
        borders = Borders.read(job) or self._sorted(job)
        plan = Plan.read(job) if job.model.exists() else None
        plan = plan or self._planned(job, borders, engine)
        chunks, total = len(borders), borders.first[-1]
        there = [job.part(number).exists() for number in range(chunks)]
        sizes = [
            last - first for first, last in zip(borders.first, borders.first[1:], strict=False)
        ]
        done, series, failed = sum(there), 0, 0
        series = sum(size for size, held in zip(sizes, there, strict=True) if held)

        def one_more(number: int, result: list[int]) -> None:
            nonlocal done, series, failed
            done, series = done + 1, series + sizes[number]
            failed += result[1] if result else 0
            self.tell(ChunkDone("forecast", done, chunks, series, total, failed))

        left = [number for number, held in enumerate(there) if not held]
        lost = run_pass(engine, "forecast_chunk", job, left, one_more)
        if lost:
            raise _of_lost(job, borders, lost)
        self._finish(job, borders, plan)

    def _sorted(self, job: JobFolder) -> Borders:
        """Sort the rows, and cut them into chunks."""
        id_, time, target = self.roles
        found = sort_series(self.source, job.work, id_, time, target)
        steps = spans_of_series(job.work).steps
        borders = Borders(
            first_series(steps, self.most, ROWS), found.dated, found.zone, found.names
        )
        borders.write(job)
        return borders

    def _planned(self, job: JobFolder, borders: Borders, engine: Engine) -> Plan:
        """Learn what all series say together, and write the forecaster of every chunk."""

        def on_pass(stage: str, done: int, chunks: int) -> None:
            self.tell(ChunkDone(stage, done, chunks, total=borders.first[-1]))

        asked = self.frequency
        given = None if asked is None else Frequency.parse(asked, borders.zone)
        frequency, few = surveyed(engine, job, borders, given, on_pass)
        plan = Plan(
            self.horizon,
            frequency.name,
            borders.zone,
            given is None,
            self.levels,
            self.lower,
        )
        plan.write(job)
        steps = lengths(spans_of_series(job.work), frequency, borders.dated)
        season = season_of_all(steps, frequency, self.season)
        model: Any = self.model
        if isinstance(model, PerSeries):
            spec = model.for_panel(some_series(job, borders, plan, steps, LOOKED), season)
            asked_for = few or model.alone_from > FEWEST
            usual = usual_changes(engine, job, borders, on_pass) if asked_for else None
            model = spec.unfitted(self.horizon, season, usual)
        elif not isinstance(model, Predictor):
            some = some_series(job, borders, plan, steps, self.learn_from)
            model = fit(model, some, self.horizon, key=0, season=season)
        save(model.without_history(), job.model)  # last: its file says that all is planned
        return plan

    def _finish(self, job: JobFolder, borders: Borders, plan: Plan) -> None:
        """Write the list of the series that failed, and the manifest."""
        failed: list[list[str]] = []
        for number in range(len(borders)):
            failed += (read_json(job.told("failed", number)) or {"series": []})["series"]
        if failed:
            path = job.path / "failed.csv"
            with written_whole(path) as part, part.open("w", encoding="utf-8", newline="") as file:
                csv.writer(file).writerows([["unique_id", "reason"], *failed])
        job.finish(
            {
                "job": self.identity,
                "format": 1,
                "series": borders.first[-1],
                "failed": len(failed),
                "chunks": len(borders),
                "horizon": self.horizon,
                "model": repr(self.model),
                "frequency": plan.frequency,
            }
        )


def _of_lost(job: JobFolder, borders: Borders, lost: list[tuple[int, str]]) -> Refusal:
    """The refusal of chunks that failed as a whole."""
    number, why = min(lost)
    first, last = borders.first[number], borders.first[number + 1] - 1
    names = ids_of_series(job.work, np.array([first, last]))
    return Refusal(
        f"{counted(len(lost), 'chunk')} of {len(borders):,} failed, the rest is written. Chunk "
        f"{number}, of the series '{names[0]}' to '{names[1]}': {why.rstrip('.')}. The same call "
        "tries again what is not there."
    )


def _fingerprint(file: str) -> tuple[int, int]:
    """Size and time of the last change of a file; of an address nothing is known."""
    if "://" in file:
        return 0, 0
    seen = Path(file).stat()
    return seen.st_size, seen.st_mtime_ns
