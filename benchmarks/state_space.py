"""Structural models beside statsmodels: the likelihood at equal parameters, the fitted likelihood,
the time of a fit, and forecasts of M3 and tourism monthly beside those of ETS.

A basic structural model (linear trend, season of 12, noise) is fitted to each of the 1,428 monthly
series of M3 by one call, and to a drawn sample of them by a loop over statsmodels
(`UnobservedComponents(use_exact_diffuse=True).fit()`). The forecasts are those of `--model
structural` and of `--model ets` on the same series.

Run: STEPAHEAD_DATA=… python benchmarks/state_space.py [--sample 30] [--ets 300]
"""

import argparse
import os
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import stepahead as sa
from stepahead.cli.shared import structural
from stepahead.data import Frequency, Panel
from stepahead.evaluation import mape, smape
from stepahead.forecasting import ETS
from stepahead.models import basic_structural

DATA = Path(os.environ.get("STEPAHEAD_DATA", "../shared/data"))


def wide(path: str) -> list[np.ndarray]:
    """The series of a competition file: one a row, blanks at the end."""
    panel = sa.read(DATA / path)
    return [panel.series(number)[:, 0] for number in range(len(panel))]


def timed(run: Callable[[], Any]) -> tuple[Any, float, float]:
    """The result, seconds by the clock, and seconds of the processor."""
    clock, own = time.perf_counter(), time.process_time()
    done = run()
    return done, time.perf_counter() - clock, time.process_time() - own


def beside_statsmodels(series: list[np.ndarray], sample: int) -> None:
    """One fit of all, and a loop over a sample."""
    from statsmodels.tsa.statespace.structural import UnobservedComponents

    panel = Panel.from_arrays(series)
    sa.fit(basic_structural(12), Panel.from_arrays(series[:8]), horizon=1)  # imports
    ours, clock, own = timed(lambda: sa.fit(basic_structural(12), panel, horizon=1))
    print(
        f"M3 monthly, {len(series):,} series: {ours.learning.stopped}; "
        f"{clock:.1f} s, of the processor {own:.1f} s"
    )
    chosen = np.random.default_rng(0).choice(len(series), sample, replace=False)
    found = ours.log_likelihood()[:, 0]

    def loop() -> list[tuple[float, float]]:
        told = []
        for number in chosen:
            model = UnobservedComponents(
                series[number], "lltrend", seasonal=12, use_exact_diffuse=True
            )
            told.append((model.fit(disp=False).llf, model.loglike(ours.parameters[number])))
        return told

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs, their_clock, their_own = timed(loop)
    fitted, equal = np.array(theirs).T
    gap = found[chosen] - fitted
    print(f"statsmodels, {sample} of them: {their_clock:.1f} s, of the processor {their_own:.1f} s")
    print(
        f"a series: {1e3 * clock / len(series):.2f} ms beside {1e3 * their_clock / sample:.0f} ms, "
        f"{their_clock / sample / (clock / len(series)):.0f} times faster by the clock, "
        f"{their_own / sample / (own / len(series)):.0f} by the processor"
    )
    print(
        f"log likelihood at equal parameters differs by at most "
        f"{np.abs(equal / found[chosen] - 1).max():.1e} (relative)"
    )
    print(f"fitted log likelihood less statsmodels': {gap.min():+.1e} to {gap.max():+.1e}")


def accuracy(name: str, file: str, horizon: int, few: int) -> None:
    """Errors of the structural model on all series, and beside ETS on the first `few`."""
    train, test = (wide(f"{file}-{part}.csv.gz") for part in ("train", "test"))
    months = Frequency.parse("MS")
    panel = Panel.from_arrays(list(train), start=np.datetime64("2000-01"), frequency=months)
    actual = np.stack(list(test))
    measure = smape if name.startswith("M3") else mape
    word = measure.__name__
    done, clock, own = timed(lambda: sa.fit(structural(12), panel, horizon).predict(levels=95))
    low, high = (end[..., 0] for end in done.interval(95))
    inside = ((low <= actual) & (actual <= high)).mean()
    mean = done.mean[..., 0]
    print(
        f"{name}, {len(panel):,} series, {horizon} steps: {word} {measure(actual, mean):.2f}, "
        f"95 % intervals hold {100 * inside:.0f} %; {clock:.1f} s, of the processor {own:.1f} s"
    )
    part = panel.take(np.arange(few))
    ets, clock, own = timed(lambda: sa.fit(ETS(), part, horizon, key=0, season=12).predict())
    print(
        f"  the first {few}: structural {measure(actual[:few], mean[:few]):.2f}, "
        f"ETS {measure(actual[:few], ets.mean[..., 0]):.2f} ({own:.0f} s of the processor)"
    )


def main() -> None:
    """Print all of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sample", type=int, default=30)
    parser.add_argument("--ets", type=int, default=300)
    given = parser.parse_args()
    series = wide("m3/M3-Monthly-train.csv.gz")
    beside_statsmodels(series, given.sample)
    accuracy("M3 monthly", "m3/M3-Monthly", 18, given.ets)
    accuracy("tourism monthly", "tourism/tourism-Monthly", 24, given.ets)


if __name__ == "__main__":
    main()
