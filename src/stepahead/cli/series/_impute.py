"""`stepahead impute`: fill missing values from both sides, and mark the imputed ones."""

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..._check import Refusal, known_name, whole
from ..._extras import absent
from ...outputs import imputed_rounded, write_table
from ..shared import (
    FORMAT,
    SERIES,
    TABLES,
    Chunks,
    Console,
    EngineName,
    Out,
    Quiet,
    Season,
    Source,
    check_writable,
    reads_data,
    show_table,
    tell_written,
    with_covariates,
)

if TYPE_CHECKING:
    from ...data import Panel
    from ...workflow import Imputation, ImputationScore

METHODS = ("auto", "linear", "seasonal", "kalman", "recurrent")
"""All names, listed here because help texts must not import the methods."""


@reads_data(*SERIES, "calendar", *FORMAT)
def impute(
    *,
    method: Annotated[
        str,
        typer.Option(
            help=f"auto compares methods on hidden values; or one of {', '.join(METHODS[1:])}."
        ),
    ] = "auto",
    out: Out = None,
    hide: Annotated[
        float, typer.Option(help="Percent of the known values to hide for the comparison.")
    ] = 10,
    block: Annotated[
        int | None,
        typer.Option(
            help="Length of hidden gaps in steps; by default like the real gaps.",
            show_default=False,
        ),
    ] = None,
    season: Season = None,
    source: Source,
    engine: EngineName = None,
    seed: Annotated[int, typer.Option(help="Random seed.")] = 0,
    quiet: Quiet = False,
) -> None:
    """Fill the missing values of every series.

    Each gap is filled from both sides; the column `imputed` marks the filled values. With --engine
    a Parquet file or folder larger than memory is filled in chunks, into Parquet files in the
    folder --out.
    """
    known_name("method", method, METHODS)
    if not 0.1 <= hide <= 90:
        raise Refusal(f"`--hide` is in percent, from 0.1 to 90, but it is {hide:g}. Give 10.")
    console = Console(quiet)
    if engine is not None:
        _impute_in_chunks(
            Chunks.checked(engine, source, out, {"block": block}), method, season, seed, console
        )
        return
    check_writable("--out", out, TABLES)
    reading = source.read(console)
    console.say(reading.summary)
    panel = with_covariates(reading.panel, 0, calendar=source.calendar)
    name, done = _imputed(panel, method, season, hide, block, seed, console)
    total, count = done.filled.imputed.size, int(done.filled.imputed.sum())
    console.say(
        f"{count:,} of {total:,} values were missing and were imputed by {name}; the column "
        "`imputed` marks them."
    )
    table = imputed_rounded(done.filled.table(), panel)
    if out is not None:
        write_table(table, out)
        console.say(f"Written to {out}.")
    if out is None or (sys.stdout.isatty() and not quiet):
        show_table(table, f"Gaps filled by {name}", exact=True)


def _impute_in_chunks(
    chunks: Chunks, method: str, season: int | None, seed: int, console: Console
) -> None:
    """Fill the gaps of every series of Parquet files with an engine, and print which series
    failed."""
    if method in ("seasonal", "kalman") and season is None:
        raise Refusal(
            f"With `--engine` the {method} method is told the season. Give it: `--season 12`."
        )
    from ...workflow import impute_in_chunks, impute_methods

    chosen: Any = None if method == "auto" else impute_methods(season or 1).get(method)
    if method == "recurrent" and chosen is None:
        raise absent("jax")
    if method != "auto" and chosen is None:
        raise Refusal("The seasonal method needs a season of 2 steps or more: `--season 24`.")
    frequency = chunks.source.frequency
    done = chunks.run(
        method,
        impute_in_chunks,
        console,
        method=chosen,
        frequency=frequency,
        season=season,
        key=seed,
        **chunks.covariates,
    )
    console.say(
        f"{done.imputed:,} of {done.values:,} values were missing and were imputed by {done.name}; "
        "the column `imputed` marks them."
    )
    tell_written(done, "Values", "filled", console)


def _imputed(
    panel: "Panel",
    method: str,
    season: int | None,
    hide: float,
    block: int | None,
    seed: int,
    console: Console,
) -> "tuple[str, Imputation]":
    """The name of this method or of the best one, and the imputation."""
    from ... import workflow
    from ...data import season_of

    steps = season_of(panel) if season is None else whole("--season", season)
    methods = workflow.impute_methods(steps)
    if "recurrent" not in methods and method in ("auto", "recurrent"):
        needed = absent("jax")
        if method == "recurrent":
            raise needed
        console.say(f"recurrent is not compared. {needed}")
    elif method == "auto" and "recurrent" not in workflow.compared_methods(panel, steps):
        console.say(
            f"recurrent is not compared: {panel.observed.sum():,} known values are few to learn"
            " from. To take it: --method recurrent."
        )
    if method == "seasonal" and method not in methods:
        raise Refusal(
            "The seasonal method needs a season of 2 steps or more, but there is none here. Give "
            "one: `--season 24`."
        )
    chosen = None if method == "auto" else methods[method]
    doing = "comparing methods on hidden values" if chosen is None else "filling the gaps"
    with console.waiting(doing):
        done = workflow.impute(panel, chosen, key=seed, season=steps, share=hide / 100, block=block)
    if done.scores:
        console.show(
            scores(done.scores), "Errors on known values that were hidden, in standard deviations"
        )
    return (done.name if chosen is None else method), done


def scores(rows: "tuple[ImputationScore, ...]") -> Any:
    """The compared methods as a frame: method, and MAE and RMSE for each pattern of hidden
    values."""
    import pandas as pd

    names = list(dict.fromkeys(row.name for row in rows))
    table: dict[str, list[str]] = {"method": names}
    for pattern in dict.fromkeys(row.pattern for row in rows):
        found = {row.name: row.error for row in rows if row.pattern == pattern}
        table[f"mae, {pattern}"] = [f"{found[name].mae:.3f}" for name in names]
        table[f"rmse, {pattern}"] = [f"{found[name].rmse:.3f}" for name in names]
    return pd.DataFrame(table)
