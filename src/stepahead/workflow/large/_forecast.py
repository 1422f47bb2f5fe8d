"""`forecast_in_chunks`: forecast Parquet files of any size into a folder."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numpy.typing import ArrayLike

from ..._check import options_known, percents, whole
from ..._types import Levels
from ...data import Frequency, Panel
from ...distributed import Engine
from ...forecasting import PERCENT, Combination, Predictor, bounded_columns
from ...store import save
from .._from_some import LEARN_FROM
from ._chunk import Chunk, Table, forecaster_at
from ._folder import InParts, JobFolder
from ._job_covariates import JobCovariates
from ._plan import SERIES
from ._survey import Survey
from ._task import ChunkDone, Data, FailedSeries, done_in
from ._work import Work


@dataclass(frozen=True)
class LargeForecast(InParts):
    """A folder of forecasts, `part-000000.parquet`, `part-000001.parquet`, …, with its number of
    series. `failed` are the series without a forecast, as in `failed.csv`.

    If the model was chosen among several (`Auto()`), `chosen` says what it is, and `trusted_steps`
    is its trust horizon on the sample of series that it was chosen on (None with fewer than 3
    origins)."""

    folder: Path
    series: int
    failed: tuple[FailedSeries, ...] = ()
    chosen: str = ""
    trusted_steps: int | None = None


@dataclass(frozen=True)
class Forecast(Work):
    """The work of forecasting every series by `model`."""

    model: Any
    horizon: int
    levels: tuple[float, ...]
    lower: float | None
    call = "forecast_chunk"
    name = "forecast"

    @property
    def ahead(self) -> int:  # type: ignore[override]  # as far as it forecasts
        """As `Work.ahead`."""
        return self.horizon

    def learn(self, survey: Survey) -> dict[str, Any]:
        """As `Work.learn`."""
        learned = survey.learned(self.model, self.horizon)
        save(learned, survey.job.model())
        settings = {"horizon": self.horizon, "levels": self.levels, "lower": self.lower}
        if not isinstance(learned, Combination):
            return settings
        return settings | {"chosen": learned.chosen, "trusted_steps": learned.trusted_steps}

    def results(self, job: JobFolder, chunks: int, settings: dict[str, Any]) -> dict[str, Any]:
        """As `Work.results`."""
        told = {name: settings[name] for name in ("chosen", "trusted_steps") if name in settings}
        return {"horizon": self.horizon, "model": repr(self.model)} | told


def forecast_chunk(folder: str, number: int) -> list[int]:
    """Write the forecasts of a chunk; return the number of its series and of those that failed."""
    chunk = Chunk.of(folder, number)
    horizon, levels, lower = (chunk.settings[name] for name in ("horizon", "levels", "lower"))
    model = forecaster_at(chunk.job.model())

    def forecast(panel: Panel) -> Table:
        done = model.predict(horizon, levels=tuple(levels), panel=panel)
        return bounded_columns(panel, done, tuple(levels), lower)

    ends = (f"{side}-{level:g}" for level in levels for side in ("lo", "hi"))
    return chunk.write(chunk.each(forecast), chunk.empty("forecast", *ends))


@options_known()
def forecast_in_chunks(
    model: Any,
    source: str | Path,
    horizon: int,
    folder: str | Path,
    *,
    engine: Engine | str = "processes",
    id: str | Sequence[str] | None = None,  # noqa: A002 - as the column is called
    time: str | None = None,
    target: str | Sequence[str] | None = None,
    frequency: str | Frequency | None = None,
    season: int | None = None,
    levels: Levels = PERCENT,
    lower: float | None = None,
    known: str | Sequence[str] | None = None,
    past: str | Sequence[str] | None = None,
    static: str | Sequence[str] | None = None,
    calendar: bool = False,
    holidays: ArrayLike | None = None,
    series: int = SERIES,
    learn_from: int = LEARN_FROM,
    on_event: Callable[[ChunkDone], None] | None = None,
) -> LargeForecast:
    """Forecast all series of Parquet files, in chunks that fit into memory, into a folder of
    Parquet files with the columns of `Predictor.forecast`, in the order of the ids.

    `model` is a local method (`forecasting.Theta()`, `ETS()`, `Pretrained()`), or a fitted
    forecaster, such as a network, which workers get without its history. Any other model that
    `stepahead.fit` takes (`Auto()`, `conformal(…)`, `models.LinearAR(12)`) is fitted once, to a
    sample of about `learn_from` series, and then forecasts all. `source` is a file, a folder, a
    glob or an address that DuckDB reads: one row an observation, whose columns are found by their
    names or named by `id`, `time` and `target`. Rows need no order: they are sorted on the disk,
    below `folder`, and cut into chunks of so many `series`.

    `engine` is `"loop"`, `"processes"`, `"processes:8"`, or an `Engine` of `distributed`. The
    output does not depend on it, on the number of workers or on the order in which they end.
    Forecasts equal those of the whole panel in memory: what depends on all series (frequency,
    season, the usual size of changes) is found in a first pass.

    `known`, `past` and `static` name covariates, as in `read`; the future values of known ones are
    in rows without a target at the end of a series. `calendar` adds hour, weekday and day of the
    year, `holidays` the column of these days (`data.with_calendar`, `data.with_holidays`).

    Values below `lower` are raised to it, by default to 0 for series that were never negative. A
    series that cannot be forecast does not stop the others: `failed` names it. If a call was killed
    or interrupted, the same call continues where it stopped, with the same output. Refused: a
    folder that holds anything else, and a full disk.

    >>> import numpy as np, pandas as pd, tempfile, stepahead as sa
    >>> days = pd.date_range("2024-01-01", periods=30)
    >>> table = pd.concat(
    ...     [
    ...         pd.DataFrame({"unique_id": name, "ds": days, "y": np.arange(30.0) + more})
    ...         for name, more in (("a", 0), ("b", 100))
    ...     ]
    ... )
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = f"{folder}/sales.parquet"
    ...     sa.readers.write_parquet(table, path)
    ...     drift = sa.forecasting.Baseline("drift")
    ...     done = sa.workflow.forecast_in_chunks(
    ...         drift, path, 2, f"{folder}/ahead", engine="loop", levels=()
    ...     )
    ...     print(pd.read_parquet(done.parts[0]))
      unique_id         ds  forecast
    0         a 2024-01-31      30.0
    1         a 2024-02-01      31.0
    2         b 2024-01-31     130.0
    3         b 2024-02-01     131.0
    """
    done = done_in(
        folder,
        Forecast(shared_out(model), whole("horizon", horizon), percents(levels), lower),
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
    told = done.manifest
    return LargeForecast(
        done.folder,
        told["series"],
        done.failed,
        told.get("chosen", ""),
        told.get("trusted_steps"),
    )


def shared_out(model: Any) -> Any:
    """A fitted forecaster without its history, which no chunk needs; any other model unchanged."""
    return model.without_history() if isinstance(model, Predictor) else model
