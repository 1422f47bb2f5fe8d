"""The report of a forecast, from what the command has in hand."""

import platform
from collections.abc import Sequence
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from .. import __version__
from ..data import Panel
from ..forecasting import Ensemble, Forecaster
from ..plots import Comparison, Provenance, Report, Residuals, Training, drawing_program, report_html
from ..store import write_atomically
from ..workflow import Choice
from ._cache import kept_text
from ._command import as_typed
from ._fitting import Fitted


def write_page(path: Path, panel: Panel, table: Any, done: Fitted, past: Any, said: Sequence[str]) -> None:
    """Write the report; `past` are the fitted values, `said` what was read and assumed."""
    report = Report(
        panel,
        table,
        done.name,
        provenance(said),
        why=done.choice.sentence if done.choice else "",
        comparison=comparison(done.choice) if done.choice else None,
        training=training(done.forecaster),
        residuals=None if past is None else Residuals(past),
    )
    drawing = kept_text(f"drawing-{version('vl-convert-python')}-{version('altair')}.js", drawing_program)
    write_atomically(path, report_html(report, drawing).encode())


def provenance(said: Sequence[str]) -> Provenance:
    """The command, what it said, versions and the time."""
    versions = {"stepahead": __version__, "Python": platform.python_version(), "jax": version("jax"), "statsmodels": version("statsmodels")}
    return Provenance(as_typed(), tuple(said), versions, datetime.now().astimezone().strftime("%Y-%m-%d %H:%M"))


def comparison(choice: Choice) -> Comparison:
    """The leaderboard of the candidates with what the backtest adds, and the error by step of each."""
    board = choice.report.leaderboard()
    place = {name: number for number, name in enumerate(board["model"].tolist())}
    rows = [place[row.name] for row in choice.leaderboard]
    kept = [name for name in board if name == "smape" or name.startswith("coverage-")]
    columns: dict[str, Any] = {"model": [row.name for row in choice.leaderboard], "mase": [row.mase for row in choice.leaderboard]}
    columns |= {name: board[name][rows] for name in kept}
    columns |= {"won": [row.won for row in choice.leaderboard], "seconds": [row.seconds for row in choice.leaderboard]}
    steps = choice.report.by_step()
    by_step = {"step": steps["step"], **{row.name: steps[row.name] for row in choice.leaderboard}}
    first = next((row.name for row in choice.leaderboard if row.name in ("seasonal-naive", "naive")), None)
    return Comparison(columns, by_step, first, len(choice.report.actual))


def training(forecaster: Any) -> Training | None:
    """The learning curves, of every seed where there are several; None for what is fitted to each series by itself."""
    if isinstance(forecaster, Ensemble):
        losses = {f"seed {number + 1}": np.array(member.learning.losses) for number, member in enumerate(forecaster.members)}
        return Training(losses, forecaster.members[0].learning.stopped)
    if not isinstance(forecaster, Forecaster):
        return None
    learning = forecaster.learning
    curves = {"training": learning.losses, "validation": learning.validation}
    return Training({name: np.array(values) for name, values in curves.items() if values}, learning.stopped)
