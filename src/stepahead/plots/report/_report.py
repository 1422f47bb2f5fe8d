"""What a report is made of, as plain values: the page itself is `report_html`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from ...data import Panel
from ...evaluation import Stationarity
from .._axes import Columns


@dataclass(frozen=True, eq=False)
class Comparison:
    """How the models did at `origins` origins inside the data.

    `leaderboard` has the column `model` and any of mase, smape, mae, rmse, pinball, won (a share),
    seconds, coverage-80, …; `by_step` has `step` and a column a model, errors in `measure`. `naive`
    is the model in both that the others are held against.
    """

    leaderboard: Columns
    by_step: Columns | None = None
    naive: str | None = None
    origins: int | None = None
    measure: str = "MASE"


@dataclass(frozen=True, eq=False)
class Training:
    """How training went: losses by name, one a `unit` (none where the fit was exact), and why it
    stopped."""

    losses: Mapping[str, Float[np.ndarray, " _epoch"]]
    stopped: str
    unit: str = "epoch"


@dataclass(frozen=True, eq=False)
class Residuals:
    """What the model gives beside what was seen: columns unique_id, ds, y, fitted (and channel),
    and `how` those came about."""

    table: Columns
    how: str = "one step ahead, over the data that it was fitted on"


@dataclass(frozen=True, eq=False)
class StationarityTests:
    """What `evaluation.stationarity` found of `panel`: the end of some of the history's series, or
    all of them."""

    panel: Panel
    found: tuple[Stationarity, ...]


@dataclass(frozen=True)
class Provenance:
    """Where the report comes from: the command that repeats it, what was read and assumed, versions
    by name, when it was made."""

    command: str
    read: Sequence[str] = ()
    versions: Mapping[str, str] | None = None
    made: str = ""


@dataclass(frozen=True, eq=False)
class Report:
    """All that the page says.

    `forecast` is the table of the forecaster (unique_id, ds, mean, lo-80, hi-80, …; several
    channels interleaved) for every series of `history`, in its order; `model` its name. `why` says
    why that model, `trust` how far ahead it can be trusted (without it, what `comparison` shows is
    said). `shown` names the series to draw (six of many by default).
    """

    history: Panel
    forecast: Columns
    model: str
    provenance: Provenance
    why: str = ""
    trust: str = ""
    comparison: Comparison | None = None
    training: Training | None = None
    residuals: Residuals | None = None
    tested: StationarityTests | None = None
    title: str | None = None
    shown: Sequence[str] | None = None
