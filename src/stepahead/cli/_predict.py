"""`stepahead predict`: a saved model forecasts its own series, or others; nothing is trained."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from .._check import Refusal, whole
from ._bounds import Bounds
from ._covered import fed, recalled
from ._forecast import Levels, Lower, Out, Quiet, Upper, interval_levels
from ._output import TABLES, show_table, writable, write_table
from ._source import DayFirst, Future, IdColumn, Source, Sql, Targets, TimeColumn, Zone
from ._talk import Talk


def predict(
    model: Annotated[Path, typer.Argument(help="What forecast --save wrote.", show_default=False)],
    data: Annotated[str | None, typer.Argument(help="Other series to forecast; by default the model's own.", show_default=False)] = None,
    horizon: Annotated[int | None, typer.Option("--horizon", "-k", help="Steps ahead; by default what it was fitted for.")] = None,
    out: Out = None,
    levels: Levels = "80,95",
    lower: Lower = None,
    upper: Upper = None,
    sql: Sql = None,
    id_: IdColumn = None,
    time_: TimeColumn = None,
    target: Targets = None,
    zone: Zone = None,
    day_first: DayFirst = None,
    future: Future = None,
    quiet: Quiet = False,
) -> None:
    """Forecast by a saved model: its own series, or those of DATA, which it need not have seen."""
    if horizon is not None:
        whole("--horizon", horizon)
    percents, bounds = interval_levels(levels), Bounds(lower, upper)
    writable("--out", out, TABLES)
    talk = Talk(quiet)

    from ..store import load
    from ._cache import keep_compiled

    forecaster = load(model)
    keep_compiled()
    panel, history, sees = None, forecaster.history, fed(forecaster)
    if data is not None or sql is not None:
        names = target or (list(history.names) if history.channels > 1 or any(sees.columns) else None)
        clock = history.frequency.name, zone or history.frequency.zone, day_first
        reading = Source(data, sql, id_, time_, names, *clock, *sees.columns, future).read(talk)
        talk.say(reading.summary)
        panel = reading.panel
        if panel.channels != history.channels:
            raise Refusal(f"The model forecasts {history.channels} channels, but {reading.source} gives {panel.channels}. Name as many.")
    if panel is not None:
        panel = sees.beside(panel, horizon or forecaster.horizon)
    elif sees.calendar:
        forecaster = recalled(forecaster, horizon or forecaster.horizon)
    table, moved = bounds.put_on(forecaster.forecast(horizon, levels=percents, panel=panel))
    if moved:
        talk.say(moved)
    if out is not None:
        write_table(table, out)
        talk.say(f"Forecast of {len(history if panel is None else panel):,} series written to {out}.")
    if out is None or (sys.stdout.isatty() and not quiet):
        show_table(table, f"{horizon or forecaster.horizon} steps ahead by {model.name}")
