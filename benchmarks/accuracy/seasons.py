"""Several seasons against seasonal naive, at rolling origins, and M4 hourly as it is scored.

Half-hourly demand of electricity (taylor, elecdemand, vic_elec), calls to a bank at 5 minutes with
nights missing, hourly pedestrians with gaps, page views by day; supplies of gasoline and CO2 by
week, with a year of 365.25 / 7 steps and with one of 52. Every origin is a series of its own
that ends there; all are fitted in one call. Errors are mean absolute ones over all origins and
steps, as a share of the better seasonal naive forecast: of the day or of the week (of the week or
of the year for page views, of the year for weeks).

`--origins 2` takes so many of the origins of a set, and so many series of M4 hourly, evenly spread;
`--rivals` adds statsforecast's AutoTBATS on the same, where it is installed, gaps bridged by lines.

Run: STEPAHEAD_DATA=… python benchmarks/accuracy/seasons.py [--only taylor] [--method TBATS] [--m4]
[--origins 2] [--rivals]
"""

import argparse
import csv
import gzip
import os
import time
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

import stepahead as sa
from stepahead.forecasting import ETS, MSTL, TBATS, Harmonic, LocalMethod, Theta

DATA = Path(os.environ.get("STEPAHEAD_DATA", Path(__file__).parents[3] / "shared" / "data"))
NAIVE2 = (18.383, 2.395)
"""Naive2's sMAPE and MASE on M4 hourly, as published."""


class Origins(NamedTuple):
    """Histories, what came after each, and the seasons."""

    history: list[np.ndarray]
    actual: np.ndarray
    seasons: tuple[float, ...]


def cut(
    all_values: list[np.ndarray],
    seasons: tuple[float, ...],
    *,
    count: int,
    step: int,
    horizon: int,
    keep: int,
) -> Origins:
    """The last `count` origins of every series, `step` apart, each with `keep` steps of history."""
    history, actual = [], []
    for values in all_values:
        for number in range(count):
            origin = len(values) - horizon - number * step
            if not np.isnan(values[origin : origin + horizon]).all():
                history.append(values[max(0, origin - keep) : origin])
                actual.append(values[origin : origin + horizon])
    return Origins(history, np.stack(actual), seasons)


def frame(name: str) -> pd.DataFrame:
    """One file."""
    return pd.read_csv(DATA / f"{name}.csv.gz")


def regular(stamps: pd.Series, values: pd.Series, grid: str) -> np.ndarray:
    """The values on a grid, NaN where there is none; the first of those that share a stamp."""
    series = pd.Series(values.to_numpy(float), pd.DatetimeIndex(stamps))
    return series[~series.index.duplicated()].resample(grid).asfreq().to_numpy()


def taylor() -> Origins:
    """Twelve weeks of demand in England and Wales; 14 origins a day apart, a day ahead."""
    values = frame("fpp/taylor")["x"].to_numpy(float)
    return cut([values], (48, 336), count=14, step=48, horizon=48, keep=10**6)


def elecdemand() -> Origins:
    """Half a year of demand in Victoria, 2014; 14 origins five days apart, a day ahead."""
    values = frame("fpp/elecdemand")["Demand"].to_numpy(float)
    return cut([values], (48, 336), count=14, step=240, horizon=48, keep=26 * 336)


def vic_elec() -> Origins:
    """The same of another file, at the end of 2014."""
    values = frame("classics/vic_elec")["Demand"].to_numpy(float)
    return cut([values], (48, 336), count=14, step=240, horizon=48, keep=26 * 336)


def bank_calls() -> Origins:
    """Calls at 5 minutes on the clock, nights and weekends missing; 10 origins two days apart."""
    table = frame("fpp/bank_calls")
    stamps = pd.to_datetime(table["DateTime"], utc=True)
    values = regular(stamps, table["Calls"], "5min")
    return cut([values], (288, 2016), count=10, step=576, horizon=288, keep=10 * 2016)


def pedestrian() -> Origins:
    """Four sensors by local hours; 10 origins each, nine days apart, a day ahead."""
    table = frame("fpp/pedestrian")
    values = [
        regular(pd.to_datetime(own["Local"]), own["Count"], "h")
        for _, own in table.groupby("Sensor")
    ]
    return cut(values, (24, 168), count=10, step=216, horizon=24, keep=30 * 168)


def views() -> Origins:
    """Page views of a textbook by day; 14 origins four weeks apart, four weeks ahead."""
    values = frame("fpp/otexts_views")["Pageviews"].to_numpy(float)
    return cut([values], (7, 364), count=14, step=28, horizon=28, keep=10**6)


YEAR = 365.25 / 7


def weekly(values: np.ndarray, year: float) -> Origins:
    """26 origins a quarter of a year apart, a quarter ahead; the last quarter is left alone."""
    return cut([values[:-13]], (year,), count=26, step=13, horizon=13, keep=10**6)


def gasoline(year: float = YEAR) -> Origins:
    """Supplies of gasoline in the United States."""
    return weekly(frame("classics/gasoline")["value"].to_numpy(float), year)


def co2(year: float = YEAR) -> Origins:
    """CO2 in the air at Mauna Loa."""
    return weekly(sa.read("sample:co2").values[:, 0], year)


SETS = {
    make.__name__: make
    for make in (taylor, elecdemand, vic_elec, bank_calls, pedestrian, views, gasoline, co2)
}
SETS |= {"gasoline, 52": partial(gasoline, 52), "co2, 52": partial(co2, 52)}


def seasonal_naive(values: np.ndarray, season: int, horizon: int) -> np.ndarray:
    """The newest value at the same place of the season that was observed."""
    out = []
    for step in range(horizon):
        places = np.arange(len(values) - season + step % season, -1, -season)
        known = values[places][~np.isnan(values[places])]
        out.append(known[0] if len(known) else np.nanmean(values))
    return np.array(out)


def predicted(spec: LocalMethod, history: list[np.ndarray], horizon: int, season: int):
    """Forecasts, ends of 80 % intervals, and seconds of processor time a series."""
    began = time.process_time()
    panel = sa.Panel.from_arrays(history)
    done = sa.fit(spec, panel, horizon, key=0, season=season).predict(levels=80)
    low, high = done.interval(80)
    spent = (time.process_time() - began) / len(history)
    return done.mean[:, :, 0], low[:, :, 0], high[:, :, 0], spent


def auto_tbats(history: list[np.ndarray], horizon: int, seasons: tuple[float, ...]):
    """The same by statsforecast's AutoTBATS, after a first call that compiles."""
    from statsforecast.models import AutoTBATS

    model = AutoTBATS(season_length=list(seasons))
    model.forecast(history[0][-3 * seasons[0] :], horizon)
    began, told = time.process_time(), []
    for values in history:
        seen = np.flatnonzero(~np.isnan(values))
        bridged = np.interp(np.arange(len(values)), seen, values[seen])
        told.append(model.forecast(bridged, horizon, level=[80]))
    spent = (time.process_time() - began) / len(history)
    mean, low, high = (
        np.stack([each[name] for each in told]) for name in ("mean", "lo-80", "hi-80")
    )
    return mean, low, high, spent


def methods(seasons: tuple[float, ...]) -> dict[str, LocalMethod]:
    """The methods that are compared."""
    return {
        "MSTL, autoregression": MSTL(seasons),
        "MSTL, robust": MSTL(seasons, robust=True),
        "MSTL, ETS": MSTL(seasons, ETS("Z,Z,N")),
        "MSTL, Theta": MSTL(seasons, Theta()),
        "Harmonic": Harmonic(seasons),
        "TBATS": TBATS(seasons),
    }


def spread(count: int, some: int) -> np.ndarray:
    """So many numbers below `count`, evenly spread; all of them where 0 are asked for."""
    return np.linspace(0, count - 1, min(some or count, count)).round().astype(int)


def compare(name: str, origins: Origins, words: argparse.Namespace) -> None:
    """Print a line for each method whose name begins as was asked for."""
    kept = spread(len(origins.actual), words.origins)
    history = [origins.history[number] for number in kept]
    origins = Origins(history, origins.actual[kept], origins.seasons)
    actual, horizon = origins.actual, origins.actual.shape[1]
    seen = ~np.isnan(actual)

    def error(forecast: np.ndarray) -> float:
        return float(np.abs(forecast - actual)[seen].mean())

    naive = [
        error(np.stack([seasonal_naive(one, round(season), horizon) for one in origins.history]))
        for season in origins.seasons
    ]
    told = ", ".join(
        f"of {season:.4g} {value:.4g}" for season, value in zip(origins.seasons, naive, strict=True)
    )
    print(f"{name}: {len(actual)} origins, {horizon} steps; MAE of seasonal naive {told}")

    def report(label: str, mean, low, high, spent: float) -> None:
        held = 100 * np.mean(((low <= actual) & (actual <= high))[seen])
        share = error(mean) / min(naive)
        print(f"  {label:22s} {share:.3f}   80 % hold {held:.0f} %   {spent:.2f} s", flush=True)

    for label, spec in methods(origins.seasons).items():
        if label.startswith(words.method):
            report(label, *predicted(spec, history, horizon, round(origins.seasons[0])))
    if words.rivals:
        report("AutoTBATS", *auto_tbats(history, horizon, origins.seasons))


def m4(words: argparse.Namespace) -> None:
    """M4 hourly by each method whose name begins as was asked for, and by the mean of two."""

    def rows(part: str) -> list[np.ndarray]:
        with gzip.open(DATA / "m4" / f"Hourly-{part}.csv.gz", "rt") as file:
            lines = list(csv.reader(file))[1:]
        return [np.array([float(x) for x in row[1:] if x not in ("", "NA")]) for row in lines]

    train, test = rows("train"), np.stack(rows("test"))
    kept = spread(len(train), words.origins)
    train, test = [train[number] for number in kept], test[kept]
    scale = np.array([np.mean(np.abs(y[24:] - y[:-24])) for y in train])

    def owa(forecast: np.ndarray) -> str:
        off = np.abs(forecast - test)
        smape = np.mean(200 * off / (np.abs(forecast) + np.abs(test)))
        mase = np.mean(off.mean(axis=1) / scale)
        total = (smape / NAIVE2[0] + mase / NAIVE2[1]) / 2
        return f"sMAPE {smape:.2f}  MASE {mase:.3f}  OWA {total:.3f}"

    print(f"M4 hourly, {len(train)} series, 48 steps; to reach: OWA 0.60")
    found = {}

    def report(label: str, mean, low, high, spent: float) -> None:
        held = 100 * np.mean((low <= test) & (test <= high))
        found[label] = mean
        print(
            f"  {label:22s} {owa(mean)}   80 % hold {held:.0f} %   {1000 * spent:.0f} ms",
            flush=True,
        )

    for label, spec in methods((24, 168)).items():
        if label.startswith(words.method):
            report(label, *predicted(spec, train, 48, 24))
    if words.rivals:
        report("AutoTBATS", *auto_tbats(train, 48, (24, 168)))
    if words.method:
        return
    both = (found["MSTL, autoregression"] + found["MSTL, Theta"]) / 2
    print(f"  {'mean of 1 and 4':22s} {owa(both)}")


def main() -> None:
    """Print everything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="")
    parser.add_argument("--method", default="", help="methods whose name begins so")
    parser.add_argument("--m4", action="store_true", help="M4 hourly only")
    parser.add_argument("--origins", type=int, default=0, help="of each set; 0: all")
    parser.add_argument("--rivals", action="store_true")
    words = parser.parse_args()
    for name, make in SETS.items():
        if words.only in name and not words.m4:
            compare(name, make(), words)
    if words.m4 or not (words.only or words.method):
        m4(words)


if __name__ == "__main__":
    main()
