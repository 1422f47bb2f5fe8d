"""Worlds that change: what was learned before the change is tested after it, and what to do about
it.

Source: the kinds of shift that Dive into Deep Learning names where it says why sequences are hard
(a film whose ratings jump after a prize and fall back, people who get used to what is new, a
season), as the generators of `stepahead.data`, whose best possible error is known. The book prints
no number. The numbers to hit are those of the theory: a constant learned before the change errs
after it by the noise plus the square of the shift, worked out for each step from the generator's
formula.
"""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import jax
import numpy as np
from jaxtyping import Float

from ...data import Panel, adapting_baseline, decaying_jump, seasonal
from ...evaluation import stationarity
from ...plots import drift_plot, error_by_step_plot, save_figure
from .._result import Result, Row, Table, number, numbers_to_hit

STEPS, AT, SEASON, SD = 300, 150, 12, 0.2
LAGS, RECENT, SEEDS = 4, 30, 200
Series = Float[np.ndarray, "series _time"]


class World(NamedTuple):
    """A generator, and its mean at every step, known beforehand: what the best forecaster would
    say."""

    draw: Callable[[int], Series]
    mean: Float[np.ndarray, " time"]


def worlds() -> dict[str, World]:
    """The three of them, the change in the middle (a season changes always)."""
    after = np.arange(STEPS) - AT
    jump = np.where(after >= 0, 3.0 * np.exp(-np.maximum(after, 0) / 20.0), 0.0)
    shift = np.where(after >= 0, 3.0 * (1 - 0.9 ** (np.maximum(after, 0) + 1)), 0.0)

    def drawn(generator: Callable[..., Series], **sizes: int) -> Callable[[int], Series]:
        return lambda series: generator(STEPS, key=jax.random.key(0), series=series, sd=SD, **sizes)

    return {
        "a jump that decays": World(drawn(decaying_jump, at=AT), jump),
        "a baseline that adapts": World(drawn(adapting_baseline, at=AT), shift),
        "a season of 12": World(
            drawn(seasonal, season=SEASON), np.sin(2 * np.pi * np.arange(STEPS) / SEASON)
        ),
    }


def forecasts(x: Series) -> dict[str, Series]:
    """One step ahead at every step after the change: by a mean and autoregressions learned before
    it, and by what goes on looking."""
    before, tested = x[:, :AT], np.arange(AT, STEPS)
    recent = np.lib.stride_tricks.sliding_window_view(x, RECENT, axis=1)[
        :, AT - RECENT : STEPS - RECENT
    ]
    return {
        "mean": np.repeat(before.mean(axis=1, keepdims=True), STEPS - AT, axis=1),
        f"mean of the last {RECENT}": recent.mean(axis=2),
        f"AR({LAGS})": autoregression(x, before),
        f"AR({LAGS}) of changes": (
            x[:, tested - 1] + autoregression(np.diff(x, prepend=x[:, :1]), np.diff(before))
        ),
        "last value": x[:, tested - 1],
        "last season": x[:, tested - SEASON],
    }


def autoregression(x: Series, past: Series) -> Series:
    """Least squares on `LAGS` lags and a constant, fitted to the past of each series and stepped
    along what came after."""
    ahead = np.empty((len(x), STEPS - AT))
    for row, (values, seen) in enumerate(zip(x, past, strict=True)):
        windows = np.lib.stride_tricks.sliding_window_view(seen, LAGS + 1)
        weights = np.linalg.lstsq(
            np.c_[windows[:, :-1], np.ones(len(windows))], windows[:, -1], rcond=None
        )[0]
        inputs = np.lib.stride_tricks.sliding_window_view(values, LAGS)[AT - LAGS : STEPS - LAGS]
        ahead[row] = inputs @ weights[:-1] + weights[-1]
    return ahead


def run(out: Path, data: Path | None, say: Callable[[str], None], quick: bool) -> Result:
    """Draw each world many times, recognise it, and forecast what came after from what came
    before."""
    series = 20 if quick else SEEDS
    rows, lines, recognised, files = (
        [],
        [("world", "forecast one step ahead", "MSE after the change", "best possible")],
        [],
        [],
    )
    for name, world in worlds().items():
        x = world.draw(series)
        errors = {
            way: np.mean((ahead - x[:, AT:]) ** 2, axis=0) for way, ahead in forecasts(x).items()
        }
        constant = (
            float(np.mean(SD**2 + (world.mean[AT:] - world.mean[:AT].mean()) ** 2)) + SD**2 / AT
        )
        ours = float(errors["mean"].mean())
        rows.append(
            Row(
                f"{name}: MSE of the mean learned before, theory {number(constant)}",
                [ours],
                reach=(round(0.97 * constant, 3), round(1.03 * constant, 3)),
            )
        )
        lines += [
            (name, way, number(float(error.mean())), number(SD**2)) for way, error in errors.items()
        ]
        found = stationarity(Panel.from_arrays(x[: min(series, 40)]), season=SEASON)
        places = np.array([np.abs(one.drift.since - AT) for one in found if one.moved])
        recognised.append(
            (
                name,
                f"{sum(one.verdict == 'stationary' for one in found)} of {len(found)}",
                f"{sum(one.stationary for one in found)}",
                f"{sum(one.season > 1 for one in found)}",
                f"{sum(one.moved and one.drift.came_back for one in found)}",
                f"{sum(one.moved and not one.drift.came_back for one in found)}",
                f"{np.median(places):.0f}" if len(places) else "–",
            )
        )
        say(f"{name}: {found[0]}")
        figure = drift_plot(
            np.arange(STEPS), x[0], found[0], title=f"{name.capitalize()}: series and level by part"
        )
        files.append(save_figure(figure, out / f"shifts-{name.split()[1]}.png"))
        by_step = {
            way: np.convolve(error, np.ones(5) / 5, mode="valid") for way, error in errors.items()
        }
        drawn = error_by_step_plot(
            by_step,
            measure="MSE, one step ahead",
            floor=SD**2,
            logarithmic=True,
            along="steps after the change",
            title=f"{name.capitalize()}: error in the steps after the change",
            subtitle=f"mean of {series} draws and five steps",
        )
        files.append(save_figure(drawn, out / f"shifts-{name.split()[1]}-error.png"))
    tables = (
        numbers_to_hit("A constant learned before the change, beside the theory", rows),
        Table("Trained before, tested after: mean and AR are learned before the change", lines),
        Table(
            "What the tests say of the whole series, in how many of the draws",
            [
                (
                    "world",
                    "ADF and KPSS: stationary",
                    "all: stationary",
                    "a season",
                    "moved and came back",
                    "moved and stayed",
                    "steps from the change",
                ),
                *recognised,
            ],
        ),
    )
    notes = (
        (
            f"{series} draws of {STEPS} steps, noise of standard deviation {SD}; the change comes"
            f" at step {AT}."
        ),
        (
            "A model of changes needs no level: it pays with noise where nothing moves, and goes"
            " along where something does."
        ),
    )
    return Result(tuple(rows), tables, notes, tuple(files))
