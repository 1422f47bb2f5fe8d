"""Architectures on the noisy sine: linear, MLPs and recurrent networks; the best one on validation
data is compared with the book's MLP.

Source: Zhang, Lipton, Li, Smola, Dive into Deep Learning, "Sequence Models", whose exercises ask to
change the network and to train longer. Its MLP 4-10-1 has a training MSE of 0.0536 after five
epochs (0.0534 from MXNet, which prints half of it; 0.0641 from PyTorch). All are trained on t ≤ 604
by Adam with a learning rate that decreases to 0; each is validated with its own number of past
values on t = 605 … 800, and the best one is tested on t = 801 … 1000, which were not used for the
choice.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from ...data import Panel, Windows, noisy_sine
from ...models import GRU, LSTM, MLPAR, RNN, LinearAR, Model, Point, Specification, build
from ...plots import Figure, bars_plot, save_figure
from ...training import LAST, Gradient, Series, adam, cosine, solve, train
from ...workflow import weight_count
from .._ahead import ahead
from .._result import Result, Row, Table, number, numbers_to_hit
from ._lags import PARTS
from ._noisy_sine import LAST_SEEN, RATE, SD, STEPS

SEEDS, EPOCHS, BATCH, PEAK = 5, 40, 16, 0.01
BOOK, BOOK_EPOCHS = "MLP 4-10-1, five epochs", 5
PRINTED = 0.0536
"""Training MSE of the book's MLP with its recipe, median of 20 seeds; `sequence-models` lists the
printed numbers."""


class Candidate(NamedTuple):
    """An architecture, the number of its past values, and the training epochs (0: least
    squares)."""

    spec: Specification
    span: int
    epochs: int = EPOCHS


CANDIDATES = {
    BOOK: Candidate(MLPAR(4, hidden=(10,)), 4, BOOK_EPOCHS),
    "MLP 4-10-1": Candidate(MLPAR(4, hidden=(10,)), 4),
    "MLP 16-10-1": Candidate(MLPAR(16, hidden=(10,)), 16),
    "MLP 16-64-64-1": Candidate(MLPAR(16, hidden=(64, 64)), 16),
    "MLP 64-64-64-1": Candidate(MLPAR(64, hidden=(64, 64)), 64),
    "linear 4": Candidate(LinearAR(4), 4, 0),
    "linear 16": Candidate(LinearAR(16), 16, 0),
    "linear 64": Candidate(LinearAR(64), 64, 0),
    "RNN 16 over 32 steps": Candidate(RNN(16), 32),
    "GRU 16 over 32 steps": Candidate(GRU(16), 32),
    "LSTM 16 over 32 steps": Candidate(LSTM(16), 32),
    "GRU 16 over 64 steps": Candidate(GRU(16), 64),
}


def recipe(candidate: Candidate) -> Gradient:
    """Adam with a learning rate that decreases along a cosine, and the loss at the last step; the
    book's network keeps its constant rate."""
    updates = candidate.epochs * -(-(LAST_SEEN - candidate.span) // BATCH)
    rate = PEAK if candidate.epochs == BOOK_EPOCHS else cosine(PEAK, updates)
    return Gradient(
        span=candidate.span,
        epochs=candidate.epochs,
        batch=BATCH,
        optimizer=adam(rate),
        loss_steps=LAST,
    )


def fitted(
    candidate: Candidate, x: Float[np.ndarray, " time"], how: Gradient | None, seed: int
) -> Model:
    """The model fitted on all rows of t ≤ 604: by least squares, or trained by the recipe `how`."""
    of_weights, of_training = jax.random.split(jax.random.key(seed))
    model = build(candidate.spec, 1, Point(), of_weights)
    if how is None:
        return solve(model, Panel.from_arrays([x[:LAST_SEEN]]))
    start = np.arange(LAST_SEEN - candidate.span, dtype=np.int32)
    windows = Windows(start, np.full_like(start, candidate.span), np.full_like(start, LAST_SEEN))
    return train(
        model, Series(jnp.asarray(x[:, None], jnp.float32), None), windows, how, key=of_training
    ).model


def judged(model: Model, span: int, x: Float[np.ndarray, " time"]) -> dict[str, float]:
    """MSE one step ahead on every part; the training MSE is over all targets with `span` values
    before them."""
    windows = np.lib.stride_tricks.sliding_window_view(x, span)[:-1]
    squared = (np.asarray(ahead(model, windows, 1), np.float64)[:, 0] - x[span:]) ** 2
    edges = {
        part: (0 if part == "training" else first - span, last - span)
        for part, (first, last) in PARTS.items()
    }
    return {part: float(squared[first:last].mean()) for part, (first, last) in edges.items()}


def run(out: Path, data: Path | None, say: Callable[[str], None], quick: bool) -> Result:
    """Train every architecture on every seed's draw; choose by the median validation MSE."""
    seeds = 1 if quick else SEEDS
    draws = noisy_sine(STEPS, key=jax.random.key(0), series=seeds, rate=RATE, sd=SD)
    found: dict[str, list[dict[str, float]]] = {}
    weights = {}
    for name, full in CANDIDATES.items():
        candidate = full._replace(epochs=min(full.epochs, 1)) if quick else full
        how = recipe(candidate) if candidate.epochs else None
        models = [fitted(candidate, x, how, seed) for seed, x in enumerate(draws)]
        found[name] = [
            judged(model, candidate.span, x) for model, x in zip(models, draws, strict=True)
        ]
        weights[name] = weight_count(models[0])
        say(f"{name}: {', '.join(f'{part} {number(median(found[name], part))}' for part in PARTS)}")
    best = min(found, key=lambda name: median(found[name], "validation"))
    listed = numbers(found, best)
    lines = [("architecture", "weights", *(f"{part}, median" for part in PARTS))]
    for name in sorted(found, key=lambda name: median(found[name], "validation")):
        lines.append(
            (name, f"{weights[name]:,}", *(number(median(found[name], part)) for part in PARTS))
        )
    tables = (
        numbers_to_hit("Noisy sine: the architecture that the validation part chose", listed),
        Table(
            "MSE one step ahead, every architecture tried, best on the validation part first; "
            f"median of {seeds} draws",
            lines,
        ),
    )
    lowest = min(found, key=lambda name: median(found[name], "training"))
    overfitted = number(median(found[lowest], "test"))
    lesson = (
        f"The validation part chose {best}; the lowest training error has {lowest}, with a test "
        f"MSE of {overfitted}. How far back a model looks matters more than its number of layers, "
        "and a low training error does not show a good model."
    )
    return Result(
        tuple(listed), tables, (lesson,), (save_figure(picture(found), out / "architectures.png"),)
    )


def median(found: Sequence[dict[str, float]], part: str) -> float:
    """The median over the draws."""
    return float(np.median([one[part] for one in found]))


def numbers(found: dict[str, list[dict[str, float]]], best: str) -> list[Row]:
    """Rows for the book's network, the chosen one, and the smallest possible MSE."""
    return [
        Row(
            f"{BOOK}: training MSE",
            [one["training"] for one in found[BOOK]],
            f"{PRINTED} over 20 seeds",
            (-np.inf, 0.0641),
        ),
        Row(f"{BOOK}: test MSE", [one["test"] for one in found[BOOK]]),
        Row(
            f"chosen, {best}: training MSE",
            [one["training"] for one in found[best]],
            f"{PRINTED} over 20 seeds",
            (-np.inf, PRINTED),
        ),
        Row(
            f"chosen, {best}: test MSE",
            [one["test"] for one in found[best]],
            f"{PRINTED} (training)",
            (-np.inf, PRINTED),
        ),
        Row("floor: the sine known", [SD**2]),
    ]


def picture(found: dict[str, list[dict[str, float]]]) -> Figure:
    """A figure of the training, validation and test error of every architecture, in the order of
    the table."""
    order = sorted(found, key=lambda name: median(found[name], "validation"))
    return bars_plot(
        {f"{part} MSE": {name: median(found[name], part) for name in order} for part in PARTS},
        title="Architectures on the noisy sine",
        subtitle="One step ahead, median of the draws, best on the validation part first; "
        "the noise alone costs 0.04",
    )
