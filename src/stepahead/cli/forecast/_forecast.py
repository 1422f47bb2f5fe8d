"""`stepahead forecast`: from a file to what comes next."""

import shlex
import sys
import time
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..._check import Refusal, counted, known_name, whole
from ..shared import (
    AUTO,
    BESIDE,
    CELLS,
    CLOCK,
    COLUMNS,
    LOCAL,
    MODELS,
    PAGES,
    PICTURES,
    TABLES,
    Console,
    Out,
    Quiet,
    Source,
    reads,
    roomy,
    rounded,
    show_table,
    writable,
    write_table,
)
from ._bounds import Bounds
from ._budget import seconds
from ._covered import covered
from ._fitting import Fitted, Order, fitted
from ._short import long_enough

if TYPE_CHECKING:
    from ...data import Panel

REFITTED = 20_000
"""Values up to which methods that fit each series by itself do so once more, for the residuals of a
report."""

Lower = Annotated[
    float | None,
    typer.Option(
        help=(
            "Nothing is forecast below this, intervals included; unless told, below 0 of a series"
            " that never was."
        )
    ),
]
Upper = Annotated[
    float | None, typer.Option(help="Nothing is forecast above this, intervals included.")
]
Levels = Annotated[str, typer.Option(help="Intervals, in percent.")]


@reads(*COLUMNS, *BESIDE, "future", "calendar", "missing", *CLOCK, *CELLS)
def forecast(
    *,
    horizon: Annotated[
        int, typer.Option("--horizon", "-k", help="Steps ahead.", show_default=False)
    ],
    model: Annotated[
        str,
        typer.Option(
            help=f"{AUTO} compares models inside the data; or one of {', '.join(MODELS)}."
        ),
    ] = AUTO,
    budget: Annotated[
        str, typer.Option(help="How long auto may take, its last fit included: 30s, 2m.")
    ] = "60s",
    out: Out = None,
    fitted_: Annotated[
        Path | None,
        typer.Option(
            "--fitted", help="Write one-step-ahead values of the history, and their errors."
        ),
    ] = None,
    save: Annotated[
        Path | None, typer.Option(help="Write the fitted model here, for predict and update.")
    ] = None,
    plot: Annotated[
        Path | None, typer.Option(help=f"Write a picture here: {', '.join(PICTURES)}.")
    ] = None,
    report: Annotated[
        Path | None, typer.Option(help="Write a page that tells all here: .html.")
    ] = None,
    season: Annotated[
        int | None, typer.Option(help="Steps in a season; by default what the frequency suggests.")
    ] = None,
    levels: Levels = "80,95",
    lower: Lower = None,
    upper: Upper = None,
    skip_short: Annotated[
        bool,
        typer.Option("--skip-short", help="Leave out series that are too short for the model."),
    ] = False,
    source: Source,
    seed: Annotated[int, typer.Option(help="The same seed, the same forecast.")] = 0,
    quiet: Quiet = False,
) -> None:
    """Forecast every series of a file and print the table."""
    whole("--horizon", horizon)
    percents, bounds, allowed = interval_levels(levels), Bounds(lower, upper), seconds(budget)
    known_name("model", model, (AUTO, *MODELS))
    for option, path, endings in (
        ("--out", out, TABLES),
        ("--fitted", fitted_, TABLES),
        ("--save", save, ()),
        ("--plot", plot, PICTURES),
        ("--report", report, PAGES),
    ):
        writable(option, path, endings)
    console = Console(quiet)
    began = time.monotonic()
    reading = source.read(console)
    console.say(reading.summary)
    steps = season_of(reading.panel, season, console)
    panel, left_out = long_enough(
        covered(reading.panel, horizon, calendar=source.calendar), model, steps, skip=skip_short
    )
    if left_out:
        console.say(left_out)
    roomy("--save", save, 2 * panel.values.nbytes + panel.times.nbytes)
    roomy("--out", out, 20 * len(panel) * panel.channels * horizon * (3 + 2 * len(percents)))
    roomy("--fitted", fitted_, 80 * panel.values.size)
    done = fitted(Order(model, horizon, steps, seed, allowed), panel, console)
    if save is not None:  # first what took longest
        from ...store import save as store

        store(done.forecaster, save)
        console.say(
            f"Model written to {save}. It forecasts by: stepahead predict {shlex.quote(str(save))}"
        )
    table, moved = bounds.put_on(
        rounded(done.forecaster.forecast(levels=percents, lower=-inf), panel), panel
    )
    if moved:
        console.say(moved)
    if out is not None:
        write_table(table, out)
        console.say(f"Forecast of {len(panel):,} series written to {out}.")
    shown = report is not None and (done.name not in LOCAL or panel.values.size <= REFITTED)
    past = _past(done, fitted_, console) if fitted_ is not None or shown else None
    if plot is not None:
        from ...plots import save_figure
        from ._picture import forecast_figure

        save_figure(forecast_figure(panel, table, done.name), plot)
        console.say(f"Picture written to {plot}.")
    if report is not None:
        from ._page import write_page

        said = [text for text in (reading.summary, left_out, moved) if text]
        write_page(report, panel, table, done, past, steps, said)
        console.say(f"Report written to {report}.")
    if out is None or (sys.stdout.isatty() and not quiet):
        show_table(table, f"{counted(horizon, 'step')} ahead by {done.name}", exact=True)
    console.say(f"Done in {time.monotonic() - began:.1f} s.")


def _past(done: Fitted, path: Path | None, console: Console) -> object:
    """The fitted values as a frame, written to `path` where one is given."""
    from ._past import past

    table = rounded(past(done.forecaster), done.forecaster.remembered)
    if path is not None:
        write_table(table, path)
        console.say(f"Fitted values and their errors (fitted − seen) written to {path}.")
    return table


def interval_levels(text: str) -> tuple[float, ...]:
    """The levels of `--levels`, in percent; empty text means no intervals.

    >>> interval_levels("80, 95"), interval_levels("")
    ((80, 95), ())
    >>> interval_levels("0.95")
    Traceback (most recent call last):
    ...
    stepahead._check.Refusal: `--levels` are percents from 1 to below 100, separated by commas, but
    '0.95' is not. Give 80,95.
    """
    levels: list[float] = []
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        try:
            level = float(part)
        except ValueError:
            level = 0.0
        if not 1 <= level < 100:
            raise Refusal(
                f"`--levels` are percents from 1 to below 100, separated by commas, but '{part}' "
                "is not. Give 80,95."
            )
        levels.append(int(level) if level == int(level) else level)
    return tuple(dict.fromkeys(levels))


def season_of(panel: "Panel", told: int | None, console: Console) -> int:
    """The season length: as told, else of the frequency; 1, and said so, where the median series is
    shorter than two of those."""
    if told is not None:
        return whole("--season", told)
    from ...data import season_of as usual

    season, used = panel.frequency.season, usual(panel)
    if used < season:
        console.say(
            f"The series are shorter than two seasons of {counted(season, 'step')}, so no season "
            "is used. --season overrules this."
        )
    return used
