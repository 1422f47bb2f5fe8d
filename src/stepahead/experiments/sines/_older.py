"""Older observations in the same number of features: four averages over 64 steps leave a third of
the avoidable error of the last four values.

Source: Zhang, Lipton, Li, Smola, Dive into Deep Learning, "Sequence Models", and its exercises,
which ask whether older observations help with a constant number of features, and print no number.
There are always four features of the noisy sine: the last four values; four single values with
larger and larger lags; means over intervals that double, triple or quadruple (1, 3, 9, 27: forty
values in four numbers). The error of the best weights is split into the part of the sine that they
miss and the noise of their inputs.
"""

import itertools
from collections.abc import Callable
from pathlib import Path

import jax
import numpy as np
from jaxtyping import Float

from ...data import noisy_sine
from ...ops import least_squares
from ...plots import Figure, error_by_step_plot, save_figure
from .._result import Result, Row, Table, number, numbers_to_hit
from ._lags import MOST, PARTS, Expected, Summary, expected, newest, rows
from ._noisy_sine import RATE, SD, STEPS

FEATURES, SEEDS = 4, 200
PLAIN = f"last {FEATURES}"


def single(lags: tuple[int, ...]) -> Summary:
    """Single values with these lags, the oldest first.

    >>> single((2, 1))[:, -3:].tolist()
    [[0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]
    """
    return np.eye(MOST)[[MOST - lag for lag in lags]]


def averages(base: int, features: int = FEATURES) -> Summary:
    """Means over consecutive intervals of 1, base, base², … values, the newest last; the oldest
    interval is cut at `MOST`.

    >>> averages(2, 2)[:, -4:].tolist()
    [[0.0, 0.5, 0.5, 0.0], [0.0, 0.0, 0.0, 1.0]]
    """
    ends = MOST - np.cumsum([0, *(base**power for power in range(features))])
    summary = np.zeros((features, MOST))
    for row, (last, first) in enumerate(itertools.pairwise(ends)):
        summary[features - 1 - row, max(first, 0) : last] = 1 / (last - max(first, 0))
    return summary


SUMMARIES = {
    PLAIN: newest(FEATURES),
    "single values 1, 2, 4, 8": single((8, 4, 2, 1)),
    "single values 1, 3, 9, 27": single((27, 9, 3, 1)),
    "means of 1, 2, 4, 8": averages(2),
    "means of 1, 3, 9, 27": averages(3),
    "means of 1, 4, 16, 43": averages(4),
}


def errors(x: Float[np.ndarray, " time"], summary: Summary) -> dict[str, float]:
    """MSE on each part of least squares on these features, fitted to the training part."""
    windows, target = rows(x, "training")
    weight, bias = least_squares(windows @ summary.T, target)
    judged = {part: rows(x, part) for part in PARTS}
    return {
        part: float(np.mean((seen @ summary.T @ weight.T + bias - came) ** 2))
        for part, (seen, came) in judged.items()
    }


def run(out: Path, data: Path | None, say: Callable[[str], None], quick: bool) -> Result:
    """Fit every set of features on every draw and evaluate it on the last part; compare with the
    expected error of the best weights, and its two parts."""
    draws = noisy_sine(STEPS, key=jax.random.key(0), series=5 if quick else SEEDS, rate=RATE, sd=SD)
    found = {name: [errors(x, summary) for x in draws] for name, summary in SUMMARIES.items()}
    best = {name: expected(summary) for name, summary in SUMMARIES.items()}
    for name, one in found.items():
        say(f"{name}: test MSE {number(_median(one, 'test'))}")
    chosen = min(found, key=lambda name: _median(found[name], "validation"))
    test = {name: np.array([draw["test"] for draw in one]) for name, one in found.items()}
    listed = [
        *(
            Row(f"{name}: test MSE", test[name].tolist(), reach=_near(best[name]))
            for name in SUMMARIES
        ),
        Row(
            f"share of draws in which {chosen} beat the {PLAIN}",
            [float(np.mean(test[chosen] < test[PLAIN]))],
            reach=(0.9, 1),
        ),
        Row(
            "all 64 values, least squares: test MSE",
            [errors(x, newest(MOST))["test"] for x in draws],
        ),
        Row("floor: the sine known", [SD**2]),
    ]
    tables = (
        numbers_to_hit(
            "Noisy sine: older observations in four features (reached: within 6 % of what the best "
            "weights cost)",
            listed,
        ),
        _parts_of_errors(best, found),
    )
    lesson = (
        f"The validation part chose {chosen}. Means help, because a mean of m values lets through "
        "an m-th of their noise, while the sine hardly moves within the stretch. A single old "
        "value has as much noise as a new one, and says less about the next. Four weights are "
        "learned from 540 rows more precisely than 64."
    )
    return Result(
        tuple(listed),
        tables,
        (lesson,),
        (save_figure(picture(draws), out / "older-observations.png"),),
    )


def _parts_of_errors(best: dict[str, Expected], found: dict[str, list[dict[str, float]]]) -> Table:
    """The two parts of the expected error of the best weights, and the measured error."""
    head = (
        "four features",
        "best weights",
        "noise of the target",
        "sine missed",
        "noise let through",
        "test, median",
    )
    lines: list[tuple[str, ...]] = [head]
    for name, cost in best.items():
        measured = _median(found[name], "test")
        parts = (cost.mse, SD**2, cost.missed, cost.passed, measured)
        lines.append((name, *(number(part) for part in parts)))
    return Table("MSE one step ahead, and its parts", lines)


def _median(one: list[dict[str, float]], part: str) -> float:
    return float(np.median([draw[part] for draw in one]))


def _near(best: Expected) -> tuple[float, float]:
    """The range to reach: from 3 % below the expected error of the best weights to 6 % above.
    Estimating four weights from 540 rows costs about one percent, the later part of the sine a
    few."""
    return round(0.97 * best.mse, 4), round(1.06 * best.mse, 4)


def picture(draws: Float[np.ndarray, "draw time"]) -> Figure:
    """A figure of the test MSE by the number of features, for three kinds of features."""
    ways: dict[str, Callable[[int], Summary]] = {
        "last values": newest,
        "single values 1, 2, 4, …": lambda features: single(
            tuple(2**power for power in range(features))[::-1]
        ),
        "means of 1, 2, 4, …": lambda features: averages(2, features),
    }
    curves = {
        name: np.array(
            [[errors(x, way(features))["test"] for features in range(1, 7)] for x in draws[:50]]
        )
        for name, way in ways.items()
    }
    return error_by_step_plot(
        {name: np.median(curve, axis=0) for name, curve in curves.items()},
        measure="test MSE, one step ahead",
        floor=SD**2,
        logarithmic=True,
        along="features",
        title="Older observations for the same number of features",
        subtitle="Least squares on 540 rows, median of 50 draws",
    )
