"""A task that needs a latent state: every press of a button toggles a lamp, and no bounded window
of presses determines whether it is on.

Source: Zhang, Lipton, Li, Smola, Dive into Deep Learning, "Sequence Models", whose exercises ask
for a series that needs a latent autoregressive model; no number is printed. The button is pressed
with probability 1/5 per step; the lamp, −1 or 1, is off (−1) at the beginning. Theory: a window of
τ presses determines whether the lamp changed within it, but its state before the window is only
known as an expectation, −(1 − 2/5)^(t−τ). The best model of any kind on that window therefore has
the MSE 1 − (3/5)^(2(t−τ)) at step t > τ: close to 1, the variance, a few steps later, for every τ.
A state of one bit solves the task at every length. RNN, GRU and two windowed MLPs are trained on 40
steps and tested on 400.
"""

from collections.abc import Callable
from pathlib import Path

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, Float

from ..._types import Channels, Key, Observation
from ...models import GRU, MLPAR, RNN, Model, Point, Specification, build, unroll
from ...plots import Figure, error_by_step_plot, save_figure
from ...training import adam, cosine
from .._result import Result, Row, Table, number, numbers_to_hit
from ._memory import Drawn, Task, judge, updates

PRESSED, SHORT, LONG = 0.2, 40, 400
WIDTH, BATCH, RATE, CHUNKS, SEEDS, JUDGED = 16, 64, 0.01, 40, 3, 500
WINDOWS = (4, 16, 64)
SETTLED = 100
"""The step from which on no window of `WINDOWS` reaches back to the start."""

MODELS: dict[str, Specification] = {
    **{f"MLP on {lags} presses": MLPAR(lags, hidden=(32, 32)) for lags in WINDOWS if lags < SHORT},
    f"RNN {WIDTH}": RNN(WIDTH),
    f"GRU {WIDTH}": GRU(WIDTH),
}


def toggled(key: Key, batch: int, *, steps: int = SHORT) -> Drawn:
    """Presses, 0 or 1, as `value`; the target is the lamp after each step, −1 or 1."""
    presses = jax.random.bernoulli(key, PRESSED, (batch, steps)).astype(jnp.float32)
    return Drawn(Observation(presses[..., None]), 1 - 2 * ((presses.cumsum(1) + 1) % 2))


def lamp_of(model: Model, drawn: Drawn) -> Float[Array, "batch time"]:
    """The model's estimate of the lamp after every step."""
    return unroll(model, drawn.seen).out[:, :, 0, 0, 0]


def every_step(model: Model, drawn: Drawn) -> Float[Array, ""]:
    """MSE over all steps."""
    return jnp.square(lamp_of(model, drawn) - drawn.wanted).mean()


LAMP = Task("lamp", toggled, Channels(1), every_step, 1.0, SHORT, "MSE")


def best_of_window(lags: int, steps: int) -> Float[np.ndarray, " time"]:
    """The smallest possible MSE of a function of the last `lags` presses, at each step: 1 − (1 −
    2p)^(2(t−τ)), and 0 up to step τ.

    >>> best_of_window(2, 4).round(4).tolist()
    [0.0, 0.0, 0.64, 0.8704]
    """
    unseen = np.maximum(np.arange(1, steps + 1) - lags, 0)
    return 1 - (1 - 2 * PRESSED) ** (2.0 * unseen)


def window_rule_error(drawn: Drawn, lags: int) -> Float[np.ndarray, " time"]:
    """MSE at each step of the best predictor on a window: the effect of the presses in the window,
    times −(1 − 2p)^(t−τ), the expected state before it."""
    presses = np.asarray(drawn.seen.value[..., 0], np.float64)
    steps = presses.shape[1]
    total = presses.cumsum(axis=1)
    before = np.pad(total, ((0, 0), (lags, 0)))[:, :steps]
    guess = -((-1.0) ** (total - before)) * (1 - 2 * PRESSED) ** np.maximum(
        np.arange(1, steps + 1) - lags, 0
    )
    return np.mean((guess - np.asarray(drawn.wanted, np.float64)) ** 2, axis=0)


def trained(spec: Specification, seed: int, chunks: int) -> Model:
    """Train on newly drawn sequences of `SHORT` steps with the lamp as target at each step, until
    the MSE is below 0.001 or all updates are used."""
    of_weights, of_training, of_validation = jax.random.split(jax.random.key(seed), 3)
    model = build(spec, LAMP.channels, Point(), of_weights)
    optimizer = adam(cosine(RATE, 50 * CHUNKS), clip=1.0)
    state: optax.OptState = optimizer.init(eqx.filter(model, eqx.is_inexact_array))
    validation = toggled(of_validation, JUDGED)
    for chunk in range(chunks):
        key = jax.random.fold_in(of_training, chunk)
        model, state = updates(model, state, key, task=LAMP, optimizer=optimizer, batch=BATCH)
        if float(judge(model, validation, LAMP)) < 0.001:
            break
    return model


def run(out: Path, data: Path | None, say: Callable[[str], None], quick: bool) -> Result:
    """Train each model on short sequences, test it on long ones, and compare with the best possible
    model on a window."""
    seeds, chunks = (1, 1) if quick else (SEEDS, CHUNKS)
    tests = [toggled(jax.random.key(1000 + seed), JUDGED, steps=LONG) for seed in range(seeds)]
    found: dict[str, Float[np.ndarray, "seed time"]] = {}
    for name, spec in MODELS.items():
        models = [trained(spec, seed, chunks) for seed in range(seeds)]
        errors = [
            jnp.square(lamp_of(model, test) - test.wanted).mean(0)
            for model, test in zip(models, tests, strict=True)
        ]
        found[name] = np.asarray(errors, np.float64)
        say(
            f"{name}: MSE from step {SETTLED} on "
            f"{', '.join(number(float(one[SETTLED:].mean())) for one in found[name])}"
        )
    rules = {lags: np.array([window_rule_error(test, lags) for test in tests]) for lags in WINDOWS}
    late = {name: errors[:, SETTLED:].mean(axis=1).tolist() for name, errors in found.items()}
    listed = [
        *(
            Row(
                f"the best that any model on {lags} presses can do",
                rule[:, SETTLED:].mean(axis=1).tolist(),
                reach=(0.99, 1.01),
            )
            for lags, rule in rules.items()
        ),
        *(Row(name, late[name], reach=reach_of(name)) for name in found),
    ]
    lines = [("", *(f"step {step}" for step in (4, 8, 16, 32, 64, 100, 400)))]
    theory = {f"theory, {lags} presses": best_of_window(lags, LONG) for lags in WINDOWS}
    for name, errors in {
        **theory,
        **{name: np.median(one, axis=0) for name, one in found.items()},
    }.items():
        lines.append((name, *(f"{errors[step - 1]:.3f}" for step in (4, 8, 16, 32, 64, 100, 400))))
    tables = (
        numbers_to_hit(
            f"A lamp switched by a button: MSE from step {SETTLED} to {LONG}, where predicting "
            "without looking costs 1",
            listed,
        ),
        Table(f"MSE by step; trained on {SHORT} steps", lines),
    )
    lesson = (
        "A model on a window does not know whether the lamp was on before the window, so a longer "
        "window only fails later. A state holds this one bit, and gates keep it over ten times the "
        "steps of training."
    )
    return Result(
        tuple(listed),
        tables,
        (lesson,),
        (save_figure(picture(found, theory), out / "latent-state.png"),),
    )


def reach_of(name: str) -> tuple[float, float] | None:
    """The range to reach: windowed models must fail and gated networks succeed; a plain RNN, which
    need not keep its state, is only reported."""
    return {"MLP": (0.95, np.inf), "GRU": (-np.inf, 0.01)}.get(name.split(maxsplit=1)[0])


def picture(
    found: dict[str, Float[np.ndarray, "seed time"]], theory: dict[str, Float[np.ndarray, " time"]]
) -> Figure:
    """A figure of the error at each step, of the trained models and of the best possible model on a
    window."""
    curves = {
        f"best of {name.removeprefix('theory, ')}": errors[:120] for name, errors in theory.items()
    }
    curves |= {name: np.median(errors, axis=0)[:120] for name, errors in found.items()}
    return error_by_step_plot(
        curves,
        measure="MSE of the lamp, −1 or 1",
        along="step",
        title="Is the lamp on? A window forgets, a state does not",
        subtitle=f"Trained on {SHORT} steps; "
        "best of τ presses: what no model on a window of τ can pass",
    )
