"""`stepahead forecast`: from a file to what comes next."""

import sys
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Annotated

import typer

from .._check import Refusal, known_name, whole
from ._names import DEFAULT, MODELS, specification
from ._output import PICTURES, TABLES, show_table, writable, write_table
from ._talk import Talk

if TYPE_CHECKING:
    from ..data import Panel


def forecast(
    file: Annotated[str, typer.Argument(help="The data: CSV, TSV, JSON lines, Parquet; one or many series.", show_default=False)],
    horizon: Annotated[int, typer.Option("--horizon", "-k", help="Steps ahead.", show_default=False)],
    model: Annotated[str, typer.Option(help=f"One of {', '.join(MODELS)}.")] = DEFAULT,
    out: Annotated[Path | None, typer.Option(help=f"Write the table here: {', '.join(TABLES)}.")] = None,
    plot: Annotated[Path | None, typer.Option(help=f"Write a picture here: {', '.join(PICTURES)}.")] = None,
    season: Annotated[int | None, typer.Option(help="Steps in a season; by default what the frequency suggests.")] = None,
    levels: Annotated[str, typer.Option(help="Intervals, in percent.")] = "80,95",
    id_: Annotated[str | None, typer.Option("--id", help="Column that names the series.")] = None,
    time_: Annotated[str | None, typer.Option("--time", help="Column of the time stamps.")] = None,
    target: Annotated[list[str] | None, typer.Option(help="Column of the values; give it again for several channels.")] = None,
    seed: Annotated[int, typer.Option(help="The same seed, the same forecast.")] = 0,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing but the result.")] = False,
) -> None:
    """Forecast every series of a file and print the table."""
    whole("--horizon", horizon)
    percents = interval_levels(levels)
    writable("--out", out, TABLES)
    writable("--plot", plot, PICTURES)
    known_name("model", model, MODELS)
    talk = Talk(quiet)
    began = time.monotonic()

    from ..readers import understand

    reading = understand(file, id=id_, time=time_, target=target)
    talk.say(reading.summary)
    panel = reading.panel
    steps = season_of(panel, season, talk)

    import jax

    from ..workflow import fit
    from ._cache import keep_compiled

    keep_compiled()
    spec = specification(model, steps, int(median(panel.lengths.tolist())))
    with talk.epochs(f"training {model}") as listener:
        forecaster = fit(spec, panel, horizon, key=jax.random.key(seed), season=steps, on_event=listener)
    table = forecaster.forecast(levels=percents)
    if out is not None:
        write_table(table, out)
        talk.say(f"Forecast of {len(panel):,} series written to {out}.")
    if plot is not None:
        from ..plots import save_figure
        from ._picture import forecast_figure

        save_figure(forecast_figure(panel, table, model), plot)
        talk.say(f"Picture written to {plot}.")
    if out is None or (sys.stdout.isatty() and not quiet):
        show_table(table, f"{horizon} steps ahead by {model}")
    talk.say(f"Done in {time.monotonic() - began:.1f} s.")


def interval_levels(text: str) -> tuple[float, ...]:
    """The levels of `--levels`, in percent; empty text means no intervals.

    >>> interval_levels("80, 95"), interval_levels("")
    ((80, 95), ())
    >>> interval_levels("0.95")
    Traceback (most recent call last):
    ...
    stepahead._check.Refusal: `--levels` are percents from 1 to below 100, separated by commas, but '0.95' is not. Give 80,95.
    """
    levels: list[float] = []
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        try:
            level = float(part)
        except ValueError:
            level = 0.0
        if not 1 <= level < 100:
            raise Refusal(f"`--levels` are percents from 1 to below 100, separated by commas, but '{part}' is not. Give 80,95.")
        levels.append(int(level) if level == int(level) else level)
    return tuple(dict.fromkeys(levels))


def season_of(panel: "Panel", told: int | None, talk: Talk) -> int:
    """The season length: as told, else of the frequency; 1, and said so, where the median series is shorter than two of those."""
    if told is not None:
        return whole("--season", told)
    season = panel.frequency.season
    length = int(median(panel.lengths.tolist()))
    if season > 1 and length < 2 * season:
        talk.say(f"The series are shorter than two seasons of {season} steps, so no season is used. --season overrules this.")
        return 1
    return season
