"""Gaps filled from both sides: the methods compared on hidden values, and interpolation
against extrapolation.

Three sets: the weekly CO2 of Mauna Loa, an hourly air quality station (11 channels, -200 means
missing), and ICU stays of 48 hours of which most is missing (a row an hour: the mean of what was
measured in it). Known values are hidden, one by one and in runs; every method learns from what is
left. Then the same runs are filled with the right side withheld: from the past alone.

Run: STEPAHEAD_DATA=… python benchmarks/accuracy/imputation.py [co2] [air] [icu] [sides]
"""

import os
import sys
import tarfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

import stepahead as sa
from stepahead import data
from stepahead.imputation import Linear, Seasonal
from stepahead.models import Bidirectional
from stepahead.tasks import fit_imputer
from stepahead.workflow import imputation_scores, impute_methods

FOLDER = Path(os.environ.get("STEPAHEAD_DATA", Path(__file__).parents[3] / "shared" / "data"))
STAYS, LEFT, SIDE, RUNS = 100, 24, 168, 60
"""ICU stays; and for the two sides: the length of a run, what is seen on a side of it, and how many
runs."""
VITALS = [
    "HR",
    "Temp",
    "GCS",
    "NISysABP",
    "NIDiasABP",
    "SysABP",
    "DiasABP",
    "Urine",
    "SaO2",
    "pH",
    "Glucose",
    "HCT",
]


def air() -> data.Panel:
    """The station's channels of which less than a fifth is missing, and the calendar."""
    raw = pd.read_csv(FOLDER / "air_quality" / "AirQualityUCI.csv.gz").replace(-200, np.nan)
    names = [name for name in raw.columns[1:] if raw[name].isna().mean() < 0.2 and name != "OT"]
    start, hour = (
        np.datetime64(pd.Timestamp(raw["date"][0]).to_pydatetime(), "us"),
        data.Frequency.parse("h"),
    )
    return data.with_calendar(
        data.Panel.from_arrays(
            [raw[names].to_numpy(float)], start=start, frequency=hour, names=names
        ),
        0,
    )


def icu() -> data.Panel:
    """The first `STAYS` stays, hour by hour; a value below 0 stands for a missing one."""
    arrays, ids = [], []
    with tarfile.open(FOLDER / "physionet2012" / "set-a.tar.gz") as archive:
        for member in archive:
            stored = archive.extractfile(member)
            if stored is None or len(arrays) == STAYS:
                continue
            rows = pd.read_csv(stored)
            rows = rows[rows["Parameter"].isin(VITALS) & (rows["Value"] > 0)]
            hour = rows["Time"].str.slice(0, 2).astype(int)
            table = (
                rows.groupby([hour, "Parameter"])["Value"]
                .mean()
                .unstack()
                .reindex(index=range(48), columns=VITALS)
            )
            if table.notna().to_numpy().sum() > 0:
                arrays.append(table.to_numpy(float))
                ids.append(Path(member.name).stem)
    return data.Panel.from_arrays(arrays, ids=ids, names=VITALS)


def compare(name: str, panel: data.Panel, season: int, block: int | None = None) -> None:
    """Print the errors of all methods on hidden values."""
    began = time.perf_counter()
    share = panel.missing / panel.values.size
    print(
        f"\n{name}: {len(panel)} series, {len(panel.values):,} steps of {panel.channels} channels, "
        f"{share:.0%} of the values missing"
    )
    methods = impute_methods(season)
    rows = imputation_scores(panel, methods, key=1, block=block)
    for method in methods:
        errors = {row.pattern: row.error for row in rows if row.name == method}
        print(
            f"  {method:10}"
            + "".join(
                f"   {what}: MAE {e.mae:.3f}, RMSE {e.rmse:.3f} ({e.masked:,})"
                for what, e in errors.items()
            )
        )
    print(
        f"  in standard deviations of each channel; {time.perf_counter() - began:.0f} s", flush=True
    )


def two_sides(name: str, panel: data.Panel, season: int) -> None:
    """The same runs of `LEFT` steps with both sides seen, and with the right one withheld; the last
    third of the series is judged.

    Kalman smoothing, which fits every stretch again, is left out for its cost.
    """
    length, span = int(panel.lengths[0]), 2 * SIDE + LEFT
    cut = 2 * length // 3
    past = panel.slice(np.array([0]), np.array([cut]))
    starts = np.linspace(cut, length - span, RUNS).astype(int)
    pieces = [panel.slice(np.array([at]), np.array([at + span])) for at in starts]
    truth = _together(pieces)
    place = np.tile(np.arange(span), len(pieces))
    gap = (place >= SIDE) & (place < SIDE + LEFT)
    both = truth.with_values(np.where(gap[:, None], np.nan, truth.values))
    left = truth.with_values(np.where((place >= SIDE)[:, None], np.nan, truth.values))
    spread = np.nanstd(past.values, axis=0)
    print(
        f"\n{name}: {len(pieces)} runs of {LEFT} steps, {SIDE} steps seen on a side; MAE in "
        "standard deviations"
    )
    for method in (Linear(), Seasonal(season), Bidirectional()):
        imputer = fit_imputer(method, past, key=1)
        errors = [
            np.nanmean(np.abs((imputer.fill(seen) - truth.values) / spread)[gap])
            for seen in (both, left)
        ]
        print(
            f"  {method!r:34} both sides {errors[0]:.3f}   left side alone {errors[1]:.3f}   ratio "
            f"{errors[1] / errors[0]:.2f}",
            flush=True,
        )


def _together(pieces: list[data.Panel]) -> data.Panel:
    """Stretches of one series as series of their own, covariates along."""
    first = pieces[0]
    values = data.Panel.from_arrays([piece.values for piece in pieces], names=first.names)
    if first.covariates is None:
        return values
    beside = [
        piece.covariates.known[: len(piece.values)]
        for piece in pieces
        if piece.covariates is not None
    ]
    return data.with_covariates(
        values, known=data.Panel.from_arrays(beside, names=first.covariates.known_names)
    )


if __name__ == "__main__":
    asked = sys.argv[1:] or ["co2", "air", "icu", "sides"]
    if "co2" in asked:
        compare("CO2 at Mauna Loa", sa.read("sample:co2"), 52)
    if "air" in asked:
        compare("Air quality", air(), 24)
    if "icu" in asked:
        compare("ICU stays", icu(), 1, block=6)
    if "sides" in asked:
        two_sides("Air quality", air(), 24)
