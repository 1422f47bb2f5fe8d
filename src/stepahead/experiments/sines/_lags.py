"""The number of lags that the noisy sine needs: two without noise, exactly; with noise, as many as
can be estimated.

Source: Zhang, Lipton, Li, Smola, Dive into Deep Learning, "Sequence Models", and its exercises,
which print no number. Without noise x_t = 2·cos(ω)·x_{t−1} − x_{t−2}, as sin(a + ω) + sin(a − ω) =
2·cos(ω)·sin(a). With noise of variance σ² the same two weights have an MSE of σ²·(1 + 4cos²ω + 1),
six times the noise itself: further lags average the noise. Everything is linear here, so that the
expected error of the best weights can be computed; least squares on 540 rows comes close to it.
"""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import jax
import numpy as np
from jaxtyping import Float, Int

from ...data import noisy_sine
from ...ops import least_squares
from ...plots import error_by_step_plot, save_figure
from .._result import Result, Row, Table, number, numbers_to_hit
from ._noisy_sine import LAGS, LAST_SEEN, RATE, SD, STEPS

MOST, SHOWN = 64, (1, 2, 4, 8, 16, 32, 64)
VALIDATED = 800
SEEDS = 50
PARTS = {
    "training": (MOST, LAST_SEEN),
    "validation": (LAST_SEEN, VALIDATED),
    "test": (VALIDATED, STEPS),
}
"""The first target of each part and the one after its last, counted from 0: training on t ≤ 604,
validation on 605 … 800, test on 801 … 1000."""

Summary = Float[np.ndarray, "feature lag"]
"""The features of a linear model: each is a sum of the last `MOST` values with these weights, the
oldest first."""


class Expected(NamedTuple):
    """Expected MSE of the best weights on the test part: the squared bias on the sine, and the
    variance from the noise in the inputs."""

    missed: float
    passed: float

    @property
    def mse(self) -> float:
        """The sum of both and of the noise of the target, which no model can predict."""
        return SD**2 + self.missed + self.passed


def newest(lags: int) -> Summary:
    """The last `lags` values themselves.

    >>> newest(2)[:, -3:].tolist()
    [[0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]
    """
    return np.eye(MOST)[MOST - lags :]


def rows(
    x: Float[np.ndarray, " time"], part: str
) -> tuple[Float[np.ndarray, "row lag"], Float[np.ndarray, "row 1"]]:
    """Every target of a part, and the `MOST` values before each: the same rows for all features."""
    first, last = PARTS[part]
    return (
        np.lib.stride_tricks.sliding_window_view(x, MOST)[first - MOST : last - MOST],
        x[first:last, None],
    )


def errors(x: Float[np.ndarray, " time"]) -> dict[str, Float[np.ndarray, " count"]]:
    """MSE on each part of least squares on the last 1, 2, … `MOST` values, fitted to the training
    part.

    One QR decomposition of all lags, the newest first, contains the fits with fewer: the weights of
    the last m solve R[:m, :m] w = (Qᵀy)[:m].
    """
    windows, target = rows(x, "training")
    middle, level = windows.mean(axis=0), target.mean()
    q, r = np.linalg.qr((windows - middle)[:, ::-1])
    weights = np.zeros((MOST, MOST))
    for lags in range(1, MOST + 1):
        weights[MOST - lags :, lags - 1] = np.linalg.solve(
            r[:lags, :lags], (q.T @ (target - level))[:lags, 0]
        )[::-1]
    judged = {part: rows(x, part) for part in PARTS}
    return {
        part: np.mean(((seen - middle) @ weights + level - came) ** 2, axis=0)
        for part, (seen, came) in judged.items()
    }


def expected(summary: Summary) -> Expected:
    """Expected error of the weights that minimise the expected error over draws of the training
    part.

    They minimise mean (s_t − w·A s − b)² + σ²·|Aᵀw|², where s_t is the sine, s its 64 values before
    t, and A are the features.
    """
    clean = np.sin(RATE * np.arange(1, STEPS + 1))
    windows, target = rows(clean, "training")
    features = windows @ summary.T
    centred = features - features.mean(axis=0)
    gram = centred.T @ centred / len(target) + SD**2 * summary @ summary.T
    weight = np.linalg.solve(gram, centred.T @ (target - target.mean()) / len(target))[:, 0]
    bias = target.mean() - features.mean(axis=0) @ weight
    seen, came = rows(clean, "test")
    missed = np.mean((seen @ summary.T @ weight + bias - came[:, 0]) ** 2)
    return Expected(float(missed), float(SD**2 * np.sum((summary.T @ weight) ** 2)))


def without_noise() -> tuple[Float[np.ndarray, " lag"], float, float]:
    """On the sine without noise: two weights, oldest first, the largest error of recursive
    forecasts from t = 604 on, and the MSE of a single lag."""
    clean = np.sin(RATE * np.arange(1, STEPS + 1))
    windows = np.lib.stride_tricks.sliding_window_view(clean[:LAST_SEEN], 3)
    (weight,), (bias,) = least_squares(windows[:, :2], windows[:, 2:])
    ahead = clean[:LAST_SEEN].copy()
    for _ in range(LAST_SEEN, STEPS):
        ahead = np.append(ahead, ahead[-2:] @ weight + bias)
    single, level = least_squares(clean[: LAST_SEEN - 1, None], clean[1:LAST_SEEN, None])
    one = np.mean((clean[LAST_SEEN - 1 : -1] * single[0, 0] + level - clean[LAST_SEEN:]) ** 2)
    return weight, float(np.abs(ahead - clean).max()), float(one)


def run(out: Path, data: Path | None, say: Callable[[str], None], quick: bool) -> Result:
    """Fit every number of lags to every draw; choose on the validation part, and evaluate on the
    test part, which comes last."""
    draws = noisy_sine(STEPS, key=jax.random.key(0), series=3 if quick else SEEDS, rate=RATE, sd=SD)
    every = [errors(x) for x in draws]
    found = {part: np.array([draw[part] for draw in every]) for part in PARTS}
    say(f"{len(draws)} draws, 1 to {MOST} lags each")
    chosen = np.argmin(found["validation"], axis=1)
    best = np.take_along_axis(found["test"], chosen[:, None], axis=1)[:, 0]
    theory = np.array([expected(newest(lags)).mse for lags in range(1, MOST + 1)])
    listed = numbers(draws, found, chosen + 1, best)
    lines = [("past observations", "best weights", *(f"{part}, median" for part in PARTS))]
    for lags in SHOWN:
        medians = [float(np.median(found[part][:, lags - 1])) for part in PARTS]
        lines.append((str(lags), *(number(value) for value in (float(theory[lags - 1]), *medians))))
    tables = (
        numbers_to_hit("Noisy sine: how many past observations", listed),
        Table("MSE one step ahead by the number of past observations", lines),
    )
    figure = error_by_step_plot(
        {"training": found["training"], "test": found["test"], "best weights": theory},
        measure="MSE, one step ahead",
        floor=SD**2,
        reference="best weights",
        logarithmic=True,
        along="past observations",
        title="How many past observations?",
        subtitle="Least squares on 540 rows, median and range of the draws; "
        "dashed: weights learned from endlessly many",
    )
    lesson = (
        "Without noise two are enough. With noise the best weights gain from every further "
        "observation, but each weight costs about σ²/rows to learn. From eight on the two nearly "
        "balance."
    )
    return Result(
        tuple(listed), tables, (lesson,), (save_figure(figure, out / "how-many-lags.png"),)
    )


def numbers(
    draws: Float[np.ndarray, "draw time"],
    found: dict[str, Float[np.ndarray, "draw count"]],
    chosen: Int[np.ndarray, " draw"],
    best: Float[np.ndarray, " draw"],
) -> list[Row]:
    """The exact result without noise, its MSE with noise, and the chosen number of lags."""
    weight, farthest, single = without_noise()
    exact = SD**2 * (2 + 4 * np.cos(RATE) ** 2)
    with_noise = [
        float(np.mean((seen[:, -2:] @ weight - came[:, 0]) ** 2))
        for seen, came in (rows(x, "test") for x in draws)
    ]
    four = found["test"][:, LAGS - 1]
    return [
        Row(
            "without noise, two: newest weight − 2·cos ω",
            [float(weight[1] - 2 * np.cos(RATE))],
            reach=(-1e-9, 1e-9),
        ),
        Row("without noise, two: older weight + 1", [float(weight[0] + 1)], reach=(-1e-9, 1e-9)),
        Row("without noise, two: largest error fed back 396 steps", [farthest], reach=(0, 1e-6)),
        Row("without noise, one: MSE", [single]),
        Row(
            f"those two with noise: MSE, theory {number(exact)}",
            with_noise,
            reach=(0.9 * exact, 1.1 * exact),
        ),
        Row("how many the validation part chose", [float(value) for value in chosen]),
        Row("test MSE with as many as were chosen", best.tolist()),
        Row("test MSE with four", four.tolist()),
        Row(
            "share of draws in which the choice beats four",
            [float(np.mean(best < four))],
            reach=(0.9, 1.0),
        ),
        Row("floor: the sine known", [SD**2]),
    ]
