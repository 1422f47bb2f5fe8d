"""The stages of a job: sort the rows, compute statistics of all series, work on every chunk,
finish."""

import csv
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from ..._check import Refusal, counted, whole
from ..._files import written_whole
from ...data import Frequency
from ...distributed import NAMES, Engine, engine_named
from ...readers.large import files_of, ids_of_series, sort_series, spans_of_series
from ...store import identity
from ._folder import JobFolder, read_json
from ._job_covariates import NOTHING, JobCovariates
from ._plan import ROWS, Borders, Plan, first_series, folder_of
from ._survey import Survey, frequency_of_all, lengths, run_pass, season_of_all
from ._work import Work


@dataclass(frozen=True)
class ChunkDone:
    """Event: one more chunk of a stage is done. The stages `survey` and `changes` compute
    statistics of all series; `forecast`, `backtest` and `impute` write results; a chunk of the
    stage `fit` is one update, of `search` one task.

    `done` of `chunks` chunks are finished. Of the `total` of series, `series` are done and `failed`
    could not be.
    """

    stage: str
    done: int
    chunks: int
    series: int = 0
    total: int = 0
    failed: int = 0


@dataclass(frozen=True)
class FailedSeries:
    """A series without a result, and the reason."""

    id: str
    reason: str


@dataclass(frozen=True)
class Data:
    """The source of a job, its columns by their roles, and how it is divided into chunks."""

    source: str | Path
    roles: tuple[Any, Any, Any]
    frequency: str | None
    season: int | None
    most: int
    learn_from: int
    beside: JobCovariates = NOTHING

    @classmethod
    def of(
        cls,
        source: str | Path,
        roles: tuple[Any, Any, Any],
        frequency: str | Frequency | None,
        season: int | None,
        series: int,
        learn_from: int,
        beside: JobCovariates = NOTHING,
    ) -> "Data":
        """Return these settings, checked."""
        if not isinstance(source, str | Path):
            raise Refusal(
                f"`source` must be the path of Parquet files, but it is a {type(source).__name__}. "
                "In memory `fit` and `backtest` take it (`sa.read`)."
            )
        return cls(
            source,
            roles,
            None if frequency is None else Frequency.parse(frequency).name,
            None if season is None else whole("season", season),
            whole("series", series),
            whole("learn_from", learn_from),
            beside,
        )


@dataclass(frozen=True)
class Done:
    """A finished job: its folder, the manifest, and the series that failed."""

    folder: Path
    manifest: dict[str, Any]
    failed: tuple[FailedSeries, ...]


def done_in(
    folder: str | Path,
    work: Work,
    data: Data,
    engine: Engine | str,
    on_event: Callable[[ChunkDone], None] | None,
) -> Done:
    """Do the work on the data in that folder, or what is left of it."""
    task, job = Task(work, data, on_event or (lambda event: None)), folder_of(folder)
    _refuse_inside(job.path, data.source)
    if not isinstance(engine, Engine | str):
        raise Refusal(
            f"`engine` must be a name, or an `Engine`, but it is {engine!r}. There are: {NAMES}."
        )
    job.begin(task.identity)
    if job.manifest is None:
        given = nullcontext(engine) if isinstance(engine, Engine) else engine_named(engine)
        with given as workers:
            task.run(job, workers)
    job.clear()
    assert job.manifest is not None  # it is done
    return Done(job.path, job.manifest, failed_in(job))


@dataclass(frozen=True)
class Task:
    """All settings that determine the bytes of the folder, and the callback for progress."""

    work: Work
    data: Data
    tell: Callable[[ChunkDone], None]

    @property
    def identity(self) -> str:
        """A digest that differs if data, models or settings differ."""
        files = [(file, *_fingerprint(file)) for file in files_of(self.data.source)]
        return identity(self.work, files, replace(self.data, source=""), ROWS)

    def run(self, job: JobFolder, engine: Engine) -> None:
        """Do what is left to do in the folder, up to the manifest."""
        borders = Borders.read(job) or self._sorted(job)
        plan = Plan.read(job)
        if plan is None or plan.settings is None:
            plan = self._planned(job, borders, engine)
        if self.work.call is not None:
            self._work_on(job, borders, engine, self.work.call)
        self._finish(job, borders, plan)

    def _work_on(self, job: JobFolder, borders: Borders, engine: Engine, call: str) -> None:
        """Work on every chunk that has no part yet."""
        chunks, total = len(borders), borders.first[-1]
        there = [job.part(number).exists() for number in range(chunks)]
        sizes = np.diff(borders.first).tolist()
        done, failed = sum(there), 0
        series = sum(size for size, held in zip(sizes, there, strict=True) if held)

        def one_more(number: int, result: list[int]) -> None:
            nonlocal done, series, failed
            done, series = done + 1, series + sizes[number]
            failed += result[1] if result else 0
            self.tell(ChunkDone(self.work.name, done, chunks, series, total, failed))

        left = [number for number, held in enumerate(there) if not held]
        lost = run_pass(engine, call, job, left, one_more)
        if lost:
            raise _of_lost(job, borders, lost)

    def _sorted(self, job: JobFolder) -> Borders:
        """Sort the rows, and divide them into chunks."""
        id_, time, target = self.data.roles
        beside = self.data.beside
        found = sort_series(
            self.data.source, job.work, id_, time, target, covariates=beside.columns
        )
        steps = spans_of_series(job.work).steps
        borders = Borders(
            first_series(steps, self.data.most, ROWS),
            found.dated,
            found.zone,
            found.names,
            beside,
        )
        borders.write(job)
        return borders

    def _planned(self, job: JobFolder, borders: Borders, engine: Engine) -> Plan:
        """Compute the statistics of all series, and write the forecasters for the chunks."""

        def on_pass(stage: str, done: int, chunks: int) -> None:
            self.tell(ChunkDone(stage, done, chunks, total=borders.first[-1]))

        asked = self.data.frequency
        given = None if asked is None else Frequency.parse(asked, borders.zone)
        frequency, few = frequency_of_all(engine, job, borders, given, on_pass)
        steps, cuts = lengths(spans_of_series(job.work), frequency, borders.dated), self.work.cuts
        long = steps[steps > max(cuts)]
        if not len(long):
            raise Refusal(
                f"No series has the {counted(max(cuts) + 1, 'step')} that these origins need. Ask "
                "for fewer windows or a shorter horizon."
            )
        season = season_of_all(long, frequency, self.data.season)
        ahead = self.work.ahead
        plan = Plan(frequency.name, borders.zone, given is None, season, cuts, ahead)
        plan.write(job)
        survey = Survey(
            job, borders, plan, engine, on_pass, few, self.data.learn_from, self.data.season
        )
        plan = replace(plan, settings=self.work.learn(survey))
        plan.write(job)  # last: its settings say that all is planned
        return plan

    def _finish(self, job: JobFolder, borders: Borders, plan: Plan) -> None:
        """Write the list of failed series, and the manifest."""
        failed: list[list[str]] = []
        for number in range(len(borders)):
            failed += (read_json(job.result("failed", number)) or {"series": []})["series"]
        if failed:
            path = job.path / "failed.csv"
            with written_whole(path) as part, part.open("w", encoding="utf-8", newline="") as file:
                csv.writer(file).writerows([["unique_id", "reason"], *failed])
        assert plan.settings is not None  # it is planned
        job.finish(
            {
                "job": self.identity,
                "format": 1,
                "series": borders.first[-1],
                "failed": len(failed),
                "chunks": len(borders),
                "frequency": plan.frequency,
                **self.work.results(job, len(borders), plan.settings),
            }
        )


def _refuse_inside(folder: Path, source: str | Path) -> None:
    """Refuse a folder inside the one of the data: its parts would be read as data."""
    if "://" in str(source) or "://" in str(folder):
        return
    inner, outer = folder.expanduser().resolve(), Path(source).expanduser().resolve()
    if outer.is_dir() and outer in inner.parents:
        raise Refusal(
            f"'{folder}' lies inside the folder of the data, so that its parts would be read as "
            "data. Name one elsewhere."
        )


def failed_in(job: JobFolder) -> tuple[FailedSeries, ...]:
    """Return the failed series, as listed in the folder."""
    path = job.path / "failed.csv"
    if not path.exists():
        return ()
    with path.open(newline="", encoding="utf-8") as file:
        return tuple(FailedSeries(*row) for row in list(csv.reader(file))[1:])


def _of_lost(job: JobFolder, borders: Borders, lost: list[tuple[int, str]]) -> Refusal:
    """The refusal if chunks failed as a whole."""
    number, why = min(lost)
    first, last = borders.first[number], borders.first[number + 1] - 1
    names = ids_of_series(job.work, np.array([first, last]))
    return Refusal(
        f"{counted(len(lost), 'chunk')} of {len(borders):,} failed, the rest is written. Chunk "
        f"{number}, of the series '{names[0]}' to '{names[1]}': {why.rstrip('.')}. The same call "
        "tries again what is not there."
    )


def _fingerprint(file: str) -> tuple[int, int]:
    """The size and the time of the last change of a file; zeros for an address."""
    if "://" in file:
        return 0, 0
    seen = Path(file).stat()
    return seen.st_size, seen.st_mtime_ns
