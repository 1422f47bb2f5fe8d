"""The gain from covariates: Victoria's electricity with temperature, holidays and calendar; rented
bikes with weather and holidays.

Hourly series, forecast 24 hours ahead from every midnight of the held-out part, fitted once before
it. How each model is arranged (strategy, lags) is chosen on the last 60 days of the training part;
every arrangement tried is printed. The weather of the steps to come is the weather that came: a
real forecast would have a weather forecast there, and gain less.

Run: STEPAHEAD_DATA=… python benchmarks/accuracy/covariates.py [electricity] [bikes]
"""

import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import stepahead as sa
from stepahead import data, models
from stepahead.forecasting import anchored, mimo, recursive
from stepahead.imputation import Linear, fill_gaps

FOLDER = Path(os.environ.get("STEPAHEAD_DATA", Path(__file__).parents[3] / "shared" / "data"))
HORIZON, JUDGED, SEEDS = 24, 60, 3


@dataclass(frozen=True)
class Arrangement:
    """A model and how it is arranged."""

    name: str
    spec: Any
    options: dict[str, Any]


LAGS = (*range(1, 49), 167, 168, 169)
TRIED = [
    Arrangement("linear, recursive", models.LinearAR(LAGS), {"strategy": recursive}),
    Arrangement("linear, all steps at once", models.LinearAR(LAGS), {"strategy": mimo}),
    Arrangement("MLP, recursive", models.MLPAR((*range(1, 25), 168)), {"strategy": recursive}),
    Arrangement(
        "MLP, all steps at once", models.MLPAR((*range(1, 25), 168)), {"strategy": anchored(mimo)}
    ),
    Arrangement("GRU, recursive", models.GRU(32), {"strategy": recursive}),
    Arrangement("GRU, recursive on changes", models.GRU(32), {"strategy": anchored(recursive)}),
    Arrangement("GRU, all steps at once", models.GRU(32), {"strategy": anchored(mimo)}),
]


def electricity() -> tuple[data.Panel, data.Panel, int]:
    """Mean demand by hour in MW, temperature and holiday with it, and the hours of 2014, which
    are held out."""
    raw = pd.read_csv(FOLDER / "classics" / "vic_elec.csv.gz")
    hours = pd.to_datetime(raw["Time"]).dt.tz_localize(None).dt.floor("h")
    table = (
        raw.assign(Holiday=raw["Holiday"].astype(float))
        .groupby(hours)[["Demand", "Temperature", "Holiday"]]
        .mean()
    )
    frequency = data.Frequency.parse("h", "Australia/Melbourne")
    return *_panels(table, "Demand", ["Temperature", "Holiday"], frequency), 365 * 24


def bikes() -> tuple[data.Panel, data.Panel, int]:
    """Bikes rented by hour, weather and holiday with them, and the last half year, which is held
    out.

    165 hours, most of them in storms, have no row: no count there, and the weather is interpolated.
    """
    raw = pd.read_csv(FOLDER / "bike_sharing" / "hour.csv.gz")
    stamps = pd.to_datetime(raw["dteday"], format="%m/%d/%y") + pd.to_timedelta(raw["hr"], unit="h")
    table = raw.set_index(stamps)[
        ["cnt", "temp", "hum", "windspeed", "weathersit", "holiday", "workingday"]
    ].asfreq("h")
    values, beside = _panels(table, "cnt", list(table.columns[1:]), data.Frequency.parse("h"))
    return values, fill_gaps(beside, Linear()).panel, 184 * 24


def _panels(
    table: pd.DataFrame, target: str, beside: list[str], frequency: data.Frequency
) -> tuple[data.Panel, data.Panel]:
    start = np.datetime64(table.index[0].to_pydatetime(), "us")

    def panel(columns: list[str]) -> data.Panel:
        return data.Panel.from_arrays(
            [table[columns].to_numpy(float)], start=start, frequency=frequency, names=columns
        )

    return panel([target]), panel(beside)


def error(arrangement: Arrangement, panel: data.Panel, windows: int, key: int) -> float:
    """Mean absolute error over all origins and steps, in the unit of the series."""
    report = sa.backtest(
        [arrangement.spec],
        panel,
        HORIZON,
        windows,
        key=key,
        step=HORIZON,
        refit=0,
        levels=(),
        season=24,
        **arrangement.options,
    )
    return float(np.nanmean(np.abs(report.mean[repr(arrangement.spec)] - report.actual)))


def naive(panel: data.Panel, windows: int) -> dict[str, float]:
    """The same of the naive guesses: a day and a week before."""
    found = {}
    for season in (24, 168):
        report = sa.backtest(
            [models.Naive()],
            panel,
            HORIZON,
            windows,
            key=0,
            step=HORIZON,
            refit=0,
            levels=(),
            season=season,
        )
        found[f"{season} hours before"] = float(
            np.nanmean(np.abs(report.mean["last season"] - report.actual))
        )
    return found


def compare(name: str, values: data.Panel, beside: data.Panel, held_out: int) -> None:
    """Print the table of one series."""
    began = time.perf_counter()
    sets = {
        "values alone": values,
        "calendar": data.with_calendar(values, 0),
        "columns": data.with_covariates(values, known=beside),
        "both": data.with_calendar(data.with_covariates(values, known=beside), 0),
    }
    windows = held_out // HORIZON
    print(
        f"\n{name}: {values.lengths[0]:,} hours, {windows} origins held out; columns: "
        f"{', '.join(beside.names)}"
    )
    print(
        "  "
        + ", ".join(f"{guess}: MAE {value:.1f}" for guess, value in naive(values, windows).items())
    )
    print(f"  MAE on the last {JUDGED} days of the training part, seed 0, by what is seen")
    print(f"  {'':28}" + "".join(f"{what:>14}" for what in sets))
    scores = {}
    for arrangement in TRIED:
        row = [
            error(arrangement, p.slice(np.array([0]), p.lengths - held_out), JUDGED, 0)
            for p in sets.values()
        ]
        scores[arrangement.name] = row
        print(f"  {arrangement.name:28}" + "".join(f"{value:14.1f}" for value in row), flush=True)
    print(
        "  MAE on the held-out part, the arrangement chosen above for each column, mean of "
        f"{SEEDS} seeds"
    )
    for kind in ("linear", "MLP", "GRU"):
        row = []
        for place, panel in enumerate(sets.values()):
            chosen = min(
                (a for a in TRIED if a.name.startswith(kind)), key=lambda a: scores[a.name][place]
            )
            seeds = 1 if kind == "linear" else SEEDS
            row.append(np.mean([error(chosen, panel, windows, key) for key in range(seeds)]))
        gain = f"   {1 - row[3] / row[0]:.0%} less with both"
        print(f"  {kind:28}" + "".join(f"{value:14.1f}" for value in row) + gain, flush=True)
    print(f"  {time.perf_counter() - began:.0f} s")


if __name__ == "__main__":
    asked = sys.argv[1:] or ["electricity", "bikes"]
    if "electricity" in asked:
        compare("Electricity demand of Victoria, MW", *electricity())
    if "bikes" in asked:
        compare("Bikes rented in Washington", *bikes())
