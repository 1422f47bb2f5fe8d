"""Structural models beside statsmodels: the likelihood at equal parameters, the fitted likelihood,
the time of a fit, and forecasts of M3 and tourism monthly against those of ETS.

A basic structural model (linear trend, season of 12, noise) is fitted to each of the 1,428 monthly
series of M3 by one call, and to a drawn sample of them by a loop over statsmodels
(`UnobservedComponents(use_exact_diffuse=True).fit()`). The forecasts are those of `--model
structural` and of `--model ets` on the same series.

Run: STEPAHEAD_DATA=… python benchmarks/state_space.py [--sample 30] [--steps 1000000]
"""

import argparse
import os
import time
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

import stepahead as sa
from stepahead.cli.shared import structural
from stepahead.data import Frequency, Panel
from stepahead.evaluation import mape, smape
from stepahead.forecasting import ETS
from stepahead.models import LocalLinearTrend, StateSpace, basic_structural
from stepahead.ops.kalman import SeriesData, kalman_filter

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
        f"a series: {1e3 * clock / len(series):.2f} ms and {1e3 * their_clock / sample:.0f} ms, "
        f"{their_clock / sample / (clock / len(series)):.0f} times faster by the clock, "
        f"{their_own / sample / (own / len(series)):.0f} by the processor"
    )
    print(
        f"log likelihood at equal parameters differs by at most "
        f"{np.abs(equal / found[chosen] - 1).max():.1e} (relative)"
    )
    print(f"fitted log likelihood less statsmodels': {gap.min():+.1e} to {gap.max():+.1e}")


def accuracy(name: str, file: str, horizon: int) -> None:
    """Errors and coverage of the structural model and of ETS, on the same series."""
    train, test = (wide(f"{file}-{part}.csv.gz") for part in ("train", "test"))
    months = Frequency.parse("MS")
    panel = Panel.from_arrays(list(train), start=np.datetime64("2000-01"), frequency=months)
    actual = np.stack(list(test))
    measure = smape if name.startswith("M3") else mape
    print(f"{name}, {len(panel):,} series, {horizon} steps")
    for spec in (structural(12), ETS()):
        fit = partial(sa.fit, spec, panel, horizon, key=0)
        done, clock, own = timed(
            lambda fit=fit, spec=spec: fit(**season_for(spec)).predict(levels=(80, 95))
        )
        held = []
        for level in (80, 95):
            low, high = (end[..., 0] for end in done.interval(level))
            held.append(f"{level} %: {100 * ((low <= actual) & (actual <= high)).mean():.1f}")
        print(
            f"  {type(spec).__name__}: "
            f"{measure.__name__} {measure(actual, done.mean[..., 0]):.2f}, "
            f"intervals hold {', '.join(held)}; {clock:.1f} s, of the processor {own:.1f} s"
        )


def season_for(spec: StateSpace | ETS) -> dict[str, int]:
    """ETS is told the season; a structural model has it among its components."""
    return {"season": 12} if isinstance(spec, ETS) else {}


def one_long_series(steps: int) -> None:
    """The compiled filter along one long series, one step after the other, against the same filter
    as an associative scan, which may use all cores (Särkkä & García-Fernández 2021)."""
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)
    model = StateSpace(LocalLinearTrend()).assembled(0)
    numbers = model.numbers(np.array([[1.0, 0.1, 0.01]]))
    values = np.random.default_rng(0).normal(size=steps).cumsum()
    data = SeriesData(values, np.array([0, steps]), np.zeros((steps, 0)))
    done, clock, own = timed(lambda: kalman_filter(model.structure, numbers, data))
    print(
        f"one series of {steps:,} steps, 2 states, filtered: "
        f"{clock:.2f} s, of the processor {own:.2f} s"
    )
    moved, shock, design = jnp.array([[1.0, 1.0], [0.0, 1.0]]), jnp.diag(jnp.array([0.1, 0.01])), 0

    def element(y: Any) -> tuple[Any, ...]:
        star = shock[:, design]
        size = star[design] + 1.0
        gain = star / size
        keep = jnp.eye(2) - jnp.outer(gain, jnp.eye(2)[design])
        back = moved.T[:, design] / size
        return (
            keep @ moved,
            gain * y,
            keep @ shock,
            back * y,
            jnp.outer(back, moved[design]),
        )

    def joined(one: tuple[Any, ...], other: tuple[Any, ...]) -> tuple[Any, ...]:
        (a1, b1, c1, e1, j1), (a2, b2, c2, e2, j2) = one, other
        both = jnp.linalg.inv(jnp.eye(2) + c1 @ j2)
        turned = a2 @ both
        back = jnp.swapaxes(a1, -1, -2) @ jnp.swapaxes(both, -1, -2)
        return (
            turned @ a1,
            jnp.einsum("...ij,...j", turned, b1 + jnp.einsum("...ij,...j", c1, e2)) + b2,
            turned @ c1 @ jnp.swapaxes(a2, -1, -2) + c2,
            jnp.einsum("...ij,...j", back, e2 - jnp.einsum("...ij,...j", j2, b1)) + e1,
            back @ j2 @ a1 + j1,
        )

    scan = jax.jit(lambda ys: jax.lax.associative_scan(joined, jax.vmap(element)(ys))[1])
    after = scan(values)[-1].block_until_ready()  # compiled
    _, clock, own = timed(lambda: scan(values).block_until_ready())
    ahead = float((moved @ after)[0])
    print(
        f"  as an associative scan: {clock:.2f} s, of the processor {own:.2f} s; the level that "
        f"follows {ahead:.6f}, ours {done.end_mean[0, 0]:.6f}"
    )


def main() -> None:
    """Print all of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sample", type=int, default=30)
    parser.add_argument("--steps", type=int, default=1_000_000)
    given = parser.parse_args()
    series = wide("m3/M3-Monthly-train.csv.gz")
    if given.sample:
        beside_statsmodels(series, given.sample)
    one_long_series(given.steps)
    accuracy("M3 monthly", "m3/M3-Monthly", 18)
    accuracy("tourism monthly", "tourism/tourism-Monthly", 24)


if __name__ == "__main__":
    main()
