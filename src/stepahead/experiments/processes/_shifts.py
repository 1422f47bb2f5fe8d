"""Distribution shift: models that were fitted before a change are tested after it, and compared
with adaptive ones.

Source: the kinds of shift that Dive into Deep Learning names as a difficulty of sequences (a film
whose ratings jump after a prize and fall back, people who get used to something new, a season), as
the generators of `stepahead.data`, whose best possible error is known. The book prints no number.
The numbers to reach are those of the theory: the MSE after the change of a constant that was fitted
before it is the noise plus the square of the shift, computed for each step from the generator's
formula.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import jax
import numpy as np
from jaxtyping import Float

from ...data import Panel, adapting_baseline, decaying_jump, seasonal
from ...evaluation import Stationarity, stationarity
from ...plots import error_by_step_plot, level_shift_plot, save_figure
from .._result import Result, Row, Table, number, numbers_to_hit

STEPS, AT, SEASON, SD = 300, 150, 12, 0.2
LAGS, RECENT, SEEDS = 4, 30, 200
Series = Float[np.ndarray, "series _time"]


class World(NamedTuple):
    """A generator, and its mean at every step, which is known: the best possible forecast."""

    draw: Callable[[int], Series]
    mean: Float[np.ndarray, " time"]


def worlds() -> dict[str, World]:
    """The three generators, with the change in the middle (a season changes all the time)."""
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
    """One-step-ahead forecasts at every step after the change: by a mean and autoregressions that
    were fitted before it, and by adaptive rules."""
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
    """Least squares on `LAGS` lags and a constant, fitted to the past of each series and then
    applied one step ahead."""
    ahead = np.empty((len(x), STEPS - AT))
    for row, (values, seen) in enumerate(zip(x, past, strict=True)):
        windows = np.lib.stride_tricks.sliding_window_view(seen, LAGS + 1)
        weights = np.linalg.lstsq(
            np.c_[windows[:, :-1], np.ones(len(windows))], windows[:, -1], rcond=None
        )[0]
        inputs = np.lib.stride_tricks.sliding_window_view(values, LAGS)[AT - LAGS : STEPS - LAGS]
        ahead[row] = inputs @ weights[:-1] + weights[-1]
    return ahead


class Findings(NamedTuple):
    """Results on one process: its number to reach, lines of the table of errors, the line of the
    table of verdicts, and its figures."""

    row: Row
    errors: list[tuple[str, ...]]
    verdicts: tuple[str, ...]
    files: tuple[Path, Path]


def run(out: Path, data: Path | None, say: Callable[[str], None], quick: bool) -> Result:
    """Draw each process many times, test it for stationarity, and forecast the part after the
    change with models fitted before it."""
    series = 20 if quick else SEEDS
    found = [studied(name, world, series, out, say) for name, world in worlds().items()]
    rows = tuple(one.row for one in found)
    tables = (
        numbers_to_hit("A constant learned before the change, compared with theory", rows),
        Table(
            "Trained before, tested after: mean and AR are learned before the change",
            [
                ("world", "forecast one step ahead", "MSE after the change", "best possible"),
                *(line for one in found for line in one.errors),
            ],
        ),
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
                *(one.verdicts for one in found),
            ],
        ),
    )
    notes = (
        f"{series} draws of {STEPS} steps, noise of standard deviation {SD}; the change comes at"
        f" step {AT}.",
        "A model of changes needs no level and adapts after the change. The price is a noisier"
        " forecast where nothing changes.",
    )
    return Result(rows, tables, notes, tuple(file for one in found for file in one.files))


def studied(
    name: str, world: World, series: int, out: Path, say: Callable[[str], None]
) -> Findings:
    """Errors, verdicts and figures of one process, from this number of `series`."""
    x = world.draw(series)
    errors = {
        rule: np.mean((ahead - x[:, AT:]) ** 2, axis=0) for rule, ahead in forecasts(x).items()
    }
    verdicts = stationarity(Panel.from_arrays(x[: min(series, 40)]), season=SEASON)
    say(f"{name}: {verdicts[0]}")
    return Findings(
        beside_theory(name, world, float(errors["mean"].mean())),
        [
            (name, rule, number(float(error.mean())), number(SD**2))
            for rule, error in errors.items()
        ],
        counted_verdicts(name, verdicts),
        pictures(name, x[0], verdicts[0], errors, series, out),
    )


def beside_theory(name: str, world: World, ours: float) -> Row:
    """The MSE of the mean that was fitted before the change, to be within 3 % of the theory: noise,
    squared shift, and the variance σ²/n of that mean."""
    shift = world.mean[AT:] - world.mean[:AT].mean()
    theory = float(np.mean(SD**2 + shift**2)) + SD**2 / AT
    return Row(
        f"{name}: MSE of the mean learned before, theory {number(theory)}",
        [ours],
        reach=(round(0.97 * theory, 3), round(1.03 * theory, 3)),
    )


def counted_verdicts(name: str, found: Sequence[Stationarity]) -> tuple[str, ...]:
    """The number of draws with each verdict, and the median distance of the detected position from
    the change."""
    places = [abs(one.level_shift.since - AT) for one in found if one.moved]
    return (
        name,
        f"{sum(one.verdict == 'stationary' for one in found)} of {len(found)}",
        f"{sum(one.stationary for one in found)}",
        f"{sum(one.season > 1 for one in found)}",
        f"{sum(one.moved and one.level_shift.came_back for one in found)}",
        f"{sum(one.moved and not one.level_shift.came_back for one in found)}",
        f"{np.median(places):.0f}" if places else "–",
    )


def pictures(
    name: str,
    values: Float[np.ndarray, " time"],
    found: Stationarity,
    errors: dict[str, Float[np.ndarray, " after"]],
    series: int,
    out: Path,
) -> tuple[Path, Path]:
    """Figures of the first draw with the level of each part, and of the errors in the steps after
    the change."""
    kind = name.split()[1]
    level = level_shift_plot(
        np.arange(STEPS), values, found, title=f"{name.capitalize()}: series and level by part"
    )
    error = error_by_step_plot(
        {rule: np.convolve(each, np.ones(5) / 5, mode="valid") for rule, each in errors.items()},
        measure="MSE, one step ahead",
        floor=SD**2,
        logarithmic=True,
        along="steps after the change",
        title=f"{name.capitalize()}: error in the steps after the change",
        subtitle=f"mean of {series} draws and five steps",
    )
    return (
        save_figure(level, out / f"shifts-{kind}.png"),
        save_figure(error, out / f"shifts-{kind}-error.png"),
    )
