"""`stepahead forecast --engine`: Parquet of any size, chunk by chunk, into a folder."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..._check import Refusal, counted
from ...outputs import cache_compiled
from ..shared import AUTO, INTERRUPTED, LOCAL, Console, Source, specification
from ._bounds import Bounds
from ._outputs import Outputs

if TYPE_CHECKING:
    from ...workflow import ChunkDone

REFUSED = 2
"""The exit code where some series could not be forecast."""

EngineName = Annotated[
    str | None,
    typer.Option(
        "--engine",
        help=(
            "Forecast Parquet of any size in chunks, into the folder --out: processes (one a core),"
            " processes:8, dask:8, ray:8, dask://host:8786, ray://host:10001, loop."
        ),
        show_default=False,
    ),
]

UNUSED = (
    *("sql", "known", "past", "static", "future", "calendar", "holidays", "missing"),
    *("zone", "day_first", "decimal", "thousands", "fill"),
)
"""Options of the data that are not read in chunks."""


def forecast_by_engine(
    engine: str,
    model: str,
    horizon: int,
    *,
    season: int | None,
    levels: tuple[float, ...],
    bounds: Bounds,
    source: Source,
    outputs: Outputs,
    skip_short: bool,
    console: Console,
) -> None:
    """Forecast every series of Parquet files by an engine, and say what could not be."""
    out = _checked(model, source, outputs, bounds, skip_short)
    from ...distributed import engine_named
    from ...workflow import Auto, forecast_in_chunks

    with engine_named(engine) as workers, console.counting("chunks") as count:
        cache_compiled()  # for the workers too, which begin with the first chunk

        def on_event(event: "ChunkDone") -> None:
            stage = model if event.stage == "forecast" else "looking at all series"
            count(stage, event.done, event.chunks)

        try:
            done = forecast_in_chunks(
                Auto() if model == AUTO else specification(model, season or 1, 0),
                str(source.file),
                horizon,
                out,
                engine=workers,
                id=source.id or None,
                time=source.time,
                target=source.target or None,
                frequency=source.frequency,
                season=season,
                levels=levels,
                lower=bounds.lower,
                on_event=on_event,
            )
        except KeyboardInterrupt:
            console.say(f"Interrupted. What is done is in {out}; the same command goes on there.")
            raise typer.Exit(INTERRUPTED) from None
    written = done.series - len(done.failed)
    parts = counted(len(done.parts), "Parquet file")
    console.say(f"Forecast of {written:,} series written to {out}, in {parts}.")
    if done.failed:
        first = done.failed[0]
        typer.echo(
            f"{len(done.failed):,} series could not be forecast; {out / 'failed.csv'} names them. "
            f"The first, '{first.id}': {first.reason}",
            err=True,
        )
        raise typer.Exit(REFUSED)


def _checked(
    model: str, source: Source, outputs: Outputs, bounds: Bounds, skip_short: bool
) -> Path:
    """The folder; refuse what does not go with an engine."""
    values = ((name, vars(source)[name]) for name in UNUSED)
    given = [name for name, value in values if not (value in (None, []) or value is False)]
    given += [name for name in ("fitted_", "save", "plot", "report") if vars(outputs)[name]]
    given += ["skip_short"] if skip_short else []
    given += ["upper"] if bounds.upper is not None else []
    if given:
        option = given[0].strip("_").replace("_", "-")
        raise Refusal(f"`--{option}` does not go with `--engine`. Leave one of them out.")
    if source.file is None:
        raise Refusal("`--engine` reads Parquet: give a file, a folder or a glob.")
    if outputs.out is None:
        raise Refusal("`--engine` writes a folder of Parquet files. Name it: `--out DIR`.")
    if model not in (AUTO, *LOCAL):
        raise Refusal(
            f"`--engine` forecasts by models of each series by itself, not by '{model}'. Give "
            f"`--model`: {AUTO}, {', '.join(LOCAL)}."
        )
    return outputs.out
