"""`backtest_in_chunks`: evaluate models at rolling origins on any number of series."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numpy.typing import ArrayLike

from ..._check import Refusal, options_known, percents, whole
from ..._types import Levels, Prediction
from ...data import Frequency, Panel
from ...distributed import Engine
from ...evaluation import Columns, Fit, Predict, Trust, TrustSums, backtest, scores_by_series
from ...forecasting import PERCENT, PerSeries, with_lower_bound
from ...store import save
from .._from_some import LEARN_FROM
from ._chunk import Chunk, Table, forecaster_at
from ._folder import InParts, JobFolder
from ._forecast import shared_out
from ._job_covariates import JobCovariates
from ._plan import SERIES, Plan
from ._scores import (
    Scores,
    joined,
    no_scores,
    read_table,
    save_trust,
    saved_trust,
    scores_of_chunks,
    written,
)
from ._survey import Survey
from ._task import ChunkDone, Data, FailedSeries, done_in, failed_in
from ._work import Work


@dataclass(frozen=True)
class LargeBacktest(InParts):
    """A folder with the scores of every model by series, in files `part-000000.parquet`,
    `part-000001.parquet`, …, and the scores over all series. `failed` are the series that could not
    be evaluated, as in `failed.csv`."""

    folder: Path
    series: int
    leaderboard: Columns
    by_step: Columns
    trusted: TrustSums
    failed: tuple[FailedSeries, ...] = ()

    def trust_horizon(self, level: float = 0.05) -> dict[str, Trust]:
        """As `Backtest.trust_horizon`: the number of steps ahead up to which each model is
        significantly better than the naive forecasts, over all series and origins."""
        return self.trusted.trust_horizon(level)


@dataclass(frozen=True)
class Judging(Work):
    """The work of evaluating the models at rolling origins."""

    models: tuple[Any, ...]
    horizon: int
    windows: int
    step: int
    refit: int
    levels: tuple[float, ...]
    call = "backtest_chunk"
    name = "backtest"

    @property
    def cuts(self) -> tuple[int, ...]:  # type: ignore[override]  # those of its settings
        """As `Work.cuts`, the oldest origin first."""
        behind = range(self.windows - 1, -1, -1)
        return tuple(number * self.step + self.horizon for number in behind)

    def learn(self, survey: Survey) -> dict[str, Any]:
        """As `Work.learn`: for each model the number of its file at every origin."""
        files: list[list[int]] = []
        for number, model in enumerate(self.models):
            files.append([])
            for origin in range(self.windows):
                fitted_at = origin - origin % self.refit if self.refit else 0
                if origin == fitted_at or isinstance(model, PerSeries):
                    done = survey.learned(model, self.horizon, origin, fitted_at)
                    save(done, survey.job.model(number, origin))
                    files[-1].append(origin)
                else:
                    files[-1].append(fitted_at)
        sizes = {"horizon": self.horizon, "windows": self.windows, "step": self.step}
        names = [repr(model) for model in self.models]
        return {**sizes, "levels": self.levels, "models": names, "files": files}

    def results(self, job: JobFolder, chunks: int, settings: dict[str, Any]) -> dict[str, Any]:
        """As `Work.results`: the scores over all series."""
        plan = Plan.read(job)
        assert plan is not None  # it is planned
        scores = scores_of_chunks(job, chunks, settings, plan.season)
        if scores is None:
            first = failed_in(job)[0]
            raise Refusal(f"No series could be judged. The first, '{first.id}': {first.reason}")
        totals = scores.totals
        tables = {"leaderboard": totals.leaderboard(), "by_step": totals.by_step()}
        for name, table in tables.items():
            job.write_csv(name, table)
        held: dict[str, Any] = {name: written(table) for name, table in tables.items()}
        held["trust"] = save_trust(scores.trust, job.path)
        return {"horizon": self.horizon, "windows": self.windows, "step": self.step, **held}


def backtest_chunk(folder: str, number: int) -> list[int]:
    """Write the scores of a chunk and its sums; return the number of its series and of those that
    failed."""
    chunk = Chunk.of(folder, number)
    held, season = chunk.settings, chunk.plan.season
    levels = tuple(held["levels"])
    sizes = held["horizon"], held["windows"], held["step"]

    def judge(panel: Panel) -> tuple[Table, Scores] | None:
        long = chunk.long_enough(panel)
        if long is None:
            return None
        fits = {
            name: _fit(chunk.job, place, origins, held["horizon"], levels)
            for place, (name, origins) in enumerate(zip(held["models"], held["files"], strict=True))
        }
        report = backtest(fits, long, *sizes, refit=0, season=season)
        return dict(scores_by_series(report, levels)), Scores.of(report, levels)

    found = [each for each in chunk.each(judge) if each is not None]
    sums = joined(scores for _, scores in found)
    tables = [table for table, _ in found]
    return chunk.write(tables, no_scores(levels), *(sums.arrays if sums else ()))


def _fit(
    job: JobFolder, place: int, origins: Sequence[int], horizon: int, levels: tuple[float, ...]
) -> Fit:
    """The fit function of a model that was fitted before, for `evaluation.backtest`: at each origin
    in turn it forecasts with the file of that origin."""

    def fit(history: Panel) -> Predict:
        left = iter(origins)

        def predict(seen: Panel) -> Prediction:
            model = forecaster_at(job.model(place, next(left)))
            wanted = levels if model.levels else ()  # a point head has no intervals
            return with_lower_bound(model.predict(horizon, levels=wanted, panel=seen), seen)

        return predict

    return fit


@options_known()
def backtest_in_chunks(
    models: Sequence[Any],
    source: str | Path,
    horizon: int,
    windows: int,
    folder: str | Path,
    *,
    step: int = 1,
    refit: int = 1,
    engine: Engine | str = "processes",
    id: str | Sequence[str] | None = None,  # noqa: A002 - as the column is called
    time: str | None = None,
    target: str | Sequence[str] | None = None,
    frequency: str | Frequency | None = None,
    season: int | None = None,
    levels: Levels = PERCENT,
    known: str | Sequence[str] | None = None,
    past: str | Sequence[str] | None = None,
    static: str | Sequence[str] | None = None,
    calendar: bool = False,
    holidays: ArrayLike | None = None,
    series: int = SERIES,
    learn_from: int = LEARN_FROM,
    on_event: Callable[[ChunkDone], None] | None = None,
) -> LargeBacktest:
    """Evaluate models at rolling origins on all series of Parquet files, in chunks that fit into
    memory: `workflow.backtest` for any number of series.

    The folder holds a row a series and model with the scores of both (`evaluation.Backtest`), and
    the leaderboard and errors by step of all together, `leaderboard.csv` and `by_step.csv`, which
    are summed in the order of the chunks. The naive forecasts "last value" and "last season" are
    always included. Series shorter than the origins need are named in `failed`.

    `windows` origins lie `step` steps apart. Models are those of `forecast_in_chunks`. A local
    method is fitted at every origin; any other model is fitted to about `learn_from` series as they
    were at every `refit`-th origin (0: the oldest only); a fitted forecaster is used as it is,
    whatever data it was fitted to. For `source`, columns, covariates, `engine` and what happens to
    a call that is repeated see `forecast_in_chunks`.

    >>> import numpy as np, pandas as pd, tempfile, stepahead as sa
    >>> days = pd.date_range("2024-01-01", periods=30)
    >>> table = pd.DataFrame({"unique_id": "a", "ds": days, "y": np.arange(30.0)})
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = f"{folder}/sales.parquet"
    ...     sa.readers.write_parquet(table, path)
    ...     drift = sa.forecasting.Baseline("drift")
    ...     done = sa.workflow.backtest_in_chunks(
    ...         [drift], path, 2, 3, f"{folder}/judged", engine="loop", levels=()
    ...     )
    >>> done.leaderboard["model"].tolist(), done.leaderboard["mae"].round(6).tolist()
    (["Baseline(kind='drift')", 'last value', 'last season'], [0.0, 1.5, 7.0])
    """
    names = [] if isinstance(models, str) else [repr(model) for model in models]
    if len(set(names)) < len(names) or not names:
        raise Refusal("`models` must name one model or more, each once.")
    done = done_in(
        folder,
        Judging(
            tuple(map(shared_out, models)),
            whole("horizon", horizon),
            whole("windows", windows),
            whole("step", step),
            whole("refit", refit, at_least=0),
            percents(levels),
        ),
        Data.of(
            source,
            (id, time, target),
            frequency,
            season,
            series,
            learn_from,
            JobCovariates.of(known, past, static, calendar, holidays),
        ),
        engine,
        on_event,
    )
    held = done.manifest
    board, by_step = (read_table(held[name]) for name in ("leaderboard", "by_step"))
    trusted = saved_trust(done.folder, held["trust"])
    return LargeBacktest(done.folder, held["series"], board, by_step, trusted, done.failed)
