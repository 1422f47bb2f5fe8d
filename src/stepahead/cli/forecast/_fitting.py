"""Fit the model with the name that a command gets, or the one with the best forecasts inside the
data."""

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from ...outputs import FittedModel, cache_compiled
from ..shared import (
    AUTO,
    LOCAL,
    TRAINED,
    Console,
    known_beforehand,
    resumable,
    specification,
    unnamed,
)

if TYPE_CHECKING:
    from ...data import Panel
    from ...forecasting import Predictor
    from ...workflow import CandidateDone


@dataclass(frozen=True)
class FitRequest:
    """Everything that decides the fitted model, besides the data."""

    model: str
    horizon: int
    season: int
    seed: int
    budget: float


def fit_requested(request: FitRequest, panel: "Panel", console: Console) -> FittedModel:
    """Fit the model of the request, with progress. An interrupted fit is resumed from its
    checkpoint."""
    cache_compiled()
    if request.model == AUTO:
        return _choose(request, panel, console)
    from ...workflow import fit

    length = int(median(panel.lengths.tolist()))
    spec: Any = specification(
        request.model,
        request.season,
        length,
        known=known_beforehand(panel),
    )
    options: dict[str, Any] = {"key": request.seed, "season": request.season}
    if request.model in LOCAL:
        forecaster = fit(spec, panel, request.horizon, **options)
        console.say(f"{request.model}: {forecaster.chosen}.")
        for sentence in unread(request.model, forecaster, panel):
            console.say(sentence)
        return FittedModel(forecaster, request.model)
    if request.model not in TRAINED:
        return FittedModel(fit(spec, panel, request.horizon, **options), request.model)
    with (
        resumable(request, unnamed(panel), console) as checkpoint,
        console.epochs(f"training {request.model}") as listener,
    ):
        options |= {"on_event": listener, "checkpoint": checkpoint}
        return FittedModel(fit(spec, panel, request.horizon, **options), request.model)


def unread(model: str, forecaster: "Predictor", panel: "Panel") -> Iterator[str]:
    """Sentences on the user's covariates that a method fitted to each series separately does not
    use."""
    if panel.covariates is None:
        return
    from ...data import CALENDAR

    held, known = panel.covariates, forecaster.covariates is not None
    read = {*CALENDAR, *(held.known_names if known else ())}
    left = [name for name in held.names if name not in read]
    if left:
        more = "only known covariates" if known else "the series alone"
        yield (
            f"{model} reads {more}: {', '.join(left)} left out. Known covariates are "
            "read by arima, mstl, harmonic, structural, linear and the networks; past and static "
            "ones by the last two."
        )


def remove_checkpoint(checkpoint: Path | None) -> None:
    """Remove a checkpoint that is no longer needed, and partly written files next to it."""
    if checkpoint is not None:
        shutil.rmtree(checkpoint, ignore_errors=True)


def _choose(request: FitRequest, panel: "Panel", console: Console) -> FittedModel:
    """Compare candidates, fit the best one, and print the reason for the choice."""
    from ...workflow import auto

    rows: list[Any] = []
    with (
        resumable(request, unnamed(panel), console) as checkpoint,
        _partial_leaderboard(rows, console),
        console.candidates() as listener,
    ):

        def on_event(event: "CandidateDone") -> None:
            rows.append(event.row)
            if listener is not None:
                listener(event)

        choice = auto(
            panel,
            request.horizon,
            key=request.seed,
            season=request.season,
            budget=request.budget,
            clock=time.monotonic,
            on_event=on_event,
            checkpoint=checkpoint,
            interruptible=True,
        )
    if choice.interrupted:
        kept = checkpoint is not None and checkpoint.exists()
        console.say(
            "Interrupted: this is the forecast of the models compared so far."
            + (" The same command continues where it stopped." if kept else "")
        )
    if choice.leaderboard:
        console.show(leaderboard(choice.leaderboard), "Models compared inside the data")
    console.say(choice.sentence)
    if choice.trust_sentence:
        console.say(f"How far to trust it? {choice.trust_sentence}")
    return FittedModel(choice.forecaster, choice.name, choice)


@contextmanager
def _partial_leaderboard(rows: list[Any], console: Console) -> Iterator[None]:
    """After Ctrl-C, print the candidates compared so far."""
    try:
        yield
    except KeyboardInterrupt:
        if rows:
            table = leaderboard(sorted(rows, key=lambda row: row.mase))
            del table["won"]
            console.show(table, "Compared so far")
        raise


def leaderboard(rows: Any) -> dict[str, list[str]]:
    """The compared models as columns: model, mase (1 is the naive error within the history), won
    (share of comparisons), seconds.

    >>> from types import SimpleNamespace as Row
    >>> leaderboard([Row(name="ets", mase=0.81234, won=0.75, seconds=1.26)])
    {'model': ['ets'], 'mase': ['0.812'], 'won': ['75%'], 'seconds': ['1.3']}
    """
    return {
        "model": [row.name for row in rows],
        "mase": [f"{row.mase:.3f}" if isfinite(row.mase) else "–" for row in rows],
        "won": [f"{row.won:.0%}" for row in rows],
        "seconds": [f"{row.seconds:.1f}" for row in rows],
    }
