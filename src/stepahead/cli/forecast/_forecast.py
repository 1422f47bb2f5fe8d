"""`stepahead forecast`: forecasts of the series in a file."""

import sys
import time
from typing import TYPE_CHECKING, Annotated

import typer

from ..._check import counted, known_name, whole
from ..shared import (
    AUTO,
    FORMAT,
    INTERRUPTED,
    LOCAL,
    MODELS,
    SERIES,
    Chunks,
    Console,
    EngineName,
    Quiet,
    Season,
    Source,
    grouped,
    known_in_chunks,
    reads_data,
    season_of,
    seconds,
    show_table,
    specification,
    tell_written,
    with_covariates,
)
from ._bounds import Bounds, Lower, Upper
from ._fitting import FitRequest, fit_requested
from ._levels import Levels, interval_levels
from ._outputs import Outputs
from ._short import long_enough

if TYPE_CHECKING:
    pass


@grouped("outputs", Outputs)
@reads_data(*SERIES, "future", "calendar", "holidays", *FORMAT)
def forecast(
    *,
    horizon: Annotated[
        int, typer.Option("--horizon", "-k", help="Steps ahead.", show_default=False)
    ],
    model: Annotated[
        str,
        typer.Option(help=f"{AUTO} compares models by backtesting; or one of {', '.join(MODELS)}."),
    ] = AUTO,
    budget: Annotated[
        str, typer.Option(help=f"Time limit of {AUTO}, its last fit included: 30s, 2m.")
    ] = "60s",
    outputs: Outputs,
    season: Season = None,
    levels: Levels = "80,95",
    lower: Lower = None,
    upper: Upper = None,
    skip_short: Annotated[
        bool,
        typer.Option("--skip-short", help="Leave out series that are too short for the model."),
    ] = False,
    source: Source,
    engine: EngineName = None,
    seed: Annotated[int, typer.Option(help="Random seed.")] = 0,
    quiet: Quiet = False,
) -> None:
    """Forecast every series of a file.

    Ctrl-C ends the comparison of models: the forecast of those compared so far is written, and the
    exit code is 130. The same command then continues where it stopped.

    With --engine a Parquet file or folder larger than memory is forecast in chunks by several
    processes, into Parquet files in the folder --out.
    """
    whole("--horizon", horizon)
    percents, bounds, allowed = interval_levels(levels), Bounds(lower, upper), seconds(budget)
    known_name("model", model, (AUTO, *MODELS))
    console = Console(quiet)
    if engine is not None:
        files = ("fitted_", "save", "half_precision", "plot", "report")
        unused = {name: vars(outputs)[name] for name in files}
        unused |= {"skip_short": skip_short, "upper": upper}
        chunks = Chunks.checked(engine, source, outputs.out, unused)
        _forecast_in_chunks(chunks, model, horizon, season, percents, lower, console)
        return
    outputs.check()
    began = time.monotonic()
    reading = source.read(console)
    console.say(reading.summary)
    steps = season_of(reading.panel, season, console)
    extended = with_covariates(
        reading.panel, horizon, calendar=source.calendar, holidays=source.holidays
    )
    panel, left_out = long_enough(extended, model, steps, skip=skip_short)
    if left_out:
        console.say(left_out)
    outputs.check_room(panel, horizon, len(percents))
    done = fit_requested(FitRequest(model, horizon, steps, seed, allowed), panel, console)
    outputs.save_model(done, console)  # first, as training took longest and later steps can fail
    console.say(f"Information in the forecast: {done.predictability}")
    from ...outputs import forecast_columns

    table, moved = bounds.apply(forecast_columns(done.forecaster, percents), panel)
    if moved:
        console.say(moved)
    notes = [text for text in (reading.summary, left_out, moved) if text]
    outputs.write(panel, table, done, steps, notes, console)
    if outputs.out is None or (sys.stdout.isatty() and not quiet):
        show_table(table, f"{counted(horizon, 'step')} ahead by {done.name}", exact=True)
    console.say(f"Done in {time.monotonic() - began:.1f} s.")
    if done.choice is not None and done.choice.interrupted:
        raise typer.Exit(INTERRUPTED)


def _forecast_in_chunks(
    chunks: Chunks,
    model: str,
    horizon: int,
    season: int | None,
    levels: tuple[float, ...],
    lower: float | None,
    console: Console,
) -> None:
    """Forecast every series of Parquet files with an engine, and print which series failed."""
    known_in_chunks("model", model, (AUTO, *LOCAL))
    from ...workflow import Auto, forecast_in_chunks

    done = chunks.run(
        model,
        forecast_in_chunks,
        console,
        model=Auto() if model == AUTO else specification(model, season or 1, 0),
        horizon=horizon,
        frequency=chunks.source.frequency,
        season=season,
        levels=levels,
        lower=lower,
        **chunks.covariates,
    )
    if done.chosen:
        console.say(f"The forecast is {done.chosen}, chosen on a sample of the series.")
    if done.trusted_steps is not None:
        beats = (
            f"beats the naive forecasts up to {done.trusted_steps} of"
            f" {counted(horizon, 'step')} ahead (p < 0.05)"
            if done.trusted_steps
            else "is not known to beat the naive forecasts, even one step ahead"
        )
        console.say(f"How far to trust it? On that sample the choice {beats}.")
    tell_written(done, "Forecast", "forecast", console)
