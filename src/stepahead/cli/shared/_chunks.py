"""`--engine` of the commands that read series: Parquet files of any size, processed in chunks, with
results in a folder."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Protocol, TypeVar

import typer

from ..._check import Refusal, counted
from ...outputs import cache_compiled
from ._command import INTERRUPTED
from ._console import Console
from ._source import Source

if TYPE_CHECKING:
    from ...workflow import ChunkDone, FailedSeries

REFUSED = 2
"""The exit code if some series failed."""

EngineName = Annotated[
    str | None,
    typer.Option(
        "--engine",
        help=(
            "Work on Parquet of any size in chunks, into the folder --out: processes (one a core),"
            " processes:8, dask:8, ray:8, dask://host:8786, ray://host:10001, loop."
        ),
        show_default=False,
    ),
]

UNREAD = (
    *("sql", "future", "missing", "zone"),
    *("day_first", "decimal", "thousands", "fill", "drop_outliers"),
)
"""Options of the data that are not available in chunks."""


class InChunks(Protocol):
    """The result of a job."""

    @property
    def folder(self) -> Path:
        """Its folder."""
        ...

    @property
    def series(self) -> int:
        """The number of all series."""
        ...

    @property
    def failed(self) -> "tuple[FailedSeries, ...]":
        """The series that failed."""
        ...

    @property
    def parts(self) -> list[Path]:
        """The files."""
        ...


Result = TypeVar("Result", bound=InChunks)


@dataclass(frozen=True)
class Chunks:
    """A command that works in chunks: its engine, the data, and the folder for results."""

    engine: str
    source: Source
    out: Path

    @classmethod
    def checked(
        cls,
        engine: str,
        source: Source,
        out: Path | None,
        unused: dict[str, Any],
    ) -> "Chunks":
        """Check that the command can work in chunks: options of the data that are not available in
        chunks, and given options that are `unused`, are errors."""
        values = {name: vars(source)[name] for name in UNREAD} | unused
        given = [
            name
            for name, value in values.items()
            if not (value is None or value is False or value == [])
        ]
        if given:
            option = given[0].strip("_").replace("_", "-")
            raise Refusal(f"`--{option}` does not go with `--engine`. Leave one of them out.")
        if source.file is None:
            raise Refusal("`--engine` reads Parquet: give a file, a folder or a glob.")
        if out is None:
            raise Refusal("`--engine` writes a folder of Parquet files. Name it: `--out DIR`.")
        return cls(engine, source, out)

    @property
    def covariates(self) -> dict[str, Any]:
        """The covariates that the user named, as arguments of a job in chunks."""
        source, days = self.source, None
        if source.holidays is not None:
            from ...readers import read_days

            days = read_days(source.holidays)
        columns = {name: vars(source)[name] or None for name in ("known", "past", "static")}
        return {**columns, "calendar": source.calendar, "holidays": days}

    def run(
        self, doing: str, work: Callable[..., Result], console: Console, **options: Any
    ) -> Result:
        """Run `work` with progress; after Ctrl-C print how to continue."""
        from ...distributed import engine_named

        source = self.source
        with engine_named(self.engine) as workers, console.counting("chunks") as count:
            cache_compiled()  # also for the workers, which start with the first chunk

            def on_event(event: "ChunkDone") -> None:
                looking = event.stage in ("survey", "changes")
                count("looking at all series" if looking else doing, event.done, event.chunks)

            try:
                return work(
                    source=str(source.file),
                    folder=self.out,
                    engine=workers,
                    id=source.id or None,
                    time=source.time,
                    target=source.target or None,
                    on_event=on_event,
                    **options,
                )
            except KeyboardInterrupt:
                console.say(
                    f"Interrupted. The finished part is in {self.out}; the same command "
                    "continues it."
                )
                raise typer.Exit(INTERRUPTED) from None


def tell_written(done: InChunks, what: str, doing: str, console: Console) -> None:
    """Print what was written and which series failed; if some failed, exit with code `REFUSED`."""
    written = done.series - len(done.failed)
    parts = counted(len(done.parts), "Parquet file")
    console.say(f"{what} of {written:,} series written to {done.folder}, in {parts}.")
    if done.failed:
        first = done.failed[0]
        typer.echo(
            f"{len(done.failed):,} series could not be {doing}; {done.folder / 'failed.csv'} names "
            f"them. The first, '{first.id}': {first.reason}",
            err=True,
        )
        raise typer.Exit(REFUSED)


def known_in_chunks(option: str, name: str, known: Sequence[str]) -> str:
    """The name itself; a method that is not available in chunks is an error."""
    if name not in known:
        raise Refusal(
            "`--engine` works with local methods, which are fitted to each series separately, "
            f"not with '{name}'. Give `--{option}`: {', '.join(known)}."
        )
    return name
