"""Sequence models on a noisy sine: accurate one step ahead, useless when predictions are fed back.

Source: Zhang, Lipton, Li, Smola, Dive into Deep Learning, "Sequence Models", and its exercises. x_t
= sin(0.01 t) + N(0, 0.2²), t = 1 … 1000; four lags; the training rows are the 600 with targets t =
5 … 604. The book prints the MLP's training loss after epoch 5 as 0.0641 (PyTorch), 0.0267 with a
factor ½ (MXNet) and 0.0981 (TensorFlow, with learning rate 0.001), and only figures for the rest.
"""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from ...data import Panel, Windows, ar_error, noisy_sine
from ...evaluation import error_law
from ...models import MLPAR, LinearAR, Model, Point, build
from ...ops import least_squares
from ...plots import error_by_step_plot, learning_curve_plot, overlay_plot, save_figure, series_plot
from ...training import LAST, Gradient, Series, adam, loss_of, solve, train
from .._ahead import ahead, slopes
from .._result import Result, Row, Table, number, numbers_to_hit

STEPS, RATE, SD = 1000, 0.01, 0.2
LAGS, TRAINED = 4, 600
LAST_SEEN = LAGS + TRAINED
FARTHEST, SHOWN = 64, (1, 4, 16, 64)
SEEDS = 20
RECIPE = Gradient(span=LAGS, epochs=5, batch=16, optimizer=adam(0.01, clip=None), loss_steps=LAST)
LINEAR, MLP = "linear AR(4)", "MLP 4-10-1"


class Fitted(NamedTuple):
    """All reported results of one model on one draw."""

    losses: Float[np.ndarray, " epoch"]
    one_step: Float[np.ndarray, " row"]
    one_step_mse: tuple[float, float]
    predicted: Float[np.ndarray, "origin horizon"]
    errors: Float[np.ndarray, "part horizon"]
    recursion: Float[np.ndarray, " rest"]
    slopes: Float[np.ndarray, "row lag"]


def run(out: Path, data: Path | None, say: Callable[[str], None], quick: bool) -> Result:
    """Fit both models on every seed's draw, forecast 64 steps ahead, and compare with the error
    formulas and the smallest possible errors."""
    series: list[np.ndarray] = []
    found: dict[str, list[Fitted]] = {LINEAR: [], MLP: []}
    for seed in range(2 if quick else SEEDS):
        of_data, of_weights, of_training = jax.random.split(jax.random.key(seed), 3)
        x = noisy_sine(STEPS, key=of_data, rate=RATE, sd=SD)[0]
        series.append(x)
        found[LINEAR].append(judged(linear(x), x, []))
        found[MLP].append(judged(*mlp(x, of_weights, of_training)))
        say(
            f"seed {seed}: training MSE by epoch "
            f"{', '.join(number(loss) for loss in found[MLP][-1].losses)}"
        )
    rows = numbers(found)
    tables = (
        numbers_to_hit("Noisy sine: one step, and the recursion from t = 604", rows),
        by_step(found),
        growth(found),
    )
    by_epoch = np.median([f.losses for f in found[MLP]], axis=0)
    notes = (
        (
            "MSE in the square of the series' unit, without a factor ½. The recursion sees nothing "
            "after t = 604."
        ),
        (
            "Median training MSE of the MLP after epochs 1 to 5: "
            f"{', '.join(number(loss) for loss in by_epoch)}."
        ),
    )
    return Result(tuple(rows), tables, notes, pictures(out, series[0], found))


def linear(x: Float[np.ndarray, " time"]) -> Model:
    """Least squares on the 600 rows."""
    return solve(
        build(LinearAR(LAGS), 1, Point(), jax.random.key(0)), Panel.from_arrays([x[:LAST_SEEN]])
    )


def mlp(
    x: Float[np.ndarray, " time"], of_weights: jax.Array, of_training: jax.Array
) -> tuple[Model, np.ndarray, list[float]]:
    """Five epochs of Adam; the loss over all 600 rows after each."""
    values = Series(jnp.asarray(x[:, None], jnp.float32), None)
    start = np.arange(TRAINED, dtype=np.int32)
    windows = Windows(start, np.full_like(start, LAGS), np.full_like(start, LAST_SEEN))
    losses: list[float] = []
    done = train(
        build(MLPAR(LAGS, hidden=(10,)), 1, Point(), of_weights),
        values,
        windows,
        RECIPE,
        key=of_training,
        on_event=lambda epoch: losses.append(
            loss_of(epoch.progress.model, values, windows, span=LAGS)
        ),
    )
    return done.model, x, losses


def judged(model: Model, x: Float[np.ndarray, " time"], losses: list[float]) -> Fitted:
    """Forecasts one step ahead on all 996 rows, 64 steps ahead from every origin with 64 steps to
    follow, and from t = 604 to the end."""
    windows = np.lib.stride_tricks.sliding_window_view(x, LAGS)
    one_step = np.asarray(ahead(model, windows[:-1], 1), np.float64)[:, 0]
    early, late = np.split((one_step - x[LAGS:]) ** 2, [TRAINED])
    origins = len(x) - LAGS - FARTHEST + 1
    predicted = np.asarray(ahead(model, windows[:origins], FARTHEST), np.float64)
    target = np.arange(origins)[:, None] + LAGS + np.arange(FARTHEST)
    squared = (predicted - x[target]) ** 2
    inside = target < LAST_SEEN
    errors = np.stack(
        [
            squared.mean(0),
            *(np.nanmean(np.where(part, squared, np.nan), 0) for part in (inside, ~inside)),
        ]
    )
    recursion = np.asarray(
        ahead(model, windows[LAST_SEEN - LAGS][None], len(x) - LAST_SEEN), np.float64
    )[0]
    gradient = np.asarray(slopes(model, windows[:TRAINED]), np.float64)
    return Fitted(
        np.array(losses),
        one_step,
        (float(early.mean()), float(late.mean())),
        predicted,
        errors,
        recursion,
        gradient,
    )


def linear_floor(lags: int = LAGS) -> float:
    """The smallest expected MSE over t = 5 … 1000 of any linear map of the last noisy values.

    With s the sine and w the weights: SD² (the target's noise) + mean (s_t − w·s_{t−lags} − b)² +
    SD²·|w|² (the noise of the lags), which is ridge regression of the clean sine on itself with the
    penalty SD² per row.
    """
    clean = np.sin(RATE * np.arange(1, STEPS + 1))
    windows, target = np.lib.stride_tricks.sliding_window_view(clean, lags)[:-1], clean[lags:, None]
    weight, bias = least_squares(windows, target, ridge=SD**2 * len(target))
    return float(
        SD**2 * (1 + (weight**2).sum()) + ((windows @ weight.T + bias - target) ** 2).mean()
    )


def without_noise() -> tuple[float, Float[np.ndarray, " lag"]]:
    """MSE and weights of two lags, oldest first, on the sine without noise: x_{t+1} = 2·cos(ω)·x_t
    − x_{t−1} exactly."""
    clean = np.sin(RATE * np.arange(1, STEPS + 1))
    windows, target = np.lib.stride_tricks.sliding_window_view(clean, 2)[:-1], clean[2:, None]
    weight, bias = least_squares(windows, target)
    return float(((windows @ weight.T + bias - target) ** 2).mean()), weight[0]


def numbers(found: dict[str, list[Fitted]]) -> list[Row]:
    """The book's numbers, ours, and the smallest possible ones."""
    exact, weight = without_noise()
    printed = "0.0641 PyTorch, 0.0534 MXNet, 0.0981 TensorFlow"
    rows = [
        Row(
            f"{MLP}: training MSE after epoch 5",
            [f.losses[-1] for f in found[MLP]],
            printed,
            (-np.inf, 0.0641),
        )
    ]
    for name, fits in found.items():
        rows += [
            Row(f"{name}: MSE one step ahead, t ≤ 604", [f.one_step_mse[0] for f in fits]),
            Row(f"{name}: MSE one step ahead, t > 604", [f.one_step_mse[1] for f in fits]),
            Row(
                f"{name}: value at which the recursion settles",
                [f.recursion[-1] for f in fits],
                "a constant",
            ),
            Row(
                f"{name}: range of its last 100 values",
                [float(np.ptp(f.recursion[-100:])) for f in fits],
                "decays to a constant",
                (0, 0.001) if name == MLP else None,
            ),
        ]
    return [
        *rows,
        Row("floor: the sine known", [SD**2]),
        Row("floor: best linear map of four noisy lags", [linear_floor()]),
        Row("without noise, two lags: MSE", [exact]),
        Row("without noise, two lags: newest weight − 2·cos ω", [weight[1] - 2 * np.cos(RATE)]),
    ]


def by_step(found: dict[str, list[Fitted]]) -> Table:
    """Median MSE at k = 1, 4, 16, 64, over all origins and by the position of the target; the book
    has only a figure."""
    lines = [
        ("k", *(f"{name}, {part}" for name in found for part in ("all", "t ≤ 604", "t > 604")))
    ]
    for k in SHOWN:
        medians = [
            np.median([f.errors[part, k - 1] for f in fits])
            for fits in found.values()
            for part in range(3)
        ]
        lines.append((str(k), *(number(float(value)) for value in medians)))
    return Table(
        f"MSE k steps ahead over all {len(found[MLP][0].predicted)} origins, median of "
        f"{len(found[MLP])} seeds",
        lines,
    )


def laws(fit: Fitted) -> dict[str, Float[np.ndarray, " horizon"]]:
    """Growth of the MSE by ε_k = ε̄ + c·ε_{k−1}, where ε̄ is the one-step MSE and c comes from the
    slopes g of the fitted model.

    A step passes on c = Σ g² of the squared error if the errors of its four inputs are independent,
    and c = (Σ g)² if all four are equal. The third formula keeps the four slopes apart: ε̄·Σ ψ_j²
    of that AR(4). None of them accounts for the bias of the model's own fixed point, or for the
    fact that the noise of the target is not fed back.
    """
    base = float(fit.errors[0, 0])
    return {
        "law, c = Σ g²": error_law(base, float((fit.slopes**2).sum(1).mean()), FARTHEST),
        "law, c = (Σ g)²": error_law(base, float((fit.slopes.sum(1) ** 2).mean()), FARTHEST),
        "law, all four slopes": ar_error(
            fit.slopes.mean(0)[::-1].tolist(), float(np.sqrt(base)), FARTHEST
        ),
    }


def growth(found: dict[str, list[Fitted]]) -> Table:
    """The measured MSE and that of each formula, median over the seeds."""
    first = laws(found[MLP][0])
    lines = [("model", "k", "measured", *first)]
    for name, fits in found.items():
        drawn = [laws(f) for f in fits]
        for k in SHOWN:
            cells = [
                np.median([f.errors[0, k - 1] for f in fits]),
                *(np.median([law[key][k - 1] for law in drawn]) for key in first),
            ]
            lines.append((name, str(k), *(number(float(value)) for value in cells)))
    return Table(
        "The law ε_k = ε̄ + c·ε_{k−1} on squared errors, c from the slopes g of the fitted model",
        lines,
    )


def pictures(
    out: Path, x: Float[np.ndarray, " time"], found: dict[str, list[Fitted]]
) -> tuple[Path, ...]:
    """The book's figures for the first seed, and the errors of all seeds; the full table by k as
    CSV."""
    t, fit = np.arange(1.0, STEPS + 1), found[MLP][0]
    one = placed(fit.one_step, LAGS)
    onward = placed(fit.recursion, LAST_SEEN)
    steps = {
        f"{k} step{'s' if k > 1 else ''}": placed(fit.predicted[:, k - 1], LAGS + k - 1)
        for k in SHOWN
    }
    curves = np.array([f.losses for f in found[MLP]])
    table = {"unique_id": ["noisy sine"] * STEPS, "ds": t, "y": x}
    measured = {name: np.array([f.errors[0] for f in fits]) for name, fits in found.items()}
    law = {
        "measured": measured[MLP],
        **{key: np.median([laws(f)[key] for f in found[MLP]], 0) for key in laws(fit)},
    }
    over = partial(overlay_plot, t, x, target="x", time="t")
    figures = {
        "data": series_plot(
            table, target="x", title="A noisy sine", subtitle="x = sin(0.01 t) + N(0, 0.2²)"
        ),
        "one-step": over({"1 step": one}, title=f"{MLP}: one step ahead"),
        "recursion": over(
            {"1 step": one, "fed back": onward},
            origin=LAST_SEEN,
            title=f"{MLP}: the recursion decays to a constant",
        ),
        "k-steps": over(
            steps,
            title=f"{MLP}: k steps ahead",
            subtitle="Each value predicted from what was seen k steps before it",
        ),
        "error-by-step": error_by_step_plot(
            measured,
            measure="MSE",
            floor=SD**2,
            logarithmic=True,
            title="Error by step ahead",
            subtitle="Median and range of the seeds",
        ),
        "law": error_by_step_plot(
            law,
            measure="MSE",
            reference="measured",
            logarithmic=True,
            title=f"{MLP}: the error as measured, and as the law has it",
            subtitle=(
                "MSE(k) = MSE(1) + c·MSE(k−1), with c from the slopes g of the fitted model; median"
                " and range of the seeds"
            ),
        ),
        "loss": learning_curve_plot(
            {"median": np.median(curves, 0), "lowest": curves.min(0), "highest": curves.max(0)},
            measure="training MSE",
            title=f"{MLP}: loss by epoch",
        ),
    }
    files = [
        save_figure(figure, out / f"sequence-models-{name}.png") for name, figure in figures.items()
    ]
    return (*files, full_table(out / "sequence-models-by-k.csv", found))


def placed(values: Sequence[float] | np.ndarray, at: int) -> Float[np.ndarray, " time"]:
    """The values from index `at` of the series on, NaN elsewhere."""
    return np.pad(
        np.asarray(values, np.float64), (at, STEPS - at - len(values)), constant_values=np.nan
    )


def full_table(path: Path, found: dict[str, list[Fitted]]) -> Path:
    """Median MSE at every k, for each model and part."""
    parts = ("all", "to 604", "after 604")
    medians = {
        f"{name} {part}": np.median([f.errors[i] for f in fits], 0)
        for name, fits in found.items()
        for i, part in enumerate(parts)
    }
    columns = np.column_stack([np.arange(1, FARTHEST + 1), *medians.values()])
    np.savetxt(
        path,
        columns,
        delimiter=",",
        fmt=["%d", *["%.6f"] * len(medians)],
        header=",".join(["k", *medians]),
        comments="",
    )
    return path
