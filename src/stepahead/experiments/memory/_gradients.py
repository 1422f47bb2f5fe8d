"""Vanishing and exploding gradients: how much of an error reaches each earlier step, and the
effects of initialisation, layer norm and clipping.

Source: Pascanu, Mikolov, Bengio, "On the difficulty of training recurrent neural networks", 2013;
Dive into Deep Learning, "Backpropagation through time"; Géron, Hands-On Machine Learning, chapter
15 (layer norm inside the cell after Ba, Kiros, Hinton 2016). They print no number; the claim is an
order: the plain RNN's gradients vanish or explode by a constant factor per step, LSTM and GRU keep
them longer. The factor of a linear map is the spectral radius of its recurrent weights: 1 for an
orthogonal initialisation.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, Float

from ..._check import Refusal
from ..._types import Channels, Key, Observation, State, Step
from ...data import Windows, two_sines
from ...models import GRU, LSTM, RNN, Head, Model, Point, Specification, build
from ...plots import learning_curve_plot, save_figure
from ...training import LAST, Epoch, Gradient, Series, train
from .._result import Result, Row, Table, number, numbers_to_hit
from ._memory import keeping

STEPS, WIDTH, BATCH, STRETCH = 120, 64, 32, 1.5
SEEDS = 5
BACK = (1, 10, 50, 100)
CLIP = 1.0
ORTHOGONAL, GLOROT, STRETCHED, KEEPING = (
    "orthogonal",
    "Glorot",
    "orthogonal × 1.5",
    "orthogonal, gates that keep",
)
SERIES, SEEN, UPDATES, RATE, SHORT = 2000, 50, 150, 1.0, 0.1


class LayerNormStep(eqx.Module):
    """A custom step: h' = tanh(g⊙LN(W x + U h) + b), LN(a) = (a − mean(a)) / √(var(a) + 1e-5) over
    the layer.

    A model of your own needs only this: frozen arrays, `initial_state` and `step`; `build`,
    `unroll`, `train`, `rollout` work with it.
    """

    input: Float[Array, "hidden channel"]
    recurrent: Float[Array, "hidden hidden"]
    gain: Float[Array, " hidden"]
    bias: Float[Array, " hidden"]
    readout: Float[Array, "out hidden"]

    def initial_state(self, batch: int) -> Float[Array, "batch hidden"]:
        """Zeros."""
        return jnp.zeros((batch, len(self.bias)), self.bias.dtype)

    def step(
        self, state: Float[Array, "batch hidden"], x: Observation
    ) -> tuple[Float[Array, "batch hidden"], Float[Array, "batch out"]]:
        """One step: the new state, and the output of the new state."""
        a = x.value @ self.input.T + state @ self.recurrent.T
        normed = (a - a.mean(-1, keepdims=True)) / jnp.sqrt(a.var(-1, keepdims=True) + 1e-5)
        hidden = jnp.tanh(self.gain * normed + self.bias)
        return hidden, hidden @ self.readout.T


@dataclass(frozen=True)
class LayerNormRNN:
    """The specification of this model: sizes only."""

    width: int

    def build(self, channels: Channels, head: Head, key: Key) -> LayerNormStep:
        """Glorot-uniform input and output weights, orthogonal recurrent ones, gain 1, bias 0."""
        of_input, of_recurrent, of_readout = jax.random.split(key, 3)
        glorot = jax.nn.initializers.glorot_uniform(in_axis=1, out_axis=0)
        outputs = head.horizon * channels.value * head.parameters
        return LayerNormStep(
            glorot(of_input, (self.width, channels.width), jnp.float32),
            jax.nn.initializers.orthogonal()(of_recurrent, (self.width, self.width), jnp.float32),
            jnp.ones(self.width, jnp.float32),
            jnp.zeros(self.width, jnp.float32),
            glorot(of_readout, (outputs, self.width), jnp.float32),
        )


SPECIFICATIONS: dict[str, Specification] = {
    "RNN, relu": RNN(WIDTH, relu=True),
    "RNN, tanh": RNN(WIDTH),
    "LSTM": LSTM(WIDTH),
    "GRU": GRU(WIDTH),
    "RNN, tanh, layer norm": LayerNormRNN(WIDTH),
}
STARTS = {
    name: (ORTHOGONAL, GLOROT, STRETCHED if "RNN" in name else KEEPING) for name in SPECIFICATIONS
}
"""Initial recurrent weights of each model. An orthogonal matrix preserves norms; times 1.5 it
increases them. "Gates that keep" also sets biases."""


class Flow(NamedTuple):
    """Gradient norms back in time: ‖dL/ds_t‖ for each array of the state, 0, 1, 2, … steps back,
    and the gradient with respect to the weights."""

    norms: tuple[Float[np.ndarray, " back"], ...]
    gradient: Float[np.ndarray, " weight"]


def started(spec: Specification, start: str, key: Key) -> Model:
    """A model with the recurrent weights initialised as `start` names it, each gate separately; the
    rest as by default."""
    of_weights, of_recurrent = jax.random.split(key)
    model = build(spec, 1, Point(), of_weights)

    def place(model: Any) -> Any:
        body = model.body
        return body.recurrent if isinstance(body, LayerNormStep) else body.layers[0].recurrent

    if start == KEEPING:
        return keeping(model, STEPS, of_recurrent)
    weight = place(model)
    if start == GLOROT:
        rows, columns = weight.shape
        draw = jax.nn.initializers.glorot_uniform(in_axis=1, out_axis=0)
        weight = jnp.concatenate(
            [
                draw(k, (columns, columns), jnp.float32)
                for k in jax.random.split(of_recurrent, rows // columns)
            ]
        )
    return eqx.tree_at(place, model, STRETCH * weight if start == STRETCHED else weight)


@eqx.filter_jit
def derivatives(
    body: Step, values: Float[Array, "batch time channel"], target: Float[Array, "batch hidden"]
) -> tuple[Step, tuple[Float[Array, "time batch hidden"], ...]]:
    """The derivatives of L = ½·mean over the batch of |h_T − target|² with respect to the weights
    and to every array of the state at every step.

    After each step a zero is added to every array of the state. The derivative with respect to that
    zero is dL/dh_t, including everything that follows from h_t; likewise dL/dc_t of an LSTM. This
    works for any step whose state has h as its first array.
    """
    batch, steps = values.shape[:2]
    weights, frozen = eqx.partition(body, eqx.is_inexact_array)
    first = body.initial_state(batch)
    zeros = jax.tree.map(lambda s: jnp.zeros((steps, *s.shape), s.dtype), first)

    def loss(weights: Step, nudges: State) -> Array:
        whole: Step = eqx.combine(weights, frozen)

        def step(state: State, x: tuple[Array, State]) -> tuple[State, None]:
            return jax.tree.map(jnp.add, whole.step(state, Observation(x[0]))[0], x[1]), None

        last, _ = jax.lax.scan(step, first, (jnp.swapaxes(values, 0, 1), nudges))
        return 0.5 * jnp.square(jax.tree.leaves(last)[0] - target).sum(-1).mean()

    by_weights, by_states = jax.grad(loss, argnums=(0, 1))(weights, zeros)
    return by_weights, tuple(jax.tree.leaves(by_states))


def flow(name: str, start: str, seed: int, *, steps: int = STEPS) -> Flow:
    """Norms over the whole batch, newest step first, for white noise N(0, 1) as input and random
    signs as the target."""
    of_model, of_values, of_target = jax.random.split(jax.random.key(seed), 3)
    model = started(SPECIFICATIONS[name], start, of_model)
    values = jax.random.normal(of_values, (BATCH, steps, 1))
    target = jax.random.rademacher(of_target, (BATCH, WIDTH), jnp.float32)
    by_weights, by_states = derivatives(model.body, values, target)
    norms = tuple(
        np.linalg.norm(np.asarray(one, np.float64).reshape(steps, -1), axis=1)[::-1]
        for one in by_states
    )
    parts = [np.asarray(leaf, np.float64).ravel() for leaf in jax.tree.leaves(by_weights)]
    return Flow(norms, np.concatenate(parts))


def clipped(
    gradient: Float[np.ndarray, " weight"], limit: float = CLIP
) -> Float[np.ndarray, " weight"]:
    """The gradient, scaled to the norm `limit` if it is longer: what `adam(clip=...)` passes to its
    rule.

    >>> clipped(np.array([3.0, 4.0])).tolist(), clipped(np.array([0.3, 0.4])).tolist()
    ([0.6000000000000001, 0.8], [0.3, 0.4])
    """
    return gradient * min(1.0, limit / max(float(np.linalg.norm(gradient)), 1e-300))


class Descent(NamedTuple):
    """A training run: its loss at every update, and the error message that ended it, or None."""

    losses: tuple[float, ...]
    refused: str | None


def descent(clip: float | None, *, updates: int = UPDATES) -> Descent:
    """Plain gradient descent of a ReLU RNN on the two sines, one step ahead of 50, with learning
    rate 1, with or without clipping."""
    of_data, of_weights, of_training = jax.random.split(jax.random.key(0), 3)
    x = two_sines(SEEN + 1, key=of_data, series=SERIES)
    first = np.arange(SERIES, dtype=np.int32) * (SEEN + 1)
    windows = Windows(first, np.full_like(first, SEEN), first + SEEN + 1)
    rule = optax.sgd(RATE)
    optimizer = rule if clip is None else optax.chain(optax.clip_by_global_norm(clip), rule)
    recipe = Gradient(span=SEEN, epochs=updates, steps=1, optimizer=optimizer, loss_steps=LAST)
    losses: list[float] = []

    def heard(event: Epoch) -> None:
        losses.append(event.loss)

    model = started(RNN(WIDTH, relu=True), ORTHOGONAL, of_weights)
    try:
        train(
            model,
            Series(jnp.asarray(x.reshape(-1, 1), jnp.float32), None),
            windows,
            recipe,
            key=of_training,
            on_event=heard,
        )
    except Refusal as refusal:
        return Descent(tuple(losses), str(refusal))
    return Descent(tuple(losses), None)


def run(out: Path, data: Path | None, say: Callable[[str], None], quick: bool) -> Result:
    """Measure gradients back in time in every model and initialisation, clip each gradient, and
    train one ReLU RNN with and without clipping."""
    found: dict[tuple[str, str], list[Flow]] = {}
    for name, starts in STARTS.items():
        for start in starts:
            found[name, start] = [flow(name, start, seed) for seed in range(1 if quick else SEEDS)]
            say(
                f"{name}, {start}: {number(share(found[name, start], 0)[100])} of the error's norm "
                "100 steps back"
            )
    free, held = (descent(clip, updates=20 if quick else UPDATES) for clip in (None, SHORT))
    rows = numbers(found, held)
    lines = [
        (
            "",
            "start",
            *(f"{k} back" for k in BACK),
            "gradient by the weights",
            f"clipped to {CLIP:g}",
        )
    ]
    for (name, start), flows in found.items():
        lengths = (
            [np.linalg.norm(one.gradient) for one in flows],
            [np.linalg.norm(clipped(one.gradient)) for one in flows],
        )
        for place, state in enumerate(("h", "c")[: len(flows[0].norms)]):
            norms = share(flows, place)
            cells = (
                [written(float(np.median(each))) for each in lengths]
                if state == "h"
                else ["–", "–"]
            )
            lines.append(
                (f"{name}, dL/d{state}", start, *(written(norms[k]) for k in BACK), *cells)
            )
    tables = (
        numbers_to_hit(
            f"100 steps back: the norm as a ratio to that of dL/dh at the last step, T = {STEPS}",
            rows,
        ),
        Table(
            "Every model and start: the ratio k steps back, and the norm of the gradient with "
            "respect to all weights; median of the seeds",
            lines,
        ),
    )
    return Result(tuple(rows), tables, notes(free, held), pictures(out, found, free, held))


def share(flows: Sequence[Flow], place: int) -> Float[np.ndarray, " back"]:
    """The norm k steps back as a ratio to the norm of dL/dh at the last step, median over the
    seeds."""
    return np.median([one.norms[place] / one.norms[0][0] for one in flows], axis=0)


def written(value: float) -> str:
    """A number with three digits, scientific from 10,000 on.

    >>> written(0.5), written(3e-7), written(2e9)
    ('0.500', '3.00e-07', '2.00e+09')
    """
    return f"{value:#.3g}" if 1e-4 <= value < 1e4 or value == 0 else f"{value:.2e}"


def numbers(found: Mapping[tuple[str, str], Sequence[Flow]], held: Descent) -> list[Row]:
    """The claims as numbers: vanishing, exploding and lasting gradients, and the norm of a clipped
    one."""

    def back(name: str, start: str, place: int = 0) -> list[float]:
        return [float(one.norms[place][100] / one.norms[0][0]) for one in found[name, start]]

    longest = [one.gradient for one in found["RNN, relu", STRETCHED]]
    lengths = [float(np.linalg.norm(clipped(g))) for g in longest]
    cosines = [
        float(clipped(g) @ (g / np.linalg.norm(g)) / np.linalg.norm(clipped(g))) for g in longest
    ]
    return [
        Row(
            f"relu RNN, {ORTHOGONAL}: dL/dh",
            back("RNN, relu", ORTHOGONAL),
            "vanishes",
            (-np.inf, 0.001),
        ),
        Row(
            f"relu RNN, {STRETCHED}: dL/dh",
            back("RNN, relu", STRETCHED),
            "explodes",
            (1000.0, np.inf),
        ),
        Row(
            f"tanh RNN, {ORTHOGONAL}: dL/dh",
            back("RNN, tanh", ORTHOGONAL),
            "vanishes",
            (-np.inf, 0.001),
        ),
        Row(f"LSTM, {KEEPING}: dL/dc", back("LSTM", KEEPING, 1), "lasts", (0.01, np.inf)),
        Row(f"GRU, {KEEPING}: dL/dh", back("GRU", KEEPING), "lasts", (0.01, np.inf)),
        Row("relu RNN that explodes: norm of the clipped gradient", lengths, "1", (0.999, 1.001)),
        Row("the same: cosine between clipped and unclipped", cosines, "1", (0.999, 1.001)),
        Row(
            "relu RNN trained with clipping: mean of the last 20 losses",
            [float(np.mean(held.losses[-20:]))],
            "trains",
            (-np.inf, 0.02),
        ),
    ]


def notes(free: Descent, held: Descent) -> tuple[str, ...]:
    """Sentences on what clipping changes and what it does not, and on the results of the two
    training runs."""
    ended = (
        f"was refused: “{free.refused}”" if free.refused else f"ended at {number(free.losses[-1])}"
    )
    return (
        (
            "Clipping changes only the last column of these tables. It acts on the gradient with"
            " respect to the weights, the sum over all steps: a norm above the limit is scaled to"
            " the limit. The direction stays, the length is bounded, and a step whose gradient has"
            " vanished still has no influence."
        ),
        (
            f"A relu RNN on the two sines, plain gradient descent at the rate {RATE:g}: without"
            f" clipping, training {ended} With the gradient clipped to {SHORT:g}, the loss went"
            f" from {number(held.losses[0])} to {number(float(np.mean(held.losses[-20:])))} (mean"
            " of the last 20 updates)."
        ),
    )


def pictures(
    out: Path, found: Mapping[tuple[str, str], Sequence[Flow]], free: Descent, held: Descent
) -> tuple[Path, ...]:
    """Figures of the norm at every step back, for each initialisation, and the losses of the two
    training runs."""

    def norms(start: str) -> dict[str, np.ndarray]:
        curves = {name: share(flows, 0)[1:] for (name, at), flows in found.items() if at == start}
        if start in (ORTHOGONAL, KEEPING):
            curves |= {"LSTM, its cell c": share(found["LSTM", start], 1)[1:]}
        return {name: np.log10(np.maximum(values, 1e-38)) for name, values in curves.items()}

    longest = max(len(held.losses), len(free.losses))
    both = {"without clipping": free.losses, f"clipped to {SHORT:g}": held.losses}
    losses = {
        name: np.array(
            [
                *(value if value < 1e6 else np.nan for value in values),
                *[np.nan] * (longest - len(values)),
            ]
        )
        for name, values in both.items()
    }
    figures = {
        name: learning_curve_plot(
            norms(start),
            measure="norm of dL/dh, power of ten",
            logarithmic=False,
            unit="steps back in time",
            title=f"What is left of an error: {start}",
            subtitle="0 is the norm at the last step, −3 a thousandth of it; "
            "before any training, median of the seeds",
        )
        for name, start in {
            "orthogonal": ORTHOGONAL,
            "glorot": GLOROT,
            "stretched": STRETCHED,
            "keeping": KEEPING,
        }.items()
    } | {
        "clipping": learning_curve_plot(
            losses,
            measure="training MSE",
            unit="updates",
            title="A relu RNN with and without clipping",
            subtitle=f"Two sines, plain gradient descent at the rate {RATE:g}; "
            "without clipping the loss is soon no number",
        ),
    }
    return tuple(
        save_figure(figure, out / f"unstable-gradients-{name}.png")
        for name, figure in figures.items()
    )
