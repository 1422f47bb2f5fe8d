"""`stepahead forecast`: from a file to a forecast."""

import shlex
import sys
import time
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..._check import counted, known_name, whole
from ..shared import (
    AUTO,
    FORMAT,
    MODELS,
    PAGES,
    PICTURES,
    SERIES,
    TABLES,
    Console,
    Out,
    Quiet,
    Season,
    Source,
    check_room,
    check_writable,
    reads_data,
    rounded,
    season_of,
    show_table,
    with_covariates,
    write_table,
)
from ._bounds import Bounds, Lower, Upper
from ._fitting import FitRequest, FittedModel, fit_requested, seconds
from ._levels import Levels, interval_levels
from ._short import long_enough

if TYPE_CHECKING:
    from ...data import Panel


@reads_data(*SERIES, "future", "calendar", "missing", *FORMAT)
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
    out: Out = None,
    fitted_: Annotated[
        Path | None,
        typer.Option("--fitted", help="Write fitted values (one step ahead) and residuals."),
    ] = None,
    save: Annotated[
        Path | None, typer.Option(help="Save the fitted model, for predict and update.")
    ] = None,
    plot: Annotated[
        Path | None, typer.Option(help=f"Plot the forecast: {', '.join(PICTURES)}.")
    ] = None,
    report: Annotated[
        Path | None, typer.Option(help="Write a report of forecast, model and errors: .html.")
    ] = None,
    season: Season = None,
    levels: Levels = "80,95",
    lower: Lower = None,
    upper: Upper = None,
    skip_short: Annotated[
        bool,
        typer.Option("--skip-short", help="Leave out series that are too short for the model."),
    ] = False,
    source: Source,
    seed: Annotated[int, typer.Option(help="Random seed.")] = 0,
    quiet: Quiet = False,
) -> None:
    """Forecast every series of a file."""
    whole("--horizon", horizon)
    percents, bounds, allowed = interval_levels(levels), Bounds(lower, upper), seconds(budget)
    known_name("model", model, (AUTO, *MODELS))
    check_writable("--out", out, TABLES)
    check_writable("--fitted", fitted_, TABLES)
    check_writable("--save", save)
    check_writable("--plot", plot, PICTURES)
    check_writable("--report", report, PAGES)
    console = Console(quiet)
    began = time.monotonic()
    reading = source.read(console)
    console.say(reading.summary)
    steps = season_of(reading.panel, season, console)
    panel, left_out = long_enough(
        with_covariates(reading.panel, horizon, calendar=source.calendar),
        model,
        steps,
        skip=skip_short,
    )
    if left_out:
        console.say(left_out)
    check_room("--save", save, 2 * panel.values.nbytes + panel.times.nbytes)
    check_room("--out", out, 20 * len(panel) * panel.channels * horizon * (3 + 2 * len(percents)))
    check_room("--fitted", fitted_, 80 * panel.values.size)
    done = fit_requested(FitRequest(model, horizon, steps, seed, allowed), panel, console)
    if save is not None:  # before everything else that can fail: training took longest
        _save(done, save, console)
    table, moved = bounds.apply(
        rounded(done.forecaster.forecast(levels=percents, lower=-inf), panel), panel
    )
    if moved:
        console.say(moved)
    if out is not None:
        write_table(table, out)
        console.say(f"Forecast of {len(panel):,} series written to {out}.")
    past = _fitted_values(done, fitted_, report, console)
    if plot is not None:
        _plot(panel, table, done.name, plot, console)
    if report is not None:
        from ._page import write_page

        notes = [text for text in (reading.summary, left_out, moved) if text]
        write_page(report, panel, table, done, past, steps, notes)
        console.say(f"Report written to {report}.")
    if out is None or (sys.stdout.isatty() and not quiet):
        show_table(table, f"{counted(horizon, 'step')} ahead by {done.name}", exact=True)
    console.say(f"Done in {time.monotonic() - began:.1f} s.")


def _save(done: FittedModel, path: Path, console: Console) -> None:
    """Save the model, and say how to forecast by it."""
    from ...store import save

    save(done.forecaster, path)
    again = f"stepahead predict {shlex.quote(str(path))}"
    console.say(f"Model saved to {path}. To forecast by it: {again}")


def _fitted_values(
    done: FittedModel, path: Path | None, report: Path | None, console: Console
) -> Any:
    """The table of fitted values, written to `path` where one is given; None where neither file nor
    report needs it."""
    if path is None and report is None:
        return None
    from ._fitted_values import fitted_table

    table = rounded(fitted_table(done.forecaster), done.forecaster.required_history)
    if path is not None:
        write_table(table, path)
        console.say(f"Fitted values and residuals (fitted − actual) written to {path}.")
    return table


def _plot(panel: "Panel", table: Any, name: str, path: Path, console: Console) -> None:
    """Write the plot of the first series; one of several channels has a panel for each."""
    from ...plots import forecast_plot, save_figure

    curves = len(panel) * panel.channels
    subject = f"{panel.ids[0]}: the" if curves == 1 else "The"
    figure = forecast_plot(
        panel,
        table,
        target=panel.names[0] if panel.channels == 1 else "value",
        title=f"{subject} next {counted(len(table) // max(curves, 1), 'step')} by {name}",
    )
    save_figure(figure, path)
    console.say(f"Plot written to {path}.")
