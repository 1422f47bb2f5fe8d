"""`impute_in_chunks`: fill the gaps of any number of series."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from ..._check import Refusal, options_known, whole
from ...data import Frequency, Panel
from ...distributed import Engine
from ...imputation import FittedImputer, fill_gaps
from ...store import saved_result
from .._from_some import LEARN_FROM
from .._impute import best_imputer, imputation_scores, impute_methods
from ._chunk import Chunk, Table
from ._folder import InParts, JobFolder
from ._imputer import METHODS, BySeries, is_network, network_at, save_network
from ._job_covariates import NOTHING, JobCovariates
from ._plan import SERIES
from ._survey import Survey
from ._task import ChunkDone, Data, FailedSeries, done_in
from ._work import Work

if TYPE_CHECKING:
    from ...tasks import ImputationMethod


@dataclass(frozen=True)
class LargeImputation(InParts):
    """A folder of filled series, `part-000000.parquet`, `part-000001.parquet`, …, with the method's
    name, and how many of all `values` were `imputed`. `failed` are the series that could not be
    filled, as in `failed.csv`."""

    folder: Path
    series: int
    name: str
    imputed: int
    values: int
    failed: tuple[FailedSeries, ...] = ()


@dataclass(frozen=True)
class Filling(Work):
    """The work of filling gaps by `method`, or by the best of all methods."""

    method: Any
    key: int
    call = "impute_chunk"
    name = "impute"

    def learn(self, survey: Survey) -> dict[str, Any]:
        """As `Work.learn`: without a given method, select the one with the smallest error on a
        sample of the series; train a network on that sample."""
        method = self.method
        if method is None:
            panel = survey.some(survey.learn_from)
            held = impute_methods(survey.plan.season)
            known = survey.borders.beside != NOTHING  # without covariates no network is compared
            some = {
                name: each for name, each in held.items() if known or isinstance(each, BySeries)
            }
            method = some[best_imputer(imputation_scores(panel, some, key=self.key))]
        if isinstance(method, BySeries):
            return {"name": repr(method), "kind": type(method).__name__, "fields": asdict(method)}
        save_network(method, survey, self.key)
        return {"name": repr(method)}

    def results(self, job: JobFolder, chunks: int, settings: dict[str, Any]) -> dict[str, Any]:
        """As `Work.results`: the method, and the numbers of values."""
        found = (saved_result(job.result("sums", number), "") for number in range(chunks))
        sums = [each.arrays[0] for each in found if each is not None and each.arrays]
        imputed, values = np.sum(sums, axis=0).tolist()
        return {"method": settings["name"], "imputed": imputed, "values": values}


def impute_chunk(folder: str, number: int) -> list[int]:
    """Write the filled series of a chunk; return their number and that of those that failed."""
    chunk = Chunk.of(folder, number)
    method = _method(chunk)

    def fill(panel: Panel) -> Table:
        seen = np.logical_or.reduceat(panel.observed, panel.offsets[:-1])
        if not seen.all():  # in memory the other series give its scale; here they are not all there
            series, channel = np.argwhere(~seen)[0]
            raise Refusal(
                f"'{panel.names[channel]}' has no value in series '{panel.ids[series]}', so "
                "there is nothing to fill it by. Leave it out."
            )
        return fill_gaps(panel, method).columns()

    tables = chunk.each(fill)
    filled = [table["imputed"] for table in tables]
    sums = np.array([sum(int(each.sum()) for each in filled), sum(map(len, filled))])
    empty = {**chunk.empty("y"), "imputed": np.zeros(0, bool)}
    return chunk.write(tables, empty, sums)


def _method(chunk: Chunk) -> FittedImputer:
    held = chunk.settings
    return METHODS[held["kind"]](**held["fields"]) if "kind" in held else network_at(chunk.job)


@options_known()
def impute_in_chunks(
    source: str | Path,
    folder: str | Path,
    method: "ImputationMethod | None" = None,
    *,
    key: int = 0,
    engine: Engine | str = "processes",
    id: str | Sequence[str] | None = None,  # noqa: A002 - as the column is called
    time: str | None = None,
    target: str | Sequence[str] | None = None,
    frequency: str | Frequency | None = None,
    season: int | None = None,
    known: str | Sequence[str] | None = None,
    past: str | Sequence[str] | None = None,
    static: str | Sequence[str] | None = None,
    calendar: bool = False,
    holidays: ArrayLike | None = None,
    series: int = SERIES,
    learn_from: int = LEARN_FROM,
    on_event: Callable[[ChunkDone], None] | None = None,
) -> LargeImputation:
    """Fill the gaps of all series of Parquet files, in chunks that fit into memory:
    `workflow.impute` for any number of series, into Parquet files with the columns of
    `imputation.Imputed`.

    `method` fills every series separately: `imputation.Linear()`, `Seasonal(season)` or
    `Kalman(season)`; or it is a network, `models.Bidirectional(width)`, which is trained on a
    sample of about `learn_from` series, with weights drawn by `key`, and reads covariates. Without
    one, the first three are compared on the sample, with covariates all four. For `source`,
    columns, covariates, `engine`, series that fail and repeated calls see `forecast_in_chunks`.

    >>> import pandas as pd, tempfile, stepahead as sa
    >>> days = pd.date_range("2024-01-01", periods=4)
    >>> table = pd.DataFrame({"unique_id": "a", "ds": days, "y": [1.0, 2.0, np.nan, 4.0]})
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = f"{folder}/sales.parquet"
    ...     sa.readers.write_parquet(table, path)
    ...     linear = sa.imputation.Linear()
    ...     done = sa.workflow.impute_in_chunks(path, f"{folder}/filled", linear, engine="loop")
    ...     print(pd.read_parquet(done.parts[0]))
      unique_id         ds    y  imputed
    0         a 2024-01-01  1.0    False
    1         a 2024-01-02  2.0    False
    2         a 2024-01-03  3.0     True
    3         a 2024-01-04  4.0    False
    >>> done.imputed, done.values
    (1, 4)
    """
    if not (method is None or isinstance(method, BySeries) or is_network(method)):
        raise Refusal(
            f"In chunks gaps are not filled by {method!r}. Give Linear(), Seasonal(season) or "
            "Kalman(season) of `imputation`, or Bidirectional() of `models`, or none."
        )
    data = Data.of(
        source,
        (id, time, target),
        frequency,
        season,
        series,
        learn_from,
        JobCovariates.of(known, past, static, calendar, holidays),
    )
    work = Filling(method, whole("key", key, at_least=0))
    done = done_in(folder, work, data, engine, on_event)
    held = done.manifest
    sizes = held["imputed"], held["values"]
    return LargeImputation(done.folder, held["series"], held["method"], *sizes, done.failed)
