"""Inference: a warm 12-step forecast from Python to Python, one series and 10,000 at once.

    python benchmarks/latency.py

Milliseconds by the clock and, in brackets, of the processor on all threads together: medians of
many calls. `own` forecasts the history, `new` a series that the forecaster has not seen, whose
scale is fitted first. Networks answer by the compiled kernels; `by JAX` is the same model by its
compiled program, in turns with the 10,000 series, which takes over where there are gaps to fill or
paths to draw.
"""

import time
from collections.abc import Callable
from statistics import median

import jax
import numpy as np

import stepahead as sa
from stepahead.inference import predict


def panel(series: int) -> sa.Panel:
    """Monthly series with trend, season and noise."""
    months = np.arange(144)
    noise = np.random.default_rng(0).normal(size=(series, 144))
    return sa.Panel.from_arrays(
        100 + months + 10 * np.sin(2 * np.pi * months / 12) + noise,
        frequency=sa.Frequency.integer(season=12),
    )


def timed(runs: int, *calls: Callable[[], object]) -> list[str]:
    """Median milliseconds of calls that take turns, by the clock and of the processor, after one
    each that may compile."""
    times: list[list[tuple[float, float]]] = [[] for _ in calls]
    for number in range(runs + 1):
        for call, found in zip(calls, times, strict=True):
            began, used = time.perf_counter(), time.process_time()
            call()
            if number:
                found.append((time.perf_counter() - began, time.process_time() - used))
    return [
        "{:.3g} ({:.3g})".format(*(1e3 * median(part) for part in zip(*found, strict=True)))
        for found in times
    ]


def by_jax(forecaster: sa.forecasting.Forecaster, series: sa.Panel) -> object:
    """The same forecast by the compiled program."""
    return predict(
        forecaster.model,
        forecaster.scaler.fit(series),
        series,
        forecaster.horizon,
        context=forecaster.context,
        key=forecaster.key,
    )


def main() -> None:
    """Print a line for each model."""
    quick = sa.training.Gradient(span=36, epochs=1, steps=10)
    one, many = panel(1), panel(10_000)
    print(f"{'ms by the clock (of the processor)':36}{'own':>16}{'new':>16}{'80 %':>16}", end="")
    print(f"{'one by JAX':>16}{'10,000':>16}{'10,000 by JAX':>16}")
    for spec in (sa.models.GRU(32), sa.models.LSTM(32, layers=2), sa.models.LinearAR(13)):
        training = None if isinstance(spec, sa.models.LinearAR) else quick
        forecaster = sa.fit(spec, one, 12, key=jax.random.key(0), training=training)
        calls = (
            lambda f=forecaster: f.predict(),
            lambda f=forecaster: f.predict(panel=one),
            lambda f=forecaster: f.predict(levels=(80,)),
            lambda f=forecaster: by_jax(f, one),
        )
        large = (lambda f=forecaster: f.predict(panel=many), lambda f=forecaster: by_jax(f, many))
        cells = [*(cell for call in calls for cell in timed(200, call)), *timed(5, *large)]
        print(
            f"{repr(spec).partition(', dropout')[0].rstrip(')') + ')':36}",
            *(f"{cell:>15}" for cell in cells),
        )


if __name__ == "__main__":
    main()
