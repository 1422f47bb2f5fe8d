"""The contents of a report, as plain values; `report_html` writes the page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from ...data import Panel
from ...evaluation import Predictability, Stationarity, Trust
from .._axes import Columns


@dataclass(frozen=True, eq=False)
class Comparison:
    """Errors of the compared models, at `origins` forecast origins inside the data.

    `leaderboard` has the column `model` and any of mase, smape, mae, rmse, pinball, won (a share),
    seconds, coverage-80, …; `by_step` has `step` and one column per model, with errors in
    `measure`. `naive` is the model in both with which the others are compared; `judged` is the one
    whose error estimates that of the forecast (by default its own model, "" if none does).
    """

    leaderboard: Columns
    by_step: Columns | None = None
    naive: str | None = None
    origins: int | None = None
    measure: str = "MASE"
    judged: str | None = None


@dataclass(frozen=True, eq=False)
class Training:
    """The history of training: losses by name, one for each `unit` (none if the fit was exact), and
    the reason why training stopped."""

    losses: Mapping[str, Float[np.ndarray, " _epoch"]]
    stopped: str
    unit: str = "epoch"


@dataclass(frozen=True, eq=False)
class Residuals:
    """Fitted and actual values: columns unique_id, ds, y, fitted (and channel), and a description
    of the fitted values."""

    table: Columns
    description: str = "one step ahead, over the training data"


@dataclass(frozen=True, eq=False)
class StationarityTests:
    """The results of `evaluation.stationarity` on `panel`, which contains the last steps of all
    series or of some."""

    panel: Panel
    found: tuple[Stationarity, ...]


@dataclass(frozen=True)
class Provenance:
    """The origin of the report: the command that repeats it, notes on the data and on assumptions,
    versions by name, and the date."""

    command: str
    notes: Sequence[str] = ()
    versions: Mapping[str, str] | None = None
    made: str = ""


@dataclass(frozen=True, eq=False)
class Report:
    """All contents of the page.

    `forecast` is the table of the forecaster (unique_id, ds, mean, lo-80, hi-80, …; several
    channels interleaved) for every series of `history`, in its order; `model` is its name. `reason`
    says why that model was chosen, `trust` how far ahead it is better than naive forecasts (without
    it, there is a sentence on `comparison`); `trusted` and `informative` are the tests behind it,
    by step. `shown` are the ids of the series to draw (by default six, if there are many).
    """

    history: Panel
    forecast: Columns
    model: str
    provenance: Provenance
    reason: str = ""
    trust: str = ""
    trusted: Trust | None = None
    informative: Predictability | None = None
    comparison: Comparison | None = None
    training: Training | None = None
    residuals: Residuals | None = None
    tested: StationarityTests | None = None
    title: str | None = None
    shown: Sequence[str] | None = None
