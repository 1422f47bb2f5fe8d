"""`stepahead decompose`: trend, season and remainder of series, and steps that stand out."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from ..._check import Refusal, known_name
from ...outputs import components_rounded, write_table
from ..shared import (
    FORMAT,
    PICTURES,
    SERIES,
    TABLES,
    Console,
    Out,
    Quiet,
    Season,
    Source,
    check_writable,
    known_beforehand,
    reads_data,
    season_of,
    show_table,
    specification,
    structural,
    with_covariates,
)

PARTED = ("structural", "ets", "theta", "mstl", "harmonic", "tbats")
"""The models that decompose series."""

FAR = 3.0
"""A step stands out from this many standard deviations on."""

BY_CHANCE = 0.0027
"""The share of steps beyond `FAR` standard deviations if errors are Gaussian."""

MOST_SAID = 8


@reads_data(*SERIES, *FORMAT)
def decompose(
    *,
    season: Season = None,
    model: Annotated[
        str, typer.Option(help=f"The model that decomposes: {', '.join(PARTED)}.")
    ] = PARTED[0],
    logs: Annotated[
        bool,
        typer.Option(
            help="Decompose the logarithms of series whose values are all above 0, so that "
            "components multiply and the season grows with the level."
        ),
    ] = True,
    level: Annotated[float, typer.Option(help="Level of the intervals, in percent.")] = 95,
    out: Out = None,
    plot: Annotated[
        Path | None,
        typer.Option(help=f"Plot the first series: {', '.join(PICTURES)}."),
    ] = None,
    source: Source,
    quiet: Quiet = False,
) -> None:
    """Decompose series into trend, season and remainder.

    A structural model also finds outliers and level shifts. It decomposes the logarithms of series
    whose values are all above 0, so that components multiply, unless --no-logs is given. ETS,
    Theta, MSTL, harmonic and TBATS return one-step predictions of their components (MSTL: smoothed
    ones), with intervals as far as these are uncertain."""
    check_writable("--out", out, TABLES)
    check_writable("--plot", plot, PICTURES)
    known_name("model that decomposes", model, PARTED)
    if not 0 < level < 100:
        raise Refusal(f"`--level` is in percent, between 0 and 100, but it is {level:g}. Give 95.")
    console = Console(quiet)
    reading = source.read(console)
    console.say(reading.summary)
    from ...workflow import fit

    panel = with_covariates(reading.panel, 0, calendar=False)
    steps = season_of(panel, season, console)
    with console.waiting("taking the series apart"):
        if model != PARTED[0]:
            done: Any = fit(specification(model, steps, 0), panel, 1, key=0, season=steps)
            table, factors = done.components(levels=level), done.factors()
            told = [f"{model}: {done.chosen}.", *multiplied(factors)]
        else:
            spec = structural(steps, known=known_beforehand(panel), logs=logs, damped=False)
            done = fit(spec, panel, 1, key=0)
            table = done.components(levels=level)
            factors = done.logs.reshape(panel.channels, -1).T
            told = [said(done, steps), *standing_out(done.disturbances())]
    rounded = components_rounded(table, panel, factors)
    for line in told:
        console.say(line)
    if out is not None:
        write_table(rounded, out)
        console.say(f"Written to {out}.")
    if plot is not None:
        from ...plots import components_plot, save_figure

        ids = [str(panel.ids[0])]
        save_figure(components_plot(table, ids=ids, target=panel.names[0]), plot)
        console.say(f"Drawn to {plot}.")
    if (out is None and plot is None) or (sys.stdout.isatty() and not quiet):
        show_table(rounded, "Components")


def multiplied(factors: Any) -> list[str]:
    """A sentence on the number of series whose components are multiplied; empty if they are added
    in all."""
    bent, count = int(factors.sum()), factors.size
    which = "all" if bent == count else f"{bent:,} of {count:,}"
    return [f"The components of {which} multiply."] if bent else []


def said(done: Any, season: int) -> str:
    """A sentence on the components of the series."""
    parts, bent, count = ", ".join(done.model.labels), int(done.logs.sum()), len(done.logs)
    which = "all" if bent == count else f"{bent:,} of {count:,}"
    how = f"; {which} taken as logs, so their components multiply (--no-logs: they add)"
    return (
        f"Components: {parts}, rest; season {season}{how if bent else ''}. "
        f"{done.learning.stopped.capitalize()}."
    )


def standing_out(shocks: Any) -> list[str]:
    """Sentences on the steps that differ from the model by more than `FAR` standard deviations."""
    import numpy as np

    from ...data import format_stamp

    told = []
    words = {"outlier": "outliers", "level": "the level moved"}
    for column, what in words.items():
        if column not in shocks:
            continue
        size = shocks[column].to_numpy()
        far = np.flatnonzero(np.abs(size) > FAR)
        far = far[np.argsort(-np.abs(size[far]), kind="stable")]
        names, stamps = shocks["unique_id"].to_numpy(), shocks["ds"].to_numpy()
        places = [
            f"{names[row]} at {format_stamp(stamps[row])} ({size[row]:+.1f})"
            for row in far[:MOST_SAID]
        ]
        more = f", and {len(far) - MOST_SAID:,} more" if len(far) > MOST_SAID else ""
        if places:
            told.append(f"{what.capitalize()}, in standard deviations: {', '.join(places)}{more}.")
    if told:
        chance = BY_CHANCE * np.isfinite(shocks["outlier"].to_numpy()).sum()
        told.append(f"Beyond {FAR:g}, where chance alone leads to expect {chance:.1f} of each.")
    return told
