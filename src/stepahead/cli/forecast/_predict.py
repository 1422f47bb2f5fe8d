"""`stepahead predict`: a saved model forecasts its own series, or others; nothing is trained."""

import sys
from math import inf
from pathlib import Path
from typing import Annotated

import typer

from ..._check import Refusal, counted, whole
from ..shared import (
    LATER,
    TABLES,
    Console,
    Out,
    Quiet,
    Source,
    reads,
    rounded,
    show_table,
    writable,
    write_table,
)
from ._bounds import Bounds
from ._covered import fed, observed, recalled
from ._forecast import Levels, Lower, Upper, interval_levels


@reads(
    *LATER,
    file=typer.Argument(
        metavar="data",
        help="Other series to forecast; by default the model's own.",
        show_default=False,
    ),
)
def predict(
    *,
    model: Annotated[Path, typer.Argument(help="What forecast --save wrote.", show_default=False)],
    horizon: Annotated[
        int | None,
        typer.Option("--horizon", "-k", help="Steps ahead; by default what it was fitted for."),
    ] = None,
    out: Out = None,
    levels: Levels = "80,95",
    lower: Lower = None,
    upper: Upper = None,
    source: Source,
    quiet: Quiet = False,
) -> None:
    """Forecast by a saved model: its own series, or those of DATA, which it need not have seen."""
    if horizon is not None:
        whole("--horizon", horizon)
    percents, bounds = interval_levels(levels), Bounds(lower, upper)
    writable("--out", out, TABLES)
    console = Console(quiet)

    from ...store import load_forecaster
    from ..shared import keep_compiled

    forecaster = load_forecaster(model)
    keep_compiled()
    panel, history, steps = None, forecaster.remembered, horizon or forecaster.horizon
    if source.given:
        reading = observed(source, forecaster, steps, console, own=False)
        panel = reading.panel
        if panel.channels != history.channels:
            raise Refusal(
                f"The model forecasts {counted(history.channels, 'channel')}, but {reading.source} "
                f"gives {panel.channels}. Name as many."
            )
    elif fed(forecaster).calendar:
        forecaster = recalled(forecaster, steps)
    seen = history if panel is None else panel
    table, moved = bounds.put_on(
        rounded(forecaster.forecast(horizon, levels=percents, panel=panel, lower=-inf), seen), seen
    )
    if moved:
        console.say(moved)
    if out is not None:
        write_table(table, out)
        console.say(f"Forecast of {len(seen):,} series written to {out}.")
    if out is None or (sys.stdout.isatty() and not quiet):
        show_table(table, f"{counted(steps, 'step')} ahead by {model.name}", exact=True)
