"""`stepahead backtest`: the errors of models at past origins, and their trust horizons."""

from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..._check import Refusal, known_name, whole
from ..._extras import absent, installed
from ...outputs import significant, write_table
from ..forecast import remove_checkpoint
from ..shared import (
    AUTO,
    FORMAT,
    LOCAL,
    MODELS,
    PICTURES,
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
    grouped,
    known_beforehand,
    known_in_chunks,
    reads_data,
    resumable,
    season_of,
    show_table,
    specification,
    tell_written,
    unnamed,
    with_covariates,
)
from ._origins import Origins, design, long_enough, needed
from ._strategies import WITH_STRATEGIES, compare_strategies
from ._tables import print_backtest, trusted

if TYPE_CHECKING:
    from ...data import Panel
    from ...evaluation import Backtest


COMPARED = "theta,ets,zero-shot,linear,gru"
"""The models that are compared by default; in chunks, the local ones among them."""


@grouped("origins", Origins)
@reads_data(*SERIES, "calendar", "holidays", *FORMAT)
def backtest(
    *,
    horizon: Annotated[
        int, typer.Option("--horizon", "-k", help="Steps ahead.", show_default=False)
    ],
    models: Annotated[
        str,
        typer.Option(
            help=(
                "Models to compare with the naive ones, separated by commas:"
                f" {', '.join(MODELS)}, or {AUTO}."
            )
        ),
    ] = COMPARED,
    strategies: Annotated[
        str | None,
        typer.Option(
            help=(
                "Compare multi-step strategies of one model instead (recursive, direct, MIMO, all"
                f" steps): {', '.join(WITH_STRATEGIES)}."
            ),
            show_default=False,
        ),
    ] = None,
    origins: Origins,
    out: Out = None,
    plot: Annotated[
        Path | None, typer.Option(help=f"Plot the error by step ahead: {', '.join(PICTURES)}.")
    ] = None,
    json_: Annotated[
        bool, typer.Option("--json", help="Print everything as JSON instead of the leaderboard.")
    ] = False,
    season: Season = None,
    skip_short: Annotated[
        bool, typer.Option("--skip-short", help="Leave out series that are too short.")
    ] = False,
    source: Source,
    engine: EngineName = None,
    seed: Annotated[int, typer.Option(help="Random seed.")] = 0,
    quiet: Quiet = False,
) -> None:
    """Compare models by forecasts of the known past, from several origins.

    At each origin a model sees only the values before it. With --engine a Parquet file or folder
    larger than memory is backtested in chunks: the scores of every series are written as Parquet
    into the folder --out, with those of all series.
    """
    whole("--horizon", horizon), whole("--refit", origins.refit, at_least=0)
    names = _model_names(models, strategies)
    console = Console(quiet)
    if models == COMPARED and strategies is None and not installed("jax"):
        names = [name for name in names if name in LOCAL]
        console.say(f"linear and gru are not compared. {absent('jax')}")
    if engine is not None:
        unused = {"strategies": strategies, "plot": plot, "json": json_, "skip_short": skip_short}
        chunks = Chunks.checked(engine, source, out, unused)
        names = [name for name in names if models != COMPARED or name in LOCAL]
        _backtest_in_chunks(chunks, names, origins.of_many(horizon), season, console)
        return
    check_writable("--out", out, TABLES)
    check_writable("--plot", plot, PICTURES)
    reading = source.read(console)
    console.say(reading.summary)
    panel = with_covariates(reading.panel, 0, calendar=source.calendar, holidays=source.holidays)
    steps = season_of(reading.panel, season, console)
    sizes = {**origins.sizes(reading.panel, horizon), "season": steps, "key": seed}
    panel = long_enough(panel, needed(sizes), skip_short, console)
    console.say(design(sizes))
    if strategies is not None:
        compare_strategies(strategies, panel, sizes, out, plot, json_, console)
        return
    result = _run(panel, names, sizes, console, chosen=models != COMPARED)
    if out is not None:
        write_table(result.table(), out)
        console.say(f"Every forecast with its actual value written to {out}.")
    if plot is not None:
        _plot_errors(result, plot)
        console.say(f"Plot written to {plot}.")
    print_backtest(result, panel, json_, console)


def _backtest_in_chunks(
    chunks: Chunks, names: list[str], sizes: dict[str, int], season: int | None, console: Console
) -> None:
    """Evaluate models on every series of Parquet files with an engine, and print which series
    failed."""
    import pandas as pd

    from ...workflow import Auto, backtest_in_chunks

    for name in names:
        known_in_chunks("models", name, (AUTO, *LOCAL))
    specs = [Auto() if name == AUTO else specification(name, season or 1, 0) for name in names]
    console.say(design(sizes))
    frequency = chunks.source.frequency
    done = chunks.run(
        "judging",
        backtest_in_chunks,
        console,
        models=specs,
        frequency=frequency,
        season=season,
        **sizes,
        **chunks.covariates,
    )
    called = {repr(spec): name for spec, name in zip(specs, names, strict=True)}
    board, by_step = (pd.DataFrame(dict(table)) for table in (done.leaderboard, done.by_step))
    show_table(significant(board.replace({"model": called})), "Errors at all steps ahead")
    console.show(significant(by_step.rename(columns=called)), "Error by step ahead (MASE)")
    for name, trust in trusted(done, console).items():
        console.say(str(replace(trust, model=called[name])))
    tell_written(done, "Scores", "judged", console)


def _model_names(models: str, strategies: str | None) -> list[str]:
    """The names in `--models`; an unknown name, also in `--strategies`, is an error."""
    if strategies is not None:
        known_name("model", strategies, WITH_STRATEGIES)
    names = [name.strip() for name in models.split(",") if name.strip()]
    for name in names or [""]:
        known_name("model", name, (*MODELS, AUTO))
    return names


def _run(
    panel: "Panel", names: list[str], sizes: dict[str, int], console: Console, *, chosen: bool
) -> "Backtest":
    """The backtest, resumed from its checkpoint if the same command was interrupted. A model that
    cannot be fitted to these series is left out with a message, unless the user chose the
    models."""
    from ... import workflow
    from ...outputs import cache_compiled

    cache_compiled()
    length = int(median(panel.lengths.tolist()))
    known = known_beforehand(panel)
    called: dict[str, str] = {}
    specs: list[Any] = []
    for name in names:
        spec = (
            workflow.Auto()
            if name == AUTO
            else specification(name, sizes["season"], length, known=known)
        )
        specs.append(spec)
        called[repr(spec)] = name
    with (
        resumable(("backtest", names, sizes), unnamed(panel), console) as checkpoint,
        console.origins(len(specs)) as listener,
    ):
        told = listener and (lambda event: listener(event._replace(model=called[event.model])))
        try:
            result = workflow.backtest(specs, panel, **sizes, on_event=told, checkpoint=checkpoint)
        except Refusal as refused:
            if refused.model is None:
                raise
            remove_checkpoint(checkpoint)
            left_out = called[refused.model]
            why = str(refused).replace(refused.model, left_out, 1)
            if chosen:
                raise Refusal(f"{why} Or leave it out of `models`.") from refused
            console.say(f"Left out: {why}")
            names = [name for name in names if name != left_out]
        else:
            remove_checkpoint(checkpoint)
            return _renamed(result, called)
    return _run(panel, names, sizes, console, chosen=chosen)


def _renamed(result: "Backtest", names: dict[str, str]) -> "Backtest":
    """The result with the models under the names in `--models`."""

    def named(by_name: dict[str, Any]) -> dict[str, Any]:
        return {names.get(name, name): value for name, value in by_name.items()}

    return replace(
        result,
        mean=named(result.mean),
        quantiles=named(result.quantiles),
        probabilities=named(result.probabilities),
    )


def _plot_errors(result: "Backtest", path: Path) -> None:
    """Write the plot of the error by step ahead."""
    from ...plots import error_by_step_plot, save_figure

    errors = dict(result.by_step())
    del errors["step"]
    figure = error_by_step_plot(
        errors, measure="MASE", reference="last value", title="Error by step ahead"
    )
    save_figure(figure, path)
