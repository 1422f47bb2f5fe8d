"""`stepahead search`: sizes and seeds of a model compared at past origins, each as a task on an
engine."""

import re
from collections.abc import Sequence
from itertools import product
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..._check import Refusal, counted, known_name, whole
from ...outputs import cache_compiled, significant
from ..shared import (
    FORMAT,
    INTERRUPTED,
    MODELS,
    SERIES,
    Console,
    Quiet,
    Season,
    Source,
    grouped,
    known_beforehand,
    reads_data,
    season_of,
    show_table,
    specification,
    with_covariates,
)
from ._origins import Origins, design, long_enough, needed

if TYPE_CHECKING:
    from ...workflow import ChunkDone, Search


@grouped("origins", Origins)
@reads_data(*SERIES, "calendar", "holidays", *FORMAT)
def search(
    *,
    horizon: Annotated[
        int, typer.Option("--horizon", "-k", help="Steps ahead.", show_default=False)
    ],
    model: Annotated[str, typer.Option(help=f"The model: {', '.join(MODELS)}.")] = "gru",
    tried: Annotated[
        list[str] | None,
        typer.Option(
            "--try",
            metavar="NAME=A,B",
            help=(
                "A parameter of the model and its values, such as width=16,32 or hidden=64x64,32;"
                " repeat for more: every combination is evaluated."
            ),
        ),
    ] = None,
    seeds: Annotated[int, typer.Option(help="Number of random seeds of each: 0, 1, …")] = 1,
    origins: Origins,
    out: Annotated[Path, typer.Option(help="Folder of the result; the same command continues it.")],
    season: Season = None,
    skip_short: Annotated[
        bool, typer.Option("--skip-short", help="Leave out series that are too short.")
    ] = False,
    source: Source,
    engine: Annotated[
        str,
        typer.Option(
            help=(
                "Where tasks run: processes (one for each core), processes:8, dask:8, ray:8,"
                " dask://host:8786, ray://host:10001, loop."
            )
        ),
    ] = "processes",
    quiet: Quiet = False,
) -> None:
    """Compare sizes and seeds of one model by forecasts of the known past.

    Each combination with each seed is a separate task, on all cores or a cluster; the result does
    not depend on the engine. The windows that select the best combination do not evaluate it: keep
    final steps that no window uses, and run `stepahead backtest` on them.
    """
    whole("--horizon", horizon), whole("--refit", origins.refit, at_least=0)
    known_name("model", model, MODELS)
    keys = tuple(range(whole("--seeds", seeds)))
    choices = [choice(text) for text in tried or []]
    console = Console(quiet)
    reading = source.read(console)
    console.say(reading.summary)
    panel = with_covariates(reading.panel, 0, calendar=source.calendar, holidays=source.holidays)
    steps = season_of(reading.panel, season, console)
    sizes = {**origins.sizes(reading.panel, horizon), "season": steps}
    panel = long_enough(panel, needed(sizes), skip_short, console)
    length = int(median(panel.lengths.tolist()))
    base = specification(model, steps, length, known=known_beforehand(panel))
    specs = combinations(base, choices)
    console.say(design(sizes))
    done = _searched(specs, panel, sizes, out, keys, engine, console)
    _tell(done, len(keys), console)


def choice(text: str) -> tuple[str, list[Any]]:
    """A parameter and its values; values that contain commas are separated by semicolons.

    >>> choice("width=16,32"), choice("hidden=64x64,32"), choice("form=A,N,N;Z,Z,Z")
    (('width', [16, 32]), ('hidden', [(64, 64), 32]), ('form', ['A,N,N', 'Z,Z,Z']))
    """
    name, equals, values = text.partition("=")
    found = [each.strip() for each in values.split(";" if ";" in values else ",")]
    if not equals or not name.strip() or not all(found):
        raise Refusal(
            f"`--try` is a parameter and its values, but it is '{text}'. Give width=16,32."
        )
    return name.strip(), [_value(each) for each in found]


def _value(text: str) -> Any:
    """A number, True or False, a tuple of numbers for text such as 64x64, or the text itself."""
    if re.fullmatch(r"\d+(x\d+)+", text):
        return tuple(int(part) for part in text.split("x"))
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return {"true": True, "false": False, "none": None}.get(text.lower(), text)


def combinations(base: Any, choices: Sequence[tuple[str, list[Any]]]) -> list[Any]:
    """The specification with every combination of these values.

    >>> from stepahead.models import MLPAR
    >>> combinations(MLPAR(3), [("hidden", [8]), ("lags", [2, 3])])
    [MLPAR(lags=2, hidden=(8,)), MLPAR(lags=3, hidden=(8,))]
    """
    names = [name for name, _ in choices]
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        raise Refusal(f"`--try` names '{twice[0]}' twice. Give all its values at once.")
    held = base.get_params(deep=False)
    some = [[_like(held.get(name), value) for value in values] for name, values in choices]
    return [_with(base, dict(zip(names, each, strict=True))) for each in product(*some)]


def _like(held: Any, value: Any) -> Any:
    """The value in the form of the parameter's default `held`: a tuple of sizes, or a text."""
    if isinstance(held, bool) and not isinstance(value, bool):
        raise Refusal(f"`--try`: that parameter is true or false, but '{value}' came. Correct it.")
    if isinstance(held, tuple) and isinstance(value, int):
        return (value,)
    return str(value) if isinstance(held, str) else value


def _with(base: Any, values: dict[str, Any]) -> Any:
    """The specification with these values; the types need not be those of the defaults."""
    try:
        return base.set_params(**values)
    except Refusal:
        raise
    except (AttributeError, TypeError, ValueError) as wrong:
        told = ", ".join(f"{name}={value}" for name, value in values.items())
        raise Refusal(f"`--try`: {base!r} does not take {told} ({wrong}). Correct it.") from wrong


def _searched(
    specs: list[Any],
    panel: Any,
    sizes: dict[str, int],
    out: Path,
    keys: Sequence[int],
    engine: str,
    console: Console,
) -> "Search":
    """Run the remaining tasks, with progress; after Ctrl-C print how to continue."""
    from ...distributed import engine_named
    from ...workflow import search as compare

    options: dict[str, Any] = dict(sizes)
    horizon, windows = options.pop("horizon"), options.pop("windows")
    with engine_named(engine) as workers, console.counting("tasks") as count:
        cache_compiled()  # also for the workers, which start with the first task

        def on_event(event: "ChunkDone") -> None:
            count("judging", event.done, event.chunks)

        options |= {"keys": keys, "engine": workers, "on_event": on_event}
        try:
            return compare(specs, panel, horizon, windows, out, **options)
        except KeyboardInterrupt:
            console.say(
                f"Interrupted. The finished part is in {out}; the same command continues it."
            )
            raise typer.Exit(INTERRUPTED) from None


def _tell(done: "Search", seeds: int, console: Console) -> None:
    """Print the leaderboard, the best combination, and where the files are."""
    import pandas as pd

    board = pd.DataFrame(dict(done.leaderboard))
    show_table(significant(board.drop(columns=[] if seeds > 1 else ["spread"])), "Errors")
    over = f", the mean of {seeds} seeds ({board['spread'][0]:.2g} apart)" if seeds > 1 else ""
    console.say(f"Best: {done.best!r}, MASE {board['mase'][0]:.3g}{over}.")
    tasks = counted(len(done.tried["model"]), "task")
    console.say(f"Scores of {tasks} are in {done.folder}: tried.csv and leaderboard.csv.")
