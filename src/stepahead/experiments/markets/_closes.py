"""Thirty years of a stock index: one-step forecasts look perfect in a figure, and are no better
than the last close.

Source: the FTSE 100 figure at the beginning of Dive into Deep Learning, "Sequence Models", with the
models of that chapter. Daily closes, 1984 to 2015: training before 2006, test on the ten years
after it, which include the crash of 2008. The book prints no number. The models are compared with
the naive forecast, which is the best one for a random walk.
"""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from ...data import Panel, sliding_windows
from ...evaluation import Trust, trust_horizon
from ...models import MLPAR, Anchored, LinearAR, Model, Point, Specification, build
from ...plots import error_by_step_plot, overlay_plot, save_figure, series_plot
from ...readers import read
from ...training import LAST, Gradient, Series, adam, solve, train
from .._ahead import ahead
from .._result import Result, Row, Table, number, numbers_to_hit

FILE = "ftse100/FTSE.csv.gz"
SPLIT = np.datetime64("2006-01-01")
LAGS, FARTHEST, SHOWN = 4, 64, (1, 4, 16, 64)
SEEDS, EPOCHS = 5, 5
NAIVE, LINEAR, MLP, CHANGES = "naive", "linear AR(4)", "MLP 4-10-1", "MLP 4-10-1 on changes"


class Closes(NamedTuple):
    """The closes in index points, their dates, and the number of closes before the split."""

    x: Float[np.ndarray, " time"]
    days: np.ndarray
    seen: int


def run(out: Path, data: Path | None, say: Callable[[str], None], quick: bool) -> Result:
    """Fit on the years before 2006, forecast up to 64 days ahead from every later day, and compare
    with the naive forecast."""
    path = None if data is None else data / FILE
    if path is None or not path.is_file():
        return _skipped(path)
    closes = _read(path)
    predicted = forecasts(closes, 1 if quick else SEEDS, say)
    errors = {
        name: np.array([by_step(closes, one) for one in several])
        for name, several in predicted.items()
    }
    ratios = {name: error / errors[NAIVE] for name, error in errors.items()}
    rows = [
        Row(f"{name}: MSE one day ahead, naive = 1", ratios[name][:, 0].tolist())
        for name in errors
        if name != NAIVE
    ]
    verdicts = trusted(closes, predicted)
    tables = (
        numbers_to_hit("FTSE 100, one day ahead", rows),
        _by_days_ahead(errors, ratios),
        _tests(verdicts),
    )
    notes = (
        (
            f"{len(closes.x):,} closes: {closes.seen:,} before {SPLIT} for training, "
            f"{len(closes.x) - closes.seen:,} after it for the test."
        ),
        "A ratio of 1 is as good as the last close, above 1 worse.",
        *(f"Trust horizon {trust.horizon}: {trust}" for trust in verdicts.values()),
    )
    return Result(tuple(rows), tables, notes, pictures(out, closes, predicted, errors))


def _skipped(path: Path | None) -> Result:
    """The result if the data file is missing."""
    where = "no folder of data files was named" if path is None else f"there is no file '{path}'"
    skipped = (
        f"Skipped: the closes may not be redistributed with the package, and {where}. Name the"
        f" folder that holds {FILE}."
    )
    return Result((), (), (skipped,), ())


def _read(path: Path) -> Closes:
    """The closes of the days with trade."""
    panel = read(str(path), time="Date", target="Close")
    there = panel.observed[:, 0]
    days = panel.times[there]
    return Closes(panel.values[there, 0], days, int((days < SPLIT).sum()))


def _by_days_ahead(errors: dict[str, np.ndarray], ratios: dict[str, np.ndarray]) -> Table:
    """The error of every model by days ahead, and its ratio to the naive error."""
    others = list(errors)[1:]
    head = (
        "k, days",
        *(f"{name}, RMSE" for name in errors),
        *(f"{name}, ratio" for name in others),
    )
    lines = [head]
    for k in SHOWN:
        roots = [np.sqrt(np.median(error[:, k - 1])) for error in errors.values()]
        beside = [np.median(ratios[name][:, k - 1]) for name in others]
        lines.append((str(k), *(number(float(value)) for value in (*roots, *beside))))
    title = (
        "k days ahead: RMSE in index points, and MSE as a ratio to the naive one, median of the "
        "seeds"
    )
    return Table(title, lines)


def _tests(verdicts: dict[str, Trust]) -> Table:
    """The p-values of every model by days ahead."""
    head = ("k, days", *(f"{name}, {what}" for name in verdicts for what in ("better", "worse")))
    both = [p for trust in verdicts.values() for p in (trust.p, trust.p_worse)]
    lines = [(str(k), *(number(float(p[k - 1])) for p in both)) for k in SHOWN]
    return Table(
        "Better than the last close, or worse? One-sided p by days ahead; first seed",
        [head, *lines],
    )


def forecasts(
    closes: Closes, seeds: int, say: Callable[[str], None]
) -> dict[str, list[Float[np.ndarray, "origin horizon"]]]:
    """Forecasts of each model, in index points, from every day beginning with the last one before
    the split."""
    past = closes.x[: closes.seen]
    level, change = (
        (float(past.mean()), float(past.std())),
        (float(past.mean()), float(np.diff(past).std())),
    )
    found: dict[str, list[np.ndarray]] = {
        NAIVE: [np.repeat(windows(closes, 1), FARTHEST, axis=1)],
        LINEAR: [],
        MLP: [],
        CHANGES: [],
    }
    scaled = Panel.from_arrays([(past - level[0]) / level[1]])
    found[LINEAR].append(
        follow(
            solve(build(LinearAR(LAGS), 1, Point(), jax.random.key(0)), scaled),
            closes,
            LAGS,
            *level,
        )
    )
    specs: dict[str, tuple[Specification, int, tuple[float, float]]] = {
        MLP: (MLPAR(LAGS, hidden=(10,)), LAGS, level),
        CHANGES: (Anchored(MLPAR(LAGS, hidden=(10,))), LAGS + 1, change),
    }
    for name, (spec, span, (middle, scale)) in specs.items():
        for seed in range(seeds):
            model = trained(spec, (past - middle) / scale, span, seed)
            found[name].append(follow(model, closes, span, middle, scale))
            say(
                f"{name}, seed {seed}: RMSE one day ahead "
                f"{number(float(np.sqrt(by_step(closes, found[name][-1])[0])))} points"
            )
    return found


def trained(spec: Specification, past: Float[np.ndarray, " time"], span: int, seed: int) -> Model:
    """The book's recipe for the noisy sine: five epochs of Adam with learning rate 0.01 and
    minibatches of 16."""
    of_weights, of_training = jax.random.split(jax.random.key(seed))
    recipe = Gradient(
        span=span, epochs=EPOCHS, batch=16, optimizer=adam(0.01, clip=None), loss_steps=LAST
    )
    series = Series(jnp.asarray(past[:, None], jnp.float32), None)
    return train(
        build(spec, 1, Point(), of_weights),
        series,
        sliding_windows(np.array([0, len(past)]), span),
        recipe,
        key=of_training,
    ).model


def windows(closes: Closes, span: int) -> Float[np.ndarray, "origin span"]:
    """The last `span` closes before and at every origin: the day before the split, and each later
    day with 64 days to follow."""
    return np.lib.stride_tricks.sliding_window_view(closes.x, span)[
        closes.seen - span : len(closes.x) - span - FARTHEST + 1
    ]


def follow(
    model: Model, closes: Closes, span: int, middle: float, scale: float
) -> Float[np.ndarray, "origin horizon"]:
    """Forecasts 64 days ahead, in index points."""
    return middle + scale * np.asarray(
        ahead(model, (windows(closes, span) - middle) / scale, FARTHEST), np.float64
    )


def by_step(
    closes: Closes, predicted: Float[np.ndarray, "origin horizon"]
) -> Float[np.ndarray, " horizon"]:
    """MSE at every step ahead, in squared index points."""
    target = closes.seen + np.arange(len(predicted))[:, None] + np.arange(FARTHEST)
    return ((predicted - closes.x[target]) ** 2).mean(0)


def trusted(
    closes: Closes, predicted: dict[str, list[Float[np.ndarray, "origin horizon"]]]
) -> dict[str, Trust]:
    """The trust horizon of every model's first seed against the last close, by the absolute
    error."""
    target = closes.seen + np.arange(len(predicted[NAIVE][0]))[:, None] + np.arange(FARTHEST)
    loss = {name: np.abs(several[0] - closes.x[target]) for name, several in predicted.items()}
    rival = {"last close": loss.pop(NAIVE)}
    return {name: trust_horizon(name, own, rival) for name, own in loss.items()}


def pictures(
    out: Path,
    closes: Closes,
    predicted: dict[str, list[np.ndarray]],
    errors: dict[str, Float[np.ndarray, "run horizon"]],
) -> tuple[Path, ...]:
    """Figures of the closes, one day ahead, 64 days ahead, and the error by step."""

    def placed(name: str, k: int) -> Float[np.ndarray, " time"]:
        values = np.full(len(closes.x), np.nan)
        values[closes.seen + k - 1 :][: len(predicted[name][0])] = predicted[name][0][:, k - 1]
        return values[closes.seen :]

    x, days = closes.x[closes.seen :], closes.days[closes.seen :]
    unit = "FTSE 100, points"
    whole = {"unique_id": ["FTSE 100"] * len(closes.x), "ds": closes.days, "y": closes.x}
    near = slice(None, 250)
    figures = {
        "closes": series_plot(whole, target=unit, title="FTSE 100, daily closes"),
        "one-step": overlay_plot(
            days[near],
            x[near],
            {"1 day ahead": placed(MLP, 1)[near], "the last close": placed(NAIVE, 1)[near]},
            target=unit,
            title=f"{MLP}, one day ahead: the first year that was not trained on",
        ),
        "k-steps": overlay_plot(
            days,
            x,
            {"1 day": placed(MLP, 1), "64 days": placed(MLP, 64)},
            target=unit,
            title=f"{MLP}, k days ahead",
        ),
        "error-by-step": error_by_step_plot(
            {name: error / errors[NAIVE] for name, error in errors.items()},
            measure="MSE, naive = 1",
            reference=NAIVE,
            logarithmic=True,
            title="FTSE 100: error by days ahead, relative to the naive one",
            subtitle="2006 to 2015, median and range of the seeds",
        ),
    }
    return tuple(save_figure(figure, out / f"ftse-{name}.png") for name, figure in figures.items())
