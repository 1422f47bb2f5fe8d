"""A forecaster for the order that the user gave: the model named, or the one that forecasts best
inside the data."""

import time
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from ..shared import (
    AUTO,
    LOCAL,
    TRAINED,
    Console,
    cache_folder,
    keep_compiled,
    run_file,
    specification,
)

if TYPE_CHECKING:
    from ...data import Panel
    from ...forecasting import Predictor
    from ...workflow import AutoResult, CandidateDone


@dataclass(frozen=True)
class Order:
    """What is to be fitted: everything that decides the result, besides the data."""

    model: str
    horizon: int
    season: int
    seed: int
    budget: float


@dataclass(frozen=True)
class Fitted:
    """The forecaster, the name of its model, and where models were compared what came of it."""

    forecaster: "Predictor"
    name: str
    choice: "AutoResult | None" = None


def fitted(order: Order, panel: "Panel", console: Console) -> Fitted:
    """Fit the model ordered; with a word on what is going on, and on what is left when it is
    interrupted."""
    keep_compiled()
    if order.model == AUTO:
        return _chosen(order, panel, console)
    from ...workflow import fit

    spec: Any = specification(order.model, order.season, int(median(panel.lengths.tolist())))
    key = order.seed
    if order.model in LOCAL:
        return Fitted(fit(spec, panel, order.horizon, key=key, season=order.season), order.model)
    kept = run_file(order, panel) if order.model in TRAINED else None
    if order.model in TRAINED:
        say_going_on(kept, console)
    try:
        with console.epochs(f"training {order.model}") as listener:
            done = fit(
                spec,
                panel,
                order.horizon,
                key=key,
                season=order.season,
                on_event=listener,
                checkpoint=kept,
            )
    except KeyboardInterrupt:
        say_what_is_kept(kept, console)
        raise
    return Fitted(done, order.model)


def say_going_on(kept: Path | None, console: Console) -> None:
    """Say so where an earlier run of this command left something, or where this one can leave
    nothing."""
    if kept is None:
        console.say(
            f"{cache_folder()} cannot be written, or is full: stopped on its way, this command "
            "would have to begin anew."
        )
    elif kept.exists():
        console.say(f"Going on where this command was stopped: {kept}")


def say_what_is_kept(kept: Path | None, console: Console) -> None:
    """After Ctrl-C: say where what was done is, if anything."""
    if kept is not None and kept.exists():
        console.say(
            f"Stopped. What was done so far is kept in {kept}; the same command goes on from there."
        )


def _chosen(order: Order, panel: "Panel", console: Console) -> Fitted:
    """Compare, choose, and say why."""
    from ...workflow import auto

    rows = []
    kept = run_file(order, panel)
    say_going_on(kept, console)
    try:
        with console.candidates() as listener:

            def heard(event: "CandidateDone") -> None:
                rows.append(event.row)
                if listener is not None:
                    listener(event)

            key = order.seed
            told: dict[str, Any] = {
                "season": order.season,
                "budget": order.budget,
                "checkpoint": kept,
            }
            choice = auto(
                panel, order.horizon, key=key, clock=time.monotonic, on_event=heard, **told
            )
    except KeyboardInterrupt:
        if rows:
            console.show(
                leaderboard(sorted(rows, key=lambda row: row.mase)).drop(columns="won"),
                "Compared so far",
            )
        say_what_is_kept(kept, console)
        raise
    if choice.leaderboard:
        console.show(leaderboard(choice.leaderboard), "Models compared inside the data")
    console.say(choice.sentence)
    return Fitted(choice.forecaster, choice.name, choice)


def leaderboard(rows: Any) -> Any:
    """The models compared as a frame: model, mase (1: the naive error within the history), won
    (share), seconds.

    >>> from types import SimpleNamespace as Row
    >>> leaderboard([Row(name="ets", mase=0.81234, won=0.75, seconds=1.26)]).values.tolist()
    [['ets', '0.812', '75%', '1.3']]
    """
    import pandas as pd

    return pd.DataFrame(
        {
            "model": [row.name for row in rows],
            "mase": [f"{row.mase:.3f}" if isfinite(row.mase) else "–" for row in rows],
            "won": [f"{row.won:.0%}" for row in rows],
            "seconds": [f"{row.seconds:.1f}" for row in rows],
        }
    )
