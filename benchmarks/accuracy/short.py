"""Series that are too short to compare models on: what to forecast them with.

`auto` needs two seasons (8 steps at least) and a horizon before the first origin. Panels below are
shorter: so many of the last steps of the training parts of the sets (`sets.py`), of every series
that is long enough, with the horizon given. By history and method: the error and the weighted
quantile loss (0.1 … 0.9), both as shares of the naive forecast's (the last season if one was seen
whole, else the last value; geometric mean over the sets, each series divided by the mean of its own
past), and the shares inside the 80 and the 95 % interval.

Run: STEPAHEAD_DATA=… python benchmarks/accuracy/short.py [--only M3]
"""

import argparse
from typing import NamedTuple

import numpy as np
from defaults import DECILES, quantiles_of
from sets import sets

import stepahead as sa
from stepahead.data import Frequency, Panel
from stepahead.forecasting import (
    ETS,
    AutoARIMA,
    Baseline,
    Combination,
    Predictor,
    Pretrained,
    Theta,
)

HISTORIES = {
    1: ("years", ((6, 4), (12, 6))),
    4: ("quarters", ((6, 4), (10, 8), (14, 8))),
    12: ("months", ((8, 6), (12, 12), (18, 12), (24, 12), (30, 12))),
    52: ("weeks", ((60, 26), (100, 13))),
    7: ("days", ((10, 7), (20, 14))),
    24: ("hours", ((20, 24), (40, 24))),
    48: ("half hours", ((60, 48), (90, 48))),
}
"""Of each season: its name, and the steps of history and of the horizon."""

MOST = 400
"""Series of one set."""

MEMBERS = {
    "naive": Baseline("naive"),
    "seasonal": Baseline("seasonal-naive"),
    "theta": Theta(),
    "ets": ETS(),
    "zero-shot": Pretrained(adjusted=False),
    "zero-shot, no season": Pretrained(seasons=(), adjusted=False),
    "zero-shot-log": Pretrained(logs=True),
    "arima": AutoARIMA(),
}
MIXED = (
    ("theta", "ets"),
    ("theta", "ets", "zero-shot"),
    ("theta", "ets", "zero-shot", "arima"),
    ("theta", "ets", "zero-shot", "seasonal"),
)


class Short(NamedTuple):
    """A panel of short histories, and what came."""

    train: Panel
    test: np.ndarray
    season: int


def short(panel: Panel, history: int, horizon: int, season: int) -> Short | None:
    """The last steps of every series that is long enough; None: there are none."""
    whole = [panel.series(number)[:, 0] for number in range(len(panel))]
    cut = [y[-history - horizon :] for y in whole if len(y) >= history + horizon]
    cut = [y for y in cut if not np.isnan(y).any() and np.ptp(y[:history]) > 0][:MOST]
    if not cut:
        return None
    frequency = Frequency.integer(season=season)
    train = Panel.from_arrays([y[:history] for y in cut], frequency=frequency)
    return Short(train, np.stack([y[history:] for y in cut]), season)


def mixed(one: Short, horizon: int, members: dict[str, Predictor]) -> Predictor:
    """The mixture of the members, equally weighted."""
    count, series = len(members), len(one.train)
    return Combination(
        tuple(members.values()),
        tuple(members),
        np.full((series, count), 1 / count),
        np.full(count, 1 / count),
        np.ones((horizon, 2)),
        pooled=True,
    )


def scores(one: Short, forecaster: Predictor) -> np.ndarray:
    """Error, quantile loss, and shares inside the intervals."""
    mean, quantiles = quantiles_of(forecaster, one.test.shape[1])
    size = np.abs(np.stack([one.train.series(k)[:, 0] for k in range(len(one.train))])).mean(axis=1)
    size = np.maximum(size, 1e-9)
    error = (np.abs(mean - one.test) / size[:, None]).mean()
    tau = np.array(DECILES)
    gap = (one.test[..., None] - quantiles[..., 1:-1]) / size[:, None, None]
    loss = np.maximum(tau * gap, (tau - 1) * gap).mean()
    inside = [
        ((one.test >= quantiles[..., low]) & (one.test <= quantiles[..., high])).mean()
        for low, high in ((1, 9), (0, 10))
    ]
    return np.array([error, loss, *inside])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="")
    args = parser.parse_args()
    found: dict[tuple[str, int, int], dict[str, list[np.ndarray]]] = {}
    for one in sets(args.only):
        if one.season not in HISTORIES:
            continue
        kind, sizes = HISTORIES[one.season]
        for history, horizon in sizes:
            panel = short(one.train, history, horizon, one.season)
            if panel is None:
                continue
            fitted = {
                name: sa.fit(spec, panel.train, horizon, key=0, season=one.season)
                for name, spec in MEMBERS.items()
            }
            judged = {name: scores(panel, each) for name, each in fitted.items()}
            for names in MIXED:
                mixture = mixed(panel, horizon, {name: fitted[name] for name in names})
                judged["+".join(names)] = scores(panel, mixture)
            base = judged["seasonal" if history >= one.season else "naive"][:2]
            place = found.setdefault((kind, history, horizon), {})
            for name, each in judged.items():
                place.setdefault(name, []).append(np.concatenate([each[:2] / base, each[2:]]))
            print(one.name, kind, history, horizon, len(panel.train), flush=True)
    everything: dict[str, list[np.ndarray]] = {}
    for place, rows in found.items():
        print(f"\n{place[0]}: {place[1]} steps, horizon {place[2]}, {len(rows['theta'])} sets")
        for name, each in rows.items():
            everything.setdefault(name, []).extend(each)
            print(f"{name:30s} {line(each)}")
    print("\nall")
    for name, each in everything.items():
        print(f"{name:30s} {line(each)}")


def line(each: list[np.ndarray]) -> str:
    """Geometric means of the shares, means of the coverages."""
    rows = np.stack(each)
    error, loss = np.exp(np.log(rows[:, :2]).mean(axis=0))
    return f"{error:.3f} {loss:.3f} {rows[:, 2].mean():.3f} {rows[:, 3].mean():.3f}"


if __name__ == "__main__":
    main()
