"""The sets of series on which the product is scored at its defaults: one source and frequency each.

Each is read from its file, cut once at its last horizon, and has the season of the MASE's
denominator and of the naive forecast that everything is related to. Horizons as published, else 6
yearly, 8 quarterly, 12 monthly, 13 weekly, 30 daily, 48 hourly and half-hourly, a day at five
minutes. Columns of one file are series of their own. Series are left out whose last horizon holds
no value, or whose history holds fewer than 3.
"""

import csv
import gzip
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from stepahead.data import Frequency, Panel

DATA = Path(os.environ.get("STEPAHEAD_DATA", "../shared/data"))


class Set(NamedTuple):
    """The series of a set: what a model sees, and what came."""

    name: str
    train: Panel
    test: list[np.ndarray]
    season: int

    @property
    def horizon(self) -> int:
        """Steps ahead."""
        return len(self.test[0])


def sets(only: str = "") -> Iterator[Set]:
    """Read every set whose name contains `only`, one after the other."""
    for name, (make, horizon, season) in SETS.items():
        if only.lower() in name.lower():
            yield _cut(name, make(), horizon, season)


class Columns(NamedTuple):
    """Whole series, their frequency and where each begins; of competitions the ends apart."""

    series: list[np.ndarray]
    frequency: str | int
    starts: list[np.datetime64] | None = None
    ends: list[np.ndarray] | None = None


def _cut(name: str, columns: Columns, horizon: int, season: int) -> Set:
    kept, ends, starts = [], [], []
    for number, whole in enumerate(columns.series):
        known = np.flatnonzero(~np.isnan(whole))
        if not len(known):
            continue
        first, values = known[0], np.asarray(whole[known[0] :], float)
        if columns.ends is not None:
            train, test = values, columns.ends[number]
        else:
            train, test = values[:-horizon], values[-horizon:]
        if np.isnan(test).all() or (~np.isnan(train)).sum() < 3:
            continue
        kept.append(train)
        ends.append(test)
        if columns.starts is not None:
            starts.append((columns.starts[number], first))
    if isinstance(columns.frequency, int):
        frequency = Frequency.integer(season=columns.frequency)
        return Set(name, Panel.from_arrays(kept, frequency=frequency), ends, season)
    frequency = Frequency.parse(columns.frequency)
    times = [
        frequency.advance(frequency.advance(start, int(first)), np.arange(len(x)))
        for (start, first), x in zip(starts, kept, strict=True)
    ]
    offsets = np.concatenate([[0], np.cumsum([len(x) for x in kept])])
    panel = Panel(
        values=np.concatenate(kept)[:, None],
        offsets=offsets,
        ids=np.array([str(number) for number in range(len(kept))], dtype=object),
        times=np.concatenate(times),
        frequency=frequency,
    )
    return Set(name, panel, ends, season)


def _frame(path: str, **options: object) -> pd.DataFrame:
    return pd.read_csv(DATA / path, **options)


def _rows(path: str, skip: int) -> list[np.ndarray]:
    """Series of a competition's file, one a row, blanks at the end."""
    with gzip.open(DATA / path, "rt") as file:
        rows = list(csv.reader(file))[1:]
    return [
        np.array([float(cell) for cell in row[skip:] if cell not in ("", "NA")]) for row in rows
    ]


def _competition(folder: str, part: str, season: int) -> Callable[[], Columns]:
    name = {"m3": f"m3/M3-{part}", "tourism": f"tourism/tourism-{part}", "m4": f"m4/{part}"}[folder]

    def make() -> Columns:
        train, test = (_rows(f"{name}-{half}.csv.gz", 1) for half in ("train", "test"))
        return Columns(train, season, ends=test)

    return make


def _cif(horizon: int) -> Callable[[], Columns]:
    def make() -> Columns:
        with gzip.open(DATA / "cif2016/cif2016.csv.gz", "rt") as file:
            rows = [[c for c in row if c not in ("", "NA")] for row in list(csv.reader(file))[1:]]
        own = [np.array(row[2:], float) for row in rows if int(row[1]) == horizon]
        return Columns([x[:-horizon] for x in own], 12, ends=[x[-horizon:] for x in own])

    return make


def _by_stamp(frame: pd.DataFrame, keys: list[str], time: pd.Series, frequency: str) -> Columns:
    """A long table: one series for each combination of `keys` and each column that is left, on a
    regular grid with gaps as NaN."""
    frame = frame.assign(_time=time)
    values = [name for name in frame.columns if name not in (*keys, "_time")]
    series, starts = [], []
    grid = Frequency.parse(frequency)
    groups = frame.groupby(keys, sort=True) if keys else [((), frame)]
    for _, rows in groups:
        group = rows.sort_values("_time")
        stamps = group["_time"].to_numpy().astype("M8[us]")
        place = grid.position(stamps[0], stamps)
        for name in values:
            x = np.full(int(place[-1]) + 1, np.nan)
            x[place] = group[name].to_numpy(float)
            series.append(x)
            starts.append(stamps[0])
    return Columns(series, frequency, starts)


def _month(text: pd.Series) -> pd.Series:
    return pd.to_datetime(text, format="%Y %b")


def _quarter(text: pd.Series) -> pd.Series:
    return pd.PeriodIndex(text.str.replace(" ", ""), freq="Q").to_timestamp()


def _classics(frequency: str, start: str, **files: str) -> Callable[[], Columns]:
    """Classic series of one frequency, a file each with its first stamp; all value columns."""

    def make() -> Columns:
        series, starts = [], []
        for file, first in files.items():
            frame = _frame(f"classics/{file.replace('__', '.')}.csv.gz")
            left = [n for n in frame.columns if n not in ("rownames", "time", "law", "Date")]
            for name in left:
                series.append(frame[name].to_numpy(float))
                starts.append(np.datetime64(first or start, "us"))
        return Columns(series, frequency, starts)

    return make


def _fpp(
    file: str,
    keys: list[str],
    stamp: str,
    read: Callable,
    frequency: str,
    drop: tuple[str, ...] = (),
) -> Callable[[], Columns]:
    def make() -> Columns:
        frame = _frame(f"fpp/{file}.csv.gz")
        time = read(frame[stamp])
        left = frame.drop(columns=[stamp, *drop, *(c for c in ("rownames",) if c in frame)])
        return _by_stamp(left, keys, time, frequency)

    return make


def _numbered(file: str, column: str, frequency: str) -> Callable[[], Columns]:
    """A column without stamps, of a known frequency."""

    def make() -> Columns:
        values = _frame(f"fpp/{file}.csv.gz")[column].to_numpy(float)
        return Columns([values], frequency, [np.datetime64("2000-01-03", "us")])

    return make


def _pedestrian() -> Columns:
    frame = _frame("fpp/pedestrian.csv.gz")
    time = pd.to_datetime(frame["Date_Time_UTC"], utc=True).dt.tz_localize(None)
    return _by_stamp(frame[["Sensor", "Count"]], ["Sensor"], time, "h")


def _vic() -> Columns:
    frame = _frame("classics/vic_elec.csv.gz")
    time = pd.to_datetime(frame["Time"], utc=True).dt.tz_localize(None)
    return _by_stamp(frame[["Demand"]], [], time, "30min")


def _walkers() -> Columns:
    frame = _frame("classics/melb_walkers.csv.gz")
    return _by_stamp(frame[["Count"]], [], pd.to_datetime(frame["Date"]), "D")


def _rates() -> Columns:
    frame = _frame("exchange_rate/exchange_rate.csv.gz")
    first = np.datetime64("1990-01-01", "us")
    return Columns([frame[c].to_numpy(float) for c in frame], "B", [first] * frame.shape[1])


def _ett() -> Columns:
    frame = _frame("ett/ETTh1.csv.gz")
    return _by_stamp(frame.drop(columns="date"), [], pd.to_datetime(frame["date"]), "h")


def _calls() -> Columns:
    frame = _frame("fpp/bank_calls.csv.gz")
    time = pd.to_datetime(frame["DateTime"], utc=True).dt.tz_localize(None)
    return _by_stamp(frame[["Calls"]], [], time, "5min")


def _without_calendar() -> Columns:
    sales, geyser = _frame("classics/BJsales.csv.gz"), _frame("classics/geyser.csv.gz")
    columns = [sales["value"], geyser["waiting"], geyser["duration"]]
    return Columns([column.to_numpy(float) for column in columns], 1)


def _year(text: pd.Series) -> pd.Series:
    return pd.to_datetime(text.astype(str) + "-01-01")


SETS: dict[str, tuple[Callable[[], Columns], int, int]] = {
    "M3 yearly": (_competition("m3", "Yearly", 1), 6, 1),
    "M3 quarterly": (_competition("m3", "Quarterly", 4), 8, 4),
    "M3 monthly": (_competition("m3", "Monthly", 12), 18, 12),
    "M3 other": (_competition("m3", "Other", 1), 8, 1),
    "tourism yearly": (_competition("tourism", "Yearly", 1), 4, 1),
    "tourism quarterly": (_competition("tourism", "Quarterly", 4), 8, 4),
    "tourism monthly": (_competition("tourism", "Monthly", 12), 24, 12),
    "CIF2016, 6 ahead": (_cif(6), 6, 12),
    "CIF2016, 12 ahead": (_cif(12), 12, 12),
    "M4 hourly": (_competition("m4", "Hourly", 24), 48, 24),
    "exchange rates": (_rates, 30, 5),
    "ETTh1": (_ett, 48, 24),
    "classics yearly": (
        _classics(
            "YS",
            "",
            LakeHuron="1875-01-01",
            Nile="1871-01-01",
            discoveries="1860-01-01",
            lynx="1821-01-01",
        ),
        6,
        1,
    ),
    "classics quarterly": (
        _classics("QS", "", JohnsonJohnson="1960-01-01", UKgas="1960-01-01", uschange="1970-01-01"),
        8,
        4,
    ),
    "classics monthly": (
        _classics(
            "MS",
            "",
            AirPassengers="1949-01-01",
            co2_ts="1959-01-01",
            nottem="1920-01-01",
            USAccDeaths="1973-01-01",
            UKDriverDeaths="1969-01-01",
            Seatbelts="1969-01-01",
            sunspot__month="1749-01-01",
        ),
        12,
        12,
    ),
    "classics weekly": (_classics("W-SUN", "1991-02-03", gasoline=""), 13, 52),
    "classics daily": (_walkers, 30, 7),
    "classics business daily": (_classics("B", "1991-07-01", EuStockMarkets=""), 30, 5),
    "classics half-hourly": (_vic, 48, 48),
    "classics without a calendar": (_without_calendar, 12, 1),
    "PBS": (_fpp("PBS", ["unique_id"], "ds", pd.to_datetime, "MS"), 12, 12),
    "aus_retail": (
        _fpp("aus_retail", ["State", "Industry"], "Month", pd.to_datetime, "MS"),
        12,
        12,
    ),
    "fpp tourism": (
        _fpp("tourism", ["Region", "State", "Purpose"], "Quarter", _quarter, "QS"),
        8,
        4,
    ),
    "aus_arrivals": (_fpp("aus_arrivals", ["Origin"], "Quarter", _quarter, "QS"), 8, 4),
    "nsw_offences": (_fpp("nsw_offences", ["Type"], "Month", _month, "MS"), 12, 12),
    "souvenirs": (_fpp("souvenirs", [], "Month", _month, "MS"), 12, 12),
    "global_economy": (
        _fpp("global_economy", ["Country"], "Year", _year, "YS", drop=("Code",)),
        6,
        1,
    ),
    "pedestrian": (_pedestrian, 48, 24),
    "taylor": (_numbered("taylor", "x", "30min"), 48, 48),
    "elecdemand": (_numbered("elecdemand", "Demand", "30min"), 48, 48),
    "bank_calls": (_calls, 288, 288),
    "otexts_views": (_fpp("otexts_views", [], "Date", pd.to_datetime, "D"), 30, 7),
}
"""By name: its series, its horizon, and the season of the MASE."""
