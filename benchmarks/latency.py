"""Inference: a warm 12-step forecast from Python to Python, one series and 10,000 at once.

Run: python benchmarks/latency.py
"""

import time
from statistics import median

import jax
import numpy as np

import stepahead as sa


def panel(series: int) -> sa.Panel:
    """Monthly series with trend, season and noise."""
    months = np.arange(144)
    noise = np.random.default_rng(0).normal(size=(series, 144))
    return sa.Panel.from_arrays(
        100 + months + 10 * np.sin(2 * np.pi * months / 12) + noise,
        frequency=sa.Frequency.integer(season=12),
    )


def timed(call: object, runs: int) -> float:
    """Median milliseconds of a call, after one that may compile."""
    call()  # type: ignore[operator]
    times = []
    for _ in range(runs):
        began = time.perf_counter()
        call()  # type: ignore[operator]
        times.append(time.perf_counter() - began)
    return median(times) * 1e3


def main() -> None:
    """Print the medians."""
    quick = sa.training.Gradient(span=36, epochs=1, steps=10)
    for spec in (sa.models.GRU(32), sa.models.LSTM(32, layers=2), sa.models.LinearAR(13)):
        training = None if isinstance(spec, sa.models.LinearAR) else quick
        forecaster = sa.fit(spec, panel(1), 12, key=jax.random.key(0), training=training)
        many = panel(10_000)
        one = timed(lambda f=forecaster: f.predict(), 300)
        intervals = timed(lambda f=forecaster: f.predict(quantiles=(0.1, 0.9)), 100)
        batched = timed(lambda f=forecaster, m=many: f.predict(panel=m), 3)
        print(
            f"{spec!r}: one series {one:.3f} ms, with 80 % intervals {intervals:.3f} ms; 10,000 "
            f"series {batched:,.0f} ms"
        )


if __name__ == "__main__":
    main()
