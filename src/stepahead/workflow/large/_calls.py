"""The calls that workers run: a folder and the number of a chunk in, a few numbers out; what is
larger goes to files."""

from collections.abc import Callable
from functools import lru_cache
from typing import TypeVar

import numpy as np

from ..._check import Refusal
from ...classical import Rows, relative_changes
from ...data import Panel, to_frame
from ...forecasting import FEWEST, Predictor, bounded_columns
from ...readers import write_parquet
from ...readers.large import SeriesRows, neighbours_of, read_rows
from ...store import load_as, save_result
from ._folder import JobFolder, write_json
from ._plan import Borders, Plan, folder_of

Found = TypeVar("Found")


def survey_chunk(folder: str, number: int) -> None:
    """Keep the distinct pairs of neighbouring stamps of a chunk, and how many of its series hold
    so few values that the others are asked."""
    job = folder_of(folder)
    borders = _borders(job)
    rows = _rows(job, borders, number)
    seen = np.add.reduceat(~np.isnan(rows.values), rows.offsets[:-1], axis=0, dtype=np.int64)
    short = np.array([(seen.min(axis=1) < FEWEST).sum()])
    pairs = neighbours_of(rows, borders.first[number])
    save_result(job.told("survey", number), "", [*pairs, short], 0.0)


def changes_of_chunk(folder: str, number: int) -> None:
    """Keep the relative change of every series of a chunk, by channel: see
    `classical.usual_change`."""
    job = folder_of(folder)
    borders, plan = _borders(job), _plan(job)
    found, _ = each_part(
        _rows(job, borders, number),
        lambda rows: _changes(rows.panel(borders.names, plan.parsed, inferred=plan.inferred)),
    )
    none = [np.zeros(0)] * len(borders.names)
    joined = [np.concatenate(channel) for channel in zip(none, *found, strict=True)]
    save_result(job.told("changes", number), "", joined, 0.0)


def forecast_chunk(folder: str, number: int) -> list[int]:
    """Write the forecasts of a chunk; the number of its series, and of those that failed."""
    job = folder_of(folder)
    borders, plan, model = _borders(job), _plan(job), _model(job)
    rows = _rows(job, borders, number)

    def forecast(part: SeriesRows) -> dict[str, np.ndarray]:
        panel = part.panel(borders.names, plan.parsed, inferred=plan.inferred)
        done = model.predict(plan.horizon, levels=plan.levels, panel=panel)
        return bounded_columns(panel, done, plan.levels, plan.lower)

    found, failed = each_part(rows, forecast)
    columns = [_no_series(borders, plan), *found]
    joined = {name: np.concatenate([each[name] for each in columns]) for name in columns[-1]}
    if failed:
        write_json(job.told("failed", number), {"series": failed})
    write_parquet(to_frame(joined, "pandas", plan.zone), job.part(number), threads=1)
    return [len(rows), len(failed)]


def each_part(
    rows: SeriesRows, work: Callable[[SeriesRows], Found]
) -> tuple[list[Found], list[tuple[str, str]]]:
    """The results for all series together; where that fails, for each half, down to the series that
    fail by themselves: their ids, and why."""
    try:
        return [work(rows)], []
    except MemoryError:
        raise
    except Refusal as wrong:
        told = str(wrong)
    except Exception as wrong:  # of any kind: one series must not cost the others
        told = f"{type(wrong).__name__}: {wrong}"
    if len(rows) == 1:
        return [], [(str(rows.ids[0]), told)]
    middle = len(rows) // 2
    first, failed = each_part(rows.part(0, middle), work)
    second, more = each_part(rows.part(middle, len(rows)), work)
    return first + second, failed + more


def _no_series(borders: Borders, plan: Plan) -> dict[str, np.ndarray]:
    """The columns of a forecast of no series, so that every part has the same ones."""
    channels = {"channel": np.zeros(0, "U1")} if len(borders.names) > 1 else {}
    ends = (f"{side}-{level:g}" for level in plan.levels for side in ("lo", "hi"))
    return {
        "unique_id": np.zeros(0, "U1"),
        "ds": np.zeros(0, "M8[us]" if borders.dated else np.int64),
        **channels,
        **{name: np.zeros(0) for name in ("forecast", *ends)},
    }


def _changes(panel: Panel) -> list[np.ndarray]:
    """The relative changes of every channel."""
    columns = (np.ascontiguousarray(column) for column in panel.values.T)
    return [relative_changes(Rows(column, panel.offsets)) for column in columns]


def _rows(job: JobFolder, borders: Borders, number: int) -> SeriesRows:
    first, last = borders.first[number : number + 2]
    return read_rows(job.work, first, last, dated=borders.dated)


# A worker asks for these at every chunk, and they never change while the job runs; a folder of that
# name may hold another job later, in the same process.
def _borders(job: JobFolder) -> Borders:
    found = Borders.read(job)
    assert found is not None  # written before any call
    return found


def _plan(job: JobFolder) -> Plan:
    found = Plan.read(job)
    assert found is not None  # written before the calls that need it
    return found


def _model(job: JobFolder) -> Predictor:
    return _loaded(str(job.model), job.model.stat().st_mtime_ns)


@lru_cache(maxsize=1)
def _loaded(path: str, changed: int) -> Predictor:
    """The forecaster, loaded once a process."""
    return load_as(Predictor, path, "a job")
