"""`stepahead backtest`: how well models would have forecast a file, and how far ahead each can be
trusted."""

import json
import math
import shutil
import sys
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..._check import Refusal, counted, known_name, whole
from ..shared import (
    AUTO,
    BESIDE,
    CELLS,
    CLOCK,
    COLUMNS,
    MODELS,
    PICTURES,
    TABLES,
    Console,
    Out,
    Quiet,
    Source,
    reads,
    show_table,
    significant,
    specification,
    writable,
    write_table,
)
from ._covered import covered
from ._fitting import say_going_on, say_what_is_kept
from ._forecast import season_of
from ._strategies import ARRANGED, compare_strategies

if TYPE_CHECKING:
    from ...data import Panel
    from ...evaluation import Backtest

FEW_SERIES, MOST, WINDOWS = 30, 100, 10
"""Below so many series a backtest has up to `MOST` origins, of more series `WINDOWS`, unless the
user says otherwise: of few series, only origins tell luck from skill."""

SHOWN = 12
"""Steps ahead that are printed, evenly spread; all of them are in the JSON."""


@reads(*COLUMNS, *BESIDE, "calendar", *CLOCK, *CELLS)
def backtest(
    *,
    horizon: Annotated[
        int, typer.Option("--horizon", "-k", help="Steps ahead.", show_default=False)
    ],
    models: Annotated[
        str,
        typer.Option(
            help=(
                "Which to judge beside the naive guesses, separated by commas:"
                f" {', '.join(MODELS)}, or {AUTO}, the choice itself."
            )
        ),
    ] = "theta,ets,linear,gru",
    strategies: Annotated[
        str | None,
        typer.Option(
            help=(
                "Judge one model instead, as recursive, direct, MIMO and trained at every step,"
                " with the cost of each: "
                f"{', '.join(ARRANGED)}."
            ),
            show_default=False,
        ),
    ] = None,
    windows: Annotated[
        int | None,
        typer.Option(
            help=(
                f"Origins to forecast from; up to {MOST} of few series, {WINDOWS} of many, as far"
                " as half of the median series reaches."
            )
        ),
    ] = None,
    step: Annotated[
        int | None,
        typer.Option(
            help=(
                "Steps between origins; of few series, by default one, or more where more than"
                f" {MOST} would fit."
            )
        ),
    ] = None,
    refit: Annotated[
        int, typer.Option(help="Fit anew at every so many origins; 0: at the oldest only.")
    ] = 0,
    out: Out = None,
    plot: Annotated[
        Path | None, typer.Option(help=f"Draw the error by step ahead here: {', '.join(PICTURES)}.")
    ] = None,
    json_: Annotated[
        bool, typer.Option("--json", help="Print everything as JSON instead of the leaderboard.")
    ] = False,
    season: Annotated[
        int | None, typer.Option(help="Steps in a season; by default what the frequency suggests.")
    ] = None,
    skip_short: Annotated[
        bool, typer.Option("--skip-short", help="Leave out series that are too short.")
    ] = False,
    source: Source,
    seed: Annotated[int, typer.Option(help="The same seed, the same result.")] = 0,
    quiet: Quiet = False,
) -> None:
    """Forecast the known past of a file from several origins, each model seeing only what came
    before, and say how well it went."""
    whole("--horizon", horizon), whole("--refit", refit, at_least=0)
    names = [name.strip() for name in models.split(",") if name.strip()]
    if strategies is not None:
        known_name("model", strategies, ARRANGED)
    for name in names or [""]:
        known_name("model", name, (*MODELS, AUTO))
    writable("--out", out, TABLES)
    writable("--plot", plot, PICTURES)
    console = Console(quiet)
    reading = source.read(console)
    console.say(reading.summary)
    beside = covered(reading.panel, 0, calendar=source.calendar)
    steps = season_of(reading.panel, season, console)
    origins, spacing = layout(reading.panel, horizon, windows, step)
    panel = _long_enough(
        beside, horizon + (origins - 1) * spacing + max(2, steps), skip_short, console
    )
    anew = f"fitted anew at every {refit} of them" if refit else "fitted at the oldest"
    console.say(
        f"Judged at {counted(origins, 'origin')}, {counted(spacing, 'step')} apart, "
        f"{counted(horizon, 'step')} ahead; {anew}."
    )
    sizes = {
        "horizon": horizon,
        "windows": origins,
        "step": spacing,
        "refit": refit,
        "season": steps,
        "key": seed,
    }
    if strategies is not None:
        compare_strategies(strategies, panel, sizes, out, plot, json_, console)
        return
    result = _judged(panel, names, sizes, console)
    if out is not None:
        write_table(result.table(), out)
        console.say(f"Every forecast beside what came written to {out}.")
    if plot is not None:
        from ...plots import error_by_step_plot, save_figure

        errors = dict(result.by_step())
        del errors["step"]
        save_figure(
            error_by_step_plot(
                errors, measure="MASE", reference="last value", title="Error by step ahead"
            ),
            plot,
        )
        console.say(f"Picture written to {plot}.")
    _tell(result, json_, console)


def layout(panel: "Panel", horizon: int, windows: int | None, step: int | None) -> tuple[int, int]:
    """Number of origins, and steps between them: as told, else all over the second half of the
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


def _long_enough(panel: "Panel", needed: int, skip: bool, console: Console) -> "Panel":
    """The series that hold all origins, a season before the oldest included."""
    import numpy as np

    enough = panel.lengths >= needed
    if enough.all():
        return panel
    short = [f"'{name}'" for name in panel.ids[~enough][:5].tolist()]
    more = int((~enough).sum()) - len(short)
    named = f"{', '.join(short)}{f' and {more:,} more' if more else ''}"
    told = f"Series shorter than the {counted(needed, 'step')} that these origins need: {named}"
    if not skip or not enough.any():
        add = "Add --skip-short to leave them out, or ask" if enough.any() else "Ask"
        raise Refusal(
            f"{told}. {add} for a shorter --horizon, fewer --windows or a smaller --step."
        )
    console.say(f"{told}; left out.")
    return panel.take(np.flatnonzero(enough))


def _judged(
    panel: "Panel", names: list[str], sizes: dict[str, int], console: Console
) -> "Backtest":
    """The backtest, which goes on where the same command was stopped."""
    from ... import workflow
    from ..shared import keep_compiled, run_file

    keep_compiled()
    length = int(median(panel.lengths.tolist()))
    specs: list[Any] = [
        workflow.Auto() if name == AUTO else specification(name, sizes["season"], length)
        for name in names
    ]
    kept = run_file(("backtest", names, sizes), panel)
    say_going_on(kept, console)
    try:
        with console.judged(len(specs)) as listener:
            result = workflow.backtest(specs, panel, **sizes, on_event=listener, checkpoint=kept)
    except KeyboardInterrupt:
        say_what_is_kept(kept, console)
        raise
    if kept is not None:
        shutil.rmtree(kept, ignore_errors=True)  # with what a kill left half written
    return _renamed(result, {repr(spec): name for spec, name in zip(specs, names, strict=True)})


def _renamed(result: "Backtest", names: dict[str, str]) -> "Backtest":
    """The models by the names that the user gave."""
    from dataclasses import replace

    def named(by_name: dict[str, Any]) -> dict[str, Any]:
        return {names.get(name, name): value for name, value in by_name.items()}

    return replace(
        result,
        mean=named(result.mean),
        quantiles=named(result.quantiles),
        probabilities=named(result.probabilities),
    )


def _tell(result: "Backtest", as_json: bool, console: Console) -> None:
    """Leaderboard, errors by step ahead and verdicts: on the output stream what another program may
    read."""
    import pandas as pd

    board, by_step = pd.DataFrame(dict(result.leaderboard())), pd.DataFrame(dict(result.by_step()))
    try:
        verdicts = result.trust_horizon()
    except Refusal as too_few:
        verdicts = {}
        console.say(str(too_few))
    if as_json:
        tables = {
            name: json.loads(frame.to_json(orient="records"))
            for name, frame in (("leaderboard", board), ("by_step", by_step))
        }
        trust = {
            name: {
                "horizon": verdict.horizon,
                "verdict": str(verdict),
                "by_step": json.loads(
                    pd.DataFrame(dict(verdict.table())).to_json(orient="records")
                ),
            }
            for name, verdict in verdicts.items()
        }
        sys.stdout.write(json.dumps({**tables, "trust": trust}, indent=1) + "\n")
    else:
        show_table(significant(board), "Errors at all steps ahead")
        some = sorted({round(place * (len(by_step) - 1) / (SHOWN - 1)) for place in range(SHOWN)})
        console.show(significant(by_step.iloc[some]), "Error by step ahead (MASE)")
    for verdict in verdicts.values():
        console.say(str(verdict))
