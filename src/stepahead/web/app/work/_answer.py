"""The forecast of the page, in steps: a first forecast, the comparison of models, and the chosen
model's forecast with its trust horizon; then errors, components and files."""

import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ...._check import Refusal
from ...._types import Prediction
from ....data import Panel, refuse_missing, season_of
from ....forecasting import Baseline, Predictor, ValueRange, within_range
from ._events import Teller
from ._reading import read_file
from ._understand import write_panel

if TYPE_CHECKING:
    from ....evaluation import Backtest
    from ....workflow import AutoResult, CandidateDone


def answer(folder: Path, request: dict[str, Any], tell: Teller) -> None:
    """Compute the forecast for a request (`horizon`, `levels`, `budget`, `season`, and how to read
    the file)."""
    reading = read_file(request)
    panel, horizon = reading.panel, request["horizon"]
    levels = tuple(request["levels"])
    if panel.covariates is not None:
        refuse_missing(panel, horizon)
    season = request["season"] or season_of(panel)
    write_panel(panel, tell)
    tell.array("future", panel.future(horizon))
    tell("read", summary=reading.summary)
    first = Baseline("seasonal-naive" if season > 1 else "naive")
    _show(first.fitted(panel, horizon, key=0, season=season), first.kind, levels, 0, panel, tell)

    # Slow imports come after the first forecast.
    from ....outputs import cache_compiled
    from ....workflow import auto

    def compared(event: "CandidateDone") -> None:
        row = event.row._asdict()
        tell("candidate", number=event.number, candidates=event.candidates, row=row)

    cache_compiled()
    choice = auto(
        panel,
        horizon,
        key=0,
        season=season,
        budget=request["budget"],
        clock=time.monotonic,
        on_event=compared,
        interruptible=True,
    )
    _show(choice.forecaster, choice.name, levels, 1, panel, tell)
    if choice.report is not None:
        tell.array("errors", series_errors(choice.report, choice.name, panel))
    tell("answer", **_told(choice, panel))
    from ._explain import explain

    explain(folder, choice, (panel, reading.summary, season), request, tell)


def _show(
    forecaster: Predictor,
    name: str,
    levels: tuple[float, ...],
    stage: int,
    panel: Panel,
    tell: Teller,
) -> None:
    """Write the forecast of one stage as arrays, and report it."""
    made = within_range(forecaster.predict(levels=levels), ValueRange.of(panel))
    tell.array(f"mean-{stage}", made.mean)
    tell.array(f"ends-{stage}", _ends(made, levels))
    tell("forecast", stage=stage, model=name)


def _ends(made: Prediction, levels: tuple[float, ...]) -> np.ndarray:
    """The ends of the intervals, `[level, 2, series, horizon, channel]`."""
    if not levels:
        return np.zeros((0, 2, *made.mean.shape))
    return np.stack([np.stack(made.interval(level)) for level in levels])


def series_errors(report: "Backtest", name: str, panel: Panel) -> np.ndarray:
    """The MASE of the chosen model and of the naive forecast for every series and channel, `[curve,
    2]`; NaN if the series was not compared, or its scale is 0."""
    found = np.full((len(panel), panel.channels, 2), np.nan)
    place = {each: number for number, each in enumerate(panel.ids.tolist())}
    rows = [place[each] for each in report.ids.tolist()]
    scale = np.where(report.scale > 0, report.scale, np.nan)[:, :, None]
    naive = next((each for each in ("seasonal-naive", "naive") if each in report.mean), None)
    for column, model in enumerate((name, naive)):
        if model in report.mean:
            off = np.abs(report.mean[model] - report.actual) / scale
            counted = report.counted & np.isfinite(off)
            total = np.where(counted, off, 0).sum(axis=(0, 2))
            seen = counted.sum(axis=(0, 2))
            found[rows, :, column] = np.where(seen, total / np.maximum(seen, 1), np.nan)
    return found.reshape(-1, 2)


def _told(choice: "AutoResult", panel: Panel) -> dict[str, Any]:
    """The choice as plain values: names, sentences, errors by step."""
    from ....evaluation import predictability

    told: dict[str, Any] = {
        "name": choice.name,
        "sentence": choice.sentence,
        "interrupted": choice.interrupted,
        "leaderboard": [row._asdict() for row in choice.leaderboard],
        "trust": None,
        "steps": None,
    }
    if choice.report is not None:
        steps = choice.report.by_step()
        told["steps"] = {name: steps[name] for name in steps}
        told["origins"] = len(choice.report.origins)
    if choice.trust is not None:
        trust = choice.trust
        told["trust"] = {
            "sentence": choice.trust_sentence,
            "horizon": trust.horizon,
            "verdicts": trust.verdicts,
            "loss": trust.loss,
            "rivals": trust.rivals,
            "p": trust.p,
        }
    with suppress(Refusal):
        told["predictability"] = str(predictability(choice.forecaster.predict(levels=80), panel))
    return told
