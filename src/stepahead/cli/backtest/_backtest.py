"""`stepahead backtest`: the errors of models at past origins, and how far ahead each can be
trusted."""

import math
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..._check import Refusal, counted, known_name, whole
from ..forecast import remove_checkpoint, resumable
from ..shared import (
    AUTO,
    FORMAT,
    MODELS,
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
    specification,
    with_covariates,
    write_table,
)
from ._strategies import WITH_STRATEGIES, compare_strategies
from ._tables import print_backtest

if TYPE_CHECKING:
    from ...data import Panel
    from ...evaluation import Backtest

FEW_SERIES, MOST, WINDOWS = 30, 100, 10
"""Default numbers of origins: up to `MOST` for fewer than `FEW_SERIES` series, `WINDOWS` for more:
with few series, a test of the trust horizon needs many origins."""


@reads_data(*SERIES, "calendar", *FORMAT)
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
    ] = "theta,ets,linear,gru",
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
    windows: Annotated[
        int | None,
        typer.Option(
            help=(
                f"Number of forecast origins; by default up to {MOST} for few series, {WINDOWS} for"
                " many, within the second half of the series."
            )
        ),
    ] = None,
    step: Annotated[
        int | None,
        typer.Option(
            help=(
                "Steps between origins; for few series by default 1, or more where more than"
                f" {MOST} origins would fit."
            )
        ),
    ] = None,
    refit: Annotated[
        int, typer.Option(help="Refit every so many origins; 0: fit once, at the oldest origin.")
    ] = 0,
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
    seed: Annotated[int, typer.Option(help="Random seed.")] = 0,
    quiet: Quiet = False,
) -> None:
    """Compare models by forecasts of the known past, from several origins.

    At each origin a model sees only the values before it.
    """
    whole("--horizon", horizon), whole("--refit", refit, at_least=0)
    names = _model_names(models, strategies)
    check_writable("--out", out, TABLES)
    check_writable("--plot", plot, PICTURES)
    console = Console(quiet)
    reading = source.read(console)
    console.say(reading.summary)
    panel = with_covariates(reading.panel, 0, calendar=source.calendar)
    sizes = {"horizon": horizon, "refit": refit, "key": seed}
    sizes["season"] = season_of(reading.panel, season, console)
    sizes["windows"], sizes["step"] = layout(reading.panel, horizon, windows, step)
    panel = _long_enough(panel, _needed(sizes), skip_short, console)
    console.say(_design(sizes))
    if strategies is not None:
        compare_strategies(strategies, panel, sizes, out, plot, json_, console)
        return
    result = _run(panel, names, sizes, console)
    if out is not None:
        write_table(result.table(), out)
        console.say(f"Every forecast with its actual value written to {out}.")
    if plot is not None:
        _plot_errors(result, plot)
        console.say(f"Plot written to {plot}.")
    print_backtest(result, json_, console)


def _model_names(models: str, strategies: str | None) -> list[str]:
    """The names in `--models`; an unknown one, there or in `--strategies`, is refused."""
    if strategies is not None:
        known_name("model", strategies, WITH_STRATEGIES)
    names = [name.strip() for name in models.split(",") if name.strip()]
    for name in names or [""]:
        known_name("model", name, (*MODELS, AUTO))
    return names


def layout(panel: "Panel", horizon: int, windows: int | None, step: int | None) -> tuple[int, int]:
    """Number of origins, and steps between them: as given, else all over the second half of the
    median series; one step apart where that is few enough.

    >>> import numpy as np, stepahead as sa
    >>> (
    ...     layout(sa.Panel.from_arrays([np.arange(144.0)]), 12, None, None),
    ...     layout(sa.Panel.from_arrays([np.arange(30.0)]), 6, None, 3),
    ... )
    ((61, 1), (4, 3))
    """
    if windows is not None:
        whole("--windows", windows)
    room = max(0, int(median(panel.lengths.tolist())) // 2 - horizon)
    few = len(panel) < FEW_SERIES
    wanted = windows or (MOST if few else WINDOWS)
    if step is not None:
        spacing = whole("--step", step)
    elif few:
        spacing = max(1, math.ceil((room + 1) / wanted))
    else:
        spacing = math.ceil(horizon / max(1, wanted // 3))
    return windows or max(1, min(wanted, room // spacing + 1)), spacing


def _needed(sizes: dict[str, int]) -> int:
    """Steps that a series must have: all windows, and a season before the oldest origin."""
    return sizes["horizon"] + (sizes["windows"] - 1) * sizes["step"] + max(2, sizes["season"])


def _long_enough(panel: "Panel", needed: int, skip: bool, console: Console) -> "Panel":
    """The series of at least `needed` steps; shorter ones are refused unless `skip`."""
    import numpy as np

    enough = panel.lengths >= needed
    if enough.all():
        return panel
    short = [f"'{name}'" for name in panel.ids[~enough][:5].tolist()]
    more = int((~enough).sum()) - len(short)
    named = f"{', '.join(short)}{f' and {more:,} more' if more else ''}"
    problem = f"Series shorter than the {counted(needed, 'step')} that these origins need: {named}"
    if not skip or not enough.any():
        add = "Add --skip-short to leave them out, or ask" if enough.any() else "Ask"
        raise Refusal(
            f"{problem}. {add} for a shorter --horizon, fewer --windows or a smaller --step."
        )
    console.say(f"{problem}; left out.")
    return panel.take(np.flatnonzero(enough))


def _design(sizes: dict[str, int]) -> str:
    """A sentence on the origins, the horizon and refitting."""
    fitting = (
        f"refitted every {counted(sizes['refit'], 'origin')}"
        if sizes["refit"]
        else "fitted once, at the oldest origin"
    )
    return (
        f"Backtest: {counted(sizes['windows'], 'origin')}, {counted(sizes['step'], 'step')} apart,"
        f" {counted(sizes['horizon'], 'step')} ahead; {fitting}."
    )


def _run(panel: "Panel", names: list[str], sizes: dict[str, int], console: Console) -> "Backtest":
    """The backtest, resumed from its checkpoint if the same command was interrupted."""
    from ... import workflow
    from ..shared import cache_compiled

    cache_compiled()
    length = int(median(panel.lengths.tolist()))
    known = known_beforehand(panel)
    specs: list[Any] = [
        workflow.Auto()
        if name == AUTO
        else specification(name, sizes["season"], length, known=known)
        for name in names
    ]
    with (
        resumable(("backtest", names, sizes), panel, console) as checkpoint,
        console.origins(len(specs)) as listener,
    ):
        result = workflow.backtest(specs, panel, **sizes, on_event=listener, checkpoint=checkpoint)
    remove_checkpoint(checkpoint)
    return _renamed(result, {repr(spec): name for spec, name in zip(specs, names, strict=True)})


def _renamed(result: "Backtest", names: dict[str, str]) -> "Backtest":
    """The result with the models under the names that the user gave."""
    from dataclasses import replace

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
