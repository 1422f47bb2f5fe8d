"""`stepahead predict`: forecasts with a saved model, for its own series or for others."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from ..._check import Refusal, counted, whole
from ...outputs import write_table
from ..shared import (
    NEW_DATA,
    TABLES,
    Chunks,
    Console,
    EngineName,
    Out,
    Quiet,
    Source,
    check_writable,
    reads_data,
    show_table,
    tell_written,
)
from ._bounds import Bounds, Lower, Upper
from ._covariates import check_holidays, covariate_columns, read_for_model, with_extended_days
from ._levels import Levels, interval_levels


@reads_data(
    *NEW_DATA,
    file=typer.Argument(
        metavar="data",
        help="Other series to forecast; by default the model's own.",
        show_default=False,
    ),
)
def predict(
    *,
    model: Annotated[
        Path, typer.Argument(help="File written by forecast --save.", show_default=False)
    ],
    horizon: Annotated[
        int | None,
        typer.Option("--horizon", "-k", help="Steps ahead; by default as fitted."),
    ] = None,
    out: Out = None,
    levels: Levels = "80,95",
    lower: Lower = None,
    upper: Upper = None,
    source: Source,
    engine: EngineName = None,
    quiet: Quiet = False,
) -> None:
    """Forecast with a saved model, without training.

    Forecasts the series that the model was fitted to, or those of DATA. With --engine a Parquet
    file or folder larger than memory is forecast in chunks, into Parquet files in the folder --out.
    """
    if horizon is not None:
        whole("--horizon", horizon)
    percents, bounds = interval_levels(levels), Bounds(lower, upper)
    console = Console(quiet)
    if engine is not None:
        chunks = Chunks.checked(engine, source, out, {"upper": upper})
        _predict_in_chunks(chunks, model, horizon, percents, lower, console)
        return
    check_writable("--out", out, TABLES)

    from ...forecasting import Predictor
    from ...outputs import cache_compiled
    from ...store import load_as

    forecaster = load_as(Predictor, model, "stepahead forecast --save")
    cache_compiled()
    panel, history, steps = None, forecaster.required_history, horizon or forecaster.horizon
    if source.given:
        reading = read_for_model(source, forecaster, steps, console, own=False)
        panel = reading.panel
        if panel.channels != history.channels:
            raise Refusal(
                f"The model forecasts {counted(history.channels, 'channel')}, but {reading.source} "
                f"gives {panel.channels}. Name as many."
            )
    else:
        forecaster = with_extended_days(forecaster, steps, source.holidays)
    seen = history if panel is None else panel
    from ...outputs import forecast_columns

    columns = forecast_columns(forecaster, percents, horizon=horizon, panel=panel)
    table, moved = bounds.apply(columns, seen)
    if moved:
        console.say(moved)
    if out is not None:
        write_table(table, out)
        console.say(f"Forecast of {len(seen):,} series written to {out}.")
    if out is None or (sys.stdout.isatty() and not quiet):
        show_table(table, f"{counted(steps, 'step')} ahead by {model.name}", exact=True)


def _predict_in_chunks(
    chunks: Chunks,
    model: Path,
    horizon: int | None,
    levels: tuple[float, ...],
    lower: float | None,
    console: Console,
) -> None:
    """Forecast every series of Parquet files with a saved model, and print which series failed."""
    from ...data import HOLIDAY
    from ...forecasting import Predictor
    from ...store import load_as
    from ...workflow import forecast_in_chunks

    forecaster = load_as(Predictor, model, "stepahead forecast --save")
    seen = covariate_columns(forecaster)
    check_holidays(seen, chunks.source.holidays)
    known, past, static = seen.columns
    beside = chunks.covariates | {"past": past, "static": static, "calendar": seen.calendar}
    named = [name for name in known if name != HOLIDAY or beside["holidays"] is None]
    done = chunks.run(
        model.name,
        forecast_in_chunks,
        console,
        model=forecaster,
        horizon=horizon or forecaster.horizon,
        levels=levels if forecaster.levels else (),
        lower=lower,
        **beside | {"known": named},
    )
    tell_written(done, "Forecast", "forecast", console)
