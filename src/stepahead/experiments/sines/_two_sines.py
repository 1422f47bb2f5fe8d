"""Forecasting with RNNs on sums of two sines: the number of layers, the number of steps at once,
and the targets of each step.

Source: Géron, Hands-On Machine Learning with Scikit-Learn, Keras, and TensorFlow, 2nd edition,
chapter 15. 10,000 series of 51 steps (to predict one) or 60 (to predict ten) from the first 50;
7,000 for training, 2,000 for validation, 1,000 for test. Minibatches of 32, 20 epochs, MSE, RMSprop
with learning rate 0.001 unless stated; Glorot-uniform input and orthogonal recurrent weights.
Nothing is scaled.
"""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Float

from ..._types import Key
from ...data import Panel, Windows, last_windows, two_sines
from ...models import GRU, LSTM, RNN, LinearAR, Model, Point, Specification, build
from ...plots import Figure, error_by_step_plot, forecast_plot, learning_curve_plot, save_figure
from ...training import (
    EVERY,
    LAST,
    Gradient,
    LossSteps,
    Series,
    adam,
    cosine,
    rmsprop,
    solve,
    train_many,
)
from .._ahead import ahead
from .._result import Result, Row, number, numbers_to_hit

SERIES, SEEN = 10_000, 50
SEEDS, EPOCHS, BATCH = 5, 20, 32
NOISE = 0.1
RMSPROP, ADAM = rmsprop(0.001), adam(0.01, clip=None)


class Setting(NamedTuple):
    """One row of the book: an architecture, its training, the printed number, and the range to
    reach."""

    name: str
    spec: Specification
    horizon: int = 1
    steps: LossSteps = LAST
    optimizer: optax.GradientTransformation = RMSPROP
    printed: str = "–"
    reach: tuple[float, float] | None = None


SETTINGS = (
    Setting(
        "Dense(1) on 50 values",
        LinearAR(SEEN),
        printed="outperforms naive",
        reach=(-np.inf, 0.0036),
    ),
    Setting("SimpleRNN(1)", RNN(1, readout=False)),
    Setting("SimpleRNN 20, 20, 1", RNN((20, 20, 1), readout=False), reach=(-np.inf, 0.0032)),
    Setting("SimpleRNN 20, 20 + Dense(1)", RNN((20, 20)), reach=(-np.inf, 0.0032)),
    Setting(
        "SimpleRNN 20, 20 + Dense(10), last step",
        RNN((20, 20)),
        10,
        printed="0.0151",
        reach=(-np.inf, 0.0151),
    ),
    Setting(
        "SimpleRNN 20, 20 + Dense(10), every step",
        RNN((20, 20)),
        10,
        EVERY,
        ADAM,
        reach=(-np.inf, 0.0075),
    ),
    Setting("LSTM 20, 20 + Dense(10), last step", LSTM((20, 20)), 10),
    Setting("LSTM 20, 20 + Dense(10), every step", LSTM((20, 20)), 10, EVERY, ADAM),
    Setting("GRU 20, 20 + Dense(10), last step", GRU((20, 20)), 10),
    Setting("GRU 20, 20 + Dense(10), every step", GRU((20, 20)), 10, EVERY, ADAM),
)
"""Models trained by gradient descent, in the order of the table. "Last step": only the 50th step
predicts; "every step": each step predicts the next ten."""

RECURSIVE = "SimpleRNN 20, 20, 1"


def own_settings(updates: int) -> tuple[Setting, ...]:
    """Candidates for our own best model: every step predicts ten, the learning rate decreases to 0
    along a cosine, gradients are clipped."""
    return tuple(
        Setting(
            f"{kind.__name__} {width}, {width}, rate {rate:g}",
            kind((width, width)),
            10,
            EVERY,
            adam(cosine(rate, updates), clip=1.0),
        )
        for kind in (LSTM, GRU)
        for width in (20, 48)
        for rate in (0.005, 0.01)
    )


class Split(NamedTuple):
    """One draw of the series, `[series, time]`, split into training, validation and test series."""

    train: Float[np.ndarray, "some time"]
    validation: Float[np.ndarray, "some time"]
    test: Float[np.ndarray, "some time"]


class Judged(NamedTuple):
    """A model's forecasts of the validation and the test series, and its training loss by epoch."""

    validation: Float[np.ndarray, "series horizon"]
    test: Float[np.ndarray, "series horizon"]
    losses: tuple[float, ...]


def run(out: Path, data: Path | None, say: Callable[[str], None], quick: bool) -> Result:
    """Train every architecture on every seed's draw, all seeds of one architecture together."""
    series, epochs, seeds = (300, 1, 2) if quick else (SERIES, EPOCHS, SEEDS)
    keys = [tuple(jax.random.split(jax.random.key(seed), 3)) for seed in range(seeds)]
    draws = {
        horizon: [draw(series, SEEN + horizon, jax.random.fold_in(key[0], horizon)) for key in keys]
        for horizon in (1, 10)
    }
    found: dict[str, list[Judged]] = {}
    for setting in SETTINGS:
        done = trained(setting, draws[setting.horizon], epochs, keys)
        found[setting.name] = [one for _, one in done]
        for seed, (model, _) in enumerate(done):
            if setting.name == RECURSIVE:
                found.setdefault("recursion", []).append(
                    judged(partial(fed_back, model), draws[10][seed])
                )
        errors = _mses(found[setting.name], draws[setting.horizon], _part(setting.horizon))
        say(f"{setting.name}: {', '.join(number(error) for error in errors)}")
    updates = epochs * -(-len(draws[10][0].train) // BATCH)
    best, tried = our_best(
        draws[10], own_settings(updates)[: 1 if quick else None], epochs, keys, say
    )
    found[best] = tried
    rows = numbers(found, draws, best)
    tables = [
        numbers_to_hit(f"Two sines, {part}", rows[at])
        for at, part in enumerate(("one step, validation MSE", "ten steps, test MSE"))
    ]
    notes = (
        (
            f"One draw of {series:,} series and one set of weights a seed. MSE in the square of the"
            " series' unit."
        ),
        (
            "Collapsed: no better than the naive forecast on the same draw; such a seed is counted,"
            " not dropped."
        ),
        (
            "The recursion feeds the one-step model its own predictions. It was trained on 51"
            " steps; series of 60 run slower, as t ends at 1."
        ),
        f"Our own best setting was chosen by the validation MSE of the first seed alone: {best}.",
    )
    return Result((*rows[0], *rows[1]), tuple(tables), notes, pictures(out, found, draws, best))


def draw(series: int, steps: int, key: Key) -> Split:
    """The two-sine series, split as in the book: 70 % training, 20 % validation, 10 % test."""
    x = two_sines(steps, key=key, series=series, noise=NOISE)
    return Split(*np.split(x, [series * 7 // 10, series * 9 // 10]))


def trained(
    setting: Setting, splits: Sequence[Split], epochs: int, keys: Sequence[tuple[Key, ...]]
) -> list[tuple[Model, Judged]]:
    """Train on the first 50 steps of each training series, all seeds at a time, and evaluate on the
    validation and test series."""
    models = [build(setting.spec, 1, Point(setting.horizon), key[1]) for key in keys]
    given = [whole_series(split.train) for split in splits]
    recipe = Gradient(
        span=SEEN, epochs=epochs, batch=BATCH, optimizer=setting.optimizer, loss_steps=setting.steps
    )
    series = [values for values, _ in given]
    done = train_many(models, series, given[0][1], recipe, keys=[key[2] for key in keys])
    return [
        (
            one.model,
            judged(partial(forecast, one.model, horizon=setting.horizon), split, one.losses),
        )
        for one, split in zip(done, splits, strict=True)
    ]


def judged(
    predict: Callable[[np.ndarray], np.ndarray], split: Split, losses: tuple[float, ...] = ()
) -> Judged:
    """Forecasts of the held-out series."""
    return Judged(predict(split.validation), predict(split.test), losses)


def whole_series(x: Float[np.ndarray, "series time"]) -> tuple[Series, Windows]:
    """The training data: one window of 50 inputs for each series."""
    count, steps = x.shape
    return Series(jnp.asarray(x.reshape(-1, 1), jnp.float32), None), last_windows(
        np.arange(count + 1) * steps, np.full(count, SEEN), SEEN
    )


def forecast(
    model: Model, x: Float[np.ndarray, "series time"], horizon: int
) -> Float[np.ndarray, "series horizon"]:
    """Forecasts of the steps after the first 50."""
    return np.asarray(ahead(model, x[:, :SEEN], horizon), np.float64)


def fed_back(
    model: Model, x: Float[np.ndarray, "series time"]
) -> Float[np.ndarray, "series horizon"]:
    """Recursive forecasts: a one-step model's predictions are fed back for all following steps."""
    return forecast(model, x, x.shape[1] - SEEN)


def naive(split: Split) -> Judged:
    """The last value at every step ahead."""
    return judged(lambda x: np.repeat(x[:, SEEN - 1 : SEEN], x.shape[1] - SEEN, axis=1), split)


def by_least_squares(split: Split) -> Judged:
    """The best linear map of the 50 values on the training series, by least squares."""
    horizon = split.train.shape[1] - SEEN
    model = solve(
        build(LinearAR(SEEN), 1, Point(horizon), jax.random.key(0)),
        Panel.from_arrays(list(split.train)),
    )
    return judged(lambda x: forecast(model, x, horizon), split)


def our_best(
    draws: Sequence[Split],
    candidates: Sequence[Setting],
    epochs: int,
    keys: Sequence[tuple[Key, ...]],
    say: Callable[[str], None],
) -> tuple[str, list[Judged]]:
    """Train the candidates on the first seed, choose the one with the smallest validation MSE, and
    train it on every seed."""
    scores = {}
    for setting in candidates:
        ((_, one),) = trained(setting, draws[:1], epochs, keys[:1])
        scores[setting] = mse(one.validation, draws[0].validation)
        say(f"our own {setting.name}, validation of the first seed: {number(scores[setting])}")
    best = min(scores, key=lambda setting: scores[setting])
    done = trained(best, draws, epochs, keys)
    return f"{best.name} falling along a cosine, clipped", [one for _, one in done]


def numbers(
    found: dict[str, list[Judged]], draws: dict[int, list[Split]], best: str
) -> tuple[list[Row], list[Row]]:
    """The book's rows in its order: one step ahead on the validation series, ten steps on the test
    series."""
    for horizon in (1, 10):
        found[f"naive {horizon}"] = [naive(split) for split in draws[horizon]]
        found[f"least squares {horizon}"] = [by_least_squares(split) for split in draws[horizon]]
    guess = {
        horizon: _mses(found[f"naive {horizon}"], draws[horizon], _part(horizon))
        for horizon in (1, 10)
    }

    def row(
        what: str,
        name: str,
        horizon: int,
        printed: str = "–",
        reach: tuple[float, float] | None = None,
    ) -> Row:
        errors = _mses(found[name], draws[horizon], _part(horizon))
        failed = sum(error >= naive for error, naive in zip(errors, guess[horizon], strict=True))
        return Row(what, errors, printed, reach, None if name.startswith("naive") else failed)

    rows = {
        1: [row("naive, last value", "naive 1", 1, "0.0206", (0.0199, 0.0221))],
        10: [row("naive, last value", "naive 10", 10)],
    }
    for horizon in (1, 10):
        rows[horizon].append(
            row(f"linear, {SEEN} values, least squares", f"least squares {horizon}", horizon)
        )
    rows[10].append(row(f"recursion of {RECURSIVE}", "recursion", 10))
    for setting in SETTINGS:
        rows[setting.horizon].append(
            row(setting.name, setting.name, setting.horizon, setting.printed, setting.reach)
        )
    rows[10].append(row(f"our own: {best}, every step", best, 10))
    floor = Row("floor: the waves known", [NOISE**2 / 12])
    return [*rows[1], floor], [*rows[10], floor]


def mse(
    predicted: Float[np.ndarray, "series horizon"], x: Float[np.ndarray, "series time"]
) -> float:
    """Mean squared error over all series and all steps ahead."""
    return float(np.mean((predicted - x[:, SEEN:]) ** 2))


def _part(horizon: int) -> str:
    """The part for evaluation: validation series for one step, test series for ten."""
    return "validation" if horizon == 1 else "test"


def _mses(found: Sequence[Judged], draws: Sequence[Split], part: str) -> list[float]:
    return [
        mse(one._asdict()[part], split._asdict()[part])
        for one, split in zip(found, draws, strict=True)
    ]


def pictures(
    out: Path, found: dict[str, list[Judged]], draws: dict[int, list[Split]], best: str
) -> tuple[Path, ...]:
    """Figures of forecasts ten steps ahead of four test series, the error at each step ahead, and
    the losses of the recurrent models."""
    shown = {
        "naive": "naive 10",
        "linear": "least squares 10",
        "recursion": "recursion",
        **{short(s): s.name for s in SETTINGS if s.horizon == 10 and not isinstance(s.spec, GRU)},
        "our own": best,
    }
    errors = {
        label: np.array(
            [
                ((j.test - split.test[:, SEEN:]) ** 2).mean(0)
                for j, split in zip(found[name], draws[10], strict=True)
            ]
        )
        for label, name in shown.items()
    }
    curves = {
        short(s): np.median([j.losses for j in found[s.name]], 0)
        for s in SETTINGS
        if s.horizon == 10
    }
    figures = {
        "ten-steps": ten_steps(draws[10][0].test[:4], found[best][0].test[:4]),
        "error-by-step": error_by_step_plot(
            errors,
            measure="MSE",
            reference="naive",
            floor=NOISE**2 / 12,
            logarithmic=True,
            title="Ten steps ahead: error by step",
            subtitle="Test series, median and range of the seeds",
        ),
        "loss": learning_curve_plot(
            curves,
            measure="training MSE",
            title="Loss by epoch, median of the seeds",
            subtitle="The last step predicts from 50 values; "
            "with every step, the first ones, which have seen little, count as well",
        ),
    }
    return tuple(
        save_figure(figure, out / f"forecasting-rnns-{name}.png")
        for name, figure in figures.items()
    )


def short(setting: Setting) -> str:
    """A short name for legends: the cell, and which steps predict."""
    return f"{setting.name.split()[0]}, {'every' if setting.steps == EVERY else 'last'} step"


def ten_steps(
    x: Float[np.ndarray, "series time"], predicted: Float[np.ndarray, "series horizon"]
) -> Figure:
    """A figure in panels: the observed series, the forecasts, and the actual values."""
    names = [f"test series {i + 1}" for i in range(len(x))]

    def long(
        values: Float[np.ndarray, "series _step"], first: int, column: str
    ) -> dict[str, np.ndarray]:
        steps = values.shape[1]
        stamps = np.tile(np.arange(first, first + steps), len(x))
        return {"unique_id": np.repeat(names, steps), "ds": stamps, column: values.ravel()}

    return forecast_plot(
        long(x[:, :SEEN], 1, "y"),
        long(predicted, SEEN + 1, "forecast"),
        actual=long(x[:, SEEN:], SEEN + 1, "y"),
        title="Ten steps ahead, all at once",
    )
